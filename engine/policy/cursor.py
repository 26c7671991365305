"""A place in a document, with everything below it: how a typed value is built without asking of each step whether it is right.

Comes in: a Document. Goes out: values of the type asked for. Where the schema has found another type, a harmless stand-in is
given and nothing is said twice.
Know before changing: a stand-in may only come out of a document that the schema refuses; build gives no policy then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from engine.errors import Place, Problem
from engine.policy.document import Document, Steps, Value

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The value at a path; what is found wrong is added to `problems`, which all cursors of a document share."""

    document: Document
    path: Steps = ()
    value: Value = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.document.place(self.path)

    @property
    def key(self) -> str:
        """The key that the value stands behind."""
        return str(self.path[-1])

    def has(self, key: str) -> bool:
        """Whether the mapping has the key."""
        return isinstance(self.value, dict) and key in self.value

    def at(self, key: str) -> "Cursor":
        """The value behind the key; nothing where there is none."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Cursor(self.document, (*self.path, key), value, self.problems)

    def members(self) -> Iterator["Cursor"]:
        """The values of the mapping, in the order of the file."""
        for key in self.value if isinstance(self.value, dict) else ():
            yield self.at(key)

    def elements(self) -> Iterator["Cursor"]:
        """The items of the list."""
        for index, item in enumerate(self.value if isinstance(self.value, list) else ()):
            yield Cursor(self.document, (*self.path, index), item, self.problems)

    def text(self, default: str = "") -> str:
        """The text here."""
        return self.value if isinstance(self.value, str) else default

    def whole(self, default: int = 0) -> int:
        """The whole number here."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else default

    def flag(self) -> bool:
        """Whether it says true here."""
        return self.value is True

    def maybe(self, key: str, read: Callable[["Cursor"], T]) -> T | None:
        """What `read` makes of the value behind the key, None where there is no such key."""
        return read(self.at(key)) if self.has(key) else None

    def word(self, key: str, words: type[E], default: E) -> E:
        """The word behind the key; the default where there is no such key, or one that the schema refuses."""
        value = self.at(key).value
        return words(value) if value in [word.value for word in words] else default

    def refused(self) -> bool:
        """Whether a problem stands here already."""
        return any(problem.where == self.place for problem in self.problems)

    def distinct(self, key: str, code: str) -> None:
        """No two items of the list have the same text behind the key."""
        seen: dict[str, int] = {}
        for item in self.elements():
            part = item.at(key)
            word = part.text()
            if word and word in seen:
                part.wrong(code, f"'{word}' stands in line {seen[word]} already; give each its own")
            seen.setdefault(word, part.place.line)

    def wrong(self, code: str, message: str, *, on_key: bool = False) -> None:
        """One more problem, on the value or on its key."""
        place = self.document.key_place(self.path) if on_key else self.place
        self.problems.append(Problem(place, code, message))
