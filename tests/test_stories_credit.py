"""Stories of one customer's credit, day by day, through preview and apply, in a real book.

Each is told as a credit controller would tell it to a colleague. A line says what was done (`C1 limit none > 2,000.00`), behind
a dash why, where there is more to say than the score; in brackets what was withheld and why; in square ones who has to approve.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import money
from engine.act import apply, consent, grants
from engine.act.plan import plan
from engine.act.values import Action, Plan, Withheld
from engine.errors import Refusal
from engine.policy.roles import Roles
from tests.books import Books, day
from tests.diary import Diary
from tests.test_facts import read
from tests.test_stories import trade

START = "2026-03-02"


def credit(*sections: str, name: str = "trade-credit") -> str:
    """A credit policy in EUR with these sections, in flow style."""
    head = f"policy: {name}, kind: credit, version: 1, effective_from: 2020-01-01, summary: A test., currency: EUR"
    return f"{{{', '.join([head, *sections])}}}"


def on(n: int) -> str:
    """The n-th day of the story."""
    return day(START, n)


class Story(Diary):
    """A book lived through day by day under credit policies."""

    def saw(self, as_of: str, **more: str) -> list[str]:
        """What a preview of that day says."""
        return lines(self.preview(as_of, **more))

    def lived(self, as_of: str, *, deliver: bool = True) -> list[str]:
        """The day previewed, applied and delivered."""
        today = self.preview(as_of)
        super().lived(as_of, deliver=deliver)
        return lines(today)

    def on(self, *days: int) -> list[list[str]]:
        """Some days of the story."""
        return [self.lived(on(n)) for n in days]

    def fact(self, name: str, as_of: str, number: int = 1) -> int | str | None:
        """A fact of the customer with that id."""
        value: int | str | None = read(self.books, as_of=as_of, currency="EUR")[1][number][f"customer.{name}"]
        return value

    def noon(self, n: int) -> str:
        """An instant of the n-th day, after the run of the morning."""
        return f"{on(n)}T12:00:00Z"


def lines(today: Plan) -> list[str]:
    """What is to be done, then what is withheld."""
    return [*map(_done, today.actions), *sorted(map(_withheld, today.withheld))]


def _done(action: Action) -> str:
    """One action."""
    said, who = dict(action.parameters), action.customer
    rule = action.lines[0].rule
    roles = f" [{', '.join(action.approval)}]" if action.approval else ""
    match action.kind:
        case "set_rating":
            why = f" - {said['because']}" if said["because"] else ""
            return f"{who} rating {said['rating_before'] or 'none'} > {said['rating']}{why}{roles}"
        case "set_credit_limit":
            until = f" until {said['until']}" if said["until"] else ""
            return f"{who} limit {_amount(said['limit_before'])} > {_amount(said['limit'])}{until}{_why(rule)}{roles}"
        case "set_terms":
            before = "none" if said["days_before"] is None else said["days_before"]
            return f"{who} terms {before} > {said['days']}{_why(rule)}{roles}"
        case "review":
            return f"{who} review by {said['due']} - {said['because']}"
        case "credit_hold" | "release_credit_hold":
            return f"{who} {'hold' if action.kind == 'credit_hold' else 'release'} {said['reason']}{roles}"
    return f"{who} {action.kind} {rule}"


def _why(rule: str) -> str:
    """The step, where one was taken."""
    return f" - {rule}" if rule.split()[0] in ("raise", "lower") else ""


def _amount(minor: int | str | None) -> str:
    """A limit; none and 0 are not the same."""
    assert not isinstance(minor, str)
    return "none" if minor is None else money.written(minor, "EUR")


def _withheld(one: Withheld) -> str:
    """What was called for and stopped."""
    what = one.rule if one.kind != "review" else "review"
    return f"({one.customer} {what}: {', '.join(one.reasons)})"


# -- scorecard and rating -------------------------------------------------------------------------------------------------

SCORECARD = """scorecard: {base: 100, characteristics: [
  {id: punctuality, fact: customer.on_time_share_12m, weight: 2, missing: 10, bands: [
    {below: 60, points: 0}, {from: 60, below: 85, points: 40}, {from: 85, points: 90}]},
  {id: sector, fact: customer.industry, values: [{in: [food, retail], points: 30}], otherwise: 10},
  {id: agency, fact: customer.external_score, missing: 0, bands: [
    {below: 50, points: 0}, {from: 50, below: 70, points: 20}, {from: 70, points: 50}]}]}"""
BROKEN = """{id: broken, because: a promise was broken less than 90 days ago,
  when: {customer.days_since_broken_promise: {less_than: 90}}, not_above: B}"""
RATINGS = """ratings: {margin: MARGIN, ADJUSTED bands: [
  {rating: A, from: 300}, {rating: B, from: 180, below: 300}, {rating: C, below: 180}]}"""


def ratings(margin: int = 0, *adjustments: str) -> str:
    """A from 300, B from 180, else C."""
    adjusted = f"adjustments: [{', '.join(adjustments)}]," if adjustments else ""
    return RATINGS.replace("MARGIN", str(margin)).replace("ADJUSTED", adjusted)


def a_customer(**columns: str) -> Books:
    """C1, in the food business."""
    return Books().customer("C1", industry="food", **columns)


def sold(books: Books, number: str, due: str, paid: str | None) -> Books:
    """An invoice of 1,000.00, paid on a day."""
    books.receivable(number, "C1", due=due, amount="1000.00")
    return books if paid is None else books.payment(f"P{number}", "C1", received=paid, amount="1000.00", to=number)


def test_a_scorecard_day_by_day(tmp_path: Path) -> None:
    """Nobody knows C1: 100 + 2 x 10 + 30 = 150 points, C. The first invoice is paid on time: 310, A. The second is late, one
    of two on time: 130, C. Two more are on time, three of four: 210, B. The agency's report lifts it to 260, still B."""
    books = a_customer()
    story = Story(books, tmp_path, credit(SCORECARD, ratings()))
    assert story.on(0, 1) == [["C1 rating none > C"], []]
    sold(books, "R1", on(10), on(5))
    assert story.on(4, 5, 6) == [[], ["C1 rating C > A"], []]
    sold(books, "R2", on(20), on(21))
    assert story.on(20, 21) == [[], ["C1 rating A > C"]]
    sold(sold(books, "R3", on(30), on(25)), "R4", on(30), on(25))
    assert story.on(25) == [["C1 rating C > B"]]
    books.assessment("C1", assessed=on(27), score=75)
    assert story.on(27) == [[]]


