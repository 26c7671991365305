"""What `duly test` does: runs the cases, and on demand rewrites them or tries how good they are.

Comes in: paths and a word. Goes out: what there is to say in each format, and whether anything is wrong.
Know before changing: cases that failed are rewritten only where somebody asked for it, and the diff is always shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.assay import coverage, mutation, rewrite, suite, told
from engine.assay.coverage import Coverage
from engine.assay.mutation import Score
from engine.assay.suite import Result, Suite
from engine.errors import Problem, Refusal

KINDS = ("text", "json", "junit")


@dataclass(frozen=True, slots=True)
class Found:
    """The suite and its results; `covered` and `scores` where asked for; `problems` what is below a threshold.

    `warnings` say which policies nobody tries, where no threshold says so.
    """

    suite: Suite
    results: tuple[Result, ...]
    covered: tuple[Coverage, ...] = ()
    scores: tuple[Score, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether a case failed, or too little is tried."""
        return bool(self.problems) or any(result.said for result in self.results)

    def written(self, kind: str, as_json: Callable[[object], str]) -> str:
        """The report in one format."""
        if kind == "junit":
            return told.junit(self.results)
        if kind == "json":
            covered = {"coverage": coverage.values(self.covered)} if self.covered else {}
            scored = {"mutation": mutation.values(self.scores)} if self.scores else {}
            names = [{"policy": policy.name, "version": policy.version} for policy in self.suite.bare]
            untried = {"without_cases": names} if names else {}
            return as_json({**told.values(self.results), **covered, **scored, **untried}) + "\n"
        measured = coverage.text(self.covered) + mutation.text(self.scores)
        bare = "".join(f"{policy.name} v{policy.version}: no cases\n" for policy in self.suite.bare if measured)
        return told.text(self.results) + measured + bare

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


def run(paths: Sequence[Path], word: str, *, cover: bool = False, mutate: bool = False, least: int = 0) -> Found:
    """Run the cases; count what they cover, and try mutants on them. `least` is in hundredths of a percent, of each policy."""
    chosen = suite.load(paths, word)
    results = suite.run(chosen)
    covered = coverage.coverages(chosen) if cover else ()
    scores = mutation.scores(chosen, results) if mutate else ()
    problems = [*coverage.below(covered, least), *mutation.below(scores, least)]
    if least and cover:
        problems += [coverage.too_little(policy, 0, least) for policy in chosen.bare]
    if least and mutate:
        problems += [mutation.too_little(policy, 0, least) for policy in chosen.bare]
    warnings = () if problems else tuple(map(suite.untried, chosen.bare))
    return Found(chosen, results, covered, scores, tuple(problems), warnings)
