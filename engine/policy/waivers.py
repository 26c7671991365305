"""Waivers: problems of meaning that somebody accepts for a time, written with a reason into the policy itself.

Comes in: a document's `waivers`; later the problems that were found. Goes out: Waivers; then what is left and what is waived.
Know before changing: only what a policy can live with is waivable: never a problem of text or schema, nor what the engine
cannot carry out. Without a date every waiver holds: a preview must not stop working overnight; it is `duly check` that says
when one has ended.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.errors import Place, Problem
from engine.policy import literals
from engine.policy.breaches import written
from engine.policy.cursor import Cursor
from engine.policy.document import Steps, Value
from engine.policy.model import Policy, Waiver

# The schemas list the same; a test compares them.
WAIVABLE = (
    "always-withheld",
    "contradicting-actions",
    "equal-cover",
    "equal-priority",
    "hold-without-release",
    "level-gap",
    "level-order",
    "limit-never-applies",
    "never-chased",
    "never-true",
    "not-covered",
    "not-decided",
    "shadowed-policy",
    "shadowed-rule",
    "terms-never-apply",
    "unreachable-level",
    "unreachable-rating",
    "withholds-everything",
    "written-after-hand-over",
)
# What is found without a proof, all of it: only of these it is known without one that a waiver waives nothing.
FOUND_UNPROVED = frozenset(
    {"equal-priority", "level-order", "limit-never-applies", "terms-never-apply", "unreachable-rating"}
)


@dataclass(frozen=True, slots=True, order=True)
class Waived:
    """A problem that somebody accepts, why, and the last day on which they do."""

    problem: Problem
    because: str
    until: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The problems that are left, and those that are waived, both sorted."""

    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]


def waivers(here: Cursor) -> tuple[Waiver, ...]:
    """The waivers of a policy."""
    return tuple(
        Waiver(
            code=item.at("code").text(),
            because=item.at("because").text(),
            until=literals.date(item.at("until")),
            within=item.maybe("at", _within),
            place=item.place,
        )
        for item in here.elements()
    )


def judged(
    problems: Sequence[Problem],
    policies: Sequence[Policy],
    as_of: str | None,
    known: Collection[str] = FOUND_UNPROVED,
) -> Judged:
    """Tell what is waived from what is not; with a date also which waivers have ended, and which waive nothing.

    `known` are the codes of which every problem is among these: a waiver of another one may waive what nobody looked for.
    """
    left: list[Problem] = []
    waived: list[Waived] = []
    used: set[Place] = set()
    by_file = {policy.file: policy for policy in policies}
    for problem in problems:
        policy = by_file.get(problem.where.file)
        fitting = [waiver for waiver in policy.waivers if _fits(waiver, problem)] if policy else []
        used.update(waiver.place for waiver in fitting)
        valid = [waiver for waiver in fitting if policy and _valid(waiver, policy, policies, as_of)]
        if valid:
            waived.append(Waived(problem, valid[0].because, valid[0].until))
        else:
            left.append(problem)
            left += [_expired(waiver) for waiver in fitting]
    if as_of is not None:
        left += [
            _unused(waiver)
            for policy in policies
            if not _past(policy, policies, as_of)
            for waiver in policy.waivers
            if waiver.place not in used and waiver.code in known
        ]
    return Judged(tuple(sorted(set(left))), tuple(sorted(waived)))


def _within(here: Cursor) -> frozenset[Place]:
    """The places that `at` names."""
    path = _path(here.document.value, here.text().split("."))
    found = here.document.within(path) if path else frozenset[Place]()
    if not found:
        message = (
            f"nothing stands at {written(here.value)}; write keys with points between them, such as ladder.levels.2"
        )
        here.wrong("wrong-value", message)
    return found


def _path(value: Value, words: Sequence[str]) -> "Steps | None":
    """The steps that the words are, None where they lead nowhere; a key may hold points itself, items count from 1."""
    if not words:
        return ()
    if isinstance(value, list):
        number = int(words[0]) if words[0].isascii() and words[0].isdigit() else 0
        rest = _path(value[number - 1], words[1:]) if 1 <= number <= len(value) else None
        return None if rest is None else (number - 1, *rest)
    if isinstance(value, dict):
        for end in range(len(words), 0, -1):
            key = ".".join(words[:end])
            rest = _path(value[key], words[end:]) if key in value else None
            if rest is not None:
                return (key, *rest)
    return None


def _fits(waiver: Waiver, problem: Problem) -> bool:
    """Whether it is this problem that the waiver means."""
    return waiver.code == problem.code and (waiver.within is None or problem.where in waiver.within)


def _valid(waiver: Waiver, policy: Policy, policies: Sequence[Policy], as_of: str | None) -> bool:
    """Whether it still holds; in a version that decides no more it always does, since nobody can mend that."""
    return as_of is None or as_of <= waiver.until or _past(policy, policies, as_of)


def _past(policy: Policy, policies: Sequence[Policy], as_of: str) -> bool:
    """Whether a later version has taken over by the date."""
    return any(
        other.name == policy.name and policy.effective_from < other.effective_from <= as_of for other in policies
    )


def _expired(waiver: Waiver) -> Problem:
    """It has ended, and what it waives is still there."""
    message = (
        f"the waiver of {waiver.code} ended on {waiver.until}; mend what it waives, or say why it may go on until when"
    )
    return Problem(waiver.place, "waiver-expired", message)


def _unused(waiver: Waiver) -> Problem:
    """It waives nothing."""
    where = "there" if waiver.within else "in this file"
    return Problem(waiver.place, "waiver-unused", f"nothing is wrong {where} by {waiver.code}; remove the waiver")
