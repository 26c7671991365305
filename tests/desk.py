"""A workspace on disk and the command line over it, as whoever sits at the desk uses them.

Comes in: a folder. Goes out: what a command printed, what it said beside that, and its exit code.
Know before changing: `Desk.run` calls the command in this process, where an exception that is not an exit fails the test;
`Desk.shell` starts a real process, for pipes and environments. Neither ever lets a traceback pass.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

import cli

AS_OF = "2026-03-04"
ROOT = Path(__file__).parent.parent
DULY = f"{sys.executable} {ROOT / 'cli.py'}"
POLICY = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Customers get a letter on the third and on the tenth day.
currency: EUR
subject: receivable
ladder:
  levels:
    - level: 1
      name: friendly reminder
      after_days: 3
      then:
        - notice: {channel: email, template: friendly-reminder}
    - level: 2
      name: formal reminder
      after_days: 10
      then:
        - notice: {channel: email, template: formal-reminder, pay_within_days: 7}
"""
FILES = {
    "entities": "code,name,currency\nE1,Entity One,EUR\n",
    "customers": "number,entity,name\nC-1001,E1,Adler GmbH\nC-1002,E1,Berg AG\nC-1003,E1,Clas SA\n",
    "contacts": "customer,name,email\nC-1001,AP,a@example.com\nC-1002,AP,b@example.com\n",
    "receivables": (
        "number,entity,customer,issued,due,amount,currency\n"
        "R-1,E1,C-1001,2026-02-01,2026-03-01,1000.00,EUR\n"
        "R-2,E1,C-1002,2026-02-01,2026-03-01,50.00,EUR\n"
        "R-3,E1,C-1003,2026-02-01,2026-03-01,7.00,EUR\n"
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed (`out`), what it said on stderr (`err`), and its exit code."""

    out: str
    err: str
    exit: int


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder that is the current one of every command."""

    folder: Path

    def run(self, *args: str, **environment: str) -> Said:
        """`duly ARGS` in this process."""
        with contextlib.chdir(self.folder):
            result = CliRunner().invoke(cli.main, args, catch_exceptions=False, env=environment)
        return _fair(Said(result.stdout, result.stderr, result.exit_code))

    def shell(self, line: str, **environment: str) -> Said:
        """A line of shell in which `duly` is the command; the exit code is that of its first program that fails."""
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; duly() {{ {DULY} \"$@\"; }}; {line}"],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return _fair(Said(done.stdout.decode(), done.stderr.decode(), done.returncode))

    def write(self, name: str, text: str) -> None:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """A file of the folder."""
        return (self.folder / name).read_text(encoding="utf-8")

    def copied(self, folder: Path) -> "Desk":
        """The same desk in another folder. What an open connection keeps beside the book may be gone at any moment."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("duly.db*"))
        with (
            contextlib.closing(sqlite3.connect(self.folder / "duly.db")) as own,
            contextlib.closing(sqlite3.connect(folder / "duly.db")) as other,
        ):
            own.backup(other)
        return Desk(folder)


def _fair(said: Said) -> Said:
    """What every command promises: no traceback anywhere, and whoever says no says why."""
    assert "Traceback" not in said.out + said.err, said.err
    assert said.exit in (0, 3) or said.out or said.err, "an answer that is not fine says why"
    return said


def laid_down(folder: Path) -> Desk:
    """A workspace with one policy and a book of three customers, the last of whom nobody can write to."""
    desk = Desk(folder)
    assert desk.run("init", ".").exit == 0
    for name in ("key-accounts", "new-customers", "small-frequent", "standard", "strategic", "trade-credit"):
        shutil.rmtree(folder / "policies" / name)
    desk.write("policies/trade/v1.yaml", POLICY)
    for kind, text in FILES.items():
        desk.write(f"{kind}.csv", text)
        done = desk.run("import", kind, f"{kind}.csv", "--actor", "test")
        assert done.exit == 0, done.err
    return desk
