"""What a credit policy says beside what every policy says: scorecard, ratings, limit, terms, review, holds and orders.

Comes in: nothing. Goes out: frozen values; engine/policy/credit.py builds them from a document.
Know before changing: the sections are stages, in this order: scorecard, ratings, adjustments, then everything else. A stage may
test what an earlier one concluded (`score`, then `rating`), never what it or a later one concludes, and never a computed
amount. Money is in minor units of the policy's currency, percent in hundredths of a percent; bands include their lower end
and not their upper one.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import Place
from engine.policy.model import NOWHERE, Condition


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a number: from the lower end, included, to below the upper one; None is without end. It earns points."""

    lowest: int | None
    below: int | None
    points: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Words:
    """Texts that earn the same points; of a flag, 0 or 1."""

    values: tuple[str | int, ...]
    points: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One fact and what it earns: `weight` times the points of its band or word. `otherwise` is for every other text.

    Exactly one of `bands` and `words` is not empty. `missing` are the points where the fact is missing.
    """

    id: str
    fact: str
    weight: int
    missing: int
    bands: tuple[Band, ...]
    words: tuple[Words, ...]
    otherwise: int | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """score = base + the sum of weight x points."""

    base: int
    characteristics: tuple[Characteristic, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating and the scores that earn it, the lower end included. The best stands first."""

    name: str
    lowest: int | None
    below: int | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """While the condition holds, the rating is not above (or not below) another. Exactly one of the two is given."""

    id: str
    because: str
    when: Condition
    not_above: str | None
    not_below: str | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings, best first. A rating is kept while the score is less than `margin` points outside its band."""

    margin: int
    of: tuple[Rating, ...]
    adjustments: tuple[Adjustment, ...]
    place: Place = field(default=NOWHERE, compare=False)

    def rank(self, name: str) -> int:
        """0 for the best."""
        return next(rank for rank, rating in enumerate(self.of) if rating.name == name)


@dataclass(frozen=True, slots=True)
class Share:
    """So many hundredths of a percent of a money fact."""

    hundredths: int
    fact: str


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit: a fixed `amount` (`unset`: none is set), or the smallest of `shares` whose facts are there.

    `when` is None where it always holds. `round_to` is 1 or more: the amount is rounded down to a multiple of it.
    """

    id: str
    when: Condition | None
    unset: bool
    amount: int | None
    shares: tuple[Share, ...]
    floor: int | None
    cap: int | None
    round_to: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Steps:
    """Dynamic adjustment: one step up or down at most once in `every_days`, between -`lowest` and `most` steps in all.

    Of a limit, a step is `size` hundredths of a percent of the rule's amount; of terms, `size` days. Where both conditions
    hold, it is lowered. A condition that is not given never holds.
    """

    every_days: int
    size: int
    most: int
    lowest: int
    raise_when: Condition | None
    lower_when: Condition | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LimitSection:
    """The first rule whose condition holds decides. Smaller changes than `change_hundredths` of the limit are not made."""

    change_hundredths: int
    valid_days: int | None
    rules: tuple[LimitRule, ...]
    steps: Steps | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TermsRule:
    """Payment terms of so many days; `when` is None where it always holds."""

    id: str
    when: Condition | None
    days: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TermsSection:
    """The first rule whose condition holds decides."""

    rules: tuple[TermsRule, ...]
    steps: Steps | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sooner:
    """An event that brings the review forward: it is due within so many days."""

    id: str
    because: str
    when: Condition
    within_days: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """Every so many days by rating (every rating of the policy is there), due `within_days` after it is called for.

    An event counts only from `quiet_days` after the last review on.
    """

    every_days: tuple[tuple[str, int], ...]
    within_days: int
    quiet_days: int
    sooner: tuple[Sooner, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Hold:
    """A credit hold of that reason while nobody may buy on credit, and the condition that lifts it again."""

    reason: str
    when: Condition
    release_when: Condition
    place: Place = field(default=NOWHERE, compare=False)


class Verdict(StrEnum):
    """What an order check answers; the later one is the graver."""

    APPROVE = "approve"
    REFER = "refer"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class OrderRule:
    """A reason to refer an order to a person, or to refuse it."""

    id: str
    because: str
    verdict: Verdict
    when: Condition
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class OrderSection:
    """How orders are judged: what an order beyond the headroom gets, and one where no limit is set; and the rules.

    An order may go beyond the headroom by `tolerance_hundredths` of the effective limit.
    """

    over_limit: Verdict
    no_limit: Verdict
    tolerance_hundredths: int
    rules: tuple[OrderRule, ...]
    place: Place = field(default=NOWHERE, compare=False)


# Why an order gets what it gets without a rule of the policy.
ORDER_REASONS = ("credit-hold", "no-credit", "no-limit", "over-limit", "within-headroom", "within-tolerance")
# How orders are judged where no policy says it.
BUILT_IN = OrderSection(Verdict.REFER, Verdict.REFER, 0, ())


@dataclass(frozen=True, slots=True)
class Credit:
    """The sections of a credit policy; every one but the scorecard with its ratings may be left out, and these too."""

    scorecard: Scorecard | None
    ratings: Ratings | None
    limit: LimitSection | None
    terms: TermsSection | None
    review: ReviewSection | None
    holds: tuple[Hold, ...]
    orders: OrderSection | None
