"""What a credit policy leaves a customer with after the day: decide/settling.py and decide/targets.py as z3 reads them.

Comes in: a credit policy and how its conditions are read. Goes out: each way to set the limit or the terms, and what is left.
Know before changing: shares, steps, rounding, bounds, small changes and limits that have run out are exact, as in the engine;
tests hold the two equal. The steps of a limit taken so far are looked at within a range (`steps_of`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import z3

from engine.decide.credit import OPEN_REVIEW
from engine.decide.targets import LIMIT, LIMIT_ENDS, LIMIT_STEPS, TERMS, TERMS_STEPS
from engine.policy.credit_model import Credit, LimitRule, LimitSection, Steps, TermsRule, TermsSection
from engine.policy.model import Policy, SetCreditLimit, SetTerms
from engine.prove.encode import Encoder
from engine.prove.outcome import Outcome, covered, outcomes

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a customer that may not be there: a limit that is not set, terms that nobody agreed."""

    value: z3.ArithRef
    there: z3.BoolRef

    def differs(self, other: "Value") -> z3.BoolRef:
        """One of them is there only, or they are not the same."""
        return z3.Or(self.there != other.there, z3.And(self.there, self.value != other.value))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to set the limit or the terms: when it does, and to what."""

    outcome: Outcome
    sets: z3.BoolRef
    to: Value


@dataclass(frozen=True, slots=True)
class _Target:
    """What a rule of the limit comes to; whether any of its facts is there; what it is before steps and bounds."""

    amount: z3.ArithRef
    known: z3.BoolRef
    raw: z3.ArithRef


def steps_of(*policies: Policy) -> range:
    """The steps of the limit that are looked at: all that one of the policies can take, and one beyond on each side."""
    sections = [_credit(policy).limit for policy in policies]
    steps = [section.steps for section in sections if section and section.steps]
    return range(-max((one.lowest for one in steps), default=0) - 1, max((one.most for one in steps), default=0) + 2)


def looked_at(encoder: Encoder, taken: range) -> z3.BoolRef:
    """That the steps taken so far are among these."""
    steps = encoder.space.term(LIMIT_STEPS).value
    return z3.And(steps >= taken.start, steps < taken.stop)


def limit_ways(policy: Policy, encoder: Encoder, taken: range) -> tuple[Way, ...]:
    """Each way in which the policy sets the limit, where so many steps were taken; of one customer at most one does."""
    section, found = _credit(policy).limit, list[Way]()
    for rule in section.rules if section else ():
        assert section, "a rule stands in a section"
        own = [one for one in outcomes(policy) if isinstance(one.action, SetCreditLimit) and one.action.rule == rule.id]
        found += _ways_of_limit(encoder, section, rule, own, taken)
    return tuple(found)


def limit_after(policy: Policy, encoder: Encoder, taken: range) -> Value:
    """The credit limit that is left; not there: none is set."""
    return _left(encoder, LIMIT, policy, limit_ways(policy, encoder, taken))


def limit_ends_after(policy: Policy, encoder: Encoder, taken: range) -> Value:
    """In how many days the limit that is left ends; not there: it does not end."""
    section = _credit(policy).limit
    good = section.valid_days if section else None
    ways = [
        Way(way.outcome, way.sets, Value(z3.IntVal(good or 0), z3.And(way.to.there, z3.BoolVal(good is not None))))
        for way in limit_ways(policy, encoder, taken)
    ]
    return _left(encoder, LIMIT_ENDS, policy, ways)


def terms_after(policy: Policy, encoder: Encoder) -> Value:
    """The days of payment that are left; not there: none are agreed."""
    section, ways = _credit(policy).terms, list[Way]()
    for rule in section.rules if section else ():
        assert section, "a rule stands in a section"
        own = [one for one in outcomes(policy) if isinstance(one.action, SetTerms) and one.action.rule == rule.id]
        ways += _ways_of_terms(encoder, section, rule, own)
    return _left(encoder, TERMS, policy, ways)


def _credit(policy: Policy) -> Credit:
    """The sections of a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    return policy.credit


def _left(encoder: Encoder, fact: str, policy: Policy, ways: Sequence[Way]) -> Value:
    """What the way that sets it leads to; else what the book has."""
    book, covers = encoder.space.term(fact), encoder.holds(covered(policy))
    value, there = book.value, book.there
    for way in ways:
        sets = z3.And(covers, way.sets)
        value, there = z3.If(sets, way.to.value, value), z3.If(sets, way.to.there, there)
    return Value(value, there)


# -- the limit ---------------------------------------------------------------------------------------------------------


