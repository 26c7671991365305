"""Circles of parents: customers that would be above themselves on some day.

Comes in: a desk whose customers have been written. Goes out: every circle, with the day it begins.
Know before changing: who is above whom changes from day to day, so two customers may be each other's parent one after the other.
Only parents that have a parent themselves can be in a circle. They are few, so each day on which one of them changes is
looked at, but only where ignoring the days already gives a circle.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.book.landing.desk import Desk

# Per customer: what holds from which day on, in the order of the days; the last of a day wins.
Parents = dict[int, list[tuple[str, int | None]]]

_HISTORIES = """SELECT v.customer_id, v.valid_from, v.parent_id FROM customer_versions AS v
WHERE v.customer_id IN (SELECT parent_id FROM customer_versions WHERE parent_id IS NOT NULL)
ORDER BY v.customer_id, v.valid_from, v.id"""


@dataclass(frozen=True, slots=True)
class Circle:
    """Customers (id, number), each with the next one as its parent and the last one with the first, from that day on."""

    members: tuple[tuple[int, str], ...]
    since: str


def circles(desk: Desk) -> list[Circle]:
    """Every circle once, on the first day that it is there."""
    parents: Parents = {}
    for customer, since, parent in desk.query(_HISTORIES):
        parents.setdefault(customer, []).append((since, parent))
    parents = _in_knots(parents)
    found: dict[frozenset[int], tuple[tuple[int, ...], str]] = {}
    for day in sorted({since for history in parents.values() for since, _ in history}):
        for members in _on(day, parents):
            found.setdefault(frozenset(members), (members, day))
    numbers = {id_: number for number, (id_, _) in desk.customers.items()} if found else {}
    return [Circle(tuple((id_, numbers[id_]) for id_ in members), since) for members, since in found.values()]


def _in_knots(parents: Parents) -> Parents:
    """Those that could be in a circle: who has a parent among them and is a parent among them, on whatever day."""
    while True:
        above = {
            customer: {parent for _, parent in history if parent is not None and parent in parents}
            for customer, history in parents.items()
        }
        named = {parent for found in above.values() for parent in found}
        kept = {customer: history for customer, history in parents.items() if above[customer] and customer in named}
        if len(kept) == len(parents):
            return kept
        parents = kept


def _on(day: str, parents: Parents) -> Iterator[tuple[int, ...]]:
    """The circles of one day, each beginning at its smallest id."""
    above = {customer: _as_of(day, history) for customer, history in parents.items()}
    done: set[int] = set()
    for start in sorted(above):
        path: list[int] = []
        step: int | None = start
        while step is not None and step not in done:
            done.add(step)
            path.append(step)
            step = above.get(step)
        if step in path:
            circle = path[path.index(step) :]
            first = circle.index(min(circle))
            yield (*circle[first:], *circle[:first])


def _as_of(day: str, history: list[tuple[str, int | None]]) -> int | None:
    """The parent on that day."""
    held = [parent for since, parent in history if since <= day]
    return held[-1] if held else None
