"""Somebody approves: which actions of a plan, in which of their roles; recorded with an entry in the ledger.

Comes in: a plan, the roles, who says so. Goes out: an Approved; or the refusal of what they may not approve.
Know before changing: what stands is never changed. An approval that still holds is left as it is, whoever gave it; one that has
expired is given again as a new row. An approver needs no more than the plan and the role: whether the plan may be applied at
all (policies, limits, customers that moved) is apply's question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.act import admission
from engine.act.approvals import Given, Waiting, given, same, waiting
from engine.act.ledger import Entry, append_all, stated
from engine.act.values import Action, Plan, as_value
from engine.book.store import Book, writing
from engine.errors import Exit, Place, Problem, Refusal, nearest
from engine.policy.roles import Roles

APPROVED = "approval"
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Approved:
    """What somebody approved of a plan: `given` now, `before` what stood already. `waiting` is what still lacks a role."""

    plan_id: str
    as_of: str
    actor: str
    given: tuple[Given, ...]
    before: tuple[Given, ...]
    waiting: tuple[Waiting, ...]


def approve(
    book: Book,
    plan: Plan,
    roles: Roles,
    *,
    actor: str,
    now: str,
    addresses: Sequence[str] = (),
    role: str | None = None,
) -> Approved:
    """Record that `actor` approves actions of the plan: those at the addresses, or all, in one role or every one they have.

    Refusal with exit NO: unknown-address, unknown-role, nothing-to-approve; with exit REFUSED: bad-plan, engine-changed,
    plan-of-the-past, already-applied, own-plan, not-in-role. A plan in which nothing waits for anybody refuses nobody.
    """
    with writing(book):
        _refuse(admission.unfit(plan, as_value(plan)), Exit.REFUSED)
        admission.unfinished(book, plan)
        asked = _Asked(plan, _at(plan, addresses), roles, actor, role, bool(addresses))
        if asked.needed or addresses:
            _refuse(asked.amiss(), Exit.NO)
            _refuse(asked.declined(), Exit.REFUSED)
        stand, expires = given(book, plan), _later(now, roles.days)
        new: list[Given] = []
        before: list[Given] = []
        for address, each in asked.wanted():
            valid = [one for one in stand.get((address, each), ()) if one.expires >= now]
            if valid:
                before.append(valid[-1])
            else:
                new.append(Given(address, each, actor, expires))
        _record(book, plan, new, now)
        return Approved(plan.id, plan.as_of, actor, tuple(new), tuple(before), waiting(book, plan, actor="", now=now))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody wants to approve: these actions, in one role or every one of theirs. `named`: they named the actions."""

    plan: Plan
    actions: tuple[Action, ...]
    roles: Roles
    actor: str
    role: str | None
    named: bool

    @property
    def needed(self) -> tuple[str, ...]:
        """Every role that one of the actions waits for."""
        return tuple(sorted({role for action in self.actions for role in action.approval}))

    def wanted(self) -> Iterator[tuple[str, str]]:
        """The address and role of each approval, in the order of the plan."""
        mine = self.roles.of(self.actor)
        for action in self.actions:
            yield from (
                (action.address, each) for each in action.approval if each in mine and self.role in (None, each)
            )

    def amiss(self) -> list[Problem]:
        """Why what is asked makes no sense: a role that there is not, an action that waits for nobody, or not for the role."""
        if self.role is not None and self.role not in self.roles.names():
            hint = nearest(self.role, self.roles.names()) or f"; there are {', '.join(self.roles.names())}"
            return [Problem(Place(self.roles.file), "unknown-role", f"'{self.role}' is not a role here{hint}")]
        if self.named:
            idle = [one for one in self.actions if not one.approval or self.role not in (None, *one.approval)]
            return [self._problem("nothing-to-approve", _waits(one.address, one.approval)) for one in idle]
        idle_role = self.role is not None and self.role not in self.needed
        return [self._problem("nothing-to-approve", _waits("the plan", self.needed))] if idle_role else []

    def declined(self) -> list[Problem]:
        """Why they may not: the plan is their own, or the role is not theirs."""
        if same(self.actor, self.plan.planner):
            message = f"{self.actor} made this plan and cannot approve it as well; somebody else in the role has to"
            return [self._problem("own-plan", message)]
        mine = set(self.roles.of(self.actor))
        lacking: list[tuple[str, tuple[str, ...]]]
        if self.role is not None:
            lacking = [] if self.role in mine else [("approve it", (self.role,))]
        elif self.named:
            lacking = [
                (f"approve {one.address}", one.approval) for one in self.actions if not mine.intersection(one.approval)
            ]
        else:
            lacking = [] if mine.intersection(self.needed) else [("approve any of it", self.needed)]
        return [
            self._problem("not-in-role", f"{self.actor} cannot {what}; that is for {self._people(needed)}")
            for what, needed in lacking
        ]

    def _problem(self, code: str, message: str) -> Problem:
        """A problem with this plan."""
        return Problem(admission.place(self.plan), code, message)

    def _people(self, needed: Iterable[str]) -> str:
        """Roles, each with who has it."""
        return ", ".join(f"{name} ({', '.join(self.roles.who(name)) or 'nobody'})" for name in needed)


