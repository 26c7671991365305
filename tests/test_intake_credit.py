"""Intake of what is known of a customer's credit: what lands, what is wrong in it, and what a second import may still add."""

import pytest

from engine.book import store
from engine.book.store import Book
from tests.books import new_book
from tests.files import bring, company, dump, wrong


@pytest.fixture
def book() -> Book:
    """A book with one entity and two customers."""
    return company(new_book())


# -- assessments ---------------------------------------------------------------------------------------------------------


def test_what_others_say_of_a_customer(book: Book) -> None:
    """A report with a rating of its own, a trade reference, our own finding that nobody is insolvent (or does not say)."""
    bring(book, "assessments", """
        customer,assessed,source,kind,score,rating,experience,insolvent,note
        C1,2026-01-01,agency,,620,BB+,,false,
        C1,2026-01-05,Steel Supplies,reference,,,bad,,paid after 90 days
        C2,2026-01-05,sales,own,40,,,true,
    """)
    assert book.execute("SELECT kind, score, rating, experience, insolvent FROM assessments ORDER BY id").fetchall() == [
        ("agency", 620, "BB+", None, 0),
        ("reference", None, None, "bad", None),
        ("own", 40, None, None, 1),
    ]


def test_a_file_from_before_has_agencies_in_it(book: Book) -> None:
    """Without the new columns it is what it was; a kind that says otherwise contradicts it."""
    text = "customer,assessed,source,score\nC1,2026-01-01,x,620\n"
    bring(book, "assessments", text)
    assert bring(book, "assessments", text).added == 0
    lines = wrong(book, "assessments", "customer,assessed,source,score,kind\nC1,2026-01-01,x,620,own\n")
    assert lines == [
        "2:5 conflicting-row: kind 'own' contradicts 'agency', which assessments '2026-01-01' has already;"
        " a correction is a new row"
    ]


def test_the_outlook_of_a_country_and_of_all(book: Book) -> None:
    """`all` in small letters; the same day again says the same or contradicts."""
    text = "industry,region,valid_from,outlook\nsteel,DE,2026-01-01,negative\nsteel,all,2026-01-01,stable\n"
    assert (bring(book, "market", text).added, bring(book, "market", text).added) == (2, 0)
    lines = wrong(book, "market", "industry,region,valid_from,outlook\nsteel,ALL,2026-01-01,bad\n")
    assert lines == ["2:2 bad-value: region 'ALL' is not written all, which means everywhere"]
    assert "2:4 conflicting-row" in wrong(book, "market", text.replace("stable", "bad").replace("negative", "fine"))[0]


# -- financials ----------------------------------------------------------------------------------------------------------

STATEMENT = "customer,period_end,received,currency"


def test_a_whole_statement(book: Book) -> None:
    """Every figure, losses below zero, in the currency of the statement; a year where nothing else is said."""
    header = f"{STATEMENT},audited,sales,cost_of_sales,operating_profit,interest_paid,net_profit,cash,inventory,current_assets"
    bring(book, "financials", f"""
        {header},total_assets,payables,current_liabilities,total_liabilities,equity,months,valid_until
        C1,2025-12-31,2026-03-15,JPY,true,1200,800,-90,15,-105,70,150,420,900,130,250,1000,-100,,2027-03-31
        C2,2025-12-31,2026-03-15,USD,,12.50,,,,,,,,,,,,,6,
    """)
    query = """SELECT sales, cost_of_sales, operating_profit, interest_paid, net_profit, cash, inventory, current_assets,
      total_assets, payables, current_liabilities, total_liabilities, equity, months, audited FROM financials ORDER BY id"""
    assert book.execute(query).fetchall() == [
        (1200, 800, -90, 15, -105, 70, 150, 420, 900, 130, 250, 1000, -100, 12, 1),
        (1250, *[None] * 12, 6, 0),
    ]