def _ways_of_limit(
    encoder: Encoder, section: LimitSection, rule: LimitRule, own: Sequence[Outcome], taken: range
) -> Iterator[Way]:
    """A step, where one leads somewhere and nothing stops it; else the rule's amount, where the change is worth it."""
    plain, instead = _target(encoder, section, rule, 0, taken), list[z3.BoolRef]()
    for one in own:
        assert isinstance(one.action, SetCreditLimit)
        if one.action.step and rule.unset:
            continue
        to = _target(encoder, section, rule, one.action.step, taken)
        moves = _moves(encoder, section, rule, to.amount, one.action.step)
        done = encoder.holds(one.done)
        if one.action.step:
            leads = z3.And(encoder.holds(one.called), plain.known, plain.raw != 0, to.amount != plain.amount)
            instead.append(z3.And(leads, z3.Or(z3.Not(moves), done)))
            sets = z3.And(leads, moves, done)
        else:
            waits = z3.And(_renews(encoder, section, rule, to.amount), encoder.space.term(OPEN_REVIEW).value == 1)
            sets = z3.And(done, to.known, moves, z3.Not(waits), *(z3.Not(step) for step in instead))
        yield Way(one, sets, Value(to.amount, z3.BoolVal(not rule.unset)))


def _moves(encoder: Encoder, section: LimitSection, rule: LimitRule, target: z3.ArithRef, step: int) -> z3.BoolRef:
    """Whether the limit is to be set: the change is large enough, the limit has run out, or the step moves it its own way."""
    before = encoder.space.term(LIMIT)
    if rule.unset:
        return before.there
    onward = z3.And(before.there, (target - before.value) * step > 0)
    same = z3.And(before.there, target == before.value)
    return z3.If(same, _out(encoder), z3.Or(onward, _out(encoder), _changes(encoder, section, target)))


def _renews(encoder: Encoder, section: LimitSection, rule: LimitRule, target: z3.ArithRef) -> z3.BoolRef:
    """Whether it is set only because it has run out."""
    return z3.BoolVal(False) if rule.unset else z3.And(_out(encoder), z3.Not(_changes(encoder, section, target)))


def _changes(encoder: Encoder, section: LimitSection, target: z3.ArithRef) -> z3.BoolRef:
    """Whether an amount is another limit and far enough from the one in the book."""
    before = encoder.space.term(LIMIT)
    away = z3.If(target >= before.value, target - before.value, before.value - target)
    far = away * _WHOLE >= section.change_hundredths * before.value
    differs = target != before.value
    return z3.Or(before.missing, z3.And(differs, z3.Or(target == 0, before.value == 0, far)))


def _out(encoder: Encoder) -> z3.BoolRef:
    """The limit in the book was good until a day that is past."""
    ends = encoder.space.term(LIMIT_ENDS)
    return z3.And(ends.there, ends.value < 0)


def _target(encoder: Encoder, section: LimitSection, rule: LimitRule, step: int, taken: range) -> _Target:
    """What the rule comes to."""
    if rule.unset:
        return _Target(z3.IntVal(0), z3.BoolVal(True), z3.IntVal(0))
    if rule.amount is not None:
        raw, known = z3.IntVal(rule.amount), z3.BoolVal(True)
    else:
        raw, known = _smallest(encoder, rule)
    stepped = _stepped(encoder, raw, section.steps, step, taken)
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


def _stepped(encoder: Encoder, raw: z3.ArithRef, steps: Steps | None, step: int, taken: range) -> z3.ArithRef:
    """The amount with the steps taken and this one; half-up, at least 0."""
    if steps is None:
        return raw
    before, found = encoder.space.term(LIMIT_STEPS).value, raw
    for number in taken:
        share = (2 * raw * (_WHOLE + steps.size * (number + step)) + _WHOLE) / (2 * _WHOLE)
        found = z3.If(before == number, z3.If(share > 0, share, 0), found)
    return z3.If(raw > 0, found, raw)


# -- the terms ---------------------------------------------------------------------------------------------------------


def _ways_of_terms(encoder: Encoder, section: TermsSection, rule: TermsRule, own: Sequence[Outcome]) -> Iterator[Way]:
    """A step, where one leads somewhere and nothing stops it; else the rule's days."""
    before, instead = encoder.space.term(TERMS), list[z3.BoolRef]()
    plain = _days(encoder, section.steps, rule, 0)
    for one in own:
        assert isinstance(one.action, SetTerms)
        to = _days(encoder, section.steps, rule, one.action.step)
        differs = z3.Or(before.missing, to != before.value)
        done = encoder.holds(one.done)
        if one.action.step:
            leads = z3.And(encoder.holds(one.called), to != plain)
            instead.append(z3.And(leads, z3.Or(z3.Not(differs), done)))
            sets = z3.And(leads, differs, done)
        else:
            sets = z3.And(done, differs, *(z3.Not(step) for step in instead))
        yield Way(one, sets, Value(to, z3.BoolVal(True)))


def _days(encoder: Encoder, steps: Steps | None, rule: TermsRule, step: int) -> z3.ArithRef:
    """The rule's days with the steps taken and this one, at least 0."""
    if steps is None:
        return z3.IntVal(rule.days)
    days = rule.days + steps.size * (encoder.space.term(TERMS_STEPS).value + step)
    return z3.If(days > 0, days, 0)
