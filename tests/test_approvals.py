"""Approvals: who has to agree before an action is carried out, who may, for how long, and what happens to the rest."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.act import ledger
from engine.act.apply import Applied, apply
from engine.act.consent import Approved, approve
from engine.act.plan import plan
from engine.act.values import Action, Plan, from_json, to_json
from engine.book.store import Book
from engine.decide.asking import roles_for
from engine.errors import Exit, Refusal
from engine.policy.model import Approval, Policy
from engine.policy.roles import Roles
from engine.report.records import applied as applied_text
from engine.report.records import approved as approved_text
from tests.acts import AS_OF, NOW, STANDARD, WATCH, books, count, in_file, resealed
from tests.books import Books, policy
from tests.desk import Desk, laid_down
from tests.test_apply import Interrupted, pay, refused

PLANNER, APPLIER = "li.na", "j.okafor"
ROLES = Roles((("cfo", ("l.weber",)), ("credit-manager", ("j.okafor", "li.na", "m.huber"))), 7, "policies/roles.yaml")
HAND_OVER, HOLD = "hand_over/C0001/E1/EUR/agency", "credit_hold/C0001/E1/EUR/overdue"
# Seven days after NOW, to the second.
EXPIRES, TOO_LATE = "2026-03-08T08:00:00Z", "2026-03-08T08:00:01Z"
MANAGER = "credit-manager"


def entry(
    action: str, role: str, *, above: int | None = None, raised: int | None = None, days: int | None = None
) -> Approval:
    """One line of a policy's `approvals`."""
    return Approval(action, role, above, raised, days)


def asking(text: str, *entries: Approval) -> Policy:
    """A policy that asks for those approvals."""
    return replace(policy(text), approvals=entries)


def policies() -> tuple[Policy, ...]:
    """Handing over needs the CFO and the credit manager, a credit hold the credit manager."""
    return (
        asking(STANDARD, entry("hand_over", "cfo"), entry("hand_over", MANAGER)),
        asking(WATCH, entry("credit_hold", MANAGER)),
    )


def planned(book: Book, as_of: str = AS_OF, *, planner: str = PLANNER, of: tuple[Policy, ...] | None = None) -> Plan:
    """What the policies call for, planned by one of us."""
    return plan(book, of or policies(), as_of=as_of, planner=planner)


def approved(
    book: Book, the_plan: Plan, actor: str, *addresses: str, role: str | None = None, now: str = NOW
) -> Approved:
    """Somebody approves."""
    return approve(book, the_plan, ROLES, actor=actor, now=now, addresses=addresses, role=role)


def carried(book: Book, the_plan: Plan, *, actor: str = APPLIER, now: str = NOW, **given: Any) -> Applied:
    """Somebody applies."""
    return apply(book, the_plan, policies(), actor=actor, now=now, **given)


def action_of(the_plan: Plan, kind: str) -> Action:
    """The only action of that kind."""
    (found,) = (action for action in the_plan.actions if action.kind == kind)
    return found


def left_out(book: Book) -> list[dict[str, Any]]:
    """What the ledger says was left out."""
    return [
        json.loads(row[0]) for row in book.execute("SELECT content FROM ledger WHERE kind = 'skipped' ORDER BY seq")
    ]


