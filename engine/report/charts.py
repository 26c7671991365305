"""Charts: numbers to be shown as bars, columns or lines, and how they are written.

Comes in: numbers as integers (counts, minor units of one currency, hundredths of a percent). Goes out: a Chart, for a page.
Know before changing: a chart has one unit and shows no more than its table of numbers says: what cannot be read from the picture
stands beneath it. Where the shapes stand is drawing.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.report.words import amount

Write = Callable[[int], str]
# As many series as there are colours that can be told apart, also by the colour-blind.
MOST_SERIES = 8


class Kind(StrEnum):
    """`BARS` lie, a group for each label; `COLUMNS` stand; `STACKED` stand on each other; `LINES` run over dates."""

    BARS = "bars"
    COLUMNS = "columns"
    STACKED = "stacked"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Series:
    """Named numbers, one for each label; None: there is none."""

    name: str
    values: tuple[int | None, ...]


def counted(number: int) -> str:
    """`1,234`."""
    return f"{number:,}"


def percent(hundredths: int) -> str:
    """Hundredths of a percent as `12.5 %`."""
    tenths = (abs(hundredths) + 5) // 10
    return f"{'-' if hundredths < 0 and tenths else ''}{tenths // 10:,}.{tenths % 10} %"


def in_currency(currency: str) -> Write:
    """How amounts in minor units of the currency are written: `1,234.50`."""
    return lambda minor: amount(minor, currency)


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and what is said of it. `labels` are dates (`2013-01-31`) where lines are drawn; `of` heads their column.

    `ordered`: the series are steps of one scale (levels, age), painted from light to dark instead of in different colours.
    `reach`: how far the scale goes at least, so that two charts beside each other can be compared.
    """

    title: str
    desc: str
    kind: Kind
    of: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    write: Write = counted
    ordered: bool = False
    reach: int = 0

    def __post_init__(self) -> None:
        """Every series has a number for each label, and there are not more of them than colours."""
        assert len(self.series) <= MOST_SERIES, f"{len(self.series)} series cannot be told apart"
        assert all(len(one.values) == len(self.labels) for one in self.series), f"{self.title}: a number is missing"

    def said(self, number: int | None) -> str:
        """A number of the chart as text."""
        return "–" if number is None else self.write(number)

    @property
    def empty(self) -> bool:
        """Nothing to draw: no number is other than zero."""
        return not any(number for one in self.series for number in one.values)


def paint(chart: Chart, at: int) -> str:
    """The colour class of a series."""
    return f"{'step' if chart.ordered else 'series'}-{at + 1}"
