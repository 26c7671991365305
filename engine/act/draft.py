"""From calls to actions: who is written to, how lines of one customer come together, what was done before.

Comes in: picks with the decision of their class. Goes out: Actions and Withheld, unsorted.
Know before changing: notices are consolidated per customer, entity and currency, their level the highest of their lines.
Here, and only here, is settled what a class cannot know: whether a contact can be reached, whether an action was done before,
whether a hold is in force.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine import money
from engine.act import settle
from engine.act.address_book import AddressBook, Customer
from engine.act.picks import Pick
from engine.act.values import Action, Item, Line, Withheld
from engine.dates import shifted
from engine.decide.asking import roles_for
from engine.decide.calls import Call
from engine.decide.decide import Decision
from engine.decide.findings import facts_by_rule
from engine.decide.ladder import NO_CONTACT, NOTHING_TO_CHASE
from engine.decide.settling import settled
from engine.policy.model import (
    Alert,
    CreditHold,
    HandOver,
    LateFee,
    Notice,
    OncePer,
    Policy,
    ProposeWriteOff,
    ReleaseCreditHold,
    Review,
    SetCreditLimit,
    SetRating,
    SetTerms,
    Subject,
    Task,
    kind_of,
)

Parameters = tuple[tuple[str, int | str | None], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One call for one subject, ready to become a line."""

    pick: Pick
    policy: Policy
    call: Call
    line: Line
    entity_id: int
    currency: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class Draft:
    """The plan in the making: parts by the action they will share, and what is withheld."""

    as_of: str
    book: AddressBook
    groups: dict[tuple[object, ...], list[Part]] = field(default_factory=dict)
    withheld: list[Withheld] = field(default_factory=list)
    behind: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def add(self, pick: Pick, policy: Policy, class_id: str, decision: Decision) -> None:
        """Take in one subject: each call becomes a part of an action, is withheld, or was done before."""
        called = settled(policy, decision.calls, dict(pick.values)) if policy.credit else decision.calls
        calls = [call for call in called if not self._done(pick, policy, call)]
        hindered = self._hindered(pick, calls)
        charged = False
        for call in calls:
            fee = call.action if isinstance(call.action, LateFee) else None
            if fee and ((charged and fee.once_per is OncePer.RECEIVABLE) or not self._at_stake(pick, policy, call)):
                # A second fee of the same run, or one that is less than the smallest coin of the currency.
                continue
            reasons = call.reasons + ((hindered[call.rule],) if call.rule in hindered else ())
            charged = charged or (fee is not None and not reasons)
            if reasons:
                self.withheld.append(self._withheld(pick, policy, class_id, call, reasons))
                continue
            for part in self._parts(pick, policy, class_id, call):
                self.groups.setdefault(_group(part), []).append(part)

    def actions(self) -> Iterator[Action]:
        """The actions, each with its lines by key. A fee is due on the deadline of the notice that it goes with."""
        deadlines: dict[tuple[int, int, str], str] = {}
        for group in sorted(self.groups, key=lambda group: group[0] != "notice"):
            parts = sorted(self.groups[group], key=lambda part: part.line.key)
            action = self._action(str(group[0]), parts, deadlines)
            if action.kind == "notice":
                deadline = dict(action.parameters)["deadline"]
                if deadline is not None:
                    deadlines.setdefault((action.customer_id, action.entity_id, action.currency), str(deadline))
            yield action

    def _hindered(self, pick: Pick, calls: Iterable[Call]) -> dict[str, str]:
        """The rules whose notice cannot go out, and why: all that goes with the notice is withheld with it."""
        found: dict[str, str] = {}
        for call in calls:
            if not isinstance(call.action, Notice):
                continue
            if self.book.recipient(pick.customer_id, call.action) is None:
                found[call.rule] = NO_CONTACT
            elif pick.subject is Subject.CUSTOMER and not self.book.statement(pick.customer_id):
                found[call.rule] = NOTHING_TO_CHASE
        return found

    def _done(self, pick: Pick, policy: Policy, call: Call) -> bool:
        """Whether the state that the action asks for holds already, or the action of a rule was carried out before.

        The steps of a ladder are never done before, their level says where they stand; but a fee once per level is.
        """
        match call.action:
            case CreditHold(reason):
                return reason in self.book.held(pick.customer_id)
            case ReleaseCreditHold(reason):
                return reason not in self.book.held_by_policy(pick.customer_id)
            case LateFee():
                return self.book.alive(_stem(pick, policy, call))
            case SetRating() | SetCreditLimit() | SetTerms() | Review():
                # These are called for only where the book says otherwise.
                return False
            case _:
                return call.level is None and self.book.alive(_stem(pick, policy, call))

    def _parts(self, pick: Pick, policy: Policy, class_id: str, call: Call) -> Iterator[Part]:
        """The parts of one call: one, or for a notice to a whole customer one per entity and currency that it owes in."""
        if pick.subject is Subject.RECEIVABLE or not isinstance(call.action, Notice):
            stem = _stem(pick, policy, call)
            items: tuple[Item, ...] = (_item(pick),) if pick.subject is Subject.RECEIVABLE else ()
            line = self._line(pick, policy, class_id, call, stem)
            home = isinstance(call.action, CreditHold | ReleaseCreditHold)
            entity = self.book.customer(pick.customer_id).entity_id if home else pick.entity_id
            yield Part(pick, policy, call, line, entity, policy.currency if home else pick.currency, items)
            return
        for (entity, currency), items in self.book.statement(pick.customer_id).items():
            line = self._line(pick, policy, class_id, call, f"{_stem(pick, policy, call)}.{entity}.{currency}")
            yield Part(pick, policy, call, line, entity, currency, items)

    def _line(self, pick: Pick, policy: Policy, class_id: str, call: Call, stem: str) -> Line:
        """The subject's line under its next key."""
        occurrence = self.book.occurrences(stem) + 1
        return Line(
            subject=pick.subject.value,
            receivable=pick.number,
            receivable_id=pick.id if pick.subject is Subject.RECEIVABLE else None,
            episode=pick.episode,
            policy=policy.name,
            version=policy.version,
            rule=call.rule,
            class_id=class_id,
            level_from=call.level_from,
            level_to=call.level_to,
            occurrence=occurrence,
            key=f"{stem}/{occurrence}",
            facts=tuple(pair for pair in pick.values if pair[0] in self._behind(policy, call.rule)),
            digest=pick.digest,
        )

    def _behind(self, policy: Policy, rule: str) -> frozenset[str]:
        """The facts that a rule's findings read: what a line states as its reason."""
        if policy.name not in self.behind:
            self.behind[policy.name] = facts_by_rule(policy)
        return self.behind[policy.name][rule]

    def _withheld(self, pick: Pick, policy: Policy, class_id: str, call: Call, reasons: tuple[str, ...]) -> Withheld:
        """The call as the preview shows it, with every reason."""
        customer = self.book.customer(pick.customer_id)
        return Withheld(
            kind=kind_of(call.action),
            customer=customer.number,
            customer_name=customer.name,
            entity=self.book.entity(pick.entity_id),
            currency=pick.currency,
            subject=pick.subject.value,
            receivable=pick.number,
            policy=policy.name,
            version=policy.version,
            rule=call.rule,
            class_id=class_id,
            level_from=call.level_from,
            level_to=call.level_to,
            days_past_due=pick.days_past_due,
            amount=self._at_stake(pick, policy, call),
            reasons=reasons,
        )

    def _at_stake(self, pick: Pick, policy: Policy, call: Call) -> int:
        """What a withheld action would have been about: the fee, what is chased, or what is open of a wholly contested one."""
        if isinstance(call.action, LateFee):
            return self.book.converted(call.action.amount, policy.currency, pick.currency)
        amount = settle.stake(policy, call, dict(pick.values)) if policy.credit else None
        return pick.chased or pick.open if amount is None else amount

    def _action(self, kind: str, parts: list[Part], deadlines: Mapping[tuple[int, int, str], str]) -> Action:
        """One action of all its parts; the part of the highest level speaks for it."""
        first = max(parts, key=lambda part: (part.call.level or 0, part.line.key))
        customer = self.book.customer(first.pick.customer_id)
        where = (customer.id, first.entity_id, first.currency)
        amount, parameters, before, after = self._said(first, parts, customer, deadlines.get(where, self.as_of))
        entity = self.book.entity(first.entity_id)
        return Action(
            address="/".join([kind, customer.number, entity, first.currency, *_told_apart(first)]),
            kind=kind,
            customer=customer.number,
            customer_id=customer.id,
            customer_name=customer.name,
            entity=entity,
            entity_id=first.entity_id,
            currency=first.currency,
            amount=amount,
            parameters=parameters,
            before=before,
            after=after,
            approval=self._approval(kind, parts, amount, dict(parameters)),
            lines=tuple(part.line for part in parts),
            items=_items(parts),
        )

    def _approval(
        self, kind: str, parts: Sequence[Part], amount: int | None, given: Mapping[str, int | str | None]
    ) -> tuple[str, ...]:
        """The roles that the policies of its parts ask for; each is asked in its own currency."""
        found: set[str] = set()
        before, days = given.get("limit_before"), given.get("days")
        assert not isinstance(before, str) and not isinstance(days, str), given
        for policy in {part.policy.name: part.policy for part in parts if part.policy.approvals}.values():
            here = None if amount is None else self.book.converted(amount, parts[0].currency, policy.currency)
            found.update(roles_for(policy, kind, amount=here, before=before, days=days))
        return tuple(sorted(found))

    def _said(
        self, first: Part, parts: list[Part], customer: Customer, deadline: str
    ) -> tuple[int | None, Parameters, str, str]:
        """The amount, the parameters, and before and after in words, by the kind of action."""
        chased = sum(item.chased for item in _items(parts))
        if first.pick.subject is Subject.CUSTOMER and not chased:
            chased = first.pick.chased
        level = first.call.level_to
        before, after = ("", "") if level is None else (f"level {first.call.level_from}", f"level {level}")
        match first.call.action:
            case Notice() as notice:
                return chased, self._of_notice(notice, first, customer), before, after
            case Task(what, note, within):
                due = shifted(self.as_of, within)
                return (
                    chased,
                    _sorted(what=what, note=note, due=due, collector=customer.collector),
                    before,
                    after or what,
                )
            case LateFee(fee):
                amount = self.book.converted(fee, first.policy.currency, first.currency)
                said = f"{money.written(amount, first.currency)} {first.currency}"
                return amount, self._of_fee(fee, first, deadline), "no fee", f"fee of {said}"
            case CreditHold(reason):
                return None, _sorted(reason=reason), "no credit hold", f"credit hold: {reason}"
            case ReleaseCreditHold(reason):
                return None, _sorted(reason=reason), f"credit hold: {reason}", "released"
            case Alert(to, severity, note):
                return chased, _sorted(to=to, severity=severity, note=note), before, after or f"alert to {to}"
            case HandOver(to, note):
                return chased, _sorted(to=to, note=note), before or "chased by us", f"handed over to {to}"
            case ProposeWriteOff(note):
                return chased, _sorted(note=note), before or "open", after or "proposed to be written off"
            case SetRating() | SetCreditLimit() | SetTerms() | Review() as action:
                limit, given, was, becomes = settle.said(first.policy, action, dict(first.pick.values), self.as_of)
                return limit, _sorted(**given), was, becomes
            case None:
                return None, (), before, after

    def _of_notice(self, notice: Notice, first: Part, customer: Customer) -> Parameters:
        """How, to whom, in which words and until when."""
        recipient = self.book.recipient(customer.id, notice)
        assert recipient is not None, "a notice without a recipient is withheld"
        levels = first.policy.ladder.levels if first.policy.ladder else ()
        name = next((level.name for level in levels if level.number == first.call.level), None)
        deadline = None if notice.pay_within_days is None else shifted(self.as_of, notice.pay_within_days)
        return _sorted(
            channel=recipient.channel.value,
            deadline=deadline,
            language=recipient.language,
            level_name=name,
            recipient=recipient.address,
            recipient_name=recipient.name,
            template=notice.template,
        )

    def _of_fee(self, fee: int, first: Part, deadline: str) -> Parameters:
        """What the fee is for, when it is due, and what the policy says it is."""
        return _sorted(due=deadline, of=first.pick.number, policy_amount=fee, policy_currency=first.policy.currency)


