"""The decision of one class: which actions are called for, and what withholds each of them.

Comes in: a Compiled policy and a row of findings. Goes out: a Decision, the same for every subject of the class.
Know before changing: a credit policy is decided in two stages; what the first concludes becomes findings of the second. A
decision knows nothing of one subject. What only the subject can tell (whether an e-mail address exists, whether a rule's
action was done before, what a limit comes to) is settled by act/draft.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from engine.decide import credit, ladder
from engine.decide.calls import Call
from engine.decide.evaluate import Values, true
from engine.decide.findings import Compiled
from engine.decide.ruleset import Rulesets
from engine.decide.scoring import score
from engine.policy.model import (
    Action,
    Alert,
    Comparison,
    HandOver,
    LateFee,
    Notice,
    OncePer,
    Policy,
    ProposeWriteOff,
    Task,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What fired for the class, sorted, and the calls in the order ladder, then rules as written."""

    fired: tuple[str, ...]
    calls: tuple[Call, ...]


class Stages:
    """The conditions of a policy in durable-rules, stage by stage; closes its rulesets on leaving the `with` block."""

    def __init__(self, compiled: Compiled) -> None:
        """Compile the rules of each stage."""
        self._compiled = compiled
        self._first, self._later = Rulesets(compiled.rules), Rulesets(compiled.later)

    def fired(self, row: Sequence[int]) -> frozenset[str]:
        """The names that hold for a row of findings. EngineFailure on any silence."""
        found = self._first.fired(row) | self._compiled.always
        concluded = credit.rating_of(self._compiled.policy, found) if self._compiled.policy.credit else None
        settled = list(row)
        for index in self._compiled.concluded:
            finding = self._compiled.findings[index]
            assert concluded and isinstance(finding, Comparison), finding
            settled[index] = int(credit.concluded(finding, concluded[0]))
        return found | self._later.fired(settled)

    def __enter__(self) -> Self:
        """The stages themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close on every way out."""
        self._first.close()
        self._later.close()


def rulesets(compiled: Compiled) -> Stages:
    """The policy's conditions in durable-rules; to be closed after use."""
    return Stages(compiled)


def row_of(compiled: Compiled, values: Values, as_of: str) -> list[int]:
    """The findings of one subject with these facts; those about a rating are settled between the stages."""
    section = compiled.policy.credit
    if section and section.scorecard:
        values = {**values, credit.SCORE: score(section.scorecard, values)}
    return [
        0 if index in compiled.concluded else int(true(finding, values, as_of))
        for index, finding in enumerate(compiled.findings)
    ]


def decide(compiled: Compiled, rules: Stages, row: list[int]) -> Decision:
    """Evaluate one row of findings with durable-rules and combine what fired. EngineFailure where the engine is silent."""
    return combine(compiled.policy, rules.fired(row))


def combine(policy: Policy, fired: frozenset[str]) -> Decision:
    """What the names that fired call for together; the same whoever evaluated the conditions."""
    if policy.credit:
        return Decision(tuple(sorted(fired)), tuple(credit.calls(policy, fired)))
    return Decision(tuple(sorted(fired)), (*_of_ladder(policy, fired), *_of_rules(policy, fired)))


def _of_ladder(policy: Policy, fired: frozenset[str]) -> list[Call]:
    """The calls of the next step. A level's actions go together: what stops one stops all; one of them carries the level."""
    move = ladder.step(policy.ladder, fired) if policy.ladder else None
    if move is None:
        return []
    rule, number = ladder.rule_of_level(move.level.number), move.level.number
    reasons = ladder.stops_of_step(policy, fired)
    if move.quiet:
        return [Call(rule, 0, None, number, move.level_from, number, ladder.stops_of_fall(policy, fired))]
    calls = [_call(rule, index, action, number, reasons, fired) for index, action in enumerate(move.level.then)]
    return _carrying([call for call in calls if call], Call(rule, 0, None, number, move.level_from, number, reasons))


def _carrying(calls: list[Call], bare: Call) -> list[Call]:
    """The calls with the level on the notice, whose sending the next level waits for and which repetitions count.

    Without one it is on the first action that cannot fall away, as a fee or a hold that is there already do; without such
    a one it is on a call of its own.
    """
    bearers = [call for call in calls if isinstance(call.action, Notice)]
    bearers += [call for call in calls if isinstance(call.action, Task | Alert | HandOver | ProposeWriteOff)]
    if not bearers:
        return [bare, *calls]
    carrying = replace(bearers[0], level_from=bare.level_from, level_to=bare.level_to)
    return [carrying if call is bearers[0] else call for call in calls]


def _of_rules(policy: Policy, fired: frozenset[str]) -> list[Call]:
    """The calls of every rule beside the ladder that holds."""
    reasons = ladder.stops(policy, fired)
    calls = [
        _call(ladder.rule_of(rule.id), index, action, None, reasons, fired)
        for rule in policy.rules
        if ladder.rule_of(rule.id) in fired
        for index, action in enumerate(rule.then)
    ]
    return [call for call in calls if call]


def _call(
    rule: str, index: int, action: Action, level: int | None, reasons: tuple[str, ...], fired: frozenset[str]
) -> Call | None:
    """The call for one action; None for a fee that was charged already, which nobody withholds: it is done."""
    if isinstance(action, LateFee):
        if action.once_per is OncePer.RECEIVABLE and ladder.FEE_CHARGED in fired:
            return None
        if ladder.FEE_ON_FEE in fired:
            reasons = (*reasons, ladder.FEE_ON_FEE)
    return Call(rule, index, action, level, None, None, reasons)
