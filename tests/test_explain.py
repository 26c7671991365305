"""Why: the story of a subject names its policy, rules and findings, what is done or withheld, and what would change it."""

from pathlib import Path

import pytest

from engine.act.explain import Story, explain
from tests.books import Books, day
from tests.diary import Diary
from tests.test_stories import DUE, HOLDING, OF_CUSTOMER, STEPS, one_customer, one_level, trade


def stories(diary: Diary, as_of: str, *, receivable: str | None = None) -> tuple[Story, ...]:
    """The stories of C1; the book is as before."""
    before = diary.books.rows
    told = explain(diary.books.book, diary.policies, 1, as_of=as_of, receivable=receivable)
    assert diary.books.rows == before
    return told


def ways(diary: Diary, as_of: str) -> dict[str, str]:
    """What would change the outcome for R1, and to what."""
    (story,) = stories(diary, as_of, receivable="R1")
    return {way.what: way.then for way in story.ways}


def test_a_receivable_is_explained(tmp_path: Path) -> None:
    """Five days late: the first level fired, its one finding with what is asked, what is and where; a letter goes out."""
    (story,) = stories(Diary(one_customer(), tmp_path, trade()), day(DUE, 5))
    assert (story.subject, story.customer, story.receivable) == ("receivable", "C1", "R1")
    assert (story.policy, story.version) == ("trade", 1)
    (level,) = [rule for rule in story.rules if rule.name == "level 1"]
    (fact,) = level.findings
    assert (level.fired, fact.asked, fact.actual, fact.holds) == (True, "days_past_due at_least 3", "5", True)
    assert fact.place.startswith("v1.yaml:")
    assert [action.kind for action in story.actions] == ["notice"]
    assert dict(story.facts)["open_amount"] == "1,000.00 EUR"


def test_what_nearly_fired_is_told_with_what_stood_in_its_way(tmp_path: Path) -> None:
    """The second level is told on day 5 already: 10 days are asked, 5 are."""
    (story,) = stories(Diary(one_customer(), tmp_path, trade()), day(DUE, 5))
    told = {rule.name: (rule.fired, [(fact.actual, fact.holds) for fact in rule.findings]) for rule in story.rules}
    assert told["level 2"] == (False, [("5", False)])


def test_all_of_a_customer(tmp_path: Path) -> None:
    """Every open receivable, those that no policy covers last; what is paid is no story any more."""
    books = one_customer().receivable("R2", "C1", due=DUE, amount="5.00", kind="debit_note")
    books.receivable("R3", "C1", due=DUE, amount="7.00").payment("P1", "C1", received=DUE, amount="7.00", to="R3")
    books.customer("C2").receivable("R4", "C2", due=DUE, amount="9.00")
    diary = Diary(books, tmp_path, trade(top="subject: receivable, covers: {kind: invoice}"))
    assert [(story.receivable, story.policy) for story in stories(diary, day(DUE, 5))] == [("R1", "trade"), ("R2", None)]
    (story,) = stories(diary, day(DUE, 5), receivable="R2")
    assert (story.rules, story.actions, story.ways) == ((), (), ())
    assert stories(diary, day(DUE, 5), receivable="R3") == ()


def test_a_customer_as_a_whole(tmp_path: Path) -> None:
    """A policy about customers tells one story of C1."""
    diary = Diary(one_customer(), tmp_path, trade(top=OF_CUSTOMER, rules=HOLDING, levels=()))
    (story, uncovered) = stories(diary, day(DUE, 30))
    assert (story.subject, story.receivable, story.actions[0].kind) == ("customer", None, "credit_hold")
    assert uncovered.policy is None


