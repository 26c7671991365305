"""Charts and the page that they stand on: what is drawn is what the table says, and no text of the book becomes markup."""

import re
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.report import charts
from engine.report.charts import Chart, Kind, Series
from engine.report.drawing import drawn, ticks
from engine.report.page import Figure, Grid, Page, Section, html
from engine.report.tables import Column, Row, Table

NUMBERS = st.integers(-(10**14), 10**14)
HOSTILE = "<script>alert('x')</script>&\"\x1b[31m‮"


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def chart(kind: Kind, labels: tuple[str, ...], *values: tuple[int | None, ...], title: str = "Notices") -> Chart:
    """A chart of unnamed series."""
    series = tuple(Series(f"level {at}", one) for at, one in enumerate(values, 1))
    return Chart(title, "How many went out.", kind, "month", labels, series)


def page(*parts: Chart | Grid | str, title: str = "A page") -> str:
    """A page with one section."""
    return html(Page(title, ("A sentence.",), (Figure("Notices", "12"),), (Section("All", parts),), ("A note.",)))


@given(NUMBERS, NUMBERS)
def test_the_scale_is_round_and_reaches_around_all_numbers(one: int, other: int) -> None:
    """Zero is on it, its steps are alike and 1, 2 or 5 with noughts, and they are few enough to be read."""
    low, high = sorted((one, other))
    marks = ticks(low, high)
    step = marks[1] - marks[0]
    assert marks[0] <= min(low, 0) and marks[-1] >= max(high, 0)
    assert 0 in marks
    assert {b - a for a, b in pairwise(marks)} == {step}
    assert re.fullmatch("[125]0*", str(step))
    assert 2 <= len(marks) <= 8


@pytest.mark.parametrize(
    ("hundredths", "said"),
    [(0, "0.0 %"), (1234, "12.3 %"), (1235, "12.4 %"), (10000, "100.0 %"), (-550, "-5.5 %"), (-4, "0.0 %")],
)
def test_percent_is_written_to_a_tenth(hundredths: int, said: str) -> None:
    """Rounded half up."""
    assert charts.percent(hundredths) == said


def test_columns_are_as_high_as_their_numbers() -> None:
    """Half the number is half the height, and all stand on the axis."""
    of = drawn(chart(Kind.COLUMNS, ("2013-01", "2013-02"), (10, 5)))
    high, half = (Decimal(box.height) for box in of.boxes)
    assert high == half * 2 == Decimal(260)
    assert {Decimal(box.y) + Decimal(box.height) for box in of.boxes} == {Decimal(272)}


def test_a_stack_is_as_high_as_its_sum_and_hangs_where_it_is_negative() -> None:
    """Gains above the axis, losses below it."""
    of = drawn(chart(Kind.STACKED, ("1-30",), (5,), (5,), (-10,)))
    first, second, lost = of.boxes
    assert Decimal(first.y) - Decimal(second.y) == Decimal(65)
    assert Decimal(lost.y) == Decimal(first.y) + Decimal(65)


def test_a_day_without_a_number_is_a_gap_in_the_line() -> None:
    """Two strokes of the pen, and no dot where there is no number."""
    labels = tuple(f"2013-01-0{day}" for day in range(1, 6))
    of = drawn(chart(Kind.LINES, labels, (1, 2, None, 3, 4)))
    (line,) = (stroke for stroke in of.strokes if stroke.paint.startswith("line"))
    assert line.path.count("M") == 2
    assert len(line.dots) == 4


def test_days_stand_as_far_apart_as_they_are() -> None:
    """A month without rows is as wide as any other."""
    of = drawn(chart(Kind.LINES, ("2013-01-01", "2013-01-02", "2013-01-11"), (0, 0, 1)))
    (line,) = (stroke for stroke in of.strokes if stroke.paint.startswith("line"))
    first, second, third = (Decimal(dot[0]) for dot in line.dots)
    assert abs((third - second) - 9 * (second - first)) <= Decimal("0.5")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("values", [(0, 0), (None, None), (7, 0), (-7, 3)])
def test_every_kind_is_drawn_from_whatever_numbers(kind: Kind, values: tuple[int | None, ...]) -> None:
    """Nothing at all, only zeros, below zero: the page is whole, and the numbers stand in the table."""
    made = page(chart(kind, ("2013-01-01", "2013-01-02"), values))
    assert ("Nothing to draw" in made) == (not any(values))
    assert made.count('<td class="right">') == 2
    for drawing in re.findall(r"<svg class=\"chart\".*?</svg>", made, re.DOTALL):
        ElementTree.fromstring(drawing)


def test_a_chart_of_no_labels_is_drawn() -> None:
    """An empty range of days, an empty book."""
    for kind in Kind:
        assert "Nothing to draw" in page(chart(kind, (), ()))


def test_every_chart_tells_what_it_shows_to_who_cannot_see_it() -> None:
    """A title and a description, tied to the drawing by ids that stand once on the page."""
    one = chart(Kind.COLUMNS, ("a", "b"), (1, 2))
    made = page(one, one)
    ids = re.findall(r' id="([^"]+)"', made)
    assert len(ids) == len(set(ids)) == 4
    for said in re.findall(r'aria-labelledby="([^"]+)"', made):
        assert set(said.split()) <= set(ids)


def test_a_series_has_a_colour_of_its_own_or_is_refused() -> None:
    """Nine colours cannot be told apart."""
    with pytest.raises(AssertionError, match="9 series"):
        chart(Kind.COLUMNS, ("a",), *(((1,),) * 9))


def test_no_text_becomes_markup() -> None:
    """Titles, labels, names, cells: escaped, and cleaned of what would lie about the text."""
    grid = Table((Column(HOSTILE), Column(HOSTILE, right=True)), (Row((HOSTILE, HOSTILE), "strong"),))
    of = Chart(HOSTILE, HOSTILE, Kind.BARS, HOSTILE, (HOSTILE,), (Series(HOSTILE, (3,)), Series(HOSTILE, (4,))))
    made = html(
        Page(
            HOSTILE,
            (HOSTILE,),
            (Figure(HOSTILE, HOSTILE, HOSTILE),),
            (Section(HOSTILE, (of, HOSTILE, Grid(HOSTILE, grid))),),
            (HOSTILE,),
        )
    )
    tags = Tags()
    tags.feed(made)
    assert "script" not in {tag for tag, _ in tags.found}
    assert "\x1b" not in made and "‮" not in made


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No address, no script, no style sheet of others; the page says so to the browser too."""
    tags = Tags()
    tags.feed(
        page(
            chart(Kind.LINES, ("2013-01-01",), (1,)), "Some words.", Grid("Folded", Table((Column("a"),)), folded=True)
        )
    )
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags.found}
    assert not any(
        name in ("src", "href") or name.startswith("on") for _, attributes in tags.found for name in attributes
    )
    assert any(
        attributes.get("content") == "default-src 'none'; style-src 'unsafe-inline'" for _, attributes in tags.found
    )


def test_the_same_page_is_the_same_bytes() -> None:
    """Nothing in it depends on when or where it is made."""
    one = chart(Kind.STACKED, ("2013-01",), (1,), (2,))
    assert page(one) == page(one)
