"""Whether a change is stricter or milder, proved, against brute force: fifty random pairs, everybody looked at."""

import random
import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from engine.diff.proved import Verdict, verdict
from tests import pairs
from tests.pairs import Told

PAIRS = 50
# Done more is good for the customer.
MILD = frozenset({"release_credit_hold for overdue"})


def told(found: Verdict) -> tuple[frozenset[str], ...]:
    """The kinds of action that a verdict names: stricter, milder, otherwise."""
    return tuple(frozenset(one.kind for one in side) for side in (found.stricter, found.milder, found.otherwise))


def sided(found: Told) -> tuple[frozenset[str], ...]:
    """The same of what brute force found."""
    return ((found.more - MILD) | (found.less & MILD), (found.less - MILD) | (found.more & MILD), found.otherwise)


def word(found: Told) -> str:
    """What the law calls it."""
    strict, mild, other = map(bool, sided(found))
    also = ", and otherwise" if other else ""
    words = {
        (True, True): "both stricter and milder",
        (True, False): f"only stricter{also}",
        (False, True): f"only milder{also}",
    }
    return words.get((strict, mild), "otherwise, neither stricter nor milder" if other else "equivalent")


def test_random_pairs_agree_with_brute_force() -> None:
    """Of each pair every kind of action on every side, so also the word; both ways round. Every word occurs."""
    rng, words = random.Random(4), Counter[str]()
    for number in range(PAIRS):
        old, new = pairs.pair(rng)
        proved, forced = verdict(old, new), pairs.by_force(old, new)
        assert told(proved) == sided(forced), (number, proved.word)
        assert proved.word == word(forced)
        back = told(verdict(new, old)) if number % 4 == 0 else None
        assert back is None or back == (told(proved)[1], told(proved)[0], told(proved)[2])
        words[proved.word.split(",")[0]] += 1
    assert min(words[one] for one in ("equivalent", "only stricter", "only milder", "both stricter and milder")) >= 3, (
        words
    )


def test_each_example_of_random_pairs_behaves_so() -> None:
    """Under the oracle: what is said to be done more is done, what is said not to be done is not, and what differs differs."""
    rng, seen = random.Random(8), Counter[str]()
    for _ in range(30):
        old, new = pairs.pair(rng)
        found = verdict(old, new)
        for side, proofs in (("stricter", found.stricter), ("milder", found.milder), ("otherwise", found.otherwise)):
            for proof in proofs:
                facts = pairs.complete(proof.example.facts)
                before, after = pairs.done(old, facts), pairs.done(new, facts)
                more = (side == "stricter") is (proof.kind not in MILD)
                if side == "otherwise":
                    assert before[proof.kind] != after[proof.kind]
                elif proof.kind == "late_fee" and {proof.kind} <= set(before) & set(after):
                    seen["fee"] += 1
                    assert before[proof.kind] != after[proof.kind]
                else:
                    assert (proof.kind in after, proof.kind in before) == (more, not more), proof.text
                seen[side] += 1
        if found.stricter and found.milder:
            seen["both"] += 1
    assert min(seen[side] for side in ("stricter", "milder", "otherwise", "both")) >= 3, seen


MEANT: tuple[tuple[str, Callable[[pairs.Facts, str], bool]], ...] = (
    (r"less than (\d+) days? past due", lambda facts, bound: number(facts, "days_past_due") < int(bound)),
    (r"more than (\d+) days? past due", lambda facts, bound: number(facts, "days_past_due") > int(bound)),
    (r"that is not due yet()", lambda facts, _: number(facts, "days_past_due") < 0),
    (r"of less than ([\d,.]+) EUR", lambda facts, bound: number(facts, "open_amount") < minor(bound)),
    (r"of more than ([\d,.]+) EUR", lambda facts, bound: number(facts, "open_amount") > minor(bound)),
    (r"below level (\d+)", lambda facts, bound: number(facts, "level") < int(bound)),
    (r"above level (\d+)", lambda facts, bound: number(facts, "level") > int(bound)),
    (r"in segment (\w+)", lambda facts, name: facts["customer.segment"] == name),
    (r"without (customer.segment)", lambda facts, name: facts[name] is None),
    (r"with dispute (\w+)", lambda facts, state: facts["dispute"] == state),
)


def number(facts: pairs.Facts, name: str) -> int:
    """A fact that is a number."""
    value = facts[name]
    assert isinstance(value, int), (name, value)
    return value


def minor(written: str) -> int:
    """Minor units of an amount."""
    return int(written.replace(",", "").replace(".", ""))


def test_for_whom_nothing_changes_nothing_does() -> None:
    """Each sentence is read back, and held against everybody whom it means; those that mean somebody are many."""
    rng, looked_at = random.Random(15), Counter[str]()
    for _ in range(25):
        old, new = pairs.pair(rng)
        said = verdict(old, new).unchanged
        read = [
            next(one for one in map(partial(meaning, who), MEANT) if one)
            for who in said
            if not who.startswith("for one, ")
        ]
        for facts in pairs.everybody((old, new)):
            for pattern, holds, bound in read:
                if holds(facts, bound):
                    assert pairs.done(old, facts) == pairs.done(new, facts), (said, facts)
                    looked_at[pattern] += 1
    assert sum(looked_at.values()) > 1_000
    assert len(looked_at) >= 5, looked_at


def meaning(
    who: str, entry: tuple[str, Callable[[pairs.Facts, str], bool]]
) -> tuple[str, Callable[[pairs.Facts, str], bool], str] | None:
    """What a sentence means, where it is of this form."""
    found = re.fullmatch(f"a receivable {entry[0]}", who)
    return (*entry, found.group(1)) if found else None


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_is_drawn_the_same_again(seed: int) -> None:
    """Whoever sees a failure can look at it."""
    assert pairs.pair(random.Random(seed)) == pairs.pair(random.Random(seed))
