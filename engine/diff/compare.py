"""The difference between two policies in words, each with its line.

Comes in: two Policies. Goes out: Differences, in the order of the new file.
Know before changing: nothing may be left unsaid. Where no words are found although the digests differ, the file only writes the
same in another way (a default spelled out), and that is said, too; an assertion holds the typed models against it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.diff.leaves import Group, How, Leaf, Part, said
from engine.diff.parts import part_of
from engine.errors import Place
from engine.policy import document
from engine.policy.document import Document, Steps
from engine.policy.model import All, Condition, Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is changed, new, gone, order or written; `place` is in the new file, of what is gone in the old one.

    `title` is the part, `label` the value of it (empty for the part itself or its chief value); `before` and `after` are what
    they say.
    """

    kind: str
    title: str
    label: str
    before: str
    after: str
    text: str
    place: Place
    line: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two policies and every difference; `same` where they say the same to the letter, comments and layout aside."""

    old: Policy
    new: Policy
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether the digests agree."""
        return self.old.digest == self.new.digest


def compare(old: Policy, new: Policy) -> Compared:
    """Every difference, in the order of the new file; what is gone stands where it would stand."""
    places = _Places(_read(old), _read(new))
    found = sorted(_parts(part_of(old), part_of(new), places), key=lambda change: change.line)
    if not found and old.digest != new.digest:
        assert _bare(old) == _bare(new), "the policies differ, and nothing was said of it"
        what = "it says the same, written in another way (defaults spelled out or left out)"
        found = [Change("written", "the policy", "", "", "", what, places.new.place(), 1)]
    return Compared(old, new, tuple(found))


def whole(policy: Policy, *, gone: bool = False) -> tuple[Change, ...]:
    """All that a policy says which is new or gone, part by part."""
    places, part = _read(policy), part_of(policy)
    said = [(leaf.path, part.title, leaf.label, leaf.text) for leaf in part.leaves if not _silent(leaf)]
    said += [(one.path, one.title, "", _whole(one)) for one in _pieces(part)]
    found = []
    for path, title, label, words in said:
        where = places.key_place(path)
        before, after = (words, "") if gone else ("", words)
        sentence = f"{label or title}: {words}"
        found.append(Change("gone" if gone else "new", title, label, before, after, sentence, where, where.line))
    return tuple(sorted(found, key=lambda change: change.line))


def _pieces(part: Part) -> Iterator[Part]:
    """What a part consists of; a section by itself and, apart from it, what stands in it."""
    for group in part.groups:
        for one in group.parts:
            if group.name == "sections":
                yield replace(one, groups=())
                yield from _pieces(one)
            else:
                yield one


@dataclass(frozen=True, slots=True)
class _Places:
    """Both documents, for the places of their values."""

    old: Document
    new: Document

    def changed(self, path: Steps) -> Place:
        """Where a value of the new file stands, or would stand."""
        return self.new.key_place(path)


def _read(policy: Policy) -> Document:
    """The document of a policy that was built from it."""
    read, _ = document.parse(policy.text, policy.file)
    assert read, f"{policy.file} was a policy, and is no document"
    return read


def _bare(policy: Policy) -> Policy:
    """The policy without what comes from how its file is written."""
    waivers = tuple(replace(one, within=None) for one in policy.waivers)
    return replace(policy, digest="", text="", file="", waivers=waivers)


def _parts(old: Part, new: Part, places: _Places) -> Iterator[Change]:
    """The differences of a part that both have."""
    for before, after in zip(_by_name(old), _by_name(new), strict=True):
        if (before.value, before.text, before.beside) != (after.value, after.text, after.beside):
            where = places.changed(after.path)
            for sentence in _sentences(new.title, before, after):
                yield Change("changed", new.title, after.label, before.text, after.text, sentence, where, where.line)
    names = dict.fromkeys([*(group.name for group in old.groups), *(group.name for group in new.groups)])
    for name in names:
        yield from _groups(_joined(old, name), _joined(new, name), new, places)


def _by_name(part: Part) -> tuple[Leaf, ...]:
    """The leaves in an order that both parts share."""
    return tuple(sorted(part.leaves, key=lambda leaf: leaf.name))


def _joined(part: Part, name: str) -> Group:
    """All groups of that name as one: sections come one by one."""
    groups = [group for group in part.groups if group.name == name]
    return Group(name, tuple(one for group in groups for one in group.parts), any(group.tiled for group in groups))


