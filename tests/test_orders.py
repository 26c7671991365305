"""The order check: by which law an order is approved, referred or refused, and what it says would make it pass.

The day is 30 June 2026. C1 has a limit of 10,000.00 EUR and owes 4,000.00, of which 1,500.00 is overdue: 6,000.00 are left.
"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine import money
from engine.act import order_reading
from engine.act.order_reading import Order, Reading
from engine.act.orders import Answer, judge
from engine.decide.findings import compile_policy
from engine.decide.order_law import Amount, Standing, largest, least_limit, most, reasons
from engine.errors import Refusal
from engine.policy.credit_model import OrderSection, Verdict
from engine.policy.model import Policy
from engine.report.orders import to_json
from tests.books import Books, day, policy
from tests.desk import ROOT, Desk, Said, laid_down

TODAY = "2026-06-30"
HEAD = """\
policy: trade-credit
kind: credit
version: 1
effective_from: 2026-01-01
summary: How orders are judged.
currency: EUR
"""
TOLERANT = HEAD + "orders: {over_limit: refuse, no_limit: approve, tolerance_percent: 5}\n"
SILENT = HEAD + "holds: [{reason: late, when: {customer.overdue_count: 5}, release_when: {customer.overdue_count: 0}}]\n"


def book() -> Books:
    """C1 as above."""
    books = Books().entity().customer("C1", limit="10000.00", segment="sme")
    books.receivable("R1", "C1", due="2026-07-15", amount="2500.00")
    return books.receivable("R2", "C1", due="2026-06-20", amount="1500.00")


def ask(*orders: str) -> Reading:
    """Orders as `C1 6000.00 EUR`."""
    return order_reading.read(
        "\n".join(json.dumps(dict(zip(("customer", "amount", "currency"), one.split(), strict=True))) for one in orders)
    )


def answers(books: Books, *orders: str, text: str = TOLERANT, as_of: str = TODAY, **known: str) -> tuple[Answer, ...]:
    """What each order gets."""
    return judge(books.book, [policy(text)] if text else [], ask(*orders), as_of=as_of, **known)


def answer(books: Books, order: str, text: str = TOLERANT, as_of: str = TODAY) -> Answer:
    """What one order gets."""
    return answers(books, order, text=text, as_of=as_of)[0]


def told(one: Answer) -> tuple[str, list[str]]:
    """The verdict, and the names of the reasons."""
    return str(one.verdict), [reason.name for reason in one.reasons]


def granted(books: Books, customer: str, amount: str, *, scope: str = "own", since: str = "2026-06-01",
            until: str | None = TODAY, confirmed: str | None = "2026-06-01") -> Books:
    """A limit that somebody granted, and somebody else confirmed."""
    reference = f"L-{customer}-{scope}"
    ours = books._customers[customer][0]
    books._insert("granted_limits", {"reference": reference, "customer_id": ours, "scope": scope, "currency": "EUR",
                                     "amount": money.parse(amount, "EUR"), "reason": "season", "valid_from": since,
                                     "valid_until": until, "actor": "ann"})
    return confirm(books, reference, confirmed)


def suspended(books: Books, customer: str, *, since: str, until: str, confirmed: str | None = "2026-06-01") -> Books:
    """Sales in spite of credit holds."""
    ours = books._customers[customer][0]
    books._insert("suspensions", {"reference": f"S-{customer}", "customer_id": ours, "reason": "fair", "valid_from": since,
                                  "valid_until": until, "actor": "ann"})
    return confirm(books, f"S-{customer}", confirmed)


def confirm(books: Books, reference: str, confirmed: str | None) -> Books:
    """A second person confirms it."""
    if confirmed:
        books._insert("confirmations", {"reference": reference, "confirmed": confirmed, "actor": "bob"})
    return books


# -- the limit --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "verdict", "reason"),
    [
        ("5999.99", "approve", "within-headroom"),
        ("6000.00", "approve", "within-headroom"),
        ("6000.01", "approve", "within-tolerance"),
        ("6500.00", "approve", "within-tolerance"),
        ("6500.01", "refuse", "over-limit"),
    ],
)
def test_headroom_and_tolerance_are_inclusive(amount: str, verdict: str, reason: str) -> None:
    """The tolerance is 5 % of the effective limit, not of the headroom: 500.00."""
    assert told(answer(book(), f"C1 {amount} EUR")) == (verdict, [reason])


@pytest.mark.parametrize(("limit", "amount", "verdict"), [("10000.19", "6500.19", "approve"), ("10000.19", "6500.20", "refuse")])
def test_a_tolerance_is_never_rounded_up(limit: str, amount: str, verdict: str) -> None:
    """5 % of 10,000.19 is 500.0095: 500.00 more than the headroom of 6,000.19 pass, and not a cent beyond."""
    books = book().version("C1", valid_from="2026-06-01", limit=limit)
    assert answer(books, f"C1 {amount} EUR").verdict == verdict


def test_without_a_tolerance_the_headroom_is_the_bound() -> None:
    """A policy that says nothing of orders: built in is refer beyond it."""
    assert told(answer(book(), "C1 6000.00 EUR", SILENT)) == ("approve", ["within-headroom"])
    over = answer(book(), "C1 6000.01 EUR", SILENT)
    assert told(over) == ("refer", ["over-limit"])
    assert (over.policy, over.built_in) == ("trade-credit", True)


def test_what_would_make_it_pass_does() -> None:
    """The order that is named passes, one cent more does not; so with the payment."""
    over = answer(book(), "C1 7750.00 EUR")
    assert over.reasons[0].because == (
        "7,750.00 EUR is 1,750.00 EUR more than the headroom of 6,000.00 EUR, and only 500.00 EUR more are tolerated"
    )
    assert over.reasons[0].remedies == ("an order of at most 6,500.00 EUR passes", "pay 1,250.00 EUR of what is overdue")
    assert over.most == 650000
    for paid, verdict in (("1250.00", "approve"), ("1249.99", "refuse")):
        books = book().payment("P1", "C1", received=TODAY, amount=paid, to="R2")
        assert answer(books, "C1 7750.00 EUR").verdict == verdict


@pytest.mark.parametrize(
    ("amount", "remedy"),
    [
        ("8000.00", "pay 1,500.00 EUR of what is overdue"),
        ("8000.01", "pay 1,500.01 EUR of what is open, 1,500.00 EUR of which is overdue"),
        ("10500.00", "pay 4,000.00 EUR of what is open, 1,500.00 EUR of which is overdue"),
        ("10500.01", "pay 4,000.01 EUR: the 4,000.00 EUR that is open, and the rest in advance"),
    ],
)
def test_a_payment_goes_to_what_is_overdue_first(amount: str, remedy: str) -> None:
    """Then to what is open, then it is one in advance."""
    assert answer(book(), f"C1 {amount} EUR").reasons[0].remedies[-1] == remedy


def test_who_owes_nothing_pays_in_advance() -> None:
    """And a limit that is used up names no smaller order."""
    books = Books().customer("C1", limit="100.00").order("O1", "C1", ordered="2026-06-01", amount="150.00")
    over = answer(books, "C1 5.00 EUR", "")
    assert over.reasons[0].because == "the limit is used up, and exceeded by 50.00 EUR"
    assert (over.reasons[0].remedies, over.most) == (("pay 55.00 EUR in advance",), 0)
    exact = Books().customer("C1", limit="100.00").order("O1", "C1", ordered="2026-06-01", amount="100.00")
    assert answer(exact, "C1 5.00 EUR", "").reasons[0].because == "the limit is used up"


def test_no_limit_is_not_a_limit_of_0() -> None:
    """Where none is set, the policy says; where it is 0, the order is refused, even with unapplied cash."""
    unset = Books().customer("C1").receivable("R1", "C1", due="2026-07-15", amount="300.00")
    assert told(answer(unset, "C1 1.00 EUR")) == ("approve", ["no-limit"])
    for section, verdict in (("", "refer"), ("orders: {no_limit: refuse}\n", "refuse")):
        one = answer(unset, "C1 100.00 EUR", HEAD + (section or "priority: 1\n" + SILENT.removeprefix(HEAD)))
        assert told(one) == (verdict, ["no-limit"])
        assert one.reasons[0].remedies == ("a limit of at least 400.00 EUR has to be set",)
        assert one.most is None
    zero = Books().customer("C1", limit="0.00").payment("P1", "C1", received="2026-06-01", amount="500.00")
    refused = answer(zero, "C1 1.00 EUR")
    assert told(refused) == ("refuse", ["no-credit"])
    assert (refused.most, refused.standing.headroom) == (0, 50000)


@pytest.mark.parametrize("hundredths", [0, 1, 333, 500, 10_000])
@pytest.mark.parametrize("needed", [1, 2, 3, 20, 99, 40_000, 123_457])
def test_the_limit_that_is_named_is_the_least(needed: int, hundredths: int) -> None:
    """Under it the order passes; under one that is a cent lower it does not."""
    section = OrderSection(Verdict.REFER, Verdict.REFER, hundredths, ())

    def passes(limit: int) -> bool:
        found = reasons(standing(limit), Amount(needed, None, "EUR"), (), section, ())
        return all(reason.verdict is Verdict.APPROVE for reason in found)

    least = least_limit(standing(None), needed, section)
    assert passes(least)
    assert least == 1 or not passes(least - 1)


def standing(limit: int | None) -> Standing:
    """A customer who owes nothing."""
    return Standing("EUR", limit, None, None, limit, 0, None, 0, 0)


@pytest.mark.parametrize("rate", [(1, 1), (27, 25), (25, 27), (1, 1000), (1000, 1), (7, 3), (3, 7)])
@pytest.mark.parametrize("allowed", [0, 1, 2, 99, 12345])
def test_the_largest_order_in_another_currency_is_the_largest(allowed: int, rate: tuple[int, int]) -> None:
    """Converted half-up it is no more than allowed; one unit more would be."""
    found = largest(allowed, *rate)
    assert money.convert(found, *rate) <= allowed < money.convert(found + 1, *rate)


# -- holds ------------------------------------------------------------------------------------------------------------------


def test_a_credit_hold_refuses_with_every_reason() -> None:
    """However much is left; a dunning hold does not count."""
    books = book().hold("C1", kind="credit", since="2026-06-02", reason="overdue", reference="H1")
    books.hold("C1", kind="credit", since="2026-06-01", reason="insolvency", reference="H2")
    held = answer(books.hold("C1", kind="dunning", since="2026-06-01"), "C1 1.00 EUR")
    assert told(held) == ("refuse", ["credit-hold", "credit-hold", "within-headroom"])
    assert [reason.because for reason in held.reasons[:2]] == [
        "on credit hold for insolvency since 2026-06-01 (H2)",
        "on credit hold for overdue since 2026-06-02 (H1)",
    ]
    assert held.reasons[1].remedies == ("the hold overdue has to be released (H1)",)
    assert answer(books.release("H1", released=TODAY).release("H2", released=TODAY), "C1 1.00 EUR").verdict == "approve"


@pytest.mark.parametrize(
    ("since", "until", "confirmed", "verdict"),
    [
        ("2026-06-30", "2026-06-30", "2026-06-30", "approve"),
        ("2026-06-30", "2026-06-30", None, "refuse"),
        ("2026-06-01", "2026-06-29", "2026-06-01", "refuse"),
        ("2026-07-01", "2026-07-29", "2026-06-01", "refuse"),
    ],
)
def test_a_hold_that_is_suspended_does_not_count(since: str, until: str, confirmed: str | None, verdict: str) -> None:
    """From the first day to the last, once a second person has confirmed it."""
    books = suspended(book().hold("C1", kind="credit", since="2026-06-01"), "C1", since=since, until=until, confirmed=confirmed)
    assert answer(books, "C1 1.00 EUR").verdict == verdict


def test_a_hold_of_a_reversed_action_does_not_count() -> None:
    """Nor does its reason appear."""
    books = book().effect("credit_hold", "C1", as_of="2026-06-01", reference="F1")
    assert told(answer(books, "C1 1.00 EUR"))[0] == "refuse"
    assert told(answer(books.undone("F1", as_of="2026-06-10"), "C1 1.00 EUR")) == ("approve", ["within-headroom"])


# -- temporary limits and groups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shift", "verdict"), [(-1, "approve"), (0, "approve"), (1, "refuse")])
def test_a_temporary_limit_counts_on_its_last_day(shift: int, verdict: str) -> None:
    """And not on the day after it."""
    books = granted(book(), "C1", "20000.00", until="2026-06-25")
    assert answer(books, "C1 12000.00 EUR", as_of=day("2026-06-25", shift)).verdict == verdict


def test_a_temporary_limit_that_nobody_confirmed_does_not_count() -> None:
    """Two people are needed."""
    assert answer(granted(book(), "C1", "20000.00", confirmed=None), "C1 12000.00 EUR").verdict == "refuse"


def family() -> Books:
    """C1 and its sister C2 under TOP, to whose group 12,000.00 were granted; 4,000.00 + 3,000.00 are used."""
    books = Books().entity().customer("TOP").customer("C1", limit="10000.00", parent="TOP")
    books.customer("C2", limit="50000.00", parent="TOP").customer("C3", limit="50000.00")
    books.receivable("R1", "C1", due="2026-07-15", amount="4000.00")
    books.receivable("R2", "C2", due="2026-07-15", amount="3000.00")
    return granted(books, "TOP", "12000.00", scope="group", until=None)


@pytest.mark.parametrize(("amount", "verdict"), [("4999.99", "approve"), ("5000.00", "approve"), ("5000.01", "refer")])
def test_the_group_may_leave_less_than_the_own_limit(amount: str, verdict: str) -> None:
    """6,000.00 of the own limit are left, 5,000.00 of the group's."""
    one = answer(family(), f"C1 {amount} EUR", "")
    assert one.verdict == verdict
    assert (one.standing.own_headroom, one.standing.group_headroom, one.standing.headroom) == (600000, 500000, 500000)
    assert "the headroom of the group of 5,000.00 EUR" in one.reasons[0].because


