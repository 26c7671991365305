"""The kinds of rows that a file may hold, and the fields of each: what a column may be called and how its cells are read.

Comes in: nothing. Goes out: KINDS by name, in the order in which they land (what is referred to comes first).
Know before changing: a file without a mapping has these field names as its column names, so they are as lasting as the
policies' fact names. `meaning` is the text of docs/import.md and of the mapping schema, written for a finance person. What is
known of a customer's credit is in credit.py.
"""

from engine.book.files import credit
from engine.book.files.fields import (
    ACTOR,
    AMOUNT,
    CURRENCY,
    CUSTOMER,
    REFERENCE,
    Bound,
    Field,
    Kind,
    Reads,
    Record,
    day,
    key,
    not_before,
    text,
    together,
)
from engine.book.store import ALWAYS
from engine.facts import KINDS as RECEIVABLE_KINDS


def _one_source(record: Record) -> tuple[str, str] | None:
    """An allocation comes from a payment or from a credit."""
    if (record["payment"] is None) == (record["credit"] is None):
        return "payment", "give either the payment or the credit that is allocated"
    return None


def _two_currencies(record: Record) -> tuple[str, str] | None:
    """A rate is between two currencies."""
    return ("target", "source and target are the same currency") if record["source"] == record["target"] else None


def _everywhere(record: Record) -> tuple[str, str] | None:
    """`all` is the word for everywhere; in capitals it would be a country that no customer is in."""
    if record["region"] != "all" and record["region"].lower() == "all":
        return "region", "is not written all, which means everywhere"
    return None


def _credit_hold_on_customer(record: Record) -> tuple[str, str] | None:
    """A credit hold is on a customer; only a dunning hold may be on one receivable."""
    if record["kind"] == "credit" and record["receivable"] is not None:
        return "receivable", "a credit hold is on the customer, not on one receivable"
    return None


