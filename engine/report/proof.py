"""A proof as people read it, and as programs do.

Comes in: a Proof. Goes out: text, or values for JSON.
Know before changing: a finding is one line like any other problem, `warning` before its code where it may be meant; what is
proved is said once, with the policies of which it is.
"""

from typing import Any

from engine.prove.lab import Finding
from engine.prove.prove import Proof, told
from engine.report.words import count


def text(proof: Proof) -> str:
    """What is wrong, line by line; then what is proved; then how many of each."""
    lines = [line(one) for one in proof.findings]
    lines += [
        f"{one.problem.where} waived {one.problem.code}: {one.problem.message} (until {one.until}: {one.because})"
        for one in proof.waived
    ]
    by_claim: dict[str, list[str]] = {}
    for claim in proof.claims:
        by_claim.setdefault(claim.text, []).append(claim.policy.name)
    lines += [f"proved: {said} ({', '.join(dict.fromkeys(names))})" for said, names in by_claim.items()]
    warnings = len(proof.findings) - len(proof.errors)
    lines.append(
        f"{count(len(proof.policies), 'policy version')}, {count(proof.invariants, 'invariant')}:"
        f" {count(len(proof.claims), 'claim')} proved, {count(len(proof.errors), 'error')}, {count(warnings, 'warning')}"
        + (f", {len(proof.waived):,} waived" if proof.waived else "")
    )
    return "\n".join(lines) + "\n"


def values(proof: Proof) -> dict[str, Any]:
    """The same for a program; facts as the engine has them (amounts in minor units)."""
    return {
        "findings": [_values(one) for one in proof.findings],
        "waived": [
            {"file": one.problem.where.file, "line": one.problem.where.line, "column": one.problem.where.column}
            | {"code": one.problem.code, "message": one.problem.message, "because": one.because, "until": one.until}
            for one in proof.waived
        ],
        "proved": [{"claim": claim.text, "policy": claim.policy.name, "version": claim.policy.version} for claim in proof.claims],
    }


def line(finding: Finding) -> str:
    """One finding as one line."""
    problem = told(finding)
    return f"{problem.where} {'warning ' if finding.warning else ''}{problem.code}: {problem.message}"


def _values(finding: Finding) -> dict[str, Any]:
    """One finding for a program."""
    where = finding.problem.where
    return {
        "file": where.file,
        "line": where.line,
        "column": where.column,
        "code": finding.problem.code,
        "severity": "warning" if finding.warning else "error",
        "message": finding.problem.message,
        "policies": [f"{policy.name}@{policy.version}" for policy in finding.about],
        "example": {"as_of": finding.example.as_of, "facts": finding.example.facts} if finding.example else None,
        "book": {"subjects": finding.weight.subjects, "open": finding.weight.open} if finding.weight else None,
    }
