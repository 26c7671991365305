"""Files of rows for tests of intake, written in the tests themselves.

Comes in: a kind, the text of a CSV file, perhaps the text of a mapping. Goes out: the Receipt, or the lines of the Refusal.
"""

import tempfile
import textwrap
from pathlib import Path
from typing import Any

from engine.book import intake, mapping
from engine.book.intake import Receipt
from engine.book.mapping import Mapping
from engine.book.store import Book
from engine.errors import Problem, Refusal

NOW = "2026-03-01T08:00:00Z"
MASTER = """
    number,entity,name
    C1,US01,Acme
    C2,US01,Bolt
"""


def mapped(text: str) -> Mapping:
    """The mapping that the YAML text says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.yaml"
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return mapping.load(path, shown="m.yaml")


def bring(book: Book, kind: str, text: str | bytes | Path, rules: str | Mapping | None = None, **options: Any) -> Receipt:
    """Import the text of a CSV file (or a file), by the text of a mapping."""
    read_by = mapped(rules) if isinstance(rules, str) else rules
    given = {"dry_run": False, "expect_rows": None, "expect_total": None, "actor": "tester", "now": NOW} | options
    if isinstance(text, Path):
        return intake.load(book, kind, text, read_by, **given)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip().encode())
        return intake.load(book, kind, path, read_by, **given)


def wrong(book: Book, kind: str, text: str | bytes | Path, rules: str | Mapping | None = None, **options: Any) -> list[str]:
    """The problems that such an import is refused with, `row:column code: message`; the book is as before."""
    before = dump(book)
    try:
        bring(book, kind, text, rules, **options)
    except Refusal as refusal:
        assert dump(book) == before, "a refused import left something behind"
        return [_line(problem) for problem in refusal.problems]
    raise AssertionError("the import was not refused")


def company(book: Book) -> Book:
    """The book with one entity and two customers."""
    bring(book, "entities", "code,name,currency\nUS01,Duly Inc.,USD\n")
    bring(book, "customers", MASTER)
    return book


def dump(book: Book) -> list[str]:
    """Everything that is in the book."""
    return list(book.conn.iterdump())


def _line(problem: Problem) -> str:
    """A problem without the name of its temporary file."""
    return f"{problem.where.line}:{problem.where.column} {problem.code}: {problem.message}"
