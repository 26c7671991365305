"""The truth of a finding for one subject, in Python: for audit, explanations and cases.

Comes in: a finding and the subject's facts. Goes out: true or false.
Know before changing: this is a second reading of the law that findings.truth writes as SQL; `duly preview --audit` holds the
two equal on the live book. A comparison with a missing fact is false.
"""

import operator
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any as Anything
from typing import assert_never

from engine.policy.model import All, Any, Comparison, Condition, FactRef, Finding, MonthEnd, Nor, Operator, PercentOf

Value = int | str | None
Values = Mapping[str, Value]

_BOUNDS: dict[Operator, Callable[[Anything, Anything], bool]] = {
    Operator.IS: operator.eq,
    Operator.IS_NOT: operator.ne,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.MORE_THAN: operator.gt,
    Operator.LESS_THAN: operator.lt,
}


def holds(condition: Condition, values: Values, as_of: str) -> bool:
    """Whether the condition holds for a subject with these facts."""
    match condition:
        case All(of):
            return all(holds(part, values, as_of) for part in of)
        case Any(of):
            return any(holds(part, values, as_of) for part in of)
        case Nor(of):
            return not any(holds(part, values, as_of) for part in of)
        case Comparison() | MonthEnd():
            return true(condition, values, as_of)
        case _:
            assert_never(condition)


def true(finding: Finding, values: Values, as_of: str) -> bool:
    """Whether the finding is true for a subject with these facts."""
    value = values[finding.fact]
    if isinstance(finding, MonthEnd):
        if value is None:
            return False
        reached = month_end(str(value), finding.days)
        return as_of > reached if finding.after else as_of >= reached
    if finding.operator is Operator.MISSING:
        return (value is None) == bool(finding.operand)
    return value is not None and _compared(finding, value, values)


def month_end(day: str, shift: int) -> str:
    """The last day of the month that (day + shift) falls in; beyond the calendar its last day, which is never reached."""
    try:
        moved = date.fromisoformat(day) + timedelta(days=shift)
    except OverflowError:
        return (date.max if shift > 0 else date.min).isoformat()
    return moved.replace(day=monthrange(moved.year, moved.month)[1]).isoformat()


def _compared(comparison: Comparison, value: int | str, values: Values) -> bool:
    """The comparison of a fact that is there."""
    operand = comparison.operand
    match comparison.operator:
        case Operator.IN:
            return value in _members(operand)
        case Operator.NOT_IN:
            return value not in _members(operand)
        case Operator.BETWEEN:
            low, high = _members(operand)
            return bool(low <= value <= high)
        case bound:
            if isinstance(operand, PercentOf):
                whole = values[operand.fact]
                return whole is not None and _BOUNDS[bound](int(value) * 10_000, operand.hundredths * int(whole))
            other = values[operand.fact] if isinstance(operand, FactRef) else operand
            return other is not None and _BOUNDS[bound](value, other)


def _members(operand: object) -> tuple[Anything, ...]:
    """The several values on a right side."""
    assert isinstance(operand, tuple), operand
    return operand
