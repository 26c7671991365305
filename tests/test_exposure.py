"""Exposure: named buckets that add up to the cent, what secures them, limits, concentration; whatever is in the book."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import money
from engine.book.snapshot import Wanted, take
from engine.errors import Refusal
from engine.report import exposure_rows, exposure_text
from engine.report.concentration import concentration
from engine.report.csvs import written
from engine.report.exposed import Buckets
from engine.report.exposure import CONCENTRATED, By, Exposure, Line, Part, exposure
from engine.sql import column
from tests import oracle_facts, strategies
from tests.books import Books, new_book, rows

TODAY = "2026-03-31"


def granted(books: Books, customer: str, scope: str, amount: str, *, until: str | None = None, currency: str = "EUR") -> None:
    """A limit that somebody granted and somebody else confirmed."""
    reference = f"L-{customer}-{scope}"
    identity = books.book.execute("SELECT id FROM customers WHERE number = ?", [customer]).fetchone()[0]
    books.book.execute(
        "INSERT INTO granted_limits (reference, customer_id, scope, amount, currency, reason, valid_from, valid_until, actor,"
        " recorded_at) VALUES (?, ?, ?, ?, ?, 'asked by sales', '2026-01-01', ?, 'anna', ?)",
        (reference, identity, scope, money.parse(amount, currency), currency, until, books.recorded),
    )
    books.book.execute(
        "INSERT INTO confirmations (reference, confirmed, actor, recorded_at) VALUES (?, '2026-01-01', 'ben', ?)",
        (reference, books.recorded),
    )


def secured(books: Books, customer: str, kind: str, amount: str, *, currency: str = "EUR") -> None:
    """A security that is valid on every date of the tests."""
    identity = books.book.execute("SELECT id FROM customers WHERE number = ?", [customer]).fetchone()[0]
    books.book.execute(
        "INSERT INTO securities (reference, customer_id, kind, provider, amount, currency, valid_from, recorded_at)"
        " VALUES (?, ?, ?, 'somebody', ?, ?, '2020-01-01', ?)",
        (f"S-{customer}-{kind}", identity, kind, money.parse(amount, currency), currency, books.recorded),
    )


def small() -> Books:
    """A customer with something in every bucket, one in credit, one beyond the limit and on hold, and a group of two."""
    books = Books().entity("E1", "EUR")
    books.customer("C1", name="Alder", limit="1000.00", country="DE", industry="food", segment="key")
    books.receivable("R1", "C1", due="2026-03-31", amount="100.00").receivable("R2", "C1", due="2026-03-30", amount="200.00")
    books.receivable("R3", "C1", due="2026-04-01", amount="40.00").dispute("R3", opened="2026-03-01", amount="15.00")
    books.receivable("R4", "C1", due="2026-03-01", amount="80.00").dispute("R4", opened="2026-03-01")
    books.payment("P1", "C1", received="2026-03-15", amount="30.00", to={"R2": "20.00"})
    books.order("O1", "C1", ordered="2026-03-20", amount="500.00")
    books.customer("C2", name="Brook", country="FR").credit("N1", "C2", issued="2026-03-01", amount="70.00")
    books.customer("C3", name="Cole", limit="50.00", country="DE", industry="food")
    books.receivable("R5", "C3", due="2026-03-01", amount="60.00").hold("C3", since="2026-03-10", kind="credit")
    books.customer("G", name="Grove Holding", industry="steel", country="DE")
    books.customer("G1", name="Grove One", parent="G", industry="steel", country="FR", limit="300.00")
    books.receivable("R6", "G1", due="2026-04-30", amount="100.00")
    books.customer("G2", name="Grove Two", parent="G", industry="steel", country="FR", limit="400.00")
    books.receivable("R7", "G2", due="2026-04-30", amount="150.00")
    return books


def only(report: Exposure) -> Part:
    """The one part of a report in one currency."""
    (part,) = report.parts
    return part


def line(part: Part, key: str) -> Line:
    """The line of that key."""
    return next(each for each in part.lines if each.key == key)


def test_every_amount_is_in_one_bucket() -> None:
    """Due today is not due; a disputed amount is neither; credit is negative; an order counts from its day on."""
    found = line(only(exposure(small().book, as_of=TODAY)), "C1").buckets
    assert found == Buckets(not_due=12_500, overdue=18_000, disputed_not_due=1_500, disputed_overdue=8_000,
                            unapplied=-1_000, ordered=50_000)
    assert (found.disputed, found.open, found.exposure) == (9_500, 40_000, 89_000)


@pytest.mark.parametrize(("as_of", "ordered"), [("2026-03-19", 0), ("2026-03-20", 50_000), ("2026-03-31", 50_000)])
def test_an_order_counts_from_its_day_on(as_of: str, ordered: int) -> None:
    """The day before, on it, later."""
    assert line(only(exposure(small().book, as_of=as_of)), "C1").buckets.ordered == ordered


def test_a_customer_with_only_credit_has_a_negative_exposure() -> None:
    """Beside the others, last in order, in no share."""
    part = only(exposure(small().book, as_of=TODAY))
    assert part.lines[-1].key == "C2"
    assert (part.lines[-1].exposure, part.lines[-1].covered, part.lines[-1].unsecured) == (-7_000, 0, -7_000)
    assert part.at_risk == part.total.exposure + 7_000
    assert [each.share for each in exposure_rows.ranked(part)][-1] is None


def test_limit_headroom_and_hold_are_those_that_policies_see() -> None:
    """None where none is set; negative beyond it; the group's where that leaves less."""
    books = small()
    granted(books, "G", "group", "300.00")
    part = only(exposure(books.book, as_of=TODAY))
    told = {each.key: (each.limit, each.headroom, each.utilisation, each.held) for each in part.lines}
    assert told == {
        "C1": (100_000, 11_000, 8_900, 0),
        "C2": (None, None, None, 0),
        "C3": (5_000, -1_000, 12_000, 1),
        "G1": (30_000, 5_000, 3_333, 0),
        "G2": (40_000, 5_000, 3_750, 0),
    }
    assert (part.total.over, part.total.over_customers, part.total.held_exposure) == (1_000, 1, 6_000)
    # Of the group no more than its limit leaves is counted: 110.00 - 10.00 + 50.00.
    assert part.total.headroom == 15_000


