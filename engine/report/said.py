"""What was found by `duly check`, one entry for each problem, with how grave it is; every form of a report is written from these.

Comes in: what was checked. Goes out: entries in the order of files and lines.
Know before changing: only an error makes the answer no. Whether a code is a warning is said in engine/errors.py, nowhere else.
"""

import os.path
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from engine.decide.trial import Checked
from engine.errors import WARNINGS, Problem

PAGES = "docs/problems"


class Level(StrEnum):
    """How grave an entry is."""

    ERROR = "error"
    WARNING = "warning"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Entry:
    """A problem and its level; of a waived one also why, and the last day."""

    problem: Problem
    level: Level
    because: str = ""
    until: str = ""

    @property
    def file(self) -> str:
        """The file it stands in, with forward slashes and without detours, as reports of other programs name it."""
        return plain(self.problem.where.file)


def entries(found: Checked) -> tuple[Entry, ...]:
    """Every problem, also those that are waived, in the order of files and lines."""
    every = [Entry(problem, _level(problem)) for problem in found.problems]
    every += [Entry(one.problem, Level.WAIVED, one.because, one.until) for one in found.waived]
    return tuple(sorted(every, key=lambda entry: entry.problem))


def of_level(found: Iterable[Entry], level: Level) -> list[Entry]:
    """Those of one level."""
    return [entry for entry in found if entry.level is level]


def answer(found: Checked) -> str:
    """The whole check in one sentence."""
    every = entries(found)
    counts = [(len(of_level(every, level)), level.value) for level in Level]
    told = ", ".join(
        f"{count:,} {word}{'' if count == 1 or word == Level.WAIVED else 's'}" for count, word in counts if count
    )
    if not (every or found.files):
        return "nothing has changed, so nothing was checked"
    fine = "" if of_level(every, Level.ERROR) or of_level(every, Level.WARNING) else "nothing wrong"
    proved = "" if found.claims is None else f"{found.claims:,} claim{'' if found.claims == 1 else 's'} proved"
    return (
        f"{found.policies} policy versions and {found.cases} cases:"
        f" {', '.join(part for part in (fine, told, proved) if part)}"
    )


def excuse(entry: Entry) -> str:
    """Why a waived problem is accepted, and until when; nothing of any other."""
    return f" (until {entry.until}: {entry.because})" if entry.level is Level.WAIVED else ""


def page(code: str) -> str:
    """The page of documentation about a code."""
    return f"{PAGES}/{code}.md"


def plain(file: str) -> str:
    """The name of a file with forward slashes and without detours."""
    return PurePath(os.path.normpath(file)).as_posix()


def _level(problem: Problem) -> Level:
    """How grave a problem is."""
    return Level.WARNING if problem.code in WARNINGS else Level.ERROR
