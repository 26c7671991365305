"""Apply: a plan carried out, once, or refused.

Comes in: a plan, the policies, the book. Goes out: effects, rows, messages and ledger entries, and an Applied that counts them.
Know before changing: the customer is the unit, and a transaction holds some hundreds of them: effects, rows, messages and
entries of one customer stand or fall together. The write lock is held per transaction only. In each of them what others have
written since is noticed (PRAGMA data_version) and, if anything was, the digests of all that is left are compared again. A run
that was cut short is one without its entry `run-finished`; applying the same plan again completes it. What has to be approved is
looked at once, before the first transaction: an approval only ever comes, and `now` is one second.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from engine.act import admission
from engine.act.admission import FINISHED
from engine.act.approvals import Waiting, together, unapproved, waiting
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

STARTED, RESUMED, SKIPPED = "run-started", "run-resumed", "skipped"
CUSTOMERS_AT_ONCE = 400

Progress = Callable[[int, int], None]
# All actions of one customer: the unit that is carried out, or left out, as a whole.
Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A customer who moved since the plan was made, and which receivables did (none: the customer as a whole)."""

    customer: str
    receivables: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """An action that was not approved, and the roles that it lacks; or one that stands or falls `beside` such an action."""

    address: str
    customer: str
    roles: tuple[str, ...]
    beside: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run did. `done` counts actions by kind, `before` those that an interrupted run had done already.

    `skipped` are customers who moved, `unapproved` actions that nobody approved, also those left out before an interruption.
    """

    run_id: int
    plan_id: str
    as_of: str
    done: tuple[tuple[str, int], ...]
    before: int
    skipped: tuple[Skipped, ...]
    resumed: bool
    unapproved: tuple[LeftOut, ...] = ()

    @property
    def exit(self) -> Exit:
        """PARTLY where something was left out."""
        return Exit.PARTLY if self.skipped or self.unapproved else Exit.OK


def apply(
    book: Book,
    plan: Plan,
    policies: Sequence[Policy],
    *,
    actor: str,
    now: str,
    skip_stale: bool = False,
    skip_unapproved: bool = False,
    approve: bool = False,
    progress: Progress | None = None,
    at_once: int = CUSTOMERS_AT_ONCE,
) -> Applied:
    """Carry out exactly the actions of the plan, each once. `approve` is for limits only, not for what has to be approved.

    `policies` are all versions there are; those in force are chosen by the plan's date. Refusal with exit REFUSED: bad-plan,
    engine-changed, plan-of-the-past, already-applied, policy-changed, over-limit, needs-approval, run-before-last,
    applied-edited, stale, book-locked. `stale` has the exit PARTLY where the book moved while the run was under way.
    """
    ruling = in_force(policies, plan.as_of)
    with turn(book, "apply"):
        value = as_value(plan)
        _refuse(admission.unfit(plan, value))
        begun = admission.unfinished(book, plan)
        _refuse(admission.policies_changed(plan, ruling))
        lacking = _lacking(book, plan, begun, actor, now)
        limits = [] if approve or begun else admission.over_limit(plan)
        _refuse(limits + ([] if skip_unapproved else unapproved(lacking)))
        text, watch = canonical(value) + "\n", _Watch(book, plan, ruling)
        run = _Run(book, plan, text, ruling, actor, now, skip_stale, skip_unapproved, watch, _left_out(plan, lacking))
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

    def done_by(self, run_id: int, action: Action) -> bool:
        """Whether the action is the work of that run."""
        return all(self.done.get(line.key) == run_id for line in action.lines)


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
    skip_unapproved: bool
    watch: _Watch
    lacking: Mapping[str, LeftOut]
    id: int = 0
    resumed: bool = False
    checked: int | None = None
    before: int = 0
    settled: int = 0
    done: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, Skipped] = field(default_factory=dict)
    unapproved: dict[str, LeftOut] = field(default_factory=dict)

    def carry(self, customers: Sequence[Actions]) -> None:
        """One transaction: the first one begins the run. Nothing of it is kept where it is refused."""
        self._look()
        carrier = Carrier(self.book, self.id, self.plan, self.actor, self.now)
        settled = [self._settled(actions) for actions in customers]
        left = [actions for actions, done in zip(customers, settled, strict=True) if not done]
        fit = [self._approved(actions, carrier) for actions in left if not self._skip(actions, carrier)]
        carrier.prepare(action for actions in fit for action in actions)
        for actions in fit:
            carrier.carry_out(actions)
            for action in actions:
                self.done[action.kind] = self.done.get(action.kind, 0) + 1
        carrier.write()
        self.settled += sum(map(len, customers))
        past = (actions for actions, done in zip(customers, settled, strict=True) if done)
        self.before += sum(self.watch.done_by(self.id, action) for actions in past for action in actions)

    def finish(self) -> Applied:
        """The run's last entry: from here on the plan counts as applied."""
        self._look()
        done = dict(sorted(self.done.items()))
        content = {
            "plan": self.plan.id,
            "done": done,
            "before": self.before,
            "skipped": sorted(self.skipped),
            "unapproved": sorted(self.unapproved),
        }
        self._append(FINISHED, content)
        return Applied(
            self.id,
            self.plan.id,
            self.plan.as_of,
            tuple(done.items()),
            self.before,
            tuple(self.skipped[customer] for customer in sorted(self.skipped)),
            self.resumed,
            tuple(sorted(self.unapproved.values())),
        )

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
        found = admission.unfinished(self.book, self.plan)
        _refuse(admission.run_before_last(self.book, self.plan) + admission.applied_edited(self.book, self.plan))
        if found:
            self.id, self.resumed = found, True
            self.skipped, self.unapproved = _skipped(self.book, found), _unapproved(self.book, found)
            self._append(RESUMED, {"plan": self.plan.id, **self._leave()})
            return
        self.id, rows = begin(self.book, self.plan, self.text, self.policies, actor=self.actor, now=self.now)
        said = {
            "plan": self.plan.id,
            "as_of": self.plan.as_of,
            "policies": [f"{ref.policy}@{ref.version}" for ref in self.plan.policies],
            "actions": len(self.plan.actions),
            **self._leave(),
            "rows": rows,
        }
        self._append(STARTED, said)

    def _refuse_stale(self) -> None:
        """Stop where a customer has moved, unless the rest is to be carried out all the same."""
        if self.skip_stale:
            return
        left = [actions for actions in _by_customer(self.plan) if not self._settled(actions)]
        found = [stale for actions in left if (stale := self._stale(actions)) and stale.customer not in self.skipped]
        _refuse([_moved(stale) for stale in found], Exit.PARTLY if self.settled else Exit.REFUSED)

    def _skip(self, actions: Actions, carrier: Carrier) -> bool:
        """Whether the customer is left out, now or before the run was cut short; the ledger says so once."""
        if actions[0].customer in self.skipped:
            return True
        stale = self._stale(actions)
        if stale is None:
            return False
        self.skipped[stale.customer] = stale
        content = {"customer": stale.customer, "receivables": list(stale.receivables), "because": "stale"}
        carrier.entries.append(Entry(SKIPPED, content))
        return True

    def _approved(self, actions: Actions, carrier: Carrier) -> Actions:
        """A customer's actions without those that are left out for want of an approval; the ledger says so once."""
        for action in actions:
            if action.address in self.lacking and action.address not in self.unapproved:
                self.unapproved[action.address] = self.lacking[action.address]
                carrier.entries.append(Entry(SKIPPED, _not_approved(action, self.lacking[action.address])))
        return tuple(action for action in actions if action.address not in self.unapproved)

    def _settled(self, actions: Actions) -> bool:
        """Whether everything of a customer was done, or left out for want of an approval, by this run before."""
        return all(action.address in self.unapproved or self.watch.done_by(self.id, action) for action in actions)

    def _stale(self, actions: Actions) -> Skipped | None:
        """Whether the customer moved; that matters only where something is to be done."""
        idle = all(action.address in self.unapproved or action.address in self.lacking for action in actions)
        return None if idle else self.watch.stale(actions)

    def _leave(self) -> dict[str, object]:
        """What whoever applies is ready to leave out."""
        return {"skip_stale": self.skip_stale, "skip_unapproved": self.skip_unapproved}

    def _append(self, kind: str, content: dict[str, object]) -> None:
        """One entry about the run itself."""
        append(self.book, run_id=self.id, at=self.now, actor=self.actor, kind=kind, content=content)


