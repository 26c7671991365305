"""Groups of customers: who is above whom on a day.

Comes in: the book, a customer and a day. Goes out: the top of the group, and whether anybody is below.
Know before changing: a customer's parent is that of the version in force: the latest `valid_from` on or before the day, of
several the one recorded last. No customer is its own ancestor; imports see to that (landing/customers.py).
"""

from engine.book.store import Book

_PARENT = """(SELECT v.parent_id FROM customer_versions AS v WHERE v.customer_id = {customer} AND v.valid_from <= :as_of
  ORDER BY v.valid_from DESC, v.id DESC LIMIT 1)"""
_TOP = f"""WITH RECURSIVE up (id, step) AS (
  SELECT :customer, 0 UNION ALL SELECT {_PARENT.format(customer="up.id")}, step + 1 FROM up
  WHERE {_PARENT.format(customer="up.id")} IS NOT NULL AND step < 100)
SELECT c.id, c.number FROM up JOIN customers AS c ON c.id = up.id ORDER BY up.step DESC LIMIT 1"""
_BELOW = f"""SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT customer_id FROM customer_versions WHERE parent_id = :customer) AS b
  WHERE {_PARENT.format(customer="b.customer_id")} = :customer)"""


def top(book: Book, customer: int, as_of: str) -> tuple[int, str]:
    """Id and number of the ancestor that has no parent on that day; the customer itself where it has none."""
    found: tuple[int, str] = book.execute(_TOP, {"customer": customer, "as_of": as_of}).fetchone()
    return found


def has_members(book: Book, customer: int, as_of: str) -> bool:
    """Whether the customer is the parent of somebody on that day."""
    return bool(book.execute(_BELOW, {"customer": customer, "as_of": as_of}).fetchone()[0])


def misplaced(book: Book, customer: int, number: str, as_of: str) -> str | None:
    """Why a group limit may not stand on this customer, or None where it may: it is the top of a group on that day."""
    above, name = top(book, customer, as_of)
    if above != customer:
        return f"'{number}' belongs to the group of '{name}' on {as_of}; a group limit stands there"
    if not has_members(book, customer, as_of):
        return f"'{number}' is nobody's parent on {as_of}; a group limit stands on the top of a group"
    return None
