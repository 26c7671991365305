"""What a change of a policy changes for the book, as text, as a comment for a merge request, and for programs.

Comes in: Compared and Impact. Goes out: text, Markdown, plain values.
Know before changing: the comment begins with a hidden mark that names the policy; whoever posts it looks for the mark and
replaces what was said before. Texts of the book are escaped, since a customer's name may hold Markdown.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine import money
from engine.diff.compare import Change, Compared
from engine.diff.figures import BY, Count, Moved, Sum, Total, biggest, levels, sums
from engine.diff.impact import Impact
from engine.report.changes import proof_lines
from engine.report.differences import as_lines, as_markdown, as_values, named, plain_moved, says, written
from engine.report.tables import Column, Row, Table, clean, lines, painter
from engine.report.verdict import escaped
from engine.report.words import KINDS, count

if TYPE_CHECKING:
    from engine.diff.proved import Verdict

_BY = (("segment", "By segment"), ("entity", "By entity"), ("bucket", "By days overdue"))
SAMPLE = "A sample, one customer of each sort"
_MOST_CHANGES = 50
# A comment has room for so many customers.
_MOST_SAMPLED = 4
_SUMS = ("", "action", "", "subjects", "customers", "before", "after", "")
_MOVED = ("", "action", "customer", "name", "receivable", "amount", "", "before", "after")


def text(found: Impact, *, width: int, colour: bool) -> str:
    """Sums, per group, the biggest, what is withheld and uncovered otherwise."""
    paint = painter(colour=colour)
    said = [paint(head(found), "title"), *([rest(found)] if found.moved else [])]
    for title, table in tables(found):
        said += ["", paint(title, "title"), *lines(table, width, paint, indent=2)]
    for one in found.sampled[:1]:
        said += ["", paint(f"For one, {named(one)}", "title"), *as_lines(one, width)]
    return "\n".join(said) + "\n"


def markdown(compared: Compared, found: Impact | None, proved: "Verdict | None" = None) -> str:
    """A comment: the changes, the sums, and the rest folded."""
    marked = compared.new.name.replace("--", "")
    head = f"{compared.old.name} v{compared.old.version} to {compared.new.name} v{compared.new.version}"
    said = [f"<!-- duly-diff: {marked} -->", f"### Policy change: {escaped(head)}", ""]
    said += words(compared.changes)
    if proved:
        said += ["", *verdict(proved)]
    if found:
        said += ["", *book(found)]
    return "\n".join(said) + "\n"


def words(changes: Sequence[Change]) -> list[str]:
    """The changes as a list in Markdown."""
    left = len(changes) - _MOST_CHANGES
    said = [f"- {escaped(change.text)} (line {change.place.line})" for change in changes[:_MOST_CHANGES]]
    said += [f"- and {left} more"] if left > 0 else []
    return said or ["The two say the same."]


def verdict(proved: "Verdict") -> list[str]:
    """What is proved of a change in Markdown, with an example of each difference."""
    return [f"**Proved: {escaped(proved.word)}**", "", *(f"- {escaped(line)}" for line in proof_lines(proved))]


def book(found: Impact) -> list[str]:
    """The impact in Markdown: the sums, and the rest folded."""
    said = [f"**{escaped(head(found))}**", *(["", f"{rest(found)}."] if found.moved else [])]
    for at, (title, table) in enumerate(tables(found)):
        drawn = _drawn(table)
        said += ["", *(drawn if at == 0 else _folded(title, drawn))]
    if found.sampled:
        shown = found.sampled[:_MOST_SAMPLED]
        said += ["", *_folded(SAMPLE, [line for one in shown for line in as_markdown(one)])]
    return said


def plain(found: Impact) -> dict[str, Any]:
    """For programs: every difference. Amounts are in minor units."""
    return {
        "as_of": found.as_of,
        "plans": {"old": found.plans[0], "new": found.plans[1]},
        "alike": found.alike,
        "customers": {"all": found.customers, "touched": found.touched},
        "sums": [_plain_sum(one) for one in sums(found.moved)],
        "by": {by: [{"of": one.of} | _plain_sum(one) for one in sums(found.moved, by)] for by in BY},
        "levels": [_plain_count(one) for one in levels(found.moved)],
        "totals": [_plain_total(one) for one in found.totals],
        "moved": [plain_moved(one) for one in found.moved],
        "biggest": [plain_moved(one) for one in biggest(found.moved)],
        "sample": [as_values(one) for one in found.sampled],
        "withheld": [_plain_count(one) for one in found.withheld],
        "uncovered": [_plain_count(one) for one in found.uncovered],
    }


def head(found: Impact) -> str:
    """How much is otherwise, in a sentence."""
    if not (found.moved or found.withheld or found.uncovered):
        return f"As of {found.as_of} nothing changes for the book: {_alike(found)}"
    return (
        f"As of {found.as_of}: {count(len(found.moved), 'difference')} for {count(found.touched, 'customer')}; "
        f"{_alike(found)}"
    )


def rest(found: Impact) -> str:
    """For how many nothing changes, in a sentence."""
    return f"Nothing changes for {found.customers - found.touched:,} of {count(found.customers, 'customer')}"


def _alike(found: Impact) -> str:
    """How much stays."""
    return f"{count(found.alike, 'action')} {'is' if found.alike == 1 else 'are'} the same"


def tables(found: Impact) -> list[tuple[str, Table]]:
    """Every table that has rows, with its title."""
    every = [("What is otherwise", _sums(sums(found.moved)))]
    every += [(title, _sums(sums(found.moved, by))) for by, title in _BY]
    every += [("Levels reached", _counts(levels(found.moved)))]
    every += [("The biggest, ten of each currency", _moved(biggest(found.moved)))]
    every += [("Withheld", _counts(found.withheld)), ("Not covered", _counts(found.uncovered))]
    return [(title, table) for title, table in every if table.rows]


def _columns(headings: Sequence[str], right: Sequence[str], cut: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns by their headings."""
    return tuple(Column(name, right=name in right, least=12 if name in cut else None) for name in headings)


