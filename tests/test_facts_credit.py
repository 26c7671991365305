"""Every fact of credit, told as a small story: its meaning, its boundaries n - 1, n and n + 1, and when it is missing.

Know before changing: as in tests/test_facts.py: as_of is AS_OF, the customer is C, R is 100.00 EUR. `day n` of a story is so many
days before as_of.
"""

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import facts_credit
from engine.errors import Refusal
from engine.money import LARGEST, LARGEST_RATE_PART, convert
from engine.sql import converted_either_way, share, smaller
from tests import oracle_facts
from tests.books import FOREVER, RECORDED, Books
from tests.oracle_reading import percent
from tests.test_facts import (
    AS_OF,
    Story,
    back,
    both,
    disputed,
    held,
    ordered,
    owes,
    paid,
    plain,
    profile,
    promised,
    read,
    tell,
)
from tests.test_law import law


def nothing(books: Books) -> Books:
    """Nothing is known of the customer."""
    return books


def limit(amount: str = "900.00", since: int = 5, until: int | None = -5, *, confirmed: int | None = 5, group: bool = False,
          withdrawn: int | None = None, of: str = "C", name: str = "L") -> Story:
    """A limit granted from one day to another, confirmed on one and perhaps withdrawn on one."""

    def told(b: Books) -> None:
        b.granted_limit(of, amount, since=back(since), until=None if until is None else back(until), group=group,
                        reference=name, confirmed=None if confirmed is None else back(confirmed))
        if withdrawn is not None:
            b.withdraw(name, withdrawn=back(withdrawn))

    return told


def override(rating: str, since: int = 5, until: int = -5, *, confirmed: int | None = 5, withdrawn: int | None = None) -> Story:
    """A rating set by people."""

    def told(b: Books) -> None:
        b.override("C", rating, since=back(since), until=back(until), reference=rating,
                   confirmed=None if confirmed is None else back(confirmed))
        if withdrawn is not None:
            b.withdraw(rating, withdrawn=back(withdrawn))

    return told


def lifted(since: int = 5, until: int = -5, *, confirmed: int | None = 5) -> Story:
    """The credit holds are suspended."""
    return lambda b: b.suspension("C", since=back(since), until=back(until),
                                  confirmed=None if confirmed is None else back(confirmed))


def family(*shared: Story, own: str = "1000.00") -> Story:
    """C is the child of M, who is the child of T; each of C, M and a stranger S owes 100.00."""

    def told(b: Books) -> None:
        b.customer("T").customer("M", parent="T").customer("S")
        b.version("C", valid_from=back(9), parent="M", limit=own)
        for number in "CMS":
            b.receivable(f"R-{number}", number, due=back(1), amount="100.00")
        for story in shared:
            story(b)

    return told


def statement(ago: int = 90, received: int = 60, until: int | None = -60, **amounts: Any) -> Story:
    """A financial statement: end of its period, when it came, until when it counts."""
    return lambda b: b.financials("C", period_end=back(ago), received=back(received),
                                  valid_until=None if until is None else back(until), **amounts)


def opinion(ago: int = 30, until: int | None = -30, *, source: str = "Acme", **columns: Any) -> Story:
    """What a source said of the customer."""
    return lambda b: b.assessment("C", assessed=back(ago), valid_until=None if until is None else back(until), source=source,
                                  **columns)


def security(kind: str, since: int = 5, until: int | None = -5) -> Story:
    """70.00 are secured."""
    return lambda b: b.security("C", "70.00", kind=kind, since=back(since), until=None if until is None else back(until))


def outlook(word: str, ago: int, region: str = "all", industry: str = "retail") -> Story:
    """What somebody said of an industry."""
    return lambda b: b.market(industry, word, valid_from=back(ago), region=region)


def bought(ago: int, amount: str = "100.00") -> Story:
    """An order, invoiced since."""
    return lambda b: b.order(f"O{ago}-{amount}", "C", ordered=back(ago), amount=amount, closed=AS_OF)


def climbed(*levels: tuple[int, int], number: str | None = "R", episode: str | None = None) -> Story:
    """Levels reached so many days ago."""

    def told(b: Books) -> None:
        for level, ago in levels:
            b.notice("C", number, level=level, as_of=back(ago), sent=RECORDED, episode=episode)

    return told


