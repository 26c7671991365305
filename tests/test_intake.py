"""Intake: everything in a file lands or nothing does, a bad row is named exactly, a file brought twice changes nothing."""

import time
from pathlib import Path

import pytest

from engine.book import store
from engine.book.files.kinds import KINDS
from engine.book.store import Book
from engine.errors import Refusal
from tests.books import new_book
from tests.files import bring, company, dump, wrong

INVOICES = """
    number,customer,issued,due,amount,currency
    R1,C1,2026-01-01,2026-01-31,100.00,USD
    R2,C2,2026-01-05,2026-02-04,50.50,USD
"""
PAYMENTS = """
    number,customer,received,amount,currency
    P1,C1,2026-01-20,60.00,USD
    P2,C2,2026-01-20,500.00,USD
"""
# One small file of every kind, in an order in which they may be imported; E1 is the second entity.
STORY = {
    "entities": "code,name,currency,country,calendar\nUS01,Duly Inc.,USD,US,US-NY\n",
    "calendars": "calendar,date,name\nUS-NY,2026-12-25,Christmas Day\n",
    "fx_rates": "date,source,target,rate\n2026-01-01,USD,CNY,7.1234\n2026-01-01,USD,JPY,150.5\n",
    "market": "industry,region,valid_from,outlook\nsteel,EU,2026-01-01,negative\n",
    "customers": "number,entity,name,parent,currency,credit_limit\nC1,US01,Acme,C2,USD,500.00\nC2,US01,Bolt,,,\n",
    "contacts": "customer,name,email,do_not_contact\nC1,Payables,ap@example.com,false\nC1,Boss,boss@example.com,TRUE\n",
    "assessments": "customer,assessed,source,score,valid_until\nC1,2026-01-01,agency,620,2026-12-31\n",
    "financials": "customer,period_end,received,currency,sales,equity\nC1,2025-12-31,2026-02-15,USD,1000.00,-20.50\n",
    "securities": "reference,customer,kind,provider,amount,currency,valid_from\n"
    "S1,C1,insurance,Insurer,800.00,USD,2026-01-01\n",
    "limits": "reference,customer,scope,amount,currency,reason,valid_from,valid_until,actor,confirmed_by,withdrawn\n"
    "L1,C1,own,900.00,USD,season,2026-01-01,2026-03-31,ann,bob,\nL2,C2,group,0,USD,caution,2026-01-01,,,,2026-02-01\n",
    "reviews": "reference,customer,reviewed,result\nV1,C2,2026-01-15,limit kept\n",
    "receivables": "number,customer,issued,due,amount,currency,kind,principal\n"
    "R1,C1,2026-01-01,2026-01-31,100.00,USD,,\nR2,C2,2026-01-05,2026-02-04,50.50,USD,,\n"
    "F1,C1,2026-02-15,2026-02-15,5.00,USD,fee,R1\n",
    "orders": "number,customer,ordered,closed,amount,currency\nS1,C1,2026-01-01,,900.00,USD\n",
    "credits": "number,customer,issued,amount,currency,reason,receivable\nN1,C2,2026-01-20,50.50,USD,returned,R2\n",
    "payments": "number,customer,received,amount,currency,reference\nP1,C1,2026-01-20,60.00,USD,thanks\n",
    "allocations": "receivable,payment,credit,date,amount,currency\nR1,P1,,2026-01-20,60.00,USD\n",
    "disputes": "reference,receivable,amount,reason,opened,resolved,outcome\n"
    "D1,R1,10.00,damaged,2026-01-25,,\nD2,R2,,late,2026-01-25,2026-01-26,rejected\n",
    "promises": "reference,customer,receivable,made,promised,grace_days,amount,currency\n"
    "T1,C1,R1,2026-01-25,2026-02-10,3,40.00,USD\nT2,C1,,2026-01-25,2026-02-10,,40.00,USD\n",
    "holds": "reference,kind,customer,receivable,reason,valid_from,released\n"
    "H1,dunning,C1,R1,merger,2026-01-01,\nH2,credit,C2,,overdue,2026-01-01,2026-01-09\n",
    "activities": "reference,customer,date,channel,result\nA1,C1,2026-01-28,phone,will pay\n",
}


@pytest.fixture
def book() -> Book:
    """A book with one entity and two customers."""
    return company(new_book())


