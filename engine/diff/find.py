"""Which policy a word of the command line means: a file, `NAME@VERSION` of the folder, or `REVISION:PATH` of git.

Comes in: the word. Goes out: a Policy, or a Refusal with every problem of its file.
Know before changing: a file that is there is what is meant, whatever its name looks like.
"""

import re
from pathlib import Path

from engine.errors import Place, Problem, Refusal
from engine.policy import document, revision
from engine.policy.build import build
from engine.policy.library import load_file, versions
from engine.policy.model import Policy

_NAME = re.compile(r"[\w-]+")
_VERSION = re.compile(r"([^@/]+)@v?([1-9][0-9]*)")


def found(word: str, folder: Path) -> Policy:
    """The policy that is meant; one that is not right cannot be compared."""
    policy, problems = _read(word, folder)
    if policy is None:
        raise Refusal(_unversioned(word, folder) or problems)
    return policy


def _unversioned(word: str, folder: Path) -> tuple[Problem, ...]:
    """What is wrong with the mere name of a policy of the folder; nothing with any other word."""
    there = versions(folder / word) if _NAME.fullmatch(word) and not Path(word).is_file() else ()
    if not there:
        return ()
    newest = max(int(path.stem[1:]) for path in there)
    message = f"a policy is named with its version; write {word}@{newest} for the newest"
    return (Problem(Place(word), "unreadable-file", message),)


def _read(word: str, folder: Path) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy or its problems."""
    version = _VERSION.fullmatch(word)
    if not Path(word).exists() and version:
        name, number = version.groups()
        return load_file(folder / name / f"v{number}.yaml")
    before, colon, path = word.partition(":")
    if Path(word).exists() or not (before and colon and path):
        return load_file(Path(word))
    return of_text(revision.text_at(Path(), before, path), word)


def of_text(text: str, shown: str) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy of a text that is not in a file."""
    read, problems = document.parse(text, shown)
    if read is None:
        return None, problems
    policy, more = build(read)
    every = document.joined(problems, more)
    return (None if every else policy), every
