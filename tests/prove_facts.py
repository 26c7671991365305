"""Made facts for the tests of proofs: any facts at all, thick around the literals of policies; and subjects that could be real.

Comes in: a random.Random and policies. Goes out: facts by name.
Know before changing: `loose` facts need not fit together, which is right for holding two readings of one condition equal. `real`
ones come from a few made receivables, added up in plain Python; nothing here knows engine/prove/laws.py.
"""

import datetime as dt
import random
from collections.abc import Iterable, Sequence

from engine.decide.findings import findings_of
from engine.facts import FACTS, Fact, FactType
from engine.policy.model import Comparison, Condition, MonthEnd, Policy
from engine.prove.outcome import outcomes

Value = int | str | None
Facts = dict[str, Value]
AS_OF = "2026-03-31"


def day(as_of: str, shift: int) -> str:
    """So many days after the date."""
    return (dt.date.fromisoformat(as_of) + dt.timedelta(shift)).isoformat()


def literals(conditions: Iterable[Condition]) -> dict[str, list[int | str]]:
    """What each fact is compared with, and what lies beside it; also what it is compared with by way of another fact."""
    found: dict[str, list[int | str]] = {}
    for finding in (one for condition in conditions for one in findings_of(condition)):
        if isinstance(finding, MonthEnd):
            continue
        assert isinstance(finding, Comparison)
        right = finding.operand if isinstance(finding.operand, tuple) else (finding.operand,)
        several = [value for value in right if isinstance(value, int | str)]
        beside = [value + shift for value in several if isinstance(value, int) for shift in (-1, 1)]
        found.setdefault(finding.fact, []).extend([*several, *beside])
    return found


def asked(policies: Sequence[Policy]) -> list[Condition]:
    """Every condition that tells what the policies do."""
    of = [policy.covers for policy in policies if policy.covers]
    return [*of, *(one.done for policy in policies for one in outcomes(policy))]


def loose(rng: random.Random, names: Iterable[str], known: dict[str, list[int | str]]) -> Facts:
    """Facts that need not fit together."""
    return {name: _loose(rng, FACTS[name], known.get(name, [])) for name in sorted(names)}


def _loose(rng: random.Random, fact: Fact, near: Sequence[int | str]) -> Value:
    """One value, mostly beside a literal."""
    if rng.random() < 0.15 and fact.name not in ("customer.limit_steps", "customer.terms_steps"):
        return None
    if near and rng.random() < 0.7:
        value = rng.choice(near)
        return min(1, max(0, value)) if fact.type is FactType.FLAG and isinstance(value, int) else value
    match fact.type:
        case FactType.FLAG:
            return rng.randint(0, 1)
        case FactType.TEXT:
            return rng.choice(fact.values or ("A", "D", "retail", "sme", "x"))
        case FactType.DATE:
            return day(AS_OF, rng.randint(-100, 60))
        case FactType.MONEY:
            return rng.choice((0, 1, 499, 500, 10_000, 250_000, rng.randint(-1_000, 10**8)))
        case FactType.COUNT:
            return rng.randint(0, 5)
        case _:
            return rng.choice((-1, 0, 1, 14, 15, 30, 31, 90, rng.randint(-40, 12_000)))


# -- subjects that could be real ---------------------------------------------------------------------------------------


def real(rng: random.Random, known: dict[str, list[int | str]], as_of: str = AS_OF) -> tuple[list[Facts], Facts]:
    """A made customer: the facts of each of its receivables (the customer's among them), and the customer's own."""
    free = {name: _loose(rng, fact, known.get(name, [])) for name, fact in FACTS.items()}
    receivables = [_receivable(rng, known, as_of, place) for place in range(rng.choice((1, 1, 2, 3)))]
    customer = {name: value for name, value in free.items() if name.startswith("customer.")}
    customer |= _stances(rng, known, as_of, "customer.")
    customer |= _owed(rng, receivables, as_of)
    customer |= _owned(rng, customer)
    customer = {name: _lawful(name, value) for name, value in customer.items()}
    return [customer | one | _shared(customer, one) for one in receivables], customer


def _near(rng: random.Random, known: dict[str, list[int | str]], name: str, others: Sequence[int]) -> int:
    """A number, beside a literal of the policies or another one."""
    near = [value for value in known.get(name, []) if isinstance(value, int)]
    return rng.choice(near) if near and rng.random() < 0.6 else rng.choice(others)


