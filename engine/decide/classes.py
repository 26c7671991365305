"""Classes: subjects with equal findings, under one policy, decided together.

Comes in: a Snapshot and the compiled policies in force. Goes out: temporary tables of members, and one DecidedClass per
class. The rules engine runs once per class, never once per subject.
Know before changing: policies contest a subject only within their arena, the same kind and the same sort of subject. An explicit
assignment wins; then the highest priority. `members` of an arena has one row per covered subject: its policy and its packed
findings. `scored` has the score of each customer under the credit policy that covers it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.book.snapshot import Snapshot, Tables, Wanted, blank, lay
from engine.decide.decide import Decision, decide, rulesets
from engine.decide.findings import BITS, Compiled, Texts, holds
from engine.decide.ruleset import MOST_FINDINGS
from engine.decide.scoring import score_sql
from engine.errors import Place, Problem, Refusal
from engine.policy.model import Policy, Subject

MASKS = -(-MOST_FINDINGS // BITS)
MASK_COLUMNS = tuple(f"m{i}" for i in range(MASKS))


@dataclass(frozen=True, slots=True)
class DecidedClass:
    """One class of one policy: `index` into the compiled policies, its number among them, how many subjects, the decision."""

    index: int
    number: int
    masks: tuple[int, ...]
    row: tuple[int, ...]
    subjects: int
    decision: Decision


def wanted(compiled: Sequence[Compiled]) -> list[Wanted]:
    """What the policies ask of the book, per currency."""
    by_currency: dict[str, list[Compiled]] = {}
    for one in compiled:
        by_currency.setdefault(one.policy.currency, []).append(one)
    return [
        Wanted(
            currency,
            frozenset().union(*(one.facts for one in several)),
            any(one.policy.subject is Subject.CUSTOMER for one in several),
        )
        for currency, several in sorted(by_currency.items())
    ]


# Where policies contest subjects: dunning of receivables, dunning of customers, credit.
CREDIT = "credit"
ARENAS = (*(subject.value for subject in Subject), CREDIT)


def arena(policy: Policy) -> str:
    """Where the policy contests its subjects: only with policies of the same kind and subject."""
    return CREDIT if policy.credit else policy.subject.value


def members(policy: Policy) -> str:
    """The temporary table that says which policy of the arena covers a subject, and its packed findings."""
    return f"members_{arena(policy)}"


def picked(policy: Policy) -> str:
    """The temporary table of the subjects of the policy's arena that something is called for."""
    return f"picked_{arena(policy)}"


def key(subject: Subject) -> str:
    """The column that names a subject in the facts tables."""
    return f"{subject}_id"


def relation(subject: Subject, tables: Tables, facts: frozenset[str]) -> str:
    """FROM clause in which every fact of the policy is a column; `s` is the subject's own row."""
    if subject is Subject.CUSTOMER:
        return f"{tables.customer} AS s"
    joined = any(fact.startswith("customer.") for fact in facts)
    return f"{tables.receivable} AS s" + (
        f" JOIN {tables.customer} AS c ON c.customer_id = s.customer_id" if joined else ""
    )


def cover(snapshot: Snapshot, compiled: Sequence[Compiled], beside: Iterable[str] = ()) -> None:
    """Lay down the members of every policy. Refusal `unknown-assignment` where a subject is assigned to no policy in force.

    `beside` are the names of policies in force that are not asked now.
    """
    _refuse_unknown_assignments(snapshot, {one.policy.name for one in compiled} | set(beside))
    blank(snapshot.book, "scored", "customer_id INTEGER PRIMARY KEY, score INTEGER")
    for name in ARENAS:
        columns = f"subject_id INTEGER PRIMARY KEY, policy INTEGER, {', '.join(f'{m} INTEGER' for m in MASK_COLUMNS)}"
        blank(snapshot.book, f"members_{name}", columns)
        contest = [(i, one) for i, one in enumerate(compiled) if arena(one.policy) == name]
        contest.sort(key=lambda entry: (-entry[1].policy.priority, entry[1].policy.name))
        for place, (index, one) in enumerate(contest):
            _cover(snapshot, index, one, [entry[1].policy.name for entry in contest], first=place == 0)


