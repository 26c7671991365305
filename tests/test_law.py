"""The law as properties: what holds for every policy and every book (DESIGN section 10, as far as it concerns deciding).

Know before changing: `pytest` runs a few dozen examples of each, the same ones every time; DULY_THOROUGH=1 runs thousands,
new ones every time. A failure prints the book's rows: add it to the tables below as a case before mending anything.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import durable_rules_engine
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from engine.act.plan import plan
from engine.act.values import to_json
from engine.decide.ladder import BUILT_IN_REASONS
from engine.decide.ruleset import MOST_CONJUNCTIONS, Conjunction, EngineFailure, Rulesets
from engine.errors import Refusal
from engine.facts import FACTS
from engine.policy import checks
from engine.policy.model import Anchor, Climb, Policy, Subject
from tests import oracle, oracle_facts
from tests.books import RECORDED, Books, Rows, day, new_book, policy, rows
from tests.policies import document, one_policy, policy_sets
from tests.strategies import CURRENCIES, LATER, MOMENT, Drawn, books
from tests.test_facts import read

THOROUGH = bool(os.environ.get("DULY_THOROUGH"))


def law(examples: int) -> settings:
    """So many examples, always the same; in the thorough profile fifty times as many, always new."""
    return settings(
        max_examples=examples * (50 if THOROUGH else 1), derandomize=not THOROUGH, database=None, deadline=None,
        suppress_health_check=list(HealthCheck))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Drawn, tuple[Policy, ...]]:
    """A book and the policies in force."""
    drawn = draw(books())
    return drawn, draw(policy_sets(drawn.as_of))


def outcome(drawn: Drawn, policies: Sequence[Policy]) -> oracle.Outcome:
    """What the engine plans."""
    return oracle.outcome_of(plan(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at))


def told(found: Rows) -> str:
    """The rows of a book, for the report of a failure."""
    return "\n".join(f"{table}: {row}" for table, several in found.items() for row in several)


# -- engine and oracle ----------------------------------------------------------------------------------------------------


@law(100)
@given(books(), st.sampled_from(CURRENCIES))
def test_engine_agrees_with_oracle_on_facts(drawn: Drawn, currency: str) -> None:
    """SQL and words compute the same facts of the same subjects."""
    found = drawn.books.rows
    expected = oracle_facts.facts(found, drawn.as_of, drawn.known_at, currency)
    receivables, customers = read(drawn.books, as_of=drawn.as_of, known_at=drawn.known_at, currency=currency)
    note(told(found))
    assert set(receivables) == set(expected.receivables)
    assert set(customers) == set(expected.customers)
    wrong = [
        (name, identity, row[name], mine[identity][name])
        for rows_, mine in ((receivables, expected.receivables), (customers, expected.customers))
        for identity, row in rows_.items()
        for name in FACTS
        if name.startswith("customer.") is (rows_ is customers) and row[name] != mine[identity][name]
    ]
    assert not wrong, "fact, subject, engine, oracle"


@law(120)
@given(worlds())
def test_engine_agrees_with_oracle(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """The plan does, withholds and leaves uncovered what the law says, line by line."""
    drawn, policies = world
    expected = oracle.decide(policies, drawn.books.rows, drawn.as_of, drawn.known_at)
    different = oracle.differences(expected, outcome(drawn, policies))
    note(told(drawn.books.rows))
    assert not different, "\n".join(different)


@law(30)
@given(worlds())
def test_a_checked_policy_never_errors(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """What check finds nothing wrong with is planned on any book; and the text of a policy says exactly its value."""
    drawn, policies = world
    texts = [policy(document(one)) for one in policies]
    for one, read_ in zip(policies, texts, strict=True):
        assert replace(read_, digest=one.digest, text=one.text) == one
    # What is drawn holds credit and may never release it.
    assert {problem.code for problem in checks.check(texts)} <= {"hold-without-release"}
    assert plan(drawn.books.book, texts, as_of=drawn.as_of, known_at=drawn.known_at).id.startswith("sha256:")


# -- what holds for every plan --------------------------------------------------------------------------------------------


@law(30)
@given(worlds())
def test_hold_trumps_everything(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """Nothing is done to a customer who is on dunning hold, and the preview says first that this is why."""
    drawn, policies = world
    for row in drawn.books.rows["customers"]:
        drawn.books.at(RECORDED).hold(row["number"], since=drawn.as_of, until=drawn.as_of, reference=f"ALL-{row['id']}")
    found = outcome(drawn, policies)
    assert found.done == []
    assert {one.reasons[0] for one in found.kept} <= {"dunning-hold"}


@law(40)
@given(worlds())
def test_one_level_per_run(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """Under one_level a run takes a subject up one level, or repeats the one it is at."""
    drawn, policies = world
    careful = {one.name for one in policies if one.ladder and one.ladder.climb is Climb.ONE_LEVEL}
    made = plan(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at)
    steps = [(line.level_from, line.level_to) for action in made.actions for line in action.lines
             if line.policy in careful]
    steps += [(one.level_from, one.level_to) for one in made.withheld if one.policy in careful]
    assert all(high - low in (0, 1) for low, high in steps if low is not None and high is not None)


@law(40)
@given(worlds())
def test_every_withheld_action_has_a_reason(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """One that the law has or one that the policy gave; and nothing is both done and withheld."""
    drawn, policies = world
    made = plan(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at)
    own = {one.name: {entry.because for entry in one.withhold} for one in policies}
    for one in made.withheld:
        assert one.reasons
        assert set(one.reasons) <= own[one.policy] | set(BUILT_IN_REASONS)
        assert len(set(one.reasons)) == len(one.reasons)


@law(30)
@given(worlds())
def test_preview_writes_nothing(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """Not a row, not a table; and planning twice gives the same bytes, whatever the order of the policies."""
    drawn, policies = world
    book = drawn.books.book
    schema = "SELECT sql FROM main.sqlite_master ORDER BY name"
    before = (rows(book), book.execute(schema).fetchall())
    once = to_json(plan(book, policies, as_of=drawn.as_of, known_at=drawn.known_at))
    again = to_json(plan(book, policies[::-1], as_of=drawn.as_of, known_at=drawn.known_at))
    assert once == again
    assert (rows(book), book.execute(schema).fetchall()) == before
    assert not book.conn.in_transaction


@st.composite
def simple_ladders(draw: st.DrawFn) -> Policy:
    """A monotone policy: levels that depend on nothing but the days since due date or invoice, one after the other."""
    drawn = draw(one_policy("p1", 10, "2026-03-31", subject=Subject.RECEIVABLE))
    assume(drawn.ladder is not None)
    assert drawn.ladder is not None
    anchor = draw(st.sampled_from((Anchor.DUE_DATE, Anchor.INVOICE_DATE)))
    levels = tuple(replace(level, anchor=anchor, when=None) for level in drawn.ladder.levels)
    return replace(drawn, covers=None, withhold=(), rules=(), currency="EUR", ladder=replace(drawn.ladder, levels=levels))


@law(60)
@given(simple_ladders(), st.sampled_from((-40, -8, -3, -1, 0, 1, 3, 7, 14, 15, 31, 61)), st.integers(0, 3),
       st.sampled_from((1, 1, 2, 30)))
def test_more_days_never_lower_the_level(monotone: Policy, late: int, level: int, more: int) -> None:
    """The level called for on a later day is not below the one called for on an earlier."""
    as_of = "2026-03-31"
    book = Books().customer("C").contact("C", email="a@b.c", address="x")
    book.receivable("R", "C", due=day(as_of, -late), amount="100.00")
    for number in range(1, level + 1):
        book.notice("C", "R", level=number, as_of=day(as_of, -50 + number), sent=RECORDED)

    def reached(date: str) -> int:
        made = plan(book.book, [monotone], as_of=date)
        lines = [line.level_to for action in made.actions for line in action.lines]
        return max([level, *(high for high in [*lines, *(one.level_to for one in made.withheld)] if high is not None)])

    if (monotone.ladder and monotone.ladder.climb is Climb.ONE_LEVEL) or level == 0:
        assert reached(day(as_of, more)) >= reached(as_of)


# -- rows -----------------------------------------------------------------------------------------------------------------

_SHUFFLED = {
    "customers": ("customer_id", "parent_id"), "receivables": ("receivable_id", "principal_id"), "credits": ("credit_id",),
    "disputes": ("dispute_id",), "allocations": ("reverses",),
}


@law(30)
@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(world: tuple[Drawn, tuple[Policy, ...]], chance: Any) -> None:
    """The same book, loaded in another order, gives the same plan: ids decide nothing that dates do not."""
    drawn, policies = world
    other = Drawn(Books(), drawn.as_of, drawn.known_at)
    other.books.book = _reordered(drawn.books.rows, chance)
    assert not oracle.differences(outcome(drawn, policies), outcome(other, policies))


def _reordered(found: Rows, chance: Any) -> Any:
    """A new book with the same rows under other ids, wherever the order of writing is not itself a fact."""
    ids: dict[str, dict[int, int]] = {}
    for table in _SHUFFLED:
        old = [row["id"] for row in found[table]]
        ids[table] = dict(zip(old, chance.sample(old, len(old)), strict=True))
    moved = {column: ids[table] for table, columns in _SHUFFLED.items() for column in columns}
    book = new_book()
    book.execute("PRAGMA foreign_keys = OFF")
    for table, several in found.items():
        for row in several:
            new = {name: moved[name].get(value, value) if name in moved and (name != "reverses" or table == "allocations")
                   else value for name, value in row.items()}
            if table in ids:
                new["id"] = ids[table][row["id"]]
            if table == "effects":
                new["key"] = _renamed(row["key"], ids)
            marks = ", ".join("?" for _ in new)
            book.execute(f"INSERT INTO {table} ({', '.join(new)}) VALUES ({marks})", list(new.values()))
    return book


def _renamed(key: str, ids: dict[str, dict[int, int]]) -> str:
    """An idempotency key under the subject's new id."""
    name, subject, *rest = key.split("/")
    table = "receivables" if subject[0] == "r" else "customers"
    return "/".join([name, f"{subject[0]}{ids[table][int(subject[1:])]}", *rest])


