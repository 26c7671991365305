"""What people name when they record something: customers, receivables, references, dates and amounts, checked against the book.

Comes in: text as typed. Goes out: rows of the book, and the problems of everything that is not there or cannot be read.
Know before changing: nothing stops at the first mistake. A check that fails gives back a stand-in, `refuse` ends it all before
anything is written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine import money
from engine.book.granted import GRANTED
from engine.book.store import Book
from engine.errors import Place, Problem, Refusal, nearest

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_NAMES = 5000


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the book; `currency` is the entity's."""

    id: int
    number: str
    currency: str


@dataclass(frozen=True, slots=True)
class Receivable:
    """A receivable of the book."""

    id: int
    number: str
    customer: Customer
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class About:
    """Whom a record concerns, and which receivable of theirs."""

    customer: Customer
    receivable: Receivable | None


_NOBODY = Customer(0, "", "")
_CUSTOMER = "SELECT c.id, c.number, e.currency FROM customers AS c JOIN entities AS e ON e.id = c.entity_id WHERE "
_RECEIVABLE = """SELECT r.id, r.number, r.customer_id, r.amount, r.currency, e.code FROM receivables AS r
JOIN entities AS e ON e.id = r.entity_id WHERE """


@dataclass(slots=True)
class Checks:
    """Collects what is wrong with one record."""

    book: Book
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, code: str, where: str, message: str) -> None:
        """One more problem, of the argument of that name."""
        self.problems.append(Problem(Place(where), code, message))

    def refuse(self) -> None:
        """End here where anything was wrong."""
        if self.problems:
            raise Refusal(self.problems)

    def subject(self, customer: str | None, receivable: str | None, entity: str | None) -> About:
        """The customer, or the receivable and with it its customer; where both are named they must fit."""
        named = self._customer(customer) if customer is not None else None
        if receivable is None:
            if customer is None:
                self.wrong("missing-value", "customer", "name a customer or a receivable")
            return About(named or _NOBODY, None)
        found = self._receivable(receivable, entity)
        if found and named and found.customer.id != named.id:
            message = f"'{receivable}' is a receivable of {found.customer.number}, not of {named.number}"
            self.wrong("unknown-receivable", "receivable", message)
        return About(found.customer if found else named or _NOBODY, found)

    def concerned(self, row: Mapping[str, Any]) -> tuple[Customer, Receivable | None]:
        """The customer and receivable that an earlier record is about."""
        receivable = None
        if row.get("receivable_id") is not None:
            receivable = self._found(_RECEIVABLE + "r.id = :id", {"id": row["receivable_id"]})[0]
        customer = receivable.customer if receivable else self._by_id(row["customer_id"])
        return customer, receivable

    def row(self, table: str, reference: str, *, ended_by: tuple[str, str, str]) -> dict[str, Any]:
        """The earlier record of that reference, unless it has ended; an empty one where there is none."""
        cursor = self.book.execute(f"SELECT * FROM {table} WHERE reference = :reference", {"reference": reference})
        names, found = [column[0] for column in cursor.description], cursor.fetchone()
        if found is None:
            known = [row[0] for row in self.book.execute(f"SELECT reference FROM {table} ORDER BY id DESC LIMIT 5000")]
            self.wrong("unknown-reference", "reference", f"{table} has no '{reference}'{nearest(reference, known)}")
            return {}
        row = dict(zip(names, found, strict=True))
        other, column, code = ended_by
        ended = self.book.execute(f"SELECT recorded_at FROM {other} WHERE {column} = :id", {"id": row["id"]}).fetchone()
        if ended:
            self.wrong(code, "reference", f"'{reference}' was ended already, recorded at {ended[0]}; record a new one")
        return row

    def granted(self, reference: str) -> tuple[str, dict[str, Any]]:
        """What kind of record that is which somebody else confirms, and its row; nothing where there is none."""
        for kind, table in GRANTED.items():
            cursor = self.book.execute(f"SELECT * FROM {table} WHERE reference = :reference", {"reference": reference})
            names, found = [column[0] for column in cursor.description], cursor.fetchone()
            if found:
                return kind, dict(zip(names, found, strict=True))
        recent = " UNION ALL ".join(
            f"SELECT * FROM (SELECT reference FROM {table} ORDER BY id DESC LIMIT {_MOST_NAMES})" for table in GRANTED.values()
        )
        hint = nearest(reference, [row[0] for row in self.book.execute(recent)])
        message = f"the book has no override, limit or suspension '{reference}'{hint}"
        self.wrong("unknown-reference", "reference", message)
        return "", {}

    def date(self, where: str, text: str) -> bool:
        """Whether the text is a day of the calendar, written 2026-03-01."""
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            date.fromisoformat(text)
        except ValueError:
            self.wrong("bad-date", where, f"'{text}' is not a day; write it as 2026-03-01")
            return False
        return True

    def not_before(self, where: str, day: str, other: str, earlier: str) -> None:
        """A day that may not come before another one; `other` is the option that names it, or what it is in words."""
        if _DATE.fullmatch(earlier) and day < earlier:
            self.wrong("out-of-range", where, f"'{day}' is before {other}, which is {earlier}")

    def amount(self, where: str, text: str, currency: str, *, from_zero: bool = False) -> int:
        """Minor units of an amount above zero (or zero, where that is allowed); 1 where it is none."""
        if currency not in money.CURRENCIES:
            if currency:
                self.wrong(
                    "unknown-currency",
                    "currency",
                    f"'{currency}' is not a currency{nearest(currency, money.CURRENCIES)}",
                )
            return 1
        try:
            minor = money.parse(text, currency)
        except ValueError as error:
            self.wrong("bad-amount", where, str(error))
            return 1
        if minor < 0 if from_zero else minor <= 0:
            self.wrong("bad-amount", where, f"'{text}' is {'less than 0' if from_zero else 'not more than 0'}")
            return 1
        return minor

    def text(self, where: str, text: str) -> None:
        """Words that must be there."""
        if not text.strip():
            self.wrong("missing-value", where, "say it in a few words; whoever reads the history needs it")

    def one_of(self, where: str, word: str, words: Sequence[str]) -> None:
        """One of the right words."""
        if word not in words:
            self.wrong("wrong-value", where, f"'{word}' is none of {', '.join(words)}{nearest(word, words)}")

    def _customer(self, number: str) -> Customer | None:
        """The customer of that number; where there is none, the nearest number or whoever has that name."""
        row = self.book.execute(_CUSTOMER + "c.number = :number", {"number": number}).fetchone()
        if row:
            return Customer(*row)
        hint = self.by_name(number) or nearest(number, self.like("customers", number))
        self.wrong("unknown-customer", "customer", f"the book has no customer '{number}'{hint}")
        return None

    def by_name(self, name: str) -> str:
        """The remedy where somebody gave a customer's name for the number; nothing where nobody has that name."""
        found = self.book.execute(
            """SELECT c.number FROM customer_versions AS v JOIN customers AS c ON c.id = v.customer_id
            WHERE v.name = :name COLLATE NOCASE LIMIT 1""",
            {"name": name},
        ).fetchone()
        return f"; that is the name of '{found[0]}'" if found else ""

    def _receivable(self, number: str, entity: str | None) -> Receivable | None:
        """The receivable of that number, which an entity numbers for itself."""
        query = _RECEIVABLE + "r.number = :number AND (:entity IS NULL OR e.code = :entity) ORDER BY e.code"
        found = self._found(query, {"number": number, "entity": entity})
        if len(found) > 1:
            message = f"more than one entity has a receivable '{number}'; name the entity"
            self.wrong("ambiguous-receivable", "receivable", message)
        elif not found:
            of = f" of {entity}" if entity is not None else ""
            near = nearest(number, self.like("receivables", number))
            self.wrong("unknown-receivable", "receivable", f"the book has no receivable '{number}'{of}{near}")
        return found[0] if len(found) == 1 else None

    def _found(self, query: str, named: Mapping[str, Any]) -> list[Receivable]:
        """The receivables of a query."""
        rows = self.book.execute(query, dict(named)).fetchall()
        return [Receivable(row[0], row[1], self._by_id(row[2]), row[3], row[4]) for row in rows]

    def _by_id(self, identity: int) -> Customer:
        """The customer of an id."""
        return Customer(*self.book.execute(_CUSTOMER + "c.id = :id", {"id": identity}).fetchone())

    def like(self, table: str, number: str) -> list[str]:
        """Numbers that may have been meant: about as long, and with the same beginning or end. Never the whole book."""
        query = f"""SELECT number FROM {table} WHERE length(number) BETWEEN :length - 2 AND :length + 2
          AND (upper(substr(number, 1, 3)) = upper(substr(:number, 1, 3)) OR substr(number, -3) = substr(:number, -3))
          LIMIT {_MOST_NAMES}"""
        return [row[0] for row in self.book.execute(query, {"length": len(number), "number": number})]


def named(book: Book, subject: str, entity: str | None) -> About:
    """Whom a number means: a customer, else a receivable. Refusal where it is neither, or not one alone."""
    checks = Checks(book)
    if entity is None and book.execute("SELECT 1 FROM customers WHERE number = ?", [subject]).fetchone():
        return checks.subject(subject, None, None)
    about = checks.subject(None, subject, entity)
    if entity is None and [problem.code for problem in checks.problems] == ["unknown-receivable"]:
        known = [*checks.like("customers", subject), *checks.like("receivables", subject)]
        hint = checks.by_name(subject) or nearest(subject, known)
        message = f"the book has no customer or receivable '{subject}'{hint}"
        raise Refusal([Problem(Place("subject"), "unknown-subject", message)])
    checks.refuse()
    return about
