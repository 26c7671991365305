"""Kill an apply at random moments, complete it, and compare the book with that of an undisturbed run.

Comes in: a folder, how often, a seed. Goes out: a Crashed with the rounds that came out different (none, if the law holds).
Know before changing: the child is a process of its own that is ended with SIGKILL, which it can neither notice nor delay. The
moment is drawn over the time that a whole run takes, so that some kills come before its first transaction and some after its
last.
"""

import multiprocessing
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.act import ledger
from engine.act.apply import apply
from engine.act.values import from_json, to_json
from engine.book import store
from engine.book.store import Book
from tests.acts import ACTOR, LATER, NOW, books, count, in_file, planned, policies

AT_ONCE = 2
# What an action leaves behind; the ids too, since the order is decided.
LEFT = (
    "SELECT * FROM effects ORDER BY id",
    "SELECT * FROM outbox ORDER BY id",
    "SELECT * FROM receivables ORDER BY id",
    "SELECT * FROM holds ORDER BY id",
    "SELECT * FROM tasks ORDER BY id",
    "SELECT kind, content FROM ledger WHERE kind NOT LIKE 'run-%' ORDER BY seq",
)


@dataclass(frozen=True, slots=True)
class Crashed:
    """How often it was killed, how often in the middle of a run, and the rounds that did not come out right."""

    times: int
    halfway: int
    different: tuple[str, ...]


def kill_in_a_loop(folder: Path, *, times: int, seed: int, customers: int) -> Crashed:
    """So many rounds: a fresh book, a kill (now and then a second one), an apply that completes the run, a comparison."""
    chance = random.Random(seed)
    original = folder / "original.db"
    in_file(books(customers), original).close()
    raw = original.read_bytes()
    book = store.open_book(original)
    plan_file = folder / "plan.json"
    plan_file.write_text(to_json(planned(book)), encoding="utf-8")
    started = time.monotonic()
    _apply(original, plan_file, NOW)
    took = time.monotonic() - started
    expected, total = _left(book), count(book, "effects")
    halfway, different = 0, list[str]()
    for number in range(times):
        path = folder / f"round-{number}.db"
        path.write_bytes(raw)
        done = 0
        for _ in range(1 + (number % 3 == 0)):
            _killed(path, plan_file, chance.uniform(0, took * 1.2))
            done = _count(path)
            halfway += 0 < done < total
        if reason := _completed(path, plan_file, expected):
            different.append(f"round {number}, killed after {done} of {total} effects: {reason}")
    return Crashed(times, halfway, tuple(different))


def _killed(path: Path, plan_file: Path, after: float) -> None:
    """Apply in a child, which is killed after so many seconds."""
    child = multiprocessing.get_context("fork").Process(target=_apply, args=(path, plan_file, NOW))
    child.start()
    child.join(after)
    child.kill()
    child.join()
    child.close()


def _apply(path: Path, plan_file: Path, now: str) -> None:
    """The plan of the file, a few customers per transaction."""
    book = store.open_book(path)
    the_plan = from_json(plan_file.read_text(encoding="utf-8"), str(plan_file))
    apply(book, the_plan, policies(), actor=ACTOR, now=now, at_once=AT_ONCE)
    book.close()


def _count(path: Path) -> int:
    """How many effects a killed child left behind."""
    book = store.open_book(path)
    found = count(book, "effects")
    book.close()
    return found


def _completed(path: Path, plan_file: Path, expected: list[list[tuple[Any, ...]]]) -> str:
    """Complete the run; what is wrong with the book then, if anything."""
    book = store.open_book(path)
    try:
        if not count(book, "ledger", "kind = 'run-finished'"):
            _apply(path, plan_file, LATER)
        verdict = ledger.verify(book)
        if not verdict.sound:
            return str(verdict.problems[0])
        if count(book, "ledger", "kind = 'run-finished'") != 1:
            return "the run was not finished exactly once"
        return "" if _left(book) == expected else "its rows are not those of an undisturbed run"
    finally:
        book.close()


def _left(book: Book) -> list[list[tuple[Any, ...]]]:
    """All that the run left behind, but for the moment at which."""
    return [[tuple(NOW if cell == LATER else cell for cell in row) for row in book.execute(query)] for query in LEFT]
