"""Cases with a book: what happens on which day is lived through, and what is decided on the last day is what is expected."""

import itertools
import random
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.act.lived import live, outcomes
from engine.assay import command
from engine.decide import trial
from engine.decide.findings import compile_policy
from engine.decide.made import Outcome
from engine.policy import cases, document, library
from engine.policy.cases import Case
from engine.policy.model import Policy
from tests.books import policy
from tests.test_trial import lay

STARTER = document.shipped() / "policies"
# Three levels on days 3, 10 and 20, a fee with the second, a week between notices.
TRADE = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-06-01
summary: Three letters, a fee with the second, and a call about a broken promise.
currency: EUR
subject: receivable
ladder:
  days_between_notices: 7
  tolerance: 5.00
  levels:
    - level: 1
      name: one
      after_days: 3
      then:
        - notice: {channel: email, template: friendly, otherwise: letter}
    - level: 2
      name: two
      after_days: 10
      then:
        - notice: {channel: email, template: formal, otherwise: letter, pay_within_days: 7}
        - late_fee: {amount: 40.00, once_per: receivable}
    - level: 3
      name: three
      after_days: 20
      then:
        - notice: {channel: letter, template: final}
rules:
  - id: broken-promise
    when: {promise: broken}
    then:
      - task: {what: call}
"""


def read(text: str, of: Policy) -> tuple[Case, ...]:
    """The cases of a text; the test fails with the problems where there are any."""
    found, problems = document.parse(f"policy: {of.name}\ncases:\n{textwrap.indent(textwrap.dedent(text), '  ')}", "cases.yaml")
    assert found is not None, problems
    several, problems = cases.read(found, [of])
    assert problems == ()
    return several


def one(events: Sequence[str] = (), *, as_of: str, runs: str = "[]", more: str = "", expect: str = "{actions: []}",
        about: str = "about: R-1") -> str:
    """A case about R-1 over 800.00."""
    about = about or "# about everything"
    happened = "".join(f"\n      - {event}" for event in events)
    return f"""\
- name: it
  book:
    receivables: [{{number: R-1, due: 2026-01-31, amount: 800.00}}]
    {more or 'customer: {}'}
    events: {happened or '[]'}
  {about}
  runs: {runs}
  as_of: {as_of}
  expect: {expect}
