"""What can be proved about a credit policy as a whole: ratings that nobody scores, rules that never decide, holds for ever.

Comes in: built credit policies. Goes out: problems, each with an example customer.
Know before changing: only what is certain is a problem (see reach.py); where it is not, these checks say nothing.
"""

from collections.abc import Iterator, Sequence

from engine.errors import Place, Problem
from engine.facts import Fact
from engine.policy.conditions import findings_of
from engine.policy.credit_model import Adjustment, Credit, Hold, LimitRule, Rating, Ratings, TermsRule
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    CreditHold,
    Nor,
    Operator,
    Policy,
    ReleaseCreditHold,
    finding_text,
)
from engine.policy.places import place
from engine.policy.reach import Example, Reach, Value, example, values_of
from engine.policy.totals import Totals, totals

EVERYBODY = All(())


def reach_of(policy: Policy) -> Reach:
    """What the policy can conclude about the customers that it covers."""
    if policy.credit is None:
        return Reach()
    ratings = tuple(rating.name for rating in policy.credit.ratings.of) if policy.credit.ratings else ()
    covers = policy.covers or EVERYBODY
    literals: dict[str, list[int | str]] = {}
    for finding in findings_of(covers):
        right = getattr(finding, "operand", None)
        several = right if isinstance(right, tuple) else (right,)
        literals.setdefault(finding.fact, []).extend(one for one in several if isinstance(one, int | str))

    def cells(fact: Fact, cuts: Sequence[int | str]) -> Sequence[Value]:
        """A value of each stretch, of those that a covered customer can have."""
        values = values_of(fact, [*cuts, *literals.get(fact.name, ())])
        return [value for value in values if example(All((covers, _has(fact.name, value))), Reach()) is not None]

    card = policy.credit.scorecard
    return Reach(totals(card, cells) if card else None, ratings)


def _has(fact: str, value: Value) -> Comparison:
    """The condition that the fact has this value."""
    return Comparison(fact, Operator.MISSING, 1) if value is None else Comparison(fact, Operator.IS, value)


def conditions(credit: Credit) -> Iterator[tuple[Place, Condition]]:
    """Every condition of its own sections, with the place of what it belongs to."""
    found: list[tuple[Place, Condition | None]] = []
    found += [(one.place, one.when) for one in (credit.ratings.adjustments if credit.ratings else ())]
    for section in (credit.limit, credit.terms):
        found += [(one.place, one.when) for one in (section.rules if section else ())]
        steps = section.steps if section else None
        found += [(steps.place, when) for when in (steps.raise_when, steps.lower_when)] if steps else []
    found += [(one.place, one.when) for one in (credit.review.sooner if credit.review else ())]
    found += [(one.place, when) for one in credit.holds for when in (one.when, one.release_when)]
    found += [(one.place, one.when) for one in (credit.orders.rules if credit.orders else ())]
    yield from ((where, when) for where, when in found if when is not None)


# -- rules that never decide -------------------------------------------------------------------------------------------


def never_applies(policy: Policy, reach: Reach) -> Iterator[Problem]:
    """A rule of limit or terms that contradicts itself, or before which another one always decides."""
    if policy.credit is None:
        return
    if policy.credit.limit:
        yield from _in_vain(policy, reach, policy.credit.limit.rules, "limit-never-applies")
    if policy.credit.terms:
        yield from _in_vain(policy, reach, policy.credit.terms.rules, "terms-never-apply")


def _in_vain(policy: Policy, reach: Reach, rules: Sequence[LimitRule | TermsRule], code: str) -> Iterator[Problem]:
    """Each rule that decides for nobody, with the rule that decides instead."""
    covers = policy.covers or EVERYBODY
    for index, rule in enumerate(rules):
        own = rule.when or EVERYBODY
        before = tuple(other.when or EVERYBODY for other in rules[:index])
        if example(All((covers, own, Nor(before))), reach) is not None:
            continue
        if example(All((covers, own)), reach) is None:
            yield Problem(rule.place, code, f"'{rule.id}' decides for nobody; {_contradiction(policy, own, reach)}")
            continue
        taker, someone = _taker(All((covers, own)), rules[:index], reach)
        message = (
            f"'{rule.id}' decides for nobody: {someone.text(policy.currency)} is decided by '{taker.id}' in line"
            f" {taker.place.line}, and everybody else by it or another rule above; move this one up, or take it out"
        )
        yield Problem(rule.place, code, message)