def numbered(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions in the order of their addresses; where two would share one, the later ones get a number."""
    result: list[Action] = []
    seen: dict[str, int] = {}
    for action in sorted(actions, key=lambda action: (action.address, action.lines[0].key)):
        seen[action.address] = seen.get(action.address, 0) + 1
        number = seen[action.address]
        result.append(action if number == 1 else replace(action, address=f"{action.address}#{number}"))
    return tuple(result)


def _stem(pick: Pick, policy: Policy, call: Call) -> str:
    """The idempotency key without its occurrence."""
    subject = f"r{pick.id}" if pick.subject is Subject.RECEIVABLE else f"c{pick.id}"
    return f"{policy.name}/{subject}/{pick.episode}/{call.rule}/{kind_of(call.action)}.{call.index}"


def _group(part: Part) -> tuple[object, ...]:
    """What parts must share to be one action."""
    kind, customer = kind_of(part.call.action), part.pick.customer_id
    where = (kind, customer, part.entity_id, part.currency)
    # A receivable and the customer as a whole share a letter, but no task, alert or handing over: their amounts differ.
    apart = (*where, part.pick.subject)
    match part.call.action:
        case Notice(template=template):
            return where if part.call.level is not None else (*where, template)
        case Task(what, note, within):
            return (*apart, what, note, within)
        case LateFee() | None:
            return (*where, part.line.key)
        case CreditHold(reason) | ReleaseCreditHold(reason):
            return (kind, customer, reason)
        case Alert(to, severity, note):
            return (*apart, to, severity, note)
        case HandOver(to, note):
            return (*apart, to, note)
        case ProposeWriteOff(note):
            return (*apart, note)
        case SetRating() | SetCreditLimit() | SetTerms() | Review():
            return (kind, customer)


def _told_apart(part: Part) -> tuple[str, ...]:
    """What an address needs beside kind, customer, entity and currency."""
    match part.call.action:
        case Notice():
            return ()
        case Task(what):
            return (what,)
        case LateFee() | None:
            return (part.pick.number or "all",)
        case CreditHold(reason) | ReleaseCreditHold(reason):
            return (reason,)
        case Alert(to) | HandOver(to):
            return (to,)
        case ProposeWriteOff() | SetRating() | SetCreditLimit() | SetTerms() | Review():
            return ()


def _items(parts: Iterable[Part]) -> tuple[Item, ...]:
    """What an action speaks of, each receivable once however many rules or policies name it, the oldest first."""
    return tuple(sorted({item for part in parts for item in part.items}, key=lambda item: (item.due, item.receivable)))


def _item(pick: Pick) -> Item:
    """The receivable as a notice speaks of it."""
    assert pick.number is not None and pick.days_past_due is not None, pick
    return Item(pick.number, pick.issued, pick.due, pick.days_past_due, pick.open, pick.chased)


def _sorted(**parameters: int | str | None) -> Parameters:
    """Parameters in the order of their names."""
    return tuple(sorted(parameters.items()))
