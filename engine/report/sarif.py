"""What `duly check` says as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads.

Comes in: what was checked. Goes out: the text of a SARIF log.
Know before changing: a place is given relative to the root of the repository (`%SRCROOT%`), where duly is run; columns count
characters. A rule has no helpUri, which must be a whole address: its help names the page. What is waived is a suppressed result.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from engine import VERSION
from engine.decide.trial import Checked
from engine.errors import CODES, WARNINGS, Place
from engine.report.said import Entry, Level, entries, page

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"

Json = Mapping[str, object]


def report(found: Checked) -> str:
    """One run with one result for each problem, and one rule for each code that occurs."""
    every = entries(found)
    codes = sorted({entry.problem.code for entry in every})
    driver = {"name": "duly", "version": VERSION, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(entry, codes) for entry in every],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> Json:
    """What a code means, and where its page is."""
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "help": {
            "text": f"{CODES[code]} See {page(code)}.",
            "markdown": f"{CODES[code]} See [{page(code)}]({page(code)}).",
        },
        "defaultConfiguration": {"level": "warning" if code in WARNINGS else "error"},
    }


def _result(entry: Entry, codes: Sequence[str]) -> Json:
    """A problem at its place."""
    problem = entry.problem
    level = Level.ERROR if entry.level is Level.WAIVED else entry.level
    accepted = {"kind": "inSource", "justification": f"{entry.because} (until {entry.until})"}
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": level.value,
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": _location(entry.file, problem.where)}],
    } | ({"suppressions": [accepted]} if entry.level is Level.WAIVED else {})


def _location(file: str, where: Place) -> Json:
    """The file, and the line and column where there are any."""
    region = {"startLine": where.line} | ({"startColumn": where.column} if where.column else {})
    return {"artifactLocation": _artifact(file)} | ({"region": region} if where.line else {})


def _artifact(file: str) -> Json:
    """The address of a file: below the root of the repository, or the whole of it."""
    if PurePosixPath(file).is_absolute():
        return {"uri": f"file://{quote(file)}"}
    return {"uri": quote(file), "uriBaseId": _ROOT}
