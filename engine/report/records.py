"""What was done, as text: the outcome of an apply, the history of the ledger, the verdict on it.

Comes in: values of act/apply.py and act/ledger.py. Goes out: text, no line of it wider than asked for.
Know before changing: entries are streamed and drawn in groups of equal columns, so that a history of a million entries
needs no more memory than a page of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from engine.act.apply import Applied
from engine.act.consent import Approved
from engine.act.ledger import Past, Verdict
from engine.act.recording import Granted, Recorded
from engine.policy.roles import Roles
from engine.report import words
from engine.report.tables import NARROWEST, Column, Row, Table, lines, painter, wrap

_PAGE = 1_000
# More lines than that are counted.
_SHOWN = 20
# What an entry is about, in a few words: the first of these that it states.
_TOLD = ("after", "reason", "because", "outcome", "result", "promised", "note", "about")
# What people grant for a time: its words begin with what and until when.
_GRANTS = ("limit", "override", "suspension")
_COLUMNS = (
    Column("no.", right=True),
    Column("when (UTC)"),
    Column("who", least=8),
    Column("what"),
    Column("customer", least=8),
    Column("receivables", least=10),
    Column("amount", right=True),
    Column(""),
    Column("in words", least=10),
)


def applied(done: Applied, *, width: int = 100, colour: bool = False) -> str:
    """What a run did, what an earlier one had done already, and what it left out: who had moved, what was not approved."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    actions = sum(number for _, number in done.done)
    verb = "completed" if done.resumed else "applied"
    title = f"Plan {words.digest(done.plan_id)} as of {done.as_of} {verb} in run {done.run_id}: "
    title += words.count(actions, "action") + (f", {done.before:,} had been done before." if done.before else ".")
    parts = [paint(line, "title") for line in wrap(title, width)]
    kinds = sorted((words.order(kind), number) for kind, number in done.done if number)
    table = Table(
        (Column("action"), Column("done", right=True)),
        tuple(Row((words.KINDS[kind], f"{number:,}")) for (_, kind), number in kinds),
    )
    parts += lines(table, width, paint, indent=2) if kinds else ()
    for each in done.skipped:
        moved = f": {', '.join(each.receivables)} moved" if each.receivables else " moved"
        text = f"left out, nothing done: {each.customer}{moved} since the plan was made; preview again"
        parts += [paint(line, "warning") for line in wrap(text, width)]
    for left in done.unapproved[:_SHOWN]:
        why = f"goes with {left.beside}" if left.beside else f"{' and '.join(left.roles)} did not approve it"
        text = f"left out, nothing done: {left.address}, {why}; it is in the next preview again"
        parts += [paint(line, "warning") for line in wrap(text, width)]
    if len(done.unapproved) > _SHOWN:
        parts.append(paint(f"and {len(done.unapproved) - _SHOWN:,} more without an approval", "warning"))
    return "\n".join(parts) + "\n"


def approved(done: Approved, roles: Roles, *, width: int = 100, colour: bool = False) -> str:
    """What somebody approved, what stood already, and what still waits for whom."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    plan = f"Plan {words.digest(done.plan_id)} as of {done.as_of}"
    if done.given:
        by = f"{done.actor} approved {words.count(len(done.given), 'action')}, until {done.given[0].expires}."
        parts = [paint(line, "title") for line in wrap(f"{plan}: {by}", width)]
    else:
        parts = [paint(line, "title") for line in wrap(f"{plan}: nothing new is approved.", width)]
    parts += _listed(width, [f"approved as {one.role}: {one.address}" for one in done.given])
    parts += _listed(
        width,
        [f"stood already, as {one.role} by {one.actor} until {one.expires}: {one.address}" for one in done.before],
    )
    waits = [
        f"still waits: {one.address}, for {', '.join(f'{role} ({_people(roles, role)})' for role in one.roles)}"
        for one in done.waiting
    ]
    parts += _listed(width, waits) or wrap("Nothing in it waits for an approval.", width, indent="  ")
    return "\n".join(parts) + "\n"


def recorded(done: Recorded, *, width: int = 100) -> str:
    """What a person recorded, in one line; of what was granted also what, for how long, and since when or whether it counts."""
    about = f"{done.customer}, receivable {done.receivable}" if done.receivable else done.customer
    title = f"{done.reference}: {done.kind.replace('-', ' ')} recorded for {about} (ledger entry {done.seq})"
    return "\n".join((title, *_listed(max(width, NARROWEST), _in_words(done.granted) if done.granted else ()))) + "\n"


def history(entries: Iterable[Past], *, width: int = 100, colour: bool = False) -> Iterator[str]:
    """The entries of the ledger, a piece of text for each page; one sentence where there are none."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    stream, drawn = iter(entries), False
    while page := list(islice(stream, _PAGE)):
        drawn = True
        yield "\n".join(lines(Table(_COLUMNS, tuple(map(_entry, page))), width, paint)) + "\n"
    if not drawn:
        yield "Nothing is recorded.\n"


