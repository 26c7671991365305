"""What a change of a policy changes for the book: nothing where nothing changes, else exactly what two plans differ by."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.act.plan import plan
from engine.act.values import Plan
from engine.book.store import open_book
from engine.diff.compare import compare
from engine.diff.figures import BY, Way, biggest, by_group, levels, sample, sums
from engine.diff.impact import Impact, impact
from engine.policy import library
from engine.policy.model import Policy
from engine.report import impact as told
from engine.report import impact_page
from engine.report.page import html
from tests.books import Books
from tests.desk import AS_OF, POLICY, Desk, laid_down

FEE = "        - late_fee: {amount: 40.00}\n"
# The receivables of the desk are 3 days overdue; C-1003 has no contact.
LATER = POLICY.replace("after_days: 3", "after_days: 4")
FIRST = "        - notice: {channel: email, template: friendly-reminder}\n"
LATER_POLICY = LATER.replace("version: 1", "version: 2")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk of its own."""
    return laid_down(tmp_path)


def read(desk: Desk, text: str, name: str = "v2.yaml") -> Policy:
    """The policy of a text, beside the folder of policies."""
    desk.write(name, text)
    policy, problems = library.load_file(desk.folder / name)
    assert policy, problems
    return policy


def measured(desk: Desk, old: str, new: str) -> Impact:
    """The impact of one text in place of the other."""
    before, after = read(desk, old, "old.yaml"), read(desk, new, "new.yaml")
    others = library.in_force(library.load(desk.folder / "policies").policies, AS_OF)
    with open_book(desk.folder / "duly.db") as book:
        return impact(book, before, after, others, as_of=AS_OF)


def lines(of: Plan, kind: str) -> int:
    """How many subjects an action of the kind concerns."""
    return sum(len(action.lines) for action in of.actions if action.kind == kind)


def test_nothing_changes_for_the_book_where_nothing_changes(desk: Desk) -> None:
    """Other words for the same, or what never happens."""
    found = measured(desk, POLICY, POLICY.replace("summary: ", "summary: Well, "))
    assert (found.moved, found.withheld, found.uncovered, found.alike) == ((), (), (), 2)
    text = told.text(found, width=100, colour=False)
    assert text == f"As of {AS_OF} nothing changes for the book: 2 actions are the same\n"
    assert (found.touched, found.sampled) == (0, ())


def test_what_is_lost_and_gained_is_what_the_plans_differ_by(desk: Desk) -> None:
    """A day later, nobody is written to; the other way round, all are. The numbers are those of two plans."""
    lost, gained = measured(desk, POLICY, LATER), measured(desk, LATER, POLICY)
    assert {one.way for one in lost.moved} == {Way.LOST}
    assert {one.way for one in gained.moved} == {Way.GAINED}
    assert [(one.customer, one.receivable, one.amount) for one in gained.moved] == [
        ("C-1001", "R-1", 100000),
        ("C-1002", "R-2", 5000),
    ]
    with open_book(desk.folder / "duly.db") as book:
        counted = lines(plan(book, [read(desk, POLICY)], as_of=AS_OF), "notice")
    (one,) = sums(gained.moved)
    assert (one.subjects, one.customers, one.before, one.after) == (counted, 2, 0, 105000)
    (by_bucket,) = sums(gained.moved, "bucket")
    assert by_bucket.of == "1-30"


def test_what_is_done_otherwise(desk: Desk) -> None:
    """A fee that is higher, and words that are others; what stays is not told."""
    with_fee = POLICY.replace(FIRST, FIRST + FEE)
    found = measured(desk, with_fee, with_fee.replace("40.00", "45.00"))
    assert {(one.kind, one.way) for one in found.moved} == {("late_fee", Way.CHANGED)}
    (one,) = sums(found.moved)
    assert (one.subjects, one.before, one.after, found.alike) == (2, 8000, 9000, 2)
    found = measured(desk, POLICY, POLICY.replace("friendly-reminder}", "friendly-reminder, pay_within_days: 5}"))
    assert {(one.kind, one.way) for one in found.moved} == {("notice", Way.CHANGED)}
    assert all(one.after and "deadline 2026-03-09" in one.after.says for one in found.moved)


