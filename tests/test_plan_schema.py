"""schemas/plan.schema.json says exactly what a plan's JSON is: the values of engine/act/values.py as objects."""

import dataclasses
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.act import values as plan_values
from engine.act.values import Plan, Uncovered
from engine.report.words import KINDS
from tests import plans

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
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
    """The plan by the convention of the format: objects for values, `parameters` and `facts` as objects too."""
    content = dataclasses.asdict(plan) | {"format": plan_values.FORMAT}
    for action in content["actions"]:
        action["parameters"] = dict(action["parameters"])
        for line in action["lines"]:
            line["facts"] = dict(line["facts"])
    parsed: dict[str, object] = json.loads(json.dumps(content))
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
    for plan in (full(), plans.plan()):
        assert [error.message for error in VALIDATOR.iter_errors(as_json(plan))] == []


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
