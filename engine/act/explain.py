"""Why: the policy, its rules and findings for one subject, what is done or withheld, and what would change it.

Comes in: a Book, the policies in force, one customer. Goes out: a Story per subject of that customer.
Know before changing: the story is told by the same plan that preview makes, over the same facts; only the book is narrowed to
the one customer. "What would change it" is tried out, not guessed: a later date is planned anew, a payment is decided anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine import money
from engine.act.plan import plan
from engine.act.values import Action, Plan, Withheld
from engine.book.snapshot import KNOWN_ALL, only, reading, take
from engine.book.store import Book
from engine.decide import classes
from engine.decide.classes import relation
from engine.decide.decide import combine
from engine.decide.evaluate import Value, holds, month_end, true
from engine.decide.findings import Compiled, compile_policy, findings_of
from engine.decide.ladder import built_in
from engine.facts import FACTS, FactType
from engine.policy.model import (
    Comparison,
    FactRef,
    Finding,
    MonthEnd,
    Operator,
    PercentOf,
    Policy,
    Subject,
    finding_text,
    value_text,
)
from engine.sources import column
from engine.sources import later as moved

# A rule nearly fired when so few of its findings stood in its way.
NEARLY = 2
# Waiting is looked into for this long; a controller plans no further.
HORIZON_DAYS = 180


@dataclass(frozen=True, slots=True)
class Fact:
    """One finding of a rule for this subject: what the policy asks, what is, and whether that will do."""

    asked: str
    actual: str
    holds: bool
    place: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One named condition of the policy: whether it fired, and its findings."""

    name: str
    fired: bool
    findings: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """What would change the outcome, and to what: `pay 1,200.00 EUR` or `wait until 2026-03-12`."""

    what: str
    then: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one subject. `policy` is None where no policy covers it."""

    subject: str
    customer: str
    receivable: str | None
    policy: str | None
    version: int | None
    file: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]
    actions: tuple[Action, ...]
    withheld: tuple[Withheld, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A subject of the customer, with the facts that its policy stands on."""

    one: Compiled
    id: int
    receivable: str | None
    currency: str
    open: int
    value: int
    values: Mapping[str, Value]

    def owed(self, amount: int) -> str:
        """An amount of the policy's currency in the one that is owed, rounded up so that paying it is enough."""
        own = amount if self.open == self.value else min(self.open, -(-amount * self.open // self.value))
        return f"{money.written(own, self.currency)} {self.currency}"


def explain(
    book: Book,
    policies: Sequence[Policy],
    customer_id: int,
    *,
    as_of: str,
    known_at: str = KNOWN_ALL,
    receivable: str | None = None,
) -> tuple[Story, ...]:
    """The stories of a customer's open receivables (or of the one named), and of the customer where a policy covers it."""
    with reading(book), only(book, customer_id):
        number = book.execute("SELECT number FROM customers").fetchone()[0]
        today = plan(book, policies, as_of=as_of, known_at=known_at)
        subjects = [one for one in _subjects(book, policies, as_of, known_at) if receivable in (None, one.receivable)]
        later = _Later(book, policies, as_of, known_at)
        stories = [_story(one, number, today, later) for one in subjects]
        return (*stories, *_uncovered(book, number, receivable))


def _subjects(book: Book, policies: Sequence[Policy], as_of: str, known_at: str) -> list[_Subject]:
    """Every subject of the narrowed book that a policy covers, customer first."""
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    snapshot = take(book, classes.wanted(compiled), as_of=as_of, known_at=known_at)
    classes.cover(snapshot, compiled)
    found = []
    for index, one in sorted(enumerate(compiled), key=lambda entry: entry[1].policy.subject):
        subject, facts = one.policy.subject, sorted(one.facts)
        own = "r.number, s.billed_in, s.open, s.value" if subject is Subject.RECEIVABLE else "NULL, NULL, 1, 1"
        numbers = " JOIN (SELECT id, number FROM receivables) AS r ON r.id = m.subject_id"
        query = f"""SELECT m.subject_id, {own}, {", ".join(map(column, facts))}
        FROM {relation(subject, snapshot.tables[one.policy.currency], one.facts)}
        JOIN {classes.members(subject)} AS m ON m.subject_id = s.{classes.key(subject)}
        {numbers if subject is Subject.RECEIVABLE else ""} WHERE m.policy = {index} ORDER BY 2, 1"""
        for identity, name, currency, owed, value, *values in book.execute(query):
            known = dict(zip(facts, values, strict=True))
            found.append(_Subject(one, identity, name, currency or one.policy.currency, owed, value, known))
    return found


def _uncovered(book: Book, customer: str, receivable: str | None) -> list[Story]:
    """A story without a policy for each open receivable that none covers."""
    query = """SELECT r.number FROM position AS p JOIN (SELECT id, number FROM receivables) AS r ON r.id = p.receivable_id
    WHERE p.receivable_id NOT IN (SELECT subject_id FROM members_receivable) ORDER BY r.number"""
    numbers = [row[0] for row in book.execute(query) if receivable in (None, row[0])]
    return [Story("receivable", customer, number, None, None, "", (), (), (), (), ()) for number in numbers]


def _story(subject: _Subject, customer: str, today: Plan, later: "_Later") -> Story:
    """One subject's story."""
    policy = subject.one.policy
    actions, withheld = _of(today, subject)
    return Story(
        subject=policy.subject.value,
        customer=customer,
        receivable=subject.receivable,
        policy=policy.name,
        version=policy.version,
        file=policy.file,
        facts=tuple((name, value_text(value, name, policy.currency)) for name, value in sorted(subject.values.items())),
        rules=tuple(_rules(subject, today.as_of)),
        actions=actions,
        withheld=withheld,
        ways=tuple(_ways(subject, today, later)),
    )


def _of(the_plan: Plan, subject: _Subject) -> tuple[tuple[Action, ...], tuple[Withheld, ...]]:
    """The actions and the withheld ones that speak of the subject."""
    policy = subject.one.policy

    def same(name: str, kind: str, number: str | None) -> bool:
        return (name, kind, number) == (policy.name, policy.subject.value, subject.receivable)

    actions = (
        action
        for action in the_plan.actions
        if any(same(line.policy, line.subject, line.receivable) for line in action.lines)
    )
    withheld = (one for one in the_plan.withheld if same(one.policy, one.subject, one.receivable))
    return tuple(actions), tuple(withheld)


def _rules(subject: _Subject, as_of: str) -> Iterator[Rule]:
    """The conditions that fired, and those that nearly did: with at most NEARLY findings in the way."""
    policy = subject.one.policy
    for name, condition in built_in(policy):
        fired = holds(condition, subject.values, as_of)
        findings = tuple(dict.fromkeys(findings_of(condition)))
        told = tuple(_fact(finding, subject.values, policy.currency, as_of) for finding in findings)
        if fired or 0 < sum(not one.holds for one in told) <= NEARLY:
            yield Rule(name, fired, told)


def _fact(finding: Finding, values: Mapping[str, Value], currency: str, as_of: str) -> Fact:
    """A finding with what is and what is asked."""
    actual = value_text(values[finding.fact], finding.fact, currency)
    if isinstance(finding, MonthEnd) and values[finding.fact] is not None:
        actual = f"{month_end(str(values[finding.fact]), finding.days)} is that day"
    if isinstance(finding, Comparison) and isinstance(finding.operand, FactRef | PercentOf):
        other = finding.operand.fact
        actual = f"{actual} ({other}: {value_text(values[other], other, currency)})"
    return Fact(finding_text(finding, currency), actual, true(finding, values, as_of), str(finding.place))


@dataclass(slots=True)
class _Later:
    """Plans of the narrowed book on later dates, each made once."""

    book: Book
    policies: Sequence[Policy]
    as_of: str
    known_at: str
    plans: dict[int, Plan] | None = None

    def plan(self, days: int) -> Plan:
        """The plan so many days after as_of, if nothing happens until then."""
        self.plans = self.plans or {}
        if days not in self.plans:
            self.plans[days] = plan(self.book, self.policies, as_of=_shifted(self.as_of, days), known_at=self.known_at)
        return self.plans[days]

    def ends(self) -> list[int]:
        """In how many days the customer's holds and promises run out."""
        found = [row[0] for row in self.book.execute(_ENDS, {"as_of": self.as_of}) if row[0]]
        return [(date.fromisoformat(day) - date.fromisoformat(self.as_of)).days for day in found]


# The last days of what stops us for a time, in a narrowed book.
_ENDS = f"""SELECT valid_until FROM holds WHERE valid_until >= :as_of
UNION SELECT {moved("promised", "grace_days")} FROM promises ORDER BY 1"""


def _ways(subject: _Subject, today: Plan, later: _Later) -> Iterator[Way]:
    """The first date on which something else would happen, and the smallest payments that would change today's outcome."""
    now = _outcome(today, subject)
    for days in _dates(subject, today.as_of, later.ends()):
        then = _outcome(later.plan(days), subject)
        if then != now:
            yield Way(f"wait until {_shifted(today.as_of, days)}", then)
            break
    yield from _payments(subject, today.as_of)


def _outcome(the_plan: Plan, subject: _Subject) -> str:
    """What a plan does about the subject, in a few words."""
    actions, withheld = _of(the_plan, subject)
    done = [
        f"{action.kind} ({line.rule})" for action in actions for line in action.lines if _is(line.receivable, subject)
    ]
    held = [f"{one.kind} ({one.rule}) withheld: {', '.join(one.reasons)}" for one in withheld]
    return "; ".join(dict.fromkeys([*done, *held])) or "nothing is called for"


def _is(receivable: str | None, subject: _Subject) -> bool:
    """Whether a line speaks of the subject."""
    return receivable == subject.receivable


def _dates(subject: _Subject, as_of: str, ends: Sequence[int]) -> list[int]:
    """In how many days a finding about dates turns over, soonest first; the days around which an outcome can change."""
    found = {days + extra for days in (*_turning(subject, as_of), *ends) for extra in (0, 1)}
    return sorted(days for days in found if 0 < days <= HORIZON_DAYS)


def _turning(subject: _Subject, as_of: str) -> Iterator[int]:
    """Days until each number of days reaches a bound of the policy, and each month ends."""
    for finding in subject.one.findings:
        value = subject.values[finding.fact]
        if value is None:
            continue
        if isinstance(finding, MonthEnd):
            yield (date.fromisoformat(month_end(str(value), finding.days)) - date.fromisoformat(as_of)).days
        elif FACTS[finding.fact].type is FactType.DAYS:
            bounds = finding.operand if isinstance(finding.operand, tuple) else (finding.operand,)
            yield from (abs(bound - int(value)) for bound in bounds if isinstance(bound, int))


# Paying lowers these by the same amount; a payment is taken to be for the undisputed part.
_LOWERED = (
    "open_amount",
    "undisputed_amount",
    "customer.open_amount",
    "customer.overdue_amount",
    "customer.undisputed_overdue_amount",
    "customer.exposure",
)


def _payments(subject: _Subject, as_of: str) -> Iterator[Way]:
    """The payments that change what is called for: just enough for each bound on an amount, and the whole open amount."""
    policy, values = subject.one.policy, subject.values
    now = _called(policy, values, as_of)
    if not now:
        return
    whole = values.get("open_amount", values.get("customer.overdue_amount"))
    for amount in sorted({paid for paid in _enough(subject) if isinstance(whole, int) and 0 < paid < whole}):
        then = _called(policy, _after(values, amount), as_of)
        if then != now:
            yield Way(f"pay {subject.owed(amount)}", then or "nothing is called for")
            break
    if isinstance(whole, int) and whole > 0:
        yield Way(f"pay {subject.owed(whole)}", "it is paid: nothing is called for")


def _enough(subject: _Subject) -> Iterator[int]:
    """By how much each amount exceeds the bounds that the policy sets it, and one unit more."""
    for finding in subject.one.findings:
        value = subject.values[finding.fact]
        if finding.fact in _LOWERED and isinstance(value, int) and isinstance(finding, Comparison):
            bound = _bound(finding, subject.values)
            if bound is not None:
                yield from (value - bound, value - bound + 1)


def _bound(finding: Comparison, values: Mapping[str, Value]) -> int | None:
    """The amount that a comparison asks for."""
    operand = finding.operand
    if isinstance(operand, PercentOf):
        whole = values[operand.fact]
        return None if whole is None else operand.hundredths * int(whole) // 10_000
    if isinstance(operand, FactRef) or finding.operator is Operator.MISSING:
        return None
    return operand if isinstance(operand, int) else None


def _after(values: Mapping[str, Value], amount: int) -> dict[str, Value]:
    """The facts after a payment of that amount."""
    return {
        name: value - amount if name in _LOWERED and isinstance(value, int) else value for name, value in values.items()
    }


def _called(policy: Policy, values: Mapping[str, Value], as_of: str) -> str:
    """What the policy calls for with these facts and does not withhold, in a few words."""
    fired = frozenset(name for name, condition in built_in(policy) if holds(condition, values, as_of))
    calls = combine(policy, fired).calls
    return "; ".join(dict.fromkeys(call.rule for call in calls if not call.reasons))


def _shifted(day: str, days: int) -> str:
    """So many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
