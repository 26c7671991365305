"""The tables of the book, as numbered migrations.

Comes in: a database. Goes out: the tables, indexes and triggers, one migration after the other.
Know before changing: a migration that has been released is never edited; add the next one. Business rows are corrected by
reversal, not by update: triggers refuse UPDATE and DELETE, so the book can be read as of any date (business dates) and as
known at any time (`recorded_at`, UTC, `YYYY-MM-DDTHH:MM:SSZ`). Money is INTEGER minor units beside a currency code. A unique
index over a column that is mostly NULL is partial: without statistics SQLite would take a full one for `IS NULL`, and read
the whole table once for every row.
"""

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("duly")

_MASTER = """
CREATE TABLE calendars (
  id INTEGER PRIMARY KEY, calendar TEXT NOT NULL, date TEXT NOT NULL, name TEXT, recorded_at TEXT NOT NULL,
  UNIQUE (calendar, date)
) STRICT;
CREATE TABLE entities (
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3), country TEXT, calendar TEXT, recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, entity_id INTEGER NOT NULL REFERENCES entities (id),
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE customer_versions (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), valid_from TEXT NOT NULL,
  name TEXT NOT NULL, parent_id INTEGER REFERENCES customers (id), segment TEXT, industry TEXT, country TEXT,
  currency TEXT CHECK (length(currency) = 3), credit_limit INTEGER CHECK (credit_limit >= 0),
  terms_days INTEGER CHECK (terms_days >= 0), rating TEXT, language TEXT, channel TEXT, collector TEXT, since TEXT,
  policy TEXT, effect_id INTEGER REFERENCES effects (id), recorded_at TEXT NOT NULL,
  CHECK (credit_limit IS NULL OR currency IS NOT NULL),
  UNIQUE (customer_id, valid_from, recorded_at, id)
) STRICT;
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), name TEXT NOT NULL, role TEXT,
  email TEXT, phone TEXT, address TEXT, language TEXT,
  do_not_contact INTEGER NOT NULL DEFAULT 0 CHECK (do_not_contact IN (0, 1)), recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX contacts_customer ON contacts (customer_id);
CREATE TABLE fx_rates (
  id INTEGER PRIMARY KEY, date TEXT NOT NULL, source TEXT NOT NULL CHECK (length(source) = 3),
  target TEXT NOT NULL CHECK (length(target) = 3), rate TEXT NOT NULL,
  numerator INTEGER NOT NULL CHECK (numerator BETWEEN 1 AND 1000000000),
  denominator INTEGER NOT NULL CHECK (denominator BETWEEN 1 AND 1000000000),
  recorded_at TEXT NOT NULL, CHECK (source <> target), UNIQUE (source, target, date)
) STRICT;
CREATE TABLE market (
  id INTEGER PRIMARY KEY, industry TEXT NOT NULL, region TEXT NOT NULL, valid_from TEXT NOT NULL,
  outlook TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (industry, region, valid_from)
) STRICT;
"""

_MOVEMENTS = """
CREATE TABLE receivables (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, entity_id INTEGER NOT NULL REFERENCES entities (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id), document TEXT, contract TEXT,
  issued TEXT NOT NULL, posted TEXT NOT NULL, due TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3),
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'instalment', 'debit_note', 'fee', 'interest')),
  policy TEXT, principal_id INTEGER REFERENCES receivables (id), effect_id INTEGER REFERENCES effects (id),
  recorded_at TEXT NOT NULL, UNIQUE (entity_id, number)
) STRICT;
CREATE INDEX receivables_customer ON receivables (customer_id);
CREATE TABLE credits (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, entity_id INTEGER NOT NULL REFERENCES entities (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id), issued TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3), reason TEXT,
  recorded_at TEXT NOT NULL, UNIQUE (entity_id, number)
) STRICT;
CREATE INDEX credits_customer ON credits (customer_id);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, entity_id INTEGER NOT NULL REFERENCES entities (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id), received TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3), reference TEXT,
  recorded_at TEXT NOT NULL, UNIQUE (entity_id, number)
) STRICT;
CREATE INDEX payments_customer ON payments (customer_id);
CREATE TABLE allocations (
  id INTEGER PRIMARY KEY, receivable_id INTEGER NOT NULL REFERENCES receivables (id),
  payment_id INTEGER REFERENCES payments (id), credit_id INTEGER REFERENCES credits (id), date TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0), reverses INTEGER REFERENCES allocations (id),
  recorded_at TEXT NOT NULL,
  CHECK ((payment_id IS NULL) <> (credit_id IS NULL)), CHECK ((reverses IS NULL) = (amount > 0))
) STRICT;
CREATE INDEX allocations_receivable ON allocations (receivable_id, date, recorded_at, amount);
CREATE UNIQUE INDEX allocations_reversed_once ON allocations (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX allocations_payment ON allocations (payment_id);
CREATE INDEX allocations_credit ON allocations (credit_id);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, entity_id INTEGER NOT NULL REFERENCES entities (id),
  customer_id INTEGER NOT NULL REFERENCES customers (id), ordered TEXT NOT NULL, closed TEXT,
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3),
  recorded_at TEXT NOT NULL, UNIQUE (entity_id, number)
) STRICT;
CREATE INDEX orders_customer ON orders (customer_id);
"""

