"""Random policies over the whole vocabulary, boundary-heavy, as values and as the YAML that says them.

Comes in: nothing. Goes out: the strategies `policy_sets` and `conditions`, and `document`, the text of a policy value.
Know before changing: literals come from the same short lists as the books of tests/strategies.py, so that bounds are hit.
What checks refuse is not drawn: `test_a_checked_policy_never_errors` proves it by reading the text back.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from engine import money
from engine.facts import CONCLUSIONS, FACTS, Fact, FactType
from engine.policy import model
from engine.policy.model import (
    Anchor,
    Boundary,
    Channel,
    Climb,
    Comparison,
    Condition,
    FactRef,
    Operator,
    PercentOf,
    Policy,
    Subject,
)
from tests.books import day
from tests.strategies import AHEAD, BACK, CURRENCIES, MINOR, POLICIES, SEGMENTS

T = TypeVar("T")
BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)
DAYS = tuple(sorted({-shift for shift in BACK + AHEAD}))
HUNDREDTHS = (1, 2_500, 5_000, 9_999, 10_000, 10_001, 50_000)
TEXTS = {"customer.segment": SEGMENTS, "customer.rating": ("A", "D"), "customer.country": ("NO", "CN"),
         "customer.entity": ("E1", "E2"), "currency": CURRENCIES}
AFTER = (-30, -7, -3, -1, 0, 1, 3, 7, 14, 15, 30, 60)
LATER = (Anchor.PREVIOUS_NOTICE, Anchor.PREVIOUS_DEADLINE)


def known(subject: Subject) -> list[Fact]:
    """The facts that a policy of that subject may speak of."""
    return [fact for fact in FACTS.values() if subject is Subject.RECEIVABLE or fact.of_customer]


@st.composite
def literals(draw: st.DrawFn, fact: Fact, as_of: str) -> int | str:
    """A literal of the fact's type, near the values that books have."""
    match fact.type:
        case FactType.MONEY:
            return draw(st.sampled_from((0, *MINOR)))
        case FactType.DAYS:
            return draw(st.sampled_from(DAYS))
        case FactType.COUNT:
            return draw(st.integers(0, 4))
        case FactType.PERCENT:
            return draw(st.sampled_from((0, *HUNDREDTHS)))
        case FactType.FLAG:
            return draw(st.integers(0, 1))
        case FactType.DATE:
            return day(as_of, draw(st.sampled_from(BACK + AHEAD)))
        case FactType.TEXT:
            return draw(st.sampled_from(fact.values or TEXTS.get(fact.name, ("x", "y"))))


def operators(fact: Fact) -> tuple[Operator, ...]:
    """The operators that fit a fact."""
    match fact.type:
        case FactType.FLAG:
            return (Operator.IS, Operator.MISSING)
        case FactType.TEXT:
            return (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN, Operator.MISSING)
        case _:
            return (Operator.IS, Operator.IS_NOT, *BOUNDS, *BOUNDS, Operator.BETWEEN, Operator.MISSING)


@st.composite
def comparisons(draw: st.DrawFn, subject: Subject, as_of: str) -> Condition:
    """One fact, one operator, a literal, another fact or a percentage of one."""
    fact = draw(st.sampled_from(known(subject)))
    operator = draw(st.sampled_from(operators(fact)))
    literal = literals(fact, as_of)
    match operator:
        case Operator.MISSING:
            return Comparison(fact.name, operator, draw(st.integers(0, 1)))
        case Operator.IN | Operator.NOT_IN:
            return Comparison(fact.name, operator, tuple(sorted({str(draw(literal)), str(draw(literal))})))
        case Operator.BETWEEN:
            one, other = draw(literal), draw(literal)
            low, high = sorted((one, other))
            return Comparison(fact.name, operator, (low, high))  # type: ignore[arg-type]
    kin = [like.name for like in known(subject) if like.type is fact.type and like.name != fact.name]
    if operator in (*BOUNDS, Operator.IS, Operator.IS_NOT) and kin and fact.type not in (FactType.TEXT, FactType.FLAG):
        right = draw(st.sampled_from((None, None, None, *kin)))
        if right and fact.type in (FactType.MONEY, FactType.COUNT, FactType.PERCENT) and draw(st.booleans()):
            return Comparison(fact.name, operator, PercentOf(draw(st.sampled_from(HUNDREDTHS)), right))
        if right:
            return Comparison(fact.name, operator, FactRef(right))
    return Comparison(fact.name, operator, draw(literal))


def _distinct(several: Sequence[T]) -> tuple[T, ...]:
    """Each once: a list that says the same twice is refused."""
    return tuple(dict.fromkeys(several))


@st.composite
def conditions(draw: st.DrawFn, subject: Subject, as_of: str, *, deepest: int = 2) -> Condition:
    """Comparisons, nested in all, any and none."""
    word = draw(st.sampled_from((None, None, None, model.All, model.Any, model.Nor))) if deepest else None
    if word is None:
        return draw(comparisons(subject, as_of))
    inner = conditions(subject, as_of, deepest=deepest - 1)
    return word(_distinct(draw(st.lists(inner, min_size=1, max_size=3))))


