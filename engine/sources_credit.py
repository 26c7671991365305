"""Where the facts of credit come from: evidence, securities, what people granted, groups, reviews and steps.

Comes in: nothing. Goes out: CREDIT, the sources that engine/sources.py puts behind its own.
Know before changing: engine/sources.py says what a source may stand on. Evidence counts from the day that we had it
(`received`, `assessed`), not from the day that it speaks of. What people grant counts while it is confirmed and not withdrawn,
and what an effect wrote until the effect is reversed (`granted` and `not_reversed` in engine/sql.py).
"""

from engine.sql import KNOWN as _KNOWN
from engine.sql import Source, converted, converted_either_way, granted, later, not_reversed

# The last 90 days, the day of as_of among them, begin after this date.
_QUARTER_AGO = later(":as_of", "-90")
# The 270 days before them begin after this one.
_FOUR_QUARTERS_AGO = later(":as_of", "-360")
# What rates a customer: reports of agencies and our own; a trade reference only tells of somebody's experience.
_JUDGES = "kind IN ('agency', 'own')"

CREDIT = (
    # -- limits and groups ------------------------------------------------------------------------------------------------
    Source(
        "allowed",
        f"""SELECT customer_id, scope, value FROM (
          SELECT g.customer_id, g.scope, {converted("g.amount", "rates")} AS value, ROW_NUMBER() OVER (
            PARTITION BY g.customer_id, g.scope ORDER BY g.valid_from DESC, g.id DESC) AS newest
          FROM granted_limits AS g JOIN rates ON rates.currency = g.currency WHERE {granted("g")}) AS ranked
        WHERE newest = 1""",
        converts=("granted_limits",),
    ),
    Source(
        "line",
        """SELECT c.customer_id, allowed.value AS temporary, COALESCE(allowed.value, profile.limit_value) AS own
        FROM debtors AS c LEFT JOIN profile ON profile.customer_id = c.customer_id
        LEFT JOIN allowed ON allowed.customer_id = c.customer_id AND allowed.scope = 'own'""",
        ("allowed", "profile"),
    ),
    Source("kindred", "SELECT customer_id, top_id FROM kin"),
    Source(
        "group_line",
        """SELECT kindred.customer_id, allowed.value FROM allowed JOIN kindred ON kindred.top_id = allowed.customer_id
        WHERE allowed.scope = 'group'""",
        ("allowed", "kindred"),
    ),
    # Of a customer who stands alone, too: a group limit may be granted to one.
    Source(
        "group_exposed",
        """SELECT kindred.customer_id, g.members, g.value FROM (
          SELECT kindred.top_id, COUNT(*) AS members, SUM(COALESCE(owing.value, 0)) AS value FROM kindred
          LEFT JOIN owing ON owing.customer_id = kindred.customer_id GROUP BY kindred.top_id) AS g
        JOIN kindred ON kindred.top_id = g.top_id""",
        ("kindred", "owing"),
    ),
    # -- evidence ---------------------------------------------------------------------------------------------------------
    Source(
        "statement",
        f"""SELECT * FROM (
          SELECT financials.*, CASE WHEN valid_until < :as_of THEN 0 ELSE 1 END AS valid,
            ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY period_end DESC, received DESC) AS newest
          FROM financials WHERE received <= :as_of AND {_KNOWN}) AS ranked
        WHERE newest = 1""",
    ),
    Source("accounts", "SELECT * FROM statement WHERE valid = 1", ("statement",)),
    Source(
        "figures",
        f"""SELECT accounts.customer_id, {converted_either_way("accounts.equity", "rates")} AS equity,
          {converted("accounts.sales", "rates")} AS sales,
          {converted_either_way("accounts.net_profit", "rates")} AS net_profit
        FROM accounts JOIN rates ON rates.currency = accounts.currency""",
        ("accounts",),
        converts=("financials",),
    ),
    Source(
        "growth",
        f"""SELECT customer_id, sales, before FROM (
          SELECT accounts.customer_id, accounts.sales, f.sales AS before, ROW_NUMBER() OVER (
            PARTITION BY accounts.customer_id ORDER BY f.period_end DESC, f.received DESC) AS newest
          FROM accounts JOIN financials AS f ON f.customer_id = accounts.customer_id AND f.months = accounts.months
            AND f.currency = accounts.currency AND f.period_end < accounts.period_end
          WHERE f.received <= :as_of AND f.{_KNOWN}) AS ranked
        WHERE newest = 1""",
        ("accounts",),
    ),
    Source(
        "judged",
        f"""SELECT customer_id, assessed, valid, score, rating, score - before AS change FROM (
          SELECT customer_id, assessed, score, rating, CASE WHEN valid_until < :as_of THEN 0 ELSE 1 END AS valid,
            LAG(score) OVER (PARTITION BY customer_id, source ORDER BY assessed, id) AS before,
            ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY assessed DESC, id DESC) AS newest
          FROM assessments
          WHERE {_JUDGES} AND (score IS NOT NULL OR rating IS NOT NULL) AND assessed <= :as_of AND {_KNOWN}) AS ranked
        WHERE newest = 1""",
    ),
    Source(
        "regraded",
        f"""SELECT customer_id, MAX(assessed) AS changed FROM (
          SELECT customer_id, assessed, rating,
            LAG(rating) OVER (PARTITION BY customer_id, source ORDER BY assessed, id) AS before
          FROM assessments WHERE {_JUDGES} AND rating IS NOT NULL AND assessed <= :as_of AND {_KNOWN}) AS ranked
        WHERE rating <> before GROUP BY customer_id""",
    ),
    Source(
        "solvency",
        f"""SELECT customer_id, insolvent FROM (
          SELECT customer_id, insolvent,
            ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY assessed DESC, id DESC) AS newest
          FROM assessments WHERE insolvent IS NOT NULL AND assessed <= :as_of AND {_KNOWN}) AS ranked
        WHERE newest = 1""",
    ),
    Source(
        "vouched",
        f"""SELECT customer_id, COUNT(*) AS voices, COUNT(CASE WHEN experience = 'bad' THEN 1 END) AS bad
        FROM assessments WHERE kind = 'reference' AND assessed <= :as_of
          AND (valid_until IS NULL OR valid_until >= :as_of) AND {_KNOWN}
        GROUP BY customer_id""",
    ),
    Source(
        "secured",
        f"""SELECT customer_id, SUM(value) AS value, SUM(CASE WHEN kind = 'insurance' THEN value ELSE 0 END) AS insured
        FROM (SELECT s.customer_id, s.kind, {converted("s.amount", "rates")} AS value
          FROM securities AS s JOIN rates ON rates.currency = s.currency
          WHERE s.valid_from <= :as_of AND (s.valid_until IS NULL OR s.valid_until >= :as_of) AND s.{_KNOWN}) AS valued
        GROUP BY customer_id""",
        converts=("securities",),
    ),
    # The outlook in the customer's country; where nobody said anything of it, that of all regions.
    Source(
        "climate",
        f"""SELECT customer_id, outlook, valid_from FROM (
          SELECT profile.customer_id, m.outlook, m.valid_from, ROW_NUMBER() OVER (PARTITION BY profile.customer_id
            ORDER BY CASE WHEN m.region = profile.country THEN 0 ELSE 1 END, m.valid_from DESC) AS newest
          FROM profile JOIN market AS m ON m.industry = profile.industry
            AND (m.region = profile.country OR m.region = 'all')
          WHERE m.valid_from <= :as_of AND m.{_KNOWN}) AS ranked
        WHERE newest = 1""",
        ("profile",),
    ),
    # -- how the customer pays and buys -----------------------------------------------------------------------------------
    # From the latest due date backwards: those before which, and with which, none is overdue or was paid late.
    Source(
        "streak",
        """SELECT customer_id, COUNT(*) AS times FROM (
          SELECT customer_id, SUM(CASE WHEN open > 0 OR paid > due THEN 1 ELSE 0 END) OVER (PARTITION BY customer_id
            ORDER BY due DESC, receivable_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS late
          FROM standing WHERE due > :year_ago AND due < :as_of) AS so_far
        WHERE late = 0 GROUP BY customer_id""",
    ),
    Source(
        "tardy",
        """SELECT customer_id, MAX(paid) AS last FROM settled WHERE paid > due AND paid > :year_ago
        GROUP BY customer_id""",
    ),
    Source(
        "refuted",
        f"""SELECT r.customer_id, COUNT(*) AS times FROM disputes AS d
        JOIN dispute_resolutions AS x ON x.dispute_id = d.id JOIN receivables AS r ON r.id = d.receivable_id
        WHERE d.opened <= :as_of AND d.{_KNOWN} AND x.outcome = 'rejected' AND x.resolved > :year_ago
          AND x.resolved <= :as_of AND x.{_KNOWN}
        GROUP BY r.customer_id""",
    ),
    # Each level counts once in each spell of each receivable, and of the customer as a whole.
    Source(
        "climbed",
        f"""SELECT customer_id, {", ".join(f"COUNT(CASE WHEN level_to = {n} THEN 1 END) AS level_{n}" for n in range(1, 5))}
        FROM (SELECT customer_id, receivable_id, episode, level_to FROM effect
          WHERE level_to IS NOT NULL AND as_of > :year_ago
          GROUP BY customer_id, receivable_id, episode, level_to) AS spells
        GROUP BY customer_id""",
        ("effect",),
    ),
    Source(
        "habit",
        f"""SELECT customer_id, COUNT(*) AS orders, SUM(value) AS value,
          SUM(CASE WHEN ordered > {_QUARTER_AGO} THEN value ELSE 0 END) AS recent,
          SUM(CASE WHEN ordered > {_FOUR_QUARTERS_AGO} AND ordered <= {_QUARTER_AGO} THEN value ELSE 0 END) AS former
        FROM (SELECT o.customer_id, o.ordered, {converted("o.amount", "rates")} AS value
          FROM orders AS o JOIN rates ON rates.currency = o.currency
          WHERE o.ordered <= :as_of AND o.ordered > :year_ago AND o.{_KNOWN}) AS valued
        GROUP BY customer_id""",
        converts=("orders",),
    ),
    # -- what people and policies decided ---------------------------------------------------------------------------------
    Source(
        "overruled",
        f"""SELECT customer_id, rating FROM (
          SELECT o.customer_id, o.rating, ROW_NUMBER() OVER (
            PARTITION BY o.customer_id ORDER BY o.valid_from DESC, o.id DESC) AS newest
          FROM rating_overrides AS o WHERE {granted("o")}) AS ranked
        WHERE newest = 1""",
    ),
    # A policy's first rating is a review, too; its later ones follow from facts and are none.
    Source(
        "seen",
        f"""SELECT customer_id, MAX(day) AS last FROM (
          SELECT customer_id, reviewed AS day FROM reviews WHERE reviewed <= :as_of AND {_KNOWN}
          UNION ALL SELECT customer_id, MIN(as_of) FROM effect WHERE kind = 'set_rating' GROUP BY customer_id) AS looks
        GROUP BY customer_id""",
        ("effect",),
    ),
    Source(
        "called",
        f"""SELECT customer_id, requested, due, because FROM (
          SELECT q.customer_id, q.requested, q.due, q.because,
            ROW_NUMBER() OVER (PARTITION BY q.customer_id ORDER BY q.requested, q.id) AS oldest
          FROM review_requests AS q WHERE q.requested <= :as_of AND q.{_KNOWN} AND {not_reversed("q.effect_id")}
            AND NOT EXISTS (SELECT 1 FROM reviews AS v WHERE v.customer_id = q.customer_id
              AND v.reviewed >= q.requested AND v.reviewed <= :as_of AND v.{_KNOWN})) AS waiting
        WHERE oldest = 1""",
    ),
    Source(
        "stepped",
        f"""SELECT s.customer_id, SUM(CASE WHEN s.of = 'limit' THEN s.steps ELSE 0 END) AS limit_steps,
          SUM(CASE WHEN s.of = 'terms' THEN s.steps ELSE 0 END) AS terms_steps,
          MAX(CASE WHEN s.of = 'limit' THEN s.taken END) AS limit_taken,
          MAX(CASE WHEN s.of = 'terms' THEN s.taken END) AS terms_taken
        FROM steps AS s WHERE s.taken <= :as_of AND s.{_KNOWN} AND {not_reversed("s.effect_id")}
        GROUP BY s.customer_id""",
    ),
)
