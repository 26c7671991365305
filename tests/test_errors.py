"""Codes are forever: each is kebab-case, explained, used by the engine and shown by a test."""

import ast
import re
from pathlib import Path

import pytest

from engine.errors import CODES, Exit, Place, Problem, Refusal, nearest

ROOT = Path(__file__).parent.parent
ENGINE = sorted([*(ROOT / "engine").rglob("*.py"), ROOT / "cli.py"])


def test_codes_are_kebab_case_sorted_and_explained() -> None:
    """One sentence each, in the order in which they are looked up."""
    assert list(CODES) == sorted(CODES)
    assert [code for code in CODES if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)] == []
    assert [code for code, sentence in CODES.items() if not sentence.endswith(".")] == []


def test_every_code_is_used() -> None:
    """A code that nothing reports is a promise to nobody."""
    used = set().union(*(_texts(path) for path in ENGINE if path.exists() and path.name != "errors.py"))
    assert [code for code in CODES if code not in used] == []


def test_every_code_is_shown_by_a_test() -> None:
    """A bad file, or a test that names the code."""
    shown = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((ROOT / "tests").rglob("*"))
        if path.is_file() and path.suffix in {".py", ".yaml", ".yml", ".txt"}
    )
    assert [code for code in CODES if not re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", shown)] == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("v2.yaml"), "v2.yaml"),
        (Place("v2.yaml", 14), "v2.yaml:14"),
        (Place("v2.yaml", 14, 9), "v2.yaml:14:9"),
    ],
)
def test_a_place_opens_in_an_editor(place: Place, expected: str) -> None:
    """file:line:column."""
    assert str(place) == expected


def test_a_problem_is_one_line() -> None:
    """Where, which code, what to do."""
    code = next(iter(CODES))
    assert str(Problem(Place("v2.yaml", 1, 2), code, "write it so")) == f"v2.yaml:1:2 {code}: write it so"


def test_a_code_that_is_not_listed_is_a_bug() -> None:
    """Nobody invents a code on the spot."""
    with pytest.raises(AssertionError, match="not listed"):
        Problem(Place("v2.yaml"), "no-such-code-at-all", "")


def test_a_refusal_keeps_every_problem_in_the_order_of_the_file() -> None:
    """All at once, first line first."""
    code = next(iter(CODES))
    late, early = Problem(Place("v2.yaml", 9), code, "b"), Problem(Place("v2.yaml", 2), code, "a")
    refusal = Refusal([late, early])
    assert refusal.problems == (early, late)
    assert refusal.exit is Exit.NO
    assert str(refusal) == f"{early}\n{late}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("day_past_due", "; did you mean 'days_past_due'?"), ("xyzzy", "")],
)
def test_the_nearest_right_word_is_offered_where_there_is_one(word: str, expected: str) -> None:
    """A guess that is no guess is worse than none."""
    assert nearest(word, ["days_past_due", "open_amount"]) == expected


def _texts(path: Path) -> set[str]:
    """Every text that stands in the code of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
