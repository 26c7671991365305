"""The law of credit in plain slow Python: one customer, one credit policy, straight from facts.

Comes in: a Policy of kind credit, the facts of a customer in its currency (tests/oracle_facts.py), a date. Goes out: a Judgement:
points, score, rating, and every action that is called for, with what withholds it.
Know before changing: no findings, no classes, no rules engine, no SQL, no integer tricks: fractions, rounded where the law says
so. Where the engine disagrees, find out which of them is right.
"""

from dataclasses import dataclass
from fractions import Fraction

from engine.policy import model
from engine.policy.credit_model import (
    Adjustment,
    Characteristic,
    Credit,
    LimitRule,
    Rating,
    Ratings,
    ReviewSection,
    Steps,
)
from engine.policy.model import Approval, Condition, Policy
from tests.oracle_conditions import Of, holds
from tests.oracle_facts import Value, half_up

NO_EVIDENCE, DISPUTED, IN_REVIEW, SUSPENDED = "missing-evidence", "dispute-open", "review-open", "hold-suspended"


@dataclass(frozen=True)
class Called:
    """An action that is called for under the name of a rule; `reasons` withhold it. Of a value that is set, before and after."""

    rule: str
    action: model.Action
    reasons: tuple[str, ...] = ()
    index: int = 0
    before: Value = None
    after: Value = None


@dataclass(frozen=True)
class Judgement:
    """What a policy makes of a customer: points by characteristic, score and rating (None where it has none), and the calls."""

    points: dict[str, int]
    score: int | None
    rating: str | None
    calls: tuple[Called, ...]

    def called(self, kind: str) -> list[Called]:
        """The calls of one kind."""
        return [call for call in self.calls if model.kind_of(call.action) == kind]


def judge(policy: Policy, of: Of, as_of: str) -> Judgement:
    """Every stage after the other; each may look at what those before it concluded."""
    assert policy.credit is not None
    return _Judge(policy, policy.credit, dict(of), as_of).judgement()


