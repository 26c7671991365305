"""The kinds of rows about a customer's credit: what others and we found, their figures, what secures us, what was granted.

Comes in: nothing. Goes out: KINDS, which kinds.py takes in.
Know before changing: a statement's figures are refused only where no way of rounding or presenting them could make them right;
statements are rounded and each country presents them in its own way, so liabilities and equity need not add up to the assets.
"""

from engine import money
from engine.book.files.fields import (
    ACTOR,
    AMOUNT,
    CURRENCY,
    CUSTOMER,
    REFERENCE,
    Bound,
    Check,
    Field,
    Kind,
    Reads,
    Record,
    day,
    not_before,
    text,
)

MOST_MONTHS = 24
_FIGURES = (
    ("sales", "Sales of the period.", "1200000.00", Bound.FROM_ZERO),
    ("cost_of_sales", "What the sold goods or services cost.", "800000.00", Bound.FROM_ZERO),
    ("operating_profit", "Profit before interest and taxes; below zero: a loss.", "90000.00", Bound.ANY),
    ("interest_paid", "Interest paid.", "15000.00", Bound.FROM_ZERO),
    ("net_profit", "Profit after everything; below zero: a loss.", "52000.00", Bound.ANY),
    ("cash", "Cash and bank.", "70000.00", Bound.FROM_ZERO),
    ("inventory", "Stock.", "150000.00", Bound.FROM_ZERO),
    ("current_assets", "Current assets, with cash and stock.", "420000.00", Bound.FROM_ZERO),
    ("total_assets", "All assets.", "900000.00", Bound.FROM_ZERO),
    ("payables", "What they owe their suppliers.", "130000.00", Bound.FROM_ZERO),
    ("current_liabilities", "What falls due within a year.", "250000.00", Bound.FROM_ZERO),
    ("total_liabilities", "All liabilities.", "560000.00", Bound.FROM_ZERO),
    ("equity", "Equity; below zero: they owe more than they have.", "340000.00", Bound.ANY),
)


def _within(part: str, whole: str) -> Check:
    """A figure that is part of another one is not more than it."""

    def check(record: Record) -> tuple[str, str] | None:
        if record[part] is not None and record[whole] is not None and record[part] > record[whole]:
            return part, f"is more than {whole} {_shown(record, whole)}"
        return None

    return check


def _cash_and_inventory(record: Record) -> tuple[str, str] | None:
    """Each may be within the current assets, and both together not."""
    cash, inventory, whole = record["cash"], record["inventory"], record["current_assets"]
    if None in (cash, inventory, whole) or max(cash, inventory) > whole or cash + inventory <= whole:
        return None
    both = money.plain(cash + inventory, record["currency"])
    return "inventory", f"and cash are {both} together, more than current_assets {_shown(record, 'current_assets')}"


def _some_figure(record: Record) -> tuple[str, str] | None:
    """A statement without any figure says nothing."""
    if all(record[name] is None for name, *_ in _FIGURES):
        return "period_end", "has no figure beside it; give at least one, such as sales or equity"
    return None


def _months(record: Record) -> tuple[str, str] | None:
    """A period is a few months, a year, at most two."""
    if not 1 <= record["months"] <= MOST_MONTHS:
        return "months", f"is not between 1 and {MOST_MONTHS}"
    return None


def _shown(record: Record, name: str) -> str:
    """A figure as it is written."""
    return money.plain(record[name], record["currency"])


def _experience(record: Record) -> tuple[str, str] | None:
    """A trade reference says how another supplier fares with the customer."""
    if record["kind"] == "reference" and record["experience"] is None:
        return "experience", "is empty although this is a trade reference; write good, fair or bad"
    return None


def _own_limit_ends(record: Record) -> tuple[str, str] | None:
    """What is granted to one customer is granted for a time; their usual limit stands with the customer."""
    if record["scope"] == "own" and record["valid_until"] is None:
        return "valid_until", "is empty; a limit beside the usual one has a last day (one without end: import customers)"
    return None


def _confirmed_by_somebody(record: Record) -> tuple[str, str] | None:
    """A day on which a limit was confirmed belongs to somebody who did."""
    if record["confirmed"] is not None and record["confirmed_by"] is None:
        return "confirmed_by", "is empty although 'confirmed' is given"
    return None


