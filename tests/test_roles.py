"""Who may approve: roles.yaml is read strictly, every mistake is a line, and a role that a policy names has to be there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.decide import trial
from engine.errors import Place, Problem
from engine.policy import document, library, roles
from engine.policy.model import Approval, Policy
from engine.policy.roles import Roles
from tests.books import policy

SCHEMA = json.loads((document.shipped() / "schemas" / "roles.schema.json").read_text(encoding="utf-8"))
GOOD = "roles:\n  credit-manager: [m.huber, l.weber]\n  cfo:\n    - l.weber\napprovals_expire_after_days: 3\n"
POLICY = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: For tests.
currency: EUR
subject: receivable
rules:
  - id: away
    when: {days_past_due: {at_least: 3}}
    then:
      - hand_over: {to: agency}
approvals:
  - {action: hand_over, role: cfo}
"""


def read(tmp_path: Path, text: str) -> tuple[Roles | None, tuple[Problem, ...]]:
    """What a file of that text says."""
    path = tmp_path / "roles.yaml"
    path.write_text(text, encoding="utf-8")
    return roles.load(path, shown="roles.yaml")


def told(problems: tuple[Problem, ...]) -> list[str]:
    """Where and what, without the words."""
    return [f"{problem.where.line}:{problem.where.column} {problem.code}" for problem in problems]


def laid(folder: Path, named: str | None, **versions: str) -> library.Library:
    """The library of a folder with one policy in these versions, and with that roles.yaml."""
    for name, text in versions.items():
        (folder / "trade").mkdir(exist_ok=True)
        (folder / "trade" / f"{name}.yaml").write_text(text, encoding="utf-8")
    if named is not None:
        (folder / "roles.yaml").write_text(named, encoding="utf-8")
    return library.load(folder, shown="policies")


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_file_says_who_has_which_role(tmp_path: Path) -> None:
    """Sorted, whatever the order of the file; a person may have several roles."""
    found, problems = read(tmp_path, GOOD)
    assert problems == () and found is not None
    assert found.people == (("cfo", ("l.weber",)), ("credit-manager", ("l.weber", "m.huber"))) and found.days == 3
    assert found.names() == ("cfo", "credit-manager")
    assert (found.of("l.weber"), found.of("m.huber"), found.of("nobody")) == (
        ("cfo", "credit-manager"),
        ("credit-manager",),
        (),
    )
    assert (found.who("cfo"), found.who("board")) == (("l.weber",), ())


def test_an_approval_holds_a_week_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    """Seven days."""
    found, _ = read(tmp_path, "roles: {cfo: [l.weber]}\n")
    assert found is not None and found.days == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("roles: {cfo: [a]}\nrolls: {}\n", ["2:1 unknown-key"]),
        ("approvals_expire_after_days: 7\n", ["1:1 missing-key"]),
        ("roles:\n", ["1:7 wrong-type"]),
        ("roles: {}\n", ["1:8 empty-mapping"]),
        ("roles: [cfo]\n", ["1:8 wrong-type"]),
        ("roles:\n  cfo:\n", ["2:7 wrong-type"]),
        ("roles:\n  cfo: l.weber\n", ["2:8 wrong-type"]),
        ("roles:\n  cfo: []\n", ["2:8 empty-list"]),
        ("roles:\n  cfo: [l.weber, l.weber]\n", ["2:18 repeated-item"]),
        ("roles:\n  cfo: [42]\n", ["2:9 wrong-type"]),
        ("roles:\n  cfo: ['']\n", ["2:9 wrong-value"]),
        ("roles:\n  cfo: [' l.weber']\n", ["2:9 wrong-value"]),
        (f"roles:\n  cfo: [{'x' * 101}]\n", ["2:9 wrong-value"]),
        ("roles:\n  CFO: [l.weber]\n  credit_manager: [x]\n", ["2:3 wrong-value", "3:3 wrong-value"]),
        (f"roles:\n  {'x' * 61}: [l.weber]\n", ["2:3 wrong-value"]),
        ("roles:\n  cfo: [a]\n  cfo: [b]\n", ["3:3 duplicate-key"]),
        ("roles: {cfo: [a]}\napprovals_expire_after_days: 0\n", ["2:30 out-of-range"]),
        ("roles: {cfo: [a]}\napprovals_expire_after_days: 91\n", ["2:30 out-of-range"]),
        ("roles: {cfo: [a]}\napprovals_expire_after_days: 1.5\n", ["2:30 wrong-type"]),
        ("roles: {cfo: [a]}\napprovals_expire_after_days: true\n", ["2:30 wrong-type"]),
        ("", ["1:1 empty-file"]),
        ("- cfo\n", ["1:1 wrong-type"]),
        ("roles: !!map {cfo: [a]}\n", ["1:8 yaml-tag"]),
        ("roles:\n  CFO: []\n  cfo: [l.weber\n", ["4:1 yaml-syntax"]),
    ],
)
def test_each_mistake_is_a_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    """With its place, and no roles come of it; each says what to do."""
    found, problems = read(tmp_path, text)
    assert found is None
    assert told(problems) == expected
    assert all(";" in problem.message or ":" in problem.message for problem in problems)


