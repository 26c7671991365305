"""The sections of a credit policy as parts: scorecard, ratings, limit, terms, reviews, holds, orders.

Comes in: a Credit. Goes out: a Group for each section.
Know before changing: rules of limit and terms are tried in their order, so that the order is part of what they say.
"""

from collections.abc import Iterator

from engine.diff.leaves import (
    Group,
    How,
    Leaf,
    Part,
    amount,
    condition,
    days,
    in_days,
    number,
    percent,
    percent_text,
    text,
    unique,
)
from engine.policy.credit_model import (
    Characteristic,
    Credit,
    LimitRule,
    LimitSection,
    OrderSection,
    Ratings,
    ReviewSection,
    Scorecard,
    Steps,
    TermsSection,
)
from engine.policy.document import Steps as Path
from engine.policy.model import value_text


def sections(credit: Credit, currency: str) -> Iterator[Group]:
    """Every section that there is, each as a group of one part, so that a new one is said as new."""
    if credit.scorecard:
        yield Group("sections", (_scorecard(credit.scorecard, currency),))
    if credit.ratings:
        yield Group("sections", (_ratings(credit.ratings, currency),))
    if credit.limit:
        yield Group("sections", (_limit(credit.limit, currency),))
    if credit.terms:
        yield Group("sections", (_terms(credit.terms, currency),))
    if credit.review:
        yield Group("sections", (_review(credit.review, currency),))
    yield Group(
        "holds",
        unique(
            Part(
                one.reason,
                f"the hold '{one.reason}'",
                (
                    condition(("holds", at), "when", "when", one.when, currency),
                    condition(("holds", at), "release_when", "released when", one.release_when, currency),
                ),
                (),
                ("holds", at),
            )
            for at, one in enumerate(credit.holds)
        ),
    )
    if credit.orders:
        yield Group("sections", (_orders(credit.orders, currency),))


def _scorecard(card: Scorecard, currency: str) -> Part:
    """Base and characteristics."""
    path: Path = ("scorecard", "characteristics")
    parts = unique(_characteristic(one, currency, (*path, at)) for at, one in enumerate(card.characteristics))
    base = number(("scorecard",), "base", "base", card.base)
    return Part("scorecard", "the scorecard", (base,), (Group("characteristics", parts),), ("scorecard",))


def _characteristic(one: Characteristic, currency: str, path: Path) -> Part:
    """One question, with its bands or words."""
    bands = unique(
        Part(
            _bound(band.lowest, one.fact, currency),
            f"band {one.id} {_stretch(band.lowest, band.below, one.fact, currency)}",
            (
                _end("from", "from", band.lowest, one.fact, currency, (*path, "bands", at)),
                _end("below", "below", band.below, one.fact, currency, (*path, "bands", at)),
                _points((*path, "bands", at), band.points),
            ),
            (),
            (*path, "bands", at),
        )
        for at, band in enumerate(one.bands)
    )
    words = unique(
        _word(one, tuple(word.values), word.points, (*path, "values", at)) for at, word in enumerate(one.words)
    )
    leaves = (
        text(path, "fact", "fact", one.fact),
        number(path, "weight", "weight", one.weight),
        number(path, "missing", "points where the fact is missing", one.missing),
        number(path, "otherwise", "points of every other text", one.otherwise),
    )
    groups = (Group("bands", bands, tiled=True), Group("values", words, tiled=True))
    return Part(one.id, f"characteristic {one.id}", leaves, groups, path)


def _word(one: Characteristic, values: tuple[str | int, ...], points: int, path: Path) -> Part:
    """Texts that earn the same."""
    listed = ", ".join(value_text(value, one.fact, "EUR") for value in values)
    leaves = (Leaf("in", "texts", values, listed, (*path, "in")), _points(path, points))
    return Part(listed, f"value {one.id} {listed}", leaves, (), path)


def _points(path: Path, points: int) -> Leaf:
    """What a band earns, said without more or less: `90 points instead of 80`."""
    return Leaf("points", "", points, f"{points:,} points", (*path, "points"))


def _end(key: str, label: str, value: int | None, fact: str, currency: str, path: Path) -> Leaf:
    """An end of a band."""
    return Leaf(key, label, (value, currency), _bound(value, fact, currency), (*path, key))


def _bound(value: int | None, fact: str, currency: str) -> str:
    """An end of a band in words."""
    return "no bound" if value is None else value_text(value, fact, currency)


def _stretch(lowest: int | None, below: int | None, fact: str, currency: str) -> str:
    """`from 85%`, `below 50%` for the lowest, `of any value` for the only one."""
    if lowest is not None:
        return f"from {value_text(lowest, fact, currency)}"
    return "of any value" if below is None else f"below {value_text(below, fact, currency)}"


def _ratings(ratings: Ratings, currency: str) -> Part:
    """Margin, bands, adjustments."""
    bands = unique(
        Part(
            one.name,
            f"rating {one.name}",
            (
                Leaf("from", "from", one.lowest, _score(one.lowest), ("ratings", "bands", at, "from")),
                Leaf("below", "below", one.below, _score(one.below), ("ratings", "bands", at, "below")),
            ),
            (),
            ("ratings", "bands", at),
        )
        for at, one in enumerate(ratings.of)
    )
    adjustments = unique(
        Part(
            one.id,
            f"adjustment {one.id}",
            (
                text(("ratings", "adjustments", at), "because", "reason", one.because),
                condition(("ratings", "adjustments", at), "when", "when", one.when, currency),
                text(("ratings", "adjustments", at), "not_above", "not above", one.not_above),
                text(("ratings", "adjustments", at), "not_below", "not below", one.not_below),
            ),
            (),
            ("ratings", "adjustments", at),
        )
        for at, one in enumerate(ratings.adjustments)
    )
    margin = number(("ratings",), "margin", "margin", ratings.margin)
    groups = (Group("ratings", bands), Group("adjustments", adjustments))
    return Part("ratings", "the section of ratings", (margin,), groups, ("ratings",))


