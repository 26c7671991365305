"""Versions of policies over time: which one is in force when, a new policy, the next version of one, and the release of both.

Comes in: the folder of the policies. Goes out: what stands where, or the file that was written.
Know before changing: a draft is the text of the newest version with two values changed, so every comment stays. A release seals a
version by its digest, which is that of what it says: a sealed file may be laid out anew and its comments may grow, but what it
decides may not change. Nothing is written that a check would find fault with.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.dates import shifted
from engine.errors import WARNINGS, Place, Problem, Refusal, nearest
from engine.policy import beginnings, checks, document, layout
from engine.policy.beginnings import Beginning
from engine.policy.build import build
from engine.policy.conditions import findings_of
from engine.policy.library import CASES, RELEASED, TEMPLATES, Library, in_force, load, misplaced, release_line
from engine.policy.model import Policy

_STEP = 10
_MOST_PRIORITY = 1000
_CURRENCY = "EUR"


class State(StrEnum):
    """Where a version stands on a date."""

    LATER = "later"
    IN_FORCE = "in force"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """One version: the last day on which it decides (None: no end is known), where it stands, and whether it is released.

    `covers` are the facts that say whom it decides about, none of them where it is everybody.
    """

    policy: Policy
    until: str | None
    state: State
    released: bool
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and the version in it."""

    path: Path
    policy: Policy


def standings(folder: Path, as_of: str) -> tuple[Standing, ...]:
    """Every version of every policy, sorted by name and number, as it stands on the date."""
    library = _sound(folder)
    now = {(policy.name, policy.version) for policy in in_force(library.policies, as_of)}
    sealed = _sealed(folder)
    return tuple(_standing(policy, library, as_of, now, sealed) for policy in library.policies)


def new(folder: Path, name: str, kind: str, *, currency: str | None, effective_from: str) -> tuple[Path, ...]:
    """Begin a policy: its first version and its cases. It wins over the others, and covers the segment of its name."""
    library = _sound(folder) if folder.exists() else Library((), ())
    home = folder / name
    if home.exists():
        message = f"there is a policy '{name}' already; begin its next version with `duly policy draft {name}`"
        raise Refusal([Problem(Place(str(home)), "policy-exists", message)])
    others = [policy for policy in library.policies if policy.kind == kind]
    first = others[0].currency if others else _CURRENCY
    highest = max((policy.priority for policy in others), default=0)
    begun = Beginning(name, currency or first, min(highest + _STEP, _MOST_PRIORITY), effective_from)
    texts = {home / "v1.yaml": beginnings.text(kind, begun), home / CASES: beginnings.cases(kind, begun)}
    laid = {path: layout.lay_out(text, str(path))[0] for path, text in texts.items()}
    _fitting(laid[home / "v1.yaml"], home / "v1.yaml", library, folder)
    home.mkdir(parents=True)
    for path, text in laid.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return tuple(laid)


def draft(folder: Path, name: str, *, effective_from: str) -> Written:
    """The next version of a policy: the newest one's text with the next number and another first day."""
    library = _sound(folder)
    newest = _of(library, name)[-1]
    path = folder / name / f"v{newest.version + 1}.yaml"
    text = _edited(newest, {"version": str(newest.version + 1), "effective_from": effective_from})
    made = _fitting(text, path, library, folder)
    path.write_text(text, encoding="utf-8", newline="")
    return Written(path, made)


def release(folder: Path, names: Sequence[str]) -> tuple[Policy, ...]:
    """Seal the versions: all of a policy (`standard`) or one (`standard/v2`). Those that were not sealed before."""
    library = _sound(folder)
    sealed = _sealed(folder)
    meant = [policy for name in names for policy in _of(library, name)]
    fresh = tuple(policy for policy in library.policies if policy in meant and _file(policy) not in sealed)
    if fresh:
        kept = [policy for policy in library.policies if policy in fresh or _file(policy) in sealed]
        (folder / RELEASED).write_text("".join(f"{release_line(policy)}\n" for policy in kept), encoding="utf-8")
    return fresh


def _sound(folder: Path) -> Library:
    """The policies of the folder; Refusal with everything that is wrong with them."""
    library = load(folder)
    if any(problem.code not in WARNINGS for problem in library.problems):
        raise Refusal(library.problems)
    return library


def _standing(
    policy: Policy, library: Library, as_of: str, now: set[tuple[str, int]], sealed: Mapping[str, str]
) -> Standing:
    """Where the version stands."""
    after = [one.effective_from for one in library.policies if one.name == policy.name and one.version > policy.version]
    until = shifted(min(after), -1) if after else None
    begun = State.OVER if policy.effective_from <= as_of else State.LATER
    state = State.IN_FORCE if (policy.name, policy.version) in now else begun
    facts = tuple(dict.fromkeys(one.fact for one in findings_of(policy.covers))) if policy.covers else ()
    return Standing(policy, until, state, _file(policy) in sealed, facts)


def _file(policy: Policy) -> str:
    """The file as released.sha256 names it."""
    return release_line(policy).partition("  ")[2]


def _sealed(folder: Path) -> dict[str, str]:
    """The digest of each released file; every line has been checked by `load`."""
    path = folder / RELEASED
    lines = document.text(path)[0].splitlines() if path.exists() else []
    return {file: digest for digest, _, file in (line.partition("  ") for line in lines)}


def _of(library: Library, name: str) -> list[Policy]:
    """The versions that are meant, by number; Refusal where there is none."""
    found = [policy for policy in library.policies if name in (policy.name, f"{policy.name}/v{policy.version}")]
    if not found:
        known = {policy.name for policy in library.policies}
        hint = nearest(name, known) or f"; there are: {', '.join(sorted(known))}"
        raise Refusal([Problem(Place(name), "unknown-policy", f"there is no policy '{name}'{hint}")])
    return found


def _edited(policy: Policy, values: Mapping[str, str]) -> str:
    """The text of the version with other values behind these keys, everything else as it is."""
    found, problems = document.parse(policy.text, policy.file)
    assert found and not problems, problems
    lines = found.text.splitlines(keepends=True)
    for key, value in values.items():
        place = found.place((key,))
        line = lines[place.line - 1]
        before, after = line[: place.column - 1], line[place.column - 1 :]
        # The value, in quotes or not, ends where a blank, a comma or the line does.
        lines[place.line - 1] = before + re.sub(r"^[^\s,}]+", value, after, count=1)
    return "".join(lines)


def _fitting(text: str, path: Path, library: Library, folder: Path) -> Policy:
    """The version that the text is; Refusal where it is none, or does not fit the others."""
    found, problems = document.parse(text, str(path))
    made, more = build(found) if found else (None, ())
    if made is None or problems or more:
        raise Refusal((*problems, *more))
    templates = frozenset(file.name for file in (folder / TEMPLATES).glob("*.j2"))
    wrong = (*misplaced(made, path), *checks.check([*library.policies, made], templates=templates))
    if any(problem.code not in WARNINGS for problem in wrong):
        raise Refusal(wrong)
    return made
