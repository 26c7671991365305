"""A policy as titled parts with worded values, so that two versions of it can be compared and the difference said.

Comes in: a Policy. Goes out: its Part, in the order of the file; every value that the typed model has stands in one leaf.
Know before changing: a value that stands in no leaf could change in silence. A test changes each value of the starter
policies in turn and wants to read of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from engine.diff.credit_parts import sections
from engine.diff.leaves import (
    Group,
    How,
    Leaf,
    Part,
    amount,
    condition,
    days,
    flag,
    in_days,
    number,
    percent,
    text,
    unique,
)
from engine.policy import document
from engine.policy.document import Steps
from engine.policy.model import (
    Action,
    Alert,
    Approval,
    CreditHold,
    HandOver,
    Ladder,
    LateFee,
    Level,
    Notice,
    Policy,
    ProposeWriteOff,
    ReleaseCreditHold,
    Repeat,
    Review,
    SetCreditLimit,
    SetRating,
    SetTerms,
    Task,
    kind_of,
)

_CALLED = {"late_fee": "fee"}


def part_of(policy: Policy) -> Part:
    """The whole policy."""
    currency = policy.currency
    leaves = (
        text((), "policy", "name", policy.name),
        text((), "kind", "kind", policy.kind),
        number((), "version", "version", policy.version),
        text((), "effective_from", "in force from", policy.effective_from),
        text((), "summary", "summary", policy.summary),
        text((), "currency", "currency of all amounts", currency),
        text((), "subject", "decides about", policy.subject.value),
        condition((), "covers", "covers", policy.covers, currency, "everybody"),
        number((), "priority", "priority", policy.priority),
        number(("limits",), "customers", "most customers in a run", policy.limits.customers),
        percent(("limits",), "percent_of_book", "most of the book in a run", policy.limits.hundredths_of_book),
    )
    return Part(policy.name, "the policy", leaves, tuple(_groups(policy)), ())


def _groups(policy: Policy) -> Iterator[Group]:
    """Everything that comes in lists, and the sections."""
    currency = policy.currency
    yield Group(
        "reasons to withhold",
        unique(
            Part(
                one.because,
                f"reason to withhold '{one.because}'",
                (condition(("withhold", at), "when", "when", one.when, currency),),
                (),
                ("withhold", at),
            )
            for at, one in enumerate(policy.withhold)
        ),
    )
    if policy.ladder:
        yield Group("sections", (_ladder(policy.ladder, currency),))
    if policy.credit:
        yield from sections(policy.credit, currency)
    yield Group(
        "rules",
        unique(
            Part(
                one.id,
                f"rule {one.id}",
                (condition(("rules", at), "when", "when", one.when, currency),),
                (_actions(one.then, f"rule {one.id}", currency, ("rules", at, "then")),),
                ("rules", at),
            )
            for at, one in enumerate(policy.rules)
        ),
    )
    yield Group(
        "approvals", unique(_approval(one, currency, ("approvals", at)) for at, one in enumerate(policy.approvals))
    )
    yield Group("waivers", _waivers(policy))


def _ladder(ladder: Ladder, currency: str) -> Part:
    """How levels are climbed, and the levels."""
    path: Steps = ("ladder",)
    leaves = (
        text(path, "climb", "climb", ladder.climb.value),
        days(path, "days_between_notices", "interval between notices", ladder.days_between_notices),
        text(path, "interval_scope", "notices are counted per", ladder.interval_scope.value),
        amount(path, "tolerance", "tolerance", ladder.tolerance, currency),
        Leaf(
            "after_last", "after the last level", ladder.after_last, _repeat(ladder.after_last), (*path, "after_last")
        ),
    )
    levels = unique(_level(one, currency, (*path, "levels", at)) for at, one in enumerate(ladder.levels))
    return Part("ladder", "the ladder", leaves, (Group("levels", levels, tiled=True),), path)


def _repeat(repeat: Repeat | None) -> str:
    """What follows the last level."""
    return (
        "stop" if repeat is None else f"its actions every {in_days(repeat.every_days)}, at most {repeat.at_most} times"
    )


def _level(level: Level, currency: str, path: Steps) -> Part:
    """One rung."""
    counted = (level.month_end, level.anchor, level.boundary)
    after = f"after {in_days(level.after_days)}"
    title = f"level {level.number}"
    leaves = (
        number(path, "level", "number", level.number),
        text(path, "name", "name", level.name),
        Leaf("after_days", "", level.after_days, after, (*path, "after_days"), How.START, counted),
        flag(path, "month_end", "only from the end of the month", value=level.month_end),
        text(path, "anchor", "days are counted from", level.anchor.value),
        text(path, "boundary", "boundary", level.boundary.value),
        condition(path, "when", "when", level.when, currency),
    )
    return Part(level.name, title, leaves, (_actions(level.then, title, currency, (*path, "then")),), path)


def _actions(then: Sequence[Action], of: str, currency: str, path: Steps) -> Group:
    """What is done, in its order."""
    parts = []
    for at, action in enumerate(then):
        kind = kind_of(action)
        here = (*path, at, kind)
        title = f"the {_CALLED.get(kind, kind.replace('_', ' '))} of {of}"
        parts.append(Part(kind, title, _action(action, currency, here), (), here))
    return Group("actions", unique(parts))


def _action(action: Action, currency: str, path: Steps) -> tuple[Leaf, ...]:
    """Everything that an action says."""
    match action:
        case Notice(channel, template, otherwise, within):
            return (
                text(path, "channel", "channel", channel.value),
                text(path, "template", "template", template),
                text(path, "otherwise", "otherwise by", otherwise.value if otherwise else None),
                days(path, "pay_within_days", "to be paid within", within),
            )
        case Task(what, note, within):
            return (
                text(path, "what", "work", what),
                days(path, "within_days", "due within", within),
                text(path, "note", "note", note),
            )
        case LateFee(minor, once):
            return (amount(path, "amount", "", minor, currency), text(path, "once_per", "once per", once.value))
        case CreditHold(reason) | ReleaseCreditHold(reason):
            return (text(path, "reason", "reason", reason),)
        case Alert(to, severity, note):
            return (
                text(path, "to", "to", to),
                text(path, "severity", "severity", severity),
                text(path, "note", "note", note),
            )
        case HandOver(to, note):
            return (text(path, "to", "to", to), text(path, "note", "note", note))
        case ProposeWriteOff(note):
            return (text(path, "note", "note", note),)
        case SetRating() | SetCreditLimit() | SetTerms() | Review():
            raise AssertionError(f"{action} is concluded by the sections of a credit policy, never written in one")
    assert_never(action)


def _approval(one: Approval, currency: str, path: Steps) -> Part:
    """Who has to agree to what."""
    leaves = (
        amount(path, "above", "above", one.above, currency),
        percent(path, "raise_above_percent", "for a raise above", one.raise_hundredths),
        days(path, "above_days", "for terms above", one.above_days),
    )
    title = f"approval of {one.action} by {one.role}"
    return Part(f"{one.action}/{one.role}", title, leaves, (), path)


def _waivers(policy: Policy) -> tuple[Part, ...]:
    """What is waived; where, is said as the file says it, since places in two files are never the same."""
    if not policy.waivers:
        return ()
    read, _ = document.parse(policy.text, policy.file)
    value = read.value if read else None
    written = value.get("waivers") if isinstance(value, Mapping) else None
    entries = written if isinstance(written, list) else []
    found = []
    for at, one in enumerate(policy.waivers):
        entry = entries[at] if at < len(entries) else None
        within = entry.get("at") if isinstance(entry, Mapping) else None
        path: Steps = ("waivers", at)
        leaves = (
            text(path, "because", "reason", one.because),
            text(path, "until", "until", one.until),
            text(path, "at", "at", None if within is None else document.canonical(within)),
        )
        found.append(Part(one.code, f"waiver of {one.code}", leaves, (), path))
    return unique(found)
