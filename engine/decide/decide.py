"""The decision of one class: which actions are called for, and what withholds each of them.

Comes in: a Compiled policy and what fired. Goes out: a Decision, the same for every subject of the class.
Know before changing: a decision knows nothing of one subject. What only the subject can tell (whether an e-mail address
exists, whether a rule's action was done before) is settled by act/plan.py.
"""

from dataclasses import dataclass, replace

from engine.decide import ladder
from engine.decide.findings import Compiled
from engine.decide.ruleset import Rulesets
from engine.policy.model import Action, Alert, HandOver, LateFee, Notice, OncePer, Policy, Task


@dataclass(frozen=True, slots=True)
class Call:
    """An action that a rule calls for: the `index`-th of its rule. `level_from`/`level_to` only where it carries a level.

    `action` is None where only the level changes: it falls, or every action of it is a fee. `reasons` withhold it; with none
    it is to be done.
    """

    rule: str
    index: int
    action: Action | None
    level: int | None
    level_from: int | None
    level_to: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What fired for the class, sorted, and the calls in the order ladder, then rules as written."""

    fired: tuple[str, ...]
    calls: tuple[Call, ...]


def rulesets(compiled: Compiled) -> Rulesets:
    """The policy's conditions in durable-rules; to be closed after use."""
    return Rulesets(compiled.rules)


def decide(compiled: Compiled, rules: Rulesets, row: list[int]) -> Decision:
    """Evaluate one row of findings with durable-rules and combine what fired. EngineFailure where the engine is silent."""
    return combine(compiled.policy, rules.fired(row) | compiled.always)


def combine(policy: Policy, fired: frozenset[str]) -> Decision:
    """What the names that fired call for together; the same whoever evaluated the conditions."""
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
    bearers += [call for call in calls if isinstance(call.action, Task | Alert | HandOver)]
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
