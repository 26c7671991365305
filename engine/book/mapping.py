"""How a foreign file's columns become our fields: a YAML mapping, read into a typed Mapping.

Comes in: a valid mapping Document (schemas/mapping.schema.json), or nothing for a file that has our own column names.
Goes out: a Mapping, or the problems that the schema cannot see.
Know before changing: a mapping describes, it never computes. One row may yield several kinds; the kinds land in the order of
KINDS, so that what a row refers to is there before the row that refers to it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.book.files.cells import Cure, Fault, Formats, Negative, date_fault
from engine.book.files.fields import Kind
from engine.book.files.kinds import KINDS
from engine.book.files.readers import OURS, Column, reader
from engine.book.files.rows import Layout
from engine.errors import Place, Problem, Refusal, nearest
from engine.policy import document


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds for a row whose cell is one of `texts` (`wanted`), or none of them (not `wanted`)."""

    column: str
    wanted: bool
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Yield:
    """One kind that a row yields: which column fills which field, what is constant, and for which rows.

    `sign` is `positive` or `negative` where only rows with such an amount are meant; a negative one is turned positive.
    """

    kind: Kind
    columns: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, str], ...] = ()
    when: tuple[Condition, ...] = ()
    sign: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one layout of file is read."""

    name: str
    layout: Layout
    formats: Formats
    yields: tuple[Yield, ...]
    columns: tuple[Column, ...] = ()
    missing: tuple[str, ...] = ()
    skip: tuple[Condition, ...] = ()

    def kinds(self) -> tuple[str, ...]:
        """The names of the kinds that a file yields, in the order in which they land."""
        return tuple(each.kind.name for each in self.yields)


def load(path: Path, *, shown: str | None = None) -> Mapping:
    """The mapping in that file; Refusal with every problem where it is not one."""
    read, problems = document.read(path, shown=shown)
    if read is None:
        raise Refusal(problems)
    problems = document.validate(read, "mapping")
    if problems:
        raise Refusal(problems)
    mapping, problems = build(read)
    if mapping is None:
        raise Refusal(problems)
    return mapping


def build(source: document.Document) -> tuple[Mapping | None, tuple[Problem, ...]]:
    """The Mapping that a valid document says, or the problems that its schema cannot see."""
    value: Any = source.value
    file = value.get("file", {})
    builder = _Builder(source, value.get("constants", {}))
    formats = builder.formats(value.get("formats", {}))
    columns = tuple(builder.column(name, each) for name, each in value.get("columns", {}).items())
    yields = tuple(builder.yields(kind, value["yields"][kind.name]) for kind in KINDS.values() if kind.name in value["yields"])
    builder.check_constants(yields)
    mapping = Mapping(
        name=value["mapping"],
        layout=Layout(
            file.get("encoding", "utf-8"), file.get("delimiter", ","), file.get("sheet"), file.get("header_row", 1)
        ),
        formats=formats,
        yields=yields,
        columns=columns,
        missing=tuple(file.get("missing", ())),
        skip=tuple(_condition(each) for each in value.get("skip_rows", ())),
    )
    return (None, tuple(sorted(set(builder.problems)))) if builder.problems else (mapping, ())


def own(kind: Kind, header: list[str], place: Place) -> Mapping:
    """The mapping of a file that has our own column names; Refusal (unknown-column) for any other name."""
    problems = [
        Problem(
            Place(place.file, place.line, index),
            "unknown-column",
            f"'{name}' is not a column of {kind.name}{nearest(name, kind.names) or '; a mapping says what foreign columns are'}",
        )
        for index, name in enumerate(header, start=1)
        if name not in kind.names
    ]
    if problems:
        raise Refusal(problems)
    each = Yield(kind, tuple((name, name) for name in header))
    return Mapping("own columns", Layout(), Formats(), (each,))


class _Builder:
    """Collects the problems of one mapping while its parts are built."""

    def __init__(self, source: document.Document, constants: dict[str, Any]) -> None:
        self.source = source
        self.constants = {name: str(value) for name, value in constants.items()}
        self.problems: list[Problem] = []

    def problem(self, path: tuple[str | int, ...], message: str, *, of_key: bool = False) -> None:
        """Note a problem with the value at that path of the document, or with its key."""
        place = self.source.key_place(path) if of_key else self.source.place(path)
        self.problems.append(Problem(place, "bad-mapping", message))

    def formats(self, value: dict[str, Any]) -> Formats:
        """How dates and amounts are written; marks that are the same could be read in two ways."""
        default = Formats()
        formats = Formats(
            value.get("dates", default.dates),
            value.get("decimal_mark", default.decimal_mark),
            value.get("thousands_mark", default.thousands_mark),
            Negative(value.get("negative", default.negative)),
            tuple(value.get("currency_symbols", ())),
        )
        if formats.decimal_mark == formats.thousands_mark:
            self.problem(
                ("formats", "thousands_mark"),
                f"'{formats.thousands_mark}' cannot be the decimal mark and the thousands mark at once",
            )
        self._dates(("formats", "dates"), formats.dates)
        return formats

    def column(self, name: str, value: dict[str, Any]) -> Column:
        """What is special about one column."""
        if "dates" in value:
            self._dates(("columns", name, "dates"), value["dates"])
        return Column(
            name,
            value.get("dates"),
            tuple(Cure(cure) for cure in value.get("cures", ())),
            tuple((word, _written(ours)) for word, ours in value.get("values", {}).items()),
        )

    def yields(self, kind: Kind, value: dict[str, Any]) -> Yield:
        """One kind: its columns, and the constants of the file that it has a field for."""
        columns = tuple(value.get("columns", {}).items())
        taken = {name for name, _ in columns}
        for name, text in value.get("constants", {}).items():
            self._constant(("yields", kind.name, "constants", name), kind, name, str(text))
        constants = {name: text for name, text in self.constants.items() if name in kind.names and name not in taken}
        constants |= {name: _written(text) for name, text in value.get("constants", {}).items()}
        for name in sorted(taken & set(value.get("constants", {}))):
            self.problem(("yields", kind.name, "constants", name), f"'{name}' has a column already", of_key=True)
        given = taken | set(constants)
        lacking = [field.name for field in kind.fields if field.required and field.name not in given]
        if lacking:
            names = ", ".join(lacking)
            message = f"{kind.name} need {names}; name a column or a constant for it"
            self.problem(("yields", kind.name), message, of_key=True)
        if value.get("sign") and kind.amount is None:
            self.problem(("yields", kind.name, "sign"), f"{kind.name} have no amount whose sign could be looked at")
        when = tuple(_condition(each) for each in value.get("when", ()))
        return Yield(kind, columns, tuple(constants.items()), when, value.get("sign"))

    def check_constants(self, yields: tuple[Yield, ...]) -> None:
        """A constant of the whole file that no kind has a field for is a mistake."""
        known = {name for each in yields for name in each.kind.names}
        for name in sorted(set(self.constants) - known):
            message = f"no kind that this file yields has a field '{name}'{nearest(name, known)}"
            self.problem(("constants", name), message, of_key=True)
        for each in yields:
            for name in sorted(set(self.constants) & set(each.kind.names)):
                self._constant(("constants", name), each.kind, name, self.constants[name])

    def _constant(self, path: tuple[str | int, ...], kind: Kind, name: str, text: str) -> None:
        """A constant must be readable as its field, in our own formats."""
        try:
            reader(kind.field(name), OURS, Column(name))(text)
        except Fault as fault:
            self.problem(path, f"'{text}' {fault}")

    def _dates(self, path: tuple[str | int, ...], pattern: str) -> None:
        """A date pattern has one year, one month and one day."""
        fault = date_fault(pattern)
        if fault:
            self.problem(path, f"'{pattern}' is not a date pattern: {fault}")


def _condition(value: dict[str, Any]) -> Condition:
    """`COLUMN: {is: A}`, or with is_not, in, not_in."""
    ((column, test),) = value.items()
    ((operator, literal),) = test.items()
    texts = literal if operator in {"in", "not_in"} else [literal]
    return Condition(column, operator in {"is", "in"}, tuple(_written(text) for text in texts))


def _written(value: str | int) -> str:
    """A literal of the mapping as a cell would be written."""
    return str(value)
