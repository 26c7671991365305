"""The outbox, emptied into a folder: each message becomes one file, once.

Comes in: a book with undelivered messages, a folder, templates. Goes out: files, rows of `deliveries`, ledger entries.
Know before changing: a file is written first and recorded after, under a name that follows from the message's key alone. So a
message that was cut short between the two is found lying there and is recorded then; it is not written again. A message that
cannot be made is a failed delivery with its reason, tried again next time; the others go on.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.act.ledger import Entry, append_all, stated
from engine.act.letters import Failure, Letter, Writer
from engine.act.turn import turn
from engine.book.store import Book, writing
from engine.errors import Exit, Place, Problem, Refusal

TRANSPORT = "files"
SENT, FAILED = "sent", "failed"
AT_ONCE = 200

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that is still in the outbox, and why."""

    key: str
    kind: str
    customer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages were sent, how many of them lay there already, and those that were not."""

    sent: int
    found: int
    failed: tuple[Failed, ...]

    @property
    def exit(self) -> Exit:
        """PARTLY where some are still in the outbox."""
        return Exit.PARTLY if self.failed else Exit.OK


@dataclass(frozen=True, slots=True)
class _Message:
    """An undelivered row of the outbox."""

    id: int
    key: str
    kind: str
    customer: str
    as_of: str
    content: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What became of a message: where it lies, or why not."""

    message: _Message
    status: str
    detail: str
    found: bool


def deliver(
    book: Book,
    folder: Path,
    templates: Path,
    *,
    now: str,
    actor: str = "duly",
    progress: Callable[[int, int], None] | None = None,
) -> Delivered:
    """Write every undelivered message to the folder as `<as_of>/<customer>.<key>.<channel>.txt` (alerts and hand-overs: .json).

    Refusal `book-locked` where another delivery is at work, `unwritable-folder` where the folder cannot be written to.
    """
    with turn(book, "deliver"):
        _make(folder)
        waiting = _undelivered(book)
        writer, sent, found, failed = Writer(templates), 0, 0, list[Failed]()
        for first in range(0, len(waiting), AT_ONCE):
            tried = [_attempt(one, folder, writer) for one in _messages(book, waiting[first : first + AT_ONCE])]
            with writing(book):
                _keep(book, tried, now=now, actor=actor)
            sent += sum(one.status == SENT for one in tried)
            found += sum(one.found for one in tried)
            failed += [_failed(one) for one in tried if one.status == FAILED]
            if progress:
                progress(sent + len(failed), len(waiting))
    return Delivered(sent, found, tuple(failed))


def file_name(key: str, customer: str, as_of: str, ending: str) -> str:
    """Where a message lies in the folder. The key makes it unique, the customer's number lets people find it."""
    return f"{as_of}/{_UNSAFE.sub('-', customer)[:60]}.{key}.{ending}"


def count_as_sent(book: Book, run_id: int, *, transport: str, now: str) -> None:
    """Every message of a run delivered, without a file or an entry: for days that are only lived through, on a scratch book."""
    query = """INSERT INTO deliveries (outbox_id, attempted_at, status, transport, detail)
      SELECT id, :now, :sent, :transport, '' FROM outbox WHERE run_id = :run ORDER BY id"""
    book.execute(query, {"run": run_id, "transport": transport, "sent": SENT, "now": now})


def _undelivered(book: Book) -> list[int]:
    """The messages that are not known to be sent, in the order they were put there."""
    query = """SELECT o.id FROM outbox AS o
      WHERE NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.outbox_id = o.id AND d.status = 'sent') ORDER BY o.id"""
    return [row[0] for row in book.execute(query)]


def _messages(book: Book, ids: Sequence[int]) -> list[_Message]:
    """The messages of those ids."""
    query = """SELECT o.id, o.key, o.kind, c.number, r.as_of, o.content FROM outbox AS o
      JOIN customers AS c ON c.id = o.customer_id JOIN runs AS r ON r.id = o.run_id
      WHERE o.id IN (SELECT value FROM json_each(:ids)) ORDER BY o.id"""
    rows = book.execute(query, {"ids": json.dumps(ids)})
    return [_Message(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) for row in rows]


def _failed(attempt: _Attempt) -> Failed:
    """What is said of a message that could not be sent."""
    message = attempt.message
    return Failed(message.key, message.kind, message.customer, attempt.detail)


def _attempt(message: _Message, folder: Path, writer: Writer) -> _Attempt:
    """Write one message to its file."""
    letter = writer.write(message.content)
    if isinstance(letter, Failure):
        return _Attempt(message, FAILED, letter.reason, found=False)
    name = file_name(message.key, message.customer, message.as_of, letter.ending)
    try:
        found = _lay(folder / name, letter)
    except OSError as error:
        return _Attempt(message, FAILED, f"{name}: {error.strerror or error}", found=False)
    if found is None:
        reason = (
            f"{name}: a file with other words lies there; see which of them was sent, and move it away to send this one"
        )
        return _Attempt(message, FAILED, reason, found=False)
    remarks = [name, letter.remark, "lay there already" if found else ""]
    return _Attempt(message, SENT, "; ".join(remark for remark in remarks if remark), found=found)


def _lay(path: Path, letter: Letter) -> bool | None:
    """Write the file whole or not at all. True where it lay there already, None where another one does."""
    raw = letter.text.encode()
    if path.exists():
        return True if path.read_bytes() == raw else None
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return False


def _keep(book: Book, attempts: Sequence[_Attempt], *, now: str, actor: str) -> None:
    """The deliveries and their ledger entries."""
    first = int(book.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM deliveries").fetchone()[0])
    entries = []
    for number, one in enumerate(attempts, first):
        row = {
            "id": number,
            "outbox_id": one.message.id,
            "attempted_at": now,
            "status": one.status,
            "transport": TRANSPORT,
            "detail": one.detail,
        }
        book.execute(
            """INSERT INTO deliveries (id, outbox_id, attempted_at, status, transport, detail)
            VALUES (:id, :outbox_id, :attempted_at, :status, :transport, :detail)""",
            row,
        )
        content = {
            "customer": one.message.customer,
            "message": one.message.key,
            "receivables": _receivables(one.message),
            "rows": {"deliveries": [stated("deliveries", row)]},
        }
        entries.append(Entry(f"delivery-{one.status}", content))
    append_all(book, entries, run_id=None, at=now, actor=actor)


def _receivables(message: _Message) -> list[str]:
    """The numbers that a message speaks of."""
    items = message.content["items"]
    assert isinstance(items, list), message.key
    return sorted({item["receivable"] for item in items})


def _make(folder: Path) -> None:
    """The folder, made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "it may not be written to")
    except OSError as error:
        message = f"messages cannot be written here ({error.strerror}); name another folder"
        raise Refusal([Problem(Place(str(folder)), "unwritable-folder", message)], Exit.REFUSED) from error
