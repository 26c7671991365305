"""The floor: the decisions of bench/policies, taken by SQL that a person wrote for that one policy and nothing else.

Comes in: a book and a date. Goes out: a row per call: (receivable, rule, kind of action, level to, decisive reason or '').
Know before changing: it knows no vocabulary and no second policy; what the policy does not need is left out, and what
it needs is read once. A change of bench/policies/bench/v1.yaml is a change here, and bench/run.py compares the two.
"""

import sqlite3
from pathlib import Path

Row = tuple[str, str, str, int | None, str]

KNOWN_ALL = "9999-12-31T23:59:59Z"

# What is open, and when the rest was paid: one pass over the receivables, along the index of the allocations.
_SETTLED = """
CREATE TEMP TABLE settled AS
SELECT r.id, r.customer_id, r.due, r.amount, r.currency, r.kind, r.number,
  r.amount - COALESCE(SUM(a.amount), 0) AS open, MAX(a.date) AS last
FROM receivables AS r LEFT JOIN allocations AS a
  ON a.receivable_id = r.id AND a.date <= :as_of AND a.recorded_at <= :known_at
WHERE r.posted <= :as_of AND r.recorded_at <= :known_at
GROUP BY r.id
HAVING open > 0 OR (last > :year_ago AND open <= 0)
"""

# The latest rate to the euro by the date, direct or the inverse of the opposite one, as numerator and denominator.
RATES = """
CREATE TEMP TABLE euro AS
SELECT currency, n, d FROM (
  SELECT currency, n, d, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY inverse, date DESC) AS newest FROM (
    SELECT source AS currency, numerator AS n, denominator AS d, date, 0 AS inverse FROM fx_rates
      WHERE target = 'EUR' AND date <= :as_of AND recorded_at <= :known_at
    UNION ALL SELECT target, denominator, numerator, date, 1 FROM fx_rates
      WHERE source = 'EUR' AND date <= :as_of AND recorded_at <= :known_at))
WHERE newest = 1 UNION ALL SELECT 'EUR', 1, 1
"""

# What is open and 3 days past due or more, and the customers who owe it: nobody else can have a decision.
_LATE = """
CREATE TEMP TABLE late (receivable_id INTEGER PRIMARY KEY, number, customer_id, due, kind, open, n, d, value)
"""
_OVERDUE = """
INSERT INTO temp.late SELECT s.id AS receivable_id, s.number, s.customer_id, s.due, s.kind, s.open, euro.n, euro.d,
  s.open / euro.d * euro.n + (2 * (s.open % euro.d) * euro.n + euro.d) / (2 * euro.d) AS value
FROM settled AS s CROSS JOIN euro ON euro.currency = s.currency
WHERE s.open > 0 AND s.due <= date(:as_of, '-3 days')
"""
_DEBTORS = """
CREATE TEMP TABLE debtors (customer_id INTEGER PRIMARY KEY, oldest, on_time, paid, overdue, credit_limit, broken, spoken)
"""
_DESCRIBE = """
WITH paying AS (
  SELECT s.customer_id, MIN(CASE WHEN s.open > 0 THEN s.due END) AS oldest,
    COUNT(CASE WHEN s.open <= 0 AND s.last <= s.due THEN 1 END) AS on_time, COUNT(CASE WHEN s.open <= 0 THEN 1 END) AS paid,
    SUM(CASE WHEN s.open > 0 AND s.due < :as_of
      THEN s.open / euro.d * euro.n + (2 * (s.open % euro.d) * euro.n + euro.d) / (2 * euro.d) ELSE 0 END) AS overdue
  FROM settled AS s CROSS JOIN euro ON euro.currency = s.currency
  WHERE s.customer_id IN (SELECT customer_id FROM late) GROUP BY s.customer_id)
INSERT INTO temp.debtors
SELECT c.customer_id, c.oldest, c.on_time, c.paid, c.overdue,
  v.credit_limit / e.d * e.n + (2 * (v.credit_limit % e.d) * e.n + e.d) / (2 * e.d),
  (SELECT COUNT(*) FROM promised AS p WHERE p.customer_id = c.customer_id AND p.state = 'broken'
    AND p.deadline > :year_ago),
  EXISTS (SELECT 1 FROM activities AS a WHERE a.customer_id = c.customer_id
    AND a.date BETWEEN date(:as_of, '-3 days') AND :as_of AND a.recorded_at <= :known_at)
FROM paying AS c
CROSS JOIN customer_versions AS v ON v.id = (SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.customer_id
  AND w.valid_from <= :as_of AND w.recorded_at <= :known_at ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)
LEFT JOIN euro AS e ON e.currency = v.currency
WHERE v.segment IN ('sme', 'retail') OR v.rating IN ('C', 'D')
"""
_PROMISED = """
CREATE TEMP TABLE promised AS
SELECT customer_id, receivable_id, deadline, CASE WHEN paid >= amount OR settled THEN 'kept'
  WHEN :as_of <= deadline THEN 'pending' ELSE 'broken' END AS state
FROM (SELECT p.*, CASE WHEN p.receivable_id IS NULL
    THEN (SELECT COALESCE(SUM(x.amount), 0) FROM payments AS x WHERE x.customer_id = p.customer_id
      AND x.currency = p.currency AND x.received BETWEEN p.made AND MIN(p.deadline, :as_of) AND x.recorded_at <= :known_at)
    ELSE (SELECT COALESCE(SUM(x.amount), 0) FROM allocations AS x WHERE x.receivable_id = p.receivable_id
      AND x.date BETWEEN p.made AND MIN(p.deadline, :as_of) AND x.recorded_at <= :known_at) END AS paid,
  p.receivable_id IS NOT NULL AND (SELECT COALESCE(SUM(x.amount), 0) FROM allocations AS x
    WHERE x.receivable_id = p.receivable_id AND x.date <= MIN(p.deadline, :as_of) AND x.recorded_at <= :known_at)
    >= (SELECT r.amount FROM receivables AS r WHERE r.id = p.receivable_id) AS settled
  FROM (SELECT promises.*, date(promised, '+' || grace_days || ' days') AS deadline FROM promises
    WHERE made <= :as_of AND recorded_at <= :known_at) AS p)
"""
_INDEX = "CREATE INDEX temp.promised_customer ON promised (customer_id, receivable_id)"

