"""Facts as of a date: the book becomes one row of typed values per receivable and per customer, in temporary tables.

Comes in: a Book, the facts in use per policy currency, as_of and known_at. Goes out: temporary tables in the book's own
connection; the file is not written to.
Know before changing: `position` holds what is open as of the date and is the ground of every other source; only the sources
of the facts in use are read. One statement makes the facts of one kind of subject. Whatever the date, a row counts only from
its own business date on, and only if it was recorded by `known_at`.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.book.store import Book
from engine.errors import Place, Problem, Refusal
from engine.facts import ALSO_READS, FACTS, Fact
from engine.sources import SOURCES, column, converted, days, later
from engine.sql import not_reversed

KNOWN_ALL = "9999-12-31T23:59:59Z"

# The day that a receivable was last paid on, of the allocations `a` of a group. A day on which cash was only set against it
# anew, from another payment, is not such a day; that can be only where something was reversed.
_PAID_ON = """CASE WHEN MIN(a.amount) < 0 THEN (SELECT MAX(d.date) FROM (SELECT x.date FROM allocations AS x
    WHERE x.receivable_id = r.id AND x.date <= :as_of AND x.recorded_at <= :known_at
    GROUP BY x.date HAVING SUM(x.amount) <> 0) AS d)
  ELSE MAX(a.date) END"""

# The date from which a row of a table counts.
_DATED = {
    "receivables": "posted",
    "payments": "received",
    "credits": "issued",
    "orders": "ordered",
    "customer_versions": "valid_from",
    "financials": "received",
    "granted_limits": "valid_from",
    "securities": "valid_from",
}

# A list of a thousand ids in each view would be read anew by every statement; a table of them takes half the time.
_CHOSEN = "(SELECT id FROM temp.chosen_customers)"
_CUSTOMER_IN = f"customer_id IN {_CHOSEN}"
_RECEIVABLES_OF = f"receivable_id IN (SELECT id FROM main.receivables WHERE customer_id IN {_CHOSEN})"
_OF_SOME = {
    "customers": f"id IN {_CHOSEN}",
    "activities": _CUSTOMER_IN,
    "assessments": _CUSTOMER_IN,
    "contacts": _CUSTOMER_IN,
    "credits": _CUSTOMER_IN,
    "customer_versions": _CUSTOMER_IN,
    "effects": _CUSTOMER_IN,
    "financials": _CUSTOMER_IN,
    "granted_limits": _CUSTOMER_IN,
    "holds": _CUSTOMER_IN,
    "orders": _CUSTOMER_IN,
    "payments": _CUSTOMER_IN,
    "promises": _CUSTOMER_IN,
    "rating_overrides": _CUSTOMER_IN,
    "receivables": _CUSTOMER_IN,
    "review_requests": _CUSTOMER_IN,
    "reviews": _CUSTOMER_IN,
    "securities": _CUSTOMER_IN,
    "steps": _CUSTOMER_IN,
    "suspensions": _CUSTOMER_IN,
    "allocations": _RECEIVABLES_OF,
    "disputes": _RECEIVABLES_OF,
}
# Who was ever in one group with a customer, whoever was a parent when: more than are needed on any one day do no harm.
_GROUP = """WITH RECURSIVE akin (id) AS (SELECT :customer UNION
  SELECT CASE WHEN v.customer_id = akin.id THEN v.parent_id ELSE v.customer_id END FROM akin
  JOIN customer_versions AS v ON v.parent_id IS NOT NULL AND (v.customer_id = akin.id OR v.parent_id = akin.id))
SELECT id FROM akin ORDER BY id"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the book for one policy currency. `all_customers`: also of those who owe nothing today."""

    currency: str
    facts: frozenset[str]
    all_customers: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the temporary tables of one policy currency."""

    receivable: str
    customer: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The facts of a book as of a date. `tables` by policy currency; `parameters` are those of every statement on them."""

    book: Book
    as_of: str
    known_at: str
    tables: Mapping[str, Tables]
    parameters: Mapping[str, str]


def parameters(as_of: str, known_at: str) -> dict[str, str]:
    """The named parameters that the sources stand on."""
    return {"as_of": as_of, "known_at": known_at, "year_ago": year_before(as_of)}


def year_before(as_of: str) -> str:
    """The same day a year earlier; 29 February becomes 28 February."""
    day = date.fromisoformat(as_of)
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day).isoformat()