def _groups(old: Group, new: Group, within: Part, places: _Places) -> Iterator[Change]:
    """What is new, gone, otherwise, or stands in another order."""
    tiled = (old.tiled or new.tiled) and len(old.parts) == len(new.parts)
    keyed_old, keyed_new = _keyed(old.parts, tiled=tiled), _keyed(new.parts, tiled=tiled)
    line = places.new.place(within.path).line
    for key, part in keyed_new.items():
        line = max(line, places.new.place(part.path).line)
        if key in keyed_old:
            yield from _parts(keyed_old[key], part, places)
        else:
            where = places.changed(part.path)
            yield Change(
                "new", part.title, "", "", _whole(part), f"{part.title} is new: {_whole(part)}", where, where.line
            )
    for key, part in keyed_old.items():
        if key not in keyed_new:
            sentence = f"{part.title} is gone; it was: {_whole(part)}"
            yield Change("gone", part.title, "", _whole(part), "", sentence, places.old.key_place(part.path), line)
    yield from _order(new.name, keyed_old, keyed_new, within, places)


def _keyed(parts: Sequence[Part], *, tiled: bool) -> dict[str, Part]:
    """The parts by what tells them apart: their place in a tiled group of as many, else their key."""
    return {str(at) if tiled else part.key: part for at, part in enumerate(parts)}


def _order(name: str, old: dict[str, Part], new: dict[str, Part], within: Part, places: _Places) -> Iterator[Change]:
    """Parts that both have, in another order. Sections have none: where they stand in the file is layout."""
    before, after = ([key for key in keys if key in old and key in new] for keys in (old, new))
    if name == "sections" or before == after:
        return
    was, now = ", ".join(before), ", ".join(after)
    first = next(key for key, other in zip(after, before, strict=True) if key != other)
    where = places.changed(new[first].path)
    sentence = f"the {name} of {within.title} stand in another order: {now} instead of {was}"
    yield Change("order", within.title, name, was, now, sentence, where, where.line)


def _whole(part: Part) -> str:
    """All that a part says, in one line; what it leaves out is left out."""
    said_here = [_leaf(leaf) for leaf in part.leaves if not _silent(leaf)]
    below = [f"{one.title}: {_whole(one)}" for group in part.groups for one in group.parts]
    return "; ".join([*said_here, *below]) or "without more"


def _silent(leaf: Leaf) -> bool:
    """Whether a value is none at all, which need not be said of a part that is new or gone."""
    value = leaf.value[0] if isinstance(leaf.value, tuple) and leaf.value else leaf.value
    return value is None or value is False or value == ()


def _leaf(leaf: Leaf) -> str:
    """One value with its label."""
    return f"{leaf.label} {leaf.text}" if leaf.label else leaf.text


def _sentences(title: str, before: Leaf, after: Leaf) -> Iterator[str]:
    """A change of one value, in one sentence or, of a condition, in as many as it takes."""
    comparable = before.beside == after.beside and before.how is after.how
    if after.how is How.CONDITION and comparable:
        yield from _conditions(title, before, after)
    elif comparable and isinstance(before.value, int) and isinstance(after.value, int) and after.how is How.START:
        by = abs(after.value - before.value)
        way = "earlier" if after.value < before.value else "later"
        yield f"{title} starts {by} day{'' if by == 1 else 's'} {way}: {after.text} instead of {before.value}"
    elif after.how is How.START and before.value == after.value:
        yield f"{title} starts {after.text} as before, counted in another way"
    elif comparable and after.how is How.AMOUNT and _number(before) is not None and _number(after) is not None:
        way = "rises" if (_number(after) or 0) > (_number(before) or 0) else "falls"
        what = f"{title}: {after.label}" if after.label else title
        yield f"{what} {way} from {_short(before.text, after.text)} to {after.text}"
    else:
        yield f"{title}: {_leaf(after)} instead of {before.text}"


def _number(leaf: Leaf) -> int | None:
    """What is more or less."""
    value = leaf.value[0] if isinstance(leaf.value, tuple) and leaf.value else leaf.value
    return value if isinstance(value, int) else None


def _short(before: str, after: str) -> str:
    """`40.00` of `40.00 EUR`, where the other amount names the unit as well."""
    number, _, unit = before.partition(" ")
    return number if unit and after.partition(" ")[2] == unit else before


def _conditions(title: str, before: Leaf, after: Leaf) -> Iterator[str]:
    """What a condition asks for now and did not before, and the other way round; the whole of it where that is not enough."""
    old, new = _asked(before.value), _asked(after.value)
    currency = str(after.beside)
    gone = [said(one, currency) for one in old or () if one not in (new or ())]
    fresh = [said(one, currency) for one in new or () if one not in (old or ())]
    if old is None or new is None or not (gone or fresh) or (len(gone), len(fresh)) > (1, 1):
        yield f"{title}: {after.label} {after.text}, instead of {before.text}"
    elif gone and fresh:
        yield f"{title}: {after.label} {fresh[0]} instead of {gone[0]}"
    elif fresh:
        yield from (f"{title}: {after.label} also asks for {one}" for one in fresh)
    else:
        yield from (f"{title}: {after.label} no longer asks for {one}" for one in gone)


def _asked(value: object) -> tuple[Condition, ...] | None:
    """What all has to hold; None where nothing is asked."""
    assert isinstance(value, tuple), value
    when = value[0]
    if when is None:
        return None
    return when.of if isinstance(when, All) else (when,)