# -- which roles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "amount", "before", "days", "needed"),
    [
        (entry("set_credit_limit", "cfo"), 1, None, None, True),
        (entry("set_credit_limit", "cfo"), None, 5, None, True),
        (entry("set_terms", "cfo"), 1, None, None, False),
        (entry("set_credit_limit", "cfo", above=10_000), 9_999, None, None, False),
        (entry("set_credit_limit", "cfo", above=10_000), 10_000, None, None, False),
        (entry("set_credit_limit", "cfo", above=10_000), 10_001, None, None, True),
        (entry("set_credit_limit", "cfo", above=0), 0, None, None, False),
        (entry("set_credit_limit", "cfo", above=0), 1, None, None, True),
        (entry("set_credit_limit", "cfo", above=0), None, 5, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), 1_249, 1_000, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), 1_250, 1_000, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), 1_251, 1_000, None, True),
        (entry("set_credit_limit", "cfo", raised=0), 1_000, 1_000, None, False),
        (entry("set_credit_limit", "cfo", raised=0), 999, 1_000, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), 1, 0, None, True),
        (entry("set_credit_limit", "cfo", raised=2_500), 1, None, None, True),
        (entry("set_credit_limit", "cfo", raised=2_500), 0, None, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), 0, 0, None, False),
        (entry("set_credit_limit", "cfo", raised=2_500), None, 1_000, None, False),
        (entry("set_credit_limit", "cfo", above=5_000, raised=1_000), 5_001, 5_000, None, False),
        (entry("set_credit_limit", "cfo", above=5_000, raised=1_000), 5_000, 1_000, None, False),
        (entry("set_credit_limit", "cfo", above=5_000, raised=1_000), 5_001, 1_000, None, True),
    ],
)
def test_when_an_entry_asks(asked: Approval, amount: int, before: int, days: int, needed: bool) -> None:
    """Of that kind, and every bound that it gives is exceeded: at the bound it does not ask, one beyond it does."""
    found = roles_for(asking(WATCH, asked), "set_credit_limit", amount=amount, before=before, days=days)
    assert found == (("cfo",) if needed else ())


@pytest.mark.parametrize(("days", "needed"), [(59, False), (60, False), (61, True), (None, False)])
def test_terms_beyond_so_many_days(days: int | None, needed: bool) -> None:
    """60 days are not beyond 60."""
    asked = asking(WATCH, entry("set_terms", "cfo", days=60))
    assert bool(roles_for(asked, "set_terms", amount=None, before=None, days=days)) is needed


def test_every_entry_that_asks_counts_and_each_role_once() -> None:
    """Sorted, whatever the order of the file."""
    asked = asking(
        WATCH,
        entry("hand_over", MANAGER),
        entry("hand_over", "cfo", above=100),
        entry("hand_over", MANAGER, above=50),
        entry("hand_over", "board", above=1_000),
    )
    assert roles_for(asked, "hand_over", amount=101, before=None, days=None) == ("cfo", MANAGER)


@pytest.mark.parametrize(("above", "needed"), [(9_999, True), (10_000, False), (10_001, False)])
def test_a_plan_says_who_has_to_approve(above: int, needed: bool) -> None:
    """100.00 EUR are handed over; that is beyond 99.99 and not beyond 100.00."""
    of = (asking(STANDARD, entry("hand_over", "cfo", above=above)),)
    the_plan = planned(books().book, of=of)
    assert action_of(the_plan, "hand_over").approval == (("cfo",) if needed else ())
    assert action_of(the_plan, "notice").approval == ()
    assert the_plan.planner == PLANNER and from_json(to_json(the_plan), "plan.json") == the_plan


@pytest.mark.parametrize(("above", "needed"), [(15_999, True), (16_000, False)])
def test_a_bound_is_in_the_currency_of_its_policy(above: int, needed: bool) -> None:
    """100.00 EUR at 1.60 are 160.00 in the policy's currency."""
    made = books().rate(AS_OF, "EUR", "AUD", "1.60")
    of = (asking(STANDARD.replace("currency: EUR", "currency: AUD"), entry("hand_over", "cfo", above=above)),)
    assert bool(action_of(planned(made.book, of=of), "hand_over").approval) is needed


def test_who_planned_is_part_of_the_plan() -> None:
    """Two people's plans of one morning are two plans; nobody can pass theirs off as another's."""
    made = books()
    mine, theirs = planned(made.book), planned(made.book, planner="m.huber")
    assert mine.id != theirs.id
    with pytest.raises(Refusal, match="bad-plan"):
        from_json(to_json(mine).replace(f'"planner":"{PLANNER}"', '"planner":"somebody"'), "plan.json")


# -- approving --------------------------------------------------------------------------------------------------------


