"""The words of the reports: what kinds of action and reasons are called, how money, customers and levels are written.

Comes in: values of a plan. Goes out: short texts that fit a cell.
Know before changing: reasons that are not listed here are a policy's own (`withhold: - because: ...`) and speak for
themselves.
"""

from engine import money
from engine.act.values import Action, Line, PolicyRef, Withheld

# In the order that people act on them: what reaches the customer first.
KINDS = {
    "notice": "notice",
    "task": "task",
    "late_fee": "late fee",
    "credit_hold": "credit hold",
    "release_credit_hold": "release of a credit hold",
    "hand_over": "hand-over",
    "alert": "alert",
    "set_level": "change of level",
}
PLURALS = {
    "notice": "Notices",
    "task": "Tasks",
    "late_fee": "Late fees",
    "credit_hold": "Credit holds",
    "release_credit_hold": "Releases of credit holds",
    "hand_over": "Hand-overs",
    "alert": "Alerts",
    "set_level": "Changes of level",
}
REASONS = {
    "dunning-hold": "Somebody stopped the chasing, of the customer or of the receivable.",
    "handed-over": "It is with the lawyer or the agency; we do not write ourselves any more.",
    "disputed": "The customer contests the whole of it.",
    "promise-pending": "The customer promised to pay, and the day (with its grace) has not passed.",
    "below-tolerance": "The open amount is below the policy's tolerance.",
    "interval": "The days that the policy leaves between two notices are not over.",
    "previous-notice-not-sent": "The notice of the present level is still in the outbox; nothing without warning.",
    "no-contact": "No contact may be written to through the policy's channels.",
    "nothing-to-chase": "The customer owes nothing that could be chased.",
    "fee-on-fee": "Fees are charged on principal, never on fees or interest.",
}


def count(number: int, one: str, many: str = "") -> str:
    """`1 customer`, `12 customers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amount(minor: int | None, currency: str) -> str:
    """The amount with the currency's own decimals, or nothing where no money moves."""
    return "" if minor is None else money.written(minor, currency)


def customer(subject: Action | Withheld) -> str:
    """Number and name of the customer, the number once where they are the same."""
    same = subject.customer == subject.customer_name
    return subject.customer if same else f"{subject.customer} {subject.customer_name}"


def level(subject: Line | Withheld) -> str:
    """`1 -> 2`, or nothing where the action carries no level."""
    return "" if subject.level_to is None else f"{subject.level_from} -> {subject.level_to}"


def policy(subject: PolicyRef | Line | Withheld) -> str:
    """`standard v2`."""
    return f"{subject.policy} v{subject.version}"


def rule(subject: Line | Withheld) -> str:
    """`standard: level 1`, `credit-watch: over-limit`; the version stands with the policies in force, one for each name."""
    return f"{subject.policy}: {subject.rule.removeprefix('rule ')}"


def digest(text: str) -> str:
    """The first twelve digits, enough to compare by eye."""
    return text.removeprefix("sha256:")[:12]


def order(kind: str) -> tuple[int, str]:
    """Where a kind of action stands among the others."""
    return list(KINDS).index(kind), kind
