"""Random pairs of small dunning policies, and everybody that there is for them: a domain small enough to look at everyone.

Comes in: a random.Random. Goes out: pairs of policies that were read from their text, `everybody` as facts, `by_force` what
differs. Know before changing: brute force asks tests/oracle.py, never the engine. The domain holds a value for each side of every
bound that the pair draws from the lists below, and for each law of dunning; what can make no difference between two policies (a
hold, a promise, a receivable that is itself a fee) is left as usual.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.facts import FACTS
from engine.policy import document, model
from engine.policy.build import build
from engine.policy.model import Boundary, Channel, Climb, Comparison, Condition, Operator, Policy, Subject
from tests import oracle, oracle_conditions, policies
from tests.books import day

Facts = dict[str, int | str | None]
Ways = frozenset[tuple[model.Action | None, int | None]]
AS_OF = "2026-03-31"
AGES, AMOUNTS, SEGMENTS = (1, 3, 5, 8), (3_000, 6_000), ("retail", "sme")
PAUSE, TOLERANCE, REPEAT = 3, 1_000, 7
_NOTICES = tuple(model.Notice(Channel.EMAIL, template, None, None) for template in ("friendly", "formal"))
_OTHERS: tuple[model.Action, ...] = (
    model.Task("call", None, 3), model.Alert("credit-manager", "high", None), model.CreditHold("overdue"),
    model.ReleaseCreditHold("overdue"), model.HandOver("legal", None), model.LateFee(500, model.OncePer.RECEIVABLE),
    model.LateFee(900, model.OncePer.RECEIVABLE))  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The kinds of action that NEW does to somebody and OLD does not (or charges more), the other way round, and that both do
    otherwise. Each hold is a kind of its own, and so is its release."""

    more: frozenset[str]
    less: frozenset[str]
    otherwise: frozenset[str]


# -- pairs -------------------------------------------------------------------------------------------------------------


def pair(rng: random.Random) -> tuple[Policy, Policy]:
    """Two policies: mostly drawn each by itself, now and then of shared parts, or the same in other words."""
    old = _policy(rng)
    match rng.randrange(6):
        case 0:
            new = _rewritten(rng, old)
        case 1 | 2:
            new = _mixed(rng, old, _policy(rng))
        case _:
            new = _policy(rng)
    return _read(old), _read(new)


def _policy(rng: random.Random) -> Policy:
    """A small policy: a ladder, or rules, or both."""
    ladder = _ladder(rng) if rng.random() < 0.6 else None
    rules = tuple(_rule(rng, number) for number in range(rng.randint(0 if ladder else 1, 1 if ladder else 2)))
    return Policy(
        name="trade", kind="dunning", version=1, effective_from="2020-01-01", summary="Random.", currency="EUR",
        subject=Subject.RECEIVABLE, priority=10, limits=model.Limits(None, None),
        covers=_condition(rng) if rng.random() < 0.25 else None,
        withhold=(model.Withhold("asked-by-sales", _condition(rng)),) if rng.random() < 0.2 else (),
        ladder=ladder, rules=rules, approvals=(), credit=None, digest="", text="", file="v1.yaml")  # fmt: skip


def _ladder(rng: random.Random) -> model.Ladder:
    """One or two levels."""
    ages = sorted(rng.sample(AGES, rng.choice((1, 1, 2))))
    levels = tuple(
        model.Level(
            number=number, name=f"Level {number}", after_days=days, month_end=False, anchor=model.Anchor.DUE_DATE,
            boundary=rng.choice((Boundary.ON, Boundary.ON, Boundary.AFTER)),
            when=_condition(rng) if rng.random() < 0.25 else None,
            then=(_NOTICES[rng.random() < 0.2], *([_OTHERS[5]] if rng.random() < 0.15 else [])))
        for number, days in enumerate(ages, start=1))  # fmt: skip
    return model.Ladder(
        climb=rng.choice((Climb.ONE_LEVEL, Climb.ONE_LEVEL, Climb.MOST_SEVERE)),
        days_between_notices=rng.choice((0, 0, 0, PAUSE)), interval_scope=Subject.RECEIVABLE,
        tolerance=rng.choice((0, 0, 0, 0, TOLERANCE)), levels=levels,
        after_last=rng.choice((None, None, None, None, model.Repeat(REPEAT, 1))))  # fmt: skip


def _rule(rng: random.Random, number: int) -> model.Rule:
    """A rule with one action, rarely with two."""
    return model.Rule(f"r{number}", _condition(rng), tuple(rng.sample((*_NOTICES, *_OTHERS), rng.choice((1, 1, 1, 2)))))


def _condition(rng: random.Random) -> Condition:
    """One or two comparisons."""
    word = rng.choice((None, None, model.All, model.Any, model.Nor))
    one = _comparison(rng)
    return one if word is None else word(tuple(dict.fromkeys((one, _comparison(rng)))))


