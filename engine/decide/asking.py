"""Whose approval an action needs before it is carried out.

Comes in: a policy, and what an action is about. Goes out: roles.
Know before changing: the plan and the cases both ask here, so that a case promises what a plan waits for.
"""

from collections.abc import Iterable, Mapping

from engine.decide.calls import Call
from engine.decide.evaluate import Value, Values
from engine.decide.targets import LIMIT
from engine.policy.model import (
    Approval,
    LateFee,
    Policy,
    SetCreditLimit,
    SetTerms,
    Subject,
    kind_of,
)


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


def asked(policy: Policy, calls: Iterable[Call], values: Values, concluded: Mapping[str, Value]) -> tuple[str, ...]:
    """The roles that what is called for on one made subject waits for; `concluded` has its limit and terms from then on."""
    found: set[str] = set()
    for call in calls if policy.approvals else ():
        amount, before, days = _about(policy, call, values, concluded)
        if not call.reasons:
            found.update(roles_for(policy, kind_of(call.action), amount=amount, before=before, days=days))
    return tuple(sorted(found))


def _about(
    policy: Policy, call: Call, values: Values, concluded: Mapping[str, Value]
) -> tuple[int | None, int | None, int | None]:
    """The amount that an action is about, the limit before it, and its days; as act/draft.py says them."""
    match call.action:
        case LateFee(amount):
            return amount, None, None
        case SetCreditLimit():
            return _number(concluded.get("limit")), _number(values.get(LIMIT)), None
        case SetTerms():
            return None, None, _number(concluded.get("terms"))
        case _:
            chased = "undisputed_amount" if policy.subject is Subject.RECEIVABLE else "customer.overdue_amount"
            return _number(values.get(chased)), None, None


def _number(value: Value) -> int | None:
    """A number, None where there is none."""
    return value if isinstance(value, int) else None


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
