"""Recompute the hash chain of a ledger with nothing of duly: python3 ledger.py duly.db [NUMBER OF AN ENTRY]."""

# ruff: noqa: T201
import hashlib
import json
import sqlite3
import sys

previous = "sha256:" + "0" * 64
columns = "actor, at, content, kind, run_id, seq"
for *values, link in sqlite3.connect(sys.argv[1]).execute(f"SELECT {columns}, hash FROM ledger ORDER BY seq"):
    entry = dict(zip(columns.split(", "), values, strict=True))
    text = previous + json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    previous = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    if sys.argv[2:] == [str(entry["seq"])]:
        print(text, end="")
    elif previous != link:
        sys.exit(f"entry {entry['seq']} does not fit")
if not sys.argv[2:]:
    print(previous)
