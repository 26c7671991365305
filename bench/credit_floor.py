"""The floor of credit: the decisions of bench/policies/bench-credit, by SQL that a person wrote for that one policy.

Comes in: a book and a date. Goes out: a row per change: (customer, what changes, to what).
Know before changing: as bench/floor.py: it knows no vocabulary and no second policy, and reads once what it needs. A change of
bench/policies/bench-credit/v1.yaml is a change here, and bench/credit.py compares the two. `A / B` rounded half-up is
`(2 * A + B) / (2 * B)`; what may be negative is rounded by its size.
"""

import sqlite3
from pathlib import Path

from bench.floor import KNOWN_ALL, RATES

Row = tuple[str, str, str | int | None]


def _euro(amount: str, rate: str = "euro") -> str:
    """An amount in euro, half-up."""
    return f"({amount} / {rate}.d * {rate}.n + (2 * ({amount} % {rate}.d) * {rate}.n + {rate}.d) / (2 * {rate}.d))"


# One pass over the receivables, along the index of the allocations: what is open, was paid, was due or was sold in 12 months.
_STANDING = f"""
CREATE TEMP TABLE standing AS
SELECT s.id, s.customer_id, s.due, s.last, s.open, s.kind, s.issued,
  CASE WHEN s.open > 0 THEN {_euro("s.open")} ELSE 0 END AS open_value, {_euro("s.amount")} AS value,
  s.open <= 0 AND s.last > :year_ago AS paid,
  CASE WHEN s.last > s.due THEN CAST(julianday(s.last) - julianday(s.due) AS INTEGER) ELSE 0 END AS late
FROM (SELECT r.id, r.customer_id, r.due, r.amount, r.currency, r.kind, r.issued,
    r.amount - COALESCE(SUM(a.amount), 0) AS open, MAX(a.date) AS last
  FROM receivables AS r LEFT JOIN allocations AS a
    ON a.receivable_id = r.id AND a.date <= :as_of AND a.recorded_at <= :known_at
  WHERE r.posted <= :as_of AND r.recorded_at <= :known_at GROUP BY r.id
  HAVING open > 0 OR last > :year_ago OR r.due > :year_ago OR r.issued > :year_ago) AS s
CROSS JOIN euro ON euro.currency = s.currency
"""
_PAYING = """
CREATE TEMP TABLE paying (customer_id INTEGER PRIMARY KEY, owed, oldest, paid, on_time, late_value, value,
  recent_late, recent_value, sales)
"""
_PAY = """
INSERT INTO temp.paying SELECT customer_id, SUM(open_value), MIN(CASE WHEN open > 0 THEN due END), SUM(paid),
  SUM(paid AND last <= due), SUM(CASE WHEN paid THEN late * value ELSE 0 END), SUM(CASE WHEN paid THEN value ELSE 0 END),
  SUM(CASE WHEN paid AND last > date(:as_of, '-90 days') THEN late * value ELSE 0 END),
  SUM(CASE WHEN paid AND last > date(:as_of, '-90 days') THEN value ELSE 0 END),
  SUM(CASE WHEN issued > :year_ago AND kind IN ('invoice', 'instalment', 'debit_note') THEN value ELSE 0 END)
FROM standing GROUP BY customer_id
"""
_STREAK = """
CREATE TEMP TABLE streak (customer_id INTEGER PRIMARY KEY, times)
"""
_COUNT = """
INSERT INTO temp.streak SELECT customer_id, COALESCE(MIN(CASE WHEN broke THEN place END) - 1, COUNT(*)) FROM (
  SELECT customer_id, open > 0 OR last > due AS broke,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY due DESC, id DESC) AS place
  FROM standing WHERE due > :year_ago AND due < :as_of) GROUP BY customer_id
"""
_OTHER = """
CREATE TEMP TABLE other (customer_id INTEGER PRIMARY KEY, value)
"""
# Orders taken less cash that lies about: what exposure has beside what is owed.
_ADD = f"""
INSERT INTO temp.other SELECT customer_id, SUM(value) FROM (
  SELECT o.customer_id, {_euro("o.amount")} AS value FROM orders AS o CROSS JOIN euro ON euro.currency = o.currency
  WHERE o.ordered <= :as_of AND (o.closed IS NULL OR o.closed > :as_of) AND o.recorded_at <= :known_at
    AND o.id NOT IN (SELECT order_id FROM order_closings WHERE closed <= :as_of AND recorded_at <= :known_at)
  UNION ALL SELECT p.customer_id, -{_euro("p.rest")} FROM (
    SELECT p.customer_id, p.currency, p.amount - (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a
      WHERE a.payment_id = p.id AND a.date <= :as_of AND a.recorded_at <= :known_at) AS rest
    FROM payments AS p WHERE p.received <= :as_of AND p.recorded_at <= :known_at
    UNION ALL SELECT p.customer_id, p.currency, p.amount - (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a
      WHERE a.credit_id = p.id AND a.date <= :as_of AND a.recorded_at <= :known_at)
    FROM credits AS p WHERE p.issued <= :as_of AND p.recorded_at <= :known_at) AS p
  CROSS JOIN euro ON euro.currency = p.currency WHERE p.rest > 0) GROUP BY customer_id
"""
_CUSTOMERS = f"""
CREATE TEMP TABLE facing AS
WITH latest AS (
  SELECT customer_id, score, valid FROM (SELECT customer_id, score, valid_until IS NULL OR valid_until >= :as_of AS valid,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY assessed DESC, id DESC) AS newest FROM assessments
    WHERE kind IN ('agency', 'own') AND (score IS NOT NULL OR rating IS NOT NULL) AND assessed <= :as_of
      AND recorded_at <= :known_at) WHERE newest = 1),
solvency AS (
  SELECT customer_id, insolvent FROM (SELECT customer_id, insolvent,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY assessed DESC, id DESC) AS newest FROM assessments
    WHERE insolvent IS NOT NULL AND assessed <= :as_of AND recorded_at <= :known_at) WHERE newest = 1),
books AS (
  SELECT customer_id, equity, total_assets, currency FROM (SELECT *,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY period_end DESC, received DESC) AS newest FROM financials
    WHERE received <= :as_of AND recorded_at <= :known_at)
  WHERE newest = 1 AND (valid_until IS NULL OR valid_until >= :as_of)),
numbers AS (
  SELECT c.id AS customer_id, c.number, v.rating, {_euro("v.credit_limit", "e")} AS credit_limit,
    COALESCE(p.owed, 0) + COALESCE(o.value, 0) AS exposure, COALESCE(p.sales, 0) AS sales,
    p.oldest < date(:as_of, '-60 days') AS long_overdue, COALESCE(s.insolvent, 0) AS insolvent,
    CASE WHEN p.paid > 0 THEN (20000 * p.on_time + p.paid) / (2 * p.paid) END AS on_time,
    CASE WHEN p.value > 0 THEN (2 * p.late_value + p.value) / (2 * p.value) END AS late,
    CASE WHEN p.recent_value > 0 AND p.value > p.recent_value
      THEN (2 * p.recent_late + p.recent_value) / (2 * p.recent_value)
        - (2 * (p.late_value - p.recent_late) + p.value - p.recent_value) / (2 * (p.value - p.recent_value)) END AS trend,
    COALESCE(k.times, 0) AS streak, CASE WHEN latest.valid THEN latest.score END AS external,
    CASE WHEN b.equity < 0 THEN -1 ELSE (20000 * b.equity + b.total_assets) / (2 * b.total_assets) END AS ratio,
    COALESCE(CASE WHEN b.equity < 0 THEN 0 ELSE {_euro("b.equity", "f")} END, 90000000000000000) AS equity
  FROM customers AS c
  CROSS JOIN customer_versions AS v ON v.id = (SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.id
    AND w.valid_from <= :as_of AND w.recorded_at <= :known_at AND (w.effect_id IS NULL OR NOT EXISTS (
      SELECT 1 FROM effects AS r WHERE r.reverses = w.effect_id AND r.as_of <= :as_of AND r.recorded_at <= :known_at))
    ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)
  LEFT JOIN euro AS e ON e.currency = v.currency
  LEFT JOIN paying AS p ON p.customer_id = c.id LEFT JOIN other AS o ON o.customer_id = c.id
  LEFT JOIN streak AS k ON k.customer_id = c.id LEFT JOIN latest ON latest.customer_id = c.id
  LEFT JOIN solvency AS s ON s.customer_id = c.id LEFT JOIN books AS b ON b.customer_id = c.id
  LEFT JOIN euro AS f ON f.currency = b.currency),
scored AS (
  SELECT *, 100 + 2 * CASE WHEN on_time IS NULL THEN 20 WHEN on_time < 5000 THEN 0 WHEN on_time < 8000 THEN 40 ELSE 90 END
    + 2 * CASE WHEN late IS NULL THEN 20 WHEN late < 5 THEN 80 WHEN late < 15 THEN 40 ELSE 0 END
    + CASE WHEN trend IS NULL THEN 20 WHEN trend < 5 THEN 40 ELSE 0 END + CASE WHEN streak < 3 THEN 0 ELSE 40 END
    + CASE WHEN ratio IS NULL THEN 15 WHEN ratio < 1000 THEN 0 WHEN ratio < 3000 THEN 30 ELSE 60 END
    + CASE WHEN external IS NULL THEN 15 WHEN external < 30 THEN 0 WHEN external < 60 THEN 30 ELSE 60 END AS score
  FROM numbers),
banded AS (
  SELECT *, CASE WHEN insolvent THEN 4 WHEN long_overdue THEN MAX(band, 3) ELSE band END AS grade FROM (
    SELECT *, CASE WHEN rating = 'A' AND score >= 460 THEN 1 WHEN rating = 'B' AND score >= 360 AND score < 500 THEN 2
        WHEN rating = 'C' AND score >= 240 AND score < 400 THEN 3 WHEN rating = 'D' AND score < 280 THEN 4
        WHEN score >= 480 THEN 1 WHEN score >= 380 THEN 2 WHEN score >= 260 THEN 3 ELSE 4 END AS band FROM scored))
SELECT customer_id, number, rating, substr('ABCD', grade, 1) AS graded, credit_limit, exposure,
  CASE grade WHEN 4 THEN 0
    WHEN 1 THEN MIN(MAX(MIN((60 * sales + 100) / 200, (20 * equity + 100) / 200) / 100000 * 100000, 500000),
      25000000)
    WHEN 2 THEN MIN(MAX(MIN((40 * sales + 100) / 200, (10 * equity + 100) / 200) / 100000 * 100000, 200000),
      10000000)
    ELSE MIN((20 * sales + 100) / 200 / 50000 * 50000, 2000000) END AS target
FROM banded
"""
_CHANGES = """
WITH held AS (
  SELECT h.customer_id, MAX(h.effect_id IS NOT NULL) AS ours FROM holds AS h
  WHERE h.kind = 'credit' AND h.reason = 'over-limit' AND h.valid_from <= :as_of
    AND (h.valid_until IS NULL OR h.valid_until >= :as_of) AND h.recorded_at <= :known_at
    AND NOT EXISTS (SELECT 1 FROM hold_releases AS x WHERE x.hold_id = h.id AND x.released <= :as_of
      AND x.recorded_at <= :known_at) GROUP BY h.customer_id)
SELECT number, 'set_rating', graded FROM facing WHERE rating IS NOT graded
UNION ALL SELECT number, 'set_credit_limit', CAST(target AS INTEGER) FROM facing
  WHERE credit_limit IS NULL OR (target <> credit_limit AND (target = 0 OR credit_limit = 0
    OR abs(target - credit_limit) * 10 >= credit_limit))
UNION ALL SELECT number, 'credit_hold', NULL FROM facing
  WHERE credit_limit > 0 AND (20000 * exposure + credit_limit) / (2 * credit_limit) > 20000
    AND customer_id NOT IN (SELECT customer_id FROM held)
UNION ALL SELECT number, 'release_credit_hold', NULL FROM facing
  WHERE credit_limit > 0 AND (20000 * exposure + credit_limit) / (2 * credit_limit) <= 15000
    AND customer_id IN (SELECT customer_id FROM held WHERE ours)
"""
# A table is made first and filled then where it is to be found by its customer.
_STEPS = (RATES, _STANDING, _PAYING, _PAY, _STREAK, _COUNT, _OTHER, _ADD, _CUSTOMERS)


def decisions(path: Path, as_of: str, year_ago: str) -> list[Row]:
    """Every change that the policy makes on the date."""
    book = sqlite3.connect(path)
    named = {"as_of": as_of, "known_at": KNOWN_ALL, "year_ago": year_ago}
    for statement in _STEPS:
        book.execute(statement, named)
    rows = book.execute(_CHANGES, named).fetchall()
    book.close()
    return rows