def looked(ago: int) -> Story:
    """Somebody reviewed the customer."""
    return lambda b: b.review("C", reviewed=back(ago))


def asked(ago: int, due: int, name: str = "Q") -> Story:
    """A policy called for a review."""
    return lambda b: b.review_request("C", requested=back(ago), due=back(due), reference=name)


def stepped(ago: int, of: str = "limit", steps: int = 1, name: str = "S") -> Story:
    """A policy took a step."""
    return lambda b: b.step("C", of, steps, taken=back(ago), reference=name)


def undone(name: str, ago: int = 0) -> Story:
    """The effect of that name was reversed."""
    return lambda b: b.undone(name, as_of=back(ago))


def undone_rating(rating: str) -> Story:
    """A policy set a rating today, and that was reversed."""
    return lambda b: b.concluded("set_rating", "C", as_of=AS_OF, rating=rating, reference="F").undone("F", as_of=AS_OF)


IN_RETAIL = profile(industry="retail", country="NO")
LIMIT = profile(limit="500.00")

STORIES: list[tuple[str, Story, Any]] = [
    # -- limits and groups
    ("customer.temporary_limit", LIMIT, None), ("customer.temporary_limit", limit(), 90_000),
    ("customer.temporary_limit", limit(confirmed=None), None), ("customer.temporary_limit", limit(confirmed=0), 90_000),
    ("customer.temporary_limit", limit(confirmed=-1), None), ("customer.temporary_limit", limit(since=0), 90_000),
    ("customer.temporary_limit", limit(since=-1), None), ("customer.temporary_limit", limit(until=0), 90_000),
    ("customer.temporary_limit", limit(until=1), None), ("customer.temporary_limit", limit(withdrawn=0), None),
    ("customer.temporary_limit", limit(withdrawn=-1), 90_000), ("customer.temporary_limit", limit(group=True), None),
    ("customer.temporary_limit", both(limit("1.00", 4, name="A"), limit("2.00", 5, name="B")), 100),
    ("customer.temporary_limit", both(limit("1.00", 5, name="A"), limit("2.00", 5, name="B")), 200),
    ("customer.temporary_limit", limit("0.00"), 0),
    ("customer.limit_in_force", LIMIT, 50_000), ("customer.limit_in_force", nothing, None),
    ("customer.limit_in_force", both(LIMIT, limit()), 90_000), ("customer.limit_in_force", both(LIMIT, limit("0.00")), 0),
    ("customer.limit_in_force", limit(), 90_000), ("customer.limit_in_force", both(LIMIT, limit(until=1)), 50_000),
    ("customer.days_until_limit_ends", profile(limit="1.00", limit_until=back(-1)), 1),
    ("customer.days_until_limit_ends", profile(limit="1.00", limit_until=back(0)), 0),
    ("customer.days_until_limit_ends", profile(limit="1.00", limit_until=back(1)), -1),
    ("customer.days_until_limit_ends", LIMIT, None),
    ("customer.group_limit", family(), None), ("customer.group_limit", family(limit(group=True, of="T", until=None)), 90_000),
    ("customer.group_limit", family(limit(group=True, of="M")), None),
    ("customer.group_limit", family(limit(of="T")), None), ("customer.group_limit", limit(group=True), 90_000),
    ("customer.group_limit", family(limit(group=True, of="T", confirmed=None)), None),
    ("customer.group_limit", family(limit(group=True, of="T", until=1)), None),
    ("customer.group_exposure", plain(), None), ("customer.group_exposure", family(), 20_000),
    ("customer.group_exposure", family(lambda b: b.version("C", valid_from=AS_OF)), None),
    ("customer.group_exposure", family(lambda b: b.version("C", valid_from=back(-1))), 20_000),
    ("customer.group_exposure", family(lambda b: b.order("O", "T", ordered=AS_OF, amount="7.00")), 20_700),
    ("customer.group_utilisation", family(), None),
    ("customer.group_utilisation", family(limit("300.00", group=True, of="T")), 6_667),
    ("customer.group_utilisation", family(limit("0.00", group=True, of="T")), None),
    ("customer.group_utilisation", both(plain(), limit("300.00", group=True)), 3_333),
    ("customer.effective_limit", family(), 100_000), ("customer.effective_limit", nothing, None),
    ("customer.effective_limit", family(limit("999.99", group=True, of="T")), 99_999),
    ("customer.effective_limit", family(limit("1000.01", group=True, of="T")), 100_000),
    ("customer.effective_limit", limit(group=True), 90_000), ("customer.effective_limit", both(LIMIT, limit()), 90_000),
    ("customer.headroom", both(plain(), LIMIT), 40_000), ("customer.headroom", plain(), None),
    ("customer.headroom", both(plain(), profile(limit="0.00")), -10_000),
    ("customer.headroom", both(plain(), LIMIT, limit()), 80_000), ("customer.headroom", family(), 90_000),
    ("customer.headroom", family(limit("1099.99", group=True, of="T")), 89_999),
    ("customer.headroom", family(limit("1100.01", group=True, of="T")), 90_000),
    ("customer.headroom", family(limit("150.00", group=True, of="T")), -5_000),
    ("customer.headroom", both(plain(), limit(group=True)), 80_000),
    ("customer.utilisation", both(plain(), profile(limit="300.00")), 3_333), ("customer.utilisation", plain(), None),
    ("customer.utilisation", both(plain(), profile(limit="0.00")), None),
    ("customer.utilisation", both(plain(), LIMIT, limit("200.00")), 5_000),
    ("customer.utilisation", both(LIMIT, lambda b: b.credit("N", "C", issued=AS_OF, amount="7.00")), -140),
    # -- financial statements
    ("customer.financials", nothing, "none"), ("customer.financials", statement(until=None), "valid"),
    ("customer.financials", statement(until=0), "valid"), ("customer.financials", statement(until=1), "expired"),
    ("customer.financials", statement(received=0), "valid"), ("customer.financials", statement(received=-1), "none"),
    ("customer.financials", both(statement(400, until=-1), statement(90, until=1)), "expired"),
    ("customer.financials", both(statement(90, 60, until=1), statement(90, 59)), "valid"),
    ("customer.days_since_financials", statement(90, until=1), 90), ("customer.days_since_financials", nothing, None),
    ("customer.equity", statement(equity="5.00"), 500), ("customer.equity", statement(equity="-5.00"), -500),
    ("customer.equity", statement(equity="5.00", until=1), None), ("customer.equity", statement(), None),
    ("customer.equity", both(lambda b: b.rate(back(9), "USD", "EUR", "0.5"), statement(equity="-0.01", currency="USD")), -1),
    ("customer.financial_sales", statement(sales="5.00"), 500), ("customer.financial_sales", nothing, None),
    ("customer.net_profit", statement(net_profit="-5.00"), -500), ("customer.net_profit", nothing, None),
    ("customer.current_ratio", statement(current_assets="4.00", current_liabilities="3.00"), 13_333),
    ("customer.current_ratio", statement(current_assets="5.00", current_liabilities="3.00"), 16_667),
    ("customer.current_ratio", statement(current_assets="5.00", current_liabilities="0.00"), None),
    ("customer.current_ratio", statement(current_assets="5.00"), None),
    ("customer.current_ratio", statement(current_assets="90000000000000.00", current_liabilities="60000000000000.00"), 15_000),
    ("customer.quick_ratio", statement(current_assets="4.00", inventory="1.00", current_liabilities="3.00"), 10_000),
    ("customer.quick_ratio", statement(current_assets="4.00", current_liabilities="3.00"), None),
    ("customer.debt_ratio", statement(total_liabilities="8.00", total_assets="10.00"), 8_000),
    ("customer.debt_ratio", statement(total_liabilities="8.00", total_assets="10.00", until=1), None),
    ("customer.equity_ratio", statement(equity="-1.00", total_assets="3.00"), -3_333),
    ("customer.equity_ratio", statement(equity="1.00"), None),
    ("customer.interest_cover", statement(operating_profit="3.00", interest_paid="2.00"), 15_000),
    ("customer.interest_cover", statement(operating_profit="-3.00", interest_paid="2.00"), -15_000),
    ("customer.interest_cover", statement(operating_profit="3.00", interest_paid="0.00"), None),
    ("customer.profit_margin", statement(net_profit="-2.00", sales="3.00"), -6_667),
    ("customer.profit_margin", statement(net_profit="2.00"), None),
    ("customer.days_payable", statement(payables="10.00", cost_of_sales="100.00"), 37),
    ("customer.days_payable", statement(payables="10.00", cost_of_sales="100.00", months=6), 18),
    ("customer.days_payable", statement(payables="10.00", cost_of_sales="0.00"), None),
    ("customer.days_payable", statement(cost_of_sales="1.00"), None),
    ("customer.financial_sales_growth", statement(sales="9.00"), None),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="8.00"), statement(sales="9.00")), 1_250),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="9.00", until=300), statement(sales="8.00")), -1_111),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="8.00", months=6), statement(sales="9.00")), None),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="8.00", currency="USD"),
                                             lambda b: b.rate(back(500), "USD", "EUR", "1"), statement(sales="9.00")), None),
    ("customer.financial_sales_growth", both(statement(820, 800, sales="6.00"), statement(455, 400, sales="8.00"),
                                             statement(455, 399, sales="10.00"), statement(sales="9.00")), -1_000),
    ("customer.financial_sales_growth", both(statement(455, -1, sales="8.00"), statement(sales="9.00")), None),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="0.00"), statement(sales="9.00")), None),
    ("customer.financial_sales_growth", both(statement(455, 400, sales="8.00"), statement(sales="9.00", until=1)), None),
    # -- assessments
    ("customer.assessment", nothing, "none"), ("customer.assessment", opinion(0, score=5), "valid"),
    ("customer.assessment", opinion(-1, score=5), "none"), ("customer.assessment", opinion(until=0, score=5), "valid"),
    ("customer.assessment", opinion(until=1, score=5), "expired"),
    ("customer.assessment", opinion(until=None, rating="A"), "valid"),
    ("customer.assessment", opinion(insolvent=0), "none"), ("customer.assessment", opinion(kind="own", score=5), "valid"),
    ("customer.assessment", opinion(kind="reference", score=5), "none"),
    ("customer.assessment", both(opinion(30, score=5), opinion(29, 1, source="Other", score=5)), "expired"),
    ("customer.days_since_assessment", opinion(30, 1, score=5), 30), ("customer.days_since_assessment", nothing, None),
    ("customer.external_score", opinion(score=5), 5), ("customer.external_score", opinion(until=1, score=5), None),
    ("customer.external_score", both(opinion(30, score=5), opinion(30, source="Other", score=6)), 6),
    ("customer.external_score", opinion(rating="A"), None),
    ("customer.external_rating", opinion(rating="A"), "A"), ("customer.external_rating", opinion(until=1, rating="A"), None),
    ("customer.external_score_change", opinion(score=5), None),
    ("customer.external_score_change", both(opinion(60, 31, score=7), opinion(30, score=5)), -2),
    ("customer.external_score_change", both(opinion(60, 31, score=7), opinion(40, score=1, source="Other"),
                                            opinion(30, score=5)), -2),
    ("customer.external_score_change", both(opinion(60, score=7), opinion(30, until=1, score=5)), None),
    ("customer.external_score_change", both(opinion(60, rating="A"), opinion(30, score=5)), None),
    ("customer.days_since_external_rating_change", opinion(rating="A"), None),
    ("customer.days_since_external_rating_change", both(opinion(60, rating="A"), opinion(30, rating="B"),
                                                        opinion(9, rating="B")), 30),
    ("customer.days_since_external_rating_change", both(opinion(60, rating="A"), opinion(30, rating="B", source="Other")), None),
    ("customer.days_since_external_rating_change", both(opinion(60, rating="A"), opinion(30, score=5),
                                                        opinion(9, 1, rating="B")), 9),
    ("customer.insolvent", nothing, 0), ("customer.insolvent", opinion(insolvent=1), 1),
    ("customer.insolvent", opinion(until=1, insolvent=1), 1),
    ("customer.insolvent", both(opinion(30, insolvent=1), opinion(20, score=5), opinion(10, insolvent=0)), 0),
    ("customer.insolvent", both(opinion(30, insolvent=1), opinion(20, score=5)), 1),
    ("customer.insolvent", opinion(-1, insolvent=1), 0),
    ("customer.trade_references", nothing, 0), ("customer.trade_references", opinion(kind="reference"), 1),
    ("customer.trade_references", opinion(kind="reference", until=0), 1),
    ("customer.trade_references", opinion(kind="reference", until=1), 0), ("customer.trade_references", opinion(score=5), 0),
    ("customer.bad_references", both(opinion(kind="reference", experience="bad"),
                                     opinion(kind="reference", experience="fair", source="Other")), 1),
    ("customer.bad_references", nothing, 0),
    ("customer.market_outlook", IN_RETAIL, None), ("customer.market_outlook", both(IN_RETAIL, outlook("dim", 0)), "dim"),
    ("customer.market_outlook", both(IN_RETAIL, outlook("dim", -1)), None), ("customer.market_outlook", outlook("dim", 1), None),
    ("customer.market_outlook", both(IN_RETAIL, outlook("dim", 9, "NO"), outlook("fair", 1)), "dim"),
    ("customer.market_outlook", both(IN_RETAIL, outlook("dim", 9, "NO"), outlook("fair", 1, "NO")), "fair"),
    ("customer.market_outlook", both(IN_RETAIL, outlook("dim", 9, "SE")), None),
    ("customer.market_outlook", both(profile(industry="retail"), outlook("dim", 9)), "dim"),
    ("customer.market_outlook", both(IN_RETAIL, outlook("dim", 9, industry="food")), None),
    ("customer.days_since_market_outlook", both(IN_RETAIL, outlook("dim", 9, "NO"), outlook("fair", 1)), 9),
    ("customer.days_since_market_outlook", nothing, None),
    # -- securities
    ("customer.insured_amount", nothing, 0), ("customer.insured_amount", security("insurance", 0), 7_000),
    ("customer.insured_amount", security("insurance", -1), 0), ("customer.insured_amount", security("insurance", until=0), 7_000),
    ("customer.insured_amount", security("insurance", until=1), 0), ("customer.insured_amount", security("guarantee"), 0),
    ("customer.guaranteed_amount", both(security("guarantee"), security("collateral"), security("insurance")), 14_000),
    ("customer.guaranteed_amount", nothing, 0), ("customer.guaranteed_amount", security("insurance", until=None), 0),
    ("customer.secured_amount", both(security("guarantee"), security("collateral"), security("insurance")), 21_000),
    ("customer.secured_amount", nothing, 0),
    # -- how they pay and buy
    ("customer.days_late_trend", nothing, None), ("customer.days_late_trend", paid(5, 3), None),
    ("customer.days_late_trend", paid(5, 90), None),
    ("customer.days_late_trend", both(paid(9, 89), paid(4, 90, number="Y")), 5),
    ("customer.days_late_trend", both(paid(2, 3), paid(4, 364, number="Y")), -2),
    ("customer.days_late_trend", both(paid(2, 3), paid(4, 365, number="Y")), None),
    ("customer.on_time_streak", nothing, 0), ("customer.on_time_streak", plain(1), 0), ("customer.on_time_streak", plain(0), 0),
    ("customer.on_time_streak", paid(0, 1), 1), ("customer.on_time_streak", paid(0, 0), 0),
    ("customer.on_time_streak", paid(-9, 10), 1), ("customer.on_time_streak", paid(1, 1), 0),
    ("customer.on_time_streak", both(paid(0, 9), paid(0, 8, number="Y"), plain(20)), 2),
    ("customer.on_time_streak", both(paid(0, 9), paid(0, 8, number="Y"), plain(3)), 0),
    ("customer.on_time_streak", both(paid(0, 9), paid(1, 9, number="Y"), paid(0, 10, number="Z")), 2),
    ("customer.on_time_streak", both(paid(0, 9), paid(0, 10, number="Y"), paid(1, 9, number="Z")), 1),
    ("customer.on_time_streak", paid(0, 364), 1), ("customer.on_time_streak", paid(0, 365), 0),
    ("customer.on_time_streak", paid(-40, 390), 1), ("customer.on_time_streak", paid(400, 1), 0),
    ("customer.days_since_late", nothing, None), ("customer.days_since_late", plain(1), 0),
    ("customer.days_since_late", plain(0), None), ("customer.days_since_late", paid(1, 3), 3),
    ("customer.days_since_late", paid(0, 3), None), ("customer.days_since_late", paid(9, 364), 364),
    ("customer.days_since_late", paid(9, 365), None), ("customer.days_since_late", both(paid(1, 3), plain(1)), 0),
    ("customer.days_since_broken_promise", promised(made=5, due=0), None),
    ("customer.days_since_broken_promise", promised(made=5, due=1), 1),
    ("customer.days_since_broken_promise", promised(made=500, due=450, grace=7), 443),
    ("customer.disputes_lost_12m", disputed(None), 0),
    ("customer.disputes_lost_12m", both(disputed(None, opened=400), lambda b: b.resolution("D0", resolved=back(364))), 1),
    ("customer.disputes_lost_12m", both(disputed(None, opened=400), lambda b: b.resolution("D0", resolved=back(365))), 0),
    ("customer.disputes_lost_12m", both(disputed(None), lambda b: b.resolution("D0", resolved=back(-1))), 0),
    ("customer.disputes_lost_12m", both(disputed(None), lambda b: b.resolution("D0", resolved=AS_OF, outcome="accepted")), 0),
    ("customer.times_level_1_12m", plain(), 0), ("customer.times_level_1_12m", both(plain(60), climbed((1, 9), (1, 3))), 1),
    ("customer.times_level_1_12m", both(plain(60), climbed((1, 9)), climbed((1, 8), number=None, episode=back(60))), 2),
    ("customer.times_level_1_12m", both(plain(60), climbed((1, 9), number=None, episode=back(60)),
                                        climbed((1, 99), number=None, episode=back(160))), 2),
    ("customer.times_level_1_12m", both(plain(400), climbed((1, 364))), 1),
    ("customer.times_level_1_12m", both(plain(400), climbed((1, 365))), 0),
    ("customer.times_level_2_12m", both(plain(60), climbed((1, 9), (2, 3))), 1), ("customer.times_level_2_12m", plain(), 0),
    ("customer.times_level_2_12m", both(plain(60), lambda b: b.notice("C", "R", level=2, as_of=back(3), reference="N"),
                                        undone("N")), 0),
    ("customer.times_level_3_12m", both(plain(60), climbed((3, 3)), lambda b: owes(b, "S", late=50),
                                        climbed((3, 3), number="S")), 2), ("customer.times_level_3_12m", plain(), 0),
    ("customer.times_level_4_12m", both(plain(60), climbed((3, 9), (4, 3))), 1), ("customer.times_level_4_12m", plain(), 0),
    ("customer.sales_3m", plain(0, issued=back(89)), 10_000), ("customer.sales_3m", plain(0, issued=back(90)), 0),
    ("customer.sales_3m", nothing, 0), ("customer.sales_3m", plain(0, issued=back(9), kind="fee"), 0),
    ("customer.order_trend", bought(3), None), ("customer.order_trend", bought(90), 0),
    ("customer.order_trend", both(bought(89), bought(90)), 30_000),
    ("customer.order_trend", both(bought(89), bought(359, "700.00")), 4_286),
    ("customer.order_trend", both(bought(89), bought(360)), None),
    ("customer.average_order_12m", nothing, None), ("customer.average_order_12m", both(bought(364), bought(0, "100.01")), 10_001),
    ("customer.average_order_12m", bought(365), None),
    ("customer.largest_open_order", nothing, 0), ("customer.largest_open_order", bought(3), 0),
    ("customer.largest_open_order", both(ordered(3), lambda b: b.order("P", "C", ordered=AS_OF, amount="100.01")), 10_001),
    ("customer.open_orders", both(ordered(3), lambda b: b.closing("O", closed=AS_OF)), 0),
    ("customer.open_orders", both(ordered(3), lambda b: b.closing("O", closed=back(-1))), 10_000),
    ("customer.exposure", both(ordered(3), lambda b: b.closing("O", closed=AS_OF)), 0),
    # -- what people and policies decided
    ("customer.rating_override", nothing, None), ("customer.rating_override", override("D"), "D"),
    ("customer.rating_override", override("D", 0), "D"), ("customer.rating_override", override("D", -1), None),
    ("customer.rating_override", override("D", until=0), "D"), ("customer.rating_override", override("D", until=1), None),
    ("customer.rating_override", override("D", confirmed=None), None),
    ("customer.rating_override", override("D", confirmed=0), "D"),
    ("customer.rating_override", override("D", confirmed=-1), None),
    ("customer.rating_override", override("D", withdrawn=0), None),
    ("customer.rating_override", both(override("D", 4), override("A", 5)), "D"),
    ("customer.days_since_review", nothing, None), ("customer.days_since_review", both(looked(9), looked(30)), 9),
    ("customer.days_since_review", looked(-1), None),
    ("customer.days_since_review", lambda b: b.concluded("set_rating", "C", as_of=back(20), rating="A")
     .concluded("set_rating", "C", as_of=back(3), rating="B"), 20),
    ("customer.days_since_review", both(looked(9), lambda b: b.concluded("set_rating", "C", as_of=back(3), rating="B")), 3),
    ("customer.days_since_review", both(lambda b: b.concluded("set_rating", "C", as_of=back(3), rating="B", reference="F"),
                                        undone("F")), None),
    ("customer.review_open", nothing, 0), ("customer.review_open", asked(5, -9), 1), ("customer.review_open", asked(-1, -9), 0),
    ("customer.review_open", both(asked(5, -9), looked(5)), 0), ("customer.review_open", both(asked(5, -9), looked(6)), 1),
    ("customer.review_open", both(asked(5, -9), looked(-1)), 1), ("customer.review_open", both(asked(5, -9), undone("Q")), 0),
    ("customer.days_until_review", nothing, None), ("customer.days_until_review", asked(5, -1), 1),
    ("customer.days_until_review", asked(5, 0), 0), ("customer.days_until_review", asked(5, 1), -1),
    ("customer.days_until_review", both(asked(6, -9), asked(5, -1, "Q2")), 9),
    ("customer.limit_steps", nothing, 0), ("customer.limit_steps", both(stepped(9), stepped(3, name="T")), 2),
    ("customer.limit_steps", both(stepped(9), stepped(3, steps=-1, name="T")), 0), ("customer.limit_steps", stepped(0), 1),
    ("customer.limit_steps", stepped(-1), 0), ("customer.limit_steps", both(stepped(9), undone("S")), 0),
    ("customer.limit_steps", both(stepped(9), undone("S", -1)), 1), ("customer.limit_steps", stepped(9, "terms"), 0),
    ("customer.terms_steps", stepped(9, "terms", -1), -1), ("customer.terms_steps", stepped(9), 0),
    ("customer.days_since_limit_step", nothing, None),
    ("customer.days_since_limit_step", both(stepped(9), stepped(3, name="T")), 3),
    ("customer.days_since_limit_step", both(stepped(9), stepped(3, name="T"), undone("T")), 9),
    ("customer.days_since_terms_step", stepped(9, "terms"), 9), ("customer.days_since_terms_step", stepped(9), None),
    ("customer.hold_suspended", nothing, 0), ("customer.hold_suspended", lifted(), 1), ("customer.hold_suspended", lifted(0), 1),
    ("customer.hold_suspended", lifted(-1), 0), ("customer.hold_suspended", lifted(until=0), 1),
    ("customer.hold_suspended", lifted(until=1), 0), ("customer.hold_suspended", lifted(confirmed=None), 0),
    ("customer.credit_hold", both(held("credit", 5), lifted()), 0),
    ("customer.credit_hold", both(held("credit", 5), lifted(until=1)), 1),
    ("customer.days_on_credit_hold", both(held("credit", 5), lifted()), None),
    ("customer.dunning_hold", both(held("dunning", 5), lifted()), 1),
    # -- what a policy concluded, until it is reversed
    ("customer.rating", lambda b: b.concluded("set_rating", "C", as_of=back(3), rating="B"), "B"),
    ("customer.rating", both(profile(rating="A"), undone_rating("B")), "A"),
    ("customer.credit_hold", both(lambda b: b.effect("credit_hold", "C", as_of=back(3), reference="F"), undone("F")), 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "story", "expected"), STORIES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(STORIES)])