def verdict(found: Verdict, *, width: int = 100, colour: bool = False) -> str:
    """Whether the ledger holds; else the first entry that does not fit, one line for each problem."""
    paint = painter(colour=colour)
    if not found.sound:
        return "".join(f"{paint(str(problem), 'warning')}\n" for problem in found.problems)
    text = f"The ledger is unbroken: {words.count(found.entries, 'entry', 'entries')}, head {found.head}"
    return "\n".join(paint(line, "good") for line in wrap(text, max(width, NARROWEST))) + "\n"


def _in_words(found: Granted) -> list[str]:
    """What was granted, and what limit it takes the place of where that is more or in another currency."""
    what = words.granted(found.rating, found.scope, found.amount, found.currency)
    end = f"to {found.valid_until}" if found.valid_until else "without end"
    counts = f"from {found.counts_from} on" if found.counts_from else "once somebody else confirms it"
    said = [f"{what} from {found.valid_from} {end}; it counts {counts}"]
    if found.in_force and found.amount is not None:
        minor, currency = found.in_force
        usual = f"the limit in force, {words.amount(minor, currency)} {currency}"
        if currency != found.currency:
            said.append(f"this is in another currency than {usual}: while it lasts it replaces it")
        elif found.amount < minor:
            said.append(f"this is less than {usual}: while it lasts it replaces it")
    return said


def _listed(width: int, sentences: Sequence[str]) -> list[str]:
    """Sentences below a title, the first ones of many."""
    shown = [line for one in sentences[:_SHOWN] for line in wrap(one, width, indent="  ")]
    return shown + ([f"  and {len(sentences) - _SHOWN:,} more"] if len(sentences) > _SHOWN else [])


def _people(roles: Roles, role: str) -> str:
    """Who has a role."""
    return ", ".join(roles.who(role)) or "nobody"


def _entry(entry: Past) -> Row:
    """One entry as a row."""
    said = entry.content
    amount, currency = said.get("amount"), _text(said, "currency")
    money = words.amount(amount, currency) if isinstance(amount, int) and currency else ""
    return Row(
        (
            str(entry.seq),
            entry.at.removesuffix("Z").replace("T", " "),
            entry.actor,
            words.KINDS.get(entry.kind, entry.kind.replace("-", " ").replace("_", " ")),
            _text(said, "customer"),
            ", ".join(str(each) for each in said.get("receivables") or ()),
            money,
            currency if money else "",
            _words(entry),
        )
    )


def _words(entry: Past) -> str:
    """What an entry is about, in a few words."""
    said = entry.content
    told = next((_text(said, name) for name in _TOLD if _text(said, name)), _plan(entry))
    if entry.kind not in _GRANTS:
        return told
    until = f"until {_text(said, 'valid_until')}" if said.get("valid_until") else "without end"
    group = "of the group" if said.get("scope") == "group" else ""
    return f"{' '.join(filter(None, (_text(said, 'rating'), group, until)))}: {told}"


def _text(said: Mapping[str, Any], name: str) -> str:
    """What an entry states under that name, as text; nothing where it does not."""
    value = said.get(name)
    return "" if value is None else str(value)


def _plan(entry: Past) -> str:
    """The plan that an entry belongs to, nothing where a person recorded it."""
    return "" if entry.plan is None else f"plan {words.digest(entry.plan)}"
