"""The mutation score: how many small faults in a policy its cases would notice, and a ready case for each that they would not.

Comes in: a Suite. Goes out: a Score for each policy.
Know before changing: a fault that no case can notice counts against the score all the same; that none was found for it is said.
Cases with a book take a hundred times as long, so that they are asked only about what no other case notices.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.act.lived import live, outcomes
from engine.assay.hunt import Ready, ready
from engine.assay.mutants import Mutant, mutants
from engine.assay.suite import Result, Suite
from engine.assay.twin import Fork, Tried, Twin, kept, notices
from engine.decide.trial import failures
from engine.errors import Problem, Refusal
from engine.policy.cases import Case
from engine.policy.model import Policy

# Cases with a book, each with what its customer was on the days that something was decided.
Dated = list[tuple[Case, list[Tried]]]


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
    dated = _dated(suite, base)
    for mutant in mutants(policy):
        total += 1
        fork = Fork(base, mutant.policy)
        if notices(fork, cases) is None and not _noticed(dated, fork):
            alive.append(Unnoticed(mutant, ready(mutant, fork, cases)))
    return Score(policy, total, tuple(alive))


def _dated(suite: Suite, base: Twin) -> Dated:
    """The cases with a book, each with what its customer was on the days of its runs and on its own."""
    cases = suite.dated(base.policy)
    lived = live(base.policy, cases, watched=True)
    return [
        (case, [base.tried(made) for made in (*one.before, *one.seen)]) for case, one in zip(cases, lived, strict=True)
    ]


def _noticed(dated: Dated, fork: Fork) -> bool:
    """Whether a case with a book fails under the mutant. Only those are lived through again in which anything may differ."""
    cases = [case for case, days in dated if any(fork.differs(day) for day in days)]
    policy = fork.twin.policy
    return any(failures(case, policy, found) for case, found in zip(cases, outcomes(policy, cases), strict=True))


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
            yield too_little(one.policy, one.hundredths, hundredths)


def too_little(policy: Policy, hundredths: int, least: int) -> Problem:
    """So much of the policy, and less than was asked for."""
    message = f"the cases notice {percent(hundredths)} % of the mutants, less than {percent(least)} %; add cases"
    return Problem(policy.place, "below-threshold", message)


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