def test_a_fact_of_credit_means_what_its_story_says(name: str, story: Story, expected: Any) -> None:
    """The engine and the oracle both say what the story says."""
    tell(name, story, expected)


def test_every_fact_of_credit_is_told() -> None:
    """A fact without a story is a fact that nobody has thought about; most have more than one."""
    assert {fact.name for fact in facts_credit.FACTS} <= {name for name, _, _ in STORIES}


def test_a_group_of_those_who_owe_nothing_counts_too() -> None:
    """A policy about receivables asks only about debtors; the group's exposure is of all its customers all the same."""
    books = Books().customer("C").customer("M", parent="C")
    books.receivable("R", "C", due=back(1), amount="100.00").order("O", "M", ordered=AS_OF, amount="7.00")
    taken = read(books, names=frozenset({"customer.group_exposure"}))[1]
    assert {row["customer.group_exposure"] for row in taken.values()} == {10_700}


def test_a_circle_of_parents_ends() -> None:
    """A wrong import made each the parent of the other: nobody hangs, and both say the same in the engine and the oracle."""
    books = Books().customer("C").customer("M", parent="C").version("C", valid_from=AS_OF, parent="M")
    found = read(books, names=frozenset({"customer.group_exposure"}))[1]
    told = oracle_facts.facts(books.rows, AS_OF, FOREVER, "EUR").customers
    assert [found[n]["customer.group_exposure"] for n in (1, 2)] == [told[n]["customer.group_exposure"] for n in (1, 2)]


