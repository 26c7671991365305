"""The law of the order check in plain Python, straight from facts, and the engine held equal to it on random books and policies.

Know before changing: as in tests/test_law_credit.py. Amounts are drawn close to what the law lets pass, where mistakes show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from hypothesis import given, note
from hypothesis import strategies as st

from engine import money
from engine.act.order_reading import Order, Reading
from engine.act.orders import judge
from engine.policy.credit_model import OrderRule, OrderSection, Verdict
from engine.policy.model import Policy
from tests import oracle, oracle_credit, oracle_facts, oracle_facts_credit
from tests.oracle_conditions import holds
from tests.strategies import CURRENCIES, Drawn, books
from tests.strategies_credit import conditions, mixed_sets
from tests.test_law import law, told

REFER, REFUSE, APPROVE = Verdict.REFER, Verdict.REFUSE, Verdict.APPROVE


@dataclass(frozen=True)
class Wish:
    """What somebody wants to buy: so much, or so much more or less than the limit lets pass."""

    customer: int
    currency: str
    near: bool
    amount: int


World = tuple[Drawn, tuple[Policy, ...], tuple[Wish, ...]]


@st.composite
def sections(draw: st.DrawFn, as_of: str, names: tuple[str, ...]) -> OrderSection:
    """How orders are judged."""
    verdicts = st.sampled_from((REFER, REFUSE))
    rules = tuple(OrderRule(f"r{number}", f"of r{number}", draw(verdicts), draw(conditions(as_of, (), names)))
                  for number in range(draw(st.sampled_from((0, 1, 2)))))
    return OrderSection(draw(verdicts), draw(st.sampled_from(tuple(Verdict))), draw(st.sampled_from((0, 1, 500, 10_000))), rules)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A book, policies of both kinds, most of which speak of orders, and a few orders."""
    drawn, policies = draw(books()), list[Policy]()
    for one in draw(mixed_sets(drawn.as_of)):
        names = tuple(rating.name for rating in one.credit.ratings.of) if one.credit and one.credit.ratings else ()
        section = draw(st.one_of(st.none(), *[sections(drawn.as_of, names)] * 3))
        policies.append(replace(one, credit=replace(one.credit, orders=section)) if one.credit else one)
    customers = len(drawn.books.rows["customers"])
    wishes = st.builds(
        Wish, customer=st.integers(1, customers), currency=st.sampled_from(CURRENCIES), near=st.sampled_from((True, True, False)),
        amount=st.one_of(st.integers(-2, 2), st.integers(1, 600_000)))
    return drawn, tuple(policies), tuple(draw(st.lists(wishes, min_size=1, max_size=6)))


