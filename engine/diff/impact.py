"""What a change of a policy changes for the book: the plan with the old text against the plan with the new one.

Comes in: a book, two policies and the others in force (or all that decide before and after). Goes out: an Impact, with every
action that is gained, lost or otherwise.
Know before changing: both plans are made by act/plan.py and nothing is computed a second time; compared are the lines of their
actions, one for each subject. Which policy and rule called for it does not count: the customer does not see it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.act.plan import Progress, plan
from engine.act.values import Action, Item, Line, Plan
from engine.book.snapshot import KNOWN_ALL
from engine.book.store import Book
from engine.diff.figures import BUCKETS, OLDER, WHOLE, Count, Effect, Moved, Total, sample
from engine.diff.reasons import Reasons, Sampled
from engine.policy.model import Policy
from engine.sql import KNOWN, not_reversed

# What differs from customer to customer although the policy does not, and what `after` or the amount says already.
_UNSAID = frozenset(
    "collector days days_before language level_name limit limit_before of policy_amount policy_currency rating rating_before "
    "recipient recipient_name rule score step".split()
)
# What tells two actions of one kind for one subject apart.
_APART = ("what", "reason", "to")
_SEGMENTS = f"""SELECT c.number, v.segment FROM customers AS c JOIN customer_versions AS v ON v.id = (
  SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.id AND w.valid_from <= :as_of AND w.{KNOWN}
  AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")}) ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)
WHERE v.segment IS NOT NULL"""

_CUSTOMERS = f"SELECT count(*) FROM customers WHERE {KNOWN}"
NO_SEGMENT = "no segment"


@dataclass(frozen=True, slots=True)
class Impact:
    """What is otherwise, in the order of kind, customer and receivable. `withheld` and `uncovered` where the counts differ.

    `alike` is how many subjects' actions are the same in both plans, `customers` how many there are in the book. `totals` are of
    both plans as a whole; `sampled` are some customers with all that is otherwise for them, and why.
    """

    as_of: str
    plans: tuple[str, str]
    alike: int
    moved: tuple[Moved, ...]
    withheld: tuple[Count, ...]
    uncovered: tuple[Count, ...]
    customers: int
    totals: tuple[Total, ...]
    sampled: tuple[Sampled, ...]

    @property
    def touched(self) -> int:
        """For how many customers anything is otherwise."""
        return len({one.customer for one in self.moved})


def impact(
    book: Book,
    old: Policy,
    new: Policy,
    in_force: Sequence[Policy],
    *,
    as_of: str,
    known_at: str = KNOWN_ALL,
    progress: Progress = lambda done, of: None,
) -> Impact:
    """Both plans compared. `in_force` are the policies in force; of those of the same names, OLD or NEW takes the place."""
    before = [policy for policy in in_force if policy.name != old.name]
    after = [policy for policy in before if policy.name != new.name]
    return between(book, [*before, old], [*after, new], as_of=as_of, known_at=known_at, progress=progress)


def between(
    book: Book,
    old: Sequence[Policy],
    new: Sequence[Policy],
    *,
    as_of: str,
    known_at: str = KNOWN_ALL,
    progress: Progress = lambda done, of: None,
) -> Impact:
    """The plan that some policies make against the plan that others make: several may have changed at once, or be new."""
    before = plan(book, old, as_of=as_of, known_at=known_at)
    progress(1, 2)
    after = plan(book, new, as_of=as_of, known_at=known_at)
    progress(2, 2)
    segments = {
        str(number): str(segment) for number, segment in book.execute(_SEGMENTS, {"as_of": as_of, "known_at": known_at})
    }
    was, now = dict(_effects(before)), dict(_effects(after))
    moved = tuple(_differing(was, now, segments))
    alike = sum(key in was and was[key][1] == effect for key, (_, effect) in now.items())
    reasons = Reasons((before, after), (tuple(old), tuple(new)))
    return Impact(
        as_of,
        (before.id, after.id),
        alike,
        moved,
        _counts(_withheld(before), _withheld(after)),
        _counts(_uncovered(before), _uncovered(after)),
        book.execute(_CUSTOMERS, {"known_at": known_at}).fetchone()[0],
        tuple(_totals(was, now, segments)),
        tuple(reasons.of_customer(several) for several in sample(moved)),
    )


_Key = tuple[str, str, str, str, str, str, int]
_About = tuple[str, str]
_Effects = Mapping[_Key, tuple[_About, Effect]]


def _differing(was: _Effects, now: _Effects, segments: Mapping[str, str]) -> Iterator[Moved]:
    """What only one of the plans has, or they have otherwise."""
    for key in sorted({*was, *now}):
        before, after = (of[key][1] if key in of else None for of in (was, now))
        if before != after:
            about = (now.get(key) or was[key])[0]
            yield _moved(key, about, segments.get(key[1], NO_SEGMENT), before, after)


def _totals(was: _Effects, now: _Effects, segments: Mapping[str, str]) -> Iterator[Total]:
    """Both plans as a whole, by kind and group."""
    found: dict[tuple[str, str, str, str, str], list[int]] = {}
    for side, effects in enumerate((was, now)):
        for (kind, customer, entity, currency, *_), ((_, bucket), effect) in effects.items():
            group = (kind, entity, currency, segments.get(customer, NO_SEGMENT), bucket)
            of = found.setdefault(group, [0, 0, 0, 0])
            of[side] += 1
            of[2 + side] += effect.amount
    for group, (subjects, more, amount, moved) in sorted(found.items()):
        yield Total(*group, (subjects, more), (amount, moved))


def _effects(of: Plan) -> Iterator[tuple[_Key, tuple[_About, Effect]]]:
    """Every subject's part in every action; of two that nothing tells apart the second has a number."""
    seen: Counter[tuple[str, ...]] = Counter()
    for action in of.actions:
        items = {item.receivable: item for item in action.items}
        parameters = dict(action.parameters)
        apart = "/".join(str(parameters[name]) for name in _APART if parameters.get(name))
        for line in action.lines:
            subject = (action.kind, action.customer, action.entity, action.currency, line.receivable or "", apart)
            seen[subject] += 1
            item = items.get(line.receivable or "")
            about = (action.customer_name, _bucket(item))
            yield (*subject, seen[subject]), (about, _effect(action, line, item, parameters))


def _effect(action: Action, line: Line, item: Item | None, parameters: Mapping[str, int | str | None]) -> Effect:
    """What the action does to this subject."""
    stood = parameters.get("limit_before") if action.kind == "set_credit_limit" else 0
    was = action.before if action.kind.startswith("set_") and line.level_to is None else ""
    amount = stood if isinstance(stood, int) else 0
    return Effect(_amount(action, item), _says(action, line), line.level_to, was, amount, line)


def _amount(action: Action, item: Item | None) -> int:
    """What the action moves or chases of this subject: of a fee the fee, of several receivables each its own."""
    if item is None or action.kind == "late_fee":
        return action.amount or 0
    return item.chased if action.amount is not None else 0


def _says(action: Action, line: Line) -> str:
    """What is done, without what is the same whatever the policy says."""
    level = f"level {line.level_from} to {line.level_to}" if line.level_to is not None else action.after
    given = [f"{name} {value}" for name, value in action.parameters if name not in _UNSAID and value is not None]
    return ", ".join([level, *given] if level else given)


def _bucket(item: Item | None) -> str:
    """How old the receivable is; an action about a customer as a whole has no age."""
    if item is None:
        return WHOLE
    return next((name for most, name in BUCKETS if item.days_past_due <= most), OLDER)


def _moved(key: _Key, about: _About, segment: str, before: Effect | None, after: Effect | None) -> Moved:
    """The difference of one subject."""
    kind, customer, entity, currency, receivable, _, _ = key
    name, bucket = about
    return Moved(kind, customer, name, entity, currency, segment, bucket, receivable or None, before, after)


def _withheld(of: Plan) -> Counter[str]:
    """How many actions of each kind are withheld, by their first reason."""
    return Counter(f"{one.kind}: {one.reasons[0]}" for one in of.withheld)


def _uncovered(of: Plan) -> Counter[str]:
    """What no policy covers."""
    found = Counter({f"receivables of {one.entity} in {one.currency}": one.receivables for one in of.uncovered})
    return found + Counter({"customers without a credit policy": of.uncovered_customers})


def _counts(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Count, ...]:
    """The counts that differ."""
    names = sorted({*before, *after})
    counts = (Count(name, before.get(name, 0), after.get(name, 0)) for name in names)
    return tuple(count for count in counts if count.before != count.after)
