"""The folders that the benchmark of `duly check` measures are what it says: so many policies and cases, nothing wrong."""

from pathlib import Path

import pytest

from bench import checking
from engine.decide import trial


@pytest.mark.parametrize(("cases", "expected"), [(0, 0), (2, 14)])
def test_the_folder_holds_what_is_counted(tmp_path: Path, cases: int, expected: int) -> None:
    """Seven copies, each under a name of its own."""
    found = trial.checked([checking.laid(tmp_path, 7, cases)], "2026-07-01")
    assert (found.policies, found.cases, found.problems) == (7, expected, ())
