"""Reads what the documents promise, so that tests can hold them to it: code blocks, transcripts, links.

A `console` block is a transcript: lines that begin with `$ ` are run, the lines below are their output, word for word.
A line of `...` stands for any number of lines, `[...]` within a line for any characters. All transcripts of a file run
one after the other in one new folder, which holds the documents' own examples as docs/examples.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What a transcript may call; whatever else a document shows belongs into a block of another language.
COMMANDS = frozenset("cat cd cp duly echo git grep head ls mkdir python3 sed sha256sum sort tail wc".split())
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)[^`]*$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")
_SECONDS = 120
_GITCONFIG = "[user]\n\tname = Controller\n\temail = controller@example.com\n[init]\n\tdefaultBranch = main\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document; `line` is that of its first line of text."""

    file: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Where it stands, as an editor opens it."""
        return f"{self.file.relative_to(ROOT)}:{self.line}" if self.file.is_relative_to(ROOT) else f"{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a transcript and the output that the document shows below it."""

    line: int
    command: str
    shown: tuple[str, ...]


def documents() -> tuple[Path, ...]:
    """Every document of the project."""
    return tuple(sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]))


def blocks(file: Path) -> tuple[Block, ...]:
    """The fenced blocks of a document, in order, without their indentation."""
    found, opened, kept = [], None, list[str]()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, kept = (number + 1, fence["language"], len(fence["indent"])), []
        elif opened is not None and line.strip() == "```":
            found.append(Block(file, opened[0], opened[1], "\n".join(kept) + "\n"))
            opened = None
        elif opened is not None:
            kept.append(line[opened[2] :] if not line[: opened[2]].strip() else line)
    assert opened is None, f"{file}:{opened[0] if opened else 0}: a block that never ends"
    return tuple(found)


def steps(block: Block) -> tuple[Step, ...]:
    """The commands of a transcript; one that ends in a backslash goes on in the next line, behind `> `."""
    found: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            found.append((number, line[2:], []))
        elif found and not found[-1][2] and found[-1][1].endswith("\\") and line.startswith("> "):
            found[-1] = (found[-1][0], found[-1][1][:-1] + line[2:], [])
        else:
            assert found, f"{block}: output before the first command"
            found[-1][2].append(line)
    return tuple(Step(number, command, tuple(shown)) for number, command, shown in found)


def words(command: str) -> tuple[str, ...]:
    """The programs that a command line calls, one for each part of a pipe or sequence."""
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "''", command)
    return tuple(part.split()[0] for part in re.split(r"\|\|?|&&|;", unquoted) if part.split())


def matches(shown: tuple[str, ...], actual: tuple[str, ...]) -> bool:
    """Whether the output is what the document shows, with `...` for lines and `[...]` for characters left out."""
    if not shown:
        return not actual
    if shown[0].strip() == "...":
        return any(matches(shown[1:], actual[n:]) for n in range(len(actual) + 1))
    if not actual:
        return False
    pattern = ".*".join(re.escape(part) for part in shown[0].rstrip().split("[...]"))
    return bool(re.fullmatch(pattern, actual[0].rstrip())) and matches(shown[1:], actual[1:])


class Workspace:
    """A new folder in which the commands of one document run one after the other."""

    def __init__(self, folder: Path) -> None:
        """Lay down `duly` itself and the examples of the documents."""
        self.here = folder / "work"
        self.code = 0
        programs = folder / "bin"
        programs.mkdir(parents=True)
        duly = programs / "duly"
        duly.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "cli.py"}" "$@"\n', encoding="utf-8")
        duly.chmod(0o755)
        (programs / "python3").symlink_to(sys.executable)
        self.here.mkdir()
        (folder / ".gitconfig").write_text(_GITCONFIG, encoding="utf-8")
        examples = ROOT / "docs" / "examples"
        if examples.is_dir():
            shutil.copytree(examples, self.here / "docs" / "examples")
        self.environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LANG": "C.UTF-8",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "TZ": "UTC",
            "DULY_ACTOR": "controller",
            "USER": "controller",
            "LOGNAME": "controller",
        }

    def run(self, command: str) -> tuple[str, ...]:
        """The lines that the command prints, those of both streams as a terminal shows them."""
        if command.startswith("cd "):
            self.here = (self.here / command[3:].strip()).resolve()
            assert self.here.is_dir(), f"{command}: there is no such folder"
            return ()
        script = f"(exit {self.code})\n{command}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.here,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
        self.code = done.returncode
        return tuple(done.stdout.decode("utf-8").splitlines())


def links(file: Path) -> tuple[str, ...]:
    """What a document links to within the project: paths, without addresses and anchors."""
    text = re.sub(r"^ *```.*?^ *```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = (match["target"] or match["image"] for match in _LINK.finditer(text))
    return tuple(target.split("#")[0] for target in targets if "://" not in target and not target.startswith("#"))