@st.composite
def actions(draw: st.DrawFn, subject: Subject, *, of_ladder: bool) -> model.Action:
    """One action; fees only on receivables, once per level only on a ladder."""
    several: list[st.SearchStrategy[Any]] = [notices(), notices(), st.sampled_from((
        model.Task("call", None, 3), model.Task("visit", None, 0), model.CreditHold("overdue"), model.CreditHold("risk"),
        model.ReleaseCreditHold("overdue"), model.Alert("credit-manager", "high", None), model.HandOver("legal", None)))]
    if subject is Subject.RECEIVABLE:
        once = tuple(model.OncePer) if of_ladder else (model.OncePer.RECEIVABLE,)
        several.append(st.builds(model.LateFee, st.sampled_from((500, 4_000)), st.sampled_from(once)))
        several.append(st.just(model.ProposeWriteOff(None)))
    return draw(st.one_of(*several))  # type: ignore[no-any-return]


def notices() -> st.SearchStrategy[model.Notice]:
    """A notice with or without a second channel and a deadline."""
    channels = [(one, other) for one in Channel for other in (None, *Channel) if one is not other]
    return st.builds(_notice, st.sampled_from(channels), st.sampled_from(("friendly", "formal")),
                     st.sampled_from((None, 7)))


def _notice(channels: tuple[Channel, Channel | None], template: str, within: int | None) -> model.Notice:
    """A notice by its first and second channel."""
    return model.Notice(channels[0], template, channels[1], within)


@st.composite
def ladders(draw: st.DrawFn, subject: Subject, as_of: str) -> model.Ladder:
    """One to three levels with every kind of anchor and boundary."""
    levels: list[model.Level] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        then = _distinct(draw(st.lists(actions(subject, of_ladder=True), min_size=1, max_size=3)))
        if draw(st.booleans()):
            then = _distinct([draw(notices()), *then])
        earlier = [a for level in levels for a in level.then if isinstance(a, model.Notice)]
        anchors = [Anchor.DUE_DATE, Anchor.DUE_DATE, Anchor.INVOICE_DATE, Anchor.PROMISED_DATE]
        anchors += [Anchor.PREVIOUS_NOTICE] if earlier else []
        anchors += [Anchor.PREVIOUS_DEADLINE] if any(notice.pay_within_days for notice in earlier) else []
        anchor = draw(st.sampled_from(anchors))
        # A level below comes before it (checks: level-order), by more than the boundary can shift.
        least = max((level.after_days + 2 for level in levels if level.anchor not in LATER), default=-99)
        after = draw(st.sampled_from([day for day in AFTER if day >= least] or [least]))
        levels.append(model.Level(
            number=number, name=f"Level {number}", after_days=max(0, after) if anchor in LATER else after,
            month_end=draw(st.sampled_from((False, False, True))), anchor=anchor,
            boundary=draw(st.sampled_from(Boundary)), then=then,
            when=draw(st.one_of(st.none(), st.none(), conditions(subject, as_of)))))
    return model.Ladder(
        climb=draw(st.sampled_from(Climb)), days_between_notices=draw(st.sampled_from((0, 0, 1, 7, 14))),
        interval_scope=Subject.CUSTOMER if subject is Subject.CUSTOMER else draw(st.sampled_from(Subject)),
        tolerance=draw(st.sampled_from((0, 0, 2, 500))), levels=tuple(levels),
        after_last=draw(st.sampled_from((None, model.Repeat(1, 1), model.Repeat(7, 2), model.Repeat(14, 3)))))


@st.composite
def one_policy(draw: st.DrawFn, name: str, priority: int, as_of: str, *, subject: Subject | None = None) -> Policy:
    """A policy of that name and priority."""
    subject = subject or draw(st.sampled_from((Subject.RECEIVABLE, Subject.RECEIVABLE, Subject.CUSTOMER)))
    conditional = conditions(subject, as_of)
    ladder = draw(st.one_of(st.none(), ladders(subject, as_of), ladders(subject, as_of)))
    reasons = (("disputed",), ("small-customer",), ("asked-by-sales", "small-customer"))
    withhold = tuple(model.Withhold(because, draw(conditional))
                     for because in draw(st.sampled_from(((), (), (), *reasons))))
    rules = tuple(
        model.Rule(f"r{n}", draw(conditional),
                   _distinct(draw(st.lists(actions(subject, of_ladder=False), min_size=1, max_size=2))))
        for n in range(1, draw(st.integers(0 if ladder else 1, 2)) + 1))
    return Policy(
        name=name, kind="dunning", version=1, effective_from="2020-01-01", summary="Random.",
        currency=draw(st.sampled_from(CURRENCIES)), subject=subject, priority=priority, limits=model.Limits(None, None),
        covers=draw(st.one_of(st.none(), conditional, conditional)), withhold=withhold, ladder=ladder, rules=rules,
        approvals=(),
        credit=None,
        digest=f"sha256:{name}", text="", file="v1.yaml")


