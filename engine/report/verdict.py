"""What `duly check` says, in the form that each reader wants: a person, a script, a merge request, a scanner, a build server.

Comes in: what was checked. Goes out: text; FORMATS has one function for each form.
Know before changing: a form leaves nothing out. Where its reader shows only so much (GitHub shows ten annotations of a level),
the form itself says how many more there are and where they stand.
"""

import json
import re
from collections.abc import Callable
from itertools import groupby

from engine.decide.trial import Checked
from engine.errors import CODES
from engine.report import junit, sarif
from engine.report.said import Entry, Level, answer, entries, excuse, of_level, page

# GitHub shows ten annotations of a level for a step, and silently none of the rest.
MOST_ANNOTATIONS = 10
__all__ = ["FORMATS", "answer", "as_json", "errors", "github", "lines", "markdown", "text"]
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.WAIVED: "notice"}


def errors(found: Checked) -> int:
    """How many errors there are; the answer is yes where there is none."""
    return len(of_level(entries(found), Level.ERROR))


def lines(found: Checked) -> tuple[str, ...]:
    """One line for each problem; errors as a terminal shows them."""
    return tuple(_line(entry) for entry in entries(found))


def text(found: Checked) -> str:
    """Every line, and the answer."""
    return "".join(f"{line}\n" for line in lines(found)) + f"{answer(found)}\n"


def as_json(found: Checked) -> str:
    """One object for each problem."""
    rows = [
        {
            "file": entry.problem.where.file,
            "line": entry.problem.where.line,
            "column": entry.problem.where.column,
            "level": entry.level.value,
            "code": entry.problem.code,
            "message": entry.problem.message,
        }
        | ({"because": entry.because, "until": entry.until} if entry.level is Level.WAIVED else {})
        for entry in entries(found)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def github(found: Checked) -> str:
    """Annotations of a GitHub workflow, at most MOST_ANNOTATIONS of each level, then a line about the rest, and the answer."""
    every = entries(found)
    said = []
    for level in _COMMANDS:
        some = of_level(every, level)
        said += [_annotation(entry) for entry in some[:MOST_ANNOTATIONS]]
        if len(some) > MOST_ANNOTATIONS:
            rest = len(some) - MOST_ANNOTATIONS
            plural = "" if rest == 1 or level is Level.WAIVED else "s"
            said.append(f"... and {rest:,} more {level.value}{plural}; the job summary has them all")
    return "".join(f"{line}\n" for line in [*said, answer(found)])


def markdown(found: Checked) -> str:
    """A comment on a merge request, or a job summary: the answer, then a table for each file."""
    parts = ["## duly check", f"{'❌' if errors(found) else '✅'} {answer(found)}"]
    for file, group in groupby(entries(found), key=lambda entry: entry.file):
        rows = [
            f"| {_where(entry)} | {entry.level.value} | {_link(entry)} | {escaped(entry.problem.message + excuse(entry))} |"
            for entry in group
        ]
        parts += [
            f"### {escaped(file)}",
            "\n".join(["| line | | code | what is wrong |", "| ---: | --- | --- | --- |", *rows]),
        ]
    return "\n\n".join(parts) + "\n"


FORMATS: dict[str, Callable[[Checked], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif.report,
    "junit": junit.report,
    "markdown": markdown,
}


def _line(entry: Entry) -> str:
    """The line of a terminal; what is no error says what it is."""
    problem = entry.problem
    level = "" if entry.level is Level.ERROR else f"{entry.level.value} "
    return f"{problem.where} {level}{problem.code}: {problem.message}{excuse(entry)}"


def _annotation(entry: Entry) -> str:
    """`::error file=...,line=...,col=...,title=CODE::MESSAGE`, with what GitHub would take for its own signs escaped."""
    where = entry.problem.where
    said = {"file": entry.file, "line": where.line, "col": where.column, "title": entry.problem.code}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in said.items() if value)
    return f"::{_COMMANDS[entry.level]} {properties}::{_data(entry.problem.message + excuse(entry))}"


def _data(value: str) -> str:
    """A message of an annotation."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """A property of an annotation."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _where(entry: Entry) -> str:
    """Line and column, nothing where a problem is about the file as a whole."""
    where = entry.problem.where
    return ":".join(str(number) for number in (where.line, where.column) if number)


def _link(entry: Entry) -> str:
    """The code, which leads to its page; what it means shows when the pointer rests on it."""
    code = entry.problem.code
    return f'[`{code}`]({page(code)} "{escaped(CODES[code])}")'


def escaped(value: str) -> str:
    """Text that Markdown shows as it is: people write what they like into a policy."""
    return (
        re.sub(r"([\\`*_{}\[\]<>|~#@])", r"\\\1", value.replace("&", "&amp;")).replace("\n", " ").replace('"', "&quot;")
    )