def test_every_kind_is_in_the_story() -> None:
    """A kind that is not tried here could not be imported by anybody."""
    assert set(STORY) == set(KINDS)


def test_every_kind_lands_and_lands_once() -> None:
    """The same files again: every row is a duplicate, and not a byte of the book changes."""
    book = new_book()
    for kind, text in STORY.items():
        receipt = bring(book, kind, text)
        assert receipt.landed[[each.kind for each in receipt.landed].index(kind)].added == text.count("\n") - 1, kind
    before = dump(book)
    for kind, text in STORY.items():
        receipt = bring(book, kind, text, actor="another", now="2026-03-02T08:00:00Z")
        assert receipt.added == 0, kind
        assert receipt.rows == text.count("\n") - 1
    assert dump(book) == before


def test_the_story_is_in_the_book() -> None:
    """What landed is what the files say, in minor units and with its references."""
    book = new_book()
    for kind, text in STORY.items():
        bring(book, kind, text)
    assert book.execute("SELECT number, amount, kind, principal_id, posted FROM receivables ORDER BY id").fetchall() == [
        ("R1", 10000, "invoice", None, "2026-01-01"),
        ("R2", 5050, "invoice", None, "2026-01-05"),
        ("F1", 500, "fee", 1, "2026-02-15"),
    ]
    assert book.execute("SELECT receivable_id, payment_id, credit_id, date, amount FROM allocations").fetchall() == [
        (2, None, 1, "2026-01-20", 5050),
        (1, 1, None, "2026-01-20", 6000),
    ]
    assert book.execute("SELECT numerator, denominator FROM fx_rates ORDER BY id").fetchall() == [(35617, 5000), (301, 200)]
    assert book.execute("SELECT resolved, outcome, actor FROM dispute_resolutions").fetchall() == [
        ("2026-01-26", "rejected", "tester")
    ]
    assert book.execute("SELECT hold_id, released FROM hold_releases").fetchall() == [(2, "2026-01-09")]
    parents = book.execute("SELECT parent_id, credit_limit, valid_from FROM customer_versions ORDER BY id").fetchall()
    assert parents == [(2, 50000, store.ALWAYS), (None, None, store.ALWAYS)]


# -- all or nothing ----------------------------------------------------------------------------------------------------


def test_one_bad_row_and_nothing_lands(book: Book) -> None:
    """The good rows before and after it do not land either; `wrong` compares the whole book."""
    text = INVOICES + "    R3,C1,2026-01-01,2026-01-31,oops,USD\n    R4,C1,2026-01-01,2026-01-31,1.00,USD\n"
    assert wrong(book, "receivables", text) == [
        "4:5 bad-amount: amount 'oops' has 'o' in it; a currency symbol is declared with currency_symbols in the mapping"
    ]


def test_every_bad_cell_is_named_with_row_column_value_and_reason(book: Book) -> None:
    """All of them at once, in the order of the rows."""
    text = """
        number,customer,issued,due,amount,currency,kind
        R1,C1,2026-13-01,31.01.2026,1.00,USD,
        R2,C11,2026-01-01,2026-01-31,1.00,USD,
        R3,C1,2026-01-01,2026-01-31,-1.00,USD,
        R4,C1,2026-01-01,2026-01-31,1.00,EURO,invoce
        ,C1,2026-01-01,2026-01-31,1.005,USD,
        R5,C1,2026-01-01
    """
    assert wrong(book, "receivables", text) == [
        "2:3 bad-date: issued '2026-13-01' is no day of the calendar (read as YYYY-MM-DD)",
        "2:4 bad-date: due '31.01.2026' is not a date written YYYY-MM-DD",
        "3:2 unknown-customer: customer 'C11' is no customer of the book; did you mean 'C1'?",
        "4:5 bad-amount: amount '-1.00' must be above zero",
        "5:6 bad-value: currency 'EURO' is not a currency code of ISO 4217; did you mean 'EUR'?",
        "5:7 bad-value: kind 'invoce' is none of invoice, instalment, debit_note, fee, interest; did you mean 'invoice'?",
        "6:1 missing-value: number is empty",
        "7:0 ragged-row: has 3 cells where the header has 7; is a delimiter not quoted?",
    ]


