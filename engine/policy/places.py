"""Where something stands in the file of a policy that was built and checked.

Comes in: a Policy and a path in its document. Goes out: the Place, for a problem.
Know before changing: a policy keeps its text, so that only a problem costs a second reading.
"""

from engine.errors import Place
from engine.policy import document
from engine.policy.model import Policy


def place(policy: Policy, *path: str | int) -> Place:
    """Where the value stands."""
    read, _ = document.parse(policy.text, policy.file)
    return read.place(path) if read else policy.place
