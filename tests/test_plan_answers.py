"""What a plan answers and refuses: the facts of a line, the uncovered, currencies, rates, assignments, other processes."""

import os
import subprocess
import sys

import pytest

from engine.act.plan import plan
from engine.act.values import Uncovered, to_json
from engine.decide.findings import facts_by_rule
from engine.errors import Refusal
from tests.books import Books, day, policy
from tests.desk import ROOT
from tests.test_plan import LATE, made, policies
from tests.test_stories import DUE, HOLDING, OF_CUSTOMER, one_customer, trade


def test_a_line_says_the_facts_of_its_rule() -> None:
    """Those that the rule's condition reads and those that every line states, with their actual values, and no others."""
    the_plan = made()
    rules = {one.name: facts_by_rule(one) for one in policies()}
    lines = [line for action in the_plan.actions for line in action.lines]
    assert {line.rule for line in lines} == {"level 1", "rule stop", "rule call"}
    for line in lines:
        assert {name for name, _ in line.facts} == rules[line.policy][line.rule]
        assert [name for name, _ in line.facts] == sorted(name for name, _ in line.facts)
    (fee,) = [action for action in the_plan.actions if action.kind == "late_fee" and action.currency == "EUR"]
    assert dict(fee.lines[0].facts) == {"days_past_due": 12, "open_amount": 100_000, "undisputed_amount": 100_000}


def test_who_is_covered_by_nothing_is_counted() -> None:
    """Per entity and currency; whom a policy about customers chases with a ladder is covered, by a rule alone is not."""
    books = one_customer().rate("2026-01-01", "EUR", "JPY", "160")
    books.receivable("R2", "C1", due=DUE, amount="5.00", kind="debit_note")
    books.receivable("R3", "C1", due=DUE, amount="700", currency="JPY", kind="debit_note")
    books.customer("C2").receivable("R4", "C2", due=DUE, amount="6.00", kind="debit_note")
    items = trade(name="items", top="subject: receivable, covers: {kind: invoice}")
    rule = trade(name="whole", top=OF_CUSTOMER, rules=HOLDING, levels=())
    euros, yen = Uncovered("E1", "EUR", 2, 2, 1_100), Uncovered("E1", "JPY", 1, 1, 700)
    for texts in ([items], [items, rule]):
        assert plan(books.book, [policy(text) for text in texts], as_of=LATE).uncovered == (euros, yen)
    ladder = policy(trade(name="whole", top=OF_CUSTOMER))
    assert plan(books.book, [policy(items), ladder], as_of=LATE).uncovered == ()
    assert plan(books.book, [], as_of=LATE).uncovered == ()


@pytest.mark.parametrize("of", ["customer", "receivable"])
def test_an_assignment_to_no_policy_in_force_is_refused(of: str) -> None:
    """It names the policy that is not there, and those that are."""
    books = Books().customer("C1", policy="gone" if of == "customer" else None)
    books.receivable("R1", "C1", due=DUE, amount="1.00", policy="gone" if of == "receivable" else None)
    with pytest.raises(Refusal, match=r"unknown-assignment: .*'gone'.*2026-03-13.*in force are trade, whole"):
        plan(books.book, policies(), as_of=LATE)


def test_a_missing_rate_is_refused() -> None:
    """With the pair and the date; every pair at once. One of tomorrow is none."""
    books = Books().customer("C1").rate(day(LATE, 1), "USD", "EUR", "0.9")
    for currency in ("USD", "JPY"):
        books.receivable(f"R-{currency}", "C1", due=DUE, amount="100", currency=currency)
    with pytest.raises(Refusal) as refused:
        plan(books.book, policies(), as_of=LATE)
    assert [problem.code for problem in refused.value.problems] == ["no-rate", "no-rate"]
    said = " ".join(map(str, refused.value.problems))
    assert f"from JPY to EUR on or before {LATE}" in said
    assert f"from USD to EUR on or before {LATE}" in said


def test_two_policies_in_two_currencies() -> None:
    """Each compares in its own, over the same receivable: 100.00 EUR are 110.00 USD; what is chased stays in euros."""
    books = one_customer("100.00").rate("2026-01-01", "EUR", "USD", "1.1")
    rule = "rules: [{{id: r, when: {{open_amount: {at}}}, then: [alert: {{to: x, severity: low}}]}}]"
    euros = trade(name="euros", top="subject: receivable, priority: 1, covers: {customer.segment: sme}")
    found = {}
    for currency, amount in (("EUR", "100.00"), ("EUR", "110.00"), ("USD", "110.00"), ("USD", "110.01")):
        text = trade(name="own", levels=()).replace("currency: EUR", f"currency: {currency}")
        text = text.rstrip().removesuffix("}") + rule.format(at=f"{{at_least: {amount}}}") + "}"
        the_plan = plan(books.book, [policy(euros), policy(text)], as_of=LATE)
        found[currency, amount] = [(action.kind, action.currency) for action in the_plan.actions]
        assert {one.policy: one.currency for one in the_plan.policies} == {"euros": "EUR", "own": currency}
    assert found == {
        ("EUR", "100.00"): [("alert", "EUR")],
        ("EUR", "110.00"): [],
        ("USD", "110.00"): [("alert", "EUR")],
        ("USD", "110.01"): [],
    }


def test_two_processes_make_the_same_bytes() -> None:
    """Whatever order sets have there."""
    script = "import sys; from tests.test_plan import made, to_json; sys.stdout.write(to_json(made()))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
            text=True, encoding="utf-8", check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }  # fmt: skip
    assert texts == {to_json(made())}
