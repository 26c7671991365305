"""What a credit policy concluded about one customer, told stage by stage, with the nearest ways to a better rating.

Comes in: a customer's facts under a credit policy, and today's plan. Goes out: a CreditTold (act/credit_story.py).
Know before changing: the conditions are evaluated in Python here (decide/evaluate.py), and combined by the very law that the
plan was made with.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.act.credit_story import (
    Adjusted,
    CreditTold,
    Earned,
    HeldTold,
    LimitTold,
    Overridden,
    RatingTold,
    ReviewTold,
    Score,
    ShareTold,
    StepsTold,
    TermsTold,
)
from engine.act.upward import concluded, fired_by, ways_up
from engine.act.values import Plan, Withheld
from engine.act.ways import Told
from engine.book.store import Book
from engine.dates import shifted
from engine.decide import credit, scoring, targets
from engine.decide.evaluate import Value, Values
from engine.decide.findings import named
from engine.policy.credit_model import Band, LimitRule, Ratings, Steps, Words
from engine.policy.model import Policy, Review, value_text
from engine.sources import SOURCES
from engine.sql import granted

# The named conditions of which the story of a credit policy tells by itself, in its own words.
TOLD_APART = ("scored ", "kept ", "rated ", "override ", "review of ", "terms ", "limit ")


def told(subject: Told, today: Plan, withheld: Iterable[Withheld], book: Book) -> CreditTold:
    """Everything that the policy concludes about the customer, on the day of the plan."""
    policy, as_of = subject.one.policy, today.as_of
    assert policy.credit, policy.name
    values = concluded(policy, subject.values, as_of)
    first, later = named(policy)
    fired = fired_by({**first, **later}, values, as_of)
    stopped = {one.rule: one.reasons for one in withheld}
    return CreditTold(
        currency=policy.currency,
        score=_score(policy, values),
        rating=_rating(policy, values, fired, _override(policy, fired, subject, today, book)),
        limit=_limit(policy, values, fired, stopped, as_of),
        terms=_terms(policy, values, fired, stopped, as_of),
        review=_review(policy, values, fired, as_of, _requested(subject, today, book)),
        ways_up=tuple(ways_up(policy, subject.values, as_of)),
        held=held(book, subject.id, as_of, today.known_at),
    )


def held(book: Book, customer: int, as_of: str, known_at: str) -> tuple[HeldTold, ...]:
    """The credit holds in force, in the order of their reasons."""
    named = {"customer": customer, "as_of": as_of, "known_at": known_at}
    return tuple(
        HeldTold(reason, since, until, bool(by_policy))
        for reason, since, until, by_policy in book.execute(_HELD, named)
    )


_HELD = f"""WITH held AS ({SOURCES["held"].sql})
SELECT reason, MIN(valid_from), MAX(valid_until), MAX(effect_id IS NOT NULL) FROM held
WHERE kind = 'credit' AND customer_id = :customer GROUP BY reason ORDER BY reason"""


def _score(policy: Policy, values: Values) -> Score | None:
    """The scorecard, characteristic by characteristic."""
    card = policy.credit.scorecard if policy.credit else None
    if not card:
        return None
    parts = scoring.earned(card, values)
    earned = tuple(
        Earned(
            characteristic=part.characteristic.id,
            fact=part.characteristic.fact,
            actual=value_text(part.value, part.characteristic.fact, policy.currency),
            band=_band(part, policy.currency),
            points=part.points,
            weight=part.characteristic.weight,
            earned=part.total,
            most=scoring.most(part.characteristic),
            place=str(part.characteristic.place),
        )
        for part in parts
    )
    return Score(card.base, earned, card.base + sum(part.total for part in parts))


def _band(part: scoring.Earned, currency: str) -> str:
    """A band in words: `60% to below 85%`, `food, retail`, `otherwise`, `missing`."""
    fact = part.characteristic.fact
    if part.value is None:
        return "missing"
    match part.part:
        case None:
            return "otherwise"
        case Words(values):
            return ", ".join(value_text(value, fact, currency) for value in values)
        case Band(lowest, below):
            return _span(
                *(None if end is None else value_text(end, fact, currency) for end in (lowest, below))
            )


def _span(lowest: str | None, below: str | None) -> str:
    """From here to there, in words."""
    if lowest is None:
        return "any" if below is None else f"below {below}"
    return f"{lowest} and more" if below is None else f"{lowest} to below {below}"


def _rating(
    policy: Policy, values: Values, fired: frozenset[str], override: Overridden | None
) -> RatingTold | None:
    """How the rating came about."""
    ratings = policy.credit.ratings if policy.credit else None
    found = credit.rating_of(policy, fired)
    if not ratings or not found:
        return None
    band = next(one for one in ratings.of if f"scored {one.name}" in fired)
    kept = next((one.name for one in ratings.of if f"kept {one.name}" in fired), band.name)
    before = values[credit.IN_BOOK]
    ends = (None if end is None else str(end) for end in (band.lowest, band.below))
    return RatingTold(
        band=band.name,
        span=_span(*ends),
        margin=ratings.margin,
        kept=kept if kept != band.name else None,
        adjustments=tuple(_adjustments(ratings, kept, fired)),
        override=override,
        rating=found[0],
        before=None if before is None else str(before),
    )


def _adjustments(ratings: Ratings, name: str, fired: frozenset[str]) -> Iterator[Adjusted]:
    """The adjustments in force in the order of their turns: those that lift first."""
    turns = [one for one in ratings.adjustments if one.not_below] + [one for one in ratings.adjustments if one.not_above]
    rank = ratings.rank(name)
    for one in turns:
        if f"adjustment {one.id}" not in fired:
            continue
        bound = one.not_below or one.not_above
        assert bound, one
        then = min(rank, ratings.rank(bound)) if one.not_below else max(rank, ratings.rank(bound))
        if then == rank:
            # It holds, and changes nothing.
            continue
        said = f"not {'below' if one.not_below else 'above'} {bound}"
        yield Adjusted(one.id, one.because, said, ratings.of[rank].name, ratings.of[then].name, str(one.place))
        rank = then


_OVERRIDE = f"""SELECT o.rating, o.reference, o.reason, o.valid_until, o.actor, c.actor FROM rating_overrides AS o
JOIN confirmations AS c ON c.reference = o.reference WHERE o.customer_id = :customer AND {granted("o")}
ORDER BY o.valid_from DESC, o.id DESC LIMIT 1"""


def _override(policy: Policy, fired: frozenset[str], subject: Told, today: Plan, book: Book) -> Overridden | None:
    """The override in force, where it is one of the policy's ratings: who set it, why, and who confirmed it."""
    ratings = policy.credit.ratings if policy.credit else None
    if not ratings or not any(f"override {one.name}" in fired for one in ratings.of):
        return None
    named = {"customer": subject.id, "as_of": today.as_of, "known_at": today.known_at}
    row = book.execute(_OVERRIDE, named).fetchone()
    return Overridden(*row) if row else None


