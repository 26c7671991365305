"""Dated cases lived through: a small book in memory, previewed and applied day by day, and what is decided on the last day.

Comes in: a policy and its cases that have a book. Goes out: for each the Outcome of its day, as cases compare it; on demand the
made subjects that it was on each day, for coverage and mutation.
Know before changing: nothing is computed here. The days go through plan.plan and apply.apply like those of any book; a call is
found again by what its line in the plan says. The policy decides alone and on every day, whenever it is in force; what waits for
an approval is carried out, the limits of a run do not count, and every message goes out on its day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.act.address_book import credit_holds
from engine.act.apply import apply
from engine.act.order_reading import Order, Reading
from engine.act.orders import judge
from engine.act.outbox import count_as_sent
from engine.act.plan import plan
from engine.act.values import Action, Line, Plan, Withheld, as_value, sealed_id
from engine.book import staged
from engine.book.snapshot import taken
from engine.book.staged import Debtor
from engine.book.store import ALWAYS, Book, writing
from engine.decide import classes
from engine.decide.calls import Call
from engine.decide.decide import combine
from engine.decide.findings import Compiled, compile_policy
from engine.decide.made import Outcome
from engine.decide.ordering import Ordered, told
from engine.decide.trial import decided_all
from engine.policy import model
from engine.policy.cases import Case
from engine.policy.dated import Dated, Event
from engine.policy.model import Channel, Notice, Policy, Subject, kind_of
from engine.sources import column


@dataclass(frozen=True, slots=True)
class Lived:
    """What is decided on the day of a case; `seen` are the made subjects of that day, `before` those of its runs."""

    outcome: Outcome
    seen: tuple[Case, ...] = ()
    before: tuple[Case, ...] = ()


@dataclass(slots=True, eq=False)
class _Life:
    """One case under way."""

    case: Case
    dated: Dated
    debtor: Debtor
    coming: list[Event]
    as_of: str
    outcome: Outcome = field(default_factory=lambda: Outcome((), None))
    seen: tuple[Case, ...] = ()
    before: tuple[Case, ...] = ()

    def begin(self, day: str) -> None:
        """Write down what happens up to the day."""
        while self.coming and self.coming[0].on <= day:
            self.debtor.live(self.coming.pop(0))


def outcomes(policy: Policy, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """What is decided about each case on its day, all of them in one book."""
    return tuple(lived.outcome for lived in live(policy, cases))


def live(policy: Policy, cases: Sequence[Case], *, watched: bool = False) -> tuple[Lived, ...]:
    """Every case lived through. `watched`: also the made subjects that its customer was on the day of each run."""
    if not cases:
        return ()
    book, ruling = staged.blank(), replace(policy, effective_from=ALWAYS)
    lives = [_life(book, case, number, policy.currency) for number, case in enumerate(cases, 1)]
    compiled = compile_policy(ruling)
    for day in sorted({day for life in lives for day in (*life.dated.runs, life.as_of)}):
        _day(book, compiled, [life for life in lives if life.as_of >= day], day, watched=watched)
    return tuple(Lived(life.outcome, life.seen, life.before) for life in lives)


def _life(book: Book, case: Case, number: int, currency: str) -> _Life:
    """A case before its first day."""
    assert case.dated and case.as_of, case
    debtor = staged.settle(book, case.dated, number, currency)
    return _Life(case, case.dated, debtor, list(case.dated.events), case.as_of)


def _day(book: Book, one: Compiled, lives: Sequence[_Life], day: str, *, watched: bool) -> None:
    """One day: what happens, the run of those that have one, and what is decided of those whose day it is."""
    for life in lives:
        life.begin(day)
    running = [life for life in lives if day in life.dated.runs]
    ending = [life for life in lives if life.as_of == day]
    the_plan = plan(book, [one.policy], as_of=day)
    for life in running if watched else ():
        life.before += tuple(_made(book, one, life, day))
    # A run touches nobody else's customer: only who has a run on the day of the case itself is looked at after it.
    again = [life for life in ending if day in life.dated.runs]
    for life in ending:
        if life not in again:
            _end(book, one, life, the_plan, watched=watched)
    if running and _run(book, the_plan, one.policy, {life.debtor.id for life in running}) and again:
        the_plan = plan(book, [one.policy], as_of=day)
    for life in again:
        _end(book, one, life, the_plan, watched=watched)
    # An order check lays down other facts in the place of the plan's, so it comes last.
    for life in ending:
        life.outcome = replace(life.outcome, order=_order(book, one.policy, life))
    if one.policy.credit:
        subjects = [life for life in ending if life.seen and life.case.order is None]
        for life, found in zip(subjects, decided_all([life.seen[0] for life in subjects], one), strict=True):
            life.outcome = replace(life.outcome, concluded=found.concluded)


def _end(book: Book, one: Compiled, life: _Life, the_plan: Plan, *, watched: bool) -> None:
    """What is decided about a case on its day, and what its customer is then."""
    life.seen = tuple(_made(book, one, life, the_plan.as_of)) if watched or one.policy.credit else ()
    calls = (*_done(the_plan, one.policy, life), *_stopped(the_plan, one.policy, life))
    waits = {role for action in _about(the_plan, life) for role in action.approval}
    life.outcome = Outcome(calls, None, tuple(sorted(waits)))


def _order(book: Book, policy: Policy, life: _Life) -> Ordered | None:
    """What an order gets on the day of the case, where it is about one."""
    if life.case.order is None:
        return None
    asked = Reading((Order(life.debtor.number, life.case.order, policy.currency),), ())
    (answer,) = judge(book, [policy], asked, as_of=life.as_of)
    return told(answer.reasons)


def _run(book: Book, the_plan: Plan, policy: Policy, customers: set[int]) -> bool:
    """Apply what the plan says of these customers; every message goes out. Whether there was anything to do."""
    kept = tuple(replace(one, approval=()) for one in the_plan.actions if one.customer_id in customers)
    if not kept:
        return False
    cut = replace(the_plan, actions=kept)
    cut = replace(cut, id=sealed_id(as_value(cut)))
    done = apply(book, cut, [policy], actor="case", now=f"{cut.as_of}T08:00:00Z", approve=True)
    with writing(book):
        count_as_sent(book, done.run_id, transport="case", now=f"{cut.as_of}T09:00:00Z")
    return True


# -- from the plan back to calls -------------------------------------------------------------------------------------------


def _done(the_plan: Plan, policy: Policy, life: _Life) -> Iterator[Call]:
    """A call for each action about the case's customer; its level is the highest of its lines."""
    for action in _about(the_plan, life):
        line = max(_lines(action, life), key=lambda one: one.level_to or 0)
        call = _called(the_plan, policy, line, action.kind)
        sent = _as_sent(call.action, action)
        yield replace(call, action=sent, level_from=line.level_from, level_to=line.level_to, reasons=())


