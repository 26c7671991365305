"""The sections of a credit policy, from the document: scorecard, ratings, limit, terms, review, holds, orders.

Comes in: a Cursor at the policy, and what its conditions may speak of at each stage. Goes out: a Credit, and what the schema
could not see.
Know before changing: a condition may test what an earlier stage concluded and nothing later; `Stages` says what each knows. That
a fact itself stands on what the policy decides is found in checks, when the policy is whole.
"""

from dataclasses import dataclass, replace

from engine.facts import CONCLUSIONS
from engine.policy import literals, scorecard, targets
from engine.policy.bands import Stretch, check_tiles
from engine.policy.breaches import written
from engine.policy.conditions import Scope, condition, own_rating
from engine.policy.credit_model import (
    Adjustment,
    Credit,
    Hold,
    OrderRule,
    OrderSection,
    Rating,
    Ratings,
    ReviewSection,
    Sooner,
    Verdict,
)
from engine.policy.cursor import Cursor

_CONCLUDED_BY = {"score": "scorecard", "rating": "ratings"}
SECTIONS = ("scorecard", "ratings", "limit", "terms", "review", "holds", "orders")


@dataclass(frozen=True, slots=True)
class Stages:
    """What conditions may speak of: at `first` facts only, once `scored` the score too, and at `last` the rating as well."""

    first: Scope
    scored: Scope
    last: Scope


def stages(here: Cursor, within: Scope) -> Stages:
    """The stages of the policy; what it never concludes is known at none of them."""
    never = {
        name: (
            "not-concluded",
            f"this policy has no '{section}', so it concludes no {name}; add '{section}', or test a fact",
        )
        for name, section in _CONCLUDED_BY.items()
    }
    early = {
        name: (
            "circular-stages",
            f"the {name} is what '{section}' concludes, and only about customers whom this lets through; test a fact",
        )
        for name, section in _CONCLUDED_BY.items()
    }
    own = {
        "rating": (
            "circular-stages",
            "the rating is what 'ratings' conclude, adjustments included, so none can test it; test the score, or a fact",
        )
    }
    scored, rated = here.has("scorecard"), here.has("ratings")
    score = {"score": CONCLUSIONS["score"]} if scored else {}
    rating = {"rating": CONCLUSIONS["rating"]} if rated else {}
    names = tuple(item.at("rating").text() for item in here.at("ratings").at("bands").elements())
    return Stages(
        first=replace(within, later=never | {name: early[name] for name in (*score, *rating)}),
        scored=replace(within, concluded=score, later={name: never[name] for name in never if name not in score} | own),
        last=replace(
            within,
            concluded=score | rating,
            ratings=tuple(name for name in names if name),
            later={name: why for name, why in never.items() if name not in (*score, *rating)},
        ),
    )


def credit(here: Cursor, known: Stages) -> Credit:
    """Every section that the policy has."""
    if here.has("ratings") and not here.has("scorecard"):
        message = "ratings are bands of the score, and this policy has no 'scorecard'; add one"
        here.at("ratings").wrong("not-concluded", message, on_key=True)
    return Credit(
        scorecard=here.maybe("scorecard", lambda part: scorecard.scorecard(part, known.first)),
        ratings=here.maybe("ratings", lambda part: _ratings(part, known)),
        limit=here.maybe("limit", lambda part: targets.limit(part, known.last)),
        terms=here.maybe("terms", lambda part: targets.terms(part, known.last)),
        review=here.maybe("review", lambda part: _review(part, known.last)),
        holds=_holds(here.at("holds"), known.last),
        orders=here.maybe("orders", lambda part: _orders(part, known.last)),
    )


