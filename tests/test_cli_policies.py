"""The commands that keep policies: laying them out, beginning them, releasing them; used as meant and as not."""

from pathlib import Path

import pytest

from tests.desk import POLICY, Desk, laid_down

FILE = "policies/trade/v1.yaml"


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk that others are copied from."""
    return laid_down(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """A desk of its own."""
    return laid.copied(tmp_path)


# -- fmt ---------------------------------------------------------------------------------------------------------------


def test_files_are_laid_out_when_asked(desk: Desk) -> None:
    """--check and --diff write nothing; --check alone says no; then it is done, and there is nothing more to do."""
    desk.run("fmt")
    tidy = (desk.folder / FILE).read_text(encoding="utf-8")
    untidy = tidy.replace("kind: dunning\n", "").replace("currency:", "# ours\nkind:   dunning\ncurrency:")
    desk.write(FILE, untidy)
    said = desk.run("fmt", "--check")
    assert (said.exit, said.out) == (1, f"{FILE}: would be laid out\n1 of 3 files would be laid out\n")
    said = desk.run("fmt", "--diff", FILE)
    assert said.exit == 0
    assert {"-kind:   dunning", "+kind: dunning"} <= set(said.out.splitlines())
    assert desk.run("fmt", "--check", "--diff").exit == 1
    assert (desk.folder / FILE).read_text(encoding="utf-8") == untidy
    said = desk.run("fmt", "policies")
    assert (said.exit, said.out) == (0, f"{FILE}: laid out\n1 of 3 files were laid out\n")
    assert (desk.folder / FILE).read_text(encoding="utf-8") == tidy.replace("kind:", "# ours\nkind:")
    assert desk.run("fmt", "--check").out == "3 files: nothing to lay out\n"


@pytest.mark.parametrize(
    ("path", "code"), [("nope", "unreadable-file"), ("duly.db", "not-text"), (FILE, "duplicate-key")]
)
def test_what_cannot_be_laid_out_is_told(desk: Desk, path: str, code: str) -> None:
    """Exit 1, and the file stays as it is."""
    desk.write(FILE, POLICY + "kind: dunning\n")
    said = desk.run("fmt", path)
    assert said.exit == 1
    assert f" {code}: " in said.err
    assert (desk.folder / FILE).read_text(encoding="utf-8") == POLICY + "kind: dunning\n"
