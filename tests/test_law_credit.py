"""The law of credit as properties: what holds for every credit policy and every book.

Know before changing: `pytest` runs a few dozen examples of each, the same ones every time; DULY_THOROUGH=1 runs thousands,
new ones every time. A failure prints the book's rows: add it to the tables below as a case before mending anything.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from engine import money
from engine.act.apply import apply
from engine.act.plan import plan
from engine.act.values import Action, Plan, to_json
from engine.decide.audit import audit
from engine.errors import Refusal
from engine.facts import FACTS
from engine.policy import model
from engine.policy.credit_model import (
    Band,
    Characteristic,
    Hold,
    LimitSection,
    Scorecard,
    Steps,
    TermsRule,
    TermsSection,
)
from engine.policy.model import Policy
from tests import oracle, oracle_facts
from tests.books import RECORDED, Books, day, policy
from tests.strategies import POLICIES, Drawn, books
from tests.strategies_credit import NAMES, OWN, credit_policy, document, likely_scores, mixed_sets, rating_bands
from tests.test_facts import read
from tests.test_law import law, outcome, told
from tests.test_oracle_credit import ALWAYS, fixed, limited, made

World = tuple[Drawn, tuple[Policy, ...]]
OF_CREDIT = {"dispute-open", "review-open", "hold-suspended", "missing-evidence"}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A book and the policies in force, of both kinds."""
    drawn = draw(books())
    return drawn, draw(mixed_sets(drawn.as_of))


@st.composite
def steady_worlds(draw: st.DrawFn) -> World:
    """A book, and credit policies of which no condition looks at what they themselves move."""
    drawn, priorities = draw(books(customers=2)), draw(st.permutations((10, 20, 30)))
    several = [draw(credit_policy(name, priority, drawn.as_of, steady=True))
               for name, priority in zip(POLICIES, priorities, strict=True)]
    return drawn, tuple(replace(one, approvals=(), currency="EUR") for one in several)


def planned(drawn: Drawn, policies: Sequence[Policy]) -> Plan:
    """What the engine plans."""
    return plan(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at)


# -- engine and oracle ------------------------------------------------------------------------------------------------------


@law(200)
@given(worlds())
def test_engine_agrees_with_oracle_on_both_kinds(world: World) -> None:
    """Dunning and credit in one plan: it does, withholds and leaves uncovered what the law says, line by line."""
    drawn, policies = world
    expected = oracle.decide(policies, drawn.books.rows, drawn.as_of, drawn.known_at)
    different = oracle.differences(expected, outcome(drawn, policies))
    note(told(drawn.books.rows))
    assert not different, "\n".join(different)


@law(30)
@given(worlds())
def test_the_text_of_a_credit_policy_says_exactly_its_value(world: World) -> None:
    """Written as YAML and read back it is the same policy, and plans the same."""
    drawn, policies = world
    texts = [policy(document(one)) for one in policies]
    for one, again in zip(policies, texts, strict=True):
        assert replace(again, digest=one.digest, text=one.text) == one
    assert not oracle.differences(outcome(drawn, policies), outcome(drawn, texts))


@law(20)
@given(worlds())
def test_a_class_decides_as_each_of_it_by_itself(world: World) -> None:
    """All members again one by one, findings in Python, a ruleset each; whatever the order of the policies, the same bytes."""
    drawn, policies = world
    found = audit(drawn.books.book, policies, as_of=drawn.as_of, known_at=drawn.known_at, most=1000)
    assert found.differences == ()
    assert to_json(planned(drawn, policies)) == to_json(planned(drawn, policies[::-1]))


# -- nothing flips ----------------------------------------------------------------------------------------------------------

AFTERWARDS = (0, 1, 8, 31, 91, 92, 182)
VALUES = {"set_rating": ("rating_before", "rating"), "set_credit_limit": ("limit_before", "limit"),
          "set_terms": ("days_before", "days")}


@law(80)
@given(steady_worlds())
def test_nothing_flips_on_the_same_facts(world: World) -> None:
    """Carried out, there is nothing more to do that day. On the days after it, with nothing new in the book, what the policies
    set of a customer moves in one direction at most and never returns to what they had set; so does each hold.

    Time itself is news: where a fact that the policies read has moved, the customer's story begins anew.
    """
    drawn, policies = world
    _one_way(drawn.books, policies, day(drawn.as_of, 31))  # all that the book knows of has happened


