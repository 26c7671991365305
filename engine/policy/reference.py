"""The reference manual, made from the schemas and the vocabulary so that it cannot say otherwise than they do.

Comes in: the schemas. Goes out: Markdown for docs/policy-reference.md and docs/facts.md.
Know before changing: nothing is said here that a `description` could say; change the schema, then write it anew.
"""

import json
from collections.abc import Iterator
from typing import Any

from engine.facts import CONCLUSIONS, FACTS, Fact, FactType
from engine.policy import document

Schema = dict[str, Any]

_MADE = "<!-- Made by `python -m engine.policy.schema`; edit {source} instead. -->"
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "null": "null",
}
_FORMS = {
    FactType.MONEY: "`100.00`, in the policy's currency",
    FactType.DAYS: "`15`",
    FactType.COUNT: "`2`",
    FactType.PERCENT: "`80` or `12.5`",
    FactType.TEXT: "`retail`",
    FactType.FLAG: "`true` or `false`",
    FactType.DATE: "`2026-01-31`",
}


def reference() -> str:
    """Every key of a policy and of its cases."""
    lines = [_MADE.format(source="schemas/*.schema.json"), "# Policy reference", ""]
    lines += [
        "One file is one version of one policy. Each key below stands with what it means, what may stand behind it, and an",
        "example. A key that is not here is refused, and so is a value of another kind; `duly check` says where.",
        "",
    ]
    dunning, credit, cases = document.schema("dunning"), document.schema("credit"), document.schema("cases")
    lines += ["## Dunning policy", "", str(dunning["description"]), "", *_keys(dunning, dunning, "")]
    lines += ["## Credit policy", "", str(credit["description"]), "", *_keys(credit, credit, "")]
    lines += ["## Conditions", "", *_conditions(dunning), *_conclusions(credit)]
    lines += ["## Cases", "", str(cases["description"]), "", *_keys(cases, cases, "")]
    return "\n".join(lines).rstrip() + "\n"


def facts_reference() -> str:
    """Every fact, by whom it is of."""
    lines = [_MADE.format(source="engine/facts.py"), "# Facts", ""]
    lines += [
        f"The {len(FACTS)} things that a policy may ask about. A receivable's own facts stand bare; a customer's have the prefix",
        "`customer.` in policies of either subject, and a policy with `subject: customer` knows only those. All are as of the",
        "date of the run. A comparison with a value that is missing is false. The command `duly facts` prints the same.",
        "",
    ]
    own = [fact for fact in FACTS.values() if not fact.of_customer]
    lines += ["## Of a receivable", "", *_table(own), "## Of a customer", ""]
    lines += _table([fact for fact in FACTS.values() if fact.of_customer])
    return "\n".join(lines).rstrip() + "\n"


def _table(facts: list[Fact]) -> Iterator[str]:
    """The facts as a table."""
    yield from ("| fact | type | unit | meaning |", "| --- | --- | --- | --- |")
    for fact in facts:
        unit = ", ".join(f"`{value}`" for value in fact.values) or fact.unit
        yield f"| `{fact.name}` | {fact.type} | {unit} | {fact.meaning} |"
    yield ""


def _keys(schema: Schema, part: Schema, path: str) -> Iterator[str]:
    """A table of the mapping's keys, then those of every mapping in it."""
    below: list[tuple[str, Schema]] = []
    yield from ("| key | | may be | meaning |", "| --- | --- | --- | --- |")
    for key, written in part["properties"].items():
        value = resolved(schema, written)
        needed = "required" if key in part.get("required", ()) else ""
        example = _example(written)
        meaning = f"{value['description']} {example}".strip().replace("|", "\\|")
        yield f"| `{key}` | {needed} | {_kind(value)} | {meaning} |"
        inner = _inner(schema, value)
        if inner is not None:
            below.append((f"{path}{key}", inner))
    yield ""
    for name, inner in below:
        yield from (f"### `{name}`", "", *_keys(schema, inner, f"{name}."))


