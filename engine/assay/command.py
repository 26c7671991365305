"""What `duly test` does: runs the cases, and on demand rewrites them.

Comes in: paths and a word. Goes out: what there is to say in each format, and whether anything is wrong.
Know before changing: cases that failed are rewritten only where somebody asked for it, and the diff is always shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.assay import rewrite, suite, told
from engine.assay.suite import Result, Suite
from engine.errors import Refusal

KINDS = ("text", "json", "junit")


@dataclass(frozen=True, slots=True)
class Found:
    """The suite and its results."""

    suite: Suite
    results: tuple[Result, ...]

    @property
    def wrong(self) -> bool:
        """Whether a case failed."""
        return any(result.said for result in self.results)

    def written(self, kind: str, as_json: Callable[[object], str]) -> str:
        """The report in one format."""
        if kind == "junit":
            return told.junit(self.results)
        if kind == "json":
            return as_json(told.values(self.results)) + "\n"
        return told.text(self.results)

    def update(self) -> str:
        """Write the expectations of the failed cases anew; what changed. Refusal where one of them cannot be."""
        files = rewrite.rewritten(self.results)
        for one in files:
            one.file.write_text(one.after, encoding="utf-8", newline="")
        problems = [problem for one in files for problem in one.problems]
        text = "".join(one.diff for one in files)
        count = sum(one.count for one in files)
        if problems:
            raise Refusal(problems)
        return text + (f"{count} expectations rewritten\n" if count != 1 else "1 expectation rewritten\n")


def reports(asked: Sequence[str]) -> tuple[tuple[str, Path], ...] | None:
    """The reports and their files; None where one is not written as KIND=FILE."""
    pairs = [one.partition("=") for one in asked]
    if any(kind not in KINDS or not file for kind, _, file in pairs):
        return None
    return tuple((kind, Path(file)) for kind, _, file in pairs)


def run(paths: Sequence[Path], word: str) -> Found:
    """Run the cases."""
    chosen = suite.load(paths, word)
    return Found(chosen, suite.run(chosen))
