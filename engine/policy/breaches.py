"""What a schema's refusal means in words: one breach of one keyword becomes codes and sentences for a credit controller.

Comes in: which keyword of which schema a value breaks. Goes out: Findings of fault, each at a path, on its key or its value.
Know before changing: a schema may say more about itself. `x-code: {keyword: code}` replaces a code, `x-expected` says in words
what is right, `x-one` why it has one key only, `x-words` lists right words for "did you mean" where `enum` cannot stand.
Editors ignore all of these.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import nearest

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
    code = _code(breach, "unknown-key")
    for key in breach.value:
        if key in right:
            continue
        hint = nearest(key, right)
        if not hint:
            hint = f"; known here: {_listed(right)}" if len(right) <= 20 else f"; {_EXPECTED.get(code, 'remove it')}"
        yield Fault((*breach.path, key), True, code, f"{written(key)} is not {_KINDS.get(code, 'a key here')}{hint}")


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
