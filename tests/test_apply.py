"""Apply: what a plan calls for is done once, all of it or nothing, whatever happens in between."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.act import ledger
from engine.act.apply import apply
from engine.act.opening import plan_of
from engine.act.values import Plan, to_json
from engine.book import store
from engine.book.store import Book
from engine.errors import Exit, Refusal
from tests.acts import (
    ACTOR,
    AS_OF,
    LATER,
    NOW,
    STANDARD,
    WATCH,
    applied,
    books,
    count,
    in_file,
    planned,
    policies,
    resealed,
)
from tests.books import policy
from tests.crashes import kill_in_a_loop

PAYMENT = """INSERT INTO payments (number, entity_id, customer_id, received, amount, currency, recorded_at)
  SELECT 'P-' || c.number, c.entity_id, c.id, '2026-03-01', 10000, 'EUR', '2026-03-01T07:00:00Z'
  FROM customers AS c WHERE c.number = :customer"""
ALLOCATION = """INSERT INTO allocations (receivable_id, payment_id, date, amount, recorded_at)
  SELECT r.id, p.id, '2026-03-01', 10000, '2026-03-01T07:00:00Z' FROM receivables AS r
  JOIN payments AS p ON p.number = 'P-' || :customer WHERE r.customer_id = p.customer_id AND r.kind = 'invoice'"""


class Interrupted(Exception):
    """Stands for whatever ends a process between two transactions."""


def pay(book: Book, customer: str) -> None:
    """The customer's receivable is paid on the very day of the plan."""
    book.execute(PAYMENT, {"customer": customer})
    book.execute(ALLOCATION, {"customer": customer})


def refused(act: Callable[[], object], *codes: str, answer: Exit = Exit.REFUSED) -> Refusal:
    """The Refusal of an act, which has these codes and no other."""
    with pytest.raises(Refusal) as caught:
        act()
    assert tuple(sorted({problem.code for problem in caught.value.problems})) == tuple(sorted(codes))
    assert caught.value.exit is answer
    return caught.value


def state(book: Book) -> dict[str, int]:
    """How many rows there are of everything that a run writes."""
    tables = ("runs", "run_policies", "policy_versions", "decisions", "effects", "outbox", "tasks", "holds",
              "hold_releases", "receivables", "ledger")
    return {table: count(book, table) for table in tables}


# -- what is done -----------------------------------------------------------------------------------------------------


def test_every_kind_of_action_reaches_the_book_the_ledger_and_the_outbox() -> None:
    """One customer, 20 days late: a notice, a fee, a call, an alert, a hand-over and a credit hold."""
    made = books()
    done = applied(made.book, planned(made.book))
    expected = dict.fromkeys(("alert", "credit_hold", "hand_over", "late_fee", "notice", "task"), 1)
    assert dict(done.done) == expected and done.exit is Exit.OK and not done.resumed
    kinds = [row[0] for row in made.book.execute("SELECT kind FROM ledger ORDER BY seq")]
    assert kinds == ["run-started", *sorted(expected), "run-finished"]
    assert dict(made.book.execute("SELECT kind, COUNT(*) FROM effects GROUP BY kind")) == expected
    assert ledger.verify(made.book).sound


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT kind, channel, recipient FROM outbox ORDER BY kind",
         [("alert", "internal", "credit-manager"), ("hand_over", "partner", "agency"), ("notice", "email", "ap1@example.com")]),
        ("SELECT number, principal_id, issued, posted, due, amount, currency FROM receivables WHERE kind = 'fee'",
         [("FEE-R0001-1", 1, AS_OF, AS_OF, "2026-03-11", 4000, "EUR")]),
        ("SELECT kind, reason, valid_from, actor, receivable_id FROM holds", [("credit", "overdue", AS_OF, ACTOR, None)]),
        ("SELECT what, note, due FROM tasks", [("call", "Ask why.", "2026-03-04")]),
        ("SELECT level_from, level_to, amount, deadline, occurrence FROM effects WHERE kind = 'notice'",
         [(0, 1, 10000, "2026-03-11", 1)]),
        ("SELECT subject, receivable_id, amount FROM effects WHERE kind = 'credit_hold'", [("customer", None, None)]),
        ("SELECT DISTINCT run_id, as_of, recorded_at FROM effects", [(1, AS_OF, NOW)]),
        ("SELECT policy, version FROM policy_versions ORDER BY policy", [("standard", 1), ("watch", 1)]),
        ("SELECT COUNT(*) FROM run_policies", [(2,)]),
        ("SELECT class FROM decisions ORDER BY class", [("standard@1/1",), ("watch@1/1",)]),
    ],
)
def test_what_stands_in_the_book(query: str, expected: list[tuple[Any, ...]]) -> None:
    """The rows of that one customer."""
    made = books()
    applied(made.book, planned(made.book))
    assert made.book.execute(query).fetchall() == expected


