"""Stories of credit in which one thing meets another: a raise its approval, a step its cap, an override the margin.

Comes in, goes out: the lines of tests/test_stories_credit.py, which tells of each thing by itself.
Know before changing: signals are an agency's reports (`external_rating`, `external_score`), so that a day of a story says in
one line what moved; every amount is worked out by hand in the docstring.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.act import apply, consent, grants
from engine.act.plan import plan
from engine.errors import Refusal
from tests.books import Books, day
from tests.test_stories_credit import ROLES, SECURED, START, Story, credit, lines

RATED = """scorecard: {base: 0, characteristics: [{id: agency, fact: customer.external_score, bands: [BANDS]}]},
  ratings: {margin: MARGIN, ADJUSTED bands: [
    {rating: A, from: 300}, {rating: B, from: 180, below: 300}, {rating: C, below: 180}]}"""
BY_RATING = """limit: {rules: [{id: insolvent, when: {customer.insolvent: true}, amount: 0.00},
  {id: good, when: {rating: A}, amount: 9000.00}, {id: fair, when: {rating: B}, amount: 2000.00}, {id: weak, amount: 500.00}],
  steps: {every_days: 90, percent: 10, most: 2, raise_when: {customer.external_rating: up}}}"""
MOVED = """limit: {rules: [{id: secured, percent: 100, of: customer.secured_amount ROUNDED}],
  steps: {every_days: 90, percent: 10, most: MOST, lowest: 1, raise_when: {customer.external_rating: up},
          lower_when: {customer.external_score: {less_than: 50}}}}"""


def on(n: int) -> str:
    """The n-th day of the story."""
    return day(START, n)


def rated(*scores: int, margin: int = 0, adjustments: str = "") -> str:
    """A from 300, B from 180, else C: by the agency's score alone, which is one of these."""
    ends = sorted(scores)
    bands = [f"{{below: {ends[0]}, points: 0}}"]
    bands += [f"{{from: {low}, below: {high}, points: {low}}}" for low, high in pairwise(ends)]
    bands.append(f"{{from: {ends[-1]}, points: {ends[-1]}}}")
    adjusted = f"adjustments: [{adjustments}]," if adjustments else ""
    return RATED.replace("BANDS", ", ".join(bands)).replace("MARGIN", str(margin)).replace("ADJUSTED", adjusted)


def moved(*, most: int = 2, rounded: str = "") -> str:
    """A limit of all that is secured, with steps of a tenth that follow the agency."""
    return MOVED.replace("MOST", str(most)).replace("ROUNDED", f", {rounded}" if rounded else "")


def said(books: Books, n: int, **report: Any) -> None:
    """The agency reports on C1 on that day."""
    books.assessment("C1", assessed=on(n), **report)


def carried(story: Story, n: int, *, approved_by: str = "") -> list[str]:
    """A day on which anna plans and carries out what may be, after somebody approved it or nobody did."""
    book = story.books.book
    today = plan(book, story.policies, as_of=on(n), planner="anna")
    if approved_by:
        consent.approve(book, today, ROLES, actor=approved_by, now=f"{on(n)}T08:00:00Z")
    apply.apply(book, today, story.policies, actor="anna", now=f"{on(n)}T09:00:00Z", skip_unapproved=True)
    return lines(today)


# -- rating ---------------------------------------------------------------------------------------------------------------


def test_an_override_ends_and_the_margin_has_its_say(tmp_path: Path) -> None:
    """Both are a B, and somebody makes them an A until day 10. Then the score decides again, and an A in the book is lost only
    15 points below 300: C1 with 284 is a B again, C2 with 285 stays an A until it falls to 284."""
    books = Books().customer("C1").customer("C2")
    for number, score in (("C1", 284), ("C2", 285)):
        books.assessment(number, assessed=on(0), score=score)
        books.override(number, "A", since=on(1), until=on(10), reference=f"O-{number}", confirmed=on(1))
    story = Story(books, tmp_path, credit(rated(284, 285, margin=15)))
    assert story.on(0) == [["C1 rating none > B", "C2 rating none > B"]]
    assert story.on(1, 10) == [["C1 rating B > A - override", "C2 rating B > A - override"], []]
    assert story.on(11, 12) == [["C1 rating A > B"], []]
    books.assessment("C2", assessed=on(13), score=284)
    assert story.on(13) == [["C2 rating A > B"]]