def test_a_second_edition_of_a_statement(book: Book) -> None:
    """Received on another day it is a row of its own; on the same day other figures contradict it."""
    bring(book, "financials", f"{STATEMENT},sales\nC1,2025-12-31,2026-02-01,USD,100.00\nC1,2025-12-31,2026-04-01,USD,90.00\n")
    (line,) = wrong(book, "financials", f"{STATEMENT},sales\nC1,2025-12-31,2026-02-01,USD,90.00\n")
    assert line.startswith("2:5 conflicting-row: sales '9000' contradicts '10000'")


WRONG_STATEMENTS = {
    "received the day before": ("received", "2025-12-30", "3 bad-value: received '2025-12-30' is before period_end"),
    "received on the day": ("received", "2025-12-31", None),
    "no month": ("months", "0", "bad-value: months '0' is not between 1 and 24"),
    "a month": ("months", "1", None),
    "two years": ("months", "24", None),
    "more than two years": ("months", "25", "bad-value: months '25' is not between 1 and 24"),
    "valid until before it came": ("valid_until", "2026-02-28", "valid_until '2026-02-28' is before received"),
    "valid on the day it came": ("valid_until", "2026-03-01", None),
    "all assets are current": ("current_assets", "100.00", None),
    "more current assets than assets": (
        "current_assets", "100.01", "current_assets '100.01' is more than total_assets 100.00"
    ),
    "cash is all": ("cash", "50.00", None),
    "cash and stock are more": (
        "cash", "50.01", "inventory '10.00' and cash are 60.01 together, more than current_assets 60.00"
    ),
    "more cash than current assets": ("cash", "60.01", "cash '60.01' is more than current_assets 60.00"),
    "more stock than current assets": ("inventory", "60.01", "inventory '60.01' is more than current_assets 60.00"),
    "all liabilities are current": ("current_liabilities", "70.00", None),
    "more current liabilities than liabilities": (
        "current_liabilities", "70.01", "current_liabilities '70.01' is more than total_liabilities 70.00"
    ),
    "more payables than liabilities": ("payables", "70.01", "payables '70.01' is more than total_liabilities 70.00"),
    "more equity than assets": ("equity", "100.01", "equity '100.01' is more than total_assets 100.00"),
    "sales below zero": ("sales", "-1.00", "bad-amount: sales '-1.00' must be zero or above"),
    "no sales": ("sales", "0", None),
    "a loss": ("net_profit", "-1.00", None),
    "half a cent": ("net_profit", "1.005", "bad-amount: net_profit '1.005'"),
    "a flag": ("audited", "partly", "bad-value: audited 'partly' is neither true nor false"),
}  # fmt: skip
SOUND = {
    "customer": "C1", "period_end": "2025-12-31", "received": "2026-03-01", "currency": "USD", "months": "12",
    "valid_until": "", "cash": "5.00", "inventory": "10.00", "current_assets": "60.00", "total_assets": "100.00",
    "payables": "20.00", "current_liabilities": "30.00", "total_liabilities": "70.00", "equity": "30.00", "sales": "",
    "net_profit": "", "audited": "",
}  # fmt: skip


@pytest.mark.parametrize(("field", "value", "problem"), WRONG_STATEMENTS.values(), ids=WRONG_STATEMENTS)
def test_figures_that_contradict_each_other(book: Book, field: str, value: str, problem: str | None) -> None:
    """Each is one line at the cell, and at the bound it is fine."""
    row = SOUND | {field: value}
    text = f"{','.join(row)}\n{','.join(row.values())}\n"
    if problem is None:
        assert bring(book, "financials", text).added == 1
        return
    (line,) = wrong(book, "financials", text)
    assert problem in line


def test_all_that_is_wrong_with_a_statement_is_said_at_once(book: Book) -> None:
    """Four contradictions, four lines."""
    row = SOUND | {"received": "2025-01-01", "current_assets": "200.00", "payables": "80.00", "months": "0"}
    lines = wrong(book, "financials", f"{','.join(row)}\n{','.join(row.values())}\n")
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == ["received", "months", "current_assets", "payables"]
    row = SOUND | {"sales": "-1.00", "inventory": "-2.00", "payables": "80.00"}
    lines = wrong(book, "financials", f"{','.join(row)}\n{','.join(row.values())}\n")
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == ["inventory", "sales"]


