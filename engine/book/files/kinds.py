"""The kinds of rows that a file may hold, and the fields of each: what a column may be called and how its cells are read.

Comes in: nothing. Goes out: KINDS by name, in the order in which they land (what is referred to comes first).
Know before changing: a file without a mapping has these field names as its column names, so they are as lasting as the
policies' fact names. `meaning` is the text of docs/import.md and of the mapping schema, written for a finance person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.book.store import ALWAYS
from engine.facts import KINDS as RECEIVABLE_KINDS

# One row of a file as a kind sees it: field -> str, int or None. The reader of the field decides which.
Record = dict[str, Any]


class Reads(StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    ID = "id"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    WHOLE = "whole number"
    CHOICE = "one of"
    FLAG = "true or false"
    RATE = "rate"


class Bound(StrEnum):
    """Which amounts a field takes."""

    ABOVE_ZERO = "above zero"
    FROM_ZERO = "zero or above"
    NOT_ZERO = "not zero"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `same_as` names the field whose value stands in for an empty one, `default` the value itself."""

    name: str
    reads: Reads
    meaning: str
    example: str
    required: bool = False
    values: tuple[str, ...] = ()
    default: str | int | None = None
    same_as: str | None = None
    currency: str | None = "currency"
    bound: Bound = Bound.ABOVE_ZERO


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field of a kind comes from in the file: column number counted from 1 (0: a constant) and its name."""

    index: int
    name: str


# What is wrong with a record as a whole: the field to point at and the reason; None where it is fine.
Check = Callable[[Record], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: what it is, and its fields in the order in which they are documented."""

    name: str
    meaning: str
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def field(self, name: str) -> Field:
        """The field of that name; it exists."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(field.name for field in self.fields)

    @property
    def amount(self) -> Field | None:
        """The field that control totals add up, where there is one with a currency beside it."""
        return next((f for f in self.fields if f.name == "amount" and f.currency), None)


def _not_before(later: str, earlier: str) -> Check:
    """The later date, where there is one, is on or after the earlier one."""

    def check(record: Record) -> tuple[str, str] | None:
        if record[later] is not None and record[later] < record[earlier]:
            return later, f"{record[later]} is before {earlier} {record[earlier]}"
        return None

    return check


def _together(one: str, other: str) -> Check:
    """Both fields are there, or neither is."""

    def check(record: Record) -> tuple[str, str] | None:
        if (record[one] is None) != (record[other] is None):
            missing, given = (one, other) if record[one] is None else (other, one)
            return missing, f"'{missing}' is empty although '{given}' is given"
        return None

    return check


def _one_source(record: Record) -> tuple[str, str] | None:
    """An allocation comes from a payment or from a credit."""
    if (record["payment"] is None) == (record["credit"] is None):
        return "payment", "give either the payment or the credit that is allocated"
    return None


def _two_currencies(record: Record) -> tuple[str, str] | None:
    """A rate is between two currencies."""
    return ("target", "source and target are the same currency") if record["source"] == record["target"] else None


def _credit_hold_on_customer(record: Record) -> tuple[str, str] | None:
    """A credit hold is on a customer; only a dunning hold may be on one receivable."""
    if record["kind"] == "credit" and record["receivable"] is not None:
        return "receivable", "a credit hold is on the customer, not on one receivable"
    return None


def _text(name: str, meaning: str, example: str, *, required: bool = False) -> Field:
    """A field of text as it stands."""
    return Field(name, Reads.TEXT, meaning, example, required)


def _id(name: str, meaning: str, example: str, *, required: bool = False) -> Field:
    """A field that names something."""
    return Field(name, Reads.ID, meaning, example, required)


def _date(name: str, meaning: str, example: str, *, required: bool = False, same_as: str | None = None) -> Field:
    """A field that is a day."""
    return Field(name, Reads.DATE, meaning, example, required, same_as=same_as)


_AMOUNT = Field("amount", Reads.AMOUNT, "The amount, above zero.", "1234.50", required=True)
_CURRENCY = Field("currency", Reads.CURRENCY, "The currency of the amount (ISO 4217).", "USD", required=True)
_ENTITY = _id("entity", "Our legal entity, by its code; empty: the customer's entity.", "US01")
_CUSTOMER = _id("customer", "The customer, by number.", "200769623", required=True)
_RECEIVABLE = _id("receivable", "The receivable it is about, by number; empty: the customer as a whole.", "INV-1001")
_REFERENCE = _id("reference", "Your own reference, unique among rows of this kind.", "R-17", required=True)
_ACTOR = _text("actor", "Who recorded it; empty: whoever imports the file.", "li.wei")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "entities",
            "Our own legal entities, those that sell.",
            (
                _id("code", "The code that other files name the entity by.", "US01", required=True),
                _text("name", "Its name, as letters show it.", "Duly Trading Inc.", required=True),
                Field("currency", Reads.CURRENCY, "Its home currency (ISO 4217).", "USD", required=True),
                _text("country", "The country it is in.", "US"),
                _text("calendar", "The calendar of its public holidays.", "US-NY"),
            ),
        ),
        Kind("calendars", "Days on which a calendar's entities do not work.",
             (
                 _text("calendar", "The calendar's name, as an entity names it.", "US-NY", required=True),
                 _date("date", "The day off.", "2026-12-25", required=True),
                 _text("name", "What the day is called.", "Christmas Day"),
             )),
        Kind(
            "fx_rates",
            "Exchange rates: 1 of the source currency is `rate` of the target currency, from that date on.",
            (
                _date("date", "The date from which the rate holds.", "2026-01-31", required=True),
                Field("source", Reads.CURRENCY, "The currency that 1 unit is of.", "USD", required=True),
                Field("target", Reads.CURRENCY, "The currency that the rate is in.", "CNY", required=True),
                Field("rate", Reads.RATE, "How much of the target currency 1 unit of the source is.", "7.1234", required=True),
            ),
            (_two_currencies,),
        ),
        Kind("market", "How an industry is doing in a region.",
             (
                 _text("industry", "The industry, as customers name it.", "construction", required=True),
                 _text("region", "The region or country.", "EU", required=True),
                 _date("valid_from", "From when on this holds.", "2026-01-01", required=True),
                 _text("outlook", "The outlook in one word.", "negative", required=True),
             )),
        Kind(
            "customers",
            "Those who owe us, with what describes them from a date on.",
            (
                _id("number", "The customer's number, as text: leading zeros count.", "200769623", required=True),
                _id("entity", "Our entity that the customer belongs to, by its code.", "US01", required=True),
                _text("name", "The customer's name.", "Wal-Mart Stores", required=True),
                Field("valid_from", Reads.DATE, "From when on the row holds; empty: it always has.", "2026-01-01",
                      default=ALWAYS),
                _id("parent", "The group that the customer belongs to: a customer's number.", "200700000"),
                _text("segment", "The segment, such as key, sme or retail.", "sme"),
                _text("industry", "The industry.", "construction"),
                _text("country", "The country.", "US"),
                Field("currency", Reads.CURRENCY, "The currency of the credit limit (ISO 4217).", "USD"),
                Field("credit_limit", Reads.AMOUNT, "The credit limit; empty: not set; 0: no credit.", "50000.00",
                      bound=Bound.FROM_ZERO),
                Field("terms_days", Reads.WHOLE, "Days from invoice to due date.", "30"),
                _text("rating", "The rating.", "B"),
                _text("language", "The language that notices are written in (ISO 639).", "en"),
                _text("channel", "The channel that the customer prefers.", "email"),
                _text("collector", "Who of us looks after the customer.", "anna"),
                _date("since", "Since when they have been a customer.", "2019-04-01"),
                _text("policy", "A policy that is assigned to the customer by name.", "key-accounts"),
            ),
        ),
        Kind("contacts", "Whom at a customer we write to or call.",
             (
                 _CUSTOMER,
                 _text("name", "The person or department.", "Accounts Payable", required=True),
                 _text("role", "What they do.", "payables"),
                 _text("email", "The e-mail address.", "ap@example.com"),
                 _text("phone", "The telephone number.", "+1 212 555 0100"),
                 _text("address", "The postal address.", "1 Main Street, Springfield"),
                 _text("language", "The language they read (ISO 639).", "en"),
                 Field("do_not_contact", Reads.FLAG, "true: never write to or call them.", "false", default=0),
             )),
        Kind("assessments", "What others or we ourselves found about a customer's credit.",
             (
                 _CUSTOMER,
                 _date("assessed", "The day of the assessment.", "2026-02-01", required=True),
                 _text("source", "Who assessed.", "agency", required=True),
                 _date("valid_until", "The last day it is good for.", "2027-01-31"),
                 Field("score", Reads.WHOLE, "The score.", "620"),
                 _text("note", "What else there is to say.", "accounts filed late"),
             ), (_not_before("valid_until", "assessed"),)),
        Kind(
            "receivables",
            "Invoices and whatever else is owed to us: one amount with one due date each.",
            (
                _ENTITY,
                _id("number", "Its number, unique within the entity.", "INV-1001", required=True),
                _CUSTOMER,
                _date("issued", "The date of the invoice.", "2026-01-15", required=True),
                _date("posted", "The date it was posted; empty: the date of the invoice.", "2026-01-16", same_as="issued"),
                _date("due", "The due date.", "2026-02-14", required=True),
                _AMOUNT,
                _CURRENCY,
                Field("kind", Reads.CHOICE, "What it is; empty: an invoice.", "invoice", values=RECEIVABLE_KINDS,
                      default="invoice"),
                _text("document", "The document that it is part of, where it is an instalment of one.", "DOC-77"),
                _text("contract", "The contract or order.", "PO-4711"),
                _text("policy", "A policy that is assigned to this receivable by name.", "key-accounts"),
                _id("principal", "Of a fee or interest: the number of the receivable it is charged on.", "INV-1001"),
            ),
        ),
        Kind("orders", "Open orders: not owed yet, but part of the exposure.",
             (
                 _ENTITY,
                 _id("number", "Its number, unique within the entity.", "SO-501", required=True),
                 _CUSTOMER,
                 _date("ordered", "The date of the order.", "2026-01-20", required=True),
                 _date("closed", "When it was delivered or cancelled; empty: it is open.", "2026-03-01"),
                 _AMOUNT,
                 _CURRENCY,
             ), (_not_before("closed", "ordered"),)),
        Kind("credits", "Credit notes. With a receivable beside it, the whole amount is allocated to it.",
             (
                 _ENTITY,
                 _id("number", "Its number, unique within the entity.", "CN-31", required=True),
                 _CUSTOMER,
                 _date("issued", "The date of the credit note.", "2026-02-01", required=True),
                 _AMOUNT,
                 _CURRENCY,
                 _text("reason", "Why it was given.", "returned goods"),
                 _id("receivable", "The receivable it is allocated to, by number; empty: not allocated yet.", "INV-1001"),
             )),
        Kind("payments", "Money received. With a receivable beside it, the whole amount is allocated to it.",
             (
                 _ENTITY,
                 _id("number", "Its number, unique within the entity.", "PAY-9001", required=True),
                 _CUSTOMER,
                 _date("received", "The date it was received.", "2026-02-20", required=True),
                 _AMOUNT,
                 _CURRENCY,
                 _text("reference", "What the payer wrote.", "Invoice 1001"),
                 _id("receivable", "The receivable it is allocated to, by number; empty: not allocated yet.", "INV-1001"),
             )),
        Kind(
            "allocations",
            "Which payment or credit pays which receivable. A negative amount takes an earlier allocation back.",
            (
                _id("entity", "Our entity, by its code; empty where there is only one.", "US01"),
                _id("receivable", "The receivable, by number.", "INV-1001", required=True),
                _id("payment", "The payment, by number; or give the credit.", "PAY-9001"),
                _id("credit", "The credit, by number; or give the payment.", "CN-31"),
                _date("date", "The date of the allocation.", "2026-02-20", required=True),
                Field("amount", Reads.AMOUNT, "The amount; negative to take the same amount back.", "1234.50",
                      required=True, bound=Bound.NOT_ZERO),
                _CURRENCY,
            ),
            (_one_source,),
        ),
        Kind("disputes", "What customers contest.",
             (
                 _REFERENCE,
                 _id("entity", "Our entity, by its code; empty where there is only one.", "US01"),
                 _id("receivable", "The receivable that is contested, by number.", "INV-1001", required=True),
                 Field("amount", Reads.AMOUNT, "How much of it, in its currency; empty: all of it.", "100.00",
                       currency=None),
                 _text("reason", "Why.", "damaged goods", required=True),
                 _date("opened", "When the customer said so.", "2026-02-10", required=True),
                 _ACTOR,
                 _date("resolved", "When it was settled; empty: it is open.", "2026-03-01"),
                 Field("outcome", Reads.CHOICE, "How: accepted (the customer was right), rejected or withdrawn.",
                       "rejected", values=("accepted", "rejected", "withdrawn")),
             ), (_together("resolved", "outcome"), _not_before("resolved", "opened"))),
        Kind("promises", "What customers committed to pay, and until when.",
             (
                 _REFERENCE,
                 _ENTITY,
                 _CUSTOMER,
                 _RECEIVABLE,
                 _date("made", "When the promise was made.", "2026-02-12", required=True),
                 _date("promised", "The day by which it will be paid.", "2026-02-28", required=True),
                 Field("grace_days", Reads.WHOLE, "Days after that which we still wait; empty: none.", "3", default=0),
                 _AMOUNT,
                 _CURRENCY,
                 _ACTOR,
             ), (_not_before("promised", "made"),)),
        Kind("holds", "Customers or receivables that are not to be chased (dunning) or not to be sold to on credit (credit).",
             (
                 _REFERENCE,
                 Field("kind", Reads.CHOICE, "dunning: we stop chasing; credit: no sales on credit.", "dunning",
                       required=True, values=("dunning", "credit")),
                 _ENTITY,
                 _CUSTOMER,
                 _RECEIVABLE,
                 _text("reason", "Why.", "merger under way", required=True),
                 _date("valid_from", "The first day of the hold.", "2026-02-01", required=True),
                 _date("valid_until", "The last day of it; empty: until it is released.", "2026-02-28"),
                 _ACTOR,
                 _date("released", "When it was released; empty: it was not.", "2026-02-15"),
                 _text("release_reason", "Why it was released.", "settled"),
             ), (_not_before("valid_until", "valid_from"), _credit_hold_on_customer)),
        Kind("activities", "Who spoke to whom, when and with what result.",
             (
                 _REFERENCE,
                 _ENTITY,
                 _CUSTOMER,
                 _RECEIVABLE,
                 _date("date", "The day of it.", "2026-02-11", required=True),
                 _text("channel", "How: phone, email, visit, letter.", "phone", required=True),
                 _text("contact", "Who at the customer.", "Ms Chen", required=False),
                 _text("result", "What came of it.", "will pay next week", required=True),
                 _date("expected_payment", "The day on which payment is now expected.", "2026-02-20"),
                 _text("note", "What else there is to say.", "invoice was lost"),
                 _ACTOR,
             )),
    )
}
