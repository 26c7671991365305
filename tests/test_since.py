"""`duly check --since`: only what has changed against a revision of a real repository of git, and never too little."""

import subprocess
from pathlib import Path

import pytest

from engine.act.lived import outcomes
from engine.decide import trial
from engine.errors import Exit, Refusal
from tests.desk import Desk, laid_down

POLICY = """\
policy: {name}
kind: dunning
version: 1
effective_from: 2026-01-01
summary: A call after a broken promise.
currency: EUR
subject: receivable
priority: {priority}
rules:
  - {{id: broken-promise, when: {{promise: broken}}, then: [{{task: {{what: call}}}}]}}
"""
CASES = "policy: {name}\ncases:\n  - {{name: kept, given: {{promise: kept}}, expect: {{actions: []}}}}\n"
DAY = "2026-02-01"


def git(folder: Path, *words: str) -> None:
    """A command of git that must do."""
    own = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", "-C", str(folder), *own, *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A committed folder with two policies, of which the second has been wrong since long ago."""
    policies = tmp_path / "policies"
    for number, name in enumerate(("first", "second"), 1):
        write(policies / name / "v1.yaml", POLICY.format(name=name, priority=number))
        write(policies / name / "cases.yaml", CASES.format(name=name))
    write(policies / "templates" / "x.en.email.j2", "x")
    write(policies / "second" / "v1.yaml", POLICY.format(name="second", priority=2).replace("EUR", "EUX"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return policies


def write(path: Path, text: str) -> None:
    """A file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def seen(*paths: Path, since: str = "main") -> tuple[int, int, list[str]]:
    """Versions, cases and codes."""
    found = trial.checked(paths, DAY, since=since, live=outcomes)
    return found.policies, found.cases, [problem.code for problem in found.problems]


def test_nothing_has_changed(folder: Path) -> None:
    """What was wrong before is not this change's business."""
    assert seen(folder) == (0, 0, [])
    assert seen(folder / "first", folder / "second" / "v1.yaml") == (0, 0, [])


def test_a_changed_policy_is_checked_with_its_cases(folder: Path) -> None:
    """Committed or not, added to git or not."""
    write(folder / "first" / "v1.yaml", POLICY.format(name="first", priority=3))
    assert seen(folder) == (1, 1, [])
    assert seen(folder / "first") == (1, 1, [])
    assert seen(folder / "first" / "v1.yaml") == (1, 0, [])
    assert seen(folder / "second") == (0, 0, [])
    git(folder, "checkout", "-qb", "work")
    git(folder, "commit", "-qam", "two")
    assert seen(folder) == (1, 1, [])
    write(folder / "third" / "v1.yaml", POLICY.format(name="third", priority=9))
    assert seen(folder) == (2, 1, [])


def test_what_others_have_merged_meanwhile_does_not_count(folder: Path) -> None:
    """The point where the work left the revision decides."""
    git(folder, "checkout", "-qb", "work")
    git(folder, "checkout", "-q", "main")
    write(folder / "second" / "cases.yaml", CASES.format(name="second").replace("kept,", "still kept,"))
    git(folder, "commit", "-qam", "theirs")
    git(folder, "checkout", "-q", "work")
    assert seen(folder) == (0, 0, [])


def test_a_change_that_is_wrong_elsewhere_is_found(folder: Path) -> None:
    """The priority of the unchanged policy was its own until now; the message stands in its file."""
    write(folder / "second" / "v1.yaml", POLICY.format(name="second", priority=2))
    git(folder, "commit", "-qam", "mended")
    write(folder / "first" / "v1.yaml", POLICY.format(name="first", priority=2))
    assert seen(folder) == (1, 1, ["equal-priority"])


@pytest.mark.parametrize("file", ["templates/x.en.email.j2", "roles.yaml", "released.sha256"])
def test_what_all_stand_on_checks_all(folder: Path, file: str) -> None:
    """A template, roles, the release lock."""
    write(folder / file, "roles: {cfo: [somebody]}\n" if file == "roles.yaml" else "")
    assert "unknown-currency" in seen(folder)[2]


def test_a_file_that_is_gone_checks_all(folder: Path) -> None:
    """Whatever stood on it may fall."""
    (folder / "first" / "cases.yaml").unlink()
    assert seen(folder) == (1, 0, ["unknown-currency"])


@pytest.mark.parametrize("revision", ["no-such-branch", "--help", "", "main:policies"])
def test_a_revision_that_there_is_not(folder: Path, revision: str) -> None:
    """`no-revision`, one line, the exit code of a wrong call; an option of git is no revision."""
    with pytest.raises(Refusal) as refused:
        trial.checked([folder], DAY, since=revision, live=outcomes)
    assert ([problem.code for problem in refused.value.problems], refused.value.exit) == (["no-revision"], Exit.USAGE)


def test_the_command_line(tmp_path: Path) -> None:
    """Without a repository: exit 2; with one, seen from inside too."""
    desk: Desk = laid_down(tmp_path)
    said = desk.run("check", "--since", "main", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert (said.exit, said.out) == (2, "")
    assert said.err == "policies no-revision: 'policies' is not in a repository of git; leave --since out\n"
    said = desk.run("check", "nope", "--since", "main")
    assert said.exit == 2
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    assert desk.run("check", "--since", "HEAD").out == "nothing has changed, so nothing was checked\n"
    desk.write("policies/trade/v1.yaml", desk.read("policies/trade/v1.yaml").replace("third", "fourth"))
    assert desk.run("check", "--since", "HEAD").out == "1 policy versions and 0 cases: nothing wrong\n"
    inside = Desk(tmp_path / "policies" / "trade")
    assert inside.run("check", ".", "--since", "HEAD").out == "1 policy versions and 0 cases: nothing wrong\n"
    assert inside.run("check", "v1.yaml", "--since", "HEAD").out == "1 policy versions and 0 cases: nothing wrong\n"


def test_without_git(tmp_path: Path) -> None:
    """One line that says so, exit code 2."""
    said = laid_down(tmp_path).run("check", "--since", "main", PATH=str(tmp_path))
    assert (said.exit, said.out) == (2, "")
    assert "no-revision: git is not installed" in said.err
