"""The outbox: every message becomes one file, in the customer's language, and is never sent twice."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.act import ledger
from engine.act.letters import Failure, Letter, Writer
from engine.act.outbox import deliver
from engine.book import store
from engine.book.store import Book
from engine.errors import Exit, Refusal
from tests.acts import ACTOR, AS_OF, LATER, NOW, applied, books, count, in_file, planned

TEMPLATES = Path(__file__).parent.parent / "policies" / "templates"
NAMES = ("pre-due-reminder", "friendly-reminder", "formal-reminder", "final-notice")
ITEM: dict[str, Any] = {
    "receivable": "INV-1", "document": "PO-77", "issued": "2026-01-10", "due": "2026-02-09", "days_past_due": 20,
    "amount": 200_000, "open": 123_450, "chased": 100_000, "level": 2,
}
CONTENT: dict[str, Any] = {
    "format": "duly-outbox/1", "key": "notice-1", "kind": "notice", "as_of": AS_OF, "address": "notice/C-1/E1/EUR",
    "customer": {"number": "C-1", "name": "Adler & Söhne GmbH"},
    "entity": {"code": "E1", "name": "Duly Trading Ltd", "country": "DE"},
    "currency": "EUR", "total": 100_000, "level": 2, "policies": ["standard@1"], "items": [ITEM],
    "channel": "email", "template": "formal-reminder", "language": "en",
    "recipient": {"name": "Accounts Payable", "address": "ap@example.com"},
    "level_name": "formal reminder", "deadline": "2026-03-08", "fees": [], "fee_total": 0, "grand_total": 100_000,
}
FEE = {"fees": [{"number": "FEE-INV-1-1", "of": "INV-1", "due": "2026-03-08", "amount": 4_000}], "fee_total": 4_000,
       "grand_total": 104_000}


def written(content: Mapping[str, Any], folder: Path = TEMPLATES) -> str:
    """The text of a letter that can be written, with plain blanks."""
    letter = Writer(folder).write(content)
    assert isinstance(letter, Letter), letter
    return letter.text.replace("\u00a0", " ")


def failed(content: Mapping[str, Any], folder: Path) -> str:
    """Why a letter cannot be written."""
    letter = Writer(folder).write(content)
    assert isinstance(letter, Failure), letter
    return letter.reason


def one_template(folder: Path, text: str, name: str = "formal-reminder.en.letter.j2") -> Path:
    """A folder with that template only."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def sent_out(tmp_path: Path, customers: int = 1, **columns: Any) -> tuple[Book, Path]:
    """A book whose plan was applied, and the folder that its messages go to."""
    made = books(customers)
    if columns:
        made.version("C0001", valid_from="2020-01-01", name="Customer 1", **columns)
    applied(made.book, planned(made.book))
    return made.book, tmp_path / "out"


