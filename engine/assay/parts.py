"""The parts of a typed policy by name: where each condition stands, and the policy with another one in its place.

Comes in: a Policy. Goes out: Owners of conditions; a policy in which one value differs.
Know before changing: what cases cannot speak of is left out on purpose: limits of a run, texts of notices and notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any as Anything

from engine.decide.ladder import NAMES
from engine.errors import Place
from engine.policy.credit_model import LimitRule, LimitSection, TermsRule, TermsSection
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    Finding,
    Level,
    MonthEnd,
    Nor,
    Operator,
    Policy,
)

# Attributes and indices that lead from a policy to a value in it.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """What a condition belongs to: its name for people, the way to the condition, and where it stands in the file."""

    name: str
    path: Path
    condition: Condition
    without: Condition | None
    place: Place


ALWAYS = All(())


def owners(policy: Policy) -> Iterator[Owner]:
    """Every condition that people wrote and that cases can try, in the order of the sections."""
    if policy.covers:
        yield Owner("covers", ("covers",), policy.covers, None, policy.place)
    for index, reason in enumerate(policy.withhold):
        yield Owner(f"withhold {reason.because}", ("withhold", index, "when"), reason.when, ALWAYS, reason.place)
    for index, level in enumerate(policy.ladder.levels if policy.ladder else ()):
        if level.when:
            path = ("ladder", "levels", index, "when")
            yield Owner(f"level {level.number}", path, level.when, None, level.place)
    for index, rule in enumerate(policy.rules):
        yield Owner(f"rule {rule.id}", ("rules", index, "when"), rule.when, ALWAYS, rule.place)
    if policy.credit:
        yield from _of_credit(policy)


def changed(value: Anything, path: Path, new: object) -> Anything:
    """The value with another one at the path; everything beside it is the same."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return (*value[:step], changed(value[step], rest, new), *value[step + 1 :])
    return replace(value, **{step: changed(getattr(value, step), rest, new)})


def dropped(value: Anything, path: Path) -> Anything:
    """The value without the item of a tuple that the path leads to."""
    *before, last = path
    assert isinstance(last, int), path
    several = found(value, tuple(before))
    return changed(value, tuple(before), (*several[:last], *several[last + 1 :]))


def found(value: Anything, path: Path) -> Anything:
    """What stands at the path."""
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def leaves(condition: Condition) -> Iterator[Finding]:
    """The comparisons of a condition."""
    match condition:
        case All(of) | Any(of) | Nor(of):
            for part in of:
                yield from leaves(part)
        case Comparison() | MonthEnd():
            yield condition


def reaching(policy: Policy, level: Level) -> tuple[Finding, ...]:
    """What a subject that reaches the level stands on: its age, the level before, and the level's own condition."""
    names = NAMES[policy.subject]
    age = Comparison(names.age[level.anchor], Operator.AT_LEAST, level.after_days)
    before = Comparison(names.level, Operator.IS, level.number - 1)
    return (age, before, *(leaves(level.when) if level.when else ()))


def _of_credit(policy: Policy) -> Iterator[Owner]:
    """The conditions of a credit policy's sections."""
    credit = policy.credit
    assert credit, policy.name
    for index, one in enumerate(credit.ratings.adjustments if credit.ratings else ()):
        path: Path = ("credit", "ratings", "adjustments", index, "when")
        yield Owner(f"adjustment {one.id}", path, one.when, ALWAYS, one.place)
    if credit.limit:
        yield from _of_target("limit", credit.limit)
    if credit.terms:
        yield from _of_target("terms", credit.terms)
    for index, event in enumerate(credit.review.sooner if credit.review else ()):
        path = ("credit", "review", "sooner", index, "when")
        yield Owner(f"sooner {event.id}", path, event.when, ALWAYS, event.place)
    for index, hold in enumerate(credit.holds):
        yield Owner(f"hold {hold.reason}", ("credit", "holds", index, "when"), hold.when, ALWAYS, hold.place)
        path = ("credit", "holds", index, "release_when")
        yield Owner(f"release {hold.reason}", path, hold.release_when, ALWAYS, hold.place)
    for index, order in enumerate(credit.orders.rules if credit.orders else ()):
        path = ("credit", "orders", "rules", index, "when")
        yield Owner(f"order {order.id}", path, order.when, ALWAYS, order.place)


def _of_target(of: str, section: LimitSection | TermsSection) -> Iterator[Owner]:
    """The conditions of limit or terms, and of their steps."""
    rules: tuple[LimitRule | TermsRule, ...] = section.rules
    for index, rule in enumerate(rules):
        if rule.when:
            yield Owner(f"{of} {rule.id}", ("credit", of, "rules", index, "when"), rule.when, None, rule.place)
    steps = section.steps
    for way, when in (("raise", steps.raise_when), ("lower", steps.lower_when)) if steps else ():
        if when and steps:
            yield Owner(f"{way} {of}", ("credit", of, "steps", f"{way}_when"), when, ALWAYS, steps.place)
