"""The numbers of a policy outside of its conditions: days, amounts, points, bands, percentages, steps.

Comes in: a Policy. Goes out: each number that its file says, with where it is kept and what it would be one unit off.
Know before changing: a bound that two bands share is one number. What the file does not say is no number of the policy, though
the typed value has one. A unit is one day, one point, one minor unit of the currency, or 0.01 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.assay.parts import Path, leaves, reaching
from engine.errors import Place
from engine.facts import FACTS
from engine.policy import document
from engine.policy.credit_model import (
    Characteristic,
    Credit,
    LimitRule,
    LimitSection,
    Ratings,
    Share,
    Steps,
    TermsSection,
)
from engine.policy.model import (
    Comparison,
    Finding,
    Ladder,
    LateFee,
    Notice,
    Operator,
    Policy,
    Subject,
    Task,
    value_text,
)

SCORE = "score"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: whose, its name, where it is written and kept, and each other value that it might be by a slip."""

    owner: str
    name: str
    place: Place
    paths: tuple[Path, ...]
    text: str
    others: tuple[tuple[int, str], ...]
    near: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """The policy's document, to see what it says itself and where."""

    policy: Policy
    read: document.Document

    def place(self, *steps: str | int) -> Place | None:
        """Where the value stands, None where the file does not say it."""
        value = self.read.value
        for step in steps:
            match value, step:
                case dict(), str() if step in value:
                    value = value[step]
                case list(), int() if step < len(value):
                    value = value[step]
                case _:
                    return None
        return self.read.place(steps)

    def figure(
        self,
        owner: str,
        name: str,
        steps: document.Steps,
        value: int | None,
        *paths: Path,
        unit: str = "",
        least: int | None = 0,
        near: tuple[Finding, ...] = (),
    ) -> Iterator[Figure]:
        """The number at these steps of the document, if it is said; never below `least`."""
        place = self.place(*steps)
        if place is None or value is None:
            return
        others = [value + shift for shift in (-1, 1) if least is None or value + shift >= least]
        texts = tuple((other, self._text(other, unit)) for other in others)
        yield Figure(owner, name, place, paths, self._text(value, unit), texts, near)

    def _text(self, value: int, unit: str) -> str:
        """The number with its unit."""
        return value_text(value, unit, self.policy.currency) if unit else str(value)


MONEY = "customer.exposure"
PERCENT = "customer.utilisation"


def reader(policy: Policy) -> Reader:
    """The policy with its document."""
    read, _ = document.parse(policy.text, policy.file)
    assert read is not None, f"{policy.file} was read before"
    return Reader(policy, read)


def figures(policy: Policy) -> Iterator[Figure]:
    """Every number that cases can try, in the order of the sections."""
    here = reader(policy)
    if policy.ladder:
        yield from _of_ladder(here, policy.ladder)
    for index, rule in enumerate(policy.rules):
        yield from _of_actions(here, f"rule {rule.id}", ("rules", index, "then"), rule.then, tuple(leaves(rule.when)))
    if policy.credit:
        yield from _of_credit(here, policy.credit)


def _of_ladder(here: Reader, ladder: Ladder) -> Iterator[Figure]:
    """Days, tolerance, repetitions, and the numbers of each level."""
    names = "" if here.policy.subject is Subject.RECEIVABLE else "customer."
    since = (Comparison(f"{names}days_since_last_notice", Operator.AT_LEAST, ladder.days_between_notices),)
    small = (Comparison("undisputed_amount", Operator.AT_LEAST, ladder.tolerance),)
    top = ("ladder",)
    days = "days_between_notices"
    yield from here.figure("ladder", days, (*top, days), ladder.days_between_notices, (*top, days), near=since)
    yield from here.figure(
        "ladder", "tolerance", (*top, "tolerance"), ladder.tolerance, (*top, "tolerance"), unit=MONEY, near=small
    )
    if ladder.after_last:
        for key, value, fact in (
            ("every_days", ladder.after_last.every_days, "days_since_level"),
            ("at_most", ladder.after_last.at_most, "times_at_level"),
        ):
            past = (Comparison(names + fact, Operator.AT_LEAST, value),)
            yield from here.figure(
                "after_last", key, (*top, "after_last", "repeat", key), value, (*top, "after_last", key), near=past
            )
    for index, level in enumerate(ladder.levels):
        path = (*top, "levels", index)
        near = reaching(here.policy, level)
        name = f"level {level.number}"
        yield from here.figure(
            name, "after_days", (*path, "after_days"), level.after_days, (*path, "after_days"), least=None, near=near
        )
        yield from _of_actions(here, name, (*path, "then"), level.then, near)


