"""For whom nothing changes between two policies, proved: `a receivable less than 10 days past due`.

Comes in: two policies in a Lab, and every way in which they differ. Goes out: sentences, each by itself enough, those that a
controller thinks in first.
Know before changing: said is only what is proved, fact by fact; what takes two facts together to say is left unsaid. A bound is
looked for among the numbers that the policies name, since nothing turns anywhere else.
"""

from collections.abc import Iterator, Sequence

import z3

from engine.decide.findings import facts_of, findings_of
from engine.decide.ladder import NAMES
from engine.facts import FACTS, Fact, FactType
from engine.policy.model import Comparison, Condition, Policy, value_text
from engine.prove import domain
from engine.prove.differing import ORDERS, Difference
from engine.prove.domain import Term
from engine.prove.lab import Lab, Undecided
from engine.prove.outcome import covered, outcomes

# A controller thinks of these first; then of what the policies name, in their order.
_FIRST = (
    "days_past_due",
    "customer.oldest_days_past_due",
    "open_amount",
    "level",
    "customer.level",
    "customer.segment",
)
_MOST = 6
_LEVELS = ("level", "customer.level")


def untouched(lab: Lab, policies: Sequence[Policy], every: Sequence[Difference]) -> tuple[str, ...]:
    """Who is proved to be treated alike, in at most a few sentences; where no one fact tells it, somebody of them."""
    differ = z3.Or([one.formula for one in every])
    found = [said for name in _facts(policies) for said in _of_fact(lab, policies, name, differ)]
    # Of orders, somebody to whom one amount makes no difference may be one to whom another does.
    of_orders = any(one.kind == ORDERS for one in every)
    return tuple(found[:_MOST]) or (() if of_orders else tuple(_somebody(lab, policies, differ)))


def _facts(policies: Sequence[Policy]) -> tuple[str, ...]:
    """The facts that people wrote conditions about, and those that a ladder goes by."""
    written = [condition for policy in policies for condition in _written(policy)]
    named = [name for condition in written for one in findings_of(condition) for name in facts_of(one)]
    for policy in policies:
        if policy.ladder:
            names = NAMES[policy.subject]
            named += [names.level, *(names.age[level.anchor] for level in policy.ladder.levels if not level.month_end)]
    known = [name for name in dict.fromkeys(named) if name in FACTS]
    return tuple(
        sorted(known, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), known.index(name)))
    )


def _written(policy: Policy) -> Iterator[Condition]:
    """The conditions that say who is meant: who is covered, what withholds, when a level or a rule holds."""
    yield covered(policy)
    yield from (one.when for one in policy.withhold)
    yield from (one.when for one in policy.rules)
    yield from (one.when for one in (policy.ladder.levels if policy.ladder else ()) if one.when)
    if policy.credit:
        yield from (one.when for one in policy.credit.holds)
        yield from (one.when for one in (policy.credit.ratings.adjustments if policy.credit.ratings else ()))
        yield from (one.when for one in (policy.credit.limit.rules if policy.credit.limit else ()) if one.when)
        yield from (one.when for one in (policy.credit.terms.rules if policy.credit.terms else ()) if one.when)


def _of_fact(lab: Lab, policies: Sequence[Policy], name: str, differ: z3.BoolRef) -> Iterator[str]:
    """What one fact alone tells."""
    fact, term, currency = FACTS[name], lab.space.term(name), policies[0].currency
    subject = f"a {lab.subject.value}"
    try:
        match fact.type:
            case FactType.TEXT | FactType.FLAG:
                for value in _values(policies, fact):
                    code = domain.number(fact, value, term.words)
                    if _alike(lab, differ, z3.And(term.there, term.value == code)):
                        yield f"{subject} {_is(fact, value, currency)}"
                if domain.may_be_missing(fact) and _alike(lab, differ, term.missing):
                    yield f"{subject} without {name}"
            case FactType.DATE:
                return
            case _:
                yield from (f"{subject} {said}" for said in _bounds(lab, policies, fact, term, differ))
    except Undecided:
        return


