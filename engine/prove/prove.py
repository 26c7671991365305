"""`duly prove`: everything that can be found out about a folder of policies without looking at any subject.

Comes in: paths of policies, a date. Goes out: a Proof: what is wrong, each with a counter-example, and what is proved.
Know before changing: policies are looked at as they are in force together on the date and on every later day on which a version
begins; what was superseded before is past. A policy that cannot be read ends it (Refusal), since nothing is proved of the others
without it; what `duly check` finds beside that is not repeated here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.book.store import Book
from engine.decide.ladder import NAMES
from engine.decide.trial import lost
from engine.errors import Place, Problem, Refusal
from engine.policy import invariants as promised
from engine.policy import library
from engine.policy.model import Policy, value_text
from engine.policy.waivers import Waived, judged
from engine.prove import across, alone, construction, promises, scored
from engine.prove.example import Undecided
from engine.prove.lab import Claim, Finding, Lab, undecided
from engine.prove.weigh import weighed


@dataclass(frozen=True, slots=True)
class Proof:
    """What is wrong, sorted by place, and what is proved, in the order in which it was asked; and what is waived of the wrong."""

    policies: tuple[Policy, ...]
    invariants: int
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    waived: tuple[Waived, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What must be mended; the rest are warnings."""
        return tuple(one for one in self.findings if not one.warning)


def proved(paths: Sequence[Path], as_of: str, book: Book | None = None) -> Proof:
    """What is so of the policies at these paths. Refusal with the problems of files that cannot be read."""
    several = [_proved(path, as_of) for path in paths]
    found = {one.problem: one for proof in several for one in proof.findings}
    findings = tuple(found[problem] for problem in sorted(found))
    return Proof(
        tuple({policy.file: policy for proof in several for policy in proof.policies}.values()),
        sum(proof.invariants for proof in several),
        weighed(book, findings, as_of) if book else findings,
        tuple(dict.fromkeys(claim for proof in several for claim in proof.claims)),
        tuple(sorted({one for proof in several for one in proof.waived})),
    )


def together(policies: Sequence[Policy], as_of: str) -> Iterator[tuple[Policy, ...]]:
    """The versions that are in force together, on the date and whenever another one begins."""
    days = sorted({as_of, *(policy.effective_from for policy in policies if policy.effective_from > as_of)})
    yield from dict.fromkeys(found for day in days if (found := library.in_force(policies, day)))


def _proved(path: Path, as_of: str) -> Proof:
    """One path: a folder of policies, the folder of one, or a file in either."""
    folder, only = _home(path)
    policies, invariants = _read(folder)
    findings: list[Finding] = []
    claims: list[Claim] = []
    periods = list(together(policies, as_of))
    chosen = {policy.file: policy for period in periods for policy in period if _within(policy.file, only)}
    for policy in chosen.values():
        lab = Lab((policy,), beside=frozenset() if policy.credit else frozenset({NAMES[policy.subject].handed_over}))
        check: Callable[[Policy, Lab], Iterator[Finding]] = scored.of_policy if policy.credit else alone.of_policy
        findings += _of_findings(_tried(check(policy, lab), policy))
        claims += [one for one in _tried(construction.proved(policy, lab), policy) if isinstance(one, Claim)]
    for period in periods:
        found = [*_tried(across.of_policies(period), period[0])]
        found += _tried(promises.kept(invariants, period), period[0]) if invariants else []
        claims += [one for one in found if isinstance(one, Claim) and one.policy.file in chosen]
        findings += [one for one in found if isinstance(one, Finding) and _concerns(one, only)]
    left, waived = _judged(findings, {policy.file: policy for period in periods for policy in period}, as_of)
    return Proof(tuple(chosen.values()), len(invariants.of) if invariants else 0, left, tuple(claims), waived)


def _judged(
    findings: Sequence[Finding], policies: Mapping[str, Policy], as_of: str
) -> tuple[tuple[Finding, ...], tuple[Waived, ...]]:
    """What is left of the findings, with the waivers among them that have ended; and what is waived."""
    found = {one.problem: one for one in findings}
    judgement = judged(sorted(found), tuple(policies.values()), as_of, known=())
    left = (found.get(one) or Finding(one, None, (policies[one.where.file],)) for one in judgement.problems)
    return tuple(left), judgement.waived


def _of_findings(findings: Iterable[object]) -> Iterator[Finding]:
    """Those that are findings."""
    yield from (one for one in findings if isinstance(one, Finding))


def _tried(asked: Iterator[Finding] | Iterator[Claim] | Iterator[Finding | Claim], policy: Policy) -> list[Finding | Claim]:
    """What is found, as far as it can be decided."""
    found: list[Finding | Claim] = []
    try:
        found.extend(asked)
    except Undecided:
        found.append(undecided(policy, policy.place, "all of this policy is right"))
    return found


def _home(path: Path) -> tuple[Path, Path | None]:
    """The folder of policies that the path belongs to, and the part of it that is asked about."""
    if not path.exists():
        raise Refusal([Problem(Place(str(path)), "unreadable-file", "there is no such file or folder; check its name")])
    if path.is_dir():
        home = library.by_name(path)
        return (home.parent, home) if library.versions(path) else (path, None)
    home = library.by_name(path.parent)
    if path.name == promised.FILE:
        return home, home / path.name
    if wrong := lost(home / path.name):
        raise Refusal(wrong)
    return home.parent, home / path.name


def _read(folder: Path) -> tuple[tuple[Policy, ...], promised.Invariants | None]:
    """The policies and the invariants of the folder; Refusal where one of them cannot be read."""
    found = library.load(folder)
    readable = {policy.file for policy in found.policies}
    wrong = [one for one in found.problems if one.where.file not in readable and _is_policy(one)]
    invariants = None
    if (folder / promised.FILE).exists():
        invariants, more = promised.load(folder / promised.FILE)
        wrong += more
    if wrong:
        raise Refusal(wrong)
    return found.policies, invariants


def _is_policy(problem: Problem) -> bool:
    """Whether the problem is that a version cannot be read, or that there is none."""
    return problem.code == "no-policies" or Path(problem.where.file).name.startswith("v")


def _within(file: str, only: Path | None) -> bool:
    """Whether the file is asked about."""
    return only is None or Path(file) == only or Path(file).parent == only or only.name == promised.FILE


def _concerns(finding: Finding, only: Path | None) -> bool:
    """Whether a finding between policies has to do with what is asked about."""
    return _within(finding.problem.where.file, only) or any(_within(policy.file, only) for policy in finding.about)


def told(finding: Finding) -> Problem:
    """The finding as one line, with its weight where it has one."""
    if finding.weight is None or finding.region is None:
        return finding.problem
    policy = finding.region.policy
    kind = f"{policy.subject.value}{'' if finding.weight.subjects == 1 else 's'}"
    open_ = value_text(finding.weight.open, "open_amount", policy.currency)
    weight = f" [{finding.weight.subjects:,} such {kind} in the book, {open_} open]"
    return replace(finding.problem, message=finding.problem.message + weight)
