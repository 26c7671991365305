"""The text of a file, strictly: bounded, UTF-8, and nothing in it that an editor would not show.

Comes in: a path. Goes out: its text, or Unreadable with the one problem that keeps us from reading it.
Know before changing: the file is never read beyond the bound, and never opened where it is no regular file.
"""

import re
import stat
from pathlib import Path

from engine.errors import Place, Problem

MOST_BYTES = 1 << 20

# What an editor shows otherwise than it is: control characters, line separators, text that runs backwards, a stray BOM.
HIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class Unreadable(Exception):
    """What stops the reading of a file; never leaves document.py."""

    def __init__(self, problem: Problem) -> None:
        """Keep the one problem."""
        super().__init__(str(problem))
        self.problem = problem


def text(path: Path, file: str) -> str:
    """The text of the file, without its byte order mark."""
    content = _bytes(path, file)
    if len(content) > MOST_BYTES:
        raise unreadable(file, "file-too-large", f"the file is larger than {MOST_BYTES:,} bytes; split it")
    if content.startswith(_BOMS):
        raise unreadable(file, "not-text", "the file is UTF-16 or UTF-32; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        place = Place(file, *position(before, len(before)))
        raise Unreadable(
            Problem(place, "not-text", "these bytes are not UTF-8 text; save the file as UTF-8")
        ) from error


def _bytes(path: Path, file: str) -> bytes:
    """At most one byte more than is allowed; only of a regular file, since a pipe or a device may never end."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise unreadable(file, "unreadable-file", f"this is {what}; name a YAML file")
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        what = "this symbolic link leads nowhere" if path.is_symlink() else "there is no such file"
        raise unreadable(file, "unreadable-file", f"{what}; check the name") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise unreadable(file, "unreadable-file", f"the file cannot be read ({reason}); check its rights") from error


def refuse_hidden(text: str, file: str) -> None:
    """Refuse the first character that an editor does not show as it is."""
    found = HIDDEN.search(text)
    if found:
        place = Place(file, *position(text, found.start()))
        message = f"the character U+{ord(found.group()):04X} does not show in an editor; remove it"
        raise Unreadable(Problem(place, "control-character", message))


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the offset."""
    lines = re.split("\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


def unreadable(file: str, code: str, message: str) -> Unreadable:
    """A problem with the file as a whole."""
    return Unreadable(Problem(Place(file), code, message))
