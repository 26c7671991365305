"""Which version of which policy is in force when, as a table, for programs and for spreadsheets.

Comes in: the standings of policy/versions.py. Goes out: text, plain values, rows of a CSV file.
Know before changing: columns are public: add at the end, never rename.
"""

from collections.abc import Sequence
from typing import Any

from engine.policy.versions import Standing, State
from engine.report import words
from engine.report.csvs import Cells
from engine.report.tables import NARROWEST, Column, Row, Table, lines, painter, wrap

_COLUMNS = (
    Column("policy"),
    Column("version", right=True),
    Column("kind"),
    Column("from"),
    Column("until"),
    Column("stands"),
    Column("released"),
    Column("covers by", least=10),
)
HEADINGS = tuple("policy version kind effective_from until state released priority covers digest file".split())
_STYLES = {State.IN_FORCE: "plain", State.LATER: "strong", State.OVER: "quiet"}
EVERYBODY = "everybody"


def text(found: Sequence[Standing], as_of: str, *, width: int = 100, colour: bool = False) -> str:
    """One line for each version, and what is not released."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    now = sum(one.state is State.IN_FORCE for one in found)
    policies = len({one.policy.name for one in found})
    title = f"{words.count(policies, 'policy', 'policies')}, {words.count(len(found), 'version')}; {now} in force on {as_of}."
    parts = [paint(title, "title"), *lines(Table(_COLUMNS, tuple(map(_row, found))), width, paint)]
    if not all(one.released for one in found):
        advice = "What is not released may still be edited; `duly policy release NAME` seals it."
        parts += wrap(advice, width)
    return "\n".join(parts) + "\n"


def plain(found: Sequence[Standing]) -> list[dict[str, Any]]:
    """For programs."""
    return [dict(zip(HEADINGS, _values(one), strict=True)) for one in found]


def csv_rows(found: Sequence[Standing]) -> tuple[Cells, ...]:
    """For spreadsheets; several facts with a blank between them."""
    return (HEADINGS, *(tuple(map(_cell, _values(one))) for one in found))


def _row(one: Standing) -> Row:
    """One line of the table."""
    policy = one.policy
    cells = (
        policy.name,
        f"v{policy.version}",
        policy.kind,
        policy.effective_from,
        one.until or "no end",
        one.state.value,
        "yes" if one.released else "no",
        ", ".join(one.covers) or EVERYBODY,
    )
    return Row(cells, _STYLES[one.state])


def _values(one: Standing) -> tuple[Any, ...]:
    """The values in the order of the headings."""
    policy = one.policy
    said = (policy.name, policy.version, policy.kind, policy.effective_from, one.until, one.state.value)
    return (*said, one.released, policy.priority, list(one.covers), policy.digest, policy.file)


def _cell(value: Any) -> str:
    """One cell of the CSV file."""
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
