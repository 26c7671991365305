"""The reports on reviews and ratings: which reviews are open, and how customers stand under their credit policy."""

import csv
import io
import json

import pytest
from rich.cells import cell_len

from engine import money
from engine.act.conclusions import conclusions
from engine.report import ratings, reviews
from engine.report.csvs import written
from engine.report.standing import Request, Standing, standings
from tests.books import Books, policy

TODAY = "2026-03-31"
POLICIES = (
    policy("""\
        policy: trade-credit
        kind: credit
        version: 1
        effective_from: 2026-01-01
        summary: Rated by segment alone; a limit by rating.
        currency: EUR
        covers: {customer.country: DE}
        scorecard:
          base: 0
          characteristics:
            - id: segment
              fact: customer.segment
              values: [{in: [key], points: 100}, {in: [sme], points: 50}]
              otherwise: 0
        ratings:
          bands: [{rating: A, from: 100}, {rating: B, from: 50, below: 100}, {rating: C, below: 50}]
        limit:
          rules: [{id: good, when: {rating: A}, amount: 1000.00}, {id: none-set, when: {rating: B}, amount: null}]
        terms:
          rules: [{id: usual, days: 30}]
        review:
          every_days: {A: 365, B: 180, C: 90}
        """),
)


def small() -> Books:
    """Three rated customers, one of them with a review that is open, and one whom the policy does not cover."""
    books = Books().entity("E1", "EUR")
    books.customer("C1", name="Alder", country="DE", segment="key", rating="B", collector="li.na", terms_days=30)
    books.receivable("R1", "C1", due="2026-03-30", amount="300.00").receivable("R2", "C1", due="2026-04-10", amount="100.00")
    books.customer("C2", name="Brook", country="DE", segment="sme", rating="B", limit="50.00", terms_days=14)
    books.receivable("R3", "C2", due="2026-04-10", amount="200.00")
    books.customer("C3", name="Cole", country="DE").credit("N1", "C3", issued="2026-03-01", amount="20.00")
    books.customer("C4", name="Dale", country="FR", rating="D")
    books.review_request("C2", requested="2026-03-10", due="2026-03-24")
    books.review_request("C4", requested="2026-03-20", due="2026-04-03")
    return books.review("C1", reviewed="2026-03-01")


def standing(books: Books, customer: str, as_of: str = TODAY, **known: str) -> Standing:
    """How one customer stands."""
    found = standings(books.book, POLICIES, as_of=as_of, **known)
    return next(each for each in found if each.customer == customer)


def lines(text: str) -> list[str]:
    """The lines with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("as_of", "days"), [("2026-03-23", 1), ("2026-03-24", 0), ("2026-03-25", -1), (TODAY, -7)]
)
def test_days_until_a_review_is_due(as_of: str, days: int) -> None:
    """The day before, on it, the day after."""
    asked = Request("2026-03-10", "2026-03-24", days, "every 90 days for C")
    assert standing(small(), "C2", as_of).requests == (asked,)


@pytest.mark.parametrize(
    ("reviewed", "open_"), [("2026-03-09", True), ("2026-03-10", False), ("2026-03-31", False), ("2026-04-01", True)]
)
def test_a_review_closes_what_was_asked_for_until_its_day(reviewed: str, open_: bool) -> None:
    """One recorded before it was asked for, and one of tomorrow, do not."""
    books = small().review("C2", reviewed=reviewed)
    assert bool(standing(books, "C2").requests) is open_


def test_what_was_not_known_and_what_was_reversed_does_not_count() -> None:
    """As the book was known before the review was recorded; a request whose effect was undone was never made."""
    books = small().at("2026-06-01T00:00:00Z").review("C2", reviewed="2026-03-20")
    assert not standing(books, "C2").requests
    assert standing(books, "C2", known_at="2026-05-31T23:59:59Z").requests
    books = small().review_request("C1", requested="2026-03-10", due="2026-03-24", reference="X").undone("X", as_of="2026-03-11")
    assert not standing(books, "C1").requests


def test_a_customer_whom_no_credit_policy_covers_is_there_while_a_review_is_open() -> None:
    """Without amounts, since no policy says in which currency."""
    found = standing(small(), "C4")
    assert (found.concluded, found.owed, found.rating, found.name) == (None, None, "D", "Dale")
    books = small().review("C4", reviewed=TODAY)
    assert [each.customer for each in standings(books.book, POLICIES, as_of=TODAY)] == ["C1", "C2", "C3"]


def test_what_is_shown_is_what_the_policies_conclude() -> None:
    """The very values of act/conclusions.py."""
    books = small()
    found = {each.customer: each.concluded for each in standings(books.book, POLICIES, as_of=TODAY) if each.concluded}
    assert found == {one.customer: one for one in conclusions(books.book, POLICIES, as_of=TODAY)}
    assert found["C1"].rating == "A"


REVIEWS = """\
Reviews as of 2026-03-31
2 reviews are open: 1 overdue, the oldest by 7 days; 1 due by 2026-04-03.

customer  due         days  rating  exposure
-------------------------------------------------
C2 Brook  2026-03-24    -7  B         200.00  EUR
  every 90 days for C
C4 Dale   2026-04-03     3  D
  every 90 days for C
