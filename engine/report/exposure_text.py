"""The exposure as a controller reads it: buckets, what stands beside them, concentration, then the largest lines.

Comes in: an Exposure. Goes out: text no wider than asked for.
Know before changing: columns and rows of which there is nothing are left out; those that are left add up all the same.
"""

from collections.abc import Iterator, Sequence

from engine.book.snapshot import KNOWN_ALL
from engine.report import wide, words
from engine.report.concentration import FEW, Concentration, share
from engine.report.exposure import PLURALS, UNKNOWN, By, Exposure, Line, Part
from engine.report.exposure_rows import Ranked, percent, ranked, tenths
from engine.report.tables import Column, Paint, Row, Table, clip, lines, painter, wrap

# So many lines unless more are asked for.
ROWS = 20


def text(report: Exposure, *, width: int = 100, colour: bool = False) -> str:
    """Buckets, what stands beside them, concentration, then the lines; once for each currency."""
    paint = painter(colour=colour)
    known = "" if report.known_at == KNOWN_ALL else f", as the book was known at {report.known_at}"
    title = paint(clip(f"Exposure as of {report.as_of}{known}", width), "title")
    if not report.parts:
        return f"{title}\nNothing is open, ordered, on account or granted.\n"
    head = [title]
    if not report.together:
        head += wrap(
            "Our entities have several currencies: each is told as it was billed, and nothing is added across. Everything in one"
            " currency, with limits and security: --currency EUR, for example.",
            width,
        )
    parts = ["\n".join(head)]
    for part in report.parts:
        parts += ["\n".join(block) for block in _part(report, part, width, paint)]
    return "\n\n".join(parts) + "\n"


def _part(report: Exposure, part: Part, width: int, paint: Paint) -> Iterator[list[str]]:
    """The blocks of one currency."""
    sentence = _sentence(part)
    yield [
        paint(f"In {part.currency}", "title"),
        *wrap(sentence, width),
        "",
        *lines(_made_of(part, secured=report.together), width, paint, indent=2),
    ]
    by, beside = report.by, _beside(part, whole=report.together)
    if beside.rows:
        yield [paint("Beside it", "title"), *lines(beside, width, paint, indent=2)]
    # Where nothing is known of any customer, there is nothing to tell.
    told = [each for each in part.concentrations if each.number and (each.number, each.largest) != (1, UNKNOWN)]
    if told:
        table = _concentration(told)
        yield [paint("Concentration", "title"), *wrap(_spread(told[0]), width), *lines(table, width, paint, indent=2)]
    rows = [*ranked(part), Ranked(part.total, None, None)]
    title = f"{PLURALS[by].capitalize()}, the largest exposure first"
    yield [paint(title, "title"), *_lines(by, rows, [_standing(part, by, each) for each in rows], 4, width, paint)]
    made_of = [_buckets(part, each.line) for each in rows]
    yield [paint("What their exposure is made of", "title"), *_lines(by, rows, made_of, 4, width, paint)]


def _sentence(part: Part) -> str:
    """`1,234.00 EUR of exposure: 1,300.00 open, less 80.00 of unapplied credit, plus 14.00 of open orders.`"""
    buckets, currency = part.total.buckets, part.currency
    said = f"{words.amount(buckets.exposure, currency)} {currency} of exposure to"
    said += f" {words.count(dict(part.counts)['exposure'], 'customer')}: {words.amount(buckets.open, currency)} open"
    if buckets.unapplied:
        said += f", less {words.amount(-buckets.unapplied, currency)} of unapplied credit"
    if buckets.ordered:
        said += f", plus {words.amount(buckets.ordered, currency)} of open orders"
    return said + "."


def _made_of(part: Part, *, secured: bool) -> Table:
    """The buckets and their sums, each with how many customers have some and its share of what is open."""
    buckets, counts = part.total.buckets, dict(part.counts)
    told = [
        ("not due", "not_due", buckets.not_due, "plain"),
        ("overdue", "overdue", buckets.overdue, "plain"),
        ("disputed, not due", "disputed_not_due", buckets.disputed_not_due, "plain"),
        ("disputed, overdue", "disputed_overdue", buckets.disputed_overdue, "plain"),
        ("open", "open", buckets.open, "strong"),
        ("unapplied credit", "unapplied", buckets.unapplied, "plain"),
        ("open orders", "ordered", buckets.ordered, "plain"),
        ("exposure", "exposure", buckets.exposure, "strong"),
    ]
    if secured:
        told.append(("of it secured", "covered", part.total.covered, "plain"))
        told.append(("of it not secured", "unsecured", part.total.unsecured, "plain"))
    rows = tuple(
        Row(
            (name, words.amount(amount, part.currency), f"{counts[bucket]:,}", _of_open(bucket, amount, buckets.open)),
            style,
        )
        for name, bucket, amount, style in told
    )
    columns = (
        Column(""),
        Column("amount", right=True),
        Column("customers", right=True),
        Column("of open", right=True),
    )
    return Table(columns, rows)


def _of_open(bucket: str, amount: int, open_amount: int) -> str:
    """The share of what is open, for the buckets that are part of it."""
    inside = ("not_due", "overdue", "disputed_not_due", "disputed_overdue")
    return percent(share(amount, open_amount)) if bucket in inside and open_amount else ""