def test_a_statement_says_something(book: Book) -> None:
    """A period without a figure is nothing to decide by."""
    (line,) = wrong(book, "financials", f"{STATEMENT},note\nC1,2025-12-31,2026-02-01,USD,will follow\n")
    assert "2:2 bad-value: period_end '2025-12-31' has no figure beside it" in line


# -- orders --------------------------------------------------------------------------------------------------------------

ORDERS = "number,customer,ordered,closed,amount,currency\n"


def test_an_order_is_closed_by_importing_it_again(book: Book) -> None:
    """The closing is a row of its own, counted and noted; the same file again changes nothing, nor does the first one."""
    opened, closed = f"{ORDERS}S1,C1,2026-01-01,,9.00,USD\n", f"{ORDERS}S1,C1,2026-01-01,2026-02-01,9.00,USD\n"
    bring(book, "orders", opened)
    (landed,) = bring(book, "orders", closed).landed
    assert (landed.added, landed.duplicates) == (1, 0)
    assert book.execute("SELECT order_id, closed FROM order_closings").fetchall() == [(1, "2026-02-01")]
    assert book.execute("SELECT closed FROM orders").fetchall() == [(None,)]
    assert book.execute("SELECT added FROM imports ORDER BY id DESC LIMIT 1").fetchone() == (1,)
    before = dump(book)
    for text in (closed, opened):
        (landed,) = bring(book, "orders", text).landed
        assert (landed.added, landed.duplicates) == (0, 1)
    assert dump(book) == before


def test_an_order_that_comes_closed_needs_no_second_row(book: Book) -> None:
    """It stands closed in its own row, and once only, whoever brings it again."""
    text = f"{ORDERS}S1,C1,2026-01-01,2026-02-01,9.00,USD\n"
    assert bring(book, "orders", text).added == 1
    assert bring(book, "orders", text).added == 0
    assert bring(book, "orders", text.replace("2026-02-01", "")).added == 0
    assert book.execute("SELECT closed, (SELECT COUNT(*) FROM order_closings) FROM orders").fetchall() == [("2026-02-01", 0)]


def test_open_and_closed_in_one_file(book: Book) -> None:
    """In either order of its rows."""
    for number, days in (("S1", ("", "2026-02-01")), ("S2", ("2026-02-01", ""))):
        rows = "".join(f"{number},C1,2026-01-01,{day},9.00,USD\n" for day in days)
        bring(book, "orders", ORDERS + rows)
    query = """SELECT o.number, COALESCE(o.closed, c.closed) FROM orders AS o
      LEFT JOIN order_closings AS c ON c.order_id = o.id ORDER BY o.id"""
    assert book.execute(query).fetchall() == [("S1", "2026-02-01"), ("S2", "2026-02-01")]


@pytest.mark.parametrize("first", ["", "2026-02-01"])
def test_an_order_is_closed_once(book: Book, first: str) -> None:
    """Another day contradicts it, whether it came closed or was closed later; so does another amount."""
    bring(book, "orders", f"{ORDERS}S1,C1,2026-01-01,{first},9.00,USD\n")
    bring(book, "orders", f"{ORDERS}S1,C1,2026-01-01,2026-02-01,9.00,USD\n")
    assert wrong(book, "orders", f"{ORDERS}S1,C1,2026-01-01,2026-02-02,9.00,USD\n") == [
        "2:4 conflicting-row: closed '2026-02-02' contradicts '2026-02-01', which 'S1' has already; a correction is a new row"
    ]
    assert "2:5 conflicting-row" in wrong(book, "orders", f"{ORDERS}S1,C1,2026-01-01,2026-02-01,9.01,USD\n")[0]
    assert "2:4 bad-value: closed" in wrong(book, "orders", f"{ORDERS}S2,C1,2026-01-02,2026-01-01,9.00,USD\n")[0]


