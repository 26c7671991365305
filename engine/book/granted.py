"""What people grant a customer and somebody else confirms: rating overrides, limits, suspensions of credit holds.

Comes in: nothing. Goes out: which tables these are, and whether two names are one person's.
Know before changing: confirmations and withdrawals name their record by its reference alone, so a reference is unique over
all three tables; whoever writes one looks at all of them.
"""

# What a record is called -> its table.
GRANTED = {"limit": "granted_limits", "override": "rating_overrides", "suspension": "suspensions"}


def same_person(one: str, other: str) -> bool:
    """Whether two names are those of one person: capitals and blanks around them do not make a second pair of eyes."""
    return one.strip().casefold() == other.strip().casefold()