def _comparison(rng: random.Random) -> Condition:
    """The age, the amount, the segment, or what is disputed."""
    bound = rng.choice(policies.BOUNDS)
    match rng.randrange(8):
        case 0 | 1 | 2:
            return Comparison("days_past_due", bound, rng.choice(AGES))
        case 3 | 4:
            return Comparison("open_amount", bound, rng.choice(AMOUNTS))
        case 5 | 6:
            return Comparison("customer.segment", rng.choice((Operator.IS, Operator.IS_NOT)), rng.choice(SEGMENTS))
        case _:
            return Comparison("dispute", Operator.IS, "part")


def _mixed(rng: random.Random, one: Policy, other: Policy) -> Policy:
    """The one, with some parts of the other."""
    parts = {name: getattr(other, name) for name in ("covers", "withhold", "ladder", "rules") if rng.random() < 0.3}
    found = replace(one, **parts)
    return found if found.ladder or found.rules else one


def _rewritten(rng: random.Random, policy: Policy) -> Policy:
    """The same in other words: `at least 5` as `more than 4`, rules in another order, a level after day 4, not from day 5 on."""
    ladder = policy.ladder and replace(
        policy.ladder, levels=tuple(_same_level(rng, one) for one in policy.ladder.levels)
    )
    rules = [replace(rule, when=otherwise(rng, rule.when)) for rule in policy.rules]
    return replace(
        policy, summary="In other words.", covers=policy.covers and otherwise(rng, policy.covers), ladder=ladder,
        rules=tuple(rng.sample(rules, len(rules))))  # fmt: skip


def _same_level(rng: random.Random, level: model.Level) -> model.Level:
    """The same level in other words."""
    when = level.when and otherwise(rng, level.when)
    if level.boundary is Boundary.AFTER:
        return replace(level, when=when)
    return replace(level, when=when, boundary=Boundary.AFTER, after_days=level.after_days - 1)


def otherwise(rng: random.Random, condition: Condition) -> Condition:
    """The same condition in other words."""
    match condition:
        case model.All(of) | model.Any(of) | model.Nor(of):
            return type(condition)(tuple(otherwise(rng, part) for part in rng.sample(of, len(of))))
        case Comparison(fact, Operator.AT_LEAST, int() as bound):
            return Comparison(fact, Operator.MORE_THAN, bound - 1)
        case Comparison(fact, Operator.LESS_THAN, int() as bound):
            return Comparison(fact, Operator.AT_MOST, bound - 1)
        case Comparison("customer.segment", Operator.IS, str() as text):
            return Comparison("customer.segment", Operator.IN, (text,))
        case _:
            return model.Nor((model.Nor((condition,)),))


def _read(policy: Policy) -> Policy:
    """The policy of its text, so that none is compared that nobody could write."""
    read, _ = document.parse(policies.document(policy), "v1.yaml")
    assert read
    found, problems = build(read)
    assert found, problems
    return found


# -- everybody ---------------------------------------------------------------------------------------------------------


def everybody(two: Sequence[Policy]) -> Iterator[Facts]:
    """Every subject that the pair can tell apart, within what receivables can be."""
    usual: Facts = {name: fact.neutral for name, fact in FACTS.items()}
    ladders = [policy.ladder for policy in two if policy.ladder]
    ages = _distinct(two, "days_past_due", (0, *(age + shift for age in AGES for shift in (-1, 0, 1))))
    segments = _distinct(two, "customer.segment", (*SEGMENTS, "other", None))
    told = itertools.product(_amounts(two), _standings(ladders), _notices(ladders))
    parts = [amount | standing | notice for amount, standing, notice in told]
    for days, segment, part, charged in itertools.product(ages, segments, parts, (0, 1)):
        assert isinstance(days, int), days
        dated: Facts = {"days_past_due": days, "due_date": day(AS_OF, -days)}
        yield usual | dated | {"customer.segment": segment, "fee_charged": charged} | part


def _distinct(two: Sequence[Policy], fact: str, values: Sequence[int | str | None]) -> tuple[int | str | None, ...]:
    """One value for each way in which the comparisons of the pair can turn out; the ages of levels are comparisons, too."""
    tests = [
        one for policy in two for condition in _conditions(policy) for one in leaves(condition) if one.fact == fact
    ]
    if fact == "days_past_due":
        tests += [
            Comparison(fact, Operator.AT_LEAST if level.boundary is Boundary.ON else Operator.MORE_THAN, level.after_days)
            for policy in two if policy.ladder for level in policy.ladder.levels]  # fmt: skip
    found = {tuple(oracle_conditions.holds(test, {fact: value}, AS_OF) for test in tests): value for value in values}
    return tuple(found.values())


