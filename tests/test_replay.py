"""A replayed decision is identical: an old plan, made again from the book as it was known then, is the same to the byte.

Know before changing: nothing here reads a plan's fields to call it the same; `same` compares bytes. What was tampered with is put
into the book with its triggers dropped, as somebody with the file and a free afternoon would.
"""

import json
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from engine import VERSION
from engine.act.apply import apply
from engine.act.contrast import contrast
from engine.act.plan import plan
from engine.act.replay import Replayed, of_plan, of_run
from engine.act.values import Plan, from_json, to_json
from engine.book.store import Book
from engine.errors import Exit, Refusal
from engine.policy.model import Policy
from engine.report.replayed import plain, text
from tests.acts import ACTOR, AS_OF, DUE, LATER, NOW, STANDARD, applied, books, planned, policies, resealed
from tests.books import Books, day, policy, rows
from tests.desk import Desk, laid_down
from tests.diary import Diary
from tests.policies import document
from tests.strategies import Drawn
from tests.test_law import law, told, worlds

TRADE = STANDARD.replace("policy: standard", "policy: trade")
CREDIT = """
policy: trade-credit
kind: credit
version: 1
effective_from: 2000-01-01
summary: Who pays on time is trusted.
currency: EUR
scorecard:
  characteristics:
    - id: lateness
      fact: customer.oldest_days_past_due
      missing: 100
      bands:
        - {below: 1, points: 100}
        - {from: 1, below: 20, points: 50}
        - {from: 20, points: 0}
ratings:
  bands:
    - {rating: A, from: 80}
    - {rating: B, from: 40, below: 80}
    - {rating: C, below: 40}
limit:
  rules:
    - id: trusted
      when: {rating: A}
      amount: 5000.00
    - id: watched
      amount: 1000.00
terms:
  rules:
    - id: usual
      days: 30
"""


def tampered(book: Book, *statements: str) -> None:
    """Rows changed, put in or taken out beside the ledger."""
    for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        book.execute(f"DROP TRIGGER {name}")
    book.execute("PRAGMA foreign_keys = OFF")
    for statement in statements:
        book.execute(statement)


def runs(book: Book) -> list[Replayed]:
    """Every run of the book, made again."""
    return [of_run(book, run) for (run,) in book.execute("SELECT id FROM runs ORDER BY id").fetchall()]


def refused(book: Book, run: int = 1) -> str:
    """The one line that refuses a run."""
    with pytest.raises(Refusal) as refusal:
        of_run(book, run)
    (problem,) = refusal.value.problems
    assert refusal.value.exit is Exit.NO
    return str(problem)


def once(customers: int = 2) -> Books:
    """A book with one run that was applied."""
    made = books(customers)
    applied(made.book, planned(made.book))
    return made


# -- the law ---------------------------------------------------------------------------------------------------------------


@st.composite
def afterwards(draw: st.DrawFn) -> tuple[Drawn, tuple[Policy, ...], Plan]:
    """A random book and random policies, their plan, and then anything that may come into the book afterwards."""
    drawn, drawn_policies = draw(worlds())
    of, found = tuple(policy(document(one)) for one in drawn_policies), drawn.books
    then = plan(found.book, of, as_of=drawn.as_of, known_at=drawn.known_at, planner="li.na")
    customers = [row["number"] for row in found.rows["customers"]]
    owed = [(row["number"], name) for row in found.rows["receivables"] for name in customers
            if row["customer_id"] == next(c["id"] for c in found.rows["customers"] if c["number"] == name)]  # fmt: skip
    for number in range(draw(st.integers(1, 6))):
        name, date = draw(st.sampled_from(customers)), day(drawn.as_of, draw(st.integers(-40, 2)))
        match draw(
            st.sampled_from(("receivable", "payment", "dispute", "hold", "version", "contact", "spoken", "promise"))
        ):
            case "receivable":
                found.receivable(f"LATE-{number}", name, due=date, amount="77.00", issued=day(date, -30))
            case "payment" if owed:
                receivable, debtor = draw(st.sampled_from(owed))
                currency = found._receivables[receivable][2]
                amount = "1" if currency == "JPY" else "0.01"
                found.payment(f"LATE-{number}", debtor, received=date, amount=amount, currency=currency, to=receivable)
            case "dispute" if owed:
                found.dispute(draw(st.sampled_from(owed))[0], opened=date, reference=f"LATE-{number}")
            case "hold":
                found.hold(name, since=date, reference=f"LATE-{number}")
            case "version":
                found.version(name, valid_from=date, segment="retail")
            case "contact":
                found.contact(name, email="late@example.com")
            case "promise":
                found.promise(
                    name, made=date, promised=day(date, 5), amount="1.00", currency="EUR", reference=f"LATE-{number}"
                )
            case _:
                found.spoken(name, date=date)
    return drawn, of, then


