"""The vocabulary: every fact that a policy may test, with its type, unit, meaning and SQL. Nothing else defines a fact.

Comes in: nothing. Goes out: FACTS by name, and the SQL sources that their expressions read from.
Know before changing: a source is one common table expression with one row per receivable (`receivable_id`) or per customer
(`customer_id`); a fact is an expression over its source. book/snapshot.py joins only the sources of the facts in use.
Every value is an INTEGER or TEXT: money in minor units of the policy's currency (each receivable converted at the as-of rate
and rounded half-up, then added, so that parts add up to their whole), percent in hundredths of a percent rounded half-up,
flags 0/1, dates ISO text. NULL is "missing".
Parameters: `:as_of`, `:known_at`, `:year_ago` (as_of less 12 months). Temporary tables that the snapshot lays down first:
`position` (the receivables open as of the date), `settled` (those paid in full in the last 12 months, and when), `debtors`
(the customers asked about), `rates` (to the policy's currency), `episodes` (of customers that were escalated as a whole).
"""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Source:
    """One common table expression; `needs` names the sources it reads, `converts` the tables whose amounts it converts."""

    name: str
    sql: str
    needs: tuple[str, ...] = ()
    converts: tuple[str, ...] = ()


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


def days(later: str, earlier: str) -> str:
    """SQL for the whole days between two ISO dates; the one expression that differs from engine to engine."""
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def month_end(date: str, shift: int) -> str:
    """SQL for the last day of the month that (date + shift days) falls in."""
    return f"date({date}, '{shift:+d} days', 'start of month', '+1 month', '-1 day')"


def share(part: str, whole: str) -> str:
    """SQL for part of whole in hundredths of a percent, rounded half away from zero; missing where whole is 0."""
    doubled = f"(20000 * abs({part}) + {whole}) / (2 * {whole})"
    return f"CASE WHEN {whole} > 0 THEN CASE WHEN {part} < 0 THEN -({doubled}) ELSE {doubled} END END"


def mean(total: str, number: str) -> str:
    """SQL for total / number of non-negative integers, rounded half-up; missing where number is 0."""
    return f"CASE WHEN {number} > 0 THEN (2 * {total} + {number}) / (2 * {number}) END"


def converted(amount: str, rate: str) -> str:
    """SQL for a non-negative amount in the policy's currency, half-up, without leaving 64 bits (see money.convert)."""
    whole, rest = f"{amount} / {rate}.denominator", f"{amount} % {rate}.denominator"
    return (
        f"{whole} * {rate}.numerator"
        f" + (2 * ({rest}) * {rate}.numerator + {rate}.denominator) / (2 * {rate}.denominator)"
    )


