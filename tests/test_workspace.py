"""A new workspace: everything that the package ships and an empty book, and nothing laid over what is there."""

from pathlib import Path

import pytest

from engine.book import store, workspace
from engine.errors import Refusal
from engine.policy import document


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
