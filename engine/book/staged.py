"""A small book in memory for dated cases: each case is one customer of an entity of its own, and lives on by events.

Comes in: Dated books, then the events of each day. Goes out: a Book that plan and apply work on like on any other.
Know before changing: rows are written on the day that they speak of, never ahead, for what a policy does in between (a limit that
it sets) is what the next event is added to. All cases of a policy share one book, so that a day is planned once for all of them;
they share nothing in it that a fact could see.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from engine.book import store
from engine.book.store import ALWAYS, Book
from engine.policy.dated import Dated, Event, Said, Value

# Before everything that a case may speak of.
_BEFORE = "2000-01-01T00:00:00Z"
_VERSION = "name segment industry country currency credit_limit terms_days rating language collector since".split()


@cache
def _blank() -> bytes:
    """An empty book at the head of the migrations; many times quicker to open than to migrate."""
    return store.in_memory().conn.serialize()


def blank() -> Book:
    """An empty book in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_blank())
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    return Book(connection)


@dataclass(slots=True)
class Debtor:
    """The customer of one case. `receivables` are ids by number, `standing` rows that a later event may end."""

    book: Book
    number: str
    currency: str
    entity: int
    id: int
    receivables: Mapping[str, int]
    standing: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def live(self, event: Event) -> None:
        """What happens, written into the book."""
        _HAPPENS[event.kind](self, event.on, event.said)

    def pays(self, on: str, said: Said) -> None:
        """Money comes in, and is set against a receivable where one is named."""
        row = self._row("payments", {"received": on, **self._sum(said)})
        if said.get("receivable"):
            allocation = self._allocates({"payment_id": row}, on, said)
            self.standing.setdefault(("payment", str(said["receivable"])), []).append(allocation)

    def bounces(self, on: str, said: Said) -> None:
        """The allocation of the last payment that stands is taken back."""
        old = self.standing["payment", str(said["receivable"])].pop()
        query = "SELECT receivable_id, payment_id, amount FROM allocations WHERE id = ?"
        receivable, payment, amount = self.book.execute(query, [old]).fetchone()
        row = {"receivable_id": receivable, "payment_id": payment, "date": on, "amount": -amount, "reverses": old}
        self._put("allocations", row, on)

    def credits(self, on: str, said: Said) -> None:
        """A credit note."""
        row = self._row("credits", {"issued": on, **self._sum(said)})
        if said.get("receivable"):
            self._allocates({"credit_id": row}, on, said)

    def contests(self, on: str, said: Said) -> None:
        """A dispute."""
        row = {"receivable_id": self._about(said), "amount": said.get("amount"), "reason": said.get("reason", "contested")}
        self._begins(("dispute", str(said["receivable"])), "disputes", {**row, "opened": on}, on)

    def resolves(self, on: str, said: Said) -> None:
        """The last dispute is over."""
        dispute = self.standing["dispute", str(said["receivable"])].pop()
        self._put("dispute_resolutions", {"dispute_id": dispute, "resolved": on, "outcome": said["outcome"]}, on)

    def promises(self, on: str, said: Said) -> None:
        """A promise."""
        row = {"made": on, "promised": said["promised"], "grace_days": said.get("grace_days", 0), **self._sum(said)}
        row = {**row, "customer_id": self.id, "receivable_id": self._about(said)}
        self._referred("promises", row, on)

    def holds(self, on: str, said: Said) -> None:
        """A hold that a person sets."""
        row = {"kind": said["kind"], "customer_id": self.id, "receivable_id": self._about(said)}
        row |= {"reason": said.get("reason", "by hand"), "valid_from": on, "valid_until": said.get("until")}
        self._begins(("hold", str(said["kind"]), str(said.get("receivable", ""))), "holds", row, on)

    def releases(self, on: str, said: Said) -> None:
        """The last such hold is lifted."""
        held = self.standing["hold", str(said["kind"]), str(said.get("receivable", ""))].pop()
        self._put("hold_releases", {"hold_id": held, "released": on}, on)

    def speaks(self, on: str, said: Said) -> None:
        """Somebody spoke or wrote to the customer."""
        row = {"customer_id": self.id, "receivable_id": self._about(said), "date": on}
        self._referred("activities", {**row, "channel": said["channel"], "result": said["result"]}, on)

    def becomes(self, on: str, said: Said) -> None:
        """The customer is otherwise from now on; what is not said stays as it is."""
        query = f"""SELECT {", ".join(_VERSION)} FROM customer_versions WHERE customer_id = ? AND valid_from <= ?
          ORDER BY valid_from DESC, id DESC LIMIT 1"""
        now = dict(zip(_VERSION, self.book.execute(query, [self.id, on]).fetchone(), strict=True))
        self._put("customer_versions", {**now, **said, "customer_id": self.id, "valid_from": on}, on)

    def orders(self, on: str, said: Said) -> None:
        """An order."""
        row = {"ordered": on, "customer_id": self.id, "entity_id": self.entity, "number": said["number"], **self._sum(said)}
        self.standing["order", str(said["number"])] = [self._put("orders", row, on)]

    def closes(self, on: str, said: Said) -> None:
        """An order is delivered or called off."""
        order = self.standing["order", str(said["number"])].pop()
        self._put("order_closings", {"order_id": order, "closed": on}, on)

    def assesses(self, on: str, said: Said) -> None:
        """An agency says something."""
        row = {"customer_id": self.id, "assessed": on, "source": "agency", "kind": "agency", "valid_until": said.get("until")}
        self._put("assessments", {**row, "score": said.get("score"), "insolvent": said.get("insolvent")}, on)

    def secures(self, on: str, said: Said) -> None:
        """Something secures us."""
        row = {"customer_id": self.id, "kind": said.get("kind", "insurance"), "provider": "somebody", **self._sum(said)}
        self._referred("securities", {**row, "valid_from": on, "valid_until": said.get("until")}, on)

    def reviews(self, on: str, said: Said) -> None:
        """Somebody looked at their credit."""
        self._referred("reviews", {"customer_id": self.id, "reviewed": on, "result": said["result"]}, on)

    def _sum(self, said: Said) -> dict[str, Value]:
        """An amount with its currency."""
        return {"amount": said["amount"], "currency": self.currency}

    def _about(self, said: Said) -> int | None:
        """The receivable that is named, None for the customer as a whole."""
        return self.receivables[str(said["receivable"])] if said.get("receivable") else None

    def _allocates(self, source: dict[str, Value], on: str, said: Said) -> int:
        """So much of a payment or credit is set against the receivable."""
        row = {"receivable_id": self._about(said), "date": on, "amount": said["amount"], **source}
        return self._put("allocations", row, on)

    def _row(self, table: str, row: Mapping[str, object]) -> int:
        """A row with a number of the case's own entity."""
        number = int(self.book.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]) + 1
        full = {"number": f"{table}-{number}", "entity_id": self.entity, "customer_id": self.id, **row}
        return self._put(table, full, str(row.get("received") or row.get("issued")))

    def _begins(self, names: tuple[str, ...], table: str, row: Mapping[str, object], on: str) -> None:
        """A row that a later event may end."""
        self.standing.setdefault(names, []).append(self._referred(table, row, on))

    def _referred(self, table: str, row: Mapping[str, object], on: str) -> int:
        """A row under a reference."""
        number = int(self.book.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]) + 1
        return self._put(table, {"reference": f"{table}-{number}", **row}, on)

    def _put(self, table: str, row: Mapping[str, object], on: str) -> int:
        """A row that is recorded in the morning of its day."""
        return _put(self.book, table, row, f"{on}T06:00:00Z")