@dataclass
class _Judge:
    """One customer before one policy. `of` grows by score and rating."""

    policy: Policy
    credit: Credit
    of: Of
    as_of: str

    def judgement(self) -> Judgement:
        """Score, rating, then everything else."""
        points = self._points()
        score = self.of["score"] if self.credit.scorecard else None
        calls: list[Called] = []
        if self.credit.ratings:
            calls += self._rating(self.credit.ratings)
        rating = self.of["rating"] if self.credit.ratings else None
        calls += [*self._limit(), *self._terms(), *self._review(), *self._holds(), *self._rules()]
        own = self._own()
        stopped = tuple(
            Called(c.rule, c.action, tuple(dict.fromkeys([*own, *c.reasons])), c.index, c.before, c.after) for c in calls)
        assert (score is None or isinstance(score, int)) and (rating is None or isinstance(rating, str))
        return Judgement(points, score, rating, stopped)

    def _own(self) -> list[str]:
        """The policy's own reasons to do nothing."""
        return [one.because for one in self.policy.withhold if self._true(one.when)]

    def _true(self, condition: Condition | None) -> bool:
        """Whether a condition holds; one that is left out always does."""
        return condition is None or holds(condition, self.of, self.as_of)

    def _number(self, fact: str) -> int:
        """A number that is never missing."""
        value = self.of[fact]
        assert isinstance(value, int), (fact, value)
        return value

    def _days(self, fact: str) -> int | None:
        """Days, which may be missing."""
        value = self.of[fact]
        assert value is None or isinstance(value, int), (fact, value)
        return value

    # -- score and rating -----------------------------------------------------------------------------------------------

    def _points(self) -> dict[str, int]:
        """The table of points; the score is their sum and the base."""
        card = self.credit.scorecard
        if card is None:
            return {}
        found = {one.id: one.weight * earned(one, self.of[one.fact]) for one in card.characteristics}
        self.of["score"] = card.base + sum(found.values())
        return found

    def _rating(self, ratings: Ratings) -> list[Called]:
        """The rating, and the call to set it where it is another one than before."""
        before = self.of["customer.rating"]
        rating = self._earned_rating(ratings, self._number("score"), before)
        because: list[str] = []
        inside = [one for one in ratings.adjustments if self._true(one.when)]
        for one in [a for a in inside if a.not_below] + [a for a in inside if a.not_above]:
            after = adjusted(ratings, one, rating)
            if after != rating:
                because.append(one.because)
            rating = after
        override = self.of["customer.rating_override"]
        if isinstance(override, str) and override in {one.name for one in ratings.of}:
            if override != rating:
                because.append("override")
            rating = override
        self.of["rating"] = rating
        if rating == before:
            return []
        return [Called(f"rating {rating}", model.SetRating(rating, tuple(because)), before=before, after=rating)]

    def _earned_rating(self, ratings: Ratings, score: int, before: Value) -> str:
        """The one that the score earns; the one before where the score is still within its margin."""
        for one in ratings.of:
            if one.name == before and _within(one, score, ratings.margin):
                return one.name
        (found,) = [one for one in ratings.of if _within(one, score, 0)]
        return found.name

    # -- limit and terms ------------------------------------------------------------------------------------------------

    def _limit(self) -> list[Called]:
        """The first rule that holds decides; a step is taken where one is due, something comes of it and nothing stops it.

        Where the book has already what the step leads to, or is past it by less than is worth a change, nothing is called
        for: neither the step nor the way back.
        """
        section = self.credit.limit
        rule = next((one for one in section.rules if self._true(one.when)), None) if section else None
        if section is None or rule is None:
            return []
        limit, name = self._days("customer.credit_limit"), f"limit {rule.id}"
        raw = 0 if rule.unset else self._raw(rule)
        if raw is None:
            return [Called(name, model.SetCreditLimit(rule.id, 0), (NO_EVIDENCE,), before=limit)]
        steps, taken = section.steps, self._number("customer.limit_steps")

        def amount(more: int) -> int | None:
            return None if rule.unset else limit_of(rule, raw, (steps.size if steps else 0) * (taken + more))

        ends = self._days("customer.days_until_limit_ends")
        over = limit is not None and ends is not None and ends < 0
        step = self._step(steps, taken, "customer.days_since_limit_step") if raw > 0 else 0
        calls: list[Called] = []
        if step and amount(step) != amount(0):
            if not over and _step_is_there(limit, amount(step), step, section.change_hundredths):
                return []
            word = f"{'raise' if step > 0 else 'lower'} limit"
            reasons, action = self._stopped_step(), model.SetCreditLimit(rule.id, step)
            calls.append(Called(word, action, reasons, before=limit, after=amount(step)))
            if not reasons and not self._own():
                return calls
        target, plain = amount(0), model.SetCreditLimit(rule.id, 0)
        if target != limit and _worth_changing(limit, target, section.change_hundredths):
            calls.append(Called(name, plain, before=limit, after=target))
        elif over:
            stopped = (IN_REVIEW,) if self.of["customer.review_open"] else ()
            calls.append(Called(name, plain, stopped, before=limit, after=target))
        return calls

    def _raw(self, rule: LimitRule) -> int | None:
        """What the rule works out before steps, rounding, floor and cap; None without any evidence."""
        if not rule.shares:
            assert rule.amount is not None
            return rule.amount
        there = [(share.hundredths, self.of[share.fact]) for share in rule.shares]
        found = [half_up(Fraction(part * value, 10_000)) for part, value in there if isinstance(value, int)]
        return max(0, min(found)) if found else None

    def _terms(self) -> list[Called]:
        """The same with days."""
        section = self.credit.terms
        rule = next((one for one in section.rules if self._true(one.when)), None) if section else None
        if section is None or rule is None:
            return []
        before, steps, taken = self.of["customer.terms_days"], section.steps, self._number("customer.terms_steps")

        def days(more: int) -> int:
            return max(0, rule.days + (steps.size if steps else 0) * (taken + more))

        step = self._step(steps, taken, "customer.days_since_terms_step")
        calls: list[Called] = []
        if step and days(step) != days(0):
            if days(step) == before:
                return []
            word = f"{'raise' if step > 0 else 'lower'} terms"
            reasons, action = self._stopped_step(), model.SetTerms(rule.id, step)
            calls.append(Called(word, action, reasons, before=before, after=days(step)))
            if not reasons and not self._own():
                return calls
        if days(0) != before:
            calls.append(Called(f"terms {rule.id}", model.SetTerms(rule.id, 0), before=before, after=days(0)))
        return calls

    def _step(self, steps: Steps | None, taken: int, since: str) -> int:
        """The step that is due: down where the customer is late, up where they are punctual, once in so many days."""
        if steps is None:
            return 0
        up = steps.raise_when is not None and self._true(steps.raise_when)
        down = steps.lower_when is not None and self._true(steps.lower_when)
        waited = self._days(since)
        if waited is not None and waited < steps.every_days:
            return 0
        if down:
            return -1 if taken > -steps.lowest else 0
        return 1 if up and taken < steps.most else 0

    def _stopped_step(self) -> tuple[str, ...]:
        """What stops a step: somebody contests a receivable, or is to look at the customer."""
        found = [(DISPUTED, self._number("customer.open_disputes") > 0), (IN_REVIEW, self.of["customer.review_open"] == 1)]
        return tuple(reason for reason, true in found if true)

    # -- review, holds and rules ----------------------------------------------------------------------------------------

    def _review(self) -> list[Called]:
        """One call, with everything that calls for it; none while one is open."""
        section = self.credit.review
        if section is None or self.of["customer.review_open"]:
            return []
        due = [*self._periodic(section), *self._events(section)]
        if not due:
            return []
        return [Called("review", model.Review(min(days for days, _ in due), tuple(because for _, because in due)))]

    def _periodic(self, section: ReviewSection) -> list[tuple[int, str]]:
        """By rating, so many days after the last; the first rating of all is itself a review."""
        since, rating = self._days("customer.days_since_review"), self.of["rating"]
        every = dict(section.every_days)[str(rating)]
        if since is None and self.of["customer.rating"] is None:
            return []
        if since is not None and since < every:
            return []
        return [(section.within_days, f"every {every} days for {rating}")]

    def _events(self, section: ReviewSection) -> list[tuple[int, str]]:
        """What brings it forward, unless the last one was only just."""
        since = self._days("customer.days_since_review")
        if since is not None and since < section.quiet_days:
            return []
        return [(one.within_days, one.because) for one in section.sooner if self._true(one.when)]

    def _holds(self) -> list[Called]:
        """Each reason by itself. Whether such a hold is there already is looked up in the book, not here."""
        calls: list[Called] = []
        for one in self.credit.holds:
            if self._true(one.when):
                reasons = (SUSPENDED,) if self.of["customer.hold_suspended"] else ()
                calls.append(Called(f"hold {one.reason}", model.CreditHold(one.reason), reasons))
            elif self._true(one.release_when):
                calls.append(Called(f"release {one.reason}", model.ReleaseCreditHold(one.reason)))
        return calls

    def _rules(self) -> list[Called]:
        """The actions of every rule that holds."""
        return [Called(f"rule {rule.id}", action, (), index) for rule in self.policy.rules if self._true(rule.when)
                for index, action in enumerate(rule.then)]


