"""Strict documents: what a file says is what is read, every value has its place, and nothing in a file is a traceback."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import document
from engine.policy.document import MOST_ALIASED, MOST_DEPTH
from engine.policy.source import MOST_BYTES


def value_of(text: str) -> object:
    """What `x: TEXT` says."""
    found, problems = document.parse(f"x: {text}\n", "f.yaml")
    assert problems == ()
    assert found is not None
    assert isinstance(found.value, dict)
    return found.value["x"]


def problem_of(content: bytes, tmp_path: Path) -> str:
    """The one problem of a file with that content, without the file's folder."""
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    found, problems = document.read(path, shown="f.yaml")
    assert found is None
    (problem,) = problems
    return str(problem).split(": ")[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("True", "True"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("Null", "Null"),
        ("0", 0),
        ("-0", "-0"),
        ("12", 12),
        ("-12", -12),
        ("+12", "+12"),
        ("012", "012"),
        ("0o14", "0o14"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z"),
        ('"12"', "12"),
        ("'true'", "true"),
        ('"null"', "null"),
        ("[1, a, {b: c}]", [1, "a", {"b": "c"}]),
        ("=", "="),
        ("'<<'", "<<"),
        ("999999999999999999", 999_999_999_999_999_999),
        ("催款", "催款"),
    ],
)
def test_plain_words_are_what_they_look_like(text: str, value: object) -> None:
    """Only true, false, null, ~ and plain integers are anything but text."""
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_every_key_and_value_has_its_place() -> None:
    """Line and column from 1, also in lists and one-line mappings, also behind an alias."""
    text = "# note\na: 1\nb:\n  - x\n  - {c: d, 'e': [f, g]}\nh: &name\n  i: j\nk: *name\n"
    found, problems = document.parse(text, "f.yaml")
    assert problems == ()
    assert found is not None

    def at(*path: str | int) -> tuple[int, int]:
        place = found.place(path)
        return place.line, place.column

    def key(*path: str | int) -> tuple[int, int]:
        place = found.key_place(path)
        return place.line, place.column

    assert (at("a"), key("a")) == ((2, 4), (2, 1))
    assert (at("b"), key("b")) == ((4, 3), (3, 1))
    assert (at("b", 0), key("b", 0)) == ((4, 5), (4, 5))
    assert (at("b", 1, "c"), key("b", 1, "c")) == ((5, 9), (5, 6))
    assert (at("b", 1, "e", 1), key("b", 1, "e")) == ((5, 21), (5, 12))
    assert at("k", "i") == at("h", "i") == (7, 6)
    assert at() == (2, 1)
    assert at("b", 7, "nothing") == (4, 3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "f.yaml:1:1 empty-file"),
        (b"\n# only a comment\n", "f.yaml:3:1 empty-file"),
        (b"---\n...\n", "f.yaml:2:1 empty-file"),
        (b"null\n", "f.yaml:1:1 empty-file"),
        (b"a: 1\n---\nb: 2\n", "f.yaml:2:1 two-documents"),
        (b"a: \xff\xfe\n", "f.yaml:1:4 not-text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "f.yaml:1:1 not-text"),
        (b"a: 1\r\nb: \xe9\r\n", "f.yaml:2:4 not-text"),
        ("a: 1\n".encode("utf-16"), "f.yaml not-text"),
        ("a: 1\n".encode("utf-16-be"), "f.yaml:1:1 control-character"),
        ("\ufeffa: 1\n".encode("utf-32-be"), "f.yaml not-text"),
        (b"a: b\x00c\n", "f.yaml:1:5 control-character"),
        (b"a: b\r\nc: \x1b[31m\r\n", "f.yaml:2:4 control-character"),
        ("a: b\u2028c\n".encode(), "f.yaml:1:5 control-character"),
        ("a: b\u202ec\n".encode(), "f.yaml:1:5 control-character"),
        ("a: b\u0085c\n".encode(), "f.yaml:1:5 control-character"),
        ("a: \ufeffb\n".encode(), "f.yaml:1:4 control-character"),
        (b"a:\n\tb: 1\n", "f.yaml:2:1 tab"),
        (b"a:\n  b: 1\n\tc: 2\n", "f.yaml:3:1 tab"),
        (b"a:\n  - b\n  -\tc: 2\n\t- d\n", "f.yaml:3:4 tab"),
        (b"a: [1, 2\nb: 3\n", "f.yaml:2:2 yaml-syntax"),
        (b"a: 'b\n", "f.yaml:1:4 yaml-syntax"),
        (b"a: b: c\n", "f.yaml:1:5 yaml-syntax"),
        (b"a: @b\n", "f.yaml:1:4 yaml-syntax"),
        (b"a: *b\n", "f.yaml:1:4 bad-alias"),
        (b"a: &b [*b]\n", "f.yaml:1:8 bad-alias"),
        (b"? [a, b]\n: c\n", "f.yaml:1:3 key-not-text"),
        (b"? {a: b}\n: c\n", "f.yaml:1:3 key-not-text"),
        (b"1: a\n", "f.yaml:1:1 key-not-text"),
        (b"null: a\n", "f.yaml:1:1 key-not-text"),
        (b"a: 1\na: 2\n", "f.yaml:2:1 duplicate-key"),
        (b"a: 1\n'a': 2\n", "f.yaml:2:1 duplicate-key"),
        (b"a: &x {b: 1}\nc: {<<: *x}\n", "f.yaml:2:5 merge-key"),
        (b"a: !!int 12\n", "f.yaml:1:4 yaml-tag"),
        (b"a: !money 12\n", "f.yaml:1:4 yaml-tag"),
        (b"!!map {a: 1}\n", "f.yaml:1:1 yaml-tag"),
        (b"%YAML 1.1\n---\na: 1\n", "f.yaml:1:1 yaml-directive"),
        (b"a: 1000000000000000000\n", "f.yaml:1:4 number-too-large"),
        (b"a: -" + b"9" * 5000 + b"\n", "f.yaml:1:4 number-too-large"),
        (b'a: "\\x07"\n', "f.yaml:1:4 control-character"),
    ],
)
def test_what_is_no_document_is_one_problem(content: bytes, expected: str, tmp_path: Path) -> None:
    """Line and column where there is one, and a code of its own."""
    assert problem_of(content, tmp_path) == expected


