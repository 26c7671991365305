"""`python -m bench.credit`: what a preview of dunning and credit together costs on a big book, by its stages, as a table.

Comes in: the size of the book. Goes out: Markdown on stdout, and with --write in docs/performance.md between its two marks.
Know before changing: the book has been rated before: the first run of the policy is planned (and measured) four days before the
day and carried out by apply, a second one the day after, so what is measured then is the ordinary day on which a few percent
change. Every number comes from a process of its own. Where preview and hand-written SQL decide differently, no number counts:
exit code 1.
"""

import argparse
import hashlib
import json
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import book, credit_floor, floor, measure, run
from bench.book import AS_OF, KNOWN
from engine.act import plan, values
from engine.act.apply import apply
from engine.book import store
from engine.book.snapshot import take, year_before
from engine.decide import classes
from engine.decide.findings import compile_policy
from engine.policy import library
from engine.policy.model import Policy

POLICY = Path(__file__).parent / "policies" / "bench-credit" / "v1.yaml"
MARKS = ("<!-- bench credit: begin -->", "<!-- bench credit: end -->")
# The day of the first run, on which the book of bench/book.py has its last one.
BEFORE = (date.fromisoformat(AS_OF) - timedelta(days=4)).isoformat()
STAGES = ("facts", "classes decided", "actions made", "plan sealed", "JSON")

Numbers = dict[str, Any]


def policy() -> Policy:
    """The credit policy that is measured; it has no problem."""
    found, problems = library.load_file(POLICY)
    assert found is not None, problems
    return found


def make(path: Path, receivables: int) -> None:
    """The book of bench/book.py, with what is known of each customer's standing; nobody has been rated by a policy yet."""
    book.make(path, receivables)
    ledger, rng = store.open_book(path), random.Random(receivables + 1)
    ledger.execute("BEGIN")
    customers = ledger.execute("SELECT id, entity_id FROM customers ORDER BY id").fetchall()
    for table, rows in _evidence(rng, customers).items():
        marks = ", ".join("?" * len(rows[0]))
        ledger.conn.executemany(f"INSERT INTO {table} ({_COLUMNS[table]}) VALUES ({marks})", rows)
    ledger.execute("COMMIT")
    ledger.conn.close()


_COLUMNS = {
    "assessments": "customer_id, assessed, valid_until, source, score, insolvent, kind, recorded_at",
    "financials": "customer_id, period_end, months, received, valid_until, currency, total_assets, equity, recorded_at",
    "orders": "number, entity_id, customer_id, ordered, amount, currency, recorded_at",
}


def _evidence(rng: random.Random, customers: Iterable[tuple[int, int]]) -> dict[str, list[tuple[Any, ...]]]:
    """Two reports of an agency on six customers in ten, two years' books of half of them, an open order of a third."""
    found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for customer, entity in customers:
        currency = "USD" if customer % 5 == 0 else "EUR"
        if rng.random() < 0.6:
            score = rng.randint(10, 95)
            for ago, change in ((rng.randint(380, 500), rng.randint(-15, 15)), (rng.randint(1, 370), 0)):
                found["assessments"].append((customer, _ago(ago), _ago(ago - 365), "agency", max(0, score + change),
                                             int(rng.random() < 0.004), "agency", KNOWN))
        if rng.random() < 0.5:
            assets = int(10_000_000 * 100 ** rng.random())
            for end, received in (("2024-12-31", "2025-05-20"), ("2025-12-31", _ago(rng.randint(1, 120)))):
                equity = assets * rng.randint(-5, 60) // 100
                found["financials"].append((customer, end, 12, received, "2027-03-31", currency, assets, equity, KNOWN))
        if rng.random() < 0.33:
            found["orders"].append((f"O-{customer}", entity, customer, _ago(rng.randint(0, 30)), rng.randint(10_000, 900_000),
                                    currency, KNOWN))
    return found


def _ago(days: int) -> str:
    """So many days before the day."""
    return (date.fromisoformat(AS_OF) - timedelta(days=days)).isoformat()


