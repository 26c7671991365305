"""Random policies and random books, thick around the boundaries, for the property tests.

Comes in: nothing. Goes out: hypothesis strategies: `books` (a Books with its date) and `policies`.
Know before changing: dates stand at offsets from as_of that literals of policies use too, amounts are from one short list,
so that `n - 1`, `n` and `n + 1` of every bound meet. Books keep what intake guarantees: nothing is over-allocated at any
moment of knowledge, ids and dates of effects grow together.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from engine import money
from tests import oracle_facts
from tests.books import FOREVER, RECORDED, Books, day

AS_OF = ("2026-03-31", "2024-02-29", "2026-03-15", "2025-01-01")
MOMENT, LATER = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
BACK = (-800, -367, -366, -365, -364, -91, -90, -61, -60, -31, -30, -16, -15, -14, -8, -7, -6, -4, -3, -2, -1, 0)
AHEAD = (1, 2, 3, 7, 30)
MINOR = (1, 2, 499, 500, 501, 9_999, 10_000, 10_001, 25_000, 333_333)
RATES = ("0.9", "1", "1.085", "0.5", "3.0517", "151.2", "0.0061")
SEGMENTS = ("sme", "retail", "key")
INDUSTRIES = ("food", "retail")
POLICIES = ("p1", "p2", "p3")


@dataclass
class Drawn:
    """A book, its date, and the moment it is known at."""

    books: Books
    as_of: str
    known_at: str


def offsets(*, ahead: bool = True) -> st.SearchStrategy[int]:
    """Days from as_of, near the boundaries."""
    return st.sampled_from(BACK + AHEAD if ahead else BACK)


@st.composite
def books(draw: st.DrawFn, *, customers: int = 3) -> Drawn:
    """A book of a few customers of two entities, with all that can happen to them."""
    as_of = draw(st.sampled_from(AS_OF))
    found = Books().entity("E1", draw(st.sampled_from(CURRENCIES))).entity("E2", draw(st.sampled_from(CURRENCIES)))
    _rates(draw, found, as_of)
    _market(draw, found, as_of)
    for number in range(draw(st.integers(1, customers))):
        _customer(draw, found, as_of, f"C{number}")
    return Drawn(found, as_of, draw(st.sampled_from((FOREVER, FOREVER, MOMENT))))


def _rates(draw: st.DrawFn, found: Books, as_of: str) -> None:
    """A quotation of each pair long ago, in one direction or the other, and a few newer ones (some in the future)."""
    for position, one in enumerate(CURRENCIES):
        for other in CURRENCIES[position + 1 :]:
            source, target = (one, other) if draw(st.booleans()) else (other, one)
            found.rate(day(as_of, -900), source, target, draw(st.sampled_from(RATES)))
    for shift in draw(st.lists(st.sampled_from((-30, -1, 0, 1)), max_size=2, unique=True)):
        source, target = draw(st.permutations(CURRENCIES))[:2]
        found.rate(day(as_of, shift), source, target, draw(st.sampled_from(RATES)))


def _customer(draw: st.DrawFn, found: Books, as_of: str, number: str) -> None:
    """One customer with everything of theirs."""
    found.at(RECORDED).customer(number, entity=draw(st.sampled_from(("E1", "E2"))), **_profile(draw, number, as_of))
    if draw(st.booleans()):
        found.at(_recorded(draw)).version(number, valid_from=day(as_of, draw(offsets())),
                                          **_profile(draw, number, as_of))
    for _ in range(draw(st.sampled_from((1, 1, 2, 0)))):
        found.at(_recorded(draw)).contact(number, **draw(_contacts))
    for place in range(draw(st.integers(0, 3))):
        _receivable(draw, found, as_of, number, f"{number}-R{place}")
    for place in range(draw(st.integers(0, 1))):
        _loose(draw, found, as_of, number, f"{number}-L{place}")
    if draw(st.booleans()):
        _records_of_customer(draw, found, as_of, number)
    _effects_of_customer(draw, found, as_of, number)
    _credit(draw, found, as_of, number)
    found.at(RECORDED)


_contacts = st.fixed_dictionaries({
    "email": st.sampled_from(("a@example.org", "a@example.org", None)), "phone": st.sampled_from((None, "+49 30 1")),
    "address": st.sampled_from((None, "Street 1")), "do_not_contact": st.sampled_from((0, 0, 0, 0, 1))})


def _recorded(draw: st.DrawFn, floor: str = RECORDED) -> str:
    """When a row was recorded: mostly long ago, now and then after the moment of knowledge; never before `floor`."""
    return max(floor, draw(st.sampled_from((RECORDED, RECORDED, RECORDED, LATER))))


def _profile(draw: st.DrawFn, number: str, as_of: str) -> dict[str, Any]:
    """What describes a customer; much of it may be missing."""
    currency = draw(st.sampled_from(CURRENCIES))
    limit = draw(st.sampled_from((None, 0, 10_000, 500_000)))
    return {
        "segment": draw(st.sampled_from((None, *SEGMENTS))), "rating": draw(st.sampled_from((None, "A", "D"))),
        "country": draw(st.sampled_from((None, "NO", "CN"))), "terms_days": draw(st.sampled_from((None, 0, 30))),
        "limit": None if limit is None else money.plain(limit, currency), "currency": currency,
        "since": draw(st.sampled_from((None, day(as_of, -365), day(as_of, -366)))),
        "policy": draw(st.sampled_from((None, None, None, *POLICIES))),
        "industry": draw(st.sampled_from((None, *INDUSTRIES))),
        "limit_until": draw(st.sampled_from((None, day(as_of, -1), as_of))),
        "parent": draw(st.sampled_from((None, *(f"C{place}" for place in range(int(number[1:])))))),
    }


def _amount(draw: st.DrawFn, currency: str, most: int = 10**9) -> str:
    """An amount of the currency, at most so many minor units."""
    return money.plain(min(most, draw(st.sampled_from(MINOR))), currency)


def _receivable(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str) -> None:
    """One receivable: its payments, some of them bounced, its disputes, promises, holds and its history with us."""
    currency, due = draw(st.sampled_from(CURRENCIES)), day(as_of, draw(offsets()))
    issued = day(due, draw(st.sampled_from((-30, -14, 0, 1))))
    amount = draw(st.sampled_from(MINOR))
    kind = draw(st.sampled_from(("invoice", "invoice", "invoice", "instalment", "debit_note", "fee", "interest")))
    floor = _recorded(draw)
    found.at(floor).receivable(
        number, customer, due=due, issued=issued, posted=day(issued, draw(st.sampled_from((0, 0, 0, 2)))),
        amount=money.plain(amount, currency), currency=currency, kind=kind,
        policy=draw(st.sampled_from((None, None, None, *POLICIES))))
    _payments(draw, found, as_of, customer, number, currency, amount, floor)
    for place in range(draw(st.sampled_from((0, 0, 0, 0, 0, 1, 2)))):
        _dispute(draw, found, as_of, number, currency, f"{number}-D{place}", floor)
    if draw(st.sampled_from((False, False, True))):
        _promise(draw, found, as_of, customer, number, currency, floor)
    if draw(st.sampled_from((False, False, False, True))):
        _hold(draw, found, as_of, customer, number, "dunning", floor)
    _effects_of_receivable(draw, found, as_of, customer, number)


def _payments(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str, currency: str, amount: int,
              recorded: str) -> None:
    """Part payments, full payments, bounced ones; dates and moments grow, so nothing is ever over-allocated."""
    left, shift = amount, draw(offsets())
    for place in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2, 3)))):
        part = draw(st.sampled_from((left, max(1, left // 2), max(1, left - 1), 1)))
        if not left:
            return
        name, date = f"{number}-P{place}", day(as_of, shift)
        recorded = _recorded(draw, recorded)
        extra = draw(st.sampled_from((0, 0, 7)))
        found.at(recorded)
        found.payment(name, customer, received=date, amount=money.plain(part + extra, currency), currency=currency,
                      to={number: money.plain(part, currency)})
        left -= part
        if draw(st.sampled_from((False, False, True))):
            shift += draw(st.sampled_from((0, 1, 2, 30)))
            recorded = _recorded(draw, recorded)
            found.at(recorded).bounce(f"{name}>{number}", date=day(as_of, shift))
            left += part
        shift += draw(st.sampled_from((0, 1, 2, 7)))


def _dispute(draw: st.DrawFn, found: Books, as_of: str, number: str, currency: str, reference: str,
             floor: str) -> None:
    """A dispute of the whole or a part, perhaps resolved."""
    amount = draw(st.sampled_from((None, 1)))
    found.at(_recorded(draw, floor)).dispute(number, opened=day(as_of, draw(offsets())), reference=reference,
                                      amount=_amount(draw, currency) if amount else None)
    if draw(st.booleans()):
        found.at(_recorded(draw, floor)).resolution(reference, resolved=day(as_of, draw(offsets())))


def _promise(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str | None, currency: str,
             floor: str = RECORDED) -> None:
    """A promise for one receivable or for all."""
    made = draw(offsets())
    promised = day(as_of, max(made, draw(offsets())))
    found.at(_recorded(draw, floor)).promise(
        customer, made=day(as_of, made), promised=promised, amount=_amount(draw, currency), currency=currency,
        receivable=number, grace_days=draw(st.sampled_from((0, 0, 1, 7))), reference=f"P-{number or customer}")


def _hold(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str | None, kind: str,
          floor: str = RECORDED) -> None:
    """A hold with or without an end, perhaps released."""
    since, reference = draw(offsets()), f"H-{kind}-{number or customer}"
    until = draw(st.sampled_from((None, *(shift for shift in BACK + AHEAD if shift >= since))))
    found.at(_recorded(draw, floor)).hold(
        customer, since=day(as_of, since), until=None if until is None else day(as_of, until), kind=kind,
        receivable=number, reference=reference, reason=draw(st.sampled_from(("overdue", "asked by sales"))))
    if draw(st.sampled_from((False, False, True))):
        found.at(_recorded(draw, floor)).release(reference, released=day(as_of, draw(offsets())))


def _loose(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str) -> None:
    """Money, credit notes and orders that no receivable takes."""
    currency = draw(st.sampled_from(CURRENCIES))
    found.at(_recorded(draw))
    match draw(st.integers(0, 2)):
        case 0:
            found.payment(number, customer, received=day(as_of, draw(offsets())), amount=_amount(draw, currency),
                          currency=currency)
        case 1:
            found.credit(number, customer, issued=day(as_of, draw(offsets())), amount=_amount(draw, currency),
                         currency=currency)
        case _:
            closed = draw(st.sampled_from((None, -1, 0, 1)))
            found.order(number, customer, ordered=day(as_of, draw(offsets())), amount=_amount(draw, currency),
                        currency=currency, closed=None if closed is None else day(as_of, closed))


def _records_of_customer(draw: st.DrawFn, found: Books, as_of: str, customer: str) -> None:
    """What people recorded of the whole customer."""
    match draw(st.integers(0, 3)):
        case 0:
            _promise(draw, found, as_of, customer, None, draw(st.sampled_from(CURRENCIES)))
        case 1:
            _hold(draw, found, as_of, customer, None, "dunning")
        case 2:
            _hold(draw, found, as_of, customer, None, "credit")
        case _:
            found.at(_recorded(draw)).spoken(customer, date=day(as_of, draw(offsets())))


def _effects_of_receivable(draw: st.DrawFn, found: Books, as_of: str, customer: str, number: str) -> None:
    """What earlier runs did about a receivable, in the order of their dates."""
    if draw(st.booleans()):
        return
    for place, shift in enumerate(sorted(draw(st.lists(offsets(ahead=False), min_size=1, max_size=4)))):
        _effect(draw, found, as_of, shift, customer, number, f"{number}-F{place}")


def _effects_of_customer(draw: st.DrawFn, found: Books, as_of: str, customer: str) -> None:
    """What earlier runs did about the whole customer, mostly in the spell that still lasts."""
    reading = oracle_facts.Reading(found.rows, as_of, FOREVER, "EUR")
    identity = len(reading.rows["customers"])
    spells = (oracle_facts.episode(reading, identity), day(as_of, -90))
    for place, shift in enumerate(sorted(draw(st.lists(offsets(), max_size=3)))):
        _effect(draw, found, as_of, shift, customer, None, f"{customer}-F{place}",
                draw(st.sampled_from((spells[0], *spells))))


def _effect(draw: st.DrawFn, found: Books, as_of: str, shift: int, customer: str, number: str | None, name: str,
            episode: str | None = None) -> None:
    """One earlier action, perhaps undone."""
    kind = draw(st.sampled_from(("notice",) * 8 + ("late_fee", "task", "alert", "set_level", "hand_over")))
    date, low = day(as_of, shift), draw(st.integers(0, 2))
    levels = (low, draw(st.integers(1, 3))) if kind in ("notice", "task", "set_level") else None
    deadline = day(date, draw(st.sampled_from((7, 14)))) if kind == "notice" and draw(st.booleans()) else None
    sent = draw(st.sampled_from((*("2020-02-01T00:00:00Z",) * 4, None, LATER)))
    rule = f"level {levels[1]}" if levels else draw(st.sampled_from(("rule r1", "rule r2")))
    found.at(_recorded(draw)).effect(
        kind, customer, number, as_of=date, levels=levels, policy=draw(st.sampled_from(POLICIES)), rule=rule,
        episode=episode, deadline=deadline, sent=sent, reference=name)
    if draw(st.sampled_from((False, False, False, False, True))):
        found.undone(name, as_of=day(date, draw(st.sampled_from((0, 1)))))


# -- credit ---------------------------------------------------------------------------------------------------------------


def _market(draw: st.DrawFn, found: Books, as_of: str) -> None:
    """How industries are doing, here and there."""
    said = st.tuples(st.sampled_from(INDUSTRIES), st.sampled_from(("all", "NO", "CN")), offsets())
    for industry, region, shift in draw(st.lists(said, max_size=3, unique=True)):
        found.at(_recorded(draw)).market(industry, draw(st.sampled_from(("dim", "fair", "fine"))), region=region,
                                         valid_from=day(as_of, shift))
    found.at(RECORDED)


def _credit(draw: st.DrawFn, found: Books, as_of: str, customer: str) -> None:
    """Evidence of a customer's credit, what people granted, and what credit policies did; mostly a little of it."""
    parts = (_statement, _opinion, _security, _grant, _grant, _habits, _looks, _steps, _concluded)
    for place in range(draw(st.integers(0, 4))):
        draw(st.sampled_from(parts))(draw, found.at(_recorded(draw)), as_of, customer, f"{customer}-X{place}")


