"""A forecast as people read it: text for a terminal, a page with charts, values for programs.

Comes in: a Forecast. Goes out: text, a Page, plain values.
Know before changing: neither way is what will happen; what each of them takes for granted is said in every form.
"""

from collections.abc import Sequence
from typing import Any

from engine.backtest.days import week as week_of
from engine.backtest.figures import Side
from engine.backtest.forecast import Forecast, Scenario, Whence
from engine.backtest.habits import FEWEST
from engine.report import side_charts, sides
from engine.report.backtests import plain_side
from engine.report.charts import Chart, Kind, Series, in_currency
from engine.report.page import Figure, Grid, Page, Section
from engine.report.tables import Column, Row, Table, lines, painter, wrap
from engine.report.words import amount, count

_ASSUMED = (
    "No new invoice comes in, no one disputes or promises anything more, and nobody reacts to what is sent. Approvals are taken "
    "as given, and every message counts as delivered on its day."
)
_AS_THEY_DID = (
    "To pay as they did: each open receivable is paid as late as the middle one of what its customer paid in the last 12 "
    f"months, of those that were later than it is already. Where these are fewer than {FEWEST}, the segment's payments count, "
    "then those of all customers; where these are too few as well, it is not paid within these days."
)


def text(found: Forecast, *, width: int, colour: bool) -> str:
    """The sentences, what is open and comes in week by week, then both ways beside each other."""
    paint = painter(colour=colour)
    said = [paint(_head(found), "title"), *(line for one in notes(found) for line in wrap(one, width))]
    for title, table in (*_money_tables(found), *sides.tables(_sides(found), hindsight=False), _whence(found)):
        said += ["", paint(title, "title"), *lines(table, width, paint, indent=2)]
    return "\n".join(said) + "\n"


def page(found: Forecast) -> Page:
    """The page: what comes in and stays open, the charts, and every table."""
    charts = (*_money_charts(found), *side_charts.charts(_sides(found), "week"))
    tables = sides.tables(_sides(found), hindsight=False)
    money = tuple(Grid(title, table) for title, table in (*_money_tables(found), _whence(found)))
    return Page(
        _head(found),
        notes(found)[:2],
        tuple(_figures(found)),
        (
            Section("In all", (Grid("Both ways", tables[0][1]),)),
            Section("Charts", charts or ("There is nothing to draw: nothing is open.",)),
            Section("Tables", (*money, *(Grid(title, table) for title, table in tables[1:]))),
        ),
        notes(found)[2:],
    )


def plain(found: Forecast) -> dict[str, Any]:
    """For programs. Amounts are in minor units."""
    return {
        "as_of": found.as_of,
        "until": found.until,
        "days": found.days,
        "policies": list(found.policies),
        "notes": list(notes(found)),
        "nobody_pays": _plain(found.nobody),
        "everybody_pays_as_they_did": _plain(found.as_they_did),
        "expected": [
            {
                "whose": one.whose and one.whose.name.lower(),
                "receivables": one.receivables,
                "amounts": [{"currency": currency, "amount": minor} for currency, minor in one.amounts],
            }
            for one in found.whence
        ],
    }


def notes(found: Forecast) -> tuple[str, ...]:
    """What is assumed."""
    said = [_ASSUMED, _AS_THEY_DID, f"Policies in force from {found.as_of}: {', '.join(found.policies)}."]
    if rest := found.days % 7:
        said.append(f"The last week, from {_weeks(found)[-1]}, has {count(rest, 'day')}.")
    return tuple(said)


def _plain(one: Scenario) -> dict[str, Any]:
    """One way for programs."""
    return {
        **plain_side(one.side),
        "owed": [
            {"day": day, "currency": currency, "open": open_, "overdue": overdue}
            for day, owed in one.owed
            for currency, (open_, overdue) in sorted(owed.items())
        ],
        "inflow": [{"week": week, "currency": currency, "amount": minor} for week, currency, minor in one.inflow],
    }


def _head(found: Forecast) -> str:
    """What is shown."""
    return f"Forecast {found.as_of} to {found.until}, {count(found.days, 'day')}"


