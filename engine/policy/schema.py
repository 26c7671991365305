"""The parts of the schemas that come from the vocabulary, and the reference manual that comes from the schemas.

Comes in: engine/facts.py and the schemas as they stand. Goes out: the schemas with current facts and operators, and Markdown.
Know before changing: everything else in a schema is written by hand, in schemas/*.schema.json. Run
`python -m engine.policy.schema` after a change of either; a test proves that it was run.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import facts
from engine.facts import CONCLUSIONS, FACTS, Fact, FactType
from engine.policy import document
from engine.policy.model import Operator
from engine.policy.reference import facts_reference, reference

Schema = dict[str, Any]
Facts = Mapping[str, Fact]

AMOUNT = r"-?[0-9]+(\.[0-9]+)?"
PERCENT = r"-?[0-9]+(\.[0-9]{1,2})?"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

_BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN)
_EQUAL = (Operator.IS, Operator.IS_NOT)
_ORDERED = (*_EQUAL, *_BOUNDS, Operator.MISSING)
OPERATORS: dict[FactType, tuple[Operator, ...]] = {
    FactType.MONEY: _ORDERED,
    FactType.DAYS: _ORDERED,
    FactType.COUNT: _ORDERED,
    FactType.PERCENT: _ORDERED,
    FactType.DATE: _ORDERED,
    FactType.TEXT: (*_EQUAL, Operator.IN, Operator.NOT_IN, Operator.MISSING),
    FactType.FLAG: (*_EQUAL, Operator.MISSING),
}
NAMES = ("dunning", "credit", "cases")
OF_CUSTOMER = {name: fact for name, fact in FACTS.items() if fact.of_customer}
# A score is compared with numbers, a rating with the policy's own ratings; neither is ever missing.
_CONCLUDED = {
    "score": (*_EQUAL, *_BOUNDS),
    "rating": (*_EQUAL, Operator.IN, Operator.NOT_IN),
}
SHARES = (FactType.MONEY, FactType.DAYS, FactType.COUNT, FactType.PERCENT)
_MEANING = {
    Operator.IS: "Equal to it.",
    Operator.IS_NOT: "Different from it. A missing value is not different: the comparison is false.",
    Operator.IN: "One of these.",
    Operator.NOT_IN: "None of these. A missing value is not among them, but the comparison is false all the same.",
    Operator.AT_LEAST: "It or more.",
    Operator.AT_MOST: "It or less.",
    Operator.MORE_THAN: "More than it.",
    Operator.LESS_THAN: "Less than it.",
    Operator.BETWEEN: "From the first to the second, both included.",
    Operator.MISSING: "Whether there is no value at all.",
}
_EXAMPLE: dict[FactType, tuple[Any, Any]] = {
    FactType.MONEY: ("100.00", "5000.00"),
    FactType.DAYS: (15, 30),
    FactType.COUNT: (2, 5),
    FactType.PERCENT: (50, 80),
    FactType.DATE: ("2026-01-01", "2026-12-31"),
    FactType.TEXT: ("retail", "sme"),
    FactType.FLAG: (True, False),
}
_WORDS = {
    FactType.MONEY: "write an amount such as 100.00, the name of an amount fact, or {percent: 50, of: FACT}",
    FactType.DAYS: "write a whole number of days, the name of a days fact, or {percent: 50, of: FACT}",
    FactType.COUNT: "write a whole number, the name of a count fact, or {percent: 50, of: FACT}",
    FactType.PERCENT: "write a percentage such as 80 or 12.5, the name of a percent fact, or {percent: 50, of: FACT}",
    FactType.DATE: "write a date such as 2026-01-31, or the name of a date fact",
    FactType.TEXT: "write a text, or the name of one of the customer's text facts",
    FactType.FLAG: "write true or false, or the name of a true-or-false fact",
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


def _kind(fact: Fact) -> str:
    """What the definitions of the fact's kind are named after: its type, or its values where it has only those."""
    return "one_of_" + "_".join(fact.values) if fact.values else fact.type.value


