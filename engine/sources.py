"""Where facts come from: common table expressions over the book, one row per receivable or per customer each.

Comes in: nothing. Goes out: SOURCES by name, and what engine/sql.py offers to those who read them.
Know before changing: here are those of what is owed, paid and chased; those of credit stand in engine/sources_credit.py. Each
source stands after those that it needs. book/snapshot.py joins only the sources of the facts in use. A row counts from its own
business date on, and only if it was recorded by `:known_at`.
Parameters: `:as_of`, `:known_at`, `:year_ago` (as_of less 12 months). Temporary tables that the snapshot lays down first:
`standing` (the receivables that are open, or were paid in full or due in the last 12 months), of these `position` (what is
open) and `settled` (what is not), `debtors` (the customers asked about), `rates` (to the policy's currency), `episodes` (of
customers that were escalated as a whole), `kin` (the top of each customer's group).
"""

from engine.sources_credit import CREDIT
from engine.sql import KNOWN as _KNOWN
from engine.sql import Source, column, converted, days, granted, later, mean, month_end, not_reversed, share

__all__ = ["SOURCES", "Source", "column", "converted", "days", "later", "mean", "month_end", "share"]

_OWED = (
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
              FROM (SELECT promises.*, COALESCE({later("promised", "grace_days")}, '9999-12-31') AS deadline FROM promises
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
        "repeats",
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
        f"""SELECT h.kind, h.customer_id, h.receivable_id, h.valid_from, h.valid_until, h.reason, h.reference, h.effect_id
            FROM holds AS h
            WHERE h.valid_from <= :as_of AND (h.valid_until IS NULL OR h.valid_until >= :as_of) AND h.{_KNOWN}
              AND (h.effect_id IS NULL OR {not_reversed("h.effect_id")})
              AND NOT EXISTS (SELECT 1 FROM hold_releases AS x WHERE x.hold_id = h.id AND x.released <= :as_of
                AND x.{_KNOWN} AND (x.effect_id IS NULL OR {not_reversed("x.effect_id")}))""",
    ),
    # Somebody lets the customer buy for a while, whatever credit holds there are.
    Source(
        "suspended",
        f"SELECT u.customer_id, 1 AS lifted FROM suspensions AS u WHERE {granted('u')} GROUP BY u.customer_id",
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
                AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")})
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
        f"""SELECT o.customer_id, SUM({converted("o.amount", "rates")}) AS value,
              MAX({converted("o.amount", "rates")}) AS largest
            FROM orders AS o
            JOIN rates ON rates.currency = o.currency
            WHERE o.ordered <= :as_of AND (o.closed IS NULL OR o.closed > :as_of) AND o.{_KNOWN}
              AND NOT EXISTS (SELECT 1 FROM order_closings AS x WHERE x.order_id = o.id AND x.closed <= :as_of
                AND x.{_KNOWN})
            GROUP BY o.customer_id""",
        converts=("orders",),
    ),
    Source(
        "owing",
        """SELECT customer_id, SUM(value) AS value FROM (SELECT customer_id, value FROM balance
              UNION ALL SELECT customer_id, -value FROM unapplied UNION ALL SELECT customer_id, value FROM ordered) AS parts
            GROUP BY customer_id""",
        ("balance", "unapplied", "ordered"),
    ),
    Source(
        "exposed",
        """SELECT c.customer_id, COALESCE(owing.value, 0) AS value
            FROM debtors AS c LEFT JOIN owing ON owing.customer_id = c.customer_id""",
        ("owing",),
    ),
    # What was paid in full in the last 12 months; the last day that moved its open amount is the day it was.
    Source(
        "history",
        """SELECT customer_id, COUNT(*) AS paid, COUNT(CASE WHEN paid <= due THEN 1 END) AS on_time FROM settled
            WHERE paid > :year_ago GROUP BY customer_id""",
    ),
    Source(
        "delay",
        f"""SELECT customer_id, COUNT(*) AS paid, SUM(late) AS late, SUM(late * value) AS late_value, SUM(value) AS value,
              SUM(late * value * recent) AS recent_late, SUM(value * recent) AS recent_value
            FROM (SELECT s.customer_id, {converted("s.amount", "rates")} AS value,
                CASE WHEN s.paid > s.due THEN {days("s.paid", "s.due")} ELSE 0 END AS late,
                CASE WHEN s.paid > {later(":as_of", "-90")} THEN 1 ELSE 0 END AS recent
              FROM settled AS s JOIN rates ON rates.currency = s.currency WHERE s.paid > :year_ago) AS w
            GROUP BY customer_id""",
        converts=("receivables",),
    ),
    Source(
        "lateness",
        f"""SELECT customer_id, COUNT(*) AS times FROM (
              SELECT customer_id FROM position WHERE due < :as_of
              UNION ALL SELECT customer_id FROM settled WHERE paid > {later("due", "1")}
                AND paid > {later(":year_ago", "1")}) AS l
            GROUP BY customer_id""",
    ),
    # `+` keeps SQLite from reading along the index of customers, a row here and a row there: that takes three times as long.
    Source(
        "sold",
        f"""SELECT r.customer_id, SUM({converted("r.amount", "rates")}) AS value,
              SUM(CASE WHEN r.issued > {later(":as_of", "-90")} THEN {converted("r.amount", "rates")} ELSE 0 END) AS recent
            FROM receivables AS r JOIN rates ON rates.currency = r.currency
            WHERE r.kind IN ('invoice', 'instalment', 'debit_note') AND r.issued > :year_ago AND r.posted <= :as_of
              AND r.{_KNOWN}
            GROUP BY +r.customer_id""",
        converts=("receivables",),
    ),
    Source(
        "first_sold",
        f"""SELECT r.customer_id, MIN(r.issued) AS day FROM receivables AS r
            WHERE r.kind IN ('invoice', 'instalment', 'debit_note') AND r.posted <= :as_of AND r.{_KNOWN}
            GROUP BY +r.customer_id""",
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
        """SELECT customer_id, COUNT(CASE WHEN deadline > :year_ago THEN 1 END) AS times, MAX(deadline) AS last
            FROM promise_state WHERE state = 'broken' GROUP BY customer_id""",
        ("promise_state",),
    ),
    Source(
        "addressed",
        """SELECT customer_id, COUNT(DISTINCT CASE WHEN kind = 'notice' AND as_of > :year_ago
                THEN as_of || address END) AS notices,
              MAX(CASE WHEN kind = 'notice' THEN as_of END) AS last_notice
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
    # What was handed over counts while it is open; of the customer as a whole, while the overdue spell lasts.
    Source(
        "surrendered",
        """SELECT e.customer_id, 1 AS handed_over FROM effect AS e LEFT JOIN spell ON spell.customer_id = e.customer_id
            WHERE e.kind = 'hand_over' AND (e.receivable_id IN (SELECT receivable_id FROM position)
              OR (e.receivable_id IS NULL AND e.episode = spell.episode))
            GROUP BY e.customer_id""",
        ("effect", "spell"),
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

SOURCES: dict[str, Source] = {source.name: source for source in (*_OWED, *CREDIT)}
