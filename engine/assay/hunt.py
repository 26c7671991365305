"""Looking for a case that notices a mutant: the policy's own cases, with the facts of the fault moved around its bounds.

Comes in: a Mutant that no case noticed. Goes out: a case as text, to be copied into cases.yaml; None where none was found.
Know before changing: a case is only handed out once it was read back, kept by the policy in the rules engine, and failed under
the mutant. That none was found proves nothing; the search is bounded by MOST tries, not by a clock, so that it ends alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from engine.assay.mutants import Mutant
from engine.assay.parts import leaves, owners
from engine.assay.twin import Fork, Tried, Twin
from engine.assay.wording import case_text, expectation
from engine.decide.credit import RATING
from engine.decide.findings import compile_policy
from engine.decide.trial import decided, failures
from engine.facts import FACTS, FactType
from engine.policy import cases as policy_cases
from engine.policy import document
from engine.policy.cases import Case
from engine.policy.model import Comparison, FactRef, Finding, Operator, PercentOf, Policy

Value = int | str | None
Facts = dict[str, Value]

MOST = 4_000
# An approval looks at few numbers: what a thousand tries do not find is hardly there.
MOST_OF_APPROVAL = 1_000
_LARGE = 100_000_000
# Round amounts and odd ones, from small to beyond every cap: for percentages that are rounded, floored and capped.
_AMOUNTS = (*(base * 10**power for power in range(3, 11) for base in (1, 2, 5)), 123_456_789, 987_654_321)
_CASE_NAME = 190
_ORDER = 1_000_00


@dataclass(frozen=True, slots=True)
class Ready:
    """A case that the policy keeps and the mutant does not, as it stands in cases.yaml."""

    name: str
    text: str


def ready(mutant: Mutant, fork: Fork, known: Sequence[Tried]) -> Ready | None:
    """A case that notices the mutant, as near as can be to one that there is."""
    most = MOST_OF_APPROVAL if mutant.owner.startswith("approval of ") else MOST
    for start, facts in islice(_tries(mutant, known), most):
        tried = _noticing(start, facts, fork)
        if tried and (found := _written(mutant, fork, _smallest(tried, fork))):
            return found
    return None


def _noticing(start: Case, facts: Facts, fork: Fork) -> Tried | None:
    """The case with other facts, where something is decided otherwise about it under the mutant."""
    case = replace(start, given={**start.given, **facts})
    base = fork.base.tried(case)
    if not fork.differs(base):
        return None
    other = fork.tried(base)
    return base if _decided(fork.base, base) != _decided(fork.twin, other) else None


def _decided(twin: Twin, tried: Tried) -> object:
    """What a case can see of a decision: every action with its parameters, every reason, every conclusion."""
    outcome = twin.outcome(tried)
    words = expectation(outcome, twin.policy, exact=True)
    return {**words, "actions": sorted(map(repr, words.get("actions", ())))}  # type: ignore[call-overload]


def _smallest(tried: Tried, fork: Fork) -> Tried:
    """The case with as few facts as still tell the mutant, beginning with those that were there."""
    case = tried.case
    for name in tuple(case.given):
        less = replace(case, given={fact: value for fact, value in case.given.items() if fact != name})
        smaller = _noticing(less, {}, fork)
        if smaller and smaller.covered:
            case, tried = less, smaller
    if case.held and (bare := _noticing(replace(case, held=()), {}, fork)):
        tried = bare
    return tried


def _written(mutant: Mutant, fork: Fork, tried: Tried) -> Ready | None:
    """The case as text, terse where that is enough; read back and tried."""
    policy = fork.base.policy
    name = f"notices {mutant.text}"
    name = name if len(name) <= _CASE_NAME else name[: _CASE_NAME - 3] + "..."
    outcome = fork.base.outcome(tried)
    for exact in (False, True):
        text = case_text(name, tried.case, policy, expectation(outcome, policy, exact=exact))
        if _proved(text, policy, fork, tried.case):
            return Ready(name, text)
    return None


def _proved(text: str, policy: Policy, fork: Fork, like: Case) -> bool:
    """Whether the text is a case that the policy keeps, decided by the rules engine, and the mutant fails."""
    as_of = f"as_of: {like.as_of}\n" if like.as_of else ""
    read, problems = document.parse(f"policy: {policy.name}\n{as_of}cases:\n{text}", "case")
    if read is None or problems:
        return False
    found, more = policy_cases.read(read, (policy,))
    if more or len(found) != 1:
        return False
    kept = not failures(found[0], policy, decided(found[0], compile_policy(policy)))
    return kept and not fork.twin.keeps(fork.twin.tried(found[0]))


# -- what is tried -----------------------------------------------------------------------------------------------------


def _tries(mutant: Mutant, known: Sequence[Tried]) -> Iterator[tuple[Case, Facts]]:
    """Cases with other facts: one comparison of the fault moved around its bound, then two, then the numbers behind it."""
    starts = _starts(mutant, known)
    section = mutant.policy.credit
    ratings = tuple(one.name for one in section.ratings.of) if section and section.ratings else ()
    near = tuple(dict.fromkeys(mutant.near))
    yield from ((start.case, {}) for start in starts)
    for start in starts:
        for one in near:
            yield from ((start.case, facts) for facts in _around(one, start.values, ratings))
    owned = tuple(dict.fromkeys(one for path in _beside(mutant) for one in path))
    for start in starts[:20]:
        for one, other in product(near or owned, owned):
            if one is other:
                continue
            for facts in _around(one, start.values, ratings):
                yield from ((start.case, {**more, **facts}) for more in _around(other, start.values, ratings))


def _beside(mutant: Mutant) -> Iterator[Sequence[Finding]]:
    """The other comparisons of the part that the fault is in."""
    yield mutant.near
    for owner in owners(mutant.policy):
        if owner.name.split(" ")[-1] == mutant.owner.split(" ")[-1]:
            yield tuple(leaves(owner.condition))


def _starts(mutant: Mutant, known: Sequence[Tried]) -> list[Tried]:
    """The cases to begin with: those of the part that the fault is in first."""
    facts = {one.fact for one in mutant.near}
    name = mutant.owner.split(" ")[-1]

    def far(one: Tried) -> tuple[bool, bool, int, int]:
        """How little the case has to do with the fault."""
        fired = any(rule.split(" ")[-1] == name for rule in one.fired)
        return name not in one.case.held, not fired, -len(facts & set(one.case.given)), len(one.case.given)

    known = [one for one in known if (one.case.order is None) is not mutant.of_orders] or known
    found = sorted((one for one in known if one.covered), key=far) + [one for one in known if not one.covered][:5]
    if not mutant.of_orders:
        return found
    # Where no case is about an order, what the others give is asked for one.
    return [replace(one, case=replace(one.case, order=one.case.order or _ORDER)) for one in found]


def _around(one: Finding, values: dict[str, Value], ratings: Sequence[str]) -> Iterator[Facts]:
    """The facts of a comparison on both sides of its bound, and missing."""
    if not isinstance(one, Comparison):
        return
    if one.fact == RATING:
        # A person may give any rating, so that every one can be had.
        for name in ratings:
            yield {"customer.rating_override": name}
    if one.fact not in FACTS:
        return
    fact, operand = FACTS[one.fact], one.operand
    match operand:
        case PercentOf(hundredths, other):
            yield {other: None}
            there = values[other]
            for whole in dict.fromkeys((there if isinstance(there, int) else _LARGE, _LARGE, 0)):
                bound = hundredths * whole // 10_000
                part = whole // 10_000
                for shift in (0, 1, -1, 2, part, -part):
                    yield {other: whole, fact.name: bound + shift}
        case FactRef(other):
            right = values[other]
            yield {other: None}
            if isinstance(right, int):
                for shift in (0, 1, -1):
                    yield {fact.name: right + shift}
        case tuple():
            for member in operand:
                yield from _values(fact.name, member)
        case _ if one.operator is Operator.MISSING:
            yield from ({fact.name: value} for value in (None, *_some(fact.name)))
        case _:
            yield from _values(fact.name, operand)
    yield {fact.name: None}
    if fact.type is FactType.MONEY and one.operator is not Operator.IS:
        for number in _AMOUNTS:
            yield {fact.name: number}


def _values(name: str, operand: object) -> Iterator[Facts]:
    """A fact at a literal, beside it, and something else."""
    fact = FACTS[name]
    if fact.type is FactType.FLAG:
        for flag in (0, 1):
            yield {name: flag}
    elif isinstance(operand, int):
        for shift in (0, -1, 1):
            yield {name: operand + shift}
    else:
        yield {name: str(operand)}
        yield from ({name: value} for value in _some(name))


def _some(name: str) -> tuple[Value, ...]:
    """Values of a fact whose comparison says none."""
    fact = FACTS[name]
    match fact.type:
        case FactType.TEXT:
            return fact.values or ("other",)
        case FactType.FLAG:
            return (0, 1)
        case FactType.DATE:
            return ("2026-01-01",)
        case _:
            return (0, 1, 100, 10_000)
