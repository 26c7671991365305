"""Whether a change of a credit policy is stricter or milder, proved: against brute force, and told in the words of one edit."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from engine.diff.contrast import left
from engine.diff.proved import Verdict, verdict
from engine.errors import Refusal
from tests import pairs_credit
from tests.desk import ROOT, laid_down
from tests.test_diff_proved import built

PAIRS = 18
TRADE = (ROOT / "policies/trade-credit/v1.yaml").read_text(encoding="utf-8")
SMALL = """policy: small-credit
kind: credit
version: 1
effective_from: 2026-01-01
summary: By the years that we know each other.
currency: EUR
priority: 1
scorecard:
  base: 0
  characteristics:
    - {id: years, fact: customer.relationship_days, bands: [{below: 365, points: 10}, {from: 365, points: 20}]}
ratings:
  bands:
    - {rating: A, from: 20}
    - {rating: B, below: 20}
limit:
  change_by_percent: 50
  rules:
    - {id: good, when: {rating: A}, amount: 1000.00}
    - {id: rest, amount: 500.00}
  steps:
    every_days: 30
    percent: 10
    most: 2
    lowest: 2
    raise_when: {customer.on_time_streak: {at_least: 5}}
terms:
  rules:
    - {id: all, days: 30}
holds:
  - reason: overdue
    when: {customer.overdue_amount: {at_least: 100.00}}
    release_when: {customer.overdue_amount: {at_most: 0.00}}
orders:
  over_limit: refer
  no_limit: approve
  rules:
    - {id: late, because: late, verdict: refer, when: {customer.overdue_amount: {at_least: 50.00}}}
