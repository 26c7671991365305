"""The days to come: when receivables are expected, what the policies then call for, and that nothing later is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest.figures import Period
from engine.backtest.forecast import DATED, Forecast, forecast
from engine.backtest.habits import Expected, Whose, expected
from engine.errors import Refusal
from engine.report import forecasts
from engine.report.page import html
from tests.books import Books, day, policy
from tests.files import dump
from tests.strategies import Drawn, books
from tests.test_backtest import CREDIT, FOUR, LETTERS, WATCH
from tests.test_law import law
from tests.test_no_look_ahead import DATED as DATED_ROWS
from tests.test_no_look_ahead import UNDATED, references, written
from tests.test_no_look_ahead import cut as cut_rows

TODAY = "2026-03-31"
POLICY = FOUR.replace("2026-06-01", "2026-01-01")
LETTERS_ONLY = POLICY.replace(", late_fee: {amount: 40.00, once_per: receivable}", "")


def history(found: Books, customer: str, *late: int, first: str = "2025-06-01") -> Books:
    """Receivables that the customer paid so many days late."""
    for number, days in enumerate(late):
        due = day(first, 10 * number)
        found.receivable(f"{customer}-{number}", customer, due=due, amount="50.00")
        found.payment(
            f"P-{customer}-{number}", customer, received=day(due, days), amount="50.00", to=f"{customer}-{number}"
        )
    return found


def customer(number: str = "C", *late: int, found: Books | None = None, segment: str | None = None) -> Books:
    """A customer who can be written to, and how late they paid."""
    found = (found or Books()).customer(number, segment=segment).contact(number, email="c@example.com")
    return history(found, number, *late)


def when(found: Books, as_of: str = TODAY) -> list[tuple[str | None, Whose | None]]:
    """The days that open receivables are expected on, and whose payments tell."""
    return [(one.day, one.whose) for one in expected(found.book, as_of)]


def told(found: Books, *policies: str, as_of: str = TODAY, ahead: int = 14) -> Forecast:
    """A forecast."""
    return forecast(found.book, [policy(one) for one in policies or (POLICY,)], as_of=as_of, days_ahead=ahead)


def test_a_receivable_is_expected_at_the_middle_of_how_late_its_customer_pays() -> None:
    """Early payments count, too: of -2, 0, 3, 8, 8 the middle one is 3."""
    found = customer("C", 8, -2, 3, 0, 8).receivable("R", "C", due="2026-04-10", amount="100.00")
    assert when(found) == [("2026-04-13", Whose.OWN)]


@pytest.mark.parametrize(
    ("due", "expects"),
    [
        ("2026-03-29", "2026-04-05"),  # 2 days late: of 3, 5, 7, 9, 11 the middle one is 7
        ("2026-03-28", None),  # 3 days late: only four were later
    ],
)
def test_what_is_late_already_will_not_be_paid_earlier(due: str, expects: str | None) -> None:
    """Only what was paid later than it is late already is its like; at least five of these are needed."""
    found = customer("C", 3, 5, 7, 9, 11).receivable("R", "C", due=due, amount="100.00")
    assert [expects] == [one for one, _ in when(found)]


def test_where_a_customer_tells_too_little_the_segment_does_and_then_all() -> None:
    """Four payments are too few; the same segment's others make up for it, then everybody's."""
    found = customer("C", 1, 1, 1, 1, segment="sme")
    customer("D", 4, 4, 4, found=found, segment="sme")
    customer("E", 20, 20, 20, 20, found=found, segment="retail")
    found.receivable("R", "C", due="2026-04-10", amount="100.00")
    found.receivable("S", "E", due="2026-04-10", amount="100.00")
    assert when(found) == [("2026-04-11", Whose.SEGMENT), ("2026-04-14", Whose.BOOK)]


def test_what_was_paid_more_than_a_year_ago_tells_nothing() -> None:
    """Nor do fees, nor what is not yet paid in full."""
    found = history(customer("C"), "C", 1, 1, 1, 1, 1, first="2024-06-01")
    found.receivable("R", "C", due="2026-04-10", amount="100.00")
    assert when(found) == [(None, None)]


def test_nobody_pays_and_everybody_pays_as_they_did() -> None:
    """One customer: the letter of the fourth day comes only where the payment of the second does not."""
    found = customer("C", 2, 2, 2, 2, 2).receivable("R", "C", due="2026-04-01", amount="100.00")
    before = dump(found.book)
    one = told(found)
    assert (one.nobody.side.notices, one.as_they_did.side.notices) == (2, 0)
    assert one.nobody.side.fees and not one.as_they_did.side.fees
    assert one.as_they_did.inflow == (("2026-03-31", "EUR", 10000),) and one.nobody.inflow == ()
    owed = {of: amounts.get("EUR", (0, 0)) for of, amounts in one.as_they_did.owed}
    assert [owed[at] for at in ("2026-04-01", "2026-04-02", "2026-04-03")] == [(10000, 0), (10000, 10000), (0, 0)]
    assert dict(one.nobody.owed)["2026-04-03"] == {"EUR": (10000, 10000)}
    assert one.nobody.side.contacts.customers == one.as_they_did.side.contacts.customers == 1
    assert dump(found.book) == before


def test_weeks_begin_on_the_business_date() -> None:
    """Fourteen days are two weeks, fifteen are three."""
    found = customer("C").receivable("R", "C", due="2026-03-20", amount="100.00")
    labels = [[one.label for one in told(found, ahead=ahead).nobody.side.periods] for ahead in (14, 15)]
    assert labels == [["2026-03-31", "2026-04-07"], ["2026-03-31", "2026-04-07", "2026-04-14"]]
    first, second = told(found, LETTERS_ONLY).nobody.side.periods
    assert isinstance(first, Period) and (first.notices, second.notices) == (((1, 1), (2, 1)), ())


def test_what_was_done_today_is_not_done_again() -> None:
    """A run of the business date stays; one of tomorrow, where the date is an old one, is cut."""
    found = customer("C").receivable("R", "C", due="2026-03-20", amount="100.00")
    found.notice("C", "R", level=1, as_of=TODAY, sent=f"{TODAY}T10:00:00Z", policy="four")
    assert [one.level for one in told(found, LETTERS_ONLY).nobody.side.per_step] == [2]
    found.notice("C", "R", level=2, as_of=day(TODAY, 1), sent=f"{day(TODAY, 1)}T10:00:00Z", policy="four")
    assert [one.level for one in told(found, LETTERS_ONLY).nobody.side.per_step] == [2]


@law(10)
@given(books(), st.sampled_from((-30, -3, 0)))
def test_a_forecast_of_an_old_date_sees_no_further(drawn: Drawn, shift: int) -> None:
    """The same from the whole book and from the book as it was on that date."""
    as_of = day(drawn.as_of, shift)
    rows = drawn.books.rows
    for several in rows.values():
        for row in several:
            # As where an old book was brought in today: only the business dates tell what was known.
            if row.get("recorded_at"):
                row["recorded_at"] = "2027-01-01T00:00:00Z"
    whole = written(rows, "9999-12-31")
    then = written(cut_rows(rows, references(drawn.books.book), as_of), as_of)
    found = []
    for one in (whole, then):
        try:
            made = told(one, LETTERS, WATCH, CREDIT, as_of=as_of, ahead=5)
        except Refusal as refusal:
            found.append(str(refusal))
        else:
            found.append(repr((made.nobody, made.as_they_did, made.whence)))
    assert found[0] == found[1]


def test_every_table_that_has_a_date_is_cut_at_it() -> None:
    """A new table is thought about here; what runs wrote goes with the runs."""
    assert set(DATED_ROWS) - {"effects", "review_requests", "steps"} == set(DATED)
    assert all(DATED[table] == DATED_ROWS[table] for table in DATED)
    assert not set(DATED) & UNDATED


def test_an_empty_book_is_refused() -> None:
    """There is nothing to look ahead at."""
    with pytest.raises(Refusal) as refused:
        told(Books().customer("C"))
    assert [problem.code for problem in refused.value.problems] == ["empty-book"]


def test_every_form_says_what_is_assumed() -> None:
    """Text, page and JSON; and the amounts of every week."""
    found = customer("C", 2, 2, 2, 2, 2).receivable("R", "C", due="2026-04-01", amount="100.00")
    one = told(found)
    text = forecasts.text(one, width=100, colour=False)
    assert "No new invoice comes in" in text and "2026-03-31                100.00" in text
    assert "No new invoice comes in" in html(forecasts.page(one))
    plain = forecasts.plain(one)
    assert plain["expected"] == [{"whose": "own", "receivables": 1, "amounts": [{"currency": "EUR", "amount": 10000}]}]
    assert plain["everybody_pays_as_they_did"]["inflow"] == [{"week": "2026-03-31", "currency": "EUR", "amount": 10000}]


def test_expected_is_a_value() -> None:
    """What is open of a receivable that was paid in part."""
    found = customer("C", 2, 2, 2, 2, 2).receivable("R", "C", due="2026-04-01", amount="100.00")
    found.payment("P", "C", received="2026-03-30", amount="40.00", to="R")
    assert expected(found.book, TODAY) == (Expected(6, "EUR", 6000, "2026-04-03", Whose.OWN),)


def test_a_version_that_begins_on_the_way_is_named_with_its_day() -> None:
    """What decides on the first day is named as it is."""
    found = customer("C").receivable("R", "C", due="2026-04-01", amount="100.00")
    begins = POLICY.replace("2026-01-01", "2026-04-05").replace("version: 1", "version: 2")
    assert told(found, POLICY, begins).policies == ("four v1", "four v2 from 2026-04-05")
    assert told(found, POLICY, begins, ahead=5).policies == ("four v1",)