@contextlib.contextmanager
def reading(book: Book) -> Iterator[None]:
    """One state of the book for all statements inside, whatever others write meanwhile."""
    if book.conn.in_transaction:
        yield
        return
    book.execute("BEGIN")
    try:
        yield
    finally:
        if book.conn.in_transaction:
            book.execute("COMMIT")


def group(book: Book, customer_id: int) -> tuple[int, ...]:
    """The customer and all who were ever in one group with them: whose exposures a group limit may add up."""
    return tuple(row[0] for row in book.execute(_GROUP, {"customer": customer_id}))


@contextlib.contextmanager
def only(book: Book, customers: Iterable[int]) -> Iterator[None]:
    """Inside, the book seems to hold these customers and no others: temporary views stand before its tables.

    Explaining one customer of a large book, or checking an order, then costs milliseconds, with the very same statements.
    Payments that are only tried out lie beside the book, see `tried`.
    """
    blank(book, "chosen_customers", "id INTEGER PRIMARY KEY")
    book.conn.executemany("INSERT INTO temp.chosen_customers VALUES (?)", [(one,) for one in sorted(set(customers))])
    for table in _TRIED:
        book.execute(f"CREATE TEMP TABLE tried_{table} AS SELECT * FROM main.{table} WHERE id IS NULL")
    for table, where in _OF_SOME.items():
        beside = f" UNION ALL SELECT * FROM tried_{table}" if table in _TRIED else ""
        rows = f"SELECT * FROM main.{table} WHERE {where}{beside}"
        book.execute(f"CREATE TEMP VIEW {table} AS {rows}")
    try:
        yield
    finally:
        for table in _OF_SOME:
            book.execute(f"DROP VIEW temp.{table}")
        for table in _TRIED:
            book.execute(f"DROP TABLE temp.tried_{table}")
        book.execute("DROP TABLE temp.chosen_customers")


@contextlib.contextmanager
def tried(book: Book, parts: Sequence[tuple[int, int]], day: str) -> Iterator[None]:
    """Inside, a narrowed book seems to hold payments of that day: so much (minor units) of each receivable (id)."""
    for receivable, amount in parts:
        named = {"receivable": receivable, "day": day, "amount": amount}
        for table, insert in _TRIED.items():
            book.execute(f"INSERT INTO temp.tried_{table} {insert}", named)
    try:
        yield
    finally:
        for table in _TRIED:
            book.execute(f"DELETE FROM temp.tried_{table}")


# A payment that is only tried out, with the negative id of its receivable, known at any moment.
_TRIED = {
    "payments": """(id, number, entity_id, customer_id, received, amount, currency, recorded_at)
      SELECT -id, '', entity_id, customer_id, :day, :amount, currency, '' FROM main.receivables WHERE id = :receivable""",
    "allocations": """(id, receivable_id, payment_id, date, amount, recorded_at)
      VALUES (-:receivable, :receivable, -:receivable, :day, :amount, '')""",
}


def take(book: Book, wanted: list[Wanted], *, as_of: str, known_at: str = KNOWN_ALL) -> Snapshot:
    """Lay down the facts. Refusal `no-rate` names every currency pair that the date has no rate for."""
    named = parameters(as_of, known_at)
    tables = {}
    for want in wanted:
        _rates(book, want.currency, named)
        _position(book, want, named)
        _refuse_missing_rates(book, want, named)
        tables[want.currency] = _tables(want.currency)
        if "kindred" in _sources(want.facts):
            lay(book, "kin", "customer_id INTEGER PRIMARY KEY, top_id INTEGER NOT NULL", _KIN, named)
        if "spell" in _sources(want.facts):
            episodes(book, "SELECT customer_id FROM effects WHERE subject = 'customer'", named)
        _customer_facts(book, tables[want.currency].customer, want, named)
        _receivable_facts(book, tables[want.currency], want, named)
    return Snapshot(book, as_of, known_at, tables, named)


def taken(book: Book, currencies: Iterable[str], *, as_of: str, known_at: str = KNOWN_ALL) -> Snapshot:
    """The facts that were laid down last for these policy currencies, which lie there until others are."""
    return Snapshot(book, as_of, known_at, {one: _tables(one) for one in currencies}, parameters(as_of, known_at))


def _tables(currency: str) -> Tables:
    """Where the facts of a policy currency are laid down."""
    return Tables(f"receivable_facts_{currency}", f"customer_facts_{currency}")


