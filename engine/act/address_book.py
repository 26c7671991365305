"""What the book says of the customers that a plan touches: who they are, how to reach them, what was done before.

Comes in: a Snapshot with its picks. Goes out: an AddressBook that answers from memory.
Know before changing: it holds only what concerns picked subjects, so it grows with the actions and not with the book.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine import money
from engine.act.values import Item
from engine.book.snapshot import Snapshot, lay, rate
from engine.policy.model import Channel, Notice
from engine.sources import SOURCES

FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as a plan names it."""

    id: int
    number: str
    name: str
    entity_id: int
    language: str | None
    collector: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a notice goes: an e-mail address, a postal address, or the customer's number on the portal."""

    channel: Channel
    name: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class _Contact:
    """Somebody at a customer; `reachable` is false where nobody may write to them."""

    name: str
    email: str | None
    address: str | None
    language: str | None
    reachable: bool


@dataclass(slots=True)
class AddressBook:
    """Answers about the picked customers."""

    snapshot: Snapshot
    customers: dict[int, Customer] = field(default_factory=dict)
    entities: dict[int, str] = field(default_factory=dict)
    contacts: dict[int, list[_Contact]] = field(default_factory=dict)
    holds: dict[int, list[tuple[str, bool]]] = field(default_factory=dict)
    done: dict[str, tuple[int, bool]] = field(default_factory=dict)
    statements: dict[int, dict[tuple[int, str], list[Item]]] = field(default_factory=dict)
    rates: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def customer(self, customer_id: int) -> Customer:
        """The customer of a pick."""
        return self.customers[customer_id]

    def entity(self, entity_id: int) -> str:
        """The code of an entity."""
        return self.entities[entity_id]

    def recipient(self, customer_id: int, notice: Notice) -> Recipient | None:
        """The first contact that the channel reaches, or else the other channel; None where nobody may be written to."""
        for channel in (notice.channel, notice.otherwise):
            found = self._by_channel(customer_id, channel) if channel else None
            if found:
                return found
        return None

    def held(self, customer_id: int) -> frozenset[str]:
        """The reasons of the credit holds in force."""
        return frozenset(reason for reason, _ in self.holds.get(customer_id, ()))

    def held_by_policy(self, customer_id: int) -> frozenset[str]:
        """The reasons of the credit holds in force that a policy set; what a person set, a person releases."""
        return frozenset(reason for reason, by_policy in self.holds.get(customer_id, ()) if by_policy)

    def occurrences(self, stem: str) -> int:
        """How often the effect under this key stem was carried out, reversed or not."""
        return self.done.get(stem, (0, False))[0]

    def alive(self, stem: str) -> bool:
        """Whether an effect under this key stem, or a letter of it, stands, not reversed."""
        return self.done.get(stem, (0, False))[1]

    def statement(self, customer_id: int) -> Mapping[tuple[int, str], tuple[Item, ...]]:
        """The overdue receivables of a customer (all open ones where none is overdue) by entity and currency."""
        found = self.statements.get(customer_id, {})
        overdue = any(item.days_past_due > 0 for items in found.values() for item in items)
        kept = {
            where: tuple(item for item in items if item.chased > 0 and (item.days_past_due > 0 or not overdue))
            for where, items in sorted(found.items())
        }
        return {where: items for where, items in kept.items() if items}

    def converted(self, amount: int, source: str, target: str) -> int:
        """An amount at the as-of rate, half-up. Refusal `no-rate` where there is none."""
        if source == target:
            return amount
        if (source, target) not in self.rates:
            self.rates[source, target] = rate(self.snapshot, source, target)
        return money.convert(amount, *self.rates[source, target])

    def _by_channel(self, customer_id: int, channel: Channel) -> Recipient | None:
        """The first reachable contact of the channel, in the order they were recorded."""
        customer = self.customers[customer_id]
        contacts = self.contacts.get(customer_id, [])
        for contact in contacts:
            address = contact.email if channel is Channel.EMAIL else contact.address
            if channel is Channel.PORTAL:
                address = customer.number
            if contact.reachable and address:
                language = contact.language or customer.language or FALLBACK_LANGUAGE
                return Recipient(channel, contact.name, address, language)
        return None


