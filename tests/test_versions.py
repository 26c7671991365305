"""Versions over time: what is in force when, how a policy begins, how the next version does, and what a release seals."""

import difflib
import shutil
from pathlib import Path

import pytest

from engine.act.lived import outcomes
from engine.assay import command
from engine.decide import trial
from engine.errors import Refusal
from engine.policy import document, layout, library, versions
from engine.policy.versions import State
from engine.prove.prove import proved
from engine.report import versions as table
from tests.desk import ROOT

DAY = "2026-04-01"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The policies that are shipped."""
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def codes(refusal: Refusal) -> set[str]:
    """The codes of its problems."""
    return {problem.code for problem in refusal.problems}


def refused(folder: Path) -> set[str]:
    """What a check of the folder finds wrong."""
    return {problem.code for problem in library.load(folder).problems}


# -- what is in force when ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "states"),
    [
        ("2026-03-31", "in force, later"),
        ("2026-04-01", "over, in force"),
        ("2026-04-02", "over, in force"),
        ("1999-12-31", "later, later"),
    ],
)
def test_a_version_decides_until_the_day_before_the_next(policies: Path, as_of: str, states: str) -> None:
    """The first day of the next one is the first that the old one does not decide."""
    versions.draft(policies, "standard", effective_from=DAY)
    first, second = (one for one in versions.standings(policies, as_of) if one.policy.name == "standard")
    assert f"{first.state.value}, {second.state.value}" == states
    assert (first.until, second.until) == ("2026-03-31", None)


def test_whom_a_policy_covers_and_what_is_released(policies: Path) -> None:
    """The facts that say it, and nobody's where it is everybody; in text, for programs and for spreadsheets."""
    versions.release(policies, ["standard"])
    found = versions.standings(policies, DAY)
    by_name = {one.policy.name: one for one in found}
    assert by_name["standard"].covers == ()
    assert by_name["small-frequent"].covers[0] == "customer.times_overdue_12m"
    assert {one.policy.name for one in found if one.released} == {"standard"}
    text = table.text(found, DAY)
    assert "6 policies, 6 versions; 6 in force on 2026-04-01." in text
    assert any(line.split()[0] == "standard" and line.endswith(table.EVERYBODY) for line in text.splitlines())
    assert "duly policy release" in text
    assert table.plain(found)[0]["state"] == State.IN_FORCE
    heads, *rows = table.csv_rows(found)
    assert len(rows) == 6
    assert dict(zip(heads, rows[3], strict=True))["released"] == "yes"
    versions.release(policies, [one.policy.name for one in found])
    assert "duly policy release" not in table.text(versions.standings(policies, DAY), DAY)


# -- a new policy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", [None, "JPY", "BHD"])
@pytest.mark.parametrize("kind", ["dunning", "credit"])
@pytest.mark.parametrize("name", ["wholesale", "a" * 60])
def test_a_new_policy_is_right_and_keeps_its_cases(policies: Path, kind: str, currency: str | None, name: str) -> None:
    """In any currency and beside the shipped ones; it is laid out, and wins over them for the customers of its segment."""
    files = versions.new(policies, name, kind, currency=currency, effective_from=DAY)
    assert [file.name for file in files] == ["v1.yaml", "cases.yaml"]
    found = trial.checked([policies / name], live=outcomes)
    assert (found.policies, found.problems) == (1, ())
    assert found.cases >= 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert layout.lay_out(text, str(file)) == (text, ())
        assert "<" not in text.replace("<=", "")
        schema = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert (ROOT / "policies" / name / schema).resolve().is_file()
    made = next(policy for policy in library.load(policies).policies if policy.name == name)
    assert (made.kind, made.currency, made.effective_from) == (kind, currency or "EUR", DAY)
    others = [policy.priority for policy in library.load(policies).policies if policy.kind == kind and policy != made]
    assert made.priority == max(others) + 10


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
@pytest.mark.parametrize("kind", ["dunning", "credit"])
def test_a_new_policy_passes_the_gates_of_a_workspace(policies: Path, kind: str, currency: str) -> None:
    """What its CI runs: check, prove with the invariants that ship, and mutants, of which the cases notice nine of ten."""
    versions.new(policies, "retail", kind, currency=currency, effective_from=DAY)
    assert trial.checked([policies], live=outcomes).problems == ()
    proof = proved([policies], DAY)
    assert [finding.problem for finding in proof.errors] == []
    promise = {"dunning": "'nobody-waits'", "credit": "'no-more-credit-in-insolvency'"}[kind]
    assert [claim.text for claim in proof.claims if claim.policy.name == "retail" and claim.text.startswith(promise)]
    found = command.run([policies / "retail"], "", mutate=True, least=9000)
    assert (found.wrong, found.problems) == (False, ())