_ENTITY = key("entity", "Our legal entity, by its code; empty: the customer's entity.", "US01")
_RECEIVABLE = key("receivable", "The receivable it is about, by number; empty: the customer as a whole.", "INV-1001")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "entities",
            "Our own legal entities, those that sell.",
            (
                key("code", "The code that other files name the entity by.", "US01", required=True),
                text("name", "Its name, as letters show it.", "Duly Trading Inc.", required=True),
                Field("currency", Reads.CURRENCY, "Its home currency (ISO 4217).", "USD", required=True),
                text("country", "The country it is in.", "US"),
                text("calendar", "The calendar of its public holidays.", "US-NY"),
            ),
        ),
        Kind("calendars", "Days on which a calendar's entities do not work.",
             (
                 text("calendar", "The calendar's name, as an entity names it.", "US-NY", required=True),
                 day("date", "The day off.", "2026-12-25", required=True),
                 text("name", "What the day is called.", "Christmas Day"),
             )),
        Kind(
            "fx_rates",
            "Exchange rates: 1 of the source currency is `rate` of the target currency, from that date on.",
            (
                day("date", "The date from which the rate holds.", "2026-01-31", required=True),
                Field("source", Reads.CURRENCY, "The currency that 1 unit is of.", "USD", required=True),
                Field("target", Reads.CURRENCY, "The currency that the rate is in.", "CNY", required=True),
                Field("rate", Reads.RATE, "How much of the target currency 1 unit of the source is.", "7.1234", required=True),
            ),
            (_two_currencies,),
        ),
        Kind("market", "How an industry is doing in a region.",
             (
                 text("industry", "The industry, as customers name it.", "construction", required=True),
                 text("region", "The country, as customers name it; or all: wherever no row of the country says otherwise.", "DE",
                      required=True),
                 day("valid_from", "From when on this holds.", "2026-01-01", required=True),
                 text("outlook", "The outlook in one word.", "negative", required=True),
             ), (_everywhere,)),
        Kind(
            "customers",
            "Those who owe us, with what describes them from a date on.",
            (
                key("number", "The customer's number, as text: leading zeros count.", "200769623", required=True),
                key("entity", "Our entity that the customer belongs to, by its code.", "US01", required=True),
                text("name", "The customer's name.", "Wal-Mart Stores", required=True),
                Field("valid_from", Reads.DATE, "From when on the row holds; empty: it always has.", "2026-01-01",
                      default=ALWAYS),
                key("parent", "The group that the customer belongs to: a customer's number.", "200700000"),
                text("segment", "The segment, such as key, sme or retail.", "sme"),
                text("industry", "The industry.", "construction"),
                text("country", "The country.", "US"),
                Field("currency", Reads.CURRENCY, "The currency of the credit limit (ISO 4217).", "USD"),
                Field("credit_limit", Reads.AMOUNT, "The credit limit; empty: not set; 0: no credit.", "50000.00",
                      bound=Bound.FROM_ZERO),
                day("limit_until", "The last day that the credit limit is granted for; empty: without end.", "2026-12-31"),
                Field("terms_days", Reads.WHOLE, "Days from invoice to due date.", "30"),
                text("rating", "The rating.", "B"),
                text("language", "The language that notices are written in (ISO 639).", "en"),
                text("channel", "The channel that the customer prefers.", "email"),
                text("collector", "Who of us looks after the customer.", "anna"),
                day("since", "Since when they have been a customer.", "2019-04-01"),
                text("policy", "A policy that is assigned to the customer by name.", "key-accounts"),
            ),
        ),
        Kind("contacts", "Whom at a customer we write to or call.",
             (
                 CUSTOMER,
                 text("name", "The person or department.", "Accounts Payable", required=True),
                 text("role", "What they do.", "payables"),
                 text("email", "The e-mail address.", "ap@example.com"),
                 text("phone", "The telephone number.", "+1 212 555 0100"),
                 text("address", "The postal address.", "1 Main Street, Springfield"),
                 text("language", "The language they read (ISO 639).", "en"),
                 Field("do_not_contact", Reads.FLAG, "true: never write to or call them.", "false", default=0),
             )),
        *credit.KINDS,
        Kind(
            "receivables",
            "Invoices and whatever else is owed to us: one amount with one due date each.",
            (
                _ENTITY,
                key("number", "Its number, unique within the entity.", "INV-1001", required=True),
                CUSTOMER,
                day("issued", "The date of the invoice.", "2026-01-15", required=True),
                day("posted", "The date it was posted; empty: the date of the invoice.", "2026-01-16", same_as="issued"),
                day("due", "The due date.", "2026-02-14", required=True),
                AMOUNT,
                CURRENCY,
                Field("kind", Reads.CHOICE, "What it is; empty: an invoice.", "invoice", values=RECEIVABLE_KINDS,
                      default="invoice"),
                text("document", "The document that it is part of, where it is an instalment of one.", "DOC-77"),
                text("contract", "The contract or order.", "PO-4711"),
                text("policy", "A policy that is assigned to this receivable by name.", "key-accounts"),
                key("principal", "Of a fee or interest: the number of the receivable it is charged on.", "INV-1001"),
            ),
        ),
        Kind("orders", "Open orders: not owed yet, but part of the exposure.",
             (
                 _ENTITY,
                 key("number", "Its number, unique within the entity.", "SO-501", required=True),
                 CUSTOMER,
                 day("ordered", "The date of the order.", "2026-01-20", required=True),
                 day("closed", "When it was delivered or cancelled; empty: it is open. May be said later: the same row again.",
                     "2026-03-01"),
                 AMOUNT,
                 CURRENCY,
             ), (not_before("closed", "ordered"),)),
        Kind("credits", "Credit notes. With a receivable beside it, the whole amount is allocated to it.",
             (
                 _ENTITY,
                 key("number", "Its number, unique within the entity.", "CN-31", required=True),
                 CUSTOMER,
                 day("issued", "The date of the credit note.", "2026-02-01", required=True),
                 AMOUNT,
                 CURRENCY,
                 text("reason", "Why it was given.", "returned goods"),
                 key("receivable", "The receivable it is allocated to, by number; empty: not allocated yet.", "INV-1001"),
             )),
        Kind("payments", "Money received. With a receivable beside it, the whole amount is allocated to it.",
             (
                 _ENTITY,
                 key("number", "Its number, unique within the entity.", "PAY-9001", required=True),
                 CUSTOMER,
                 day("received", "The date it was received.", "2026-02-20", required=True),
                 AMOUNT,
                 CURRENCY,
                 text("reference", "What the payer wrote.", "Invoice 1001"),
                 key("receivable", "The receivable it is allocated to, by number; empty: not allocated yet.", "INV-1001"),
             )),
        Kind(
            "allocations",
            "Which payment or credit pays which receivable. A negative amount takes an earlier allocation back.",
            (
                key("entity", "Our entity, by its code; empty where there is only one.", "US01"),
                key("receivable", "The receivable, by number.", "INV-1001", required=True),
                key("payment", "The payment, by number; or give the credit.", "PAY-9001"),
                key("credit", "The credit, by number; or give the payment.", "CN-31"),
                day("date", "The date of the allocation.", "2026-02-20", required=True),
                Field("amount", Reads.AMOUNT, "The amount; negative to take the same amount back.", "1234.50",
                      required=True, bound=Bound.NOT_ZERO),
                CURRENCY,
            ),
            (_one_source,),
        ),
        Kind("disputes", "What customers contest.",
             (
                 REFERENCE,
                 key("entity", "Our entity, by its code; empty where there is only one.", "US01"),
                 key("receivable", "The receivable that is contested, by number.", "INV-1001", required=True),
                 Field("amount", Reads.AMOUNT, "How much of it, in its currency; empty: all of it.", "100.00",
                       currency=None),
                 text("reason", "Why.", "damaged goods", required=True),
                 day("opened", "When the customer said so.", "2026-02-10", required=True),
                 ACTOR,
                 day("resolved", "When it was settled; empty: it is open.", "2026-03-01"),
                 Field("outcome", Reads.CHOICE, "How: accepted (the customer was right), rejected or withdrawn.",
                       "rejected", values=("accepted", "rejected", "withdrawn")),
             ), (together("resolved", "outcome"), not_before("resolved", "opened"))),
        Kind("promises", "What customers committed to pay, and until when.",
             (
                 REFERENCE,
                 _ENTITY,
                 CUSTOMER,
                 _RECEIVABLE,
                 day("made", "When the promise was made.", "2026-02-12", required=True),
                 day("promised", "The day by which it will be paid.", "2026-02-28", required=True),
                 Field("grace_days", Reads.WHOLE, "Days after that which we still wait; empty: none.", "3", default=0),
                 AMOUNT,
                 CURRENCY,
                 ACTOR,
             ), (not_before("promised", "made"),)),
        Kind("holds", "Customers or receivables that are not to be chased (dunning) or not to be sold to on credit (credit).",
             (
                 REFERENCE,
                 Field("kind", Reads.CHOICE, "dunning: we stop chasing; credit: no sales on credit.", "dunning",
                       required=True, values=("dunning", "credit")),
                 _ENTITY,
                 CUSTOMER,
                 _RECEIVABLE,
                 text("reason", "Why.", "merger under way", required=True),
                 day("valid_from", "The first day of the hold.", "2026-02-01", required=True),
                 day("valid_until", "The last day of it; empty: until it is released.", "2026-02-28"),
                 ACTOR,
                 day("released", "When it was released; empty: it was not.", "2026-02-15"),
                 text("release_reason", "Why it was released.", "settled"),
             ), (not_before("valid_until", "valid_from"), _credit_hold_on_customer)),
        Kind("activities", "Who spoke to whom, when and with what result.",
             (
                 REFERENCE,
                 _ENTITY,
                 CUSTOMER,
                 _RECEIVABLE,
                 day("date", "The day of it.", "2026-02-11", required=True),
                 text("channel", "How: phone, email, visit, letter.", "phone", required=True),
                 text("contact", "Who at the customer.", "Ms Chen", required=False),
                 text("result", "What came of it.", "will pay next week", required=True),
                 day("expected_payment", "The day on which payment is now expected.", "2026-02-20"),
                 text("note", "What else there is to say.", "invoice was lost"),
                 ACTOR,
             )),
    )
}
