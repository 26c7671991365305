"""What may stand behind a fact, as parts of a schema: its operators, its literals, and the facts that it may be compared with.

Comes in: a fact, and those that its policy knows. Goes out: definitions for engine/policy/schema.py to put together.
Know before changing: editors complete and check conditions from these; `x-words` and `x-expected` are what a problem says.
"""

from collections.abc import Mapping
from typing import Any

from engine import facts
from engine.facts import Fact, FactType
from engine.policy.model import Operator

Schema = dict[str, Any]
Facts = Mapping[str, Fact]

AMOUNT = r"-?[0-9]+(\.[0-9]+)?"
PERCENT = r"-?[0-9]+(\.[0-9]{1,2})?"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN)
EQUAL = (Operator.IS, Operator.IS_NOT)
_ORDERED = (*EQUAL, *BOUNDS, Operator.MISSING)
OPERATORS: dict[FactType, tuple[Operator, ...]] = {
    FactType.MONEY: _ORDERED,
    FactType.DAYS: _ORDERED,
    FactType.COUNT: _ORDERED,
    FactType.PERCENT: _ORDERED,
    FactType.DATE: _ORDERED,
    FactType.TEXT: (*EQUAL, Operator.IN, Operator.NOT_IN, Operator.MISSING),
    FactType.FLAG: (*EQUAL, Operator.MISSING),
}
SHARES = (FactType.MONEY, FactType.DAYS, FactType.COUNT, FactType.PERCENT)
MEANING = {
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


def kind(fact: Fact) -> str:
    """What the definitions of the fact's kind are named after: its type, or its values where it has only those."""
    return "one_of_" + "_".join(fact.values) if fact.values else fact.type.value


def meaning(fact: Fact) -> Schema:
    """The fact as a key of a condition."""
    unit = "one of " + ", ".join(fact.values) if fact.values else fact.unit
    return {"description": f"{fact.meaning} ({fact.type.value}: {unit})", "$ref": f"#/$defs/{kind(fact)}_test"}


def tested(fact: Fact, known: Facts) -> Schema:
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
        "examples": [{OPERATORS[fact.type][0].value: examples(fact)[0]}, examples(fact)[0]],
        "properties": {operator.value: _behind(fact, operator) for operator in OPERATORS[fact.type]},
    }


def _behind(fact: Fact, operator: Operator) -> Schema:
    """What may stand behind the operator."""
    said = {"description": MEANING[operator]}
    first, second = examples(fact)
    match operator:
        case Operator.MISSING:
            return said | {"type": "boolean", "examples": [True]}
        case Operator.BETWEEN:
            return said | {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"$ref": f"#/$defs/{kind(fact)}_literal"},
                "examples": [[first, second]],
            }
        case Operator.IN | Operator.NOT_IN:
            return said | {
                "type": "array",
                "minItems": 1,
                "maxItems": 1000,
                "uniqueItems": True,
                "items": {"$ref": f"#/$defs/{kind(fact)}_literal"},
                "examples": [[first, second]],
            }
        case _:
            return said | {"$ref": f"#/$defs/{kind(fact)}_value", "examples": [first]}


def right_side(fact: Fact, known: Facts) -> Schema:
    """A literal, the name of another fact, or a percentage of one."""
    literal = _literal(fact, known)
    if fact.values:
        return plain(fact)
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
            "enum": known_names(fact.type, known),
            "x-code": {"enum": "unknown-fact"},
            "x-expected": f"write a {fact.type.value} fact; `duly facts` lists them",
            "examples": [known_names(fact.type, known)[-1]],
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
    names = "|".join(name.replace(".", r"\.") for name in known_names(fact.type, known))
    said = {"x-words": known_names(fact.type, known), "x-expected": _WORDS[fact.type]}
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
            return plain(fact) | said


def plain(fact: Fact) -> Schema:
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


def examples(fact: Fact) -> tuple[Any, Any]:
    """Two literals, the first lower than the second."""
    return (fact.values[0], fact.values[1]) if fact.values else _EXAMPLE[fact.type]


def known_names(kind: FactType, known: Facts) -> list[str]:
    """The facts that a literal of this type may be replaced by; a text stands for itself unless it has the prefix."""
    return [name for name, fact in known.items() if fact.type is kind and _may_stand_right(fact)]


def _may_stand_right(fact: Fact) -> bool:
    """A bare word behind a text fact is a literal, so only a prefixed name can be meant as a fact there."""
    return not fact.values and (fact.type is not FactType.TEXT or fact.name.startswith(facts.CUSTOMER_PREFIX))
