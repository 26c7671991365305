"""A policy in an editor: the real yaml-language-server completes facts, explains them, and marks what is wrong.

Run by `make editor-test`, which installs the server with npm. It is no part of `make test`, which needs neither node nor npm;
where they are missing it fails, and never passes by skipping.
"""

import json
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from engine.book import workspace
from engine.facts import FACTS
from engine.policy import snippets
from tests.desk import ROOT
from tests.editor.language_server import SETTINGS, Server
from tests.taken import CREDIT, PLACES, POLICY, STOP, asked, offers, plain, problems_of, written_at

PROGRAM = ROOT / ".editor/node_modules/yaml-language-server/bin/yaml-language-server"
NUMBERS = count()
ALL = {one.label for places in snippets.PLACES.values() for some in places.values() for one in some}
MODELINE = "# yaml-language-server: $schema="


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `duly init` lays down."""
    made = tmp_path_factory.mktemp("workspace")
    workspace.lay_down(made)
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """The server, as an editor without settings of its own starts it: files name their schema themselves."""
    yield from started(folder, {})


@pytest.fixture(scope="module")
def vscode(folder: Path) -> Iterator[Server]:
    """The server with the settings that `duly init` lays down for VS Code."""
    written = json.loads((folder / ".vscode/settings.json").read_text(encoding="utf-8"))
    schemas = {(folder / schema).as_uri(): pattern for schema, pattern in written["yaml.schemas"].items()}
    yield from started(folder, {"yaml": {**SETTINGS["yaml"], "schemas": schemas}})


def started(folder: Path, settings: dict[str, Any]) -> Iterator[Server]:
    """A server for the folder, until it is no longer needed."""
    node = shutil.which("node")
    assert node, "node is not installed"
    assert PROGRAM.is_file(), "the language server is not installed: make editor-test"
    with Server([node, str(PROGRAM), "--stdio"], folder, {**SETTINGS, **settings}) as running:
        yield running


def text(folder: Path, name: str, *, modeline: bool = True) -> str:
    """A file of the workspace, if need be without the line that names its schema."""
    read = (folder / name).read_text(encoding="utf-8")
    assert read.startswith(MODELINE)
    return read if modeline else read.partition("\n")[2]


def somewhere(folder: Path) -> Path:
    """A version that no other test has opened; it need not be on the disk."""
    return folder / f"policies/opened-{next(NUMBERS)}/v1.yaml"


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 0."""
    before = text[:index].split("\n")
    return len(before) - 1, len(before[-1])


def completed(server: Server, path: Path, text: str, old: str, new: str) -> dict[str, str]:
    """What is offered at the end of `new`, written in place of the first `old`: label and explanation."""
    edited = text.replace(old, new, 1)
    assert edited != text
    server.open(path, edited)
    offered = server.completions(path, *place(edited, text.index(old) + len(new)))
    return {item["label"]: said(item.get("documentation")) for item in offered}


def said(documentation: Any) -> str:
    """An explanation, plain or marked up."""
    return str(documentation.get("value") if isinstance(documentation, dict) else documentation or "")


def messages(server: Server, path: Path, text: str) -> list[tuple[int, str]]:
    """What is marked in a text: line from 1, and what is said."""
    server.open(path, text)
    return [(one["range"]["start"]["line"] + 1, one["message"]) for one in server.diagnostics(path)]


def test_every_file_of_a_new_workspace_is_right(server: Server, folder: Path) -> None:
    """Nothing is underlined in what duly itself finds nothing wrong with."""
    files = sorted((folder / "policies").rglob("*.yaml"))
    assert len(files) > 10
    for file in files:
        name = str(file.relative_to(folder))
        assert messages(server, file, text(folder, name)) == [], name


def test_facts_are_completed_and_explained(server: Server, folder: Path) -> None:
    """At the place of a fact every fact is offered, each with its meaning in words."""
    old = "- undisputed_amount: {at_least: 25000.00}\n"
    offered = completed(server, somewhere(folder), text(folder, POLICY), old, old + "        - days_past")
    assert set(FACTS) <= set(offered)
    for name, fact in FACTS.items():
        assert fact.meaning in offered[name], name


def test_a_credit_policy_has_the_facts_of_customers(server: Server, folder: Path) -> None:
    """Those of one receivable are not offered, what the policy concludes itself is."""
    old = "          - customer.exposure: {at_least: 5000.00}\n"
    offered = completed(server, somewhere(folder), text(folder, CREDIT), old, old + "          - cust")
    assert {name for name, fact in FACTS.items() if fact.of_customer} | {"score", "rating"} <= set(offered)
    assert "days_past_due" not in offered


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("promise: {is: broken}", "promise: {is", {"is", "is_not", "in", "missing"}),
        ("climb: one_level", "climb: ", {"one_level", "most_severe"}),
        ("  tolerance: 5.00", "  tol", {"tolerance"}),
        (
            "      - notice: {channel: email, template: pre-due-reminder}",
            "      - ta",
            {"task", "alert", "late_fee", "hand_over"},
        ),
    ],
)
def test_whatever_fits_is_completed(server: Server, folder: Path, old: str, new: str, expected: set[str]) -> None:
    """Operators of a fact, values of a key, keys of a section, actions of a rule."""
    assert expected <= set(completed(server, somewhere(folder), text(folder, POLICY), old, new))


