"""One table per kind of action: who, which receivables, how old, how much, from which level to which, by which rule.

Comes in: the actions of one kind. Goes out: a table.
Know before changing: the most severe stand first (highest level, then largest amount within a currency; credit actions as
report/credit_actions.py says), because a table is cut after its first rows.
"""

from collections.abc import Sequence

from engine.act.values import Action, Item
from engine.report import credit_actions, words
from engine.report.layouts import APPROVAL, CUSTOMER, ENTITY, RULE, Layout, ordered, rules, setting
from engine.report.tables import Column, Row, Table, more

# Below a notice at most so many of its receivables are listed, unless everything is asked for.
_RECEIVABLES = 5
_INDENT = "  "

_ABOUT = Column("receivable", least=12)
_DAYS = Column("days", right=True)
_AMOUNT = (Column("amount", right=True), Column(""))
_LEVEL = Column("level")


def table(kind: str, actions: Sequence[Action], limit: int | None) -> Table:
    """The actions of one kind, the most severe first; at most `limit` of them, with a row that counts the rest."""
    layout = _LAYOUTS[kind]
    columns = (*layout.columns, APPROVAL)
    in_order = sorted(actions, key=lambda action: ordered(action, layout))
    shown = in_order if limit is None else in_order[:limit]
    rows: list[Row] = []
    for action in shown:
        rows += _rows(action, layout, len(columns), limit)
    if len(shown) < len(in_order):
        rows.append(more(len(in_order) - len(shown), len(columns)))
    return Table(columns, tuple(rows))


def level_of(action: Action) -> str:
    """The level of an action: that of its lines where they agree, else the highest that one of them goes to."""
    levels = sorted({(line.level_to, line.level_from) for line in action.lines if line.level_to is not None})
    if not levels:
        return ""
    return f"{levels[-1][1]} -> {levels[-1][0]}" if len(levels) == 1 else f"-> {levels[-1][0]}"


def _rows(action: Action, layout: Layout, width: int, limit: int | None) -> list[Row]:
    """The row of an action and, where it speaks of receivables of its own, a row for each below it."""
    # The tables of credit actions are full: there, who has to approve stands below.
    approval = "" if action.kind in words.CREDIT else ", ".join(action.approval)
    detailed = action.kind in words.DETAILED
    rows = [Row((*layout.cells(action), approval), "strong" if detailed else "plain")]
    if detailed:
        items = sorted(action.items, key=lambda item: (item.due, item.receivable))
        shown = items if limit is None or len(items) <= _RECEIVABLES else items[:_RECEIVABLES]
        rows += [Row((*_receivable(action, item), "")) for item in shown]
        if len(shown) < len(items):
            rows.append(more(len(items) - len(shown), width, indent=_INDENT))
    for remark in _remarks(action):
        rows.append(Row((_INDENT + remark, *("" for _ in range(width - 1))), "quiet"))
    return rows


def _remarks(action: Action) -> list[str]:
    """Who has to do it, what the policy says to them, or why it is so; who has to approve it. They stand below the action."""
    given = dict(action.parameters)
    told = ": ".join(str(given[name]) for name in ("collector", "note", "because") if given.get(name))
    waits = f"waits for {', '.join(action.approval)}" if action.approval and action.kind in words.CREDIT else ""
    return [each for each in (told, waits) if each]


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


def _write_off(action: Action) -> tuple[str, ...]:
    """What is proposed to be written off."""
    return _detailed(action, action.entity)


def _task(action: Action) -> tuple[str, ...]:
    """Who is to be called, visited or written to by hand, and until when."""
    return (
        words.customer(action),
        action.entity,
        _about(action),
        setting(action, "what"),
        setting(action, "due"),
        level_of(action),
        rules(action),
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
        rules(action),
    )


def _credit_hold(action: Action) -> tuple[str, ...]:
    """Who may not buy on credit from now on, or may again."""
    return (words.customer(action), action.entity, setting(action, "reason"), level_of(action), rules(action))


def _alert(action: Action) -> tuple[str, ...]:
    """Who of ours is told, how urgent it is."""
    return (
        words.customer(action),
        action.entity,
        setting(action, "to"),
        setting(action, "severity"),
        _about(action),
        level_of(action),
        rules(action),
    )


def _set_level(action: Action) -> tuple[str, ...]:
    """Which receivable is moved to another level without anything being sent."""
    return (words.customer(action), action.entity, _about(action), _oldest(action), level_of(action), rules(action))


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


_DETAIL_TAIL = (Column("due"), _DAYS, *_AMOUNT, _LEVEL, Column("policy, rule", least=12))
_HOLD = Layout(
    (
        CUSTOMER,
        ENTITY,
        Column("reason", least=8),
        _LEVEL,
        RULE,
    ),
    _credit_hold,
)
_LAYOUTS: dict[str, Layout] = {
    "notice": Layout((CUSTOMER, Column("via", least=10), *_DETAIL_TAIL), _notice),
    "hand_over": Layout((CUSTOMER, Column("to", least=10), *_DETAIL_TAIL), _hand_over),
    "propose_write_off": Layout((CUSTOMER, ENTITY, *_DETAIL_TAIL), _write_off),
    "task": Layout(
        (
            CUSTOMER,
            ENTITY,
            _ABOUT,
            Column("what"),
            Column("until"),
            _LEVEL,
            RULE,
        ),
        _task,
    ),
    "late_fee": Layout(
        (CUSTOMER, ENTITY, Column("on", least=12), Column("due"), *_AMOUNT, Column("in policy"), _LEVEL, RULE),
        _late_fee,
    ),
    "credit_hold": _HOLD,
    "release_credit_hold": _HOLD,
    "alert": Layout(
        (CUSTOMER, ENTITY, Column("to", least=8), Column("severity"), _ABOUT, _LEVEL, RULE),
        _alert,
    ),
    "set_level": Layout((CUSTOMER, ENTITY, _ABOUT, _DAYS, _LEVEL, RULE), _set_level),
    **credit_actions.LAYOUTS,
}
