"""Aging: buckets tile and add up to exposure, as of any date, as known at any time, in each currency apart."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.book.store import Book
from engine.errors import Refusal
from engine.report import aging
from engine.report.aging import Aging, By
from tests.books import new_book
from tests.files import bring, company

INVOICES = """
    number,customer,issued,posted,due,amount,currency
    R1,C1,2026-01-01,2026-01-03,2026-01-31,100.00,USD
    R2,C1,2026-02-01,2026-02-03,2026-03-03,50.00,USD
    R3,C2,2026-01-01,2026-01-01,2026-01-01,7.00,USD
    R4,C2,2026-01-01,2026-01-01,2026-01-01,1000,JPY
"""


@pytest.fixture
def book() -> Book:
    """Two customers of one entity with four receivables in two currencies."""
    book = company(new_book())
    bring(book, "receivables", INVOICES)
    return book


def cells(report: Aging, customer: str, currency: str = "USD") -> tuple[int, ...]:
    """The buckets of one customer in one currency."""
    return next(each.buckets for each in report.owed if (each.customer, each.currency) == (customer, currency))


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-01-31", (10000, 0, 0, 0, 0)),
        ("2026-02-01", (0, 10000, 0, 0, 0)),
        ("2026-03-02", (5000, 10000, 0, 0, 0)),
        ("2026-03-03", (5000, 0, 10000, 0, 0)),
        ("2026-03-04", (0, 5000, 10000, 0, 0)),
        ("2026-04-01", (0, 5000, 10000, 0, 0)),
        ("2026-04-02", (0, 5000, 0, 10000, 0)),
        ("2026-05-01", (0, 0, 5000, 10000, 0)),
        ("2026-05-02", (0, 0, 5000, 0, 10000)),
    ],
)
def test_buckets_by_due_date_hold_their_bounds(book: Book, as_of: str, expected: tuple[int, ...]) -> None:
    """Not due on the due date, 1 day past due the day after; 30 and 31, 60 and 61, 90 and 91."""
    report = aging.aging(book, as_of=as_of)
    assert report.headings == ("not due", "1-30", "31-60", "61-90", "over 90")
    assert cells(report, "C1") == expected


@pytest.mark.parametrize(
    ("by", "as_of", "expected"),
    [
        ("posted", "2026-01-02", None),
        ("posted", "2026-01-03", (10000, 0, 0, 0)),
        ("posted", "2026-02-02", (10000, 0, 0, 0)),
        ("posted", "2026-02-03", (5000, 10000, 0, 0)),
        ("issued", "2026-01-31", (10000, 0, 0, 0)),
        ("issued", "2026-02-01", (0, 10000, 0, 0)),
        ("issued", "2026-04-02", (0, 5000, 0, 10000)),
    ],
)
def test_buckets_by_posting_and_invoice_date(book: Book, by: str, as_of: str, expected: tuple[int, ...] | None) -> None:
    """From day 0; nothing is in the report before it is posted."""
    report = aging.aging(book, as_of=as_of, by=by)
    assert report.headings == ("0-30", "31-60", "61-90", "over 90")
    if expected is None:
        assert all(each.customer != "C1" for each in report.owed)
    else:
        assert cells(report, "C1") == expected


def test_open_is_that_of_the_date(book: Book) -> None:
    """A payment counts from its allocation on; taken back, the amount is open again."""
    bring(book, "payments", "number,customer,received,amount,currency,receivable\nP1,C1,2026-02-10,60.00,USD,R1\n")
    bring(book, "allocations", "receivable,payment,date,amount,currency\nR1,P1,2026-02-20,-60.00,USD\n")
    for as_of, total, unapplied in (("2026-02-09", 15000, 0), ("2026-02-10", 9000, 0), ("2026-02-20", 15000, 6000)):
        (owed,) = (each for each in aging.aging(book, as_of=as_of).owed if each.customer == "C1")
        assert (owed.open, owed.unapplied, owed.exposure) == (total, unapplied, total - unapplied), as_of


def test_what_was_not_known_is_not_in_the_report(book: Book) -> None:
    """As the book was known before a payment was recorded."""
    payment = "number,customer,received,amount,currency,receivable\nP1,C1,2026-02-10,60.00,USD,R1\n"
    bring(book, "payments", payment, now="2026-03-05T00:00:00Z")
    before = aging.aging(book, as_of="2026-02-28", known_at="2026-03-04T23:59:59Z")
    after = aging.aging(book, as_of="2026-02-28", known_at="2026-03-05T00:00:00Z")
    assert (sum(cells(before, "C1")), sum(cells(after, "C1"))) == (15000, 9000)
    assert aging.aging(book, as_of="2026-02-28", known_at="2026-01-01T00:00:00Z").owed == ()


def test_credit_and_orders_are_part_of_the_exposure(book: Book) -> None:
    """Of a customer with nothing open, too."""
    bring(book, "customers", "number,entity,name\nC3,US01,Coil\n")
    bring(book, "credits", "number,customer,issued,amount,currency\nN1,C3,2026-01-10,30.00,USD\nN2,C1,2026-01-10,5.00,USD\n")
    bring(book, "orders", "number,customer,ordered,closed,amount,currency\nS1,C1,2026-01-10,2026-02-10,8.00,USD\n")
    report = aging.aging(book, as_of="2026-02-09")
    owed = [each for each in report.owed if each.currency == "USD"]
    found = {each.customer: (each.open, each.unapplied, each.ordered, each.exposure) for each in owed}
    assert found == {"C1": (15000, 500, 800, 15300), "C2": (700, 0, 0, 700), "C3": (0, 3000, 0, -3000)}
    assert aging.aging(book, as_of="2026-02-10").by_currency()[1].ordered == 0
    text = aging.text(report)
    assert "unapplied" in text and "orders" in text and "exposure" in text
    assert "unapplied" not in aging.text(aging.aging(book, as_of="2026-01-09"))


def test_the_report_reads_well(book: Book) -> None:
    """Totals first, per currency; a table per entity and currency; counts of what is overdue."""
    assert aging.text(aging.aging(book, as_of="2026-02-28")) == "\n".join([
        "Aging as of 2026-02-28 by due date",
        "1,000 JPY open in 1 receivable, of it 1,000 overdue in 1.",
        "157.00 USD open in 3 receivables, of it 107.00 overdue in 2.",
        "",
        "US01 in JPY, 1 customer",
        "customer  not due  1-30  31-60  61-90  over 90   open",
        "-----------------------------------------------------",
        "C2 Bolt                  1,000                  1,000",
        "total           0     0  1,000      0        0  1,000",
        "",
        "US01 in USD, 2 customers",
        "customer  not due    1-30  31-60  61-90  over 90    open",
        "--------------------------------------------------------",
        "C1 Acme     50.00  100.00                         150.00",
        "C2 Bolt                     7.00                    7.00",
        "total       50.00  100.00   7.00   0.00     0.00  157.00",
        "",
    ])
    assert "and 1 more customer\n" in aging.text(aging.aging(book, as_of="2026-02-28"), limit=1)
    assert aging.text(aging.aging(book, as_of="2025-01-01")) == "Aging as of 2025-01-01 by due date\nNothing is open.\n"


def test_it_fits_whatever_the_amounts_and_names(book: Book) -> None:
    """Amounts are never cut: where they do not fit beside each other, the table goes on below."""
    bring(book, "customers", f"number,entity,name\nC9,US01,{'深圳市宝安' * 20}\n")
    rows = "".join(f"B{n},C9,2026-01-01,{date(2026, 1, 1) + timedelta(days=30 * n)},9999999999999.99,USD\n" for n in range(7))
    bring(book, "receivables", f"number,customer,issued,due,amount,currency\n{rows}")
    bring(book, "credits", "number,customer,issued,amount,currency\nN1,C9,2026-01-10,9999999999999.99,USD\n")
    text = aging.text(aging.aging(book, as_of="2026-06-15"), width=100)
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert text.count("9,999,999,999,999.99") >= 5
    assert "69,999,999,999,999.93" in text


def test_rows_for_a_spreadsheet(book: Book) -> None:
    """Plain amounts; a name that looks like a formula is none."""
    bring(book, "customers", 'number,entity,name\nC4,US01,"=HYPERLINK(""x"")"\n')
    bring(book, "receivables", "number,customer,issued,due,amount,currency\nX,C4,2026-01-01,2026-01-31,1234.50,USD\n")
    headings, *rows = aging.csv_rows(aging.aging(book, as_of="2026-02-28"))
    row = dict(zip(headings, rows[-1], strict=True))
    assert row["customer_name"] == "'=HYPERLINK(\"x\")"
    assert (row["1-30"], row["open"], row["overdue"], row["exposure"]) == ("1234.50",) * 4
    assert (row["receivables"], row["overdue_receivables"]) == ("1", "1")


def test_the_json_value_says_the_same(book: Book) -> None:
    """Totals per entity and currency, then customers; amounts as texts."""
    value = json.loads(json.dumps(aging.to_json(aging.aging(book, as_of="2026-02-28"))))
    assert [(total["currency"], total["open"]) for total in value["totals"]] == [("JPY", "1000"), ("USD", "157.00")]
    assert value["customers"][1]["buckets"]["1-30"] == "100.00"
    assert "customer" not in value["totals"][0]


@pytest.mark.parametrize("buckets", [(), (0,), (30, 30), (60, 30), (-1, 5)])
def test_buckets_rise_from_at_least_one_day(book: Book, buckets: tuple[int, ...]) -> None:
    """bad-buckets."""
    with pytest.raises(Refusal, match="bad-buckets"):
        aging.aging(book, as_of="2026-02-28", buckets=buckets)


START = date(2026, 1, 1)
DAYS = st.integers(0, 200).map(lambda n: (START + timedelta(days=n)).isoformat())
AMOUNTS = st.integers(1, 500)


@given(
    receivables=st.lists(st.tuples(st.integers(1, 2), DAYS, DAYS, AMOUNTS, st.sampled_from(["USD", "JPY"])), max_size=8),
    notes=st.lists(st.tuples(st.integers(1, 2), DAYS, AMOUNTS, st.sampled_from(["USD", "JPY"])), max_size=4),
    payments=st.lists(st.tuples(st.integers(0, 7), DAYS, AMOUNTS), max_size=6),
    as_of=DAYS,
    by=st.sampled_from(list(By)),
    bounds=st.lists(st.integers(1, 120), min_size=1, max_size=5, unique=True).map(sorted),
)
def test_buckets_add_up_to_exposure(
    receivables: list[tuple[int, str, str, int, str]],
    notes: list[tuple[int, str, int, str]],
    payments: list[tuple[int, str, int]],
    as_of: str,
    by: By,
    bounds: list[int],
) -> None:
    """Whatever the bounds and the date: buckets, less unapplied credit, are what plain addition over the rows gives."""
    book = _random_book(receivables, notes, payments)
    report = aging.aging(book, as_of=as_of, by=by, buckets=bounds)
    expected: dict[tuple[str, str], int] = {}
    for table, sign, begins, column in (
        ("receivables", 1, "posted", "receivable_id"),
        ("credits", -1, "issued", "credit_id"),
        ("payments", -1, "received", "payment_id"),
    ):
        for id_, customer, amount, currency, day in book.execute(
            f"SELECT r.id, c.number, r.amount, r.currency, r.{begins} FROM {table} AS r JOIN customers AS c ON c.id = customer_id"
        ):
            if day <= as_of:
                taken = book.execute(f"SELECT COALESCE(SUM(amount), 0) FROM allocations WHERE {column} = ? AND date <= ?",
                                     (id_, as_of)).fetchone()[0]
                key = (customer, currency)
                expected[key] = expected.get(key, 0) + sign * (amount - taken)
    found = {(each.customer, each.currency): sum(each.buckets) - each.unapplied for each in report.owed}
    assert found == {key: value for key, value in expected.items() if value or key in found}
    assert all(each.exposure == each.open - each.unapplied and min(each.buckets) >= 0 for each in report.owed)
    assert len(report.headings) == len(bounds) + (2 if by is By.DUE else 1)


def _random_book(
    receivables: list[tuple[int, str, str, int, str]],
    notes: list[tuple[int, str, int, str]],
    payments: list[tuple[int, str, int]],
) -> Book:
    """A book of these rows; each payment is allocated to its receivable as far as that is open."""
    book = new_book()
    book.execute("INSERT INTO entities VALUES (1, 'US01', 'Duly', 'USD', NULL, NULL, '2026-01-01T00:00:00Z')")
    book.conn.executemany(
        "INSERT INTO customers VALUES (?, ?, 1, '2026-01-01T00:00:00Z')", [(1, "C1"), (2, "C2")]
    )
    at = "2026-01-01T00:00:00Z"
    for n, (customer, posted, due, amount, currency) in enumerate(receivables, start=1):
        book.execute(
            "INSERT INTO receivables (id, number, entity_id, customer_id, issued, posted, due, amount, currency, kind,"
            " recorded_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, 'invoice', ?)",
            (n, f"R{n}", customer, posted, posted, due, amount, currency, at),
        )
    for n, (customer, issued, amount, currency) in enumerate(notes, start=1):
        book.execute(
            "INSERT INTO credits (id, number, entity_id, customer_id, issued, amount, currency, recorded_at)"
            " VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
            (n, f"N{n}", customer, issued, amount, currency, at),
        )
    left = {n: each[3] for n, each in enumerate(receivables, start=1)}
    for n, (index, received, amount) in enumerate(payments, start=1):
        target = index + 1
        if target not in left:
            continue
        customer, posted, _, _, currency = receivables[index]
        book.execute(
            "INSERT INTO payments (id, number, entity_id, customer_id, received, amount, currency, recorded_at)"
            " VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
            (n, f"P{n}", customer, received, amount, currency, at),
        )
        part = min(amount, left[target])
        if part:
            left[target] -= part
            book.execute(
                "INSERT INTO allocations (receivable_id, payment_id, date, amount, recorded_at) VALUES (?, ?, ?, ?, ?)",
                (target, n, max(received, posted), part, at),
            )
    return book
