"""`python -m bench.crash 200`: kill apply so many times at random moments, complete each run, and compare the books.

Comes in: how often, and a seed. Goes out: one line; exit code 1 where any book came out different.
Know before changing: the loop itself is tests/crashes.py, of which the test suite runs twenty rounds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.crashes import kill_in_a_loop


def main() -> int:
    """Run the loop and say what it found."""
    parser = argparse.ArgumentParser(description="Kill an apply at random moments, complete it, compare the books.")
    parser.add_argument("times", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = kill_in_a_loop(Path(folder), times=given.times, seed=given.seed, customers=given.customers)
    said = f"{found.times} rounds, {found.halfway} kills in the middle of a run, {len(found.different)} books that differ"
    sys.stdout.write("".join(f"{line}\n" for line in (*found.different, said)))
    return 1 if found.different else 0


if __name__ == "__main__":
    sys.exit(main())
