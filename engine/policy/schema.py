"""The parts of the schemas that come from the vocabulary, and the reference manual that comes from the schemas.

Comes in: engine/facts.py, snippets.py and the schemas as they stand. Goes out: the schemas with current facts, operators and
snippets, and Markdown.
Know before changing: everything else in a schema is written by hand, in schemas/*.schema.json. Run
`python -m engine.policy.schema` after a change of either; a test proves that it was run.
"""

import json
from pathlib import Path

from engine.facts import CONCLUSIONS, FACTS, Fact, FactType
from engine.policy import document, operands, snippets
from engine.policy.model import Operator
from engine.policy.operands import Facts, Schema
from engine.policy.reference import facts_reference, reference

NAMES = ("dunning", "credit", "cases", "invariants")
OF_CUSTOMER = {name: fact for name, fact in FACTS.items() if fact.of_customer}
# A score is compared with numbers, a rating with the policy's own ratings; neither is ever missing.
_CONCLUDED = {
    "score": (*operands.EQUAL, *operands.BOUNDS),
    "rating": (*operands.EQUAL, Operator.IN, Operator.NOT_IN),
}


def schemas() -> dict[str, str]:
    """The text of each schema that holds parts from the vocabulary, by its name."""
    return {name: _text(_renewed(name)) for name in NAMES}


def write(root: Path) -> None:
    """Bring the schemas and the two references of the repository up to date."""
    for name, text in schemas().items():
        (root / "schemas" / f"{name}.schema.json").write_text(text, encoding="utf-8")
    (root / "docs" / "policy-reference.md").write_text(reference(), encoding="utf-8")
    (root / "docs" / "facts.md").write_text(facts_reference(), encoding="utf-8")


def _renewed(name: str) -> Schema:
    """The schema with the parts that the vocabulary decides made anew."""
    schema = document.schema(name)
    match name:
        case "dunning" | "invariants":
            generated = _conditions(FACTS, "{days_past_due: {at_least: 15}}", [_TEST, _MORE])
        case "credit":
            generated = _of_credit()
        case _:
            generated = _given()
    kept = {key: value for key, value in _definitions(schema).items() if "generated" not in value.get("$comment", "")}
    schema["$defs"] = kept | generated
    snippets.place(name, schema)
    return schema


def _definitions(schema: Schema) -> Schema:
    """Its `$defs`."""
    found = schema.get("$defs", {})
    assert isinstance(found, dict), "$defs is no object"
    return found