def _of_actions(
    here: Reader, owner: str, path: Path, then: Sequence[object], near: tuple[Finding, ...]
) -> Iterator[Figure]:
    """What actions count: days to pay or to work within, and the amount of a fee."""
    for index, action in enumerate(then):
        match action:
            case Notice():
                key, value, unit, kind = "pay_within_days", action.pay_within_days, "", "notice"
            case Task():
                key, value, unit, kind = "within_days", action.within_days, "", "task"
            case LateFee():
                key, value, unit, kind = "amount", action.amount, MONEY, "late_fee"
            case _:
                continue
        yield from here.figure(
            owner, f"{kind} {key}", (*path, index, kind, key), value, (*path, index, key), unit=unit, near=near
        )


def _of_credit(here: Reader, credit: Credit) -> Iterator[Figure]:
    """Scorecard, ratings, limit, terms, review."""
    if credit.scorecard:
        top: Path = ("scorecard",)
        yield from here.figure(
            "scorecard", "base", (*top, "base"), credit.scorecard.base, ("credit", "scorecard", "base"), least=None
        )
        for index, one in enumerate(credit.scorecard.characteristics):
            yield from _of_characteristic(here, one, (*top, "characteristics", index))
    if credit.ratings:
        yield from _of_ratings(here, credit.ratings)
    if credit.limit:
        yield from _of_limit(here, credit.limit)
    if credit.terms:
        yield from _of_terms(here, credit.terms)
    if credit.review:
        yield from _of_review(here, credit)
    if credit.orders:
        key, beyond = "tolerance_percent", credit.orders.tolerance_hundredths
        path = ("credit", "orders", "tolerance_hundredths")
        yield from here.figure("orders", key, ("orders", key), beyond, path, unit=PERCENT)


def _of_characteristic(here: Reader, one: Characteristic, path: Path) -> Iterator[Figure]:
    """Weight, points and bounds of one characteristic."""
    owner, kept = f"characteristic {one.id}", ("credit", *path)
    missing = (Comparison(one.fact, Operator.MISSING, 1),)
    yield from here.figure(owner, "weight", (*path, "weight"), one.weight, (*kept, "weight"), least=1)
    yield from here.figure(
        owner, "missing", (*path, "missing"), one.missing, (*kept, "missing"), least=None, near=missing
    )
    yield from here.figure(owner, "otherwise", (*path, "otherwise"), one.otherwise, (*kept, "otherwise"), least=None)
    for index, band in enumerate(one.bands):
        inside = band.lowest if band.lowest is not None else (band.below or 0) - 1
        near = (Comparison(one.fact, Operator.IS, inside),)
        part = (*path, "bands", index)
        name = f"points of band {index + 1}"
        yield from here.figure(
            owner, name, (*part, "points"), band.points, (*kept, "bands", index, "points"), least=None, near=near
        )
        if band.below is not None:
            bound = (Comparison(one.fact, Operator.LESS_THAN, band.below),)
            paths = ((*kept, "bands", index, "below"), (*kept, "bands", index + 1, "lowest"))
            yield from here.figure(
                owner,
                f"end of band {index + 1}",
                (*part, "below"),
                band.below,
                *paths,
                unit=one.fact,
                least=None,
                near=bound,
            )
    for index, words in enumerate(one.words):
        member = words.values[0]
        points = (*path, "values", index, "points")
        name = f"points of {value_text(member, one.fact, here.policy.currency)}"
        near = (Comparison(one.fact, Operator.IS, member),)
        yield from here.figure(
            owner, name, points, words.points, (*kept, "words", index, "points"), least=None, near=near
        )


def _of_ratings(here: Reader, ratings: Ratings) -> Iterator[Figure]:
    """The margin, and where one rating ends and the next begins."""
    kept: Path = ("credit", "ratings")
    yield from here.figure("ratings", "margin", ("ratings", "margin"), ratings.margin, (*kept, "margin"))
    for index, rating in enumerate(ratings.of):
        if rating.lowest is None:
            continue
        paths = ((*kept, "of", index, "lowest"), (*kept, "of", index + 1, "below"))
        steps = ("ratings", "bands", index, "from")
        near = (Comparison(SCORE, Operator.AT_LEAST, rating.lowest),)
        yield from here.figure(f"rating {rating.name}", "from", steps, rating.lowest, *paths, least=None, near=near)


