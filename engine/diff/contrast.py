"""What two policies do to one made subject, in words: `NEW leaves a limit of 4,000.00 EUR, and OLD one of 5,000.00 EUR`.

Comes in: a Difference, the policies, the example. Goes out: a sentence.
Know before changing: the values are decided by the engine itself, not read from the proof; where the two disagreed, the sentence
would show two values that are the same, so that is asserted.
"""

from engine.dates import shifted
from engine.decide.credit import IN_BOOK
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.evaluate import Values, holds
from engine.decide.findings import compile_orders, compile_policy
from engine.decide.ordering import ordered, rules_of, section_of, standing_of
from engine.decide.settling import credit_of, limit_of, settled, terms_of
from engine.decide.targets import LIMIT, LIMIT_ENDS, TERMS
from engine.policy.credit_model import Verdict
from engine.policy.model import LateFee, Policy, Review, SetCreditLimit, SetRating, SetTerms, value_text
from engine.prove.differing import FEE, LIMIT_END, ORDERS, RATING, REVIEW, Difference, Side
from engine.prove.differing import LIMIT as OF_LIMIT
from engine.prove.differing import TERMS as OF_TERMS
from engine.prove.example import Example
from engine.prove.outcome import covered

_ANSWERS = {Verdict.APPROVE: "approves", Verdict.REFER: "refers", Verdict.REFUSE: "refuses"}
_LEFT = {
    RATING: "the rating",
    OF_LIMIT: "the limit",
    LIMIT_END: "the end of the limit",
    OF_TERMS: "the days of payment",
}


def contrast(one: Difference, old: Policy, new: Policy, example: Example) -> str:
    """What NEW does and OLD does not, or what each of them leaves the customer with."""
    if one.done is not None:
        does, does_not = ("NEW", "OLD") if one.done else ("OLD", "NEW")
        return f"{does} does {one.kind}, and {does_not} does not"
    if one.kind == ORDERS:
        return _orders(old, new, example)
    if one.kind == FEE and one.side is not Side.OTHERWISE:
        was, now = (value_text(_fees(policy, example), "open_amount", policy.currency) for policy in (old, new))
        return f"NEW charges {now}, and OLD {was}"
    if one.kind not in (RATING, OF_LIMIT, LIMIT_END, OF_TERMS, REVIEW):
        return f"both do {one.kind}, but not in the same way"
    was, now = (left(policy, one.kind, example) for policy in (old, new))
    assert was != now, f"the proof says that {one.kind} differs, and the engine that it does not: {example.facts}"
    if one.kind == REVIEW:
        return f"NEW calls for a review by {now}, and OLD by {was}"
    return f"NEW leaves {_LEFT[one.kind]} at {now}, and OLD at {was}"


def left(policy: Policy, kind: str, example: Example) -> str:
    """What the policy leaves the customer with, decided by the engine."""
    facts, as_of = example.facts, example.as_of
    found = {
        RATING: facts.get(IN_BOOK),
        OF_LIMIT: facts.get(LIMIT),
        OF_TERMS: facts.get(TERMS),
        LIMIT_END: facts.get(LIMIT_ENDS),
    }
    review = "none"
    for call in _done(policy, facts, as_of):
        match call:
            case SetRating(rating):
                found[RATING] = rating
            case SetCreditLimit():
                target, credit = limit_of(credit_of(policy), call, facts).amount, credit_of(policy)
                good = credit.limit.valid_days if credit.limit and target is not None else None
                found |= {OF_LIMIT: target, LIMIT_END: good}
            case SetTerms():
                found[OF_TERMS] = terms_of(credit_of(policy), call, facts).amount
            case Review(within):
                review = shifted(as_of, within)
            case _:
                pass
    return review if kind == REVIEW else _written(kind, found[kind], policy.currency, as_of)


def _fees(policy: Policy, example: Example) -> int:
    """What is charged."""
    return sum(one.amount for one in _done(policy, example.facts, example.as_of) if isinstance(one, LateFee))


def _done(policy: Policy, facts: Values, as_of: str) -> list[object]:
    """The actions that the engine does for somebody with these facts; none where the policy does not cover them."""
    if not holds(covered(policy), facts, as_of):
        return []
    compiled = compile_policy(policy)
    with rulesets(compiled) as rules:
        calls = decide(compiled, rules, row_of(compiled, facts, as_of)).calls
    return [call.action for call in (settled(policy, calls, facts) if policy.credit else calls) if not call.reasons]


def _written(kind: str, value: int | str | None, currency: str, as_of: str) -> str:
    """The value as people write it."""
    match kind, value:
        case _, None:
            return "none"
        case "credit_limit", int():
            return value_text(value, LIMIT, currency)
        case "limit_end", int():
            return shifted(as_of, value)
        case _:
            return str(value)


# -- orders ------------------------------------------------------------------------------------------------------------


def _orders(old: Policy, new: Policy, example: Example) -> str:
    """The smallest order that the two answer otherwise, of those at which an answer turns."""
    standing = standing_of(old, example.facts)
    headroom = standing.headroom or 0
    allowed = [headroom + standing.tolerance(section_of(policy).tolerance_hundredths) for policy in (old, new)]
    for amount in sorted(turn for turn in {1, *(most + more for most in allowed for more in (0, 1))} if turn >= 1):
        was, now = (answer(policy, amount, example) for policy in (old, new))
        if was is not now:
            written = standing.written(amount)
            return f"NEW {_ANSWERS[now]} an order of {written}, and OLD {_ANSWERS[was]} it"
    raise AssertionError(
        f"the proof says that orders are answered otherwise, and the engine that they are not: {example.facts}"
    )


def answer(policy: Policy, amount: int, example: Example) -> Verdict:
    """What an order of that amount gets under the policy."""
    facts = example.facts
    covers = holds(covered(policy), facts, example.as_of)
    compiled = compile_orders(policy)
    with rulesets(compiled) as rules:
        held = rules_of(compiled, rules, facts, example.as_of)
    return ordered(policy, amount, facts, ("held",), held, covered=covers).verdict