def _receivable(rng: random.Random, known: dict[str, list[int | str]], as_of: str, place: int) -> Facts:
    """One receivable by itself."""
    late = _near(rng, known, "days_past_due", (-20, -1, 0, 1, 3, 15, 30, 31, 45, 60, 91, 200))
    amount = max(0, _near(rng, known, "open_amount", (1, 499, 500, 501, 9_999, 10_000, 100_000, 3_000_000)))
    state = rng.choice(("none",) * 4 + ("part", "whole"))
    disputed = {"none": 0, "whole": amount, "part": rng.randint(0, amount)}[state]
    issued = late + rng.choice((0, 10, 30))
    return _stances(rng, known, as_of, "") | {
        "days_past_due": late, "days_until_due": -late, "due_date": day(as_of, -late), "days_since_invoice": issued,
        "invoice_date": day(as_of, -issued), "open_amount": amount, "original_amount": amount + rng.choice((0, 0, 5_000)),
        "paid_share": rng.choice((0, 0, 2_500, 9_999)), "kind": rng.choice(FACTS["kind"].values),
        "currency": rng.choice(("EUR", "USD")), "dispute": state, "disputed_amount": disputed,
        "undisputed_amount": amount - disputed,
        "days_since_dispute": None if state == "none" else _near(rng, known, "days_since_dispute", (0, 5, 30, 31)),
        "dunning_hold": rng.choice((0,) * 6 + (1,)), "fee_charged": rng.choice((0, 0, 0, 1)),
        "handed_over": rng.choice((0,) * 8 + (1,)),
    }


def _stances(rng: random.Random, known: dict[str, list[int | str]], as_of: str, prefix: str) -> Facts:
    """Promises, notices and levels, of a receivable or of the customer as a whole."""
    promise = rng.choice(("none",) * 4 + ("pending", "kept", "broken"))
    since = {"none": None, "broken": rng.choice((1, 5, 40))}.get(promise, rng.choice((-7, 0, 3)))
    level = max(0, _near(rng, known, f"{prefix}level", (0, 0, 1, 2, 3, 4)))
    stepped = _near(rng, known, f"{prefix}days_since_level", (0, 1, 7, 14, 30, 60)) if level else None
    notice = _near(rng, known, f"{prefix}days_since_last_notice", (0, 6, 7, 14, 40)) if rng.random() < 0.6 else None
    notice = None if notice is None else max(0, notice)
    deadline = None if notice is None or rng.random() < 0.5 else notice - rng.choice((7, 14))
    return {
        f"{prefix}promise": promise, f"{prefix}days_since_promised_date": since,
        f"{prefix}promised_date": None if since is None else day(as_of, -since),
        f"{prefix}level": level, f"{prefix}days_since_level": None if stepped is None else max(0, stepped),
        f"{prefix}times_at_level": rng.choice((1, 1, 2, 4)) if level else 0,
        f"{prefix}last_notice_delivered": rng.choice((None, 0, 1, 1, 1)) if level else None,
        f"{prefix}days_since_last_notice": notice,
        f"{prefix}last_notice_date": None if notice is None else day(as_of, -notice),
        f"{prefix}days_since_deadline": deadline,
        f"{prefix}deadline_date": None if deadline is None else day(as_of, -deadline),
    } | ({"notices_sent": 0 if notice is None else rng.randint(1, 4)} if not prefix else {})


def _owed(rng: random.Random, own: Sequence[Facts], as_of: str) -> Facts:
    """What the receivables come to for their customer."""

    def total(name: str, low: int = -(10**9), high: int = 10**9) -> int:
        return sum(_whole(one[name]) for one in own if low <= _whole(one["days_past_due"]) <= high)

    oldest = max(_whole(one["days_past_due"]) for one in own)
    issued = max(_whole(one["days_since_invoice"]) for one in own)
    credit, orders = rng.choice((0, 0, 400, 10**6)), rng.choice((0, 0, 30_000, 900_000))
    late = total("open_amount", 1)
    found: Facts = {
        "open_amount": total("open_amount"), "open_count": len(own), "not_due_amount": total("open_amount", high=0),
        "overdue_amount": late, "overdue_1_30": total("open_amount", 1, 30), "overdue_31_60": total("open_amount", 31, 60),
        "overdue_61_90": total("open_amount", 61, 90), "overdue_over_90": total("open_amount", 91),
        "overdue_count": sum(_whole(one["days_past_due"]) >= 1 for one in own),
        "overdue_share": late * 10_000 // total("open_amount") if total("open_amount") else None,
        "oldest_days_past_due": oldest, "oldest_due_date": day(as_of, -oldest), "days_since_oldest_invoice": issued,
        "oldest_invoice_date": day(as_of, -issued), "largest_receivable": max(_whole(one["open_amount"]) for one in own),
        "disputed_amount": total("disputed_amount"), "open_disputes": sum(one["dispute"] != "none" for one in own),
        "undisputed_overdue_amount": total("undisputed_amount", 1), "unapplied_credit": credit, "open_orders": orders,
        "largest_open_order": orders // 2, "exposure": total("open_amount") - credit + orders,
        "highest_level": max(_whole(one["level"]) for one in own),
        "handed_over": max(_whole(one["handed_over"]) for one in own),
        "dunning_hold": min(_whole(one["dunning_hold"]) for one in own),
    }
    return {f"customer.{name}": value for name, value in found.items()}


