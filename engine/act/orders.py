"""The order check: may this customer buy that on credit today? Approve, refer or refuse, and what would make it pass.

Comes in: a Book, the policies in force, orders (act/order_reading.py). Goes out: an Answer for each, in their order; the book's
file is not written to.
Know before changing: the limit is the one in force in the book, with temporary and group limits, not the one that the next plan
would set. Orders of one batch are judged one after the other: what was approved before counts against the headroom of the same
customer and of the group. The book is narrowed to the customers of the batch and their groups, and read once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine import money
from engine.act.look_up import Checks
from engine.act.order_reading import Order, Reading
from engine.book.snapshot import KNOWN_ALL, Snapshot, Wanted, group, only, rate, reading, take
from engine.book.store import Book
from engine.decide import classes, order_law
from engine.decide.classes import MASK_COLUMNS, relation
from engine.decide.credit import JUDGING
from engine.decide.decide import rulesets
from engine.decide.findings import Compiled, compile_orders
from engine.decide.order_law import Amount, Hold, Reason, Standing
from engine.errors import Problem, Refusal, nearest
from engine.policy.credit_model import BUILT_IN, OrderRule, OrderSection, Verdict
from engine.policy.model import Policy, Subject
from engine.sources import SOURCES, column
from engine.sql import not_reversed

# So many unknown customers are looked for by likeness; each is a look through the whole book.
_MOST_HINTS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What an order gets. `value` is its amount in the currency that it was judged in, that of `standing`; `most` the largest
    amount in the order's own currency that the limit lets pass: None where no limit is set, 0 where it lets none pass.

    `policy` is None where no credit policy covers the customer; `built_in`: no policy says how orders are judged.
    """

    order: Order
    name: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    standing: Standing
    value: int
    most: int | None
    policy: str | None
    version: int | None
    file: str
    built_in: bool


@dataclass(frozen=True, slots=True)
class _Customer:
    """A customer of the batch: the top of the group, the policy (None: none covers it), what the book says, what holds."""

    id: int
    name: str
    top: int
    policy: Policy | None
    standing: Standing
    rules: tuple[OrderRule, ...]
    holds: tuple[Hold, ...]

    @property
    def section(self) -> OrderSection:
        """How the customer's orders are judged."""
        orders = self.policy.credit.orders if self.policy and self.policy.credit else None
        return orders or BUILT_IN


# From a currency to another: numerator and denominator in minor units.
Rates = Mapping[tuple[str, str], tuple[int, int]]


def judge(
    book: Book, policies: Sequence[Policy], asked: Reading, *, as_of: str, known_at: str = KNOWN_ALL
) -> tuple[Answer, ...]:
    """An answer for each order. Refusal with everything that is wrong with any of them: then none is answered.

    Refusal, too, where the book has no rate for what a customer owes, or assigns one to a policy that is not in force.
    """
    with reading(book):
        ids = _ids(book, asked)
        snapshot, found = _customers(book, policies, frozenset(ids.values()), as_of, known_at)
        rates = _rates(snapshot, asked.orders, {number: found[identity] for number, identity in ids.items()})
    approved: Counter[tuple[str, int, str]] = Counter()
    answers = []
    for order in asked.orders:
        customer = found[ids[order.customer]]
        answers.append(_answer(order, customer, rates, approved))
        if answers[-1].verdict is Verdict.APPROVE:
            _take_up(order, customer, rates, approved)
    return tuple(answers)


def _ids(book: Book, asked: Reading) -> dict[str, int]:
    """The ids of the customers by number. Refusal with every problem of the batch, unknown customers among them."""
    problems, ids = list(asked.problems), dict[str, int]()
    for order in asked.orders:
        row = book.execute("SELECT id FROM customers WHERE number = ?", [order.customer]).fetchone()
        if row:
            ids[order.customer] = row[0]
        else:
            problems.append(_unknown(book, order, hinted=len(problems) < _MOST_HINTS))
    if problems:
        raise Refusal(problems)
    return ids


def _unknown(book: Book, order: Order, *, hinted: bool) -> Problem:
    """No such customer, and whoever may have been meant."""
    checks, number, hint = Checks(book), order.customer, ""
    if hinted:
        hint = checks.by_name(number) or nearest(number, checks.like("customers", number))
    return Problem(order.place, "unknown-customer", f"the book has no customer '{number}'{hint}")


def _groups(book: Book, customers: Iterable[int]) -> set[int]:
    """The customers and everybody who was ever in a group with one of them."""
    found: set[int] = set()
    for one in customers:
        if one not in found:
            found.update(group(book, one))
    return found


