"""Mappings: what they may say, what is refused, and that the shipped examples and generated pages are sound."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.book import mapping
from engine.book.files import reference
from engine.book.files.kinds import KINDS
from engine.book.store import Book
from engine.errors import Refusal
from engine.policy import document
from tests.books import new_book
from tests.files import bring, company, dump, mapped, wrong
from tests.test_schemas import OWN, SILENT, parts

ROOT = document.shipped()
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.mapping.yaml"))

# One line per invoice, with the customer, the payment and the dispute in it.
FLAT = """
    mapping: flat
    formats: {dates: M/D/YYYY}
    columns:
      Contested: {values: {"Yes": contested, "No": ""}}
    constants: {entity: US01, currency: USD}
    yields:
      entities:
        constants: {code: US01, name: Duly}
      customers:
        columns: {number: Customer, name: Customer}
      receivables:
        columns: {number: Invoice, customer: Customer, issued: Dated, due: Due, amount: Amount}
      payments:
        when:
          - Paid: {is_not: ""}
        columns: {number: Invoice, customer: Customer, receivable: Invoice, received: Paid, amount: Amount}
      disputes:
        when:
          - Contested: {is: "Yes"}
        columns: {reference: Invoice, receivable: Invoice, reason: Contested, opened: Dated, resolved: Paid}
        constants: {outcome: withdrawn}
"""
FLAT_ROWS = """
    Invoice,Customer,Dated,Due,Amount,Contested,Paid,Remarks
    0001,A-1,1/2/2026,2/1/2026,100.00,No,1/30/2026,x
    0002,A-1,1/3/2026,2/2/2026,50.00,Yes,3/1/2026,
    0003,B-2,1/4/2026,2/3/2026,25.00,No,,
"""


def faults(text: str) -> list[str]:
    """The problems of a mapping, `line:column code: message`."""
    try:
        mapped(text)
    except Refusal as refusal:
        return [f"{p.where.line}:{p.where.column} {p.code}: {p.message}" for p in refusal.problems]
    raise AssertionError("the mapping was not refused")


def test_one_file_may_yield_several_kinds() -> None:
    """The entity, the customers, the receivables, their payments and a dispute; brought twice, it changes nothing."""
    book = new_book()
    receipt = bring(book, "receivables", FLAT_ROWS, FLAT, expect_rows=3, expect_total="175.00")
    counts = [(each.kind, each.added, each.duplicates, each.skipped) for each in receipt.landed]
    assert counts == [
        ("entities", 1, 0, 0),
        ("customers", 2, 0, 0),
        ("receivables", 3, 0, 0),
        ("payments", 2, 0, 1),
        ("allocations", 2, 0, 0),
        ("disputes", 1, 0, 2),
    ]
    assert receipt.notes == ("columns not used: Remarks",)
    before = dump(book)
    again = bring(book, "receivables", FLAT_ROWS, FLAT)
    assert dump(book) == before
    known = [(each.kind, each.added, each.duplicates) for each in again.landed]
    assert known == [
        ("entities", 0, 1),
        ("customers", 0, 2),
        ("receivables", 0, 3),
        ("payments", 0, 2),
        ("allocations", 0, 2),
        ("disputes", 0, 1),
    ]


def test_a_bad_cell_that_several_kinds_read_is_one_problem() -> None:
    """The amount is the receivable's and the payment's; it is wrong once, in its row and column."""
    rows = FLAT_ROWS.replace("50.00", "5O.00").replace("1/4/2026", "4.1.2026")
    assert wrong(new_book(), "receivables", rows, FLAT) == [
        "3:5 bad-amount: Amount '5O.00' has 'O' in it; a currency symbol is declared with currency_symbols in the mapping",
        "4:3 bad-date: Dated '4.1.2026' is not a date written M/D/YYYY",
    ]


def test_a_row_that_is_wrong_once_is_reported_once() -> None:
    """An unknown entity makes the customer, the invoice and the payment impossible; one line says so."""
    book = company(new_book())
    rules = FLAT.replace("entity: US01", "entity: US0l").replace("name: Duly}", "name: Duly Inc.}")
    lines = wrong(book, "receivables", FLAT_ROWS, rules)
    assert lines == [
        f"{row}:0 unknown-entity: constant entity 'US0l' is no entity of the book; did you mean 'US01'?" for row in (2, 3, 4)
    ]


def test_a_word_without_a_translation_is_refused() -> None:
    """What it means is not guessed."""
    # A column is read only for rows that the kind is meant for, so the condition must let the word through.
    rules = FLAT.replace('Contested: {is: "Yes"}', 'Contested: {is_not: "No"}')
    assert wrong(new_book(), "receivables", FLAT_ROWS.replace(",Yes,", ",yes,"), rules) == [
        "3:6 bad-value: Contested 'yes' has no translation in the mapping's values; did you mean 'Yes'?"
    ]


def test_a_column_that_the_file_lacks_is_named() -> None:
    """With the nearest one that it has."""
    rows = FLAT_ROWS.replace("Dated", "Date")
    assert wrong(new_book(), "receivables", rows, FLAT) == [
        "1:0 missing-column: there is no column 'Dated' in the header; did you mean 'Date'?"
    ]


def test_the_kind_must_be_one_that_the_mapping_yields() -> None:
    """Whoever imports the file as something else has the wrong mapping in hand."""
    (line,) = wrong(new_book(), "orders", FLAT_ROWS, FLAT)
    assert line.startswith("0:0 unknown-kind: mapping 'flat' yields no orders, but entities, customers, receivables,")


def test_rows_below_a_title_with_symbols_and_two_date_patterns() -> None:
    """A column has its own date pattern, amounts a currency symbol, the header is on row 2."""
    book = company(new_book())
    rows = 'Open items\nNo,Cust,Dated,Due,Amount\n1,C1,20260105,4.2.2026,"US$1,234.50"\n'
    rules = """
        mapping: own
        file: {header_row: 2}
        formats: {dates: D.M.YYYY, thousands_mark: ",", currency_symbols: ["US$"]}
        columns: {Dated: {dates: YYYYMMDD}}
        constants: {currency: USD}
        yields:
          receivables:
            columns: {number: No, customer: Cust, issued: Dated, due: Due, amount: Amount}
    """
    bring(book, "receivables", rows, rules)
    assert book.execute("SELECT issued, due, amount FROM receivables").fetchall() == [("2026-01-05", "2026-02-04", 123450)]


BAD_FILES = sorted((ROOT / "tests" / "bad" / "mapping").glob("*.yaml"))


@pytest.mark.parametrize("file", BAD_FILES, ids=lambda file: file.stem)
def test_a_bad_mapping_gives_exactly_its_problems(file: Path) -> None:
    """Each code at the line and column that the file's first line names, each with a remedy."""
    with pytest.raises(Refusal) as refused:
        mapping.load(file)
    problems = refused.value.problems
    found = ", ".join(f"{problem.code} {problem.where.line}:{problem.where.column}" for problem in problems)
    assert f"# expect: {found}" == file.read_text(encoding="utf-8").splitlines()[0]


