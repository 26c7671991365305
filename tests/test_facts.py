"""Every fact of the vocabulary, told as a small story: its meaning, its boundaries n - 1, n and n + 1, and when it is missing.

Know before changing: as_of is AS_OF throughout, the customer is C, the receivable looked at is R (100.00 EUR where a story
does not say otherwise). `test_every_fact_is_told` fails for a fact without a story. The facts of credit have their stories in
tests/test_facts_credit.py.
"""

from collections.abc import Callable
from typing import Any

import pytest

from engine import facts_credit
from engine.book import snapshot
from engine.errors import Refusal
from engine.facts import FACTS
from tests import oracle_facts
from tests.books import FOREVER, RECORDED, Books, day

AS_OF = "2026-03-31"
Story = Callable[[Books], Any]


def back(days: int) -> str:
    """So many days before as_of (after it where negative)."""
    return day(AS_OF, -days)


def read(books: Books, *, as_of: str = AS_OF, known_at: str = FOREVER, currency: str = "EUR",
         names: frozenset[str] = frozenset(FACTS)) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """The engine's facts of receivables and customers, by id."""
    taken = snapshot.take(books.book, [snapshot.Wanted(currency, names, True)], as_of=as_of, known_at=known_at)
    tables = taken.tables[currency]
    found = []
    for table, key in ((tables.receivable, "receivable_id"), (tables.customer, "customer_id")):
        cursor = books.book.execute(f"SELECT * FROM temp.{table}")
        columns = [column[0] for column in cursor.description]
        found.append({row[columns.index(key)]: dict(zip(columns, row, strict=True)) for row in cursor})
    return found[0], found[1]


def owes(books: Books, number: str = "R", *, late: int = 10, amount: str = "100.00", **more: Any) -> Books:
    """The customer owes an amount that is so many days past due."""
    return books.receivable(number, "C", due=back(late), amount=amount, **more)


def paid(late: int, ago: int, amount: str = "100.00", number: str = "X") -> Story:
    """A receivable that was paid in full so many days late, so many days ago."""
    return lambda b: owes(b, number, late=late + ago, amount=amount).payment(
        f"P{number}", "C", received=back(ago), amount=amount, to=number)


def both(*stories: Story) -> Story:
    """One story after another."""

    def told(books: Books) -> Books:
        for story in stories:
            story(books)
        return books

    return told


def plain(late: int = 10, **more: Any) -> Story:
    """Only R, so many days past due."""
    return lambda b: owes(b, late=late, **more)


def profile(**columns: Any) -> Story:
    """The customer's present version says this."""
    return lambda b: b.version("C", valid_from=AS_OF, **columns)


def part_paid(amount: str, ago: int = 1) -> Story:
    """R, and so much of it paid so many days ago."""
    return lambda b: owes(b).payment("P", "C", received=back(ago), amount=amount, to="R")


def disputed(*amounts: str | None, opened: int = 5, late: int = 10) -> Story:
    """R with disputes of these amounts (None: all of it)."""

    def told(b: Books) -> None:
        owes(b, late=late)
        for number, amount in enumerate(amounts):
            b.dispute("R", opened=back(opened + number), amount=amount, reference=f"D{number}")

    return told


def promised(*, made: int, due: int, grace: int = 0, amount: str = "100.00", all_owed: bool = False,
             pays: tuple[str, int] | None = None) -> Story:
    """R with a promise for it or for all that is owed, and perhaps a payment (amount, days ago)."""

    def told(b: Books) -> None:
        owes(b).promise("C", made=back(made), promised=back(due), amount=amount, grace_days=grace,
                        receivable=None if all_owed else "R")
        if pays:
            b.payment("PP", "C", received=back(pays[1]), amount=pays[0], to="R")

    return told


def held(kind: str, since: int, until: int | None = None, *, released: int | None = None, only: bool = False) -> Story:
    """R and a hold."""

    def told(b: Books) -> None:
        owes(b).hold("C", since=back(since), until=None if until is None else back(until), kind=kind,
                     receivable="R" if only else None, reference="H")
        if released is not None:
            b.release("H", released=back(released))

    return told


