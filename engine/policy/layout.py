"""One layout for every policy: keys in the order of the schema, two blanks for each step, every comment where it belongs.

Comes in: the text of a file. Goes out: the same, laid out anew, or the problems that keep us from it.
Know before changing: a layout never changes what a file says (its digest stays), loses no comment, and laid out again nothing
moves: each result is held to the first two before it is given, and a file that breaks them is left as it is. What stands in
brackets stays there where it fits its line; a comment behind a line keeps its column where it can.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from engine.errors import Place, Problem
from engine.policy import document
from engine.policy.outline import Block, Entry, Node, Outline, Remark, Scalar, comments, outline

WIDTH = 125
_STEP = 2
_GAP = 2
# A file with this key at its top is of the kind of that name.
_TOLD_BY = ("cases", "roles", "invariants")
_KINDS = ("dunning", "credit")

Schema = Mapping[str, object]


def lay_out(text: str, file: str) -> tuple[str, tuple[Problem, ...]]:
    """The text in the one layout; as it is, where there are problems."""
    found, problems = document.parse(text, file)
    if found is None or problems:
        return text, problems
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    read = outline(plain)
    made = "\n".join(_lines(read, _schema(found.value))) + "\n"
    again, wrong = document.parse(made, file)
    if wrong or again is None or again.value != found.value or Counter(comments(made)) != Counter(comments(plain)):
        message = "this is written in a way that cannot be laid out without changing it; it is left as it is"
        return text, (Problem(Place(file), "not-laid-out", message),)
    return made, ()


def _schema(value: document.Value) -> Schema:
    """The schema that says the order of the keys; an empty one for what we do not know."""
    if not isinstance(value, dict):
        return {}
    if value.get("kind") in _KINDS:
        return _loaded(str(value["kind"]))
    return next((_loaded(name) for name in _TOLD_BY if name in value), {})


@cache
def _loaded(name: str) -> Schema:
    """The schema of that name."""
    return document.schema(name)


def _lines(read: Outline, schema: Schema) -> list[str]:
    """The lines of the whole file."""
    # What is named has to stand before it is used again, so nothing changes places.
    order = _Order(schema, moves=not read.anchored)
    match read.root:
        case Scalar():
            body = _texts(read.root, "", 0)
        case Block(entries=()):
            body = [_in_brackets(read.root, order, schema) or ""]
        case Block():
            body = _opened(read.root, 0, order, schema)
    return [*_above(_begun(read.header), ""), *body]


class _Order:
    """The order of keys, as the schema lists them."""

    def __init__(self, root: Schema, *, moves: bool) -> None:
        """For documents of one schema; where nothing `moves`, keys stay as they are."""
        self._root, self._moves = root, moves

    def sorted(self, entries: tuple[Entry, ...], schema: Schema) -> tuple[Entry, ...]:
        """The entries in their order; a key that the schema does not know stays behind its neighbour, facts where they are."""
        properties = self._resolved(schema).get("properties")
        generated = "generated" in str(self._resolved(schema).get("$comment", ""))
        if not self._moves or generated or not isinstance(properties, Mapping):
            return entries
        places = {name: number for number, name in enumerate(properties)}
        placed: list[tuple[int, Entry]] = []
        for entry in entries:
            behind = placed[-1][0] if placed else -1
            placed.append((places.get(entry.name, behind), entry))
        return tuple(entry for _, entry in sorted(placed, key=lambda one: one[0]))

    def within(self, schema: Schema, entry: Entry) -> Schema:
        """The schema of the entry's value."""
        here = self._resolved(schema)
        if not entry.key:
            return _object(here.get("items"))
        properties = _object(here.get("properties"))
        return _object(properties.get(entry.name, here.get("additionalProperties")))

    def _resolved(self, schema: Schema) -> Schema:
        """The schema itself, where it only points at it."""
        while isinstance(name := schema.get("$ref"), str):
            schema = _object(_object(self._root.get("$defs")).get(name.rpartition("/")[2]))
        return schema


def _object(value: object) -> Schema:
    """A part of a schema; an empty one where there is none."""
    return value if isinstance(value, Mapping) else {}


def _opened(block: Block, indent: int, order: _Order, schema: Schema) -> list[str]:
    """A mapping or list on lines of its own, without an empty one above it, nor two together."""
    lines: list[str] = []
    pad, closed = " " * indent, False
    for entry in order.sorted(block.entries, schema):
        inner = order.within(schema, entry)
        above, below = (_item if block.is_list else _pair)(entry, indent, order, inner)
        lines += [*_above(above if closed else _begun(above), pad), *below]
        closed = not _open_ended(entry.value, order, inner)
    return [*lines, *_above(block.trailing if closed else _begun(block.trailing), pad)]


