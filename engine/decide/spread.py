"""The same work on many parts, on several processors.

Comes in: what is to be done with a part, the parts, how many processes may do it. Goes out: what came of each, in their order.
Know before changing: the processes are forked, so that they begin with everything that was read so far and nothing of it has to
be sent. Only what comes of a part is. How many may be forked is for the caller to say: a process with threads may not fork.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Part = TypeVar("Part")
Outcome = TypeVar("Outcome")

# What a forked process was begun for.
_work: Callable[[Any], Any]


def spread(work: Callable[[Part], Outcome], parts: Sequence[Part], processes: int) -> list[Outcome]:
    """What comes of each part. With more than one process, outcomes (also what is raised) have to be plain values."""
    if min(processes, len(parts)) < 2:
        return [work(part) for part in parts]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(processes, len(parts)), get_context("fork"), _begin, (work,)) as pool:
        return list(pool.map(_one, parts))


def _begin(work: Callable[[Any], Any]) -> None:
    """The beginning of a forked process."""
    global _work
    _work = work


def _one(part: Any) -> Any:
    """One part, in a forked process."""
    return _work(part)