@law(40)
@given(books(), st.sampled_from(CURRENCIES), st.sampled_from((1, 7)))
def test_facts_as_of_a_date_never_change_when_later_rows_are_added(drawn: Drawn, currency: str, ahead: int) -> None:
    """Rows dated after as_of, and rows recorded after known_at, are not there yet, whatever they say."""
    before = read(drawn.books, as_of=drawn.as_of, known_at=MOMENT, currency=currency)
    tomorrow = day(drawn.as_of, ahead)
    _add_later_rows(drawn.books.at(RECORDED), tomorrow, "T")
    assert read(drawn.books, as_of=drawn.as_of, known_at=MOMENT, currency=currency) == before
    _add_later_rows(drawn.books.at(LATER), day(drawn.as_of, -ahead), "L")
    assert read(drawn.books, as_of=drawn.as_of, known_at=MOMENT, currency=currency) == before


def _add_later_rows(found: Books, date: str, mark: str) -> None:
    """One more row of every kind for the first customer, dated on that day."""
    open_ = next((row["number"] for row in found.rows["receivables"] if row["number"].startswith("C0-R")), None)
    found.version("C0", valid_from=date, segment="new", limit="1", currency="JPY")
    found.receivable(f"{mark}1", "C0", due=date, issued=date, amount="10.00", currency="EUR")
    found.payment(f"{mark}P", "C0", received=date, amount="5.00", currency="EUR", to=f"{mark}1")
    found.credit(f"{mark}N", "C0", issued=date, amount="5.00", currency="EUR")
    found.order(f"{mark}O", "C0", ordered=date, amount="5.00", currency="EUR").spoken("C0", date=date)
    for number in {f"{mark}1", open_} - {None}:
        assert number is not None
        found.dispute(number, opened=date, reference=f"{mark}-{number}")
        found.promise("C0", made=date, promised=date, amount="1000", receivable=number, reference=f"{mark}-P{number}")
        found.hold("C0", since=date, receivable=number, reference=f"{mark}-H{number}")
        found.notice("C0", number, level=3, as_of=date, sent=LATER)
    found.promise("C0", made=date, promised=date, amount="1", currency="EUR", reference=f"{mark}-PC")
    found.hold("C0", since=date, kind="credit", reference=f"{mark}-HC")