def test_an_approved_plan_is_carried_out_and_the_ledger_says_who_approved() -> None:
    """The CFO and the credit manager approve, somebody else applies; every row has its entry."""
    made = books()
    the_plan = planned(made.book)
    first = approved(made.book, the_plan, "l.weber")
    assert [(one.address, one.role, one.expires) for one in first.given] == [(HAND_OVER, "cfo", EXPIRES)]
    assert [(one.address, one.roles) for one in first.waiting] == [(HOLD, (MANAGER,)), (HAND_OVER, (MANAGER,))]
    second = approved(made.book, the_plan, "m.huber")
    assert [one.address for one in second.given] == [HOLD, HAND_OVER] and second.waiting == ()
    assert carried(made.book, the_plan).exit is Exit.OK
    entries = list(ledger.history(made.book, customer="C0001", newest_first=False))[:3]
    assert [(one.kind, one.actor, one.content["roles"]) for one in entries] == [
        ("approval", "l.weber", ["cfo"]),
        ("approval", "m.huber", [MANAGER]),
        ("approval", "m.huber", [MANAGER]),
    ]
    assert entries[0].content["address"] == HAND_OVER and entries[0].content["plan"] == the_plan.id
    assert entries[0].content["receivables"] == ["R0001"]
    assert ledger.verify(made.book).sound


def test_who_has_two_roles_approves_in_both_or_in_the_one_they_name() -> None:
    """One entry for an action, however many roles."""
    both = Roles((("cfo", ("l.weber",)), (MANAGER, ("l.weber",))), 1, "roles.yaml")
    made = books()
    the_plan = planned(made.book)
    one = approve(made.book, the_plan, both, actor="l.weber", now=NOW, addresses=[HAND_OVER], role="cfo")
    assert [each.role for each in one.given] == ["cfo"] and one.given[0].expires == "2026-03-02T08:00:00Z"
    two = approve(made.book, the_plan, both, actor="l.weber", now=NOW, addresses=[HAND_OVER, HAND_OVER])
    assert [each.role for each in two.given] == [MANAGER] and [each.role for each in two.before] == ["cfo"]
    assert [each.address for each in two.waiting] == [HOLD]
    assert count(made.book, "ledger") == 2


def test_a_second_approval_in_the_same_role_changes_nothing_and_says_so() -> None:
    """Neither by the same person nor by a colleague."""
    made = books()
    the_plan = planned(made.book)
    approved(made.book, the_plan, "m.huber")
    before = count(made.book, "approvals"), count(made.book, "ledger")
    for actor in ("m.huber", "j.okafor"):
        again = approved(made.book, the_plan, actor, now="2026-03-02T08:00:00Z")
        assert again.given == () and {one.actor for one in again.before} == {"m.huber"}
        assert f"stood already, as {MANAGER} by m.huber until {EXPIRES}" in approved_text(again, ROLES)
    assert (count(made.book, "approvals"), count(made.book, "ledger")) == before


def test_a_plan_in_which_nothing_waits_refuses_nobody() -> None:
    """So a script may always approve before it applies."""
    made, of = books(), (policy(STANDARD), policy(WATCH))
    the_plan = planned(made.book, of=of)
    done = approved(made.book, the_plan, "anybody")
    assert (done.given, done.before, done.waiting) == ((), (), ())
    assert "Nothing in it waits for an approval." in approved_text(done, ROLES)
    assert count(made.book, "ledger") == 0


