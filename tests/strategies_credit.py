"""Random credit policies, boundary-heavy, as values.

Comes in: nothing. Goes out: hypothesis strategies: `credit_policy`, and `mixed_sets` of dunning and credit policies together.
Know before changing: conditions come from tests/policies.py; here are the conclusions (`score`, `rating`), with bounds that are
sums of points, so that a score stands exactly on a bound, a margin away, and one point beside it. What the engine computes from
its own last result (`OWN`) is kept out of policies that must not flip.
"""

import itertools
import json
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from engine import money
from engine.facts import FACTS, Fact, FactType
from engine.policy import model
from engine.policy.credit_model import (
    Adjustment,
    Band,
    Characteristic,
    Credit,
    Hold,
    LimitRule,
    LimitSection,
    Rating,
    Ratings,
    ReviewSection,
    Scorecard,
    Share,
    Sooner,
    Steps,
    TermsRule,
    TermsSection,
    Words,
)
from engine.policy.model import Approval, Comparison, Condition, Operator, Policy, Subject
from tests import policies
from tests.policies import (
    BOUNDS,
    HUNDREDTHS,
    comparisons,
    condition_text,
    literal_text,
    literals,
    one_policy,
    percent_text,
)
from tests.strategies import CURRENCIES, MINOR, POLICIES

T = TypeVar("T")
POINTS = (-50, -10, 0, 0, 10, 20, 40, 90)
NAMES = (("A", "D"), ("A", "B", "C"), ("B", "C", "D"), ("A", "B", "C", "D"))
ROLES = ("cfo", "credit-manager")
NUMBERS = (FactType.MONEY, FactType.DAYS, FactType.COUNT, FactType.PERCENT)
# What a credit policy itself moves. A rule on one of these may answer its own last action: such policies may flip.
OWN = frozenset("customer." + name for name in (
    "rating", "rating_override", "credit_limit", "limit_in_force", "effective_limit", "headroom", "utilisation",
    "days_until_limit_ends", "terms_days", "limit_steps", "terms_steps", "days_since_limit_step", "days_since_terms_step",
    "days_since_review", "review_open", "days_until_review", "credit_hold", "days_on_credit_hold", "hold_suspended"))
# Facts that differ from customer to customer in nearly every random book.
LIVELY = tuple(name for name in ("customer." + word for word in (
    "segment", "country", "in_group", "has_email", "open_amount", "exposure", "overdue_amount", "overdue_count", "sales_12m",
    "oldest_days_past_due", "times_overdue_12m", "paid_count_12m", "on_time_share_12m", "relationship_days", "open_count",
    "open_disputes", "credit_limit", "terms_days", "utilisation", "headroom", "rating", "largest_receivable", "equity",
    "financials", "current_ratio", "assessment", "external_score", "insolvent", "insured_amount", "secured_amount",
    "on_time_streak", "days_since_late", "sales_3m", "market_outlook", "effective_limit", "group_limit", "group_exposure",
    "limit_in_force", "days_until_limit_ends", "limit_steps", "days_since_limit_step", "review_open", "days_since_review",
)) if name in FACTS)
# Those of them that time alone does not move.
STILL = frozenset("customer." + word for word in (
    "segment", "country", "in_group", "has_email", "open_amount", "exposure", "open_count", "open_disputes",
    "largest_receivable", "external_score", "insolvent", "group_exposure"))


def _distinct(several: list[T]) -> tuple[T, ...]:
    """Each once."""
    return tuple(dict.fromkeys(several))


def some_facts(*, steady: bool) -> list[Fact]:
    """The customer's facts; those that vary most stand in it several times.

    `steady` leaves out what the engine moves itself, and has less of what time moves.
    """
    if steady:
        still = [FACTS[name] for name in LIVELY if name in STILL]
        return [FACTS[name] for name in LIVELY if name not in OWN] + still * 12
    return [fact for fact in FACTS.values() if fact.of_customer] + [FACTS[name] for name in LIVELY] * 4


