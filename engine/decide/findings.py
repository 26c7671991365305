"""Findings: the distinct comparisons that a policy makes, each one boolean for each subject, as SQL and as logic.

Comes in: a Policy. Goes out: its Compiled form: the findings, the SQL that packs their truth into integers, and for each
rule the disjunctive normal form that durable-rules evaluates.
Know before changing: a comparison with a missing fact is false (SQL's NULL falls to ELSE 0), so every condition is two-valued
and `none` is plain negation. Literals are integers, or parameters `:t0..`; no user's text is ever part of the SQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from engine.decide import credit, ladder
from engine.decide.ladder import NAMES, Names
from engine.decide.ruleset import Conjunction
from engine.facts import CONCLUSIONS
from engine.policy.conditions import findings_of as findings_of
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    FactRef,
    Finding,
    MonthEnd,
    Nor,
    Operator,
    PercentOf,
    Policy,
)
from engine.sources import column, month_end

# A rule of the engine under its name: any of the conjunctions will do.
Named = tuple[str, tuple[Conjunction, ...]]
# Conditions by their names.
Stage = dict[str, Condition]

# 62 booleans are packed into one 64-bit integer, so that a class is a few integers and not a row of columns.
BITS = 62

_BOUNDS = {
    Operator.IS: "=",
    Operator.IS_NOT: "<>",
    Operator.AT_LEAST: ">=",
    Operator.AT_MOST: "<=",
    Operator.MORE_THAN: ">",
    Operator.LESS_THAN: "<",
}


@dataclass(slots=True)
class Texts:
    """The text literals of one statement, as named parameters."""

    parameters: dict[str, str] = field(default_factory=dict)

    def name(self, text: str) -> str:
        """The placeholder for a text."""
        key = f"t{len(self.parameters)}"
        self.parameters[key] = text
        return f":{key}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A policy as the engine reads it. `rules` are (name, conjunctions), `always` the names that hold for every subject.

    `later` are the rules of a credit policy's second stage, `concluded` the findings about its rating, which are settled
    between the stages. `facts` are those of the book; what the policy itself concludes is not among them.
    """

    policy: Policy
    names: Names
    findings: tuple[Finding, ...]
    rules: tuple[Named, ...]
    later: tuple[Named, ...]
    concluded: frozenset[int]
    always: frozenset[str]
    facts: frozenset[str]

    def masks(self, texts: Texts) -> list[str]:
        """SQL of the packed findings, BITS to an integer, finding i at bit i % BITS; at least one."""
        bits = [
            "0" if i in self.concluded else f"{truth(finding, texts)} * {1 << (i % BITS)}"
            for i, finding in enumerate(self.findings)
        ]
        packs = [" + ".join(bits[start : start + BITS]) for start in range(0, len(bits), BITS)]
        return packs or ["0"]

    def row(self, masks: Iterable[int]) -> list[int]:
        """The findings of a class, unpacked from its masks."""
        packed = list(masks)
        return [packed[i // BITS] >> (i % BITS) & 1 for i in range(len(self.findings))]


def compile_policy(policy: Policy) -> Compiled:
    """Every condition of the policy and of its built-in rules, over one sorted-by-appearance list of distinct findings."""
    return _compiled(policy, named(policy), NAMES[policy.subject].always | _numbers(policy))


def compile_orders(policy: Policy) -> Compiled:
    """What judges orders under a credit policy, and nothing of what a plan asks: its classes are fewer and need fewer facts."""
    judging = credit.for_orders(policy)
    stages = dict(credit.first_stage(judging)), dict(credit.order_stage(judging))
    return _compiled(judging, stages, credit.numbers_of_orders(judging))


def _compiled(policy: Policy, stages: tuple[Stage, Stage], also: frozenset[str]) -> Compiled:
    """The named conditions of two stages over one list of distinct findings; `also` are facts that no condition reads."""
    found: dict[Finding, int] = {}
    for stage in stages:
        for condition in stage.values():
            for finding in findings_of(condition):
                found.setdefault(finding, len(found))
    normal = [[(name, _disjuncts(condition, found, wanted=True)) for name, condition in stage.items()] for stage in stages]
    empty = frozenset[tuple[int, int]]()
    rules, later = (
        tuple((name, _sorted(several)) for name, several in stage if empty not in several) for stage in normal
    )
    facts = frozenset(fact for finding in found for fact in facts_of(finding))
    return Compiled(
        policy=policy,
        names=NAMES[policy.subject],
        findings=tuple(found),
        rules=rules,
        later=later,
        concluded=frozenset(index for finding, index in found.items() if finding.fact == credit.RATING),
        always=frozenset(name for stage in normal for name, several in stage if empty in several),
        facts=facts | covered_by(policy) | also,
    )


def named(policy: Policy) -> tuple[dict[str, Condition], dict[str, Condition]]:
    """Every named condition of the policy, what people wrote and what the law adds to it, by the two stages."""
    if policy.credit:
        return dict(credit.first_stage(policy)), dict(credit.second_stage(policy))
    return dict(ladder.built_in(policy)), {}


def _numbers(policy: Policy) -> frozenset[str]:
    """The facts that a credit policy computes with."""
    return credit.numbers(policy) if policy.credit else frozenset()


def facts_by_rule(policy: Policy) -> dict[str, frozenset[str]]:
    """For each named condition the facts that it reads, and those that every line about such a subject states."""
    always = frozenset[str]() if policy.credit else NAMES[policy.subject].always
    first, later = named(policy)
    behind = {
        name: always | frozenset(fact for finding in findings_of(condition) for fact in facts_of(finding))
        for name, condition in {**first, **later}.items()
    }
    if not policy.credit:
        return behind
    # A rating rests on every condition of the first stage; a review on all that call for one.
    behind |= {f"rating {one.name}": _united(behind, first) for one in policy.credit.ratings.of} if policy.credit.ratings else {}
    behind["review"] = _united(behind, [name for name in later if name.startswith(("review of ", "sooner "))])
    return {name: facts | credit.numbers_behind(policy, name) for name, facts in behind.items()}


def _united(behind: Mapping[str, frozenset[str]], names: Iterable[str]) -> frozenset[str]:
    """The facts behind any of these names."""
    return frozenset().union(*(behind[name] for name in names))


def covered_by(policy: Policy) -> frozenset[str]:
    """The facts that decide whether the policy covers a subject."""
    condition = policy.covers
    return (
        frozenset(fact for finding in findings_of(condition) for fact in facts_of(finding))
        if condition
        else frozenset()
    )


def facts_of(finding: Finding) -> Iterable[str]:
    """The facts of the book that a finding reads: its own, and the one on its right side."""
    if finding.fact not in CONCLUSIONS:
        yield finding.fact
    if isinstance(finding, Comparison) and isinstance(finding.operand, FactRef | PercentOf):
        yield finding.operand.fact


def holds(condition: Condition, texts: Texts) -> str:
    """SQL that is 1 where the condition holds and 0 where it does not; for coverage, which is decided in SQL alone."""
    match condition:
        case All(of):
            return "(" + " AND ".join(holds(part, texts) for part in of) + ")"
        case Any(of):
            return "(" + " OR ".join(holds(part, texts) for part in of) + ")"
        case Nor(of):
            return "NOT (" + " OR ".join(holds(part, texts) for part in of) + ")"
        case Comparison() | MonthEnd():
            return f"({truth(condition, texts)} = 1)"
        case _:
            assert_never(condition)


def truth(finding: Finding, texts: Texts) -> str:
    """SQL that is 1 where the finding is true, 0 where it is false or a fact is missing."""
    if isinstance(finding, MonthEnd):
        bound = ">" if finding.after else ">="
        test = f":as_of {bound} {month_end(column(finding.fact), finding.days)}"
    else:
        test = _test(finding, texts)
    return f"(CASE WHEN {test} THEN 1 ELSE 0 END)"


def _test(comparison: Comparison, texts: Texts) -> str:
    """SQL of one comparison; NULL where a fact is missing."""
    left, operand = column(comparison.fact), comparison.operand
    match comparison.operator:
        case Operator.MISSING:
            return f"{left} IS NULL" if operand else f"{left} IS NOT NULL"
        case Operator.IN | Operator.NOT_IN:
            assert isinstance(operand, tuple), comparison
            word = "IN" if comparison.operator is Operator.IN else "NOT IN"
            return f"{left} {word} (" + ", ".join(_literal(value, texts) for value in operand) + ")"
        case Operator.BETWEEN:
            assert isinstance(operand, tuple), comparison
            low, high = operand
            return f"{left} BETWEEN {_literal(low, texts)} AND {_literal(high, texts)}"
        case operator:
            bound = _BOUNDS[operator]
            if isinstance(operand, PercentOf):
                return f"{left} * 10000 {bound} {operand.hundredths} * {column(operand.fact)}"
            if isinstance(operand, FactRef):
                return f"{left} {bound} {column(operand.fact)}"
            assert not isinstance(operand, tuple), comparison
            return f"{left} {bound} {_literal(operand, texts)}"


def _literal(value: int | str, texts: Texts) -> str:
    """An integer as it is, a text as a parameter."""
    return str(value) if isinstance(value, int) else texts.name(value)


_Disjuncts = frozenset[frozenset[tuple[int, int]]]
_ALWAYS: _Disjuncts = frozenset([frozenset()])


def _disjuncts(condition: Condition, found: dict[Finding, int], *, wanted: bool) -> _Disjuncts:
    """The condition (or, where not wanted, its negation) as a set of conjunctions of (finding, value)."""
    match condition:
        case All(of):
            return _joined([_disjuncts(part, found, wanted=wanted) for part in of], every=wanted)
        case Any(of):
            return _joined([_disjuncts(part, found, wanted=wanted) for part in of], every=not wanted)
        case Nor(of):
            return _joined([_disjuncts(part, found, wanted=not wanted) for part in of], every=wanted)
        case Comparison() | MonthEnd():
            return frozenset([frozenset([(found[condition], int(wanted))])])
        case _:
            assert_never(condition)


def _joined(parts: list[_Disjuncts], *, every: bool) -> _Disjuncts:
    """All of them (the product of their conjunctions, contradictions dropped) or any of them (their union)."""
    if not every:
        return _smallest(frozenset().union(*parts))
    result = _ALWAYS
    for part in parts:
        result = _smallest(frozenset(one | other for one in result for other in part if _consistent(one | other)))
    return result


def _consistent(tests: frozenset[tuple[int, int]]) -> bool:
    """Whether no finding is asked to be both true and false."""
    return len({index for index, _ in tests}) == len(tests)


def _smallest(conjunctions: _Disjuncts) -> _Disjuncts:
    """Without the conjunctions that a weaker one already covers; this keeps normal forms inside the envelope."""
    kept: list[frozenset[tuple[int, int]]] = []
    for one in sorted(conjunctions, key=len):
        if not any(weaker <= one for weaker in kept):
            kept.append(one)
    return frozenset(kept)


def _sorted(conjunctions: _Disjuncts) -> tuple[Conjunction, ...]:
    """In one order, whatever the order of a set: the compiled rules are the same in every process."""
    return tuple(Conjunction(tests) for tests in sorted(tuple(sorted(one)) for one in conjunctions))