def _at(plan: Plan, addresses: Sequence[str]) -> tuple[Action, ...]:
    """The actions at the addresses, all of them where none is named. Refusal `unknown-address`."""
    known = {action.address for action in plan.actions}
    wrong = [address for address in dict.fromkeys(addresses) if address not in known]
    remedy = "; take the address from the plan"
    _refuse(
        [
            Problem(
                admission.place(plan),
                "unknown-address",
                f"there is no action '{address}' in it{nearest(address, known) or remedy}",
            )
            for address in wrong
        ],
        Exit.NO,
    )
    return tuple(action for action in plan.actions if not addresses or action.address in addresses)


def _waits(what: str, needed: Sequence[str]) -> str:
    """For whom something waits."""
    return (
        f"{what} waits for {', '.join(needed)}, and for nobody else"
        if needed
        else f"{what} waits for nobody: leave it out"
    )


def _record(book: Book, plan: Plan, new: Sequence[Given], now: str) -> None:
    """A row for each approval, an entry for each action."""
    first = int(book.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM approvals").fetchone()[0])
    rows = [
        {"id": number, "plan_id": plan.id, "address": one.address, "role": one.role, "actor": one.actor,
         "expires": one.expires, "recorded_at": now}
        for number, one in enumerate(new, first)
    ]  # fmt: skip
    query = "INSERT INTO approvals VALUES (:id, :plan_id, :address, :role, :actor, :expires, :recorded_at)"
    book.conn.executemany(query, rows)
    actions = {action.address: action for action in plan.actions}
    by_action: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        by_action.setdefault(str(row["address"]), []).append(row)
    entries = [Entry(APPROVED, content) for content in _contents(actions, by_action)]
    if entries:
        append_all(book, entries, run_id=None, at=now, actor=new[0].actor)


def _contents(
    actions: Mapping[str, Action], by_action: Mapping[str, Sequence[Mapping[str, object]]]
) -> Iterator[dict[str, object]]:
    """What the ledger says of each approved action."""
    for address, rows in by_action.items():
        action, roles = actions[address], [str(row["role"]) for row in rows]
        yield {
            "plan": rows[0]["plan_id"],
            "address": address,
            "customer": action.customer,
            "receivables": sorted({line.receivable for line in action.lines if line.receivable}),
            "roles": roles,
            "after": f"as {' and '.join(roles)}: {action.after}",
            "rows": {"approvals": [stated("approvals", row) for row in rows]},
        }


def _later(now: str, days: int) -> str:
    """So many days after an instant."""
    return (datetime.strptime(now, _INSTANT) + timedelta(days=days)).strftime(_INSTANT)  # noqa: DTZ007 - Z is UTC


def _refuse(problems: Sequence[Problem], exit: Exit) -> None:  # noqa: A002 - the domain's word
    """Nothing, or the Refusal of all of them."""
    if problems:
        raise Refusal(problems, exit)