# -- the engine inside ----------------------------------------------------------------------------------------------------


@st.composite
def conjunction_sets(draw: st.DrawFn) -> tuple[list[tuple[str, list[Conjunction]]], list[list[int]]]:
    """Named normal forms over a list of findings, more than one ruleset holds, and rows of findings."""
    findings = draw(st.sampled_from((1, 3, 12, 70, 210)))
    index = st.integers(0, findings - 1)
    tests = st.dictionaries(index, st.integers(0, 1), min_size=1, max_size=6)
    conjunction = tests.map(lambda found: Conjunction(tuple(sorted(found.items()))))
    several = st.lists(st.lists(conjunction, max_size=8), max_size=12)
    rules = [(f"rule {number}", of) for number, of in enumerate(draw(several))]
    row = st.lists(st.integers(0, 1), min_size=findings, max_size=findings)
    return rules, draw(st.lists(row, min_size=1, max_size=5))


@law(60)
@given(conjunction_sets())
def test_durable_rules_agrees_with_a_plain_evaluator(drawn: tuple[list[tuple[str, list[Conjunction]]], list[list[int]]],
                                                     ) -> None:
    """Inside the envelope, split over as many rulesets as it takes, what fires is what holds."""
    rules, several = drawn
    with Rulesets(rules) as compiled:
        for row in several:
            expected = {name for name, of in rules if any(all(row[i] == v for i, v in one.tests) for one in of)}
            assert compiled.fired(row) == expected