def noticed(*notices: tuple[int, int], sent: str | None = "2026-01-01T00:00:00Z", within: int | None = None,
            whole: bool = False, episode: str | None = None) -> Story:
    """R with notices at (level, days ago)."""

    def told(b: Books) -> None:
        owes(b, late=60)
        for level, ago in notices:
            b.notice("C", None if whole else "R", level=level, as_of=back(ago), sent=sent, episode=episode,
                     deadline=None if within is None else back(ago - within))

    return told


def acted(kind: str, ago: int = 3, *, undone: bool = False) -> Story:
    """R with one action."""

    def told(b: Books) -> None:
        owes(b).effect(kind, "C", "R", as_of=back(ago), reference="F")
        if undone:
            b.undone("F", as_of=back(ago - 1))

    return told


def ordered(ago: int, closed: int | None = None) -> Story:
    """An order over 100.00."""
    return lambda b: b.order("O", "C", ordered=back(ago), amount="100.00",
                             closed=None if closed is None else back(closed))


SPELL = back(60)

STORIES: list[tuple[str, Story, Any]] = [
    ("days_past_due", plain(1), 1), ("days_past_due", plain(0), 0), ("days_past_due", plain(-1), -1),
    ("days_until_due", plain(1), -1), ("days_until_due", plain(0), 0), ("days_until_due", plain(-1), 1),
    ("days_since_invoice", plain(0, issued=back(30)), 30), ("days_since_invoice", plain(0, issued=back(0)), 0),
    ("due_date", plain(3), back(3)),
    ("invoice_date", plain(3, issued=back(33)), back(33)),
    ("open_amount", plain(), 10_000), ("open_amount", part_paid("0.01"), 9_999),
    ("open_amount", part_paid("99.99", 0), 1), ("open_amount", part_paid("50.00", -1), 10_000),
    ("original_amount", part_paid("99.99"), 10_000),
    ("paid_share", plain(), 0), ("paid_share", part_paid("33.33"), 3_333), ("paid_share", part_paid("99.99"), 9_999),
    ("kind", plain(kind="debit_note"), "debit_note"),
    ("currency", plain(), "EUR"),
    ("dispute", plain(), "none"), ("dispute", disputed(None), "whole"), ("dispute", disputed("99.99"), "part"),
    ("dispute", disputed("100.00"), "whole"), ("dispute", disputed("50.00", "50.00"), "whole"),
    ("dispute", disputed(None, opened=0), "whole"), ("dispute", disputed(None, opened=-1), "none"),
    ("dispute", both(disputed(None), lambda b: b.resolution("D0", resolved=AS_OF)), "none"),
    ("dispute", both(disputed(None), lambda b: b.resolution("D0", resolved=back(-1))), "whole"),
    ("disputed_amount", plain(), 0), ("disputed_amount", disputed("40.00"), 4_000),
    ("disputed_amount", disputed("140.00"), 10_000),
    ("undisputed_amount", disputed("40.00"), 6_000), ("undisputed_amount", disputed(None), 0),
    ("days_since_dispute", plain(), None), ("days_since_dispute", disputed("1.00", "1.00", opened=5), 6),
    ("promise", plain(), "none"), ("promise", promised(made=5, due=0), "pending"),
    ("promise", promised(made=5, due=1), "broken"), ("promise", promised(made=5, due=1, grace=1), "pending"),
    ("promise", promised(made=5, due=2, grace=1), "broken"),
    ("promise", promised(made=5, due=1, amount="50.00", pays=("50.00", 1)), "kept"),
    ("promise", promised(made=5, due=1, amount="50.00", pays=("49.99", 1)), "broken"),
    ("promise", promised(made=5, due=1, amount="50.00", pays=("50.00", 0)), "broken"),
    ("promise", promised(made=5, due=1, amount="50.00", pays=("50.00", 6)), "broken"),
    ("promise", promised(made=-1, due=-2), "none"), ("promise", promised(made=5, due=-5, all_owed=True), "pending"),
    ("promised_date", plain(), None), ("promised_date", promised(made=5, due=1), back(1)),
    ("days_since_promised_date", promised(made=5, due=1), 1), ("days_since_promised_date", plain(), None),
    ("dunning_hold", plain(), 0), ("dunning_hold", held("dunning", 0), 1), ("dunning_hold", held("dunning", -1), 0),
    ("dunning_hold", held("dunning", 5, 0), 1), ("dunning_hold", held("dunning", 5, 1), 0),
    ("dunning_hold", held("dunning", 5, only=True), 1), ("dunning_hold", held("dunning", 5, released=0), 0),
    ("dunning_hold", held("dunning", 5, released=-1), 1), ("dunning_hold", held("credit", 5), 0),
    ("level", plain(), 0), ("level", noticed((1, 20), (2, 10)), 2), ("level", noticed((1, 0)), 1),
    ("level", noticed((1, -1)), 0),
    ("level", both(noticed((1, 20)), lambda b: b.notice("C", "R", level=2, as_of=back(9), reference="F")
                   .undone("F", as_of=back(8))), 1),
    ("days_since_level", plain(), None), ("days_since_level", noticed((1, 20), (2, 10), (2, 3)), 3),
    ("days_since_level", both(noticed((1, 20)), lambda b: b.effect("notice", "C", "R", as_of=back(3))), 20),
    ("notices_sent", plain(), 0), ("notices_sent", noticed((1, 20), (2, 10), (2, 3)), 3),
    ("times_at_level", plain(), 0), ("times_at_level", noticed((1, 20), (2, 10), (2, 3)), 2),
    ("times_at_level", both(plain(), lambda b: b.effect("task", "C", "R", as_of=back(9), levels=(0, 1))
                            .effect("notice", "C", "R", as_of=back(3), sent=RECORDED)), 1),
    ("days_since_last_notice", plain(), None), ("days_since_last_notice", noticed((1, 20), (2, 7)), 7),
    ("last_notice_date", plain(), None), ("last_notice_date", noticed((1, 20), (2, 7)), back(7)),
    ("days_since_deadline", noticed((1, 20)), None), ("days_since_deadline", noticed((1, 20), within=7), 13),
    ("deadline_date", noticed((1, 20), within=7), back(13)),
    ("deadline_date", both(noticed((1, 20), within=7), lambda b: b.notice("C", "R", level=2, as_of=back(5))), None),
    ("last_notice_delivered", plain(), None), ("last_notice_delivered", noticed((1, 20)), 1),
    ("last_notice_delivered", noticed((1, 20), sent=None), 0),
    ("last_notice_delivered", both(noticed((1, 20)), lambda b: b.effect("task", "C", "R", as_of=back(3), levels=(1, 2))),
     None),
    ("last_notice_delivered", both(noticed((1, 20), sent=None),
                                   lambda b: b.effect("notice", "C", "R", as_of=back(3), sent=RECORDED)), 0),
    ("fee_charged", plain(), 0), ("fee_charged", acted("late_fee"), 1), ("fee_charged", acted("late_fee", undone=True), 0),
    ("handed_over", plain(), 0), ("handed_over", acted("hand_over"), 1),
    ("customer.segment", plain(), None), ("customer.segment", profile(segment="sme"), "sme"),
    ("customer.segment", both(profile(segment="sme"), lambda b: b.version("C", valid_from=back(-1), segment="key")), "sme"),
    ("customer.industry", profile(industry="retail"), "retail"), ("customer.country", profile(country="NO"), "NO"),
    ("customer.entity", plain(), "E1"), ("customer.rating", profile(rating="C"), "C"),
    ("customer.language", profile(language="zh"), "zh"), ("customer.collector", profile(collector="kim"), "kim"),
    ("customer.terms_days", profile(terms_days=0), 0), ("customer.terms_days", plain(), None),
    ("customer.relationship_days", lambda b: b, None), ("customer.relationship_days", plain(0, issued=back(40)), 40),
    ("customer.relationship_days", both(plain(0, issued=back(40)), profile(since=back(39))), 39),
    ("customer.in_group", plain(), 0), ("customer.in_group", both(lambda b: b.customer("M"), profile(parent="M")), 1),
    ("customer.has_email", plain(), 0), ("customer.has_email", lambda b: b.contact("C", email="a@b.c"), 1),
    ("customer.has_email", lambda b: b.contact("C", email="a@b.c", do_not_contact=1), 0),
    ("customer.has_phone", lambda b: b.contact("C", phone="1"), 1), ("customer.has_phone", plain(), 0),
    ("customer.has_address", lambda b: b.contact("C", address="x"), 1), ("customer.has_address", plain(), 0),
    ("customer.open_amount", lambda b: b, 0), ("customer.open_amount", both(part_paid("40.00"), paid(0, 3)), 6_000),
    ("customer.open_count", both(plain(), paid(0, 3), lambda b: owes(b, "S")), 2),
    ("customer.not_due_amount", plain(1), 0), ("customer.not_due_amount", plain(0), 10_000),
    ("customer.overdue_amount", plain(1), 10_000), ("customer.overdue_amount", plain(0), 0),
    ("customer.overdue_1_30", plain(0), 0), ("customer.overdue_1_30", plain(1), 10_000),
    ("customer.overdue_1_30", plain(30), 10_000), ("customer.overdue_1_30", plain(31), 0),
    ("customer.overdue_31_60", plain(30), 0), ("customer.overdue_31_60", plain(31), 10_000),
    ("customer.overdue_31_60", plain(60), 10_000), ("customer.overdue_31_60", plain(61), 0),
    ("customer.overdue_61_90", plain(60), 0), ("customer.overdue_61_90", plain(61), 10_000),
    ("customer.overdue_61_90", plain(90), 10_000), ("customer.overdue_61_90", plain(91), 0),
    ("customer.overdue_over_90", plain(90), 0), ("customer.overdue_over_90", plain(91), 10_000),
    ("customer.overdue_count", plain(1), 1), ("customer.overdue_count", plain(0), 0),
    ("customer.overdue_share", lambda b: b, None), ("customer.overdue_share", plain(0), 0),
    ("customer.overdue_share", both(plain(1, amount="1.00"), lambda b: owes(b, "S", late=0, amount="2.00")), 3_333),
    ("customer.overdue_share", both(plain(1, amount="2.00"), lambda b: owes(b, "S", late=0, amount="1.00")), 6_667),
    ("customer.oldest_days_past_due", lambda b: b, None),
    ("customer.oldest_days_past_due", both(plain(3), lambda b: owes(b, "S", late=8)), 8),
    ("customer.oldest_due_date", plain(3), back(3)), ("customer.oldest_due_date", paid(3, 3), None),
    ("customer.oldest_invoice_date", plain(3), back(33)), ("customer.oldest_invoice_date", lambda b: b, None),
    ("customer.days_since_oldest_invoice", plain(3), 33), ("customer.days_since_oldest_invoice", lambda b: b, None),
    ("customer.largest_receivable", lambda b: b, 0),
    ("customer.largest_receivable", both(plain(), lambda b: owes(b, "S", amount="100.01")), 10_001),
    ("customer.disputed_amount", plain(), 0), ("customer.disputed_amount", disputed("40.00"), 4_000),
    ("customer.open_disputes", plain(), 0), ("customer.open_disputes", disputed("40.00", "1.00"), 1),
    ("customer.undisputed_overdue_amount", disputed("40.00"), 6_000),
    ("customer.undisputed_overdue_amount", disputed("40.00", late=0), 0),
    ("customer.unapplied_credit", lambda b: b, 0),
    ("customer.unapplied_credit", lambda b: owes(b).payment("P", "C", received=AS_OF, amount="70.00", to={"R": "50.00"}),
     2_000),
    ("customer.unapplied_credit", lambda b: b.credit("N", "C", issued=AS_OF, amount="7.00"), 700),
    ("customer.unapplied_credit", lambda b: b.credit("N", "C", issued=back(-1), amount="7.00"), 0),
    ("customer.open_orders", ordered(0), 10_000), ("customer.open_orders", ordered(-1), 0),
    ("customer.open_orders", ordered(5, 0), 0), ("customer.open_orders", ordered(5, -1), 10_000),
    ("customer.exposure", both(plain(), ordered(0), lambda b: b.credit("N", "C", issued=AS_OF, amount="7.00")), 19_300),
    ("customer.exposure", lambda b: b.credit("N", "C", issued=AS_OF, amount="7.00"), -700),
    ("customer.credit_limit", plain(), None), ("customer.credit_limit", profile(limit="0.00"), 0),
    ("customer.credit_limit", profile(limit="500.00"), 50_000),
    ("customer.paid_count_12m", lambda b: b, 0), ("customer.paid_count_12m", paid(0, 364), 1),
    ("customer.paid_count_12m", paid(0, 365), 0), ("customer.paid_count_12m", part_paid("99.99"), 0),
    ("customer.on_time_share_12m", lambda b: b, None), ("customer.on_time_share_12m", paid(0, 3), 10_000),
    ("customer.on_time_share_12m", both(paid(1, 3), paid(0, 3, number="Y")), 5_000),
    ("customer.average_days_late_12m", lambda b: b, None), ("customer.average_days_late_12m", paid(-4, 9), 0),
    ("customer.average_days_late_12m", both(paid(3, 3), paid(0, 3, number="Y")), 2),
    ("customer.weighted_days_late_12m", lambda b: b, None),
    ("customer.weighted_days_late_12m", both(paid(10, 3, "300.00"), paid(0, 3, number="Y")), 8),
    ("customer.times_overdue_12m", lambda b: b, 0), ("customer.times_overdue_12m", plain(1), 1),
    ("customer.times_overdue_12m", plain(0), 0), ("customer.times_overdue_12m", paid(1, 3), 0),
    ("customer.times_overdue_12m", paid(2, 3), 1), ("customer.times_overdue_12m", paid(9, 363), 1),
    ("customer.times_overdue_12m", paid(9, 364), 0),
    ("customer.sales_12m", plain(0, issued=back(364)), 10_000), ("customer.sales_12m", plain(0, issued=back(365)), 0),
    ("customer.sales_12m", plain(kind="fee"), 0),
    ("customer.days_since_last_payment", plain(), None), ("customer.days_since_last_payment", part_paid("1.00", 4), 4),
    ("customer.last_payment_amount", plain(), None), ("customer.last_payment_amount", part_paid("1.00", 4), 100),
    ("customer.promise", promised(made=5, due=0), "none"), ("customer.promise", promised(made=5, due=0, all_owed=True),
                                                            "pending"),
    ("customer.promise", promised(made=5, due=1, amount="50.00", all_owed=True, pays=("50.00", 1)), "kept"),
    ("customer.promise", promised(made=5, due=1, amount="50.00", all_owed=True, pays=("50.00", 0)), "broken"),
    ("customer.promised_date", plain(), None), ("customer.promised_date", promised(made=5, due=1, all_owed=True), back(1)),
    ("customer.days_since_promised_date", promised(made=5, due=1, all_owed=True), 1),
    ("customer.broken_promises_12m", plain(), 0), ("customer.broken_promises_12m", promised(made=5, due=1), 1),
    ("customer.broken_promises_12m", promised(made=370, due=364), 1),
    ("customer.broken_promises_12m", promised(made=370, due=365), 0),
    ("customer.level", plain(), 0), ("customer.level", noticed((1, 9), (2, 3), whole=True, episode=SPELL), 2),
    ("customer.level", noticed((1, 9), whole=True, episode="2025-01-01"), 0),
    ("customer.days_since_level", noticed((1, 9), (2, 3), whole=True, episode=SPELL), 3),
    ("customer.days_since_level", noticed((1, 9), whole=True, episode="2025-01-01"), None),
    ("customer.highest_level", noticed((1, 9), (2, 3)), 2), ("customer.highest_level", lambda b: b, 0),
    ("customer.notices_12m", noticed((1, 364)), 1), ("customer.notices_12m", noticed((1, 365)), 0),
    ("customer.notices_12m", both(plain(), lambda b: owes(b, "S"),
                                  lambda b: b.notice("C", "R", level=1, as_of=back(3), letter="L"),
                                  lambda b: b.notice("C", "S", level=1, as_of=back(3), letter="L")), 1),
    ("customer.times_at_level", noticed((1, 9), (2, 3), (2, 1), whole=True, episode=SPELL), 2),
    ("customer.times_at_level", noticed((2, 3), (2, 3), whole=True, episode=SPELL), 1),
    ("customer.days_since_last_notice", noticed((1, 9)), 9), ("customer.days_since_last_notice", plain(), None),
    ("customer.last_notice_date", noticed((1, 9)), back(9)), ("customer.last_notice_date", plain(), None),
    ("customer.days_since_deadline", noticed((1, 9), within=7), 2), ("customer.days_since_deadline", plain(), None),
    ("customer.deadline_date", noticed((1, 9), within=7), back(2)), ("customer.deadline_date", plain(), None),
    ("customer.last_notice_delivered", noticed((1, 9), whole=True, episode=SPELL), 1),
    ("customer.last_notice_delivered", noticed((1, 9), whole=True, episode=SPELL, sent=None), 0),
    ("customer.last_notice_delivered", plain(), None),
    ("customer.days_since_contact", lambda b: b.spoken("C", date=back(2)), 2), ("customer.days_since_contact", plain(), None),
    ("customer.handed_over", acted("hand_over"), 1), ("customer.handed_over", plain(), 0),
    ("customer.credit_hold", plain(), 0), ("customer.credit_hold", held("credit", 0), 1),
    ("customer.credit_hold", held("credit", -1), 0), ("customer.credit_hold", held("dunning", 5), 0),
    ("customer.days_on_credit_hold", held("credit", 5), 5), ("customer.days_on_credit_hold", plain(), None),
    ("customer.dunning_hold", held("dunning", 5), 1), ("customer.dunning_hold", held("dunning", 5, only=True), 0),
]


