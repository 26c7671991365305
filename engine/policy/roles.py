"""Roles: who may approve what the policies hold back until somebody has approved it.

Comes in: `roles.yaml` of the folder of the policies. Goes out: Roles, or every reason why the file is none.
Know before changing: a role is a name in a policy and people in this file, so that who has it changes without a new version of
any policy. People are the names that they act under (`--actor`), letter for letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem, nearest
from engine.policy import document
from engine.policy.cursor import Cursor
from engine.policy.model import Policy

FILE = "roles.yaml"
DAYS = 7
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Roles:
    """Each role with its people, both sorted; an approval expires so many days after it was given."""

    people: tuple[tuple[str, tuple[str, ...]], ...]
    days: int
    file: str

    def names(self) -> tuple[str, ...]:
        """Every role there is."""
        return tuple(name for name, _ in self.people)

    def of(self, person: str) -> tuple[str, ...]:
        """The roles that a person has."""
        return tuple(name for name, people in self.people if person in people)

    def who(self, role: str) -> tuple[str, ...]:
        """The people in a role; nobody where there is no such role."""
        return dict(self.people).get(role, ())


def load(path: Path, *, shown: str | None = None) -> tuple[Roles | None, tuple[Problem, ...]]:
    """The roles in the file, or every mistake in it."""
    found, problems = document.inspect(path, shown=shown)
    if found is None:
        return None, problems
    here = Cursor(found, (), found.value)
    roles = _build(here)
    every = document.joined(problems, (*document.validate(found, "roles"), *here.problems))
    return (None if every else roles), every


def unknown(policies: Sequence[Policy], roles: Roles) -> Iterator[Problem]:
    """The roles that policies name and that nobody has; of the newest version of each, since older ones cannot be mended."""
    newest = {policy.name: policy for policy in sorted(policies, key=lambda one: (one.effective_from, one.version))}
    for policy in newest.values():
        for entry in policy.approvals:
            if entry.role not in roles.names():
                hint = nearest(entry.role, roles.names()) or f"; say there who has it: {entry.role}: [NAME]"
                message = f"'{entry.role}' is not a role of {roles.file}{hint}"
                yield Problem(entry.place, "unknown-role", message)


def _build(here: Cursor) -> Roles:
    """The roles; what is wrong with their names is added to the problems, all else the schema says."""
    people = {part.key: _people(part) for part in here.at("roles").members() if _named(part)}
    days = here.at("approvals_expire_after_days").whole(DAYS)
    return Roles(tuple(sorted(people.items())), days, here.document.file)


def _named(part: Cursor) -> bool:
    """Whether a policy can write the role's name."""
    fits = len(part.key) <= _LONGEST and _NAME.fullmatch(part.key) is not None
    if not fits:
        shown = f"'{part.key[:_LONGEST]}' is not the name of a role"
        message = f"{shown}; write small letters, digits and hyphens, such as credit-manager"
        part.problems.append(Problem(part.document.key_place(part.path), "wrong-value", message))
    return fits


def _people(part: Cursor) -> tuple[str, ...]:
    """Who has the role."""
    return tuple(sorted(one.text() for one in part.elements()))
