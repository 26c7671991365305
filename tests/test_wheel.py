"""The wheel: built offline, it holds everything that an installed `duly` needs, and an installed `duly` works."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.desk import ROOT

START = "engine/book/start"
PLACES = {"policies": "engine/shipped/policies", "schemas": "engine/shipped/schemas", START: START}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by hatchling from the working tree; a second or two."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_all_that_runs(wheel: Path) -> None:
    """cli.py, every module and page of the engine, every policy, case, template and schema; no tests, no caches."""
    names = set(zipfile.ZipFile(wheel).namelist())
    engine = {str(path.relative_to(ROOT)) for kind in ("py", "j2") for path in (ROOT / "engine").rglob(f"*.{kind}")}
    shipped = {
        f"{place}/{path.relative_to(ROOT / name)}"
        for name, place in PLACES.items()
        for path in (ROOT / name).rglob("*")
        if path.is_file()
    }
    assert {"cli.py", *engine, *shipped} <= names
    assert any(name.endswith(".j2") for name in shipped)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cli.py", "engine"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".db"))]


def test_the_command_is_declared(wheel: Path) -> None:
    """`duly` is there after an install."""
    archive = zipfile.ZipFile(wheel)
    (entry,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert "duly = cli:main" in archive.read(entry).decode()


def test_it_works_away_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    """Unpacked somewhere else it lays down a workspace from what it ships, and its policies are right."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); import cli; cli.main(prog_name='duly')"

    def duly(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-I", "-c", script, str(tmp_path / "site"), *args],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    duly("init", "ws")
    assert "nothing wrong" in duly("check", "ws/policies")
    assert "Plan as of 2026-06-30" in duly("demo", "made")
    assert "Nothing to do" in duly("preview", "--db", "ws/duly.db", "--policies", "ws/policies", "--as-of", "2026-03-04")