_RECORDS = """
CREATE TABLE disputes (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, receivable_id INTEGER NOT NULL REFERENCES receivables (id),
  amount INTEGER CHECK (amount > 0), reason TEXT NOT NULL, opened TEXT NOT NULL, actor TEXT, recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX disputes_receivable ON disputes (receivable_id);
CREATE TABLE dispute_resolutions (
  id INTEGER PRIMARY KEY, dispute_id INTEGER NOT NULL UNIQUE REFERENCES disputes (id), resolved TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'withdrawn')), actor TEXT, recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE promises (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  receivable_id INTEGER REFERENCES receivables (id), made TEXT NOT NULL, promised TEXT NOT NULL,
  grace_days INTEGER NOT NULL DEFAULT 0 CHECK (grace_days >= 0),
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3),
  actor TEXT, recorded_at TEXT NOT NULL, CHECK (promised >= made)
) STRICT;
CREATE INDEX promises_customer ON promises (customer_id);
CREATE INDEX promises_receivable ON promises (receivable_id);
CREATE TABLE holds (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('dunning', 'credit')),
  customer_id INTEGER NOT NULL REFERENCES customers (id), receivable_id INTEGER REFERENCES receivables (id),
  reason TEXT NOT NULL, valid_from TEXT NOT NULL, valid_until TEXT, actor TEXT,
  effect_id INTEGER REFERENCES effects (id), recorded_at TEXT NOT NULL,
  CHECK (kind = 'dunning' OR receivable_id IS NULL), CHECK (valid_until IS NULL OR valid_until >= valid_from)
) STRICT;
CREATE INDEX holds_customer ON holds (customer_id);
CREATE INDEX holds_receivable ON holds (receivable_id);
CREATE TABLE hold_releases (
  id INTEGER PRIMARY KEY, hold_id INTEGER NOT NULL UNIQUE REFERENCES holds (id), released TEXT NOT NULL,
  reason TEXT, actor TEXT, effect_id INTEGER REFERENCES effects (id), recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE activities (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  receivable_id INTEGER REFERENCES receivables (id), date TEXT NOT NULL, channel TEXT NOT NULL, contact TEXT,
  result TEXT NOT NULL, expected_payment TEXT, note TEXT, actor TEXT, recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX activities_customer ON activities (customer_id);
CREATE TABLE assessments (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), assessed TEXT NOT NULL,
  valid_until TEXT, source TEXT NOT NULL, score INTEGER, note TEXT, recorded_at TEXT NOT NULL,
  UNIQUE (customer_id, source, assessed)
) STRICT;
CREATE TABLE tasks (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
  what TEXT NOT NULL CHECK (what IN ('call', 'visit', 'letter')), note TEXT, due TEXT NOT NULL, collector TEXT,
  effect_id INTEGER NOT NULL REFERENCES effects (id), recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE imports (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL, added INTEGER NOT NULL,
  actor TEXT NOT NULL, recorded_at TEXT NOT NULL
) STRICT;
"""