def test_the_first_policy_of_all(tmp_path: Path) -> None:
    """In a folder that is not there yet; a dunning policy needs the texts of its notices beside it."""
    made = versions.new(tmp_path / "policies", "first", "credit", currency=None, effective_from=DAY)
    assert refused(tmp_path / "policies") == set()
    assert len(made) == 2
    with pytest.raises(Refusal) as refusal:
        versions.new(tmp_path / "others", "first", "dunning", currency=None, effective_from=DAY)
    assert codes(refusal.value) == {"missing-template"}
    assert not (tmp_path / "others").exists()


@pytest.mark.parametrize(
    ("name", "currency", "code"),
    [
        ("standard", None, "policy-exists"),
        ("templates", None, "policy-exists"),
        ("Whole Sale", None, "wrong-value"),
        ("../beside", None, "wrong-value"),
        ("true", None, "wrong-type"),
        ("wholesale  # mine", None, "misplaced-file"),
        ("wholesale", "EUX", "unknown-currency"),
    ],
)
def test_what_is_no_new_policy(policies: Path, name: str, currency: str | None, code: str) -> None:
    """Nothing is written."""
    before = sorted(policies.parent.rglob("*"))
    with pytest.raises(Refusal) as refusal:
        versions.new(policies, name, "dunning", currency=currency, effective_from=DAY)
    assert code in codes(refusal.value)
    assert sorted(policies.parent.rglob("*")) == before


# -- the next version --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["standard", "trade-credit", "key-accounts"])
def test_a_draft_is_the_newest_version_but_for_two_lines(policies: Path, name: str) -> None:
    """Comments, columns and empty lines stay where they are."""
    made = versions.draft(policies, name, effective_from=DAY)
    old, new = ((policies / name / f"v{number}.yaml").read_text(encoding="utf-8").splitlines() for number in (1, 2))
    changed = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    assert [line.split("#")[0].split() for line in changed if line[0] == "+"] == [
        ["+", "version:", "2"],
        ["+", "effective_from:", DAY],
    ]
    assert len(changed) == 4
    assert (made.path, made.policy.version) == (policies / name / "v2.yaml", 2)
    assert refused(policies) == set()


def test_the_newest_is_the_one_with_the_highest_number(policies: Path) -> None:
    """10 comes after 9; quotes and the line ends of Windows are no obstacle."""
    home = policies / "standard"
    text = (home / "v1.yaml").read_text(encoding="utf-8")
    for number in range(2, 10):
        later = text.replace("version: 1\n", f"version: {number}\n").replace("2000-01-01", f"'200{number}-01-01'")
        (home / f"v{number}.yaml").write_text(later, encoding="utf-8", newline="\r\n")
    versions.draft(policies, "standard", effective_from=DAY)
    made = versions.draft(policies, "standard", effective_from="2026-05-01")
    assert made.path.name == "v11.yaml"
    content = made.path.read_bytes()
    assert b"\r\nversion: 11\r\neffective_from: 2026-05-01   # long ago" in content
    assert content.count(b"\n") == content.count(b"\r\n")


