"""The SQL of facts and findings is carried by sqlglot from SQLite to other engines; what is known to differ is named here.

What differs: the days between two dates and the end of a month, which go through one helper each (engine/sources.py), and dates
moved by a number of days. sqlglot carries the rest as it stands.
"""

import ast
import functools
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from engine import sources
from engine.book import snapshot
from engine.decide.findings import Texts, truth
from engine.facts import FACTS
from engine.policy.model import MonthEnd
from engine.sources import SOURCES
from tests.books import Books
from tests.test_findings import COMPARISONS

ENGINES = ("duckdb", "postgres", "spark")
# Functions of SQLite that other engines have not, or have otherwise; each is written in one helper or for one purpose only.
DIFFER = {
    "JULIANDAY": "whole days between two dates: sources.days",
    "DATE": "a date moved by days, or to the end of its month: sources.later and sources.month_end",
}
# What every engine has, by this name or by one that sqlglot knows.
COMMON = {
    "ABS", "AND", "CASE", "CAST", "COALESCE", "COUNT", "DENSE_RANK", "EXISTS", "FIRST_VALUE", "IF", "LAG", "LEAD", "LENGTH",
    "MAX", "MIN", "NULLIF", "OR", "RANK", "ROW_NUMBER", "SUBSTR", "SUBSTRING", "SUM", "UPPER", "LOWER",
}  # fmt: skip


