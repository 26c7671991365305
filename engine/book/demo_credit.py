"""What the demo book knows of everybody's credit: evidence, securities, orders, groups, and a credit manager's work so far.

Comes in: the draft of the book with its invoices. Goes out: more rows in it, and rating, limit and group of each customer.
Know before changing: how good a customer is, is one number that follows from how they pay; statements, agencies and the ratings
of the former credit manager all look at it through a little fog. So policies find most of that work right, and some not.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine import money
from engine.book.demo_draft import FACTOR, Customer, Draft, written

# The policies began to decide so many days before the end; what is older is the work of people.
_BEFORE = 75
# kind of payer: how good they are, of 100
_QUALITY = {"punctual": (58, 95), "a-bit-late": (48, 84), "chronic": (25, 58), "stops-paying": (8, 40),
            "part-payer": (28, 58), "disputer": (40, 76), "promiser": (32, 64)}
# from so much on, which rating; percent of a year's sales that it brought
_RATINGS = (("A", 72, 25), ("B", 52, 16), ("C", 32, 8), ("D", 0, 0))
_REVIEWED_EVERY = {"A": 365, "B": 270, "C": 120, "D": 180}
# segment: how many in a hundred have a report, a statement, orders; what they sell a year, in thousands of euros
_KNOWN = {"key-account": (95, 88, 85, (30_000, 600_000)), "sme": (62, 42, 45, (400, 4_000)), "retail": (22, 6, 20, (80, 900))}
_AGENCY, _INSURER = "Halden Credit Reports", "Merkant Credit Insurance"
_BANKS = ("Kontor Bank", "First Prairie Bank", "Seehafen Bank")
_SUPPLIERS = ("Ostermann Steel", "Pinewood Tools", "Grauland Plastics")
# industry, region, days before the end from which it holds, outlook
_MARKET = (
    *((industry, "all", 600, "stable") for industry in (
        "machinery", "automotive", "wholesale", "construction", "food", "electronics", "packaging")),
    ("chemicals", "all", 600, "positive"),
    ("electronics", "CN", 210, "positive"),
    ("construction", "DE", 130, "negative"),
    ("automotive", "DE", 36, "negative"),
    ("packaging", "US", 4, "negative"),
)
_RESULTS = ("rating and limit kept", "limit kept, terms discussed", "statement asked for", "visited, nothing to add")


@dataclass(frozen=True, slots=True)
class _Known:
    """A customer, how good they are, and what they bought in the year before the policies began, in minor units."""

    customer: Customer
    row: dict[str, str]
    quality: int
    sales: int


def add(book: Draft, customers: Sequence[Customer], rng: random.Random) -> None:
    """All of it, from a generator of its own."""
    before, book.rng = book.rng, rng
    for industry, region, days, outlook in _MARKET:
        book.add("market", industry=industry, region=region, valid_from=book.as_of - timedelta(days=days), outlook=outlook)
    known = _known(book, customers)
    insolvent = [one.customer.number for one in known if one.customer.payer == "stops-paying"][1:5:2]
    for one in known:
        _agency(book, one)
        _statements(book, one)
        _references(book, one)
        _securities(book, one)
        _orders(book, one)
        _as_it_was(book, one)
    for number, days in zip(insolvent, (41, 3), strict=True):
        _court(book, number, days, "true", "insolvency proceedings opened")
    middling = [one for one in known if one.customer.segment == "key-account" and 45 <= one.quality <= 60]
    _court(book, middling[0].customer.number, 46, "true", "a creditor has filed for insolvency")
    _court(book, middling[0].customer.number, 2, "false", "the court has dismissed the petition")
    _groups(book, known)
    _for_a_time(book, known)
    book.rng = before


def _known(book: Draft, customers: Sequence[Customer]) -> list[_Known]:
    """Everybody, with how good they are."""
    last, sold = book.as_of - timedelta(days=_BEFORE), dict[str, int]()
    for row in book.rows["receivables"]:
        if last - timedelta(days=365) < date.fromisoformat(row["issued"]) <= last:
            amount = money.parse(row["amount"], row["currency"])
            sold[row["customer"]] = sold.get(row["customer"], 0) + amount
    rows = {row["number"]: row for row in book.rows["customers"]}
    return [
        _Known(one, rows[one.number], book.rng.randint(*_QUALITY[one.payer]), sold.get(one.number, 0)) for one in customers
    ]


# -- evidence ---------------------------------------------------------------------------------------------------------


def _found(
    number: str, day: date, source: str, kind: str, score: int | None, valid: int | None, experience: str | None = None
) -> dict[str, object]:
    """The cells of an assessment; valid for so many days."""
    until = None if valid is None else day + timedelta(days=valid)
    words = None if score is None else "low risk" if score >= 65 else "medium risk" if score >= 40 else "high risk"
    return {"customer": number, "assessed": day, "source": source, "kind": kind, "valid_until": until, "score": score,
            "rating": words, "experience": experience, "insolvent": None, "note": None}


def _agency(book: Draft, one: _Known) -> None:
    """A report a year, for most; some have let it expire, and now and then a score falls."""
    number, rng = one.customer.number, book.rng
    if not book.chance(_KNOWN[one.customer.segment][0]):
        return
    score = max(2, min(98, one.quality + rng.randint(-9, 9)))
    latest = book.ago(390, 520) if book.chance(10) else book.ago(25, 340)
    book.add("assessments", **_found(number, latest - book.between(330, 400), _AGENCY, "agency", score, 365))
    score = max(2, min(98, score + rng.randint(-6, 6)))
    book.add("assessments", **_found(number, latest, _AGENCY, "agency", score, 365))
    if book.chance(6):
        book.add("assessments", **_found(number, book.ago(2, 24), _AGENCY, "agency", max(1, score - rng.randint(12, 26)), 365))


def _court(book: Draft, number: str, days: int, insolvent: str, note: str) -> None:
    """What the court makes known, so many days before the end."""
    row = _found(number, book.as_of - timedelta(days=days), "court notice", "own", None, None)
    book.add("assessments", **row | {"insolvent": insolvent, "note": note})


def _statements(book: Draft, one: _Known) -> None:
    """The statements of the last two years, for some; of a few only old ones."""
    _, share, _, sells = _KNOWN[one.customer.segment]
    if not book.chance(share):
        return
    ended = date((book.as_of - timedelta(days=120)).year, 1, 1) - timedelta(days=1)
    if book.chance(12):
        ended = date(ended.year - 2, 12, 31)
    sales = book.rng.randint(*sells) * 1000
    for back in (1, 0):
        end = date(ended.year - back, 12, 31)
        received = min(end + book.between(70, 170), book.as_of - book.between(5, 50))
        grown = sales * (100 + (one.quality - 45) // 4 + book.rng.randint(-4, 4)) // 100 if back == 0 else sales
        _statement(book, one, end, received, grown)


def _statement(book: Draft, one: _Known, end: date, received: date, sales: int) -> None:
    """One statement whose figures fit together: the better the customer, the more equity and the more profit."""
    rng, quality, currency = book.rng, one.quality, one.customer.currency
    assets = sales * rng.randint(40, 80) // 100
    equity = assets * (quality - 32 + rng.randint(-8, 8)) // 160
    owed = assets - equity
    short = owed * rng.randint(45, 70) // 100
    current = min(short * (70 + quality + rng.randint(-15, 15)) // 100, assets * 9 // 10)
    operating = sales * (quality - 38 + rng.randint(-6, 6)) // 600
    interest = owed * rng.randint(2, 4) // 100
    figures = {
        "sales": sales, "cost_of_sales": sales * 70 // 100, "operating_profit": operating, "interest_paid": interest,
        "net_profit": (operating - interest) * 7 // 10, "cash": current // 8, "inventory": current * 2 // 5,
        "current_assets": current, "total_assets": assets, "payables": short // 2, "current_liabilities": short,
        "total_liabilities": owed, "equity": equity,
    }
    book.add(
        "financials", customer=one.customer.number, period_end=end, months=12, received=received,
        valid_until=end + timedelta(days=548), currency=currency, audited="true" if book.chance(60) else "false",
        **{name: written(value, currency) for name, value in figures.items()},
    )


def _references(book: Draft, one: _Known) -> None:
    """Whoever is new names other suppliers; most of what these say is good."""
    fresh = one.customer.since > book.as_of - timedelta(days=365)
    for supplier in _SUPPLIERS[: book.rng.randint(0, 3) if fresh else 0]:
        day = one.customer.since + book.between(0, 20)
        experience = "bad" if one.quality < 40 and book.chance(50) else "good" if book.chance(75) else "fair"
        book.add("assessments", **_found(one.customer.number, day, supplier, "reference", None, 365, experience))


def _securities(book: Draft, one: _Known) -> None:
    """Insurance for some, a bank's guarantee for a few; some of them have ended."""
    customer, share = one.customer, 25 if one.customer.since > book.as_of - timedelta(days=365) else 10
    if customer.segment == "retail" or not book.chance(share):
        return
    guarantee = book.chance(30)
    began = book.ago(30, 420)
    book.add(
        "securities", reference=book.number("securities", "SEC"), customer=customer.number,
        kind="guarantee" if guarantee else "insurance", provider=book.rng.choice(_BANKS) if guarantee else _INSURER,
        amount=written(book.rng.choice((5, 8, 10, 15, 25)) * (20_000 if customer.segment == "key-account" else 1_000),
                       customer.currency),
        currency=customer.currency, valid_from=began, valid_until=began + timedelta(days=365),
    )


