"""What can be wrong between the policies that are in force together, over all possible facts.

Comes in: the policies in force on some day. Goes out: Findings: two that cover the same subject and neither wins, subjects that
none covers, policies that never win, and holds that one sets and another lifts.
Know before changing: amounts in two currencies cannot be told apart by one made subject, so policies of different currencies are
compared only where no amount is tested (`comparable`). Who is assigned to a policy by name is a person's word and not looked at.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from engine.decide.classes import arena
from engine.decide.findings import facts_of, findings_of
from engine.errors import Problem
from engine.facts import FACTS, FactType
from engine.policy.model import Condition, CreditHold, Policy, ReleaseCreditHold, Subject
from engine.policy.places import place
from engine.prove.alone import against, contradiction
from engine.prove.lab import Finding, Lab, Region, all_of, none_of
from engine.prove.outcome import covered, outcomes


def of_policies(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Everything that is wrong between policies in force together."""
    for name in sorted({arena(policy) for policy in policies}):
        rivals = [policy for policy in policies if arena(policy) == name]
        yield from _equal(rivals)
        yield from _never_winning(rivals)
        yield from _uncovered(rivals, policies)
    for one, other in combinations(policies, 2):
        if arena(one) != arena(other):
            yield from _undone(one, other, policies)


def won(policy: Policy, policies: Sequence[Policy]) -> Condition:
    """Whom the policy decides about: it covers them, and none of higher priority in its arena does."""
    above = [one for one in policies if arena(one) == arena(policy) and one.priority > policy.priority]
    return all_of(covered(policy), none_of(covered(one) for one in above if comparable(policy, one)))


def comparable(one: Policy, other: Policy, *conditions: Condition) -> bool:
    """Whether both can be asked about one made subject: they have the same currency, or test no amount to cover it."""
    tested = conditions or (covered(one), covered(other))
    return one.currency == other.currency or not any(map(_tests_money, tested))


def _tests_money(condition: Condition) -> bool:
    """Whether an amount is tested."""
    names = (name for finding in findings_of(condition) for name in facts_of(finding))
    return any(FACTS[name].type is FactType.MONEY for name in names)


def _equal(rivals: Sequence[Policy]) -> Iterator[Finding]:
    """Two policies of equal priority that cover one subject."""
    for one, other in combinations(rivals, 2):
        if one.priority != other.priority or not comparable(one, other):
            continue
        lab = Lab((one, other))
        region = all_of(won(one, rivals), won(other, rivals))
        example = lab.example(region)
        if example:
            message = (
                f"'{other.name}' and '{one.name}' ({one.file}) both cover {lab.text(example)}, with the same priority"
                f" {one.priority}, and nobody knows which of them wins; give one of them another"
            )
            yield Finding(Problem(place(other, "priority"), "equal-cover", message), example, (one, other),
                          Region(other, region))  # fmt: skip


def _never_winning(rivals: Sequence[Policy]) -> Iterator[Finding]:
    """A policy all of whose subjects are covered by others of higher priority."""
    for policy in rivals:
        above = [one for one in rivals if one.priority > policy.priority]
        if not above or not all(comparable(policy, one) for one in above):
            continue
        lab = Lab((policy, *above))
        if lab.possible(won(policy, rivals)):
            continue
        example = lab.example(covered(policy))
        if example is None:
            continue
        names = ", ".join(f"'{one.name}'" for one in above)
        message = (
            f"'{policy.name}' decides about nobody: whoever it covers, such as {lab.text(example)}, is covered with a higher"
            f" priority by {names}; only an assignment by name brings it anybody"
        )
        yield Finding(Problem(place(policy, "priority"), "shadowed-policy", message), example, (policy,),
                      Region(policy, covered(policy)))  # fmt: skip


def _uncovered(rivals: Sequence[Policy], policies: Sequence[Policy]) -> Iterator[Finding]:
    """Subjects that no policy covers; a receivable is chased through its customer as well, where that policy has a ladder."""
    lowest = min(rivals, key=lambda policy: (policy.priority, policy.name))
    if lowest.subject is Subject.CUSTOMER and not lowest.credit:
        # Whether a customer as a whole is chased is the business of the receivables' policies as well.
        rivals = [*rivals, *(one for one in policies if one.subject is Subject.RECEIVABLE)]
        if any(one.subject is Subject.RECEIVABLE for one in rivals):
            return
    also = [one for one in policies if one.subject is Subject.CUSTOMER and one.ladder] if not lowest.credit else []
    several = list(dict.fromkeys([*rivals, *also]))
    if not all(comparable(one, other) for one, other in combinations(several, 2)):
        return
    lab = Lab((lowest, *(one for one in several if one is not lowest)))
    region = none_of(covered(one) for one in several)
    example = lab.example(region)
    if example:
        names = ", ".join(sorted(f"'{one.name}'" for one in several))
        who = "policy" if len(several) == 1 else "policies"
        message = f"no policy covers {lab.text(example)}: not the {who} {names}; widen one, or add one for the rest"
        yield Finding(Problem(place(lowest, "covers"), "not-covered", message), example, tuple(several),
                      Region(lowest, region))  # fmt: skip


def _undone(one: Policy, other: Policy, policies: Sequence[Policy]) -> Iterator[Finding]:
    """What one policy does about a subject and a policy of another kind undoes on the same day."""
    acts = (CreditHold, ReleaseCreditHold)
    held = [[act for act in outcomes(policy) if isinstance(act.action, acts)] for policy in (one, other)]
    pairs = [(first, second) for first in held[0] for second in held[1] if against(first, second) or against(second, first)]
    if not pairs or one.currency != other.currency:
        return
    lab = Lab((one, other))
    for first, second in pairs:
        what = against(first, second) or against(second, first)
        parts = [(policy, all_of(won(policy, policies), act.done)) for policy, act in ((one, first), (other, second))]
        example = lab.joint(parts)
        if example and what:
            yield contradiction(lab, first, second, what, example)