def test_an_expired_report_earns_what_none_earns(tmp_path: Path) -> None:
    """The agency's 50 points take C1 from 150 to 200, a B, but only as long as the report is good."""
    books = a_customer().assessment("C1", assessed=on(0), score=75, valid_until=on(9))
    story = Story(books, tmp_path, credit(SCORECARD, ratings()))
    assert story.on(0, 9, 10, 11) == [["C1 rating none > B"], [], ["C1 rating B > C"], []]


def test_a_broken_promise_holds_the_rating_down(tmp_path: Path) -> None:
    """With 310 points C1 would be an A; a promise was broken: not above B for 90 days."""
    books = sold(a_customer(), "R1", on(0), on(-5)).receivable("R2", "C1", due=on(40), amount="500.00")
    story = Story(books, tmp_path, credit(SCORECARD, ratings(0, BROKEN)))
    assert story.on(0) == [["C1 rating none > A"]]
    books.promise("C1", made=on(1), promised=on(5), amount="500.00", receivable="R2")
    books.payment("P2", "C1", received=on(20), amount="500.00", to="R2")
    assert story.on(5, 6) == [[], ["C1 rating A > B - a promise was broken less than 90 days ago"]]
    assert story.on(94, 95, 96) == [[], ["C1 rating B > A"], []]


def test_a_rating_does_not_flip_around_its_bound(tmp_path: Path) -> None:
    """B is from 180 on, with a margin of 15. A C becomes a B at 195 and no sooner; a B stays one down to 165; at 164 it is a C,
    and takes 195 again. A score that goes up and down around 180 moves nothing."""
    bands = ", ".join(f"{{from: {score}, below: {score + 1}, points: {score}}}" for score in range(160, 200))
    card = f"""scorecard: {{base: 0, characteristics: [{{id: agency, fact: customer.external_score, bands: [
      {{below: 160, points: 0}}, {bands}, {{from: 200, points: 200}}]}}]}}"""
    books = a_customer()
    story = Story(books, tmp_path, credit(card, ratings(15)))
    seen = []
    for n, score in enumerate((179, 180, 194, 195, 180, 165, 164, 180, 194, 195, 170, 166)):
        books.assessment("C1", assessed=on(n), score=score)
        seen.append((score, story.lived(on(n))))
    assert seen == [
        (179, ["C1 rating none > C"]), (180, []), (194, []), (195, ["C1 rating C > B"]), (180, []), (165, []),
        (164, ["C1 rating B > C"]), (180, []), (194, []), (195, ["C1 rating C > B"]), (170, []), (166, []),
    ]


