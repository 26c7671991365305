"""Days counted on the calendar.

Comes in: an ISO date and a number of days. Goes out: an ISO date.
Know before changing: these are calendar days; nothing here knows of holidays.
"""

from datetime import date, timedelta


def shifted(day: str, days: int) -> str:
    """The date so many calendar days after a date; before it where negative."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