"""


def test_the_worklist_reads_like_this() -> None:
    """The most urgent first, reasons below; the others by the day of their next review."""
    found = standings(small().book, POLICIES, as_of=TODAY)
    assert reviews.text(found, TODAY, every=False) == REVIEWS
    text = lines(reviews.text(found, TODAY, every=True))
    at = text.index("The next review of the others, by their rating: 2")
    assert text[at + 3 :] == ["C3 Cole 2026-06-29 none -> C -20.00 EUR", "C1 Alder 2027-03-01 B -> A 400.00 EUR li.na"]
    cut = lines(reviews.text(found, TODAY, every=False, limit=1))
    assert cut[-1] == "and 1 more (--all shows them)"
    nothing = standings(Books().entity().book, POLICIES, as_of=TODAY)
    assert reviews.text(nothing, TODAY, every=True) == f"Reviews as of {TODAY}\nNo review is open.\n"


def test_the_worklist_for_programs_and_spreadsheets() -> None:
    """Amounts plain, days as numbers, what is not known empty or null; a name that looks like a formula is none."""
    books = small().customer("=1", name="@SUM(A1)", country="DE").review_request("=1", requested=TODAY, due=TODAY)
    found = standings(books.book, POLICIES, as_of=TODAY)
    rows = list(csv.DictReader(io.StringIO(written(reviews.csv_rows(found, every=True)), newline="")))
    assert [(row["state"], row["customer"], row["days_until_due"], row["exposure"]) for row in rows] == [
        ("open", "C2", "-7", "200.00"), ("open", "'=1", "0", "0.00"), ("open", "C4", "3", ""), ("next", "C3", "", "-20.00"),
        ("next", "C1", "", "400.00"),
    ]
    assert rows[1]["customer_name"] == "'@SUM(A1)"
    value = json.loads(json.dumps(reviews.to_json(found, TODAY, every=False)))
    assert [each["customer"] for each in value["reviews"]] == ["C2", "=1", "C4"]
    assert (value["reviews"][2]["exposure"], value["reviews"][0]["rating_concluded"]) == (None, "B")


RATINGS = """\
Ratings as of 2026-03-31

trade-credit v1, amounts in EUR
rating  customers     share  in the book  exposure     share  overdue  of open
------------------------------------------------------------------------------
A               1   33.33 %            0    400.00   66.67 %   300.00  75.00 %
B               1   33.33 %            2    200.00   33.33 %     0.00   0.00 %
C               1   33.33 %            0    -20.00    0.00 %     0.00
(none)          0    0.00 %            1      0.00    0.00 %     0.00
all             3  100.00 %            3    580.00  100.00 %   300.00  50.00 %

customer  score     rating      limit       terms  exposure  overdue  next review
---------------------------------------------------------------------------------
C1 Alder    100     B -> A  1,000.00*          30    400.00   300.00   2027-03-01
C2 Brook     50          B      none*    14 -> 30    200.00                  open
C3 Cole       0  none -> C       none  none -> 30    -20.00            2026-06-29
* the limit in the book is another
"""


def test_the_ratings_read_like_this() -> None:
    """How many stand where, with how much and how much of it overdue; then everybody, the best first."""
    found = standings(small().book, POLICIES, as_of=TODAY)
    assert ratings.text(found, POLICIES, TODAY) == RATINGS
    assert "and 2 more (--all shows them)" in ratings.text(found, POLICIES, TODAY, limit=1)


def test_without_a_credit_policy_there_is_nothing_to_tell() -> None:
    """One sentence."""
    text = ratings.text(standings(small().book, (), as_of=TODAY), (), TODAY)
    assert text == f"Ratings as of {TODAY}\n\nNo credit policy is in force that covers anybody.\n"


def test_the_distribution_adds_up() -> None:
    """Customers, exposure and overdue of all ratings are those of all customers."""
    found = standings(small().book, POLICIES, as_of=TODAY)
    pairs = [(each.concluded, each) for each in found if each.concluded]
    stands = ratings.distribution(pairs, ("A", "B", "C"))
    assert sum(stand.customers for stand in stands) == sum(stand.in_book for stand in stands) == len(pairs)
    owed = [each.owed for each in found if each.owed]
    assert sum(stand.owed.exposure for stand in stands) == sum(each.exposure for each in owed)
    assert sum(stand.owed.overdue for stand in stands) == sum(each.overdue for each in owed)


def test_ratings_for_programs_and_spreadsheets() -> None:
    """Before and after beside each other; the distribution with each policy."""
    found = standings(small().book, POLICIES, as_of=TODAY)
    rows = list(csv.DictReader(io.StringIO(written(ratings.csv_rows(found)), newline="")))
    told = [(row["customer"], row["rating"], row["rating_concluded"], row["limit"], row["limit_concluded"]) for row in rows]
    assert told == [("C1", "B", "A", "", "1000.00"), ("C2", "B", "B", "50.00", ""), ("C3", "", "C", "", "")]
    (value,) = json.loads(json.dumps(ratings.to_json(found, POLICIES, TODAY)))["policies"]
    assert [(each["rating"], each["customers"], each["overdue_percent"]) for each in value["distribution"]] == [
        ("A", 1, "75.00"), ("B", 1, "0.00"), ("C", 1, "0.00"), (None, 0, "0.00"),
    ]
    assert value["customers"][0]["terms_concluded"] == 30


@pytest.mark.parametrize("width", [80, 100])
def test_they_fit_whatever_the_amounts_and_names(width: int) -> None:
    """Amounts are never cut."""
    books = small().customer("C9", name="株式会社東京電力" * 9, country="DE", segment="key", collector="a.very.long.name" * 3)
    books.receivable("R9", "C9", due="2026-03-01", amount="9999999999999.99").review_request("C9", requested=TODAY, due=TODAY)
    found = standings(books.book, POLICIES, as_of=TODAY)
    for text in (reviews.text(found, TODAY, every=True, width=width), ratings.text(found, POLICIES, TODAY, width=width)):
        assert max(cell_len(line) for line in text.splitlines()) <= width
        assert money.written(999_999_999_999_999, "EUR") in text