def _ratings(here: Cursor, known: Stages) -> Ratings:
    """The ratings, best first; their bands tile all scores."""
    here.at("bands").distinct("rating", "duplicate-rating")
    parts = list(here.at("bands").elements())
    found = tuple(
        Rating(
            part.at("rating").text(), part.maybe("from", Cursor.whole), part.maybe("below", Cursor.whole), part.place
        )
        for part in parts
    )
    stretches = [Stretch(one.lowest, one.below, part) for part, one in zip(parts, found, strict=True)]
    check_tiles(stretches, str, best_first=True)
    here.at("adjustments").distinct("id", "duplicate-id")
    names = known.last.ratings
    adjustments = tuple(_adjustment(item, known.scored, names) for item in here.at("adjustments").elements())
    return Ratings(here.at("margin").whole(), found, adjustments, here.document.key_place(here.path))


def _adjustment(here: Cursor, within: Scope, ratings: tuple[str, ...]) -> Adjustment:
    """A reason for which the rating is not above, or not below, another."""
    if here.has("not_above") and here.has("not_below"):
        here.at("not_below").wrong(
            "too-many-keys", "an adjustment has 'not_above' or 'not_below'; write two adjustments", on_key=True
        )
    elif not here.has("not_above") and not here.has("not_below"):
        here.wrong("missing-key", "'not_above' or 'not_below' is missing: the rating that it is held to")
    return Adjustment(
        id=here.at("id").text(),
        because=here.at("because").text(),
        when=condition(here.at("when"), within),
        not_above=here.maybe("not_above", lambda part: own_rating(part, ratings)),
        not_below=here.maybe("not_below", lambda part: own_rating(part, ratings)),
        place=here.place,
    )


def _review(here: Cursor, within: Scope) -> ReviewSection:
    """How often customers are looked at again: once for each rating of the policy, and sooner for a reason."""
    if "rating" not in within.concluded:
        message = "reviews go by the rating, and this policy has no 'ratings'; add them"
        here.wrong("not-concluded", message, on_key=True)
    every = here.at("every_days")
    for part in every.members():
        if within.ratings and part.key not in within.ratings:
            message = f"{written(part.key)} is not a rating of this policy; write " + " or ".join(within.ratings)
            part.wrong("unknown-rating", message, on_key=True)
    for name in within.ratings:
        if here.has("every_days") and isinstance(every.value, dict) and every.value and not every.has(name):
            every.wrong(
                "missing-key", f"'{name}' is missing: after how many days a customer of that rating is reviewed"
            )
    here.at("sooner").distinct("id", "duplicate-id")
    return ReviewSection(
        every_days=tuple((part.key, part.whole()) for part in every.members()),
        within_days=here.at("within_days").whole(14),
        quiet_days=here.at("quiet_days").whole(30),
        sooner=tuple(
            Sooner(
                item.at("id").text(),
                item.at("because").text(),
                condition(item.at("when"), within),
                item.at("within_days").whole(),
                item.place,
            )
            for item in here.at("sooner").elements()
        ),
        place=here.document.key_place(here.path),
    )


def _holds(here: Cursor, within: Scope) -> tuple[Hold, ...]:
    """The reasons for which nobody may buy on credit; each stands once, with its way out."""
    here.distinct("reason", "duplicate-reason")
    return tuple(
        Hold(
            item.at("reason").text(),
            condition(item.at("when"), within),
            condition(item.at("release_when"), within),
            item.place,
        )
        for item in here.elements()
    )


def _orders(here: Cursor, within: Scope) -> OrderSection:
    """How orders are judged."""
    here.at("rules").distinct("id", "duplicate-rule")
    return OrderSection(
        over_limit=here.word("over_limit", Verdict, Verdict.REFER),
        no_limit=here.word("no_limit", Verdict, Verdict.REFER),
        tolerance_hundredths=here.maybe("tolerance_percent", lambda part: literals.share(part, least=0, most=10_000))
        or 0,
        rules=tuple(
            OrderRule(
                item.at("id").text(),
                item.at("because").text(),
                item.word("verdict", Verdict, Verdict.REFER),
                condition(item.at("when"), within),
                item.place,
            )
            for item in here.at("rules").elements()
        ),
        place=here.document.key_place(here.path),
    )