"""


def said(outcome: Outcome) -> list[str]:
    """`1 notice`, then in brackets what is withheld."""
    done = [
        f"{'' if call.level_to is None else f'{call.level_to} '}{type(call.action).__name__}"
        for call in outcome.calls if not call.reasons
    ]
    return [*sorted(done), *sorted({f"({reason})" for call in outcome.calls for reason in call.reasons})]


def lived(events: Sequence[str] = (), *, as_of: str, runs: str = "[]", text: str = TRADE, about: str = "about: R-1") -> list[str]:
    """What is decided about R-1 on the day."""
    of = policy(text)
    return said(outcomes(of, read(one(events, as_of=as_of, runs=runs, about=about), of))[0])


# -- the ladder -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "as_of", "expected"),
    [
        ("[]", "2026-02-02", []),
        ("[]", "2026-02-03", ["1 Notice"]),
        # Without a run nobody was ever written to, however late it is.
        ("[]", "2026-03-30", ["1 Notice"]),
        ("[2026-02-03]", "2026-02-03", []),
        ("[2026-02-15]", "2026-02-15", ["(interval)"]),
        ("[2026-02-03]", "2026-02-09", []),
        ("[2026-02-03]", "2026-02-10", ["2 Notice", "LateFee"]),
        ("[2026-02-04]", "2026-02-10", ["(interval)"]),
        ("[2026-02-03, 2026-02-10]", "2026-02-20", ["3 Notice"]),
        ("[2026-02-03, 2026-02-10, 2026-02-20]", "2026-12-31", []),
        ("daily", "2026-02-10", ["2 Notice", "LateFee"]),
        ("daily", "2026-02-20", ["3 Notice"]),
    ],
)
def test_runs_bring_the_ladder_forward(runs: str, as_of: str, expected: list[str]) -> None:
    """What was applied before decides; the interval and what was sent are those of real runs."""
    assert lived(runs=runs, as_of=as_of) == expected


def test_a_bounced_payment_continues_at_the_level_it_had() -> None:
    """Paid on the 5th, taken back on the 15th: it was at level 1, so the second letter comes."""
    events = ["{on: 2026-02-05, payment: {receivable: R-1}}", "{on: 2026-02-15, payment_reversed: {receivable: R-1}}"]
    assert lived(events[:1], runs="[2026-02-03]", as_of="2026-02-20") == []
    assert lived(events, runs="[2026-02-03]", as_of="2026-02-20") == ["2 Notice", "LateFee"]


def test_a_part_is_paid_in_two_and_the_last_one_bounces() -> None:
    """What is left is below the tolerance until the second payment is taken back."""
    events = ["{on: 2026-02-04, payment: {receivable: R-1, amount: 300.00}}",
              "{on: 2026-02-05, payment: {receivable: R-1, amount: 496.00}}",
              "{on: 2026-02-12, payment_reversed: {receivable: R-1}}"]  # fmt: skip
    assert lived(events[:2], as_of="2026-02-11") == ["(below-tolerance)"]
    assert lived(events, as_of="2026-02-12") == ["1 Notice"]


def test_a_credit_note_that_covers_all_ends_it() -> None:
    """There is nothing left to chase."""
    assert lived(["{on: 2026-02-05, credit: {receivable: R-1}}"], as_of="2026-02-20") == []


@pytest.mark.parametrize(
    ("event", "day", "expected"),
    [
        ("dispute: {receivable: R-1}", "2026-02-20", ["(disputed)"]),
        ("dispute: {receivable: R-1, amount: 300.00}", "2026-02-20", ["1 Notice"]),
        ("hold: {kind: dunning}", "2026-02-20", ["(dunning-hold)"]),
        ("hold: {kind: dunning, receivable: R-1, until: 2026-02-19}", "2026-02-20", ["1 Notice"]),
        ("hold: {kind: dunning, receivable: R-1, until: 2026-02-20}", "2026-02-20", ["(dunning-hold)"]),
        ("hold: {kind: credit}", "2026-02-20", ["1 Notice"]),
        ("promise: {receivable: R-1, promised: 2026-02-20}", "2026-02-20", ["(promise-pending)"]),
        ("promise: {receivable: R-1, promised: 2026-02-19}", "2026-02-20", ["1 Notice", "Task"]),
        ("promise: {receivable: R-1, promised: 2026-02-19, grace_days: 1}", "2026-02-20", ["(promise-pending)"]),
        ("promise: {promised: 2026-02-20}", "2026-02-20", ["(promise-pending)"]),
        ("customer: {segment: sme}", "2026-02-20", ["1 Notice"]),
        ("activity: {channel: phone, result: reached}", "2026-02-20", ["1 Notice"]),
        ("order: {number: SO-1, amount: 5.00}", "2026-02-20", ["1 Notice"]),
        ("assessment: {score: 60}", "2026-02-20", ["1 Notice"]),
        ("security: {amount: 60.00}", "2026-02-20", ["1 Notice"]),
        ("review: {result: fine}", "2026-02-20", ["1 Notice"]),
    ],
)
def test_what_people_record_is_a_row_of_the_book(event: str, day: str, expected: list[str]) -> None:
    """Each on the day before it counts, and with the bounds that it has in any book."""
    assert lived([f"{{on: 2026-02-05, {event}}}"], as_of=day) == expected


def test_what_ends_is_over() -> None:
    """A dispute that was resolved, a hold that was released."""
    for begin, end in (
        ("dispute: {receivable: R-1}", "dispute_resolved: {receivable: R-1, outcome: rejected}"),
        ("hold: {kind: dunning}", "hold_released: {kind: dunning}"),
        ("hold: {kind: dunning, receivable: R-1}", "hold_released: {kind: dunning, receivable: R-1}"),
    ):
        events = [f"{{on: 2026-02-05, {begin}}}", f"{{on: 2026-02-10, {end}}}"]
        assert lived(events[:1], as_of="2026-02-10") != ["1 Notice"], begin
        assert lived(events, as_of="2026-02-10") == ["1 Notice"], begin


def test_the_fee_of_an_earlier_run_is_owed_as_well() -> None:
    """It is a receivable of its own, chased like any other; a case that looks at R-1 alone does not see that."""
    runs = "[2026-02-03, 2026-02-10, 2026-02-20]"
    assert lived(runs=runs, as_of="2026-03-31") == []
    assert lived(runs=runs, as_of="2026-03-31", about="") == ["2 Notice", "(fee-on-fee)"]


def test_events_come_in_the_order_of_their_days() -> None:
    """However they stand in the file; on one day in the order of the file."""
    events = ["{on: 2026-02-15, payment_reversed: {receivable: R-1}}", "{on: 2026-02-05, payment: {receivable: R-1}}"]
    assert lived(events, runs="[2026-02-03]", as_of="2026-02-20") == ["2 Notice", "LateFee"]
    same = ["{on: 2026-02-05, payment: {receivable: R-1}}", "{on: 2026-02-05, payment_reversed: {receivable: R-1}}"]
    assert lived(same, runs="[2026-02-03]", as_of="2026-02-20") == ["2 Notice", "LateFee"]


def test_what_happens_on_the_day_of_a_run_counts_in_it() -> None:
    """A payment in the morning spares the letter of that day."""
    events = ["{on: 2026-02-03, payment: {receivable: R-1}}", "{on: 2026-02-04, payment_reversed: {receivable: R-1}}"]
    assert lived(events, runs="[2026-02-03]", as_of="2026-02-10") == ["1 Notice"]


def test_a_second_spell_begins_anew() -> None:
    """Cured and late again with another receivable: the first letter, though the first one had come to the second."""
    more = "receivables: [{number: R-1, due: 2026-01-31, amount: 800.00}, {number: R-2, due: 2026-03-10, amount: 90.00}]"
    text = one(["{on: 2026-02-12, payment: {receivable: R-1}}"], as_of="2026-03-13", runs="[2026-02-03, 2026-02-10]")
    text = text.replace("receivables: [{number: R-1, due: 2026-01-31, amount: 800.00}]", more).replace("about: R-1", "about: R-2")
    of = policy(TRADE)
    assert said(outcomes(of, read(text, of))[0]) == ["1 Notice"]


# -- whom, and by which way ----------------------------------------------------------------------------------------------------


def test_a_notice_says_how_it_goes_out() -> None:
    """By e-mail where somebody can be reached so, else by letter, else not at all."""
    of = policy(TRADE)
    for reach, channel in (("[email, letter]", "email"), ("[letter]", "letter"), ("[]", None)):
        text = one(as_of="2026-02-03", more=f"customer: {{reachable_by: {reach}}}")
        (call,) = outcomes(of, read(text, of))[0].calls
        assert call.reasons == (() if channel else ("no-contact",))
        assert channel is None or call.action.channel == channel  # type: ignore[union-attr]


TWO = """\
- name: both
  book: &two
    receivables: [{number: R-1, due: 2026-01-31, amount: 800.00}, {number: R-2, due: 2026-02-10, amount: 80.00}]
    events: [{on: 2026-02-04, dispute: {receivable: R-2}}]
  runs: [2026-02-03]
  as_of: 2026-02-13
  expect: {level: 2, actions: [notice, late_fee], withheld: [disputed]}
