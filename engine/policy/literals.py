"""Literals of a fact's type: text as people write it becomes the integer or text that findings compare.

Comes in: a Cursor at the literal, the fact, the policy's currency. Goes out: the value, or a problem at the exact place.
Know before changing: money is in minor units of the policy's currency, percent in hundredths of a percent, flags are 0/1.
"""

import datetime as dt
import re
from decimal import Decimal

from engine import money
from engine.errors import nearest
from engine.facts import FACTS, Fact, FactType
from engine.policy.breaches import written
from engine.policy.cursor import Cursor

MOST_PERCENT = 100_000
MOST_WHOLE = 1_000_000
_PERCENT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,2})?")
_COMMON_NAMES = {"RMB": "CNY", "CNH": "CNY", "YUAN": "CNY", "YEN": "JPY", "STERLING": "GBP", "POUND": "GBP"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def literal(here: Cursor, fact: Fact, currency: str) -> int | str:
    """The value that stands here as a literal of the fact's type."""
    match fact.type:
        case FactType.MONEY:
            return amount(here, currency)
        case FactType.PERCENT:
            return hundredths(here)
        case FactType.DAYS | FactType.COUNT:
            return here.whole()
        case FactType.DATE:
            return date(here)
        case FactType.FLAG:
            return int(here.flag())
        case FactType.TEXT:
            return _text(here, fact)


def amount(here: Cursor, currency: str) -> int:
    """An amount in minor units of the currency."""
    try:
        return money.parse(_number(here), currency)
    except ValueError as error:
        remedy = (
            ""
            if ";" in str(error)
            else f"; write one such as {money.plain(40 * 10 ** money.digits(currency), currency)}"
        )
        here.wrong("bad-amount", f"{error}{remedy}")
        return 0


def hundredths(here: Cursor) -> int:
    """A percentage in hundredths of a percent."""
    text = _number(here)
    if not _PERCENT.fullmatch(text):
        here.wrong("bad-percent", f"'{text}' is not a percentage; write digits with at most 2 decimals, such as 12.5")
        return 0
    return int(Decimal(text) * 100)


def amount_from(here: Cursor, currency: str, least: int) -> int:
    """An amount of at least so many minor units."""
    found = amount(here, currency)
    if found < least and not here.refused():
        remedy = "write more than 0" if least else "write 0 or more"
        here.wrong("out-of-range", f"{written(here.value)} is too small; {remedy}")
    return found


def share(here: Cursor, *, least: int = 1, most: int = MOST_PERCENT) -> int:
    """A percentage in hundredths of a percent, within bounds; `least` 1 means more than nothing."""
    found = hundredths(here)
    if not least <= found <= most and not here.refused():
        low = "more than 0" if least else "at least 0"
        here.wrong("out-of-range", f"{written(here.value)} is out of range; write {low} and at most {most // 100}")
    return found


def date(here: Cursor) -> str:
    """A date of the calendar, as ISO text."""
    text = here.text("2000-01-01")
    if not _DATE.fullmatch(text):
        here.wrong("bad-date", f"{written(text)} is not a date; write it as 2026-01-31: year, month, day")
        return text
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        here.wrong("bad-date", f"{written(text)} is no day of the calendar; write one such as 2026-01-31")
    return text


def currency(here: Cursor) -> str:
    """A currency of ISO 4217."""
    text = here.text("EUR")
    if text not in money.CURRENCIES:
        # Codes are too short to guess at: the nearest to RMB is RUB.
        meant = _COMMON_NAMES.get(text.upper(), text.upper()[:3])
        hint = f"did you mean '{meant}'?" if meant in money.CURRENCIES else "write its ISO 4217 code, such as EUR"
        here.wrong("unknown-currency", f"{written(text)} is not a currency; {hint}")
    return text


def other_fact(here: Cursor, name: str, fact: Fact, facts: dict[str, Fact]) -> str:
    """The name of a fact of the same type, to compare with or to take a percentage of."""
    other = facts.get(name)
    kin = [candidate for candidate, known in facts.items() if known.type is fact.type]
    if other is None and name in FACTS:
        here.wrong("fact-of-receivable", _own(name, kin))
    elif other is None:
        hint = nearest(name, kin)
        # A word that looks like no fact at all: the schema says what may stand here.
        if hint or "." in name or "_" in name:
            hint = hint or f"; write a {fact.type.value} fact, `duly facts` lists them"
            here.wrong("unknown-fact", f"{written(name)} is not a fact{hint}")
    elif other.type is not fact.type:
        message = f"'{name}' is {other.type.value}, '{fact.name}' is {fact.type.value}; compare facts of the same type"
        here.wrong("fact-of-another-type", message)
    elif name == fact.name:
        here.wrong("fact-with-itself", f"'{name}' is compared with itself; name another fact")
    return name


def known_fact(here: Cursor, facts: dict[str, Fact]) -> Fact | None:
    """The fact that the key here names, if policies of this subject know it. (That there is none at all, the schema says.)"""
    fact = facts.get(here.key)
    if fact is None and here.key in FACTS:
        here.wrong("fact-of-receivable", _own(here.key, facts), on_key=True)
    return fact


def fact_of(here: Cursor, types: tuple[FactType, ...], facts: dict[str, Fact]) -> Fact | None:
    """The fact of one of these types that the text here names. (That there is none of that name, the schema says.)"""
    fact = facts.get(here.text())
    kin = [name for name, known in facts.items() if known.type in types]
    if fact is None and here.text() in FACTS:
        here.wrong("fact-of-receivable", _own(here.text(), kin))
    elif fact is not None and fact.type not in types:
        wanted = " or ".join(kind.value for kind in types)
        here.wrong("fact-of-another-type", f"'{fact.name}' is {fact.type.value}; write one that is {wanted}")
        return None
    return fact


def number(here: Cursor, fact: Fact, currency: str) -> int:
    """A literal of a fact that is a number, where the schema cannot tell which kind of number."""
    if fact.type in (FactType.DAYS, FactType.COUNT) and isinstance(here.value, str):
        message = f"{written(here.value)} is not right here; '{fact.name}' is counted in whole numbers: write one"
        here.wrong("wrong-value", message)
        return 0
    found = literal(here, fact, currency)
    if fact.type in (FactType.DAYS, FactType.COUNT) and abs(here.whole()) > MOST_WHOLE:
        here.wrong("out-of-range", f"{here.whole()} is out of range; write at most {MOST_WHOLE}")
    assert isinstance(found, int), f"{fact.name} is no number"
    return found


def _own(name: str, facts: object) -> str:
    """A receivable's own fact where there is none."""
    assert isinstance(facts, dict | list)
    hint = nearest(f"customer.{name}", facts) or "; use a fact that begins with 'customer.'"
    return f"'{name}' is a fact of one receivable, and this policy decides about customers{hint}"


def _number(here: Cursor) -> str:
    """The digits as written; a plain whole number needs no quotes."""
    return here.value if isinstance(here.value, str) else str(here.whole())


def _text(here: Cursor, fact: Fact) -> str:
    """A text; one of the fact's own values where it has such."""
    if fact.name == "currency" and isinstance(here.value, str):
        return currency(here)
    text = here.text()
    if text != text.strip() or "\n" in text:
        here.wrong("wrong-value", f"{written(text)} has blanks around it or spans lines; no fact ever has")
    return text
