"""The preview as a controller reads it: totals first, then every action, then what is withheld and what nobody covers.

Comes in: a plan. Goes out: text, no line of it wider than asked for.
Know before changing: nothing is computed here that the plan does not say; the text of a plan is always the same text.
Colour is an argument, so that NO_COLOR and pipes are the command line's business.
"""

from collections.abc import Iterable

from engine.act.admission import over_limit, waiting
from engine.act.values import Plan, Withheld
from engine.report import actions, credit_actions, summary, words
from engine.report.tables import NARROWEST, Column, Paint, Row, Table, clip, lines, more, painter, wrap

ROWS = 20
_NO_END = "9999-12-31T23:59:59Z"


def preview(plan: Plan, *, width: int = 100, colour: bool = False, limit: int | None = ROWS) -> str:
    """The whole plan as text; at most `limit` rows of each table (None: all), each table says how many are missing."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    parts = [_head(plan, width, paint), *_totals(plan, width, paint)]
    parts += _actions(plan, width, paint, limit)
    parts += _withheld(plan, width, paint, limit)
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(plan: Plan, width: int, paint: Paint) -> tuple[str, ...]:
    """Of which date the plan is, under which id it is applied, and in one sentence what it holds."""
    title = f"Plan as of {plan.as_of}"
    if plan.known_at != _NO_END:
        title += f", as the book was known at {plan.known_at}"
    id_text = f"plan {words.digest(plan.id)}"
    first = f"{paint(title, 'title')}{' ' * max(2, width - len(title) - len(id_text))}{paint(id_text, 'heading')}"
    if not plan.actions:
        sentence = "Nothing to do"
    else:
        customers = len({action.customer_id for action in plan.actions})
        sentence = f"{words.count(len(plan.actions), 'action')} on {words.count(customers, 'customer')}"
    sentence += f"; {words.count(len(plan.withheld), 'action')} withheld." if plan.withheld else "; nothing withheld."
    if plan.uncovered_customers:
        sentence += f" No credit policy covers {words.count(plan.uncovered_customers, 'customer')}."
    alerts = [
        paint(part, "warning") for each in (*over_limit(plan), *waiting(plan)) for part in _marked(each.message, width)
    ]
    return (first, clip(sentence, width), *alerts)


def _marked(text: str, width: int) -> tuple[str, ...]:
    """A warning behind a mark, its further lines below its first word."""
    first, *rest = wrap(text, width, indent="  ")
    return (f"! {first[2:]}", *rest)


def _totals(plan: Plan, width: int, paint: Paint) -> Iterable[tuple[str, ...]]:
    """The sections of totals that have something to say."""
    sections = (
        summary.policies(plan),
        summary.happens(plan),
        summary.limits(plan),
        summary.withheld(plan),
        summary.uncovered(plan),
        summary.touched(plan),
    )
    for title, table in sections:
        if table.rows:
            yield (paint(title, "title"), *lines(table, width, paint, indent=2))


def _actions(plan: Plan, width: int, paint: Paint, limit: int | None) -> Iterable[tuple[str, ...]]:
    """One table per kind of action."""
    for kind in words.KINDS:
        mine = [action for action in plan.actions if action.kind == kind]
        if mine:
            title = f"{words.PLURALS[kind]}: {len(mine):,}"
            told = wrap(said, width) if (said := credit_actions.sentence(kind, mine)) else ()
            table = lines(actions.table(kind, mine, limit), width, paint)
            yield (paint(title, "title"), *(paint(line, "quiet") for line in told), *table)


def _withheld(plan: Plan, width: int, paint: Paint, limit: int | None) -> Iterable[tuple[str, ...]]:
    """One table per decisive reason, with a sentence on what the reason means."""
    for reason in sorted({each.reasons[0] for each in plan.withheld}):
        mine = sorted((each for each in plan.withheld if each.reasons[0] == reason), key=_order)
        title = clip(f"Withheld because {reason}: {len(mine):,}", width)
        meaning = wrap(words.REASONS[reason], width) if reason in words.REASONS else ()
        table = _withheld_table(mine, limit)
        yield (paint(title, "title"), *(paint(line, "quiet") for line in meaning), *lines(table, width, paint))


def _withheld_table(stopped: list[Withheld], limit: int | None) -> Table:
    """What was called for and stopped: whom, which receivable, how old, how much, what, by which rule."""
    columns = (
        Column("customer", least=18),
        Column("receivable", least=12),
        Column("days", right=True),
        Column("amount", right=True),
        Column(""),
        Column("what"),
        Column("level"),
        Column("policy: rule", least=16),
    )
    rows = [row for each in stopped[:limit] for row in _stopped(each, len(columns))]
    if limit is not None and len(stopped) > limit:
        rows.append(more(len(stopped) - limit, len(columns)))
    return Table(columns, tuple(rows))


def _stopped(each: Withheld, width: int) -> Iterable[Row]:
    """One withheld action, and below it the reasons that would have stopped it as well."""
    yield Row(
        (
            words.customer(each),
            each.receivable or "",
            "" if each.days_past_due is None or each.kind in words.CREDIT else str(each.days_past_due),
            words.at_stake(each),
            each.currency if words.at_stake(each) else "",
            words.KINDS[each.kind],
            words.level(each),
            words.rule(each),
        )
    )
    if each.reasons[1:]:
        yield Row((f"  also {', '.join(each.reasons[1:])}", *("" for _ in range(width - 1))), "quiet")


def _order(each: Withheld) -> tuple[str, int, str, str, str, str, str]:
    """By currency the largest amount first, then by customer, receivable and rule."""
    return (each.currency, -each.amount, each.customer, each.receivable or "", each.policy, each.rule, each.kind)
