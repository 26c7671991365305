"""Every file in tests/bad says in its first line what is wrong with it: `# expect: unknown-fact 14:9, wrong-type 15:3`."""

import re
from pathlib import Path

import pytest

from engine.errors import Problem
from engine.policy import cases, checks, library

BAD = Path(__file__).parent / "bad"
GOOD = Path(__file__).parent / "good"
FILES = sorted(file for kind in ("dunning", "credit", "cases") for file in (BAD / kind).glob("*.yaml"))
_EXPECT = re.compile(r"# expect: (.*)")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_bad_file_gives_exactly_its_problems(file: Path) -> None:
    """Each code at its line and column, and no other problem."""
    found = [f"{problem.code} {problem.where.line}:{problem.where.column}" for problem in problems_of(file)]
    assert sorted(found) == sorted(expected(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_problem_is_one_line_that_says_what_to_do(file: Path) -> None:
    """No line breaks, no traceback, no name of a Python type; a remedy after a semicolon or colon."""
    for problem in problems_of(file):
        assert "\n" not in str(problem)
        assert not re.search(r"<class|Traceback|object at 0x|\bNone\b|\bTrue\b|\bdict\b", problem.message)
        assert ";" in problem.message or ":" in problem.message


def test_there_are_bad_files() -> None:
    """An empty folder would pass every other test here."""
    assert len(FILES) > 100


def problems_of(file: Path) -> tuple[Problem, ...]:
    """What the engine finds in the file."""
    if file.parent.name != "cases":
        policy, problems = library.load_file(file)
        return checks.check([policy]) if policy else problems
    return cases.load(file, library.load(GOOD).policies)[1]


def expected(file: Path) -> list[str]:
    """What the first line says."""
    found = _EXPECT.match(file.read_text(encoding="utf-8"))
    assert found, f"{file}: the first line is no '# expect: ...'"
    return [entry.strip() for entry in found.group(1).split(",")]