def _about(the_plan: Plan, life: _Life) -> Iterator[Action]:
    """The actions that the case looks at."""
    return (one for one in the_plan.actions if one.customer_id == life.debtor.id and _lines(one, life))


def _lines(action: Action, life: _Life) -> list[Line]:
    """Those lines of an action that the case looks at."""
    return [line for line in action.lines if life.dated.about in (None, line.receivable)]


def _stopped(the_plan: Plan, policy: Policy, life: _Life) -> Iterator[Call]:
    """A call for each action that is withheld."""
    for one in the_plan.withheld:
        if one.customer == life.debtor.number and life.dated.about in (None, one.receivable):
            yield replace(_called(the_plan, policy, one, one.kind), reasons=one.reasons)


def _called(the_plan: Plan, policy: Policy, line: Line | Withheld, kind: str) -> Call:
    """What the policy called for in the line: of several alike of one rule, the one that the line's key names."""
    fired = next(frozenset(one.fired) for one in the_plan.classes if one.id == line.class_id)
    found = [one for one in combine(policy, fired).calls if (one.rule, kind_of(one.action)) == (line.rule, kind)]
    if isinstance(line, Line):
        found = [one for one in found if _named(line.key, kind, one.index)]
    assert found, f"{line.rule} called for no {kind}"
    return found[0]


def _named(key: str, kind: str, index: int) -> bool:
    """Whether a line's key (policy/subject/episode/rule/kind.index[.entity.currency]/occurrence) is of that action."""
    part = key.split("/")[-2]
    return part == f"{kind}.{index}" or part.startswith(f"{kind}.{index}.")


def _as_sent(called: model.Action | None, action: Action) -> model.Action | None:
    """The action; of a notice with the channel that it goes out by."""
    if not isinstance(called, Notice):
        return called
    return replace(called, channel=Channel(str(dict(action.parameters)["channel"])))


# -- the made subject that a customer is on a day ------------------------------------------------------------------------------


def _made(book: Book, one: Compiled, life: _Life, day: str) -> Iterator[Case]:
    """The customer, or each of its receivables, as a made subject with the facts that the last plan has laid down."""
    names, snapshot = sorted(one.facts), taken(book, [one.policy.currency], as_of=day)
    held = credit_holds(snapshot, "debtors").get(life.debtor.id, ()) if one.policy.credit else ()
    rows = classes.relation(one.policy.subject, snapshot.tables[one.policy.currency], one.facts)
    columns = ", ".join([f"s.{classes.key(one.policy.subject)}", *map(column, names)])
    query = f"SELECT {columns} FROM {rows} WHERE s.customer_id = :customer ORDER BY 1"
    found = book.execute(query, {"customer": life.debtor.id}).fetchall()
    about = life.debtor.receivables.get(life.dated.about or "")
    for identity, *values in found:
        if about is None or one.policy.subject is Subject.CUSTOMER or identity == about:
            reasons = tuple(sorted(reason for reason, by_policy in held if by_policy))
            facts = dict(zip(names, values, strict=True))
            yield replace(life.case, given=facts, held=reasons, as_of=day, dated=None)