def test_a_person_overrides_the_rating_and_another_confirms(tmp_path: Path) -> None:
    """The credit manager knows better: A until day 20. It counts from the confirmation on, takes the limit with it, and
    when it ends the score decides again."""
    books = a_customer()
    story = Story(books, tmp_path, credit(SCORECARD, ratings(), LIMIT_BY_RATING))
    assert story.on(0) == [["C1 limit none > 500.00", "C1 rating none > C"]]
    made = grants.override(books.book, customer="C1", rating="A", ratings=["A", "B", "C"], reason="parent guarantees",
                           since=on(1), until=on(20), actor="anna", now=story.noon(0))
    assert story.on(1) == [[]]
    with pytest.raises(Refusal, match="same-person"):
        grants.confirm(books.book, reference=made.reference, confirmed=on(2), actor="anna", now=story.noon(1))
    grants.confirm(books.book, reference=made.reference, confirmed=on(2), actor="bert", now=story.noon(1))
    assert story.on(2, 3) == [["C1 limit 500.00 > 9,000.00", "C1 rating C > A - override"], []]
    assert story.on(20, 21) == [[], ["C1 limit 9,000.00 > 500.00", "C1 rating A > C"]]


def test_an_override_is_withdrawn(tmp_path: Path) -> None:
    """A day later the credit manager has second thoughts; nobody need confirm that."""
    books = a_customer().override("C1", "A", since=on(0), until=on(90), reference="O1", confirmed=on(0))
    story = Story(books, tmp_path, credit(SCORECARD, ratings()))
    assert story.on(0) == [["C1 rating none > A - override"]]
    grants.withdraw(books.book, reference="O1", withdrawn=on(1), actor="anna", now=story.noon(0))
    assert story.on(1, 2) == [["C1 rating A > C"], []]


# -- limit ----------------------------------------------------------------------------------------------------------------

LIMIT_BY_RATING = """limit: {rules: [{id: good, when: {rating: A}, amount: 9000.00},
  {id: fair, when: {rating: B}, amount: 2000.00}, {id: weak, amount: 500.00}]}"""
OF_SALES = """limit: {change_by_percent: 10, rules: [
  {id: prepaid, when: {customer.segment: prepaid}, amount: null}, {id: insolvent, when: {customer.insolvent: true}, amount: 0.00},
  {id: sales, percent: 20, of: customer.sales_12m, floor: 300.00, cap: 1000.00, round_to: 50.00}]}"""


def test_a_limit_follows_the_sales(tmp_path: Path) -> None:
    """A fifth of the sales of 12 months in steps of 50.00, between 300.00 and 1,000.00; less than a tenth is not worth a
    letter. Insolvency: no credit, which is not the same as none set."""
    books = a_customer().receivable("R1", "C1", due=on(20), issued=on(0), amount="2600.00")
    story = Story(books, tmp_path, credit(OF_SALES))
    assert story.on(0, 1) == [["C1 limit none > 500.00"], []]
    books.receivable("R2", "C1", due=on(20), issued=on(2), amount="150.00")
    assert story.on(2) == [["C1 limit 500.00 > 550.00"]]
    books.receivable("R3", "C1", due=on(20), issued=on(3), amount="250.00")
    assert story.on(3) == [[]]
    books.receivable("R4", "C1", due=on(20), issued=on(4), amount="9000.00")
    assert story.on(4, 5) == [["C1 limit 550.00 > 1,000.00"], []]
    books.assessment("C1", assessed=on(6), insolvent=1)
    assert story.on(6, 7) == [["C1 limit 1,000.00 > 0.00"], []]
    books.assessment("C1", assessed=on(8), insolvent=0)
    assert story.on(8) == [["C1 limit 0.00 > 1,000.00"]]
    assert story.on(369, 370) == [["C1 limit 1,000.00 > 300.00"], []]


def test_no_limit_is_set_for_who_pays_in_advance(tmp_path: Path) -> None:
    """`amount: null`: none is set; and none is set again when the segment changes."""
    books = Books().customer("C1", segment="prepaid")
    story = Story(books, tmp_path, credit(OF_SALES))
    assert story.on(0) == [[]]
    books.version("C1", valid_from=on(1), segment="sme")
    assert story.on(1, 2) == [["C1 limit none > 300.00"], []]
    books.version("C1", valid_from=on(3), segment="prepaid", limit="300.00")
    assert story.on(3, 4) == [["C1 limit 300.00 > none"], []]


def test_without_evidence_there_is_no_limit(tmp_path: Path) -> None:
    """A tenth of the equity, and no statement has been sent: the preview says that it is missing, until one comes."""
    books = a_customer()
    story = Story(books, tmp_path, credit("limit: {rules: [{id: equity, percent: 10, of: customer.equity}]}"))
    assert story.on(0) == [["(C1 limit equity: missing-evidence)"]]
    books.financials("C1", period_end=on(-60), received=on(1), equity="50000.00")
    assert story.on(1, 2) == [["C1 limit none > 5,000.00"], []]


