"""The schema of mappings and the page about importing, made from the kinds so that neither can say otherwise than they do.

Comes in: KINDS. Goes out: schemas/mapping.schema.json and docs/import.md.
Know before changing: run `python -m engine.book.files.reference` after a change here or in kinds.py; a test proves that it
was run. The schema keeps to what editors understand: closed objects, no oneOf, a description and examples everywhere.
"""

import json
from pathlib import Path
from typing import Any

from engine.book.files.cells import Cure, Negative
from engine.book.files.fields import Field, Kind, Reads
from engine.book.files.kinds import KINDS
from engine.book.files.rows import ENCODINGS
from engine.policy.document import shipped

Schema = dict[str, Any]

_COLUMN = "the name of a column of the file"
_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_DATES = (
    "How dates are written: YYYY (or YY, which is 20YY), MM (two digits) or M (one or two), DD or D, with whatever stands"
    " between them. Nothing is guessed: 3/4/2026 is in March or in April as the pattern says."
)


def schema() -> Schema:
    """The JSON Schema of a mapping."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://duly.example/schemas/mapping.schema.json",
        "title": "Mapping",
        "description": "How a file from another system is read: what its columns are, how it writes dates and amounts, and"
        " which rows of the book each of its rows becomes.",
        "type": "object",
        "additionalProperties": False,
        "required": ["mapping", "yields"],
        "properties": {
            "mapping": _string("The mapping's name, for receipts and problems.", "ibm-ar", pattern=_NAME,
                               **{"x-expected": "write lower-case words with hyphens between, such as erp-open-items"}),
            "summary": _string("What file this is for, in one sentence.", "Open items as our ERP exports them.", maxLength=500),
            "file": _object("How the file is laid out.", _FILE, [{"encoding": "windows-1252", "delimiter": ";"}]),
            "formats": _object("How the file writes dates and amounts.", _FORMATS,
                               [{"dates": "D.M.YYYY", "decimal_mark": ",", "thousands_mark": "."}]),
            "columns": _by_column(
                "What is special about a column: its own date pattern, what an export did to its ids, what its words mean.",
                _object("What is special about this column.", _SPECIAL, [{"cures": ["decimal_zero"]}]),
                [{"doc_id": {"cures": ["decimal_zero"]}}],
            ),
            "skip_rows": _conditions("Rows that are left out: those for which any of these holds.",
                                     {"isOpen": {"is": 0}}),
            "constants": _constants("Values that are not in the file and the same for every kind that has such a field.",
                                    {"entity": "US01", "currency": "USD"}),
            "yields": {
                "description": "What each row becomes. One row may become rows of several kinds: an invoice, its customer and"
                " its payment. Whatever the order here, what is referred to lands before what refers to it.",
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "examples": [{"receivables": {"columns": {"number": "Invoice", "due": "Due Date"}}}],
                "properties": {kind.name: _yield(kind) for kind in KINDS.values()},
            },
        },
        "$defs": {"condition": _condition()},
    }


def page() -> str:
    """docs/import.md: the columns of our own files, and every key of a mapping."""
    lines = [_HEAD]
    for kind in KINDS.values():
        lines += [f"### {kind.name}", "", kind.meaning, "", "| column | is | meaning | example |", "|---|---|---|---|"]
        lines += [
            f"| `{f.name}`{' *' if f.required else ''} | {_is(f)} | {f.meaning} | `{f.example}` |" for f in kind.fields
        ]
        lines.append("")
    lines += ["## Mappings", "", _MAPPINGS]
    lines += _keys(schema()["properties"], "")
    return "\n".join(lines).rstrip() + "\n"


def write(root: Path) -> None:
    """Write both files below the folder."""
    (root / "schemas" / "mapping.schema.json").write_text(text(schema()), encoding="utf-8")
    (root / "docs" / "import.md").write_text(page(), encoding="utf-8")


def text(value: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _string(description: str, *examples: Any, **more: Any) -> Schema:
    """A text."""
    return {"description": description, "type": "string", "minLength": 1, **more, "examples": list(examples)}


def _scalar(description: str, *examples: Any) -> Schema:
    """A literal: text, or a whole number that need not be quoted."""
    return {"description": description, "type": ["string", "integer"], "examples": list(examples)}


def _list(description: str, items: Schema, *examples: Any) -> Schema:
    """A list of different things, at least one."""
    return {"description": description, "type": "array", "minItems": 1, "uniqueItems": True, "items": items,
            "examples": list(examples)}


def _object(description: str, properties: Schema, examples: list[Any], **more: Any) -> Schema:
    """A closed object with at least one key."""
    return {"description": description, "type": "object", "additionalProperties": False, "minProperties": 1, **more,
            "properties": properties, "examples": examples}


def _by_column(description: str, value: Schema, examples: list[Any]) -> Schema:
    """An object whose keys are columns of the file, which no schema can know."""
    return {"description": description, "type": "object", "minProperties": 1, "additionalProperties": value,
            "examples": examples}


def _constants(description: str, example: Any) -> Schema:
    """Constants that any kind has a field for."""
    names = sorted({name for kind in KINDS.values() for name in kind.names})
    return _object(description, {name: _constant(name) for name in names}, [example])


def _constant(name: str) -> Schema:
    """One of them."""
    field = next(field for kind in KINDS.values() for field in kind.fields if field.name == name)
    return _scalar(f"The same for every row. {field.meaning}", field.example)


_TEST = {
    "is": _scalar("Holds where the cell is exactly this; '' is an empty cell.", 0, "Yes"),
    "is_not": _scalar("Holds where the cell is anything but this.", ""),
    "in": _list("Holds where the cell is one of these.", _scalar("One of them.", "RV"), ["RV", "DR"]),
    "not_in": _list("Holds where the cell is none of these.", _scalar("One of them.", "X"), ["X", "Y"]),
}


def _conditions(description: str, example: Any) -> Schema:
    """A list of conditions."""
    return {"description": description, "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"},
            "examples": [[example]]}


def _condition() -> Schema:
    """One condition: a column and one operator, spelled as in policies."""
    test = _object("One test of the cell.", _TEST, [{"is_not": ""}], maxProperties=1)
    test["x-one"] = "write one of is, is_not, in, not_in"
    condition = _by_column("A column and one test of its cell.", test, [{"Paid on": {"is_not": ""}}])
    return condition | {"maxProperties": 1, "x-one": "write one column; further conditions are further items of the list"}


_FILE: Schema = {
    "encoding": _string(
        "The encoding of a CSV file. GB18030 covers GBK and GB2312, windows-1252 covers Latin-1.", *ENCODINGS,
        enum=list(ENCODINGS),
    ),
    "delimiter": _string("What stands between the cells of a CSV file.", ",", ";", enum=[",", ";", "\t", "|"]),
    "sheet": _string("The sheet of an XLSX workbook, needed where it has several.", "Open items"),
    "header_row": {"description": "The row that has the column names; rows above it are ignored.", "type": "integer",
                   "minimum": 1, "maximum": 1000, "examples": [1, 4]},
    "missing": _list("Texts that mean the same as an empty cell.", _string("One of them.", "NULL"), ["NULL", "N/A"]),
}
_FORMATS: Schema = {
    "dates": _string(_DATES, "YYYY-MM-DD", "M/D/YYYY", "D.M.YYYY"),
    "decimal_mark": _string("What stands before the decimals.", ".", ",", enum=[".", ","]),
    "thousands_mark": _string(
        "What stands between groups of three digits; without it, nothing may. A space covers no-break spaces too.",
        ",", ".", " ", "'", enum=[",", ".", " ", "'"],
    ),
    "negative": _string(
        "How an amount below zero is written: -123.45, (123.45) or 123.45-.", *Negative, enum=[str(n) for n in Negative]
    ),
    "currency_symbols": _list("Symbols that stand beside amounts and are dropped; they never decide the currency.",
                              _string("One of them.", "¥"), ["¥", "US$"]),
}
_SPECIAL: Schema = {
    "dates": _string("How this column writes dates, where it differs from the rest of the file.", "YYYYMMDD"),
    "cures": _list(
        "What an export did to the ids of this column and is undone. decimal_zero: 1930571429.0 is 1930571429."
        " leading_zeros: 0200706844 and 200706844 are the same. as_written: 12.0 is really meant. Without a cure, leading"
        " zeros count, and an id that looks like a decimal number is refused. Nothing is ever padded.",
        {"description": "One cure.", "type": "string", "enum": [str(c) for c in Cure], "examples": ["decimal_zero"]},
        ["decimal_zero"],
    ),
    "values": {
        "description": "What the words of this column mean: their word, then ours. A word that is not listed is refused."
        " '' means that the cell counts as empty.",
        "type": "object", "minProperties": 1, "additionalProperties": _scalar("Our word for it.", "invoice"),
        "examples": [{"RV": "invoice", "Mahngebühr": "fee"}],
    },
}


def _yield(kind: Kind) -> Schema:
    """What a mapping says about one kind."""
    first = kind.fields[0]
    columns = {f.name: _string(f.meaning, f.name.replace("_", " ").title()) for f in kind.fields}
    constants = {f.name: _scalar(f.meaning, f.example) for f in kind.fields}
    needed = ", ".join(f.name for f in kind.fields if f.required)
    properties = {
        "columns": _object(f"Which column fills which field: our field, then {_COLUMN}.", columns,
                           [{first.name: "Column A"}]),
        "constants": _object("Fields that have the same value for every row of this kind.", constants,
                             [{first.name: first.example}]),
        "when": _conditions("Only rows for which all of these hold.", {"Paid on": {"is_not": ""}}),
    }
    if kind.amount:
        properties["sign"] = _string(
            "Only rows whose amount is above (positive) or below (negative) zero; below zero it is turned positive. So one"
            " column of amounts may be split into receivables and credits.", "positive", enum=["positive", "negative"],
        )
    return {"description": f"{kind.meaning} Needs {needed}.", "type": "object", "additionalProperties": False,
            "minProperties": 1, "properties": properties, "examples": [{"columns": {first.name: "Column A"}}]}


def _is(field: Field) -> str:
    """How a cell of our own files is written."""
    match field.reads:
        case Reads.CHOICE:
            return ", ".join(f"`{value}`" for value in field.values)
        case Reads.DATE:
            return "date, YYYY-MM-DD"
        case Reads.AMOUNT:
            return f"amount, {field.bound}"
        case _:
            return str(field.reads)


def _keys(properties: Schema, path: str) -> list[str]:
    """A line per key of a mapping; the fields of a kind are in its table above, so only its own keys are listed, once."""
    lines = []
    for name, value in properties.items():
        if path == "yields" and name != next(iter(KINDS)):
            continue
        shown = "KIND" if path == "yields" else name
        full = f"{path}.{shown}".lstrip(".")
        described = "One of the kinds above." if path == "yields" else value["description"]
        enum = f" One of: {', '.join(f'`{each}`' for each in value['enum'])}." if "enum" in value else ""
        lines.append(f"- `{full}`: {described}{enum}")
        if path.count(".") < 1 and full not in {"constants", "skip_rows"}:
            inner = value.get("properties") or (value.get("additionalProperties") or {}).get("properties", {})
            if full == "yields.KIND":
                lines += [f"- `{full}.{key}`: {inner[key]['description']}" for key in inner]
                lines.append("- `yields.KIND.sign`: " + schema()["properties"]["yields"]["properties"]["receivables"][
                    "properties"]["sign"]["description"])
            else:
                lines += _keys(inner, f"{full}.COLUMN" if name == "columns" else full)
    return lines


_HEAD = """<!-- Made by `python -m engine.book.files.reference`; change the kinds or the schema, not this page. -->
# Importing files

    duly import KIND FILE [--mapping MAPPING.yaml] [--dry-run] [--expect-rows N] [--expect-total AMOUNT]