def _customers(
    book: Book, policies: Sequence[Policy], ids: frozenset[int], as_of: str, known_at: str
) -> tuple[Snapshot, dict[int, _Customer]]:
    """Every customer of the batch, judged by the credit policy that covers it, or by none."""
    by_name = {policy.name: policy for policy in policies}
    compiled = [compile_orders(one) for _, one in sorted(by_name.items()) if one.credit]
    found: dict[int, _Customer] = {}
    with only(book, _groups(book, ids)):
        snapshot = take(book, classes.wanted(compiled), as_of=as_of, known_at=known_at)
        classes.cover(snapshot, compiled, beside=by_name)
        holds = _holds(snapshot)
        for index, one in enumerate(compiled):
            found |= _of_policy(snapshot, index, one, by_name[one.policy.name], ids, holds)
        by_currency: dict[str, set[int]] = {}
        for identity, currency in _currencies(snapshot):
            if identity in ids - found.keys():
                by_currency.setdefault(currency, set()).add(identity)
    # Whom no policy covers is judged in the currency that the customer buys in; those of other currencies stay out of it.
    for currency, several in sorted(by_currency.items()):
        with only(book, _groups(book, several)):
            snapshot = take(book, [Wanted(currency, JUDGING, True)], as_of=as_of, known_at=known_at)
            classes.cover(snapshot, (), beside=by_name)
            found |= _uncovered(snapshot, currency, several, holds)
    return snapshot, found


