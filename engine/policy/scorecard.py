"""The scorecard of a credit policy: which facts earn how many points.

Comes in: a Cursor at the section. Goes out: a Scorecard, and what the schema could not see: bands that do not tile, texts that
earn nothing, the wrong way to write a fact's points.
Know before changing: a number has `bands`, a text or flag has `values`; every value of the fact earns points in exactly one way.
"""

from engine.facts import Fact, FactType
from engine.policy import literals
from engine.policy.bands import Stretch, check_tiles
from engine.policy.breaches import written
from engine.policy.conditions import Scope
from engine.policy.credit_model import Band, Characteristic, Scorecard, Words
from engine.policy.cursor import Cursor
from engine.policy.model import value_text

NUMBERS = (FactType.MONEY, FactType.DAYS, FactType.COUNT, FactType.PERCENT)
WORDS = (FactType.TEXT, FactType.FLAG)


def scorecard(here: Cursor, within: Scope) -> Scorecard:
    """Base and characteristics, each with its own id."""
    parts = here.at("characteristics")
    parts.distinct("id", "duplicate-id")
    return Scorecard(
        base=here.at("base").whole(),
        characteristics=tuple(_characteristic(item, within) for item in parts.elements()),
        place=here.document.key_place(here.path),
    )


def _characteristic(here: Cursor, within: Scope) -> Characteristic:
    """One fact with its points."""
    fact = literals.fact_of(here.at("fact"), (*NUMBERS, *WORDS), within.facts)
    if fact:
        _check_way(here, fact)
    numeric = fact is not None and fact.type in NUMBERS
    return Characteristic(
        id=here.at("id").text(),
        fact=here.at("fact").text(),
        weight=here.at("weight").whole(1),
        missing=here.at("missing").whole(),
        bands=_bands(here.at("bands"), fact, within.currency) if fact and numeric else (),
        words=_words(here, fact) if fact and not numeric else (),
        otherwise=here.maybe("otherwise", Cursor.whole),
        place=here.place,
    )


def _check_way(here: Cursor, fact: Fact) -> None:
    """A number has bands; a text or flag has values, and where those are open, points for every other one."""
    numeric = fact.type in NUMBERS
    right, wrong = ("bands", ("values", "otherwise")) if numeric else ("values", ("bands",))
    strange = [key for key in wrong if here.has(key)]
    for key in strange:
        message = f"'{key}' does not fit '{fact.name}', which is {fact.type.value}; write '{right}'"
        here.at(key).wrong("unknown-key", message, on_key=True)
    if not strange and not here.has(right):
        here.wrong("missing-key", f"'{right}' is missing: the points of '{fact.name}', which is {fact.type.value}")


def _bands(here: Cursor, fact: Fact, currency: str) -> tuple[Band, ...]:
    """The bands of a number, which tile."""
    parts = list(here.elements())
    before = len(here.problems)
    found = tuple(
        Band(
            part.maybe("from", lambda bound: literals.number(bound, fact, currency)),
            part.maybe("below", lambda bound: literals.number(bound, fact, currency)),
            part.at("points").whole(),
            part.place,
        )
        for part in parts
    )
    if len(here.problems) == before:
        stretches = [Stretch(one.lowest, one.below, part) for part, one in zip(parts, found, strict=True)]
        check_tiles(stretches, lambda value: value_text(value, fact.name, currency), best_first=False)
    return found


def _words(here: Cursor, fact: Fact) -> tuple[Words, ...]:
    """The texts of a fact, or its two flags; each stands once, and none is left out."""
    seen: dict[str | int, int] = {}
    found = []
    for part in here.at("values").elements():
        values = []
        for item in part.at("in").elements():
            value = _word(item, fact)
            if value in seen and seen[value] != part.place.line:
                message = f"{written(item.value)} earns points in line {seen[value]} already; keep one of them"
                item.wrong("bands-overlap", message)
            seen.setdefault(value, part.place.line)
            values.append(value)
        found.append(Words(tuple(values), part.at("points").whole(), part.place))
    if here.has("values") and not here.has("otherwise"):
        _check_all(here, fact, set(seen))
    return tuple(found)


def _word(here: Cursor, fact: Fact) -> str | int:
    """A text of the fact, or true or false."""
    of_flag = fact.type is FactType.FLAG
    right = isinstance(here.value, bool) if of_flag else isinstance(here.value, str)
    if not right or (fact.values and here.value not in fact.values):
        words = ("true", "false") if of_flag else fact.values
        expected = "write " + (" or ".join(words) if words else "a text, in quotes if need be")
        here.wrong("wrong-value", f"{written(here.value)} is no value of '{fact.name}'; {expected}")
        return ""
    return literals.literal(here, fact, "EUR")


def _check_all(here: Cursor, fact: Fact, seen: set[str | int]) -> None:
    """Without `otherwise`, every value that there can be is listed."""
    if fact.type is FactType.TEXT and not fact.values:
        message = f"'{fact.name}' may be any text, and one that is not listed earns nothing; add 'otherwise'"
        here.wrong("bands-gap", message)
        return
    every: tuple[str | int, ...] = (1, 0) if fact.type is FactType.FLAG else fact.values
    left = [value_text(value, fact.name, "EUR") for value in every if value not in seen]
    if left and "" not in seen:
        here.wrong("bands-gap", f"{', '.join(left)} of '{fact.name}' stands nowhere; list it, or add 'otherwise'")