def _taker(
    meant: Condition, before: Sequence[LimitRule | TermsRule], reach: Reach
) -> tuple[LimitRule | TermsRule, Example]:
    """The first earlier rule that decides for one of those whom the rule is meant for, and such a customer."""
    for index, rule in enumerate(before):
        earlier = tuple(other.when or EVERYBODY for other in before[:index])
        someone = example(All((meant, rule.when or EVERYBODY, Nor(earlier))), reach)
        if someone is not None:
            return rule, someone
    raise AssertionError("a shadowed rule has a shadow")


def _contradiction(policy: Policy, own: Condition, reach: Reach) -> str:
    """Why nobody meets a condition, shown by a customer who meets all of it but one part."""
    covers = policy.covers or EVERYBODY
    kept = list(own.of) if isinstance(own, All) else [own]
    for part in tuple(kept):
        rest = [other for other in kept if other is not part]
        if rest and example(All((covers, *rest)), reach) is None:
            kept = rest
    who = (example(All((covers, *kept[:-1])), reach) or Example()).text(policy.currency)
    last = finding_text(kept[-1], policy.currency) if isinstance(kept[-1], Comparison) else "what else it asks for"
    if reach.totals and example(All((covers, *kept)), Reach(None, reach.ratings)) is not None:
        return f"scores go from {reach.totals.least} to {reach.totals.most} only, and never meet it; mend the condition"
    if policy.covers and example(All(tuple(kept)), reach) is not None:
        return f"nobody whom the policy covers meets it: {who} does not have '{last}'; change the one or the other"
    return f"its condition contradicts itself: {who} never has '{last}' as well; mend the condition"


# -- ratings -----------------------------------------------------------------------------------------------------------


def unreachable(policy: Policy, reach: Reach) -> Iterator[Problem]:
    """A rating that no customer can score, whatever is known about them."""
    ratings = policy.credit.ratings if policy.credit else None
    if policy.credit is None or ratings is None or reach.totals is None:
        return
    covers = policy.covers or EVERYBODY
    for rating in ratings.of:
        if example(All((covers, _ends_at(ratings, rating))), reach) is not None:
            continue
        within = reach.totals.between(rating.lowest, None if rating.below is None else rating.below - 1)
        if within is None:
            message = _out_of_reach(policy, rating, reach.totals)
        else:
            message = _always_moved(policy, ratings, rating, reach)
        yield Problem(rating.place, "unreachable-rating", message)


def _ends_at(ratings: Ratings, rating: Rating) -> Condition:
    """The condition for which the score with the adjustments makes this rating (without margin and override).

    First not_below lifts, then not_above lowers, so with ranks from 0 for the best: nobody lowers it below, something or the
    score has lifted it to here at least, and nothing has lifted it above unless it is lowered to just here.
    """
    rank = ratings.rank(rating.name)
    lifts = [(ratings.rank(one.not_below), one.when) for one in ratings.adjustments if one.not_below]
    lowers = [(ratings.rank(one.not_above), one.when) for one in ratings.adjustments if one.not_above]
    lifted_enough = Any((_at_least(ratings, rank), *(when for to, when in lifts if to <= rank)))
    lifted_above = Any((_at_least(ratings, rank - 1), *(when for to, when in lifts if to < rank)))
    lowered_here = Any(tuple(when for to, when in lowers if to == rank))
    lowered_below = Any(tuple(when for to, when in lowers if to > rank))
    return All((Nor((lowered_below,)), lifted_enough, Any((Nor((lifted_above,)), lowered_here))))


def _at_least(ratings: Ratings, rank: int) -> Condition:
    """The score earns the rating of that rank, or a better one."""
    if rank < 0:
        return Any(())
    lowest = ratings.of[rank].lowest
    return EVERYBODY if lowest is None else Comparison("score", Operator.AT_LEAST, lowest)


def _out_of_reach(policy: Policy, rating: Rating, scores: Totals) -> str:
    """The nearest score that a customer can have, and such a customer."""
    under = None if rating.lowest is None else scores.below(rating.lowest)
    over = None if rating.below is None else scores.between(rating.below, None)
    remedy = "change its points or the band"
    if under is not None and over is None:
        said = f"the most that any customer can score is {under}, {_with(policy, scores, under)}"
        return f"nobody is rated '{rating.name}': {said}; it begins at {rating.lowest}: {remedy}"
    if over is not None and under is None:
        said = f"the least that any customer can score is {over}, {_with(policy, scores, over)}"
        return f"nobody is rated '{rating.name}': {said}; it ends below {rating.below}: {remedy}"
    assert under is not None, "there is no score at all"
    assert over is not None, "there is no score at all"
    said = f"scores go from {under}, {_with(policy, scores, under)}, to {over} at once"
    return f"nobody is rated '{rating.name}': {said}; {remedy}"


