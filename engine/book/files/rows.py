"""Reading the rows of a CSV or XLSX file one after the other, as lists of trimmed texts.

Comes in: a path and how the file is laid out. Goes out: the header, then (row number, cells) as an iterator.
Know before changing: row numbers are those of a spreadsheet (the header row is counted), and nothing is held but the row at
hand. openpyxl is imported here only, when an XLSX file is read: it comes with the extra `xlsx`.
"""

import csv
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from engine.book.files.cells import Native
from engine.errors import Place, Problem, Refusal, nearest

ENCODINGS = ("utf-8", "gb18030", "windows-1252")
# A cell longer than this is a quotation mark that was never closed, not a value.
LONGEST_CELL = 131_072

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a file are. `sheet` None: the only sheet of a workbook."""

    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: int = 1


def read(path: Path, shown: str, layout: Layout) -> Iterator[Row]:
    """The header row and then the rows below it; Refusal (bad-file, bad-encoding, needs-extra) where it cannot be read."""
    rows = _xlsx(path, shown, layout) if path.suffix.lower() in {".xlsx", ".xlsm"} else _csv(path, shown, layout)
    for number, cells in rows:
        if number >= layout.header_row and any(cells):
            yield number, cells


def _refusal(shown: str, row: int, code: str, message: str) -> Refusal:
    """A file that cannot be read any further."""
    return Refusal([Problem(Place(shown, row), code, message)])


def _csv(path: Path, shown: str, layout: Layout) -> Iterator[Row]:
    """The rows of a CSV file; a byte order mark is dropped."""
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as lines:
            for cells in csv.reader(_texts(lines, shown), delimiter=layout.delimiter, strict=True):
                number += 1
                yield number, [cell.strip() for cell in cells]
    except UnicodeDecodeError as error:
        wrong = error.object[error.start : error.start + 1].hex()
        message = (
            f"byte 0x{wrong} is not {layout.encoding}; name the file's encoding in the mapping ({', '.join(ENCODINGS)})"
        )
        raise _refusal(shown, 0, "bad-encoding", f"near row {number + 1}: {message}") from error
    except csv.Error as error:
        raise _refusal(shown, number + 1, "bad-file", f"this row is not CSV: {error}") from error
    except OSError as error:
        raise _refusal(shown, 0, "bad-file", f"cannot be read: {error.strerror}") from error


def _texts(lines: Iterable[str], shown: str) -> Iterator[str]:
    """The lines of a text file; a workbook or UTF-16 that is called CSV gives itself away by its NULs."""
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise _refusal(shown, number, "bad-file", "this is not the text of a CSV file (it has NUL characters)")
        yield line


def _xlsx(path: Path, shown: str, layout: Layout) -> Iterator[Row]:
    """The rows of one sheet of a workbook, with the values that its formulas had when it was saved."""
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        message = "reading XLSX needs the extra: pip install 'duly[xlsx]'; or save the sheet as CSV"
        raise _refusal(shown, 0, "needs-extra", message) from error
    try:
        with warnings.catch_warnings():
            # Exports without styles or with extensions that openpyxl does not know are read all the same.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError) as error:
        raise _refusal(shown, 0, "bad-file", "is not an XLSX workbook") from error
    except OSError as error:
        raise _refusal(shown, 0, "bad-file", f"cannot be read: {error.strerror}") from error
    try:
        sheet = book[_sheet(book.sheetnames, shown, layout.sheet)]
        # Some exports state a wrong size of the sheet, and cells beyond it would be lost.
        sheet.reset_dimensions()
        width = 0
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_text(cell) for cell in row]
            cells += [""] * (width - len(cells))
            width = len(cells)
            yield number, cells
    finally:
        book.close()


def _sheet(names: list[str], shown: str, wanted: str | None) -> str:
    """The sheet to read: the one that the mapping names, or the only one there is."""
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return wanted
    if wanted is None:
        message = f"has {len(names)} sheets ({', '.join(names)}); say in the mapping which one"
    else:
        message = f"has no sheet '{wanted}'{nearest(wanted, names)}"
    raise _refusal(shown, 0, "bad-file", message)


def _text(cell: object) -> str:
    """A workbook's cell as text; numbers and dates, which have one meaning only, are marked as Native."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int():
            return Native(cell)
        case float():
            # 15 digits are what a spreadsheet keeps and shows; the rest is noise of its arithmetic.
            exact = format(Decimal(format(cell, ".15g")), "f")
            return Native(exact.rstrip("0").rstrip(".") if "." in exact else exact)
        case datetime():
            return Native(cell.date().isoformat())
        case date():
            return Native(cell.isoformat())
        case _:
            return str(cell).strip()