def files(folder: Path) -> list[str]:
    """What lies in the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# -- the templates that ship ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "letter"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("template", NAMES)
def test_every_notice_has_its_words(template: str, language: str, channel: str) -> None:
    """In both languages and channels: whom, what, how much, until when, from whom; nothing left over of the template."""
    content = CONTENT | FEE | {"template": template, "language": language, "channel": channel}
    text = written(content)
    assert not re.search(r"[{}]|None|\n\n\n|[ \t]\n", text), text
    assert "INV-1" in text and "PO-77" in text and "Duly Trading Ltd" in text and "EUR 1,000.00" in text
    assert ("EUR 234.50" in text) and ("EUR 765.50" in text), "the disputed and the paid part are named"
    assert text.startswith("Subject: ") == (channel == "email")
    assert max(len(line) for line in text.splitlines()) <= (100 if language == "en" else 140)
    if template != "pre-due-reminder":
        assert ("March 8, 2026" if language == "en" else "2026年3月8日") in text
        assert "EUR 40.00" in text and "EUR 1,040.00" in text
    if channel == "letter":
        assert "Adler & Söhne GmbH" in text and "C-1" in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("template", NAMES)
@pytest.mark.parametrize("days", [-5, 0, 1, 2])
def test_the_words_fit_the_days(template: str, language: str, days: int) -> None:
    """Overdue is said from the first day past due on, one day is one day; no deadline and no fee is fine."""
    item = ITEM | {"days_past_due": days, "document": None, "amount": 100_000, "open": 100_000}
    text = written(CONTENT | {"template": template, "language": language, "items": [item, item], "deadline": None, "level": None})
    said = {-5: "", 0: "", 1: "(1 day overdue)", 2: "(2 days overdue)"}[days]
    if language == "en":
        assert ("overdue)" in text) == bool(said) and said in text
    else:
        assert ("已逾期" in text) == (days > 0)
    assert "None" not in text and "765.50" not in text and "FEE" not in text


@pytest.mark.parametrize(
    ("language", "currency", "minor", "expected"),
    [
        ("en", "EUR", 123_450, "EUR 1,234.50"),
        ("en", "JPY", 123_450, "JPY 123,450"),
        ("en", "KWD", 123_450, "KWD 123.450"),
        ("en-IN", "INR", 123_456_789, "INR 12,34,567.89"),
        ("de", "EUR", 123_450, "1.234,50 EUR"),
        ("de-AT", "EUR", 123_450, "EUR 1.234,50"),
        ("zh", "CNY", 123_450, "CNY 1,234.50"),
        ("zh-CN", "CNY", 9_007_199_254_740_991, "CNY 90,071,992,547,409.91"),
        ("ja", "JPY", 100, "JPY 100"),
        ("ar", "IQD", 1_000, "IQD"),
    ],
)
def test_money_is_written_as_the_language_does_with_the_currency_s_own_decimals(
    language: str, currency: str, minor: int, expected: str, tmp_path: Path
) -> None:
    """The code and never a sign: a dollar sign is six currencies."""
    folder = one_template(tmp_path, "{{ total | amount }}", f"formal-reminder.{language.split('-')[0]}.letter.j2")
    text = written(CONTENT | {"language": language, "currency": currency, "total": minor, "channel": "letter"}, folder)
    assert expected in text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "March 8, 2026"),
        ("EN", "March 8, 2026"),
        ("en-GB", "8 March 2026"),
        ("zh_CN", "2026年3月8日"),
        ("zh", "2026年3月8日"),
    ],
)
def test_dates_are_written_in_words(language: str, expected: str, tmp_path: Path) -> None:
    """Nobody takes 3/8 for the third of August."""
    one_template(tmp_path, "{{ deadline | day }}", "formal-reminder.zh.letter.j2")
    folder = one_template(tmp_path, "{{ deadline | day }}")
    assert written(CONTENT | {"language": language, "channel": "letter"}, folder) == expected


@pytest.mark.parametrize(
    ("language", "text", "remark"),
    [
        ("zh", "zh", ""),
        ("zh-CN", "zh", ""),
        ("en-GB", "en", ""),
        ("fr", "en", "in en, no template is in fr"),
        ("??", "en", "in en, no template is in ??"),
    ],
)
def test_the_customer_s_language_or_else_english(language: str, text: str, remark: str, tmp_path: Path) -> None:
    """With the region, without it, English; the delivery says where it had to be English."""
    one_template(tmp_path, "zh {{ total | amount }}", "formal-reminder.zh.letter.j2")
    folder = one_template(tmp_path, "en {{ total | amount }}")
    letter = Writer(folder).write(CONTENT | {"language": language, "channel": "letter"})
    assert isinstance(letter, Letter)
    assert letter.text.replace("\u00a0", " ") == f"{text} EUR 1,000.00" and letter.remark == remark


# -- templates are other people's code --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ totle }}", "'totle' is undefined"),
        ("{{ customer.nmae }}", "has no attribute 'nmae'"),
        ("line\n{% if %}", "formal-reminder.en.letter.j2:2"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 'a' + 1 }}", "can only concatenate"),
        ("{{ customer | amount }}", "conversion from dict"),
        ("{{ 'soon' | day }}", "Invalid isoformat"),
        ("{% include 'more.j2' %}", "it includes more.j2, which is not there"),
        ("{% include '../secret.txt' %}", "it includes ../secret.txt, which is not there"),
        ("{% include '/etc/passwd' %}", "it includes /etc/passwd, which is not there"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ items.append(1) }}", "unsafe"),
        ("{% include 'formal-reminder.en.letter.j2' %}", "recursion"),
        ("{% for n in range(1000000000) %}x{% endfor %}", "Range too big"),
        ("{{ total | shout }}", "No filter named 'shout'"),
    ],
)
def test_a_template_that_goes_wrong_is_a_reason(text: str, said: str, tmp_path: Path) -> None:
    """Unknown names, bad syntax, arithmetic, files that are none of its business: one sentence, never a traceback."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = one_template(tmp_path / "templates", text)
    assert said in failed(CONTENT | {"channel": "letter"}, folder)