@pytest.mark.parametrize(
    ("name", "mark", "expected"),
    [
        (POLICY, "undisputed_amount: {at_least", FACTS["undisputed_amount"].meaning),
        (POLICY, "days_between_notices", "days"),
        (CREDIT, "change_by_percent", "percent"),
        ("policies/standard/cases.yaml", "cases:", "."),
    ],
)
def test_the_mouse_explains(server: Server, folder: Path, name: str, mark: str, expected: str) -> None:
    """What the key means, in the words of the reference."""
    path, read = somewhere(folder), text(folder, name)
    server.open(path, read)
    assert expected in server.hover(path, *place(read, read.index(mark) + 2))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (POLICY, "days_past_due: {between", "day_past_due: {between", "day_past_due"),
        (POLICY, "climb: one_level", "climb: two_levels", "most_severe"),
        (POLICY, "priority: 10", "priority: ten", "integer"),
        (POLICY, "after_last: stop", "afterlast: stop", "afterlast"),
        (CREDIT, "- customer.on_time_streak: {at_least: 8}", "- customer.on_time_streaks: {at_least: 8}", "streaks"),
        (CREDIT, "fact: customer.external_score", "fact: external_score", "customer.external_score"),
    ],
)
def test_what_is_wrong_is_marked(server: Server, folder: Path, name: str, old: str, new: str, said: str) -> None:
    """One mark, at its line, before anybody has called `duly check`."""
    read = text(folder, name)
    line, _ = place(read, read.index(old))
    ((marked, message),) = messages(server, somewhere(folder), read.replace(old, new, 1))
    assert marked == line + 1
    assert said in message


@pytest.mark.parametrize("name", PLACES)
def test_a_snippet_is_offered_where_it_fits_and_what_it_writes_is_right(
    server: Server, folder: Path, tmp_path: Path, name: str
) -> None:
    """Those of the place and no others, explained; taken as they are, neither the server nor `duly` finds anything wrong."""
    file, edited, cursor = asked(folder, name)
    here = (folder / file).with_name(f"asked-{next(NUMBERS)}.yaml")
    server.open(here, edited)
    items = sorted(
        server.completions(here, *place(edited, cursor)), key=lambda item: item.get("sortText", item["label"])
    )
    offered = {item["label"]: item for item in items if item["label"] in ALL}
    assert list(offered) == [one.label for one in offers(name)]
    assert [item["label"] for item in items[: len(offered)]] == list(offered), "they stand first"
    for number, one in enumerate(offers(name)):
        assert said(offered[one.label]["documentation"]) == one.description
        after = taken(edited, cursor, offered[one.label])
        assert written_at(after, PLACES[name][1]) == plain(one.body), after
        opened = here.with_name(f"taken-{next(NUMBERS)}.yaml")
        assert messages(server, opened, after) == []
        assert problems_of(folder, file, after, tmp_path / str(number)) == []


def taken(text: str, cursor: int, item: dict[str, Any]) -> str:
    """The text once the offer is taken as it is: an editor indents each further line as the line of the cursor is indented."""
    line = text[: text.index("\n", cursor)].rpartition("\n")[2]
    indent = line[: len(line) - len(line.lstrip())]
    new = STOP.sub(r"\1", item["textEdit"]["newText"]).replace("\n", f"\n{indent}")
    lines = text.splitlines(keepends=True)
    start, end = (
        sum(map(len, lines[: at["line"]])) + at["character"]
        for at in (item["textEdit"]["range"]["start"], item["textEdit"]["range"]["end"])
    )
    return text[:start] + new + text[end:]


def test_vs_code_knows_the_files_that_name_no_schema(vscode: Server, folder: Path) -> None:
    """By where they stand: versions of either kind, cases, roles, invariants."""
    for name in (POLICY, CREDIT, "policies/standard/cases.yaml", "policies/roles.yaml", "policies/invariants.yaml"):
        assert messages(vscode, folder / name, text(folder, name, modeline=False)) == [], name
    wrong = text(folder, CREDIT, modeline=False).replace("kind: credit", "kind: dunning")
    assert messages(vscode, somewhere(folder), wrong)
    old = "- undisputed_amount: {at_least: 25000.00}\n"
    offered = completed(
        vscode, somewhere(folder), text(folder, POLICY, modeline=False), old, old + "        - days_past"
    )
    assert FACTS["days_past_due"].meaning in offered["days_past_due"]
