"""Where questions about policies are asked: one Space for all that is asked of the same policies, and what is found.

Comes in: policies and conditions. Goes out: Findings, each with its place, its counter-example and the region it stands for.
Know before changing: a question is a Condition, so the same words are proved by z3, counted in the book by SQL and tried on the
counter-example by the engine. `names` are all facts that the policies stand on: a counter-example says each of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.decide.findings import compile_policy, facts_of, findings_of
from engine.errors import WARNINGS, Place, Problem
from engine.facts import FACTS, FactType
from engine.policy.model import All, Condition, Nor, Policy, Subject
from engine.prove.encode import Encoder, Space
from engine.prove.example import MOST_WORK, Example, Search, Undecided
from engine.prove.words import told


@dataclass(frozen=True, slots=True)
class Region:
    """Whom a finding is about: subjects of the policy's kind for which the condition holds."""

    policy: Policy
    condition: Condition


@dataclass(frozen=True, slots=True)
class Weight:
    """How many subjects of the book stand in a region today, and what they owe in the policy's currency."""

    subjects: int
    open: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with policies for some subject that there could be. `about` are the policies, `region` whom it concerns."""

    problem: Problem
    example: Example | None
    about: tuple[Policy, ...]
    region: Region | None = None
    weight: Weight | None = None

    @property
    def warning(self) -> bool:
        """Whether it may be meant."""
        return self.problem.code in WARNINGS


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is proved: for no subject that there could be does the condition hold under the policy."""

    text: str
    policy: Policy
    condition: Condition


@dataclass(slots=True)
class Lab:
    """Questions about the same policies. `subject` is what examples are called, `beside` facts that they say as well.

    A question takes at most so much `work`.
    """

    policies: Sequence[Policy]
    space: Space = field(default_factory=Space)
    encoders: dict[int, Encoder] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()
    work: int = MOST_WORK
    _search: Search | None = None
    _names: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every fact that the policies stand on."""
        if self._names is None:
            self._names = self.beside.union(*(_facts(policy) for policy in self.policies))
        return self._names

    @property
    def subject(self) -> Subject:
        """A receivable where any of the policies is about receivables, else a customer."""
        own = {policy.subject for policy in self.policies}
        return Subject.RECEIVABLE if Subject.RECEIVABLE in own else Subject.CUSTOMER

    def possible(self, condition: Condition, policy: Policy | None = None) -> bool:
        """Whether any subject meets it. `policy` is the one whose score and rating are meant."""
        return self._searching().possible(self._encoder(policy).holds(condition))

    def example(self, condition: Condition, policy: Policy | None = None) -> Example | None:
        """The smallest subject that meets it."""
        return _silent(self._searching().example(self.names, self._encoder(policy).holds(condition)), [condition])

    def joint(self, parts: Sequence[tuple[Policy, Condition]]) -> Example | None:
        """The smallest subject that meets all of them, each under its own policy."""
        formulas = [self._encoder(policy).holds(condition) for policy, condition in parts]
        return _silent(self._searching().example(self.names, *formulas), [condition for _, condition in parts])

    def shown(self, formula: object, asked: Sequence[Condition]) -> Example | None:
        """The smallest subject for which a formula of this Space is true; `asked` are conditions that it stands for."""
        return _silent(self._searching().example(self.names, formula), asked)

    def missed(
        self, parts: Sequence[Condition], policy: Policy | None = None
    ) -> tuple[Condition | None, Example | None]:
        """Of parts that nobody meets together: the last of as few as possible, and somebody who meets the others of them."""
        kept = list(parts)
        for part in parts:
            rest = [one for one in kept if one is not part]
            if not self.possible(All(tuple(rest)), policy):
                kept = rest
        if not kept:
            return None, None
        return kept[-1], self.example(All(tuple(kept[:-1])), policy)

    def text(self, example: Example) -> str:
        """The subject of the example in words."""
        return told(example, self.subject, self.policies[0].currency)

    def formula(self, condition: Condition, policy: Policy | None = None) -> object:
        """The condition as z3 reads it in this Space."""
        return self._encoder(policy).holds(condition)

    def search(self) -> Search:
        """The questions of this Space, for whoever asks with formulas."""
        return self._searching()

    def encoder(self, policy: Policy | None) -> Encoder:
        """How conditions are read for this policy."""
        return self._encoder(policy)

    def _encoder(self, policy: Policy | None) -> Encoder:
        """One for each policy whose score and rating are meant."""
        # Two versions of a policy have one name, and a score each.
        which = id(policy)
        if which not in self.encoders:
            self.encoders[which] = Encoder(self.space, policy)
        return self.encoders[which]

    def _searching(self) -> Search:
        """One search, so that what is known is said once."""
        if self._search is None:
            self._search = Search(self.space, self.work)
        return self._search


def _silent(example: Example | None, conditions: Iterable[Condition]) -> Example | None:
    """The same, told with the texts that are asked for and that the subject does not have: no segment is a segment of nobody."""
    asked = {name for condition in conditions for one in findings_of(condition) for name in facts_of(one)}
    if example is None:
        return None
    without = [
        name for name in sorted(asked) if FACTS[name].type is FactType.TEXT and example.facts.get(name, "") is None
    ]
    return replace(example, told=(*example.told, *without))


def undecided(policy: Policy, where: Place, what: str) -> Finding:
    """A question that took too much work."""
    message = f"whether {what} could not be decided; split the condition, or look at it by cases"
    return Finding(Problem(where, "not-decided", message), None, (policy,))


def none_of(conditions: Iterable[Condition]) -> Condition:
    """Not one of them."""
    return Nor(tuple(conditions))


def all_of(*conditions: Condition) -> Condition:
    """Every one of them."""
    return All(conditions)


def of_receivables(condition: Condition) -> bool:
    """Whether the condition tests a fact of one receivable."""
    return any(not name.startswith("customer.") for finding in findings_of(condition) for name in facts_of(finding))


def _facts(policy: Policy) -> frozenset[str]:
    """The facts that deciding under the policy takes, those of orders among them."""
    rules = policy.credit.orders.rules if policy.credit and policy.credit.orders else ()
    of_orders = {name for rule in rules for finding in findings_of(rule.when) for name in facts_of(finding)}
    return compile_policy(policy).facts | of_orders


__all__ = ["Claim", "Finding", "Lab", "Region", "Undecided", "Weight", "all_of", "none_of", "undecided"]