def test_rows_know_their_effect_and_effects_their_message() -> None:
    """Fee, hold and task name the effect they come from; a notice's effect names its row of the outbox."""
    made = books()
    applied(made.book, planned(made.book))
    for table, kind in (("receivables", "late_fee"), ("holds", "credit_hold"), ("tasks", "task")):
        query = f"SELECT e.kind FROM {table} AS t JOIN effects AS e ON e.id = t.effect_id"
        assert made.book.execute(query).fetchall() == [(kind,)]
    query = "SELECT e.kind, o.kind FROM effects AS e JOIN outbox AS o ON o.id = e.outbox_id ORDER BY e.kind"
    assert made.book.execute(query).fetchall() == [("alert", "alert"), ("hand_over", "hand_over"), ("notice", "notice")]


def test_a_letter_over_two_receivables_is_one_message_with_two_effects() -> None:
    """Both are late; one letter chases 150.00, and each effect has its part of it."""
    made = books().receivable("R9", "C0001", due="2026-02-10", amount="50.00")
    applied(made.book, planned(made.book))
    query = "SELECT outbox_id, amount FROM effects WHERE kind = 'notice' ORDER BY amount"
    (first, small), (second, large) = made.book.execute(query)
    assert first == second and (small, large) == (5000, 10000)
    content = json.loads(made.book.execute("SELECT content FROM outbox WHERE id = ?", [first]).fetchone()[0])
    assert content["total"] == 15000 and content["fee_total"] == 8000 and content["grand_total"] == 23000
    assert [item["document"] for item in content["items"]] == ["PO-1", None]


def test_the_plan_and_the_policies_are_kept_whole() -> None:
    """Years later the run can be read again from the book alone."""
    made = books()
    the_plan = planned(made.book)
    done = applied(made.book, the_plan)
    assert plan_of(made.book, done.run_id) == the_plan
    packed = made.book.execute("SELECT plan FROM runs").fetchone()[0]
    assert zlib.decompress(packed).decode() == to_json(the_plan)
    assert [row[0] for row in made.book.execute("SELECT text FROM policy_versions ORDER BY policy")] == [
        each.text for each in policies()
    ]


def test_a_paid_customer_is_released_but_not_from_a_hold_that_a_person_set() -> None:
    """A policy's hold of that reason is lifted; a person's hold of the same reason stays."""
    made = books()
    applied(made.book, planned(made.book))
    made.hold("C0001", since="2026-02-01", kind="credit", reason="overdue", reference="H-by-hand")
    pay(made.book, "C0001")
    applied(made.book, planned(made.book, "2026-03-02"), now=LATER)
    query = """SELECT h.reference LIKE 'H-by%', r.released, e.kind FROM hold_releases AS r
      JOIN holds AS h ON h.id = r.hold_id JOIN effects AS e ON e.id = r.effect_id"""
    assert made.book.execute(query).fetchall() == [(0, "2026-03-02", "release_credit_hold")]