def _renewed(name: str) -> Schema:
    """The schema with the parts that the vocabulary decides made anew."""
    schema = document.schema(name)
    match name:
        case "dunning":
            generated = _conditions(FACTS, "{days_past_due: {at_least: 15}}", [_TEST, _MORE])
        case "credit":
            generated = _of_credit()
        case _:
            generated = _given()
    kept = {key: value for key, value in _definitions(schema).items() if "generated" not in value.get("$comment", "")}
    schema["$defs"] = kept | generated
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
    money = _names(FactType.MONEY, OF_CUSTOMER)
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
    plain = {"type": "string"} if fact.type is FactType.TEXT else _plain(fact)
    behind: Schema = {}
    for operator in operators:
        said = {"description": _MEANING[operator]}
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
        "properties": lists | {name: _of_fact(fact) for name, fact in known.items()},
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
    for fact in sorted(known.values(), key=_kind):
        of_kind[f"{_kind(fact)}_literal"] = {"$comment": "generated"} | _plain(fact)
        of_kind[f"{_kind(fact)}_test"] = _test(fact, known)
        of_kind[f"{_kind(fact)}_value"] = {"$comment": "generated"} | _operand(fact, known)
    return {"condition": condition, "conditions": conditions} | of_kind


def _of_fact(fact: Fact) -> Schema:
    """The fact as a key of a condition."""
    unit = "one of " + ", ".join(fact.values) if fact.values else fact.unit
    return {"description": f"{fact.meaning} ({fact.type.value}: {unit})", "$ref": f"#/$defs/{_kind(fact)}_test"}


def _test(fact: Fact, known: Facts) -> Schema:
    """What may stand behind the fact: a literal, short for `is`, or one operator."""
    short = _literal(fact, known)
    types = [short["type"]] if isinstance(short["type"], str) else short["type"]
    return {
        "$comment": "generated",
        **short,
        "type": ["object", *types],
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "x-code": {"additionalProperties": "unknown-operator"},
        "x-one": "a comparison has exactly one operator; join two comparisons with all",
        "examples": [{OPERATORS[fact.type][0].value: _examples(fact)[0]}, _examples(fact)[0]],
        "properties": {operator.value: _behind(fact, operator) for operator in OPERATORS[fact.type]},
    }


def _behind(fact: Fact, operator: Operator) -> Schema:
    """What may stand behind the operator."""
    said = {"description": _MEANING[operator]}
    first, second = _examples(fact)
    match operator:
        case Operator.MISSING:
            return said | {"type": "boolean", "examples": [True]}
        case Operator.BETWEEN:
            return said | {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"$ref": f"#/$defs/{_kind(fact)}_literal"},
                "examples": [[first, second]],
            }
        case Operator.IN | Operator.NOT_IN:
            return said | {
                "type": "array",
                "minItems": 1,
                "maxItems": 1000,
                "uniqueItems": True,
                "items": {"$ref": f"#/$defs/{_kind(fact)}_literal"},
                "examples": [[first, second]],
            }
        case _:
            return said | {"$ref": f"#/$defs/{_kind(fact)}_value", "examples": [first]}


def _operand(fact: Fact, known: Facts) -> Schema:
    """A literal, the name of another fact, or a percentage of one."""
    literal = _literal(fact, known)
    if fact.values:
        return _plain(fact)
    if fact.type not in SHARES:
        return literal
    share = {
        "percent": {
            "description": "How many percent of it, more than 0 and at most 1000, with at most 2 decimals.",
            "type": ["number", "string"],
            "pattern": f"^{PERCENT}$",
            "x-expected": "write a percentage such as 50 or 12.5",
            "examples": [50],
        },
        "of": {
            "description": "The fact that it is a percentage of; of the same type.",
            "type": "string",
            "enum": _names(fact.type, known),
            "x-code": {"enum": "unknown-fact"},
            "x-expected": f"write a {fact.type.value} fact; `duly facts` lists them",
            "examples": [_names(fact.type, known)[-1]],
        },
    }
    types = [literal["type"]] if isinstance(literal["type"], str) else literal["type"]
    return literal | {
        "type": [*types, "object"],
        "additionalProperties": False,
        "required": ["percent", "of"],
        "properties": share,
    }