def test_rows_are_counted_as_a_spreadsheet_counts_them(book: Book) -> None:
    """The header is row 1, an empty row counts, a cell with a line break is one row."""
    header = b"number,customer,issued,due,amount,currency,contract\n"
    text = header + b'\nR1,C1,2026-01-01,2026-01-31,1.00,USD,"a\nb"\nR2,C1,x,2026-01-31,1,USD,\n'
    assert wrong(book, "receivables", text) == ["4:3 bad-date: issued 'x' is not a date written YYYY-MM-DD"]


def test_a_hopeless_file_is_not_read_to_its_end(book: Book) -> None:
    """More than 10,000 problems are one problem: the wrong mapping."""
    rows = "".join(f"R{n},C1,1/2/2026,2026-01-31,1.00,USD\n" for n in range(30_000))
    lines = wrong(book, "receivables", f"number,customer,issued,due,amount,currency\n{rows}".encode())
    assert len(lines) < 13_000
    assert any("too-many-problems" in line for line in lines)


def test_dry_run_does_all_but_keep_it(book: Book) -> None:
    """The receipt is that of the import; the book is as before."""
    before = dump(book)
    tried = bring(book, "receivables", INVOICES, dry_run=True)
    assert dump(book) == before
    done = bring(book, "receivables", INVOICES)
    assert (tried.landed, tried.dry_run) == (done.landed, True)


def test_control_totals_are_checked_before_anything_is_kept(book: Book) -> None:
    """What the sender of the file says it holds: rows, and the sum of its amounts."""
    assert wrong(book, "receivables", INVOICES, expect_rows=3) == [
        "0:0 control-total: the file has 2 rows; 3 were expected"
    ]
    assert wrong(book, "receivables", INVOICES, expect_total="150.51") == [
        "0:0 control-total: the amounts add up to 150.50 USD; 150.51 was expected"
    ]
    assert wrong(book, "receivables", INVOICES, expect_total="CAD:1.00") == [
        "0:0 control-total: the amounts add up to 0.00 CAD; 1.00 was expected"
    ]
    assert wrong(book, "receivables", INVOICES, expect_total="a lot")[0].startswith("0:0 control-total: the expected total")
    assert wrong(book, "receivables", INVOICES, expect_total="ABC:1")[0].startswith("0:0 control-total: 'ABC' is not a curr")
    assert bring(book, "receivables", INVOICES, expect_rows=2, expect_total="USD:150.50").added == 2


def test_totals_of_two_currencies_are_stated_apart(book: Book) -> None:
    """They are never added."""
    text = INVOICES + "    R3,C1,2026-01-01,2026-01-31,1000,JPY\n"
    assert wrong(book, "receivables", text, expect_total="1150.50") == [
        "0:0 control-total: the file has amounts in JPY, USD; write the total as JPY:1150.50"
    ]
    assert bring(book, "receivables", text, expect_total="USD:150.50, JPY:1000").added == 3


def test_a_total_is_not_compared_where_rows_are_bad(book: Book) -> None:
    """It could not be right; the row count can."""
    lines = wrong(book, "receivables", INVOICES.replace("50.50", "oops"), expect_total="150.50", expect_rows=9)
    assert [line.split(":")[1].split(" ")[-1] for line in lines] == ["control-total", "bad-amount"]


# -- the same and not the same -------------------------------------------------------------------------------------------


def test_duplicates_are_counted_in_the_file_and_against_the_book(book: Book) -> None:
    """Exact duplicates are ignored wherever the first one stands."""
    twice = INVOICES + "    R1,C1,2026-01-01,2026-01-31,100.0,USD\n"
    (landed,) = bring(book, "receivables", twice).landed
    assert (landed.added, landed.duplicates, landed.sums) == (2, 1, (("USD", 25050),))
    (landed,) = bring(book, "receivables", twice).landed
    assert (landed.added, landed.duplicates) == (0, 3)


def test_a_row_that_contradicts_is_refused(book: Book) -> None:
    """The field, both values, and where it can be put right."""
    bring(book, "receivables", INVOICES)
    text = """
        number,customer,issued,due,amount,currency
        R1,C1,2026-01-01,2026-01-31,100.01,USD
        R9,C1,2026-01-01,2026-01-31,1.00,USD
        R9,C1,2026-01-01,2026-02-28,1.00,USD
    """
    lines = wrong(book, "receivables", text)
    assert [line.split(":")[0:2] for line in lines] == [["2", "5 conflicting-row"], ["4", "4 conflicting-row"]]
    assert "due '2026-02-28' contradicts '2026-01-31'" in lines[1]