@st.composite
def questions(draw: st.DrawFn, as_of: str, scores: tuple[int, ...], names: tuple[str, ...], *, steady: bool) -> Condition:
    """One comparison: of a fact, or of what an earlier stage concluded."""
    word = draw(st.sampled_from(("fact", "fact", *(("score",) if scores else ()), *(("rating", "rating") if names else ()))))
    if word == "score":
        bound = draw(st.sampled_from(scores)) + draw(st.sampled_from((-1, 0, 0, 1)))
        return Comparison("score", draw(st.sampled_from(BOUNDS)), bound)
    if word == "rating":
        several = tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))))
        operator = draw(st.sampled_from((Operator.IN, Operator.IN, Operator.NOT_IN)))
        return Comparison("rating", operator, several)
    fact = draw(st.sampled_from(some_facts(steady=steady)))
    if fact.name in LIVELY and fact.type in NUMBERS and draw(st.booleans()):
        return Comparison(fact.name, draw(st.sampled_from(BOUNDS)), draw(literals(fact, as_of)))
    if steady:
        operator = draw(st.sampled_from(BOUNDS if fact.type in NUMBERS else (Operator.IS,)))
        return Comparison(fact.name, operator, draw(literals(fact, as_of)))
    return draw(comparisons(Subject.CUSTOMER, as_of))


@st.composite
def conditions(draw: st.DrawFn, as_of: str, scores: tuple[int, ...] = (), names: tuple[str, ...] = (), *,
               steady: bool = False, deepest: int = 2) -> Condition:
    """Comparisons, nested in all, any and none."""
    word = draw(st.sampled_from((None, None, None, model.All, model.Any, model.Nor))) if deepest else None
    if word is None:
        return draw(questions(as_of, scores, names, steady=steady))
    inner = conditions(as_of, scores, names, steady=steady, deepest=deepest - 1)
    return word(_distinct(draw(st.lists(inner, min_size=1, max_size=3))))


# -- scorecard and ratings --------------------------------------------------------------------------------------------------


@st.composite
def characteristics(draw: st.DrawFn, number: int, as_of: str, *, steady: bool) -> Characteristic:
    """One fact with bands that tile, or with words."""
    kinds = (*NUMBERS, FactType.TEXT, FactType.FLAG)
    fact = draw(st.sampled_from([fact for fact in some_facts(steady=steady) if fact.type in kinds]))
    points = st.sampled_from(POINTS)
    bands: tuple[Band, ...] = ()
    words: tuple[Words, ...] = ()
    otherwise: int | None = None
    if fact.type in NUMBERS:
        bounds = sorted(draw(st.sets(literals(fact, as_of), min_size=1, max_size=3)))
        edges = [None, *bounds, None]
        bands = tuple(Band(low, high, draw(points)) for low, high in itertools.pairwise(edges))  # type: ignore[arg-type]
    elif fact.type is FactType.FLAG:
        words = (Words((1,), draw(points)), Words((0,), draw(points)))
    else:
        one = tuple(sorted(draw(st.sets(literals(fact, as_of), min_size=1, max_size=2)), key=str))
        words, otherwise = (Words(one, draw(points)),), draw(points)
    return Characteristic(f"c{number}", fact.name, draw(st.sampled_from((1, 1, 2, 3))), draw(points), bands, words, otherwise)


@st.composite
def scorecards(draw: st.DrawFn, as_of: str, *, steady: bool) -> Scorecard:
    """One to four characteristics and a base."""
    several = tuple(draw(characteristics(n, as_of, steady=steady)) for n in range(1, draw(st.integers(1, 4)) + 1))
    return Scorecard(draw(st.sampled_from((0, 0, 200, -30))), several)