def _orders(book: Draft, one: _Known) -> None:
    """Orders about as large as their invoices, the older ones delivered; a few open ones are far beyond the habit."""
    customer, rng = one.customer, book.rng
    if not one.sales or not book.chance(_KNOWN[customer.segment][2]):
        return
    usual = one.sales // (33 if customer.segment == "key-account" else 13)
    days = sorted((rng.randint(1, 330) for _ in range(rng.randint(3, 8))), reverse=True)
    for back in (day for day in days if book.as_of - timedelta(days=day) >= customer.since):
        ordered, takes = book.as_of - timedelta(days=back), rng.randint(8, 35)
        amount = usual * rng.randint(60, 150) // 100
        _order(book, customer, ordered, ordered + timedelta(days=takes) if takes < back else None, amount)
    if book.chance(4):
        _order(book, customer, book.ago(1, 12), None, usual * rng.randint(4, 7))


def _order(book: Draft, customer: Customer, ordered: date, closed: date | None, amount: int) -> None:
    """One order."""
    book.add(
        "orders", number=book.number("orders", "ORD"), entity=customer.entity, customer=customer.number, ordered=ordered,
        closed=closed, amount=money.plain(max(1, amount), customer.currency), currency=customer.currency,
    )


# -- what people decided before ---------------------------------------------------------------------------------------


