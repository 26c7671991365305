"""The scorecard: what each characteristic earns, as SQL for the whole book and in Python for one customer.

Comes in: a Scorecard, and a customer's facts. Goes out: the score, or what each characteristic adds to it.
Know before changing: both say the same law, and `duly preview --audit` holds them equal on the live book. A missing fact earns
`missing`; a text that is not listed earns `otherwise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.policy.credit_model import Band, Characteristic, Scorecard, Words
from engine.sources import column

Value = int | str | None


@dataclass(frozen=True, slots=True)
class Earned:
    """What one characteristic adds: `part` is the band or the words that its value falls into, None where neither does."""

    characteristic: Characteristic
    value: Value
    part: Band | Words | None
    points: int

    @property
    def total(self) -> int:
        """The points with their weight."""
        return self.points * self.characteristic.weight


def earned(card: Scorecard, values: Mapping[str, Value]) -> tuple[Earned, ...]:
    """What each characteristic adds for a customer with these facts, in the order of the scorecard."""
    return tuple(earned_by(one, values[one.fact]) for one in card.characteristics)


def score(card: Scorecard, values: Mapping[str, Value]) -> int:
    """The score of a customer with these facts."""
    return card.base + sum(one.total for one in earned(card, values))


def most(one: Characteristic) -> int:
    """The most that the characteristic can add."""
    points = [one.missing, *(part.points for part in parts(one))]
    return one.weight * max([*points, *([] if one.otherwise is None else [one.otherwise])])


def score_sql(card: Scorecard, parameters: dict[str, str]) -> str:
    """SQL of the score over the customer's facts; the texts of the scorecard are added to the parameters."""
    return " + ".join([str(card.base), *(f"{one.weight} * {_sql(one, parameters)}" for one in card.characteristics)])


def earned_by(one: Characteristic, value: Value) -> Earned:
    """What a value of the characteristic's fact adds."""
    if value is None:
        return Earned(one, None, None, one.missing)
    for part in parts(one):
        if _within(part, value):
            return Earned(one, value, part, part.points)
    assert one.otherwise is not None, f"{one.fact} {value!r} falls into no band of {one.id}, which tile"
    return Earned(one, value, None, one.otherwise)


def parts(one: Characteristic) -> tuple[Band | Words, ...]:
    """Its bands, or its words."""
    return one.bands or one.words


def _within(part: Band | Words, value: int | str) -> bool:
    """Whether the value falls into the band, or is one of the words."""
    if isinstance(part, Words):
        return value in part.values
    number = int(value)
    return (part.lowest is None or number >= part.lowest) and (part.below is None or number < part.below)


def _sql(one: Characteristic, parameters: dict[str, str]) -> str:
    """SQL of the points of one characteristic. Bands tile and rise, so the first upper end above the value is its band's."""
    fact = column(one.fact)
    cases = [f"WHEN {fact} IS NULL THEN {one.missing}"]
    cases += [f"WHEN {fact} < {band.below} THEN {band.points}" for band in one.bands if band.below is not None]
    cases += [f"WHEN {fact} IN ({_listed(words, parameters)}) THEN {words.points}" for words in one.words]
    rest = one.bands[-1].points if one.bands else one.otherwise
    return f"CASE {' '.join(cases)}{'' if rest is None else f' ELSE {rest}'} END"


def _listed(words: Words, parameters: dict[str, str]) -> str:
    """The words as a list of SQL: numbers as they are, texts as parameters."""
    names = []
    for value in words.values:
        if isinstance(value, int):
            names.append(str(value))
            continue
        name = f"w{len(parameters)}"
        parameters[name] = value
        names.append(f":{name}")
    return ", ".join(names)
