"""From a document to a policy: the schema first, then everything that it cannot see, all problems at once.

Comes in: a Document. Goes out: a Policy, or every problem in it, each at its exact place.
Know before changing: building goes on beside problems, with stand-ins (see cursor.py), so that one pass finds them all; where
both the schema and this module find fault with one value, only one of them speaks.
"""

from collections.abc import Sequence

from engine.errors import Problem, nearest
from engine.policy import document as documents
from engine.policy import literals
from engine.policy.actions import actions, approvals
from engine.policy.breaches import written
from engine.policy.conditions import Scope, condition, scope
from engine.policy.credit import SECTIONS, Stages, credit, stages
from engine.policy.cursor import Cursor
from engine.policy.document import Document
from engine.policy.model import (
    Anchor,
    Boundary,
    Climb,
    Ladder,
    Level,
    Limits,
    Notice,
    Policy,
    Repeat,
    Rule,
    Subject,
    Withhold,
)
from engine.policy.waivers import waivers

KINDS = ("credit", "dunning")
_LATER = (Anchor.PREVIOUS_NOTICE, Anchor.PREVIOUS_DEADLINE)
_WHOLE_BOOK = 10_000


def build(document: Document) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy that the document is, or every reason why it is none: those of the schema and those of meaning."""
    here = Cursor(document, (), document.value)
    kind = _kind(here)
    broken = documents.validate(document, kind)
    policy = _policy(here, kind)
    problems = merged(broken, here.problems)
    return (None if problems else policy), problems


def merged(of_schema: Sequence[Problem], of_meaning: Sequence[Problem]) -> tuple[Problem, ...]:
    """Both, sorted; at one place the meaning speaks where the schema only says that a value is not right, else the schema."""
    vague = {problem for problem in of_schema if problem.code in ("wrong-value", "unknown-fact")}
    meant = {problem.where for problem in of_meaning}
    kept = {problem for problem in of_schema if problem not in vague or problem.where not in meant}
    return documents.joined(kept, of_meaning)


def _kind(here: Cursor) -> str:
    """Which kind of policy it is; where it does not rightly say so, the one that it looks like, so that little else is wrong."""
    kind = here.at("kind")
    if kind.value in KINDS:
        return kind.text()
    hint = nearest(kind.text(), KINDS)
    if isinstance(kind.value, str):
        message = f"{written(kind.value)} is not a kind of policy{hint or '; write ' + ' or '.join(KINDS)}"
        kind.wrong("wrong-value", message)
    looks_like_credit = "'credit'" in hint or (not hint and any(here.has(section) for section in SECTIONS))
    return "credit" if looks_like_credit else "dunning"


def _policy(here: Cursor, kind: str) -> Policy:
    """The policy, of stand-ins where something is wrong."""
    of_credit = kind == "credit"
    currency = literals.currency(here.at("currency"))
    subject = Subject.CUSTOMER if of_credit else here.word("subject", Subject, Subject.RECEIVABLE)
    plain = scope(subject, currency)
    known = stages(here, plain) if of_credit else Stages(plain, plain, plain)
    _check_decides(
        here, ("ratings", "limit", "terms", "holds", "rules", "orders") if of_credit else ("ladder", "rules")
    )
    return Policy(
        name=here.at("policy").text(),
        kind=kind,
        version=here.at("version").whole(),
        effective_from=literals.date(here.at("effective_from")),
        summary=here.at("summary").text(),
        currency=currency,
        subject=subject,
        covers=here.maybe("covers", lambda part: condition(part, known.first)),
        priority=here.at("priority").whole(),
        limits=_limits(here.at("limits")),
        withhold=_withhold(here.at("withhold"), known.first),
        ladder=None if of_credit else here.maybe("ladder", lambda part: _ladder(part, plain, subject)),
        rules=_rules(here.at("rules"), known.last, subject),
        approvals=approvals(here.at("approvals"), plain),
        credit=credit(here, known) if of_credit else None,
        digest=documents.digest(here.value),
        text=here.document.text,
        file=here.document.file,
        place=here.place,
        waivers=waivers(here.at("waivers")),
    )


def _check_decides(here: Cursor, sections: tuple[str, ...]) -> None:
    """A policy that decides nothing is in nobody's interest."""
    if not any(here.has(section) for section in sections):
        listed = ", ".join(f"'{section}'" for section in sections[:-1]) + f" nor '{sections[-1]}'"
        here.wrong("nothing-to-do", f"the policy has neither {listed}, so it decides nothing; add one of them")


