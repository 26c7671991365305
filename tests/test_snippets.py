"""What editors offer to write in one go is right where it is offered. That they do offer it is proved by `make editor-test`."""

import json
import re
from pathlib import Path

import pytest

from engine.policy import schema, snippets
from tests.desk import ROOT
from tests.taken import PLACES, asked, flow, offers, plain, problems_of, written_at


@pytest.mark.parametrize("name", [name for name in PLACES if not name.endswith("of its own")])
def test_what_a_snippet_writes_is_right(name: str, tmp_path: Path) -> None:
    """Taken as it is, in a shipped file: `duly` finds nothing wrong; an invariant is proved, a case is kept."""
    file, text, cursor = asked(ROOT, name)
    for number, one in enumerate(offers(name)):
        after = text[:cursor] + flow(one.body) + text[cursor:]
        assert written_at(after, PLACES[name][1]) == plain(one.body)
        assert problems_of(ROOT, file, after, tmp_path / str(number)) == [], one.label


def test_every_place_is_tried() -> None:
    """A snippet that no test takes could be wrong in silence."""
    tried = {(name, key) for name, key, *_ in PLACES.values()}
    there = {(name, path[-1]) for name, places in snippets.PLACES.items() for path in places}
    assert there == tried | {("credit", "covers")}


def test_every_snippet_says_what_it_is_for() -> None:
    """In a sentence, under a label of its own at its place; the cursor stops from 1 on, and each stop has something to keep."""
    for places in snippets.PLACES.values():
        for some in places.values():
            assert len(some) >= 2, "of a single one the server forgets the dash"
            assert len({one.label for one in some}) == len(some)
            for one in some:
                assert one.description[0].isupper() and one.description.endswith(".")
                written = json.dumps(one.body)
                stops = sorted({int(stop) for stop in re.findall(r"\$\{(\d+):[^}]+\}", written)})
                assert stops == list(range(1, len(stops) + 1)), one.label
                assert written.count("$") == len(re.findall(r"\$\{\d+:[^}]+\}", written))


def test_only_the_places_have_snippets() -> None:
    """What stood elsewhere is taken out again."""
    for name, text in schema.schemas().items():
        assert text.count('"defaultSnippets"') == len(snippets.PLACES[name])