@pytest.mark.parametrize(
    ("actor", "given", "code", "answer", "said"),
    [
        (PLANNER, {}, "own-plan", Exit.REFUSED, "li.na made this plan"),
        ("Li.Na ", {}, "own-plan", Exit.REFUSED, "cannot approve it as well"),
        (
            "nobody",
            {},
            "not-in-role",
            Exit.REFUSED,
            "cannot approve any of it; that is for cfo (l.weber), credit-manager (",
        ),
        ("L.Weber", {}, "not-in-role", Exit.REFUSED, "cannot approve any of it"),
        ("m.huber", {"role": "cfo"}, "not-in-role", Exit.REFUSED, "cannot approve it; that is for cfo (l.weber)"),
        (
            "l.weber",
            {"addresses": [HOLD]},
            "not-in-role",
            Exit.REFUSED,
            f"cannot approve {HOLD}; that is for credit-manager",
        ),
        ("l.weber", {"addresses": [HAND_OVER + "x"]}, "unknown-address", Exit.NO, f"did you mean '{HAND_OVER}'?"),
        ("l.weber", {"addresses": ["?"]}, "unknown-address", Exit.NO, "take the address from the plan"),
        ("l.weber", {"role": "cof"}, "unknown-role", Exit.NO, "'cof' is not a role here; did you mean 'cfo'?"),
        ("l.weber", {"role": "zzz"}, "unknown-role", Exit.NO, "there are cfo, credit-manager"),
        (
            "l.weber",
            {"addresses": [HOLD], "role": "cfo"},
            "nothing-to-approve",
            Exit.NO,
            "waits for credit-manager, and for nobody",
        ),
        (
            "l.weber",
            {"addresses": ["notice/C0001/E1/EUR"]},
            "nothing-to-approve",
            Exit.NO,
            "waits for nobody: leave it out",
        ),
    ],
)
def test_who_may_not_approve(actor: str, given: dict[str, Any], code: str, answer: Exit, said: str) -> None:
    """Each refusal says whom to ask, and nothing is recorded."""
    made = books()
    the_plan = planned(made.book)
    found = refused(lambda: approve(made.book, the_plan, ROLES, actor=actor, now=NOW, **given), code, answer=answer)
    assert said in str(found)
    assert count(made.book, "approvals") == count(made.book, "ledger") == 0


def test_a_role_that_the_plan_does_not_need_is_said() -> None:
    """Whoever names a role means something by it."""
    made, of = books(), (policy(STANDARD), asking(WATCH, entry("credit_hold", MANAGER)))
    the_plan = planned(made.book, of=of)
    found = refused(lambda: approved(made.book, the_plan, "l.weber", role="cfo"), "nothing-to-approve", answer=Exit.NO)
    assert "the plan waits for credit-manager, and for nobody else" in str(found)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"engine": "0.0.1"}, "engine-changed"), ({"known_at": "2026-02-01T00:00:00Z"}, "plan-of-the-past")],
)
def test_what_can_never_be_applied_cannot_be_approved(changed: dict[str, str], code: str) -> None:
    """An approval of it would be worth nothing."""
    made = books()
    refused(lambda: approved(made.book, resealed(planned(made.book), **changed), "l.weber"), code)


def test_an_altered_plan_cannot_be_approved() -> None:
    """Neither as a file nor as a value."""
    made = books()
    altered = replace(planned(made.book), planner="somebody")
    refused(lambda: approved(made.book, altered, "l.weber"), "bad-plan")


def test_a_plan_that_was_applied_cannot_be_approved() -> None:
    """What was left out is in the next plan."""
    made = books()
    the_plan = planned(made.book)
    carried(made.book, the_plan, skip_unapproved=True)
    refused(lambda: approved(made.book, the_plan, "l.weber"), "already-applied")


# -- applying ---------------------------------------------------------------------------------------------------------


def test_a_plan_with_a_waiting_action_is_refused_with_a_line_for_each() -> None:
    """`--approve` is for limits only and does not help."""
    made = books(2)
    the_plan = planned(made.book)
    refused(lambda: carried(made.book, the_plan, approve=True), "needs-approval")
    for skip_stale in (True, False):
        found = refused(lambda: carried(made.book, the_plan, skip_stale=skip_stale), "needs-approval")  # noqa: B023
        assert [problem.where.file for problem in found.problems] == sorted(
            action.address for action in the_plan.actions if action.approval
        )
    lines = str(found).splitlines()
    assert lines[0] == (
        f"{HOLD} needs-approval: it waits for credit-manager; let them `duly approve` the plan,"
        " or carry out the rest with --skip-unapproved"
    )
    assert "it waits for cfo and credit-manager;" in lines[2]
    assert count(made.book, "runs") == count(made.book, "ledger") == 0


def test_limits_and_approvals_are_said_together() -> None:
    """So nobody comes back twice."""
    made = books(3)
    of = tuple(replace(one, limits=replace(one.limits, customers=2)) for one in policies())
    the_plan = planned(made.book, of=of)
    refused(lambda: apply(made.book, the_plan, of, actor=APPLIER, now=NOW), "needs-approval", "over-limit")
    refused(lambda: apply(made.book, the_plan, of, actor=APPLIER, now=NOW, skip_unapproved=True), "over-limit")


