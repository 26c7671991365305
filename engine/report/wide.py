"""A table of amounts that is too wide goes on below, each part with the names again: an amount is never cut.

Comes in: headings, rows of a name and cells, where the second group of columns begins, a width. Goes out: lines of text.
Know before changing: names get what is left, at least LEAST columns. Where all amounts do not fit beside each other, the two
groups are parted first, so that a total stands beside what it is the total of.
"""

from collections.abc import Sequence

from rich.cells import cell_len

from engine.report.tables import GAP, Column, Paint, Row, Table, lines

LEAST = 12


def drawn(head: str, headings: Sequence[str], rows: Sequence[Row], second: int, width: int, paint: Paint) -> list[str]:
    """The lines; the first cell of each row is the name, `second` is the place of the first heading of the second group."""
    widths = [
        max([cell_len(heading), *(cell_len(row.cells[n + 1]) for row in rows)]) + GAP
        for n, heading in enumerate(headings)
    ]
    drawn: list[str] = []
    for part in _fitting(widths, second, width - LEAST):
        columns = (Column(head, least=LEAST), *(Column(headings[n], right=True) for n in part))
        body = tuple(Row((row.cells[0], *(row.cells[n + 1] for n in part)), row.style) for row in rows)
        drawn += ["", *lines(Table(columns, body), width, paint)]
    return drawn[1:]


def _fitting(widths: Sequence[int], second: int, room: int) -> list[list[int]]:
    """The amounts that stand beside each other: all, else the two groups apart, else as many as fit."""
    every = list(range(len(widths)))
    if sum(widths) <= room:
        return [every]
    parts: list[list[int]] = []
    for group in (every[:second], every[second:]):
        part: list[int] = []
        for n in group:
            if part and sum(widths[m] for m in (*part, n)) > room:
                parts.append(part)
                part = []
            part.append(n)
        parts += [part] if part else []
    return parts