def test_what_held_the_rating_down_is_over_and_the_margin_has_its_say(tmp_path: Path) -> None:
    """310 points are an A; in a gloomy market nobody is above B. When the market is stable again C1 is a B in the book, and
    has to climb 15 points beyond 300 like every B: 314 do not, 315 do."""
    gloomy = "{id: gloomy, because: the market is gloomy, when: {customer.market_outlook: negative}, not_above: B}"
    books = Books().customer("C1", industry="food")
    books.market("food", "negative", valid_from=on(5)).market("food", "stable", valid_from=on(9))
    said(books, 0, score=310)
    story = Story(books, tmp_path, credit(rated(310, 314, 315, margin=15, adjustments=gloomy)))
    assert story.on(0, 5) == [["C1 rating none > A"], ["C1 rating A > B - the market is gloomy"]]
    assert story.on(8, 9) == [[], []]
    said(books, 10, score=314)
    assert story.on(10) == [[]]
    said(books, 11, score=315)
    assert story.on(11) == [["C1 rating B > A"]]


def test_a_person_has_the_last_word_on_the_rating(tmp_path: Path) -> None:
    """C1 is insolvent: with 310 points not above C. Two people say B all the same, until day 9; the ledger has both reasons.
    A rating that the policy does not know is passed over."""
    insolvent = "{id: insolvent, because: proceedings are open, when: {customer.insolvent: true}, not_above: C}"
    books = Books().customer("C1")
    said(books, 0, score=310, insolvent=1)
    books.override("C1", "B", since=on(1), until=on(9), reference="O1", confirmed=on(1))
    books.override("C1", "AAA", since=on(5), until=on(6), reference="O2", confirmed=on(5))
    story = Story(books, tmp_path, credit(rated(310, adjustments=insolvent)))
    assert story.on(0) == [["C1 rating none > C - proceedings are open"]]
    assert story.on(1, 2) == [["C1 rating C > B - proceedings are open; override"], []]
    assert story.on(5) == [["C1 rating B > C - proceedings are open"]]
    assert story.on(7) == [["C1 rating C > B - proceedings are open; override"]]
    assert story.on(10) == [["C1 rating B > C - proceedings are open"]]


# -- limit ----------------------------------------------------------------------------------------------------------------


def test_the_smaller_of_two_shares(tmp_path: Path) -> None:
    """A fifth of sales of 2,600.00 is 520.00. A statement with 4,000.00 of equity: a tenth, 400.00, is less. It is good until
    day 10; without it the sales decide alone. The next one says that the equity is lost: no credit at all."""
    limit = """limit: {rules: [{id: size,
      smallest_of: [{percent: 20, of: customer.sales_12m}, {percent: 10, of: customer.equity}]}]}"""
    books = Books().customer("C1").receivable("R1", "C1", due=on(20), issued=on(0), amount="2600.00")
    story = Story(books, tmp_path, credit(limit))
    assert story.on(0) == [["C1 limit none > 520.00"]]
    books.financials("C1", period_end=on(-60), received=on(1), valid_until=on(10), equity="4000.00")
    assert story.on(1, 2, 10, 11) == [["C1 limit 520.00 > 400.00"], [], [], ["C1 limit 400.00 > 520.00"]]
    books.financials("C1", period_end=on(-30), received=on(20), equity="-5000.00")
    assert story.on(20, 21) == [["C1 limit 520.00 > 0.00"], []]


def test_no_credit_is_said_again_when_it_has_run_out_and_none_set_never(tmp_path: Path) -> None:
    """Each limit is good for 30 days. C1 is insolvent, its 0.00 is a limit like any other. C2 pays in advance; C3
    does, too, and came from the old system with a last day for the limit that it has not."""
    limit = """limit: {valid_days: 30, rules: [{id: insolvent, when: {customer.insolvent: true}, amount: 0.00},
      {id: advance, amount: null}]}"""
    books = Books().customer("C1").customer("C2", limit="700.00").customer("C3", limit_until=on(-5))
    said(books, 0, insolvent=1)
    story = Story(books, tmp_path, credit(limit))
    assert story.on(0) == [[f"C1 limit none > 0.00 until {on(30)}", "C2 limit 700.00 > none"]]
    assert story.on(30, 31, 32) == [[], [f"C1 limit 0.00 > 0.00 until {on(61)}"], []]


