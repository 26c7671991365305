"""The book lived through again: the same as if the days had come and gone, with nothing known before its day.

Know before changing: the oracle is tests/diary.py, where every day goes through preview, apply and delivery as at the desk.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.act import apply, outbox
from engine.act.plan import plan
from engine.act.values import Plan, as_value
from engine.backtest.backtest import Backtest, backtest, deciding
from engine.backtest.cleared import cleared
from engine.backtest.days import Knowledge, days, knowledge, lived
from engine.backtest.scratch import cut
from engine.backtest.tally import median
from engine.book.copies import in_memory
from engine.book.store import Book
from engine.errors import Refusal
from engine.policy.model import Policy
from engine.report import backtests
from engine.report.page import html
from tests import acts
from tests.books import Books, day, policy
from tests.diary import TEMPLATES, Diary, said
from tests.files import dump
from tests.strategies import Drawn, books
from tests.test_law import law
from tests.test_no_look_ahead import cut as cut_rows
from tests.test_no_look_ahead import references, written

FEE = "        - late_fee: {amount: 40.00, once_per: receivable}\n"
# Named as the books of strategies assign them.
LETTERS = acts.STANDARD.replace("policy: standard", "policy: p1").replace(FEE, "")
WATCH = acts.WATCH.replace("policy: watch", "policy: p2")
CREDIT = (
    (Path(__file__).parent / "good" / "sample-credit" / "v1.yaml")
    .read_text(encoding="utf-8")
    .replace("policy: sample-credit", "policy: p3")
    .replace("effective_from: 2026-01-01", "effective_from: 2000-01-01")
)
FOUR = """
policy: four
kind: dunning
version: 1
effective_from: 2026-06-01
summary: A letter on day 4, and on day 9 a fee.
currency: EUR
subject: receivable
ladder:
  levels:
    - {level: 1, name: reminder, after_days: 4, then: [notice: {channel: email, template: friendly-reminder}]}
    - level: 2
      name: fee
      after_days: 9
      then: [notice: {channel: email, template: formal-reminder}, late_fee: {amount: 40.00, once_per: receivable}]
"""


# Every message of a run by hand goes out; what lay there before stays as it is.
_DELIVERED = """INSERT INTO deliveries (outbox_id, attempted_at, status, transport, detail)
  SELECT id, :at, 'sent', 'test', '' FROM outbox WHERE run_id > :run AND id NOT IN (SELECT outbox_id FROM deliveries)"""


def plans(
    book: Book, policies: tuple[Policy, ...], since: str, until: str, known: Knowledge | None = None
) -> list[Plan]:
    """Every day's plan of a backtest."""
    scratch = cut(in_memory(book), since)
    return list(lived(scratch, lambda _: policies, days(since, until), known or knowledge(book)))


def shown(of: Plan) -> dict[str, Any]:
    """A plan without what says how it came about: its id, what was known, the numbers and the state of rows."""
    value = {name: part for name, part in as_value(of).items() if name not in ("id", "known_at", "stands_on")}
    for action in value["actions"]:
        for line in action["lines"]:
            del line["digest"]
    return value


def run(
    found: Books,
    new: str = FOUR,
    old: str | None = None,
    *others: str,
    since: str,
    until: str,
    today: str = "2027-01-01",
) -> Backtest:
    """A backtest of policy texts."""
    against = policy(old) if old else None
    return backtest(
        found.book, policy(new), against, [policy(one) for one in others], since=since, until=until, today=today
    )


def owing(number: str = "R", *, due: str = "2026-02-01", paid: str | None = None, found: Books | None = None) -> Books:
    """A customer who can be written to, with a receivable of 100.00 EUR that is paid on a day."""
    found = found or Books().customer("C").contact("C", email="c@example.com")
    found.receivable(number, "C", due=due, amount="100.00", issued=day(due, -20))
    return found.payment(f"P-{number}", "C", received=paid, amount="100.00", to=number) if paid else found


