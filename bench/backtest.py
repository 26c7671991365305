"""`python -m bench.backtest FOLDER`: a year of IBM's sample book lived through again under `standard` against `small-frequent`.

Comes in: the folder that holds ibm-ar/. Goes out: the figures as text, the seconds, and with --html FILE the page. With
--check, exit code 1 where both sides together take longer than a minute of one processor.
Know before changing: the file names no contacts and is in USD while the starter policies are in EUR, so every customer is given a
made address and there is one made rate; otherwise nothing would be sent. All other starter policies decide beside.
"""

import sys
import time
from pathlib import Path

from bench.outside import IBM, NOW, say
from bench.outside_credit import bring
from engine.backtest.backtest import Backtest, backtest
from engine.book.store import Book
from engine.policy import library
from engine.policy.document import shipped
from engine.report import backtests
from engine.report.page import html

FROM, TO, TODAY = "2013-01-01", "2013-12-31", "2026-01-01"
MOST_SECONDS = 60
_RATE = """INSERT INTO fx_rates (date, source, target, rate, numerator, denominator, recorded_at)
  VALUES ('2010-01-01', 'USD', 'EUR', '0.75', 75, 100, :now)"""
_CONTACTS = """INSERT INTO contacts (customer_id, name, email, recorded_at)
  SELECT id, 'Accounts payable', 'ap@' || lower(number) || '.example', :now FROM customers ORDER BY id"""


def made(folder: Path) -> Book:
    """The book, with an address for everybody and a rate."""
    book = bring(folder / IBM)
    for query in (_RATE, _CONTACTS):
        book.execute(query, {"now": NOW})
    return book


def year(book: Book) -> Backtest:
    """2013, under both."""
    versions = library.load(shipped() / "policies").policies
    named = {policy.name: policy for policy in versions}
    return backtest(book, named["small-frequent"], named["standard"], versions, since=FROM, until=TO, today=TODAY)


def main(arguments: list[str]) -> int:
    """Measure and tell."""
    if not arguments or arguments[0].startswith("-"):
        say("usage: python -m bench.backtest FOLDER [--html FILE] [--check]")
        return 2
    book = made(Path(arguments[0]))
    begun, wall = time.process_time(), time.monotonic()
    found = year(book)
    seconds = time.process_time() - begun
    say(backtests.text(found, width=100, colour=False))
    days = found.days * len(found.sides)
    took = f"{seconds:.1f} s of one processor ({time.monotonic() - wall:.1f} s of the clock)"
    say(f"{days} days planned and carried out in {took}, {1000 * seconds / days:.0f} ms each")
    if "--html" in arguments:
        Path(arguments[arguments.index("--html") + 1]).write_text(html(backtests.page(found)), encoding="utf-8")
    return 1 if "--check" in arguments and seconds > MOST_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
