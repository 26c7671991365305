"""What z3 says that a credit policy leaves a customer with is what the law, in plain slow Python, makes of it."""

import datetime as dt
import random

import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decide.findings import compile_policy
from engine.facts import FACTS
from engine.policy.model import Policy
from engine.prove import domain
from engine.prove.encode import Encoder, Space
from engine.prove.laws import AS_OF_SYMBOL
from engine.prove.settled import Value, limit_after, limit_ends_after, steps_of, terms_after
from tests import oracle_conditions, oracle_credit, strategies_credit
from tests.prove_facts import AS_OF, Facts, asked, literals, loose
from tests.test_prove_encode import complete

# What the law looks at although no condition of the policy does.
BESIDE = (
    "credit_limit", "days_since_limit_step", "days_since_terms_step", "days_until_limit_ends", "hold_suspended", "limit_steps",
    "open_disputes", "rating", "rating_override", "review_open", "terms_days", "terms_steps")  # fmt: skip
QUIET = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def read(encoder: Encoder, value: Value, facts: Facts) -> int | None:
    """What a value comes to for somebody with exactly these facts."""
    known = [(AS_OF_SYMBOL, z3.IntVal(dt.date.fromisoformat(AS_OF).toordinal()))]
    for name, term in encoder.space.terms.items():
        number = 0 if facts[name] is None else domain.number(FACTS[name], facts[name] or 0, term.words)
        known += [(term.value, z3.IntVal(number)), (z3.Bool(f"{name} is there"), z3.BoolVal(facts[name] is not None))]
    if not z3.is_true(z3.simplify(z3.substitute(value.there, *known))):
        return None
    return int(z3.simplify(z3.substitute(value.value, *known)).as_long())


def left(policy: Policy, facts: Facts, kind: str, fact: str) -> int | str | None:
    """What the oracle leaves the customer with."""
    if policy.covers is not None and not oracle_conditions.holds(policy.covers, facts, AS_OF):
        return facts[fact]
    calls = [call for call in oracle_credit.judge(policy, facts, AS_OF).called(kind) if not call.reasons]
    return calls[0].after if calls else facts[fact]


def ends(policy: Policy, facts: Facts) -> int | str | None:
    """In how many days the oracle lets the limit end."""
    assert policy.credit
    covered = policy.covers is None or oracle_conditions.holds(policy.covers, facts, AS_OF)
    calls = [call for call in oracle_credit.judge(policy, facts, AS_OF).called("set_credit_limit") if not call.reasons]
    if not (covered and calls and policy.credit.limit):
        return facts["customer.days_until_limit_ends"]
    return None if calls[0].after is None else policy.credit.limit.valid_days


@settings(QUIET, max_examples=60)
@given(st.data())
def test_what_is_left_is_what_the_law_leaves(data: st.DataObject) -> None:
    """Random credit policies and facts: the limit, until when it is good, and the terms."""
    policy = data.draw(strategies_credit.credit_policy("p1", 10, AS_OF))
    assert policy.credit
    encoder, rng = Encoder(Space(), policy), random.Random(data.draw(st.integers(0, 10**6)))
    limit, until = (find(policy, encoder, steps_of(policy)) for find in (limit_after, limit_ends_after))
    terms = terms_after(policy, encoder)
    names = set(compile_policy(policy).facts) | set(encoder.space.terms)
    names |= {f"customer.{name}" for name in BESIDE}
    known = literals(asked([policy]))
    for _ in range(25):
        facts = near(rng, policy, complete(loose(rng, names, known)))
        if policy.credit.limit:
            assert read(encoder, limit, facts) == left(policy, facts, "set_credit_limit", "customer.credit_limit")
            assert read(encoder, until, facts) == ends(policy, facts)
        if policy.credit.terms:
            assert read(encoder, terms, facts) == left(policy, facts, "set_terms", "customer.terms_days")


def near(rng: random.Random, policy: Policy, facts: Facts) -> Facts:
    """The same customer, with steps taken, a book that has nearly what the policy wants, and little that stands in the way."""
    assert policy.credit
    facts |= {
        "customer.limit_steps": rng.choice(steps_of(policy)),
        "customer.terms_steps": rng.randint(-2, 2), "customer.review_open": rng.choice((0, 0, 1)),
        "customer.open_disputes": rng.choice((0, 0, 1)), "customer.days_since_limit_step": rng.choice((None, 0, 400)),
        "customer.days_since_terms_step": rng.choice((None, 0, 400)),
        "customer.days_until_limit_ends": rng.choice((None, None, -1, 0, 30)),
    }  # fmt: skip
    for kind, fact in (("set_credit_limit", "customer.credit_limit"), ("set_terms", "customer.terms_days")):
        value = facts[fact]
        facts[fact] = None if not isinstance(value, int) else abs(value)
        wanted = [call.after for call in oracle_credit.judge(policy, facts, AS_OF).called(kind)]
        if wanted and rng.random() < 0.8:
            after = rng.choice(wanted)
            number = after if isinstance(after, int) else 0
            beside = number + rng.choice((0, 0, -1, 1, number // 20, -number // 20, -number // 4))
            facts[fact] = None if after is None else max(0, beside)
    return facts
