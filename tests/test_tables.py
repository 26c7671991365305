"""Tables fit their width whatever stands in them, and nothing in a cell can act on the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.report.tables import Column, Row, Table, clean, clip, lines, more, painter, wrap

PLAIN = painter(colour=False)
NAMES = Column("customer", least=8)
AMOUNTS = Column("amount", right=True)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("Adler", 4, "Adl…"),
        ("Adler", 5, "Adler"),
        ("Adler", 6, "Adler"),
        ("東京電力", 7, "東京電…"),
        ("東京電力", 8, "東京電力"),
        ("東京電力", 6, "東京…"),
    ],
)
def test_a_text_is_cut_to_columns_not_to_characters(text: str, width: int, expected: str) -> None:
    """A wide character takes two columns, half of one is never shown."""
    assert clip(text, width) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Adler GmbH", "Adler GmbH"),
        ("Adler\nGmbH\t& Co", "Adler GmbH & Co"),
        ("red \x1b[31malert", "red ?[31malert"),
        ("paid\u202e00.1", "paid00.1"),
        ("A\u200bB", "AB"),
        ("A\u3000B\xa0C", "A B C"),
        ("lone \ud800 half", "lone ? half"),
        ("  spaced   out  ", "spaced out"),
    ],
)
def test_nothing_in_a_name_reaches_the_terminal_but_what_is_seen(text: str, expected: str) -> None:
    """Escape sequences, line breaks and reversals of the reading order are made harmless."""
    assert clean(text) == expected


def test_columns_line_up_under_wide_characters() -> None:
    """Amounts end in one column although the names differ in width."""
    table = Table((NAMES, AMOUNTS), (Row(("東京", "1,000")), Row(("Adler", "25.00"))))
    assert lines(table, 40, PLAIN) == (
        "customer  amount",
        "----------------",
        "東京       1,000",
        "Adler      25.00",
    )


def test_an_empty_column_is_left_out() -> None:
    """Nobody reads a column in which nothing stands."""
    table = Table((NAMES, Column("note"), AMOUNTS), (Row(("Adler", "", "1")),))
    assert lines(table, 40, PLAIN)[0] == "customer  amount"


def test_the_widest_column_yields_and_amounts_never_do() -> None:
    """A name is cut before an amount is."""
    table = Table((NAMES, AMOUNTS), (Row(("A name that is far too long", "9,007,199,254,740,991")),))
    assert lines(table, 32, PLAIN)[2] == "A name t…  9,007,199,254,740,991"


def test_the_row_that_counts_the_rest_may_run_over_its_column() -> None:
    """It stands alone in its row."""
    table = Table((Column("no"), AMOUNTS), (Row(("1", "5")), more(37, 2)))
    assert lines(table, 80, PLAIN)[-1] == "and 37 more (--all shows them)"


def test_words_are_wrapped_to_the_width() -> None:
    """A sentence goes on in the next line; a word that is too long is cut."""
    assert wrap("one two three", 8, indent="! ") == ("! one", "! two", "! three")
    assert wrap("一二三四五六七八", 9) == ("一二三四…",)


@given(
    st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40), st.integers(0, 10**18)), max_size=5),
    st.integers(60, 140),
)
def test_no_line_is_wider_than_the_width(rows: list[tuple[str, str, int]], width: int) -> None:
    """The law: whatever the cells hold, in colour or not."""
    columns = (NAMES, AMOUNTS, Column("rule", least=6))
    table = Table(columns, tuple(Row((name, f"{amount:,}", rule)) for name, rule, amount in rows))
    for line in lines(table, width, PLAIN, indent=2):
        assert cell_len(line) <= width
        assert "\n" not in line


def test_colour_only_wraps_the_text() -> None:
    """The same text stands between the escape sequences."""
    coloured = painter(colour=True)("Plan", "title")
    assert coloured.startswith("\x1b[1m")
    assert "Plan" in coloured
    assert painter(colour=True)("Plan", "plain") == "Plan"
