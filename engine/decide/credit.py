"""Credit: the named conditions of a credit policy in their stages, and what they call for together.

Comes in: a Policy with `credit`, and the names that fired. Goes out: the rating that stage one concludes, then the Calls.
Know before changing: everything that a decision depends on is a named condition, evaluated by durable-rules. Stage one knows
facts and the score; what stage two tests of `rating` is settled between them (decide.py), so it is the same for a whole class.
What only the customer's own numbers tell (whether a limit moves) is settled by act/draft.py with decide/targets.py.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.decide.calls import Call
from engine.policy.credit_model import Credit, Rating, Ratings, Steps
from engine.policy.model import (
    Action,
    All,
    Any,
    Comparison,
    Condition,
    CreditHold,
    MonthEnd,
    Nor,
    Operator,
    Policy,
    ReleaseCreditHold,
    Review,
    SetCreditLimit,
    SetRating,
    SetTerms,
)

SCORE, RATING = "score", "rating"
IN_BOOK, OVERRIDE = "customer.rating", "customer.rating_override"
SINCE_REVIEW, OPEN_REVIEW = "customer.days_since_review", "customer.review_open"

DISPUTE_OPEN, REVIEW_OPEN, HOLD_SUSPENDED, MISSING_EVIDENCE = (
    "dispute-open",
    "review-open",
    "hold-suspended",
    "missing-evidence",
)
# Why a credit action is withheld without the policy saying so.
REASONS = (DISPUTE_OPEN, REVIEW_OPEN, HOLD_SUSPENDED, MISSING_EVIDENCE)
OVERRIDDEN = "override"

# The facts behind numbers, beside those of the policy's conditions.
_NUMBERS_OF_LIMIT = ("customer.credit_limit", "customer.limit_steps", "customer.days_until_limit_ends", OPEN_REVIEW)
_NUMBERS_OF_TERMS = ("customer.terms_days", "customer.terms_steps")

# The facts that every order is judged by.
JUDGING = frozenset(
    f"customer.{name}"
    for name in (
        "credit_hold",
        "effective_limit",
        "exposure",
        "group_exposure",
        "group_limit",
        "limit_in_force",
        "open_amount",
        "overdue_amount",
        "temporary_limit",
    )
)

Named = Iterator[tuple[str, Condition]]


def _is(fact: str, value: int | str) -> Condition:
    """The fact has that value."""
    return Comparison(fact, Operator.IS, value)


def _at_least_or_missing(fact: str, days: int) -> Condition:
    """So many days have passed, or there is nothing to count from."""
    return Any((Comparison(fact, Operator.MISSING, 1), Comparison(fact, Operator.AT_LEAST, days)))


def first_stage(policy: Policy) -> Named:
    """What concludes the rating: facts and the score."""
    ratings = _credit(policy).ratings
    if not ratings:
        return
    for rating in ratings.of:
        yield f"scored {rating.name}", _band(rating, 0)
        yield f"kept {rating.name}", All((_is(IN_BOOK, rating.name), _band(rating, ratings.margin)))
        yield f"rated {rating.name}", _is(IN_BOOK, rating.name)
        yield f"override {rating.name}", _is(OVERRIDE, rating.name)
    for adjustment in ratings.adjustments:
        yield f"adjustment {adjustment.id}", adjustment.when


def second_stage(policy: Policy) -> Named:
    """Everything else, which may test the rating."""
    credit = _credit(policy)
    for reason in policy.withhold:
        yield f"withhold {reason.because}", reason.when
    for rule in policy.rules:
        yield f"rule {rule.id}", rule.when
    if credit.limit:
        yield from ((f"limit {rule.id}", rule.when or All(())) for rule in credit.limit.rules)
        yield from _of_steps("limit", credit.limit.steps)
    if credit.terms:
        yield from ((f"terms {rule.id}", rule.when or All(())) for rule in credit.terms.rules)
        yield from _of_steps("terms", credit.terms.steps)
    if credit.review:
        yield from _of_review(credit)
    for hold in credit.holds:
        yield f"hold {hold.reason}", hold.when
        yield f"release {hold.reason}", hold.release_when
    if credit.holds:
        yield HOLD_SUSPENDED, _is("customer.hold_suspended", 1)


def for_orders(policy: Policy) -> Policy:
    """The policy as orders need it: without scorecard and ratings where no rule for orders asks for score or rating."""
    credit = _credit(policy)
    rules = credit.orders.rules if credit.orders else ()
    if any(fact in (SCORE, RATING) for rule in rules for fact in _tested(rule.when)):
        return policy
    return replace(policy, credit=replace(credit, scorecard=None, ratings=None))


def order_stage(policy: Policy) -> Named:
    """The rules for orders, which may test the rating; a plan does not ask them."""
    section = _credit(policy).orders
    for rule in section.rules if section else ():
        yield f"order {rule.id}", rule.when


def numbers_of_orders(policy: Policy) -> frozenset[str]:
    """The facts that an order is judged by, whatever the rules ask, and those of the score where they ask for it."""
    card = _credit(policy).scorecard
    return frozenset({*JUDGING, *(one.fact for one in card.characteristics)} if card else JUDGING)


def numbers(policy: Policy) -> frozenset[str]:
    """The facts that the score, the limit and the terms are worked out from, beside those of conditions."""
    credit, found = _credit(policy), {IN_BOOK}
    if credit.scorecard:
        found |= {one.fact for one in credit.scorecard.characteristics}
    if credit.limit:
        found |= {*_NUMBERS_OF_LIMIT, *(share.fact for rule in credit.limit.rules for share in rule.shares)}
    if credit.terms:
        found |= set(_NUMBERS_OF_TERMS)
    return frozenset(found)


def numbers_behind(policy: Policy, rule: str) -> frozenset[str]:
    """The facts behind the numbers of one named rule: what a line states beside the facts of its condition."""
    credit = _credit(policy)
    kind, _, name = rule.partition(" ")
    if kind == "rating" and credit.scorecard:
        return frozenset({IN_BOOK, *(one.fact for one in credit.scorecard.characteristics)})
    if credit.limit and (kind == "limit" or name == "limit"):
        shares = {share.fact for one in credit.limit.rules if name in (one.id, "limit") for share in one.shares}
        return frozenset({*_NUMBERS_OF_LIMIT, *shares})
    if credit.terms and (kind == "terms" or name == "terms"):
        return frozenset(_NUMBERS_OF_TERMS)
    return frozenset()


def rating_of(policy: Policy, fired: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """The rating that stage one concludes, and what decided it beside the score; None where the policy has no ratings."""
    ratings = _credit(policy).ratings
    if not ratings:
        return None
    name = next(one.name for one in ratings.of if f"scored {one.name}" in fired)
    name = next((one.name for one in ratings.of if f"kept {one.name}" in fired), name)
    name, because = _adjusted(ratings, name, fired)
    override = next((one.name for one in ratings.of if f"override {one.name}" in fired), None)
    if override and override != name:
        return override, (*because, OVERRIDDEN)
    return name, because


def concluded(condition: Comparison, rating: str) -> bool:
    """Whether a comparison of the rating is true of the one concluded."""
    operand = condition.operand
    match condition.operator:
        case Operator.IS:
            return rating == operand
        case Operator.IS_NOT:
            return rating != operand
        case Operator.IN:
            assert isinstance(operand, tuple)
            return rating in operand
        case Operator.NOT_IN:
            assert isinstance(operand, tuple)
            return rating not in operand
        case Operator.MISSING:
            return not operand
        case _:
            raise AssertionError(f"a rating is not compared with {condition.operator}")


def calls(policy: Policy, fired: frozenset[str]) -> Iterator[Call]:
    """What the policy calls for: rating, limit, terms, review, holds, releases, rules, in this order."""
    stops = tuple(entry.because for entry in policy.withhold if f"withhold {entry.because}" in fired)
    yield from _rating(policy, fired, stops)
    yield from _limit(_credit(policy), fired, stops)
    yield from _terms(_credit(policy), fired, stops)
    yield from _review(_credit(policy), fired, stops)
    for hold in _credit(policy).holds:
        if f"hold {hold.reason}" in fired:
            suspended = (HOLD_SUSPENDED,) if HOLD_SUSPENDED in fired else ()
            yield _call(f"hold {hold.reason}", CreditHold(hold.reason), stops + suspended)
        elif f"release {hold.reason}" in fired:
            yield _call(f"release {hold.reason}", ReleaseCreditHold(hold.reason), stops)
    for rule in policy.rules:
        if f"rule {rule.id}" in fired:
            yield from (_call(f"rule {rule.id}", action, stops, index) for index, action in enumerate(rule.then))


def _credit(policy: Policy) -> Credit:
    """The sections of a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    return policy.credit


