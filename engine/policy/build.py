"""From a document to a policy: the schema first, then everything that it cannot see, all problems at once.

Comes in: a Document. Goes out: a Policy, or every problem in it, each at its exact place.
Know before changing: building goes on beside problems, with stand-ins (see cursor.py), so that one pass finds them all; where
both the schema and this module find fault with one value, only one of them speaks.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

from engine.errors import Problem
from engine.policy import document as documents
from engine.policy import literals
from engine.policy.breaches import written
from engine.policy.conditions import Scope, condition, scope
from engine.policy.cursor import Cursor
from engine.policy.document import Document
from engine.policy.model import (
    Action,
    Alert,
    Anchor,
    Boundary,
    Channel,
    Climb,
    CreditHold,
    HandOver,
    Ladder,
    LateFee,
    Level,
    Limits,
    Notice,
    OncePer,
    Policy,
    ReleaseCreditHold,
    Repeat,
    Rule,
    Subject,
    Task,
    Withhold,
)

E = TypeVar("E", bound=StrEnum)

_LATER = (Anchor.PREVIOUS_NOTICE, Anchor.PREVIOUS_DEADLINE)
_WHOLE_BOOK = 10_000


def build(document: Document) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy that the document is, or every reason why it is none: those of the schema and those of meaning."""
    here = Cursor(document, (), document.value)
    broken = documents.validate(document, "dunning")
    policy = _policy(here)
    problems = merged(broken, here.problems)
    return (None if problems else policy), problems


def merged(of_schema: Sequence[Problem], of_meaning: Sequence[Problem]) -> tuple[Problem, ...]:
    """Both, sorted; at one place the meaning speaks where the schema only says that a value is not right, else the schema."""
    vague = {problem for problem in of_schema if problem.code in ("wrong-value", "unknown-fact")}
    meant = {problem.where for problem in of_meaning}
    kept = {problem for problem in of_schema if problem not in vague or problem.where not in meant}
    return documents.joined(kept, of_meaning)


def _policy(here: Cursor) -> Policy:
    """The policy, of stand-ins where something is wrong."""
    currency = literals.currency(here.at("currency"))
    subject = _word(here, "subject", Subject, Subject.RECEIVABLE)
    within = scope(subject, currency)
    if not here.has("ladder") and not here.has("rules"):
        here.wrong(
            "nothing-to-do", "the policy has neither 'ladder' nor 'rules', so it decides nothing; add one of them"
        )
    return Policy(
        name=here.at("policy").text(),
        kind=here.at("kind").text(),
        version=here.at("version").whole(),
        effective_from=literals.date(here.at("effective_from")),
        summary=here.at("summary").text(),
        currency=currency,
        subject=subject,
        covers=here.maybe("covers", lambda part: condition(part, within)),
        priority=here.at("priority").whole(),
        limits=_limits(here.at("limits")),
        withhold=_withhold(here.at("withhold"), within),
        ladder=here.maybe("ladder", lambda part: _ladder(part, within, subject)),
        rules=_rules(here.at("rules"), within, subject),
        approvals=(),
        credit=None,
        digest=documents.digest(here.value),
        text=here.document.text,
        file=here.document.file,
        place=here.place,
    )


def _limits(here: Cursor) -> Limits:
    """The caps on one run."""
    share = here.maybe("percent_of_book", literals.hundredths)
    if share is not None and not 0 < share <= _WHOLE_BOOK:
        part = here.at("percent_of_book")
        part.wrong("out-of-range", f"{written(part.value)} is out of range; write more than 0 and at most 100")
    return Limits(here.maybe("customers", Cursor.whole), share)


def _withhold(here: Cursor, within: Scope) -> tuple[Withhold, ...]:
    """The reasons to do nothing; each has its own word."""
    _distinct(here, "because", "duplicate-reason")
    return tuple(
        Withhold(item.at("because").text(), condition(item.at("when"), within), item.place) for item in here.elements()
    )


def _rules(here: Cursor, within: Scope, subject: Subject) -> tuple[Rule, ...]:
    """The rules beside the ladder; each has its own id."""
    _distinct(here, "id", "duplicate-rule")
    return tuple(
        Rule(
            item.at("id").text(),
            condition(item.at("when"), within),
            _actions(item.at("then"), within, subject, of_ladder=False),
            item.place,
        )
        for item in here.elements()
    )


def _distinct(here: Cursor, key: str, code: str) -> None:
    """No two items of the list have the same text behind the key."""
    seen: dict[str, int] = {}
    for item in here.elements():
        part = item.at(key)
        word = part.text()
        if word and word in seen:
            part.wrong(code, f"'{word}' stands in line {seen[word]} already; give each its own")
        seen.setdefault(word, part.place.line)