_CALLS = """
WITH standing AS (
  SELECT e.receivable_id, e.kind, e.level_to, e.as_of, e.rule, e.id FROM late
  CROSS JOIN effects AS e ON e.receivable_id = late.receivable_id
  WHERE e.subject = 'receivable' AND e.as_of <= :as_of AND e.recorded_at <= :known_at AND +e.reverses IS NULL
    AND NOT EXISTS (SELECT 1 FROM effects AS r
      WHERE r.reverses = e.id AND r.as_of <= :as_of AND r.recorded_at <= :known_at)),
rung AS (
  SELECT receivable_id, level_to AS level, MAX(id) FROM standing WHERE level_to IS NOT NULL GROUP BY receivable_id),
written AS (
  SELECT receivable_id, MAX(as_of) AS last, MAX(id) AS id FROM standing WHERE kind = 'notice' GROUP BY receivable_id),
latest AS (
  SELECT receivable_id, last, NOT EXISTS (SELECT 1 FROM deliveries AS d
    JOIN effects AS e ON e.id = written.id AND d.outbox_id = e.outbox_id
    WHERE d.status = 'sent' AND d.attempted_at <= :known_at) AS waiting FROM written),
did AS (
  SELECT receivable_id, MAX(kind = 'late_fee') AS fee, MAX(kind = 'hand_over') AS over,
    MAX(rule = 'rule big-exposure-overdue') AS exposure, MAX(rule = 'rule promises-broken') AS promises,
    MAX(rule = 'rule used-to-pay-on-time') AS punctual FROM standing GROUP BY receivable_id),
disputed AS (
  SELECT late.receivable_id, MIN(d.opened) AS opened, MAX(d.amount IS NULL) = 1 OR SUM(d.amount) >= late.open AS whole,
    SUM(d.amount) / late.d * late.n + (2 * (SUM(d.amount) % late.d) * late.n + late.d) / (2 * late.d) AS value
  FROM late CROSS JOIN disputes AS d ON d.receivable_id = late.receivable_id
  WHERE d.opened <= :as_of AND d.recorded_at <= :known_at AND NOT EXISTS (SELECT 1 FROM dispute_resolutions AS r
    WHERE r.dispute_id = d.id AND r.resolved <= :as_of AND r.recorded_at <= :known_at)
  GROUP BY late.receivable_id),
held AS (
  SELECT h.customer_id, h.receivable_id FROM holds AS h
  WHERE h.kind = 'dunning' AND h.valid_from <= :as_of AND (h.valid_until IS NULL OR h.valid_until >= :as_of)
    AND h.recorded_at <= :known_at AND NOT EXISTS (SELECT 1 FROM hold_releases AS x
      WHERE x.hold_id = h.id AND x.released <= :as_of AND x.recorded_at <= :known_at)),
subject AS (
  SELECT late.receivable_id, late.number, late.customer_id, late.due, late.kind, late.value, c.oldest, c.on_time,
    c.paid, c.overdue, c.credit_limit, c.broken,
    COALESCE(rung.level, 0) AS level, did.fee, did.over, did.exposure, did.promises, did.punctual, latest.last,
    latest.waiting, late.value - COALESCE(CASE WHEN q.whole THEN late.value ELSE q.value END, 0) AS chased,
    CASE WHEN late.customer_id IN (SELECT customer_id FROM held WHERE receivable_id IS NULL)
        OR late.receivable_id IN (SELECT receivable_id FROM held WHERE receivable_id IS NOT NULL) THEN 'dunning-hold'
      WHEN q.whole THEN 'disputed'
      WHEN EXISTS (SELECT 1 FROM promised AS p WHERE p.customer_id = late.customer_id AND p.state = 'pending'
        AND (p.receivable_id IS NULL OR p.receivable_id = late.receivable_id)) THEN 'promise-pending'
      WHEN c.spoken THEN 'recently-spoken'
      WHEN q.receivable_id IS NOT NULL AND q.opened >= date(:as_of, '-30 days') THEN 'under-discussion'
      ELSE '' END AS stop
  FROM late CROSS JOIN debtors AS c ON c.customer_id = late.customer_id
  LEFT JOIN rung ON rung.receivable_id = late.receivable_id
  LEFT JOIN latest ON latest.receivable_id = late.receivable_id
  LEFT JOIN did ON did.receivable_id = late.receivable_id
  LEFT JOIN disputed AS q ON q.receivable_id = late.receivable_id),
climbing AS (
  SELECT *, level + 1 AS target, CASE WHEN stop = 'dunning-hold' THEN stop WHEN over THEN 'handed-over'
      WHEN stop <> '' THEN stop WHEN chased < 500 THEN 'below-tolerance'
      WHEN last > date(:as_of, '-7 days') THEN 'interval' WHEN waiting THEN 'previous-notice-not-sent'
      ELSE '' END AS pause
  FROM subject
  WHERE CASE level WHEN 0 THEN 1 WHEN 1 THEN due <= date(:as_of, '-15 days') AND chased >= 5000
    WHEN 2 THEN due <= date(:as_of, '-30 days') WHEN 3 THEN due <= date(:as_of, '-60 days') AND chased >= 25000 END),
climb AS (
  SELECT *, target < 4 AND NOT EXISTS (SELECT 1 FROM contacts AS k WHERE k.customer_id = climbing.customer_id
    AND k.do_not_contact = 0 AND k.recorded_at <= :known_at AND (k.email > '' OR k.address > '')) AS mute
  FROM climbing)
SELECT number, 'level ' || target, CASE WHEN target = 4 THEN 'hand_over' ELSE 'notice' END, target,
  CASE WHEN pause <> '' THEN pause WHEN mute THEN 'no-contact' ELSE '' END FROM climb
UNION ALL SELECT number, 'level 2', 'late_fee', NULL,
  CASE WHEN pause <> '' THEN pause WHEN kind IN ('fee', 'interest') THEN 'fee-on-fee' WHEN mute THEN 'no-contact' ELSE ''
  END FROM climb WHERE target = 2 AND COALESCE(fee, 0) = 0
UNION ALL SELECT number, 'level 3', 'task', NULL,
  CASE WHEN pause <> '' THEN pause WHEN mute THEN 'no-contact' ELSE '' END FROM climb WHERE target = 3
UNION ALL SELECT number, 'rule big-exposure-overdue', 'alert', NULL, stop FROM subject
  WHERE COALESCE(exposure, 0) = 0 AND due <= date(:as_of, '-30 days') AND overdue * 10000 > 5000 * credit_limit
UNION ALL SELECT number, 'rule promises-broken', 'task', NULL, stop FROM subject
  WHERE COALESCE(promises, 0) = 0 AND due <= date(:as_of, '-10 days') AND broken >= 1
UNION ALL SELECT number, 'rule used-to-pay-on-time', 'task', NULL, stop FROM subject
  WHERE COALESCE(punctual, 0) = 0 AND due <= date(:as_of, '-20 days') AND value >= 100000
    AND paid > 0 AND (20000 * on_time + paid) / (2 * paid) >= 8000
"""


def decisions(path: Path, as_of: str, year_ago: str) -> list[Row]:
    """Every call of the bench policy on the date: those to be carried out (no reason) and those withheld."""
    book = sqlite3.connect(path)
    named = {"as_of": as_of, "known_at": KNOWN_ALL, "year_ago": year_ago}
    for statement in (_SETTLED, RATES, _LATE, _OVERDUE, _PROMISED, _INDEX, _DEBTORS, _DESCRIBE):
        book.execute(statement, named)
    rows = book.execute(_CALLS, named).fetchall()
    book.close()
    return rows
