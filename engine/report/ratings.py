"""How customers are rated: how many stand where and how much of the exposure with them, then every customer's conclusions.

Comes in: Standings, and the credit policies that concluded. Goes out: text no wider than asked for, CSV rows, a value for JSON.
Know before changing: what is shown is what is concluded today, approvals aside; the book follows once a plan is applied. Amounts
are in the policy's currency, and policies are never added up. CSV columns are public: add at the end, never rename.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine import money
from engine.act.conclusions import Concluded
from engine.policy.model import Policy
from engine.report import wide, words
from engine.report.concentration import share
from engine.report.csvs import Cells
from engine.report.exposure_rows import percent
from engine.report.reviews import cell, named, rated
from engine.report.standing import Owed, Standing, by_policy
from engine.report.tables import NARROWEST, Paint, Row, clip, more, painter

ROWS = 20
UNRATED = "(none)"
HEADINGS = (
    *(
        "policy",
        "version",
        "customer",
        "customer_name",
        "score",
        "rating",
        "rating_concluded",
        "limit",
        "limit_concluded",
    ),
    *("terms_days", "terms_concluded", "exposure", "open", "overdue", "currency", "next_review", "collector"),
)

Pairs = Sequence[tuple[Concluded, Standing]]


@dataclass(frozen=True, slots=True)
class Stand:
    """The customers of one rating: how many are concluded to be there, how many the book has there, and what they owe."""

    rating: str
    customers: int
    in_book: int
    owed: Owed


def distribution(pairs: Pairs, order: Sequence[str]) -> tuple[Stand, ...]:
    """A stand for each rating of the policy, the best first, then for ratings that only the book knows, then for none."""
    concluded = [one.rating or UNRATED for one, _ in pairs]
    before = [one.rating_before or UNRATED for one, _ in pairs]
    known = sorted({*concluded, *before} - {*order, UNRATED})
    stands = []
    for name in (*order, *known, UNRATED):
        owed = [each.owed for (_, each), rating in zip(pairs, concluded, strict=True) if rating == name and each.owed]
        stands.append(Stand(name, concluded.count(name), before.count(name), _sum(owed)))
    return tuple(each for each in stands if each.rating in order or each.customers or each.in_book)


def text(
    several: Sequence[Standing],
    policies: Sequence[Policy],
    as_of: str,
    *,
    width: int = 100,
    colour: bool = False,
    limit: int | None = ROWS,
) -> str:
    """For each credit policy its distribution, then its customers, at most `limit` of them (None: all)."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    parts = [paint(f"Ratings as of {as_of}", "title")]
    for first, pairs in by_policy(several):
        order = _order(first, policies)
        title = f"{first.policy} v{first.version}, amounts in {first.currency}"
        parts.append(
            "\n".join([paint(clip(title, width), "strong"), *_distribution(first, pairs, order, width, paint)])
        )
        parts.append("\n".join(_customers(pairs, order, width, paint, limit)))
    if len(parts) == 1:
        parts.append("No credit policy is in force that covers anybody.")
    return "\n\n".join(parts) + "\n"


def csv_rows(several: Sequence[Standing]) -> tuple[Cells, ...]:
    """Headings, then a row for each customer whom a credit policy covers."""
    rows = (_plain(one, each) for _, pairs in by_policy(several) for one, each in pairs)
    return (HEADINGS, *(tuple(map(cell, row.values())) for row in rows))


def to_json(several: Sequence[Standing], policies: Sequence[Policy], as_of: str) -> dict[str, object]:
    """The same as plain values, the distribution with each policy; amounts are texts in the currency's own decimals."""
    found = [
        {
            "policy": first.policy,
            "version": first.version,
            "currency": first.currency,
            "distribution": [_json(each, first.currency) for each in distribution(pairs, _order(first, policies))],
            "customers": [_plain(one, each) for one, each in pairs],
        }
        for first, pairs in by_policy(several)
    ]
    return {"as_of": as_of, "policies": found}


def _order(first: Concluded, policies: Sequence[Policy]) -> tuple[str, ...]:
    """The ratings of a policy, the best first."""
    credit = next(policy.credit for policy in policies if policy.name == first.policy)
    return tuple(rating.name for rating in credit.ratings.of) if credit and credit.ratings else ()


def _sum(several: Sequence[Owed]) -> Owed:
    """What several customers owe together."""
    return Owed(
        sum(each.exposure for each in several),
        sum(each.open for each in several),
        sum(each.overdue for each in several),
    )


