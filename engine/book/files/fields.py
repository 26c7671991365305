"""What a kind of row is made of: fields, how their cells are read, and what may not be true of a row as a whole.

Comes in: nothing. Goes out: Kind and Field, and short ways to write them.
Know before changing: a field's name is what a file without a mapping calls its column, so it is as lasting as the policies'
fact names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# One row of a file as a kind sees it: field -> str, int or None. The reader of the field decides which.
Record = dict[str, Any]


class Reads(StrEnum):
    """How the cells of a field are read."""

    TEXT = "text"
    ID = "id"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    WHOLE = "whole number"
    CHOICE = "one of"
    FLAG = "true or false"
    RATE = "rate"


class Bound(StrEnum):
    """Which amounts a field takes."""

    ABOVE_ZERO = "above zero"
    FROM_ZERO = "zero or above"
    NOT_ZERO = "not zero"
    ANY = "of any sign"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `same_as` names the field whose value stands in for an empty one, `default` the value itself."""

    name: str
    reads: Reads
    meaning: str
    example: str
    required: bool = False
    values: tuple[str, ...] = ()
    default: str | int | None = None
    same_as: str | None = None
    currency: str | None = "currency"
    bound: Bound = Bound.ABOVE_ZERO


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field of a kind comes from in the file: column number counted from 1 (0: a constant) and its name."""

    index: int
    name: str


# What is wrong with a record as a whole: the field to point at and the reason; None where it is fine.
Check = Callable[[Record], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: what it is, and its fields in the order in which they are documented."""

    name: str
    meaning: str
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def field(self, name: str) -> Field:
        """The field of that name; it exists."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(field.name for field in self.fields)

    @property
    def amount(self) -> Field | None:
        """The field that control totals add up, where there is one with a currency beside it."""
        return next((f for f in self.fields if f.name == "amount" and f.currency), None)


def not_before(later: str, earlier: str) -> Check:
    """The later date, where there is one, is on or after the earlier one."""

    def check(record: Record) -> tuple[str, str] | None:
        if record[later] is not None and record[later] < record[earlier]:
            return later, f"is before {earlier} {record[earlier]}"
        return None

    return check


def together(one: str, other: str) -> Check:
    """Both fields are there, or neither is."""

    def check(record: Record) -> tuple[str, str] | None:
        if (record[one] is None) != (record[other] is None):
            missing, given = (one, other) if record[one] is None else (other, one)
            return missing, f"'{missing}' is empty although '{given}' is given"
        return None

    return check


def text(name: str, meaning: str, example: str, *, required: bool = False) -> Field:
    """A field of text as it stands."""
    return Field(name, Reads.TEXT, meaning, example, required)


def key(name: str, meaning: str, example: str, *, required: bool = False) -> Field:
    """A field that names something."""
    return Field(name, Reads.ID, meaning, example, required)


def day(name: str, meaning: str, example: str, *, required: bool = False, same_as: str | None = None) -> Field:
    """A field that is a day."""
    return Field(name, Reads.DATE, meaning, example, required, same_as=same_as)


AMOUNT = Field("amount", Reads.AMOUNT, "The amount, above zero.", "1234.50", required=True)
CURRENCY = Field("currency", Reads.CURRENCY, "The currency of the amount (ISO 4217).", "USD", required=True)
CUSTOMER = key("customer", "The customer, by number.", "200769623", required=True)
REFERENCE = key("reference", "Your own reference, unique among rows of this kind.", "R-17", required=True)
ACTOR = text("actor", "Who recorded it; empty: whoever imports the file.", "li.wei")
