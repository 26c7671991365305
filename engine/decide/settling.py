"""Which of a class's calls move anything for one customer: the class knows the rule and the step, the customer the numbers.

Comes in: the calls of a credit policy, and the customer's facts. Goes out: the calls that are worth an action, or withheld.
Know before changing: the plan and the cases both settle calls here, so that a case promises what a plan does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.decide.calls import Call
from engine.decide.credit import MISSING_EVIDENCE, OPEN_REVIEW, REVIEW_OPEN
from engine.decide.evaluate import Values
from engine.decide.targets import TERMS, Target, limit, limit_moves, renews, terms
from engine.policy.credit_model import Credit
from engine.policy.model import Policy, SetCreditLimit, SetTerms


def settled(policy: Policy, calls: Iterable[Call], values: Values) -> list[Call]:
    """The calls that remain: of a limit or of terms at most one that is done, and only where it changes something.

    Where the book has already what a step leads to, or nearly that, neither the step nor the way back is called for.
    """
    credit, found, settled_kinds = credit_of(policy), [], set[type]()
    for call in calls:
        action = call.action
        if not isinstance(action, SetCreditLimit | SetTerms):
            found.append(call)
        elif type(action) in settled_kinds:
            # The step that is taken sets the limit (the terms) already.
            continue
        elif not action.step:
            found += _plain(credit, call, action, values)
        elif _differs(credit, action, values):
            there = _there(credit, action, values)
            found += [] if there else [call]
            if there or not call.reasons:
                settled_kinds.add(type(action))
    return found


def _plain(credit: Credit, call: Call, action: SetCreditLimit | SetTerms, values: Values) -> Iterator[Call]:
    """The call without a step, where it changes something; with what only the numbers give as a reason to withhold it."""
    if isinstance(action, SetTerms):
        if terms_of(credit, action, values).amount != values[TERMS]:
            yield call
        return
    assert credit.limit, action
    target = limit_of(credit, action, values)
    if not target.known:
        yield _because(call, MISSING_EVIDENCE)
    elif limit_moves(credit.limit, target.amount, values, 0):
        yield (
            _because(call, REVIEW_OPEN) if renews(credit.limit, target.amount, values) and values[OPEN_REVIEW] else call
        )


def _differs(credit: Credit, action: SetCreditLimit | SetTerms, values: Values) -> bool:
    """Whether a step leads anywhere: no floor, cap or rounding swallows it, and there is an amount to move."""
    if isinstance(action, SetTerms):
        return terms_of(credit, action, values).amount != terms_of(credit, replace(action, step=0), values).amount
    plain = limit_of(credit, replace(action, step=0), values)
    return bool(plain.raw) and limit_of(credit, action, values).amount != plain.amount


def _there(credit: Credit, action: SetCreditLimit | SetTerms, values: Values) -> bool:
    """Whether the book has what the step leads to already: the same terms; the same limit, or one as far and hardly farther."""
    if isinstance(action, SetTerms):
        return terms_of(credit, action, values).amount == values[TERMS]
    assert credit.limit, action
    return not limit_moves(credit.limit, limit_of(credit, action, values).amount, values, action.step)


def _because(call: Call, reason: str) -> Call:
    """The call, withheld for one more reason."""
    return replace(call, reasons=tuple(dict.fromkeys((*call.reasons, reason))))


def limit_of(credit: Credit, action: SetCreditLimit, values: Values) -> Target:
    """The limit that the action would set."""
    assert credit.limit, action
    return limit(credit.limit, action.rule, values, action.step)


def terms_of(credit: Credit, action: SetTerms, values: Values) -> Target:
    """The terms that the action would set."""
    assert credit.terms, action
    return terms(credit.terms, action.rule, values, action.step)


def credit_of(policy: Policy) -> Credit:
    """The sections of a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    return policy.credit
