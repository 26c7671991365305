"""Every command, used as it is meant and as it is not: what it prints, what it says on stderr, how it exits.

The desk (tests/desk.py) holds `trade`, a policy of two letters, and C-1001, C-1002 and C-1003, who each owe one receivable due on
1 March. C-1003 cannot be written to. The day is 4 March.
"""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import cli
from engine.act.replay import of_run
from engine.book.store import open_book
from tests.desk import AS_OF, DULY, FILES, POLICY, ROOT, Desk, laid_down

COMMANDS = [*sorted(cli.main.commands), "report aging"]


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk that others are copied from."""
    return laid_down(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """A desk of its own."""
    return laid.copied(tmp_path)


def planned(desk: Desk, name: str = "plan.json", as_of: str = AS_OF) -> str:
    """The plan of a day, in a file."""
    done = desk.run("preview", "--as-of", as_of, "--out", name)
    assert (done.exit, done.err) == (0, "")
    return name


def applied(desk: Desk) -> None:
    """The plan of 4 March, carried out and delivered."""
    assert desk.run("apply", planned(desk), "--actor", "anna").exit == 0
    assert desk.run("deliver", "--to", "letters").exit == 0


# -- help and usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(desk: Desk, command: str) -> None:
    """`duly COMMAND --help`, and -h for short."""
    said = desk.run(*command.split(), "--help")
    assert (said.exit, said.err) == (0, "")
    assert said.out.startswith("Usage: ")
    assert desk.run(*command.split(), "-h").out == said.out


@pytest.mark.parametrize(
    "line",
    [
        "preview --as-of 2026-3-4",
        "preview --as-of 2026-02-30",
        "preview --as-of 20260304",
        "preview --as-of 0999-01-01",
        "preview --as-of 9999-12-31",
        "preview --as-of today",
        "preview --known-at yesterday",
        "preview --known-at 2026-02-30",
        "preview --known-at 2026-03-04T25:00:00Z",
        "preview --format yaml",
        "preview --audit 0",
        "preview --audit 99999999999999999999",
        "preview --db .",
        "preview --policies duly.db",
        "preview --out .",
        "preview one two",
        "preview --no-such-option",
        "prview",
        "apply",
        "explain",
        "history --limit 0",
        "history --limit 99999999999999999999",
        "history --run 99999999999999999999",
        "history --run first",
        "hold --customer C-1001",
        "hold --customer C-1001 --reason x --kind chasing",
        "hold --customer C-1001 --reason x --until soon",
        "promise --customer C-1001 --amount 5",
        "promise --customer C-1001 --amount 5 --on 2026-04-01 --grace-days -1",
        "promise --customer C-1001 --amount 5 --on 2026-04-01 --grace-days 9999999",
        "dispute",
        "dispute --receivable R-1",
        "dispute --resolve D-000001",
        "dispute --resolve D-000001 --outcome lost",
        "activity --customer C-1001",
        "deliver",
        "deliver --to duly.db",
        "init",
        "init duly.db",
        "import receivables",
        "import receivables . ",
        "import receivables receivables.csv --expect-rows -1",
        "report",
        "report worklist",
        "report aging --buckets 30,20",
        "report aging --buckets 0,30",
        "report aging --buckets 30,30",
        "report aging --buckets -1",
        "report aging --buckets a",
        "report aging --buckets ,",
        "report aging --buckets 99999999999999999999",
        "report aging --by age",
        "facts --format json",
    ],
)
def test_wrong_use_is_a_usage_error(desk: Desk, line: str) -> None:
    """Exit 2, nothing on stdout, and a word about what is wrong."""
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (2, ""), said
    assert "Usage:" in said.err


def test_a_wrong_date_shows_how_to_write_it(desk: Desk) -> None:
    """The first of March in the American way."""
    assert "'3/1/2026' is not a date; write it as 2026-03-01" in desk.run("preview", "--as-of", "3/1/2026").err


def test_an_argument_that_is_not_text(desk: Desk) -> None:
    """A byte that is not UTF-8, from another system's clipboard."""
    said = desk.shell("duly explain $'R-\\xff'")
    assert (said.exit, said.out) == (2, "")
    assert "is not UTF-8 text" in said.err


# -- the book ---------------------------------------------------------------------------------------------------------------

NEEDS_BOOK = [
    "preview", "explain C-1001", "history", "verify", "report aging", "import receivables receivables.csv",
    "hold --customer C-1001 --reason x", "release H-000001", "promise --customer C-1001 --amount 5 --on 2099-01-01",
    "dispute --receivable R-1 --reason x", "dispute --resolve D-000001 --outcome accepted",
    "activity --customer C-1001 --channel phone --result reached", "deliver --to letters", "apply plan.json",
]  # fmt: skip


