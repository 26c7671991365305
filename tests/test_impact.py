"""What a change of a policy changes for the book: nothing where nothing changes, else exactly what two plans differ by."""

import json
from pathlib import Path

import pytest

from engine.act.plan import plan
from engine.act.values import Plan
from engine.book.store import open_book
from engine.diff.compare import compare
from engine.diff.impact import Impact, Way, biggest, impact, sums
from engine.policy import library
from engine.policy.model import Policy
from engine.report import impact as told
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


def test_the_command_tells_it_in_every_format(desk: Desk) -> None:
    """The changes first, then the book."""
    desk.write("new.yaml", LATER_POLICY)
    asked = ("diff", "trade@1", "new.yaml", "--db", "duly.db", "--as-of", AS_OF)
    text = desk.run(*asked).out
    assert f"\n2 changes\n\nAs of {AS_OF}: 2 differences for 2 customers; 0 actions are the same\n" in text
    value = json.loads(desk.run(*asked, "--format", "json").out)
    assert [one["way"] for one in value["impact"]["moved"]] == ["lost"] * 2
    assert value["impact"]["sums"][0]["before"] == 105000
    assert desk.run(*asked, "--format", "markdown").out.startswith("<!-- duly-diff: trade -->")
    assert " no-book: " in desk.run("diff", "trade@1", "new.yaml", "--db", "none.db").err
