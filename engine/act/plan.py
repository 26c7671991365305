"""The plan, computed: policies x book x date. There is no second way of computing what will happen.

Comes in: a Book, the policies in force, as_of. Goes out: a Plan (act/values.py); its canonical JSON is the file that apply takes.
Know before changing: this is a pure function. It writes temporary tables only, reads no clock, and sorts everything, so that
planning twice gives the same bytes. `id` is the digest of all the rest.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine import VERSION
from engine.act import address_book, ground
from engine.act.draft import Draft, numbered
from engine.act.picks import leave_unmoved, of_policy
from engine.act.values import (
    Action,
    ClassRef,
    FindingRef,
    Plan,
    PolicyRef,
    Total,
    Uncovered,
    Withheld,
    as_value,
    sealed_id,
)
from engine.book.snapshot import KNOWN_ALL, Snapshot, blank, reading, take
from engine.book.store import Book
from engine.decide import classes
from engine.decide.classes import DecidedClass
from engine.decide.findings import Compiled, compile_policy
from engine.policy.model import Policy, Subject, finding_text

# Told how much of how much is done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Decided:
    """The decided classes that call for something, with the policies as compiled."""

    compiled: tuple[Compiled, ...]
    classes: tuple[DecidedClass, ...]

    def ranges(self) -> Iterator[tuple[Compiled, int, int]]:
        """For each policy with such classes: the first and last position of them."""
        for index, several in classes.grouped(self.classes).items():
            first = self.classes.index(several[0])
            yield self.compiled[index], first, first + len(several) - 1


def plan(
    book: Book,
    policies: Sequence[Policy],
    *,
    as_of: str,
    known_at: str = KNOWN_ALL,
    planner: str = "",
    progress: Progress = lambda done, of: None,
) -> Plan:
    """Everything that the policies call for on the date, and everything that they withhold, with the reasons.

    `policies` are those in force (library.in_force), one version of each; `planner` is who makes it. Refusal
    `no-rate` or `unknown-assignment`; EngineFailure where durable-rules falls silent.
    """
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    with reading(book), _uncollected():
        progress(0, 4)
        snapshot = take(book, classes.wanted(compiled), as_of=as_of, known_at=known_at)
        progress(1, 4)
        classes.cover(snapshot, compiled)
        every = classes.decided(snapshot, compiled)
        decided = _Decided(compiled, tuple(one for one in every if one.decision.calls))
        classes.pick(snapshot, compiled, decided.classes)
        for one, first, last in decided.ranges():
            if one.policy.credit:
                leave_unmoved(snapshot, one, decided.classes[first : last + 1], first)
        progress(2, 4)
        draft = Draft(as_of, address_book.read(snapshot))
        for one, first, last in decided.ranges():
            for pick in of_policy(snapshot, one, first, last):
                found = decided.classes[pick.position]
                draft.add(pick, one.policy, _class_id(one.policy, found), found.decision)
        progress(3, 4)
        return _sealed(snapshot, decided, draft, planner)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """A plan is many small values and no cycles; looking for cycles in them, again and again, takes longer than making them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def current_digests(book: Book, policies: Sequence[Policy], the_plan: Plan) -> dict[str, str]:
    """By line key of the plan: the digest of what that subject's decision stands on now.

    A subject that is not there any more (paid in full) has no digest. The facts are those of the plan's own date.
    """
    compiled = tuple(compile_policy(policy) for policy in sorted(policies, key=lambda policy: policy.name))
    lines = [line for action in the_plan.actions for line in action.lines]
    with reading(book):
        snapshot = take(book, classes.wanted(compiled), as_of=the_plan.as_of, known_at=the_plan.known_at)
        found: dict[tuple[str, str, int], str] = {}
        for position, one in enumerate(compiled):
            _pick_lines(snapshot, the_plan, one, position)
            for pick in of_policy(snapshot, one, position, position):
                found[one.policy.name, pick.subject.value, pick.id] = pick.digest
    customers = {line.key: action.customer_id for action in the_plan.actions for line in action.lines}
    subjects = {line.key: (line.policy, line.subject, line.receivable_id or customers[line.key]) for line in lines}
    return {key: found[subject] for key, subject in subjects.items() if subject in found}


def _pick_lines(snapshot: Snapshot, the_plan: Plan, one: Compiled, position: int) -> None:
    """`picked_<arena>` filled with the subjects of the plan's lines of one policy."""
    subject = one.policy.subject
    identities = {
        line.receivable_id or action.customer_id
        for action in the_plan.actions
        for line in action.lines
        if line.policy == one.policy.name and line.subject == subject
    }
    columns = "subject_id INTEGER PRIMARY KEY, class INTEGER"
    blank(snapshot.book, classes.picked(one.policy), columns)
    rows = [(identity, position) for identity in sorted(identities)]
    snapshot.book.conn.executemany(f"INSERT INTO temp.{classes.picked(one.policy)} VALUES (?, ?)", rows)


