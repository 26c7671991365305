"""The answers of an order check, as a person at the desk reads them and as another program does.

Comes in: Answers. Goes out: text, or plain values for JSON.
Know before changing: a single order is told in full; of many, each has a line, and those that do not pass have their reasons
below. Amounts in JSON are texts in the currency's own decimals, `null` where there is none, which is not 0.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from engine import money
from engine.act.orders import Answer
from engine.decide.order_law import Reason, Standing
from engine.policy.credit_model import Verdict
from engine.report import words
from engine.report.tables import NARROWEST, Column, Paint, Row, Table, clean, clip, lines, painter, wrap

_STYLES = {Verdict.APPROVE: "good", Verdict.REFER: "warning", Verdict.REFUSE: "warning"}


def text(answers: Sequence[Answer], as_of: str, *, width: int = 100, colour: bool = False) -> str:
    """One order in full, or many in a table with the reasons of those that do not pass."""
    paint, width = painter(colour=colour), max(width, NARROWEST)
    if len(answers) == 1:
        return "\n".join(_full(answers[0], as_of, width, paint)) + "\n"
    if not answers:
        return "No order came, so none is judged.\n"
    return "\n".join(_many(answers, as_of, width, paint)) + "\n"


def to_json(answer: Answer) -> dict[str, object]:
    """An answer as plain values."""
    order, standing = answer.order, answer.standing
    amounts = {
        "amount": answer.value,
        "effective_limit": standing.effective_limit,
        "limit": standing.limit,
        "temporary_limit": standing.temporary_limit,
        "group_limit": standing.group_limit,
        "exposure": standing.exposure,
        "group_exposure": standing.group_exposure,
        "approved_before": standing.taken,
        "group_approved_before": standing.group_taken,
        "headroom": standing.headroom,
        "own_headroom": standing.own_headroom,
        "group_headroom": standing.group_headroom,
    }
    return {
        "customer": order.customer,
        "name": answer.name,
        "reference": order.reference,
        "amount": money.plain(order.amount, order.currency),
        "currency": order.currency,
        "verdict": str(answer.verdict),
        "reasons": [
            {
                "name": reason.name,
                "verdict": str(reason.verdict),
                "because": reason.because,
                "place": reason.place or None,
                "remedies": list(reason.remedies),
            }
            for reason in answer.reasons
        ],
        "largest_within_limit": None if answer.most is None else money.plain(answer.most, order.currency),
        "judged": {"currency": standing.currency}
        | {name: None if one is None else money.plain(one, standing.currency) for name, one in amounts.items()},
        "policy": answer.policy,
        "version": answer.version,
        "built_in": answer.built_in,
    }


def _full(answer: Answer, as_of: str, width: int, paint: Paint) -> Iterator[str]:
    """Verdict, who judged, reasons, remedies, and where the customer stands."""
    order = answer.order
    amount = f"{money.written(order.amount, order.currency)} {order.currency}"
    title = f"{str(answer.verdict).upper()}: {amount} for {_customer(answer)}, as of {as_of}"
    yield paint(clip(clean(title), width), _STYLES[answer.verdict])
    if order.currency != answer.standing.currency:
        yield f"That is {answer.standing.written(answer.value)}."
    yield from wrap(judged_by(answer), width)
    yield ""
    yield paint("Reasons", "title")
    for reason in answer.reasons:
        yield from _reason(reason, width, paint)
    remedies = [reason.remedies for reason in answer.reasons if reason.remedies]
    if remedies:
        yield ""
        yield paint("What would make it pass" + (", all of this together" if len(remedies) > 1 else ""), "title")
        for several in remedies:
            yield from _wrapped(", or ".join(several), width)
    yield ""
    yield from lines(_table(answer.standing), width, paint)


def _reason(reason: Reason, width: int, paint: Paint) -> Iterator[str]:
    """A reason with its verdict, and where the policy says so."""
    place = f" ({reason.place})" if reason.place else ""
    yield from _wrapped(f"{reason.verdict}: {reason.name}: {reason.because}{place}", width)


def _wrapped(sentence: str, width: int) -> Iterator[str]:
    """A sentence behind a dash, its other lines below its first word."""
    first, *rest = wrap(sentence, width, indent="    ")
    yield f"  - {first.removeprefix('    ')}"
    yield from rest


def judged_by(answer: Answer) -> str:
    """Who judged: the policy, or the built-in rules, and why these."""
    built_in = "judged by the built-in rules: what is beyond the limit, or has no limit, is referred"
    if answer.policy is None:
        return f"No credit policy covers the customer; {built_in}."
    by = f"{answer.policy} v{answer.version}, {answer.file}"
    return f"{by} says nothing of orders; {built_in}." if answer.built_in else f"Judged by {by}."


def _table(standing: Standing) -> Table:
    """Limit, exposure and headroom, the customer's own and the group's."""
    currency = standing.currency
    own, exposure = _limit(standing.limit, currency), words.amount(standing.exposure, currency)
    kind = "own, temporary limit" if standing.temporary_limit is not None else "own"
    rows = [
        Row((kind, own, exposure, _some(standing.taken, currency), words.amount(standing.own_headroom, currency))),
    ]
    if standing.group_limit is not None:
        shared = standing.exposure if standing.group_exposure is None else standing.group_exposure
        rows.append(
            Row(
                (
                    "group",
                    _limit(standing.group_limit, currency),
                    words.amount(shared, currency),
                    _some(standing.group_taken, currency),
                    words.amount(standing.group_headroom, currency),
                )
            )
        )
    headings = ("limit", "exposure", "approved before", "headroom")
    return Table((Column(f"in {currency}"), *(Column(heading, right=True) for heading in headings)), tuple(rows))


def _limit(amount: int | None, currency: str) -> str:
    """A limit; none set is not 0."""
    return "not set" if amount is None else money.written(amount, currency)


def _some(amount: int, currency: str) -> str:
    """An amount, or nothing where it is 0."""
    return words.amount(amount or None, currency)


def _many(answers: Sequence[Answer], as_of: str, width: int, paint: Paint) -> Iterator[str]:
    """How many got which verdict, a line for each order, and the reasons of those that do not pass."""
    counts = Counter(answer.verdict for answer in answers)
    said = ", ".join(f"{counts[verdict]:,} to {verdict}" for verdict in Verdict if counts[verdict])
    yield paint(f"{words.count(len(answers), 'order')} as of {as_of}: {said}", "title")
    columns = (
        Column("", right=True),
        Column("customer", least=10),
        Column("reference", least=8),
        Column("amount", right=True),
        Column(""),
        Column("verdict"),
        Column("headroom", right=True),
        Column(""),
    )
    rows = [_row(number, answer) for number, answer in enumerate(answers, start=1)]
    yield from lines(Table(columns, tuple(rows)), width, paint)
    failing = [(number, answer) for number, answer in enumerate(answers, 1) if answer.verdict is not Verdict.APPROVE]
    if failing:
        yield ""
        yield paint("Why, and what would make it pass", "title")
    for number, answer in failing:
        yield clip(clean(f"{number}. {answer.verdict}: {_customer(answer)}"), width)
        for reason in answer.reasons:
            if reason.verdict is not Verdict.APPROVE:
                ways = f"; {', or '.join(reason.remedies)}" if reason.remedies else ""
                yield from _wrapped(f"{reason.name}: {reason.because}{ways}", width)
    yield from _who_judged(answers, width)


def _who_judged(answers: Sequence[Answer], width: int) -> Iterator[str]:
    """Each policy that judged, with how many orders."""
    yield ""
    for said, number in sorted(Counter(judged_by(answer) for answer in answers).items()):
        yield from wrap(f"{words.count(number, 'order')}: {said}", width)


def _row(number: int, answer: Answer) -> Row:
    """The line of an order."""
    order, standing = answer.order, answer.standing
    headroom = standing.headroom
    cells = (
        f"{number:,}",
        _customer(answer),
        order.reference or "",
        money.written(order.amount, order.currency),
        order.currency,
        str(answer.verdict),
        "not set" if headroom is None else money.written(headroom, standing.currency),
        standing.currency,
    )
    return Row(cells, "plain" if answer.verdict is Verdict.APPROVE else "warning")


def _customer(answer: Answer) -> str:
    """Number and name, the number once where they are the same."""
    number = answer.order.customer
    return number if answer.name == number else f"{number} {answer.name}"