@pytest.mark.parametrize(("now", "fine"), [("2026-03-08T07:59:59Z", True), (EXPIRES, True), (TOO_LATE, False)])
def test_an_approval_holds_to_the_second(now: str, fine: bool) -> None:
    """Seven days, the last second included."""
    made = books()
    the_plan = planned(made.book)
    approved(made.book, the_plan, "l.weber")
    approved(made.book, the_plan, "m.huber")
    if fine:
        assert carried(made.book, the_plan, now=now).exit is Exit.OK
        return
    found = refused(lambda: carried(made.book, the_plan, now=now), "needs-approval")
    assert f"cfo (the approval by l.weber expired at {EXPIRES})" in str(found)


def test_what_has_expired_may_be_approved_again() -> None:
    """A new row beside the old one."""
    made = books()
    the_plan = planned(made.book)
    approved(made.book, the_plan, "l.weber", HAND_OVER)
    assert approved(made.book, the_plan, "l.weber", HAND_OVER, now=EXPIRES).given == ()
    again = approved(made.book, the_plan, "l.weber", HAND_OVER, now=TOO_LATE)
    assert [one.expires for one in again.given] == ["2026-03-15T08:00:01Z"]
    assert count(made.book, "approvals") == 2 and ledger.verify(made.book).sound


@pytest.mark.parametrize("actor", ["m.huber", "M.Huber"])
def test_who_applies_cannot_count_on_their_own_approval(actor: str) -> None:
    """Somebody else in the role, or somebody else who applies."""
    made = books()
    the_plan = planned(made.book)
    approved(made.book, the_plan, "l.weber")
    approved(made.book, the_plan, "m.huber")
    found = refused(lambda: carried(made.book, the_plan, actor=actor), "needs-approval")
    assert f"credit-manager (so far only {actor} approved it, who cannot apply it as well)" in str(found)
    assert carried(made.book, the_plan, actor=PLANNER).exit is Exit.OK


def test_an_approval_is_of_one_plan() -> None:
    """The next morning's plan has another id, though it says the same."""
    made = books()
    first = planned(made.book)
    approved(made.book, first, "l.weber")
    approved(made.book, first, "m.huber")
    refused(lambda: carried(made.book, planned(made.book, "2026-03-02")), "needs-approval")


def test_only_the_unapproved_action_is_left_out_and_the_next_preview_has_it_again() -> None:
    """The customer gets the letter, the fee, the call; hold and hand-over wait, and the plan is finished all the same."""
    made = books()
    the_plan = planned(made.book)
    done = carried(made.book, the_plan, skip_unapproved=True)
    assert dict(done.done) == dict.fromkeys(("alert", "late_fee", "notice", "task"), 1)
    assert done.exit is Exit.PARTLY and done.skipped == ()
    assert [(one.address, one.roles, one.beside) for one in done.unapproved] == [
        (HOLD, (MANAGER,), None),
        (HAND_OVER, ("cfo", MANAGER), None),
    ]
    assert [(one["address"], one["roles"], one["because"], one["customer"]) for one in left_out(made.book)] == [
        (HOLD, [MANAGER], "unapproved", "C0001"),
        (HAND_OVER, ["cfo", MANAGER], "unapproved", "C0001"),
    ]
    text = applied_text(done)
    assert f"left out, nothing done: {HOLD}, credit-manager did not approve it" in text
    assert max(map(len, text.splitlines())) <= 100
    refused(lambda: carried(made.book, the_plan, skip_unapproved=True), "already-applied")
    again = planned(made.book, "2026-03-02")
    assert [action.address for action in again.actions] == [HOLD, HAND_OVER]
    approved(made.book, again, "l.weber", now="2026-03-02T08:00:00Z")
    approved(made.book, again, "m.huber", now="2026-03-02T08:00:00Z")
    assert carried(made.book, again, now="2026-03-02T09:00:00Z").exit is Exit.OK
    assert planned(made.book, "2026-03-02").actions == () and ledger.verify(made.book).sound