@law(12)
@given(books(), st.sampled_from((-20, -3, 0)))
def test_a_backtest_is_what_preview_apply_and_delivery_come_to_day_by_day(drawn: Drawn, shift: int) -> None:
    """Policies with letters, tasks, alerts, hand-overs, holds, ratings, limits and reviews over random books; a week of them."""
    policies = policy(LETTERS), policy(WATCH), replace(policy(CREDIT), approvals=())
    since = day(drawn.as_of, shift)
    of = days(since, day(since, 6))
    hand = cut(in_memory(drawn.books.book), since).book
    (last,) = hand.execute("SELECT COALESCE(MAX(id), 0) FROM runs").fetchone()
    for table in drawn.books.rows:
        # What was recorded after the last of the days was not there for anybody to see.
        stamp = "attempted_at" if table == "deliveries" else "recorded_at"
        if stamp in hand[table].columns_dict:
            hand.execute(f"DELETE FROM {table} WHERE {stamp} > :last", {"last": f"{of[-1]}T23:59:59Z"})
    for one, found in zip(of, plans(drawn.books.book, policies, of[0], of[-1]), strict=True):
        made = plan(hand, policies, as_of=one)
        assert shown(found) == shown(made)
        if made.actions:
            apply.apply(hand, made, policies, actor="test", now=f"{one}T09:00:00Z", approve=True)
        hand.execute(_DELIVERED, {"run": last, "at": f"{one}T10:00:00Z"})


@law(25)
@given(books(), st.sampled_from((-30, -3, 0)), st.booleans())
def test_nothing_is_known_before_its_day(drawn: Drawn, shift: int, kept: bool) -> None:
    """Days up to a date come out alike from the whole book and from the book as it was on that date, kept then or only later."""
    policies = policy(LETTERS), policy(WATCH), policy(CREDIT)
    last = day(drawn.as_of, shift)
    then = written(cut_rows(drawn.books.rows, references(drawn.books.book), last), last)
    known = Knowledge("2020-01-01" if kept else "2027-01-01")
    whole, part = (plans(one.book, policies, day(last, -5), last, known) for one in (drawn.books, then))
    assert list(map(shown, whole)) == list(map(shown, part))


def test_days_that_were_lived_come_out_as_they_were(tmp_path: Path) -> None:
    """A book with runs in the time: what they did is cut, fees and what was paid on them too, and all of it comes again."""
    diary = Diary(acts.books(3), tmp_path, acts.STANDARD, acts.WATCH)
    diary.books.receivable("R9", "C0001", due="2026-02-20", amount="70.00")
    seen = []
    for one in days("2026-02-10", "2026-03-12"):
        if one == "2026-03-02":
            found = diary.books.at(f"{one}T06:00:00Z").payment(
                "P1", "C0001", received=one, amount="140.00", to={"R0001": "100.00"}
            )
            found.payment("P2", "C0002", received=one, amount="140.00", to={"R0002": "100.00"})
            book = diary.books.book
            for number in ("1", "2"):
                fee = book.execute(f"SELECT id FROM receivables WHERE number = 'FEE-R000{number}-1'").fetchone()[0]
                payment = book.execute(f"SELECT id FROM payments WHERE number = 'P{number}'").fetchone()[0]
                found._insert("allocations", {"receivable_id": fee, "payment_id": payment, "date": one, "amount": 4000})
        seen.append(diary.lived(one))
    again = plans(diary.books.book, tuple(diary.policies), "2026-02-10", "2026-03-12", Knowledge("2020-01-01"))
    assert list(map(said, again)) == seen
    assert any("late_fee" in line for lines in seen for line in lines)
    assert any("release_credit_hold" in line for lines in seen for line in lines)
    later = plans(diary.books.book, tuple(diary.policies), "2026-02-20", "2026-03-12", Knowledge("2020-01-01"))
    assert list(map(said, later)) == seen[10:]


def test_the_book_is_as_it_was() -> None:
    """Nothing of the scratch copy gets back into the book."""
    found = owing(paid="2026-02-20")
    before = dump(found.book)
    run(found, since="2026-01-01", until="2026-03-01")
    assert dump(found.book) == before


def test_what_was_recorded_late_counts_from_then_on() -> None:
    """A payment of the 4th that was entered on the 8th: nobody knew on the 5th that no letter was needed."""
    found = Books(recorded="2026-01-01T08:00:00Z").customer("C").contact("C", email="c@example.com")
    found.receivable("R", "C", due="2026-02-01", amount="100.00")
    found.at("2026-02-08T08:00:00Z").payment("P", "C", received="2026-02-04", amount="100.00", to="R")
    known = plans(found.book, (policy(FOUR),), "2026-02-04", "2026-02-09")
    assert [len(one.actions) for one in known] == [0, 1, 0, 0, 0, 0]
    before_it_was_kept = plans(found.book, (policy(FOUR),), "2026-02-04", "2026-02-09", Knowledge("2026-03-01"))
    assert [len(one.actions) for one in before_it_was_kept] == [0] * 6


