"""What would change the outcome for one subject: the first day on which it is another, and the payment that is just enough.

Comes in: a book narrowed to one customer, and a subject of it. Goes out: Ways.
Know before changing: nothing is guessed. A later day is planned anew, a payment is laid beside the book and planned anew. Facts
and findings only say which days and amounts are worth trying: each day named is one that a plan was made of, and one minor
unit less than each payment named was tried too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from engine import money
from engine.act.plan import plan
from engine.act.values import Action, Plan, Withheld
from engine.book.snapshot import tried
from engine.book.store import Book
from engine.dates import shifted
from engine.decide.evaluate import Value, Values, month_end
from engine.decide.findings import Compiled, findings_of
from engine.facts import FACTS, FactType
from engine.policy.model import Comparison, FactRef, Finding, MonthEnd, Operator, PercentOf, Policy, Subject
from engine.sources import later as moved

# Waiting is looked into for this long; a controller plans no further.
HORIZON_DAYS = 180
# What is past due moves from one group of ages to the next on these days after its due date.
_AGES = (1, 31, 61, 91)
# What happened leaves the last twelve months after so many days, whatever February is in between.
_YEAR = (365, 366, 367, 368)


@dataclass(frozen=True, slots=True)
class Way:
    """What would change the outcome, and to what: `pay 1,200.00 EUR` or `wait until 2026-03-12`."""

    what: str
    then: str


@dataclass(frozen=True, slots=True)
class Debt:
    """A receivable that a payment may go to: what is open in its own currency, and in the policy's."""

    receivable_id: int
    currency: str
    open: int
    value: int


@dataclass(frozen=True, slots=True)
class Told:
    """A subject of the customer, with the facts that its policy stands on. `debts`: what may be paid, in that order."""

    one: Compiled
    id: int
    customer: str
    receivable: str | None
    debts: tuple[Debt, ...]
    values: Values


@dataclass(slots=True)
class WhatIf:
    """Plans of the narrowed book on later days and after payments; those of later days are kept, all subjects share them."""

    book: Book
    policies: Sequence[Policy]
    as_of: str
    known_at: str
    days: dict[int, Plan] = field(default_factory=dict)
    dated: list[int] | None = None

    def wait(self, days: int) -> Plan:
        """The plan so many days after as_of, if nothing happens until then but what the book knows already."""
        if days not in self.days:
            self.days[days] = plan(self.book, self.policies, as_of=shifted(self.as_of, days), known_at=self.known_at)
        return self.days[days]

    def pay(self, parts: Sequence[tuple[int, int]]) -> Plan:
        """Today's plan, if so much were paid of each of these receivables today."""
        with tried(self.book, parts, self.as_of):
            return plan(self.book, self.policies, as_of=self.as_of, known_at=self.known_at)

    def dates(self) -> list[int]:
        """The days of everything that the book knows of the customer, counted from as_of."""
        if self.dated is None:
            days = [row[0] for row in self.book.execute(_DATES) if row[0]]
            self.dated = sorted(_days(day, self.as_of) for day in days)
        return self.dated

    def dues(self) -> list[int]:
        """The due dates of the customer's receivables, counted from as_of."""
        return [_days(row[0], self.as_of) for row in self.book.execute("SELECT DISTINCT due FROM receivables")]


# Every day in a narrowed book from which, or up to which, something counts.
_DATES = f"""SELECT posted AS day FROM receivables UNION SELECT issued FROM receivables
UNION SELECT received FROM payments UNION SELECT issued FROM credits UNION SELECT date FROM allocations
UNION SELECT ordered FROM orders UNION SELECT closed FROM orders UNION SELECT opened FROM disputes
UNION SELECT r.resolved FROM dispute_resolutions AS r JOIN disputes AS d ON d.id = r.dispute_id
UNION SELECT made FROM promises UNION SELECT promised FROM promises
UNION SELECT {moved("promised", "grace_days")} FROM promises
UNION SELECT valid_from FROM holds UNION SELECT valid_until FROM holds
UNION SELECT r.released FROM hold_releases AS r JOIN holds AS h ON h.id = r.hold_id
UNION SELECT date FROM activities UNION SELECT valid_from FROM customer_versions
UNION SELECT as_of FROM effects UNION SELECT deadline FROM effects UNION SELECT date FROM fx_rates"""