def test_order_of_rows_does_not_matter(book: Book) -> None:
    """A fee may stand before its principal, a reversal before what it reverses, a child before its parent."""
    bring(book, "receivables", """
        number,customer,issued,due,amount,currency,kind,principal
        F1,C1,2026-02-15,2026-02-15,5.00,USD,fee,R1
        R1,C1,2026-01-01,2026-01-31,100.00,USD,invoice,
    """)
    bring(book, "payments", PAYMENTS)
    bring(book, "allocations", """
        receivable,payment,date,amount,currency
        R1,P1,2026-01-25,-60.00,USD
        R1,P1,2026-01-20,60.00,USD
    """)
    assert book.execute("SELECT amount, reverses FROM allocations ORDER BY id").fetchall() == [(6000, None), (-6000, 1)]


# -- references ----------------------------------------------------------------------------------------------------------


def test_what_is_referred_to_must_exist(book: Book) -> None:
    """An unknown entity, customer, receivable, payment or credit is named with the nearest right one."""
    bring(book, "receivables", INVOICES)
    assert wrong(book, "customers", "number,entity,name\nC3,US10,Coil\n") == [
        "2:2 unknown-entity: entity 'US10' is no entity of the book; did you mean 'US01'?"
    ]
    assert wrong(book, "disputes", "reference,receivable,reason,opened\nD1,R9,bad,2026-01-01\n") == [
        "2:2 unknown-receivable: receivable 'R9' is no receivable of that entity in the book; import the receivables first"
    ]
    lines = wrong(book, "allocations", """
        receivable,payment,credit,date,amount,currency
        R1,P9,,2026-01-20,1.00,USD
        R1,,N9,2026-01-20,1.00,USD
        R1,,,2026-01-20,1.00,USD
    """)
    assert [line.split(":")[1].split(" ")[1] for line in lines] == ["unknown-payment", "unknown-credit", "bad-value"]
    fee = "number,customer,issued,due,amount,currency,kind,principal\nF1,C1,2026-02-15,2026-02-15,5.00,USD,fee,R7\n"
    assert "2:8 unknown-receivable" in wrong(book, "receivables", fee)[0]


def test_an_empty_entity_is_the_customers(book: Book) -> None:
    """And where two entities have the same number, each has its own receivable."""
    bring(book, "entities", "code,name,currency\nDE01,Duly GmbH,EUR\n")
    bring(book, "customers", "number,entity,name\nD1,DE01,Draht\n")
    bring(book, "receivables", """
        number,entity,customer,issued,due,amount,currency
        R1,,C1,2026-01-01,2026-01-31,1.00,USD
        R1,,D1,2026-01-01,2026-01-31,2.00,EUR
        R2,DE01,C1,2026-01-01,2026-01-31,3.00,EUR
    """)
    found = book.execute("SELECT number, entity_id, customer_id FROM receivables ORDER BY id").fetchall()
    assert found == [("R1", 1, 1), ("R1", 2, 3), ("R2", 2, 1)]
    lines = wrong(book, "allocations", "receivable,payment,date,amount,currency\nR1,P1,2026-01-20,1.00,USD\n")
    assert lines == ["2:0 missing-value: entity is empty, and the book does not have exactly one entity"]


# -- allocations ---------------------------------------------------------------------------------------------------------


def test_a_payment_with_a_receivable_is_allocated_to_it(book: Book) -> None:
    """As soon as both are in the book: money that came before the invoice is allocated when the invoice is posted."""
    bring(book, "receivables", INVOICES)
    receipt = bring(book, "payments", """
        number,customer,received,amount,currency,receivable
        P1,C1,2026-01-20,60.00,USD,R1
        P2,C1,2025-12-20,40.00,USD,R1
        P3,C2,2026-01-20,1.00,USD,
    """)
    assert [(each.kind, each.added) for each in receipt.landed] == [("payments", 3), ("allocations", 2)]
    assert book.execute("SELECT payment_id, date FROM allocations ORDER BY id").fetchall() == [
        (1, "2026-01-20"),
        (2, "2026-01-01"),
    ]


