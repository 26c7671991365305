"""What the schema's refusals say where somebody writes numbers as at home, and of names that are no facts."""

import pytest

from engine.policy import document, model
from engine.policy.breaches import CUT, Breach, faults, in_digits

HEAD = "policy: sample\nkind: credit\nversion: 1\neffective_from: 2026-01-01\nsummary: S.\ncurrency: EUR\n"
LIMIT = "limit:\n  rules:\n    - {id: tenth, percent: 10, of: customer.sales_12m, cap: 50000.00}\n"
CARD = """\
scorecard:
  characteristics:
    - id: punctuality
      fact: customer.on_time_share_12m
      missing: 0
      bands: [{below: 80, points: 0}, {from: 80, points: 100}]
"""


def told(text: str) -> list[str]:
    """The problems of the policy, as a user reads them."""
    found, problems = document.parse(HEAD + text, "v1.yaml")
    if found is not None and not problems:
        problems = model.build(found)[1]
    return [str(problem) for problem in problems]


def number(shown: str, right: str) -> str:
    """What is said of a number with a comma."""
    return f"'{shown}' is not a number here: write digits with a point and no comma, such as {right}"


@pytest.mark.parametrize(
    ("text", "where", "shown", "right"),
    [
        ("50.000,00", "9:68", "50.000,00", "50000.00"),
        ("50,000.00", "9:64", "50,000.00", "50000.00"),
        ("1,000,000.00", "9:67", "1,000,000.00", "1000000.00"),
        ("50000,00", "9:67", "50000,00", "50000.00"),
    ],
)
def test_a_comma_cuts_an_amount_in_two(text: str, where: str, shown: str, right: str) -> None:
    """One problem of the cut says so, at its last part, and no other is about a key that nobody wrote."""
    found = [problem for problem in told(LIMIT.replace("50000.00", text)) if "unknown-key" in problem]
    assert found == [f"v1.yaml:{where} unknown-key: {number(shown, right)}"]


def test_a_comma_cuts_a_percentage_in_two() -> None:
    """The rest of it is a number, which no key can be."""
    remedy = "if 2,5 is meant, write digits with a point and no comma, such as 2.5"
    assert told(LIMIT.replace("percent: 10", "percent: 2,5")) == [
        f"v1.yaml:9:30 key-not-text: a key must be text, this is 5; {remedy}"
    ]


@pytest.mark.parametrize("key", ["00", "007: 3"])
def test_a_key_of_digits_behind_no_number_is_a_key(key: str) -> None:
    """Nothing was cut there."""
    (problem,) = told(LIMIT.replace("cap: 50000.00", f"when: {{customer.level: 1}}, {key}"))
    assert "unknown-key: '00" in problem and "is not a key here; known here: " in problem


@pytest.mark.parametrize(
    ("written", "right"),
    [("50,000", "50000"), ("2,5", "2.5"), ("1.000.000,00", "1000000.00"), ("-1,50", "-1.50"), ("1,000.5", "1000.5")],
)
def test_how_to_write_it(written: str, right: str) -> None:
    """Three digits behind the only kind of separator are thousands, everything else behind the last one is decimals."""
    assert CUT.fullmatch(written) and in_digits(written).endswith(f" {right}")


@pytest.mark.parametrize("written", ["50.00,7", "True,00", "5", "a,00", "5,x"])
def test_what_no_comma_cut(written: str) -> None:
    """Not what somebody would write as one number."""
    assert not CUT.fullmatch(written)


def test_points_are_whole() -> None:
    """A decimal is a number, and no text to whoever wrote it."""
    text = CARD.replace("points: 100", "points: 99.5")
    assert [problem for problem in told(text) if "wrong-type" in problem] == [
        "v1.yaml:12:58 wrong-type: '99.5' is not a whole number; write one without decimals"
    ]


def test_a_name_that_is_no_fact() -> None:
    """As docs/check.md shows it, wherever a fact is named; what is a fact, and does not fit here, is not called none."""
    found = told(CARD.replace("on_time_share_12m", "on_time_share_12n"))
    said = "'customer.on_time_share_12n' is not a fact; did you mean 'customer.on_time_share_12m'?"
    assert f"v1.yaml:10:13 unknown-fact: {said}" in found
    found = told(CARD.replace("customer.on_time_share_12m", "customer.oldest_due_date"))
    assert not any("is not a fact" in problem for problem in found)
    schema = {"enum": ["customer.credit_limit"], "x-code": {"enum": "unknown-fact"}, "x-expected": "write another"}
    (fault,) = faults(Breach(("of",), "enum", schema["enum"], "due_date", schema))
    assert fault.message == "'due_date' is a fact that does not fit here; write another"


def test_what_was_right_elsewhere_is_not_taken_for_right_here() -> None:
    """A value is looked at under its own part of the schema, by its kind, and a mistake made twice is told twice."""
    text = "limit:\n  rules:\n" + "".join(
        f"    - {{id: {name}, percent: {percent}, of: customer.sales_12m}}\n"
        for name, percent in (("five", 5), ("true", 5), ("no-share", "true"), ("true", 5), ("5", 5))
    )
    wrong = [line.split()[0] for line in told(text)]
    assert wrong == ["v1.yaml:10:12", "v1.yaml:11:31", "v1.yaml:12:12", "v1.yaml:13:12"]
