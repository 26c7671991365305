"""Which of a class's calls move anything for one customer: the class knows the rule and the step, the customer the numbers.

Comes in: the calls of a credit policy, and the customer's facts. Goes out: the calls that are worth an action, or withheld.
Know before changing: the plan and the cases both settle calls here, so that a case promises what a plan does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.decide.calls import Call
from engine.decide.credit import MISSING_EVIDENCE, OPEN_REVIEW, REVIEW_OPEN
from engine.decide.evaluate import Values
from engine.decide.targets import LIMIT, TERMS, Target, limit, limit_moves, renews, terms
from engine.policy.credit_model import Credit
from engine.policy.model import Policy, SetCreditLimit, SetTerms


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
