"""What a schema's refusal means in words: one breach of one keyword becomes codes and sentences for a credit controller.

Comes in: which keyword of which schema a value breaks. Goes out: Findings of fault, each at a path, on its key or its value.
Know before changing: a schema may say more about itself. `x-code: {keyword: code}` replaces a code, `x-expected` says in words
what is right, `x-one` why it has one key only, `x-words` lists right words for "did you mean" where `enum` cannot stand.
Editors ignore all of these.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import nearest
from engine.facts import FACTS

Steps = tuple[str | int, ...]

_NAMES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

_KINDS = {"unknown-fact": "a fact", "unknown-operator": "an operator for this fact", "unknown-action": "an action"}
_EXPECTED = {"unknown-fact": "`duly facts` lists them"}
# Commas cut a number in a flow mapping: `{cap: 50.000,00}` is the key `cap` and the key `00` without a value.
CUT = re.compile(r"-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)+(\.[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?")
_DECIMAL = re.compile(r"-?[0-9]+[.,][0-9]+")


@dataclass(frozen=True, slots=True)
class Breach:
    """The value at the path does not satisfy `keyword: limit` of the schema."""

    path: Steps
    keyword: str
    limit: Any
    value: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, on the key or on the value at the path."""

    path: Steps
    on_key: bool
    code: str
    message: str


def faults(breach: Breach) -> Iterator[Fault]:
    """What is wrong, once for each key that is."""
    match breach.keyword:
        case "additionalProperties":
            yield from _unknown(breach)
        case "required":
            yield from _missing(breach)
        case "type":
            yield _fault(breach, "wrong-type", _wrong_type(breach))
        case "enum" | "const" | "pattern":
            yield _fault(breach, "wrong-value", _wrong_value(breach))
        case "maxProperties":
            key = list(breach.value)[breach.limit]
            code, expected = _code(breach, "too-many-keys"), breach.schema.get("x-one", "keep one")
            yield Fault((*breach.path, key), True, code, f"'{key}' is one key too many here; {expected}")
        case "minProperties":
            words = breach.schema.get("x-one") or "write one of " + _listed(breach.schema.get("properties", {}))
            yield _fault(breach, "empty-mapping", f"there is nothing in it; {words}")
        case "minItems" | "maxItems":
            yield _wrong_length(breach)
        case "uniqueItems":
            yield _repeated(breach)
        case _:
            yield _fault(breach, "out-of-range", _out_of_range(breach))


def written(value: object) -> str:
    """A value as a problem shows it, on one line and not too long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            line = value.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
            return f"'{line[:60]}...'" if len(line) > 63 else f"'{line}'"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(value)


def _unknown(breach: Breach) -> Iterator[Fault]:
    """Each key that the closed object does not have, with the nearest that it has."""
    right = breach.schema.get("properties", {})
    code, cuts = _code(breach, "unknown-key"), _cuts(breach.value)
    for key in breach.value:
        if key in right:
            continue
        if key in cuts:
            if cuts[key]:
                message = f"{written(cuts[key])} is not a number here: {in_digits(cuts[key])}"
                yield Fault((*breach.path, key), True, code, message)
            continue
        hint = nearest(key, right)
        if not hint:
            hint = f"; known here: {_listed(right)}" if len(right) <= 20 else f"; {_EXPECTED.get(code, 'remove it')}"
        yield Fault((*breach.path, key), True, code, f"{written(key)} is not {_KINDS.get(code, 'a key here')}{hint}")


def _cuts(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Keys that are parts of a number that commas cut: the last part with the whole number, those before it with nothing."""
    runs: list[list[str]] = [[]]
    for key, value in mapping.items():
        if value is None and _DIGITS.fullmatch(key):
            runs[-1].append(key)
        else:
            runs.append([str(value)])
    cut = [run for run in runs if CUT.fullmatch(",".join(run))]
    return {key: ",".join(run) if key == run[-1] else "" for run in cut for key in run[1:]}


def in_digits(cut: str) -> str:
    """How to write the number: three digits behind the only kind of separator are thousands."""
    before, mark, after = cut.rpartition("," if cut.rfind(",") > cut.rfind(".") else ".")
    only, digits = mark not in before, re.sub("[.,]", "", before)
    both = "." in cut and "," in cut
    number = f"{digits}.{after}" if only and (both or len(after) != 3) else digits + after
    return f"write digits with a point and no comma, such as {number}"


