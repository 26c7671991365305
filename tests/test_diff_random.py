"""Whether a change is stricter or milder, proved, against brute force: sixty random pairs, everybody looked at."""

import random
from collections import Counter

import pytest

from engine.diff.proved import Verdict, verdict
from tests import pairs
from tests.pairs import Told

PAIRS = 60
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


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_is_drawn_the_same_again(seed: int) -> None:
    """Whoever sees a failure can look at it."""
    assert pairs.pair(random.Random(seed)) == pairs.pair(random.Random(seed))
