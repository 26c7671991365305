"""The tour of a merge request: what it shows by hand is what the jobs run. (That each step does what it shows: test_docs.)"""

import re
import shlex

import pytest

from tests.desk import ROOT
from tests.gates import github, gitlab
from tests.transcripts import blocks, steps

TOUR = ROOT / "docs/tour.md"
START = ROOT / "engine/book/start"
# What a runner has by other names, and what only it needs.
NAMES = {"origin/$GITHUB_BASE_REF": "origin/main", "$CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main"}
OWN = {"policies", "policies/standard", "--format", "github", "--diff", "junit=policies.junit.xml", "--report"}
BY_HAND = {"--as-of", "2026-07-01", "|", "head", "-2", "2>&1"}


def calls(text: str) -> list[list[str]]:
    """Each call of duly in a script, by its words, up to where its output goes."""
    found = []
    for line in re.sub(r" *\\\n *", " ", text).replace('"${book[@]}"', "--db duly.db").splitlines():
        before, called, rest = line.rpartition("duly ")
        if called and not before.rstrip().endswith(("'", "/", "-")) and "printf '## duly" not in rest:
            words = shlex.split(rest.split(" > ")[0].split(" 2>")[0].split(";")[0])
            found.append([NAMES.get(word, word) for word in words if word not in OWN])
    return found


@pytest.mark.parametrize("job", ["policies", "cases", "impact"])
def test_what_the_jobs_run_was_run_by_hand(job: str) -> None:
    """Each command of a job stands in the tour, with the same options."""
    shown = [step.command for block in blocks(TOUR) if block.language == "console" for step in steps(block)]
    by_hand = [set(shlex.split(line)[1:]) - BY_HAND - OWN for line in shown if line.startswith("duly ")]
    for read_job in (github, gitlab):
        run = [call for step in read_job(START, job) for call in calls(step.run)]
        assert run
        for call in run:
            assert set(call) - OWN in by_hand, call


def test_the_tour_is_found() -> None:
    """From the first page and from the list of documents."""
    for page in ("README.md", "docs/README.md", "docs/editors.md", "docs/tutorial.md"):
        assert "tour.md" in (ROOT / page).read_text(encoding="utf-8"), page
