"""`duly test`: cases are run and told in three formats, and expectations are written anew where somebody asks for it."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner

from cli import main
from engine.assay import command, suite
from engine.errors import Refusal
from tests.test_trial import AT_LEVEL_1, KEPT, POLICY, lay

CASES = f"""\
# Read me first.
policy: trade
cases:
  - name: three days late
    given: {{days_past_due: 3}}  # the bank
    expect: {{level: 1, actions: [notice]}}  # by e-mail

  # The second letter.
  - name: ten days late
    given: {{{AT_LEVEL_1}}}
    expect:
      level: 2
      # Both of them.
      actions:
        - notice: {{template: formal}}
        - late_fee: {{amount: 30.00}}
      # Nothing more.

  - {{name: on one line, given: {{days_past_due: 2}}, expect: {{level: 1}}}}
  - expect: {{level: 1}}
    name: the expectation first
    given: {{days_past_due: -3}}
"""


def found(folder: Path, given: str = CASES, word: str = "") -> command.Found:
    """What comes of the cases in a folder of policies."""
    lay(folder, given=given)
    return command.run([folder], word)


def test_every_case_is_run(tmp_path: Path) -> None:
    """A failed case is one line, with all that it missed."""
    ran = found(tmp_path)
    assert ran.wrong
    lines = ran.written("text", json.dumps).splitlines()
    assert len(lines) == 4
    assert lines[0].endswith(
        "cases.yaml:9:5 case-failed: 'ten days late': expected late_fee with amount 30.00 EUR, but late_fee (level 2);"
        " not expected, but called for: late_fee (level 2)"
    )
    assert lines[-1] == "4 cases of 1 policy: 3 failed"


def test_a_word_chooses_cases(tmp_path: Path) -> None:
    """By their name or that of their policy, whatever the letters' case."""
    assert [result.case.name for result in found(tmp_path, word="THREE").results] == ["three days late"]
    assert len(found(tmp_path, word="trade").results) == 4
    assert not found(tmp_path, word="three").wrong


@pytest.mark.parametrize("word", ["", "nobody"])
def test_no_case_is_a_failure(tmp_path: Path, word: str) -> None:
    """Where nothing was tried, nothing is said to be right."""
    lay(tmp_path, given=KEPT if word else None)
    with pytest.raises(Refusal) as refused:
        command.run([tmp_path], word)
    assert [problem.code for problem in refused.value.problems] == ["no-case"]


def test_a_wrong_policy_is_told_and_not_tried(tmp_path: Path) -> None:
    """Its cases would only repeat it."""
    lay(tmp_path, POLICY.replace("EUR", "EUX"), KEPT)
    with pytest.raises(Refusal) as refused:
        suite.load([tmp_path])
    assert [problem.code for problem in refused.value.problems] == ["unknown-currency"]


@pytest.mark.parametrize("path", ["trade", "trade/cases.yaml", "trade/v1.yaml", ".", ""])
def test_paths(tmp_path: Path, path: str) -> None:
    """A folder of policies, of one policy, or a file in it; a case that two paths reach is run once."""
    lay(tmp_path, given=KEPT)
    assert len(command.run([tmp_path / path, tmp_path], "").results) == 1


def test_json_and_junit(tmp_path: Path) -> None:
    """What a program and a CI server read."""
    ran = found(tmp_path, CASES.replace("three days late", '"three <days> & \\"late\\""'))
    read = json.loads(ran.written("json", json.dumps))
    assert (read["kept"], read["failed"], len(read["cases"])) == (1, 3, 4)
    assert read["cases"][1]["line"] == 9
    tree = Xml.fromstring(ran.written("junit", json.dumps))
    assert (tree.get("tests"), tree.get("failures")) == ("4", "3")
    assert next(test.get("name") for test in tree.iter("testcase")) == 'three <days> & "late"'
    assert len(list(tree.iter("failure"))) == 3


def test_reports_are_kind_and_file() -> None:
    """Anything else is a mistake of whoever calls."""
    assert command.reports(["junit=a/b.xml", "json=c"]) == (("junit", Path("a/b.xml")), ("json", Path("c")))
    for wrong in ("junit", "junit=", "sarif=x", ""):
        assert command.reports([wrong]) is None


