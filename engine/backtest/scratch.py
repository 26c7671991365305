"""The scratch copy of a book that days are lived through on: cut back to a day, then carried on one day after the other.

Comes in: a copy of a book in memory, plans. Goes out: the copy, changed.
Know before changing: only what runs did is cut; what customers and people did stays, each from its own date on. Ids are used
again after the cut, so whatever refers to a row that goes must go with it. A message counts as delivered on its day. A fee that
is raised here has nobody who paid it in truth: it is taken to be paid on the day its principal is, and a fee that was cut takes
what was paid on it along.
"""

import json
from dataclasses import dataclass, field

from engine.act.carry import TABLES, Carrier
from engine.act.outbox import count_as_sent
from engine.act.values import Plan
from engine.book.store import Book, writing

ACTOR = "backtest"
# What people said of a receivable, and what was allocated to it: gone with a fee that is cut.
_OF_RECEIVABLES = ("activities", "allocations", "disputes", "holds", "promises")
_MADE = tuple(table for table in TABLES if table not in ("outbox", "effects"))


@dataclass(slots=True)
class Scratch:
    """A copy under way. `releases` are what people released later of holds that policies had set, waiting for their day."""

    book: Book
    run: int
    releases: list[tuple[int, str, str]] = field(default_factory=list)
    fees: list[tuple[int, int]] = field(default_factory=list)

    def morning(self, day: str, known_at: str) -> None:
        """What is settled before the day's plan: releases that people made on it, fees whose principals have been paid."""
        for hold, released, recorded in self.releases:
            if released <= day and recorded <= known_at:
                self._release(hold, released, recorded)
        self.releases = [one for one in self.releases if one[1] > day or one[2] > known_at]
        self.fees = [one for one in self.fees if not self._paid(*one, day, known_at)]

    def carry_out(self, plan: Plan) -> None:
        """The day's plan: effects, rows and messages, as apply writes them, and every message delivered."""
        if not plan.actions:
            return
        self.run += 1
        now = evening(plan.as_of)
        with writing(self.book):
            carrier = Carrier(self.book, self.run, plan, ACTOR, now)
            carrier.prepare(plan.actions)
            by_customer = sorted(plan.actions, key=lambda one: (one.customer, one.customer_id, one.address))
            for customer in dict.fromkeys(one.customer_id for one in by_customer):
                carrier.carry_out([one for one in by_customer if one.customer_id == customer])
            carrier.write()
            count_as_sent(self.book, self.run, transport=ACTOR, now=now)
        self.fees += self.book.execute(_CHARGED, {"run": self.run}).fetchall()

    def _release(self, hold: int, released: str, recorded: str) -> None:
        """A release by a person, unless the policies released the hold before."""
        named = {"hold": hold, "released": released, "recorded": recorded}
        self.book.execute(_RELEASED, named)

    def _paid(self, fee: int, principal: int, day: str, known_at: str) -> bool:
        """Whether the principal has been paid in full; then the fee is, too, from today."""
        named = {"fee": fee, "principal": principal, "day": day, "known_at": known_at, "now": f"{day}T00:00:00Z"}
        if not self.book.execute(_SETTLED, named).fetchone()[0]:
            return False
        with writing(self.book):
            self.book.execute(_PAYMENT, named)
            self.book.execute(_ALLOCATION, named)
        return True


