"""Everything that a branch changes in the policies, in one text: what is otherwise, what is proved of it, and whom it touches.

Comes in: a Since, the verdicts, and the impact or why there is none. Goes out: text, one comment for a merge request, plain
values.
Know before changing: the comment begins with MARK, by which the jobs that `duly init` lays down find and replace it; and it stays
below MOST_BYTES, since GitHub refuses one of more than 65,536. What has no room is left out whole, and the comment says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.diff.compare import Compared
from engine.diff.impact import Impact
from engine.diff.since import Changed, Since
from engine.policy import invariants, library
from engine.report import changes
from engine.report import impact as told
from engine.report.verdict import escaped

if TYPE_CHECKING:
    # Needs an extra, which whoever has a verdict has.
    from engine.diff.proved import Verdict

FORMAT = "duly-diff-since/1"
MARK = "<!-- duly: policies -->"
MOST_BYTES = 60_000
_MOST_TITLES = 30
_BOOK = "What it does to the book"
NO_BOOK = (
    "There was no book at hand, so this says what changes in words, and not for which customers; name one with --db."
)
WRONG = "The policies have problems, so nothing was planned over the book; `duly check` tells them."


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say. `proofs` by file: a verdict, or why there is none; `impact` is the impact, or why there is none."""

    since: Since
    proofs: "Mapping[str, Verdict | str]"
    impact: Impact | str


def text(found: Told, *, width: int, colour: bool) -> str:
    """As `duly diff` says each, one after the other."""
    said = [part for one in found.since.policies for part in _text(one, found.proofs.get(one.file))]
    said += [f"gone: {', '.join(found.since.gone)}\n"] if found.since.gone else []
    said += [f"also changed: {', '.join(found.since.beside)}\n"] if found.since.beside else []
    if not said:
        return f"no policy has changed since {found.since.revision}\n"
    impact = found.impact
    said.append(f"{impact}\n" if isinstance(impact, str) else told.text(impact, width=width, colour=colour))
    return "\n".join(said)


def markdown(found: Told) -> str:
    """One comment, of which each part stands whole or is said to be left out; what it does to the book has its room first."""
    every = [(title, f"\n### {title}\n\n{part}\n") for title, part in _sections(found)]
    kept, room = set[int](), MOST_BYTES
    for at in sorted(range(len(every)), key=lambda at: (every[at][0] != _BOOK, at)):
        size = len(every[at][1].encode())
        if size <= room:
            kept.add(at)
            room -= size
    left = [title for at, (title, _) in enumerate(every) if at not in kept]
    return "".join([f"{MARK}\n", *(every[at][1] for at in sorted(kept)), *_left_out(left, found.since.revision)])


def unkept(since: Since) -> str:
    """What nothing keeps any more, since its file is gone; nothing where only other files are gone."""
    names = {Path(file).name for file in since.gone}
    lost = [word for name, word in ((invariants.FILE, "promises"), (library.CASES, "cases")) if name in names]
    return f"{' and '.join(lost).capitalize()} are gone: nothing keeps them any more." if lost else ""


def plain(found: Told) -> dict[str, Any]:
    """For programs. `impact` is null where `without_impact` says why."""
    impact, proofs = found.impact, found.proofs
    return {
        "format": FORMAT,
        "since": found.since.revision,
        "policies": [_plain(one, proofs.get(one.file)) for one in found.since.policies],
        "beside": list(found.since.beside),
        "gone": list(found.since.gone),
        "impact": None if isinstance(impact, str) else told.plain(impact),
        "without_impact": impact if isinstance(impact, str) else None,
    }


def _text(one: Changed, proof: "Verdict | str | None") -> Iterator[str]:
    """One version: the difference, or all of it, or what is wrong with it."""
    if one.old and one.new:
        yield changes.text(Compared(one.old, one.new, one.changes))
    elif one.problems:
        yield "".join(f"{line}\n" for line in (f"{one.file}: cannot be compared", *one.problems))
    else:
        yield "".join(f"{line}\n" for line in (one.name, *(f"{change.place}: {change.text}" for change in one.changes)))
    if proof:
        yield f"not proved: {proof}\n" if isinstance(proof, str) else changes.proof_text(proof)


def _sections(found: Told) -> Iterator[tuple[str, str]]:
    """Titles and texts in Markdown, in the order of reading."""
    if not found.since.policies:
        yield "No policy is changed", "No version of a policy is new, otherwise, or gone."
    for one in found.since.policies:
        lines = told.words(one.changes)
        if one.problems:
            lines = [f"- line {problem.where.line}: {escaped(problem.message)}" for problem in one.problems]
        yield _title(one), "\n".join([*lines, *_proved(found.proofs.get(one.file))])
    if found.since.policies:
        impact = found.impact
        yield _BOOK, impact if isinstance(impact, str) else "\n".join(told.book(impact))
    if found.since.gone:
        lost = unkept(found.since)
        files = "\n".join(f"- {escaped(file)}" for file in found.since.gone)
        yield "Gone", f"**{lost}**\n\n{files}" if lost else files
    if found.since.beside:
        yield "Also changed", "\n".join(f"- {escaped(file)}" for file in found.since.beside)


def _left_out(titles: Sequence[str], since: str) -> Iterator[str]:
    """What the comment has no room for, by its titles."""
    if titles:
        yield f"\n### Left out\n\nToo long for a comment; `duly diff --since {since}` has it:\n\n"
        yield from (f"- {title}\n" for title in titles[:_MOST_TITLES])
    if len(titles) > _MOST_TITLES:
        yield f"- and {len(titles) - _MOST_TITLES} more\n"


def _title(one: Changed) -> str:
    """`Policy standard v1 to v2`, or the file that cannot be compared."""
    return f"{escaped(one.file)} cannot be compared" if one.problems else f"Policy {escaped(one.name)}"


def _proved(proof: "Verdict | str | None") -> list[str]:
    """The proved verdict as a paragraph and a list."""
    match proof:
        case None:
            return []
        case str():
            return ["", f"**Not proved**: {escaped(proof)}"]
        case _:
            return ["", *told.verdict(proof)]


def _plain(one: Changed, proof: "Verdict | str | None") -> dict[str, Any]:
    """One version for programs."""
    state = "wrong" if one.problems else "changed" if one.old and one.new else "new" if one.new else "gone"
    return {
        "file": one.file,
        "state": state,
        "old": changes.reference(one.old) if one.old else None,
        "new": changes.reference(one.new) if one.new else None,
        "changes": [changes.change(change) for change in one.changes],
        "problems": [str(problem) for problem in one.problems],
        "proof": None if proof is None or isinstance(proof, str) else changes.plain_proof(proof),
    }