def _with(policy: Policy, scores: Totals, total: int) -> str:
    """A customer who scores it."""
    return Example(scores.customer(total)).text(policy.currency).removeprefix("a customer ")


def _always_moved(policy: Policy, ratings: Ratings, rating: Rating, reach: Reach) -> str:
    """A customer with the score whom an adjustment takes to another rating, as it does everybody."""
    covers = policy.covers or EVERYBODY
    rank = ratings.rank(rating.name)
    bounds = [_at_least(ratings, rank), Nor((_at_least(ratings, rank - 1),))]
    for one in ratings.adjustments:
        someone = example(All((covers, *bounds, one.when)), reach)
        if someone is not None and _moves(ratings, rank, one):
            who = someone.text(policy.currency)
            return (
                f"nobody is rated '{rating.name}': {who} is taken to '{one.not_above or one.not_below}' by '{one.id}', and"
                " adjustments move everybody else who scores it; change their conditions"
            )
    return f"nobody is rated '{rating.name}': no customer whom the policy covers can score it; change its points or the band"


def _moves(ratings: Ratings, rank: int, one: Adjustment) -> bool:
    """Whether the adjustment takes a customer away from the rating of that rank."""
    if one.not_above:
        return ratings.rank(one.not_above) > rank
    return one.not_below is not None and ratings.rank(one.not_below) < rank


# -- holds -------------------------------------------------------------------------------------------------------------


def holds_for_ever(policy: Policy, reach: Reach) -> Iterator[Problem]:
    """A hold of a credit policy whose release never holds, or never while the hold does not."""
    for number, hold in enumerate(policy.credit.holds if policy.credit else ()):
        covers = policy.covers or EVERYBODY
        someone = example(All((covers, hold.when)), reach)
        if someone is None or example(All((covers, hold.release_when, Nor((hold.when,)))), reach) is not None:
            continue
        where = place(policy, "holds", number, "release_when")
        yield Problem(where, "hold-without-release", _for_ever(policy, hold, someone, reach))


def _for_ever(policy: Policy, hold: Hold, someone: Example, reach: Reach) -> str:
    """Why nobody gets out, and who."""
    who = someone.text(policy.currency)
    released = example(All((policy.covers or EVERYBODY, hold.release_when)), reach)
    if released is None:
        return f"nobody can meet this, so {who} is held for '{hold.reason}' for ever; mend the condition"
    return (
        f"whoever meets this is held for '{hold.reason}' all the same, and the hold wins: {released.text(policy.currency)};"
        f" {who} is held for ever; release where 'when' does not hold"
    )


def holds_without_release(policies: Sequence[Policy]) -> Iterator[Problem]:
    """An action that holds credit for a reason for which no policy ever releases it."""
    newest = {policy.name: policy for policy in sorted(policies, key=lambda one: (one.effective_from, one.version))}
    current = [newest[name] for name in sorted(newest)]
    released = {reason for policy in current for reason in _released(policy)}
    for policy in current:
        for where, who, reason in _held(policy):
            if reason not in released:
                message = (
                    f"nothing ever lifts the credit hold for '{reason}', so {who} is held for ever; add a rule with"
                    f" release_credit_hold: {{reason: {reason}}}, or a credit policy's hold of that reason"
                )
                yield Problem(where, "hold-without-release", message)


def _released(policy: Policy) -> Iterator[str]:
    """The reasons for which the policy lifts holds."""
    several = [level.then for level in policy.ladder.levels] if policy.ladder else []
    for actions in (*several, *(rule.then for rule in policy.rules)):
        yield from (action.reason for action in actions if isinstance(action, ReleaseCreditHold))
    yield from (hold.reason for hold in (policy.credit.holds if policy.credit else ()))


def _held(policy: Policy) -> Iterator[tuple[Place, str, str]]:
    """Every action that holds credit: where, whom, and for which reason."""
    for number, level in enumerate(policy.ladder.levels if policy.ladder else ()):
        for index, action in enumerate(level.then):
            if isinstance(action, CreditHold):
                path = ("ladder", "levels", number, "then", index, "credit_hold", "reason")
                yield place(policy, *path), f"a customer who reaches level {level.number}", action.reason
    for number, rule in enumerate(policy.rules):
        for index, action in enumerate(rule.then):
            if isinstance(action, CreditHold):
                someone = example(All((policy.covers or EVERYBODY, rule.when)), Reach()) or Example()
                where = place(policy, "rules", number, "then", index, "credit_hold", "reason")
                yield where, someone.text(policy.currency), action.reason
