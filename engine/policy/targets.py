"""The credit limit and the payment terms of a credit policy: the rules that work them out, and the steps that move them.

Comes in: a Cursor at the section. Goes out: a LimitSection or TermsSection, and what the schema could not see.
Know before changing: a rule says its amount in exactly one way: `amount`, `percent` with `of`, or `smallest_of`.
"""

from engine.facts import FactType
from engine.policy import literals
from engine.policy.breaches import written
from engine.policy.conditions import Scope, condition
from engine.policy.credit_model import LimitRule, LimitSection, Share, Steps, TermsRule, TermsSection
from engine.policy.cursor import Cursor
from engine.policy.model import Condition

_WAYS = ("amount", "percent", "smallest_of")
_WHOLE = 10_000


def limit(here: Cursor, within: Scope) -> LimitSection:
    """The rules of the limit, each with its own id."""
    here.at("rules").distinct("id", "duplicate-rule")
    return LimitSection(
        change_hundredths=here.maybe("change_by_percent", lambda part: literals.share(part, least=0, most=_WHOLE)) or 0,
        valid_days=here.maybe("valid_days", Cursor.whole),
        rules=tuple(_limit_rule(item, within) for item in here.at("rules").elements()),
        steps=here.maybe("steps", lambda part: _steps(part, within, part.maybe("percent", _step_size) or 1)),
        place=here.document.key_place(here.path),
    )


def terms(here: Cursor, within: Scope) -> TermsSection:
    """The rules of the terms, each with its own id."""
    here.at("rules").distinct("id", "duplicate-rule")
    return TermsSection(
        rules=tuple(
            TermsRule(item.at("id").text(), _when(item, within), item.at("days").whole(), item.place)
            for item in here.at("rules").elements()
        ),
        steps=here.maybe("steps", lambda part: _steps(part, within, part.at("days").whole(1))),
        place=here.document.key_place(here.path),
    )


def _when(here: Cursor, within: Scope) -> Condition | None:
    """Its condition; None where it always holds."""
    return here.maybe("when", lambda part: condition(part, within))


def _limit_rule(here: Cursor, within: Scope) -> LimitRule:
    """One rule, with its amount said in one way and its bounds the right way round."""
    _check_ways(here)
    unset = here.has("amount") and here.at("amount").value is None
    currency = within.currency
    amount = None if unset else here.maybe("amount", lambda part: literals.amount_from(part, currency, 0))
    floor = here.maybe("floor", lambda part: literals.amount_from(part, currency, 0))
    cap = here.maybe("cap", lambda part: literals.amount_from(part, currency, 0))
    if floor is not None and cap is not None and floor > cap:
        message = (
            f"the floor {written(here.at('floor').value)} is above the cap {written(here.at('cap').value)}; swap them"
        )
        here.at("floor").wrong("bounds-reversed", message)
    return LimitRule(
        id=here.at("id").text(),
        when=_when(here, within),
        unset=unset,
        amount=amount,
        shares=_shares(here, within),
        floor=floor,
        cap=cap,
        round_to=here.maybe("round_to", lambda part: max(1, literals.amount_from(part, currency, 1))) or 1,
        place=here.place,
    )


def _check_ways(here: Cursor) -> None:
    """The amount is said in exactly one way; where none is set there is nothing to bound."""
    ways = [key for key in _WAYS if here.has(key)]
    if not ways and not here.has("of"):
        here.wrong("missing-key", "'amount', 'percent' or 'smallest_of' is missing: how much the limit is")
    for key in ways[1:]:
        message = f"the limit is '{ways[0]}' already; keep one of '{ways[0]}' and '{key}'"
        here.at(key).wrong("too-many-keys", message, on_key=True)
    if here.has("percent") and not here.has("of"):
        here.wrong("missing-key", "'of' is missing: what it is a percentage of")
    elif here.has("of") and not ways:
        here.wrong("missing-key", "'percent' is missing: how many percent of it")
    elif here.has("of") and "percent" not in ways:
        here.at("of").wrong("unknown-key", "'of' goes with 'percent'; leave it out", on_key=True)
    if ways == ["amount"] and here.at("amount").value is None:
        for key in ("floor", "cap", "round_to"):
            if here.has(key):
                message = f"no limit is set here, so there is nothing that '{key}' could bound; leave it out"
                here.at(key).wrong("unknown-key", message, on_key=True)


def _shares(here: Cursor, within: Scope) -> tuple[Share, ...]:
    """The shares of facts, of which the smallest counts."""
    if here.has("percent"):
        return (_share(here, within),)
    return tuple(_share(item, within) for item in here.at("smallest_of").elements())


def _share(here: Cursor, within: Scope) -> Share:
    """So many percent of an amount."""
    hundredths = literals.share(here.at("percent")) if here.has("percent") else 1
    literals.fact_of(here.at("of"), (FactType.MONEY,), within.facts)
    return Share(hundredths, here.at("of").text())


def _step_size(here: Cursor) -> int:
    """How much of the rule's amount a step is."""
    return literals.share(here, most=_WHOLE)


def _steps(here: Cursor, within: Scope, size: int) -> Steps:
    """Dynamic adjustment; each condition has a step that it can take."""
    most, lowest = here.at("most").whole(), here.at("lowest").whole()
    if not here.has("raise_when") and not here.has("lower_when"):
        here.wrong("missing-key", "'raise_when' or 'lower_when' is missing: when a step is taken")
    if here.has("most") and most + lowest == 0 and not here.at("most").refused():
        here.at("most").wrong("out-of-range", "0 steps up and 0 down are none at all; write 1 or more")
    return Steps(
        every_days=here.at("every_days").whole(1),
        size=size,
        most=most,
        lowest=lowest,
        raise_when=here.maybe("raise_when", lambda part: condition(part, within)),
        lower_when=here.maybe("lower_when", lambda part: condition(part, within)),
        place=here.document.key_place(here.path),
    )
