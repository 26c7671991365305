"""An action carried out: the rows of the book, the message in the outbox and the ledger entry, made together.

Comes in: the actions of one customer after the other. Goes out: rows and entries, written in one go inside the caller's
transaction.
Know before changing: ids are handed out here, which is safe only under the write lock. What a message says stands in message.py.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.act.ledger import Entry, append_all, stated
from engine.act.message import MESSAGES, Fee, Known, known, message
from engine.act.values import Action, Line, Plan
from engine.book.store import Book
from engine.policy.document import canonical, digest
from engine.sql import KNOWN, not_reversed

# In the order of their foreign keys.
TABLES = (
    "outbox",
    "effects",
    "receivables",
    "holds",
    "hold_releases",
    "tasks",
    "customer_versions",
    "steps",
    "review_requests",
    "write_off_proposals",
)
# Actions that become a new version of the customer.
VERSIONED = ("set_rating", "set_credit_limit", "set_terms")


@dataclass(slots=True)
class Carrier:
    """Collects the rows of a batch under one run. `write` is called once, inside the transaction it was made in."""

    book: Book
    run_id: int
    plan: Plan
    actor: str
    now: str
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in TABLES})
    entries: list[Entry] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=dict)
    _known: Known = field(default_factory=lambda: Known({}, {}))
    _taken: set[tuple[int, str]] = field(default_factory=set)
    _versions: dict[int, dict[str, Any]] = field(default_factory=dict)

    def prepare(self, actions: Iterable[Action]) -> None:
        """Read what the batch needs to know of receivables, entities and customers, in a handful of statements."""
        actions = tuple(actions)
        self._versions = _versions(self.book, self.plan, (one for one in actions if one.kind in VERSIONED))
        self._known = known(self.book, actions)

    def carry_out(self, actions: Sequence[Action]) -> None:
        """All actions of one customer."""
        fees = {action.address: self._fee(action) for action in actions if action.kind == "late_fee"}
        for action in actions:
            beside = [
                fees[other.address]
                for other in actions
                if other.address in fees and (other.entity_id, other.currency) == (action.entity_id, action.currency)
            ]
            self._carry_out(action, fees.get(action.address), beside)

    def write(self) -> None:
        """Everything collected, at once."""
        for table in TABLES:
            if rows := self.rows[table]:
                names = list(rows[0])
                marks = ", ".join(f":{name}" for name in names)
                self.book.conn.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
        append_all(self.book, self.entries, run_id=self.run_id, at=self.now, actor=self.actor)

    def _carry_out(self, action: Action, fee: Fee | None, beside: Sequence[Fee]) -> None:
        """One action: its message, its effects, its rows of the book, and the entry that states them."""
        before = {table: len(rows) for table, rows in self.rows.items()}
        outbox = self._message(action, beside)
        effects = [self._effect(action, line, outbox) for line in action.lines]
        match action.kind:
            case "late_fee":
                assert fee is not None
                self._charge(action, fee, effects[0])
            case "credit_hold":
                self._hold(action, effects[0])
            case "release_credit_hold":
                self._release(action, effects[0])
            case "task":
                self._task(action, effects[0])
            case "set_rating" | "set_credit_limit" | "set_terms":
                self._version(action, effects[0])
            case "review":
                self._request(action, effects[0])
            case "propose_write_off":
                self._propose(action, effects)
            case "notice" | "alert" | "hand_over" | "set_level":
                pass
            case _:
                raise AssertionError(f"unknown kind of action {action.kind!r}")
        added = {table: rows[before[table] :] for table, rows in self.rows.items() if len(rows) > before[table]}
        self.entries.append(Entry(action.kind, _content(action, added)))

    def _effect(self, action: Action, line: Line, outbox: int | None) -> int:
        """The row that says: this was done, once and for ever, under this key."""
        return self._add(
            "effects",
            run_id=self.run_id,
            key=line.key,
            address=action.address,
            kind=action.kind,
            policy=line.policy,
            version=line.version,
            rule=line.rule,
            **{"class": line.class_id},
            subject=line.subject,
            customer_id=action.customer_id,
            receivable_id=line.receivable_id,
            episode=line.episode,
            level_from=line.level_from,
            level_to=line.level_to,
            occurrence=line.occurrence,
            as_of=self.plan.as_of,
            amount=_share(action, line),
            currency=None if action.amount is None else action.currency,
            deadline=_parameter(action, "deadline") if action.kind == "notice" else None,
            outbox_id=outbox,
        )

    def _message(self, action: Action, fees: Sequence[Fee]) -> int | None:
        """The row of the outbox, for the kinds of action that leave the house."""
        if action.kind not in MESSAGES:
            return None
        said = message(action, fees, self._known, self.plan.as_of)
        return self._add(
            "outbox",
            run_id=self.run_id,
            key=said["key"],
            kind=action.kind,
            customer_id=action.customer_id,
            channel=said["channel"],
            recipient=said["recipient"]["address"],
            content=canonical(said),
        )

    def _fee(self, action: Action) -> Fee:
        """The fee under the first number that is free: a principal may have been charged before."""
        line, given = action.lines[0], dict(action.parameters)
        assert action.amount is not None and line.receivable is not None, f"{action.address} charges nothing"
        query = "SELECT 1 FROM receivables WHERE entity_id = :entity AND number = :number"
        count = line.occurrence
        while True:
            number = f"FEE-{line.receivable}-{count}"
            taken = (action.entity_id, number) in self._taken
            if not taken and not self.book.execute(query, {"entity": action.entity_id, "number": number}).fetchone():
                break
            count += 1
        self._taken.add((action.entity_id, number))
        return Fee(number, line.receivable, str(given["due"]), action.amount)

    def _charge(self, action: Action, fee: Fee, effect: int) -> None:
        """The fee as a receivable of its own, beside its principal."""
        self._add(
            "receivables",
            number=fee.number,
            entity_id=action.entity_id,
            customer_id=action.customer_id,
            issued=self.plan.as_of,
            posted=self.plan.as_of,
            due=fee.due,
            amount=fee.amount,
            currency=action.currency,
            kind="fee",
            principal_id=action.lines[0].receivable_id,
            effect_id=effect,
        )

    def _hold(self, action: Action, effect: int) -> None:
        """The credit hold, named after its effect."""
        self._add(
            "holds",
            reference=f"H-{digest(action.lines[0].key).removeprefix('sha256:')[:16]}",
            kind="credit",
            customer_id=action.customer_id,
            reason=_parameter(action, "reason"),
            valid_from=self.plan.as_of,
            actor=self.actor,
            effect_id=effect,
        )

    def _release(self, action: Action, effect: int) -> None:
        """Every credit hold of that reason that a policy set and that is still in force; what a person set stays."""
        query = """SELECT id FROM holds WHERE customer_id = :customer AND kind = 'credit' AND reason = :reason
          AND effect_id IS NOT NULL AND valid_from <= :as_of AND (valid_until IS NULL OR valid_until >= :as_of)
          AND NOT EXISTS (SELECT 1 FROM hold_releases AS r WHERE r.hold_id = holds.id) ORDER BY id"""
        reason = _parameter(action, "reason")
        named = {"customer": action.customer_id, "reason": reason, "as_of": self.plan.as_of}
        for (hold,) in self.book.execute(query, named).fetchall():
            released = self.plan.as_of
            self._add(
                "hold_releases", hold_id=hold, released=released, reason=reason, actor=self.actor, effect_id=effect
            )

    def _task(self, action: Action, effect: int) -> None:
        """The task on a collector's list."""
        given = dict(action.parameters)
        self._add(
            "tasks",
            customer_id=action.customer_id,
            what=given["what"],
            note=given["note"],
            due=given["due"],
            collector=given["collector"],
            effect_id=effect,
        )

    def _version(self, action: Action, effect: int) -> None:
        """The customer as before but for what the action sets, from today on; what follows in this run stands on it."""
        given = dict(action.parameters)
        match action.kind:
            case "set_rating":
                changed = {"rating": given["rating"]}
            case "set_terms":
                changed = {"terms_days": given["days"]}
            case _:
                # A limit is in the policy's currency; the row says which, also where none is set.
                changed = {"credit_limit": given["limit"], "currency": action.currency, "limit_until": given["until"]}
        version = self._versions[action.customer_id] | changed
        self._versions[action.customer_id] = version
        self._add("customer_versions", **version, valid_from=self.plan.as_of, effect_id=effect)
        if step := given.get("step"):
            of = "terms" if action.kind == "set_terms" else "limit"
            self._add(
                "steps", customer_id=action.customer_id, of=of, taken=self.plan.as_of, steps=step, effect_id=effect
            )

    def _request(self, action: Action, effect: int) -> None:
        """The review that somebody is to make."""
        given = dict(action.parameters)
        self._add(
            "review_requests",
            customer_id=action.customer_id,
            requested=self.plan.as_of,
            due=given["due"],
            because=given["because"],
            effect_id=effect,
        )

    def _propose(self, action: Action, effects: Sequence[int]) -> None:
        """What accounting is to write off, receivable by receivable."""
        for line, effect in zip(action.lines, effects, strict=True):
            self._add(
                "write_off_proposals",
                customer_id=action.customer_id,
                receivable_id=line.receivable_id,
                amount=_share(action, line),
                currency=action.currency,
                proposed=self.plan.as_of,
                note=_parameter(action, "note"),
                effect_id=effect,
            )

    def _add(self, table: str, **row: Any) -> int:
        """One more row, under the next id of its table."""
        if table not in self._last:
            query = f"SELECT COALESCE(MAX(id), 0) FROM {table}"
            self._last[table] = int(self.book.execute(query).fetchone()[0])
        self._last[table] += 1
        self.rows[table].append({"id": self._last[table], **row, "recorded_at": self.now})
        return self._last[table]


