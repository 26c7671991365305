"""The figures of days lived through: what was sent, charged, held and withheld, whom it reached, and how late it was.

Comes in: nothing. Goes out: frozen values; a Side is all that is said of one set of policies.
Know before changing: counts are of actions unless they say otherwise. Amounts are in minor units, days past due whole days, and a
median is the middle one, of two the lower.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Notices:
    """Notices of one policy, step (a level, or a rule beside the ladder) and channel; `reminders` are the receivables in them."""

    policy: str
    level: int | None
    name: str
    channel: str
    count: int
    reminders: int
    median_days: int | None


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """How many subjects reached a level of a ladder, and how many days past due they were then; `last` ends the ladder."""

    policy: str
    level: int
    name: str
    last: bool
    subjects: int
    median_days: int | None


@dataclass(frozen=True, slots=True, order=True)
class Fees:
    """Late fees of one policy and currency."""

    policy: str
    currency: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True, order=True)
class Done:
    """Other actions of a policy: `what` tells tasks apart (call, visit, letter) and says whom an alert or a hand-over is for."""

    policy: str
    kind: str
    what: str
    count: int


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """Actions that a reason stopped: how many (a subject and a rule count once), and on how many days in all."""

    policy: str
    reason: str
    kind: str
    subjects: int
    days: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """Notices and tasks per customer. `customers` had something open in the time; `spread` counts them by their contacts."""

    customers: int
    contacted: int
    contacts: int
    most: int
    spread: tuple[tuple[str, int], ...]

    @property
    def mean_tenths(self) -> int:
        """Contacts for each customer that was contacted, in tenths, rounded half up."""
        return (20 * self.contacts + self.contacted) // (2 * self.contacted) if self.contacted else 0


@dataclass(frozen=True, slots=True)
class Anyway:
    """Reminders of which the book tells what came of them, and how many were paid in full within three days anyway."""

    judged: int
    paid: int

    @property
    def hundredths(self) -> int:
        """The share in hundredths of a percent."""
        return (20_000 * self.paid + self.judged) // (2 * self.judged) if self.judged else 0


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a week: notices by level (None: beside a ladder), fees by currency, contacts, holds placed and released."""

    label: str
    notices: tuple[tuple[int | None, int], ...]
    fees: tuple[tuple[str, int, int], ...]
    contacts: int
    placed: int
    released: int


@dataclass(frozen=True, slots=True)
class Side:
    """All that is said of one set of policies. `label` tells it apart; `uncovered` are receivables on the day with the most."""

    label: str
    notices: int
    reminders: int
    per_step: tuple[Notices, ...]
    reached: tuple[Reached, ...]
    fees: tuple[Fees, ...]
    done: tuple[Done, ...]
    kept: tuple[Kept, ...]
    contacts: Contacts
    anyway: Anyway
    uncovered: int
    periods: tuple[Period, ...]
