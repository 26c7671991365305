"""Whether something is done within so many days: a made subject that stays as it is, looked at on each of them.

Comes in: an invariant with `within_days`, a policy, the others. Goes out: the one who waits in vain, or that there is none.
Know before changing: the days pass and nothing else happens to the subject: nobody pays, contests or promises, and duly runs on
every day. What does not keep still all the same (LOOSE: amounts that fall due, windows of a year, what has an end) and what other
actions of the policy change may be anything on each day where it is to be proved that nobody waits, and stays as it is where
somebody is to be shown who does. Between the two nothing is claimed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import z3

from engine.decide.findings import facts_of, findings_of
from engine.decide.ladder import NAMES
from engine.facts import FACTS, FactType
from engine.policy.invariants import Invariant
from engine.policy.model import (
    All,
    Any,
    Climb,
    Comparison,
    Condition,
    LateFee,
    MonthEnd,
    Nor,
    Operator,
    Policy,
    Subject,
    kind_of,
)
from engine.prove import domain
from engine.prove.across import won
from engine.prove.domain import Term
from engine.prove.example import Example
from engine.prove.lab import Lab, all_of, none_of
from engine.prove.laws import AS_OF_SYMBOL
from engine.prove.outcome import Outcome, covered, outcomes

# Days that count up with the calendar, whatever they are counted from; and the one that counts down. While anything is late, the
# days since that stay 0.
RISING = frozenset(
    name
    for name, fact in FACTS.items()
    if fact.type is FactType.DAYS
    and name != "customer.days_since_late"
    and (
        name.removeprefix("customer.").startswith("days_since_")
        or name in ("days_past_due", "customer.oldest_days_past_due", "customer.relationship_days")
    )
)
FALLING = frozenset({"days_until_due"})
_ENDING = (
    "dunning_hold last_notice_delivered promise customer.dunning_hold customer.last_notice_delivered customer.promise"
    " customer.credit_hold customer.days_on_credit_hold customer.hold_suspended customer.rating_override customer.credit_limit"
    " customer.temporary_limit customer.limit_in_force customer.group_limit customer.effective_limit customer.headroom"
    " customer.utilisation customer.group_exposure customer.group_utilisation customer.days_until_limit_ends"
    " customer.insured_amount customer.guaranteed_amount customer.secured_amount customer.review_open customer.days_until_review"
    " customer.days_since_review customer.broken_promises_12m customer.days_since_broken_promise"
).split()
_AGING = (
    "customer.not_due_amount customer.overdue_amount customer.overdue_1_30 customer.overdue_31_60 customer.overdue_61_90"
    " customer.overdue_over_90 customer.overdue_count customer.overdue_share customer.undisputed_overdue_amount"
    " customer.days_since_late customer.on_time_streak customer.days_late_trend customer.days_payable customer.order_trend"
    " customer.sales_3m"
).split()
# What duly does about another receivable of the customer.
_BESIDE = (
    "customer.days_since_last_notice customer.last_notice_date customer.days_since_deadline customer.deadline_date"
    " customer.highest_level customer.handed_over"
).split()
# What changes while the days pass although nobody does anything to the subject.
LOOSE = frozenset([*_ENDING, *_AGING, *_BESIDE]) | {
    name
    for name, fact in FACTS.items()
    if name.endswith("_12m") or fact.source in ("accounts", "figures", "growth", "judged", "statement")
}
_STEP = "level days_since_level times_at_level last_notice_delivered".split()
_WRITTEN = "days_since_last_notice last_notice_date days_since_deadline deadline_date notices_sent".split()
_OWED = "open_amount open_count largest_receivable exposure headroom utilisation".split()
_CHANGED = {
    "notice": _WRITTEN,
    "hand_over": ["handed_over"],
    "late_fee": ["fee_charged", *_OWED],
    "credit_hold": ["credit_hold", "days_on_credit_hold"],
    "release_credit_hold": ["credit_hold", "days_on_credit_hold"],
    "set_rating": ["rating"],
    "set_credit_limit": ["credit_limit", "limit_in_force", "limit_steps", "days_since_limit_step"],
    "set_terms": ["terms_days", "terms_steps", "days_since_terms_step"],
    "review": ["review_open", "days_until_review", "days_since_review"],
}


@dataclass(frozen=True, slots=True)
class Waited:
    """What came of it: that nobody ever waits in vain, or somebody who does; or neither, and then what it hangs on."""

    never: bool
    example: Example | None = None
    hangs_on: tuple[str, ...] = ()


def waits(invariant: Invariant, policy: Policy, policies: Sequence[Policy], lab: Lab) -> Waited:
    """Whoever meets the condition today, has had none of the actions, and gets none today or within the days."""
    assert invariant.within_days, "only promises with days are looked at day by day"
    every = outcomes(policy)
    kept = Any(tuple(one.called for one in every if one.kind in invariant.actions))
    base = all_of(won(policy, policies), invariant.when, none_of((had(invariant, policy),)))
    promised = all_of(won(policy, policies), kept)
    stirring = tuple(_stirring(every, invariant, policy, lab, kept))
    # Behind a rating stands every fact of the scorecard.
    used = {*lab.names} if policy.credit else {*_facts(base), *_facts(promised)}
    loose = (LOOSE | frozenset(name for one in stirring for name in changed(one))) & used
    days = _Days(lab, policy, invariant.within_days)
    if not lab.search().possible(*days.without(base, promised, loose)):
        return Waited(never=True)
    moved = [one.called for one in stirring if changed(one) & used]
    example = lab.search().example(lab.names, *days.still(base, promised, moved))
    return Waited(never=False, example=example, hangs_on=() if example else tuple(sorted(loose)))


def had(invariant: Invariant, policy: Policy) -> Condition:
    """One of the actions was done before in this overdue spell: what stands on record, and what the level in effect came with."""
    names, done = NAMES[policy.subject], list[Condition]()
    if "hand_over" in invariant.actions:
        done.append(Comparison(names.handed_over, Operator.IS, 1))
    if policy.subject is Subject.RECEIVABLE:
        if "late_fee" in invariant.actions:
            done.append(Comparison("fee_charged", Operator.IS, 1))
        if "notice" in invariant.actions:
            done.append(Comparison("days_since_last_notice", Operator.MISSING, False))
    first = _first_level(invariant, policy)
    if first is not None:
        done.append(Comparison(names.level, Operator.AT_LEAST, first))
    return Any(tuple(done))


def changed(one: Outcome) -> frozenset[str]:
    """The facts that are otherwise once the action is done."""
    prefix = "" if one.policy.subject is Subject.RECEIVABLE else "customer."
    names = [*(_STEP if one.level is not None else ()), *_CHANGED.get(one.kind, ())]
    return frozenset(found for name in names for found in (prefix + name, f"customer.{name}") if found in FACTS)


def stays(condition: Condition, *, wanted: bool = True) -> bool:
    """Whether a condition that has become true (or false, where that is `wanted`) as days pass stays so, day after day."""
    match condition:
        case All(of) | Any(of):
            return all(stays(part, wanted=wanted) for part in of)
        case Nor(of):
            return all(stays(part, wanted=not wanted) for part in of)
        case MonthEnd():
            return wanted
        case Comparison(fact, operator):
            tested = set(facts_of(condition))
            if not tested & (RISING | FALLING) or operator is Operator.MISSING:
                return True
            upward = operator in (Operator.AT_LEAST, Operator.MORE_THAN)
            downward = operator in (Operator.AT_MOST, Operator.LESS_THAN)
            return len(tested) == 1 and (upward if (fact in RISING) is wanted else downward)


def _first_level(invariant: Invariant, policy: Policy) -> int | None:
    """From which level in effect on one of the actions was done: whoever climbed one by one had those of each level below."""
    if policy.ladder is None:
        return None
    acting = [
        level.number
        for level in policy.ladder.levels
        if any(kind_of(action) in invariant.actions for action in level.then if not isinstance(action, LateFee))
    ]
    if not acting:
        return None
    if policy.ladder.climb is Climb.ONE_LEVEL:
        return acting[0]
    number, last = len(policy.ladder.levels) + 1, len(policy.ladder.levels)
    while number - 1 in acting:
        number -= 1
    return number if number <= last else None


def _stirring(
    every: Iterable[Outcome], invariant: Invariant, policy: Policy, lab: Lab, kept: Condition
) -> Iterator[Outcome]:
    """What else the policy may do about somebody on a day on which it does none of the promised actions."""
    for one in every:
        apart = all_of(covered(policy), one.called, none_of((kept,)))
        if one.kind not in invariant.actions and changed(one) and lab.possible(apart, policy):
            yield one


def _facts(condition: Condition) -> Iterator[str]:
    """Every fact that a condition tests."""
    yield from (name for finding in findings_of(condition) for name in facts_of(finding))


@dataclass(frozen=True, slots=True)
class _Days:
    """The same subject today and on each of the days that follow."""

    lab: Lab
    policy: Policy
    number: int

    def without(self, base: Condition, promised: Condition, loose: frozenset[str]) -> Iterator[z3.BoolRef]:
        """That nothing promised comes on any day, whatever the loose facts are on each day after today."""
        yield self._holds(base)
        formula = self._holds(promised)
        # A loose fact is itself today only, so that today tells more than any later day.
        for day in sorted({*self._telling(promised, self.number), *([0] if loose else [])}):
            yield z3.Not(self._on(day, formula, loose))
            yield from (
                bound for name in sorted(loose) if day for bound in domain.bounds(FACTS[name], self._other(name, day))
            )
            yield from self._laws(day, LOOSE | loose)

    def still(self, base: Condition, promised: Condition, moved: Iterable[Condition]) -> Iterator[z3.BoolRef]:
        """That nothing promised comes on any day, and nothing else moves the subject; loose facts stay what they are."""
        yield self._holds(base)
        moves = Any(tuple(moved))
        formula, moving = self._holds(promised), self._holds(moves)
        for name in self.lab.names:
            self.lab.space.term(name)
        for day in self._telling(promised, self.number):
            yield z3.Not(self._on(day, formula, frozenset()))
        for day in self._telling(moves, self.number - 1):
            yield z3.Not(self._on(day, moving, frozenset()))
        for day in range(1, self.number + 1):
            yield from self._laws(day, frozenset())

    def _telling(self, condition: Condition, last: int) -> range:
        """The days on which it must be looked at whether it holds: of one that stays true once it is, only the last."""
        return range(last if stays(condition) else 0, last + 1)

    def _holds(self, condition: Condition) -> z3.BoolRef:
        """The condition as z3 reads it, today."""
        return self.lab.encoder(self.policy).holds(condition)

    def _laws(self, day: int, loose: frozenset[str]) -> Iterator[z3.BoolRef]:
        """What ties facts together on that day, but for the loose ones; today's is known anyway."""
        for law, formula in self.lab.space.tied() if day else ():
            if not loose & set(law.facts):
                yield self._on(day, formula, frozenset())

    def _on(self, day: int, formula: z3.BoolRef, loose: frozenset[str]) -> z3.BoolRef:
        """A formula on that day: what rises has risen, what falls has fallen, and what is loose is something else."""
        pairs = [(AS_OF_SYMBOL, AS_OF_SYMBOL + day)] if day else []
        for name, term in self.lab.space.terms.items() if day else ():
            if name in loose:
                other = self._other(name, day)
                pairs.append((term.value, other.value))
                pairs += [(term.there, other.there)] if domain.may_be_missing(FACTS[name]) else []
            elif name in RISING:
                pairs.append((term.value, term.value + day))
            elif name in FALLING:
                pairs.append((term.value, term.value - day))
        return z3.substitute(formula, *pairs) if pairs else formula

    def _other(self, name: str, day: int) -> Term:
        """A loose fact on a day: a symbol of its own."""
        there = z3.Bool(f"{name} is there on day {day}") if domain.may_be_missing(FACTS[name]) else z3.BoolVal(True)
        return Term(z3.Int(f"{name} on day {day}"), there, self.lab.space.term(name).words)