def test_a_fee_whose_number_is_taken_gets_the_next_one() -> None:
    """Somebody imported FEE-R0001-1 before us."""
    made = books().receivable("FEE-R0001-1", "C0001", due="2026-12-01", amount="1.00")
    applied(made.book, planned(made.book))
    numbers = [row[0] for row in made.book.execute("SELECT number FROM receivables WHERE kind = 'fee'")]
    assert numbers == ["FEE-R0001-2"]


def test_an_empty_plan_is_a_run_too() -> None:
    """That there was nothing to do on a day is worth a line in the ledger."""
    made = books(due="2026-12-01")
    done = applied(made.book, planned(made.book))
    assert done.done == () and [row[0] for row in made.book.execute("SELECT kind FROM ledger")] == [
        "run-started",
        "run-finished",
    ]


# -- once -------------------------------------------------------------------------------------------------------------


def test_applying_twice_is_applying_once() -> None:
    """The second time is refused and changes nothing; a new preview has nothing to do."""
    made = books(3)
    the_plan = planned(made.book)
    applied(made.book, the_plan)
    before = state(made.book)
    assert "li.na applied this plan already" in str(refused(lambda: applied(made.book, the_plan), "already-applied"))
    assert state(made.book) == before
    assert planned(made.book).actions == ()


def test_two_plans_of_one_morning_are_not_both_carried_out() -> None:
    """Li and Max preview the same book under different conditions; whoever comes second is stale."""
    made = books(2)
    first, second = planned(made.book), planned(made.book)
    second = resealed(second, stands_on=[["payments", 9, 9]])
    applied(made.book, first)
    before = state(made.book)
    found = refused(lambda: applied(made.book, second), "stale")
    assert len(found.problems) == 2 and state(made.book) == before


def test_what_another_run_did_makes_a_plan_stale_even_where_no_fact_moved() -> None:
    """An alert changes no fact of the customer: the key alone says that it was given."""
    alert = policy(STANDARD.split("ladder:")[0] + "rules:\n  - id: late\n    when: {days_past_due: {at_least: 10}}\n"
                   "    then:\n      - alert: {to: credit-manager, severity: high}\n")
    made = books()
    first = planned(made.book, of=(alert,))
    second = resealed(first, stands_on=[["payments", 9, 9]])
    apply(made.book, first, [alert], actor=ACTOR, now=NOW)
    refused(lambda: apply(made.book, second, [alert], actor=ACTOR, now=NOW), "stale")
    assert count(made.book, "outbox") == 1


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_an_interrupted_run_is_completed_by_applying_the_plan_again(at_once: int, tmp_path: Path) -> None:
    """The process ends after its first transaction; the next one does the rest and says what was there."""
    the_plan, whole = planned(books(4).book), books(4).book
    applied(whole, the_plan)
    book = in_file(books(4), tmp_path / "duly.db")

    def stop(done: int, total: int) -> None:
        assert total == len(the_plan.actions)
        raise Interrupted

    with pytest.raises(Interrupted):
        apply(book, the_plan, policies(), actor=ACTOR, now=NOW, progress=stop, at_once=at_once)
    done = apply(book, the_plan, policies(), actor=ACTOR, now=LATER, at_once=at_once)
    assert done.resumed and done.before == min(at_once, 4) * 6
    assert done.before + sum(number for _, number in done.done) == len(the_plan.actions)
    query = "SELECT key, kind, level_to, amount, deadline FROM effects ORDER BY key"
    assert book.execute(query).fetchall() == whole.execute(query).fetchall()
    assert ledger.verify(book).sound
    refused(lambda: applied(book, the_plan), "already-applied")


def test_a_crash_loses_no_effect_and_repeats_none(tmp_path: Path) -> None:
    """Twenty times: kill -9 at a random moment, apply again, and the book is that of an undisturbed run."""
    report = kill_in_a_loop(tmp_path, times=20, seed=1, customers=60)
    assert report.times == 20 and report.different == ()
    assert report.halfway > 0, "no kill came in the middle of a run; the test shows nothing"


