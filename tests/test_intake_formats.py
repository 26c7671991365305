"""How foreign files write dates, amounts and ids: read as the mapping says, and refused where it could be read in two ways."""

import datetime
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import money
from engine.book.files.cells import (
    Cure,
    Fault,
    Formats,
    Native,
    Negative,
    amount_reader,
    date_fault,
    date_reader,
    id_reader,
    minor,
)
from engine.book.store import Book
from tests.books import new_book
from tests.files import bring, company, wrong

ROOT = Path(__file__).parent.parent
POINT = Formats(decimal_mark=".", thousands_mark=",")
COMMA = Formats(decimal_mark=",", thousands_mark=".")
SPACE = Formats(decimal_mark=",", thousands_mark=" ")
PLAIN = Formats()
BRACKETS = Formats(thousands_mark=",", negative=Negative.PARENTHESES, currency_symbols=("$",))
TRAILING = Formats(decimal_mark=",", thousands_mark=".", negative=Negative.TRAILING_MINUS)
YEN = Formats(thousands_mark=",", currency_symbols=("¥", "￥", "JPY"))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("YYYY-MM-DD", "2013-01-15", "2013-01-15"),
        ("M/D/YYYY", "1/15/2013", "2013-01-15"),
        ("M/D/YYYY", "01/05/2013", "2013-01-05"),
        ("D.M.YYYY", "15.1.2013", "2013-01-15"),
        ("DD/MM/YYYY", "03/04/2013", "2013-04-03"),
        ("MM/DD/YYYY", "03/04/2013", "2013-03-04"),
        ("YYYYMMDD", "20130115", "2013-01-15"),
        ("YYYY年M月D日", "2013年1月15日", "2013-01-15"),
        ("D.M.YY", "15.1.13", "2013-01-15"),
        ("YYYY-MM-DD", "2024-02-29", "2024-02-29"),
        ("YYYY-MM-DD", "2023-02-29", None),
        ("YYYY-MM-DD", "2013-1-15", None),
        ("M/D/YYYY", "15/1/2013", None),
        ("M/D/YYYY", "1/15/13", None),
        ("M/D/YYYY", "1-15-2013", None),
        ("M/D/YYYY", "1/15/2013 00:00", None),
        ("D.M.YY", "15.1.2013", None),
        ("YYYY-MM-DD", "٢٠١٣-٠١-١٥", None),
        ("YYYY-MM-DD", "0000-01-01", None),
    ],
)
def test_dates_are_read_by_the_pattern_or_not_at_all(pattern: str, text: str, expected: str | None) -> None:
    """A two-digit year only where the pattern says YY; no time, no other separators, no days that there are not."""
    if expected:
        assert date_reader(pattern)(text) == expected
        return
    with pytest.raises(Fault) as fault:
        date_reader(pattern)(text)
    assert fault.value.code == "bad-date"


@pytest.mark.parametrize("pattern", ["YYYY-MM", "MM-DD", "YYYY-MM-DD-DD", "D.M.Y", "dd.mm.yyyy", "YYYY-MMM-DD", "", "-"])
def test_a_pattern_has_one_year_one_month_and_one_day(pattern: str) -> None:
    """Anything else is no pattern."""
    assert date_fault(pattern)