def test_more_conjunctions_than_one_ruleset_holds_are_split() -> None:
    """Three times the envelope, all of them true at once."""
    rules = [(f"rule {i}", [Conjunction(((i, 1),))]) for i in range(3 * MOST_CONJUNCTIONS)]
    with Rulesets(rules) as compiled:
        assert len(compiled.fired([1] * len(rules))) == len(rules)
        assert compiled.fired([0] * len(rules)) == frozenset()


def test_a_silent_engine_is_an_error() -> None:
    """A ruleset whose sentinel does not fire decides nothing: its silence never means that no rule matched."""
    with Rulesets([("one", [Conjunction(((0, 1),))])]) as compiled:
        assert compiled.fired([1]) == {"one"}
        mute = {"sentinel": {"all": [{"m": {"never": 1}}]}, "c0": {"all": [{"m": {"f0": 1}}]}}
        compiled._parts[0]._handle = durable_rules_engine.create_ruleset("mute", json.dumps(mute))
        with pytest.raises(EngineFailure):
            compiled.fired([1])
        with pytest.raises(AssertionError, match="closed after a failure"):
            compiled.fired([1])


def test_an_unexpected_answer_is_an_error() -> None:
    """A fact that the engine has seen before is refused by it: nothing is decided, and the ruleset is not used again."""
    with Rulesets([("one", [Conjunction(((0, 1),))])]) as compiled:
        part = compiled._parts[0]
        durable_rules_engine.assert_fact(part._handle, json.dumps({"id": part._next_id, "z": 1, "f0": 0}))
        with pytest.raises(EngineFailure, match="answered"):
            compiled.fired([1])
        with pytest.raises(AssertionError, match="closed after a failure"):
            compiled.fired([1])


@pytest.mark.parametrize("value", [2, -1, "1", None, 0.5])
def test_a_finding_is_zero_or_one(value: Any) -> None:
    """Anything else never reaches the engine."""
    with Rulesets([("one", [Conjunction(((0, 1),))])]) as compiled, pytest.raises(AssertionError, match="0 or 1"):
        compiled.fired([value])


