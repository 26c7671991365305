"""Proofs: planted faults are found, counter-examples are real, and what is proved survives random facts."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine.decide import targets
from engine.decide.calls import Call
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.evaluate import holds
from engine.decide.findings import compile_policy
from engine.decide.settling import settled
from engine.errors import WARNINGS, Exit, Refusal
from engine.facts import FACTS
from engine.policy import invariants, library
from engine.policy.model import CreditHold, HandOver, Notice, Policy, ReleaseCreditHold, SetCreditLimit, kind_of
from engine.prove import domain
from engine.prove.example import Undecided
from engine.prove.lab import Finding, Lab, Weight
from engine.prove.outcome import ALWAYS, covered
from engine.prove.prove import _tried, proved, together, told
from engine.prove.raises import raises
from engine.prove.ratings import without_ratings
from tests.books import Books, day
from tests.desk import ROOT, Desk
from tests.prove_days import lived
from tests.prove_facts import AS_OF, Facts, asked, literals, real
from tests.test_prove_domain import broken
from tests.test_prove_encode import concluding

PLANTED = ROOT / "tests" / "bad" / "analysis"
FOLDERS = sorted(path for path in PLANTED.iterdir() if path.is_dir())
DAY = "2026-03-01"
# What is so of everybody, not of one: there the example shows who comes nearest, and random facts are asked.
UNIVERSAL = {"never-true", "unreachable-level"}


def found_in(folder: Path) -> tuple[Finding, ...]:
    """What is found in a folder of policies."""
    return proved([folder], DAY).findings


def expected(folder: Path) -> dict[str, list[str]]:
    """What the first line of each file says, by file."""
    first = {str(file): file.read_text(encoding="utf-8").splitlines()[0] for file in folder.rglob("*.yaml")}
    said = {file: line.removeprefix("# expect: ").split(" | ") for file, line in first.items()}
    return {file: sorted(entries) for file, entries in said.items() if entries != ["nothing"]}


def test_there_are_planted_faults_of_every_code() -> None:
    """Twenty and more."""
    assert len(FOLDERS) >= 20
    codes = {finding.problem.code for folder in FOLDERS for finding in found_in(folder)}
    assert codes >= {
        "always-withheld", "broken-invariant", "contradicting-actions", "equal-cover", "hold-without-release", "level-gap",
        "never-chased", "never-true", "not-covered", "shadowed-policy", "shadowed-rule", "unreachable-level",
        "withholds-everything", "written-after-hand-over",
    }  # fmt: skip
    assert {"not-decided", "waiver-unused"} == WARNINGS - codes


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_planted_fault_is_found(folder: Path) -> None:
    """With its code, at its place, with the smallest subject that shows it; and nothing else is found."""
    shown: dict[str, list[str]] = {}
    for one in found_in(folder):
        assert one.example
        text, where = Lab(one.about).text(one.example), one.problem.where
        assert text in one.problem.message
        shown.setdefault(where.file, []).append(f"{one.problem.code} {where.line}:{where.column}: {text}")
    assert {file: sorted(entries) for file, entries in shown.items()} == expected(folder)


# -- counter-examples are real -----------------------------------------------------------------------------------------


def calls_of(policy: Policy, finding: Finding) -> tuple[Call, ...]:
    """What the engine decides about the counter-example under a policy."""
    assert finding.example
    return decided(policy, finding.example.facts, finding.example.as_of)


def decided(policy: Policy, facts: Facts, as_of: str) -> tuple[Call, ...]:
    """What the engine decides about a subject with these facts."""
    compiled = compile_policy(policy)
    with rulesets(compiled) as rules:
        calls = decide(compiled, rules, row_of(compiled, facts, as_of)).calls
    return tuple(settled(policy, calls, facts)) if policy.credit else calls


def covers(policy: Policy, finding: Finding) -> bool:
    """Whether the policy covers the counter-example."""
    assert finding.example
    return holds(covered(policy), finding.example.facts, finding.example.as_of)


def done(calls: Sequence[Call]) -> list[Call]:
    """What nothing withholds."""
    return [call for call in calls if not call.reasons]


def _equal(finding: Finding) -> bool:
    """Both cover it."""
    return all(covers(policy, finding) for policy in finding.about) and len({p.priority for p in finding.about}) == 1


def _uncovered(finding: Finding) -> bool:
    """None covers it."""
    return not any(covers(policy, finding) for policy in finding.about)


def _silent(finding: Finding) -> bool:
    """It is covered, and nothing is called for."""
    return covers(finding.about[0], finding) and calls_of(finding.about[0], finding) == ()


def _withheld(finding: Finding) -> bool:
    """Something is called for, and all of it withheld."""
    calls = calls_of(finding.about[0], finding)
    return covers(finding.about[0], finding) and bool(calls) and not done(calls)


def _contradicting(finding: Finding) -> bool:
    """Both actions are done."""
    acts = [call.action for policy in finding.about for call in done(calls_of(policy, finding))]
    held = {act.reason for act in acts if isinstance(act, CreditHold)}
    lifted = {act.reason for act in acts if isinstance(act, ReleaseCreditHold)}
    kinds = {type(act) for act in acts}
    return all(covers(policy, finding) for policy in finding.about) and (bool(held & lifted) or {HandOver, Notice} <= kinds)


def _shadowed(finding: Finding) -> bool:
    """The rule holds, and the engine does not go by it: another one decides, or says the same."""
    name, (policy,) = finding.problem.message.split("'")[1], finding.about
    assert finding.example
    rules = [*policy.rules]
    if policy.credit and policy.credit.limit:
        rules += policy.credit.limit.rules  # type: ignore[arg-type]
    if policy.credit and policy.credit.orders:
        rules += policy.credit.orders.rules  # type: ignore[arg-type]
    own = next(rule for rule in rules if rule.id == name)
    acts = [call for call in calls_of(policy, finding) if call.rule in (f"limit {name}",)]
    return holds(own.when or ALWAYS, finding.example.facts, finding.example.as_of) and acts == []


def _outranked(finding: Finding) -> bool:
    """The policy covers it."""
    return covers(finding.about[0], finding)


def _held(finding: Finding) -> bool:
    """It is put on hold and not released."""
    return {type(call.action) for call in calls_of(finding.about[0], finding)} >= {CreditHold}


def _written(finding: Finding) -> bool:
    """It is with the lawyer, and a notice goes out all the same."""
    assert finding.example
    assert finding.example.facts["handed_over"] == 1
    return any(isinstance(call.action, Notice) for call in done(calls_of(finding.about[0], finding)))


def _breaks(finding: Finding) -> bool:
    """What is never done is done, or what always is is not."""
    (policy,) = finding.about
    promise = invariants.load(Path(finding.problem.where.file))[0]
    assert promise
    assert finding.example
    (one,) = promise.of
    assert holds(one.when, finding.example.facts, finding.example.as_of)
    calls = calls_of(policy, finding)
    if one.within_days:
        return not lived(policy, one, finding.example.facts, finding.example.as_of)
    match one.promise:
        case invariants.Promise.NEVER:
            return any(kind_of(call.action) in one.actions for call in done(calls))
        case invariants.Promise.ALWAYS:
            return not any(kind_of(call.action) in one.actions for call in calls)
        case invariants.Promise.NEVER_RAISE:
            return any(isinstance(call.action, SetCreditLimit) for call in done(calls))


REAL: dict[str, Callable[[Finding], bool]] = {
    "always-withheld": _withheld,
    "broken-invariant": _breaks,
    "contradicting-actions": _contradicting,
    "equal-cover": _equal,
    "hold-without-release": _held,
    "level-gap": _silent,
    "never-chased": _silent,
    "not-covered": _uncovered,
    "shadowed-policy": _outranked,
    "shadowed-rule": _shadowed,
    "withholds-everything": lambda finding: covers(finding.about[0], finding) and not done(calls_of(finding.about[0], finding)),
    "written-after-hand-over": _written,
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_counter_example_behaves_so_in_the_engine(folder: Path) -> None:
    """The made subject is decided by the rules engine like any other, and lies within the laws of facts."""
    for finding in found_in(folder):
        assert finding.example
        assert broken(finding.example.facts, finding.example.as_of) == []
        if finding.problem.code not in UNIVERSAL:
            assert REAL[finding.problem.code](finding), finding.problem


# -- what is proved survives -------------------------------------------------------------------------------------------


def subjects(policies: Sequence[Policy], number: int, seed: int) -> list[tuple[list[Facts], Facts]]:
    """Made customers with their receivables, thick around what the policies compare."""
    rng, known = random.Random(seed), literals(asked(policies))
    return [real(rng, known) for _ in range(number)]


def test_made_subjects_keep_the_laws() -> None:
    """Otherwise they would show nothing: a proof speaks only of subjects that there can be."""
    policies = proved([ROOT / "policies"], DAY).policies
    for receivables, customer in subjects(policies, 20, 1):
        for facts in (*receivables, customer):
            assert broken(facts, AS_OF) == []


def test_what_is_proved_of_the_starter_set_survives_10_000_subjects() -> None:
    """Each claim is false of every one of them, as the engine's own conditions read it; and many come near."""
    proof = proved([ROOT / "policies"], DAY)
    claims = [claim for claim in proof.claims if "never raise" not in claim.text]
    assert len(claims) > 30
    asked_of = [(claim, without_ratings(claim.condition, claim.policy)) for claim in claims]
    by_subject = {kind: [one for one in asked_of if (one[0].policy.subject == "receivable") is kind] for kind in (True, False)}
    looked, rng = 0, random.Random(3)
    known = literals(asked(proof.policies))
    while looked < 10_000:
        receivables, customer = real(rng, known)
        for facts in (*receivables, customer):
            claim, condition = rng.choice(by_subject["days_past_due" in facts])
            assert not holds(condition, concluding(claim.policy, facts), AS_OF), claim.text
            looked += 1


