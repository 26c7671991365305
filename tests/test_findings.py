"""Findings: what a policy compares, the same in SQL, in Python and in the normal form that durable-rules evaluates."""

import json
import sqlite3
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decide import evaluate
from engine.decide.findings import BITS, Compiled, Texts, compile_policy, findings_of, holds, truth
from engine.decide.ladder import rule_of
from engine.decide.ruleset import Rulesets
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    FactRef,
    Finding,
    MonthEnd,
    Nor,
    Operator,
    PercentOf,
    Rule,
)
from tests.books import policy

AS_OF = "2026-03-31"
EMPTY = """
    {policy: p, kind: dunning, version: 1, effective_from: 2020-01-01, summary: One rule., currency: EUR, subject: receivable,
     rules: [{id: r, when: {days_past_due: 1}, then: [alert: {to: somebody, severity: low}]}]}
    """
ATOMS = tuple(Comparison("days_past_due", Operator.AT_LEAST, n) for n in range(5))


def trees(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Conditions nested in all, any and none."""
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda word, of: word(tuple(of)), st.sampled_from((All, Any, Nor)), st.lists(inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )


def compiled(condition: Condition) -> Compiled:
    """A policy with this one rule."""
    made = policy(EMPTY)
    return compile_policy(replace(made, rules=(Rule("r", condition, made.rules[0].then),)))


def plainly(condition: Condition, world: dict[Finding, int]) -> bool:
    """The condition over findings whose truth is given."""
    match condition:
        case All(of):
            return all(plainly(part, world) for part in of)
        case Any(of):
            return any(plainly(part, world) for part in of)
        case Nor(of):
            return not any(plainly(part, world) for part in of)
        case finding:
            return bool(world[finding])


@settings(deadline=None, max_examples=200)
@given(trees(st.sampled_from(ATOMS)))
def test_the_normal_form_is_the_condition(condition: Condition) -> None:
    """In every world of its findings, possible or not, the disjuncts say what the condition says."""
    one = compiled(condition)
    disjuncts = dict(one.rules).get(rule_of("r"), ())
    asked = sorted(set(findings_of(condition)), key=one.findings.index)
    for values in product((0, 1), repeat=len(asked)):
        world = dict(zip(asked, values, strict=True))
        row = [world.get(finding, 0) for finding in one.findings]
        normal = rule_of("r") in one.always or any(all(row[i] == v for i, v in each.tests) for each in disjuncts)
        assert normal == plainly(condition, world)


@settings(deadline=None, max_examples=25)
@given(trees(st.sampled_from(ATOMS)), st.lists(st.integers(0, 1), min_size=5, max_size=5))
def test_durable_rules_says_what_the_condition_says(condition: Condition, values: list[int]) -> None:
    """The same through the C engine, one world each."""
    one = compiled(condition)
    world: dict[Finding, int] = dict(zip(ATOMS, values, strict=True))
    with Rulesets(one.rules) as rules:
        fired = rules.fired([world.get(finding, 0) for finding in one.findings]) | one.always
    assert (rule_of("r") in fired) == plainly(condition, world)


def test_what_cannot_be_and_what_must_be() -> None:
    """`all: [x, none: [x]]` has no conjunction left and never fires; `any: [x, none: [x]]` fires in every world."""
    assert dict(compiled(All((ATOMS[0], Nor((ATOMS[0],))))).rules)[rule_of("r")] == ()
    one = compiled(Any((ATOMS[0], Nor((ATOMS[0],)))))
    with Rulesets(one.rules) as rules:
        for value in (0, 1):
            row = [value if finding == ATOMS[0] else 0 for finding in one.findings]
            assert rule_of("r") in rules.fired(row) | one.always


def test_compiling_twice_is_the_same() -> None:
    """Order comes from the policy, never from a set."""
    condition = Any(tuple(All((ATOMS[i], Nor((ATOMS[j],)))) for i in range(5) for j in range(5) if i != j))
    assert compiled(condition) == compiled(condition)


FACTS = ("days_past_due", "customer.terms_days", "open_amount", "customer.credit_limit", "kind", "due_date", "dispute")
DATES = ("2026-01-30", "2026-01-31", "2026-02-28", "2026-03-01", "2026-03-31", "2028-02-29")
NUMBERS = st.one_of(st.none(), st.sampled_from((-1, 0, 1, 49, 50, 51, 99, 100, 101, 10**15)))
VALUES = st.fixed_dictionaries(
    {
        "days_past_due": NUMBERS,
        "customer.terms_days": NUMBERS,
        "open_amount": NUMBERS,
        "customer.credit_limit": NUMBERS,
        "kind": st.sampled_from((None, "fee", "invoice", "it's; DROP TABLE x")),
        "due_date": st.sampled_from((None, *DATES)),
        "dispute": st.sampled_from((None, "none", "whole")),
    }
)
BOUNDS = (Operator.IS, Operator.IS_NOT, Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)
COMPARISONS: tuple[Finding, ...] = (
    *(Comparison("days_past_due", operator, 50) for operator in BOUNDS),
    *(Comparison("days_past_due", operator, FactRef("customer.terms_days")) for operator in BOUNDS),
    *(Comparison("open_amount", operator, PercentOf(5_000, "customer.credit_limit")) for operator in BOUNDS),
    *(Comparison("due_date", operator, "2026-02-28") for operator in BOUNDS),
    *(Comparison(fact, Operator.MISSING, flag) for fact in ("kind", "due_date") for flag in (0, 1)),
    Comparison("days_past_due", Operator.BETWEEN, (0, 50)),
    Comparison("due_date", Operator.BETWEEN, ("2026-01-31", "2026-03-01")),
    Comparison("kind", Operator.IN, ("fee", "it's; DROP TABLE x")),
    Comparison("kind", Operator.NOT_IN, ("fee", "interest")),
    *(MonthEnd("due_date", days, after) for days in (-1, 0, 1, 31) for after in (False, True)),
)


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_sql_and_python_agree_on_every_comparison(values: dict[str, int | str | None]) -> None:
    """Every operator and kind of right side, missing facts, text that would like to be SQL."""
    texts = Texts()
    columns = ", ".join(truth(finding, texts) for finding in COMPARISONS)
    names = ", ".join(f':v{n} AS "{fact}"' for n, fact in enumerate(FACTS))
    given = {f"v{n}": values[fact] for n, fact in enumerate(FACTS)}
    query = f"SELECT {columns} FROM (SELECT {names})"
    row = sqlite3.connect(":memory:").execute(query, {**given, **texts.parameters, "as_of": AS_OF}).fetchone()
    assert list(row) == [int(evaluate.true(finding, values, AS_OF)) for finding in COMPARISONS]


@settings(deadline=None, max_examples=60)
@given(trees(st.sampled_from(COMPARISONS)), VALUES)
def test_coverage_in_sql_is_the_condition(condition: Condition, values: dict[str, int | str | None]) -> None:
    """`covers` is decided in SQL alone: 1 or 0, never missing."""
    texts = Texts()
    names = ", ".join(f':v{n} AS "{fact}"' for n, fact in enumerate(FACTS))
    given = {f"v{n}": values[fact] for n, fact in enumerate(FACTS)}
    query = f"SELECT {holds(condition, texts)} FROM (SELECT {names})"
    (found,) = sqlite3.connect(":memory:").execute(query, {**given, **texts.parameters, "as_of": AS_OF}).fetchone()
    assert found == int(evaluate.holds(condition, values, AS_OF))


@pytest.mark.parametrize("number", [1, BITS - 1, BITS, BITS + 1, 2 * BITS, 150])
def test_findings_beyond_one_integer(number: int) -> None:
    """62 findings are packed into an integer; more take the next one. What comes out is what went in."""
    one = compiled(Any(tuple(Comparison("days_past_due", Operator.IS, n) for n in range(number))))
    width = len(one.findings)
    assert width >= number
    for past in (0, number - 1, number // 2, number):
        texts = Texts()
        facts: dict[str, int | str | None] = dict.fromkeys(one.facts)
        facts |= {"days_past_due": past, "dispute": "none", "promise": "none"}
        names = ", ".join(f':v{n} AS "{fact}"' for n, fact in enumerate(facts))
        given = {f"v{n}": value for n, value in enumerate(facts.values())} | {"as_of": AS_OF}
        masks = sqlite3.connect(":memory:").execute(
            f"SELECT {', '.join(one.masks(texts))} FROM (SELECT {names})", given | texts.parameters
        ).fetchone()
        assert len(masks) == -(-width // BITS)
        assert all(0 <= mask < 2**63 for mask in masks)
        assert one.row(masks) == [int(evaluate.true(finding, facts, AS_OF)) for finding in one.findings]


def test_a_text_of_a_user_never_becomes_sql() -> None:
    """A quote in a segment is a parameter; the SQL has the column and the operator only."""
    texts = Texts()
    said = truth(Comparison("kind", Operator.IN, ("a'; DROP TABLE customers; --", "b")), texts)
    assert "DROP" not in said
    assert json.dumps(sorted(texts.parameters.values())) == json.dumps(["a'; DROP TABLE customers; --", "b"])
