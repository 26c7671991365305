"""A folder of policies: what is in force on a date, what is released, and what is not a policy at all."""

from pathlib import Path

import pytest

from engine.decide.ladder import BUILT_IN_REASONS
from engine.errors import Problem
from engine.policy import cases, library
from engine.policy.cases import Expectation, Expected

ROOT = Path(__file__).parent.parent
TEXT = """policy: NAME
kind: dunning
version: 1
effective_from: 2026-01-01
summary: For tests.
currency: EUR
subject: receivable
priority: 1
rules:
  - id: broken-promise
    when: {promise: broken}
    then:
      - task: {what: call}
"""


def lay(folder: Path, name: str, version: int = 1, since: str = "2026-01-01", priority: int = 1) -> Path:
    """A version in its place."""
    path = folder / name / f"v{version}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = TEXT.replace("NAME", name).replace("version: 1", f"version: {version}")
    path.write_text(text.replace("2026-01-01", since).replace("priority: 1", f"priority: {priority}"))
    return path


def told(problems: tuple[Problem, ...]) -> list[str]:
    """Where and what, without the words."""
    return [f"{problem.where} {problem.code}" for problem in problems]


def test_the_version_in_force_is_the_latest_that_has_begun(tmp_path: Path) -> None:
    """One day before, on the day, and long after; one version of each policy, sorted by name."""
    lay(tmp_path, "b", priority=2)
    lay(tmp_path, "a")
    lay(tmp_path, "a", 2, "2026-07-01")
    lay(tmp_path, "a", 10, "2027-01-01")
    found = library.load(tmp_path, shown="policies")
    assert found.problems == ()
    assert [(policy.name, policy.version) for policy in found.policies] == [("a", 1), ("a", 2), ("a", 10), ("b", 1)]
    assert [policy.file for policy in found.policies][-1] == "policies/b/v1.yaml"

    def on(day: str) -> list[tuple[str, int]]:
        return [(policy.name, policy.version) for policy in library.in_force(found.policies, day)]

    assert on("2025-12-31") == []
    assert on("2026-01-01") == [("a", 1), ("b", 1)]
    assert on("2026-06-30") == [("a", 1), ("b", 1)]
    assert on("2026-07-01") == [("a", 2), ("b", 1)]
    assert on("2040-01-01") == [("a", 10), ("b", 1)]


def test_a_folder_that_is_none_or_empty_is_a_problem(tmp_path: Path) -> None:
    """Nothing would be decided, and nobody would know."""
    assert told(library.load(tmp_path / "gone", shown="gone").problems) == ["gone no-policies"]
    assert told(library.load(tmp_path, shown="here").problems) == ["here no-policies"]


def test_a_file_that_is_no_version_is_a_problem(tmp_path: Path) -> None:
    """Misnamed, it would silently not be in force; cases, templates and rates have their places."""
    lay(tmp_path, "a")
    for name in (
        "a/cases.yaml",
        "templates/x.yaml",
        "rates/ecb.yaml",
        "a/v2.yml",
        "a/V2.yaml",
        "a/v02.yaml",
        "a/draft.yaml",
        ".git/x.yaml",
        "a/.#v1.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    assert told(library.load(tmp_path, shown="p").problems) == [
        "p/a/V2.yaml stray-file",
        "p/a/draft.yaml stray-file",
        "p/a/v02.yaml stray-file",
        "p/a/v2.yml stray-file",
    ]
    assert [path.name for path in library.case_files(tmp_path)] == ["cases.yaml"]


def test_a_version_stands_in_its_file_and_folder(tmp_path: Path) -> None:
    """v2.yaml with version 1 in it, and policy a in folder b."""
    path = lay(tmp_path, "a")
    path.rename(path.with_name("v2.yaml"))
    assert told(library.load(tmp_path, shown="p").problems) == ["p/a/v2.yaml:3:10 misplaced-file"]
    (tmp_path / "a").rename(tmp_path / "b")
    assert told(library.load(tmp_path, shown="p").problems) == [
        "p/b/v2.yaml:1:9 misplaced-file",
        "p/b/v2.yaml:3:10 misplaced-file",
    ]


def test_one_broken_version_does_not_hide_the_problems_of_another(tmp_path: Path) -> None:
    """All problems of all files, and the good policies beside them."""
    lay(tmp_path, "a").write_text("a: [")
    lay(tmp_path, "b").write_text(TEXT.replace("NAME", "b").replace("EUR", "EUX"))
    lay(tmp_path, "c")
    found = library.load(tmp_path, shown="p")
    assert [problem.split()[1] for problem in told(found.problems)] == ["yaml-syntax", "unknown-currency"]
    assert [policy.name for policy in found.policies] == ["c"]


