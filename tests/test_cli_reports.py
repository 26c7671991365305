"""The reports on credit at the desk: exposure, reviews and ratings, previews and explanations, used as meant and not."""

import csv
import io
import json
from pathlib import Path

import pytest

from engine.book.store import open_book
from tests.desk import AS_OF, Desk, laid_down
from tests.files import dump

RATED = """\
policy: rated
kind: credit
version: 1
effective_from: 2026-01-01
summary: Whoever is new is a B, with a limit for small orders.
currency: EUR
scorecard:
  base: 100
  characteristics:
    - {id: age, fact: customer.relationship_days, bands: [{below: 365, points: 0}, {from: 365, points: 100}]}
ratings: {bands: [{rating: A, from: 150}, {rating: B, below: 150}]}
limit: {rules: [{id: small, amount: 500.00}]}
review: {every_days: {A: 365, B: 90}, within_days: 10}
"""


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a credit policy beside the letters."""
    desk = laid_down(tmp_path_factory.mktemp("desk"))
    desk.write("policies/rated/v1.yaml", RATED)
    return desk


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """A copy of it."""
    return laid.copied(tmp_path)


@pytest.mark.parametrize("report", ["exposure", "reviews", "ratings"])
def test_every_report_has_three_forms(desk: Desk, report: str) -> None:
    """Text, JSON and CSV; all write nothing."""
    before = dump(open_book(desk.folder / "duly.db"))
    for shape in ("text", "json", "csv"):
        said = desk.run("report", report, "--as-of", AS_OF, "--format", shape)
        assert (said.exit, said.err) == (0, ""), said.err
        if shape == "json":
            assert json.loads(said.out)["as_of"] == AS_OF
        if shape == "csv":
            assert len({len(row) for row in csv.reader(io.StringIO(said.out))}) == 1
    assert dump(open_book(desk.folder / "duly.db")) == before


@pytest.mark.parametrize("by", ["customer", "group", "country", "industry", "segment", "entity"])
def test_the_exposure_by_whatever_adds_up(desk: Desk, by: str) -> None:
    """The lines and the total of the open amounts."""
    said = desk.run("report", "exposure", "--as-of", AS_OF, "--by", by, "--top", "1", "--format", "json")
    (part,) = json.loads(said.out)["currencies"]
    assert part["total"]["exposure"] == "1057.00"
    assert sum(round(float(line["exposure"]) * 100) for line in part["lines"]) == 105_700


@pytest.mark.parametrize(
    ("options", "exit_", "said"),
    [
        (("--currency", "eur"), 1, "--currency unknown-currency: 'eur' is not a currency of ISO 4217; did you mean 'EUR'?\n"),
        (("--currency", "JPY"), 1, "no rate from EUR to JPY on or before 2026-03-04"),
        (("--by", "colour"), 2, "'colour' is not one of"),
        (("--top", "0"), 2, "0 is not in the range"),
        (("--as-of", "tomorrow"), 2, "'tomorrow' is not a date"),
        (("--db", "nowhere.db"), 1, "no-book"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(desk: Desk, options: tuple[str, ...], exit_: int, said: str) -> None:
    """With the offending value; nothing is printed."""
    given = options if "--as-of" in options else ("--as-of", AS_OF, *options)
    result = desk.run("report", "exposure", *given)
    assert (result.exit, result.out) == (exit_, "")
    assert said in result.err


def test_a_day_before_any_policy_has_no_ratings(desk: Desk) -> None:
    """none-in-force; the exposure needs no policy."""
    for report in ("reviews", "ratings"):
        said = desk.run("report", report, "--as-of", "2025-12-31")
        assert said.exit == 1
        assert "none-in-force" in said.err
    assert desk.run("report", "exposure", "--as-of", "2025-12-31").exit == 0


def test_from_the_preview_to_the_worklist(desk: Desk) -> None:
    """Rated and given a limit; three months later reviews are asked for, and a week after that they are overdue."""
    preview = desk.run("preview", "--as-of", AS_OF, "--out", "plan.json", "--actor", "ann").out
    assert "Ratings: 3" in preview and "3 B for the first time." in preview and "What it does to credit limits" in preview
    assert desk.run("apply", "plan.json", "--actor", "ben").exit == 0
    told = desk.run("explain", "C-1001", "--as-of", AS_OF).out
    assert "Score: 100" in told and "customer.relationship_days from " in told and "Credit limit: 500.00 EUR" in told
    ratings = desk.run("report", "ratings", "--as-of", AS_OF).out
    assert "C-1001 Adler GmbH" in ratings and "2026-06-02" in ratings
    assert desk.run("report", "reviews", "--as-of", "2026-06-02").out.endswith("No review is open.\n")
    assert desk.run("preview", "--as-of", "2026-06-02", "--out", "later.json", "--actor", "ann").exit == 0
    assert desk.run("apply", "later.json", "--actor", "ben", "--approve").exit == 0
    said = desk.run("report", "reviews", "--as-of", "2026-06-13").out
    assert "3 reviews are open: 3 overdue, the oldest by 1 day." in said
    assert desk.run("review", "--customer", "C-1001", "--on", "2026-06-13", "--result", "confirmed").exit == 0
    assert "2 reviews are open" in desk.run("report", "reviews", "--as-of", "2026-06-13").out
