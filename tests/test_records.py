"""What people record: one row, one ledger entry, or every reason why not."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.act import ledger, records
from engine.act.recording import Recorded
from engine.book.store import Book
from engine.errors import Refusal
from tests.acts import ACTOR, AS_OF, NOW, count, planned, policies
from tests.books import Books

BY: dict[str, Any] = {"actor": ACTOR, "now": NOW}
HOLD: dict[str, Any] = {"reason": "legal review", "since": AS_OF, **BY}
PROMISE: dict[str, Any] = {"amount": "50.00", "made": AS_OF, "promised": "2026-03-10", **BY}
DISPUTE: dict[str, Any] = {"receivable": "R-100", "reason": "wrong price", "opened": AS_OF, **BY}
C1, R1 = {"customer": "C-1001"}, {"receivable": "R-100"}
ACTIVITY: dict[str, Any] = {"date": AS_OF, "channel": "phone", "result": "reached", **BY}


def shop() -> Book:
    """Two customers of E1, one of E2; R-100 and R-200 of the first, R-300 of the second, and R-200 once more in E2."""
    made = Books().entity("E1", "EUR").entity("E2", "KWD")
    for number, entity in (("C-1001", "E1"), ("C-1002", "E1"), ("K-1", "E2")):
        made.customer(number, entity=entity, name=f"Customer {number}")
    made.receivable("R-100", "C-1001", due="2026-02-09", amount="100.00")
    made.receivable("R-200", "C-1001", due="2026-02-09", amount="100.00")
    made.receivable("R-300", "C-1002", due="2026-02-09", amount="100.00")
    made.receivable("R-200", "K-1", due="2026-02-09", amount="10.000")
    return made.book


def problems(act: Callable[..., Recorded], **said: Any) -> list[tuple[str, str, str]]:
    """Field, code and message of all that is wrong; nothing has been kept then."""
    book = shop()
    with pytest.raises(Refusal) as caught:
        act(book, **said)
    assert count(book, "ledger") == 0 and not book.conn.in_transaction
    return [(problem.where.file, problem.code, problem.message) for problem in caught.value.problems]


# -- what is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "said", "reference", "query", "row"),
    [
        (records.hold, HOLD | {"customer": "C-1001"}, "H-000001",
         "SELECT kind, customer_id, receivable_id, reason, valid_from, valid_until, actor, recorded_at FROM holds",
         ("dunning", 1, None, "legal review", AS_OF, None, ACTOR, NOW)),
        (records.hold, HOLD | {"receivable": "R-100", "until": AS_OF}, "H-000001",
         "SELECT kind, customer_id, receivable_id, valid_until FROM holds", ("dunning", 1, 1, AS_OF)),
        (records.hold, HOLD | {"customer": "C-1001", "kind": "credit"}, "H-000001",
         "SELECT kind, effect_id FROM holds", ("credit", None)),
        (records.promise, PROMISE | {"customer": "C-1001"}, "P-000001",
         "SELECT customer_id, receivable_id, made, promised, grace_days, amount, currency FROM promises",
         (1, None, AS_OF, "2026-03-10", 0, 5000, "EUR")),
        (records.promise, PROMISE | {"receivable": "R-200", "entity": "E2", "amount": "5.000", "grace_days": 3}, "P-000001",
         "SELECT customer_id, receivable_id, grace_days, amount, currency FROM promises", (3, 4, 3, 5000, "KWD")),
        (records.promise, PROMISE | {"customer": "C-1001", "currency": "USD", "promised": AS_OF}, "P-000001",
         "SELECT promised, currency FROM promises", (AS_OF, "USD")),
        (records.dispute, DISPUTE, "D-000001", "SELECT receivable_id, amount, reason, opened FROM disputes",
         (1, None, "wrong price", AS_OF)),
        (records.dispute, DISPUTE | {"amount": "100.00"}, "D-000001", "SELECT amount FROM disputes", (10000,)),
        (records.dispute, DISPUTE | {"receivable": "R-200", "customer": "C-1001", "entity": "E1"}, "D-000001",
         "SELECT receivable_id FROM disputes", (2,)),
        (records.activity,
         ACTIVITY | {"customer": "C-1002", "contact": "Ms Li", "note": "pays", "expected_payment": "2026-03-05"}, "A-000001",
         "SELECT customer_id, receivable_id, date, channel, contact, result, expected_payment, note FROM activities",
         (2, None, AS_OF, "phone", "Ms Li", "reached", "2026-03-05", "pays")),
    ],
)
def test_a_record_is_one_row_and_one_entry(
    act: Callable[..., Recorded], said: dict[str, Any], reference: str, query: str, row: tuple[Any, ...]
) -> None:
    """Under a reference of ours, with who said it."""
    book = shop()
    done = act(book, **said)
    assert done.reference == reference and done.seq == 1
    assert book.execute(query).fetchall() == [row]
    (past,) = ledger.history(book, customer=done.customer)
    assert past.actor == ACTOR and past.kind == done.kind and past.content["reference"] == reference
    assert past.content["receivables"] == ([done.receivable] if done.receivable else [])
    assert ledger.verify(book).sound


def test_references_go_on_and_step_over_those_that_are_taken() -> None:
    """D-000003 was imported from elsewhere."""
    book = shop()
    book.execute("""INSERT INTO disputes (reference, receivable_id, reason, opened, recorded_at)
      VALUES ('D-000003', 3, 'imported', '2026-01-01', '2026-01-01T00:00:00Z')""")
    given = [records.dispute(book, **DISPUTE).reference for _ in range(3)]
    assert given == ["D-000002", "D-000004", "D-000005"]


def test_a_hold_stops_the_chasing_and_its_release_begins_it_again() -> None:
    """On hold everything is withheld for `dunning-hold`; released, it is called for again."""
    made = Books().customer("C1").contact("C1", email="c1@example.com").receivable("R1", "C1", due="2026-02-09", amount="100.00")
    held = records.hold(made.book, customer="C1", **HOLD)
    standard = policies()[:1]
    stopped = planned(made.book, of=standard)
    assert not stopped.actions and {one.reasons[0] for one in stopped.withheld} == {"dunning-hold"}
    done = records.release(made.book, reference=held.reference, released=AS_OF, reason="settled", **BY)
    assert (done.kind, done.reference, done.customer) == ("release", "H-000001", "C1")
    assert planned(made.book, of=standard).actions and ledger.verify(made.book).sound


@pytest.mark.parametrize("outcome", records.OUTCOMES)
def test_a_dispute_is_resolved_once(outcome: str) -> None:
    """With its outcome; a second time it is refused, saying since when."""
    book = shop()
    opened = records.dispute(book, **DISPUTE)
    done = records.resolve(book, reference=opened.reference, outcome=outcome, resolved="2026-03-02", **BY)
    assert (done.customer, done.receivable) == ("C-1001", "R-100")
    query = "SELECT dispute_id, resolved, outcome FROM dispute_resolutions"
    assert book.execute(query).fetchall() == [(1, "2026-03-02", outcome)]
    with pytest.raises(Refusal) as caught:
        records.resolve(book, reference=opened.reference, outcome=outcome, resolved="2026-03-02", **BY)
    assert caught.value.problems[0].code == "already-resolved"
    assert count(book, "ledger") == 2 and ledger.verify(book).sound


def test_a_hold_is_released_once() -> None:
    """A second time it is refused."""
    book = shop()
    held = records.hold(book, customer="C-1001", **HOLD)
    records.release(book, reference=held.reference, released=AS_OF, **BY)
    with pytest.raises(Refusal) as caught:
        records.release(book, reference=held.reference, released=AS_OF, **BY)
    assert caught.value.problems[0].code == "already-released"


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "said", "where", "code", "words"),
    [
        (records.hold, HOLD | {"customer": "C-1003"}, "customer", "unknown-customer", "did you mean 'C-100"),
        (records.hold, HOLD | {"customer": "customer c-1002"}, "customer", "unknown-customer", "that is the name of 'C-1002'"),
        (records.hold, HOLD | {"customer": "zzzzzz"}, "customer", "unknown-customer", "no customer 'zzzzzz'"),
        (records.hold, HOLD, "customer", "missing-value", "name a customer or a receivable"),
        (records.hold, HOLD | {"receivable": "R-101"}, "receivable", "unknown-receivable", "did you mean 'R-100'?"),
        (records.hold, HOLD | R1 | {"entity": "E2"}, "receivable", "unknown-receivable", "'R-100' of E2"),
        (records.hold, HOLD | {"receivable": "R-200"}, "receivable", "ambiguous-receivable", "name the entity"),
        (records.hold, HOLD | C1 | {"receivable": "R-300"}, "receivable", "unknown-receivable", "of C-1002, not of C-1001"),
        (records.hold, HOLD | C1 | {"reason": " "}, "reason", "missing-value", "say it in a few words"),
        (records.hold, HOLD | C1 | {"kind": "dunnning"}, "kind", "wrong-value", "did you mean 'dunning'?"),
        (records.hold, HOLD | R1 | {"kind": "credit"}, "receivable", "wrong-value", "on the customer"),
        (records.hold, HOLD | C1 | {"since": "2026-02-30"}, "since", "bad-date", "'2026-02-30' is not a day"),
        (records.hold, HOLD | C1 | {"since": "1.3.2026"}, "since", "bad-date", "write it as 2026-03-01"),
        (records.hold, HOLD | C1 | {"since": "20260301"}, "since", "bad-date", "write it as 2026-03-01"),
        (records.hold, HOLD | C1 | {"until": "2026-02-28"}, "until", "out-of-range", "is before --from, which is 2026-0"),
        (records.promise, PROMISE | C1 | {"promised": "2026-02-28"}, "promised", "out-of-range", "is before --made, which"),
        (records.promise, PROMISE | C1 | {"grace_days": -1}, "grace_days", "out-of-range", "'-1' is less than 0"),
        (records.promise, PROMISE | C1 | {"amount": "1,000.00"}, "amount", "bad-amount", "'1,000.00' is not an amount"),
        (records.promise, PROMISE | C1 | {"amount": "0.00"}, "amount", "bad-amount", "is not more than 0"),
        (records.promise, PROMISE | C1 | {"amount": "-1"}, "amount", "bad-amount", "is not more than 0"),
        (records.promise, PROMISE | C1 | {"amount": "1.005"}, "amount", "bad-amount", "more decimals than EUR"),
        (records.promise, PROMISE | C1 | {"currency": "EUX"}, "currency", "unknown-currency", "'EUX' is not a currency"),
        (records.promise, PROMISE | R1 | {"currency": "USD"}, "currency", "currency-mismatch", "which is EUR"),
        (records.dispute, DISPUTE | {"amount": "100.01"}, "amount", "out-of-range", "more than R-100 was ever about"),
        (records.dispute, DISPUTE | {"opened": "soon"}, "opened", "bad-date", "'soon' is not a day"),
        (records.activity, ACTIVITY | C1 | {"channel": "fone"}, "channel", "wrong-value", "did you mean 'phone'?"),
        (records.activity, ACTIVITY | C1 | {"result": "no answer"}, "result", "wrong-value", "did you mean 'no-answer'?"),
        (records.activity, ACTIVITY | C1 | {"expected_payment": "?"}, "expected_payment", "bad-date", "'?'"),
        (records.release, {"reference": "H-1", "released": AS_OF, **BY}, "reference", "unknown-reference", "holds has no 'H-1'"),
        (records.resolve, {"reference": "D-1", "outcome": "rejected", "resolved": AS_OF, **BY}, "reference",
         "unknown-reference", "disputes has no 'D-1'"),
    ],
)
def test_what_is_wrong_is_said(act: Callable[..., Recorded], said: dict[str, Any], where: str, code: str, words: str) -> None:
    """One problem, at the argument that it is about, with the nearest right word."""
    ((field, found, message),) = problems(act, **said)
    assert (field, found) == (where, code) and words in message


def test_everything_wrong_is_said_at_once() -> None:
    """Customer, amount, both dates and the grace days."""
    wrong = {"customer": "C-9", "amount": "x", "currency": "EUR", "made": "a", "promised": "b", "grace_days": -1}
    assert [(field, code) for field, code, _ in problems(records.promise, **wrong, **BY)] == [
        ("amount", "bad-amount"),
        ("customer", "unknown-customer"),
        ("grace_days", "out-of-range"),
        ("made", "bad-date"),
        ("promised", "bad-date"),
    ]


@pytest.mark.parametrize(("released", "fine"), [("2026-02-28", False), ("2026-03-01", True), ("2026-03-02", True)])
def test_a_hold_does_not_end_before_it_begins(released: str, *, fine: bool) -> None:
    """On the day it began is fine."""
    book = shop()
    reference = records.hold(book, customer="C-1001", **HOLD).reference
    if fine:
        assert records.release(book, reference=reference, released=released, **BY).seq == 2
        return
    with pytest.raises(Refusal) as caught:
        records.release(book, reference=reference, released=released, **BY)
    assert caught.value.problems[0].code == "out-of-range"


def test_a_reference_nearly_right_is_recognised() -> None:
    """H-00001 for H-000001."""
    book = shop()
    records.hold(book, customer="C-1001", **HOLD)
    with pytest.raises(Refusal, match="did you mean 'H-000001'"):
        records.release(book, reference="H-00001", released=AS_OF, **BY)