@pytest.mark.parametrize(("name", "story", "expected"), STORIES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(STORIES)])
def test_a_fact_means_what_its_story_says(name: str, story: Story, expected: Any) -> None:
    """The engine and the oracle both say what the story says."""
    tell(name, story, expected)


def tell(name: str, story: Story, expected: Any) -> None:
    """The story is told; the engine and the oracle both say what is expected."""
    books = Books().customer("C")
    story(books)
    oracle = oracle_facts.facts(books.rows, AS_OF, FOREVER, "EUR")
    receivables, customers = read(books, names=frozenset({name}))
    number = next((row["id"] for row in books.rows["receivables"] if row["number"] == "R"), None)
    if name.startswith("customer."):
        assert customers[1][name] == expected
        assert oracle.customers[1][name] == expected
    else:
        assert number is not None
        assert receivables[number][name] == expected
        assert oracle.receivables[number][name] == expected


def test_every_fact_is_told() -> None:
    """A fact without a story is a fact that nobody has thought about; most have more than one."""
    assert {name for name, _, _ in STORIES} == set(FACTS) - {fact.name for fact in facts_credit.FACTS}


def test_values_are_integers_and_text() -> None:
    """Never a float: not in shares, means or conversions."""
    books = Books().customer("C", limit="333.33")
    both(part_paid("33.33"), paid(7, 3), paid(3, 9, number="Y"), ordered(0))(books.rate(back(9), "USD", "EUR", "0.9173"))
    receivables, customers = read(books, currency="USD")
    values = [value for row in [*receivables.values(), *customers.values()] for value in row.values()]
    assert {type(value) for value in values} <= {int, str, type(None)}


