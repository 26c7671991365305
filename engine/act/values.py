"""The values of a plan: what is to be done, what is withheld and why. A plan is a value, never an act.

Comes in: nothing. Goes out: frozen dataclasses, and their canonical JSON.
Know before changing: apply walks exactly these actions, and nothing else computes what will happen. The format is public
(schemas/plan.schema.json); a change of it raises FORMAT.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from engine.errors import Place, Problem, Refusal
from engine.policy.document import canonical, digest

FORMAT = "duly-plan/3"


@dataclass(frozen=True, slots=True)
class FindingRef:
    """One comparison of a policy: what it says in words, and where it stands. Its number is its place among `findings`."""

    fact: str
    expected: str
    place: str


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """A policy in force, with the text that decided. `limits` as in the policy, None where there is none."""

    policy: str
    version: int
    digest: str
    file: str
    kind: str
    subject: str
    currency: str
    limit_customers: int | None
    limit_hundredths_of_book: int | None
    findings: tuple[FindingRef, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ClassRef:
    """What is common to all subjects of one decision class, said once: `id` is `policy@version/number`.

    `holds` has a character for each finding of the policy, in their order: `1` where it is true for the class, else `0`.
    """

    id: str
    policy: str
    version: int
    subjects: int
    fired: tuple[str, ...]
    holds: str


@dataclass(frozen=True, slots=True)
class Item:
    """A receivable that a notice speaks of. Amounts in minor units of the action's currency; `chased` leaves out disputes."""

    receivable: str
    issued: str
    due: str
    days_past_due: int
    open: int
    chased: int