def _sealed(snapshot: Snapshot, decided: _Decided, draft: Draft, planner: str) -> Plan:
    """The draft as a plan, sorted, summed and under its id."""
    actions = numbered(draft.actions())
    withheld = tuple(sorted(draft.withheld, key=_withheld_order))
    used = {line.class_id for action in actions for line in action.lines} | {one.class_id for one in withheld}
    unsealed = Plan(
        id="",
        as_of=snapshot.as_of,
        known_at=snapshot.known_at,
        engine=VERSION,
        planner=planner,
        policies=tuple(_reference(one) for one in decided.compiled),
        stands_on=ground.rows(snapshot.book),
        book_open=_book_open(snapshot, decided.compiled),
        classes=tuple(_classes(decided, used)),
        actions=actions,
        withheld=withheld,
        uncovered=_uncovered(snapshot, decided.compiled),
        uncovered_customers=_uncovered_customers(snapshot, decided.compiled),
        totals=_totals(actions, withheld),
    )
    return replace(unsealed, id=sealed_id(as_value(unsealed)))


def _withheld_order(one: Withheld) -> tuple[object, ...]:
    """By reason, then customer and subject, as a controller looks them up."""
    return (one.reasons, one.customer, one.entity, one.currency, one.receivable or "", one.policy, one.rule, one.kind)


def _class_id(policy: Policy, found: DecidedClass) -> str:
    """`policy@version/number`."""
    return f"{policy.name}@{policy.version}/{found.number}"


def _reference(one: Compiled) -> PolicyRef:
    """Which text decided, and every comparison that it makes."""
    policy = one.policy
    return PolicyRef(
        policy=policy.name,
        version=policy.version,
        digest=policy.digest,
        file=policy.file,
        kind=policy.kind,
        subject=policy.subject.value,
        currency=policy.currency,
        limit_customers=policy.limits.customers,
        limit_hundredths_of_book=policy.limits.hundredths_of_book,
        findings=tuple(
            FindingRef(finding.fact, finding_text(finding, policy.currency), str(finding.place))
            for finding in one.findings
        ),
        text=policy.text,
    )


def _classes(decided: _Decided, used: set[str]) -> Iterator[ClassRef]:
    """What all subjects of a class have in common, said once; of the classes that actions and withheld ones refer to."""
    for found in decided.classes:
        policy = decided.compiled[found.index].policy
        name = _class_id(policy, found)
        if name in used:
            holds = "".join(map(str, found.row))
            yield ClassRef(name, policy.name, policy.version, found.subjects, found.decision.fired, holds)


def _book_open(snapshot: Snapshot, compiled: Sequence[Compiled]) -> tuple[tuple[str, int, int], ...]:
    """Per currency: how many receivables are open, and their open amount."""
    if not compiled:
        return ()
    query = "SELECT currency, COUNT(*), SUM(open) FROM position GROUP BY currency ORDER BY currency"
    return tuple(tuple(row) for row in snapshot.book.execute(query))


def _uncovered(snapshot: Snapshot, compiled: Sequence[Compiled]) -> tuple[Uncovered, ...]:
    """The open receivables that no policy covers, neither themselves nor, where it has a ladder, through their customer."""
    if not compiled:
        return ()
    chasing = [str(i) for i, one in enumerate(compiled) if one.policy.subject is Subject.CUSTOMER and one.policy.ladder]
    query = f"""SELECT e.code, p.currency, COUNT(DISTINCT p.customer_id), COUNT(*), SUM(p.open)
    FROM position AS p JOIN entities AS e ON e.id = p.entity_id
    WHERE p.receivable_id NOT IN (SELECT subject_id FROM members_receivable)
      AND p.customer_id NOT IN (SELECT subject_id FROM members_customer WHERE policy IN ({", ".join(chasing)}))
    GROUP BY e.code, p.currency ORDER BY e.code, p.currency"""
    return tuple(Uncovered(*row) for row in snapshot.book.execute(query))


def _uncovered_customers(snapshot: Snapshot, compiled: Sequence[Compiled]) -> int:
    """How many customers no credit policy covers; 0 where none is in force."""
    if not any(one.policy.credit for one in compiled):
        return 0
    query = "SELECT COUNT(*) FROM customers WHERE id NOT IN (SELECT subject_id FROM members_credit)"
    return int(snapshot.book.execute(query).fetchone()[0])


def _totals(actions: Sequence[Action], withheld: Sequence[Withheld]) -> tuple[Total, ...]:
    """Counts and sums per kind, policy, entity and currency; of what is withheld, per first reason too."""
    sums: dict[tuple[str, str, str, str, str | None], list[int]] = {}
    for action in actions:
        _add(sums, (action.kind, action.lines[0].policy, action.entity, action.currency, None), action.amount or 0)
    for one in withheld:
        _add(sums, (one.kind, one.policy, one.entity, one.currency, one.reasons[0]), one.amount)
    ordered = sorted(sums.items(), key=lambda entry: tuple(part or "" for part in entry[0]))
    return tuple(
        Total(what, policy, entity, currency, count, amount, reason)
        for (what, policy, entity, currency, reason), (count, amount) in ordered
    )


def _add(
    sums: dict[tuple[str, str, str, str, str | None], list[int]],
    under: tuple[str, str, str, str, str | None],
    amount: int,
) -> None:
    """One more of a kind, and its amount."""
    entry = sums.setdefault(under, [0, 0])
    entry[0] += 1
    entry[1] += amount