def _by_customer(plan: Plan) -> Iterator[Actions]:
    """The actions, customer by customer in the order of their numbers."""
    ordered = sorted(plan.actions, key=lambda action: (action.customer, action.customer_id, action.address))
    return (tuple(several) for _, several in groupby(ordered, key=lambda action: action.customer_id))


def _lacking(book: Book, plan: Plan, begun: int | None, actor: str, now: str) -> tuple[Waiting, ...]:
    """The actions that may not be carried out now, but for those that an interrupted run has done or left out already."""
    found = waiting(book, plan, actor=actor, now=now)
    if begun is None or not found:
        return found
    query = "SELECT DISTINCT address FROM effects WHERE run_id = :run"
    past = {row[0] for row in book.execute(query, {"run": begun})} | _unapproved(book, begun).keys()
    return tuple(one for one in found if one.address not in past)


def _left_out(plan: Plan, lacking: Sequence[Waiting]) -> dict[str, LeftOut]:
    """By address: the actions that are left out, those that wait and those that go with them."""
    found = {one.address: LeftOut(one.address, one.customer, one.roles, None) for one in lacking}
    customers = {one.customer for one in lacking}
    those = [action for action in plan.actions if action.customer in customers]
    beside, named = together(those, found), {action.address: action.customer for action in those}
    return found | {address: LeftOut(address, named[address], (), other) for address, other in beside.items()}