def blank(book: Book, table: str, columns: str) -> None:
    """An empty temporary table of that name, anew."""
    book.execute(f"DROP TABLE IF EXISTS temp.{table}")
    book.execute(f"CREATE TEMP TABLE {table} ({columns})")


def lay(book: Book, table: str, columns: str, select: str, named: Mapping[str, str]) -> None:
    """A temporary table of that name, anew, filled by the SELECT."""
    blank(book, table, columns)
    book.execute(f"INSERT INTO temp.{table} {select}", dict(named))


def episodes(book: Book, customers: str, named: Mapping[str, str]) -> None:
    """`episodes(customer_id, episode)` of the customers that a SELECT names.

    The episode of a customer is the due date of the first receivable of the unbroken overdue spell that holds today; where
    nothing is overdue, the oldest open due date, so that a reminder before the due date belongs to the spell it tries to avert;
    where nothing is open, 'none'. A receivable is overdue from the day after its due date to the day before it is paid.
    """
    select = f"""WITH chosen AS ({customers}), spans AS (
      SELECT r.customer_id, r.due, r.id, CASE WHEN COALESCE(SUM(a.amount), 0) >= r.amount THEN {_PAID_ON}
        ELSE '9999-12-31' END AS paid
      FROM receivables AS r LEFT JOIN (SELECT receivable_id, date, SUM(amount) AS amount FROM allocations
        WHERE date <= :as_of AND recorded_at <= :known_at AND receivable_id IN (SELECT id FROM receivables
          WHERE customer_id IN (SELECT customer_id FROM chosen))
        GROUP BY receivable_id, date HAVING SUM(amount) <> 0) AS a ON a.receivable_id = r.id
      WHERE r.customer_id IN (SELECT customer_id FROM chosen) AND r.posted <= :as_of AND r.recorded_at <= :known_at
        AND r.due < :as_of
      GROUP BY r.id), late AS (
      SELECT customer_id, due, id, paid, MAX(paid) OVER (PARTITION BY customer_id ORDER BY due, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
      FROM spans WHERE paid > {later("due", "1")}), starts AS (
      SELECT customer_id, MAX(due) AS due FROM late WHERE until IS NULL OR due >= until GROUP BY customer_id), spells AS (
      SELECT starts.customer_id, starts.due FROM starts WHERE EXISTS (SELECT 1 FROM late
        WHERE late.customer_id = starts.customer_id AND late.paid = '9999-12-31')), ahead AS (
      SELECT customer_id, MIN(due) AS due FROM position WHERE customer_id IN (SELECT customer_id FROM chosen)
      GROUP BY customer_id)
    SELECT c.id, COALESCE(spells.due, ahead.due, 'none') FROM customers AS c
    LEFT JOIN spells ON spells.customer_id = c.id LEFT JOIN ahead ON ahead.customer_id = c.id
    WHERE c.id IN (SELECT customer_id FROM chosen)"""
    lay(book, "episodes", "customer_id INTEGER PRIMARY KEY, episode TEXT NOT NULL", select, named)


# The top of each customer's group as of the date. Looked up beside what `only` shows of the book: above the customer, too.
_KIN = f"""WITH RECURSIVE climb (customer_id, top_id, height) AS (
  SELECT id, id, 0 FROM customers
  UNION ALL SELECT climb.customer_id, v.parent_id, climb.height + 1 FROM climb JOIN main.customer_versions AS v
    ON v.id = (SELECT w.id FROM main.customer_versions AS w WHERE w.customer_id = climb.top_id AND w.valid_from <= :as_of
      AND w.recorded_at <= :known_at AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")})
      ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)
  WHERE v.parent_id IS NOT NULL AND climb.height < 10)
SELECT customer_id, top_id FROM (SELECT customer_id, top_id, ROW_NUMBER() OVER (PARTITION BY customer_id
  ORDER BY height DESC) AS last FROM climb) AS ranked WHERE last = 1"""

_RATES = """SELECT currency, numerator, denominator FROM (
  SELECT currency, numerator, denominator, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY own, date DESC) AS newest
  FROM (SELECT source AS currency, numerator, denominator, date, 0 AS own FROM fx_rates
      WHERE target = :currency AND date <= :as_of AND recorded_at <= :known_at
    UNION ALL SELECT target, denominator, numerator, date, 1 FROM fx_rates
      WHERE source = :currency AND date <= :as_of AND recorded_at <= :known_at) AS both_ways) AS ranked
WHERE newest = 1 UNION ALL SELECT :currency, 1, 1"""


