"""Strict YAML documents: every value knows its line and column, and every mistake is one Problem, never a traceback.

Comes in: a file. Goes out: a Document, or the problems that keep it from being one; `validate` holds it against a schema.
Know before changing: only true, false, null, ~ and plain integers are anything but text. `NO` is Norway, `012` is a text,
`100.00` is a text until the fact's type parses it. YAML features that hide what a file says (tags, merge keys, duplicate keys,
directives, aliases that explode) are refused. Here live yaml and jsonschema; yaml also in outline.py, for layout only.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator

from engine.errors import Place, Problem
from engine.policy import source
from engine.policy.breaches import CUT, Breach, faults, in_digits, written
from engine.policy.source import Unreadable

Value: TypeAlias = "bool | int | str | list[Value] | dict[str, Value] | None"
Steps: TypeAlias = "tuple[str | int, ...]"

MOST_DEPTH = 50
MOST_ALIASED = 10_000
# The longest integer that is certain to fit 64 bits; more digits cannot be meant.
MOST_DIGITS = 18
# How long a value may be, as text, that is remembered as right.
MOST_REMEMBERED = 200

_WHOLE = re.compile(r"0|-?[1-9][0-9]*")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
# What the parsers say (libyaml, and PyYAML's own), and what it means to whoever wrote the line.
_SYNTAX = {
    "mapping values are not allowed": "a colon where none may stand; put the text in quotes, or mend the indentation",
    "quoted scalar, found unexpected end": "this quote is never closed; close it",
    "expected ',' or ']'": "a list in brackets is not closed, or lacks a comma; close it with ]",
    "expected ',' or '}'": "a mapping in braces is not closed, or lacks a comma; close it with }",
    "cannot start any token": "this character may not begin a text; put the text in quotes",
    "could not find expected ':'": "a key without a colon; write key: value",
    "block mapping": "this line does not fit those above; indent it as deep as its neighbours",
    "block collection": "this line does not fit those above; indent it as deep as its neighbours",
    "block sequence": "this line does not fit those above; indent it as deep as its neighbours",
}
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_NOTHING: Mapping[Any, Any] = {}
# The parsers' marks (libyaml's, and PyYAML's own) and events have the same attributes and no type in common that says so.
Mark: TypeAlias = Any
Event: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class _Node:
    """A value with its mark, the marks of its keys, and its parts; `size` counts it and everything in it.

    Few of the places in a file are ever asked for: the parser's marks become places only then.
    """

    value: Value
    mark: Mark
    keys: Mapping[str, Mark]
    parts: Mapping[Any, "_Node"]
    size: int


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its text, its value in plain Python, and where each part of it stands."""

    file: str
    text: str
    value: Value
    _root: _Node = field(repr=False, compare=False)

    def place(self, path: Steps = ()) -> Place:
        """Where the value at the path stands; that of its nearest ancestor where there is no such value."""
        node = self._root
        for step in path:
            if step not in node.parts:
                break
            node = node.parts[step]
        return _place(self.file, node.mark)

    def key_place(self, path: Steps) -> Place:
        """Where the key at the path stands (an item of a list has none: then its value)."""
        node = self._root
        for step in path[:-1]:
            if step not in node.parts:
                return _place(self.file, node.mark)
            node = node.parts[step]
        last = path[-1] if path else ""
        if isinstance(last, str) and last in node.keys:
            return _place(self.file, node.keys[last])
        return self.place(path)

    def within(self, path: Steps) -> frozenset[Place]:
        """Every place at the path and below it, that of its key among them; none where nothing stands there."""
        waiting = [self._root]
        for step in path:
            if step not in waiting[0].parts:
                return frozenset()
            waiting = [waiting[0].parts[step]]
        found = {self.key_place(path)}
        while waiting:
            node = waiting.pop()
            found |= {_place(self.file, mark) for mark in (node.mark, *node.keys.values())}
            waiting += node.parts.values()
        return frozenset(found)


def read(path: Path, *, shown: str | None = None) -> tuple[Document | None, tuple[Problem, ...]]:
    """The document in the file, or every reason why it is none. `shown` is the file's name in problems."""
    document, problems = inspect(path, shown=shown)
    return (None if problems else document), problems


def inspect(path: Path, *, shown: str | None = None) -> tuple[Document | None, tuple[Problem, ...]]:
    """As `read`, but a document whose structure can be told is given beside its problems, so that more can be found in it."""
    file = shown or str(path)
    try:
        return parse(source.text(path, file), file)
    except Unreadable as wrong:
        return None, (wrong.problem,)


