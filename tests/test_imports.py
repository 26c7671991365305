"""The house stays a house: imports go one way, third parties live in one room each, and only cli.py reads the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A file may import from its own room and from the rooms before it.
ROOMS = (
    "errors money dates sql sources_credit sources fact facts_credit facts policy book decide prove act assay backtest diff"
    " report cli"
).split()
# Third parties, and the files and folders that may import them.
HOMES = {
    "yaml": ("engine/policy/document.py", "engine/policy/outline.py"),
    "jsonschema": ("engine/policy/document.py",),
    "durable": (),
    "durable_rules_engine": ("engine/decide/ruleset.py",),
    "sqlite_utils": ("engine/book/", "engine/act/ledger.py"),
    "click": ("cli.py",),
    "rich": ("cli.py", "engine/report/"),
    "jinja2": ("engine/act/", "engine/report/page.py"),
    "babel": ("engine/act/", "engine/report/"),
    "openpyxl": ("engine/book/", "engine/report/"),
    "sqlglot": (),
    "z3": ("engine/prove/",),
}
# Whoever calls one of these reads the clock, the environment or chance, or writes to the terminal.
IMPURE_CALLS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "os.getenv",
    "time.monotonic",
    "time.perf_counter",
    "time.time",
    "uuid.uuid1",
    "uuid.uuid4",
    "print",
    "input",
}
IMPURE_NAMES = {"os.environ", "sys.stdout", "sys.stderr", "sys.argv"}

FILES = sorted(path.relative_to(ROOT) for path in [*(ROOT / "engine").rglob("*.py"), ROOT / "cli.py"] if path.exists())


def test_there_is_something_to_look_at() -> None:
    """An empty list of files would pass every other test here."""
    assert len(FILES) > 10


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_go_down_the_list_of_rooms_only(file: Path) -> None:
    """errors, money, sources, facts -> policy -> book -> decide -> prove -> act -> assay -> backtest -> diff -> report -> cli."""
    room = _room(file)
    wrong = [
        f"{file}:{line} imports {module}"
        for line, module in _imported(file)
        if (other := _room_of_module(module)) is not None and ROOMS.index(other) > ROOMS.index(room)
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=str)
def test_third_parties_live_in_one_room_each(file: Path) -> None:
    """Only the room of a library knows it, so that it can be replaced there."""
    wrong = [
        f"{file}:{line} imports {module}"
        for line, module in _imported(file)
        if module.split(".")[0] in HOMES and not _at_home(file, HOMES[module.split(".")[0]])
    ]
    assert wrong == []


@pytest.mark.parametrize("file", [file for file in FILES if str(file) != "cli.py"], ids=str)
def test_nothing_but_the_command_line_reads_the_clock(file: Path) -> None:
    """as_of and now are arguments; neither clock nor environment, nor a word to the terminal, outside cli.py."""
    wrong = [f"{file}:{line} uses {name}" for line, name in _impure(file)]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_module_class_and_function_says_what_it_is(file: Path) -> None:
    """A sentence that a credit controller understands; functions inside functions and dunder methods may go without."""
    tree = _tree(file)
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    missing = [
        node.name
        for body in bodies
        for node in body
        if isinstance(node, named) and not node.name.startswith("__") and not ast.get_docstring(node)
    ]
    assert ast.get_docstring(tree)
    assert missing == []


def _tree(file: Path) -> ast.Module:
    """The file as Python reads it."""
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def _room(file: Path) -> str:
    """`decide` for engine/decide/ladder.py, `money` for engine/money.py, `cli` for cli.py; `errors` for the package."""
    parts = file.with_suffix("").parts
    return "cli" if parts == ("cli",) else "errors" if parts[1] == "__init__" else parts[1]


def _room_of_module(module: str) -> str | None:
    """The room of an imported module, None where it is not ours."""
    parts = module.split(".")
    if parts[0] == "cli":
        return "cli"
    return parts[1] if parts[0] == "engine" and len(parts) > 1 and parts[1] in ROOMS else None


def _imported(file: Path) -> Iterator[tuple[int, str]]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            module = node.module or ""
            # `from engine import money` imports a room, `from engine.act.plan import Plan` a name of one.
            yield from ((node.lineno, f"{module}.{name.name}" if module == "engine" else module) for name in node.names)


def _at_home(file: Path, homes: tuple[str, ...]) -> bool:
    """Whether the file is one of the homes or stands in one."""
    return any(str(file) == home or (home.endswith("/") and file.as_posix().startswith(home)) for home in homes)


def _impure(file: Path) -> Iterator[tuple[int, str]]:
    """The names in the file that read the world or write to it."""
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Call):
            name = ".".join(_dotted(node.func).split(".")[-2:])
            if name in IMPURE_CALLS or (name.startswith("random.") and name != "random.Random"):
                yield node.lineno, name
        elif isinstance(node, ast.Attribute) and _dotted(node) in IMPURE_NAMES:
            yield node.lineno, _dotted(node)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain, the name of a name, nothing of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
