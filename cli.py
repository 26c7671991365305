"""The command line: every command is three moves, options, one call of the engine, and what it says.

Comes in: arguments. Goes out: the result on stdout, all else on stderr, and the exit code (engine.errors.Exit).
Know before changing: this is the only place that reads the clock, the environment and the user's name. Problems become lines
and exit codes once, in `Duly`. Heavy libraries are imported inside commands, so that `duly --help` is quick.
"""

import getpass
import io
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import VERSION
from engine.errors import Exit, Place, Problem, Refusal

if TYPE_CHECKING:
    from engine.act.apply import Applied
    from engine.act.recording import Recorded
    from engine.book.store import Book
    from engine.decide.audit import Difference
    from engine.decide.made import Outcome
    from engine.diff.impact import Impact
    from engine.diff.proved import Verdict
    from engine.diff.since import Since
    from engine.policy.cases import Case
    from engine.policy.library import Library
    from engine.policy.model import Policy
    from engine.report.page import Page

# More lines of problems than a person reads in a terminal; the rest is counted.
MOST_PROBLEMS = 50
# Work that takes longer shows a bar.
PATIENCE_SECONDS = 1.0
# Numbers of runs, entries and subjects; SQLite has no larger ones than 64 bits.
MOST = 1_000_000_000
# A century: more days than that are a slip of the key.
MOST_DAYS = 36_500
KNOWN_ALL = "9999-12-31T23:59:59Z"
# engine.report.verdict has them; a test proves that these are its own.
CHECK_FORMATS = ("text", "json", "github", "sarif", "junit", "markdown")
DEMO_FILES = "demo"
DEMO_WEEKS = 10

Command = Callable[..., None]


class Duly(click.Group):
    """The group in which problems become lines on stderr and an exit code, once for all commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an argument that is not text: it could neither be looked up nor shown."""
        for arg in args:
            if not _is_text(arg):
                ctx.fail(f"{arg!r} is not UTF-8 text")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a Refusal ends it, and so does a file that cannot be written."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            _say(refusal.problems)
            sys.exit(refusal.exit)
        except sqlite3.DatabaseError as error:
            from engine.book.store import trouble

            befallen = trouble(error, Place("book"))
            if befallen is None:
                raise
            _say(befallen.problems)
            sys.exit(befallen.exit)
        except BrokenPipeError:
            # The reader (`| head`) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(Exit.OK)
        except OSError as error:
            _say([Problem(Place(str(error.filename or "disk")), "cannot-write", f"{error.strerror or error}")])
            sys.exit(Exit.NO)


def _say(problems: Sequence[Problem | str]) -> None:
    """Problems as lines on stderr, the first MOST_PROBLEMS of them."""
    for problem in problems[:MOST_PROBLEMS]:
        click.echo(str(problem), err=True)
    if len(problems) > MOST_PROBLEMS:
        click.echo(f"... and {len(problems) - MOST_PROBLEMS:,} more problems", err=True)


def _is_text(arg: str) -> bool:
    """Whether the bytes of an argument were text."""
    try:
        arg.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Date(click.ParamType[str]):
    """A day of the calendar, written 2026-03-01."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The ISO date, or a usage error that says how to write it."""
        try:
            written = date.fromisoformat(value).isoformat()
        except ValueError:
            written = ""
        if written != value or not "1900" < value < "9000":
            self.fail(f"'{value}' is not a date; write it as 2026-03-01", param, ctx)
        return value


