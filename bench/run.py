"""`python -m bench.run`: what a preview costs beside hand-written SQL, as a table.

Comes in: sizes. Goes out: Markdown on stdout, and with --write in docs/performance.md between its two marks.
Know before changing: every number comes from a process of its own (bench/measure.py). A row whose decisions differ from the
floor's is not a measurement: the run says so and ends with exit code 1.
"""

import argparse
import json
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import book, measure

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
MARKS = ("<!-- bench: begin -->", "<!-- bench: end -->")
SIZES = "10000,100000,1000000"

Numbers = dict[str, Any]
Measured = dict[str, Numbers]


def one(what: str, path: Path) -> Numbers:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.measure", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=DOCUMENT.parent.parent)
    found: Numbers = json.loads(done.stdout)
    return found


def median(what: str, path: Path, runs: int) -> Numbers:
    """The run of the median time out of several."""
    every = sorted((one(what, path) for _ in range(runs)), key=lambda numbers: float(numbers["seconds"]))
    return every[len(every) // 2] | {"peak": statistics.median(numbers["peak"] for numbers in every)}


def measured(folder: Path, size: int, runs: int) -> Measured:
    """All measurements of one size; the book is made first, where it is not there yet."""
    path = folder / f"bench-{size}.db"
    if not path.exists():
        start = time.monotonic()
        _say(f"making a book of {size:,} receivables")
        book.make(path, size)
        _say(f"made in {time.monotonic() - start:.0f} s, {path.stat().st_size / 2**20:.0f} MiB")
    _say(f"measuring {size:,} receivables, {runs} runs of each")
    return {what: median(what, path, runs) for what in measure.WHAT}


def agree(found: Measured) -> bool:
    """Whether the preview and the hand-written SQL took the same decisions."""
    return bool(found["floor"]["digest"] == found["preview"]["digest"])


def table(results: dict[int, Measured]) -> Iterator[str]:
    """The lines of the Markdown table."""
    yield "| receivables | | seconds | of the floor | peak memory |"
    yield "|---:|---|---:|---:|---:|"
    for size, found in results.items():
        for what, label in _labels(found):
            numbers = found[what]
            times = numbers["seconds"] / found["floor"]["seconds"]
            yield f"| {size:,} | {label} | {numbers['seconds']:.2f} | {times:.1f} x | {numbers['peak'] / 2**20:.0f} MiB |"
    yield ""
    yield "| receivables | open | covered | classes | calls | of them withheld | same decisions | plan | classes decided in |"
    yield "|---:|---:|---:|---:|---:|---:|---|---:|---:|"
    for size, found in results.items():
        preview, engine = found["preview"], found["engine"]
        yield (
            f"| {size:,} | {found['facts']['subjects']:,} | {engine['subjects']:,} | {engine['classes']:,} |"
            f" {preview['calls']:,} | {preview['withheld']:,} | {'yes' if agree(found) else '**no**'} |"
            f" {preview['bytes'] / 2**20:.1f} MiB | {engine['per_class'] * 1000:.0f} ms |"
        )


def _labels(found: Measured) -> Iterator[tuple[str, str]]:
    """What each row of the table is."""
    yield "floor", "the floor: SQL written by hand for this policy"
    yield "facts", "the facts only"
    yield "preview", "the whole preview, plan and its JSON"
    yield "engine", f"durable-rules once per subject, {found['engine']['sample']:,} measured, scaled"


def report(results: dict[int, Measured], command: str, runs: int) -> str:
    """The tables, and what they were measured with."""
    machine = f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    head = f"`{command}`, the median of {runs} runs, {machine}. Seconds are of one processor."
    return "\n".join([head, "", *table(results)])


def written(text: str, marks: tuple[str, str] = MARKS) -> str:
    """docs/performance.md with the text between its marks; they are added at its end where it has none."""
    begin, end = marks
    before = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else "# Performance\n"
    if begin not in before:
        before = f"{before.rstrip()}\n\n{begin}\n{end}\n"
    head, rest = before.split(begin, 1)
    return f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}"


def main() -> int:
    """Measure, print, and write where asked to."""
    options = _options()
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results = {size: measured(folder, size, options.runs) for size in sizes}
    text = report(results, f"python -m bench.run --sizes {options.sizes} --runs {options.runs}", options.runs)
    print(text)  # noqa: T201 - a command
    if options.write:
        DOCUMENT.write_text(written(text), encoding="utf-8")
    return 0 if all(agree(found) for found in results.values()) else 1


def _options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measures a preview against SQL by hand.")
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of receivables, with commas between ({SIZES})")
    parser.add_argument("--runs", type=int, default=3, help="how often to measure each; the median counts (3)")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the books, so that the next run need not make them")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


def _say(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr)  # noqa: T201 - a command


if __name__ == "__main__":
    sys.exit(main())