def test_a_temporary_limit_is_the_one_in_force() -> None:
    """While it lasts."""
    books = small()
    granted(books, "C3", "own", "500.00", until=TODAY)
    assert line(only(exposure(books.book, as_of=TODAY)), "C3").limit == 50_000
    assert line(only(exposure(books.book, as_of="2026-04-01")), "C3").limit == 5_000


@pytest.mark.parametrize(
    ("insured", "guaranteed", "covered"),
    [(None, None, 0), ("59.99", None, 5_999), ("60.00", None, 6_000), ("60.01", None, 6_000), ("30.00", "40.00", 6_000)],
)
def test_security_covers_no_more_than_the_exposure(insured: str | None, guaranteed: str | None, covered: int) -> None:
    """What it is worth beyond that covers nobody else's; covered and not covered add up."""
    books = small()
    for kind, amount in (("insurance", insured), ("guarantee", guaranteed)):
        if amount:
            secured(books, "C3", kind, amount)
    part = only(exposure(books.book, as_of=TODAY))
    found = line(part, "C3")
    assert (found.covered, found.covered + found.unsecured) == (covered, 6_000)
    assert (part.total.covered, part.total.covered + part.total.unsecured) == (covered, part.total.exposure)


def test_by_group_a_parent_and_its_children_are_one_line() -> None:
    """Under the name of the topmost parent; the others stand for themselves."""
    part = only(exposure(small().book, as_of=TODAY, by="group"))
    assert [(each.key, each.customers, each.exposure) for each in part.lines] == [
        ("C1", 1, 89_000), ("G", 2, 25_000), ("C3", 1, 6_000), ("C2", 1, -7_000),
    ]
    assert line(part, "G").name == "Grove Holding"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (By.COUNTRY, [("DE", 95_000), ("FR", 18_000)]),
        (By.INDUSTRY, [("food", 95_000), ("steel", 25_000), ("", -7_000)]),
        (By.SEGMENT, [("key", 89_000), ("", 24_000)]),
        (By.ENTITY, [("E1", 113_000)]),
    ],
)
def test_by_what_else_a_line_may_be(by: By, expected: list[tuple[str, int]]) -> None:
    """What is not known is a line of its own."""
    part = only(exposure(small().book, as_of=TODAY, by=by))
    assert [(each.key, each.exposure) for each in part.lines] == expected


@pytest.mark.parametrize(("top", "shown", "others"), [(1, 1, 4), (4, 4, 1), (5, 5, 0), (6, 5, 0), (None, 5, 0)])
def test_the_others_are_one_line_so_that_it_still_adds_up(top: int | None, shown: int, others: int) -> None:
    """n - 1, n, n + 1 lines."""
    part = only(exposure(small().book, as_of=TODAY, top=top))
    assert (len(part.lines), part.others.customers if part.others else 0) == (shown, others)
    every = [*part.lines, *([part.others] if part.others else [])]
    assert sum(each.exposure for each in every) == part.total.exposure
    assert Buckets(*map(sum, zip(*(each.buckets for each in every), strict=True))) == part.total.buckets