@pytest.mark.parametrize("folder", [f for f in FOLDERS if "never-true" in f.name or f.name.startswith("level-a")], ids=str)
def test_what_nobody_meets_nobody_meets(folder: Path) -> None:
    """Rules that never hold and levels out of reach: the engine never calls for them, for any of 300 made customers."""
    for finding in found_in(folder):
        if finding.problem.code in UNIVERSAL:
            (policy,) = finding.about
            for receivables, customer in subjects([policy], 300, 5):
                for facts in receivables if policy.subject == "receivable" else [customer]:
                    assert not _acts(policy, facts, finding)


def _acts(policy: Policy, facts: Facts, finding: Finding) -> bool:
    """Whether what never acts did."""
    if not holds(covered(policy), facts, AS_OF):
        return False
    calls = done(decided(policy, {name: facts[name] for name in compile_policy(policy).facts}, AS_OF))
    if finding.problem.code == "unreachable-level":
        return any(call.level_to == int(finding.problem.message.split()[1]) for call in calls)
    return any(call.rule == f"rule {finding.problem.message.split(chr(39))[1]}" for call in calls)


# -- the whole of it ---------------------------------------------------------------------------------------------------


def test_the_starter_set_is_proved() -> None:
    """No error; and every invariant that ships is kept."""
    proof = proved([ROOT / "policies"], DAY)
    assert [finding.problem for finding in proof.errors] == []
    assert proof.invariants == 5
    assert len({claim.text for claim in proof.claims if claim.text.startswith("'")}) == 5


