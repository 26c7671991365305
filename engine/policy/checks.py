"""What neither schema nor build can see: how a policy fits its templates, its own past and the other policies.

Comes in: built policies. Goes out: problems. CHECKS is a flat tuple; to add a check, write a function and list it.
Know before changing: a released version cannot be edited, so a check of several versions must not condemn what a newer version
has mended.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, pairwise

from engine.errors import Place, Problem, nearest
from engine.policy.circles import circles
from engine.policy.conditions import findings_of
from engine.policy.credit_checks import (
    conditions,
    holds_for_ever,
    holds_without_release,
    never_applies,
    reach_of,
    unreachable,
)
from engine.policy.document import Steps
from engine.policy.model import (
    All,
    Any,
    Boundary,
    Comparison,
    Condition,
    Level,
    MonthEnd,
    Nor,
    Notice,
    Policy,
)
from engine.policy.places import place

# One conjunction is one rule of the engine; one finding is one column of SQL. Both are far beyond what people write.
MOST_CONJUNCTIONS = 1_000
MOST_FINDINGS = 200
FOREVER = "9999-12-31"


def check(policies: Sequence[Policy], *, templates: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Every problem; `templates` are the names of the files in the templates folder, None where that is not known."""
    found = {problem for check in CHECKS for problem in check(policies)}
    if templates is not None:
        found.update(_missing_templates(policies, templates))
    return tuple(sorted(found))


def _equal_priority(policies: Sequence[Policy]) -> Iterator[Problem]:
    """Two policies of one kind and subject, in force on the same day with the same priority: neither wins.

    Where both versions have been superseded it is past; nothing can be edited about it.
    """
    spans = _spans(policies)
    for (one, begin, end), (other, start, stop) in combinations(spans, 2):
        alike = (one.kind, one.subject, one.priority) == (other.kind, other.subject, other.priority)
        past = end != FOREVER and stop != FOREVER
        if one.name != other.name and alike and begin < stop and start < end and not past:
            since = max(begin, start)
            message = (
                f"priority {other.priority} is also that of '{one.name}' ({one.file}), from {since} on; "
                "give one of them another, or nobody knows which of them wins"
            )
            yield Problem(place(other, "priority"), "equal-priority", message)


def _spans(policies: Sequence[Policy]) -> list[tuple[Policy, str, str]]:
    """Each version with the first day that it is in force and the first day that it no longer is, by name and version."""
    spans = []
    for policy in sorted(policies, key=lambda policy: (policy.name, policy.version, policy.file)):
        later = [
            other.effective_from
            for other in policies
            if other.name == policy.name
            and (other.effective_from, other.version) > (policy.effective_from, policy.version)
        ]
        spans.append((policy, policy.effective_from, min(later, default=FOREVER)))
    return spans


def _version_order(policies: Sequence[Policy]) -> Iterator[Problem]:
    """A later version begins on a later day; and there is only one of each."""
    ordered = sorted(policies, key=lambda policy: (policy.name, policy.version, policy.file))
    for older, newer in pairwise(ordered):
        if older.name != newer.name:
            continue
        if older.version == newer.version:
            message = f"version {newer.version} of '{newer.name}' is in {older.file} already; remove one of them"
            yield Problem(place(newer, "version"), "duplicate-version", message)
        elif newer.effective_from <= older.effective_from:
            message = (
                f"version {newer.version} begins on {newer.effective_from}, not after version {older.version}"
                f" ({older.effective_from}), which would never decide again; let it begin later"
            )
            yield Problem(place(newer, "effective_from"), "version-order", message)


def _kind_changed(policies: Sequence[Policy]) -> Iterator[Problem]:
    """A policy stays of its kind: what one version did, no version of another kind would ever undo."""
    ordered = sorted(policies, key=lambda policy: (policy.name, policy.version, policy.file))
    for older, newer in pairwise(ordered):
        if older.name == newer.name and older.kind != newer.kind:
            message = (
                f"version {older.version} of '{newer.name}' is a {older.kind} policy; give this one a name of its own"
            )
            yield Problem(place(newer, "kind"), "kind-changed", message)


def _credit(policies: Sequence[Policy]) -> Iterator[Problem]:
    """What can be proved about each credit policy."""
    for policy in policies:
        if policy.credit:
            reach = reach_of(policy)
            yield from unreachable(policy, reach)
            yield from never_applies(policy, reach)
            yield from holds_for_ever(policy, reach)
            yield from circles(policy)


