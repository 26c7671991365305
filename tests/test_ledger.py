"""The ledger: a chain that only grows, and a check that names the first entry which does not fit."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.act import ledger
from engine.act.ledger import GENESIS, Entry, Head
from engine.book.store import Book, writing
from engine.errors import Refusal
from engine.policy.document import canonical
from tests.acts import NOW, applied, books, planned
from tests.books import new_book


def chain(length: int = 6) -> Book:
    """A book with that many entries about customers C1 and C2 and receivables R1 to R3, in turn."""
    book = new_book()
    with writing(book):
        entries = [
            Entry("note", {"customer": f"C{n % 2 + 1}", "receivables": [f"R{n % 3 + 1}"], "text": f"said {n}"})
            for n in range(1, length + 1)
        ]
        ledger.append_all(book, entries, run_id=None, at=NOW, actor="li.na")
    return book


def opened(book: Book) -> Book:
    """The book as somebody sees it who can write the file: without the triggers."""
    for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        book.execute(f"DROP TRIGGER {name}")
    book.execute("PRAGMA foreign_keys = OFF")
    return book


def rewrite(book: Book, first: int) -> None:
    """Compute every hash anew from an entry on, as a forger would."""
    previous = book.execute("SELECT hash FROM ledger WHERE seq = ?", [first - 1]).fetchone()
    link = previous[0] if previous else GENESIS
    rows = book.execute("SELECT seq, run_id, at, actor, kind, content FROM ledger WHERE seq >= ? ORDER BY seq", [first])
    for seq, run_id, at, actor, kind, content in rows.fetchall():
        entry = {"seq": seq, "run_id": run_id, "at": at, "actor": actor, "kind": kind, "content": content}
        following = "sha256:" + hashlib.sha256((link + canonical(entry)).encode()).hexdigest()
        book.execute("UPDATE ledger SET previous = ?, hash = ? WHERE seq = ?", [link, following, seq])
        link = following


# -- the chain --------------------------------------------------------------------------------------------------------


def test_the_hash_is_what_the_documents_say() -> None:
    """Anybody can compute it: SHA-256 of the hash before it and the entry's JSON, written out here in full."""
    book = new_book()
    with writing(book):
        ledger.append(book, run_id=None, at=NOW, actor="李娜", kind="note", content={"b": 1, "a": "ü"})
    text = (
        "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        '{"actor":"李娜","at":"2026-03-01T08:00:00Z","content":"{\\"a\\":\\"ü\\",\\"b\\":1}","kind":"note","run_id":null,"seq":1}'
    )
    row = book.execute("SELECT seq, content, previous, hash FROM ledger").fetchone()
    assert row == (1, '{"a":"ü","b":1}', GENESIS, "sha256:" + hashlib.sha256(text.encode()).hexdigest())
    assert ledger.head(book) == Head(1, row[3])


def test_each_entry_follows_the_one_before() -> None:
    """Also where they were appended one by one, in transactions of their own."""
    book = chain(2)
    with writing(book):
        assert ledger.append(book, run_id=None, at=NOW, actor="max", kind="note", content={}) == 3
        assert ledger.append(book, run_id=None, at=NOW, actor="max", kind="note", content={}) == 4
    rows = book.execute("SELECT previous, hash FROM ledger ORDER BY seq").fetchall()
    assert [previous for previous, _ in rows] == [GENESIS, *(link for _, link in rows[:-1])]


def test_an_empty_ledger_is_sound() -> None:
    """Its head is number 0."""
    verdict = ledger.verify(new_book(), f"0 {GENESIS}")
    assert verdict.sound and verdict.head == Head(0, GENESIS) and verdict.entries == 0


def test_an_entry_belongs_into_a_transaction() -> None:
    """Without one it could stand without what it speaks of."""
    with pytest.raises(AssertionError, match="one transaction"):
        ledger.append(new_book(), run_id=None, at=NOW, actor="li.na", kind="note", content={})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM ledger WHERE seq = 3",
        "INSERT OR REPLACE INTO ledger SELECT seq, run_id, at, 'nobody', kind, content, previous, hash FROM ledger WHERE seq = 3",
        "INSERT OR REPLACE INTO ledger SELECT 99, run_id, at, 'nobody', kind, content, previous, hash FROM ledger WHERE seq = 3",
    ],
)
def test_the_book_itself_refuses_to_change_an_entry(statement: str) -> None:
    """Triggers against update, delete and replace."""
    book = chain()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        book.execute(statement)
    assert ledger.verify(book).sound