def _limits(here: Cursor) -> Limits:
    """The caps on one run."""
    share = here.maybe("percent_of_book", lambda part: literals.share(part, most=_WHOLE_BOOK))
    return Limits(here.maybe("customers", Cursor.whole), share)


def _withhold(here: Cursor, within: Scope) -> tuple[Withhold, ...]:
    """The reasons to do nothing; each has its own word."""
    here.distinct("because", "duplicate-reason")
    return tuple(
        Withhold(item.at("because").text(), condition(item.at("when"), within), item.place) for item in here.elements()
    )


def _rules(here: Cursor, within: Scope, subject: Subject) -> tuple[Rule, ...]:
    """The rules beside the ladder; each has its own id."""
    here.distinct("id", "duplicate-rule")
    return tuple(
        Rule(
            item.at("id").text(),
            condition(item.at("when"), within),
            actions(item.at("then"), within, subject, of_ladder=False),
            item.place,
        )
        for item in here.elements()
    )


def _ladder(here: Cursor, within: Scope, subject: Subject) -> Ladder:
    """The ladder with its levels, each with its own anchor and boundary."""
    anchor = here.word("anchor", Anchor, Anchor.DUE_DATE)
    boundary = here.word("boundary", Boundary, Boundary.ON)
    tolerance = here.maybe("tolerance", lambda part: literals.amount(part, within.currency)) or 0
    if tolerance < 0:
        here.at("tolerance").wrong(
            "out-of-range", f"{written(here.at('tolerance').value)} is negative; write 0 or more"
        )
    levels = tuple(_level(item, within, subject, anchor, boundary) for item in here.at("levels").elements())
    _check_levels(list(here.at("levels").elements()), levels)
    return Ladder(
        climb=here.word("climb", Climb, Climb.ONE_LEVEL),
        days_between_notices=here.at("days_between_notices").whole(),
        interval_scope=here.word("interval_scope", Subject, Subject.RECEIVABLE),
        tolerance=tolerance,
        after_last=here.at("after_last").maybe("repeat", _repeat),
        levels=levels,
        place=here.document.key_place(here.path),
    )


def _repeat(here: Cursor) -> Repeat:
    """How the last level's actions are repeated."""
    return Repeat(here.at("every_days").whole(), here.at("at_most").whole())


def _level(here: Cursor, within: Scope, subject: Subject, anchor: Anchor, boundary: Boundary) -> Level:
    """One level; where it says no anchor or boundary of its own, it has the ladder's."""
    return Level(
        number=here.at("level").whole(),
        name=here.at("name").text(),
        after_days=here.at("after_days").whole(),
        month_end=here.at("month_end").flag(),
        anchor=here.word("anchor", Anchor, anchor),
        boundary=here.word("boundary", Boundary, boundary),
        when=here.maybe("when", lambda part: condition(part, within)),
        then=actions(here.at("then"), within, subject, of_ladder=True),
        place=here.place,
    )


def _check_levels(parts: list[Cursor], levels: tuple[Level, ...]) -> None:
    """Levels are numbered 1 to n, and none waits for a notice or deadline that no level before it can have set."""
    for index, (part, level) in enumerate(zip(parts, levels, strict=True)):
        number = part.at("level")
        if isinstance(number.value, int) and level.number != index + 1:
            number.wrong(
                "level-number", f"this is level {index + 1}, not {level.number}; number the levels 1, 2, 3 and so on"
            )
        if level.anchor in _LATER:
            _check_earlier(part, level, levels[:index])


def _check_earlier(part: Cursor, level: Level, earlier: tuple[Level, ...]) -> None:
    """What a later anchor counts from must have been set at an earlier level."""
    where = part.at("anchor") if part.has("anchor") else part.at("after_days")
    notices = [action for other in earlier for action in other.then if isinstance(action, Notice)]
    if not notices:
        where.wrong(
            "no-earlier-notice",
            f"no level before this one sends a notice, so '{level.anchor}' is never set; use due_date",
        )
    elif level.anchor is Anchor.PREVIOUS_DEADLINE and all(notice.pay_within_days is None for notice in notices):
        where.wrong(
            "no-deadline", "no notice before this level has 'pay_within_days', so there is no deadline; add it there"
        )
    elif level.after_days < 0:
        part.at("after_days").wrong(
            "out-of-range", f"{level.after_days} days from '{level.anchor}' is before it; write 0 or more"
        )
