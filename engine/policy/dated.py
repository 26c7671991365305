"""The book of a dated case: one customer, what is owed, what happens on which day, and when the policy was applied.

Comes in: a case that has a `book`. Goes out: a Dated with every literal parsed, or a problem at the exact place.
Know before changing: amounts are in minor units of the policy's currency. The events are walked through once, in the order of
their days; what one of them leaves out (all that is open) is filled in then, and what cannot be (a payment of more than is open)
is told then. Whoever lays the book down need not think about either.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine import money
from engine.dates import shifted
from engine.errors import Place, nearest
from engine.policy import literals
from engine.policy.cursor import Cursor
from engine.policy.model import NOWHERE, Subject

Value = int | str | None
Said = Mapping[str, Value]

CHANNELS = ("email", "letter")
# As many runs as a case may have; the schema says the same.
MOST_RUNS = 400
_NEVER = "9999-12-31"
_AMOUNTS = frozenset({"amount", "credit_limit"})
_DAYS = frozenset({"due", "issued", "on", "promised", "since", "until"})


@dataclass(frozen=True, slots=True)
class Owed:
    """One receivable of the book."""

    number: str
    issued: str
    due: str
    amount: int
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens on a day: the key of the file, and what stands behind it."""

    on: str
    kind: str
    said: Said
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Dated:
    """A small book. `events` are sorted by day, `runs` too; `about` is the receivable looked at, None for all of them."""

    customer: Said
    reachable_by: tuple[str, ...]
    receivables: tuple[Owed, ...]
    events: tuple[Event, ...]
    runs: tuple[str, ...]
    about: str | None


def read(case: Cursor, currency: str, subject: Subject) -> Dated | None:
    """The book of a case; None where it has none. What belongs to the other kind of case is refused."""
    book = case.at("book")
    if not case.has("book"):
        for key in ("about", "as_of", "runs"):
            _strange(case, key, "it belongs to a case with a book")
        if not case.has("given"):
            case.wrong("missing-key", "'given' is missing: the facts of the made subject; or write a book instead")
        return None
    for key in ("given", "held"):
        _strange(case, key, "the book says how things stand; remove one of the two")
    if not case.has("as_of"):
        case.wrong("missing-key", "'as_of' is missing: the day of a case with a book")
    owed = tuple(_owed(part, currency) for part in book.at("receivables").elements())
    book.at("receivables").distinct("number", "duplicate-id")
    as_of = literals.date(case.at("as_of")) if case.has("as_of") else _NEVER
    desk = _Desk({one.number: one for one in owed}, {one.number: one.amount for one in owed}, currency)
    happened = sorted(_events(book, currency), key=lambda one: str(one[1]["on"]))
    events = tuple(desk.settled(here, said, as_of) for here, said in happened)
    if subject is Subject.CUSTOMER:
        _strange(case, "about", "this policy decides about customers as a whole; remove it")
    elif case.has("about"):
        desk.known(case.at("about"))
    customer = book.at("customer")
    reach = tuple(part.text() for part in customer.at("reachable_by").elements())
    return Dated(
        _said(customer, currency),
        reach if customer.has("reachable_by") else CHANNELS,
        owed,
        events,
        _runs(case, [*(one.issued for one in owed), *(one.on for one in events)], as_of),
        case.at("about").text() or None,
    )


def _strange(case: Cursor, key: str, why: str) -> None:
    """A key that the other kind of case has."""
    if case.has(key):
        case.at(key).wrong("too-many-keys", f"'{key}' is one key too many here; {why}", on_key=True)


def _owed(here: Cursor, currency: str) -> Owed:
    """One receivable; without a day of issue, 30 days before it is due."""
    due = literals.date(here.at("due"))
    issued = literals.date(here.at("issued")) if here.has("issued") else _shifted(due, -30)
    if issued > due:
        here.at("issued").wrong("impossible-event", f"issued on {issued}, after it is due ({due}); change one of them")
    amount = literals.amount_from(here.at("amount"), currency, 1)
    return Owed(here.at("number").text(), issued, due, amount, here.at("kind").text("invoice"))


