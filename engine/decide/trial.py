"""Trying a policy on its cases: made subjects are decided by the same rules engine, and compared with what was promised.

Comes in: Policies and their Cases. Goes out: one Problem for each promise that is not kept.
Know before changing: a case says only the facts that matter. The others are neutral (facts.py), and facts that follow from one
another follow here too, so that `open_amount: 50.00` does not leave 1,000.00 undisputed. What a contact, a hold or an earlier
run decides is not a matter of cases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from engine.decide.decide import Call, decide, rulesets
from engine.decide.evaluate import Value, holds, true
from engine.decide.findings import Compiled, compile_policy
from engine.errors import Place, Problem
from engine.facts import FACTS
from engine.policy.cases import Case, Expected
from engine.policy.cases import load as load_cases
from engine.policy.library import case_files, load, load_file
from engine.policy.model import Policy, kind_of, value_text

NO_DATE = "2026-01-01"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many versions and cases were looked at, and everything that is wrong with them, sorted."""

    policies: int
    cases: int
    problems: tuple[Problem, ...]


def checked(paths: Sequence[Path]) -> Checked:
    """What CI asks of policies: syntax, schema, meaning and cases. A path is a folder, a version, or a file of cases."""
    several = [_checked(path) for path in paths]
    problems = {problem for one in several for problem in one.problems}
    return Checked(sum(one.policies for one in several), sum(one.cases for one in several), tuple(sorted(problems)))


def _checked(path: Path) -> Checked:
    """One path. Cases of a policy that is itself wrong are not tried: they would only repeat what is wrong."""
    alone = path.suffix in (".yaml", ".yml") or path.is_file()
    folder = path.parent.parent if alone else path
    library = load(folder)
    versions = [policy for policy in library.policies if not alone or Path(policy.file) == path]
    files = [file for file in case_files(folder) if not alone or file == path]
    problems = [problem for problem in library.problems if not alone or Path(problem.where.file) == path]
    if alone and not versions and not files and not problems:
        problems += load_file(path)[1]
    count = 0
    wrong_folders = {Path(problem.where.file).parent for problem in library.problems}
    for file in files:
        cases, wrong = load_cases(file, library.policies)
        if file.parent in wrong_folders:
            wrong = tuple(problem for problem in wrong if problem.code != "unknown-policy")
        count += len(cases)
        problems += [*wrong, *try_cases(cases, library.policies)]
    return Checked(len(versions), count, tuple(problems))


def try_cases(cases: Sequence[Case], policies: Sequence[Policy]) -> tuple[Problem, ...]:
    """Run every case against its policy's version; `case-failed` says what was expected and what is decided."""
    compiled: dict[tuple[str, int], Compiled] = {}
    by_version = {(policy.name, policy.version): policy for policy in policies}
    problems: list[Problem] = []
    for case in cases:
        version = (case.policy, case.version)
        if version not in compiled:
            compiled[version] = compile_policy(by_version[version])
        problems += _tried(case, compiled[version])
    return tuple(problems)


def _tried(case: Case, one: Compiled) -> list[Problem]:
    """What the case expected and did not get, each on its own line."""
    calls = _calls(case, one)
    done = [call for call in calls if not call.reasons]
    said = [
        *_level(case, calls),
        *_actions(case, one.policy, done),
        *_reasons(case, calls),
    ]
    return [Problem(place, "case-failed", f"'{case.name}': {message}") for place, message in said]


def _calls(case: Case, one: Compiled) -> tuple[Call, ...]:
    """The decision about the made subject; none where the policy does not cover it."""
    as_of = case.as_of or NO_DATE
    values = given(case, one)
    if one.policy.covers and not holds(one.policy.covers, values, as_of):
        return ()
    with rulesets(one) as rules:
        return decide(one, rules, [int(true(finding, values, as_of)) for finding in one.findings]).calls


def given(case: Case, one: Compiled) -> dict[str, Value]:
    """Every fact that the policy stands on: as the case says, as it follows from what the case says, or neutral."""
    values: dict[str, Value] = {name: FACTS[name].neutral for name in FACTS}
    values.update(case.given)
    for name, follow in _FOLLOWS.items():
        if name not in case.given:
            values[name] = follow(values)
    return {name: values[name] for name in one.facts}


def _less(whole: str, part: str) -> Callable[[dict[str, Value]], Value]:
    """The difference of two amounts."""
    return lambda values: _number(values[whole]) - _number(values[part])


def _number(value: Value) -> int:
    """A fact that is there as a number."""
    return value if isinstance(value, int) else 0


# Facts that follow from others, in this order.
_FOLLOWS: dict[str, Callable[[dict[str, Value]], Value]] = {
    "days_until_due": lambda values: -_number(values["days_past_due"]),
    "original_amount": lambda values: values["open_amount"],
    "disputed_amount": lambda values: values["open_amount"] if values["dispute"] == "whole" else 0,
    "undisputed_amount": _less("open_amount", "disputed_amount"),
    "customer.undisputed_overdue_amount": _less("customer.overdue_amount", "customer.disputed_amount"),
}


def _level(case: Case, calls: Sequence[Call]) -> list[tuple[Place, str]]:
    """Whether the level moves to where it was expected to."""
    moved = next((call.level_to for call in calls if call.level_to is not None and not call.reasons), None)
    if moved == case.expect.level:
        return []
    expected, found = ("unchanged" if level is None else str(level) for level in (case.expect.level, moved))
    return [(case.place, f"expected level {expected}, but it is {found}")]


def _actions(case: Case, policy: Policy, done: Sequence[Call]) -> list[tuple[Place, str]]:
    """Every expected action must be there, and nothing else."""
    left = list(done)
    wrong = []
    # The most exactly described first, so that a bare kind does not take what a described one means.
    for expected in sorted(case.expect.actions, key=lambda expected: -len(expected.parameters)):
        found = next((call for call in left if _fits(expected, call)), None)
        if found is None:
            wrong.append((expected.place, f"expected {_expected(expected, policy)}, but {_listed(left)}"))
        else:
            left.remove(found)
    for call in left:
        wrong.append((case.place, f"not expected, but called for: {kind_of(call.action)} ({call.rule})"))
    return wrong


def _reasons(case: Case, calls: Sequence[Call]) -> list[tuple[Place, str]]:
    """The reasons for which something is withheld must be the expected ones."""
    found = {reason for call in calls for reason in call.reasons}
    expected = set(case.expect.withheld)
    missing = [
        (case.place, f"expected to be withheld as {reason}, but it is not") for reason in sorted(expected - found)
    ]
    extra = [(case.place, f"withheld as {reason}, which was not expected") for reason in sorted(found - expected)]
    return missing + extra


def _fits(expected: Expected, call: Call) -> bool:
    """Whether the call is of that kind and has those parameters."""
    if kind_of(call.action) != expected.kind:
        return False
    own = {field.name: getattr(call.action, field.name) for field in fields(call.action)} if call.action else {}
    return all(name in own and own[name] == value for name, value in expected.parameters)


def _expected(expected: Expected, policy: Policy) -> str:
    """An expected action in words."""
    said = ", ".join(
        f"{name} {value_text(value, 'open_amount', policy.currency) if name == 'amount' else value}"
        for name, value in expected.parameters
    )
    return expected.kind + (f" with {said}" if said else "")


def _listed(calls: Sequence[Call]) -> str:
    """What is called for instead."""
    return ", ".join(f"{kind_of(call.action)} ({call.rule})" for call in calls) or "nothing is"
