"""Figures of several sides beside each other, as tables; what `duly backtest` and `duly forecast` share.

Comes in: one or two Sides. Goes out: titled tables.
Know before changing: with two sides the last column is the second less the
first; shares and medians have no difference, since a difference of medians is the median of nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.backtest.figures import Side
from engine.report.charts import Write, counted, in_currency, percent
from engine.report.tables import Column, Row, Table
from engine.report.words import KINDS, PLURALS
from engine.report.words import signed as signed_amount

Value = Callable[[Side], int | None]


def signed(number: int) -> str:
    """`+12`, `-3`, `0`."""
    return f"{number:+,}" if number else "0"


@dataclass(frozen=True, slots=True)
class Measure:
    """One row: what it is, its number for a side, how that is written; `apart` writes the difference, None: there is none."""

    name: str
    value: Value
    write: Write = counted
    apart: Write | None = signed


def tables(sides: Sequence[Side], *, hindsight: bool = True) -> tuple[tuple[str, Table], ...]:
    """Every table with its title; those without a row are left out. `hindsight`: it is known what was paid afterwards."""
    found = (
        ("In all", "", _in_all(sides, hindsight=hindsight)),
        ("Notices by step and channel", "notices", _by_step(sides)),
        ("Subjects that reached a level", "level", _reached(sides)),
        ("Days past due when a level was reached (median)", "level", _days(sides)),
        ("Customers by how often they were contacted", "contacts", _spread(sides)),
        ("Withheld, and why", "withheld", withheld(sides)),
    )
    return tuple((title, _table(of, rows, sides)) for title, of, rows in found if rows)


def fees_of(side: Side) -> tuple[tuple[str, int, int], ...]:
    """Late fees by currency: how many, and their sum."""
    found: dict[str, tuple[int, int]] = {}
    for one in side.fees:
        count, amount = found.get(one.currency, (0, 0))
        found[one.currency] = (count + one.count, amount + one.amount)
    return tuple((currency, *found[currency]) for currency in sorted(found))


def acts(kind: str, what: str | None = None) -> Value:
    """How many actions of a kind there were."""
    return lambda side: sum(one.count for one in side.done if one.kind == kind and what in (None, one.what))


def tenths(number: int) -> str:
    """`4.5` of tenths."""
    return f"{number // 10:,}.{number % 10}"


def _table(of: str, rows: Iterable[Measure], sides: Sequence[Side]) -> Table:
    """Rows of measures as a table."""
    heads = [Column(of, least=24), *(Column(side.label, right=True, least=12) for side in sides)]
    if len(sides) > 1:
        heads.append(Column("difference", right=True))
    return Table(tuple(heads), tuple(_row(one, sides) for one in rows))


def _row(one: Measure, sides: Sequence[Side]) -> Row:
    """One measure of every side."""
    values = [one.value(side) for side in sides]
    cells = ["–" if value is None else one.write(value) for value in values]
    if len(values) > 1:
        first, last = values[0], values[-1]
        cells.append("" if one.apart is None or first is None or last is None else one.apart(last - first))
    return Row((one.name, *cells))


def _in_all(sides: Sequence[Side], *, hindsight: bool) -> list[Measure]:
    """What everybody asks first."""
    rows = [
        Measure("Notices", lambda side: side.notices),
        Measure("  receivables in them (reminders)", lambda side: side.reminders),
    ]
    if hindsight:
        rows += [
            Measure("  of these paid in full within 3 days anyway", lambda side: side.anyway.paid),
            Measure("  as a share", _share_anyway, percent, None),
        ]
    rows += [
        Measure("Customers contacted", lambda side: side.contacts.contacted),
        Measure("  contacts of each, on average", lambda side: side.contacts.mean_tenths, tenths, _tenths_apart),
        Measure("  contacts of the one with the most", lambda side: side.contacts.most),
    ]
    for currency in currencies(sides):
        rows.append(Measure(f"Late fees in {currency}", _fee(currency, 1)))
        write, apart = in_currency(currency), _apart_in(currency)
        rows.append(Measure("  their sum", _fee(currency, 2), write, apart))
    others = [(f"Tasks: {what}", acts("task", what)) for what in ("call", "visit", "letter")]
    others += [(PLURALS[kind], acts(kind)) for kind in KINDS if kind not in ("notice", "task", "late_fee")]
    others.append(("Most receivables uncovered on a day", lambda side: side.uncovered))
    return [*rows, *(Measure(name, value) for name, value in others if any(value(side) for side in sides))]


def _by_step(sides: Sequence[Side]) -> list[Measure]:
    """Notices of each policy, step and channel."""
    keys = dict.fromkeys((one.policy, one.level, one.name, one.channel) for side in sides for one in side.per_step)
    return [
        Measure(f"{policy}: {_step(level, name)}, {channel}", _sent(policy, level, name, channel))
        for policy, level, name, channel in keys
    ]


def _reached(sides: Sequence[Side]) -> list[Measure]:
    """Subjects of each policy and level."""
    return [
        Measure(_level_of(policy, level, name, last=last), _at(policy, level, name, days=False))
        for policy, level, name, last in _levels_of(sides)
    ]


def _days(sides: Sequence[Side]) -> list[Measure]:
    """Days past due at each level."""
    return [
        Measure(_level_of(policy, level, name, last=last), _at(policy, level, name, days=True), counted, None)
        for policy, level, name, last in _levels_of(sides)
    ]


def _spread(sides: Sequence[Side]) -> list[Measure]:
    """Customers by their contacts."""
    return [Measure(name, _group(name)) for name, _ in sides[0].contacts.spread]


def withheld(sides: Sequence[Side]) -> list[Measure]:
    """What was stopped by each reason, the most first."""
    keys = {(one.reason, one.kind): 0 for side in sides for one in side.kept}
    for side in sides:
        for one in side.kept:
            keys[one.reason, one.kind] = max(keys[one.reason, one.kind], one.subjects)
    ordered = sorted(keys, key=lambda key: (-keys[key], key))
    return [Measure(f"{reason}: {KINDS[kind]}", _stopped(reason, kind)) for reason, kind in ordered]


def currencies(sides: Sequence[Side]) -> tuple[str, ...]:
    """Every currency that fees were raised in."""
    return tuple(sorted({one.currency for side in sides for one in side.fees}))


def _levels_of(sides: Sequence[Side]) -> list[tuple[str, int, str, bool]]:
    """Every level that was reached, the first side's policies first."""
    return list(dict.fromkeys((one.policy, one.level, one.name, one.last) for side in sides for one in side.reached))