def changes(the_plan: values.Plan) -> list[credit_floor.Row]:
    """What the credit policy changes by a plan, in the words of its floor."""
    rows: list[credit_floor.Row] = []
    for action in the_plan.actions:
        if action.lines[0].policy == "bench-credit":
            given = dict(action.parameters)
            rows.append((action.customer, action.kind, given.get("rating", given.get("limit"))))
    return rows


def by_hand(path: Path, day: str) -> tuple[list[floor.Row], list[credit_floor.Row]]:
    """The decisions of both policies, by the SQL written for each."""
    return floor.decisions(path, day, year_before(day)), credit_floor.decisions(path, day, year_before(day))


def digest(rows: Iterable[tuple[object, ...]]) -> str:
    """The same for the same decisions, in whatever order they came."""
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def _previewed(path: Path, policies: list[Policy], day: str) -> tuple[values.Plan, Numbers]:
    """A plan with its JSON, and the seconds of each stage."""
    ledger, marks = store.open_book(path), list[float]()
    the_plan = plan.plan(ledger, policies, as_of=day, progress=lambda _, __: marks.append(time.process_time()))
    marks.append(time.process_time())
    text = values.to_json(the_plan)
    marks.append(time.process_time())
    taken = dict(zip(STAGES, (after - before for before, after in pairwise(marks)), strict=True))
    rows = changes(the_plan)
    chased = [row for row in measure.calls(the_plan) if row[0]]
    return the_plan, {
        "seconds": marks[-1] - marks[0],
        "stages": taken,
        "bytes": len(text.encode()),
        "actions": len(the_plan.actions),
        "classes": len(the_plan.classes),
        "changes": len(rows),
        "customers": len({row[0] for row in rows}),
        "digest": digest(rows),
        "dunning": digest(chased),
        "peak": measure.peak(),
    }


def _credit(path: Path, day: str) -> Numbers:
    """The credit policy alone."""
    return _previewed(path, [policy()], day)[1]


def _both(path: Path, day: str) -> Numbers:
    """Dunning and credit in one preview."""
    return _previewed(path, [measure.policy(), policy()], day)[1]


def _floor(path: Path, day: str) -> Numbers:
    """The SQL by hand for the credit policy, and for dunning."""
    start = time.process_time()
    rows = credit_floor.decisions(path, day, year_before(day))
    credit = time.process_time() - start
    chased = floor.decisions(path, day, year_before(day))
    both = time.process_time() - start
    return {"seconds": credit, "both": both, "changes": len(rows), "digest": digest(rows), "dunning": digest(chased),
            "peak": measure.peak()}


def _facts(path: Path, day: str) -> Numbers:
    """The facts that the credit policy asks for, of every customer."""
    ledger, wanted = store.open_book(path), classes.wanted([compile_policy(policy())])
    start = time.process_time()
    take(ledger, wanted, as_of=day)
    return {"seconds": time.process_time() - start, "peak": measure.peak()}


def _settle(path: Path, day: str) -> Numbers:
    """Plan and apply: the run that rates everybody for the first time."""
    the_plan, numbers = _previewed(path, [policy()], day)
    start = time.process_time()
    apply(store.open_book(path), the_plan, [policy()], actor="bench", now=KNOWN, approve=True)
    return numbers | {"applied": time.process_time() - start}


WHAT: dict[str, Callable[[Path, str], Numbers]] = {
    "credit": _credit, "both": _both, "floor": _floor, "facts": _facts, "settle": _settle,
}


def one(what: str, path: Path, day: str) -> Numbers:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.credit", "--one", what, str(path), day]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=run.DOCUMENT.parent.parent)
    found: Numbers = json.loads(done.stdout)
    return found


