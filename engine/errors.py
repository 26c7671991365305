"""What can be wrong, and how we say it: a Problem has a place, a code and a remedy; a Refusal ends a command.

Comes in: nothing. Goes out: the values that every other room reports mistakes with.
Know before changing: codes are forever. A message may be reworded, a code may not; each has an entry in CODES and one test.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the command line, listed in docs/problems.md."""

    OK = 0
    NO = 1
    USAGE = 2
    CHANGES = 3
    REFUSED = 4
    PARTLY = 5


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file, and a line and column counted from 1 (0 where there is none)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file`, `file:line` or `file:line:column`, as editors open it."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong: where, which code, and one sentence that shows the offending value and the remedy."""

    where: Place
    code: str
    message: str

    def __post_init__(self) -> None:
        """A code that CODES does not list is a bug, not a problem."""
        assert self.code in CODES, f"problem code {self.code!r} is not listed in errors.CODES"

    def __str__(self) -> str:
        """The one line that a user reads."""
        return f"{self.where} {self.code}: {self.message}"


class Refusal(Exception):
    """We decline to act. Raised once, at the edge of a stage, with every problem found; nothing has been done.

    `exit` says which answer it is: NO (the input is invalid), REFUSED (valid, but not now: stale, locked, over a cap)
    or PARTLY (something was done before; the ledger says what).
    """

    def __init__(self, problems: Iterable[Problem], exit: Exit = Exit.NO) -> None:  # noqa: A002 - the domain's word
        """Keep the problems in the order of their places."""
        self.problems = tuple(sorted(problems))
        self.exit = exit
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, words: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest right word, or nothing where none is near."""
    found = difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


# Codes that are told of but do not make the answer no: what may be meant.
WARNINGS: frozenset[str] = frozenset(
    "level-gap never-chased not-covered not-decided shadowed-policy waiver-unused written-after-hand-over".split()
)

# One sentence each, for docs/problems.md. Kept sorted.
CODES: dict[str, str] = {
    "allocation-too-early": "An allocation is dated before its receivable was posted or its payment received.",
    "already-applied": "The plan was applied before, in full.",
    "already-confirmed": "A record that was confirmed before.",
    "already-released": "A hold that was released before.",
    "already-resolved": "A dispute that was resolved before.",
    "already-withdrawn": "A record that was withdrawn before.",
    "always-withheld": "A rule that holds only where its actions are withheld.",
    "ambiguous-receivable": "Several entities have a receivable of that number.",
    "applied-edited": "A version that was applied has been edited since.",
    "audit-differs": "A subject decided by itself comes out otherwise than its class: a bug of duly.",
    "bad-alias": "An alias without an anchor that ends before it.",
    "bad-amount": "An amount in a file cannot be read, or could be read in two ways.",
    "bad-buckets": "The bounds of aging buckets do not rise from at least one day.",
    "bad-checkpoint": "A checkpoint that is not a number and a hash on one line.",
    "bad-date": "A date in a file is not written as the mapping says, or is no day of the calendar.",
    "bad-encoding": "A file has bytes that are not of the encoding its mapping names.",
    "bad-file": "A file of rows cannot be read.",
    "bad-id": "An id in a file was turned into a number by a spreadsheet.",
    "bad-mapping": "A mapping is well written but cannot be meant.",
    "bad-percent": "Not a percentage, or one with more than 2 decimals.",
    "bad-plan": "A file that is not a plan, or one that was changed after it was made.",
    "bad-range": "Days that cannot be lived through: the wrong way round, not over yet, or too many.",
    "bad-released": "A line of released.sha256 that cannot be read.",
    "bad-value": "A cell of a file is none of the values that its field takes.",
    "bands-gap": "A value that stands in no band, so that it would earn nothing.",
    "bands-order": "Bands that do not stand in their order.",
    "bands-overlap": "A value that stands in two bands.",
    "below-threshold": "The cases try less of a policy than was asked for.",
    "book-damaged": "The file of a book is damaged.",
    "book-exists": "There is a book already where a new one was to be made.",
    "book-locked": "Another command is writing to the book.",
    "book-too-new": "A later version of duly has written this book.",
    "bounds-reversed": "Bounds the wrong way round, so that nothing lies between them.",
    "broken-invariant": "A policy does what an invariant says is never done, or leaves out what always is.",
    "cannot-write": "A file or folder cannot be read or written.",
    "case-failed": "A policy does not keep what one of its cases promises.",
    "case-not-rewritten": "An expectation that `duly test --update` cannot write anew where it stands.",
    "checkpoint-differs": "The ledger is not the one that a checkpoint was taken from.",
    "circular-stages": "A stage that stands on what it decides itself, or on what is decided only later.",
    "condition-too-wide": "A condition with too many alternatives.",
    "conflicting-row": "A row says otherwise than the same row does in the book or earlier in the file.",
    "contradicting-actions": "Two actions for one subject on one day of which one undoes the other.",
    "control-character": "A character that does not show in an editor, or shows otherwise than it is.",
    "control-total": "A file has not the number of rows or the total that its sender stated.",
    "currency-mismatch": "An allocation is in another currency than its receivable or its payment.",
    "duplicate-case": "Two cases with the same name.",
    "duplicate-id": "Two items of a section with the same id.",
    "duplicate-key": "A key that comes twice in one mapping.",
    "duplicate-rating": "The same rating twice.",
    "duplicate-reason": "Two reasons to withhold, or to hold, with the same name.",
    "duplicate-rule": "Two rules with the same id.",
    "duplicate-version": "The same version of a policy twice.",
    "empty-book": "A book in which nothing is owed.",
    "empty-file": "The file says nothing.",
    "empty-list": "A list in which nothing stands.",
    "empty-mapping": "A mapping in which nothing stands.",
    "engine-changed": "Another version of duly made the plan.",
    "equal-cover": "Two policies of equal priority that cover the same subject.",
    "equal-priority": "Two policies over the same subjects of which neither wins.",
    "fact-of-another-type": "Two facts of different types compared.",
    "fact-of-receivable": "A fact of one receivable in a policy about customers.",
    "fact-with-itself": "A fact compared with itself.",
    "fee-without-level": "A fee once per level where there are no levels.",
    "fee-without-receivable": "A fee in a policy about customers, where there is no receivable to charge it on.",
    "file-too-large": "The file is larger than a document may be.",
    "hold-without-release": "A credit hold that nothing ever lifts.",
    "impossible-event": "Something in the book of a case that cannot be: paid more than is open, ended before it began.",
    "key-not-text": "A key that is not text.",
    "kind-changed": "A version of another kind than the one before it.",
    "ledger-broken": "An entry of the ledger was changed, taken out, put in or moved.",
    "level-gap": "A subject that a ladder leaves standing below a level although it is ready for a higher one.",
    "level-number": "Levels that are not numbered 1, 2, 3 and so on.",
    "level-order": "Levels that count from the same date and do not come one after the other.",
    "limit-never-applies": "A rule of the limit that decides for no customer.",
    "merge-key": "A YAML merge key; keys are written out.",
    "misplaced-file": "A version whose file or folder has another name.",
    "missing-column": "A file has not a column that is needed.",
    "missing-key": "A key that must be there.",
    "missing-template": "A notice without a text.",
    "missing-value": "A cell of a file is empty though its field is needed.",
    "needs-approval": "An action of the plan waits for an approval.",
    "needs-extra": "What was asked for needs an extra that is not installed.",
    "never-chased": "A subject that reaches no level of a ladder, however old it becomes.",
    "never-true": "A condition that nobody can meet.",
    "no-book": "There is no book at that place.",
    "no-case": "No case was tried, so nothing was looked at.",
    "no-deadline": "A level that counts from a deadline which no earlier notice sets.",
    "no-earlier-notice": "A level that counts from a notice which no earlier level sends.",
    "no-policies": "A folder without policies.",
    "no-rate": "No rate converts an amount on the date.",
    "no-revision": "A revision that git does not know, or no git to ask.",
    "no-roles": "Nothing says who has the roles that may approve.",
    "none-in-force": "No policy is in force on the date.",
    "not-a-book": "A file that is not a book of duly.",
    "not-concluded": "A score or rating that the policy does not conclude.",
    "not-covered": "A subject that no policy covers.",
    "not-decided": "A question that could not be proved either way.",
    "not-delivered": "A message of the outbox could not be delivered.",
    "not-empty": "The folder for a new workspace holds something already.",
    "not-in-role": "Somebody approves who does not have the role.",
    "not-laid-out": "A file that `duly fmt` cannot lay out without changing it.",
    "not-text": "The file is not UTF-8 text.",
    "not-the-top": "A group limit on a customer that is not the top of a group.",
    "nothing-to-approve": "An action that waits for no approval, or not for that role's.",
    "nothing-to-do": "A policy with neither a ladder nor rules.",
    "nothing-to-reverse": "A negative allocation has no allocation that it takes back.",
    "number-too-large": "A whole number with more digits than can be meant.",
    "older-format": "A plan that an earlier version of duly kept, which says too little to be made again.",
    "out-of-range": "A number or text beyond its bounds.",
    "over-allocated": "More is allocated to a receivable than its amount, or of a payment than it brought.",
    "over-limit": "The plan goes beyond a limit that its policy sets.",
    "own-plan": "Somebody approves a plan of their own.",
    "parent-circle": "A customer that would be above itself in its group.",
    "plan-of-the-past": "A plan of what was known at an earlier time, which is to look at only.",
    "policy-changed": "The policies in force are not those that made the plan.",
    "policy-exists": "There is a policy of that name already.",
    "policy-not-kept": "The text of a policy that decided is gone from the book, or is not what it was.",
    "ragged-row": "A row has another number of cells than the header.",
    "released-edited": "A released version that has been edited.",
    "released-missing": "A released version that is gone.",
    "repeated-item": "An item that comes twice in one list.",
    "row-changed": "A row of the book is not what the ledger says of it.",
    "row-missing": "A row of the book that the ledger speaks of is gone.",
    "row-without-entry": "A row of a run that no entry of the ledger speaks of.",
    "run-before-last": "A run dated before the last applied run of the same policy.",
    "same-channel": "A notice whose second channel is its first.",
    "same-person": "Somebody confirmed what they recorded themselves.",
    "shadowed-policy": "A policy whose subjects are all covered by others of higher priority.",
    "shadowed-rule": "A rule beside which another one always decides or does the same.",
    "stale": "Customers moved since the plan was made.",
    "stray-file": "A YAML file among the policies that is neither a version nor cases.",
    "tab": "A tab in the indentation.",
    "terms-never-apply": "A rule of the terms that decides for no customer.",
    "too-deep": "The document is nested too deeply.",
    "too-many-aliases": "Aliases that stand for too many values.",
    "too-many-findings": "A policy with too many comparisons.",
    "too-many-keys": "More keys than one where exactly one belongs.",
    "too-many-problems": "A file has so many problems that the rest of it was not read.",
    "twice-column": "Two columns of a file that are read have the same name.",
    "two-documents": "A second YAML document in one file.",
    "unknown-action": "A kind of action that there is not.",
    "unknown-address": "A plan has no action under that address.",
    "unknown-assignment": "A customer or receivable is assigned to a policy that is not in force.",
    "unknown-column": "A file without a mapping has a column that is not one of ours.",
    "unknown-credit": "A row names a credit that is not in the book.",
    "unknown-currency": "A currency that ISO 4217 does not have.",
    "unknown-customer": "A row names a customer that is not in the book.",
    "unknown-entity": "A row names an entity that is not in the book.",
    "unknown-fact": "A name that is not a fact, or not one that fits here.",
    "unknown-key": "A key that does not belong here.",
    "unknown-kind": "There is no such kind of row, or the mapping does not yield it.",
    "unknown-level": "A case that expects a level which the policy does not have.",
    "unknown-operator": "A comparison that this type of fact does not have.",
    "unknown-payment": "A row names a payment that is not in the book.",
    "unknown-policy": "A policy or version that there is not.",
    "unknown-rating": "A rating that the policy does not have.",
    "unknown-reason": "A case that expects a reason which the policy does not have.",
    "unknown-receivable": "A row names a receivable that is not in the book.",
    "unknown-reference": "A hold, dispute or grant that is not in the book.",
    "unknown-role": "A role that nobody has.",
    "unknown-run": "A run that is not in the book.",
    "unknown-subject": "A number is neither that of a customer nor that of a receivable of the book.",
    "unreachable-level": "A level that nobody can reach.",
    "unreachable-rating": "A rating that no customer can score.",
    "unreadable-file": "The file or folder is missing, not a regular file, or may not be read.",
    "unwritable-folder": "A folder that messages cannot be written to.",
    "version-order": "A later version that does not begin later.",
    "waiver-expired": "A waiver that has ended while what it waives is still there.",
    "waiver-unused": "A waiver of something that is not wrong.",
    "withholds-everything": "A reason to withhold for which a policy never does anything.",
    "write-off-without-receivable": "A write-off in a policy about customers, where there is no receivable to write off.",
    "written-after-hand-over": "A rule that still writes about what has been handed over.",
    "wrong-length": "A list with too few or too many items.",
    "wrong-type": "A value of the wrong type: text, number, flag, list or mapping.",
    "wrong-value": "A value that is not one of the right ones, or not written as it must be.",
    "yaml-directive": "A YAML directive; documents have none.",
    "yaml-syntax": "The file is not YAML: indentation, quotes or colons are wrong.",
    "yaml-tag": "A YAML tag; values have their types from the schema.",
}
