"""What a merge request is told: one comment, posted with the first push and brought up to date with each that follows.

The steps of the job `impact` are run as they stand, for GitHub and for GitLab, against a server of either kind (tests/forges.py).
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.report.since import MARK, NO_BOOK
from tests.desk import ROOT
from tests.desk import laid_down as desk_laid_down
from tests.forges import ME, REQUEST, TOKEN, Forge, gitlab_at, install_gh, store, stored
from tests.gates import POLICY, Gate, Step, checked_out, github, gitlab, laid_down, read

DRAFT = "policies/standard/v2.yaml"
EARLIER = "level 2 starts 5 days earlier: after 10 days instead of 15"
OF_OTHERS = [("anna", f"{MARK}\nso I can write that, too"), (ME, "Deployed.")]


@dataclass(slots=True)
class Job:
    """The job `impact` of one kind of server, in a clone on a branch that left `main`."""

    kind: str
    gate: Gate
    forge: Forge
    state: Path
    book: str = ""
    fork: bool = False
    said: str = ""

    def steps(self) -> Iterator[Step]:
        """The steps as they stand."""
        return github(self.gate.folder, "impact") if self.kind == "github" else gitlab(self.gate.folder, "impact")

    def push(self) -> bool:
        """Everything is committed, and the job runs; whether it ends well."""
        self.gate.run("git add -A && git commit -qm change --allow-empty")
        run = self._github if self.kind == "github" else self._gitlab
        return run()

    def _github(self) -> bool:
        """One step after the other, those that always run behind a failure as well."""
        values = {
            "vars.DULY_DB": self.book,
            "github.token": TOKEN,
            "github.event.pull_request.number": str(REQUEST),
            "github.event.pull_request.head.repo.full_name": "hers/policies" if self.fork else "our/policies",
        }
        store(self.state, self.forge)
        well, self.said = True, ""
        for step in self.steps():
            if well or step.always:
                done = self.gate.run(step, values)
                self.said += done.stdout + done.stderr
                well = well and done.returncode == 0
        self.forge = stored(self.state)
        return well

    def _gitlab(self) -> bool:
        """All in one shell, which the first failure ends; a fork is given no variables of the project."""
        own = {"DULY_DB": self.book} | ({} if self.fork else {"DULY_TOKEN": TOKEN})
        environment = self.gate.environment | own
        done = Gate(self.gate.folder, environment).run("\n".join(step.run for step in self.steps()))
        self.said = done.stdout + done.stderr
        return done.returncode == 0

    def ours(self) -> list[str]:
        """The comments that the job wrote."""
        return [text for author, text in self.forge.comments if author == ME and text.startswith(MARK)]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace under version control; what is released is not of interest here."""
    return laid_down(tmp_path_factory.mktemp("origin"))


@pytest.fixture(params=["github", "gitlab"])
def job(request: pytest.FixtureRequest, origin: Path, tmp_path: Path) -> Iterator[Job]:
    """A branch on which nothing has been done yet."""
    gate = checked_out(origin, tmp_path)
    programs, state, forge = tmp_path / "machine" / "bin", tmp_path / "forge.json", Forge([*OF_OTHERS])
    (programs / "python").symlink_to(programs / "python3")
    install_gh(programs, state, ROOT)
    gate.run("git switch -qc reminders")
    base = gate.run("git rev-parse HEAD").stdout.strip()
    with gitlab_at(forge) as address:
        gate.environment.update(
            GITHUB_BASE_REF="main",
            GITHUB_REPOSITORY="our/policies",
            GITHUB_SERVER_URL="https://github.example.com",
            GITHUB_RUN_ID="123",
            CI_JOB_URL="https://gitlab.example.com/our/policies/-/jobs/123",
            CI_API_V4_URL=address,
            CI_MERGE_REQUEST_PROJECT_ID="12",
            CI_MERGE_REQUEST_IID=str(REQUEST),
            CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        )
        yield Job(request.param, gate, forge, state)


def rows(book: str) -> list[str]:
    """All that stands in a book."""
    with closing(sqlite3.connect(book)) as opened:
        return list(opened.iterdump())


def ten_days(job: Job) -> None:
    """The formal reminder goes out on day 10, from December on."""
    shutil.copy(job.gate.folder / POLICY, job.gate.folder / DRAFT)
    for old, new in (("version: 1", "version: 2"), ("2000-01-01", "2026-12-01"), ("after_days: 15", "after_days: 10")):
        job.gate.change(DRAFT, old, new)


def test_a_request_has_one_comment_from_the_first_push_to_the_last(job: Job) -> None:
    """In words and by proof; each push brings it up to date, also a wrong one, which fails, and one that takes all back."""
    ten_days(job)
    assert job.push(), job.said
    (comment,) = job.ours()
    assert f"- {EARLIER} (line " in comment
    assert "**Proved: only stricter**" in comment
    assert NO_BOOK in comment
    page = "[an artifact of this run](https://github.example.com/our/policies/actions/runs/123)"
    if job.kind == "github":
        assert job.gate.summary() == comment
    else:
        page = "[as a page with charts](https://gitlab.example.com/our/policies/-/jobs/123/artifacts/file/policies.diff.html)"
    assert page in comment
    assert EARLIER in (job.gate.folder / "policies.diff.html").read_text(encoding="utf-8")

    job.gate.change(DRAFT, "after_days: 10", "after_days: 12")
    assert job.push(), job.said
    (comment,) = job.ours()
    assert "level 2 starts 3 days earlier: after 12 days instead of 15" in comment
    assert EARLIER not in comment

    job.gate.change(DRAFT, "after_last: stop", "afterlast: stop")
    assert not job.push()
    assert "unknown-key" in job.said
    (comment,) = job.ours()
    assert f"### {DRAFT} cannot be compared" in comment
    assert "'afterlast' is not a key here" in comment

    (job.gate.folder / DRAFT).unlink()
    assert job.push(), job.said
    (comment,) = job.ours()
    assert "No policy is changed" in comment
    assert job.forge.comments[:2] == OF_OTHERS