FIXED = "limit: {valid_days: 30, change_by_percent: 10, rules: [{id: all, percent: 100, of: customer.secured_amount}]}"


def test_a_limit_that_has_run_out_is_renewed(tmp_path: Path) -> None:
    """Good for 30 days, the last one included. Then it is set again; a change of 5 % waits for that day and comes with it."""
    books = a_customer().security("C1", "1000.00", since=on(0))
    story = Story(books, tmp_path, credit(FIXED))
    assert story.on(0, 1, 30) == [[f"C1 limit none > 1,000.00 until {on(30)}"], [], []]
    assert story.fact("days_until_limit_ends", on(30)) == 0
    assert story.on(31, 32) == [[f"C1 limit 1,000.00 > 1,000.00 until {on(61)}"], []]
    books.security("C1", "50.00", since=on(40))
    assert story.on(40, 61, 62) == [[], [], [f"C1 limit 1,000.00 > 1,050.00 until {on(92)}"]]


def test_a_limit_is_not_renewed_while_a_review_is_open(tmp_path: Path) -> None:
    """Somebody is to look at C1 first. The limit stays, run out as it is; after the review it is renewed."""
    books = a_customer().security("C1", "1000.00", since=on(0))
    story = Story(books, tmp_path, credit(FIXED))
    story.on(0)
    books.review_request("C1", requested=on(20), due=on(40))
    assert story.on(31) == [["(C1 limit all: review-open)"]]
    grants.review(books.book, customer="C1", result="limit confirmed", reviewed=on(32), actor="anna", now=story.noon(31))
    assert story.on(32, 33) == [[f"C1 limit 1,000.00 > 1,000.00 until {on(62)}"], []]


# -- holds ----------------------------------------------------------------------------------------------------------------

HOLDS = """holds: [
  {reason: over-limit, when: {customer.utilisation: {more_than: 100}}, release_when: {customer.utilisation: {at_most: 90}}},
  {reason: overdue, when: {customer.oldest_days_past_due: {at_least: 30}}, release_when: {customer.overdue_amount: 0.00}}]"""


def test_each_hold_goes_its_own_way(tmp_path: Path) -> None:
    """C1 may owe 1,000.00 and owes 1,001.00: held. Down to 950.00 it stays held, at 900.00 it is free. A month later an old
    invoice is overdue for 30 days, and new ones go over the limit: two reasons at once, each of which ends by itself."""
    books = a_customer(limit="1000.00").receivable("R1", "C1", due=on(30), amount="1001.00")
    story = Story(books, tmp_path, credit(HOLDS))
    assert story.on(0, 1) == [["C1 hold over-limit"], []]
    books.payment("P1", "C1", received=on(2), amount="51.00", to="R1")
    assert story.on(2) == [[]]
    books.payment("P2", "C1", received=on(3), amount="50.00", to="R1")
    assert story.on(3, 4) == [["C1 release over-limit"], []]
    assert story.on(59, 60) == [[], ["C1 hold overdue"]]
    books.receivable("R2", "C1", due=on(90), amount="200.00")
    assert story.on(61) == [["C1 hold over-limit"]]
    books.payment("P3", "C1", received=on(62), amount="900.00", to="R1")
    assert story.on(62, 63) == [["C1 release over-limit", "C1 release overdue"], []]
    assert story.fact("credit_hold", on(63)) == 0


def test_what_a_person_holds_a_person_releases(tmp_path: Path) -> None:
    """The credit manager holds C1 for the same reason: the policy neither doubles nor lifts it."""
    books = a_customer(limit="1000.00").receivable("R1", "C1", due=on(30), amount="1001.00")
    books.hold("C1", since=on(0), kind="credit", reason="over-limit", reference="H1")
    story = Story(books, tmp_path, credit(HOLDS))
    assert story.on(0) == [[]]
    books.payment("P1", "C1", received=on(1), amount="1001.00", to="R1")
    assert story.on(1) == [[]]
    assert story.fact("credit_hold", on(1)) == 1
    books.release("H1", released=on(2))
    assert story.fact("credit_hold", on(2)) == 0


def test_sales_insists_for_a_week(tmp_path: Path) -> None:
    """A forced release until day 7, confirmed: the hold stays in the book and stops nothing, no new one is set, and the
    preview says why. On day 8 both count again."""
    books = a_customer(limit="1000.00").receivable("R1", "C1", due=on(-28), amount="1001.00")
    story = Story(books, tmp_path, credit(HOLDS))
    assert story.on(0) == [["C1 hold over-limit"]]
    made = grants.suspend(books.book, customer="C1", reason="the ship leaves on Friday", since=on(1), until=on(7),
                          actor="anna", now=story.noon(0))
    assert story.fact("credit_hold", on(1)) == 1
    grants.confirm(books.book, reference=made.reference, confirmed=on(1), actor="bert", now=story.noon(0))
    assert [story.fact("credit_hold", on(n)) for n in (0, 1, 7, 8)] == [1, 0, 0, 1]
    assert story.on(1, 2, 7, 8) == [[], ["(C1 hold overdue: hold-suspended)"], ["(C1 hold overdue: hold-suspended)"],
                                    ["C1 hold overdue"]]


