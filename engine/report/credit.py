"""How a credit policy came to its conclusions about one customer: table of points, rating, limit worked out, terms, review.

Comes in: the values of act/credit_story.py. Goes out: blocks of lines, none wider than asked for.
Know before changing: every figure stands beside what it was made of, so that a reader can work it out by hand; a stage that
changed nothing says nothing.
"""

from collections.abc import Iterator

from engine.act.credit_story import (
    CreditTold,
    HeldTold,
    LimitTold,
    RatingTold,
    ReviewTold,
    Score,
    ShareTold,
    StepsTold,
    TermsTold,
)
from engine.policy.model import value_text
from engine.report import words
from engine.report.tables import Column, Paint, Row, Table, clip, lines, wrap

_NOT_SET = "none is set"


def concluded(told: CreditTold, file: str, width: int, paint: Paint) -> Iterator[list[str]]:
    """The stages that the policy has, in their order; `file` is the policy's, so that places are lines of it."""
    if told.held:
        yield [paint("On credit hold", "title"), *_sentences(tuple(map(_held, told.held)), width)]
    if told.score:
        total = f"{told.score.total:,}"
        yield [paint(f"Score: {total}", "title"), *lines(_points(told.score), width, paint, indent=2)]
    if told.rating:
        title = f"Rating: {told.rating.rating}"
        yield [paint(clip(title, width), "title"), *_sentences(_rating(told.rating, told.score), width)]
    if told.ways_up:
        yield [paint("The nearest ways up", "title"), *_sentences(told.ways_up, width)]
    if told.limit:
        title = f"Credit limit: {_result(told.limit, told)}{_line(told.limit.place, file)}"
        table = Table((Column(""), Column("amount", right=True)), tuple(_working(told.limit, told)))
        drawn = lines(table, width, paint, indent=2)[2:]
        yield [paint(clip(title, width), "title"), *drawn, *_sentences(_outcome(told.limit, told), width)]
    if told.terms:
        title = f"Payment terms: {told.terms.result} days{_line(told.terms.place, file)}"
        yield [paint(clip(title, width), "title"), *_sentences(_terms(told.terms), width)]
    if told.review:
        yield [paint("Review", "title"), *_sentences(_review(told.review), width)]


def _held(told: HeldTold) -> str:
    """`over-limit, since 2026-05-05, set by a policy`."""
    until = f" until {told.until}" if told.until else ""
    return f"{told.reason}, since {told.since}{until}, set by {'a policy' if told.by_policy else 'a person'}"


def _sentences(several: Iterator[str] | tuple[str, ...], width: int) -> Iterator[str]:
    """Sentences below a title, each on lines of its own, its further lines set in."""
    for each in several:
        first, *rest = wrap(each, width, indent="    ")
        yield first[2:]
        yield from rest


def _points(score: Score) -> Table:
    """The table of points: what is, where that falls, what it earns, what it could earn."""
    columns = (
        Column("characteristic", least=10),
        Column("fact", least=14),
        Column("it is", right=True, least=8),
        Column("which is", least=10),
        Column("points", right=True),
        Column("weight", right=True),
        Column("earned", right=True),
        Column("of", right=True),
    )
    rows = [
        Row(
            (
                each.characteristic,
                each.fact.removeprefix("customer."),
                each.actual,
                "" if each.band == each.actual else each.band,
                f"{each.points:,}",
                f"{each.weight:,}",
                f"{each.earned:,}",
                f"{each.most:,}",
            )
        )
        for each in score.earned
    ]
    most = score.base + sum(each.most for each in score.earned)
    base = Row(("base", "", "", "", "", "", f"{score.base:,}", f"{score.base:,}"))
    total = Row(("total", "", "", "", "", "", f"{score.total:,}", f"{most:,}"), "strong")
    return Table(columns, (base, *rows, total))


def _rating(told: RatingTold, score: Score | None) -> Iterator[str]:
    """From the band of the score to the rating, each turn with its reason."""
    of = f" of {score.total:,}" if score else ""
    yield f"The score{of} is in the band of {told.band} ({told.span})."
    if told.kept:
        yield f"{told.kept} is kept: the score is less than {told.margin:,} points outside its band."
    for each in told.adjustments:
        changed = (
            f"{each.before} becomes {each.after}" if each.before != each.after else f"{each.before} stays {each.after}"
        )
        yield f"{changed}: {each.bound} while {each.because} ({each.id})."
    if told.override:
        by = f"{told.override.actor}, confirmed by {told.override.confirmed_by}"
        yield f"Set to {told.override.rating} by {by}, until {told.override.until}: {told.override.reason}" + (
            f" ({told.override.reference})."
        )
    if told.before is None:
        yield "It is the first rating."
    elif told.before != told.rating:
        yield f"In the book it is {told.before}."