def _runs(case: Cursor, begins: list[str], as_of: str) -> tuple[str, ...]:
    """The days on which the policy is applied, none after the day of the case."""
    here = case.at("runs")
    if as_of == _NEVER:
        return ()
    if here.value == "daily":
        first = min(begins, default=as_of)
        count = (dt.date.fromisoformat(as_of) - dt.date.fromisoformat(first)).days if _is_day(as_of, first) else 0
        if count > MOST_RUNS:
            here.wrong("out-of-range", f"daily from {first} on would be {count} runs; write their dates")
            return ()
        return tuple(_shifted(first, number) for number in range(max(count, 0)))
    days = []
    for part in here.elements():
        days.append(literals.date(part))
        if days[-1] > as_of:
            part.wrong("impossible-event", f"a run on {days[-1]} is after the day of the case ({as_of}); remove it")
    return tuple(sorted(days))


def _events(book: Cursor, currency: str) -> Iterator[tuple[Cursor, Said]]:
    """What stands behind each event, with its day; those that the schema refuses are left out."""
    for item in book.at("events").elements():
        day = literals.date(item.at("on"))
        part = next((part for part in item.members() if part.key != "on"), None)
        if part is None and item.has("on"):
            item.wrong("missing-key", "it says no more than the day; write what happens, such as payment: {receivable: R-1}")
        if part and isinstance(part.value, dict) and item.has("on") and _is_day(day):
            yield part, {"on": day, **_said(part, currency)}


def _said(here: Cursor, currency: str) -> dict[str, Value]:
    """The values of a mapping by their keys: amounts in minor units, days checked, flags as 0 and 1."""
    found: dict[str, Value] = {}
    for part in here.members():
        if part.key in _AMOUNTS:
            found[part.key] = literals.amount_from(part, currency, 1 if part.key == "amount" else 0)
        elif part.key in _DAYS:
            found[part.key] = literals.date(part)
        elif not isinstance(part.value, list | dict):
            found[part.key] = int(part.value) if isinstance(part.value, bool) else part.value
    return found


