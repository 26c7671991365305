"""What a new workspace brings for editors, commits and merge requests: it can be read, and it stops what is wrong.

The steps of the workflow, of the GitLab job and of the hooks are run as they stand, in a clone of a workspace under version
control; only the installation of duly is left out, since it is here already.
"""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cli
from engine import VERSION
from engine.book import workspace
from tests.desk import ROOT
from tests.gates import POLICY, Gate, Step, checked_out, github, gitlab, hooks, laid_down, read


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace under version control, with one released version."""
    return laid_down(tmp_path_factory.mktemp("origin"))


@pytest.fixture
def gate(origin: Path, tmp_path: Path) -> Gate:
    """What a runner checks out, with duly on its path."""
    return checked_out(origin, tmp_path)


JOBS = ("policies", "cases", "impact")

# -- that it can be read -----------------------------------------------------------------------------------------------


def test_the_book_is_not_under_version_control(gate: Gate) -> None:
    """Policies, schemas and settings are; the book is data."""
    names = {str(path.relative_to(gate.folder)) for path in gate.folder.rglob("*") if ".git" not in path.parts}
    assert workspace.BOOK not in names
    assert {
        ".vscode/settings.json",
        ".pre-commit-config.yaml",
        ".gitlab-ci.yml",
        ".github/workflows/policies.yml",
    } <= names
    assert {"policies/standard/v1.yaml", "policies/released.sha256", "schemas/dunning.schema.json"} <= names


def test_the_editor_is_told_a_schema_for_every_file(origin: Path) -> None:
    """Every schema that it is told is there, and every YAML file of the policies has one, by one pattern alone."""
    settings = json.loads((origin / ".vscode/settings.json").read_text(encoding="utf-8"))
    patterns = settings["yaml.schemas"]
    assert all((origin / schema).is_file() for schema in patterns)
    for file in sorted((origin / "policies").rglob("*.yaml")):
        fitting = [pattern for pattern in patterns.values() if file.relative_to(origin).match(pattern)]
        assert len(fitting) == 1, file
    assert "redhat.vscode-yaml" in json.loads((origin / ".vscode/extensions.json").read_text())["recommendations"]


def test_a_policy_is_of_its_kind_for_the_editor(origin: Path) -> None:
    """What the editor is told of versions leads to the schema of the kind that the version names."""
    schema = json.loads((origin / "schemas/policy.schema.json").read_text(encoding="utf-8"))
    assert schema["if"]["properties"]["kind"] == {"const": "credit"}
    for branch, kind in (("then", "credit"), ("else", "dunning")):
        assert (origin / "schemas" / schema[branch]["$ref"]).resolve() == origin / f"schemas/{kind}.schema.json"


def test_what_is_installed_is_this_version(origin: Path) -> None:
    """A runner that installed another one would say otherwise than whoever ran `init`."""
    said = [read(origin / ".github/workflows/policies.yml")["env"], read(origin / ".gitlab-ci.yml")["variables"]]
    assert [one["DULY"] for one in said] == [f"duly[prove]=={VERSION}"] * 2


def test_only_commands_that_there_are() -> None:
    """Each step and hook is a command of duly with options that it has; what it runs is run below."""
    ours = [hook["entry"] for hook in read(ROOT / ".pre-commit-hooks.yaml")]
    start = ROOT / "engine/book/start"
    steps = [step.run for read_job in (github, gitlab) for job in JOBS for step in read_job(start, job)]
    called = re.findall(r"(?m)(?:^|[;{|] +)duly (.*?)(?: 2?>|;|$)", re.sub(r" *\\\n *", " ", "\n".join([*steps, *ours])))
    assert {"check", "test", "prove", "fmt", "diff"} == {call.split()[0] for call in called}
    for call in called:
        name, *rest = shlex.split(call)
        options = {option for parameter in cli.main.commands[name].params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if word.startswith("-")} <= options, call


def test_the_hooks_of_others_are_our_own() -> None:
    """What a workspace runs from the path, and what other repositories name by address, is the same."""
    ours = {hook["id"]: hook for hook in read(ROOT / ".pre-commit-hooks.yaml")}
    theirs = {
        hook["id"]: hook for hook in read(ROOT / "engine/book/start/.pre-commit-config.yaml")["repos"][0]["hooks"]
    }
    assert set(ours) == set(theirs)
    for name, hook in theirs.items():
        same = ("name", "entry", "files", "exclude", "pass_filenames")
        assert [hook.get(key) for key in same] == [ours[name].get(key) for key in same]


# -- that it stops what is wrong ---------------------------------------------------------------------------------------


# What somebody does to a policy, and which steps of the workflow say no: check, test, prove, layout.
FAULTS: dict[str, tuple[str, str, str, tuple[bool, bool, bool, bool]]] = {
    "a key that there is not": (POLICY, "after_last: stop", "afterlast: stop", (True, True, True, False)),
    "a day later than promised": (
        "policies/key-accounts/v1.yaml",
        "after_days: 45",
        "after_days: 46",
        (True, True, False, False),
    ),
    "a released version is edited": (POLICY, "percent_of_book: 40", "percent_of_book: 50", (True, True, False, False)),
    "an invariant is broken": (
        "policies/invariants.yaml",
        "less_than: 30",
        "less_than: 31",
        (False, False, True, False),
    ),
    "another layout": (POLICY, "kind: dunning", "kind:   dunning", (False, False, False, True)),
    "no YAML": (POLICY, "limits:", "limits: [", (True, True, True, True)),
    "a comment": (POLICY, "kind: dunning\n", "kind: dunning   # as before\n", (False, False, False, False)),
}


def test_a_new_workspace_passes(gate: Gate) -> None:
    """Every step of every gate; and no hook changes a file."""
    for step in (*github(gate.folder), *gitlab(gate.folder), *hooks(gate.folder)):
        done = gate.run(step)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    assert gate.run("git status --porcelain").stdout == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_workflow_stops_what_is_wrong(gate: Gate, fault: str) -> None:
    """Exactly the steps that should say no do."""
    name, old, new, expected = FAULTS[fault]
    gate.change(name, old, new)
    assert tuple(gate.run(step).returncode != 0 for step in github(gate.folder)) == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_a_gitlab_job_stops_what_is_wrong(gate: Gate, fault: str) -> None:
    """The job fails where any step of the workflow would, and leaves its report in any case."""
    name, old, new, expected = FAULTS[fault]
    gate.change(name, old, new)
    assert (gate.run("\n".join(step.run for step in gitlab(gate.folder))).returncode != 0) is any(expected)
    assert (gate.folder / "policies.junit.xml").read_text(encoding="utf-8").startswith("<testsuites ")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hook_stops_what_is_wrong(gate: Gate, fault: str) -> None:
    """Either it says no, or it has changed a file, which stops the commit as well."""
    name, old, new, expected = FAULTS[fault]
    gate.change(name, old, new)
    before = (gate.folder / POLICY).read_text(encoding="utf-8")
    said = [gate.run(step).returncode != 0 for step in hooks(gate.folder)]
    laid_out = (gate.folder / POLICY).read_text(encoding="utf-8") != before
    check, _, _, layout = expected
    assert (any(said) or laid_out) is (check or layout)
    assert laid_out is (fault == "another layout")


@pytest.mark.parametrize("read_job", [github, gitlab])
def test_cases_that_notice_too_little_are_a_failure(
    gate: Gate, read_job: Callable[[Path, str], Iterator[Step]]
) -> None:
    """Those that are shipped notice enough (of one policy, for the sake of time); a single one does not."""
    for name in ("key-accounts", "new-customers", "small-frequent", "strategic", "trade-credit"):
        shutil.rmtree(gate.folder / "policies" / name)
    (step,) = read_job(gate.folder, "cases")
    done = gate.run(step)
    assert done.returncode == 0, done.stdout
    cases = gate.folder / "policies/standard/cases.yaml"
    head, first, *_ = re.split(r"(?m)^(?=  - )", cases.read_text(encoding="utf-8"))
    cases.write_text(head + first, encoding="utf-8")
    done = gate.run(step)
    assert done.returncode == 1
    assert "below-threshold" in done.stdout + done.stderr


def test_the_summary_says_what_annotations_have_no_room_for(gate: Gate) -> None:
    """GitHub shows ten annotations of a level; the summary of the job has every mistake, and what tests and proofs say."""
    for number in range(2, 14):
        text = (gate.folder / POLICY).read_text(encoding="utf-8").replace("version: 1\n", f"version: {number}\n")
        path = gate.folder / f"policies/standard/v{number}.yaml"
        path.write_text(text.replace("after_last: stop", "afterlast: stop"), encoding="utf-8")
    said = gate.run(next(github(gate.folder))).stdout
    assert said.count("::error ") == 10
    assert gate.summary().count("afterlast") == 12
    for step in github(gate.folder):
        gate.run(step)
    assert "## duly test\n\n```\n" in gate.summary()
    assert "## duly prove\n\n```\n" in gate.summary()


def test_the_mistake_is_shown_at_its_line(gate: Gate) -> None:
    """As an annotation of the merge request."""
    gate.change(POLICY, "after_last: stop", "afterlast: stop")
    said = gate.run(next(github(gate.folder))).stdout
    assert re.search(rf"^::error file={POLICY},line=\d+,", said, re.MULTILINE), said


def test_nothing_else_is_laid_down(origin: Path) -> None:
    """Whatever lies in the repository's folder for it, beside policies, schemas and the book."""
    places = ((ROOT / "engine/book/start", ""), (ROOT / "policies", "policies/"), (ROOT / "schemas", "schemas/"))
    ours = {f"{at}{path.relative_to(root)}" for root, at in places for path in root.rglob("*") if path.is_file()}
    laid = {str(path.relative_to(origin)) for path in origin.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert laid == {*ours, workspace.BOOK, "policies/released.sha256"}