SWAP = "UPDATE ledger SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE ledger SET content = replace(content, 'said 3', 'said 9') WHERE seq = 3"], 3),
        (["UPDATE ledger SET content = content || ' ' WHERE seq = 3"], 3),
        (["UPDATE ledger SET hash = 'sha256:' || hex(zeroblob(32)) WHERE seq = 3"], 3),
        (["UPDATE ledger SET previous = 'sha256:' || hex(zeroblob(32)) WHERE seq = 3"], 3),
        (["UPDATE ledger SET at = '2026-03-01T08:00:01Z' WHERE seq = 3"], 3),
        (["UPDATE ledger SET actor = 'nobody' WHERE seq = 3"], 3),
        (["UPDATE ledger SET kind = 'other' WHERE seq = 3"], 3),
        (["UPDATE ledger SET run_id = 1 WHERE seq = 3"], 3),
        (["UPDATE ledger SET actor = 'nobody' WHERE seq IN (3, 5)"], 3),
        (["UPDATE ledger SET actor = 'nobody' WHERE seq = 1"], 1),
        (["UPDATE ledger SET actor = 'nobody' WHERE seq = 6"], 6),
        (["DELETE FROM ledger WHERE seq = 3"], 3),
        (["DELETE FROM ledger WHERE seq = 1"], 1),
        (["DELETE FROM ledger WHERE seq = 3", "UPDATE ledger SET seq = seq - 1 WHERE seq > 3"], 3),
        ([SWAP, "UPDATE ledger SET seq = -seq WHERE seq < 0"], 3),
        (["INSERT INTO ledger SELECT 7, NULL, at, actor, kind, content, previous, hash || 'x' FROM ledger WHERE seq = 6"], 7),
        (["INSERT INTO ledger SELECT 0, NULL, at, actor, kind, content, previous, hash || 'x' FROM ledger WHERE seq = 1"], 1),
    ],
)
def test_the_ledger_names_its_first_broken_entry(statements: list[str], named: int) -> None:
    """Content, hash, predecessor, moment, actor, kind or run changed; entries taken out, moved up, swapped, put in."""
    book = opened(chain())
    for statement in statements:
        book.execute(statement)
    verdict = ledger.verify(book)
    (problem,) = verdict.problems
    assert (problem.code, problem.where.file, problem.where.line) == ("ledger-broken", "ledger", named)
    assert verdict.entries == named - 1


def test_every_single_byte_of_an_entry_counts() -> None:
    """Each character of a content, changed by itself, is found."""
    book = opened(chain(3))
    text = book.execute("SELECT content FROM ledger WHERE seq = 2").fetchone()[0]
    for position in range(len(text)):
        changed = text[:position] + ("x" if text[position] != "x" else "y") + text[position + 1 :]
        book.execute("UPDATE ledger SET content = ? WHERE seq = 2", [changed])
        assert ledger.verify(book).problems[0].where.line == 2
    book.execute("UPDATE ledger SET content = ? WHERE seq = 2", [text])
    assert ledger.verify(book).sound


# -- the rows that it states ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "code", "said"),
    [
        ("UPDATE effects SET level_to = 2 WHERE kind = 'notice'", "row-changed", "level_to is 2, the entry says 1"),
        ("UPDATE effects SET key = key || 'x' WHERE kind = 'alert'", "row-changed", "of effects"),
        ("DELETE FROM effects WHERE kind = 'task'", "row-missing", "of effects, which is gone"),
        ("UPDATE outbox SET content = replace(content, '10000', '9000')", "row-changed", "of outbox"),
        ("UPDATE outbox SET recipient = 'me@example.com' WHERE kind = 'notice'", "row-changed", "recipient"),
        ("DELETE FROM outbox WHERE kind = 'hand_over'", "row-missing", "of outbox"),
        ("UPDATE receivables SET amount = 1 WHERE kind = 'fee'", "row-changed", "amount is 1, the entry says 4000"),
        ("UPDATE holds SET reason = 'none'", "row-changed", "of holds"),
        ("DELETE FROM tasks", "row-missing", "of tasks"),
        ("UPDATE runs SET plan = zeroblob(8)", "row-changed", "of runs"),
        ("UPDATE policy_versions SET text = text || '#'", "row-changed", "of policy_versions"),
        ("UPDATE decisions SET content = '{}'", "row-changed", "of decisions"),
        ("INSERT INTO effects SELECT 99, run_id, 'more', address, kind, policy, version, rule, class, subject, customer_id,"
         " receivable_id, episode, level_from, level_to, occurrence, as_of, amount, currency, deadline, outbox_id, NULL,"
         " recorded_at FROM effects WHERE id = 1", "row-without-entry", "row 99 of effects"),
        ("INSERT INTO outbox SELECT 99, run_id, 'more', kind, customer_id, channel, recipient, content, recorded_at"
         " FROM outbox WHERE id = 1", "row-without-entry", "row 99 of outbox"),
    ],
)
def test_a_row_that_is_not_as_the_ledger_says_is_found(statement: str, code: str, said: str) -> None:
    """The chain is whole, but what it speaks of was changed, taken away, or something was put in beside it."""
    made = books(2)
    applied(made.book, planned(made.book))
    assert ledger.verify(made.book).sound
    opened(made.book).execute(statement)
    (problem,) = ledger.verify(made.book).problems
    assert problem.code == code and said in problem.message