def _text(schema: Schema) -> str:
    """As it stands in the file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


_TEST = {"days_past_due": {"at_least": 15}}
_MORE = {"open_amount": {"at_least": "100.00"}}


def _of_credit() -> Schema:
    """Conditions about customers, which may also test the score and the rating; and which facts earn points or make limits."""
    tests: list[Schema] = [{"customer.overdue_count": {"at_least": 2}}, {"rating": "C"}]
    generated = _conditions(OF_CUSTOMER, "{customer.overdue_count: {at_least: 2}}", tests)
    for name, operators in _CONCLUDED.items():
        fact = CONCLUSIONS[name]
        meaning = f"{fact.meaning} ({fact.type.value}: {fact.unit})"
        generated["condition"]["properties"][name] = {"description": meaning, "$ref": f"#/$defs/{name}_test"}
        generated |= _concluded(name, fact, operators)
    scored = [name for name, fact in OF_CUSTOMER.items() if fact.type is not FactType.DATE]
    generated["scored_fact"] = _named(scored, "write a number, text or flag of the customer; `duly facts` lists them")
    money = operands.known_names(FactType.MONEY, OF_CUSTOMER)
    generated["money_fact"] = _named(money, "write a money fact of the customer; `duly facts` lists them")
    return generated


def _named(names: list[str], expected: str) -> Schema:
    """The name of one of these facts."""
    said = {"x-code": {"enum": "unknown-fact"}, "x-expected": expected}
    return {"$comment": "generated", "type": "string", "enum": names, **said}


def _concluded(name: str, fact: Fact, operators: tuple[Operator, ...]) -> Schema:
    """What may stand behind a conclusion: literals only."""
    literal = {"$ref": "#/$defs/rating"} if fact.type is FactType.TEXT else {"$ref": "#/$defs/score_literal"}
    example = ("A", "B") if fact.type is FactType.TEXT else (450, 600)
    plain = {"type": "string"} if fact.type is FactType.TEXT else operands.plain(fact)
    behind: Schema = {}
    for operator in operators:
        said = {"description": operands.MEANING[operator]}
        if operator is Operator.BETWEEN:
            pair = {"type": "array", "minItems": 2, "maxItems": 2, "items": literal, "examples": [list(example)]}
            behind[operator.value] = said | pair
        elif operator in (Operator.IN, Operator.NOT_IN):
            some = {"type": "array", "minItems": 1, "maxItems": 1000, "uniqueItems": True, "items": literal}
            behind[operator.value] = said | some | {"examples": [list(example)]}
        else:
            behind[operator.value] = said | literal | {"examples": [example[0]]}
    test = {
        "$comment": "generated",
        **plain,
        "type": ["object", plain["type"]],
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "x-code": {"additionalProperties": "unknown-operator"},
        "x-one": "a comparison has exactly one operator; join two comparisons with all",
        "examples": [{operators[0].value: example[0]}, example[0]],
        "properties": behind,
    }
    made = {f"{name}_test": test}
    return made if fact.type is FactType.TEXT else made | {f"{name}_literal": {"$comment": "generated"} | plain}


def _conditions(known: Facts, example: str, examples: list[Schema]) -> Schema:
    """`condition`, and one definition for each kind of fact."""
    lists = {
        word: {"description": meaning, "$ref": "#/$defs/conditions"}
        for word, meaning in (
            ("all", "Every one of these holds."),
            ("any", "At least one of these holds."),
            ("none", "Not one of these holds."),
        )
    }
    condition = {
        "$comment": "generated from engine/facts.py by python -m engine.policy.schema",
        "description": "One fact with one operator, or a list of conditions under all, any or none.",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "x-code": {"additionalProperties": "unknown-fact"},
        "x-expected": f"write one fact with one operator, such as {example}, or all, any or none",
        "x-one": "a condition has exactly one key; join several with all, any or none",
        "examples": examples[:1],
        "properties": lists | {name: operands.meaning(fact) for name, fact in known.items()},
    }
    conditions = {
        "$comment": "generated",
        "type": "array",
        "minItems": 1,
        "maxItems": 1000,
        "items": {"$ref": "#/$defs/condition"},
        "examples": [examples],
    }
    of_kind = {}
    for fact in sorted(known.values(), key=operands.kind):
        of_kind[f"{operands.kind(fact)}_literal"] = {"$comment": "generated"} | operands.plain(fact)
        of_kind[f"{operands.kind(fact)}_test"] = operands.tested(fact, known)
        of_kind[f"{operands.kind(fact)}_value"] = {"$comment": "generated"} | operands.right_side(fact, known)
    return {"condition": condition, "conditions": conditions} | of_kind


def _given() -> Schema:
    """What a case says of its subject: any fact with a literal of its type, or null."""
    given = {
        "$comment": "generated from engine/facts.py by python -m engine.policy.schema",
        "description": (
            "The facts of the made subject. Whatever is not said here has its neutral value: nothing overdue, no dispute,"
            " no promise, no hold; `null` says that a value is missing."
        ),
        "type": "object",
        "additionalProperties": False,
        "x-code": {"additionalProperties": "unknown-fact"},
        "examples": [{"days_past_due": 15, "open_amount": "120.00"}],
        "properties": {
            fact.name: {
                "description": operands.meaning(fact)["description"],
                "$ref": f"#/$defs/{operands.kind(fact)}_given",
                "examples": [operands.examples(fact)[0]],
            }
            for fact in FACTS.values()
        },
    }
    return {"given": given} | {
        f"{operands.kind(fact)}_given": _nullable(fact) for fact in sorted(FACTS.values(), key=operands.kind)
    }


def _nullable(fact: Fact) -> Schema:
    """A literal of the fact's type, or null."""
    plain = operands.plain(fact)
    types = [plain["type"]] if isinstance(plain["type"], str) else plain["type"]
    closed = {"enum": [*plain["enum"], None]} if "enum" in plain else {}
    return {"$comment": "generated"} | plain | closed | {"type": [*types, "null"]}


if __name__ == "__main__":
    write(document.shipped())
