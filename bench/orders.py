"""`python -m bench.orders`: what an order check costs on a big book, by itself and in a batch, as a table.

Comes in: the size of the book. Goes out: Markdown on stdout, and with --write in docs/performance.md between its two marks.
Know before changing: an order by itself is the whole path of `judge` (the book is narrowed and read for this one customer); a
batch does that once for all. Nothing is counted but that: neither the start of the process nor the loading of the policy.
Milliseconds are of the processor. The two have to answer alike, or no number counts: the run then ends with exit code 1.
"""

import argparse
import json
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import book, measure, run
from bench.book import AS_OF
from engine.act.order_reading import Order, Reading
from engine.act.orders import Answer, judge
from engine.book import store
from engine.book.snapshot import take
from engine.decide import classes
from engine.decide.findings import compile_orders
from engine.policy import library
from engine.policy.model import Policy

POLICY = Path(__file__).parent / "policies" / "orders" / "v1.yaml"
MARKS = ("<!-- bench orders: begin -->", "<!-- bench orders: end -->")
# How many orders a batch has, and how many batches are measured; 1 is an order by itself.
BATCHES = {1: 1000, 10: 200, 100: 50, 1000: 20}
_MIXED = 20_260_630

Numbers = dict[str, Any]

# Groups of four with a limit, open orders, credit holds: what the book of receivables does not have.
_FURNISH = (
    """INSERT INTO customer_versions (customer_id, valid_from, name, parent_id, segment, country, currency, credit_limit,
      terms_days, rating, recorded_at)
    SELECT customer_id, '2026-06-01', name, customer_id - customer_id % 50, segment, country, currency, credit_limit,
      terms_days, rating, :known FROM customer_versions AS v
    WHERE customer_id % 50 IN (1, 2, 3) AND customer_id > 50 AND id = (SELECT MAX(w.id) FROM customer_versions AS w
      WHERE w.customer_id = v.customer_id)""",
    """INSERT INTO granted_limits (reference, customer_id, scope, amount, currency, reason, valid_from, actor, recorded_at)
    SELECT 'L-' || id, id, 'group', 5000000 + id % 7 * 2000000, 'EUR', 'bench', '2026-06-01', 'ann', :known FROM customers
    WHERE id % 50 = 0""",
    """INSERT INTO confirmations (reference, confirmed, actor, recorded_at)
    SELECT reference, '2026-06-01', 'bob', :known FROM granted_limits""",
    """INSERT INTO orders (number, entity_id, customer_id, ordered, amount, currency, recorded_at)
    SELECT 'O-' || id, entity_id, id, '2026-06-20', 50000 + id * 7919 % 1000000, CASE WHEN id % 5 = 0 THEN 'USD' ELSE 'EUR'
      END, :known FROM customers WHERE id % 5 = 1 OR id % 7 = 0""",
    """INSERT INTO holds (reference, kind, customer_id, reason, valid_from, recorded_at)
    SELECT 'HC-' || id, 'credit', id, 'overdue', '2026-06-10', :known FROM customers WHERE id % 100 = 17""",
)


def policy() -> Policy:
    """The policy that is measured; it has no problem."""
    found, problems = library.load_file(POLICY)
    assert found is not None, problems
    return found


def make(path: Path, receivables: int) -> None:
    """The book of bench/book.py, with groups, open orders and credit holds."""
    book.make(path, receivables)
    furnished = store.open_book(path)
    furnished.execute("BEGIN")
    for statement in _FURNISH:
        furnished.execute(statement, {"known": book.KNOWN})
    furnished.execute("COMMIT")
    furnished.conn.close()


def orders(rng: random.Random, customers: int, number: int) -> Reading:
    """Orders of customers picked as the receivables of the book are: few buy much."""
    several = (
        Order(f"C-{1 + int(customers * rng.random() ** 1.4)}", int(1000 * 2000 ** rng.random()), rng.choice(("EUR", "USD")))
        for _ in range(number)
    )
    return Reading(tuple(several), ())


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of processor time, and what came out."""
    start = time.process_time_ns()
    result = work()
    return (time.process_time_ns() - start) / 1e6, result


def _batches(path: Path, size: int) -> Numbers:
    """Milliseconds per order in each of several batches of that size, the first one left out: it reads the file's pages."""
    ledger, policies, rng = store.open_book(path), [policy()], random.Random(_MIXED + size)
    customers = ledger.execute("SELECT COUNT(*) FROM customers").fetchone()[0]
    judge(ledger, policies, orders(rng, customers, size), as_of=AS_OF)
    taken = []
    for _ in range(BATCHES[size]):
        asked = orders(rng, customers, size)
        milliseconds, _ = _timed(lambda asked=asked: judge(ledger, policies, asked, as_of=AS_OF))  # type: ignore[misc]
        taken.append(milliseconds / size)
    return {"milliseconds": sorted(taken), "peak": measure.peak()}


