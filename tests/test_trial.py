"""Trying a policy on its cases: every promise that is not kept is told where it stands, and nothing wrong is ever passed over."""

import contextlib
import textwrap
from pathlib import Path

import pytest

from engine.decide import trial
from engine.decide.findings import compile_policy
from engine.decide.made import given as facts_of
from engine.policy import cases, library
from engine.policy.cases import Case, Expectation
from tests.books import policy
from tests.desk import ROOT

POLICY = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Two letters, a fee with the second, and a call about a broken promise.
currency: EUR
subject: receivable
covers: {none: [{customer.segment: public}]}
withhold:
  - because: just-spoken
    when: {customer.days_since_contact: {at_most: 2}}
ladder:
  levels:
    - level: 1
      name: friendly reminder
      after_days: 3
      then:
        - notice: {channel: email, template: friendly}
    - level: 2
      name: formal reminder
      after_days: 10
      then:
        - notice: {channel: letter, template: formal, pay_within_days: 7}
        - late_fee: {amount: 40.00}
rules:
  - id: broken-promise
    when: {promise: broken}
    then:
      - task: {what: call}
      - notice: {channel: email, template: formal}
"""
AT_LEVEL_1 = "days_past_due: 10, level: 1, days_since_last_notice: 7, last_notice_delivered: true"
KEPT = """\
policy: trade
cases:
  - name: three days late
    given: {days_past_due: 3}
    expect: {level: 1, actions: [notice]}
