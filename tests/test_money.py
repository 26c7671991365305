"""Money is exact: what is written reads back, decimals are the currency's own, halves go away from zero."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import money

AMOUNTS = st.integers(-money.LARGEST, money.LARGEST)
CURRENCIES = st.sampled_from(sorted(money.CURRENCIES))
PARTS = st.integers(1, money.LARGEST_RATE_PART)


@given(AMOUNTS, CURRENCIES)
def test_what_is_written_plainly_reads_back(minor: int, currency: str) -> None:
    """No amount of no currency is changed on its way through text."""
    assert money.parse(money.plain(minor, currency), currency) == minor


@given(AMOUNTS, CURRENCIES)
def test_the_written_amount_has_the_decimals_of_its_currency(minor: int, currency: str) -> None:
    """Thousands are parted by commas, the point stands only where the currency has decimals."""
    whole, point, part = money.written(minor, currency).partition(".")
    assert (len(part), bool(point)) == (money.digits(currency), money.digits(currency) > 0)
    assert whole == f"{int(whole.replace(',', '')):,}" or whole == "-0"


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (0, "EUR", "0.00"),
        (-5, "EUR", "-0.05"),
        (123_450, "EUR", "1,234.50"),
        (-123_450, "EUR", "-1,234.50"),
        (1_235, "JPY", "1,235"),
        (-999, "JPY", "-999"),
        (1_000, "JPY", "1,000"),
        (1_234_567, "KWD", "1,234.567"),
        (1, "KWD", "0.001"),
        (12_345, "CLF", "1.2345"),
    ],
)
def test_amounts_as_a_controller_reads_them(minor: int, currency: str, expected: str) -> None:
    """Yen have no decimals, dinars three, the Chilean unit of account four."""
    assert money.written(minor, currency) == expected


@pytest.mark.parametrize("text", ["", "1,234.50", "1.", ".5", "1e3", "+1", "1 000", "١٢", "NaN", "--1", "1.2.3", "0x1"])
def test_what_is_not_an_amount_is_refused_with_an_example(text: str) -> None:
    """The message shows how to write it."""
    with pytest.raises(ValueError, match=r"is not an amount; write digits with a point, such as 1234\.50"):
        money.parse(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.005", "EUR"), ("1.0005", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    """Nothing is rounded on the way in."""
    with pytest.raises(ValueError, match="has more decimals than"):
        money.parse(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("1.50", "EUR", 150), ("1.500", "EUR", 150), ("1.0", "JPY", 1)]
)
def test_zeros_beyond_the_decimals_do_no_harm(text: str, currency: str, minor: int) -> None:
    """1.500 euros are 1.50 euros."""
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(("beyond", "fits"), [(-1, True), (0, True), (1, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_amount_is_inclusive(beyond: int, fits: bool, sign: int) -> None:
    """The book holds 9,007,199,254,740,991 minor units, not one more."""
    text = str(sign * (money.LARGEST + beyond))
    if fits:
        assert money.parse(text, "JPY") == int(text)
    else:
        with pytest.raises(ValueError, match="larger than the book can hold"):
            money.parse(text, "JPY")


@pytest.mark.parametrize(
    ("minor", "numerator", "denominator", "expected"),
    [
        (149, 1, 100, 1),
        (150, 1, 100, 2),
        (151, 1, 100, 2),
        (-149, 1, 100, -1),
        (-150, 1, 100, -2),
        (-151, 1, 100, -2),
        (1, 1, 3, 0),
        (1, 1, 2, 1),
        (2, 1, 3, 1),
        (0, 7, 9, 0),
    ],
)
def test_halves_go_away_from_zero(minor: int, numerator: int, denominator: int, expected: int) -> None:
    """Just below the half, the half, just above it; debit and credit alike."""
    assert money.convert(minor, numerator, denominator) == expected


@given(AMOUNTS, PARTS, PARTS)
def test_converting_is_exact_to_the_minor_unit(minor: int, numerator: int, denominator: int) -> None:
    """The same as decimal arithmetic with digits enough."""
    with localcontext() as context:
        context.prec = 60
        # Half of the last digit of a quotient is decided by the exact fraction, so compare with whole numbers.
        doubled, rest = divmod(2 * abs(minor) * numerator, denominator)
        exact = Decimal(doubled) / 2 + (Decimal("0.25") if rest else 0)
        expected = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert abs(money.convert(minor, numerator, denominator)) == expected


@given(AMOUNTS, PARTS, PARTS)
def test_debit_and_credit_convert_alike(minor: int, numerator: int, denominator: int) -> None:
    """What is owed and what is credited cancel out in every currency."""
    assert money.convert(-minor, numerator, denominator) == -money.convert(minor, numerator, denominator)


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("7.1234", "EUR", "CNY", (35_617, 5_000)),
        ("160", "EUR", "JPY", (8, 5)),
        ("0.0062", "JPY", "EUR", (31, 50)),
        ("0.3", "USD", "KWD", (3, 1)),
        ("1", "EUR", "USD", (1, 1)),
    ],
)
def test_a_rate_is_a_fraction_between_minor_units(
    text: str, source: str, target: str, expected: tuple[int, int]
) -> None:
    """160 yen for a euro are 8 yen for 5 cents."""
    assert money.rate(text, source, target) == expected


@pytest.mark.parametrize("text", ["0", "0.000", "-1", "", "1,5", "1/3"])
def test_a_rate_is_a_positive_number(text: str) -> None:
    """Nothing converts at nothing."""
    with pytest.raises(ValueError, match="is not a rate"):
        money.rate(text, "EUR", "USD")


@pytest.mark.parametrize(("text", "fits"), [("999999999", True), ("1000000000", True), ("1000000001", False)])
def test_a_rate_has_nine_digits_at_most(text: str, fits: bool) -> None:
    """Products of a remainder and a rate have to stay within 64 bits."""
    if fits:
        assert money.rate(text, "EUR", "USD") == (int(text), 1)
    else:
        with pytest.raises(ValueError, match="too many digits"):
            money.rate(text, "EUR", "USD")


def test_every_exponent_is_that_of_a_currency() -> None:
    """No spelling mistake in the tables."""
    assert set(money.DIGITS) <= money.CURRENCIES
    assert all(len(code) == 3 and code.isupper() for code in money.CURRENCIES)