def test_an_open_review_stops_the_renewal_but_no_real_change(tmp_path: Path) -> None:
    """The limit of 1,000.00 ran out on day 30 and a review is open: 1,050.00 would only be the renewal, and waits. 1,150.00
    are 15 % more, beyond the 10 % from which a change is made: it is set, for 30 days from then on."""
    limit = (
        "limit: {valid_days: 30, change_by_percent: 10, rules: [{id: all, percent: 100, of: customer.secured_amount}]}"
    )
    books = Books().customer("C1").security("C1", "1000.00", since=on(0))
    story = Story(books, tmp_path, credit(limit))
    assert story.on(0) == [[f"C1 limit none > 1,000.00 until {on(30)}"]]
    books.review_request("C1", requested=on(20), due=on(60)).security("C1", "50.00", since=on(25))
    assert story.on(25, 30, 31) == [[], [], ["(C1 limit all: review-open)"]]
    books.security("C1", "100.00", since=on(32))
    assert story.on(32, 33) == [[f"C1 limit 1,000.00 > 1,150.00 until {on(62)}"], []]


def test_new_evidence_overnight_makes_the_plan_stale(tmp_path: Path) -> None:
    """The limit was worked out in the evening; in the night a bank answers for 100.00 more. Apply refuses; the plan of the
    morning sets 900.00, and a second one on that day nothing."""
    books = Books().customer("C1").security("C1", "800.00", since=on(0))
    story = Story(books, tmp_path, credit(SECURED))
    today = story.preview(on(0))
    books.security("C1", "100.00", since=on(0))
    with pytest.raises(Refusal, match="stale"):
        apply.apply(books.book, today, story.policies, actor="test", now=story.noon(0))
    assert story.fact("credit_limit", on(0)) is None
    assert story.on(0, 0) == [["C1 limit none > 900.00"], []]


# -- holds and groups -----------------------------------------------------------------------------------------------------


def test_two_reasons_on_one_day_and_each_its_own_end(tmp_path: Path) -> None:
    """300.00 overdue for a month and an order of 950.00, with a limit of 1,000.00: both holds at once. The 300.00 are paid:
    95 % of the limit are used, which is not yet 90 %, so one hold stays and C1 may not buy. The order is called off: free."""
    holds = """holds: [
      {reason: over-limit, when: {customer.utilisation: {more_than: 100}}, release_when: {customer.utilisation: {at_most: 90}}},
      {reason: overdue, when: {customer.oldest_days_past_due: {at_least: 30}}, release_when: {customer.overdue_amount: 0.00}}]"""
    books = Books().customer("C1", limit="1000.00").receivable("R1", "C1", due=on(-30), amount="300.00")
    books.order("O1", "C1", ordered=on(-1), amount="950.00")
    story = Story(books, tmp_path, credit(holds))
    assert story.on(0, 1) == [["C1 hold over-limit", "C1 hold overdue"], []]
    books.payment("P1", "C1", received=on(2), amount="300.00", to="R1")
    assert story.on(2) == [["C1 release overdue"]]
    assert story.fact("credit_hold", on(2)) == 1
    books.closing("O1", closed=on(3))
    assert story.on(3, 4) == [["C1 release over-limit"], []]
    assert story.fact("credit_hold", on(3)) == 0


def test_a_temporary_limit_begins_on_its_day_and_may_be_taken_back(tmp_path: Path) -> None:
    """1,500.00 are ordered with a limit of 1,000.00: held. 2,000.00 are granted from day 3 to day 30 and confirmed on day 1:
    they count on day 3 and not before. On day 5 anna takes them back, for which she needs nobody: held again."""
    holds = """holds: [{reason: over-limit, when: {customer.utilisation: {more_than: 100}},
      release_when: {customer.utilisation: {at_most: 90}}}]"""
    books = Books().customer("C1", limit="1000.00").order("O1", "C1", ordered=on(-1), amount="1500.00")
    made = grants.limit(books.book, customer="C1", amount="2000.00", reason="Christmas", since=on(3), until=on(30),
                        actor="anna", now=f"{on(-1)}T12:00:00Z")  # fmt: skip
    story = Story(books, tmp_path, credit(holds))
    assert story.on(0) == [["C1 hold over-limit"]]
    grants.confirm(books.book, reference=made.reference, confirmed=on(1), actor="bert", now=story.noon(0))
    assert story.on(1, 2, 3, 4) == [[], [], ["C1 release over-limit"], []]
    grants.withdraw(books.book, reference=made.reference, withdrawn=on(5), actor="anna", now=story.noon(4))
    assert story.on(5, 6) == [["C1 hold over-limit"], []]
    assert [story.fact("effective_limit", on(n)) for n in (2, 3, 4, 5)] == [1000_00, 2000_00, 2000_00, 1000_00]


