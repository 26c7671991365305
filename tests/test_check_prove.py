"""`duly check --prove`: what a proof finds is told with the rest, in every form, and can be waived like the rest."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from engine.decide import trial
from engine.decide.trial import Checked
from engine.errors import WARNINGS, Exit
from engine.policy.waivers import FOUND_UNPROVED, WAIVABLE
from engine.prove.checking import also_proved
from engine.prove.prove import proved
from engine.report import proof as told
from engine.report import verdict
from tests.desk import ROOT, Desk
from tests.test_since import git

PLANTED = ROOT / "tests" / "bad" / "analysis"
FOLDERS = sorted(path for path in PLANTED.iterdir() if path.is_dir())
DAY = "2026-03-01"
# Level 2 asks for what level 3 does not: a gap (a warning). The rule can never act (an error).
POLICY = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: A gap, and a rule that never acts.
currency: EUR
subject: receivable
ladder:
  levels:
    - {level: 1, name: one, after_days: 3, then: [{task: {what: call}}]}
    - {level: 2, name: two, after_days: 15, when: {open_amount: {at_least: 100.00}}, then: [{task: {what: call}}]}
    - {level: 3, name: three, after_days: 30, then: [{task: {what: call}}]}
rules:
  - {id: dead, when: {all: [{days_past_due: {at_least: 9}}, {days_past_due: {at_most: 8}}]}, then: [{task: {what: call}}]}
"""
GAP = "  - {code: level-gap, because: Small amounts are spared until autumn., until: 2026-03-31}\n"
DEAD = "  - {code: never-true, because: It will act once the bound is settled., until: 2026-03-31}\n"


def lay(folder: Path, *waivers: str, text: str = POLICY) -> Path:
    """The policy in a folder of policies, with these waivers."""
    path = folder / "policies" / "trade" / "v1.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + ("waivers:\n" + "".join(waivers) if waivers else ""), encoding="utf-8")
    return path.parent.parent


def both(folder: Path, day: str = DAY) -> Checked:
    """The check of a folder with the proof."""
    return also_proved(trial.checked([folder], day), [folder], day)


def codes(found: Checked) -> list[str]:
    """What is left, by code."""
    return sorted(problem.code for problem in found.problems)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_check_tells_what_the_proof_finds(folder: Path) -> None:
    """Every planted fault, at its place, once; with what the check finds by itself."""
    plain, found, proof = trial.checked([folder], DAY), both(folder), proved([folder], DAY)
    places = [(problem.where, problem.code) for problem in found.problems]
    assert len(set(places)) == len(places)
    assert set(places) == {(p.where, p.code) for p in (*plain.problems, *(one.problem for one in proof.findings))}
    assert found.claims == len(proof.claims)
    assert set(plain.problems) <= set(found.problems)


def beside(folder: Path) -> Path:
    """Another policy with the same faults in the same folder: its file."""
    other = folder / "other" / "v1.yaml"
    other.parent.mkdir()
    other.write_text(
        POLICY.replace("policy: trade", "policy: other").replace("subject: rec", "priority: 3\nsubject: rec"),
        encoding="utf-8",
    )
    return other


def test_an_error_makes_the_answer_no_and_a_warning_does_not(tmp_path: Path) -> None:
    """The same codes are warnings as for `duly prove`."""
    found = both(lay(tmp_path))
    assert codes(found) == ["level-gap", "never-true"]
    assert verdict.errors(found) == 1 and {"level-gap"} == WARNINGS & set(codes(found))
    assert verdict.errors(trial.checked([tmp_path / "policies"], DAY)) == 0
    fine = both(lay(tmp_path, DEAD))
    assert verdict.errors(fine) == 0
    assert verdict.answer(fine) == f"1 policy versions and 0 cases: 1 warning, 1 waived, {fine.claims} claims proved"


def test_what_is_proved_wrong_can_be_waived(tmp_path: Path) -> None:
    """Until its last day, with the reason; by `duly prove` as well. Without a proof nobody calls the waiver unused."""
    folder = lay(tmp_path, GAP, DEAD)
    assert trial.checked([folder], DAY).problems == ()
    found = both(folder, "2026-03-31")
    assert (codes(found), sorted(one.problem.code for one in found.waived)) == ([], ["level-gap", "never-true"])
    proof = proved([folder], "2026-03-31")
    assert (proof.findings, [one.problem.code for one in proof.waived]) == ((), ["level-gap", "never-true"])
    text = told.text(proof)
    assert " waived level-gap: " in text and " (until 2026-03-31: Small amounts are spared until autumn.)\n" in text
    assert text.endswith(" 0 errors, 0 warnings, 2 waived\n")
    assert [one["code"] for one in told.values(proof)["waived"]] == ["level-gap", "never-true"]


def test_a_waiver_that_has_ended_is_an_error(tmp_path: Path) -> None:
    """Beside what it waived; only where a proof finds that."""
    folder = lay(tmp_path, GAP)
    assert codes(both(folder, "2026-04-01")) == ["level-gap", "never-true", "waiver-expired"]
    assert [one.problem.code for one in proved([folder], "2026-04-01").errors] == ["never-true", "waiver-expired"]
    assert trial.checked([folder], "2026-04-01").problems == ()


def test_a_waiver_of_nothing_is_told_by_the_proof_only(tmp_path: Path) -> None:
    """Who has not looked cannot say that there is nothing."""
    folder = lay(tmp_path, GAP, text=POLICY.replace("when: {open_amount: {at_least: 100.00}}, ", ""))
    assert trial.checked([folder], DAY).problems == ()
    assert codes(both(folder)) == ["never-true", "waiver-unused"]
    assert [one.problem.code for one in proved([folder], DAY).findings] == ["never-true"]


