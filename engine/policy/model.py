"""The typed policy: what a policy says, as frozen values.

Comes in: a valid Document. Goes out: a Policy, or the problems that the schema cannot see (wrong type of a literal, unknown
fact, an amount with too many decimals). After `build` nobody reads a dict.
Know before changing: values compare by what they say, never by where they stand (`place` is left out of comparison), because
a finding is a distinct Comparison. Every literal is an int or a str: money in minor units of the policy's currency, percent
in hundredths of a percent, flags 0/1, dates ISO text.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from engine import money
from engine.errors import Place, Problem
from engine.facts import CONCLUSIONS, FACTS, FactType

if TYPE_CHECKING:
    from engine.policy.credit_model import Credit
    from engine.policy.document import Document

NOWHERE = Place("")


class Subject(StrEnum):
    """What a policy decides about."""

    RECEIVABLE = "receivable"
    CUSTOMER = "customer"


class Operator(StrEnum):
    """The one spelling of each comparison. `between` and the four bounds are inclusive where the word says so."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FactRef:
    """The right side names another fact of the same type."""

    fact: str


@dataclass(frozen=True, slots=True)
class PercentOf:
    """The right side is `hundredths` / 10,000 of another fact: `{percent: 50, of: ...}` has hundredths 5000."""

    hundredths: int
    fact: str


# One literal; (low, high) for between; the members, sorted and distinct, for in and not_in; 0 or 1 for missing.
Operand = int | str | tuple[int, int] | tuple[str, str] | tuple[str, ...] | FactRef | PercentOf


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact, one operator, one right side. A comparison with a missing fact is false (except `missing: true`)."""

    fact: str
    operator: Operator
    operand: Operand
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """True from the last day of the month that (date fact + days) falls in; from the day after it where `after`."""

    fact: str
    days: int
    after: bool
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Nor:
    """`none:` in YAML: not one of them holds. Plain negation, so every condition is two-valued."""

    of: tuple["Condition", ...]


Finding = Comparison | MonthEnd
Condition = All | Any | Nor | Comparison | MonthEnd


class Channel(StrEnum):
    """How a notice reaches the customer."""

    EMAIL = "email"
    LETTER = "letter"
    PORTAL = "portal"


class OncePer(StrEnum):
    """How often a fee may be charged."""

    RECEIVABLE = "receivable"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the customer through a channel, or through `otherwise` where no contact has the first."""

    channel: Channel
    template: str
    otherwise: Channel | None
    pay_within_days: int | None


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a collector: a call, a visit or a letter by hand, due within so many days."""

    what: str
    note: str | None
    within_days: int


@dataclass(frozen=True, slots=True)
class LateFee:
    """A fixed amount in minor units of the policy's currency, charged on principal only."""

    amount: int
    once_per: OncePer


@dataclass(frozen=True, slots=True)
class CreditHold:
    """The customer may not buy on credit, for that reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseCreditHold:
    """The credit hold of that reason that a policy set is lifted; a hold that a person set is not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A message to somebody of ours."""

    to: str
    severity: str
    note: str | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """The receivable goes to the lawyer or the agency; we stop chasing it ourselves."""

    to: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ProposeWriteOff:
    """The receivable is proposed to be written off; the book keeps it until accounting has done so."""

    note: str | None


@dataclass(frozen=True, slots=True)
class SetRating:
    """The customer's rating becomes this. `because` are the reasons beside the score: adjustments, an override."""

    rating: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetCreditLimit:
    """The customer's credit limit becomes what the rule of that id works out; `step` is +1 or -1 where one is taken."""

    rule: str
    step: int


@dataclass(frozen=True, slots=True)
class SetTerms:
    """The customer's payment terms become those of the rule of that id; `step` is +1 or -1 where one is taken."""

    rule: str
    step: int


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody is to look at the customer's credit again, within so many days, for these reasons."""

    within_days: int
    because: tuple[str, ...]


Action = (
    Notice | Task | LateFee | CreditHold | ReleaseCreditHold | Alert | HandOver | ProposeWriteOff
    | SetRating | SetCreditLimit | SetTerms | Review
)  # fmt: skip


def kind_of(action: Action | None) -> str:
    """The name of an action in plan, effects and policy text."""
    match action:
        case None:
            return "set_level"
        case Notice():
            return "notice"
        case Task():
            return "task"
        case LateFee():
            return "late_fee"
        case CreditHold():
            return "credit_hold"
        case ReleaseCreditHold():
            return "release_credit_hold"
        case Alert():
            return "alert"
        case HandOver():
            return "hand_over"
        case ProposeWriteOff():
            return "propose_write_off"
        case SetRating():
            return "set_rating"
        case SetCreditLimit():
            return "set_credit_limit"
        case SetTerms():
            return "set_terms"
        case Review():
            return "review"