def _bounds(lab: Lab, policies: Sequence[Policy], fact: Fact, term: Term, differ: z3.BoolRef) -> Iterator[str]:
    """Below which number nothing changes, and above which."""
    currency, numbers = policies[0].currency, _numbers(policies, fact.name)
    below = [number for number in numbers if _alike(lab, differ, z3.And(term.there, term.value < number))]
    above = [number for number in numbers if _alike(lab, differ, z3.And(term.there, term.value > number))]
    if below:
        yield _less(fact, below[-1], currency)
    if above and not (below and below[-1] > above[0]):
        yield _more(fact, above[0], currency)


def _alike(lab: Lab, differ: z3.BoolRef, among: z3.BoolRef) -> bool:
    """Whether there are such subjects, and the policies differ for none of them."""
    return lab.search().possible(among) and not lab.search().possible(differ, among)


def _numbers(policies: Sequence[Policy], name: str) -> list[int]:
    """The numbers that the policies compare a fact with, and those beside them."""
    found = set[int]()
    for policy in policies:
        for condition in (covered(policy), *(one.done for one in outcomes(policy))):
            for one in findings_of(condition):
                if isinstance(one, Comparison) and one.fact == name:
                    several = one.operand if isinstance(one.operand, tuple) else (one.operand,)
                    found |= {number + shift for number in several if isinstance(number, int) for shift in (-1, 0, 1)}
    return sorted(found)


def _values(policies: Sequence[Policy], fact: Fact) -> list[int | str]:
    """The texts that the policies name; both values of a flag."""
    if fact.type is FactType.FLAG:
        return [0, 1]
    found = dict[str, None]()
    for policy in policies:
        for condition in _written(policy):
            for one in findings_of(condition):
                if isinstance(one, Comparison) and one.fact == fact.name:
                    several = one.operand if isinstance(one.operand, tuple) else (one.operand,)
                    found |= dict.fromkeys(text for text in several if isinstance(text, str))
    return [*found]


def _less(fact: Fact, number: int, currency: str) -> str:
    """`less than 10 days past due`, `of less than 100.00 EUR`, `with days_since_invoice below 5`."""
    if fact.name == "days_past_due" and number >= 0:
        return f"less than {number} day{'' if number == 1 else 's'} past due" if number else "that is not due yet"
    if fact.name in _LEVELS:
        return f"below level {number}"
    written = value_text(number, fact.name, currency)
    return f"of less than {written}" if fact.name == "open_amount" else f"with {fact.name} below {written}"


def _more(fact: Fact, number: int, currency: str) -> str:
    """`more than 14 days past due`, `of more than 100.00 EUR`, `with days_since_invoice above 5`."""
    if fact.name == "days_past_due" and number >= 0:
        return f"more than {number} day{'' if number == 1 else 's'} past due"
    if fact.name in _LEVELS:
        return f"above level {number}"
    written = value_text(number, fact.name, currency)
    return f"of more than {written}" if fact.name == "open_amount" else f"with {fact.name} above {written}"


def _is(fact: Fact, value: int | str, currency: str) -> str:
    """`in segment key`, `with customer.rating A`, `not customer.insolvent`."""
    if fact.type is FactType.FLAG:
        return f"with {fact.name}" if value else f"not {fact.name}"
    if fact.name == "customer.segment":
        return f"in segment {value}"
    return f"with {fact.name} {value_text(value, fact.name, currency)}"


def _somebody(lab: Lab, policies: Sequence[Policy], differ: z3.BoolRef) -> Iterator[str]:
    """One subject to whom both do something, and the same; nobody where the change touches everybody to whom anything is done."""
    done = [one.done for one in outcomes(policies[0])]
    acts = (
        lab.encoder(policies[0]).holds(covered(policies[0])),
        z3.Or([lab.encoder(policies[0]).holds(one) for one in done]),
    )
    try:
        example = lab.shown(z3.And(*acts, z3.Not(differ)), [])
    except Undecided:
        return
    if example:
        yield f"for one, {lab.text(example)}"
