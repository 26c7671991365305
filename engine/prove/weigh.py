"""How many subjects of the book stand where a finding says that something is wrong, and what they owe.

Comes in: a Book, a date, Findings with their regions. Goes out: the Findings with their weights.
Know before changing: the region is the condition that was proved, as the engine's own SQL (findings.holds); nothing is counted in
another way than a preview would. Assignments by name are not looked at, as in the proof.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.book.snapshot import KNOWN_ALL, Snapshot, Wanted, reading, take
from engine.book.store import Book
from engine.decide.classes import relation
from engine.decide.findings import Texts, facts_of, findings_of, holds
from engine.decide.scoring import score_sql
from engine.policy.model import All, Any, Comparison, Condition, MonthEnd, Nor, Policy, Subject
from engine.prove.lab import Finding, Region, Weight
from engine.prove.ratings import without_ratings
from engine.sources import column

_OWED = "customer.open_amount"


def weighed(book: Book, findings: Sequence[Finding], as_of: str) -> tuple[Finding, ...]:
    """The findings, each with how many subjects of the book it is about on the date."""
    with reading(book):
        return tuple(_weighed(book, one, as_of) for one in findings)


def _weighed(book: Book, finding: Finding, as_of: str) -> Finding:
    """One finding with its weight, where it has a region."""
    if finding.region is None:
        return finding
    policy, condition = finding.region.policy, without_ratings(finding.region.condition, finding.region.policy)
    facts = _facts(finding.region, condition)
    wanted = Wanted(policy.currency, facts | {_OWED}, policy.subject is Subject.CUSTOMER)
    snapshot = take(book, [wanted], as_of=as_of, known_at=KNOWN_ALL)
    return replace(finding, weight=_counted(snapshot, policy, condition, facts))


def _counted(snapshot: Snapshot, policy: Policy, condition: Condition, facts: frozenset[str]) -> Weight:
    """The subjects for which the condition holds, and what is open of them."""
    texts = Texts()
    rows = relation(policy.subject, snapshot.tables[policy.currency], facts | {_OWED})
    if policy.credit and policy.credit.scorecard:
        points = score_sql(policy.credit.scorecard, texts.parameters)
        rows = f"(SELECT s.*, {points} AS {column('score')} FROM {rows}) AS s"
    open_ = "s.value" if policy.subject is Subject.RECEIVABLE else column(_OWED)
    query = f"SELECT COUNT(*), COALESCE(SUM({open_}), 0) FROM {rows} WHERE {_where(condition, texts)}"
    count, total = snapshot.book.execute(query, {**snapshot.parameters, **texts.parameters}).fetchone()
    return Weight(count, total)


def _where(condition: Condition, texts: Texts) -> str:
    """SQL of the condition, which may have lists in which nothing stands."""
    plain = _plain(condition)
    return str(int(plain)) if isinstance(plain, bool) else holds(plain, texts)


def _plain(condition: Condition) -> Condition | bool:
    """The condition without empty lists; whether it holds where nothing else is left of it."""
    match condition:
        case Comparison() | MonthEnd():
            return condition
        case Nor(of):
            inner = _plain(Any(of))
            return not inner if isinstance(inner, bool) else Nor((inner,))
        case All(of) | Any(of):
            parts, decisive = [_plain(part) for part in of], isinstance(condition, Any)
    if decisive in parts:
        return decisive
    kept = tuple(part for part in parts if not isinstance(part, bool))
    return type(condition)(kept) if kept else not decisive


def _facts(region: Region, condition: Condition) -> frozenset[str]:
    """What the SQL of the region reads."""
    own = {name for finding in findings_of(condition) for name in facts_of(finding)}
    card = region.policy.credit.scorecard if region.policy.credit else None
    return frozenset(own | ({one.fact for one in card.characteristics} if card else set()))
