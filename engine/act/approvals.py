"""Approvals: which actions need somebody else's yes, and which still wait for it.

Comes in: a policy and what an action is about; a plan and the approvals that the book holds of it. Goes out: roles, and the
actions that may not be carried out. act/consent.py records approvals.
Know before changing: an approval is of one action of one plan (by the plan's id, so of these very numbers) in one role, and
holds up to and including the second that it expires. The planner may not give one, and who applies may not count on one of
their own. People are told apart without regard to capitals, so that nobody is two by spelling.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.act.values import Action, Line, Plan
from engine.book.store import Book
from engine.errors import Place, Problem
from engine.policy.model import Approval, Policy

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


def roles_for(
    policy: Policy, kind: str, *, amount: int | None, before: int | None, days: int | None
) -> tuple[str, ...]:
    """The roles that the policy asks for before an action of that kind is carried out, sorted; none where it asks for none.

    `amount` is what the action is about, of set_credit_limit the new limit (None: none is set), `before` the limit until
    now (None: none was set), both in minor units of the policy's currency; `days` are new terms. An entry asks where every
    bound that it gives is exceeded, so one without bounds always does.
    """
    asking = [entry for entry in policy.approvals if entry.action == kind and _asks(entry, amount, before, days)]
    return tuple(sorted({entry.role for entry in asking}))


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


def _asks(entry: Approval, amount: int | None, before: int | None, days: int | None) -> bool:
    """Whether every bound of the entry is exceeded; what is not there exceeds none."""
    return (
        (entry.above is None or (amount is not None and amount > entry.above))
        and (entry.raise_hundredths is None or _raised(entry.raise_hundredths, amount, before))
        and (entry.above_days is None or (days is not None and days > entry.above_days))
    )


def _raised(hundredths: int, amount: int | None, before: int | None) -> bool:
    """Whether a limit is raised by more than so many hundredths of a percent; from none or 0, any raise is."""
    if amount is None:
        return False
    if not before:
        return amount > 0
    return (amount - before) * 10_000 > hundredths * before


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
