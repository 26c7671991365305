"""The demo book: the same files for the same date, all of them importable, with a payer of each kind in it."""

import csv
import io

import pytest

from engine.book import demo, demo_desk, intake, store
from engine.book.files.kinds import KINDS

AS_OF = "2026-06-30"
FILES = demo.files(AS_OF)


def _rows(kind: str) -> list[dict[str, str]]:
    """The rows of a file of the demo."""
    return list(csv.DictReader(io.StringIO(FILES[kind])))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> store.Book:
    """The demo, imported as `duly demo` does it. Any refusal fails every test that asks for the book."""
    folder = tmp_path_factory.mktemp("demo")
    made = store.create(folder / "duly.db")
    for kind, text in FILES.items():
        path = folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        rows = text.count("\n") - 1
        receipt = intake.load(
            made, kind, path, None, dry_run=False, expect_rows=rows, expect_total=None, actor="test", now=f"{AS_OF}T08:00:00Z"
        )
        assert receipt.added >= rows, (kind, receipt)
    return made


def _one(book: store.Book, query: str) -> int:
    """The single number that a query gives."""
    return int(book.execute(query, {"as_of": AS_OF}).fetchone()[0])


def test_the_same_date_gives_the_same_files() -> None:
    """Nothing but the date and the seed decides what is in it."""
    assert demo.files(AS_OF) == FILES


def test_another_date_moves_the_book_and_keeps_its_shape() -> None:
    """A demo run next year looks as it does today."""
    later = demo.files("2027-02-28")
    assert {kind: text.count("\n") for kind, text in later.items() if kind != "fx_rates"} == {
        kind: text.count("\n") for kind, text in FILES.items() if kind != "fx_rates"
    }


def test_it_is_as_large_as_it_says() -> None:
    """300 customers in 3 entities and 4 currencies over 18 months."""
    receivables = _rows("receivables")
    assert len(_rows("customers")) == demo.CUSTOMERS == 300
    assert len(_rows("entities")) == 3
    assert {row["currency"] for row in receivables} == {"EUR", "USD", "JPY", "CNY"}
    assert 4_000 < len(receivables) < 10_000
    assert min(row["issued"] for row in receivables) < "2025-01-31"
    assert AS_OF >= max(row["issued"] for row in receivables) > "2026-06-20"


def test_the_files_come_in_the_order_that_they_land_in() -> None:
    """What is referred to comes first."""
    assert list(FILES) == [kind for kind in KINDS if kind in FILES]


def test_customers_differ_in_what_policies_ask_for() -> None:
    """Limits that are not set and limits of zero, segments, languages, contacts out of reach."""
    customers, contacts = _rows("customers"), _rows("contacts")
    assert {"", "0"} < {row["credit_limit"] for row in customers}
    assert {row["segment"] for row in customers} == {"key-account", "sme", "retail"}
    assert {row["language"] for row in customers} == {"en", "zh"}
    assert {row["do_not_contact"] for row in contacts} == {"true", "false"}
    assert any(not row["email"] for row in contacts)
    assert any(not row["email"] and not row["address"] for row in contacts)


def test_all_of_it_imports(book: store.Book) -> None:
    """Intake takes every file as it is; amounts add up, nothing is over-allocated."""
    assert _one(book, "SELECT COUNT(*) FROM customers") == 300
    assert _one(
        book,
        """SELECT COUNT(*) FROM receivables AS r WHERE r.amount < (
          SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a WHERE a.receivable_id = r.id)""",
    ) == 0