@pytest.mark.parametrize(
    ("amount", "text", "expected"),
    [("0.01", "0.5", 1), ("0.03", "0.5", 2), ("0.01", "0.4999", 0), ("100.00", "1.085", 10_850), ("0.05", "0.9", 5)],
)
def test_conversion_rounds_half_up(amount: str, text: str, expected: int) -> None:
    """Half a minor unit is rounded away from zero."""
    books = Books().customer("C").rate(back(0), "EUR", "USD", text)
    owes(books, amount=amount)
    assert read(books, currency="USD")[0][1]["open_amount"] == expected


def test_a_currency_has_its_own_decimals() -> None:
    """JPY has none, KWD three."""
    books = Books().entity("E1", "KWD").customer("C").rate(back(0), "KWD", "JPY", "480")
    owes(books, amount="1.005")
    assert read(books, currency="JPY")[0][1]["open_amount"] == 482
    assert read(books, currency="KWD")[0][1]["open_amount"] == 1_005


def test_the_newest_rate_that_is_not_in_the_future_counts() -> None:
    """The pair itself before its opposite, even where that is newer."""
    books = Books().customer("C").rate(back(9), "EUR", "USD", "2").rate(back(1), "USD", "EUR", "4")
    owes(books.rate(back(-1), "EUR", "USD", "8"))
    assert read(books, currency="USD")[0][1]["open_amount"] == 20_000
    assert read(books, currency="USD", as_of=back(-1))[0][1]["open_amount"] == 80_000


