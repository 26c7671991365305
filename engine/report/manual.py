"""The pages of docs/ that are made from the code itself.

Comes in: the codes and exit codes. Goes out: Markdown by file name.
Know before changing: `python -m engine.report.manual` writes the pages anew; a test proves that it was run.
"""

from pathlib import Path

from engine.errors import CODES, Exit

_EXITS = {
    Exit.OK: ("fine", "Done, or the answer is yes."),
    Exit.NO: (
        "the answer is no",
        "A policy is invalid, a case fails, a file cannot be imported, the ledger is broken.",
    ),
    Exit.USAGE: ("usage", "The command was called in a way that it does not know."),
    Exit.CHANGES: ("changes pending", "With `--detailed-exitcode`: the plan holds something to do."),
    Exit.REFUSED: (
        "refused, nothing done",
        "Valid, but not now: the plan is stale, over a limit, or the book is locked.",
    ),
    Exit.PARTLY: ("partly done", "Something was done before it stopped; `duly history` says what. Run it again."),
}


def pages() -> dict[str, str]:
    """Every generated page of this room, by its file name in docs/."""
    return {"problems.md": _problems()}


def write(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _problems() -> str:
    """Exit codes and problem codes, with what each of them means."""
    exits = "\n".join(f"| {code.value} | {name} | {meaning} |" for code, (name, meaning) in _EXITS.items())
    codes = "\n".join(f"| [`{code}`](problems/{code}.md) | {sentence} |" for code, sentence in CODES.items())
    return f"""<!-- Made by `make docs` from engine/errors.py; edit that. -->
# Problems and exit codes

Every problem is one line: where it is, its code, and what to do about it.

```text
policies/standard/v2.yaml:14:9 unknown-fact: 'day_past_due' is not a fact; did you mean 'days_past_due'?
```

All problems of a file are reported at once, in the order in which they stand in it. Codes never change their meaning
and are never used for something else, so scripts may rely on them; the words behind them may improve. Each code has a page,
with a wrong and a right example where a policy or another file can show it.

## Exit codes

| code | means | when |
| --- | --- | --- |
{exits}

A traceback is a bug of duly: please report it with what you did.

## Codes

| code | what it is |
| --- | --- |
{codes}
"""


if __name__ == "__main__":
    write(Path(__file__).parent.parent.parent / "docs")