def _tested(condition: Condition) -> Iterator[str]:
    """The facts on the left sides of a condition."""
    match condition:
        case All(of) | Any(of) | Nor(of):
            for part in of:
                yield from _tested(part)
        case Comparison() | MonthEnd():
            yield condition.fact


def _call(rule: str, action: Action, reasons: tuple[str, ...], index: int = 0) -> Call:
    """A call that moves no level."""
    return Call(rule, index, action, None, None, None, tuple(dict.fromkeys(reasons)))


def _band(rating: Rating, margin: int) -> Condition:
    """Whether the score is in the band of the rating, widened on both sides."""
    ends: list[Condition] = []
    if rating.lowest is not None:
        ends.append(Comparison(SCORE, Operator.AT_LEAST, rating.lowest - margin, rating.place))
    if rating.below is not None:
        ends.append(Comparison(SCORE, Operator.LESS_THAN, rating.below + margin, rating.place))
    return All(tuple(ends))


def _of_steps(of: str, steps: Steps | None) -> Named:
    """When a step up and a step down are called for, and what withholds them."""
    if steps is None:
        return
    rested = _at_least_or_missing(f"customer.days_since_{of}_step", steps.every_days)
    taken = f"customer.{of}_steps"
    if steps.raise_when:
        room = Comparison(taken, Operator.LESS_THAN, steps.most)
        lower = (Nor((steps.lower_when,)),) if steps.lower_when else ()
        yield f"raise {of}", All((steps.raise_when, *lower, room, rested))
    if steps.lower_when:
        yield f"lower {of}", All((steps.lower_when, Comparison(taken, Operator.MORE_THAN, -steps.lowest), rested))
    yield DISPUTE_OPEN, Comparison("customer.open_disputes", Operator.AT_LEAST, 1)
    yield REVIEW_OPEN, _is(OPEN_REVIEW, 1)


