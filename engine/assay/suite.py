"""Running cases: every made subject is decided by the rules engine, and each case says whether its promise is kept.

Comes in: folders, versions or files of cases, and a word that the names hold. Goes out: a Result for each case.
Know before changing: what a case means stands in decide/trial.py, which `duly check` asks as well; here is only who
asks for which. A run without a case is a failure: nobody has looked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.act.lived import outcomes
from engine.decide.findings import compile_policy
from engine.decide.made import Outcome
from engine.decide.trial import decided, failures, lived, lost, orders
from engine.errors import Place, Problem, Refusal
from engine.policy import library
from engine.policy.cases import Case
from engine.policy.cases import load as load_cases
from engine.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Suite:
    """The versions that cases speak of, sorted, and the cases in the order of their files.

    `bare` are the policies whose newest version was asked for as well, and of which no case speaks.
    """

    policies: tuple[Policy, ...]
    cases: tuple[Case, ...]
    bare: tuple[Policy, ...] = ()

    def of(self, policy: Policy) -> tuple[Case, ...]:
        """The cases of one version that are made subjects."""
        return tuple(case for case in self._all(policy) if not case.dated)

    def dated(self, policy: Policy) -> tuple[Case, ...]:
        """The cases of one version that have a book."""
        return tuple(case for case in self._all(policy) if case.dated)

    def _all(self, policy: Policy) -> Iterator[Case]:
        """All cases of one version."""
        return (case for case in self.cases if (case.policy, case.version) == (policy.name, policy.version))


@dataclass(frozen=True, slots=True)
class Result:
    """What was decided about one case; `said` is what it expected and did not get, nothing where its promise is kept."""

    case: Case
    policy: Policy
    outcome: Outcome
    said: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        """The one line of a case that failed."""
        return Problem(self.case.place, "case-failed", f"'{self.case.name}': {'; '.join(self.said)}")


def load(paths: Sequence[Path], word: str = "") -> Suite:
    """The cases of these paths whose name or policy holds the word. Refusal where there is none, or one is wrong."""
    policies: dict[tuple[str, int], Policy] = {}
    cases: dict[Place, Case] = {}
    newest: dict[str, Policy] = {}
    for path in paths:
        found, several, asked = _load(path)
        policies.update({(policy.name, policy.version): policy for policy in found})
        newest.update({policy.name: policy for policy in asked})
        cases.update({case.place: case for case in several})
    chosen = tuple(case for case in cases.values() if word.lower() in f"{case.policy} {case.name}".lower())
    if not chosen:
        raise Refusal([_no_case(paths, word, len(cases))])
    tried = {(case.policy, case.version) for case in chosen}
    # Who names a word asks for those cases, and not for whole policies.
    bare = [] if word else [newest[name] for name in sorted(newest) if (name, newest[name].version) not in tried]
    return Suite(tuple(policies[version] for version in sorted(tried)), chosen, tuple(bare))


def untried(policy: Policy) -> Problem:
    """The warning of a policy of which no case speaks."""
    who = f"{policy.name} v{policy.version}"
    message = f"no case speaks of {who}; write what it promises into cases.yaml beside it"
    return Problem(policy.place, "no-case", message)


def run(suite: Suite) -> tuple[Result, ...]:
    """Every case of the suite, decided by the rules engine; those with a book are lived through, a policy at a time."""
    compiled = {(policy.name, policy.version): compile_policy(policy) for policy in suite.policies}
    apart: dict[Place, Outcome] = {}
    for policy in suite.policies:
        apart |= {case.place: found for case, found in lived(suite.dated(policy), policy, outcomes)}
        apart |= {case.place: found for case, found in orders(suite.of(policy), policy)}
    results = []
    for case in suite.cases:
        one = compiled[case.policy, case.version]
        outcome = apart[case.place] if case.place in apart else decided(case, one)
        results.append(Result(case, one.policy, outcome, said(case, one.policy, outcome)))
    return tuple(results)


def said(case: Case, policy: Policy, outcome: Outcome) -> tuple[str, ...]:
    """What the case expected and did not get, without its name."""
    return tuple(problem.message.removeprefix(f"'{case.name}': ") for problem in failures(case, policy, outcome))


def _load(path: Path) -> tuple[tuple[Policy, ...], tuple[Case, ...], list[Policy]]:
    """The policies and cases of a folder of policies, of one policy's folder, or of a file in it; then who should have cases."""
    home = path if path.is_dir() else path.parent
    one = not path.is_dir() or bool(library.versions(path))
    if home.name in ("", "..") and one:
        # Seen from inside, a folder does not tell its name, which must be that of the policy.
        home = home / ".." / home.resolve().name
    if not path.exists():
        raise Refusal([Problem(Place(str(path)), "unreadable-file", "there is no such file or folder; check the name")])
    if not path.is_dir() and (wrong := list(lost(home / path.name))):
        raise Refusal(wrong)
    folder = home.parent if one else home
    found = library.load(folder)
    files = [file for file in library.case_files(folder) if not one or file.parent == home]
    homes = {file.parent for file in files}
    wrong = [problem for problem in found.problems if Path(problem.where.file).parent in homes]
    cases: list[Case] = []
    for file in files:
        several, mistakes = load_cases(file, found.policies)
        cases += several
        wrong += [] if wrong else mistakes
    if wrong:
        raise Refusal(wrong)
    # Sorted by version, so that the newest of each policy stays.
    newest = {policy.name: policy for policy in found.policies if not one or Path(policy.file).parent == home}
    return found.policies, tuple(cases), list(newest.values())


def _no_case(paths: Iterable[Path], word: str, there: int) -> Problem:
    """Nothing was tried, which must not look like success."""
    first = Place(str(next(iter(paths))))
    if there:
        return Problem(first, "no-case", f"none of the {there} cases has '{word}' in its name; choose another word")
    return Problem(first, "no-case", "there is no case here; write what the policy promises into cases.yaml beside it")
