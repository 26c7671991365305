"""The plan as a spreadsheet: a row for each line, amounts that add up, and no cell that a spreadsheet would run."""

import csv
import io

import pytest

from engine.report import csvs
from tests import plans


def test_each_receivable_has_a_row_with_its_own_amount() -> None:
    """The rows of a notice add up to the notice."""
    plan = plans.plan(
        plans.notice(plans.item("INV-1", amount=1_000), plans.item("INV-2", amount=250)),
        stopped=(plans.withheld("disputed", "interval"),),
    )
    headings, first, second, stopped = (csvs.csv_rows(plan)[n] for n in range(4))
    rows = [dict(zip(headings, row, strict=True)) for row in (first, second, stopped)]
    assert [row["amount"] for row in rows] == ["10.00", "2.50", "500.00"]
    assert [row["state"] for row in rows] == ["action", "action", "withheld"]
    assert [row["because"] for row in rows] == ["", "", "disputed, interval"]
    assert [row["level_to"] for row in rows] == ["1", "1", "2"]


def test_a_policy_about_customers_lists_what_its_notice_speaks_of() -> None:
    """One line, two receivables: two rows, with the level of the customer."""
    notice = plans.action(
        "notice", plans.line(None), items=(plans.item("A", amount=100), plans.item("B", amount=200)), amount=300
    )
    rows = [dict(zip(csvs.HEADINGS, row, strict=True)) for row in csvs.csv_rows(plans.plan(notice))[1:]]
    assert [(row["receivable"], row["amount"], row["level_to"]) for row in rows] == [
        ("A", "1.00", "1"),
        ("B", "2.00", "1"),
    ]


def test_an_action_without_money_has_no_amount() -> None:
    """An empty cell, not a zero."""
    alert = plans.action("alert", plans.line(None, levels=None), to="credit-manager", severity="high", note=None)
    row = dict(zip(csvs.HEADINGS, csvs.csv_rows(plans.plan(alert))[1], strict=True))
    assert (row["amount"], row["receivable"], row["settings"]) == ("", "", "severity=high; to=credit-manager")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+41 44", "'+41 44"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("Adler = Co", "Adler = Co"),
        ("", ""),
    ],
)
def test_no_cell_begins_like_a_formula(text: str, expected: str) -> None:
    """A customer may be called anything; the spreadsheet shows it and does not run it."""
    assert csvs.safe(text) == expected
    row = csvs.csv_rows(plans.plan(plans.notice(plans.item("INV-1"), name=text)))[1]
    assert row[csvs.HEADINGS.index("customer_name")] == expected


def test_the_file_reads_back_as_it_was() -> None:
    """Commas, quotes and line breaks in a name survive the way through a file."""
    rows = csvs.csv_rows(plans.plan(plans.notice(plans.item("INV-1"), name='Adler, "Söhne"\n& Co')))
    assert tuple(tuple(row) for row in csv.reader(io.StringIO(csvs.written(rows), newline=""))) == rows
