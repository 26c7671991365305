"""The rows that a run begins with: the plan itself, the policy texts that made it, and the decisions it stands on.

Comes in: a plan and its policies, inside the first transaction of a run. Goes out: those rows, written, and as the ledger states
them.
Know before changing: years later the run is replayed from these rows alone, so the plan is kept whole (`runs.plan`: zlib of the
canonical JSON) and so is every policy's text (`policy_versions`, once per version).
"""

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.act.ledger import stated
from engine.act.values import Plan, from_json
from engine.book.store import Book
from engine.policy.document import canonical
from engine.policy.model import Policy

Row = dict[str, Any]


def begin(
    book: Book, plan: Plan, text: str, policies: Sequence[Policy], *, actor: str, now: str
) -> tuple[int, dict[str, list[Row]]]:
    """The run's id, and its rows as the ledger states them. `text` is the plan's canonical JSON."""
    run_id = next_id(book, "runs")
    rows = {
        "runs": [_run(run_id, plan, text)],
        "policy_versions": _versions(book, plan, policies),
        "decisions": _decisions(book, run_id, plan),
    }
    stamps: dict[str, Row] = {"runs": {"actor": actor, "recorded_at": now}, "policy_versions": {"recorded_at": now}}
    for table, several in rows.items():
        for row in several:
            _insert(book, table, row | stamps.get(table, {}))
    _link(book, run_id, plan)
    return run_id, {table: [stated(table, row) for row in several] for table, several in rows.items() if several}


def plan_of(book: Book, run_id: int) -> Plan:
    """The plan that a run carried out, as it was."""
    return from_json(text_of(book, run_id), f"run {run_id}")


def text_of(book: Book, run_id: int) -> str:
    """The canonical JSON of that plan, as it is kept; zlib.error or ValueError where it is damaged."""
    (packed,) = book.execute("SELECT plan FROM runs WHERE id = :id", {"id": run_id}).fetchone()
    return zlib.decompress(packed).decode()


def next_id(book: Book, table: str) -> int:
    """The id after the last one; safe under the write lock only."""
    return int(book.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}").fetchone()[0])


def _run(run_id: int, plan: Plan, text: str) -> Row:
    """The run and its plan."""
    packed = zlib.compress(text.encode())
    return {"id": run_id, "plan_id": plan.id, "as_of": plan.as_of, "engine": plan.engine, "plan": packed}


def _versions(book: Book, plan: Plan, policies: Sequence[Policy]) -> list[Row]:
    """The versions that no run has applied before."""
    known = set(book.execute("SELECT policy, version FROM policy_versions"))
    first = next_id(book, "policy_versions")
    texts = {policy.name: policy.text for policy in policies}
    new = [ref for ref in plan.policies if (ref.policy, ref.version) not in known]
    return [
        {"id": number, "policy": ref.policy, "version": ref.version, "digest": ref.digest, "text": texts[ref.policy]}
        for number, ref in enumerate(new, first)
    ]


def _decisions(book: Book, run_id: int, plan: Plan) -> list[Row]:
    """One row for each class that an action stands on."""
    used = {line.class_id for action in plan.actions for line in action.lines}
    first = next_id(book, "decisions")
    contents = {one.id: canonical(asdict(one)) for one in plan.classes if one.id in used}
    return [
        {"id": number, "run_id": run_id, "class": name, "content": contents[name]}
        for number, name in enumerate(sorted(contents), first)
    ]


def _link(book: Book, run_id: int, plan: Plan) -> None:
    """Which policy versions a run stands on."""
    query = """INSERT INTO run_policies (run_id, policy_version_id)
      SELECT :run, id FROM policy_versions WHERE policy = :policy AND version = :version"""
    for ref in plan.policies:
        book.execute(query, {"run": run_id, "policy": ref.policy, "version": ref.version})


def _insert(book: Book, table: str, row: Row) -> None:
    """One row."""
    marks = ", ".join(f":{name}" for name in row)
    book.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)
