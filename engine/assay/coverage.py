"""What cases exercise of a policy: its rules, its levels, each comparison true and false, and both sides of each bound.

Comes in: a Suite. Goes out: a Coverage for each policy, with every thing that no case has tried.
Know before changing: only what a covered subject brings about counts; of a case with a book, what its customer is on the day of
the case, not on the days before, about which it expects nothing. A point on a bound is exact: one unit below it, on it, one
above it (a day, 0.01, 0.01 %); of a percentage of another fact the unit is that of the amount. What cannot be there (an amount
below 0.00) counts as not tried: nobody guesses what cannot be.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.act.lived import live
from engine.assay.mutation import percent
from engine.assay.parts import Path, leaves, owners
from engine.assay.suite import Suite
from engine.assay.twin import Tried, Twin
from engine.decide.evaluate import true
from engine.decide.ladder import NAMES
from engine.errors import Place, Problem
from engine.facts import CONCLUSIONS, FACTS, FactType
from engine.policy.model import NOWHERE, Comparison, FactRef, Operator, PercentOf, Policy, finding_text

Value = int | str | None

RULES, LEVELS, FINDINGS, BOUNDARIES = "rules", "levels", "findings", "boundaries"
KINDS = (RULES, LEVELS, FINDINGS, BOUNDARIES)
_SIDES = {-1: "one below", 0: "on it", 1: "one above"}
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that cases can exercise in one or more ways: those that some case did, and those that none did."""

    kind: str
    place: Place
    text: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that there is to exercise of one policy."""

    policy: Policy
    items: tuple[Item, ...]

    def count(self, kind: str = "") -> tuple[int, int]:
        """How many points were exercised, of how many; of one kind, or of all."""
        items = [item for item in self.items if kind in ("", item.kind)]
        seen = sum(len(item.seen) for item in items)
        return seen, seen + sum(len(item.unseen) for item in items)

    @property
    def hundredths(self) -> int:
        """The share that was exercised, in hundredths of a percent, rounded down."""
        seen, of = self.count()
        return seen * _WHOLE // of if of else _WHOLE


def coverages(suite: Suite) -> tuple[Coverage, ...]:
    """The coverage of each policy."""
    return tuple(_coverage(suite, policy) for policy in suite.policies)


def text(several: Iterable[Coverage]) -> str:
    """A table for each policy, then what no case has tried."""
    return "".join(f"{line}\n" for one in several for line in _told(one))


def values(several: Iterable[Coverage]) -> list[object]:
    """For a program."""
    return [
        {
            "policy": one.policy.name,
            "version": one.policy.version,
            "percent": percent(one.hundredths),
            **{kind: dict(zip(("seen", "of"), one.count(kind), strict=True)) for kind in KINDS},
            "unseen": [
                {
                    "kind": item.kind,
                    "file": item.place.file,
                    "line": item.place.line,
                    "what": item.text,
                    "ways": list(item.unseen),
                }
                for item in one.items
                if item.unseen
            ],
        }
        for one in several
    ]


def below(several: Iterable[Coverage], hundredths: int) -> Iterator[Problem]:
    """The policies of which less is covered than was asked for."""
    for one in several:
        if one.hundredths < hundredths:
            yield too_little(one.policy, one.hundredths, hundredths)


def too_little(policy: Policy, hundredths: int, least: int) -> Problem:
    """So much of the policy, and less than was asked for."""
    message = f"the cases cover {percent(hundredths)} %, less than {percent(least)} %; add cases"
    return Problem(policy.place, "below-threshold", message)


def _told(one: Coverage) -> Iterator[str]:
    """One policy in words."""
    yield f"{one.policy.name} v{one.policy.version}: {percent(one.hundredths)} % covered"
    for kind in KINDS:
        seen, of = one.count(kind)
        if of:
            yield f"  {kind:<10} {seen:>5} of {of}"
    for item in one.items:
        if item.unseen:
            ways = "" if item.kind in (RULES, LEVELS) else f": {', '.join(item.unseen)}"
            yield f"{item.place} no case: {item.text}{ways}"


def _coverage(suite: Suite, policy: Policy) -> Coverage:
    """One policy."""
    twin = Twin(policy)
    dated = [made for lived in live(policy, suite.dated(policy), watched=True) for made in lived.seen]
    cases = (*suite.of(policy), *dated)
    tried = _Tried([twin.tried(one) for one in cases if one.order is None], [twin.tried(one) for one in cases if one.order])
    items = [*_rules(policy, tried), *_levels(policy, twin, tried.by(("ladder",)))]
    items += [*_findings(policy, tried), *_boundaries(policy, tried)]
    return Coverage(policy, tuple(items))


@dataclass(frozen=True, slots=True)
class _Tried:
    """The made subjects of cases; those about an order try the section about orders alone, and the others all but that."""

    plain: Sequence[Tried]
    ordered: Sequence[Tried]

    def by(self, path: Path) -> list[Tried]:
        """The subjects that what stands at the path is tried by: those that are covered, of the coverage itself all."""
        if path == ("covers",):
            return [*self.plain, *self.ordered]
        return [one for one in (self.ordered if path[:2] == ("credit", "orders") else self.plain) if one.covered]


def _item(kind: str, place: Place, text: str, wanted: Sequence[str], seen: set[str]) -> Item:
    """An item with the ways that were wanted and seen."""
    had = tuple(way for way in wanted if way in seen)
    return Item(kind, place, text, had, tuple(way for way in wanted if way not in seen))


def _rules(policy: Policy, tried: _Tried) -> Iterator[Item]:
    """Everything with a name of its own that holds for some subject; ratings and reviews too."""
    named = [(one.name, one.place, one.path) for one in owners(policy) if one.path[0] not in ("covers", "ladder")]
    credit = policy.credit
    if credit and credit.ratings:
        named += [(f"scored {one.name}", one.place, ("credit",)) for one in credit.ratings.of]
    if credit and credit.review:
        named += [(f"review of {name}", credit.review.place, ("credit",)) for name, _ in credit.review.every_days]
    for name, place, path in named:
        seen = {"holds"} if any(name in one.fired for one in tried.by(path)) else set[str]()
        yield _item(RULES, place, name, ("holds",), seen)


def _levels(policy: Policy, twin: Twin, covered: Sequence[Tried]) -> Iterator[Item]:
    """The levels that some subject is brought to."""
    if not policy.ladder:
        return
    calls = [call for one in covered for call in twin.outcome(one).calls if not call.reasons]
    reached = {call.level_to for call in calls}
    for level in policy.ladder.levels:
        seen = {"reached"} if level.number in reached else set[str]()
        yield _item(LEVELS, level.place, f"level {level.number}", ("reached",), seen)


def _findings(policy: Policy, tried: _Tried) -> Iterator[Item]:
    """Each comparison that people wrote, once, true and false."""
    told = set[object]()
    for owner in owners(policy):
        subjects = tried.by(owner.path)
        for finding in leaves(owner.condition):
            if finding in told:
                continue
            told.add(finding)
            seen = {"true" if true(finding, one.values, one.as_of) else "false" for one in subjects}
            place = owner.place if finding.place == NOWHERE else finding.place
            yield _item(FINDINGS, place, finding_text(finding, policy.currency), ("true", "false"), seen)


def _boundaries(policy: Policy, tried: _Tried) -> Iterator[Item]:
    """Each bound of a number, once: a unit below it, on it, a unit above it."""
    told = set[tuple[str, object]]()
    for comparison, place, sides, path in _bounds(policy):
        key = (comparison.fact, comparison.operand)
        if key in told:
            continue
        told.add(key)
        offsets = {_offset(comparison, one.values) for one in tried.by(path)}
        seen = {_SIDES[offset] for offset in offsets if offset in _SIDES}
        said = finding_text(comparison, policy.currency)
        yield _item(BOUNDARIES, place, said, [_SIDES[side] for side in sides], seen)


def _bounds(policy: Policy) -> Iterator[tuple[Comparison, Place, tuple[int, ...], Path]]:
    """The comparisons of numbers, those of the ladder and the ends of bands among them, with the sides that matter."""
    every = (-1, 0, 1)
    for owner in owners(policy):
        for finding in leaves(owner.condition):
            if isinstance(finding, Comparison):
                place = owner.place if finding.place == NOWHERE else finding.place
                yield from ((one, place, every, owner.path) for one in _single(finding))
    if policy.ladder:
        names, ladder = NAMES[policy.subject], policy.ladder
        for level in ladder.levels:
            if not level.month_end:
                age = Comparison(names.age[level.anchor], Operator.AT_LEAST, level.after_days)
                yield age, level.place, every, ("ladder",)
        if ladder.tolerance:
            yield Comparison(names.chased, Operator.LESS_THAN, ladder.tolerance), ladder.place, every, ("ladder",)
        if ladder.days_between_notices:
            days = ladder.days_between_notices
            yield Comparison(names.since_notice, Operator.LESS_THAN, days), ladder.place, every, ("ladder",)
    card = policy.credit.scorecard if policy.credit else None
    for characteristic in card.characteristics if card else ():
        for band in characteristic.bands:
            if band.below is not None:
                yield Comparison(characteristic.fact, Operator.LESS_THAN, band.below), band.place, (-1, 0), ("credit",)


def _single(one: Comparison) -> Iterator[Comparison]:
    """The comparison of a number with one bound; `between` has two, a word or a flag none."""
    kind = (FACTS.get(one.fact) or CONCLUSIONS[one.fact]).type
    if kind in (FactType.TEXT, FactType.FLAG) or one.operator is Operator.MISSING:
        return
    match one.operand:
        case (int() | str() as low, int() | str() as high):
            yield Comparison(one.fact, Operator.AT_LEAST, low, one.place)
            yield Comparison(one.fact, Operator.AT_MOST, high, one.place)
        case tuple():
            return
        case _:
            yield one


def _offset(one: Comparison, values: Mapping[str, Value]) -> int | None:
    """How far the fact is from the bound, in units; None where it is missing, or, of a percentage, further than a unit."""
    value = values.get(one.fact)
    if value is None:
        return None
    match one.operand:
        case PercentOf(hundredths, fact):
            whole = values[fact]
            if not isinstance(whole, int) or not isinstance(value, int):
                return None
            far = value * _WHOLE - hundredths * whole
            return (far > 0) - (far < 0) if abs(far) <= _WHOLE else None
        case FactRef(fact):
            return _between(value, values[fact])
        case int() | str() as bound:
            return _between(value, bound)
        case _:
            return None


def _between(value: int | str, bound: Value) -> int | None:
    """The difference of two numbers or, in days, of two dates."""
    match value, bound:
        case int(), int():
            return value - bound
        case str(), str():
            return (date.fromisoformat(value) - date.fromisoformat(bound)).days
        case _:
            return None
