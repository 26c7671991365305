"""Coverage: what the cases of a policy exercise, and what none of them has tried."""

import json
from pathlib import Path

import pytest

from engine.assay import command
from engine.assay.coverage import BOUNDARIES, FINDINGS, LEVELS, RULES, Coverage
from tests.test_trial import POLICY, lay

HEAD = "policy: trade\ncases:\n"
FOLDER = Path(__file__).parent.parent / "policies"


def coverage(folder: Path, *given: str, text: str = POLICY) -> Coverage:
    """The coverage of made subjects, whatever is decided about them."""
    cases = [
        f"  - {{name: case {number}, given: {{{one}}}, expect: {{actions: []}}}}\n" for number, one in enumerate(given)
    ]
    lay(folder, text, HEAD + "".join(cases))
    (found,) = command.run([folder], "", cover=True).covered
    return found


def seen(found: Coverage, kind: str, text: str) -> tuple[str, ...]:
    """The ways in which one item was exercised."""
    return next(item.seen for item in found.items if (item.kind, item.text) == (kind, text))


def test_rules_and_levels(tmp_path: Path) -> None:
    """A rule that holds, a level that is reached."""
    found = coverage(tmp_path, "days_past_due: 3", "promise: broken")
    assert seen(found, LEVELS, "level 1") == ("reached",)
    assert seen(found, LEVELS, "level 2") == ()
    assert seen(found, RULES, "rule broken-promise") == ("holds",)
    assert seen(found, RULES, "withhold just-spoken") == ()


def test_a_level_that_is_withheld_is_not_reached(tmp_path: Path) -> None:
    """Nobody has seen it carried out."""
    found = coverage(tmp_path, "days_past_due: 3, dispute: whole")
    assert seen(found, LEVELS, "level 1") == ()


def test_a_comparison_is_to_be_seen_true_and_false(tmp_path: Path) -> None:
    """One way is half."""
    text = "promise is broken"
    assert seen(coverage(tmp_path, "promise: broken"), FINDINGS, text) == ("true",)
    assert seen(coverage(tmp_path, "promise: kept"), FINDINGS, text) == ("false",)
    assert seen(coverage(tmp_path, "promise: kept", "promise: broken"), FINDINGS, text) == ("true", "false")


def test_who_is_not_covered_exercises_the_coverage_only(tmp_path: Path) -> None:
    """What a policy would say of somebody it does not decide about is nobody's concern."""
    found = coverage(tmp_path, "customer.segment: public, promise: broken, days_past_due: 3")
    assert seen(found, FINDINGS, "customer.segment is public") == ("true",)
    assert found.count() == (1, found.count()[1])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("days_past_due: 2", "one below"),
        ("days_past_due: 3", "on it"),
        ("days_past_due: 4", "one above"),
        ("days_past_due: 5", ""),
    ],
)
def test_bounds_are_exact(tmp_path: Path, given: str, expected: str) -> None:
    """A unit below, on it, a unit above; nothing further away."""
    found = coverage(tmp_path, given)
    assert seen(found, BOUNDARIES, "days_past_due at_least 3") == ((expected,) if expected else ())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("open_amount: 33.33, customer.open_amount: 66.67", "one below"),
        ("open_amount: 50.00, customer.open_amount: 100.00", "on it"),
        ("open_amount: 50.01, customer.open_amount: 100.00", "one above"),
        ("open_amount: 50.02, customer.open_amount: 100.00", ""),
        ("open_amount: null, customer.open_amount: 100.00", ""),
    ],
)
def test_a_percentage_has_a_bound_as_well(tmp_path: Path, given: str, expected: str) -> None:
    """It is the other fact's, to the cent."""
    text = POLICY.replace("{promise: broken}", "{open_amount: {at_least: {percent: 50, of: customer.open_amount}}}")
    found = coverage(tmp_path, given, text=text)
    assert seen(found, BOUNDARIES, "open_amount at_least 50% of customer.open_amount") == (
        (expected,) if expected else ()
    )


@pytest.mark.parametrize(
    ("condition", "given", "bound"),
    [
        ("{days_past_due: {between: [5, 9]}}", "days_past_due: 9", "days_past_due at_most 9"),
        ("{due_date: {at_least: 2026-03-01}}", "due_date: 2026-03-01", "due_date at_least 2026-03-01"),
        ("{open_amount: {less_than: original_amount}}", "open_amount: 7.00", "open_amount less_than original_amount"),
    ],
)
def test_bounds_of_every_kind(tmp_path: Path, condition: str, given: str, bound: str) -> None:
    """Both ends of between, dates, and another fact."""
    found = coverage(tmp_path, given, text=POLICY.replace("{promise: broken}", condition))
    assert seen(found, BOUNDARIES, bound) == ("on it",)


def test_the_ends_of_bands_have_two_sides() -> None:
    """The last number of one band, and the first of the next; the starter policies' cases try them all."""
    (found,) = command.run([FOLDER / "trade-credit"], "", cover=True).covered
    sides = {item.text: item.seen for item in found.items if item.kind == BOUNDARIES}
    assert sides["customer.on_time_share_12m less_than 50%"] == ("one below", "on it")
    assert sides["customer.relationship_days less_than 1825"] == ("one below", "on it")


def test_coverage_is_told(tmp_path: Path) -> None:
    """As a table and as JSON; below the threshold that was asked for, the command fails."""
    lay(tmp_path, given=HEAD + "  - {name: one, given: {days_past_due: 2}, expect: {actions: []}}\n")
    found = command.run([tmp_path], "", cover=True, least=9_000)
    assert [problem.code for problem in found.problems] == ["below-threshold"]
    assert found.wrong
    text = found.written("text", json.dumps)
    assert "  levels         0 of 2\n" in text
    assert "v1.yaml:26:5 no case: rule broken-promise\n" in text
    (told,) = json.loads(found.written("json", json.dumps))["coverage"]
    assert told["levels"] == {"seen": 0, "of": 2}
    assert {"kind": "boundaries", "what": "days_past_due at_least 3", "ways": ["on it", "one above"]}.items() <= next(
        one for one in told["unseen"] if one["what"] == "days_past_due at_least 3"
    ).items()
    assert not command.run([tmp_path], "", cover=True, least=100).wrong
