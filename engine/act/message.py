"""What a message says: a notice to the customer, an alert to somebody of ours, a hand-over to a partner.

Comes in: an action, the fees beside it, and what the book knows of receivables and entities. Goes out: `outbox.content`.
Know before changing: what a message needs is settled here and kept (docs/outbox.md), so that it reads the same years later,
whatever has become of the customer.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.act.values import Action, Item
from engine.book.store import Book
from engine.policy.document import digest

OUTBOX_FORMAT = "duly-outbox/1"
# Where a message that no customer gets is bound for: somebody of ours, or a partner of ours.
CHANNEL_OF = {"alert": "internal", "hand_over": "partner"}
# The kinds of action that leave the house.
MESSAGES = ("notice", *CHANNEL_OF)


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of this run: the receivable that it becomes, and the one that it is charged on."""

    number: str
    of: str
    due: str
    amount: int


@dataclass(frozen=True, slots=True)
class Known:
    """What messages need of the book: (entity, number) -> document and amount of a receivable, and the entities."""

    documents: Mapping[tuple[int, str], tuple[str | None, int]]
    entities: Mapping[int, Mapping[str, str | None]]


def known(book: Book, actions: Iterable[Action]) -> Known:
    """What the messages among the actions need, in two statements."""
    messages = [action for action in actions if action.kind in MESSAGES]
    wanted = sorted({(action.entity_id, item.receivable) for action in messages for item in action.items})
    query = """SELECT r.entity_id, r.number, r.document, r.amount FROM json_each(:wanted) AS w JOIN receivables AS r
      ON r.entity_id = json_extract(w.value, '$[0]') AND r.number = json_extract(w.value, '$[1]')"""
    rows = book.execute(query, {"wanted": json.dumps(wanted)})
    documents = {(entity, number): (document, amount) for entity, number, document, amount in rows}
    entities = book.execute("SELECT id, code, name, country FROM entities")
    return Known(documents, {row[0]: dict(zip(("code", "name", "country"), row[1:], strict=True)) for row in entities})


def message(action: Action, fees: Sequence[Fee], known: Known, as_of: str) -> dict[str, Any]:
    """The message of an action, with its format and its key."""
    said = _notice(action, fees) if action.kind == "notice" else _word(action)
    return {"format": OUTBOX_FORMAT, "key": _key(action), **_common(action, known, as_of), **said}


def _key(action: Action) -> str:
    """The idempotency key of a message: that of its effects, made short enough for a file name and a message id."""
    keys = sorted(line.key for line in action.lines)
    return f"{action.kind}-{digest(keys).removeprefix('sha256:')[:32]}"


def _common(action: Action, known: Known, as_of: str) -> dict[str, Any]:
    """What every message says."""
    return {
        "kind": action.kind,
        "as_of": as_of,
        "address": action.address,
        "customer": {"number": action.customer, "name": action.customer_name},
        "entity": known.entities[action.entity_id],
        "currency": action.currency,
        "total": action.amount,
        "level": max((line.level_to for line in action.lines if line.level_to is not None), default=None),
        "policies": sorted({f"{line.policy}@{line.version}" for line in action.lines}),
        "items": [_item(action, item, known) for item in action.items],
    }


def _notice(action: Action, fees: Sequence[Fee]) -> dict[str, Any]:
    """What a letter to the customer is written from."""
    given = dict(action.parameters)
    return {
        "channel": given["channel"],
        "template": given["template"],
        "language": given["language"],
        "recipient": {"name": given["recipient_name"], "address": given["recipient"]},
        "level_name": given["level_name"],
        "deadline": given["deadline"],
        "fees": [{"number": fee.number, "of": fee.of, "due": fee.due, "amount": fee.amount} for fee in fees],
        "fee_total": sum(fee.amount for fee in fees),
        "grand_total": (action.amount or 0) + sum(fee.amount for fee in fees),
    }


def _word(action: Action) -> dict[str, Any]:
    """What an alert or a hand-over says."""
    given = dict(action.parameters)
    severity = {"severity": given["severity"]} if action.kind == "alert" else {}
    return {
        **severity,
        "channel": CHANNEL_OF[action.kind],
        "recipient": {"name": given["to"], "address": given["to"]},
        "note": given["note"],
        "rules": sorted({line.rule for line in action.lines}),
    }


def _item(action: Action, item: Item, known: Known) -> dict[str, Any]:
    """A receivable as a message speaks of it."""
    document, amount = known.documents.get((action.entity_id, item.receivable), (None, item.open))
    levels = [line.level_to for line in action.lines if line.receivable == item.receivable]
    return {
        "receivable": item.receivable,
        "document": document,
        "issued": item.issued,
        "due": item.due,
        "days_past_due": item.days_past_due,
        "amount": amount,
        "open": item.open,
        "chased": item.chased,
        "level": next((level for level in levels if level is not None), None),
    }
