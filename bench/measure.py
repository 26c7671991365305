"""One measurement, in a process of its own so that its peak memory is its own.

Comes in: what to measure and a book's file. Goes out: one line of JSON: seconds of processor time, peak memory, counts.
Know before changing: nothing is counted but the work itself, neither imports nor the loading of the policy. Seconds are of
the processor (user and system): all of this is one thread, and a busy neighbour must not make a better or a worse table.
"""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import floor
from bench.book import AS_OF
from engine.act import plan, values
from engine.book import store
from engine.book.snapshot import Snapshot, take, year_before
from engine.decide import classes
from engine.decide.decide import decide, rulesets
from engine.decide.findings import Compiled, compile_policy
from engine.policy import library
from engine.policy.model import Policy

POLICY = Path(__file__).parent / "policies" / "bench" / "v1.yaml"
SAMPLE = 20_000

Numbers = dict[str, Any]


def policy() -> Policy:
    """The policy that is measured; it has no problem."""
    found, problems = library.load_file(POLICY)
    assert found is not None, problems
    return found


def digest(rows: Iterable[floor.Row]) -> str:
    """The same for the same decisions, in whatever order they came."""
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def calls(the_plan: values.Plan) -> list[floor.Row]:
    """What a plan does and withholds, in the words of the floor."""
    done: list[floor.Row] = [
        (line.receivable or "", line.rule, action.kind, line.level_to, "")
        for action in the_plan.actions
        for line in action.lines
    ]
    return done + [(one.receivable or "", one.rule, one.kind, one.level_to, one.reasons[0]) for one in the_plan.withheld]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what came out."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _floor(path: Path) -> Numbers:
    """The hand-written SQL."""
    seconds, rows = _timed(lambda: floor.decisions(path, AS_OF, year_before(AS_OF)))
    return {"seconds": seconds, "calls": len(rows), "digest": digest(rows)}


def _facts(path: Path) -> Numbers:
    """The facts of every open receivable and its customer, and nothing decided."""
    book, wanted = store.open_book(path), classes.wanted([compile_policy(policy())])
    seconds, snapshot = _timed(lambda: take(book, wanted, as_of=AS_OF))
    return {"seconds": seconds, "subjects": _open(snapshot)}


def _preview(path: Path) -> Numbers:
    """The whole plan, and its text."""
    book, policies = store.open_book(path), [policy()]
    start = time.process_time()
    the_plan = plan.plan(book, policies, as_of=AS_OF)
    planned = time.process_time() - start
    text = values.to_json(the_plan)
    seconds = time.process_time() - start
    lines = sum(len(action.lines) for action in the_plan.actions)
    rows = calls(the_plan)
    return {
        "seconds": seconds, "planned": planned, "calls": len(rows), "digest": digest(rows), "actions": len(the_plan.actions),
        "lines": lines, "withheld": len(the_plan.withheld), "bytes": len(text.encode()), "classes": len(the_plan.classes),
    }


def _engine(path: Path) -> Numbers:
    """durable-rules alone: once per class, and once per subject for a sample, scaled to all covered subjects."""
    book, compiled = store.open_book(path), compile_policy(policy())
    snapshot = take(book, classes.wanted([compiled]), as_of=AS_OF)
    classes.cover(snapshot, [compiled])
    per_class, decided = _timed(lambda: classes.decided(snapshot, [compiled]))
    rows = _sampled(snapshot, compiled)
    one_by_one, _ = _timed(lambda: _each(compiled, rows))
    subjects = sum(one.subjects for one in decided)
    return {
        "seconds": one_by_one / max(1, len(rows)) * subjects, "sample": len(rows), "sampled": one_by_one, "per_class": per_class,
        "classes": len(decided), "subjects": subjects,
    }


def _open(snapshot: Snapshot) -> int:
    """How many receivables are open."""
    return int(snapshot.book.execute("SELECT COUNT(*) FROM position").fetchone()[0])


def _sampled(snapshot: Snapshot, compiled: Compiled) -> list[list[int]]:
    """The findings of up to SAMPLE covered subjects, spread evenly over all of them."""
    table = classes.members(compiled.policy)
    every = snapshot.book.execute(f"SELECT {', '.join(classes.MASK_COLUMNS)} FROM {table} ORDER BY subject_id").fetchall()
    return [compiled.row(masks) for masks in every[:: max(1, len(every) // SAMPLE)][:SAMPLE]]


def _each(compiled: Compiled, rows: Sequence[list[int]]) -> None:
    """One evaluation per subject, as a rules engine is commonly used."""
    with rulesets(compiled) as rules:
        for row in rows:
            decide(compiled, rules, row)


WHAT: dict[str, Callable[[Path], Numbers]] = {"floor": _floor, "facts": _facts, "preview": _preview, "engine": _engine}


def peak() -> int:
    """The most memory that this process has held at once, in bytes.

    On Linux from /proc: ru_maxrss begins with that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def main(arguments: Sequence[str]) -> str:
    """`python -m bench.measure floor|facts|preview|engine FILE`."""
    numbers = WHAT[arguments[0]](Path(arguments[1]))
    return json.dumps({**numbers, "peak": peak()})


if __name__ == "__main__":
    print(main(sys.argv[1:]))  # noqa: T201 - a command