@dataclass(frozen=True, slots=True)
class Line:
    """One subject's part in an action. It becomes one row of `effects`, under `key`, which is unique for ever.

    `receivable` and `receivable_id` are None where the subject is the customer. `level_from`/`level_to` are None unless the
    action carries a level of the ladder. `facts` are the actual values behind the findings of the class, `digest` is that of
    everything the decision about this subject stood on. `item` is None for a customer; then `items` of the action speak.
    """

    subject: str
    receivable: str | None
    receivable_id: int | None
    episode: str
    policy: str
    version: int
    rule: str
    class_id: str
    level_from: int | None
    level_to: int | None
    occurrence: int
    key: str
    facts: tuple[tuple[str, int | str | None], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to be done to one customer, entity and currency; all of it or nothing.

    `address` is unique in a plan, for people: `notice/C-1001/DE01/EUR`. `kind` is one of notice, task, late_fee, set_level,
    credit_hold, release_credit_hold, alert, hand_over. `parameters` are the kind's own, sorted by name:
      notice: channel, deadline (date or None), language, level_name, recipient, recipient_name, template
      task: collector, due, note, what
      late_fee: due, of (number of the principal), policy_amount, policy_currency
      credit_hold, release_credit_hold: reason
      alert: note, severity, to
      hand_over: note, to
    `amount` is in minor units of `currency`: what the notice chases, the fee, the amount handed over; None where no money
    moves. `before` and `after` say what changes, in a few words. `approval` are the roles that have to approve it first.
    """

    address: str
    kind: str
    customer: str
    customer_id: int
    customer_name: str
    entity: str
    entity_id: int
    currency: str
    amount: int | None
    parameters: tuple[tuple[str, int | str | None], ...]
    before: str
    after: str
    approval: tuple[str, ...]
    lines: tuple[Line, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """An action that a rule called for and that something stopped; `reasons` is never empty, the first one is the decisive.

    `amount` is the fee, or what would have been chased; of a receivable that is contested as a whole, what is open.
    """

    kind: str
    customer: str
    customer_name: str
    entity: str
    currency: str
    subject: str
    receivable: str | None
    policy: str
    version: int
    rule: str
    class_id: str
    level_from: int | None
    level_to: int | None
    days_past_due: int | None
    amount: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Open receivables of one entity and currency that no policy in force covers."""

    entity: str
    currency: str
    customers: int
    receivables: int
    amount: int


@dataclass(frozen=True, slots=True)
class Total:
    """How many actions (or withheld ones, with their first reason), and how much money, of one kind."""

    what: str
    policy: str
    entity: str
    currency: str
    count: int
    amount: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered actions still to do on a date. Everything in it is sorted; `id` is the digest of the rest.

    `planner` is who made it, and may not approve it. `stands_on`: of each table that decisions are read from, the id of its
    last row and how many rows it had (act/ground.py). `uncovered_customers`: how many no credit policy covers, where one is
    in force.
    """

    id: str
    as_of: str
    known_at: str
    engine: str
    planner: str
    policies: tuple[PolicyRef, ...]
    stands_on: tuple[tuple[str, int, int], ...]
    book_open: tuple[tuple[str, int, int], ...]
    classes: tuple[ClassRef, ...]
    actions: tuple[Action, ...]
    withheld: tuple[Withheld, ...]
    uncovered: tuple[Uncovered, ...]
    uncovered_customers: int
    totals: tuple[Total, ...]


def as_value(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it: fields by name, pairs as objects, `format` first of all."""
    return {"format": FORMAT, **_object(plan)}


def sealed_id(value: dict[str, Any]) -> str:
    """The id that belongs to a plan's JSON: the digest of all the rest."""
    return digest({name: part for name, part in value.items() if name != "id"})


def to_json(plan: Plan) -> str:
    """Canonical JSON with a newline at its end: the same plan is always the same bytes."""
    return canonical(as_value(plan)) + "\n"


def from_json(text: str, file: str) -> Plan:
    """The plan of a file. Refusal `bad-plan` where it is not one, or where anything in it was changed since."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(file, f"this is not JSON ({error}); make a plan with `duly preview --out plan.json`") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _bad(file, f"this is not a plan of the format {FORMAT}; make one with `duly preview --out plan.json`")
    try:
        sealed = value.get("id") == sealed_id(value)
    except (ValueError, RecursionError):
        # Half a character, which canonical JSON does not have, or a depth that no plan has.
        sealed = False
    if not sealed:
        raise _bad(file, "the plan was changed after it was made: its id does not fit; preview again")
    try:
        return _plan(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _bad(file, "it has an id that fits, but not the values of a plan; preview again") from error


def _bad(file: str, message: str) -> Refusal:
    """The refusal of a file that is not a plan of ours."""
    return Refusal([Problem(Place(file), "bad-plan", message)])


_PAIRS = frozenset({"parameters", "facts"})
_PARTS = frozenset({"actions", "classes", "findings", "items", "lines", "policies", "totals", "uncovered", "withheld"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """How values of one kind become objects; looked up once per kind, since a large plan has millions of values."""

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    pairs: tuple[str, ...]
    parts: tuple[str, ...]


def _shape(kind: type) -> _Shape:
    """The shape of a dataclass."""
    names = tuple(field.name for field in fields(kind))
    pairs = tuple(name for name in names if name in _PAIRS)
    return _Shape(names, attrgetter(*names), pairs, tuple(name for name in names if name in _PARTS))


_SHAPES = {
    kind: _shape(kind)
    for kind in (Plan, PolicyRef, ClassRef, FindingRef, Action, Line, Item, Withheld, Uncovered, Total)
}


def _object(value: Any) -> dict[str, Any]:
    """A dataclass as an object; `parameters` and `facts`, which are pairs, as objects; a tuple is JSON's list as it is."""
    shape = _SHAPES[type(value)]
    found = dict(zip(shape.names, shape.values(value), strict=True))
    for name in shape.pairs:
        found[name] = dict(found[name])
    for name in shape.parts:
        found[name] = [_object(part) for part in found[name]]
    return found


def _plan(value: dict[str, Any]) -> Plan:
    """The values again. The id was checked, so the shape is ours."""
    return Plan(
        id=value["id"],
        as_of=value["as_of"],
        known_at=value["known_at"],
        engine=value["engine"],
        planner=value["planner"],
        policies=tuple(_policy(one) for one in value["policies"]),
        stands_on=tuple((table, last, rows) for table, last, rows in value["stands_on"]),
        book_open=tuple((currency, count, amount) for currency, count, amount in value["book_open"]),
        classes=tuple(ClassRef(**{**one, "fired": tuple(one["fired"])}) for one in value["classes"]),
        actions=tuple(_action(one) for one in value["actions"]),
        withheld=tuple(Withheld(**{**one, "reasons": tuple(one["reasons"])}) for one in value["withheld"]),
        uncovered=tuple(Uncovered(**one) for one in value["uncovered"]),
        uncovered_customers=value["uncovered_customers"],
        totals=tuple(Total(**one) for one in value["totals"]),
    )


def _policy(value: dict[str, Any]) -> PolicyRef:
    """A policy of a plan's JSON."""
    return PolicyRef(**{**value, "findings": tuple(FindingRef(**one) for one in value["findings"])})


def _action(value: dict[str, Any]) -> Action:
    """An action of a plan's JSON."""
    lines = tuple(Line(**{**one, "facts": tuple(one["facts"].items())}) for one in value["lines"])
    items = tuple(Item(**one) for one in value["items"])
    parameters, approval = tuple(value["parameters"].items()), tuple(value["approval"])
    return Action(**{**value, "parameters": parameters, "approval": approval, "lines": lines, "items": items})