"""


def lay(folder: Path, text: str = POLICY, given: str | None = None, name: str = "trade/v1.yaml") -> Path:
    """A folder of policies with that version, its templates and its cases."""
    for template in ("friendly.en.email.j2", "formal.en.letter.j2", "formal.en.email.j2"):
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        (folder / "templates" / template).write_text("Hello", encoding="utf-8")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if given is not None:
        (path.parent / "cases.yaml").write_text(given, encoding="utf-8")
    return path


def told(*paths: Path) -> list[str]:
    """What is wrong with these paths: name of the file, line, code and the message."""
    return [
        f"{Path(problem.where.file).name}:{problem.where.line} {problem.code}: {problem.message}"
        for problem in trial.checked(paths).problems
    ]


def failures(folder: Path, given: str, expect: str) -> list[str]:
    """What is said of one case whose `given` is in line 4 and whose actions begin in line 7; without its name and code."""
    lay(folder, given=f"policy: trade\ncases:\n  - name: it\n    given: {{{given}}}\n    expect:\n{expect}")
    return [line.removeprefix("cases.yaml:").replace(" case-failed: 'it'", "") for line in told(folder)]


def expecting(level: str = "unchanged", actions: tuple[str, ...] = (), withheld: str = "") -> str:
    """The text of an expectation: level in line 6, the actions from line 8 on."""
    listed = "".join(f"        - {action}\n" for action in actions)
    return (f"      level: {level}\n      actions:{' []' if not actions else ''}\n{listed}"
            + (f"      withheld: [{withheld}]\n" if withheld else ""))  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expect", "expected"),
    [
        ("days_past_due: 2", expecting(), []),
        ("days_past_due: 3", expecting("1", ("notice",)), []),
        (AT_LEVEL_1, expecting("2", ("late_fee", "notice")), []),
        (AT_LEVEL_1, expecting("2", ("late_fee: {amount: 40.00}", "notice: {pay_within_days: 7}")), []),
        ("promise: broken", expecting(actions=("notice", "task: {what: call}")), []),
        ("days_past_due: 3, customer.days_since_contact: 2", expecting(withheld="just-spoken"), []),
        ("days_past_due: 3, customer.days_since_contact: 3", expecting("1", ("notice",)), []),
    ],
)
def test_a_promise_that_is_kept(tmp_path: Path, given: str, expect: str, expected: list[str]) -> None:
    """Nothing is said of it."""
    assert failures(tmp_path, given, expect) == expected


@pytest.mark.parametrize(
    ("given", "expect", "expected"),
    [
        # The level: another one, none though one was expected, one though none was.
        ("days_past_due: 3", expecting("2", ("notice",)), ["3: expected level 2, but it is 1"]),
        ("days_past_due: 2", expecting("1"), ["3: expected level 1, but it is unchanged"]),
        ("days_past_due: 3", expecting(actions=("notice",)), ["3: expected level unchanged, but it is 1"]),
        # An action that is missing, each on its own line.
        ("days_past_due: 2", expecting(actions=("notice",)), ["8: expected notice, but nothing is"]),
        (
            "days_past_due: 3",
            expecting("1", ("notice", "credit_hold", "task: {what: visit}")),
            ["9: expected credit_hold, but nothing is", "10: expected task with what visit, but nothing is"],
        ),
        # The same action twice, where it is called for once.
        (
            "days_past_due: 3",
            expecting("1", ("notice", "notice: {channel: email}")),
            ["8: expected notice, but nothing is"],
        ),
        # An action that is there, but otherwise; amounts as a person writes them.
        (
            "days_past_due: 3",
            expecting("1", ("notice: {channel: letter}",)),
            [
                "3: not expected, but called for: notice (level 1)",
                "8: expected notice with channel letter, but notice (level 1)",
            ],
        ),
        (
            AT_LEVEL_1,
            expecting("2", ("notice", "late_fee: {amount: 39.99}")),
            [
                "3: not expected, but called for: late_fee (level 2)",
                "9: expected late_fee with amount 39.99 EUR, but late_fee (level 2)",
            ],
        ),
        # An action too many.
        ("days_past_due: 3", expecting("1"), ["3: not expected, but called for: notice (level 1)"]),
        (
            "promise: broken",
            expecting(actions=("task",)),
            ["3: not expected, but called for: notice (rule broken-promise)"],
        ),
        # A reason that is missing, and one that was not expected; what is withheld is not done.
        (
            "days_past_due: 3",
            expecting("1", ("notice",), "just-spoken"),
            ["3: expected to be withheld as just-spoken, but it is not"],
        ),
        (
            "days_past_due: 3, customer.days_since_contact: 1",
            expecting(),
            ["3: withheld as just-spoken, which was not expected"],
        ),
        (
            "days_past_due: 3, dispute: whole",
            expecting("1", ("notice",)),
            [
                "3: expected level 1, but it is unchanged",
                "3: withheld as disputed, which was not expected",
                "8: expected notice, but nothing is",
            ],
        ),
        # What the policy does not cover gets nothing, and nothing is withheld either.
        (
            "days_past_due: 3, customer.segment: public",
            expecting("1", ("notice",), "just-spoken"),
            [
                "3: expected level 1, but it is unchanged",
                "3: expected to be withheld as just-spoken, but it is not",
                "8: expected notice, but nothing is",
            ],
        ),
    ],
)
def test_a_promise_that_is_broken(tmp_path: Path, given: str, expect: str, expected: list[str]) -> None:
    """Each breach is told once, an action at its own line and all else at the case."""
    assert failures(tmp_path, given, expect) == expected


def test_which_action_is_meant_does_not_depend_on_the_order() -> None:
    """Two notices, described so that only one way of pairing them fits: by channel the one, by template the other."""
    two = policy(
        POLICY.replace(
            "template: friendly}", "template: formal}\n        - notice: {channel: email, template: friendly}"
        )
    )
    for first, second in (
        (("channel", "email"), ("template", "formal")),
        (("template", "formal"), ("channel", "email")),
    ):
        wanted = tuple(cases.Expected("notice", (parameter,)) for parameter in (first, second))
        case = Case("it", "trade", 1, None, {"days_past_due": 3}, Expectation(1, wanted, ()))
        assert trial.try_cases([case], [two]) == ()


def test_each_case_is_tried_on_its_own() -> None:
    """Of three cases the second fails, and only it is named."""
    one = policy(POLICY)
    made = [
        Case(name, "trade", 1, None, {"days_past_due": days}, Expectation(1, (cases.Expected("notice", ()),), ()))
        for name, days in (("three", 3), ("two", 2), ("four", 4))
    ]
    assert {problem.message.split(":")[0] for problem in trial.try_cases(made, [one])} == {"'two'"}
    assert trial.try_cases([], [one]) == ()


def test_the_version_in_force_is_tried(tmp_path: Path) -> None:
    """On the day that the cases name; without one, the newest."""
    lay(tmp_path, given=KEPT)
    later = POLICY.replace("version: 1", "version: 2").replace("from: 2026-01-01", "from: 2026-07-01")
    lay(tmp_path, later.replace("after_days: 3", "after_days: 4"), name="trade/v2.yaml")
    assert len(told(tmp_path)) == 2
    (tmp_path / "trade" / "cases.yaml").write_text(
        KEPT.replace("cases:", "as_of: 2026-06-30\ncases:"), encoding="utf-8"
    )
    assert told(tmp_path) == []


# -- what a case does not say -----------------------------------------------------------------------------------------------


def made(text: str, given: dict[str, int | str | None]) -> dict[str, object]:
    """The facts of a made subject, those that the policy's rule stands on."""
    rules = f"rules:\n  - id: r\n    when: {text}\n    then:\n      - task: {{what: call}}\n"
    one = compile_policy(policy(POLICY[: POLICY.index("covers")] + rules))
    found = facts_of(Case("it", "trade", 1, None, given, Expectation(None, (), ())), one)
    return dict(found)


