"""Two plans of one day held against each other, in the words of whoever reads plans: what is otherwise, then and now.

Comes in: a plan, and the same made again. Goes out: Differences, the causes before what follows from them.
Know before changing: rows come first, since most other differences follow from them. Class numbers and digests shift with any
other difference, so they are told only where nothing else is: otherwise one payment would seem to change a thousand lines.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine import money
from engine.act.values import Action, Item, Line, Plan, Withheld, as_value
from engine.policy.model import value_text

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise: what it is about, how it was then and how it comes out now."""

    about: str
    then: str
    now: str


# What a part of a plan says, by the name under which it is told.
Said = Mapping[str, str]


def contrast(then: Plan, now: Plan) -> tuple[Difference, ...]:
    """Everything that is otherwise; empty where the plans are the same but for their ids and the version of duly."""
    found = [
        *_told(_rows(then), _rows(now), "no rows"),
        *_parts(_actions(then), _actions(now)),
        *_parts(_withheld(then), _withheld(now)),
        *_told(_open(then), _open(now), NOTHING),
    ]
    return tuple(
        found or [*_parts(_beneath(then), _beneath(now)), *_told(_classes(then), _classes(now), NOTHING)]
    ) or tuple(_rest(then, now))


def _told(then: Said, now: Said, absent: str) -> Iterator[Difference]:
    """Each name under which something else is said."""
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) != now.get(name):
            yield Difference(name, then.get(name, absent), now.get(name, absent))


def _parts(then: Mapping[str, Said], now: Mapping[str, Said]) -> Iterator[Difference]:
    """Parts that only one of the plans has, in one line each; of those that both have, what they say otherwise."""
    for name in sorted({*then, *now}):
        one, other = then.get(name), now.get(name)
        if one is None or other is None:
            yield Difference(name, _short(one), _short(other))
        else:
            yield from (Difference(f"{name}: {each.about}", each.then, each.now) for each in _told(one, other, NOTHING))


def _short(said: Said | None) -> str:
    """A part in one line: the beginning of what it says."""
    return (
        NOTHING
        if said is None
        else ", ".join(said[name] for name in ("amount", "after", "because") if said.get(name)) or "there"
    )


def _rows(plan: Plan) -> Said:
    """Which rows it stands on; only the tables that have any."""
    return {
        f"rows of {table}": f"{count:,}, the last is no. {last:,}" for table, last, count in plan.stands_on if count
    }


def _actions(plan: Plan) -> dict[str, Said]:
    """What each action says, by its address."""
    currencies = {ref.policy: ref.currency for ref in plan.policies}
    return {action.address: dict(_action(action, currencies)) for action in plan.actions}


def _action(action: Action, currencies: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name and text of everything that an action says, but for what lies beneath it."""
    if action.amount is not None:
        yield "amount", _money(action.amount, action.currency)
    yield from (("before", action.before), ("after", action.after), ("customer", action.customer_name))
    yield "approval", ", ".join(action.approval)
    yield from ((name.replace("_", " "), str(value)) for name, value in action.parameters if value is not None)
    for line in action.lines:
        yield from ((f"{_subject(line)}, {name}", text) for name, text in _line(line, currencies[line.policy]))
    for item in action.items:
        yield from ((f"{item.receivable}, {name}", text) for name, text in _item(item, action.currency))


def _line(line: Line, currency: str) -> Iterator[tuple[str, str]]:
    """What a line says of its subject, and the facts it was decided on."""
    yield "rule", f"{line.policy} v{line.version}: {line.rule}"
    if line.level_to is not None:
        yield "level", f"{line.level_from} to {line.level_to}"
    yield from (("episode", line.episode), ("time", str(line.occurrence)), ("key", line.key))
    yield from ((fact, value_text(value, fact, currency)) for fact, value in line.facts)


def _item(item: Item, currency: str) -> Iterator[tuple[str, str]]:
    """What a notice says of a receivable."""
    yield from (("issued", item.issued), ("due", item.due), ("days past due", str(item.days_past_due)))
    yield from (("open", _money(item.open, currency)), ("chased", _money(item.chased, currency)))


def _subject(line: Line) -> str:
    """The receivable that a line is about, or the customer as a whole."""
    return line.receivable or "the customer"


def _withheld(plan: Plan) -> dict[str, Said]:
    """What is said of each action that was withheld; of two that nothing tells apart the second has a number."""
    found: dict[str, Said] = {}
    seen: Counter[str] = Counter()
    for one in plan.withheld:
        name = f"withheld {one.kind}/{one.customer}/{one.receivable or 'the customer'}/{one.currency}/{one.policy}/{one.rule}"
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} no. {seen[name]}"] = dict(_stopped(one))
    return found


def _stopped(one: Withheld) -> Iterator[tuple[str, str]]:
    """Why, and what it would have been."""
    yield from (("because", " and ".join(one.reasons)), ("amount", _money(one.amount, one.currency)))
    yield from (("customer", one.customer_name), ("days past due", str(one.days_past_due)))
    if one.level_to is not None:
        yield "level", f"{one.level_from} to {one.level_to}"


def _open(plan: Plan) -> Said:
    """What is open, and what no policy covers."""
    found = {f"open in {currency}": _several(count, amount, currency) for currency, count, amount in plan.book_open}
    for one in plan.uncovered:
        name = f"covered by no policy in {one.entity}, {one.currency}"
        found[name] = f"{_several(one.receivables, one.amount, one.currency)}, {one.customers:,} customers"
    return found | {"customers without a credit policy": f"{plan.uncovered_customers:,}"}


def _several(count: int, amount: int, currency: str) -> str:
    """`12 receivables, 3,400.00 EUR`."""
    return f"{count:,} receivables, {_money(amount, currency)}"


def _beneath(plan: Plan) -> dict[str, Said]:
    """What lies beneath actions and withheld ones: the class each belongs to, and the digest of the rows it stands on."""
    found: dict[str, Said] = {}
    for action in plan.actions:
        found[action.address] = dict(_hidden(action.lines))
    for number, one in enumerate(plan.withheld, 1):
        found[f"withheld no. {number}"] = {"class": one.class_id}
    return found


def _hidden(lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """Class and digest of each line."""
    for line in lines:
        yield from (
            (f"{_subject(line)}, class", line.class_id),
            (f"{_subject(line)}, rows of the subject", line.digest),
        )


def _classes(plan: Plan) -> Said:
    """Each class: how many are in it, what fired, which comparisons hold."""
    return {
        f"class {one.id}": f"{one.subjects:,} subjects, {', '.join(one.fired) or 'no rule'}, {one.holds}"
        for one in plan.classes
    }


def _rest(then: Plan, now: Plan) -> Iterator[Difference]:
    """The names of the parts that are otherwise in a way that no words above tell."""
    one, other = as_value(then), as_value(now)
    for name in one:
        if name not in ("id", "engine") and one[name] != other[name]:
            yield Difference(name.replace("_", " "), "as kept", "otherwise")


def _money(amount: int, currency: str) -> str:
    """An amount with its currency."""
    return f"{money.written(amount, currency)} {currency}"