def _of_review(credit: Credit) -> Named:
    """When a review is due by the rating, and what brings it forward. The first rating is itself a review."""
    assert credit.review
    unseen = All((Comparison(SINCE_REVIEW, Operator.MISSING, 1), Comparison(IN_BOOK, Operator.MISSING, 0)))
    for name, days in credit.review.every_days:
        due = Any((unseen, Comparison(SINCE_REVIEW, Operator.AT_LEAST, days)))
        yield f"review of {name}", All((_is(RATING, name), due))
    for event in credit.review.sooner:
        yield f"sooner {event.id}", All((event.when, _at_least_or_missing(SINCE_REVIEW, credit.review.quiet_days)))
    yield REVIEW_OPEN, _is(OPEN_REVIEW, 1)


def _adjusted(ratings: Ratings, name: str, fired: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """The rating after its adjustments, those that lift it first, and the reasons of those that moved it."""
    rank, because = ratings.rank(name), []
    for adjustment in ratings.adjustments:
        if adjustment.not_below and f"adjustment {adjustment.id}" in fired and ratings.rank(adjustment.not_below) < rank:
            rank = ratings.rank(adjustment.not_below)
            because.append(adjustment.because)
    for adjustment in ratings.adjustments:
        if adjustment.not_above and f"adjustment {adjustment.id}" in fired and ratings.rank(adjustment.not_above) > rank:
            rank = ratings.rank(adjustment.not_above)
            because.append(adjustment.because)
    return ratings.of[rank].name, tuple(because)


def _rating(policy: Policy, fired: frozenset[str], stops: tuple[str, ...]) -> Iterator[Call]:
    """The rating, where the book has another."""
    found = rating_of(policy, fired)
    if found and f"rated {found[0]}" not in fired:
        yield _call(f"rating {found[0]}", SetRating(*found), stops)


def _limit(credit: Credit, fired: frozenset[str], stops: tuple[str, ...]) -> Iterator[Call]:
    """The limit with a step, where one is called for, then without; act/draft.py keeps the one that moves the limit."""
    rule = next((one for one in credit.limit.rules if f"limit {one.id}" in fired), None) if credit.limit else None
    if rule:
        for name, step in _steps("limit", fired):
            yield _call(name, SetCreditLimit(rule.id, step), stops + _pauses(fired))
        yield _call(f"limit {rule.id}", SetCreditLimit(rule.id, 0), stops)


def _terms(credit: Credit, fired: frozenset[str], stops: tuple[str, ...]) -> Iterator[Call]:
    """The terms, likewise."""
    rule = next((one for one in credit.terms.rules if f"terms {one.id}" in fired), None) if credit.terms else None
    if rule:
        for name, step in _steps("terms", fired):
            yield _call(name, SetTerms(rule.id, step), stops + _pauses(fired))
        yield _call(f"terms {rule.id}", SetTerms(rule.id, 0), stops)


def _steps(of: str, fired: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The step that is called for, if any."""
    if f"lower {of}" in fired:
        yield f"lower {of}", -1
    elif f"raise {of}" in fired:
        yield f"raise {of}", 1


def _pauses(fired: frozenset[str]) -> tuple[str, ...]:
    """What stops a step for now."""
    return tuple(reason for reason in (DISPUTE_OPEN, REVIEW_OPEN) if reason in fired)


def _review(credit: Credit, fired: frozenset[str], stops: tuple[str, ...]) -> Iterator[Call]:
    """One review for all reasons, by the earliest day that any of them asks for."""
    section = credit.review
    if not section or REVIEW_OPEN in fired:
        return
    due = [
        (section.within_days, f"every {days} days for {name}")
        for name, days in section.every_days
        if f"review of {name}" in fired
    ]
    due += [(event.within_days, event.because) for event in section.sooner if f"sooner {event.id}" in fired]
    if due:
        yield _call("review", Review(min(days for days, _ in due), tuple(because for _, because in due)), stops)
