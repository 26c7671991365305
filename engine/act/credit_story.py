"""What a credit policy concluded about one customer, and how: points, rating, limit, terms, next review. Values only.

Comes in: nothing. Goes out: frozen dataclasses; act/explain.py fills them, report/credit.py draws them.
Know before changing: every stage is told with what it stood on, so that a reader can work the result out by hand. Texts of
facts are as `value_text` writes them; amounts are minor units of `CreditTold.currency`; `place` is `file:line:column` of the
policy, empty where there is none. A stage that the policy does not have is None.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Earned:
    """One characteristic of the scorecard: what is, which band or word that falls in, and what it earns.

    `band` says it in words: `60 to below 85`, `food, retail`, `otherwise`, `missing`. `earned` is weight times points, `most`
    the most that the characteristic can earn.
    """

    characteristic: str
    fact: str
    actual: str
    band: str
    points: int
    weight: int
    earned: int
    most: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The scorecard: base and what each characteristic earned add up to the total."""

    base: int
    earned: tuple[Earned, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment in force, in the order of their turns: `bound` is `not above B`; it may have changed nothing."""

    id: str
    because: str
    bound: str
    before: str
    after: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Overridden:
    """A rating that people set and confirmed; it decides whatever the score says."""

    rating: str
    reference: str
    reason: str
    until: str
    actor: str
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class RatingTold:
    """How the rating came about: the band of the score, kept by the margin or not, adjustments, override, result.

    `band` is the rating whose band holds the score, `span` that band in words; `kept` is the book's rating where the margin
    kept it although the score is outside its band, else None. `before` is the rating in the book.
    """

    band: str
    span: str
    margin: int
    kept: str | None
    adjustments: tuple[Adjusted, ...]
    override: Overridden | None
    rating: str
    before: str | None


@dataclass(frozen=True, slots=True)
class ShareTold:
    """One share of a limit rule: `asked` is `20 % of customer.sales_12m`; `amount` is None where the fact is missing."""

    asked: str
    actual: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class StepsTold:
    """Dynamic adjustment: steps in effect before, and the one called now (-1, 0, 1).

    `withheld` are the reasons where it is called and stopped. `size` is hundredths of a percent for a limit, days for terms.
    `last` is the day of the last step, None where there was none.
    """

    before: int
    step: int
    size: int
    most: int
    lowest: int
    last: str | None
    withheld: tuple[str, ...] = ()

    @property
    def now(self) -> int:
        """The steps that count today: those before and the one that is taken."""
        return self.before + (0 if self.withheld else self.step)


@dataclass(frozen=True, slots=True)
class LimitTold:
    """How the limit came about: rule, raw amount, steps, rounding, floor and cap, result.

    `raw` is what the rule comes to, None where none is set or where no share's fact is there. `stepped` is the raw amount with
    its steps, `rounded` that rounded down to a multiple of `round_to`, `result` after floor and cap. `outcome` says what comes
    of it in a few words: `set`, `as it is`, `change too small`, `renewed`, `withheld: missing-evidence`.
    """

    rule: str
    unset: bool
    shares: tuple[ShareTold, ...]
    raw: int | None
    steps: StepsTold | None
    stepped: int | None
    round_to: int
    rounded: int | None
    floor: int | None
    cap: int | None
    result: int | None
    before: int | None
    until: str | None
    outcome: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class TermsTold:
    """How the payment terms came about; all in days."""

    rule: str
    days: int
    steps: StepsTold | None
    result: int
    before: int | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ReviewTold:
    """When the customer is to be looked at again: `every_days` for its rating; `due` and `because` of what is open or called for.

    `asked` is the day on which an open one was asked for, None where none is open. `last` is the day of the last review, None
    where there was none; `next` the day on which the next one is called for.
    """

    every_days: int
    last: str | None
    next: str | None
    due: str | None
    because: tuple[str, ...]
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class HeldTold:
    """A credit hold in force: why, since when, until when (None: until it is released), and whether a policy set it."""

    reason: str
    since: str
    until: str | None
    by_policy: bool


@dataclass(frozen=True, slots=True)
class CreditTold:
    """Everything that one credit policy concluded about a customer. `ways_up` are texts, the nearest first:

    `customer.on_time_share_12m from 82 % to 85 %: +40 -> 455, B`.
    """

    currency: str
    score: Score | None
    rating: RatingTold | None
    limit: LimitTold | None
    terms: TermsTold | None
    review: ReviewTold | None
    ways_up: tuple[str, ...] = ()
    held: tuple[HeldTold, ...] = ()
