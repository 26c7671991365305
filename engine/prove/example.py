"""The smallest subject for which something is so: found by z3, then brought as near to the usual as it can be.

Comes in: a Space and formulas over it. Goes out: an Example, None where it is proved that there is none.
Know before changing: fact by fact is made what a case takes for granted (`neutral` of the vocabulary, or what follows from other
facts) wherever that still can be, the everyday ones last, so that of what remains none can be left out; then each of those is
brought as near to it as can be.
Every answer is the same in every run: nothing is drawn, and the search is bounded by z3's own count of its steps, not by a clock.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import z3

from engine.facts import CUSTOMER_PREFIX, FACTS, FactType
from engine.prove import domain
from engine.prove.domain import Term, Words
from engine.prove.encode import Space
from engine.prove.laws import AS_OF_SYMBOL, LAWS, Law

Value = int | str | None
Facts = dict[str, Value]

# z3's own measure of work; a question about people's policies takes a thousandth of it.
MOST_WORK = 20_000_000
# Made usual after all else, in this order: a controller thinks of a receivable by its age and its amount first. What the customer
# owes comes after the receivable's own amount, so that nobody is made to owe a receivable of nothing.
_EVERYDAY = (
    "open_amount",
    "undisputed_amount",
    "customer.overdue_amount",
    "customer.undisputed_overdue_amount",
    "customer.open_amount",
    "customer.exposure",
    "customer.oldest_days_past_due",
    "customer.level",
    "level",
    "customer.segment",
    "dispute",
    "days_past_due",
)
# Told first, in this order.
_FIRST = ("days_past_due", "open_amount", "dispute", "customer.segment", "level", "customer.level")


class Undecided(Exception):
    """The question took more work than MOST_WORK; nothing is known."""


@dataclass(frozen=True, slots=True)
class Example:
    """A made subject: facts, and the date that it is looked at. `told` are the facts that tell it from a usual one."""

    facts: Facts
    as_of: str
    told: tuple[str, ...]


@dataclass(slots=True)
class Search:
    """Questions about the subjects of one Space, under what is known of all of them."""

    space: Space
    work: int = MOST_WORK
    _solver: z3.Solver = field(default_factory=z3.Solver)
    _size: tuple[int, bool] = (-1, False)

    def possible(self, *formulas: z3.BoolRef) -> bool:
        """Whether any subject meets all of them."""
        self._know()
        return self._try(*formulas) is not None

    def example(self, names: Iterable[str], *formulas: z3.BoolRef) -> Example | None:
        """The smallest subject that meets them, with these facts of it; None where there is none."""
        wanted = sorted(names, key=_late)
        terms = {name: self.space.term(name) for name in wanted}
        self._know()
        self._solver.push()
        try:
            self._solver.add(*formulas)
            found = self._try()
            return None if found is None else self._smallest(wanted, terms, found)
        finally:
            self._solver.pop()

    def _smallest(self, wanted: Sequence[str], terms: dict[str, Term], model: z3.ModelRef) -> Example:
        """The subject brought as near to the usual as it can be, beginning with one that z3 found."""
        if self.space.dated:
            model = self._keep(AS_OF_SYMBOL == domain.AS_OF, model) or model
        differing = []
        for name in wanted:
            kept = self._keep(_usual(name, terms), model)
            model = kept or model
            differing += [] if kept else [name]
        for name in sorted(differing, key=_late, reverse=True):
            self._solver.add(self._nearest(name, terms[name]))
        found = self._try()
        assert found is not None, "what was kept can be met"
        facts = {name: _read(found, name, term) for name, term in terms.items()}
        day = found.eval(AS_OF_SYMBOL, model_completion=True).as_long()
        told = tuple(name for name in sorted(facts, key=_early) if not _follows(name, facts))
        return Example(facts, dt.date.fromordinal(day).isoformat(), told)

    def _keep(self, more: z3.BoolRef, model: z3.ModelRef) -> z3.ModelRef | None:
        """Keep one more thing, if that can be met together with all that is kept already; a subject that meets it."""
        met = model if z3.is_true(model.eval(more, model_completion=True)) else self._try(more)
        if met is not None:
            self._solver.add(more)
        return met

    def _nearest(self, name: str, term: Term) -> z3.BoolRef:
        """That a fact which must differ from the usual does so by as little as it can."""
        if self._try(term.missing) is not None:
            return term.missing
        fact = FACTS[name]
        if fact.type is FactType.TEXT:
            return z3.And(term.there, self._text(name, term))
        usual = fact.neutral if isinstance(fact.neutral, int) else domain.AS_OF if fact.type is FactType.DATE else 0
        far = self._least(z3.If(term.value >= usual, term.value - usual, usual - term.value), term.there)
        # Of two as near, the larger: 31 days past due, not 29 days before.
        more = z3.And(term.there, term.value == usual + far)
        return more if self._try(more) is not None else z3.And(term.there, term.value == usual - far)

    def _text(self, name: str, term: Term) -> z3.BoolRef:
        """The text of a fact: one that it is compared with, else one that no policy names, else whichever can be."""
        codes = [*sorted(self.space.spoken.get(name, ())), len(term.words.codes), *sorted(term.words.codes.values())]
        found = next((code for code in codes if self._try(term.there, term.value == code) is not None), None)
        most = len(term.words.codes) + len(self.space.terms)
        return term.value <= most if found is None else term.value == found

    def _least(self, size: z3.ArithRef, there: z3.BoolRef) -> int:
        """The least size that can be met, by halving."""
        model = self._try(there)
        assert model is not None, "what was kept can be met"
        low, high = 0, model.eval(size, model_completion=True).as_long()
        while low < high:
            middle = (low + high) // 2
            found = self._try(there, size <= middle)
            low, high = (low, found.eval(size, model_completion=True).as_long()) if found else (middle + 1, high)
        return low

    def _try(self, *formulas: z3.BoolRef) -> z3.ModelRef | None:
        """A subject that meets them beside all that is kept, as z3 has it. Raises Undecided."""
        self._solver.push()
        try:
            self._solver.add(*formulas)
            match self._solver.check():
                case z3.sat:
                    return self._solver.model()
                case z3.unsat:
                    return None
                case _:
                    raise Undecided
        finally:
            self._solver.pop()

    def _know(self) -> None:
        """What is so of every subject, anew whenever a fact has come to be spoken of."""
        while (size := (len(self.space.terms), self.space.dated)) != self._size:
            assumed = self.space.assumed()
            self._size = size
            self._solver = z3.Solver()
            self._solver.set("rlimit", self.work)
            self._solver.add(*assumed)


def _late(name: str) -> tuple[int, bool, str]:
    """The order in which facts are made usual: the everyday ones last."""
    place = _EVERYDAY.index(name) + 1 if name in _EVERYDAY else 0
    return place, not name.startswith(CUSTOMER_PREFIX), name


def _early(name: str) -> tuple[int, bool, str]:
    """The order in which facts are told."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST), name.startswith(CUSTOMER_PREFIX), name


