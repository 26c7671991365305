"""The made subject of a case: its facts, and what a credit policy comes to for it in numbers.

Comes in: a Case and its policy. Goes out: every fact that the policy stands on; the calls that are left; what is concluded.
Know before changing: a case says only the facts that matter. The others are neutral (facts.py), and facts that follow from one
another follow here too, so that `open_amount: 50.00` does not leave 1,000.00 undisputed. Credit that is held stands in `held`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.decide import scoring, targets
from engine.decide.asking import asked
from engine.decide.calls import Call
from engine.decide.credit import rating_of
from engine.decide.decide import Decision
from engine.decide.evaluate import Value
from engine.decide.findings import Compiled
from engine.decide.ordering import Ordered
from engine.decide.settling import settled
from engine.facts import FACTS
from engine.policy.cases import Case, Expectation
from engine.policy.model import (
    CreditHold,
    Policy,
    ReleaseCreditHold,
    Review,
    SetCreditLimit,
    SetTerms,
    kind_of,
    value_text,
)

_NEUTRAL: dict[str, Value] = {name: fact.neutral for name, fact in FACTS.items()}
# The actions that a conclusion speaks for, so that they need not be expected beside it.
_SPOKEN_FOR = {"rating": "set_rating", "limit": "set_credit_limit", "terms": "set_terms"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The calls, and of a credit policy the score, rating, limit and terms; None where it is none, or does not cover.

    `approval` are the roles that what is called for waits for. Of a case about an order there is nothing but `order`.
    """

    calls: tuple[Call, ...]
    concluded: Mapping[str, Value] | None
    approval: tuple[str, ...] = ()
    order: Ordered | None = None


def given(case: Case, one: Compiled) -> dict[str, Value]:
    """Every fact that the policy stands on: as the case says, as it follows from what the case says, or neutral."""
    values = every_fact(case)
    return {name: values[name] for name in one.facts}


def every_fact(case: Case) -> dict[str, Value]:
    """Every fact that there is of the made subject, whether the policy asks for it or not."""
    values = {**_NEUTRAL, **case.given}
    if case.held and "customer.credit_hold" not in case.given:
        values["customer.credit_hold"] = 0 if values["customer.hold_suspended"] else 1
    for name, follow in _FOLLOWS.items():
        if name not in case.given:
            values[name] = follow(values)
    return values


def outcome(case: Case, policy: Policy, decision: Decision, values: Mapping[str, Value]) -> Outcome:
    """What a policy does and concludes about a made subject that it covers."""
    if policy.credit:
        return _of_credit(case, policy, decision, values)
    return Outcome(decision.calls, None, asked(policy, decision.calls, values, {}))


def _of_credit(case: Case, policy: Policy, decision: Decision, values: Mapping[str, Value]) -> Outcome:
    """What a credit policy does and concludes: only what moves something, and no hold that there is already."""
    calls = [call for call in settled(policy, decision.calls, dict(values)) if not _idle(call, case.held)]
    assert policy.credit, f"{policy.name} is no credit policy"
    concluded: dict[str, Value] = {"limit": values.get(targets.LIMIT), "terms": values.get(targets.TERMS)}
    if policy.credit.scorecard:
        concluded["score"] = scoring.score(policy.credit.scorecard, values)
    rating = rating_of(policy, frozenset(decision.fired))
    if rating:
        concluded["rating"] = rating[0]
    for call in calls:
        match call.action:
            case SetCreditLimit(rule, step) if policy.credit.limit and not call.reasons:
                concluded["limit"] = targets.limit(policy.credit.limit, rule, values, step).amount
                concluded["valid_days"] = None if concluded["limit"] is None else policy.credit.limit.valid_days
            case SetTerms(rule, step) if policy.credit.terms and not call.reasons:
                concluded["terms"] = targets.terms(policy.credit.terms, rule, values, step).amount
            case _:
                continue
    return Outcome(tuple(calls), concluded, asked(policy, calls, values, concluded))


