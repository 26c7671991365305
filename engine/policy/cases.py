"""Cases: made subjects, and what a policy must decide about each; the policy's own tests, in its own language.

Comes in: cases.yaml and the policies it may speak of. Goes out: Cases with every literal parsed; decide/trial.py runs them, those
with a book through act/lived.py.
Know before changing: an expectation is complete. What is not said is expected not to happen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Place, Problem, nearest
from engine.policy import dated, document, literals
from engine.policy.build import merged
from engine.policy.conditions import own_rating, scope
from engine.policy.credit_model import ORDER_REASONS
from engine.policy.cursor import Cursor
from engine.policy.dated import Dated
from engine.policy.library import in_force
from engine.policy.model import NOWHERE, Policy

# Why something is withheld without the policy saying so; decide/ladder.py and decide/credit.py find them, a test holds the lists
# equal.
CREDIT_REASONS = ("dispute-open", "hold-suspended", "missing-evidence", "review-open")
BUILT_IN_REASONS = (
    "below-tolerance",
    "disputed",
    "dunning-hold",
    "fee-on-fee",
    "handed-over",
    "interval",
    "no-contact",
    "nothing-to-chase",
    "previous-notice-not-sent",
    "promise-pending",
)
# As many cases as a file may hold; the schema says the same.
MOST = 1000
# What a case about an order expects.
_OF_ORDERS = ("order", "because")
# What a case of a credit policy may say of its conclusions.
CONCLUSIONS = ("score", "rating", "limit", "valid_days", "terms", "review")


@dataclass(frozen=True, slots=True)
class Expected:
    """One expected action: its kind, and those of its parameters that are compared, sorted; amounts in minor units."""

    kind: str
    parameters: tuple[tuple[str, int | str], ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Everything that is to be decided. `level` is None where it is to stay; `actions` and `withheld` are sorted and complete.

    `concluded` has what the case says of score, rating, limit (minor units, and for how many days) and terms, and only that;
    `approval` is None where it does not say whose approval is waited for. Of a case about an order there is only `order`, the
    verdict, and `because`, the reasons for it, where the case says them.
    """

    level: int | None
    actions: tuple[Expected, ...]
    withheld: tuple[str, ...]
    concluded: tuple[tuple[str, int | str | None], ...] = ()
    review: bool = False
    approval: tuple[str, ...] | None = None
    order: str | None = None
    because: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One made subject of the policy's `version`: the facts that differ from neutral, None for a missing one.

    `order` is the amount of an order that is asked about. `held` are the reasons for which a policy holds the customer's credit
    already. A case with a book has that in `dated`, and no given facts.
    """

    name: str
    policy: str
    version: int
    as_of: str | None
    given: dict[str, int | str | None]
    expect: Expectation
    place: Place = field(default=NOWHERE, compare=False)
    held: tuple[str, ...] = ()
    dated: Dated | None = None
    order: int | None = None


def load(
    path: Path, policies: Sequence[Policy], *, shown: str | None = None
) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases in the file, or every reason why it holds none. The version in force on its `as_of` is meant, or the newest."""
    found, problems = document.inspect(path, shown=shown)
    if found is None:
        return (), problems
    cases, more = read(found, policies)
    every = document.joined(problems, more)
    return (() if every else cases), every


