"""Whether a change makes a policy only stricter, only milder, both or neither, proved over all possible facts.

Comes in: two policies of one kind, currency and subject. Goes out: a Verdict, with the smallest made subject for each difference,
and for whom nothing changes.
Know before changing: compared is what is done on one day to a subject with the same facts, by the policy alone; that a policy of
higher priority takes the subject, or that a level reached earlier brings the next one earlier, is not looked at here. What took
too much work, and what is no part of the comparison, is named, and the word says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.diff.contrast import contrast
from engine.errors import Exit, Place, Problem, Refusal
from engine.policy.model import Policy
from engine.prove.differing import Difference, Side, beside, differences, not_compared
from engine.prove.example import MOST_WORK, Example
from engine.prove.lab import Lab, Undecided
from engine.prove.untouched import untouched


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody for whom an action is done under one policy and not under the other, or is done otherwise."""

    kind: str
    example: Example
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every kind of action that is done more, less, or otherwise where both do it. All empty: the two are equivalent.

    `unchanged` says for whom nothing changes, each by itself; `unproved` is what took too much work to know, `uncompared` what is
    otherwise and no part of the comparison.
    """

    stricter: tuple[Proof, ...]
    milder: tuple[Proof, ...]
    otherwise: tuple[Proof, ...]
    unchanged: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()
    uncompared: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """`equivalent`, `only stricter`, `only milder`, `both stricter and milder`, `otherwise`, or that it is not known."""
        if self.stricter and self.milder:
            return "both stricter and milder"
        if self.unproved and not (self.stricter or self.milder or self.otherwise):
            return "not known"
        return f"{self._word}{', as far as it is proved' if self.unproved or self.uncompared else ''}"

    @property
    def _word(self) -> str:
        """Where it is not both."""
        also = ", and otherwise" if self.otherwise else ""
        if self.stricter:
            return f"only stricter{also}"
        if self.milder:
            return f"only milder{also}"
        return "otherwise, neither stricter nor milder" if self.otherwise else "equivalent"


def verdict(old: Policy, new: Policy, *, work: int = MOST_WORK) -> Verdict:
    """The proved difference, each question with at most so much work. Refusal `not-decided` for what cannot be compared so."""
    if (old.kind, old.currency, old.subject) != (new.kind, new.currency, new.subject):
        message = "only two policies of one kind and currency, about the same subject, are compared by proof"
        raise Refusal([Problem(Place(new.file), "not-decided", message)], Exit.USAGE)
    lab = Lab((old, new), beside=beside(old, new), work=work)
    every, found, open_ = tuple(differences(lab, old, new)), dict[Side, list[Proof]](), list[str]()
    for one in every:
        try:
            example = lab.shown(one.formula, one.asked)
        except Undecided:
            open_.append(f"whether {one.kind} is {one.side.value} for somebody")
            continue
        if example:
            text = f"{contrast(one, old, new, example)}, for {lab.text(example)}"
            found.setdefault(one.side, []).append(Proof(one.kind, example, text))
    stricter, milder, otherwise = (tuple(found.get(side, ())) for side in Side)
    unchanged = _unchanged(lab, old, new, every, known=bool(found) and not open_)
    return Verdict(stricter, milder, otherwise, unchanged, tuple(open_), not_compared(old, new))


def _unchanged(lab: Lab, old: Policy, new: Policy, every: Iterable[Difference], *, known: bool) -> tuple[str, ...]:
    """For whom nothing changes; where there is no difference at all, or where one is not known, there is nothing to say."""
    return untouched(lab, (old, new), tuple(every)) if known else ()
