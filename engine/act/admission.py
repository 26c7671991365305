"""Whether a plan may be applied now: everything that is settled before the first effect.

Comes in: a plan, the policies in force, the book. Goes out: the problems that stand against it, none where it may go ahead.
Know before changing: each function is one check and says all that it finds. What moved since the plan was made is not settled
here but in every transaction of the run (act/apply.py).
"""

from collections.abc import Sequence
from typing import Any

from engine import VERSION, money
from engine.act.values import Plan, PolicyRef, sealed_id
from engine.book.snapshot import KNOWN_ALL
from engine.book.store import Book
from engine.errors import Exit, Place, Problem, Refusal
from engine.policy.model import Policy

# The last entry of a run: from it on, its plan counts as applied.
FINISHED = "run-finished"


def place(plan: Plan) -> Place:
    """How a problem names the plan: by the beginning of its id."""
    return Place(f"plan {plan.id.removeprefix('sha256:')[:12]}")


def unfit(plan: Plan, value: dict[str, Any]) -> list[Problem]:
    """Why it cannot be applied at all: changed, made by another engine, or of what was known then. `value` is its JSON."""
    here, found = place(plan), []
    if sealed_id(value) != plan.id:
        found.append(
            Problem(here, "bad-plan", "the plan was changed after it was made: its id does not fit; preview again")
        )
    if plan.engine != VERSION:
        message = (
            f"duly {plan.engine} made this plan and this is duly {VERSION}, which may decide otherwise; preview again"
        )
        found.append(Problem(here, "engine-changed", message))
    if plan.known_at != KNOWN_ALL:
        message = (
            f"it shows what was known at {plan.known_at}, which is to look at; preview without --known-at to apply"
        )
        found.append(Problem(here, "plan-of-the-past", message))
    return found


def policies_changed(plan: Plan, in_force: Sequence[Policy]) -> list[Problem]:
    """The policies that decided are not, or not any more, the ones in force on the plan's date."""
    now = {policy.name: policy for policy in in_force}
    found = [problem for ref in plan.policies if (problem := _changed(plan, ref, now.get(ref.policy)))]
    known = {ref.policy for ref in plan.policies}
    for policy in in_force:
        if policy.name not in known:
            message = (
                f"{policy.name} v{policy.version} is in force on {plan.as_of} and had no say in the plan; preview again"
            )
            found.append(Problem(Place(policy.file), "policy-changed", message))
    return found


def over_limit(plan: Plan) -> list[Problem]:
    """The limits of its policies that the plan goes beyond: customers, and share of the open amount in any one currency.

    A plan holds no rates, so the share is taken within each currency, and each is held to the limit.
    """
    return [problem for ref in plan.policies for problem in _beyond(plan, ref)]


def waiting(plan: Plan) -> list[Problem]:
    """That somebody has to approve actions first, and in which roles; for whoever reads the plan."""
    roles = [role for action in plan.actions for role in action.approval]
    if not roles:
        return []
    count = sum(1 for action in plan.actions if action.approval)
    those = ", ".join(f"{roles.count(role):,} for {role}" for role in sorted(set(roles)))
    message = (
        f"{count:,} actions wait for an approval: {those}" if count > 1 else f"1 action waits for an approval: {those}"
    )
    return [Problem(place(plan), "needs-approval", f"{message}; `duly approve` records it")]


def unfinished(book: Book, plan: Plan) -> int | None:
    """The run of this plan that was cut short, if there is one. Refusal `already-applied` where it was finished."""
    row = book.execute("SELECT id, recorded_at, actor FROM runs WHERE plan_id = :plan", {"plan": plan.id}).fetchone()
    if row is None:
        return None
    query = "SELECT at FROM ledger WHERE run_id = :run AND kind = :kind"
    finished = book.execute(query, {"run": row[0], "kind": FINISHED}).fetchone()
    if finished:
        message = f"{row[2]} applied this plan already, finished at {finished[0]}; preview again for what is to do now"
        raise Refusal([Problem(place(plan), "already-applied", message)], Exit.REFUSED)
    return int(row[0])


def run_before_last(book: Book, plan: Plan) -> list[Problem]:
    """A run may not be dated before the last one of the same policy: levels would be climbed in the past."""
    query = """SELECT MAX(r.as_of) FROM runs AS r JOIN run_policies AS p ON p.run_id = r.id
      JOIN policy_versions AS v ON v.id = p.policy_version_id WHERE v.policy = :policy"""
    found = []
    for ref in plan.policies:
        last = book.execute(query, {"policy": ref.policy}).fetchone()[0]
        if last is not None and last > plan.as_of:
            message = (
                f"{ref.policy} was applied as of {last}; a run as of {plan.as_of} would come before it. Preview as of"
            )
            found.append(Problem(place(plan), "run-before-last", f"{message} {last} or later"))
    return found


def applied_edited(book: Book, plan: Plan) -> list[Problem]:
    """A version that was applied once is never edited: a change is a new version."""
    found = []
    query = "SELECT digest FROM policy_versions WHERE policy = :policy AND version = :version"
    for ref in plan.policies:
        row = book.execute(query, {"policy": ref.policy, "version": ref.version}).fetchone()
        if row and row[0] != ref.digest:
            message = (
                f"{ref.policy} v{ref.version} was applied with another text; put that back and write v{ref.version + 1}"
            )
            found.append(Problem(Place(ref.file), "applied-edited", message))
    return found


def _changed(plan: Plan, ref: PolicyRef, now: Policy | None) -> Problem | None:
    """Whether a policy of the plan is not the one in force."""
    if now is None:
        what = f"{ref.policy} v{ref.version} made the plan and is not in force on {plan.as_of} any more"
    elif now.version != ref.version:
        what = f"{ref.policy} v{ref.version} made the plan, but v{now.version} is in force on {plan.as_of}"
    elif now.digest != ref.digest:
        what = f"{ref.policy} v{ref.version} was edited since the plan was made"
    else:
        return None
    return Problem(Place(now.file if now else ref.file), "policy-changed", f"{what}; preview again")


def _beyond(plan: Plan, ref: PolicyRef) -> list[Problem]:
    """The limits of one policy."""
    mine = [action for action in plan.actions if any(line.policy == ref.policy for line in action.lines)]
    customers, found = len({action.customer_id for action in mine}), []
    if ref.limit_customers is not None and customers > ref.limit_customers:
        message = f"{ref.policy} v{ref.version} acts on {customers:,} customers, its limit is {ref.limit_customers:,}"
        found.append(_limit(ref, message))
    if ref.limit_hundredths_of_book is None:
        return found
    items = {(action.entity, action.currency, item.receivable): item.open for action in mine for item in action.items}
    for currency, _, whole in sorted(plan.book_open):
        part = sum(open_ for (_, spoken, _), open_ in items.items() if spoken == currency)
        if 10_000 * part > ref.limit_hundredths_of_book * whole:
            message = (
                f"{ref.policy} v{ref.version} touches {money.written(part, currency)} of {money.written(whole, currency)}"
                f" {currency} open, its limit is {_percent(ref.limit_hundredths_of_book)}"
            )
            found.append(_limit(ref, message))
    return found


def _limit(ref: PolicyRef, message: str) -> Problem:
    """A limit exceeded, and what to do."""
    return Problem(Place(ref.file), "over-limit", f"{message}; read the preview, then apply with --approve")


def _percent(hundredths: int) -> str:
    """`10 %`, `2.5 %`."""
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{text} %"