def test_who_changes_no_policy_gets_no_comment(job: Job) -> None:
    """Such as who edits a README."""
    (job.gate.folder / "README.md").write_text("# Policies\n", encoding="utf-8")
    assert job.push(), job.said
    assert job.forge.comments == OF_OTHERS


def test_who_changes_only_cases_is_told_which(job: Job) -> None:
    """An approver should see that promises changed."""
    job.gate.change("policies/standard/cases.yaml", "on day 15 the", "on the 15th day the")
    assert job.push(), job.said
    assert "### Also changed\n\n- policies/standard/cases.yaml" in job.ours()[0]


def test_with_a_book_the_comment_names_customers_and_money(job: Job, tmp_path: Path) -> None:
    """The book stands outside of the clone, on a runner that has it, and stays as it is."""
    (tmp_path / "desk").mkdir()
    job.book = str(desk_laid_down(tmp_path / "desk").folder / "duly.db")
    before = rows(job.book)
    ten_days(job)
    # Whatever the day: C-1002 owes 50.00, long since.
    job.gate.change(DRAFT, "tolerance: 5.00", "tolerance: 60.00")
    assert job.push(), job.said
    (comment,) = job.ours()
    assert NO_BOOK not in comment
    assert "1 difference for 1 " in comment
    assert "| notice | lost | 1 | 1 | 50.00 | EUR |" in comment
    assert "<details><summary>By segment</summary>" in comment
    assert rows(job.book) == before


def test_a_book_that_is_not_there_is_no_failure(job: Job) -> None:
    """It is said beside the comment and in it."""
    job.book = "/nowhere/duly.db"
    ten_days(job)
    assert job.push(), job.said
    assert "there is no book at '/nowhere/duly.db' on this runner" in job.said
    assert NO_BOOK in job.ours()[0]


def test_a_request_from_a_fork_is_checked_and_not_commented(job: Job) -> None:
    """It may not write; what it changes stands in the summary of the job, or in its artifact."""
    job.fork = True
    ten_days(job)
    assert job.push(), job.said
    assert (job.forge.comments, job.forge.calls) == (OF_OTHERS, [])
    kept = job.gate.summary() if job.kind == "github" else job.gate.folder.joinpath("policies.diff.md").read_text()
    assert EARLIER in kept


def test_a_server_that_refuses_the_comment_is_a_failure(job: Job) -> None:
    """Otherwise nobody would know that the approvers were told nothing."""
    job.forge.refuses = True
    ten_days(job)
    assert not job.push()
    assert job.forge.comments == OF_OTHERS


def test_what_others_have_merged_meanwhile_is_not_told(job: Job) -> None:
    """The branch left main before; main has gone on."""
    ten_days(job)
    job.gate.run("git stash -qu && git switch -q main")
    job.gate.change("policies/key-accounts/v1.yaml", "after_days: 45", "after_days: 50")
    job.gate.run("git commit -qam theirs && git push -q origin HEAD:refs/heads/theirs")
    job.gate.run("git update-ref refs/remotes/origin/main HEAD && git switch -q reminders && git stash pop -q")
    assert job.push(), job.said
    assert EARLIER in job.ours()[0]
    assert "key-accounts" not in job.ours()[0]


@pytest.mark.parametrize("job", ["gitlab"], indirect=True)
def test_a_note_is_found_behind_hundreds_of_others(job: Job) -> None:
    """GitLab lists a hundred at a time."""
    job.forge.comments += [("anna", f"remark {number}") for number in range(230)]
    ten_days(job)
    assert job.push()
    assert job.push(), job.said
    assert len(job.ours()) == 1
    assert [call for call in job.forge.calls if call.startswith("PUT")] == [
        "PUT /api/v4/projects/12/merge_requests/7/notes/232"
    ]


def test_the_page_is_kept(origin: Path) -> None:
    """Whatever became of the comparison: by GitHub and by GitLab."""
    steps = read(origin / ".github/workflows/policies.yml")["jobs"]["impact"]["steps"]
    (kept,) = [step for step in steps if step.get("uses", "").startswith("actions/upload-artifact@")]
    assert (kept["if"], kept["with"]["path"]) == ("${{ !cancelled() }}", "policies.diff.html")
    artifacts = read(origin / ".gitlab-ci.yml")["impact"]["artifacts"]
    assert (artifacts["when"], artifacts["paths"]) == ("always", ["policies.diff.md", "policies.diff.html"])


def test_the_permissions_are_the_least(origin: Path) -> None:
    """Nothing may be written but the comment, and only by the job that writes it; no token is left in the clone."""
    workflow = read(origin / ".github/workflows/policies.yml")
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert {name: job.get("permissions") for name, job in jobs.items() if "permissions" in job} == {
        "impact": {"contents": "read", "pull-requests": "write"}
    }
    assert "pull_request_target" not in workflow["on"]
    for job in jobs.values():
        (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"]["persist-credentials"] is False
    assert jobs["impact"]["if"] == "github.event_name == 'pull_request'"
