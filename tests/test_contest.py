"""Which policy decides about a subject, who is no subject at all, and that a class decides as each of its members by itself."""

from hypothesis import HealthCheck, assume, given, settings

from engine.decide.audit import audit
from engine.errors import Refusal
from engine.policy.model import Policy
from tests.books import Books, day
from tests.strategies import Drawn
from tests.test_classes import LATE, crowd, laid
from tests.test_law import THOROUGH, worlds
from tests.test_stories import DUE, trade


def test_an_assignment_wins_over_priority_and_cover() -> None:
    """The receivable's own over its customer's, its customer's over any priority, and over what the policy covers."""
    texts = (
        trade(name="low", top="subject: receivable, priority: 1, covers: {kind: fee}"),
        trade(name="mid", top="subject: receivable, priority: 2, covers: {kind: fee}"),
        trade(name="high", top="subject: receivable, priority: 3"),
    )
    books = Books().customer("C1", policy="low").customer("C2")
    books.receivable("R1", "C1", due=DUE, amount="1.00").receivable("R2", "C1", due=DUE, amount="1.00", policy="mid")
    books.receivable("R3", "C2", due=DUE, amount="1.00").receivable("R4", "C2", due=DUE, amount="1.00", policy="low")
    compiled, classes, picked = laid(books, *texts)
    owner = {identity: compiled[classes[position].index].policy.name for identity, position in picked["receivable"]}
    assert owner == {1: "low", 2: "mid", 3: "high", 4: "low"}


def test_of_equal_priority_the_first_by_name_covers() -> None:
    """Order is decided, whatever the order in which they are given."""
    texts = [trade(name=name) for name in ("b", "a", "c")]
    for order in (texts, texts[::-1]):
        compiled, classes, _ = laid(crowd(2), *order)
        assert [compiled[one.index].policy.name for one in classes] == ["a"]


def test_who_is_not_covered_is_in_no_class() -> None:
    """Of three receivables the policy covers one; the other two are not even counted."""
    books = crowd(1).receivable("A", "C1", due=DUE, amount="1.00", kind="debit_note")
    books.receivable("B", "C1", due=DUE, amount="1.00", kind="fee")
    _, classes, picked = laid(books, trade(top="subject: receivable, covers: {kind: invoice}"))
    assert [one.subjects for one in classes] == [1]
    assert picked["receivable"] == [(1, 0)]
    assert picked["customer"] == []


def test_what_is_paid_or_to_come_is_in_no_class() -> None:
    """Neither paid in full nor posted tomorrow: not a subject."""
    books = crowd(1).receivable("A", "C1", due=DUE, amount="1.00").payment("P", "C1", received=DUE, amount="1.00", to="A")
    books.receivable("B", "C1", due=DUE, posted=day(LATE, 1), amount="1.00")
    assert laid(books, trade())[2]["receivable"] == [(1, 0)]


@settings(max_examples=500 if THOROUGH else 15, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_a_class_decides_as_each_of_it_by_itself(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """Random books under random policies: all members again one by one, findings in Python, a ruleset each."""
    drawn, policies = world
    try:
        found = audit(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at, most=1000)
    except Refusal:
        assume(False)
    assert found.differences == ()
