"""The policies of a folder: every version of every policy, which of them are released, and which one is in force on a date.

Comes in: a folder (`<name>/v<N>.yaml`, `templates/`, `roles.yaml`, `released.sha256`). Goes out: a Library with every
problem in it.
Know before changing: a file that is no version of a policy is a problem, never skipped: a policy that is silently not in force
is the worst mistake of all. `problems` holds everything, also what checks.py finds.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Place, Problem
from engine.policy import checks, document, invariants, roles
from engine.policy.build import build
from engine.policy.model import Policy
from engine.policy.places import place
from engine.policy.roles import Roles
from engine.policy.waivers import Waived, judged

TEMPLATES = "templates"
RELEASED = "released.sha256"
CASES = "cases.yaml"
SUFFIXES = (".yaml", ".yml")
_VERSION = re.compile(r"v[1-9][0-9]*\.yaml")
_LINE = re.compile(r"(sha256:[0-9a-f]{64})  ([^\s].*)")


@dataclass(frozen=True, slots=True)
class Library:
    """The valid policies, sorted by name and version, and every problem of the folder. `templates` are names of files.

    `roles` says who may approve; None where the folder does not say it. What is waived is no problem.
    """

    policies: tuple[Policy, ...]
    problems: tuple[Problem, ...]
    templates: frozenset[str] = frozenset()
    roles: Roles | None = None
    waived: tuple[Waived, ...] = ()


def load(folder: Path, *, shown: str | None = None, as_of: str | None = None) -> Library:
    """Every policy in the folder, checked; `shown` is the folder's name in problems and plans.

    On a date, waivers that have ended or waive nothing are problems too; without one, every waiver holds.
    """
    name = shown or str(folder)
    if not folder.is_dir():
        return Library((), (Problem(Place(name), "no-policies", "there is no such folder; name one with --policies"),))
    policies: list[Policy] = []
    problems = list(_strays(folder, name))
    for path in _versions(folder):
        policy, wrong = load_file(path, shown=_shown(path, folder, name))
        problems += wrong
        if policy:
            policies.append(policy)
            problems += misplaced(policy, path)
    if not policies and not problems:
        problems.append(Problem(Place(name), "no-policies", "there is no policy here; add one as NAME/v1.yaml"))
    policies.sort(key=lambda policy: (policy.name, policy.version, policy.file))
    templates = frozenset(path.name for path in (folder / TEMPLATES).glob("*.j2"))
    problems += checks.check(policies, templates=templates)
    problems += _released(folder, name, policies)
    named, more = _roles(folder, name, policies)
    if (folder / invariants.FILE).exists():
        more = [*more, *invariants.load(folder / invariants.FILE, shown=f"{name}/{invariants.FILE}")[1]]
    found = judged(sorted({*problems, *more}), policies, as_of)
    return Library(tuple(policies), found.problems, templates, named, found.waived)


def load_file(path: Path, *, shown: str | None = None) -> tuple[Policy | None, tuple[Problem, ...]]:
    """One version from its file, with every problem of its text, its schema and its meaning."""
    found, problems = document.inspect(path, shown=shown)
    if found is None:
        return None, problems
    policy, more = build(found)
    every = document.joined(problems, more)
    return (None if every else policy), every


def in_force(policies: Sequence[Policy], as_of: str) -> tuple[Policy, ...]:
    """The version of each policy that decides on the date, sorted by name; none of those that begin later."""
    begun = [policy for policy in policies if policy.effective_from <= as_of]
    newest = {
        policy.name: policy for policy in sorted(begun, key=lambda policy: (policy.effective_from, policy.version))
    }
    return tuple(newest[name] for name in sorted(newest))


def case_files(folder: Path) -> tuple[Path, ...]:
    """The files with cases, sorted."""
    return tuple(_files(folder, CASES))


def by_name(folder: Path) -> Path:
    """The folder by its name: seen from inside, it does not tell it, and it must be that of the policy."""
    return folder / ".." / folder.resolve().name if folder.name in ("", "..") else folder


def versions(folder: Path) -> tuple[Path, ...]:
    """The versions that stand in the folder itself, sorted: none, unless it is the folder of one policy."""
    return tuple(sorted(path for path in folder.glob("v*.yaml") if is_version(path)))


def is_version(path: Path) -> bool:
    """Whether a file of that name is a version of a policy."""
    return bool(_VERSION.fullmatch(path.name))


def misplaced(policy: Policy, path: Path) -> Iterator[Problem]:
    """A version stands in a file of its number, in a folder of its policy's name."""
    named = (("version", path.stem, f"v{policy.version}"), ("policy", path.parent.name, policy.name))
    for key, actual, expected in named:
        if actual != expected:
            what = "file" if key == "version" else "folder"
            message = f"the {what} is named '{actual}', this says '{expected}'; make them the same"
            yield Problem(place(policy, key), "misplaced-file", message)