def _until(draw: st.DrawFn, as_of: str, since: int) -> str | None:
    """An end that is not before the beginning, or none."""
    until = draw(st.sampled_from((None, *(shift for shift in BACK + AHEAD if shift >= since))))
    return None if until is None else day(as_of, until)


def _statement(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """A few financial statements; each figure may be missing, some may be losses."""
    currency, months = draw(st.sampled_from(CURRENCIES)), draw(st.sampled_from((12, 6)))
    gains, losses = (
        ("sales", "cost_of_sales", "interest_paid", "inventory", "current_assets", "total_assets", "payables",
         "current_liabilities", "total_liabilities"), ("operating_profit", "net_profit", "equity"))
    place = int(name[-1])
    for period in draw(st.lists(st.sampled_from((-800, -455, -90)), min_size=1, max_size=3, unique=True)):
        amounts = {figure: _amount(draw, currency) for figure in gains if draw(st.integers(0, 3))}
        amounts |= {figure: draw(st.sampled_from(("", "-"))) + _amount(draw, currency) for figure in losses
                    if draw(st.integers(0, 3))}
        if draw(st.integers(0, 3)) == 0:
            amounts["current_liabilities"] = money.plain(0, currency)
        found.financials(
            customer, period_end=day(as_of, period + place), months=months,
            received=day(as_of, draw(st.sampled_from([shift for shift in BACK + AHEAD if shift >= period + place]))),
            currency=currency, valid_until=_until(draw, as_of, -91), **amounts)


def _opinion(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """What one or two sources say, once or several times."""
    said = st.tuples(st.sampled_from(("Acme", "Acme", "Other")), offsets())
    for source, shift in draw(st.lists(said, min_size=1, max_size=5, unique=True)):
        found.at(_recorded(draw)).assessment(
            customer, assessed=day(as_of, shift), source=f"{source} {name}",
            kind=draw(st.sampled_from(("agency", "agency", "own", "reference"))), valid_until=_until(draw, as_of, shift),
            score=draw(st.sampled_from((None, 1, 70, 300))), rating=draw(st.sampled_from((None, "A", "B"))),
            insolvent=draw(st.sampled_from((None, None, 0, 1))), experience=draw(st.sampled_from((None, "good", "bad"))))


def _habits(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """Orders taken and invoiced since, and receivables that were paid in full, early, on time or late."""
    currency = draw(st.sampled_from(CURRENCIES))
    for place, shift in enumerate(draw(st.lists(offsets(ahead=False), max_size=3))):
        found.order(f"{name}-O{place}", customer, ordered=day(as_of, shift), amount=_amount(draw, currency),
                    currency=currency)
        if draw(st.booleans()):
            found.closing(f"{name}-O{place}", closed=day(as_of, draw(st.sampled_from((shift, 0, 1)))))
    for place, shift in enumerate(draw(st.lists(offsets(), max_size=4))):
        due, amount, number = day(as_of, shift), _amount(draw, currency), f"{name}-R{place}"
        received = day(due, draw(st.sampled_from((-30, -1, 0, 1, 2, 90))))
        found.receivable(number, customer, due=due, amount=amount, currency=currency)
        found.payment(f"{number}-P", customer, received=received, amount=amount, currency=currency, to=number)


def _security(draw: st.DrawFn, found: Books, as_of: str, customer: str, _: str) -> None:
    """Somebody answers for the customer."""
    currency, since = draw(st.sampled_from(CURRENCIES)), draw(offsets())
    found.security(customer, _amount(draw, currency), currency=currency, since=day(as_of, since),
                   kind=draw(st.sampled_from(("insurance", "guarantee", "collateral"))), until=_until(draw, as_of, since))


def _grant(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """A limit, a rating or a suspension that people grant; confirmed mostly, withdrawn now and then."""
    since, currency = draw(offsets()), draw(st.sampled_from(CURRENCIES))
    until = _until(draw, as_of, since) or day(as_of, since + 400)
    dated: dict[str, str] = {"since": day(as_of, since), "until": until, "reference": name}
    match draw(st.integers(0, 3)):
        case 0:
            found.override(customer, draw(st.sampled_from(("A", "D"))), **dated)
        case 1:
            found.suspension(customer, **dated)
        case _:
            found.granted_limit(customer, _amount(draw, currency), group=draw(st.booleans()), currency=currency, **dated)
    if draw(st.integers(0, 3)):
        found.at(_recorded(draw)).confirm(name, confirmed=day(as_of, draw(offsets())))
    if draw(st.integers(0, 4)) == 0:
        found.at(_recorded(draw)).withdraw(name, withdrawn=day(as_of, draw(offsets())))


def _looks(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """A review, or a policy's call for one."""
    if draw(st.booleans()):
        found.review(customer, reviewed=day(as_of, draw(offsets())), reference=name)
        return
    requested = draw(offsets())
    found.review_request(customer, requested=day(as_of, requested), due=day(as_of, requested + 14), reference=name)
    _perhaps_undone(draw, found, as_of, name, requested)


def _steps(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """A step of the limit or the terms."""
    taken = draw(offsets())
    found.step(customer, draw(st.sampled_from(("limit", "terms"))), draw(st.sampled_from((1, -1))), taken=day(as_of, taken),
               reference=name)
    _perhaps_undone(draw, found, as_of, name, taken)


def _concluded(draw: st.DrawFn, found: Books, as_of: str, customer: str, name: str) -> None:
    """A policy rated the customer, or put them on hold."""
    shift = draw(offsets())
    if draw(st.booleans()):
        found.concluded("set_rating", customer, as_of=day(as_of, shift), reference=name, **_profile(draw, customer, as_of))
    else:
        found.effect("credit_hold", customer, as_of=day(as_of, shift), reference=name)
    _perhaps_undone(draw, found, as_of, name, shift)


def _perhaps_undone(draw: st.DrawFn, found: Books, as_of: str, name: str, shift: int) -> None:
    """What a policy did is reversed now and then."""
    if draw(st.integers(0, 3)) == 0:
        found.at(_recorded(draw)).undone(name, as_of=day(as_of, shift + draw(st.sampled_from((0, 1)))))
