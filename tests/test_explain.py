"""Why: the story of a subject names its policy, rules and findings, what is done or withheld, and what would change it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import money
from engine.act.explain import Story, explain
from engine.act.plan import plan
from tests.books import Books, day, policy
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


# -- what it says is so: tried out in the book ------------------------------------------------------------------------------

ALERT = "then: [alert: {to: somebody, severity: low}]"


def alarm(condition: str, *, top: str = "") -> str:
    """A policy with one rule and no ladder."""
    return trade(top=top, rules=[f"{{id: r, when: {condition}, {ALERT}}}"], levels=())


def told(books: Books, as_of: str, *texts: str, receivable: str | None = "R1") -> dict[str, str]:
    """What would change it for the one subject that the policies have."""
    policies = [policy(text) for text in texts]
    stories = explain(books.book, policies, 1, as_of=as_of, receivable=receivable)
    (story,) = [story for story in stories if story.policy]
    return {way.what: way.then for way in story.ways}


def with_terms() -> Books:
    """C1 has nine days' terms."""
    return Books().customer("C1", terms_days=9).receivable("R1", "C1", due=DUE, amount="10.00")


def soon_more() -> Books:
    """R2 of 5,000.00 falls due on the fifth day."""
    return one_customer().receivable("R2", "C1", due=day(DUE, 5), amount="5000.00")


def soon_more_posted() -> Books:
    """R2 is posted on the fifth day only, long overdue."""
    return one_customer().receivable("R2", "C1", due=DUE, posted=day(DUE, 5), amount="5000.00")


