"""The outline of a YAML text: its keys, items and values as they are written, each with the comments that belong to it.

Comes in: a text that document.parse accepts. Goes out: its Outline; layout.py writes it again.
Know before changing: a comment on a line of its own belongs to what follows it, unless it stands as deep as the block above: then
it ends that. The parser says where everything stands, but drops comments: what begins with # between two of its tokens is one.
(ruamel.yaml, which keeps comments, hangs each on the key before it: a key that is moved takes its neighbour's comment along.)
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import yaml

_COMMENT = re.compile("#[^\n]*")
_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment behind something on the same line, and the column that it began in, from 0."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it is written, quotes and all: its lines without indentation; "" alone where the value is left out.

    Of a block (| or >) the first line is the header.
    """

    lines: tuple[str, ...]
    block: bool = False
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping or a list; `flow` where it is written in brackets, `trailing` are the comments at its end."""

    entries: tuple["Entry", ...]
    is_list: bool
    flow: bool
    trailing: tuple[str, ...] = ()
    anchor: str = ""


Node: TypeAlias = Scalar | Block


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list, whose `key` and `name` are empty; `name` is the key without quotes.

    `leading` are the comments above it, with "" for an empty line, `remark` the one on its line, and `below` those that stand in
    place of a value that is left out.
    """

    key: str
    name: str
    value: Node
    leading: tuple[str, ...] = ()
    remark: Remark | None = None
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole text: the comments that it begins with, and what follows. `anchored` where parts are named, to be used again."""

    header: tuple[str, ...]
    root: Node
    anchored: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in the text, everything counted from 0."""

    index: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment where it stands; `own` where nothing stands before it on its line."""

    text: str
    index: int
    line: int
    column: int
    own: bool


def outline(text: str) -> Outline:
    """The outline of the text, whose lines end in line feeds."""
    return _Reader(text).whole()


def comments(text: str) -> tuple[str, ...]:
    """Every comment of the text, in its order, but those in the header of a block (|), which belong to its text."""
    return tuple(comment.text for comment in _comments(text, _solid(text)))


def _solid(text: str) -> list[yaml.Token]:
    """The tokens that stand in the text, without those that only indentation means."""
    tokens = yaml.scan(text, Loader=_Loader)
    return [token for token in tokens if _start(token).index < _end(token).index]


def _comments(text: str, tokens: Iterable[yaml.Token]) -> Iterator[_Comment]:
    """Whatever begins with # between two tokens."""
    at = 0
    for start, end in [*((_start(one).index, _end(one).index) for one in tokens), (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, max(at, start)):
            begin = text.rfind("\n", 0, found.start()) + 1
            before = text[begin : found.start()]
            line = text.count("\n", 0, begin)
            yield _Comment(found.group().rstrip(), found.start(), line, len(before), not before.strip())
        at = max(at, end)


class _Reader:
    """Walks the parser's events, and gives each comment to what it belongs to."""

    def __init__(self, text: str) -> None:
        """Nothing is read yet."""
        self._text, self._lines = text, text.split("\n")
        self._events = [event for event in yaml.parse(text, Loader=_Loader) if not _frames(event)]
        tokens = _solid(text)
        # A comma or colon does not part a comment from what stands before it.
        joints = (yaml.FlowEntryToken, yaml.ValueToken)
        self._parting = [_start(one).index for one in tokens if not isinstance(one, joints)]
        self._dashes = [_start(one) for one in tokens if isinstance(one, yaml.BlockEntryToken)]
        self._scalars = iter([one for one in tokens if isinstance(one, yaml.ScalarToken)])
        self._comments = list(_comments(text, tokens))
        self._next, self._taken, self._at, self._line = 0, 0, 0, 0
        self._columns = [-1]

    def whole(self) -> Outline:
        """The whole text; the comments above its first key are the header, which no key takes along."""
        entry = self._valued("", "", self._above(_start(self._peek()).index, None))
        header, root, rest = entry.leading, entry.value, self._above(len(self._text), None)
        rest = (*([entry.remark.text] if entry.remark else ()), *entry.below, *rest)
        if isinstance(root, Block) and root.entries:
            first, *others = root.entries
            entries = (replace(first, leading=()), *others)
            header, root = (*header, *first.leading), replace(root, entries=entries, trailing=(*root.trailing, *rest))
        else:
            header = (*header, *rest)
        named = any(isinstance(event, yaml.NodeEvent) and event.anchor for event in self._events)
        return Outline(header, root, named)

    def _peek(self) -> yaml.Event:
        """The event that comes next."""
        return self._events[self._next]

    def _valued(self, key: str, name: str, leading: tuple[str, ...]) -> Entry:
        """The entry whose key, if it has one, has just been read, with its value."""
        event = self._peek()
        if isinstance(event, yaml.ScalarEvent) and not event.value and not event.style:
            return self._left_out(key, name, leading)
        start = _start(event).index
        head = self._behind(start) if key else None
        if isinstance(event, yaml.CollectionStartEvent) and not event.flow_style:
            above = () if key else self._above(start, None)
            return Entry(key, name, self._block(event), (*leading, *above), head)
        value, above = self._written()
        remark = None if isinstance(value, Scalar) and value.block else self._behind()
        if head and remark:
            above, head = (head.text, *above), None
        return Entry(key, name, value, (*leading, *above), remark or head)

    def _left_out(self, key: str, name: str, leading: tuple[str, ...]) -> Entry:
        """An entry without a value; comments that stand deeper than it are where the value would be."""
        event = self._peek()
        self._next += 1
        anchor = f"&{event.anchor}" if isinstance(event, yaml.ScalarEvent) and event.anchor else ""
        remark = self._behind()
        return Entry(key, name, Scalar(("",), anchor=anchor), leading, remark, self._deeper(self._columns[-1] + 1))

    def _written(self) -> tuple[Node, tuple[str, ...]]:
        """A scalar, an alias or what stands in brackets, and the comments before it."""
        event = self._peek()
        if isinstance(event, yaml.CollectionStartEvent):
            above = self._above(_start(event).index, None)
            flow = self._flow(event)
            # Between empty brackets there is no line for a comment.
            return (flow, above) if flow.entries else (replace(flow, trailing=()), (*above, *flow.trailing))
        self._next += 1
        if isinstance(event, yaml.AliasEvent):
            above = self._above(_start(event).index, None)
            self._reach(_end(event))
            return Scalar((f"*{event.anchor}",)), above
        assert isinstance(event, yaml.ScalarEvent), event
        token = next(self._scalars)
        above = self._above(_start(token).index, None)
        self._reach(_end(token))
        text = self._text[_start(token).index : _end(token).index]
        block = event.style in ("|", ">")
        lines = self._literal(text) if block else tuple(_folded(text, event.style))
        return Scalar(lines, block, f"&{event.anchor}" if event.anchor else ""), above

    def _block(self, start: yaml.CollectionStartEvent) -> Block:
        """A mapping or a list that indentation holds together."""
        self._next += 1
        is_list, column = isinstance(start, yaml.SequenceStartEvent), _start(self._peek()).column
        if is_list:
            column = self._dash().column
        parent = self._columns[-1]
        self._columns.append(column)
        entries = []
        while not isinstance(self._peek(), yaml.CollectionEndEvent):
            entries.append(self._item() if is_list else self._pair())
        self._next += 1
        self._columns.pop()
        return Block(tuple(entries), is_list, False, self._deeper(max(column, parent + 1)), _anchor(start))

    def _flow(self, start: yaml.CollectionStartEvent) -> Block:
        """A mapping or a list in brackets."""
        self._next += 1
        self._reach(_start(start))
        is_list, entries = isinstance(start, yaml.SequenceStartEvent), []
        while not isinstance(self._peek(), yaml.CollectionEndEvent):
            entries.append(self._valued("", "", ()) if is_list else self._pair())
        end = self._peek()
        self._next += 1
        trailing = self._above(_start(end).index, None)
        self._reach(_end(end))
        return Block(tuple(entries), is_list, True, trailing, _anchor(start))

    def _item(self) -> Entry:
        """An item behind its dash."""
        dash = self._dash()
        leading = self._above(dash.index, dash.line)
        self._at, self._line = dash.index + 1, dash.line
        return self._valued("", "", leading)

    def _pair(self) -> Entry:
        """A key and its value."""
        event = self._peek()
        leading = self._above(_start(event).index, _start(event).line)
        node, more = self._written()
        assert isinstance(node, Scalar) and isinstance(event, yaml.ScalarEvent | yaml.AliasEvent), "keys are texts"
        key, name = node.lines[0], node.lines[0]
        if isinstance(event, yaml.ScalarEvent):
            name = event.value
            key = key if len(node.lines) == 1 else json.dumps(name, ensure_ascii=False)
        else:
            # Without the blank the colon would belong to the alias.
            key += " "
        return self._valued(f"{node.anchor} {key}" if node.anchor else key, name, (*leading, *more))

    def _dash(self) -> _Mark:
        """The next dash that has not been read."""
        return self._dashes[bisect_left(self._dashes, self._at, key=lambda mark: mark.index)]

    def _reach(self, mark: _Mark) -> None:
        """Everything before the mark has been read."""
        self._at, self._line = mark.index, mark.line

    def _above(self, index: int, line: int | None) -> tuple[str, ...]:
        """The comments up to there, with "" for each empty line before one of them, or before the line itself."""
        end = bisect_left(self._comments, index, lo=self._taken, key=lambda one: one.index)
        said = self._comments[self._taken : end]
        self._taken = end
        return (*self._spaced(said), *([""] if line and not self._lines[line - 1].strip() else []))

    def _spaced(self, comments: Iterable[_Comment]) -> Iterator[str]:
        """The comments, with "" where an empty line stands before one."""
        for comment in comments:
            if comment.own and comment.line and not self._lines[comment.line - 1].strip():
                yield ""
            yield comment.text

    def _parted(self) -> int:
        """Where the next thing stands that parts a comment from what has been read."""
        place = bisect_left(self._parting, self._at)
        return self._parting[place] if place < len(self._parting) else len(self._text)

    def _behind(self, before: int | None = None) -> Remark | None:
        """The comment on the line that has been read last."""
        comment = self._comments[self._taken] if self._taken < len(self._comments) else None
        limit = self._parted() if before is None else before
        if comment is None or comment.line != self._line or comment.own or comment.index >= limit:
            return None
        self._taken += 1
        return Remark(comment.text, comment.column)

    def _deeper(self, column: int) -> tuple[str, ...]:
        """The comments that come next and stand in the column or deeper, each on a line of its own."""
        limit, end = self._parted(), self._taken
        while end < len(self._comments) and self._comments[end].index < limit:
            if not self._comments[end].own or self._comments[end].column < column:
                break
            end += 1
        said = self._comments[self._taken : end]
        self._taken = end
        return tuple(self._spaced(said))

    def _literal(self, text: str) -> tuple[str, ...]:
        """A block: its header, and its lines without their indentation.

        A depth that the header names becomes that of the layout; where the file ends in the middle of the last line, the header
        has to say that no break follows it.
        """
        header, *lines = text.split("\n")
        marks = header.split("#")[0]
        depth = re.search("[1-9]", marks)
        first = next((line for line in lines if line.strip(" ")), "")
        base = max(self._columns[-1], 0) + int(depth.group()) if depth else len(first) - len(first.lstrip(" "))
        body = [line[base:] for line in lines]
        new = re.sub("[1-9]", "2", marks)
        if body and body[-1]:
            new = re.sub("(?<=[|>])", "-", new.replace("+", "").replace("-", ""), count=1)
        # The last break ends the last line; empty lines at the end are part of the text only where the header says so.
        while body and not body[-1]:
            body.pop()
            if "+" in marks:
                break
        return (new + header[len(marks) :], *body)


def _start(part: yaml.Event | yaml.Token) -> _Mark:
    """Where it begins; the parser marks everything."""
    mark = part.start_mark
    assert mark is not None, part
    return _Mark(mark.index, mark.line, mark.column)


def _end(part: yaml.Event | yaml.Token) -> _Mark:
    """Where it ends."""
    mark = part.end_mark
    assert mark is not None, part
    return _Mark(mark.index, mark.line, mark.column)


def _frames(event: yaml.Event) -> bool:
    """Whether the event only says that the text begins or ends."""
    ends = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)
    return isinstance(event, ends)


def _anchor(event: yaml.CollectionStartEvent) -> str:
    """Its name, as it is written."""
    return f"&{event.anchor}" if event.anchor else ""


def _folded(text: str, style: str | None) -> Iterator[str]:
    """The lines of a text without what YAML drops around them; behind a line in double quotes a blank may be escaped."""
    for number, line in enumerate(text.split("\n")):
        begun = line.lstrip(" \t") if number else line
        yield begun if style == '"' else begun.rstrip(" \t")