def test_of_two_appliers_one_is_refused(tmp_path: Path) -> None:
    """While the first is at work, also between its transactions, the second is told so at once."""
    path = tmp_path / "duly.db"
    book, other = in_file(books(3), path), store.open_book(path)
    the_plan, refusals = planned(book), list[Refusal]()

    def second(done: int, total: int) -> None:
        refusals.append(refused(lambda: applied(other, the_plan), "book-locked"))

    apply(book, the_plan, policies(), actor=ACTOR, now=NOW, progress=second, at_once=1)
    assert len(refusals) == 3 and count(book, "effects") == len(the_plan.actions)
    refused(lambda: applied(other, the_plan), "already-applied")


def test_apply_waits_for_nobody_who_keeps_the_book_locked(tmp_path: Path) -> None:
    """An import holds the write lock: refused, nothing done."""
    path = tmp_path / "duly.db"
    book, other = in_file(books(), path), store.open_book(path)
    the_plan = planned(book)
    book.execute("PRAGMA busy_timeout = 20")
    other.execute("BEGIN IMMEDIATE")
    refused(lambda: applied(book, the_plan), "book-locked")
    other.execute("ROLLBACK")
    assert applied(book, the_plan).exit is Exit.OK


# -- stale ------------------------------------------------------------------------------------------------------------


def test_a_stale_plan_is_refused() -> None:
    """A payment came in overnight: the customer and the receivable are named, and nothing is done."""
    made = books(3)
    the_plan = planned(made.book)
    pay(made.book, "C0002")
    before = state(made.book)
    found = refused(lambda: applied(made.book, the_plan), "stale")
    assert [str(problem) for problem in found.problems] == [
        "customer C0002 stale: receivable R0002 moved since the plan was made; preview again, or carry out the rest with"
        " --skip-stale"
    ]
    assert state(made.book) == before


def test_a_customer_may_be_stale_without_a_receivable() -> None:
    """Of a customer-wide action the customer is named."""
    made = books()
    the_plan = planned(made.book, of=(policy(WATCH),))
    pay(made.book, "C0001")
    found = refused(lambda: apply(made.book, the_plan, [policy(WATCH)], actor=ACTOR, now=NOW), "stale")
    assert "the customer moved since" in str(found)


def test_the_rest_is_carried_out_on_request() -> None:
    """--skip-stale leaves the customer out as a whole, says so, and the ledger says so too."""
    made = books(3)
    the_plan = planned(made.book)
    pay(made.book, "C0002")
    done = applied(made.book, the_plan, skip_stale=True)
    assert done.exit is Exit.PARTLY and [(one.customer, one.receivables) for one in done.skipped] == [("C0002", ("R0002",))]
    query = "SELECT DISTINCT c.number FROM effects AS e JOIN customers AS c ON c.id = e.customer_id ORDER BY 1"
    assert [row[0] for row in made.book.execute(query)] == ["C0001", "C0003"]
    (entry,) = [past for past in ledger.history(made.book, customer="C0002") if past.kind == "skipped"]
    assert entry.content["receivables"] == ["R0002"] and entry.content["because"] == "stale"
    refused(lambda: applied(made.book, the_plan, skip_stale=True), "already-applied")


@pytest.mark.parametrize("skip_stale", [False, True])
def test_a_payment_that_arrives_between_two_transactions_is_noticed(tmp_path: Path, *, skip_stale: bool) -> None:
    """C0003 pays while C0001 is being carried out: it is not chased any more."""
    path = tmp_path / "duly.db"
    book, other = in_file(books(3), path), store.open_book(path)
    the_plan = planned(book)

    def arrives(done: int, total: int) -> None:
        if not count(other, "payments"):
            pay(other, "C0003")

    def run() -> object:
        return apply(book, the_plan, policies(), actor=ACTOR, now=NOW, skip_stale=skip_stale, progress=arrives, at_once=1)

    if skip_stale:
        run()
        assert count(book, "ledger", "kind = 'skipped'") == 1 and count(book, "ledger", "kind = 'run-finished'") == 1
    else:
        refused(run, "stale", answer=Exit.PARTLY)
        assert count(book, "effects") == 6, "C0001 was done before; C0002 is left for the next time"
        refused(lambda: applied(book, the_plan), "stale")
        assert applied(book, the_plan, skip_stale=True).before == 6
    assert count(book, "effects", "customer_id = 3") == 0 and count(book, "effects") == 12
    assert ledger.verify(book).sound