def ways(told: Told, today: Plan, what_if: WhatIf) -> Iterator[Way]:
    """The first day on which something else would happen, and the smallest payments that would change what is done today."""
    now = outcome(today, told)
    # What a credit policy will say on another day is a matter of what customers do until then, not of waiting.
    for days in () if told.one.policy.credit else _worth_waiting(told, today.as_of, what_if):
        then = outcome(what_if.wait(days), told)
        if then != now:
            yield Way(f"wait until {shifted(today.as_of, days)}", then)
            break
    yield from _payments(told, today, what_if)


def of(the_plan: Plan, told: Told) -> tuple[tuple[Action, ...], tuple[Withheld, ...]]:
    """The actions and the withheld ones that speak of the subject."""
    policy = told.one.policy

    def same(name: str, kind: str, number: str | None) -> bool:
        return (name, kind, number) == (policy.name, policy.subject.value, told.receivable)

    def whose(one: Action | Withheld) -> bool:
        return one.customer == told.customer

    actions = (
        action
        for action in the_plan.actions
        if whose(action) and any(same(line.policy, line.subject, line.receivable) for line in action.lines)
    )
    withheld = (one for one in the_plan.withheld if whose(one) and same(one.policy, one.subject, one.receivable))
    return tuple(actions), tuple(withheld)


def outcome(the_plan: Plan, told: Told) -> str:
    """What a plan does about the subject, in a few words."""
    actions, withheld = of(the_plan, told)
    done = [
        f"{action.kind} ({line.rule})"
        for action in actions
        for line in action.lines
        if line.receivable == told.receivable
    ]
    held = [f"{one.kind} ({one.rule}) withheld: {', '.join(one.reasons)}" for one in withheld]
    return "; ".join(dict.fromkeys([*done, *held])) or _NOTHING


_NOTHING = "nothing is called for"


def _days(day: str, since: str) -> int:
    """Whole days from one date to another."""
    return (date.fromisoformat(day) - date.fromisoformat(since)).days


# -- waiting ------------------------------------------------------------------------------------------------------------------


def _worth_waiting(told: Told, as_of: str, what_if: WhatIf) -> list[int]:
    """The days from tomorrow on which an outcome may turn over, soonest first."""
    findings = [*told.one.findings, *_covering(what_if.policies, told.one.policy.subject)]
    bounds = {bound for finding in findings for bound in _bounds(finding, told.values)}
    # What begins or ends by itself, what counts its days from then on, and a number of days that reaches its bound.
    found = {days + extra for days in what_if.dates() if days > 0 for extra in (0, *bounds)}
    found |= {days for finding in findings for days in _turning(finding, told.values, as_of)}
    if any(FACTS[finding.fact].of_customer for finding in findings):
        found |= {due + extra for due in what_if.dues() for extra in (*_AGES, *bounds)}
    if any(finding.fact.endswith("_12m") for finding in findings):
        found |= {days + year for days in (*what_if.dates(), *what_if.dues()) for year in _YEAR}
    return sorted(days for days in {days + extra for days in found for extra in (0, 1)} if 0 < days <= HORIZON_DAYS)


def _covering(policies: Sequence[Policy], subject: Subject) -> Iterator[Finding]:
    """The comparisons that decide which policy covers such a subject."""
    for policy in policies:
        if policy.subject is subject and policy.covers:
            yield from findings_of(policy.covers)


