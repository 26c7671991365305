"""The ledger: what was done, by whom and when, as a hash chain that only grows.

Comes in: entries, inside a transaction that also writes the rows they speak of. Goes out: the history, and the proof that
nothing of it was changed, taken out, put in or reordered.
Know before changing: the hash of an entry is `sha256:` and the SHA-256 of the UTF-8 bytes of

    previous + canonical({"actor", "at", "content", "kind", "run_id", "seq"})

where `previous` is the hash of the entry before it (GENESIS before the first), `canonical` is JSON with sorted keys and without
blanks (document.canonical), `content` is the stored text itself, a string inside that JSON, `run_id` an integer or null and
`seq` counts from 1. Nobody can change this without breaking every book there is. `content.rows` states rows of the book by
id (act/witness.py); `verify` compares them too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.act.witness import Witness, stated
from engine.book.snapshot import reading
from engine.book.store import Book
from engine.errors import Place, Problem, Refusal
from engine.policy.document import canonical

__all__ = [
    "GENESIS",
    "Entry",
    "Head",
    "Past",
    "Verdict",
    "append",
    "append_all",
    "head",
    "history",
    "read_checkpoint",
    "stated",
    "verify",
    "write_checkpoint",
]

GENESIS = "sha256:" + "0" * 64
PLACE = "ledger"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `content` is JSON; of it, `customer` and `receivables` are what the history is searched by."""

    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its number (0 where there is none) and its hash. Written `seq hash`, it is a checkpoint."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """The checkpoint as one line."""
        return f"{self.seq} {self.hash}"


@dataclass(frozen=True, slots=True)
class Past:
    """An entry as it stands in the ledger. `plan` is the plan's id where the entry belongs to a run."""

    seq: int
    at: str
    actor: str
    kind: str
    content: dict[str, Any]
    run_id: int | None
    plan: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were read, the head, and the first thing that does not fit (and whether the checkpoint does)."""

    entries: int
    head: Head
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        return not self.problems


def append(book: Book, *, run_id: int | None, at: str, actor: str, kind: str, content: Mapping[str, Any]) -> int:
    """One entry at the end; its number. To be called inside store.writing, with the rows that it states."""
    append_all(book, [Entry(kind, content)], run_id=run_id, at=at, actor=actor)
    return head(book).seq


def append_all(book: Book, entries: Iterable[Entry], *, run_id: int | None, at: str, actor: str) -> None:
    """Entries at the end, in their order. To be called inside store.writing, with the rows that they state."""
    assert book.conn.in_transaction, "a ledger entry is written in one transaction with what it speaks of"
    last = head(book)
    seq, previous = last.seq, last.hash
    rows = []
    for entry in entries:
        seq += 1
        content = canonical(entry.content)
        link = _link(previous, seq=seq, run_id=run_id, at=at, actor=actor, kind=entry.kind, content=content)
        rows.append((seq, run_id, at, actor, entry.kind, content, previous, link))
        previous = link
    book.conn.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def head(book: Book) -> Head:
    """The last entry of the ledger."""
    row = book.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS)


def history(
    book: Book,
    *,
    customer: str | None = None,
    receivable: str | None = None,
    run: int | None = None,
    newest_first: bool = True,
    limit: int | None = None,
) -> Iterator[Past]:
    """The entries about a customer, a receivable (by their numbers) or a run, streamed; all of them where nothing is asked."""
    query = f"""SELECT l.seq, l.at, l.actor, l.kind, l.content, l.run_id, r.plan_id, l.hash
    FROM ledger AS l LEFT JOIN runs AS r ON r.id = l.run_id
    WHERE (:customer IS NULL OR json_extract(l.content, '$.customer') = :customer)
      AND (:run IS NULL OR l.run_id = :run)
      AND (:receivable IS NULL
        OR EXISTS (SELECT 1 FROM json_each(l.content, '$.receivables') AS e WHERE e.value = :receivable))
    ORDER BY l.seq {"DESC" if newest_first else "ASC"} LIMIT :limit"""
    named = {"customer": customer, "receivable": receivable, "run": run, "limit": -1 if limit is None else limit}
    for seq, at, actor, kind, content, run_id, plan, link in book.execute(query, named):
        yield Past(seq, at, actor, kind, json.loads(content), run_id, plan, link)


def verify(book: Book, checkpoint: str | None = None) -> Verdict:
    """Read the whole ledger once and name the first entry that does not fit: the chain, then the rows that it states.

    `checkpoint` is the line `seq hash` kept elsewhere: without one, whoever can write the file can also write it anew from
    any entry on. Refusal `bad-checkpoint` where the line is not one.
    """
    kept = _head_of(checkpoint) if checkpoint is not None else None
    with reading(book):
        witness, last, first_broken = Witness(book), Head(0, GENESIS), None
        met = kept is None or kept == last
        for chunk in _chunks(book):
            fitting = []
            for row in chunk:
                first_broken = _misfit(last, row)
                if first_broken:
                    break
                last = Head(row[0], row[7])
                met = met or last == kept
                fitting.append((row[0], row[4], row[5]))
            first_broken = witness.read(fitting) or first_broken
            if first_broken:
                break
        problems = [first_broken or witness.unspoken()]
        if not first_broken and not met and kept is not None:
            problems.append(_not_met(kept, last))
        return Verdict(last.seq, last, tuple(problem for problem in problems if problem))


def write_checkpoint(book: Book, path: Path) -> Head:
    """Keep the head in a file, one line `seq hash`; keep that file where the owner of the book cannot write."""
    last = head(book)
    path.write_text(f"{last}\n", encoding="utf-8")
    return last


def read_checkpoint(path: Path) -> str:
    """The line of a checkpoint file. Refusal `bad-checkpoint` where the file cannot be read or is not one."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_checkpoint(str(path), f"this file cannot be read ({error})") from error
    _head_of(text, str(path))
    return text


