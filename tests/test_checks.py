"""Checks: what only shows when policies are held against each other, their past, their size and their templates."""

import pytest

from engine.errors import Problem
from engine.policy import checks, document, model
from engine.policy.checks import MOST_CONJUNCTIONS, MOST_FINDINGS, conjunctions
from engine.policy.model import All, Any, Comparison, Nor, Operator, Policy

CALL = "[{task: {what: call}}]"


def policy(
    name: str,
    *,
    version: int = 1,
    since: str = "2026-01-01",
    priority: int = 0,
    subject: str = "receivable",
    body: str = f"rules: [{{id: a, when: {{customer.level: 1}}, then: {CALL}}}]",
) -> Policy:
    """A policy with what matters to the test."""
    text = (
        f"policy: {name}\nkind: dunning\nversion: {version}\neffective_from: {since}\nsummary: For tests.\n"
        f"currency: EUR\nsubject: {subject}\npriority: {priority}\n{body}\n"
    )
    found, problems = document.parse(text, f"{name}/v{version}.yaml")
    assert problems == ()
    assert found is not None
    built, problems = model.build(found)
    assert problems == ()
    assert built is not None
    return built


def told(problems: tuple[Problem, ...]) -> list[str]:
    """Where and what, without the words."""
    return [f"{problem.where} {problem.code}" for problem in problems]


def test_two_policies_with_one_priority_are_told_apart_by_nothing() -> None:
    """Reported at the priority of the second by name; a different priority, subject or time is fine."""
    a = policy("a", priority=5)
    assert told(checks.check([a, policy("b", priority=5)])) == ["b/v1.yaml:8:11 equal-priority"]
    assert checks.check([a, policy("b", priority=6)]) == ()
    assert checks.check([a, policy("b", priority=5, subject="customer")]) == ()
    assert told(checks.check([a, policy("b", priority=5, since="2030-01-01")])) == ["b/v1.yaml:8:11 equal-priority"]


def test_a_newer_version_mends_an_equal_priority_on_the_day_it_begins() -> None:
    """While a version in force still clashes it is reported; once both have been followed it is past."""
    a1, b1 = policy("a", priority=5), policy("b", priority=5)
    a2 = policy("a", version=2, since="2026-06-01", priority=6)
    b2 = policy("b", version=2, since="2026-06-01", priority=7)
    assert told(checks.check([a1, a2, b1])) == ["b/v1.yaml:8:11 equal-priority"]
    assert checks.check([a1, a2, b1, b2]) == ()
    # Begins on the very day that the other ends: never in force together.
    assert checks.check([a1, a2, policy("b", priority=5, since="2026-06-01")]) == ()
    assert told(checks.check([a1, a2, policy("b", priority=5, since="2026-05-31")])) == [
        "b/v1.yaml:8:11 equal-priority"
    ]


@pytest.mark.parametrize(("since", "fine"), [("2025-12-31", False), ("2026-01-01", False), ("2026-01-02", True)])
def test_a_later_version_begins_later(since: str, fine: bool) -> None:
    """On the same day the older one would never have decided."""
    found = told(checks.check([policy("a"), policy("a", version=2, since=since)]))
    assert found == ([] if fine else ["a/v2.yaml:4:17 version-order"])


def test_a_version_is_there_once() -> None:
    """The same number twice, in whatever folder."""
    assert told(checks.check([policy("a"), policy("a", since="2027-01-01")])) == ["a/v1.yaml:3:10 duplicate-version"]


LEVELS = """ladder:
  {climb}levels:
    - {{level: 1, name: one, after_days: {one}, then: [{{notice: {{channel: email, template: x}}}}]}}
    - {{level: 2, name: two, after_days: {two}, then: [{{notice: {{channel: email, template: x}}}}]}}
"""


@pytest.mark.parametrize(
    ("one", "two", "fine"),
    [
        ("10", "9", False),
        ("10", "10", False),
        ("10", "11", True),
        ("10", "10, boundary: after", True),
        ("10, boundary: after", "11", False),
        ("10", "10, when: {open_amount: {at_least: 5}}", True),
        ("10", "9, when: {open_amount: {at_least: 5}}", False),
        ("10", "3, anchor: previous_notice", True),
        ("10", "3, anchor: invoice_date", True),
        ("10", "3, month_end: true", True),
        ("-5", "-3", True),
        ("-3", "-5", False),
    ],
)
def test_levels_come_one_after_the_other(one: str, two: str, fine: bool) -> None:
    """Where they count from the same date in the same way."""
    found = checks.check([policy("a", body=LEVELS.format(climb="", one=one, two=two))])
    assert [problem.code for problem in found] == ([] if fine else ["level-order"])
    if found:
        assert str(found[0].where) == "a/v1.yaml:12:41"