def test_one_currency_is_asked_for_or_that_of_all_entities() -> None:
    """Amounts are converted one by one and then added; the default is the home currency where there is one."""
    books = small().rate("2026-01-01", "USD", "EUR", "0.9").receivable("U", "C2", due=TODAY, amount="0.05", currency="USD")
    books.receivable("V", "C2", due=TODAY, amount="0.05", currency="USD")
    part = only(exposure(books.book, as_of=TODAY))
    # Twice 4.5 cents is twice 5, not 9.
    assert (part.currency, line(part, "C2").buckets.not_due) == ("EUR", 10)
    dollars = only(exposure(books.book, as_of=TODAY, currency="USD"))
    assert (dollars.currency, line(dollars, "C2").buckets.not_due) == ("USD", 10)


def test_several_home_currencies_are_never_added_up() -> None:
    """Each currency is told as billed, without a rate; limits are of the whole customer and left out."""
    books = small().entity("J1", "JPY").customer("J", entity="J1", limit="5000")
    books.receivable("Y", "J", due=TODAY, amount="1000").receivable("Z", "C2", due=TODAY, amount="300", currency="JPY")
    report = exposure(books.book, as_of=TODAY)
    assert not report.together
    assert [(part.currency, part.total.exposure, part.total.limit) for part in report.parts] == [
        ("EUR", 113_000, None), ("JPY", 1_300, None),
    ]
    text = exposure_text.text(report)
    assert "Our entities have several currencies" in text and "In JPY" in text and "limit" not in text.split("In EUR")[1]
    with pytest.raises(Refusal, match="no-rate"):
        exposure(books.book, as_of=TODAY, currency="EUR")
    # The views that part the currencies are gone again.
    assert len(rows(books.book)["receivables"]) == 9


@pytest.mark.parametrize(("currency", "message"), [("eur", "did you mean 'EUR'"), ("XYZ", "not a currency"), ("", "''")])
def test_a_currency_that_there_is_not_is_one_line(currency: str, message: str) -> None:
    """unknown-currency."""
    with pytest.raises(Refusal, match=message) as refusal:
        exposure(small().book, as_of=TODAY, currency=currency)
    assert [problem.code for problem in refusal.value.problems] == ["unknown-currency"]


@pytest.mark.parametrize("currency", [None, "EUR"])
def test_an_empty_book_is_said_in_words(currency: str | None) -> None:
    """In every form."""
    report = exposure(new_book(), as_of=TODAY, currency=currency)
    assert report.parts == ()
    assert exposure_text.text(report) == f"Exposure as of {TODAY}\nNothing is open, ordered, on account or granted.\n"
    assert exposure_rows.csv_rows(report) == (exposure_rows.HEADINGS,)
    assert exposure_rows.to_json(report)["currencies"] == []


def test_what_was_not_known_is_not_in_the_report() -> None:
    """As the book was known before a payment was recorded."""
    books = small().at("2026-06-01T00:00:00Z").payment("P9", "C3", received="2026-03-20", amount="60.00", to="R5")
    assert line(only(exposure(books.book, as_of=TODAY)), "C3").exposure == 0
    before = exposure(books.book, as_of=TODAY, known_at="2026-05-31T23:59:59Z")
    assert line(only(before), "C3").exposure == 6_000
    assert "as the book was known at 2026-05-31T23:59:59Z" in exposure_text.text(before)


@pytest.mark.parametrize(
    ("amounts", "shares", "index", "equals"),
    [
        ((), (0, 0, 0), 0, 0),
        ((5,), (10_000, 10_000, 10_000), 10_000, 10),
        ((1, 1, 1), (3_333, 10_000, 10_000), 3_333, 30),
        ((3, 1), (7_500, 10_000, 10_000), 6_250, 16),
        ((3, 1, 0, -4), (7_500, 10_000, 10_000), 6_250, 16),
        (tuple([1] * 20), (500, 2_500, 5_000), 500, 200),
    ],
)
def test_concentration(amounts: tuple[int, ...], shares: tuple[int, ...], index: int, equals: int) -> None:
    """The shares of the 1, 5 and 10 largest, the index, and how many of equal size would have it."""
    told = concentration("customer", [(f"C{n}", amount) for n, amount in enumerate(amounts)])
    assert (told.shares, told.index, told.equals) == (shares, index, equals)
    assert told.number == sum(amount > 0 for amount in amounts)


