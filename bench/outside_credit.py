"""Do better ratings pay better? Customers of IBM's sample rated on one day, and how they paid what they bought afterwards.

Comes in: the folder that holds ibm-ar/. Goes out: how much was paid late in the half-year after the day, by rating, with how sure
that is; and the proof that nothing of that half-year was known to the ratings. With --check, exit code 1 where a worse rating
did not pay worse.
Know before changing: ratings and limits come from bench/policies/ibm-credit through plan and apply, the outcome from the CSV by
plain Python. The outcome is that of invoices *issued* after the day: those that were only due after it had been written before,
and some of them paid before, so their outcome was in part known. The policy is not to be tuned on what this prints.

    python -m bench.outside_credit FOLDER [--check]
"""

import csv
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from bench.outside import IBM, NOW, say
from engine.act import conclusions
from engine.act.apply import apply
from engine.act.plan import plan
from engine.book import intake, mapping, store
from engine.book.snapshot import Wanted, take
from engine.book.store import Book
from engine.facts import FACTS
from engine.policy import library
from engine.policy.document import shipped
from engine.policy.model import Policy
from engine.sources import column

POLICY = Path(__file__).parent / "policies" / "ibm-credit" / "v1.yaml"
AS_OF = date(2013, 6, 30)
LAST = date(2013, 12, 31)
CURRENCY = "USD"
RESAMPLES, SEED = 10_000, 20130630
# The file does not say when an invoice was contested; of one that was open on the day, nobody can say whether it was by then.
DATED_BADLY = frozenset(
    {"customer.open_disputes", "customer.disputed_amount", "customer.undisputed_overdue_amount", "customer.disputes_lost_12m"}
)