class _Instant(click.ParamType[str]):
    """An instant in UTC, written 2026-03-01T08:00:00Z, or a day, which means its end."""

    name = "instant"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The instant as the book writes it."""
        text = f"{value}T23:59:59Z" if len(value) == 10 else value
        try:
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - Z is UTC
        except ValueError:
            self.fail(f"'{value}' is not an instant; write it as 2026-03-01T08:00:00Z or 2026-03-01", param, ctx)


DATE = _Date()
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


def _today() -> str:
    """The business date where none is named."""
    return date.today().isoformat()  # noqa: DTZ011 - a business date is local


def _now() -> str:
    """The instant that is recorded."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _user() -> str:
    """Who acts where nobody is named."""
    try:
        return os.environ.get("DULY_ACTOR") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _with(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order written."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


db_option = click.option(
    "--db", type=FILE, default=Path("duly.db"), envvar="DULY_DB", show_default=True, help="The book (env DULY_DB)."
)


def _into_folder(ctx: click.Context, param: click.Parameter, file: Path | None) -> Path | None:
    """A file that is written last, after minutes of work: whether its folder is there is looked at first."""
    if file is not None and not file.parent.is_dir():
        message = f"there is no folder {file.parent}; make it, or name another file"
        raise Refusal([Problem(Place(str(file)), "cannot-write", message)])
    return file


html_option = click.option(
    "--html", type=FILE, callback=_into_folder, help="Write a page with charts to this file as well."
)
policies_option = click.option(
    "--policies", type=FOLDER, default=Path("policies"), show_default=True, help="The folder of the policies."
)
as_of_option = click.option("--as-of", type=DATE, default=_today, help="The business date. [default: today]")
known_at_option = click.option(
    "--known-at",
    type=_Instant(),
    default=KNOWN_ALL,
    show_default=False,
    help="What was known at an instant. [default: all]",
)
actor_option = click.option("--actor", default=_user, help="Who acts (env DULY_ACTOR). [default: the system's user]")
all_option = click.option("--all", "everything", is_flag=True, help="Every row of every table.")


def format_option(*formats: str) -> Callable[[Command], Command]:
    """`--format`, the first of the formats by default."""
    kind = click.Choice(formats)
    return click.option(
        "--format", "shape", type=kind, default=formats[0], show_default=True, help="How it is written."
    )


def _write_all_scripts(stream: object) -> None:
    """Files and pipes get UTF-8 on every system; a terminal shows `?` for what its encoding does not have."""
    if isinstance(stream, io.TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")


def _width() -> int:
    """Columns to write in: the terminal's, but no more than 100, so that it prints and mails well."""
    return min(100, shutil.get_terminal_size((100, 24)).columns) if sys.stdout.isatty() else 100


def _colour() -> bool:
    """Colour only for a person at a terminal who has not set NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _look() -> dict[str, Any]:
    """How text is rendered here."""
    return {"width": _width(), "colour": _colour()}


def _print(text: str) -> None:
    """The result, as it is."""
    click.echo(text, nl=not text.endswith("\n"))


def _csv(rows: Any) -> None:
    """Rows for a spreadsheet."""
    from engine.report.csvs import written

    _print(written(rows))


def _json(value: object) -> None:
    """A value for a program."""
    _print(_json_text(value))


def _json_text(value: object) -> str:
    """A value as JSON, for people to read as well."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _open(path: Path) -> "Book":
    """The book."""
    from engine.book.store import open_book

    return open_book(path)


def _library(folder: Path) -> "Library":
    """The policies of a folder; Refusal with all their problems where there are any."""
    from engine.policy.library import load

    library = load(folder)
    if library.problems:
        raise Refusal(library.problems)
    return library


def _in_force(folder: Path, as_of: str) -> "tuple[Policy, ...]":
    """The versions that decide on the date; Refusal where none is in force yet."""
    return _deciding(_library(folder), folder, as_of)


def _deciding(library: "Library", folder: Path, as_of: str) -> "tuple[Policy, ...]":
    """Those of the folder's policies that decide on the date; Refusal where none is in force yet."""
    from engine.policy.library import in_force

    found = in_force(library.policies, as_of)
    if not found:
        message = f"no policy is in force on {as_of}; look at effective_from, or name another date with --as-of"
        raise Refusal([Problem(Place(str(folder)), "none-in-force", message)])
    return found


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, once the work takes longer than PATIENCE_SECONDS and a person is watching."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    progress, begun = Progress(*columns, console=console, transient=True), time.monotonic()
    task = progress.add_task(label)

    def step(done: int, of: int) -> None:
        """So much of the work is done."""
        progress.update(task, completed=done, total=of)
        if console.is_terminal and time.monotonic() - begun > PATIENCE_SECONDS:
            progress.start()

    try:
        yield step
    finally:
        # Stopping a bar that never began would print an empty line.
        if progress.live.is_started:
            progress.stop()


@click.group(cls=Duly, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="duly")
def main() -> None:
    """Credit and dunning policies, duly applied: preview them on the real book, apply exactly that plan once, prove it.

    Exit codes: 0 fine, 1 the answer is no, 2 usage, 3 changes pending, 4 refused (nothing done), 5 partly done.
    """
    for stream in (sys.stdout, sys.stderr):
        _write_all_scripts(stream)


@main.command(short_help="Lay down a new workspace: policies, schemas, an empty book.")
@click.argument("folder", type=FOLDER)
def init(folder: Path) -> None:
    """Lay down a new workspace in FOLDER: starter policies, schemas for the editor, an empty book."""
    from engine.book import workspace

    laid = workspace.lay_down(folder)
    _print(
        f"{folder}: {len(laid)} files: policies/ to edit, schemas/ for the editor, duly.db for the book\n"
        f"next: cd {folder}, duly check, duly import receivables FILE --mapping MAPPING, duly preview\n"
    )


@main.command(short_help="Make a book of 300 customers, and preview it.")
@click.argument("folder", type=FOLDER, default=Path("duly-demo"))
@all_option
def demo(folder: Path, everything: bool) -> None:
    """Make a book of 300 customers in FOLDER (default duly-demo), and preview the starter policies over it.

    Its files are imported as anybody's would be, and the policies have been applied every week for ten weeks. Run again, it
    shows the same preview of the same folder.
    """
    from engine.act.plan import plan
    from engine.book import demo as made
    from engine.book import workspace
    from engine.report.render import preview as text

    if not (folder / DEMO_FILES).is_dir():
        workspace.lay_down(folder)
        _made(folder, made.files(made.AS_OF), made.AS_OF)
    with chdir(folder):
        # From inside, so that it is the very plan that `duly preview` makes there: a plan names its policies' files.
        book = _open(Path(workspace.BOOK))
        the_plan = plan(book, _in_force(Path(workspace.POLICIES), made.AS_OF), as_of=made.AS_OF, planner=_user())
    _print(text(the_plan, limit=None if everything else 8, **_look()))
    click.echo(f"\nThe same again: cd {folder}; duly preview --as-of {made.AS_OF}", err=True)


def _made(folder: Path, files: dict[str, str], as_of: str) -> None:
    """The demo's files, written into the workspace and imported as anybody's would be; then ten weeks of runs."""
    from engine.act import rehearsal
    from engine.book import intake
    from engine.book.demo_desk import DESK

    (folder / DEMO_FILES).mkdir()
    book, days = _open(folder / "duly.db"), rehearsal.weekly(as_of, DEMO_WEEKS)
    known = {"actor": "demo", "now": f"{days[0]}T07:00:00Z"}
    for kind, text in files.items():
        path = folder / DEMO_FILES / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        done = intake.load(book, kind, path, None, dry_run=False, expect_rows=None, expect_total=None, **known)
        click.echo(f"imported {path}: {done.added:,} records", err=True)
    policies = folder / "policies"
    templates, letters = policies / "templates", folder / "outbox"
    for run in rehearsal.rehearse(book, _library(policies), templates, letters, days, DESK, as_of):
        click.echo(f"applied as of {run.as_of}: {sum(count for _, count in run.done):,} actions", err=True)
    book.close()


@main.command("import", short_help="Take a file in: all of it lands, or nothing does.")
@click.argument("kind")
@click.argument("file", type=FILE)
@db_option
@click.option(
    "--mapping", type=FILE, help="YAML that says which column is which field, and how dates and amounts are written."
)
@click.option("--dry-run", is_flag=True, help="Do everything but keep it.")
@click.option(
    "--expect-rows", type=click.IntRange(min=0), help="Control total: refuse a file with another number of rows."
)
@click.option("--expect-total", help="Control total: refuse another sum of amounts; `123.45` or `USD:123.45,CAD:1.00`.")
@actor_option
def import_(
    kind: str,
    file: Path,
    db: Path,
    mapping: Path | None,
    dry_run: bool,
    expect_rows: int | None,
    expect_total: str | None,
    actor: str,
) -> None:
    """Take FILE (CSV or XLSX) in as KIND. All of it lands, or nothing does.

    KIND is one of entities, calendars, fx_rates, market, customers, contacts, assessments, receivables, orders, credits,
    payments, allocations, disputes, promises, holds, activities. With a mapping, one file may yield several of them.
    """
    from engine.book import intake
    from engine.book import mapping as mappings
    from engine.report.receipts import receipt

    read = mappings.load(mapping) if mapping else None
    done = intake.load(
        _open(db),
        kind,
        file,
        read,
        dry_run=dry_run,
        expect_rows=expect_rows,
        expect_total=expect_total,
        actor=actor,
        now=_now(),
    )
    _print(receipt(done, **_look()))


class _Report(click.ParamType[tuple[str, Path]]):
    """A form of a report and the file it goes to, written sarif=out.sarif."""

    name = "format=file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        """The form and the file, or a usage error that lists the forms."""
        if isinstance(value, tuple):
            return value
        shape, _, file = value.partition("=")
        if shape not in CHECK_FORMATS or not file:
            self.fail(f"'{value}' is not FORMAT=FILE with one of {', '.join(CHECK_FORMATS)}", param, ctx)
        return shape, Path(file)


def _apart(reports: Sequence[tuple[str, Path]]) -> None:
    """A usage error where two reports go to one file: the second would overwrite the first."""
    taken = set[Path]()
    for _, file in reports:
        if file.resolve() in taken:
            raise click.UsageError(f"'{file}' is named for two reports; give each a file of its own")
        taken.add(file.resolve())


@main.command(short_help="Check policies: syntax, schema, meaning and cases; what CI runs.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option(*CHECK_FORMATS)
@click.option(
    "--report", "reports", type=_Report(), multiple=True, help="Also write it to a file: sarif=out.sarif. Repeatable."
)
@click.option("--as-of", type=DATE, default=_today, help="The date for waivers that end. [default: today]")
@click.option("--since", metavar="REVISION", help="Only what has changed since a revision of git: origin/main.")
@click.option("--prove", "also", is_flag=True, help="Also what `duly prove` finds over all facts (needs duly[prove]).")
def check(
    paths: tuple[Path, ...], shape: str, reports: tuple[tuple[str, Path], ...], as_of: str, since: str | None, also: bool
) -> None:
    """Check policies: syntax, schema, meaning and cases. PATHS are folders or files (default: policies)."""
    from engine.decide.trial import checked
    from engine.report import verdict

    _apart(reports)
    where = paths or (Path("policies"),)
    found = checked(where, as_of, since=since, live=_live, processes=_processes())
    if also:
        with _proving("duly check"):
            from engine.prove.checking import also_proved
        found = also_proved(found, where, as_of, changed=since is not None)
    for form, file in reports:
        file.write_text(verdict.FORMATS[form](found), encoding="utf-8", errors="replace")
    if shape == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8", errors="replace") as page:
            page.write(verdict.markdown(found))
    if shape != "text":
        _print(verdict.FORMATS[shape](found))
        sys.exit(Exit.NO if verdict.errors(found) else Exit.OK)
    _say(verdict.lines(found))
    if verdict.errors(found):
        sys.exit(Exit.NO)
    _print(verdict.answer(found) + "\n")


@contextmanager
def _proving(command: str) -> Iterator[None]:
    """Whatever is loaded inside makes proofs; Refusal `needs-extra` where what they are made with is not installed."""
    try:
        yield
    except ModuleNotFoundError as absent:
        if absent.name != "z3":
            raise
        message = "proofs are made with z3, which is not installed; run: pip install 'duly[prove]'"
        raise Refusal([Problem(Place(command), "needs-extra", message)], Exit.USAGE) from absent


def _processes() -> int:
    """How many processes may share work: one for each processor, but only where a process may be forked and has no threads."""
    threads = Path("/proc/self/task")
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and len(list(threads.iterdir())) == 1 else 1


def _live(policy: "Policy", cases: "Sequence[Case]") -> "Sequence[Outcome]":
    """What is decided about cases that have a book; what lives through them is loaded only where there are such cases."""
    from engine.act.lived import outcomes

    return outcomes(policy, cases)


@main.command("test", short_help="Run the cases of policies.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "word", default="", help="Only cases with this word in their name, or in their policy's.")
@format_option("text", "json", "junit")
@click.option("--report", "reports", multiple=True, help="Write a report to a file as well: text=, json= or junit=FILE.")
@click.option("--update", is_flag=True, help="Write what is decided into the cases that failed, and show the diff.")
@click.option("--coverage", "cover", is_flag=True, help="Say which rules, levels, comparisons and bounds no case tries.")
@click.option("--mutate", is_flag=True, help="Plant small faults in the policies, and say which no case notices.")
@click.option("--fail-under", type=click.FloatRange(0, 100), default=0.0, help="Fail where less percent are noticed or covered.")
def try_cases(
    paths: tuple[Path, ...],
    word: str,
    shape: str,
    reports: tuple[str, ...],
    update: bool,
    cover: bool,
    mutate: bool,
    fail_under: float,
) -> None:
    """Run the cases of policies. PATHS are folders or files (default: policies). A run without a case is a failure."""
    from engine.assay import command

    wanted = command.reports(reports)
    if wanted is None:
        raise click.UsageError("write --report as junit=FILE, json=FILE or text=FILE")
    _apart(wanted)
    if update and (cover or mutate or fail_under):
        raise click.UsageError("--update goes with none of --coverage, --mutate and --fail-under; run them afterwards")
    least = round(fail_under * 100)
    # A threshold of nothing would always be kept.
    cover = cover or bool(least and not mutate)
    found = command.run(paths or (Path("policies"),), word, cover=cover, mutate=mutate, least=least)
    for kind, file in wanted:
        file.write_text(found.written(kind, _json_text), encoding="utf-8")
    if update:
        _say(found.warnings)
        _print(found.update())
        return
    _print(found.written(shape, _json_text))
    _say(found.problems or found.warnings)
    sys.exit(Exit.NO if found.wrong else Exit.OK)


@main.command(short_help="Lay policies out in the one layout; comments stay.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", "only_look", is_flag=True, help="Write nothing; exit 1 where a file is not in the layout.")
@click.option("--diff", "differences", is_flag=True, help="Write nothing; show what would change.")
def fmt(paths: tuple[Path, ...], only_look: bool, differences: bool) -> None:
    """Lay out policies and cases in the one layout. PATHS are folders or files (default: policies).

    Keys come in the order of the reference, two blanks for each step. What a file says stays, and so does each comment: a
    version that was released or applied may be laid out anew.
    """
    from engine.policy import tidy

    found = tidy.look(paths or (Path("policies"),))
    if not (only_look or differences):
        tidy.write(found)
    _print("".join(one.diff() for one in found.untidy) if differences else tidy.told(found, written=not only_look))
    if found.problems:
        raise Refusal(found.problems)
    sys.exit(Exit.NO if only_look and found.untidy else Exit.OK)


@main.command(short_help="Prove what policies can never do, or show for whom they do.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--db", type=FILE, help="Count, in this book, whom each finding is about.")
@as_of_option
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@format_option("text", "json")
def prove(paths: tuple[Path, ...], db: Path | None, as_of: str, strict: bool, shape: str) -> None:
    """Prove over all possible facts what policies can never do, or show the smallest made subject for whom they do.

    PATHS are folders or files (default: policies). Needs `pip install 'duly[prove]'`.
    """
    with _proving("duly prove"):
        from engine.prove.prove import proved
        from engine.report import proof
    found = proved(paths or (Path("policies"),), as_of, _open(db) if db else None)
    if shape == "json":
        _json(proof.values(found))
    else:
        _print(proof.text(found))
    sys.exit(Exit.NO if found.errors or (strict and found.findings) else Exit.OK)


@main.command(short_help="Say what a change of a policy changes, in words and for the book.")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--since", metavar="REVISION", help="Instead of OLD and NEW: all that has changed since a revision of git.")
@click.option(
    "--db", "--book", "db", type=FILE, help="Compare, over this book, what would be done with OLD and with NEW in force."
)
@click.option("--prove", is_flag=True, help="Prove whether NEW is stricter or milder, and for whom it is alike (duly[prove]).")
@_with(policies_option, as_of_option, known_at_option, format_option("text", "json", "markdown"), html_option)
def diff(
    old: str | None,
    new: str | None,
    since: str | None,
    db: Path | None,
    prove: bool,
    policies: Path,
    as_of: str,
    known_at: str,
    shape: str,
    html: Path | None,
) -> None:
    """Say in words what is otherwise in the policy NEW than in OLD, each with its line; with --db also for whom.

    Each is a file, a version in the folder of policies (standard@2), or a file at a revision of git
    (main:policies/standard/v1.yaml). With --since every version that has changed is compared, and the book is planned once.
    """
    from engine.diff.compare import compare
    from engine.diff.find import found
    from engine.report import changes
    from engine.report import impact as told

    if since is not None and old is None:
        _diff_since(since, policies, db, prove=prove, as_of=as_of, known_at=known_at, shape=shape, html=html)
        return
    if old is None or new is None or since is not None:
        raise click.UsageError("name OLD and NEW, or --since REVISION for all that has changed")
    compared = compare(found(old, policies), found(new, policies))
    proved = _verdict(compared.old, compared.new) if prove else None
    moved = _impact(db, policies, compared.old, compared.new, as_of, known_at) if db else None
    if html:
        from engine.report import impact_page

        _page(html, impact_page.of_pair(compared, proved, moved))
    match shape:
        case "json":
            beside = {"proof": changes.plain_proof(proved)} if proved else {}
            beside |= {"impact": told.plain(moved)} if moved else {}
            _json(changes.plain(compared) | beside)
        case "markdown":
            _print(told.markdown(compared, moved, proved))
        case _:
            beyond = [changes.proof_text(proved)] if proved else []
            beyond += [told.text(moved, **_look())] if moved else []
            _print("\n".join([changes.text(compared), *beyond]))


def _diff_since(
    revision: str,
    policies: Path,
    db: Path | None,
    *,
    prove: bool,
    as_of: str,
    known_at: str,
    shape: str,
    html: Path | None,
) -> None:
    """All that has changed since a revision. What cannot be read is told in its place, and makes the answer no."""
    from engine.diff.since import since
    from engine.report import since as told

    found = since(policies, revision)
    asked = [(one.file, one.old, one.new) for one in found.policies if prove]
    proofs = {file: _verdict_or_why(old, new) for file, old, new in asked if old and new}
    impact, problems = _impact_since(found, policies, db, as_of, known_at) if found.policies else ("", ())
    whole = told.Told(found, proofs, impact)
    if html:
        from engine.report import impact_page

        _page(html, impact_page.of_since(whole))
    match shape:
        case "json":
            _json(told.plain(whole))
        case "markdown":
            _print(told.markdown(whole))
        case _:
            _print(told.text(whole, **_look()))
    if problems:
        raise Refusal(problems)


def _impact_since(
    found: "Since", policies: Path, db: Path | None, as_of: str, known_at: str
) -> "tuple[Impact | str, tuple[Problem, ...]]":
    """What everybody who decides now would do to the book in place of those who did, or why nothing was planned."""
    from engine.diff.impact import between
    from engine.errors import WARNINGS
    from engine.policy.library import in_force, load
    from engine.report.since import NO_BOOK, WRONG

    if db is None:
        return NO_BOOK, found.problems
    library = load(policies)
    problems = tuple(problem for problem in library.problems if problem.code not in WARNINGS)
    if problems:
        return WRONG, problems
    before, after = found.deciding(in_force(library.policies, as_of))
    with _bar("planning") as progress:
        return between(_open(db), before, after, as_of=as_of, known_at=known_at, progress=progress), ()


def _verdict_or_why(old: "Policy", new: "Policy") -> "Verdict | str":
    """Whether the change is stricter or milder, or why that cannot be proved; a missing extra ends the command."""
    try:
        return _verdict(old, new)
    except Refusal as why:
        if any(problem.code == "needs-extra" for problem in why.problems):
            raise
        return "; ".join(problem.message for problem in why.problems)


def _verdict(old: "Policy", new: "Policy") -> "Verdict":
    """Whether the change is stricter or milder; a proof needs an extra."""
    with _proving("duly diff"):
        from engine.diff.proved import verdict
    return verdict(old, new)


def _impact(db: Path, policies: Path, old: "Policy", new: "Policy", as_of: str, known_at: str) -> "Impact":
    """What the one would do to the book in place of the other."""
    from engine.diff.impact import impact
    from engine.policy.library import in_force

    others = in_force(_library(policies).policies, as_of)
    with _bar("planning") as progress:
        return impact(_open(db), old, new, others, as_of=as_of, known_at=known_at, progress=progress)


@main.group("policy")
def policy_() -> None:
    """Versions of policies: which is in force when, new ones, drafts, releases."""


first_day_option = click.option("--effective-from", type=DATE, required=True, help="The first day on which it decides.")


@policy_.command("list", short_help="Every version: from when until when it decides, and for whom.")
@_with(policies_option, as_of_option, format_option("text", "json", "csv"))
def list_(policies: Path, as_of: str, shape: str) -> None:
    """Every version of every policy: from when until when it decides, for whom, and whether it is released."""
    from engine.policy import versions
    from engine.report import versions as table

    found = versions.standings(policies, as_of)
    match shape:
        case "json":
            _json(table.plain(found))
        case "csv":
            _csv(table.csv_rows(found))
        case _:
            _print(table.text(found, as_of, **_look()))


@policy_.command(short_help="Begin a policy, with cases that it keeps.")
@click.argument("name")
@_with(policies_option, first_day_option)
@click.option("--kind", type=click.Choice(["dunning", "credit"]), default="dunning", show_default=True, help="What it decides.")
@click.option("--currency", help="What its amounts are in. [default: that of the policies there, else EUR]")
def new(name: str, policies: Path, effective_from: str, kind: str, currency: str | None) -> None:
    """Begin the policy NAME: a small version 1 to write over, for the customers of the segment NAME, and its cases."""
    from engine.policy import versions

    laid = versions.new(policies, name, kind, currency=currency, effective_from=effective_from)
    _print("".join(f"{path}\n" for path in laid) + "next: edit them, duly check\n")


@policy_.command(short_help="Begin the next version of a policy.")
@click.argument("name")
@_with(policies_option, first_day_option)
def draft(name: str, policies: Path, effective_from: str) -> None:
    """Begin the next version of the policy NAME: the text of the newest, comments and all, with the next number."""
    from engine.policy import versions

    made = versions.draft(policies, name, effective_from=effective_from)
    _print(f"{made.path}: {made.policy.name} v{made.policy.version}, in force from {made.policy.effective_from}\n")


@policy_.command("release", short_help="Seal versions: from then on an edit of them is an error.")
@click.argument("names", nargs=-1, required=True)
@_with(policies_option)
def release_policy(names: tuple[str, ...], policies: Path) -> None:
    """Seal versions in released.sha256: from then on `duly check` refuses what is edited.

    NAMES are policies (standard: all of its versions) or versions (standard/v2). All policies must be right and keep their cases.
    """
    from engine.decide.trial import checked
    from engine.policy import versions
    from engine.report import verdict

    found = checked((policies,), live=_live)
    if verdict.errors(found):
        raise Refusal(found.problems)
    sealed = versions.release(policies, names)
    _print("".join(f"{policy.name} v{policy.version} is released\n" for policy in sealed) or "released before\n")


@main.command(short_help="Show what the policies would do on a date, and what they withhold.")
@_with(
    db_option,
    policies_option,
    as_of_option,
    known_at_option,
    actor_option,
    format_option("text", "json", "csv"),
    all_option,
)
@click.option("--out", type=FILE, help="Write the plan to this file, for `duly apply`.")
@click.option("--audit", type=click.IntRange(1, MOST), help="Decide so many subjects of each policy again, one by one.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 3 where the plan holds actions.")
def preview(
    db: Path,
    policies: Path,
    as_of: str,
    known_at: str,
    actor: str,
    shape: str,
    everything: bool,
    out: Path | None,
    audit: int | None,
    detailed_exitcode: bool,
) -> None:
    """Show everything that the policies would do on the date, and everything that they withhold, with the reasons."""
    from engine.act.plan import plan
    from engine.act.values import to_json
    from engine.report import csvs, render

    in_force, book = _in_force(policies, as_of), _open(db)
    with _bar("planning") as progress:
        the_plan = plan(book, in_force, as_of=as_of, known_at=known_at, planner=actor, progress=progress)
    if audit:
        _audit(book, in_force, as_of, known_at, audit)
    if out:
        out.write_text(to_json(the_plan), encoding="utf-8")
    match shape:
        case "json":
            _print(to_json(the_plan))
        case "csv":
            _csv(csvs.csv_rows(the_plan))
        case _:
            _print(render.preview(the_plan, limit=None if everything else render.ROWS, **_look()))
    if detailed_exitcode and the_plan.actions:
        sys.exit(Exit.CHANGES)


def differing(one: "Difference") -> Problem:
    """What an audit says of a subject that came out otherwise by itself."""
    what = f"decided by class: {', '.join(one.by_class)}; by itself: {', '.join(one.by_itself)}; report this as a bug"
    return Problem(Place(f"{one.policy}/{one.subject}/{one.id}"), "audit-differs", what)


def _audit(book: "Book", policies: "tuple[Policy, ...]", as_of: str, known_at: str, most: int) -> None:
    """Decide a sample again, one by one; any difference ends the command, since no plan may then be trusted."""
    from engine.decide.audit import audit

    audited = audit(book, policies, as_of=as_of, known_at=known_at, most=most)
    if audited.differences:
        raise Refusal(map(differing, audited.differences))
    click.echo(f"audit: {audited.subjects:,} subjects decided again one by one, no difference", err=True)


@main.command()
@click.argument("plan_file", metavar="PLAN", type=FILE)
@_with(db_option, policies_option, actor_option)
@click.option("--skip-stale", is_flag=True, help="Leave out customers who moved since the plan was made; do the rest.")
@click.option("--skip-unapproved", is_flag=True, help="Leave out actions that wait for an approval; do the rest.")
@click.option("--approve", is_flag=True, help="Carry the plan out although it exceeds a limit (`limits`) of a policy.")
def apply(
    plan_file: Path, db: Path, policies: Path, actor: str, skip_stale: bool, skip_unapproved: bool, approve: bool
) -> None:
    """Carry out exactly the plan in the file PLAN, once, or refuse it."""
    from engine.act import apply as act
    from engine.act.values import from_json
    from engine.report.records import applied

    the_plan = from_json(_read(plan_file), str(plan_file))
    library, book = _library(policies), _open(db)
    with _bar("applying") as progress:
        done: Applied = act.apply(
            book,
            the_plan,
            library.policies,
            actor=actor,
            now=_now(),
            skip_stale=skip_stale,
            skip_unapproved=skip_unapproved,
            approve=approve,
            progress=progress,
        )
    _print(applied(done, **_look()))
    sys.exit(done.exit)


@main.command("approve", short_help="Approve actions of a plan that wait for somebody in your role.")
@click.argument("plan_file", metavar="PLAN", type=FILE)
@_with(db_option, policies_option, actor_option)
@click.option("--address", "addresses", multiple=True, help="Only the action at this address; may be repeated.")
@click.option("--role", help="Only in this role. [default: every role of yours]")
def approve_(
    plan_file: Path, db: Path, policies: Path, actor: str, addresses: tuple[str, ...], role: str | None
) -> None:
    """Approve the actions of the plan in the file PLAN that wait for somebody in your role (policies/roles.yaml).

    Whoever made the plan cannot approve it, and whoever applies it cannot count on an approval of their own.
    """
    from engine.act.consent import approve
    from engine.act.values import from_json
    from engine.report.records import approved

    the_plan, library = from_json(_read(plan_file), str(plan_file)), _library(policies)
    if library.roles is None:
        message = "this file says who may approve, and it is not there; write it, as `duly init` lays it down"
        raise Refusal([Problem(Place(str(policies / "roles.yaml")), "no-roles", message)])
    done = approve(_open(db), the_plan, library.roles, actor=actor, now=_now(), addresses=addresses, role=role)
    _print(approved(done, library.roles, **_look()))


def _read(path: Path) -> str:
    """The text of a file that a person names; Refusal where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not text" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
        raise Refusal([Problem(Place(str(path)), "unreadable-file", f"the file {reason}; check its name")]) from error


@main.command(short_help="Why: policy, rules, findings, what would change it, history.")
@click.argument("subject")
@_with(db_option, policies_option, as_of_option, known_at_option, format_option("text", "json"))
@click.option("--entity", help="The entity of a receivable whose number is not unique.")
@click.option("--all", "everything", is_flag=True, help="Also each receivable about which nothing is called for.")
def explain(
    subject: str,
    db: Path,
    policies: Path,
    as_of: str,
    known_at: str,
    shape: str,
    entity: str | None,
    everything: bool,
) -> None:
    """Why: the policy, rules and findings for SUBJECT (a customer or receivable), what would change it, and its history."""
    from dataclasses import asdict

    from engine.act import explain as why
    from engine.act import ledger, look_up
    from engine.report import records, story

    in_force, book = _in_force(policies, as_of), _open(db)
    about = look_up.named(book, subject, entity)
    number = about.receivable.number if about.receivable else None
    stories = why.explain(book, in_force, about.customer.id, as_of=as_of, known_at=known_at, receivable=number)
    if shape == "json":
        _json([asdict(one) for one in stories])
        return
    _print(story.explained(stories, everything=everything or number is not None, **_look()))
    past = ledger.history(book, customer=None if number else about.customer.number, receivable=number)
    for page in records.history(past, **_look()):
        _print(page)


@main.command(short_help="What was done, by whom and when, newest first.")
@_with(db_option, format_option("text", "json"))
@click.option("--customer", help="Only what concerns this customer.")
@click.option("--receivable", help="Only what concerns this receivable.")
@click.option("--run", type=click.IntRange(1, MOST), help="Only this run.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="So many entries, newest first."
)
def history(db: Path, shape: str, customer: str | None, receivable: str | None, run: int | None, limit: int) -> None:
    """What was done, by whom and under which plan: the ledger, newest entry first."""
    from dataclasses import asdict

    from engine.act import ledger
    from engine.report import records

    entries = ledger.history(_open(db), customer=customer, receivable=receivable, run=run, limit=limit)
    if shape == "json":
        _json([asdict(entry) for entry in entries])
        return
    for page in records.history(entries, **_look()):
        _print(page)


@main.command(short_help="Prove the ledger unbroken, or name the first bad entry.")
@db_option
@click.option("--checkpoint", type=FILE, help="Compare with a head that was kept elsewhere.")
@click.option("--write-checkpoint", type=FILE, help="Keep the head in this file.")
def verify(db: Path, checkpoint: Path | None, write_checkpoint: Path | None) -> None:
    """Prove the ledger unbroken, or name the first entry that does not fit."""
    from engine.act import ledger
    from engine.report import records

    book = _open(db)
    found = ledger.verify(book, ledger.read_checkpoint(checkpoint) if checkpoint else None)
    if found.problems:
        raise Refusal(found.problems)
    if write_checkpoint:
        ledger.write_checkpoint(book, write_checkpoint)
    _print(records.verdict(found, **_look()))


@main.command(short_help="Make the plan of an old run again, from the book as it was known then.")
@click.argument("run", metavar="RUN")
@_with(db_option, format_option("text", "json"))
@click.option("--out", type=FILE, help="Write the plan as it comes out now to this file.")
def replay(run: str, db: Path, shape: str, out: Path | None) -> None:
    """Make the plan of an old run again, from the book as it was known then, and say whether it is the same to the byte.

    RUN is the number of a run (`duly history`), or a file that `duly preview --out` wrote. The rows, the policies' texts and the
    date are those of then, whatever has come since. Exit code 1 where anything is otherwise.
    """
    from engine.act import replay as act
    from engine.act.values import from_json, to_json
    from engine.report import replayed

    if run.isdecimal() and int(run) > MOST:
        raise click.BadParameter(f"{run} is no number of a run; they go up to {MOST:,}", param_hint="RUN")
    book = _open(db)
    with _bar("replaying") as progress:
        if run.isdecimal():
            found = act.of_run(book, int(run), progress=progress)
        else:
            found = act.of_plan(book, from_json(_read(Path(run)), run), run, progress=progress)
    if out:
        out.write_text(to_json(found.made), encoding="utf-8")
    if shape == "json":
        _json(replayed.plain(found))
    else:
        _print(replayed.text(found, **_look()))
    sys.exit(Exit.OK if found.same else Exit.NO)


@main.command(short_help="Live past days through again with a policy, or with another in its place.")
@click.option("--from", "since", type=DATE, required=True, help="The first day.")
@click.option("--to", "until", type=DATE, required=True, help="The last day.")
@click.option("--policy", "new_word", metavar="NEW", required=True, help="The policy: a file, standard@2 or REV:FILE.")
@click.option("--against", "old_word", metavar="OLD", help="The policy that it takes the place of, for both beside each other.")
@_with(db_option, policies_option, format_option("text", "json"), html_option)
def backtest(
    since: str,
    until: str,
    new_word: str,
    old_word: str | None,
    db: Path,
    policies: Path,
    shape: str,
    html: Path | None,
) -> None:
    """Live the book through day by day as it was known then, with the policy NEW in force all the time, and count what it does.

    With --against once more with OLD in its place. Customers' reaction is not modelled: they pay when they paid. The book is only
    read.
    """
    from engine.backtest.backtest import backtest as run
    from engine.diff.find import found
    from engine.report import backtests

    new, old = found(new_word, policies), found(old_word, policies) if old_word else None
    versions, book = _library(policies).policies, _open(db)
    with _bar("living through") as progress:
        told = run(book, new, old, versions, since=since, until=until, today=_today(), progress=progress)
    if html:
        _page(html, backtests.page(told))
    if shape == "json":
        _json(backtests.plain(told))
    else:
        _print(backtests.text(told, **_look()))


@main.command(short_help="The days to come: if nobody pays, and if everybody pays as they did.")
@click.option("--days", "days_ahead", type=click.IntRange(1, 366), default=30, show_default=True, help="How many days.")
@_with(db_option, policies_option, as_of_option, format_option("text", "json"), html_option)
def forecast(days_ahead: int, db: Path, policies: Path, as_of: str, shape: str, html: Path | None) -> None:
    """What the policies will call for from today on, day by day, twice: if nobody pays, and if everybody pays as they did.

    Says what comes in and what stays open, and what it takes for granted. The book is only read.
    """
    from engine.backtest.forecast import forecast as run
    from engine.report import forecasts

    library = _library(policies)
    _deciding(library, policies, as_of)
    book = _open(db)
    with _bar("looking ahead") as progress:
        told = run(book, library.policies, as_of=as_of, days_ahead=days_ahead, progress=progress)
    if html:
        _page(html, forecasts.page(told))
    if shape == "json":
        _json(forecasts.plain(told))
    else:
        _print(forecasts.text(told, **_look()))


def _page(file: Path, page: "Page") -> None:
    """The page written to a file, which needs nothing beside it."""
    from engine.report.page import html

    file.write_text(html(page), encoding="utf-8")


def subject_options(command: Command) -> Command:
    """Whom a record is about."""
    return _with(
        click.option("--customer", help="The customer's number."),
        click.option("--receivable", help="The receivable's number."),
        click.option("--entity", help="The entity of a receivable whose number is not unique."),
        db_option,
        actor_option,
    )(command)


def _recorded(done: "Recorded") -> None:
    """What a person recorded, in words."""
    from engine.report import records

    _print(records.recorded(done, width=_width()))


@main.command(short_help="Stop chasing, or selling on credit.")
@subject_options
@click.option(
    "--kind",
    type=click.Choice(["dunning", "credit"]),
    default="dunning",
    show_default=True,
    help="What is stopped: dunning, that is chasing, or selling on credit.",
)
@click.option("--reason", required=True, help="Why, for whoever reads it in a year.")
@click.option("--from", "since", type=DATE, default=_today, help="From this day on. [default: today]")
@click.option("--until", type=DATE, help="The last day. [default: until it is released]")
def hold(**said: Any) -> None:
    """Stop the chasing of a customer or a receivable (dunning), or selling to a customer on credit (credit)."""
    from engine.act import records

    _recorded(records.hold(_open(said.pop("db")), now=_now(), **said))


@main.command()
@click.argument("reference")
@_with(db_option, actor_option)
@click.option("--on", "released", type=DATE, default=_today, help="The day it ends. [default: today]")
@click.option("--reason", help="Why.")
def release(reference: str, db: Path, actor: str, released: str, reason: str | None) -> None:
    """Lift the hold REFERENCE, such as H-000001, whoever set it."""
    from engine.act import records

    _recorded(
        records.release(_open(db), reference=reference, released=released, actor=actor, now=_now(), reason=reason)
    )


@main.command()
@subject_options
@click.option("--amount", required=True, help="How much, such as 1200.00.")
@click.option("--currency", help="Its currency. [default: the receivable's or the entity's]")
@click.option("--on", "promised", type=DATE, required=True, help="The day it is promised for.")
@click.option("--made", type=DATE, default=_today, help="The day it was made. [default: today]")
@click.option("--grace-days", type=click.IntRange(0, MOST_DAYS), default=0, show_default=True, help="Days to wait beyond it.")
def promise(**said: Any) -> None:
    """Record that a customer committed to pay an amount by a date."""
    from engine.act import records

    _recorded(records.promise(_open(said.pop("db")), now=_now(), **said))


@main.command(short_help="Record what a customer contests, or how that ended.")
@subject_options
@click.option("--amount", help="The contested part. [default: the whole]")
@click.option("--reason", help="Why, in the customer's words.")
@click.option(
    "--on", "opened", type=DATE, default=_today, help="The day it was raised, or was settled. [default: today]"
)
@click.option("--resolve", "reference", help="End the dispute of this reference instead.")
@click.option("--outcome", type=click.Choice(["accepted", "rejected", "withdrawn"]), help="How it ended.")
def dispute(
    db: Path, actor: str, opened: str, reference: str | None, outcome: str | None, reason: str | None, **said: Any
) -> None:
    """Record that a customer contests a receivable, or (--resolve) how that ended."""
    from engine.act import records

    if reference:
        if not outcome:
            raise click.UsageError("--resolve needs --outcome")
        done = records.resolve(
            _open(db), reference=reference, outcome=outcome, resolved=opened, actor=actor, now=_now()
        )
    else:
        if not said["receivable"] or not reason:
            raise click.UsageError("a dispute needs --receivable and --reason")
        done = records.dispute(_open(db), opened=opened, actor=actor, now=_now(), reason=reason, **said)
    _recorded(done)


@main.command()
@subject_options
@click.option("--channel", required=True, help="How: phone, email, letter, meeting, visit, chat.")
@click.option(
    "--result",
    required=True,
    help="What came of it: reached, no-answer, message-left, promise, dispute, refused, other.",
)
@click.option("--on", "date", type=DATE, default=_today, help="The day. [default: today]")
@click.option("--contact", help="With whom.")
@click.option("--expected-payment", type=DATE, help="When they expect to pay.")
@click.option("--note", help="What was said.")
def activity(**said: Any) -> None:
    """Record that somebody spoke or wrote to a customer."""
    from engine.act import records

    _recorded(records.activity(_open(said.pop("db")), now=_now(), **said))


def grant_options(command: Command) -> Command:
    """Whom something is granted to, why and from when."""
    return _with(
        click.option("--customer", required=True, help="The customer's number."),
        click.option("--reason", required=True, help="Why, for whoever confirms it and whoever reads it in a year."),
        click.option("--from", "since", type=DATE, default=_today, help="From this day on. [default: today]"),
        db_option,
        actor_option,
    )(command)


until_option = click.option("--until", type=DATE, required=True, help="The last day.")


@main.command(short_help="Rate a customer otherwise than the policies do, for a time.")
@grant_options
@until_option
@policies_option
@click.option("--rating", required=True, help="One of the ratings of the credit policies in force.")
def override(policies: Path, since: str, **said: Any) -> None:
    """Rate a customer otherwise than the policies do, for a time. It counts once somebody else has confirmed it."""
    from engine.act import grants

    in_force = _in_force(policies, since)
    ratings = [each.name for one in in_force if one.credit and one.credit.ratings for each in one.credit.ratings.of]
    done = grants.override(_open(said.pop("db")), ratings=list(dict.fromkeys(ratings)), since=since, now=_now(), **said)
    _recorded(done)


@main.command(short_help="Grant a customer a temporary limit, or a group its limit.")
@grant_options
@click.option("--until", type=DATE, help="The last day. Needed, but for the limit of a group.")
@click.option("--amount", required=True, help="The limit, such as 80000.00; 0: no credit.")
@click.option("--currency", help="Its currency. [default: that of the customer's own credit limit in the book]")
@click.option("--group", is_flag=True, help="For the customer and all below it; the customer is the top of its group.")
def limit(**said: Any) -> None:
    """Grant a temporary limit, or the limit of a group. It counts once somebody else has confirmed it."""
    from engine.act import grants

    _recorded(grants.limit(_open(said.pop("db")), now=_now(), **said))


@main.command(short_help="Let a customer buy in spite of all credit holds, for a time.")
@grant_options
@until_option
def suspend(**said: Any) -> None:
    """Put all credit holds of a customer out of force for a time. It counts once somebody else has confirmed it."""
    from engine.act import grants

    _recorded(grants.suspend(_open(said.pop("db")), now=_now(), **said))


@main.command(short_help="Confirm what somebody else granted.")
@click.argument("reference")
@_with(db_option, actor_option)
@click.option("--on", "confirmed", type=DATE, default=_today, help="From this day on it counts. [default: today]")
def confirm(reference: str, db: Path, actor: str, confirmed: str) -> None:
    """Confirm the override, limit or suspension REFERENCE, such as L-000001, that somebody else recorded."""
    from engine.act import grants

    _recorded(grants.confirm(_open(db), reference=reference, confirmed=confirmed, actor=actor, now=_now()))


@main.command(short_help="End early what was granted.")
@click.argument("reference")
@_with(db_option, actor_option)
@click.option("--on", "withdrawn", type=DATE, default=_today, help="From this day on it is over. [default: today]")
def withdraw(reference: str, db: Path, actor: str, withdrawn: str) -> None:
    """End the override, limit or suspension REFERENCE, such as L-000001, early, confirmed or not."""
    from engine.act import grants

    _recorded(grants.withdraw(_open(db), reference=reference, withdrawn=withdrawn, actor=actor, now=_now()))


@main.command(short_help="Record that a customer's credit was reviewed.")
@click.option("--customer", required=True, help="The customer's number.")
@click.option("--result", required=True, help="What came of it.")
@click.option("--note", help="What else there is to say.")
@click.option("--on", "reviewed", type=DATE, default=_today, help="The day. [default: today]")
@_with(db_option, actor_option)
def review(**said: Any) -> None:
    """Record that somebody looked at a customer's credit. Reviews that were called for until that day are done."""
    from engine.act import grants

    _recorded(grants.review(_open(said.pop("db")), now=_now(), today=_today(), **said))


@main.command(short_help="What waits for somebody else to confirm it.")
@_with(db_option, as_of_option, known_at_option, format_option("text", "json", "csv"))
def pending(db: Path, as_of: str, known_at: str, shape: str) -> None:
    """The overrides, limits and suspensions that nobody has confirmed yet, those that begin first at the top."""
    from engine.act import grants
    from engine.report import pending as table

    waiting = grants.pending(_open(db), as_of=as_of, known_at=known_at)
    match shape:
        case "json":
            _json(table.plain(waiting))
        case "csv":
            _csv(table.csv_rows(waiting))
        case _:
            _print(table.text(waiting, as_of, **_look()))


@main.command(short_help="Write what is in the outbox as files, each once.")
@_with(db_option, policies_option, actor_option)
@click.option("--to", "folder", type=FOLDER, required=True, help="The folder that the files go to.")
def deliver(db: Path, policies: Path, actor: str, folder: Path) -> None:
    """Write what is in the outbox as files, one for each notice, alert and hand-over, each once."""
    from engine.act import outbox

    done = outbox.deliver(_open(db), folder, policies / "templates", now=_now(), actor=actor)
    _print(f"{done.sent:,} sent to {folder}, {done.found:,} lay there already, {len(done.failed):,} failed\n")
    _say([Problem(Place(f"{one.customer}/{one.kind}"), "not-delivered", one.reason) for one in done.failed])
    sys.exit(done.exit)


@main.group("decide")
def decide_() -> None:
    """Answers of the policies to one question at a time."""


@decide_.command("order", short_help="May this customer buy that on credit? Approve, refer or refuse.")
@click.argument("orders", required=False, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@_with(db_option, policies_option, as_of_option, known_at_option, format_option("text", "json"))
@click.option("--customer", help="The number of the customer who wants to buy.")
@click.option("--amount", help="How much, such as 12000.00.")
@click.option("--currency", help="The currency of the order.")
@click.option("--reference", help="Your own number of the order, for the answer.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 where an order is referred or refused.")
def order(
    orders: Path | None,
    db: Path,
    policies: Path,
    as_of: str,
    known_at: str,
    shape: str,
    customer: str | None,
    amount: str | None,
    currency: str | None,
    reference: str | None,
    detailed_exitcode: bool,
) -> None:
    """Judge an order: approve, refer or refuse, with the reasons and what would make it pass. Nothing is recorded.

    Many at once: ORDERS is a file, or - for stdin, with a JSON list of {"customer", "amount", "currency", "reference"}, or
    one such object on each line. They are judged one after the other; what is approved counts against the next ones.
    """
    from engine.act import order_reading
    from engine.act.orders import judge
    from engine.policy.library import in_force
    from engine.report import orders as told

    if orders is not None and (customer, amount, currency, reference) != (None,) * 4:
        raise click.UsageError("name one order by its options, or a file of orders, not both")
    if orders is not None:
        piped = str(orders) == "-"
        asked = order_reading.read(_stdin() if piped else _read(orders), "stdin" if piped else str(orders))
    elif customer is None or amount is None or currency is None:
        raise click.UsageError("an order needs --customer, --amount and --currency; or name a file of orders, - for stdin")
    else:
        asked = order_reading.one(customer, amount, currency, reference)
    in_use = in_force(_library(policies).policies, as_of)
    answers = judge(_open(db), in_use, asked, as_of=as_of, known_at=known_at)
    if shape == "json":
        found = [told.to_json(answer) for answer in answers]
        _json(found if orders is not None else found[0])
    else:
        _print(told.text(answers, as_of, **_look()))
    if detailed_exitcode and any(answer.verdict != "approve" for answer in answers):
        sys.exit(Exit.NO)


def _stdin() -> str:
    """What another program sends; Refusal where it is not text."""
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal([Problem(Place("stdin"), "not-text", "what came is not UTF-8 text; send JSON")]) from error


@main.group()
def report() -> None:
    """Tables of the book."""


@report.command(short_help="Open amounts by age, and the exposure.")
@_with(db_option, as_of_option, known_at_option, format_option("text", "json", "csv"), all_option)
@click.option(
    "--by",
    type=click.Choice(["due", "posting_date", "invoice_date"]),
    default="due",
    show_default=True,
    help="The date that days are counted from.",
)
@click.option("--buckets", default="30,60,90", show_default=True, help="The last day of each bucket.")
def aging(db: Path, as_of: str, known_at: str, shape: str, everything: bool, by: str, buckets: str) -> None:
    """Open amounts by age, less unapplied credit: the exposure of every customer."""
    from engine.report import aging as table

    basis = {"due": "due", "posting_date": "posted", "invoice_date": "issued"}[by]
    found = table.aging(_open(db), as_of=as_of, known_at=known_at, by=basis, buckets=_buckets(buckets))
    match shape:
        case "json":
            _json(table.to_json(found))
        case "csv":
            _csv(table.csv_rows(found))
        case _:
            _print(table.text(found, limit=None if everything else 20, **_look()))


def _buckets(text: str) -> tuple[int, ...]:
    """The bounds of the buckets, rising."""
    try:
        bounds = tuple(int(part) for part in text.split(","))
    except ValueError:
        bounds = ()
    if not bounds or list(bounds) != sorted(set(bounds)) or bounds[0] < 1 or bounds[-1] > MOST_DAYS:
        raise click.BadParameter(f"'{text}' are not rising days; write them as 30,60,90", param_hint="--buckets")
    return bounds


@report.command(short_help="What we stand to lose: buckets that add up, limits, concentration.")
@_with(db_option, as_of_option, known_at_option, format_option("text", "json", "csv"), all_option)
@click.option("--currency", help="Everything in this currency. [default: that of our entities, where they have one]")
@click.option(
    "--by",
    type=click.Choice(["customer", "group", "country", "industry", "segment", "entity"]),
    default="customer",
    show_default=True,
    help="What a line is.",
)
@click.option(
    "--top", type=click.IntRange(1, MOST), help="So many of the largest, the others as one. [default: 20 in text, else all]"
)
def exposure(
    db: Path, as_of: str, known_at: str, shape: str, everything: bool, currency: str | None, by: str, top: int | None
) -> None:
    """What we stand to lose: not due, overdue, disputed, unapplied credit, open orders; security, limits, concentration."""
    from engine.report import exposure as risk
    from engine.report import exposure_rows, exposure_text

    most = top if top or everything or shape != "text" else exposure_text.ROWS
    found = risk.exposure(_open(db), as_of=as_of, known_at=known_at, currency=currency, by=by, top=most)
    match shape:
        case "json":
            _json(exposure_rows.to_json(found))
        case "csv":
            _csv(exposure_rows.csv_rows(found))
        case _:
            _print(exposure_text.text(found, **_look()))


@report.command(short_help="Which reviews of credit are open, the most urgent first.")
@_with(db_option, policies_option, as_of_option, known_at_option, format_option("text", "json", "csv"))
@click.option("--all", "everything", is_flag=True, help="Every open review, and the next one of every other customer.")
def reviews(db: Path, policies: Path, as_of: str, known_at: str, shape: str, everything: bool) -> None:
    """Which reviews of credit are open: due when, why, how the customer is rated, what is at stake, who looks after it."""
    from engine.report import reviews as worklist
    from engine.report.standing import standings

    found = standings(_open(db), _in_force(policies, as_of), as_of=as_of, known_at=known_at)
    match shape:
        case "json":
            _json(worklist.to_json(found, as_of, every=everything))
        case "csv":
            _csv(worklist.csv_rows(found, every=everything))
        case _:
            limit = None if everything else worklist.ROWS
            _print(worklist.text(found, as_of, every=everything, limit=limit, **_look()))


@report.command(short_help="How customers are rated: score, rating, limit and terms.")
@_with(db_option, policies_option, as_of_option, known_at_option, format_option("text", "json", "csv"), all_option)
def ratings(db: Path, policies: Path, as_of: str, known_at: str, shape: str, everything: bool) -> None:
    """How customers are rated today: how many stand where with how much exposure, then score, rating, limit and terms of each."""
    from engine.report import ratings as stands
    from engine.report.standing import standings

    in_force = _in_force(policies, as_of)
    found = standings(_open(db), in_force, as_of=as_of, known_at=known_at)
    match shape:
        case "json":
            _json(stands.to_json(found, in_force, as_of))
        case "csv":
            _csv(stands.csv_rows(found))
        case _:
            _print(stands.text(found, in_force, as_of, limit=None if everything else stands.ROWS, **_look()))


@main.command(short_help="The vocabulary: every fact that a policy may test.")
@format_option("text", "csv")
def facts(shape: str) -> None:
    """The vocabulary: every fact that a policy may test, with its type, unit and meaning."""
    from engine.report import vocabulary

    if shape == "csv":
        _csv(vocabulary.fact_rows())
    else:
        _print(vocabulary.facts(**_look()))


if __name__ == "__main__":
    main(prog_name="duly")
