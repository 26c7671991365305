"""Limit and terms in numbers: what the deciding rule works out for one customer, with the steps taken so far.

Comes in: a section of a credit policy, the id of the rule that decides, the customer's facts, a step to take or none.
Goes out: a Target, with the working for `explain`; and whether it is worth an action.
Know before changing: money is in minor units of the policy's currency. A share is rounded half-up to the minor unit, then the
steps are applied and rounded half-up, then it is rounded down to a multiple, then held between floor and cap; the cap wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.policy.credit_model import LimitRule, LimitSection, Steps, TermsSection

Value = int | str | None
Values = Mapping[str, Value]

LIMIT, LIMIT_STEPS, LIMIT_ENDS = "customer.credit_limit", "customer.limit_steps", "customer.days_until_limit_ends"
TERMS, TERMS_STEPS = "customer.terms_days", "customer.terms_steps"
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Target:
    """What a limit or the terms should be. `amount` None: no limit is set. `known` is false where every fact is missing.

    `shares` are what each share comes to (None: its fact is missing), `raw` the smallest of them or the fixed amount,
    `stepped` that with `steps` steps; all None where they do not apply.
    """

    amount: int | None
    known: bool
    shares: tuple[int | None, ...]
    raw: int | None
    steps: int
    stepped: int | None


def limit(section: LimitSection, rule_id: str, values: Values, step: int = 0) -> Target:
    """What the limit rule comes to for a customer with these facts, after one more step up (+1) or down (-1)."""
    rule = next(rule for rule in section.rules if rule.id == rule_id)
    if rule.unset:
        return Target(None, True, (), None, 0, None)
    shares = tuple(_share(share.hundredths, values[share.fact]) for share in rule.shares)
    there = [share for share in shares if share is not None]
    if rule.amount is None and not there:
        return Target(None, False, shares, None, 0, None)
    raw = min(there) if rule.amount is None else rule.amount
    steps = whole(values, LIMIT_STEPS) + step if section.steps and raw > 0 else 0
    stepped = _stepped(raw, section.steps, steps)
    return Target(_bounded(rule, stepped), True, shares, raw, steps, stepped)


def terms(section: TermsSection, rule_id: str, values: Values, step: int = 0) -> Target:
    """What the terms rule comes to, in days."""
    days = next(rule.days for rule in section.rules if rule.id == rule_id)
    steps = whole(values, TERMS_STEPS) + step if section.steps else 0
    stepped = max(0, days + (section.steps.size if section.steps else 0) * steps)
    return Target(stepped, True, (), days, steps, stepped)


def limit_moves(section: LimitSection, target: int | None, values: Values, step: int) -> bool:
    """Whether the limit is to be set: a change that is large enough, any limit anew where it has run out, or a step.

    A step of itself only moves the limit its own way: punctuality never lowers one that has stayed above, because the
    change was too small, what the step leads to.
    """
    before, out = values[LIMIT], run_out(values)
    assert not isinstance(before, str), before
    if target == before:
        return out and target is not None
    onward = target is not None and before is not None and (target - before) * step > 0
    return onward or out or _changes(section, target, before)


def renews(section: LimitSection, target: int | None, values: Values) -> bool:
    """Whether the limit is only set because it has run out: it is the same, or the change would be too small by itself."""
    before = values[LIMIT]
    assert not isinstance(before, str), before
    return target is not None and run_out(values) and not _changes(section, target, before)


def _changes(section: LimitSection, target: int | None, before: int | None) -> bool:
    """Whether one limit is another and far enough from it. None set, no credit and an amount are never close."""
    if target == before or not target or not before:
        return target != before
    return abs(target - before) * _WHOLE >= section.change_hundredths * before


def run_out(values: Values) -> bool:
    """Whether the limit in the book was good until a day that is past."""
    left = values[LIMIT_ENDS]
    return isinstance(left, int) and left < 0


def whole(values: Values, name: str) -> int:
    """A number that is never missing."""
    value = values[name]
    assert isinstance(value, int), f"{name} is {value!r}"
    return value


def _share(hundredths: int, value: Value) -> int | None:
    """A percentage of a fact, half-up to the minor unit and at least 0; None where the fact is missing."""
    if value is None:
        return None
    assert isinstance(value, int), value
    return (2 * hundredths * max(0, value) + _WHOLE) // (2 * _WHOLE)


def _stepped(raw: int, steps: Steps | None, taken: int) -> int:
    """The amount with so many steps, half-up, at least 0."""
    if steps is None or raw <= 0:
        return raw
    return max(0, (2 * raw * (_WHOLE + steps.size * taken) + _WHOLE) // (2 * _WHOLE))


def _bounded(rule: LimitRule, amount: int) -> int:
    """Rounded down to a multiple, at least the floor, at most the cap."""
    rounded = amount // rule.round_to * rule.round_to
    lifted = rounded if rule.floor is None else max(rounded, rule.floor)
    return lifted if rule.cap is None else min(lifted, rule.cap)
