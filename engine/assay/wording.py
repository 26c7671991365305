"""Cases in words: what was decided, written as a case expects it, and a made subject written as a case gives it.

Comes in: an Outcome, or facts. Goes out: plain values, and their YAML.
Know before changing: what is written here is read back by policy/cases.py; a value that could be read otherwise stands in quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import Enum

from engine import money
from engine.decide.calls import Call
from engine.decide.made import Outcome
from engine.facts import FACTS, FactType
from engine.policy.cases import Case, Expectation
from engine.policy.model import Policy, Review, kind_of

Value = int | str | None
Words = dict[str, object]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./%-]*[A-Za-z0-9.%]|[A-Za-z]|-?[0-9]+(\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TAKEN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# What a conclusion says of an action, so that it need not stand among the actions.
_SPOKEN_FOR = {"set_rating": "rating", "set_credit_limit": "limit", "set_terms": "terms", "review": "review"}
_WIDTH = 120


def expectation(outcome: Outcome, policy: Policy, like: Expectation | None = None, *, exact: bool = False) -> Words:
    """What was decided, as a case writes it. `like`: as much as that expectation said; `exact`: every parameter and the score."""
    if outcome.order:
        said = outcome.order
        why = {"because": list(said.because)} if not like or like.because is not None else {}
        return {"order": said.verdict.value, **why}
    words: Words = dict(_conclusions(outcome, policy, like, exact=exact))
    done = [call for call in outcome.calls if not call.reasons]
    reviewed = any(isinstance(call.action, Review) for call in done)
    if reviewed and (like.review if like else not exact):
        words["review"] = True
    level = next((call.level_to for call in done if call.level_to is not None), None)
    if level is not None:
        words["level"] = level
    actions = list(_actions(done, policy, words, like, exact=exact))
    withheld = sorted({reason for call in outcome.calls for reason in call.reasons})
    if actions or not (words or withheld):
        words["actions"] = actions
    if withheld:
        words["withheld"] = withheld
    if (like.approval is not None) if like else (exact and policy.approvals):
        words["approval"] = list(outcome.approval)
    return words


def block(words: Words, indent: str) -> list[str]:
    """The expectation under its key: on one line where it fits, else a line for each action."""
    line = f"{indent}expect: {flow(words)}"
    several = words.get("actions")
    if len(line) <= _WIDTH and not (isinstance(several, list) and any(isinstance(one, dict) for one in several)):
        return [line]
    lines = [f"{indent}expect:"]
    for key, value in words.items():
        if key == "actions" and isinstance(value, list) and value:
            lines += [f"{indent}  actions:", *(f"{indent}    - {_item(one)}" for one in value)]
        else:
            lines.append(f"{indent}  {key}: {flow(value)}")
    return lines


def case_text(name: str, case: Case, policy: Policy, words: Words) -> str:
    """A case as it stands in cases.yaml, to be copied there."""
    given = {fact: literal(fact, value, policy.currency) for fact, value in case.given.items()}
    lines = [f"  - name: {flow(name)}"]
    if case.held:
        lines.append(f"    held: {flow(list(case.held))}")
    line = f"    given: {flow(given)}"
    lines += (
        [line]
        if len(line) <= _WIDTH
        else ["    given:", *(f"      {key}: {flow(value)}" for key, value in given.items())]
    )
    if case.order is not None:
        lines.append(f"    order: {amount(case.order, policy.currency)}")
    return "\n".join([*lines, *block(words, "    ")]) + "\n"


def literal(fact: str, value: Value, currency: str) -> object:
    """A fact's value as a case writes it: money and percent with a point, flags as true and false."""
    if value is None or isinstance(value, str):
        return value
    match FACTS[fact].type:
        case FactType.MONEY:
            return _Plain(amount(value, currency))
        case FactType.PERCENT:
            whole, part = divmod(abs(value), 100)
            return _Plain(f"{'-' if value < 0 else ''}{whole}" + (f".{part:02d}".rstrip("0") if part else ""))
        case FactType.FLAG:
            return bool(value)
        case _:
            return value


def amount(minor: int, currency: str) -> str:
    """An amount with the currency's decimals and without commas."""
    return money.written(minor, currency).replace(",", "")


def flow(value: object) -> str:
    """A value on one line, as YAML."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _Plain():
            return str(value)
        case str():
            plain = (
                _PLAIN.fullmatch(value) and value.lower() not in _TAKEN and not value[0].isdigit() and value[0] != "-"
            )
            return value if plain else json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return "[" + ", ".join(flow(one) for one in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
        case _:
            raise AssertionError(f"{value!r} is nothing that a case says")


class _Plain(str):
    """A number that is written as it is, without quotes."""

    __slots__ = ()


def _item(action: object) -> str:
    """One action of a list: its kind, or its kind with parameters."""
    if isinstance(action, dict):
        ((kind, parameters),) = action.items()
        return f"{kind}: {flow(parameters)}"
    return flow(action)


def _conclusions(
    outcome: Outcome, policy: Policy, like: Expectation | None, *, exact: bool
) -> Iterator[tuple[str, object]]:
    """Score, rating, limit and terms: those that the case spoke of before, or all that the policy concludes."""
    if outcome.concluded is None or not policy.credit:
        return
    credit = policy.credit
    has: dict[str, object] = {
        "score": exact and credit.scorecard,
        "rating": credit.ratings,
        "limit": credit.limit,
        "valid_days": exact and credit.limit and credit.limit.valid_days,
        "terms": credit.terms,
    }
    named = {name for name, _ in like.concluded} if like else {name for name, section in has.items() if section}
    for name in ("score", "rating", "limit", "valid_days", "terms"):
        if name in named and name in outcome.concluded:
            value = outcome.concluded[name]
            yield name, _Plain(amount(value, policy.currency)) if name == "limit" and isinstance(value, int) else value


def _actions(
    done: list[Call], policy: Policy, words: Words, like: Expectation | None, *, exact: bool
) -> Iterator[object]:
    """The actions that no conclusion speaks for, each with the parameters that the case compared before."""
    before = [(one.kind, [name for name, _ in one.parameters]) for one in like.actions] if like else []
    for call in done:
        kind = kind_of(call.action)
        if call.action is None or _SPOKEN_FOR.get(kind) in words:
            continue
        named = next((names for of, names in sorted(before, key=lambda one: -len(one[1])) if of == kind), None)
        if named is not None:
            before.remove((kind, named))
        own = _parameters(call, policy)
        kept = own if exact else {name: value for name, value in own.items() if name in (named or ())}
        yield {kind: kept} if kept else kind


def _parameters(call: Call, policy: Policy) -> Words:
    """What a case may compare of an action; a note is words for people, and long."""
    found: Words = {}
    for field in fields(call.action) if call.action else ():
        value = getattr(call.action, field.name)
        if value is None or isinstance(value, tuple) or field.name == "note":
            continue
        found[field.name] = value.value if isinstance(value, Enum) else value
        if field.name == "amount":
            found[field.name] = _Plain(amount(value, policy.currency))
    return found