def _score(value: int | None) -> str:
    """An end of a rating."""
    return "no bound" if value is None else f"{value:,}"


def _limit(section: LimitSection, currency: str) -> Part:
    """How the limit comes about."""
    path: Path = ("limit",)
    leaves = (
        percent(path, "change_by_percent", "smallest change made", section.change_hundredths),
        days(path, "valid_days", "validity", section.valid_days),
    )
    rules = unique(_limit_rule(one, currency, ("limit", "rules", at)) for at, one in enumerate(section.rules))
    groups = (Group("limit rules", rules), *_steps(section.steps, currency, "limit"))
    return Part("limit", "the section of limits", leaves, groups, path)


def _limit_rule(one: LimitRule, currency: str, path: Path) -> Part:
    """One rule of the limit."""
    shares = tuple((share.hundredths, share.fact) for share in one.shares)
    listed = " or ".join(f"{percent_text(hundredths)} of {fact}" for hundredths, fact in shares)
    way = "percent" if len(shares) == 1 else "smallest_of"
    fixed = amount(path, "amount", "amount", one.amount, currency)
    if one.unset:
        fixed = Leaf("amount", "amount", ("unset", currency), "no limit set", (*path, "amount"), beside="unset")
    leaves = (
        condition(path, "when", "when", one.when, currency),
        fixed,
        Leaf("shares", "the smallest of" if len(shares) > 1 else "share", shares, listed or "none", (*path, way)),
        amount(path, "floor", "floor", one.floor, currency),
        amount(path, "cap", "cap", one.cap, currency),
        amount(path, "round_to", "rounded down to multiples of", one.round_to, currency),
    )
    return Part(one.id, f"limit rule {one.id}", leaves, (), path)


def _terms(section: TermsSection, currency: str) -> Part:
    """How the payment terms come about."""
    rules = unique(
        Part(
            one.id,
            f"terms rule {one.id}",
            (
                condition(("terms", "rules", at), "when", "when", one.when, currency),
                days(("terms", "rules", at), "days", "payment term", one.days),
            ),
            (),
            ("terms", "rules", at),
        )
        for at, one in enumerate(section.rules)
    )
    return Part(
        "terms",
        "the section of terms",
        (),
        (Group("terms rules", rules), *_steps(section.steps, currency, "terms")),
        ("terms",),
    )


def _steps(steps: Steps | None, currency: str, of: str) -> Iterator[Group]:
    """Dynamic adjustment, where there is any."""
    if steps is None:
        return
    path: Path = (of, "steps")
    leaves = (
        days(path, "every_days", "at most one step in", steps.every_days),
        percent(path, "percent", "size", steps.size) if of == "limit" else days(path, "days", "size", steps.size),
        number(path, "most", "steps up at most", steps.most),
        number(path, "lowest", "steps down at most", steps.lowest),
        condition(path, "raise_when", "up when", steps.raise_when, currency, "never"),
        condition(path, "lower_when", "down when", steps.lower_when, currency, "never"),
    )
    yield Group("steps", (Part("steps", f"the steps of the {of}", leaves, (), path),))


def _review(section: ReviewSection, currency: str) -> Part:
    """How often, and sooner for a reason."""
    path: Path = ("review",)
    every = unique(
        Part(
            name,
            f"the review of rating {name}",
            (Leaf("days", "interval", count, in_days(count), (*path, "every_days", name), How.AMOUNT),),
            (),
            ("review", "every_days", name),
        )
        for name, count in section.every_days
    )
    sooner = unique(
        Part(
            one.id,
            f"sooner review {one.id}",
            (
                text(("review", "sooner", at), "because", "reason", one.because),
                condition(("review", "sooner", at), "when", "when", one.when, currency),
                days(("review", "sooner", at), "within_days", "due within", one.within_days),
            ),
            (),
            ("review", "sooner", at),
        )
        for at, one in enumerate(section.sooner)
    )
    leaves = (
        days(path, "within_days", "due within", section.within_days),
        days(path, "quiet_days", "quiet after a review", section.quiet_days),
    )
    return Part(
        "review",
        "the section of reviews",
        leaves,
        (Group("reviews by rating", every), Group("sooner reviews", sooner)),
        path,
    )


def _orders(section: OrderSection, currency: str) -> Part:
    """How orders are judged."""
    path: Path = ("orders",)
    leaves = (
        text(path, "over_limit", "beyond the headroom", section.over_limit.value),
        text(path, "no_limit", "where no limit is set", section.no_limit.value),
        percent(path, "tolerance_percent", "tolerance", section.tolerance_hundredths),
    )
    rules = unique(
        Part(
            one.id,
            f"order rule {one.id}",
            (
                text(("orders", "rules", at), "because", "reason", one.because),
                text(("orders", "rules", at), "verdict", "verdict", one.verdict.value),
                condition(("orders", "rules", at), "when", "when", one.when, currency),
            ),
            (),
            ("orders", "rules", at),
        )
        for at, one in enumerate(section.rules)
    )
    return Part("orders", "the judgement of orders", leaves, (Group("order rules", rules),), path)
