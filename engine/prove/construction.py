"""What no policy can do, however it is written: proved of each policy, so that it is known and not only meant.

Comes in: a policy. Goes out: Claims. A claim that does not hold would be a bug of duly, and is told as one.
Know before changing: these follow from the law of dunning and credit (docs/semantics.md), not from what the policy says; they are
proved over the outcomes that tests hold equal to what the engine decides.
"""

from collections.abc import Iterator
from itertools import combinations

from engine.decide import ladder
from engine.policy.model import Climb, Condition, CreditHold, LateFee, Policy, ReleaseCreditHold, SetCreditLimit
from engine.prove.lab import Claim, Lab, all_of, none_of
from engine.prove.outcome import Outcome, covered, outcomes, paced, standing, stops

_SAID = {
    ladder.HOLD: "nothing is done while chasing is on hold",
    ladder.DISPUTED: "nothing is done while the whole is disputed",
    ladder.PROMISED: "nothing is done while a promise is pending",
    ladder.HANDED_OVER: "no level moves once it is handed over",
    ladder.BELOW_TOLERANCE: "no level is climbed below the tolerance",
    ladder.INTERVAL: "no level is climbed twice within the days between notices",
    ladder.NOT_SENT: "no level is climbed before the notice below it was sent",
}

_PACE = (ladder.BELOW_TOLERANCE, ladder.INTERVAL, ladder.NOT_SENT)


def claims(policy: Policy) -> Iterator[Claim]:
    """Everything that is to be proved of the policy."""
    found = outcomes(policy)
    yield from _credit(policy) if policy.credit else _dunning(policy)
    pairs = [
        all_of(one.done, other.done)
        for one, other in combinations(found, 2)
        if isinstance(one.action, CreditHold) and isinstance(other.action, ReleaseCreditHold) and policy.credit
        and one.action.reason == other.action.reason and not one.rule.startswith("rule ")
        and not other.rule.startswith("rule ")
    ]  # fmt: skip
    if pairs:
        text = "no customer is put on hold and released at once, for the same reason"
        yield Claim(text, policy, all_of(covered(policy), none_of((none_of(pairs),))))


def proved(policy: Policy, lab: Lab) -> Iterator[Claim]:
    """The claims, each proved."""
    for claim in claims(policy):
        assert not lab.possible(claim.condition, policy), f"{policy.file}: it is not so that {claim.text}: a bug of duly"
        yield claim


def _dunning(policy: Policy) -> Iterator[Claim]:
    """What withholds, withholds; no level is jumped; no fee on a fee."""
    found = outcomes(policy)
    steps = [one for one in found if one.rule.startswith("level ")]
    climbs = [one for one in steps if one.action or (policy.ladder and policy.ladder.climb is Climb.ONE_LEVEL)]
    for name, reason in (*stops(policy)[:3], *paced(policy)):
        withheld = steps if name == ladder.HANDED_OVER else climbs if name in _PACE else found
        if withheld:
            region = all_of(covered(policy), reason, none_of((none_of(one.done for one in withheld),)))
            yield Claim(_SAID[name], policy, region)
    fees = [one.done for one in found if isinstance(one.action, LateFee)]
    named = dict(ladder.built_in(policy))
    if fees and ladder.FEE_ON_FEE in named:
        region = all_of(covered(policy), named[ladder.FEE_ON_FEE], none_of((none_of(fees),)))
        yield Claim("no fee is charged on a fee or on interest", policy, region)
    if policy.ladder and policy.ladder.climb is Climb.ONE_LEVEL:
        last = len(policy.ladder.levels)
        jumps = [all_of(one.done, none_of(_from(policy, one.level, last))) for one in found if one.level]
        yield Claim("no level is jumped", policy, all_of(covered(policy), none_of((none_of(jumps),))))


def _credit(policy: Policy) -> Iterator[Claim]:
    """One limit at a time."""
    limits = [one for one in outcomes(policy) if isinstance(one.action, SetCreditLimit)]
    pairs = [all_of(one.called, other.called) for one, other in combinations(limits, 2) if _rule(one) != _rule(other)]
    if pairs:
        yield Claim("no customer is given two limits", policy, all_of(covered(policy), none_of((none_of(pairs),))))


def _from(policy: Policy, level: int, last: int) -> Iterator[Condition]:
    """Where a subject stands that may move to the level: the one below; on the last, too, which is repeated."""
    yield standing(policy, level - 1)
    if level == last:
        yield standing(policy, last)


def _rule(one: Outcome) -> str:
    """The rule of the limit that an outcome is of."""
    assert isinstance(one.action, SetCreditLimit)
    return one.action.rule