def test_a_customer_left_out_before_a_crash_stays_left_out(tmp_path: Path) -> None:
    """The resumed run neither carries out nor reports twice whom the first one skipped."""
    book = in_file(books(3), tmp_path / "duly.db")
    the_plan = planned(book)
    pay(book, "C0001")

    def stop(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        apply(book, the_plan, policies(), actor=ACTOR, now=NOW, skip_stale=True, progress=stop, at_once=1)
    done = apply(book, the_plan, policies(), actor=ACTOR, now=LATER, at_once=1)
    assert [one.customer for one in done.skipped] == ["C0001"] and count(book, "ledger", "kind = 'skipped'") == 1
    assert count(book, "effects") == 12


# -- what a plan must be ----------------------------------------------------------------------------------------------


def _other_engine(plan: Plan) -> Plan:
    return resealed(plan, engine="0.0.9")


def _of_the_past(plan: Plan) -> Plan:
    return resealed(plan, known_at="2026-01-01T00:00:00Z")


def _by_hand(plan: Plan) -> Plan:
    return replace(plan, actions=plan.actions[:1])


@pytest.mark.parametrize(
    ("code", "changed"),
    [("engine-changed", _other_engine), ("plan-of-the-past", _of_the_past), ("bad-plan", _by_hand)],
)
def test_a_plan_that_is_not_to_be_applied(code: str, changed: Callable[[Plan], Plan]) -> None:
    """Of another engine, of what was known then, changed by hand."""
    made = books()
    the_plan = changed(planned(made.book))
    refused(lambda: applied(made.book, the_plan), code)
    assert count(made.book, "runs") == 0


def _newer(text: str) -> list[str]:
    return [text, text.replace("version: 1", "version: 2").replace("2000-01-01", "2026-03-01")]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([*_newer(STANDARD), WATCH], "standard v1 made the plan, but v2 is in force on 2026-03-01"),
        ([STANDARD.replace("40.00", "41.00"), WATCH], "standard v1 was edited since the plan was made"),
        ([STANDARD], "watch v1 made the plan and is not in force on 2026-03-01 any more"),
        ([STANDARD, WATCH, WATCH.replace("policy: watch", "policy: more")], "more v1 is in force on 2026-03-01 and had no say"),
    ],
)
def test_the_policies_must_still_be_the_ones_in_force(texts: list[str], said: str) -> None:
    """A new version, an edited text, a policy gone, a policy added."""
    made = books()
    the_plan = planned(made.book)
    changed = [policy(text) for text in texts]
    found = refused(lambda: apply(made.book, the_plan, changed, actor=ACTOR, now=NOW), "policy-changed")
    assert said in str(found) and count(made.book, "runs") == 0


def test_a_version_that_begins_later_changes_nothing() -> None:
    """v2 is in force from the day after the plan's date on."""
    made = books()
    the_plan = planned(made.book)
    newer = policy(_newer(STANDARD)[1].replace("2026-03-01", "2026-03-02"))
    assert apply(made.book, the_plan, [*policies(), newer], actor=ACTOR, now=NOW).exit is Exit.OK


def test_layout_and_comments_are_no_change() -> None:
    """The digest is that of what the policy says."""
    made = books()
    the_plan = planned(made.book)
    same = policy("# reviewed\n" + STANDARD.replace("priority: 10", "priority:   10  # lowest"))
    assert apply(made.book, the_plan, [same, policy(WATCH)], actor=ACTOR, now=NOW).exit is Exit.OK


def test_an_applied_version_is_never_edited() -> None:
    """v1 was applied on 1 March; on 2 March it says something else under the same number."""
    made = books()
    applied(made.book, planned(made.book))
    edited = (policy(STANDARD.replace("after_days: 15", "after_days: 14")), policy(WATCH))
    the_plan = planned(made.book, "2026-03-10", of=edited)
    found = refused(lambda: apply(made.book, the_plan, edited, actor=ACTOR, now=LATER), "applied-edited")
    assert "write v2" in str(found) and count(made.book, "runs") == 1