def _working(told: LimitTold, of: CreditTold) -> Iterator[Row]:
    """The limit worked out: what the rule comes to, steps, rounding, floor and cap; only what changes something."""
    for share in told.shares:
        yield Row((_share(share), "does not count" if share.amount is None else _amount(share.amount, of)))
    if told.unset:
        yield Row((f"rule {told.rule}", _NOT_SET))
        return
    if told.raw is None or told.stepped is None or told.rounded is None:
        yield Row((f"rule {told.rule}", "no figure is there"))
        return
    counted = sum(share.amount is not None for share in told.shares)
    if len(told.shares) != 1:
        yield Row((f"rule {told.rule}{': the smallest of these' if counted > 1 else ''}", _amount(told.raw, of)))
    if told.steps and told.stepped != told.raw:
        size = value_text(told.steps.size, "customer.utilisation", of.currency)
        yield Row((_steps(told.steps, size), _amount(told.stepped, of)))
    if told.rounded != told.stepped:
        yield Row(
            (f"rounded down to a multiple of {words.amount(told.round_to, of.currency)}", _amount(told.rounded, of))
        )
    amount = told.rounded
    for bound, name in ((told.floor, "the floor"), (told.cap, "the cap")):
        over = bound is not None and (amount < bound if name == "the floor" else amount > bound)
        if bound is not None and over:
            amount = bound
            yield Row((name, _amount(bound, of)))
    yield Row(("limit", _amount(told.result, of)), "strong")
    yield Row(("in the book", _amount(told.before, of)))


def _result(told: LimitTold, of: CreditTold) -> str:
    """What the limit comes to; without the figures of its rule it comes to nothing, and stays what it is."""
    if told.raw is None and not told.unset:
        return "cannot be worked out"
    return _amount(told.result, of)


def _outcome(told: LimitTold, of: CreditTold) -> Iterator[str]:
    """What comes of it."""
    if told.steps and told.steps.withheld:
        yield f"{_called(told.steps)} is called for and withheld: {', '.join(told.steps.withheld)}."
    match told.outcome:
        case "set" | "renewed":
            until = f", until {told.until}" if told.until else ""
            yield f"{_becomes(told, of)}{until}."
        case "as it is":
            yield "It is so in the book already."
        case "change too small":
            yield f"It stays {_amount(told.before, of)}: the policy makes no change that small."
        case other:
            yield f"{other[:1].upper()}{other[1:]}."


def _becomes(told: LimitTold, of: CreditTold) -> str:
    """What happens to the limit in the book."""
    if told.outcome == "renewed":
        return "It is renewed"
    if told.before is None:
        return "It is set for the first time"
    if told.result is None:
        return f"The limit of {_amount(told.before, of)} is taken away"
    return f"It is set: {_amount(told.before, of)} becomes {_amount(told.result, of)}"


def _terms(told: TermsTold) -> Iterator[str]:
    """From the rule's days to the terms."""
    stepped = told.steps and told.result != told.days
    steps = f", {_steps(told.steps, f'{told.steps.size} days')}" if told.steps and stepped else ""
    before = "none are set" if told.before is None else f"{told.before} days"
    yield f"{told.days} days by rule {told.rule}{steps}; in the book {before}."
    if told.steps and told.steps.withheld:
        yield f"{_called(told.steps)} is called for and withheld: {', '.join(told.steps.withheld)}."


def _review(told: ReviewTold) -> Iterator[str]:
    """The last review, the next one, and what brings it forward."""
    last = "Never reviewed so far" if told.last is None else f"Reviewed last on {told.last}"
    said = f"{last}; with this rating every {words.count(told.every_days, 'day')}"
    yield f"{said}, next on {told.next}." if told.next and not told.due else f"{said}."
    if told.due and told.asked:
        yield f"One has been open since {told.asked}, due on {told.due}: {'; '.join(told.because)}."
    elif told.due:
        yield f"Asked for now, by {told.due}: {'; '.join(told.because)}."


def _steps(told: StepsTold, size: str) -> str:
    """`1 step up of 10%, taken now`, `3 steps up of 10% each, after one down now`."""
    number, way = abs(told.now), "up" if told.now > 0 else "down"
    said = f"{words.count(number, 'step')} {way} of {size}{'' if number == 1 else ' each'}"
    if not told.step or told.withheld:
        return said
    if told.now * told.step < 0 or not told.now:
        return f"{said}, after one {'up' if told.step > 0 else 'down'} now"
    return f"{said}, taken now" if number == 1 else f"{said}, one of them now"


def _called(told: StepsTold) -> str:
    """`A step up`."""
    return f"A step {'up' if told.step > 0 else 'down'}"


def _share(told: ShareTold) -> str:
    """`20% of customer.sales_12m, which is 1,000,000.00 EUR`."""
    return f"{told.asked}, which is {told.actual}"


def _amount(minor: int | None, of: CreditTold) -> str:
    """An amount with its currency; none set and no credit are never the same."""
    return _NOT_SET if minor is None else f"{words.amount(minor, of.currency)} {of.currency}"


def _line(place: str, file: str) -> str:
    """` (line 31)`, where it stands in the policy."""
    line = place.removeprefix(f"{file}:").split(":")[0]
    return f" (line {line})" if line.isdigit() else ""