@pytest.mark.parametrize("line", NEEDS_BOOK)
def test_without_a_book(desk: Desk, line: str) -> None:
    """One line that says where there is none and what to do; and none is made."""
    planned(desk)
    said = desk.run(*line.split(), "--db", "nope.db")
    assert (said.exit, said.out) == (1, "")
    assert said.err == "nope.db no-book: there is no book here; run `duly init DIR` or name one with --db\n"
    assert not (desk.folder / "nope.db").exists()


@pytest.mark.parametrize("line", NEEDS_BOOK)
def test_a_file_that_is_not_a_book(desk: Desk, line: str) -> None:
    """A text, named by mistake; it is left as it was."""
    planned(desk)
    said = desk.run(*line.split(), "--db", "receivables.csv")
    assert (said.exit, said.out) == (1, "")
    assert said.err.startswith("receivables.csv not-a-book: ")
    assert desk.read("receivables.csv") == FILES["receivables"]


def test_the_book_is_named_by_the_environment(desk: Desk) -> None:
    """DULY_DB, which an option beats."""
    assert desk.run("history", DULY_DB="nope.db").err.startswith("nope.db no-book: ")
    assert desk.run("history", "--db", "duly.db", DULY_DB="nope.db").exit == 0
    assert desk.run("history", DULY_DB=".").exit == 2


def test_an_empty_book(tmp_path: Path) -> None:
    """A workspace of a minute ago: every report is empty, and nothing is wrong."""
    desk = Desk(tmp_path)
    assert desk.run("init", "ws").exit == 0
    desk = Desk(tmp_path / "ws")
    for line in (f"preview --as-of {AS_OF}", "history", "verify", f"report aging --as-of {AS_OF}", "deliver --to letters"):
        said = desk.run(*line.split())
        assert (said.exit, said.err) == (0, ""), line
    assert "Nothing to do" in desk.run("preview", "--as-of", AS_OF).out
    assert desk.run("preview", "--as-of", AS_OF, "--audit", "5", "--detailed-exitcode").exit == 0


def test_a_damaged_book(desk: Desk) -> None:
    """A bad block in the middle of the file: every command says so in one line."""
    path = desk.folder / "duly.db"
    raw = path.read_bytes()
    path.write_bytes(raw[:8192] + b"x" * (len(raw) - 8192))
    for line in ("preview", "history", "verify", "report aging", "hold --customer C-1001 --reason x"):
        said = desk.run(*line.split())
        assert (said.exit, said.err.count("\n")) == (1, 1), said
        assert " book-damaged: " in said.err


def test_another_command_is_writing(desk: Desk) -> None:
    """Somebody else holds the lock: refused, nothing done. Reading goes on."""
    held = "import sqlite3,time; c=sqlite3.connect('duly.db'); c.execute('BEGIN IMMEDIATE'); open('held','w'); time.sleep(20)"
    said = desk.shell(
        f"{sys.executable} -c \"{held}\" & other=$!; while [ ! -e held ]; do sleep 0.05; done;"
        " duly history && duly hold --customer C-1001 --reason x; code=$?; kill $other; exit $code"
    )
    assert (said.exit, said.err) == (4, "book book-locked: another command is writing; try again\n")


# -- init, demo, import -----------------------------------------------------------------------------------------------------


def test_a_new_workspace_is_ready(tmp_path: Path) -> None:
    """`init` into a folder that is not there yet; what it lays down passes `check`."""
    said = Desk(tmp_path).run("init", "a/b")
    assert (said.exit, said.err) == (0, "")
    desk = Desk(tmp_path / "a" / "b")
    assert desk.run("check").exit == 0
    assert {"duly.db", "policies", "schemas"} <= {path.name for path in desk.folder.iterdir()}


def test_a_workspace_is_never_laid_over_anything(desk: Desk) -> None:
    """Not into a folder that holds something, and not twice."""
    said = desk.run("init", ".")
    assert (said.exit, said.out) == (1, "")
    assert said.err == ". not-empty: there is something here already; choose a new or an empty folder\n"


def test_the_demo_twice(tmp_path: Path) -> None:
    """The second time it shows the same preview of the same folder; each of its ten weeks is decided again as it was."""
    desk = Desk(tmp_path)
    first, second = desk.run("demo"), desk.run("demo")
    assert (first.exit, second.exit) == (0, 0)
    assert first.out == second.out
    assert "What would happen" in first.out
    assert "imported" in first.err
    assert "imported" not in second.err
    book = open_book(tmp_path / "duly-demo" / "duly.db")
    made_again = [of_run(book, run) for (run,) in book.execute("SELECT id FROM runs").fetchall()]
    book.close()
    assert len(made_again) == 10 and all(one.same for one in made_again)
    assert {ref.kind for one in made_again for ref in one.kept.policies} == {"dunning", "credit"}