def test_an_approved_part_is_carried_out_where_the_rest_is_left_out() -> None:
    """The hold is approved, the hand-over is not."""
    made = books()
    the_plan = planned(made.book)
    approved(made.book, the_plan, "m.huber", HOLD)
    done = carried(made.book, the_plan, skip_unapproved=True)
    assert [one.address for one in done.unapproved] == [HAND_OVER] and dict(done.done)["credit_hold"] == 1
    assert done.unapproved[0].roles == ("cfo", MANAGER)


LADDER = (
    STANDARD.split("rules:")[0]
    + """\
        - hand_over: {to: legal}
        - alert: {to: credit-manager, severity: high}
"""
)


def test_a_step_of_a_ladder_is_carried_out_as_a_whole() -> None:
    """The hand-over of level 2 waits. If its letter went out, level 2 would stand and the hand-over never be called for."""
    of = (asking(LADDER, entry("hand_over", "cfo")),)
    made = books()
    first = planned(made.book, of=of)
    apply(made.book, first, of, actor=APPLIER, now=NOW)
    made.book.execute(
        "INSERT INTO deliveries (outbox_id, attempted_at, status, transport, detail) SELECT id, ?, 'sent', 'x', 'x' FROM outbox",
        [NOW],
    )
    day = "2026-03-10"
    the_plan = planned(made.book, day, of=of)
    assert {action.kind for action in the_plan.actions} == {"alert", "hand_over", "notice"}
    done = apply(made.book, the_plan, of, actor=APPLIER, now=f"{day}T08:00:00Z", skip_unapproved=True)
    address = action_of(the_plan, "hand_over").address
    assert done.done == ()
    assert {(one.address.split("/")[0], one.beside) for one in done.unapproved} == {
        ("alert", address),
        ("hand_over", None),
        ("notice", address),
    }
    assert f"goes with {address}" in " ".join(applied_text(done).split())
    again = planned(made.book, "2026-03-11", of=of)
    assert {action.kind for action in again.actions} == {"alert", "hand_over", "notice"}


def test_a_customer_of_whom_everything_waits_makes_nothing_stale() -> None:
    """C0001 pays; all that was to be done to it is left out anyway. C0002 is carried out."""
    of = (asking(WATCH, entry("credit_hold", "cfo")),)
    made = books(2)
    the_plan = planned(made.book, of=of)
    approved(made.book, the_plan, "l.weber", HOLD.replace("C0001", "C0002"))
    pay(made.book, "C0001")
    done = apply(made.book, the_plan, of, actor=APPLIER, now=NOW, skip_unapproved=True)
    assert done.skipped == () and [one.customer for one in done.unapproved] == ["C0001"]
    assert dict(done.done) == {"credit_hold": 1}


def test_a_customer_who_moved_is_left_out_as_a_whole() -> None:
    """Being stale goes before waiting; there is one entry for it."""
    made = books(2)
    the_plan = planned(made.book)
    pay(made.book, "C0001")
    refused(lambda: carried(made.book, the_plan, skip_unapproved=True), "stale")
    done = carried(made.book, the_plan, skip_unapproved=True, skip_stale=True)
    assert [one.customer for one in done.skipped] == ["C0001"]
    assert {one.customer for one in done.unapproved} == {"C0002"}
    assert [one["because"] for one in left_out(made.book)] == ["stale", "unapproved", "unapproved"]


# -- interrupted ------------------------------------------------------------------------------------------------------


def cut_short(book: Book, the_plan: Plan, *, actor: str = APPLIER) -> None:
    """An apply that leaves out what waits, and ends after the first customer."""

    def stop(done: int, total: int) -> None:
        assert total == len(the_plan.actions) and done
        raise Interrupted

    with pytest.raises(Interrupted):
        carried(book, the_plan, actor=actor, skip_unapproved=True, progress=stop, at_once=1)