def _rates(book: Book, currency: str, named: Mapping[str, str]) -> None:
    """`rates`: to the policy's currency, in minor units: the latest direct rate by the date, else the exact inverse."""
    columns = "currency TEXT PRIMARY KEY, numerator INTEGER NOT NULL, denominator INTEGER NOT NULL"
    lay(book, "rates", columns, _RATES, {**named, "currency": currency})


def rate(snapshot: Snapshot, source: str, target: str) -> tuple[int, int]:
    """The as-of rate as numerator and denominator in minor units. Refusal `no-rate` where there is none."""
    named = {**snapshot.parameters, "currency": target}
    for currency, numerator, denominator in snapshot.book.execute(_RATES, named):
        if currency == source:
            return numerator, denominator
    raise Refusal([_no_rate(source, target, snapshot.as_of)])


# A customer's receivables from the latest due date backwards, with all that is asked of them.
_IN_TURN = "customer_id, due DESC, receivable_id DESC, open, paid, currency, amount"


def _position(book: Book, want: Wanted, named: Mapping[str, str]) -> None:
    """`position`: what is open as of the date, in its own and in the policy's currency; `settled`: what was paid since a year.

    One pass over the receivables, along the index of the allocations. `settled` stays empty where no fact asks for it; where a
    streak is asked for, it holds what was due in that year, too, and paid before.
    """
    read = set(_sources(want.facts))
    since = "last > :year_ago" if read & {"delay", "history", "lateness", "tardy"} else "0"
    if "streak" in read:
        since = "last > :year_ago OR (r.due > :year_ago AND r.due < :as_of)"
    standing = f"""SELECT r.id, r.customer_id, r.currency, r.due, r.amount, r.amount - COALESCE(SUM(a.amount), 0) AS open,
      {_PAID_ON} AS last
    FROM receivables AS r LEFT JOIN allocations AS a ON a.receivable_id = r.id AND a.date <= :as_of
      AND a.recorded_at <= :known_at
    WHERE r.posted <= :as_of AND r.recorded_at <= :known_at
    GROUP BY r.id HAVING open > 0 OR ({since})"""
    columns = (
        "receivable_id INTEGER PRIMARY KEY, customer_id INTEGER, currency TEXT, due TEXT, amount INTEGER, open INTEGER"
    )
    lay(book, "standing", f"{columns}, paid TEXT", standing, named)
    if "streak" in read:
        # Sorted once, for that and for all else that is added up per customer.
        book.execute(f"CREATE INDEX temp.standing_customer ON standing ({_IN_TURN})")
    book.execute("DROP VIEW IF EXISTS temp.settled")
    book.execute(
        "CREATE TEMP VIEW settled AS SELECT customer_id, currency, due, amount, paid FROM standing WHERE open <= 0"
    )
    lay(
        book,
        "position",
        f"{columns}, entity_id INTEGER, kind TEXT, issued TEXT, assigned TEXT, age INTEGER, value INTEGER,"
        " original_value INTEGER",
        f"""SELECT s.receivable_id, s.customer_id, s.currency, s.due, s.amount, s.open, r.entity_id, r.kind, r.issued,
          r.policy, {days(":as_of", "s.due")}, {converted("s.open", "rates")}, {converted("s.amount", "rates")}
        FROM standing AS s JOIN receivables AS r ON r.id = s.receivable_id LEFT JOIN rates ON rates.currency = s.currency
        WHERE s.open > 0""",
        named,
    )
    book.execute("CREATE INDEX temp.position_customer ON position (customer_id)")
    everybody = "SELECT id FROM customers" if want.all_customers else "SELECT DISTINCT customer_id FROM position"
    lay(book, "debtors", "customer_id INTEGER PRIMARY KEY", everybody, named)


