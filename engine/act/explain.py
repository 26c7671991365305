"""Why: the policy, its rules and findings for one subject, what is done or withheld, and what would change it.

Comes in: a Book, the policies in force, one customer. Goes out: a Story per subject of that customer.
Know before changing: the story is told by the same plan that preview makes, over the same facts; only the book is narrowed to
the one customer. What would change it is tried out in act/ways.py, not guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.act.credit_story import CreditTold
from engine.act.plan import plan
from engine.act.tell import TOLD_APART, held, told
from engine.act.upward import concluded
from engine.act.values import Action, Plan, Withheld
from engine.act.ways import Debt, Told, Way, WhatIf, of, ways
from engine.book.snapshot import KNOWN_ALL, Snapshot, Tables, group, only, reading, take
from engine.book.store import Book
from engine.decide import classes
from engine.decide.classes import relation
from engine.decide.evaluate import Values, holds, month_end, true
from engine.decide.findings import compile_policy, named
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    FactRef,
    Finding,
    MonthEnd,
    Nor,
    PercentOf,
    Policy,
    Subject,
    finding_text,
    value_text,
)
from engine.sources import column

# A rule nearly fired when so few of its findings stood in its way.
NEARLY = 2


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
class Story:
    """Everything about one subject. `policy` is None where no policy covers it; `credit` is of a credit policy."""

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
    credit: CreditTold | None


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
    with reading(book), only(book, group(book, customer_id)):
        named = {"id": customer_id}
        number = book.execute("SELECT number FROM customers WHERE id = :id", named).fetchone()[0]
        today = plan(book, policies, as_of=as_of, known_at=known_at)
        whose = (customer_id, number)
        every = _subjects(book, policies, whose, as_of, known_at)
        subjects = [one for one in every if receivable in (None, one.receivable)]
        # Read before anything is tried out: that lays the facts of other days over those of this one.
        uncovered = _uncovered(book, whose, receivable)
        what_if = WhatIf(book, policies, as_of, known_at)
        stories = [_story(one, today, what_if) for one in subjects]
        return (*stories, *uncovered)


# A customer's id and number.
Whose = tuple[int, str]


def _subjects(book: Book, policies: Sequence[Policy], whose: Whose, as_of: str, known_at: str) -> list[Told]:
    """Every subject of the customer that a policy covers, customer first."""
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    snapshot = take(book, classes.wanted(compiled), as_of=as_of, known_at=known_at)
    customer, called = whose
    classes.cover(snapshot, compiled)
    found = []
    for index, one in sorted(enumerate(compiled), key=lambda entry: entry[1].policy.subject):
        subject, facts, tables = one.policy.subject, sorted(one.facts), snapshot.tables[one.policy.currency]
        number = "r.number" if subject is Subject.RECEIVABLE else "NULL"
        numbers = " JOIN (SELECT id, number FROM receivables) AS r ON r.id = m.subject_id"
        query = f"""SELECT m.subject_id, {number}, {", ".join(map(column, facts))}
        FROM {relation(subject, tables, one.facts)}
        JOIN {classes.members(one.policy)} AS m ON m.subject_id = s.{classes.key(subject)}
        {numbers if subject is Subject.RECEIVABLE else ""}
        WHERE m.policy = {index} AND s.customer_id = {customer} ORDER BY 2, 1"""
        for identity, name, *values in book.execute(query).fetchall():
            debts = _debts(snapshot, tables, customer, identity if subject is Subject.RECEIVABLE else None)
            found.append(Told(one, identity, called, name, debts, dict(zip(facts, values, strict=True))))
    return found


def _debts(snapshot: Snapshot, tables: Tables, customer: int, receivable_id: int | None) -> tuple[Debt, ...]:
    """What a payment may go to: the one receivable, or all of the customer's that are overdue, the oldest first."""
    query = f"""SELECT s.receivable_id, s.billed_in, s.open, s.value FROM {tables.receivable} AS s
    JOIN (SELECT id, due FROM receivables) AS r ON r.id = s.receivable_id
    WHERE s.customer_id = :customer AND CASE WHEN :receivable IS NULL THEN r.due < :as_of ELSE r.id = :receivable END
    ORDER BY r.due, r.id"""
    named = {**snapshot.parameters, "customer": customer, "receivable": receivable_id}
    return tuple(Debt(*row) for row in snapshot.book.execute(query, named))