def cut(book: Book, since: str) -> Scratch:
    """The copy without what runs dated on or after the day did, ready to be lived through from that day on."""
    runs = [row[0] for row in book.execute("SELECT id FROM runs WHERE as_of >= :since", {"since": since})]
    last = int(book.execute("SELECT COALESCE(MAX(id), 0) FROM runs").fetchone()[0])
    with writing(book):
        effects = _ids(book, "SELECT id FROM effects WHERE run_id IN (SELECT value FROM json_each(:ids))", runs)
        _unpay(book, effects)
        of_effects = "effect_id IN (SELECT value FROM json_each(:ids))"
        for table in _OF_RECEIVABLES:
            fees = f"SELECT id FROM receivables WHERE {of_effects}"
            book.execute(f"DELETE FROM {table} WHERE receivable_id IN ({fees})", {"ids": effects})
        book.execute(
            f"DELETE FROM hold_releases WHERE hold_id IN (SELECT id FROM holds WHERE {of_effects})", {"ids": effects}
        )
        for table in _MADE:
            book.execute(f"DELETE FROM {table} WHERE {of_effects}", {"ids": effects})
        book.execute("DELETE FROM effects WHERE id IN (SELECT value FROM json_each(:ids))", {"ids": effects})
        of_runs = {"ids": json.dumps(runs)}
        outbox = "SELECT id FROM outbox WHERE run_id IN (SELECT value FROM json_each(:ids))"
        book.execute(f"DELETE FROM deliveries WHERE outbox_id IN ({outbox})", of_runs)
        book.execute(f"DELETE FROM outbox WHERE id IN ({outbox})", of_runs)
        releases = book.execute(_RELEASED_LATER, {"since": since}).fetchall()
        book.execute(f"DELETE FROM hold_releases WHERE id IN ({_LATER})", {"since": since})
    return Scratch(book, last, releases)


def evening(day: str) -> str:
    """The last moment of a day."""
    return f"{day}T23:59:59Z"


def _ids(book: Book, query: str, ids: list[int]) -> str:
    """The ids that a query finds, as JSON for the next one."""
    return json.dumps([row[0] for row in book.execute(query, {"ids": json.dumps(ids)})])


def _unpay(book: Book, effects: str) -> None:
    """What was paid or credited on fees that are cut goes with them: it would stand there as money of the customer's."""
    for table, column in (("payments", "payment_id"), ("credits", "credit_id")):
        spent = f"""SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a JOIN receivables AS r ON r.id = a.receivable_id
          WHERE a.{column} = {table}.id AND r.effect_id IN (SELECT value FROM json_each(:ids))"""
        book.execute(f"DELETE FROM {table} WHERE amount <= ({spent})", {"ids": effects})
        book.execute(f"UPDATE {table} SET amount = amount - ({spent}) WHERE ({spent}) > 0", {"ids": effects})


_LATER = """SELECT x.id FROM hold_releases AS x JOIN holds AS h ON h.id = x.hold_id
  WHERE h.effect_id IS NOT NULL AND x.effect_id IS NULL AND x.released >= :since"""
_RELEASED_LATER = f"""SELECT hold_id, released, recorded_at FROM hold_releases WHERE id IN ({_LATER})
  ORDER BY released, hold_id"""
_RELEASED = """INSERT INTO hold_releases (hold_id, released, recorded_at)
  SELECT :hold, :released, :recorded WHERE NOT EXISTS (SELECT 1 FROM hold_releases WHERE hold_id = :hold)"""
_CHARGED = """SELECT r.id, r.principal_id FROM receivables AS r JOIN effects AS e ON e.id = r.effect_id
  WHERE e.run_id = :run AND r.principal_id IS NOT NULL ORDER BY r.id"""
_SETTLED = """SELECT COALESCE((SELECT SUM(a.amount) FROM allocations AS a WHERE a.receivable_id = r.id AND a.date <= :day
    AND a.recorded_at <= :known_at), 0) >= r.amount FROM receivables AS r WHERE r.id = :principal"""
_PAYMENT = """INSERT INTO payments (number, entity_id, customer_id, received, amount, currency, recorded_at)
  SELECT 'backtest/' || id, entity_id, customer_id, :day, amount, currency, :now FROM receivables WHERE id = :fee"""
_ALLOCATION = """INSERT INTO allocations (receivable_id, payment_id, date, amount, recorded_at)
  SELECT r.id, p.id, :day, r.amount, :now FROM receivables AS r JOIN payments AS p ON p.number = 'backtest/' || r.id
    AND p.entity_id = r.entity_id WHERE r.id = :fee"""