@st.composite
def stepping(draw: st.DrawFn) -> tuple[Books, Policy]:
    """A customer with some limit and terms, whom a policy moves by steps: how far, how fast and which way is drawn."""
    amounts = (None, 0, 1, 9_000, 9_999, 10_000, 10_001, 11_000, 12_100)
    limit, terms = draw(st.sampled_from(amounts)), draw(st.sampled_from((None, 0, 25, 30, 35, 40)))
    found = Books().customer("C", limit=None if limit is None else money.plain(limit, "EUR"), terms_days=terms)
    found.receivable("R", "C", due="2030-01-01", amount="1.00", issued="2026-01-01")
    for of in draw(st.sampled_from(((), (), ("limit",), ("limit", "terms")))):
        found.step("C", of, draw(st.sampled_from((1, -1))), taken=draw(st.sampled_from(("2026-02-01", "2026-03-24"))))
    if draw(st.sampled_from((False, False, False, True))):
        found.dispute("R", opened="2026-03-01")
    up, down = draw(st.sampled_from(((True, False), (True, False), (False, True), (True, True))))
    every, most, lowest = draw(st.sampled_from((1, 7, 90))), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    sizes = draw(st.sampled_from((500, 1_000, 10_000))), draw(st.sampled_from((5, 40)))
    of_limit, of_terms = (Steps(every, size, most, lowest, ALWAYS if up else None, ALWAYS if down else None) for size in sizes)
    rule = replace(fixed(draw(st.sampled_from(amounts))), round_to=draw(st.sampled_from((1, 1_000))))
    capped = replace(rule, cap=draw(st.sampled_from((None, 11_500))), floor=draw(st.sampled_from((None, 9_500))))
    section = LimitSection(draw(st.sampled_from((0, 1_000))), draw(st.sampled_from((None, 1, 30))), (capped,), of_limit)
    return found, made(limit=section, terms=TermsSection((TermsRule("t", None, 30),), of_terms))


@law(150)
@given(stepping())
def test_steps_go_one_way(world: tuple[Books, Policy]) -> None:
    """Whatever limit, terms and steps there are to begin with: up to the most or down to the lowest, and there it stays."""
    found, one = world
    _one_way(found, [one], "2026-03-31")


def _one_way(books_: Books, policies: Sequence[Policy], start: str) -> None:
    """Live through the days; nothing twice on a day, nothing back and forth."""
    histories: dict[tuple[str, str], list[Any]] = {}
    before: dict[str, Any] = {}
    for place, date in enumerate([start, *(day(start, days) for days in AFTERWARDS)]):
        known = _news(books_, policies, date)
        moved = {customer for customer in known if before.get(customer) != known[customer]}
        before = known
        histories = {key: values for key, values in histories.items() if key[0] not in moved}
        actions = _carried_out(books_, policies, date)
        if place == 1 and not moved:
            assert not actions, [action.address for action in actions]
        for action in actions:
            _told(histories, action)
    for (customer, what), values in histories.items():
        assert len(set(values)) == len(values), (customer, what, values)
        steps = [later > earlier for earlier, later in itertools.pairwise(values) if type(earlier) is type(later) is int]
        assert len(set(steps)) <= 1, (customer, what, values)
        assert what != "rating" or len(values) == 1, values


def _news(found: Books, policies: Sequence[Policy], date: str) -> dict[str, Any]:
    """By customer: the facts that the policies read, and those that the law itself reads, without what the policies move."""
    text = repr(policies)
    names = [name for name in FACTS if name.startswith("customer.") and name not in OWN and f"'{name}'" in text]
    names += ["customer.open_disputes", "customer.rating_override", "customer.hold_suspended"]
    facts = oracle_facts.facts(found.rows, date, "9999-12-31T23:59:59Z", "EUR")
    return {row["number"]: [facts.customers[row["id"]][name] for name in names] for row in found.rows["customers"]}


def _carried_out(found: Books, policies: Sequence[Policy], date: str) -> tuple[Action, ...]:
    """A day: planned and applied."""
    today = plan(found.book, policies, as_of=date)
    if today.actions:
        apply(found.book, today, policies, actor="somebody", now=f"{date}T09:00:00Z", approve=True)
    return today.actions


