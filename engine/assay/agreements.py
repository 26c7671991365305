"""The numbers of a policy's approvals, and what the actions that wait for one stand on.

Comes in: a Policy. Goes out: Figures; the comparisons around which a case may be found that tells a mutant.
Know before changing: a unit is that of every number (figures.py): 0.01 of an amount, a day, 0.01 %.
"""

from collections.abc import Iterator, Sequence

from engine.assay.figures import MONEY, PERCENT, Figure, reader
from engine.assay.parts import leaves, reaching
from engine.decide.targets import LIMIT
from engine.policy.model import Action, Approval, Comparison, Finding, Operator, Policy, Subject, kind_of


def bounds(policy: Policy) -> Iterator[Figure]:
    """The bounds beyond which an action waits for somebody."""
    here = reader(policy)
    for index, entry in enumerate(policy.approvals):
        owner, path, near = f"approval of {entry.action}", ("approvals", index), agreed(policy, entry)
        for key, kept, value, unit in (
            ("above", "above", entry.above, MONEY),
            ("raise_above_percent", "raise_hundredths", entry.raise_hundredths, PERCENT),
            ("above_days", "above_days", entry.above_days, ""),
        ):
            yield from here.figure(owner, key, (*path, key), value, (*path, kept), unit=unit, near=near)


def agreed(policy: Policy, entry: Approval) -> tuple[Finding, ...]:
    """What an action that has to be approved stands on: of a limit, the one until now and what limits are a part of."""
    section = policy.credit.limit if policy.credit else None
    if section and entry.action == "set_credit_limit":
        shares = dict.fromkeys(share.fact for rule in section.rules for share in rule.shares)
        parts = (Comparison(fact, Operator.AT_LEAST, 100_000) for fact in shares)
        return (Comparison(LIMIT, Operator.MISSING, 0), *parts)
    whole = "undisputed_amount" if policy.subject is Subject.RECEIVABLE else "customer.overdue_amount"
    amount = () if entry.above is None else (Comparison(whole, Operator.MORE_THAN, entry.above),)
    levels = [level for level in (policy.ladder.levels if policy.ladder else ()) if _takes(level.then, entry)]
    steps = (finding for level in levels for finding in reaching(policy, level))
    rules = (finding for rule in policy.rules if _takes(rule.then, entry) for finding in leaves(rule.when))
    return (*amount, *rules, *steps)


def _takes(then: Sequence[Action], entry: Approval) -> bool:
    """Whether one of the actions is of the kind that has to be approved."""
    return any(kind_of(action) == entry.action for action in then)
