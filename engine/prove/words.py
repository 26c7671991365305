"""A counter-example as a controller says it: `a receivable 31 days past due of 80.00 EUR, in segment retail`.

Comes in: an Example, the subject, the currency of its amounts. Goes out: text.
Know before changing: age and amount of a receivable are said wherever they are known; every other fact only where it differs from
what a case takes for granted.
"""

from engine.facts import FACTS, FactType
from engine.policy.model import All, Any, Comparison, Condition, MonthEnd, Nor, Subject, finding_text, value_text
from engine.prove.example import Example, Value

_AGE, _AMOUNT = "days_past_due", "open_amount"
_PLAIN = " of whom nothing is known"


def told(example: Example, subject: Subject, currency: str) -> str:
    """The subject in words."""
    facts = example.facts
    age = f" {_age(facts[_AGE])}" if facts.get(_AGE) is not None else ""
    amount = f" of {value_text(facts[_AMOUNT], _AMOUNT, currency)}" if facts.get(_AMOUNT) is not None else ""
    rest = [_fact(name, facts[name], currency) for name in example.told if name not in (_AGE, _AMOUNT)]
    day = f" (on {example.as_of})" if any(FACTS[name].type is FactType.DATE for name in example.told) else ""
    about = f", {', '.join(rest)}" if rest and (age or amount) else f" {', '.join(rest)}" if rest else ""
    return f"a {subject.value}{age}{amount}{about or ('' if age or amount else _PLAIN)}{day}"


def said(condition: Condition, currency: str) -> str:
    """A condition in one line, as a policy writes its parts."""
    match condition:
        case Comparison() | MonthEnd():
            return finding_text(condition, currency)
        case All(of):
            return " and ".join(_inner(part, currency) for part in of) or "anything"
        case Any(of):
            return " or ".join(_inner(part, currency) for part in of) or "nothing"
        case Nor(of):
            return "not " + " nor ".join(_inner(part, currency) for part in of)


def _inner(part: Condition, currency: str) -> str:
    """A part of a list; in brackets where it is a list itself."""
    text = said(part, currency)
    return text if isinstance(part, Comparison | MonthEnd) else f"({text})"


def _age(days: Value) -> str:
    """How old a receivable is."""
    assert isinstance(days, int), days
    if days == 0:
        return "due today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} past due" if days > 0 else f"due in {count}"


def _fact(name: str, value: Value, currency: str) -> str:
    """One fact in words."""
    match name, value:
        case "level" | "customer.level", int():
            return f"at level {value}"
        case "customer.segment", str():
            return f"in segment {value}"
        case "dispute", "whole":
            return "disputed as a whole"
        case "dispute", "part":
            return "disputed in part"
        case "promise", "pending" | "broken" | "kept":
            return f"with a promise that is {value}"
        case _, None:
            return f"without {name}"
    if FACTS[name].type is FactType.FLAG:
        return f"with {name}" if value else f"not {name}"
    return f"with {name} {value_text(value, name, currency)}"
