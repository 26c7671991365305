"""A big made-up book, written straight into SQLite: so many receivables, a tenth as many customers, and what goes with them.

Comes in: a path and a number of receivables. Goes out: a book at the head of the migrations, as of AS_OF.
Know before changing: one seeded generator, so the same number of receivables gives the same book; ids are counted here, and
rows go in by executemany without checking foreign keys. The shares are those of a trade ledger: about one receivable in ten
is open, a third of these is overdue, and most of what is overdue has been reminded before.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bench import floor
from engine.book import store

AS_OF = "2026-06-30"
KNOWN = "2026-06-30T06:00:00Z"
_DAY = date.fromisoformat(AS_OF)
_DATES = {offset: (_DAY - timedelta(days=offset)).isoformat() for offset in range(-120, 800)}
_BATCH = 20_000
_SEGMENTS = ("key-account", "sme", "sme", "sme", "sme", "sme", "retail", "retail", "retail", "retail")

Value = int | str | bytes | None
Row = tuple[Value, ...]

COLUMNS = {
    "entities": "id, code, name, currency, country, recorded_at",
    "fx_rates": "id, date, source, target, rate, numerator, denominator, recorded_at",
    "customers": "id, number, entity_id, recorded_at",
    "customer_versions": "id, customer_id, valid_from, name, segment, country, currency, credit_limit, terms_days, rating,"
    " language, channel, collector, recorded_at",
    "contacts": "id, customer_id, name, email, phone, address, language, do_not_contact, recorded_at",
    "activities": "id, reference, customer_id, date, channel, result, recorded_at",
    "holds": "id, reference, kind, customer_id, receivable_id, reason, valid_from, recorded_at",
    "receivables": "id, number, entity_id, customer_id, issued, posted, due, amount, currency, kind, recorded_at",
    "payments": "id, number, entity_id, customer_id, received, amount, currency, recorded_at",
    "allocations": "id, receivable_id, payment_id, date, amount, recorded_at",
    "disputes": "id, reference, receivable_id, amount, reason, opened, recorded_at",
    "dispute_resolutions": "id, dispute_id, resolved, outcome, recorded_at",
    "promises": "id, reference, customer_id, receivable_id, made, promised, grace_days, amount, currency, recorded_at",
    "runs": "id, plan_id, as_of, actor, engine, plan, recorded_at",
    "outbox": "id, run_id, key, kind, customer_id, channel, recipient, content, recorded_at",
    "deliveries": "id, outbox_id, attempted_at, status, transport, detail",
    "effects": "id, run_id, key, address, kind, policy, version, rule, class, subject, customer_id, receivable_id, episode,"
    " level_from, level_to, occurrence, as_of, amount, currency, deadline, outbox_id, recorded_at",
}


@dataclass(slots=True)
class _Rows:
    """Rows that wait to be written, and the last id given out, by table."""

    book: store.Book
    waiting: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    last: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))

    def add(self, table: str, *row: Value) -> int:
        """One row without its id; returns the id."""
        self.last[table] += 1
        rows = self.waiting[table]
        rows.append((self.last[table], *row))
        if len(rows) >= _BATCH:
            self.write(table)
        return self.last[table]

    def write(self, table: str) -> None:
        """Put the waiting rows of a table into the book."""
        marks = ", ".join("?" * len(COLUMNS[table].split(",")))
        self.book.conn.executemany(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({marks})", self.waiting[table])
        self.waiting[table].clear()


def make(path: Path, receivables: int) -> None:
    """Write the book. A million receivables take about a minute."""
    book = store.create(path)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000"):
        book.execute(f"PRAGMA {setting}")
    rows, rng = _Rows(book), random.Random(receivables)
    customers = max(10, receivables // 10)
    book.execute("BEGIN")
    _masters(rows, rng, customers)
    for number in range(1, receivables + 1):
        _receivable(rows, rng, number, 1 + int(customers * rng.random() ** 1.4))
    for table in COLUMNS:
        rows.write(table)
    book.execute("COMMIT")
    book.execute("PRAGMA journal_mode = WAL")
    book.conn.close()
    _rules_so_far(path, rng)


def _currency(customer: int) -> str:
    """One customer in five is invoiced in dollars."""
    return "USD" if customer % 5 == 0 else "EUR"


def _masters(rows: _Rows, rng: random.Random, customers: int) -> None:
    """Entities, rates and the customers with their contacts, calls and holds."""
    for entity in range(1, 5):
        rows.add("entities", f"E{entity}", f"Entity {entity}", "EUR", "DE", KNOWN)
    rows.add("fx_rates", _DATES[60], "EUR", "USD", "1.08", 27, 25, KNOWN)
    rows.add("fx_rates", _DATES[5], "EUR", "USD", "1.085", 217, 200, KNOWN)
    rows.add("runs", "sha256:prior", _DATES[4], "bench", "0", b"", KNOWN)
    for customer in range(1, customers + 1):
        rows.add("customers", f"C-{customer}", 1 + customer % 4, KNOWN)
        _describe(rows, rng, customer)
        if rng.random() < 0.08:
            rows.add("activities", f"A-{customer}", customer, _DATES[rng.randint(0, 40)], "phone", "spoke", KNOWN)
        if rng.random() < 0.005:
            rows.add("holds", f"H-{customer}", "dunning", customer, None, "legal review", _DATES[20], KNOWN)


def _describe(rows: _Rows, rng: random.Random, customer: int) -> None:
    """What is known of a customer; an earlier version of one in ten; one contact, some of them out of reach."""
    segment, rating = rng.choice(_SEGMENTS), rng.choice(("A", "A", "B", "B", "C", "D", None))
    limit = rng.choice((None, 0, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 10_000_000))
    versions = (_DATES[700], _DATES[90]) if rng.random() < 0.1 else (_DATES[700],)
    for valid_from in versions:
        rows.add("customer_versions", customer, valid_from, f"Customer {customer}", segment, "DE", _currency(customer), limit,
                 30, rating, "en", "email", f"collector-{customer % 7}", KNOWN)
    reach = rng.random()
    rows.add("contacts", customer, f"Contact {customer}", None if reach < 0.06 else f"c{customer}@example.com", "+49 30 23125",
             None if reach < 0.01 or reach > 0.9 else f"Street {customer}", "en", int(0.06 < reach < 0.07), KNOWN)


def _receivable(rows: _Rows, rng: random.Random, number: int, customer: int) -> None:
    """One receivable with what happened to it: paid (nine in ten), not due yet (six), or overdue (three of a hundred)."""
    chance, terms = rng.random(), rng.choice((14, 30, 30, 60))
    amount = int(1000 * 200 ** rng.random()) * 10 + rng.randint(0, 9)
    if chance < 0.90:
        ago = rng.randint(1, 530)
    elif chance < 0.967:
        ago = -rng.randint(0, terms)
    else:
        ago = min(1 + int(rng.expovariate(1 / 35)), 500)
    kind = "invoice" if rng.random() > 0.01 else "fee"
    rows.add("receivables", f"R-{number}", 1 + customer % 4, customer, _DATES[ago + terms], _DATES[ago + terms], _DATES[ago],
             amount, _currency(customer), kind, KNOWN)
    if chance < 0.90:
        _paid(rows, rng, number, customer, ago, amount)
    else:
        _open(rows, rng, number, customer, ago, amount)


def _pay(rows: _Rows, number: int, customer: int, ago: int, amount: int) -> None:
    """A payment and its allocation so many days ago."""
    payment = rows.add("payments", f"P-{rows.last['payments'] + 1}", 1 + customer % 4, customer, _DATES[ago], amount,
                       _currency(customer), KNOWN)
    rows.add("allocations", number, payment, _DATES[ago], amount, KNOWN)


def _paid(rows: _Rows, rng: random.Random, number: int, customer: int, ago: int, amount: int) -> None:
    """Paid in full: six in ten by the due date, the others up to two months late; a few after a broken promise."""
    late = rng.randint(-9, 0) if rng.random() < 0.4 + 0.5 * (customer % 3 != 0) else rng.randint(1, 60)
    day = max(0, ago - late)
    if rng.random() < 0.05:
        _pay(rows, number, customer, min(ago + 1, 799), amount // 3)
        amount -= amount // 3
    _pay(rows, number, customer, day, amount)
    if late > 25 and rng.random() < 0.10:
        _promise(rows, number, customer, max(day + 5, ago - 5), 5, amount)


def _promise(rows: _Rows, number: int, customer: int, made: int, within: int, amount: int) -> None:
    """A promise made so many days ago, to pay within some days."""
    rows.add("promises", f"PR-{rows.last['promises'] + 1}", customer, number, _DATES[made], _DATES[made - within], 2, amount,
             _currency(customer), KNOWN)


def _open(rows: _Rows, rng: random.Random, number: int, customer: int, ago: int, amount: int) -> None:
    """Still open: some part paid, disputed, promised, on hold; most of the overdue reminded before."""
    if rng.random() < 0.08 and ago < 500:
        _pay(rows, number, customer, max(0, ago + 2), rng.choice((amount // 2, amount - 400)))
    if rng.random() < 0.04:
        dispute = rows.add("disputes", f"D-{number}", number, rng.choice((None, None, amount // 4, amount)), "price",
                           _DATES[max(0, ago) + rng.randint(0, 9)], KNOWN)
        if rng.random() < 0.3:
            rows.add("dispute_resolutions", dispute, _DATES[max(0, ago - 9)], "rejected", KNOWN)
    if rng.random() < 0.004:
        rows.add("holds", f"HR-{number}", "dunning", customer, number, "goods returned", _DATES[3], KNOWN)
    if ago > 5 and rng.random() < 0.08:
        _promise(rows, number, customer, rng.randint(1, ago), rng.randint(1, 20), amount)
    if ago >= 3:
        _reminded(rows, rng, number, customer, ago)


def _reminded(rows: _Rows, rng: random.Random, number: int, customer: int, ago: int) -> None:
    """The steps so far, as runs every few days would have left them: the last one is often still to come."""
    for level, after in ((1, 3), (2, 15), (3, 30), (4, 60)):
        delay = rng.randint(0, 3) if rng.random() < 0.85 else rng.randint(4, 14)
        if ago - after - delay < 1 or rng.random() < 0.12:
            return
        step = _Step(number, customer, ago, ago - after - delay, f"level {level}")
        kind = "hand_over" if level == 4 else "notice"
        outbox = rows.add("outbox", 1, step.key(kind, 0), kind, customer, "email", f"c{customer}@example.com", "{}", KNOWN)
        if rng.random() < 0.97:
            rows.add("deliveries", outbox, KNOWN, "sent", "files", "")
        _effect(rows, step, kind, 0, level, outbox)
        if level == 2:
            _effect(rows, step, "late_fee", 1, None, None)


@dataclass(frozen=True, slots=True)
class _Step:
    """What an earlier run did about a receivable: so many days ago, under the name of a rule."""

    number: int
    customer: int
    due: int
    day: int
    rule: str

    def key(self, kind: str, index: int) -> str:
        """The effect's key, as the plan writes it."""
        return f"bench/r{self.number}/{_DATES[self.due]}/{self.rule}/{kind}.{index}/1"


