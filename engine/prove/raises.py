"""When a credit policy raises a credit limit: the numbers of decide/targets.py and decide/settling.py, as z3 reads them.

Comes in: a credit policy and how its conditions are read. Goes out: for each rule of the limit the formula of a raise.
Know before changing: a raise is a limit set above the one in the book; a first limit is one, unless it is 0. Shares, steps,
rounding and bounds are exact. The steps taken so far are looked at within what the policy itself can take, and one beyond on each
side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from engine.decide.targets import LIMIT, LIMIT_ENDS, LIMIT_STEPS
from engine.policy.credit_model import LimitRule, LimitSection, Steps
from engine.policy.model import Policy, SetCreditLimit
from engine.prove.encode import Encoder
from engine.prove.outcome import Outcome, outcomes

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class _Target:
    """What a rule comes to: the amount, whether any of its facts is there, and what it is before steps and bounds."""

    amount: z3.ArithRef
    known: z3.BoolRef
    raw: z3.ArithRef


def raises(policy: Policy, encoder: Encoder) -> Iterator[tuple[Outcome, z3.BoolRef]]:
    """Each way in which the limit can be set, with the formula under which that is a raise."""
    section = policy.credit.limit if policy.credit else None
    rules = {rule.id: rule for rule in section.rules} if section else {}
    acts = [one for one in outcomes(policy) if isinstance(one.action, SetCreditLimit)]
    for one in acts:
        assert isinstance(one.action, SetCreditLimit)
        assert section, "a limit is set by a section"
        rule = rules[one.action.rule]
        if rule.unset:
            continue
        target = _target(encoder, section, rule, one.action.step)
        steps = [act for act in acts if isinstance(act.action, SetCreditLimit) and act.action.rule == rule.id and act.action.step]
        instead = [] if one.action.step else [z3.Not(_set(encoder, section, rule, act)) for act in steps]
        higher = target.amount > _before(encoder)
        yield one, z3.And(_set(encoder, section, rule, one), higher, *instead, *_taken(encoder, section))


def _set(encoder: Encoder, section: LimitSection, rule: LimitRule, one: Outcome) -> z3.BoolRef:
    """The limit is set by this way: nothing withholds it, and it moves."""
    assert isinstance(one.action, SetCreditLimit)
    target, plain = (_target(encoder, section, rule, step) for step in (one.action.step, 0))
    before, ends = encoder.space.term(LIMIT), encoder.space.term(LIMIT_ENDS)
    differs = z3.Or(before.missing, target.amount != before.value)
    if one.action.step:
        moves = z3.And(plain.known, plain.raw != 0, differs, target.amount != plain.amount)
    else:
        away = z3.If(target.amount >= before.value, target.amount - before.value, before.value - target.amount)
        far = away * _WHOLE >= section.change_hundredths * before.value
        out = z3.And(ends.there, ends.value < 0)
        moves = z3.And(target.known, differs, z3.Or(out, target.amount == 0, before.missing, before.value == 0, far))
    return z3.And(encoder.holds(one.done), moves)


def _before(encoder: Encoder) -> z3.ArithRef:
    """The limit in the book; none counts as 0."""
    before = encoder.space.term(LIMIT)
    return z3.If(before.there, before.value, 0)


def _target(encoder: Encoder, section: LimitSection, rule: LimitRule, step: int) -> _Target:
    """What the rule comes to."""
    if rule.amount is not None:
        raw, known = z3.IntVal(rule.amount), z3.BoolVal(True)
    else:
        raw, known = _smallest(encoder, rule)
    stepped = _stepped(encoder, raw, section.steps, step)
    amount = stepped / rule.round_to * rule.round_to
    amount = amount if rule.floor is None else z3.If(amount > rule.floor, amount, rule.floor)
    amount = amount if rule.cap is None else z3.If(amount < rule.cap, amount, rule.cap)
    return _Target(amount, known, raw)


def _smallest(encoder: Encoder, rule: LimitRule) -> tuple[z3.ArithRef, z3.BoolRef]:
    """The smallest of the shares whose facts are there, and whether any is."""
    least, known = z3.IntVal(0), z3.BoolVal(False)
    for share in rule.shares:
        fact = encoder.space.term(share.fact)
        value = (2 * share.hundredths * z3.If(fact.value > 0, fact.value, 0) + _WHOLE) / (2 * _WHOLE)
        least = z3.If(z3.And(fact.there, z3.Or(z3.Not(known), value < least)), value, least)
        known = z3.Or(known, fact.there)
    return least, known


def _stepped(encoder: Encoder, raw: z3.ArithRef, steps: Steps | None, step: int) -> z3.ArithRef:
    """The amount with the steps taken and this one; half-up, at least 0."""
    if steps is None:
        return raw
    taken, found = encoder.space.term(LIMIT_STEPS).value, raw
    for number in range(-steps.lowest - 1, steps.most + 2):
        share = (2 * raw * (_WHOLE + steps.size * (number + step)) + _WHOLE) / (2 * _WHOLE)
        found = z3.If(taken == number, z3.If(share > 0, share, 0), found)
    return z3.If(raw > 0, found, raw)


def _taken(encoder: Encoder, section: LimitSection) -> Iterator[z3.BoolRef]:
    """The steps that are looked at."""
    if section.steps:
        taken = encoder.space.term(LIMIT_STEPS).value
        yield z3.And(taken >= -section.steps.lowest - 1, taken <= section.steps.most + 1)
