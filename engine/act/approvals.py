"""Approvals: which actions need somebody else's yes, and which still wait for it.

Comes in: a plan and the approvals that the book holds of it. Goes out: the actions that may not be carried out. Whose approval
an action needs is in decide/asking.py; act/consent.py records approvals.
Know before changing: an approval is of one action of one plan (by the plan's id, so of these very numbers) in one role, and
holds up to and including the second that it expires. The planner may not give one, and who applies may not count on one of
their own. People are told apart without regard to capitals, so that nobody is two by spelling.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.act.values import Action, Line, Plan
from engine.book.store import Book
from engine.errors import Place, Problem

# Policy, subject, episode and rule: what is carried out together where it is a step of a ladder.
_Step = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, order=True)
class Given:
    """One approval: of the action at that address, in that role, by somebody, up to a second."""

    address: str
    role: str
    actor: str
    expires: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action that may not be carried out yet: the roles that it lacks, and for each what is known of it in words."""

    address: str
    customer: str
    roles: tuple[str, ...]
    why: tuple[str, ...]


def given(book: Book, plan: Plan) -> Mapping[tuple[str, str], Sequence[Given]]:
    """Every approval of the plan by address and role, also expired ones, in the order in which they were given."""
    found: dict[tuple[str, str], list[Given]] = {}
    query = "SELECT address, role, actor, expires FROM approvals WHERE plan_id = :plan ORDER BY id"
    for row in book.execute(query, {"plan": plan.id}):
        one = Given(*row)
        found.setdefault((one.address, one.role), []).append(one)
    return found


def waiting(book: Book, plan: Plan, *, actor: str, now: str) -> tuple[Waiting, ...]:
    """The actions that `actor` may not carry out at `now`, in the order of the plan; their own approvals do not count."""
    needy = [action for action in plan.actions if action.approval]
    stand = given(book, plan) if needy else {}
    found = []
    for action in needy:
        lacking = [
            (role, why)
            for role in action.approval
            if (why := _lack(role, stand.get((action.address, role), ()), plan, actor, now)) is not None
        ]
        if lacking:
            roles, reasons = zip(*lacking, strict=True)
            found.append(Waiting(action.address, action.customer, roles, reasons))
    return tuple(found)


def together(actions: Iterable[Action], left_out: Collection[str]) -> dict[str, str]:
    """What has to be left out with actions that are: address -> the address of the one that it goes with.

    One step of a ladder is carried out as a whole. If its letter went out while its hand-over waits, the level would stand,
    and nobody would ever call for the hand-over again; a fee is charged only where its letter goes out.
    """
    those = tuple(actions)
    bearing = {_step(action, line) for action in those for line in action.lines if line.level_to is not None}
    steps = {action.address: sorted({_step(action, line) for line in action.lines} & bearing) for action in those}
    members: dict[_Step, list[str]] = {}
    for address in sorted(steps):
        for step in steps[address]:
            members.setdefault(step, []).append(address)
    found: dict[str, str] = {}
    reached = sorted(address for address in left_out if address in steps)
    for address in reached:
        for other in (other for step in steps[address] for other in members[step]):
            if other not in left_out and other not in found:
                found[other] = address
                reached.append(other)
    return found


def unapproved(those: Iterable[Waiting]) -> list[Problem]:
    """A line for each action that waits, and what to do."""
    remedy = "let them `duly approve` the plan, or carry out the rest with --skip-unapproved"
    return [
        Problem(Place(one.address), "needs-approval", f"it waits for {' and '.join(one.why)}; {remedy}")
        for one in those
    ]


def same(one: str, other: str) -> bool:
    """Whether two names are one person's."""
    return one.strip().casefold() == other.strip().casefold()


def _lack(role: str, stand: Sequence[Given], plan: Plan, actor: str, now: str) -> str | None:
    """Why the role's approval is lacking, in words; None where it is there."""
    others = [one for one in stand if not same(one.actor, plan.planner)]
    valid = [one for one in others if one.expires >= now]
    if any(not same(one.actor, actor) for one in valid):
        return None
    if valid:
        return f"{role} (so far only {actor} approved it, who cannot apply it as well)"
    if others:
        return f"{role} (the approval by {others[-1].actor} expired at {others[-1].expires})"
    return role


def _step(action: Action, line: Line) -> _Step:
    """What a line is part of. One action of a step carries its level; the others have only its rule."""
    subject = f"r{line.receivable_id}" if line.receivable_id else f"c{action.customer_id}"
    return line.policy, subject, line.episode, line.rule
