"""Building a policy: every literal becomes what findings compare, and no document whatever makes it fail."""

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.facts import FACTS, FactType
from engine.policy import checks, document, library, model, operands
from engine.policy.model import (
    All,
    Anchor,
    Boundary,
    Channel,
    Climb,
    Comparison,
    CreditHold,
    FactRef,
    LateFee,
    Limits,
    Nor,
    Notice,
    OncePer,
    Operator,
    PercentOf,
    Policy,
    Repeat,
    Subject,
    Task,
)

ROOT = Path(__file__).parent.parent
HEAD = """
policy: sample
kind: dunning
version: 1
effective_from: 2026-01-01
summary: For tests.
currency: EUR
"""


def policy_of(text: str) -> Policy:
    """The policy that the text is."""
    found, problems = document.parse(text, "v1.yaml")
    assert problems == ()
    assert found is not None
    policy, problems = model.build(found)
    assert problems == ()
    assert policy is not None
    return policy


def condition_of(text: str, currency: str = "EUR", subject: str = "receivable") -> model.Condition:
    """The condition that the text is."""
    head = HEAD.replace("EUR", currency)
    rule = f"rules:\n  - {{id: a, when: {text}, then: [{{task: {{what: call}}}}]}}\n"
    return policy_of(f"{head}subject: {subject}\n{rule}").rules[0].when


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("{days_past_due: 15}", "EUR", Comparison("days_past_due", Operator.IS, 15)),
        ("{days_past_due: {at_least: -5}}", "EUR", Comparison("days_past_due", Operator.AT_LEAST, -5)),
        ("{days_past_due: {between: [3, 3]}}", "EUR", Comparison("days_past_due", Operator.BETWEEN, (3, 3))),
        ("{days_past_due: {less_than: customer.terms_days}}", "EUR",
         Comparison("days_past_due", Operator.LESS_THAN, FactRef("customer.terms_days"))),
        ("{open_amount: {at_least: 100}}", "EUR", Comparison("open_amount", Operator.AT_LEAST, 10_000)),
        ("{open_amount: {at_least: 100.00}}", "EUR", Comparison("open_amount", Operator.AT_LEAST, 10_000)),
        ("{open_amount: {at_least: '100.5'}}", "EUR", Comparison("open_amount", Operator.AT_LEAST, 10_050)),
        ("{open_amount: 100}", "JPY", Comparison("open_amount", Operator.IS, 100)),
        ("{open_amount: 100.000}", "JPY", Comparison("open_amount", Operator.IS, 100)),
        ("{open_amount: 1.234}", "KWD", Comparison("open_amount", Operator.IS, 1_234)),
        ("{open_amount: {between: [9.50, 100]}}", "EUR", Comparison("open_amount", Operator.BETWEEN, (950, 10_000))),
        ("{customer.headroom: {less_than: -0.01}}", "EUR", Comparison("customer.headroom", Operator.LESS_THAN, -1)),
        ("{open_amount: {at_most: {percent: 12.5, of: customer.credit_limit}}}", "EUR",
         Comparison("open_amount", Operator.AT_MOST, PercentOf(1_250, "customer.credit_limit"))),
        ("{open_amount: {at_most: {percent: 0.01, of: customer.credit_limit}}}", "EUR",
         Comparison("open_amount", Operator.AT_MOST, PercentOf(1, "customer.credit_limit"))),
        ("{open_amount: {at_most: {percent: 1000, of: customer.credit_limit}}}", "EUR",
         Comparison("open_amount", Operator.AT_MOST, PercentOf(100_000, "customer.credit_limit"))),
        ("{customer.utilisation: {more_than: 80}}", "EUR", Comparison("customer.utilisation", Operator.MORE_THAN, 8_000)),
        ("{customer.utilisation: {more_than: 99.95}}", "EUR",
         Comparison("customer.utilisation", Operator.MORE_THAN, 9_995)),
        ("{customer.segment: sme}", "EUR", Comparison("customer.segment", Operator.IS, "sme")),
        ("{customer.country: NO}", "EUR", Comparison("customer.country", Operator.IS, "NO")),
        ("{customer.segment: {in: [sme, retail]}}", "EUR",
         Comparison("customer.segment", Operator.IN, ("retail", "sme"))),
        ("{customer.rating: {not_in: ['1']}}", "EUR", Comparison("customer.rating", Operator.NOT_IN, ("1",))),
        ("{customer.country: {is_not: customer.language}}", "EUR",
         Comparison("customer.country", Operator.IS_NOT, FactRef("customer.language"))),
        ("{customer.segment: kind}", "EUR", Comparison("customer.segment", Operator.IS, "kind")),
        ("{dispute: {is_not: none}}", "EUR", Comparison("dispute", Operator.IS_NOT, "none")),
        ("{currency: {is: JPY}}", "EUR", Comparison("currency", Operator.IS, "JPY")),
        ("{handed_over: true}", "EUR", Comparison("handed_over", Operator.IS, 1)),
        ("{handed_over: {is: false}}", "EUR", Comparison("handed_over", Operator.IS, 0)),
        ("{handed_over: customer.handed_over}", "EUR",
         Comparison("handed_over", Operator.IS, FactRef("customer.handed_over"))),
        ("{customer.credit_limit: {missing: true}}", "EUR", Comparison("customer.credit_limit", Operator.MISSING, 1)),
        ("{customer.credit_limit: {missing: false}}", "EUR", Comparison("customer.credit_limit", Operator.MISSING, 0)),
        ("{due_date: {at_least: 2026-02-28}}", "EUR", Comparison("due_date", Operator.AT_LEAST, "2026-02-28")),
        ("{due_date: {between: [2026-01-01, 2026-01-31]}}", "EUR",
         Comparison("due_date", Operator.BETWEEN, ("2026-01-01", "2026-01-31"))),
        ("{due_date: {more_than: promised_date}}", "EUR",
         Comparison("due_date", Operator.MORE_THAN, FactRef("promised_date"))),
    ],
)  # fmt: skip
def test_a_literal_becomes_what_is_compared(text: str, currency: str, expected: Comparison) -> None:
    """Money in minor units, percent in hundredths, flags 0 and 1, dates as they are."""
    assert condition_of(text, currency) == expected


