"""Stories of one customer, day by day, through preview, apply and delivery, in a real book.

Each is told as a controller would tell it to a colleague; the lines are those of tests/diary.py: what was done, then in
brackets what was withheld and why.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.act import apply
from engine.errors import Refusal
from tests.books import Books, day
from tests.diary import Diary, said

# Three notices, on the 3rd, the 10th and the 20th day.
STEPS = (
    "{level: 1, name: friendly, after_days: 3, then: [notice: {channel: email, template: friendly-reminder}]}",
    "{level: 2, name: formal, after_days: 10, then: [notice: {channel: email, template: formal-reminder, pay_within_days: 7}]}",
    "{level: 3, name: final, after_days: 20, then: [notice: {channel: email, template: final-notice, pay_within_days: 7}]}",
)
DUE = "2026-03-01"


def trade(
    ladder: str = "", *, top: str = "", rules: Sequence[str] = (), levels: Sequence[str] = STEPS, name: str = "trade"
) -> str:
    """A policy in EUR about receivables; `ladder` and `top` are more keys of the ladder and of the policy, in flow style."""
    return f"""{{
      policy: {name}, kind: dunning, version: 1, effective_from: 2020-01-01, summary: A test of the ladder., currency: EUR,
      {top or "subject: receivable"},
      {f"ladder: {{ {ladder + ',' if ladder else ''} levels: [{', '.join(levels)}] }}," if levels else ""}
      {f"rules: [{', '.join(rules)}]" if rules else ""}
    }}"""


def one_level(after_days: int, more: str) -> list[str]:
    """A ladder of one step, with more keys in flow style."""
    notice = "[notice: {channel: email, template: friendly-reminder}]"
    return [f"{{level: 1, name: one, after_days: {after_days}, {more}, then: {notice}}}"]


def with_fee(level: int, after_days: int, amount: str) -> str:
    """A level with a letter, payable within a week, and a fee."""
    notice = "{notice: {channel: email, template: friendly-reminder, pay_within_days: 7}}"
    fee = f"{{late_fee: {{amount: {amount}, once_per: receivable}}}}"
    return f"{{level: {level}, name: level {level}, after_days: {after_days}, then: [{notice}, {fee}]}}"


def one_customer(amount: str = "1000.00", **columns: str) -> Books:
    """C1, who can be written to, owes R1, due on 1 March."""
    return Books().customer("C1").contact("C1", email="ap@example.com").receivable("R1", "C1", due=DUE, amount=amount, **columns)


# -- the ladder -----------------------------------------------------------------------------------------------------------


def test_the_ladder_is_climbed_step_by_step(tmp_path: Path) -> None:
    """Nothing on day 2; day 3 the first letter, day 10 the second, day 20 the third; then silence for ever."""
    diary = Diary(one_customer(), tmp_path, trade())
    assert list(diary.days(*(day(DUE, n) for n in (0, 2, 3, 4, 9, 10, 11, 19, 20, 21, 300)))) == [
        [], [], ["notice C1: R1 0>1"], [], [], ["notice C1: R1 1>2"], [], [], ["notice C1: R1 2>3"], [], [],
    ]


def test_missed_days_are_not_lost(tmp_path: Path) -> None:
    """Nobody ran it for months: the ladder is climbed all the same, one step a run and no step left out."""
    diary = Diary(one_customer(), tmp_path, trade())
    assert list(diary.days("2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04")) == [
        ["notice C1: R1 0>1"], ["notice C1: R1 1>2"], ["notice C1: R1 2>3"], [],
    ]


def test_twice_on_a_day_does_nothing_twice(tmp_path: Path) -> None:
    """The first letter is enough for that day, whether or not the second is long due."""
    diary = Diary(one_customer(), tmp_path, trade("days_between_notices: 1"))
    assert diary.lived("2026-06-01") == ["notice C1: R1 0>1"]
    assert diary.lived("2026-06-01") == ["(notice R1: interval)"]


@pytest.mark.parametrize(("boundary", "first"), [("on", 3), ("after", 4)])
def test_whether_the_day_itself_counts(tmp_path: Path, boundary: str, first: int) -> None:
    """`on`: the 3rd day counts. `after`: it is the first one that does not."""
    diary = Diary(one_customer(), tmp_path, trade(f"boundary: {boundary}"))
    assert [diary.saw(day(DUE, n)) != [] for n in (first - 1, first, first + 1)] == [False, True, True]


def test_a_level_that_does_not_hold_waits(tmp_path: Path) -> None:
    """The second letter is for 500.00 and more; with 499.99 left the ladder stays at the first, and nothing is jumped."""
    levels = (STEPS[0], STEPS[1].replace("then:", "when: {open_amount: {at_least: 500.00}}, then:"), STEPS[2])
    books = one_customer()
    diary = Diary(books, tmp_path, trade(levels=levels))
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    books.payment("P1", "C1", received=day(DUE, 4), amount="500.01", to="R1")
    assert diary.lived(day(DUE, 10)) == []
    assert diary.lived(day(DUE, 30)) == []
    books.bounce("P1>R1", date=day(DUE, 31))
    assert diary.lived(day(DUE, 31)) == ["notice C1: R1 1>2"]


def test_the_most_severe_level_is_jumped_to_and_falls_back(tmp_path: Path) -> None:
    """Level 3 is for 800.00 and more. On day 30 it is reached at once; after a payment the level falls to 2, without a letter."""
    levels = (*STEPS[:2], STEPS[2].replace("then:", "when: {open_amount: {at_least: 800.00}}, then:"))
    books = one_customer()
    diary = Diary(books, tmp_path, trade("climb: most_severe", levels=levels))
    assert diary.lived(day(DUE, 30)) == ["notice C1: R1 0>3"]
    assert diary.lived(day(DUE, 31)) == []
    books.payment("P1", "C1", received=day(DUE, 32), amount="200.01", to="R1")
    assert diary.lived(day(DUE, 32)) == ["set_level C1: R1 3>2"]
    assert diary.lived(day(DUE, 33)) == []
    books.bounce("P1>R1", date=day(DUE, 34))
    assert diary.lived(day(DUE, 34)) == ["notice C1: R1 2>3"]


def test_the_last_level_is_repeated_as_often_as_the_policy_says(tmp_path: Path) -> None:
    """Every 14 days, at most twice: days 20, 34 and 48; on day 62 no more."""
    diary = Diary(one_customer(), tmp_path, trade("after_last: {repeat: {every_days: 14, at_most: 2}}"))
    seen = {n: lines for n, lines in ((n, diary.lived(day(DUE, n))) for n in (3, 10, 20, 33, 34, 47, 48, 62, 90)) if lines}
    assert seen == {
        3: ["notice C1: R1 0>1"],
        10: ["notice C1: R1 1>2"],
        20: ["notice C1: R1 2>3"],
        34: ["notice C1: R1 3>3"],
        48: ["notice C1: R1 3>3"],
    }


def test_nothing_comes_without_the_warning_before_it(tmp_path: Path) -> None:
    """The first letter lies in the outbox for weeks; the second waits until the first has really gone out."""
    diary = Diary(one_customer(), tmp_path, trade())
    assert diary.lived(day(DUE, 3), deliver=False) == ["notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 10), deliver=False) == ["(notice R1: previous-notice-not-sent)"]
    assert diary.lived(day(DUE, 25), deliver=False) == ["(notice R1: previous-notice-not-sent)"]
    diary.deliver(day(DUE, 26))
    assert diary.lived(day(DUE, 26)) == ["notice C1: R1 1>2"]


def test_days_between_notices_of_one_receivable(tmp_path: Path) -> None:
    """R1 and R2 each wait 7 days after their own letter, not after that of the other."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, 3), amount="50.00")
    diary = Diary(books, tmp_path, trade("days_between_notices: 7"))
    assert diary.lived(day(DUE, 5)) == ["notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 6)) == ["notice C1: R2 0>1"]
    assert diary.lived(day(DUE, 11)) == ["(notice R1: interval)"]
    assert diary.lived(day(DUE, 12)) == ["notice C1: R1 1>2"]
    assert diary.lived(day(DUE, 13)) == ["notice C1: R2 1>2"]


def test_days_between_notices_of_a_customer(tmp_path: Path) -> None:
    """The customer has a week of peace after any letter, whichever receivable it was about."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, 3), amount="50.00")
    diary = Diary(books, tmp_path, trade("days_between_notices: 7, interval_scope: customer"))
    assert diary.lived(day(DUE, 5)) == ["notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 6)) == ["(notice R2: interval)"]
    assert diary.lived(day(DUE, 11)) == ["(notice R1: interval)", "(notice R2: interval)"]
    assert diary.lived(day(DUE, 12)) == ["notice C1: R1 1>2, R2 0>1"]


@pytest.mark.parametrize(("left", "chased"), [("4.99", False), ("5.00", True), ("5.01", True)])
def test_small_amounts_are_not_worth_a_letter(tmp_path: Path, left: str, *, chased: bool) -> None:
    """The tolerance is 5.00: below it nothing is chased, and the preview says so."""
    diary = Diary(one_customer(left), tmp_path, trade("tolerance: 5.00"))
    assert diary.saw(day(DUE, 3)) == (["notice C1: R1 0>1"] if chased else ["(notice R1: below-tolerance)"])


def test_nobody_to_write_to(tmp_path: Path) -> None:
    """No e-mail address, then one that may not be used, then a letter instead."""
    books = Books().customer("C1").contact("C1", phone="1").receivable("R1", "C1", due=DUE, amount="10.00")
    letter = (STEPS[0].replace("template:", "otherwise: letter, template:"),)
    diary = Diary(books, tmp_path, trade(levels=letter))
    assert diary.saw(day(DUE, 3)) == ["(notice R1: no-contact)"]
    books.contact("C1", email="ap@example.com", do_not_contact=1)
    assert diary.saw(day(DUE, 3)) == ["(notice R1: no-contact)"]
    books.contact("C1", address="1 Main Street")
    (notice,) = diary.preview(day(DUE, 3)).actions
    assert dict(notice.parameters)["channel"] == "letter"


# -- anchors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "first"),
    [("due_date", "2026-03-06"), ("invoice_date", "2026-02-05"), ("promised_date", "2026-04-15")],
)
def test_the_date_that_days_are_counted_from(tmp_path: Path, anchor: str, first: str) -> None:
    """Invoiced on 31 January, due on 1 March, promised for 10 April and not paid: five days after each of them."""
    books = one_customer(issued="2026-01-31").promise(
        "C1", made="2026-01-31", promised="2026-04-10", amount="1000.00", receivable="R1"
    )
    if anchor != "promised_date":
        books = one_customer(issued="2026-01-31")
    diary = Diary(books, tmp_path, trade(levels=one_level(5, f"anchor: {anchor}")))
    assert [diary.saw(day(first, n)) for n in (-1, 0, 1)] == [[], ["notice C1: R1 0>1"], ["notice C1: R1 0>1"]]


def test_days_counted_from_the_previous_notice_and_from_its_deadline(tmp_path: Path) -> None:
    """The second letter comes 10 days after the first, whenever that was, the third 2 days after the deadline of the second."""
    levels = (
        STEPS[0],
        STEPS[1].replace("after_days: 10", "after_days: 10, anchor: previous_notice"),
        STEPS[2].replace("after_days: 20", "after_days: 2, anchor: previous_deadline"),
    )
    diary = Diary(one_customer(), tmp_path, trade(levels=levels))
    seen = {n: lines for n, lines in ((n, diary.lived(day(DUE, n))) for n in (30, 39, 40, 48, 49, 50)) if lines}
    assert seen == {30: ["notice C1: R1 0>1"], 40: ["notice C1: R1 1>2"], 49: ["notice C1: R1 2>3"]}


@pytest.mark.parametrize(
    ("due", "boundary", "first"),
    [
        ("2026-01-20", "on", "2026-02-28"),
        ("2026-01-20", "after", "2026-03-01"),
        ("2026-01-16", "on", "2026-01-31"),
        ("2026-01-17", "on", "2026-02-28"),
        ("2028-01-20", "on", "2028-02-29"),
        ("2026-12-20", "on", "2027-01-31"),
    ],
)
def test_at_the_end_of_the_month(tmp_path: Path, due: str, boundary: str, first: str) -> None:
    """15 days after the due date, and then on to the last day of that month."""
    books = Books().customer("C1").contact("C1", email="ap@example.com").receivable("R1", "C1", due=due, amount="10.00")
    diary = Diary(books, tmp_path, trade(f"boundary: {boundary}", levels=one_level(15, "month_end: true")))
    assert [diary.saw(day(first, n)) != [] for n in (-1, 0, 1)] == [False, True, True]


def test_before_the_due_date(tmp_path: Path) -> None:
    """A courtesy five days ahead, on the due date itself, and not before."""
    levels = (STEPS[0].replace("after_days: 3", "after_days: -5"),)
    diary = Diary(one_customer(), tmp_path, trade(levels=levels))
    assert [diary.saw(day(DUE, n)) != [] for n in (-6, -5, 0)] == [False, True, True]


# -- money comes in -------------------------------------------------------------------------------------------------------


def test_a_part_payment_lowers_the_amount_and_keeps_the_level(tmp_path: Path) -> None:
    """600.00 of 1,000.00 came in after the first letter: the second letter asks for the other 400.00."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade())
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    books.payment("P1", "C1", received=day(DUE, 5), amount="600.00", to="R1")
    (notice,) = diary.preview(day(DUE, 10)).actions
    assert notice.amount == 400_00
    assert diary.lived(day(DUE, 10)) == ["notice C1: R1 1>2"]


def test_payment_ends_it_and_a_bounced_one_continues_where_it_was(tmp_path: Path) -> None:
    """Paid in full on day 11, taken back by the bank on day 25: the third letter follows the second, not a first one."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade())
    assert list(diary.days(day(DUE, 3), day(DUE, 10))) == [["notice C1: R1 0>1"], ["notice C1: R1 1>2"]]
    books.payment("P1", "C1", received=day(DUE, 11), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 20)) == []
    books.bounce("P1>R1", date=day(DUE, 25))
    assert diary.lived(day(DUE, 24)) == []
    assert diary.lived(day(DUE, 25)) == ["notice C1: R1 2>3"]


def test_a_credit_note_lowers_what_is_asked_for(tmp_path: Path) -> None:
    """A credit note of 999.99: one cent is left, and that is what the letter asks for."""
    books = one_customer().credit("K1", "C1", issued=DUE, amount="999.99", to="R1")
    (notice,) = Diary(books, tmp_path, trade()).preview(day(DUE, 3)).actions
    assert notice.amount == 1


# -- what stops it --------------------------------------------------------------------------------------------------------


def test_a_dispute_of_a_part_and_then_of_the_whole(tmp_path: Path) -> None:
    """300.00 are disputed: the rest is chased. Then all of it is: nothing is. Then it is resolved: all is chased again."""
    books = one_customer().dispute("R1", opened=day(DUE, 1), amount="300.00", reference="D1")
    diary = Diary(books, tmp_path, trade())
    (notice,) = diary.preview(day(DUE, 3)).actions
    assert notice.amount == 700_00
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    books.dispute("R1", opened=day(DUE, 5), reference="D2")
    assert diary.lived(day(DUE, 10)) == ["(notice R1: disputed)"]
    books.resolution("D2", resolved=day(DUE, 12)).resolution("D1", resolved=day(DUE, 12))
    assert diary.saw(day(DUE, 11)) == ["(notice R1: disputed)"]
    (notice,) = diary.preview(day(DUE, 12)).actions
    assert notice.amount == 1000_00
    assert diary.lived(day(DUE, 12)) == ["notice C1: R1 1>2"]


def test_a_part_payment_makes_a_dispute_of_a_part_one_of_the_whole(tmp_path: Path) -> None:
    """300.00 of 1,000.00 are disputed and 700.00 are paid: what is open is what is disputed, and nothing is chased."""
    books = one_customer().dispute("R1", opened=DUE, amount="300.00").payment(
        "P1", "C1", received=day(DUE, 2), amount="700.00", to="R1"
    )
    assert Diary(books, tmp_path, trade()).saw(day(DUE, 3)) == ["(notice R1: disputed)"]


def test_a_promise_pauses_until_it_is_broken(tmp_path: Path) -> None:
    """Promised for day 15 with two days of grace: through day 17 nothing; on day 18 the ladder goes on where it stopped."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade())
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    books.promise("C1", made=day(DUE, 5), promised=day(DUE, 15), grace_days=2, amount="1000.00", receivable="R1")
    assert list(diary.days(day(DUE, 10), day(DUE, 17))) == [["(notice R1: promise-pending)"]] * 2
    assert diary.lived(day(DUE, 18)) == ["notice C1: R1 1>2"]


def test_a_promise_with_grace_beyond_the_calendar_is_pending(tmp_path: Path) -> None:
    """A slip of the key in a file: 999,999,999 days of grace. The promise waits; it is not taken for a broken one."""
    books = one_customer().promise("C1", made=DUE, promised=DUE, grace_days=999_999_999, amount="1000.00", receivable="R1")
    assert Diary(books, tmp_path, trade()).saw(day(DUE, 3)) == ["(notice R1: promise-pending)"]


def test_a_promise_that_is_kept_stops_nothing_else(tmp_path: Path) -> None:
    """200.00 were promised and paid; the other 800.00 are chased as before."""
    books = one_customer().promise("C1", made=DUE, promised=day(DUE, 30), amount="200.00", receivable="R1")
    diary = Diary(books, tmp_path, trade())
    assert diary.saw(day(DUE, 3)) == ["(notice R1: promise-pending)"]
    books.payment("P1", "C1", received=day(DUE, 2), amount="200.00", to="R1")
    assert diary.saw(day(DUE, 3)) == ["notice C1: R1 0>1"]


def test_a_promise_for_all_that_is_owed_stops_every_receivable(tmp_path: Path) -> None:
    """The customer promised to pay everything by day 9."""
    books = one_customer().receivable("R2", "C1", due=DUE, amount="50.00")
    books.promise("C1", made=DUE, promised=day(DUE, 9), amount="1050.00")
    diary = Diary(books, tmp_path, trade())
    assert diary.saw(day(DUE, 9)) == ["(notice R1: promise-pending)", "(notice R2: promise-pending)"]
    assert diary.saw(day(DUE, 10)) == ["notice C1: R1 0>1, R2 0>1"]


def test_a_dunning_hold_on_and_off(tmp_path: Path) -> None:
    """Sales asks for peace from day 4 to day 12; the last day is held, the day after is not. Another hold is released."""
    books = one_customer().hold("C1", since=day(DUE, 4), until=day(DUE, 12))
    diary = Diary(books, tmp_path, trade())
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 12)) == ["(notice R1: dunning-hold)"]
    assert diary.lived(day(DUE, 13)) == ["notice C1: R1 1>2"]
    books.hold("C1", since=day(DUE, 14), receivable="R1", reference="H2")
    assert diary.lived(day(DUE, 20)) == ["(notice R1: dunning-hold)"]
    books.release("H2", released=day(DUE, 21))
    assert diary.saw(day(DUE, 20)) == ["(notice R1: dunning-hold)"]
    assert diary.lived(day(DUE, 21)) == ["notice C1: R1 2>3"]


