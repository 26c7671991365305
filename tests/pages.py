"""docs/problems/<code>.md: a page for each code, from the bad files that show it and from the messages as the engine words them.

Comes in: engine/errors.py, tests/bad and the engine's own source. Goes out: Markdown by code; `python -m tests.pages` writes it.
Know before changing: a right example is a wrong one with a small edit (EXAMPLES), so that one sees which; tests run both.
What `duly prove` finds is shown by the planted faults of tests/bad/analysis, with the mends of tests/faults.py.
A code without an example is about a book or a plan: its page has the messages, whose end says what to do, and who says them.
"""

import ast
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.book import mapping
from engine.decide import trial
from engine.errors import CODES, WARNINGS, Problem, Refusal
from engine.policy import cases, checks, library
from engine.policy.source import HIDDEN
from engine.prove.lab import Finding
from engine.prove.prove import proved
from engine.report import proof
from tests.faults import FAULTS

ROOT = Path(__file__).parent.parent
BAD = ROOT / "tests" / "bad"
GOOD = ROOT / "tests" / "good"
TO = ROOT / "docs" / "problems"
# After the waivers of the examples have ended, or before.
TODAY = "2026-07-01"
_SHOWN = {"dunning": "v1.yaml", "credit": "v1.yaml", "cases": "cases.yaml", "mapping": "mapping.yaml"}
# Who says what a module finds, the longest fitting name first.
_COMMANDS = {
    "cli.py": "several commands",
    "engine/act/admission.py": "duly apply",
    "engine/act/apply.py": "duly apply",
    "engine/act/approvals.py": "duly approve",
    "engine/act/consent.py": "duly approve",
    "engine/act/ground.py": "duly replay",
    "engine/act/ledger.py": "duly verify",
    "engine/act/look_up.py": "commands that look a customer or receivable up",
    "engine/act/order": "duly decide order",
    "engine/act/outbox.py": "duly deliver",
    "engine/act/replay.py": "duly replay",
    "engine/act/turn.py": "every command that writes to the book",
    "engine/act/values.py": "every command that reads a plan",
    "engine/act/witness.py": "duly verify",
    "engine/assay/": "duly test",
    "engine/backtest/": "duly backtest",
    "engine/backtest/forecast.py": "duly forecast",
    "engine/book/": "duly import",
    "engine/book/snapshot.py": "duly preview",
    "engine/book/store.py": "every command that opens a book",
    "engine/book/workspace.py": "duly init",
    "engine/decide/": "duly check",
    "engine/decide/classes.py": "duly preview",
    "engine/policy/": "duly check",
    "engine/policy/credit_model.py": "duly decide order",
    "engine/prove/": "duly prove",
    "engine/report/": "duly report",
}
_TOP = "Name the customer at the top of the group: the one that has no parent."
_DONE = "Nothing is left to do; `duly history` shows who did it and when."
# What to do where the engine's source does not have the message as one text.
_REMEDIES = {
    "already-confirmed": _DONE,
    "already-released": _DONE,
    "already-resolved": _DONE,
    "already-withdrawn": _DONE,
    "bad-checkpoint": "Name the file that `duly verify --write-checkpoint` wrote, as it wrote it.",
    "book-damaged": "Restore the file from a backup, then let `duly verify` look at it.",
    "no-revision": "Fetch the revision first (a CI job with its history), name another, or leave `--since` out.",
    "not-a-book": "Name the file of a book, with `--db` or in `DULY_DB`; `duly init` makes one.",
    "not-delivered": "Mend what the message names, then run `duly deliver` again; what was sent is not sent twice.",
    "nothing-to-approve": "Look at the plan: it says which of its actions wait, and for which role.",
    "not-the-top": _TOP,
    "unknown-credit": "Import the credits first, or correct the number in the row.",
    "unknown-payment": "Import the payments first, or correct the number in the row.",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A file of tests/bad (or a folder of tests/bad/folders or analysis) that shows a code, and the edits that make it right."""

    source: str
    edits: tuple[tuple[str, str], ...]
    file: str = ""
    to: str = ""


def _of(source: str, *edits: str) -> Example:
    """A single file; the edits are old, new, old, new."""
    return Example(f"{source}.yaml", tuple(zip(edits[::2], edits[1::2], strict=True)))


def _folder(code: str, file: str, *edits: str, to: str = "") -> Example:
    """A folder of policies, in one file of which the edits are made, which may get another name."""
    return Example(f"folders/{code}", tuple(zip(edits[::2], edits[1::2], strict=True)), file, to or file)


def _fault(folder: str, file: str, old: str, new: str) -> Example:
    """A folder of policies with a fault that a proof finds."""
    return Example(f"analysis/{folder}", ((old, new),), file, file)


_EXPECTED = "# expect: "
_GONE = "waivers:\n  - {code: level-order, because: Level 2 is rewritten in spring., until: "
_WAIVER_GONE = (f"{_GONE}2026-03-31}}\n", "")
_WAIVER_GONE_TOO = (f"{_GONE}2026-09-30}}\n", "")
EXAMPLES: Mapping[str, Example] = {
    "bad-alias": _of("dunning/alias-without-anchor", "*gone", "A broken promise is called about."),
    "bad-amount": _of("cases/bad-amount", "3.999", "3.99"),
    "bad-date": _of("cases/given-date", "06-31", "06-30"),
    "bad-mapping": _of("mapping/column-and-constant", "calendar: A, ", ""),
    "bad-percent": _of("dunning/percent-decimals", "80.125", "80.12"),
    "bands-gap": _of("credit/bands-gap", "from: 70", "from: 60"),
    "bands-order": _of(
        "credit/bands-order",
        "        - {from: 60, points: 40}\n        - {below: 60, points: 0}\n",
        "        - {below: 60, points: 0}\n        - {from: 60, points: 40}\n",
    ),
    "bands-overlap": _of("credit/bands-overlap", "from: 50.5", "from: 60"),
    "bounds-reversed": _of("dunning/bounds-reversed", "[10, 5]", "[5, 10]"),
    "case-failed": _folder("case-failed", "trade/cases.yaml", "days_past_due: 2", "days_past_due: 3"),
    "circular-stages": _of("credit/circular-stages-own-rating", "customer.rating", "customer.segment", "[A]", "[key]"),
    "control-character": _of("dunning/hidden-direction", "a\u202eb", "ab"),
    "duplicate-case": _of("cases/duplicate-case", "- name: one\n    given: {}", "- name: two\n    given: {}"),
    "duplicate-id": _of("credit/duplicate-id", "id: one, fact: customer.overdue", "id: two, fact: customer.overdue"),
    "duplicate-key": _of("dunning/duplicate-key-in-condition", ", at_least: 5", ""),
    "duplicate-rating": _of("credit/duplicate-rating", "rating: A, below", "rating: C, below"),
    "duplicate-reason": _of(
        "dunning/duplicate-reason", "talking\n    when: {promise: b", "broke\n    when: {promise: b"
    ),
    "duplicate-rule": _of(
        "dunning/duplicate-rule",
        "call}\n  - id: broken-promise\n    when: {promise: broken}",
        "call}\n  - id: kept-promise\n    when: {promise: kept}",
    ),
    "empty-list": _of("dunning/empty-list-all", "all: []", "all: [{days_past_due: {at_least: 3}}]"),
    "empty-mapping": _of("dunning/empty-condition", "when: {}", "when: {days_past_due: {at_least: 3}}"),
    "equal-priority": _folder("equal-priority", "second/v1.yaml", "priority: 10", "priority: 20"),
    "fact-of-another-type": _of("dunning/fact-of-another-type", "customer.level", "customer.credit_limit"),
    "fact-of-receivable": _of("dunning/fact-of-receivable", "subject: customer", "subject: receivable"),
    "fact-with-itself": _of("dunning/fact-with-itself", "of: open_amount", "of: customer.open_amount"),
    "fee-without-level": _of("dunning/fee-without-level", "once_per: level", "once_per: receivable"),
    "fee-without-receivable": _of(
        "dunning/fee-without-receivable", "subject: customer", "subject: receivable", "customer.promise", "promise"
    ),
    "hold-without-release": _of(
        "dunning/hold-without-release",
        "rules: [{id: a, when: {customer.open_count: 5}, then: [{credit_hold: {reason: overdue}}]}]\n",
        "rules:\n  - {id: a, when: {customer.open_count: 5}, then: [{credit_hold: {reason: overdue}}]}\n"
        "  - {id: b, when: {customer.open_count: 0}, then: [{release_credit_hold: {reason: overdue}}]}\n",
    ),
    "impossible-event": _of("cases/payment-of-too-much", "amount: 100.01", "amount: 100.00"),
    "key-not-text": _of("dunning/key-not-text-no-quotes", "true: x\n", ""),
    "kind-changed": _folder(
        "kind-changed",
        "trade/v2.yaml",
        *("policy: trade", "policy: trade-credit", "version: 2", "version: 1"),
        to="trade-credit/v1.yaml",
    ),
    "level-number": _of("dunning/level-number-first", "level: 2", "level: 1"),
    "level-order": _of("dunning/level-order", "after_days: 5", "after_days: 15"),
    "limit-never-applies": _of(
        "credit/limit-never-applies-after-always",
        "    - {id: all, amount: 5.00}\n    - {id: poor, when: {rating: C}, amount: 0.00}\n",
        "    - {id: poor, when: {rating: C}, amount: 0.00}\n    - {id: all, amount: 5.00}\n",
    ),
    "merge-key": _of("dunning/merge-key", "<<: {a: b}\n", ""),
    "misplaced-file": _folder("misplaced-file", "trade/v2.yaml", "version: 1", "version: 2"),
    "missing-key": _of("dunning/missing-key", "subject:", "currency: EUR\nsubject:"),
    "missing-template": _folder("missing-template", "trade/v1.yaml", "firendly", "friendly"),
    "no-deadline": _of(
        "dunning/no-deadline", "template: friendly-reminder}", "template: friendly-reminder, pay_within_days: 7}"
    ),
    "no-earlier-notice": _of("dunning/no-earlier-notice-of-ladder", "anchor: previous_notice", "anchor: due_date"),
    "not-concluded": _of(
        "credit/not-concluded-score", "score: {at_least: 5}", "customer.on_time_share_12m: {at_least: 80}"
    ),
    "nothing-to-do": _of(
        "dunning/nothing-to-do",
        "subject: receivable\n",
        "subject: receivable\nrules:\n  - id: late\n    when: {promise: broken}\n    then: [{task: {what: call}}]\n",
    ),
    "number-too-large": _of("dunning/number-too-large", "1000000000000000000", "1"),
    "out-of-range": _of("dunning/out-of-range-high", "366", "365"),
    "repeated-item": _of("dunning/repeated-item", ", retail, sme", ", retail"),
    "same-channel": _of("dunning/same-channel", "otherwise: email", "otherwise: letter"),
    "stray-file": _folder("stray-file", "trade/version2.yaml", to="trade/v2.yaml"),
    "tab": _of("dunning/tab", "\t- id", "  - id"),
    "terms-never-apply": _of(
        "credit/terms-never-apply",
        "    - {id: late, when: {customer.overdue_amount: {more_than: 0.00}}, days: 14}\n"
        "    - {id: later, when: {customer.overdue_amount: {more_than: 1000.00}}, days: 7}\n",
        "    - {id: later, when: {customer.overdue_amount: {more_than: 1000.00}}, days: 7}\n"
        "    - {id: late, when: {customer.overdue_amount: {more_than: 0.00}}, days: 14}\n",
    ),
    "too-many-keys": _of(
        "dunning/too-many-keys-condition",
        "{days_past_due: {at_least: 3}, open_amount: {at_least: 5}}",
        "{all: [{days_past_due: {at_least: 3}}, {open_amount: {at_least: 5}}]}",
    ),
    "two-documents": _of(
        "dunning/second-document",
        "---\npolicy: sample\nkind: dunning\nversion: 1\neffective_from: 2026-0"
        "1-01\nsummary: One mistake, shown.\ncurrency: EUR\nsubject: receivable\n",
        "",
    ),
    "unknown-action": _of("dunning/action-unknown", "notise", "notice"),
    "unknown-currency": _of("dunning/currency-in-condition", "RMB", "CNY"),
    "unknown-fact": _of("dunning/fact-unknown", "day_past_due", "days_past_due"),
    "unknown-key": _of("dunning/unknown-key-near", "curency", "currency"),
    "unknown-level": _of("cases/unknown-level", "level: 3", "level: 2"),
    "unknown-operator": _of("dunning/operator-synonym", "'>='", "at_least"),
    "unknown-policy": _of("cases/unknown-policy", "sampel", "sample"),
    "unknown-rating": _of("credit/unknown-rating", "rating: D", "rating: C"),
    "unknown-receivable": _of("cases/event-receivable", "receivable: R1", "receivable: R-1"),
    "unknown-reason": _of("cases/unknown-reason", "recently-spoke]", "recently-spoken]"),
    "unknown-role": _folder("unknown-role", "roles.yaml", "credit-manger", "credit-manager"),
    "unreachable-rating": _of(
        "credit/unreachable-rating-of-one-fact",
        "    - {rating: B, from: 100, below: 200}\n    - {rating: C, below: 100}\n",
        "    - {rating: B, below: 200}\n",
    ),
    "version-order": _folder("version-order", "trade/v2.yaml", "2026-01-01", "2026-07-01"),
    "waiver-expired": _folder("waiver-expired", "trade/v1.yaml", "after_days: 5", "after_days: 15", *_WAIVER_GONE),
    "waiver-unused": _folder("waiver-unused", "trade/v1.yaml", *_WAIVER_GONE_TOO),
    "write-off-without-receivable": _of(
        "dunning/write-off-without-receivable", "subject: customer", "subject: receivable"
    ),
    "wrong-length": _of("dunning/wrong-length-short", "[1]", "[1, 5]"),
    "wrong-type": _of("dunning/wrong-type-flag", "segment: true", "segment: sme"),
    "wrong-value": _of("dunning/kind", "dunnning", "dunning"),
    "yaml-directive": _of("dunning/directive", "%YAML 1.1\n---\n", ""),
    "yaml-syntax": _of("dunning/syntax-colon", "One mistake: shown", "One mistake, shown"),
    "yaml-tag": _of("dunning/tag", "!!str ", ""),
    **{code: _fault(*fault) for code, fault in FAULTS.items()},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One side of an example: its files by name, and what the engine says of them."""

    files: Mapping[str, str]
    said: tuple[Problem, ...]


def pages() -> dict[str, str]:
    """The page of every code."""
    return {code: _page(code) for code in CODES}


def write(folder: Path) -> None:
    """Write the pages, and remove those of codes that there are no more."""
    made = pages()
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.stem not in made:
            path.unlink()
    for code, text in made.items():
        (folder / f"{code}.md").write_text(text, encoding="utf-8")


@cache
def wrong(code: str) -> Shown:
    """The wrong example of a code, and what is said of it."""
    return _tried(EXAMPLES[code].source, _files(EXAMPLES[code]))


@cache
def right(code: str) -> Shown:
    """The right example: the wrong one with its edits."""
    example = EXAMPLES[code]
    files = dict(_files(example))
    name = example.file or next(iter(files))
    text = files.pop(name)
    for old, new in example.edits:
        assert old in text, f"{code}: '{old}' does not stand in {name}"
        text = text.replace(old, new, 1)
    files[example.to or name] = text
    return _tried(example.source, files)


def _files(example: Example) -> dict[str, str]:
    """The files of the wrong example, without the line that tells tests what to expect."""
    source = BAD / example.source
    if source.is_dir():
        found = sorted(path for path in source.rglob("*") if path.is_file())
        return {path.relative_to(source).as_posix(): _text_of(path) for path in found}
    return {_SHOWN[source.parent.name]: _text_of(source)}


def _text_of(file: Path) -> str:
    """The text of a file as a page shows it."""
    text = file.read_text(encoding="utf-8")
    return text.split("\n", 1)[1] if text.startswith(_EXPECTED) else text


def _tried(source: str, files: Mapping[str, str]) -> Shown:
    """What is said of the files, under their names in the example."""
    with tempfile.TemporaryDirectory() as made:
        # A folder named `policies` reads as one does on a desk.
        folder = Path(made) / "policies"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        said = _problems(source.split("/")[0], folder, next(iter(files)))
        return Shown(files, tuple(_renamed(problem, f"{folder}/") for problem in said))


def _problems(kind: str, folder: Path, name: str) -> tuple[Problem, ...]:
    """What the engine finds: in a whole folder, or in the one file."""
    path = folder / name
    match kind:
        case "folders":
            return trial.checked([folder], TODAY).problems
        case "analysis":
            return tuple(finding.problem for finding in proved([folder], TODAY).findings)
        case "cases":
            return cases.load(path, library.load(GOOD).policies)[1]
        case "mapping":
            try:
                mapping.load(path)
            except Refusal as refusal:
                return refusal.problems
            return ()
        case _:
            policy, problems = library.load_file(path)
            return checks.check([policy]) if policy else problems


def _renamed(problem: Problem, folder: str) -> Problem:
    """The problem with the names of files as the example has them."""
    where = problem.where
    short = type(where)(where.file.replace(folder, ""), where.line, where.column)
    return Problem(short, problem.code, problem.message.replace(folder, ""))


def _page(code: str) -> str:
    """What a code means, and either an example or its messages."""
    level = "A warning: it is told of, and the answer stays yes." if code in WARNINGS else ""
    parts = ["<!-- Made by `make docs` from tests/pages.py; edit that. -->", f"# `{code}`", CODES[code], level]
    # A proof words one code in several ways, of which its example shows one.
    said, *messages = (_messages(code) if code not in EXAMPLES or code in FAULTS else []) or [""]
    parts += [said, *(_example(code) if code in EXAMPLES else []), *messages]
    parts.append("[All codes](../problems.md#codes)")
    return "\n\n".join(part for part in parts if part) + "\n"


def _example(code: str) -> list[str]:
    """Wrong, what is said of it, and right."""
    before, after = wrong(code), right(code)
    changed = [name for name in after.files if before.files.get(name) != after.files[name]]
    lines = "\n".join(_line(code, problem) for problem in before.said)
    return [
        "## Wrong",
        *(_block(name, text, "yml", before) for name, text in before.files.items()),
        f"```text\n{_visible(lines)}\n```",
        "## Right",
        *(_block(name, after.files[name], "yaml", after) for name in changed),
    ]


def _line(code: str, problem: Problem) -> str:
    """The line as the command prints it that shows the example."""
    return proof.line(Finding(problem, None, ())) if code in FAULTS else str(problem)


def _block(name: str, text: str, language: str, of: Shown) -> str:
    """A file as a block; its name above it where there are several."""
    title = f"`{name}`\n\n" if len(of.files) > 1 else ""
    kind = language if name.endswith(".yaml") else "text"
    return (
        f"{title}```{kind}\n{_visible(text)}```" if text.endswith("\n") else f"{title}```{kind}\n{_visible(text)}\n```"
    )


def _visible(text: str) -> str:
    """What does not show is shown by its number; a tab as an arrow, which no YAML takes for an indentation."""
    return HIDDEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text).replace("\t", "→ ")


