"""A workspace: the folder that a finance manager works in: starter policies, schemas, an empty book, what editors and CI read.

Comes in: a folder that is empty or not there yet. Goes out: the files laid down, sorted.
Know before changing: nothing that exists is overwritten; what is laid down is what the package ships.
"""

import shutil
from pathlib import Path

from engine.book import store
from engine.errors import Place, Problem, Refusal
from engine.policy import document

BOOK = "duly.db"
POLICIES = "policies"
_SCHEMAS = "schemas"
# What lies at the top of a workspace: settings of the editor, hooks, the jobs of continuous integration.
_TOP = Path(__file__).parent / "start"


def lay_down(folder: Path) -> tuple[Path, ...]:
    """Everything that `duly check` and `duly preview` need. Refusal `not-empty` where the folder holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = "there is something here already; choose a new or an empty folder"
        raise Refusal([Problem(Place(str(folder)), "not-empty", message)])
    folder.mkdir(parents=True, exist_ok=True)
    for name in (POLICIES, _SCHEMAS):
        shutil.copytree(document.shipped() / name, folder / name)
    shutil.copytree(_TOP, folder, dirs_exist_ok=True)
    store.create(folder / BOOK).close()
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
