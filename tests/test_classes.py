"""Classes: equal findings are decided once, by the policy that the subject belongs to."""

from collections import Counter

from engine.book.snapshot import reading, take
from engine.decide.classes import DecidedClass, cover, decided, pick, wanted
from engine.decide.evaluate import true
from engine.decide.findings import BITS, Compiled, compile_policy
from tests.books import Books, day, policy
from tests.test_stories import DUE, OF_CUSTOMER, STEPS, trade

LATE = day(DUE, 5)


def laid(books: Books, *texts: str) -> tuple[list[Compiled], list[DecidedClass], dict[str, list[tuple[int, int]]]]:
    """The classes of a book, and which subject is of which (subject's id, position of its class)."""
    compiled = [compile_policy(policy(text)) for text in texts]
    with reading(books.book):
        snapshot = take(books.book, wanted(compiled), as_of=LATE)
        cover(snapshot, compiled)
        classes = decided(snapshot, compiled)
        pick(snapshot, compiled, classes)
        picked = {
            kind: books.book.execute(f"SELECT subject_id, class FROM picked_{kind} ORDER BY 1").fetchall()
            for kind in ("receivable", "customer")
        }
    return compiled, classes, picked


def crowd(number: int) -> Books:
    """One customer with so many receivables, each a day older than the one before."""
    books = Books().customer("C1")
    for n in range(number):
        books.receivable(f"R{n}", "C1", due=day(DUE, -n), amount="100.00")
    return books


def test_equal_findings_are_one_class() -> None:
    """Fifty receivables between 5 and 54 days late are three classes: 3, 10 and 20 days reached."""
    _, classes, picked = laid(crowd(50), trade())
    assert sorted(one.subjects for one in classes) == [5, 10, 35]
    assert sum(one.subjects for one in classes) == 50
    assert Counter(position for _, position in picked["receivable"]) == {n: one.subjects for n, one in enumerate(classes)}


def test_every_subject_is_in_exactly_one_class() -> None:
    """And the class's row is what its own facts say."""
    compiled, classes, picked = laid(crowd(30), trade())
    (one,) = compiled
    assert [identity for identity, _ in picked["receivable"]] == list(range(1, 31))
    for identity, position in picked["receivable"]:
        values = {"days_past_due": 5 + identity - 1}
        for finding, bit in zip(one.findings, classes[position].row, strict=True):
            if finding.fact == "days_past_due":
                assert bit == int(true(finding, values, LATE)), (identity, finding)


def test_classes_are_numbered_in_one_order() -> None:
    """From 1 in each policy, by their findings, whatever the order of the rows."""
    texts = (
        trade(name="a", top="subject: receivable, priority: 1, covers: {kind: fee}"),
        trade(name="b", top="subject: receivable, priority: 2"),
    )
    backwards = Books().customer("C1")
    for n in reversed(range(50)):
        backwards.receivable(f"R{n}", "C1", due=day(DUE, -n), amount="100.00")
    _, one, _ = laid(crowd(50), *texts)
    _, other, _ = laid(backwards, *texts)
    assert one == other
    assert [each.number for each in one] == [1, 2, 3]


def test_more_findings_than_one_integer_holds() -> None:
    """70 rules of one bound each: the class of every receivable says exactly the bounds that it reached."""
    then = "then: [alert: {to: x, severity: low}]"
    rules = [f"{{id: r{n}, when: {{days_past_due: {{at_least: {n}}}}}, {then}}}" for n in range(70)]
    compiled, classes, picked = laid(crowd(70), trade(rules=rules, levels=()))
    assert len(compiled[0].findings) > BITS
    fired = {identity: classes[position].decision.fired for identity, position in picked["receivable"]}
    for identity, names in fired.items():
        assert {name for name in names if name.startswith("rule ")} == {f"rule r{n}" for n in range(min(70, identity + 5))}


def test_the_highest_priority_covers_and_customers_are_another_contest() -> None:
    """Two policies about receivables, one about customers: nobody is taken twice of a kind, and each kind is taken."""
    texts = (
        trade(name="low", top="subject: receivable, priority: 1"),
        trade(name="high", top="subject: receivable, priority: 2, covers: {open_amount: {at_least: 100.00}}"),
        trade(name="whole", top=OF_CUSTOMER),
    )
    books = crowd(3).receivable("S", "C1", due=DUE, amount="99.99")
    compiled, classes, picked = laid(books, *texts)
    owner = {identity: compiled[classes[position].index].policy.name for identity, position in picked["receivable"]}
    assert owner == {1: "high", 2: "high", 3: "high", 4: "low"}
    assert [compiled[classes[position].index].policy.name for _, position in picked["customer"]] == ["whole"]


def test_an_assignment_to_a_policy_of_the_other_kind_leaves_the_contest_open() -> None:
    """C1 is assigned to `whole`, which is about customers: its receivables are covered as if nothing was said."""
    books = Books().customer("C1", policy="whole").receivable("R1", "C1", due=DUE, amount="1.00")
    compiled, classes, picked = laid(books, trade(name="items"), trade(name="whole", top=OF_CUSTOMER, levels=STEPS[:1]))
    assert [compiled[classes[position].index].policy.name for _, position in picked["receivable"]] == ["items"]
    assert [compiled[classes[position].index].policy.name for _, position in picked["customer"]] == ["whole"]


def test_amounts_are_compared_in_the_currency_of_the_policy() -> None:
    """16,000 JPY are 100.00 EUR at 160: on the bound. One yen less is below it."""
    text = trade(top="subject: receivable, covers: {open_amount: {at_least: 100.00}}")
    books = Books().customer("C1").rate(DUE, "EUR", "JPY", "160")
    for number, amount in (("A", "16000"), ("B", "15999"), ("C", "15998")):
        books.receivable(number, "C1", due=DUE, amount=amount, currency="JPY")
    _, _, picked = laid(books, text)
    # 15,999 JPY are 99.99375 EUR, half-up 99.99.
    assert [identity for identity, _ in picked["receivable"]] == [1]
