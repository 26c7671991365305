"""Bands must tile: every number stands in exactly one of them, and every text earns points.

Comes in: stretches of numbers with the places they are written at. Goes out: problems, each with a value that stands in none or
in two.
Know before changing: a band has its lower end and not its upper one; None is without end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from engine.policy.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers from `lowest` to below `below`, as written at `here` with the keys `from` and `below`."""

    lowest: int | None
    below: int | None
    here: Cursor


def check_tiles(stretches: Sequence[Stretch], said: Callable[[int], str], *, best_first: bool) -> None:
    """One problem for each place where the stretches leave something out, or take something twice; none where they tile."""
    if not stretches or not _right_way_round(stretches, said):
        return
    rising = list(reversed(stretches)) if best_first else list(stretches)
    if _in_order(rising, best_first=best_first):
        _check_ends(rising, said)
        for lower, upper in pairwise(rising):
            _check_meeting(lower, upper, said)


def _right_way_round(stretches: Sequence[Stretch], said: Callable[[int], str]) -> bool:
    """Something lies between the bounds of each."""
    for one in stretches:
        if one.lowest is not None and one.below is not None and one.lowest >= one.below:
            message = (
                f"from {said(one.lowest)} to below {said(one.below)} lies nothing; let 'below' be more than 'from'"
            )
            one.here.at("below").wrong("bounds-reversed", message)
            return False
    return True


def _in_order(rising: Sequence[Stretch], *, best_first: bool) -> bool:
    """Each stands where its bounds put it."""
    ordered = sorted(rising, key=_key)
    wrong = [one for one, right in zip(rising, ordered, strict=True) if _key(one) != _key(right)]
    if wrong:
        said = "the best stands first" if best_first else "they stand in rising order"
        wrong[-1 if best_first else 0].here.wrong("bands-order", f"this band stands in the wrong place; {said}")
    return not wrong


def _key(one: Stretch) -> tuple[float, float]:
    """What stretches are ordered by: where they begin, then where they end."""
    return (-inf if one.lowest is None else one.lowest, inf if one.below is None else one.below)


def _check_ends(rising: Sequence[Stretch], said: Callable[[int], str]) -> None:
    """The lowest band has no lower end, the highest no upper one."""
    first, last = rising[0], rising[-1]
    if first.lowest is not None:
        message = (
            f"{said(first.lowest - 1)} stands in no band, nor does anything less; leave out 'from' of the lowest band"
        )
        first.here.at("from").wrong("bands-gap", message)
    if last.below is not None:
        message = f"{said(last.below)} stands in no band, nor does anything more; leave out 'below' of the highest band"
        last.here.at("below").wrong("bands-gap", message)


def _check_meeting(lower: Stretch, upper: Stretch, said: Callable[[int], str]) -> None:
    """The upper band begins where the lower one ends."""
    if upper.lowest is None:
        upper.here.wrong("bands-overlap", f"{_example(lower, said)} stands in two bands; this one needs 'from'")
    elif lower.below is None:
        message = f"{said(upper.lowest)} stands in two bands; this one needs 'below', where the next begins"
        lower.here.wrong("bands-overlap", message)
    elif upper.lowest < lower.below:
        message = (
            f"{said(upper.lowest)} stands in two bands; begin this one at {said(lower.below)}, where the other ends"
        )
        upper.here.at("from").wrong("bands-overlap", message)
    elif upper.lowest > lower.below:
        message = f"{said(lower.below)} stands in no band; begin this one at {said(lower.below)}, where the other ends"
        upper.here.at("from").wrong("bands-gap", message)


def _example(lower: Stretch, said: Callable[[int], str]) -> str:
    """A number of the band."""
    if lower.lowest is not None:
        return said(lower.lowest)
    return "a number" if lower.below is None else said(lower.below - 1)
