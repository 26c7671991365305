"""What has changed in a folder since a revision of git: which files there are that the revision had not, or had otherwise.

Comes in: a folder and the name of a revision (`origin/main`, `v1.2`, a commit). Goes out: Changes, or a Refusal in one line.
Know before changing: this is the only module that starts git. What counts is the point where the present work left the
revision (their merge base), so that what others have merged meanwhile does not count as changed.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Exit, Place, Problem, Refusal


@dataclass(frozen=True, slots=True)
class Changes:
    """The files of a folder that are new or otherwise than in the revision, and those that are gone.

    `commit` is where the present work left the revision.
    """

    commit: str
    files: frozenset[Path]
    gone: frozenset[Path]


def changed(folder: Path, revision: str) -> Changes:
    """What differs in the folder between the revision and the files as they are, also those not yet committed or added."""
    place = Place(str(folder))
    if not folder.is_dir():
        raise _refused(place, f"there is no folder '{folder}' to compare with '{revision}'; name one that is there")
    _asked(folder, "rev-parse", "--git-dir", why=f"'{folder}' is not in a repository of git; leave --since out")
    wanted = f"git does not know the revision '{revision}'; fetch it first (in CI: with its history), or name another"
    commit = _asked(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", why=wanted
    )
    # In a shallow clone there may be no common ancestor; then the revision itself is the best there is.
    since = _git(folder, "merge-base", commit, "HEAD").stdout.strip() or commit
    unread = f"git cannot compare '{folder}' with '{revision}'; look at `git status`"
    listed = _asked(folder, "diff", "--name-status", "--no-renames", "--relative", "-z", since, "--", ".", why=unread)
    parts = listed.split("\0")
    by_status = list(zip(parts[::2], parts[1::2], strict=False))
    fresh = _asked(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".", why=unread)
    files = {name for status, name in by_status if status != "D"} | {name for name in fresh.split("\0") if name}
    gone = {name for status, name in by_status if status == "D"}
    return Changes(since, frozenset(folder / name for name in files), frozenset(folder / name for name in gone))


def _asked(folder: Path, *words: str, why: str) -> str:
    """What git answers; the reason as a Refusal where it does not."""
    done = _git(folder, *words)
    if done.returncode != 0:
        raise _refused(Place(str(folder)), why)
    return done.stdout.strip("\n")


def _git(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Start git in the folder; nothing is asked of whoever sits there."""
    command = ["git", "-C", str(folder), "-c", "core.quotePath=false", *words]
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except FileNotFoundError as error:
        raise _refused(
            Place(str(folder)), "git is not installed, so nothing can be compared; leave --since out"
        ) from error


def text_at(folder: Path, revision: str, path: str) -> str:
    """What a file said at a revision; a path that begins with / is counted from the repository's root, else from the folder."""
    why = f"git has no '{path}' at '{revision}'; name a revision and a file that it had, such as main:policies/standard/v1.yaml"
    text = text_if_there(folder, revision, path)
    if text is None:
        raise _refused(Place(f"{revision}:{path}"), why)
    return text


def text_if_there(folder: Path, revision: str, path: str) -> str | None:
    """The same, or None where the revision has no such file."""
    within = path.lstrip("/") if path.startswith("/") else f"./{path.removeprefix('./')}"
    done = _git(folder, "show", "--end-of-options", f"{revision}:{within}")
    return done.stdout if done.returncode == 0 else None


def _refused(place: Place, message: str) -> Refusal:
    """One line, and the exit code of a command that was called wrongly."""
    return Refusal([Problem(place, "no-revision", message)], Exit.USAGE)