@pytest.mark.parametrize(
    ("fact", "operator", "given", "expected"),
    [
        # Neutral: 1,000.00 open, nothing late, nothing known of the customer.
        ("open_amount", "{at_least: 1.00}", {}, 100_000),
        ("days_past_due", "{at_least: 1}", {}, 0),
        ("customer.rating", "{is: A}", {}, None),
        ("dispute", "{is: none}", {}, "none"),
        # As the case says, also where it says that something is missing.
        ("open_amount", "{at_least: 1.00}", {"open_amount": 5_000}, 5_000),
        ("customer.headroom", "{at_least: 1.00}", {"customer.headroom": None}, None),
        # As it follows from what the case says.
        ("days_until_due", "{at_least: 1}", {"days_past_due": -5}, 5),
        ("days_past_due", "{at_least: 1}", {"days_until_due": 5}, -5),
        ("original_amount", "{at_least: 1.00}", {"open_amount": 5_000}, 5_000),
        ("undisputed_amount", "{at_least: 1.00}", {"open_amount": 5_000}, 5_000),
        ("disputed_amount", "{at_least: 1.00}", {"dispute": "whole", "open_amount": 5_000}, 5_000),
        ("undisputed_amount", "{at_least: 1.00}", {"dispute": "whole", "open_amount": 5_000}, 0),
        ("undisputed_amount", "{at_least: 1.00}", {"dispute": "part", "open_amount": 5_000, "disputed_amount": 2_000}, 3_000),
        ("disputed_amount", "{at_least: 1.00}", {"dispute": "part", "open_amount": 5_000}, 0),
        ("customer.undisputed_overdue_amount", "{at_least: 1.00}",
         {"customer.overdue_amount": 900, "customer.disputed_amount": 300}, 600),
        # What the case says wins over what would follow.
        ("days_until_due", "{at_least: 1}", {"days_past_due": -5, "days_until_due": 7}, 7),
        ("undisputed_amount", "{at_least: 1.00}", {"open_amount": 5_000, "undisputed_amount": 1}, 1),
    ],
)  # fmt: skip
def test_the_facts_of_a_made_subject(
    fact: str, operator: str, given: dict[str, int | str | None], expected: object
) -> None:
    """Said, following or neutral."""
    assert made(f"{{{fact}: {operator}}}", given)[fact] == expected


def test_only_the_facts_of_the_policy_are_made() -> None:
    """Whatever else a case says changes nothing."""
    assert "customer.rating" not in made("{open_amount: {at_least: 1.00}}", {"customer.rating": "A"})


# -- what is looked at ------------------------------------------------------------------------------------------------------