def test_conditions_nest() -> None:
    """all, any and none hold conditions; each comparison knows where it stands."""
    found = condition_of("{none: [{any: [{level: 1}, {all: [{level: 2}]}]}, {level: 3}]}")
    one, two, three = (Comparison("level", Operator.IS, number) for number in (1, 2, 3))
    assert found == Nor((model.Any((one, All((two,)))), three))
    assert isinstance(found, Nor)
    assert isinstance(found.of[1], Comparison)
    assert found.of[1].place.line == 10


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_every_fact_takes_every_operator_of_its_type(fact: Any) -> None:
    """What the schema offers can be built, for each fact, with its own example."""
    of_type = document.schema("dunning")["$defs"]
    assert isinstance(of_type, dict)
    reference = of_type["condition"]["properties"][fact.name]["$ref"].rpartition("/")[2]
    subject = "customer" if fact.of_customer else "receivable"
    for operator, behind in of_type[reference]["properties"].items():
        example = "EUR" if fact.name == "currency" else behind["examples"][0]
        example = ["EUR"] if fact.name == "currency" and operator in ("in", "not_in") else example
        example = True if operator == "missing" else example
        found = condition_of(json.dumps({fact.name: {operator: example}}), subject=subject)
        assert isinstance(found, Comparison)
        assert found.operator is Operator(operator)


def test_what_is_not_said_has_its_default() -> None:
    """A ladder of one level, and nothing else."""
    policy = policy_of(
        f"{HEAD}subject: customer\nladder: {{levels: [{{level: 1, name: call, after_days: 3, then: [task: {{what: call}}]}}]}}"
    )
    ladder = policy.ladder
    assert ladder is not None
    assert (policy.covers, policy.priority, policy.limits, policy.withhold, policy.rules) == (
        None,
        0,
        Limits(None, None),
        (),
        (),
    )
    assert (ladder.climb, ladder.days_between_notices, ladder.interval_scope) == (
        Climb.ONE_LEVEL,
        0,
        Subject.RECEIVABLE,
    )
    assert (ladder.tolerance, ladder.after_last) == (0, None)
    (level,) = ladder.levels
    assert (level.anchor, level.boundary, level.month_end, level.when) == (Anchor.DUE_DATE, Boundary.ON, False, None)
    assert level.then == (Task("call", None, 0),)