def test_the_opposite_rate_is_inverted_exactly() -> None:
    """3 EUR for a dollar: 100.00 EUR are 33.33 USD, and no trace of a rounded inverse."""
    books = Books().customer("C").rate(back(9), "USD", "EUR", "3")
    owes(books, amount="99999999.99")
    assert read(books, currency="USD")[0][1]["open_amount"] == 3_333_333_333


def test_a_missing_rate_is_refused_by_name() -> None:
    """Never a guess: the pair and the date are named."""
    books = Books().customer("C").rate(back(-1), "EUR", "USD", "2")
    owes(books)
    with pytest.raises(Refusal, match=f"no-rate: no rate from EUR to USD on or before {AS_OF}"):
        read(books, currency="USD")


def test_cash_set_against_it_anew_is_no_payment() -> None:
    """Paid on the due date; a year's end later the same cash is set against it from another payment: still paid on time."""
    books = Books().customer("C")
    owes(books, late=90).payment("P", "C", received=back(90), amount="100.00", to="R")
    books.payment("Q", "C", received=back(5), amount="100.00").bounce("P>R", date=back(5))
    books.allocation("R", "100.00", date=back(5), payment="Q")
    customer = read(books)[1][1]
    assert (customer["customer.on_time_share_12m"], customer["customer.times_overdue_12m"]) == (10_000, 0)


def test_a_second_spell_begins_at_level_0() -> None:
    """The customer's level belongs to one overdue spell; after a cure the next is dunned anew."""
    books = Books().customer("C")
    owes(books, "OLD", late=100).payment("P", "C", received=back(50), amount="100.00", to="OLD")
    owes(books, late=20).notice("C", level=1, as_of=back(60), episode=back(100), sent=RECORDED)
    assert read(books, as_of=back(55))[1][1]["customer.level"] == 1
    assert read(books)[1][1]["customer.level"] == 0


def test_a_bounced_payment_continues_the_spell() -> None:
    """The receivable is open again at the level it had, and so is the customer."""
    books = Books().customer("C")
    owes(books, late=60).notice("C", level=1, as_of=back(50), episode=back(60), sent=RECORDED)
    books.notice("C", "R", level=2, as_of=back(40), sent=RECORDED)
    books.payment("P", "C", received=back(30), amount="100.00", to="R").bounce("P>R", date=back(10))
    assert read(books, as_of=back(20))[0] == {}
    receivables, customers = read(books)
    assert (receivables[1]["level"], customers[1]["customer.level"]) == (2, 1)
