"""The project stands alone: what is in it names no folder beside it and no machine that it was written on."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.transcripts import ROOT

# Written in parts, so that this file does not name them either.
ELSEWHERE = {
    "a folder of the machine it was written on": "/" + "work/(main|scratch|shared)",
    "a folder beside it": r"(\.\./|\b)" + "shared" + r"/[A-Z.]",
    "a library beside it": r"\." + "library" + r"/",
    "somebody's home": "/" + r"(home|Users)/[a-z]\w*/",
}


def tracked() -> list[Path]:
    """The files of the project; none where there is no git or no repository."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", ELSEWHERE)
def test_no_file_names_a_place_elsewhere(what: str) -> None:
    """Whoever clones it has only what is in it."""
    place = re.compile(ELSEWHERE[what].encode())
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().decode()}"
        for path in tracked()
        for hit in place.finditer(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a folder of the machine it was written on", "see /" + "work/main/x"),
        ("a folder beside it", "see ../sha" + "red/DESIGN.md"),
        ("a folder beside it", "see sha" + "red/STYLE.md"),
        ("a library beside it", "see ." + "library/search"),
        ("somebody's home", "in /" + "home/anna/duly"),
    ],
)
def test_such_a_place_would_be_found(what: str, text: str) -> None:
    """The patterns are not empty promises."""
    assert re.search(ELSEWHERE[what], text)


def test_no_link_leads_out_of_it() -> None:
    """A symbolic link would be a file only here."""
    assert [path for path in tracked() if path.is_symlink() and not path.resolve().is_relative_to(ROOT.resolve())] == []
