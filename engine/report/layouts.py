"""What the tables of actions share: columns, and how a kind of action lays out its rows.

Comes in: actions. Goes out: cells.
Know before changing: a table is cut after its first rows, so each kind says which of its actions are to be read first; the order
is total, so two previews of one plan are the same text.
"""

from collections.abc import Callable
from typing import NamedTuple

from engine.act.values import Action
from engine.report import words
from engine.report.tables import Column

CUSTOMER = Column("customer", least=18)
ENTITY = Column("entity", least=6)
RULE = Column("policy: rule", least=16)
APPROVAL = Column("approval", least=12)

Key = tuple[int | str, ...]


def severity(action: Action) -> Key:
    """The highest level first, then by currency the largest amount."""
    highest = max(line.level_to or 0 for line in action.lines)
    return (-highest, action.currency, -(action.amount or 0))


class Layout(NamedTuple):
    """The columns of one kind, what stands in them, and what is read first; the approval is added to all."""

    columns: tuple[Column, ...]
    cells: Callable[[Action], tuple[str, ...]]
    first: Callable[[Action], Key] = severity


def ordered(action: Action, layout: Layout) -> Key:
    """Where an action stands in its table: as its kind says, then by customer."""
    return (*layout.first(action), action.customer, action.entity, action.address)


def setting(action: Action, name: str) -> str:
    """One of the kind's own parameters as text; nothing where it is not set."""
    value = dict(action.parameters)[name]
    return "" if value is None else str(value)


def rules(action: Action) -> str:
    """The policies and rules of the lines."""
    return ", ".join(sorted({words.rule(line) for line in action.lines}))