def _uncovered(book: Book, whose: Whose, receivable: str | None) -> list[Story]:
    """A story without a policy for each open receivable that none covers."""
    query = """SELECT r.number FROM position AS p JOIN (SELECT id, number FROM receivables) AS r ON r.id = p.receivable_id
    WHERE p.customer_id = :customer AND p.receivable_id NOT IN (SELECT subject_id FROM members_receivable)
    ORDER BY r.number"""
    numbers = [row[0] for row in book.execute(query, {"customer": whose[0]}) if receivable in (None, row[0])]
    return [Story("receivable", whose[1], number, None, None, "", (), (), (), (), (), None) for number in numbers]


def _story(subject: Told, today: Plan, what_if: WhatIf) -> Story:
    """One subject's story."""
    policy = subject.one.policy
    actions, withheld = of(today, subject)
    return Story(
        subject=policy.subject.value,
        customer=subject.customer,
        receivable=subject.receivable,
        policy=policy.name,
        version=policy.version,
        file=policy.file,
        facts=tuple((name, value_text(value, name, policy.currency)) for name, value in sorted(subject.values.items())),
        rules=tuple(_rules(subject, today.as_of, _releasable(subject, what_if))),
        actions=actions,
        withheld=withheld,
        ways=tuple(ways(subject, today, what_if)),
        credit=told(subject, today, withheld, what_if.book) if policy.credit else None,
    )


def _releasable(subject: Told, what_if: WhatIf) -> frozenset[str]:
    """The reasons for which credit is held: only of these does anybody ask when they are lifted."""
    if not subject.one.policy.credit:
        return frozenset()
    return frozenset(one.reason for one in held(what_if.book, subject.id, what_if.as_of, what_if.known_at))


def _rules(subject: Told, as_of: str, reasons: frozenset[str]) -> Iterator[Rule]:
    """The conditions that fired, and those that nearly did: with at most NEARLY findings in the way."""
    policy = subject.one.policy
    values = concluded(policy, subject.values, as_of)
    first, later = named(policy)
    for name, condition in {**first, **later}.items():
        if policy.credit and (name.startswith(TOLD_APART) or _idle(name, reasons)):
            continue
        fired = holds(condition, values, as_of)
        asked = tuple(dict.fromkeys(_asked(condition, wanted=True)))
        facts = tuple(_fact(finding, values, policy.currency, as_of, wanted=wanted) for finding, wanted in asked)
        if fired or 0 < sum(not one.holds for one in facts) <= NEARLY:
            yield Rule(name, fired, facts)


def _idle(name: str, reasons: frozenset[str]) -> bool:
    """Whether the name is that of a release of what is not held."""
    kind, _, reason = name.partition(" ")
    return kind == "release" and reason not in reasons


def _asked(condition: Condition, *, wanted: bool) -> Iterator[tuple[Finding, bool]]:
    """The comparisons of a condition, and whether each is wanted to hold: below `none` it is wanted not to."""
    match condition:
        case All(of) | Any(of):
            for part in of:
                yield from _asked(part, wanted=wanted)
        case Nor(of):
            for part in of:
                yield from _asked(part, wanted=not wanted)
        case Comparison() | MonthEnd():
            yield condition, wanted


def _fact(finding: Finding, values: Values, currency: str, as_of: str, *, wanted: bool) -> Fact:
    """A finding with what is and what is asked."""
    actual = value_text(values[finding.fact], finding.fact, currency)
    if isinstance(finding, MonthEnd) and values[finding.fact] is not None:
        actual = f"{month_end(str(values[finding.fact]), finding.days)} is that day"
    if isinstance(finding, Comparison) and isinstance(finding.operand, FactRef | PercentOf):
        other = finding.operand.fact
        actual = f"{actual} ({other}: {value_text(values[other], other, currency)})"
    asked = finding_text(finding, currency) if wanted else f"not {finding_text(finding, currency)}"
    return Fact(asked, actual, true(finding, values, as_of) is wanted, str(finding.place))
