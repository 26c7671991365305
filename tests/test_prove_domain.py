"""The domains and laws that proofs stand on: no book, however odd, holds a subject outside of them."""

import datetime as dt

import pytest
import z3
from hypothesis import HealthCheck, given, settings

from engine.facts import FACTS, Fact
from engine.prove import domain
from engine.prove.laws import AS_OF_SYMBOL, LAWS
from tests import oracle_facts
from tests.strategies import Drawn, books

Values = dict[str, int | str | None]


def broken(values: Values, as_of: str) -> list[str]:
    """The bounds and laws that a real subject breaks, each by its facts and its reason."""
    words, terms, found = domain.Words(), dict[str, domain.Term](), list[str]()
    for name, value in values.items():
        if value is None and not domain.may_be_missing(FACTS[name]):
            found.append(f"{name} is missing")
        own = domain.term(FACTS[name], words).words
        number = 0 if value is None else domain.number(FACTS[name], value, own)
        terms[name] = domain.Term(z3.IntVal(number), z3.BoolVal(value is not None), own)
    known = (AS_OF_SYMBOL, z3.IntVal(dt.date.fromisoformat(as_of).toordinal()))
    claims = [(f"{name} {value}", z3.And(list(domain.bounds(FACTS[name], terms[name]))))
              for name, value in values.items() if value is not None]
    claims += [(f"{law.reason}: {[(name, values[name]) for name in law.facts]}", law.formula(terms)) for law in LAWS
               if set(law.facts) <= set(values)]
    if true(z3.And([claim for _, claim in claims]), known):
        return found
    return found + [said for said, claim in claims if not true(claim, known)]


def true(claim: object, known: tuple[object, object]) -> bool:
    """Whether a claim about plain numbers holds."""
    return bool(z3.is_true(z3.simplify(z3.substitute(claim, known))))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(books())
def test_no_book_breaks_a_domain_or_a_law(drawn: Drawn) -> None:
    """Every receivable and every customer of a random book, told in plain Python, lies within what proofs assume."""
    for currency in ("EUR", "KWD"):
        told = oracle_facts.facts(drawn.books.rows, drawn.as_of, drawn.known_at, currency)
        for values in (*told.receivables.values(), *told.customers.values()):
            assert broken(values, drawn.as_of) == []


def test_every_law_is_of_facts_and_says_why() -> None:
    """A law that names no fact would silently never be used."""
    assert [law.reason for law in LAWS if not law.reason or not set(law.facts) <= set(FACTS)] == []
    assert set(domain.SIGNED) - set(FACTS) == set()


def test_a_broken_law_would_be_seen() -> None:
    """The test above can fail: more disputed than is open."""
    values: Values = {"open_amount": 100, "disputed_amount": 101, "undisputed_amount": -1}
    assert len(broken(values, "2026-03-31")) == 2


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_a_value_is_read_as_it_was_numbered(fact: Fact) -> None:
    """There and back, for each type."""
    words = domain.Words()
    value = {"text": fact.values[0] if fact.values else "retail", "date": "2026-02-28"}.get(fact.type, 1)
    here = domain.term(fact, words)
    assert domain.read(fact, domain.number(fact, value, here.words), here.words) == value


def test_a_number_without_a_text_is_another_text() -> None:
    """Never one that a policy names, and two of them are two texts."""
    words = domain.Words({"retail": 0, "other": 1})
    assert (words.text(0), words.text(2), words.text(3), words.text(4)) == ("retail", "another", "other-3", "other-4")
