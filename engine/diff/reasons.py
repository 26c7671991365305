"""Why an action is done with one text of a policy and not with the other: the rule, its line, the facts, what is not so.

Comes in: both plans, the policies of each, and what differs for a customer. Goes out: a Sampled.
Know before changing: the facts are those that the plan itself states for the line; the other text's rule of the same name is read
over the same facts. Where they do not tell, nothing is guessed: `not called for` is all that is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.act.values import Line, Plan
from engine.decide.evaluate import true
from engine.decide.findings import facts_of, findings_of, named
from engine.diff.figures import Effect, Moved
from engine.policy.model import Policy, finding_text, value_text

# So much is told of one customer.
_MOST = 12


@dataclass(frozen=True, slots=True)
class Why:
    """One difference with its reasons: `old` and `new` say why each does what it does. `facts` decided, by name, as written."""

    moved: Moved
    old: str
    new: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A customer with what is otherwise for it; so many `more` are left out where there are very many."""

    customer: str
    name: str
    segment: str
    whys: tuple[Why, ...]
    more: int


@dataclass(slots=True)
class Reasons:
    """Both plans, old and new, and the policies that made them."""

    plans: tuple[Plan, Plan]
    policies: tuple[Sequence[Policy], Sequence[Policy]]
    _withheld: dict[int, dict[tuple[str, str, str | None], tuple[str, ...]]] = field(default_factory=dict)

    def of_customer(self, several: Sequence[Moved]) -> Sampled:
        """All that is otherwise for one customer."""
        first, told = several[0], several[:_MOST]
        whys = tuple(self._why(one) for one in told)
        return Sampled(first.customer, first.customer_name, first.segment, whys, len(several) - len(told))

    def _why(self, one: Moved) -> Why:
        """One difference."""
        effects = (one.before, one.after)
        done = one.after or one.before
        assert done, "something is done"
        old, new = (self._side(side, one, effects[side], done.line) for side in (0, 1))
        return Why(one, old, new, tuple(self._facts(done.line, 1 if one.after else 0)))

    def _side(self, side: int, one: Moved, effect: Effect | None, line: Line) -> str:
        """Why one plan does it, withholds it, or does not call for it."""
        if effect is not None:
            policy = self._policy(side, effect.line.policy)
            return f"{effect.line.rule} of {_named(policy)}{_place(policy, effect.line.rule)}"
        reasons = self._reasons(side).get((one.kind, one.customer, one.receivable))
        if reasons:
            return f"withheld: {', '.join(reasons)}"
        policy = self._policy(side, line.policy)
        if policy and one.kind.startswith("set_") and line.level_to is None:
            return f"left as it is by {_named(policy)}"
        return self._not_called(policy, line, self.plans[side].as_of)

    def _not_called(self, policy: Policy | None, line: Line, as_of: str) -> str:
        """What of the rule of the same name is not so."""
        if policy is None:
            return f"no policy {line.policy} is in force"
        known = {name: condition for part in named(policy) for name, condition in part.items()}
        facts, condition = dict(line.facts), known.get(line.rule)
        if condition is None:
            return f"{_named(policy)} has no {line.rule}"
        # What the policy concludes itself (score, rating) is no fact, and the plan does not state it.
        tested = [one for one in findings_of(condition) if {one.fact, *facts_of(one)} <= set(facts)]
        untrue = [finding_text(finding, policy.currency) for finding in tested if not true(finding, facts, as_of)]
        if not untrue:
            return f"not called for by {_named(policy)}"
        return (
            f"{line.rule} of {_named(policy)}{_place(policy, line.rule)}, asks for {', '.join(dict.fromkeys(untrue))}"
        )

    def _facts(self, line: Line, side: int) -> Iterator[tuple[str, str]]:
        """The facts that the plan states, as people write them."""
        policy = self._policy(side, line.policy)
        assert policy, "a plan is made by policies"
        for name, value in line.facts:
            yield name, value_text(value, name, policy.currency)

    def _policy(self, side: int, name: str) -> Policy | None:
        """The policy of that name on a side."""
        return next((policy for policy in self.policies[side] if policy.name == name), None)

    def _reasons(self, side: int) -> dict[tuple[str, str, str | None], tuple[str, ...]]:
        """What a plan withholds, and why."""
        if side not in self._withheld:
            rows = self.plans[side].withheld
            self._withheld[side] = {(row.kind, row.customer, row.receivable): row.reasons for row in rows}
        return self._withheld[side]


def _named(policy: Policy | None) -> str:
    """`standard v2`."""
    assert policy, "a plan is made by policies"
    return f"{policy.name} v{policy.version}"


def _place(policy: Policy | None, rule: str) -> str:
    """The line of a level or a rule; nothing of what is not written as one."""
    places = {f"level {one.number}": one.place for one in (policy.ladder.levels if policy and policy.ladder else ())}
    places |= {f"rule {one.id}": one.place for one in (policy.rules if policy else ())}
    place = places.get(rule)
    return f", line {place.line}" if place and place.line else ""
