"""Credit in numbers: which of a class's calls move anything for one customer, and what the actions say.

Comes in: the calls of a credit policy, and the customer's facts. Goes out: the calls that are worth an action or withheld, and
the amount, parameters and words of each.
Know before changing: a class knows which rule sets the limit and whether a step is called for; only the customer's own numbers
tell whether that is another limit than the one in the book (decide/targets.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from engine import money
from engine.decide.calls import Call
from engine.decide.credit import IN_BOOK, MISSING_EVIDENCE, OPEN_REVIEW, REVIEW_OPEN
from engine.decide.evaluate import Values
from engine.decide.scoring import score
from engine.decide.targets import LIMIT, TERMS, Target, limit, limit_moves, renews, terms
from engine.policy.credit_model import Credit
from engine.policy.model import Policy, Review, SetCreditLimit, SetRating, SetTerms

CreditAction = SetRating | SetCreditLimit | SetTerms | Review
# Amount, parameters, before and after in words.
Said = tuple[int | None, dict[str, int | str | None], str, str]


def settled(policy: Policy, calls: Iterable[Call], values: Values) -> list[Call]:
    """The calls that remain: of a limit or of terms at most one that is done, and only where it changes something."""
    credit, found, stepped = _credit(policy), [], set[type]()
    for call in calls:
        if not isinstance(call.action, SetCreditLimit | SetTerms):
            found.append(call)
            continue
        if type(call.action) in stepped:
            # The step that is taken sets the limit (the terms) already.
            continue
        for kept in _moving(credit, call, call.action, values):
            found.append(kept)
            if call.action.step and not kept.reasons:
                stepped.add(type(call.action))
    return found


def stake(policy: Policy, call: Call, values: Values) -> int | None:
    """What a withheld credit action would have been about: the limit; 0 where it is no amount; None of other actions."""
    match call.action:
        case SetCreditLimit() as action:
            return _limit(_credit(policy), action, values).amount or 0
        case SetRating() | SetTerms() | Review():
            return 0
        case _:
            return None


def said(policy: Policy, action: CreditAction, values: Values, as_of: str) -> Said:
    """What an action says: its amount, its parameters by name, before and after."""
    credit = _credit(policy)
    match action:
        case SetRating(rating, because):
            points = score(credit.scorecard, values) if credit.scorecard else None
            before = values[IN_BOOK]
            given = {"rating": rating, "rating_before": before, "score": points, "because": "; ".join(because) or None}
            return None, given, f"rating {before}" if before else "no rating", f"rating {rating}"
        case SetCreditLimit(rule, step):
            return _said_of_limit(policy, credit, action, values, as_of)
        case SetTerms(rule, step):
            days, was = _terms(credit, action, values).amount, values[TERMS]
            given = {"days": days, "days_before": was, "rule": rule, "step": step}
            return None, given, "no terms" if was is None else f"{was} days", f"{days} days"
        case Review(within, because):
            due = _later(as_of, within)
            return None, {"due": due, "because": "; ".join(because)}, "no review open", f"review by {due}"


def _said_of_limit(policy: Policy, credit: Credit, action: SetCreditLimit, values: Values, as_of: str) -> Said:
    """A limit, and until when it is good."""
    assert credit.limit, policy.name
    target, before = _limit(credit, action, values).amount, values[LIMIT]
    assert not isinstance(before, str), before
    good = credit.limit.valid_days
    given = {
        "limit": target,
        "limit_before": before,
        "until": None if good is None or target is None else _later(as_of, good),
        "rule": action.rule,
        "step": action.step,
    }
    return target, given, _written(before, policy.currency), _written(target, policy.currency)


def _moving(credit: Credit, call: Call, action: SetCreditLimit | SetTerms, values: Values) -> Iterator[Call]:
    """The call, where it changes something; with what only the customer's numbers give as a reason to withhold it."""
    if isinstance(action, SetTerms):
        if _is_step(_terms(credit, action, values), _terms(credit, replace(action, step=0), values), action, values[TERMS]):
            yield call
        return
    target, plain = _limit(credit, action, values), _limit(credit, replace(action, step=0), values)
    if action.step:
        if plain.raw and _is_step(target, plain, action, values[LIMIT]):
            yield call
        return
    if not plain.known:
        yield _because(call, MISSING_EVIDENCE)
    elif credit.limit and limit_moves(credit.limit, plain.amount, values, 0):
        yield _because(call, REVIEW_OPEN) if renews(plain.amount, values) and values[OPEN_REVIEW] else call


def _is_step(target: Target, plain: Target, action: SetCreditLimit | SetTerms, before: object) -> bool:
    """Whether the target differs from what the book has, and a step also from what there would be without it."""
    return target.amount != before and (not action.step or target.amount != plain.amount)


def _because(call: Call, reason: str) -> Call:
    """The call, withheld for one more reason."""
    return replace(call, reasons=tuple(dict.fromkeys((*call.reasons, reason))))


def _limit(credit: Credit, action: SetCreditLimit, values: Values) -> Target:
    """The limit that the action would set."""
    assert credit.limit, action
    return limit(credit.limit, action.rule, values, action.step)


def _terms(credit: Credit, action: SetTerms, values: Values) -> Target:
    """The terms that the action would set."""
    assert credit.terms, action
    return terms(credit.terms, action.rule, values, action.step)


def _credit(policy: Policy) -> Credit:
    """The sections of a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    return policy.credit


def _written(amount: int | None, currency: str) -> str:
    """A limit in words; none set and no credit are never the same."""
    if amount is None:
        return "no limit set"
    return f"limit {money.written(amount, currency)} {currency}"


def _later(day: str, days: int) -> str:
    """So many calendar days after a date."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
