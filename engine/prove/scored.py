"""What can be wrong with one credit policy by itself, over all possible facts.

Comes in: a credit policy. Goes out: Findings with the smallest counter-example each.
Know before changing: that bands tile, that every rating can be scored and that stages stand in order is settled by `duly check`
(bands-gap, unreachable-rating, circular-stages, ...), exactly and without z3; it is not proved again. What is looked at here is
what turns on how facts hang together, which plain `check` leaves open.
"""

from collections.abc import Iterator, Sequence

from engine.errors import Place, Problem
from engine.policy.credit_model import Credit, LimitRule, OrderRule, Steps, TermsRule, Verdict
from engine.policy.model import Condition, Policy
from engine.policy.places import place
from engine.prove.alone import contradictions, never_true, of_rules
from engine.prove.lab import Finding, Lab, Region, all_of, none_of
from engine.prove.outcome import ALWAYS, covered, deciding

_GRAVITY = tuple(Verdict)


def of_policy(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Everything that is wrong with a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    covers = covered(policy)
    if not lab.possible(covers):
        yield never_true(policy, lab, (covers,), place(policy, "covers"), "the policy covers nobody")
        return
    for where, what, condition in _conditions(policy, policy.credit):
        if not lab.possible(all_of(covers, condition), policy):
            yield never_true(policy, lab, (covers, condition), where, what)
    yield from _targets(policy, lab, policy.credit)
    yield from _holds(policy, lab, policy.credit)
    yield from _orders(policy, lab, policy.credit)
    yield from of_rules(policy, lab)
    yield from contradictions(policy, lab)


def _conditions(policy: Policy, section: Credit) -> Iterator[tuple[Place, str, Condition]]:
    """Every condition that somebody should meet, with its place and what becomes of it where nobody does."""
    for number, reason in enumerate(policy.withhold):
        yield place(policy, "withhold", number, "when"), f"'{reason.because}' never withholds anything", reason.when
    for number, one in enumerate(section.ratings.adjustments if section.ratings else ()):
        where = place(policy, "ratings", "adjustments", number, "when")
        yield where, f"the adjustment '{one.id}' adjusts nobody's rating", one.when
    yield from _of_steps(policy, "limit", section.limit.steps if section.limit else None)
    yield from _of_steps(policy, "terms", section.terms.steps if section.terms else None)
    for number, event in enumerate(section.review.sooner if section.review else ()):
        where = place(policy, "review", "sooner", number, "when")
        yield where, f"'{event.id}' never brings a review forward", event.when
    for number, hold in enumerate(section.holds):
        yield place(policy, "holds", number, "when"), f"'{hold.reason}' holds nobody", hold.when


def _of_steps(policy: Policy, of: str, steps: Steps | None) -> Iterator[tuple[Place, str, Condition]]:
    """When a step up or down is taken."""
    for key, when in (("raise_when", steps.raise_when), ("lower_when", steps.lower_when)) if steps else ():
        if when is not None:
            yield place(policy, of, "steps", key), f"no {of} is ever {key.removesuffix('_when')}d by a step", when


def _targets(policy: Policy, lab: Lab, section: Credit) -> Iterator[Finding]:
    """A rule of limit or terms before which another one always decides."""
    if section.limit:
        yield from _in_order(policy, lab, "limit", section.limit.rules)
    if section.terms:
        yield from _in_order(policy, lab, "terms", section.terms.rules)


def _in_order(policy: Policy, lab: Lab, of: str, rules: Sequence[LimitRule | TermsRule]) -> Iterator[Finding]:
    """Each rule that decides for nobody."""
    covers = covered(policy)
    for number, rule in enumerate(rules):
        if lab.possible(all_of(covers, deciding(rule, rules)), policy):
            continue
        where = place(policy, of, "rules", number)
        if not lab.possible(all_of(covers, rule.when or ALWAYS), policy):
            yield never_true(policy, lab, (covers, rule.when or ALWAYS), where, f"'{rule.id}' decides for nobody")
            continue
        example = lab.example(all_of(covers, rule.when or ALWAYS), policy)
        assert example, "somebody meets its condition"
        taker = next(one for one in rules[:number]
                     if lab.possible(all_of(covers, rule.when or ALWAYS, deciding(one, rules)), policy))  # fmt: skip
        message = (
            f"'{rule.id}' decides for nobody: whoever meets its condition, such as {lab.text(example)}, is decided above,"
            f" in line {taker.place.line} by '{taker.id}' or elsewhere; move it up, or take it out"
        )
        yield Finding(Problem(where, "shadowed-rule", message), example, (policy,),
                      Region(policy, all_of(covers, rule.when or ALWAYS)))  # fmt: skip


def _holds(policy: Policy, lab: Lab, section: Credit) -> Iterator[Finding]:
    """A hold that nothing lifts: whoever may be released is held again at once."""
    covers = covered(policy)
    for number, hold in enumerate(section.holds):
        if lab.possible(all_of(covers, hold.release_when, none_of((hold.when,))), policy):
            continue
        example = lab.example(all_of(covers, hold.when), policy)
        if example is None:
            continue
        message = (
            f"nobody gets out of the hold for '{hold.reason}': {lab.text(example)} is held, and whoever meets this is held"
            " all the same; release where 'when' does not hold"
        )
        where = place(policy, "holds", number, "release_when")
        yield Finding(Problem(where, "hold-without-release", message), example, (policy,),
                      Region(policy, all_of(covers, hold.when)))  # fmt: skip


def _orders(policy: Policy, lab: Lab, section: Credit) -> Iterator[Finding]:
    """A rule for orders that nobody meets, or before which another one as grave always speaks."""
    rules = section.orders.rules if section.orders else ()
    for number, rule in enumerate(rules):
        where = place(policy, "orders", "rules", number, "when")
        meant = all_of(covered(policy), rule.when)
        if not lab.possible(meant, policy):
            yield never_true(policy, lab, (covered(policy), rule.when), where, f"'{rule.id}' judges no order")
            continue
        graver = [one for one in rules if _outdoes(one, rule, rules)]
        if not graver or lab.possible(all_of(meant, none_of(one.when for one in graver)), policy):
            continue
        example = lab.example(meant, policy)
        assert example, "somebody meets it"
        taker = next(one for one in graver if lab.possible(all_of(meant, one.when), policy))
        message = (
            f"'{rule.id}' never decides: whoever meets it, such as {lab.text(example)}, gets '{taker.verdict}' from"
            f" '{taker.id}' in line {taker.place.line} or another rule; mend its condition, or take it out"
        )
        yield Finding(Problem(where, "shadowed-rule", message), example, (policy,), Region(policy, meant))


def _outdoes(one: OrderRule, other: OrderRule, rules: Sequence[OrderRule]) -> bool:
    """Whether the rule's verdict makes the other's superfluous: it is graver."""
    return one is not other and _GRAVITY.index(one.verdict) > _GRAVITY.index(other.verdict) and one in rules
