"""What a change of a policy says: every change in a line, none in silence, and nothing said of layout."""

import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.diff.compare import Compared, compare
from engine.diff.find import found
from engine.errors import Refusal
from engine.policy import document
from engine.policy.build import build
from engine.policy.model import Policy
from engine.report import changes
from tests.desk import POLICY, ROOT, Desk, laid_down
from tests.policies import one_policy
from tests.strategies_credit import credit_policy
from tests.strategies_credit import document as written

STANDARD = (ROOT / "policies/standard/v1.yaml").read_text(encoding="utf-8")
CREDIT = (ROOT / "policies/trade-credit/v1.yaml").read_text(encoding="utf-8")


def built(text: str, file: str = "v1.yaml") -> Policy:
    """The policy of a text."""
    policy = perhaps(text, file)
    assert policy
    return policy


def perhaps(text: str, file: str = "v2.yaml") -> Policy | None:
    """The policy of a text, if it is one."""
    read, _ = document.parse(text, file)
    assert read
    return build(read)[0]


def said(text: str, *edits: tuple[str, str]) -> list[str]:
    """What is said of the edits, without the places."""
    return [change.text for change in edited(text, *edits).changes]


def edited(text: str, *edits: tuple[str, str]) -> Compared:
    """The text compared with what the edits make of it; each is found."""
    after = text
    for before, now in edits:
        assert before in after
        after = after.replace(before, now, 1)
    return compare(built(text), built(after, "v2.yaml"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("after_days: 15", "after_days: 10", "level 2 starts 5 days earlier: after 10 days instead of 15"),
        ("after_days: 15", "after_days: 16", "level 2 starts 1 day later: after 16 days instead of 15"),
        ("amount: 40.00", "amount: 45.00", "the fee of level 2 rises from 40.00 to 45.00 EUR"),
        ("tolerance: 5.00", "tolerance: 4.99", "the ladder: tolerance falls from 5.00 to 4.99 EUR"),
        ("between: [-5, -1]", "between: [-4, -1]",
         "rule pre-due-reminder: when days_past_due between -4 and -1 instead of days_past_due between -5 and -1"),
        ("after_last: stop", "after_last: {repeat: {every_days: 30, at_most: 2}}",
         "the ladder: after the last level its actions every 30 days, at most 2 times instead of stop"),
        ("within_days: 3, note", "within_days: 1, note", "the task of level 3: due within falls from 3 days to 1 day"),
        ("  percent_of_book: 40\n", "", "the policy: most of the book in a run none instead of 40 %"),
        ("priority: 10 ", "priority: 10\napprovals: [{action: late_fee, role: cfo}]",
         "approval of late_fee by cfo is new: without more"),
        ("    then:\n      - task: {what: call, within_days: 1", "    then:\n      - task: {what: visit, within_days: 1",
         "the task of rule broken-promise: work visit instead of call"),
        ("climb: one_level", "climb: most_severe", "the ladder: climb most_severe instead of one_level"),
    ],
)  # fmt: skip
def test_a_change_of_dunning_in_words(before: str, after: str, expected: str) -> None:
    """One edit, one sentence."""
    assert said(STANDARD, (before, after)) == [expected]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("below: 95, points: 85", "below: 95, points: 90", "band punctuality from 85%: 90 points instead of 85 points"),
        ("cap: 50000.00", "cap: 60000.00", "limit rule rated-c: cap rises from 50,000.00 to 60,000.00 EUR"),
        ("{A: 365,", "{A: 300,", "the review of rating A: interval falls from 365 to 300 days"),
        ("not_above: B", "not_above: C", "adjustment recent-broken-promise: not above C instead of B"),
        ("days: 10\n", "days: 7\n", "terms rule gloomy-market: payment term falls from 10 to 7 days"),
        ("margin: 25", "margin: 30", "the section of ratings: margin rises from 25 to 30"),
        ("valid_days: 365", "valid_days: 366", "the section of limits: validity rises from 365 to 366 days"),
    ],
)
def test_a_change_of_credit_in_words(before: str, after: str, expected: str) -> None:
    """Points, bounds, ratings, terms."""
    assert said(CREDIT, (before, after)) == [expected]


def test_a_new_rule_and_one_that_is_gone() -> None:
    """Both are told whole, and the one that is gone with its line in the old file."""
    compared = edited(STANDARD, ("id: broken-promise", "id: promise-broken"))
    new, gone = compared.changes
    assert new.text.startswith(
        "rule promise-broken is new: when promise is broken; the task of rule promise-broken: work call;"
    )
    assert gone.text.startswith("rule broken-promise is gone; it was: when promise is broken;")
    line = 1 + STANDARD[: STANDARD.index("- id: broken-promise")].count("\n")
    assert (new.place.file, new.place.line, gone.place.file, gone.place.line) == ("v2.yaml", line, "v1.yaml", line)