@dataclass(slots=True)
class _Desk:
    """What is known while the events are walked through; `open` is what is open of each receivable."""

    owed: Mapping[str, Owed]
    open: dict[str, int]
    currency: str
    paid: dict[str, list[int]] = field(default_factory=dict)
    standing: dict[tuple[str, ...], int] = field(default_factory=dict)

    def settled(self, here: Cursor, said: Said, as_of: str) -> Event:
        """The event with what it leaves out; what cannot be is told."""
        on, found = str(said["on"]), {key: value for key, value in said.items() if key != "on"}
        if on > as_of and not here.refused():
            message = f"this happens on {on}, after the day of the case ({as_of}); write a day up to then, or leave it out"
            here.wrong("impossible-event", message, on_key=True)
        owed = self.known(here.at("receivable")) if here.has("receivable") else None
        if owed and on < owed.issued:
            message = f"'{owed.number}' is owed from {owed.issued} on, not on {on}; write a later day, or issue it sooner"
            here.at("receivable").wrong("impossible-event", message)
        law = _LAWS.get(here.key)
        if law and (owed or not here.has("receivable")):
            law(self, here, on, found)
        return Event(on, here.key, found, here.place)

    def known(self, here: Cursor) -> Owed | None:
        """The receivable of the book that is named."""
        number = here.text()
        if number and number not in self.owed:
            hint = nearest(number, self.owed) or "; write one of those under receivables"
            here.wrong("unknown-receivable", f"'{number}' is no receivable of this book{hint}")
        return self.owed.get(number)

    def pays(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """A payment or credit: never more than is open."""
        number = str(said.get("receivable", ""))
        if not number:
            if "amount" not in said:
                here.wrong("missing-key", "'amount' is missing: how much, where no receivable is named")
            return
        rest = self.open[number]
        amount = said.setdefault("amount", rest)
        assert isinstance(amount, int), amount
        if here.at("amount").refused():
            return
        if not 0 < amount <= rest:
            left = money.plain(rest, self.currency) if rest else "nothing"
            here.wrong("impossible-event", f"of '{number}' {left} is open on {on}; write no more than that, or leave it out")
            # What comes after it is told of what it should have said.
            amount = rest
        self.open[number] -= amount
        if here.key == "payment" and amount:
            self.paid.setdefault(number, []).append(amount)

    def bounces(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """The last payment that stands is taken back."""
        number = str(said.get("receivable", ""))
        if not self.paid.get(number):
            here.wrong("impossible-event", f"no payment of '{number}' stands on {on}; write the payment before this")
            return
        self.open[number] += self.paid[number].pop()

    def contests(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """A dispute: of no more than the receivable is about."""
        number, amount = str(said.get("receivable", "")), said.get("amount")
        if number in self.owed and isinstance(amount, int) and amount > self.owed[number].amount:
            here.at("amount").wrong("impossible-event", f"'{number}' was never about that much; leave it out for the whole")
        self._begin("dispute", number)

    def promises(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """A promise: of all that is open, where it does not say how much."""
        number = said.get("receivable")
        issued = (self.open[one.number] for one in self.owed.values() if one.issued <= on)
        rest = sum(issued) if number is None else self.open[str(number)]
        if not said.setdefault("amount", rest) and not here.at("amount").refused():
            here.wrong("impossible-event", f"nothing is open on {on} that could be promised; write the amount")
        self._not_before(here, "promised", on, said)

    def holds(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """A hold: on a receivable only where it stops the chasing."""
        if said.get("kind") == "credit" and "receivable" in said:
            here.at("receivable").wrong("impossible-event", "a credit hold is on the customer; leave the receivable out")
        self._not_before(here, "until", on, said)
        self._begin("hold", str(said.get("kind")), str(said.get("receivable", "")))

    def lasts(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """What is good until a day."""
        self._not_before(here, "until", on, said)

    def orders(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """An order has a number of its own."""
        if self.standing.get(("order", str(said.get("number")))) is not None:
            here.at("number").wrong("duplicate-id", f"an order before is '{said.get('number')}' already; give each its own")
        self._begin("order", str(said.get("number")))

    def ends(self, here: Cursor, on: str, said: dict[str, Value]) -> None:
        """What is to end must have begun, and not have ended yet."""
        names: tuple[str, ...]
        match here.key:
            case "dispute_resolved":
                what, names = f"dispute of '{said.get('receivable')}'", ("dispute", str(said.get("receivable")))
            case "hold_released":
                what, names = "such hold", ("hold", str(said.get("kind")), str(said.get("receivable", "")))
            case _:
                what, names = "order of that number", ("order", str(said.get("number")))
        if not self.standing.get(names):
            here.wrong("impossible-event", f"no {what} stands on {on}; write its beginning before this")
            return
        self.standing[names] -= 1

    def _begin(self, *names: str) -> None:
        """One more of these stands."""
        self.standing[names] = self.standing.get(names, 0) + 1

    def _not_before(self, here: Cursor, key: str, on: str, said: dict[str, Value]) -> None:
        """A last day is not before the first one."""
        if key in said and str(said[key]) < on:
            here.at(key).wrong("impossible-event", f"{said[key]} is before the day of the event ({on}); write a later day")


_LAWS: dict[str, Callable[[_Desk, Cursor, str, dict[str, Value]], None]] = {
    "payment": _Desk.pays,
    "payment_reversed": _Desk.bounces,
    "credit": _Desk.pays,
    "dispute": _Desk.contests,
    "dispute_resolved": _Desk.ends,
    "promise": _Desk.promises,
    "hold": _Desk.holds,
    "hold_released": _Desk.ends,
    "order": _Desk.orders,
    "order_closed": _Desk.ends,
    "assessment": _Desk.lasts,
    "security": _Desk.lasts,
}


def _is_day(*days: str) -> bool:
    """Whether the texts are days of the calendar; where one is not, that was told already."""
    for day in days:
        try:
            dt.date.fromisoformat(day)
        except ValueError:
            return False
    return True


def _shifted(day: str, days: int) -> str:
    """The day so many days later; a text that is no day stays."""
    return shifted(day, days) if _is_day(day) else day
