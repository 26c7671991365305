"""When a credit policy raises a credit limit.

Comes in: a credit policy and how its conditions are read. Goes out: for each rule of the limit the formula of a raise.
Know before changing: a raise is a limit set above the one in the book; a first limit is one, unless it is 0. What is set is
reckoned by settled.py.
"""

from collections.abc import Iterator

import z3

from engine.decide.targets import LIMIT
from engine.policy.model import Policy
from engine.prove.encode import Encoder
from engine.prove.outcome import Outcome
from engine.prove.settled import limit_ways, looked_at, steps_of


def raises(policy: Policy, encoder: Encoder) -> Iterator[tuple[Outcome, z3.BoolRef]]:
    """Each way in which the limit can be set, with the formula under which that is a raise."""
    if policy.credit and policy.credit.limit:
        taken = steps_of(policy)
        for way in limit_ways(policy, encoder, taken):
            higher = z3.And(way.to.there, way.to.value > _before(encoder))
            yield way.outcome, z3.And(way.sets, higher, looked_at(encoder, taken))


def _before(encoder: Encoder) -> z3.ArithRef:
    """The limit in the book; none counts as 0."""
    before = encoder.space.term(LIMIT)
    return z3.If(before.there, before.value, 0)
