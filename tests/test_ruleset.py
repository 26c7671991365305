"""durable-rules in its room: inside the envelope it is right, outside it never gets, and its silence is an error."""

import json
import random
import subprocess
import sys
import textwrap

import durable_rules_engine
import pytest

from engine.decide.ruleset import MOST_CONJUNCTIONS, MOST_FINDINGS, Conjunction, EngineFailure, Rulesets
from tests.desk import ROOT

ONE = Conjunction(((0, 1),))


def random_rules(chance: random.Random, findings: int, number: int) -> list[tuple[str, list[Conjunction]]]:
    """So many rules of one to three conjunctions each."""
    made = []
    for name in range(number):
        several = []
        for _ in range(chance.randint(1, 3)):
            indices = sorted(chance.sample(range(findings), chance.randint(1, min(6, findings))))
            several.append(Conjunction(tuple((index, chance.randint(0, 1)) for index in indices)))
        made.append((f"rule {name}", several))
    return made


@pytest.mark.parametrize(
    ("findings", "number"),
    [(1, 1), (5, 4), (20, 15), (62, 40), (63, 60), (MOST_FINDINGS, 90), (MOST_FINDINGS + 150, 120)],
)
def test_it_agrees_with_a_plain_evaluator(findings: int, number: int) -> None:
    """Random rules over random rows, on both sides of what one ruleset holds."""
    chance = random.Random(findings * 1000 + number)
    rules = random_rules(chance, findings, number)
    with Rulesets(rules) as engine:
        for _ in range(40):
            row = [chance.randint(0, 1) for _ in range(findings)]
            expected = {name for name, of in rules if any(all(row[i] == v for i, v in one.tests) for one in of)}
            assert engine.fired(row) == expected


@pytest.mark.parametrize("number", [MOST_CONJUNCTIONS - 1, MOST_CONJUNCTIONS, MOST_CONJUNCTIONS + 1, 200])
def test_more_conjunctions_than_a_ruleset_holds(number: int) -> None:
    """They are split over several, and what fires is united."""
    rules = [(f"rule {n}", [Conjunction(((n % 50, 1), (50 + n % 7, 0)))]) for n in range(number)]
    with Rulesets(rules) as engine:
        assert engine.fired([1] * 50 + [0] * 7) == {name for name, _ in rules}
        assert engine.fired([0] * 57) == frozenset()


def test_more_findings_than_a_ruleset_holds() -> None:
    """Each conjunction is of few, together they are of more than 200."""
    rules = [(f"rule {n}", [Conjunction(((n * 10, 1), (n * 10 + 9, 1)))]) for n in range(40)]
    with Rulesets(rules) as engine:
        assert engine.fired([1] * 400) == {name for name, _ in rules}
        assert engine.fired([1] * 200 + [0] * 200) == {f"rule {n}" for n in range(20)}


def test_no_rules_at_all() -> None:
    """A policy whose every name always or never holds: nothing fires, and that is no silence."""
    with Rulesets([("never", [])]) as engine:
        assert engine.fired([]) == frozenset()
        assert engine.fired([0, 1]) == frozenset()


@pytest.mark.parametrize(("row", "answer"), [([0], "answered 1"), ([1], "sentinel must fire exactly once")])
def test_a_silent_engine_is_an_error(row: list[int], answer: str) -> None:
    """A ruleset made to fail: its sentinel waits for a property that no fact has. It is reported, never read as `no rule`."""
    engine = Rulesets([("one", [ONE])])
    mute = {"sentinel": {"all": [{"m": {"never": 1}}]}, "c0": {"all": [{"m": {"f0": 1}}]}}
    engine._parts[0]._handle = durable_rules_engine.create_ruleset("mute", json.dumps(mute))
    with pytest.raises(EngineFailure, match=answer):
        engine.fired(row)
    with pytest.raises(AssertionError, match="closed after a failure"):
        engine.fired([1])
    engine.close()


def test_an_engine_that_refuses_a_fact_is_an_error() -> None:
    """The handle is not one of a ruleset: the C code says so, and nothing is decided."""
    engine = Rulesets([("one", [ONE])])
    engine._parts[0]._handle = 999_999
    with pytest.raises(EngineFailure):
        engine.fired([1])


@pytest.mark.parametrize("tests", [(), ((0, 1), (0, 0)), ((1, 0), (0, 1))])
def test_what_would_hang_or_lie_never_reaches_it(tests: tuple[tuple[int, int], ...]) -> None:
    """An empty conjunction, two values for one finding, findings out of order."""
    with pytest.raises(AssertionError):
        Conjunction(tests)


def test_memory_does_not_grow_over_a_thousand_rulesets() -> None:
    """A ruleset that is dropped and not closed leaks some 200 KB: a thousand would be 200 MB. Closed, next to nothing."""
    script = """
        from pathlib import Path
        from engine.decide.ruleset import Conjunction, Rulesets

        def pages():
            return int(Path("/proc/self/statm").read_text().split()[1])

        rules = [(f"rule {n}", [Conjunction(((n, 1), (n + 1, 0)))]) for n in range(20)]

        def once():
            with Rulesets(rules) as engine:
                engine.fired([1] * 21)

        for _ in range(100):
            once()
        before = pages()
        for _ in range(1000):
            once()
        print((pages() - before) * 4096)
        """
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 30_000_000