def test_of_two_faults_the_first_is_named() -> None:
    """A row of entry 3 is gone and entry 5 was changed: entry 3 it is."""
    made = books()
    applied(made.book, planned(made.book))
    book = opened(made.book)
    row = json.loads(book.execute("SELECT content FROM ledger WHERE seq = 3").fetchone()[0])["rows"]["effects"][0]
    book.execute("DELETE FROM effects WHERE id = ?", [row["id"]])
    book.execute("UPDATE ledger SET actor = 'nobody' WHERE seq = 5")
    (problem,) = ledger.verify(book).problems
    assert (problem.code, problem.where.line) == ("row-missing", 3)


def test_a_forged_entry_cannot_make_us_read_any_table() -> None:
    """Table names come from our own list, whatever a content says."""
    book = new_book()
    with writing(book):
        rows = {"sqlite_master; DROP TABLE ledger": [{"id": 1}]}
        ledger.append(book, run_id=None, at=NOW, actor="li.na", kind="note", content={"rows": rows})
    assert ledger.verify(book).problems[0].code == "row-changed"


# -- checkpoints ------------------------------------------------------------------------------------------------------


def _cut(book: Book) -> None:
    book.execute("DELETE FROM ledger WHERE seq > 4")


def _written_anew(book: Book) -> None:
    book.execute("UPDATE ledger SET actor = 'nobody' WHERE seq = 2")
    rewrite(book, 2)


@pytest.mark.parametrize("forge", [_cut, _written_anew])
def test_a_checkpoint_finds_what_the_chain_alone_cannot(forge: Callable[[Book], None], tmp_path: Path) -> None:
    """Cut off at its end or written anew with good hashes, the chain holds; the head kept elsewhere does not fit."""
    book, file = opened(chain()), tmp_path / "head.txt"
    assert ledger.write_checkpoint(book, file) == ledger.head(book)
    forge(book)
    assert ledger.verify(book).sound
    (problem,) = ledger.verify(book, ledger.read_checkpoint(file)).problems
    assert (problem.code, problem.where.line) == ("checkpoint-differs", 6)


def test_a_checkpoint_still_fits_when_the_ledger_has_grown(tmp_path: Path) -> None:
    """It is a prefix that is compared."""
    book, file = chain(), tmp_path / "head.txt"
    ledger.write_checkpoint(book, file)
    with writing(book):
        ledger.append(book, run_id=None, at=NOW, actor="li.na", kind="note", content={})
    assert ledger.verify(book, ledger.read_checkpoint(file)).sound
    assert file.read_text(encoding="utf-8").splitlines() == [f"6 {[past.hash for past in ledger.history(book)][1]}"]


@pytest.mark.parametrize(
    "text", ["", "6", "6 sha256:12", f"x {GENESIS}", f"-1 {GENESIS}", f"6 {GENESIS} more", f"6 {GENESIS.upper()}", "\x00"]
)
def test_what_is_not_a_checkpoint_is_refused(text: str, tmp_path: Path) -> None:
    """A file with something else in it."""
    file = tmp_path / "head.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        ledger.read_checkpoint(file)
    assert caught.value.problems[0].code == "bad-checkpoint"


@pytest.mark.parametrize("name", ["gone.txt", ".", "latin"])
def test_a_checkpoint_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    """A file that is not there, a folder, bytes that are not text."""
    (tmp_path / "latin").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(Refusal) as caught:
        ledger.read_checkpoint(tmp_path / name)
    assert caught.value.problems[0].code == "bad-checkpoint"


# -- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"newest_first": False}, [1, 2, 3, 4, 5, 6]),
        ({"limit": 2}, [6, 5]),
        ({"limit": 2, "newest_first": False}, [1, 2]),
        ({"limit": 0}, []),
        ({"customer": "C1"}, [6, 4, 2]),
        ({"receivable": "R1"}, [6, 3]),
        ({"customer": "C2", "receivable": "R1"}, [3]),
        ({"customer": "C3"}, []),
        ({"run": 1}, []),
    ],
)
def test_the_history_is_searched(asked: dict[str, object], found: list[int]) -> None:
    """By customer, by receivable, by run, from either end, so many."""
    assert [past.seq for past in ledger.history(chain(), **asked)] == found  # type: ignore[arg-type]


def test_the_history_of_a_run_names_its_plan() -> None:
    """And what each entry says comes back as it was put in."""
    made = books()
    the_plan = planned(made.book)
    done = applied(made.book, the_plan)
    past = list(ledger.history(made.book, run=done.run_id, newest_first=False))
    assert {entry.plan for entry in past} == {the_plan.id} and len(past) == 8
    assert past[0].content["actions"] == 6 and past[-1].content["done"]["notice"] == 1
