"""What a change of a policy changes, as a page: the words, the proof, charts of both plans, the biggest, and customers to open.

Comes in: what is said of the change (titles and lines), and the Impact, if there is one. Goes out: a Page.
Know before changing: charts show both plans as a whole, so that a change is seen against what is done anyway; the tables show
what differs. A chart has one unit: counts of all, amounts of one currency.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.diff.compare import Change, Compared
from engine.diff.figures import AGES, BY, Count, Way, by_group, levels
from engine.diff.impact import Impact
from engine.policy.model import Policy
from engine.report.changes import proof_lines
from engine.report.charts import Chart, Kind, Series, in_currency
from engine.report.differences import as_table, named, written
from engine.report.impact import SAMPLE, head, rest, tables
from engine.report.page import Figure, Grid, Page, Section
from engine.report.since import NO_BOOK, Told, unkept
from engine.report.words import KINDS, PLURALS

if TYPE_CHECKING:
    from engine.diff.proved import Verdict

# Said of the change: a title, and a line for each thing.
Said = tuple[str, tuple[str, ...]]
_LABELS = {"segment": "segment", "entity": "entity", "currency": "currency", "bucket": "days overdue"}
_WAYS = {Way.GAINED: "only NEW does it", Way.LOST: "only OLD does it", Way.CHANGED: "both, otherwise"}
# Amounts of these say what the customer is asked for, charged or granted.
_OF_MONEY = ("notice", "late_fee", "set_credit_limit", "hand_over")
_NOTES = (
    "OLD and NEW are the plans that the two texts make for the same book on the same day; nothing was written, nothing sent.",
    "How customers will react is not foretold: nobody is assumed to pay sooner or later.",
    "Amounts of different currencies are never added. One subject is one receivable, or a customer where the policy decides "
    "about customers.",
)


def of_pair(compared: Compared, proved: "Verdict | None", found: Impact | None) -> Page:
    """What two policies have otherwise."""
    title = f"Policy change: {compared.old.name} v{compared.old.version} to {compared.new.name} v{compared.new.version}"
    said = [("What changes", _lines(compared.changes))]
    sides = (f"OLD is {_reference(compared.old)}, NEW is {_reference(compared.new)}.",)
    return page(title, [*said, *([_proof(proved)] if proved else [])], found or NO_BOOK, sides)


def of_since(found: Told) -> Page:
    """All that a branch changes, policy by policy."""
    said = list[Said]()
    for one in found.since.policies:
        said.append((one.file if one.problems else one.name, tuple(map(str, one.problems)) or _lines(one.changes)))
        proof = found.proofs.get(one.file)
        if proof:
            said.append(
                (f"Not proved of {one.name}", (proof,)) if isinstance(proof, str) else _proof(proof, f" of {one.name}")
            )
    said += [(f"Gone. {unkept(found.since)}".strip(), found.since.gone)] if found.since.gone else []
    said += [("Also changed", found.since.beside)] if found.since.beside else []
    since = found.since.revision
    sides = (f"OLD is what decides at {since}, NEW is what decides now.",)
    return page(f"Policies: what has changed since {since}", said, found.impact or "No policy has changed.", sides)


def page(title: str, said: Sequence[Said], found: Impact | str, sides: tuple[str, ...]) -> Page:
    """The page. Without an impact, why there is none, and the words and the proof only. `sides` say what OLD and NEW are."""
    words = tuple(Section(heading, lines or ("Nothing.",)) for heading, lines in said)
    if isinstance(found, str):
        return Page(title, (found, *sides), (), words)
    every = tables(found)
    money = [Section(f"Money in both plans, {one}", tuple(_amounts(found, one))) for one in _currencies(found)]
    sections = (
        Section("What it does to the book", tuple(Grid(*one, folded=at > 0) for at, one in enumerate(every))),
        Section(SAMPLE, _sample(found)),
        Section("Both plans beside each other", tuple(_counts(found))),
        *money,
    )
    kept = (Section(one.title, tuple(part for part in one.parts if not _bare(part))) for one in sections)
    return Page(
        title,
        (f"{head(found)}.{f' {rest(found)}.' if found.moved else ''}", *sides),
        tuple(_figures(found)),
        (*words, *(one for one in kept if one.parts)),
        _NOTES,
    )


def _proof(verdict: "Verdict", of: str = "") -> Said:
    """What is proved, under its title."""
    return f"Proved{of}: {verdict.word}", proof_lines(verdict)


def _reference(policy: Policy) -> str:
    """`standard v2 (policies/standard/v2.yaml)`."""
    return f"{policy.name} v{policy.version} ({policy.file})"


def _lines(changes: Sequence[Change]) -> tuple[str, ...]:
    """Each change with its line."""
    return tuple(f"{change.text} (line {change.place.line})" for change in changes) or ("The two say the same.",)


def _sample(found: Impact) -> tuple[str | Grid, ...]:
    """Customers to open."""
    if not found.sampled:
        return ()
    text = "Open a customer to see what each text does, the line that says so, and the facts that decide."
    return (text, *(Grid(named(one), as_table(one), folded=True) for one in found.sampled))


def _figures(found: Impact) -> Iterator[Figure]:
    """The answer in figures."""
    yield Figure("customers touched", f"{found.touched:,}", f"of {found.customers:,}; nothing changes for the others")
    yield Figure("differences", f"{len(found.moved):,}", f"{found.alike:,} actions are the same")
    for kind in ("notice", "late_fee", "credit_hold", "set_credit_limit"):
        before, after = (sum(one.subjects[side] for one in found.totals if one.kind == kind) for side in (0, 1))
        if before != after:
            yield Figure(PLURALS[kind].lower(), f"{after:,}", f"{before:,} before")
    for currency in sorted({one.currency for one in found.totals if one.kind == "late_fee"}):
        before, after = (
            sum(one.amounts[side] for one in found.totals if (one.kind, one.currency) == ("late_fee", currency))
            for side in (0, 1)
        )
        if before != after:
            beside = f"{written(before, currency) or '0'} before"
            yield Figure(f"late fees, {currency}", written(after, currency) or "0", beside)


def _bare(part: str | Grid | Chart) -> bool:
    """A chart of nothing."""
    return isinstance(part, Chart) and part.empty


def _currencies(found: Impact) -> tuple[str, ...]:
    """The currencies in which anything is otherwise."""
    return tuple(sorted({one.currency for one in found.moved}))


def _counts(found: Impact) -> Iterator[Chart]:
    """How many are touched, by segment; what both plans do, by kind, age and level."""
    if found.moved:
        yield _touched(found)
        yield _kinds(found)
        yield from (_by_age(found, kind) for kind in ("notice", "late_fee"))
        yield _both(
            "Levels reached by those for whom anything is otherwise", "Only what differs.", "level", levels(found.moved)
        )


def _amounts(found: Impact, currency: str) -> Iterator[Chart]:
    """What each kind of action comes to in one currency, by segment and age."""
    for kind in _OF_MONEY:
        for by in ("segment", "bucket"):
            yield from _money(found, kind, currency, by)


def _touched(found: Impact) -> Chart:
    """Customers for whom anything is otherwise, in each segment."""
    by = sorted({one.segment for one in found.moved})
    series = tuple(
        Series(says, tuple(len({m.customer for m in found.moved if m.segment == name and m.way is way}) for name in by))
        for way, says in _WAYS.items()
    )
    desc = "A customer counts once for each way in which anything is otherwise."
    kept = tuple(one for one in series if any(one.values))
    return Chart("Customers touched, by segment", desc, Kind.BARS, "segment", tuple(by), kept)


def _kinds(found: Impact) -> Chart:
    """Every kind of action of which the two plans do not have as many."""
    of = {kind: [one.subjects for one in found.totals if one.kind == kind] for kind in KINDS}
    counted = {kind: (sum(old for old, _ in pairs), sum(new for _, new in pairs)) for kind, pairs in of.items()}
    differing = {kind: pair for kind, pair in counted.items() if pair[0] != pair[1]}
    counts = [Count(PLURALS[kind], *pair) for kind, pair in differing.items()]
    desc = (
        "Receivables, or customers as a whole, that each plan acts on; kinds of which both have as many are left out."
    )
    return _both("Actions in both plans", desc, "action", counts)


def _by_age(found: Impact, kind: str) -> Chart:
    """How old the receivables are that a kind of action is about."""
    ages = {one.bucket for one in found.totals if one.kind == kind}
    counts = [_counted(found, kind, name) for name in AGES if name in ages]
    same = all(one.before == one.after for one in counts)
    title = f"{PLURALS[kind]} by days overdue"
    desc = "Receivables in both plans, by how long they are overdue."
    return _both(title, desc, "days overdue", [] if same else counts)


def _counted(found: Impact, kind: str, bucket: str) -> Count:
    """How many of one age both plans act on."""
    of = [one.subjects for one in found.totals if (one.kind, one.bucket) == (kind, bucket)]
    return Count(bucket, sum(pair[0] for pair in of), sum(pair[1] for pair in of))


def _money(found: Impact, kind: str, currency: str, by: str) -> Iterator[Chart]:
    """What one kind of action comes to in one currency, by group, where the plans differ."""
    assert by in BY, by
    counts = by_group(found.totals, by, kind=kind, currency=currency)
    if any(one.before != one.after for one in counts):
        what = {"notice": "chased", "late_fee": "charged", "hand_over": "handed over"}.get(kind, "set")
        desc = f"Amounts {what} by both plans, in {currency}."
        title = f"{PLURALS[kind]} by {_LABELS[by]}, {currency}"
        yield _both(title, desc, _LABELS[by], counts, currency)


def _both(title: str, desc: str, of: str, counts: Sequence[Count], currency: str = "") -> Chart:
    """Both plans side by side."""
    series = (Series("OLD", tuple(one.before for one in counts)), Series("NEW", tuple(one.after for one in counts)))
    labels = tuple(one.what for one in counts)
    if currency:
        return Chart(title, desc, Kind.BARS, of, labels, series, in_currency(currency))
    return Chart(title, desc, Kind.BARS, of, labels, series)
