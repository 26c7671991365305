"""`duly diff --since`: all that a branch changes in the policies, each version against what would decide in its place."""

import json
from contextlib import chdir
from pathlib import Path

import pytest

from engine.act.plan import plan
from engine.book.store import open_book
from engine.diff.since import Since, since
from engine.policy import library
from engine.report import since as told
from tests.desk import AS_OF, POLICY, Desk, laid_down
from tests.test_since import git

TRADE = "policies/trade/v{}.yaml"
OTHER = POLICY.replace("policy: trade", "policy: other\npriority: 5").replace("after_days: 3", "after_days: 2")
SECOND = POLICY.replace("version: 1", "version: 2").replace("2026-01-01", "2026-02-01")
LATER = SECOND.replace("after_days: 3", "after_days: 4")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose policies are under version control."""
    made = laid_down(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "policies")
    git(tmp_path, "commit", "-qm", "one")
    return made


def found(desk: Desk) -> Since:
    """What has changed since the branch that everybody merges into."""
    return since(desk.folder / "policies", "main")


def names(desk: Desk) -> list[str]:
    """Each version that has changed, as it is called."""
    return [one.name for one in found(desk).policies]


def test_nothing_has_changed(desk: Desk) -> None:
    """And it is said."""
    assert found(desk) == Since("main", (), ())
    said = desk.run("diff", "--since", "main", "--db", "duly.db")
    assert (said.out, said.err, said.exit) == ("no policy has changed since main\n", "", 0)
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    assert comment.splitlines()[:3] == [told.MARK, "", "### No policy is changed"]


def test_a_version_is_compared_with_what_it_takes_the_place_of(desk: Desk) -> None:
    """An edited one with itself as it was, a new one with the one before it, the tenth with the ninth and not with the first."""
    desk.write(TRADE.format(1), POLICY.replace("after_days: 10", "after_days: 9"))
    for number in (2, 9, 10):
        desk.write(TRADE.format(number), POLICY.replace("version: 1", f"version: {number}"))
    assert names(desk) == ["trade v1", "trade v1 to v2", "trade v2 to v9", "trade v9 to v10"]
    assert [change.text for change in found(desk).policies[0].changes] == [
        "level 2 starts 1 day earlier: after 9 days instead of 10"
    ]


def test_what_others_have_merged_meanwhile_is_not_this_change(desk: Desk) -> None:
    """Compared is with the commit from which the branch began, and with the text that was there then."""
    git(desk.folder, "checkout", "-qb", "mine")
    desk.write(TRADE.format(1), POLICY.replace("after_days: 10", "after_days: 9"))
    git(desk.folder, "commit", "-qam", "mine")
    git(desk.folder, "checkout", "-q", "main")
    desk.write(TRADE.format(1), POLICY.replace("after_days: 10", "after_days: 30"))
    desk.write("policies/other/v1.yaml", OTHER)
    git(desk.folder, "add", "policies")
    git(desk.folder, "commit", "-qm", "theirs")
    git(desk.folder, "checkout", "-q", "mine")
    (one,) = found(desk).policies
    assert [change.text for change in one.changes] == ["level 2 starts 1 day earlier: after 9 days instead of 10"]


def test_a_new_policy_and_one_that_is_gone_are_told_whole(desk: Desk) -> None:
    """Level by level; of what is gone, the place is in the revision."""
    desk.write("policies/other/v1.yaml", OTHER)
    (desk.folder / TRADE.format(1)).unlink()
    assert names(desk) == ["other v1, new", "trade v1, gone"]
    new, gone = found(desk).policies
    lines = [change.text for change in new.changes]
    assert any(line.startswith("level 1: number 1; name friendly reminder; after 2 days") for line in lines)
    assert len(lines) == len(set(lines)) > 10
    assert {change.kind for change in gone.changes} == {"gone"}
    assert all(change.place.file.startswith("main:") for change in gone.changes)
    assert gone.changes[-1].place.line == 15


def test_the_version_before_decides_on_where_one_is_gone(desk: Desk) -> None:
    """That of the same policy, where there is one."""
    desk.write(TRADE.format(2), LATER)
    git(desk.folder, "add", "policies")
    git(desk.folder, "commit", "-qm", "two")
    (desk.folder / TRADE.format(2)).unlink()
    assert names(desk) == ["trade v2 to v1"]


def test_files_that_are_no_versions_are_named(desk: Desk) -> None:
    """An approver should know that cases and templates changed as well."""
    desk.write("policies/trade/cases.yaml", "policy: trade\ncases: []\n")
    desk.write("policies/templates/x.en.email.j2", "x")
    assert [Path(name).name for name in found(desk).beside] == ["x.en.email.j2", "cases.yaml"]
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    assert "### Also changed\n\n- policies/templates/x.en.email.j2\n- policies/trade/cases.yaml\n" in comment


def test_files_that_are_gone_are_told_apart(desk: Desk) -> None:
    """Who takes promises away must not look like somebody who edits them."""
    for name in ("invariants.yaml", "trade/cases.yaml", "templates/x.en.email.j2"):
        desk.write(f"policies/{name}", "# soon gone\n")
    git(desk.folder, "add", "policies")
    git(desk.folder, "commit", "-qm", "two")
    (desk.folder / "policies/templates/x.en.email.j2").unlink()
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    assert comment.endswith("### Gone\n\n- policies/templates/x.en.email.j2\n")
    (desk.folder / "policies/invariants.yaml").unlink()
    (desk.folder / "policies/trade/cases.yaml").write_text("# edited\n", encoding="utf-8")
    said = desk.run("diff", "--since", "main").out
    assert said.startswith("gone: policies/invariants.yaml, policies/templates/x.en.email.j2\n")
    assert "also changed: policies/trade/cases.yaml\n" in said
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    listed = "- policies/invariants.yaml\n- policies/templates/x.en.email.j2\n"
    assert f"### Gone\n\n**Promises are gone: nothing keeps them any more.**\n\n{listed}" in comment
    assert "### Also changed\n\n- policies/trade/cases.yaml\n" in comment
    value = json.loads(desk.run("diff", "--since", "main", "--format", "json").out)
    assert value["gone"] == ["policies/invariants.yaml", "policies/templates/x.en.email.j2"]
    assert value["beside"] == ["policies/trade/cases.yaml"]
    desk.run("diff", "--since", "main", "--html", "page.html")
    assert "Gone. Promises are gone: nothing keeps them any more." in desk.read("page.html")
    (desk.folder / "policies/trade/cases.yaml").unlink()
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    assert "**Promises and cases are gone: nothing keeps them any more.**" in comment


def test_without_a_book_it_is_said_that_there_is_none(desk: Desk) -> None:
    """In every form; nobody may take it for a change without consequences."""
    desk.write(TRADE.format(2), LATER)
    for shape in ("text", "markdown"):
        assert told.NO_BOOK in desk.run("diff", "--since", "main", "--format", shape).out
    value = json.loads(desk.run("diff", "--since", "main", "--format", "json").out)
    assert (value["impact"], value["without_impact"]) == (None, told.NO_BOOK)


def test_the_book_is_planned_once_with_everything_that_has_changed(desk: Desk) -> None:
    """Two policies at once: the plan of main against the plan of the branch, whoever of them decides about a customer."""
    desk.write(TRADE.format(2), LATER)
    desk.write("policies/other/v1.yaml", OTHER.replace("subject", "covers: {open_amount: {at_least: 100.00}}\nsubject"))
    asked = ("diff", "--since", "main", "--db", "duly.db", "--as-of", AS_OF)
    value = json.loads(desk.run(*asked, "--format", "json").out)
    assert [one["state"] for one in value["policies"]] == ["new", "changed"]
    # R-1 is large: `other` writes as `trade` did. R-2 is small: only `trade` decides, and a day later.
    assert [(one["way"], one["receivable"]) for one in value["impact"]["moved"]] == [("lost", "R-2")]
    assert value["impact"]["alike"] == 1
    with chdir(desk.folder), open_book(Path("duly.db")) as book:
        both = since(Path("policies"), "main").deciding(library.load(Path("policies")).policies[:1])
        plans = [plan(book, policies, as_of=AS_OF).id for policies in both]
    assert [value["impact"]["plans"][which] for which in ("old", "new")] == plans
    assert (
        "1 difference for 1 customer; 1 action is the same\nNothing changes for 2 of 3 customers\n"
        in desk.run(*asked, "--html", "page.html").out
    )
    page = desk.read("page.html")
    assert "OLD is what decides at main, NEW is what decides now." in page
    assert page.index("other v1, new") < page.index("trade v1 to v2") < page.index("What it does to the book")


def test_a_gone_policy_no_longer_decides(desk: Desk) -> None:
    """What it did is lost, and what it covered is counted."""
    desk.write("policies/other/v1.yaml", OTHER.replace("subject", "covers: {open_amount: {at_least: 100.00}}\nsubject"))
    git(desk.folder, "add", "policies")
    git(desk.folder, "commit", "-qm", "two")
    (desk.folder / TRADE.format(1)).unlink()
    asked = ("diff", "--since", "main", "--db", "duly.db", "--as-of", AS_OF, "--format", "json")
    impact = json.loads(desk.run(*asked).out)["impact"]
    assert [(one["way"], one["receivable"]) for one in impact["moved"]] == [("lost", "R-2")]
    assert impact["uncovered"] == [{"what": "receivables of E1 in EUR", "before": 0, "after": 2}]


def test_a_version_that_cannot_be_read_hides_no_other(desk: Desk) -> None:
    """Its problems stand in its place, nothing is planned, and the answer is no."""
    desk.write(TRADE.format(2), LATER.replace("climb", "klimb").replace("subject", "subjekt"))
    desk.write("policies/other/v1.yaml", OTHER)
    said = desk.run("diff", "--since", "main", "--db", "duly.db", "--format", "markdown")
    assert said.exit == 1
    assert "policies/trade/v2.yaml:7:1 unknown-key: 'subjekt'" in said.err
    assert "### Policy other v1, new\n" in said.out
    assert "### policies/trade/v2.yaml cannot be compared\n\n- line 7: " in said.out
    assert told.WRONG in said.out
    assert desk.run("diff", "--since", "main").exit == 1


def test_what_cannot_be_compared_by_proof_says_why(desk: Desk) -> None:
    """And what can be is."""
    desk.write(TRADE.format(2), LATER)
    desk.write(TRADE.format(3), LATER.replace("version: 2", "version: 3").replace("EUR", "USD"))
    comment = desk.run("diff", "--since", "main", "--prove", "--format", "markdown").out
    assert "**Proved: only milder**" in comment
    assert "**Not proved**: only two policies of one kind and currency" in comment
    value = json.loads(desk.run("diff", "--since", "main", "--prove", "--format", "json").out)
    assert [one["proof"] and one["proof"]["verdict"] for one in value["policies"]] == ["only milder", None]


def test_a_comment_has_room_on_every_server(desk: Desk) -> None:
    """What is too long is left out whole and said to be; what follows it is not."""
    for number in range(140):
        desk.write(f"policies/p{number}/v1.yaml", OTHER.replace("policy: other", f"policy: p{number}"))
    comment = desk.run("diff", "--since", "main", "--format", "markdown").out
    assert told.MOST_BYTES - 2_000 < len(comment.encode()) < 65_536
    whole, left = comment.count("\n### Policy "), comment.count("\n- Policy p")
    assert left == 30
    assert f"\n- and {140 - whole - left} more\n" in comment
    assert "### Left out\n\nToo long for a comment; `duly diff --since main` has it:\n" in comment
    assert told.NO_BOOK in comment


@pytest.mark.parametrize(
    "words", [(), ("trade@1",), ("trade@1", "trade@1", "--since", "main"), ("a", "--since", "main")]
)
def test_either_two_policies_or_a_revision(desk: Desk, words: tuple[str, ...]) -> None:
    """One line, and the exit code of a wrong call."""
    said = desk.run("diff", *words)
    assert said.exit == 2
    assert "name OLD and NEW, or --since REVISION for all that has changed" in said.err


def test_a_revision_that_there_is_not(desk: Desk) -> None:
    """`no-revision`, as `duly check --since` says it."""
    said = desk.run("diff", "--since", "nope")
    assert (said.exit, said.err.count("\n")) == (2, 1)
    assert "no-revision" in said.err