def test_an_interrupted_run_is_completed_and_leaves_out_the_same(tmp_path: Path) -> None:
    """What the first half left out is not asked for again; what the second half has is."""
    book = in_file(books(3), tmp_path / "duly.db")
    the_plan = planned(book)
    cut_short(book, the_plan)
    found = refused(lambda: carried(book, the_plan), "needs-approval")
    assert {problem.where.file.split("/")[1] for problem in found.problems} == {"C0002", "C0003"}
    done = carried(book, the_plan, skip_unapproved=True)
    assert done.resumed and done.before == 4 and len(done.unapproved) == 6 and done.exit is Exit.PARTLY
    assert len(left_out(book)) == 6 and count(book, "effects") == 12
    assert ledger.verify(book).sound
    whole = books(3).book
    carried(whole, planned(whole), skip_unapproved=True)
    for query in ("SELECT key FROM effects ORDER BY key", "SELECT key FROM outbox ORDER BY key"):
        assert book.execute(query).fetchall() == whole.execute(query).fetchall()


def test_an_approval_that_comes_meanwhile_counts_for_the_rest(tmp_path: Path) -> None:
    """The first customer's is too late for this plan; the next preview has it."""
    book = in_file(books(2), tmp_path / "duly.db")
    the_plan = planned(book)
    cut_short(book, the_plan)
    approved(book, the_plan, "l.weber")
    approved(book, the_plan, "m.huber")
    done = carried(book, the_plan)
    assert {one.customer for one in done.unapproved} == {"C0001"} and dict(done.done)["hand_over"] == 1
    assert {action.customer for action in planned(book, "2026-03-02").actions} == {"C0001"}


def test_what_was_carried_out_asks_for_nothing_again(tmp_path: Path) -> None:
    """The approvals expired before the run was completed: only what is still to do needs new ones."""
    book = in_file(books(2), tmp_path / "duly.db")
    the_plan = planned(book)
    approved(book, the_plan, "l.weber")
    approved(book, the_plan, "m.huber")
    cut_short(book, the_plan)
    found = refused(lambda: carried(book, the_plan, now=TOO_LATE), "needs-approval")
    assert {problem.where.file.split("/")[1] for problem in found.problems} == {"C0002"}
    refused(lambda: carried(book, the_plan, actor="m.huber"), "needs-approval")
    done = carried(book, the_plan)
    assert done.exit is Exit.OK and done.before == 6


# -- what the ledger proves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE approvals SET actor = 'x'", "row-changed"),
        ("UPDATE approvals SET expires = '2030-01-01T00:00:00Z'", "row-changed"),
        ("DELETE FROM approvals", "row-missing"),
        ("INSERT INTO approvals VALUES (9, 'p', 'a', 'cfo', 'x', '2030-01-01', '2026-03-01T08:00:00Z')", "row-without-entry"),
    ],
)  # fmt: skip
def test_a_forged_approval_is_found(change: str, code: str) -> None:
    """Who approved, as what and until when is stated by the ledger, and so is that there are no more."""
    made = books()
    approved(made.book, planned(made.book), "l.weber")
    for verb in ("update", "delete"):
        made.book.execute(f"DROP TRIGGER approvals_no_{verb}")
    made.book.execute(change)
    assert [problem.code for problem in ledger.verify(made.book).problems] == [code]


# -- on the command line ----------------------------------------------------------------------------------------------

APPROVALS = "approvals:\n  - {action: hand_over, above: 500.00, role: cfo}\n"
RULE = """\
rules:
  - id: away
    when: {days_past_due: {at_least: 3}}
    then:
      - hand_over: {to: agency}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace whose policy hands C-1001 over with 1000.00 EUR, which the CFO has to approve."""
    made = laid_down(tmp_path)
    policy_file = "policies/trade/v1.yaml"
    made.write(policy_file, made.read(policy_file) + RULE + APPROVALS)
    made.write("policies/roles.yaml", "roles:\n  cfo: [l.weber]\n")
    return made


def previewed(desk: Desk) -> str:
    """The preview, and its plan in plan.json."""
    return desk.run("preview", "--as-of", "2026-03-04", "--out", "plan.json", "--actor", PLANNER).out