def _sums(of: Sequence[Sum]) -> Table:
    """Sums as rows."""
    rows = tuple(
        Row((
            one.of,
            KINDS[one.kind],
            one.way.value,
            f"{one.subjects:,}",
            f"{one.customers:,}",
            _sum(one.kind, one.before, one.currency),
            _sum(one.kind, one.after, one.currency),
            one.currency,
        ))
        for one in of
    )  # fmt: skip
    return Table(_columns(_SUMS, ("subjects", "customers", "before", "after")), rows)


def _sum(kind: str, minor: int, currency: str) -> str:
    """A sum; a limit of nothing is one as well."""
    return money.written(minor, currency) if kind == "set_credit_limit" else written(minor, currency)


def _moved(of: Sequence[Moved]) -> Table:
    """Differences as rows."""
    rows = tuple(
        Row((
            one.way.value,
            KINDS[one.kind],
            one.customer,
            one.customer_name,
            one.receivable or "",
            written(one.amount, one.currency),
            one.currency,
            says(one, one.before),
            says(one, one.after),
        ))
        for one in of
    )  # fmt: skip
    return Table(_columns(_MOVED, ("amount",), ("name", "before", "after")), rows)


def _counts(of: Sequence[Count]) -> Table:
    """Counts as rows."""
    rows = tuple(Row((_what(one), f"{one.before:,}", f"{one.after:,}")) for one in of)
    return Table(_columns(("", "before", "after"), ("before", "after")), rows)


def _what(one: Count) -> str:
    """What is counted, in the words of the reports: `late fee: unapplied-cash`."""
    kind, colon, reason = one.what.partition(":")
    return f"{KINDS.get(kind, kind)}{colon}{reason}"


def _drawn(table: Table) -> list[str]:
    """A table in Markdown, with the columns that hold anything."""
    kept = [n for n in range(len(table.columns)) if any(row.cells[n] for row in table.rows)]
    heading = " | ".join(table.columns[n].heading for n in kept)
    rule = " | ".join("---:" if table.columns[n].right else "---" for n in kept)
    rows = [" | ".join(escaped(clean(row.cells[n])) for n in kept) for row in table.rows]
    return [f"| {line} |" for line in (heading, rule, *rows)]


def _folded(title: str, drawn: Sequence[str]) -> list[str]:
    """Details that open with a click; the blank lines are what makes Markdown of what stands within."""
    return [f"<details><summary>{title}</summary>", "", *drawn, "", "</details>"]


def _plain_sum(one: Sum) -> dict[str, Any]:
    """A sum."""
    return {
        "kind": one.kind,
        "currency": one.currency,
        "way": one.way.value,
        "subjects": one.subjects,
        "customers": one.customers,
        "before": one.before,
        "after": one.after,
    }


def _plain_total(one: Total) -> dict[str, Any]:
    """What both plans as a whole do of one kind in a group."""
    return {
        "kind": one.kind,
        "entity": one.entity,
        "currency": one.currency,
        "segment": one.segment,
        "bucket": one.bucket,
        "subjects": list(one.subjects),
        "amounts": list(one.amounts),
    }


def _plain_count(one: Count) -> dict[str, Any]:
    """A count."""
    return {"what": one.what, "before": one.before, "after": one.after}
