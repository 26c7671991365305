"""The totals of a plan: what would happen, what is withheld, what nobody covers, and how much of the book that touches.

Comes in: a plan. Goes out: sections of a title and a table, for the top of the preview.
Know before changing: amounts are added within one currency only. A controller who wants one number for all currencies
has to say at which rate, and a plan does not.
"""

from collections.abc import Iterable

from engine.act.values import Plan
from engine.report import credit_actions, words
from engine.report.tables import Column, Row, Table

Section = tuple[str, Table]

_AMOUNT = (Column("amount", right=True), Column(""))


def policies(plan: Plan) -> Section:
    """The policies in force, with the version and the text that decided."""
    columns = (
        Column("policy", least=12),
        Column("kind"),
        Column("decides about"),
        Column("amounts in"),
        Column("digest"),
        Column("file", least=12),
    )
    several = len({each.kind for each in plan.policies}) > 1
    rows = tuple(
        Row(
            (
                words.policy(each),
                each.kind if several else "",
                f"{each.subject}s",
                each.currency,
                words.digest(each.digest),
                each.file,
            )
        )
        for each in plan.policies
    )
    return "Policies in force", Table(columns, rows)


def happens(plan: Plan) -> Section:
    """How many actions of each kind, for how many customers and how much money, per currency."""
    columns = (Column("action"), Column("actions", right=True), Column("customers", right=True), *_AMOUNT)
    groups: dict[tuple[tuple[int, str], str], list[tuple[int, int | None]]] = {}
    for action in plan.actions:
        amount = None if action.kind in words.CREDIT else action.amount
        currency = "" if amount is None else action.currency
        groups.setdefault((words.order(action.kind), currency), []).append((action.customer_id, amount))
    rows = tuple(
        Row((words.KINDS[kind], f"{len(group):,}", f"{len({who for who, _ in group}):,}", *_summed(group, currency)))
        for ((_, kind), currency), group in sorted(groups.items())
    )
    return "What would happen", Table(columns, _once(rows))


def limits(plan: Plan) -> Section:
    """How many credit limits are raised, lowered, set and taken away, and by how much, per currency."""
    return "What it does to credit limits", credit_actions.limits(plan.actions)


def withheld(plan: Plan) -> Section:
    """How many actions were stopped, by the decisive reason, kind and currency."""
    columns = (
        Column("because", least=16),
        Column("withheld"),
        Column("actions", right=True),
        Column("customers", right=True),
        *_AMOUNT,
    )
    groups: dict[tuple[str, tuple[int, str], str], list[tuple[str, int | None]]] = {}
    for each in plan.withheld:
        key = (each.reasons[0], words.order(each.kind), each.currency)
        groups.setdefault(key, []).append((each.customer, each.amount if words.at_stake(each) else None))
    rows = tuple(
        Row(
            (
                reason,
                words.KINDS[kind],
                f"{len(group):,}",
                f"{len({who for who, _ in group}):,}",
                *_summed(group, currency),
            )
        )
        for (reason, (_, kind), currency), group in sorted(groups.items())
    )
    return "What is withheld", Table(columns, _once(rows))


def uncovered(plan: Plan) -> Section:
    """The open receivables that no policy in force covers."""
    columns = (Column("entity", least=6), Column("customers", right=True), Column("receivables", right=True), *_AMOUNT)
    rows = tuple(
        Row(
            (
                each.entity,
                f"{each.customers:,}",
                f"{each.receivables:,}",
                words.amount(each.amount, each.currency),
                each.currency,
            )
        )
        for each in sorted(plan.uncovered, key=lambda each: (each.entity, each.currency))
    )
    return "What no policy covers", Table(columns, rows)


def touched(plan: Plan) -> Section:
    """How much of the open book the actions speak of, per currency; nothing where none speaks of a receivable."""
    columns = (
        Column("touched", right=True),
        Column("of receivables", right=True),
        Column("open touched", right=True),
        Column("of open", right=True),
        Column(""),
        Column("share", right=True),
    )
    items = {
        (action.entity, action.currency, item.receivable): item for action in plan.actions for item in action.items
    }
    rows = []
    for currency, receivables, open_amount in sorted(plan.book_open) if items else ():
        mine = [item for (_, spoken, _), item in items.items() if spoken == currency]
        total = sum(item.open for item in mine)
        rows.append(
            Row(
                (
                    f"{len(mine):,}",
                    f"{receivables:,}",
                    words.amount(total, currency),
                    words.amount(open_amount, currency),
                    currency,
                    percent(total, open_amount),
                )
            )
        )
    return "Share of the book touched", Table(columns, tuple(rows))


def percent(part: int, whole: int) -> str:
    """`12.34 %`, rounded half-up; nothing of nothing is nothing."""
    hundredths = (20_000 * part + whole) // (2 * whole) if whole else 0
    return f"{hundredths // 100:,}.{hundredths % 100:02d} %"


def _summed(group: Iterable[tuple[object, int | None]], currency: str) -> tuple[str, str]:
    """The sum of the amounts in one currency and that currency; nothing where no money moves."""
    amounts = [minor for _, minor in group if minor is not None]
    return (words.amount(sum(amounts), currency), currency) if amounts else ("", "")


def _once(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The first cell is said once, where rows below each other begin alike."""
    said, result = "", []
    for row in rows:
        result.append(Row(("" if row.cells[0] == said else row.cells[0], *row.cells[1:]), row.style))
        said = row.cells[0]
    return tuple(result)
