"""Whether a change makes a dunning policy only stricter, only milder, both or neither, proved over all possible facts.

Comes in: two dunning policies of one currency and subject. Goes out: a Verdict, with the smallest made subject for each kind.
Know before changing: compared is what is done on one day to a subject with the same facts, by the policy alone; that a policy of
higher priority takes the subject, or that a level reached earlier brings the next one earlier, is not looked at here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.errors import Exit, Place, Problem, Refusal
from engine.policy.model import Action, Any, Condition, Policy
from engine.prove.example import Example
from engine.prove.lab import Lab, Undecided, all_of, none_of
from engine.prove.outcome import Outcome, covered, outcomes

# More of these is less for the customer.
_MILD = ("release_credit_hold",)


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody for whom an action is done under one policy and not under the other, or is done otherwise."""

    kind: str
    example: Example
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every kind of action that is done more, less, or otherwise where both do it. All empty: the two are equivalent."""

    stricter: tuple[Proof, ...]
    milder: tuple[Proof, ...]
    otherwise: tuple[Proof, ...]

    @property
    def word(self) -> str:
        """`equivalent`, `only stricter`, `only milder`, `both`, `otherwise`."""
        if self.stricter and self.milder:
            return "both stricter and milder"
        also = ", and otherwise" if self.otherwise else ""
        if self.stricter:
            return f"only stricter{also}"
        if self.milder:
            return f"only milder{also}"
        return "otherwise, neither stricter nor milder" if self.otherwise else "equivalent"


def verdict(old: Policy, new: Policy) -> Verdict:
    """The proved difference. Refusal `not-decided` for what cannot be compared so, or takes too much work."""
    if old.credit or new.credit or (old.currency, old.subject) != (new.currency, new.subject):
        raise _refused(new, "only two dunning policies of one currency, about the same subject, are compared by proof")
    lab = Lab((old, new))
    try:
        more = tuple(_only(lab, new, old, "NEW", "OLD"))
        less = tuple(_only(lab, old, new, "OLD", "NEW"))
        other = tuple(_otherwise(lab, old, new))
    except Undecided as gave_up:
        raise _refused(
            new, "the comparison took too much work to prove; compare them over a book with --db"
        ) from gave_up
    return Verdict(tuple(proof for proof in _sided(more, less)), tuple(proof for proof in _sided(less, more)), other)


def _refused(policy: Policy, message: str) -> Refusal:
    """What cannot be proved."""
    return Refusal([Problem(Place(policy.file), "not-decided", message)], Exit.USAGE)


def _sided(strict: Sequence[Proof], mild: Sequence[Proof]) -> Iterator[Proof]:
    """What is against the customer: more of most actions, less of those that lift something."""
    yield from (proof for proof in strict if proof.kind not in _MILD)
    yield from (proof for proof in mild if proof.kind in _MILD)


def does(policy: Policy, several: Sequence[Outcome]) -> Condition:
    """Whom the policy covers and does one of these to."""
    return all_of(covered(policy), Any(tuple(one.done for one in several)))


def by_kind(policy: Policy) -> dict[str, list[Outcome]]:
    """What the policy does, by the kind of action."""
    found: dict[str, list[Outcome]] = {}
    for one in outcomes(policy):
        found.setdefault(one.kind, []).append(one)
    return found


def _only(lab: Lab, one: Policy, other: Policy, name: str, against: str) -> Iterator[Proof]:
    """Each kind of action that the one does to somebody to whom the other does none of the kind."""
    theirs = by_kind(other)
    for kind, several in sorted(by_kind(one).items()):
        region = all_of(does(one, several), none_of([does(other, theirs.get(kind, []))]))
        example = lab.example(region)
        if example:
            yield Proof(kind, example, f"{name} does {kind}, and {against} does not, for {lab.text(example)}")


def _otherwise(lab: Lab, old: Policy, new: Policy) -> Iterator[Proof]:
    """Each kind that both do, but with other parameters or to another level, to somebody."""
    ours, theirs = by_kind(new), by_kind(old)
    for kind in sorted(set(ours) & set(theirs)):
        both = (does(old, theirs[kind]), does(new, ours[kind]))
        ways = dict.fromkeys((one.action, one.level) for one in (*ours[kind], *theirs[kind]))
        for way in ways:
            sides = [does(policy, _way(found[kind], way)) for policy, found in ((old, theirs), (new, ours))]
            before, after = sides
            one_sided = Any((all_of(after, none_of([before])), all_of(before, none_of([after]))))
            example = lab.example(all_of(*both, one_sided))
            if example:
                yield Proof(kind, example, f"both do {kind}, but not in the same way, for {lab.text(example)}")
                break


def _way(several: Sequence[Outcome], way: tuple[Action | None, int | None]) -> list[Outcome]:
    """Those that are done in exactly that way."""
    return [one for one in several if (one.action, one.level) == way]
