"""The commands by which people grant, confirm, withdraw and review, at the desk: used as meant, and not.

The desk is that of tests/desk.py (C-1001, C-1002, C-1003 of E1 in EUR) with a credit policy `rated` beside the letters: A from
150 points, B below.
"""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.desk import AS_OF, Desk, laid_down

RATED = """\
policy: rated
kind: credit
version: 1
effective_from: 2026-01-01
summary: Whoever pays most invoices on time is an A.
currency: EUR
scorecard:
  base: 100
  characteristics:
    - id: punctuality
      fact: customer.on_time_share_12m
      missing: 100
      bands:
        - {below: 90, points: 0}
        - {from: 90, points: 100}
ratings:
  bands:
    - {rating: A, from: 150}
    - {rating: B, below: 150}
"""
OVERRIDE = "override --customer C-1001 --rating B --reason owner --from 2026-03-01 --until 2026-03-31 --actor ann"
LIMIT = "limit --customer C-1001 --amount 5000.00 --currency EUR --reason season --from 2026-03-01 --until 2026-03-31 --actor ann"
SUSPEND = "suspend --customer C-1001 --reason goodwill --from 2026-03-01 --until 2026-03-31 --actor ann"


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk that others are copied from; C-1002 is below C-1003."""
    desk = laid_down(tmp_path_factory.mktemp("desk"))
    desk.write("policies/rated/v1.yaml", RATED)
    desk.write("groups.csv", "number,entity,name,valid_from,parent\nC-1002,E1,Berg AG,2026-01-01,C-1003\n")
    assert desk.run("import", "customers", "groups.csv").exit == 0
    return desk


@pytest.fixture
def desk(laid: Desk, tmp_path: Path) -> Desk:
    """A desk of its own."""
    return laid.copied(tmp_path)


def test_what_is_granted_waits_is_confirmed_and_ends(desk: Desk) -> None:
    """Three grants of Ann wait; Bob confirms them, one is withdrawn; the history knows, and the ledger holds."""
    for line, what in ((OVERRIDE, "O-000001: override"), (LIMIT, "L-000001: limit"), (SUSPEND, "S-000001: suspension")):
        said = desk.run(*line.split())
        assert (said.exit, said.err) == (0, "")
        assert said.out.startswith(f"{what} recorded for C-1001 (ledger entry ")
        assert said.out.endswith(" from 2026-03-01 to 2026-03-31; it counts once somebody else confirms it\n")
    shown = desk.run("pending", "--as-of", AS_OF).out
    assert "3 records wait for somebody else to confirm" in shown and "rating B" in shown and "limit 5,000.00 EUR" in shown
    for reference in ("O-000001", "L-000001", "S-000001"):
        said = desk.run("confirm", reference, "--on", "2026-03-02", "--actor", "bob")
        assert (said.exit, said.out.split(" recorded")[0]) == (0, f"{reference}: confirmation")
        assert said.out.endswith(" from 2026-03-01 to 2026-03-31; it counts from 2026-03-02 on\n")
    assert desk.run("pending", "--as-of", AS_OF).out == f"Nothing waits for a confirmation as of {AS_OF}.\n"
    assert desk.run("withdraw", "L-000001", "--on", "2026-03-10", "--actor", "ann").exit == 0
    past = desk.run("history", "--customer", "C-1001").out
    for words in ("override", "B until 2026-03-31: owner", "confirmation", "limit L-000001", "5,000.00"):
        assert words in past
    assert desk.run("verify").exit == 0


def test_a_limit_takes_the_currency_of_the_limit_that_it_replaces(desk: Desk) -> None:
    """C-1001 has 4,100.00 USD: another limit is in USD, too, and the reply says where it is less, or cannot be compared."""
    desk.write("limits.csv", "number,entity,name,valid_from,credit_limit,currency\nC-1001,E1,Adler GmbH,2026-02-01,4100.00,USD\n")
    assert desk.run("import", "customers", "limits.csv").exit == 0
    plain = LIMIT.replace(" --currency EUR", "")
    more = desk.run(*plain.split())
    assert more.out.splitlines()[1:] == [
        "  limit 5,000.00 USD from 2026-03-01 to 2026-03-31; it counts once somebody else confirms it"
    ]
    less = "  this is less than the limit in force, 4,100.00 USD: while it lasts it replaces it"
    assert desk.run(*plain.replace("5000.00", "4099.99").split()).out.splitlines()[2:] == [less]
    assert desk.run(*plain.replace("5000.00", "4100.00").split()).out.splitlines()[2:] == []
    other = "  this is in another currency than the limit in force, 4,100.00 USD: while it lasts it replaces it"
    assert desk.run(*LIMIT.split()).out.splitlines()[2:] == [other]
    assert desk.run(*plain.replace("2026-03-01", "2026-01-31").split()).err.startswith("currency missing-value: ")
    assert desk.run("confirm", "L-000001", "--on", "2026-03-01", "--actor", "bob").exit == 0
    of_both = desk.run(*plain.replace("5000.00", "4500.00").split()).out
    assert "less than the limit in force, 5,000.00 USD" in of_both, "of a temporary one and the usual one the former is in force"


def test_what_waits_in_every_form(desk: Desk) -> None:
    """For programs and for spreadsheets; nothing waits in an empty list and in headings alone."""
    assert desk.run("pending", "--format", "json").out == "[]\n"
    assert len(list(csv.reader(io.StringIO(desk.run("pending", "--format", "csv").out)))) == 1
    desk.run(*LIMIT.split())
    (found,) = json.loads(desk.run("pending", "--as-of", AS_OF, "--format", "json").out)
    assert (found["reference"], found["amount"], found["customer_name"]) == ("L-000001", 500000, "Adler GmbH")
    rows = list(csv.reader(io.StringIO(desk.run("pending", "--as-of", AS_OF, "--format", "csv").out)))
    assert dict(zip(*rows, strict=True))["amount"] == "5000.00"


def test_a_groups_limit(desk: Desk) -> None:
    """On its top, without end."""
    said = desk.run(*"limit --group --customer C-1003 --amount 0 --currency USD --reason caution --from 2026-03-01".split())
    assert (said.exit, said.err) == (0, "")
    assert "group limit 0.00 USD" in desk.run("pending", "--as-of", AS_OF).out


def test_a_review_is_recorded(desk: Desk) -> None:
    """With what came of it."""
    said = desk.run("review", "--customer", "C-1001", "--result", "limit kept", "--on", "2026-03-02", "--note", "visited")
    assert (said.exit, said.err) == (0, "")
    assert said.out.startswith("V-000001: credit review recorded for C-1001 (ledger entry ")
    assert "limit kept" in desk.run("history", "--customer", "C-1001").out


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (OVERRIDE.replace("rating B", "rating C"), "wrong-value", "'C' is none of A, B"),
        (OVERRIDE.replace("C-1001", "C-1O01"), "unknown-customer", "C-1O01"),
        (OVERRIDE.replace("2026-03-31", "2026-02-28"), "out-of-range", "is before --from, which is 2026-0"),
        (OVERRIDE.replace("2026-03-01", "2025-12-31"), "none-in-force", "no policy is in force on 2025-12-31"),
        (LIMIT.replace(" --until 2026-03-31", ""), "missing-value", "has a last day"),
        (LIMIT.replace("5000.00", "-5"), "bad-amount", "less than 0"),
        (LIMIT.replace("EUR", "EUX"), "unknown-currency", "EUX"),
        (LIMIT.replace(" --currency EUR", ""), "missing-value", "currency missing-value: 'C-1001' has no credit limit"),
        (LIMIT + " --group", "not-the-top", "nobody's parent"),
        (LIMIT.replace("C-1001", "C-1002") + " --group", "not-the-top", "the group of 'C-1003'"),
        (SUSPEND.replace("C-1001", "C-9"), "unknown-customer", "C-9"),
        ("review --customer C-9 --result kept", "unknown-customer", "C-9"),
        ("review --customer C-1001 --result kept --on 8999-12-31", "out-of-range", "'8999-12-31' is after today, "),
        ("confirm L-000009", "unknown-reference", "L-000009"),
        ("withdraw L-000009", "unknown-reference", "L-000009"),
    ],
)
def test_a_grant_that_cannot_be_right(desk: Desk, line: str, code: str, words: str) -> None:
    """Exit 1, the reason on stderr, and no entry in the ledger."""
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (1, ""), said
    assert f" {code}: " in said.err and words in said.err
    assert json.loads(desk.run("history", "--format", "json").out) == []


def test_a_rating_needs_a_policy_that_rates(desk: Desk) -> None:
    """With letters only, there is no rating to override."""
    (desk.folder / "policies" / "rated" / "v1.yaml").unlink()
    said = desk.run(*OVERRIDE.split())
    assert (said.exit, said.out) == (1, "")
    assert "rating wrong-value: 'B' is no rating: no credit policy in force on 2026-03-01 has any" in said.err


def test_nobody_confirms_alone_or_twice(desk: Desk) -> None:
    """Ann may not; Bob may, once; what is withdrawn nobody may."""
    desk.run(*LIMIT.split())
    alone = desk.run("confirm", "L-000001", "--on", "2026-03-02", "--actor", "ANN")
    assert (alone.exit, alone.out) == (1, "") and " same-person: " in alone.err
    assert desk.run("confirm", "L-000001", "--on", "2026-04-01", "--actor", "bob").exit == 1
    assert desk.run("confirm", "L-000001", "--on", "2026-03-02", "--actor", "bob").exit == 0
    assert " already-confirmed: " in desk.run("confirm", "L-000001", "--on", "2026-03-02", "--actor", "eve").err
    assert desk.run("withdraw", "L-000001", "--on", "2026-03-03").exit == 0
    assert " already-withdrawn: " in desk.run("withdraw", "L-000001", "--on", "2026-03-03").err


@pytest.mark.parametrize(
    "line",
    [
        "override --customer C-1001 --rating B --reason x",
        "override --customer C-1001 --reason x --until 2026-03-31",
        "limit --customer C-1001 --reason x --until 2026-03-31",
        "limit --amount 5 --reason x --until 2026-03-31",
        "limit --customer C-1001 --amount 5 --until 2026-03-31",
        "limit --customer C-1001 --amount 5 --reason x --until soon",
        "suspend --customer C-1001 --reason x",
        "suspend --reason x --until 2026-03-31",
        "confirm",
        "confirm L-000001 --on today",
        "withdraw",
        "review --customer C-1001",
        "review --result kept",
        "pending --format yaml",
        "pending L-000001",
    ],
)
def test_wrong_use_is_a_usage_error(desk: Desk, line: str) -> None:
    """Exit 2, nothing on stdout, and a word about what is wrong."""
    said = desk.run(*line.split())
    assert (said.exit, said.out) == (2, ""), said
    assert "Usage:" in said.err


@pytest.mark.parametrize(
    "line", [OVERRIDE, LIMIT, SUSPEND, "confirm L-1", "withdraw L-1", "review --customer C-1001 --result x", "pending"]
)
def test_without_a_book(desk: Desk, line: str) -> None:
    """One line that says where there is none."""
    said = desk.run(*line.split(), "--db", "nope.db")
    assert (said.exit, said.out) == (1, "")
    assert said.err.startswith("nope.db no-book: ")