OWED = "{customer.overdue_amount: {at_least: 2000.00}}"
# The book, the policy, and after how many days from DUE something else happens; nothing before it.
TURNS: dict[str, tuple[Callable[[], Books], str, int]] = {
    "the terms are over": (with_terms, alarm("{days_past_due: {at_least: customer.terms_days}}"), 9),
    "another receivable falls due": (soon_more, alarm(OWED), 6),
    "another receivable is posted": (soon_more_posted, alarm(OWED), 5),
    "another receivable ages": (soon_more, alarm("{customer.overdue_31_60: {at_least: 5000.00}}"), 36),
    "a hold begins": (lambda: one_customer().hold("C1", since=day(DUE, 5)), trade(levels=one_level(0, "boundary: on")), 5),
    "a dispute begins": (lambda: one_customer().dispute("R1", opened=day(DUE, 6)), trade(levels=one_level(0, "boundary: on")), 6),
    "a dispute ends": (
        lambda: one_customer().dispute("R1", opened=DUE, reference="D").resolution("D", resolved=day(DUE, 7)),
        trade(levels=one_level(0, "boundary: on")),
        7,
    ),
    "a hold is lifted": (
        lambda: one_customer().hold("C1", since=DUE, reference="H").release("H", released=day(DUE, 8)),
        trade(levels=one_level(0, "boundary: on")),
        8,
    ),
    "the customer changes": (
        lambda: one_customer().version("C1", valid_from=day(DUE, 4), segment="sme"),
        alarm("{customer.segment: sme}"),
        4,
    ),
    "cover begins": (
        lambda: one_customer().version("C1", valid_from=day(DUE, 4), segment="sme"),
        alarm("{days_past_due: {at_least: -90}}", top="subject: receivable, covers: {customer.segment: {missing: true}}"),
        4,
    ),
    "a year has passed": (
        lambda: one_customer().receivable("R9", "C1", due=day(DUE, -300), issued=day(DUE, -300), amount="1.00"),
        alarm("{customer.sales_12m: {less_than: 1001.00}}"),
        65,
    ),
    "the rate of tomorrow": (
        lambda: (
            Books().customer("C1").rate("2026-01-01", "EUR", "USD", "2").rate(day(DUE, 3), "EUR", "USD", "1")
            .receivable("R1", "C1", due=DUE, amount="100.00", currency="USD")
        ),
        alarm("{open_amount: {at_least: 100.00}}"),
        3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TURNS)
def test_the_day_that_is_named_is_the_first_one(tmp_path: Path, what: str) -> None:
    """Planned day by day: until the day before it is as today, and on that day it is not."""
    build, text, days = TURNS[what]
    books = build()
    diary = Diary(books, tmp_path, text)
    (named,) = [way for way in told(books, DUE, text) if way.startswith("wait")]
    assert named == f"wait until {day(DUE, days)}"
    seen = [[line for line in diary.saw(day(DUE, n)) if "R1" in line] for n in range(days + 1)]
    assert all(lines == seen[0] for lines in seen[:-1])
    assert seen[-1] != seen[0]


def test_a_customer_waits_for_its_next_receivable() -> None:
    """A policy about customers: more than 2,000.00 are overdue from the sixth day on."""
    found = told(soon_more(), DUE, alarm(OWED, top=OF_CUSTOMER), receivable=None)
    assert found == {f"wait until {day(DUE, 6)}": "alert (rule r)"}


def limited(**more: str) -> Books:
    """C1 has a limit of 2,000.00 and owes 1,000.00 and 900.00."""
    books = Books().customer("C1", limit="2000.00").contact("C1", email="a@example.com")
    books.receivable("R1", "C1", due=DUE, amount="1000.00", **more)
    return books.receivable("R2", "C1", due=DUE, amount="900.00")


def in_yen(rate: str) -> Callable[[], Books]:
    """R1 is owed in yen, 1 EUR costs so many."""
    return lambda: (
        Books().customer("C1").contact("C1", email="a@example.com").rate("2026-01-01", "EUR", "JPY", rate)
        .receivable("R1", "C1", due=DUE, amount="160000", currency="JPY")
    )  # fmt: skip


LARGE = trade(levels=one_level(3, "when: {open_amount: {at_least: 600.00}}"))
# The book, the policy and the payment that is just enough, in the currency of R1.
PAYMENTS: dict[str, tuple[Callable[[], Books], str, str]] = {
    "a bound on the amount": (one_customer, LARGE, "400.01 EUR"),
    "a tolerance": (one_customer, trade("tolerance: 5.00"), "995.01 EUR"),
    "in yen": (in_yen("160"), LARGE, "64,001 JPY"),
    "in yen at an odd rate": (in_yen("163.27"), LARGE, "62,039 JPY"),
    "in dinars of three places": (
        lambda: (
            Books().customer("C1").contact("C1", email="a@example.com").rate("2026-01-01", "KWD", "EUR", "3.0517")
            .receivable("R1", "C1", due=DUE, amount="1000.000", currency="KWD")
        ),
        LARGE,
        "803.390 KWD",
    ),
    "how much of the limit is used": (limited, alarm("{customer.utilisation: {at_least: 90}}"), "100.11 EUR"),
    "how much is left of the limit": (limited, alarm("{customer.headroom: {less_than: 300.00}}"), "200.00 EUR"),
    "how much was paid": (one_customer, alarm("{paid_share: {less_than: 50}}"), "499.95 EUR"),
    "the largest receivable": (limited, alarm("{customer.largest_receivable: {more_than: 950.00}}"), "50.00 EUR"),
    "all that is overdue": (limited, alarm("{customer.overdue_amount: {at_least: 1500.00}}"), "400.01 EUR"),
}  # fmt: skip


@pytest.mark.parametrize("what", PAYMENTS)
def test_the_payment_that_is_named_is_just_enough(what: str) -> None:
    """Put into the book it changes what is done; one minor unit less does not."""
    build, text, enough = PAYMENTS[what]
    today = done(build(), text)
    assert today
    assert next(way for way in told(build(), day(DUE, 3), text) if way.startswith("pay")) == f"pay {enough}"
    number, currency = enough.replace(",", "").split()
    least = money.parse(number, currency)
    for paid, same in ((least - 1, True), (least, False)):
        books = build().payment("P1", "C1", received=day(DUE, 3), amount=plain(paid, currency), currency=currency, to="R1")
        assert (done(books, text) == today) == same, paid


def plain(minor: int, currency: str) -> str:
    """An amount as a file has it."""
    return money.written(minor, currency).replace(",", "")


def done(books: Books, text: str) -> list[str]:
    """What is done about R1 on the third day, by rule."""
    the_plan = plan(books.book, [policy(text)], as_of=day(DUE, 3))
    return [line.rule for action in the_plan.actions for line in action.lines if line.receivable == "R1"]


def test_paying_what_does_not_count_is_not_offered() -> None:
    """R1 is not due yet: paying a part of it makes nothing less overdue, only paying all ends its story."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, -30), amount="1000.00")
    found = told(books, DUE, alarm("{customer.overdue_amount: {at_least: 600.00}}"))
    assert found == {"pay 1,000.00 EUR": "it is paid: nothing is called for"}


def test_paying_does_not_help_against_orders() -> None:
    """What exceeds the limit is an order: with all paid the rule is called for still, so paying is no way out."""
    books = Books().customer("C1").order("O1", "C1", ordered=DUE, amount="5000.00")
    books.receivable("R1", "C1", due=DUE, amount="100.00")
    found = told(books, day(DUE, 3), alarm("{customer.exposure: {more_than: 1000.00}}", top=OF_CUSTOMER), receivable=None)
    assert found == {}


def test_a_customer_pays_the_oldest_first() -> None:
    """600.01 of R1 and R2 are enough; 1,900.00 pay it all."""
    text = alarm("{customer.overdue_amount: {at_least: 1300.00}}", top=OF_CUSTOMER)
    found = told(limited(), day(DUE, 3), text, receivable=None)
    assert found == {
        "pay 600.01 EUR": "nothing is called for",
        "pay 1,900.00 EUR": "it is paid: nothing is called for",
    }


def test_what_no_policy_covers_is_of_today(tmp_path: Path) -> None:
    """R2 is posted next week only: looking ahead to that day does not make it a receivable of today."""
    books = one_customer().receivable("R2", "C1", due=DUE, posted=day(DUE, 5), amount="5.00", kind="debit_note")
    diary = Diary(books, tmp_path, trade(top="subject: receivable, covers: {kind: invoice}"))
    assert [story.receivable for story in stories(diary, DUE)] == ["R1"]


def test_trying_out_leaves_the_book_alone() -> None:
    """No row is written, and what is tried out for one is gone for the next."""
    books = limited()
    rows = books.rows
    text = alarm("{customer.utilisation: {at_least: 90}}")
    assert told(books, day(DUE, 3), text) == told(books, day(DUE, 3), text)
    assert books.rows == rows
    assert done(books, text) == ["rule r"]