@law(40)
@given(afterwards())
def test_a_replayed_decision_is_identical(world: tuple[Drawn, tuple[Policy, ...], Plan]) -> None:
    """Whatever came into the book since, of whatever date, and whatever was known when it was planned."""
    drawn, _, then = world
    before = rows(drawn.books.book)
    note(told(before))
    again = of_plan(drawn.books.book, then, "plan.json")
    assert again.same, again.differences
    assert to_json(again.made) == to_json(then)
    assert rows(drawn.books.book) == before


# -- stories ---------------------------------------------------------------------------------------------------------------


def test_every_run_of_a_month_is_made_again(tmp_path: Path) -> None:
    """Letters, fees and holds on five days; between them payments, disputes, promises and a customer who was not there before."""
    made = books(3)
    diary = Diary(made, tmp_path, TRADE, CREDIT)
    assert diary.lived("2026-02-12")
    made.dispute("R0001", opened="2026-02-13").payment("P1", "C0002", received="2026-02-14", amount="60.00", to="R0002")
    assert diary.lived("2026-02-20")
    made.promise("C0003", made="2026-02-21", promised="2026-03-10", amount="100.00").resolution(
        "D-R0001", resolved="2026-02-24"
    )
    made.customer("C0004").contact("C0004", email="ap4@example.com").receivable(
        "R0004", "C0004", due=DUE, amount="900.00"
    )
    assert diary.lived("2026-02-28")
    # Back-dated, as it happens: it was received long before, and nobody knew.
    made.payment("P2", "C0004", received="2026-02-11", amount="900.00", to="R0004").hold("C0001", since="2026-03-01")
    made.bounce("P1>R0002", date="2026-03-02")
    assert diary.lived("2026-03-06", deliver=False)
    assert diary.lived("2026-03-20")
    found = runs(made.book)
    assert len(found) >= 4 and all(one.same for one in found), [one.differences for one in found]
    assert {action.kind for one in found for action in one.kept.actions} >= {
        "notice",
        "late_fee",
        "set_credit_limit",
        "task",
    }
    assert [one.kept.as_of for one in found] == sorted(one.kept.as_of for one in found)


def test_a_run_that_left_somebody_out_is_made_again_whole() -> None:
    """What is replayed is the decision, with those whom --skip-stale left out: they were in the plan."""
    made = books(3)
    the_plan = planned(made.book)
    made.payment("P1", "C0002", received=AS_OF, amount="100.00", to="R0002")
    done = applied(made.book, the_plan, skip_stale=True)
    assert [one.customer for one in done.skipped] == ["C0002"]
    again = of_run(made.book, done.run_id)
    assert again.same and {action.customer for action in again.made.actions} == {"C0001", "C0002", "C0003"}