_HAPPENS: dict[str, Callable[[Debtor, str, Said], None]] = {
    "payment": Debtor.pays,
    "payment_reversed": Debtor.bounces,
    "credit": Debtor.credits,
    "dispute": Debtor.contests,
    "dispute_resolved": Debtor.resolves,
    "promise": Debtor.promises,
    "hold": Debtor.holds,
    "hold_released": Debtor.releases,
    "activity": Debtor.speaks,
    "customer": Debtor.becomes,
    "order": Debtor.orders,
    "order_closed": Debtor.closes,
    "assessment": Debtor.assesses,
    "security": Debtor.secures,
    "review": Debtor.reviews,
}


def settle(book: Book, case: Dated, number: int, currency: str) -> Debtor:
    """The customer of a case as it is from the beginning, with what it owes; nothing has happened yet."""
    name = f"C{number}"
    entity = _put(book, "entities", {"code": f"E{number}", "name": "We", "currency": currency}, _BEFORE)
    customer = _put(book, "customers", {"number": name, "entity_id": entity}, _BEFORE)
    said = {key: value for key, value in case.customer.items() if key != "reachable_by"}
    version = {"customer_id": customer, "valid_from": ALWAYS, "name": f"Customer {name}", "currency": currency, **said}
    _put(book, "customer_versions", version, _BEFORE)
    if case.reachable_by:
        email = "accounts@example.com" if "email" in case.reachable_by else None
        address = "1 Main Street" if "letter" in case.reachable_by else None
        contact = {"customer_id": customer, "name": "Accounts Payable", "email": email, "address": address}
        _put(book, "contacts", contact, _BEFORE)
    receivables = {}
    for owed in case.receivables:
        row = {"number": owed.number, "entity_id": entity, "customer_id": customer, "issued": owed.issued, "due": owed.due,
               "posted": owed.issued, "amount": owed.amount, "currency": currency, "kind": owed.kind}
        receivables[owed.number] = _put(book, "receivables", row, _BEFORE)
    return Debtor(book, name, currency, entity, customer, receivables)


def _put(book: Book, table: str, row: Mapping[str, object], recorded: str) -> int:
    """One row; its id."""
    full = {**row, "recorded_at": recorded}
    marks = ", ".join(f":{name}" for name in full)
    cursor = book.execute(f"INSERT INTO {table} ({', '.join(full)}) VALUES ({marks})", full)
    assert cursor.lastrowid is not None, table
    return int(cursor.lastrowid)
