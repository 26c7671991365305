"""What people at the demo's desk say on single days of its past: overrides, a suspension, a limit; and who confirms them.

Comes in: nothing. Goes out: DESK, which act/rehearsal.py records as anybody's commands would be.
Know before changing: the customers are named by number, since the book is always the same. A day is so many days before the
book's last one; what is confirmed after no days is confirmed on the same day, and None waits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody grants something for `lasts` days. `rating` is of an override; None suspends the credit holds."""

    days_before: int
    customer: str
    rating: str | None
    reason: str
    lasts: int
    actor: str
    confirmed_by: str | None


DESK = (
    Said(52, "C-1087", "B", "new owner; the parent guarantees what is owed", 180, "credit.manager", "chief.financial.officer"),
    Said(6, "C-1076", None, "paid by courier; the bank confirms on Friday", 12, "credit.manager", "deputy.credit.manager"),
    Said(1, "C-1149", "A", "statement seen at their place, copy follows", 90, "deputy.credit.manager", None),
)
