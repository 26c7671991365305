"""Approvals: which actions need somebody else's yes.

Comes in: a policy, and what an action is about. Goes out: the roles that have to approve it.
Know before changing: `Plan.planner` may not approve, nor may who applies approve his own apply.
"""

from engine.policy.model import Approval, Policy


def roles_for(
    policy: Policy, kind: str, *, amount: int | None, before: int | None, days: int | None
) -> tuple[str, ...]:
    """The roles that the policy asks for before an action of that kind is carried out, sorted; none where it asks for none.

    `amount` is what the action is about, of set_credit_limit the new limit (None: none is set), `before` the limit until
    now (None: none was set), both in minor units of the policy's currency; `days` are new terms. An entry asks where every
    bound that it gives is exceeded, so one without bounds always does.
    """
    asking = [entry for entry in policy.approvals if entry.action == kind and _asks(entry, amount, before, days)]
    return tuple(sorted({entry.role for entry in asking}))


def _asks(entry: Approval, amount: int | None, before: int | None, days: int | None) -> bool:
    """Whether every bound of the entry is exceeded; what is not there exceeds none."""
    return (
        (entry.above is None or (amount is not None and amount > entry.above))
        and (entry.raise_hundredths is None or _raised(entry.raise_hundredths, amount, before))
        and (entry.above_days is None or (days is not None and days > entry.above_days))
    )


def _raised(hundredths: int, amount: int | None, before: int | None) -> bool:
    """Whether a limit is raised by more than so many hundredths of a percent; from none or 0, any raise is."""
    if amount is None:
        return False
    if not before:
        return amount > 0
    return (amount - before) * 10_000 > hundredths * before