# -- cases that a property found, or that must never be left to chance ------------------------------------------------------

CAREFUL = """
    policy: p1
    kind: dunning
    version: 1
    effective_from: 2020-01-01
    summary: A ladder of two levels.
    currency: EUR
    subject: SUBJECT
    priority: 1
    ladder:
      climb: one_level
      days_between_notices: 0
      after_last: {repeat: {every_days: 5, at_most: 1}}
      levels:
        - level: 1
          name: first
          after_days: 1
          then: FIRST
        - level: 2
          name: last
          after_days: 10
          then: LAST
"""
LETTER = "[{notice: {channel: letter, template: formal}}]"
AS_OF = "2026-03-31"


def careful(subject: str = "receivable", first: str = LETTER, last: str = LETTER) -> Policy:
    """The policy above with these actions."""
    return policy(CAREFUL.replace("SUBJECT", subject).replace("FIRST", first).replace("LAST", last))


def debtor(late: int = 60) -> Books:
    """A customer who can be written to and owes 100.00 EUR, and 50.00 USD."""
    book = Books().customer("C").contact("C", address="Street 1").rate("2020-01-01", "USD", "EUR", "1")
    book.receivable("R", "C", due=day(AS_OF, -late), amount="100.00")
    return book.receivable("S", "C", due=day(AS_OF, -late), amount="50.00", currency="USD")


def kinds(book: Books, *policies: Policy, as_of: str = AS_OF) -> list[tuple[str, str]]:
    """What is planned, as (kind, currency), sorted."""
    return sorted((action.kind, action.currency) for action in plan(book.book, policies, as_of=as_of).actions)


def test_a_later_notice_of_a_rule_is_no_warning() -> None:
    """The first level's notice is still in the outbox; that some other letter was sent does not let level 2 follow."""
    book = debtor().notice("C", "R", level=1, as_of=day(AS_OF, -9), policy="p1")
    book.notice("C", "S", level=1, as_of=day(AS_OF, -9), policy="p1")
    book.effect("notice", "C", "R", as_of=day(AS_OF, -3), sent=RECORDED, policy="p1", rule="rule r9")
    made = plan(book.book, [careful()], as_of=AS_OF)
    assert made.actions == ()
    assert {one.reasons for one in made.withheld} == {("previous-notice-not-sent",)}


def test_letters_of_one_step_are_all_sent_before_the_next() -> None:
    """A customer's notice is two letters, one per currency; one of them has not gone out."""
    book = debtor()
    for letter, sent in (("EUR", None), ("USD", RECORDED)):
        book.notice("C", level=1, as_of=day(AS_OF, -9), policy="p1", sent=sent, letter=letter, episode=day(AS_OF, -60))
    made = plan(book.book, [careful("customer")], as_of=AS_OF)
    assert {one.reasons for one in made.withheld} == {("previous-notice-not-sent",)}


def test_letters_of_one_step_count_once_for_repetition() -> None:
    """Two letters went out at the last level on one day: one step, so its one repetition is still to come."""
    book = debtor()
    for level, ago in ((1, 6), (2, 5)):
        _letters(book, level, ago)
    assert kinds(book, careful("customer")) == [("notice", "EUR"), ("notice", "USD")]
    _letters(book, 2, 0)
    assert kinds(book, careful("customer"), as_of=day(AS_OF, 9)) == []


def _letters(book: Books, level: int, ago: int) -> None:
    """The two letters of one step of the customer's ladder."""
    for currency in ("EUR", "USD"):
        book.notice("C", level=level, as_of=day(AS_OF, -ago), policy="p1", sent=RECORDED, letter=f"{currency}{level}",
                    episode=day(AS_OF, -60))


