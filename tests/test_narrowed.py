"""One customer of a large book is looked at alone, with the group: the facts are those of the whole book.

Know before changing: `snapshot.only` narrows most tables, not all; what a fact reads beside them must not make a difference.
"""

from hypothesis import given, note
from hypothesis import strategies as st

from engine.book import snapshot
from tests.strategies import CURRENCIES, Drawn, books
from tests.test_facts import read
from tests.test_law import law, told


@law(60)
@given(books(), st.sampled_from(CURRENCIES), st.integers(1, 3))
def test_a_customer_alone_has_the_facts_of_the_whole_book(drawn: Drawn, currency: str, number: int) -> None:
    """With those who were ever in one group with the customer, since a group limit adds up their exposures."""
    found = drawn.books
    customers = [row["id"] for row in found.rows["customers"]]
    customer = customers[(number - 1) % len(customers)]
    receivables = {row["id"] for row in found.rows["receivables"] if row["customer_id"] == customer}
    whole = read(found, as_of=drawn.as_of, known_at=drawn.known_at, currency=currency)
    note(told(found.rows))
    with snapshot.only(found.book, snapshot.group(found.book, customer)):
        alone = read(found, as_of=drawn.as_of, known_at=drawn.known_at, currency=currency)
    assert alone[1][customer] == whole[1][customer]
    assert {n: row for n, row in alone[0].items() if n in receivables} == {
        n: row for n, row in whole[0].items() if n in receivables
    }