KINDS: tuple[Kind, ...] = (
    Kind("assessments", "What an agency, another supplier or we ourselves found about a customer's credit.",
         (
             CUSTOMER,
             day("assessed", "The day of the assessment.", "2026-02-01", required=True),
             text("source", "Who assessed.", "agency", required=True),
             Field("kind", Reads.CHOICE, "agency: a score or report; own: what we found; reference: what another supplier"
                   " says; empty: agency.", "agency", values=("agency", "own", "reference"), default="agency"),
             day("valid_until", "The last day it is good for; empty: without end.", "2027-01-31"),
             Field("score", Reads.WHOLE, "The score.", "620"),
             text("rating", "The rating, in the words of the source.", "BB+"),
             Field("experience", Reads.CHOICE, "How they pay there; a trade reference must say it.", "good",
                   values=("good", "fair", "bad")),
             Field("insolvent", Reads.FLAG, "true: insolvency proceedings are open; false: they are not; empty: it does"
                   " not say.", "false"),
             text("note", "What else there is to say.", "accounts filed late"),
         ), (not_before("valid_until", "assessed"), _experience)),
    Kind("financials", "A customer's financial statement: the figures of one period, in one currency.",
         (
             CUSTOMER,
             day("period_end", "The last day of the period, the balance sheet date.", "2025-12-31", required=True),
             Field("months", Reads.WHOLE, "How many months the period has, 1 to 24; empty: 12.", "12", default=12),
             day("received", "When we had it: no decision of an earlier day knows of it.", "2026-03-15", required=True),
             day("valid_until", "The last day it is good for; empty: without end.", "2027-03-31"),
             Field("currency", Reads.CURRENCY, "The currency of the figures (ISO 4217).", "USD", required=True),
             Field("audited", Reads.FLAG, "true: an auditor has confirmed it.", "true", default=0),
             *(Field(name, Reads.AMOUNT, meaning, example, bound=bound) for name, meaning, example, bound in _FIGURES),
             text("note", "What else there is to say.", "preliminary"),
         ),
         (
             _months, not_before("received", "period_end"), not_before("valid_until", "received"), _some_figure,
             _within("cash", "current_assets"), _within("inventory", "current_assets"), _cash_and_inventory,
             _within("current_assets", "total_assets"), _within("payables", "total_liabilities"),
             _within("current_liabilities", "total_liabilities"), _within("equity", "total_assets"),
         )),
    Kind("securities", "What secures us if a customer does not pay: insurance, guarantees, collateral.",
         (
             REFERENCE,
             CUSTOMER,
             Field("kind", Reads.CHOICE, "insurance: of the receivables; guarantee: somebody else answers; collateral: a"
                   " thing or a claim does.", "insurance", required=True, values=("insurance", "guarantee", "collateral")),
             text("provider", "Who stands for it.", "Credit Insurer plc", required=True),
             AMOUNT,
             CURRENCY,
             day("valid_from", "The first day of it.", "2026-01-01", required=True),
             day("valid_until", "The last day of it; empty: without end.", "2026-12-31"),
         ), (not_before("valid_until", "valid_from"),)),
    Kind("limits", "Limits that people granted beside the usual one: of one customer for a time, or of a group.",
         (
             REFERENCE,
             CUSTOMER,
             Field("scope", Reads.CHOICE, "own: of the customer alone, for a time; group: of the customer and all below it,"
                   " the customer being the top of its group; empty: own.", "own", values=("own", "group"), default="own"),
             Field("amount", Reads.AMOUNT, "The limit; 0: no credit.", "80000.00", required=True, bound=Bound.FROM_ZERO),
             CURRENCY,
             text("reason", "Why.", "season", required=True),
             day("valid_from", "The first day of it.", "2026-03-01", required=True),
             day("valid_until", "The last day of it; only a group's limit may go without.", "2026-06-30"),
             ACTOR,
             text("confirmed_by", "Who confirmed it, not who recorded it; empty: nobody yet, it waits for `duly confirm`.",
                  "s.okafor"),
             day("confirmed", "When it was confirmed; empty: on its first day.", "2026-02-27"),
             day("withdrawn", "When it was ended early; empty: it was not.", "2026-05-31"),
         ), (not_before("valid_until", "valid_from"), _own_limit_ends, _confirmed_by_somebody)),
    Kind("reviews", "That somebody looked at a customer's credit, and what came of it.",
         (
             REFERENCE,
             CUSTOMER,
             day("reviewed", "The day of it.", "2026-03-10", required=True),
             text("result", "What came of it.", "limit kept", required=True),
             text("note", "What else there is to say.", "visited the plant"),
             ACTOR,
         )),
)