def read(snapshot: Snapshot) -> AddressBook:
    """All that the picked subjects' actions may need, in a handful of statements."""
    book = AddressBook(snapshot)
    run, named = snapshot.book.execute, dict(snapshot.parameters)
    lay(
        snapshot.book,
        "touched",
        "customer_id INTEGER PRIMARY KEY",
        "SELECT p.customer_id FROM picked_receivable AS k JOIN position AS p ON p.receivable_id = k.subject_id"
        " UNION SELECT subject_id FROM picked_customer UNION SELECT subject_id FROM picked_credit",
        {},
    )
    book.entities = dict(run("SELECT id, code FROM entities"))
    book.customers = {row[0]: Customer(*row) for row in run(_CUSTOMERS, named)}
    for customer, *contact in run(_CONTACTS, named):
        book.contacts.setdefault(customer, []).append(_Contact(*contact))
    book.holds = credit_holds(snapshot, "touched")
    book.done = _stems(run(_DONE, named))
    for customer, entity, currency, *item in run(_STATEMENTS, named):
        book.statements.setdefault(customer, {}).setdefault((entity, currency), []).append(Item(*item))
    return book


def credit_holds(snapshot: Snapshot, customers: str) -> dict[int, list[tuple[str, bool]]]:
    """By customer of a table: the reasons of the credit holds in force, and whether a policy set each."""
    found: dict[int, list[tuple[str, bool]]] = {}
    for customer, reason, by_policy in snapshot.book.execute(_HOLDS.format(customers), dict(snapshot.parameters)):
        found.setdefault(customer, []).append((reason, bool(by_policy)))
    return found


def _stems(rows: Iterable[tuple[str, int]]) -> dict[str, tuple[int, bool]]:
    """By key stem: the highest occurrence, and whether an effect of it stands.

    The letters of one notice to a whole customer (`notice.0.<entity>.<currency>`) count for the notice as well.
    """
    done: dict[str, tuple[int, bool]] = {}
    for key, stands in rows:
        stem, occurrence = key.rsplit("/", 1)
        rule, action = stem.rsplit("/", 1)
        for name in {stem, f"{rule}/{'.'.join(action.split('.')[:2])}"}:
            most, alive = done.get(name, (0, False))
            done[name] = (max(most, int(occurrence)), alive or bool(stands))
    return done


_CUSTOMERS = """SELECT c.id, c.number, COALESCE(v.name, c.number), c.entity_id, v.language, v.collector
FROM touched JOIN customers AS c ON c.id = touched.customer_id LEFT JOIN customer_versions AS v ON v.id = (
  SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.id AND w.valid_from <= :as_of
    AND w.recorded_at <= :known_at ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""
_CONTACTS = """SELECT c.customer_id, c.name, c.email, c.address, c.language, c.do_not_contact = 0
FROM touched JOIN contacts AS c ON c.customer_id = touched.customer_id WHERE c.recorded_at <= :known_at
ORDER BY c.customer_id, c.id"""
_HOLDS = f"""WITH held AS ({SOURCES["held"].sql})
SELECT held.customer_id, held.reason, held.effect_id IS NOT NULL FROM {{0}} JOIN held ON held.customer_id = {{0}}.customer_id
WHERE held.kind = 'credit'"""
_DONE = """SELECT e.key, NOT EXISTS (SELECT 1 FROM effects AS r WHERE r.reverses = e.id AND r.as_of <= :as_of
  AND r.recorded_at <= :known_at)
FROM effects AS e WHERE e.reverses IS NULL AND e.as_of <= :as_of AND e.recorded_at <= :known_at
  AND (e.receivable_id IN (SELECT subject_id FROM picked_receivable)
    OR e.receivable_id IS NULL AND e.customer_id IN (SELECT subject_id FROM picked_customer UNION
      SELECT subject_id FROM picked_credit))"""
_STATEMENTS = f"""WITH contested AS ({SOURCES["contested"].sql})
SELECT p.customer_id, p.entity_id, p.currency, r.number, p.issued, p.due, p.age, p.open,
  p.open - COALESCE(contested.disputed, 0)
FROM picked_customer AS k JOIN position AS p ON p.customer_id = k.subject_id
JOIN receivables AS r ON r.id = p.receivable_id LEFT JOIN contested ON contested.receivable_id = p.receivable_id
ORDER BY p.customer_id, p.due, r.number"""
