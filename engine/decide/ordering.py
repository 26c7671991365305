"""What an order of a made subject gets: the order check, asked of facts instead of a book.

Comes in: a policy, the facts of a customer, the amount of an order. Goes out: the verdict, and the reasons that led to it.
Know before changing: the law is order_law.py, the same that `duly decide order` asks of the book. Whoever a policy does not cover
is judged as if no policy said anything about orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.decide import order_law
from engine.decide.decide import Stages, row_of
from engine.decide.evaluate import Values
from engine.decide.findings import Compiled
from engine.decide.order_law import Amount, Hold, Reason, Standing
from engine.policy.credit_model import BUILT_IN, OrderRule, OrderSection, Verdict
from engine.policy.model import Policy

_STANDING = ("limit_in_force", "temporary_limit", "group_limit", "effective_limit", "exposure", "group_exposure")
_RULE = "rule "


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an order gets, and the names of the reasons of that verdict, sorted."""

    verdict: Verdict
    because: tuple[str, ...]


def section_of(policy: Policy) -> OrderSection:
    """How a policy judges orders."""
    return (policy.credit.orders if policy.credit else None) or BUILT_IN


def rules_of(one: Compiled, rules: Stages, values: Values, as_of: str) -> tuple[OrderRule, ...]:
    """The rules for orders that hold, asked of the rules engine. `one` is what findings.compile_orders makes."""
    fired = rules.fired(row_of(one, values, as_of))
    return holding(one.policy, fired)


def holding(policy: Policy, fired: Iterable[str]) -> tuple[OrderRule, ...]:
    """The rules for orders among the names that fired."""
    names = frozenset(fired)
    return tuple(rule for rule in section_of(policy).rules if f"order {rule.id}" in names)


def ordered(
    policy: Policy, amount: int, values: Values, held: Iterable[str], rules: tuple[OrderRule, ...], *, covered: bool
) -> Ordered:
    """What an order of that amount gets. `held` are the reasons of the credit holds, `rules` those that hold."""
    section, standing = section_of(policy) if covered else BUILT_IN, standing_of(policy, values)
    holds = tuple(Hold(reason, reason, "") for reason in held) if values["customer.credit_hold"] else ()
    asked = Amount(amount, order_law.most(standing, section), policy.currency)
    return told(order_law.reasons(standing, asked, holds, section, rules if covered else ()))


def told(reasons: tuple[Reason, ...]) -> Ordered:
    """The gravest verdict, and the reasons that lead to it."""
    verdict = order_law.verdict(reasons)
    because = {one.name.removeprefix(_RULE) for one in reasons if one.verdict is verdict}
    return Ordered(verdict, tuple(sorted(because)))


def standing_of(policy: Policy, values: Values) -> Standing:
    """What the facts say of the customer."""
    of = {name: values.get(f"customer.{name}") for name in (*_STANDING, "overdue_amount", "open_amount")}
    amounts = {name: value for name, value in of.items() if isinstance(value, int)}
    return Standing(
        currency=policy.currency,
        limit=amounts.get("limit_in_force"),
        temporary_limit=amounts.get("temporary_limit"),
        group_limit=amounts.get("group_limit"),
        effective_limit=amounts.get("effective_limit"),
        exposure=amounts.get("exposure", 0),
        group_exposure=amounts.get("group_exposure"),
        overdue=amounts.get("overdue_amount", 0),
        open=amounts.get("open_amount", 0),
    )