def test_a_preview_of_what_was_known_is_made_again() -> None:
    """A plan with --known-at is no run, but it can be kept, and made again from its file."""
    made = books(2).at("2026-02-20T00:00:00Z").payment("P1", "C0001", received=AS_OF, amount="100.00", to="R0001")
    then = plan(made.book, policies(), as_of=AS_OF, known_at="2026-02-15T00:00:00Z")
    made.at("2026-01-01T00:00:00Z").payment("P2", "C0002", received=AS_OF, amount="100.00", to="R0002")
    assert plan(made.book, policies(), as_of=AS_OF, known_at="2026-02-15T00:00:00Z").actions != then.actions
    again = of_plan(made.book, from_json(to_json(then), "plan.json"), "plan.json")
    assert again.same and again.run is None


def test_the_policy_decides_as_it_was_written_then() -> None:
    """Comments and lines that came since move every place that a plan names; the plan keeps the text itself."""
    made, first = books(1), policy(STANDARD)
    done = apply(made.book, plan(made.book, [first], as_of=AS_OF), [first], actor=ACTOR, now=NOW)
    moved = policy("# A comment that moves every line.\n" + STANDARD.lstrip())
    assert moved.digest == first.digest and moved.text != first.text
    made.receivable("R9", "C0001", due="2026-02-20", amount="50.00")
    later = apply(made.book, plan(made.book, [moved], as_of="2026-03-09"), [moved], actor=ACTOR, now=LATER)
    assert of_run(made.book, done.run_id).same and of_run(made.book, later.run_id).same
    assert of_run(made.book, done.run_id).kept.policies != of_run(made.book, later.run_id).kept.policies


# -- what is otherwise -----------------------------------------------------------------------------------------------------

_PAID = """INSERT INTO payments (id, number, entity_id, customer_id, received, amount, currency, recorded_at)
  VALUES (-1, 'P-0', 1, 1, '2026-02-20', 4000, 'EUR', '2026-02-20T00:00:00Z')"""
_SET_AGAINST = """INSERT INTO allocations (id, receivable_id, payment_id, date, amount, recorded_at)
  VALUES (-1, 1, -1, '2026-02-20', 4000, '2026-02-20T00:00:00Z')"""


@pytest.mark.parametrize(
    ("statements", "told_of"),
    [
        ((_PAID, _SET_AGAINST), ("rows of payments", "no rows", "1, the last is no. -1")),
        ((_PAID, _SET_AGAINST), ("notice/C0001/E1/EUR: amount", "100.00 EUR", "60.00 EUR")),
        ((_PAID, _SET_AGAINST), ("notice/C0001/E1/EUR: R0001, open", "100.00 EUR", "60.00 EUR")),
        ((_PAID, _SET_AGAINST), ("open in EUR", "2 receivables, 200.00 EUR", "2 receivables, 160.00 EUR")),
        (("DELETE FROM receivables WHERE id = 2",), ("rows of receivables", "2, the last is no. 2", "1, the last is no. 1")),
        (("DELETE FROM receivables WHERE id = 2",), ("notice/C0002/E1/EUR", "100.00 EUR, level 1", "nothing")),
        (("UPDATE receivables SET due = '2026-02-24' WHERE id = 1",),
         ("notice/C0001/E1/EUR: R0001, days_past_due", "20", "5")),
        (("UPDATE customer_versions SET name = 'Somebody else' WHERE customer_id = 1",),
         ("notice/C0001/E1/EUR: customer", "Customer 1", "Somebody else")),
        (("UPDATE contacts SET do_not_contact = 1 WHERE customer_id = 1",),
         ("withheld notice/C0001/R0001/EUR/standard/level 1", "nothing", "100.00 EUR, no-contact")),
        (("UPDATE entities SET code = 'E2'",), ("notice/C0001/E2/EUR", "nothing", "100.00 EUR, level 1")),
    ],
    ids=["row", "amount", "item", "open", "gone", "action-gone", "fact", "name", "withheld", "action-new"],
)  # fmt: skip
def test_what_was_tampered_with_is_named(statements: tuple[str, ...], told_of: tuple[str, str, str]) -> None:
    """The rows first, then what follows from them, as a controller reads it."""
    made = once()
    tampered(made.book, *statements)
    again = of_run(made.book, 1)
    assert not again.same
    assert told_of in [(one.about, one.then, one.now) for one in again.differences], again.differences


