"""Replay: an old plan made again from the book as it was known then, and held against what was kept of it.

Comes in: a book, and the number of a run or a plan. Goes out: a Replayed, with every difference in words.
Know before changing: nothing of today has a say. The rows are those that the plan stands on (act/ground.py), the policies are its
own texts, the date, the moment and the planner are its own; only the engine is today's, and where its version is another one,
everything but that version is compared. The book is copied first and never written to.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine import VERSION
from engine.act import ground
from engine.act.contrast import Difference, contrast
from engine.act.opening import text_of
from engine.act.plan import Progress, plan
from engine.act.values import FORMAT, Plan, PolicyRef, as_value, from_json, sealed_id, to_json
from engine.book.copies import in_memory
from engine.book.store import Book
from engine.errors import Place, Problem, Refusal
from engine.policy import document
from engine.policy.model import Policy, build

_VERIFY = "put back a copy of the book that is whole, and see `duly verify`"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A plan as it was kept and as it comes out now. `run` is None for a plan that was not applied.

    `made` bears the version of duly that made `kept`; `engine` is the version that made it now. `same` is to the byte, and `size`
    counts the bytes of `kept`.
    """

    run: int | None
    actor: str
    recorded_at: str
    kept: Plan
    made: Plan
    engine: str
    same: bool
    size: int
    differences: tuple[Difference, ...]


def of_run(book: Book, run: int, *, progress: Progress = lambda done, of: None) -> Replayed:
    """The plan of a run, made again. Refusal: unknown-run, older-format, bad-plan, policy-not-kept."""
    row = book.execute("SELECT plan_id, actor, recorded_at FROM runs WHERE id = :run", {"run": run}).fetchone()
    if row is None:
        raise Refusal([_unknown(book, run)])
    plan_id, actor, recorded_at = row
    kept, place = _kept(book, run), Place(f"run {run}")
    if kept.id != plan_id:
        raise _bad(place, f"what is kept of its plan is another plan; {_VERIFY}")
    _refuse(_not_kept(book, run, kept))
    again = of_plan(book, kept, str(place), progress=progress)
    return replace(again, run=run, actor=actor, recorded_at=recorded_at)


def of_plan(book: Book, kept: Plan, name: str, *, progress: Progress = lambda done, of: None) -> Replayed:
    """A plan, made again from the rows and the texts that it stands on; `name` says which in problems."""
    place = Place(name)
    policies = [_policy(ref, place) for ref in kept.policies]
    copy = in_memory(book)
    try:
        ground.cut(copy, kept.stands_on, place)
        made = plan(copy, policies, as_of=kept.as_of, known_at=kept.known_at, planner=kept.planner, progress=progress)
    finally:
        copy.close()
    if kept.engine != VERSION:
        named = replace(made, engine=kept.engine)
        made = replace(named, id=sealed_id(as_value(named)))
    text = to_json(kept)
    same = to_json(made) == text
    return Replayed(None, "", "", kept, made, VERSION, same, len(text.encode()), () if same else contrast(kept, made))


def _kept(book: Book, run: int) -> Plan:
    """The plan that the book keeps of a run. Refusal where it is damaged, or says too little to be made again."""
    place = Place(f"run {run}")
    try:
        text = text_of(book, run)
        value = json.loads(text)
    except (zlib.error, ValueError, RecursionError) as error:
        raise _bad(place, f"what is kept of its plan is damaged; {_VERIFY}") from error
    form = value.get("format") if isinstance(value, dict) else None
    if form != FORMAT and isinstance(form, str) and form.startswith("duly-plan/"):
        lacks = "which does not say which rows it stands on"
        message = f"its plan is of the format {form}, {lacks}; runs whose plan is of the format {FORMAT} are replayed"
        raise Refusal([Problem(place, "older-format", message)])
    try:
        return from_json(text, str(place))
    except Refusal as error:
        raise _bad(place, f"what is kept of its plan was changed: its id does not fit; {_VERIFY}") from error


def _policy(ref: PolicyRef, place: Place) -> Policy:
    """A policy from the text that decided. Refusal where the text is not what the plan names."""
    read, problems = document.parse(ref.text, ref.file)
    built, more = build(read) if read and not problems else (None, ())
    wrong = (*problems, *more)
    if built is None or wrong:
        message = f"{_named(ref)} is no policy to duly {VERSION} ({wrong[0]}); replay it with duly of its time"
        raise Refusal([Problem(place, "policy-not-kept", message)])
    if (built.name, built.version, built.digest) != (ref.policy, ref.version, ref.digest):
        raise _bad(place, f"the text that it keeps of {_named(ref)} is another one")
    return built


def _not_kept(book: Book, run: int, kept: Plan) -> Iterator[Problem]:
    """The policies of a run whose text is gone from the book, or says something else than what decided."""
    query = "SELECT text, digest FROM policy_versions WHERE policy = :policy AND version = :version"
    for ref in kept.policies:
        row = book.execute(query, {"policy": ref.policy, "version": ref.version}).fetchone()
        read = document.parse(row[0], ref.file)[0] if row else None
        if read is None or {row[1], document.digest(read.value)} != {ref.digest}:
            state = "is not what decided" if row else "is gone from the book"
            yield Problem(Place(f"run {run}"), "policy-not-kept", f"the text of {_named(ref)} {state}; {_VERIFY}")


def _named(ref: PolicyRef) -> str:
    """`standard v2`."""
    return f"{ref.policy} v{ref.version}"


def _unknown(book: Book, run: int) -> Problem:
    """Which runs there are instead."""
    count, first, last = book.execute("SELECT COUNT(*), MIN(id), MAX(id) FROM runs").fetchone()
    there = (
        f"the book has runs {first} to {last}; `duly history` shows them"
        if count
        else "nothing was applied to the book yet"
    )
    return Problem(Place(f"run {run}"), "unknown-run", f"there is no such run; {there}")


def _bad(place: Place, message: str) -> Refusal:
    """The refusal of a plan that cannot be made again since it is not whole."""
    return Refusal([Problem(place, "bad-plan", message)])


def _refuse(problems: Iterator[Problem]) -> None:
    """Nothing, or the Refusal of all of them."""
    found = tuple(problems)
    if found:
        raise Refusal(found)