- name: the first
  book: *two
  about: R-1
  runs: [2026-02-03]
  as_of: 2026-02-13
  expect: {level: 2, actions: [notice, late_fee]}
- name: the second
  book: *two
  about: R-2
  runs: [2026-02-03]
  as_of: 2026-02-13
  expect: {withheld: [disputed]}
"""


def test_a_case_looks_at_all_receivables_or_at_one() -> None:
    """`about` names the one."""
    of = policy(TRADE)
    several = read(TWO, of)
    assert trial.try_cases(several, [of], outcomes) == ()


def test_one_letter_about_two_receivables_is_one_notice() -> None:
    """Its level is the highest of its lines; of the other one, its own."""
    of = policy(TRADE)
    text = TWO.replace("    events: [{on: 2026-02-04, dispute: {receivable: R-2}}]\n", "")
    both, first, second = outcomes(of, read(text.replace("expect: {withheld: [disputed]}", "expect: {level: 1}"), of))
    assert said(both) == ["2 Notice", "LateFee"]
    assert said(first) == ["2 Notice", "LateFee"]
    assert said(second) == ["1 Notice"]


def test_cases_of_one_policy_do_not_see_each_other() -> None:
    """Lived through together or each alone, the same is decided."""
    of = policy(TRADE)
    text = "".join(
        one(events, as_of=as_of, runs=runs).replace("name: it", f"name: it {number}")
        for number, (events, as_of, runs) in enumerate(itertools.product(
            ([], ["{on: 2026-02-05, payment: {receivable: R-1, amount: 100.00}}"], ["{on: 2026-02-05, hold: {kind: dunning}}"]),
            ("2026-02-10", "2026-02-20"),
            ("[]", "[2026-02-03]", "[2026-02-03, 2026-02-10]"),
        ))
    )  # fmt: skip
    several = read(text, of)
    together = [said(found) for found in outcomes(of, several)]
    assert together == [said(outcomes(of, [case])[0]) for case in several]
    assert len({tuple(found) for found in together}) > 4


# -- other policies ---------------------------------------------------------------------------------------------------------


CAUTIOUS = """\
policy: cautious
kind: credit
version: 1
effective_from: 2026-01-01
summary: A limit for everybody, and a hold while something is long overdue.
currency: EUR
limit:
  rules: [{id: all, amount: 5000.00}]