@pytest.mark.parametrize(
    "what, query, least",
    [
        ("disputes open", "SELECT COUNT(*) FROM disputes WHERE id NOT IN (SELECT dispute_id FROM dispute_resolutions)", 3),
        ("disputes of the whole", "SELECT COUNT(*) FROM disputes WHERE amount IS NULL", 5),
        ("promises pending", "SELECT COUNT(*) FROM promises WHERE promised >= :as_of", 5),
        ("payments taken back", "SELECT COUNT(*) FROM allocations WHERE reverses IS NOT NULL", 20),
        ("part payments", "SELECT COUNT(*) FROM (SELECT 1 FROM allocations GROUP BY receivable_id HAVING COUNT(*) > 1)", 100),
        ("dunning holds", "SELECT COUNT(*) FROM holds WHERE kind = 'dunning'", 3),
        ("credit holds by hand", "SELECT COUNT(*) FROM holds WHERE kind = 'credit'", 3),
        ("holds released", "SELECT COUNT(*) FROM hold_releases", 1),
        ("credit notes", "SELECT COUNT(*) FROM credits", 50),
        ("open orders", "SELECT COUNT(*) FROM orders WHERE closed IS NULL", 20),
        ("orders delivered", "SELECT COUNT(*) FROM orders WHERE closed IS NOT NULL", 100),
        ("reports of agencies", "SELECT COUNT(*) FROM assessments WHERE kind = 'agency'", 100),
        ("trade references", "SELECT COUNT(*) FROM assessments WHERE kind = 'reference'", 5),
        ("insolvencies", "SELECT COUNT(*) FROM assessments WHERE insolvent = 1", 2),
        ("statements", "SELECT COUNT(*) FROM financials", 80),
        ("statements that have expired", "SELECT COUNT(*) FROM financials WHERE valid_until < :as_of", 5),
        ("securities", "SELECT COUNT(*) FROM securities", 8),
        ("groups with a limit", "SELECT COUNT(*) FROM granted_limits WHERE scope = 'group'", 5),
        ("limits for a time", "SELECT COUNT(*) FROM granted_limits WHERE scope = 'own'", 2),
        ("limits that wait", """SELECT COUNT(*) FROM granted_limits AS g
          WHERE NOT EXISTS (SELECT 1 FROM confirmations AS c WHERE c.reference = g.reference)""", 1),
        ("reviews", "SELECT COUNT(*) FROM reviews", 100),
        ("customers of less than a year", "SELECT COUNT(*) FROM customer_versions WHERE since > DATE(:as_of, '-1 year')", 10),
        ("unapplied cash", "SELECT COUNT(*) FROM payments WHERE reference = 'no reference'", 5),
    ],
)
def test_every_kind_of_story_is_told(book: store.Book, what: str, query: str, least: int) -> None:
    """Each thing that a policy can ask about is there."""
    assert _one(book, query) >= least, what


def test_the_former_credit_manager_rated_most(book: store.Book) -> None:
    """Better payers have the better ratings, the limits go with them, and some were left out."""
    rated = "SELECT COUNT(*) FROM customer_versions WHERE rating {}"
    assert 5 < _one(book, rated.format("IS NULL")) < 60
    assert all(_one(book, rated.format(f"= '{rating}'")) > 10 for rating in "ABCD")
    assert _one(book, "SELECT COUNT(*) FROM customer_versions WHERE rating = 'D' AND credit_limit > 0") == 0


def test_what_people_say_is_about_customers_that_there_are() -> None:
    """The days of the desk lie within the weeks of the runs, and whoever confirms is somebody else."""
    numbers = {row["number"] for row in _rows("customers")}
    assert {said.customer for said in demo_desk.DESK} <= numbers
    assert all(0 < said.days_before < 70 and said.confirmed_by != said.actor for said in demo_desk.DESK)
    assert any(said.confirmed_by is None for said in demo_desk.DESK)


def test_payers_of_each_kind_are_there(book: store.Book) -> None:
    """The first customers are one of each kind, and they pay as their kind says: the chronic one late, the punctual one not."""
    late = """SELECT CAST(ROUND(AVG(julianday(a.date) - julianday(r.due))) AS INTEGER) FROM allocations AS a
      JOIN receivables AS r ON r.id = a.receivable_id JOIN customers AS c ON c.id = r.customer_id WHERE c.number = '{}'"""
    punctual, a_bit, chronic = (_one(book, late.format(f"C-{number}")) for number in (1001, 1002, 1003))
    assert punctual <= 0 < a_bit < 15 < chronic
    open_of = """SELECT COUNT(*) FROM receivables AS r JOIN customers AS c ON c.id = r.customer_id WHERE c.number = '{}'
      AND r.due < :as_of AND NOT EXISTS (SELECT 1 FROM allocations AS a WHERE a.receivable_id = r.id)"""
    assert _one(book, open_of.format("C-1004")) > 0, "who stops paying has stopped"
