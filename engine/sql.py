"""How SQL is written here: the few expressions in which engines differ or rounding is decided, and what a source is.

Comes in: SQL text. Goes out: SQL text.
Know before changing: what differs from engine to engine (days between dates, adding days) goes through `days`, `later` and
`month_end` and stands nowhere else. Whatever is rounded is rounded half away from zero, and stays within 64 bits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One common table expression; `needs` names the sources it reads, `converts` the tables whose amounts it converts."""

    name: str
    sql: str
    needs: tuple[str, ...] = ()
    converts: tuple[str, ...] = ()


def column(name: str) -> str:
    """An identifier of our own vocabulary. Not in double quotes: SQLite takes an unknown "name" for a text, silently."""
    return f"[{name}]"


def days(later: str, earlier: str) -> str:
    """SQL for the whole days between two ISO dates; the one expression that differs from engine to engine."""
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def later(date: str, number: str) -> str:
    """SQL for the date so many days after a date."""
    return f"date({date}, ({number}) || ' days')"


def month_end(date: str, shift: int) -> str:
    """SQL for the last day of the month that (date + shift days) falls in."""
    return f"date({date}, '{shift:+d} days', 'start of month', '+1 month', '-1 day')"


def share(part: str, whole: str) -> str:
    """SQL for part of whole in hundredths of a percent, rounded half away from zero; missing where whole is 0.

    Divided in two steps of a hundred each, as on paper: 20000 times an amount of the largest size would leave 64 bits.
    """
    size = f"abs({part})"
    rest = f"({size} % {whole}) * 100"
    found = f"{size} / {whole} * 10000 + {rest} / {whole} * 100 + (({rest}) % {whole} * 200 + {whole}) / (2 * {whole})"
    return f"CASE WHEN {whole} > 0 THEN CASE WHEN {part} < 0 THEN -({found}) ELSE {found} END END"


def mean(total: str, number: str) -> str:
    """SQL for total / number of non-negative integers, rounded half-up; missing where number is 0."""
    return f"CASE WHEN {number} > 0 THEN (2 * {total} + {number}) / (2 * {number}) END"


def converted(amount: str, rate: str) -> str:
    """SQL for a non-negative amount in the policy's currency, half-up, without leaving 64 bits (see money.convert)."""
    whole, rest = f"{amount} / {rate}.denominator", f"{amount} % {rate}.denominator"
    return (
        f"{whole} * {rate}.numerator"
        f" + (2 * ({rest}) * {rate}.numerator + {rate}.denominator) / (2 * {rate}.denominator)"
    )


def converted_either_way(amount: str, rate: str) -> str:
    """SQL for an amount that may be negative in the policy's currency, rounded half away from zero."""
    return f"CASE WHEN {amount} < 0 THEN -({converted(f'(-{amount})', rate)}) ELSE {converted(amount, rate)} END"


def smaller(one: str, other: str) -> str:
    """SQL for the smaller of two values, of those that are there."""
    return f"CASE WHEN {one} <= {other} OR {other} IS NULL THEN {one} ELSE {other} END"


# A row counts only if it was recorded by the moment that the book is known at; put the table's name and a point before it.
KNOWN = "recorded_at <= :known_at"


def not_reversed(effect: str) -> str:
    """SQL for whether what an effect wrote still counts: the effect has not been reversed by as_of."""
    return (
        f"NOT EXISTS (SELECT 1 FROM effects AS back WHERE back.reverses = {effect} AND back.as_of <= :as_of"
        f" AND back.{KNOWN})"
    )


def granted(row: str) -> str:
    """SQL for whether what somebody granted is in force: within its dates, confirmed by a second person, not withdrawn."""
    return f"""{row}.valid_from <= :as_of AND ({row}.valid_until IS NULL OR {row}.valid_until >= :as_of) AND {row}.{KNOWN}
      AND EXISTS (SELECT 1 FROM confirmations AS seconded WHERE seconded.reference = {row}.reference
        AND seconded.confirmed <= :as_of AND seconded.{KNOWN})
      AND NOT EXISTS (SELECT 1 FROM withdrawals AS taken WHERE taken.reference = {row}.reference
        AND taken.withdrawn <= :as_of AND taken.{KNOWN})"""