def counted(*paths: Path) -> tuple[int, int, int]:
    """Versions, cases and problems."""
    found = trial.checked(paths)
    return found.policies, found.cases, len(found.problems)


def another(folder: Path) -> None:
    """A second policy with two cases, of which one fails."""
    text = POLICY.replace("policy: trade", "policy: other").replace(
        "subject: receivable", "subject: receivable\npriority: 9"
    )
    fails = "  - name: two days\n    given: {days_past_due: 2}\n    expect: {level: 1, actions: []}\n"
    lay(folder, text, KEPT.replace("trade", "other") + fails, "other/v1.yaml")


def test_a_path_is_a_folder_a_version_or_a_file_of_cases(tmp_path: Path) -> None:
    """Each looks at its own and at no other's mistakes; the templates and the other policies are found around it."""
    version = lay(tmp_path, given=KEPT)
    another(tmp_path)
    assert counted(tmp_path) == (2, 3, 1)
    assert counted(version) == (1, 0, 0)
    assert counted(version.parent / "cases.yaml") == (0, 1, 0)
    assert counted(version.parent) == (1, 1, 0)
    assert counted(tmp_path / "other" / "v1.yaml") == (1, 0, 0)
    assert counted(tmp_path / "other" / "cases.yaml") == (0, 2, 1)
    assert counted(tmp_path / "other") == (1, 2, 1)
    assert counted(version, tmp_path / "other" / "cases.yaml") == (1, 2, 1)
    assert counted() == (0, 0, 0)


@pytest.mark.parametrize(
    ("within", "path", "expected"),
    [
        (".", "trade/v1.yaml", (1, 0, 0)),
        (".", ".", (1, 1, 0)),
        (".", "./trade/../trade/cases.yaml", (0, 1, 0)),
        ("trade", "v1.yaml", (1, 0, 0)),
        ("trade", "cases.yaml", (0, 1, 0)),
        ("trade", ".", (1, 1, 0)),
        ("trade", "..", (1, 1, 0)),
        ("trade", "../trade/v1.yaml", (1, 0, 0)),
        ("templates", "../trade", (1, 1, 0)),
    ],
)
def test_wherever_one_stands(tmp_path: Path, within: str, path: str, expected: tuple[int, int, int]) -> None:
    """A path may be written from inside the folders, where their names are not part of it."""
    lay(tmp_path, given=KEPT)
    with contextlib.chdir(tmp_path / within):
        assert counted(Path(path)) == expected


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    """A folder, a version, cases: never 'nothing wrong'."""
    lay(tmp_path, given=KEPT)
    assert told(tmp_path / "nope")[0].startswith("nope:0 no-policies")
    for name in ("trade/v9.yaml", "nope/v1.yaml", "nope/cases.yaml", "nope.yaml"):
        (line,) = told(tmp_path / name)
        assert line.startswith(f"{Path(name).name}:0 unreadable-file"), name