def test_what_ends_a_dispute_or_a_hold_later_is_counted(book: Book) -> None:
    """A file of resolutions only is an import that adds something, and is noted as one."""
    bring(book, "receivables", "number,customer,issued,due,amount,currency\nR1,C1,2026-01-01,2026-01-31,9.00,USD\n")
    header = "reference,receivable,reason,opened,resolved,outcome\n"
    bring(book, "disputes", f"{header}D1,R1,late,2026-01-25,,\n")
    (landed,) = bring(book, "disputes", f"{header}D1,R1,late,2026-01-25,2026-01-26,accepted\n").landed
    assert (landed.added, landed.duplicates) == (1, 0)
    header = "reference,kind,customer,reason,valid_from,released\n"
    bring(book, "holds", f"{header}H1,credit,C1,late,2026-01-25,\n")
    assert bring(book, "holds", f"{header}H1,credit,C1,late,2026-01-25,2026-01-26\n").added == 1
    lines = wrong(book, "holds", f"{header}H1,credit,C1,late,2026-01-25,2026-01-27\n")
    assert lines == [
        "2:6 conflicting-row: released '2026-01-27' contradicts '2026-01-26', which 'H1' has already;"
        " a correction is a new row"
    ]


# -- securities, reviews ---------------------------------------------------------------------------------------------------


def test_what_secures_us(book: Book) -> None:
    """Its amounts are in the control total."""
    header = "reference,customer,kind,provider,amount,currency,valid_from,valid_until\n"
    text = f"{header}S1,C1,insurance,Insurer,800.00,USD,2026-01-01,2026-12-31\nS2,C1,collateral,Bank,5.00,USD,2026-01-01,\n"
    assert bring(book, "securities", text, expect_total="805.00").added == 2
    assert [line.split(" ")[1] for line in wrong(book, "securities", f"{header}S3,C1,bond,X,0,USD,2026-01-01,2025-12-31\n")] == [
        "bad-value:",
    ]
    lines = wrong(book, "securities", f"{header}S3,C1,guarantee,X,0,USD,2026-01-01,2025-12-31\n")
    assert lines == ["2:5 bad-amount: amount '0' must be above zero"]
    assert "2:8 bad-value" in wrong(book, "securities", f"{header}S3,C1,guarantee,X,1,USD,2026-01-01,2025-12-31\n")[0]


def test_who_reviewed(book: Book) -> None:
    """The one who is named, else the one who imports."""
    bring(book, "reviews", "reference,customer,reviewed,result,actor\nV1,C1,2026-01-15,kept,ann\nV2,C1,2026-02-15,cut,\n")
    assert book.execute("SELECT reference, actor FROM reviews ORDER BY id").fetchall() == [("V1", "ann"), ("V2", "tester")]


# -- limits --------------------------------------------------------------------------------------------------------------

LIMITS = "reference,customer,scope,amount,currency,reason,valid_from,valid_until,actor,confirmed_by,confirmed,withdrawn\n"
GROUP = "number,entity,name,parent\nG1,US01,Group,\nG2,US01,Daughter,G1\n"


def test_a_limit_waits_until_somebody_else_confirmed_it(book: Book) -> None:
    """Without a name it waits; with one, then or later, it is confirmed from its first day or from the day that is said."""
    row = "L{n},C1,,900.00,USD,season,2026-01-05,2026-03-31,ann,{by},{on},"
    waiting = LIMITS + row.format(n=1, by="", on="") + "\n" + row.format(n=2, by="bob", on="2026-01-02") + "\n"
    assert bring(book, "limits", waiting, expect_total="1800.00").added == 2
    query = "SELECT reference, confirmed, actor FROM confirmations ORDER BY id"
    assert book.execute(query).fetchall() == [("L2", "2026-01-02", "bob")]
    later = LIMITS + row.format(n=1, by="eve", on="") + "\n"
    (landed,) = bring(book, "limits", later).landed
    assert (landed.added, landed.duplicates) == (1, 0)
    assert book.execute(query).fetchall()[1] == ("L1", "2026-01-05", "eve")
    before = dump(book)
    assert (bring(book, "limits", later).added, bring(book, "limits", waiting).added) == (0, 0)
    assert dump(book) == before
    (line,) = wrong(book, "limits", later.replace("eve", "bob"))
    assert line.startswith("2:10 conflicting-row: confirmed_by")


