"""The smaller texts: the vocabulary, the receipt of an import, the story behind a decision."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.act.explain import Fact, Rule, Story
from engine.act.ways import Way
from engine.book.intake import Landed, Receipt
from engine.facts import FACTS
from engine.report import receipts, story, vocabulary
from tests import plans

RECEIPT = Receipt(
    file="open.csv",
    kind="receivables",
    digest="sha256:" + "0" * 64,
    rows=1_250,
    skipped=2,
    landed=(
        Landed("customers", 300, 12, 0, ()),
        Landed("receivables", 1_200, 48, 0, (("JPY", 98_000), ("EUR", 1_234_550))),
    ),
    notes=("2 customers are spelled in more than one way: Adler, ADLER",),
    dry_run=False,
)


def told(**changes: object) -> Story:
    """A receivable that gets a second reminder."""
    values: dict[str, object] = {
        "subject": "receivable",
        "customer": "C-1001",
        "receivable": "INV-1",
        "policy": "standard",
        "version": 2,
        "file": "policies/standard/v2.yaml",
        "facts": (("days_past_due", "20"), ("open_amount", "1,200.00 EUR")),
        "rules": (
            Rule("level-1", True, (Fact("days_past_due at_least 3", "20", True, "policies/standard/v2.yaml:24:9"),)),
            Rule("level-2", False, (Fact("days_past_due at_least 25", "20", False, "policies/standard/v2.yaml:31:9"),)),
        ),
        "actions": (plans.notice(plans.item("INV-1", amount=120_000)),),
        "withheld": (plans.withheld("interval"),),
        "ways": (Way("wait until 2026-03-06", "notice (level-2)"), Way("pay 1,200.00 EUR", "nothing is called for")),
        "credit": None,
    }
    return Story(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [80, 100, 140])
def test_every_fact_is_listed_with_its_meaning(width: int) -> None:
    """The whole sentence, on as many lines as it needs, none too wide."""
    shown = vocabulary.facts(width=width)
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    assert all(f"\n{name} " in shown for name in FACTS)
    assert "…" not in shown
    for fact in FACTS.values():
        assert all(word in shown for word in fact.meaning.split())


def test_the_facts_as_rows_are_complete() -> None:
    """One row each, below the headings."""
    headings, *rows = vocabulary.fact_rows()
    assert headings == ("fact", "type", "unit", "meaning", "values")
    assert [row[0] for row in rows] == list(FACTS)


def test_a_receipt_shows_the_sums_that_a_controller_compares() -> None:
    """By currency, never added up."""
    assert receipts.receipt(RECEIPT) == (
        "open.csv: 1,250 rows read, 2 of them skipped as the mapping says, 1,500 records added\n"
        "kind         added  there already  sum in file\n"
        "---------------------------------------------------\n"
        "customers      300             12\n"
        "receivables  1,200             48    12,345.50  EUR\n"
        "                                        98,000  JPY\n"
        "note: 2 customers are spelled in more than one way: Adler, ADLER\n"
    )


def test_a_story_says_what_fired_what_nearly_did_and_what_would_change_it() -> None:
    """Outcome first, then the findings with their places."""
    shown = story.explained([told()])
    for expected in (
        "receivable INV-1 of C-1001",
        "Decided by standard v2, policies/standard/v2.yaml",
        "-> notice, level 0 -> 1, 1,200.00 EUR (level-1)",
        "notice, level 1 -> 2 (level-2) is withheld: interval.",
        "What fired",
        "What nearly fired",
        "  level-1\n    yes days_past_due at_least 3: it is 20 (line 24)\n",
        "  level-2\n    no  days_past_due at_least 25: it is 20 (line 31)\n",
        "wait until 2026-03-06",
    ):
        assert expected in shown
    assert shown.index("What fired") < shown.index("What nearly fired") < shown.index("what would change it")


def test_of_the_built_in_reasons_only_those_that_fired_are_told() -> None:
    """That there is no hold is no news; that there is one is."""
    hold = Rule("dunning-hold", False, (Fact("dunning_hold is true", "false", False, ""),))
    assert "dunning-hold" not in story.explained([told(rules=(hold,))])
    assert "dunning-hold" in story.explained([told(rules=(replace(hold, fired=True),))])


def test_nothing_of_a_finding_is_cut() -> None:
    """What is asked goes on in the next line."""
    asked = "customer.undisputed_overdue_amount more_than 50 % of customer.credit_limit"
    rule = Rule(
        "over", False, (Fact(asked, "3,541.10 EUR (customer.credit_limit: 36,000.00 EUR)", False, "v2.yaml:63:9"),)
    )
    shown = " ".join(story.explained([told(rules=(rule,), file="v2.yaml")]).split())
    assert f"{asked}: it is 3,541.10 EUR (customer.credit_limit: 36,000.00 EUR) (line 63)" in shown


def test_a_story_without_a_policy_or_without_anything_is_told_too() -> None:
    """Nobody is left with an empty page."""
    assert "No policy in force covers it." in story.explained([told(policy=None, version=None)])
    assert "Nothing is called for." in story.explained([told(actions=(), withheld=())])
    assert story.explained([]) == "Nothing is open, so nothing is decided.\n"


@given(st.text(max_size=150), st.sampled_from([80, 100]))
def test_no_story_is_wider_than_asked_for(name: str, width: int) -> None:
    """Whatever customers, rules and files are called."""
    rule = Rule(name, True, (Fact(name, name, True, name), Fact(name, "", False, name)))
    shown = story.explained(
        [told(customer=name, receivable=name, file=name, rules=(rule,), ways=(Way(name, name),))], width=width
    )
    assert max(cell_len(line) for line in shown.splitlines()) <= width


def test_of_many_receivables_those_about_which_nothing_is_called_for_are_only_named() -> None:
    """The busy customer's story begins with what is done; everything is told where it is asked for."""
    quiet = told(receivable="INV-2", actions=(), withheld=())
    short = story.explained([told(), quiet], everything=False)
    assert short.endswith("Nothing is called for about 1 more receivable: INV-2 (--all tells of each).\n")
    assert short.count("Decided by") == 1
    assert story.explained([told(), quiet]).count("Decided by") == 2
    assert story.explained([told(policy=None, actions=(), withheld=())], everything=False).count("No policy in force") == 1