def _owned(rng: random.Random, of: Facts) -> Facts:
    """How the customer pays, limits, evidence and holds, so that what hangs together does."""
    paid = rng.choice((0, 0, 1, 3, 4, 12))
    limit, temporary = rng.choice((None, 0, 50_000, 10**6)), rng.choice((None, None, None, 200_000))
    force = limit if temporary is None else temporary
    held, valid = rng.choice((0, 0, 1)), rng.choice(("none", "valid", "expired"))
    judged, reviewing = rng.choice(("none", "valid", "expired")), rng.choice((0, 0, 1))
    broken, secured = rng.choice((0, 0, 1, 2)), rng.choice((0, 0, 100_000, 5 * 10**6))
    sales = rng.choice((0, 10_000, 1_999_999, 2_000_000, 5 * 10**7))
    found: Facts = {
        "paid_count_12m": paid, "sales_12m": sales, "sales_3m": sales // rng.choice((1, 2, 4, 10)),
        "credit_limit": limit, "temporary_limit": temporary, "limit_in_force": force, "group_limit": None,
        "group_exposure": None, "group_utilisation": None, "effective_limit": force, "headroom": None, "utilisation": None,
        "credit_hold": held, "days_on_credit_hold": rng.randint(0, 50) if held else None, "hold_suspended": 0,
        "financials": valid, "days_since_financials": None if valid == "none" else 100, "assessment": judged,
        "days_since_assessment": None if judged == "none" else rng.choice((10, 59, 60, 61)),
        "review_open": reviewing, "days_until_review": 3 if reviewing else None, "broken_promises_12m": broken,
        "days_since_broken_promise": rng.choice((1, 29, 30, 89, 90)) if broken else None, "secured_amount": secured,
        "insured_amount": secured // 2, "guaranteed_amount": secured - secured // 2, "limit_steps": 0, "terms_steps": 0,
        "trade_references": 2, "bad_references": rng.choice((0, 0, 1)), "entity": "E1",
    }
    exposure = _whole(of["customer.exposure"])
    if force is not None:
        found |= {"headroom": force - exposure, "utilisation": exposure * 10_000 // force if force else None}
    for name, fact in FACTS.items():
        if fact.source in ("accounts", "figures", "growth") and valid != "valid":
            found[name.removeprefix("customer.")] = None
        if fact.source == "judged" and fact.name not in ("customer.assessment", "customer.days_since_assessment"):
            found[name.removeprefix("customer.")] = found.get(name, of[name]) if judged == "valid" else None
    if found.get("external_score") is None:
        found["external_score_change"] = None
    if not paid:
        found |= {"on_time_share_12m": None, "average_days_late_12m": None}
    elif of["customer.on_time_share_12m"] is None:
        found |= {"on_time_share_12m": 5_000, "average_days_late_12m": 3}
    if paid and of["customer.average_days_late_12m"] is None:
        found["average_days_late_12m"] = 3
    if _whole(of["customer.overdue_count"]):
        found["days_since_late"] = 0
    if of["customer.market_outlook"] is None or of["customer.days_since_market_outlook"] is None:
        found |= {"market_outlook": None, "days_since_market_outlook": None}
    if of["customer.days_since_last_payment"] is None or of["customer.last_payment_amount"] is None:
        found |= {"days_since_last_payment": None, "last_payment_amount": None}
    return {f"customer.{name}": value for name, value in found.items()}


def _shared(customer: Facts, one: Facts) -> Facts:
    """What is so of the customer because it is of the receivable."""
    since, own = customer["customer.days_since_last_notice"], one["days_since_last_notice"]
    if own is None or (since is not None and _whole(since) <= _whole(own)):
        return {}
    return {"customer.days_since_last_notice": own, "customer.last_notice_date": one["last_notice_date"]}


def _lawful(name: str, value: Value) -> Value:
    """What is counted is not below nothing, and what is always there is."""
    from engine.prove.domain import SIGNED, may_be_missing

    fact = FACTS[name]
    if value is None:
        return value if may_be_missing(fact) else fact.neutral if fact.neutral is not None else 0
    low = isinstance(value, int) and value < 0 and name not in SIGNED
    high = name in ("customer.on_time_share_12m", "customer.overdue_share", "paid_share") and _whole(value) > 10_000
    return 0 if low else 10_000 if high else value


def _whole(value: Value) -> int:
    """A number that is there."""
    assert isinstance(value, int), value
    return value
