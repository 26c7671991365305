"""The page of each code shows a wrong file that gives the code and a right one that gives nothing, and both are run."""

import pytest

from engine.errors import CODES
from tests import pages


@pytest.mark.parametrize("code", pages.EXAMPLES)
def test_the_wrong_example_gives_the_code_and_the_right_one_nothing(code: str) -> None:
    """Nothing else either: whoever reads the page sees one mistake."""
    # What a waiver has waived comes back with its end.
    beside = {"level-order"} if code == "waiver-expired" else set[str]()
    assert {problem.code for problem in pages.wrong(code).said} == {code} | beside
    assert [str(problem) for problem in pages.right(code).said] == []


def test_every_code_that_a_bad_file_shows_has_an_example() -> None:
    """Codes of documents are shown by documents."""
    first = [
        file.read_text(encoding="utf-8", errors="replace").splitlines()[0].removeprefix("# expect: ").split(",")
        for kind in ("dunning", "credit", "cases", "mapping")
        for file in (pages.BAD / kind).glob("*.yaml")
    ]
    shown = {entry.split()[0] for line in first for entry in line}
    assert shown - set(pages.EXAMPLES) == set()


def test_every_code_that_a_proof_finds_in_a_planted_fault_has_an_example() -> None:
    """Codes of proofs are shown by the policies in which they are planted, in the words of `duly prove`."""
    first = [file.read_text(encoding="utf-8").splitlines()[0] for file in (pages.BAD / "analysis").rglob("*.yaml")]
    entries = [entry for line in first for entry in line.removeprefix("# expect: ").split(" | ") if entry != "nothing"]
    assert {entry.split()[0] for entry in entries} - set(pages.EXAMPLES) == set()
    assert "trade/v1.yaml:19:13 warning level-gap: a receivable" in pages.pages()["level-gap"]


def test_every_other_page_says_who_says_it() -> None:
    """The command, and the words or what to do about it."""
    others = {code: text for code, text in pages.pages().items() if code not in pages.EXAMPLES}
    bare = [code for code, text in others.items() if "Said by" not in text or "\n## " not in text]
    assert bare == []


def test_the_pages_are_current() -> None:
    """`make docs` was run after the last change of a code, a message or a bad file; no page is of a code that is gone."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in pages.TO.glob("*.md")}
    assert sorted(written) == sorted(CODES)
    assert [code for code, text in pages.pages().items() if written[code] != text] == [], "run `make docs`"