def test_a_confirmed_limit_is_withdrawn_later(book: Book) -> None:
    """One row of the file that adds one thing; confirmed and withdrawn at once is one row, too."""
    row = "L1,C1,own,900.00,USD,season,2026-01-05,2026-03-31,ann,bob,,"
    bring(book, "limits", f"{LIMITS}{row}\n")
    (landed,) = bring(book, "limits", f"{LIMITS}{row}2026-02-01\n").landed
    assert (landed.added, landed.duplicates) == (1, 0)
    assert book.execute("SELECT reference, withdrawn FROM withdrawals").fetchall() == [("L1", "2026-02-01")]
    bring(book, "limits", f"{LIMITS}L2,C1,own,900.00,USD,season,2026-01-05,2026-03-31,ann,,,\n")
    (landed,) = bring(book, "limits", f"{LIMITS}L2,C1,own,900.00,USD,season,2026-01-05,2026-03-31,ann,bob,,2026-02-01\n").landed
    assert (landed.added, landed.duplicates) == (1, 0)


WRONG_LIMITS = {
    "nobody confirms their own": ("L1,C1,own,1,USD,x,2026-01-01,2026-02-01,ann,Ann ,,", "10 same-person: confirmed_by 'Ann'"),
    "nor who imports": ("L1,C1,own,1,USD,x,2026-01-01,2026-02-01,,tester,,", "10 same-person: confirmed_by 'tester'"),
    "a day without a name": ("L1,C1,own,1,USD,x,2026-01-01,2026-02-01,ann,,2026-01-01,", "10 bad-value: confirmed_by"),
    "without an end": ("L1,C1,own,1,USD,x,2026-01-01,,ann,,,", "8 bad-value: valid_until is empty"),
    "ends before it begins": ("L1,C1,own,1,USD,x,2026-01-01,2025-12-31,ann,,,", "8 bad-value: valid_until '2025-12-31'"),
    "below zero": ("L1,C1,own,-1,USD,x,2026-01-01,2026-02-01,ann,,,", "4 bad-amount: amount '-1' must be zero or above"),
    "not in a group": ("L1,C1,group,1,USD,x,2026-01-01,,ann,,,", "2 not-the-top: customer 'C1' is nobody's parent"),
    "not the top": ("L1,G2,group,1,USD,x,2026-01-01,,ann,,,", "2 not-the-top: customer 'G2' belongs to the group of 'G1'"),
    "an override's reference": ("O1,C1,own,1,USD,x,2026-01-01,2026-02-01,ann,,,", "1 conflicting-row: reference 'O1' is that of"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "problem"), WRONG_LIMITS.values(), ids=WRONG_LIMITS)
def test_limits_that_cannot_be(book: Book, row: str, problem: str) -> None:
    """At the field that is wrong."""
    bring(book, "customers", GROUP)
    book.execute("""INSERT INTO rating_overrides (reference, customer_id, rating, reason, valid_from, valid_until, actor,
      recorded_at) VALUES ('O1', 1, 'A', 'x', '2026-01-01', '2026-02-01', 'ann', '2026-01-01T00:00:00Z')""")
    (line,) = wrong(book, "limits", f"{LIMITS}{row}\n")
    assert line.startswith(f"2:{problem}")


def test_a_groups_limit_may_be_without_end_and_zero(book: Book) -> None:
    """On the top of the group."""
    bring(book, "customers", GROUP)
    bring(book, "limits", f"{LIMITS}L1,G1,group,0,USD,caution,2026-01-01,,,,,\n")
    assert book.execute("SELECT scope, amount, valid_until, actor FROM granted_limits").fetchall() == [
        ("group", 0, None, "tester")
    ]


# -- customers -----------------------------------------------------------------------------------------------------------

LIMITED = "number,entity,name,valid_from,currency,credit_limit"