def test_what_a_check_finds_by_itself_is_waived_once(tmp_path: Path) -> None:
    """A waiver that the check needs is not called unused because the proof did not need it."""
    text = POLICY.replace("after_days: 15", "after_days: 2").replace(", when: {open_amount: {at_least: 100.00}}", "")
    order = "  - {code: level-order, because: Rewritten in spring., until: 2026-03-31}\n"
    found = both(lay(tmp_path, order, DEAD, text=text))
    assert sorted(one.problem.code for one in found.waived) == ["level-order", "never-true"]
    assert codes(found) == []


def test_what_is_found_unproved_can_be_waived() -> None:
    """The list of what needs no proof is a part of what can be waived at all; a promise to all policies is not waived in one."""
    assert set(WAIVABLE) >= FOUND_UNPROVED
    assert "broken-invariant" not in WAIVABLE


def test_every_form_of_the_answer_has_it(tmp_path: Path) -> None:
    """Text, JSON, annotations, SARIF, JUnit and Markdown."""
    desk = Desk(tmp_path)
    lay(tmp_path, GAP)
    reports = [word for form in verdict.FORMATS for word in ("--report", f"{form}=out.{form}")]
    said = desk.run("check", "--prove", "--as-of", DAY, *reports)
    assert (said.exit, said.out) == (Exit.NO, "")
    assert "policies/trade/v1.yaml:14:22 never-true: " in said.err and " waived level-gap: " in said.err
    for form in verdict.FORMATS:
        assert "never-true" in desk.read(f"out.{form}") and "level-gap" in desk.read(f"out.{form}"), form
    levels = {one["code"]: one["level"] for one in json.loads(desk.read("out.json"))}
    assert levels == {"never-true": "error", "level-gap": "waived"}
    assert {one["ruleId"] for one in json.loads(desk.read("out.sarif"))["runs"][0]["results"]} == {
        "never-true",
        "level-gap",
    }
    assert ElementTree.fromstring(desk.read("out.junit")).get("failures") == "1"
    assert desk.run("check", "--as-of", DAY).exit == Exit.OK


def test_without_z3_it_says_so_in_one_line(tmp_path: Path) -> None:
    """Exit 2 and the remedy, and no answer that could be taken for one; a check without a proof needs nothing."""
    lay(tmp_path)
    (tmp_path / "z3.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'z3'\", name='z3')\n", encoding="utf-8"
    )
    said = Desk(tmp_path).shell("duly check --prove", PYTHONPATH=str(tmp_path))
    assert (said.exit, said.out) == (Exit.USAGE, "")
    assert (
        said.err
        == "duly check needs-extra: proofs are made with z3, which is not installed; run: pip install 'duly[prove]'\n"
    )
    assert Desk(tmp_path).shell("duly check", PYTHONPATH=str(tmp_path)).exit == Exit.OK


def test_a_policy_that_cannot_be_read_is_what_is_wrong(tmp_path: Path) -> None:
    """Nothing is proved then, and nothing said to be; the neighbour's mistake is told where only the file was asked about."""
    folder = lay(tmp_path)
    (folder / "other").mkdir()
    (folder / "other" / "v1.yaml").write_text("policy: [", encoding="utf-8")
    found = both(folder)
    assert (codes(found), found.claims) == (["yaml-syntax"], 0)
    own = folder / "trade" / "v1.yaml"
    alone = also_proved(trial.checked([own], DAY), [own], DAY)
    assert (codes(alone), alone.claims) == (["yaml-syntax"], 0)


def test_a_file_that_lies_anywhere_is_not_looked_around(tmp_path: Path) -> None:
    """Its folder is no policy's, so whatever lies beside it is not ours."""
    lay(tmp_path)
    lost = tmp_path / "policies" / "v1.yaml"
    lost.write_text(POLICY, encoding="utf-8")
    for path in (lost, tmp_path / "nothing.yaml"):
        plain = trial.checked([path], DAY)
        assert also_proved(plain, [path], DAY).problems == plain.problems != ()


def test_one_file_is_proved_among_its_neighbours_wherever_one_stands(tmp_path: Path) -> None:
    """From outside, from inside its folder, and by its own name; a neighbour's faults are not told."""
    folder = lay(tmp_path)
    beside(folder)
    for desk, path in (
        (Desk(tmp_path), "policies/trade"),
        (Desk(folder / "trade"), "."),
        (Desk(folder / "trade"), "v1.yaml"),
    ):
        said = desk.run("check", "--prove", "--as-of", DAY, path)
        assert (
            said.exit == Exit.NO
            and "never-true" in said.err
            and "other/v1.yaml" not in said.err.replace("(", "").split(" ")[0]
        )
        assert said.err.count("never-true") == 1
        assert desk.run("prove", "--as-of", DAY, path).out.count("never-true") == 1


def test_only_what_has_changed_is_proved(tmp_path: Path) -> None:
    """With --since: what concerns the files that have changed, and nothing where none has."""
    folder = lay(tmp_path)
    other = beside(folder)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    said = Desk(tmp_path).run("check", "--prove", "--as-of", DAY, "--since", "HEAD")
    assert (said.exit, said.out) == (Exit.OK, "nothing has changed, so nothing was checked\n")
    other.write_text(other.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    said = Desk(tmp_path).run("check", "--prove", "--as-of", DAY, "--since", "HEAD")
    assert said.exit == Exit.NO and said.err.count("never-true") == 1
    assert all(line.startswith("policies/other/") or "shadowed-policy" in line for line in said.err.splitlines()), (
        said.err
    )
