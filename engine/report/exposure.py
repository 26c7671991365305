"""What we stand to lose, as of a date: named buckets that add up to the exposure, what secures it, limits, concentration.

Comes in: a Book, a date, a currency, what to group by. Goes out: an Exposure.
Know before changing: each line is exactly the sum of its customers (report/exposed.py), limits and headroom as `Line` says. Where
no currency is asked for and our entities have several, each currency that was billed in is a part for itself: nothing is
converted or added across, and limits and security, which are of a customer as a whole, are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.book.snapshot import KNOWN_ALL, reading
from engine.book.store import Book
from engine.errors import Place, Problem, Refusal, nearest
from engine.money import CURRENCIES
from engine.report.concentration import Concentration, concentration
from engine.report.exposed import BILLED_IN, Buckets, Customer, as_billed, converted

UNKNOWN = "(not known)"


class By(StrEnum):
    """What the lines of the report are."""

    CUSTOMER = "customer"
    GROUP = "group"
    COUNTRY = "country"
    INDUSTRY = "industry"
    SEGMENT = "segment"
    ENTITY = "entity"


PLURALS = {
    By.CUSTOMER: "customers",
    By.GROUP: "groups",
    By.COUNTRY: "countries",
    By.INDUSTRY: "industries",
    By.SEGMENT: "segments",
    By.ENTITY: "entities",
}
# What concentration is told of.
CONCENTRATED = (By.CUSTOMER, By.GROUP, By.COUNTRY, By.INDUSTRY)


@dataclass(frozen=True, slots=True)
class Line:
    """Customers added up. `limit` adds up the limits in force of those who have one (None: nobody has), `limited` their exposure.

    `over` adds up by how much customers are beyond their headroom, `over_customers` counts them; `held` counts those on credit
    hold. `headroom` is added up group by group, each part no more than the limit of its group leaves.
    """

    key: str
    name: str
    customers: int
    buckets: Buckets
    insured: int
    guaranteed: int
    covered: int
    limit: int | None
    limited: int
    limited_customers: int
    headroom: int | None
    over: int
    over_customers: int
    held: int
    held_exposure: int

    @property
    def exposure(self) -> int:
        """That of its buckets."""
        return self.buckets.exposure

    @property
    def unsecured(self) -> int:
        """The exposure that nothing covers."""
        return self.exposure - self.covered

    @property
    def utilisation(self) -> int | None:
        """Hundredths of a percent of the limits that are used; None where there are none, or only limits of 0."""
        if not self.limit:
            return None
        doubled = (20_000 * abs(self.limited) + self.limit) // (2 * self.limit)
        return -doubled if self.limited < 0 else doubled


@dataclass(frozen=True, slots=True)
class Part:
    """The report in one currency: lines from the largest exposure to the smallest, their total, and how concentrated it is.

    `others` is all beyond the largest lines asked for. `at_risk` adds up the exposures above zero, which shares are of.
    """

    currency: str
    lines: tuple[Line, ...]
    others: Line | None
    total: Line
    at_risk: int
    concentrations: tuple[Concentration, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """The report: `together` in one currency, or a part for each that was billed in; none where the book is empty."""

    as_of: str
    known_at: str
    by: By
    parts: tuple[Part, ...]
    together: bool


_HOMES = (
    """SELECT DISTINCT e.currency FROM customers AS c JOIN entities AS e ON e.id = c.entity_id ORDER BY e.currency"""
)


def exposure(
    book: Book,
    *,
    as_of: str,
    known_at: str = KNOWN_ALL,
    currency: str | None = None,
    by: By | str = By.CUSTOMER,
    top: int | None = None,
) -> Exposure:
    """The report as of a date, of the `top` largest lines (None: of all) and the others as one.

    Refusal `unknown-currency`, or `no-rate` where an amount cannot be converted.
    """
    if currency is not None and currency not in CURRENCIES:
        message = f"'{currency}' is not a currency of ISO 4217{nearest(currency.upper(), CURRENCIES)}"
        raise Refusal([Problem(Place("--currency"), "unknown-currency", message)])
    by = By(by)
    with reading(book):
        homes = [row[0] for row in book.execute(_HOMES)]
        if currency or len(homes) == 1:
            found = {currency or homes[0]: converted(book, currency or homes[0], as_of, known_at)}
        else:
            found = {row[0]: as_billed(book, row[0], as_of, known_at) for row in book.execute(BILLED_IN).fetchall()}
    parts = tuple(_part(each, customers, by, top) for each, customers in found.items() if customers)
    return Exposure(as_of, known_at, by, parts, together=currency is not None or len(homes) == 1)


def added(key: str, name: str, customers: Sequence[Customer]) -> Line:
    """Customers as one line."""
    limits = [each for each in customers if each.limit is not None]
    rooms = [each.headroom for each in customers if each.headroom is not None]
    held = [each for each in customers if each.held]
    return Line(
        key=key,
        name=name,
        customers=len(customers),
        buckets=_sum(each.buckets for each in customers),
        insured=sum(each.insured for each in customers),
        guaranteed=sum(each.guaranteed for each in customers),
        covered=sum(each.covered for each in customers),
        limit=sum(each.limit or 0 for each in limits) if limits else None,
        limited=sum(each.buckets.exposure for each in limits),
        limited_customers=len(limits),
        headroom=_headroom(customers),
        over=sum(-room for room in rooms if room < 0),
        over_customers=sum(room < 0 for room in rooms),
        held=len(held),
        held_exposure=sum(each.buckets.exposure for each in held),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """The customers of one line, and their exposure."""

    key: str
    name: str
    members: tuple[Customer, ...]
    exposure: int


def _part(currency: str, customers: Sequence[Customer], by: By, top: int | None) -> Part:
    """The report in one currency. Only the lines that are shown are added up in full; there may be 100,000 others."""
    groups = {each: _grouped(customers, each) for each in dict.fromkeys((by, *CONCENTRATED))}
    shown, rest = groups[by][:top], groups[by][len(groups[by][:top]) :]
    left_out = f"{len(rest):,} other {PLURALS[by] if len(rest) > 1 else by}"
    others = [member for group in rest for member in group.members]
    return Part(
        currency=currency,
        lines=tuple(added(group.key, group.name, group.members) for group in shown),
        others=added("", left_out, others) if rest else None,
        total=added("", "total", customers),
        at_risk=sum(max(group.exposure, 0) for group in groups[by]),
        concentrations=tuple(
            concentration(each, [(group.name, group.exposure) for group in groups[each]]) for each in CONCENTRATED
        ),
        counts=_counts(customers),
    )


def _grouped(customers: Iterable[Customer], by: By) -> list[_Group]:
    """The customers of each customer, group, country and so on, the largest exposure first."""
    members: dict[tuple[str, str], list[Customer]] = {}
    for each in customers:
        members.setdefault(_key(each, by), []).append(each)
    groups = [
        _Group(key, name, tuple(group), sum(each.buckets.exposure for each in group))
        for (key, name), group in members.items()
    ]
    return sorted(groups, key=lambda group: (-group.exposure, group.key))


def _key(customer: Customer, by: By) -> tuple[str, str]:
    """What a customer is counted under, and how that is called."""
    match by:
        case By.CUSTOMER:
            return customer.number, customer.name
        case By.GROUP:
            return customer.group, customer.group_name
        case By.COUNTRY:
            return customer.country or "", customer.country or UNKNOWN
        case By.INDUSTRY:
            return customer.industry or "", customer.industry or UNKNOWN
        case By.SEGMENT:
            return customer.segment or "", customer.segment or UNKNOWN
        case By.ENTITY:
            return customer.entity, customer.entity


def _sum(several: Iterable[Buckets]) -> Buckets:
    """Buckets added up, each for itself."""
    return Buckets(*map(sum, zip(Buckets(), *several, strict=True)))


def _headroom(customers: Iterable[Customer]) -> int | None:
    """What may still be sold to these customers together: group by group the own limits' headroom, or the group's if less."""
    groups: dict[str, list[int | None]] = {}
    for each in customers:
        own = None if each.limit is None else each.limit - each.buckets.exposure
        sum_of, group = groups.get(each.group, [None, each.group_headroom])
        groups[each.group] = [sum_of if own is None else own + (sum_of or 0), group]
    rooms = [min(left) for room in groups.values() if (left := [each for each in room if each is not None])]
    return sum(rooms) if rooms else None


def _counts(customers: Sequence[Customer]) -> tuple[tuple[str, int], ...]:
    """How many customers have something in each bucket."""
    buckets = [each.buckets for each in customers]
    own = zip(Buckets._fields, (sum(map(bool, column)) for column in zip(*buckets, strict=True)), strict=True)
    return (
        *own,
        ("open", sum(each.open > 0 for each in buckets)),
        ("exposure", sum(each.exposure != 0 for each in buckets)),
        ("covered", sum(each.covered > 0 for each in customers)),
        ("unsecured", sum(each.covered < each.buckets.exposure for each in customers)),
    )
