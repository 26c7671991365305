"""The schemas: current, closed, described, without what editors stumble over, and each of their keywords shown broken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.facts import CONCLUSIONS, FACTS
from engine.policy import document, library, reference, schema
from tests.test_bad import BAD, FILES

ROOT = Path(__file__).parent.parent
OURS = ("dunning", "credit", "cases")
ALL = sorted(path.name.removesuffix(".schema.json") for path in (ROOT / "schemas").glob("*.schema.json"))
# What only says something about a schema, and what only arranges others.
SILENT = {
    "$schema",
    "$id",
    "$defs",
    "$ref",
    "$comment",
    "title",
    "description",
    "examples",
    "default",
    "defaultSnippets",
    "properties",
    "items",
}
OWN = {"x-code", "x-expected", "x-one", "x-words"}


def load(name: str) -> dict[str, Any]:
    """The schema as it stands in the file."""
    loaded = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def parts(value: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its path."""
    if not isinstance(value, dict):
        return
    yield path, value
    for word in ("properties", "$defs"):
        for name, part in value.get(word, {}).items():
            yield from parts(part, f"{path}/{word}/{name}")
    for word in ("items", "additionalProperties"):
        yield from parts(value.get(word), f"{path}/{word}")


@pytest.mark.parametrize("name", OURS)
def test_a_schema_is_current(name: str) -> None:
    """`python -m engine.policy.schema` was run after the last new fact."""
    assert (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == schema.schemas()[name]


def test_the_references_are_current() -> None:
    """The same command writes them."""
    assert (ROOT / "docs" / "policy-reference.md").read_text(encoding="utf-8") == reference.reference()
    assert (ROOT / "docs" / "facts.md").read_text(encoding="utf-8") == reference.facts_reference()


@pytest.mark.parametrize("name", ALL)
def test_a_schema_is_a_schema(name: str) -> None:
    """JSON Schema 2020-12."""
    loaded = load(name)
    assert loaded["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(loaded)


@pytest.mark.parametrize("name", OURS)
def test_every_object_is_closed_and_no_variant_is_a_oneof(name: str) -> None:
    """An error then points at the exact key."""
    for path, part in parts(load(name)):
        if "properties" in part:
            assert part.get("additionalProperties") is False, path
        strange = set(part) & {
            "oneOf",
            "anyOf",
            "allOf",
            "not",
            "if",
            "dependentSchemas",
            "patternProperties",
            "format",
        }
        assert not strange, f"{path}: {strange}"


@pytest.mark.parametrize("name", OURS)
def test_every_property_is_described_with_an_example(name: str) -> None:
    """For a credit controller: a sentence, and an example that the schema accepts."""
    loaded = load(name)
    for path, part in parts(loaded):
        for key, written in part.get("properties", {}).items():
            value = reference.resolved(loaded, written)
            assert len(value.get("description", "")) > 8, f"{path}/{key} has no description"
            assert value["description"].rstrip()[-1] in ".)", f"{path}/{key}: no sentence"
            assert value.get("examples"), f"{path}/{key} has no example"
            validator = Draft202012Validator({"$defs": loaded["$defs"], **written})
            for example in value["examples"]:
                errors = [error.message for error in validator.iter_errors(example)]
                assert errors == [], f"{path}/{key}: {example}"


def test_every_fact_is_in_the_schemas_once() -> None:
    """Nothing is forgotten and nothing is left over."""
    assert set(load("dunning")["$defs"]["condition"]["properties"]) == {"all", "any", "none", *FACTS}
    assert set(load("cases")["$defs"]["given"]["properties"]) == set(FACTS)
    of_customer = {name for name, fact in FACTS.items() if fact.of_customer}
    known = set(load("credit")["$defs"]["condition"]["properties"])
    assert known == {"all", "any", "none", *of_customer, *CONCLUSIONS}


@pytest.mark.parametrize("name", OURS)
def test_every_keyword_of_a_schema_is_broken_by_a_bad_file(name: str) -> None:
    """A keyword without a file that breaks it is one whose problem nobody has read."""
    loaded = load(name)
    used = {word for _, part in parts(loaded) for word in part} - SILENT - OWN
    validator = Draft202012Validator(loaded)
    broken: set[str] = set()
    for file in (BAD / name).glob("*.yaml"):
        found, _ = document.inspect(file)
        broken |= {str(error.validator) for error in validator.iter_errors(found.value)} if found else set()
    assert used - broken == set()


def test_the_bad_files_show_every_code_of_a_schema() -> None:
    """Each code that a schema's refusal can have."""
    shown = {entry.split()[0] for file in FILES for entry in file.read_text().splitlines()[0][10:].split(", ")}
    for code in ("unknown-key", "unknown-fact", "unknown-operator", "unknown-action", "missing-key", "wrong-type",
                 "wrong-value", "too-many-keys", "empty-mapping", "empty-list", "wrong-length", "repeated-item",
                 "out-of-range"):  # fmt: skip
        assert code in shown


@pytest.mark.parametrize("path", sorted((ROOT / "policies").glob("*/v*.yaml")), ids=lambda path: path.parent.name)
def test_a_shipped_policy_names_its_schema_for_the_editor(path: Path) -> None:
    """Relative to its place, so that completion works in every clone."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    policy, problems = library.load_file(path)
    assert problems == ()
    assert policy is not None
    assert first == f"# yaml-language-server: $schema=../../schemas/{policy.kind}.schema.json"
