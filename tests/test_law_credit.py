"""The law of credit as properties: what holds for every credit policy and every book.

Know before changing: `pytest` runs a few dozen examples of each, the same ones every time; DULY_THOROUGH=1 runs thousands,
new ones every time. A failure prints the book's rows: add it to the tables below as a case before mending anything.
"""

from hypothesis import given, note
from hypothesis import strategies as st

from engine.policy.model import Policy
from tests import oracle
from tests.strategies import Drawn, books
from tests.strategies_credit import mixed_sets
from tests.test_law import law, outcome, told


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Drawn, tuple[Policy, ...]]:
    """A book and the policies in force, of both kinds."""
    drawn = draw(books())
    return drawn, draw(mixed_sets(drawn.as_of))


@law(150)
@given(worlds())
def test_engine_agrees_with_oracle_on_both_kinds(world: tuple[Drawn, tuple[Policy, ...]]) -> None:
    """Dunning and credit in one plan: it does, withholds and leaves uncovered what the law says, line by line."""
    drawn, policies = world
    expected = oracle.decide(policies, drawn.books.rows, drawn.as_of, drawn.known_at)
    different = oracle.differences(expected, outcome(drawn, policies))
    note(told(drawn.books.rows))
    assert not different, "\n".join(different)