def test_a_group_limit_alone_is_a_limit() -> None:
    """TOP has none of its own; a group limit of 0 is no credit for everybody."""
    assert told(answer(family(), "TOP 5000.00 EUR", "")) == ("approve", ["within-headroom"])
    assert told(answer(family(), "TOP 5000.01 EUR", "")) == ("refer", ["over-limit"])
    books = Books().customer("TOP").customer("C1", limit="10000.00", parent="TOP")
    none = answer(granted(books, "TOP", "0.00", scope="group", until=None), "C1 1.00 EUR", "")
    assert told(none) == ("refuse", ["no-credit"])
    assert none.reasons[0].because == "the limit of the group is 0: no credit"


# -- many at once -----------------------------------------------------------------------------------------------------------


def test_what_was_approved_before_counts() -> None:
    """Only what was approved, and only against the same customer."""
    orders = ("C1 4000.00 EUR", "C1 2000.01 EUR", "C1 2000.00 EUR", "C1 0.01 EUR", "C2 100.00 EUR")
    found = answers(book().customer("C2", limit="100.00"), *orders, text="")
    assert [str(one.verdict) for one in found] == ["approve", "refer", "approve", "refer", "approve"]
    assert [one.standing.headroom for one in found] == [600000, 200000, 200000, 0, 10000]
    assert [one.standing.taken for one in found] == [0, 400000, 400000, 600000, 0]


