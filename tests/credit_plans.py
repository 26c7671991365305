"""Credit actions made by hand, for the tests of what people read: as act/settle.py writes their parameters."""

from dataclasses import replace

from engine import money
from engine.act.values import Action, PolicyRef
from tests import plans

TRADE_CREDIT = replace(
    plans.STANDARD,
    policy="trade-credit",
    version=1,
    digest="sha256:" + "77aa88bb" * 8,
    file="policies/trade-credit/v1.yaml",
    kind="credit",
    subject="customer",
    currency="EUR",
)
POLICIES: tuple[PolicyRef, ...] = (plans.STANDARD, TRADE_CREDIT)


def rating(
    customer: str, after: str, before: str | None = None, *, score: int | None = 455, because: str | None = None
) -> Action:
    """A rating that is set."""
    told = f"rating {before}" if before else "no rating"
    given = {"rating": after, "rating_before": before, "score": score, "because": because}
    return _action("set_rating", customer, f"rating {after}", None, (told, f"rating {after}"), **given)


def limit(
    customer: str,
    after: int | None,
    before: int | None = None,
    *,
    rule: str = "by-size",
    step: int = 0,
    until: str | None = "2027-03-01",
    currency: str = "EUR",
    approval: tuple[str, ...] = (),
) -> Action:
    """A credit limit that is set; None is none set."""
    name = {0: f"limit {rule}", 1: "raise limit", -1: "lower limit"}[step]
    given = {"limit": after, "limit_before": before, "until": until, "rule": rule, "step": step}
    told = (_written(before, currency), _written(after, currency))
    found = _action("set_credit_limit", customer, name, after, told, **given)
    return replace(found, currency=currency, approval=approval, address=f"set_credit_limit/{customer}/DE01/{currency}")


def terms(customer: str, after: int, before: int | None = None, *, rule: str = "usual", step: int = 0) -> Action:
    """Payment terms that are set."""
    name = {0: f"terms {rule}", 1: "raise terms", -1: "lower terms"}[step]
    told = ("no terms" if before is None else f"{before} days", f"{after} days")
    return _action("set_terms", customer, name, None, told, days=after, days_before=before, rule=rule, step=step)


def review(customer: str, due: str, because: str) -> Action:
    """A review that is asked for."""
    told = ("no review open", f"review by {due}")
    return _action("review", customer, "review", None, told, due=due, because=because)


def _action(
    kind: str, customer: str, name: str, amount: int | None, told: tuple[str, str], **given: int | str | None
) -> Action:
    """An action of the credit policy on a customer as a whole."""
    line = plans.line(None, policy="trade-credit", version=1, rule=name, levels=None)
    before, after = told
    found = plans.action(kind, line, amount=amount, customer=customer, name=f"Customer {customer}", before=before, after=after)
    return replace(found, parameters=tuple(sorted(given.items())))


def _written(amount: int | None, currency: str) -> str:
    """A limit in words."""
    return "no limit set" if amount is None else f"limit {money.written(amount, currency)} {currency}"