def test_bytes_that_are_not_text_are_a_reason(tmp_path: Path) -> None:
    """A template in another encoding."""
    (tmp_path / "formal-reminder.en.letter.j2").write_bytes("Mahnung für".encode("latin-1"))
    assert "utf-8" in failed(CONTENT | {"channel": "letter"}, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dear you", "the first line of an e-mail is"),
        ("Subject: \n\nDear you", "the first line of an e-mail is"),
        ("Subject: Bill\nDear you", "the line after the subject is blank"),
        ("Subject: {{ customer.name }}\n\nDear you", "the line after the subject is blank"),
        ("Subject: Bill\n\n", "the e-mail says nothing"),
    ],
)
def test_an_e_mail_has_a_subject_and_nothing_slips_into_its_head(text: str, said: str, tmp_path: Path) -> None:
    """A customer whose name has a line break in it does not write headers of ours."""
    content = CONTENT | {"customer": {"number": "C-1", "name": "Adler\nBcc: all@example.com"}}
    assert said in failed(content, one_template(tmp_path, text, "formal-reminder.en.email.j2"))


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("letter", "<!DOCTYPE html><p>{{ customer.name }}{% include 'more.j2' %}"),
        ("letter", "{# ours #}\n<html><p>{{ customer.name }}{% include 'more.j2' %}"),
        ("email", "Subject: Bill\n\n<!doctype html><p>{{ customer.name }}{% include 'more.j2' %}"),
    ],
)
def test_in_html_names_are_escaped(channel: str, text: str, tmp_path: Path) -> None:
    """Also in what is included; the file ends with .html."""
    one_template(tmp_path, "{{ customer.name }}", "more.j2")
    folder = one_template(tmp_path, text, f"formal-reminder.en.{channel}.j2")
    letter = Writer(folder).write(CONTENT | {"channel": channel, "customer": {"number": "1", "name": "<b>&"}})
    assert isinstance(letter, Letter) and letter.ending == f"{channel}.html"
    assert letter.text.endswith("<p>&lt;b&gt;&amp;&lt;b&gt;&amp;")


# -- delivery ---------------------------------------------------------------------------------------------------------


def test_everything_in_the_outbox_becomes_a_file(tmp_path: Path) -> None:
    """A notice as text, an alert and a hand-over as JSON, named after customer and key; recorded in deliveries and ledger."""
    book, out = sent_out(tmp_path)
    done = deliver(book, out, TEMPLATES, now=LATER, actor=ACTOR)
    assert (done.sent, done.found, done.failed, done.exit) == (3, 0, (), Exit.OK)
    keys = dict(book.execute("SELECT kind, key FROM outbox"))
    endings = {"alert": "json", "hand_over": "json", "notice": "email.txt"}
    assert files(out) == sorted(f"{AS_OF}/C0001.{keys[kind]}.{ending}" for kind, ending in endings.items())
    rows = book.execute("SELECT attempted_at, status, transport FROM deliveries").fetchall()
    assert rows == [(LATER, "sent", "files")] * 3
    assert count(book, "ledger", "kind = 'delivery-sent' AND actor = 'li.na'") == 3 and ledger.verify(book).sound
    alert = json.loads((out / AS_OF / f"C0001.{keys['alert']}.json").read_text(encoding="utf-8"))
    assert alert["severity"] == "high" and alert["recipient"]["address"] == "credit-manager" and alert["total"] == 10_000


def test_the_letter_says_what_the_book_says(tmp_path: Path) -> None:
    """The receivable with its document, the fee that was charged with it, the deadline, the customer's contact."""
    book, out = sent_out(tmp_path)
    deliver(book, out, TEMPLATES, now=LATER)
    text = next(out.rglob("*.txt")).read_text(encoding="utf-8").replace("\u00a0", " ")
    for words in ("Subject: Payment reminder: EUR 100.00 to Duly Trading GmbH", "Dear Accounts Payable,", "Invoice R0001 (PO-1)",
                  "(20 days overdue)", "FEE-R0001-1 on invoice R0001, due on March 11, 2026: EUR 40.00", "EUR 140.00",
                  "by March 11, 2026"):
        assert words in text


def test_nothing_is_sent_twice(tmp_path: Path) -> None:
    """A second delivery finds an empty outbox, even where the files have been taken away."""
    book, out = sent_out(tmp_path)
    deliver(book, out, TEMPLATES, now=LATER)
    for path in out.rglob("*.*"):
        path.unlink()
    again = deliver(book, out, TEMPLATES, now=LATER)
    assert (again.sent, again.found, again.failed) == (0, 0, ()) and files(out) == []


