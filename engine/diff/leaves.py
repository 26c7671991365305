"""The values of which a policy is made for a comparison: parts, groups of parts, and leaves with what they say.

Comes in: typed values. Goes out: Leaf, Group, Part; and the leaves of each type, worded once.
Know before changing: `value` is what is compared, `text` is what is said; two leaves with one text but different values would
be a change that nobody could read, so a text says everything that the value is.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from engine import money
from engine.policy.document import Steps
from engine.policy.model import All, Any, Comparison, Condition, MonthEnd, Nor, finding_text


class How(Enum):
    """How a change of a leaf is said."""

    PLAIN = auto()
    START = auto()
    AMOUNT = auto()
    CONDITION = auto()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: what it is called, what it says, and where it stands.

    `label` is empty where the title of the part says what the value is. Only where `beside` is the same is a value more or less.
    """

    name: str
    label: str
    value: object
    text: str
    path: Steps
    how: How = How.PLAIN
    beside: object = None


@dataclass(frozen=True, slots=True)
class Part:
    """A titled piece of a policy. `key` tells it from its neighbours of one group."""

    key: str
    title: str
    leaves: tuple[Leaf, ...]
    groups: tuple["Group", ...]
    path: Steps


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of one kind, in their order. Of a `tiled` group, as many parts as before are the same ones, moved."""

    name: str
    parts: tuple[Part, ...]
    tiled: bool = False


def unique(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts; where two would share a key, the later ones get a number."""
    seen: Counter[str] = Counter()
    found = []
    for part in parts:
        seen[part.key] += 1
        found.append(part if seen[part.key] == 1 else replace(part, key=f"{part.key}#{seen[part.key]}"))
    return tuple(found)


def text(path: Steps, key: str, label: str, value: str | None) -> Leaf:
    """A word or sentence."""
    return Leaf(key, label, value, "none" if value is None else value, (*path, key))


def number(path: Steps, key: str, label: str, value: int | None, beside: object = None) -> Leaf:
    """A count or points."""
    return Leaf(key, label, value, "none" if value is None else f"{value:,}", (*path, key), How.AMOUNT, beside)


def days(path: Steps, key: str, label: str, value: int | None) -> Leaf:
    """A number of days."""
    return Leaf(key, label, value, in_days(value), (*path, key), How.AMOUNT)


def in_days(value: int | None) -> str:
    """`1 day`, `10 days`, `none`."""
    return "none" if value is None else f"{value:,} day{'' if abs(value) == 1 else 's'}"


def flag(path: Steps, key: str, label: str, *, value: bool) -> Leaf:
    """Yes or no."""
    return Leaf(key, label, value, "yes" if value else "no", (*path, key))


def percent(path: Steps, key: str, label: str, hundredths: int | None) -> Leaf:
    """A share."""
    said = "none" if hundredths is None else percent_text(hundredths)
    return Leaf(key, label, hundredths, said, (*path, key), How.AMOUNT)


def percent_text(hundredths: int) -> str:
    """`20 %`, `12.5 %`."""
    sign = "-" if hundredths < 0 else ""
    whole, part = divmod(abs(hundredths), 100)
    return f"{sign}{whole}{f'.{part:02d}'.rstrip('0') if part else ''} %"


def amount(path: Steps, key: str, label: str, minor: int | None, currency: str) -> Leaf:
    """Money of the policy's currency; amounts of two currencies are neither more nor less."""
    said = "none" if minor is None else f"{money.written(minor, currency)} {currency}"
    return Leaf(key, label, (minor, currency), said, (*path, key), How.AMOUNT, currency)


def condition(path: Steps, key: str, label: str, when: Condition | None, currency: str, always: str = "always") -> Leaf:
    """A condition."""
    said_so = said(when, currency) if when else always
    return Leaf(key, label, (when, currency), said_so, (*path, key), How.CONDITION, currency)


def said(when: Condition, currency: str) -> str:
    """A condition in one line."""
    match when:
        case Comparison() | MonthEnd():
            return finding_text(when, currency)
        case All(of):
            return _list("all of", " and ", of, currency)
        case Any(of):
            return _list("any of", " or ", of, currency)
        case Nor(of):
            return "not " + _list("any of", " nor ", of, currency)


def _list(word: str, joined: str, of: tuple[Condition, ...], currency: str) -> str:
    """The parts of a list; a list of one says what it is, since it is written so."""
    parts = [
        said(part, currency) if isinstance(part, Comparison | MonthEnd) else f"({said(part, currency)})" for part in of
    ]
    return joined.join(parts) if len(parts) > 1 else f"{word} {parts[0] if parts else 'nothing'}"