SMALL = """\
Exposure as of 2026-03-31

In EUR
1,130.00 EUR of exposure to 5 customers: 710.00 open, less 80.00 of unapplied credit, plus 500.00 of
open orders.

                       amount  customers  of open
  -----------------------------------------------
  not due              375.00          3  52.82 %
  overdue              240.00          2  33.80 %
  disputed, not due     15.00          1   2.11 %
  disputed, overdue     80.00          1  11.27 %
  open                 710.00          4
  unapplied credit     -80.00          2
  open orders          500.00          1
  exposure           1,130.00          5
  of it secured         45.00          1
  of it not secured  1,085.00          4

Beside it
                                    amount  customers
  ---------------------------------------------------
  insured                            45.00
  limits in force                 1,750.00          4
  exposure within these limits    1,200.00          4
  utilisation of these limits      68.57 %
  exposure where no limit is set    -70.00          1
  headroom                          550.00
  beyond the limit                   10.00          1
  exposure on credit hold            60.00          1

Concentration
The largest of 4 customers has 74.17 % of the exposure; it is spread as over 1.7 customers of equal
size.
  by          number  largest    top 1     top 5    top 10  index  like
  ---------------------------------------------------------------------
  customers        4  Alder    74.17 %  100.00 %  100.00 %  5,751   1.7
  groups           3  Alder    74.17 %  100.00 %  100.00 %  5,960   1.7
  countries        2  DE       84.07 %  100.00 %  100.00 %  7,322   1.4
  industries       2  food     79.17 %  100.00 %  100.00 %  6,701   1.5

Customers, the largest exposure first
customer           exposure    share   so far  secured     limit  headroom      used  hold
------------------------------------------------------------------------------------------
C1 Alder             890.00  74.17 %  74.17 %           1,000.00    110.00   89.00 %
G2 Grove Two         150.00  12.50 %  86.67 %             400.00    250.00   37.50 %
G1 Grove One         100.00   8.33 %  95.00 %             300.00    200.00   33.33 %
2 other customers    -10.00   5.00 %             45.00     50.00    -10.00  120.00 %     1
total              1,130.00                      45.00  1,750.00    550.00   68.57 %     1

What their exposure is made of
customer           not due  overdue  disputed    open  unapplied  orders  exposure
----------------------------------------------------------------------------------
C1 Alder            125.00   180.00     95.00  400.00     -10.00  500.00    890.00
G2 Grove Two        150.00                     150.00                       150.00
G1 Grove One        100.00                     100.00                       100.00
2 other customers             60.00             60.00     -70.00            -10.00
total               375.00   240.00     95.00  710.00     -80.00  500.00  1,130.00
"""


def test_it_reads_like_this() -> None:
    """Buckets, what stands beside them, concentration in a sentence, the largest customers, the others as one."""
    books = small()
    secured(books, "C3", "insurance", "45.00")
    assert exposure_text.text(exposure(books.book, as_of=TODAY, top=3)) == SMALL


def test_the_rows_add_up_in_a_spreadsheet_too() -> None:
    """Amounts plain; a name that looks like a formula is none; negative amounts stay numbers."""
    books = small().customer("=2+5", name="@SUM(A1)").receivable("F", "=2+5", due=TODAY, amount="7.00")
    read = list(csv.DictReader(io.StringIO(written(exposure_rows.csv_rows(exposure(books.book, as_of=TODAY))), newline="")))
    for row in read:
        cents = {name: money.parse(row[name], "EUR") for name in exposure_rows.HEADINGS[5:17] if row[name]}
        parts = ("not_due", "overdue", "disputed_not_due", "disputed_overdue")
        assert sum(cents[part] for part in parts) == cents["open"]
        assert cents["open"] + cents["unapplied_credit"] + cents["open_orders"] == cents["exposure"]
        assert cents["secured"] + cents["unsecured"] == cents["exposure"]
    assert {row["key"]: row["name"] for row in read}["'=2+5"] == "'@SUM(A1)"
    assert {row["key"]: (row["exposure"], row["limit"]) for row in read}["C2"] == ("-70.00", "")


