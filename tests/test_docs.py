"""What the documents say is true: transcripts run, policies load, links lead somewhere, generated pages are current."""

import subprocess
from pathlib import Path

import pytest

from engine.policy import checks, document, model
from engine.report import manual
from tests.transcripts import COMMANDS, ROOT, Block, Step, Workspace, blocks, documents, links, matches, steps, words

DOCUMENTS = documents()
TRANSCRIPTS = [file for file in DOCUMENTS if any(block.language == "console" for block in blocks(file))]
YAML = [block for file in DOCUMENTS for block in blocks(file) if block.language == "yaml"]


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.name)
def test_a_transcript_is_what_happens(file: Path, tmp_path: Path) -> None:
    """Every command of the document, in order, in a new folder, prints what the document shows."""
    workspace = Workspace(tmp_path)
    for block in blocks(file):
        for step in steps(block) if block.language == "console" else ():
            assert set(words(step.command)) <= COMMANDS, f"{file}:{step.line}: a transcript may not call {step.command}"
            actual = workspace.run(step.command)
            shown = "\n".join(actual)
            assert matches(step.shown, actual), f"{file}:{step.line}: $ {step.command}\nprints now:\n{shown}"


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_policy_in_a_document_is_a_good_policy(block: Block, tmp_path: Path) -> None:
    """Whoever copies it gets no problem; any other YAML can at least be read."""
    path = tmp_path / "example.yaml"
    path.write_text(block.text, encoding="utf-8")
    read, problems = document.read(path, shown=str(block))
    assert problems == ()
    assert read is not None
    if {"policy:", "kind:"} <= {line.split(" ")[0] for line in block.text.splitlines()}:
        policy, problems = model.build(read)
        assert problems == ()
        assert policy is not None
        assert checks.check([policy]) == ()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_link_leads_somewhere(file: Path) -> None:
    """A document names no file that is not there."""
    assert [target for target in links(file) if not (file.parent / target).exists()] == []


def test_the_generated_pages_are_current() -> None:
    """`make docs` was run after the last new code."""
    for name, text in manual.pages().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name} is old: run `make docs`"


def test_the_project_stands_alone() -> None:
    """No file of it names a folder beside it."""
    beside = "/".join(("..", "shared"))
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=False, stdin=subprocess.DEVNULL
    )
    files = [ROOT / name for name in listed.stdout.decode("utf-8").split("\0") if name]
    texts = {file: file.read_bytes() for file in files if file.is_file()}
    assert [str(file) for file, text in texts.items() if beside.encode() in text] == []


# -- the reader of the documents itself --------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> tuple[Block, ...]:
    """The blocks of a document with that text."""
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return blocks(path)


def test_blocks_are_found_with_their_line_and_language(tmp_path: Path) -> None:
    """Also one that is part of a list."""
    text = "# A\n\n```console\n$ duly facts\n```\n\n1. first\n   ```yaml\n   a: 1\n     b\n   ```\n"
    assert [(block.line, block.language, block.text) for block in written(tmp_path, text)] == [
        (4, "console", "$ duly facts\n"),
        (9, "yaml", "a: 1\n  b\n"),
    ]


def test_a_block_that_never_ends_is_a_mistake(tmp_path: Path) -> None:
    """Otherwise everything below it would go untested."""
    with pytest.raises(AssertionError, match="never ends"):
        written(tmp_path, "```console\n$ duly facts\n")


def test_commands_and_their_output_are_told_apart(tmp_path: Path) -> None:
    """A command may go on behind a backslash."""
    (block,) = written(tmp_path, "```console\n$ duly a \\\n>   --b\none\n\ntwo\n$ duly c\n```\n")
    assert steps(block) == (Step(2, "duly a   --b", ("one", "", "two")), Step(7, "duly c", ()))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("duly preview --out plan.json", ("duly",)),
        ("duly facts | grep 'a | b' | head -3", ("duly", "grep", "head")),
        ("cat a && rm b; ls", ("cat", "rm", "ls")),
    ],
)
def test_every_program_of_a_command_is_seen(command: str, expected: tuple[str, ...]) -> None:
    """A pipe does not hide one."""
    assert words(command) == expected


@pytest.mark.parametrize(
    ("shown", "actual", "expected"),
    [
        ((), (), True),
        ((), ("a",), False),
        (("a",), (), False),
        (("a", "b"), ("a", "b"), True),
        (("a", "b"), ("a", "c"), False),
        (("a", "...", "d"), ("a", "b", "c", "d"), True),
        (("a", "...", "d"), ("a", "d"), True),
        (("a", "..."), ("a", "b", "c"), True),
        (("...", "c"), ("a", "b"), False),
        (("run [...] at [...]Z",), ("run 12 at 2026-03-01T08:00:00Z",), True),
        (("run [...] at",), ("run 12 in",), False),
        (("a.c",), ("abc",), False),
        (("a  ",), ("a",), True),
    ],
)
def test_output_is_compared_word_for_word(shown: tuple[str, ...], actual: tuple[str, ...], *, expected: bool) -> None:
    """What is left out is said, the rest is exact."""
    assert matches(shown, actual) == expected


def test_commands_share_a_folder_and_an_exit_code(tmp_path: Path) -> None:
    """`cd` lasts, and `echo $?` tells how the command before it ended."""
    workspace = Workspace(tmp_path)
    assert workspace.run("mkdir -p a && echo x > a/file") == ()
    assert workspace.run("cd a") == ()
    assert workspace.run("cat file missing")[0] == "x"
    assert workspace.run("echo $?") == ("1",)
