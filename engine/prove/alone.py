"""What can be wrong with one dunning policy by itself, over all possible facts.

Comes in: a policy. Goes out: Findings with the smallest counter-example each.
Know before changing: a level is reached from the one below it (one_level) or from anywhere (most_severe); explicit assignments
are a person's word and not looked at. Of several findings with one cause only the first is told: who withholds everything has no
rule that acts.
"""

from collections.abc import Iterator, Sequence

from engine.decide.evaluate import holds
from engine.decide.ladder import HANDED_OVER, NAMES
from engine.errors import Place, Problem
from engine.policy.model import (
    All,
    Climb,
    Comparison,
    Condition,
    CreditHold,
    HandOver,
    Level,
    Notice,
    Operator,
    Policy,
    ReleaseCreditHold,
    Rule,
    Subject,
)
from engine.policy.places import place
from engine.prove.example import Example
from engine.prove.lab import Finding, Lab, Region, all_of, none_of
from engine.prove.outcome import Outcome, covered, holding, outcomes, paced, standing, stops
from engine.prove.words import said


def of_policy(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Everything that is wrong with a dunning policy."""
    covers = covered(policy)
    if not lab.possible(covers):
        yield never_true(policy, lab, (covers,), place(policy, "covers"), "the policy covers nobody")
        return
    everything = list(_withholds_everything(policy, lab))
    yield from everything
    if everything:
        return
    for number, reason in enumerate(policy.withhold):
        if not lab.possible(all_of(covers, reason.when)):
            where = place(policy, "withhold", number, "when")
            yield never_true(policy, lab, (covers, reason.when), where, f"'{reason.because}' never withholds anything")
    yield from of_rules(policy, lab)
    yield from _levels(policy, lab)
    yield from contradictions(policy, lab)
    yield from _gaps(policy, lab)
    yield from _written_after_hand_over(policy, lab)


def never_true(policy: Policy, lab: Lab, parts: Sequence[Condition], where: Place, what: str) -> Finding:
    """A condition that nobody meets, with somebody who meets all of it but one part."""
    last, example = lab.missed([*_parts(parts[0]), *(one for part in parts[1:] for one in _parts(part))], policy)
    text = f"{what}: {_nobody(policy, lab, last, example)}; mend the condition, or take it out"
    return Finding(Problem(where, "never-true", text), example, (policy,))


def _nobody(policy: Policy, lab: Lab, last: Condition | None, example: Example | None) -> str:
    """Why nobody meets it."""
    if last is None or example is None:
        return "no facts meet its condition"
    return f"{lab.text(example)} meets the rest of the condition, and nobody who does has '{said(last, policy.currency)}'"


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """What must hold together."""
    return condition.of if isinstance(condition, All) else (condition,)


def _withholds_everything(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Every subject is withheld for some reason, so the policy does nothing at all."""
    covers, reasons = covered(policy), stops(policy)
    if lab.possible(all_of(covers, none_of(condition for _, condition in reasons))):
        return
    own = len(reasons) - len(policy.withhold)
    for number in range(own, len(reasons) + 1):
        if not lab.possible(all_of(covers, none_of(condition for _, condition in reasons[:number]))):
            entry = policy.withhold[max(0, number - own - 1)]
            example = lab.example(all_of(covers, entry.when), policy)
            assert example, "what withholds everybody withholds somebody"
            message = (
                f"'{entry.because}', with the reasons above it, withholds every action from everybody, such as from"
                f" {lab.text(example)}; narrow its condition"
            )
            where = place(policy, "withhold", max(0, number - own - 1), "when")
            yield Finding(Problem(where, "withholds-everything", message), example, (policy,), Region(policy, covers))
            return


def of_rules(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Rules that never hold, that only hold where everything is withheld, and that another rule makes superfluous."""
    covers, free = covered(policy), none_of(condition for _, condition in stops(policy))
    acting: list[Rule] = []
    for number, rule in enumerate(policy.rules):
        where = place(policy, "rules", number, "when")
        if not lab.possible(all_of(covers, rule.when), policy):
            yield never_true(policy, lab, (covers, rule.when), where, f"'{rule.id}' never acts")
        elif not lab.possible(all_of(covers, rule.when, free), policy):
            yield _always_withheld(policy, lab, rule, where)
        else:
            acting.append(rule)
    for rule in acting:
        yield from _superfluous(policy, lab, rule, acting)


def _always_withheld(policy: Policy, lab: Lab, rule: Rule, where: Place) -> Finding:
    """A rule that holds only where something withholds it."""
    example = lab.example(all_of(covered(policy), rule.when), policy)
    assert example, "the rule holds for somebody"
    reasons = [name for name, condition in stops(policy) if holds(condition, example.facts, example.as_of)]
    message = (
        f"'{rule.id}' holds only where its actions are withheld ({', '.join(reasons)}), as for {lab.text(example)};"
        " it never acts: mend its condition, or take it out"
    )
    region = Region(policy, all_of(covered(policy), rule.when))
    return Finding(Problem(where, "always-withheld", message), example, (policy,), region)


def _superfluous(policy: Policy, lab: Lab, rule: Rule, acting: Sequence[Rule]) -> Iterator[Finding]:
    """Whenever the rule holds, another one has called for the same already."""
    place_of = acting.index(rule)
    for number, other in enumerate(acting):
        if other is rule or not set(rule.then) <= set(other.then):
            continue
        if lab.possible(all_of(covered(policy), rule.when, none_of((other.when,))), policy):
            continue
        if number > place_of and set(other.then) <= set(rule.then) and not lab.possible(
            all_of(covered(policy), other.when, none_of((rule.when,))), policy
        ):
            # The two say the same; the later one is told of.
            continue
        example = lab.example(all_of(covered(policy), rule.when), policy)
        assert example, "the rule holds for somebody"
        message = (
            f"'{rule.id}' adds nothing: wherever it holds, as for {lab.text(example)}, '{other.id}' in line"
            f" {other.place.line} calls for the same; take one of them out, or tell them apart"
        )
        where = place(policy, "rules", policy.rules.index(rule), "when")
        yield Finding(Problem(where, "shadowed-rule", message), example, (policy,),
                      Region(policy, all_of(covered(policy), rule.when)))  # fmt: skip
        return


def contradictions(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Two actions of one policy, for one subject on one day, of which one undoes the other."""
    found = outcomes(policy)
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            what = against(one, other) or against(other, one)
            if what is None:
                continue
            example = lab.example(all_of(covered(policy), one.done, other.done), policy)
            if example is not None:
                yield contradiction(lab, one, other, what, example)


def contradiction(lab: Lab, one: Outcome, other: Outcome, what: str, example: Example) -> Finding:
    """Both actions on one day, in words."""
    near = f"line {one.place.line}" if one.policy is other.policy else str(one.place)
    message = (
        f"'{other.rule}' and '{one.rule}' in {near} contradict each other: {lab.text(example)} {what} at once;"
        " keep their conditions apart"
    )
    parts = all_of(covered(one.policy), one.done, covered(other.policy), other.done)
    region = Region(one.policy, parts) if one.policy is other.policy else None
    about = (one.policy,) if one.policy is other.policy else (one.policy, other.policy)
    return Finding(Problem(other.place, "contradicting-actions", message), example, about, region)


def against(one: Outcome, other: Outcome) -> str | None:
    """What happens to a subject for which both are done, where the one undoes the other."""
    match one.action, other.action:
        case CreditHold(reason), ReleaseCreditHold(released) if reason == released:
            return f"is put on credit hold for '{reason}' and released from it"
        case HandOver(), Notice() if one.rule != other.rule:
            return "is handed over and written to"
        case _:
            return None


# -- the ladder --------------------------------------------------------------------------------------------------------


def _levels(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """The first level that nobody ever reaches; those above it, on a ladder climbed step by step, stand behind it."""
    for number, level in enumerate(policy.ladder.levels if policy.ladder else ()):
        parts = _reaching(policy, level)
        if lab.possible(all_of(*parts)):
            continue
        last, example = lab.missed(parts)
        who = f"{lab.text(example)}, and nobody is ever moved there" if example else "no facts meet its condition"
        not_so = f" ('{said(last, policy.currency)}' is never so of them)" if last is not None else ""
        message = f"level {level.number} is out of reach: look at {who}{not_so}; mend its days or its condition"
        where = place(policy, "ladder", "levels", number, "level")
        yield Finding(Problem(where, "unreachable-level", message), example, (policy,))
        assert policy.ladder, policy.name
        if policy.ladder.climb is Climb.ONE_LEVEL:
            return


def _reaching(policy: Policy, level: Level) -> list[Condition]:
    """What must hold together for the level to be reached."""
    assert policy.ladder, policy.name
    parts = [*_parts(covered(policy)), *_parts(holding(policy, level))]
    if policy.ladder.climb is Climb.ONE_LEVEL:
        parts.append(standing(policy, level.number - 1))
    else:
        parts.append(none_of((standing(policy, level.number),)))
        parts += [none_of((holding(policy, above),)) for above in policy.ladder.levels[level.number :]]
    return [*parts, *(none_of((condition,)) for _, condition in (*stops(policy), *paced(policy)))]


def _gaps(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """Subjects that a ladder leaves standing: old enough for more, and the next level never takes them."""
    if policy.ladder is None:
        return
    free = none_of(condition for _, condition in (*stops(policy), *paced(policy)))
    levels, covers = policy.ladder.levels, covered(policy)
    silent = none_of(one.called for one in outcomes(policy))
    if policy.ladder.climb is Climb.ONE_LEVEL:
        for number, level in enumerate(levels[:-1]):
            stuck = all_of(standing(policy, level.number - 1), none_of((holding(policy, level),)))
            above = [holding(policy, one) for one in levels[number + 1 :]]
            region = all_of(covers, free, stuck, none_of((none_of(above),)), silent)
            example = lab.example(region) if level.when is not None else None
            if example:
                held = next(one for one in levels[number + 1 :] if lab.possible(all_of(region, holding(policy, one))))
                message = (
                    f"{lab.text(example)} gets nothing: it stays below level {level.number}, whose condition it does not meet,"
                    f" though it is ready for level {held.number}; widen the one or narrow the other"
                )
                where = place(policy, "ladder", "levels", number, "when")
                yield Finding(Problem(where, "level-gap", message), example, (policy,), Region(policy, region))
                return
    old = [_of_age(policy, level) for level in levels]
    region = all_of(covers, free, standing(policy, 0), *old, silent)
    example = lab.example(region)
    if example:
        message = (
            f"{lab.text(example)} gets nothing, however old it becomes: it is ready for every level by its days, and meets the"
            " condition of none that it could reach; widen one of them"
        )
        yield Finding(Problem(place(policy, "ladder", "levels", 0, "level"), "never-chased", message), example, (policy,),
                      Region(policy, region))  # fmt: skip


def _of_age(policy: Policy, level: Level) -> Condition:
    """Enough days have passed for the level, whatever else it asks for."""
    held = holding(policy, level)
    return _parts(held)[0] if level.when is not None else held


def _written_after_hand_over(policy: Policy, lab: Lab) -> Iterator[Finding]:
    """A rule beside the ladder writes about something overdue that the lawyer or the agency has."""
    names = NAMES[policy.subject]
    over = Comparison(names.handed_over, Operator.IS, 1)
    late = "days_past_due" if policy.subject is Subject.RECEIVABLE else "customer.oldest_days_past_due"
    for one in outcomes(policy):
        if not isinstance(one.action, Notice) or not one.rule.startswith("rule "):
            continue
        region = all_of(covered(policy), one.done, over, Comparison(late, Operator.AT_LEAST, 1))
        example = lab.example(region)
        if example:
            message = (
                f"'{one.rule}' still writes where something is {HANDED_OVER}: {lab.text(example)}; add"
                f" {names.handed_over}: false to its condition"
            )
            yield Finding(Problem(one.place, "written-after-hand-over", message), example, (policy,), Region(policy, region))