def _effect(rows: _Rows, step: _Step, kind: str, index: int, level: int | None, outbox: int | None) -> None:
    """One effect of an earlier run."""
    entity = f"E{1 + step.customer % 4}"
    rows.add(
        "effects", 1, step.key(kind, index), f"{kind}/C-{step.customer}/{entity}/{_currency(step.customer)}", kind, "bench",
        1, step.rule, "bench@1/1", "receivable", step.customer, step.number, _DATES[step.due],
        level - 1 if level else None, level, 1, _DATES[step.day], None, None, None, outbox, KNOWN,
    )


def _rules_so_far(path: Path, rng: random.Random) -> None:
    """What the rules beside the ladder did until four days ago; one in ten is left for today."""
    before = _DATES[4]
    done = [row for row in floor.decisions(path, before, _DATES[4 + 365]) if row[1].startswith("rule") and not row[4]]
    book = store.open_book(path)
    book.execute("BEGIN")
    book.conn.executemany(
        """INSERT INTO effects (run_id, key, address, kind, policy, version, rule, class, subject, customer_id,
          receivable_id, episode, occurrence, as_of, recorded_at)
        SELECT 1, 'bench/r' || id || '/' || due || '/' || :rule || '/' || :kind || '.0/1', :kind || '/' || number, :kind,
          'bench', 1, :rule, 'bench@1/1', 'receivable', customer_id, id, due, 1, :day, :known
        FROM receivables WHERE id = CAST(substr(:number, 3) AS INTEGER)""",
        [
            {"number": number, "rule": rule, "kind": kind, "day": before, "known": KNOWN}
            for number, rule, kind, _, _ in sorted(done)
            if rng.random() < 0.9
        ],
    )
    book.execute("COMMIT")
    book.conn.close()


def main(arguments: Sequence[str]) -> str:
    """`python -m bench.book FILE RECEIVABLES` writes one book, to look at by hand."""
    path, receivables = Path(arguments[0]), int(arguments[1])
    make(path, receivables)
    return f"{path}: {receivables:,} receivables, {path.stat().st_size // 2**20} MiB"


if __name__ == "__main__":
    print(main(sys.argv[1:]))  # noqa: T201 - a command