ALLOCATED = {
    "exactly the open amount": (["R1,P1,2026-01-20,60.00,USD", "R1,P2,2026-01-20,40.00,USD"], None),
    "a cent more than the receivable": (
        ["R1,P1,2026-01-20,60.00,USD", "R1,P2,2026-01-20,40.01,USD"],
        "3:4 over-allocated: amount '40.01' brings what is allocated of R1 to 100.01 on 2026-01-20, more than its 100.00",
    ),
    "a cent more than the payment": (
        ["R1,P1,2026-01-20,60.01,USD"],
        "2:4 over-allocated: amount '60.01' brings what is allocated of P1 to 60.01 on 2026-01-20, more than its 60.00",
    ),
    "another currency": (
        ["R1,P1,2026-01-20,60.00,CAD"],
        "2:5 currency-mismatch: currency 'CAD' is not the currency of R1, which is USD",
    ),
    "before the payment came": (
        ["R1,P1,2026-01-19,60.00,USD"],
        "2:3 allocation-too-early: date '2026-01-19' is before P1 is in the book (2026-01-20); an allocation cannot be earlier",
    ),
    "taken back and given again": (
        ["R1,P1,2026-01-20,60.00,USD", "R1,P1,2026-01-25,-60.00,USD", "R1,P1,2026-01-26,60.00,USD"],
        None,
    ),
    "given again before it was taken back": (
        ["R1,P1,2026-01-20,60.00,USD", "R1,P1,2026-01-25,-60.00,USD", "R1,P1,2026-01-24,60.00,USD"],
        "4:4 over-allocated: amount '60.00' brings what is allocated of P1 to 120.00 on 2026-01-24, more than its 60.00",
    ),
    "nothing to take back": (
        ["R1,P1,2026-01-25,-60.00,USD"],
        "2:4 nothing-to-reverse: amount '-60.00' takes back an allocation of that amount, but there is none of that date or"
        " before",
    ),
    "taken back twice": (
        ["R1,P1,2026-01-20,60.00,USD", "R1,P1,2026-01-25,-60.00,USD", "R1,P1,2026-01-26,-60.00,USD"],
        "4:4 nothing-to-reverse: amount '-60.00' takes back an allocation of that amount, but there is none of that date or"
        " before",
    ),
    "nothing": (["R1,P1,2026-01-25,0.00,USD"], "2:4 bad-amount: amount '0.00' must not be zero"),
}


@pytest.mark.parametrize(("rows", "problem"), ALLOCATED.values(), ids=ALLOCATED)
def test_never_more_is_allocated_than_there_is(book: Book, rows: list[str], problem: str | None) -> None:
    """On no day, of neither the receivable nor the payment."""
    bring(book, "receivables", INVOICES)
    bring(book, "payments", PAYMENTS)
    text = "\n".join(["receivable,payment,date,amount,currency", *rows, ""])
    if problem:
        assert problem in wrong(book, "allocations", text)
        return
    bring(book, "allocations", text)
    before = dump(book)
    bring(book, "allocations", text)
    assert dump(book) == before


# -- customers -----------------------------------------------------------------------------------------------------------


def test_what_describes_a_customer_is_versioned(book: Book) -> None:
    """The same is a duplicate, other values from the same date contradict, from a later date they are a new version."""
    start = "number,entity,name,segment,terms_days\nC1,US01,Acme,sme,30\n"
    assert "2:4 conflicting-row: segment 'sme' contradicts empty" in wrong(book, "customers", start)[0]
    later = "number,entity,name,valid_from,segment,terms_days\nC1,US01,Acme Corp.,2026-02-01,sme,30\n"
    bring(book, "customers", later)
    bring(book, "customers", "number,entity,name,valid_from,segment\nC1,US01,Acme Corp.,2026-03-01,key\n")
    found = book.execute(
        "SELECT valid_from, name, segment, terms_days FROM customer_versions WHERE customer_id = 1 ORDER BY valid_from"
    ).fetchall()
    # terms_days is not a column of the last file: taken over from the version before.
    assert found == [
        (store.ALWAYS, "Acme", None, None),
        ("2026-02-01", "Acme Corp.", "sme", 30),
        ("2026-03-01", "Acme Corp.", "key", 30),
    ]
    (landed,) = bring(book, "customers", later).landed
    assert (landed.added, landed.duplicates) == (0, 1)