def test_a_version_of_a_customer_that_came_later_is_not_carried_on() -> None:
    """A limit set on a day keeps the terms that were known on that day."""
    found = Books(recorded="2026-01-01T08:00:00Z").customer("C", terms_days=30)
    found.receivable("R", "C", due="2026-02-01", amount="100.00")
    found.at("2026-03-01T08:00:00Z").version("C", valid_from="2026-01-02", terms_days=7)
    text = """
    policy: limits
    kind: credit
    version: 1
    effective_from: 2026-01-01
    summary: A limit for everybody.
    currency: EUR
    scorecard:
      base: 1
      characteristics: [{id: age, fact: customer.relationship_days, bands: [{below: 9, points: 0}, {from: 9, points: 1}]}]
    ratings: {bands: [{rating: A, from: 1}, {rating: B, below: 1}]}
    limit: {rules: [{id: small, amount: 500.00}]}
    """
    scratch = cut(in_memory(found.book), "2026-02-01")
    list(lived(scratch, lambda _: [policy(text)], ("2026-02-01",), knowledge(found.book)))
    made = scratch.book.execute("SELECT terms_days, credit_limit FROM customer_versions WHERE effect_id IS NOT NULL")
    assert {terms for terms, _ in made} == {30}


def test_a_hold_that_a_person_released_later_is_released_on_that_day() -> None:
    """Set by a policy before the days, released by somebody in the middle of them."""
    found = owing().effect("credit_hold", "C", as_of="2026-02-02", policy="watch")
    hold = found.book.execute("SELECT id FROM holds").fetchone()[0]
    found._insert("hold_releases", {"hold_id": hold, "released": "2026-02-06", "actor": "anna"})
    scratch = cut(in_memory(found.book), "2026-02-04")
    held = []
    rule = acts.WATCH.replace("at_least: 50.00", "at_least: 5000.00").replace("less_than: 50.00", "less_than: 5.00")
    for one in lived(scratch, lambda _: [policy(rule)], days("2026-02-04", "2026-02-08"), Knowledge("2027-01-01")):
        held.append((one.as_of, scratch.book.execute("SELECT COUNT(*) FROM hold_releases").fetchone()[0]))
    assert held == [("2026-02-04", 0), ("2026-02-05", 0), ("2026-02-06", 1), ("2026-02-07", 1), ("2026-02-08", 1)]


@pytest.mark.parametrize(("paid", "anyway"), [("2026-02-06", 1), ("2026-02-08", 1), ("2026-02-09", 0), (None, 0)])
def test_a_reminder_was_not_needed_where_all_was_paid_within_three_days(paid: str | None, anyway: int) -> None:
    """The letter goes out on the 5th: the 8th is the third day, the 9th the fourth."""
    found = owing(paid=paid)
    owing("LATE", due="2026-03-01", found=found)
    told = run(found, since="2026-02-01", until="2026-02-08").new
    assert (told.reminders, told.anyway.judged, told.anyway.paid) == (1, 1, anyway)


def test_part_of_the_money_is_not_all_of_it_and_what_bounced_was_there() -> None:
    """99.99 is not paid in full; a payment that bounced later had come."""
    found = owing().payment("P", "C", received="2026-02-06", amount="99.99", to="R")
    assert cleared(found.book).anyway(1, "2026-02-05") is None
    owing("LATE", due="2026-03-01", found=found)
    assert cleared(found.book).anyway(1, "2026-02-05") is False
    found.payment("Q", "C", received="2026-02-07", amount="0.01", to="R")
    found.bounce("Q>R", date="2026-02-20")
    assert cleared(found.book).anyway(1, "2026-02-05") is True


def test_what_the_book_does_not_tell_is_not_counted_as_unpaid() -> None:
    """The book ends on the 7th: of a letter of the 5th nobody can say whether it was paid by the 8th."""
    found = owing()
    found.payment("X", "C", received="2026-02-07", amount="1.00")
    told = run(found, since="2026-02-01", until="2026-02-08")
    assert (told.new.reminders, told.new.anyway.judged) == (1, 0)
    said = backtests.text(told, width=400, colour=False)
    assert "Of 1 reminder under four v1 the book tells of 0 whether they were paid" in said
    assert "The book tells of nothing after 2026-02-07: from then on nobody pays here" in backtests.page(told).lead[1]
    assert "tells of nothing" not in backtests.text(run(found, since="2026-02-01", until="2026-02-07"), width=400, colour=False)


