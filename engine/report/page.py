"""A page to look at: one HTML file with sentences, figures, tables and charts, that needs nothing from elsewhere.

Comes in: a Page of plain values. Goes out: HTML as text.
Know before changing: every text is cleaned and escaped here, since a customer's name may hold markup; the page forbids itself
scripts and everything that would be fetched (Content-Security-Policy), so that it may be mailed and kept. How it looks is in
page.html.j2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from engine import VERSION
from engine.report.charts import Chart, paint
from engine.report.drawing import Drawing, drawn
from engine.report.tables import Column, Row, Table, clean

_FRAME = "page.html.j2"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands large: what it is, the number, and what it is to be compared with."""

    of: str
    says: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table under its heading; `folded` away until somebody opens it."""

    title: str
    table: Table
    folded: bool = False


Part = Chart | Grid | str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: paragraphs, tables and charts in that order that they are given."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. `lead` are the sentences under the title, `notes` what has to be known to read it rightly."""

    title: str
    lead: tuple[str, ...]
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A chart as the page draws it: its shapes, its legend, its table."""

    chart: Chart
    drawing: Drawing
    legend: tuple[tuple[str, str], ...]
    table: Table


def html(page: Page) -> str:
    """The page as one file."""
    return _template().render(page=page, engine=VERSION, shown=_shown, kind=_kind, cells=_cells, clean=clean)


@cache
def _template() -> Template:
    """The frame, read once. Whatever is put into it is escaped; a name that it does not know is an error."""
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template(_FRAME)


def _kind(part: Part) -> str:
    """What a part of a section is."""
    match part:
        case Chart():
            return "chart"
        case Grid():
            return "grid"
        case str():
            return "text"


def _shown(chart: Chart) -> _Shown:
    """What the frame needs of a chart; a single series needs no legend, its name is the title's."""
    legend = tuple((paint(chart, at), one.name) for at, one in enumerate(chart.series))
    return _Shown(chart, drawn(chart), legend if len(legend) > 1 else (), _numbers(chart))


def _numbers(chart: Chart) -> Table:
    """The chart as a table."""
    columns = (Column(chart.of), *(Column(one.name, right=True) for one in chart.series))
    rows = (
        Row((label, *(chart.said(one.values[at]) for one in chart.series))) for at, label in enumerate(chart.labels)
    )
    return Table(columns, tuple(rows))


def _cells(table: Table, row: Row) -> Sequence[tuple[str, bool]]:
    """The cells of a row, and which of them stand at the right."""
    return [(cell, column.right) for cell, column in zip(row.cells, table.columns, strict=True)]
