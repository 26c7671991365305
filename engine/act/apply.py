"""Apply: a plan carried out, once, or refused.

Comes in: a plan, the policies, the book. Goes out: effects, rows, messages and ledger entries, and an Applied that counts them.
Know before changing: the customer is the unit, and a transaction holds some hundreds of them: effects, rows, messages and
entries of one customer stand or fall together. The write lock is held per transaction only. In each of them what others have
written since is noticed (PRAGMA data_version) and, if anything was, the digests of all that is left are compared again. A run
that was cut short is one without its entry `run-finished`; applying the same plan again completes it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from engine.act import admission
from engine.act.carry import Carrier
from engine.act.ledger import Entry, append
from engine.act.opening import begin
from engine.act.plan import current_digests
from engine.act.turn import turn
from engine.act.values import Action, Plan, as_value
from engine.book.store import Book, writing
from engine.errors import Exit, Place, Problem, Refusal
from engine.policy.document import canonical
from engine.policy.library import in_force
from engine.policy.model import Policy

STARTED, RESUMED, SKIPPED, FINISHED = "run-started", "run-resumed", "skipped", "run-finished"
CUSTOMERS_AT_ONCE = 400

Progress = Callable[[int, int], None]
# All actions of one customer: the unit that is carried out, or left out, as a whole.
Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A customer who moved since the plan was made, and which receivables did (none: the customer as a whole)."""

    customer: str
    receivables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run did. `done` counts actions by kind, `before` those that an interrupted run had done already."""

    run_id: int
    plan_id: str
    as_of: str
    done: tuple[tuple[str, int], ...]
    before: int
    skipped: tuple[Skipped, ...]
    resumed: bool

    @property
    def exit(self) -> Exit:
        """PARTLY where something was skipped."""
        return Exit.PARTLY if self.skipped else Exit.OK


def apply(
    book: Book,
    plan: Plan,
    policies: Sequence[Policy],
    *,
    actor: str,
    now: str,
    skip_stale: bool = False,
    approve: bool = False,
    progress: Progress | None = None,
    at_once: int = CUSTOMERS_AT_ONCE,
) -> Applied:
    """Carry out exactly the actions of the plan, each once.

    `policies` are all versions there are; those in force are chosen by the plan's date. Refusal with exit REFUSED: bad-plan,
    engine-changed, plan-of-the-past, already-applied, policy-changed, over-limit, needs-approval, run-before-last,
    applied-edited, stale, book-locked. `stale` has the exit PARTLY where the book moved while the run was under way.
    """
    ruling = in_force(policies, plan.as_of)
    with turn(book, "apply"):
        value = as_value(plan)
        _refuse(admission.unfit(plan, value))
        begun = _unfinished(book, plan)
        _refuse(admission.policies_changed(plan, ruling))
        if not (approve or begun):
            _refuse(admission.over_limit(plan) + admission.waiting(plan))
        text, watch = canonical(value) + "\n", _Watch(book, plan, ruling)
        run = _Run(book, plan, text, ruling, actor, now, skip_stale, watch)
        watch.look()
        customers = iter(_by_customer(plan))
        while batch := tuple(islice(customers, at_once)):
            with writing(book):
                run.carry(batch)
            if progress:
                progress(run.settled, len(plan.actions))
        with writing(book):
            return run.finish()


@dataclass(slots=True)
class _Watch:
    """Notices what others wrote since the last look, and which lines of the plan that has made stale."""

    book: Book
    plan: Plan
    policies: Sequence[Policy]
    version: int | None = None
    done: dict[str, int] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()

    def look(self) -> None:
        """Compare the digests of all lines with the book, unless nobody else has written since the last time."""
        version = int(self.book.execute("PRAGMA data_version").fetchone()[0])
        if version == self.version:
            return
        lines = [line for action in self.plan.actions for line in action.lines]
        now = current_digests(self.book, self.policies, self.plan)
        self.moved = frozenset(line.key for line in lines if now.get(line.key) != line.digest)
        query = "SELECT key, run_id FROM effects WHERE key IN (SELECT value FROM json_each(:keys))"
        self.done = dict(self.book.execute(query, {"keys": json.dumps([line.key for line in lines])}))
        self.version = version

    def stale(self, actions: Actions) -> Skipped | None:
        """Whether the customer moved since the plan was made, or something of it was done by another run."""
        lines = [line for action in actions for line in action.lines]
        moved = [line for line in lines if line.key in self.moved or line.key in self.done]
        if not moved:
            return None
        return Skipped(actions[0].customer, tuple(sorted({line.receivable for line in moved if line.receivable})))

    def done_by(self, run_id: int, actions: Actions) -> bool:
        """Whether all of a customer's actions are the work of that run."""
        return all(self.done.get(line.key) == run_id for action in actions for line in action.lines)