# Tables of act/: what was decided and what was done about it.
_ACTS = """
CREATE TABLE policy_versions (
  id INTEGER PRIMARY KEY, policy TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
  recorded_at TEXT NOT NULL, UNIQUE (policy, version)
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, plan_id TEXT NOT NULL UNIQUE, as_of TEXT NOT NULL, actor TEXT NOT NULL,
  engine TEXT NOT NULL, plan BLOB NOT NULL, recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE run_policies (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (id),
  policy_version_id INTEGER NOT NULL REFERENCES policy_versions (id), UNIQUE (run_id, policy_version_id)
) STRICT;
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (id), class TEXT NOT NULL, content TEXT NOT NULL,
  UNIQUE (run_id, class)
) STRICT;
CREATE TABLE effects (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (id), key TEXT NOT NULL UNIQUE,
  address TEXT NOT NULL, kind TEXT NOT NULL, policy TEXT NOT NULL, version INTEGER NOT NULL, rule TEXT NOT NULL,
  class TEXT NOT NULL, subject TEXT NOT NULL CHECK (subject IN ('receivable', 'customer')),
  customer_id INTEGER NOT NULL REFERENCES customers (id), receivable_id INTEGER REFERENCES receivables (id),
  episode TEXT NOT NULL, level_from INTEGER, level_to INTEGER, occurrence INTEGER NOT NULL, as_of TEXT NOT NULL,
  amount INTEGER, currency TEXT, deadline TEXT, outbox_id INTEGER REFERENCES outbox (id),
  reverses INTEGER REFERENCES effects (id), recorded_at TEXT NOT NULL,
  CHECK ((subject = 'receivable') = (receivable_id IS NOT NULL)), CHECK ((level_from IS NULL) = (level_to IS NULL))
) STRICT;
CREATE INDEX effects_receivable ON effects (receivable_id);
CREATE INDEX effects_customer ON effects (customer_id);
CREATE UNIQUE INDEX effects_reversed_once ON effects (reverses) WHERE reverses IS NOT NULL;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (id), key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('notice', 'alert', 'hand_over')),
  customer_id INTEGER NOT NULL REFERENCES customers (id), channel TEXT NOT NULL, recipient TEXT NOT NULL,
  content TEXT NOT NULL, recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY, outbox_id INTEGER NOT NULL REFERENCES outbox (id), attempted_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('sent', 'failed')), transport TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX deliveries_sent_once ON deliveries (outbox_id) WHERE status = 'sent';
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY, run_id INTEGER REFERENCES runs (id), at TEXT NOT NULL, actor TEXT NOT NULL,
  kind TEXT NOT NULL, content TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER ledger_never_replaced BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""

# Credit: what is known of a customer's standing, what people granted, and what was asked of reviewers.
_CREDIT = """
ALTER TABLE assessments ADD COLUMN kind TEXT NOT NULL DEFAULT 'agency' CHECK (kind IN ('agency', 'own', 'reference'));
ALTER TABLE assessments ADD COLUMN rating TEXT;
ALTER TABLE assessments ADD COLUMN experience TEXT CHECK (experience IN ('good', 'fair', 'bad'));
ALTER TABLE assessments ADD COLUMN insolvent INTEGER CHECK (insolvent IN (0, 1));
CREATE INDEX assessments_customer ON assessments (customer_id);
ALTER TABLE customer_versions ADD COLUMN limit_until TEXT;
CREATE INDEX customer_versions_parent ON customer_versions (parent_id) WHERE parent_id IS NOT NULL;
CREATE TABLE financials (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), period_end TEXT NOT NULL,
  months INTEGER NOT NULL CHECK (months BETWEEN 1 AND 24), received TEXT NOT NULL, valid_until TEXT,
  currency TEXT NOT NULL CHECK (length(currency) = 3), audited INTEGER NOT NULL DEFAULT 0 CHECK (audited IN (0, 1)),
  sales INTEGER CHECK (sales >= 0), cost_of_sales INTEGER CHECK (cost_of_sales >= 0), operating_profit INTEGER,
  interest_paid INTEGER CHECK (interest_paid >= 0), net_profit INTEGER,
  cash INTEGER CHECK (cash >= 0), inventory INTEGER CHECK (inventory >= 0),
  current_assets INTEGER CHECK (current_assets >= 0), total_assets INTEGER CHECK (total_assets >= 0),
  payables INTEGER CHECK (payables >= 0), current_liabilities INTEGER CHECK (current_liabilities >= 0),
  total_liabilities INTEGER CHECK (total_liabilities >= 0), equity INTEGER, note TEXT, recorded_at TEXT NOT NULL,
  UNIQUE (customer_id, period_end, received), CHECK (received >= period_end)
) STRICT;
CREATE TABLE securities (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  kind TEXT NOT NULL CHECK (kind IN ('insurance', 'guarantee', 'collateral')), provider TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL CHECK (length(currency) = 3),
  valid_from TEXT NOT NULL, valid_until TEXT, recorded_at TEXT NOT NULL,
  CHECK (valid_until IS NULL OR valid_until >= valid_from)
) STRICT;
CREATE INDEX securities_customer ON securities (customer_id);
CREATE TABLE order_closings (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL UNIQUE REFERENCES orders (id), closed TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE granted_limits (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  scope TEXT NOT NULL CHECK (scope IN ('own', 'group')), amount INTEGER NOT NULL CHECK (amount >= 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3), reason TEXT NOT NULL, valid_from TEXT NOT NULL,
  valid_until TEXT, actor TEXT NOT NULL, recorded_at TEXT NOT NULL,
  CHECK (valid_until IS NULL OR valid_until >= valid_from), CHECK (scope = 'group' OR valid_until IS NOT NULL)
) STRICT;
CREATE INDEX granted_limits_customer ON granted_limits (customer_id);
CREATE TABLE rating_overrides (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  rating TEXT NOT NULL, reason TEXT NOT NULL, valid_from TEXT NOT NULL, valid_until TEXT NOT NULL, actor TEXT NOT NULL,
  recorded_at TEXT NOT NULL, CHECK (valid_until >= valid_from)
) STRICT;
CREATE INDEX rating_overrides_customer ON rating_overrides (customer_id);
CREATE TABLE suspensions (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  reason TEXT NOT NULL, valid_from TEXT NOT NULL, valid_until TEXT NOT NULL, actor TEXT NOT NULL,
  recorded_at TEXT NOT NULL, CHECK (valid_until >= valid_from)
) STRICT;
CREATE INDEX suspensions_customer ON suspensions (customer_id);
CREATE TABLE confirmations (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, confirmed TEXT NOT NULL, actor TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE withdrawals (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, withdrawn TEXT NOT NULL, actor TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, customer_id INTEGER NOT NULL REFERENCES customers (id),
  reviewed TEXT NOT NULL, result TEXT NOT NULL, note TEXT, actor TEXT, recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_customer ON reviews (customer_id);
CREATE TABLE review_requests (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), requested TEXT NOT NULL,
  due TEXT NOT NULL, because TEXT NOT NULL, effect_id INTEGER NOT NULL REFERENCES effects (id), recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX review_requests_customer ON review_requests (customer_id);
CREATE TABLE steps (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
  of TEXT NOT NULL CHECK (of IN ('limit', 'terms')), taken TEXT NOT NULL, steps INTEGER NOT NULL CHECK (steps IN (-1, 1)),
  effect_id INTEGER NOT NULL REFERENCES effects (id), recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX steps_customer ON steps (customer_id);
CREATE TABLE write_off_proposals (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
  receivable_id INTEGER NOT NULL REFERENCES receivables (id), amount INTEGER NOT NULL, currency TEXT NOT NULL,
  proposed TEXT NOT NULL, note TEXT, effect_id INTEGER NOT NULL REFERENCES effects (id), recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX write_off_proposals_receivable ON write_off_proposals (receivable_id);
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY, plan_id TEXT NOT NULL, address TEXT NOT NULL, role TEXT NOT NULL, actor TEXT NOT NULL,
  expires TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (plan_id, address, role, expires)
) STRICT;
"""


@migrations()
def m001_master(db: Database) -> None:
    """Who owes: entities, customers and what describes them."""
    _run(db, _MASTER)


@migrations()
def m002_movements(db: Database) -> None:
    """What is owed and paid."""
    _run(db, _MOVEMENTS)


@migrations()
def m003_records(db: Database) -> None:
    """What people record: disputes, promises, holds, activities."""
    _run(db, _RECORDS)


@migrations()
def m004_acts(db: Database) -> None:
    """What was decided and done: runs, effects, ledger, outbox."""
    _run(db, _ACTS)


@migrations()
def m005_append_only(db: Database) -> None:
    """Every row of the book stays as it was written; corrections are new rows."""
    _append_only(db, set(db.table_names()))


@migrations()
def m006_credit(db: Database) -> None:
    """Credit: evidence, securities, what people grant and confirm, reviews, steps, approvals."""
    before = set(db.table_names())
    _run(db, _CREDIT)
    _append_only(db, set(db.table_names()) - before)


def _append_only(db: Database, tables: set[str]) -> None:
    """Triggers that refuse to change or delete a row of these tables."""
    for table in sorted(tables):
        if table.startswith(("_", "sqlite_")):
            continue
        for verb in ("UPDATE", "DELETE"):
            message = f"{table} is append-only: correct a row by reversal"
            db.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def _run(db: Database, ddl: str) -> None:
    """Each statement by itself: executescript would commit the migration's transaction first."""
    statement = ""
    for line in ddl.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
