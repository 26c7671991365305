"""The forms in which `duly check` answers: each leaves nothing out, and each is what its reader can read."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import cli
from engine.decide.trial import Checked
from engine.errors import CODES, Place, Problem
from engine.report import verdict
from tests.desk import POLICY, Desk, laid_down

AWKWARD = "50 % of 'a|b', <b>c</b>: d"
# The essential shape of SARIF 2.1.0: what is required, which words there are, and that lines and columns count from 1.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"enum": ["2.1.0"]},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
                                },
                            }
                        },
                    },
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/text"},
                "help": {"$ref": "#/$defs/text"},
                "defaultConfiguration": {"properties": {"level": {"$ref": "#/$defs/level"}}},
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/text"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "suppressions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {"kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}},
                    },
                },
            },
        },
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "properties": {
                                "uri": {"type": "string", "pattern": "^[!-~]+$"},
                                "uriBaseId": {"type": "string"},
                            }
                        },
                        "region": {
                            "properties": {
                                "startLine": {"type": "integer", "minimum": 1},
                                "startColumn": {"type": "integer", "minimum": 1},
                            }
                        },
                    },
                }
            },
        },
    },
}


def wrong(*problems: Problem) -> Checked:
    """A check that found these, in policies/a/v1.yaml and policies/b/v1.yaml."""
    return Checked(2, 3, tuple(sorted(problems)), ("policies/a/v1.yaml", "policies/b/v1.yaml"))


def problem(line: int = 4, message: str = AWKWARD, file: str = "policies/a/v1.yaml") -> Problem:
    """A problem in a line."""
    return Problem(Place(file, line, 7 if line else 0), "level-order", message)


MANY = wrong(*(problem(line) for line in range(1, 24)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace with one policy."""
    return laid_down(tmp_path)


def test_the_command_line_knows_the_forms() -> None:
    """Listed twice only so that `duly --help` is quick."""
    assert tuple(verdict.FORMATS) == cli.CHECK_FORMATS


@pytest.mark.parametrize("form", [form for form in verdict.FORMATS if form != "github"])
def test_no_form_leaves_anything_out(form: str) -> None:
    """Twenty-three lines are twenty-three entries; only GitHub itself shows fewer."""
    assert (
        verdict.FORMATS[form](MANY).count("&lt;b" if form == "junit" else "b\\>c" if form == "markdown" else "<b>c")
        >= 23
    )


def test_text_is_what_the_terminal_says() -> None:
    """Place, code, message; the answer last."""
    assert verdict.text(wrong(problem())) == (
        f"policies/a/v1.yaml:4:7 level-order: {AWKWARD}\n2 policy versions and 3 cases: 1 error\n"
    )
    assert verdict.text(wrong()) == "2 policy versions and 3 cases: nothing wrong\n"


def test_json_says_the_level_of_each() -> None:
    """Numbers are numbers."""
    assert json.loads(verdict.as_json(wrong(problem()))) == [
        {
            "file": "policies/a/v1.yaml",
            "line": 4,
            "column": 7,
            "level": "error",
            "code": "level-order",
            "message": AWKWARD,
        }
    ]


def test_github_shows_ten_and_counts_the_rest() -> None:
    """Signs that GitHub would read as its own are escaped; what it would drop is said."""
    lines = verdict.github(MANY).splitlines()
    assert len(lines) == verdict.MOST_ANNOTATIONS + 2
    assert lines[0] == ("::error file=policies/a/v1.yaml,line=1,col=7,title=level-order::50 %25 of 'a|b', <b>c</b>: d")
    assert lines[-2:] == [
        "... and 13 more errors; the job summary has them all",
        "2 policy versions and 3 cases: 23 errors",
    ]
    assert "more" not in verdict.github(wrong(*(problem(line) for line in range(1, 11))))
    assert "... and 1 more error;" in verdict.github(wrong(*(problem(line) for line in range(1, 12))))


def test_github_names_an_awkward_file_and_a_problem_without_a_line() -> None:
    """A comma or colon would end the name, a 0 is no line."""
    assert verdict.github(wrong(problem(0, "x", "policies/a,b:c%/../d/v1.yaml"))).startswith(
        "::error file=policies/d/v1.yaml,title"
    )
    assert verdict.github(wrong(problem(0, "x\ny", "a,b:c%.yaml"))).startswith(
        "::error file=a%2Cb%3Ac%25.yaml,title=level-order::x%0Ay\n"
    )