def _distribution(first: Concluded, pairs: Pairs, order: Sequence[str], width: int, paint: Paint) -> list[str]:
    """Per rating: customers, exposure, and how much of what they owe is overdue."""
    stands = distribution(pairs, order)
    total = Stand("all", len(pairs), len(pairs), _sum([each.owed for each in stands]))
    at_risk = sum(max(each.owed.exposure, 0) for each in stands)
    headings = ("customers", "share", "in the book", "exposure", "share", "overdue", "of open")
    rows = [
        Row(
            (
                each.rating,
                f"{each.customers:,}",
                percent(share(each.customers, len(pairs))),
                f"{each.in_book:,}",
                words.amount(each.owed.exposure, first.currency),
                percent(share(at_risk if each is total else max(each.owed.exposure, 0), at_risk)),
                words.amount(each.owed.overdue, first.currency),
                percent(share(each.owed.overdue, each.owed.open)) if each.owed.open else "",
            ),
            "strong" if each is total else "plain",
        )
        for each in (*stands, total)
    ]
    return wide.drawn("rating", headings, rows, 3, width, paint)


def _customers(pairs: Pairs, order: Sequence[str], width: int, paint: Paint, limit: int | None) -> list[str]:
    """Every customer, the best rating and highest score first."""
    ranks = {name: rank for rank, name in enumerate(order)}

    def standing(pair: tuple[Concluded, Standing]) -> tuple[int, int, str]:
        """By rating, then by score, then by number."""
        one, each = pair
        return ranks.get(one.rating or "", len(ranks)), -(one.score or 0), each.customer

    headings = ("score", "rating", "limit", "terms", "exposure", "overdue", "next review")
    ordered = sorted(pairs, key=standing)
    rows = [_customer(one, each) for one, each in ordered[:limit]]
    if len(rows) < len(ordered):
        rows.append(more(len(ordered) - len(rows), len(headings) + 1))
    drawn = wide.drawn("customer", headings, rows, 4, width, paint)
    changed = any(one.limit != one.limit_before for one, _ in ordered[:limit])
    return [*drawn, paint("* the limit in the book is another", "quiet")] if changed else drawn


def _customer(one: Concluded, each: Standing) -> Row:
    """One customer's conclusions; what changes is marked by an arrow from what the book has, of a limit by a star."""
    assert each.owed, each.customer
    changes = "*" if one.limit != one.limit_before else ""
    limit = "none" if one.limit is None else words.amount(one.limit, one.currency)
    terms = "" if one.terms is None else str(one.terms)
    before = "" if one.terms_before == one.terms else f"{'none' if one.terms_before is None else one.terms_before} -> "
    return Row(
        (
            named(each),
            "" if one.score is None else f"{one.score:,}",
            rated(each),
            f"{limit}{changes}",
            f"{before}{terms}",
            words.amount(each.owed.exposure, one.currency),
            words.amount(each.owed.overdue or None, one.currency),
            "open" if each.requests else one.next_review or "",
        )
    )


def _plain(one: Concluded, each: Standing) -> dict[str, object]:
    """One customer in the order of the headings; what is not set is null."""
    assert each.owed, each.customer
    amounts = {
        "limit": one.limit_before,
        "limit_concluded": one.limit,
        "exposure": each.owed.exposure,
        "open": each.owed.open,
        "overdue": each.owed.overdue,
    }
    shown = {name: None if amount is None else money.plain(amount, one.currency) for name, amount in amounts.items()}
    given = {
        "policy": one.policy,
        "version": one.version,
        "customer": each.customer,
        "customer_name": each.name,
        "score": one.score,
        "rating": one.rating_before,
        "rating_concluded": one.rating,
        "terms_days": one.terms_before,
        "terms_concluded": one.terms,
        "currency": one.currency,
        "next_review": one.next_review,
        "collector": each.collector,
        **shown,
    }
    return {heading: given[heading] for heading in HEADINGS}


def _json(stand: Stand, currency: str) -> dict[str, object]:
    """One rating of the distribution."""
    return {
        "rating": None if stand.rating == UNRATED else stand.rating,
        "customers": stand.customers,
        "customers_in_book": stand.in_book,
        "exposure": money.plain(stand.owed.exposure, currency),
        "open": money.plain(stand.owed.open, currency),
        "overdue": money.plain(stand.owed.overdue, currency),
        "overdue_percent": percent(share(stand.owed.overdue, stand.owed.open)).removesuffix(" %"),
    }