def test_a_demo_over_something_else(desk: Desk) -> None:
    """A folder that holds a workspace already is left alone."""
    said = desk.run("demo", ".")
    assert (said.exit, said.out) == (1, "")
    assert " not-empty: " in said.err


def test_an_import_says_what_it_did_and_does_it_once(desk: Desk) -> None:
    """The same file again adds nothing."""
    said = desk.run("import", "receivables", "receivables.csv")
    assert (said.exit, said.err) == (0, "")
    assert "3 rows read, 0 records added" in said.out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import recievables receivables.csv", "unknown-kind"),
        ("import receivables nope.csv", "bad-file"),
        ("import receivables customers.csv", "unknown-column"),
        ("import receivables receivables.csv --mapping nope.yaml", "unreadable-file"),
        ("import receivables receivables.csv --mapping receivables.csv", ""),
        ("import receivables receivables.csv --expect-rows 4", "control-total"),
        ("import receivables receivables.csv --expect-total 1", "control-total"),
        ("import receivables receivables.csv --expect-total much", ""),
        ("import receivables duly.db", ""),
    ],
)
def test_an_import_that_is_refused(desk: Desk, line: str, code: str) -> None:
    """Exit 1, each problem on a line of its own, nothing in the book."""
    before = (desk.folder / "duly.db").read_bytes()
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (1, ""), said
    assert f" {code}" in said.err
    assert (desk.folder / "duly.db").read_bytes() == before


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    """One more receivable, and then not."""
    desk.write("more.csv", FILES["receivables"].replace("R-", "S-"))
    said = desk.run("import", "receivables", "more.csv", "--dry-run")
    assert said.exit == 0
    assert "3" in said.out
    assert "S-1" not in desk.run("report", "aging", "--as-of", AS_OF, "--all").out
    assert desk.run("explain", "S-1", "--as-of", AS_OF).exit == 1


# -- policies ---------------------------------------------------------------------------------------------------------------


def test_policies_that_are_right(desk: Desk) -> None:
    """All of a folder, one file of it, one folder of it."""
    assert desk.run("check").out == "1 policy versions and 0 cases: nothing wrong\n"
    for path in ("policies", "policies/trade/v1.yaml"):
        assert desk.run("check", path).exit == 0, path
    assert json.loads(desk.run("check", "--format", "json").out) == []


@pytest.mark.parametrize("line", ["check", f"preview --as-of {AS_OF}", f"explain C-1001 --as-of {AS_OF}", "apply plan.json"])
def test_policies_with_mistakes(desk: Desk, line: str) -> None:
    """Two mistakes: two lines with file, line and column and the nearest right word, exit 1, and nothing is decided."""
    planned(desk)
    wrong = POLICY.replace("after_days: 3", "after_day: 3")
    desk.write("policies/trade/v1.yaml", wrong.replace("email, template: formal", "mail, template: formal"))
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (1, "")
    lines = said.err.splitlines()
    assert any(text.startswith("policies/trade/v1.yaml:12:7 ") and "'after_days'" in text for text in lines), said.err
    assert any(text.startswith("policies/trade/v1.yaml:19:") and "'email'" in text for text in lines), said.err


def test_mistakes_for_a_program(desk: Desk) -> None:
    """`check --format json`: the problems are the result, so they are on stdout."""
    desk.write("policies/trade/v1.yaml", POLICY.replace("currency: EUR", "currency: EUX"))
    said = desk.run("check", "--format", "json")
    assert said.exit == 1
    (problem,) = json.loads(said.out)
    assert {"file": "policies/trade/v1.yaml", "line": 6, "code": "unknown-currency"}.items() <= problem.items()


@pytest.mark.parametrize("line", [f"preview --as-of {AS_OF}", f"explain C-1001 --as-of {AS_OF}", "apply plan.json"])
def test_without_policies(desk: Desk, line: str) -> None:
    """No such folder, or one in which there are none."""
    planned(desk)
    (desk.folder / "empty").mkdir()
    for folder in ("nope", "empty"):
        said = desk.run(*line.split(), "--policies", folder)
        assert (said.exit, said.out) == (1, "")
        assert said.err.startswith(f"{folder} no-policies: ")


