"""Invariants: what policies must never do, or always, whatever else they say; proved by `duly prove`.

Comes in: `invariants.yaml` of the folder of the policies. Goes out: Invariants, or every reason why the file is none.
Know before changing: conditions are those of policies, over the facts of a receivable and its customer. One that tests a fact of
a receivable is about policies of receivables only. Nothing here depends on any one policy, so a policy can be changed without it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.errors import Place, Problem
from engine.policy import document, literals
from engine.policy.build import merged
from engine.policy.conditions import condition, scope
from engine.policy.cursor import Cursor
from engine.policy.model import NOWHERE, Condition, Subject

FILE = "invariants.yaml"


class Promise(StrEnum):
    """What is promised of the subjects that meet the condition."""

    NEVER = "never"
    ALWAYS = "always"
    NEVER_RAISE = "never_raise"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise. `actions` are kinds, of which none is ever called for, or one is always; of never_raise there are none.

    `within_days`: that one of them is called for may take so many days; None where it is promised for the day itself.
    """

    id: str
    because: str
    promise: Promise
    actions: tuple[str, ...]
    when: Condition
    place: Place = field(default=NOWHERE, compare=False)
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Invariants:
    """Those of a folder; amounts in them are of the currency."""

    currency: str
    of: tuple[Invariant, ...]
    file: str


def load(path: Path, *, shown: str | None = None) -> tuple[Invariants | None, tuple[Problem, ...]]:
    """The invariants in the file, or every mistake in it."""
    found, problems = document.inspect(path, shown=shown)
    if found is None:
        return None, problems
    here = Cursor(found, (), found.value)
    built = _build(here)
    every = document.joined(problems, merged(document.validate(found, "invariants"), here.problems))
    return (None if every else built), every


def _build(here: Cursor) -> Invariants:
    """The invariants; each has its own id."""
    currency = literals.currency(here.at("currency"))
    here.at("invariants").distinct("id", "duplicate-id")
    several = tuple(_invariant(item, currency) for item in here.at("invariants").elements())
    return Invariants(currency, several, here.document.file)


def _invariant(here: Cursor, currency: str) -> Invariant:
    """One of them: exactly one promise."""
    given = [promise for promise in Promise if here.has(promise)]
    if len(given) > 1:
        message = f"an invariant makes one promise; write '{given[1]}' as another invariant"
        here.at(given[1]).wrong("too-many-keys", message, on_key=True)
    if not given:
        here.wrong("missing-key", "'never', 'always' or 'never_raise' is missing: what is promised")
    promise = given[0] if given else Promise.NEVER
    body = here.at(promise)
    named = body.at("action")
    actions = tuple(item.text() for item in named.elements()) or ((named.text(),) if named.text() else ())
    when = condition(body.at("when"), scope(Subject.RECEIVABLE, currency))
    days = body.maybe("within_days", Cursor.whole)
    return Invariant(here.at("id").text(), here.at("because").text(), promise, actions, when, here.place, days)