def test_a_row_put_in_among_the_others_is_told_even_where_nothing_follows_from_it() -> None:
    """A payment of somebody who owes nothing, recorded under a number that was free."""
    made = books(1)
    made.customer("C9").payment("P1", "C0001", received=AS_OF, amount="1.00")
    tampered(made.book, "UPDATE payments SET id = 7")
    applied(made.book, planned(made.book))
    tampered(made.book, _PAID.replace("-1, 'P-0', 1, 1", "3, 'P-0', 1, 2"))
    again = of_run(made.book, 1)
    assert [(one.about, one.then, one.now) for one in again.differences] == [
        ("rows of payments", "1, the last is no. 7", "2, the last is no. 7")
    ]


def test_rows_numbered_by_hand_are_told_apart_by_their_numbers() -> None:
    """A book whose ids leave gaps, and do not follow the dates: what came after the plan has a higher number all the same."""
    made = books(2)
    tampered(made.book, "UPDATE receivables SET id = 40 WHERE id = 1", "UPDATE receivables SET id = 12 WHERE id = 2")
    applied(made.book, planned(made.book))
    made.receivable("R9", "C0001", due="2026-01-01", amount="500.00")
    assert of_run(made.book, 1).same


def test_what_lies_beneath_is_told_where_nothing_else_is() -> None:
    """A plan of other digests or classes, all of whose words are the same, and one whose totals alone differ."""
    then = planned(books(1).book)
    lines = tuple(replace(line, digest="sha256:" + "0" * 64) for line in then.actions[0].lines)
    other = replace(then, actions=(replace(then.actions[0], lines=lines), *then.actions[1:]))
    assert {one.about.rpartition(", ")[2] for one in contrast(then, other)} == {"rows of the subject"}
    assert [one.about for one in contrast(then, replace(then, totals=()))] == ["totals"]
    fewer = replace(then.classes[0], subjects=7)
    assert [one.about for one in contrast(then, replace(then, classes=(fewer, *then.classes[1:])))] == [
        f"class {fewer.id}"
    ]
    assert contrast(then, replace(then, engine="0.0.9")) == ()


def test_two_withheld_alike_are_both_told() -> None:
    """Nothing tells them apart but their number."""
    made = books(1).dispute("R0001", opened="2026-02-10")
    then = planned(made.book)
    assert then.withheld
    twice = replace(then, withheld=(*then.withheld, *then.withheld))
    found = contrast(then, twice)
    assert len(found) == len(then.withheld) and all(
        one.about.endswith(" no. 2") and one.then == "nothing" for one in found
    )


# -- another version, and what cannot be replayed --------------------------------------------------------------------------


def test_another_version_of_duly_is_told_and_all_else_compared() -> None:
    """The same but for the number of the version; the JSON names both."""
    made = books(1)
    then = resealed(planned(made.book), engine="0.0.9")
    again = of_plan(made.book, then, "plan.json")
    assert again.same and again.engine == VERSION
    assert f"duly 0.0.9 decided then, duly {VERSION} now" in text(again)
    assert (plain(again)["engine_then"], plain(again)["engine_now"]) == ("0.0.9", VERSION)
    assert not of_plan(made.book, resealed(then, planner="max"), "plan.json").differences
    assert not of_plan(made.book, resealed(then, uncovered_customers=3), "plan.json").same


def keep(book: Book, value: dict[str, Any] | bytes) -> None:
    """Something else is kept of run 1's plan."""
    packed = value if isinstance(value, bytes) else zlib.compress(json.dumps(value).encode())
    tampered(book)
    book.execute("UPDATE runs SET plan = ? WHERE id = 1", [packed])


