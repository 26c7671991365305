"""Trying a policy on its cases: made subjects are decided by the same rules engine, and compared with what was promised.

Comes in: Policies and their Cases. Goes out: one Problem for each promise that is not kept.
Know before changing: what the made subject is, and what a credit policy comes to for it, stands in made.py. What a contact or
an earlier run decides is a matter of cases with a book only; those are lived through by act/lived.py, which stands behind this
room and so is an argument here.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path

from engine.decide.calls import Call
from engine.decide.decide import Decision, Stages, decide, row_of, rulesets
from engine.decide.evaluate import holds
from engine.decide.findings import Compiled, compile_orders, compile_policy
from engine.decide.made import Outcome, every_fact, given, outcome, told, unlike
from engine.decide.ordering import ordered, rules_of
from engine.decide.spread import spread
from engine.errors import Place, Problem
from engine.policy import invariants, library, revision, roles
from engine.policy.cases import Case, Expected
from engine.policy.cases import load as load_cases
from engine.policy.model import Policy, kind_of, value_text
from engine.policy.waivers import Waived

NO_DATE = "2026-01-01"
# So many bytes of cases take longer than it takes to fork.
WORTH_SPREADING = 100_000
# Why credit is held where a case only says that it is.
_HELD = ("held",)
# What is decided about the cases of a policy that have a book: act/lived.outcomes.
Live = Callable[[Policy, Sequence[Case]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class Checked:
    """How many versions and cases were looked at, all that is wrong with them or waived, sorted, and the files looked at.

    `claims` says how many things were proved beside, None where nobody asked for a proof.
    """

    policies: int
    cases: int
    problems: tuple[Problem, ...]
    files: tuple[str, ...] = ()
    waived: tuple[Waived, ...] = ()
    claims: int | None = None


@dataclass(frozen=True, slots=True)
class _Means:
    """How cases are tried."""

    live: Live | None
    processes: int


def checked(
    paths: Sequence[Path],
    as_of: str | None = None,
    *,
    since: str | None = None,
    live: Live | None = None,
    processes: int = 1,
) -> Checked:
    """What CI asks of policies: syntax, schema, meaning and cases. A path is a folder, a version, or a file of cases.

    On a date, waivers that have ended are problems; without one they all hold. With a revision of git, only those policies
    are looked at that have changed since; all of them where something has changed that all of them stand on. `live` is needed
    where a case has a book; so many `processes` may be at it (spread.py).
    """
    means = _Means(live, processes)
    several = [_since(path, as_of, since, means) if since is not None else _checked(path, as_of, means) for path in paths]
    problems = {problem for one in several for problem in one.problems}
    files = {file for one in several for file in one.files}
    return Checked(
        sum(one.policies for one in several),
        sum(one.cases for one in several),
        tuple(sorted(problems)),
        tuple(sorted(files)),
        tuple(sorted({one for found in several for one in found.waived})),
    )


def _since(path: Path, as_of: str | None, since: str, means: _Means) -> Checked:
    """One path, as far as it has changed since the revision."""
    own = library.by_name(path if path.is_dir() else path.parent)
    whole = path.is_dir() and not library.versions(path)
    home = path if whole else own.parent
    changes = revision.changed(home, since)
    common = [file for file in changes.files if file.parent == home or (home / library.TEMPLATES) in file.parents]
    if changes.gone or common or not path.exists():
        return _checked(path, as_of, means)
    touched = frozenset(file.parent for file in changes.files)
    if whole:
        return _within(path, touched, as_of, means, also_named=True)
    return _checked(path, as_of, means) if own in touched else Checked(0, 0, ())


def _checked(path: Path, as_of: str | None, means: _Means) -> Checked:
    """One path: a folder of policies, the folder of one, or a file in it, for which the others are looked at as well."""
    if path.name == roles.FILE and not path.is_dir():
        return Checked(0, 0, roles.load(path)[1], (str(path),))
    if path.name == invariants.FILE and not path.is_dir():
        return Checked(0, 0, invariants.load(path)[1], (str(path),))
    one = path.suffix in library.SUFFIXES or path.is_file() or bool(library.versions(path))
    if not one and not path.is_dir():
        message = "there is no such file or folder; check its name"
        return Checked(0, 0, (Problem(Place(str(path)), "no-policies", message),))
    if not one:
        return _within(path, None, as_of, means)
    home = library.by_name(path if path.is_dir() else path.parent)
    if path.is_dir():
        return _within(home.parent, frozenset({home}), as_of, means)
    wrong = lost(home / path.name)
    return Checked(0, 0, wrong, (str(path),)) if wrong else _within(home.parent, frozenset({home / path.name}), as_of, means)


def lost(path: Path) -> tuple[Problem, ...]:
    """What is wrong with a file that stands in no policy's folder, or is none of its files.

    Nothing is looked for around such a file: what surrounds it may be a whole disk.
    """
    if path.name in (roles.FILE, invariants.FILE) and path.is_file():
        message = f"'{path.name}' holds no policy; name the folder that it stands in"
        return (Problem(Place(str(path)), "stray-file", message),)
    if path.name == library.CASES and path.is_file():
        return () if library.versions(path.parent) else load_cases(path, ())[1]
    policy, problems = library.load_file(path)
    if path in library.versions(path.parent):
        return tuple(library.misplaced(policy, path)) if policy else problems
    return (library.stray(path),) if path.is_file() else problems


def _within(
    folder: Path, only: frozenset[Path] | None, as_of: str | None, means: _Means, *, also_named: bool = False
) -> Checked:
    """The policies and cases of a folder, or only those of some policies' folders or files in it.

    `also_named`: also what is wrong elsewhere because of one of these, whose file the message then names.
    """
    found = library.load(folder, as_of=as_of)
    files = [file for file in library.case_files(folder) if _among(file, only)]
    versions = [policy for policy in found.policies if _among(Path(policy.file), only)]
    wrong = _wrong(found)
    # Cases of a policy that is itself wrong are not tried: they would only repeat what is wrong.
    homes = {file.parent for file in files} & {file.parent for file in wrong}
    problems = [
        problem
        for problem in found.problems
        for file in (Path(problem.where.file),)
        if _among(file, only)
        or (file in wrong and file.parent in homes)
        or (also_named and any(f"({policy.file})" in problem.message for policy in versions))
    ]
    sizes = {file: file.stat().st_size for file in files if file.is_file()}
    processes = means.processes if sum(sizes.values()) >= WORTH_SPREADING else 1
    # The longest first, so that no process is left alone with it in the end.
    files.sort(key=lambda file: -sizes.get(file, 0))
    tried = spread(partial(_tried, found.policies, homes, means.live), files, processes)
    problems += [problem for _, mistakes in tried for problem in mistakes]
    looked_at = (*(policy.file for policy in versions), *(str(file) for file in files))
    waived = [one for one in found.waived if _among(Path(one.problem.where.file), only)]
    return Checked(len(versions), sum(count for count, _ in tried), tuple(problems), looked_at, tuple(waived))


def _tried(
    policies: Sequence[Policy], wrong: Collection[Path], live: Live | None, file: Path
) -> tuple[int, list[Problem]]:
    """How many cases a file has, and what is wrong with them; those of a policy that is itself wrong are only read."""
    cases, mistakes = load_cases(file, () if file.parent in wrong else policies)
    told = [one for one in mistakes if file.parent not in wrong or one.code != "unknown-policy"]
    return len(cases), [*told, *try_cases(cases, policies, live)]


def _among(file: Path, only: frozenset[Path] | None) -> bool:
    """Whether the file, or the folder that it stands in, is looked at."""
    return only is None or file in only or file.parent in only


def _wrong(found: library.Library) -> set[Path]:
    """The versions that could not be read."""
    valid = {Path(policy.file) for policy in found.policies}
    told = {Path(problem.where.file) for problem in found.problems} - valid
    return {file for file in told if file in library.versions(file.parent)}


def try_cases(cases: Sequence[Case], policies: Sequence[Policy], live: Live | None = None) -> tuple[Problem, ...]:
    """Run every case against its policy's version; `case-failed` says what was expected and what is decided."""
    by_version = {(policy.name, policy.version): policy for policy in policies}
    grouped: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        grouped.setdefault((case.policy, case.version), []).append(case)
    problems: list[Problem] = []
    for version, some in grouped.items():
        compiled = compile_policy(by_version[version])
        # The engine is asked once for each row of findings: many cases differ in nothing that the policy compares.
        with rulesets(compiled) as rules:
            ask = cache(partial(_decision, compiled, rules))
            for case in some:
                if not case.dated and case.order is None:
                    problems += failures(case, compiled.policy, _outcome(case, compiled, ask))
        for case, found in orders(some, compiled.policy):
            problems += failures(case, compiled.policy, found)
        for case, found in lived([case for case in some if case.dated], compiled.policy, live):
            problems += failures(case, compiled.policy, found)
    return tuple(problems)


