"""Faults planted on purpose: the audit finds each, and the command line refuses to show what it cannot vouch for."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.book.snapshot import reading, take
from engine.decide import audit as audits
from engine.decide.classes import MASK_COLUMNS, cover, decided, wanted
from engine.decide.findings import compile_policy
from tests.books import FOREVER, day, policy
from tests.desk import ROOT
from tests.diary import TEMPLATES
from tests.test_audit import crowd
from tests.test_stories import DUE, trade


def test_a_tampered_member_is_found() -> None:
    """Somebody's packed findings are another's: what is decided for the class is not what is so for the subject."""
    one = compile_policy(policy(trade()))
    book = crowd(12).book
    with reading(book):
        snapshot = take(book, wanted([one]), as_of=day(DUE, 5), known_at=FOREVER)
        cover(snapshot, [one])
        assert audits._audited(snapshot, [one], decided(snapshot, [one]), 100).differences == ()
        masks = ", ".join(f"{mask} = (SELECT {mask} FROM members_receivable WHERE subject_id = 1)" for mask in MASK_COLUMNS)
        book.execute(f"UPDATE temp.members_receivable SET {masks} WHERE subject_id = 12")
        (found,) = audits._audited(snapshot, [one], decided(snapshot, [one]), 100).differences
    assert (found.id, "level 2" in found.by_class, "level 2" in found.by_itself) == (12, False, True)


# `duly preview --audit` in a process of its own, whose SQL may say `more than` where a policy says `at least`.
_SCRIPT = """
import sys
from engine.decide import findings
from engine.policy.model import Operator
if sys.argv[1] == "sabotaged":
    findings._BOUNDS[Operator.AT_LEAST] = ">"
from cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("engine", ["sound", "sabotaged"])
def test_the_command_line_refuses_where_the_audit_differs(tmp_path: Path, engine: str) -> None:
    """A fault planted in how conditions become SQL: nothing is shown as if it were right; each subject is named."""
    folder = tmp_path / "policies" / "trade"
    folder.mkdir(parents=True)
    (folder / "v1.yaml").write_text(trade(), encoding="utf-8")
    shutil.copytree(TEMPLATES, tmp_path / "policies" / "templates")
    with contextlib.closing(sqlite3.connect(tmp_path / "duly.db")) as connection:
        crowd(12).book.conn.backup(connection)
    arguments = ["preview", "--as-of", day(DUE, 3), "--audit", "100", "--db", "duly.db", "--policies", "policies"]
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, engine, *arguments], cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if engine == "sound":
        assert "12 subjects decided again one by one, no difference" in done.stderr
        assert (done.returncode, "C0" in done.stdout) == (0, True)
        return
    named = [line.partition(" audit-differs: ")[0] for line in done.stderr.splitlines() if " audit-differs: " in line]
    # On the third day R0 reaches level 1 and R7 level 2: both stand exactly on a bound.
    assert (done.returncode, done.stdout, named) == (1, "", ["trade/receivable/1", "trade/receivable/8"])