def _steps(
    of: str, steps: Steps | None, values: Values, fired: frozenset[str], stopped: Mapping[str, tuple[str, ...]], as_of: str
) -> StepsTold | None:
    """Steps so far, and the one that is called for."""
    if not steps:
        return None
    step = -1 if f"lower {of}" in fired else 1 if f"raise {of}" in fired else 0
    since = values[f"customer.days_since_{of}_step"]
    return StepsTold(
        before=targets.whole(values, f"customer.{of}_steps"),
        step=step,
        size=steps.size,
        most=steps.most,
        lowest=steps.lowest,
        last=_ago(as_of, since),
        withheld=stopped.get(f"{'raise' if step > 0 else 'lower'} {of}", ()) if step else (),
    )


def _limit(
    policy: Policy, values: Values, fired: frozenset[str], stopped: Mapping[str, tuple[str, ...]], as_of: str
) -> LimitTold | None:
    """How the limit came about."""
    section = policy.credit.limit if policy.credit else None
    rule = next((one for one in section.rules if f"limit {one.id}" in fired), None) if section else None
    if not section or not rule:
        return None
    steps = _steps("limit", section.steps, values, fired, stopped, as_of)
    step = 0 if steps is None or steps.withheld else steps.step
    if step and targets.limit(section, rule.id, values, step).amount == targets.limit(section, rule.id, values).amount:
        # It leads nowhere: the cap is reached, or rounding takes it back.
        step = 0
    if steps:
        steps = replace(steps, step=step or (steps.step if steps.withheld else 0))
    target = targets.limit(section, rule.id, values, step)
    before = values[targets.LIMIT]
    assert not isinstance(before, str), before
    rounded = None if target.stepped is None else target.stepped // rule.round_to * rule.round_to
    return LimitTold(
        rule=rule.id,
        unset=rule.unset,
        shares=tuple(_shares(rule, target, values, policy.currency)),
        raw=target.raw,
        steps=steps,
        stepped=target.stepped,
        round_to=rule.round_to,
        rounded=rounded,
        floor=rule.floor,
        cap=rule.cap,
        result=target.amount,
        before=before,
        until=_until(section.valid_days, target.amount, as_of),
        outcome=_outcome(policy, rule, target, values, step, stopped),
        place=str(rule.place),
    )


