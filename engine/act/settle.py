"""Credit in numbers: what the actions of a credit policy say about one customer.

Comes in: a credit action that is worth doing (decide/settling.py), and the customer's facts. Goes out: its amount, its
parameters, before and after in words.
Know before changing: the amounts come from decide/targets.py alone, as do those that settle whether there is an action at all.
"""


from engine import money
from engine.dates import shifted
from engine.decide.calls import Call
from engine.decide.credit import IN_BOOK
from engine.decide.evaluate import Values
from engine.decide.scoring import score
from engine.decide.settling import credit_of, limit_of, terms_of
from engine.decide.targets import LIMIT, TERMS
from engine.policy.credit_model import Credit
from engine.policy.model import Policy, Review, SetCreditLimit, SetRating, SetTerms

CreditAction = SetRating | SetCreditLimit | SetTerms | Review
# Amount, parameters, before and after in words.
Said = tuple[int | None, dict[str, int | str | None], str, str]


def stake(policy: Policy, call: Call, values: Values) -> int | None:
    """What a withheld credit action would have been about: the limit; 0 where it is no amount; None of other actions."""
    match call.action:
        case SetCreditLimit() as action:
            return limit_of(credit_of(policy), action, values).amount or 0
        case SetRating() | SetTerms() | Review():
            return 0
        case _:
            return None


def said(policy: Policy, action: CreditAction, values: Values, as_of: str) -> Said:
    """What an action says: its amount, its parameters by name, before and after."""
    credit = credit_of(policy)
    match action:
        case SetRating(rating, because):
            points = score(credit.scorecard, values) if credit.scorecard else None
            before = values[IN_BOOK]
            given = {"rating": rating, "rating_before": before, "score": points, "because": "; ".join(because) or None}
            return None, given, f"rating {before}" if before else "no rating", f"rating {rating}"
        case SetCreditLimit(rule, step):
            return _said_of_limit(policy, credit, action, values, as_of)
        case SetTerms(rule, step):
            days, was = terms_of(credit, action, values).amount, values[TERMS]
            given = {"days": days, "days_before": was, "rule": rule, "step": step}
            return None, given, "no terms" if was is None else f"{was} days", f"{days} days"
        case Review(within, because):
            due = shifted(as_of, within)
            return None, {"due": due, "because": "; ".join(because)}, "no review open", f"review by {due}"


def _said_of_limit(policy: Policy, credit: Credit, action: SetCreditLimit, values: Values, as_of: str) -> Said:
    """A limit, and until when it is good."""
    assert credit.limit, policy.name
    target, before = limit_of(credit, action, values).amount, values[LIMIT]
    assert not isinstance(before, str), before
    good = credit.limit.valid_days
    given = {
        "limit": target,
        "limit_before": before,
        "until": None if good is None or target is None else shifted(as_of, good),
        "rule": action.rule,
        "step": action.step,
    }
    return target, given, _written(before, policy.currency), _written(target, policy.currency)


def _written(amount: int | None, currency: str) -> str:
    """A limit in words; none set and no credit are never the same."""
    if amount is None:
        return "no limit set"
    return f"limit {money.written(amount, currency)} {currency}"