def test_a_temporary_limit_frees_for_its_time(tmp_path: Path) -> None:
    """Christmas business: 2,000.00 instead of 1,000.00 until day 30. It counts from its confirmation; on day 31 C1 is held
    again, since the 1,500.00 are still open. The limit of the policy has never changed."""
    books = a_customer(limit="1000.00").receivable("R1", "C1", due=on(60), issued=on(-1), amount="1500.00")
    story = Story(books, tmp_path, credit(HOLDS))
    assert story.on(0) == [["C1 hold over-limit"]]
    made = grants.limit(books.book, customer="C1", amount="2000.00", reason="Christmas", since=on(1), until=on(30),
                        actor="anna", now=story.noon(0))
    assert story.on(1) == [[]]
    grants.confirm(books.book, reference=made.reference, confirmed=on(2), actor="bert", now=story.noon(1))
    assert story.on(2, 30, 31) == [["C1 release over-limit"], [], ["C1 hold over-limit"]]
    assert [story.fact(name, on(30)) for name in ("credit_limit", "limit_in_force", "headroom")] == [
        100_000, 200_000, 50_000]


def test_a_temporary_limit_may_be_lower(tmp_path: Path) -> None:
    """The temporary one counts while it lasts, also where it is the smaller."""
    books = a_customer(limit="1000.00").granted_limit("C1", "500.00", since=on(1), until=on(9), confirmed=on(0))
    story = Story(books.receivable("R1", "C1", due=on(60), issued=on(-1), amount="600.00"), tmp_path, credit(HOLDS))
    assert story.on(0, 1, 9, 10) == [[], ["C1 hold over-limit"], [], ["C1 release over-limit"]]


OF_GROUP = """holds: [{reason: over-limit, when: {customer.headroom: {less_than: 0.00}},
  release_when: {customer.headroom: {at_least: 0.00}}}]"""


def test_a_group_has_one_limit(tmp_path: Path) -> None:
    """P and its daughters D1 and D2 may owe 1,000.00 each, and 2,000.00 together. D1 and D2 owe 900.00 each: all is well.
    P buys for 300.00 and is far below its own limit, but the group is over: all three are held. D1 pays: all are free."""
    books = Books().customer("P", limit="1000.00").customer("D1", parent="P", limit="1000.00")
    books.customer("D2", parent="P", limit="1000.00")
    for number in ("D1", "D2"):
        books.receivable(f"R-{number}", number, due=on(30), amount="900.00")
    books.granted_limit("P", "2000.00", since=on(0), group=True, confirmed=on(0))
    story = Story(books, tmp_path, credit(OF_GROUP))
    assert story.on(0) == [[]]
    assert [story.fact("headroom", on(0), number) for number in (1, 2, 3)] == [20_000, 10_000, 10_000]
    books.receivable("R-P", "P", due=on(30), amount="300.00", issued=on(1))
    assert story.on(1, 2) == [["D1 hold over-limit", "D2 hold over-limit", "P hold over-limit"], []]
    assert [story.fact("effective_limit", on(1), number) for number in (1, 2, 3)] == [100_000] * 3
    assert story.fact("group_exposure", on(1), 2) == 210_000
    books.payment("PAY", "D1", received=on(3), amount="900.00", to="R-D1")
    assert story.on(3) == [["D1 release over-limit", "D2 release over-limit", "P release over-limit"]]


# -- approval -------------------------------------------------------------------------------------------------------------

APPROVALS = """approvals: [{action: set_credit_limit, above: 1000.00, role: credit-manager},
  {action: set_credit_limit, raise_above_percent: 50, role: cfo}, {action: set_terms, above_days: 30, role: credit-manager}]"""
SECURED = "limit: {rules: [{id: secured, percent: 100, of: customer.secured_amount}]}"
ROLES = Roles((("cfo", ("carla",)), ("credit-manager", ("anna", "bert"))), 7, "roles.yaml")


