"""Mutants: the policy with one small fault, as a slip of the pen would plant it.

A number is off by one unit, an operator or a word is its neighbour, a condition or an action is left out.

Comes in: a Policy. Goes out: its Mutants, each a typed policy; no text is edited.
Know before changing: a mutant that cannot be told from the policy (`is` of a fact that is never anything else) counts as
unnoticed; nobody guesses which ones those are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.assay.agreements import agreed, bounds
from engine.assay.figures import figures
from engine.assay.parts import Owner, Path, changed, dropped, leaves, owners, reaching
from engine.assay.words import words
from engine.dates import shifted
from engine.errors import Place
from engine.facts import CONCLUSIONS, FACTS, FactType
from engine.policy.model import (
    NOWHERE,
    Action,
    All,
    Any,
    Comparison,
    Condition,
    Finding,
    MonthEnd,
    Nor,
    Operator,
    PercentOf,
    Policy,
    finding_text,
    kind_of,
)


class Fault(StrEnum):
    """What kind of fault is planted."""

    NUMBER = "number"
    OPERATOR = "operator"
    WORD = "word"
    CONDITION = "condition"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy with one fault. `what` says it; `owner` names the part; `near` are the comparisons that it stands on."""

    place: Place
    owner: str
    fault: Fault
    what: str
    policy: Policy
    near: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The fault in words."""
        return f"{self.owner}: {self.what}"

    @property
    def of_orders(self) -> bool:
        """Whether only a case about an order can notice it."""
        return self.owner == "orders" or self.owner.startswith("order ")


@dataclass(frozen=True, slots=True)
class _Change:
    """Another condition in the place of one."""

    condition: Condition
    fault: Fault
    what: str
    near: tuple[Finding, ...]


_NEIGHBOURS = {
    Operator.AT_LEAST: Operator.MORE_THAN,
    Operator.MORE_THAN: Operator.AT_LEAST,
    Operator.AT_MOST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_MOST,
    Operator.IS: Operator.IS_NOT,
    Operator.IS_NOT: Operator.IS,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
}


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every mutant of the policy, in the order of its parts."""
    for owner in owners(policy):
        yield from _of_condition(policy, owner)
    for figure in (*figures(policy), *bounds(policy)):
        for new, text in figure.others:
            mutated = policy
            for path in figure.paths:
                mutated = changed(mutated, path, new)
            yield Mutant(
                figure.place, figure.owner, Fault.NUMBER, f"{figure.name} {figure.text} -> {text}", mutated, figure.near
            )
    for word in words(policy):
        for other, text in word.others:
            mutated = policy
            for path in word.paths:
                mutated = changed(mutated, path, other)
            what = f"{word.name} {word.text} -> {text}"
            yield Mutant(word.place, word.owner, Fault.WORD, what, mutated, word.near)
    yield from _of_actions(policy)


def _of_condition(policy: Policy, owner: Owner) -> Iterator[Mutant]:
    """The faults of one condition, and the part without it."""
    for change in _changes(owner.condition, policy.currency):
        place = next((one.place for one in change.near if one.place != NOWHERE), owner.place)
        mutated = changed(policy, owner.path, change.condition)
        yield Mutant(place, owner.name, change.fault, change.what, mutated, change.near)
    near = tuple(leaves(owner.condition))
    yield Mutant(
        owner.place,
        owner.name,
        Fault.CONDITION,
        "without its condition",
        changed(policy, owner.path, owner.without),
        near,
    )


def _changes(condition: Condition, currency: str) -> Iterator[_Change]:
    """Each way in which one thing in the condition is different."""
    match condition:
        case All(of) | Any(of) | Nor(of):
            kind = type(condition)
            for index, part in enumerate(of):
                for change in _changes(part, currency):
                    whole = kind((*of[:index], change.condition, *of[index + 1 :]))
                    yield _Change(whole, change.fault, change.what, change.near)
                if len(of) > 1:
                    less = kind((*of[:index], *of[index + 1 :]))
                    yield _Change(less, Fault.CONDITION, f"without {_said(part, currency)}", tuple(leaves(part)))
        case Comparison():
            yield from _of_comparison(condition, currency)
        case MonthEnd():
            return


def _of_comparison(one: Comparison, currency: str) -> Iterator[_Change]:
    """A comparison with another number, or with its operator's neighbour."""
    for other in (*_numbers(one), *_operators(one)):
        fault = (
            Fault.NUMBER if other.operator is one.operator and one.operator is not Operator.MISSING else Fault.OPERATOR
        )
        before, after = finding_text(one, currency), finding_text(other, currency)
        yield _Change(other, fault, f"{before} -> {after.removeprefix(one.fact + ' ')}", (one,))