@pytest.mark.parametrize("command", ["check", "test", "prove", "check --prove"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("notes.md", "stray-file: 'notes.md' is neither"),
        ("duly.db", "stray-file: 'duly.db' is neither"),
        ("policies/templates/a.j2", "stray-file: 'a.j2' is neither"),
        ("lost/v1.yaml", "misplaced-file: the folder is named 'lost'"),
        ("lost/cases.yaml", "empty-file: the file says nothing"),
        ("nope", "there is no such file or folder; check "),
    ],
)
def test_a_path_that_is_no_policy_is_one_line(desk: Desk, command: str, path: str, said: str) -> None:
    """Nothing is looked at around it, where there may be a whole disk; and no option is named that the command has not."""
    (desk.folder / "around").mkdir()
    desk.write("around/v1.yaml", "policy: [")
    desk.write("stray.yaml", "a: b")
    (desk.folder / "lost").mkdir()
    for name in ("notes.md", "policies/templates/a.j2"):
        desk.write(name, "Hello")
    if path == "lost/v1.yaml":
        desk.write(path, desk.read("policies/trade/v1.yaml"))
    desk.write("lost/cases.yaml", "")
    done = desk.run(*command.split(), path)
    assert (done.exit, done.out, done.err.count("\n")) == (1, "", 1), done.err
    assert said in done.err and "--policies" not in done.err


@pytest.mark.parametrize("command", ["test", "prove"])
def test_who_may_approve_is_no_policy(desk: Desk, command: str) -> None:
    """It is not to be renamed either."""
    desk.write("policies/roles.yaml", "roles: {}")
    desk.write("stray.yaml", "a: b")
    done = desk.run(command, "policies/roles.yaml")
    assert (done.exit, done.out, done.err.count("\n")) == (1, "", 1), done.err
    assert done.err.endswith("'roles.yaml' holds no policy; name the folder that it stands in\n")


@pytest.mark.parametrize("path", ["nope", "nope.yaml", "duly.db"])
def test_a_check_of_nothing_is_not_fine(desk: Desk, path: str) -> None:
    """Whoever misspells the folder must not be told that nothing is wrong."""
    said = desk.run("check", path)
    assert (said.exit, said.out) == (1, "")


def test_no_policy_in_force_yet(desk: Desk) -> None:
    """The policy begins on 1 January 2026."""
    said = desk.run("preview", "--as-of", "2025-12-31")
    assert (said.exit, said.out) == (1, "")
    assert " none-in-force: no policy is in force on 2025-12-31" in said.err
    assert desk.run("preview", "--as-of", "2026-01-01").exit == 0


def test_a_promise_that_a_policy_does_not_keep(desk: Desk) -> None:
    """A case that expects the letter a day too early."""
    desk.write(
        "policies/trade/cases.yaml",
        "policy: trade\ncases:\n  - name: early\n    given: {days_past_due: 2}\n    expect: {level: 1, actions: [notice]}\n",
    )
    said = desk.run("check")
    assert (said.exit, said.out) == (1, "")
    assert " case-failed: 'early': " in said.err


# -- preview ----------------------------------------------------------------------------------------------------------------


def test_the_preview_says_what_would_happen_and_what_would_not(desk: Desk) -> None:
    """Two letters, and one that has nowhere to go; not a word on stderr."""
    said = desk.run("preview", "--as-of", AS_OF)
    assert (said.exit, said.err) == (0, "")
    assert "Adler GmbH" in said.out
    assert "no-contact" in said.out


def test_a_preview_writes_nothing(desk: Desk) -> None:
    """The book is the same file, byte for byte."""
    before = (desk.folder / "duly.db").read_bytes()
    desk.run("preview", "--as-of", AS_OF, "--audit", "10")
    assert (desk.folder / "duly.db").read_bytes() == before


def test_the_plan_for_a_program(desk: Desk) -> None:
    """Canonical JSON, the same bytes as `--out`, valid by the schema that `init` lays down."""
    said = desk.run("preview", "--as-of", AS_OF, "--format", "json", "--out", "plan.json")
    assert (said.exit, said.err) == (0, "")
    assert said.out == desk.read("plan.json")
    schema = json.loads(desk.read("schemas/plan.schema.json"))
    assert list(Draft202012Validator(schema).iter_errors(json.loads(said.out))) == []


