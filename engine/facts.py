"""The vocabulary: every fact that a policy may test, with its type, unit, meaning and SQL. Nothing else defines a fact.

Comes in: nothing. Goes out: FACTS by name; a fact is an expression over its source (engine/sources.py).
Know before changing: every value is an INTEGER or TEXT: money in minor units of the policy's currency (each receivable converted
at the as-of rate and rounded half-up, then added, so that parts add up to their whole), percent in hundredths of a percent
rounded half-up, flags 0/1, dates ISO text. NULL is "missing". The pages, the schemas and the editors' help are made from here.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.sources import days, mean, share


class FactType(StrEnum):
    """What kind of value a fact is; it decides the operators and how a literal is written."""

    MONEY = "money"
    DAYS = "days"
    COUNT = "count"
    PERCENT = "percent"
    TEXT = "text"
    FLAG = "flag"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Fact:
    """One typed value of one subject. `values` closes a text; `neutral` is what a case assumes where it says nothing."""

    name: str
    type: FactType
    meaning: str
    source: str
    sql: str
    values: tuple[str, ...] = ()
    neutral: int | str | None = None

    @property
    def unit(self) -> str:
        """What one of it is, in words for `duly facts`."""
        return UNITS[self.type]

    @property
    def of_customer(self) -> bool:
        """Whether it describes the customer (its name has the prefix)."""
        return self.name.startswith(CUSTOMER_PREFIX)


CUSTOMER_PREFIX = "customer."
UNITS = {
    FactType.MONEY: "amount in the policy's currency",
    FactType.DAYS: "calendar days",
    FactType.COUNT: "number",
    FactType.PERCENT: "percent",
    FactType.TEXT: "text",
    FactType.FLAG: "true or false",
    FactType.DATE: "date",
}

DISPUTE_STATES = ("none", "part", "whole")
PROMISE_STATES = ("none", "pending", "kept", "broken")
KINDS = ("invoice", "instalment", "debit_note", "fee", "interest")

_MONEY, _DAYS, _COUNT, _PERCENT, _TEXT, _FLAG, _DATE = FactType


def _since(date: str) -> str:
    """SQL for the days from a date to as_of."""
    return days(":as_of", date)


def _or(value: str, default: str) -> str:
    """SQL for a value that is never missing."""
    return f"COALESCE({value}, {default})"


# A table: one fact reads as a sentence and its SQL.
# fmt: off
FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        # -- of a receivable ------------------------------------------------------------------------------------------
        Fact("days_past_due", _DAYS, "Days since the due date: 0 on it, negative before it.", "open_item",
             "open_item.age", neutral=0),
        Fact("days_until_due", _DAYS, "Days until the due date: 0 on it, negative after it.", "open_item",
             "-open_item.age", neutral=0),
        Fact("days_since_invoice", _DAYS, "Days since the date of the invoice.", "open_item",
             _since("open_item.issued"), neutral=30),
        Fact("due_date", _DATE, "The date the amount is to be paid by.", "open_item", "open_item.due"),
        Fact("invoice_date", _DATE, "The date of the invoice.", "open_item", "open_item.issued"),
        Fact("open_amount", _MONEY, "What is still to be paid of it.", "open_item", "open_item.value",
             neutral=100_000),
        Fact("original_amount", _MONEY, "Its amount before any payment or credit.", "open_item",
             "open_item.original_value", neutral=100_000),
        Fact("paid_share", _PERCENT, "How much of the original amount has been paid or credited.", "open_item",
             share("(open_item.amount - open_item.open)", "open_item.amount"), neutral=0),
        Fact("kind", _TEXT, "What it is: an invoice, an instalment of one, a debit note, a fee or interest.",
             "open_item", "open_item.kind", KINDS, "invoice"),
        Fact("currency", _TEXT, "The currency it is owed in (ISO 4217).", "open_item", "open_item.currency"),
        Fact("dispute", _TEXT, "Whether the customer contests it: none, part of it, or the whole.", "contested",
             _or("contested.state", "'none'"), DISPUTE_STATES, "none"),
        Fact("disputed_amount", _MONEY, "The contested part of the open amount.", "contested",
             _or("contested.disputed_value", "0"), neutral=0),
        Fact("undisputed_amount", _MONEY, "The open amount less its contested part: what may be chased.", "contested",
             "open_item.value - COALESCE(contested.disputed_value, 0)", neutral=100_000),
        Fact("days_since_dispute", _DAYS, "Days since its oldest unresolved dispute was opened.", "contested",
             _since("contested.opened")),
        Fact("promise", _TEXT, "The promise to pay it: none, pending until its date and grace, kept, or broken.",
             "pledge", _or("pledge.state", "'none'"), PROMISE_STATES, "none"),
        Fact("promised_date", _DATE, "The date that the customer committed to pay on.", "pledge", "pledge.promised"),
        Fact("days_since_promised_date", _DAYS, "Days since the date that the customer committed to pay on.", "pledge",
             _since("pledge.promised")),
        Fact("dunning_hold", _FLAG, "Whether chasing it is stopped, for it alone or for the whole customer.", "stop",
             _or("stop.held", "0"), neutral=0),
        Fact("level", _COUNT, "How far it has been escalated: 0 before the first level.", "rung",
             _or("rung.level", "0"), neutral=0),
        Fact("notices_sent", _COUNT, "How many notices it has been in.", "dunned", _or("dunned.notices", "0"),
             neutral=0),
        Fact("times_at_level", _COUNT, "How many times its present level has been carried out, repetitions included.",
             "steps", _or("steps.times", "0"), neutral=0),
        Fact("days_since_level", _DAYS, "Days since its last step on the ladder, a repetition included.", "dunned",
             _since("dunned.level_date")),
        Fact("days_since_last_notice", _DAYS, "Days since the last notice it was in.", "dunned",
             _since("dunned.last_notice")),
        Fact("last_notice_date", _DATE, "The date of the last notice it was in.", "dunned", "dunned.last_notice"),
        Fact("days_since_deadline", _DAYS, "Days since the date that the last notice asked to pay by.", "asked",
             _since("asked.deadline")),
        Fact("deadline_date", _DATE, "The date that the last notice asked to pay by.", "asked", "asked.deadline"),
        Fact("last_notice_delivered", _FLAG,
             "Whether the notice of its present level has left the outbox; missing where that level sent none.",
             "rung", "rung.sent"),
        Fact("fee_charged", _FLAG, "Whether a late fee has been charged for it.", "dunned",
             _or("dunned.fee_charged", "0"), neutral=0),
        Fact("handed_over", _FLAG, "Whether it has been handed over to a lawyer or an agency.", "dunned",
             _or("dunned.handed_over", "0"), neutral=0),
        # -- of a customer: who they are ------------------------------------------------------------------------------
        Fact("customer.segment", _TEXT, "The segment that the customer belongs to.", "profile", "profile.segment"),
        Fact("customer.industry", _TEXT, "The customer's industry.", "profile", "profile.industry"),
        Fact("customer.country", _TEXT, "The customer's country (ISO 3166).", "profile", "profile.country"),
        Fact("customer.entity", _TEXT, "The code of our legal entity that the customer belongs to.", "home",
             "home.code"),
        Fact("customer.rating", _TEXT, "The customer's credit rating.", "profile", "profile.rating"),
        Fact("customer.language", _TEXT, "The language that the customer is written to in.", "profile",
             "profile.language"),
        Fact("customer.collector", _TEXT, "The collector who looks after the customer.", "profile",
             "profile.collector"),
        Fact("customer.terms_days", _DAYS, "The customer's payment terms.", "profile", "profile.terms_days"),
        Fact("customer.relationship_days", _DAYS, "Days since the customer has been one, or since the first invoice.",
             "sold",
             "CASE WHEN profile.since IS NOT NULL THEN " + _since("profile.since") + " ELSE " + _since("sold.first") + " END"),
        Fact("customer.in_group", _FLAG, "Whether the customer has a parent.", "profile",
             "CASE WHEN profile.parent_id IS NULL THEN 0 ELSE 1 END", neutral=0),
        Fact("customer.has_email", _FLAG, "Whether a contact who may be written to has an e-mail address.", "reach",
             _or("reach.email", "0"), neutral=1),
        Fact("customer.has_phone", _FLAG, "Whether a contact who may be called has a telephone number.", "reach",
             _or("reach.phone", "0"), neutral=1),
        Fact("customer.has_address", _FLAG, "Whether a contact who may be written to has a postal address.", "reach",
             _or("reach.address", "0"), neutral=1),
        # -- of a customer: what they owe -----------------------------------------------------------------------------
        Fact("customer.open_amount", _MONEY, "What is still to be paid of all the customer's receivables.", "balance",
             _or("balance.value", "0"), neutral=0),
        Fact("customer.open_count", _COUNT, "How many receivables are open.", "balance",
             _or("balance.receivables", "0"), neutral=0),
        Fact("customer.not_due_amount", _MONEY, "The open amount that is not overdue.", "ages",
             _or("ages.not_due", "0"), neutral=0),
        Fact("customer.overdue_amount", _MONEY, "The open amount that is 1 or more days past due.", "balance",
             _or("balance.overdue", "0"), neutral=0),
        Fact("customer.overdue_1_30", _MONEY, "The open amount that is 1 to 30 days past due.", "ages",
             _or("ages.overdue_1_30", "0"), neutral=0),
        Fact("customer.overdue_31_60", _MONEY, "The open amount that is 31 to 60 days past due.", "ages",
             _or("ages.overdue_31_60", "0"), neutral=0),
        Fact("customer.overdue_61_90", _MONEY, "The open amount that is 61 to 90 days past due.", "ages",
             _or("ages.overdue_61_90", "0"), neutral=0),
        Fact("customer.overdue_over_90", _MONEY, "The open amount that is more than 90 days past due.", "ages",
             _or("ages.overdue_over_90", "0"), neutral=0),
        Fact("customer.overdue_count", _COUNT, "How many receivables are overdue.", "balance",
             _or("balance.overdue_count", "0"), neutral=0),
        Fact("customer.overdue_share", _PERCENT, "How much of the open amount is overdue.", "balance",
             share("balance.overdue", "balance.value"), neutral=0),
        Fact("customer.oldest_days_past_due", _DAYS, "Days past due of the open receivable that was due first.",
             "balance", "balance.oldest_age"),
        Fact("customer.oldest_due_date", _DATE, "The due date of the open receivable that was due first.", "balance",
             "balance.oldest_due"),
        Fact("customer.oldest_invoice_date", _DATE, "The earliest invoice date among the open receivables.", "ages",
             "ages.oldest_issued"),
        Fact("customer.days_since_oldest_invoice", _DAYS, "Days since the earliest invoice date among the open ones.",
             "ages", _since("ages.oldest_issued")),
        Fact("customer.largest_receivable", _MONEY, "The largest open amount of one receivable.", "ages",
             _or("ages.largest", "0"), neutral=0),
        Fact("customer.disputed_amount", _MONEY, "The contested part of the open amounts.", "quarrel",
             _or("quarrel.disputed", "0"), neutral=0),
        Fact("customer.open_disputes", _COUNT, "How many open receivables the customer contests.", "quarrel",
             _or("quarrel.disputes", "0"), neutral=0),
        Fact("customer.undisputed_overdue_amount", _MONEY, "The overdue amount less its contested part.", "quarrel",
             "COALESCE(balance.overdue, 0) - COALESCE(quarrel.disputed_overdue, 0)", neutral=0),
        Fact("customer.unapplied_credit", _MONEY, "Credit notes and payments not yet allocated to a receivable.",
             "unapplied", _or("unapplied.value", "0"), neutral=0),
        Fact("customer.open_orders", _MONEY, "Orders taken and not yet invoiced.", "ordered",
             _or("ordered.value", "0"), neutral=0),
        Fact("customer.exposure", _MONEY, "Open amounts less unapplied credit, plus open orders.", "exposed",
             "exposed.value", neutral=0),
        Fact("customer.credit_limit", _MONEY,
             "The credit limit; missing where none is set, 0 where there is no credit.", "profile",
             "profile.limit_value"),
        Fact("customer.headroom", _MONEY, "The credit limit less the exposure; negative when over the limit.",
             "exposed", "profile.limit_value - exposed.value"),
        Fact("customer.utilisation", _PERCENT, "Exposure in percent of the credit limit; missing where that is 0.",
             "exposed", share("exposed.value", "profile.limit_value")),
        # -- of a customer: how they pay ------------------------------------------------------------------------------
        Fact("customer.paid_count_12m", _COUNT, "How many receivables were paid in full in the last 12 months.",
             "history", _or("history.paid", "0"), neutral=0),
        Fact("customer.on_time_share_12m", _PERCENT, "How many of those were paid by their due date.", "history",
             share("history.on_time", "history.paid")),
        Fact("customer.average_days_late_12m", _DAYS, "How late they were paid on average; on time counts as 0.",
             "delay", mean("delay.late", "delay.paid")),
        Fact("customer.weighted_days_late_12m", _DAYS, "The same, weighted by amount.", "delay",
             mean("delay.late_value", "delay.value")),
        Fact("customer.times_overdue_12m", _COUNT,
             "How many receivables were overdue at some time in the last 12 months.", "lateness",
             _or("lateness.times", "0"), neutral=0),
        Fact("customer.sales_12m", _MONEY, "What was invoiced in the last 12 months.", "sold", _or("sold.value", "0"),
             neutral=0),
        Fact("customer.days_since_last_payment", _DAYS, "Days since the last payment.", "paid",
             _since("paid.received")),
        Fact("customer.last_payment_amount", _MONEY, "The amount of the last payment.", "paid", "paid.value"),
        Fact("customer.promise", _TEXT, "The customer's promise for all that is owed: none, pending, kept or broken.",
             "word", _or("word.state", "'none'"), PROMISE_STATES, "none"),
        Fact("customer.promised_date", _DATE, "The date of that promise.", "word", "word.promised"),
        Fact("customer.days_since_promised_date", _DAYS, "Days since the date of that promise.", "word",
             _since("word.promised")),
        Fact("customer.broken_promises_12m", _COUNT, "How many promises were broken in the last 12 months.", "broken",
             _or("broken.times", "0"), neutral=0),
        # -- of a customer: what we did -------------------------------------------------------------------------------
        Fact("customer.level", _COUNT, "How far the customer as a whole has been escalated in this overdue spell.",
             "customer_rung", _or("customer_rung.level", "0"), neutral=0),
        Fact("customer.highest_level", _COUNT, "The highest level of the customer's open receivables.", "peak",
             _or("peak.level", "0"), neutral=0),
        Fact("customer.notices_12m", _COUNT, "How many notices went to the customer in the last 12 months.",
             "addressed", _or("addressed.notices", "0"), neutral=0),
        Fact("customer.times_at_level", _COUNT,
             "How many times the present level of the customer as a whole has been carried out, repetitions included.",
             "customer_rung", _or("customer_rung.times", "0"), neutral=0),
        Fact("customer.days_since_level", _DAYS,
             "Days since the last step of the customer as a whole, a repetition included.", "customer_rung",
             _since("customer_rung.level_date")),
        Fact("customer.days_since_last_notice", _DAYS, "Days since the last notice to the customer.", "addressed",
             _since("addressed.last_notice")),
        Fact("customer.last_notice_date", _DATE, "The date of the last notice to the customer.", "addressed",
             "addressed.last_notice"),
        Fact("customer.days_since_deadline", _DAYS, "Days since the date that the last notice asked to pay by.",
             "asked_customer", _since("asked_customer.deadline")),
        Fact("customer.deadline_date", _DATE, "The date that the last notice asked to pay by.", "asked_customer",
             "asked_customer.deadline"),
        Fact("customer.last_notice_delivered", _FLAG,
             "Whether the notice of the customer's present level has left the outbox; missing where that level sent none.",
             "customer_rung", "customer_rung.sent"),
        Fact("customer.days_since_contact", _DAYS, "Days since somebody last spoke to the customer.", "spoken",
             _since("spoken.last")),
        Fact("customer.handed_over", _FLAG, "Whether anything that is still open was handed over to a lawyer or an agency.",
             "surrendered", _or("surrendered.handed_over", "0"), neutral=0),
        Fact("customer.credit_hold", _FLAG, "Whether the customer may not buy on credit.", "barred",
             _or("barred.credit", "0"), neutral=0),
        Fact("customer.days_on_credit_hold", _DAYS, "Days since the credit hold began.", "barred",
             _since("barred.credit_since")),
        Fact("customer.dunning_hold", _FLAG, "Whether chasing the whole customer is stopped.", "barred",
             _or("barred.dunning", "0"), neutral=0),
    )
}
# fmt: on

# What a credit policy itself concludes, in the order of its stages; a later stage may test them, bare, as if they were facts.
CONCLUSIONS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("score", _COUNT, "The points of the scorecard in all.", "", "score"),
        Fact("rating", _TEXT, "The rating that the policy concludes today; the one in the book is `customer.rating`.", "", ""),
    )
}

# Some expressions read a second source beside their own.
ALSO_READS: dict[str, tuple[str, ...]] = {
    "undisputed_amount": ("open_item",),
    "customer.relationship_days": ("profile",),
    "customer.undisputed_overdue_amount": ("balance",),
    "customer.headroom": ("profile",),
    "customer.utilisation": ("profile",),
}