@pytest.mark.parametrize("escape", ["\\ud800", "\\Uffffffff", "\\U00110000"])
def test_an_escape_beyond_unicode_is_a_problem(escape: str) -> None:
    """Where it stands depends on the parser that PyYAML was built with."""
    found, problems = document.parse(f'a: "{escape}"\n', "f.yaml")
    assert [problem.code for problem in problems] in (["yaml-syntax"], ["control-character"])
    assert found is None or found.value == {"a": ""}


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    """The mark is no column, CR LF is one line end."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    found, problems = document.read(path)
    assert problems == ()
    assert found is not None
    assert found.value == {"a": 1, "b": {"c": 2}}
    assert str(found.key_place(("b", "c"))) == f"{path}:3:3"
    assert str(found.key_place(("a",))) == f"{path}:1:1"


def test_all_problems_of_a_text_are_found_at_once() -> None:
    """What does not hide the structure does not hide other problems either; the document is there beside them."""
    found, problems = document.parse("a: !x 1\na: 2\n3: b\n<<: {}\n", "f.yaml")
    assert [problem.code for problem in problems] == ["yaml-tag", "duplicate-key", "key-not-text", "merge-key"]
    assert found is not None
    assert found.value == {"a": "1"}


@pytest.mark.parametrize(("depth", "fine"), [(MOST_DEPTH - 1, True), (MOST_DEPTH, True), (MOST_DEPTH + 1, False)])
def test_depth_is_bounded(depth: int, fine: bool) -> None:
    """The root is depth 1."""
    _, problems = document.parse("[" * depth + "]" * depth, "f.yaml")
    assert [problem.code for problem in problems] == ([] if fine else ["too-deep"])


@pytest.mark.parametrize("text", ["[" * 500_000, "{a: " * 250_000, "- " * 500_000, "? " * 500_000])
def test_very_deep_nesting_is_no_recursion_error(text: str) -> None:
    """Nothing is built, and nothing takes long."""
    began = time.perf_counter()
    _, problems = document.parse(text, "f.yaml")
    assert [problem.code for problem in problems] == ["too-deep"]
    assert time.perf_counter() - began < 5


def test_aliases_are_counted_as_if_they_were_written_out() -> None:
    """A list of ten aliases of a list of 99 items: a list is one value more than its items."""

    def codes(times: int) -> list[str]:
        text = f"a: &a [{', '.join(['x'] * 99)}]\nb: [{', '.join(['*a'] * times)}]\n"
        return [problem.code for problem in document.parse(text, "f.yaml")[1]]

    most = MOST_ALIASED // 100
    assert codes(most - 1) == []
    assert codes(most) == []
    assert codes(most + 1) == ["too-many-aliases"]


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    """Nine lines that stand for a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    began = time.perf_counter()
    assert problem_of("\n".join(lines).encode(), tmp_path).endswith("too-many-aliases")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("size", [MOST_BYTES - 1, MOST_BYTES, MOST_BYTES + 1])
