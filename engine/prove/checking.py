"""`duly check --prove`: what a proof finds, beside what the check has found, under the same waivers.

Comes in: what was checked, the same paths. Goes out: the same with what is proved not to be right.
Know before changing: a problem that both find is told once, as the check tells it. Nothing is proved around a file that the check
did not look around either, since what surrounds it may be a whole disk.
"""

import os.path
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.decide.trial import Checked
from engine.errors import Problem, Refusal
from engine.policy import invariants, library
from engine.policy.model import Policy
from engine.policy.waivers import FOUND_UNPROVED, WAIVABLE, judged
from engine.prove.prove import Proof, proved


def also_proved(found: Checked, paths: Sequence[Path], as_of: str, *, changed: bool = False) -> Checked:
    """What was checked, with everything that a proof finds. `changed`: only what concerns the files that were checked."""
    for path in _provable(found, paths) if found.files or not changed else ():
        try:
            proof = proved([path], as_of)
        except Refusal as refusal:
            found = replace(found, problems=_sorted((*found.problems, *refusal.problems)))
            continue
        found = _joined(found, _concerning(proof, found.files) if changed else proof, as_of)
    return replace(found, claims=found.claims or 0)


def _provable(found: Checked, paths: Sequence[Path]) -> Iterator[Path]:
    """The paths that a proof can be asked about: folders, the invariants, and versions that are right by themselves."""
    wrong = {os.path.normpath(problem.where.file) for problem in found.problems}
    for path in paths:
        own = path in library.versions(path.parent) and os.path.normpath(path) not in wrong
        if path.is_dir() or own or (path.is_file() and path.name == invariants.FILE):
            yield path


def _concerning(proof: Proof, files: Iterable[str]) -> Proof:
    """What of a proof has to do with the files."""
    named = {os.path.normpath(file) for file in files}
    policies = tuple(policy for policy in proof.policies if os.path.normpath(policy.file) in named)
    return replace(
        proof,
        policies=policies,
        findings=tuple(
            one
            for one in proof.findings
            if any(os.path.normpath(file) in named for file in (one.problem.where.file, *(each.file for each in one.about)))
        ),
        claims=tuple(one for one in proof.claims if one.policy in policies),
        waived=tuple(one for one in proof.waived if os.path.normpath(one.problem.where.file) in named),
    )


def _joined(found: Checked, proof: Proof, as_of: str) -> Checked:
    """Both, and the waivers that, now that this is known, waive nothing."""
    told = {(one.where, one.code) for one in (*found.problems, *(waived.problem for waived in found.waived))}
    more = [one.problem for one in proof.findings if (one.problem.where, one.problem.code) not in told]
    waived = {*found.waived, *(one for one in proof.waived if (one.problem.where, one.problem.code) not in told)}
    problems = {*found.problems, *more}
    return replace(
        found,
        problems=_sorted((*problems, *_unused((*problems, *(one.problem for one in waived)), proof.policies, as_of))),
        waived=tuple(sorted(waived)),
        claims=(found.claims or 0) + len(proof.claims),
    )


def _unused(problems: Iterable[Problem], policies: Sequence[Policy], as_of: str) -> Iterator[Problem]:
    """Waivers of what only a proof finds, where it does not."""
    judgement = judged(sorted(set(problems)), policies, as_of, known=set(WAIVABLE) - FOUND_UNPROVED)
    yield from (problem for problem in judgement.problems if problem.code == "waiver-unused")


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, by place."""
    return tuple(sorted(set(problems)))
