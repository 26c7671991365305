"""Small books in memory for tests, written the way a controller would tell them.

Comes in: words (`Books().customer("C1", segment="sme").receivable("R1", "C1", due="2026-01-31", amount="100.00")`).
Goes out: a real SQLite book (`.book`), its raw rows (`rows`), and policies from YAML text (`policy`).
Know before changing: ids are handed out per table in the order of the calls, and every row is recorded at the same early
instant unless a call says otherwise, so a test states only what it is about.
"""

import datetime
import functools
import json
import sqlite3
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from engine import money
from engine.book import store
from engine.book.store import ALWAYS, Book
from engine.policy import document, model

RECORDED = "2020-01-01T00:00:00Z"
FOREVER = "9999-12-31T23:59:59Z"

Rows = dict[str, list[dict[str, Any]]]


@functools.cache
def _empty() -> bytes:
    """An empty book at the head of the migrations, as bytes: forty times quicker to open than to migrate."""
    return store.in_memory().conn.serialize()


def new_book() -> Book:
    """An empty book in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_empty())
    connection.execute("PRAGMA foreign_keys = ON")
    return Book(connection)


def rows(book: Book) -> Rows:
    """Every row of every table, as plain dicts in the order of their ids; for tests of tiny books only."""
    names = [row[0] for row in book.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: _dicts(book, name) for name in names if not name.startswith(("_", "sqlite_"))}


def _dicts(book: Book, table: str) -> list[dict[str, Any]]:
    """The rows of one table."""
    cursor = book.execute(f"SELECT * FROM {table} ORDER BY 1")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def day(date: str, shift: int) -> str:
    """The ISO date so many days later (earlier where negative)."""
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=shift)).isoformat()


def policy(text: str) -> model.Policy:
    """The policy that a YAML text says; the test fails with the problems where it does not say one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v1.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        read, problems = document.read(path, shown="v1.yaml")
    assert read is not None, _lines(problems)
    built, problems = model.build(read)
    assert built is not None, _lines(problems)
    return built


def _lines(problems: tuple[Any, ...]) -> str:
    """Problems as a user would read them."""
    return "\n".join(str(problem) for problem in problems)


