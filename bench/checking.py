"""`python -m bench.checking`: what `duly check` costs on folders of many policies, as a table.

Comes in: nothing. Goes out: Markdown on stdout, and with --write in docs/performance.md between its two marks.
Know before changing: the policies are copies of those that ship, with so many of their own cases each; the seconds are of the
whole process, so the start of Python and the loading of libraries count. Several processors share the work where there are any,
so they are told twice: of the processors, added up, and by the clock, which is longer on a machine that others use.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from shutil import copy, copytree
from statistics import median

from engine.policy import library

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "policies"
MARKS = ("<!-- bench checking: begin -->", "<!-- bench checking: end -->")
SIZES = (10, 200)
# Cases of each policy; None: all that ship with it.
CASES = (0, 10, None)
RUNS = 3


def laid(folder: Path, count: int, cases: int | None) -> Path:
    """A folder with so many policies, each with a name and a priority of its own."""
    copytree(SHIPPED / library.TEMPLATES, folder / library.TEMPLATES)
    copy(SHIPPED / "roles.yaml", folder)
    newest = [library.versions(home)[-1] for home in sorted(SHIPPED.iterdir()) if library.versions(home)]
    for number, path in enumerate(islice(cycle(newest), count), 1):
        name = f"{path.parent.name}-{number}"
        text = re.sub(r"(?m)^priority: .*\n", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"(?m)^policy: .*$", f"policy: {name}", text)
        text = re.sub(r"(?m)^version: .*$", "version: 1", text)
        (folder / name).mkdir()
        _write(folder / name / "v1.yaml", re.sub(r"(?m)^(currency: .*)$", rf"\1\npriority: {number}", text, count=1))
        if cases != 0:
            _write(folder / name / library.CASES, _some(path.parent / library.CASES, name, cases))
    return folder


def _some(path: Path, name: str, count: int | None) -> str:
    """The first cases of a file, for the policy of that name."""
    text = re.sub(r"(?m)^policy: .*$", f"policy: {name}", path.read_text(encoding="utf-8"))
    head, *cases = re.split(r"(?m)^(?=  - name: )", re.sub(r"(?m)^version: .*\n", "", text))
    return head + "".join(cases[:count])


def _write(path: Path, text: str) -> None:
    """A file."""
    path.write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the processors and by the clock, and what the command printed."""

    used: float
    clock: float
    said: str


def cost(*words: str) -> Cost:
    """What a command of duly costs; it has to be fine."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    clock, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock, done.stdout)


def rows() -> Iterator[str]:
    """The lines of the table."""
    start = median(cost("--version").used for _ in range(RUNS))
    yield f"The start of the process alone takes {start:.2f} s; there are {os.cpu_count()} processors.\n"
    yield "| policies | cases in all | seconds by the clock | of the processors | of the start | milliseconds per policy |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for count in SIZES:
        for cases in CASES:
            with tempfile.TemporaryDirectory() as made:
                folder = laid(Path(made), count, cases)
                measured = [cost("check", str(folder)) for _ in range(RUNS if count == SIZES[0] else 1)]
            used, clock = median(one.used for one in measured), median(one.clock for one in measured)
            tried = re.search(r"and (\d+) cases", measured[0].said)
            assert tried, measured[0].said
            each = (used - start) / count * 1000
            yield f"| {count} | {int(tried[1]):,} | {clock:.2f} | {used:.2f} | {used / start:.1f} x | {each:.0f} |"


def main() -> None:
    """Measure, and write where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    write = parser.parse_args().write
    table = "\n".join(rows())
    sys.stdout.write(table + "\n")
    if write:
        page = ROOT / "docs" / "performance.md"
        before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
        _write(page, f"{before}{MARKS[0]}\n\n{table}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
