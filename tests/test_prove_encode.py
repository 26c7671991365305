"""One law, read three ways: what z3 and the outcomes say that a policy does is what the engine decides."""

import datetime as dt
import random

import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decide.decide import decide, row_of, rulesets
from engine.decide.evaluate import Value, holds
from engine.decide.findings import compile_policy
from engine.decide.scoring import score
from engine.facts import FACTS
from engine.policy.model import Condition, MonthEnd, Policy, Subject, kind_of
from engine.prove import domain
from engine.prove.encode import Encoder, Space, _latest_month_end
from engine.prove.laws import AS_OF_SYMBOL
from engine.prove.outcome import outcomes
from engine.prove.ratings import without_ratings
from tests import policies, strategies_credit
from tests.prove_facts import AS_OF, Facts, asked, day, literals, loose

QUIET = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def meets(encoder: Encoder, condition: Condition, facts: Facts, as_of: str) -> bool:
    """What z3 makes of a condition about a subject with exactly these facts."""
    formula, known = encoder.holds(condition), [(AS_OF_SYMBOL, z3.IntVal(dt.date.fromisoformat(as_of).toordinal()))]
    for name, term in encoder.space.terms.items():
        value = facts[name]
        number = 0 if value is None else domain.number(FACTS[name], value, term.words)
        known += [(term.value, z3.IntVal(number)), (z3.Bool(f"{name} is there"), z3.BoolVal(value is not None))]
    plain = z3.simplify(z3.substitute(formula, *known))
    assert z3.is_true(plain) or z3.is_false(plain), plain
    return bool(z3.is_true(plain))


def complete(facts: Facts) -> Facts:
    """What is never missing is there."""
    return {name: _there(name, value) for name, value in facts.items()}


def _there(name: str, value: Value) -> Value:
    """The value, or one of its domain."""
    fact = FACTS[name]
    if value is not None or domain.may_be_missing(fact):
        return value
    return fact.neutral if fact.neutral is not None else {"text": "EUR", "date": AS_OF}.get(fact.type, 0)


def concluding(policy: Policy, facts: Facts) -> dict[str, Value]:
    """The facts, with the score."""
    card = policy.credit.scorecard if policy.credit else None
    return facts | ({"score": score(card, facts)} if card else {})


@settings(QUIET, max_examples=150)
@given(st.data())
def test_a_condition_means_the_same_to_z3(data: st.DataObject) -> None:
    """Random conditions, the ends of months among them, on random facts."""
    subject = data.draw(st.sampled_from(list(Subject)))
    condition = data.draw(st.one_of(policies.conditions(subject, AS_OF), st.builds(
        MonthEnd, st.sampled_from(("due_date", "customer.oldest_due_date")), st.sampled_from(policies.AFTER), st.booleans())))
    encoder, rng = Encoder(Space()), random.Random(data.draw(st.integers(0, 10**6)))
    for _ in range(20):
        facts = complete(loose(rng, FACTS, literals([condition])))
        as_of = day(AS_OF, rng.randint(-400, 400))
        assert meets(encoder, condition, facts, as_of) == holds(condition, facts, as_of)


@settings(QUIET, max_examples=60)
@given(st.data())
def test_outcomes_are_what_dunning_decides(data: st.DataObject) -> None:
    """For random policies and facts: the calls that nothing withholds are exactly the outcomes whose condition holds."""
    _agree(data, data.draw(policies.one_policy("p1", 10, AS_OF)))


@settings(QUIET, max_examples=60)
@given(st.data())
def test_outcomes_are_what_credit_decides(data: st.DataObject) -> None:
    """The same of credit policies, rating, limit, terms, review and holds included."""
    _agree(data, data.draw(strategies_credit.credit_policy("p1", 10, AS_OF)))


def _agree(data: st.DataObject, policy: Policy) -> None:
    """What decide calls for on random facts, and what the outcomes say of it."""
    compiled, found = compile_policy(policy), outcomes(policy)
    encoder, rng = Encoder(Space(), policy), random.Random(data.draw(st.integers(0, 10**6)))
    known = literals(asked([policy]))
    with rulesets(compiled) as rules:
        for number in range(15):
            facts = complete(loose(rng, compiled.facts, known))
            calls = decide(compiled, rules, row_of(compiled, facts, AS_OF)).calls
            values = concluding(policy, facts)
            for which, mine in (("called", calls), ("done", [call for call in calls if not call.reasons])):
                said = [one for one in found if holds(without_ratings(getattr(one, which), policy), values, AS_OF)]
                assert sorted((one.rule, one.kind, one.level or 0) for one in said) == sorted(
                    (call.rule, kind_of(call.action), call.level_to or 0) for call in mine)
            if number == 0:
                for one in found[:6]:
                    assert meets(encoder, one.done, facts | _rest(encoder, facts), AS_OF) == holds(
                        without_ratings(one.done, policy), values, AS_OF)


def _rest(encoder: Encoder, facts: Facts) -> Facts:
    """Facts that the encoder speaks of and the policy does not stand on."""
    return {name: None for name in encoder.space.terms if name not in facts}


def test_the_end_of_a_month_is_that_of_the_calendar() -> None:
    """Every day of four years with a leap day, and the turns of centuries."""
    symbol = z3.Int("day")
    formula = _latest_month_end(symbol)
    spans = [(dt.date(2023, 12, 25), 1_500), (dt.date(1900, 2, 25), 10), (dt.date(2000, 2, 25), 10), (dt.date(2100, 2, 25), 10)]
    for first, days in spans:
        for shift in range(days):
            at = first + dt.timedelta(shift)
            expected = (at + dt.timedelta(1)).replace(day=1) - dt.timedelta(1)
            found = z3.simplify(z3.substitute(formula, (symbol, z3.IntVal(at.toordinal())))).as_long()
            assert found == expected.toordinal(), at