def _as_it_was(book: Draft, one: _Known) -> None:
    """Rating, limit and last review of the former credit manager; nobody has got round to some customers."""
    customer, rng = one.customer, book.rng
    seen = max(0, min(99, one.quality + rng.randint(-6, 6)))
    rating, _, percent = next(row for row in _RATINGS if seen >= row[1])
    fresh = customer.since > book.as_of - timedelta(days=365)
    rating = "B" if fresh and rating == "A" else rating
    limit = _round(one.sales * percent * rng.randint(85, 120) // 10_000, customer.currency)
    if fresh:
        limit = 0 if rating == "D" else (3000 if rating == "B" else 1000) * FACTOR[customer.currency]
    one.row["rating"] = "" if book.chance(7) else rating
    one.row["credit_limit"] = "" if book.chance(7) else str(limit)
    if one.row["credit_limit"] not in ("", "0") and book.chance(40):
        one.row["limit_until"] = str(book.as_of + book.between(-60, 240))
    if one.row["rating"]:
        ago = _BEFORE + book.between(0, _REVIEWED_EVERY[rating] * 9 // 10).days
        _reviewed(book, customer, min(max(book.as_of - timedelta(days=ago), customer.since), book.as_of))


def _reviewed(book: Draft, customer: Customer, day: date) -> None:
    """Somebody looked at the customer's credit."""
    book.add("reviews", reference=book.number("reviews", "REV"), customer=customer.number, reviewed=day,
             result=book.rng.choice(_RESULTS), note=None, actor="credit.manager")


def _round(amount: int, currency: str) -> int:
    """Minor units as a round amount in major ones: two digits count."""
    major = int(amount // 10 ** money.digits(currency))
    unit = int(10 ** max(0, len(str(major)) - 2))
    return major // unit * unit


def _groups(book: Draft, known: Sequence[_Known]) -> None:
    """Five key accounts have customers below them, and the group a limit; one of these is tight."""
    tops = [one for one in known if one.customer.segment == "key-account" and one.row["credit_limit"] not in ("", "0")][:5]
    others = [one for one in known if one not in tops and one.customer.segment != "retail"]
    book.rng.shuffle(others)
    for number, top in enumerate(tops):
        below = others[number * 3 : number * 3 + 2 + number % 2]
        for one in below:
            one.row["parent"] = top.customer.number
        euros = sum(_euros(one) for one in (top, *below))
        _limit(book, top.customer, "group", "all companies of the group together", euros * (60, 110, 95, 120, 105)[number] // 100,
               "EUR", book.as_of - timedelta(days=200), None, "chief.financial.officer")


def _euros(one: _Known) -> int:
    """The customer's limit in euros, about; at least a few thousand."""
    return max(5000, int(one.row["credit_limit"] or 0) // FACTOR[one.customer.currency])


def _for_a_time(book: Draft, known: Iterable[_Known]) -> None:
    """Two limits for a season: one is in force, one waits for somebody to confirm it."""
    able = [one for one in known if one.customer.segment == "sme" and one.quality >= 60 and _euros(one) >= 6000]
    for one, began, confirmed in zip(able[5:7], (24, 1), ("deputy.credit.manager", None), strict=True):
        day = book.as_of - timedelta(days=began)
        amount = int(one.row["credit_limit"]) * 8 // 5
        _limit(book, one.customer, "own", "summer season", amount // FACTOR[one.customer.currency], one.customer.currency, day,
               day + timedelta(days=75), confirmed)


def _limit(
    book: Draft, customer: Customer, scope: str, reason: str, euros: int, currency: str, began: date, until: date | None,
    confirmed: str | None,
) -> None:  # fmt: skip
    """A limit that the credit manager granted beside the usual one."""
    book.add(
        "limits", reference=book.number("limits", "LIM"), customer=customer.number, scope=scope,
        amount=written(euros // 1000 * 1000, currency), currency=currency, reason=reason, valid_from=began, valid_until=until,
        actor="credit.manager", confirmed_by=confirmed, confirmed=None, withdrawn=None,
    )
