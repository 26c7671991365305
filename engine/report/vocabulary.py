"""The vocabulary as text: every fact that a policy may test, with its type and meaning.

Comes in: engine/facts.py. Goes out: text, no line of it wider than asked for, or rows.
Know before changing: a meaning is never cut; it goes on in the next line.
"""

from collections.abc import Iterable

from engine.facts import FACTS, Fact
from engine.report.tables import GAP, NARROWEST, Column, Row, Table, lines, painter, wrap


def facts(*, width: int = 100, colour: bool = False) -> str:
    """The vocabulary: what a policy may test, of a receivable and of its customer."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    parts = []
    for title, of_customer in (("Of a receivable", False), ("Of a customer", True)):
        mine = [fact for fact in FACTS.values() if fact.of_customer is of_customer]
        name = max(len(fact.name) for fact in mine)
        room = width - name - GAP - len("percent") - GAP
        rows = [row for fact in mine for row in _fact(fact, room)]
        table = Table((Column("fact"), Column("type"), Column("meaning")), tuple(rows))
        parts.append("\n".join((paint(title, "title"), *lines(table, width, paint))))
    return "\n\n".join(parts) + "\n"


def fact_rows() -> tuple[tuple[str, ...], ...]:
    """The vocabulary as rows for CSV and JSON, the first one the headings."""
    rows = ((fact.name, fact.type.value, fact.unit, fact.meaning, " ".join(fact.values)) for fact in FACTS.values())
    return (("fact", "type", "unit", "meaning", "values"), *rows)


def _fact(fact: Fact, room: int) -> Iterable[Row]:
    """The fact, its meaning on as many lines as it needs."""
    one_of = f" One of: {', '.join(fact.values)}." if fact.values else ""
    first, *rest = wrap(fact.meaning + one_of, room)
    yield Row((fact.name, fact.type.value, first))
    yield from (Row(("", "", line)) for line in rest)
