"""What a policy does: its actions, and which of them wait for somebody's approval.

Comes in: a Cursor at a list of actions or approvals. Goes out: typed actions and approvals, and what the schema could not see.
Know before changing: which actions a kind of policy has, its schema says; here stands what each of them means.
"""

from collections.abc import Callable, Iterator

from engine.policy import literals
from engine.policy.breaches import written
from engine.policy.conditions import Scope
from engine.policy.cursor import Cursor
from engine.policy.model import (
    Action,
    Alert,
    Approval,
    Channel,
    CreditHold,
    HandOver,
    LateFee,
    Notice,
    OncePer,
    ProposeWriteOff,
    ReleaseCreditHold,
    Subject,
    Task,
)

# What may bound an approval, with the actions that have such a thing at all.
_BOUNDS = {
    "above": ("late_fee", "hand_over", "propose_write_off", "set_credit_limit"),
    "raise_above_percent": ("set_credit_limit",),
    "above_days": ("set_terms",),
}


def actions(here: Cursor, within: Scope, subject: Subject, *, of_ladder: bool) -> tuple[Action, ...]:
    """The actions in their order."""
    return tuple(_actions(here, within, subject, of_ladder=of_ladder))


def approvals(here: Cursor, within: Scope) -> tuple[Approval, ...]:
    """Which actions wait for whom; a bound stands only with an action that it can bound."""
    return tuple(_approval(item, within) for item in here.elements())


def _actions(here: Cursor, within: Scope, subject: Subject, *, of_ladder: bool) -> Iterator[Action]:
    """Each action; what is charged or written off is a receivable, and levels are counted only where there are some."""
    for item in here.elements():
        for part in item.members():
            if part.key not in _ACTIONS:
                continue
            action = _ACTIONS[part.key](part, within)
            if isinstance(action, LateFee):
                _check_fee(part, action, subject, of_ladder=of_ladder)
            if isinstance(action, ProposeWriteOff) and subject is Subject.CUSTOMER:
                message = "a write-off is of a receivable, and this policy decides about customers; propose it in another policy"
                part.wrong("write-off-without-receivable", message, on_key=True)
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
    channel = here.word("channel", Channel, Channel.EMAIL)
    otherwise = here.word("otherwise", Channel, Channel.LETTER) if here.has("otherwise") else None
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
    if isinstance(here.at("amount").value, int | str) and amount <= 0 and not here.at("amount").refused():
        here.at("amount").wrong("out-of-range", f"{written(here.at('amount').value)} is no fee; write more than 0")
    return LateFee(amount, here.word("once_per", OncePer, OncePer.RECEIVABLE))


def _alert(here: Cursor, _: Scope) -> Alert:
    """A message to somebody of ours."""
    return Alert(here.at("to").text(), here.at("severity").text(), here.maybe("note", Cursor.text))


_ACTIONS: dict[str, Callable[[Cursor, Scope], Action]] = {
    "notice": _notice,
    "task": _task,
    "late_fee": _late_fee,
    "credit_hold": lambda here, _: CreditHold(here.at("reason").text()),
    "release_credit_hold": lambda here, _: ReleaseCreditHold(here.at("reason").text()),
    "alert": _alert,
    "hand_over": lambda here, _: HandOver(here.at("to").text(), here.maybe("note", Cursor.text)),
    "propose_write_off": lambda here, _: ProposeWriteOff(here.maybe("note", Cursor.text)),
}


def _approval(here: Cursor, within: Scope) -> Approval:
    """One entry; without a bound it is for every action of its kind."""
    action = here.at("action").text()
    for key, bounded in _BOUNDS.items():
        if here.has(key) and action not in bounded:
            message = (
                f"'{key}' bounds {', '.join(bounded)}, and '{written(action)[1:-1]}' has no such thing; leave it out"
            )
            here.at(key).wrong("unknown-key", message, on_key=True)
    return Approval(
        action=action,
        role=here.at("role").text(),
        above=here.maybe("above", lambda part: literals.amount_from(part, within.currency, 0)),
        raise_hundredths=here.maybe("raise_above_percent", lambda part: literals.share(part, least=0)),
        above_days=here.maybe("above_days", Cursor.whole),
        place=here.place,
    )
