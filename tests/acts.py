"""Books that can be applied to, for the tests of the acting room: a policy with every kind of action, and customers for it.

Comes in: how many customers. Goes out: a book in memory or in a file, its policies, and the plan of AS_OF.
Know before changing: customer n has one receivable of 100.00 EUR, due long enough ago for `everything` to act on it.
"""

from pathlib import Path

from engine.act.apply import Applied, apply
from engine.act.plan import plan
from engine.act.values import Plan, as_value, from_json, sealed_id
from engine.book import store
from engine.book.store import Book
from engine.policy.document import canonical
from engine.policy.model import Policy
from tests.books import Books, policy

AS_OF = "2026-03-01"
NOW = "2026-03-01T08:00:00Z"
LATER = "2026-03-02T08:00:00Z"
DUE = "2026-02-09"
ACTOR = "li.na"

STANDARD = """
policy: standard
kind: dunning
version: 1
effective_from: 2000-01-01
summary: One of everything on a receivable.
currency: EUR
subject: receivable
priority: 10
ladder:
  anchor: due_date
  boundary: on
  climb: one_level
  days_between_notices: 7
  interval_scope: receivable
  tolerance: 5.00
  after_last: stop
  levels:
    - level: 1
      name: friendly reminder
      after_days: 3
      then:
        - notice: {channel: email, template: friendly-reminder, otherwise: letter, pay_within_days: 10}
        - late_fee: {amount: 40.00, once_per: receivable}
    - level: 2
      name: formal reminder
      after_days: 15
      then:
        - notice: {channel: email, template: formal-reminder, otherwise: letter, pay_within_days: 7}
rules:
  - id: late
    when: {days_past_due: {at_least: 10}}
    then:
      - task: {what: call, within_days: 3, note: Ask why.}
      - alert: {to: credit-manager, severity: high}
  - id: very-late
    when: {days_past_due: {at_least: 20}}
    then:
      - hand_over: {to: agency}
"""
WATCH = """
policy: watch
kind: dunning
version: 1
effective_from: 2000-01-01
summary: Credit is stopped while a customer is late.
currency: EUR
subject: customer
priority: 10
rules:
  - id: late
    when: {customer.overdue_amount: {at_least: 50.00}}
    then:
      - credit_hold: {reason: overdue}
  - id: paid
    when: {customer.overdue_amount: {less_than: 50.00}}
    then:
      - release_credit_hold: {reason: overdue}
"""


def policies() -> tuple[Policy, ...]:
    """Both policies; anew each time, so that nobody shares a value."""
    return policy(STANDARD), policy(WATCH)


def books(customers: int = 1, *, due: str = DUE) -> Books:
    """A book of so many customers, C0001 and on, each late with R0001 and on."""
    made = Books().entity("E1", "EUR", name="Duly Trading GmbH")
    made.book.execute("BEGIN")
    for number in range(1, customers + 1):
        made.customer(f"C{number:04}", name=f"Customer {number}")
        made.contact(f"C{number:04}", name="Accounts Payable", email=f"ap{number}@example.com")
        made.receivable(f"R{number:04}", f"C{number:04}", due=due, amount="100.00", document=f"PO-{number}")
    made.book.execute("COMMIT")
    return made


def in_file(made: Books, path: Path) -> Book:
    """The same book in a file, which several may open."""
    path.write_bytes(made.book.conn.serialize())
    return store.open_book(path)


def planned(book: Book, as_of: str = AS_OF, *, of: tuple[Policy, ...] | None = None) -> Plan:
    """What the policies call for."""
    return plan(book, of or policies(), as_of=as_of)


def applied(book: Book, the_plan: Plan, *, now: str = NOW, skip_stale: bool = False, approve: bool = False) -> Applied:
    """The plan applied by one of us."""
    return apply(book, the_plan, policies(), actor=ACTOR, now=now, skip_stale=skip_stale, approve=approve)


def resealed(the_plan: Plan, **changed: object) -> Plan:
    """The plan with something changed, under the id that belongs to it then."""
    value = as_value(the_plan) | changed
    value["id"] = sealed_id(value)
    return from_json(canonical(value), "plan.json")


def count(book: Book, table: str, where: str = "1") -> int:
    """How many rows there are."""
    return int(book.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()[0])
