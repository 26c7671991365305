"""Real files from outside, imported by the shipped mappings and compared with what their own systems report.

Comes in: the folder that holds them (ibm-ar/, business-central-aging/, highradius-open/). Goes out: a line PASS or FAIL per
expectation with the numbers, and exit code 1 where one failed. With --preview, a preview of `standard` over the last book.

    python -m bench.outside FOLDER [--preview]
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.act.plan import plan
from engine.book import intake, mapping, store
from engine.book.intake import Receipt
from engine.book.store import Book
from engine.errors import Refusal
from engine.policy import library
from engine.policy.document import shipped
from engine.report.aging import aging, text
from engine.report.render import preview

NOW = "2026-01-01T00:00:00Z"
IBM = "ibm-ar/WA_Fn-UseC_-Accounts-Receivable.csv"
DIRTY = "ibm-ar/dirty-variant.csv"
BUSINESS_CENTRAL = "business-central-aging/customer_aging_data.csv"
CLEAN, RAW = "highradius-open/open_invoices.csv", "highradius-open/open_invoices_raw.csv"
# Business Central's own aged report as of 2024-04-08 by posting date: 0-30, 31-60, 61-90, over 90.
CELLS = {
    "20000": (101220, 121464, 80976, 0),
    "30000": (2198454, 1918660, 1266238, 0),
    "40000": (0, 431692, 0, 0),
    "50000": (308184, 287748, 287748, 0),
}
# Only so that a preview in EUR can be made of amounts in USD and CAD.
RATES = "date,source,target,rate\n2020-01-01,USD,EUR,0.92\n2020-01-01,CAD,EUR,0.65\n"


@dataclass
class Results:
    """What was expected and what came."""

    folder: Path
    failed: int = 0
    lines: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, expected: object) -> None:
        """One line of the result."""
        passed = found == expected
        self.failed += not passed
        say(f"{'PASS' if passed else 'FAIL'}  {what}: {found}" + ("" if passed else f", expected {expected}"))

    def bring(self, book: Book, file: str, rules: str) -> Receipt:
        """Import one file by a shipped mapping."""
        read_by = mapping.load(shipped() / "docs" / "examples" / f"{rules}.mapping.yaml")
        path = self.folder / file
        return intake.load(book, "receivables", path, read_by, dry_run=False, expect_rows=None, expect_total=None,
                           actor="outside", now=NOW)


def say(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(line + "\n")


def counts(receipt: Receipt, kind: str) -> tuple[int, int]:
    """How many rows of a kind were added, and how many were duplicates."""
    return next((each.added, each.duplicates) for each in receipt.landed if each.kind == kind)


def dump(book: Book) -> list[str]:
    """Everything that is in the book."""
    return list(book.conn.iterdump())


def ibm(results: Results) -> None:
    """One file that yields customers, receivables, payments and disputes."""
    book = store.in_memory()
    receipt = results.bring(book, IBM, "ibm-ar")
    for kind, added in {"customers": 100, "receivables": 2466, "payments": 2466, "allocations": 2466, "disputes": 561}.items():
        results.expect(f"ibm-ar {kind}", counts(receipt, kind)[0], added)
    before = dump(book)
    again = results.bring(book, IBM, "ibm-ar")
    results.expect("ibm-ar twice adds nothing", (again.added, dump(book) == before), (0, True))
    report = aging(book, as_of="2012-12-31")
    (total,) = report.totals()
    results.expect("ibm-ar open as of 2012-12-31", total.open, 572506)
    results.expect("ibm-ar overdue, in receivables", (total.overdue, total.overdue_receivables), (78874, 13))
    results.expect("ibm-ar aging says so", text(report).splitlines()[1],
                   "5,725.06 USD open in 99 receivables, of it 788.74 overdue in 13.")
    results.expect("ibm-ar all settled in the end", aging(book, as_of="2014-12-31").owed, ())


def dirty(results: Results) -> None:
    """The same with invented rows: refused as a whole, each contradiction at its row and column."""
    book = store.in_memory()
    before = dump(book)
    try:
        results.bring(book, DIRTY, "ibm-ar")
        found: list[str] = []
    except Refusal as refusal:
        found = [problem.code for problem in refusal.problems]
        for problem in refusal.problems[:3]:
            say(f"      {problem}")
    results.expect("ibm-ar dirty variant refused", (set(found), len(found) > 0), ({"conflicting-row"}, True))
    results.expect("ibm-ar dirty variant leaves nothing", dump(book) == before, True)


def business_central(results: Results) -> None:
    """Every cell of that system's own report."""
    book = store.in_memory()
    results.bring(book, BUSINESS_CENTRAL, "business-central")
    report = aging(book, as_of="2024-04-08", by="posted", buckets=(30, 60, 90))
    results.expect("business-central cells", {each.customer: each.buckets for each in report.owed}, CELLS)
    (total,) = report.totals()
    results.expect("business-central total", (total.open, total.buckets), (7002384, (2607858, 2759564, 1634962, 0)))


def highradius(results: Results) -> Book:
    """Two exports of one system: the same invoices, whichever comes first."""
    for first, second in (((CLEAN, "highradius"), (RAW, "highradius-raw")), ((RAW, "highradius-raw"), (CLEAN, "highradius"))):
        book = store.in_memory()
        one = results.bring(book, *first)
        results.expect(f"{first[1]} receivables", counts(one, "receivables"), (9681 if first[0] == CLEAN else 9700, 0))
        other = results.bring(book, *second)
        expected = (9681 - 820 if second[0] == CLEAN else 9700 - 820, 820)
        results.expect(f"{second[1]} after it: added and duplicates", counts(other, "receivables"), expected)
        spelled = sum("spelled" in note for note in one.notes)
        results.expect(f"{first[1]} customers spelled in several ways", spelled, 320 if first[0] == CLEAN else 338)
        say(f"      {next(note for note in one.notes if 'spelled' in note)}")
        results.expect(f"{first[1]} currencies apart", [code for code, _ in one.landed[-1].sums], ["CAD", "USD"])
    numbers = {row[0] for row in book.execute("SELECT number FROM receivables")}
    results.expect("ids are ten digits, not floats", {(len(n), n.isdigit()) for n in numbers}, {(10, True)})
    customers = {row[0] for row in book.execute("SELECT number FROM customers")}
    results.expect("customers are not padded", sorted({len(n) for n in customers}), [6, 9])
    results.expect("customers of both files", len(customers), 686)
    return book


def show_preview(results: Results, book: Book) -> None:
    """A preview of `standard`, to be read by eye; the rates are made up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rates.csv"
        path.write_text(RATES, encoding="utf-8")
        intake.load(book, "fx_rates", path, None, dry_run=False, expect_rows=None, expect_total=None, actor="outside", now=NOW)
    loaded = library.load(shipped() / "policies")
    standard = [each for each in library.in_force(loaded.policies, "2026-12-31") if each.name == "standard"]
    made = plan(book, standard, as_of="2020-05-01")
    results.expect("preview of standard has actions", bool(made.actions or made.withheld), True)
    say(preview(made, limit=8))


def main(arguments: list[str]) -> int:
    """Run every check on the folder that was named."""
    folders = [argument for argument in arguments if not argument.startswith("-")]
    if len(folders) != 1:
        say("usage: python -m bench.outside FOLDER [--preview]")
        return 2
    results = Results(Path(folders[0]))
    checks: tuple[Callable[[Results], object], ...] = (ibm, dirty, business_central)
    for check in checks:
        check(results)
    book = highradius(results)
    if "--preview" in arguments:
        show_preview(results, book)
    say(f"{results.failed} failed" if results.failed else "all passed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
