"""Random pairs of small credit policies, and every customer that they can tell apart.

Comes in: a random.Random. Goes out: pairs of policies that were read from their text, and `by_force`, what differs for anybody.
Know before changing: brute force asks tests/oracle_credit.py, for orders the law itself with rules that the oracle evaluates. A
customer is evidence (what score and conditions look at) and a standing in the book; rating, limit, terms and orders each look at
a part of the standing only, so that each is varied by itself.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from engine.decide import order_law
from engine.decide.order_law import Amount, Standing
from engine.facts import FACTS
from engine.policy import document, model
from engine.policy.build import build
from engine.policy.credit_model import (
    BUILT_IN,
    Adjustment,
    Band,
    Characteristic,
    Credit,
    Hold,
    LimitRule,
    LimitSection,
    OrderRule,
    OrderSection,
    Rating,
    Ratings,
    Scorecard,
    Share,
    TermsRule,
    TermsSection,
    Verdict,
)
from engine.policy.model import Comparison, Condition, Operator, Policy, Subject
from tests import oracle_conditions, oracle_credit, strategies_credit
from tests.pairs import AS_OF, Facts, leaves, otherwise

DAYS, SALES, SHARES = (365, 730), 1_000_000, (1_000, 2_000)
AMOUNTS = (0, 300_000, 400_000)
_GRAVITY = tuple(Verdict)


@dataclass
class Sides:
    """What brute force found: kinds that are stricter, milder and otherwise for somebody."""

    stricter: set[str] = field(default_factory=set)
    milder: set[str] = field(default_factory=set)
    otherwise: set[str] = field(default_factory=set)


# -- pairs -------------------------------------------------------------------------------------------------------------


_SECTIONS: tuple[tuple[str, ...], ...] = (("scorecard", "ratings"), ("limit",), ("terms",), ("holds",), ("orders",))


def pair(rng: random.Random) -> tuple[Policy, Policy]:
    """Two policies; the second has one or two sections of its own, or all (two that share nothing are nearly always both)."""
    old, other = _policy(rng), _policy(rng)
    assert old.credit and other.credit
    own = {name for names in rng.sample(_SECTIONS, rng.choice((0, 1, 1, 1, 2, 5))) for name in names}
    credit = replace(old.credit, **{name: getattr(other.credit, name) for name in own})
    terms = credit.terms and replace(credit.terms, rules=tuple(
        replace(rule, when=rule.when and otherwise(rng, rule.when)) for rule in credit.terms.rules))  # fmt: skip
    covers = other.covers if rng.random() < 0.2 else old.covers
    return _read(old), _read(replace(old, covers=covers, credit=replace(credit, terms=terms)))


def _policy(rng: random.Random) -> Policy:
    """A small policy of every section but the review."""
    orders = OrderSection(
        rng.choice((Verdict.REFER, Verdict.REFUSE)), rng.choice((Verdict.APPROVE, Verdict.REFER)), rng.choice((0, 500)),
        (OrderRule("o", "because", rng.choice((Verdict.REFER, Verdict.REFUSE)), _condition(rng)),))  # fmt: skip
    credit = Credit(
        scorecard=_card(rng), ratings=_ratings(rng), limit=_limit(rng), terms=_terms(rng), review=None,
        holds=(Hold("risk", _condition(rng), _condition(rng)),) if rng.random() < 0.4 else (),
        orders=_tested(orders, rng) if rng.random() < 0.6 else None)  # fmt: skip
    return Policy(
        name="trade", kind="credit", version=1, effective_from="2020-01-01", summary="Random.", currency="EUR",
        subject=Subject.CUSTOMER, priority=10, limits=model.Limits(None, None),
        covers=Comparison("customer.segment", Operator.IS, "sme") if rng.random() < 0.2 else None,
        withhold=(model.Withhold("watched", _condition(rng)),) if rng.random() < 0.2 else (), ladder=None, rules=(), approvals=(),
        credit=credit, digest="", text="", file="v1.yaml")  # fmt: skip


def _tested(section: OrderSection, rng: random.Random) -> OrderSection:
    """The rule tests the rating now and then."""
    if rng.random() < 0.5:
        return section
    return replace(section, rules=(replace(section.rules[0], when=Comparison("rating", Operator.IS, "B")),))


def _card(rng: random.Random) -> Scorecard:
    """Points for the years that we know each other."""
    bound = rng.choice(DAYS)
    bands = (Band(None, bound, 10), Band(bound, None, rng.choice((20, 30))))
    return Scorecard(
        rng.choice((0, 10)), (Characteristic("years", "customer.relationship_days", 1, 10, bands, (), None),)
    )


def _ratings(rng: random.Random) -> Ratings:
    """Two ratings, and now and then an insolvency that lowers."""
    adjustments = (Adjustment("insolvent", "insolvent", _insolvent(), "B", None),) if rng.random() < 0.4 else ()
    bound = rng.choice((20, 30))
    return Ratings(0, (Rating("A", bound, None), Rating("B", None, bound)), adjustments)


def _limit(rng: random.Random) -> LimitSection | None:
    """By rating: an amount, a share of the sales, or none set."""
    if rng.random() < 0.15:
        return None
    whens = (Comparison("rating", Operator.IS, "B"), rng.choice((None, None, _condition(rng))))
    rules = tuple(replace(_limit_rule(rng), id=f"l{at}", when=when) for at, when in enumerate(whens))
    return LimitSection(rng.choice((0, 0, 1_500)), rng.choice((None, None, 30, 60)), rules[rng.choice((0, 1)) :], None)


def _limit_rule(rng: random.Random) -> LimitRule:
    """What a rule comes to."""
    match rng.randrange(6):
        case 0:
            return LimitRule("l", None, True, None, (), None, None, 1)
        case 1 | 2:
            shares = (Share(rng.choice(SHARES), "customer.sales_12m"),)
            return LimitRule("l", None, False, None, shares, None, rng.choice((None, 150_000)), rng.choice((1, 1_000)))
        case _:
            return LimitRule("l", None, False, rng.choice(AMOUNTS), (), None, None, 1)


def _terms(rng: random.Random) -> TermsSection | None:
    """By rating or condition."""
    if rng.random() < 0.3:
        return None
    rules = (TermsRule("t0", _condition(rng), rng.choice((0, 14))), TermsRule("t1", None, rng.choice((14, 30))))
    return TermsSection(rules[rng.choice((0, 1)) :], None)


def _condition(rng: random.Random) -> Condition:
    """Insolvent, of a segment, known for so long, or selling so much."""
    match rng.randrange(4):
        case 0:
            return _insolvent()
        case 1:
            return Comparison("customer.segment", rng.choice((Operator.IS, Operator.IS_NOT)), "sme")
        case 2:
            return Comparison(
                "customer.relationship_days", rng.choice((Operator.AT_LEAST, Operator.LESS_THAN)), rng.choice(DAYS)
            )
        case _:
            return Comparison("customer.sales_12m", rng.choice((Operator.AT_LEAST, Operator.LESS_THAN)), SALES)


def _insolvent() -> Condition:
    """Proceedings are open."""
    return Comparison("customer.insolvent", Operator.IS, 1)


def _read(policy: Policy) -> Policy:
    """The policy of its text, with orders, which tests/strategies_credit.py does not write."""
    read, _ = document.parse(strategies_credit.document(policy), "v1.yaml")
    assert read
    found, problems = build(read)
    assert found, problems
    assert found.credit and policy.credit
    return replace(found, credit=replace(found.credit, orders=policy.credit.orders))


# -- everybody ---------------------------------------------------------------------------------------------------------


def _evidence(old: Policy, new: Policy) -> Iterator[Facts]:
    """What score and conditions look at: of a fact that neither policy names, the usual."""
    usual: Facts = {name: fact.neutral for name, fact in FACTS.items() if fact.of_customer}
    usual |= dict.fromkeys(("customer.rating_override", "customer.credit_limit", "customer.days_until_limit_ends"))
    named = {name for policy in (old, new) for name in _named(policy)}
    varied = {name: values for name, values in _VALUES.items() if name in named}
    for chosen in itertools.product(*varied.values()):
        yield usual | dict(zip(varied, chosen, strict=True)) | {"customer.review_open": 0, "customer.hold_suspended": 0}


_VALUES: dict[str, tuple[int | str | None, ...]] = {
    "customer.rating_override": (None, "A", "B"),
    "customer.relationship_days": (364, 365, 730),
    "customer.segment": ("sme", "key", None),
    "customer.insolvent": (0, 1),
    "customer.sales_12m": (0, 5, 9_999, SALES - 1, SALES, 5 * SALES),
}


def _named(policy: Policy) -> Iterator[str]:
    """The facts that the policy looks at."""
    credit = policy.credit
    assert credit and credit.ratings and credit.scorecard
    yield from ("customer.rating_override", "customer.relationship_days")
    of: list[Condition | None] = [policy.covers, *(one.when for one in policy.withhold)]
    of += [one.when for one in credit.ratings.adjustments]
    of += [when for one in credit.holds for when in (one.when, one.release_when)]
    of += [rule.when for rule in (credit.limit.rules if credit.limit else ())]
    of += [rule.when for rule in (credit.terms.rules if credit.terms else ())]
    of += [rule.when for rule in (credit.orders.rules if credit.orders else ())]
    yield from (leaf.fact for condition in of if condition for leaf in leaves(condition))
    yield from (share.fact for rule in (credit.limit.rules if credit.limit else ()) for share in rule.shares)


def by_force(old: Policy, new: Policy) -> Sides:
    """What differs for any customer at all."""
    found = Sides()
    for facts in _evidence(old, new):
        _of_values(old, new, facts, found)
        _of_holds(old, new, facts, found)
        _of_orders(old, new, facts, found)
    return found


def left(policy: Policy, facts: Facts) -> tuple[dict[str, int | str | None], set[str]]:
    """What the oracle leaves the customer with, and the holds and releases that it does."""
    values = {kind: facts[fact] for kind, fact in _FACT.items()}
    if policy.covers is not None and not oracle_conditions.holds(policy.covers, facts, AS_OF):
        return values, set()
    assert policy.credit
    acts, good = set[str](), policy.credit.limit.valid_days if policy.credit.limit else None
    for call in oracle_credit.judge(policy, facts, AS_OF).calls:
        if call.reasons:
            continue
        match call.action:
            case model.SetRating():
                values["rating"] = call.after
            case model.SetTerms():
                values["terms"] = call.after
            case model.SetCreditLimit():
                values |= {"credit_limit": call.after, "limit_end": None if call.after is None else good}
            case model.CreditHold(reason) | model.ReleaseCreditHold(reason):
                acts.add(f"{model.kind_of(call.action)} for {reason}")
    return values, acts


_FACT = {
    "rating": "customer.rating", "credit_limit": "customer.credit_limit", "limit_end": "customer.days_until_limit_ends",
    "terms": "customer.terms_days"}  # fmt: skip


def _standings(old: Policy, new: Policy, facts: Facts) -> Iterator[tuple[tuple[str, ...], Facts]]:
    """What the book may say, for each value that is compared."""
    for name in (None, "A", "B", "Z"):
        yield ("rating",), {"customer.rating": name}
    for days in (None, 0, 10, 14, 20, 30, 60):
        yield ("terms",), {"customer.terms_days": days}
    limits: set[int | None] = {None, 0, 10**9}
    for target in {left(policy, facts)[0]["credit_limit"] for policy in (old, new)}:
        if isinstance(target, int):
            limits |= {max(0, target + shift) for shift in (-1, 0, 1)}
            limits |= {target * 10_000 // part + shift for part in (8_500, 11_500) for shift in (0, 1)}
    for limit, (ends, open_) in itertools.product(
        sorted(limits, key=str), ((None, 0), (-1, 0), (-1, 1), (30, 0), (60, 0))
    ):
        book: Facts = {
            "customer.credit_limit": limit,
            "customer.days_until_limit_ends": ends,
            "customer.review_open": open_,
        }
        yield ("credit_limit", "limit_end"), book


def _of_values(old: Policy, new: Policy, facts: Facts, found: Sides) -> None:
    """Rating, limit, its end, terms."""
    for kinds, standing in _standings(old, new, facts):
        was, now = (left(policy, facts | standing)[0] for policy in (old, new))
        different = next((kind for kind in kinds if was[kind] != now[kind]), None)
        if different:
            _side(different, was[different], now[different], found)


def _side(kind: str, before: int | str | None, after: int | str | None, found: Sides) -> None:
    """Less is stricter, and so is a worse rating; an end of a limit, what was nothing and an unknown rating are neither."""
    if kind == "limit_end" or before is None or after is None or "Z" in (before, after):
        found.otherwise.add(kind)
    elif kind == "rating":
        (found.stricter if str(after) > str(before) else found.milder).add(kind)
    else:
        assert isinstance(before, int) and isinstance(after, int)
        (found.stricter if after < before else found.milder).add(kind)


def _of_holds(old: Policy, new: Policy, facts: Facts, found: Sides) -> None:
    """Holds and releases."""
    for suspended in (0, 1):
        was, now = (left(policy, facts | {"customer.hold_suspended": suspended})[1] for policy in (old, new))
        for kind in was ^ now:
            stricter = (kind in now) is not kind.startswith("release")
            (found.stricter if stricter else found.milder).add(kind)


def _of_orders(old: Policy, new: Policy, facts: Facts, found: Sides) -> None:
    """What orders get of any amount, whatever the limit leaves; of whom a hold stops each is refused by both."""
    judged = [_judged(policy, facts) for policy in (old, new)]
    if judged[0] == judged[1]:
        return
    for limit, exposure, amount in itertools.product((None, 0, 1_000), (0, 999, 1_000, 2_000), (1, 2, 50, 51, 52)):
        standing = Standing("EUR", limit, None, None, limit, exposure, None, 0, 0)
        was, now = (_GRAVITY.index(answer(*one, standing, amount)) for one in judged)
        if was != now:
            (found.stricter if now > was else found.milder).add("orders")


def _judged(policy: Policy, facts: Facts) -> tuple[OrderSection, tuple[OrderRule, ...]]:
    """How orders of a customer are judged, and the rules that hold."""
    assert policy.credit
    if policy.covers is not None and not oracle_conditions.holds(policy.covers, facts, AS_OF):
        return BUILT_IN, ()
    section, judged = policy.credit.orders or BUILT_IN, oracle_credit.judge(policy, facts, AS_OF)
    of = facts | {"score": judged.score, "rating": judged.rating}
    return section, tuple(rule for rule in section.rules if oracle_conditions.holds(rule.when, of, AS_OF))


def answer(section: OrderSection, rules: tuple[OrderRule, ...], standing: Standing, amount: int) -> Verdict:
    """What an order gets."""
    asked = Amount(amount, order_law.most(standing, section), "EUR")
    return order_law.verdict(order_law.reasons(standing, asked, (), section, rules))