def _ladder(here: Cursor, within: Scope, subject: Subject) -> Ladder:
    """The ladder with its levels, each with its own anchor and boundary."""
    anchor = _word(here, "anchor", Anchor, Anchor.DUE_DATE)
    boundary = _word(here, "boundary", Boundary, Boundary.ON)
    tolerance = here.maybe("tolerance", lambda part: literals.amount(part, within.currency)) or 0
    if tolerance < 0:
        here.at("tolerance").wrong(
            "out-of-range", f"{written(here.at('tolerance').value)} is negative; write 0 or more"
        )
    levels = tuple(_level(item, within, subject, anchor, boundary) for item in here.at("levels").elements())
    _check_levels(list(here.at("levels").elements()), levels)
    return Ladder(
        climb=_word(here, "climb", Climb, Climb.ONE_LEVEL),
        days_between_notices=here.at("days_between_notices").whole(),
        interval_scope=_word(here, "interval_scope", Subject, Subject.RECEIVABLE),
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
        anchor=_word(here, "anchor", Anchor, anchor),
        boundary=_word(here, "boundary", Boundary, boundary),
        when=here.maybe("when", lambda part: condition(part, within)),
        then=_actions(here.at("then"), within, subject, of_ladder=True),
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


def _actions(here: Cursor, within: Scope, subject: Subject, *, of_ladder: bool) -> tuple[Action, ...]:
    """The actions in their order."""
    return tuple(_actions_of(here, within, subject, of_ladder=of_ladder))


def _actions_of(here: Cursor, within: Scope, subject: Subject, *, of_ladder: bool) -> Iterator[Action]:
    """Each action; a fee must have a receivable to be charged on, and levels where it is charged once for each."""
    for item in here.elements():
        for part in item.members():
            if part.key not in _ACTIONS:
                continue
            action = _ACTIONS[part.key](part, within)
            if isinstance(action, LateFee):
                _check_fee(part, action, subject, of_ladder=of_ladder)
            yield action


def _check_fee(here: Cursor, fee: LateFee, subject: Subject, *, of_ladder: bool) -> None:
    """A fee is on one receivable, more than nothing, and counts levels only where there are some."""
    if subject is Subject.CUSTOMER:
        message = "a late fee is charged on a receivable, and this policy decides about customers; charge it in another policy"
        here.wrong("fee-without-receivable", message, on_key=True)
    if fee.once_per is OncePer.LEVEL and not of_ladder:
        here.at("once_per").wrong("fee-without-level", "a rule has no levels to charge it once for; write receivable")


def _notice(here: Cursor, _: Scope) -> Notice:
    """A notice; its second channel differs from the first."""
    channel = _word(here, "channel", Channel, Channel.EMAIL)
    otherwise = here.maybe("otherwise", lambda part: _chosen(part, Channel, Channel.LETTER))
    if otherwise is channel:
        here.at("otherwise").wrong(
            "same-channel", f"'{channel}' is the first channel already; write another, or leave it out"
        )
    return Notice(channel, here.at("template").text(), otherwise, here.maybe("pay_within_days", Cursor.whole))


def _task(here: Cursor, _: Scope) -> Task:
    """Work by hand."""
    return Task(here.at("what").text(), here.maybe("note", Cursor.text), here.at("within_days").whole())


def _late_fee(here: Cursor, within: Scope) -> LateFee:
    """A fee of a fixed amount."""
    amount = literals.amount(here.at("amount"), within.currency)
    if isinstance(here.at("amount").value, int | str) and amount <= 0 and not _refused(here.at("amount")):
        here.at("amount").wrong("out-of-range", f"{written(here.at('amount').value)} is no fee; write more than 0")
    return LateFee(amount, _word(here, "once_per", OncePer, OncePer.RECEIVABLE))


def _refused(here: Cursor) -> bool:
    """Whether a problem stands here already."""
    return any(problem.where == here.place for problem in here.problems)


def _alert(here: Cursor, _: Scope) -> Alert:
    """A message to somebody of ours."""
    return Alert(here.at("to").text(), here.at("severity").text(), here.maybe("note", Cursor.text))


def _word(here: Cursor, key: str, words: type[E], default: E) -> E:
    """The word behind the key, or the default where there is no such key."""
    return _chosen(here.at(key), words, default) if here.has(key) else default


def _chosen(here: Cursor, words: type[E], default: E) -> E:
    """The word here; the schema has refused any other."""
    return words(here.value) if here.value in [word.value for word in words] else default


_ACTIONS: dict[str, Callable[[Cursor, Scope], Action]] = {
    "notice": _notice,
    "task": _task,
    "late_fee": _late_fee,
    "credit_hold": lambda here, _: CreditHold(here.at("reason").text()),
    "release_credit_hold": lambda here, _: ReleaseCreditHold(here.at("reason").text()),
    "alert": _alert,
    "hand_over": lambda here, _: HandOver(here.at("to").text(), here.maybe("note", Cursor.text)),
}