def _inner(schema: Schema, value: Schema) -> Schema | None:
    """The mapping that the value is or that the items of the list are; conditions and facts have their own chapters."""
    if "items" in value:
        value = resolved(schema, value["items"])
    told_elsewhere = "generated" in value.get("$comment", "")
    return None if told_elsewhere or "properties" not in value else value


def resolved(schema: Schema, written: Schema) -> Schema:
    """The schema with what it refers to; what it says itself wins."""
    found = dict(written)
    while "$ref" in found:
        name = str(found.pop("$ref")).removeprefix("#/$defs/")
        found = schema["$defs"][name] | found
    return found


def _kind(value: Schema) -> str:
    """What may stand there, in words."""
    if "condition" in value.get("$comment", "") or "condition" in str(value.get("x-expected", "")):
        return "[condition](#conditions)"
    if "x-expected" in value and value["type"] != "object" and "enum" not in value:
        words = str(value["x-expected"]).removeprefix("write ")
    elif "enum" in value:
        words = ", ".join(f"`{word}`" for word in value["enum"])
    else:
        types = [value["type"]] if isinstance(value["type"], str) else value["type"]
        words = " or ".join(_KINDS[kind] for kind in types)
    if "minimum" in value:
        words += f", {value['minimum']} to {value['maximum']}"
    if "default" in value:
        words += f"; without it `{json.dumps(value['default']).strip(chr(34))}`"
    return words


def _example(written: Schema) -> str:
    """One short example, as it is written in a policy."""
    for example in written.get("examples", ()):
        text = _yaml(example)
        if len(text) <= 60:
            return f"Example: `{text}`"
    return ""


def _yaml(value: Any) -> str:
    """The value on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_yaml(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(_yaml(part) for part in value) + "]"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _conditions(schema: Schema) -> Iterator[str]:
    """How conditions are written, and which operators each type of fact has."""
    condition = schema["$defs"]["condition"]
    yield str(condition["description"])
    yield ""
    for word in ("all", "any", "none"):
        yield f"- `{word}`: {condition['properties'][word]['description']}"
    yield ""
    yield "`fact: value` is short for `fact: {is: value}`. Facts are listed in [facts.md](facts.md)."
    yield ""
    yield from ("| type | written as | operators |", "| --- | --- | --- |")
    for kind in FactType:
        operators = ", ".join(f"`{word}`" for word in schema["$defs"][f"{kind}_test"]["properties"])
        yield f"| {kind} | {_FORMS[kind]} | {operators} |"
    yield ""
    yield from ("| operator | true where the fact is |", "| --- | --- |")
    seen: dict[str, str] = {}
    for kind in FactType:
        for word, behind in schema["$defs"][f"{kind}_test"]["properties"].items():
            seen.setdefault(word, behind["description"])
    for word, meaning in seen.items():
        yield f"| `{word}` | {meaning} |"
    yield ""
    yield "On the right side stands a value, the name of another fact of the same type, or a percentage of one:"
    yield "`{percent: 50, of: customer.credit_limit}`. Behind a text fact a word is that word itself, unless it begins with"
    yield "`customer.`. The bounds of `between`, and the members of `in` and `not_in`, are values."
    yield ""


def _conclusions(schema: Schema) -> Iterator[str]:
    """What a credit policy may test beside facts."""
    yield "A credit policy knows the facts of customers only, and what its own earlier sections conclude:"
    yield ""
    yield from ("| conclusion | operators | meaning |", "| --- | --- | --- |")
    for name in CONCLUSIONS:
        tests = schema["$defs"]["condition"]["properties"][name]
        operators = ", ".join(f"`{word}`" for word in schema["$defs"][f"{name}_test"]["properties"])
        yield f"| `{name}` | {operators} | {tests['description']} |"
    yield ""
    yield "`covers` and `withhold` test facts only, adjustments the score as well, and everything after them the rating too."
    yield "A conclusion stands on the left; on its right side stand values only."
    yield ""