def test_a_large_limit_waits_for_its_approvals(tmp_path: Path) -> None:
    """800.00 for 700.00 needs nobody. 1,300.00 is above 1,000.00 and half as much again: the credit manager and the CFO.
    Anna made the plan and may not approve it; Bert may, Carla must; with both it is carried out, by Anna."""
    books = a_customer(limit="700.00").security("C1", "800.00", since=on(0))
    story = Story(books, tmp_path, credit(SECURED, APPROVALS))
    assert story.on(0) == [["C1 limit 700.00 > 800.00"]]
    books.security("C1", "500.00", since=on(1))
    today = plan(books.book, story.policies, as_of=on(1), planner="anna")
    assert lines(today) == ["C1 limit 800.00 > 1,300.00 [cfo, credit-manager]"]

    def carry_out() -> None:
        apply.apply(books.book, today, story.policies, actor="anna", now=story.noon(1))

    with pytest.raises(Refusal, match="needs-approval"):
        carry_out()
    with pytest.raises(Refusal, match="own-plan"):
        consent.approve(books.book, today, ROLES, actor="anna", now=story.noon(1))
    consent.approve(books.book, today, ROLES, actor="bert", now=story.noon(1))
    with pytest.raises(Refusal, match="needs-approval"):
        carry_out()
    consent.approve(books.book, today, ROLES, actor="carla", now=story.noon(1))
    carry_out()
    assert story.fact("credit_limit", on(1)) == 130_000
    assert story.on(2) == [[]]


def test_an_approval_expires(tmp_path: Path) -> None:
    """Given on day 1, good for a week: on day 9 the plan can no longer be carried out with it."""
    books = a_customer(limit="900.00").security("C1", "1001.00", since=on(1))
    story = Story(books, tmp_path, credit(SECURED, APPROVALS))
    today = plan(books.book, story.policies, as_of=on(1), planner="anna")
    consent.approve(books.book, today, ROLES, actor="bert", now=story.noon(1))
    with pytest.raises(Refusal, match="needs-approval"):
        apply.apply(books.book, today, story.policies, actor="anna", now=story.noon(9))
    apply.apply(books.book, today, story.policies, actor="anna", now=story.noon(7))
    assert story.fact("credit_limit", on(7)) == 100_100


def test_the_rest_is_carried_out_when_asked_to(tmp_path: Path) -> None:
    """Terms of 45 days wait for the credit manager; the limit of 900.00 does not."""
    terms = "terms: {rules: [{id: usual, days: 45}]}"
    books = a_customer(limit="800.00").security("C1", "900.00", since=on(0))
    story = Story(books, tmp_path, credit(SECURED, terms, APPROVALS))
    today = story.preview(on(0))
    assert lines(today) == ["C1 limit 800.00 > 900.00", "C1 terms none > 45 [credit-manager]"]
    apply.apply(books.book, today, story.policies, actor="test", now=story.noon(0), skip_unapproved=True)
    assert (story.fact("credit_limit", on(0)), story.fact("terms_days", on(0))) == (90_000, None)
    assert story.saw(on(1)) == ["C1 terms none > 45 [credit-manager]"]


# -- steps ----------------------------------------------------------------------------------------------------------------

STEPS = """limit: {change_by_percent: 5, rules: [{id: secured, percent: 100, of: customer.secured_amount}],
  steps: {every_days: 90, percent: 10, most: 2, lowest: 1, raise_when: {customer.on_time_streak: {at_least: 2}},
          lower_when: {customer.days_since_late: 0}}}"""


def secured(amount: str = "1000.00") -> Books:
    """C1, for whom somebody answers."""
    return a_customer().security("C1", amount, since=on(-300))


def test_punctuality_raises_the_limit_step_by_step(tmp_path: Path) -> None:
    """Two invoices on time: a tenth more, once in 90 days, twice at most. The first limit of all is set with the step. Then
    something is overdue: a tenth less, and the next not before 90 days."""
    books = sold(sold(secured(), "R1", on(-5), on(-9)), "R2", on(-4), on(-9))
    story = Story(books, tmp_path, credit(STEPS))
    assert story.on(0, 1, 89) == [["C1 limit none > 1,100.00 - raise limit"], [], []]
    assert story.on(90, 91) == [["C1 limit 1,100.00 > 1,200.00 - raise limit"], []]
    assert story.on(180, 181) == [[], []]
    sold(books, "R3", on(199), None)
    assert story.on(199, 200, 201, 289) == [[], ["C1 limit 1,200.00 > 1,100.00 - lower limit"], [], []]
    assert story.on(290, 380) == [["C1 limit 1,100.00 > 1,000.00 - lower limit"], ["C1 limit 1,000.00 > 900.00 - lower limit"]]
    assert story.on(470) == [[]]


