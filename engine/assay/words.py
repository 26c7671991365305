"""The words of a policy that cases can try: whether a day itself counts, the end of a month, the rating that bounds another.

Comes in: a Policy. Goes out: each word that its file says, with where it is kept and the words beside it.
Know before changing: what the file does not say is no word of the policy, though the typed value has one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.assay.figures import Reader, reader
from engine.assay.parts import Path, leaves, reaching
from engine.errors import Place
from engine.policy.credit_model import OrderSection, Ratings, Verdict
from engine.policy.model import Boundary, Finding, Ladder, Policy


@dataclass(frozen=True, slots=True)
class Word:
    """One word: whose, its name, where it is written and kept, and each other word that it might be by a slip."""

    owner: str
    name: str
    place: Place
    paths: tuple[Path, ...]
    text: str
    others: tuple[tuple[object, str], ...]
    near: tuple[Finding, ...] = ()


def words(policy: Policy) -> Iterator[Word]:
    """Every word that cases can try, in the order of the sections."""
    here = reader(policy)
    if policy.ladder:
        yield from _of_ladder(here, policy.ladder)
    if policy.credit and policy.credit.ratings:
        yield from _of_ratings(here, policy.credit.ratings)
    if policy.credit and policy.credit.orders:
        yield from _of_orders(here, policy.credit.orders)


def _of_ladder(here: Reader, ladder: Ladder) -> Iterator[Word]:
    """Whether day n itself counts, of the ladder and of levels that say it; levels that count to the end of a month."""
    named = {index: here.place("ladder", "levels", index, "boundary") for index in range(len(ladder.levels))}
    rest = [index for index, place in named.items() if place is None]
    place = here.place("ladder", "boundary")
    if place and rest:
        near = tuple(finding for index in rest for finding in reaching(here.policy, ladder.levels[index])[:2])
        yield _boundary("ladder", place, ladder.levels[rest[0]].boundary, rest, near)
    for index, level in enumerate(ladder.levels):
        near, own = reaching(here.policy, level), named[index]
        if own:
            yield _boundary(f"level {level.number}", own, level.boundary, [index], near)
        place = here.place("ladder", "levels", index, "month_end")
        if place and level.month_end:
            path = ("ladder", "levels", index, "month_end")
            yield Word(f"level {level.number}", "month_end", place, (path,), "true", ((False, "false"),), near)


def _of_orders(here: Reader, orders: OrderSection) -> Iterator[Word]:
    """What an order gets: the verdicts beside it that may stand there."""
    either, some = (Verdict.REFER, Verdict.REFUSE), (Verdict.APPROVE, Verdict.REFER, Verdict.REFUSE)
    for key, verdict, may in (("over_limit", orders.over_limit, either), ("no_limit", orders.no_limit, some)):
        if place := here.place("orders", key):
            yield _verdict("orders", key, place, ("credit", "orders", key), verdict, may)
    for index, rule in enumerate(orders.rules):
        if place := here.place("orders", "rules", index, "verdict"):
            path = ("credit", "orders", "rules", index, "verdict")
            yield _verdict(f"order {rule.id}", "verdict", place, path, rule.verdict, either, tuple(leaves(rule.when)))


def _verdict(
    owner: str, name: str, place: Place, path: Path, now: Verdict, may: tuple[Verdict, ...], near: tuple[Finding, ...] = ()
) -> Word:
    """Each other verdict."""
    others = tuple((one, one.value) for one in may if one is not now)
    return Word(owner, name, place, (path,), now.value, others, near)


def _boundary(owner: str, place: Place, now: Boundary, levels: list[int], near: tuple[Finding, ...]) -> Word:
    """The other one of on and after."""
    other = Boundary.AFTER if now is Boundary.ON else Boundary.ON
    paths = tuple(("ladder", "levels", index, "boundary") for index in levels)
    return Word(owner, "boundary", place, paths, now.value, ((other, other.value),), near)


def _of_ratings(here: Reader, ratings: Ratings) -> Iterator[Word]:
    """The rating that an adjustment holds down to or lifts up to: the next better, the next worse."""
    names = [one.name for one in ratings.of]
    for index, one in enumerate(ratings.adjustments):
        for key, rating in (("not_above", one.not_above), ("not_below", one.not_below)):
            place = here.place("ratings", "adjustments", index, key)
            if place is None or rating is None:
                continue
            rank = names.index(rating)
            beside = [names[other] for other in (rank - 1, rank + 1) if 0 <= other < len(names)]
            path = ("credit", "ratings", "adjustments", index, key)
            others = tuple((name, name) for name in beside)
            yield Word(f"adjustment {one.id}", key, place, (path,), rating, others, tuple(leaves(one.when)))
