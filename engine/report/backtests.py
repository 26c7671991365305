"""A backtest as people read it: text for a terminal, a page with charts, values for programs.

Comes in: a Backtest. Goes out: text, a Page, plain values.
Know before changing: what is assumed is said in every form, in the same sentences; a figure without it would be taken for a
promise of what customers will do.
"""

from dataclasses import asdict
from typing import Any

from engine.backtest.backtest import Backtest
from engine.backtest.figures import Side
from engine.report import side_charts, sides
from engine.report.charts import percent
from engine.report.page import Figure, Grid, Page, Section
from engine.report.tables import lines, painter, wrap
from engine.report.words import amount, count

UNMODELLED = (
    "Customers' reaction is not modelled: they pay on the days on which they paid, whatever they are sent, charged "
    "or refused."
)
_TAKEN = (
    "Every day is planned with what was known by its end, and carried out. Approvals are taken as given, the limits of policies "
    "are not looked at, every message counts as delivered on its day, and a fee that is raised counts as paid on the day its "
    "receivable is."
)


def text(found: Backtest, *, width: int, colour: bool) -> str:
    """The sentences, then both sides beside each other."""
    paint = painter(colour=colour)
    said = [paint(_head(found), "title"), *(line for one in notes(found) for line in wrap(one, width))]
    for title, table in sides.tables(found.sides):
        said += ["", paint(title, "title"), *lines(table, width, paint, indent=2)]
    return "\n".join(said) + "\n"


def page(found: Backtest) -> Page:
    """The page: the answer in figures, the charts, and every table."""
    said, charts = notes(found), side_charts.charts(found.sides, found.period)
    tables = sides.tables(found.sides)
    return Page(
        _head(found),
        said[: said.index(_TAKEN)],
        tuple(_figures(found)),
        (
            Section("In all", (Grid("Both sides" if found.old else "The figures", tables[0][1]),)),
            Section("Charts", charts or ("There is nothing to draw: nothing was sent, charged, held or withheld.",)),
            Section("Tables", tuple(Grid(title, table) for title, table in tables[1:])),
        ),
        said[said.index(_TAKEN) :],
    )


def plain(found: Backtest) -> dict[str, Any]:
    """For programs. Amounts are in minor units, shares in hundredths of a percent."""
    return {
        "from": found.since,
        "to": found.until,
        "days": found.days,
        "period": found.period,
        "kept_since": found.kept_since,
        "told_until": found.told_until,
        "beside": list(found.beside),
        "notes": list(notes(found)),
        "sides": [plain_side(one) for one in found.sides],
    }


def plain_side(side: Side) -> dict[str, Any]:
    """One side for programs."""
    value = asdict(side)
    value["contacts"]["spread"] = [{"contacts": name, "customers": number} for name, number in side.contacts.spread]
    value["contacts"]["mean_tenths"] = side.contacts.mean_tenths
    value["anyway"]["hundredths_of_percent"] = side.anyway.hundredths
    value["periods"] = [
        {
            "label": one.label,
            "notices": [{"level": level, "count": number} for level, number in one.notices],
            "fees": [{"currency": code, "count": number, "amount": minor} for code, number, minor in one.fees],
            "contacts": one.contacts,
            "placed": one.placed,
            "released": one.released,
        }
        for one in side.periods
    ]
    return value


def notes(found: Backtest) -> tuple[str, ...]:
    """What has to be known to read the figures rightly, the most important first."""
    others = ", ".join(found.beside) if found.beside else "none"
    said = [
        UNMODELLED,
        *([_past_the_end(found)] if found.until > found.told_until else []),
        *(_uncovered(side) for side in found.sides if side.uncovered),
        f"Policies that decide beside on {'both sides' if found.old else 'every day'}: {others}.",
        _TAKEN,
    ]
    if found.since < found.kept_since:
        said.append(
            f"The book has been kept since {found.kept_since}; on days before that, rows count from their business dates on, "
            "as if they had been known then."
        )
    said += [_unjudged(side, found.told_until) for side in found.sides if side.reminders > side.anyway.judged]
    return tuple(said)


def _unjudged(side: Side, told_until: str) -> str:
    """Of how many reminders the share of those paid anyway is one."""
    return (
        f"Of {count(side.reminders, 'reminder')} under {side.label} the book tells of {side.anyway.judged:,} whether they "
        "were paid within 3 days, and the share is of these; the others are on a fee raised in the backtest, or too close to "
        f"{told_until}, where the book ends."
    )


def _past_the_end(found: Backtest) -> str:
    """That the book ends before the days do: from then on everybody seems to pay nothing."""
    return (
        f"The book tells of nothing after {found.told_until}: from then on nobody pays here and nothing new comes in, so what is "
        "counted for those days says little."
    )


def _uncovered(side: Side) -> str:
    """That some are nobody's: fewer notices may only mean that nobody looks."""
    many = count(side.uncovered, "open receivable")
    return f"Under {side.label} no policy covers up to {many} on a day, so nobody is chased for them."


def _head(found: Backtest) -> str:
    """What is shown."""
    against = f" against {found.old.label}" if found.old else ""
    return f"Backtest {found.since} to {found.until}, {count(found.days, 'day')}: {found.new.label}{against}"


def _figures(found: Backtest) -> list[Figure]:
    """The numbers that the decision turns on."""
    new, old = found.new, found.old
    figures = [
        Figure("Notices", f"{new.notices:,}", _was(f"{old.notices:,}" if old else None)),
        Figure(
            "Customers contacted", f"{new.contacts.contacted:,}", _was(f"{old.contacts.contacted:,}" if old else None)
        ),
        Figure("Reminders paid in 3 days anyway", _anyway(new), _was(_anyway(old) if old else None)),
    ]
    before = {one[0]: one for one in sides.fees_of(old)} if old else {}
    after = {one[0]: one for one in sides.fees_of(new)}
    for currency in sorted({*before, *after}):
        written = amount(after.get(currency, ("", 0, 0))[2], currency)
        was = amount(before.get(currency, ("", 0, 0))[2], currency) if old else None
        figures.append(Figure(f"Late fees, {currency}", written, _was(was)))
    holds = sides.acts("credit_hold")
    if any(holds(side) for side in found.sides):
        figures.append(Figure("Credit holds placed", f"{holds(new):,}", _was(f"{holds(old):,}" if old else None)))
    return figures


def _anyway(side: Side) -> str:
    """The share of reminders that were paid anyway."""
    return percent(side.anyway.hundredths) if side.anyway.judged else "–"


def _was(other: str | None) -> str:
    """What a figure is to be compared with."""
    return "" if other is None else f"against {other}"
