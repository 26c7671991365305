"""Fixed-width tables for terminals and pipes: columns that fit, wide characters that count twice, nothing cut silently.

Comes in: columns, rows of text, a width. Goes out: lines of text, none wider than the width.
Know before changing: every text of the book goes through `clean` first. A customer's name may hold escape sequences,
line breaks or characters that reverse the reading order; on a terminal they would lie about the row that they stand in.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

GAP = 2
# Below this the amounts themselves would have to be cut, and a cut amount is worse than a wrapped line.
NARROWEST = 80
_MARK = "…"
_LONGEST = 300

_STYLES = {
    "title": Style(bold=True),
    "heading": Style(dim=True),
    "strong": Style(bold=True),
    "quiet": Style(dim=True),
    "warning": Style(bold=True, color="yellow"),
    "good": Style(color="green"),
    "plain": Style(),
}

Paint = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `least` is how narrow it may become where the table is too wide; None: it is never cut."""

    heading: str
    right: bool = False
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the style that it is painted with."""

    cells: tuple[str, ...]
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; a column that is empty in every row is left out."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = field(default=())


def painter(*, colour: bool) -> Paint:
    """How a style is put on: terminal colours, or not at all."""
    return _coloured if colour else _uncoloured


def lines(table: Table, width: int, paint: Paint, *, indent: int = 0) -> tuple[str, ...]:
    """The table as lines: headings, a rule, the rows."""
    rows = tuple(Row(tuple(clean(cell, keep_indent=True) for cell in row.cells), row.style) for row in table.rows)
    kept = [n for n in range(len(table.columns)) if any(row.cells[n].strip() for row in rows)]
    columns = tuple(table.columns[n] for n in kept)
    rows = tuple(Row(tuple(row.cells[n] for n in kept), row.style) for row in rows)
    widths = _fitted(columns, rows, width - indent)
    rule = "-" * min(width - indent, sum(widths) + GAP * (len(widths) - 1))
    heading = _line(tuple(column.heading for column in columns), columns, widths)
    drawn = [paint(clip(heading, width - indent), "heading"), paint(rule, "heading")]
    drawn += [paint(clip(_line(row.cells, columns, widths), width - indent), row.style) for row in rows]
    return tuple(" " * indent + line for line in drawn)


def clean(text: str, *, keep_indent: bool = False) -> str:
    """The text on one line, without control characters, invisible ones or lone surrogates."""
    # What most cells are; a table of 100,000 rows is drawn in a second or two.
    shown = text if text.isprintable() else "".join(_visible(character) for character in text)
    lead = len(shown) - len(shown.lstrip(" ")) if keep_indent else 0
    return " " * lead + " ".join(shown.split())


def clip(text: str, width: int) -> str:
    """The text cut to so many columns; a cut text ends in `…`."""
    if _width(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _MARK


def wrap(text: str, width: int, *, indent: str = "") -> tuple[str, ...]:
    """The words of a sentence on lines of that width, each after the indent; a percent sign stays with its number."""
    room = width - len(indent)
    wrapped, line = [], ""
    for word in re.split(" (?!%)", clean(text)):
        longer = f"{line} {word}" if line else word
        if line and _width(longer) > room:
            wrapped.append(line)
            line = word
        else:
            line = longer
    return tuple(indent + clip(part, room) for part in [*wrapped, line])


def more(left_out: int, columns: int, *, indent: str = "") -> Row:
    """The row that says how many are not shown."""
    return Row((f"{indent}and {left_out:,} more (--all shows them)", *("" for _ in range(columns - 1))), "quiet")


def _fitted(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[int]:
    """The width of each column: as wide as its widest cell, the widest ones narrowed until all fit."""
    # The row that says "and 37 more" may run over its column: nothing stands beside it.
    cells = [row.cells for row in rows if any(row.cells[1:])] or [row.cells for row in rows]
    widths = [
        max([_width(column.heading), *(min(_width(row[n]), _LONGEST) for row in cells)])
        for n, column in enumerate(columns)
    ]
    room = width - GAP * (len(columns) - 1)
    while sum(widths) > room:
        yielding = [
            (widths[n], n) for n, column in enumerate(columns) if column.least is not None and widths[n] > column.least
        ]
        if not yielding:
            break
        widths[max(yielding)[1]] -= 1
    return widths


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    """One row of text; a lone first cell may run over its column."""
    if len(cells) > 1 and not any(cells[1:]):
        return cells[0]
    padded = [
        _padded(cell if column.least is None else clip(cell, width), width, right=column.right)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return (" " * GAP).join(padded).rstrip()


def _padded(text: str, width: int, *, right: bool) -> str:
    """The text filled up to the width, on its left where it is aligned right."""
    fill = " " * max(0, width - _width(text))
    return fill + text if right else text + fill


def _width(text: str) -> int:
    """How many columns a text takes; most of a book is plain ASCII, which needs no table of widths."""
    return len(text) if text.isascii() else cell_len(text)


def _visible(character: str) -> str:
    """A character as it may be printed: white space as a space, what cannot be seen not at all."""
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f":
        return " "
    if category in ("Cc", "Cs"):
        return "?"
    return "" if category == "Cf" else character


def _coloured(text: str, style: str) -> str:
    """The text with the escape sequences of its style."""
    chosen = _STYLES[style]
    return chosen.render(text, color_system=ColorSystem.STANDARD) if text and chosen else text


def _uncoloured(text: str, style: str) -> str:
    """The text as it is."""
    assert style in _STYLES, f"there is no style {style!r}"
    return text