def test_a_level_has_its_own_anchor_and_boundary_or_those_of_the_ladder() -> None:
    """The ladder counts after the invoice date; the second level from the deadline of the notice before."""
    policy = policy_of(
        f"""{HEAD}subject: receivable
limits: {{customers: 500, percent_of_book: 12.5}}
ladder:
  anchor: invoice_date
  boundary: after
  climb: most_severe
  interval_scope: customer
  days_between_notices: 7
  tolerance: 5.00
  after_last: {{repeat: {{every_days: 14, at_most: 3}}}}
  levels:
    - level: 1
      name: first
      after_days: 30
      month_end: true
      then: [{{notice: {{channel: email, template: first, otherwise: letter, pay_within_days: 10}}}}]
    - level: 2
      name: second
      after_days: 0
      anchor: previous_deadline
      boundary: 'on'
      when: {{open_amount: {{at_least: 100}}}}
      then:
        - late_fee: {{amount: 40, once_per: level}}
        - credit_hold: {{reason: overdue}}
"""
    )
    ladder = policy.ladder
    assert ladder is not None
    first, second = ladder.levels
    assert policy.limits == Limits(500, 1_250)
    assert (ladder.climb, ladder.interval_scope, ladder.days_between_notices) == (
        Climb.MOST_SEVERE,
        Subject.CUSTOMER,
        7,
    )
    assert (ladder.tolerance, ladder.after_last) == (500, Repeat(14, 3))
    assert (first.anchor, first.boundary, first.month_end) == (Anchor.INVOICE_DATE, Boundary.AFTER, True)
    assert (second.anchor, second.boundary, second.month_end) == (Anchor.PREVIOUS_DEADLINE, Boundary.ON, False)
    assert first.then == (Notice(Channel.EMAIL, "first", Channel.LETTER, 10),)
    assert second.then == (LateFee(4_000, OncePer.LEVEL), CreditHold("overdue"))
    assert second.when == Comparison("open_amount", Operator.AT_LEAST, 10_000)
    assert (first.place.line, second.place.line) == (19, 24)


def test_the_digest_is_that_of_the_canonical_text() -> None:
    """A comment more is the same policy; a day more is not."""
    text = f"{HEAD}subject: receivable\nrules:\n  - {{id: a, when: {{level: 1}}, then: [{{task: {{what: call}}}}]}}\n"
    assert policy_of(text).digest == policy_of(text + "# seen\n").digest
    assert policy_of(text).digest != policy_of(text.replace("level: 1", "level: 2")).digest
    assert policy_of(text).text == text


def test_a_receivables_own_facts_are_unknown_to_customers() -> None:
    """Each of them, and none of the customer's."""
    for fact in FACTS.values():
        found, _ = document.parse(
            f"{HEAD}subject: customer\ncovers: {{{fact.name}: {{missing: true}}}}\nrules: []", "v1.yaml"
        )
        assert found is not None
        codes = {problem.code for problem in model.build(found)[1]}
        assert ("fact-of-receivable" in codes) is not fact.of_customer


def test_operators_are_decided_for_every_type() -> None:
    """A type without operators could not be asked about."""
    assert set(operands.OPERATORS) == set(FactType)


SHIPPED = [json.loads(document.canonical(found.value)) for path in sorted((ROOT / "policies").glob("*/v*.yaml"))
           if (found := document.read(path)[0])]  # fmt: skip
JUNK: tuple[Any, ...] = (None, True, 0, -1, 10**17, "", "x", "customer.level", "2026-02-30", "1.005", "none", [], [1, "a"], {},
                         {"all": []}, {"level": {"between": [2, 1]}}, {"percent": 5, "of": "level"}, [[]], "é\n")  # fmt: skip


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in it."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield (*path, step)
        yield from _paths(part, (*path, step))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_document_whatever_makes_building_fail(data: st.DataObject) -> None:
    """A shipped policy with up to three values replaced, renamed or removed: a policy or problems, never an exception."""
    value = copy.deepcopy(data.draw(st.sampled_from(SHIPPED)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(_paths(value), key=repr)))
        place: Any = value
        for step in path[:-1]:
            place = place[step]
        what = data.draw(st.sampled_from(["replace", "remove", "rename"]))
        old = place.pop(path[-1]) if what != "replace" else None
        if what == "replace":
            place[path[-1]] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        elif what == "rename" and isinstance(place, dict):
            place[data.draw(st.sampled_from(["levle", "when", "open_amount", "all", "notice"]))] = old
        if not value:
            return
    found, problems = document.parse(json.dumps(value), "v1.yaml")
    assert found is not None
    assert problems == ()
    policy, problems = model.build(found)
    assert (policy is None) == bool(problems)
    proved = checks.check([policy]) if policy else ()
    assert all(problem.where.line for problem in (*problems, *proved))


def test_building_is_fast_enough_to_do_at_every_command() -> None:
    """Ten times the shipped policies; a generous bound, so that only a real slip fails."""
    folder = ROOT / "policies"
    library.load(folder)
    began = time.perf_counter()
    for _ in range(3):
        library.load(folder)
    assert time.perf_counter() - began < 2