def test_a_siblings_orders_eat_the_headroom_of_the_group(tmp_path: Path) -> None:
    """D1 and D2 may owe 2,000.00 each, all of them 1,500.00 together: that is what counts, from the confirmation of the group
    limit on. D1 owes 400.00, D2 orders for 1,000.00: 100.00 are left to each. 200.00 more: the group is 100.00 over, and D1 is
    held, which has bought nothing. The group limit ends with day 9: D1 has its own 2,000.00 less 400.00 again."""
    holds = """holds: [{reason: over-limit, when: {customer.headroom: {less_than: 0.00}},
      release_when: {customer.headroom: {at_least: 0.00}}}]"""
    books = Books().customer("P", limit="100.00").customer("D1", parent="P", limit="2000.00")
    books.customer("D2", parent="P", limit="2000.00").receivable("R1", "D1", due=on(60), issued=on(-1), amount="400.00")
    books.order("O1", "D2", ordered=on(-1), amount="1000.00")
    made = grants.limit(books.book, customer="P", amount="1500.00", reason="the group is thin", since=on(0), until=on(9),
                        group=True, actor="anna", now=f"{on(-1)}T12:00:00Z")  # fmt: skip
    story = Story(books, tmp_path, credit(holds))
    assert story.on(0) == [[]]
    assert [story.fact("effective_limit", on(0), number) for number in (1, 2, 3)] == [100_00, 2000_00, 2000_00]
    grants.confirm(books.book, reference=made.reference, confirmed=on(1), actor="bert", now=story.noon(0))
    assert story.on(1) == [[]]
    assert [story.fact("effective_limit", on(1), number) for number in (1, 2, 3)] == [100_00, 1500_00, 1500_00]
    assert [story.fact("headroom", on(1), number) for number in (1, 2, 3)] == [100_00, 100_00, 100_00]
    books.order("O2", "D2", ordered=on(2), amount="200.00")
    assert story.on(2, 3) == [["D1 hold over-limit", "D2 hold over-limit", "P hold over-limit"], []]
    assert [story.fact("headroom", on(2), number) for number in (1, 2, 3)] == [-100_00] * 3
    assert story.on(9, 10) == [[], ["D1 release over-limit", "D2 release over-limit", "P release over-limit"]]
    assert [story.fact("headroom", on(10), number) for number in (2, 3)] == [1600_00, 800_00]


def test_the_hold_of_a_person_stays_when_the_limit_moves(tmp_path: Path) -> None:
    """The credit manager holds C1, which is over its limit of 500.00, and the policy sets no second hold for it. C1 pays, and
    becomes an A on the same day: the limit goes up, and the hold is for the credit manager to lift."""
    holds = """holds: [{reason: over-limit, when: {customer.utilisation: {more_than: 100}},
      release_when: {customer.utilisation: {at_most: 90}}}]"""
    books = Books().customer("C1", limit="500.00").receivable("R1", "C1", due=on(30), amount="600.00")
    books.hold("C1", since=on(-1), kind="credit", reason="over-limit", reference="H1")
    said(books, 0, score=100)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING, holds))
    assert story.on(0) == [["C1 rating none > C"]]
    books.payment("P1", "C1", received=on(1), amount="600.00", to="R1")
    said(books, 1, score=300)
    assert story.on(1, 2) == [["C1 limit 500.00 > 9,000.00", "C1 rating C > A"], []]
    assert story.fact("credit_hold", on(2)) == 1


# -- approvals ------------------------------------------------------------------------------------------------------------