@pytest.mark.parametrize(("as_of", "fine"), [("2026-02-28", False), ("2026-03-01", True), ("2026-03-02", True)])
def test_a_run_is_not_dated_before_the_last_one(as_of: str, *, fine: bool) -> None:
    """The day before is refused; the same day and the next are fine."""
    made = books()
    applied(made.book, planned(made.book))
    made.customer("C9").contact("C9", email="c9@example.com").receivable("R9", "C9", due="2026-02-01", amount="70.00")
    the_plan = planned(made.book, as_of)
    if fine:
        assert applied(made.book, the_plan, now=LATER).exit is Exit.OK
    else:
        assert "was applied as of 2026-03-01" in str(refused(lambda: applied(made.book, the_plan), "run-before-last"))


# -- blast radius -----------------------------------------------------------------------------------------------------


def limited(limits: str) -> tuple[Any, ...]:
    """The policies, one of them with those limits."""
    return policy(STANDARD.replace("ladder:", f"limits: {limits}\nladder:")), policy(WATCH)


@pytest.mark.parametrize(("limit", "fine"), [(2, False), (3, True), (4, True)])
def test_no_more_customers_than_the_policy_allows(limit: int, *, fine: bool) -> None:
    """Three customers: a limit of two is exceeded, one of three is not."""
    made, of = books(3), limited(f"{{customers: {limit}}}")
    the_plan = planned(made.book, of=of)
    if fine:
        assert apply(made.book, the_plan, of, actor=ACTOR, now=NOW).exit is Exit.OK
        return
    found = refused(lambda: apply(made.book, the_plan, of, actor=ACTOR, now=NOW), "over-limit")
    assert "standard v1 acts on 3 customers, its limit is 2" in str(found) and count(made.book, "runs") == 0
    assert apply(made.book, the_plan, of, actor=ACTOR, now=NOW, approve=True).exit is Exit.OK


@pytest.mark.parametrize(("percent", "fine"), [("33.33", False), ("33.34", True), ("34", True)])
def test_no_larger_share_of_the_book_than_the_policy_allows(percent: str, *, fine: bool) -> None:
    """100.00 of 300.00 EUR is a third, just above 33.33 percent."""
    made = books().customer("C9").receivable("R9", "C9", due="2026-12-31", issued="2026-01-01", amount="200.00")
    of = limited(f"{{percent_of_book: {percent}}}")
    the_plan = planned(made.book, of=of)
    if fine:
        assert apply(made.book, the_plan, of, actor=ACTOR, now=NOW).exit is Exit.OK
        return
    found = refused(lambda: apply(made.book, the_plan, of, actor=ACTOR, now=NOW), "over-limit")
    assert "touches 100.00 of 300.00 EUR open, its limit is 33.33 %" in str(found)


def test_an_approved_run_that_was_cut_short_need_not_be_approved_again(tmp_path: Path) -> None:
    """The limit was settled when the run began."""
    book, of = in_file(books(3), tmp_path / "duly.db"), limited("{customers: 2}")
    the_plan = planned(book, of=of)

    def stop(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        apply(book, the_plan, of, actor=ACTOR, now=NOW, approve=True, progress=stop, at_once=1)
    assert apply(book, the_plan, of, actor=ACTOR, now=LATER).resumed


def test_what_waits_for_an_approval_is_not_done_without_one() -> None:
    """`--approve` is for limits and does not stand for it; tests/test_approvals.py has the rest."""
    made = books()
    value = json.loads(to_json(planned(made.book)))
    value["actions"][0]["approval"] = ["credit-manager"]
    waiting = resealed(planned(made.book), actions=value["actions"])
    refused(lambda: applied(made.book, waiting), "needs-approval")
    refused(lambda: applied(made.book, waiting, approve=True), "needs-approval")