def _step(level: int | None, name: str) -> str:
    """`level 2 formal reminder`, or the name of a rule."""
    return name if level is None else f"level {level} {name}"


def _level_of(policy: str, level: int, name: str, *, last: bool) -> str:
    """`standard: level 4 hand-over (the last)`."""
    return f"{policy}: {_step(level, name)}{' (the last)' if last else ''}"


def _share_anyway(side: Side) -> int | None:
    """Which share of the reminders was paid anyway, where it is known of any."""
    return side.anyway.hundredths if side.anyway.judged else None


def _fee(currency: str, at: int) -> Value:
    """The number of fees in a currency (1), or their sum (2)."""
    return lambda side: sum(int(one[at]) for one in fees_of(side) if one[0] == currency)


def _sent(policy: str, level: int | None, name: str, channel: str) -> Value:
    """The notices of one step."""
    key = (policy, level, name, channel)
    return lambda side: sum(one.count for one in side.per_step if (one.policy, one.level, one.name, one.channel) == key)


def _at(policy: str, level: int, name: str, *, days: bool) -> Value:
    """Of one level the subjects, or their days past due; nothing where the side has not the level."""
    key = (policy, level, name)
    return lambda side: next(
        (one.median_days if days else one.subjects for one in side.reached if (one.policy, one.level, one.name) == key),
        None if days else 0,
    )


def _group(name: str) -> Value:
    """The customers of one group."""
    return lambda side: dict(side.contacts.spread)[name]


def _stopped(reason: str, kind: str) -> Value:
    """The actions that a reason stopped."""
    return lambda side: sum(one.subjects for one in side.kept if (one.reason, one.kind) == (reason, kind))


def _tenths_apart(number: int) -> str:
    """A difference of tenths: `+0.5`."""
    return f"{'+' if number > 0 else '-' if number < 0 else ''}{tenths(abs(number))}"


def _apart_in(currency: str) -> Write:
    """A difference of amounts."""
    return lambda minor: signed_amount(minor, currency)
