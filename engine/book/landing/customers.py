"""Landing customers: the customer once, what describes it as versions, and one spelling of its name.

Comes in: batches of records, then `finish` at the end of the file. Goes out: customers at once (other kinds refer to them),
customer_versions at the end, when every spelling of a name has been seen.
Know before changing: within a file the spelling that most rows have is kept, of equally frequent ones the first in
alphabetical order; against the book, the book's is kept. So the result does not depend on the order of the rows.
"""

from collections import Counter
from typing import Any

from engine.book.files.fields import Record
from engine.book.landing.desk import Batch, Desk, Table, find, ids, insert
from engine.book.landing.parents import circles

_PLAIN = ("segment", "industry", "country", "currency", "credit_limit", "limit_until", "terms_days", "rating", "language")
ATTRIBUTES = ("parent", *_PLAIN, "channel", "collector", "since", "policy")
COLUMNS = ("parent_id", *ATTRIBUTES[1:])
VERSIONS = Table("customer_versions", ("customer_id", "valid_from"), ("name", *COLUMNS))
# Customers whose versions are looked up at a time.
_BATCH = 2000

# A customer's number and the date from which what is said of them holds.
Key = tuple[str, str]


class Customers:
    """The customers of one file, until their versions can be written."""

    def __init__(self, desk: Desk, given: frozenset[str]) -> None:
        """`given` are the fields that the file has; the others are not compared, and taken over from the version before."""
        self.desk = desk
        self.given = tuple(name for name in ATTRIBUTES if name in given)
        self.shared = desk.primary != "customers"
        # Per version to be: what the rows say, and which rows say so. Nearly always all rows say the same, so what
        # others say and other spellings are kept apart.
        self.said: dict[Key, tuple[Any, ...]] = {}
        self.rows: dict[Key, list[int]] = {}
        self.others: dict[Key, dict[tuple[Any, ...], list[int]]] = {}
        self.names: dict[Key, str] = {}
        self.spelled: dict[Key, Counter[str]] = {}

    def land(self, batch: Batch) -> None:
        """Add the customers that are new, and keep what describes them for `finish`."""
        fresh: dict[str, int] = {}
        for row, record in batch:
            entity = self._entity(row, record)
            if entity is None:
                continue
            if record["number"] not in self.desk.customers:
                fresh[record["number"]] = entity
                self.desk.customers[record["number"]] = (0, entity)
            self._describe(row, record)
        insert(self.desk, "customers", ("number", "entity_id"), [(n, e, self.desk.now) for n, e in fresh.items()])
        for (number,), id_ in ids(self.desk, "customers", ("number",), ((n,) for n in fresh)).items():
            self.desk.customers[number] = (id_, fresh[number])

    def finish(self) -> None:
        """Write the versions that are new, count the others, and tell which spellings were kept."""
        self._refuse_contradictions()
        keys = list(self.said)
        for start in range(0, len(keys), _BATCH):
            self._write(keys[start : start + _BATCH])
        if "parent" in self.given:
            self._refuse_circles()
        self._note_leading_zeros()

    def _entity(self, row: int, record: Record) -> int | None:
        """The id of the entity, which may not be another than the customer has already."""
        entity = self.desk.entity("customers", row, record, None)
        known = self.desk.customers.get(record["number"])
        if entity and known and known[1] != entity:
            home = next(code for code, (id_, _) in self.desk.entities.items() if id_ == known[1])
            reason = f"'{record['entity']}' contradicts '{home}', which customer '{record['number']}' belongs to already"
            self.desk.problem("customers", row, "entity", "conflicting-row", reason)
            return None
        return entity

    def _describe(self, row: int, record: Record) -> None:
        """Keep what a row says of a version to be."""
        key = (record["number"], record["valid_from"])
        said = tuple(record[name] for name in self.given)
        name = record["name"]
        rows = self.rows.setdefault(key, [])
        if self.names.setdefault(key, name) != name and key not in self.spelled:
            self.spelled[key] = Counter({self.names[key]: len(rows)})
        if key in self.spelled:
            self.spelled[key][name] += 1
        if self.said.setdefault(key, said) != said:
            self.others.setdefault(key, {}).setdefault(said, []).append(row)
        elif rows and not self.shared:
            self.desk.tally("customers").duplicates += 1
        rows.append(row)

    def _refuse_contradictions(self) -> None:
        """Where rows of one version contradict each other, those in the minority are pointed at, or else the later ones."""
        for key, others in self.others.items():
            different = {row for rows in others.values() for row in rows}
            variants = {self.said[key]: [row for row in self.rows[key] if row not in different]} | others
            right = min(variants, key=lambda said: (-len(variants[said]), variants[said][0]))
            for said, rows in variants.items():
                if said == right:
                    continue
                name, was, now = next((n, w, s) for n, w, s in zip(self.given, right, said, strict=True) if w != s)
                times = len(variants[right])
                where = f"{times} other rows" if times > 1 else f"row {variants[right][0]}"
                reason = f"{_shown(now)} contradicts {_shown(was)}, which customer '{key[0]}' has on {where}"
                for row in rows:
                    self.desk.problem("customers", row, name, "conflicting-row", reason)

    def _write(self, keys: list[Key]) -> None:
        """Write the versions of some customers that the book does not have."""
        tally = self.desk.tally("customers")
        there = self._versions(keys)
        fresh = []
        for key in keys:
            id_ = self.desk.customers[key[0]][0]
            row = self.rows[key][0]
            resolved = self._resolved(row, self.said[key])
            if resolved is None:
                continue
            versions = there.get(id_, [])
            same = [version for version in versions if version[1] == key[1]]
            if same:
                self._compare(row, key, same[-1], resolved)
                continue
            self._note(key, None)
            earlier = [version for version in versions if version[1] < key[1]]
            inherited = dict(zip(VERSIONS.columns, earlier[-1], strict=True)) if earlier else {}
            values = inherited | resolved | {"customer_id": id_, "valid_from": key[1], "name": self._kept(key)}
            if not self._sound(row, values, inherited):
                continue
            fresh.append((*(values.get(column) for column in VERSIONS.columns), self.desk.now))
        insert(self.desk, VERSIONS.name, VERSIONS.columns, fresh)
        tally.added += len(fresh)

    def _sound(self, row: int, values: dict[str, Any], inherited: dict[str, Any]) -> bool:
        """Whether limit, currency and the limit's end fit together. An end that is taken over is that of the limit before."""
        if "limit_until" not in self.given and values.get("credit_limit") != inherited.get("credit_limit"):
            values["limit_until"] = None
        if values.get("credit_limit") is not None and values.get("currency") is None:
            self.desk.problem("customers", row, "currency", "missing-value", "is empty although a credit limit is given")
            return False
        if values.get("limit_until") is not None and values.get("credit_limit") is None:
            if "limit_until" in self.given:
                reason = f"'{values['limit_until']}' is the end of a limit, but no credit limit is set"
                self.desk.problem("customers", row, "limit_until", "bad-value", reason)
                return False
            values["limit_until"] = None
        return True

    def _refuse_circles(self) -> None:
        """Nobody may be above themselves; the last row of the file that is part of such a circle is pointed at."""
        rows = {self.desk.customers[number][0]: rows[-1] for (number, _), rows in self.rows.items()}
        for circle in circles(self.desk):
            touched = [rows[id_] for id_, _ in circle.members if id_ in rows]
            if touched:
                names = " -> ".join(number for _, number in (*circle.members, circle.members[0]))
                reason = f"puts a customer above itself from {circle.since} on: {names}"
                self.desk.problem("customers", max(touched), "parent", "parent-circle", reason)

    def _versions(self, keys: list[Key]) -> dict[int, list[tuple[Any, ...]]]:
        """The versions in the book of those customers, by date; each as VERSIONS.columns."""
        wanted = dict.fromkeys((self.desk.customers[number][0],) for number, _ in keys)
        found: dict[int, list[tuple[Any, ...]]] = {}
        for version in find(self.desk, VERSIONS.name, ("customer_id",), wanted, VERSIONS.columns[1:]):
            found.setdefault(version[0], []).append(version)
        return {id_: sorted(versions, key=lambda version: version[1]) for id_, versions in found.items()}

    def _resolved(self, row: int, said: tuple[Any, ...]) -> dict[str, Any] | None:
        """The attributes as columns of the table: the parent by its id."""
        values = dict(zip(self.given, said, strict=True))
        parent = values.pop("parent", None)
        if "parent" in self.given:
            values["parent_id"] = None
        if parent is not None:
            known = self.desk.customer("customers", row, parent, "parent")
            if known is None:
                return None
            values["parent_id"] = known[0]
        return values

    def _compare(self, row: int, key: Key, version: tuple[Any, ...], said: dict[str, Any]) -> None:
        """The version of that date is in the book: the same attributes are a duplicate, others contradict it."""
        there = dict(zip(VERSIONS.columns, version, strict=True))
        different = [name for name in said if there[name] != said[name]]
        if different:
            name = different[0].removesuffix("_id")
            reason = (
                f"{_shown(said[different[0]])} contradicts {_shown(there[different[0]])}, which customer '{key[0]}' has in"
                " the book from the same date; a later valid_from makes a new version"
            )
            self.desk.problem("customers", row, name, "conflicting-row", reason)
            return
        self.desk.tally("customers").duplicates += 1
        self._note(key, there["name"])

    def _kept(self, key: Key) -> str:
        """The most frequent spelling, of equally frequent ones the first in the alphabet."""
        spelled = self.spelled.get(key)
        return min(spelled.items(), key=lambda item: (-item[1], item[0]))[0] if spelled else self.names[key]

    def _note(self, key: Key, in_book: str | None) -> None:
        """Tell of a name that is spelled in more than one way."""
        spellings = set(self.spelled.get(key, ())) | {self.names[key]} | ({in_book} if in_book is not None else set())
        if len(spellings) > 1:
            kept = self._kept(key) if in_book is None else in_book
            where = " (the book's spelling)" if in_book is not None else ""
            self.desk.notes.append(f"customer {key[0]} is spelled {len(spellings)} ways; kept '{kept}'{where}")

    def _note_leading_zeros(self) -> None:
        """Tell of numbers that differ by leading zeros only: an export may have lost them."""
        mentioned = {number for number, _ in self.said}
        short = {number.lstrip("0") for number in mentioned if number.startswith("0")}
        alike = sorted(short & set(self.desk.customers))
        if alike:
            self.desk.notes.append(
                f"{len(alike)} customer numbers are there with and without leading zeros, such as {alike[0]}; they are kept"
                " apart (cures: [leading_zeros] in the mapping takes them for the same customer)"
            )


def _shown(value: Any) -> str:
    """A value as a problem shows it."""
    return "empty" if value is None else f"'{value}'"