def test_a_released_version_is_never_edited(tmp_path: Path) -> None:
    """A comment may be added; what it says may not change, and it may not go."""
    path = lay(tmp_path, "a")
    seal = tmp_path / "released.sha256"
    (policy,) = library.load(tmp_path).policies
    seal.write_text(library.release_line(policy) + "\n")
    assert library.load(tmp_path).problems == ()
    path.write_text("# looked at in May\n" + path.read_text())
    assert library.load(tmp_path).problems == ()
    path.write_text(path.read_text().replace("call", "visit"))
    assert told(library.load(tmp_path, shown="p").problems) == ["p/a/v1.yaml:1:1 released-edited"]
    path.unlink()
    lay(tmp_path, "b")
    assert told(library.load(tmp_path, shown="p").problems) == ["p/released.sha256:1:1 released-missing"]


def test_a_line_that_seals_nothing_is_a_problem(tmp_path: Path) -> None:
    """Neither rubbish nor a file twice; a binary file is one problem."""
    lay(tmp_path, "a")
    (policy,) = library.load(tmp_path).policies
    line, seal = library.release_line(policy), tmp_path / "released.sha256"
    seal.write_text(f"{line}\n\nrubbish\n{line}\n")
    assert told(library.load(tmp_path, shown="p").problems) == [
        "p/released.sha256:2:1 bad-released",
        "p/released.sha256:3:1 bad-released",
        "p/released.sha256:4:1 bad-released",
    ]
    seal.write_bytes(b"\xff\xfe\x00")
    assert told(library.load(tmp_path, shown="p").problems) == ["p/released.sha256 not-text"]


def test_the_library_checks_its_policies(tmp_path: Path) -> None:
    """Whoever loads a folder cannot forget to."""
    lay(tmp_path, "a")
    lay(tmp_path, "b")
    assert told(library.load(tmp_path, shown="p").problems) == ["p/b/v1.yaml:8:11 equal-priority"]


def test_the_policies_that_ship_are_good() -> None:
    """Policies and their cases, as `duly init` lays them down."""
    found = library.load(ROOT / "policies", shown="policies")
    assert [str(problem) for problem in found.problems] == []
    for path in library.case_files(ROOT / "policies"):
        loaded, problems = cases.load(path, found.policies)
        assert [str(problem) for problem in problems] == []
        assert loaded


def test_cases_are_parsed_in_the_policys_own_currency(tmp_path: Path) -> None:
    """Facts, actions and reasons typed, sorted and complete."""
    policies = library.load(Path(__file__).parent / "good").policies
    path = tmp_path / "cases.yaml"
    path.write_text(
        """policy: sample
as_of: 2026-03-31
cases:
  - name: two weeks late
    given: {days_past_due: 15, open_amount: 120.5, promise: none, customer.credit_limit: null, handed_over: false}
    expect:
      level: 2
      actions: [notice, late_fee: {amount: 40.00}, notice: {template: formal-reminder, channel: letter}]
      withheld: [interval, recently-spoken]
  - name: nothing
    given: {}
    expect: {actions: []}
  - name: stays
    given: {}
    expect: {level: unchanged}
"""
    )
    (late, nothing, stays), problems = cases.load(path, policies, shown="cases.yaml")
    assert problems == ()
    assert (late.name, late.policy, late.version, late.as_of) == ("two weeks late", "sample", 1, "2026-03-31")
    assert late.given == {
        "days_past_due": 15,
        "open_amount": 12_050,
        "promise": "none",
        "customer.credit_limit": None,
        "handed_over": 0,
    }
    assert late.expect == Expectation(
        2,
        (
            Expected("late_fee", (("amount", 4_000),)),
            Expected("notice", ()),
            Expected("notice", (("channel", "letter"), ("template", "formal-reminder"))),
        ),
        ("interval", "recently-spoken"),
    )
    assert str(late.place) == "cases.yaml:4:5"
    assert nothing.expect == stays.expect == Expectation(None, (), ())


@pytest.mark.parametrize(("as_of", "version"), [("as_of: 2026-06-30\n", 1), ("as_of: 2026-07-01\n", 2), ("", 2)])
def test_cases_are_of_the_version_in_force_or_the_newest(as_of: str, version: int, tmp_path: Path) -> None:
    """The day decides where there is one."""
    lay(tmp_path, "a")
    lay(tmp_path, "a", 2, "2026-07-01")
    path = tmp_path / "a" / "cases.yaml"
    path.write_text(f"policy: a\n{as_of}cases: [{{name: one, given: {{}}, expect: {{actions: []}}}}]\n")
    (case,), problems = cases.load(path, library.load(tmp_path).policies)
    assert problems == ()
    assert case.version == version


def test_the_built_in_reasons_are_those_of_the_ladder() -> None:
    """The policy room may not look into the room below, so the list stands twice."""
    assert sorted(cases.BUILT_IN_REASONS) == list(cases.BUILT_IN_REASONS) == sorted(BUILT_IN_REASONS)
