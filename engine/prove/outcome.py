"""What a policy does, put as conditions: each action with the condition under which it is called for and not withheld.

Comes in: a Policy. Goes out: its Outcomes, in the order of the file.
Know before changing: this says in conditions what decide/decide.combine does with the names that fired; tests hold the two equal
over random facts. As there, nothing is known of one subject: that an action was done before, that nobody can be reached, or that
a limit would not move, only ever takes an action away (act/draft.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.decide import credit, ladder
from engine.errors import Place
from engine.policy.credit_model import Credit, LimitRule, Steps, TermsRule
from engine.policy.model import (
    Action,
    All,
    Any,
    Climb,
    Condition,
    CreditHold,
    Ladder,
    LateFee,
    Level,
    Nor,
    Notice,
    OncePer,
    Policy,
    ReleaseCreditHold,
    Review,
    SetCreditLimit,
    SetRating,
    SetTerms,
    kind_of,
)
from engine.prove.ratings import rating_is, rating_names

ALWAYS = All(())
Named = dict[str, Condition]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An action of a policy. `called` is when the policy calls for it, `done` when nothing withholds it, either.

    `action` is None where only the level moves; `level` is the one that the subject moves to, where it does.
    """

    policy: Policy
    rule: str
    action: Action | None
    called: Condition
    done: Condition
    place: Place
    level: int | None = None

    @property
    def kind(self) -> str:
        """The action as a policy writes it."""
        return kind_of(self.action)


def outcomes(policy: Policy) -> tuple[Outcome, ...]:
    """Everything that the policy can do about a subject that it covers."""
    if policy.credit:
        return tuple(_of_credit(policy, policy.credit))
    named = dict(ladder.built_in(policy))
    return (*(_of_ladder(policy, named) if policy.ladder else ()), *_of_rules(policy, named))


def covered(policy: Policy) -> Condition:
    """Whom the policy covers by its own words; nobody that a person assigned to it by name is thought of."""
    return policy.covers or ALWAYS


def stops(policy: Policy) -> tuple[tuple[str, Condition], ...]:
    """What withholds every action of the policy, the law's reasons first, with their names."""
    named = _named(policy)
    own = tuple((one.because, named[ladder.withheld_by(one.because)]) for one in policy.withhold)
    if policy.credit:
        return own
    return (*((name, named[name]) for name in (ladder.HOLD, ladder.DISPUTED, ladder.PROMISED)), *own)


def holding(policy: Policy, level: Level) -> Condition:
    """When the level holds: enough days have passed, and its own condition is met."""
    return _named(policy)[ladder.rule_of_level(level.number)]


def standing(policy: Policy, number: int) -> Condition:
    """The level in effect is this one; of the last, or beyond."""
    assert policy.ladder, f"{policy.name} has no ladder"
    at = [_named(policy)[f"at level {one.number}"] for one in policy.ladder.levels]
    above = () if number == len(at) else (Nor((at[number],)),)
    return All((*(at[number - 1 : number] if number else ()), *above))


def paced(policy: Policy) -> tuple[tuple[str, Condition], ...]:
    """What paces a step of the ladder, beside what stops the policy."""
    named = _named(policy)
    pace = (ladder.HANDED_OVER, ladder.BELOW_TOLERANCE, ladder.INTERVAL, ladder.NOT_SENT)
    return tuple((name, named[name]) for name in pace if name in named)


def _named(policy: Policy) -> Named:
    """Every named condition of the policy."""
    if policy.credit:
        return {**dict(credit.first_stage(policy)), **dict(credit.second_stage(policy))}
    return dict(ladder.built_in(policy))


def _free(reasons: Iterable[tuple[str, Condition]]) -> Condition:
    """Not one of the reasons to withhold."""
    return Nor(tuple(condition for _, condition in reasons))


def _both(*conditions: Condition) -> Condition:
    """All of them."""
    return All(conditions)


# -- dunning -----------------------------------------------------------------------------------------------------------


def _of_ladder(policy: Policy, named: Named) -> Iterator[Outcome]:
    """Each level's actions; and, where one moves down, that nothing is sent."""
    assert policy.ladder, policy.name
    for level in policy.ladder.levels:
        climbs = Any((_step(policy, policy.ladder, level, named), *_again(policy.ladder, level, named)))
        free = _free((*stops(policy), *paced(policy)))
        rule = ladder.rule_of_level(level.number)
        bearers = [action for action in level.then if not isinstance(action, LateFee | CreditHold | ReleaseCreditHold)]
        carried = next((one for one in bearers if isinstance(one, Notice)), bearers[0] if bearers else None)
        if carried is None:
            yield Outcome(policy, rule, None, climbs, _both(climbs, free), level.place, level.number)
        for action in level.then:
            moved = level.number if action is carried else None
            yield _action(policy, rule, action, climbs, free, level.place, named, moved)
        if policy.ladder.climb is Climb.MOST_SEVERE and level is not policy.ladder.levels[-1]:
            falls = _both(_highest(policy.ladder, level, named), named[f"at level {level.number + 1}"])
            quiet = [reason for reason in paced(policy) if reason[0] == ladder.HANDED_OVER]
            done = _both(falls, _free((*stops(policy), *quiet)))
            yield Outcome(policy, rule, None, falls, done, level.place, level.number)


def _step(policy: Policy, steps: Ladder, level: Level, named: Named) -> Condition:
    """The subject climbs to the level."""
    if steps.climb is Climb.ONE_LEVEL:
        return _both(named[ladder.rule_of_level(level.number)], standing(policy, level.number - 1))
    return _both(_highest(steps, level, named), Nor((named[f"at level {level.number}"],)))


