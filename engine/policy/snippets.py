"""What an editor offers to write in one go, at the place where it fits: a level, a rule, a reason to withhold, a case.

Comes in: a schema. Goes out: the same schema with `defaultSnippets`, which editors read and `duly check` does not.
Know before changing: `${1:15}` is where the cursor stops first, with 15 until something else is typed; so taken, each snippet is
right where it is offered, which tests prove. A place needs two or more: of a single one the language server of editors writes the
first item of a list without its dash. `sortText` brings them before everything else that is offered there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_KEY = "defaultSnippets"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One offer: what it is called in the list, what it is for, and what it writes."""

    label: str
    description: str
    body: Schema


def _task(note: str, last: int) -> Schema:
    """A call that somebody is to make."""
    return {"task": {"what": "call", "within_days": f"${{{last - 1}:2}}", "note": f"${{{last}:{note}}}"}}


_COVERS = (
    Snippet("covers a segment", "Only the customers of some segments.", {"customer.segment": {"in": ["${1:retail}"]}}),
    Snippet(
        "covers several conditions",
        "Only the customers for whom all of these hold.",
        {"all": [{"customer.segment": "${1:retail}"}, {"customer.country": {"in": ["${2:DE}"]}}]},
    ),
    Snippet(
        "covers everybody but",
        "All customers except those for whom one of these holds.",
        {"none": [{"customer.segment": "${1:key-account}"}]},
    ),
)
_WITHHOLD = (
    Snippet(
        "withhold: cash just came in",
        "A reason to do nothing for some days after a payment.",
        {"because": "${1:cash-just-in}", "when": {"customer.days_since_last_payment": {"at_most": "${2:2}"}}},
    ),
    Snippet(
        "withhold: just spoken to",
        "A reason to do nothing for some days after somebody talked to the customer.",
        {"because": "${1:just-spoken-to}", "when": {"customer.days_since_contact": {"at_most": "${2:3}"}}},
    ),
)
_LEVELS = (
    Snippet(
        "level: a reminder",
        "One more step: a message to the customer.",
        {
            "level": "${1:5}",
            "name": "${2:further reminder}",
            "after_days": "${3:60}",
            "then": [
                {"notice": {"channel": "${4:email}", "template": "${5:formal-reminder}", "otherwise": "${6:letter}"}}
            ],
        },
    ),
    Snippet(
        "level: a final notice and a call",
        "One more step: a letter with a last date, and somebody who calls.",
        {
            "level": "${1:5}",
            "name": "${2:last call}",
            "after_days": "${3:60}",
            "then": [
                {"notice": {"channel": "letter", "template": "final-notice", "pay_within_days": "${4:7}"}},
                _task("Agree on a date for payment.", 6),
            ],
        },
    ),
    Snippet(
        "level: hand over",
        "The last step: the receivable goes to a lawyer or an agency, and we stop.",
        {
            "level": "${1:5}",
            "name": "${2:hand-over}",
            "after_days": "${3:60}",
            "when": {"undisputed_amount": {"at_least": "${4:100.00}"}},
            "then": [{"hand_over": {"to": "${5:agency}"}}],
        },
    ),
)
_RULES = (
    Snippet(
        "rule: a call after a broken promise",
        "Beside the ladder: whoever broke a promise is called.",
        {"id": "${1:promise-broken}", "when": {"promise": {"is": "broken"}}, "then": [_task("Ask for a new date.", 3)]},
    ),
    Snippet(
        "rule: an alert about a large amount",
        "Beside the ladder: somebody in the house is told.",
        {
            "id": "${1:large-amount}",
            "when": {
                "all": [{"undisputed_amount": {"at_least": "${2:25000.00}"}}, {"days_past_due": {"at_least": "${3:5}"}}]
            },
            "then": [{"alert": {"to": "${4:credit-manager}", "severity": "${5:medium}"}}],
        },
    ),
)
_CREDIT_RULES = (
    Snippet(
        "rule: an alert about the exposure",
        "Beside limits and holds: somebody in the house is told.",
        {
            "id": "${1:large-exposure}",
            "when": {"customer.exposure": {"at_least": "${2:50000.00}"}},
            "then": [{"alert": {"to": "${3:credit-manager}", "severity": "${4:medium}"}}],
        },
    ),
    Snippet(
        "rule: a call after broken promises",
        "Beside limits and holds: somebody calls the customer.",
        {
            "id": "${1:promises-broken}",
            "when": {"customer.broken_promises_12m": {"at_least": "${2:2}"}},
            "then": [_task("Ask what has changed.", 4)],
        },
    ),
)
_CHARACTERISTICS = (
    Snippet(
        "characteristic: a number in bands",
        "Points for a number: bands in rising order, without gap or overlap.",
        {
            "id": "${1:years-with-us}",
            "fact": "${2:customer.relationship_days}",
            "weight": "${3:1}",
            "missing": "${4:0}",
            "bands": [
                {"below": "${5:365}", "points": "${6:0}"},
                {"from": "${5:365}", "below": "${7:1095}", "points": "${8:25}"},
                {"from": "${7:1095}", "points": "${9:50}"},
            ],
        },
    ),
    Snippet(
        "characteristic: a word by its values",
        "Points for a text: each value that earns something, and the rest.",
        {
            "id": "${1:home-market}",
            "fact": "${2:customer.country}",
            "weight": "${3:1}",
            "missing": "${4:0}",
            "values": [{"in": ["${5:DE}"], "points": "${6:25}"}],
            "otherwise": "${7:10}",
        },
    ),
)
_CASES = (
    Snippet(
        "case: something is done",
        "A made subject, and all that is to happen to it.",
        {
            "name": "${1:three days late brings a reminder}",
            "given": {"days_past_due": "${2:3}"},
            "expect": {"level": "${3:1}", "actions": ["${4:notice}"]},
        },
    ),
    Snippet(
        "case: nothing is done",
        "A made subject to whom nothing may happen.",
        {"name": "${1:nothing is due yet}", "given": {"days_past_due": "${2:0}"}, "expect": {"actions": "^[]"}},
    ),
    Snippet(
        "case: something is withheld",
        "A made subject for whom something is called for and withheld, with the reason.",
        {
            "name": "${1:nobody is chased for what is contested}",
            "given": {"days_past_due": "${2:3}", "dispute": "${3:whole}"},
            "expect": {"withheld": ["${4:disputed}"]},
        },
    ),
    Snippet(
        "case: over the days",
        "A small book, what happens in it, when the policy was applied, and what is done on the day.",
        {
            "name": "${1:of what is paid in part the rest is chased on}",
            "book": {
                "receivables": [{"number": "${2:R-1}", "due": "${3:2026-01-31}", "amount": "${4:800.00}"}],
                "events": [{"on": "${5:2026-02-06}", "payment": {"receivable": "${6:R-1}", "amount": "${7:300.00}"}}],
            },
            "runs": ["${8:2026-02-03}"],
            "as_of": "${9:2026-02-15}",
            "expect": {"level": "${10:2}", "actions": ["${11:notice}", "${12:late_fee}"]},
        },
    ),
)
_INVARIANTS = (
    Snippet(
        "invariant: never",
        "What no policy may ever do to whoever meets a condition.",
        {
            "id": "${1:no-fee-before-it-is-due}",
            "because": "${2:nobody pays for paying in time}",
            "never": {"action": "${3:late_fee}", "when": {"days_past_due": {"at_most": "${4:0}"}}},
        },
    ),
    Snippet(
        "invariant: always within some days",
        "What is done at the latest so many days after somebody meets a condition, and goes on meeting it.",
        {
            "id": "${1:nobody-is-forgotten}",
            "because": "${2:silence looks like consent}",
            "always": {
                "within_days": "${3:30}",
                "action": ["${4:task}", "${5:notice}", "${6:hand_over}"],
                "when": {"days_past_due": {"at_least": "${7:90}"}},
            },
        },
    ),
    Snippet(
        "invariant: never raise",
        "What no policy may ever raise for whoever meets a condition.",
        {
            "id": "${1:no-credit-for-the-insolvent}",
            "because": "${2:only a person may decide that}",
            "never_raise": {
                "what": "${3:credit_limit}",
                "when": {"all": [{"customer.insolvent": "^true"}, {"customer.rating_override": {"missing": "^true"}}]},
            },
        },
    ),
)
# Of each schema, the places: the keys that lead to the property.
PLACES: dict[str, dict[tuple[str, ...], tuple[Snippet, ...]]] = {
    "dunning": {
        ("properties", "covers"): _COVERS,
        ("properties", "withhold"): _WITHHOLD,
        ("properties", "rules"): _RULES,
        ("$defs", "ladder", "properties", "levels"): _LEVELS,
    },
    "credit": {
        ("properties", "covers"): _COVERS,
        ("properties", "withhold"): _WITHHOLD,
        ("properties", "rules"): _CREDIT_RULES,
        ("$defs", "scorecard", "properties", "characteristics"): _CHARACTERISTICS,
    },
    "cases": {("properties", "cases"): _CASES},
    "invariants": {("properties", "invariants"): _INVARIANTS},
}


def place(name: str, schema: Schema) -> None:
    """Write the snippets of a schema into it, and take out those that stood there before."""
    for part in _parts(schema):
        part.pop(_KEY, None)
    for path, snippets in PLACES[name].items():
        part = schema
        for key in path:
            part = part[key]
        part[_KEY] = [
            {"label": one.label, "description": one.description, "sortText": f"!{at}", "body": one.body}
            for at, one in enumerate(snippets)
        ]


def _parts(value: object) -> Iterator[Schema]:
    """Every mapping within."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(one)