def _amounts(two: Sequence[Policy]) -> Iterator[Facts]:
    """What is open and what of it may be chased: all, a part on either side of the tolerance, or nothing."""
    opens = _distinct(two, "open_amount", [0, *(bound + shift for bound in AMOUNTS for shift in (-1, 0, 1))])
    small = {policy.ladder.tolerance for policy in two if policy.ladder} - {0}
    for amount in (*opens, *(edge for one in small for edge in (1, one - 1, one))):
        assert isinstance(amount, int)
        yield _owing(amount, amount, "none")
        for free in {amount, *(edge for one in small for edge in (one - 1, one) if edge < amount)}:
            yield _owing(amount, free, "part")


def _owing(amount: int, free: int, state: str) -> Facts:
    """A receivable of which so much may be chased."""
    return {"open_amount": amount, "undisputed_amount": free, "disputed_amount": amount - free, "dispute": state}


def _notices(ladders: Sequence[model.Ladder]) -> Iterator[Facts]:
    """How long ago somebody was written to, and whether the receivable was handed over: both matter to ladders only."""
    paused = any(one.days_between_notices for one in ladders)
    for since in (None, PAUSE - 1, PAUSE) if paused else (None,):
        for handed in (0, 1) if ladders else (0,):
            yield {"days_since_last_notice": since, "handed_over": handed}


def _standings(ladders: Sequence[model.Ladder]) -> Iterator[Facts]:
    """Where on the ladder somebody stands: the level, since when, how often, and whether the notice was delivered."""
    last = max((len(one.levels) for one in ladders), default=0)
    repeated = any(one.after_last for one in ladders)
    for level in range(last + 1 if last else 1):
        for since in (None, 0, 1, *((REPEAT - 1, REPEAT) if repeated else ())):
            for times in (1, 2) if repeated and since is not None else (int(since is not None),):
                for sent in (0, 1) if since is not None else (None,):
                    if level == 0 or since is not None:
                        steps: Facts = {
                            "level": level,
                            "days_since_level": since,
                            "times_at_level": times,
                            "last_notice_delivered": sent,
                        }
                        yield steps


def _conditions(policy: Policy) -> Iterator[Condition]:
    """Every condition that the policy writes."""
    yield from (one for one in (policy.covers,) if one)
    yield from (one.when for one in policy.withhold)
    yield from (one.when for one in policy.rules)
    yield from (one.when for one in (policy.ladder.levels if policy.ladder else ()) if one.when)


def leaves(condition: Condition) -> Iterator[Comparison]:
    """The comparisons of a condition."""
    match condition:
        case Comparison():
            yield condition
        case model.All(of) | model.Any(of) | model.Nor(of):
            for part in of:
                yield from leaves(part)


# -- brute force -------------------------------------------------------------------------------------------------------


def by_force(old: Policy, new: Policy) -> Told:
    """What differs for anybody at all, as the oracle decides."""
    more, less, otherwise = set[str](), set[str](), set[str]()
    for facts in everybody((old, new)):
        before, after = done(old, facts), done(new, facts)
        if before != after:
            more |= set(after) - set(before)
            less |= set(before) - set(after)
            both = [kind for kind in set(before) & set(after) if before[kind] != after[kind]]
            fees = {kind: (_fees(before[kind]), _fees(after[kind])) for kind in both}
            more |= {kind for kind, (was, now) in fees.items() if now > was}
            less |= {kind for kind, (was, now) in fees.items() if now < was}
            otherwise |= {kind for kind, (was, now) in fees.items() if now == was}
    return Told(frozenset(more), frozenset(less), frozenset(otherwise))


def _fees(ways: Ways) -> int:
    """What is charged."""
    return sum(action.amount for action, _ in ways if isinstance(action, model.LateFee))


def _kind(action: model.Action | None) -> str:
    """The kind of action, each hold by its reason."""
    held = f" for {action.reason}" if isinstance(action, model.CreditHold | model.ReleaseCreditHold) else ""
    return f"{model.kind_of(action)}{held}"


def done(policy: Policy, facts: Facts) -> dict[str, Ways]:
    """What is done to somebody, by kind: the actions, with the level that each carries."""
    if policy.covers is not None and not oracle_conditions.holds(policy.covers, facts, AS_OF):
        return {}
    found: dict[str, set[tuple[model.Action | None, int | None]]] = {}
    for call in oracle.calls(policy, facts, AS_OF):
        if not call.reasons:
            moved = call.moves[1] if call.moves else None
            found.setdefault(_kind(call.action), set()).add((call.action, moved))
    return {kind: frozenset(ways) for kind, ways in found.items()}


def complete(facts: Facts) -> Facts:
    """Made facts, with the usual of all others and the date that the age of a receivable means."""
    days = facts.get("days_past_due")
    found: Facts = {name: fact.neutral for name, fact in FACTS.items()} | facts
    return found | ({"due_date": day(AS_OF, -days)} if isinstance(days, int) else {})