ASKED = "approvals: [{action: set_credit_limit, above: 1000.00, role: cfo}]"


def test_a_raise_that_nobody_approved_is_proposed_again(tmp_path: Path) -> None:
    """C1 becomes an A: the rating is set, the limit of 9,000.00 waits for the CFO, who is away; it is proposed again. Carla
    approves the plan of day 1, which nobody carries out: her word was for that plan and not for the next. On day 3 she says it
    again, and anna carries it out."""
    books = Books().customer("C1", limit="500.00")
    said(books, 0, score=300)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING, ASKED))
    waits = "C1 limit 500.00 > 9,000.00 [cfo]"
    assert carried(story, 0) == [waits, "C1 rating none > A"]
    assert (story.fact("rating", on(0)), story.fact("credit_limit", on(0))) == ("A", 500_00)
    consent.approve(books.book, plan(books.book, story.policies, as_of=on(1), planner="anna"), ROLES, actor="carla",
                    now=f"{on(1)}T08:00:00Z")  # fmt: skip
    assert carried(story, 2) == [waits]
    assert story.fact("credit_limit", on(2)) == 500_00
    assert carried(story, 3, approved_by="carla") == [waits]
    assert story.fact("credit_limit", on(3)) == 9000_00
    assert story.on(4) == [[]]


def test_a_proposal_goes_with_its_reason(tmp_path: Path) -> None:
    """The 9,000.00 wait; before anybody approves, the agency takes its score back. C1 is a C, for whom 500.00 are set, and
    nothing waits for the CFO any more."""
    books = Books().customer("C1", limit="800.00")
    said(books, 0, score=300)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING, ASKED))
    assert carried(story, 0) == ["C1 limit 800.00 > 9,000.00 [cfo]", "C1 rating none > A"]
    said(books, 1, score=100)
    assert story.on(1, 2) == [["C1 limit 800.00 > 500.00", "C1 rating A > C"], []]


def test_a_step_counts_from_the_day_that_it_is_carried_out(tmp_path: Path) -> None:
    """The step to 1,100.00 waits for the CFO. Left out on day 0 it is no step; approved on day 5 it is the first, and the
    second, to 1,200.00, is called for 90 days after day 5."""
    books = Books().customer("C1", limit="1000.00").security("C1", "1000.00", since=on(-9))
    said(books, -1, rating="up", score=60)
    story = Story(books, tmp_path, credit(moved(), ASKED))
    assert carried(story, 0) == ["C1 limit 1,000.00 > 1,100.00 - raise limit [cfo]"]
    assert (story.fact("limit_steps", on(0)), story.fact("days_since_limit_step", on(0))) == (0, None)
    assert carried(story, 5, approved_by="carla") == ["C1 limit 1,000.00 > 1,100.00 - raise limit [cfo]"]
    assert (story.fact("limit_steps", on(5)), story.fact("days_since_limit_step", on(5))) == (1, 0)
    assert [story.saw(on(n)) for n in (90, 94, 95)] == [[], [], ["C1 limit 1,100.00 > 1,200.00 - raise limit [cfo]"]]


# -- steps ----------------------------------------------------------------------------------------------------------------


def test_signals_that_flip_do_not_make_the_limit_flip(tmp_path: Path) -> None:
    """The agency changes its mind every ten days: one step in 90 days, whichever it says then. Day 0 up, day 90 down, day 180
    up. On day 270 it says both, up with a score of 40: caution wins, down to 1,000.00, and on day 360 to 900.00. That is the
    lowest: one step below what the rule says."""
    books = Books().customer("C1", limit="1000.00").security("C1", "1000.00", since=on(-9))
    story = Story(books, tmp_path, credit(moved()))
    seen = {}
    for n in range(0, 261, 10):
        said(books, n, rating="up", score=60) if n % 20 == 0 else said(books, n, rating="down", score=40)
        seen[n] = story.lived(on(n))
    assert {n: told for n, told in seen.items() if told} == {
        0: ["C1 limit 1,000.00 > 1,100.00 - raise limit"],
        90: ["C1 limit 1,100.00 > 1,000.00 - lower limit"],
        180: ["C1 limit 1,000.00 > 1,100.00 - raise limit"],
    }
    said(books, 265, rating="up", score=40)
    assert story.on(269, 270, 271) == [[], ["C1 limit 1,100.00 > 1,000.00 - lower limit"], []]
    assert story.on(360, 450) == [["C1 limit 1,000.00 > 900.00 - lower limit"], []]