def test_what_was_approved_counts_against_the_whole_group() -> None:
    """C2's order leaves C1 less; C3 is of no group."""
    found = answers(family(), "C2 3000.00 EUR", "C3 9000.00 EUR", "C1 2000.01 EUR", "C1 2000.00 EUR", text="")
    assert [str(one.verdict) for one in found] == ["approve", "approve", "refer", "approve"]
    assert [(one.standing.taken, one.standing.group_taken) for one in found] == [
        (0, 0), (0, 0), (0, 300000), (0, 300000),
    ]  # fmt: skip


def test_a_batch_of_one_is_the_single_order() -> None:
    """Whoever else is asked about first."""
    books = family()
    one = answer(books, "C1 5000.00 EUR", "")
    assert answers(books, "C3 1.00 EUR", "C1 5000.00 EUR", text="")[1] == one


def test_no_order_has_no_answer() -> None:
    """An empty list is none."""
    assert judge(book().book, [], order_reading.read("[]"), as_of=TODAY) == ()


# -- currencies -------------------------------------------------------------------------------------------------------------


def test_an_order_is_converted_half_up_at_the_rate_of_the_day() -> None:
    """1 USD costs 0.925 EUR: 10.00 USD are 9.25 EUR; 0.02 USD are 0.0185, which is 0.02."""
    books = book().rate("2026-06-01", "USD", "EUR", "0.925").rate("2026-07-01", "USD", "EUR", "9.0")
    found = answers(books, "C1 10.00 USD", "C1 0.02 USD")
    assert [one.value for one in found] == [925, 2]
    over = answer(books, "C1 10000.00 USD")
    assert "an order of at most 7,027.03 USD passes" in over.reasons[0].remedies
    assert [answer(books, f"C1 {amount} USD").verdict for amount in ("7027.03", "7027.04")] == ["approve", "refuse"]


