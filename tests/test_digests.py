"""What a line of a plan stands on: whatever arrives at its customer or its receivable is noticed, and nobody else's rows are."""

from collections.abc import Callable

import pytest

from engine.act.plan import current_digests
from tests.books import Books
from tests.test_plan import LATER, before, made, policies
from tests.test_stories import DUE

# What arrives at C1, dated after the plan. All of C1's lines stand on the first ones; the others concern R1, and C1 as a whole.
OF_C1: dict[str, Callable[[Books], object]] = {
    "money": lambda books: books.payment("P1", "C1", received=LATER, amount="1.00"),
    "a credit note": lambda books: books.credit("K1", "C1", issued=LATER, amount="1.00"),
    "a promise": lambda books: books.promise("C1", made=LATER, promised=LATER, amount="1.00"),
    "a hold of one receivable": lambda books: books.hold("C1", since=LATER, receivable="R1"),
    "the end of a hold": lambda books: books.release("H1", released=LATER),
    "a contact": lambda books: books.contact("C1", phone="1"),
    "a version": lambda books: books.version("C1", valid_from=LATER, segment="sme"),
}
OF_R1: dict[str, Callable[[Books], object]] = {
    "an allocation": lambda books: books.allocation("R1", "1.00", date=LATER, payment="P0"),
    "an allocation taken back": lambda books: books.bounce("P0>R1", date=LATER),
    "a dispute": lambda books: books.dispute("R1", opened=LATER, reference="D2"),
    "the end of a dispute": lambda books: books.resolution("D1", resolved=LATER),
}
OF_C2: dict[str, Callable[[Books], object]] = {
    "money": lambda books: books.payment("P1", "C2", received=DUE, amount="1.00", to="R3"),
    "a credit note": lambda books: books.credit("K1", "C2", issued=DUE, amount="1.00"),
    "a promise": lambda books: books.promise("C2", made=DUE, promised=LATER, amount="1.00"),
    "a hold": lambda books: books.hold("C2", since=DUE),
    "a dispute": lambda books: books.dispute("R3", opened=DUE),
    "a contact": lambda books: books.contact("C2", email="b@example.com"),
    "a version": lambda books: books.version("C2", valid_from=DUE, segment="sme"),
    "a receivable": lambda books: books.receivable("R9", "C2", due=DUE, amount="1.00"),
}


def moved(arrives: Callable[[Books], object]) -> tuple[set[str | None], set[str | None]]:
    """Of which subjects of C1 lines stand on something else now, and of which they do not; None is C1 as a whole."""
    books = before().payment("P0", "C1", received=DUE, amount="10.00", to={"R1": "5.00"})
    the_plan = made(books)
    arrives(books)
    digests = current_digests(books.book, policies(), the_plan)
    lines = [line for action in the_plan.actions if action.customer == "C1" for line in action.lines]
    assert {line.receivable for line in lines} == {"R1", "R2", None}
    changed = {line.receivable for line in lines if digests.get(line.key) != line.digest}
    return changed, {line.receivable for line in lines if digests.get(line.key) == line.digest}


@pytest.mark.parametrize("what", OF_C1)
def test_every_line_of_a_customer_stands_on_what_concerns_the_customer(what: str) -> None:
    """Letters, fees, tasks and holds alike."""
    assert moved(OF_C1[what]) == ({"R1", "R2", None}, set())


@pytest.mark.parametrize("what", OF_R1)
def test_a_line_stands_on_its_own_receivable_and_a_customer_on_all(what: str) -> None:
    """What concerns R1 alone, and is dated later, leaves the letter about R2 as it is."""
    assert moved(OF_R1[what]) == ({"R1", None}, {"R2"})


@pytest.mark.parametrize("what", OF_C2)
def test_no_line_of_a_customer_stands_on_rows_of_another(what: str) -> None:
    """Whatever happens at C2, dated before the plan even."""
    assert moved(OF_C2[what]) == (set(), {"R1", "R2", None})
