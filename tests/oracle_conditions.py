"""Conditions in plain slow Python: whether one holds on a subject with these facts.

Comes in: a condition of a policy, facts by name, a date. Goes out: true or false.
Know before changing: no SQL, no findings; conclusions of a credit policy (`score`, `rating`) are facts like any other here.
"""

import calendar
import datetime
from fractions import Fraction

from engine.policy import model
from engine.policy.model import Condition
from tests.oracle_facts import Value, shifted

Of = dict[str, Value]


def holds(condition: Condition, of: Of, as_of: str) -> bool:
    """Whether a condition holds. A comparison with a missing fact is false; `none` is plain negation."""
    if isinstance(condition, model.All):
        return all(holds(part, of, as_of) for part in condition.of)
    if isinstance(condition, model.Any):
        return any(holds(part, of, as_of) for part in condition.of)
    if isinstance(condition, model.Nor):
        return not any(holds(part, of, as_of) for part in condition.of)
    if isinstance(condition, model.MonthEnd):
        return reached(of[condition.fact], condition.days, as_of, month_end=True, after=condition.after)
    return _compared(condition, of)


def _compared(comparison: model.Comparison, of: Of) -> bool:
    """One fact against one right side."""
    value, right, word = of[comparison.fact], comparison.operand, comparison.operator.value
    if word == "missing":
        return (value is None) is bool(right)
    if value is None:
        return False
    if word in ("in", "not_in"):
        assert isinstance(right, tuple)
        return (value in right) is (word == "in")
    left: int | str | Fraction = value
    if word == "between":
        assert isinstance(right, tuple)
        return bool(right[0] <= left <= right[1])  # type: ignore[operator]
    bound: int | str | Fraction | None
    if isinstance(right, model.FactRef):
        bound = of[right.fact]
    elif isinstance(right, model.PercentOf):
        whole = of[right.fact]
        assert whole is None or isinstance(whole, int)
        bound = None if whole is None else Fraction(whole * right.hundredths, 10_000)
    else:
        assert not isinstance(right, tuple)
        bound = right
    if bound is None:
        return False
    return {
        "is": left == bound,
        "is_not": left != bound,
        "at_least": left >= bound,  # type: ignore[operator]
        "at_most": left <= bound,  # type: ignore[operator]
        "more_than": left > bound,  # type: ignore[operator]
        "less_than": left < bound,  # type: ignore[operator]
    }[word]


def reached(date: Value, days: int, as_of: str, *, month_end: bool, after: bool) -> bool:
    """Whether as_of has reached (or, where `after`, passed) the day so many days after a date."""
    if date is None:
        return False
    day = shifted(str(date), days)
    if month_end:
        year, month, _ = (int(part) for part in day.split("-"))
        day = datetime.date(year, month, calendar.monthrange(year, month)[1]).isoformat()
    return as_of > day if after else as_of >= day