def test_the_figures_of_a_small_book() -> None:
    """Two receivables: one gets a letter and is paid, one climbs to the fee and beyond; the fee is paid with it."""
    found = owing("R1", due="2026-02-01", paid="2026-02-07")
    owing("R2", due="2026-02-03", paid="2026-02-15", found=found)
    owing("LATE", due="2026-04-01", found=found)
    told = run(found, since="2026-02-01", until="2026-03-31").new
    assert [(one.level, one.count, one.reminders, one.median_days) for one in told.per_step] == [
        (1, 2, 2, 4),
        (2, 1, 1, 9),
    ]
    assert [(one.level, one.last, one.subjects, one.median_days) for one in told.reached] == [
        (1, False, 2, 4),
        (2, True, 1, 9),
    ]
    assert [(one.currency, one.count, one.amount) for one in told.fees] == [("EUR", 1, 4000)]
    assert (told.notices, told.contacts.customers, told.contacts.contacted, told.contacts.contacts) == (3, 1, 1, 3)
    assert told.contacts.mean_tenths == 30 and dict(told.contacts.spread)["2-3"] == 1
    assert (told.anyway.judged, told.anyway.paid, told.anyway.hundredths) == (3, 2, 6667)
    assert [(one.label, one.notices, one.fees) for one in told.periods] == [
        ("2026-02-01", ((1, 2),), ()),
        ("2026-02-08", ((2, 1),), (("EUR", 1, 4000),)),
        *((day("2026-02-01", 7 * number), (), ()) for number in range(2, 9)),
    ]


@pytest.mark.parametrize(
    ("until", "period", "labels"),
    [
        ("2026-01-21", "day", 21),
        ("2026-01-22", "week", 4),
        ("2026-04-02", "week", 14),
        ("2026-04-03", "month", 4),
    ],
)
def test_a_long_time_is_told_by_the_month_a_short_one_by_the_day(until: str, period: str, labels: int) -> None:
    """Ninety-two days are a quarter, twenty-one three weeks."""
    told = run(owing(), since="2026-01-01", until=until)
    assert (told.period, len(told.new.periods)) == (period, labels)


def test_new_takes_the_place_of_old_and_of_itself_whatever_the_date() -> None:
    """Both decide all the time; the third decides beside both from its own day on."""
    found = owing(paid="2026-03-20")
    earlier = FOUR.replace("policy: four", "policy: two").replace("after_days: 4", "after_days: 2")
    third = acts.WATCH
    told = run(found, FOUR, earlier, FOUR, earlier, third, since="2026-02-01", until="2026-02-10")
    assert told.old and [one.label for one in told.sides] == ["two v1", "four v1"]
    assert told.beside == ("watch v1",)
    assert {one.policy for one in told.old.per_step} == {"two"} and {one.policy for one in told.new.per_step} == {
        "four"
    }
    assert [one.median_days for one in told.old.reached] == [2, 9]
    assert [one.median_days for one in told.new.reached] == [4, 9]
    assert {one.policy for side in told.sides for one in side.done} == {"watch"}


def test_two_texts_of_one_version_are_told_apart() -> None:
    """A draft that still has the number of the version it is to follow."""
    old, new = policy(FOUR), replace(policy(FOUR), file="draft.yaml")
    told = backtest(owing().book, new, old, [], since="2026-02-01", until="2026-02-10", today="2027-01-01")
    assert [one.label for one in told.sides] == ["four v1 (old)", "four v1 (new)"]


def test_a_policy_beside_decides_as_it_was_in_force() -> None:
    """The other policies keep their dates."""
    versions = [policy(acts.WATCH.replace("2000-01-01", "2026-02-05"))]
    in_force = deciding(versions, frozenset({"four"}), policy(FOUR))
    assert [one.name for one in in_force("2026-02-04")] == ["four"]
    assert [one.name for one in in_force("2026-02-05")] == ["watch", "four"]


@pytest.mark.parametrize(
    ("since", "until", "what"),
    [
        ("2026-03-01", "2026-02-28", "bad-range: the first day, 2026-03-01, comes after the last, 2026-02-28"),
        ("2026-03-01", "2026-06-01", "bad-range: 2026-06-01 is not over yet; end on a day before 2026-06-01"),
        ("2020-01-01", "2026-03-01", "bad-range: 2,252 days are too many at once; name 1,100 at most"),
    ],
)
def test_days_that_cannot_be_lived_through_are_refused(since: str, until: str, what: str) -> None:
    """One clear line."""
    with pytest.raises(Refusal) as refused:
        run(owing(), since=since, until=until, today="2026-06-01")
    (problem,) = refused.value.problems
    assert what in str(problem)