AMOUNTS = [
    (POINT, "1,234.56", "USD", 123456),
    (POINT, "1234.56", "USD", 123456),
    (POINT, "-1,234,567.8", "USD", -123456780),
    (POINT, "\u22121.00", "USD", -100),
    (COMMA, "1.234,56", "EUR", 123456),
    (COMMA, "1234,5", "EUR", 123450),
    (COMMA, "1.234", "EUR", 123400),
    (SPACE, "1 234,56", "EUR", 123456),
    (SPACE, "1\u00a0234\u202f567,00", "EUR", 123456700),
    (BRACKETS, "(123.45)", "USD", -12345),
    (BRACKETS, "($1,123.45)", "USD", -112345),
    (BRACKETS, "$(123.45)", "USD", -12345),
    (TRAILING, "1.123,45-", "EUR", -112345),
    (YEN, "¥1,234", "JPY", 1234),
    (YEN, "-¥1,234", "JPY", -1234),
    (YEN, "¥-1,234", "JPY", -1234),
    (YEN, "1,234 JPY", "JPY", 1234),
    (PLAIN, "1.234", "KWD", 1234),
    (PLAIN, "0.05", "USD", 5),
    (PLAIN, "-0.05", "USD", -5),
    (PLAIN, "12.3400", "USD", 1234),
]
NO_AMOUNTS = [
    # May be a thousand or one and a bit.
    (PLAIN, "1.234", "USD"),
    (PLAIN, "1.200", "USD"),
    (PLAIN, "1.234", "JPY"),
    (Formats(decimal_mark=","), "1,234", "EUR"),
    # Marks that nobody declared.
    (PLAIN, "1,234", "USD"),
    (PLAIN, "1,234.50", "USD"),
    (PLAIN, "1 234.50", "USD"),
    (PLAIN, "1'234.50", "USD"),
    (PLAIN, "¥1234", "JPY"),
    (POINT, "1.234,56", "USD"),
    (COMMA, "1,234.56", "EUR"),
    # Groups of other than three.
    (POINT, "12,34,567.00", "INR"),
    (POINT, "1,23", "USD"),
    (POINT, "1234,567", "USD"),
    (POINT, ",123", "USD"),
    # Another style of minus.
    (PLAIN, "(123.45)", "USD"),
    (PLAIN, "123.45-", "USD"),
    (BRACKETS, "-123.45", "USD"),
    (TRAILING, "-123,45", "EUR"),
    (PLAIN, "--1.00", "USD"),
    # No amounts at all, or not of this currency.
    (PLAIN, "1.005", "USD"),
    (PLAIN, "1.5", "JPY"),
    (PLAIN, "1e3", "USD"),
    (PLAIN, "NaN", "USD"),
    (PLAIN, "", "USD"),
    (PLAIN, ".", "USD"),
    (PLAIN, "+1.00", "USD"),
    (PLAIN, "١٢", "USD"),
    (PLAIN, "99999999999999999999", "USD"),
]


@pytest.mark.parametrize(("formats", "text", "currency", "expected"), AMOUNTS)
def test_amounts_are_read_by_the_declared_marks(formats: Formats, text: str, currency: str, expected: int) -> None:
    """Into minor units of the currency."""
    assert minor(amount_reader(formats)(text), currency) == expected


@pytest.mark.parametrize(("formats", "text", "currency"), NO_AMOUNTS)
def test_what_may_be_read_in_two_ways_is_refused(formats: Formats, text: str, currency: str) -> None:
    """And so is what cannot be read at all."""
    with pytest.raises(Fault) as fault:
        minor(amount_reader(formats)(text), currency)
    assert fault.value.code == "bad-amount"


@given(st.integers(-(10**13), 10**13), st.sampled_from(["USD", "JPY", "KWD"]), st.sampled_from([POINT, COMMA, SPACE]))
def test_every_amount_written_in_some_marks_is_read_back(amount: int, currency: str, formats: Formats) -> None:
    """Writing and reading are each other's opposite, whatever the marks (grouped thousands are never ambiguous)."""
    swapped = {",": formats.thousands_mark, ".": formats.decimal_mark}
    text = "".join(swapped.get(character, character) for character in money.written(amount, currency))
    assert minor(amount_reader(formats)(text), currency) == amount


@pytest.mark.parametrize(
    ("cures", "text", "expected"),
    [
        ((), "0200706844", "0200706844"),
        ((), "CCCA02", "CCCA02"),
        ((), "12.5", "12.5"),
        ((), "1930571429.0", None),
        ((), "1.93057E+09", None),
        ((Cure.DECIMAL_ZERO,), "1930571429.0", "1930571429"),
        ((Cure.DECIMAL_ZERO,), "0930571429.00", "0930571429"),
        ((Cure.DECIMAL_ZERO,), "1930571429", "1930571429"),
        ((Cure.DECIMAL_ZERO,), "1.93057E+09", None),
        ((Cure.LEADING_ZEROS,), "0200706844", "200706844"),
        ((Cure.LEADING_ZEROS,), "000", "0"),
        ((Cure.LEADING_ZEROS,), "CC0042", "CC0042"),
        ((Cure.AS_WRITTEN,), "12.0", "12.0"),
        ((Cure.DECIMAL_ZERO, Cure.LEADING_ZEROS), "0200706844.0", "200706844"),
    ],
)
def test_ids_are_text(cures: tuple[Cure, ...], text: str, expected: str | None) -> None:
    """Never padded, never numbers; what an export did to them is undone only where the mapping says so."""
    if expected is not None:
        assert id_reader(cures)(text) == expected
        return
    with pytest.raises(Fault) as fault:
        id_reader(cures)(text)
    assert fault.value.code == "bad-id"


# -- whole files -------------------------------------------------------------------------------------------------------