# -- single steps of the law, each for its own table of examples ------------------------------------------------------------


def earned(one: Characteristic, value: Value) -> int:
    """The points of a value, not yet weighted."""
    if value is None:
        return one.missing
    if one.bands:
        assert isinstance(value, int)
        (found,) = [band for band in one.bands if (band.lowest is None or value >= band.lowest)
                    and (band.below is None or value < band.below)]
        return found.points
    for words in one.words:
        if value in words.values:
            return words.points
    assert one.otherwise is not None, (one.id, value)
    return one.otherwise


def _within(one: Rating, score: int, margin: int) -> bool:
    """Whether a score lies in the rating's band, widened by the margin on both ends."""
    return (one.lowest is None or score >= one.lowest - margin) and (one.below is None or score < one.below + margin)


def adjusted(ratings: Ratings, one: Adjustment, rating: str) -> str:
    """The rating, not above and not below what the adjustment says."""
    names = [entry.name for entry in ratings.of]
    if one.not_below is not None:
        return names[min(names.index(rating), names.index(one.not_below))]
    assert one.not_above is not None
    return names[max(names.index(rating), names.index(one.not_above))]


def limit_of(rule: LimitRule, raw: int, hundredths: int) -> int:
    """The limit from the rule's amount: moved by so many hundredths of a percent, rounded down, floored, capped."""
    amount = max(0, half_up(raw * (1 + Fraction(hundredths, 10_000))))
    amount -= amount % rule.round_to
    if rule.floor is not None:
        amount = max(amount, rule.floor)
    return amount if rule.cap is None else min(amount, rule.cap)


def _step_is_there(limit: int | None, target: int | None, step: int, hundredths: int) -> bool:
    """Whether the limit stands where the step leads to, or farther the same way by less than is worth changing."""
    if limit is None or target is None or limit == target:
        return limit == target
    return (target < limit if step > 0 else target > limit) and not _worth_changing(limit, target, hundredths)


def _worth_changing(limit: int | None, target: int | None, hundredths: int) -> bool:
    """None, 0 and an amount are three different things; of two amounts the difference must be large enough."""
    if limit is None or target is None or 0 in (limit, target):
        return True
    return Fraction(abs(target - limit), limit) >= Fraction(hundredths, 10_000)


def roles(policy: Policy, call: Called, amount: int | None) -> tuple[str, ...]:
    """Who has to approve a call; `amount` is what the action is about, in the policy's currency."""
    return tuple(sorted({one.role for one in policy.approvals if _needs(one, call, amount)}))


def _needs(one: Approval, call: Called, amount: int | None) -> bool:
    """Whether an entry is of this kind of action, and every bound that it gives is exceeded."""
    if one.action != model.kind_of(call.action):
        return False
    if isinstance(call.action, model.SetCreditLimit):
        assert not isinstance(call.after, str)
        amount = call.after
    if one.above is not None and (amount is None or amount <= one.above):
        return False
    if one.raise_hundredths is not None and not _raised(call, one.raise_hundredths):
        return False
    return one.above_days is None or (isinstance(call.after, int) and call.after > one.above_days)


def _raised(call: Called, hundredths: int) -> bool:
    """Whether a limit is raised by more than that; a first one, and one after 0, is a raise beyond any."""
    before, after = call.before, call.after
    if not isinstance(after, int):
        return False
    if not isinstance(before, int) or before == 0:
        return after > 0
    return Fraction(after - before, before) > Fraction(hundredths, 10_000)