approvals:
  - {action: set_credit_limit, role: credit-manager}
holds:
  - reason: long-overdue
    when: {customer.oldest_days_past_due: {at_least: 30}}
    release_when: {none: [{customer.oldest_days_past_due: {at_least: 30}}]}
"""


def test_a_credit_policy_holds_and_releases() -> None:
    """The hold is that of an earlier run, and so is the limit, though it waits for an approval."""
    paid = ["{on: 2026-03-05, payment: {receivable: R-1}}"]
    assert lived(as_of="2026-03-02", text=CAUTIOUS, about="") == ["CreditHold", "SetCreditLimit"]
    assert lived(as_of="2026-03-03", runs="[2026-03-02]", text=CAUTIOUS, about="") == []
    assert lived(paid, as_of="2026-03-05", runs="[2026-03-02]", text=CAUTIOUS, about="") == ["ReleaseCreditHold"]
    assert lived(paid, as_of="2026-03-05", text=CAUTIOUS, about="") == ["SetCreditLimit"]


def test_a_credit_policy_concludes_a_limit() -> None:
    """`limit` is what the customer has from then on."""
    of = policy(CAUTIOUS)
    right = one(as_of="2026-02-20", expect="{limit: 5000.00}", about="")
    kept, failed = read(right + right.replace("5000", "4000").replace("name: it", "name: other"), of)
    assert trial.try_cases([kept], [of], outcomes) == ()
    (problem,) = trial.try_cases([failed], [of], outcomes)
    assert "expected limit 4,000.00 EUR, but it is 5,000.00 EUR" in problem.message


def test_an_order_is_asked_about_on_the_day_of_the_case() -> None:
    """Of the book as it is then: an order is refused while an earlier run holds the customer, and passes once it has let go."""
    of = policy(CAUTIOUS)
    held = one(as_of="2026-03-03", runs="[2026-03-02]", about="", expect="{order: refuse, because: [credit-hold]}")
    paid = ["{on: 2026-03-05, payment: {receivable: R-1}}"]
    free = one(paid, as_of="2026-03-06", runs="[2026-03-02, 2026-03-05]", about="", expect="{order: approve}")
    never = one(as_of="2026-03-03", about="", expect="{order: refer, because: [no-limit]}")
    named = [text.replace("name: it", f"name: it {number}") for number, text in enumerate((held, free, never))]
    named = [text.replace("  as_of:", "  order: 100.00\n  as_of:") for text in named]
    assert trial.try_cases(read("".join(named), of), [of], outcomes) == ()


def test_a_policy_of_customers_writes_one_statement() -> None:
    """A notice to a whole customer is found again in the plan, too."""
    text = TRADE.replace("subject: receivable", "subject: customer").split("rules:")[0]
    text = text.replace("        - late_fee: {amount: 40.00, once_per: receivable}\n", "")
    assert lived(as_of="2026-02-10", runs="[2026-02-03]", text=text, about="") == ["2 Notice"]


@pytest.mark.parametrize("name", ["standard", "trade-credit"])
def test_a_day_lived_through_is_decided_like_the_made_subject_that_it_comes_to(name: str) -> None:
    """Random books: the ladder, and all of credit, do what a plain case with the same facts says.

    Rules beside them are left out: that the action of one was done before, the plan alone knows.
    """
    of = next(one for one in library.load(STARTER).policies if one.name == name)
    compiled, chance, looked, about = compile_policy(of), random.Random(4), set(), "" if of.credit else "about: R-1"
    for _ in range(30):
        runs, more = "[2026-02-03, 2026-02-15, 2026-03-02]", "customer: {segment: sme, credit_limit: 700.00}"
        (found,) = live(of, read(one(_events(chance), as_of="2026-03-20", runs=runs, more=more, about=about), of), watched=True)
        (made,) = found.seen
        plain = trial.decided(made, compiled)
        assert _by_law(found.outcome) == _by_law(plain)
        assert found.outcome.concluded == plain.concluded
        looked.add(tuple(_by_law(plain)))
    assert len(looked) > 2


def _by_law(outcome: Outcome) -> list[str]:
    """What is said of it, without rules beside the ladder."""
    return said(Outcome(tuple(call for call in outcome.calls if not call.rule.startswith("rule")), None))


def _events(chance: random.Random) -> list[str]:
    """Some things that happen, each possible at its time."""
    some = ["payment: {receivable: R-1, amount: 100.00}", "dispute: {receivable: R-1, amount: 200.00}",
            "promise: {receivable: R-1, promised: 2026-03-15}", "hold: {kind: dunning, until: 2026-03-10}",
            "activity: {channel: phone, result: reached}", "customer: {credit_limit: 900.00}",
            "order: {number: SO-1, amount: 500.00}", "assessment: {score: 40}"]  # fmt: skip
    return [f"{{on: 2026-02-{chance.randint(1, 28):02}, {event}}}" for event in chance.sample(some, 3)]


# -- with everything else ----------------------------------------------------------------------------------------------------


DATED = """\
policy: trade
cases:
  - name: late
    given: {days_past_due: 3}
    expect: {level: 1, actions: [notice]}
  - name: lived
    book:
      receivables: [{number: R-1, due: 2026-01-31, amount: 800.00}]
    runs: [2026-02-03]
    as_of: 2026-02-10
    expect: {level: 2, actions: [notice, late_fee]}
