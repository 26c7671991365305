"""How much of the exposure stands with the few largest: their shares, and the Herfindahl index.

Comes in: names with their exposures. Goes out: a Concentration.
Know before changing: whoever is owed by us (a negative exposure) is no risk and not counted, neither in a share nor in what it
is a share of. Shares are hundredths of a percent, rounded half-up. The index adds up the squares of the shares in percent: 10,000
where everything stands with one, 10,000 / n where it is spread over n of equal size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FEW = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Of one kind of line: how many have an exposure, who has the largest, what the 1, 5 and 10 largest have together.

    `equals` is how many of equal size would have the same index, in tenths.
    """

    of: str
    number: int
    largest: str
    total: int
    shares: tuple[int, ...]
    index: int
    equals: int


def concentration(of: str, exposures: Sequence[tuple[str, int]]) -> Concentration:
    """The concentration of these exposures, in any order; of nothing, nothing."""
    ranked = sorted(((amount, name) for name, amount in exposures if amount > 0), key=lambda each: (-each[0], each[1]))
    amounts = [amount for amount, _ in ranked]
    total, squares = sum(amounts), sum(amount * amount for amount in amounts)
    return Concentration(
        of=of,
        number=len(ranked),
        largest=ranked[0][1] if ranked else "",
        total=total,
        shares=tuple(share(sum(amounts[:few]), total) for few in FEW),
        index=_rounded(10_000 * squares, total * total),
        equals=_rounded(10 * total * total, squares),
    )


def share(part: int, whole: int) -> int:
    """Hundredths of a percent; 0 of nothing."""
    return _rounded(10_000 * part, whole)


def _rounded(part: int, whole: int) -> int:
    """part / whole of non-negative integers, rounded half-up; 0 of nothing."""
    return (2 * part + whole) // (2 * whole) if whole else 0