def median(what: str, path: Path, runs: int) -> Numbers:
    """The run of the median time out of several, on the day."""
    return sorted((one(what, path, AS_OF) for _ in range(runs)), key=lambda numbers: float(numbers["seconds"]))[runs // 2]


def agree(floor_found: Numbers, found: Numbers) -> bool:
    """Whether the preview decided on credit as the SQL did, and on dunning too where it was asked."""
    return bool(found["digest"] == floor_found["digest"])


def table(first: Numbers, by_floor: Numbers, measured: dict[str, Numbers]) -> Iterator[str]:
    """The lines of the Markdown tables."""
    yield "| | seconds | of the floor | peak memory |"
    yield "|---|---:|---:|---:|"
    yield f"| the floor of credit: SQL written by hand for this policy | {by_floor['seconds']:.2f} | 1.0 x | |"
    for label, numbers, against in (
        ("credit: the facts only", measured["facts"], by_floor["seconds"]),
        ("credit: the whole preview, plan and its JSON", measured["credit"], by_floor["seconds"]),
        ("dunning and credit: the whole preview", measured["both"], by_floor["both"]),
        ("credit: the first run of all, which rates everybody", first, by_floor["seconds"]),
    ):
        seconds = numbers["seconds"]
        yield f"| {label} | {seconds:.2f} | {seconds / against:.1f} x | {numbers['peak'] / 2**20:.0f} MiB |"
    yield ""
    yield f"| seconds of | {' | '.join(STAGES)} | actions | classes in the plan | plan |"
    yield f"|---|{'---:|' * (len(STAGES) + 3)}"
    for label, numbers in (("credit", measured["credit"]), ("dunning and credit", measured["both"]), ("the first run", first)):
        stages = " | ".join(f"{numbers['stages'][stage]:.2f}" for stage in STAGES)
        yield f"| {label} | {stages} | {numbers['actions']:,} | {numbers['classes']:,} | {numbers['bytes'] / 2**20:.1f} MiB |"


def report(size: int, first: Numbers, by_floor: Numbers, measured: dict[str, Numbers], runs: int) -> str:
    """The tables, what they were measured with, and what changed on the day."""
    machine = f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    both = measured["both"]
    return "\n".join([
        f"`python -m bench.credit --receivables {size} --runs {runs}`, the median of {runs} runs, {machine}. Seconds are of one"
        " processor.",
        "",
        *table(first, by_floor, measured),
        "",
        f"The first run makes {first['changes']:,} changes and is applied in {first['applied']:.1f} s; four days and a second"
        f" run later there are {both['changes']:,}, of {both['customers']:,} customers in {size // 10:,}. Same decisions as"
        " the floor: "
        + ("yes." if agree(by_floor, measured["credit"]) and _agree_on_both(by_floor, both) else "**no**."),
    ])


def _agree_on_both(by_floor: Numbers, both: Numbers) -> bool:
    """Whether the common preview decided as both floors did."""
    return agree(by_floor, both) and bool(both["dunning"] == by_floor["dunning"])


def main(arguments: list[str]) -> int:
    """Make, rate, measure, print, and write where asked to."""
    if arguments[:1] == ["--one"]:
        what, file, day = arguments[1:]
        print(json.dumps(WHAT[what](Path(file), day)))  # noqa: T201 - a command
        return 0
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(options.keep or scratch) / f"bench-credit-{options.receivables}.db"
        told = path.with_suffix(".json")
        if not path.exists():
            make(path, options.receivables)
            first = one("settle", path, BEFORE)
            # Holds go by the limit in the book, so those by the new limits are called for the day after.
            one("settle", path, _ago(3))
            told.write_text(json.dumps(first), encoding="utf-8")
        first = json.loads(told.read_text(encoding="utf-8"))
        measured = {what: median(what, path, options.runs) for what in ("facts", "credit", "both")}
        by_floor = median("floor", path, options.runs)
    text = report(options.receivables, first, by_floor, measured, options.runs)
    print(text)  # noqa: T201 - a command
    if options.write:
        run.DOCUMENT.write_text(written(text), encoding="utf-8")
    return 0 if agree(by_floor, measured["credit"]) and _agree_on_both(by_floor, measured["both"]) else 1


def written(text: str) -> str:
    """docs/performance.md with the text between its marks."""
    head, rest = run.DOCUMENT.read_text(encoding="utf-8").split(MARKS[0], 1)
    return f"{head}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{rest.split(MARKS[1], 1)[1]}"


def _options(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.credit", description="Measures a preview of dunning and credit.")
    parser.add_argument("--receivables", type=int, default=1_000_000, help="how many receivables the book has (1000000)")
    parser.add_argument("--runs", type=int, default=3, help="how often to measure each; the median counts (3)")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the book, so that the next run need not make it")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