def test_a_file_is_at_most_a_mebibyte(size: int, tmp_path: Path) -> None:
    """One byte more is too large."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\n#" + b"x" * (size - 7) + b"\n")
    assert path.stat().st_size == size
    _, problems = document.read(path, shown="f.yaml")
    assert [str(problem)[:21] for problem in problems] == (["f.yaml file-too-large"] if size > MOST_BYTES else [])


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """50 MB, and as many as a disk can pretend to hold."""
    path = tmp_path / "f.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000_000)
    began = time.perf_counter()
    _, problems = document.read(path)
    assert [problem.code for problem in problems] == ["file-too-large"]
    assert time.perf_counter() - began < 1


def test_what_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    """A folder, nothing at all, a link to nowhere, a link to itself, a pipe that nobody writes to, a name too long."""
    nowhere, loop, pipe = tmp_path / "nowhere", tmp_path / "loop", tmp_path / "pipe"
    nowhere.symlink_to(tmp_path / "gone.yaml")
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "none.yaml", nowhere, loop, pipe, tmp_path / ("x" * 5000), Path("/dev/zero")):
        found, problems = document.read(path)
        assert found is None
        assert [problem.code for problem in problems] == ["unreadable-file"], path
        assert ";" in problems[0].message or ":" in problems[0].message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_problem(tmp_path: Path) -> None:
    """Permission denied is said, not thrown."""
    path = tmp_path / "f.yaml"
    path.write_text("a: 1\n")
    path.chmod(0)
    assert [problem.code for problem in document.read(path)[1]] == ["unreadable-file"]


@given(st.text(max_size=200))
def test_no_text_is_a_traceback(text: str) -> None:
    """A document, or problems with places; never an exception."""
    found, problems = document.parse(text, "f.yaml")
    assert found is not None or problems


_YAML = st.lists(
    st.sampled_from(["a", "b", ":", ": ", "- ", "\n", "\n  ", "[", "]", "{", "}", ",", "'", '"', "&x ", "*x", "!t ", "?",
                     "|", ">", "#", "%", "---", "...", "\t", "\\x", "0", "-1", "<<", "~", "@", "`", "\r\n", "é", "催"]),
    max_size=40,
)  # fmt: skip


@given(_YAML)
def test_nothing_that_looks_like_yaml_is_a_traceback(parts: list[str]) -> None:
    """The marks of YAML in any order; validating what can be told of it works as well."""
    found, problems = document.parse("".join(parts), "f.yaml")
    assert found is not None or problems
    if found is not None:
        document.validate(found, "dunning")
        assert document.digest(found.value).startswith("sha256:")


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    """Order of keys, quotes, comments and layout do not count; the kind of a value does."""

    def digest(text: str) -> str:
        found, _ = document.parse(text, "f.yaml")
        assert found is not None
        return document.digest(found.value)

    assert digest("a: 1\nb: [x, y]\n") == digest("# note\nb:\n  - 'x'\n  - \"y\"\na: 1\n")
    assert digest("a: 1") != digest("a: '1'")
    assert digest("a: [x, y]") != digest("a: [y, x]")


def test_canonical_text_is_one_and_the_same_everywhere() -> None:
    """Sorted, compact, characters as they are; a float would not be exact and is not accepted as not-a-number."""
    assert document.canonical({"b": [1, None, True], "a": "催"}) == '{"a":"催","b":[1,null,true]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        document.canonical(float("nan"))
