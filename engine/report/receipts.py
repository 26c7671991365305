"""The receipt of an import as text.

Comes in: a receipt. Goes out: text, no line of it wider than asked for.
Know before changing: sums stand beside their currency and are never added up; a controller compares them with the file.
"""

from collections.abc import Iterable

from engine.book.intake import Landed, Receipt
from engine.report import words
from engine.report.tables import NARROWEST, Column, Row, Table, lines, painter, wrap


def receipt(done: Receipt, *, width: int = 100, colour: bool = False) -> str:
    """What an import did to the book, kind by kind, with the sums that a controller compares."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    verb = "would be added (dry run, nothing was written)" if done.dry_run else "added"
    skipped = f", {done.skipped:,} of them skipped as the mapping says" if done.skipped else ""
    title = f"{done.file}: {words.count(done.rows, 'row')} read{skipped}, {words.count(done.added, 'record')} {verb}"
    parts = [paint(line, "title") for line in wrap(title, width)]
    parts += lines(_landed(done.landed), width, paint) if done.landed else ()
    parts += [line for note in done.notes for line in wrap(f"note: {note}", width)]
    return "\n".join(parts) + "\n"


def _landed(landed: Iterable[Landed]) -> Table:
    """A row for each kind and currency."""
    columns = (
        Column("kind"),
        Column("added", right=True),
        Column("there already", right=True),
        Column("not meant", right=True),
        Column("sum in file", right=True),
        Column(""),
    )
    rows = []
    for each in landed:
        counts = (each.kind.replace("_", " "), f"{each.added:,}", f"{each.duplicates:,}", f"{each.skipped or ''}")
        sums = [(words.amount(minor, currency), currency) for currency, minor in sorted(each.sums)] or [("", "")]
        for number, summed in enumerate(sums):
            rows.append(Row((*(counts if not number else ("", "", "", "")), *summed)))
    return Table(columns, tuple(rows))
