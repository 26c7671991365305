"""What a fact is: its type, its unit, and the two ways in which most of their SQL is written.

Comes in: nothing. Goes out: Fact and its types; the facts themselves stand in engine/facts.py.
Know before changing: every value is an INTEGER or TEXT: money in minor units of the policy's currency (each receivable converted
at the as-of rate and rounded half-up, then added, so that parts add up to their whole), percent in hundredths of a percent
rounded half away from zero, flags 0/1, dates ISO text. NULL is "missing".
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.sql import days


class FactType(StrEnum):
    """What kind of value a fact is; it decides the operators and how a literal is written."""

    MONEY = "money"
    DAYS = "days"
    COUNT = "count"
    PERCENT = "percent"
    TEXT = "text"
    FLAG = "flag"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Fact:
    """One typed value of one subject. `values` closes a text; `neutral` is what a case assumes where it says nothing."""

    name: str
    type: FactType
    meaning: str
    source: str
    sql: str
    values: tuple[str, ...] = ()
    neutral: int | str | None = None

    @property
    def unit(self) -> str:
        """What one of it is, in words for `duly facts`."""
        return UNITS[self.type]

    @property
    def of_customer(self) -> bool:
        """Whether it describes the customer (its name has the prefix)."""
        return self.name.startswith(CUSTOMER_PREFIX)


CUSTOMER_PREFIX = "customer."
UNITS = {
    FactType.MONEY: "amount in the policy's currency",
    FactType.DAYS: "calendar days",
    FactType.COUNT: "number",
    FactType.PERCENT: "percent",
    FactType.TEXT: "text",
    FactType.FLAG: "true or false",
    FactType.DATE: "date",
}

DISPUTE_STATES = ("none", "part", "whole")
PROMISE_STATES = ("none", "pending", "kept", "broken")
KINDS = ("invoice", "instalment", "debit_note", "fee", "interest")

MONEY, DAYS, COUNT, PERCENT, TEXT, FLAG, DATE = FactType


def since(date: str) -> str:
    """SQL for the days from a date to as_of."""
    return days(":as_of", date)


def default(value: str, otherwise: str) -> str:
    """SQL for a value that is never missing."""
    return f"COALESCE({value}, {otherwise})"