class Books:
    """A book that grows with each call; amounts are text in the row's currency, dates ISO text."""

    def __init__(self, recorded: str = RECORDED) -> None:
        """An empty book whose rows are recorded at that instant."""
        self.book = new_book()
        self.recorded = recorded
        self._entities: dict[str, tuple[int, str]] = {}
        self._customers: dict[str, tuple[int, str]] = {}
        self._receivables: dict[str, tuple[int, str, str]] = {}
        self._ids: dict[str, dict[str, int]] = {}
        self._runs: dict[str, int] = {}
        self._stems: dict[str, int] = {}

    @property
    def rows(self) -> Rows:
        """Every row of the book."""
        return rows(self.book)

    def at(self, recorded: str) -> Self:
        """From here on rows are recorded at that instant."""
        self.recorded = recorded
        return self

    # -- who owes ---------------------------------------------------------------------------------------------------

    def entity(self, code: str = "E1", currency: str = "EUR", **columns: Any) -> Self:
        """One of our legal entities."""
        row = {"code": code, "name": f"Entity {code}", "currency": currency} | columns
        self._entities[code] = (self._insert("entities", row), currency)
        return self

    def customer(self, number: str, *, entity: str = "E1", valid_from: str = ALWAYS, **columns: Any) -> Self:
        """A customer with its first version; `limit` is the credit limit as text, `parent` the number of another."""
        if entity not in self._entities:
            self.entity(entity)
        identity, _ = self._entities[entity]
        customer = self._insert("customers", {"number": number, "entity_id": identity})
        self._customers[number] = (customer, entity)
        return self.version(number, valid_from=valid_from, **columns)

    def version(self, number: str, *, valid_from: str = ALWAYS, **columns: Any) -> Self:
        """What is true of the customer from a date on (all of it: a version is complete)."""
        customer, entity = self._customers[number]
        row: dict[str, Any] = {"customer_id": customer, "valid_from": valid_from, "name": f"Customer {number}"}
        limit, parent = columns.pop("limit", None), columns.pop("parent", None)
        if parent is not None:
            row["parent_id"] = self._customers[parent][0]
        if limit is not None:
            currency = columns.setdefault("currency", self._entities[entity][1])
            row["credit_limit"] = money.parse(limit, currency)
        self._insert("customer_versions", row | columns)
        return self

    def contact(self, customer: str, **columns: Any) -> Self:
        """Somebody at the customer; `email`, `phone`, `address`, `do_not_contact`."""
        self._insert("contacts", {"customer_id": self._customers[customer][0], "name": "Somebody"} | columns)
        return self

    def rate(self, date: str, source: str, target: str, text: str) -> Self:
        """1 `source` costs so many `target` from that date on."""
        numerator, denominator = money.rate(text, source, target)
        self._insert("fx_rates", {"date": date, "source": source, "target": target, "rate": text,
                                  "numerator": numerator, "denominator": denominator})
        return self

    # -- what is owed and paid ----------------------------------------------------------------------------------------

    def receivable(self, number: str, customer: str, *, due: str, amount: str, currency: str | None = None,
                   issued: str | None = None, posted: str | None = None, kind: str = "invoice",
                   principal: str | None = None, **columns: Any) -> Self:
        """An amount with one due date; issued 30 days before it and posted on that day unless said otherwise."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        issued = issued or day(due, -30)
        row = {"number": number, "entity_id": self._entities[entity][0], "customer_id": debtor, "issued": issued,
               "posted": posted or issued, "due": due, "amount": money.parse(amount, currency), "currency": currency,
               "kind": kind, "principal_id": self._receivables[principal][0] if principal else None}
        self._receivables[number] = (self._insert("receivables", row | columns), customer, currency)
        return self

    def payment(self, number: str, customer: str, *, received: str, amount: str, currency: str | None = None,
                to: Mapping[str, str] | str | None = None) -> Self:
        """Money that came in; `to` names the receivable that takes all of it, or what each receivable takes."""
        return self._credited("payments", number, customer, "received", received, amount, currency, to)

    def credit(self, number: str, customer: str, *, issued: str, amount: str, currency: str | None = None,
               to: Mapping[str, str] | str | None = None) -> Self:
        """A credit note."""
        return self._credited("credits", number, customer, "issued", issued, amount, currency, to)

    def _credited(self, table: str, number: str, customer: str, dated: str, date: str, amount: str,
                  currency: str | None, to: Mapping[str, str] | str | None) -> Self:
        """A payment or credit and its allocations on the same day."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        row = {"number": number, "entity_id": self._entities[entity][0], "customer_id": debtor, dated: date,
               "amount": money.parse(amount, currency), "currency": currency}
        self._remember(table, number, row)
        for receivable, part in ({to: amount} if isinstance(to, str) else to or {}).items():
            self.allocation(receivable, part, date=date, **{"payment" if table == "payments" else "credit": number})
        return self

    def allocation(self, receivable: str, amount: str, *, date: str, payment: str | None = None,
                   credit: str | None = None) -> Self:
        """So much of a payment or credit is set against a receivable; its name is `payment>receivable`."""
        identity, _, currency = self._receivables[receivable]
        row = {"receivable_id": identity, "date": date, "amount": money.parse(amount, currency),
               "payment_id": self._ids["payments"][payment] if payment else None,
               "credit_id": self._ids["credits"][credit] if credit else None}
        self._remember("allocations", f"{payment or credit}>{receivable}", row)
        return self

    def bounce(self, allocation: str, *, date: str) -> Self:
        """The allocation of that name is reversed: the receivable is open again."""
        old = next(row for row in _dicts(self.book, "allocations") if row["id"] == self._ids["allocations"][allocation])
        row = {key: old[key] for key in ("receivable_id", "payment_id", "credit_id")}
        self._insert("allocations", row | {"date": date, "amount": -old["amount"], "reverses": old["id"]})
        return self

    def order(self, number: str, customer: str, *, ordered: str, amount: str, closed: str | None = None,
              currency: str | None = None) -> Self:
        """An order taken and not yet invoiced until it is closed."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        self._remember("orders", number, {"number": number, "entity_id": self._entities[entity][0], "customer_id": debtor,
                                "ordered": ordered, "closed": closed, "amount": money.parse(amount, currency),
                                "currency": currency})
        return self

    def closing(self, order: str, *, closed: str) -> Self:
        """The order of that number was invoiced or called off."""
        self._insert("order_closings", {"order_id": self._ids["orders"][order], "closed": closed})
        return self

    # -- what is known of their credit --------------------------------------------------------------------------------

    def financials(self, customer: str, *, period_end: str, received: str | None = None, months: int = 12,
                   currency: str | None = None, valid_until: str | None = None, **amounts: str) -> Self:
        """A financial statement, received on the last day of its period unless said otherwise; amounts as text."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        row: dict[str, Any] = {"customer_id": debtor, "period_end": period_end,
                               "received": received or period_end, "months": months, "currency": currency,
                               "valid_until": valid_until}
        self._insert("financials", row | {name: money.parse(text, currency) for name, text in amounts.items()})
        return self

    def assessment(self, customer: str, *, assessed: str, kind: str = "agency", source: str = "Acme Ratings",
                   **columns: Any) -> Self:
        """What a `source` says of the customer: `score`, `rating`, `valid_until`, `insolvent`, `experience`."""
        self._insert("assessments", {"customer_id": self._customers[customer][0], "assessed": assessed, "kind": kind,
                                     "source": source} | columns)
        return self

    def market(self, industry: str, outlook: str, *, valid_from: str, region: str = "all") -> Self:
        """How an industry is doing in a region from a date on."""
        self._insert("market", {"industry": industry, "region": region, "valid_from": valid_from, "outlook": outlook})
        return self

    def security(self, customer: str, amount: str, *, since: str, until: str | None = None, kind: str = "insurance",
                 currency: str | None = None) -> Self:
        """Somebody answers for so much of what the customer owes."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        number = len(_dicts(self.book, "securities"))
        self._insert("securities", {
            "reference": f"S{number}", "customer_id": debtor, "kind": kind, "provider": "Somebody", "valid_from": since,
            "valid_until": until, "amount": money.parse(amount, currency), "currency": currency})
        return self

    # -- what people grant --------------------------------------------------------------------------------------------

    def granted_limit(self, customer: str, amount: str, *, since: str, until: str | None = None, group: bool = False,
                      currency: str | None = None, reference: str = "L", confirmed: str | None = None) -> Self:
        """A limit that somebody asks for, of the customer for a time, or of a `group` by its top; see `confirm`."""
        debtor, entity = self._customers[customer]
        currency = currency or self._entities[entity][1]
        return self._grant("granted_limits", reference, confirmed, {
            "customer_id": debtor, "scope": "group" if group else "own", "amount": money.parse(amount, currency),
            "currency": currency, "valid_from": since, "valid_until": until})

    def override(self, customer: str, rating: str, *, since: str, until: str, reference: str = "O",
                 confirmed: str | None = None) -> Self:
        """Somebody rates the customer otherwise than the policy does."""
        return self._grant("rating_overrides", reference, confirmed, {
            "customer_id": self._customers[customer][0], "rating": rating, "valid_from": since, "valid_until": until})

    def suspension(self, customer: str, *, since: str, until: str, reference: str = "U",
                   confirmed: str | None = None) -> Self:
        """Somebody lets the customer buy for a time, whatever credit holds there are."""
        return self._grant("suspensions", reference, confirmed, {
            "customer_id": self._customers[customer][0], "valid_from": since, "valid_until": until})

    def _grant(self, table: str, reference: str, confirmed: str | None, row: dict[str, Any]) -> Self:
        """What somebody asks for, and perhaps a second one confirms on that day."""
        self._insert(table, {"reference": reference, "reason": "asked by sales", "actor": "anna"} | row)
        return self if confirmed is None else self.confirm(reference, confirmed=confirmed)

    def confirm(self, reference: str, *, confirmed: str) -> Self:
        """A second person confirms what was granted."""
        self._insert("confirmations", {"reference": reference, "confirmed": confirmed, "actor": "bert"})
        return self

    def withdraw(self, reference: str, *, withdrawn: str) -> Self:
        """What was granted is taken back."""
        self._insert("withdrawals", {"reference": reference, "withdrawn": withdrawn, "actor": "anna"})
        return self

    def review(self, customer: str, *, reviewed: str, reference: str | None = None) -> Self:
        """Somebody looked at the customer."""
        number = len(_dicts(self.book, "reviews"))
        self._insert("reviews", {"reference": reference or f"V{number}", "customer_id": self._customers[customer][0],
                                 "reviewed": reviewed, "result": "confirmed"})
        return self

    # -- what people record -------------------------------------------------------------------------------------------

    def dispute(self, receivable: str, *, opened: str, amount: str | None = None, reference: str | None = None) -> Self:
        """The customer contests a receivable, or that much of it."""
        identity, _, currency = self._receivables[receivable]
        reference = reference or f"D-{receivable}"
        self._remember("disputes", reference, {
            "reference": reference, "receivable_id": identity, "reason": "wrong price", "opened": opened,
            "amount": None if amount is None else money.parse(amount, currency)})
        return self

    def resolution(self, reference: str, *, resolved: str, outcome: str = "rejected") -> Self:
        """The dispute of that reference is over."""
        self._insert("dispute_resolutions", {"dispute_id": self._ids["disputes"][reference], "resolved": resolved,
                                             "outcome": outcome})
        return self

    def promise(self, customer: str, *, made: str, promised: str, amount: str, receivable: str | None = None,
                grace_days: int = 0, currency: str | None = None, reference: str | None = None) -> Self:
        """The customer commits to pay so much by a date, of one receivable or of all that is owed."""
        debtor, entity = self._customers[customer]
        if receivable is not None:
            currency = self._receivables[receivable][2]
        currency = currency or self._entities[entity][1]
        reference = reference or f"P-{receivable or customer}-{made}"
        self._remember("promises", reference, {
            "reference": reference, "customer_id": debtor, "made": made, "promised": promised, "grace_days": grace_days,
            "receivable_id": self._receivables[receivable][0] if receivable else None, "currency": currency,
            "amount": money.parse(amount, currency)})
        return self

    def hold(self, customer: str, *, since: str, until: str | None = None, kind: str = "dunning",
             receivable: str | None = None, reason: str = "asked by sales", reference: str | None = None) -> Self:
        """A dunning hold (of the customer or one receivable) or a credit hold."""
        reference = reference or f"H-{kind}-{receivable or customer}-{since}"
        self._remember("holds", reference, {
            "reference": reference, "kind": kind, "customer_id": self._customers[customer][0], "reason": reason,
            "receivable_id": self._receivables[receivable][0] if receivable else None, "valid_from": since,
            "valid_until": until})
        return self

    def release(self, reference: str, *, released: str) -> Self:
        """The hold of that reference is lifted."""
        self._insert("hold_releases", {"hold_id": self._ids["holds"][reference], "released": released})
        return self

    def spoken(self, customer: str, *, date: str) -> Self:
        """Somebody spoke to the customer."""
        number = len(_dicts(self.book, "activities"))
        self._insert("activities", {"reference": f"A{number}", "customer_id": self._customers[customer][0], "date": date,
                                    "channel": "phone", "result": "reached"})
        return self

    # -- what we did --------------------------------------------------------------------------------------------------

    def effect(self, kind: str, customer: str, receivable: str | None = None, *, as_of: str,
               levels: tuple[int, int] | None = None, policy: str = "standard", rule: str = "", episode: str | None = None,
               occurrence: int = 1, deadline: str | None = None, sent: str | None = None, reason: str = "overdue",
               index: int | str = 0, letter: str | None = None, reference: str | None = None) -> Self:
        """An action of an earlier run. A notice has a row in the outbox, delivered at `sent`; `letter` names one that
        several lines share. A credit hold or its release moves the holds of the book."""
        debtor = self._customers[customer][0]
        outbox = self._letter(kind, customer, as_of, letter, sent) if kind in ("notice", "alert", "hand_over") else None
        rule = rule or (f"level {levels[1]}" if levels else kind)
        episode = episode or (self._due(receivable) if receivable else "none")
        number = len(_dicts(self.book, "effects")) + 1
        subject = f"r{self._receivables[receivable][0]}" if receivable else f"c{debtor}"
        stem = f"{policy}/{subject}/{episode}/{rule}/{kind}.{index}"
        effect = self._remember("effects", reference or f"F{number}", {
            "run_id": self._run(as_of), "key": self._key(stem), "address": f"{kind}/{customer}/{letter or number}",
            "kind": kind, "policy": policy, "version": 1, "rule": rule, "class": "1", "episode": episode,
            "subject": "receivable" if receivable else "customer", "customer_id": debtor,
            "receivable_id": self._receivables[receivable][0] if receivable else None,
            "level_from": levels[0] if levels else None, "level_to": levels[1] if levels else None,
            "occurrence": occurrence, "as_of": as_of, "deadline": deadline, "outbox_id": outbox})
        if kind == "credit_hold":
            name = f"policy-hold-{number}"
            self._remember("holds", name, {"reference": name, "kind": "credit", "customer_id": debtor, "reason": reason,
                                           "valid_from": as_of, "effect_id": effect})
        return self

    def notice(self, customer: str, receivable: str | None = None, *, level: int, as_of: str,
               sent: str | None = None, deadline: str | None = None, **more: Any) -> Self:
        """A notice that took the subject from the level before to this one; delivered at `sent`, if it was."""
        return self.effect("notice", customer, receivable, as_of=as_of, levels=(level - 1, level), sent=sent,
                           deadline=deadline, **more)

    def review_request(self, customer: str, *, requested: str, due: str, reference: str | None = None) -> Self:
        """A policy called for a review."""
        effect = self._credit_effect("review", customer, requested, reference)
        self._insert("review_requests", {"customer_id": self._customers[customer][0], "requested": requested, "due": due,
                                         "because": "every 90 days for C", "effect_id": effect})
        return self

    def step(self, customer: str, of: str = "limit", steps: int = 1, *, taken: str, reference: str | None = None) -> Self:
        """A policy took one step up or down; the new limit or terms are another row, see `concluded`."""
        effect = self._credit_effect(f"set_{'credit_limit' if of == 'limit' else 'terms'}", customer, taken, reference)
        self._insert("steps", {"customer_id": self._customers[customer][0], "of": of, "taken": taken, "steps": steps,
                               "effect_id": effect})
        return self

    def concluded(self, kind: str, customer: str, *, as_of: str, reference: str | None = None, **columns: Any) -> Self:
        """A policy set a rating, limit or terms: what is true of the customer from that day on, all of it."""
        effect = self._credit_effect(kind, customer, as_of, reference)
        return self.version(customer, valid_from=as_of, effect_id=effect, **columns)

    def _credit_effect(self, kind: str, customer: str, as_of: str, reference: str | None) -> int:
        """An action of a credit policy that was carried out."""
        reference = reference or f"F{len(_dicts(self.book, 'effects')) + 1}"
        self.effect(kind, customer, as_of=as_of, policy="trade-credit", reference=reference)
        return self._ids["effects"][reference]

    def undone(self, reference: str, *, as_of: str) -> Self:
        """The effect of that reference is reversed."""
        old = next(row for row in _dicts(self.book, "effects") if row["id"] == self._ids["effects"][reference])
        row = old | {"key": f"{old['key']}/reversed", "run_id": self._run(as_of), "as_of": as_of, "reverses": old["id"],
                     "level_from": old["level_to"], "level_to": old["level_from"], "outbox_id": None}
        self._insert("effects", {key: value for key, value in row.items() if key not in ("id", "recorded_at")})
        return self

    def _letter(self, kind: str, customer: str, as_of: str, letter: str | None, sent: str | None) -> int:
        """The outbox row of a message, shared by the lines that name the same letter."""
        known = self._ids.setdefault("outbox", {})
        name = f"{as_of}/{letter}" if letter else f"#{len(known)}"
        if name not in known:
            known[name] = self._insert("outbox", {
                "run_id": self._run(as_of), "key": name, "kind": kind, "customer_id": self._customers[customer][0],
                "channel": "email", "recipient": "somebody@example.org", "content": json.dumps({})})
            if sent is not None:
                delivery = {"outbox_id": known[name], "attempted_at": sent, "status": "sent", "transport": "file",
                            "detail": ""}
                self._insert("deliveries", delivery, stamped=False)
        return known[name]

    def _key(self, stem: str) -> str:
        """The next idempotency key of a stem."""
        self._stems[stem] = self._stems.get(stem, 0) + 1
        return f"{stem}/{self._stems[stem]}"

    def _run(self, as_of: str) -> int:
        """The run of that date."""
        if as_of not in self._runs:
            self._runs[as_of] = self._insert("runs", {"plan_id": f"sha256:{as_of}", "as_of": as_of, "actor": "test",
                                                      "engine": "test", "plan": b""})
        return self._runs[as_of]

    def _due(self, receivable: str) -> str:
        """The due date of a receivable: the name of its episode."""
        found = self.book.execute("SELECT due FROM receivables WHERE id = ?", [self._receivables[receivable][0]])
        return str(found.fetchone()[0])

    def _remember(self, table: str, name: str, row: Mapping[str, Any]) -> int:
        """Insert a row that later calls refer to by name."""
        identity = self._insert(table, row)
        self._ids.setdefault(table, {})[name] = identity
        return identity

    def _insert(self, table: str, row: Mapping[str, Any], *, stamped: bool = True) -> int:
        """One row, its id returned."""
        full = dict(row) | ({"recorded_at": row.get("recorded_at", self.recorded)} if stamped else {})
        names, marks = ", ".join(full), ", ".join("?" for _ in full)
        cursor = self.book.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(full.values()))
        assert cursor.lastrowid is not None
        return int(cursor.lastrowid)