def test_the_tenth_step_up_is_the_last() -> None:
    """C10 still belongs to the top; C11 to the one below it."""
    books = Books().customer("C").customer("C0")
    for number in range(1, 12):
        books.customer(f"C{number}", parent=f"C{number - 1}")
    books.granted_limit("C0", "9.00", since=AS_OF, group=True, confirmed=AS_OF)
    customers = {row["number"]: row["id"] for row in books.rows["customers"]}
    found = read(books, names=frozenset({"customer.group_limit"}))[1]
    limits = [found[customers[f"C{number}"]]["customer.group_limit"] for number in (9, 10, 11)]
    assert limits == [900, 900, None]


def test_amounts_are_in_the_currency_of_the_policy() -> None:
    """Of statements, securities and granted limits; a missing rate is refused by name."""
    books = Books().customer("C")
    statement(equity="-3.00", currency="USD")(books)
    books.granted_limit("C", "3.00", since=AS_OF, group=True, currency="USD", confirmed=AS_OF)
    books.security("C", "3.00", since=AS_OF, currency="USD")
    names = ("customer.equity", "customer.group_limit", "customer.secured_amount")
    for name in names:
        with pytest.raises(Refusal, match="no-rate: no rate from USD to EUR"):
            read(books, names=frozenset({name}))
    assert read(books, names=frozenset({"customer.debt_ratio"}))[1][1]["customer.debt_ratio"] is None
    books.rate(AS_OF, "USD", "EUR", "0.5")
    found = read(books, names=frozenset(names))[1][1]
    assert [found[name] for name in names] == [-150, 150, 150]


LARGE = st.integers(-LARGEST, LARGEST)


@law(200)
@given(LARGE, st.just(0) | st.integers(10**4, LARGEST), st.integers(1, LARGEST_RATE_PART), st.integers(1, LARGEST_RATE_PART))
def test_shares_and_conversions_are_exact_for_the_largest_amounts(part: int, whole: int, up: int, down: int) -> None:
    """Rounded half away from zero, as integers, without leaving 64 bits (a share may not be more than 900 billion fold)."""
    up = min(up, down)
    named = {"part": part, "whole": whole, "up": up, "down": down}
    query = f"""SELECT {share("part", "whole")}, {converted_either_way("part", "r")}, {smaller("part", "whole")}
      FROM (SELECT :part AS part, :whole AS whole, :up AS numerator, :down AS denominator) AS r"""
    found = sqlite3.connect(":memory:").execute(query, named).fetchone()
    assert found == (percent(part, whole), convert(part, up, down), min(part, whole))
    assert [type(value) for value in found] == [int if whole else type(None), int, int]
