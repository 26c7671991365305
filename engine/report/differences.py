"""One difference of a plan, and a customer with all of them: what each text of a policy does, why, and the facts that decide.

Comes in: Moved, Sampled. Goes out: lines for a terminal, Markdown, a table, plain values.
Know before changing: of a customer with very many differences only some are told, and it is said how many more there are. Texts
of the book are cleaned and escaped here.
"""

from typing import Any

from engine import money
from engine.diff.figures import Effect, Moved
from engine.diff.reasons import Sampled, Why
from engine.report.tables import Column, Row, Table, clean, wrap
from engine.report.verdict import escaped
from engine.report.words import KINDS, count


def named(one: Sampled) -> str:
    """`C-1001 Hartmann GmbH, sme: 2 differences`."""
    return f"{one.customer} {one.name}, {one.segment}: {count(len(one.whys) + one.more, 'difference')}"


def as_table(one: Sampled) -> Table:
    """Each difference of a customer: what each text does and why, then the facts that decide."""
    rows = list[Row]()
    for why in one.whys:
        rows.append(Row((_about(why.moved), *_done(why.moved)), "strong"))
        rows.append(Row(("  because", why.old, why.new)))
        rows += [Row((f"  {name}", value, value), "quiet") for name, value in why.facts]
    rows += [Row((_more(one), "", ""))] if one.more else []
    return Table((Column(""), Column("OLD"), Column("NEW")), tuple(rows))


def as_lines(one: Sampled, width: int) -> list[str]:
    """A customer for a terminal, a paragraph for each difference."""
    said = list[str]()
    for why in one.whys:
        old, new = _done(why.moved)
        facts = ", ".join(f"{name} {value}" for name, value in why.facts)
        for at, line in enumerate((_about(why.moved), f"OLD: {old}; {why.old}", f"NEW: {new}; {why.new}", facts)):
            said += wrap(line, width, indent="    " if at else "  ") if line else ()
    return [*said, *([f"  {_more(one)}"] if one.more else [])]


def as_markdown(one: Sampled) -> list[str]:
    """A customer under its name, a row for each difference."""
    said = ["", f"**{escaped(clean(named(one)))}**", "", "| | OLD | NEW | facts |", "| --- | --- | --- | --- |"]
    for why in one.whys:
        old, new = _done(why.moved)
        facts = ", ".join(f"{name} {value}" for name, value in why.facts)
        cells = (_about(why.moved), f"{old}; {why.old}", f"{new}; {why.new}", facts)
        said.append(f"| {' | '.join(escaped(clean(cell)) for cell in cells)} |")
    return [*said, *(["", _more(one)] if one.more else [])]


def as_values(one: Sampled) -> dict[str, Any]:
    """A customer for programs."""
    return {
        "customer": one.customer,
        "segment": one.segment,
        "differences": [_plain_why(why) for why in one.whys],
        "more": one.more,
    }


def _more(one: Sampled) -> str:
    """How many are not told."""
    return f"and {one.more:,} more"


def _about(moved: Moved) -> str:
    """`late fee of INV-100540`."""
    return f"{KINDS[moved.kind]}{f' of {moved.receivable}' if moved.receivable else ''}"


def _done(moved: Moved) -> tuple[str, str]:
    """What the old text does, and what the new one."""
    old, new = (_effect(moved, effect) for effect in (moved.before, moved.after))
    return old, new


def _effect(moved: Moved, effect: Effect | None) -> str:
    """What one of the plans does, with its amount where that is not said already."""
    if effect is None:
        return says(moved, effect) or "nothing"
    amount = f"{written(effect.amount, moved.currency)} {moved.currency}" if effect.amount else ""
    parts = (effect.says, amount if amount not in effect.says else "")
    return ", ".join(part for part in parts if part) or "done"


def says(moved: Moved, effect: Effect | None) -> str:
    """What is done; of a value that one of them leaves alone, how it stands; else nothing."""
    return effect.says if effect else f"{moved.stands}, as it is" if moved.stands else ""


def written(minor: int, currency: str) -> str:
    """An amount; nothing where none moves."""
    return money.written(minor, currency) if minor else ""


def plain_moved(one: Moved) -> dict[str, Any]:
    """A difference."""
    return {
        "way": one.way.value,
        "kind": one.kind,
        "customer": one.customer,
        "customer_name": one.customer_name,
        "entity": one.entity,
        "currency": one.currency,
        "segment": one.segment,
        "bucket": one.bucket,
        "receivable": one.receivable,
        "before": _plain_effect(one.before),
        "after": _plain_effect(one.after),
        "amounts": list(one.amounts),
    }


def _plain_effect(effect: Effect | None) -> dict[str, Any] | None:
    """What one of the plans does."""
    return None if effect is None else {"amount": effect.amount, "says": effect.says, "level": effect.level}


def _plain_why(why: Why) -> dict[str, Any]:
    """A difference with its reasons."""
    return plain_moved(why.moved) | {"because": {"old": why.old, "new": why.new}, "facts": dict(why.facts)}
