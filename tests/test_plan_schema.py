"""schemas/plan.schema.json says exactly what a plan's JSON is: the values of engine/act/values.py as objects."""

import dataclasses
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from engine.act import values as plan_values
from engine.act.plan import plan
from engine.act.values import Plan, Uncovered
from engine.report.csvs import csv_rows
from engine.report.render import preview
from engine.report.words import KINDS
from tests import plans
from tests.books import Books, policy

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
POLICY = """
    policy: trade
    kind: dunning
    version: 1
    effective_from: 2026-01-01
    summary: Small and medium customers are reminded and called.
    currency: EUR
    subject: receivable
    covers:
      customer.segment: sme
    ladder:
      anchor: due_date
      boundary: on
      climb: one_level
      days_between_notices: 7
      interval_scope: receivable
      tolerance: 5.00
      after_last: stop
      levels:
        - level: 1
          name: friendly reminder
          after_days: 3
          then:
            - notice: {channel: email, template: friendly-reminder, otherwise: letter}
            - task: {what: call, within_days: 2}
    rules:
      - id: large
        when:
          open_amount: {at_least: 1000.00}
        then:
          - alert: {to: credit-manager, severity: high}
    """
# What each object of the schema is made from.
VALUES = {
    "policy": plan_values.PolicyRef,
    "finding": plan_values.FindingRef,
    "class": plan_values.ClassRef,
    "action": plan_values.Action,
    "line": plan_values.Line,
    "item": plan_values.Item,
    "withheld": plan_values.Withheld,
    "uncovered": plan_values.Uncovered,
    "total": plan_values.Total,
}


def as_json(plan: Plan) -> dict[str, object]:
    """The plan as whoever reads its file gets it."""
    parsed: dict[str, object] = json.loads(plan_values.to_json(plan))
    return parsed


def full() -> Plan:
    """A plan in which everything occurs."""
    alert = plans.action("alert", plans.line(None, levels=None), to="credit-manager", severity="high", note=None)
    return plans.plan(
        plans.notice(plans.item("INV-1")),
        alert,
        stopped=(plans.withheld(), plans.withheld("interval", receivable=None, days=None, levels=None)),
        uncovered=(Uncovered("JP01", "JPY", 1, 3, 98_000),),
        policies=(plans.STANDARD, plans.KEY_ACCOUNTS),
    )


def test_the_schema_is_one() -> None:
    """It is valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


def test_a_plan_is_valid() -> None:
    """The plan with everything in it, and the empty one."""
    for made in (full(), plans.plan()):
        assert [error.message for error in VALIDATOR.iter_errors(as_json(made))] == []


def test_a_real_plan_is_valid() -> None:
    """A book of two customers, a ladder and a rule: a notice, a task, an alert, a dispute, one receivable uncovered."""
    book = (
        Books()
        .entity("DE01", "EUR")
        .customer("C1", entity="DE01", segment="sme")
        .customer("C2", entity="DE01", segment="retail")
        .contact("C1", name="Accounts payable", email="ap@example.com")
        .receivable("INV-1", "C1", due="2026-02-09", amount="1200.00")
        .receivable("INV-2", "C1", due="2026-02-20", amount="30.50")
        .receivable("INV-3", "C2", due="2026-02-20", amount="10.00")
        .dispute("INV-2", opened="2026-02-25")
    )
    the_plan = plan(book.book, [policy(POLICY)], as_of="2026-03-01")
    assert [error.message for error in VALIDATOR.iter_errors(as_json(the_plan))] == []
    assert {action.kind for action in the_plan.actions} == {"notice", "task", "alert"}
    assert {reason for each in the_plan.withheld for reason in each.reasons} >= {"disputed"}
    assert [each.receivables for each in the_plan.uncovered] == [1]
    text = preview(the_plan)
    assert "Withheld because disputed" in text
    assert "What no policy covers" in text
    assert max(map(cell_len, text.splitlines())) <= 100
    assert len(csv_rows(the_plan)) == 1 + sum(len(action.lines) for action in the_plan.actions) + len(the_plan.withheld)


def test_each_object_has_the_fields_of_its_value() -> None:
    """Nobody adds a field to the plan without describing it here."""
    plan_fields = {field.name for field in dataclasses.fields(Plan)} | {"format"}
    assert set(SCHEMA["properties"]) == set(SCHEMA["required"]) == plan_fields
    for name, value in VALUES.items():
        fields = {field.name for field in dataclasses.fields(value)}
        assert set(SCHEMA["$defs"][name]["properties"]) == set(SCHEMA["$defs"][name]["required"]) == fields, name
    assert set(SCHEMA["$defs"]["kind"]["enum"]) == set(KINDS)


def test_every_object_is_closed_and_everything_is_described() -> None:
    """A reader of the format finds a sentence on each property, its own or that of what it refers to."""
    objects = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if "properties" in each)]
    assert all(each["additionalProperties"] is False for each in objects)
    for each in objects:
        for name, described in each["properties"].items():
            referred = described.get("$ref", "#/$defs/").removeprefix("#/$defs/")
            assert described.get("description") or SCHEMA["$defs"][referred]["description"], name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "duly-plan/2"),
        (("stands_on", 0), ["payments", 7]),
        (("id",), "c0ffee"),
        (("as_of",), "1 March 2026"),
        (("book_open", 0), ["EUR", 1]),
        (("book_open", 0), ["EUR", 1, 2, 3]),
        (("actions", 0, "amount"), 12.5),
        (("actions", 0, "kind"), "dance"),
        (("actions", 0, "lines"), []),
        (("actions", 0, "lines", 0, "facts"), [["days_past_due", 3]]),
        (("actions", 0, "parameters", "channel"), True),
        (("withheld", 0, "reasons"), []),
        (("uncovered", 0, "colour"), "red"),
    ],
)
def test_what_is_not_a_plan_is_refused(path: tuple[str | int, ...], value: object) -> None:
    """One wrong value makes the whole invalid."""
    content = as_json(full())
    target: object = content
    for step in path[:-1]:
        target = target[step]  # type: ignore[index]
    target[path[-1]] = value  # type: ignore[index]
    assert not VALIDATOR.is_valid(content)