def unlike(expect: Expectation, found: Outcome, policy: Policy) -> Iterator[str]:
    """Every conclusion that is not as expected, in words."""
    if found.order:
        yield from _unlike_order(expect, found.order)
        return
    for name, wanted in expect.concluded:
        if found.concluded is None:
            yield f"expected {name} {_said(name, wanted, policy)}, but the policy does not cover the customer"
        elif found.concluded.get(name) != wanted:
            value = found.concluded.get(name)
            yield f"expected {name} {_said(name, wanted, policy)}, but it is {_said(name, value, policy)}"
    if expect.approval not in (None, found.approval):
        wanted_, found_ = (", ".join(roles or ()) or "nobody" for roles in (expect.approval, found.approval))
        yield f"expected to wait for an approval by {wanted_}, but it waits for {found_}"
    if expect.review and not any(isinstance(call.action, Review) and not call.reasons for call in found.calls):
        yield "expected a review, but none is called for"


def _unlike_order(expect: Expectation, found: Ordered) -> Iterator[str]:
    """What an order got, and why."""
    why = ", ".join(found.because)
    if expect.order != found.verdict:
        yield f"expected order {expect.order}, but it is {found.verdict} ({why})"
    elif expect.because not in (None, found.because):
        wanted = ", ".join(expect.because or ()) or "nothing"
        yield f"expected order {expect.order} because of {wanted}, but it is because of {why}"


def told(expect: Expectation, call: Call) -> bool:
    """Whether the conclusions that a case expects speak for the call."""
    named = {name for name, _ in expect.concluded}
    kinds = {kind for name, kind in _SPOKEN_FOR.items() if name in named} | ({"review"} if expect.review else set())
    return kind_of(call.action) in kinds


def _idle(call: Call, held: tuple[str, ...]) -> bool:
    """A hold that there is already, or the release of one that there is not."""
    match call.action:
        case CreditHold(reason):
            return reason in held
        case ReleaseCreditHold(reason):
            return reason not in held
        case _:
            return False


def _said(name: str, value: Value, policy: Policy) -> str:
    """A conclusion in words."""
    if value is None:
        return "none"
    return value_text(value, targets.LIMIT, policy.currency) if name == "limit" else str(value)


# -- facts that follow from others -------------------------------------------------------------------------------------


def _less(whole: str, part: str) -> Callable[[dict[str, Value]], Value]:
    """The difference of two amounts."""
    return lambda values: _number(values[whole]) - _number(values[part])


def _smaller(*pairs: tuple[str, str | None]) -> Callable[[dict[str, Value]], Value]:
    """The smallest of the amounts that are there, each less another where one is named."""

    def found(values: dict[str, Value]) -> Value:
        """Missing where none is there, or what is to be taken off is missing."""
        there = [
            _number(values[name]) - (_number(values[less]) if less else 0)
            for name, less in pairs
            if values[name] is not None and (less is None or values[less] is not None)
        ]
        return min(there, default=None)

    return found


def _share(part: str, whole: str) -> Callable[[dict[str, Value]], Value]:
    """Hundredths of a percent, half away from zero; missing where the whole is missing or not above 0."""

    def found(values: dict[str, Value]) -> Value:
        """The share of what is there."""
        above, below = values[part], _number(values[whole])
        if not isinstance(above, int) or below <= 0:
            return None
        share = (2 * 10_000 * abs(above) + below) // (2 * below)
        return -share if above < 0 else share

    return found


def _number(value: Value) -> int:
    """A fact that is there as a number."""
    return value if isinstance(value, int) else 0


def _in_force(values: dict[str, Value]) -> Value:
    """The temporary limit, else the limit."""
    temporary = values["customer.temporary_limit"]
    return values["customer.credit_limit"] if temporary is None else temporary


# In this order.
_FOLLOWS: dict[str, Callable[[dict[str, Value]], Value]] = {
    "days_past_due": lambda values: -_number(values["days_until_due"]),
    "days_until_due": lambda values: -_number(values["days_past_due"]),
    "original_amount": lambda values: values["open_amount"],
    "disputed_amount": lambda values: values["open_amount"] if values["dispute"] == "whole" else 0,
    "undisputed_amount": _less("open_amount", "disputed_amount"),
    "customer.undisputed_overdue_amount": _less("customer.overdue_amount", "customer.disputed_amount"),
    "customer.limit_in_force": _in_force,
    "customer.effective_limit": _smaller(("customer.limit_in_force", None), ("customer.group_limit", None)),
    "customer.headroom": _smaller(
        ("customer.limit_in_force", "customer.exposure"), ("customer.group_limit", "customer.group_exposure")
    ),
    "customer.utilisation": _share("customer.exposure", "customer.limit_in_force"),
    "customer.group_utilisation": _share("customer.group_exposure", "customer.group_limit"),
}
