"""Writing anew what failing cases expect: the text of `expect` and nothing beside it; comments elsewhere stay.

Comes in: the text of cases.yaml and the Results of its cases. Goes out: the new text, and what could not be rewritten.
Know before changing: this edits text at places, so the new text is read and compared before anybody keeps it. What is written is
what is decided, right or wrong: the diff is for a person to read.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.assay.suite import Result, said
from engine.assay.wording import block, expectation, flow
from engine.errors import Place, Problem
from engine.policy import cases, document


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One file of cases as it was and as it is to be, how many expectations differ, and what a person has to edit."""

    file: Path
    before: str
    after: str
    count: int
    problems: tuple[Problem, ...]

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        name = str(self.file)
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, name, name))


def rewritten(results: Sequence[Result]) -> tuple[Rewritten, ...]:
    """The files of the cases that failed, with their expectations as it is decided."""
    failed = [result for result in results if result.said]
    files = sorted({result.case.place.file for result in failed})
    return tuple(_file(Path(file), [one for one in failed if one.case.place.file == file]) for file in files)


def _file(path: Path, failed: Sequence[Result]) -> Rewritten:
    """One file; from its end to its beginning, so that the places before an edit stay true."""
    text, _ = document.text(path)
    read, _ = document.parse(text, str(path))
    assert read is not None, f"{path} was read before"
    numbers = {read.place(("cases", index)): index for index in range(cases.MOST)}
    after, edited, left = text, list[Result](), list[Result]()
    for result in sorted(failed, key=lambda one: one.case.place, reverse=True):
        new = _edited(after, read, ("cases", numbers[result.case.place], "expect"), result)
        after = after if new is None else new
        (left if new is None else edited).append(result)
    if not _kept(after, path, edited):
        after, left, edited = text, [*left, *edited], []
    message = "is written in a way that is not rewritten; edit what it expects by hand"
    problems = [Problem(one.case.place, "case-not-rewritten", f"'{one.case.name}' {message}") for one in left]
    return Rewritten(path, text, after, len(edited), tuple(sorted(problems)))


def _edited(text: str, read: document.Document, path: tuple[str | int, ...], result: Result) -> str | None:
    """The text with another expectation; None where it stands behind an alias or an anchor."""
    lines = text.splitlines(keepends=True)
    key, value = read.key_place(path), read.place(path)
    first = lines[key.line - 1]
    words = expectation(result.outcome, result.policy, result.case.expect)
    before = first[: key.column - 1]
    own_line = not before.strip(" -")
    if lines[value.line - 1][value.column - 1] == "{":
        end = _closing(lines, value)
        if end is None or not _straight(lines, key, value):
            return None
        tail = lines[end.line - 1][end.column :]
        new = [first[: value.column - 1] + flow(words)] if value.line == key.line else []
        if not new:
            return None
        if own_line:
            new = _block(words, before)
        return "".join([*lines[: key.line - 1], "\n".join(new) + tail, *lines[end.line :]])
    if not own_line or value.line == key.line:
        return None
    last = _last(lines, key)
    new = _block(words, before)
    return "".join([*lines[: key.line - 1], "\n".join(new) + "\n", *lines[last + 1 :]])


def _block(words: dict[str, object], before: str) -> list[str]:
    """The expectation behind what stands before its key, which may be the dash of a list."""
    first, *more = block(words, before)
    return [first, *(" " * len(before) + line[len(before) :] for line in more)]


def _straight(lines: Sequence[str], key: Place, value: Place) -> bool:
    """Whether nothing but blanks stands between the key and its value."""
    return (
        value.line == key.line and not lines[key.line - 1][key.column - 1 + len("expect:") : value.column - 1].strip()
    )


def _closing(lines: Sequence[str], start: Place) -> Place | None:
    """Where the brace that opens here is closed; texts in quotes and comments are passed over."""
    depth, quote = 0, ""
    for number in range(start.line - 1, len(lines)):
        line = lines[number]
        column = start.column - 1 if number == start.line - 1 else 0
        while column < len(line):
            sign = line[column]
            if quote:
                column += sign == "\\" and quote == '"'
                quote = "" if sign == quote else quote
            elif sign in "\"'" and line[column - 1 : column] in (" ", "[", "{", ",", ""):
                quote = sign
            elif sign == "#" and line[column - 1 : column] in (" ", ""):
                break
            elif sign in "{[":
                depth += 1
            elif sign in "}]":
                depth -= 1
                if not depth:
                    return Place(start.file, number + 1, column + 1)
            column += 1
    return None


def _last(lines: Sequence[str], key: Place) -> int:
    """The last line that belongs to the key: indented deeper, and no comment after what is expected."""
    last = key.line - 1
    for number in range(key.line, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(line) - len(line.lstrip()) < key.column:
            break
        last = number
    return last


def _kept(text: str, path: Path, edited: Sequence[Result]) -> bool:
    """Whether the new text is read as meant: each of the cases keeps its promise now."""
    read, problems = document.parse(text, str(path))
    if read is None or problems:
        return False
    found, more = cases.read(read, [one.policy for one in edited])
    named = {case.name: case for case in found}
    return not more and not any(said(named[one.case.name], one.policy, one.outcome) for one in edited)