def _messages(code: str) -> list[str]:
    """The messages as the engine words them, with `…` for what differs, and who says them."""
    found = _worded().get(code, ())
    commands = sorted({command for command, _ in found})
    said = sorted({message for _, message in found if message})
    parts = [f"Said by {', '.join(_quoted(command) for command in commands)}."]
    parts += ["## What to do", _REMEDIES[code]] if code in _REMEDIES else []
    if said:
        parts += [
            "## Messages",
            "What differs from time to time stands as `…`; the end of a message says what to do.",
            _text(said),
        ]
    return parts if commands else []


def _quoted(command: str) -> str:
    """A command as code, words about commands as they are."""
    return f"`{command}`" if command.startswith("duly") else command


def _text(lines: list[str]) -> str:
    """Lines as a block."""
    return "```text\n" + "\n".join(lines) + "\n```"


@cache
def _worded() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Each code with the commands and messages of every place in the engine that reports it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted([*(ROOT / "engine").rglob("*.py"), ROOT / "cli.py"]):
        file = path.relative_to(ROOT).as_posix()
        if file == "engine/errors.py":
            continue
        for code, message in _reported(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(code, []).append((_command(file), message))
    return {code: tuple(some) for code, some in found.items()}


def _command(file: str) -> str:
    """The command that says what a file of the engine finds."""
    fitting = [name for name in _COMMANDS if file.startswith(name)]
    return _COMMANDS[max(fitting, key=len)] if fitting else "duly"


def _reported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every code in the file, with the message beside it, empty where it is put together elsewhere."""
    yield from (
        (str(node.value), "") for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in CODES
    )
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.Module):
            continue
        names = _names(function)
        for line, parts in _listed(function):
            for number, part in enumerate(parts):
                if isinstance(part, ast.Constant) and part.value in CODES:
                    worded = (_wording(after, names, line) for after in parts[number + 1 :])
                    yield str(part.value), next((words for words in worded if " " in words), "")


def _listed(function: ast.AST) -> Iterator[tuple[int, list[ast.expr]]]:
    """What calls and tuples in a function hold, without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Call):
            yield node.lineno, node.args
        elif isinstance(node, ast.Tuple):
            yield node.lineno, node.elts
        if not isinstance(node, ast.FunctionDef):
            waiting += ast.iter_child_nodes(node)


def _names(function: ast.AST) -> list[tuple[int, str, ast.expr]]:
    """What is assigned to names in the function, by line."""
    found = [
        (node.lineno, target.id, node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return sorted(found, key=lambda assigned: assigned[0])


def _wording(node: ast.expr | None, names: list[tuple[int, str, ast.expr]], line: int) -> str:
    """The text of an expression, with `…` for what it puts in; empty where it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in values)
        case ast.Name(id=name):
            before = [value for at, assigned, value in names if assigned == name and at <= line]
            return _wording(before[-1], [], line) if before else ""
        case _:
            return ""


if __name__ == "__main__":
    write(TO)