def _versions(book: Book, plan: Plan, actions: Iterable[Action]) -> dict[int, dict[str, Any]]:
    """By id of the customer: what the book says of them on the day, without what is a version's own.

    What was reversed is not carried on; as the facts have it.
    """
    query = f"""SELECT v.* FROM json_each(:customers) AS w JOIN customer_versions AS v ON v.id = (
      SELECT x.id FROM customer_versions AS x WHERE x.customer_id = w.value AND x.valid_from <= :as_of
        AND x.{KNOWN} AND (x.effect_id IS NULL OR {not_reversed("x.effect_id")})
      ORDER BY x.valid_from DESC, x.id DESC LIMIT 1)"""
    customers = sorted({action.customer_id for action in actions})
    named = {"customers": json.dumps(customers), "as_of": plan.as_of, "known_at": plan.known_at}
    cursor = book.execute(query, named)
    names = [column[0] for column in cursor.description]
    own = {"id", "valid_from", "effect_id", "recorded_at"}
    rows = (dict(zip(names, row, strict=True)) for row in cursor)
    return {row["customer_id"]: {name: value for name, value in row.items() if name not in own} for row in rows}


def _content(action: Action, added: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """What the ledger says of an action."""
    return {
        "address": action.address,
        "customer": action.customer,
        "customer_name": action.customer_name,
        "entity": action.entity,
        "currency": action.currency,
        "amount": action.amount,
        "parameters": dict(action.parameters),
        "receivables": sorted({line.receivable for line in action.lines if line.receivable}),
        "policies": sorted({f"{line.policy}@{line.version}" for line in action.lines}),
        "before": action.before,
        "after": action.after,
        "rows": {table: [stated(table, row) for row in rows] for table, rows in added.items()},
    }


def _share(action: Action, line: Line) -> int | None:
    """The part of an action's amount that is one line's: what of its receivable is chased, or all where it is the only one."""
    if action.amount is None or len(action.lines) == 1:
        return action.amount
    return next((item.chased for item in action.items if item.receivable == line.receivable), None)


def _parameter(action: Action, name: str) -> int | str | None:
    """One of the action's own parameters."""
    return dict(action.parameters)[name]