class Boundary(StrEnum):
    """Whether day n itself counts."""

    ON = "on"
    AFTER = "after"


class Climb(StrEnum):
    """How the next level is chosen."""

    ONE_LEVEL = "one_level"
    MOST_SEVERE = "most_severe"


class Anchor(StrEnum):
    """The date that days are counted from."""

    DUE_DATE = "due_date"
    INVOICE_DATE = "invoice_date"
    PROMISED_DATE = "promised_date"
    PREVIOUS_NOTICE = "previous_notice"
    PREVIOUS_DEADLINE = "previous_deadline"


@dataclass(frozen=True, slots=True)
class Level:
    """One rung: reached when `after_days` from the anchor have passed and `when` holds. Anchor and boundary are resolved."""

    number: int
    name: str
    after_days: int
    month_end: bool
    anchor: Anchor
    boundary: Boundary
    when: Condition | None
    then: tuple[Action, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """After the last level its actions are repeated every so many days, at most so many times."""

    every_days: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ordered levels and how they are climbed. `tolerance` is in minor units of the policy's currency."""

    climb: Climb
    days_between_notices: int
    interval_scope: Subject
    tolerance: int
    after_last: Repeat | None
    levels: tuple[Level, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """Beside the ladder: whenever the condition holds, the actions are called for."""

    id: str
    when: Condition
    then: tuple[Action, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Withhold:
    """A reason for which every action of this policy is withheld from a subject."""

    because: str
    when: Condition
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Blast radius: how many customers, and how many hundredths of a percent of the book's open amount, one run may touch."""

    customers: int | None
    hundredths_of_book: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """Actions of that kind wait for somebody in the role: all of them, or those beyond each bound that is given.

    `above` is in minor units of the policy's currency, `raise_hundredths` in hundredths of a percent of the limit before (a
    first limit and one after 0 are a raise beyond any), `above_days` for terms.
    """

    action: str
    role: str
    above: int | None
    raise_hundredths: int | None
    above_days: int | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A problem of meaning that is accepted until the end of a day. `within` are the places it may stand at; None: any."""

    code: str
    because: str
    until: str
    within: frozenset[Place] | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of one policy. `digest` is that of its canonical JSON: layout and comments do not count.

    `kind` is dunning or credit; a credit policy is about customers, has no ladder, and its own sections in `credit`.
    """

    name: str
    kind: str
    version: int
    effective_from: str
    summary: str
    currency: str
    subject: Subject
    covers: Condition | None
    priority: int
    limits: Limits
    withhold: tuple[Withhold, ...]
    ladder: Ladder | None
    rules: tuple[Rule, ...]
    approvals: tuple[Approval, ...]
    credit: "Credit | None"
    digest: str
    text: str
    file: str
    place: Place = field(default=NOWHERE, compare=False)
    waivers: tuple[Waiver, ...] = ()


def finding_text(finding: Finding, currency: str) -> str:
    """The comparison as a policy writes it: `days_past_due at_least 15`, `open_amount at_least 100.00 EUR`."""
    if isinstance(finding, MonthEnd):
        word = "after" if finding.after else "on"
        return f"{finding.fact} plus {finding.days} days, {word} the end of that month"
    return f"{finding.fact} {finding.operator.value} {_operand_text(finding, currency)}"


def _operand_text(comparison: Comparison, currency: str) -> str:
    """The right side in words."""
    operand = comparison.operand
    match operand:
        case FactRef(fact):
            return fact
        case PercentOf(hundredths, fact):
            return f"{_percent(hundredths)} of {fact}"
        case tuple():
            joined = " and " if comparison.operator is Operator.BETWEEN else ", "
            return joined.join(value_text(value, comparison.fact, currency) for value in operand)
        case value if comparison.operator is Operator.MISSING:
            return "true" if value else "false"
        case value:
            return value_text(value, comparison.fact, currency)


def value_text(value: int | str | None, fact: str, currency: str) -> str:
    """A fact's value as people write it: money with its currency, percent with its sign, `missing` where there is none."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return value
    match (FACTS.get(fact) or CONCLUSIONS[fact]).type:
        case FactType.MONEY:
            return f"{money.written(value, currency)} {currency}"
        case FactType.PERCENT:
            return _percent(value)
        case FactType.FLAG:
            return "true" if value else "false"
        case _:
            return str(value)


def _percent(hundredths: int) -> str:
    """`50%` or `12.5%` from hundredths of a percent."""
    whole, part = divmod(abs(hundredths), 100)
    text = f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)
    return f"{'-' if hundredths < 0 else ''}{text}%"


def build(document: "Document") -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy that the document is, or every reason why it is none: those of the schema and those of meaning."""
    # build.py makes these values, so it can only be imported once they are there.
    from engine.policy.build import build as built

    return built(document)
