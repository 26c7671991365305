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
    "set_rating": "rating",
    "set_credit_limit": "credit limit",
    "set_terms": "payment terms",
    "review": "review",
    "hand_over": "hand-over",
    "propose_write_off": "proposal to write off",
    "alert": "alert",
    "set_level": "change of level",
}
PLURALS = {
    "notice": "Notices",
    "task": "Tasks",
    "late_fee": "Late fees",
    "credit_hold": "Credit holds",
    "release_credit_hold": "Releases of credit holds",
    "set_rating": "Ratings",
    "set_credit_limit": "Credit limits",
    "set_terms": "Payment terms",
    "review": "Reviews",
    "hand_over": "Hand-overs",
    "propose_write_off": "Proposals to write off",
    "alert": "Alerts",
    "set_level": "Changes of level",
}
# Their receivables are listed one by one, each with its own amount.
DETAILED = ("notice", "hand_over", "propose_write_off")
# No money moves, or (of a limit) it is not what the action comes to.
CREDIT = ("set_rating", "set_credit_limit", "set_terms", "review")
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
    "missing-evidence": "The limit is a share of figures, and not one of these figures is in the book, or all have expired.",
    "dispute-open": "Limits and terms are not raised or lowered by a step while the customer contests something.",
    "review-open": "Somebody has been asked to review the customer; until then no step is taken and no limit renewed.",
    "hold-suspended": "Somebody suspended credit holds for this customer, for a time.",
}


def count(number: int, one: str, many: str = "") -> str:
    """`1 customer`, `12 customers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amount(minor: int | None, currency: str) -> str:
    """The amount with the currency's own decimals, or nothing where no money moves."""
    return "" if minor is None else money.written(minor, currency)


def granted(rating: str | None, scope: str | None, minor: int | None, currency: str | None) -> str:
    """What somebody grants a customer: `rating B`, `limit 5,000.00 EUR`, `group limit ...`, or a suspension of credit holds."""
    if rating is not None:
        return f"rating {rating}"
    if minor is not None and currency is not None:
        return f"{'group limit' if scope == 'group' else 'limit'} {amount(minor, currency)} {currency}"
    return "suspension of credit holds"


def signed(minor: int, currency: str) -> str:
    """The same with its sign: `+1,200.00`, `-300.00`, `0.00`."""
    return f"+{amount(minor, currency)}" if minor > 0 else amount(minor, currency)


def at_stake(subject: Withheld) -> str:
    """What a withheld action would have been about; nothing where that is no amount, as of a rating."""
    none = subject.kind in CREDIT and not subject.amount
    return "" if none else amount(subject.amount, subject.currency)


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
