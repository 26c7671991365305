"""What people grant beside the policies: one row, one entry, a second pair of eyes, and an end."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.act import grants, ledger, records
from engine.act.grants import Pending
from engine.act.recording import Recorded
from engine.book import snapshot
from engine.book.store import Book
from engine.errors import Refusal
from engine.report import pending as table
from engine.report.records import history
from tests.acts import AS_OF, NOW, count
from tests.books import Books, day

BY: dict[str, Any] = {"actor": "ann", "now": NOW}
BOB: dict[str, Any] = {"actor": "bob", "now": NOW}
UNTIL = "2026-06-30"
FOR: dict[str, Any] = {"customer": "C-1", "reason": "new owner", "since": AS_OF, "until": UNTIL, **BY}
OVERRIDE: dict[str, Any] = {"rating": "B", "ratings": ("A", "B", "C"), **FOR}
LIMIT: dict[str, Any] = {"amount": "500.00", "currency": "EUR", **FOR}
REVIEW: dict[str, Any] = {"customer": "C-1", "result": "limit kept", "reviewed": AS_OF, **BY}
GRANTS: list[tuple[Callable[..., Recorded], dict[str, Any]]] = [
    (grants.override, OVERRIDE), (grants.limit, LIMIT), (grants.suspend, FOR)
]  # fmt: skip


def shop() -> Book:
    """C-1 is alone; G-1 is the top of a group with G-2 in it, and G-3 below that."""
    made = Books().entity("E1", "EUR").customer("C-1").customer("G-1")
    made.customer("G-2", parent="G-1").customer("G-3", parent="G-2")
    return made.book


def problems(act: Callable[..., Recorded], book: Book | None = None, **said: Any) -> list[tuple[str, str, str]]:
    """Field, code and message of all that is wrong; nothing has been kept then."""
    book = book or shop()
    before = count(book, "ledger")
    with pytest.raises(Refusal) as caught:
        act(book, **said)
    assert count(book, "ledger") == before and not book.conn.in_transaction
    return [(problem.where.file, problem.code, problem.message) for problem in caught.value.problems]


# -- what is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "said", "reference", "kind", "query", "row"),
    [
        (grants.override, OVERRIDE, "O-000001", "override",
         "SELECT customer_id, rating, reason, valid_from, valid_until, actor, recorded_at FROM rating_overrides",
         (1, "B", "new owner", AS_OF, UNTIL, "ann", NOW)),
        (grants.limit, LIMIT, "L-000001", "limit",
         "SELECT customer_id, scope, amount, currency, reason, valid_from, valid_until, actor FROM granted_limits",
         (1, "own", 50000, "EUR", "new owner", AS_OF, UNTIL, "ann")),
        (grants.limit, LIMIT | {"amount": "0", "currency": "JPY", "until": AS_OF}, "L-000001", "limit",
         "SELECT scope, amount, currency, valid_until FROM granted_limits", ("own", 0, "JPY", AS_OF)),
        (grants.limit, LIMIT | {"customer": "G-1", "group": True, "until": None}, "L-000001", "limit",
         "SELECT customer_id, scope, valid_until FROM granted_limits", (2, "group", None)),
        (grants.suspend, FOR, "S-000001", "suspension",
         "SELECT customer_id, reason, valid_from, valid_until, actor FROM suspensions",
         (1, "new owner", AS_OF, UNTIL, "ann")),
        (grants.review, REVIEW | {"note": " visited ", "today": AS_OF}, "V-000001", "credit-review",
         "SELECT customer_id, reviewed, result, note, actor FROM reviews", (1, AS_OF, "limit kept", " visited ", "ann")),
    ],
)  # fmt: skip
def test_a_record_is_one_row_and_one_entry(
    act: Callable[..., Recorded], said: dict[str, Any], reference: str, kind: str, query: str, row: tuple[Any, ...]
) -> None:
    """Under a reference of ours, with who said it."""
    book = shop()
    done = act(book, **said)
    assert (done.reference, done.kind, done.seq) == (reference, kind, 1)
    assert book.execute(query).fetchall() == [row]
    (past,) = ledger.history(book, customer=said["customer"])
    assert (past.actor, past.kind, past.content["reference"]) == ("ann", kind, reference)
    assert ledger.verify(book).sound


@pytest.mark.parametrize(("act", "said"), GRANTS)
def test_somebody_else_confirms_it_once(act: Callable[..., Recorded], said: dict[str, Any]) -> None:
    """Not who recorded it, in whatever capitals; not twice; and every step is in the ledger, with who took it."""
    book = shop()
    reference = act(book, **said).reference
    for name in ("ann", " Ann", "ANN "):
        ((field, code, message),) = problems(grants.confirm, book, reference=reference, confirmed=AS_OF, actor=name, now=NOW)
        assert (field, code) == ("actor", "same-person") and "somebody else confirms it" in message
    done = grants.confirm(book, reference=reference, confirmed=AS_OF, **BOB)
    assert (done.kind, done.reference, done.customer) == ("confirmation", reference, "C-1")
    assert book.execute("SELECT reference, confirmed, actor FROM confirmations").fetchall() == [(reference, AS_OF, "bob")]
    ((_, code, message),) = problems(grants.confirm, book, reference=reference, confirmed=AS_OF, actor="eve", now=NOW)
    assert code == "already-confirmed" and "by bob" in message
    assert next(past.kind for past in ledger.history(book)) == "confirmation" and ledger.verify(book).sound


@pytest.mark.parametrize(("act", "said"), GRANTS)
@pytest.mark.parametrize("confirmed", [False, True])
def test_it_is_withdrawn_once(act: Callable[..., Recorded], said: dict[str, Any], *, confirmed: bool) -> None:
    """By anybody, confirmed or not; afterwards it cannot be confirmed any more."""
    book = shop()
    reference = act(book, **said).reference
    if confirmed:
        grants.confirm(book, reference=reference, confirmed=AS_OF, **BOB)
    done = grants.withdraw(book, reference=reference, withdrawn="2026-03-05", **BY)
    assert (done.kind, done.reference) == ("withdrawal", reference)
    assert book.execute("SELECT reference, withdrawn, actor FROM withdrawals").fetchall() == [(reference, "2026-03-05", "ann")]
    ((_, code, _),) = problems(grants.withdraw, book, reference=reference, withdrawn="2026-03-06", **BY)
    assert code == "already-withdrawn"
    codes = [code for _, code, _ in problems(grants.confirm, book, reference=reference, confirmed=AS_OF, **BOB)]
    assert codes == (["already-confirmed", "already-withdrawn"] if confirmed else ["already-withdrawn"])
    assert ledger.verify(book).sound


def test_who_confirmed_cannot_be_changed_unseen() -> None:
    """The entry states the name, and verify compares it."""
    book = shop()
    reference = grants.suspend(book, **FOR).reference
    grants.confirm(book, reference=reference, confirmed=AS_OF, **BOB)
    book.execute("DROP TRIGGER confirmations_no_update")
    book.execute("UPDATE confirmations SET actor = 'eve'")
    assert [problem.code for problem in ledger.verify(book).problems] == ["row-changed"]


def test_references_are_unique_over_all_that_is_confirmed() -> None:
    """O-000001 was imported as the reference of a limit, so that a confirmation of it could mean either."""
    book = shop()
    book.execute("""INSERT INTO granted_limits (reference, customer_id, scope, amount, currency, reason, valid_from,
      valid_until, actor, recorded_at) VALUES ('O-000001', 1, 'own', 1, 'EUR', 'x', '2026-01-01', '2026-12-31', 'x', 'x')""")
    assert grants.override(book, **OVERRIDE).reference == "O-000002"
    assert grants.limit(book, **LIMIT).reference == "L-000002"


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "said", "where", "code", "words"),
    [
        (grants.override, OVERRIDE | {"customer": "C-2"}, "customer", "unknown-customer", "no customer 'C-2'"),
        (grants.override, OVERRIDE | {"rating": "b"}, "rating", "wrong-value", "'b' is none of A, B, C, the ratings"),
        (grants.override, OVERRIDE | {"ratings": ()}, "rating", "wrong-value", f"no credit policy in force on {AS_OF} has"),
        (grants.override, OVERRIDE | {"reason": " "}, "reason", "missing-value", "in a few words"),
        (grants.override, OVERRIDE | {"actor": " "}, "actor", "missing-value", "in a few words"),
        (grants.override, OVERRIDE | {"until": "2026-02-28"}, "until", "out-of-range", "is before --from, which is 2026-0"),
        (grants.override, OVERRIDE | {"since": "soon", "until": UNTIL}, "since", "bad-date", "'soon' is not a day"),
        (grants.limit, LIMIT | {"until": None}, "until", "missing-value", "has a last day; name it"),
        (grants.limit, LIMIT | {"amount": "-1"}, "amount", "bad-amount", "'-1' is less than 0"),
        (grants.limit, LIMIT | {"amount": "1.005"}, "amount", "bad-amount", "more decimals than EUR"),
        (grants.limit, LIMIT | {"currency": "EUX"}, "currency", "unknown-currency", "'EUX' is not a currency"),
        (grants.limit, LIMIT | {"group": True}, "customer", "not-the-top", "'C-1' is nobody's parent"),
        (grants.limit, LIMIT | {"customer": "G-2", "group": True}, "customer", "not-the-top", "to the group of 'G-1'"),
        (grants.limit, LIMIT | {"customer": "G-3", "group": True}, "customer", "not-the-top", "to the group of 'G-1'"),
        (grants.suspend, FOR | {"until": "2026-02-30"}, "until", "bad-date", "'2026-02-30' is not a day"),
        (grants.review, REVIEW | {"result": ""}, "result", "missing-value", "in a few words"),
        (grants.review, REVIEW | {"reviewed": "?"}, "reviewed", "bad-date", "'?' is not a day"),
        (grants.review, REVIEW | {"today": day(AS_OF, -1)}, "reviewed", "out-of-range", f"is after today, {day(AS_OF, -1)};"),
        (grants.limit, FOR | {"amount": "1"}, "currency", "missing-value", "no credit limit in the book to take it from"),
        (grants.confirm, {"reference": "L-1", "confirmed": AS_OF, **BY}, "reference", "unknown-reference", "no override"),
        (grants.withdraw, {"reference": "L-1", "withdrawn": AS_OF, **BY}, "reference", "unknown-reference", "'L-1'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(act: Callable[..., Recorded], said: dict[str, Any], where: str, code: str, words: str) -> None:
    """One problem, at the argument that it is about, with the nearest right word."""
    ((field, found, message),) = problems(act, **said)
    assert (field, found) == (where, code) and words in message


def test_everything_wrong_is_said_at_once() -> None:
    """Customer, amount, currency, reason, both dates."""
    wrong: dict[str, Any] = {"customer": "C-9", "amount": "x", "currency": "EUR", "reason": "", "since": "a", "until": "b"}
    assert [(field, code) for field, code, _ in problems(grants.limit, **wrong, **BY)] == [
        ("amount", "bad-amount"),
        ("customer", "unknown-customer"),
        ("reason", "missing-value"),
        ("since", "bad-date"),
        ("until", "bad-date"),
    ]


@pytest.mark.parametrize(("confirmed", "fine"), [("2026-02-01", True), (UNTIL, True), (day(UNTIL, 1), False), ("?", False)])
def test_what_is_over_is_not_confirmed(confirmed: str, *, fine: bool) -> None:
    """On its last day it may be, and before it begins; the day after it means nothing any more."""
    book = shop()
    reference = grants.limit(book, **LIMIT).reference
    if fine:
        assert grants.confirm(book, reference=reference, confirmed=confirmed, **BOB).seq == 2
        return
    ((field, code, _),) = problems(grants.confirm, book, reference=reference, confirmed=confirmed, **BOB)
    assert (field, code) == ("confirmed", "bad-date" if confirmed == "?" else "out-of-range")


def test_a_reference_nearly_right_is_recognised() -> None:
    """L-00001 for L-000001."""
    book = shop()
    grants.limit(book, **LIMIT)
    ((_, _, message),) = problems(grants.confirm, book, reference="L-00001", confirmed=AS_OF, **BOB)
    assert message == "the book has no override, limit or suspension 'L-00001'; did you mean 'L-000001'?"


def test_the_top_of_a_group_is_that_of_the_day() -> None:
    """G-2 leaves its group on 1 April, and is then the top of its own."""
    made = Books().entity("E1", "EUR").customer("G-1").customer("G-2", parent="G-1").customer("G-3", parent="G-2")
    made.version("G-2", valid_from="2026-04-01")
    group = LIMIT | {"customer": "G-2", "group": True}
    ((_, code, _),) = problems(grants.limit, made.book, **group | {"since": "2026-03-31"})
    assert code == "not-the-top"
    assert grants.limit(made.book, **group | {"since": "2026-04-01"}).seq == 1


# -- what waits -------------------------------------------------------------------------------------------------------


def waiting(book: Book, as_of: str = AS_OF, **known: str) -> list[str]:
    """The references of what waits."""
    return [each.reference for each in grants.pending(book, as_of=as_of, **known)]


def test_what_waits_for_a_second_person() -> None:
    """Until it is confirmed, withdrawn or over; what begins first comes first, also what begins only later."""
    book = shop()
    for act, said in GRANTS:
        act(book, **said)
    grants.limit(book, **LIMIT | {"since": "2026-02-01", "until": AS_OF})
    assert waiting(book) == ["L-000002", "L-000001", "O-000001", "S-000001"]
    assert waiting(book, day(AS_OF, 1)) == ["L-000001", "O-000001", "S-000001"]
    assert waiting(book, "2026-01-01") == ["L-000002", "L-000001", "O-000001", "S-000001"]
    grants.confirm(book, reference="O-000001", confirmed=AS_OF, actor="bob", now="2026-03-02T08:00:00Z")
    grants.withdraw(book, reference="S-000001", withdrawn=day(AS_OF, 1), actor="ann", now=NOW)
    assert waiting(book) == ["L-000002", "L-000001", "S-000001"]
    assert waiting(book, day(AS_OF, 1)) == ["L-000001"]
    assert waiting(book, known_at="2026-03-01T23:59:59Z") == ["L-000002", "L-000001", "O-000001", "S-000001"]
    assert waiting(book, known_at="2025-01-01T00:00:00Z") == []


def test_what_waits_is_shown() -> None:
    """To people, programs and spreadsheets; a customer's name is no formula."""
    made = Books().entity("E1", "EUR").customer("C-1", name="=1+1").customer("G-1").customer("G-2", parent="G-1")
    grants.override(made.book, **OVERRIDE)
    grants.limit(made.book, **LIMIT)
    grants.limit(made.book, **LIMIT | {"customer": "G-1", "group": True, "until": None, "amount": "1234567.00"})
    grants.suspend(made.book, **FOR)
    found = grants.pending(made.book, as_of=AS_OF)
    shown = table.text(found, AS_OF)
    for words in ("4 records wait", "rating B", "limit 500.00 EUR", "group limit 1,234,567.00 EUR", "no end", "suspension"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert table.plain(found)[0]["amount"] == 50000
    header, *rows = table.csv_rows(found)
    assert [len(row) for row in rows] == [len(header)] * 4
    assert dict(zip(header, rows[0], strict=True)) == {
        "reference": "L-000001", "kind": "limit", "customer": "C-1", "customer_name": "'=1+1", "rating": "", "scope": "own",
        "amount": "500.00", "currency": "EUR", "valid_from": AS_OF, "valid_until": UNTIL, "reason": "new owner",
        "actor": "ann", "recorded_at": NOW,
    }  # fmt: skip


def test_one_waits_or_none() -> None:
    """In a sentence."""
    assert table.text((), AS_OF) == f"Nothing waits for a confirmation as of {AS_OF}.\n"
    one = Pending("suspension", "S-1", "C-1", "", None, None, None, None, "x", AS_OF, UNTIL, "ann", NOW)
    assert table.text((one,), AS_OF).startswith(f"1 record waits for somebody else to confirm as of {AS_OF}.\n")


def test_the_history_tells_it() -> None:
    """What was granted and until when, why, and which record was confirmed or withdrawn."""
    book = shop()
    grants.override(book, **OVERRIDE)
    grants.limit(book, **LIMIT | {"customer": "G-1", "group": True, "until": None})
    grants.confirm(book, reference="O-000001", confirmed=AS_OF, **BOB)
    grants.withdraw(book, reference="L-000001", withdrawn=AS_OF, **BOB)
    grants.review(book, **REVIEW)
    shown = "".join(history(ledger.history(book), width=160))
    for words in (
        "B until 2026-06-30: new owner", "of the group without end: new owner", "500.00", "override O-000001",
        "limit L-000001", "credit review", "limit kept",
    ):  # fmt: skip
        assert words in shown


# -- what counts, day by day -----------------------------------------------------------------------------------------------


def told(book: Book, name: str, *, as_of: str) -> Any:
    """A fact of C-1 as of a day."""
    fact = f"customer.{name}"
    taken = snapshot.take(book, [snapshot.Wanted("EUR", frozenset({fact}), True)], as_of=as_of)
    return book.execute(f'SELECT "{fact}" FROM temp.{taken.tables["EUR"].customer} WHERE customer_id = 1').fetchone()[0]


@pytest.mark.parametrize(("as_of", "held"), [("2026-02-28", 0), (AS_OF, 1), (UNTIL, 1), (day(UNTIL, 1), 0)])
def test_a_forced_hold_ends_by_itself(as_of: str, held: int) -> None:
    """The last day counts, the day after it does not; nobody has to release it."""
    book = shop()
    records.hold(book, kind="credit", **FOR)
    assert told(book, "credit_hold", as_of=as_of) == held


@pytest.mark.parametrize(
    ("act", "said", "fact", "before", "during"),
    [
        (grants.override, OVERRIDE, "rating_override", None, "B"),
        (grants.limit, LIMIT, "limit_in_force", 10000, 50000),
        (grants.limit, LIMIT | {"amount": "0"}, "limit_in_force", 10000, 0),
        (grants.suspend, FOR, "credit_hold", 1, 0),
    ],
)
def test_a_grant_counts_from_its_confirmation_to_its_end(
    act: Callable[..., Recorded], said: dict[str, Any], fact: str, before: Any, during: Any
) -> None:
    """Recorded on 1 March, confirmed on the 3rd, over after the last day; or, in another book, withdrawn on the 10th."""
    for withdrawn in (None, "2026-03-10"):
        book = Books().entity("E1", "EUR").customer("C-1", limit="100.00").hold("C-1", since="2026-01-01", kind="credit").book
        reference = act(book, **said).reference
        assert told(book, fact, as_of=AS_OF) == before
        grants.confirm(book, reference=reference, confirmed="2026-03-03", **BOB)
        assert told(book, fact, as_of="2026-03-02") == before
        assert told(book, fact, as_of="2026-03-03") == during
        if withdrawn:
            grants.withdraw(book, reference=reference, withdrawn=withdrawn, **BY)
        last = day(withdrawn, -1) if withdrawn else UNTIL
        assert told(book, fact, as_of=last) == during
        assert told(book, fact, as_of=day(last, 1)) == before


def test_a_review_is_a_fact_from_its_day_on() -> None:
    """Not a day before; the days are counted from it."""
    book = shop()
    grants.review(book, **REVIEW)
    found = [told(book, "days_since_review", as_of=day(AS_OF, shift)) for shift in (-1, 0, 1)]
    assert found == [None, 0, 1]