def _whole(path: Path, _: int) -> Numbers:
    """The facts that orders need, of every customer of the book: what narrowing saves."""
    compiled = compile_orders(policy())
    milliseconds, _snapshot = _timed(lambda: take(store.open_book(path), classes.wanted([compiled]), as_of=AS_OF))
    return {"milliseconds": [milliseconds], "peak": measure.peak()}


def _agreement(path: Path, number: int) -> Numbers:
    """The answers of one batch, and of the same orders by themselves, where nothing was approved before to the same group."""
    ledger, policies, rng = store.open_book(path), [policy()], random.Random(_MIXED)
    customers = ledger.execute("SELECT COUNT(*) FROM customers").fetchone()[0]
    asked = orders(rng, customers, number)
    together = judge(ledger, policies, asked, as_of=AS_OF)
    alone = [one for one in together if not one.standing.taken and not one.standing.group_taken]
    differing = [
        one.order.customer
        for one in alone
        if judge(ledger, policies, Reading((one.order,), ()), as_of=AS_OF) != (one,)
    ]
    return {"compared": len(alone), "differing": differing, "verdicts": _verdicts(together)}


def _verdicts(answers: Sequence[Answer]) -> dict[str, int]:
    """How many orders got which verdict."""
    found = [str(one.verdict) for one in answers]
    return {verdict: found.count(verdict) for verdict in sorted(set(found))}


WHAT: dict[str, Callable[[Path, int], Numbers]] = {"batches": _batches, "whole": _whole, "agreement": _agreement}


def one(what: str, path: Path, size: int) -> Numbers:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.orders", "--measure", what, "--book", str(path), "--size", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=run.DOCUMENT.parent.parent)
    found: Numbers = json.loads(done.stdout)
    return found


def percentile(sorted_values: Sequence[float], share: int) -> float:
    """The value that so many percent of the measurements do not exceed."""
    return sorted_values[max(0, -(-len(sorted_values) * share // 100) - 1)]


def table(measured: dict[int, Numbers], whole: Numbers, agreed: Numbers) -> Iterator[str]:
    """The lines of the Markdown tables."""
    alone = percentile(measured[1]["milliseconds"], 50)
    yield "| orders at once | measured | p50 per order | p95 | p99 | of an order by itself | peak memory |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for size, found in measured.items():
        p50, p95, p99 = (percentile(found["milliseconds"], share) for share in (50, 95, 99))
        yield (
            f"| {size:,} | {BATCHES[size]:,} times | {p50:.2f} ms | {p95:.2f} ms | {p99:.2f} ms | {p50 / alone:.2f} x |"
            f" {found['peak'] / 2**20:.0f} MiB |"
        )
    yield ""
    verdicts = ", ".join(f"{number:,} {verdict}" for verdict, number in agreed["verdicts"].items())
    yield (
        f"The same facts of every customer of the book would take {whole['milliseconds'][0] / 1000:.1f} s. Of a batch of"
        f" {sum(agreed['verdicts'].values()):,} orders ({verdicts}), {agreed['compared']:,} that stand on nothing approved before"
        f" were checked by themselves as well: {'the same answers' if not agreed['differing'] else '**other answers**'}."
    )


def main() -> int:
    """Measure, print, and write where asked to."""
    options = _options()
    if options.measure:
        print(json.dumps(WHAT[options.measure](options.book, options.size)))  # noqa: T201 - a command
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        path = options.book or Path(scratch) / "orders.db"
        if not path.exists():
            print(f"making a book of {options.receivables:,} receivables", file=sys.stderr)  # noqa: T201 - a command
            make(path, options.receivables)
        measured = {size: one("batches", path, size) for size in BATCHES}
        whole, agreed = one("whole", path, 0), one("agreement", path, 1000)
    machine = f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    head = f"`python -m bench.orders --receivables {options.receivables}`, {machine}. Milliseconds are of one processor."
    text = "\n".join([head, "", *table(measured, whole, agreed)])
    print(text)  # noqa: T201 - a command
    if options.write:
        run.DOCUMENT.write_text(run.written(text, MARKS), encoding="utf-8")
    return 1 if agreed["differing"] else 0


def _options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.orders", description="Measures an order check on a big book.")
    parser.add_argument("--receivables", type=int, default=1_000_000, help="how many receivables the book has (1000000)")
    parser.add_argument("--book", type=Path, help="a file that keeps the book, so that the next run need not make it")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--measure", choices=sorted(WHAT), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