@st.composite
def likely_scores(draw: st.DrawFn, card: Scorecard, several: int) -> tuple[int, ...]:
    """Distinct scores that can occur: the base and some points of every characteristic; in rising order."""
    found: set[int] = set()
    for _ in range(several):
        found.add(card.base + sum(one.weight * draw(st.sampled_from(_earned(one))) for one in card.characteristics))
    return tuple(sorted(found))


def _earned(one: Characteristic) -> list[int]:
    """The points that a characteristic can bring."""
    found = [one.missing, *(band.points for band in one.bands), *(words.points for words in one.words)]
    return found + ([one.otherwise] if one.otherwise is not None else [])


@st.composite
def rating_bands(draw: st.DrawFn, bounds: tuple[int, ...], adjustments: tuple[Adjustment, ...]) -> Ratings:
    """Ratings whose bands begin at these bounds, best first, with a margin; an adjustment names the first or the last."""
    names: tuple[str, ...] = draw(st.sampled_from(NAMES))
    bounds = bounds[: len(names) - 1] or (0,)
    names = names[: len(bounds) + 1]
    edges = [None, *reversed(bounds), None]
    of = tuple(Rating(name, low, high) for name, low, high in zip(names, edges[1:], edges, strict=False))
    named = []
    for one in adjustments:
        name = draw(st.sampled_from(names))
        named.append(replace(one, not_above=one.not_above and name, not_below=one.not_below and name))
    return Ratings(draw(st.sampled_from((0, 0, 1, 10, 20))), of, tuple(named))


@st.composite
def adjustments(draw: st.DrawFn, as_of: str, bounds: tuple[int, ...], *, steady: bool) -> tuple[Adjustment, ...]:
    """None to three adjustments; which rating they name is settled by `rating_bands`."""
    found = []
    for number in range(draw(st.sampled_from((0, 0, 1, 2, 3)))):
        when, upper = draw(conditions(as_of, bounds, steady=steady)), draw(st.booleans())
        found.append(Adjustment(f"a{number}", f"reason {number}", when, "?" if upper else None, None if upper else "?"))
    return tuple(found)


# -- limit, terms, review, holds --------------------------------------------------------------------------------------------


@st.composite
def limit_rules(draw: st.DrawFn, number: int, when: Condition | None, *, steady: bool) -> LimitRule:
    """Unset, a fixed amount, or the smallest of shares between a floor and a cap."""
    money = [fact.name for fact in some_facts(steady=steady) if fact.type is FactType.MONEY]
    match draw(st.sampled_from(("unset", "zero", "fixed", "fixed", "shares", "shares", "shares", "shares"))):
        case "unset":
            return LimitRule(f"l{number}", when, True, None, (), None, None, 1)
        case "zero":
            return LimitRule(f"l{number}", when, False, 0, (), None, None, 1)
        case "fixed":
            return LimitRule(f"l{number}", when, False, draw(st.sampled_from((10_000, 500_000, *MINOR))), (), None, None, 1)
    facts = draw(st.lists(st.sampled_from(money), min_size=1, max_size=3, unique=True))
    floor, cap = draw(st.sampled_from((None, None, 0, 500, 10_000))), draw(st.sampled_from((None, None, 10_000, 400_000)))
    return LimitRule(f"l{number}", when, False, None, tuple(Share(draw(st.sampled_from(HUNDREDTHS)), fact) for fact in facts),
                     floor, cap, draw(st.sampled_from((1, 1, 100, 1_000))))


@st.composite
def steps(draw: st.DrawFn, sizes: tuple[int, ...], when: st.SearchStrategy[Condition]) -> Steps:
    """Up, down or both."""
    up, down = draw(st.sampled_from(((True, True), (True, False), (False, True))))
    when = st.one_of(when, st.just(Comparison("customer.open_count", Operator.AT_LEAST, 0)))
    return Steps(every_days=draw(st.sampled_from((1, 7, 30, 90))), size=draw(st.sampled_from(sizes)),
                 most=draw(st.sampled_from((1, 2, 5))) if up else 0, lowest=draw(st.sampled_from((1, 3))) if down else 0,
                 raise_when=draw(when) if up else None, lower_when=draw(when) if down else None)