def test_members_of_a_group_may_be_judged_in_two_currencies() -> None:
    """What one was granted in euros counts in dollars against the other."""
    books = Books().entity().customer("TOP").customer("C1", parent="TOP", segment="sme")
    books.customer("C2", parent="TOP", segment="retail").rate("2026-06-01", "EUR", "USD", "2.0")
    granted(books, "TOP", "1000.00", scope="group", until=None)
    text = HEAD + "covers: {customer.segment: sme}\norders: {tolerance_percent: 0}\n"
    dollars = text.replace("trade-credit", "dollars").replace("EUR", "USD").replace("sme", "retail")
    found = judge(
        books.book, [policy(text), policy(dollars)], ask("C1 600.00 EUR", "C2 400.01 EUR", "C2 800.00 USD"), as_of=TODAY
    )
    assert [(str(one.verdict), one.standing.currency, one.standing.headroom) for one in found] == [
        ("approve", "EUR", 100000), ("refer", "USD", 80000), ("approve", "USD", 80000),
    ]  # fmt: skip


def test_whom_no_policy_covers_is_judged_in_the_own_currency() -> None:
    """That of the customer, else of our entity."""
    books = Books().entity().customer("C1").customer("C2", currency="USD", limit="5.00")
    found = answers(books, "C1 1.00 EUR", "C2 5.00 USD", text="")
    assert [(one.standing.currency, str(one.verdict), one.policy, one.built_in) for one in found] == [
        ("EUR", "refer", None, True), ("USD", "approve", None, True),
    ]  # fmt: skip