def test_it_is_the_plan_that_is_explained(tmp_path: Path) -> None:
    """The same actions and withheld ones as the preview of the whole book has."""
    books = one_customer().dispute("R1", opened=DUE).receivable("R2", "C1", due=DUE, amount="5.00")
    books.customer("C2").contact("C2", email="b@example.com").receivable("R4", "C2", due=DUE, amount="9.00")
    diary = Diary(books, tmp_path, trade())
    the_plan, told = diary.preview(day(DUE, 5)), stories(diary, day(DUE, 5))
    assert [story.withheld for story in told if story.receivable == "R1"] == [the_plan.withheld]
    (notice,) = [action for story in told if story.receivable == "R2" for action in story.actions]
    (same,) = [action for action in the_plan.actions if action.customer == "C1"]
    assert (notice.address, notice.amount, notice.items) == (same.address, same.amount, same.items)


# -- what would change it ---------------------------------------------------------------------------------------------------


def test_waiting_for_the_next_level(tmp_path: Path) -> None:
    """On day 4, after the first letter: nothing until day 10."""
    diary = Diary(one_customer(), tmp_path, trade())
    diary.lived(day(DUE, 3))
    assert ways(diary, day(DUE, 4)) == {f"wait until {day(DUE, 10)}": "notice (level 2)"}


@pytest.mark.parametrize("until", range(4, 20))
def test_waiting_until_a_promise_is_broken(tmp_path: Path, until: int) -> None:
    """To the day: the day after the promised one and its two days of grace."""
    promised = day(DUE, until)
    books = one_customer().promise("C1", made=DUE, promised=promised, grace_days=2, amount="1000.00", receivable="R1")
    assert ways(Diary(books, tmp_path, trade()), day(DUE, 3)) == {f"wait until {day(DUE, until + 3)}": "notice (level 1)"}


@pytest.mark.parametrize("until", range(4, 20))
def test_waiting_until_a_hold_ends(tmp_path: Path, until: int) -> None:
    """To the day: the day after its last one."""
    books = one_customer().hold("C1", since=DUE, until=day(DUE, until))
    assert ways(Diary(books, tmp_path, trade()), day(DUE, 3)) == {f"wait until {day(DUE, until + 1)}": "notice (level 1)"}


def test_a_hold_without_an_end_is_not_waited_for(tmp_path: Path) -> None:
    """Only a person ends it."""
    assert ways(Diary(one_customer().hold("C1", since=DUE), tmp_path, trade()), day(DUE, 3)) == {}


def test_waiting_for_the_end_of_the_month(tmp_path: Path) -> None:
    """15 days after 1 March, and then to its last day."""
    diary = Diary(one_customer(), tmp_path, trade(levels=one_level(15, "month_end: true")))
    assert ways(diary, DUE) == {"wait until 2026-03-31": "notice (level 1)"}


def test_paying_just_enough(tmp_path: Path) -> None:
    """The first letter is for 600.00 and more: 400.01 are enough to have none, and so is all of it."""
    levels = [STEPS[0].replace("then:", "when: {open_amount: {at_least: 600.00}}, then:")]
    found = ways(Diary(one_customer(), tmp_path, trade(levels=levels)), day(DUE, 3))
    assert found == {"pay 400.01 EUR": "nothing is called for", "pay 1,000.00 EUR": "it is paid: nothing is called for"}


def test_paying_just_enough_is_tried_out(tmp_path: Path) -> None:
    """Whoever pays what the explanation says has what the explanation says; one cent less, and has not."""
    levels = [STEPS[0].replace("then:", "when: {open_amount: {at_least: 600.00}}, then:")]
    for paid, lines in (("400.00", ["notice C1: R1 0>1"]), ("400.01", [])):
        books = one_customer().payment("P1", "C1", received=DUE, amount=paid, to="R1")
        assert Diary(books, tmp_path, trade(levels=levels)).saw(day(DUE, 3)) == lines


def test_a_date_at_the_end_of_the_calendar(tmp_path: Path) -> None:
    """An ERP that writes 9999-12-31 where no due date is known: nothing ever falls due, and nothing breaks."""
    books = Books().customer("C1").contact("C1", email="a@example.com")
    books.receivable("R1", "C1", due="9999-12-31", issued=DUE, amount="10.00")
    assert ways(Diary(books, tmp_path, trade(levels=one_level(15, "month_end: true"))), DUE) == {}