def parse(text: str, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """The document that the text is; also beside problems, where its structure can be told all the same."""
    composer = _Composer(text, file)
    try:
        source.refuse_hidden(text, file)
        root = composer.document()
    except Unreadable as wrong:
        return None, (*sorted(composer.problems), wrong.problem)
    return Document(file, text, root.value, root), tuple(sorted(composer.problems))


def text(path: Path, *, shown: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file that is not YAML, under the same bounds; empty beside a problem."""
    try:
        return source.text(path, shown or str(path)), ()
    except Unreadable as wrong:
        return "", (wrong.problem,)


def joined(first: Collection[Problem], then: Iterable[Problem]) -> tuple[Problem, ...]:
    """Both, sorted; where both find fault at one place, only the first speaks."""
    said = {problem.where for problem in first}
    return tuple(sorted({*first, *(problem for problem in then if problem.where not in said)}))


def canonical(value: object) -> str:
    """The one text of a value: JSON with sorted keys, without blanks, characters as they are."""
    return _CANONICAL.encode(value)


def digest(value: object) -> str:
    """`sha256:...` of the canonical text: layout and comments of a file do not count."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def shipped() -> Path:
    """The folder that holds `schemas/` and `policies/`: engine/shipped in an installed wheel, else the repository's root."""
    engine = Path(__file__).resolve().parents[1]
    installed = engine / "shipped"
    return installed if installed.is_dir() else engine.parent


def schema(name: str) -> dict[str, object]:
    """The JSON schema of that name (`dunning`, `cases`, `mapping`, ...)."""
    loaded = json.loads((shipped() / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict), f"schema {name} is not an object"
    return loaded


def validate(document: Document, schema: str) -> tuple[Problem, ...]:
    """Every way in which the document breaks the schema, sorted by place."""
    problems = set()
    for error in _validator(schema).iter_errors(document.value):
        assert isinstance(error.schema, Mapping), "a part of the schema is no object"
        path = tuple(error.absolute_path)
        for fault in faults(Breach(path, str(error.validator), error.validator_value, error.instance, error.schema)):
            place = document.key_place(fault.path) if fault.on_key else document.place(fault.path)
            problems.add(Problem(place, fault.code, fault.message))
    return tuple(sorted(problems))


@cache
def _validator(name: str) -> Validator:
    """The validator of a schema; a pattern that ends in $ means the end of the text, not a line break before it."""

    def pattern(_: Validator, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
            yield ValidationError("pattern")

    loaded = schema(name)
    parts = loaded.get("$defs", {})
    assert isinstance(parts, Mapping), "$defs is no object"

    # Cases say the same things over and over: what was right under a part of the schema once is not looked at again.
    right: set[tuple[int, str]] = set()

    def below(validator: Any, instance: object, part: Any, **at: Any) -> Iterator[ValidationError]:
        known = (id(part), repr(instance))
        if known in right:
            return
        errors = list(validator.descend(instance, part, **at))
        if not errors and len(known[1]) <= MOST_REMEMBERED:
            right.add(known)
        yield from errors

    # Our references stay within the schema. The library's own way of following them takes most of the time of a check.
    def reference(validator: Any, address: str, instance: object, schema: object) -> Iterator[ValidationError]:
        yield from below(validator, instance, parts[address.removeprefix("#/$defs/")])

    # A hundred facts may stand in a condition, and one does.
    def properties(validator: Any, known: Any, instance: object, schema: object) -> Iterator[ValidationError]:
        for key, value in instance.items() if isinstance(instance, dict) else ():
            if key in known:
                yield from below(validator, value, known[key], path=key, schema_path=key)

    def items(validator: Any, part: Any, instance: object, schema: object) -> Iterator[ValidationError]:
        for index, value in enumerate(instance) if isinstance(instance, list) else ():
            yield from below(validator, value, part, path=index)

    own = {"pattern": pattern, "$ref": reference, "properties": properties, "items": items}
    extended: type[Validator] = validators.extend(Draft202012Validator, own)  # type: ignore[no-untyped-call]
    return extended(loaded)


def _place(file: str, mark: Mark) -> Place:
    """The place of a mark, counted from 1."""
    return Place(file, mark.line + 1, mark.column + 1)


# -- from text to values -----------------------------------------------------------------------------------------------


class _Composer:
    """Reads YAML's events one by one, so that depth and aliases are bounded before anything is built.

    The parser ends every stream with StreamEnd, which is never read past.
    """

    def __init__(self, text: str, file: str) -> None:
        """Nothing is read yet."""
        self.file = file
        self.problems: list[Problem] = []
        self._anchors: dict[str, _Node] = {}
        self._aliased = 0
        self._next = self._read(text).__next__

    def document(self) -> _Node:
        """The root of the only document."""
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            raise self._stop(start, "empty-file", "the file says nothing; it needs at least one key")
        if isinstance(start, yaml.DocumentStartEvent) and (start.version or start.tags):
            self._add(start, "yaml-directive", "directives (%YAML, %TAG) are not allowed; remove the line")
        first = self._next()
        root = self._node(first, 1)
        if root.value is None and root.size == 1:
            raise self._stop(first, "empty-file", "the file says nothing; it needs at least one key")
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._stop(after, "two-documents", "a second document begins here; put it into a file of its own")
        return root

    def _read(self, text: str) -> Iterator[Event]:
        """The events; what the parser refuses becomes a problem. Escapes beyond Unicode are a ValueError or OverflowError."""
        try:
            events = _Loader(text)
            while True:
                yield events.get_event()
        except yaml.MarkedYAMLError as error:
            raise Unreadable(self._syntax(error, text)) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise source.unreadable(
                self.file, "yaml-syntax", f"this is not YAML: {' '.join(str(error).split())}"
            ) from error

    def _node(self, event: Event, depth: int) -> _Node:
        """The node that begins with the event."""
        if depth > MOST_DEPTH:
            raise self._stop(event, "too-deep", f"this is nested more than {MOST_DEPTH} levels deep; flatten it")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            self._add(
                event, "yaml-tag", f"tags ({event.tag.replace('tag:yaml.org,2002:', '!!')}) are not allowed; remove it"
            )
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(self._scalar(event), event.start_mark, _NOTHING, _NOTHING, 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            assert isinstance(event, yaml.MappingStartEvent), event
            node = self._mapping(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> _Node:
        """The node that the anchor named, counted as if it were written out."""
        node = self._anchors.get(str(event.anchor))
        if node is None:
            raise self._stop(event, "bad-alias", f"'*{event.anchor}' has no anchor that ends before it; write it out")
        self._aliased += node.size
        if self._aliased > MOST_ALIASED:
            message = f"aliases stand for more than {MOST_ALIASED:,} values; write them out"
            raise self._stop(event, "too-many-aliases", message)
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Value:
        """The value of a scalar: plain words and integers by their look, everything else is text."""
        text: str = event.value
        hidden = source.HIDDEN.search(text)
        if hidden:
            self._add(
                event,
                "control-character",
                f"the text holds U+{ord(hidden.group()):04X}, which does not show; remove it",
            )
            return source.HIDDEN.sub("", text)
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _WHOLE.fullmatch(text):
            return text
        if len(text.lstrip("-")) > MOST_DIGITS:
            self._add(
                event, "number-too-large", f"a number of more than {MOST_DIGITS} digits; put it in quotes if it is text"
            )
            return 0
        return int(text)

    def _sequence(self, start: Event, depth: int) -> _Node:
        """A list."""
        parts: list[_Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            parts.append(self._node(event, depth + 1))
        size = 1 + sum([part.size for part in parts])
        return _Node([part.value for part in parts], start.start_mark, _NOTHING, dict(enumerate(parts)), size)

    def _mapping(self, start: Event, depth: int) -> _Node:
        """A mapping; of a key that comes twice the first stays."""
        parts: dict[str, _Node] = {}
        keys: dict[str, Mark] = {}
        value: dict[str, Value] = {}
        flow = isinstance(start, yaml.MappingStartEvent) and start.flow_style
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth, next(reversed(value.values()), None) if flow else None)
            node = self._node(self._next(), depth + 1)
            if key is None:
                continue
            if key in keys:
                message = f"'{key}' stands in line {keys[key].line + 1} already; keep one of them"
                self._add(event, "duplicate-key", message)
                continue
            keys[key], parts[key], value[key] = event.start_mark, node, node.value
        size = 1 + len(keys) + sum([part.size for part in parts.values()])
        return _Node(value, start.start_mark, keys, parts, size)

    def _key(self, event: Event, depth: int, before: Value) -> str | None:
        """The key as text, None where it is none. `before` is the value in front of the comma, where a comma is between them."""
        node = self._node(event, depth + 1)
        if not isinstance(node.value, str):
            cut = f"{before},{event.value}" if isinstance(event, yaml.ScalarEvent) else ""
            remedy = f"if {cut} is meant, {in_digits(cut)}" if CUT.fullmatch(cut) else "put it in quotes"
            self._add(event, "key-not-text", f"a key must be text, this is {written(node.value)}; {remedy}")
            return None
        if node.value == "<<" and isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
            self._add(event, "merge-key", "merge keys ('<<') are not allowed; write the keys out")
            return None
        return node.value

    def _add(self, event: Event, code: str, message: str) -> None:
        """One more problem, after which reading goes on."""
        self.problems.append(Problem(_place(self.file, event.start_mark), code, message))

    def _stop(self, event: Event, code: str, message: str) -> Unreadable:
        """The problem that ends the reading."""
        return Unreadable(Problem(_place(self.file, event.start_mark), code, message))

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> Problem:
        """The parser's refusal in our words; a tab has its own, since it cannot be seen."""
        # What is never closed is missed at the end of the file; it is mended where it was opened.
        opened = "end of stream" in str(error.problem)
        mark = (error.context_mark if opened else None) or error.problem_mark
        place = Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)
        lines = re.split("\r\n|\r|\n", text)
        line = lines[mark.line] if mark and mark.line < len(lines) else ""
        if "\t" in re.match(r"[\s-]*", line).group():  # type: ignore[union-attr]  # matches every text
            place = Place(self.file, place.line, line.index("\t") + 1)
            return Problem(place, "tab", "a tab stands in the indentation; indent with spaces")
        said = ", ".join(part for part in (error.context, error.problem) if part)
        plain = [words for mark, words in _SYNTAX.items() if mark in said]
        reason = plain[0] if plain else f"{said}; check indentation, quotes and colons"
        return Problem(place, "yaml-syntax", f"this is not YAML: {reason}")