_FACTS = tuple(sorted(JUDGING))
# What every customer is read with: id, name, the top of the group, the facts that each order is judged by.
_COLUMNS = f"s.customer_id, COALESCE(v.name, h.number), kin.top_id, {', '.join(map(column, _FACTS))}"
_VERSION = f"""customer_versions AS v ON v.id = (SELECT w.id FROM customer_versions AS w
  WHERE w.customer_id = h.id AND w.valid_from <= :as_of AND w.recorded_at <= :known_at
    AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")}) ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""
_WHO = f"""JOIN customers AS h ON h.id = s.customer_id JOIN kin ON kin.customer_id = s.customer_id
LEFT JOIN {_VERSION}"""


def _of_policy(
    snapshot: Snapshot,
    index: int,
    one: Compiled,
    policy: Policy,
    ids: frozenset[int],
    holds: Mapping[int, tuple[Hold, ...]],
) -> Iterator[tuple[int, _Customer]]:
    """The customers of the batch that the policy covers; its rules are asked once for each class of them."""
    section = policy.credit.orders if policy.credit else None
    query = f"""SELECT {_COLUMNS}, {", ".join(f"m.{mask}" for mask in MASK_COLUMNS)}
    FROM {relation(Subject.CUSTOMER, snapshot.tables[policy.currency], one.facts)}
    JOIN {classes.members(policy)} AS m ON m.subject_id = s.customer_id {_WHO} WHERE m.policy = {index}"""
    by_masks: dict[tuple[int, ...], frozenset[str]] = {}
    with rulesets(one) as rules:
        for row in snapshot.book.execute(query, dict(snapshot.parameters)):
            if row[0] not in ids:
                continue
            masks = tuple(row[-len(MASK_COLUMNS) :])
            if masks not in by_masks:
                by_masks[masks] = rules.fired(one.row(masks))
            fired = tuple(rule for rule in (section.rules if section else ()) if f"order {rule.id}" in by_masks[masks])
            yield row[0], _customer(row, policy.currency, policy, fired, holds)


def _uncovered(
    snapshot: Snapshot, currency: str, ids: set[int], holds: Mapping[int, tuple[Hold, ...]]
) -> Iterator[tuple[int, _Customer]]:
    """Customers whom no credit policy covers."""
    query = f"SELECT {_COLUMNS} FROM {snapshot.tables[currency].customer} AS s {_WHO}"
    for row in snapshot.book.execute(query, dict(snapshot.parameters)):
        if row[0] in ids:
            yield row[0], _customer(row, currency, None, (), holds)


def _customer(
    row: Sequence[int | str | None],
    currency: str,
    policy: Policy | None,
    rules: tuple[OrderRule, ...],
    holds: Mapping[int, tuple[Hold, ...]],
) -> _Customer:
    """A customer from the columns of _COLUMNS."""
    identity, name, top, *values = row[: 3 + len(_FACTS)]
    assert isinstance(identity, int) and isinstance(top, int), row
    facts = {fact.removeprefix("customer."): _number(value) for fact, value in zip(_FACTS, values, strict=True)}
    standing = Standing(
        currency=currency,
        limit=facts["limit_in_force"],
        temporary_limit=facts["temporary_limit"],
        group_limit=facts["group_limit"],
        effective_limit=facts["effective_limit"],
        exposure=facts["exposure"] or 0,
        group_exposure=facts["group_exposure"],
        overdue=facts["overdue_amount"] or 0,
        open=facts["open_amount"] or 0,
    )
    # While its holds are suspended, a customer may buy in spite of them.
    standing_holds = holds.get(identity, ()) if facts["credit_hold"] else ()
    return _Customer(identity, str(name), top, policy, standing, rules, standing_holds)


def _number(value: int | str | None) -> int | None:
    """A fact that is an amount or a flag, or missing."""
    assert not isinstance(value, str), value
    return value


def _holds(snapshot: Snapshot) -> dict[int, tuple[Hold, ...]]:
    """The credit holds in force, the oldest first."""
    query = f"""WITH held AS ({SOURCES["held"].sql}) SELECT customer_id, reference, reason, valid_from FROM held
    WHERE kind = 'credit' ORDER BY customer_id, valid_from, reference"""
    found: dict[int, tuple[Hold, ...]] = {}
    for customer, *hold in snapshot.book.execute(query, dict(snapshot.parameters)):
        found[customer] = (*found.get(customer, ()), Hold(*hold))
    return found


def _currencies(snapshot: Snapshot) -> Iterator[tuple[int, str]]:
    """The currency that each customer is billed in: its own where one is named, else that of our entity."""
    query = f"""SELECT h.id, COALESCE(v.currency, e.currency) FROM customers AS h JOIN entities AS e ON e.id = h.entity_id
    LEFT JOIN {_VERSION}"""
    yield from snapshot.book.execute(query, dict(snapshot.parameters))


def _rates(snapshot: Snapshot, orders: Iterable[Order], customers: Mapping[str, _Customer]) -> Rates:
    """The rates from the currency of each order to those in which its customer and the group are judged.

    Refusal `no-rate` at each order that one is missing for.
    """
    judged: dict[int, set[str]] = {}
    for customer in customers.values():
        judged.setdefault(customer.top, set()).add(customer.standing.currency)
    found, missing, problems = dict[tuple[str, str], tuple[int, int]](), dict[tuple[str, str], str](), []
    for order in orders:
        for currency in sorted(judged[customers[order.customer].top]):
            pair = order.currency, currency
            if pair not in found and pair not in missing:
                try:
                    found[pair] = rate(snapshot, *pair)
                except Refusal as refusal:
                    missing[pair] = refusal.problems[0].message
            if pair in missing:
                problems.append(Problem(order.place, "no-rate", missing[pair]))
    if problems:
        raise Refusal(problems)
    return found


def _answer(order: Order, customer: _Customer, rates: Rates, approved: Mapping[tuple[str, int, str], int]) -> Answer:
    """What the order gets, after those that were approved before it."""
    currency, section = customer.standing.currency, customer.section
    standing = replace(
        customer.standing,
        taken=approved.get(("own", customer.id, currency), 0),
        group_taken=approved.get(("group", customer.top, currency), 0),
    )
    numerator, denominator = rates[order.currency, currency]
    value, allowed = money.convert(order.amount, numerator, denominator), order_law.most(standing, section)
    # Where there is no credit, not even an amount passes that comes to nothing in the policy's currency.
    none = standing.effective_limit == 0
    most = None if allowed is None else 0 if none else max(0, order_law.largest(allowed, numerator, denominator))
    found = order_law.reasons(standing, Amount(value, most, order.currency), customer.holds, section, customer.rules)
    policy = customer.policy
    return Answer(
        order=order,
        name=customer.name,
        verdict=order_law.verdict(found),
        reasons=found,
        standing=standing,
        value=value,
        most=most,
        policy=policy.name if policy else None,
        version=policy.version if policy else None,
        file=policy.file if policy else "",
        built_in=section is BUILT_IN,
    )


def _take_up(order: Order, customer: _Customer, rates: Rates, approved: Counter[tuple[str, int, str]]) -> None:
    """Count an approved order against the customer and the group, in every currency that one of them is judged in."""
    for (source, currency), (numerator, denominator) in rates.items():
        if source == order.currency:
            value = money.convert(order.amount, numerator, denominator)
            approved["own", customer.id, currency] += value
            approved["group", customer.top, currency] += value
