"""The difference between two policies as text and for programs.

Comes in: Compared. Goes out: lines, or plain values.
Know before changing: one line for each change, with the place first, so that an editor jumps there.
"""

from typing import TYPE_CHECKING, Any

from engine.diff.compare import Change, Compared
from engine.policy.model import Policy

if TYPE_CHECKING:
    # Needs an extra, which whoever has a verdict has.
    from engine.diff.proved import Proof, Verdict

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
        "old": reference(compared.old),
        "new": reference(compared.new),
        "same": compared.same,
        "changes": [change(one) for one in compared.changes],
    }


def _named(policy: Policy) -> str:
    """`standard v2 (policies/standard/v2.yaml)`."""
    return f"{policy.name} v{policy.version} ({policy.file})"


def reference(policy: Policy) -> dict[str, Any]:
    """Which text it is."""
    return {"policy": policy.name, "version": policy.version, "file": policy.file, "digest": policy.digest}


def change(one: Change) -> dict[str, Any]:
    """One change; `label` is empty where the part itself is meant, or its chief value."""
    place = one.place
    return {
        "kind": one.kind,
        "part": one.title,
        "label": one.label,
        "before": one.before,
        "after": one.after,
        "text": one.text,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }


def proof_text(verdict: "Verdict") -> str:
    """The proved verdict, an example of each difference, for whom nothing changes, and what is not proved."""
    return "\n".join([f"proved: {verdict.word}", *(f"  {line}" for line in proof_lines(verdict))]) + "\n"


def proof_lines(verdict: "Verdict") -> tuple[str, ...]:
    """What is proved beside the word, one sentence each."""
    nothing = verdict.word == "equivalent"
    return (
        *(proof.text for proof in (*verdict.stricter, *verdict.milder, *verdict.otherwise)),
        *(f"nothing changes for {who}" for who in (("anybody",) if nothing else verdict.unchanged)),
        *(f"not proved: {what}; that took too much work, compare over a book with --db" for what in verdict.unproved),
        *(f"not compared: {what}, which is otherwise" for what in verdict.uncompared),
    )


def plain_proof(verdict: "Verdict") -> dict[str, Any]:
    """The same for programs, each example with all of its facts in the engine's own units."""
    return {
        "verdict": verdict.word,
        "stricter": [_proof(proof) for proof in verdict.stricter],
        "milder": [_proof(proof) for proof in verdict.milder],
        "otherwise": [_proof(proof) for proof in verdict.otherwise],
        "unchanged": list(verdict.unchanged),
        "unproved": list(verdict.unproved),
        "uncompared": list(verdict.uncompared),
    }


def _proof(proof: "Proof") -> dict[str, Any]:
    """One example."""
    example = proof.example
    return {
        "kind": proof.kind,
        "text": proof.text,
        "facts": dict(sorted(example.facts.items())),
        "as_of": example.as_of,
    }
