"""The plan as rows for a spreadsheet: one for each line of an action, one for each action that is withheld.

Comes in: a plan. Goes out: rows of text, the first one the headings; amounts plain (`1234.50`), so that they add up.
Know before changing: a customer called `=HYPERLINK(...)` is a formula once a spreadsheet opens the file, so text that
begins like one gets a leading apostrophe. Columns are public: add at the end, never rename.
"""

import csv
import io
from collections.abc import Iterable

from engine import money
from engine.act.values import Action, Item, Line, Plan, Withheld
from engine.report import words

HEADINGS = (
    "state",
    "because",
    "action",
    "address",
    "customer",
    "customer_name",
    "entity",
    "receivable",
    "due",
    "days_past_due",
    "amount",
    "currency",
    "level_from",
    "level_to",
    "rule",
    "policy",
    "version",
    "approval",
    "settings",
    "before",
    "after",
)
# What spreadsheets read as the start of a formula, also written in full width.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")

Cells = tuple[str, ...]


def csv_rows(plan: Plan) -> tuple[Cells, ...]:
    """The headings, then the plan's actions line by line, then what is withheld, in the order of the plan."""
    done = [row for action in plan.actions for row in _action(action)]
    return (HEADINGS, *done, *(_withheld(each) for each in plan.withheld))


def written(rows: Iterable[Cells]) -> str:
    """The rows as the text of a CSV file (RFC 4180, lines end in CR LF)."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _action(action: Action) -> list[Cells]:
    """A row for each receivable of the action, or one for the customer."""
    items = {item.receivable: item for item in action.items}
    lines = {line.receivable: line for line in action.lines}
    rows = [_row(action, line, items.get(line.receivable or "")) for line in action.lines if line.receivable]
    whole = [line for line in action.lines if line.receivable is None]
    if whole:
        spoken = [item for item in action.items if item.receivable not in lines]
        rows += [_row(action, whole[0], item) for item in spoken] or [_row(action, whole[0], None)]
    return rows


def _row(action: Action, line: Line, item: Item | None) -> Cells:
    """One line of an action; the amount is that of the receivable where the action's is the sum of several."""
    amount = item.chased if item and action.kind in words.DETAILED else action.amount
    return (
        "action",
        "",
        action.kind,
        safe(action.address),
        safe(action.customer),
        safe(action.customer_name),
        safe(action.entity),
        safe(item.receivable if item else line.receivable or ""),
        item.due if item else "",
        str(item.days_past_due) if item else "",
        "" if amount is None else money.plain(amount, action.currency),
        action.currency,
        _number(line.level_from),
        _number(line.level_to),
        safe(line.rule),
        safe(line.policy),
        str(line.version),
        safe(", ".join(action.approval)),
        safe(_settings(action)),
        safe(action.before),
        safe(action.after),
    )


def _settings(action: Action) -> str:
    """The kind's own parameters that are set; amounts plain, in the currency that they are in."""
    given = dict(action.parameters)
    currencies = dict.fromkeys(("limit", "limit_before"), action.currency)
    currencies["policy_amount"] = str(given.get("policy_currency"))
    shown = {
        name: money.plain(value, currencies[name]) if name in currencies and isinstance(value, int) else value
        for name, value in action.parameters
    }
    return "; ".join(f"{name}={value}" for name, value in shown.items() if value is not None)


def _withheld(each: Withheld) -> Cells:
    """One action that was stopped, with every reason."""
    return (
        "withheld",
        safe(", ".join(each.reasons)),
        each.kind,
        "",
        safe(each.customer),
        safe(each.customer_name),
        safe(each.entity),
        safe(each.receivable or ""),
        "",
        _number(each.days_past_due),
        money.plain(each.amount, each.currency) if words.at_stake(each) else "",
        each.currency,
        _number(each.level_from),
        _number(each.level_to),
        safe(each.rule),
        safe(each.policy),
        str(each.version),
        "",
        "",
        "",
        "",
    )


def _number(number: int | None) -> str:
    """A number, or nothing."""
    return "" if number is None else str(number)
