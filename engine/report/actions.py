"""One table per kind of action: who, which receivables, how old, how much, from which level to which, by which rule.

Comes in: the actions of one kind. Goes out: a table.
Know before changing: the most severe stand first (highest level, then largest amount within a currency), because a
table is cut after its first rows; the order is total, so two previews of one plan are the same text.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.act.values import Action, Item
from engine.report import words
from engine.report.tables import Column, Row, Table, more

# Below a notice at most so many of its receivables are listed, unless everything is asked for.
_RECEIVABLES = 5
_INDENT = "  "

_CUSTOMER = Column("customer", least=18)
_ENTITY = Column("entity", least=6)
_ABOUT = Column("receivable", least=12)
_DAYS = Column("days", right=True)
_AMOUNT = (Column("amount", right=True), Column(""))
_LEVEL = Column("level")
_RULE = Column("policy: rule", least=16)
_APPROVAL = Column("approval")


class _Layout(NamedTuple):
    """The columns of one kind, and what stands in them; the approval is added to all."""

    columns: tuple[Column, ...]
    cells: Callable[[Action], tuple[str, ...]]


def table(kind: str, actions: Sequence[Action], limit: int | None) -> Table:
    """The actions of one kind, the most severe first; at most `limit` of them, with a row that counts the rest."""
    layout = _LAYOUTS[kind]
    columns = (*layout.columns, _APPROVAL)
    ordered = sorted(actions, key=_severity)
    shown = ordered if limit is None else ordered[:limit]
    rows: list[Row] = []
    for action in shown:
        rows += _rows(action, layout, len(columns), limit)
    if len(shown) < len(ordered):
        rows.append(more(len(ordered) - len(shown), len(columns)))
    return Table(columns, tuple(rows))


def level_of(action: Action) -> str:
    """The level of an action: that of its lines where they agree, else the highest that one of them goes to."""
    levels = sorted({(line.level_to, line.level_from) for line in action.lines if line.level_to is not None})
    if not levels:
        return ""
    return f"{levels[-1][1]} -> {levels[-1][0]}" if len(levels) == 1 else f"-> {levels[-1][0]}"


def setting(action: Action, name: str) -> str:
    """One of the kind's own parameters as text; nothing where it is not set."""
    value = dict(action.parameters)[name]
    return "" if value is None else str(value)


def _severity(action: Action) -> tuple[int, str, int, str, str, str]:
    """The highest level first, then by currency the largest amount, then by customer."""
    highest = max(line.level_to or 0 for line in action.lines)
    return (-highest, action.currency, -(action.amount or 0), action.customer, action.entity, action.address)


def _rows(action: Action, layout: _Layout, width: int, limit: int | None) -> list[Row]:
    """The row of an action and, where it speaks of receivables of its own, a row for each below it."""
    approval = ", ".join(action.approval)
    detailed = action.kind in _DETAILED
    rows = [Row((*layout.cells(action), approval), "strong" if detailed else "plain")]
    if detailed:
        items = sorted(action.items, key=lambda item: (item.due, item.receivable))
        shown = items if limit is None or len(items) <= _RECEIVABLES else items[:_RECEIVABLES]
        rows += [Row((*_receivable(action, item), "")) for item in shown]
        if len(shown) < len(items):
            rows.append(more(len(items) - len(shown), width, indent=_INDENT))
    if remark := _remark(action):
        rows.append(Row((_INDENT + remark, *("" for _ in range(width - 1))), "quiet"))
    return rows


def _remark(action: Action) -> str:
    """Who has to do it, and what the policy says to them; it stands below the action."""
    given = dict(action.parameters)
    return ": ".join(str(given[name]) for name in ("collector", "note") if given.get(name))


def _receivable(action: Action, item: Item) -> tuple[str, ...]:
    """A receivable below its action, with its own level; that of a customer stands with the customer."""
    own = [line for line in action.lines if line.receivable == item.receivable]
    whole = [line for line in action.lines if line.receivable is None]
    return (
        _INDENT + item.receivable,
        "",
        item.due,
        str(item.days_past_due),
        words.amount(item.chased, action.currency),
        action.currency,
        words.level(own[0]) if own else "",
        ", ".join(sorted({line.rule.removeprefix("rule ") for line in own or whole})),
    )


def _detailed(action: Action, via: str) -> tuple[str, ...]:
    """The row above the receivables of a notice or hand-over."""
    return (
        words.customer(action),
        via,
        words.count(len(action.items), "receivable"),
        _oldest(action),
        words.amount(action.amount, action.currency),
        action.currency,
        level_of(action),
        _policies(action),
    )