@st.composite
def limit_sections(draw: st.DrawFn, when: st.SearchStrategy[Condition], *, steady: bool) -> LimitSection:
    """One to three rules, the last one often for everybody."""
    several = draw(st.integers(1, 3))
    rules = tuple(
        draw(limit_rules(n, None if n == several and draw(st.booleans()) else draw(when), steady=steady))
        for n in range(1, several + 1))
    moving = steps((500, 1_000, 2_500, 10_000), when)
    return LimitSection(draw(st.sampled_from((0, 0, 1, 1_000, 5_000))), draw(st.sampled_from((None, None, 1, 30, 365))), rules,
                        draw(moving if steady else st.one_of(st.none(), moving)))


@st.composite
def terms_sections(draw: st.DrawFn, when: st.SearchStrategy[Condition], *, steady: bool) -> TermsSection:
    """One or two rules."""
    several = draw(st.integers(1, 2))
    days = st.sampled_from((0, 14, 30, 60))
    rules = tuple(TermsRule(f"t{n}", None if n == several and draw(st.booleans()) else draw(when), draw(days))
                  for n in range(1, several + 1))
    moving = steps((5, 15, 30), when)
    return TermsSection(rules, draw(moving if steady else st.one_of(st.none(), moving)))


@st.composite
def review_sections(draw: st.DrawFn, when: st.SearchStrategy[Condition], names: tuple[str, ...]) -> ReviewSection:
    """By rating, and events."""
    every = tuple((name, draw(st.sampled_from((1, 7, 30, 90, 365)))) for name in names)
    sooner = tuple(Sooner(f"s{n}", f"event {n}", draw(when), draw(st.sampled_from((0, 5, 14, 30))))
                   for n in range(draw(st.sampled_from((0, 1, 2)))))
    return ReviewSection(every, draw(st.sampled_from((0, 14))), draw(st.sampled_from((0, 7, 30))), sooner)


@st.composite
def approvals(draw: st.DrawFn, kind: str) -> Approval:
    """An action that the kind of policy has and a role, mostly with bounds."""
    of_credit = ("set_credit_limit", "set_credit_limit", "set_terms", "set_rating", "credit_hold", "release_credit_hold",
                 "hand_over")
    of_dunning = ("late_fee", "credit_hold", "release_credit_hold", "hand_over", "propose_write_off")
    action = draw(st.sampled_from(of_credit if kind == "credit" else of_dunning))
    bounded = action in ("set_credit_limit", "hand_over", "late_fee", "propose_write_off")
    above = draw(st.sampled_from((None, 0, 499, 10_000, 333_333))) if bounded else None
    raised = draw(st.sampled_from((None, None, 0, 2_500, 10_000))) if action == "set_credit_limit" else None
    days = draw(st.sampled_from((None, 14, 30, 35))) if action == "set_terms" else None
    return Approval(action, draw(st.sampled_from(ROLES)), above, raised, days)


# -- policies ---------------------------------------------------------------------------------------------------------------