def test_what_a_condition_asks_for_beside() -> None:
    """What has come and what has gone of a list, without the rest of it."""
    more = (
        "        - days_past_due: {at_least: 10}\n",
        "        - days_past_due: {at_least: 10}\n        - promise: none\n",
    )
    assert said(STANDARD, more) == ["rule large-and-late: when also asks for promise is none"]
    less = ("        - days_past_due: {at_least: 10}\n", "")
    assert said(STANDARD, less) == ["rule large-and-late: when no longer asks for days_past_due at_least 10"]


def test_a_level_counted_from_elsewhere_is_neither_earlier_nor_later() -> None:
    """Ten days after the invoice may be earlier or later than fifteen after the due date."""
    edit = ("after_days: 15", "after_days: 10\n      anchor: invoice_date")
    assert said(STANDARD, edit) == [
        "level 2: after 10 days instead of after 15 days",
        "level 2: days are counted from invoice_date instead of due_date",
    ]


def test_a_new_level_in_the_middle_is_one_new_level() -> None:
    """Those above it only have other numbers."""
    level = "    - level: 2\n      name: call\n      after_days: 9\n      then:\n        - task: {what: call, within_days: 1}\n"
    renumbered = [("level: 4", "level: 5"), ("level: 3", "level: 4"), ("    - level: 2\n", "    - level: 3\n")]
    sentences = said(STANDARD, *renumbered, ("    - level: 3\n", level + "    - level: 3\n"))
    assert sentences == [
        "level 2 is new: number 2; name call; after 9 days; days are counted from due_date; boundary on; "
        "the task of level 2: work call; due within 1 day",
        "level 3: number rises from 2 to 3",
        "level 4: number rises from 3 to 4",
        "level 5: number rises from 4 to 5",
    ]


def test_the_order_of_rules_is_a_change() -> None:
    """Of limit rules the first that holds decides."""
    start, middle = CREDIT.index("    - id: rated-a"), CREDIT.index("    - id: rated-b")
    end = CREDIT.index("    - id: rated-c\n      smallest")
    swapped = CREDIT[:start] + CREDIT[middle:end] + CREDIT[start:middle] + CREDIT[end:]
    (change,) = compare(built(CREDIT), built(swapped)).changes
    assert change.kind == "order"
    assert "rated-b, rated-a, rated-c instead of no-credit, secured, rated-a, rated-b" in change.text


def test_layout_is_no_change_and_a_default_spelled_out_is_said_to_be_one() -> None:
    """Only the digest decides what is the same."""
    compared = edited(STANDARD, ("priority: 10  ", "priority:    10  # ours\n"))
    assert (compared.same, compared.changes) == (True, ())
    assert changes.text(compared).endswith(": the same\n")
    compared = edited(STANDARD, ("promise: {is: broken}", "promise: broken"))
    assert [change.kind for change in compared.changes] == ["written"]
    assert not compared.same


@pytest.mark.parametrize(("text", "every"), [(STANDARD, 1), (CREDIT, 11)], ids=["dunning", "credit"])
def test_nothing_changes_in_silence(text: str, every: int) -> None:
    """Each value made another, each key and element left out, each two neighbours swapped: something is said of it.

    Of the credit policy every 11th, since each has to be built and checked; all of them have been tried once.
    """
    read, _ = document.parse(text, "v1.yaml")
    assert read
    old, tried = built(text), 0
    for mutant in itertools.islice(mutants(read.value), 0, None, every):
        new = perhaps(json.dumps(mutant))
        if new is None:
            continue
        compared = compare(old, new)
        tried += 1
        assert compared.changes
        assert all(change.before != change.after for change in compared.changes if change.kind in ("changed", "order"))
        assert compare(new, old).changes
    assert tried > 40


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_two_policies_that_have_little_in_common(data: st.DataObject) -> None:
    """Random ones, of both kinds: every difference has words and a place in one of the two files, and is there both ways."""
    kinds = (one_policy("p", 1, "2026-03-01"), credit_policy("p", 1, "2026-03-01"))
    old, new = (perhaps(written(data.draw(st.one_of(kinds))), file) for file in ("v1.yaml", "v2.yaml"))
    assume(old is not None and new is not None)
    assert old
    assert new
    compared = compare(old, new)
    assert bool(compared.changes) == (old.digest != new.digest) == bool(compare(new, old).changes)
    for change in compared.changes:
        assert change.text
        assert change.place.line > 0
        assert change.place.file == ("v1.yaml" if change.kind == "gone" else "v2.yaml")
    assert compare(old, old).changes == ()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("month_end: true", "level 2: only from the end of the month yes instead of no"),
        ("boundary: after", "level 2: boundary after instead of on"),
        ("anchor: invoice_date", "level 2: days are counted from invoice_date instead of due_date"),
        ("when: {dispute: none}", "level 2: when dispute is none, instead of always"),
    ],
)
def test_what_a_level_may_say_beside(more: str, expected: str) -> None:
    """Each of them alone is said, and that the days are counted in another way."""
    sentences = said(STANDARD, ("after_days: 15\n", f"after_days: 15\n      {more}\n"))
    assert expected in sentences
    assert set(sentences) - {expected} <= {"level 2 starts after 15 days as before, counted in another way"}