def test_whom_the_policy_no_longer_covers_and_what_is_withheld(desk: Desk) -> None:
    """Neither is an action; both are counted."""
    found = measured(desk, POLICY, POLICY.replace("ladder:\n", "covers: {open_amount: {at_least: 40.00}}\nladder:\n"))
    assert [(one.what, one.before, one.after) for one in found.uncovered] == [("receivables of E1 in EUR", 0, 1)]
    hold = "withhold:\n  - because: small\n    when: {open_amount: {at_most: 60.00}}\nladder:\n"
    found = measured(desk, POLICY, POLICY.replace("ladder:\n", hold))
    assert [(one.what, one.before, one.after) for one in found.withheld] == [
        ("notice: no-contact", 1, 0),
        ("notice: small", 0, 2),
    ]
    assert [one.customer for one in biggest(found.moved, 1)] == ["C-1002"]


def test_a_comment_can_be_found_again_and_holds_no_markup_of_others(desk: Desk) -> None:
    """It begins with its mark; a customer's name is shown as it is."""
    found = measured(desk, POLICY, LATER)
    old, new = read(desk, POLICY, "old.yaml"), read(desk, LATER, "new.yaml")
    comment = told.markdown(compare(old, new), found)
    assert comment.startswith("<!-- duly-diff: trade -->\n### Policy change: trade v1 to trade v1\n")
    assert comment.count("<details>") == comment.count("</details>") > 2
    assert "level 1 starts 1 day later: after 4 days instead of 3 (line 12)" in comment
    assert told.markdown(compare(old, old), None).endswith("The two say the same.\n")


def test_levels_groups_and_both_plans_as_a_whole(desk: Desk) -> None:
    """Every difference stands in each grouping once; the totals are those of two plans, not of what differs only."""
    found = measured(desk, POLICY, POLICY.replace("friendly-reminder}", "friendly-reminder, pay_within_days: 5}", 1))
    for by in BY:
        assert sum(one.subjects for one in sums(found.moved, by)) == len(found.moved) == 2
    assert [(one.what, one.before, one.after) for one in levels(found.moved)] == [("level 1", 2, 2)]
    assert {one.of for one in sums(found.moved, "currency")} == {"EUR"}
    gained = measured(desk, LATER, POLICY)
    assert [(one.what, one.before, one.after) for one in levels(gained.moved)] == [("level 1", 0, 2)]
    (by_age,) = by_group(gained.totals, "bucket", kind="notice", currency="EUR")
    assert (by_age.what, by_age.before, by_age.after) == ("1-30", 0, 105000)
    same = measured(desk, POLICY, POLICY.replace("summary: ", "summary: Well, "))
    assert [(one.subjects, one.amounts) for one in same.totals] == [((2, 2), (105000, 105000))]


def test_how_many_are_touched_and_for_how_many_nothing_changes(desk: Desk) -> None:
    """Of all customers of the book."""
    found = measured(desk, POLICY, LATER)
    assert (found.touched, found.customers) == (2, 3)
    assert told.head(found) == f"As of {AS_OF}: 2 differences for 2 customers; 0 actions are the same"
    assert told.rest(found) == "Nothing changes for 1 of 3 customers"


def test_a_sample_tells_why_and_the_facts_that_decide(desk: Desk) -> None:
    """Of what is not done: what the rule asks for that is not so, a reason to withhold, or that the rule is not there."""
    lost = measured(desk, POLICY, LATER)
    (one,) = lost.sampled
    assert (one.customer, len(one.whys), one.more) == ("C-1001", 1, 0)
    (why,) = one.whys
    asks = "level 1 of trade v1, line 10, asks for days_past_due at_least 4"
    assert (why.old, why.new) == ("level 1 of trade v1, line 10", asks)
    assert ("days_past_due", "3") in why.facts
    hold = "withhold:\n  - because: small\n    when: {open_amount: {at_most: 60.00}}\nladder:\n"
    held = measured(desk, POLICY, POLICY.replace("ladder:\n", hold))
    assert [why.new for one in held.sampled for why in one.whys] == ["withheld: small"]
    rule = (
        POLICY + "rules:\n  - id: call\n    when: {open_amount: {at_least: 1.00}}\n    then: [{task: {what: call}}]\n"
    )
    other = measured(desk, POLICY, rule)
    assert {why.old for one in other.sampled for why in one.whys} == {"trade v1 has no rule call"}


def test_a_sample_is_of_every_sort_and_no_customer_stands_twice(desk: Desk) -> None:
    """Of each kind, way, segment and age one; everything that is otherwise for them; never more than asked for."""
    with_fee = POLICY.replace(FIRST, FIRST + FEE)
    found = measured(desk, LATER, with_fee)
    several = sample(found.moved)
    assert len({group[0].customer for group in several}) == len(several)
    assert {one.kind for group in several for one in group} == {"notice", "late_fee"}
    assert [one for group in several for one in group if one not in found.moved] == []
    assert len(sample(found.moved, 1)) == 1