def test_update_writes_what_is_decided(tmp_path: Path) -> None:
    """Only the expectations of failing cases change; afterwards every case is kept, and the diff shows what was written."""
    diff = found(tmp_path).update()
    text = (tmp_path / "trade" / "cases.yaml").read_text(encoding="utf-8")
    assert text == CASES.replace("30.00", "40.00").replace("      # Both of them.\n", "").replace(
        "given: {days_past_due: 2}, expect: {level: 1}", "given: {days_past_due: 2}, expect: {actions: []}"
    ).replace("- expect: {level: 1}", "- expect: {actions: []}")
    assert "-        - late_fee: {amount: 30.00}\n+        - late_fee: {amount: 40.00}\n" in diff
    assert diff.endswith("3 expectations rewritten\n")
    assert not command.run([tmp_path], "").wrong


def test_update_leaves_kept_cases_alone(tmp_path: Path) -> None:
    """Byte for byte."""
    ran = found(tmp_path, KEPT)
    assert ran.update() == "0 expectations rewritten\n"
    assert (tmp_path / "trade" / "cases.yaml").read_text(encoding="utf-8") == KEPT


def test_update_says_what_it_cannot_rewrite(tmp_path: Path) -> None:
    """An expectation that other cases name as well is not changed under their hands; the rest is rewritten all the same."""
    given = CASES.replace("expect: {level: 1, actions: [notice]}", "expect: &same {level: 2}").replace(
        "    name: the", "    name: an alias\n    given: {days_past_due: 1}\n  - expect: *same\n    name: the"
    )
    with pytest.raises(Refusal) as refused:
        found(tmp_path, given).update()
    assert [problem.code for problem in refused.value.problems] == ["case-not-rewritten"]
    assert {result.case.name for result in command.run([tmp_path], "").results if result.said} == {"three days late"}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("standard", "after_days: 15", "after_days: 14"),
        ("small-frequent", "tolerance: 5.00", "tolerance: 6.00"),
        ("trade-credit", "      days: 14\n", "      days: 13\n"),
        ("strategic", "base: 0", "base: 1"),
    ],
)
def test_update_on_the_starter_policies(tmp_path: Path, name: str, before: str, after: str) -> None:
    """Hundreds of cases, flow and block: each is kept afterwards, and every name, given fact and comment is as it was."""
    folder = tmp_path / "policies"
    shutil.copytree(Path(__file__).parent.parent / "policies", folder)
    version, cases = folder / name / "v1.yaml", folder / name / "cases.yaml"
    changed = version.read_text(encoding="utf-8").replace(before, after)
    version.write_text(changed, encoding="utf-8")
    told = [
        line
        for line in cases.read_text(encoding="utf-8").splitlines()
        if "#" in line or "name:" in line or "given:" in line
    ]
    ran = command.run([folder / name], "")
    assert ran.wrong
    ran.update()
    assert not command.run([folder / name], "").wrong
    assert told == [
        line
        for line in cases.read_text(encoding="utf-8").splitlines()
        if "#" in line or "name:" in line or "given:" in line
    ]