def _operators(one: Comparison) -> Iterator[Comparison]:
    """The comparison with its operator's neighbour."""
    if one.operator is Operator.MISSING:
        yield Comparison(one.fact, one.operator, 0 if one.operand else 1, one.place)
    elif one.operator in _NEIGHBOURS:
        yield Comparison(one.fact, _NEIGHBOURS[one.operator], one.operand, one.place)


def _numbers(one: Comparison) -> Iterator[Comparison]:
    """The comparison with each of its numbers one unit off, and with one member less."""
    kind, operand = (FACTS.get(one.fact) or CONCLUSIONS[one.fact]).type, one.operand
    if one.operator in (Operator.IN, Operator.NOT_IN):
        assert isinstance(operand, tuple), one
        for index in range(len(operand) if len(operand) > 1 else 0):
            rest = tuple(str(member) for member in (*operand[:index], *operand[index + 1 :]))
            yield Comparison(one.fact, one.operator, rest, one.place)
        return
    if one.operator is Operator.MISSING or kind in (FactType.FLAG, FactType.TEXT):
        return
    for shift in (-1, 1):
        match operand:
            case PercentOf(hundredths, fact):
                yield Comparison(one.fact, one.operator, PercentOf(hundredths + shift, fact), one.place)
            case int() | str():
                yield Comparison(one.fact, one.operator, _shifted(operand, shift), one.place)
            case (int(low), int(high)):
                yield Comparison(one.fact, one.operator, (low + shift, high), one.place)
                yield Comparison(one.fact, one.operator, (low, high + shift), one.place)
            case (str(low), str(high)):
                yield Comparison(one.fact, one.operator, (str(_shifted(low, shift)), high), one.place)
                yield Comparison(one.fact, one.operator, (low, str(_shifted(high, shift))), one.place)
            case _:
                continue


def _shifted(value: int | str, shift: int) -> int | str:
    """One unit more or less; of a date one day."""
    return value + shift if isinstance(value, int) else shifted(value, shift)


def _said(condition: Condition, currency: str) -> str:
    """A condition in words, short."""
    match condition:
        case Comparison() | MonthEnd():
            return finding_text(condition, currency)
        case _:
            return f"({', '.join(finding_text(one, currency) for one in leaves(condition))})"


# -- actions ---------------------------------------------------------------------------------------------------------------


def _of_actions(policy: Policy) -> Iterator[Mutant]:
    """The policy with one action, reason, rule of a section, hold or event less."""
    for index, level in enumerate(policy.ladder.levels if policy.ladder else ()):
        path = ("ladder", "levels", index, "then")
        yield from _less(policy, f"level {level.number}", path, level.then, level.place, reaching(policy, level))
    for index, rule in enumerate(policy.rules):
        yield from _less(
            policy, f"rule {rule.id}", ("rules", index, "then"), rule.then, rule.place, tuple(leaves(rule.when))
        )
    for index, entry in enumerate(policy.approvals):
        what = f"without that of {entry.role}" if len(policy.approvals) > 1 else "left out"
        less = dropped(policy, ("approvals", index))
        yield Mutant(entry.place, f"approval of {entry.action}", Fault.ACTION, what, less, agreed(policy, entry))
    for owner in owners(policy):
        if len(owner.path) > 2 and _goes_whole(policy, owner):
            yield _without(policy, owner, dropped(policy, owner.path[:-1]))
        elif owner.path[-1] in ("raise_when", "lower_when"):
            yield _without(policy, owner, changed(policy, owner.path, None))
        elif owner.path[-1] == "release_when":
            yield _without(policy, owner, changed(policy, owner.path, Any(())))


def _less(
    policy: Policy,
    owner: str,
    path: Path,
    then: Sequence[Action],
    place: Place,
    near: tuple[Finding, ...] = (),
) -> Iterator[Mutant]:
    """Without each of the actions."""
    for index, action in enumerate(then):
        what = f"without its {kind_of(action)}" + (f" ({index + 1}.)" if len(then) > 1 else "")
        yield Mutant(place, owner, Fault.ACTION, what, dropped(policy, (*path, index)), near)


def _without(policy: Policy, owner: Owner, mutated: Policy) -> Mutant:
    """Without the whole part."""
    assert mutated != policy, owner
    return Mutant(owner.place, owner.name, Fault.ACTION, "left out", mutated, tuple(leaves(owner.condition)))


def _goes_whole(policy: Policy, owner: Owner) -> bool:
    """Whether the part that has the condition is itself one of several that can be left out."""
    match owner.path:
        case ("withhold", _, "when"):
            return True
        case ("credit", "ratings", "adjustments", _, "when") | ("credit", "review", "sooner", _, "when"):
            return True
        case ("credit", "limit" | "terms" | "orders", "rules", _, "when") | ("credit", "holds", _, "when"):
            return True
        case _:
            return False