def test_approvals_and_waivers_are_told() -> None:
    """With their bounds, reasons and places."""
    text = STANDARD.replace("priority: 10 ", "approvals: [{action: late_fee, role: cfo, above: 30.00}]\npriority: 10 ")
    assert said(text, ("above: 30.00", "above: 50.00")) == [
        "approval of late_fee by cfo: above rises from 30.00 to 50.00 EUR"
    ]
    waived = "waivers: [{code: equal-priority, because: for now, until: 2026-12-31}]\npriority: 10 "
    text = STANDARD.replace("priority: 10 ", waived)
    assert said(text, ("2026-12-31", "2027-12-31")) == [
        "waiver of equal-priority: until 2027-12-31 instead of 2026-12-31"
    ]
    assert said(text, ("until: 2026-12-31", "until: 2026-12-31, at: priority")) == [
        'waiver of equal-priority: at "priority" instead of none'
    ]


def mutants(value: Any) -> Iterator[Any]:
    """The document with one thing otherwise."""
    for path in list(paths(value)):
        within = value
        for step in path[:-1]:
            within = within[step]
        here = within[path[-1]]
        others: list[Any] = [here + 1] if isinstance(here, int) and not isinstance(here, bool) else []
        others += [not here] if isinstance(here, bool) else []
        others += [f"{here}x", "91.50"] if isinstance(here, str) else []
        for other in others:
            yield changed(value, path, lambda parent, key, other=other: parent.__setitem__(key, other))
        yield changed(value, path, lambda parent, key: parent.pop(key))
        if isinstance(within, list) and path[-1]:
            yield changed(value, path, lambda parent, key: parent.insert(key - 1, parent.pop(key)))


def changed(value: Any, path: tuple[Any, ...], edit: Any) -> Any:
    """A copy with one edit."""
    made = copy.deepcopy(value)
    parent = made
    for step in path[:-1]:
        parent = parent[step]
    edit(parent, path[-1])
    return made


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Where every value stands."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in entries:
        yield (key,)
        yield from ((key, *rest) for rest in paths(part))


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a second version of its policy."""
    made = laid_down(tmp_path)
    made.write(
        "policies/trade/v2.yaml", POLICY.replace("version: 1", "version: 2").replace("after_days: 3", "after_days: 4")
    )
    return made


def test_two_versions_by_name_and_by_file(desk: Desk) -> None:
    """Both words mean the same; JSON has the same sentences."""
    by_name = desk.run("diff", "trade@1", "trade@v2")
    assert by_name.exit == 0
    assert by_name.out.splitlines()[-1] == "2 changes"
    assert "policies/trade/v2.yaml:12:7: level 1 starts 1 day later: after 4 days instead of 3" in by_name.out
    assert desk.run("diff", "policies/trade/v1.yaml", "policies/trade/v2.yaml").out == by_name.out
    value = json.loads(desk.run("diff", "trade@1", "trade@2", "--format", "json").out)
    assert [change["text"] for change in value["changes"]][-1].startswith("level 1 starts 1 day later")
    assert (value["format"], value["same"]) == ("duly-diff/1", False)


def test_what_is_not_there_is_told(desk: Desk) -> None:
    """A version that there is not, and one that is wrong."""
    assert " unreadable-file: " in desk.run("diff", "trade@1", "trade@3").err
    desk.write("policies/trade/v3.yaml", POLICY + "kind: dunning\n")
    said_so = desk.run("diff", "trade@1", "trade@3")
    assert (said_so.exit, " duplicate-key: " in said_so.err) == (1, True)


def test_a_policy_without_its_version_is_told_which_there_is(desk: Desk) -> None:
    """The newest by number; what is a policy's name only by accident is left alone."""
    assert desk.run("diff", "trade", "trade@1").err.endswith("is named with its version; write trade@2 for the newest\n")
    for version in (9, 10):
        desk.write(f"policies/trade/v{version}.yaml", POLICY)
    said_so = desk.run("diff", "trade@1", "trade")
    assert (said_so.exit, said_so.out, said_so.err.count("\n")) == (1, "", 1)
    assert said_so.err.startswith("trade unreadable-file: ") and "trade@10" in said_so.err
    for word in ("trad", "templates", "..", "policies/trade"):
        assert "@" not in desk.run("diff", word, "trade@1").err, word


def test_a_file_of_a_revision(tmp_path: Path) -> None:
    """As git has it; without git or with a revision that it does not know, a refusal in one line."""
    standard = found("HEAD:/policies/standard/v1.yaml", tmp_path)
    assert standard.name == "standard"
    with pytest.raises(Refusal) as refused:
        found("no-such-revision:policies/standard/v1.yaml", tmp_path)
    assert [problem.code for problem in refused.value.problems] == ["no-revision"]