def leaf(number: int) -> Comparison:
    """One of many comparisons."""
    return Comparison("level", Operator.IS, number)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (leaf(1), 1),
        (All((leaf(1), leaf(2))), 1),
        (Any((leaf(1), leaf(2))), 2),
        (All((Any((leaf(1), leaf(2))), Any((leaf(3), leaf(4), leaf(5))))), 6),
        (Nor((leaf(1), leaf(2))), 1),
        (Nor((All((leaf(1), leaf(2))), All((leaf(3), leaf(4))))), 4),
        (Nor((Nor((leaf(1), leaf(2))),)), 2),
        (Any(tuple(All((leaf(n), leaf(n + 1))) for n in range(7))), 7),
    ],
)
def test_the_alternatives_of_a_condition_are_counted(condition: model.Condition, count: int) -> None:
    """As many conjunctions as its disjunctive normal form has, before any are found equal."""
    assert conjunctions(condition) == count


def wide(groups: int, members: int) -> str:
    """A rule whose condition has members ** groups alternatives."""
    one = "{any: [" + ", ".join(f"{{level: {number}}}" for number in range(members)) + "]}"
    return f"rules:\n  - {{id: wide, when: {{all: [{', '.join([one] * groups)}]}}, then: {CALL}}}"


@pytest.mark.parametrize(("groups", "members", "fine"), [(3, 10, True), (1, MOST_CONJUNCTIONS, False), (30, 10, False)])
def test_a_condition_is_not_too_wide(groups: int, members: int, fine: bool) -> None:
    """A thousand alternatives, no more; 10 to the 30th power is counted without being written out."""
    found = [problem.code for problem in checks.check([policy("a", body=wide(groups, members))])]
    assert ("condition-too-wide" not in found) is (fine or members == MOST_CONJUNCTIONS)
    assert (found == []) is fine


def test_a_thousand_and_one_alternatives_are_too_many() -> None:
    """n and n + 1, at the rule's place."""
    a = policy("a", body=wide(1, 11).replace("{all: [", "{all: [" + "{any: [{level: 0}, {level: 1}]}, " * 0))
    assert checks.check([a]) == ()
    any_of = [leaf(number % 150) for number in range(MOST_CONJUNCTIONS + 1)]
    assert conjunctions(Any(tuple(any_of[:-1]))) == MOST_CONJUNCTIONS
    assert conjunctions(Any(tuple(any_of))) == MOST_CONJUNCTIONS + 1


@pytest.mark.parametrize(("number", "fine"), [(MOST_FINDINGS, True), (MOST_FINDINGS + 1, False)])
def test_a_policy_compares_at_most_so_many_things(number: int, fine: bool) -> None:
    """Equal comparisons count once."""
    parts = ", ".join(f"{{level: {index}}}" for index in [*range(number), 0, 1, 2])
    body = f"rules: [{{id: a, when: {{any: [{parts}]}}, then: {CALL}}}]"
    found = told(checks.check([policy("a", body=body)]))
    assert found == ([] if fine else ["a/v1.yaml:1:1 too-many-findings"])


NOTICE = "rules: [{id: a, when: {level: 1}, then: [{notice: {channel: email, template: gone, otherwise: letter}}]}]"


@pytest.mark.parametrize(
    ("templates", "expected"),
    [
        (["gone.en.email.j2", "gone.zh.letter.j2"], []),
        (["gone.en.email.j2"], ["a/v1.yaml:9:95 missing-template: 'gone' has no text for 'letter'"]),
        (["gone.en.letter.j2"], ["a/v1.yaml:9:61 missing-template: 'gone' has no text for 'email'"]),
        (["gome.en.email.j2"], ["a/v1.yaml:9:78 missing-template: there is no template 'gone'"]),
        ([], ["a/v1.yaml:9:78 missing-template: there is no template 'gone'"]),
    ],
)
def test_a_notice_has_a_text_for_each_of_its_channels(templates: list[str], expected: list[str]) -> None:
    """In one language at least."""
    found = checks.check([policy("a", body=NOTICE)], templates=templates)
    assert [str(problem).split(";")[0] for problem in found] == expected


def test_without_a_folder_of_templates_none_is_missed() -> None:
    """A policy by itself can be checked as well."""
    assert checks.check([policy("a", body=NOTICE)]) == ()