def test_a_null_limit_and_a_limit_of_zero_are_not_the_same(book: Book) -> None:
    """Empty is not set, 0 is no credit."""
    header = "number,entity,name,currency,credit_limit\n"
    bring(book, "customers", f"{header}C3,US01,Coil,USD,0\nC4,US01,Dill,USD,\n")
    limits = book.execute("SELECT credit_limit FROM customer_versions ORDER BY id DESC LIMIT 2").fetchall()
    assert limits == [(None,), (0,)]
    assert wrong(book, "customers", f"{header}C5,US01,Eel,,5.00\n") == [
        "2:4 missing-value: currency is empty although credit_limit is given"
    ]
    assert "bad-amount" in wrong(book, "customers", f"{header}C5,US01,Eel,USD,-5.00\n")[0]


def test_spellings_are_reported_and_the_most_frequent_one_is_kept() -> None:
    """Of equally frequent ones the first in the alphabet; against the book, the book's. The order of rows plays no part."""
    rows = ["C1,US01,WAL-MAR llc", "C1,US01,WAL-MAR corp", "C1,US01,WAL-MAR in", "C1,US01,WAL-MAR corp", "C2,US01,B", "C2,US01,A"]
    for order in (rows, rows[::-1]):
        book = new_book()
        bring(book, "entities", "code,name,currency\nUS01,Duly,USD\n")
        receipt = bring(book, "customers", "\n".join(["number,entity,name", *order, ""]))
        assert sorted(receipt.notes) == [
            "customer C1 is spelled 3 ways; kept 'WAL-MAR corp'",
            "customer C2 is spelled 2 ways; kept 'A'",
        ]
        again = bring(book, "customers", "number,entity,name\nC1,US01,Walmart\n")
        assert again.notes == ("customer C1 is spelled 2 ways; kept 'WAL-MAR corp' (the book's spelling)",)


def test_the_rows_in_the_minority_are_pointed_at(book: Book) -> None:
    """Not those that merely come later."""
    text = """
        number,entity,name,country
        C3,US01,Coil,CA
        C3,US01,Coil,US
        C3,US01,Coil,US
    """
    assert wrong(book, "customers", text) == [
        "2:4 conflicting-row: country 'CA' contradicts 'US', which customer 'C3' has on 2 other rows"
    ]


def test_numbers_that_differ_by_leading_zeros_are_kept_apart_and_reported(book: Book) -> None:
    """Nothing is padded and nothing is stripped unless the mapping says so."""
    receipt = bring(book, "customers", "number,entity,name\n0042,US01,Coil\n42,US01,Coil\n")
    assert receipt.landed[0].added == 2
    assert "1 customer numbers are there with and without leading zeros, such as 42" in receipt.notes[0]


def test_a_customer_belongs_to_one_entity(book: Book) -> None:
    """Another entity contradicts it."""
    bring(book, "entities", "code,name,currency\nDE01,Duly GmbH,EUR\n")
    (line,) = wrong(book, "customers", "number,entity,name\nC1,DE01,Acme\n")
    assert "2:2 conflicting-row: entity 'DE01' contradicts 'US01'" in line


def test_a_dispute_may_be_settled_later(book: Book) -> None:
    """The same row with a resolution adds the resolution; another resolution contradicts it."""
    bring(book, "receivables", INVOICES)
    header = "reference,receivable,amount,reason,opened,resolved,outcome\n"
    bring(book, "disputes", f"{header}D1,R1,10.00,damaged,2026-01-25,,\n")
    bring(book, "disputes", f"{header}D1,R1,10.00,damaged,2026-01-25,2026-02-01,accepted\n")
    assert book.execute("SELECT outcome FROM dispute_resolutions").fetchall() == [("accepted",)]
    assert "conflicting-row" in wrong(book, "disputes", f"{header}D1,R1,10.00,damaged,2026-01-25,2026-02-01,rejected\n")[0]
    assert "3 bad-amount" in wrong(book, "disputes", f"{header}D2,R1,100.01,damaged,2026-01-25,,\n")[0]
    assert "7 bad-value" in wrong(book, "disputes", f"{header}D2,R1,,damaged,2026-01-25,2026-02-01,\n")[0]
    assert "6 bad-value" in wrong(book, "disputes", f"{header}D2,R1,,damaged,2026-01-25,2026-01-01,rejected\n")[0]