def test_the_json_value_says_the_same() -> None:
    """Totals, lines with shares, concentration."""
    value = json.loads(json.dumps(exposure_rows.to_json(exposure(small().book, as_of=TODAY, by="group", top=1))))
    (part,) = value["currencies"]
    assert (part["currency"], part["total"]["exposure"], part["total"]["utilisation_percent"]) == ("EUR", "1130.00", "68.57")
    assert [(each["key"], each["exposure"], each["share_percent"]) for each in part["lines"]] == [
        ("C1", "890.00", "74.17"), ("", "240.00", "25.83"),
    ]
    assert [each["by"] for each in part["concentration"]] == [str(each) for each in CONCENTRATED]


@given(
    drawn=strategies.books(),
    currency=st.sampled_from(strategies.CURRENCIES),
    by=st.sampled_from(list(By)),
    top=st.sampled_from((None, 1, 2)),
    security=st.sampled_from(("0.01", "50.00", "100000.00")),
    group=st.sampled_from((None, "0.00", "40.00", "90000.00")),
)
def test_buckets_add_up_to_exposure(
    drawn: strategies.Drawn, currency: str, by: By, top: int | None, security: str, group: str | None
) -> None:
    """Whatever the book: each bucket is what plain addition over the rows gives, lines add up to the total, and limit,
    headroom and utilisation of a customer are the facts that policies test."""
    books = drawn.books
    secured(books, "C0", "insurance", security, currency="USD")
    if group:
        granted(books, "C0", "group", group, currency="USD")
    asked: dict[str, Any] = {"as_of": drawn.as_of, "known_at": drawn.known_at, "currency": currency}
    customers = {each.key: each for part in exposure(books.book, **asked).parts for each in part.lines}
    reading = oracle_facts.Reading(books.rows, drawn.as_of, drawn.known_at, currency)
    for customer in reading.rows["customers"]:
        expected = _plain(reading, customer["id"])
        found = customers.get(customer["number"])
        assert (found.buckets if found else Buckets()) == expected, customer["number"]
    for part in exposure(books.book, **asked, by=by, top=top).parts:
        every = [*part.lines, *([part.others] if part.others else [])]
        for name in ("exposure", "covered", "unsecured", "insured", "limited", "over", "held", "customers"):
            assert sum(getattr(each, name) for each in every) == getattr(part.total, name), name
        for each in (*every, part.total):
            assert each.covered + each.unsecured == each.exposure
            assert each.buckets.not_due + each.buckets.overdue + each.buckets.disputed == each.buckets.open
            assert min(each.buckets[:4]) >= 0 and each.buckets.unapplied <= 0 <= each.buckets.ordered
        assert max(cell_len(each) for each in exposure_text.text(_report(part, by, drawn)).splitlines()) <= 100
    _same_as_facts(drawn, currency, customers)


def _report(part: Part, by: By, drawn: strategies.Drawn) -> Exposure:
    """The report of one part."""
    return Exposure(drawn.as_of, drawn.known_at, by, (part,), together=True)


def _plain(reading: oracle_facts.Reading, customer: int) -> Buckets:
    """The buckets of one customer, row by row."""
    found = dict.fromkeys(Buckets._fields, 0)
    for row in (each for each in reading.open if each["customer_id"] == customer):
        late = row["due"] < reading.as_of
        value = reading.value(reading.open_of(row), row["currency"])
        state, part, _ = reading.contested(row)
        disputed = 0 if state == "none" else reading.value(part, row["currency"])
        found["disputed_overdue" if late else "disputed_not_due"] += disputed
        found["overdue" if late else "not_due"] += value - disputed
    facts = oracle_facts._owing(reading, reading.row("customers", customer))
    unapplied, ordered = facts["customer.unapplied_credit"], facts["customer.open_orders"]
    assert isinstance(unapplied, int) and isinstance(ordered, int)
    return Buckets(**found | {"unapplied": -unapplied, "ordered": ordered})


def _same_as_facts(drawn: strategies.Drawn, currency: str, customers: dict[str, Line]) -> None:
    """The report never says otherwise than the facts."""
    names = ("headroom", "utilisation", "exposure", "limit_in_force")
    facts = [f"customer.{name}" for name in names]
    snapshot = take(drawn.books.book, [Wanted(currency, frozenset(facts), all_customers=True)], as_of=drawn.as_of,
                    known_at=drawn.known_at)
    query = f"""SELECT c.number, {", ".join(map(column, facts))} FROM {snapshot.tables[currency].customer} AS f
    JOIN customers AS c ON c.id = f.customer_id"""
    for number, *values in snapshot.book.execute(query):
        if number in customers:
            told = customers[number]
            assert [told.headroom, told.utilisation, told.exposure, told.limit] == values, number