def stray(path: Path, *, shown: str | None = None) -> Problem:
    """A file that would be taken for a policy and is none."""
    message = (
        f"'{path.name}' is neither a version (v1.yaml, v2.yaml, ...) nor {CASES}, so it decides nothing; rename it"
    )
    return Problem(Place(shown or str(path)), "stray-file", message)


def release_line(policy: Policy) -> str:
    """The line of released.sha256 that seals the version."""
    return f"{policy.digest}  {policy.name}/v{policy.version}.yaml"


def _versions(folder: Path) -> list[Path]:
    """The files that are versions of policies."""
    return [path for path in _files(folder, "*.yaml") if is_version(path)]


def _files(folder: Path, pattern: str) -> list[Path]:
    """Sorted; without hidden ones, which are those of editors and of version control."""
    found = sorted(folder.rglob(pattern))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _strays(folder: Path, name: str) -> Iterator[Problem]:
    """YAML files that would be taken for policies and are none, and folders in which nobody can look for any."""
    for path in _files(folder, "*"):
        if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
            message = "this folder may not be read, so its policies would not decide; give yourself the right to"
            yield Problem(Place(_shown(path, folder, name)), "unreadable-file", message)
    for path in (*_files(folder, "*.yaml"), *_files(folder, "*.yml")):
        apart = path.relative_to(folder).parts[0] in (TEMPLATES, "rates")
        ours = path.name == CASES or path in (folder / roles.FILE, folder / invariants.FILE)
        if not (apart or ours or is_version(path)):
            yield stray(path, shown=_shown(path, folder, name))


def _roles(folder: Path, name: str, policies: Sequence[Policy]) -> tuple[Roles | None, list[Problem]]:
    """Who may approve, where the folder says it, and every role of a policy that nobody has."""
    if not (folder / roles.FILE).exists():
        return None, []
    named, problems = roles.load(folder / roles.FILE, shown=f"{name}/{roles.FILE}")
    return named, [*problems, *(roles.unknown(policies, named) if named else ())]


def _shown(path: Path, folder: Path, name: str) -> str:
    """The file under the name that the folder has."""
    return f"{name}/{path.relative_to(folder).as_posix()}"


def _released(folder: Path, name: str, policies: Sequence[Policy]) -> Iterator[Problem]:
    """Every line of released.sha256 that its file does not keep."""
    seal = folder / RELEASED
    if not seal.exists():
        return
    text, problems = document.text(seal, shown=f"{name}/{RELEASED}")
    yield from problems
    digests = {policy.file: policy.digest for policy in policies}
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.fullmatch(line)
        place = Place(f"{name}/{RELEASED}", number, 1)
        if not found or found.group(2) in seen:
            why = "stands here already" if found else "is not a line such as 'sha256:...  standard/v1.yaml'"
            yield Problem(place, "bad-released", f"'{line[:80]}' {why}; take the line from `duly check`")
            continue
        digest, file = found.groups()
        seen.add(file)
        yield from _kept(place, digest, folder / file, f"{name}/{file}", digests)


def _kept(place: Place, digest: str, path: Path, shown: str, digests: dict[str, str]) -> Iterator[Problem]:
    """The released file is there, and says what it said."""
    if not path.is_file():
        yield Problem(place, "released-missing", f"the released version {shown} is gone; restore it")
    elif shown in digests and digests[shown] != digest:
        message = "this version has been released and is never edited; restore it, and make the change in a new version"
        yield Problem(Place(shown, 1, 1), "released-edited", message)
