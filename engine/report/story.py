"""Why something is done or withheld, as text: the policy, what it asks and what is, and what would change it.

Comes in: the stories of act/explain.py. Goes out: text, no line of it wider than asked for.
Know before changing: what fired comes first and what nearly did second, each finding with its place in the policy, so that
whoever disagrees knows which line to change.
"""

from collections.abc import Iterable, Sequence

from engine.act.explain import Rule, Story
from engine.report import words
from engine.report.actions import level_of
from engine.report.tables import NARROWEST, Column, Paint, Row, Table, clean, clip, lines, painter, wrap


def explained(stories: Sequence[Story], *, width: int = 100, colour: bool = False) -> str:
    """The stories one after the other; a sentence where there is nothing to tell."""
    if not stories:
        return "Nothing is open, so nothing is decided.\n"
    paint = painter(colour=colour)
    return "\n\n\n".join("\n\n".join(_story(story, max(width, NARROWEST), paint)) for story in stories) + "\n"


def _story(story: Story, width: int, paint: Paint) -> Iterable[str]:
    """The parts of one story that have something to say."""
    subject = story.customer if story.receivable is None else f"{story.receivable} of {story.customer}"
    title = paint(clip(clean(f"{story.subject} {subject}"), width), "title")
    if story.policy is None:
        yield f"{title}\nNo policy in force covers it."
        return
    decided = clip(clean(f"Decided by {story.policy} v{story.version}, {story.file}"), width)
    yield "\n".join((title, decided, *_outcome(story, width, paint)))
    for fired, heading in ((True, "What fired"), (False, "What nearly fired")):
        rules = [rule for rule in story.rules if rule.fired is fired]
        if rules:
            yield "\n".join((paint(heading, "title"), *lines(_findings(rules), width, paint, indent=2)))
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
    for action in story.actions:
        level = f", level {level_of(action)}" if level_of(action) else ""
        amount = f", {words.amount(action.amount, action.currency)} {action.currency}" if action.amount else ""
        rules = ", ".join(sorted({line.rule for line in action.lines}))
        yield from (
            paint(line, "good") for line in wrap(f"-> {words.KINDS[action.kind]}{level}{amount} ({rules})", width)
        )
    for each in story.withheld:
        level = f", level {words.level(each)}" if words.level(each) else ""
        sentence = f"{words.KINDS[each.kind]}{level} ({each.rule}) is withheld: {', '.join(each.reasons)}."
        yield from (
            paint(line, "warning") for line in wrap(f"{sentence} {words.REASONS.get(each.reasons[0], '')}", width)
        )
    if not story.actions and not story.withheld:
        yield "Nothing is called for."


def _findings(rules: Sequence[Rule]) -> Table:
    """Each rule with its findings: whether it holds, what is asked, what is, where it stands."""
    columns = (
        Column("rule", least=10),
        Column("holds"),
        Column("asked", least=20),
        Column("actual", least=10),
        Column("policy", least=12),
    )
    rows = []
    for rule in rules:
        for number, finding in enumerate(rule.findings):
            name = "" if number else rule.name
            holds = "yes" if finding.holds else "no"
            rows.append(Row((name, holds, finding.asked, finding.actual, finding.place)))
        if not rule.findings:
            rows.append(Row((rule.name, "yes" if rule.fired else "no", "always", "", "")))
    return Table(columns, tuple(rows))