def test_versions_are_proved_as_they_will_be_in_force_together(tmp_path: Path) -> None:
    """Today's, and tomorrow's beside what then still holds; what is superseded is past."""
    for name, version, begins in (("a", 1, "2026-01-01"), ("a", 2, "2026-06-01"), ("b", 1, "2026-04-01")):
        lay(tmp_path, name, version, begins)
    proof = proved([tmp_path], DAY)
    sets = [[(policy.name, policy.version) for policy in several] for several in together(proof.policies, DAY)]
    assert sets == [[("a", 1)], [("a", 1), ("b", 1)], [("a", 2), ("b", 1)]]
    assert {policy.version for policy in proved([tmp_path], "2026-07-01").policies if policy.name == "a"} == {2}


def lay(folder: Path, name: str, version: int, begins: str) -> Path:
    """A small policy in a folder."""
    path = folder / name / f"v{version}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (PLANTED / "not-covered-amounts" / "small" / "v1.yaml").read_text(encoding="utf-8")
    text = text.replace("policy: small", f"policy: {name}").replace("version: 1", f"version: {version}")
    text = text.replace("2026-01-01", begins).replace("priority: 10", f"priority: {ord(name)}")
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_alone_is_looked_at_among_its_neighbours() -> None:
    """Only what concerns it is told."""
    folder = PLANTED / "equal-cover"
    assert [one.problem.code for one in proved([folder / "big" / "v1.yaml"], DAY).findings] == ["equal-cover"]
    assert proved([folder / "rest"], DAY).findings == ()
    assert [policy.name for policy in proved([folder / "big"], DAY).policies] == ["big"]