def _told(histories: dict[tuple[str, str], list[Any]], action: Action) -> None:
    """One more value of a customer's rating, limit, terms or hold."""
    said = dict(action.parameters)
    if action.kind in VALUES:
        was, becomes = (said[name] for name in VALUES[action.kind])
        if was != becomes:  # a limit may be renewed as it is
            histories.setdefault((action.customer, VALUES[action.kind][1]), []).append(becomes)
    if action.kind in ("credit_hold", "release_credit_hold"):
        histories.setdefault((action.customer, f"hold {said['reason']}"), []).append(action.kind)


# -- better facts never give a worse rating ---------------------------------------------------------------------------------


@st.composite
def monotone_policies(draw: st.DrawFn) -> Policy:
    """More of either fact never earns fewer points, and missing earns the least; no adjustments."""
    several = []
    for number, fact in enumerate(("customer.external_score", "customer.equity")):
        bounds = sorted(draw(st.sets(st.sampled_from((0, 10, 20, 50)), min_size=1, max_size=3)))
        points = sorted(draw(st.lists(st.sampled_from((-10, 0, 5, 10, 40)), min_size=len(bounds) + 2, max_size=len(bounds) + 2)))
        edges = [None, *bounds, None]
        bands = tuple(Band(low, high, worth) for (low, high), worth in zip(itertools.pairwise(edges), points[1:], strict=True))
        several.append(Characteristic(f"c{number}", fact, draw(st.sampled_from((1, 2))), points[0], bands, (), None))
    card = Scorecard(0, tuple(several))
    rated = draw(rating_bands(draw(likely_scores(card, 3)), ()))
    return made(scorecard=card, ratings=rated)


@law(60)
@given(monotone_policies(), st.sampled_from((None, *NAMES[-1])),
       st.lists(st.tuples(*[st.sampled_from((None, 0, 9, 10, 11, 20, 49, 50))] * 2), min_size=2, max_size=6))
def test_better_facts_never_give_a_worse_rating(monotone: Policy, before: str | None, known: list[tuple[Any, Any]]) -> None:
    """Of two customers with the same rating until now, the one of whom everything is better is not rated worse."""
    found = Books()
    for number, (score, equity) in enumerate(known):
        found.customer(f"C{number}", rating=before)
        if score is not None:
            found.assessment(f"C{number}", assessed="2026-01-01", score=score)
        if equity is not None:
            found.financials(f"C{number}", period_end="2025-12-31", equity=f"0.{equity:02}")
    assert monotone.credit is not None and monotone.credit.ratings is not None
    names = [one.name for one in monotone.credit.ratings.of]
    rated = dict.fromkeys((f"C{number}" for number in range(len(known))), before)
    for action in plan(found.book, [monotone], as_of="2026-03-31").actions:
        rated[action.customer] = str(dict(action.parameters)["rating"])
    ranks = [names.index(str(rated[f"C{number}"])) for number in range(len(known))]
    worth = [tuple(-1 if value is None else value for value in pair) for pair in known]
    for one, other in itertools.permutations(range(len(known)), 2):
        if all(a >= b for a, b in zip(worth[one], worth[other], strict=True)):
            assert ranks[one] <= ranks[other], (known[one], known[other])


# -- none set, no credit, an amount -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, 0, 10_000])
@pytest.mark.parametrize("after", [None, 0, 10_000, 20_000])
@pytest.mark.parametrize("change", [0, 1_000_000])
def test_null_and_0_are_never_confused(before: int | None, after: int | None, change: int) -> None:
    """From each to each: the plan says it in different words, the book has exactly that afterwards, and then there is peace.

    However large a change must be to be made, from or to none and nothing it is always made.
    """
    texts = {None: None, 0: "0.00", 10_000: "100.00"}
    found = Books().customer("C", limit=texts[before])
    policies = [limited(fixed(after), change=change)]
    actions = _carried_out(found, policies, "2026-03-31")
    small = bool(before and after and change)
    assert len(actions) == int(before != after and not small)
    for action in actions:
        assert action.before != action.after
        assert (action.amount, dict(action.parameters)["limit"]) == (after, after)
    _, customers = read(found, as_of="2026-03-31", currency="EUR")
    limit = customers[1]["customer.credit_limit"]
    assert limit == (before if small else after) and (limit is None) is (before is None if small else after is None)
    assert plan(found.book, policies, as_of="2026-03-31").actions == ()


