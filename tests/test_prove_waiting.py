"""Promises with `within_days`: what is proved holds for everybody lived through day by day, who is shown waits in vain."""

import itertools
import random
from pathlib import Path

import pytest

from engine.decide.evaluate import holds
from engine.decide.findings import compile_policy, facts_of, findings_of
from engine.facts import FACTS, FactType
from engine.policy import invariants
from engine.policy.model import Policy
from engine.prove.lab import Claim, Finding
from engine.prove.outcome import covered
from engine.prove.promises import kept
from engine.prove.waiting import FALLING, LOOSE, RISING
from tests.books import policy
from tests.desk import ROOT, Desk
from tests.prove_days import lived
from tests.prove_facts import Facts

AS_OF = "2026-03-31"
HEAD = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Made.
currency: EUR
subject: receivable
"""
KINDS = {
    "notice": "{notice: {channel: email, template: t}}",
    "task": "{task: {what: call}}",
    "hand_over": "{hand_over: {to: agency}}",
    "alert": "{alert: {to: credit-manager, severity: low}}",
}


def promise(folder: Path, days: int, actions: str, when: str) -> invariants.Invariants:
    """One promise."""
    path = folder / "invariants.yaml"
    always = f"{{within_days: {days}, action: [{actions}], when: {when}}}"
    path.write_text(
        f"currency: EUR\ninvariants: [{{id: kept, because: promised, always: {always}}}]\n", encoding="utf-8"
    )
    found, problems = invariants.load(path)
    assert found, problems
    return found


def verdict(found: invariants.Invariants, one: Policy) -> Finding | Claim:
    """What comes of the one promise."""
    (answer,) = kept(found, (one,))
    return answer


def word(answer: Finding | Claim) -> str:
    """Proved, broken or not decided."""
    return "proved" if isinstance(answer, Claim) else answer.problem.code


def ladder(*days: int, kind: str = "notice") -> str:
    """A policy with levels after so many days."""
    levels = "".join(
        f"    - {{level: {n}, name: l{n}, after_days: {after}, then: [{KINDS[kind]}]}}\n"
        for n, after in enumerate(days, 1)
    )
    return f"{HEAD}ladder:\n  levels:\n{levels}"


# -- the bound ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "expected"), [(89, "proved"), (90, "proved"), (91, "broken-invariant")])
def test_the_last_day_counts(tmp_path: Path, after: int, expected: str) -> None:
    """Within 30 days of day 60 is by day 90."""
    found = promise(tmp_path, 30, "notice", "{days_past_due: {at_least: 60}}")
    assert word(verdict(found, policy(ladder(after)))) == expected


@pytest.mark.parametrize(("days", "expected"), [(29, "broken-invariant"), (30, "proved"), (31, "proved")])
def test_the_end_of_a_month_is_exact(tmp_path: Path, days: int, expected: str) -> None:
    """The longest wait for the end of a month begins on its first day: 30 more days in a month of 31."""
    text = ladder(1).replace("after_days: 1,", "after_days: 1, month_end: true,")
    answer = verdict(promise(tmp_path, days, "notice", "{days_past_due: {at_least: 1}}"), policy(text))
    assert word(answer) == expected


def test_what_was_done_before_counts(tmp_path: Path) -> None:
    """A notice at level 1 keeps the promise of a notice; the promise of a call it does not keep."""
    one = policy(ladder(3))
    assert word(verdict(promise(tmp_path, 5, "notice", "{days_past_due: {at_least: 60}}"), one)) == "proved"
    assert word(verdict(promise(tmp_path, 5, "task, notice", "{level: {at_least: 1}}"), one)) == "proved"
    answer = verdict(promise(tmp_path, 5, "task", "{days_past_due: {at_least: 60}}"), one)
    assert word(answer) == "broken-invariant" and "has had none of it and gets none" in str(answer)


def test_what_is_called_for_and_withheld_counts_as_with_always(tmp_path: Path) -> None:
    """The preview shows it, with the reason; a condition that keeps the level from holding is another matter."""
    held = ladder(3).replace(
        "ladder:\n", "withhold:\n  - {because: small, when: {open_amount: {less_than: 100.00}}}\nladder:\n"
    )
    narrow = ladder(3).replace("after_days: 3,", "after_days: 3, when: {open_amount: {at_least: 100.00}},")
    found = promise(tmp_path, 5, "notice", "{days_past_due: {at_least: 10}}")
    assert word(verdict(found, policy(held))) == "proved"
    answer = verdict(found, policy(narrow))
    assert word(answer) == "broken-invariant" and "of 99.99 EUR" in str(answer)


def test_what_changes_by_itself_is_not_taken_for_still(tmp_path: Path) -> None:
    """What the customer owes beside falls due as days pass: neither proved nor broken, and the line says what it hangs on."""
    rule = f"{HEAD}rules:\n  - {{id: r, when: WHEN, then: [{KINDS['task']}]}}\n"
    many = "{customer.overdue_count: {at_least: 4}}"
    found = promise(tmp_path, 9, "task", f"{{all: [{{days_past_due: {{at_least: 1}}}}, {many}]}}")
    assert word(verdict(found, policy(rule.replace("WHEN", many)))) == "proved"
    old = f"{{all: [{{days_past_due: {{at_least: 9}}}}, {many}]}}"
    answer = verdict(found, policy(rule.replace("WHEN", old)))
    assert word(answer) == "not-decided" and "it hangs on customer.overdue_count, which may change" in str(answer)
    few = promise(tmp_path, 9, "task", "{days_past_due: {at_least: 1}}")
    answer = verdict(few, policy(rule.replace("WHEN", old)))
    assert word(answer) == "broken-invariant"


def test_other_actions_that_come_first_are_not_guessed_at(tmp_path: Path) -> None:
    """A hand-over that comes after two letters: where the letters move the level, it is not claimed either way."""
    text = ladder(3, 10) + f"    - {{level: 3, name: l3, after_days: 20, then: [{KINDS['hand_over']}]}}\n"
    answer = verdict(promise(tmp_path, 30, "hand_over", "{days_past_due: {at_least: 30}}"), policy(text))
    assert word(answer) == "not-decided" and "days_since_level" not in str(answer) and " level," in f"{answer},"


@pytest.mark.parametrize("days", ["0", "367", "1.5", "-3", "soon"])
def test_days_that_cannot_be_meant(tmp_path: Path, days: str) -> None:
    """From 1 to 366; for the day itself there is `always` without them."""
    path = tmp_path / "invariants.yaml"
    path.write_text(
        "currency: EUR\ninvariants:\n  - id: a\n    because: b\n"
        f"    always: {{within_days: {days}, action: task, when: {{level: 1}}}}\n", encoding="utf-8")  # fmt: skip
    found, problems = invariants.load(path)
    assert found is None and len(problems) == 1 and problems[0].where.line == 5
    path.write_text(path.read_text(encoding="utf-8").replace("always", "never").replace(days, "3"), encoding="utf-8")
    assert [problem.code for problem in invariants.load(path)[1]] == ["unknown-key"]


def test_every_count_of_days_passes_or_is_loose() -> None:
    """Nobody adds a fact that counts days without saying what a day does to it."""
    counting = {name for name, fact in FACTS.items() if fact.type is FactType.DAYS}
    assert counting - RISING - FALLING - LOOSE == {"customer.terms_days"}
    assert set(FACTS) >= LOOSE


def test_the_starter_set_keeps_its_own_promise(tmp_path: Path) -> None:
    """What is two months late hears from us within a month, under every dunning policy that ships."""
    said = Desk(tmp_path).run("prove", str(ROOT / "policies"), "--as-of", "2026-07-15")
    claim = "proved: 'nobody-waits': always task or notice or hand_over within 30 days when days_past_due at_least 60 "
    assert f"{claim}(key-accounts, small-frequent, standard)\n" in said.out


# -- against everybody in a small world --------------------------------------------------------------------------------------


def _made(rng: random.Random) -> Policy:
    """A random small policy: a ladder, rules, or both; conditions on age and amount."""
    kinds = ["notice", "task", "alert", "hand_over"]
    text, first = HEAD, rng.randint(0, 6)
    if rng.random() < 0.8:
        climb, levels = rng.choice(("one_level", "most_severe")), ""
        for number in range(1, rng.randint(1, 3) + 1):
            when = rng.choice(
                ("", "", "", " when: {open_amount: {at_least: 100.00}},", " when: {days_past_due: {at_most: 12}},")
            )
            then = ", ".join(KINDS[kind] for kind in rng.sample(kinds, rng.choice((1, 1, 2))))
            levels += f"    - {{level: {number}, name: l{number}, after_days: {first},{when} then: [{then}]}}\n"
            first += rng.randint(1, 8)
        between = rng.choice(("", "  days_between_notices: 5\n"))
        text += f"ladder:\n  climb: {climb}\n{between}  levels:\n{levels}"
    if "ladder" not in text or rng.random() < 0.4:
        low = rng.randint(-2, 14)
        age, large = f"{{days_past_due: {{at_least: {low}}}}}", "{open_amount: {at_least: 100.00}}"
        when = rng.choice((age, f"{{days_past_due: {{between: [{low}, {low + 3}]}}}}", f"{{all: [{age}, {large}]}}"))
        text += f"rules:\n  - {{id: r, when: {when}, then: [{KINDS[rng.choice(kinds)]}]}}\n"
    return policy(text)


def everybody(one: Policy, promised: invariants.Invariant) -> list[Facts]:
    """Everybody in a small world: by age, amount, level, and days since the level was reached."""
    names = compile_policy(one).facts | {name for finding in findings_of(promised.when) for name in facts_of(finding)}
    names |= {"handed_over", "days_since_last_notice"}
    most = len(one.ladder.levels) if one.ladder else 0
    found = []
    for age, amount, level, since in itertools.product(range(-3, 26, 2), (9_999, 10_000), range(most + 1), (0, 4, 9)):
        if level == 0 and since:
            continue
        own: Facts = {"days_past_due": age, "open_amount": amount, "undisputed_amount": amount, "level": level,
                      "days_since_level": since if level else None, "times_at_level": 1 if level else 0,
                      "last_notice_delivered": 1 if level else None, "days_since_last_notice": since if level else None,
                      "handed_over": 0}  # fmt: skip
        found.append({name: own.get(name, FACTS[name].neutral) for name in names} | own)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_what_is_proved_holds_for_everybody_and_who_is_shown_waits(tmp_path: Path, seed: int) -> None:
    """Random policies and promises, lived through in the engine: no proof is false, and no example is made up."""
    rng = random.Random(seed)
    one = _made(rng)
    actions = ", ".join(rng.sample(["notice", "task", "hand_over"], rng.randint(1, 3)))
    low = rng.randint(-1, 15)
    when = rng.choice((f"{{days_past_due: {{at_least: {low}}}}}",
                       f"{{all: [{{days_past_due: {{at_least: {low}}}}}, {{open_amount: {{at_least: 100.00}}}}]}}"))  # fmt: skip
    found = promise(tmp_path, rng.randint(1, 12), actions, when)
    (promised,) = found.of
    answer = verdict(found, one)
    if isinstance(answer, Finding) and answer.example:
        assert holds(promised.when, answer.example.facts, answer.example.as_of)
        assert holds(covered(one), answer.example.facts, answer.example.as_of)
        assert not lived(one, promised, answer.example.facts, answer.example.as_of), answer.problem
    if isinstance(answer, Claim):
        waiting = [facts for facts in everybody(one, promised)
                   if holds(promised.when, facts, AS_OF) and not lived(one, promised, facts, AS_OF)]  # fmt: skip
        assert waiting == []


def test_the_small_world_tells_the_verdicts_apart(tmp_path: Path) -> None:
    """The test above would be empty if all came out one way."""
    words = set()
    for seed in range(40):
        rng = random.Random(seed)
        one = _made(rng)
        actions = ", ".join(rng.sample(["notice", "task", "hand_over"], rng.randint(1, 3)))
        low = rng.randint(-1, 15)
        words.add(word(verdict(promise(tmp_path, 5, actions, f"{{days_past_due: {{at_least: {low}}}}}"), one)))
    assert words == {"proved", "broken-invariant", "not-decided"}
