"""The audit decides subjects again, one by one and in Python, and finds a class that decides otherwise."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from cli import differing
from engine.book.snapshot import reading, take
from engine.decide import audit as audits
from engine.decide.audit import audit
from engine.decide.classes import DecidedClass, cover, decided, wanted
from engine.decide.findings import compile_policy
from tests.books import FOREVER, Books, day, policy
from tests.diary import Diary
from tests.test_stories import DUE, HOLDING, OF_CUSTOMER, trade


def crowd(number: int) -> Books:
    """So many customers with a receivable each, one day older from one to the next."""
    books = Books()
    for n in range(number):
        books.customer(f"C{n}").contact(f"C{n}", email="a@example.com")
        books.receivable(f"R{n}", f"C{n}", due=day(DUE, -n), amount=f"{n + 1}.00")
    return books


@pytest.mark.parametrize(("most", "decided_again"), [(1, 1), (2, 2), (9, 9), (10, 10), (11, 10), (1000, 10)])
def test_so_many_subjects_of_each_policy_are_decided_again(most: int, decided_again: int) -> None:
    """Never more than there are; a policy about customers and one about receivables are counted each."""
    policies = [policy(trade()), policy(trade(name="whole", top=OF_CUSTOMER, rules=HOLDING, levels=()))]
    found = audit(crowd(10).book, policies, as_of=day(DUE, 5), known_at=FOREVER, most=most)
    assert (found.subjects, found.differences) == (2 * decided_again, ())


@pytest.mark.parametrize("most", [1, 3, 7, 10, 50])
def test_the_sample_is_spread_over_all(most: int) -> None:
    """Not only the first ones are looked at: the parts between two of the sample are equally long, to one."""
    one = compile_policy(policy(trade()))
    book = crowd(50).book
    with reading(book):
        snapshot = take(book, wanted([one]), as_of=day(DUE, 5), known_at=FOREVER)
        cover(snapshot, [one])
        rows = audits._sample(snapshot, 0, one, sorted(one.facts), most)
    identities = [row[0] for row in rows]
    assert len(identities) == most
    gaps = {later - earlier for earlier, later in pairwise(identities)}
    assert max(gaps, default=50) - min(gaps, default=50) <= 1


def test_a_class_that_decides_otherwise_is_found() -> None:
    """An engine that has lost the rule of the tolerance: each subject that it decides otherwise is named."""
    one = compile_policy(policy(trade("tolerance: 3.00")))
    book = crowd(5).book
    with reading(book):
        snapshot = take(book, wanted([one]), as_of=day(DUE, 5), known_at=FOREVER)
        cover(snapshot, [one])
        wrong = [_without(each, "below-tolerance") for each in decided(snapshot, [one])]
        found = audits._audited(snapshot, [one], wrong, 10)
    assert [(each.policy, each.subject, each.id) for each in found.differences] == [
        ("trade", "receivable", 1), ("trade", "receivable", 2),
    ]  # fmt: skip
    said = str(differing(found.differences[0]))
    assert said.startswith("trade/receivable/1 audit-differs: decided by class: ")
    assert "below-tolerance" in said.partition("by itself")[2]
    assert "below-tolerance" not in said.partition("by itself")[0]


def _without(one: DecidedClass, name: str) -> DecidedClass:
    """The class as an engine would decide it that has lost a rule."""
    fired = tuple(each for each in one.decision.fired if each != name)
    return replace(one, decision=replace(one.decision, fired=fired))


def test_an_empty_book() -> None:
    """Nobody is decided again, and nothing differs."""
    assert audit(Books().book, [policy(trade())], as_of=DUE, known_at=FOREVER, most=5).subjects == 0


def test_the_audit_writes_nothing(tmp_path: Path) -> None:
    """Not a row."""
    diary = Diary(crowd(3), tmp_path, trade())
    before = diary.books.rows
    audit(diary.books.book, diary.policies, as_of=DUE, known_at=FOREVER, most=2)
    assert diary.books.rows == before