def test_a_hold_trumps_everything_and_is_named_first(tmp_path: Path) -> None:
    """Held, disputed, promised and in the policy's own list: every reason is said, the hold before the others."""
    books = one_customer().hold("C1", since=DUE).dispute("R1", opened=DUE)
    books.promise("C1", made=DUE, promised=day(DUE, 90), amount="1000.00", receivable="R1")
    own = "withhold: [{because: large, when: {open_amount: {at_least: 1.00}}}], subject: receivable"
    diary = Diary(books, tmp_path, trade(top=own))
    assert diary.saw(day(DUE, 3)) == ["(notice R1: dunning-hold, disputed, promise-pending, large)"]


def test_after_the_hand_over_we_do_not_chase(tmp_path: Path) -> None:
    """On day 5 it goes to the lawyer; the second letter is withheld from then on."""
    lawyer = "{id: lawyer, when: {days_past_due: {at_least: 5}}, then: [hand_over: {to: legal}]}"
    diary = Diary(one_customer(), tmp_path, trade(rules=[lawyer]))
    assert diary.lived(day(DUE, 3)) == ["notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 5)) == ["hand_over C1: R1 rule lawyer"]
    assert diary.lived(day(DUE, 10)) == ["(notice R1: handed-over)"]


# -- who is decided by which policy ---------------------------------------------------------------------------------------


def test_an_explicit_assignment_wins_over_priority(tmp_path: Path) -> None:
    """`soft` has the lower priority; R2 is assigned to it, R1 is not, and R3 is assigned against its customer's assignment."""
    soft = trade(name="soft", top="subject: receivable, priority: 1", levels=[STEPS[0].replace("3", "5")])
    hard = trade(name="hard", top="subject: receivable, priority: 2")
    books = one_customer().receivable("R2", "C1", due=DUE, amount="1.00", policy="soft")
    books.customer("C2", policy="soft").contact("C2", email="b@example.com")
    books.receivable("R3", "C2", due=DUE, amount="1.00", policy="hard").receivable("R4", "C2", due=DUE, amount="1.00")
    (hard_one, soft_one, *rest) = Diary(books, tmp_path, soft, hard).preview(day(DUE, 5)).actions
    assert not rest
    told = {line.receivable: line.policy for action in (hard_one, soft_one) for line in action.lines}
    assert told == {"R1": "hard", "R2": "soft", "R3": "hard", "R4": "soft"}


def test_an_assignment_to_no_policy_is_refused(tmp_path: Path) -> None:
    """R1 is assigned to `sfot`: silence would leave it out, so nothing is planned."""
    diary = Diary(one_customer(policy="sfot"), tmp_path, trade())
    with pytest.raises(Refusal, match="unknown-assignment") as refused:
        diary.preview(DUE)
    assert "'sfot'" in str(refused.value)


def test_what_no_policy_covers_is_said(tmp_path: Path) -> None:
    """The policy covers the segment `sme`; C1 has none."""
    books = one_customer()
    the_plan = Diary(books, tmp_path, trade(top="covers: {customer.segment: sme}, subject: receivable")).preview(day(DUE, 9))
    assert said(the_plan) == []
    assert [(one.entity, one.currency, one.receivables, one.amount) for one in the_plan.uncovered] == [("E1", "EUR", 1, 100_000)]


# -- several receivables, entities and currencies ---------------------------------------------------------------------------


def test_one_letter_for_several_receivables_at_the_highest_level(tmp_path: Path) -> None:
    """R1 is due for its second letter, R2 and R3 for their first: one formal letter of 1,080.00, each line with its level."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade())
    diary.lived(day(DUE, 3))
    books.receivable("R2", "C1", due=day(DUE, 5), amount="50.00").receivable("R3", "C1", due=day(DUE, 6), amount="30.00")
    the_plan = diary.preview(day(DUE, 10))
    assert said(the_plan) == ["notice C1: R1 1>2, R2 0>1, R3 0>1"]
    (notice,) = the_plan.actions
    given = dict(notice.parameters)
    assert (notice.amount, given["level_name"], given["template"], given["deadline"]) == (
        1080_00, "formal", "formal-reminder", day(DUE, 17),
    )
    assert [item.receivable for item in notice.items] == ["R1", "R2", "R3"]


def test_a_letter_per_entity_and_currency(tmp_path: Path) -> None:
    """EUR and JPY are never added up, nor what is owed to two of our companies."""
    books = one_customer().rate("2026-01-01", "EUR", "JPY", "160").receivable("J1", "C1", due=DUE, amount="5000", currency="JPY")
    the_plan = Diary(books, tmp_path, trade()).preview(day(DUE, 3))
    assert [(action.address, action.amount) for action in the_plan.actions] == [
        ("notice/C1/E1/EUR", 100_000), ("notice/C1/E1/JPY", 5_000),
    ]


@pytest.mark.parametrize(
    ("currency", "rate", "fee", "charged"),
    [
        ("JPY", "161", "0.50", 81),
        ("JPY", "160.9", "0.50", 80),
        ("JPY", "161.1", "0.50", 81),
        ("KWD", "0.35", "0.01", 4),
        ("KWD", "0.34", "0.01", 3),
        ("KWD", "0.33", "40.00", 13_200),
    ],
)
def test_a_fee_in_the_currency_of_the_receivable(tmp_path: Path, currency: str, rate: str, fee: str, charged: int) -> None:
    """The fee is written in EUR; it is charged in the receivable's currency, half a unit upwards, and is due with the letter."""
    amount = "100000" if currency == "JPY" else "100.000"
    books = Books().customer("C1").contact("C1", email="ap@example.com").rate("2026-01-01", "EUR", currency, rate)
    books.receivable("R1", "C1", due=DUE, amount=amount, currency=currency)
    diary = Diary(books, tmp_path, trade(levels=[with_fee(1, 10, fee)]))
    the_plan = diary.preview(day(DUE, 10))
    (charge,) = [action for action in the_plan.actions if action.kind == "late_fee"]
    assert (charge.amount, charge.currency, dict(charge.parameters)["due"]) == (charged, currency, day(DUE, 17))
    diary.lived(day(DUE, 10))
    row = diary.books.book.execute("SELECT number, amount, currency, due, kind FROM receivables WHERE kind = 'fee'").fetchall()
    assert row == [("FEE-R1-1", charged, currency, day(DUE, 17), "fee")]


def test_without_a_rate_nothing_is_planned(tmp_path: Path) -> None:
    """JPY against a policy in EUR, and no rate by the date: the refusal names the pair and the date."""
    books = one_customer().receivable("J1", "C1", due=DUE, amount="5000", currency="JPY")
    books.rate(day(DUE, 4), "EUR", "JPY", "160")
    diary = Diary(books, tmp_path, trade())
    with pytest.raises(Refusal, match=f"no-rate: no rate from JPY to EUR on or before {day(DUE, 3)}"):
        diary.preview(day(DUE, 3))
    assert len(diary.preview(day(DUE, 4)).actions) == 2


def test_a_fee_is_charged_once_and_never_on_a_fee(tmp_path: Path) -> None:
    """40.00 with the first letter, due a week later. The fee is chased in its turn, but nothing is ever charged on it."""
    diary = Diary(one_customer(), tmp_path, trade(levels=[with_fee(1, 1, "40.00"), with_fee(2, 5, "40.00")]))
    seen = {n: lines for n, lines in ((n, diary.lived(day(DUE, n))) for n in (1, 2, 5, 9, 13, 30)) if lines}
    assert seen == {
        1: ["late_fee C1: R1 level 1 40.00 EUR", "notice C1: R1 0>1"],
        5: ["notice C1: R1 1>2"],
        9: ["notice C1: FEE-R1-1 0>1", "(late_fee FEE-R1-1: fee-on-fee)"],
        13: ["notice C1: FEE-R1-1 1>2", "(late_fee FEE-R1-1: fee-on-fee)"],
    }
    assert [row["number"] for row in diary.books.rows["receivables"]] == ["R1", "FEE-R1-1"]


def test_a_fee_per_level(tmp_path: Path) -> None:
    """10.00 with each letter: two levels, two fees, each once, however long it takes."""
    levels = [with_fee(n, n * 5, "10.00").replace("once_per: receivable", "once_per: level") for n in (1, 2)]
    diary = Diary(one_customer(), tmp_path, trade("after_last: {repeat: {every_days: 7, at_most: 1}}", levels=levels))
    assert diary.lived(day(DUE, 5)) == ["late_fee C1: R1 level 1 10.00 EUR", "notice C1: R1 0>1"]
    assert diary.lived(day(DUE, 10)) == ["late_fee C1: R1 level 2 10.00 EUR", "notice C1: R1 1>2"]
    repeated = diary.saw(day(DUE, 17))
    assert "notice C1: R1 2>2, FEE-R1-1 0>1" in repeated
    assert not [line for line in repeated if line.startswith("late_fee")]


def test_no_letter_no_fee(tmp_path: Path) -> None:
    """Nobody can be written to: the fee that goes with the letter is not charged either."""
    books = Books().customer("C1").receivable("R1", "C1", due=DUE, amount="1000.00")
    diary = Diary(books, tmp_path, trade(levels=[with_fee(1, 1, "40.00")]))
    assert diary.lived(day(DUE, 1)) == ["(late_fee R1: no-contact)", "(notice R1: no-contact)"]


# -- a customer as a whole ------------------------------------------------------------------------------------------------

OF_CUSTOMER = "subject: customer"


def test_a_customer_is_escalated_as_a_whole(tmp_path: Path) -> None:
    """One letter over everything that is overdue, its age that of the oldest; what is not due is left out."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, 2), amount="50.00")
    books.receivable("R3", "C1", due=day(DUE, 90), amount="7.00")
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER))
    (notice,) = diary.preview(day(DUE, 3)).actions
    assert ([item.receivable for item in notice.items], notice.amount) == (["R1", "R2"], 1050_00)
    assert list(diary.days(day(DUE, 3), day(DUE, 10))) == [["notice C1: all 0>1"], ["notice C1: all 1>2"]]


def test_a_second_overdue_spell_may_be_dunned_again(tmp_path: Path) -> None:
    """R1 is paid after the first letter. R2 falls due later: it is a new spell, and begins with a first letter."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, 40), amount="50.00")
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER))
    assert diary.lived(day(DUE, 3)) == ["notice C1: all 0>1"]
    books.payment("P1", "C1", received=day(DUE, 8), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 30)) == []
    assert diary.lived(day(DUE, 43)) == ["notice C1: all 0>1"]


