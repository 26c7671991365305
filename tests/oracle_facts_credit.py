"""The facts of credit once more, in plain slow Python, from the words of their meanings and never from their SQL.

Comes in: a Reading and the other facts of each customer, which these stand on. Goes out: the same, with the facts of credit.
Know before changing: as in tests/oracle_facts.py: a fact here is what its sentence says to a controller.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from tests.oracle_reading import NOTHING, SALES, Reading, Row, Value, days_between, half_up, percent, shifted

Facts = dict[str, Value]


def add(reading: Reading, customers: dict[int, Facts]) -> None:
    """Every fact of credit, put to the other facts of each customer."""
    tops = {customer: _top(reading, customer) for customer in customers}
    for customer, known in customers.items():
        group = [customers[other] for other, top in tops.items() if top == tops[customer]]
        found = (
            _limits(reading, customer, known, tops[customer], [_number(one["customer.exposure"]) for one in group])
            | _statement(reading, customer) | _assessments(reading, customer) | _secured(reading, customer)
            | _payment(reading, customer, known) | _levels(reading, customer) | _orders(reading, customer)
            | _market(reading, known) | _reviews(reading, customer) | _steps(reading, customer)
        )
        known.update({f"customer.{name}": value for name, value in found.items()})


def _number(value: Value) -> int:
    """A value that is there, and a number."""
    assert isinstance(value, int)
    return value


def _least(*values: int | None) -> int | None:
    """The least of those that are there."""
    return min((value for value in values if value is not None), default=None)


def _less(whole: int | None, part: int | None) -> int | None:
    """The difference, where both are there."""
    return None if whole is None or part is None else whole - part


# -- limits and groups ----------------------------------------------------------------------------------------------------


def _top(reading: Reading, customer: int) -> int:
    """The one who has no parent above the customer, 10 steps up at most."""
    for _ in range(10):
        parent = reading.version(customer).get("parent_id")
        if parent is None:
            break
        customer = parent
    return customer


def _limits(reading: Reading, customer: int, known: Facts, top: int, exposures: list[int]) -> Facts:
    """What may be bought, by the customer and by the whole group."""
    limit, exposure = known["customer.credit_limit"], _number(known["customer.exposure"])
    assert not isinstance(limit, str)
    temporary = _amount(reading, [g for g in reading.granted("granted_limits", customer) if g["scope"] == "own"])
    shared = _amount(reading, [g for g in reading.granted("granted_limits", top) if g["scope"] == "group"])
    own, until = limit if temporary is None else temporary, reading.version(customer).get("limit_until")
    return {
        "temporary_limit": temporary,
        "limit_in_force": own,
        "group_limit": shared,
        "group_exposure": sum(exposures) if len(exposures) > 1 else None,
        "group_utilisation": percent(sum(exposures), shared),
        "effective_limit": _least(own, shared),
        "headroom": _least(_less(own, exposure), _less(shared, sum(exposures))),
        "utilisation": percent(exposure, own),
        "days_until_limit_ends": None if until is None else days_between(reading.as_of, until),
        "hold_suspended": int(bool(reading.granted("suspensions", customer))),
        "rating_override": (reading.granted("rating_overrides", customer) or [NOTHING])[-1].get("rating"),
    }


def _amount(reading: Reading, granted: list[Row]) -> int | None:
    """The amount of the newest of them."""
    return reading.value(granted[-1]["amount"], granted[-1]["currency"]) if granted else None


# -- evidence -------------------------------------------------------------------------------------------------------------


def _state(reading: Reading, row: Row) -> str:
    """none, valid or expired; without an end it stays valid."""
    if not row:
        return "none"
    return "valid" if reading.as_of <= (row["valid_until"] or reading.as_of) else "expired"


def _ratio(part: int | None, whole: int | None) -> int | None:
    """A share in hundredths of a percent; missing where one of the two is, or the whole is 0."""
    return None if part is None else percent(part, whole)


def _statement(reading: Reading, customer: int) -> Facts:
    """What the latest financial statement says, while it is valid."""
    had = [f for f in reading.of("financials", customer) if f["received"] <= reading.as_of]
    latest = max(had, key=lambda f: (f["period_end"], f["received"]), default=NOTHING)
    state = _state(reading, latest)
    of = latest if state == "valid" else dict.fromkeys(latest)

    def amount(name: str) -> int | None:
        value = of.get(name)
        return None if value is None else reading.value(value, latest["currency"])

    cost, owed = of.get("cost_of_sales"), of.get("payables")
    return {
        "financials": state,
        "days_since_financials": reading.since(latest.get("period_end")),
        "equity": amount("equity"), "financial_sales": amount("sales"), "net_profit": amount("net_profit"),
        "current_ratio": _ratio(of.get("current_assets"), of.get("current_liabilities")),
        "quick_ratio": _ratio(_less(of.get("current_assets"), of.get("inventory")), of.get("current_liabilities")),
        "debt_ratio": _ratio(of.get("total_liabilities"), of.get("total_assets")),
        "equity_ratio": _ratio(of.get("equity"), of.get("total_assets")),
        "interest_cover": _ratio(of.get("operating_profit"), of.get("interest_paid")),
        "profit_margin": _ratio(of.get("net_profit"), of.get("sales")),
        "days_payable": half_up(Fraction(owed * of["months"] * 365, 12 * cost)) if cost and owed is not None else None,
        "financial_sales_growth": _growth(of, had),
    }


def _growth(of: Row, had: list[Row]) -> int | None:
    """By how much sales grew since the statement before that can be compared."""
    before = max((f for f in had if of.get("months") == f["months"] and of["currency"] == f["currency"]
                  and f["period_end"] < of["period_end"]), key=lambda f: (f["period_end"], f["received"]), default=NOTHING)
    return _ratio(_less(of.get("sales"), before.get("sales")), before.get("sales"))


def _assessments(reading: Reading, customer: int) -> Facts:
    """What others, and we, think of the customer."""
    had = sorted((a for a in reading.of("assessments", customer) if a["assessed"] <= reading.as_of),
                 key=lambda a: (a["assessed"], a["id"]))
    judged = [a for a in had if a["kind"] != "reference" and (a["score"] is not None or a["rating"] is not None)]
    latest = judged[-1] if judged else NOTHING
    state = _state(reading, latest)
    of = latest if state == "valid" else NOTHING
    before = [a for a in judged[:-1] if a["source"] == latest["source"]]
    changed = None
    for source in {a["source"] for a in judged}:
        rated = [a for a in judged if a["source"] == source and a["rating"] is not None]
        for one, next_one in pairwise(rated):
            if one["rating"] != next_one["rating"]:
                changed = max(changed or "", next_one["assessed"])
    voices = [a for a in had if a["kind"] == "reference" and _state(reading, a) == "valid"]
    told = [a["insolvent"] for a in had if a["insolvent"] is not None]
    return {
        "assessment": state,
        "days_since_assessment": reading.since(latest.get("assessed")),
        "external_score": of.get("score"),
        "external_rating": of.get("rating"),
        "external_score_change": _less(of.get("score"), before[-1]["score"] if before else None),
        "days_since_external_rating_change": reading.since(changed),
        "insolvent": told[-1] if told else 0,
        "trade_references": len(voices),
        "bad_references": sum(a["experience"] == "bad" for a in voices),
    }


def _secured(reading: Reading, customer: int) -> Facts:
    """What somebody else answers for."""
    amounts: dict[str, int] = {"insurance": 0, "guarantee": 0, "collateral": 0}
    for row in reading.of("securities", customer):
        if row["valid_from"] <= reading.as_of <= (row["valid_until"] or reading.as_of):
            amounts[row["kind"]] += reading.value(row["amount"], row["currency"])
    return {
        "insured_amount": amounts["insurance"],
        "guaranteed_amount": amounts["guarantee"] + amounts["collateral"],
        "secured_amount": sum(amounts.values()),
    }


def _market(reading: Reading, known: Facts) -> Facts:
    """How the customer's industry is doing where the customer is."""
    said = [m for m in reading.rows["market"] if m["industry"] == known["customer.industry"]
            and m["valid_from"] <= reading.as_of]
    here = [m for m in said if m["region"] == known["customer.country"]] or [m for m in said if m["region"] == "all"]
    latest = max(here, key=lambda m: str(m["valid_from"]), default=NOTHING)
    return {"market_outlook": latest.get("outlook"), "days_since_market_outlook": reading.since(latest.get("valid_from"))}


