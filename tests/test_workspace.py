"""A new workspace: everything that the package ships and an empty book, and nothing laid over what is there."""

from pathlib import Path

import pytest

from engine.act import plan
from engine.act.lived import outcomes
from engine.book import store, workspace
from engine.decide import trial
from engine.errors import Refusal
from engine.policy import document, library


def shipped() -> set[str]:
    """The policies and schemas of the package."""
    root = document.shipped()
    return {
        str(path.relative_to(root))
        for name in ("policies", "schemas")
        for path in (root / name).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("folder", ["ws", "a/b/c", "."])
def test_everything_is_laid_down(tmp_path: Path, folder: str) -> None:
    """Into a folder that is not there, one deep below, one that is empty; what is reported is what is there, sorted."""
    laid = workspace.lay_down(tmp_path / folder)
    names = {str(path.relative_to(tmp_path / folder)) for path in laid}
    assert shipped() <= names
    assert workspace.BOOK in names
    assert list(laid) == sorted(laid)
    assert all(path.is_file() for path in laid)
    for name in shipped():
        assert (tmp_path / folder / name).read_bytes() == (document.shipped() / name).read_bytes()
    book = store.open_book(tmp_path / folder / workspace.BOOK)
    assert book.execute("SELECT COUNT(*) FROM customers").fetchone() == (0,)
    book.close()


def test_a_new_workspace_works(tmp_path: Path) -> None:
    """Its policies are right, keep their cases, and decide about the empty book that there is nothing to do."""
    workspace.lay_down(tmp_path)
    policies = tmp_path / workspace.POLICIES
    found = trial.checked([policies], live=outcomes)
    assert found.problems == ()
    assert (found.policies, found.cases > 50) == (len(library.load(document.shipped() / "policies").policies), True)
    book = store.open_book(tmp_path / workspace.BOOK)
    made = plan.plan(book, library.in_force(library.load(policies).policies, "2026-03-04"), as_of="2026-03-04")
    book.close()
    assert made.actions == ()


def test_an_editor_finds_every_schema(tmp_path: Path) -> None:
    """Each policy and each file of cases names one, beside itself, that is there and is the one of its kind."""
    workspace.lay_down(tmp_path)
    files = sorted((tmp_path / workspace.POLICIES).rglob("*.yaml"))
    assert files
    for file in files:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert named != first, file
        policy = None if file.name == library.CASES else library.load_file(file)[0]
        kind = policy.kind if policy else file.stem
        assert (file.parent / named).resolve() == (tmp_path / "schemas" / f"{kind}.schema.json").resolve()
        assert (file.parent / named).is_file()


@pytest.mark.parametrize("name", ["duly.db", ".hidden", "policies/mine.yaml"])
def test_nothing_is_laid_over_anything(tmp_path: Path, name: str) -> None:
    """A single file of any kind is enough, and nothing is added to it."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(Refusal, match="not-empty"):
        workspace.lay_down(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    """Where a file has the name, there can be no workspace."""
    (tmp_path / "ws").write_text("", encoding="utf-8")
    with pytest.raises(Refusal, match="not-empty"):
        workspace.lay_down(tmp_path / "ws")