def test_what_is_read_of_the_book_is_what_was_known() -> None:
    """A payment that was recorded later does not help yet."""
    books = book().at("2026-06-29T12:00:00Z").payment("P1", "C1", received="2026-06-28", amount="1000.00")
    assert answers(books, "C1 6500.01 EUR")[0].verdict == "approve"
    assert answers(books, "C1 6500.01 EUR", known_at="2026-06-29T11:59:59Z")[0].verdict == "refuse"


# -- policies ---------------------------------------------------------------------------------------------------------------

RATED = """\
scorecard:
  base: 0
  characteristics:
    - id: late
      fact: customer.overdue_count
      bands: [{below: 1, points: 100}, {from: 1, below: 2, points: 50}, {from: 2, points: 0}]
ratings:
  bands: [{rating: A, from: 100}, {rating: B, from: 50, below: 100}, {rating: C, below: 50}]
orders:
  rules:
    - {id: rated-c, because: the rating is C, verdict: refuse, when: {rating: C}}
    - {id: not-a, because: the rating is not A, verdict: refer, when: {rating: {is_not: A}}}
    - {id: few-points, because: the score is below 60, verdict: refer, when: {score: {less_than: 60}}}
    - {id: new, because: the customer is new, verdict: refer, when: {customer.sales_12m: {at_most: 0.00}}}
"""


@pytest.mark.parametrize(
    ("overdue", "verdict", "names"),
    [
        (0, "approve", []),
        (1, "refer", ["rule not-a", "rule few-points"]),
        (2, "refuse", ["rule rated-c", "rule not-a", "rule few-points"]),
    ],
)
def test_rules_know_what_the_policy_concludes(overdue: int, verdict: str, names: list[str]) -> None:
    """The score and the rating of today, not the rating in the book; the gravest verdict wins, all reasons are told."""
    books = Books().customer("C1", limit="1000.00", rating="A").receivable("R0", "C1", due="2026-07-30", amount="1.00")
    for number in range(overdue):
        books.receivable(f"R{number + 1}", "C1", due="2026-06-01", amount="1.00")
    found = answer(books, "C1 1.00 EUR", HEAD + RATED)
    assert told(found) == (verdict, ["within-headroom", *names])
    assert all(reason.place.startswith("v1.yaml:") for reason in found.reasons[1:])
    remedies = [remedy for reason in found.reasons[1:] for remedy in reason.remedies]
    assert remedies[-2:] == ([] if not overdue else [
        "rule not-a has to hold no longer: rating is_not A", "rule few-points has to hold no longer: score less_than 60",
    ])  # fmt: skip


def test_an_override_decides_the_rating_of_an_order_too() -> None:
    """As it decides that of the plan."""
    books = Books().customer("C1", limit="1000.00", rating="A").receivable("R0", "C1", due="2026-07-30", amount="1.00")
    books._insert("rating_overrides", {"reference": "O1", "customer_id": 1, "rating": "C", "reason": "rumours",
                                       "valid_from": "2026-06-01", "valid_until": TODAY, "actor": "ann"})
    assert answer(books, "C1 1.00 EUR", HEAD + RATED).verdict == "approve"
    assert told(answer(confirm(books, "O1", TODAY), "C1 1.00 EUR", HEAD + RATED))[1] == [
        "within-headroom", "rule rated-c", "rule not-a",
    ]  # fmt: skip