@st.composite
def credit_policy(draw: st.DrawFn, name: str, priority: int, as_of: str, *, steady: bool = False) -> Policy:
    """A credit policy of that name and priority. `steady`: no condition looks at what the policy itself moves."""
    card = draw(st.one_of(scorecards(as_of, steady=steady), scorecards(as_of, steady=steady), st.none()))
    scores = draw(likely_scores(card, 3)) if card else ()
    rated = draw(rating_bands(scores, draw(adjustments(as_of, scores, steady=steady)))) if card else None
    names = tuple(one.name for one in rated.of) if rated else ()
    when = conditions(as_of, scores, names, steady=steady)
    holds = tuple(Hold(reason, draw(when), draw(when))
                  for reason in draw(st.sampled_from(((), ("overdue",), ("over-limit",), ("over-limit", "risk")))))
    actions: st.SearchStrategy[model.Action] = st.sampled_from((
        model.Task("call", None, 3), model.Alert("credit-manager", "high", None), model.Alert("sales", "low", None),
        model.HandOver("legal", None)))
    rules = tuple(model.Rule(f"r{n}", draw(when), _distinct(draw(st.lists(actions, min_size=1, max_size=2))))
                  for n in range(1, draw(st.sampled_from((0, 0, 1, 2))) + 1))
    facts_only = conditions(as_of, steady=steady)
    withhold = tuple(model.Withhold(because, draw(facts_only))
                     for because in draw(st.sampled_from(((), (), (), ("under-observation",), ("dispute-open", "new")))))
    reviewed = draw(st.booleans())
    credit = Credit(
        scorecard=card, ratings=rated,
        limit=draw(st.one_of(st.none(), limit_sections(when, steady=steady), limit_sections(when, steady=steady))),
        terms=draw(st.one_of(st.none(), terms_sections(when, steady=steady))),
        review=draw(review_sections(when, names)) if names and reviewed else None,
        holds=holds, orders=None)
    return Policy(
        name=name, kind="credit", version=1, effective_from="2020-01-01", summary="Random.",
        currency=draw(st.sampled_from(CURRENCIES)), subject=Subject.CUSTOMER, priority=priority,
        limits=model.Limits(None, None), covers=draw(st.one_of(st.none(), st.none(), facts_only)), withhold=withhold,
        ladder=None, rules=rules, approvals=tuple(draw(st.lists(approvals("credit"), max_size=3, unique=True))), credit=credit,
        digest=f"sha256:{name}", text="", file="v1.yaml")


@st.composite
def mixed_sets(draw: st.DrawFn, as_of: str) -> tuple[Policy, ...]:
    """Every policy that books assign subjects to, of both kinds, one of credit at least; a dunning policy may want approvals."""
    priorities = draw(st.permutations((10, 20, 30)))
    kinds = draw(st.permutations(("credit", "dunning", draw(st.sampled_from(("credit", "credit", "dunning"))))))
    found = []
    for name, priority, kind in zip(POLICIES, priorities, kinds, strict=True):
        if kind == "credit":
            found.append(draw(credit_policy(name, priority, as_of)))
        else:
            one = draw(one_policy(name, priority, as_of))
            found.append(replace(one, approvals=tuple(draw(st.lists(approvals("dunning"), max_size=2, unique=True)))))
    return tuple(found)




# -- the text of a policy ---------------------------------------------------------------------------------------------------


def document(policy: Policy) -> str:
    """The YAML (as JSON, which YAML contains) that says this policy, of either kind."""
    said: dict[str, Any] = json.loads(policies.document(policy))
    if policy.approvals:
        said["approvals"] = [_approval(one, policy.currency) for one in policy.approvals]
    if policy.credit is None:
        return json.dumps(said, indent=1)
    del said["subject"]
    credit, currency = policy.credit, policy.currency
    if credit.scorecard:
        said["scorecard"] = {"base": credit.scorecard.base, "characteristics": [
            _characteristic(one, currency) for one in credit.scorecard.characteristics]}
    if credit.ratings:
        said["ratings"] = _ratings(credit.ratings, currency)
    if credit.limit:
        said["limit"] = _limit(credit.limit, currency)
    if credit.terms:
        said["terms"] = {"rules": [{"id": one.id, "days": one.days} | _when(one.when, currency) for one in credit.terms.rules]}
        said["terms"] |= {"steps": _steps("days", credit.terms.steps, currency)} if credit.terms.steps else {}
    if credit.review:
        said["review"] = {
            "every_days": dict(credit.review.every_days), "within_days": credit.review.within_days,
            "quiet_days": credit.review.quiet_days}
        sooner = [{"id": one.id, "because": one.because, "within_days": one.within_days} | _when(one.when, currency)
                  for one in credit.review.sooner]
        said["review"] |= {"sooner": sooner} if sooner else {}
    if credit.holds:
        said["holds"] = [{"reason": one.reason, "when": condition_text(one.when, currency),
                          "release_when": condition_text(one.release_when, currency)} for one in credit.holds]
    return json.dumps(said, indent=1)


