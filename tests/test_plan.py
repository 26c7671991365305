"""The plan as a value: the same bytes for the same book, an id that seals it, and digests that notice what arrives."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.act.plan import current_digests, plan
from engine.act.values import Plan, as_value, from_json, sealed_id, to_json
from engine.errors import Refusal
from engine.policy import document
from engine.policy.model import Policy
from tests.books import Books, day, policy
from tests.test_stories import DUE, HOLDING, OF_CUSTOMER, one_customer, trade, with_fee

LATE = day(DUE, 12)
LATER = day(LATE, 30)


def policies() -> list[Policy]:
    """Letters with fees about receivables; a credit hold and a task about customers."""
    task = "{id: call, when: {customer.overdue_count: {at_least: 1}}, then: [task: {what: call, within_days: 2}]}"
    return [
        policy(trade(levels=[with_fee(1, 3, "40.00"), with_fee(2, 10, "40.00")])),
        policy(trade(name="whole", top=OF_CUSTOMER, rules=[HOLDING[0].replace("30", "3"), task], levels=())),
    ]


def two_customers() -> Books:
    """C1 owes R1 and R2, in two currencies; C2, whom nobody can write to, owes R3; R4 is disputed."""
    books = one_customer().rate("2026-01-01", "EUR", "JPY", "160.5")
    books.receivable("R2", "C1", due=DUE, amount="5000", currency="JPY").customer("C2")
    books.receivable("R3", "C2", due=DUE, amount="7.00").receivable("R4", "C1", due=DUE, amount="8.00")
    return books.dispute("R4", opened=DUE)


def made(books: Books | None = None) -> Plan:
    """The plan of day 12."""
    return plan((books or two_customers()).book, policies(), as_of=LATE)


def test_planning_twice_gives_the_same_bytes() -> None:
    """On the same book, on another one with the same rows, with the policies in another order."""
    books = two_customers()
    text = to_json(made(books))
    assert text == to_json(made(books)) == to_json(made())
    assert text == to_json(plan(books.book, policies()[::-1], as_of=LATE))


def test_everything_in_it_is_sorted() -> None:
    """Order is decided, not inherited."""
    the_plan = made()
    addresses = [action.address for action in the_plan.actions]
    assert addresses == sorted(addresses)
    assert len(set(addresses)) == len(addresses)
    assert [one.policy for one in the_plan.policies] == sorted(one.policy for one in the_plan.policies)
    assert all(list(action.lines) == sorted(action.lines, key=lambda line: line.key) for action in the_plan.actions)
    assert {action.kind for action in the_plan.actions} == {"notice", "late_fee", "credit_hold", "task"}
    assert {reason for one in the_plan.withheld for reason in one.reasons} == {"disputed", "no-contact"}


def test_keys_are_unique() -> None:
    """One effect each, for ever."""
    keys = [line.key for action in made().actions for line in action.lines]
    assert len(set(keys)) == len(keys) > 0


def test_the_id_is_the_digest_of_all_the_rest() -> None:
    """Any other field makes another id."""
    the_plan = made()
    assert the_plan.id == sealed_id(as_value(the_plan))
    for other in (
        replace(the_plan, as_of=LATER),
        replace(the_plan, engine="0"),
        replace(the_plan, actions=the_plan.actions[1:]),
        replace(the_plan, withheld=()),
        replace(the_plan, stands_on=()),
    ):
        assert sealed_id(as_value(other)) != the_plan.id


def test_what_is_written_is_what_is_read() -> None:
    """Through JSON and back: the same value, and the same bytes again."""
    the_plan = made()
    read = from_json(to_json(the_plan), "plan.json")
    assert read == the_plan
    assert to_json(read) == to_json(the_plan)


def test_it_is_read_however_it_is_laid_out() -> None:
    """Indented by somebody's editor: it still says the same."""
    the_plan = made()
    text = json.dumps(json.loads(to_json(the_plan)), indent=4)
    assert from_json(text, "plan.json") == the_plan