@dataclass(frozen=True, slots=True)
class Invoice:
    """A line of the file."""

    customer: str
    issued: date
    due: date
    settled: date

    @property
    def days_late(self) -> int:
        """Days from the due date to the payment; 0 where it was paid on time."""
        return max(0, (self.settled - self.due).days)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How some invoices were paid."""

    customers: int
    invoices: int
    late: int
    days_late: int

    @property
    def late_share(self) -> float:
        """Which share was paid late, in percent."""
        return 100 * self.late / self.invoices

    @property
    def mean_days(self) -> float:
        """How late on average; an invoice that was paid on time counts as 0."""
        return self.days_late / self.invoices


@dataclass(frozen=True, slots=True)
class Standing:
    """What the policy says of a customer on the day."""

    score: int
    rating: str
    limit: int | None


def read(path: Path) -> list[Invoice]:
    """The file, by plain Python."""
    with path.open(encoding="utf-8", newline="") as text:
        return [
            Invoice(row["customerID"], _day(row["InvoiceDate"]), _day(row["DueDate"]), _day(row["SettledDate"]))
            for row in csv.DictReader(text)
        ]


def known_by(source: Path, target: Path, day: date) -> None:
    """The file as it would have been on a day: no later invoice, no later payment, nothing contested that was still open."""
    with source.open(encoding="utf-8", newline="") as text, target.open("w", encoding="utf-8", newline="") as cut:
        rows = csv.DictReader(text)
        assert rows.fieldnames, source
        writer = csv.DictWriter(cut, rows.fieldnames)
        writer.writeheader()
        for row in rows:
            if _day(row["InvoiceDate"]) > day:
                continue
            settled = _day(row["SettledDate"]) <= day
            writer.writerow(row if settled else row | {"SettledDate": "", "Disputed": "No", "DaysToSettle": "", "DaysLate": ""})


def bring(path: Path) -> Book:
    """A book of one such file, by the shipped mapping."""
    book = store.in_memory()
    read_by = mapping.load(shipped() / "docs" / "examples" / "ibm-ar.mapping.yaml")
    intake.load(book, "receivables", path, read_by, dry_run=False, expect_rows=None, expect_total=None, actor="outside", now=NOW)
    return book


def policy() -> Policy:
    """The policy that rates; it has no problem."""
    found, problems = library.load_file(POLICY)
    assert found is not None, problems
    return found


def facts(book: Book) -> dict[str, tuple[object, ...]]:
    """Every fact of every customer on the day, but those that stand on a date which the file does not have."""
    names = sorted(name for name, fact in FACTS.items() if fact.of_customer and name not in DATED_BADLY)
    tables = take(book, [Wanted(CURRENCY, frozenset(names), all_customers=True)], as_of=AS_OF.isoformat()).tables[CURRENCY]
    query = f"""SELECT c.number, {", ".join(f"f.{column(name)}" for name in names)}
    FROM {tables.customer} AS f JOIN customers AS c ON c.id = f.customer_id ORDER BY c.number"""
    return {number: tuple(values) for number, *values in book.execute(query)}


def concluded(book: Book) -> dict[str, Standing]:
    """Score, rating and limit of every customer on the day."""
    every = conclusions.conclusions(book, [policy()], as_of=AS_OF.isoformat())
    found = {}
    for one in every:
        assert one.score is not None and one.rating is not None, one
        found[one.customer] = Standing(one.score, one.rating, one.limit)
    return found


def carried_out(book: Book) -> dict[str, tuple[str | None, int | None]]:
    """Plan and apply on the day; rating and limit of every customer as the book has them afterwards."""
    rules = [policy()]
    made = plan(book, rules, as_of=AS_OF.isoformat(), planner="outside")
    apply(book, made, rules, actor="outside", now=NOW)
    query = """SELECT c.number, v.rating, v.credit_limit FROM customers AS c JOIN customer_versions AS v
      ON v.id = (SELECT MAX(w.id) FROM customer_versions AS w WHERE w.customer_id = c.id)"""
    assert not plan(book, rules, as_of=AS_OF.isoformat()).actions, "planning again calls for nothing"
    return {number: (rating, limit) for number, rating, limit in book.execute(query)}


def issued_after(invoices: Iterable[Invoice]) -> list[Invoice]:
    """What was sold in the half-year after the day: its outcome was open on the day, all of it."""
    return [one for one in invoices if AS_OF < one.issued <= LAST]


def due_after(invoices: Iterable[Invoice]) -> list[Invoice]:
    """The other way to look: what was due in that half-year and not yet paid on the day."""
    return [one for one in invoices if AS_OF < one.due <= LAST and one.settled > AS_OF]


def by_rating(invoices: Iterable[Invoice], standing: Mapping[str, Standing], ratings: Sequence[str]) -> dict[str, Outcome]:
    """How the customers of each rating paid, the best rating first."""
    groups: dict[str, list[Invoice]] = {rating: [] for rating in ratings}
    for one in invoices:
        groups[standing[one.customer].rating].append(one)
    return {rating: outcome(several) for rating, several in groups.items()}


def outcome(invoices: Sequence[Invoice]) -> Outcome:
    """How these were paid."""
    return Outcome(
        len({one.customer for one in invoices}),
        len(invoices),
        sum(one.days_late > 0 for one in invoices),
        sum(one.days_late for one in invoices),
    )


def rising(numbers: Sequence[float]) -> bool:
    """Whether each is higher than the one before."""
    return all(low < high for low, high in pairwise(numbers))


def ordered(found: Mapping[str, Outcome]) -> bool:
    """Whether each worse rating paid a larger share late, and later on average."""
    every = list(found.values())
    return rising([one.late_share for one in every]) and rising([one.mean_days for one in every])


def difference(invoices: Sequence[Invoice], standing: Mapping[str, Standing], best: str, worst: str) -> tuple[float, float]:
    """The middle 95 % of how many points more the worst rating paid late, were other customers like these drawn by chance.

    Customers are drawn, not invoices: the invoices of one customer are paid alike. The seed is fixed.
    """
    rng = random.Random(SEED)
    late: dict[str, dict[str, list[int]]] = {best: {}, worst: {}}
    for one in invoices:
        if (rating := standing[one.customer].rating) in late:
            tally = late[rating].setdefault(one.customer, [0, 0])
            tally[0] += one.days_late > 0
            tally[1] += 1
    drawn = sorted(_drawn(rng, late[worst]) - _drawn(rng, late[best]) for _ in range(RESAMPLES))
    return drawn[RESAMPLES // 40], drawn[-1 - RESAMPLES // 40]


def _drawn(rng: random.Random, customers: Mapping[str, Sequence[int]]) -> float:
    """The late share of as many customers, drawn with replacement, in percent."""
    some = rng.choices(list(customers.values()), k=len(customers))
    return 100 * sum(late for late, _ in some) / sum(count for _, count in some)


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Spearman's: -1 where the one falls as the other rises, 0 where they have nothing to do with each other."""
    one, other = _ranks([pair[0] for pair in pairs]), _ranks([pair[1] for pair in pairs])
    middle = (len(pairs) + 1) / 2
    together = sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True))
    apart = sum((a - middle) ** 2 for a in one) * sum((b - middle) ** 2 for b in other)
    return float(together / apart**0.5)


def _ranks(numbers: Sequence[float]) -> list[float]:
    """The place of each among all; equal ones share the mean of their places."""
    ordered = sorted(numbers)
    first = {value: ordered.index(value) for value in set(numbers)}
    return [first[value] + (ordered.count(value) + 1) / 2 for value in numbers]