def orders(cases: Sequence[Case], policy: Policy) -> Iterator[tuple[Case, Outcome]]:
    """The cases about an order of a made subject, each with what it gets; the rules for orders are asked of the rules engine."""
    some = [case for case in cases if case.order is not None and not case.dated]
    if not some:
        return
    one = compile_orders(policy)
    with rulesets(one) as rules:
        for case in some:
            values, as_of = every_fact(case), case.as_of or NO_DATE
            covered = policy.covers is None or holds(policy.covers, values, as_of)
            found = rules_of(one, rules, values, as_of) if covered else ()
            assert case.order is not None, case
            yield case, Outcome((), None, (), ordered(policy, case.order, values, case.held or _HELD, found, covered=covered))


def lived(cases: Sequence[Case], policy: Policy, live: Live | None) -> Iterator[tuple[Case, Outcome]]:
    """Cases of one policy that have a book, each with what is decided about it."""
    if cases:
        assert live, f"'{cases[0].name}' has a book: pass on act/lived.outcomes"
        yield from zip(cases, live(policy, cases), strict=True)


def failures(case: Case, policy: Policy, outcome: Outcome) -> list[Problem]:
    """What the case expected and did not get, each on its own line."""
    done = [call for call in outcome.calls if not call.reasons]
    said = [(case.place, message) for message in unlike(case.expect, outcome, policy)]
    if not outcome.order:
        said = [*_level(case, outcome.calls), *said, *_actions(case, policy, done), *_reasons(case, outcome.calls)]
    return [Problem(place, "case-failed", f"'{case.name}': {message}") for place, message in said]


