"""Why something is done or withheld, as text: the policy, what it asks and what is, and what would change it.

Comes in: the stories of act/explain.py. Goes out: text, no line of it wider than asked for.
Know before changing: what fired comes first and what nearly did second, each finding with its place in the policy, so that
whoever disagrees knows which line to change.
"""

from collections.abc import Iterable, Sequence

from engine.act.explain import Rule, Story
from engine.act.values import Action
from engine.report import credit, words
from engine.report.actions import level_of
from engine.report.layouts import setting
from engine.report.tables import NARROWEST, Column, Paint, Row, Table, clean, clip, lines, painter, wrap

# Where a finding stands: behind two indents and its yes or no.
_BESIDE = " " * 8


def explained(stories: Sequence[Story], *, width: int = 100, colour: bool = False, everything: bool = True) -> str:
    """The stories one after the other; a sentence where there is nothing to tell.

    Where not everything is asked for, receivables about which nothing is called for are only named.
    """
    if not stories:
        return "Nothing is open, so nothing is decided.\n"
    paint, width = painter(colour=colour), max(width, NARROWEST)
    quiet = [] if everything else [story for story in stories if _is_quiet(story)]
    parts = ["\n\n".join(_story(story, width, paint)) for story in stories if story not in quiet]
    if quiet:
        named = ", ".join(clean(story.receivable or "") for story in quiet)
        said = f"Nothing is called for about {words.count(len(quiet), 'more receivable')}: {named} (--all tells of each)."
        parts.append("\n".join(part.removeprefix("  ") for part in wrap(said, width, indent="  ")))
    return "\n\n\n".join(parts) + "\n"


def _is_quiet(story: Story) -> bool:
    """Whether a policy covers the receivable and calls for nothing about it."""
    return bool(story.receivable and story.policy) and not story.actions and not story.withheld


def _story(story: Story, width: int, paint: Paint) -> Iterable[str]:
    """The parts of one story that have something to say."""
    subject = story.customer if story.receivable is None else f"{story.receivable} of {story.customer}"
    title = paint(clip(clean(f"{story.subject} {subject}"), width), "title")
    if story.policy is None:
        yield f"{title}\nNo policy in force covers it."
        return
    decided = clip(clean(f"Decided by {story.policy} v{story.version}, {story.file}"), width)
    yield "\n".join((title, decided, *_outcome(story, width, paint)))
    if story.credit:
        yield from ("\n".join(block) for block in credit.concluded(story.credit, story.file, width, paint))
    for heading, rules in (("What fired", _fired(story)), ("What nearly fired", _nearly(story))):
        if rules:
            told = (line for rule in rules for line in _rule(rule, story.file, width, paint))
            yield "\n".join((paint(heading, "title"), *told))
    if story.ways:
        table = Table(
            (Column("what would change it", least=20), Column("what then", least=20)),
            tuple(Row((way.what, way.then)) for way in story.ways),
        )
        yield "\n".join(lines(table, width, paint))
    if story.facts:
        table = Table((Column("fact", least=20), Column("value", right=True, least=12)), tuple(map(Row, story.facts)))
        yield "\n".join((paint("Its facts", "title"), *lines(table, width, paint, indent=2)))


def _outcome(story: Story, width: int, paint: Paint) -> Iterable[str]:
    """What is done and what is withheld, a sentence each."""
    for action in sorted(story.actions, key=lambda action: (words.order(action.kind), action.address)):
        rules = ", ".join(sorted({line.rule for line in action.lines}))
        waits = f"; waits for {', '.join(action.approval)}" if action.approval else ""
        said = f"-> {words.KINDS[action.kind]}{_told(action)} ({rules}){waits}"
        yield from (paint(line, "good") for line in wrap(said, width))
    for each in story.withheld:
        level = f", level {words.level(each)}" if words.level(each) else ""
        sentence = f"{words.KINDS[each.kind]}{level} ({each.rule}) is withheld: {', '.join(each.reasons)}."
        yield from (
            paint(line, "warning") for line in wrap(f"{sentence} {words.REASONS.get(each.reasons[0], '')}", width)
        )
    if not story.actions and not story.withheld:
        yield "Nothing is called for."


def _told(action: Action) -> str:
    """What an action says beside its kind: of a credit action before and after, else level and amount."""
    if action.kind == "review":
        return f" by {setting(action, 'due')}, because {setting(action, 'because')}"
    if action.kind in words.CREDIT:
        return f": {action.before} -> {action.after}"
    level = f", level {level_of(action)}" if level_of(action) else ""
    return level + (f", {words.amount(action.amount, action.currency)} {action.currency}" if action.amount else "")


def _fired(story: Story) -> list[Rule]:
    """The rules that fired, built-in ones such as a hold among them."""
    return [rule for rule in story.rules if rule.fired]


def _nearly(story: Story) -> list[Rule]:
    """The policy's own rules that nearly fired; of the built-in ones nobody wants to know that they did not."""
    return [rule for rule in story.rules if not rule.fired and any(finding.place for finding in rule.findings)]


def _rule(rule: Rule, file: str, width: int, paint: Paint) -> Iterable[str]:
    """A rule, and each of its findings: whether it holds, what is asked, what is, on which line of the policy."""
    yield clip(f"  {clean(rule.name)}", width)
    for finding in rule.findings:
        line = finding.place.removeprefix(f"{file}:").split(":")[0]
        where = f" (line {line})" if line.isdigit() else ""
        first, *rest = wrap(f"{finding.asked}: it is {finding.actual}{where}", width, indent=_BESIDE)
        holds = "yes" if finding.holds else "no"
        yield paint(f"    {holds:<4}{first[len(_BESIDE) :]}", "good" if finding.holds else "plain")
        yield from rest
