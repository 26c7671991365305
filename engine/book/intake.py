"""Intake: the rows of a file become rows of the book. Everything in a file lands, or nothing does.

Comes in: a kind, a CSV or XLSX file, perhaps a Mapping. Goes out: a Receipt, or a Refusal with a Problem per bad row.
Know before changing: one transaction holds the whole file; rows stream through it in batches, so that neither memory nor time
grows faster than the file. Importing a file again adds nothing: every row finds itself there.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine import money
from engine.book import extract
from engine.book.files import rows
from engine.book.files.fields import Kind
from engine.book.files.kinds import KINDS
from engine.book.landing import clearing, credit, tables
from engine.book.landing.customers import Customers
from engine.book.landing.desk import MOST_PROBLEMS, Batch, Desk
from engine.book.mapping import Mapping, own
from engine.book.store import Book, writing
from engine.errors import Place, Problem, Refusal, nearest

BATCH = 2000

Land = Callable[[Desk, Batch], None]
_LAND: dict[str, Land] = {
    "entities": tables.entities,
    "calendars": tables.calendars,
    "fx_rates": tables.fx_rates,
    "market": tables.market,
    "contacts": tables.contacts,
    "assessments": credit.assessments,
    "financials": credit.financials,
    "securities": credit.securities,
    "limits": credit.limits,
    "reviews": credit.reviews,
    "receivables": tables.receivables,
    "orders": tables.orders,
    "credits": clearing.credits,
    "payments": clearing.payments,
    "allocations": clearing.allocations,
    "disputes": tables.disputes,
    "promises": tables.promises,
    "holds": tables.holds,
    "activities": tables.activities,
}


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one kind: rows added, rows that were there already, rows not meant; sums of the file in minor units."""

    kind: str
    added: int
    duplicates: int
    skipped: int
    sums: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an import did, or with dry_run would do. `rows` counts the file's rows, `skipped` those that skip_rows names."""

    file: str
    kind: str
    digest: str
    rows: int
    skipped: int
    landed: tuple[Landed, ...]
    notes: tuple[str, ...]
    dry_run: bool

    @property
    def added(self) -> int:
        """How many rows of any kind were added."""
        return sum(each.added for each in self.landed)


class _Dry(Exception):
    """Ends the transaction of a dry run; never leaves this module."""


def load(
    book: Book,
    kind: str,
    path: Path,
    mapping: Mapping | None,
    *,
    dry_run: bool,
    expect_rows: int | None,
    expect_total: str | None,
    actor: str,
    now: str,
) -> Receipt:
    """Import a file as that kind. `expect_total` is `123.45`, or per currency `USD:123.45,CAD:1.00`.

    The control totals count every row of the file and add up every amount of that kind in it, duplicates included.
    """
    if kind not in KINDS:
        raise _refused(path, "unknown-kind", f"'{kind}' is no kind of row{nearest(kind, KINDS)}")
    if mapping and kind not in mapping.kinds():
        message = f"mapping '{mapping.name}' yields no {kind}, but {', '.join(mapping.kinds())}"
        raise _refused(path, "unknown-kind", message)
    digest = _digest(path)
    receipt: Receipt | None = None
    try:
        with writing(book):
            desk = Desk(book, str(path), kind, actor=actor, now=now)
            read = _Reading(desk, KINDS[kind], path, mapping)
            read.run()
            _control(desk, read.rows, expect_rows, expect_total)
            if desk.problems:
                raise Refusal(desk.problems)
            receipt = _receipt(desk, read, digest, dry_run=dry_run)
            if dry_run:
                raise _Dry
            _record(desk, path, digest, receipt.added)
    except _Dry:
        pass
    assert receipt is not None, "an import that is not refused has a receipt"
    return receipt


