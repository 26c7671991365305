"""How two policies can differ for one subject on one day, as z3 reads it: action by action, and what a customer is left with.

Comes in: two policies of one kind, subject and currency, in a Lab. Goes out: Differences; where none of them can be, the two are
equivalent.
Know before changing: stricter is more of an action, a higher fee, a lower limit, a worse rating, shorter terms, a graver answer
to an order; more of a release is milder. What is neither is `otherwise`: the same kind of action in another way, a limit where
none was set. Nothing that a policy does may be left out here without being named by `not_compared`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import z3

from engine.decide.credit import IN_BOOK, JUDGING, SCORE
from engine.decide.credit import RATING as CONCLUDED
from engine.decide.findings import findings_of
from engine.facts import FACTS
from engine.policy.credit_model import Credit
from engine.policy.model import Action, Any, Condition, CreditHold, LateFee, Policy, ReleaseCreditHold
from engine.prove import domain
from engine.prove.judged import ORDER, gravity
from engine.prove.lab import Lab, all_of, none_of
from engine.prove.outcome import Outcome, covered, outcomes, reviews
from engine.prove.settled import Value, limit_after, limit_ends_after, looked_at, steps_of, terms_after

# More of these is less for the customer.
MILD = "release_credit_hold"
RATING, LIMIT, LIMIT_END, TERMS, REVIEW, ORDERS = "rating", "credit_limit", "limit_end", "terms", "review", "orders"
FEE = "late_fee"
# Actions whose amounts are compared as what the customer is left with.
_SETTING = ("set_rating", "set_credit_limit", "set_terms")
# A day that no review is due on.
_NEVER = 10**6


class Side(StrEnum):
    """What a difference is to the customer."""

    STRICTER = "stricter"
    MILDER = "milder"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Difference:
    """A way in which the policies can differ: `formula` is true of everybody for whom they do. `done` is NEW does, OLD does not;
    None where it is not about an action that only one does."""

    kind: str
    side: Side
    formula: z3.BoolRef
    asked: tuple[Condition, ...]
    done: bool | None = None


def differences(lab: Lab, old: Policy, new: Policy) -> Iterator[Difference]:
    """Every way, stricter ones first, by kind."""
    found = [*_of_actions(lab, old, new)]
    if old.credit and new.credit:
        found += _of_credit(lab, old, new, old.credit, new.credit)
    order = list(Side)
    yield from sorted(found, key=lambda one: (order.index(one.side), one.done is False, one.kind))


def beside(old: Policy, new: Policy) -> frozenset[str]:
    """Facts that an example says as well: those that an order is judged by, where orders are compared."""
    return JUDGING if old.credit and new.credit and _orders_may_differ(old, new) else frozenset()


def not_compared(old: Policy, new: Policy) -> tuple[str, ...]:
    """What the two say otherwise and what is no part of the comparison."""
    said = [
        ("who has to approve what", old.approvals != new.approvals),
        ("which policy decides where several cover somebody (priority)", old.priority != new.priority),
        ("how much a run may do before it is refused (limits)", old.limits != new.limits),
        ("whom a person has assigned to it by name", old.name != new.name),
    ]
    return tuple(what for what, otherwise in said if otherwise)


def does(policy: Policy, several: Sequence[Outcome]) -> Condition:
    """Whom the policy covers and does one of these to."""
    return all_of(covered(policy), Any(tuple(one.done for one in several)))


def by_kind(policy: Policy) -> dict[str, list[Outcome]]:
    """What the policy does, by the kind of action."""
    found: dict[str, list[Outcome]] = {}
    for one in outcomes(policy):
        found.setdefault(_kind(one), []).append(one)
    return found


def _kind(one: Outcome) -> str:
    """The kind of action; of a hold or its release with the reason, since each hold stands for itself."""
    match one.action:
        case CreditHold(reason) | ReleaseCreditHold(reason):
            return f"{one.kind} for {reason}"
        case _:
            return one.kind


# -- actions -----------------------------------------------------------------------------------------------------------


def _of_actions(lab: Lab, old: Policy, new: Policy) -> Iterator[Difference]:
    """Each kind of action that only one does to somebody, and each that both do in another way."""
    before, after = (
        {kind: several for kind, several in by_kind(policy).items() if kind not in _SETTING} for policy in (old, new)
    )
    for kind in sorted({*before, *after}):
        was, now = does(old, before.get(kind, [])), does(new, after.get(kind, []))
        more, less = (Side.MILDER, Side.STRICTER) if kind.startswith(MILD) else (Side.STRICTER, Side.MILDER)
        yield Difference(kind, more, _both(lab, (new, now), (old, none_of([was]))), (now,), done=True)
        yield Difference(kind, less, _both(lab, (old, was), (new, none_of([now]))), (was,), done=False)
        if kind != "review" and kind in before and kind in after:
            yield from _ways(lab, (old, before[kind]), (new, after[kind]))


def _ways(lab: Lab, old: tuple[Policy, list[Outcome]], new: tuple[Policy, list[Outcome]]) -> Iterator[Difference]:
    """Both do it, but with other parameters or to another level."""
    both = _both(lab, (old[0], does(*old)), (new[0], does(*new)))
    one_sided, asked = list[z3.BoolRef](), list[Condition]()
    for way in dict.fromkeys((one.action, one.level) for one in (*new[1], *old[1])):
        was, now = (does(policy, _way(several, way)) for policy, several in (old, new))
        one_sided.append(_holds(lab, old[0], was) != _holds(lab, new[0], now))
        asked += [was, now]
    kind, fees = _kind(new[1][0]), [_fees(lab, *one) for one in (old, new)]
    yield Difference(kind, Side.OTHERWISE, z3.And(both, z3.Or(one_sided), fees[1] == fees[0]), tuple(asked))
    if kind == FEE:
        yield Difference(kind, Side.STRICTER, z3.And(both, fees[1] > fees[0]), tuple(asked))
        yield Difference(kind, Side.MILDER, z3.And(both, fees[1] < fees[0]), tuple(asked))


def _fees(lab: Lab, policy: Policy, several: Sequence[Outcome]) -> z3.ArithRef:
    """What the fees among these come to."""
    due = [(one, one.action.amount) for one in several if isinstance(one.action, LateFee)]
    return z3.Sum([z3.IntVal(0), *(z3.If(_holds(lab, policy, does(policy, [one])), amount, 0) for one, amount in due)])


def _way(several: Sequence[Outcome], way: tuple[Action | None, int | None]) -> list[Outcome]:
    """Those that are done in exactly that way."""
    return [one for one in several if (one.action, one.level) == way]


def _holds(lab: Lab, policy: Policy, condition: Condition) -> z3.BoolRef:
    """The condition, under the score and rating of the policy."""
    return lab.encoder(policy).holds(condition)


def _both(lab: Lab, *parts: tuple[Policy, Condition]) -> z3.BoolRef:
    """All of them, each under its own policy."""
    return z3.And([_holds(lab, policy, condition) for policy, condition in parts])


# -- credit ------------------------------------------------------------------------------------------------------------


def _of_credit(lab: Lab, old: Policy, new: Policy, before: Credit, after: Credit) -> Iterator[Difference]:
    """What the customer is left with: rating, limit and until when it is good, terms, the day of a review, answers to orders."""
    if before.ratings or after.ratings:
        yield from _of_rating(lab, old, new)
    if before.limit or after.limit:
        yield from _of_limit(lab, old, new)
    if before.terms or after.terms:
        terms = [terms_after(policy, lab.encoder(policy)) for policy in (old, new)]
        yield from _compared(TERMS, *terms, asked=_asked(old, new))
    if before.review and after.review:
        due = [_review_due(lab, policy) for policy in (old, new)]
        both = z3.And([one < _NEVER for one in due])
        yield Difference(REVIEW, Side.OTHERWISE, z3.And(both, due[0] != due[1]), _asked(old, new))
    if _orders_may_differ(old, new):
        was, now = (gravity(policy, lab.encoder(policy)) for policy in (old, new))
        for side, formula in ((Side.STRICTER, now > was), (Side.MILDER, now < was)):
            yield Difference(ORDERS, side, z3.And(ORDER >= 1, formula), _asked(old, new))


def _compared(
    what: str, old: Value, new: Value, *, asked: tuple[Condition, ...], known: Sequence[z3.BoolRef] = ()
) -> Iterator[Difference]:
    """Less is stricter, more is milder; something where there was nothing is neither."""
    both = z3.And(old.there, new.there)
    yield Difference(what, Side.STRICTER, z3.And(both, new.value < old.value, *known), asked)
    yield Difference(what, Side.MILDER, z3.And(both, new.value > old.value, *known), asked)
    yield Difference(what, Side.OTHERWISE, z3.And(old.there != new.there, *known), asked)


def _of_limit(lab: Lab, old: Policy, new: Policy) -> Iterator[Difference]:
    """The limit; and until when it is good, where it is the same."""
    taken = steps_of(old, new)
    limits = [limit_after(policy, lab.encoder(policy), taken) for policy in (old, new)]
    ends = [limit_ends_after(policy, lab.encoder(policy), taken) for policy in (old, new)]
    known = (looked_at(lab.encoder(new), taken),)
    yield from _compared(LIMIT, *limits, asked=_asked(old, new), known=known)
    same = z3.Not(limits[0].differs(limits[1]))
    yield Difference(LIMIT_END, Side.OTHERWISE, z3.And(same, ends[0].differs(ends[1]), *known), _asked(old, new))


def _of_rating(lab: Lab, old: Policy, new: Policy) -> Iterator[Difference]:
    """The rating that is left; one is worse than another only where both policies rank the same ratings."""
    was, now = (_rating_after(lab, policy) for policy in (old, new))
    codes = [lab.space.words.code(name) for name in _ranked(old, new)]
    worse = [
        z3.And(was.value == codes[i], now.value == codes[j])
        for i in range(len(codes))
        for j in range(i + 1, len(codes))
    ]
    better = [
        z3.And(now.value == codes[i], was.value == codes[j])
        for i in range(len(codes))
        for j in range(i + 1, len(codes))
    ]
    there, asked = z3.And(was.there, now.there), _asked(old, new)
    yield Difference(RATING, Side.STRICTER, z3.And(there, z3.Or(worse)), asked)
    yield Difference(RATING, Side.MILDER, z3.And(there, z3.Or(better)), asked)
    neither = z3.Not(z3.And(there, z3.Or([*worse, *better])))
    yield Difference(RATING, Side.OTHERWISE, z3.And(was.differs(now), neither), asked)


def _ranked(old: Policy, new: Policy) -> tuple[str, ...]:
    """The ratings of both, the best first; none where they have others, or in another order."""
    lists = [
        tuple(one.name for one in policy.credit.ratings.of)
        for policy in (old, new)
        if policy.credit and policy.credit.ratings
    ]
    return lists[0] if len(set(lists)) == 1 else ()


def _rating_after(lab: Lab, policy: Policy) -> Value:
    """The rating that is concluded, where nothing withholds it; else that of the book."""
    book = lab.space.term(IN_BOOK)
    value, there = book.value, book.there
    for one in by_kind(policy).get("set_rating", []):
        sets = _holds(lab, policy, all_of(covered(policy), one.done))
        name = one.rule.removeprefix("rating ")
        code = domain.number(FACTS[IN_BOOK], name, book.words)
        value, there = z3.If(sets, code, value), z3.Or(sets, there)
    return Value(value, there)


def _review_due(lab: Lab, policy: Policy) -> z3.ArithRef:
    """In how many days a review is due that the policy calls for; _NEVER where it calls for none."""
    section, due = policy.credit.review if policy.credit else None, z3.IntVal(_NEVER)
    assert section, f"{policy.name} calls for no review"
    called = _holds(lab, policy, does(policy, by_kind(policy).get("review", [])))
    for within, condition in reviews(policy):
        due = z3.If(z3.And(_holds(lab, policy, condition), due > within), within, due)
    return z3.If(called, due, _NEVER)


def _orders_may_differ(old: Policy, new: Policy) -> bool:
    """Whether orders could be answered otherwise at all: other rules, or the same about a rating that is another."""
    sections = [policy.credit.orders if policy.credit else None for policy in (old, new)]
    if sections[0] != sections[1] or old.covers != new.covers:
        return True
    rules = sections[0].rules if sections[0] else ()
    return any(finding.fact in (SCORE, CONCLUDED) for rule in rules for finding in findings_of(rule.when))


def _asked(*policies: Policy) -> tuple[Condition, ...]:
    """What an example says of texts that are missing: those that the policies cover by."""
    return tuple(covered(policy) for policy in policies)