def kept(book: Book) -> dict[str, Any]:
    """What is kept of run 1's plan."""
    (packed,) = book.execute("SELECT plan FROM runs WHERE id = 1").fetchone()
    found = json.loads(zlib.decompress(packed))
    assert isinstance(found, dict)
    return found


def test_a_run_that_there_is_not() -> None:
    """The line says which there are."""
    assert refused(Books().book) == "run 1 unknown-run: there is no such run; nothing was applied to the book yet"
    assert refused(once().book, 9).startswith("run 9 unknown-run: there is no such run; the book has runs 1 to 1; ")


def test_a_plan_of_an_older_format_is_not_guessed_at() -> None:
    """It does not say which rows it stood on."""
    made = once()
    keep(made.book, kept(made.book) | {"format": "duly-plan/2"})
    assert refused(made.book).startswith("run 1 older-format: its plan is of the format duly-plan/2, ")


@pytest.mark.parametrize("damage", ["bytes", "words", "list", "edited", "another"])
def test_a_plan_that_is_damaged_is_not_replayed(damage: str) -> None:
    """Whatever became of it, one line says so and points at verify."""
    made = once()
    whole = kept(made.book)
    other = json.loads(to_json(resealed(planned(books(1).book), planner="max")))
    changed: dict[str, Any] = {"bytes": b"???", "words": zlib.compress(b"no plan"), "list": zlib.compress(b"[1]"),
                               "edited": whole | {"as_of": "2026-03-02"}, "another": other}  # fmt: skip
    keep(made.book, changed[damage])
    line = refused(made.book)
    assert line.startswith("run 1 bad-plan: what is kept of its plan ") and line.endswith("see `duly verify`")


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("DELETE FROM policy_versions WHERE policy = 'watch'", "is gone from the book"),
        (
            "UPDATE policy_versions SET text = replace(text, '50.00', '60.00') WHERE policy = 'watch'",
            "is not what decided",
        ),
        ("UPDATE policy_versions SET text = '' WHERE policy = 'watch'", "is not what decided"),
        ("UPDATE policy_versions SET text = 'a: [' WHERE policy = 'watch'", "is not what decided"),
        ("UPDATE policy_versions SET digest = 'sha256:0' WHERE policy = 'watch'", "is not what decided"),
    ],
)
def test_a_policy_that_is_gone_or_damaged_is_named(statement: str, state: str) -> None:
    """The book no longer proves what decided, though the plan has a text of its own."""
    made = once()
    tampered(made.book, statement)
    assert refused(made.book).startswith(f"run 1 policy-not-kept: the text of watch v1 {state}; ")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (("50.00", "60.00"), "bad-plan"),
        (("kind: dunning", "kind: cooking"), "policy-not-kept"),
        (("policy:", "["), "policy-not-kept"),
    ],
)
def test_a_plan_whose_text_is_not_what_it_names(changed: tuple[str, str], code: str) -> None:
    """Somebody sealed it anew with another text; or duly has learned since to refuse such a policy."""
    made = books(1)
    the_plan = planned(made.book)
    refs = [ref | {"text": ref["text"].replace(*changed)} for ref in json.loads(to_json(the_plan))["policies"]]
    with pytest.raises(Refusal) as refusal:
        of_plan(made.book, resealed(the_plan, policies=refs), "plan.json")
    assert [problem.code for problem in refusal.value.problems] == [code]


# -- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace with one run that was applied, and a payment that came afterwards."""
    desk = laid_down(tmp_path_factory.mktemp("replay"))
    assert desk.run("preview", "--as-of", "2026-03-04", "--out", "plan.json", "--actor", "li.na").exit == 0
    assert desk.run("apply", "plan.json", "--actor", "anna").exit == 0
    desk.write(
        "payments.csv",
        "number,entity,customer,received,amount,currency,receivable\nP-1,E1,C-1001,2026-03-02,10.00,EUR,R-1\n",
    )
    done = desk.run("import", "payments", "payments.csv", "--actor", "test")
    assert done.exit == 0, done.err
    return desk


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """The same for each test, to do with as it likes."""
    return laid.copied(tmp_path)