@pytest.mark.parametrize("last", [
    "[{task: {what: call, within_days: 1}}, {notice: {channel: letter, template: formal}}]",
    "[{late_fee: {amount: 5.00, once_per: level}}, {notice: {channel: letter, template: formal}}]",
])
def test_the_notice_carries_the_level(last: str) -> None:
    """Wherever it stands among the actions: repetitions and the next level look at the notice."""
    book = debtor().notice("C", "R", level=1, as_of=day(AS_OF, -9), policy="p1", sent=RECORDED)
    made = plan(book.book, [careful(last=last)], as_of=AS_OF)
    steps = {(action.kind, line.level_to) for action in made.actions for line in action.lines if line.receivable == "R"}
    assert {kind for kind, level in steps if level == 2} == {"notice"}


def test_a_fee_is_charged_once_per_level() -> None:
    """The repetition of the last level is a letter without a second fee."""
    fee = "[{notice: {channel: letter, template: formal}}, {late_fee: {amount: 5.00, once_per: level}}]"
    book = debtor().notice("C", "R", level=2, as_of=day(AS_OF, -5), policy="p1", sent=RECORDED)
    book.effect("late_fee", "C", "R", as_of=day(AS_OF, -5), policy="p1", rule="level 2", index=1)
    book.payment("P", "C", received=AS_OF, amount="50.00", currency="USD", to="S")
    assert kinds(book, careful(last=fee)) == [("notice", "EUR")]


def test_a_fee_once_per_receivable_is_charged_once_in_one_run() -> None:
    """A level and a rule both call for it on the same day: each of the two receivables gets one fee."""
    fee = "{late_fee: {amount: 5.00, once_per: receivable}}"
    text = CAREFUL.replace("SUBJECT", "receivable").replace("FIRST", f"[{fee}]").replace("LAST", LETTER)
    text += f"    rules:\n      - id: r1\n        when: {{days_past_due: {{at_least: 1}}}}\n        then: [{fee}]\n"
    assert [kind for kind, _ in kinds(debtor(), policy(text))].count("late_fee") == 2


def test_the_interval_of_a_customers_ladder_is_the_customers() -> None:
    """`interval_scope: receivable` is the default; a policy about customers has no receivable to look at."""
    text = CAREFUL.replace("SUBJECT", "customer").replace("FIRST", LETTER).replace("LAST", LETTER)
    weekly = policy(text.replace("days_between_notices: 0", "days_between_notices: 7"))
    book = debtor().notice("C", level=1, as_of=day(AS_OF, -6), policy="p1", sent=RECORDED, episode=day(AS_OF, -60))
    assert {one.reasons for one in plan(book.book, [weekly], as_of=AS_OF).withheld} == {("interval",)}
    assert len(plan(book.book, [weekly], as_of=day(AS_OF, 1)).actions) == 2


def test_a_hold_that_is_there_is_not_set_again() -> None:
    """A level that calls for a credit hold takes its step; the hold is in force already."""
    hold = "[{credit_hold: {reason: overdue}}, {notice: {channel: letter, template: formal}}]"
    for since, until in ((AS_OF, None), (day(AS_OF, -9), AS_OF)):
        book = debtor().hold("C", kind="credit", since=since, until=until, reason="overdue")
        assert kinds(book, careful(first=hold)) == [("notice", "EUR"), ("notice", "USD")]
    for since, until in ((day(AS_OF, 1), None), (day(AS_OF, -9), day(AS_OF, -1))):
        book = debtor().hold("C", kind="credit", since=since, until=until, reason="overdue")
        assert kinds(book, careful(first=hold)) == [("credit_hold", "EUR"), ("notice", "EUR"), ("notice", "USD")]


def test_a_customer_without_anything_to_chase_is_not_written_to() -> None:
    """Called for by a rule, withheld with a reason: there is nothing that the letter could speak of."""
    text = CAREFUL.split("    ladder:")[0].replace("SUBJECT", "customer")
    text += f"    rules:\n      - id: r1\n        when: {{customer.open_count: 0}}\n        then: {LETTER}\n"
    book = Books().customer("C").contact("C", address="Street 1")
    made = plan(book.book, [policy(text)], as_of=AS_OF)
    assert made.actions == ()
    assert [one.reasons for one in made.withheld] == [("nothing-to-chase",)]


