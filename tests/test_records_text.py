"""What was done, as text: counts by kind, who was left out, every entry on a line, the verdict in a sentence."""

from rich.cells import cell_len

from engine.act.apply import Applied, Skipped
from engine.act.ledger import Head, Past, Verdict
from engine.errors import CODES, Place, Problem
from engine.report import records

HASH = "sha256:" + "0" * 64
PLAN = "sha256:" + "c0ffee00" * 8


def entry(seq: int, kind: str, **content: object) -> Past:
    """An entry of that kind."""
    return Past(seq, "2026-03-01T08:00:00Z", "controller", kind, content, 1, PLAN, HASH)


def test_a_run_is_counted_by_kind() -> None:
    """In the order in which people act on them, whatever order they come in."""
    done = Applied(7, PLAN, "2026-03-01", (("late_fee", 2), ("notice", 1_240), ("alert", 0)), 0, (), False)
    assert records.applied(done) == (
        "Plan c0ffee00c0ff as of 2026-03-01 applied in run 7: 1,242 actions.\n"
        "  action     done\n"
        "  ---------------\n"
        "  notice    1,240\n"
        "  late fee      2\n"
    )


def test_an_interrupted_run_and_whom_it_left_out() -> None:
    """What was done before is said, and whoever moved is named."""
    skipped = (Skipped("C-1", ("INV-1", "INV-2")), Skipped("C-2", ()))
    text = records.applied(Applied(7, PLAN, "2026-03-01", (("notice", 1),), 12, skipped, True))
    assert "completed in run 7: 1 action, 12 had been done before." in text
    assert "left out, nothing done: C-1: INV-1, INV-2 moved since the plan was made; preview again" in text
    assert "left out, nothing done: C-2 moved since" in text


def test_each_entry_is_a_line_that_fits() -> None:
    """Actions, records of people and runs alike; long names are cut, amounts are not."""
    entries = [
        entry(
            3,
            "notice",
            customer="C-1001",
            receivables=[f"INV-{n}" for n in range(40)],
            amount=9_007_199_254_740_991,
            currency="JPY",
            after="level 1",
        ),
        entry(
            2, "hold", customer="株式会社東京電力フュエル＆パワー", receivables=[], reason="talks with the lawyer " * 9
        ),
        entry(1, "run-started"),
    ]
    (text,) = records.history(entries)
    assert len(text.splitlines()) == 2 + 3
    assert max(map(cell_len, text.splitlines())) <= 100
    assert "9,007,199,254,740,991  JPY" in text
    assert "run started" in text
    assert "2026-03-01 08:00:00" in text


def test_a_long_history_comes_page_by_page() -> None:
    """Nobody waits for the last of a million entries to see the first."""
    pages = list(records.history(entry(n, "alert") for n in range(1_001)))
    assert [len(page.splitlines()) for page in pages] == [1_002, 3]
    assert list(records.history([])) == ["Nothing is recorded.\n"]


def test_the_verdict_is_a_sentence_or_the_problems() -> None:
    """The head is there to be written down elsewhere."""
    assert f"The ledger is unbroken: 1 entry, head 1 {HASH}" in records.verdict(Verdict(1, Head(1, HASH), ())).replace(
        "\n", " "
    )
    code = next(iter(CODES))
    problem = Problem(Place("ledger", 3), code, "it was changed")
    assert records.verdict(Verdict(3, Head(2, HASH), (problem,))) == f"ledger:3 {code}: it was changed\n"