def test_a_step_that_the_cap_swallows_is_not_taken(tmp_path: Path) -> None:
    """Five steps up are allowed, but 1,150.00 is the most. 1,000.00, 1,100.00, then 1,150.00 instead of 1,200.00: a third step
    would change nothing and is not taken, so that the first step down, whenever it comes, is felt: 1,100.00."""
    books = Books().customer("C1", limit="1000.00").security("C1", "1000.00", since=on(-9))
    said(books, -1, rating="up", score=60)
    story = Story(books, tmp_path, credit(moved(most=5, rounded="cap: 1150.00")))
    assert story.on(0, 90) == [
        ["C1 limit 1,000.00 > 1,100.00 - raise limit"],
        ["C1 limit 1,100.00 > 1,150.00 - raise limit"],
    ]
    assert story.on(180, 270) == [[], []]
    assert story.fact("limit_steps", on(270)) == 2
    said(books, 271, rating="down", score=40)
    assert story.on(271) == [["C1 limit 1,150.00 > 1,100.00 - lower limit"]]
    assert story.fact("limit_steps", on(271)) == 1


def test_a_step_that_rounding_swallows_is_not_taken(tmp_path: Path) -> None:
    """940.00 rounded down to hundreds are 900.00; a tenth more, 1,034.00, are 1,000.00: taken. A tenth more, 1,128.00, are
    1,100.00. Of 540.00 a tenth more is 594.00, rounded 500.00 as before: it waits until 560.00 are secured, 616.00."""
    books = Books().customer("C1").security("C1", "940.00", since=on(-9))
    said(books, -1, rating="up", score=60)
    story = Story(books, tmp_path, credit(moved(rounded="round_to: 100.00")))
    assert story.on(0, 90) == [
        ["C1 limit none > 1,000.00 - raise limit"],
        ["C1 limit 1,000.00 > 1,100.00 - raise limit"],
    ]
    other = Books().customer("C1").security("C1", "540.00", since=on(-9))
    other.assessment("C1", assessed=on(-1), rating="up", score=60)
    story = Story(other, tmp_path, credit(moved(rounded="round_to: 100.00")))
    assert story.on(0, 1) == [["C1 limit none > 500.00"], []]
    other.security("C1", "20.00", since=on(2))
    assert story.on(2, 3) == [["C1 limit 500.00 > 600.00 - raise limit"], []]


def test_a_step_stays_with_the_customer_whatever_rule_decides(tmp_path: Path) -> None:
    """An A with a step has 9,900.00. As a C it has 500.00 and the same step, 550.00. Insolvent: 0.00, which no step moves, nor
    is one called for on day 90. Out of it again: the 550.00 are there with the second step, 600.00."""
    books = Books().customer("C1")
    said(books, -1, rating="up", score=300)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING))
    assert story.on(0) == [["C1 limit none > 9,900.00 - raise limit", "C1 rating none > A"]]
    said(books, 10, rating="up", score=100)
    assert story.on(10, 11) == [["C1 limit 9,900.00 > 550.00", "C1 rating A > C"], []]
    said(books, 20, rating="up", score=100, insolvent=1)
    assert story.on(20, 90, 91) == [["C1 limit 550.00 > 0.00"], [], []]
    said(books, 100, rating="up", score=100, insolvent=0)
    assert story.on(100, 101) == [["C1 limit 0.00 > 600.00 - raise limit"], []]


