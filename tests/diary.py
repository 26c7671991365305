"""A book lived through day by day: preview, apply and deliver on each date, and what came of it in short lines.

Comes in: a small book (tests/books.py), policies as YAML text, a folder for letters. Goes out: lines such as `notice C1: R1 0>1`,
and in brackets what was withheld: `(notice R1: interval)`.
Know before changing: every day goes through plan.plan, apply.apply and outbox.deliver as the command line does it; the clock
stands at nine in the morning of the date.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine import money
from engine.act import apply, outbox
from engine.act.plan import plan
from engine.act.values import Action, Line, Plan, Withheld
from engine.book.snapshot import KNOWN_ALL
from engine.policy import document
from engine.policy.model import Policy
from tests.books import Books, policy

TEMPLATES = document.shipped() / "policies" / "templates"


def said(the_plan: Plan) -> list[str]:
    """The plan in short lines: what is to be done, then in brackets what is withheld."""
    return [*map(action_said, the_plan.actions), *sorted(map(withheld_said, the_plan.withheld))]


def action_said(action: Action) -> str:
    """`notice C1: R1 0>1, R2 1>2`; a fee with its amount."""
    fee = f" {money.written(action.amount or 0, action.currency)} {action.currency}" if action.kind == "late_fee" else ""
    return f"{action.kind} {action.customer}: {', '.join(map(_line_said, action.lines))}{fee}"


def withheld_said(one: Withheld) -> str:
    """`(notice R1: interval)`, of a customer by its number."""
    return f"({one.kind} {one.receivable or one.customer}: {', '.join(one.reasons)})"


def _line_said(line: Line) -> str:
    """`R1 0>1`; of a whole customer `all`; of a rule its name."""
    name = line.receivable or "all"
    return f"{name} {line.rule}" if line.level_to is None else f"{name} {line.level_from}>{line.level_to}"


class Diary:
    """A book and the policies in force over it, one day after the other."""

    def __init__(self, books: Books, folder: Path, *policies: str) -> None:
        """The first day is yet to come."""
        self.books = books
        self.folder = folder
        self.policies: Sequence[Policy] = [policy(text) for text in policies]

    def preview(self, as_of: str, *, known_at: str = KNOWN_ALL) -> Plan:
        """The plan of that day, nothing done."""
        return plan(self.books.book, self.policies, as_of=as_of, known_at=known_at)

    def saw(self, as_of: str, *, known_at: str = KNOWN_ALL) -> list[str]:
        """What a preview of that day says."""
        return said(self.preview(as_of, known_at=known_at))

    def lived(self, as_of: str, *, deliver: bool = True) -> list[str]:
        """The day previewed, applied and delivered; what was done and what was withheld."""
        the_plan = self.preview(as_of)
        if the_plan.actions:
            apply.apply(self.books.book, the_plan, self.policies, actor="test", now=f"{as_of}T09:00:00Z")
        if deliver:
            self.deliver(as_of)
        return said(the_plan)

    def deliver(self, as_of: str) -> None:
        """The outbox is emptied; every message must go out."""
        done = outbox.deliver(self.books.book, self.folder, TEMPLATES, now=f"{as_of}T10:00:00Z")
        assert not done.failed, done.failed

    def days(self, *dates: str) -> Iterator[list[str]]:
        """One day after the other."""
        return (self.lived(date) for date in dates)