def _when(condition: Condition | None, currency: str) -> dict[str, Any]:
    """`when`, where there is one."""
    return {} if condition is None else {"when": condition_text(condition, currency)}


def _characteristic(one: Characteristic, currency: str) -> dict[str, Any]:
    """A characteristic's text."""
    fact = FACTS[one.fact]
    said: dict[str, Any] = {"id": one.id, "fact": one.fact, "weight": one.weight, "missing": one.missing}
    if one.bands:
        ends = [[(name, literal_text(end, fact, currency)) for name, end in (("from", band.lowest), ("below", band.below))
                 if end is not None] for band in one.bands]
        said["bands"] = [dict(pairs) | {"points": band.points} for pairs, band in zip(ends, one.bands, strict=True)]
    else:
        said["values"] = [{"in": [literal_text(value, fact, currency) for value in words.values], "points": words.points}
                          for words in one.words]
    return said | ({} if one.otherwise is None else {"otherwise": one.otherwise})


def _ratings(ratings: Ratings, currency: str) -> dict[str, Any]:
    """The ratings' text."""
    bands = [{"rating": one.name} | {name: end for name, end in (("from", one.lowest), ("below", one.below)) if end is not None}
             for one in ratings.of]
    adjusted = [{"id": one.id, "because": one.because, "when": condition_text(one.when, currency),
                 "not_above" if one.not_above else "not_below": one.not_above or one.not_below} for one in ratings.adjustments]
    return {"margin": ratings.margin, "bands": bands} | ({"adjustments": adjusted} if adjusted else {})


def _limit(section: LimitSection, currency: str) -> dict[str, Any]:
    """The limit's text."""
    said: dict[str, Any] = {"change_by_percent": percent_text(section.change_hundredths),
                            "rules": [_limit_rule(one, currency) for one in section.rules]}
    said |= {} if section.valid_days is None else {"valid_days": section.valid_days}
    return said | ({"steps": _steps("percent", section.steps, currency)} if section.steps else {})


def _limit_rule(rule: LimitRule, currency: str) -> dict[str, Any]:
    """A limit rule's text; one share is written short."""
    said: dict[str, Any] = {"id": rule.id} | _when(rule.when, currency)
    shares = [{"percent": percent_text(one.hundredths), "of": one.fact} for one in rule.shares]
    if rule.unset or rule.amount is not None:
        return said | {"amount": None if rule.amount is None else money.plain(rule.amount, currency)}
    said |= shares[0] if len(shares) == 1 else {"smallest_of": shares}
    bounds = (("floor", rule.floor), ("cap", rule.cap), ("round_to", rule.round_to))
    return said | {name: money.plain(amount, currency) for name, amount in bounds if amount is not None}


def _steps(word: str, steps: Steps, currency: str) -> dict[str, Any]:
    """The steps' text."""
    size = percent_text(steps.size) if word == "percent" else steps.size
    said: dict[str, Any] = {"every_days": steps.every_days, word: size, "most": steps.most, "lowest": steps.lowest}
    for name, condition in (("raise_when", steps.raise_when), ("lower_when", steps.lower_when)):
        said |= {} if condition is None else {name: condition_text(condition, currency)}
    return said


def _approval(one: Approval, currency: str) -> dict[str, Any]:
    """An approval's text."""
    said: dict[str, Any] = {"action": one.action, "role": one.role}
    said |= {} if one.above is None else {"above": money.plain(one.above, currency)}
    said |= {} if one.raise_hundredths is None else {"raise_above_percent": percent_text(one.raise_hundredths)}
    return said | ({} if one.above_days is None else {"above_days": one.above_days})
