"""What the credit policies conclude about every customer on a day: score, rating, limit, terms, next review.

Comes in: a Book and the policies in force. Goes out: a Concluded per customer that a credit policy covers, by number.
Know before changing: these are the conclusions that the plan acts upon, of those too about whom nothing changes; the same
classes, the same law. A limit that a change too small, or a missing fact, leaves alone is concluded as the one in the book.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.book.snapshot import KNOWN_ALL, Snapshot, reading, take
from engine.book.store import Book
from engine.dates import shifted
from engine.decide import classes, credit, scoring, targets
from engine.decide.classes import MASK_COLUMNS, DecidedClass, relation
from engine.decide.evaluate import Value, Values
from engine.decide.findings import Compiled, compile_policy
from engine.decide.settling import settled
from engine.policy.model import Policy, SetCreditLimit, SetTerms, Subject
from engine.sources import column


@dataclass(frozen=True, slots=True)
class Concluded:
    """One customer. Amounts in minor units of `currency`, the policy's; None: none is set, or the policy does not say.

    `limit` and `terms` are what they are to be from today on, approvals aside; `..._before` is what the book has.
    `next_review` is the day on which the next review is called for, by the rating alone.
    """

    customer_id: int
    customer: str
    name: str
    policy: str
    version: int
    currency: str
    score: int | None
    rating: str | None
    rating_before: str | None
    limit: int | None
    limit_before: int | None
    terms: int | None
    terms_before: int | None
    next_review: str | None


def conclusions(
    book: Book, policies: Sequence[Policy], *, as_of: str, known_at: str = KNOWN_ALL
) -> tuple[Concluded, ...]:
    """What is concluded about every customer whom a credit policy covers, in the order of their numbers.

    Refusal `no-rate` or `unknown-assignment`, as for a plan.
    """
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    with reading(book):
        snapshot = take(book, classes.wanted(compiled), as_of=as_of, known_at=known_at)
        classes.cover(snapshot, compiled)
        by_masks = {(one.index, one.masks): one for one in classes.decided(snapshot, compiled)}
        found = [
            one
            for index, policy in enumerate(compiled)
            if policy.policy.credit
            for one in _of_policy(snapshot, index, policy, by_masks)
        ]
    return tuple(sorted(found, key=lambda one: one.customer))


_WHO = """JOIN customers AS h ON h.id = s.customer_id LEFT JOIN customer_versions AS v ON v.id = (
  SELECT w.id FROM customer_versions AS w WHERE w.customer_id = s.customer_id AND w.valid_from <= :as_of
    AND w.recorded_at <= :known_at ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""


def _of_policy(
    snapshot: Snapshot, index: int, one: Compiled, by_masks: dict[tuple[int, tuple[int, ...]], DecidedClass]
) -> Iterator[Concluded]:
    """The customers of one policy."""
    facts = sorted(one.facts)
    query = f"""SELECT s.customer_id, h.number, COALESCE(v.name, h.number), {", ".join(f"m.{m}" for m in MASK_COLUMNS)},
      {", ".join(map(column, facts))}
    FROM {relation(Subject.CUSTOMER, snapshot.tables[one.policy.currency], one.facts)}
    JOIN {classes.members(one.policy)} AS m ON m.subject_id = s.customer_id {_WHO} WHERE m.policy = {index}"""
    for identity, number, name, *rest in snapshot.book.execute(query, dict(snapshot.parameters)):
        masks, values = tuple(rest[: len(MASK_COLUMNS)]), dict(zip(facts, rest[len(MASK_COLUMNS) :], strict=True))
        decision = by_masks[index, masks].decision
        rating = credit.rating_of(one.policy, frozenset(decision.fired))
        limit, terms = values.get(targets.LIMIT), values.get(targets.TERMS)
        for call in settled(one.policy, decision.calls, values):
            if call.reasons:
                continue
            if isinstance(call.action, SetCreditLimit):
                limit = _limit(one.policy, call.action, values)
            elif isinstance(call.action, SetTerms):
                terms = _terms(one.policy, call.action, values)
        yield Concluded(
            customer_id=identity,
            customer=number,
            name=name,
            policy=one.policy.name,
            version=one.policy.version,
            currency=one.policy.currency,
            score=_score(one.policy, values),
            rating=rating[0] if rating else None,
            rating_before=_text(values.get(credit.IN_BOOK)),
            limit=_number(limit),
            limit_before=_number(values.get(targets.LIMIT)),
            terms=_number(terms),
            terms_before=_number(values.get(targets.TERMS)),
            next_review=_next_review(one.policy, rating[0] if rating else None, values, snapshot.as_of),
        )


def _limit(policy: Policy, action: SetCreditLimit, values: Values) -> int | None:
    """The limit that is set."""
    assert policy.credit and policy.credit.limit
    return targets.limit(policy.credit.limit, action.rule, values, action.step).amount


def _terms(policy: Policy, action: SetTerms, values: Values) -> int | None:
    """The terms that are set."""
    assert policy.credit and policy.credit.terms
    return targets.terms(policy.credit.terms, action.rule, values, action.step).amount


def _score(policy: Policy, values: Values) -> int | None:
    """The points in all."""
    assert policy.credit
    return scoring.score(policy.credit.scorecard, values) if policy.credit.scorecard else None


def _next_review(policy: Policy, rating: str | None, values: Values, as_of: str) -> str | None:
    """So many days after the last review as the rating allows, but not before today.

    The first rating is itself a review; whom the book had rated before, and nobody has reviewed, is to be looked at now.
    """
    section = policy.credit.review if policy.credit else None
    if not section or rating is None:
        return None
    since, left = values[credit.SINCE_REVIEW], dict(section.every_days)[rating]
    if isinstance(since, int):
        left -= since
    elif values[credit.IN_BOOK] is not None:
        left = 0
    return shifted(as_of, max(0, left))


def _number(value: Value) -> int | None:
    """A fact that is a number, or missing."""
    assert not isinstance(value, str), value
    return value


def _text(value: Value) -> str | None:
    """A fact that is a text, or missing."""
    return None if value is None else str(value)
