"""Work on many parts by several processes: what comes of it is the same as by one.

The processes are forked by a process of their own here: one that runs tests has threads, and may not fork.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.checking import laid
from engine.act.lived import outcomes
from engine.decide import trial
from engine.decide.spread import spread
from engine.policy.library import case_files

ROOT = Path(__file__).parent.parent
ALONE = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own."""
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_process_does_one_part_after_the_other() -> None:
    """In their order; no part, no outcome."""
    assert spread(str, (3, 1, 2), 1) == ["3", "1", "2"]
    assert spread(str, (), 8) == []


@ALONE
def test_what_comes_of_the_parts_is_in_their_order_and_from_several_processes() -> None:
    """Also where the first part takes longest."""
    code = """
import os, time
from engine.decide.spread import spread
found = spread(lambda part: (time.sleep(0.3 if part == 0 else 0.01), part, os.getpid())[1:], range(6), 3)
assert [part for part, _ in found] == list(range(6)), found
assert os.getpid() not in {pid for _, pid in found} and len({pid for _, pid in found}) > 1, found
"""
    assert run("-c", code).stderr == ""


@ALONE
def test_a_refusal_in_another_process_is_the_same_refusal() -> None:
    """Its problems, with their places, and its exit code."""
    code = """
from engine.decide.spread import spread
from engine.errors import Exit, Place, Problem, Refusal
def refuse(part):
    raise Refusal([Problem(Place("f.yaml", part, 1), "stale", "it moved")], Exit.REFUSED)
try:
    spread(refuse, (7, 8), 2)
except Refusal as refusal:
    assert refusal.exit is Exit.REFUSED and [str(one) for one in refusal.problems] == ["f.yaml:7:1 stale: it moved"]
else:
    raise SystemExit("not refused")
"""
    assert run("-c", code).stderr == ""


def test_check_finds_the_same_by_however_many_processes(tmp_path: Path) -> None:
    """Many policies with all their cases, some of which fail: every problem, at its place, and the same count."""
    folder = laid(tmp_path, 10, None)
    for file in case_files(folder)[::3]:
        file.write_text(file.read_text(encoding="utf-8").replace("actions: []", "actions: [notice]", 2), encoding="utf-8")
    assert sum(file.stat().st_size for file in case_files(folder)) > trial.WORTH_SPREADING
    alone = trial.checked([folder], live=outcomes)
    said = run("cli.py", "check", str(folder))
    assert said.returncode == 1 and alone.problems
    assert said.stderr.splitlines() == [str(problem) for problem in alone.problems]
