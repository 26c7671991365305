"""Deciding cases in plain Python, so that a thousand mutants are tried on a hundred cases in seconds.

Comes in: a Policy and made subjects. Goes out: what fires, and the Outcome; and which cases notice a mutant.
Know before changing: the conditions are evaluated by decide/evaluate.py and combined by the very law that plans are made with;
the rules engine alone is left out, and a test holds both equal on every case of the starter policies. Of a mutant only what
differs from its policy is evaluated anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.decide import credit, scoring
from engine.decide.decide import combine
from engine.decide.evaluate import holds
from engine.decide.findings import findings_of, named
from engine.decide.made import Outcome, every_fact, outcome
from engine.decide.ordering import holding, ordered
from engine.decide.trial import NO_DATE, failures
from engine.policy.cases import Case
from engine.policy.model import Condition, Policy

Value = int | str | None
Conditions = Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class Tried:
    """A case as a policy sees it: its facts with score and rating, whether it is covered, and what fires."""

    case: Case
    values: dict[str, Value]
    as_of: str
    covered: bool
    fired: frozenset[str]


class Twin:
    """One policy, ready to decide cases."""

    def __init__(self, policy: Policy) -> None:
        """Name its conditions once."""
        self.policy = policy
        self.first, later = named(policy)
        self.later = {**later, **(dict(credit.order_stage(policy)) if policy.credit else {})}

    def tried(self, case: Case) -> Tried:
        """The case under this policy, from nothing."""
        values, as_of = every_fact(case), case.as_of or NO_DATE
        covered = self.policy.covers is None or holds(self.policy.covers, values, as_of)
        if self.policy.credit and self.policy.credit.scorecard:
            values[credit.SCORE] = scoring.score(self.policy.credit.scorecard, values)
        fired = frozenset(_holding(self.first, values, as_of))
        values |= self._rated(fired)
        return Tried(case, values, as_of, covered, fired | frozenset(_holding(self.later, values, as_of)))

    def outcome(self, tried: Tried) -> Outcome:
        """What is decided, or what an order gets."""
        if tried.case.order is not None:
            held, rules = tried.case.held or ("held",), holding(self.policy, tried.fired)
            found = ordered(self.policy, tried.case.order, tried.values, held, rules, covered=tried.covered)
            return Outcome((), None, (), found)
        if not tried.covered:
            return Outcome((), None)
        decision = combine(self.policy, tried.fired)
        return outcome(tried.case, self.policy, decision, tried.values)

    def keeps(self, tried: Tried) -> bool:
        """Whether the case's promise is kept."""
        return not failures(tried.case, self.policy, self.outcome(tried))

    def _rated(self, fired: frozenset[str]) -> dict[str, Value]:
        """The rating that stage one concludes, as a value that stage two tests."""
        rating = credit.rating_of(self.policy, fired) if self.policy.credit else None
        return {credit.RATING: rating[0]} if rating else {}


class Fork:
    """A mutant beside its policy: cases tried on the one are tried on the other with little work."""

    def __init__(self, base: Twin, mutated: Policy) -> None:
        """Find what differs."""
        self.base, self.twin = base, Twin(mutated)
        self._first = _differing(base.first, self.twin.first)
        self._later = _differing(base.later, self.twin.later)
        self._gone = (base.first.keys() - self.twin.first.keys()) | (base.later.keys() - self.twin.later.keys())
        self._coverage = base.policy.covers != mutated.covers
        self._card = _card(base.policy) != _card(mutated)
        # Where neither conditions nor scores differ, the numbers and actions behind the names do.
        self._behind = not (self._first or self._later or self._coverage or self._card) or bool(self._gone)

    def tried(self, one: Tried) -> Tried:
        """The case under the mutant, from what is known of it under the policy."""
        if self._coverage or (self._card and self._score(one) != one.values.get(credit.SCORE)):
            return self.twin.tried(one.case)
        first = self._new(one.fired, self._first, one)
        values, later = one.values, self._later
        rated = self.twin._rated(first)
        if rated and rated[credit.RATING] != values[credit.RATING]:
            values, later = values | rated, {**self._of_rating(), **later}
        fired = (first - later.keys()) | frozenset(_holding(later, values, one.as_of))
        return Tried(one.case, values, one.as_of, one.covered, fired)

    def notices(self, one: Tried) -> bool:
        """Whether the case, which the policy keeps, fails under the mutant."""
        other = self.tried(one)
        if (other.covered, other.fired) == (one.covered, one.fired) and not self._behind:
            same = other.values.get(credit.SCORE) == one.values.get(credit.SCORE)
            if same:
                return False
        return not self.twin.keeps(other)

    def differs(self, one: Tried) -> bool:
        """Whether anything at all may differ for the case; quick, and never wrongly no."""
        other = self.tried(one)
        return self._behind or self._card or (other.covered, other.fired) != (one.covered, one.fired)

    def _new(self, fired: frozenset[str], changed: Conditions, one: Tried) -> frozenset[str]:
        """What fires, with the differing conditions evaluated anew."""
        return (fired - changed.keys() - self._gone) | frozenset(_holding(changed, one.values, one.as_of))

    def _score(self, one: Tried) -> Value:
        """The score under the mutant."""
        section = self.twin.policy.credit
        return scoring.score(section.scorecard, one.values) if section and section.scorecard else None

    def _of_rating(self) -> dict[str, Condition]:
        """The conditions that test the rating."""
        return {
            name: condition
            for name, condition in self.twin.later.items()
            if any(finding.fact == credit.RATING for finding in findings_of(condition))
        }


def kept(policy: Policy, cases: Sequence[Case]) -> tuple[Tried, ...]:
    """The cases that the policy keeps, ready to be tried on its mutants."""
    twin = Twin(policy)
    return tuple(tried for tried in map(twin.tried, cases) if twin.keeps(tried))


def notices(fork: Fork, cases: Sequence[Tried]) -> Case | None:
    """The first case that notices the mutant."""
    return next((one.case for one in cases if fork.notices(one)), None)


def _holding(conditions: Conditions, values: Mapping[str, Value], as_of: str) -> Iterator[str]:
    """The names that hold."""
    return (name for name, condition in conditions.items() if holds(condition, values, as_of))


def _differing(base: Conditions, mutated: Conditions) -> dict[str, Condition]:
    """The named conditions of the mutant that its policy has not, or has otherwise."""
    return {name: condition for name, condition in mutated.items() if base.get(name) != condition}


def _card(policy: Policy) -> object:
    """The scorecard, if any."""
    return policy.credit.scorecard if policy.credit else None