def _literal(fact: Fact, known: Facts) -> Schema:
    """A literal of the fact's type or the name of another fact, as far as a pattern can tell."""
    if fact.values:
        return {
            "type": "string",
            "pattern": f"^({'|'.join(fact.values)})$",
            "x-words": list(fact.values),
            "x-expected": "write " + " or ".join(fact.values),
        }
    names = "|".join(name.replace(".", r"\.") for name in _names(fact.type, known))
    said = {"x-words": _names(fact.type, known), "x-expected": _WORDS[fact.type]}
    match fact.type:
        case FactType.MONEY | FactType.PERCENT:
            form = AMOUNT if fact.type is FactType.MONEY else PERCENT
            return {"type": ["number", "string"], "pattern": f"^({form}|{names})$", **said}
        case FactType.DAYS | FactType.COUNT:
            return {
                "type": ["integer", "string"],
                "minimum": -36500,
                "maximum": 1000000,
                "pattern": f"^({names})$",
                **said,
            }
        case FactType.DATE:
            return {"type": "string", "pattern": f"^({DATE}|{names})$", **said}
        case FactType.FLAG:
            return {"type": ["boolean", "string"], "pattern": f"^({names})$", **said}
        case FactType.TEXT:
            return _plain(fact) | said


def _plain(fact: Fact) -> Schema:
    """A literal of the fact's type and nothing else."""
    if fact.values:
        return {"type": "string", "enum": list(fact.values)}
    match fact.type:
        case FactType.MONEY:
            return {
                "type": ["number", "string"],
                "pattern": f"^{AMOUNT}$",
                "x-expected": "write an amount such as 100.00",
            }
        case FactType.PERCENT:
            expected = "write a percentage such as 80 or 12.5"
            return {"type": ["number", "string"], "pattern": f"^{PERCENT}$", "x-expected": expected}
        case FactType.DAYS | FactType.COUNT:
            return {"type": "integer", "minimum": -36500, "maximum": 1000000}
        case FactType.DATE:
            return {"type": "string", "pattern": f"^{DATE}$", "x-expected": "write a date such as 2026-01-31"}
        case FactType.FLAG:
            return {"type": "boolean"}
        case FactType.TEXT:
            return {"type": "string", "minLength": 1, "maxLength": 200}


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
                "description": _of_fact(fact)["description"],
                "$ref": f"#/$defs/{_kind(fact)}_given",
                "examples": [_examples(fact)[0]],
            }
            for fact in FACTS.values()
        },
    }
    return {"given": given} | {f"{_kind(fact)}_given": _nullable(fact) for fact in sorted(FACTS.values(), key=_kind)}


def _nullable(fact: Fact) -> Schema:
    """A literal of the fact's type, or null."""
    plain = _plain(fact)
    types = [plain["type"]] if isinstance(plain["type"], str) else plain["type"]
    closed = {"enum": [*plain["enum"], None]} if "enum" in plain else {}
    return {"$comment": "generated"} | plain | closed | {"type": [*types, "null"]}


def _examples(fact: Fact) -> tuple[Any, Any]:
    """Two literals, the first lower than the second."""
    return (fact.values[0], fact.values[1]) if fact.values else _EXAMPLE[fact.type]


def _names(kind: FactType, known: Facts) -> list[str]:
    """The facts that a literal of this type may be replaced by; a text stands for itself unless it has the prefix."""
    return [name for name, fact in known.items() if fact.type is kind and _may_stand_right(fact)]


def _may_stand_right(fact: Fact) -> bool:
    """A bare word behind a text fact is a literal, so only a prefixed name can be meant as a fact there."""
    return not fact.values and (fact.type is not FactType.TEXT or fact.name.startswith(facts.CUSTOMER_PREFIX))


if __name__ == "__main__":
    write(document.shipped())