def _link(previous: str, **entry: object) -> str:
    """The hash of an entry, as the module's first lines say."""
    return "sha256:" + hashlib.sha256((previous + canonical(entry)).encode()).hexdigest()


def _chunks(book: Book) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the ledger in the order of their numbers, so many at once."""
    cursor = book.execute("SELECT seq, run_id, at, actor, kind, content, previous, hash FROM ledger ORDER BY seq")
    while chunk := cursor.fetchmany(_AT_ONCE):
        yield chunk


def _misfit(last: Head, row: tuple[Any, ...]) -> Problem | None:
    """Why a row cannot be the entry after the last one."""
    seq, run_id, at, actor, kind, content, previous, link = row
    if seq != last.seq + 1:
        return _broken(last.seq + 1, f"the entry is missing; the next one there is has the number {seq}")
    if previous != last.hash:
        return _broken(seq, f"it does not follow entry {last.seq}: it names another hash as the one before it")
    if link != _link(previous, seq=seq, run_id=run_id, at=at, actor=actor, kind=kind, content=content):
        return _broken(seq, f"its hash is not that of what it says ({kind} by {actor} at {at}): it was changed")
    return None


def _broken(seq: int, message: str) -> Problem:
    """The chain does not hold from this entry on."""
    return Problem(Place(PLACE, seq), "ledger-broken", f"{message}; compare with a copy of the book from before")


def _not_met(kept: Head, last: Head) -> Problem:
    """The ledger holds together but is not the one that the checkpoint was taken from."""
    what = f"it ends at entry {last.seq}" if kept.seq > last.seq else "its entry of that number has another hash"
    return Problem(
        Place(PLACE, kept.seq),
        "checkpoint-differs",
        f"this is not the ledger that the checkpoint was taken from: {what}; it was written anew or cut off",
    )


def _head_of(line: str, file: str = "checkpoint") -> Head:
    """The head that a checkpoint states."""
    seq, _, link = line.strip().partition(" ")
    digits = link.removeprefix("sha256:")
    if not (
        seq.isascii()
        and seq.isdigit()
        and len(link) == 71
        and len(digits) == 64
        and set(digits) <= set("0123456789abcdef")
    ):
        raise _bad_checkpoint(
            file, f"'{line[:80]}' is not a checkpoint; one is a single line such as '17 sha256:5e0c...'"
        )
    return Head(int(seq), link)


def _bad_checkpoint(file: str, message: str) -> Refusal:
    """The refusal of a checkpoint that cannot be compared with."""
    return Refusal([Problem(Place(file), "bad-checkpoint", message)])