def test_a_notice_of_a_rule_to_a_customer_goes_out_once() -> None:
    """Its letters are keyed by entity and currency; they count for the notice."""
    text = CAREFUL.split("    ladder:")[0].replace("SUBJECT", "customer")
    text += f"    rules:\n      - id: r1\n        when: {{customer.open_count: {{at_least: 1}}}}\n        then: {LETTER}\n"
    book = debtor()
    made = plan(book.book, [policy(text)], as_of=AS_OF)
    assert len(made.actions) == 2
    line = made.actions[0].lines[0]
    _, _, episode, rule, action = line.key.rsplit("/", 1)[0].split("/")
    book.effect("notice", "C", as_of=AS_OF, policy="p1", rule=rule, episode=episode, sent=RECORDED,
                index=action.removeprefix("notice."))
    assert kinds(book, policy(text)) == []


@pytest.mark.parametrize(("test", "days"), [
    ("{is: 5}", {5}), ("{is_not: 5}", {4, 6, 7, 8}), ("{at_least: 5}", {5, 6, 7, 8}), ("{at_most: 5}", {4, 5}),
    ("{more_than: 5}", {6, 7, 8}), ("{less_than: 5}", {4}), ("{between: [5, 7]}", {5, 6, 7}), ("{missing: false}",
    {4, 5, 6, 7, 8}), ("{missing: true}", set()), ("{at_least: days_since_dispute}", set()),
    ("{at_least: customer.terms_days}", {6, 7, 8})])
def test_an_operator_holds_on_exactly_these_days(test: str, days: set[int]) -> None:
    """Bounds are inclusive where the word says so; a comparison with a missing fact is false."""
    text = CAREFUL.split("    ladder:")[0].replace("SUBJECT", "receivable")
    text += f"    rules:\n      - id: r1\n        when: {{days_past_due: {test}}}\n        then: {LETTER}\n"
    one = policy(text)
    for late in (4, 5, 6, 7, 8):
        book = Books().customer("C", terms_days=6).contact("C", address="x")
        book.receivable("R", "C", due=day(AS_OF, -late), amount="1.00")
        assert bool(kinds(book, one)) is (late in days), late


@pytest.mark.parametrize(("boundary", "late", "called"), [
    ("on", 0, False), ("on", 1, True), ("on", 2, True), ("after", 1, False), ("after", 2, True), ("after", 3, True)])
def test_the_boundary_says_whether_day_n_counts(boundary: str, late: int, called: bool) -> None:
    """on: from day n; after: from the day after it."""
    text = CAREFUL.replace("climb: one_level", f"boundary: {boundary}")
    one = policy(text.replace("SUBJECT", "receivable").replace("FIRST", LETTER).replace("LAST", LETTER))
    assert bool(kinds(debtor(late), one)) is called


@pytest.mark.parametrize(("late", "called"), [(30, False), (31, True), (32, True)])
@pytest.mark.parametrize("boundary", ["on", "after"])
def test_a_month_end_is_the_last_day_of_the_month(boundary: str, late: int, called: bool) -> None:
    """Due 28 February and a day: March 1st falls in March, whose last day is as_of; after: the day after that."""
    text = CAREFUL.replace("climb: one_level", f"boundary: {boundary}").replace("after_days: 1\n", "after_days: 1\n"
                                                                               "          month_end: true\n")
    one = policy(text.replace("SUBJECT", "receivable").replace("FIRST", LETTER).replace("LAST", LETTER))
    as_of = day("2026-02-28", late + (boundary == "after"))
    book = Books().customer("C").contact("C", address="x").receivable("R", "C", due="2026-02-28", amount="1.00")
    assert bool(kinds(book, one, as_of=as_of)) is called