def test_a_limit_with_an_end(book: Book) -> None:
    """It belongs to the limit: another limit from a later file has none; a file that does not speak of limits keeps both."""
    bring(book, "customers", f"{LIMITED},limit_until\nC1,US01,Acme,2026-01-01,USD,9.00,2026-12-31\n")
    bring(book, "customers", "number,entity,name,valid_from,segment\nC1,US01,Acme,2026-02-01,key\n")
    bring(book, "customers", f"{LIMITED}\nC1,US01,Acme,2026-03-01,USD,9.00\n")
    bring(book, "customers", f"{LIMITED}\nC1,US01,Acme,2026-04-01,USD,8.00\n")
    query = "SELECT credit_limit, limit_until FROM customer_versions WHERE customer_id = 1 ORDER BY valid_from"
    assert book.execute(query).fetchall() == [
        (None, None), (900, "2026-12-31"), (900, "2026-12-31"), (900, "2026-12-31"), (800, None)
    ]


def test_an_end_without_a_limit(book: Book) -> None:
    """Nothing is set that could end; one that ended long ago is nothing unusual."""
    assert wrong(book, "customers", f"{LIMITED},limit_until\nC1,US01,Acme,2026-01-01,,,2026-12-31\n") == [
        "2:7 bad-value: limit_until '2026-12-31' is the end of a limit, but no credit limit is set"
    ]
    assert bring(book, "customers", f"{LIMITED},limit_until\nC1,US01,Acme,2026-01-01,USD,0,2020-12-31\n").added == 1


PARENTS = "number,entity,name,valid_from,parent"
CIRCLES = {
    "itself": (["C1,US01,Acme,,C1"], "2:5 parent-circle: parent puts a customer above itself from {always} on: C1 -> C1"),
    "each other": (
        ["C1,US01,Acme,2026-01-01,C2", "C2,US01,Bolt,2026-02-01,C1"],
        "3:5 parent-circle: parent puts a customer above itself from 2026-02-01 on: C1 -> C2 -> C1",
    ),
    "three": (
        ["C1,US01,Acme,2026-01-01,C2", "C2,US01,Bolt,2026-02-01,C3", "C3,US01,Coil,2026-01-01,C1"],
        "4:5 parent-circle: parent puts a customer above itself from 2026-02-01 on: C1 -> C2 -> C3 -> C1",
    ),
    "one after the other": (
        ["C1,US01,Acme,2026-01-01,C2", "C1,US01,Acme,2026-02-01,", "C2,US01,Bolt,2026-02-01,C1"], None
    ),
    "one after the other, a day too late": (
        ["C1,US01,Acme,2026-01-01,C2", "C1,US01,Acme,2026-02-02,", "C2,US01,Bolt,2026-02-01,C1"],
        "4:5 parent-circle: parent puts a customer above itself from 2026-02-01 on: C1 -> C2 -> C1",
    ),
    "four levels": (
        ["C1,US01,Acme,2026-01-01,C2", "C2,US01,Bolt,2026-01-01,C3", "C3,US01,Coil,2026-01-01,C4", "C4,US01,Dill,2026-01-01,"],
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "problem"), CIRCLES.values(), ids=CIRCLES)
def test_nobody_is_above_themselves(rows: list[str], problem: str | None) -> None:
    """On no day; who was the other's parent before is fine."""
    book = new_book()
    bring(book, "entities", "code,name,currency\nUS01,Duly,USD\n")
    if problem is None:
        assert bring(book, "customers", "\n".join([PARENTS, *rows, ""])).added == len(rows)
        return
    assert wrong(book, "customers", "\n".join([PARENTS, *rows, ""])) == [problem.format(always=store.ALWAYS)]


def test_a_circle_that_closes_in_a_later_file(book: Book) -> None:
    """The file that closes it is refused; one that has nothing to do with a circle is not."""
    bring(book, "customers", f"{PARENTS}\nC1,US01,Acme,2026-01-01,C2\n")
    (line,) = wrong(book, "customers", f"{PARENTS}\nC2,US01,Bolt,2026-03-01,C1\n")
    assert "parent-circle" in line
    book.execute("""INSERT INTO customer_versions (customer_id, valid_from, name, parent_id, recorded_at)
      VALUES (2, '2026-03-01', 'Bolt', 1, '2026-03-01T00:00:00Z')""")
    assert bring(book, "customers", f"{PARENTS}\nC3,US01,Coil,,C1\n").added == 1