def parsed(sql: str) -> exp.Expression:
    """The tree of a statement of SQLite; parsing fails where it is none."""
    found = sqlglot.parse_one(sql, read="sqlite", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(found, exp.Expression)
    return found


def carried(sql: str, engine: str) -> str:
    """The statement in the words of another engine, parsed there again. What sqlglot cannot carry is an error."""
    written = parsed(sql).sql(dialect=engine, unsupported_level=sqlglot.ErrorLevel.RAISE)
    sqlglot.parse_one(written, read=engine, error_level=sqlglot.ErrorLevel.RAISE)
    return written


def whole(name: str) -> str:
    """A source with all that it needs, and every fact that is read from it."""
    needed: list[str] = []

    def need(one: str) -> None:
        for other in SOURCES[one].needs:
            need(other)
        if one not in needed:
            needed.append(one)

    need(name)
    clauses = ", ".join(f"{one} AS ({SOURCES[one].sql})" for one in needed)
    return f"WITH {clauses} SELECT * FROM {name}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_carried(name: str, engine: str) -> None:
    """With all the sources that it reads, as one statement."""
    assert carried(whole(name), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_fact_is_carried(engine: str) -> None:
    """Each as a column of a query."""
    for fact in FACTS.values():
        assert carried(f'SELECT {fact.sql} AS "{fact.name}" FROM {fact.source}', engine), fact.name


@pytest.mark.parametrize("engine", ENGINES)
def test_every_finding_is_carried(engine: str) -> None:
    """Every operator and kind of right side, packed as a class is."""
    columns = " + ".join(f"{truth(one, Texts())} * {1 << n}" for n, one in enumerate(COMPARISONS))
    assert carried(f"SELECT {columns} AS m0, COUNT(*) FROM facts GROUP BY m0 ORDER BY m0", engine)


def test_no_function_is_used_that_only_sqlite_has() -> None:
    """Beside those that are named above, each with its reason."""
    texts = [whole(name) for name in SOURCES]
    texts += [f"SELECT {fact.sql} FROM {fact.source}" for fact in FACTS.values()]
    texts += [f"SELECT {truth(one, Texts())} FROM facts" for one in COMPARISONS]
    used = {name for text in texts for name in _functions(text)}
    assert used - COMMON - set(DIFFER) == set()


def test_days_and_month_ends_are_written_in_one_place() -> None:
    """Each use of julianday is that of the helper, word for word, so that one change carries all of them."""
    texts = [source.sql for source in SOURCES.values()] + [fact.sql for fact in FACTS.values()]
    helper = re.escape(sources.days("@", "@")).replace("@", "[^()]+(?:\\([^()]*\\))?")
    for text in texts:
        assert text.lower().count("julianday") == 2 * len(re.findall(helper, text)), text
    ends = [truth(one, Texts()) for one in COMPARISONS if isinstance(one, MonthEnd)]
    written = [sources.month_end(sources.column("due_date"), days) for days in (-1, -1, 0, 0, 1, 1, 31, 31)]
    assert all(text in end for text, end in zip(written, ends, strict=True))


ENGINE = Path(__file__).parent.parent / "engine"


def test_sql_dates_are_reckoned_in_the_helpers_only() -> None:
    """No other text of the engine calls a function of SQLite for dates: one of each, and two calls for the days between."""
    call = re.compile(r"\b(julianday|strftime|unixepoch|datetime|date|time|current_date)\(", re.IGNORECASE)
    found = {}
    for path in sorted(ENGINE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if calls := sorted(hit for text in texts for hit in call.findall(text)):
            found[path.relative_to(ENGINE).as_posix()] = calls
    assert found == {"sql.py": ["date", "date", "julianday", "julianday"]}


@functools.cache
def laid() -> tuple[str, ...]:
    """Every statement by which the snapshot lays down all facts, and looks at one customer only, as SQLite ran it."""
    books, said = Books().customer("C1").receivable("R1", "C1", due="2026-01-31", amount="100.00"), list[str]()
    books.book.conn.set_trace_callback(said.append)
    with snapshot.only(books.book, snapshot.group(books.book, 1)):
        snapshot.take(books.book, [snapshot.Wanted("EUR", frozenset(FACTS), True)], as_of="2026-03-01")
    books.book.conn.set_trace_callback(None)
    return tuple(said)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_statement_of_the_snapshot_is_carried(engine: str) -> None:
    """Temporary tables, views and the rows laid in them. An index of a temporary table is SQLite's own, and only speed."""
    indices = [text for text in laid() if text.startswith("CREATE INDEX")]
    tables = [text.split(" ON ")[1].split()[0] for text in indices if text.startswith("CREATE INDEX temp.")]
    assert tables == ["standing", "position"]
    assert any(text.startswith("INSERT INTO temp.receivable_facts_EUR") for text in laid())
    for text in laid():
        if text not in indices:
            assert not isinstance(parsed(text), exp.Command), text
            assert carried(text, engine), text


def test_what_sqlglot_does_not_see_is_known() -> None:
    """Whoever carries the book: two statements group by the key of `receivables` and show its other columns (DuckDB and Spark
    want MIN around them), and one of these has the names of its own columns in HAVING (PostgreSQL wants the expressions).
    """
    loose, named = set(), set()
    for select in [one for text in laid() if text.startswith("INSERT") for one in parsed(text).find_all(exp.Select)]:
        group, having = select.args.get("group"), select.args.get("having")
        keys = {key.sql() for key in group.expressions} if group else set()
        columns = [one for part in select.expressions for one in part.find_all(exp.Column)]
        bare = [one for one in columns if one.sql() not in keys and not one.find_ancestor(exp.AggFunc, exp.Subquery)]
        if group and bare:
            loose.add(group.sql())
        names = {part.alias for part in select.expressions if isinstance(part, exp.Alias)}
        used = having.find_all(exp.Column) if having else ()
        named |= {one.name for one in used if not one.find_ancestor(exp.AggFunc) and one.sql() in names - keys}
    assert loose == {"GROUP BY r.id"}
    assert named == {"last", "open"}


def _functions(sql: str) -> set[str]:
    """The names of the functions that a statement calls."""
    found = set()
    for node in parsed(sql).find_all(exp.Func):
        found.add((node.name if isinstance(node, exp.Anonymous) else node.sql_name()).upper())
    return found
