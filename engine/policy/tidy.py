"""Laying out files: which files a path means, which of them are not in the one layout, and writing those.

Comes in: files and folders. Goes out: a Tidied, with what each file would become; `write` makes it so.
Know before changing: nothing is written before `write`, and only files without problems.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem
from engine.policy import document, layout
from engine.policy.library import SUFFIXES, TEMPLATES


@dataclass(frozen=True, slots=True)
class Untidy:
    """A file that is not in the one layout: its text, and what it would become."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """What would change, as `diff -u` writes it."""
        old, new = (text.splitlines(keepends=True) for text in (self.before, self.after))
        lines = difflib.unified_diff(old, new, str(self.path), f"{self.path} (laid out)")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many files were looked at, those that are not in the one layout, and why some cannot be laid out."""

    files: int
    untidy: tuple[Untidy, ...]
    problems: tuple[Problem, ...]


def look(paths: Sequence[Path]) -> Tidied:
    """Every YAML file of the folders, but hidden ones and those among the templates; a file that is named, whatever its name."""
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    untidy: list[Untidy] = []
    problems: list[Problem] = []
    for file in files:
        text, wrong = document.text(file)
        made, more = (text, ()) if wrong else layout.lay_out(text, str(file))
        problems += (*wrong, *more)
        # Compared as bytes, since line ends and a byte order mark are layout as well.
        if not (wrong or more) and file.read_bytes() != made.encode():
            untidy.append(Untidy(file, text, made))
    return Tidied(len(files), tuple(untidy), tuple(sorted(problems)))


def write(tidied: Tidied) -> None:
    """Lay the files out."""
    for one in tidied.untidy:
        one.path.write_text(one.after, encoding="utf-8", newline="\n")


def told(tidied: Tidied, *, written: bool) -> str:
    """What was laid out, or would be."""
    done, few = ("laid out", "were laid out") if written else ("would be laid out", "would be laid out")
    lines = [f"{one.path}: {done}" for one in tidied.untidy]
    count = (
        f"{len(tidied.untidy)} of {tidied.files} files {few}" if lines else f"{tidied.files} files: nothing to lay out"
    )
    return "\n".join([*lines, count]) + "\n"


def _files(path: Path) -> Iterator[Path]:
    """The files that the path means, sorted."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        within = file.relative_to(path).parts
        apart = within[0] == TEMPLATES or any(part.startswith(".") for part in within)
        if file.suffix in SUFFIXES and file.is_file() and not apart:
            yield file