def read(found: document.Document, policies: Sequence[Policy]) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases of a document that was read, with every problem of schema and meaning."""
    here = Cursor(found, (), found.value)
    policy = _policy(here, policies)
    cases = _cases(here, policy) if policy else ()
    return cases, merged(document.validate(found, "cases"), here.problems)


def _policy(here: Cursor, policies: Sequence[Policy]) -> Policy | None:
    """The version that the cases are of."""
    part = here.at("policy")
    versions = sorted((policy for policy in policies if policy.name == part.value), key=lambda policy: policy.version)
    if not versions and isinstance(part.value, str):
        hint = nearest(part.value, {policy.name for policy in policies}) or "; check the name, or mend the policy first"
        part.wrong("unknown-policy", f"there is no valid policy '{part.value}'{hint}")
    if not here.has("as_of") or not versions:
        return versions[-1] if versions else None
    day = literals.date(here.at("as_of"))
    begun = in_force(versions, day)
    if not begun:
        here.at("as_of").wrong(
            "unknown-policy", f"no version of '{part.value}' is in force on {day}; write a later day"
        )
    return begun[0] if begun else None


def _cases(here: Cursor, policy: Policy) -> tuple[Case, ...]:
    """The cases; each has a name of its own."""
    as_of = here.at("as_of").text() if here.has("as_of") else None
    cases: list[Case] = []
    names: set[str] = set()
    for item in here.at("cases").elements():
        name = item.at("name").text()
        if name in names:
            item.at("name").wrong("duplicate-case", f"a case before is named '{name}' already; give each its own name")
        if name:
            names.add(name)
        given = _given(item.at("given"), policy)
        expect = _expectation(item.at("expect"), policy)
        held = tuple(_held(part, policy) for part in item.at("held").elements())
        book = dated.read(item, policy.currency, policy.subject)
        day = item.at("as_of").text() if book else as_of
        order = item.maybe("order", lambda part: literals.amount_from(part, policy.currency, 1))
        _about_order(item, policy)
        cases.append(Case(name, policy.name, policy.version, day, given, expect, item.place, held, book, order))
    return tuple(cases)


def _about_order(case: Cursor, policy: Policy) -> None:
    """A case about an order expects what it gets and nothing else; other cases expect nothing of an order."""
    expect = case.at("expect")
    if not case.has("order"):
        for key in (key for key in _OF_ORDERS if expect.has(key)):
            message = f"'{key}' is for a case about an order; write `order: AMOUNT` beside what is given"
            expect.at(key).wrong("too-many-keys", message, on_key=True)
        return
    if not policy.credit:
        case.at("order").wrong("not-concluded", f"'{policy.name}' judges no orders; leave it out", on_key=True)
    if not expect.has("order") and isinstance(expect.value, dict):
        expect.wrong("missing-key", "'order' is missing: what the order gets, such as refer")
    for part in expect.members():
        if part.key not in _OF_ORDERS:
            message = f"'{part.key}' is one key too many here; a case about an order says what it gets, and nothing else"
            part.wrong("too-many-keys", message, on_key=True)


def _given(here: Cursor, policy: Policy) -> dict[str, int | str | None]:
    """The facts that the case sets."""
    within = scope(policy.subject, policy.currency)
    given: dict[str, int | str | None] = {}
    for part in here.members():
        fact = literals.known_fact(part, within.facts)
        if fact:
            given[fact.name] = None if part.value is None else literals.literal(part, fact, policy.currency)
    return given


def _expectation(here: Cursor, policy: Policy) -> Expectation:
    """What is to be decided."""
    level = here.at("level")
    number = level.value if isinstance(level.value, int) and not isinstance(level.value, bool) else None
    levels = len(policy.ladder.levels) if policy.ladder else 0
    if number is not None and number > levels:
        level.wrong("unknown-level", f"'{policy.name}' has {levels} levels; write one of them, or unchanged")
    actions = [_expected(item, policy) for item in here.at("actions").elements()]
    withheld = [_reason(item, policy) for item in here.at("withheld").elements()]
    ordered = sorted(actions, key=lambda action: (action.kind, len(action.parameters), repr(action.parameters)))
    return Expectation(
        number,
        tuple(ordered),
        tuple(sorted(set(withheld))),
        tuple(_concluded(here, policy)),
        here.at("review").flag(),
        tuple(sorted({_role(item, policy) for item in here.at("approval").elements()})) if here.has("approval") else None,
        here.at("order").text() or None,
        tuple(sorted({_why(item, policy) for item in here.at("because").elements()})) if here.has("because") else None,
    )


def _concluded(here: Cursor, policy: Policy) -> Iterator[tuple[str, int | str | None]]:
    """What the case says of the policy's conclusions, which only a credit policy has."""
    credit = policy.credit
    has = {"score": bool(credit and credit.scorecard), "rating": bool(credit and credit.ratings)}
    for part in (here.at(key) for key in CONCLUSIONS if here.has(key)):
        if not (credit and has.get(part.key, True)):
            message = f"'{policy.name}' concludes no {part.key}; leave it out"
            part.wrong("not-concluded", message, on_key=True)
        elif part.key == "rating" and credit and credit.ratings:
            yield part.key, own_rating(part, tuple(one.name for one in credit.ratings.of))
        elif part.key == "limit" and part.value is not None:
            yield part.key, literals.amount(part, policy.currency)
        elif part.key != "review":
            yield part.key, None if part.value is None else part.whole()


def _role(here: Cursor, policy: Policy) -> str:
    """A role whose approval the policy asks for."""
    role, known = here.text(), sorted({entry.role for entry in policy.approvals})
    if isinstance(here.value, str) and role not in known:
        hint = nearest(role, known) or (f"; it asks: {', '.join(known)}" if known else "; it asks nobody")
        here.wrong("unknown-role", f"'{policy.name}' asks no '{role}' for an approval{hint}")
    return role


def _why(here: Cursor, policy: Policy) -> str:
    """A reason for what an order gets: one of the policy's rules for orders, or one that every order may have."""
    reason, section = here.text(), policy.credit.orders if policy.credit else None
    known = {*ORDER_REASONS, *(rule.id for rule in (section.rules if section else ()))}
    if isinstance(here.value, str) and reason not in known:
        hint = nearest(reason, known) or f"; '{policy.name}' knows: {', '.join(sorted(known))}"
        here.wrong("unknown-reason", f"'{reason}' is not a reason for what an order gets{hint}")
    return reason


def _held(here: Cursor, policy: Policy) -> str:
    """A reason for which the policy holds credit."""
    reason = here.text()
    known = sorted(hold.reason for hold in (policy.credit.holds if policy.credit else ()))
    if isinstance(here.value, str) and reason not in known:
        hint = nearest(reason, known) or (f"; it holds for: {', '.join(known)}" if known else "; it has none")
        here.wrong("unknown-reason", f"'{reason}' is not a reason of '{policy.name}' to hold credit{hint}")
    return reason


def _expected(here: Cursor, policy: Policy) -> Expected:
    """An action by its kind, or by its kind and parameters."""
    for part in here.members():
        parameters = tuple(sorted((value.key, _parameter(value, policy)) for value in part.members()))
        return Expected(part.key, parameters, here.place)
    return Expected(here.text(), (), here.place)


def _parameter(here: Cursor, policy: Policy) -> int | str:
    """The value of a parameter; an amount in minor units of the policy's currency."""
    if here.key == "amount":
        return literals.amount(here, policy.currency)
    return here.value if isinstance(here.value, int | str) else ""


def _reason(here: Cursor, policy: Policy) -> str:
    """A reason that the policy has, or that every policy has."""
    reason = here.text()
    built_in = CREDIT_REASONS if policy.credit else BUILT_IN_REASONS
    known = {*built_in, *(entry.because for entry in policy.withhold)}
    if isinstance(here.value, str) and reason not in known:
        hint = nearest(reason, known) or f"; '{policy.name}' withholds for: {', '.join(sorted(known))}"
        here.wrong("unknown-reason", f"'{reason}' is not a reason of '{policy.name}'{hint}")
    return reason