def test_a_file_that_is_no_policy(tmp_path: Path) -> None:
    """It would decide nothing, so it is not passed over, whatever stands in it."""
    lay(tmp_path, given=KEPT)
    texts = {"trade/draft.yaml": POLICY, "trade/v1.yml": POLICY, "trade/notes.txt": POLICY, "templates/a.j2": "Hello"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (line,) = told(tmp_path / name)
        assert line.startswith(f"{Path(name).name}:0 stray-file"), name


def test_nothing_is_looked_for_around_a_lost_file(tmp_path: Path) -> None:
    """A version or cases that stand in no policy's folder: a whole disk may be around them."""
    around = tmp_path / "disk"
    lay(around / "elsewhere", given=KEPT)
    lay(around / "broken", "policy: [")
    path = lay(around / "downloads", name="v1.yaml")
    (line,) = told(path)
    assert line.startswith("v1.yaml:1 misplaced-file: the folder is named 'downloads'")
    (around / "home").mkdir()
    (around / "home" / "cases.yaml").write_text(KEPT, encoding="utf-8")
    (line,) = told(around / "home" / "cases.yaml")
    assert line.startswith("cases.yaml:1 unknown-policy")


def test_the_files_beside_the_policies_are_no_strays(tmp_path: Path) -> None:
    """The invariants and the roles of a folder are read where they are named, with what is wrong with them."""
    lay(tmp_path, given=KEPT)
    (tmp_path / "invariants.yaml").write_bytes((ROOT / "policies/invariants.yaml").read_bytes())
    assert told(tmp_path / "invariants.yaml") == []
    (tmp_path / "invariants.yaml").write_text("invariant: []\n", encoding="utf-8")
    assert all(line.startswith("invariants.yaml:1 ") and "stray-file" not in line for line in told(tmp_path / "invariants.yaml"))
    assert told(tmp_path / "invariants.yaml")


# -- a policy that is itself wrong --------------------------------------------------------------------------------------------

WRONG = POLICY.replace("currency: EUR", "currency: EUX")
MISTAKE = "v1.yaml:6 unknown-currency"


def starts(lines: list[str]) -> list[str]:
    """File, line and code."""
    return [line.split(": ")[0] for line in lines]


def test_only_its_own_mistakes_are_told(tmp_path: Path) -> None:
    """Its cases would only repeat them; they are told wherever one looks, a file of cases included."""
    version = lay(tmp_path, WRONG, KEPT)
    for path in (tmp_path, version, version.parent, version.parent / "cases.yaml"):
        assert starts(told(path)) == [MISTAKE], path
        assert counted(path)[:2] == (0, 0)


def test_the_mistakes_of_the_cases_are_told_beside(tmp_path: Path) -> None:
    """What is wrong with their text is wrong whatever the policy says."""
    lay(tmp_path, WRONG, KEPT.replace("given:", "givn:"))
    assert "cases.yaml:4 unknown-key" in starts(told(tmp_path))
    assert MISTAKE in starts(told(tmp_path))


def test_the_other_policies_are_tried_all_the_same(tmp_path: Path) -> None:
    """One wrong policy does not hide that another breaks a promise."""
    lay(tmp_path, WRONG, KEPT)
    another(tmp_path)
    assert starts(told(tmp_path)) == ["cases.yaml:6 case-failed", MISTAKE]
    assert starts(told(tmp_path / "other" / "cases.yaml")) == ["cases.yaml:6 case-failed"]


def test_an_earlier_version_does_not_stand_in_for_a_wrong_one(tmp_path: Path) -> None:
    """The cases are of the new version; tried on the old one they would fail for no fault of theirs."""
    lay(tmp_path, given=KEPT.replace("days_past_due: 3", "days_past_due: 2"))
    lay(
        tmp_path,
        WRONG.replace("version: 1", "version: 2").replace("after_days: 3", "after_days: 2"),
        name="trade/v2.yaml",
    )
    assert starts(told(tmp_path)) == [MISTAKE.replace("v1", "v2")]
    assert starts(told(tmp_path / "trade" / "cases.yaml")) == [MISTAKE.replace("v1", "v2")]


def test_a_policy_with_a_template_missing_is_tried(tmp_path: Path) -> None:
    """What is missing beside the policy does not keep its cases from being tried."""
    lay(tmp_path, given=KEPT.replace("level: 1", "level: 2"))
    (tmp_path / "templates" / "friendly.en.email.j2").unlink()
    assert starts(told(tmp_path)) == ["cases.yaml:3 case-failed", "v1.yaml:18 missing-template"]


def test_the_problems_are_sorted_and_each_is_told_once(tmp_path: Path) -> None:
    """Also where a path is named twice."""
    lay(tmp_path, textwrap.dedent(WRONG).replace("after_days: 3", "after_days: three"))
    found = trial.checked([tmp_path, tmp_path]).problems
    assert list(found) == sorted(set(found))
    assert len(found) == 2


def test_what_is_loaded_is_what_the_library_loads(tmp_path: Path) -> None:
    """The check has no idea of its own of what a policy is."""
    lay(tmp_path, given=KEPT)
    assert len(library.load(tmp_path).policies) == trial.checked([tmp_path]).policies
