"""The preview that a controller reads: totals first, every action, every reason, never wider than asked for."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import money
from engine.act.values import Uncovered
from engine.report.render import preview
from tests import plans

LONG = "Société Générale de Construction et de Travaux Publics du Grand Est Réunis S.A."
WIDE = "株式会社東京電力フュエル＆パワー及び関連会社債権回収部門第一営業所"

SMALL = """\
Plan as of 2026-03-01                                                              plan c0ffee00c0ff
1 action on 1 customer; 1 action withheld.

Policies in force
  policy       decides about  amounts in  digest        file
  -------------------------------------------------------------------------------
  standard v2  receivables    CNY         1a2b3c4d1a2b  policies/standard/v2.yaml

What would happen
  action  actions  customers    amount
  -----------------------------------------
  notice        1          1  1,230.50  EUR

What is withheld
  because   withheld  actions  customers  amount
  ---------------------------------------------------
  disputed  notice          1          1  500.00  EUR

What no policy covers
  entity  customers  receivables  amount
  -------------------------------------------
  JP01            1            3  98,000  JPY

Share of the book touched
  touched  of receivables  open touched     of open        share
  --------------------------------------------------------------
        2              40      1,230.50  100,000.00  EUR  1.23 %

Notices: 1
customer                        via         due            days    amount       level   policy, rule
----------------------------------------------------------------------------------------------------
C-1001 Adler Maschinenbau GmbH  DE01 email  2 receivables    20  1,230.50  EUR  0 -> 1  standard v2
  INV-1                                     2026-02-09       20  1,200.00  EUR  0 -> 1  level-1
  INV-2                                     2026-02-20        9     30.50  EUR  0 -> 1  level-1

Withheld because disputed: 1
The customer contests the whole of it.
customer                  receivable  days  amount       what    level   policy: rule
------------------------------------------------------------------------------------------
C-2001 Brandt & Söhne KG  INV-77        33  500.00  EUR  notice  1 -> 2  standard: level-2
  also interval