GERMAN = """
    mapping: german
    file: {{encoding: {encoding}, delimiter: ";", header_row: 3, missing: ["NULL", "k.A."]}}
    formats: {{dates: D.M.YYYY, decimal_mark: ",", thousands_mark: ".", negative: trailing_minus}}
    columns:
      Art: {{values: {{RE: invoice, Mahngebühr: fee}}}}
      Kunde: {{cures: [leading_zeros]}}
    skip_rows:
      - {{Status: {{in: [storniert, gelöscht]}}}}
    constants: {{entity: US01, currency: USD}}
    yields:
      customers:
        columns: {{number: Kunde, name: Name, collector: Betreuer}}
      receivables:
        sign: positive
        columns: {{number: Beleg, customer: Kunde, issued: Datum, due: Fällig, amount: Betrag, kind: Art}}
      credits:
        sign: negative
        columns: {{number: Beleg, customer: Kunde, issued: Datum, amount: Betrag}}
"""
GERMAN_ROWS = """Offene Posten;;;;;;;;
;;;;;;;;
Beleg;Kunde;Name;Datum;Fällig;Betrag;Art;Status;Betreuer
4711;00815;Müller & Söhne;1.2.2026;15.02.2026;1.234,50;RE;offen;k.A.
4712;815;Müller & Söhne;2.2.2026;16.2.2026;40,00;Mahngebühr;offen;NULL
4713;815;Müller & Söhne;3.2.2026;17.2.2026;200,00-;RE;offen;
4714;815;Müller & Söhne;3.2.2026;17.2.2026;xx;RE;storniert;
"""


@pytest.mark.parametrize(("encoding", "codec"), [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("windows-1252", "cp1252"),
                                                ("gb18030", "gb18030")])
def test_a_german_export_in_every_encoding(encoding: str, codec: str) -> None:
    """Title rows, semicolons, comma decimals, trailing minus, words of theirs, empty words; credits beside receivables."""
    book = company(new_book())
    receipt = bring(book, "receivables", GERMAN_ROWS.encode(codec), GERMAN.format(encoding=encoding))
    assert book.execute("SELECT number, amount, kind, due FROM receivables").fetchall() == [
        ("4711", 123450, "invoice", "2026-02-15"),
        ("4712", 4000, "fee", "2026-02-16"),
    ]
    assert book.execute("SELECT number, amount FROM credits").fetchall() == [("4713", 20000)]
    found = book.execute("SELECT name, collector FROM customer_versions ORDER BY id DESC LIMIT 1").fetchall()
    assert found == [("Müller & Söhne", None)]
    assert (receipt.rows, receipt.skipped) == (4, 1)
    counts = [(each.kind, each.added, each.skipped) for each in receipt.landed]
    assert counts == [("customers", 1, 0), ("receivables", 2, 1), ("credits", 1, 2)]