def test_the_explicit_assignment_wins_then_the_priority() -> None:
    """As in a plan; an assignment to a dunning policy has nothing to do with credit."""
    books = Books().entity()
    for number, assigned in (("C1", None), ("C2", "strict"), ("C3", "reminders"), ("C4", "lenient")):
        books.customer(number, **({"policy": assigned} if assigned else {}))
    text = HEAD + "orders: {no_limit: %s}\npriority: %d\ncovers: {customer.open_count: 0}\n"
    several = [
        policy((text % ("approve", 5)).replace("trade-credit", "lenient")),
        policy((text % ("refuse", 1)).replace("trade-credit", "strict").replace("open_count: 0", "open_count: 7")),
        policy("policy: reminders\nkind: dunning\nversion: 1\neffective_from: 2026-01-01\nsummary: x\ncurrency: EUR\n"
               "subject: customer\nrules: [{id: a, when: {customer.open_count: 9}, then: [task: {what: call}]}]\n"),
    ]  # fmt: skip
    found = judge(books.book, several, ask("C1 1.00 EUR", "C2 1.00 EUR", "C3 1.00 EUR", "C4 1.00 EUR"), as_of=TODAY)
    assert [one.policy for one in found] == ["lenient", "strict", "lenient", "lenient"]
    for few in ([], several[2:]):
        books.customer(f"C9{len(few)}", policy="gone")
        with pytest.raises(Refusal) as refused:
            judge(books.book, few, ask(f"C9{len(few)} 1.00 EUR"), as_of=TODAY)
        assert [problem.code for problem in refused.value.problems] == ["unknown-assignment"]


def test_rules_for_orders_do_not_enlarge_the_classes_of_a_plan() -> None:
    """A plan does not ask them, nor compute their facts."""
    with_rules, without = compile_policy(policy(HEAD + RATED)), compile_policy(policy(HEAD + RATED.split("orders:")[0]))
    assert (with_rules.findings, with_rules.facts, with_rules.later) == (without.findings, without.facts, without.later)


# -- wrong input ------------------------------------------------------------------------------------------------------------

