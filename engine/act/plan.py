"""The plan: everything that the policies call for on a date, everything they withhold and why. A value, never an act.

Comes in: policies, a book, as_of. Goes out: a Plan whose id is the digest of all the rest; planning twice gives the same bytes.
Know before changing: apply walks exactly these actions, and nothing else computes what will happen. The format is public
(schemas/plan.schema.json); a change of it raises FORMAT.
"""

from dataclasses import dataclass

FORMAT = "duly-plan/1"


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """A policy in force: which text decided. `limits` as in the policy, None where there is none."""

    policy: str
    version: int
    digest: str
    file: str
    kind: str
    subject: str
    currency: str
    limit_customers: int | None
    limit_hundredths_of_book: int | None


@dataclass(frozen=True, slots=True)
class FindingRef:
    """One comparison of a class: what it says, whether it held, and where it stands in the policy."""

    fact: str
    expected: str
    holds: bool
    place: str


@dataclass(frozen=True, slots=True)
class ClassRef:
    """What is common to all subjects of one decision class, said once: `id` is `policy@version/number`."""

    id: str
    policy: str
    version: int
    subjects: int
    fired: tuple[str, ...]
    findings: tuple[FindingRef, ...]


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
    moves. `before` and `after` say what changes, in a few words.
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
    needs_approval: bool
    lines: tuple[Line, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """An action that a rule called for and that something stopped; `reasons` is never empty, the first one is the decisive."""

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
    """Ordered actions still to do on a date. Everything in it is sorted; `id` is the digest of the rest."""

    id: str
    as_of: str
    known_at: str
    engine: str
    policies: tuple[PolicyRef, ...]
    book_digest: str
    book_open: tuple[tuple[str, int, int], ...]
    classes: tuple[ClassRef, ...]
    actions: tuple[Action, ...]
    withheld: tuple[Withheld, ...]
    uncovered: tuple[Uncovered, ...]
    totals: tuple[Total, ...]
