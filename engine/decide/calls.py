"""A call: an action that a rule calls for on every subject of a class, before it is known what becomes of it.

Comes in: nothing. Goes out: the value that ladder, rules and credit policies make and act/draft.py settles.
Know before changing: a call knows nothing of one subject; with any reason it is withheld.
"""

from dataclasses import dataclass

from engine.policy.model import Action


@dataclass(frozen=True, slots=True)
class Call:
    """An action that a rule calls for: the `index`-th of its rule. `level_from`/`level_to` only where it carries a level.

    `action` is None where only the level changes: it falls, or every action of it is a fee. `reasons` withhold it; with none
    it is to be done.
    """

    rule: str
    index: int
    action: Action | None
    level: int | None
    level_from: int | None
    level_to: int | None
    reasons: tuple[str, ...]