def _beside(part: Part, *, whole: bool) -> Table:
    """Security, limits and holds; what there is none of is left out. `whole`: limits and security are told of."""
    total, currency = part.total, part.currency
    without = total.customers - total.limited_customers if whole else 0
    told: list[tuple[str, int | None, int | None]] = [
        ("insured", total.insured or None, None),
        ("guarantees and collateral", total.guaranteed or None, None),
        ("limits in force", total.limit, total.limited_customers),
        ("exposure within these limits", None if total.limit is None else total.limited, total.limited_customers),
        ("exposure where no limit is set", total.exposure - total.limited if without else None, without),
        ("headroom", total.headroom, None),
        ("beyond the limit", total.over or None, total.over_customers),
        ("exposure on credit hold", total.held_exposure if total.held else None, total.held),
    ]
    rows = [
        Row((name, words.amount(amount, currency), "" if customers is None else f"{customers:,}"))
        for name, amount, customers in told
        if amount is not None
    ]
    if total.utilisation is not None:
        place = next(n for n, row in enumerate(rows) if row.cells[0] == "exposure within these limits")
        rows.insert(place + 1, Row(("utilisation of these limits", percent(total.utilisation), "")))
    return Table((Column(""), Column("amount", right=True), Column("customers", right=True)), tuple(rows))


def _spread(told: Concentration) -> str:
    """How concentrated the exposure is, in one sentence."""
    one, five, ten = (percent(each) for each in told.shares)
    said = f"The largest of {words.count(told.number, 'customer')} has {one} of the exposure"
    if told.number > FEW[1]:
        said += f", the {FEW[1]} largest {five}"
    if told.number > FEW[2]:
        said += f", the {FEW[2]} largest {ten}"
    return f"{said}; it is spread as over {tenths(told.equals)} customers of equal size."


def _concentration(several: Sequence[Concentration]) -> Table:
    """A row for customers, groups, countries and industries."""
    columns = (
        Column("by"),
        Column("number", right=True),
        Column("largest", least=8),
        *(Column(f"top {few}", right=True) for few in FEW),
        Column("index", right=True),
        Column("like", right=True),
    )
    rows = (
        Row(
            (
                PLURALS[By(each.of)],
                f"{each.number:,}",
                each.largest,
                *map(percent, each.shares),
                f"{each.index:,}",
                tenths(each.equals),
            )
        )
        for each in several
    )
    return Table(columns, tuple(rows))


Cells = dict[str, str]


def _lines(by: By, rows: Sequence[Ranked], cells: Sequence[Cells], first: int, width: int, paint: Paint) -> list[str]:
    """A table of lines, the total last; columns of which there is nothing are left out.

    Where it is too wide, it goes on below after the first so many columns.
    """
    headings = list(cells[0])
    kept = [heading for heading in headings if any(row[heading] for row in cells)]
    styles = ["quiet" if not each.line.key and each.cumulative is None else "plain" for each in rows[:-1]]
    body = [
        Row((_named(each.line, by), *(row[heading] for heading in kept)), style)
        for each, row, style in zip(rows, cells, [*styles, "strong"], strict=True)
    ]
    return wide.drawn(str(by), kept, body, sum(heading in kept for heading in headings[:first]), width, paint)


def _standing(part: Part, by: By, ranked: Ranked) -> Cells:
    """How large the exposure of a line is, what secures it, and how far its limits are used."""
    line, currency = ranked.line, part.currency
    return {
        "exposure": words.amount(line.exposure, currency),
        "share": "" if ranked.share is None else percent(ranked.share),
        "so far": "" if ranked.cumulative is None else percent(ranked.cumulative),
        "secured": words.amount(line.covered or None, currency),
        "limit": words.amount(line.limit, currency),
        "headroom": words.amount(line.headroom, currency),
        "used": "" if line.utilisation is None else percent(line.utilisation),
        "hold": _hold(line, by),
    }


def _buckets(part: Part, line: Line) -> Cells:
    """The buckets of a line and their sums; nothing where there is nothing in one."""
    buckets = line.buckets
    amounts = {
        "not due": buckets.not_due or None,
        "overdue": buckets.overdue or None,
        "disputed": buckets.disputed or None,
        "open": buckets.open or None,
        "unapplied": buckets.unapplied or None,
        "orders": buckets.ordered or None,
        "exposure": buckets.exposure,
    }
    return {heading: words.amount(amount, part.currency) for heading, amount in amounts.items()}


def _hold(line: Line, by: By) -> str:
    """`hold` beside a customer on credit hold; else how many customers of the line are."""
    single = by is By.CUSTOMER and line.key
    return "" if not line.held else "hold" if single else f"{line.held:,}"


def _named(line: Line, by: By) -> str:
    """Number and name, once where they are the same; of a group with how many customers it has."""
    several = f" ({words.count(line.customers, 'customer')})" if by is not By.CUSTOMER and line.key else ""
    own = line.name if line.key in ("", line.name) or by not in (By.CUSTOMER, By.GROUP) else f"{line.key} {line.name}"
    return own + (several if by is not By.GROUP or line.customers > 1 else "")