@st.composite
def policy_sets(draw: st.DrawFn, as_of: str) -> tuple[Policy, ...]:
    """Every policy that books assign subjects to, with priorities of their own."""
    priorities = draw(st.permutations((10, 20, 30)))
    return tuple(draw(one_policy(name, priority, as_of)) for name, priority in zip(POLICIES, priorities, strict=True))


# -- the text of a policy -------------------------------------------------------------------------------------------------


def document(policy: Policy) -> str:
    """The YAML (as JSON, which YAML contains) that says this policy."""
    said: dict[str, Any] = {
        "policy": policy.name, "kind": policy.kind, "version": policy.version, "effective_from": policy.effective_from,
        "summary": policy.summary, "currency": policy.currency, "subject": policy.subject.value,
        "priority": policy.priority,
    }
    if policy.covers:
        said["covers"] = condition_text(policy.covers, policy.currency)
    if policy.withhold:
        said["withhold"] = [{"because": w.because, "when": condition_text(w.when, policy.currency)} for w in policy.withhold]
    if policy.ladder:
        said["ladder"] = _ladder(policy.ladder, policy.currency)
    if policy.rules:
        said["rules"] = [{"id": rule.id, "when": condition_text(rule.when, policy.currency),
                          "then": [_action(action, policy.currency) for action in rule.then]} for rule in policy.rules]
    return json.dumps(said, indent=1)


def _ladder(ladder: model.Ladder, currency: str) -> dict[str, Any]:
    """The ladder's text."""
    repeat = ladder.after_last and {"repeat": {"every_days": ladder.after_last.every_days,
                                               "at_most": ladder.after_last.at_most}}
    return {"climb": ladder.climb.value, "days_between_notices": ladder.days_between_notices,
            "interval_scope": ladder.interval_scope.value, "tolerance": money.plain(ladder.tolerance, currency),
            "after_last": repeat or "stop", "levels": [_level(level, currency) for level in ladder.levels]}


def _level(level: model.Level, currency: str) -> dict[str, Any]:
    """A level's text."""
    said: dict[str, Any] = {
        "level": level.number, "name": level.name, "after_days": level.after_days, "month_end": level.month_end,
        "anchor": level.anchor.value, "boundary": level.boundary.value,
        "then": [_action(action, currency) for action in level.then]}
    return said | ({"when": condition_text(level.when, currency)} if level.when else {})


def condition_text(condition: Condition, currency: str) -> dict[str, Any]:
    """A condition's text."""
    match condition:
        case model.All(of):
            return {"all": [condition_text(part, currency) for part in of]}
        case model.Any(of):
            return {"any": [condition_text(part, currency) for part in of]}
        case model.Nor(of):
            return {"none": [condition_text(part, currency) for part in of]}
        case Comparison(name, operator, operand):
            return {name: {operator.value: _operand(operand, operator, FACTS.get(name) or CONCLUSIONS[name], currency)}}
    raise AssertionError(condition)


def _operand(operand: model.Operand, operator: Operator, fact: Fact, currency: str) -> Any:
    """A right side's text."""
    if isinstance(operand, FactRef):
        return operand.fact
    if isinstance(operand, PercentOf):
        return {"percent": percent_text(operand.hundredths), "of": operand.fact}
    if isinstance(operand, tuple):
        return [literal_text(value, fact, currency) for value in operand]
    return bool(operand) if operator is Operator.MISSING else literal_text(operand, fact, currency)


def literal_text(value: int | str, fact: Fact, currency: str) -> Any:
    """A literal's text."""
    match fact.type:
        case FactType.MONEY:
            return money.plain(int(value), currency)
        case FactType.PERCENT:
            return percent_text(int(value))
        case FactType.FLAG:
            return bool(value)
        case _:
            return value


def percent_text(value: int) -> str:
    """A percentage's text."""
    return f"{value // 100}.{value % 100:02}"


def _action(action: model.Action, currency: str) -> dict[str, Any]:
    """An action's text."""
    match action:
        case model.Notice(channel, template, otherwise, within):
            said: dict[str, Any] = {"channel": channel.value, "template": template}
            said |= {"otherwise": otherwise.value} if otherwise else {}
            return {"notice": said | ({"pay_within_days": within} if within is not None else {})}
        case model.Task(what, _, within):
            return {"task": {"what": what, "within_days": within}}
        case model.LateFee(amount, once):
            return {"late_fee": {"amount": money.plain(amount, currency), "once_per": once.value}}
        case model.CreditHold(reason):
            return {"credit_hold": {"reason": reason}}
        case model.ReleaseCreditHold(reason):
            return {"release_credit_hold": {"reason": reason}}
        case model.Alert(to, severity, _):
            return {"alert": {"to": to, "severity": severity}}
        case model.HandOver(to, _):
            return {"hand_over": {"to": to}}
        case model.ProposeWriteOff():
            return {"propose_write_off": {}}
        case _:
            raise AssertionError(f"{action} is no action that a policy writes")