def _level_order(policies: Sequence[Policy]) -> Iterator[Problem]:
    """Levels that count from the same date come one after the other."""
    for policy in policies:
        levels = policy.ladder.levels if policy.ladder else ()
        for index, level in enumerate(levels):
            before = [other for other in levels[:index] if _comparable(other, level)]
            lower = any(_day(level) < _day(other) for other in before)
            same = any(_day(level) == _day(other) and level.when == other.when for other in before)
            if not (lower or same):
                continue
            wrong = "before" if lower else "on the same day as"
            message = f"level {level.number} would be reached {wrong} a level below it; give it more days"
            yield Problem(place(policy, "ladder", "levels", index, "after_days"), "level-order", message)


def _comparable(one: Level, other: Level) -> bool:
    """Whether their days count from the same date in the same way; a month's end moves by up to a month."""
    return one.anchor is other.anchor and one.month_end == other.month_end and not one.anchor.startswith("previous")


def _day(level: Level) -> int:
    """The first day on which the level is reached."""
    return level.after_days + (level.boundary is Boundary.AFTER)


def _too_wide(policies: Sequence[Policy]) -> Iterator[Problem]:
    """A condition that would become too many rules of the engine, or a policy with too many findings."""
    for policy in policies:
        for where, condition in _conditions(policy):
            count = conjunctions(condition)
            if count > MOST_CONJUNCTIONS:
                message = (
                    f"written out, this is {count:,} alternatives, more than {MOST_CONJUNCTIONS:,}; split the rule"
                )
                yield Problem(where, "condition-too-wide", message)
        found = {finding for _, condition in _conditions(policy) for finding in findings_of(condition)}
        if len(found) > MOST_FINDINGS:
            message = (
                f"the policy compares {len(found)} things, more than {MOST_FINDINGS}; split it into several policies"
            )
            yield Problem(policy.place, "too-many-findings", message)


def conjunctions(condition: Condition, *, negated: bool = False) -> int:
    """How many conjunctions its disjunctive normal form has at most; counted, not written out."""
    match condition:
        case Comparison() | MonthEnd():
            return 1
        case Nor(parts):
            return conjunctions(Any(parts), negated=not negated)
        case All(parts) | Any(parts):
            counts = [conjunctions(part, negated=negated) for part in parts]
            if isinstance(condition, Any) is not negated:
                return sum(counts)
            product = 1
            for count in counts:
                # Without a bound the number itself would grow beyond every measure.
                product = min(product * count, 10**12)
            return product


def _conditions(policy: Policy) -> Iterator[tuple[Place, Condition]]:
    """Every condition that the engine decides, with the place of what it belongs to."""
    yield from ((reason.place, reason.when) for reason in policy.withhold)
    yield from ((rule.place, rule.when) for rule in policy.rules)
    for level in policy.ladder.levels if policy.ladder else ():
        if level.when:
            yield level.place, level.when
    if policy.credit:
        yield from conditions(policy.credit)


def _missing_templates(policies: Sequence[Policy], templates: Collection[str]) -> Iterator[Problem]:
    """A notice has a text for each of its channels, in one language at least."""
    names = {name.split(".")[0] for name in templates}
    for policy in policies:
        for steps, notice in _notices(policy):
            if notice.template not in names:
                hint = nearest(notice.template, names) or f"; add {_file(notice.template, notice.channel)}"
                message = f"there is no template '{notice.template}'{hint}"
                yield Problem(place(policy, *steps, "template"), "missing-template", message)
                continue
            for key, channel in (("channel", notice.channel), ("otherwise", notice.otherwise)):
                if channel and not any(_is_text(name, notice.template, channel) for name in templates):
                    message = f"'{notice.template}' has no text for '{channel}'; add {_file(notice.template, channel)}"
                    yield Problem(place(policy, *steps, key), "missing-template", message)


def _file(template: str, channel: str) -> str:
    """The file that would be its English text."""
    return f"templates/{template}.en.{channel}.j2"


def _is_text(name: str, template: str, channel: str) -> bool:
    """Whether the file is the template's for the channel, in whatever language: TEMPLATE.LANGUAGE.CHANNEL.j2."""
    parts = name.split(".")
    return len(parts) == 4 and (parts[0], *parts[2:]) == (template, channel, "j2")


def _notices(policy: Policy) -> Iterator[tuple[Steps, Notice]]:
    """Every notice with its path in the file."""
    levels = policy.ladder.levels if policy.ladder else ()
    groups: list[tuple[Steps, Sequence[object]]] = [
        *((("ladder", "levels", index), level.then) for index, level in enumerate(levels)),
        *((("rules", index), rule.then) for index, rule in enumerate(policy.rules)),
    ]
    for steps, actions in groups:
        for number, action in enumerate(actions):
            if isinstance(action, Notice):
                yield (*steps, "then", number, "notice"), action


CHECKS: tuple[Callable[[Sequence[Policy]], Iterator[Problem]], ...] = (
    _equal_priority,
    _version_order,
    _level_order,
    _too_wide,
    _kind_changed,
    _credit,
    holds_without_release,
)