@pytest.mark.parametrize(
    "found", [wrong(), MANY, wrong(problem(0), problem(3, "x", "/tmp/ä b.yaml"), problem(3, "y", "ü.yaml"))]
)
def test_sarif_is_sarif(found: Checked) -> None:
    """Also with nothing wrong, without a line, and with blanks in a name."""
    log = json.loads(verdict.FORMATS["sarif"](found))
    Draft202012Validator(SARIF).validate(log)
    run = log["runs"][0]
    assert len(run["results"]) == len(found.problems)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_sarif_leads_to_the_place_and_the_page() -> None:
    """Relative to the root of the repository; the page of the code in its help."""
    run = json.loads(verdict.FORMATS["sarif"](wrong(problem(3, "x", "./policies/ü.yaml"))))["runs"][0]
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "policies/%C3%BC.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 7},
            }
        }
    ]
    rule = run["tool"]["driver"]["rules"][0]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("level-order", CODES["level-order"])
    assert "(docs/problems/level-order.md)" in rule["help"]["markdown"]


def test_junit_has_a_suite_for_each_file() -> None:
    """One with failures, one that passed."""
    root = ElementTree.fromstring(verdict.FORMATS["junit"](wrong(problem(4), problem(9, "bell \x07"))))
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "3", "2")
    bad, good = root
    assert [suite.get("name") for suite in (bad, good)] == ["policies/a/v1.yaml", "policies/b/v1.yaml"]
    assert [test.get("name") for test in bad] == ["level-order 4:7", "level-order 9:7"]
    assert [failure.get("message") for failure in bad.iter("failure")] == [AWKWARD, "bell ?"]
    assert [list(test) for test in good] == [[]]


def test_markdown_shows_what_people_wrote_as_it_is() -> None:
    """Neither a table nor a page falls apart; the code leads to its page."""
    said = verdict.markdown(wrong(problem()))
    assert "❌ 2 policy versions and 3 cases: 1 error" in said
    assert "### policies/a/v1.yaml" in said
    assert "50 % of 'a\\|b', \\<b\\>c\\</b\\>: d |" in said
    assert "| 4:7 | error | [`level-order`](docs/problems/level-order.md " in said
    assert verdict.markdown(wrong()) == "## duly check\n\n✅ 2 policy versions and 3 cases: nothing wrong\n"


# -- on the command line ----------------------------------------------------------------------------------------------------


def test_several_reports_at_once(desk: Desk) -> None:
    """Each in its file, beside what the terminal says; the exit code is the same."""
    desk.write("policies/trade/v1.yaml", POLICY.replace("currency: EUR", "currency: EUX"))
    said = desk.run("check", "--report", "sarif=out.sarif", "--report", "junit=out.xml", "--report", "markdown=out.md")
    assert (said.exit, said.out) == (1, "")
    assert " unknown-currency: " in said.err
    assert json.loads(desk.read("out.sarif"))["runs"][0]["results"][0]["ruleId"] == "unknown-currency"
    assert ElementTree.fromstring(desk.read("out.xml")).get("failures") == "1"
    assert "unknown-currency" in desk.read("out.md")


def test_github_gets_a_job_summary(desk: Desk) -> None:
    """Added to what other steps have written there."""
    desk.write("summary.md", "before\n")
    said = desk.run("check", "--format", "github", GITHUB_STEP_SUMMARY=str(desk.folder / "summary.md"))
    assert (said.exit, said.out) == (0, "1 policy versions and 0 cases: nothing wrong\n")
    assert desk.read("summary.md") == "before\n## duly check\n\n✅ 1 policy versions and 0 cases: nothing wrong\n"


@pytest.mark.parametrize("report", ["sarif", "sarif=", "pdf=x.pdf", "=x"])
def test_a_report_that_there_is_not(desk: Desk, report: str) -> None:
    """A usage error that lists the forms."""
    said = desk.run("check", "--report", report)
    assert said.exit == 2
    assert "FORMAT=FILE with one of text, json, github, sarif, junit, markdown" in said.err


def test_two_reports_in_one_file(desk: Desk) -> None:
    """The second would overwrite the first; however the file is written, nothing is."""
    said = desk.run("check", "--report", "sarif=out", "--report", "json=other", "--report", "junit=./policies/../out")
    assert (said.exit, said.out) == (2, "")
    assert "'policies/../out' is named for two reports; give each a file of its own" in said.err
    assert not (desk.folder / "out").exists()


def test_a_report_that_cannot_be_written(desk: Desk) -> None:
    """One line, no traceback."""
    said = desk.run("check", "--report", "json=no/such/folder/x.json")
    assert (said.exit, said.err) == (1, "no/such/folder/x.json cannot-write: No such file or directory\n")