def test_a_message_cut_short_before_it_was_recorded_is_found(tmp_path: Path) -> None:
    """The process died between file and record: the file counts as sent, and is not written again."""
    book, out = sent_out(tmp_path)
    twin, _ = sent_out(tmp_path)
    deliver(twin, out, TEMPLATES, now=NOW)
    before = {name: (out / name).stat().st_mtime_ns for name in files(out)}
    done = deliver(book, out, TEMPLATES, now=LATER)
    assert (done.sent, done.found) == (3, 3)
    assert {name: (out / name).stat().st_mtime_ns for name in files(out)} == before
    assert count(book, "deliveries", "detail LIKE '%lay there already'") == 3


def test_a_file_with_other_words_is_not_overwritten(tmp_path: Path) -> None:
    """Which of the two was sent, a person has to see."""
    book, out = sent_out(tmp_path)
    twin, _ = sent_out(tmp_path)
    deliver(twin, out, TEMPLATES, now=NOW)
    letter = next(out.rglob("*.txt"))
    letter.write_text("something else", encoding="utf-8")
    done = deliver(book, out, TEMPLATES, now=LATER)
    assert done.exit is Exit.PARTLY and "a file with other words lies there" in done.failed[0].reason
    assert letter.read_text(encoding="utf-8") == "something else"
    letter.unlink()
    assert deliver(book, out, TEMPLATES, now=LATER).sent == 1


def test_a_failed_message_stays_and_the_others_go_on(tmp_path: Path) -> None:
    """Without templates the notices fail with their reason, alerts go out; once the template is there, they follow."""
    book, out = sent_out(tmp_path, 2)
    (tmp_path / "none").mkdir()
    done = deliver(book, out, tmp_path / "none", now=LATER)
    assert (done.sent, len(done.failed), done.exit) == (4, 2, Exit.PARTLY)
    assert done.failed[0].customer == "C0001" and done.failed[0].kind == "notice"
    assert done.failed[0].reason == "there is no template friendly-reminder.en.email.j2, nor one in en"
    assert count(book, "deliveries", "status = 'failed'") == 2 == count(book, "ledger", "kind = 'delivery-failed'")
    assert deliver(book, out, TEMPLATES, now=LATER).sent == 2
    assert ledger.verify(book).sound


def test_a_delivery_is_what_the_next_level_waits_for(tmp_path: Path) -> None:
    """Nothing without warning: as long as the first notice is in the outbox, the second is withheld."""
    book, out = sent_out(tmp_path)
    waiting = planned(book, "2026-03-10")
    assert not [one for one in waiting.actions if one.kind == "notice"]
    assert "previous-notice-not-sent" in {reason for one in waiting.withheld for reason in one.reasons}
    deliver(book, out, TEMPLATES, now=LATER)
    again = planned(book, "2026-03-10")
    assert "previous-notice-not-sent" not in {reason for one in again.withheld for reason in one.reasons}


def test_english_where_there_is_no_other_text_is_said(tmp_path: Path) -> None:
    """The delivery's detail has it."""
    book, out = sent_out(tmp_path, language="fr")
    deliver(book, out, TEMPLATES, now=LATER)
    assert count(book, "deliveries", "detail LIKE '%in en, no template is in fr'") == 1


def test_a_customer_s_number_makes_no_path(tmp_path: Path) -> None:
    """Slashes and dots in a number do not leave the folder."""
    made = books().customer("../../C 9/x").contact("../../C 9/x", email="x@example.com")
    made.receivable("R9", "../../C 9/x", due="2026-02-09", amount="70.00")
    applied(made.book, planned(made.book))
    assert deliver(made.book, tmp_path / "out", TEMPLATES, now=LATER).exit is Exit.OK
    assert len(files(tmp_path)) == 6 and all(name.startswith(f"out/{AS_OF}/") for name in files(tmp_path))


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    """It is a file."""
    book, _ = sent_out(tmp_path)
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        deliver(book, tmp_path / "out", TEMPLATES, now=LATER)
    assert caught.value.problems[0].code == "unwritable-folder" and caught.value.exit is Exit.REFUSED
    assert count(book, "deliveries") == 0


def test_of_two_deliveries_one_is_refused(tmp_path: Path) -> None:
    """While one is at work, a second one is told so."""
    path = tmp_path / "duly.db"
    book = in_file(books(), path)
    applied(book, planned(book))
    codes = []

    def second(done: int, total: int) -> None:
        other = store.open_book(path)
        with pytest.raises(Refusal) as caught:
            deliver(other, tmp_path / "out", TEMPLATES, now=LATER)
        codes.append(caught.value.problems[0].code)

    deliver(book, tmp_path / "out", TEMPLATES, now=LATER, progress=second)
    assert codes == ["book-locked"] and count(book, "deliveries") == 3
