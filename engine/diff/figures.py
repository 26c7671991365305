"""What differs between two plans, counted and added up: per group, the biggest, the levels reached, and both plans as a whole.

Comes in: what differs (Moved). Goes out: Sums, Counts, Totals.
Know before changing: amounts of two currencies are never added, nor compared. `before` is the plan with the old text, `after` the
one with the new; of a limit that only one of them sets, the other side is the limit as it stands.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.act.values import Line

# How old a receivable is, by the last day of each stretch; an action about a customer as a whole has no age.
BUCKETS = ((0, "not overdue"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
OLDER, WHOLE = "over 90", "whole customer"
AGES = (*(name for _, name in BUCKETS), OLDER, WHOLE)
# What sums are made by.
BY = ("segment", "entity", "currency", "bucket")


class Way(StrEnum):
    """How an action differs between the plans."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Effect:
    """One subject's part in an action. `amount` is what it moves or chases, in minor units; `says` what is done.

    `level` is the one that it leads to, `was` what it takes the place of where it sets a value, `stood` that of a limit; `line`
    is where the plan has it.
    """

    amount: int
    says: str
    level: int | None
    was: str
    stood: int
    line: Line = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """An action for one subject that only one of the plans has, or that they have otherwise. Exactly one may be None."""

    kind: str
    customer: str
    customer_name: str
    entity: str
    currency: str
    segment: str
    bucket: str
    receivable: str | None
    before: Effect | None
    after: Effect | None

    @property
    def way(self) -> Way:
        """Gained, lost or changed."""
        return Way.GAINED if self.before is None else Way.LOST if self.after is None else Way.CHANGED

    @property
    def amounts(self) -> tuple[int, int]:
        """What it moves before and after; a limit that one of them leaves as it is stands as it did."""
        if self.before is None or self.after is None:
            only = self.before or self.after
            assert only, "something is done"
            return (only.stood, only.amount) if self.before is None else (only.amount, only.stood)
        return self.before.amount, self.after.amount

    @property
    def stands(self) -> str:
        """What the one leaves as it is that does not set the value; nothing where no value is set."""
        return next((effect.was for effect in (self.before, self.after) if effect), "")

    @property
    def amount(self) -> int:
        """The larger of what it moves before and after."""
        return max(self.amounts)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many subjects and customers gain, lose or change an action, and the amounts before and after; `of` is the group."""

    of: str
    kind: str
    currency: str
    way: Way
    subjects: int
    customers: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Count:
    """Something counted with the old text and with the new one."""

    what: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Total:
    """What both plans as a whole do of one kind in one group: subjects and amounts, before and after."""

    kind: str
    entity: str
    currency: str
    segment: str
    bucket: str
    subjects: tuple[int, int]
    amounts: tuple[int, int]


def sums(moved: Iterable[Moved], by: str = "") -> tuple[Sum, ...]:
    """Sums per group (one of BY; all of it without one), kind, currency and way."""
    groups: dict[tuple[str, str, str, Way], list[Moved]] = {}
    for one in moved:
        groups.setdefault((_group(one, by), one.kind, one.currency, one.way), []).append(one)
    return tuple(
        Sum(
            *key,
            len(of),
            len({one.customer for one in of}),
            sum(one.amounts[0] for one in of),
            sum(one.amounts[1] for one in of),
        )
        for key, of in sorted(groups.items())
    )


def _group(one: Moved | Total, by: str) -> str:
    """The group that something is in."""
    return {"": "", "entity": one.entity, "segment": one.segment, "currency": one.currency, "bucket": one.bucket}[by]


def biggest(moved: Iterable[Moved], most: int = 10) -> tuple[Moved, ...]:
    """Of each currency the so many largest, since amounts of two currencies are not compared."""
    found: list[Moved] = []
    counted: Counter[str] = Counter()
    for one in sorted(moved, key=lambda one: (one.currency, -one.amount, one.kind, one.customer, one.receivable or "")):
        counted[one.currency] += 1
        if counted[one.currency] <= most:
            found.append(one)
    return tuple(found)


def levels(moved: Iterable[Moved]) -> tuple[Count, ...]:
    """How many of those for whom something is otherwise are moved to each level, before and after."""
    before, after = Counter[int](), Counter[int]()
    for one in moved:
        for effect, counted in ((one.before, before), (one.after, after)):
            if effect and effect.level is not None:
                counted[effect.level] += 1
    return tuple(Count(f"level {level}", before[level], after[level]) for level in sorted({*before, *after}))


def by_group(totals: Iterable[Total], by: str, *, kind: str, currency: str) -> tuple[Count, ...]:
    """What both plans as a whole come to for one kind of action, by group; in minor units of the currency."""
    of: dict[str, list[Total]] = {}
    for one in totals:
        if (one.kind, one.currency) == (kind, currency):
            of.setdefault(_group(one, by), []).append(one)
    return tuple(
        Count(name, sum(one.amounts[0] for one in several), sum(one.amounts[1] for one in several))
        for name, several in sorted(of.items(), key=lambda pair: _order(pair[0]))
    )


def _order(group: str) -> tuple[int, str]:
    """Ages in their order, everything else by name."""
    return (AGES.index(group) if group in AGES else len(AGES)), group


def sample(moved: Sequence[Moved], most: int = 10) -> tuple[tuple[Moved, ...], ...]:
    """All that is otherwise for some customers: of each kind, way, segment and age the middle one by amount, in turn."""
    groups: dict[tuple[str, ...], list[Moved]] = {}
    for one in moved:
        groups.setdefault((one.kind, one.way.value, one.segment, one.bucket), []).append(one)
    chosen = dict[str, None]()
    for _, several in sorted(groups.items()):
        in_order = sorted(several, key=lambda one: (one.currency, one.amount, one.customer, one.receivable or ""))
        if len(chosen) < most:
            chosen.setdefault(in_order[len(in_order) // 2].customer)
    return tuple(tuple(one for one in moved if one.customer == customer) for customer in sorted(chosen))
