"""Which scores a scorecard can give at all: every total, exactly, and a customer for each of them.

Comes in: a Scorecard, and which values a fact can have. Goes out: Totals.
Know before changing: characteristics on the same fact earn points together, since one customer has one value. Totals are the bits
of one long integer, so that adding a fact is a few shifts; facts are taken as free of each other, which only ever adds totals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd

from engine.facts import FACTS, Fact
from engine.policy.credit_model import Characteristic, Scorecard

# Scorecards that spread further than this in steps of one are not reckoned through; nothing is claimed about them then.
MOST_BITS = 2_000_000

Value = int | str | None


@dataclass(frozen=True, slots=True)
class _Stage:
    """One fact's cells: a value of each with its points, in steps above the least; and the totals before it."""

    fact: str
    cells: tuple[tuple[Value, int], ...]
    before: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Every total that some customer scores."""

    least: int
    step: int
    bits: int
    stages: tuple[_Stage, ...]

    @property
    def most(self) -> int:
        """The highest total."""
        return self._total(self.bits.bit_length() - 1)

    def between(self, low: int | None, high: int | None) -> int | None:
        """The lowest total from `low` to `high`, both included and None without end; None where there is none."""
        first = 0 if low is None else max(0, -((self.least - low) // self.step))
        shifted = self.bits >> first
        if not shifted:
            return None
        found = self._total(first + (shifted & -shifted).bit_length() - 1)
        return found if high is None or found <= high else None

    def below(self, bound: int) -> int | None:
        """The highest total below the bound."""
        places = -((self.least - bound) // self.step)
        kept = self.bits & ((1 << max(0, places)) - 1)
        return self._total(kept.bit_length() - 1) if kept else None

    def customer(self, total: int) -> dict[str, Value]:
        """A value of each fact with which a customer scores the total."""
        rest = (total - self.least) // self.step
        values: dict[str, Value] = {}
        for stage in reversed(self.stages):
            value, points = next(
                cell for cell in stage.cells if rest >= cell[1] and stage.before >> (rest - cell[1]) & 1
            )
            values[stage.fact] = value
            rest -= points
        return dict(reversed(values.items()))

    def _total(self, place: int) -> int:
        """The total that a bit stands for."""
        return self.least + self.step * place


def totals(scorecard: Scorecard, cells: Callable[[Fact, Sequence[int | str]], Sequence[Value]]) -> Totals | None:
    """Every total; `cells` gives a fact's possible values, one for each stretch between the cuts. None: too many to reckon."""
    groups: dict[str, list[Characteristic]] = {}
    for one in scorecard.characteristics:
        groups.setdefault(one.fact, []).append(one)
    table: list[tuple[str, list[tuple[Value, int]]]] = []
    for name, several in groups.items():
        cuts = sorted({cut for one in several for cut in _cuts(one)}, key=str)
        values = cells(FACTS[name], cuts)
        # No value at all: then nobody is covered, and every total is beside the point.
        table.append((name, [(value, sum(points(one, value) for one in several)) for value in values] or [(None, 0)]))
    return _added(scorecard.base, table)


def points(one: Characteristic, value: Value) -> int:
    """Weight times the points of the value's band or word."""
    if value is None:
        earned = one.missing
    elif one.bands:
        assert isinstance(value, int), f"{one.fact} is a number"
        earned = next(
            band.points
            for band in one.bands
            if (band.lowest is None or value >= band.lowest) and (band.below is None or value < band.below)
        )
    else:
        listed = (words.points for words in one.words if value in words.values)
        earned = next(listed, one.otherwise or 0)
    return one.weight * earned


def _cuts(one: Characteristic) -> Iterator[int | str]:
    """The values at which its points may change."""
    for band in one.bands:
        if band.lowest is not None:
            yield band.lowest
    for words in one.words:
        yield from words.values


def _added(base: int, table: Sequence[tuple[str, list[tuple[Value, int]]]]) -> Totals | None:
    """The totals of all facts together."""
    lows = [min(points for _, points in cells) for _, cells in table]
    step = gcd(*(points - low for (_, cells), low in zip(table, lows, strict=True) for _, points in cells)) or 1
    bits, stages, span = 1, [], 1
    for (fact, cells), low in zip(table, lows, strict=True):
        scaled = tuple((value, (points - low) // step) for value, points in cells)
        span += max(points for _, points in scaled)
        if span > MOST_BITS:
            return None
        stages.append(_Stage(fact, scaled, bits))
        added = 0
        for shift in {points for _, points in scaled}:
            added |= bits << shift
        bits = added
    return Totals(base + sum(lows), step, bits, tuple(stages))