def test_a_policy_that_cannot_be_read_ends_it(tmp_path: Path) -> None:
    """Nothing is proved beside a file whose meaning nobody knows."""
    lay(tmp_path, "a", 1, "2026-01-01").write_text("policy: a\n", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        proved([tmp_path], DAY)
    assert refused.value.exit is Exit.NO


def test_an_invariant_in_another_currency_is_not_decided(tmp_path: Path) -> None:
    """An amount in EUR says nothing about a policy in USD; without an amount it does."""
    path = lay(tmp_path, "a", 1, "2026-01-01")
    path.write_text(path.read_text(encoding="utf-8").replace("currency: EUR", "currency: USD"), encoding="utf-8")
    when = "{open_amount: {at_least: 5.00}}"
    text = "currency: EUR\ninvariants:\n  - id: i\n    because: b\n    never: {action: late_fee, when: %s}\n"
    (tmp_path / "invariants.yaml").write_text(text % when, encoding="utf-8")
    assert "not-decided" in [one.problem.code for one in proved([tmp_path], DAY).findings]
    (tmp_path / "invariants.yaml").write_text(text % "{dispute: whole}", encoding="utf-8")
    assert "not-decided" not in [one.problem.code for one in proved([tmp_path], DAY).findings]


@pytest.mark.parametrize(("text", "code"), [
    ("id: i\n    because: b", "missing-key"),
    ("id: i\n    because: b\n    never: {action: fee, when: {dispute: whole}}", "wrong-value"),
    ("id: i\n    because: b\n    never: {action: late_fee, when: {disputed: true}}", "unknown-fact"),
    ("id: i\n    because: b\n    never: {action: [], when: {dispute: whole}}", "empty-list"),
    ("id: i\n    because: b\n    never: {action: late_fee, when: {dispute: whole}}\n"
     "    always: {action: task, when: {dispute: whole}}", "too-many-keys"),
])  # fmt: skip
def test_a_mistake_in_the_invariants_is_told(tmp_path: Path, text: str, code: str) -> None:
    """As in any other file; `duly check` tells it as well."""
    path = tmp_path / "invariants.yaml"
    path.write_text(f"currency: EUR\ninvariants:\n  - {text}\n", encoding="utf-8")
    assert [problem.code for problem in invariants.load(path)[1]] == [code]
    lay(tmp_path, "a", 1, "2026-01-01")
    with pytest.raises(Refusal):
        proved([tmp_path], DAY)


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_and_exits_1(tmp_path: Path) -> None:
    """An error is an answer of no; a warning is one only with --strict."""
    gap, error = str(PLANTED / "level-gap"), str(PLANTED / "rule-never-true")
    assert Desk(tmp_path).run("prove", error).exit == Exit.NO
    said = Desk(tmp_path).run("prove", gap)
    assert (said.exit, "warning level-gap" in said.out) == (Exit.OK, True)
    assert Desk(tmp_path).run("prove", gap, "--strict").exit == Exit.NO


def test_the_command_speaks_json(tmp_path: Path) -> None:
    """With the facts of the counter-example, in the engine's own units."""
    value = json.loads(Desk(tmp_path).run("prove", str(PLANTED / "never-chased"), "--format", "json").out)
    (finding,) = value["findings"]
    assert (finding["code"], finding["severity"], finding["line"]) == ("never-chased", "warning", 13)
    assert finding["example"]["facts"]["open_amount"] == 8_000
    assert finding["book"] is None
    assert value["proved"]


def test_a_book_says_how_many_a_finding_is_about() -> None:
    """Counted by the SQL of the very condition that was proved: one receivable of 80.00 of two, and one of two customers."""
    books = Books().entity("E1", "EUR").customer("C", segment="retail").customer("D")
    for number, amount, customer in (("R1", "80.00", "C"), ("R2", "81.00", "C"), ("R3", "80.00", "D")):
        books.receivable(number, customer, due=day(DAY, -20), amount=amount)
    (finding,) = proved([PLANTED / "never-chased"], DAY, books.book).findings
    assert finding.weight == Weight(2, 16_000)
    assert told(finding).message.endswith("[2 such receivables in the book, 160.00 EUR open]")
    (finding,) = proved([PLANTED / "hold-for-ever-by-law"], DAY, books.book).findings
    assert finding.weight == Weight(2, 24_100)
    (finding,) = proved([PLANTED / "not-covered"], DAY, books.book).findings
    assert finding.weight == Weight(1, 8_000)


def test_without_z3_it_says_so_in_one_line(tmp_path: Path) -> None:
    """Exit 2, and the remedy; never a silent skip."""
    (tmp_path / "z3.py").write_text("raise ModuleNotFoundError(\"No module named 'z3'\", name='z3')\n", encoding="utf-8")
    said = Desk(tmp_path).shell("duly prove", PYTHONPATH=str(tmp_path))
    assert said.exit == Exit.USAGE
    assert said.err == "duly prove needs-extra: proofs are made with z3, which is not installed; run: pip install 'duly[prove]'\n"


@pytest.mark.parametrize("policy_file", sorted((ROOT / "policies").glob("*/v*.yaml")), ids=lambda path: path.parent.name)
def test_a_limit_is_raised_as_the_engine_says(policy_file: Path) -> None:
    """The numbers of a limit, as z3 reads them, against the engine's on made customers."""
    policy = library.load_file(policy_file)[0]
    assert policy
    if policy.credit is None:
        return
    lab = Lab((policy,))
    ways = [(one, formula) for one, formula in raises(policy, lab.encoder(policy))]
    seen = set()
    for _, customer in subjects([policy], 40, 11):
        facts = {name: customer[name] for name in compile_policy(policy).facts}
        calls = [call for call in done(decided(policy, facts, AS_OF)) if isinstance(call.action, SetCreditLimit)]
        expected_ = {call.rule for call in calls if _raised(policy, call, facts)}
        fixed = [lab.space.term(name).there == (value is not None) for name, value in customer.items() if name in lab.space.terms]
        fixed += [lab.space.term(name).value == domain.number(FACTS[name], value, lab.space.term(name).words)
                  for name, value in customer.items() if value is not None and name in lab.space.terms]
        found = {one.rule for one, formula in ways if lab.search().possible(formula, *fixed)}
        assert found == expected_
        seen |= found
    assert seen


def _raised(policy: Policy, call: Call, facts: Facts) -> bool:
    """Whether the call sets the limit above the one in the book."""
    assert policy.credit
    assert policy.credit.limit
    assert isinstance(call.action, SetCreditLimit)
    target = targets.limit(policy.credit.limit, call.action.rule, facts, call.action.step).amount
    before = facts["customer.credit_limit"]
    return target is not None and target > (before if isinstance(before, int) else 0)


def test_a_question_that_takes_too_much_work_is_said() -> None:
    """Nothing is proved then, and nobody is told that it were; what was found before stays found."""
    policy = proved([PLANTED / "level-gap"], DAY).policies[0]
    before = found_in(PLANTED / "level-gap")[0]

    def asked_in_vain() -> Iterator[Finding]:
        yield before
        raise Undecided

    found = _tried(asked_in_vain(), policy)
    assert [one.problem.code for one in found if isinstance(one, Finding)] == ["level-gap", "not-decided"]