def _shares(rule: LimitRule, target: targets.Target, values: Values, currency: str) -> Iterator[ShareTold]:
    """What each share comes to."""
    for share, amount in zip(rule.shares, target.shares, strict=True):
        asked = f"{value_text(share.hundredths, 'customer.utilisation', currency)} of {share.fact}"
        yield ShareTold(asked, value_text(values[share.fact], share.fact, currency), amount)


def _outcome(
    policy: Policy, rule: LimitRule, target: targets.Target, values: Values, step: int, stopped: Mapping[str, tuple[str, ...]]
) -> str:
    """What comes of the limit, in a few words."""
    assert policy.credit and policy.credit.limit
    if not target.known:
        return f"withheld: {credit.MISSING_EVIDENCE}"
    if not targets.limit_moves(policy.credit.limit, target.amount, values, step):
        return "as it is" if target.amount == values[targets.LIMIT] else "change too small"
    if reasons := stopped.get(f"limit {rule.id}"):
        return f"withheld: {', '.join(reasons)}"
    return "renewed" if not step and targets.renews(policy.credit.limit, target.amount, values) else "set"


def _terms(
    policy: Policy, values: Values, fired: frozenset[str], stopped: Mapping[str, tuple[str, ...]], as_of: str
) -> TermsTold | None:
    """How the payment terms came about."""
    section = policy.credit.terms if policy.credit else None
    rule = next((one for one in section.rules if f"terms {one.id}" in fired), None) if section else None
    if not section or not rule:
        return None
    steps = _steps("terms", section.steps, values, fired, stopped, as_of)
    target = targets.terms(section, rule.id, values, 0 if steps is None or steps.withheld else steps.step)
    before = values[targets.TERMS]
    assert isinstance(before, int | None) and target.amount is not None
    return TermsTold(rule.id, rule.days, steps, target.amount, before, str(rule.place))


_REQUESTED = f"""WITH called AS ({SOURCES["called"].sql})
SELECT requested, due, because FROM called WHERE customer_id = :customer"""


def _requested(subject: Told, today: Plan, book: Book) -> tuple[str, str, str] | None:
    """The open review of the customer, of several the oldest: asked for when, due when, and why."""
    if not subject.values.get(credit.OPEN_REVIEW):
        return None
    named = {"customer": subject.id, "as_of": today.as_of, "known_at": today.known_at}
    found: tuple[str, str, str] | None = book.execute(_REQUESTED, named).fetchone()
    return found


def _review(
    policy: Policy, values: Values, fired: frozenset[str], as_of: str, requested: tuple[str, str, str] | None
) -> ReviewTold | None:
    """The last review and the next: open, called for today, or by the rating's days."""
    section = policy.credit.review if policy.credit else None
    if not section:
        return None
    every = dict(section.every_days)[str(values[credit.RATING])]
    called = next((call.action for call in credit.calls(policy, fired) if isinstance(call.action, Review)), None)
    last = _ago(as_of, values[credit.SINCE_REVIEW])
    unseen = last is None and values[credit.IN_BOOK] is not None
    then = as_of if unseen else shifted(last or as_of, every)
    if requested:
        asked, due, because = requested
        return ReviewTold(every, last, then, due, (because,), asked)
    return ReviewTold(every, last, then, _until(called.within_days, 0, as_of) if called else None,
                      called.because if called else ())  # fmt: skip


def _until(days: int | None, amount: int | None, as_of: str) -> str | None:
    """So many days from now, where there is something to end."""
    return None if days is None or amount is None else shifted(as_of, days)


def _ago(as_of: str, days: Value) -> str | None:
    """The day so many days ago."""
    return shifted(as_of, -days) if isinstance(days, int) else None