def _highest(steps: Ladder, level: Level, named: Named) -> Condition:
    """The level holds, and none above it."""
    above = tuple(named[ladder.rule_of_level(one.number)] for one in steps.levels[level.number :])
    return _both(named[ladder.rule_of_level(level.number)], Nor(above))


def _again(steps: Ladder, level: Level, named: Named) -> Iterator[Condition]:
    """The last level is repeated."""
    if steps.after_last and level is steps.levels[-1]:
        last = ladder.rule_of_level(level.number)
        yield _both(named[last], named[f"at level {level.number}"], named[ladder.REPEAT_DUE], named[ladder.REPEAT_LEFT])


def _of_rules(policy: Policy, named: Named) -> Iterator[Outcome]:
    """Each rule's actions beside the ladder."""
    for rule in policy.rules:
        for action in rule.then:
            name = ladder.rule_of(rule.id)
            yield _action(policy, name, action, rule.when, _free(stops(policy)), rule.place, named, None)


def _action(
    policy: Policy, rule: str, action: Action, called: Condition, free: Condition, place: Place, named: Named,
    level: int | None,
) -> Outcome:  # fmt: skip
    """One action; a fee not where one was charged, and not on fees."""
    if isinstance(action, LateFee) and ladder.FEE_ON_FEE in named:
        if action.once_per is OncePer.RECEIVABLE:
            called = _both(called, Nor((named[ladder.FEE_CHARGED],)))
        free = _both(free, Nor((named[ladder.FEE_ON_FEE],)))
    return Outcome(policy, rule, action, called, _both(called, free), place, level)


# -- credit ------------------------------------------------------------------------------------------------------------


def _of_credit(policy: Policy, section: Credit) -> Iterator[Outcome]:
    """Rating, limit, terms, review, holds, releases, rules."""
    named, free = _named(policy), _free(stops(policy))
    for rating in section.ratings.of if section.ratings else ():
        called = _both(rating_is(policy, rating.name), Nor((named[f"rated {rating.name}"],)))
        action = SetRating(rating.name, ())
        yield Outcome(policy, f"rating {rating.name}", action, called, _both(called, free), rating.place)
    for rule in section.limit.rules if section.limit else ():
        yield from _target(policy, "limit", rule, section.limit.rules if section.limit else (), named, free)
    for terms in section.terms.rules if section.terms else ():
        yield from _target(policy, "terms", terms, section.terms.rules if section.terms else (), named, free)
    if section.review:
        called = _both(Any(tuple(condition for _, condition in reviews(policy))), Nor((named[credit.REVIEW_OPEN],)))
        action_of = Review(section.review.within_days, ())
        yield Outcome(policy, "review", action_of, called, _both(called, free), section.review.place)
    for hold in section.holds:
        held, released = named[f"hold {hold.reason}"], _both(named[f"release {hold.reason}"], Nor((hold.when,)))
        done = _both(held, free, Nor((named[credit.HOLD_SUSPENDED],)))
        yield Outcome(policy, f"hold {hold.reason}", CreditHold(hold.reason), held, done, hold.place)
        yield Outcome(policy, f"release {hold.reason}", ReleaseCreditHold(hold.reason), released,
                      _both(released, free), hold.place)  # fmt: skip
    yield from _of_rules(policy, named)


def deciding(rule: LimitRule | TermsRule, rules: Iterable[LimitRule | TermsRule]) -> Condition:
    """The rule of the limit (of the terms) decides: it holds, and none above it."""
    above = []
    for other in rules:
        if other is rule:
            break
        above.append(other.when or ALWAYS)
    return _both(rule.when or ALWAYS, Nor(tuple(above)))


def _target(
    policy: Policy, of: str, rule: LimitRule | TermsRule, rules: tuple[LimitRule, ...] | tuple[TermsRule, ...],
    named: Named, free: Condition,
) -> Iterator[Outcome]:  # fmt: skip
    """The limit (the terms) of a rule: with a step, where one is called for, and without."""
    decides = deciding(rule, rules)
    for name, step in ((f"lower {of}", -1), (f"raise {of}", 1), (f"{of} {rule.id}", 0)):
        if step and name not in named:
            continue
        called = _both(decides, *_stepping(of, step, named))
        pauses = [(one, named[one]) for one in (credit.DISPUTE_OPEN, credit.REVIEW_OPEN) if step and one in named]
        action = SetCreditLimit(rule.id, step) if of == "limit" else SetTerms(rule.id, step)
        yield Outcome(policy, name, action, called, _both(called, free, _free(pauses)), rule.place)


def _stepping(of: str, step: int, named: Named) -> Iterator[Condition]:
    """That the step is called for; where both are, it is the one down."""
    if step:
        yield named[f"{'raise' if step > 0 else 'lower'} {of}"]
    if step > 0 and f"lower {of}" in named:
        yield Nor((named[f"lower {of}"],))


def reviews(policy: Policy) -> tuple[tuple[int, Condition], ...]:
    """What calls for a review, each with the days that it is then due in."""
    section = policy.credit.review if policy.credit else None
    if not section:
        return ()
    named = _named(policy)
    by_rating = tuple((section.within_days, named[f"review of {name}"]) for name, _ in section.every_days)
    return (*by_rating, *((event.within_days, named[f"sooner {event.id}"]) for event in section.sooner))


def steps_of(policy: Policy, of: str) -> Steps | None:
    """The steps of the limit or of the terms."""
    section = (policy.credit.limit if of == "limit" else policy.credit.terms) if policy.credit else None
    return section.steps if section else None


def concluded(policy: Policy) -> tuple[str, ...]:
    """What the policy concludes: the names of its ratings."""
    return rating_names(policy) if policy.credit and policy.credit.ratings else ()
