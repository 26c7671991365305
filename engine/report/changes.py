"""The difference between two policies as text and for programs.

Comes in: Compared. Goes out: lines, or plain values.
Know before changing: one line for each change, with the place first, so that an editor jumps there.
"""

from typing import Any

from engine.diff.compare import Change, Compared
from engine.policy.model import Policy

FORMAT = "duly-diff/1"


def text(compared: Compared) -> str:
    """Every change in a line."""
    head = f"{_named(compared.old)} -> {_named(compared.new)}"
    if compared.same:
        return f"{head}: the same\n"
    lines = [f"{change.place}: {change.text}" for change in compared.changes]
    count = len(lines)
    return "\n".join([head, *lines, f"{count} change{'' if count == 1 else 's'}"]) + "\n"


def plain(compared: Compared) -> dict[str, Any]:
    """For programs."""
    return {
        "format": FORMAT,
        "old": _reference(compared.old),
        "new": _reference(compared.new),
        "same": compared.same,
        "changes": [_change(change) for change in compared.changes],
    }


def _named(policy: Policy) -> str:
    """`standard v2 (policies/standard/v2.yaml)`."""
    return f"{policy.name} v{policy.version} ({policy.file})"


def _reference(policy: Policy) -> dict[str, Any]:
    """Which text it is."""
    return {"policy": policy.name, "version": policy.version, "file": policy.file, "digest": policy.digest}


def _change(change: Change) -> dict[str, Any]:
    """One change; `label` is empty where the part itself is meant, or its chief value."""
    place = change.place
    return {
        "kind": change.kind,
        "part": change.title,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "text": change.text,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }
