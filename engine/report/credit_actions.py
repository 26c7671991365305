"""The credit actions of a plan: ratings, limits, terms and reviews, a table for each, and what they come to.

Comes in: the actions of one kind. Goes out: layouts of tables, a sentence and a table of totals.
Know before changing: no limit set and a limit of 0.00, which is no credit, are never written the same way. Limits are added up
within one currency only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from engine.act.values import Action
from engine.report import words
from engine.report.layouts import CUSTOMER, Key, Layout, setting
from engine.report.tables import Column, Row, Table

NOT_SET = "not set"
# What may become of a limit, in the order in which a controller asks.
_MOVES = ("raised", "lowered", "set for the first time", "no longer set", "renewed as it is")
_RULE = Column("rule (policy)", least=10)
_STEPS = {"1": ", a step up", "-1": ", a step down"}


def sentence(kind: str, actions: Sequence[Action]) -> str:
    """What the actions of a kind come to, in one sentence; nothing where the table says it all."""
    match kind:
        case "set_rating":
            return _counted(_rating(action) for action in actions)
        case "set_terms":
            return _counted(_direction(action) for action in actions)
        case "review":
            days = sorted(setting(action, "due") for action in actions)
            return f"Due by {days[0]}." if days[0] == days[-1] else f"Due by {days[0]} to {days[-1]}."
        case _:
            return ""


def limits(actions: Iterable[Action]) -> Table:
    """What becomes of the limits: per currency how many are raised, lowered and so on, and by how much."""
    groups: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for action in actions:
        if action.kind == "set_credit_limit":
            before, after = _limits(action)
            groups.setdefault((action.currency, _MOVES.index(_move(action))), []).append((before or 0, after or 0))
    rows = []
    for currency in sorted({currency for currency, _ in groups}):
        mine = [(move, pairs) for (own, move), pairs in sorted(groups.items()) if own == currency]
        rows += [_total(_MOVES[move], pairs, currency) for move, pairs in mine]
        if len(mine) > 1:
            rows.append(_total("in all", [pair for _, pairs in mine for pair in pairs], currency, "strong"))
    columns = (
        Column("limits"),
        Column("customers", right=True),
        Column("before", right=True),
        Column("after", right=True),
        Column("change", right=True),
        Column(""),
    )
    return Table(columns, tuple(rows))


def _total(what: str, pairs: Sequence[tuple[int, int]], currency: str, style: str = "plain") -> Row:
    """Limits of one currency added up; one that is not set counts as nothing."""
    before, after = sum(was for was, _ in pairs), sum(becomes for _, becomes in pairs)
    amounts = (words.amount(before, currency), words.amount(after, currency), words.signed(after - before, currency))
    return Row((what, f"{len(pairs):,}", *amounts, currency), style)


def _limits(action: Action) -> tuple[int | None, int | None]:
    """The limit before and after."""
    given = dict(action.parameters)
    before, after = given["limit_before"], given["limit"]
    assert not isinstance(before, str) and not isinstance(after, str), action.address
    return before, after


def _move(action: Action) -> str:
    """What becomes of a limit, one of _MOVES."""
    before, after = _limits(action)
    if before is None:
        return "set for the first time"
    if after is None:
        return "no longer set"
    return "raised" if after > before else "lowered" if after < before else "renewed as it is"


def _limit(action: Action) -> tuple[str, ...]:
    """Whose limit becomes what, until when, by which rule."""
    before, after = _limits(action)
    change = "" if before is None or after is None else words.signed(after - before, action.currency)
    return (
        words.customer(action),
        NOT_SET if before is None else words.amount(before, action.currency),
        NOT_SET if after is None else words.amount(after, action.currency),
        action.currency,
        change,
        setting(action, "until"),
        _ruled(action),
    )


def _largest_change(action: Action) -> Key:
    """By currency the largest change first; a limit that was or will not be set is one of all of it."""
    before, after = _limits(action)
    return (action.currency, -abs((after or 0) - (before or 0)))


def _terms(action: Action) -> tuple[str, ...]:
    """Whose payment terms become what."""
    before = setting(action, "days_before") or NOT_SET
    return (words.customer(action), before, setting(action, "days"), _ruled(action))


def _days(action: Action) -> tuple[int | None, int]:
    """The days before and after."""
    given = dict(action.parameters)
    before, after = given["days_before"], given["days"]
    assert not isinstance(before, str) and isinstance(after, int), action.address
    return before, after


def _direction(action: Action) -> str:
    """Whether terms become longer or shorter."""
    before, after = _days(action)
    return "for the first time" if before is None else "longer" if after > before else "shorter"


def _largest_shift(action: Action) -> Key:
    """The largest change of days first."""
    before, after = _days(action)
    return (-abs(after - (before or 0)),)


def _rated(action: Action) -> tuple[str, ...]:
    """Who is rated what, with how many points."""
    return (words.customer(action), _rating(action), setting(action, "score"), _policies(action))


def _rating(action: Action) -> str:
    """`B -> A`, or `A for the first time`."""
    before, after = setting(action, "rating_before"), setting(action, "rating")
    return f"{before} -> {after}" if before else f"{after} for the first time"


def _reviewed(action: Action) -> tuple[str, ...]:
    """Whose credit is to be looked at again, and until when."""
    return (words.customer(action), setting(action, "due"), _policies(action))


def _ruled(action: Action) -> str:
    """`by-size, a step up (trade-credit)`: what is cut first is what is the same in most rows."""
    return f"{setting(action, 'rule')}{_STEPS.get(setting(action, 'step'), '')} ({_policies(action)})"


def _policies(action: Action) -> str:
    """The policies of the lines; credit actions are of one."""
    return ", ".join(sorted({line.policy for line in action.lines}))


def _counted(several: Iterable[str]) -> str:
    """`3 A -> B, 2 B -> C.`, the most frequent first."""
    counts = sorted(Counter(several).items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{', '.join(f'{number:,} {what}' for what, number in counts)}."


LAYOUTS: dict[str, Layout] = {
    "set_credit_limit": Layout(
        (
            CUSTOMER,
            Column("before", right=True),
            Column("limit", right=True),
            Column(""),
            Column("change", right=True),
            Column("until"),
            _RULE,
        ),
        _limit,
        _largest_change,
    ),
    "set_terms": Layout(
        (CUSTOMER, Column("days before", right=True), Column("days", right=True), _RULE),
        _terms,
        _largest_shift,
    ),
    "set_rating": Layout(
        (CUSTOMER, Column("rating", least=8), Column("score", right=True), Column("policy", least=8)),
        _rated,
        lambda action: (_rating(action),),
    ),
    "review": Layout(
        (CUSTOMER, Column("due"), Column("policy", least=8)),
        _reviewed,
        lambda action: (setting(action, "due"),),
    ),
}
