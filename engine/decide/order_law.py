"""The law of the order check: what the book says of a customer, and what an order gets for it.

Comes in: a Standing, the holds in force, the policy's section on orders and which of its rules hold. Goes out: reasons, the
gravest of which is the verdict, and what would take each of them away.
Know before changing: an order passes the limit where its amount is at most headroom + tolerance, compared exactly, so that no
rounding ever lets more pass than the policy says. Exactly one of no-credit, no-limit and the comparison with the headroom speaks
of the limit: null is not 0. Amounts are minor units of the currency that the customer is judged in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine import money
from engine.decide.findings import findings_of
from engine.policy.credit_model import ORDER_REASONS, OrderRule, OrderSection, Verdict
from engine.policy.model import finding_text

# Reasons that no policy has to write; those of its own are called `rule ID`.
HOLD, NO_CREDIT, NO_LIMIT, OVER_LIMIT, WITHIN_HEADROOM, WITHIN_TOLERANCE = ORDER_REASONS

_GRAVITY = tuple(Verdict)
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order gets that verdict; `place` is the line of the policy, where one says it.

    `remedies` are what would take the reason away, each of them alone; what lets an order pass needs none.
    """

    name: str
    verdict: Verdict
    because: str
    remedies: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A credit hold in force."""

    reference: str
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the book says of a customer, in minor units of `currency`; None: not set, or alone in the group.

    `taken` and `group_taken` are what was approved before in the batch, to the customer and to the whole group.
    """

    currency: str
    limit: int | None
    temporary_limit: int | None
    group_limit: int | None
    effective_limit: int | None
    exposure: int
    group_exposure: int | None
    overdue: int
    open: int
    taken: int = 0
    group_taken: int = 0

    @property
    def own_headroom(self) -> int | None:
        """What is left of the customer's own limit."""
        return None if self.limit is None else self.limit - self.exposure - self.taken

    @property
    def group_headroom(self) -> int | None:
        """What is left of the group's limit; one that was granted to a customer who stands alone counts, too."""
        exposure = self.exposure if self.group_exposure is None else self.group_exposure
        return None if self.group_limit is None else self.group_limit - exposure - self.group_taken

    @property
    def headroom(self) -> int | None:
        """The smaller of the two, of those there."""
        return min((one for one in (self.own_headroom, self.group_headroom) if one is not None), default=None)

    def tolerance(self, hundredths: int) -> int:
        """How far an order may go beyond the headroom: so much of the effective limit, rounded down."""
        return hundredths * (self.effective_limit or 0) // _WHOLE

    def written(self, amount: int) -> str:
        """An amount in words."""
        return f"{money.written(amount, self.currency)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Amount:
    """The amount of an order as it is judged, and the most that passes the limit, in the order's own `currency`.

    `most` is None where no limit is set, and 0 where the limit lets no order pass.
    """

    value: int
    most: int | None
    currency: str


def reasons(
    standing: Standing, amount: Amount, holds: tuple[Hold, ...], section: OrderSection, rules: tuple[OrderRule, ...]
) -> tuple[Reason, ...]:
    """Every reason that holds: the credit holds, what the limit says, the policy's rules in their order."""
    return (*map(_held, holds), *_of_limit(standing, amount, section), *(_ruled(rule, standing) for rule in rules))


def verdict(found: tuple[Reason, ...]) -> Verdict:
    """The gravest of them."""
    return max((one.verdict for one in found), key=_GRAVITY.index, default=Verdict.APPROVE)


def most(standing: Standing, section: OrderSection) -> int | None:
    """The largest amount that passes the limit, 0 or less where none does; None where no limit is set."""
    if standing.effective_limit == 0:
        return 0
    headroom = standing.headroom
    return None if headroom is None else headroom + standing.tolerance(section.tolerance_hundredths)