def test_the_command_says_that_it_is_the_same(desk: Desk) -> None:
    """And writes the same bytes; the policies' folder is not asked."""
    shutil.rmtree(desk.folder / "policies")
    said = desk.run("replay", "1", "--out", "again.json")
    assert (said.exit, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first.startswith("Run 1 as of 2026-03-04, applied by anna on ")
    size = len(desk.read("plan.json").encode())
    assert second.startswith(f"Made again, it is the same: {size:,} bytes, plan ") and second.endswith(
        " 2 actions, 1 withheld."
    )
    assert desk.read("again.json") == desk.read("plan.json")


def test_the_command_takes_a_plan_in_a_file(desk: Desk) -> None:
    """Also one that was never applied."""
    assert desk.run("preview", "--as-of", "2026-03-04", "--known-at", "2020-01-01", "--out", "old.json").exit == 0
    for name in ("plan.json", "old.json"):
        said = desk.run("replay", name)
        assert (said.exit, said.err) == (0, "") and "it is the same" in said.out


def test_the_command_in_json(desk: Desk) -> None:
    """For a program: the ids, the counts, and no difference."""
    said = desk.run("replay", "1", "--format", "json")
    found = json.loads(said.out)
    assert said.exit == 0 and found["same"] and found["differences"] == [] and found["plan"] == found["again"]
    assert (found["format"], found["run"], found["actor"], found["actions"], found["withheld"]) == (
        "duly-replay/1",
        1,
        "anna",
        2,
        1,
    )


def test_the_command_names_what_is_otherwise(desk: Desk) -> None:
    """Exit code 1, a table of the first ones, all of them in the JSON."""
    from engine.book.store import open_book

    book = open_book(desk.folder / "duly.db")
    tampered(book, "UPDATE receivables SET amount = 90000 WHERE number = 'R-1'")
    book.close()
    said = desk.run("replay", "1", "--out", "now.json")
    assert (said.exit, said.err) == (1, "")
    assert "Made again, it comes out otherwise: " in said.out
    assert "  notice/C-1001/E1/EUR: amount: then 1,000.00 EUR; now 900.00 EUR\n" in said.out
    found = json.loads(desk.run("replay", "1", "--format", "json").out)
    assert not found["same"] and found["plan"] != found["again"] == json.loads(desk.read("now.json"))["id"]
    assert {"about": "notice/C-1001/E1/EUR: amount", "then": "1,000.00 EUR", "now": "900.00 EUR"} in found[
        "differences"
    ]


def test_many_differences_are_counted(desk: Desk) -> None:
    """Twenty lines, then how many more."""
    then = planned(books(1).book)
    other = planned(books(12).book)
    again = replace(of_plan(books(1).book, then, "plan.json"), same=False, differences=contrast(then, other))
    assert len(again.differences) > 20
    assert f"and {len(again.differences) - 20:,} more; --format json has them all" in text(again)


@pytest.mark.parametrize(
    ("args", "answer", "code"),
    [
        (["7"], 1, "run 7 unknown-run: "),
        (["0"], 1, "run 0 unknown-run: "),
        (["nope.json"], 1, "nope.json unreadable-file: "),
        (["payments.csv"], 1, "payments.csv bad-plan: "),
        (["-1"], 2, ""),
        (["99999999999999999999"], 2, ""),
        ([], 2, ""),
        (["1", "--db", "nope.db"], 1, "nope.db no-book: "),
    ],
)
def test_what_cannot_be_replayed(desk: Desk, args: list[str], answer: int, code: str) -> None:
    """One line each, and the right answer."""
    said = desk.run("replay", *args)
    assert (said.exit, said.out) == (answer, "") and said.err.startswith(code)
    assert answer == 2 or said.err.count("\n") == 1