def test_the_plan_for_a_spreadsheet(desk: Desk) -> None:
    """One row per line of an action and per withheld one."""
    said = desk.run("preview", "--as-of", AS_OF, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert (said.exit, said.err) == (0, "")
    assert sorted((row["state"], row["receivable"], row["amount"]) for row in rows) == [
        ("action", "R-1", "1000.00"), ("action", "R-2", "50.00"), ("withheld", "R-3", "7.00"),
    ]  # fmt: skip


def test_the_exit_code_says_whether_there_is_anything_to_do(desk: Desk) -> None:
    """3 with `--detailed-exitcode` where there is; 0 where there is not, or where nobody asks."""
    assert desk.run("preview", "--as-of", AS_OF, "--detailed-exitcode").exit == 3
    assert desk.run("preview", "--as-of", "2026-03-03", "--detailed-exitcode").exit == 0


def test_the_audit_finds_no_difference(desk: Desk) -> None:
    """And says so on stderr, where it does not disturb the result."""
    plain, audited = desk.run("preview", "--as-of", AS_OF), desk.run("preview", "--as-of", AS_OF, "--audit", "2")
    assert audited.exit == 0
    assert audited.out == plain.out
    assert audited.err == "audit: 2 subjects decided again one by one, no difference\n"


def test_a_plan_that_cannot_be_written(desk: Desk) -> None:
    """A folder that is not there."""
    said = desk.run("preview", "--as-of", AS_OF, "--out", "nope/plan.json")
    assert (said.exit, said.out) == (1, "")
    assert said.err == "nope/plan.json cannot-write: No such file or directory\n"


@pytest.mark.skipif("os.geteuid() == 0", reason="root may write everywhere")
def test_a_plan_into_a_folder_that_may_only_be_read(desk: Desk) -> None:
    """The book's own folder is another."""
    (desk.folder / "locked").mkdir(mode=0o555)
    said = desk.run("preview", "--as-of", AS_OF, "--out", "locked/plan.json")
    assert (said.exit, said.out) == (1, "")
    assert said.err == "locked/plan.json cannot-write: Permission denied\n"


def test_as_known_at_an_instant(desk: Desk) -> None:
    """Before the files were imported there was nothing to chase."""
    assert "Nothing to do" in desk.run("preview", "--as-of", AS_OF, "--known-at", "2020-01-01").out
    assert "Nothing to do" not in desk.run("preview", "--as-of", AS_OF, "--known-at", "2999-01-01T00:00:00Z").out


def test_colour_is_only_for_a_terminal(desk: Desk) -> None:
    """Neither in a pipe nor where NO_COLOR is set is there any control sequence."""
    assert "\x1b" not in desk.run("preview", "--as-of", AS_OF).out
    terminal = f"script -qec '{DULY} preview --as-of {AS_OF}' /dev/null"
    assert "\x1b" in desk.shell(terminal, TERM="xterm", NO_COLOR="").out
    assert "\x1b" not in desk.shell(terminal, TERM="xterm", NO_COLOR="1").out


@pytest.mark.parametrize("line", [f"preview --as-of {AS_OF} --format json", "facts", "report aging", "history"])
@pytest.mark.parametrize("reader", ["head -c 1", "true"])
def test_a_reader_that_has_seen_enough(desk: Desk, line: str, reader: str) -> None:
    """`| head`: no complaint."""
    said = desk.shell(f"duly {line} | {reader}")
    assert (said.exit, said.err) == (0, "")


def test_names_in_any_script_reach_a_pipe(desk: Desk) -> None:
    """UTF-8, whatever the system's own encoding is."""
    desk.write("customers.csv", "number,entity,name\nC-2001,E1,明湖自动化\n")
    desk.write("receivables.csv", FILES["receivables"].replace("R-3", "R-4").replace("C-1003", "C-2001"))
    assert desk.run("import", "customers", "customers.csv").exit == 0
    assert desk.run("import", "receivables", "receivables.csv").exit == 0
    said = desk.shell(f"duly report aging --as-of {AS_OF}", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert said.exit == 0
    assert "明湖自动化" in said.out


# -- apply, deliver ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_applied_once(desk: Desk) -> None:
    """The second time it is refused with 4, and so is nobody written to twice."""
    plan = planned(desk)
    said = desk.run("apply", plan, "--actor", "anna")
    assert (said.exit, said.err) == (0, "")
    said = desk.run("apply", plan)
    assert (said.exit, said.out) == (4, "")
    assert " already-applied: anna applied this plan already" in said.err
    assert "Nothing to do" in desk.run("preview", "--as-of", AS_OF).out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad-plan"),
        ("not JSON", "bad-plan"),
        ("[]", "bad-plan"),
        ("null", "bad-plan"),
        ('{"format": "duly-plan/0"}', "bad-plan"),
        ('{"format": "duly-plan/2"}', "bad-plan"),
        ('{"format": "duly-plan/3"}', "bad-plan"),
        ('{"format": "duly-plan/3", "id": "\\ud800"}', "bad-plan"),
        ('{"format": "duly-plan/3", "x": "\\ud800"}', "bad-plan"),
        ("[" * 100_000, "bad-plan"),
        ("\ufeff{}", "bad-plan"),
    ],
    ids=["empty", "words", "list", "null", "older", "old", "bare", "half-id", "half-letter", "deep", "bom"],
)
def test_a_file_that_is_not_a_plan(desk: Desk, text: str, code: str) -> None:
    """Whatever it is, one line says so."""
    desk.write("plan.json", text)
    said = desk.run("apply", "plan.json")
    assert (said.exit, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith(f"plan.json {code}: ")


def test_a_plan_that_is_not_there_or_not_text(desk: Desk) -> None:
    """A misspelled name; the book instead of the plan."""
    for name in ("nope.json", "duly.db"):
        said = desk.run("apply", name)
        assert (said.exit, said.out) == (1, "")
        assert said.err.startswith(f"{name} unreadable-file: ")


def test_a_plan_that_was_edited(desk: Desk) -> None:
    """One digit of an amount."""
    plan = planned(desk)
    desk.write(plan, desk.read(plan).replace('"amount":100000', '"amount":100001'))
    said = desk.run("apply", plan)
    assert (said.exit, said.out) == (1, "")
    assert said.err == "plan.json bad-plan: the plan was changed after it was made: its id does not fit; preview again\n"


def test_a_plan_of_another_shape_under_a_right_id(desk: Desk) -> None:
    """Somebody computed the id anew after taking a part out."""
    from engine.act.values import sealed_id

    value = json.loads(desk.read(planned(desk)))
    del value["withheld"]
    desk.write("plan.json", json.dumps({**value, "id": sealed_id(value)}))
    said = desk.run("apply", "plan.json")
    assert (said.exit, said.out) == (1, "")
    assert said.err.startswith("plan.json bad-plan: ")


def test_a_policy_that_changed_since(desk: Desk) -> None:
    """The letters were to go out on day 3; now they go on day 4."""
    plan = planned(desk)
    desk.write("policies/trade/v1.yaml", POLICY.replace("after_days: 3", "after_days: 4"))
    said = desk.run("apply", plan)
    assert (said.exit, said.out) == (4, "")
    assert " policy-changed: " in said.err


def test_a_plan_over_its_limit_needs_a_word(desk: Desk) -> None:
    """One customer at most; the plan has two. `--approve` says the word."""
    desk.write("policies/trade/v1.yaml", POLICY + "limits: {customers: 1}\n")
    plan = planned(desk)
    said = desk.run("apply", plan)
    assert (said.exit, said.out) == (4, "")
    assert " over-limit: trade v1 acts on 2 customers, its limit is 1" in said.err
    assert desk.run("apply", plan, "--approve").exit == 0


def test_who_moved_since_the_plan_was_made(desk: Desk) -> None:
    """C-1001 paid overnight: refused with its name; `--skip-stale` does the rest and exits 5."""
    plan = planned(desk)
    desk.write(
        "payments.csv",
        "number,entity,customer,received,amount,currency,receivable\nP-1,E1,C-1001,2026-03-05,1000.00,EUR,R-1\n",
    )
    done = desk.run("import", "payments", "payments.csv")
    assert done.exit == 0, done.err
    said = desk.run("apply", plan)
    assert (said.exit, said.out) == (4, "")
    assert said.err.startswith("customer C-1001 stale: receivable R-1 moved")
    said = desk.run("apply", plan, "--skip-stale")
    assert said.exit == 5
    assert "C-1001" in said.out + said.err


def test_letters_are_delivered_once(desk: Desk) -> None:
    """Two files; then nothing more to send."""
    assert desk.run("apply", planned(desk)).exit == 0
    said = desk.run("deliver", "--to", "letters")
    assert (said.exit, said.err) == (0, "")
    assert said.out.startswith("2 sent to letters")
    letters = sorted((desk.folder / "letters" / AS_OF).iterdir())
    assert len(letters) == 2
    assert "R-1" in letters[0].read_text(encoding="utf-8")
    assert desk.run("deliver", "--to", "letters").out.startswith("0 sent")


def test_a_letter_that_cannot_be_written(desk: Desk) -> None:
    """The template is gone: exit 5, who did not get a letter is named, and it is tried again next time."""
    assert desk.run("apply", planned(desk)).exit == 0
    templates = list((desk.folder / "policies" / "templates").glob("friendly-reminder.*"))
    kept = {path: path.read_bytes() for path in templates}
    for path in templates:
        path.unlink()
    said = desk.run("deliver", "--to", "letters")
    assert said.exit == 5
    assert "C-1001/notice not-delivered: " in said.err
    for path, raw in kept.items():
        path.write_bytes(raw)
    assert desk.run("deliver", "--to", "letters").out.startswith("2 sent")


# -- explain, history, verify -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["C-1001", "R-1"])
def test_a_subject_is_explained(desk: Desk, subject: str) -> None:
    """A customer or a receivable: the rule, its finding, what would change it."""
    said = desk.run("explain", subject, "--as-of", AS_OF)
    assert (said.exit, said.err) == (0, "")
    for words in ("R-1", "days_past_due", "pay 1,000.00 EUR"):
        assert words in said.out, words
    (story,) = json.loads(desk.run("explain", subject, "--as-of", AS_OF, "--format", "json").out)
    assert (story["receivable"], story["policy"], story["actions"][0]["kind"]) == ("R-1", "trade", "notice")


def test_what_was_done_is_told_with_it(desk: Desk) -> None:
    """After the letter the explanation ends with the letter."""
    applied(desk)
    for subject in ("C-1001", "R-1"):
        assert "anna" in desk.run("explain", subject, "--as-of", AS_OF).out


def test_who_is_meant_is_guessed_at_but_not_assumed(desk: Desk) -> None:
    """A customer that there is not, a name instead of a number, a receivable of an entity that has none."""
    said = desk.run("explain", "C-1O01", "--as-of", AS_OF)
    assert (said.exit, said.out) == (1, "")
    assert "unknown-subject: the book has no customer or receivable 'C-1O01'; did you mean 'C-1001'?" in said.err
    assert "that is the name of 'C-1001'" in desk.run("explain", "adler gmbh", "--as-of", AS_OF).err
    assert desk.run("explain", "R-1", "--entity", "E9", "--as-of", AS_OF).exit == 1


def test_a_customer_who_owes_nothing(desk: Desk) -> None:
    """There is nothing to explain, and that is said."""
    desk.write("customers.csv", "number,entity,name\nC-9,E1,Debtless\n")
    assert desk.run("import", "customers", "customers.csv").exit == 0
    said = desk.run("explain", "C-9", "--as-of", AS_OF)
    assert (said.exit, said.err) == (0, "")
    assert said.out.strip()
    assert json.loads(desk.run("explain", "C-9", "--as-of", AS_OF, "--format", "json").out) == []


def test_the_history_and_its_filters(desk: Desk) -> None:
    """By customer, by receivable, by run; so many entries; of nobody there is nothing."""
    applied(desk)
    whole = json.loads(desk.run("history", "--format", "json").out)
    assert [entry["seq"] for entry in whole] == sorted((entry["seq"] for entry in whole), reverse=True)
    for option in (("--customer", "C-1001"), ("--receivable", "R-1")):
        kinds = [entry["kind"] for entry in json.loads(desk.run("history", *option, "--format", "json").out)]
        assert kinds == ["delivery-sent", "notice"], option
    assert len(json.loads(desk.run("history", "--run", "1", "--format", "json").out)) == 4
    assert len(json.loads(desk.run("history", "--limit", "1", "--format", "json").out)) == 1
    assert json.loads(desk.run("history", "--customer", "C-9", "--format", "json").out) == []
    assert "C-1001" in desk.run("history", "--customer", "C-1001").out
    assert desk.run("history", "--customer", "C-9").exit == 0


def test_the_ledger_is_proved_and_compared_with_what_was_kept(desk: Desk) -> None:
    """A checkpoint is kept elsewhere; it fits later on too; that of another ledger does not."""
    assert desk.run("verify", "--write-checkpoint", "empty.txt").exit == 0
    applied(desk)
    assert desk.run("verify", "--write-checkpoint", "head.txt").exit == 0
    assert desk.run("hold", "--customer", "C-1001", "--reason", "asked").exit == 0
    for name in ("head.txt", "empty.txt"):
        assert desk.run("verify", "--checkpoint", name).exit == 0, name
    seq, kept = desk.read("head.txt").split()
    desk.write("head.txt", f"{seq} {kept[:-1]}{'0' if kept[-1] != '0' else '1'}\n")
    said = desk.run("verify", "--checkpoint", "head.txt")
    assert (said.exit, said.out) == (1, "")
    assert " checkpoint-differs: " in said.err


@pytest.mark.parametrize(("text", "code"), [("", "bad-checkpoint"), ("1", "bad-checkpoint"), ("x y", "bad-checkpoint")])
def test_a_checkpoint_that_is_none(desk: Desk, text: str, code: str) -> None:
    """An empty file, half a line, words; and a file that is not there."""
    desk.write("head.txt", text)
    said = desk.run("verify", "--checkpoint", "head.txt")
    assert (said.exit, said.out) == (1, "")
    assert f" {code}: " in said.err
    assert desk.run("verify", "--checkpoint", "nope.txt").exit == 1
    assert desk.run("verify", "--checkpoint", "duly.db").exit == 1


# -- what people record -----------------------------------------------------------------------------------------------------


def _reference(out: str) -> str:
    """The reference that was given out."""
    return out.split(":")[0]


def test_a_hold_stops_the_letter_and_its_release_lets_it_go(desk: Desk) -> None:
    """From 1 March on; released on 4 March."""
    said = desk.run("hold", "--customer", "C-1001", "--reason", "asked by sales", "--from", "2026-03-01", "--actor", "anna")
    assert (said.exit, said.err) == (0, "")
    assert "hold recorded for C-1001" in said.out
    assert "dunning-hold" in desk.run("preview", "--as-of", AS_OF).out
    reference = _reference(said.out)
    assert desk.run("release", reference, "--on", AS_OF).exit == 0
    assert "dunning-hold" not in desk.run("preview", "--as-of", AS_OF).out
    again = desk.run("release", reference, "--on", AS_OF)
    assert (again.exit, again.out) == (1, "")
    assert " already-released: " in again.err


def test_a_promise_waits_until_its_day(desk: Desk) -> None:
    """Promised for 4 March with a day of grace."""
    line = "promise --receivable R-1 --amount 1000.00 --made 2026-03-02 --on 2026-03-04 --grace-days 1"
    said = desk.run(*line.split())
    assert (said.exit, said.err) == (0, "")
    assert "receivable R-1" in said.out
    assert "promise-pending" in desk.run("preview", "--as-of", "2026-03-05").out
    assert "promise-pending" not in desk.run("preview", "--as-of", "2026-03-06").out


def test_a_dispute_and_its_end(desk: Desk) -> None:
    """The whole is contested, then withdrawn."""
    said = desk.run("dispute", "--receivable", "R-1", "--reason", "broken on arrival", "--on", "2026-03-02")
    assert (said.exit, said.err) == (0, "")
    assert "disputed" in desk.run("preview", "--as-of", AS_OF).out
    reference = _reference(said.out)
    assert desk.run("dispute", "--resolve", reference, "--outcome", "withdrawn", "--on", "2026-03-03").exit == 0
    assert "disputed" not in desk.run("preview", "--as-of", AS_OF).out
    assert desk.run("dispute", "--resolve", reference, "--outcome", "withdrawn", "--on", "2026-03-03").exit == 1


def test_a_call_is_recorded(desk: Desk) -> None:
    """With whom, what came of it, and what was said; the history shows it."""
    line = "activity --customer C-1001 --channel phone --result reached --on 2026-03-02 --expected-payment 2026-03-09"
    said = desk.run(*line.split(), "--actor", "anna", "--note", "They will pay on Monday.")
    assert (said.exit, said.err) == (0, "")
    assert "anna" in desk.run("history", "--customer", "C-1001").out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hold --customer C-1O01 --reason x", "unknown-customer"),
        ("hold --reason x", "missing-value"),
        ("hold --receivable R-9 --reason x", "unknown-receivable"),
        ("hold --customer C-1002 --receivable R-1 --reason x", "unknown-receivable"),
        ("hold --customer C-1001 --reason x --from 2026-03-02 --until 2026-03-01", "out-of-range"),
        ("hold --receivable R-1 --reason x --kind credit", "wrong-value"),
        ("release H-000009", "unknown-reference"),
        ("promise --customer C-1001 --amount much --on 2099-01-01", "bad-amount"),
        ("promise --customer C-1001 --amount 0 --on 2099-01-01", "bad-amount"),
        ("promise --customer C-1001 --amount 1.001 --on 2099-01-01", "bad-amount"),
        ("promise --customer C-1001 --amount 5 --currency EUX --on 2099-01-01", "unknown-currency"),
        ("promise --receivable R-1 --amount 5 --currency USD --on 2099-01-01", "currency-mismatch"),
        ("promise --customer C-1001 --amount 5 --made 2026-03-02 --on 2026-03-01", "out-of-range"),
        ("dispute --receivable R-1 --reason x --amount 1000.01", "out-of-range"),
        ("dispute --resolve D-000009 --outcome accepted", "unknown-reference"),
        ("activity --customer C-1001 --channel pigeon --result reached", "wrong-value"),
        ("activity --customer C-1001 --channel phone --result bored", "wrong-value"),
    ],
)
def test_a_record_that_cannot_be_right(desk: Desk, line: str, code: str) -> None:
    """Exit 1, the reason on stderr, and no entry in the ledger."""
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (1, ""), said
    assert f" {code}: " in said.err
    assert json.loads(desk.run("history", "--format", "json").out) == []


# -- reports, facts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["text", "json", "csv"])
@pytest.mark.parametrize("by", ["due", "posting_date", "invoice_date"])
def test_the_aging_in_every_form(desk: Desk, shape: str, by: str) -> None:
    """By any date, for people, programs and spreadsheets."""
    said = desk.run("report", "aging", "--as-of", AS_OF, "--by", by, "--format", shape, "--buckets", "1,30,9999")
    assert (said.exit, said.err) == (0, "")
    assert "C-1001" in said.out
    if shape == "json":
        json.loads(said.out)


def test_the_vocabulary(desk: Desk) -> None:
    """Every fact, for people and for a spreadsheet; no workspace is needed."""
    text, rows = desk.run("facts"), desk.run("facts", "--format", "csv")
    assert (text.exit, rows.exit) == (0, 0)
    assert "days_past_due" in text.out
    assert len(list(csv.reader(io.StringIO(rows.out)))) > 50


def test_the_version_is_that_of_the_project(desk: Desk) -> None:
    """`duly --version`."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    version = next(line.split('"')[1] for line in lines if line.startswith("version"))
    assert desk.run("--version").out == f"duly, version {version}\n"
