"""What always holds between facts, each with its reason: `undisputed_amount` is the open amount less its disputed part.

Comes in: nothing. Goes out: LAWS, each over the Terms of the facts that it names.
Know before changing: a law that a real book can break would prove what is not so. Leave out what rounding, foreign currencies or
a correction in the book can disturb; tests/test_prove_domain.py looks for a book that breaks one. A plain law holds where all
its facts are there; one of `whole` says itself what missing means.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import z3

from engine.facts import FACTS
from engine.prove.domain import Term

AS_OF_SYMBOL = z3.Int("as of")
_Holds = Callable[..., z3.BoolRef]


@dataclass(frozen=True, slots=True)
class Law:
    """What holds between these facts. `gives` is the fact that follows from the others, where one does."""

    reason: str
    facts: tuple[str, ...]
    holds: _Holds
    whole: bool = False
    gives: str | None = None

    def formula(self, terms: dict[str, Term]) -> z3.BoolRef:
        """The law over these terms."""
        own = [terms[name] for name in self.facts]
        if self.whole:
            return self.holds(*own)
        return z3.Implies(z3.And([one.there for one in own]), self.holds(*(one.value for one in own)))


def _law(reason: str, facts: str, holds: _Holds, gives: str | None = None) -> Law:
    """A law where all its facts are there."""
    return Law(reason, tuple(facts.split()), holds, gives=gives)


def _whole(reason: str, facts: str, holds: _Holds) -> Law:
    """A law that says what missing means."""
    return Law(reason, tuple(facts.split()), holds, whole=True)


def _together(reason: str, facts: str) -> Law:
    """They are there together, or missing together."""
    return _whole(reason, facts, lambda *of: z3.And([one.there == of[0].there for one in of[1:]]))


def _dated(days: str, date: str) -> Law:
    """Days since a date, and the date."""
    return _law("days since a date count from that date", f"{days} {date}", lambda d, on: d == AS_OF_SYMBOL - on, date)


def _prefixed(prefix: str) -> Iterator[Law]:
    """What is so of a receivable and of a customer as a whole alike."""
    p = prefix
    yield _together("a promise has a date", f"{p}promised_date {p}days_since_promised_date")
    yield _whole("without a promise there is no date, and with one there is", f"{p}promise {p}days_since_promised_date",
                 lambda promise, days: days.there == z3.Not(promise.says("none")))
    yield _whole("a promise is broken only after its date", f"{p}promise {p}days_since_promised_date",
                 lambda promise, days: z3.Implies(promise.says("broken"), days.value >= 1))
    yield _dated(f"{p}days_since_promised_date", f"{p}promised_date")
    yield _together("a notice has a date", f"{p}last_notice_date {p}days_since_last_notice")
    yield _dated(f"{p}days_since_last_notice", f"{p}last_notice_date")
    yield _together("a deadline is a date", f"{p}deadline_date {p}days_since_deadline")
    yield _dated(f"{p}days_since_deadline", f"{p}deadline_date")
    yield _whole("a notice asks for payment by a deadline", f"{p}days_since_deadline {p}days_since_last_notice",
                 lambda deadline, notice: z3.Implies(deadline.there, notice.there))
    yield _whole("a level is reached by a step", f"{p}level {p}days_since_level",
                 lambda level, days: z3.Implies(days.missing, level.value == 0))
    yield _whole("a level is carried out by a step", f"{p}times_at_level {p}days_since_level",
                 lambda times, days: z3.Implies(days.missing, times.value == 0))
    yield _law("a level that is reached was carried out", f"{p}level {p}times_at_level",
               lambda level, times: z3.Implies(level >= 1, times >= 1))
    yield _whole("what was delivered was a step", f"{p}last_notice_delivered {p}days_since_level",
                 lambda sent, days: z3.Implies(sent.there, days.there))


def _of_receivable() -> Iterator[Law]:
    """What is owed, contested and chased of one receivable."""
    yield _law("days until the due date are days past it the other way round", "days_past_due days_until_due",
               lambda past, until: until == -past, "days_until_due")
    yield _dated("days_past_due", "due_date")
    yield _dated("days_since_invoice", "invoice_date")
    yield _law("no more is open than was invoiced", "open_amount original_amount", lambda rest, all_: rest <= all_)
    yield _law("a share is at most the whole", "paid_share", lambda share: share <= 10_000)
    yield _law("no more is disputed than is open", "disputed_amount open_amount", lambda part, all_: part <= all_)
    yield _law("what may be chased is the open amount less its disputed part",
               "open_amount disputed_amount undisputed_amount", lambda o, d, u: u == o - d, "undisputed_amount")
    yield _whole("without a dispute nothing is disputed", "dispute disputed_amount",
                 lambda state, part: z3.Implies(state.says("none"), part.value == 0))
    yield _whole("a dispute about the whole is about all that is open", "dispute disputed_amount open_amount",
                 lambda state, part, all_: z3.Implies(state.says("whole"), part.value == all_.value))
    yield _whole("a dispute was opened on a day", "dispute days_since_dispute",
                 lambda state, days: days.there == z3.Not(state.says("none")))
    yield _whole("a notice is counted", "notices_sent days_since_last_notice",
                 lambda sent, days: days.there == (sent.value >= 1))


def _of_both() -> Iterator[Law]:
    """What a receivable says of its customer."""
    whole = "customer."
    yield _law("a receivable is part of what its customer owes", f"open_amount {whole}open_amount", _at_most)
    yield _law("a receivable is one of its customer's", f"open_amount {whole}largest_receivable", _at_most)
    yield _law("whoever owes a receivable has an open one", f"days_past_due {whole}open_count", lambda _, n: n >= 1)
    yield _law("the oldest is at least as old as this one", f"days_past_due {whole}oldest_days_past_due", _at_most)
    yield _whole("whoever owes a receivable has an oldest one", f"days_past_due {whole}oldest_days_past_due",
                 lambda _, oldest: oldest.there)
    yield _law("the oldest invoice is at least as old as this one",
               f"days_since_invoice {whole}days_since_oldest_invoice", _at_most)
    yield _law("an overdue receivable is part of what is overdue",
               f"days_past_due open_amount {whole}overdue_amount",
               lambda late, o, all_: z3.Implies(late >= 1, o <= all_))
    yield _law("an overdue receivable is one of those", f"days_past_due {whole}overdue_count",
               lambda late, n: z3.Implies(late >= 1, n >= 1))
    yield _law("what may be chased of it is part of what may be chased",
               f"days_past_due undisputed_amount {whole}undisputed_overdue_amount",
               lambda late, o, all_: z3.Implies(late >= 1, o <= all_))
    yield _law("what is disputed of it is disputed", f"disputed_amount {whole}disputed_amount", _at_most)
    yield _whole("its dispute is one of the customer's", f"dispute {whole}open_disputes",
                 lambda state, n: z3.Implies(z3.Not(state.says("none")), n.value >= 1))
    yield _law("its level is one of the customer's receivables'", f"level {whole}highest_level", _at_most)
    yield _law("a hold on the customer holds each receivable", f"dunning_hold {whole}dunning_hold",
               lambda one, all_: all_ <= one)
    yield _law("what is handed over of it is handed over", f"handed_over {whole}handed_over", _at_most)
    yield _whole("its notice went to the customer", f"days_since_last_notice {whole}days_since_last_notice",
                 lambda one, all_: z3.Implies(one.there, z3.And(all_.there, all_.value <= one.value)))


def _owing() -> Iterator[Law]:
    """What a customer owes, in its parts."""
    c = "customer."
    yield _law("what is owed is overdue or not", f"{c}not_due_amount {c}overdue_amount {c}open_amount",
               lambda due, late, all_: all_ == due + late)
    yield _law("what is overdue stands in a bucket",
               f"{c}overdue_amount {c}overdue_1_30 {c}overdue_31_60 {c}overdue_61_90 {c}overdue_over_90",
               lambda late, *buckets: late == z3.Sum(buckets))
    yield _law("what is overdue is owed", f"{c}overdue_amount {c}open_amount", _at_most)
    yield _law("what is overdue is counted among what is open", f"{c}overdue_count {c}open_count", _at_most)
    for part, count in (("open_amount", "open_count"), ("overdue_amount", "overdue_count"),
                        ("disputed_amount", "open_disputes"), ("largest_receivable", "open_count")):
        yield _law("where there is none, there is no amount", f"{c}{part} {c}{count}",
                   lambda amount, n: z3.Implies(n == 0, amount == 0))
    yield _law("a share is at most the whole", f"{c}overdue_share", lambda share: share <= 10_000)
    yield _law("where nothing is overdue, no share is", f"{c}overdue_share {c}overdue_amount",
               lambda share, late: z3.Implies(late == 0, share == 0))
    yield _whole("there is an oldest receivable where any is open", f"{c}oldest_days_past_due {c}open_count",
                 lambda oldest, n: oldest.there == (n.value >= 1))
    yield _together("the oldest receivable has an invoice date", f"{c}oldest_days_past_due {c}days_since_oldest_invoice")
    yield _together("the oldest receivable has a due date", f"{c}oldest_days_past_due {c}oldest_due_date")
    yield _together("the oldest invoice has a date", f"{c}days_since_oldest_invoice {c}oldest_invoice_date")
    yield _dated(f"{c}oldest_days_past_due", f"{c}oldest_due_date")
    yield _dated(f"{c}days_since_oldest_invoice", f"{c}oldest_invoice_date")
    yield _whole("something is overdue where the oldest is", f"{c}oldest_days_past_due {c}overdue_count",
                 lambda oldest, n: (n.value >= 1) == z3.And(oldest.there, oldest.value >= 1))
    yield _whole("what is overdue makes the oldest overdue", f"{c}oldest_days_past_due {c}overdue_amount",
                 lambda oldest, late: z3.Implies(late.value >= 1, z3.And(oldest.there, oldest.value >= 1)))
    for bucket, since in (("1_30", 1), ("31_60", 31), ("61_90", 61), ("over_90", 91)):
        yield _whole("a bucket holds nothing older than the oldest", f"{c}oldest_days_past_due {c}overdue_{bucket}",
                     lambda oldest, late, since=since: z3.Implies(
                         late.value >= 1, z3.And(oldest.there, oldest.value >= since)))
    yield _law("one receivable is part of all", f"{c}largest_receivable {c}open_amount", _at_most)
    yield _law("what is disputed is open", f"{c}disputed_amount {c}open_amount", _at_most)
    yield _law("what is disputed is counted among what is open", f"{c}open_disputes {c}open_count", _at_most)
    yield _law("what may be chased is overdue", f"{c}undisputed_overdue_amount {c}overdue_amount", _at_most)
    yield _law("what is overdue and may not be chased is disputed",
               f"{c}undisputed_overdue_amount {c}overdue_amount {c}disputed_amount",
               lambda free, late, part: free >= late - part)
    yield _law("without disputes all that is overdue may be chased",
               f"{c}undisputed_overdue_amount {c}overdue_amount {c}open_disputes",
               lambda free, late, n: z3.Implies(n == 0, free == late))
    yield _whole("exposure is never missing", f"{c}exposure", lambda exposure: exposure.there)
    yield _law("exposure is what is open, less credit, plus orders",
               f"{c}open_amount {c}unapplied_credit {c}open_orders {c}exposure",
               lambda o, credit, orders, all_: all_ == o - credit + orders, f"{c}exposure")
    yield _law("one order is part of all", f"{c}largest_open_order {c}open_orders", _at_most)


def _paying() -> Iterator[Law]:
    """How a customer pays and buys."""
    c = "customer."
    yield _law("a share is at most the whole", f"{c}on_time_share_12m", lambda share: share <= 10_000)
    for fact in ("on_time_share_12m", "average_days_late_12m"):
        yield _whole("where nothing was paid, nothing is known of how", f"{c}{fact} {c}paid_count_12m",
                     lambda known, n: known.there == (n.value >= 1))
    yield _together("a payment has a date and an amount", f"{c}days_since_last_payment {c}last_payment_amount")
    yield _law("the last 90 days are part of the last 12 months", f"{c}sales_3m {c}sales_12m", _at_most)
    yield _whole("a broken promise was broken on a day", f"{c}broken_promises_12m {c}days_since_broken_promise",
                 lambda n, days: z3.Implies(n.value >= 1, days.there))
    yield _law("a promise is broken after its deadline", f"{c}days_since_broken_promise", lambda days: days >= 1)
    yield _whole("while something is overdue, that is today", f"{c}overdue_count {c}days_since_late",
                 lambda n, days: z3.Implies(n.value >= 1, z3.And(days.there, days.value == 0)))


def _credit() -> Iterator[Law]:
    """Limits, groups, evidence and holds."""
    c = "customer."
    yield _whole("a customer belongs to an entity", f"{c}entity", lambda entity: entity.there)
    yield _whole("the limit in force is the temporary one while there is one, else the credit limit",
                 f"{c}temporary_limit {c}credit_limit {c}limit_in_force",
                 lambda own, usual, now: z3.And(
                     now.there == z3.Or(own.there, usual.there),
                     z3.Implies(own.there, now.value == own.value),
                     z3.Implies(z3.And(own.missing, usual.there), now.value == usual.value)))
    yield _whole("the effective limit is the smaller of the own and the group's",
                 f"{c}limit_in_force {c}group_limit {c}effective_limit",
                 lambda own, group, now: z3.And(now.there == z3.Or(own.there, group.there), _smaller(own, group, now)))
    yield _whole("headroom is there where a limit is", f"{c}effective_limit {c}headroom",
                 lambda limit, room: room.there == limit.there)
    yield _whole("headroom is never more than the limit leaves", f"{c}limit_in_force {c}exposure {c}headroom",
                 lambda limit, used, room: z3.Implies(limit.there, room.value <= limit.value - used.value))
    yield _whole("without a limit of the group, headroom is what the own limit leaves",
                 f"{c}limit_in_force {c}exposure {c}headroom {c}group_limit",
                 lambda limit, used, room, group: z3.Implies(
                     z3.And(limit.there, group.missing), room.value == limit.value - used.value))
    yield _whole("a limit that is not 0 is used by so much", f"{c}limit_in_force {c}utilisation",
                 lambda limit, used: used.there == z3.And(limit.there, limit.value > 0))
    yield _law("more than the limit is more than 100 % of it", f"{c}exposure {c}limit_in_force {c}utilisation",
               lambda e, limit, used: z3.And(z3.Implies(e >= limit, used >= 10_000),
                                             z3.Implies(e <= limit, used <= 10_000),
                                             z3.Implies(e >= 0, used >= 0), z3.Implies(e <= 0, used <= 0)))
    for fact in FACTS.values():
        if fact.source in ("accounts", "figures", "growth"):
            yield _whole("figures are those of a valid statement", f"{fact.name} {c}financials",
                         lambda figure, state: z3.Implies(figure.there, state.says("valid")))
    yield _whole("a statement has a date", f"{c}financials {c}days_since_financials",
                 lambda state, days: days.there == z3.Not(state.says("none")))
    for fact_name in ("external_score", "external_rating", "external_score_change"):
        yield _whole("a score is that of a valid assessment", f"{c}{fact_name} {c}assessment",
                     lambda score, state: z3.Implies(score.there, state.says("valid")))
    yield _whole("a change is one of a score", f"{c}external_score_change {c}external_score",
                 lambda change, score: z3.Implies(change.there, score.there))
    yield _whole("an assessment has a date", f"{c}assessment {c}days_since_assessment",
                 lambda state, days: days.there == z3.Not(state.says("none")))
    yield _law("a bad reference is a reference", f"{c}bad_references {c}trade_references", _at_most)
    yield _together("an outlook began on a day", f"{c}market_outlook {c}days_since_market_outlook")
    yield _law("securities are insurance, guarantees and collateral",
               f"{c}insured_amount {c}guaranteed_amount {c}secured_amount", lambda i, g, all_: all_ == i + g)
    yield _whole("a credit hold began on a day", f"{c}credit_hold {c}days_on_credit_hold",
                 lambda held, days: days.there == (held.value == 1))
    yield _law("a suspended hold holds nobody", f"{c}credit_hold {c}hold_suspended",
               lambda held, lifted: held + lifted <= 1)
    yield _whole("a review that is called for is due on a day", f"{c}review_open {c}days_until_review",
                 lambda open_, days: days.there == (open_.value == 1))
    for of in ("limit", "terms"):
        yield _whole("steps were taken on a day", f"{c}{of}_steps {c}days_since_{of}_step",
                     lambda steps, days: z3.Implies(days.missing, steps.value == 0))


def _at_most(part: z3.ArithRef, whole: z3.ArithRef) -> z3.BoolRef:
    """The part is at most the whole."""
    return part <= whole


def _smaller(one: Term, other: Term, least: Term) -> z3.BoolRef:
    """The smaller of those that are there."""
    both = z3.If(one.value <= other.value, one.value, other.value)
    return z3.And(
        z3.Implies(z3.And(one.there, other.there), least.value == both),
        z3.Implies(z3.And(one.there, other.missing), least.value == one.value),
        z3.Implies(z3.And(one.missing, other.there), least.value == other.value),
    )


LAWS: tuple[Law, ...] = (
    *_of_receivable(),
    *_prefixed(""),
    *_of_both(),
    *_owing(),
    *_prefixed("customer."),
    *_paying(),
    *_credit(),
)