def test_chinese_names_in_gb18030() -> None:
    """And read as UTF-8 they are refused, not garbled."""
    book = company(new_book())
    rows = "编号,实体,名称\nC7,US01,深圳市宝安电子有限公司\n".encode("gb18030")
    rules = """
        mapping: chinese
        file: {encoding: ENCODING}
        yields:
          customers:
            columns: {number: 编号, entity: 实体, name: 名称}
    """
    (line,) = wrong(book, "customers", rows, rules.replace("ENCODING", "utf-8"))
    assert "bad-encoding" in line and "gb18030" in line
    bring(book, "customers", rows, rules.replace("ENCODING", "gb18030"))
    assert book.execute("SELECT name FROM customer_versions ORDER BY id DESC").fetchone() == ("深圳市宝安电子有限公司",)


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """An XLSX file with those sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


HEADER: list[object] = ["number", "customer", "issued", "due", "amount", "currency"]


@pytest.fixture
def book() -> Book:
    """A book with one entity and two customers."""
    return company(new_book())


def test_a_workbook_has_numbers_and_dates_of_its_own(book: Book, tmp_path: Path) -> None:
    """They have one meaning, whatever the marks of its texts are; what its arithmetic added behind 15 digits is dropped."""
    midnight = datetime.datetime(2026, 1, 31)  # noqa: DTZ001 - a spreadsheet knows no time zones
    path = workbook(tmp_path / "open.xlsx", {"Open": [
        HEADER,
        [1001, "C1", datetime.date(2026, 1, 1), midnight, 0.1 + 0.2, "USD"],
        [1002, "C1", "2026-01-02", datetime.date(2026, 1, 31), 1234, "USD"],
        [None, None, None, None, None, None],
        ["01003", "C2", datetime.date(2026, 1, 3), datetime.date(2026, 1, 31), "12.50", "USD"],
        [1930571429.0, "C2", datetime.date(2026, 1, 3), datetime.date(2026, 1, 31), 1e6, "USD"],
    ]})
    assert bring(book, "receivables", path).rows == 4
    assert book.execute("SELECT number, issued, due, amount FROM receivables ORDER BY id").fetchall() == [
        ("1001", "2026-01-01", "2026-01-31", 30),
        ("1002", "2026-01-02", "2026-01-31", 123400),
        ("01003", "2026-01-03", "2026-01-31", 1250),
        ("1930571429", "2026-01-03", "2026-01-31", 100000000),
    ]


def test_a_number_of_a_workbook_is_not_ambiguous(book: Book, tmp_path: Path) -> None:
    """1.25 as a number is 1.25 although the file's texts have decimal commas; 1.234 has too many decimals for USD."""
    rules = """
        mapping: comma
        formats: {dates: D.M.YYYY, decimal_mark: ","}
        file: {sheet: Open}
        constants: {currency: USD}
        yields:
          receivables:
            columns: {number: number, customer: customer, issued: issued, due: due, amount: amount}
    """
    rows: list[list[object]] = [HEADER[:5], ["R1", "C1", "1.1.2026", datetime.date(2026, 1, 31), 1.25]]
    path = workbook(tmp_path / "open.xlsx", {"Notes": [["x"]], "Open": rows})
    bring(book, "receivables", path, rules)
    assert book.execute("SELECT amount FROM receivables").fetchall() == [(125,)]
    path = workbook(tmp_path / "more.xlsx", {"Open": [HEADER[:5], ["R2", "C1", "1.1.2026", "1.1.2026", 1.234]]})
    (line,) = wrong(book, "receivables", path, rules)
    assert line == "2:5 bad-amount: amount '1.234' has more decimals than USD has (2)"


def test_a_sheet_that_states_a_wrong_size(book: Book, tmp_path: Path) -> None:
    """Some exporters write a dimension of one cell; nothing is lost, and short rows are rows with empty cells."""
    row: list[object] = ["R1", "C1", "2026-01-01", "2026-01-31", "5.00", "USD"]
    path = workbook(tmp_path / "right.xlsx", {"Open": [[*HEADER, "contract"], row]})
    broken = tmp_path / "open.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for item in source.infolist():
            target.writestr(item, source.read(item).replace(b'ref="A1:G2"', b'ref="A1"'))
    assert bring(book, "receivables", broken).added == 1


def test_a_sheet_is_never_guessed(book: Book, tmp_path: Path) -> None:
    """Of several sheets the mapping names one."""
    path = workbook(tmp_path / "open.xlsx", {"Open": [HEADER], "Closed": [HEADER]})
    assert wrong(book, "receivables", path) == [
        "0:0 bad-file: has 2 sheets (Open, Closed); say in the mapping which one"
    ]
    rules = "mapping: m\nfile: {sheet: Opn}\nyields: {calendars: {columns: {calendar: number, date: due}}}\n"
    assert wrong(book, "calendars", path, rules) == ["0:0 bad-file: has no sheet 'Opn'; did you mean 'Open'?"]


def test_what_is_called_xlsx_and_is_none(book: Book, tmp_path: Path) -> None:
    """A CSV file with another name, and no file at all."""
    path = tmp_path / "open.xlsx"
    path.write_text("number\n1\n", encoding="utf-8")
    assert wrong(book, "receivables", path) == ["0:0 bad-file: is not an XLSX workbook"]
    assert "cannot be read" in wrong(book, "receivables", tmp_path / "none.xlsx")[0]


def test_without_the_extra_a_workbook_is_a_problem(tmp_path: Path) -> None:
    """needs-extra: in a Python that has no openpyxl, and nothing else is amiss."""
    path = workbook(tmp_path / "open.xlsx", {"Open": [HEADER]})
    program = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from pathlib import Path\n"
        "from engine.book.files import rows\n"
        "from engine.errors import Refusal\n"
        "try: next(rows.read(Path(sys.argv[1]), 'open.xlsx', rows.Layout()))\n"
        "except Refusal as refusal: print(refusal)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "open.xlsx needs-extra: reading XLSX needs the extra: pip install 'duly[xlsx]'; or save the sheet as CSV"
    )


def test_native_numbers_are_still_refused_where_too_large() -> None:
    """What a spreadsheet held as a number obeys the same bounds."""
    with pytest.raises(Fault):
        minor(Native("99999999999999999999"), "USD")