"""


def test_a_small_plan_reads_like_this() -> None:
    """One reminder over two receivables, one disputed receivable, one entity that nobody covers."""
    plan = plans.plan(
        plans.notice(
            plans.item("INV-1", days=20, amount=120_000),
            plans.item("INV-2", days=9, amount=3_050, due="2026-02-20"),
        ),
        stopped=(plans.withheld("disputed", "interval"),),
        uncovered=(Uncovered("JP01", "JPY", 1, 3, 98_000),),
    )
    assert preview(plan) == SMALL


def test_nothing_to_do_is_said_in_words() -> None:
    """A quiet day is not an empty page."""
    assert "Nothing to do; nothing withheld." in preview(plans.plan())


def test_currencies_keep_their_decimals_and_are_never_added_up() -> None:
    """Yen have none, dinars three; each currency has its own line."""
    plan = plans.plan(
        plans.notice(plans.item("A", amount=1_500), customer="J", currency="JPY", entity="JP01"),
        plans.notice(plans.item("B", amount=1_500), customer="K", currency="KWD", entity="AE01"),
        plans.notice(plans.item("C", amount=1_500), customer="E", currency="EUR"),
    )
    totals = [line.split() for line in preview(plan).split("What would happen")[1].splitlines()[3:6]]
    assert totals == [["notice", "1", "1", "15.00", "EUR"], ["1", "1", "1,500", "JPY"], ["1", "1", "1.500", "KWD"]]


@pytest.mark.parametrize(("rows", "told"), [(19, None), (20, None), (21, "and 1 more"), (57, "and 37 more")])
def test_a_long_table_says_how_many_rows_it_leaves_out(rows: int, told: str | None) -> None:
    """20 rows are shown unless everything is asked for; the bound itself is still shown in full."""
    plan = plans.plan(*(plans.notice(plans.item(f"INV-{n}"), customer=f"C-{n}") for n in range(rows)))
    text = preview(plan)
    assert ("--all" in text) == (told is not None)
    assert told is None or f"{told} (--all shows them)" in text
    assert "--all" not in preview(plan, limit=None)
    assert all(f"INV-{n} " in preview(plan, limit=None) for n in range(rows))


@pytest.mark.parametrize(("rows", "told"), [(5, False), (6, True)])
def test_a_notice_over_many_receivables_shows_the_oldest_five(rows: int, told: bool) -> None:
    """The rest is counted below them, and shown when everything is asked for."""
    plan = plans.plan(plans.notice(*(plans.item(f"INV-{n}") for n in range(rows))))
    assert ("  and 1 more (--all shows them)" in preview(plan)) == told
    assert f"INV-{rows - 1}" in preview(plan, limit=None)


def test_withheld_rows_are_cut_like_the_others() -> None:
    """Each reason has its own table, each with its own count."""
    plan = plans.plan(stopped=tuple(plans.withheld("interval", receivable=f"INV-{n}") for n in range(21)))
    assert "Withheld because interval: 21" in preview(plan)
    assert "and 1 more (--all shows them)" in preview(plan)


def test_every_kind_of_action_has_a_table() -> None:
    """The highest level stands first, a note below its action, an approval beside it."""
    whole = plans.line(None, policy="key-accounts", version=1, rule="call-first", levels=(0, 1))
    beside = plans.line(None, rule="big-exposure", levels=None)
    text = preview(
        plans.plan(
            plans.action("task", whole, what="call", due="2026-03-03", collector="m.huber", note="ask for the date"),
            plans.action(
                "late_fee",
                plans.line("INV-1"),
                amount=512,
                due="2026-03-08",
                of="INV-1",
                policy_amount=4_000,
                policy_currency="CNY",
            ),
            plans.action(
                "credit_hold", beside, before="no credit hold", after="credit hold: overdue", reason="overdue"
            ),
            plans.action("release_credit_hold", beside, before="credit hold", after="no credit hold", reason="overdue"),
            plans.action(
                "hand_over",
                plans.line("INV-9", levels=(3, 4)),
                items=(plans.item("INV-9", days=120, amount=99_900),),
                amount=99_900,
                approval=("cfo",),
                to="agency",
                note=None,
            ),
            plans.action("alert", beside, to="credit-manager", severity="high", note=None),
            plans.action("set_level", plans.line("INV-3", levels=(3, 1)), items=(plans.item("INV-3"),)),
        )
    )
    for expected in (
        "Tasks: 1",
        "  m.huber: ask for the date",
        "Late fees: 1",
        "40.00 CNY",
        "Credit holds: 1",
        "Releases of credit holds: 1",
        "Hand-overs: 1",
        "DE01 agency",
        "3 -> 4",
        "cfo",
        "Alerts: 1",
        "credit-manager",
        "Changes of level: 1",
        "3 -> 1",
        "1 action waits for an approval: 1 for cfo",
    ):
        assert expected in text


@pytest.mark.parametrize(("customers", "warned"), [(19, False), (20, False), (21, True)])
def test_more_customers_than_the_policy_allows_is_a_warning_at_the_top(customers: int, warned: bool) -> None:
    """The limit itself is still within it."""
    actions = (
        plans.notice(plans.item(f"INV-{n}", amount=1), customer=f"C-{n}", customer_id=n) for n in range(customers)
    )
    text = preview(plans.plan(*actions, policies=(replace(plans.STANDARD, limit_customers=20),)))
    assert ("! standard v2 acts on 21 customers, its limit is 20;" in text) == warned


@pytest.mark.parametrize(("amount", "warned"), [(999_999, False), (1_000_000, False), (1_000_001, True)])
def test_more_of_the_book_than_the_policy_allows_is_a_warning(amount: int, warned: bool) -> None:
    """10 percent of the open euros, counted once however many actions speak of a receivable."""
    item = plans.item("INV-1", amount=amount)
    plan = plans.plan(
        plans.notice(item), plans.action("hand_over", items=(item,), amount=amount, to="legal", note=None)
    )
    assert ("EUR open, its limit is 10 %;" in preview(plan)) == warned


def test_the_order_of_the_actions_does_not_matter() -> None:
    """Two plans with the same actions are the same text."""
    actions = [plans.notice(plans.item(f"I-{n}", amount=n % 3 + 1), customer=f"C-{n}") for n in range(9)]
    assert preview(plans.plan(*actions)) == preview(plans.plan(*reversed(actions)))


def test_known_at_is_said_where_it_is_not_the_end_of_time() -> None:
    """Whoever reads an old view of the book has to see that."""
    plan = replace(plans.plan(), known_at="2026-02-01T00:00:00Z")
    assert "as the book was known at 2026-02-01T00:00:00Z" in preview(plan)


def test_colour_changes_no_word() -> None:
    """Without its escape sequences the coloured text is the plain one."""
    plan = plans.plan(plans.notice(plans.item("INV-1")), stopped=(plans.withheld(),))
    coloured = preview(plan, colour=True)
    assert "\x1b[" in coloured
    assert "\x1b[" not in preview(plan)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == preview(plan)


@given(
    name=st.one_of(st.sampled_from([LONG, WIDE]), st.text(max_size=60)),
    number=st.text(max_size=30),
    rule=st.text(max_size=50),
    amount=st.integers(0, 9_007_199_254_740_991),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
    width=st.sampled_from([80, 100, 132]),
)
def test_no_line_is_wider_than_asked_for(
    name: str, number: str, rule: str, amount: int, currency: str, width: int
) -> None:
    """Long and wide names, 16-digit amounts, any rule: it fits, and the amount is never cut."""
    item = plans.item(number, amount=amount, days=4_000)
    line = plans.line(number, rule=rule)
    plan = plans.plan(
        plans.notice(item, customer=number, name=name, currency=currency),
        plans.action("hand_over", line, items=(item,), amount=amount, name=name, currency=currency, to=rule, note=name),
        plans.action("credit_hold", line, name=name, reason=rule, before=name, after=name),
        stopped=(plans.withheld(rule or "x", "interval", name=name, amount=amount, currency=currency),),
        book_open=((currency, 1, amount),),
    )
    text = preview(plan, width=width)
    assert max(cell_len(shown) for shown in text.splitlines()) <= width
    assert text.count(money.written(amount, currency)) >= 7