class _Reading:
    """The rows of one file on their way into the book."""

    def __init__(self, desk: Desk, kind: Kind, path: Path, mapping: Mapping | None) -> None:
        layout = mapping.layout if mapping else rows.Layout()
        self.desk = desk
        self.stream = rows.read(path, str(path), layout)
        number, header = next(self.stream, (0, []))
        if not header:
            raise _refused(path, "bad-file", "has no header row")
        while header and not header[-1]:
            header.pop()
        place = Place(str(path), number)
        self.width = len(header)
        self.mapping = mapping or own(kind, header, place)
        self.extractors = extract.prepare(self.mapping, header, place)
        self.skips = extract.conditions(self.mapping.skip, header)
        self.missing = frozenset(self.mapping.missing)
        desk.sources |= {(e.kind.name, name): source for e in self.extractors for name, source in e.sources.items()}
        self.customers = next(
            (Customers(desk, frozenset(e.sources)) for e in self.extractors if e.kind.name == "customers"), None
        )
        used = self._used(header)
        self.unused = [name for index, name in enumerate(header, start=1) if index not in used]
        self.rows = self.skipped = 0

    def _used(self, header: list[str]) -> set[int]:
        """The numbers of the columns that are read."""
        tested = {c.column for each in self.mapping.yields for c in each.when} | {c.column for c in self.mapping.skip}
        return {source.index for e in self.extractors for source in e.sources.values()} | {
            header.index(name) + 1 for name in tested
        }

    def run(self) -> None:
        """Land batch after batch, then what waits for the end of the file."""
        for extractor in self.extractors:
            self.desk.tally(extractor.kind.name)
        while batch := list(islice(self.stream, BATCH)):
            self._land(self._records(batch))
            if len(self.desk.problems) > MOST_PROBLEMS:
                message = f"more than {MOST_PROBLEMS:,} problems; the rest of the file was not read"
                self.desk.problems.add(Problem(Place(self.desk.file, batch[-1][0]), "too-many-problems", message))
                break
        if self.customers:
            self.customers.finish()

    def _records(self, batch: list[rows.Row]) -> list[tuple[extract.Extractor, Batch]]:
        """The records of each kind that these rows yield."""
        found: list[tuple[extract.Extractor, Batch]] = [(extractor, []) for extractor in self.extractors]
        for number, cells in self._sound(batch):
            try:
                for extractor, records in found:
                    record = extractor.record(cells)
                    if record is not None:
                        records.append((number, record))
            except ValueError:
                for extractor, records in found:
                    self._explain(extractor, number, cells)
                    if records and records[-1][0] == number:
                        records.pop()
        return found

    def _sound(self, batch: list[rows.Row]) -> Iterator[rows.Row]:
        """The rows that are as wide as the header and not skipped."""
        for number, cells in batch:
            self.rows += 1
            if len(cells) != self.width:
                extra = any(cells[self.width :])
                if len(cells) < self.width or extra:
                    message = f"has {len(cells)} cells where the header has {self.width}; is a delimiter not quoted?"
                    self.desk.problems.add(Problem(Place(self.desk.file, number), "ragged-row", message))
                    continue
                cells = cells[: self.width]
            if self.missing:
                cells = ["" if cell in self.missing else cell for cell in cells]
            if any(condition(cells) for condition in self.skips):
                self.skipped += 1
                continue
            yield number, cells

    def _explain(self, extractor: extract.Extractor, number: int, cells: list[str]) -> None:
        """One Problem per cell of a row that could not be read."""
        for source, code, message in extractor.faults(cells):
            self.desk.note_problem(number, source, code, message)

    def _land(self, found: list[tuple[extract.Extractor, Batch]]) -> None:
        """Land each kind, in the order of KINDS."""
        bad = self.desk.bad
        for extractor, records in found:
            batch = [each for each in records if each[0] not in bad] if bad else records
            name = extractor.kind.name
            if extractor.kind.amount:
                sums = self.desk.tally(name).sums
                for _, record in batch:
                    sums[record["currency"]] += record["amount"]
            if name == "customers":
                assert self.customers is not None, "a file that yields customers has a place for them"
                self.customers.land(batch)
            elif batch:
                _LAND[name](self.desk, batch)
            self.desk.tally(name).skipped = extractor.skipped


def _refused(path: Path, code: str, message: str) -> Refusal:
    """A file that is refused as a whole."""
    return Refusal([Problem(Place(str(path)), code, message)])


def _digest(path: Path) -> str:
    """`sha256:...` of the file's bytes."""
    try:
        with path.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _refused(path, "bad-file", f"cannot be read: {error.strerror}") from error


def _control(desk: Desk, read: int, expect_rows: int | None, expect_total: str | None) -> None:
    """The control totals are those that the sender of the file states."""
    place = Place(desk.file)
    if expect_rows is not None and read != expect_rows:
        message = f"the file has {read:,} rows; {expect_rows:,} were expected"
        desk.problems.add(Problem(place, "control-total", message))
    if expect_total is None or desk.bad:
        # Without its bad rows the file adds up to something else anyway.
        return
    sums = desk.tally(desk.primary).sums
    for part in expect_total.replace(" ", "").split(","):
        code, _, text = part.rpartition(":")
        wrong = _total(sums, code, text)
        if wrong:
            desk.problems.add(Problem(place, "control-total", wrong))


def _total(sums: Counter[str], code: str, text: str) -> str | None:
    """Why an expected total is not what the file adds up to."""
    if not code and len(sums) > 1:
        return f"the file has amounts in {', '.join(sorted(sums))}; write the total as {min(sums)}:{text}"
    currency = code or min(sums, default="USD")
    if currency not in money.CURRENCIES:
        return f"'{currency}' is not a currency code of ISO 4217{nearest(currency, money.CURRENCIES)}"
    try:
        wanted = money.parse(text, currency)
    except ValueError as error:
        return f"the expected total '{text}' is no amount: {error}"
    total = sums[currency]
    if total == wanted:
        return None
    return f"the amounts add up to {money.written(total, currency)} {currency}; {money.written(wanted, currency)} was expected"


def _receipt(desk: Desk, read: _Reading, digest: str, *, dry_run: bool) -> Receipt:
    """What the import did, kinds in the order of KINDS."""
    landed = tuple(
        Landed(name, tally.added, tally.duplicates, tally.skipped, tuple(sorted(tally.sums.items())))
        for name in KINDS
        if (tally := desk.tallies.get(name))
    )
    unused = read.unused
    notes = [*desk.notes, *([f"columns not used: {', '.join(unused)}"] if unused else [])]
    return Receipt(desk.file, desk.primary, digest, read.rows, read.skipped, landed, tuple(notes), dry_run)


def _record(desk: Desk, path: Path, digest: str, added: int) -> None:
    """Note the import in the book, unless it changed nothing."""
    if added:
        desk.book.execute(
            "INSERT INTO imports (kind, file, digest, added, actor, recorded_at)"
            " VALUES (:kind, :file, :digest, :added, :actor, :now)",
            {"kind": desk.primary, "file": path.name, "digest": digest, "added": added, "actor": desk.actor, "now": desk.now},
        )
