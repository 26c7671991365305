"""A chart on paper: where each bar, line and word of it stands.

Comes in: a Chart. Goes out: a Drawing of rectangles, strokes and texts, in the user units of its view box.
Know before changing: no money is computed here, a place on the paper is all that is rounded. A scale begins at zero and its steps
are 1, 2 or 5 with noughts, so that a column twice as high is twice as much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from engine.report.charts import Chart, Kind, paint
from engine.report.tables import clean, clip

WIDTH = 920
_CHARACTER, _LINE = 7, 18
_TOP, _RIGHT, _FOOT = 12, 16, 26
_COLUMNS_HIGH = 260
_LONGEST_LABEL = 34
_BAR, _BETWEEN = 16, 10
_TICKS = 5
# A line with more points than this shows no dots, since they would be one blot.
_MOST_DOTS = 62


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a series; `says` is shown where the mouse rests on it."""

    x: str
    y: str
    width: str
    height: str
    paint: str
    says: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path: a line of the grid, the axis, or a series over time; `dots` are the places of its numbers."""

    path: str
    paint: str
    dots: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Words at a place; `anchor` is start, middle or end."""

    x: str
    y: str
    anchor: str
    text: str
    paint: str = "tick"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart on paper."""

    width: int
    height: int
    strokes: tuple[Stroke, ...] = ()
    boxes: tuple[Box, ...] = ()
    texts: tuple[Text, ...] = ()


def drawn(chart: Chart) -> Drawing:
    """The chart's shapes."""
    match chart.kind:
        case Kind.BARS:
            return _bars(chart)
        case Kind.COLUMNS | Kind.STACKED:
            return _columns(chart)
        case Kind.LINES:
            return _lines(chart)


