"""The ladder: which level a subject reaches, given what fired for its class.

Comes in: a Policy and the set of names that fired. Goes out: the Step to take, if any, and what would stop it.
Know before changing: everything a level depends on is a named condition here, evaluated by durable-rules like the rules
that people write; this module only combines the names. DESIGN's law of level choice stands in `step`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from engine.policy.model import (
    All,
    Anchor,
    Any,
    Boundary,
    Climb,
    Comparison,
    Condition,
    Ladder,
    LateFee,
    Level,
    MonthEnd,
    Operator,
    Policy,
    Subject,
)


@dataclass(frozen=True, slots=True)
class Names:
    """Where the ladder finds its facts for one kind of subject. `age` and `date` are by anchor."""

    age: dict[Anchor, str]
    date: dict[Anchor, str]
    level: str
    at_level: str
    since_notice: str
    since_level: str
    delivered: str
    chased: str
    contested: Condition
    held: str
    promise: str
    handed_over: str
    always: frozenset[str]


NAMES = {
    Subject.RECEIVABLE: Names(
        age={
            Anchor.DUE_DATE: "days_past_due",
            Anchor.INVOICE_DATE: "days_since_invoice",
            Anchor.PROMISED_DATE: "days_since_promised_date",
            Anchor.PREVIOUS_NOTICE: "days_since_last_notice",
            Anchor.PREVIOUS_DEADLINE: "days_since_deadline",
        },
        date={
            Anchor.DUE_DATE: "due_date",
            Anchor.INVOICE_DATE: "invoice_date",
            Anchor.PROMISED_DATE: "promised_date",
            Anchor.PREVIOUS_NOTICE: "last_notice_date",
            Anchor.PREVIOUS_DEADLINE: "deadline_date",
        },
        level="level",
        at_level="times_at_level",
        since_notice="days_since_last_notice",
        since_level="days_since_level",
        delivered="last_notice_delivered",
        chased="undisputed_amount",
        contested=Comparison("dispute", Operator.IS, "whole"),
        held="dunning_hold",
        promise="promise",
        handed_over="handed_over",
        always=frozenset({"days_past_due", "open_amount", "undisputed_amount"}),
    ),
    Subject.CUSTOMER: Names(
        age={
            Anchor.DUE_DATE: "customer.oldest_days_past_due",
            Anchor.INVOICE_DATE: "customer.days_since_oldest_invoice",
            Anchor.PROMISED_DATE: "customer.days_since_promised_date",
            Anchor.PREVIOUS_NOTICE: "customer.days_since_last_notice",
            Anchor.PREVIOUS_DEADLINE: "customer.days_since_deadline",
        },
        date={
            Anchor.DUE_DATE: "customer.oldest_due_date",
            Anchor.INVOICE_DATE: "customer.oldest_invoice_date",
            Anchor.PROMISED_DATE: "customer.promised_date",
            Anchor.PREVIOUS_NOTICE: "customer.last_notice_date",
            Anchor.PREVIOUS_DEADLINE: "customer.deadline_date",
        },
        level="customer.level",
        at_level="customer.times_at_level",
        since_notice="customer.days_since_last_notice",
        since_level="customer.days_since_level",
        delivered="customer.last_notice_delivered",
        chased="customer.undisputed_overdue_amount",
        contested=All(
            (
                Comparison("customer.overdue_amount", Operator.AT_LEAST, 1),
                Comparison("customer.undisputed_overdue_amount", Operator.AT_MOST, 0),
            )
        ),
        held="customer.dunning_hold",
        promise="customer.promise",
        handed_over="customer.handed_over",
        always=frozenset({"customer.oldest_days_past_due", "customer.overdue_amount", "customer.open_amount"}),
    ),
}

HOLD, DISPUTED, PROMISED, HANDED_OVER = "dunning-hold", "disputed", "promise-pending", "handed-over"
BELOW_TOLERANCE, INTERVAL, NOT_SENT = "below-tolerance", "interval", "previous-notice-not-sent"
NO_CONTACT, NOTHING_TO_CHASE, FEE_ON_FEE = "no-contact", "nothing-to-chase", "fee-on-fee"
BUILT_IN_REASONS = (
    HOLD,
    HANDED_OVER,
    DISPUTED,
    PROMISED,
    BELOW_TOLERANCE,
    INTERVAL,
    NOT_SENT,
    NO_CONTACT,
    NOTHING_TO_CHASE,
    FEE_ON_FEE,
)
FEE_CHARGED, REPEAT_DUE, REPEAT_LEFT = "fee charged", "repeat due", "repeat left"


@dataclass(frozen=True, slots=True)
class Step:
    """A move on the ladder: to `level`, from the level in effect. `quiet`: the level falls and nothing is sent."""

    level: Level
    level_from: int
    quiet: bool = False


def rule_of_level(number: int) -> str:
    """The name under which a level's condition fires, and under which its effects are recorded."""
    return f"level {number}"


def rule_of(identifier: str) -> str:
    """The name under which a rule beside the ladder fires, and under which its effects are recorded."""
    return f"rule {identifier}"


def withheld_by(reason: str) -> str:
    """The name under which a policy's own reason to withhold fires."""
    return f"withhold {reason}"


