"""One layout: it changes nothing that a file says, loses no comment, and laid out again nothing moves."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import document, layout, tidy
from engine.policy.outline import comments
from tests.desk import ROOT

FILES = sorted(
    [*(ROOT / "tests").rglob("*.yaml"), *(ROOT / "docs").rglob("*.yaml"), *(ROOT / "policies").rglob("*.yaml")]
)

# What a controller may write, and how it is laid out.
WRITTEN = {
    "as the shipped ones are": ("kind: dunning\nrules:\n  - id: a\n", "kind: dunning\nrules:\n  - id: a\n"),
    "two blanks for each step": (
        "rules:\n    -   id: a\n        then:\n              -   notice:\n                        channel: email\n",
        "rules:\n  - id: a\n    then:\n      - notice:\n          channel: email\n",
    ),
    "lists stand deeper than their key": ("rules:\n- id: a\n- id: b\n", "rules:\n  - id: a\n  - id: b\n"),
    "brackets stay": ("a: {x : 1,y: [ 1,2 ]}\n", "a: {x: 1, y: [1, 2]}\n"),
    "brackets on several lines become one": ("a: {x: 1,\n    y: 2}\n", "a: {x: 1, y: 2}\n"),
    "brackets that do not fit are opened": (
        f"a: {{x: {'x' * 70}, y: {'y' * 70}}}\n",
        f"a:\n  x: {'x' * 70}\n  y: {'y' * 70}\n",
    ),
    "brackets with a comment in them are opened": (
        "a: [  # first\n  1, # one\n  2\n  # last\n] # end\n",
        "a:  # end\n  # first\n  - 1  # one\n  - 2\n  # last\n",
    ),
    "nothing in brackets": ("a: { }\nb: [\n]\n", "a: {}\nb: []\n"),
    "keys in the order of the schema, with their comments": (
        "# header\nkind: dunning # k\n\n# about the name\npolicy: a\nmine: 1\nversion: 1\n",
        "# header\n# about the name\npolicy: a\nmine: 1\nkind: dunning # k\nversion: 1\n",
    ),
    "keys of an item, with the comments of the first above the dash": (
        "kind: dunning\nrules:\n  - when: {a: 1}\n    # its name\n    id: a\n    # at the end\n  # of b\n  - id: b\n",
        "kind: dunning\nrules:\n  # its name\n  - id: a\n    when: {a: 1}\n    # at the end\n  # of b\n  - id: b\n",
    ),
    "facts stay in their order": (
        "cases:\n  - given: {kind: fee, days_past_due: 3}\n    name: a\n",
        "cases:\n  - name: a\n    given: {kind: fee, days_past_due: 3}\n",
    ),
    "names have to stand before they are used": (
        "kind: dunning\nb: &x 1\npolicy: *x\n",
        "kind: dunning\nb: &x 1\npolicy: *x\n",
    ),
    "one empty line is enough": ("\n\na: 1\n\n\n\nb:\n\n  c: 1\n\n\n", "a: 1\n\nb:\n  c: 1\n"),
    "a comment stands as deep as what follows it": (
        "a:\n# c\n  b: 1\n      # d\n  e: 1\n",
        "a:\n  # c\n  b: 1\n  # d\n  e: 1\n",
    ),
    "a comment at the end stays in its block": (
        "a:\n    b:\n        c: 1\n        # of b\n    # of a\n# of all\n",
        "a:\n  b:\n    c: 1\n    # of b\n  # of a\n# of all\n",
    ),
    "a comment in place of a value": (
        "a: # why\n    # x: 1\n    # y: 2\nb: 1\n",
        "a: # why\n  # x: 1\n  # y: 2\nb: 1\n",
    ),
    "a comment keeps its column": ("a: 1        # c\nbb: {x: 1}  # d\n", "a: 1        # c\nbb: {x: 1}  # d\n"),
    "unless the line has grown into it": ("a: {x:  1,y: 2,z: 3,u: 4} # c\n", "a: {x: 1, y: 2, z: 3, u: 4}  # c\n"),
    "behind a dash a comment cannot stay": ("a:\n  - # c\n    b: 1\n", "a:\n  # c\n  - b: 1\n"),
    "of two on one value, the first goes above": ("a: # one\n  text # two\n", "# one\na: text  # two\n"),
    "lists in lists": ("a:\n-   - 1\n    - 2\n-\n    - 3\n", "a:\n  - - 1\n    - 2\n  - - 3\n"),
    "a text of several lines": (
        "a: one\n      two\n\n      three\nb: 'x\n  y'\n",
        "a: one\n  two\n\n  three\nb: 'x\n  y'\n",
    ),
    "a block of text": (
        "a:\n    b: |  # c\n        one\n          two\n\n\n        three\n\n\n    c: >-\n     x\n",
        "a:\n  b: |  # c\n    one\n      two\n\n\n    three\n\n  c: >-\n    x\n",
    ),
    "a block of text that keeps its end": ("a: |+\n    one\n\n\nb: 1\n", "a: |+\n  one\n\n\nb: 1\n"),
    "a block of text that says its depth": (
        "a:\n - |4\n       one\n     - two\n",
        "a:\n  - |2\n      one\n    - two\n",
    ),
    "quotes stay": ("a: \"x\"\n'b': 'y'\n", "a: \"x\"\n'b': 'y'\n"),
    "a key of its own line": ("? a\n: 1\n? 'b\n  c'\n: 2\n", 'a: 1\n"b c": 2\n'),
    "lines end in line feeds": ("a: 1\r\nb: 2 # c\r\n", "a: 1\nb: 2 # c\n"),
    "no dashes above, no dots below": ("# h\n--- # x\na: 1\n...\n# end\n", "# h\n# x\na: 1\n# end\n"),
    "a list alone": ("- 1\n# c\n-   a: 1\n", "- 1\n# c\n- a: 1\n"),
    "in brackets alone": ("# h\n{a: 1,\n b: }\n# end\n", "# h\na: 1\nb:\n# end\n"),
    "nothing alone": ("{ # h\n}\n", "# h\n{}\n"),
    "a text alone": ("# h\ntext # t\n", "# h\n# t\ntext\n"),
    "named parts": (
        "a: &x\n    b: 1\nc:\n    - &y\n      d: 1\n    - *x\n",
        "a: &x\n  b: 1\nc:\n  - &y\n    d: 1\n  - *x\n",
    ),
}


def laid_out(text: str) -> str:
    """The text laid out, held to all that a layout promises."""
    made, problems = layout.lay_out(text, "x.yaml")
    assert problems == ()
    before, after = document.parse(text, "x.yaml")[0], document.parse(made, "x.yaml")[0]
    assert before and after
    assert document.digest(before.value) == document.digest(after.value)
    assert Counter(comments(made)) == Counter(comments(text.replace("\r\n", "\n")))
    assert layout.lay_out(made, "x.yaml") == (made, ())
    assert made.endswith("\n") and not made.startswith("\n")
    return made


@pytest.mark.parametrize("name", WRITTEN)
def test_how_it_is_laid_out(name: str) -> None:
    """Row by row: what is written, and what becomes of it."""
    before, after = WRITTEN[name]
    assert laid_out(before) == after


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_that_we_have(file: Path) -> None:
    """Also the wrong ones: what is YAML can be laid out, what is not is left alone with its problems."""
    text, unreadable = document.text(file)
    if unreadable or document.parse(text, str(file))[1]:
        made = layout.lay_out(text, str(file))
        assert made[0] == text
        assert unreadable or made[1] == document.parse(text, str(file))[1]
    else:
        laid_out(text)


def test_what_is_shipped_is_laid_out() -> None:
    """The policies, their cases and the examples of the documents are in the one layout, as they were written by hand."""
    found = tidy.look([document.shipped() / "policies", ROOT / "docs"])
    assert found.files > 10
    assert "".join(one.diff() for one in found.untidy) == ""
    assert found.problems == ()


def test_what_cannot_be_laid_out_is_left_alone() -> None:
    """A key of more than 1,024 characters has to stand behind a question mark, which the layout does not have."""
    text = f"? {'k' * 1100}\n: 1\n"
    made, problems = layout.lay_out(text, "x.yaml")
    assert made == text
    assert [problem.code for problem in problems] == ["not-laid-out"]


# -- any file at all ---------------------------------------------------------------------------------------------------

KEYS = (
    "policy",
    "kind",
    "version",
    "ladder",
    "levels",
    "rules",
    "id",
    "when",
    "then",
    "cases",
    "name",
    "given",
    "a b",
    '"c"',
    "'d'",
)
TEXTS = ("1", "true", "null", "~", "", "text", "two words", "2026-01-01", '"a # b"', "'it''s'", "a#b", "x:y", "40.00")
BLOCKS = ("|", "|-", "|+", ">", ">-")


class Scribe:
    """Writes any value in any of the ways that YAML has, with comments wherever one may stand."""

    def __init__(self, chance: random.Random) -> None:
        """Everything is drawn from the chance."""
        self.chance, self.remarks = chance, 0

    def document(self) -> str:
        """A whole file."""
        lines = [*self.gap(0), *self.mapping(0, 0), *self.gap(0)]
        return self.chance.choice(("\n", "\r\n")).join(lines) + self.chance.choice(("\n", "", "\n\n"))

    def odds(self, percent: int) -> bool:
        """True in so many percent."""
        return self.chance.randrange(100) < percent

    def comment(self) -> str:
        """A comment like no other."""
        self.remarks += 1
        return f"#{self.chance.choice((' ', '', '  -'))}c{self.remarks}{self.chance.choice(('', ' # x', ': y'))}"

    def gap(self, indent: int) -> list[str]:
        """Empty lines and comments, in any column."""
        lines: list[str] = []
        while self.odds(30):
            column = self.chance.choice((0, indent, indent, indent + 2, indent + 5))
            lines.append("" if self.odds(50) else " " * column + self.comment())
        return lines

    def end(self) -> str:
        """Perhaps a comment behind a line."""
        return " " * self.chance.choice((1, 2, 9)) + self.comment() if self.odds(25) else ""

    def mapping(self, indent: int, depth: int) -> list[str]:
        """A mapping on lines of its own."""
        lines: list[str] = []
        for key in self.chance.sample(KEYS, self.chance.randint(1, 4)):
            lines += [*(self.gap(indent) if lines else []), *self.entry(" " * indent + f"{key}:", indent, depth)]
        return lines

    def listed(self, indent: int, depth: int) -> list[str]:
        """A list on lines of its own."""
        lines: list[str] = []
        for _ in range(self.chance.randint(1, 3)):
            lines += self.gap(indent) if lines else []
            if self.odds(30):
                step = self.chance.choice((2, 4))
                inner = self.mapping(indent + step, depth + 1)
                lines += [" " * indent + "-" + " " * (step - 1) + inner[0].lstrip(), *inner[1:]]
            else:
                lines += self.entry(" " * indent + "-", indent, depth)
        return lines

    def entry(self, head: str, indent: int, depth: int) -> list[str]:
        """A key or a dash, and what stands behind or below it."""
        ways: list[Callable[[], list[str]]] = [
            lambda: [f"{head} {self.text()}".rstrip() + self.end()],
            lambda: self.brackets(head, indent, depth),
            lambda: self.block(head, indent),
            lambda: [head + self.end(), *self.gap(indent + 2), " " * (indent + 3) + "alone" + self.end()],
            lambda: [f"{head} one", " " * (indent + 1) + "two" + self.end()],
        ]
        if depth < 3:
            deeper = indent + self.chance.choice((1, 2, 4))
            ways += [lambda: [head + self.end(), *self.gap(deeper), *self.mapping(deeper, depth + 1)]] * 3
            level = indent if head.endswith(":") and self.odds(40) else deeper
            ways += [lambda: [head + self.end(), *self.gap(level), *self.listed(level, depth + 1)]] * 3
        return self.chance.choice(ways)()

    def text(self) -> str:
        """A text on one line."""
        return self.chance.choice(TEXTS)

    def block(self, head: str, indent: int) -> list[str]:
        """A text of several lines."""
        step = " " * (indent + self.chance.choice((1, 2, 3)))
        body = [self.chance.choice((step + "word", step + "  deeper", step + "# no comment", "")) for _ in range(3)]
        return [f"{head} {self.chance.choice(BLOCKS)}", step + "begun", *body]

    def brackets(self, head: str, indent: int, depth: int) -> list[str]:
        """Something in brackets, on one line or several."""
        if self.odds(50):
            return [f"{head} {self.inline(depth)}" + self.end()]
        pad, lines = " " * (indent + 1), [f"{head} {{" + self.end()]
        for key in self.chance.sample(KEYS, self.chance.randint(0, 3)):
            lines += [*self.gap(indent + 1), f"{pad}{key}: {self.inline(depth)}," + self.end()]
        return [*lines, *self.gap(indent + 1), f"{pad}}}" + self.end()]

    def inline(self, depth: int) -> str:
        """A value on one line."""
        match self.chance.randrange(3 if depth < 3 else 1):
            case 0:
                return self.text() or "null"
            case 1:
                return "[" + ", ".join(self.inline(depth + 1) for _ in range(self.chance.randint(0, 3))) + "]"
            case _:
                keys = self.chance.sample(KEYS, self.chance.randint(0, 3))
                return "{" + ",".join(f" {key}: {self.inline(depth + 1)}" for key in keys) + " }"


@given(st.integers(min_value=0))
def test_a_layout_changes_nothing_and_settles(seed: int) -> None:
    """Of any file: its digest stays, each comment is there once, and laid out again nothing moves."""
    text = Scribe(random.Random(seed)).document()
    assert document.parse(text, "x.yaml")[1] == ()
    laid_out(text)


# -- files and folders -------------------------------------------------------------------------------------------------


def test_only_what_is_not_laid_out_is_written(tmp_path: Path) -> None:
    """A folder is gone through; templates, hidden files and other kinds of files are not."""
    for name in ("a/v1.yaml", "a/v2.yml", "templates/x.yaml", ".hidden/v1.yaml", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a:   1\n", encoding="utf-8")
    (tmp_path / "a/v3.yaml").write_text("a: 1\n", encoding="utf-8")
    found = tidy.look([tmp_path, tmp_path / "a/v1.yaml"])
    assert (found.files, [one.path.name for one in found.untidy]) == (3, ["v1.yaml", "v2.yml"])
    assert found.untidy[0].diff().splitlines()[3:] == ["-a:   1", "+a: 1"]
    tidy.write(found)
    assert tidy.look([tmp_path]).untidy == ()
    assert (tmp_path / "templates/x.yaml").read_text(encoding="utf-8") == "a:   1\n"


def test_a_byte_order_mark_and_line_ends_are_layout(tmp_path: Path) -> None:
    """An editor on Windows leaves both."""
    file = tmp_path / "v1.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    tidy.write(tidy.look([file]))
    assert file.read_bytes() == b"a: 1\n"


def test_what_is_wrong_is_told_and_left(tmp_path: Path) -> None:
    """One file that is no YAML does not keep the others from being laid out."""
    (tmp_path / "a.yaml").write_text("a: [1\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("b:    1\n", encoding="utf-8")
    found = tidy.look([tmp_path, tmp_path / "none.yaml"])
    codes = [problem.code for problem in found.problems]
    assert codes == ["yaml-syntax", "unreadable-file"]
    assert [one.path.name for one in found.untidy] == ["b.yaml"]