def test_the_spell_goes_on_while_anything_is_overdue(tmp_path: Path) -> None:
    """R1 is paid on day 8, but R2 was overdue by then: the spell is unbroken, and the second letter follows the first."""
    books = one_customer().receivable("R2", "C1", due=day(DUE, 5), amount="50.00")
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER))
    assert diary.lived(day(DUE, 3)) == ["notice C1: all 0>1"]
    books.payment("P1", "C1", received=day(DUE, 8), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 14)) == []
    assert diary.lived(day(DUE, 15)) == ["notice C1: all 1>2"]


HOLDING = (
    "{id: stop, when: {customer.oldest_days_past_due: {at_least: 30}}, then: [credit_hold: {reason: overdue}]}",
    "{id: go, when: {customer.overdue_amount: 0.00}, then: [release_credit_hold: {reason: overdue}]}",
)


def test_a_credit_hold_is_set_and_released_by_rule(tmp_path: Path) -> None:
    """Overdue by 30 days: no more credit. Paid: credit again. Overdue again: no more credit, a second time."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER, rules=HOLDING, levels=()))
    assert diary.lived(day(DUE, 29)) == []
    assert diary.lived(day(DUE, 30)) == ["credit_hold C1: all rule stop"]
    assert diary.lived(day(DUE, 31)) == []
    books.payment("P1", "C1", received=day(DUE, 40), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 40)) == ["release_credit_hold C1: all rule go"]
    assert diary.lived(day(DUE, 41)) == []
    books.bounce("P1>R1", date=day(DUE, 50))
    assert diary.lived(day(DUE, 50)) == ["credit_hold C1: all rule stop"]
    books.payment("P2", "C1", received=day(DUE, 60), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 60)) == ["release_credit_hold C1: all rule go"]


def test_a_hold_that_a_person_set_is_not_released_by_a_rule(tmp_path: Path) -> None:
    """The credit manager holds the customer for the same reason; the rule neither doubles it nor lifts it."""
    books = one_customer().hold("C1", since=DUE, kind="credit", reason="overdue", reference="H1")
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER, rules=HOLDING, levels=()))
    assert diary.lived(day(DUE, 30)) == []
    books.payment("P1", "C1", received=day(DUE, 40), amount="1000.00", to="R1")
    assert diary.lived(day(DUE, 40)) == []
    assert books.rows["hold_releases"] == []


def test_a_rule_acts_once_in_an_overdue_spell(tmp_path: Path) -> None:
    """A call when 500.00 are overdue: once, though it stays true for weeks; once more in the next spell."""
    call = "{id: call, when: {customer.overdue_amount: {at_least: 500.00}}, then: [task: {what: call, within_days: 2}]}"
    books = one_customer().receivable("R2", "C1", due=day(DUE, 40), amount="600.00")
    diary = Diary(books, tmp_path, trade(top=OF_CUSTOMER, rules=[call], levels=()))
    assert list(diary.days(day(DUE, 1), day(DUE, 2), day(DUE, 9))) == [["task C1: all rule call"], [], []]
    books.payment("P1", "C1", received=day(DUE, 10), amount="1000.00", to="R1")
    assert list(diary.days(day(DUE, 11), day(DUE, 41), day(DUE, 42))) == [[], ["task C1: all rule call"], []]


# -- time -----------------------------------------------------------------------------------------------------------------


def test_a_preview_of_the_past_ignores_what_was_done_later(tmp_path: Path) -> None:
    """After both letters a preview of day 3 shows the first one again, and one of day 9 nothing."""
    diary = Diary(one_customer(), tmp_path, trade())
    list(diary.days(day(DUE, 3), day(DUE, 10)))
    assert diary.saw(day(DUE, 2)) == []
    assert diary.saw(day(DUE, 9)) == []
    assert diary.saw(day(DUE, 10)) == []


def test_as_known_at_an_earlier_moment(tmp_path: Path) -> None:
    """The payment of day 2 was only recorded on day 5: as known on day 4, R1 was open and was to be chased."""
    books = one_customer().at(f"{day(DUE, 5)}T08:00:00Z").payment("P1", "C1", received=day(DUE, 2), amount="1000.00", to="R1")
    diary = Diary(books, tmp_path, trade())
    assert diary.saw(day(DUE, 4)) == []
    assert diary.saw(day(DUE, 4), known_at=f"{day(DUE, 5)}T07:59:59Z") == ["notice C1: R1 0>1"]
    assert diary.saw(day(DUE, 4), known_at=f"{day(DUE, 5)}T08:00:00Z") == []


def test_a_payment_overnight_makes_the_plan_stale(tmp_path: Path) -> None:
    """The plan was made in the evening, the bank statement came in the night: apply refuses and names who moved."""
    books = one_customer()
    diary = Diary(books, tmp_path, trade())
    the_plan = diary.preview(day(DUE, 3))
    books.payment("P1", "C1", received=day(DUE, 4), amount="1000.00", to="R1")
    with pytest.raises(Refusal, match="stale") as refused:
        apply.apply(books.book, the_plan, diary.policies, actor="test", now=f"{day(DUE, 4)}T09:00:00Z")
    assert "customer C1" in str(refused.value)
    assert books.rows["effects"] == []