def test_it_is_what_the_schema_says() -> None:
    """schemas/plan.schema.json, with fees, holds, tasks, currencies and what is withheld."""
    schema = json.loads((document.shipped() / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    for the_plan in (made(), plan(Books().book, policies(), as_of=LATE)):
        assert [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(to_json(the_plan)))] == []


@pytest.mark.parametrize("path", ["as_of", "actions.0.amount", "actions.0.lines.0.key", "withheld.0.reasons.0", "totals.0.count"])
def test_a_changed_file_is_refused(path: str) -> None:
    """Any value, anywhere."""
    value = json.loads(to_json(made()))
    part, steps = value, path.split(".")
    for step in steps[:-1]:
        part = part[int(step) if step.isdigit() else step]
    last = int(steps[-1]) if steps[-1].isdigit() else steps[-1]
    part[last] = "2026-01-01" if isinstance(part[last], str) else 1
    with pytest.raises(Refusal, match=r"bad-plan: the plan was changed after it was made"):
        from_json(json.dumps(value), "plan.json")


def test_the_totals_are_the_sums() -> None:
    """Of actions by kind, of what is withheld by its first reason too."""
    the_plan = made()
    for total in the_plan.totals:
        amounts = [
            one.amount or 0
            for one in (the_plan.actions if total.reason is None else the_plan.withheld)
            if (one.kind, one.entity, one.currency) == (total.what, total.entity, total.currency)
            and total.reason in (None, getattr(one, "reasons", (None,))[0])
        ]
        assert (total.count, total.amount) == (len(amounts), sum(amounts)), total
    assert sum(total.count for total in the_plan.totals) == len(the_plan.actions) + len(the_plan.withheld)


# -- what makes a plan stale ------------------------------------------------------------------------------------------------

ARRIVALS: dict[str, Callable[[Books], object]] = {
    "a payment": lambda books: books.payment("P1", "C1", received=DUE, amount="1.00", to="R1"),
    "a payment of tomorrow": lambda books: books.payment("P1", "C1", received=LATER, amount="1.00", to="R1"),
    "money that nobody allocated": lambda books: books.payment("P1", "C1", received=LATER, amount="1.00"),
    "a credit note": lambda books: books.credit("K1", "C1", issued=LATER, amount="1.00"),
    "a dispute": lambda books: books.dispute("R1", opened=LATER),
    "the end of a dispute": lambda books: books.resolution("D1", resolved=LATER),
    "a hold": lambda books: books.hold("C1", since=LATER),
    "the end of a hold": lambda books: books.release("H1", released=LATER),
    "a promise": lambda books: books.promise("C1", made=LATER, promised=LATER, amount="1.00"),
    "a contact": lambda books: books.contact("C1", email="new@example.com"),
    "a new name": lambda books: books.version("C1", valid_from=LATER, name="Renamed"),
}
AROUND: dict[str, Callable[[Books], object]] = {
    "a payment of somebody else": lambda books: books.payment("P1", "C2", received=DUE, amount="1.00", to="R3"),
    "a new customer": lambda books: books.customer("C9"),
    "a call": lambda books: books.spoken("C1", date=LATER),
    "a rate of tomorrow": lambda books: books.rate(LATER, "EUR", "JPY", "170"),
}


def before() -> Books:
    """Two customers; C1 had a hold that ended and has a dispute of a part of R1."""
    books = two_customers().dispute("R1", opened=DUE, amount="1.00", reference="D1")
    return books.hold("C1", since=LATER, reference="H1")


def of_r1(books: Books, the_plan: Plan) -> tuple[dict[str, str], str]:
    """What the lines stand on now, and the key of the letter's line about R1."""
    notices = [action for action in the_plan.actions if action.kind == "notice"]
    (key,) = [line.key for action in notices for line in action.lines if line.receivable == "R1"]
    return current_digests(books.book, policies(), the_plan), key


def planned(the_plan: Plan) -> dict[str, str]:
    """What the lines stood on when the plan was made."""
    return {line.key: line.digest for action in the_plan.actions for line in action.lines}


def test_nothing_moved() -> None:
    """Every line stands on what the plan says it stands on."""
    books = before()
    the_plan = made(books)
    digests, _ = of_r1(books, the_plan)
    assert digests == planned(the_plan)


@pytest.mark.parametrize("what", ARRIVALS)
def test_what_arrives_is_noticed(what: str) -> None:
    """Even where it is dated later than the plan: nobody is written to who paid this morning."""
    books = before()
    the_plan = made(books)
    ARRIVALS[what](books)
    digests, key = of_r1(books, the_plan)
    assert digests[key] != planned(the_plan)[key]


@pytest.mark.parametrize("what", AROUND)
def test_what_does_not_concern_it_is_not(what: str) -> None:
    """Others may pay, and somebody may call, without a plan of a thousand letters being void."""
    books = before()
    the_plan = made(books)
    AROUND[what](books)
    digests, key = of_r1(books, the_plan)
    assert digests[key] == planned(the_plan)[key]


def test_who_is_not_there_any_more_has_no_digest() -> None:
    """R1 is paid in full."""
    books = before()
    the_plan = made(books)
    books.payment("P1", "C1", received=DUE, amount="1000.00", to="R1")
    digests, key = of_r1(books, the_plan)
    assert key not in digests


def test_a_plan_is_of_the_book_and_leaves_it_alone(tmp_path: Path) -> None:
    """Neither planning nor comparing writes a row, in a book on disk as in one in memory."""
    books = before()
    rows = books.rows
    of_r1(books, made(books))
    assert books.rows == rows