WRONG: Mapping[str, tuple[str, list[str]]] = {
    "nothing": (" \n", ["stdin empty-file"]),
    "no JSON": ("hello", ["stdin:1:1 wrong-value"]),
    "half a list": ('[\n{"customer": 1},', ["stdin:2:17 wrong-value"]),
    "half an object on the second line": (
        '{"customer": "C1", "amount": "1.00", "currency": "EUR"}\n{"customer"', ["stdin:2:12 wrong-value"],
    ),
    "too deep": ("[" * 100_000, ["stdin too-deep"]),
    "a number": ("[3]", ["order:1 wrong-type"]),
    "nothing said": ("[{}]", ["order:1 missing-key"] * 3),
    "nulls": ('[{"customer": null, "amount": null, "currency": null, "reference": null}]', ["order:1 missing-key"] * 3),
    "a customer that is a number": ('{"customer": 7, "amount": 1, "currency": "EUR"}', ["order:1 wrong-type"]),
    "a slip of the key": ('{"custmer": "C1", "amount": "1", "currency": "EUR"}', ["order:1 missing-key", "order:1 unknown-key"]),
    "a key twice": ('{"amount": 1, "customer": "C1", "amount": 2, "currency": "EUR"}', ["order:1 duplicate-key"]),
    "half a character": ('{"customer": "\\ud800", "amount": 1, "currency": "EUR"}', ["order:1 not-text"]),
    "no currency": ('{"customer": "C1", "amount": 1, "currency": "EURO"}', ["order:1 unknown-currency"]),
    "no such customer": ('{"customer": "C8", "amount": 1, "currency": "EUR"}', ["order:1 unknown-customer"]),
    "no rate": ('{"customer": "C1", "amount": 1, "currency": "CHF"}', ["order:1 no-rate"]),
    "nothing bought": ('{"customer": "C1", "amount": 0, "currency": "EUR"}', ["order:1 bad-amount"]),
    "something given back": ('{"customer": "C1", "amount": -1, "currency": "EUR"}', ["order:1 bad-amount"]),
    "a decimal comma": ('{"customer": "C1", "amount": "1,00", "currency": "EUR"}', ["order:1 bad-amount"]),
    "too many decimals": ('{"customer": "C1", "amount": 1.001, "currency": "EUR"}', ["order:1 bad-amount"]),
    "an exponent": ('{"customer": "C1", "amount": 1e3, "currency": "EUR"}', ["order:1 bad-amount"]),
    "not a number": ('{"customer": "C1", "amount": NaN, "currency": "EUR"}', ["order:1 bad-amount"]),
    "too much": ('{"customer": "C1", "amount": 90071992547409.92, "currency": "EUR"}', ["order:1 bad-amount"]),
    "much too much": ('{"customer": "C1", "amount": %s, "currency": "EUR"}' % ("9" * 9999), ["order:1 bad-amount"]),
    "several": (
        '{"customer": "C1", "amount": 1, "currency": "EUR"}\n\n{"customer": "C8", "amount": 1, "currency": "EUR"}\n'
        '{"customer": "C1", "amount": 0, "currency": "EUR"}',
        ["order:2 unknown-customer", "order:3 bad-amount"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_wrong_orders_are_refused_together(text: str) -> None:
    """A line for each mistake, with the order's number or the place in the text; nothing is answered."""
    said, expected = WRONG[text]
    with pytest.raises(Refusal) as refused:
        judge(book().book, [policy(TOLERANT)], order_reading.read(said), as_of=TODAY)
    assert [f"{problem.where} {problem.code}" for problem in refused.value.problems] == expected


def test_numbers_never_pass_through_a_float() -> None:
    """The largest amount that a book can hold, as a text, as a number, and over several lines."""
    text = '{"customer": "C1",\n "amount": 90071992547409.91,\n "currency": "EUR", "reference": "ä"}'
    (order,) = order_reading.read(text).orders
    assert order == Order("C1", money.LARGEST, "EUR", "ä")
    assert order_reading.one("C1", "90071992547409.91", "EUR", "ä").orders == (order,)


def test_what_is_owed_without_a_rate_refuses() -> None:
    """A headroom without it would be too large, silently."""
    with pytest.raises(Refusal, match="no rate from USD to EUR"):
        answer(book().receivable("R3", "C1", due="2026-07-01", amount="1.00", currency="USD"), "C1 1.00 EUR")


def test_most_is_none_only_where_no_limit_is_set() -> None:
    """0 is a limit."""
    section = OrderSection(Verdict.REFER, Verdict.REFER, 0, ())
    assert [most(standing(limit), section) for limit in (None, 0, 1)] == [None, 0, 1]


# -- the command ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """C-1001, who owes 1,000.00 EUR since 1 March under no credit policy; the day is 4 March."""
    made = laid_down(tmp_path)
    for path in (made.folder / "policies").glob("*/v1.yaml"):
        if path.parent.name != "trade":
            shutil.rmtree(path.parent)
    return made


def decide(desk: Desk, *line: str) -> Said:
    """`duly decide order`."""
    return desk.run("decide", "order", "--as-of", "2026-03-04", *line)


FOR_C1001 = ("--customer", "C-1001", "--amount", "12000.00", "--currency", "EUR")


def test_the_answer_is_told_in_full(desk: Desk) -> None:
    """Verdict, who judged, reasons, ways, where the customer stands."""
    said = decide(desk, *FOR_C1001)
    assert (said.exit, said.err) == (0, "")
    assert said.out == """\
REFER: 12,000.00 EUR for C-1001 Adler GmbH, as of 2026-03-04
No credit policy covers the customer; judged by the built-in rules: what is beyond the limit, or has
no limit, is referred.

Reasons
  - refer: no-limit: no limit is set

What would make it pass
  - a limit of at least 13,000.00 EUR has to be set

in EUR    limit  exposure
-------------------------
own     not set  1,000.00
"""


def test_the_exit_code_says_no_only_where_it_is_asked_to(desk: Desk) -> None:
    """An answer is an answer."""
    assert decide(desk, *FOR_C1001, "--detailed-exitcode").exit == 1
    desk.write("policies/lenient/v1.yaml", HEAD.replace("trade-credit", "lenient") + "orders: {no_limit: approve}\n")
    assert decide(desk, *FOR_C1001, "--detailed-exitcode").exit == 0


def test_what_is_no_json_is_named_by_its_file(desk: Desk) -> None:
    """The file as it was typed, line and column; stdin only where it came from there."""
    good = '{"customer": "C-1001", "amount": "1.00", "currency": "EUR"}\n'
    desk.write("bad.jsonl", f"{good}{good}{{customer: 3}}\n")
    said = decide(desk, "bad.jsonl")
    assert (said.exit, said.out) == (1, "") and said.err.startswith("bad.jsonl:3:2 wrong-value: this is not JSON: ")
    assert desk.shell("cat bad.jsonl | duly decide order -").err.startswith("stdin:3:2 wrong-value: ")
    desk.write("empty.json", "")
    assert decide(desk, "empty.json").err.startswith("empty.json empty-file: ")


def test_many_orders_are_read_from_a_file_or_stdin(desk: Desk) -> None:
    """One answer each, in their order; JSON is a list then."""
    common = {"amount": "5.00", "currency": "EUR"}
    orders = [{"customer": number, "reference": number[-1]} | common for number in ("C-1003", "C-1001")]
    desk.write("orders.json", json.dumps(orders))
    said = decide(desk, "orders.json", "--format", "json")
    found: list[dict[str, Any]] = json.loads(said.out)
    assert [(one["customer"], one["reference"], one["verdict"]) for one in found] == [
        ("C-1003", "3", "refer"), ("C-1001", "1", "refer"),
    ]  # fmt: skip
    assert found[1]["judged"]["exposure"] == "1000.00"
    assert (found[1]["judged"]["headroom"], found[1]["largest_within_limit"]) == (None, None)
    piped = desk.shell("cat orders.json | duly decide order - --as-of 2026-03-04 --format json")
    assert (piped.out, piped.exit) == (said.out, 0)
    text = decide(desk, "orders.json").out
    assert text.startswith("2 orders as of 2026-03-04: 2 to refer\n")
    assert "\n1. refer: C-1003 Clas SA\n  - no-limit: no limit is set; a limit of at least 12.00 EUR has to be set\n" in text


SCHEMA: dict[str, Any] = json.loads((ROOT / "schemas" / "order-answers.schema.json").read_text(encoding="utf-8"))
ANSWERS = Draft202012Validator(SCHEMA)


def test_the_schema_says_what_an_answer_is(desk: Desk) -> None:
    """Alone, in a list, in a group, with every reason; and it is closed."""
    books = granted(family().hold("C1", kind="credit", since="2026-06-01"), "C1", "20000.00")
    found = [to_json(one) for one in answers(books, "C2 1.00 EUR", "C1 90000.00 EUR", text=HEAD + RATED)]
    ANSWERS.validate(found)
    ANSWERS.validate(json.loads(decide(desk, *FOR_C1001, "--format", "json").out))
    assert {tuple(one["judged"]) for one in found if isinstance(one["judged"], dict)} == {
        tuple(SCHEMA["$defs"]["judged"]["properties"])
    }  # fmt: skip
    assert tuple(found[0]) == tuple(SCHEMA["$defs"]["answer"]["properties"])
    assert not ANSWERS.is_valid(found[0] | {"verdict": "perhaps"})
    assert not ANSWERS.is_valid([found[0] | {"more": 1}])


@pytest.mark.parametrize(
    ("line", "exit_code", "word"),
    [
        ("", 2, "needs --customer"),
        ("--customer C-1001 --amount 5", 2, "needs --customer"),
        ("- --customer C-1001", 2, "not both"),
        ("gone.json", 1, "gone.json unreadable-file"),
        ("--customer C-1009 --amount 5 --currency EUR", 1, "order unknown-customer: the book has no customer 'C-1009'; did"),
        ("--customer C-1001 --amount five --currency EUR", 1, "order bad-amount: 'five' is not an amount"),
        ("--customer C-1001 --amount 5 --currency eur", 1, "order unknown-currency: 'eur' is not a currency"),
        ("--customer C-1001 --amount 5 --currency USD", 1, "order no-rate: no rate from USD to EUR on or before 2026-03-04"),
    ],
)  # fmt: skip
def test_wrong_use_is_said_in_a_line(desk: Desk, line: str, exit_code: int, word: str) -> None:
    """On stderr, and nothing on stdout."""
    said = decide(desk, *line.split())
    assert (said.exit, said.out) == (exit_code, "")
    assert word in said.err


def test_bytes_that_are_no_text_are_refused(desk: Desk) -> None:
    """From a pipe."""
    said = desk.shell("printf '\\xff\\xfe' | duly decide order -")
    assert (said.exit, said.out) == (1, "")
    assert said.err == "stdin not-text: what came is not UTF-8 text; send JSON\n"


def test_checking_orders_writes_nothing(desk: Desk) -> None:
    """Not a byte of the book, nor another file."""
    before, there = settled(desk), sorted(desk.folder.rglob("*"))
    assert decide(desk, *FOR_C1001).exit == 0
    assert decide(desk, *FOR_C1001, "--format", "json").exit == 0
    assert settled(desk) == before
    assert sorted(desk.folder.rglob("*")) == there


def settled(desk: Desk) -> bytes:
    """The book's file, with everything in it that was ever written."""
    with contextlib.closing(sqlite3.connect(desk.folder / "duly.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (desk.folder / "duly.db").read_bytes()


def test_a_policy_is_used_as_it_is(desk: Desk) -> None:
    """A made one, with rules and tolerance, told by eye."""
    desk.write("policies/trade-credit/v1.yaml", TOLERANT.replace("approve", "refuse"))
    assert "\nJudged by trade-credit v1, policies/trade-credit/v1.yaml.\n" in decide(desk, *FOR_C1001).out


def test_a_policy_value_is_a_policy() -> None:
    """The texts above are credit policies."""
    made: Policy = policy(TOLERANT)
    assert made.credit and made.credit.orders and made.credit.orders.tolerance_hundredths == 500
