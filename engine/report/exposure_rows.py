"""The exposure as rows for a spreadsheet and as plain values; which lines are shown, and what share each has.

Comes in: an Exposure. Goes out: CSV rows, a value for JSON.
Know before changing: where only the largest lines are shown, the others follow as one line, so that the lines shown still add up
to the total. Shares are of the lines with an exposure above zero; whoever is owed by us is no risk. CSV columns are public: add
at the end, never rename.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine import money
from engine.report.concentration import FEW, Concentration, share
from engine.report.csvs import safe
from engine.report.exposure import By, Exposure, Line, Part

HEADINGS = (
    "currency",
    "by",
    "key",
    "name",
    "customers",
    "not_due",
    "overdue",
    "disputed_not_due",
    "disputed_overdue",
    "open",
    "unapplied_credit",
    "open_orders",
    "exposure",
    "insured",
    "guaranteed",
    "secured",
    "unsecured",
    "limit",
    "headroom",
    "utilisation_percent",
    "customers_on_hold",
    "share_percent",
    "cumulative_percent",
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line with its share of all exposures above zero, and that of it and all larger ones, in hundredths of a percent."""

    line: Line
    share: int | None
    cumulative: int | None


def ranked(part: Part) -> Iterator[Ranked]:
    """The lines with their shares, the largest first; then the others as one."""
    so_far = 0
    for line in part.lines:
        so_far += max(line.exposure, 0)
        if line.exposure > 0:
            yield Ranked(line, share(line.exposure, part.at_risk), share(so_far, part.at_risk))
        else:
            yield Ranked(line, None, None)
    if part.others:
        yield Ranked(part.others, share(part.at_risk - so_far, part.at_risk), None)


def csv_rows(report: Exposure) -> tuple[tuple[str, ...], ...]:
    """Headings, then a row for each line, then one for the others; amounts plain, so that a spreadsheet adds them up."""
    return (HEADINGS, *(_csv(part, report.by, each) for part in report.parts for each in ranked(part)))


def to_json(report: Exposure) -> dict[str, object]:
    """The report as plain values; amounts are texts in the currency's own decimals."""
    return {
        "as_of": report.as_of,
        "known_at": report.known_at,
        "by": str(report.by),
        "currencies": [
            {
                "currency": part.currency,
                "total": _json(part, part.total),
                "lines": [_json_ranked(part, each) for each in ranked(part)],
                "concentration": [_json_concentration(part, each) for each in part.concentrations],
            }
            for part in report.parts
        ],
    }


def _csv(part: Part, by: By, ranked: Ranked) -> tuple[str, ...]:
    """One line under HEADINGS."""
    given = {"currency": part.currency, "by": str(by)} | _json_ranked(part, ranked)
    return tuple(_cell(given[heading]) for heading in HEADINGS)


def _cell(value: object) -> str:
    """A value as a spreadsheet takes it; a negative amount is no formula, a name that looks like one is made none."""
    if value is None:
        return ""
    said = str(value)
    return said if said.replace(".", "", 1).removeprefix("-").isdecimal() else safe(said)


def _json_ranked(part: Part, ranked: Ranked) -> dict[str, object]:
    """A line with its shares."""
    shares = {"share_percent": _plain(ranked.share), "cumulative_percent": _plain(ranked.cumulative)}
    return _json(part, ranked.line) | shares


def _json(part: Part, line: Line) -> dict[str, object]:
    """A line by the headings of the CSV file; what is not set is null."""
    buckets = line.buckets
    amounts = {
        "not_due": buckets.not_due,
        "overdue": buckets.overdue,
        "disputed_not_due": buckets.disputed_not_due,
        "disputed_overdue": buckets.disputed_overdue,
        "open": buckets.open,
        "unapplied_credit": buckets.unapplied,
        "open_orders": buckets.ordered,
        "exposure": buckets.exposure,
        "insured": line.insured,
        "guaranteed": line.guaranteed,
        "secured": line.covered,
        "unsecured": line.unsecured,
        "limit": line.limit,
        "headroom": line.headroom,
    }
    shown = {name: None if amount is None else money.plain(amount, part.currency) for name, amount in amounts.items()}
    return {
        "key": line.key,
        "name": line.name,
        "customers": line.customers,
        **shown,
        "utilisation_percent": _plain(line.utilisation),
        "customers_on_hold": line.held,
    }


def _json_concentration(part: Part, told: Concentration) -> dict[str, object]:
    """The concentration by one kind of line."""
    return {
        "by": told.of,
        "number": told.number,
        "largest": told.largest,
        "exposure": money.plain(told.total, part.currency),
        **{f"top_{few}percent": _plain(each) for few, each in zip(FEW, told.shares, strict=True)},
        "herfindahl_index": told.index,
        "equals_customers_of_one_size": tenths(told.equals),
    }


def percent(hundredths: int) -> str:
    """`12.34 %`."""
    sign, size = "-" if hundredths < 0 else "", abs(hundredths)
    return f"{sign}{size // 100:,}.{size % 100:02d} %"


def _plain(hundredths: int | None) -> str | None:
    """`12.34`, as a spreadsheet or program reads it."""
    return None if hundredths is None else percent(hundredths).removesuffix(" %").replace(",", "")


def tenths(tenths: int) -> str:
    """`23.1`."""
    return f"{tenths // 10:,}.{tenths % 10}"