FILE is CSV or XLSX (XLSX needs `pip install 'duly[xlsx]'`). Everything in a file lands, or nothing does. A bad row is
reported with its file, row, column, value and reason; rows are counted as a spreadsheet counts them, the header is row 1.

- A row that is in the book already, or came earlier in the file, with the same values is a **duplicate**: counted, ignored.
  So importing a file twice changes nothing. With other values it **contradicts** the first and the file is refused.
- **Control totals** are what the sender of the file states: how many rows it has, and what its amounts add up to
  (`--expect-total 1234.50`, or per currency `--expect-total USD:1234.50,CAD:99.00`). Duplicates and every row of the kind
  count; nothing lands where a total differs.
- **Ids are text.** Leading zeros count, nothing is padded, and an id that a spreadsheet turned into a number (`1930571429.0`)
  is refused unless the mapping says that it is to be undone.
- **Amounts and dates are never guessed.** Without a mapping, a date is `2026-01-31` and an amount `1234.50`.
- An **entity** that is left empty is the customer's.
- The **name of a customer** may be spelled in several ways in one file: the spelling that most rows have is kept (of equally
  frequent ones the first in the alphabet), and the receipt says so. A customer that is in the book keeps the book's spelling;
  a row with a later `valid_from` gives the customer another name from that date on.
- **What describes a customer** holds from `valid_from` on. The same again is a duplicate, something else from the same date
  is refused, and from another date it is a new version. A field that the file has no column for is taken over from the
  version before.
- **What ends something may come later**: the same row again, now with the day that a dispute was resolved, a hold released, an
  order closed, a limit confirmed or withdrawn. That adds the end; another end contradicts it.
- **Nobody is above themselves**: a file whose parents would put a customer above itself on any day is refused.
- **More is never allocated** to a receivable than its amount, nor of a payment than it brought, on any day. A payment with a
  receivable beside it is allocated to it as soon as both are there.

## Our own columns

A file whose columns have these names needs no mapping. Fields with * are needed; the order of columns does not matter.
"""
_MAPPINGS = """A mapping says how a file from another system is read. It is a YAML file; its first line lets an editor complete
and check it: `# yaml-language-server: $schema=../../schemas/mapping.schema.json`. `docs/examples/` has four of them.
"""

if __name__ == "__main__":
    write(shipped())