"""


def test_check_tries_cases_with_a_book(tmp_path: Path) -> None:
    """Kept, and failed at its place; whoever does not say how to live through them is told so by an assertion."""
    lay(tmp_path, given=DATED)
    assert trial.checked([tmp_path], live=outcomes).problems == ()
    (tmp_path / "trade" / "cases.yaml").write_text(DATED.replace("level: 2", "level: 1"), encoding="utf-8")
    (problem,) = trial.checked([tmp_path], live=outcomes).problems
    assert (problem.code, problem.where.line) == ("case-failed", 6)
    assert problem.message == "'lived': expected level 1, but it is 2"
    with pytest.raises(AssertionError, match="'lived' has a book"):
        trial.checked([tmp_path])


def test_test_runs_counts_and_rewrites_them(tmp_path: Path) -> None:
    """-k, JUnit, --update: all as of any other case."""
    lay(tmp_path, given=DATED.replace("level: 2, actions: [notice, late_fee]", "level: 1"))
    found = command.run([tmp_path], "lived")
    (result,) = found.results
    assert result.said == ("expected level 1, but it is 2", "not expected, but called for: late_fee (level 2)",
                           "not expected, but called for: notice (level 2)")  # fmt: skip
    assert '<testcase classname="trade" name="lived"' in found.written("junit", str)
    assert "+    expect: {level: 2, actions: [late_fee, notice]}" in found.update()
    assert not command.run([tmp_path], "").wrong
    assert "expect: {level: 1, actions: [notice]}" in (tmp_path / "trade" / "cases.yaml").read_text(encoding="utf-8")


def test_coverage_counts_the_day_of_the_case(tmp_path: Path) -> None:
    """Level 2 is reached by the one with the book alone; that level 1 was reached on the day of its run does not count."""
    lay(tmp_path, given=DATED)
    for word, first in (("", True), ("lived", False)):
        (found,) = command.run([tmp_path], word, cover=True).covered
        levels = {item.text: bool(item.seen) for item in found.items if item.kind == "levels"}
        assert levels == {"level 1": first, "level 2": True}


def test_mutants_are_noticed_by_cases_with_a_book(tmp_path: Path) -> None:
    """The first letter a day later is no first letter on the day of the run: no other case would notice."""
    text = DATED.replace("days_past_due: 3}", "days_past_due: 2}").replace("{level: 1, actions: [notice]}", "{actions: []}")
    lay(tmp_path, given=text)
    (score,) = command.run([tmp_path], "", mutate=True).scores
    unnoticed = {one.mutant.text for one in score.unnoticed}
    assert "level 1: after_days 3 -> 4" not in unnoticed
    assert "level 2: late_fee amount 40.00 EUR -> 39.99 EUR" in unnoticed
    (alone,) = command.run([tmp_path], "late", mutate=True).scores
    assert "level 1: after_days 3 -> 4" in {one.mutant.text for one in alone.unnoticed}
    assert len(alone.unnoticed) > len(score.unnoticed)
