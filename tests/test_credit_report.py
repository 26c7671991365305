"""What people read of the credit actions of a plan: each kind, what it comes to, what is withheld and why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import money
from engine.act.values import Action, Withheld
from engine.policy.model import Action as Called
from engine.policy.model import kind_of
from engine.report import csvs, words
from engine.report.render import preview
from tests import plans
from tests.credit_plans import POLICIES, limit, rating, review, terms


def told(*actions: Action, stopped: tuple[Withheld, ...] = (), width: int = 100) -> list[str]:
    """The lines of a preview of credit and dunning together, with single spaces."""
    text = preview(plans.plan(*actions, stopped=stopped, policies=POLICIES), width=width)
    return [" ".join(line.split()) for line in text.splitlines()]


def stopped(kind: str, *reasons: str, amount: int = 0) -> Withheld:
    """A credit action that was called for and stopped."""
    found = plans.withheld(*reasons, kind=kind, receivable=None, amount=amount, levels=None, name="C-2001")
    return replace(found, policy="trade-credit", version=1, rule="raise limit")


def test_both_kinds_of_policy_are_told_apart() -> None:
    """The kind stands beside the policies where there are several kinds."""
    assert "policy kind decides about amounts in digest file" in told()
    alone = preview(plans.plan(policies=POLICIES[:1]))
    assert "kind" not in alone


def test_a_rating_says_from_what_to_what_and_why() -> None:
    """With the points; what changed it beside them stands below; the most frequent change is said first."""
    lines = told(
        rating("C1", "A", "B", score=610),
        rating("C2", "B"),
        rating("C3", "B", score=None),
        rating("C4", "C", "A", because="a promise was broken; override"),
    )
    at = lines.index("Ratings: 4")
    assert lines[at + 1] == "2 B for the first time, 1 A -> C, 1 B -> A."
    assert lines[at + 4 : at + 9] == [
        "C4 Customer C4 A -> C 455 trade-credit",
        "a promise was broken; override",
        "C1 Customer C1 B -> A 610 trade-credit",
        "C2 Customer C2 B for the first time 455 trade-credit",
        "C3 Customer C3 B for the first time trade-credit",
    ]


def test_a_limit_says_before_after_change_and_end() -> None:
    """The largest change first; not set and no credit are never the same; a step is named; who must approve stands below."""
    lines = told(
        limit("C1", 600_000, 500_000, step=1, approval=("cfo", "credit-manager")),
        limit("C2", None, 400_000, rule="prepaid", until=None),
        limit("C3", 0, 300_000, rule="no-credit"),
        limit("C4", 200_000),
        limit("C5", 90_000, 100_000, step=-1),
        limit("C6", 0, 0, until="2028-03-01"),
    )
    at = lines.index("Credit limits: 6")
    assert lines[at + 3 : at + 10] == [
        "C2 Customer C2 4,000.00 not set EUR prepaid (trade-credit)",
        "C3 Customer C3 3,000.00 0.00 EUR -3,000.00 2027-03-01 no-credit (trade-credit)",
        "C4 Customer C4 not set 2,000.00 EUR 2027-03-01 by-size (trade-credit)",
        "C1 Customer C1 5,000.00 6,000.00 EUR +1,000.00 2027-03-01 by-size, a step up (trade-credit)",
        "waits for cfo, credit-manager",
        "C5 Customer C5 1,000.00 900.00 EUR -100.00 2027-03-01 by-size, a step down (trade-credit)",
        "C6 Customer C6 0.00 0.00 EUR 0.00 2028-03-01 by-size (trade-credit)",
    ]


def test_what_becomes_of_limits_is_added_up_within_a_currency() -> None:
    """Raised, lowered, first set, taken away, renewed; the sum of all of them where there are several."""
    lines = told(
        limit("C1", 600_000, 500_000),
        limit("C2", 700_000, 500_000),
        limit("C3", 100_000, 500_000),
        limit("C4", 200_000),
        limit("C5", None, 50_000),
        limit("C6", 500, 300, currency="JPY"),
        limit("C7", 0, 0),
    )
    at = lines.index("What it does to credit limits")
    assert lines[at + 3 : at + 10] == [
        "raised 2 10,000.00 13,000.00 +3,000.00 EUR",
        "lowered 1 5,000.00 1,000.00 -4,000.00 EUR",
        "set for the first time 1 0.00 2,000.00 +2,000.00 EUR",
        "no longer set 1 500.00 0.00 -500.00 EUR",
        "renewed as it is 1 0.00 0.00 0.00 EUR",
        "in all 6 15,500.00 16,000.00 +500.00 EUR",
        "raised 1 300 500 +200 JPY",
    ]
    # Among the totals the sum of limits would be read as money that moves.
    assert "credit limit 7 1" in lines


def test_terms_and_reviews() -> None:
    """Days before and after; when a review is due and why, the earliest first."""
    lines = told(
        terms("C1", 45, 30, step=1),
        terms("C2", 14, 30, rule="gloomy"),
        terms("C3", 30),
        review("C4", "2026-03-15", "every 180 days for B; utilisation is over 90 %"),
        review("C5", "2026-03-06", "first promise broken"),
    )
    at = lines.index("Payment terms: 3")
    assert lines[at + 1] == "1 for the first time, 1 longer, 1 shorter."
    assert lines[at + 4 : at + 7] == [
        "C3 Customer C3 not set 30 usual (trade-credit)",
        "C2 Customer C2 30 14 gloomy (trade-credit)",
        "C1 Customer C1 30 45 usual, a step up (trade-credit)",
    ]
    at = lines.index("Reviews: 2")
    assert lines[at + 1] == "Due by 2026-03-06 to 2026-03-15."
    assert lines[at + 4 : at + 8] == [
        "C5 Customer C5 2026-03-06 trade-credit",
        "first promise broken",
        "C4 Customer C4 2026-03-15 trade-credit",
        "every 180 days for B; utilisation is over 90 %",
    ]


def test_a_proposal_to_write_off_lists_its_receivables() -> None:
    """Each with its own amount; a note below."""
    items = (plans.item("INV-8", days=400, amount=4_200), plans.item("INV-9", days=390, amount=1_000))
    lines = told(
        plans.action(
            "propose_write_off",
            plans.line("INV-8", levels=None),
            plans.line("INV-9", levels=None),
            items=items,
            amount=5_200,
            note="too small to sue",
            approval=("cfo",),
        )
    )
    at = lines.index("Proposals to write off: 1")
    assert lines[at + 3].endswith("2 receivables 400 52.00 EUR standard v2 cfo")
    assert [line.split()[0] for line in lines[at + 4 : at + 7]] == ["INV-8", "INV-9", "too"]


@pytest.mark.parametrize("reason", ["missing-evidence", "dispute-open", "review-open", "hold-suspended"])
def test_every_reason_of_credit_is_said_in_words(reason: str) -> None:
    """One sentence below the title."""
    lines = told(stopped=(stopped("set_credit_limit", reason),))
    assert lines[lines.index(f"Withheld because {reason}: 1") + 1] == words.REASONS[reason]


def test_what_is_withheld_of_credit_states_an_amount_only_where_there_is_one() -> None:
    """The limit that it would have been; of a rating or terms nothing, and no days past due."""
    lines = told(
        stopped=(
            stopped("set_credit_limit", "dispute-open", "review-open", amount=1_200_000),
            stopped("set_terms", "dispute-open"),
        )
    )
    at = lines.index("Withheld because dispute-open: 2")
    assert lines[at + 4 : at + 7] == [
        "C-2001 12,000.00 EUR credit limit trade-credit: raise limit",
        "also review-open",
        "C-2001 payment terms trade-credit: raise limit",
    ]


def test_every_kind_of_action_has_a_name_and_a_table() -> None:
    """No kind that a policy may call for is left without words."""
    kinds = {kind_of(None), *(kind_of(_blank(kind)) for kind in Called.__args__)}
    assert kinds == set(words.KINDS) == set(words.PLURALS)


def _blank(kind: type) -> Called:
    """A value of that kind, of which only the kind is asked."""
    made: Called = object.__new__(kind)
    return made


def test_a_spreadsheet_gets_limits_as_amounts() -> None:
    """Plain, not in minor units; before and after in words; no amount where there is none."""
    plan = plans.plan(limit("C1", 600_000, 500_000), rating("C2", "B"), stopped=(stopped("set_terms", "dispute-open"),))
    rows = [dict(zip(csvs.HEADINGS, row, strict=True)) for row in csvs.csv_rows(plan)[1:]]
    assert (rows[0]["amount"], rows[0]["before"], rows[0]["after"]) == ("6000.00", "limit 5,000.00 EUR", "limit 6,000.00 EUR")
    assert rows[0]["settings"] == "limit=6000.00; limit_before=5000.00; rule=by-size; step=0; until=2027-03-01"
    assert (rows[1]["amount"], rows[1]["settings"]) == ("", "rating=B; score=455")
    assert (rows[2]["amount"], rows[2]["state"]) == ("", "withheld")


@given(
    name=st.text(max_size=60),
    rule=st.text(max_size=50),
    amounts=st.tuples(st.integers(0, 9_007_199_254_740_991), st.integers(0, 9_007_199_254_740_991)),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
    width=st.sampled_from([80, 100]),
)
def test_no_line_is_wider_than_asked_for(
    name: str, rule: str, amounts: tuple[int, int], currency: str, width: int
) -> None:
    """Whatever names, rules and reasons are called; amounts of everyday size are never cut."""
    after, before = amounts
    plan = plans.plan(
        replace(limit("C1", after, before, rule=rule, currency=currency, approval=(rule,)), customer_name=name),
        replace(rating("C2", rule, name, because=name), customer_name=name),
        terms(name, 30, rule=rule),
        review(name, "2026-03-15", name),
        stopped=(stopped("set_credit_limit", rule or "x", amount=after),),
        policies=POLICIES,
    )
    text = preview(plan, width=width)
    assert max(cell_len(shown) for shown in text.splitlines()) <= width
    if max(amounts) < 10**10:
        assert text.count(money.written(after, currency)) >= 2