def score_and_lateness(invoices: Iterable[Invoice], standing: Mapping[str, Standing]) -> list[tuple[float, float]]:
    """For each customer the score on the day, and the share paid late afterwards."""
    paid: dict[str, list[int]] = {}
    for one in invoices:
        paid.setdefault(one.customer, []).append(one.days_late > 0)
    return [(standing[customer].score, sum(late) / len(late)) for customer, late in sorted(paid.items())]


def table(found: Mapping[str, Outcome], standing: Mapping[str, Standing]) -> Iterator[str]:
    """A line per rating."""
    yield "rating  customers  limits in all  bought after  invoices  paid late  late share  mean days late"
    for rating, one in found.items():
        of = [each for each in standing.values() if each.rating == rating]
        limits = sum(each.limit or 0 for each in of) / 100
        yield (
            f"{rating:<6}  {len(of):>9}  {limits:>13,.2f}  {one.customers:>12}  {one.invoices:>8}  {one.late:>9}"
            f"  {one.late_share:>8.1f} %  {one.mean_days:>14.2f}"
        )


def report(invoices: Sequence[Invoice], standing: Mapping[str, Standing]) -> bool:
    """The tables and what they tell; whether the order is the one to be expected."""
    ratings = sorted({one.rating for one in standing.values()})
    after = issued_after(invoices)
    found = by_rating(after, standing, ratings)
    say(f"rated as of {AS_OF}; how the invoices issued from then until {LAST} were paid:")
    for line in table(found, standing):
        say(line)
    best, worst = found[ratings[0]], found[ratings[-1]]
    low, high = difference(after, standing, ratings[0], ratings[-1])
    say(f"{ratings[-1]} paid {worst.late_share - best.late_share:.1f} points more late than {ratings[0]}"
        f" (95 % of {RESAMPLES:,} redrawn samples of customers: {low:.1f} to {high:.1f}),"
        f" and {worst.mean_days - best.mean_days:.2f} days later on average")
    pairs = score_and_lateness(after, standing)
    say(f"rank correlation of score and late share over {len(pairs)} customers: {rank_correlation(pairs):.2f}")
    other = by_rating(due_after(invoices), standing, ratings)
    shares = ", ".join(f"{rating} {one.late_share:.1f} %" for rating, one in other.items())
    say(f"of the invoices due in that time and unpaid on the day, late: {shares}")
    right = ordered(found)
    say("better ratings pay better" if right else "better ratings do NOT pay better")
    return right


def without_look_ahead(path: Path, expect: Callable[[str, object, object], None]) -> None:
    """What is said of the day is the same from the whole file and from the file as it was on the day."""
    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "known.csv"
        known_by(path, cut, AS_OF)
        whole, then = bring(path), bring(cut)
    expect("rows of the whole book and of the book as it was", (_rows(whole) > _rows(then), _rows(then) > 0), (True, True))
    ours, theirs = facts(whole), facts(then)
    count = sum(len(values) for values in ours.values())
    expect(f"customers of whom any of {count:,} facts differs", [name for name in ours if ours[name] != theirs.get(name)], [])
    expect("customers known only then", set(theirs) - set(ours), set())
    expect("scores, ratings and limits equal", concluded(whole) == concluded(then), True)
    expect("and as carried out", carried_out(whole) == carried_out(then), True)


def _rows(book: Book) -> int:
    """How many receivables and payments there are."""
    return int(book.execute("SELECT (SELECT COUNT(*) FROM receivables) + (SELECT COUNT(*) FROM payments)").fetchone()[0])


def _day(text: str) -> date:
    """M/D/YYYY."""
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def main(arguments: list[str]) -> int:
    """The proof, the plan carried out, and the tables."""
    folders = [argument for argument in arguments if not argument.startswith("-")]
    if len(folders) != 1:
        say("usage: python -m bench.outside_credit FOLDER [--check]")
        return 2
    path, failed = Path(folders[0]) / IBM, 0

    def expect(what: str, found: object, expected: object) -> None:
        nonlocal failed
        failed += found != expected
        say(f"{'PASS' if found == expected else 'FAIL'}  {what}: {found}")

    without_look_ahead(path, expect)
    book = bring(path)
    standing = concluded(book)
    applied = carried_out(book)
    expect("the book says what was concluded", applied == {c: (one.rating, one.limit) for c, one in standing.items()}, True)
    right = report(read(path), standing)
    return 1 if failed or ("--check" in arguments and not right) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
