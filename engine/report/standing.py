"""How every customer stands with credit on a day: what the policies conclude, what is owed, which reviews are open.

Comes in: a Book and the policies in force. Goes out: Standings, by number, of the customers whom a credit policy covers, and of
others of whom a review is open.
Know before changing: conclusions are those of act/conclusions.py and amounts are facts, both in the policy's currency. A review
is open as `customer.review_open` means it: asked for, and none has been recorded since.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.act.conclusions import Concluded, conclusions
from engine.book.snapshot import KNOWN_ALL, Wanted, parameters, reading, take
from engine.book.store import Book
from engine.policy.model import Policy
from engine.sql import KNOWN, column, not_reversed


@dataclass(frozen=True, slots=True)
class Owed:
    """What a customer owes, in minor units of the policy's currency."""

    exposure: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Request:
    """A review that was asked for and not recorded yet; `days` until it is due, negative when overdue."""

    requested: str
    due: str
    days: int
    because: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer. `concluded` and `owed` are None where no credit policy covers it; `requests` the earliest due first."""

    customer: str
    name: str
    collector: str | None
    rating: str | None
    concluded: Concluded | None
    owed: Owed | None
    requests: tuple[Request, ...]


def standings(book: Book, policies: Sequence[Policy], *, as_of: str, known_at: str = KNOWN_ALL) -> tuple[Standing, ...]:
    """The customers whom a credit policy covers, and those of whom a review is open. Refusal as for a plan."""
    with reading(book):
        concluded = {one.customer: one for one in conclusions(book, policies, as_of=as_of, known_at=known_at)}
        owed = _owed(book, {one.currency for one in concluded.values()}, as_of, known_at)
        named = parameters(as_of, known_at)
        requests: dict[str, list[Request]] = {}
        for number, *asked in book.execute(_REQUESTS, named):
            requests.setdefault(number, []).append(_request(as_of, *asked))
        who = {row[0]: row[1:] for row in book.execute(_WHO, named)}
    found = []
    for number in sorted(concluded.keys() | requests.keys()):
        one = concluded.get(number)
        debts = owed[one.currency, number] if one else None
        name, collector, rating = who[number]
        found.append(Standing(number, name, collector, rating, one, debts, tuple(requests.get(number, ()))))
    return tuple(found)


def by_policy(several: Iterable[Standing]) -> Iterator[tuple[Concluded, list[tuple[Concluded, Standing]]]]:
    """The covered customers of each policy, in the order of their names; the first of each says which policy it is."""
    groups: dict[str, list[tuple[Concluded, Standing]]] = {}
    for each in several:
        if each.concluded:
            groups.setdefault(each.concluded.policy, []).append((each.concluded, each))
    for name in sorted(groups):
        yield groups[name][0][0], groups[name]


def _request(as_of: str, requested: str, due: str, because: str) -> Request:
    """One review that is open."""
    return Request(requested, due, (date.fromisoformat(due) - date.fromisoformat(as_of)).days, because)


def _owed(book: Book, currencies: Iterable[str], as_of: str, known_at: str) -> dict[tuple[str, str], Owed]:
    """What each customer owes in each of these currencies."""
    facts = ("customer.exposure", "customer.open_amount", "customer.overdue_amount")
    found: dict[tuple[str, str], Owed] = {}
    for currency in sorted(currencies):
        wanted = Wanted(currency, frozenset(facts), all_customers=True)
        table = take(book, [wanted], as_of=as_of, known_at=known_at).tables[currency].customer
        query = f"""SELECT c.number, {", ".join(f"f.{column(fact)}" for fact in facts)}
        FROM {table} AS f JOIN customers AS c ON c.id = f.customer_id"""
        found |= {(currency, number): Owed(*amounts) for number, *amounts in book.execute(query)}
    return found


_REQUESTS = f"""SELECT c.number, q.requested, q.due, q.because FROM review_requests AS q
JOIN customers AS c ON c.id = q.customer_id
WHERE q.requested <= :as_of AND q.{KNOWN} AND {not_reversed("q.effect_id")}
  AND NOT EXISTS (SELECT 1 FROM reviews AS v WHERE v.customer_id = q.customer_id AND v.reviewed >= q.requested
    AND v.reviewed <= :as_of AND v.{KNOWN})
ORDER BY c.number, q.due, q.id"""
_WHO = f"""SELECT c.number, COALESCE(v.name, c.number), v.collector, v.rating FROM customers AS c
LEFT JOIN customer_versions AS v ON v.id = (SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.id
  AND w.valid_from <= :as_of AND w.{KNOWN} AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")})
  ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""