def test_the_command(tmp_path: Path) -> None:
    """Exit codes, reports beside what is shown, and a threshold."""
    folder = lay(tmp_path / "policies", given=KEPT).parent
    report = tmp_path / "cases.xml"

    def duly(*arguments: str) -> tuple[int, str]:
        """What the command line answers."""
        done = CliRunner().invoke(main, ["test", str(folder), *arguments])
        return done.exit_code, done.stdout

    assert duly("--report", f"junit={report}") == (0, "1 case of 1 policy: all kept\n")
    assert Xml.parse(report).getroot().get("tests") == "1"
    assert duly("--report", "nonsense")[0] == 2
    assert duly("-k", "nobody") == (1, "")
    code, shown = duly("--fail-under", "90")
    assert code == 1
    assert "covered" in shown
    assert duly("--mutate", "--fail-under", "10")[0] == 0
    assert json.loads(duly("--coverage", "--mutate", "--format", "json")[1]).keys() == {
        "cases", "failed", "kept", "coverage", "mutation"
    }  # fmt: skip
    (folder / "cases.yaml").write_text(KEPT.replace("level: 1", "level: 2"), encoding="utf-8")
    assert duly("--format", "junit")[0] == 1
    assert duly("--update")[0] == 0
    assert duly()[0] == 0


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with a policy that has cases, and one whose newest version has none."""
    folder = lay(tmp_path / "policies", given=KEPT).parent.parent
    for version in (1, 2):
        (folder / "bare").mkdir(exist_ok=True)
        text = POLICY.replace("policy: trade", "policy: bare\npriority: 5").replace("version: 1", f"version: {version}")
        (folder / "bare" / f"v{version}.yaml").write_text(text.replace("2026-01-01", f"2026-0{version}-01"), encoding="utf-8")
    return folder


def answer(*arguments: str) -> tuple[int, str, str]:
    """What `duly test` answers: the exit code, what it printed, what it said beside that."""
    done = CliRunner().invoke(main, ["test", *arguments], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("wanted", [("--mutate",), ("--coverage",), ("--mutate", "--coverage"), ()])
def test_a_policy_without_cases_is_below_every_threshold(two: Path, wanted: tuple[str, ...]) -> None:
    """Nobody tries it, so nothing of it is noticed or covered; it is listed, and not left out."""
    code, out, err = answer(str(two), *wanted, "--fail-under", "1")
    assert (code, out.count("bare v2: no cases\n")) == (1, 1)
    assert "bare v1" not in out + err
    tried = {"--mutate": "notice 0.00 % of the mutants", "--coverage": "cover 0.00 %"}
    said = "".join(f"{two}/bare/v2.yaml:1:1 below-threshold: the cases {tried[one]}, less than 1.00 %; add cases\n"
                   for one in sorted(wanted or ("--coverage",)))  # fmt: skip
    assert err == said


def test_a_policy_without_cases_is_told_without_a_threshold(two: Path) -> None:
    """A warning: the answer stays yes. Of a word, or of another policy's folder, it is not said: there it was not asked for."""
    warning = f"{two}/bare/v2.yaml:1:1 no-case: no case speaks of bare v2; write what it promises into cases.yaml beside it\n"
    assert answer(str(two)) == (0, "1 case of 1 policy: all kept\n", warning)
    code, out, err = answer(str(two), "--mutate")
    assert (code, err) == (0, warning)
    assert out.endswith("bare v2: no cases\n")
    assert json.loads(answer(str(two), "--mutate", "--format", "json")[1])["without_cases"] == [
        {"policy": "bare", "version": 2}
    ]
    assert answer(str(two / "trade"), "--mutate")[2] == ""
    assert answer(str(two), "-k", "trade", "--mutate", "--fail-under", "1")[0] == 0


def test_cases_of_an_earlier_version_do_not_count_for_the_newest(two: Path) -> None:
    """Also in the folder of the one policy."""
    early = KEPT.replace("policy: trade", "policy: bare\nas_of: 2026-01-15")
    (two / "bare" / "cases.yaml").write_text(early, encoding="utf-8")
    code, out, _ = answer(str(two / "bare"), "--mutate", "--fail-under", "1")
    assert (code, "bare v2: no cases\n" in out) == (1, True)
    (two / "bare" / "cases.yaml").write_text(KEPT.replace("policy: trade", "policy: bare"), encoding="utf-8")
    assert answer(str(two), "--mutate", "--fail-under", "1")[::2] == (0, "")


@pytest.mark.parametrize("ignored", [("--mutate",), ("--coverage",), ("--fail-under", "90")])
def test_update_measures_nothing(two: Path, ignored: tuple[str, ...]) -> None:
    """Whoever asks for both is told so, and nothing is written."""
    cases = two / "trade" / "cases.yaml"
    wrong = KEPT.replace("level: 1", "level: 2")
    cases.write_text(wrong, encoding="utf-8")
    code, out, err = answer(str(two), "--update", *ignored)
    assert (code, out) == (2, "")
    assert "--update goes with none of --coverage, --mutate and --fail-under" in err
    assert cases.read_text(encoding="utf-8") == wrong


def test_two_reports_in_one_file(two: Path, tmp_path: Path) -> None:
    """The second would overwrite the first."""
    file = tmp_path / "r"
    code, out, err = answer(str(two), "--report", f"json={file}", "--report", f"junit={tmp_path / 'policies' / '..' / 'r'}")
    assert (code, out, file.exists()) == (2, "", False)
    assert "is named for two reports; give each a file of its own" in err
