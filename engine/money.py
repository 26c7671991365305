"""Money is an integer of minor units and a currency code; nothing here or elsewhere is a float.

Comes in: text as people write it, ISO 4217 codes. Goes out: integers, and text with the currency's own decimals.
Know before changing: rounding is half away from zero ("half-up"), the same in SQL (facts.converted) and here.
"""

import re
from decimal import Decimal
from fractions import Fraction

# ISO 4217:2015 with its amendments up to 177; the exponent is 2 where DIGITS does not say otherwise.
CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP"
    " CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF"
    " IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD"
    " MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB"
    " RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD"
    " UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG".split()
)
DIGITS = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)
# 9,007 trillion minor units: sums of millions of such amounts still fit SQLite's 64-bit integers when multiplied by 100.
LARGEST = 9_007_199_254_740_991
# Numerator and denominator of a rate, in minor units: products of a remainder and a numerator stay below 2**63.
LARGEST_RATE_PART = 1_000_000_000

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def digits(currency: str) -> int:
    """How many decimals the currency has (ISO 4217 exponent): 2, but JPY 0 and KWD 3."""
    return DIGITS.get(currency, 2)


def parse(text: str, currency: str) -> int:
    """Minor units of an amount written plainly (`1234.50`). ValueError says what is wrong with it."""
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"'{text}' is not an amount; write digits with a point, such as 1234.50")
    return of_decimal(Decimal(text), currency)


def of_decimal(amount: Decimal, currency: str) -> int:
    """Minor units of a decimal amount; ValueError where the currency has fewer decimals or the amount is too large."""
    # Not Decimal.scaleb: that rounds silently to the context's 28 digits.
    minor = Fraction(amount) * 10 ** digits(currency)
    if minor.denominator != 1:
        raise ValueError(f"'{amount}' has more decimals than {currency} has ({digits(currency)})")
    if abs(minor) > LARGEST:
        raise ValueError(f"'{amount}' {currency} is larger than the book can hold")
    return int(minor)


def plain(minor: int, currency: str) -> str:
    """The amount as a policy or a CSV file writes it: `-1234.50`."""
    return written(minor, currency).replace(",", "")


def written(minor: int, currency: str) -> str:
    """The amount as a controller reads it, with the currency's decimals: `-1,234.50`, `1,235` for JPY."""
    places = digits(currency)
    whole, part = divmod(abs(minor), 10**places)
    text = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    return f"-{text}" if minor < 0 else text


def rate(text: str, source: str, target: str) -> tuple[int, int]:
    """A rate (`1 source = text target`) as numerator and denominator in minor units; ValueError where it does not fit."""
    if not _PLAIN.fullmatch(text) or Decimal(text) <= 0:
        raise ValueError(f"'{text}' is not a rate; write a positive number such as 7.1234")
    exact = Fraction(text) * 10 ** digits(target) / 10 ** digits(source)
    if max(exact.numerator, exact.denominator) > LARGEST_RATE_PART:
        raise ValueError(f"rate '{text}' has too many digits for {source} to {target}; write at most 9 of them")
    return exact.numerator, exact.denominator


def convert(minor: int, numerator: int, denominator: int) -> int:
    """`minor x numerator / denominator`, rounded half away from zero."""
    doubled = (2 * abs(minor) * numerator + denominator) // (2 * denominator)
    return doubled if minor >= 0 else -doubled