def test_terms_go_down_to_nothing_and_no_further(tmp_path: Path) -> None:
    """Seven days, five less with each step: 2 days on day 0, payment at once on day 180. A third step of the three that are
    allowed would change nothing, and is none either when somebody has given the 7 days back by hand. Up again, to 2 days; but
    not while C1 contests an invoice and somebody is to look at it."""
    terms = """terms: {rules: [{id: short, days: 7}], steps: {every_days: 180, days: 5, most: 1, lowest: 3,
      raise_when: {customer.external_rating: up}, lower_when: {customer.external_score: {less_than: 50}}}}"""
    books = Books().customer("C1", terms_days=7)
    said(books, -1, rating="down", score=40)
    story = Story(books, tmp_path, credit(terms))
    assert story.on(0, 179, 180, 360) == [
        ["C1 terms 7 > 2 - lower terms"], [], ["C1 terms 2 > 0 - lower terms"], [],
    ]  # fmt: skip
    books.version("C1", valid_from=on(361), terms_days=7)
    assert story.on(361, 362) == [["C1 terms 7 > 0"], []]
    assert story.fact("terms_steps", on(362)) == -2
    said(books, 363, rating="up", score=60)
    books.receivable("R1", "C1", due=on(380), amount="10.00").dispute("R1", opened=on(363), reference="D1")
    books.review_request("C1", requested=on(363), due=on(370))
    assert story.on(363) == [["(C1 raise terms: dispute-open, review-open)"]]
    books.resolution("D1", resolved=on(365))
    assert story.on(365) == [["(C1 raise terms: review-open)"]]
    grants.review(books.book, customer="C1", result="well", reviewed=on(366), actor="anna", now=story.noon(365))
    assert story.on(366, 367) == [["C1 terms 0 > 2 - raise terms"], []]


# -- review ---------------------------------------------------------------------------------------------------------------


def test_the_rating_of_the_day_says_how_often_to_look(tmp_path: Path) -> None:
    """A C is looked at every 90 days, counted from its first rating on day 0. On day 80 C1 is an A: not before day 365 then.
    On day 200 it is a C again, and was last looked at 200 days ago: now, by day 214. While that is open no limit is stepped
    up; on the day that somebody has looked it is."""
    review = "review: {every_days: {A: 365, B: 180, C: 90}, within_days: 14}"
    books = Books().customer("C1", limit="500.00")
    said(books, 0, score=100)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING, review))
    assert story.on(0) == [["C1 rating none > C"]]
    said(books, 80, score=300)
    assert story.on(80, 90, 199) == [["C1 limit 500.00 > 9,000.00", "C1 rating C > A"], [], []]
    said(books, 200, score=100)
    assert story.on(200) == [
        ["C1 review by " + on(214) + " - every 90 days for C", "C1 limit 9,000.00 > 500.00", "C1 rating A > C"]
    ]
    said(books, 205, score=100, rating="up")
    assert story.on(205) == [["(C1 raise limit: review-open)"]]
    grants.review(books.book, customer="C1", result="well", reviewed=on(206), actor="anna", now=story.noon(205))
    assert story.on(206, 295, 296) == [
        ["C1 limit 500.00 > 550.00 - raise limit"],
        [],
        [f"C1 review by {on(310)} - every 90 days for C", "C1 limit 550.00 > 600.00 - raise limit"],
    ]


def test_a_rule_of_a_credit_policy_acts_once(tmp_path: Path) -> None:
    """Somebody is told that C1 is a C, once; not again while it is, nor when it becomes one for the second time without having
    been overdue in between."""
    rules = "rules: [{id: tell, when: {rating: C}, then: [alert: {to: credit-manager, severity: high}]}]"
    books = Books().customer("C1")
    said(books, 0, score=100)
    story = Story(books, tmp_path, credit(rated(300), rules))
    assert story.on(0, 1) == [["C1 alert rule tell", "C1 rating none > C"], []]
    said(books, 2, score=300)
    said(books, 3, score=100)
    assert story.on(2, 3) == [["C1 rating C > A"], ["C1 rating A > C"]]


# -- beside dunning -------------------------------------------------------------------------------------------------------


def test_what_stops_letters_stops_no_credit_decision(tmp_path: Path) -> None:
    """C1 is on dunning hold and has promised to pay; the agency lowers its score. Rating and limit follow the same day."""
    books = Books().customer("C1").receivable("R1", "C1", due=on(-5), amount="100.00")
    books.hold("C1", since=on(-1)).promise("C1", made=on(-1), promised=on(30), amount="100.00", receivable="R1")
    said(books, -1, score=300)
    story = Story(books, tmp_path, credit(rated(300), BY_RATING))
    assert story.on(0) == [["C1 limit none > 9,000.00", "C1 rating none > A"]]
    said(books, 1, score=100)
    assert story.on(1, 2) == [["C1 limit 9,000.00 > 500.00", "C1 rating A > C"], []]
