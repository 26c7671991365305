"""What a controller has to know before applying: limits that the plan exceeds, and approvals that it waits for.

Comes in: a plan. Goes out: sentences.
Know before changing: the share of the book is taken per currency, and the highest counts; a plan holds no rates.
"""

from engine.act.values import Plan, PolicyRef
from engine.report import words
from engine.report.summary import items_touched, percent


def warnings(plan: Plan) -> tuple[str, ...]:
    """One sentence for each limit that is exceeded, and one for the actions that wait for an approval."""
    found = [sentence for policy in plan.policies for sentence in _exceeded(plan, policy)]
    waiting = sum(action.needs_approval for action in plan.actions)
    if waiting:
        found.append(f"{words.count(waiting, 'action needs', 'actions need')} the approval of somebody else.")
    return tuple(found)


def _exceeded(plan: Plan, policy: PolicyRef) -> list[str]:
    """The limits of one policy that its actions go over."""
    mine = [action for action in plan.actions if any(line.policy == policy.policy for line in action.lines)]
    customers = len({action.customer_id for action in mine})
    found = []
    if policy.limit_customers is not None and customers > policy.limit_customers:
        found.append(
            f"{words.policy(policy)} acts on {words.count(customers, 'customer')}; its limit is"
            f" {policy.limit_customers:,}. apply refuses without --approve."
        )
    limit = policy.limit_hundredths_of_book
    items = items_touched(plan, policy.policy)
    for currency, _, whole in sorted(plan.book_open) if limit is not None else ():
        part = sum(item.open for (_, spoken, _), item in items.items() if spoken == currency)
        if 10_000 * part > (limit or 0) * whole:
            found.append(
                f"{words.policy(policy)} touches {percent(part, whole)} of the open {currency}; its limit is"
                f" {percent(limit or 0, 10_000)}. apply refuses without --approve."
            )
    return found