def decided(snapshot: Snapshot, compiled: Sequence[Compiled]) -> list[DecidedClass]:
    """Every class of every policy, decided by durable-rules once each, in the order of policies and findings."""
    found = []
    for index, one in enumerate(compiled):
        table = members(one.policy)
        query = f"""SELECT {", ".join(MASK_COLUMNS)}, COUNT(*) FROM {table} WHERE policy = {index}
          GROUP BY {", ".join(MASK_COLUMNS)} ORDER BY {", ".join(MASK_COLUMNS)}"""
        with rulesets(one) as rules:
            for number, (*masks, subjects) in enumerate(snapshot.book.execute(query), start=1):
                row = one.row(masks)
                decision = decide(one, rules, row)
                found.append(DecidedClass(index, number, tuple(masks), tuple(row), subjects, decision))
    return found


def pick(snapshot: Snapshot, compiled: Sequence[Compiled], classes: Sequence[DecidedClass]) -> None:
    """`picked_<arena>(subject_id, class)`: the members of the given classes; `class` is the position in the sequence."""
    numbered = list(enumerate(classes))
    for name in ARENAS:
        columns = f"policy INTEGER, {', '.join(f'{m} INTEGER' for m in MASK_COLUMNS)}, class INTEGER"
        unique = f"{columns}, PRIMARY KEY (policy, {', '.join(MASK_COLUMNS)})"
        blank(snapshot.book, "wanted", unique)
        rows = [
            (one.index, *one.masks, position)
            for position, one in numbered
            if arena(compiled[one.index].policy) == name
        ]
        marks = ", ".join("?" * (MASKS + 2))
        snapshot.book.conn.executemany(f"INSERT INTO temp.wanted VALUES ({marks})", rows)
        using = " AND ".join(f"w.{m} = m.{m}" for m in ("policy", *MASK_COLUMNS))
        select = f"SELECT m.subject_id, w.class FROM members_{name} AS m JOIN wanted AS w ON {using}"
        lay(snapshot.book, f"picked_{name}", "subject_id INTEGER PRIMARY KEY, class INTEGER", select, {})


def _cover(snapshot: Snapshot, index: int, one: Compiled, contest: list[str], *, first: bool) -> None:
    """The subjects that this policy covers, of those that no policy before it does."""
    policy, texts = one.policy, Texts()
    identity, table = f"s.{key(policy.subject)}", members(policy)
    rows = relation(policy.subject, snapshot.tables[policy.currency], one.facts)
    covers = holds(policy.covers, texts) if policy.covers else "1"
    rivals = ", ".join(texts.name(name) for name in contest)
    own = texts.name(policy.name)
    free = "" if first else f" AND {identity} NOT IN (SELECT subject_id FROM {table})"
    where = f"CASE WHEN s.assigned IN ({rivals}) THEN s.assigned = {own} ELSE {covers} END{free}"
    if policy.credit and policy.credit.scorecard:
        # The score becomes a column, so that what is compared with it is a finding like any other.
        points = score_sql(policy.credit.scorecard, texts.parameters)
        _fill(snapshot, "scored", f"SELECT {identity}, {points} FROM {rows} WHERE {where}", texts)
        rows, where = f"{rows} JOIN scored AS x ON x.customer_id = {identity}", free.removeprefix(" AND ") or "1"
        texts = Texts()
    masks = one.masks(texts)
    padded = [*masks, *["0"] * (MASKS - len(masks))]
    _fill(snapshot, table, f"SELECT {identity}, {index}, {', '.join(padded)} FROM {rows} WHERE {where}", texts)


def _fill(snapshot: Snapshot, table: str, select: str, texts: Texts) -> None:
    """Add the rows of a SELECT to a temporary table."""
    snapshot.book.execute(f"INSERT INTO temp.{table} {select}", {**snapshot.parameters, **texts.parameters})


def _refuse_unknown_assignments(snapshot: Snapshot, known: set[str]) -> None:
    """An assignment that names no policy in force would be ignored silently; it is refused instead."""
    assigned = {
        row[0]
        for tables in snapshot.tables.values()
        for table in (tables.receivable, tables.customer)
        for row in snapshot.book.execute(f"SELECT DISTINCT assigned FROM {table} WHERE assigned IS NOT NULL")
    }
    if assigned - known:
        raise Refusal(
            Problem(
                Place("book"),
                "unknown-assignment",
                f"customers or receivables are assigned to the policy '{name}', which is not in force on"
                f" {snapshot.as_of}; {_known(known)}",
            )
            for name in sorted(assigned - known)
        )


def _known(names: set[str]) -> str:
    """The remedy: which names there are."""
    return f"in force are {', '.join(sorted(names))}" if names else "no policy is in force"


def grouped(classes: Sequence[DecidedClass]) -> dict[int, list[DecidedClass]]:
    """The classes by policy index."""
    return {index: list(several) for index, several in groupby(classes, key=lambda one: one.index)}