@pytest.mark.parametrize("days", [1, 90])
def test_the_bounds_of_the_days_are_included(tmp_path: Path, days: int) -> None:
    """From one day to ninety."""
    found, problems = read(tmp_path, f"roles: {{cfo: [a]}}\napprovals_expire_after_days: {days}\n")
    assert problems == () and found is not None and found.days == days


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """Whoever names it means it."""
    assert [problem.code for problem in roles.load(tmp_path / "roles.yaml")[1]] == ["unreadable-file"]


def test_the_schema_is_closed_and_described() -> None:
    """For a credit controller: a sentence on each key, and examples that the schema accepts."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False
    for name, part in (*SCHEMA["properties"].items(), *SCHEMA["$defs"].items()):
        assert part["description"].endswith("."), name
        for example in part["examples"]:
            assert list(Draft202012Validator({"$defs": SCHEMA["$defs"], **part}).iter_errors(example)) == []


def test_the_shipped_file_is_right_and_names_its_schema() -> None:
    """It is what `duly init` lays down."""
    path = document.shipped() / "policies" / roles.FILE
    found, problems = roles.load(path)
    assert problems == () and found is not None and found.days == roles.DAYS
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/roles.schema.json"
    assert trial.checked([path]).problems == ()


# -- the folder -------------------------------------------------------------------------------------------------------


def test_a_folder_knows_its_roles(tmp_path: Path) -> None:
    """The file is no policy and no stray."""
    found = laid(tmp_path, GOOD, v1=POLICY)
    assert found.problems == () and found.roles is not None and found.roles.file == "policies/roles.yaml"
    assert [policy.name for policy in found.policies] == ["trade"]
    assert trial.checked([tmp_path]).problems == () == trial.checked([tmp_path / "roles.yaml"]).problems


def test_a_folder_need_not_say_who_has_a_role(tmp_path: Path) -> None:
    """Then nobody can approve, but the policies are right."""
    found = laid(tmp_path, None, v1=POLICY)
    assert found.problems == () and found.roles is None


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("roles: {cof: [l.weber]}\n", "'cfo' is not a role of policies/roles.yaml; did you mean 'cof'?"),
        ("roles: {board: [l.weber]}\n", "; say there who has it: cfo: [NAME]"),
    ],
)
def test_a_role_that_nobody_has_is_said_where_the_policy_names_it(tmp_path: Path, named: str, said: str) -> None:
    """In the policy's file and line."""
    (problem,) = laid(tmp_path, named, v1=POLICY).problems
    assert (problem.where.file, problem.where.line, problem.code) == ("policies/trade/v1.yaml", 14, "unknown-role")
    assert said in problem.message
    assert [one.code for one in trial.checked([tmp_path / "trade"]).problems] == ["unknown-role"]


def test_a_role_without_anybody_is_said_once(tmp_path: Path) -> None:
    """In roles.yaml; the policies that name it are right."""
    (problem,) = laid(tmp_path, "roles:\n  cfo: []\n", v1=POLICY).problems
    assert str(problem.where) == "policies/roles.yaml:2:8" and problem.code == "empty-list"


def test_only_the_newest_version_has_to_name_roles_that_there_are(tmp_path: Path) -> None:
    """An older one is never edited, so nobody could mend it."""
    newer = POLICY.replace("version: 1", "version: 2").replace("2026-01-01", "2026-06-01").replace("cfo", "board")
    assert laid(tmp_path, "roles: {board: [l.weber]}\n", v1=POLICY, v2=newer).problems == ()
    (problem,) = laid(tmp_path, GOOD, v1=POLICY, v2=newer).problems
    assert problem.where.file == "policies/trade/v2.yaml"


@pytest.mark.parametrize("name", ["trade/roles.yaml", "roles.yml"])
def test_a_file_of_roles_elsewhere_is_astray(tmp_path: Path, name: str) -> None:
    """It would be taken for the one that counts."""
    laid(tmp_path, None, v1=POLICY)
    (tmp_path / name).write_text(GOOD, encoding="utf-8")
    assert [problem.code for problem in library.load(tmp_path).problems] == ["stray-file"]


def test_which_roles_are_unknown() -> None:
    """Every entry that names one, of every policy."""
    asked: Policy = replace(
        policy(POLICY.split("approvals")[0]),
        approvals=tuple(Approval("hand_over", role, None, None, None, Place("p", n)) for n, role in enumerate("abc")),
    )
    known = Roles((("b", ("x",)),), 7, "roles.yaml")
    assert [problem.where.line for problem in roles.unknown([asked], known)] == [0, 2]