def built_in(policy: Policy) -> Iterator[tuple[str, Condition]]:
    """Every named condition of the policy: what people wrote, and what the law of dunning adds to it."""
    names = NAMES[policy.subject]
    yield HOLD, Comparison(names.held, Operator.IS, 1)
    yield DISPUTED, names.contested
    yield PROMISED, Comparison(names.promise, Operator.IS, "pending")
    for reason in policy.withhold:
        yield withheld_by(reason.because), reason.when
    for rule in policy.rules:
        yield rule_of(rule.id), rule.when
    if _charges_fees(policy) and policy.subject is Subject.RECEIVABLE:
        yield FEE_ON_FEE, Comparison("kind", Operator.IN, ("fee", "interest"))
        yield FEE_CHARGED, Comparison("fee_charged", Operator.IS, 1)
    if policy.ladder:
        yield from _of_ladder(policy.ladder, names)


def step(ladder: Ladder, fired: frozenset[str]) -> Step | None:
    """The move that the ladder calls for.

    `one_level`: the level after the one in effect, if it holds; nothing is jumped. `most_severe`: the highest level that holds,
    higher or lower than the one in effect; where none holds nothing changes. From the last level: a repetition, when due.
    """
    held = [level for level in ladder.levels if rule_of_level(level.number) in fired]
    current = max((level.number for level in ladder.levels if _reached(level.number) in fired), default=0)
    match ladder.climb:
        case Climb.ONE_LEVEL:
            target = next((level for level in held if level.number == current + 1), None)
        case Climb.MOST_SEVERE:
            target = held[-1] if held and held[-1].number != current else None
        case _:
            assert_never(ladder.climb)
    if target:
        return Step(target, current, quiet=target.number < current)
    last = ladder.levels[-1]
    if last in held and current == last.number and {REPEAT_DUE, REPEAT_LEFT} <= fired:
        return Step(last, current)
    return None


def stops(policy: Policy, fired: frozenset[str]) -> tuple[str, ...]:
    """What stops every action of the policy for these subjects, the decisive reason first."""
    reasons = [reason for reason in (HOLD, DISPUTED, PROMISED) if reason in fired]
    reasons += [entry.because for entry in policy.withhold if withheld_by(entry.because) in fired]
    return tuple(dict.fromkeys(reasons))


def stops_of_step(policy: Policy, fired: frozenset[str]) -> tuple[str, ...]:
    """What stops a step of the ladder: all that stops a fall, then what paces the climb itself."""
    pace = tuple(reason for reason in (BELOW_TOLERANCE, INTERVAL, NOT_SENT) if reason in fired)
    return tuple(dict.fromkeys(stops_of_fall(policy, fired) + pace))


def stops_of_fall(policy: Policy, fired: frozenset[str]) -> tuple[str, ...]:
    """What stops a level from falling quietly: all that stops the policy, and that the ladder ended with a handing over."""
    general = stops(policy, fired)
    over = (HANDED_OVER,) if HANDED_OVER in fired else ()
    cut = 1 if general[:1] == (HOLD,) else 0
    return tuple(dict.fromkeys(general[:cut] + over + general[cut:]))


def _reached(number: int) -> str:
    """The name that fires for subjects at this level or above."""
    return f"at level {number}"


def _of_ladder(ladder: Ladder, names: Names) -> Iterator[tuple[str, Condition]]:
    """The named conditions of a ladder: its levels, where the subject stands, and what paces the climb."""
    for level in ladder.levels:
        age = _age(level, names)
        yield rule_of_level(level.number), All((age, level.when)) if level.when else age
        yield _reached(level.number), Comparison(names.level, Operator.AT_LEAST, level.number)
    yield HANDED_OVER, Comparison(names.handed_over, Operator.IS, 1)
    if ladder.tolerance:
        small = Comparison(names.chased, Operator.LESS_THAN, ladder.tolerance)
        yield BELOW_TOLERANCE, All((small, Comparison(names.chased, Operator.AT_LEAST, 1)))
    yield INTERVAL, Any(tuple(_too_soon(ladder, names)))
    if ladder.climb is Climb.ONE_LEVEL:
        yield NOT_SENT, Comparison(names.delivered, Operator.IS, 0)
    if ladder.after_last:
        yield REPEAT_DUE, Comparison(names.since_level, Operator.AT_LEAST, ladder.after_last.every_days)
        yield REPEAT_LEFT, Comparison(names.at_level, Operator.AT_MOST, ladder.after_last.at_most)


def _age(level: Level, names: Names) -> Condition:
    """Whether enough days have passed since the level's anchor. False while there is no such date."""
    if level.month_end:
        return MonthEnd(names.date[level.anchor], level.after_days, level.boundary is Boundary.AFTER, level.place)
    bound = Operator.AT_LEAST if level.boundary is Boundary.ON else Operator.MORE_THAN
    return Comparison(names.age[level.anchor], bound, level.after_days, level.place)


def _charges_fees(policy: Policy) -> bool:
    """Whether any action of the policy is a late fee."""
    thens = [rule.then for rule in policy.rules] + [
        level.then for level in (policy.ladder.levels if policy.ladder else ())
    ]
    return any(isinstance(action, LateFee) for then in thens for action in then)


def _too_soon(ladder: Ladder, names: Names) -> Iterator[Condition]:
    """One step a day at most, so that running twice on a day does nothing twice; and the days between notices."""
    yield Comparison(names.since_level, Operator.LESS_THAN, 1)
    if ladder.days_between_notices:
        # A customer's ladder has no receivable to look at: its interval is the customer's, whatever the scope says.
        since = names.since_notice if ladder.interval_scope is Subject.RECEIVABLE else NAMES[Subject.CUSTOMER].since_notice
        yield Comparison(since, Operator.LESS_THAN, ladder.days_between_notices)
