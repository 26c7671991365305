"""Figures of several sides beside each other, as charts; what `duly backtest` and `duly forecast` share.

Comes in: one or two Sides. Goes out: charts of the numbers that stand in the tables, too.
Know before changing: both sides are always drawn in one chart on one scale. A chart in which every number is zero is left out.
"""

from collections.abc import Iterator, Sequence

from engine.backtest.figures import Side
from engine.report.charts import Chart, Kind, Series, in_currency
from engine.report.sides import currencies, withheld

# Levels from here on are drawn as one, since their shades could not be told apart.
_MANY = 6
# So many rows of one kind are drawn; the table has all of them.
_MOST_BARS = 12


def charts(sides: Sequence[Side], period: str) -> tuple[Chart, ...]:
    """The charts of both sides; `period` is what the labels of time are, a month or a week."""
    several = (
        _notices(sides, period),
        *_by_level(sides, period),
        *_fees(sides, period),
        _contacts(sides),
        _late(sides),
        _holds(sides, period),
        _reasons(sides),
    )
    return tuple(chart for chart in several if chart is not None and not chart.empty)


def _notices(sides: Sequence[Side], period: str) -> Chart:
    """Notices over the time."""
    series = tuple(Series(side.label, tuple(sum(n for _, n in one.notices) for one in side.periods)) for side in sides)
    desc = f"How many notices went out in each {period}."
    return Chart(f"Notices per {period}", desc, Kind.COLUMNS, period, _labels(sides), series)


def _by_level(sides: Sequence[Side], period: str) -> Iterator[Chart]:
    """Notices over the time by level, a chart for each side, both on one scale."""
    levels = sorted({level for side in sides for one in side.periods for level, _ in one.notices}, key=_level_order)
    groups = [
        (name, [level for level in levels if _named(level) == name]) for name in dict.fromkeys(map(_named, levels))
    ]
    most = max((sum(n for _, n in one.notices) for side in sides for one in side.periods), default=0)
    desc = (
        "A notice counts for the highest level of its receivables; what a rule beside a ladder called for stands apart."
    )
    for side in sides:
        series = tuple(
            Series(name, tuple(sum(n for level, n in one.notices if level in of) for one in side.periods))
            for name, of in groups
        )
        title = f"Notices per {period} and level: {side.label}"
        yield Chart(title, desc, Kind.STACKED, period, _labels(sides), series, ordered=True, reach=most)


def _fees(sides: Sequence[Side], period: str) -> Iterator[Chart]:
    """Late fees over the time, a chart for each currency."""
    for currency in currencies(sides):
        series = tuple(
            Series(side.label, tuple(sum(n for code, _, n in one.fees if code == currency) for one in side.periods))
            for side in sides
        )
        desc = f"The sum of the fees that were raised in each {period}, in {currency}."
        title = f"Late fees per {period}, {currency}"
        yield Chart(title, desc, Kind.COLUMNS, period, _labels(sides), series, in_currency(currency))


def _contacts(sides: Sequence[Side]) -> Chart:
    """How many customers hear from us how often."""
    labels = tuple(name for name, _ in sides[0].contacts.spread)
    series = tuple(Series(side.label, tuple(count for _, count in side.contacts.spread)) for side in sides)
    desc = "A contact is a notice or a task such as a call; customers who had nothing open in the time are left out."
    return Chart("Customers by number of contacts", desc, Kind.COLUMNS, "contacts", labels, series)


def _late(sides: Sequence[Side]) -> Chart:
    """How late a subject is when it reaches a level."""
    keys = sorted({one.level for side in sides for one in side.reached})
    series = tuple(Series(side.label, tuple(_first_days(side, level) for level in keys)) for side in sides)
    desc = "The middle one of the days past due on the day that a receivable or customer reached the level."
    labels = tuple(f"level {level}" for level in keys)
    return Chart("Days past due when a level was reached (median)", desc, Kind.BARS, "level", labels, series)


def _holds(sides: Sequence[Side], period: str) -> Chart:
    """Credit holds over the time."""
    series = tuple(Series(side.label, tuple(one.placed for one in side.periods)) for side in sides)
    desc = f"How many customers were put on credit hold in each {period}."
    return Chart(f"Credit holds placed per {period}", desc, Kind.COLUMNS, period, _labels(sides), series)


def _reasons(sides: Sequence[Side]) -> Chart:
    """What stopped notices and the rest."""
    rows = withheld(sides)[:_MOST_BARS]
    series = tuple(Series(side.label, tuple(row.value(side) for row in rows)) for side in sides)
    desc = "How many actions a reason stopped; one that was stopped day after day counts once."
    return Chart("Withheld, and why", desc, Kind.BARS, "reason", tuple(row.name for row in rows), series)


def _labels(sides: Sequence[Side]) -> tuple[str, ...]:
    """The months or weeks, which are the same for all sides."""
    return tuple(one.label for one in sides[0].periods)


def _named(level: int | None) -> str:
    """How a level is called beside others; more of them than can be told apart are one."""
    if level is None:
        return "beside a ladder"
    return f"level {level}" if level < _MANY else f"level {_MANY} and up"


def _level_order(level: int | None) -> tuple[bool, int]:
    """What has no level first, as a reminder before the due date has none, then levels by number."""
    return level is not None, level or 0


def _first_days(side: Side, level: int) -> int | None:
    """The days past due at a level, of the policy that most reached it under."""
    those = [one for one in side.reached if one.level == level]
    return max(those, key=lambda one: one.subjects).median_days if those else None