def _refuse_missing_rates(book: Book, want: Wanted, named: Mapping[str, str]) -> None:
    """Refusal naming each pair and date without a rate: an amount left out would be a wrong total, silently."""
    missing = {row[0] for row in book.execute("SELECT DISTINCT currency FROM position WHERE value IS NULL")}
    for table in sorted({table for name in _sources(want.facts) for table in SOURCES[name].converts}):
        also = " AND credit_limit IS NOT NULL" if table == "customer_versions" else ""
        query = f"""SELECT DISTINCT currency FROM {table} WHERE currency NOT IN (SELECT currency FROM rates)
          AND {_DATED[table]} <= :as_of AND recorded_at <= :known_at{also}"""
        missing |= {row[0] for row in book.execute(query, dict(named))}
    if missing:
        raise Refusal(_no_rate(currency, want.currency, named["as_of"]) for currency in sorted(missing))


def _no_rate(source: str, target: str, as_of: str) -> Problem:
    """The pair, the date and the remedy."""
    remedy = "import one with `duly import fx_rates FILE`"
    return Problem(Place("book"), "no-rate", f"no rate from {source} to {target} on or before {as_of}; {remedy}")


def _customer_facts(book: Book, table: str, want: Wanted, named: Mapping[str, str]) -> None:
    """One row per customer, a column per customer fact in use."""
    facts = [fact for fact in FACTS.values() if fact.of_customer and fact.name in want.facts]
    assigned = _any_assigned(book)
    joined = _joins(facts, "c.customer_id", "customer_id", {"profile"} if assigned else set())
    columns = ["customer_id INTEGER PRIMARY KEY", "assigned TEXT", *(column(fact.name) for fact in facts)]
    values = ["c.customer_id", "profile.policy" if assigned else "NULL", *(fact.sql for fact in facts)]
    select = f"{_with(facts, assigned)} SELECT {', '.join(values)} FROM debtors AS c{joined}"
    lay(book, table, ", ".join(columns), select, named)


def _receivable_facts(book: Book, tables: Tables, want: Wanted, named: Mapping[str, str]) -> None:
    """One row per open receivable, a column per receivable fact in use, and what lines of a plan need."""
    facts = [fact for fact in FACTS.values() if not fact.of_customer and fact.name in want.facts]
    joined = _joins(facts, "p.receivable_id", "receivable_id", {"open_item", "contested"})
    columns = [
        "receivable_id INTEGER PRIMARY KEY, customer_id INTEGER, entity_id INTEGER, billed_in TEXT, assigned TEXT,"
        " open INTEGER, chased INTEGER, value INTEGER",
        *(column(fact.name) for fact in facts),
    ]
    values = [
        "p.receivable_id, p.customer_id, p.entity_id, p.currency, COALESCE(p.assigned, c.assigned), p.open,"
        " p.open - COALESCE(contested.disputed, 0), p.value",
        *(fact.sql for fact in facts),
    ]
    select = (
        f"{_with(facts, contested=True)} SELECT {', '.join(values)} FROM position AS p"
        f" JOIN {tables.customer} AS c ON c.customer_id = p.customer_id{joined}"
    )
    lay(book, tables.receivable, ", ".join(columns), select, named)


def _any_assigned(book: Book) -> bool:
    """Whether any customer is explicitly assigned to a policy; mostly none is, and a join is saved."""
    return bool(book.execute("SELECT EXISTS (SELECT 1 FROM customer_versions WHERE policy IS NOT NULL)").fetchone()[0])


def _joins(facts: list[Fact], key: str, column: str, also: set[str]) -> str:
    """The joins of the sources that the facts' expressions read."""
    read = {fact.source for fact in facts} | {name for fact in facts for name in ALSO_READS.get(fact.name, ())} | also
    return "".join(f" LEFT JOIN {name} ON {name}.{column} = {key}" for name in SOURCES if name in read)


def _with(facts: list[Fact], profile: bool = False, *, contested: bool = False) -> str:
    """The common table expressions of the facts' sources, each after those that it needs."""
    names = _sources({fact.name for fact in facts})
    extra = [name for name, used in (("profile", profile), ("open_item", contested), ("contested", contested)) if used]
    ordered = [name for name in SOURCES if name in {*names, *extra}]
    return "WITH " + ", ".join(f"{name} AS ({SOURCES[name].sql})" for name in ordered) if ordered else ""


def _sources(facts: set[str] | frozenset[str]) -> list[str]:
    """The sources of the facts and all that these need, in the order of SOURCES."""
    found: set[str] = set()
    todo = [name for fact in facts for name in (FACTS[fact].source, *ALSO_READS.get(fact, ()))]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(SOURCES[name].needs)
    return [name for name in SOURCES if name in found]
