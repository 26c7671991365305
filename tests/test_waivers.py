"""Waivers: what is accepted is shown as such until it ends, and a waiver that has ended or waives nothing is told of."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from engine.decide import trial
from engine.decide.trial import Checked
from engine.errors import CODES, WARNINGS
from engine.policy import document, library
from engine.policy.waivers import WAIVABLE
from engine.report import verdict
from tests.desk import Desk, laid_down

POLICY = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Level 2 comes before level 1, which somebody wants.
currency: EUR
subject: receivable
ladder:
  levels:
    - {level: 1, name: one, after_days: 10, then: [{task: {what: call}}]}
    - {level: 2, name: two, after_days: 5, then: [{task: {what: visit}}]}
"""
WAIVER = "  - {code: level-order, because: Rewritten in spring., until: 2026-03-31}\n"
PROBLEM = "trade/v1.yaml:11:41 level-order: level 2 would be reached before a level below it; give it more days"


def lay(folder: Path, text: str, file: str = "trade/v1.yaml") -> Path:
    """A policy in the folder."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def waived(*waivers: str) -> str:
    """The policy with these waivers."""
    return f"{POLICY}waivers:\n{''.join(waivers)}"


def said(folder: Path, found: Checked) -> list[str]:
    """The lines of the answer, files below the folder."""
    return [line.replace(f"{folder}/", "") for line in verdict.lines(found)]


def test_a_waived_problem_is_no_error_and_is_shown_with_its_reason(tmp_path: Path) -> None:
    """Up to and with its last day."""
    lay(tmp_path, waived(WAIVER))
    for day in ("2026-01-01", "2026-03-31"):
        found = trial.checked([tmp_path], day)
        assert (found.problems, verdict.errors(found)) == ((), 0)
        assert said(tmp_path, found) == [
            PROBLEM.replace("level-order", "waived level-order") + " (until 2026-03-31: Rewritten in spring.)"
        ]
        assert verdict.answer(found) == "1 policy versions and 0 cases: nothing wrong, 1 waived"


def test_from_the_next_day_on_it_is_an_error_and_so_is_the_waiver(tmp_path: Path) -> None:
    """`waiver-expired`, at the waiver."""
    found = trial.checked([lay(tmp_path, waived(WAIVER))], "2026-04-01")
    assert said(tmp_path, found) == [
        PROBLEM,
        "trade/v1.yaml:13:5 waiver-expired: the waiver of level-order ended on 2026-03-31; "
        "mend what it waives, or say why it may go on until when",
    ]
    assert (verdict.errors(found), found.waived) == (2, ())


@pytest.mark.parametrize("day", ["2026-01-01", "2026-04-01"])
def test_a_waiver_of_nothing_is_a_warning(tmp_path: Path, day: str) -> None:
    """`waiver-unused`, whether it has ended or not; the answer stays yes."""
    found = trial.checked([lay(tmp_path, waived(WAIVER).replace("after_days: 5", "after_days: 15"))], day)
    assert said(tmp_path, found) == [
        "trade/v1.yaml:13:5 warning waiver-unused: nothing is wrong in this file by level-order; remove the waiver"
    ]
    assert verdict.errors(found) == 0
    assert verdict.answer(found) == "1 policy versions and 0 cases: 1 warning"


@pytest.mark.parametrize(
    ("at", "fits"),
    [
        ("ladder", True),
        ("ladder.levels.2", True),
        ("ladder.levels.2.after_days", True),
        ("ladder.levels.1", False),
        ("ladder.levels.2.name", False),
        ("summary", False),
    ],
)
def test_a_waiver_may_be_about_one_place(tmp_path: Path, at: str, *, fits: bool) -> None:
    """Items of lists count from 1, as people count levels; a problem elsewhere stays one, and the waiver is unused."""
    found = trial.checked([lay(tmp_path, waived(WAIVER.replace("}", f", at: {at}}}")))], "2026-01-01")
    assert [one.problem.code for one in found.waived] == (["level-order"] if fits else [])
    assert [problem.code for problem in found.problems] == ([] if fits else ["level-order", "waiver-unused"])


def test_a_key_with_points_in_it_is_one_key(tmp_path: Path) -> None:
    """Facts of a customer have points in their names."""
    text = POLICY.replace("ladder:", "covers: {customer.segment: {in: [sme]}}\nladder:")
    waiver = WAIVER.replace("}", ", at: covers.customer.segment.in.1}")
    found = trial.checked([lay(tmp_path, f"{text}waivers:\n{waiver}")], "2026-01-01")
    assert [problem.code for problem in found.problems] == ["level-order", "waiver-unused"]


def test_a_preview_does_not_stop_because_a_day_went_by(tmp_path: Path) -> None:
    """Without a date every waiver holds; only `duly check` asks for one."""
    assert library.load(lay(tmp_path, waived(WAIVER))).problems == ()
    assert [problem.code for problem in library.load(tmp_path, as_of="2026-04-01").problems] == [
        "level-order",
        "waiver-expired",
    ]


def test_nobody_is_asked_to_edit_a_version_that_decides_no_more(tmp_path: Path) -> None:
    """What it waived stays waived, and a waiver of nothing is not told of."""
    lay(tmp_path, waived(WAIVER, WAIVER.replace("level-order", "equal-priority")))
    later = (
        POLICY.replace("version: 1", "version: 2").replace("2026-01-01", "2026-06-01").replace("days: 5", "days: 15")
    )
    lay(tmp_path, later, "trade/v2.yaml")
    found = trial.checked([tmp_path], "2026-06-01")
    assert (found.problems, [one.problem.code for one in found.waived]) == ((), ["level-order"])
    codes = [problem.code for problem in trial.checked([tmp_path], "2026-05-31").problems]
    assert codes == ["level-order", "waiver-expired", "waiver-unused"]


def test_a_waiver_holds_in_its_own_file_only(tmp_path: Path) -> None:
    """The policy beside it has the same mistake."""
    lay(tmp_path, waived(WAIVER))
    other = POLICY.replace("policy: trade", "policy: other").replace(
        "subject: receivable", "subject: receivable\npriority: 9"
    )
    lay(tmp_path, other, "other/v1.yaml")
    found = trial.checked([tmp_path], "2026-01-01")
    assert [Path(problem.where.file).parent.name for problem in found.problems] == ["other"]
    assert trial.checked([tmp_path / "trade"], "2026-01-01").problems == ()
    assert trial.checked([tmp_path / "other"], "2026-01-01").waived == ()


@pytest.mark.parametrize("name", ["dunning", "credit"])
def test_the_schema_lists_what_can_be_waived(name: str) -> None:
    """Checks of meaning that the engine can live with; an error of the schema or of the text is not among them."""
    loaded: Any = document.schema(name)
    assert tuple(loaded["properties"]["waivers"]["items"]["properties"]["code"]["enum"]) == WAIVABLE
    assert set(WAIVABLE) <= set(CODES)
    assert frozenset(CODES) >= WARNINGS


def test_every_form_shows_what_is_waived_and_why(tmp_path: Path) -> None:
    """No form takes it for an error."""
    found = trial.checked([lay(tmp_path, waived(WAIVER))], "2026-01-01")
    (entry,) = json.loads(verdict.FORMATS["json"](found))
    assert (entry["level"], entry["because"], entry["until"]) == ("waived", "Rewritten in spring.", "2026-03-31")
    assert verdict.FORMATS["github"](found).startswith("::notice file=")
    assert " (until 2026-03-31%3A" not in verdict.FORMATS["github"](found)
    (result,) = json.loads(verdict.FORMATS["sarif"](found))["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "Rewritten in spring. (until 2026-03-31)"}]
    root = ElementTree.fromstring(verdict.FORMATS["junit"](found))
    assert (root.get("failures"), root.get("skipped")) == ("0", "1")
    assert "| waived |" in verdict.FORMATS["markdown"](found)
    assert "until 2026-03-31: Rewritten in spring." in verdict.FORMATS["markdown"](found)


def test_the_command_line_asks_for_today_or_a_date(tmp_path: Path) -> None:
    """Warnings and what is waived on stderr, the answer on stdout; an ended waiver is a no."""
    desk: Desk = laid_down(tmp_path)
    desk.write("policies/trade/v1.yaml", waived(WAIVER))
    fine = desk.run("check", "--as-of", "2026-03-31")
    assert (fine.exit, fine.out) == (0, "1 policy versions and 0 cases: nothing wrong, 1 waived\n")
    assert " waived level-order: " in fine.err
    ended = desk.run("check", "--as-of", "2026-04-01")
    assert (ended.exit, ended.out) == (1, "")
    assert " waiver-expired: " in ended.err
