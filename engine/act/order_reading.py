"""Orders to be checked, as somebody or another program names them: four words, or JSON.

Comes in: text. Goes out: Orders in their order, and what is wrong with any of them, each with its number.
Know before changing: a JSON number is kept as it is written, so that an amount never passes through a float. What only the
book can tell (whether there is such a customer) is asked in act/orders.py; wherever something is wrong, nothing is judged.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine import money
from engine.errors import Place, Problem, nearest

FIELDS = ("customer", "amount", "currency", "reference")
_NEEDED = FIELDS[:3]
# Longer than any amount that the book can hold.
_MOST_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants to buy on credit: minor units of the order's own currency. `reference` is whoever asks's own."""

    customer: str
    amount: int
    currency: str
    reference: str | None = None
    place: Place = field(default=Place("order"), compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The orders that could be read, and everything that is wrong with the others."""

    orders: tuple[Order, ...]
    problems: tuple[Problem, ...]


class _Number(str):
    """A number of JSON, as it is written."""

    __slots__ = ()


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, those too that come twice."""


def one(customer: str, amount: str, currency: str, reference: str | None = None) -> Reading:
    """One order, as a person names it."""
    found = {"customer": customer, "amount": amount, "currency": currency, "reference": reference}
    return _gathered([_order(found, Place("order"))])


def read(text: str, shown: str = "stdin") -> Reading:
    """Many orders: a JSON list of objects, or an object on each line. `shown` is where the text comes from."""
    if not text.strip():
        return Reading((), (Problem(Place(shown), "empty-file", "no order came; write a JSON list, or one object a line"),))
    try:
        whole = _loaded(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("["):
            return Reading((), (_syntax(error, shown, error.lineno),))
        return _gathered(_of_lines(text, shown))
    except RecursionError:
        return Reading((), (Problem(Place(shown), "too-deep", "the JSON is nested too deeply; an order is a flat object"),))
    several = whole if isinstance(whole, list) and not isinstance(whole, _Members) else [whole]
    return _gathered([_of_value(value, Place("order", number)) for number, value in enumerate(several, start=1)])


Found = Order | list[Problem]


def _gathered(found: list[Found]) -> Reading:
    """The orders and the problems apart."""
    orders = tuple(each for each in found if isinstance(each, Order))
    return Reading(orders, tuple(problem for each in found if isinstance(each, list) for problem in each))


def _of_lines(text: str, shown: str) -> list[Found]:
    """An order on each line that is not empty."""
    found: list[Found] = []
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    for position, (number, line) in enumerate(lines, start=1):
        try:
            found.append(_of_value(_loaded(line), Place("order", position)))
        except json.JSONDecodeError as error:
            found.append([_syntax(error, shown, number)])
        except RecursionError:
            found.append([Problem(Place(shown, number), "too-deep", "the JSON is nested too deeply; an order is a flat object")])
    return found


def _loaded(text: str) -> Any:
    """The JSON value, its numbers as they are written."""
    return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=_Members)


def _syntax(error: json.JSONDecodeError, shown: str, line: int) -> Problem:
    """Where the text stops to be JSON."""
    message = f"this is not JSON: {error.msg}; write a list of orders, or one object a line"
    return Problem(Place(shown, line, error.colno), "wrong-value", message)


def _of_value(value: Any, place: Place) -> Found:
    """The order that a JSON value says."""
    if not isinstance(value, _Members):
        return [Problem(place, "wrong-type", "an order is an object with customer, amount and currency")]
    found = dict(value)
    wrong = frozenset(key for key in FIELDS if not _fits(key, found.get(key)))
    problems = [
        *_of_keys(value, place),
        *(Problem(place, "wrong-type", f"{key} is a text; write it in double quotes") for key in FIELDS if key in wrong),
    ]
    order = _order({key: None if key in wrong else found.get(key) for key in FIELDS}, place, wrong)
    return problems + order if isinstance(order, list) else problems or order


def _fits(key: str, given: Any) -> bool:
    """Whether it is a text, or nothing; an amount may be written as a number, too."""
    return given is None or (isinstance(given, str) and (key == "amount" or not isinstance(given, _Number)))


def _of_keys(value: _Members, place: Place) -> Iterator[Problem]:
    """Keys that do not belong there, or come twice."""
    keys = [key for key, _ in value]
    for key in sorted(set(keys)):
        if key not in FIELDS:
            yield Problem(place, "unknown-key", f"{key!a} is not part of an order{nearest(key, FIELDS)}")
        elif keys.count(key) > 1:
            yield Problem(place, "duplicate-key", f"'{key}' comes twice; write it once")


def _order(given: dict[str, str | None], place: Place, wrong: frozenset[str] = frozenset()) -> Found:
    """The order of these words, or everything that is wrong with them; of what is `wrong`, that was said already."""
    problems = [
        Problem(place, "missing-key", f"'{key}' is missing")
        for key in _NEEDED
        if not given[key] and key not in wrong
    ]
    for key, word in given.items():
        if word is not None and not _is_text(word):
            problems.append(Problem(place, "not-text", f"{key} holds a character that is none"))
    currency, amount = given["currency"], given["amount"]
    if currency and currency not in money.CURRENCIES:
        hint = nearest(currency, money.CURRENCIES) or "; write an ISO 4217 code such as EUR"
        problems.append(Problem(place, "unknown-currency", f"{currency!a} is not a currency{hint}"))
    if problems or not given["customer"] or not amount or not currency:
        return problems
    try:
        minor = money.parse(amount, currency) if len(amount) <= _MOST_DIGITS else 0
    except ValueError as error:
        return [Problem(place, "bad-amount", str(error))]
    if minor <= 0:
        said = f"'{amount}' is not more than 0" if len(amount) <= _MOST_DIGITS else "the amount has too many digits"
        return [Problem(place, "bad-amount", said)]
    return Order(given["customer"], minor, currency, given["reference"], place)


def _is_text(word: str) -> bool:
    """Whether it can be written down; JSON can name half a character."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
