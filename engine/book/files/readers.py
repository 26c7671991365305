"""Which reader a field's cells go through: by what the field is, how the file writes it, and what its column has of its own.

Comes in: a Field, Formats, a Column. Goes out: a Reader.
Know before changing: constants of a mapping are read by the same readers, in our own formats.
"""

from dataclasses import dataclass
from typing import assert_never

from engine.book.files.cells import (
    Cure,
    Formats,
    Reader,
    amount_reader,
    choice_reader,
    date_reader,
    id_reader,
    read_currency,
    read_flag,
    read_text,
    read_whole,
    translated,
)
from engine.book.files.fields import Field, Reads

OURS = Formats()


@dataclass(frozen=True, slots=True)
class Column:
    """What is special about one column of a file: its own date pattern, cures of its ids, translations of its words."""

    name: str
    dates: str | None = None
    cures: tuple[Cure, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


def reader(field: Field, formats: Formats, column: Column) -> Reader:
    """The reader of a field's cells in that column."""
    read = _by_type(field, formats, column)
    return translated(dict(column.values), read) if column.values else read


def _by_type(field: Field, formats: Formats, column: Column) -> Reader:
    """The reader of a type of field."""
    match field.reads:
        case Reads.TEXT:
            return read_text
        case Reads.ID:
            return id_reader(column.cures)
        case Reads.AMOUNT | Reads.RATE:
            return amount_reader(formats)
        case Reads.DATE:
            return date_reader(column.dates or formats.dates)
        case Reads.CURRENCY:
            return read_currency
        case Reads.WHOLE:
            return read_whole
        case Reads.CHOICE:
            return choice_reader(field.values)
        case Reads.FLAG:
            return read_flag
        case _:
            assert_never(field.reads)