@dataclass
class Desk:
    """Whoever judges orders by hand, one after the other."""

    drawn: Drawn
    policies: Sequence[Policy]
    approved: list[tuple[int, int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Everything that is known of every customer, in each currency."""
        rows, as_of, known_at = self.drawn.books.rows, self.drawn.as_of, self.drawn.known_at
        self.readings = {currency: oracle_facts.Reading(rows, as_of, known_at, currency) for currency in CURRENCIES}
        self.facts = {currency: oracle_facts.facts(rows, as_of, known_at, currency).customers for currency in CURRENCIES}

    def answer(self, wish: Wish) -> tuple[Order, tuple[str, list[str], int | None, str]]:
        """The order that is meant, and its verdict, reasons, headroom and the policy that judges."""
        customer, as_of = wish.customer, self.drawn.as_of
        policy, currency = self._judge(customer)
        reading, of = self.readings[currency], dict(self.facts[currency][customer])
        section = policy.credit.orders if policy and policy.credit else None
        section = section or OrderSection(REFER, REFER, 0, ())
        headroom, limit = self._headroom(customer, currency)
        allowed = None if headroom is None or limit is None else headroom + Fraction(section.tolerance_hundredths * limit, 10_000)
        amount = wish.amount + (int((allowed or 0) / reading.rate(wish.currency)) if wish.near else 0)
        order = Order(f"C{customer - 1}", min(max(1, amount), money.LARGEST), wish.currency)
        value = reading.value(order.amount, order.currency)
        found = [("credit-hold", REFUSE)] * (len(reading.holds("credit", customer)) if of["customer.credit_hold"] else 0)
        if limit == 0:
            zeros = [of["customer.limit_in_force"], of["customer.group_limit"]].count(0)
            found += [("no-credit", REFUSE)] * zeros
        elif headroom is None or allowed is None:
            found.append(("no-limit", section.no_limit))
        elif value <= headroom:
            found.append(("within-headroom", APPROVE))
        else:
            found.append(("within-tolerance", APPROVE) if value <= allowed else ("over-limit", section.over_limit))
        if policy and section.rules:
            concluded = oracle_credit.judge(policy, of, as_of)
            of |= {"score": concluded.score, "rating": concluded.rating}
            found += [(f"rule {rule.id}", rule.verdict) for rule in section.rules if holds(rule.when, of, as_of)]
        verdict = max((verdict for _, verdict in found), key=[APPROVE, REFER, REFUSE].index)
        if verdict is APPROVE:
            self.approved.append((customer, self._top(customer), order.amount, order.currency))
        return order, (str(verdict), [name for name, _ in found], headroom, policy.name if policy else "")

    def _judge(self, customer: int) -> tuple[Policy | None, str]:
        """The credit policy that covers the customer, and in which currency that is judged."""
        version = self.readings["EUR"].version(customer)
        rivals = [policy for policy in self.policies if policy.credit]
        of = {currency: facts[customer] for currency, facts in self.facts.items()}
        policy = oracle.covering(rivals, version.get("policy"), of, self.drawn.as_of)
        if policy:
            return policy, policy.currency
        rows = self.drawn.books.rows
        entity = next(row["entity_id"] for row in rows["customers"] if row["id"] == customer)
        return None, version.get("currency") or next(row["currency"] for row in rows["entities"] if row["id"] == entity)

    def _headroom(self, customer: int, currency: str) -> tuple[int | None, int | None]:
        """What is left of the smaller limit after what was approved before, and the effective limit."""
        of, top = self.facts[currency][customer], self._top(customer)
        own, group = of["customer.limit_in_force"], of["customer.group_limit"]
        owed, shared = of["customer.exposure"], of["customer.group_exposure"]
        assert not isinstance(own, str) and not isinstance(group, str) and isinstance(owed, int) and not isinstance(shared, str)
        left = []
        if own is not None:
            left.append(own - owed - self._taken(currency, customer=customer))
        if group is not None:
            left.append(group - (owed if shared is None else shared) - self._taken(currency, top=top))
        return min(left, default=None), min((limit for limit in (own, group) if limit is not None), default=None)

    def _taken(self, currency: str, *, customer: int | None = None, top: int | None = None) -> int:
        """What was approved before to a customer, or to a group."""
        return sum(self.readings[currency].value(amount, source) for who, above, amount, source in self.approved
                   if customer in (None, who) and top in (None, above))

    def _top(self, customer: int) -> int:
        """Who stands at the top of the group."""
        return oracle_facts_credit._top(self.readings["EUR"], customer)


@law(50)
@given(worlds())
def test_the_order_check_agrees_with_the_law(world: World) -> None:
    """Verdict, reasons, headroom and policy of every order of a batch, one after the other."""
    drawn, policies, wishes = world
    desk = Desk(drawn, policies)
    expected = [desk.answer(wish) for wish in wishes]
    asked = Reading(tuple(order for order, _ in expected), ())
    note(told(drawn.books.rows))
    before = drawn.books.rows
    found = judge(drawn.books.book, policies, asked, as_of=drawn.as_of, known_at=drawn.known_at)
    assert [
        (str(one.verdict), [reason.name for reason in one.reasons], one.standing.headroom, one.policy or "") for one in found
    ] == [answer for _, answer in expected]
    assert drawn.books.rows == before


@law(25)
@given(worlds())
def test_the_largest_order_passes_the_limit_and_no_larger_one(world: World) -> None:
    """What is said to pass does; one unit more does not."""
    drawn, policies, wishes = world

    def limit_says(wish: Wish, amount: int) -> str:
        order = Order(f"C{wish.customer - 1}", amount, wish.currency)
        one = judge(drawn.books.book, policies, Reading((order,), ()), as_of=drawn.as_of, known_at=drawn.known_at)[0]
        return next(reason.name for reason in one.reasons if not reason.name.startswith(("credit-hold", "rule")))

    for wish in wishes[:2]:
        order = Order(f"C{wish.customer - 1}", 1, wish.currency)
        one = judge(drawn.books.book, policies, Reading((order,), ()), as_of=drawn.as_of, known_at=drawn.known_at)[0]
        if one.most:
            assert limit_says(wish, one.most).startswith("within-")
        if one.most is not None:
            assert limit_says(wish, one.most + 1) in ("over-limit", "no-credit")
