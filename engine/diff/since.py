"""Every version of a policy that a branch makes new, otherwise, or takes away, each against what would decide in its place.

Comes in: the folder of the policies and a revision of git. Goes out: a Since.
Know before changing: a version that the revision has, too, is compared with itself as it was there; one that is new is compared
with the version before it, since that is what it takes the place of. A version that cannot be read hides none of the others: its
problems stand in its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.diff.compare import Change, compare, whole
from engine.diff.find import of_text
from engine.errors import Problem
from engine.policy import library, revision
from engine.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Changed:
    """One version: what decided before in its place (None: nobody), what decides now (None: it is gone), the difference.

    With `problems` it cannot be read, and nothing is said of the difference.
    """

    file: str
    old: Policy | None
    new: Policy | None
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """`standard v1 to v2`, `small v1, new`, `small v1, gone`; the file where it cannot be read."""
        match self.old, self.new:
            case Policy() as old, Policy() as new:
                return f"{new.name} v{old.version} to v{new.version}" if old.version != new.version else _named(new)
            case None, Policy() as new:
                return f"{_named(new)}, new"
            case Policy() as old, None:
                return f"{_named(old)}, gone"
            case _:
                return self.file


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed in a folder since a revision; `beside` are the files that are no versions: cases, templates, roles.

    Of those, `gone` are the ones that are no longer there; they do not stand in `beside`.
    """

    revision: str
    policies: tuple[Changed, ...]
    beside: tuple[str, ...]
    gone: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Those of every version that cannot be read."""
        return tuple(problem for one in self.policies for problem in one.problems)

    def deciding(self, in_force: Sequence[Policy]) -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
        """Who decides before and after: of the policies in force those that are as they were, and of the others each text."""
        before = {one.old.name: one.old for one in reversed(self.policies) if one.old}
        after = {one.new.name: one.new for one in self.policies if one.new}
        kept = [policy for policy in in_force if policy.name not in before | after]
        return (*kept, *before.values()), (*kept, *after.values())


def since(folder: Path, named: str) -> Since:
    """Everything that differs between the folder and the revision from which the work on it began."""
    changes = revision.changed(folder, named)
    fresh = sorted((path for path in changes.files if library.is_version(path)), key=_order)
    lost = sorted((path for path in changes.gone if library.is_version(path)), key=_order)

    def before(path: Path) -> Policy | None:
        """The version as it was; None where it was not there, or could not be read then."""
        text = revision.text_if_there(folder, changes.commit, path.relative_to(folder).as_posix())
        return None if text is None else of_text(text, f"{named}:{path.as_posix()}")[0]

    found = [*(_fresh(path, before) for path in fresh), *(_gone(path, before) for path in lost)]
    return Since(
        named,
        tuple(sorted(found, key=lambda one: _order(Path(one.file)))),
        tuple(sorted(path.as_posix() for path in changes.files - {*fresh})),
        tuple(sorted(path.as_posix() for path in changes.gone - {*lost})),
    )


def _order(path: Path) -> tuple[str, int]:
    """By policy, then by number."""
    return path.parent.as_posix(), int(path.stem[1:])


def _fresh(path: Path, before: Callable[[Path], Policy | None]) -> Changed:
    """A version that is new or otherwise than it was."""
    new, problems = library.load_file(path)
    if new is None:
        return Changed(path.as_posix(), None, None, (), problems)
    old = before(path) or _earlier(path)
    return Changed(path.as_posix(), old, new, compare(old, new).changes if old else whole(new))


def _gone(path: Path, before: Callable[[Path], Policy | None]) -> Changed:
    """A version that is no longer there: the one before it decides on, or nobody."""
    old, new = before(path), _earlier(path)
    changes = compare(old, new).changes if old and new else whole(old, gone=True) if old else ()
    return Changed(path.as_posix(), old, new if old else None, changes)


def _earlier(path: Path) -> Policy | None:
    """The version with the next lower number that there is and that can be read."""
    lower = (other for other in library.versions(path.parent) if _order(other) < _order(path))
    read = (library.load_file(other)[0] for other in sorted(lower, key=_order, reverse=True))
    return next((policy for policy in read if policy), None)


def _named(policy: Policy) -> str:
    """`standard v2`."""
    return f"{policy.name} v{policy.version}"
