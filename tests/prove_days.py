"""A made subject lived through day by day in the rules engine: whether a promise with `within_days` is kept to it.

Comes in: a policy, an invariant, facts on a day. Goes out: whether one of the actions is on record, or called for in time.
Know before changing: this is the law in plain, slow Python, beside engine/prove/waiting.py, and knows nothing of it. Days pass,
and what the policy does moves the subject: levels, notices, hand-overs; nobody else does anything.
"""

from collections.abc import Sequence

from engine.decide.calls import Call
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.evaluate import holds
from engine.decide.findings import compile_policy
from engine.policy.invariants import Invariant
from engine.policy.model import HandOver, LateFee, Notice, Policy, Subject, kind_of
from engine.prove.outcome import covered
from tests.prove_facts import Facts, day

# What counts the days since something, by the name that it has with and without the customer's prefix.
_COUNTING = ("days_past_due", "oldest_days_past_due", "relationship_days")


def lived(policy: Policy, one: Invariant, facts: Facts, as_of: str) -> bool:
    """Whether the promise is kept to the subject that meets its condition on the day."""
    assert one.within_days
    compiled, now = compile_policy(policy), dict(facts)
    if on_record(policy, one, now):
        return True
    known: dict[tuple[int, ...], Sequence[Call]] = {}
    with rulesets(compiled) as rules:
        for shift in range(one.within_days + 1):
            if holds(covered(policy), now, day(as_of, shift)):
                row = tuple(row_of(compiled, now, day(as_of, shift)))
                if row not in known:
                    known[row] = decide(compiled, rules, list(row)).calls
                if any(kind_of(call.action) in one.actions for call in known[row]):
                    return True
                for call in known[row]:
                    now = now if call.reasons else moved(policy, now, call)
            now = tomorrow(now)
    return False


def on_record(policy: Policy, one: Invariant, facts: Facts) -> bool:
    """Whether one of the actions was done before, as far as the facts tell."""
    prefix = "" if policy.subject is Subject.RECEIVABLE else "customer."
    if "hand_over" in one.actions and facts.get(f"{prefix}handed_over") == 1:
        return True
    if not prefix and "late_fee" in one.actions and facts.get("fee_charged") == 1:
        return True
    if not prefix and "notice" in one.actions and facts.get("days_since_last_notice") is not None:
        return True
    level = facts.get(f"{prefix}level") or 0
    assert isinstance(level, int)
    levels = policy.ladder.levels if policy.ladder else ()
    acting = [any(kind_of(a) in one.actions and not isinstance(a, LateFee) for a in each.then) for each in levels]
    one_by_one = policy.ladder is not None and policy.ladder.climb.value == "one_level"
    return level > 0 and (any(acting[:level]) if one_by_one else all(acting[level - 1 :]))


def moved(policy: Policy, facts: Facts, call: Call) -> Facts:
    """The subject after an action was done."""
    prefix = "" if policy.subject is Subject.RECEIVABLE else "customer."
    more: Facts = {}
    if call.level_to is not None:
        times = facts.get(f"{prefix}times_at_level") or 0
        assert isinstance(times, int)
        again = facts.get(f"{prefix}level") == call.level_to
        more |= {f"{prefix}level": call.level_to, f"{prefix}days_since_level": 0,
                 f"{prefix}times_at_level": times + 1 if again else 1, f"{prefix}last_notice_delivered": 1}  # fmt: skip
    if isinstance(call.action, Notice):
        more |= {f"{prefix}days_since_last_notice": 0, "customer.days_since_last_notice": 0}
        if call.action.pay_within_days is not None:
            more[f"{prefix}days_since_deadline"] = -call.action.pay_within_days
    if isinstance(call.action, HandOver):
        more |= {f"{prefix}handed_over": 1, "customer.handed_over": 1}
    if isinstance(call.action, LateFee):
        more["fee_charged"] = 1
    return facts | more


def tomorrow(facts: Facts) -> Facts:
    """One day later."""
    found = dict(facts)
    for name, value in facts.items():
        bare = name.removeprefix("customer.")
        if (
            isinstance(value, int)
            and name != "customer.days_since_late"
            and (bare.startswith("days_since_") or bare in _COUNTING)
        ):
            found[name] = value + 1
        if isinstance(value, int) and name == "days_until_due":
            found[name] = value - 1
    return found
