"""From the cells of a row to the records of the kinds that it yields, as a mapping says.

Comes in: a Mapping and a header. Goes out: one Extractor per kind.
Know before changing: `record` is what every row goes through, so it does as little as it can and raises at the first fault;
`faults` then reads the row again and finds all of them. Both use the same readers.
"""

from collections.abc import Callable, Iterator, Sequence

from engine import money
from engine.book.files.cells import Fault, minor
from engine.book.files.fields import Bound, Field, Kind, Reads, Record, Source
from engine.book.files.readers import OURS, Column, reader
from engine.book.mapping import Condition, Mapping, Yield
from engine.errors import Place, Problem, Refusal, nearest

Test = Callable[[list[str]], bool]
_PLAIN = Column("")
_OUT_OF_BOUNDS = {
    Bound.ABOVE_ZERO: "must be above zero",
    Bound.FROM_ZERO: "must be zero or above",
    Bound.NOT_ZERO: "must not be zero",
    Bound.ANY: "",
}


class Extractor:
    """Makes the records of one kind. `skipped` counts the rows that the kind is not meant for."""

    def __init__(self, each: Yield, header: Sequence[str], mapping: Mapping) -> None:
        """The columns that the mapping names are in the header; `prepare` has checked it."""
        special = {column.name: column for column in mapping.columns}
        self.kind: Kind = each.kind
        self.sign = each.sign
        self.when = conditions(each.when, header)
        self.skipped = 0
        self.sources = {name: Source(header.index(column) + 1, column) for name, column in each.columns}
        self.sources |= {name: Source(0, f"constant {name}") for name, _ in each.constants}
        self.constants = dict(each.constants)
        self.cells = tuple(
            (field, header.index(column), reader(field, mapping.formats, special.get(column, _PLAIN)))
            for name, column in each.columns
            for field in (each.kind.field(name),)
        )
        given = {field.name for field, _, _ in self.cells}
        # The value of every field that has no column: a constant, else the default.
        self.fixed: Record = {
            field.name: reader(field, OURS, _PLAIN)(self.constants[field.name])
            if field.name in self.constants
            else field.default
            for field in each.kind.fields
            if field.name not in given
        }
        self.amounts = tuple(f for f in each.kind.fields if f.reads is Reads.AMOUNT and f.currency)
        self.likened = tuple((f.name, f.same_as) for f in each.kind.fields if f.same_as)

    def record(self, cells: list[str]) -> Record | None:
        """The record of a row, or None where the kind is not meant for it; Fault at the first cell that cannot be read."""
        for condition in self.when:
            if not condition(cells):
                self.skipped += 1
                return None
        record = self.fixed.copy()
        for field, index, read in self.cells:
            text = cells[index]
            value = read(text) if text else None
            if value is None:
                if field.required:
                    raise Fault("missing-value", "is empty")
                value = field.default
            record[field.name] = value
        return self._whole(record)

    def faults(self, cells: list[str]) -> Iterator[tuple[Source, str, str]]:
        """Every cell that cannot be read: where it is, the code, and what is wrong with it."""
        if not all(condition(cells) for condition in self.when):
            return
        record = self.fixed.copy()
        sound = True
        for field, index, read in self.cells:
            try:
                value = read(cells[index]) if cells[index] else None
                if value is None and field.required:
                    raise Fault("missing-value", "is empty")
                record[field.name] = field.default if value is None else value
            except Fault as fault:
                sound = False
                yield self._fault(field.name, cells[index], fault)
        for misfit in self._misfits(record) if sound else ():
            name = misfit.name
            yield self._fault(name, cells[self.sources[name].index - 1] if name in self.sources else "", misfit)

    def _fault(self, name: str, text: str, fault: Fault) -> tuple[Source, str, str]:
        """Where a fault is, its code, and what a person reads."""
        source = self.sources.get(name, Source(0, name))
        shown = f" '{text}'" if text and source.index else ""
        return source, fault.code, f"{source.name}{shown} {fault}"

    def _whole(self, record: Record) -> Record | None:
        """The record with amounts in minor units and what is empty filled in; Fault where its fields contradict each other."""
        for field in self.amounts:
            text = record[field.name]
            if text is not None:
                amount = _amount(field, text, _currency(record, field), self.sign)
                if amount is None:
                    self.skipped += 1
                    return None
                record[field.name] = amount
        self._fill(record)
        for check in self.kind.checks:
            wrong = check(record)
            if wrong:
                raise _Misfit(wrong[0], "bad-value", wrong[1])
        return record

    def _misfits(self, record: Record) -> Iterator["_Misfit"]:
        """Every reason why the fields of a record do not fit together; with amounts that do not, only those."""
        sound = True
        for field in self.amounts:
            text = record[field.name]
            try:
                amount = None if text is None else _amount(field, text, _currency(record, field), self.sign)
            except _Misfit as misfit:
                sound = False
                yield misfit
                continue
            if text is not None and amount is None:
                return
            record[field.name] = amount
        if not sound:
            return
        try:
            self._fill(record)
        except _Misfit as misfit:
            yield misfit
            return
        for check in self.kind.checks:
            wrong = check(record)
            if wrong:
                yield _Misfit(wrong[0], "bad-value", wrong[1])

    def _fill(self, record: Record) -> None:
        """What is empty is filled in from other fields; a rate is read."""
        for name, other in self.likened:
            if record[name] is None:
                record[name] = record[other]
        if self.kind.name == "fx_rates":
            _rate(record)


