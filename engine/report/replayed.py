"""An old decision made again, as text and for programs: the same, or what is otherwise.

Comes in: a Replayed. Goes out: text, or plain values.
Know before changing: the text shows the first differences; all of them are in the JSON.
"""

from typing import Any

from engine.act.replay import Replayed
from engine.report import words
from engine.report.tables import NARROWEST, painter, wrap

FORMAT = "duly-replay/1"
_SHOWN = 20


def text(found: Replayed, *, width: int = 100, colour: bool = False) -> str:
    """What was replayed, whether it is the same, and else the first things that are not."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    plan = found.kept
    parts = [paint(line, "title") for line in wrap(_title(found), width)]
    if found.same:
        size = f"{words.count(found.size, 'byte')}, plan {words.digest(plan.id)}"
        counts = f"{words.count(len(plan.actions), 'action')}, {len(plan.withheld):,} withheld"
        parts += [paint(line, "good") for line in wrap(f"Made again, it is the same: {size}, {counts}.", width)]
    else:
        many = words.count(len(found.differences), "difference")
        parts += [paint(line, "warning") for line in wrap(f"Made again, it comes out otherwise: {many}.", width)]
        for one in found.differences[:_SHOWN]:
            parts += wrap(f"{one.about}: then {one.then}; now {one.now}", width, indent="  ")
        if len(found.differences) > _SHOWN:
            parts.append(f"  and {len(found.differences) - _SHOWN:,} more; --format json has them all")
    if found.engine != plan.engine:
        note = f"duly {plan.engine} decided then, duly {found.engine} now; all but that number is compared."
        parts += wrap(note, width)
    return "\n".join(parts) + "\n"


def plain(found: Replayed) -> dict[str, Any]:
    """For programs, with every difference."""
    return {
        "format": FORMAT,
        "run": found.run,
        "actor": found.actor or None,
        "recorded_at": found.recorded_at or None,
        "as_of": found.kept.as_of,
        "known_at": found.kept.known_at,
        "plan": found.kept.id,
        "again": found.made.id,
        "engine_then": found.kept.engine,
        "engine_now": found.engine,
        "bytes": found.size,
        "actions": len(found.kept.actions),
        "withheld": len(found.kept.withheld),
        "same": found.same,
        "differences": [{"about": one.about, "then": one.then, "now": one.now} for one in found.differences],
    }


def _title(found: Replayed) -> str:
    """Which decision it is about."""
    plan = found.kept
    if found.run is None:
        return f"Plan {words.digest(plan.id)} as of {plan.as_of}."
    when = found.recorded_at.removesuffix("Z").replace("T", " ")
    return f"Run {found.run} as of {plan.as_of}, applied by {found.actor} on {when} (UTC)."