@pytest.mark.parametrize(("amount", "reasons"), [("4.99", {("below-tolerance",)}), ("5.00", set()), ("5.01", set())])
def test_the_tolerance_itself_is_chased(amount: str, reasons: set[tuple[str, ...]]) -> None:
    """Open amounts below it are not chased."""
    text = CAREFUL.replace("climb: one_level", "tolerance: 5.00")
    one = policy(text.replace("SUBJECT", "receivable").replace("FIRST", LETTER).replace("LAST", LETTER))
    book = Books().customer("C").contact("C", address="x").receivable("R", "C", due=day(AS_OF, -9), amount=amount)
    assert {found.reasons for found in plan(book.book, [one], as_of=AS_OF).withheld} == reasons


@pytest.mark.parametrize(("ago", "called"), [(6, False), (7, True), (8, True)])
def test_the_days_between_notices_are_full_days(ago: int, called: bool) -> None:
    """Seven days between them: on the seventh the next may go."""
    text = CAREFUL.replace("days_between_notices: 0", "days_between_notices: 7")
    one = policy(text.replace("SUBJECT", "receivable").replace("FIRST", LETTER).replace("LAST", LETTER))
    book = Books().customer("C").contact("C", address="x").receivable("R", "C", due=day(AS_OF, -40), amount="1.00")
    book.notice("C", "R", level=1, as_of=day(AS_OF, -ago), sent=RECORDED)
    assert bool(kinds(book, one)) is called


@pytest.mark.parametrize(("ago", "called"), [(4, False), (5, True), (6, True)])
def test_a_repetition_waits_its_days(ago: int, called: bool) -> None:
    """every_days: 5."""
    book = Books().customer("C").contact("C", address="x").receivable("R", "C", due=day(AS_OF, -40), amount="1.00")
    book.notice("C", "R", level=2, as_of=day(AS_OF, -ago), sent=RECORDED)
    assert bool(kinds(book, careful())) is called


def test_a_last_level_of_tasks_is_repeated_as_often_as_it_says() -> None:
    """at_most: 1, and no notice anywhere in it: one call, one repetition, no third."""
    one = careful(last="[{task: {what: call, within_days: 1}}]")
    book = Books().customer("C").contact("C", address="x").receivable("R", "C", due=day(AS_OF, -60), amount="1.00")
    book.notice("C", "R", level=1, as_of=day(AS_OF, -40), sent=RECORDED)
    for ago, expected in ((10, [("task", "EUR")]), (5, [("task", "EUR")]), (0, [])):
        assert kinds(book, one, as_of=day(AS_OF, -ago)) == expected
        book.effect("task", "C", "R", as_of=day(AS_OF, -ago), levels=(1 if ago == 10 else 2, 2))


def test_what_two_rules_name_is_counted_once() -> None:
    """Two rules alert the same person about the same receivable: one alert, one item, its amount once."""
    alert = "[{alert: {to: credit-manager, severity: high}}]"
    text = CAREFUL.split("    ladder:")[0].replace("SUBJECT", "receivable") + "    rules:\n" + "".join(
        f"      - id: {name}\n        when: {{days_past_due: {{at_least: {days}}}}}\n        then: {alert}\n"
        for name, days in (("r1", 1), ("r2", 2)))
    book = Books().customer("C").receivable("R", "C", due=day(AS_OF, -9), amount="100.00")
    (action,) = plan(book.book, [policy(text)], as_of=AS_OF).actions
    assert (action.amount, len(action.items), len(action.lines)) == (10_000, 1, 2)


def test_a_letter_names_a_receivable_once() -> None:
    """A policy about customers and one about receivables both write on the same day: one letter, nothing in it twice."""
    other = replace(careful("customer"), name="p2")
    notices = plan(debtor().book, [careful(), other], as_of=AS_OF).actions
    assert [(action.kind, action.amount, len(action.items)) for action in notices] == [
        ("notice", 10_000, 1), ("notice", 5_000, 1)]


def test_an_assignment_to_no_policy_in_force_is_refused() -> None:
    """It would be ignored silently otherwise."""
    book = Books().customer("C", policy="p9").receivable("R", "C", due=AS_OF, amount="1.00")
    with pytest.raises(Refusal, match="unknown-assignment"):
        plan(book.book, [careful()], as_of=AS_OF)