@pytest.mark.parametrize(
    ("name", "day", "code"), [("standard", "2000-01-01", "version-order"), ("standart", DAY, "unknown-policy")]
)
def test_what_is_no_next_version(policies: Path, name: str, day: str, code: str) -> None:
    """One that does not begin later, or of a policy that there is not: nothing is written."""
    with pytest.raises(Refusal, match=code):
        versions.draft(policies, name, effective_from=day)
    assert len(library.load(policies).policies) == 6


def test_a_wrong_folder_is_mended_first(policies: Path) -> None:
    """Whatever a version is to be made of has to be right."""
    file = policies / "standard/v1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("after_days: 3\n", "after_day: 3\n"), encoding="utf-8")
    for what in (
        lambda: versions.draft(policies, "standard", effective_from=DAY),
        lambda: versions.new(policies, "mine", "dunning", currency=None, effective_from=DAY),
        lambda: versions.release(policies, ["standard"]),
    ):
        with pytest.raises(Refusal, match="after_day"):
            what()


# -- releases ----------------------------------------------------------------------------------------------------------


def test_a_release_seals_what_a_version_says(policies: Path) -> None:
    """Its lines are sorted by name and number; what was released before stays, and is not released again."""
    versions.draft(policies, "standard", effective_from=DAY)
    assert [policy.version for policy in versions.release(policies, ["trade-credit", "standard/v2"])] == [2, 1]
    assert [policy.name for policy in versions.release(policies, ["key-accounts", "standard"])] == [
        "key-accounts",
        "standard",
    ]
    assert versions.release(policies, ["standard"]) == ()
    lines = (policies / library.RELEASED).read_text(encoding="utf-8").splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "key-accounts/v1.yaml",
        "standard/v1.yaml",
        "standard/v2.yaml",
        "trade-credit/v1.yaml",
    ]
    assert all(line.startswith("sha256:") for line in lines)
    assert refused(policies) == set()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("after_days: 15\n", "after_days: 10\n", {"released-edited"}),
        ("amount: 40.00,", "amount: 40.0,", {"released-edited"}),
        ("after_days: 15\n", "after_days: 15   # two weeks and a day\n", set()),
        ("kind: dunning\nversion: 1\n", "version: 1\nkind:  'dunning'\n", set()),
        ("# To change this policy", "# To alter this policy", set()),
    ],
)
def test_a_released_version_says_what_it_said(policies: Path, old: str, new: str, found: set[str]) -> None:
    """What it decides may not change; comments and layout may, as for a version that was applied."""
    versions.release(policies, ["standard"])
    file = policies / "standard/v1.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert {problem.code for problem in trial.checked([policies], live=outcomes).problems} - {"case-failed"} == found


def test_a_released_version_stays(policies: Path) -> None:
    """A file that is gone, also for whoever checks only the folder of the policy; and a line that is no line."""
    versions.draft(policies, "standard", effective_from=DAY)
    versions.release(policies, ["standard"])
    (policies / "standard/v1.yaml").unlink()
    assert refused(policies) == {"released-missing"}
    with (policies / library.RELEASED).open("a", encoding="utf-8") as seal:
        seal.write("standard v9\n")
    assert refused(policies) == {"released-missing", "bad-released"}


def test_what_is_not_there_is_not_released(policies: Path) -> None:
    """Nothing of what was named is, then."""
    with pytest.raises(Refusal, match="standard/v2"):
        versions.release(policies, ["standard", "standard/v2"])
    assert not (policies / library.RELEASED).exists()


def test_a_layout_keeps_the_seal(policies: Path) -> None:
    """The digest in released.sha256 is that of the canonical JSON."""
    (sealed,) = versions.release(policies, ["standard"])
    found, _ = document.read(policies / "standard/v1.yaml")
    assert found and sealed.digest == document.digest(found.value)
