"""The jobs that `duly init` lays down, step by step as a runner runs them, in a clone of a workspace under version control.

Comes in: the files of a workspace. Goes out: steps to run, and what came of them.
Know before changing: only the installation of duly is left out, since it is here already. An expression of the workflow for which
a test gives no value fails it.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.book import workspace
from engine.policy import document, versions
from tests.transcripts import Workspace

POLICY = "policies/standard/v1.yaml"
GIT = ("git", "-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "init.defaultBranch=main")
_ALWAYS = "${{ !cancelled() }}"
_EXPRESSION = re.compile(r"\$\{\{ *([^}]*?) *\}\}")


def read(path: Path) -> Any:
    """A YAML file, read as strictly as a policy."""
    found, problems = document.read(path)
    assert problems == ()
    assert found
    return found.value


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job, what it is given in its environment, and whether it runs whatever became of those before it."""

    run: str
    env: Mapping[str, str] = field(default_factory=dict)
    always: bool = False


def github(folder: Path, job: str = "policies") -> Iterator[Step]:
    """The steps of a job of the workflow but the installation."""
    workflow = read(folder / ".github/workflows/policies.yml")
    assert workflow["defaults"]["run"]["shell"] == "bash", "otherwise a step goes on behind a failure in a pipe"
    for step in workflow["jobs"][job]["steps"]:
        if "run" in step and step["name"] != "install":
            assert step.get("if", _ALWAYS) == _ALWAYS
            yield Step(step["run"], step.get("env", {}), "if" in step)


def gitlab(folder: Path, job: str = "policies") -> Iterator[Step]:
    """The steps of a GitLab job; the first that fails ends it."""
    for step in read(folder / ".gitlab-ci.yml")[job]["script"]:
        yield Step(step)


def hooks(folder: Path) -> Iterator[Step]:
    """The hooks, for a commit that touches the file of a policy."""
    for hook in read(folder / ".pre-commit-config.yaml")["repos"][0]["hooks"]:
        if re.search(hook["files"], POLICY) and not re.search(hook.get("exclude", "^$"), POLICY):
            yield Step(hook["entry"] if hook.get("pass_filenames") is False else f"{hook['entry']} {POLICY}")


def laid_down(folder: Path) -> Path:
    """A workspace under version control, with one released version."""
    workspace.lay_down(folder)
    versions.release(folder / "policies", ["standard"])
    for line in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*GIT, *line], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder


@dataclass(frozen=True, slots=True)
class Gate:
    """A clone of a workspace, in which steps are run."""

    folder: Path
    environment: dict[str, str]

    def run(self, step: Step | str, values: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """One step, as a runner runs it; `values` are those of the workflow's expressions."""
        one = step if isinstance(step, Step) else Step(step)
        env = {name: _EXPRESSION.sub(lambda found: (values or {})[found[1]], text) for name, text in one.env.items()}
        assert not _EXPRESSION.search(one.run), "what others write may not become part of a script"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", one.run],
            cwd=self.folder,
            env=self.environment | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def change(self, name: str, old: str, new: str) -> None:
        """Somebody edits a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def summary(self) -> str:
        """What stands in the summary of the job."""
        path = Path(self.environment["GITHUB_STEP_SUMMARY"])
        return path.read_text(encoding="utf-8") if path.exists() else ""


def checked_out(origin: Path, folder: Path) -> Gate:
    """What a runner checks out, with duly on its path."""
    environment = Workspace(folder / "machine").environment
    environment["GITHUB_STEP_SUMMARY"] = str(folder / "summary.md")
    clone = [*GIT, "clone", "-q", str(origin), str(folder / "clone")]
    subprocess.run(clone, check=True, stdin=subprocess.DEVNULL)
    return Gate(folder / "clone", environment)