def test_a_limit_that_only_one_of_them_sets_stands_as_it_is_with_the_other(tmp_path: Path) -> None:
    """Both sums are of limits, so that a lower limit is seen as one."""
    limit = """policy: credit
kind: credit
version: 1
effective_from: 2026-01-01
summary: A limit.
currency: EUR
priority: 1
limit:
  rules:
    - {id: all, amount: %s}
"""
    books = Books().entity("E1", "EUR").customer("C", segment="sme", limit="1000.00", currency="EUR")
    policies = []
    for number, amount in enumerate(("1000.00", "600.00")):
        (tmp_path / f"{number}.yaml").write_text(limit % amount, encoding="utf-8")
        policy, problems = library.load_file(tmp_path / f"{number}.yaml")
        assert policy, problems
        policies.append(policy)
    found = impact(books.book, policies[0], policies[1], [], as_of=AS_OF)
    (one,) = sums(found.moved)
    assert (one.kind, one.way, one.before, one.after) == ("set_credit_limit", Way.GAINED, 100000, 60000)
    ((why,),) = (found.sampled[0].whys,)
    assert (why.old, why.new) == ("left as it is by credit v1", "limit all of credit v1")
    assert "limit 1,000.00 EUR, as it is" in told.text(found, width=200, colour=False)


def test_a_page_needs_nothing_else_and_shows_each_customer_to_open(desk: Desk) -> None:
    """The figures, charts with titles and their numbers, the biggest, the sample folded; markup of a name is text."""
    compared = compare(read(desk, POLICY, "a.yaml"), read(desk, LATER_POLICY, "b.yaml"))
    found = measured(desk, POLICY, LATER)
    one = found.sampled[0]
    found = replace(found, sampled=(replace(one, name="<script>alert(1)</script>"),))
    text = html(impact_page.of_pair(compared, None, found))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert text.count("<details") > 3
    assert "OLD is trade v1 (" in text
    assert "Customers touched, by segment" in text
    assert "asks for days_past_due at_least 4" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    bare = html(impact_page.of_pair(compared, None, None))
    assert "no book at hand" in bare
    assert "level 1 starts 1 day later" in bare


def test_the_command_writes_a_page(desk: Desk) -> None:
    """Beside what it says; a file that cannot be written is told in one line."""
    desk.write("new.yaml", LATER_POLICY)
    asked = ("diff", "trade@1", "new.yaml", "--book", "duly.db", "--as-of", AS_OF, "--prove")
    said = desk.run(*asked, "--html", "page.html")
    assert said.exit == 0
    assert "Proved: only milder" in desk.read("page.html")
    assert "nothing changes for a receivable less than 3 days past due" in desk.read("page.html")
    wrong = desk.run(*asked, "--html", "none/page.html")
    assert (wrong.exit, wrong.err.splitlines()[-1].count("none/page.html")) == (1, 1)
    assert desk.run("diff", "trade@1", "new.yaml", "--book", "none.db").err.endswith(
        desk.run("diff", "trade@1", "new.yaml", "--db", "none.db").err
    )


def test_the_command_tells_it_in_every_format(desk: Desk) -> None:
    """The changes first, then the book."""
    desk.write("new.yaml", LATER_POLICY)
    asked = ("diff", "trade@1", "new.yaml", "--db", "duly.db", "--as-of", AS_OF)
    text = desk.run(*asked).out
    first = (
        f"As of {AS_OF}: 2 differences for 2 customers; 0 actions are the same\nNothing changes for 1 of 3 customers\n"
    )
    assert f"\n2 changes\n\n{first}" in text
    assert "\nFor one, C-100" in text
    value = json.loads(desk.run(*asked, "--format", "json").out)
    assert [one["way"] for one in value["impact"]["moved"]] == ["lost"] * 2
    told_of = value["impact"]
    assert told_of["sums"][0]["before"] == 105000
    assert (told_of["customers"], sorted(told_of["by"])) == ({"all": 3, "touched": 2}, sorted(BY))
    assert [len(told_of[name]) for name in ("biggest", "levels", "sample")] == [2, 1, 1]
    assert told_of["sample"][0]["differences"][0]["because"]["new"].endswith("asks for days_past_due at_least 4")
    assert desk.run(*asked, "--format", "markdown").out.startswith("<!-- duly-diff: trade -->")
    assert " no-book: " in desk.run("diff", "trade@1", "new.yaml", "--db", "none.db").err