def test_every_keyword_of_the_schema_is_broken_by_a_bad_file() -> None:
    """A keyword without a file that breaks it is one whose problem nobody has read."""
    loaded = document.schema("mapping")
    used = {word for _, part in parts(loaded) for word in part} - SILENT - OWN
    validator = Draft202012Validator(loaded)
    broken: set[str] = set()
    for file in BAD_FILES:
        found, _ = document.inspect(file)
        assert found
        broken |= {str(error.validator) for error in validator.iter_errors(found.value)}
    assert used == broken


def test_every_part_of_the_schema_is_closed_and_explained() -> None:
    """A sentence for a finance person and an example that the schema accepts, on every key."""
    loaded = document.schema("mapping")
    for path, part in parts(loaded):
        if "properties" in part:
            assert part["additionalProperties"] is False, path
        for key, value in part.get("properties", {}).items():
            assert value["description"][-1] in ".)", f"{path}/{key}"
            validator = Draft202012Validator({"$defs": loaded["$defs"], **value})
            assert value["examples"], f"{path}/{key}"
            for example in value["examples"]:
                assert [error.message for error in validator.iter_errors(example)] == [], f"{path}/{key}: {example}"


def test_what_a_kind_needs_must_come_from_somewhere() -> None:
    """A column or a constant; and not from both."""
    text = """
        mapping: m
        yields:
          receivables:
            columns: {number: N, customer: C}
            constants: {number: 1}
    """
    assert faults(text) == [
        "3:3 bad-mapping: receivables need issued, due, amount, currency; name a column or a constant for it",
        "5:17 bad-mapping: 'number' has a column already",
    ]
    found = faults("mapping: m\nyields:\n  holds:\n    sign: positive\n    columns: {reference: R}\n")
    assert any("unknown-key" in line for line in found)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_sound_and_explained(path: Path) -> None:
    """Each names its schema for the editor, has comments for a reader, and yields receivables."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/mapping.schema.json\n")
    assert text.count("#") > 5
    assert "receivables" in mapping.load(path).kinds()


def test_every_example_is_known() -> None:
    """The layouts that documents speak of."""
    names = [path.name.removesuffix(".mapping.yaml") for path in EXAMPLES]
    assert sorted(names) == ["business-central", "highradius", "highradius-raw", "ibm-ar", "tutorial"]


def test_schema_and_page_are_current() -> None:
    """`python -m engine.book.files.reference` was run after the last change."""
    schema = (ROOT / "schemas" / "mapping.schema.json").read_text(encoding="utf-8")
    assert schema == reference.text(reference.schema())
    assert (ROOT / "docs" / "import.md").read_text(encoding="utf-8") == reference.page()


def test_every_example_of_a_field_can_be_read() -> None:
    """What the page shows as an example of a row of our own is one: all of a kind's examples together are a row."""
    for kind in KINDS.values():
        fields = [field for field in kind.fields if field.name not in {"credit", "principal"}]
        header, row = ",".join(f.name for f in fields), ",".join(f'"{f.example}"' for f in fields)
        lines: list[str] = []
        try:
            bring(new_book(), kind.name, f"{header}\n{row}\n")
        except Refusal as refusal:
            lines = [str(problem) for problem in refusal.problems]
        assert [line for line in lines if " unknown-" not in line and " missing-value: constant" not in line
                and "exactly one entity" not in line] == [], kind.name