"""


def said(found: Verdict) -> list[str]:
    """Every sentence, up to whom it is about."""
    return [proof.text.split(", for a ")[0] for proof in (*found.stricter, *found.milder, *found.otherwise)]


def sides(found: Verdict) -> tuple[set[str], ...]:
    """What is stricter, milder and otherwise, by kind."""
    return tuple({one.kind for one in side} for side in (found.stricter, found.milder, found.otherwise))


def test_random_pairs_agree_with_brute_force() -> None:
    """Of each pair every kind on every side, both ways round; each word occurs."""
    rng, words = random.Random(4), Counter[str]()
    for number in range(PAIRS):
        old, new = pairs_credit.pair(rng)
        found, back, forced = verdict(old, new), verdict(new, old), pairs_credit.by_force(old, new)
        assert sides(found) == (forced.stricter, forced.milder, forced.otherwise), (number, found.word)
        assert sides(back) == (forced.milder, forced.stricter, forced.otherwise), (number, back.word)
        assert not found.unproved
        words.update(one.word.split(",")[0] for one in (found, back))
    assert min(words[one] for one in ("equivalent", "only stricter", "only milder", "both stricter and milder")) >= 2, (
        words
    )


@pytest.mark.parametrize(
    ("before", "after", "word", "sentence"),
    [
        ("summary: ", "summary: Well, ", "equivalent", ""),
        ("amount: 1000.00", "amount: 900.00", "only stricter", "NEW leaves the limit at 900.00 EUR, and OLD at 1,000.00 EUR"),
        ("  change_by_percent: 50\n", "", "both stricter and milder",
         "NEW leaves the limit at 500.00 EUR, and OLD at 500.01 EUR"),
        ("from: 20}\n    - {rating: B, below: 20}", "from: 10}\n    - {rating: B, below: 10}", "only milder",
         "NEW leaves the rating at A, and OLD at B"),
        ("days: 30}", "days: 14}", "only stricter", "NEW leaves the days of payment at 14, and OLD at 30"),
        ("{at_least: 100.00}", "{at_least: 80.00}", "only stricter",
         "NEW does credit_hold for overdue, and OLD does not"),
        ("no_limit: approve", "no_limit: refuse", "only stricter", "NEW refuses an order of 0.01 EUR, and OLD approves it"),
        ("{at_least: 50.00}", "{at_least: 60.00}", "only milder", "NEW approves an order of 0.01 EUR, and OLD refers it"),
        ("percent: 10\n", "percent: 20\n", "both stricter and milder",
         "NEW leaves the limit at 600.00 EUR, and OLD at 550.00 EUR"),
    ],
)  # fmt: skip
def test_the_verdict_on_one_edit(before: str, after: str, word: str, sentence: str) -> None:
    """In words that name both values; the other way round it is the opposite."""
    assert before in SMALL
    old, new = built(SMALL), built(SMALL.replace(before, after, 1))
    found, back = verdict(old, new), verdict(new, old)
    opposite = {"only stricter": "only milder", "only milder": "only stricter"}
    assert (found.word, back.word) == (word, opposite.get(word, word))
    assert sentence in said(found) or not (sentence or said(found))
    for proof in (*found.stricter, *found.milder, *found.otherwise):
        if proof.kind in ("rating", "credit_limit", "terms"):
            assert left(old, proof.kind, proof.example) != left(new, proof.kind, proof.example)


def test_a_step_of_its_own_moves_the_limit_however_small() -> None:
    """Ten percent, although smaller changes than fifty are not made otherwise."""
    found = verdict(built(SMALL.replace("most: 2", "most: 0")), built(SMALL))
    assert "NEW leaves the limit at 550.00 EUR, and OLD at 500.00 EUR" in said(found)


def test_reviews_and_the_end_of_a_limit_are_neither() -> None:
    """Another day is no less and no more."""
    found = verdict(built(TRADE), built(TRADE.replace("within_days: 7", "within_days: 5")))
    assert (found.word, said(found)) == (
        "otherwise, neither stricter nor milder",
        ["NEW calls for a review by 2026-01-06, and OLD by 2026-01-08"],
    )
    found = verdict(built(TRADE), built(TRADE.replace("valid_days: 365", "valid_days: 300")))
    assert said(found) == ["NEW leaves the end of the limit at 2026-10-28, and OLD at 2027-01-01"]


def test_other_ratings_are_another_scale() -> None:
    """Nobody knows whether `1` is better than `A`."""
    other = SMALL.replace("rating: A", "rating: '1'").replace("rating: B", "rating: '2'")
    found = verdict(built(SMALL), built(other))
    assert [proof.kind for proof in found.otherwise] == ["rating"]
    # Only one of them knows the rating that a person gave, so that the limit may be another.
    assert {proof.kind for proof in (*found.stricter, *found.milder)} == {"credit_limit"}
    assert all("customer.rating_override" in proof.text for proof in (*found.stricter, *found.milder))


def test_for_whom_nothing_changes() -> None:
    """Proved, in words of one fact each; where nothing changes at all there is nothing to say."""
    found = verdict(built(SMALL), built(SMALL.replace("{at_least: 100.00}", "{at_least: 80.00}")))
    assert found.unchanged == (
        "a customer with customer.overdue_amount below 80.00 EUR",
        "a customer with customer.overdue_amount above 99.99 EUR",
    )
    assert verdict(built(SMALL), built(SMALL)).unchanged == ()


def test_what_is_not_compared_is_named() -> None:
    """Who approves is no part of the proof, and equivalent is not said without that."""
    approved = SMALL + "approvals:\n  - {action: set_credit_limit, above: 100.00, role: cfo}\n"
    found = verdict(built(SMALL), built(approved.replace("priority: 1\n", "priority: 2\n")))
    assert found.word == "equivalent, as far as it is proved"
    other = verdict(built(SMALL), built(SMALL.replace("policy: small-credit", "policy: other-credit")))
    assert other.uncompared == ("whom a person has assigned to it by name",)
    assert found.uncompared == (
        "who has to approve what",
        "which policy decides where several cover somebody (priority)",
    )


def test_what_takes_too_much_work_is_named() -> None:
    """Then nothing is known, and the word does not say more; with a little more work something is."""
    old, new = built(SMALL), built(SMALL.replace("days: 30}", "days: 14}"))
    found = verdict(old, new, work=1)
    assert (found.word, found.unchanged) == ("not known", ())
    assert "whether terms is stricter for somebody" in found.unproved
    proof = verdict(old, new).stricter
    assert (
        Verdict(proof, (), (), unproved=("whether orders is milder for somebody",)).word
        == "only stricter, as far as it is proved"
    )
    assert (
        Verdict(proof, proof, (), unproved=("whether orders is milder for somebody",)).word
        == "both stricter and milder"
    )


def test_two_kinds_are_not_compared() -> None:
    """A dunning policy and a credit policy."""
    standard = built((ROOT / "policies/standard/v1.yaml").read_text(encoding="utf-8"))
    with pytest.raises(Refusal) as refused:
        verdict(standard, built(SMALL))
    assert [problem.code for problem in refused.value.problems] == ["not-decided"]


def test_the_command_tells_it(tmp_path: Path) -> None:
    """In text, for programs, and in a comment."""
    desk = laid_down(tmp_path)
    desk.write("a.yaml", SMALL)
    desk.write("b.yaml", SMALL.replace("days: 30}", "days: 14}"))
    text = desk.run("diff", "a.yaml", "b.yaml", "--prove").out
    assert "\nproved: only stricter\n  NEW leaves the days of payment at 14, and OLD at 30, for a customer" in text
    value = json.loads(desk.run("diff", "a.yaml", "b.yaml", "--prove", "--format", "json").out)["proof"]
    assert (value["verdict"], value["unproved"], [one["kind"] for one in value["stricter"]]) == (
        "only stricter",
        [],
        ["terms"],
    )
    assert "**Proved: only stricter**" in desk.run("diff", "a.yaml", "b.yaml", "--prove", "--format", "markdown").out


def test_what_cannot_be_proved_is_one_line(tmp_path: Path) -> None:
    """Another kind and another currency: refused, told once, and no page is left behind."""
    desk = laid_down(tmp_path)
    desk.write("a.yaml", SMALL)
    desk.write("b.yaml", SMALL.replace("currency: EUR", "currency: USD"))
    for other in ("b.yaml", "trade@1"):
        said = desk.run("diff", "a.yaml", other, "--prove", "--html", "page.html")
        assert (said.exit, said.out) == (2, "")
        assert said.err.count("\n") == 1
        assert "not-decided: only two policies of one kind and currency" in said.err
        assert not (desk.folder / "page.html").exists()
