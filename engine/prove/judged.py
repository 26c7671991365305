"""What an order gets under a credit policy, as z3 reads it: the law of decide/order_law.py in a formula.

Comes in: a credit policy, how its conditions are read, the amount of an order. Goes out: how grave the answer is.
Know before changing: 0 is approve, 1 is refer, 2 is refuse. The order is the first of its day, in the policy's currency; what
holds in the book is the same under both policies. Whom the policy does not cover is judged by what is built in.
"""

from functools import reduce

import z3

from engine.policy.credit_model import BUILT_IN, OrderRule, OrderSection, Verdict
from engine.policy.model import Policy
from engine.prove.encode import Encoder
from engine.prove.outcome import covered

ORDER = z3.Int("amount of an order")
_GRAVITY = {verdict: grave for grave, verdict in enumerate(Verdict)}
_REFUSED = _GRAVITY[Verdict.REFUSE]
_WHOLE = 10_000


def gravity(policy: Policy, encoder: Encoder) -> z3.ArithRef:
    """How grave the answer to an order of ORDER is."""
    assert policy.credit, f"{policy.name} is no credit policy"
    section = policy.credit.orders or BUILT_IN
    own = reduce(_graver, (_ruled(rule, encoder) for rule in section.rules), _of_limit(section, encoder))
    judged = z3.If(encoder.holds(covered(policy)), own, _of_limit(BUILT_IN, encoder))
    return z3.If(encoder.space.term("customer.credit_hold").value == 1, _REFUSED, judged)


def _graver(one: z3.ArithRef, other: z3.ArithRef) -> z3.ArithRef:
    """The graver of two answers."""
    return z3.If(one >= other, one, other)


def _ruled(rule: OrderRule, encoder: Encoder) -> z3.ArithRef:
    """What a rule of the policy answers; one that does not hold approves."""
    return z3.If(encoder.holds(rule.when), _GRAVITY[rule.verdict], 0)


def _of_limit(section: OrderSection, encoder: Encoder) -> z3.ArithRef:
    """What the limit says: no credit, no limit set, or how the amount stands to what is left of it."""
    own, group, effective, exposure, of_group = (
        encoder.space.term(f"customer.{name}")
        for name in ("limit_in_force", "group_limit", "effective_limit", "exposure", "group_exposure")
    )
    own_left = own.value - exposure.value
    group_left = group.value - z3.If(of_group.there, of_group.value, exposure.value)
    narrower = z3.And(group.there, z3.Or(own.missing, group_left < own_left))
    left = z3.If(narrower, group_left, own_left)
    limit = z3.If(effective.there, effective.value, 0)
    passes = left + section.tolerance_hundredths * limit / _WHOLE >= ORDER
    of_amount = z3.If(z3.Or(left >= ORDER, passes), 0, _GRAVITY[section.over_limit])
    unset = z3.If(z3.Or(own.there, group.there), of_amount, _GRAVITY[section.no_limit])
    return z3.If(z3.And(effective.there, effective.value == 0), _REFUSED, unset)
