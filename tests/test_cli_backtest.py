"""`duly backtest` and `duly forecast` at the desk, used as meant and not."""

import json
from pathlib import Path

import pytest

from engine.book.store import open_book
from tests.desk import AS_OF, ROOT, Desk, laid_down
from tests.files import dump

RANGE = ("--from", "2026-03-01", "--to", "2026-03-20")
CREDIT = str(ROOT / "policies/trade-credit/v1.yaml")
PAID = "number,entity,customer,received,amount,currency,receivable\nP-1,E1,C-1001,2026-03-07,1000.00,EUR,R-1\n"


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three customers, one of whom has paid two days after the first letter would have gone out."""
    desk = laid_down(tmp_path_factory.mktemp("desk"))
    desk.write("payments.csv", PAID)
    done = desk.run("import", "payments", "payments.csv", "--actor", "test")
    assert done.exit == 0, done.err
    return desk


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """A copy of it."""
    return laid.copied(tmp_path)


def test_a_backtest_has_three_forms_and_writes_nothing_but_its_page(desk: Desk) -> None:
    """Text, JSON, and a page beside either."""
    before = dump(open_book(desk.folder / "duly.db"))
    text = desk.run("backtest", *RANGE, "--policy", "trade@1")
    assert (text.exit, text.err) == (0, "")
    assert text.out.startswith("Backtest 2026-03-01 to 2026-03-20, 20 days: trade v1\n")
    value = json.loads(
        desk.run("backtest", *RANGE, "--policy", "trade@1", "--format", "json", "--html", "page.html").out
    )
    (side,) = value["sides"]
    assert (side["notices"], side["anyway"]) == (3, {"judged": 2, "paid": 1, "hundredths_of_percent": 5000})
    assert "Customers&#39; reaction is not modelled" in desk.read("page.html")
    assert dump(open_book(desk.folder / "duly.db")) == before
    assert sorted(one.name for one in desk.folder.iterdir() if one.suffix == ".html") == ["page.html"]


def test_a_draft_is_held_against_what_is_in_force(desk: Desk) -> None:
    """By version and by file; whatever the draft's first day."""
    desk.write("policies/trade/v2.yaml", desk.read("policies/trade/v1.yaml").replace("version: 1", "version: 2").replace(
        "effective_from: 2026-01-01", "effective_from: 2027-01-01").replace("after_days: 3", "after_days: 7"))  # fmt: skip
    for new in ("trade@2", "policies/trade/v2.yaml"):
        value = json.loads(
            desk.run("backtest", *RANGE, "--policy", new, "--against", "trade@1", "--format", "json").out
        )
        assert [(one["label"], one["notices"]) for one in value["sides"]] == [("trade v1", 3), ("trade v2", 2)]


def test_a_forecast_has_three_forms_and_writes_nothing_but_its_page(desk: Desk) -> None:
    """Text, JSON, and a page beside either."""
    before = dump(open_book(desk.folder / "duly.db"))
    text = desk.run("forecast", "--as-of", AS_OF, "--days", "10", "--html", "page.html")
    assert (text.exit, text.err) == (0, "")
    assert text.out.startswith("Forecast 2026-03-04 to 2026-03-13, 10 days\n")
    value = json.loads(desk.run("forecast", "--as-of", AS_OF, "--days", "10", "--format", "json").out)
    assert value["nobody_pays"]["notices"] == 4
    assert "No new invoice comes in" in desk.read("page.html")
    assert dump(open_book(desk.folder / "duly.db")) == before


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("--from", "2026-03-20", "--to", "2026-03-01", "--policy", "trade@1"), 1, "--from bad-range: the first day"),
        (
            ("--from", "2026-03-01", "--to", "2999-03-01", "--policy", "trade@1"),
            1,
            "--from bad-range: 2999-03-01 is not over",
        ),
        (("--from", "2016-03-01", "--to", "2026-03-01", "--policy", "trade@1"), 1, "name 1,100 at most"),
        (("--from", "1.3.2026", "--to", "2026-03-01", "--policy", "trade@1"), 2, "'1.3.2026' is not a date"),
        (("--from", "2026-03-01", "--policy", "trade@1"), 2, "Missing option '--to'"),
        (RANGE, 2, "Missing option '--policy'"),
        ((*RANGE, "--policy", "trade@7"), 1, "policies/trade/v7.yaml"),
        ((*RANGE, "--policy", "nothing.yaml"), 1, "nothing.yaml"),
        ((*RANGE, "--policy", "trade"), 1, "write trade@1 for the newest"),
        ((*RANGE, "--policy", "trade@1", "--against", CREDIT), 2, "trade/v1.yaml not-decided: only two policies of one kind "),
        ((*RANGE, "--policy", CREDIT, "--against", "trade@1"), 2, "v1.yaml not-decided: only two policies of one kind "),
        ((*RANGE, "--policy", "trade@1", "--against", "other@1"), 1, "policies/other/v1.yaml"),
        ((*RANGE, "--policy", "trade@1", "--db", "other.db"), 1, "other.db no-book: "),
        ((*RANGE, "--policy", "trade@1", "--html", "no/page.html"), 1, "cannot-write: there is no folder no;"),
    ],
)
def test_a_mistake_is_one_clear_line(desk: Desk, args: tuple[str, ...], exit_code: int, said: str) -> None:
    """What was wrong, and no traceback."""
    done = desk.run("backtest", *args)
    assert done.exit == exit_code and done.out == ""
    assert said in done.err.splitlines()[-1]


def test_a_forecast_needs_a_policy_in_force_something_owed_and_a_number_of_days(desk: Desk) -> None:
    """Each is one line."""
    early = desk.run("forecast", "--as-of", "2025-06-01")
    assert (early.exit, early.err.count("\n")) == (1, 1) and " none-in-force: " in early.err
    assert desk.run("forecast", "--days", "0").exit == 2
    assert desk.run("init", "new").exit == 0
    empty = desk.run("forecast", "--db", "new/duly.db", "--as-of", AS_OF)
    assert (empty.exit, empty.err.count("\n")) == (1, 1) and "book empty-book: " in empty.err
    nothing = desk.run("backtest", *RANGE, "--policy", "trade@1", "--db", "new/duly.db")
    assert (nothing.exit, nothing.err.count("\n")) == (1, 1) and "book empty-book: " in nothing.err
