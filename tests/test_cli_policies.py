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


# -- policy ------------------------------------------------------------------------------------------------------------


def test_a_version_from_draft_to_release(desk: Desk) -> None:
    """It is drafted, listed, released, and from then on an edit of it is an error."""
    said = desk.run("policy", "draft", "trade", "--effective-from", "2026-04-01")
    assert (said.exit, said.out) == (0, "policies/trade/v2.yaml: trade v2, in force from 2026-04-01\n")
    listed = desk.run("policy", "list", "--as-of", "2026-04-01").out
    assert [line.split()[1] for line in listed.splitlines() if line.startswith("trade")] == ["v1", "v2"]
    assert desk.run("policy", "release", "trade").out == "trade v1 is released\ntrade v2 is released\n"
    assert desk.run("policy", "release", "trade/v2").out == "released before\n"
    assert '"released": true' in desk.run("policy", "list", "--format", "json").out
    assert desk.run("policy", "list", "--format", "csv").out.startswith("policy,version,kind,effective_from,until,")
    assert desk.run("check").exit == 0
    desk.write(FILE, POLICY.replace("after_days: 3", "after_days: 4"))
    said = desk.run("check")
    assert (said.exit, said.err.split()[1]) == (1, "released-edited:")


def test_a_policy_from_nothing(desk: Desk) -> None:
    """Both files are named, and right; there is no second one of the name."""
    line = ("policy", "new", "wholesale", "--kind", "credit", "--effective-from", "2026-04-01")
    said = desk.run(*line)
    assert said.out.splitlines()[:2] == ["policies/wholesale/v1.yaml", "policies/wholesale/cases.yaml"]
    assert desk.run("check").exit == 0
    assert " policy-exists: " in desk.run(*line).err


def test_what_does_not_keep_its_cases_is_not_released(desk: Desk) -> None:
    """A release is a promise to whoever is reminded."""
    desk.run("policy", "new", "wholesale", "--kind", "credit", "--effective-from", "2026-04-01")
    cases = desk.folder / "policies/wholesale/cases.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("score: 30", "score: 31"), encoding="utf-8")
    said = desk.run("policy", "release", "trade")
    assert (said.exit, said.out) == (1, "")
    assert " case-failed: " in said.err
    assert not (desk.folder / "policies/released.sha256").exists()
