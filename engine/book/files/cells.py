"""Reading one cell: text as a file writes it becomes an ISO date, a plain amount, an id, never by guessing.

Comes in: how the file writes dates, amounts and ids. Goes out: readers, functions from text to a value; Fault where the text
is not what the mapping says it is.
Know before changing: what may be read in two ways is refused. A cell that a spreadsheet holds as a number or a date is Native:
it has one meaning and is read as such, whatever the marks of the file's texts are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine import money
from engine.errors import nearest

# None: the cell says what an empty one says.
Reader = Callable[[str], str | int | None]


class Fault(ValueError):
    """A cell that cannot be read: the code and the reason of the Problem to be."""

    def __init__(self, code: str, reason: str) -> None:
        """Keep the code beside the reason."""
        self.code = code
        super().__init__(reason)


class Native(str):
    """A number (`1234.5`) or date (`2026-01-31`) that a spreadsheet held as such, not as text."""

    __slots__ = ()


class Negative(StrEnum):
    """How a file writes an amount below zero."""

    MINUS = "minus"
    PARENTHESES = "parentheses"
    TRAILING_MINUS = "trailing_minus"


class Cure(StrEnum):
    """What an export did to an id, and may be undone because the mapping says so."""

    DECIMAL_ZERO = "decimal_zero"
    LEADING_ZEROS = "leading_zeros"
    AS_WRITTEN = "as_written"


@dataclass(frozen=True, slots=True)
class Formats:
    """How a file writes dates and amounts. The defaults are our own: ISO dates, a decimal point, nothing between thousands."""

    dates: str = "YYYY-MM-DD"
    decimal_mark: str = "."
    thousands_mark: str = ""
    negative: Negative = Negative.MINUS
    currency_symbols: tuple[str, ...] = ()


_TOKENS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{2})",
    "D": r"(?P<day>[0-9]{1,2})",
}
# A run of one letter, or whatever stands between the letters.
_TOKEN = re.compile(r"([A-Za-z])\1*|[^A-Za-z]+")
# What people write between groups of three digits when they mean "a space".
_SPACES = " \u00a0\u202f\u2009"
_FLOAT_ID = re.compile(r"([0-9]+)\.0+")
_LOST_ID = re.compile(r"[0-9]\.[0-9]+[eE]\+?[0-9]+")
_GROUPS_OF_THREE = re.compile(r"-?[0-9]{1,3}\.[0-9]{3}")


def date_fault(pattern: str) -> str | None:
    """Why a text is not a date pattern, or None where it is one."""
    parts = [found[0] for found in _TOKEN.finditer(pattern)]
    wrong = [part for part in parts if part[0].isascii() and part[0].isalpha() and part not in _TOKENS]
    if wrong:
        return f"'{wrong[0]}' is not part of a date; write YYYY, YY, MM, M, DD or D"
    kinds = sorted(part[0] for part in parts if part in _TOKENS)
    if kinds != ["D", "M", "Y"]:
        return "a date has one year, one month and one day, such as YYYY-MM-DD or M/D/YYYY"
    return None


def date_reader(pattern: str) -> Reader:
    """A reader of dates written in that pattern. M and D take one or two digits, YY means 20YY."""
    parts = [found[0] for found in _TOKEN.finditer(pattern)]
    expression = re.compile("".join(_TOKENS.get(part, re.escape(part)) for part in parts))
    read: dict[str, str] = {}

    def reader(text: str) -> str:
        known = read.get(text)
        if known is None:
            known = read[text] = _date(text, pattern, expression)
        return known

    return reader


def _date(text: str, pattern: str, expression: re.Pattern[str]) -> str:
    """The ISO date that the text says, or the Fault that it is none."""
    found = _ISO.fullmatch(text) if isinstance(text, Native) else expression.fullmatch(text)
    if not found:
        raise Fault("bad-date", f"is not a date written {pattern}")
    parts = found.groupdict()
    year = int(parts["year"]) if parts.get("year") else 2000 + int(parts["short"])
    try:
        return date(year, int(parts["month"]), int(parts["day"])).isoformat()
    except ValueError:
        raise Fault("bad-date", f"is no day of the calendar (read as {pattern})") from None


_ISO = re.compile("-".join(_TOKENS[part] for part in ("YYYY", "MM", "DD")))


def amount_reader(formats: Formats) -> Callable[[str], str]:
    """A reader of amounts in those marks; it gives plain text (`-1234.50`), for the currency decides what that is."""
    marks = re.escape(formats.decimal_mark)
    groups = f"[{_SPACES}]" if formats.thousands_mark == " " else re.escape(formats.thousands_mark)
    whole = f"[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]+" if groups else "[0-9]+"
    number = re.compile(f"({whole})(?:{marks}([0-9]+))?")
    plain = re.compile("-?[0-9]+" if formats.decimal_mark != "." else r"-?[0-9]+(\.[0-9]+)?")
    signed = formats.negative is Negative.MINUS

    def reader(text: str) -> str:
        if isinstance(text, Native):
            return text
        if plain.fullmatch(text) and (signed or text[0] != "-"):
            return text
        bare, below = _unsigned(text, formats)
        found = number.fullmatch(bare)
        if not found:
            raise Fault("bad-amount", _why(bare, formats))
        digits = re.sub("[^0-9]", "", found[1])
        return ("-" if below else "") + digits + (f".{found[2]}" if found[2] else "")

    return reader


def _unsigned(text: str, formats: Formats) -> tuple[str, bool]:
    """The digits and marks of an amount without its sign and currency symbol, and whether it is below zero."""
    bare, below = text.replace("\u2212", "-"), False
    for _ in range(2):
        match formats.negative:
            case Negative.MINUS if bare.startswith("-") and not below:
                bare, below = bare[1:].strip(), True
            case Negative.TRAILING_MINUS if bare.endswith("-") and not below:
                bare, below = bare[:-1].strip(), True
            case Negative.PARENTHESES if bare.startswith("(") and bare.endswith(")") and not below:
                bare, below = bare[1:-1].strip(), True
            case _:
                pass
        for symbol in formats.currency_symbols:
            bare = bare.removeprefix(symbol).removesuffix(symbol).strip()
    return bare, below


def _why(bare: str, formats: Formats) -> str:
    """The reason why a text is not an amount in these marks."""
    known = {formats.decimal_mark, formats.thousands_mark}
    if any(space in bare for space in _SPACES) and " " not in known:
        return "has a space in it; if that is between thousands, say thousands_mark: ' ' in the mapping"
    if bare.startswith(("-", "(")) or bare.endswith("-"):
        return f"is below zero in another style than the mapping says ({formats.negative})"
    strange = next((c for c in bare if not (c.isascii() and c.isdigit()) and c not in known | set(_SPACES)), None)
    if strange in {".", ","}:
        return f"has a '{strange}', which is neither the decimal mark nor a declared thousands mark; say what it is"
    if strange:
        return f"has '{strange}' in it; a currency symbol is declared with currency_symbols in the mapping"
    marks = f"decimal mark '{formats.decimal_mark}'"
    return f"is not an amount with {marks}" + (
        f" and '{formats.thousands_mark}' between groups of three digits" if formats.thousands_mark else ""
    )


def minor(text: str, currency: str) -> int:
    """Minor units of a plain amount that a reader gave; Fault where the currency cannot hold it or it has two readings."""
    whole, _, part = text.partition(".")
    places = money.digits(currency)
    if len(part) <= places and len(whole) + places <= 15:
        return int(whole + part.ljust(places, "0"))
    if places < 3 and not isinstance(text, Native) and _GROUPS_OF_THREE.fullmatch(text):
        raise Fault("bad-amount", f"may mean thousands or decimals; {currency} has {places} decimals")
    try:
        return money.parse(text, currency)
    except ValueError as error:
        raise Fault("bad-amount", str(error).removeprefix(f"'{text}' ")) from None


def id_reader(cures: tuple[Cure, ...]) -> Reader:
    """A reader of ids: text as it stands. What a spreadsheet did to them is undone where declared, refused where not."""
    as_written, zero, leading = (cure in cures for cure in (Cure.AS_WRITTEN, Cure.DECIMAL_ZERO, Cure.LEADING_ZEROS))

    def reader(text: str) -> str:
        if "." in text and not as_written:
            text = _whole(text, zero)
        if leading and text[0] == "0":
            text = text.lstrip("0") or "0"
        return text

    def _whole(text: str, cured: bool) -> str:
        found = _FLOAT_ID.fullmatch(text)
        if found and cured:
            return found[1]
        if found:
            raise Fault("bad-id", "is an id that was turned into a number; say cures: [decimal_zero] for this column")
        if _LOST_ID.fullmatch(text):
            raise Fault("bad-id", "is an id that lost its digits in a spreadsheet; export the column as text")
        return text

    return reader


def read_text(text: str) -> str:
    """Text as it stands."""
    return text


def read_currency(text: str) -> str:
    """An ISO 4217 code."""
    if text not in money.CURRENCIES:
        raise Fault("bad-value", f"is not a currency code of ISO 4217{nearest(text.upper(), money.CURRENCIES)}")
    return text


def read_whole(text: str) -> int:
    """A whole number from 0; scores and days are never negative."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Fault("bad-value", "is not a whole number from 0 to 999999999")
    return int(text)


def read_flag(text: str) -> int:
    """true or false, in capitals too, as spreadsheets write them."""
    match text.lower():
        case "true":
            return 1
        case "false":
            return 0
        case _:
            raise Fault("bad-value", "is neither true nor false")


def choice_reader(values: tuple[str, ...]) -> Reader:
    """A reader of one of those words."""

    def reader(text: str) -> str:
        if text not in values:
            raise Fault("bad-value", f"is none of {', '.join(values)}{nearest(text, values)}")
        return text

    return reader


def translated(values: Mapping[str, str], reader: Reader) -> Reader:
    """A reader of cells whose words the mapping translates first; a word without a translation is refused."""

    def translating(text: str) -> str | int | None:
        if text not in values:
            raise Fault("bad-value", f"has no translation in the mapping's values{nearest(text, values)}")
        return reader(values[text]) if values[text] else None

    return translating