def test_an_empty_book_is_refused() -> None:
    """There is nothing to live through."""
    with pytest.raises(Refusal) as refused:
        run(Books().customer("C"), since="2026-01-01", until="2026-01-31")
    assert [problem.code for problem in refused.value.problems] == ["empty-book"]


def test_days_on_which_nothing_was_open_are_told_as_such() -> None:
    """Zeros, not an error; and a page without charts."""
    told = run(owing(), since="2025-01-01", until="2025-01-31")
    assert (told.new.notices, told.new.contacts.customers) == (0, 0)
    assert "There is nothing to draw" in html(backtests.page(told))


def test_every_form_says_that_nobody_reacts() -> None:
    """Text, page and JSON."""
    told = run(
        owing(paid="2026-02-20"),
        FOUR,
        FOUR.replace("after_days: 4", "after_days: 3"),
        since="2026-02-01",
        until="2026-03-01",
    )
    assert "Customers' reaction is not modelled" in backtests.text(told, width=100, colour=False)
    assert "Customers&#39; reaction is not modelled" in html(backtests.page(told))
    assert backtests.plain(told)["notes"][0] == backtests.UNMODELLED


def test_the_median_is_the_lower_of_two_in_the_middle() -> None:
    """Of none there is none."""
    assert [median(of) for of in ([], [3], [1, 2], [5, 1, 9], [4, 1, 3, 2])] == [None, 3, 1, 5, 2]


def test_delivery_is_what_the_outbox_would_do(tmp_path: Path) -> None:
    """Every message of the day is sent: the next level may come, as after `duly deliver`."""
    found = owing()
    made = plans(found.book, (policy(FOUR),), "2026-02-01", "2026-02-12")
    diary = Diary(owing(), tmp_path, FOUR.replace("2026-06-01", "2026-01-01"))
    assert [said(one) for one in made] == list(diary.days(*days("2026-02-01", "2026-02-12")))
    assert outbox.deliver(diary.books.book, tmp_path, TEMPLATES, now="2026-02-12T12:00:00Z").failed == ()


def test_a_fee_that_is_cut_takes_along_what_was_paid_and_said_of_it() -> None:
    """Of a payment of 140.00 for a receivable and its fee 100.00 stay; one for the fee alone goes, and so does its dispute."""
    found = owing().effect("late_fee", "C", "R", as_of="2026-02-10", reference="fee")
    effect = found.book.execute("SELECT MAX(id) FROM effects").fetchone()[0]
    found.receivable(
        "FEE", "C", due="2026-02-10", issued="2026-02-10", amount="40.00", kind="fee", principal="R", effect_id=effect
    )
    found.payment("P", "C", received="2026-02-20", amount="130.00", to={"R": "100.00", "FEE": "30.00"})
    found.payment("Q", "C", received="2026-02-21", amount="10.00", to="FEE").dispute("FEE", opened="2026-02-15")
    kept = cut(in_memory(found.book), "2026-02-11").book
    gone = cut(in_memory(found.book), "2026-02-10").book
    query = (
        "SELECT (SELECT COUNT(*) FROM receivables), (SELECT COUNT(*) FROM allocations), (SELECT COUNT(*) FROM disputes)"
    )
    assert kept.execute(query).fetchone() == (2, 3, 1)
    assert gone.execute(query).fetchone() == (1, 1, 0)
    assert gone.execute("SELECT number, amount FROM payments").fetchall() == [("P", 10000)]
    assert gone.execute("SELECT COUNT(*) FROM effects").fetchone() == (0,)


def test_the_last_day_of_the_book_can_still_tell() -> None:
    """The book ends on the 8th: of a letter of the 5th it is known, of one of the 6th it is not."""
    found = owing()
    found.payment("X", "C", received="2026-02-08", amount="1.00")
    assert [cleared(found.book).anyway(1, one) for one in ("2026-02-05", "2026-02-06")] == [False, None]


def test_that_nobody_looks_is_said_where_it_is_read_first() -> None:
    """A policy that covers nobody sends nothing: the page says why above its figures."""
    nobody = FOUR.replace("ladder:", "covers: {customer.segment: nobody}\nladder:", 1)
    told = run(owing(), nobody, since="2026-02-01", until="2026-02-10")
    said = "Under four v1 no policy covers up to 1 open receivable on a day, so nobody is chased for them."
    assert said in backtests.page(told).lead
    assert said in backtests.text(told, width=200, colour=False)
    assert told.new.notices == 0