def test_from_preview_to_apply(desk: Desk) -> None:
    """What waits is seen, refused, approved, shown again, applied."""
    shown = previewed(desk)
    assert "1 action waits for an approval: 1 for cfo" in shown
    assert json.loads(desk.read("plan.json"))["planner"] == PLANNER
    said = desk.run("apply", "plan.json", "--actor", APPLIER)
    assert said.exit == Exit.REFUSED
    assert said.err.startswith("hand_over/C-1001/E1/EUR/agency needs-approval: it waits for cfo;")
    said = desk.run("approve", "plan.json", DULY_ACTOR="l.weber")
    assert said.exit == Exit.OK and "l.weber approved 1 action, until " in said.out
    assert "approved as cfo: hand_over/C-1001/E1/EUR/agency" in said.out
    assert "nothing new is approved" in desk.run("approve", "plan.json", "--actor", "l.weber").out
    assert desk.run("apply", "plan.json", "--actor", "l.weber").exit == Exit.REFUSED
    assert desk.run("apply", "plan.json", "--actor", APPLIER).exit == Exit.OK
    assert "as cfo: handed over to agency" in desk.run("history", "--format", "json").out
    assert "approval" in desk.run("history", "--customer", "C-1001").out
    assert desk.run("verify").exit == Exit.OK


def test_the_rest_is_carried_out_when_asked_for(desk: Desk) -> None:
    """Exit code 5, and the other actions are done."""
    previewed(desk)
    said = desk.run("apply", "plan.json", "--skip-unapproved", "--actor", APPLIER)
    assert said.exit == Exit.PARTLY and "cfo did not approve it" in said.out
    said = desk.run("approve", "plan.json", "--actor", "l.weber")
    assert said.exit == Exit.REFUSED and "already-applied" in said.err
    assert "hand_over/C-1001" in desk.run("preview", "--as-of", "2026-03-05", "--format", "csv").out


@pytest.mark.parametrize(
    ("args", "code", "answer"),
    [
        (("--actor", PLANNER), "own-plan", Exit.REFUSED),
        (("--actor", "somebody"), "not-in-role", Exit.REFUSED),
        (("--actor", "l.weber", "--address", "x"), "unknown-address", Exit.NO),
        (("--actor", "l.weber", "--role", "board"), "unknown-role", Exit.NO),
    ],
)
def test_the_command_refuses(desk: Desk, args: tuple[str, ...], code: str, answer: Exit) -> None:
    """One line with its code."""
    previewed(desk)
    said = desk.run("approve", "plan.json", *args)
    assert (said.exit, said.out) == (answer, "") and f" {code}: " in said.err and said.err.count("\n") == 1


def test_without_roles_nobody_can_approve(desk: Desk) -> None:
    """The folder of the policies does not say who may."""
    previewed(desk)
    (desk.folder / "policies" / "roles.yaml").unlink()
    said = desk.run("approve", "plan.json", "--actor", "l.weber")
    assert said.exit == Exit.NO and said.err.startswith("policies/roles.yaml no-roles: ")


@pytest.mark.parametrize("altered", ["not JSON", '{"format": "duly-plan/2"}'])
def test_what_is_no_plan_cannot_be_approved(desk: Desk, altered: str) -> None:
    """A plan of an earlier format, and anything else."""
    desk.write("plan.json", altered)
    said = desk.run("approve", "plan.json", "--actor", "l.weber")
    assert said.exit == Exit.NO and "bad-plan" in said.err


def test_a_table_says_who_has_to_approve(desk: Desk) -> None:
    """In the preview and in the spreadsheet."""
    shown = previewed(desk)
    row = next(line for line in shown.splitlines() if "E1 agency" in line)
    assert row.rstrip().endswith("cfo")
    csv = desk.run("preview", "--as-of", "2026-03-04", "--format", "csv").out.splitlines()
    column = csv[0].split(",").index("approval")
    assert next(line.split(",")[column] for line in csv if "hand_over" in line) == "cfo"


def test_many_are_counted() -> None:
    """Twenty lines, then how many more."""
    made: Books = books(25)
    of = (asking(WATCH, entry("credit_hold", "cfo")),)
    the_plan = planned(made.book, of=of)
    done = approved(made.book, the_plan, "l.weber", HOLD)
    assert "and 4 more" in approved_text(done, ROLES)
    rest = apply(made.book, the_plan, of, actor=APPLIER, now=NOW, skip_unapproved=True)
    assert "and 4 more without an approval" in applied_text(rest)