@law(60)
@given(books(), st.sampled_from(("EUR", "JPY", "KWD")))
def test_the_effective_limit_is_the_smaller_one(drawn: Drawn, currency: str) -> None:
    """Of one's own and the group's, of those that there are; and so is what is left of them."""
    _, customers = read(drawn.books, as_of=drawn.as_of, known_at=drawn.known_at, currency=currency)
    for of in customers.values():
        limits = [of[name] for name in ("customer.limit_in_force", "customer.group_limit")]
        there = [limit for limit in limits if limit is not None]
        assert of["customer.effective_limit"] == min(there, default=None)
        used = [of["customer.exposure"], of["customer.exposure"] if of["customer.group_exposure"] is None
                else of["customer.group_exposure"]]
        left = [limit - part for limit, part in zip(limits, used, strict=True) if limit is not None]
        assert of["customer.headroom"] == min(left, default=None)


# -- credit and dunning are kept apart --------------------------------------------------------------------------------------


@law(60)
@given(worlds())
def test_dunning_never_withholds_a_credit_action(world: World) -> None:
    """No dunning hold, dispute or promise does; an open dispute stops steps, and nothing else."""
    drawn, policies = world
    own = {one.name: {entry.because for entry in one.withhold} for one in policies if one.credit}
    for one in planned(drawn, policies).withheld:
        if one.policy in own:
            assert set(one.reasons) <= own[one.policy] | OF_CREDIT
            if "dispute-open" in one.reasons and "dispute-open" not in own[one.policy]:
                assert one.rule.split()[0] in ("raise", "lower")


@law(30)
@given(worlds())
def test_credit_goes_on_while_everybody_is_on_dunning_hold(world: World) -> None:
    """The same credit actions with and without, unless a policy itself looks at it."""
    drawn, policies = world
    of_credit = [one for one in policies if one.credit]
    assume("customer.dunning_hold" not in repr(of_credit))
    try:
        before = _of(of_credit, outcome(drawn, policies))
    except Refusal:
        assume(False)
    for row in drawn.books.rows["customers"]:
        drawn.books.at(RECORDED).hold(row["number"], since=drawn.as_of, until=drawn.as_of, reference=f"ALL-{row['id']}")
    assert _of(of_credit, outcome(drawn, policies)) == before


def _of(policies: Sequence[Policy], found: oracle.Outcome) -> list[Any]:
    """The part of an outcome that these policies alone have made; what a dunning policy joins is told without it."""
    names = {one.name for one in policies}
    lines = [(one.kind, one.customer, one.told, line) for one in found.done for line in one.lines if line[2] in names]
    return sorted([*lines, *(one for one in found.kept if one.line[2] in names)], key=repr)


# -- cases that a property found, or that must never be left to chance --------------------------------------------------------


def test_what_a_step_leads_to_is_left_alone() -> None:
    """A person has set the limit and the terms that the next step up leads to: the policy neither steps nor goes back."""
    limit = limited(fixed(10_000), steps=_up(1_000)).credit
    assert limit is not None
    both = made(limit=limit.limit, terms=_terms_of_30_days())
    found = Books().customer("C", limit="110.00", terms_days=35)
    for date in ("2026-03-31", "2026-04-01", "2027-03-31"):
        assert _carried_out(found, [both], date) == ()


def _up(size: int) -> Steps:
    """Steps up, one in 90 days, for everybody."""
    return Steps(90, size, 2, 0, ALWAYS, None)


def _terms_of_30_days() -> TermsSection:
    """30 days for everybody, with steps of 5."""
    return TermsSection((TermsRule("t", None, 30),), _up(5))


def test_a_hold_that_was_reversed_may_be_set_again() -> None:
    """It is not in force any more: neither in the facts nor for the plan."""
    late = made(holds=(Hold("overdue", ALWAYS, model.Nor((ALWAYS,))),))
    found = Books().customer("C").effect("credit_hold", "C", as_of="2026-03-01", reference="F")
    assert plan(found.book, [late], as_of="2026-03-31").actions == ()
    found.undone("F", as_of="2026-03-05")
    assert [action.kind for action in plan(found.book, [late], as_of="2026-03-31").actions] == ["credit_hold"]