class _Misfit(Fault):
    """A cell that can be read but does not fit the rest of its row."""

    def __init__(self, name: str, code: str, reason: str) -> None:
        """Keep the field's name."""
        self.name = name
        super().__init__(code, reason)


def prepare(mapping: Mapping, header: list[str], place: Place) -> tuple[Extractor, ...]:
    """An extractor per kind; Refusal (missing-column, twice-column) where the header has not what the mapping reads."""
    wanted = {c.column for c in mapping.skip} | {column.name for column in mapping.columns}
    for each in mapping.yields:
        wanted |= {column for _, column in each.columns} | {c.column for c in each.when}
    problems = [
        Problem(place, "missing-column", f"there is no column '{name}' in the header{nearest(name, header)}")
        for name in sorted(wanted - set(header))
    ]
    problems += [
        Problem(Place(place.file, place.line, header.index(name) + 1), "twice-column",
                f"'{name}' is the name of {header.count(name)} columns; give each its own name")
        for name in sorted(wanted & set(header))
        if header.count(name) > 1
    ]
    problems += [
        Problem(place, "missing-column", f"{each.kind.name} need a column '{field.name}'")
        for each in mapping.yields
        for field in each.kind.fields
        if field.required and field.name not in {name for name, _ in (*each.columns, *each.constants)}
    ]
    if problems:
        raise Refusal(problems)
    return tuple(Extractor(each, header, mapping) for each in mapping.yields)


def conditions(wanted: Sequence[Condition], header: Sequence[str]) -> tuple[Test, ...]:
    """Tests of a row's cells."""
    return tuple(_test(header.index(each.column), frozenset(each.texts), wanted=each.wanted) for each in wanted)


def _test(index: int, texts: frozenset[str], *, wanted: bool) -> Test:
    """Whether the cell is one of the texts, or none of them."""
    return lambda cells: (cells[index] in texts) is wanted


def _amount(field: Field, text: str, currency: str | None, sign: str | None) -> int | None:
    """Minor units within the field's bound; None where only amounts of the other sign are meant."""
    if currency is None:
        raise _Misfit(field.currency or "", "missing-value", f"is empty although {field.name} is given")
    try:
        amount = minor(text, currency)
    except Fault as fault:
        raise _Misfit(field.name, fault.code, str(fault)) from None
    if sign:
        amount = amount if sign == "positive" else -amount
        if amount <= 0:
            return None
    match field.bound:
        case Bound.ABOVE_ZERO:
            fits = amount > 0
        case Bound.FROM_ZERO:
            fits = amount >= 0
        case Bound.NOT_ZERO:
            fits = amount != 0
        case Bound.ANY:
            fits = True
    if not fits:
        raise _Misfit(field.name, "bad-amount", _OUT_OF_BOUNDS[field.bound])
    return amount


def _currency(record: Record, field: Field) -> str | None:
    """The currency of an amount of the record."""
    assert field.currency is not None, "only amounts with a currency beside them are converted here"
    currency: str | None = record[field.currency]
    return currency


def _rate(record: Record) -> None:
    """Numerator and denominator of an exchange rate."""
    try:
        record["numerator"], record["denominator"] = money.rate(record["rate"], record["source"], record["target"])
    except ValueError as error:
        raise _Misfit("rate", "bad-amount", str(error)) from None

