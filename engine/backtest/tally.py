"""Plans of many days, added up to figures.

Comes in: plans, one day after the other, and how the periods are named. Goes out: a Side.
Know before changing: a notice that speaks for two policies counts once in all, and once for each of them where policies are told
apart. What is stopped day after day by the same reason counts once, with its days.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.act.values import Action, Line, Plan
from engine.backtest.cleared import Cleared
from engine.backtest.figures import Anyway, Contacts, Done, Fees, Kept, Notices, Period, Reached, Side
from engine.book.store import Book
from engine.policy.model import Policy

# Contacts in the time: from, to, and how the group is called.
_GROUPS = ((0, 0, "0"), (1, 1, "1"), (2, 3, "2-3"), (4, 6, "4-6"), (7, 12, "7-12"), (13, None, "13 or more"))
_TOLD_APART = {
    "task": "what",
    "alert": "to",
    "hand_over": "to",
    "credit_hold": "reason",
    "release_credit_hold": "reason",
}

_Step = tuple[str, int | None, str]


@dataclass(slots=True)
class Tally:
    """Counts under way. `known` are the receivables of whose payment the book tells: all but fees that are raised on the way."""

    book: Book
    cleared: Cleared | None
    period: Callable[[str], str]
    periods: Sequence[str]
    known: frozenset[int] = frozenset()
    notices: int = 0
    reminders: int = 0
    uncovered: int = 0
    steps: dict[tuple[_Step, str], list[int]] = field(default_factory=dict)
    step_days: dict[tuple[_Step, str], list[int]] = field(default_factory=dict)
    reached: dict[tuple[str, int], dict[tuple[str, int, str], int | None]] = field(default_factory=dict)
    fees: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    done: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    kept: dict[tuple[str, str, str], Counter[tuple[object, ...]]] = field(default_factory=dict)
    contacts: Counter[str] = field(default_factory=Counter)
    judged: Counter[bool] = field(default_factory=Counter)
    levels: dict[str, Counter[int | None]] = field(default_factory=dict)
    charged: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    held: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, plan: Plan) -> None:
        """One day."""
        label = self.period(plan.as_of)
        for action in plan.actions:
            self._add(action, plan.as_of, label)
        for one in plan.withheld:
            subjects = self.kept.setdefault((one.policy, one.reasons[0], one.kind), Counter())
            subjects[one.customer, one.entity, one.receivable, one.rule] += 1
        self.uncovered = max(self.uncovered, sum(one.receivables for one in plan.uncovered))

    def side(self, label: str, policies: Iterable[Policy], customers: int) -> Side:
        """All that was counted. `policies` are those that had a say on any day, `customers` how many had something open."""
        names, tops = _names(policies)
        return Side(
            label=label,
            notices=self.notices,
            reminders=self.reminders,
            per_step=tuple(self._per_step(names)),
            reached=tuple(self._reached(names, tops)),
            fees=tuple(Fees(*key, *found) for key, found in sorted(self.fees.items())),
            done=tuple(Done(*key, count) for key, count in sorted(self.done.items())),
            kept=tuple(Kept(*key, len(days), days.total()) for key, days in sorted(self.kept.items())),
            contacts=_contacts(self.contacts, customers),
            anyway=Anyway(self.judged.total(), self.judged[True]),
            uncovered=self.uncovered,
            periods=tuple(map(self._period, self.periods)),
        )

    def _add(self, action: Action, day: str, label: str) -> None:
        """One action, under everything that it counts for."""
        policies = dict.fromkeys(line.policy for line in action.lines)
        ages = {item.receivable: item.days_past_due for item in action.items}
        self._reach(action, ages, day)
        match action.kind:
            case "notice":
                self._notice(action, policies, ages, day, label)
            case "late_fee":
                found = self.fees.setdefault((action.lines[0].policy, action.currency), [0, 0])
                month = self.charged.setdefault(label, {}).setdefault(action.currency, [0, 0])
                for sums in (found, month):
                    sums[0] += 1
                    sums[1] += action.amount or 0
            case kind:
                what = dict(action.parameters).get(_TOLD_APART.get(kind, ""))
                for policy in policies:
                    self.done[policy, kind, str(what or "")] += 1
                self.held.setdefault(label, Counter())[kind] += 1
        if action.kind in ("notice", "task"):
            self.contacts[action.customer] += 1
            self.held.setdefault(label, Counter())["contact"] += 1

    def _notice(self, action: Action, policies: Iterable[str], ages: Mapping[str, int], day: str, label: str) -> None:
        """A notice: by step and channel, and for each receivable in it, whether it was paid anyway."""
        channel = str(dict(action.parameters)["channel"])
        self.notices += 1
        self.reminders += len(action.items)
        top = max((line.level_to for line in action.lines if line.level_to is not None), default=None)
        self.levels.setdefault(label, Counter())[top] += 1
        for policy in policies:
            lines = [line for line in action.lines if line.policy == policy]
            key = (_step(policy, lines), channel)
            mine = [ages[line.receivable] for line in lines if line.receivable and line.receivable in ages]
            mine = mine if any(line.receivable for line in lines) else list(ages.values())
            counts = self.steps.setdefault(key, [0, 0])
            counts[0] += 1
            counts[1] += len(mine)
            self.step_days.setdefault(key, []).extend(mine)
        if self.cleared:
            for receivable in _receivables(self.book, action):
                if receivable in self.known and (paid := self.cleared.anyway(receivable, day)) is not None:
                    self.judged[paid] += 1

    def _reach(self, action: Action, ages: Mapping[str, int], day: str) -> None:
        """Every level that a line reaches for the first time in its episode, with the days past due."""
        for line in action.lines:
            if line.level_to is None:
                continue
            subject = (line.subject, line.receivable_id or action.customer_id, line.episode)
            found = self.reached.setdefault((line.policy, line.level_to), {})
            if subject not in found:
                age = ages.get(line.receivable or "")
                found[subject] = _age(line, day) if age is None else age

    def _per_step(self, names: Mapping[tuple[str, int], str]) -> Iterator[Notices]:
        """Notices by policy, step and channel, the ladder before the rules beside it."""
        ordered = sorted(
            self.steps.items(), key=lambda one: (one[0][0][0], one[0][0][1] is None, one[0][0][1:], one[0][1])
        )
        for ((policy, level, rule), channel), (count, reminders) in ordered:
            name = rule if level is None else names.get((policy, level), rule)
            days = self.step_days[(policy, level, rule), channel]
            yield Notices(policy, level, name, channel, count, reminders, median(days))

    def _reached(self, names: Mapping[tuple[str, int], str], tops: Mapping[str, int]) -> Iterator[Reached]:
        """Subjects by policy and level."""
        for (policy, level), subjects in sorted(self.reached.items()):
            days = median(age for age in subjects.values() if age is not None)
            name = names.get((policy, level), "")
            yield Reached(policy, level, name, tops.get(policy) == level, len(subjects), days)

    def _period(self, label: str) -> Period:
        """One month or week; nothing happened in it where nothing was counted."""
        levels = self.levels.get(label, Counter())
        fees = self.charged.get(label, {})
        held = self.held.get(label, Counter())
        return Period(
            label,
            tuple(sorted(levels.items(), key=lambda one: (one[0] is None, one[0]))),
            tuple((currency, count, amount) for currency, (count, amount) in sorted(fees.items())),
            held["contact"],
            held["credit_hold"],
            held["release_credit_hold"],
        )


def median(numbers: Iterable[int]) -> int | None:
    """The middle one, the lower of two; None where there is none."""
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def _step(policy: str, lines: Sequence[Line]) -> _Step:
    """What a notice is for a policy: the highest level of its lines, or else the rule that called for it."""
    levels = [(line.level_to, line.rule) for line in lines if line.level_to is not None]
    if levels:
        level, rule = max(levels)
        return (policy, level, rule.removeprefix("rule "))
    return (policy, None, lines[0].rule.removeprefix("rule "))


def _receivables(book: Book, action: Action) -> Iterator[int]:
    """The ids of the receivables that a notice speaks of, also of one to a whole customer."""
    ids = {line.receivable: line.receivable_id for line in action.lines if line.receivable_id is not None}
    query = "SELECT id FROM receivables WHERE entity_id = :entity AND number = :number"
    for item in action.items:
        found = ids.get(item.receivable)
        if found is None:
            found = book.execute(query, {"entity": action.entity_id, "number": item.receivable}).fetchone()[0]
        yield found


def _age(line: Line, day: str) -> int | None:
    """Days past due where no item says them: the episode is the due date that it began with, where it began with one."""
    # A customer who owes nothing has no due date to count from (book/snapshot.py).
    return None if line.episode == "none" else (date.fromisoformat(day) - date.fromisoformat(line.episode)).days


def _names(policies: Iterable[Policy]) -> tuple[dict[tuple[str, int], str], dict[str, int]]:
    """By policy and number the names of levels, and by policy its last level."""
    names: dict[tuple[str, int], str] = {}
    tops: dict[str, int] = {}
    for policy in policies:
        for level in policy.ladder.levels if policy.ladder else ():
            names[policy.name, level.number] = level.name
            tops[policy.name] = max(level.number, tops.get(policy.name, 0))
    return names, tops


def _contacts(contacts: Counter[str], customers: int) -> Contacts:
    """How often each customer was contacted, as groups."""
    of = [*contacts.values(), *([0] * max(0, customers - len(contacts)))]
    spread = tuple(
        (name, sum(low <= number and (high is None or number <= high) for number in of)) for low, high, name in _GROUPS
    )
    return Contacts(
        max(customers, len(contacts)), len(contacts), contacts.total(), max(contacts.values(), default=0), spread
    )