def test_no_step_while_a_dispute_is_open(tmp_path: Path) -> None:
    """C1 contests an invoice that is not due yet: the raise waits, and the preview says so. The limit without it is set."""
    books = sold(sold(secured(), "R1", on(-5), on(-9)), "R2", on(-4), on(-9))
    books.receivable("R3", "C1", due=on(30), amount="10.00").dispute("R3", opened=on(-2), reference="D1")
    story = Story(books, tmp_path, credit(STEPS))
    assert story.on(0, 1) == [["C1 limit none > 1,000.00", "(C1 raise limit: dispute-open)"], ["(C1 raise limit: dispute-open)"]]
    books.resolution("D1", resolved=on(2))
    assert story.on(2, 3) == [["C1 limit 1,000.00 > 1,100.00 - raise limit"], []]


def test_no_step_while_a_review_is_open(tmp_path: Path) -> None:
    """Somebody is to look at C1: no step until that is done."""
    books = sold(sold(secured(), "R1", on(-5), on(-9)), "R2", on(-4), on(-9))
    story = Story(books.review_request("C1", requested=on(-1), due=on(9)), tmp_path, credit(STEPS))
    assert story.on(0) == [["C1 limit none > 1,000.00", "(C1 raise limit: review-open)"]]
    grants.review(books.book, customer="C1", result="well", reviewed=on(1), actor="anna", now=story.noon(0))
    assert story.on(1) == [["C1 limit 1,000.00 > 1,100.00 - raise limit"]]


def test_punctuality_never_lowers_a_limit(tmp_path: Path) -> None:
    """C1 has 968.00. The rule comes to 860.02 by now, which is too small a change to be made; a tenth more would be 946.03,
    which is no raise for C1. So nothing happens, until there is another guarantee: a tenth more than 977.30."""
    books = sold(sold(secured("880.00"), "R1", on(-5), on(-9)), "R2", on(-4), on(-9))
    books.version("C1", valid_from=on(-1), industry="food", limit="968.00")
    story = Story(books, tmp_path, credit(STEPS.replace("percent: 100,", "percent: 97.73,").replace(
        "change_by_percent: 5", "change_by_percent: 12")))
    assert story.on(0, 1) == [[], []]
    books.security("C1", "120.00", since=on(2))
    assert story.on(2, 3) == [["C1 limit 968.00 > 1,075.03 - raise limit"], []]


OUTLOOK = """terms: {rules: [{id: gloomy, when: {customer.market_outlook: negative}, days: 14}, {id: usual, days: 30}],
  steps: {every_days: 180, days: 5, most: 1, lowest: 1, raise_when: {customer.on_time_streak: {at_least: 2}},
          lower_when: {customer.days_since_late: 0}}}"""


def test_a_gloomy_market_shortens_the_terms_of_an_industry(tmp_path: Path) -> None:
    """Food does badly from day 10 on: 14 days instead of 30 for everybody in it, and for nobody else; the step of C2, who
    pays on time, stays. On day 50 the outlook is stable again."""
    books = Books().customer("C1", industry="food").customer("C2", industry="food").customer("C3", industry="steel")
    for number in ("R1", "R2"):
        books.receivable(number, "C2", due=on(-4), amount="10.00")
        books.payment(f"P{number}", "C2", received=on(-9), amount="10.00", to=number)
    books.market("food", "negative", valid_from=on(10)).market("food", "stable", valid_from=on(50))
    story = Story(books, tmp_path, credit(OUTLOOK))
    assert story.on(0, 9) == [["C1 terms none > 30", "C2 terms none > 35 - raise terms", "C3 terms none > 30"], []]
    assert story.on(10, 11) == [["C1 terms 30 > 14", "C2 terms 35 > 19"], []]
    assert story.on(50, 51) == [["C1 terms 14 > 30", "C2 terms 19 > 35"], []]


# -- review ---------------------------------------------------------------------------------------------------------------

REVIEW = """review: {every_days: {A: 365, B: 180, C: 90}, within_days: 14, quiet_days: 30,
  sooner: [{id: used, because: utilisation is over 90 %, when: {customer.utilisation: {more_than: 90}}, within_days: 5}]}"""


def test_a_review_is_called_for_and_done(tmp_path: Path) -> None:
    """The first rating is a review itself: the next is due 90 days later, within two weeks. It is called for once, stands
    open and overdue, and when somebody has looked, the 90 days begin anew."""
    books = a_customer()
    story = Story(books, tmp_path, credit(SCORECARD, ratings(), REVIEW))
    assert story.on(0, 89) == [["C1 rating none > C"], []]
    assert story.on(90, 91, 110) == [[f"C1 review by {on(104)} - every 90 days for C"], [], []]
    assert [story.fact("days_until_review", on(n)) for n in (90, 104, 110)] == [14, 0, -6]
    grants.review(books.book, customer="C1", result="stays", reviewed=on(111), actor="anna", now=story.noon(110))
    assert (story.fact("review_open", on(111)), story.fact("days_until_review", on(111))) == (0, None)
    assert story.on(111, 200, 201) == [[], [], [f"C1 review by {on(215)} - every 90 days for C"]]