def _open_ended(node: Node, order: _Order, schema: Schema) -> bool:
    """Whether an empty line after it would become part of its text: it ends in a block whose header has a +."""
    match node:
        case Scalar():
            return node.block and "+" in node.lines[0].split("#")[0]
        case Block(entries=(), flow=True) | Block(trailing=(_, *_)):
            return False
        case Block():
            last = order.sorted(node.entries, schema)[-1]
            return _open_ended(last.value, order, order.within(schema, last))


def _begun(comments: tuple[str, ...]) -> tuple[str, ...]:
    """The comments without the empty lines that they begin with."""
    return _begun(comments[1:]) if comments and not comments[0] else comments


def _above(comments: Iterable[str], pad: str) -> list[str]:
    """Comments on lines of their own, never two empty lines together."""
    lines: list[str] = []
    for comment in comments:
        if comment or lines[-1:] != [""]:
            lines.append(pad + comment if comment else "")
    return lines


def _pair(entry: Entry, indent: int, order: _Order, schema: Schema) -> tuple[tuple[str, ...], list[str]]:
    """The comments above a key, and the lines from the key on."""
    head = f"{' ' * indent}{entry.key}:"
    value = entry.value
    if isinstance(value, Scalar):
        return entry.leading, _ended(_texts(value, f"{head} ", indent), entry, indent)
    written = _in_brackets(value, order, schema) if value.flow else None
    if written is not None and (len(head) + 1 + len(written) <= WIDTH or not value.entries):
        return entry.leading, [_with(f"{head} {written}", entry.remark)]
    head += f" {value.anchor}" if value.anchor else ""
    return entry.leading, [_with(head, entry.remark), *_opened(value, indent + _STEP, order, schema)]


def _item(entry: Entry, indent: int, order: _Order, schema: Schema) -> tuple[tuple[str, ...], list[str]]:
    """The comments above an item, those of its first key among them, and the lines from the dash on."""
    head = f"{' ' * indent}-"
    value = entry.value
    if isinstance(value, Scalar):
        return entry.leading, _ended(_texts(value, f"{head} ", indent), entry, indent)
    written = _in_brackets(value, order, schema) if value.flow else None
    if written is not None and (len(head) + 1 + len(written) <= WIDTH or not value.entries):
        return entry.leading, [_with(f"{head} {written}", entry.remark)]
    if value.anchor:
        return entry.leading, [
            _with(f"{head} {value.anchor}", entry.remark),
            *_opened(value, indent + _STEP, order, schema),
        ]
    lines = _opened(value, indent + _STEP, order, schema)
    above = [entry.remark.text] if entry.remark else []
    # Comments cannot stand behind a dash, before the key: they go above it.
    while lines[0].lstrip().startswith("#") or not lines[0]:
        above.append(lines.pop(0).strip())
    return (*entry.leading, *above), [f"{head} {lines[0].lstrip()}", *lines[1:]]


def _texts(value: Scalar, head: str, indent: int) -> list[str]:
    """The lines of a scalar behind its key or dash."""
    first, *more = value.lines
    pad = " " * (indent + _STEP)
    start = head + " ".join(part for part in (value.anchor, first) if part)
    return [start.rstrip(" ") if not more else start, *(pad + line if line else "" for line in more)]


def _ended(lines: list[str], entry: Entry, indent: int) -> list[str]:
    """The lines of a scalar with the comment behind the last of them, and those in place of what is left out."""
    last = _with(lines[-1], entry.remark)
    return [*lines[:-1], last, *_above(entry.below, " " * (indent + _STEP))]


def _with(line: str, remark: Remark | None) -> str:
    """The line with the comment behind it, in the column that it had unless the line has grown into it."""
    if remark is None:
        return line
    gap = remark.column - len(line)
    return f"{line}{' ' * (gap if gap > 0 else _GAP)}{remark.text}"


def _in_brackets(node: Node, order: _Order, schema: Schema) -> str | None:
    """A value on one line; None where a comment stands in it, or a text of several lines."""
    if isinstance(node, Scalar):
        text = " ".join(part for part in (node.anchor, node.lines[0]) if part)
        return text if len(node.lines) == 1 else None
    if node.trailing:
        return None
    parts = []
    for entry in order.sorted(node.entries, schema):
        value = _in_brackets(entry.value, order, order.within(schema, entry))
        if value is None or any(entry.leading) or entry.remark or entry.below:
            return None
        parts.append(f"{entry.key}: {value or 'null'}" if entry.key else value)
    left, right = "[]" if node.is_list else "{}"
    return " ".join(part for part in (node.anchor, f"{left}{', '.join(parts)}{right}") if part)
