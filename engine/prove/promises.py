"""Whether the policies in force keep the invariants of their folder, over all possible facts.

Comes in: policies in force together, and Invariants. Goes out: Findings with a counter-example, and Claims for what is proved.
Know before changing: `never` speaks of what is carried out, `always` of what is called for, withheld or not. An invariant that
tests a receivable is about policies of receivables; one that tests an amount, about policies in its currency. Whom a policy of
higher priority covers, a policy does not decide about.
"""

from collections.abc import Iterator, Sequence

from engine.decide.classes import arena
from engine.decide.findings import facts_of, findings_of
from engine.errors import Problem
from engine.facts import FACTS, FactType
from engine.policy.invariants import Invariant, Invariants, Promise
from engine.policy.model import Condition, Policy, Subject
from engine.prove.across import won
from engine.prove.example import Undecided
from engine.prove.lab import Claim, Finding, Lab, Region, all_of, none_of, of_receivables, undecided
from engine.prove.outcome import ALWAYS, outcomes
from engine.prove.raises import raises
from engine.prove.waiting import waits
from engine.prove.words import said


def kept(invariants: Invariants, policies: Sequence[Policy]) -> Iterator[Finding | Claim]:
    """For each invariant and each policy that it is about: how it is broken, or that it is proved."""
    for invariant in invariants.of:
        for policy in policies:
            if not _about(invariant, policy):
                continue
            if policy.currency != invariants.currency and _tests_money(invariant.when):
                yield _other_currency(invariant, invariants, policy)
                continue
            found = _broken(invariant, policy, policies)
            yield found or Claim(text(invariant), policy, _claimed(invariant, policy, policies))


def text(invariant: Invariant) -> str:
    """The invariant in one line."""
    when = said(invariant.when, "")
    what = "credit_limit" if invariant.promise is Promise.NEVER_RAISE else " or ".join(invariant.actions)
    what += f" within {count(invariant.within_days)}" if invariant.within_days else ""
    return f"'{invariant.id}': {invariant.promise.replace('_', ' ')} {what} when {when}".replace(" ,", ",")


def count(days: int) -> str:
    """`1 day`, `30 days`."""
    return f"{days} day{'' if days == 1 else 's'}"


def _about(invariant: Invariant, policy: Policy) -> bool:
    """Whether the invariant speaks of what the policy decides about."""
    if of_receivables(invariant.when) and policy.subject is not Subject.RECEIVABLE:
        return False
    match invariant.promise:
        case Promise.NEVER_RAISE:
            return policy.credit is not None
        case Promise.ALWAYS:
            return bool(_of_kinds(invariant, policy)) or of_receivables(invariant.when)
        case Promise.NEVER:
            return True


def _of_kinds(invariant: Invariant, policy: Policy) -> list[Condition]:
    """When the policy calls for one of the actions."""
    return [one.called for one in outcomes(policy) if one.kind in invariant.actions]


def _tests_money(condition: Condition) -> bool:
    """Whether an amount is tested."""
    return any(FACTS[name].type is FactType.MONEY for one in findings_of(condition) for name in facts_of(one))


def _claimed(invariant: Invariant, policy: Policy, policies: Sequence[Policy]) -> Condition:
    """What holds for no subject, where the invariant is kept; of numbers (never_raise) and of days there is no such condition."""
    base = all_of(won(policy, policies), invariant.when)
    match invariant.promise:
        case Promise.NEVER:
            done = [one.done for one in outcomes(policy) if one.kind in invariant.actions]
            return all_of(base, none_of((none_of(done),)))
        case Promise.ALWAYS if invariant.within_days:
            return none_of((ALWAYS,))
        case Promise.ALWAYS:
            return all_of(base, none_of(_of_kinds(invariant, policy)))
        case Promise.NEVER_RAISE:
            return none_of((ALWAYS,))


def _broken(invariant: Invariant, policy: Policy, policies: Sequence[Policy]) -> Finding | None:
    """The smallest subject for which the policy breaks the invariant."""
    beside = frozenset(name for finding in findings_of(invariant.when) for name in facts_of(finding))
    rivals = (one for one in policies if one is not policy and arena(one) == arena(policy))
    lab = Lab((policy, *rivals), beside=beside)
    match invariant.promise:
        case Promise.NEVER_RAISE:
            return _raised(invariant, policy, policies, lab)
        case Promise.ALWAYS if invariant.within_days:
            return _waiting(invariant, policy, policies, lab)
        case Promise.ALWAYS:
            region = _claimed(invariant, policy, policies)
            example = lab.example(region, policy)
            if example is None:
                return None
            message = f"{lab.text(example)} gets none of it from '{policy.name}' ({policy.file})"
            return Finding(_problem(invariant, message), example, (policy,), Region(policy, region))
        case Promise.NEVER:
            for one in outcomes(policy):
                region = all_of(won(policy, policies), invariant.when, one.done)
                example = lab.example(region, policy) if one.kind in invariant.actions else None
                if example:
                    message = f"{lab.text(example)} gets {one.kind} from '{one.rule}' ({one.place})"
                    return Finding(_problem(invariant, message), example, (policy,), Region(policy, region))
            return None


def _waiting(invariant: Invariant, policy: Policy, policies: Sequence[Policy], lab: Lab) -> Finding | None:
    """Somebody about whom nothing is done in all those days, or why that is not decided."""
    assert invariant.within_days, "only promises with days"
    try:
        found = waits(invariant, policy, policies, lab)
    except Undecided:
        return undecided(policy, invariant.place, f"'{policy.name}' keeps '{invariant.id}'")
    if found.example:
        days = count(invariant.within_days)
        message = (
            f"{lab.text(found.example)} has had none of it and gets none from '{policy.name}' ({policy.file}), neither then nor"
            f" within {days}"
        )
        return Finding(_problem(invariant, message), found.example, (policy,))
    if found.never:
        return None
    hanging = ", ".join(found.hangs_on) or "what else happens to the customer"
    message = (
        f"whether '{policy.name}' keeps '{invariant.id}' is not decided: it hangs on {hanging}, which may change while the days"
        " pass; promise it of the day itself, or name beside it what else the policy does before"
    )
    return Finding(Problem(invariant.place, "not-decided", message), None, (policy,))


def _raised(invariant: Invariant, policy: Policy, policies: Sequence[Policy], lab: Lab) -> Finding | None:
    """A customer whose limit the policy raises all the same."""
    encoder = lab.encoder(policy)
    base = encoder.holds(all_of(won(policy, policies), invariant.when))
    for one, formula in raises(policy, encoder):
        example = lab.search().example(lab.names, base, formula)
        if example:
            message = f"{lab.text(example)} is raised by '{one.rule}' ({one.place})"
            return Finding(_problem(invariant, message), example, (policy,))
    return None


def _problem(invariant: Invariant, message: str) -> Problem:
    """The promise, who shows that it is broken, and what to do."""
    said_of = f"'{invariant.id}' is broken: {message}; change that policy, or the promise ({invariant.because})"
    return Problem(invariant.place, "broken-invariant", said_of)


def _other_currency(invariant: Invariant, invariants: Invariants, policy: Policy) -> Finding:
    """An invariant about amounts in a currency that the policy does not speak."""
    message = (
        f"whether '{policy.name}' keeps '{invariant.id}' is not decided: it is in {policy.currency}, the amounts here are in"
        f" {invariants.currency}; write an invariant for it without an amount"
    )
    return Finding(Problem(invariant.place, "not-decided", message), None, (policy,))
