"""The audit: subjects drawn from the live book are decided one by one, each in a ruleset of its own, and compared.

Comes in: a Book and the policies in force. Goes out: how many subjects were decided again, and the Differences.
Know before changing: findings are evaluated in Python here (decide/evaluate.py), not in SQL, and every subject gets fresh
rulesets; nothing is shared with the way a plan is made but the compiled policy and the law of combining.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.book.snapshot import Snapshot, reading, take
from engine.book.store import Book
from engine.decide.classes import MASK_COLUMNS, DecidedClass, cover, decided, key, members, relation, wanted
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.findings import Compiled, compile_policy
from engine.policy.model import Policy
from engine.sources import column


@dataclass(frozen=True, slots=True)
class Difference:
    """A subject for which the class and the single decision disagree: never seen, and a bug if it is."""

    policy: str
    subject: str
    id: int
    by_class: tuple[str, ...]
    by_itself: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """How many subjects were decided again, and those that came out otherwise."""

    subjects: int
    differences: tuple[Difference, ...]


def audit(book: Book, policies: Sequence[Policy], *, as_of: str, known_at: str, most: int) -> Audited:
    """Decide up to `most` subjects of each policy again, spread evenly over them in the order of their ids."""
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    with reading(book):
        snapshot = take(book, wanted(compiled), as_of=as_of, known_at=known_at)
        cover(snapshot, compiled)
        return _audited(snapshot, compiled, decided(snapshot, compiled), most)


def _audited(snapshot: Snapshot, compiled: Sequence[Compiled], classes: Sequence[DecidedClass], most: int) -> Audited:
    """The sample of every policy, decided by class and by itself."""
    by_masks = {(one.index, one.masks): one for one in classes}
    differences: list[Difference] = []
    count = 0
    for index, one in enumerate(compiled):
        facts = sorted(one.facts)
        for identity, masks, values in _sample(snapshot, index, one, facts, most):
            count += 1
            found = _alone(one, dict(zip(facts, values, strict=True)), snapshot.as_of)
            expected = by_masks[index, masks].decision.fired
            if found != expected:
                differences.append(Difference(one.policy.name, one.policy.subject.value, identity, expected, found))
    return Audited(count, tuple(differences))


def _sample(
    snapshot: Snapshot, index: int, one: Compiled, facts: list[str], most: int
) -> list[tuple[int, tuple[int, ...], tuple[int | str | None, ...]]]:
    """Members of one policy with their packed findings and their facts."""
    subject = one.policy.subject
    name = key(subject)
    query = f"""SELECT m.subject_id, {", ".join(f"m.{m}" for m in MASK_COLUMNS)}, {", ".join(map(column, facts))}
    FROM {relation(subject, snapshot.tables[one.policy.currency], one.facts)}
    JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY subject_id) - 1 AS place, COUNT(*) OVER () AS number
      FROM {members(one.policy)} WHERE policy = {index}) AS m ON m.subject_id = s.{name}
    WHERE m.number <= :most OR m.place * :most / m.number <> (m.place - 1) * :most / m.number OR m.place = 0
    ORDER BY m.subject_id LIMIT :most"""
    rows = snapshot.book.execute(query, {"most": most}).fetchall()
    width = len(MASK_COLUMNS)
    return [(row[0], tuple(row[1 : 1 + width]), tuple(row[1 + width :])) for row in rows]


def _alone(one: Compiled, values: dict[str, int | str | None], as_of: str) -> tuple[str, ...]:
    """What fires for a subject decided by itself."""
    with rulesets(one) as rules:
        return decide(one, rules, row_of(one, values, as_of)).fired