def ticks(low: int, high: int) -> tuple[int, ...]:
    """Round numbers from at or below the lowest to at or above the highest, zero among them, about five of them."""
    low, high = min(low, 0), max(high, 0)
    step, digits = 1, 0
    while (high - low) > _TICKS * step:
        digits += 1
        step = (1, 2, 5)[digits % 3] * 10 ** (digits // 3)
    first, last = low // step, -(-high // step)
    return tuple(step * number for number in range(first, max(last, first + 1) + 1))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Numbers to places: `low` is at `start`, `high` at `end`, which may be the smaller of the two."""

    low: int
    high: int
    start: int
    end: int

    def at(self, number: int) -> float:
        """The place of a number."""
        return self.start + (self.end - self.start) * (number - self.low) / (self.high - self.low)


def _bars(chart: Chart) -> Drawing:
    """A group of lying bars for each label, its number at the end of each."""
    labels = [clip(clean(label), _LONGEST_LABEL) for label in chart.labels]
    marks = ticks(*_reach(chart))
    longest = max((len(chart.said(number)) for one in chart.series for number in one.values), default=0)
    left = _CHARACTER * max([4, *map(len, labels)]) + 12
    over = _CHARACTER * longest + 8
    scale = _Scale(marks[0], marks[-1], left + (over if marks[0] < 0 else 0), WIDTH - _RIGHT - over)
    group = _BAR * len(chart.series) + _BETWEEN
    bottom = _TOP + group * len(labels)
    strokes = [_stroke(scale.at(mark), _TOP, scale.at(mark), bottom, zero=mark == 0) for mark in marks]
    texts = [
        Text(_px(scale.at(mark)), _px(bottom + _LINE), "middle", chart.write(mark))
        for mark in _spaced(marks, scale, chart)
    ]
    boxes = []
    for row, label in enumerate(labels):
        top = _TOP + _BETWEEN // 2 + group * row
        texts.append(Text(_px(left - 10), _px(top + _BAR * len(chart.series) / 2 + 4), "end", label, "label"))
        for at, number in enumerate(one.values[row] for one in chart.series):
            if number is None:
                continue
            ends = sorted((scale.at(0), scale.at(number)))
            y = top + _BAR * at
            boxes.append(_box(ends[0], y + 1, ends[1] - ends[0], _BAR - 2, chart, at, row))
            x, anchor = (ends[0] - 5, "end") if number < 0 else (ends[1] + 5, "start")
            texts.append(Text(_px(x), _px(y + _BAR - 4), anchor, chart.write(number), "number"))
    return Drawing(WIDTH, bottom + _FOOT, tuple(strokes), tuple(boxes), tuple(texts))


def _columns(chart: Chart) -> Drawing:
    """Columns side by side for each label, or on each other: what is below zero hangs from the axis."""
    marks = ticks(*_reach(chart))
    left, bottom = _left(chart, marks), _TOP + _COLUMNS_HIGH
    scale = _Scale(marks[0], marks[-1], bottom, _TOP)
    slot = (WIDTH - left - _RIGHT) / max(1, len(chart.labels))
    wide = min(slot * 0.8, 64.0 if chart.kind is Kind.STACKED else 32.0 * len(chart.series))
    boxes: list[Box] = []
    for row in range(len(chart.labels)):
        x = left + slot * row + (slot - wide) / 2
        boxes += _stack(chart, row, x, wide, scale) if chart.kind is Kind.STACKED else _side(chart, row, x, wide, scale)
    strokes, texts = _grid(chart, marks, scale, left)
    fits = max(1, int(slot // _CHARACTER))
    every = (
        max(1, -(-max((len(label) + 1 for label in chart.labels), default=1) // fits)) if len(chart.labels) > 8 else 1
    )
    for row, label in enumerate(chart.labels):
        if row % every == 0:
            x = left + slot * (row + 0.5)
            texts.append(Text(_px(x), _px(bottom + _LINE), "middle", clip(clean(label), max(4, fits * every)), "label"))
    return Drawing(WIDTH, bottom + _FOOT, tuple(strokes), tuple(boxes), tuple(texts))


def _lines(chart: Chart) -> Drawing:
    """A line for each series over the days; a day without a number is a gap."""
    days = [date.fromisoformat(label).toordinal() for label in chart.labels]
    marks = ticks(*_reach(chart))
    left, bottom = _left(chart, marks), _TOP + _COLUMNS_HIGH
    scale = _Scale(marks[0], marks[-1], bottom, _TOP)
    first, last = min(days, default=1), max(days, default=1)
    across = _Scale(first, max(last, first + 1), left + 4, WIDTH - _RIGHT - 30)
    strokes, texts = _grid(chart, marks, scale, left)
    for at, one in enumerate(chart.series):
        path, dots, pen = "", [], "M"
        for row, number in enumerate(one.values):
            if number is None:
                pen = "M"
                continue
            x, y = _px(across.at(days[row])), _px(scale.at(number))
            path += f"{pen}{x} {y}"
            pen = "L"
            dots.append((x, y, _says(chart, at, row)))
        strokes.append(Stroke(path, f"line {paint(chart, at)}", tuple(dots) if len(dots) <= _MOST_DOTS else ()))
    texts += [
        Text(_px(across.at(day)), _px(bottom + _LINE), "middle", text, "label") for day, text in _calendar(first, last)
    ]
    return Drawing(WIDTH, bottom + _FOOT, tuple(strokes), (), tuple(texts))


def _reach(chart: Chart) -> tuple[int, int]:
    """The lowest and the highest place that anything reaches."""
    rows = [[one.values[row] or 0 for one in chart.series] for row in range(len(chart.labels))]
    if chart.kind is Kind.STACKED:
        ends = [sum(number for number in row if (number > 0) is up) for row in rows for up in (True, False)]
    else:
        ends = [number for row in rows for number in row]
    return min([0, *ends]), max([chart.reach, *ends])


def _left(chart: Chart, marks: Sequence[int]) -> int:
    """Room for the numbers of the scale."""
    return max(44, _CHARACTER * max(len(chart.write(mark)) for mark in marks) + 16)


def _grid(chart: Chart, marks: Sequence[int], scale: _Scale, left: int) -> tuple[list[Stroke], list[Text]]:
    """The lines across and their numbers."""
    strokes = [_stroke(left, scale.at(mark), WIDTH - _RIGHT, scale.at(mark), zero=mark == 0) for mark in marks]
    return strokes, [Text(_px(left - 8), _px(scale.at(mark) + 4), "end", chart.write(mark)) for mark in marks]


def _side(chart: Chart, row: int, x: float, wide: float, scale: _Scale) -> Iterator[Box]:
    """The columns of a label side by side."""
    each = wide / max(1, len(chart.series))
    for at, one in enumerate(chart.series):
        if number := one.values[row]:
            ends = sorted((scale.at(0), scale.at(number)))
            yield _box(x + each * at, ends[0], max(1.0, each - 2), ends[1] - ends[0], chart, at, row)


def _stack(chart: Chart, row: int, x: float, wide: float, scale: _Scale) -> Iterator[Box]:
    """The columns of a label on each other, what is below zero hanging; a hair's breadth between two."""
    above = below = 0
    for at, one in enumerate(chart.series):
        number = one.values[row] or 0
        start = above if number > 0 else below
        ends = sorted((scale.at(start), scale.at(start + number)))
        above, below = above + max(0, number), below + min(0, number)
        if number:
            high = ends[1] - ends[0]
            yield _box(x, ends[0], wide, max(high - 1, high / 2), chart, at, row)


def _box(x: float, y: float, width: float, height: float, chart: Chart, at: int, row: int) -> Box:
    """The rectangle of one number."""
    return Box(_px(x), _px(y), _px(width), _px(height), paint(chart, at), _says(chart, at, row))


def _says(chart: Chart, at: int, row: int) -> str:
    """`2013-04, level 2: 12`."""
    one = chart.series[at]
    return f"{clean(chart.labels[row])}, {clean(one.name)}: {chart.said(one.values[row])}"


def _stroke(x1: float, y1: float, x2: float, y2: float, *, zero: bool) -> Stroke:
    """A straight line: the axis where it stands at zero, a line of the grid elsewhere."""
    return Stroke(f"M{_px(x1)} {_px(y1)}L{_px(x2)} {_px(y2)}", "axis" if zero else "grid")


def _spaced(marks: Sequence[int], scale: _Scale, chart: Chart) -> tuple[int, ...]:
    """The marks whose numbers do not run into each other."""
    wide = _CHARACTER * max(len(chart.write(mark)) for mark in marks) + 10
    apart = min(abs(scale.at(b) - scale.at(a)) for a, b in pairwise(marks))
    every = max(1, int(-(-wide // max(1.0, apart))))
    zero = marks.index(0)
    return tuple(mark for at, mark in enumerate(marks) if (at - zero) % every == 0)


def _calendar(first: int, last: int) -> Iterator[tuple[int, str]]:
    """The days that are named under a line: the first of months, or every seventh day of a short time."""
    if last - first <= 70:
        for day in range(first, last + 1, 7):
            yield day, date.fromordinal(day).isoformat()
        return
    begin, end = date.fromordinal(first), date.fromordinal(last)
    months = range(begin.year * 12 + begin.month - (begin.day == 1), end.year * 12 + end.month)
    every = -(-len(months) // 13) if months else 1
    for month in months[::every]:
        yield date(month // 12, month % 12 + 1, 1).toordinal(), f"{month // 12:04d}-{month % 12 + 1:02d}"


def _px(place: float) -> str:
    """A place to a tenth of a unit, always written alike."""
    return f"{place:.1f}".removesuffix(".0")