def test_a_rating_that_was_imported_is_looked_at_first(tmp_path: Path) -> None:
    """Whoever comes with a rating from elsewhere has never been reviewed by us: now."""
    story = Story(a_customer(rating="C"), tmp_path, credit(SCORECARD, ratings(), REVIEW))
    assert story.on(0, 1) == [[f"C1 review by {on(14)} - every 90 days for C"], []]


def test_an_event_brings_the_review_forward(tmp_path: Path) -> None:
    """C1 uses more than 90 % of its limit: within five days, though the last review is but a month old. It is not called for
    again while it is open, nor in the 30 days after it; then it is, with all its reasons."""
    books = a_customer(limit="1000.00", rating="C").review("C1", reviewed=on(-29))
    books.receivable("R1", "C1", due=on(399), issued=on(-30), amount="901.00")
    story = Story(books, tmp_path, credit(SCORECARD, ratings(), REVIEW))
    assert story.on(0, 1, 2) == [[], [f"C1 review by {on(6)} - utilisation is over 90 %"], []]
    grants.review(books.book, customer="C1", result="stays", reviewed=on(5), actor="anna", now=story.noon(4))
    assert story.on(5, 34, 35) == [[], [], [f"C1 review by {on(40)} - utilisation is over 90 %"]]
    grants.review(books.book, customer="C1", result="stays", reviewed=on(36), actor="anna", now=story.noon(35))
    books.payment("P1", "C1", received=on(37), amount="801.00", to="R1")
    assert story.on(66, 125) == [[], []]
    books.receivable("R2", "C1", due=on(300), issued=on(126), amount="900.00")
    assert story.on(126) == [[f"C1 review by {on(131)} - every 90 days for C; utilisation is over 90 %"]]


# -- beside dunning -------------------------------------------------------------------------------------------------------


def test_one_preview_shows_both(tmp_path: Path) -> None:
    """R1 is overdue: the third day brings the letter and, since 1,000.00 are over the limit of 900.00, the hold was there
    from the first. A dunning hold stops the letters and nothing of the credit policy; a dispute neither."""
    books = a_customer(limit="900.00").contact("C1", email="ap@example.com")
    books.receivable("R1", "C1", due=on(0), amount="1000.00")
    story = Story(books, tmp_path, trade(), credit(HOLDS))
    assert story.on(0, 3) == [["C1 hold over-limit"], ["C1 notice level 1"]]
    books.hold("C1", since=on(4), until=on(40)).dispute("R1", opened=on(5))
    assert story.on(10) == [["(C1 level 2: dunning-hold, disputed)"]]
    assert story.on(30) == [["C1 hold overdue", "(C1 level 2: dunning-hold, disputed)"]]
    books.payment("P1", "C1", received=on(31), amount="1000.00", to="R1")
    assert story.on(31) == [["C1 release over-limit", "C1 release overdue"]]


def test_under_observation_nothing_is_touched(tmp_path: Path) -> None:
    """The policy's own reason stops rating, limit and hold alike; and the preview shows all that it stops."""
    withhold = "withhold: [{because: under-observation, when: {customer.segment: observed}}]"
    books = Books().customer("C1", segment="observed", limit="100.00").receivable("R1", "C1", due=on(9), amount="101.00")
    story = Story(books, tmp_path, credit(withhold, SCORECARD, ratings(), LIMIT_BY_RATING, HOLDS))
    assert story.on(0) == [["(C1 hold over-limit: under-observation)", "(C1 limit weak: under-observation)",
                            "(C1 rating C: under-observation)"]]
    books.version("C1", valid_from=on(1), segment="sme", limit="100.00")
    assert story.on(1, 2) == [["C1 hold over-limit", "C1 limit 100.00 > 500.00", "C1 rating none > C"],
                              ["C1 release over-limit"]]


def test_all_of_it_on_one_day_chains_the_versions(tmp_path: Path) -> None:
    """Rating, limit and terms are set in one run: each is one more version of the customer, and none loses the others'."""
    terms = "terms: {rules: [{id: usual, days: 30}]}"
    books = a_customer()
    story = Story(books, tmp_path, credit(SCORECARD, ratings(), LIMIT_BY_RATING, terms))
    assert story.on(0, 1) == [["C1 limit none > 500.00", "C1 rating none > C", "C1 terms none > 30"], []]
    names: Sequence[str] = ("rating", "credit_limit", "terms_days", "industry")
    assert [story.fact(name, on(0)) for name in names] == ["C", 50_000, 30, "food"]
