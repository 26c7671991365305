"""What can be wrong, and how we say it: a Problem has a place, a code and a remedy; a Refusal ends a command.

Comes in: nothing. Goes out: the values that every other room reports mistakes with.
Know before changing: codes are forever. A message may be reworded, a code may not; each has an entry in CODES and one test.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the command line, listed in docs/problems.md."""

    OK = 0
    NO = 1
    USAGE = 2
    CHANGES = 3
    REFUSED = 4
    PARTLY = 5


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file, and a line and column counted from 1 (0 where there is none)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file`, `file:line` or `file:line:column`, as editors open it."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong: where, which code, and one sentence that shows the offending value and the remedy."""

    where: Place
    code: str
    message: str

    def __post_init__(self) -> None:
        """A code that CODES does not list is a bug, not a problem."""
        assert self.code in CODES, f"problem code {self.code!r} is not listed in errors.CODES"

    def __str__(self) -> str:
        """The one line that a user reads."""
        return f"{self.where} {self.code}: {self.message}"


class Refusal(Exception):
    """We decline to act. Raised once, at the edge of a stage, with every problem found; nothing has been done.

    `exit` says which answer it is: NO (the input is invalid), REFUSED (valid, but not now: stale, locked, over a cap)
    or PARTLY (something was done before; the ledger says what).
    """

    def __init__(self, problems: Iterable[Problem], exit: Exit = Exit.NO) -> None:  # noqa: A002 - the domain's word
        """Keep the problems in the order of their places."""
        self.problems = tuple(sorted(problems))
        self.exit = exit
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, words: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest right word, or nothing where none is near."""
    found = difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


# One sentence each, for docs/problems.md. Kept sorted.
CODES: dict[str, str] = {
}