# -- how the customer pays and buys ---------------------------------------------------------------------------------------


def _payment(reading: Reading, customer: int, known: Facts) -> Facts:
    """Whether payment gets better or worse."""
    own = [r for r in reading.of("receivables", customer) if r["posted"] <= reading.as_of]
    settled = [(r, day) for r in own if (day := reading.settled_on(r)) is not None and reading.within_year(day)]
    recent = [pair for pair in settled if pair[1] > shifted(reading.as_of, -90)]
    broken = [shifted(p["promised"], p["grace_days"])
              for p, state in reading.promises(lambda p: p["customer_id"] == customer) if state == "broken"]
    late = max((day for r, day in settled if day > r["due"]), default=None)
    receivables = {r["id"] for r in reading.of("receivables", customer)}
    contested = {d["id"] for d in reading.rows["disputes"] if d["receivable_id"] in receivables
                 and d["opened"] <= reading.as_of}
    return {
        "days_late_trend": _less(_weighted(reading, recent),
                                 _weighted(reading, [pair for pair in settled if pair not in recent])),
        "on_time_streak": _streak(reading, own),
        "days_since_late": 0 if known["customer.overdue_count"] else reading.since(late),
        "days_since_broken_promise": reading.since(max(broken, default=None)),
        "disputes_lost_12m": sum(x["outcome"] == "rejected" and reading.within_year(x["resolved"])
                                 for x in reading.rows["dispute_resolutions"] if x["dispute_id"] in contested),
        "sales_3m": sum(reading.value(r["amount"], r["currency"]) for r in own
                        if r["kind"] in SALES and shifted(reading.as_of, -90) < r["issued"]),
    }