def _bounds(finding: Finding, values: Values) -> Iterator[int]:
    """The numbers of days that a finding asks for."""
    if isinstance(finding, Comparison) and FACTS[finding.fact].type is FactType.DAYS:
        operand = values.get(finding.operand.fact) if isinstance(finding.operand, FactRef) else finding.operand
        yield from (
            bound for bound in (operand if isinstance(operand, tuple) else (operand,)) if isinstance(bound, int)
        )


def _turning(finding: Finding, values: Values, as_of: str) -> Iterator[int]:
    """Days until a number of days reaches its bound, or a month ends."""
    value = values.get(finding.fact)
    if value is None:
        return
    if isinstance(finding, MonthEnd):
        yield _days(month_end(str(value), finding.days), as_of)
    else:
        yield from (abs(bound - int(value)) for bound in _bounds(finding, values))


# -- paying -------------------------------------------------------------------------------------------------------------------


def _payments(told: Told, today: Plan, what_if: WhatIf) -> Iterator[Way]:
    """The payment that is just enough to change what is done, and the payment of all that is owed."""
    now = _done(today, told)
    own = {debt.currency for debt in told.debts}
    currency = own.pop() if len(own) == 1 else told.one.policy.currency
    counted = [debt.open if debt.currency == currency else debt.value for debt in told.debts]
    whole = sum(counted)
    if now == _NOTHING or not whole:
        return

    def after(amount: int) -> str:
        return _done(what_if.pay(_split(told.debts, counted, amount)), told)

    same = 0
    for amount in _worth_paying(told, whole):
        if after(amount) != now:
            while amount - same > 1:
                # Most often the amount is that of a bound, and one unit less is the answer at once.
                middle = amount - 1 if after(amount - 1) == now else (same + amount) // 2
                same, amount = (middle, amount) if after(middle) == now else (same, middle)
            yield Way(f"pay {money.written(amount, currency)} {currency}", after(amount))
            break
        same = amount
    if (then := after(whole)) != now:
        said = f"it is paid: {_NOTHING}" if then == _NOTHING else then
        yield Way(f"pay {money.written(whole, currency)} {currency}", said)


def _done(the_plan: Plan, told: Told) -> str:
    """The rules by which something is done about the subject, and not withheld."""
    lines = [line for action in of(the_plan, told)[0] for line in action.lines if line.receivable == told.receivable]
    return "; ".join(dict.fromkeys(line.rule for line in lines)) or _NOTHING


def _worth_paying(told: Told, whole: int) -> list[int]:
    """By how much each amount exceeds the bounds that the policy sets it, and one unit more; at last all but one unit."""
    value = sum(debt.value for debt in told.debts)
    found = {whole - 1}
    for finding in told.one.findings:
        if finding.fact not in FACTS:
            continue
        actual, bound = told.values.get(finding.fact), _amount(finding, told.values)
        if bound is not None and isinstance(actual, int) and value:
            over = -(-(actual - bound) * whole // value)
            found |= {over, over + 1}
    return sorted(amount for amount in found if 0 < amount < whole)


def _amount(finding: Finding, values: Values) -> int | None:
    """The amount of money that a comparison asks for."""
    if isinstance(finding, MonthEnd) or FACTS[finding.fact].type is not FactType.MONEY:
        return None
    operand = finding.operand
    if finding.operator is Operator.MISSING or isinstance(operand, tuple | str):
        return None
    if isinstance(operand, int):
        return operand
    other: Value = values.get(operand.fact)
    if not isinstance(other, int):
        return None
    return operand.hundredths * other // 10_000 if isinstance(operand, PercentOf) else other


def _split(debts: Sequence[Debt], counted: Sequence[int], amount: int) -> list[tuple[int, int]]:
    """What each receivable takes of a payment, in their own currencies, one after the other."""
    parts = []
    for debt, most in zip(debts, counted, strict=True):
        if amount <= 0:
            break
        part = debt.open if amount >= most else -(-amount * debt.open // most)
        parts.append((debt.receivable_id, part))
        amount -= most
    return parts