@dataclass(slots=True)
class _Run:
    """One apply under way: begun in its first transaction, closed in its last."""

    book: Book
    plan: Plan
    text: str
    policies: Sequence[Policy]
    actor: str
    now: str
    skip_stale: bool
    watch: _Watch
    id: int = 0
    resumed: bool = False
    checked: int | None = None
    before: int = 0
    settled: int = 0
    done: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, Skipped] = field(default_factory=dict)

    def carry(self, customers: Sequence[Actions]) -> None:
        """One transaction: the first one begins the run. Nothing of it is kept where it is refused."""
        self._look()
        carrier = Carrier(self.book, self.id, self.plan, self.actor, self.now)
        left = [actions for actions in customers if not self.watch.done_by(self.id, actions)]
        fit = [actions for actions in left if not self._skip(actions, carrier)]
        carrier.prepare(action for actions in fit for action in actions)
        for actions in fit:
            carrier.carry_out(actions)
            for action in actions:
                self.done[action.kind] = self.done.get(action.kind, 0) + 1
        carrier.write()
        self.settled += sum(map(len, customers))
        self.before += sum(map(len, customers)) - sum(map(len, left))

    def finish(self) -> Applied:
        """The run's last entry: from here on the plan counts as applied."""
        self._look()
        done = dict(sorted(self.done.items()))
        self._append(
            FINISHED, {"plan": self.plan.id, "done": done, "before": self.before, "skipped": sorted(self.skipped)}
        )
        skipped = tuple(self.skipped[customer] for customer in sorted(self.skipped))
        return Applied(self.id, self.plan.id, self.plan.as_of, tuple(done.items()), self.before, skipped, self.resumed)

    def _look(self) -> None:
        """Begin the run where it has not begun; stop it where somebody who is still to come has moved."""
        self.watch.look()
        if not self.id:
            self._begin()
        if self.checked != self.watch.version:
            self.checked = self.watch.version
            self._refuse_stale()

    def _begin(self) -> None:
        """The run's row and first entry, or its taking up again; refused where the book says that it may not be."""
        found = _unfinished(self.book, self.plan)
        _refuse(admission.run_before_last(self.book, self.plan) + admission.applied_edited(self.book, self.plan))
        if found:
            self.id, self.resumed = found, True
            self.skipped = _skipped(self.book, found)
            self._append(RESUMED, {"plan": self.plan.id, "skip_stale": self.skip_stale})
            return
        self.id, rows = begin(self.book, self.plan, self.text, self.policies, actor=self.actor, now=self.now)
        said = {
            "plan": self.plan.id,
            "as_of": self.plan.as_of,
            "policies": [f"{ref.policy}@{ref.version}" for ref in self.plan.policies],
            "actions": len(self.plan.actions),
            "skip_stale": self.skip_stale,
            "rows": rows,
        }
        self._append(STARTED, said)

    def _refuse_stale(self) -> None:
        """Stop where a customer has moved, unless the rest is to be carried out all the same."""
        if self.skip_stale:
            return
        left = [actions for actions in _by_customer(self.plan) if not self.watch.done_by(self.id, actions)]
        found = [
            stale for actions in left if (stale := self.watch.stale(actions)) and stale.customer not in self.skipped
        ]
        _refuse([_moved(stale) for stale in found], Exit.PARTLY if self.settled else Exit.REFUSED)

    def _skip(self, actions: Actions, carrier: Carrier) -> bool:
        """Whether the customer is left out, now or before the run was cut short; the ledger says so once."""
        if actions[0].customer in self.skipped:
            return True
        stale = self.watch.stale(actions)
        if stale is None:
            return False
        self.skipped[stale.customer] = stale
        carrier.entries.append(Entry(SKIPPED, _left_out(stale)))
        return True

    def _append(self, kind: str, content: dict[str, object]) -> None:
        """One entry about the run itself."""
        append(self.book, run_id=self.id, at=self.now, actor=self.actor, kind=kind, content=content)


def _by_customer(plan: Plan) -> Iterator[Actions]:
    """The actions, customer by customer in the order of their numbers."""
    ordered = sorted(plan.actions, key=lambda action: (action.customer, action.customer_id, action.address))
    return (tuple(several) for _, several in groupby(ordered, key=lambda action: action.customer_id))


def _unfinished(book: Book, plan: Plan) -> int | None:
    """The run of this plan that was cut short, if there is one. Refusal `already-applied` where it was finished."""
    row = book.execute("SELECT id, recorded_at, actor FROM runs WHERE plan_id = :plan", {"plan": plan.id}).fetchone()
    if row is None:
        return None
    query = "SELECT at FROM ledger WHERE run_id = :run AND kind = :kind"
    finished = book.execute(query, {"run": row[0], "kind": FINISHED}).fetchone()
    if finished:
        message = f"{row[2]} applied this plan already, finished at {finished[0]}; preview again for what is to do now"
        raise Refusal([Problem(admission.place(plan), "already-applied", message)], Exit.REFUSED)
    return int(row[0])


def _skipped(book: Book, run_id: int) -> dict[str, Skipped]:
    """The customers that a run left out before it was cut short."""
    query = "SELECT content FROM ledger WHERE run_id = :run AND kind = :kind ORDER BY seq"
    contents = [json.loads(row[0]) for row in book.execute(query, {"run": run_id, "kind": SKIPPED})]
    return {one["customer"]: Skipped(one["customer"], tuple(one["receivables"])) for one in contents}


def _left_out(stale: Skipped) -> dict[str, object]:
    """What the ledger says of a customer who is left out."""
    return {"customer": stale.customer, "receivables": list(stale.receivables), "because": "stale"}


def _moved(stale: Skipped) -> Problem:
    """Who moved, and what to do."""
    what = f"receivable {', '.join(stale.receivables)}" if stale.receivables else "the customer"
    message = f"{what} moved since the plan was made; preview again, or carry out the rest with --skip-stale"
    return Problem(Place(f"customer {stale.customer}"), "stale", message)


def _refuse(problems: Sequence[Problem], exit: Exit = Exit.REFUSED) -> None:  # noqa: A002 - the domain's word
    """Nothing, or the Refusal of all of them."""
    if problems:
        raise Refusal(problems, exit)