def _notice(action: Action) -> tuple[str, ...]:
    """Who gets a notice, through which channel."""
    return _detailed(action, f"{action.entity} {setting(action, 'channel')}")


def _hand_over(action: Action) -> tuple[str, ...]:
    """What goes to whom."""
    return _detailed(action, f"{action.entity} {setting(action, 'to')}")


def _task(action: Action) -> tuple[str, ...]:
    """Who is to be called, visited or written to by hand, and until when."""
    return (
        words.customer(action),
        action.entity,
        _about(action),
        setting(action, "what"),
        setting(action, "due"),
        level_of(action),
        _rules(action),
    )


def _late_fee(action: Action) -> tuple[str, ...]:
    """The fee on which receivable, and what the policy wrote where that is another currency."""
    same = setting(action, "policy_currency") == action.currency
    amount = dict(action.parameters)["policy_amount"]
    policy_currency = setting(action, "policy_currency")
    written = (
        "" if same or not isinstance(amount, int) else f"{words.amount(amount, policy_currency)} {policy_currency}"
    )
    return (
        words.customer(action),
        action.entity,
        setting(action, "of"),
        setting(action, "due"),
        words.amount(action.amount, action.currency),
        action.currency,
        written,
        level_of(action),
        _rules(action),
    )


def _credit_hold(action: Action) -> tuple[str, ...]:
    """Who may not buy on credit from now on, or may again."""
    return (words.customer(action), action.entity, setting(action, "reason"), level_of(action), _rules(action))


def _alert(action: Action) -> tuple[str, ...]:
    """Who of ours is told, how urgent it is."""
    return (
        words.customer(action),
        action.entity,
        setting(action, "to"),
        setting(action, "severity"),
        _about(action),
        level_of(action),
        _rules(action),
    )


def _set_level(action: Action) -> tuple[str, ...]:
    """Which receivable is moved to another level without anything being sent."""
    return (words.customer(action), action.entity, _about(action), _oldest(action), level_of(action), _rules(action))


def _about(action: Action) -> str:
    """The receivable that the action is about, or how many they are; nothing where it is the customer."""
    numbers = sorted({line.receivable for line in action.lines if line.receivable is not None})
    return numbers[0] if len(numbers) == 1 else words.count(len(numbers), "receivable") if numbers else ""


def _oldest(action: Action) -> str:
    """Days past due of the receivable that was due first."""
    return str(max(item.days_past_due for item in action.items)) if action.items else ""


def _policies(action: Action) -> str:
    """The policy of the lines, or how many they are."""
    names = sorted({words.policy(line) for line in action.lines})
    return names[0] if len(names) == 1 else f"{len(names)} policies"


def _rules(action: Action) -> str:
    """The policies and rules of the lines."""
    return ", ".join(sorted({words.rule(line) for line in action.lines}))


_DETAILED = ("notice", "hand_over")
_DETAIL_TAIL = (Column("due"), _DAYS, *_AMOUNT, _LEVEL, Column("policy, rule", least=12))
_HOLD = _Layout(
    (
        _CUSTOMER,
        _ENTITY,
        Column("reason", least=8),
        _LEVEL,
        _RULE,
    ),
    _credit_hold,
)
_LAYOUTS: dict[str, _Layout] = {
    "notice": _Layout((_CUSTOMER, Column("via", least=10), *_DETAIL_TAIL), _notice),
    "hand_over": _Layout((_CUSTOMER, Column("to", least=10), *_DETAIL_TAIL), _hand_over),
    "task": _Layout(
        (
            _CUSTOMER,
            _ENTITY,
            _ABOUT,
            Column("what"),
            Column("until"),
            _LEVEL,
            _RULE,
        ),
        _task,
    ),
    "late_fee": _Layout(
        (_CUSTOMER, _ENTITY, Column("on", least=12), Column("due"), *_AMOUNT, Column("in policy"), _LEVEL, _RULE),
        _late_fee,
    ),
    "credit_hold": _HOLD,
    "release_credit_hold": _HOLD,
    "alert": _Layout(
        (_CUSTOMER, _ENTITY, Column("to", least=8), Column("severity"), _ABOUT, _LEVEL, _RULE),
        _alert,
    ),
    "set_level": _Layout((_CUSTOMER, _ENTITY, _ABOUT, _DAYS, _LEVEL, _RULE), _set_level),
}
