"""durable-rules, inside the envelope where it is fast and right; nothing outside this file knows it.

Comes in: conjunctions of findings (`finding i is 0|1`), each under a rule's name. Goes out: the names that fire for one row
of findings.
Know before changing: outside this envelope the C engine crashes, hangs or lies. One handle per ruleset, one fact at a time,
retracted after; findings are `f0..fn` valued 0 or 1 and all present; at most MOST_CONJUNCTIONS and MOST_FINDINGS in one
ruleset, larger sets are split and the matches united; never `Host`, `durable.lang`, `do_actions`, batch calls, joins, `$or`,
`$nex`. Every ruleset carries a sentinel that each fact must fire: silence is an engine failure, never "no rule matched".
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import durable_rules_engine as engine

MOST_CONJUNCTIONS = 48
MOST_FINDINGS = 200

_SENTINEL = "sentinel"
_PROPERTY = "z"
_STATE = "0"
_OK = 0


class EngineFailure(Exception):
    """The rules engine gave no or an unexpected answer. Nothing may be decided from it; it is a bug, not a refusal."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All these findings have these values: sorted pairs (finding's index, 0 or 1), at least one."""

    tests: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """An empty `$and` never returns from C, and two values for one finding never match."""
        assert self.tests, "a conjunction without a test must not reach the engine"
        assert len({index for index, _ in self.tests}) == len(self.tests), "two tests of one finding"
        assert list(self.tests) == sorted(self.tests), "tests are sorted by finding"


class Rulesets:
    """Rules over one list of findings, evaluated row by row; closes its handles on leaving the `with` block."""

    def __init__(self, rules: Iterable[tuple[str, Iterable[Conjunction]]]) -> None:
        """Compile the disjunctive normal forms of named rules. A rule without conjunctions never fires."""
        conjunctions = [(rule, conjunction) for rule, several in rules for conjunction in several]
        self._parts = [_Part(part) for part in _parts(conjunctions)]

    def fired(self, row: Sequence[int]) -> frozenset[str]:
        """The names of the rules that hold for a row of findings (0 or 1 each, by index). EngineFailure on any silence."""
        return frozenset(rule for part in self._parts for rule in part.fired(row))

    def close(self) -> None:
        """Give the memory of the C engine back; a ruleset that is merely dropped leaks about 200 KB."""
        for part in self._parts:
            part.close()
        self._parts = []

    def __enter__(self) -> Self:
        """The rulesets themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close on every way out."""
        self.close()


class _Part:
    """One handle of the C engine: at most MOST_CONJUNCTIONS rules over at most MOST_FINDINGS findings."""

    def __init__(self, conjunctions: Sequence[tuple[str, Conjunction]]) -> None:
        """Create the ruleset and fire its sentinel once: a state that never fired must not be deleted."""
        self._rules = [rule for rule, _ in conjunctions]
        self._findings = sorted({index for _, conjunction in conjunctions for index, _ in conjunction.tests})
        definition = {_SENTINEL: _condition([(_PROPERTY, 1)])}
        for number, (_, conjunction) in enumerate(conjunctions):
            definition[f"c{number}"] = _condition([(f"f{index}", value) for index, value in conjunction.tests])
        self._next_id = 1
        self._handle: int | None = engine.create_ruleset("duly", json.dumps(definition))
        self.fired([0] * (self._findings[-1] + 1 if self._findings else 0))

    def fired(self, row: Sequence[int]) -> list[str]:
        """The rules of this part that hold for the row."""
        assert self._handle is not None, "this ruleset was closed after a failure"
        assert set(row) <= {0, 1}, "a finding is 0 or 1; of anything else the engine's answer varies"
        fact = {"id": self._next_id, _PROPERTY: 1, **{f"f{index}": row[index] for index in self._findings}}
        self._next_id += 1
        try:
            names = _cycle(self._handle, json.dumps(fact))
        except engine.error as error:
            self._handle = None
            raise EngineFailure(f"durable-rules failed on {fact}: {error}") from error
        except EngineFailure:
            self._handle = None
            raise
        if names.count(_SENTINEL) != 1 or len(set(names)) != len(names):
            self._handle = None
            raise EngineFailure(f"durable-rules fired {sorted(names)} on {fact}: its sentinel must fire exactly once")
        return [self._rules[int(name[1:])] for name in names if name != _SENTINEL]

    def close(self) -> None:
        """Delete the state, then the ruleset. A handle that failed is left alone: touching it may crash the process."""
        if self._handle is not None:
            engine.delete_state(self._handle, _STATE)
            engine.delete_ruleset(self._handle)
            self._handle = None


def _condition(tests: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """One rule of the engine: a single test stands alone, several are single-key objects under `$and`."""
    objects = [{name: value} for name, value in tests]
    return {"all": [{"m": {"$and": objects} if len(objects) > 1 else objects[0]}]}


def _cycle(handle: int, fact: str) -> list[str]:
    """Assert the fact, take the names of all that fires, retract it. Any unexpected code is an engine failure."""
    code, state = engine.assert_fact(handle, fact)
    if code != _OK:
        raise EngineFailure(f"assert_fact answered {code}")
    names = []
    started = engine.start_action_for_state(handle, state)
    message = started[1] if started else None
    while message:
        names.extend(json.loads(message))
        message = engine.complete_and_start_action(handle, state)
    code, _ = engine.retract_fact(handle, fact)
    if code != _OK:
        raise EngineFailure(f"retract_fact answered {code}")
    return names


def _parts(conjunctions: Sequence[tuple[str, Conjunction]]) -> list[list[tuple[str, Conjunction]]]:
    """The conjunctions in their order, cut so that each part stays inside the envelope; one part at least."""
    parts: list[list[tuple[str, Conjunction]]] = [[]]
    findings: set[int] = set()
    for rule, conjunction in conjunctions:
        wanted = {index for index, _ in conjunction.tests}
        assert len(wanted) <= MOST_FINDINGS, "a conjunction of more findings than a ruleset may hold"
        if len(parts[-1]) == MOST_CONJUNCTIONS or len(findings | wanted) > MOST_FINDINGS:
            parts.append([])
            findings = set()
        parts[-1].append((rule, conjunction))
        findings |= wanted
    return parts
