"""What a credit action leaves in the book: one version of the customer after the other, each standing on the one before."""

from engine.act.apply import apply
from engine.act.plan import plan
from tests.books import Books, policy
from tests.test_explain_credit import TEXT, TODAY, book

LATER = "2026-04-01"
NOW = "2026-04-01T08:00:00Z"
_COLUMNS = "rating, credit_limit, currency, terms_days, segment, valid_from, effect_id IS NULL"


def versions(books: Books) -> list[tuple[object, ...]]:
    """The customer's versions, the oldest first."""
    return list(books.book.execute(f"SELECT {_COLUMNS} FROM customer_versions ORDER BY id"))


def carried(books: Books, as_of: str) -> None:
    """Plan and apply the day."""
    policies = [policy(TEXT)]
    apply(books.book, plan(books.book, policies, as_of=as_of), policies, actor="test", now=NOW)


def test_each_action_stands_on_the_one_before() -> None:
    """A rating and a limit of one run: two versions, the later with both; what they do not speak of stays."""
    books = book(8, 2).version("C1", valid_from="2026-01-01", segment="sme", industry="food", terms_days=14)
    carried(books, TODAY)
    of_master, of_limit, of_rating = versions(books)[1:]
    assert of_master == (None, None, None, 14, "sme", "2026-01-01", 1)
    assert of_limit == (None, 100_000, "EUR", 14, "sme", TODAY, 0)
    assert of_rating == ("B", 100_000, "EUR", 14, "sme", TODAY, 0)


def test_what_was_reversed_is_not_carried_on() -> None:
    """A rating that a run set and somebody took back is not in the version that the next run writes."""
    books = book(8, 2).version("C1", valid_from="2026-01-01", industry="food", credit_limit=5_000, currency="EUR", rating="C")
    books.concluded("set_rating", "C1", as_of="2026-02-01", reference="F", industry="food", credit_limit=77_700,
                    currency="EUR", rating="A")
    books.undone("F", as_of="2026-02-02")
    carried(books, LATER)
    assert [row[:2] for row in versions(books)][1:] == [("C", 5_000), ("A", 77_700), ("C", 100_000), ("B", 100_000)]