CONTRADICTORY = {
    "promises": ("reference,customer,made,promised,amount,currency\nT1,C1,2026-02-01,2026-01-31,1.00,USD\n", "promised"),
    "holds": ("reference,kind,customer,receivable,reason,valid_from\nH1,credit,C1,R1,x,2026-01-01\n", "receivable"),
    "fx_rates": ("date,source,target,rate\n2026-01-01,USD,USD,1\n", "target"),
    "assessments": ("customer,assessed,source,valid_until\nC1,2026-01-02,x,2026-01-01\n", "valid_until"),
}


@pytest.mark.parametrize("kind", CONTRADICTORY)
def test_a_row_that_contradicts_itself_is_refused(book: Book, kind: str) -> None:
    """At the field that does not fit."""
    text, field = CONTRADICTORY[kind]
    (line,) = wrong(book, kind, text)
    assert f"bad-value: {field} " in line


# -- files ---------------------------------------------------------------------------------------------------------------


def test_our_own_columns_only_without_a_mapping(book: Book) -> None:
    """A foreign column is refused with the nearest right one, a needed one that lacks is named."""
    assert wrong(book, "receivables", "numbr,customer\nR1,C1\n")[0] == (
        "1:1 unknown-column: 'numbr' is not a column of receivables; did you mean 'number'?"
    )
    assert [line.split("'")[1] for line in wrong(book, "receivables", "number,customer\nR1,C1\n")] == [
        "amount", "currency", "due", "issued"
    ]
    assert wrong(book, "customers", "number,entity,name,name\n")[0].startswith("1:3 twice-column: 'name' is the name of 2")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "0:0 bad-file: has no header row"),
        (b"\n\n", "0:0 bad-file: has no header row"),
        (b'number,"customer\nR1,C1\n', "1:0 bad-file: this row is not CSV"),
        (b"number,customer\n\xff\xfe,C1\n", "0:0 bad-encoding: near row"),
        ("number,customer\nR1,C1\n".encode("utf-16-le"), "1:0 bad-file: this is not the text of a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(book: Book, content: bytes, problem: str) -> None:
    """Empty, unclosed quotation marks, another encoding."""
    (line,) = wrong(book, "receivables", content)
    assert line.startswith(problem)


def test_a_file_that_is_not_there(book: Book, tmp_path: Path) -> None:
    """Missing, or a folder."""
    for path in (tmp_path / "none.csv", tmp_path):
        (line,) = wrong(book, "receivables", path)
        assert "bad-file: cannot be read" in line


def test_an_unknown_kind_names_the_nearest(book: Book) -> None:
    """A misspelled kind."""
    assert wrong(book, "recievables", INVOICES) == [
        "0:0 unknown-kind: 'recievables' is no kind of row; did you mean 'receivables'?"
    ]


def test_an_import_is_noted_in_the_book_when_it_adds_something(book: Book) -> None:
    """With the file's digest and who did it."""
    receipt = bring(book, "receivables", INVOICES)
    row = book.execute("SELECT kind, file, digest, added, actor FROM imports ORDER BY id DESC").fetchone()
    assert row == ("receivables", "rows.csv", receipt.digest, 2, "tester")


def test_a_million_rows_would_take_less_than_a_minute(book: Book) -> None:
    """20,000 rows a second is what we aim at; this fails only when something is far off, even on a busy machine."""
    rows = "".join(f"N{n},C{1 + n % 2},2026-01-{1 + n % 28:02},2026-02-01,{1 + n}.50,USD\n" for n in range(20_000))
    began = time.perf_counter()
    receipt = bring(book, "receivables", f"number,customer,issued,due,amount,currency\n{rows}".encode())
    assert receipt.added == 20_000
    assert time.perf_counter() - began < 10


def test_a_locked_book_is_a_refusal(tmp_path: Path) -> None:
    """Another command is writing."""
    first, second = store.create(tmp_path / "b.db"), store.open_book(tmp_path / "b.db")
    second.execute("PRAGMA busy_timeout = 10")
    with store.writing(first), pytest.raises(Refusal) as refused:
        bring(second, "entities", STORY["entities"])
    assert refused.value.problems[0].code == "book-locked"