def _sides(found: Forecast) -> tuple[Side, Side]:
    """Both ways as sides."""
    return found.nobody.side, found.as_they_did.side


def _figures(found: Forecast) -> list[Figure]:
    """What comes in, and what goes out either way."""
    nobody, as_they_did = _sides(found)
    figures = []
    for currency in found.currencies:
        comes = sum(minor for _, code, minor in found.as_they_did.inflow if code == currency)
        open_ = found.nobody.owed[0][1].get(currency, (0, 0))[0]
        beside = f"of {amount(open_, currency)} open on the first day"
        figures.append(Figure(f"Expected to come in, {currency}", amount(comes, currency), beside))
    figures.append(Figure("Notices", f"{as_they_did.notices:,}", f"{nobody.notices:,} if nobody pays"))
    return figures


def _weeks(found: Forecast) -> tuple[str, ...]:
    """The weeks, by the day that each begins with."""
    return tuple(one.label for one in found.nobody.side.periods)


def _money_tables(found: Forecast) -> list[tuple[str, Table]]:
    """For each currency: what comes in each week, and what is open and overdue at its end."""
    columns = (
        Column("week from", least=10),
        Column("comes in as they did", right=True),
        Column("open as they did", right=True),
        Column("overdue as they did", right=True),
        Column("overdue if nobody pays", right=True),
    )
    return [
        (
            f"Money in {currency}; open and overdue on the last day of the week",
            Table(columns, _money_rows(found, currency)),
        )
        for currency in found.currencies
    ]


def _money_rows(found: Forecast, currency: str) -> tuple[Row, ...]:
    """A row for each week."""
    inflow = {week: minor for week, code, minor in found.as_they_did.inflow if code == currency}
    paid, unpaid = dict(found.as_they_did.owed), dict(found.nobody.owed)
    rows = []
    for week in _weeks(found):
        last = max(day for day in paid if week_of(found.as_of, day) == week)
        open_, overdue = paid[last].get(currency, (0, 0))
        numbers = (inflow.get(week, 0), open_, overdue, unpaid[last].get(currency, (0, 0))[1])
        rows.append(Row((week, *(amount(number, currency) for number in numbers))))
    return tuple(rows)


def _money_charts(found: Forecast) -> tuple[Chart, ...]:
    """For each currency: what is overdue day by day either way, and what comes in week by week."""
    charts = []
    for currency in found.currencies:
        write = in_currency(currency)
        overdue = tuple(
            Series(one.side.label, tuple(owed.get(currency, (0, 0))[1] for _, owed in one.owed))
            for one in (found.nobody, found.as_they_did)
        )
        labels = tuple(day for day, _ in found.nobody.owed)
        desc = f"What is open past its due date on each day, in {currency}."
        charts.append(Chart(f"Overdue day by day, {currency}", desc, Kind.LINES, "day", labels, overdue, write))
        inflow = {week: minor for week, code, minor in found.as_they_did.inflow if code == currency}
        series = (Series("comes in", tuple(inflow.get(week, 0) for week in _weeks(found))),)
        desc = f"What is expected to be paid in each week, in {currency}, if everybody pays as they did."
        title = f"Expected to come in per week, {currency}"
        charts.append(Chart(title, desc, Kind.COLUMNS, "week from", _weeks(found), series, write))
    return tuple(chart for chart in charts if not chart.empty)


def _whence(found: Forecast) -> tuple[str, Table]:
    """Whose payments tell when the open receivables are paid."""
    columns = (
        Column("payments that tell", least=20),
        Column("receivables", right=True),
        *(Column(currency, right=True) for currency in found.currencies),
    )
    return "When open receivables are paid is told by", Table(columns, tuple(_told_by(found.whence, found.currencies)))


def _told_by(whence: Sequence[Whence], currencies: Sequence[str]) -> list[Row]:
    """A row for each source."""
    rows = []
    for one in whence:
        sums = dict(one.amounts)
        name = one.whose.value if one.whose else "none: not expected"
        rows.append(Row((name, f"{one.receivables:,}", *(amount(sums.get(code, 0), code) for code in currencies))))
    return rows