def _of_limit(here: Reader, section: LimitSection) -> Iterator[Figure]:
    """Percentages, amounts, floors, caps, rounding, and the steps."""
    kept: Path = ("credit", "limit")
    before = (Comparison("customer.credit_limit", Operator.MISSING, 0),)
    key = "change_by_percent"
    change = section.change_hundredths
    yield from here.figure(
        "limit", key, ("limit", key), change, (*kept, "change_hundredths"), unit=PERCENT, near=before
    )
    yield from here.figure("limit", "valid_days", ("limit", "valid_days"), section.valid_days, (*kept, "valid_days"), least=1)
    for index, rule in enumerate(section.rules):
        owner, steps, path = f"limit {rule.id}", ("limit", "rules", index), (*kept, "rules", index)
        facts = tuple(Comparison(share.fact, Operator.AT_LEAST, 100_000) for share in rule.shares)
        if not rule.unset:
            yield from here.figure(owner, "amount", (*steps, "amount"), rule.amount, (*path, "amount"), unit=MONEY)
        for number, share in enumerate(rule.shares):
            single = here.place(*steps, "percent") is not None
            where = (*steps, "percent") if single else (*steps, "smallest_of", number, "percent")
            name = f"percent of {share.fact}"
            near = tuple(_crossing(rule, share)) + tuple(
                Comparison(other.fact, Operator.MISSING, 1) for other in rule.shares if other is not share
            )
            yield from here.figure(
                owner,
                name,
                where,
                share.hundredths,
                (*path, "shares", number, "hundredths"),
                unit=PERCENT,
                least=1,
                near=near,
            )
        for name, value in (("floor", rule.floor), ("cap", rule.cap), ("round_to", rule.round_to)):
            least = 1 if name == "round_to" else 0
            yield from here.figure(
                owner, name, (*steps, name), value, (*path, name), unit=MONEY, least=least, near=facts
            )
    if section.steps:
        yield from _of_steps(here, "limit", section.steps, "percent", PERCENT)


def _crossing(rule: LimitRule, share: Share) -> Iterator[Comparison]:
    """Values of the fact at which the percentage, or one a hundredth larger, just reaches an amount that is not rounded away."""
    low, high = rule.floor or 0, rule.cap or 100 * rule.round_to + 100_000_000
    for part in (2, 3, 5, 10):
        amount = (low + (high - low) // part) // rule.round_to * rule.round_to
        for hundredths in (share.hundredths, share.hundredths + 1):
            yield Comparison(share.fact, Operator.IS, -(-amount * 10_000 // hundredths))


def _of_terms(here: Reader, section: TermsSection) -> Iterator[Figure]:
    """Days, and the steps."""
    for index, rule in enumerate(section.rules):
        path = ("credit", "terms", "rules", index, "days")
        yield from here.figure(f"terms {rule.id}", "days", ("terms", "rules", index, "days"), rule.days, path)
    if section.steps:
        yield from _of_steps(here, "terms", section.steps, "days", "")


def _of_steps(here: Reader, of: str, steps: Steps, size: str, unit: str) -> Iterator[Figure]:
    """How often, how far and how many."""
    kept: Path = ("credit", of, "steps")
    where = (of, "steps")
    owner = f"steps of {of}"
    taken = f"customer.{of}_steps"
    since = (Comparison(f"customer.days_since_{of}_step", Operator.AT_LEAST, steps.every_days),)
    yield from here.figure(
        owner, "every_days", (*where, "every_days"), steps.every_days, (*kept, "every_days"), least=1, near=since
    )
    one = (Comparison(taken, Operator.AT_LEAST, 1),)
    yield from here.figure(owner, size, (*where, size), steps.size, (*kept, "size"), unit=unit, least=1, near=one)
    most = (Comparison(taken, Operator.AT_LEAST, steps.most),)
    yield from here.figure(owner, "most", (*where, "most"), steps.most, (*kept, "most"), near=most)
    low = (Comparison(taken, Operator.AT_LEAST, -steps.lowest),)
    yield from here.figure(owner, "lowest", (*where, "lowest"), steps.lowest, (*kept, "lowest"), near=low)


def _of_review(here: Reader, credit: Credit) -> Iterator[Figure]:
    """How often each rating is looked at, and by when."""
    review = credit.review
    assert review, "asked for a review"
    kept: Path = ("credit", "review")
    fact = "customer.days_since_review"
    for index, (name, days) in enumerate(review.every_days):
        near = (Comparison(fact, Operator.AT_LEAST, days),)
        path = (*kept, "every_days", index, 1)
        yield from here.figure(
            "review", f"every_days of {name}", ("review", "every_days", name), days, path, least=1, near=near
        )
    yield from here.figure(
        "review", "within_days", ("review", "within_days"), review.within_days, (*kept, "within_days")
    )
    quiet = (Comparison(fact, Operator.AT_LEAST, review.quiet_days),)
    yield from here.figure(
        "review", "quiet_days", ("review", "quiet_days"), review.quiet_days, (*kept, "quiet_days"), near=quiet
    )
    for index, event in enumerate(review.sooner):
        path = (*kept, "sooner", index, "within_days")
        yield from here.figure(
            f"sooner {event.id}", "within_days", ("review", "sooner", index, "within_days"), event.within_days, path
        )


assert {MONEY, PERCENT} <= set(FACTS), "facts that numbers are written like"