def _skipped(book: Book, run_id: int) -> dict[str, Skipped]:
    """The customers that a run left out before it was cut short, because they had moved."""
    contents = [one for one in _passed_over(book, run_id) if one["because"] == "stale"]
    return {one["customer"]: Skipped(one["customer"], tuple(one["receivables"])) for one in contents}


def _unapproved(book: Book, run_id: int) -> dict[str, LeftOut]:
    """The actions that a run left out before it was cut short, because nobody had approved them."""
    contents = [one for one in _passed_over(book, run_id) if one["because"] == "unapproved"]
    return {
        one["address"]: LeftOut(one["address"], one["customer"], tuple(one["roles"]), one["beside"]) for one in contents
    }


def _passed_over(book: Book, run_id: int) -> list[dict[str, Any]]:
    """What the ledger says of everything that a run left out."""
    query = "SELECT content FROM ledger WHERE run_id = :run AND kind = :kind ORDER BY seq"
    return [json.loads(row[0]) for row in book.execute(query, {"run": run_id, "kind": SKIPPED})]


def _not_approved(action: Action, left: LeftOut) -> dict[str, object]:
    """What the ledger says of an action that is left out."""
    return {
        "customer": action.customer,
        "receivables": sorted({line.receivable for line in action.lines if line.receivable}),
        "because": "unapproved",
        "address": action.address,
        "roles": list(left.roles),
        "beside": left.beside,
    }


def _moved(stale: Skipped) -> Problem:
    """Who moved, and what to do."""
    what = f"receivable {', '.join(stale.receivables)}" if stale.receivables else "the customer"
    message = f"{what} moved since the plan was made; preview again, or carry out the rest with --skip-stale"
    return Problem(Place(f"customer {stale.customer}"), "stale", message)


def _refuse(problems: Sequence[Problem], exit: Exit = Exit.REFUSED) -> None:  # noqa: A002 - the domain's word
    """Nothing, or the Refusal of all of them."""
    if problems:
        raise Refusal(problems, exit)