_KNOWN = "recorded_at <= :known_at"

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        # -- of a receivable ------------------------------------------------------------------------------------------
        Source(
            "open_item",
            "SELECT receivable_id, customer_id, currency, kind, issued, due, age, amount, open, value, original_value"
            " FROM position",
        ),
        Source(
            "contested",
            f"""SELECT position.receivable_id, position.customer_id, position.value,
              CASE WHEN d.whole = 1 OR d.amount >= position.open THEN 'whole' ELSE 'part' END AS state,
              CASE WHEN d.whole = 1 OR d.amount >= position.open THEN position.value
                ELSE {converted("d.amount", "rates")} END AS disputed_value,
              CASE WHEN d.whole = 1 OR d.amount >= position.open THEN position.open ELSE d.amount END AS disputed,
              d.opened
            FROM (SELECT receivable_id, MAX(CASE WHEN amount IS NULL THEN 1 ELSE 0 END) AS whole, SUM(amount) AS amount,
                MIN(opened) AS opened
              FROM disputes
              WHERE opened <= :as_of AND {_KNOWN} AND NOT EXISTS (SELECT 1 FROM dispute_resolutions AS r
                WHERE r.dispute_id = disputes.id AND r.resolved <= :as_of AND r.{_KNOWN})
              GROUP BY receivable_id) AS d
            JOIN position ON position.receivable_id = d.receivable_id
            JOIN rates ON rates.currency = position.currency""",
        ),
        # A promise is kept when enough was paid between its making and its deadline, or nothing was left to pay.
        Source(
            "promise_state",
            f"""SELECT p.id AS promise_id, p.customer_id, p.receivable_id, p.made, p.promised, p.deadline,
              CASE WHEN p.paid >= p.amount OR p.settled = 1 THEN 'kept'
                WHEN :as_of <= p.deadline THEN 'pending' ELSE 'broken' END AS state
            FROM (SELECT q.*,
                CASE WHEN q.receivable_id IS NULL
                  THEN (SELECT COALESCE(SUM(x.amount), 0) FROM payments AS x WHERE x.customer_id = q.customer_id
                    AND x.currency = q.currency AND x.received BETWEEN q.made AND q.deadline
                    AND x.received <= :as_of AND x.{_KNOWN})
                  ELSE (SELECT COALESCE(SUM(x.amount), 0) FROM allocations AS x WHERE x.receivable_id = q.receivable_id
                    AND x.date BETWEEN q.made AND q.deadline AND x.date <= :as_of AND x.{_KNOWN})
                END AS paid,
                CASE WHEN q.receivable_id IS NULL THEN 0
                  WHEN (SELECT COALESCE(SUM(x.amount), 0) FROM allocations AS x WHERE x.receivable_id = q.receivable_id
                    AND x.date <= q.deadline AND x.date <= :as_of AND x.{_KNOWN})
                    >= (SELECT r.amount FROM receivables AS r WHERE r.id = q.receivable_id) THEN 1 ELSE 0
                END AS settled
              FROM (SELECT promises.*, date(promised, '+' || grace_days || ' days') AS deadline FROM promises
                WHERE made <= :as_of AND {_KNOWN}) AS q) AS p""",
        ),
        Source(
            "pledge",
            """SELECT receivable_id, state, promised FROM (
              SELECT position.receivable_id, s.state, s.promised, ROW_NUMBER() OVER (PARTITION BY position.receivable_id
                ORDER BY CASE WHEN s.state = 'pending' THEN 0 ELSE 1 END, s.made DESC, s.promise_id DESC) AS newest
              FROM promise_state AS s JOIN position ON position.customer_id = s.customer_id
                AND (s.receivable_id IS NULL OR s.receivable_id = position.receivable_id)) AS ranked
            WHERE newest = 1""",
            ("promise_state",),
        ),
        Source(
            "effect",
            f"""SELECT id, receivable_id, customer_id, subject, kind, episode, level_to, as_of, deadline, outbox_id, address
            FROM effects AS e
            WHERE e.as_of <= :as_of AND e.{_KNOWN} AND e.reverses IS NULL AND NOT EXISTS (SELECT 1 FROM effects AS r
              WHERE r.reverses = e.id AND r.as_of <= :as_of AND r.{_KNOWN})""",
        ),
        Source(
            "dunned",
            """SELECT receivable_id, COUNT(CASE WHEN kind = 'notice' THEN 1 END) AS notices,
              MAX(CASE WHEN kind = 'notice' THEN as_of END) AS last_notice,
              MAX(CASE WHEN level_to IS NOT NULL THEN id END) AS last_step,
              MAX(CASE WHEN level_to IS NOT NULL THEN as_of END) AS level_date,
              MAX(CASE WHEN kind = 'hand_over' THEN 1 ELSE 0 END) AS handed_over,
              MAX(CASE WHEN kind = 'late_fee' THEN 1 ELSE 0 END) AS fee_charged
            FROM effect WHERE subject = 'receivable' GROUP BY receivable_id""",
            ("effect",),
        ),
        # The level in effect is that of the last effect that carried one.
        Source(
            "rung",
            """SELECT dunned.receivable_id, e.level_to AS level,
              CASE WHEN e.outbox_id IS NULL THEN NULL WHEN EXISTS (SELECT 1 FROM deliveries AS d
                WHERE d.outbox_id = e.outbox_id AND d.status = 'sent' AND d.attempted_at <= :known_at)
                THEN 1 ELSE 0 END AS sent
            FROM dunned JOIN effects AS e ON e.id = dunned.last_step""",
            ("dunned",),
        ),
        Source(
            "steps",
            """SELECT e.receivable_id, COUNT(*) AS times FROM rung JOIN effect AS e ON e.receivable_id = rung.receivable_id
              AND e.level_to = rung.level
            WHERE e.subject = 'receivable' GROUP BY e.receivable_id""",
            ("effect", "rung"),
        ),
        Source(
            "asked",
            """SELECT receivable_id, deadline FROM (
              SELECT receivable_id, deadline, ROW_NUMBER() OVER (PARTITION BY receivable_id ORDER BY as_of DESC, id DESC)
                AS newest
              FROM effect WHERE subject = 'receivable' AND kind = 'notice') AS ranked
            WHERE newest = 1""",
            ("effect",),
        ),
        Source(
            "held",
            f"""SELECT h.kind, h.customer_id, h.receivable_id, h.valid_from FROM holds AS h
            WHERE h.valid_from <= :as_of AND (h.valid_until IS NULL OR h.valid_until >= :as_of) AND h.{_KNOWN}
              AND NOT EXISTS (SELECT 1 FROM hold_releases AS x WHERE x.hold_id = h.id AND x.released <= :as_of
                AND x.{_KNOWN})""",
        ),
        Source(
            "stop",
            """SELECT position.receivable_id, 1 AS held FROM position JOIN held ON held.kind = 'dunning'
              AND held.customer_id = position.customer_id
              AND (held.receivable_id IS NULL OR held.receivable_id = position.receivable_id)
            GROUP BY position.receivable_id""",
            ("held",),
        ),
        # -- of a customer --------------------------------------------------------------------------------------------
        Source(
            "profile",
            f"""SELECT v.*, {converted("v.credit_limit", "rates")} AS limit_value
            FROM debtors JOIN customer_versions AS v ON v.id = (SELECT w.id FROM customer_versions AS w
              WHERE w.customer_id = debtors.customer_id AND w.valid_from <= :as_of AND w.{_KNOWN}
              ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)
            LEFT JOIN rates ON rates.currency = v.currency""",
            converts=("customer_versions",),
        ),
        Source(
            "home",
            "SELECT c.id AS customer_id, e.code, e.currency FROM customers AS c JOIN entities AS e ON e.id = c.entity_id",
        ),
        Source(
            "balance",
            """SELECT customer_id, COUNT(*) AS receivables, SUM(value) AS value, MIN(due) AS oldest_due, MAX(age) AS oldest_age,
              COUNT(CASE WHEN age > 0 THEN 1 END) AS overdue_count, SUM(CASE WHEN age > 0 THEN value ELSE 0 END) AS overdue
            FROM position GROUP BY customer_id""",
        ),
        Source(
            "ages",
            """SELECT customer_id, MIN(issued) AS oldest_issued, MAX(value) AS largest,
              SUM(CASE WHEN age <= 0 THEN value ELSE 0 END) AS not_due,
              SUM(CASE WHEN age BETWEEN 1 AND 30 THEN value ELSE 0 END) AS overdue_1_30,
              SUM(CASE WHEN age BETWEEN 31 AND 60 THEN value ELSE 0 END) AS overdue_31_60,
              SUM(CASE WHEN age BETWEEN 61 AND 90 THEN value ELSE 0 END) AS overdue_61_90,
              SUM(CASE WHEN age > 90 THEN value ELSE 0 END) AS overdue_over_90
            FROM position GROUP BY customer_id""",
        ),
        Source(
            "quarrel",
            """SELECT c.customer_id, COUNT(*) AS disputes, SUM(c.disputed_value) AS disputed,
              SUM(CASE WHEN p.due < :as_of THEN c.disputed_value ELSE 0 END) AS disputed_overdue
            FROM contested AS c JOIN position AS p ON p.receivable_id = c.receivable_id GROUP BY c.customer_id""",
            ("contested",),
        ),
        Source(
            "unapplied",
            f"""SELECT c.customer_id, SUM({converted("c.rest", "rates")}) AS value FROM (
              SELECT p.customer_id, p.currency, p.amount - (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a
                WHERE a.payment_id = p.id AND a.date <= :as_of AND a.{_KNOWN}) AS rest
              FROM payments AS p WHERE p.received <= :as_of AND p.{_KNOWN}
              UNION ALL
              SELECT p.customer_id, p.currency, p.amount - (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a
                WHERE a.credit_id = p.id AND a.date <= :as_of AND a.{_KNOWN}) AS rest
              FROM credits AS p WHERE p.issued <= :as_of AND p.{_KNOWN}) AS c
            JOIN rates ON rates.currency = c.currency WHERE c.rest > 0 GROUP BY c.customer_id""",
            converts=("payments", "credits"),
        ),
        Source(
            "ordered",
            f"""SELECT o.customer_id, SUM({converted("o.amount", "rates")}) AS value FROM orders AS o
            JOIN rates ON rates.currency = o.currency
            WHERE o.ordered <= :as_of AND (o.closed IS NULL OR o.closed > :as_of) AND o.{_KNOWN}
            GROUP BY o.customer_id""",
            converts=("orders",),
        ),
        Source(
            "exposed",
            """SELECT c.customer_id,
              COALESCE(balance.value, 0) - COALESCE(unapplied.value, 0) + COALESCE(ordered.value, 0) AS value
            FROM debtors AS c LEFT JOIN balance ON balance.customer_id = c.customer_id
            LEFT JOIN unapplied ON unapplied.customer_id = c.customer_id
            LEFT JOIN ordered ON ordered.customer_id = c.customer_id""",
            ("balance", "unapplied", "ordered"),
        ),
        # What was paid in full in the last 12 months; the last day that moved its open amount is the day it was.
        Source(
            "history",
            """SELECT customer_id, COUNT(*) AS paid, COUNT(CASE WHEN paid <= due THEN 1 END) AS on_time FROM settled
            GROUP BY customer_id""",
        ),
        Source(
            "delay",
            f"""SELECT customer_id, COUNT(*) AS paid, SUM(late) AS late, SUM(late * value) AS late_value, SUM(value) AS value
            FROM (SELECT s.customer_id, {converted("s.amount", "rates")} AS value,
                CASE WHEN s.paid > s.due THEN {days("s.paid", "s.due")} ELSE 0 END AS late
              FROM settled AS s JOIN rates ON rates.currency = s.currency) AS w
            GROUP BY customer_id""",
            converts=("receivables",),
        ),
        Source(
            "lateness",
            """SELECT customer_id, COUNT(*) AS times FROM (
              SELECT customer_id FROM position WHERE due < :as_of
              UNION ALL SELECT customer_id FROM settled WHERE paid > date(due, '+1 day')
                AND paid > date(:year_ago, '+1 day')) AS l
            GROUP BY customer_id""",
        ),
        Source(
            "sold",
            f"""SELECT r.customer_id, SUM(CASE WHEN r.issued > :year_ago THEN {converted("r.amount", "rates")} ELSE 0 END)
              AS value, MIN(r.issued) AS first
            FROM receivables AS r JOIN rates ON rates.currency = r.currency
            WHERE r.kind IN ('invoice', 'instalment', 'debit_note') AND r.posted <= :as_of AND r.{_KNOWN}
            GROUP BY r.customer_id""",
            converts=("receivables",),
        ),
        Source(
            "paid",
            f"""SELECT p.customer_id, p.received, {converted("p.amount", "rates")} AS value FROM (
              SELECT payments.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY received DESC, id DESC) AS newest
              FROM payments WHERE received <= :as_of AND {_KNOWN}) AS p
            JOIN rates ON rates.currency = p.currency WHERE p.newest = 1""",
            converts=("payments",),
        ),
        Source(
            "word",
            """SELECT customer_id, state, promised FROM (
              SELECT customer_id, state, promised, ROW_NUMBER() OVER (PARTITION BY customer_id
                ORDER BY CASE WHEN state = 'pending' THEN 0 ELSE 1 END, made DESC, promise_id DESC) AS newest
              FROM promise_state WHERE receivable_id IS NULL) AS ranked
            WHERE newest = 1""",
            ("promise_state",),
        ),
        Source(
            "broken",
            """SELECT customer_id, COUNT(*) AS times FROM promise_state
            WHERE state = 'broken' AND deadline > :year_ago GROUP BY customer_id""",
            ("promise_state",),
        ),
        Source(
            "addressed",
            """SELECT customer_id, COUNT(DISTINCT CASE WHEN kind = 'notice' AND as_of > :year_ago
                THEN as_of || address END) AS notices,
              MAX(CASE WHEN kind = 'notice' THEN as_of END) AS last_notice,
              MAX(CASE WHEN kind = 'hand_over' THEN 1 ELSE 0 END) AS handed_over
            FROM effect GROUP BY customer_id""",
            ("effect",),
        ),
        Source(
            "asked_customer",
            """SELECT customer_id, deadline FROM (
              SELECT customer_id, deadline, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY as_of DESC, id DESC)
                AS newest
              FROM effect WHERE kind = 'notice') AS ranked
            WHERE newest = 1""",
            ("effect",),
        ),
        Source(
            "peak",
            """SELECT position.customer_id, MAX(rung.level) AS level FROM rung
            JOIN position ON position.receivable_id = rung.receivable_id GROUP BY position.customer_id""",
            ("rung",),
        ),
        Source("spell", "SELECT customer_id, episode FROM episodes"),
        # One step of a customer's ladder may be several letters, one per entity and currency: the same level, the same day.
        Source(
            "climb",
            """SELECT e.id, e.customer_id, e.level_to, e.as_of,
              CASE WHEN e.outbox_id IS NULL THEN NULL WHEN EXISTS (SELECT 1 FROM deliveries AS d
                WHERE d.outbox_id = e.outbox_id AND d.status = 'sent' AND d.attempted_at <= :known_at)
                THEN 1 ELSE 0 END AS sent
            FROM effect AS e JOIN spell ON spell.customer_id = e.customer_id AND spell.episode = e.episode
            WHERE e.subject = 'customer' AND e.level_to IS NOT NULL""",
            ("effect", "spell"),
        ),
        Source(
            "customer_rung",
            """SELECT top.customer_id, top.level_to AS level, top.as_of AS level_date, taken.times, letters.sent FROM (
              SELECT customer_id, level_to, as_of, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY id DESC) AS newest
              FROM climb) AS top
            LEFT JOIN (SELECT customer_id, level_to, COUNT(DISTINCT as_of) AS times FROM climb
              GROUP BY customer_id, level_to) AS taken
              ON taken.customer_id = top.customer_id AND taken.level_to = top.level_to
            LEFT JOIN (SELECT customer_id, level_to, as_of, MIN(sent) AS sent FROM climb
              GROUP BY customer_id, level_to, as_of) AS letters
              ON letters.customer_id = top.customer_id AND letters.level_to = top.level_to AND letters.as_of = top.as_of
            WHERE top.newest = 1""",
            ("climb",),
        ),
        Source(
            "barred",
            """SELECT customer_id, MAX(CASE WHEN kind = 'credit' THEN 1 ELSE 0 END) AS credit,
              MAX(CASE WHEN kind = 'dunning' AND receivable_id IS NULL THEN 1 ELSE 0 END) AS dunning,
              MIN(CASE WHEN kind = 'credit' THEN valid_from END) AS credit_since
            FROM held GROUP BY customer_id""",
            ("held",),
        ),
        Source(
            "reach",
            f"""SELECT customer_id,
              MAX(CASE WHEN do_not_contact = 0 AND email IS NOT NULL THEN 1 ELSE 0 END) AS email,
              MAX(CASE WHEN do_not_contact = 0 AND phone IS NOT NULL THEN 1 ELSE 0 END) AS phone,
              MAX(CASE WHEN do_not_contact = 0 AND address IS NOT NULL THEN 1 ELSE 0 END) AS address
            FROM contacts WHERE {_KNOWN} GROUP BY customer_id""",
        ),
        Source(
            "spoken",
            f"SELECT customer_id, MAX(date) AS last FROM activities WHERE date <= :as_of AND {_KNOWN} GROUP BY customer_id",
        ),
    )
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


FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        # -- of a receivable ------------------------------------------------------------------------------------------
        Fact(
            "days_past_due",
            _DAYS,
            "Days since the due date: 0 on it, negative before it.",
            "open_item",
            "open_item.age",
            neutral=0,
        ),
        Fact(
            "days_until_due",
            _DAYS,
            "Days until the due date: 0 on it, negative after it.",
            "open_item",
            "-open_item.age",
            neutral=0,
        ),
        Fact(
            "days_since_invoice",
            _DAYS,
            "Days since the date of the invoice.",
            "open_item",
            _since("open_item.issued"),
            neutral=30,
        ),
        Fact("due_date", _DATE, "The date the amount is to be paid by.", "open_item", "open_item.due"),
        Fact("invoice_date", _DATE, "The date of the invoice.", "open_item", "open_item.issued"),
        Fact("open_amount", _MONEY, "What is still to be paid of it.", "open_item", "open_item.value", neutral=100_000),
        Fact(
            "original_amount",
            _MONEY,
            "Its amount before any payment or credit.",
            "open_item",
            "open_item.original_value",
            neutral=100_000,
        ),
        Fact(
            "paid_share",
            _PERCENT,
            "How much of the original amount has been paid or credited.",
            "open_item",
            share("(open_item.amount - open_item.open)", "open_item.amount"),
            neutral=0,
        ),
        Fact(
            "kind",
            _TEXT,
            "What it is: an invoice, an instalment of one, a debit note, a fee or interest.",
            "open_item",
            "open_item.kind",
            KINDS,
            "invoice",
        ),
        Fact("currency", _TEXT, "The currency it is owed in (ISO 4217).", "open_item", "open_item.currency"),
        Fact(
            "dispute",
            _TEXT,
            "Whether the customer contests it: none, part of it, or the whole.",
            "contested",
            _or("contested.state", "'none'"),
            DISPUTE_STATES,
            "none",
        ),
        Fact(
            "disputed_amount",
            _MONEY,
            "The contested part of the open amount.",
            "contested",
            _or("contested.disputed_value", "0"),
            neutral=0,
        ),
        Fact(
            "undisputed_amount",
            _MONEY,
            "The open amount less its contested part: what may be chased.",
            "contested",
            "open_item.value - COALESCE(contested.disputed_value, 0)",
            neutral=100_000,
        ),
        Fact(
            "days_since_dispute",
            _DAYS,
            "Days since its oldest unresolved dispute was opened.",
            "contested",
            _since("contested.opened"),
        ),
        Fact(
            "promise",
            _TEXT,
            "The promise to pay it: none, pending until its date and grace, kept, or broken.",
            "pledge",
            _or("pledge.state", "'none'"),
            PROMISE_STATES,
            "none",
        ),
        Fact("promised_date", _DATE, "The date that the customer committed to pay on.", "pledge", "pledge.promised"),
        Fact(
            "days_since_promised_date",
            _DAYS,
            "Days since the date that the customer committed to pay on.",
            "pledge",
            _since("pledge.promised"),
        ),
        Fact(
            "dunning_hold",
            _FLAG,
            "Whether chasing it is stopped, for it alone or for the whole customer.",
            "stop",
            _or("stop.held", "0"),
            neutral=0,
        ),
        Fact(
            "level",
            _COUNT,
            "How far it has been escalated: 0 before the first level.",
            "rung",
            _or("rung.level", "0"),
            neutral=0,
        ),
        Fact(
            "notices_sent", _COUNT, "How many notices it has been in.", "dunned", _or("dunned.notices", "0"), neutral=0
        ),
        Fact(
            "times_at_level",
            _COUNT,
            "How many times its present level has been carried out, repetitions included.",
            "steps",
            _or("steps.times", "0"),
            neutral=0,
        ),
        Fact(
            "days_since_level",
            _DAYS,
            "Days since its last step on the ladder, a repetition included.",
            "dunned",
            _since("dunned.level_date"),
        ),
        Fact(
            "days_since_last_notice",
            _DAYS,
            "Days since the last notice it was in.",
            "dunned",
            _since("dunned.last_notice"),
        ),
        Fact("last_notice_date", _DATE, "The date of the last notice it was in.", "dunned", "dunned.last_notice"),
        Fact(
            "days_since_deadline",
            _DAYS,
            "Days since the date that the last notice asked to pay by.",
            "asked",
            _since("asked.deadline"),
        ),
        Fact("deadline_date", _DATE, "The date that the last notice asked to pay by.", "asked", "asked.deadline"),
        Fact(
            "last_notice_delivered",
            _FLAG,
            "Whether the notice of its present level has left the outbox; missing where that level sent none.",
            "rung",
            "rung.sent",
        ),
        Fact(
            "fee_charged",
            _FLAG,
            "Whether a late fee has been charged for it.",
            "dunned",
            _or("dunned.fee_charged", "0"),
            neutral=0,
        ),
        Fact(
            "handed_over",
            _FLAG,
            "Whether it has been handed over to a lawyer or an agency.",
            "dunned",
            _or("dunned.handed_over", "0"),
            neutral=0,
        ),
        # -- of a customer: who they are --------------------------------------------------------------------------------
        Fact("customer.segment", _TEXT, "The segment that the customer belongs to.", "profile", "profile.segment"),
        Fact("customer.industry", _TEXT, "The customer's industry.", "profile", "profile.industry"),
        Fact("customer.country", _TEXT, "The customer's country (ISO 3166).", "profile", "profile.country"),
        Fact(
            "customer.entity", _TEXT, "The code of our legal entity that the customer belongs to.", "home", "home.code"
        ),
        Fact("customer.rating", _TEXT, "The customer's credit rating.", "profile", "profile.rating"),
        Fact(
            "customer.language",
            _TEXT,
            "The language that the customer is written to in.",
            "profile",
            "profile.language",
        ),
        Fact(
            "customer.collector", _TEXT, "The collector who looks after the customer.", "profile", "profile.collector"
        ),
        Fact("customer.terms_days", _DAYS, "The customer's payment terms.", "profile", "profile.terms_days"),
        Fact(
            "customer.relationship_days",
            _DAYS,
            "Days since the customer has been one, or since the first invoice.",
            "sold",
            "CASE WHEN profile.since IS NOT NULL THEN "
            + _since("profile.since")
            + " ELSE "
            + _since("sold.first")
            + " END",
        ),
        Fact(
            "customer.in_group",
            _FLAG,
            "Whether the customer has a parent.",
            "profile",
            "CASE WHEN profile.parent_id IS NULL THEN 0 ELSE 1 END",
            neutral=0,
        ),
        Fact(
            "customer.has_email",
            _FLAG,
            "Whether a contact who may be written to has an e-mail address.",
            "reach",
            _or("reach.email", "0"),
            neutral=1,
        ),
        Fact(
            "customer.has_phone",
            _FLAG,
            "Whether a contact who may be called has a telephone number.",
            "reach",
            _or("reach.phone", "0"),
            neutral=1,
        ),
        Fact(
            "customer.has_address",
            _FLAG,
            "Whether a contact who may be written to has a postal address.",
            "reach",
            _or("reach.address", "0"),
            neutral=1,
        ),
        # -- of a customer: what they owe -------------------------------------------------------------------------------
        Fact(
            "customer.open_amount",
            _MONEY,
            "What is still to be paid of all the customer's receivables.",
            "balance",
            _or("balance.value", "0"),
            neutral=0,
        ),
        Fact(
            "customer.open_count",
            _COUNT,
            "How many receivables are open.",
            "balance",
            _or("balance.receivables", "0"),
            neutral=0,
        ),
        Fact(
            "customer.not_due_amount",
            _MONEY,
            "The open amount that is not overdue.",
            "ages",
            _or("ages.not_due", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_amount",
            _MONEY,
            "The open amount that is 1 or more days past due.",
            "balance",
            _or("balance.overdue", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_1_30",
            _MONEY,
            "The open amount that is 1 to 30 days past due.",
            "ages",
            _or("ages.overdue_1_30", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_31_60",
            _MONEY,
            "The open amount that is 31 to 60 days past due.",
            "ages",
            _or("ages.overdue_31_60", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_61_90",
            _MONEY,
            "The open amount that is 61 to 90 days past due.",
            "ages",
            _or("ages.overdue_61_90", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_over_90",
            _MONEY,
            "The open amount that is more than 90 days past due.",
            "ages",
            _or("ages.overdue_over_90", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_count",
            _COUNT,
            "How many receivables are overdue.",
            "balance",
            _or("balance.overdue_count", "0"),
            neutral=0,
        ),
        Fact(
            "customer.overdue_share",
            _PERCENT,
            "How much of the open amount is overdue.",
            "balance",
            share("balance.overdue", "balance.value"),
            neutral=0,
        ),
        Fact(
            "customer.oldest_days_past_due",
            _DAYS,
            "Days past due of the open receivable that was due first.",
            "balance",
            "balance.oldest_age",
        ),
        Fact(
            "customer.oldest_due_date",
            _DATE,
            "The due date of the open receivable that was due first.",
            "balance",
            "balance.oldest_due",
        ),
        Fact(
            "customer.oldest_invoice_date",
            _DATE,
            "The earliest invoice date among the open receivables.",
            "ages",
            "ages.oldest_issued",
        ),
        Fact(
            "customer.days_since_oldest_invoice",
            _DAYS,
            "Days since the earliest invoice date among the open ones.",
            "ages",
            _since("ages.oldest_issued"),
        ),
        Fact(
            "customer.largest_receivable",
            _MONEY,
            "The largest open amount of one receivable.",
            "ages",
            _or("ages.largest", "0"),
            neutral=0,
        ),
        Fact(
            "customer.disputed_amount",
            _MONEY,
            "The contested part of the open amounts.",
            "quarrel",
            _or("quarrel.disputed", "0"),
            neutral=0,
        ),
        Fact(
            "customer.open_disputes",
            _COUNT,
            "How many open receivables the customer contests.",
            "quarrel",
            _or("quarrel.disputes", "0"),
            neutral=0,
        ),
        Fact(
            "customer.undisputed_overdue_amount",
            _MONEY,
            "The overdue amount less its contested part.",
            "quarrel",
            "COALESCE(balance.overdue, 0) - COALESCE(quarrel.disputed_overdue, 0)",
            neutral=0,
        ),
        Fact(
            "customer.unapplied_credit",
            _MONEY,
            "Credit notes and payments not yet allocated to a receivable.",
            "unapplied",
            _or("unapplied.value", "0"),
            neutral=0,
        ),
        Fact(
            "customer.open_orders",
            _MONEY,
            "Orders taken and not yet invoiced.",
            "ordered",
            _or("ordered.value", "0"),
            neutral=0,
        ),
        Fact(
            "customer.exposure",
            _MONEY,
            "Open amounts less unapplied credit, plus open orders.",
            "exposed",
            "exposed.value",
            neutral=0,
        ),
        Fact(
            "customer.credit_limit",
            _MONEY,
            "The credit limit; missing where none is set, 0 where there is no credit.",
            "profile",
            "profile.limit_value",
        ),
        Fact(
            "customer.headroom",
            _MONEY,
            "The credit limit less the exposure; negative when over the limit.",
            "exposed",
            "profile.limit_value - exposed.value",
        ),
        Fact(
            "customer.utilisation",
            _PERCENT,
            "Exposure in percent of the credit limit; missing where that is 0.",
            "exposed",
            share("exposed.value", "profile.limit_value"),
        ),
        # -- of a customer: how they pay --------------------------------------------------------------------------------
        Fact(
            "customer.paid_count_12m",
            _COUNT,
            "How many receivables were paid in full in the last 12 months.",
            "history",
            _or("history.paid", "0"),
            neutral=0,
        ),
        Fact(
            "customer.on_time_share_12m",
            _PERCENT,
            "How many of those were paid by their due date.",
            "history",
            share("history.on_time", "history.paid"),
        ),
        Fact(
            "customer.average_days_late_12m",
            _DAYS,
            "How late they were paid on average; on time counts as 0.",
            "delay",
            mean("delay.late", "delay.paid"),
        ),
        Fact(
            "customer.weighted_days_late_12m",
            _DAYS,
            "The same, weighted by amount.",
            "delay",
            mean("delay.late_value", "delay.value"),
        ),
        Fact(
            "customer.times_overdue_12m",
            _COUNT,
            "How many receivables were overdue at some time in the last 12 months.",
            "lateness",
            _or("lateness.times", "0"),
            neutral=0,
        ),
        Fact(
            "customer.sales_12m",
            _MONEY,
            "What was invoiced in the last 12 months.",
            "sold",
            _or("sold.value", "0"),
            neutral=0,
        ),
        Fact(
            "customer.days_since_last_payment", _DAYS, "Days since the last payment.", "paid", _since("paid.received")
        ),
        Fact("customer.last_payment_amount", _MONEY, "The amount of the last payment.", "paid", "paid.value"),
        Fact(
            "customer.promise",
            _TEXT,
            "The customer's promise for all that is owed: none, pending, kept or broken.",
            "word",
            _or("word.state", "'none'"),
            PROMISE_STATES,
            "none",
        ),
        Fact("customer.promised_date", _DATE, "The date of that promise.", "word", "word.promised"),
        Fact(
            "customer.days_since_promised_date",
            _DAYS,
            "Days since the date of that promise.",
            "word",
            _since("word.promised"),
        ),
        Fact(
            "customer.broken_promises_12m",
            _COUNT,
            "How many promises were broken in the last 12 months.",
            "broken",
            _or("broken.times", "0"),
            neutral=0,
        ),
        # -- of a customer: what we did ---------------------------------------------------------------------------------
        Fact(
            "customer.level",
            _COUNT,
            "How far the customer as a whole has been escalated in this overdue spell.",
            "customer_rung",
            _or("customer_rung.level", "0"),
            neutral=0,
        ),
        Fact(
            "customer.highest_level",
            _COUNT,
            "The highest level of the customer's open receivables.",
            "peak",
            _or("peak.level", "0"),
            neutral=0,
        ),
        Fact(
            "customer.notices_12m",
            _COUNT,
            "How many notices went to the customer in the last 12 months.",
            "addressed",
            _or("addressed.notices", "0"),
            neutral=0,
        ),
        Fact(
            "customer.times_at_level",
            _COUNT,
            "How many times the present level of the customer as a whole has been carried out, repetitions included.",
            "customer_rung",
            _or("customer_rung.times", "0"),
            neutral=0,
        ),
        Fact(
            "customer.days_since_level",
            _DAYS,
            "Days since the last step of the customer as a whole, a repetition included.",
            "customer_rung",
            _since("customer_rung.level_date"),
        ),
        Fact(
            "customer.days_since_last_notice",
            _DAYS,
            "Days since the last notice to the customer.",
            "addressed",
            _since("addressed.last_notice"),
        ),
        Fact(
            "customer.last_notice_date",
            _DATE,
            "The date of the last notice to the customer.",
            "addressed",
            "addressed.last_notice",
        ),
        Fact(
            "customer.days_since_deadline",
            _DAYS,
            "Days since the date that the last notice asked to pay by.",
            "asked_customer",
            _since("asked_customer.deadline"),
        ),
        Fact(
            "customer.deadline_date",
            _DATE,
            "The date that the last notice asked to pay by.",
            "asked_customer",
            "asked_customer.deadline",
        ),
        Fact(
            "customer.last_notice_delivered",
            _FLAG,
            "Whether the notice of the customer's present level has left the outbox;"
            " missing where that level sent none.",
            "customer_rung",
            "customer_rung.sent",
        ),
        Fact(
            "customer.days_since_contact",
            _DAYS,
            "Days since somebody last spoke to the customer.",
            "spoken",
            _since("spoken.last"),
        ),
        Fact(
            "customer.handed_over",
            _FLAG,
            "Whether something was handed over to a lawyer or an agency.",
            "addressed",
            _or("addressed.handed_over", "0"),
            neutral=0,
        ),
        Fact(
            "customer.credit_hold",
            _FLAG,
            "Whether the customer may not buy on credit.",
            "barred",
            _or("barred.credit", "0"),
            neutral=0,
        ),
        Fact(
            "customer.days_on_credit_hold",
            _DAYS,
            "Days since the credit hold began.",
            "barred",
            _since("barred.credit_since"),
        ),
        Fact(
            "customer.dunning_hold",
            _FLAG,
            "Whether chasing the whole customer is stopped.",
            "barred",
            _or("barred.dunning", "0"),
            neutral=0,
        ),
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