def _missing(breach: Breach) -> Iterator[Fault]:
    """Each key that must be there; not where a misspelling of it is there, which is a problem already."""
    right = breach.schema.get("properties", {})
    strangers = [key for key in breach.value if key not in right]
    for key in breach.limit:
        misspelt = any(nearest(stranger, right) == nearest(key, [key]) for stranger in strangers)
        if key not in breach.value and not misspelt:
            meaning = str(right.get(key, {}).get("description", "")).split(". ")[0].rstrip(".")
            yield _fault(breach, "missing-key", f"'{key}' is missing" + (f": {meaning}" if meaning else ""))


def _wrong_type(breach: Breach) -> str:
    """What it is, and what it should be."""
    types = [breach.limit] if isinstance(breach.limit, str) else list(breach.limit)
    expected = breach.schema.get("x-expected") or "write " + " or ".join(_NAMES[kind] for kind in types)
    if breach.value is None:
        return f"there is no value; {expected}"
    if isinstance(breach.value, str) and types == ["integer"] and _DECIMAL.fullmatch(breach.value):
        remedy = breach.schema.get("x-expected") or "write one without decimals"
        return f"{written(breach.value)} is not a whole number; {remedy}"
    is_whole = isinstance(breach.value, str) and breach.value.lstrip("-").isdecimal()
    remedy = f"{expected}, without quotes or leading zeros" if is_whole and "integer" in types else expected
    if "string" in types and isinstance(breach.value, bool | int):
        remedy = f'{expected}; in quotes if it is meant as text: "{written(breach.value)}"'
    return f"{written(breach.value)} is {_kind(breach.value)}; {remedy}"


def _kind(value: object) -> str:
    """What kind of value it is; a list and a mapping say so themselves."""
    match value:
        case bool():
            return "a flag"
        case int():
            return "a whole number"
        case str():
            return "text"
        case _:
            return "not what belongs here"


def _wrong_value(breach: Breach) -> str:
    """What it is, with the nearest right word, or what is right."""
    words = breach.schema.get("x-words") or breach.schema.get("enum") or [breach.schema.get("const")]
    words = [word for word in words if isinstance(word, str)]
    shown = written(breach.value)
    hint = nearest(breach.value, words) if isinstance(breach.value, str) else ""
    if not hint:
        expected = breach.schema.get("x-expected") or (
            "write " + _listed(words, " or ") if words else "write it otherwise"
        )
        hint = f"; {expected}"
    if _code(breach, "") == "unknown-fact" and isinstance(breach.value, str):
        return f"{shown} is {'a fact that does not fit here' if breach.value in FACTS else 'not a fact'}{hint}"
    return f"{shown} is not right here{hint}"


def _wrong_length(breach: Breach) -> Fault:
    """A list that is empty, too short or too long."""
    if not breach.value:
        return _fault(breach, "empty-list", "the list is empty; write at least one item")
    bound = "at least" if breach.keyword == "minItems" else "at most"
    return _fault(breach, "wrong-length", f"the list has {len(breach.value)} items; write {bound} {breach.limit}")


def _repeated(breach: Breach) -> Fault:
    """The second of two equal items."""
    for index, item in enumerate(breach.value):
        if any(item == other and type(item) is type(other) for other in breach.value[:index]):
            shown = "this" if isinstance(item, dict | list) else written(item)
            message = f"{shown} stands in the list already; keep one of them"
            return Fault((*breach.path, index), False, _code(breach, "repeated-item"), message)
    raise AssertionError("uniqueItems broken without equal items")


def _out_of_range(breach: Breach) -> str:
    """A number beyond its bounds, or a text that is too short or too long."""
    match breach.keyword:
        case "minimum":
            return f"{written(breach.value)} is too small; write {breach.limit} or more"
        case "maximum":
            return f"{written(breach.value)} is too large; write {breach.limit} or less"
        case "minLength":
            return "the text is empty; write something"
        case "maxLength":
            return f"{written(breach.value)} is too long; write at most {breach.limit} characters"
        case _:
            raise AssertionError(f"the schema uses '{breach.keyword}', which has no code")


def _fault(breach: Breach, code: str, message: str) -> Fault:
    """A fault of the value itself."""
    return Fault(breach.path, False, _code(breach, code), message)


def _code(breach: Breach, code: str) -> str:
    """The schema's own code for this keyword, else the usual one."""
    return str(breach.schema.get("x-code", {}).get(breach.keyword, code))


def _listed(words: object, last: str = ", ") -> str:
    """The words in their order."""
    assert isinstance(words, list | dict)
    return last.join(f"'{word}'" for word in words)