# -- the four layouts, in small --------------------------------------------------------------------------------------------


def example(name: str) -> mapping.Mapping:
    """A shipped mapping."""
    return mapping.load(ROOT / "docs" / "examples" / f"{name}.mapping.yaml")


def count(book: Book, table: str) -> int:
    """How many rows a table has."""
    return int(book.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_the_raw_export_and_the_cleaned_one_are_the_same_invoices() -> None:
    """Ids without their decimal zero, customers without leading zeros: what is in both files is a duplicate."""
    raw = (
        "business_code,cust_number,name_customer,business_year,doc_id,posting_date,document_create_date,"
        "document_create_date.1,due_in_date,invoice_currency,document type,posting_id,total_open_amount,"
        "baseline_create_date,cust_payment_terms,invoice_id,isOpen\n"
        "U001,0200706844,WINC co,2020.0,1930571429.0,2020-02-27,2020-02-26,2020-02-27,2020-03-13,USD,RV,1.0,8734.71,"
        "2020-02-27,NAA8,1930571429.0,1\n"
        "U001,200706844,WINC llc,2020.0,1930571430.0,2020-02-27,2020-02-26,2020-02-27,2020-03-13,USD,RV,1.0,10.5,"
        "2020-02-27,NAA8,1930571430.0,1\n"
        "CA02,0140105686,SYSC,2020.0,2960623488.0,2020-03-30,2020-03-30,2020-03-30,2020-04-10,CAD,RV,1.0,3299.7,"
        "2020-03-31,CA10,2960623488.0,1\n"
        "CA02,0140105686,SYSC,2020.0,2960623489.0,2020-03-30,2020-03-30,2020-03-30,2020-04-10,CAD,RV,1.0,1.0,"
        "2020-03-31,CA10,2960623489.0,0\n"
    )
    clean = (
        "business_code,cust_number,name_customer,business_year,doc_id,posting_date,baseline_create_date,due_in_date,"
        "cust_payment_terms,invoice_currency,total_open_amount,converted_usd\n"
        "CA02,140105686,SYSC llc,2020,2960623488,2020-03-30,2020-03-31,2020-04-10,CA10,CAD,3299.70,2309.79\n"
    )
    book = new_book()
    first = bring(book, "receivables", raw.encode(), example("highradius-raw"))
    assert (first.rows, first.skipped) == (4, 1)
    assert dict(first.landed[-1].sums) == {"USD": 874521, "CAD": 329970}
    assert "customer 200706844 is spelled 2 ways; kept 'WINC co'" in first.notes
    second = bring(book, "receivables", clean.encode(), example("highradius"))
    assert (second.landed[-1].added, second.landed[-1].duplicates) == (0, 1)
    assert [row[0] for row in book.execute("SELECT number FROM receivables ORDER BY id")] == [
        "1930571429", "1930571430", "2960623488"
    ]
    assert (count(book, "customers"), count(book, "entities")) == (2, 2)


def test_the_ledger_entries_of_business_central() -> None:
    """What remains of an entry is what is open; below zero it is a credit, nothing remains of it is nothing."""
    rows = (
        "PeriodStart,PeriodEnd,RemainingAmount,OriginalAmount,RemainingAmountLCY,OriginalAmountLCY,Dimension1Code,"
        "Dimension2Code,CurrencyCode,PostingDate,DocumentDate,DueDate,EntryNo,CustomerNumber,CustomerName\n"
        ",,75.00,100.00,,,SALES,SMALL,USD,2024-01-27,2024-01-26,2024-02-10,1906,20000,Trey\n"
        ",,-25.00,-25.00,,,SALES,SMALL,USD,2024-01-28,2024-01-28,2024-01-28,1907,20000,Trey\n"
        ",,0,100.00,,,SALES,SMALL,USD,2024-01-27,2024-01-27,2024-02-10,1908,20000,Trey\n"
    )
    book = new_book()
    bring(book, "receivables", rows.encode(), example("business-central"))
    assert book.execute("SELECT number, amount, issued, posted FROM receivables").fetchall() == [
        ("1906", 7500, "2024-01-26", "2024-01-27")
    ]
    assert book.execute("SELECT number, amount FROM credits").fetchall() == [("1907", 2500)]
