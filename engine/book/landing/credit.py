"""Landing what is known of customers' credit: assessments, statements, securities, limits with their confirmation, reviews.

Comes in: batches of records. Goes out: rows of the book, through desk.put and desk.settle.
Know before changing: a limit counts once somebody else than its recorder has confirmed it; an import may bring that with it.
Confirmations and withdrawals name a limit, an override or a suspension by its reference, so no two of these share one.
"""

from engine.book.granted import GRANTED, same_person
from engine.book.groups import misplaced
from engine.book.landing.desk import Batch, Desk, Ending, Table, find, settle
from engine.book.landing.tables import of_customers

ASSESSMENTS = Table(
    "assessments",
    ("customer_id", "source", "assessed"),
    ("kind", "valid_until", "score", "rating", "experience", "insolvent", "note"),
)
_FIGURES = (
    *("sales", "cost_of_sales", "operating_profit", "interest_paid", "net_profit", "cash", "inventory", "current_assets"),
    *("total_assets", "payables", "current_liabilities", "total_liabilities", "equity"),
)
FINANCIALS = Table(
    "financials",
    ("customer_id", "period_end", "received"),
    ("months", "valid_until", "currency", "audited", *_FIGURES, "note"),
)
SECURITIES = Table(
    "securities",
    ("reference",),
    ("customer_id", "kind", "provider", "amount", "currency", "valid_from", "valid_until"),
)
LIMITS = Table(
    "granted_limits",
    ("reference",),
    ("customer_id", "scope", "amount", "currency", "reason", "valid_from", "valid_until"),
    ("actor",),
)
CONFIRMATIONS = Table("confirmations", ("reference",), ("confirmed", "actor"))
WITHDRAWALS = Table("withdrawals", ("reference",), ("withdrawn",), ("actor",))
REVIEWS = Table("reviews", ("reference",), ("customer_id", "reviewed", "result", "note"), ("actor",))


def assessments(desk: Desk, batch: Batch) -> None:
    """What was found about a customer."""
    of_customers(desk, "assessments", ASSESSMENTS, batch)


def financials(desk: Desk, batch: Batch) -> None:
    """Financial statements; the same period received again on another day is a second edition of it."""
    of_customers(desk, "financials", FINANCIALS, batch)


def securities(desk: Desk, batch: Batch) -> None:
    """What secures us."""
    of_customers(desk, "securities", SECURITIES, batch)


def reviews(desk: Desk, batch: Batch) -> None:
    """That somebody looked at a customer's credit."""
    of_customers(desk, "reviews", REVIEWS, batch)


def limits(desk: Desk, batch: Batch) -> None:
    """Limits beside the usual one; those that say who confirmed them bring the confirmation."""
    fresh = of_customers(desk, "limits", LIMITS, _placed(desk, _of_their_own(desk, batch)))
    landed = [(number, record) for number, record in batch if number not in desk.bad]
    fresh |= settle(desk, "limits", CONFIRMATIONS, _confirmed(desk, landed), fresh)
    withdrawn = [
        Ending(number, "withdrawn", r["reference"], (r["reference"], r["withdrawn"], r["actor"] or desk.actor))
        for number, r in landed
        if r["withdrawn"] is not None
    ]
    settle(desk, "limits", WITHDRAWALS, withdrawn, fresh)


def _of_their_own(desk: Desk, batch: Batch) -> Batch:
    """Those whose reference is not that of an override or a suspension: a confirmation could mean either."""
    wanted = dict.fromkeys((record["reference"],) for _, record in batch)
    taken = {
        row[0]: kind
        for kind, table in GRANTED.items()
        if table != LIMITS.name
        for row in find(desk, table, ("reference",), wanted, ())
    }
    for number, record in batch:
        if kind := taken.get(record["reference"]):
            reason = f"'{record['reference']}' is that of another record in the book ({kind}); choose another reference"
            desk.problem("limits", number, "reference", "conflicting-row", reason)
    return [each for each in batch if each[0] not in desk.bad]


def _placed(desk: Desk, batch: Batch) -> Batch:
    """Those that are not limits of a group in the wrong place."""
    for number, record in batch:
        customer = desk.customers.get(record["customer"])
        if record["scope"] == "group" and customer:
            wrong = misplaced(desk.book, customer[0], record["customer"], record["valid_from"])
            if wrong:
                desk.problem("limits", number, "customer", "not-the-top", wrong)
    return [each for each in batch if each[0] not in desk.bad]


def _confirmed(desk: Desk, landed: Batch) -> list[Ending]:
    """The confirmations that the rows bring; nobody confirms what they recorded."""
    wanted = dict.fromkeys((r["reference"],) for _, r in landed if r["confirmed_by"] is not None)
    recorders = dict(find(desk, LIMITS.name, LIMITS.key, wanted, ("actor",)))
    endings = []
    for number, record in landed:
        by, reference = record["confirmed_by"], record["reference"]
        if by is not None and same_person(by, recorders[reference]):
            desk.problem("limits", number, "confirmed_by", "same-person", f"'{by}' recorded the limit; another one confirms it")
        elif by is not None:
            values = (reference, record["confirmed"] or record["valid_from"], by)
            endings.append(Ending(number, "confirmed_by", reference, values))
    return endings
