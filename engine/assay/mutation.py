"""The mutation score: how many small faults in a policy its cases would notice, and a ready case for each that they would not.

Comes in: a Suite. Goes out: a Score for each policy.
Know before changing: a fault that no case can notice counts against the score all the same; that none was found for it is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.assay.hunt import Ready, ready
from engine.assay.mutants import Mutant, mutants
from engine.assay.suite import Result, Suite
from engine.assay.twin import Fork, Twin, kept, notices
from engine.errors import Problem, Refusal
from engine.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """A mutant that no case notices, and a case that would; None where none was found."""

    mutant: Mutant
    case: Ready | None


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there are of a policy, and those that nobody noticed."""

    policy: Policy
    total: int
    unnoticed: tuple[Unnoticed, ...]

    @property
    def hundredths(self) -> int:
        """How many were noticed, in hundredths of a percent, rounded down."""
        return (self.total - len(self.unnoticed)) * 10_000 // self.total if self.total else 10_000


def scores(suite: Suite, results: tuple[Result, ...]) -> tuple[Score, ...]:
    """The score of each policy. Refusal where a case fails: what does not hold of the policy cannot tell it from its mutants."""
    if failed := [result.problem for result in results if result.said]:
        raise Refusal(failed)
    return tuple(_score(suite, policy) for policy in suite.policies)


def _score(suite: Suite, policy: Policy) -> Score:
    """One policy."""
    cases, base, total, alive = kept(policy, suite.of(policy)), Twin(policy), 0, list[Unnoticed]()
    for mutant in mutants(policy):
        total += 1
        fork = Fork(base, mutant.policy)
        if notices(fork, cases) is None:
            alive.append(Unnoticed(mutant, ready(mutant, fork, cases)))
    return Score(policy, total, tuple(alive))


def text(several: tuple[Score, ...]) -> str:
    """The scores, then each unnoticed mutant with its case."""
    return "".join(line for one in several for line in _told(one))


def values(several: tuple[Score, ...]) -> list[object]:
    """For a program."""
    return [
        {
            "policy": one.policy.name,
            "version": one.policy.version,
            "mutants": one.total,
            "noticed": one.total - len(one.unnoticed),
            "score": percent(one.hundredths),
            "unnoticed": [
                {
                    "file": found.mutant.place.file,
                    "line": found.mutant.place.line,
                    "fault": found.mutant.fault.value,
                    "of": found.mutant.owner,
                    "what": found.mutant.what,
                    "case": found.case.text if found.case else None,
                }
                for found in one.unnoticed
            ],
        }
        for one in several
    ]


def below(several: tuple[Score, ...], hundredths: int) -> Iterator[Problem]:
    """The policies whose score is less than was asked for."""
    for one in several:
        if one.hundredths < hundredths:
            message = f"the cases notice {percent(one.hundredths)} % of the mutants, less than {percent(hundredths)} %; add cases"
            yield Problem(one.policy.place, "below-threshold", message)


def percent(hundredths: int) -> str:
    """`96.88`, of hundredths of a percent."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _told(one: Score) -> Iterator[str]:
    """One policy in words."""
    noticed = one.total - len(one.unnoticed)
    yield f"{one.policy.name} v{one.policy.version}: {noticed} of {one.total} mutants noticed, {percent(one.hundredths)} %\n"
    for found in one.unnoticed:
        yield f"{found.mutant.place} unnoticed: {found.mutant.text}\n"
        yield found.case.text if found.case else "  no case was found that would notice it\n"