def _usual(name: str, terms: dict[str, Term]) -> z3.BoolRef:
    """That the fact is what follows from others here, or what a case takes for granted where nothing follows."""
    neutral, term = FACTS[name].neutral, terms[name]
    follows = [law.formula({**_granted(law), **terms}) for law in _giving(name, terms)]
    if follows:
        return z3.And(term.there, *follows)
    return term.missing if neutral is None else z3.And(term.there, term.value == _number(name, neutral, term))


def _granted(law: Law) -> dict[str, Term]:
    """The facts of a law as a case takes them for granted; what is missing then has no say."""
    plain = Words()
    return {name: _plain(name, FACTS[name].neutral, plain) for name in law.facts}


def _giving(name: str, known: Iterable[str]) -> list[Law]:
    """The laws by which the fact follows from some that are known."""
    return [law for law in LAWS if law.gives == name and set(law.facts) & set(known) > {name}]


def _plain(name: str, value: Value, words: Words) -> Term:
    """A fact with one value, or none."""
    number = 0 if value is None else domain.number(FACTS[name], value, words)
    return Term(z3.IntVal(number), z3.BoolVal(value is not None), words)


def _number(name: str, value: int | str, term: Term) -> int:
    """The value as z3 has it."""
    return domain.number(FACTS[name], value, term.words)


def _read(model: z3.ModelRef, name: str, term: Term) -> Value:
    """The fact of the subject that z3 found."""
    if not z3.is_true(model.eval(term.there, model_completion=True)):
        return None
    return domain.read(FACTS[name], model.eval(term.value, model_completion=True).as_long(), term.words)


def _follows(name: str, facts: Facts) -> bool:
    """Whether the fact need not be said: it is the usual one, or follows from others that are said or usual."""
    plain = Words()
    known = {fact: _plain(fact, value, plain) for fact, value in facts.items()}
    given = [law.formula({**_granted(law), **known}) for law in _giving(name, known)]
    if given and facts[name] is not None and FACTS[name].type is not FactType.DATE:
        return all(z3.is_true(z3.simplify(one)) for one in given)
    return FACTS[name].type is FactType.DATE or facts[name] == FACTS[name].neutral