def largest(allowed: int, numerator: int, denominator: int) -> int:
    """The largest amount in another currency that converts (half-up) to no more than allowed; 0 or less where none does."""
    return -(-(2 * denominator * (allowed + 1) - denominator) // (2 * numerator)) - 1


def _held(hold: Hold) -> Reason:
    """A credit hold refuses, whatever the limit leaves."""
    because = f"on credit hold for {hold.reason} since {hold.since} ({hold.reference})"
    return Reason(HOLD, Verdict.REFUSE, because, (f"the hold {hold.reason} has to be released ({hold.reference})",))


def _ruled(rule: OrderRule, standing: Standing) -> Reason:
    """A rule of the policy that holds; what it tests is what has to change."""
    tested = dict.fromkeys(finding_text(finding, standing.currency) for finding in findings_of(rule.when))
    remedies = (f"rule {rule.id} has to hold no longer: {', '.join(tested)}",) if rule.verdict is not Verdict.APPROVE else ()
    return Reason(f"rule {rule.id}", rule.verdict, rule.because, remedies, str(rule.place))


def _of_limit(standing: Standing, amount: Amount, section: OrderSection) -> Iterator[Reason]:
    """What the limit says: no credit, no limit set, or how the amount stands to the headroom."""
    headroom, allowed = standing.headroom, most(standing, section)
    if standing.effective_limit == 0:
        yield from _no_credit(standing, amount, section)
    elif headroom is None or allowed is None:
        least = standing.written(least_limit(standing, amount.value, section))
        remedies = () if section.no_limit is Verdict.APPROVE else (f"a limit of at least {least} has to be set",)
        yield Reason(NO_LIMIT, section.no_limit, "no limit is set", remedies, _place(section))
    elif amount.value <= headroom:
        yield Reason(WITHIN_HEADROOM, Verdict.APPROVE, f"{standing.written(amount.value)} is within {_left(standing, headroom)}")
    else:
        because = f"{standing.written(amount.value)} is {standing.written(amount.value - headroom)} more than "
        because += _left(standing, headroom)
        tolerance = allowed - headroom
        if amount.value <= allowed:
            because += f", and {standing.written(tolerance)} more are tolerated"
            yield Reason(WITHIN_TOLERANCE, Verdict.APPROVE, because, place=_place(section))
            return
        if headroom <= 0:
            beyond = f", and exceeded by {standing.written(-headroom)}" if headroom else ""
            because = f"the limit{_narrower(standing)} is used up{beyond}"
        elif tolerance:
            because += f", and only {standing.written(tolerance)} more are tolerated"
        smaller_or_paid = tuple(_smaller_or_paid(standing, amount, amount.value - allowed))
        yield Reason(OVER_LIMIT, section.over_limit, because, smaller_or_paid, _place(section))


def _left(standing: Standing, headroom: int) -> str:
    """`the headroom of the group of 1,200.00 EUR`."""
    return f"the headroom{_narrower(standing)} of {standing.written(headroom)}"


def _no_credit(standing: Standing, amount: Amount, section: OrderSection) -> Iterator[Reason]:
    """A limit of 0 is no credit, the customer's own or the group's; each has to be raised."""
    if standing.limit == 0:
        enough = "above 0"
        if standing.group_limit is None:
            enough = f"of at least {standing.written(least_limit(standing, amount.value, section))}"
        yield Reason(NO_CREDIT, Verdict.REFUSE, "the limit is 0: no credit", (f"a limit {enough} has to be set",))
    if standing.group_limit == 0:
        raised = ("a group limit above 0 has to be granted",)
        yield Reason(NO_CREDIT, Verdict.REFUSE, "the limit of the group is 0: no credit", raised)


def least_limit(standing: Standing, value: int, section: OrderSection) -> int:
    """The smallest limit of the customer's own under which the order would pass, if there is no group limit."""
    needed, hundredths = value + standing.exposure + standing.taken, section.tolerance_hundredths
    least = -(-_WHOLE * needed // (_WHOLE + hundredths))
    # The tolerance is rounded down, so the quotient may be short by one.
    return max(1, least if least + hundredths * least // _WHOLE >= needed else least + 1)


def _smaller_or_paid(standing: Standing, amount: Amount, short: int) -> Iterator[str]:
    """A smaller order passes, and so does this one after a payment."""
    if amount.most:
        yield f"an order of at most {money.written(amount.most, amount.currency)} {amount.currency} passes"
    paid, late = standing.written(short), standing.written(standing.overdue)
    if short <= standing.overdue:
        yield f"pay {paid} of what is overdue"
    elif short <= standing.open:
        yield f"pay {paid} of what is open" + (f", {late} of which is overdue" if standing.overdue else "")
    elif standing.open:
        yield f"pay {paid}: the {standing.written(standing.open)} that is open, and the rest in advance"
    else:
        yield f"pay {paid} in advance"


def _narrower(standing: Standing) -> str:
    """` of the group` where the group leaves less than the customer's own limit."""
    own, group = standing.own_headroom, standing.group_headroom
    return " of the group" if group is not None and (own is None or group < own) else ""


def _place(section: OrderSection) -> str:
    """The line of the section; nothing where it is built in."""
    return str(section.place)
