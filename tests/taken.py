"""Where an editor offers snippets in the shipped files, and what they come to once they are taken.

Comes in: a snippet. Goes out: the text that it stands in, its values, and what `duly` finds wrong with the whole.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from engine.act.lived import outcomes
from engine.decide import trial
from engine.policy import document, snippets
from engine.policy.snippets import Snippet
from engine.prove.prove import proved

POLICY, CREDIT = "policies/standard/v1.yaml", "policies/trade-credit/v1.yaml"
# Where snippets are asked for: the schema and the key that they stand at, the file, and what is written in place of what; the
# cursor is at @.
INVARIANTS, CASES = "policies/invariants.yaml", "policies/standard/cases.yaml"
AFTER_LEVELS, AFTER_RULES, AFTER_LIMITS = "\n# Beside the ladder", "\n# Whether a customer may", "\n# Reasons to do"
PLACES: dict[str, tuple[str, str, str, str, str]] = {
    "a level, behind a dash": ("dunning", "levels", POLICY, AFTER_LEVELS, "    - @\n"),
    "a level, on a line of its own": ("dunning", "levels", POLICY, AFTER_LEVELS, "    @\n"),
    "a reason to withhold": ("dunning", "withhold", POLICY, "\nladder:\n", "  - @\n"),
    "a rule": ("dunning", "rules", POLICY, AFTER_RULES, "  - @\n"),
    "a rule, on a line of its own": ("dunning", "rules", POLICY, AFTER_RULES, "  @\n"),
    "whom it covers, behind the key": ("dunning", "covers", POLICY, AFTER_LIMITS, "covers: @\n"),
    "whom it covers, on a line of its own": ("dunning", "covers", POLICY, AFTER_LIMITS, "covers:\n  @\n"),
    "a characteristic": ("credit", "characteristics", CREDIT, "\n# -- 2. The rating", "    - @\n"),
    "a reason to withhold credit": ("credit", "withhold", CREDIT, "\n# -- 1. The score", "withhold:\n  - @\n"),
    "a rule of credit": ("credit", "rules", CREDIT, "\n# -- 7. Orders", "  - @\n"),
    "an invariant": ("invariants", "invariants", INVARIANTS, "", "\n  - @\n"),
    "a case": ("cases", "cases", CASES, "", "\n  - @\n"),
}
STOP = re.compile(r"\$\{\d+:([^}]*)\}")


def offers(name: str) -> tuple[Snippet, ...]:
    """The snippets of a place."""
    schema, key, *_ = PLACES[name]
    (found,) = (some for path, some in snippets.PLACES[schema].items() if path[-1] == key)
    return found


def asked(root: Path, name: str) -> tuple[str, str, int]:
    """The file of a place, its text, and where the cursor is in it."""
    _, _, file, before, written = PLACES[name]
    read = (root / file).read_text(encoding="utf-8")
    assert not before or read.count(before) == 1
    at = read.index(before) if before else len(read)
    return file, read[:at] + written.replace("@", "") + read[at:], at + written.index("@")


def plain(body: object) -> object:
    """What a snippet writes where nothing else is typed, each value as its text."""
    match body:
        case dict():
            return {key: plain(value) for key, value in body.items()}
        case list():
            return [plain(value) for value in body]
        case "^[]":
            return []
        case _:
            return STOP.sub(r"\1", str(body)).removeprefix("^")


def flow(body: object) -> str:
    """The same in one line of YAML."""
    match plain(body):
        case dict() as found:
            return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in found.items()) + "}"
        case list() as found:
            return "[" + ", ".join(flow(value) for value in found) + "]"
        case found:
            return str(found)


def written_at(text: str, key: str) -> object:
    """The last item of a list, or the mapping, that stands at a key of a document; each value as its text."""
    read, problems = document.parse(text, "taken.yaml")
    assert read and problems == (), problems
    value: Any = read.value
    home = {"levels": "ladder", "characteristics": "scorecard"}.get(key)
    found = (value[home] if home else value)[key]
    return texts(found[-1] if isinstance(found, list) else found)


def texts(value: object) -> object:
    """Each value as its text."""
    match value:
        case dict():
            return {key: texts(one) for key, one in value.items()}
        case list():
            return [texts(one) for one in value]
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def problems_of(folder: Path, file: str, text: str, copy: Path) -> list[str]:
    """What `duly` finds wrong in the workspace with that file; that cases of a changed policy fail is what they are for."""
    shutil.copytree(folder / "policies", copy / "policies")
    (copy / file).write_text(text, encoding="utf-8")
    if file == INVARIANTS:
        return [str(finding.problem) for finding in proved((copy / "policies",), "2026-01-01", None).errors]
    found = trial.checked((copy / "policies",), "2026-01-01", live=outcomes)
    return [str(one) for one in found.problems if file == CASES or one.code != "case-failed"]