def _weighted(reading: Reading, settled: Iterable[tuple[Row, str]]) -> int | None:
    """How late these were paid on average, weighted by amount."""
    parts = [(max(0, days_between(r["due"], day)), reading.value(r["amount"], r["currency"])) for r, day in settled]
    weight = sum(value for _, value in parts)
    return half_up(Fraction(sum(late * value for late, value in parts), weight)) if weight else None


def _streak(reading: Reading, own: list[Row]) -> int:
    """How many of those that fell due were paid on time, one after the other, back from the last."""
    fell_due = [r for r in own if reading.year_ago < r["due"] < reading.as_of]
    count = 0
    for row in sorted(fell_due, key=lambda r: (r["due"], r["id"]), reverse=True):
        day = reading.settled_on(row)
        if day is None or day > row["due"]:
            break
        count += 1
    return count


def _levels(reading: Reading, customer: int) -> Facts:
    """How often each level was reached."""
    reached = {(e["level_to"], e["receivable_id"], e["episode"]) for e in reading.effects
               if e["customer_id"] == customer and e["level_to"] is not None and reading.within_year(e["as_of"])}
    return {f"times_level_{n}_12m": sum(level == n for level, _, _ in reached) for n in (1, 2, 3, 4)}


def _orders(reading: Reading, customer: int) -> Facts:
    """What the customer is used to ordering."""
    orders = [(days_between(o["ordered"], reading.as_of), reading.value(o["amount"], o["currency"]))
              for o in reading.of("orders", customer) if reading.within_year(o["ordered"])]
    recent = sum(value for ago, value in orders if ago < 90)
    former = sum(value for ago, value in orders if 90 <= ago < 360)
    return {
        "order_trend": half_up(Fraction(recent * 30_000, former)) if former else None,
        "average_order_12m": half_up(Fraction(sum(value for _, value in orders), len(orders))) if orders else None,
    }


# -- what people and policies decided -------------------------------------------------------------------------------------


def _reviews(reading: Reading, customer: int) -> Facts:
    """When somebody last looked, and whether somebody should."""
    looked = [r["reviewed"] for r in reading.of("reviews", customer) if r["reviewed"] <= reading.as_of]
    rated = [e["as_of"] for e in reading.effects if e["customer_id"] == customer and e["kind"] == "set_rating"]
    waiting = [q for q in reading.of("review_requests", customer) if q["requested"] <= reading.as_of
               and q["requested"] > max(looked, default="")]
    oldest = min(waiting, key=lambda q: (q["requested"], q["id"]), default=NOTHING)
    due = oldest.get("due")
    return {
        "days_since_review": reading.since(max([*looked, *([min(rated)] if rated else [])], default=None)),
        "review_open": int(bool(waiting)),
        "days_until_review": None if due is None else days_between(reading.as_of, due),
    }


def _steps(reading: Reading, customer: int) -> Facts:
    """The steps that were taken and stand."""
    taken = [s for s in reading.of("steps", customer) if s["taken"] <= reading.as_of]
    found: Facts = {}
    for what in ("limit", "terms"):
        found[f"{what}_steps"] = sum(s["steps"] for s in taken if s["of"] == what)
        found[f"days_since_{what}_step"] = reading.since(max((s["taken"] for s in taken if s["of"] == what), default=None))
    return found