def decided(case: Case, one: Compiled) -> Outcome:
    """What is decided about the made subject: nothing where the policy does not cover it; or what an order of it gets."""
    return decided_all([case], one)[0] if case.order is None else next(orders([case], one.policy))[1]


def decided_all(cases: Sequence[Case], one: Compiled) -> list[Outcome]:
    """The same for several made subjects, by the same rulesets."""
    with rulesets(one) as rules:
        return [_outcome(case, one, partial(_decision, one, rules)) for case in cases]


def _decision(one: Compiled, rules: Stages, row: tuple[int, ...]) -> Decision:
    """What the rules engine comes to for a row of findings."""
    return decide(one, rules, list(row))


def _outcome(case: Case, one: Compiled, ask: Callable[[tuple[int, ...]], Decision]) -> Outcome:
    """What is decided about the made subject by whoever is asked."""
    as_of = case.as_of or NO_DATE
    values = given(case, one)
    if one.policy.covers and not holds(one.policy.covers, values, as_of):
        return Outcome((), None)
    decision = ask(tuple(row_of(one, values, as_of)))
    return outcome(case, one.policy, decision, values)


def _level(case: Case, calls: Sequence[Call]) -> list[tuple[Place, str]]:
    """Whether the level moves to where it was expected to."""
    moved = next((call.level_to for call in calls if call.level_to is not None and not call.reasons), None)
    if moved == case.expect.level:
        return []
    expected, found = ("unchanged" if level is None else str(level) for level in (case.expect.level, moved))
    return [(case.place, f"expected level {expected}, but it is {found}")]


def _actions(case: Case, policy: Policy, done: Sequence[Call]) -> list[tuple[Place, str]]:
    """Every expected action must be there, and nothing else."""
    kept = _paired(case.expect.actions, done)
    left = [call for number, call in enumerate(done) if number not in kept.values()]
    missing = [expected for number, expected in enumerate(case.expect.actions) if number not in kept]
    return [
        *((one.place, f"expected {_expected(one, policy)}, but {_listed(left)}") for one in missing),
        *(
            (case.place, f"not expected, but called for: {kind_of(call.action)} ({call.rule})")
            for call in left
            if not told(case.expect, call)
        ),
    ]


def _paired(expected: Sequence[Expected], done: Sequence[Call]) -> dict[int, int]:
    """Which call each expected action is: as many as can be, however broadly some of them are described."""
    taken: dict[int, int] = {}

    def settle(number: int, tried: set[int]) -> bool:
        """Give the expected action a call, if need be one whose owner can have another."""
        for index, call in enumerate(done):
            if index in tried or not _fits(expected[number], call):
                continue
            tried.add(index)
            if index not in taken or settle(taken[index], tried):
                taken[index] = number
                return True
        return False

    # The most exactly described first, so that a bare kind is the one that is missing.
    for number in sorted(range(len(expected)), key=lambda number: -len(expected[number].parameters)):
        settle(number, set())
    return {number: index for index, number in taken.items()}


def _reasons(case: Case, calls: Sequence[Call]) -> list[tuple[Place, str]]:
    """The reasons for which something is withheld must be the expected ones."""
    found = {reason for call in calls for reason in call.reasons}
    expected = set(case.expect.withheld)
    missing = [
        (case.place, f"expected to be withheld as {reason}, but it is not") for reason in sorted(expected - found)
    ]
    extra = [(case.place, f"withheld as {reason}, which was not expected") for reason in sorted(found - expected)]
    return missing + extra


def _fits(expected: Expected, call: Call) -> bool:
    """Whether the call is of that kind and has those parameters."""
    if kind_of(call.action) != expected.kind:
        return False
    own = {field.name: getattr(call.action, field.name) for field in fields(call.action)} if call.action else {}
    return all(name in own and own[name] == value for name, value in expected.parameters)


def _expected(expected: Expected, policy: Policy) -> str:
    """An expected action in words."""
    said = ", ".join(
        f"{name} {value_text(value, 'open_amount', policy.currency) if name == 'amount' else value}"
        for name, value in expected.parameters
    )
    return expected.kind + (f" with {said}" if said else "")


def _listed(calls: Sequence[Call]) -> str:
    """What is called for instead."""
    return ", ".join(f"{kind_of(call.action)} ({call.rule})" for call in calls) or "nothing is"
