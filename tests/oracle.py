"""The law in plain slow Python: policies decided straight from facts, subject by subject.

Comes in: policies, the raw rows of a book, a date. Goes out: an Outcome that compares with a Plan (`outcome_of`).
Know before changing: no findings, no classes, no rules engine, no SQL; it imports from engine nothing that decides. It is
written from DESIGN section 6, to be read beside it. Where the engine disagrees, find out which of them is right. What a credit
policy makes of one customer stands in tests/oracle_credit.py; here are both kinds in one outcome.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.act.values import Action, Plan
from engine.policy import model
from engine.policy.model import Policy, Subject
from tests import oracle_credit
from tests.books import Rows
from tests.oracle_conditions import Of, holds, reached
from tests.oracle_facts import Facts, Reading, Row, Value, facts, half_up, shifted

# subject, receivable, policy, rule, level from, level to
Line = tuple[str, str | None, str, str, int | None, int | None]


# What an action speaks of (the number of a receivable, None for the customer as a whole), and how much of it.
Amounts = dict[str | None, int]
# Kinds that move no money, and those that set a value of the customer.
HOLDING = ("credit_hold", "release_credit_hold")
SET = ("set_rating", "set_credit_limit", "set_terms", "review")


@dataclass(frozen=True, order=True)
class Done:
    """An action of the plan, as far as two ways of computing it must agree. `told`: the reason, the task, whom, the template,
    and what a credit policy sets. `roles` have to approve it."""

    kind: str
    customer: str
    entity: str
    currency: str
    amount: int | None
    told: str
    lines: tuple[Line, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Kept:
    """An action that was called for and withheld, with all reasons."""

    kind: str
    customer: str
    line: Line
    amount: int
    reasons: tuple[str, ...]


@dataclass
class Outcome:
    """What is to be done, what is withheld, what nobody covers (entity, currency, receivables, amount), each sorted."""

    done: list[Done] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    uncovered: list[tuple[str, str, int, int]] = field(default_factory=list)
    covered: dict[tuple[str, Subject, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """An action that a level or rule calls for on one subject. `index` is its place in `then`; `before` and `after` are of a
    value that a credit policy sets."""

    rule: str
    index: int
    action: model.Action | None
    level: int | None
    moves: tuple[int, int] | None
    reasons: tuple[str, ...]
    before: Value = None
    after: Value = None


# -- who is covered by what -----------------------------------------------------------------------------------------------


def covering(policies: Sequence[Policy], assigned: str | None, of: dict[str, Of], as_of: str) -> Policy | None:
    """The policy of a subject: the one it is assigned to; else of those that cover it the one of the highest priority.

    `of` has the subject's facts by currency. Policies of the other kind, or of the other kind of subject, are no rivals.
    """
    for policy in policies:
        if policy.name == assigned:
            return policy
    found = [p for p in policies if p.covers is None or holds(p.covers, of[p.currency], as_of)]
    return min(found, key=lambda policy: (-policy.priority, policy.name), default=None)


# -- what is called for ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Eyes:
    """How the law looks at a subject: the same words of a receivable and of a customer."""

    of: Of
    whole: bool

    def __getitem__(self, word: str) -> Value:
        """The fact for a word of the law."""
        receivable, customer = {
            "due_date": ("due_date", "customer.oldest_due_date"),
            "invoice_date": ("invoice_date", "customer.oldest_invoice_date"),
            "promised_date": ("promised_date", "customer.promised_date"),
            "previous_notice": ("last_notice_date", "customer.last_notice_date"),
            "previous_deadline": ("deadline_date", "customer.deadline_date"),
            "level": ("level", "customer.level"),
            "times_at_level": ("times_at_level", "customer.times_at_level"),
            "since_level": ("days_since_level", "customer.days_since_level"),
            "delivered": ("last_notice_delivered", "customer.last_notice_delivered"),
            "chased": ("undisputed_amount", "customer.undisputed_overdue_amount"),
            "held": ("dunning_hold", "customer.dunning_hold"),
            "promise": ("promise", "customer.promise"),
            "handed_over": ("handed_over", "customer.handed_over"),
        }[word]
        return self.of[customer if self.whole else receivable]

    def number(self, word: str) -> int:
        """A fact that is never missing, as a number."""
        value = self[word]
        assert isinstance(value, int), (word, value)
        return value

    @property
    def disputed(self) -> bool:
        """Whether everything that could be chased is contested."""
        if not self.whole:
            return self.of["dispute"] == "whole"
        overdue = self.of["customer.overdue_amount"]
        return isinstance(overdue, int) and overdue > 0 and self.number("chased") <= 0


def calls(policy: Policy, of: Of, as_of: str) -> list[Call]:
    """What the policy calls for on a subject with these facts: the ladder's step, then its rules as written; of a credit
    policy every stage."""
    if policy.credit is not None:
        return [Call(call.rule, call.index, call.action, None, None, call.reasons, call.before, call.after)
                for call in oracle_credit.judge(policy, of, as_of).calls]
    eyes = Eyes(of, policy.subject is Subject.CUSTOMER)
    return [*_of_ladder(policy, eyes, as_of), *_of_rules(policy, eyes, as_of)]


def _stops(policy: Policy, eyes: Eyes, as_of: str, *, ladder: bool) -> list[str]:
    """What stops a subject's actions: a hold, a handing over (the ladder only), a dispute, a promise, the policy's own."""
    found = [("dunning-hold", eyes["held"] == 1), ("handed-over", ladder and eyes["handed_over"] == 1),
             ("disputed", eyes.disputed), ("promise-pending", eyes["promise"] == "pending")]
    found += [(entry.because, holds(entry.when, eyes.of, as_of)) for entry in policy.withhold]
    return [reason for reason, true in found if true]


def _pace(ladder: model.Ladder, eyes: Eyes) -> list[str]:
    """What paces the ladder: the smallest amount, the days between notices, no step without the notice before it."""
    of_customer = eyes.whole or ladder.interval_scope is Subject.CUSTOMER
    since = eyes.of["customer.days_since_last_notice" if of_customer else "days_since_last_notice"]
    one_level = ladder.climb is model.Climb.ONE_LEVEL
    found = [("below-tolerance", 0 < eyes.number("chased") < ladder.tolerance),
             ("interval", eyes["since_level"] == 0
              or (isinstance(since, int) and since < ladder.days_between_notices)),
             ("previous-notice-not-sent", one_level and eyes["delivered"] == 0)]
    return [reason for reason, true in found if true]


def _of_ladder(policy: Policy, eyes: Eyes, as_of: str) -> list[Call]:
    """The step of the ladder, all actions of the level together."""
    ladder = policy.ladder
    if ladder is None:
        return []
    current = max((level.number for level in ladder.levels if level.number <= eyes.number("level")), default=0)
    target = _target(ladder, current, eyes, as_of)
    if target is None:
        return []
    rule, moves = f"level {target.number}", (current, target.number)
    stops = _stops(policy, eyes, as_of, ladder=True)
    if target.number < current:
        return [Call(rule, 0, None, target.number, moves, _distinct(stops))]
    stops += _pace(ladder, eyes)
    found = [_call(policy, rule, index, action, target.number, stops, eyes) for index, action in enumerate(target.then)]
    return _carried([call for call in found if call], Call(rule, 0, None, target.number, moves, _distinct(stops)))


def _target(ladder: model.Ladder, current: int, eyes: Eyes, as_of: str) -> model.Level | None:
    """The level to go to, if any."""
    holding = [level for level in ladder.levels if _holds_level(level, eyes, as_of)]
    if ladder.climb is model.Climb.ONE_LEVEL:
        target = next((level for level in holding if level.number == current + 1), None)
    else:
        target = max(holding, key=lambda level: level.number, default=None)
        if target is not None and target.number == current:
            target = None
    last = ladder.levels[-1]
    if target is None and last in holding and last.number == current and _repeats(ladder, eyes):
        return last
    return target


def _holds_level(level: model.Level, eyes: Eyes, as_of: str) -> bool:
    """Whether a level's days have passed and its condition holds."""
    after = level.boundary is model.Boundary.AFTER
    there = reached(eyes[level.anchor.value], level.after_days, as_of, month_end=level.month_end, after=after)
    return there and (level.when is None or holds(level.when, eyes.of, as_of))


def _repeats(ladder: model.Ladder, eyes: Eyes) -> bool:
    """Whether the last level is to be repeated: the first time it was carried out is no repetition."""
    since = eyes["since_level"]
    return (ladder.after_last is not None and isinstance(since, int) and since >= ladder.after_last.every_days
            and eyes.number("times_at_level") - 1 < ladder.after_last.at_most)


def _carried(found: list[Call], bare: Call) -> list[Call]:
    """The level is carried by the notice; without one by the first action that nothing but a reason can stop."""
    bearers = [call for call in found if isinstance(call.action, model.Notice)]
    others = model.Task | model.Alert | model.HandOver | model.ProposeWriteOff
    bearers += [call for call in found if isinstance(call.action, others)]
    if not bearers:
        return [bare, *found]
    bearer = bearers[0]
    carrying = Call(bearer.rule, bearer.index, bearer.action, bearer.level, bare.moves, bearer.reasons)
    return [carrying if call is bearer else call for call in found]


def _of_rules(policy: Policy, eyes: Eyes, as_of: str) -> list[Call]:
    """The actions of every rule whose condition holds."""
    stops = _stops(policy, eyes, as_of, ladder=False)
    found = [_call(policy, f"rule {rule.id}", index, action, None, stops, eyes)
             for rule in policy.rules if holds(rule.when, eyes.of, as_of) for index, action in enumerate(rule.then)]
    return [call for call in found if call]


def _call(policy: Policy, rule: str, index: int, action: model.Action, level: int | None, stops: Sequence[str],
          eyes: Eyes) -> Call | None:
    """One action; a fee is never on a fee, and once per receivable where it says so."""
    reasons = list(stops)
    if isinstance(action, model.LateFee):
        if action.once_per is model.OncePer.RECEIVABLE and eyes.of["fee_charged"] == 1:
            return None
        if eyes.of["kind"] in ("fee", "interest"):
            reasons.append("fee-on-fee")
    return Call(rule, index, action, level, None, _distinct(reasons))


def _distinct(reasons: Iterable[str]) -> tuple[str, ...]:
    """Each reason once, where it stood first."""
    return tuple(dict.fromkeys(reasons))


# -- what is done ---------------------------------------------------------------------------------------------------------


def decide(policies: Sequence[Policy], rows: Rows, as_of: str, known_at: str) -> Outcome:
    """Everything that the policies call for on the date."""
    currencies = sorted({policy.currency for policy in policies})
    read = {currency: facts(rows, as_of, known_at, currency) for currency in currencies}
    return _Law(tuple(policies), Reading(rows, as_of, known_at, currencies[0]), read).outcome()


@dataclass(frozen=True)
class Part:
    """A call of one policy that becomes an action, with others that belong to it."""

    policy: Policy
    call: Call
    line: Line
    amounts: Amounts
    entity: int
    currency: str


@dataclass
class _Law:
    """One run: the policies, the book, its facts by currency."""

    policies: tuple[Policy, ...]
    reading: Reading
    facts: dict[str, Facts]
    result: Outcome = field(default_factory=Outcome)
    groups: dict[tuple[object, ...], list[Part]] = field(default_factory=dict)

    def outcome(self) -> Outcome:
        """Each receivable, each customer, then the lines that belong together."""
        some = next(iter(self.facts.values()))
        for identity in some.receivables:
            row = self.reading.row("receivables", identity)
            assigned = row["policy"] or self._version(row["customer_id"]).get("policy")
            self._subject(Subject.RECEIVABLE, identity, row["customer_id"], row, assigned)
        for identity in some.customers:
            self._subject(Subject.CUSTOMER, identity, identity, None, self._version(identity).get("policy"))
        self.result.done = sorted(self._joined(), key=repr)
        self.result.kept.sort(key=repr)
        self.result.uncovered = self._uncovered()
        return self.result

    def _subject(self, kind: Subject, identity: int, customer: int, row: Row | None, assigned: str | None) -> None:
        """Decide one subject, once for each kind of policy."""
        of = {currency: found.receivables[identity] if row else found.customers[identity]
              for currency, found in self.facts.items()}
        for word in ("dunning", "credit"):
            rivals = [policy for policy in self.policies if policy.kind == word and policy.subject is kind]
            policy = covering(rivals, assigned, of, self.reading.as_of)
            if policy is None:
                continue
            self.result.covered[word, kind, identity] = policy.name
            episode = row["due"] if row else self.facts[policy.currency].episodes[identity]
            stem = f"{policy.name}/{'r' if row else 'c'}{identity}/{episode}"
            self._settle(policy, stem, customer, row, calls(policy, of[policy.currency], self.reading.as_of),
                         of[policy.currency])

    def _settle(self, policy: Policy, stem: str, customer: int, row: Row | None, called: list[Call], of: Of) -> None:
        """What was done before falls away; what goes with a notice that cannot be sent is withheld with it."""
        fresh = [call for call in called if not self._done_before(stem, customer, call)]
        hindered: dict[str, str] = {}
        for call in fresh:
            if isinstance(call.action, model.Notice):
                if not self._reachable(customer, call.action):
                    hindered[call.rule] = "no-contact"
                elif row is None and not self._statement(customer):
                    hindered[call.rule] = "nothing-to-chase"
        charged = False
        for call in fresh:
            reasons = (*call.reasons, *((hindered[call.rule],) if call.rule in hindered else ()))
            fee = call.action if isinstance(call.action, model.LateFee) else None
            if fee and fee.once_per is model.OncePer.RECEIVABLE and charged:
                continue
            # Less than the smallest coin is no fee.
            if fee and row and self._in(row["currency"], fee.amount, policy.currency) == 0:
                continue
            line = self._line(policy, row, call)
            if reasons:
                stake = self._at_stake(policy, row, call, of)
                self.result.kept.append(Kept(model.kind_of(call.action), self._number(customer), line, stake, reasons))
                continue
            charged = charged or fee is not None
            self._place(policy, customer, row, call, line, of)

    def _at_stake(self, policy: Policy, row: Row | None, call: Call, of: Of) -> int:
        """The fee, the limit, or what would have been chased; where that is nothing, what is open."""
        if isinstance(call.action, model.LateFee) and row:
            return self._in(row["currency"], call.action.amount, policy.currency)
        if model.kind_of(call.action) in SET:
            return (_limit_after(call) or 0) if isinstance(call.action, model.SetCreditLimit) else 0
        if row:
            return self._chased(row) or self.reading.open_of(row)
        amount = of["customer.overdue_amount"] or of["customer.open_amount"]
        assert isinstance(amount, int)
        return amount

    def _place(self, policy: Policy, customer: int, row: Row | None, call: Call, line: Line, of: Of) -> None:
        """Put a line with those that become one action with it."""
        home = self.reading.row("customers", customer)["entity_id"]
        kind, action = model.kind_of(call.action), call.action
        if row is None and isinstance(action, model.Notice):
            for (entity, currency), amounts in self._statement(customer).items():
                part = Part(policy, call, line, amounts, entity, currency)
                self._join((kind, customer, entity, currency, _apart(call, row)), part)
            return
        if isinstance(action, model.CreditHold | model.ReleaseCreditHold):
            self._join((kind, customer, action.reason), Part(policy, call, line, {}, home, ""))
            return
        if isinstance(action, model.SetCreditLimit):
            self._join((kind, customer), Part(policy, call, line, {}, home, policy.currency))
            return
        if kind in SET:
            self._join((kind, customer), Part(policy, call, line, {}, home, ""))
            return
        entity, currency = (row["entity_id"], row["currency"]) if row else (home, policy.currency)
        if isinstance(action, model.LateFee):
            assert row is not None
            amount: Value = self._in(currency, action.amount, policy.currency)
        else:
            amount = self._chased(row) if row else of["customer.overdue_amount"]
        assert isinstance(amount, int)
        alone = line if action is None or isinstance(action, model.LateFee) else None
        apart = (alone, call.index) if alone else _apart(call, row)
        what = row["number"] if row else None
        self._join((kind, customer, entity, currency, apart), Part(policy, call, line, {what: amount}, entity, currency))

    def _join(self, group: tuple[object, ...], part: Part) -> None:
        """One more line of an action."""
        self.groups.setdefault(group, []).append(part)

    def _joined(self) -> Iterator[Done]:
        """The actions: one letter per customer, entity and currency; one hold; every fee by itself.

        What several lines speak of is counted once.
        """
        for (kind, customer, *_), parts in self.groups.items():
            assert isinstance(kind, str) and isinstance(customer, int)
            amounts = {what: amount for part in parts for what, amount in part.amounts.items()}
            money = None if kind in (*HOLDING, *SET, "set_level") else sum(amounts.values())
            if kind == "set_credit_limit":
                money = _limit_after(parts[0].call)
            # The letter is that of its highest level; where two of them differ, either will do.
            top = max(part.call.level or 0 for part in parts)
            told = {self._told(part) for part in parts if (part.call.level or 0) == top}
            entity = self.reading.row("entities", parts[0].entity)["code"]
            yield Done(kind, self._number(customer), entity, parts[0].currency, money, " or ".join(sorted(told)),
                       tuple(sorted((part.line for part in parts), key=repr)), self._roles(parts, money))

    def _told(self, part: Part) -> str:
        """The parameters by which a reader tells actions of a kind apart."""
        call, as_of = part.call, self.reading.as_of
        match call.action:
            case model.Notice(template=template):
                return template
            case model.Task(what=what):
                return what
            case model.CreditHold(reason) | model.ReleaseCreditHold(reason):
                return reason
            case model.Alert(to=to) | model.HandOver(to=to):
                return to
            case model.SetRating(rating, because):
                return f"{rating}: {'; '.join(because)}"
            case model.SetCreditLimit():
                assert part.policy.credit is not None and part.policy.credit.limit is not None
                days = part.policy.credit.limit.valid_days
                return f"until {None if days is None or call.after is None else shifted(as_of, days)}"
            case model.SetTerms():
                return f"{call.after} days"
            case model.Review(within, because):
                return f"by {shifted(as_of, within)}: {'; '.join(because)}"
            case _:
                return ""

    def _roles(self, parts: Sequence[Part], amount: int | None) -> tuple[str, ...]:
        """Who has to approve the action: every policy in it asks, in its own currency."""
        found: set[str] = set()
        for part in parts:
            called = oracle_credit.Called(part.call.rule, part.call.action or model.ProposeWriteOff(None),
                                          before=part.call.before, after=part.call.after)
            if part.call.action is not None:
                here = amount if amount is None else self._in(part.policy.currency, amount, part.currency)
                found |= set(oracle_credit.roles(part.policy, called, here))
        return tuple(sorted(found))

    # -- the book -------------------------------------------------------------------------------------------------------

    def _done_before(self, stem: str, customer: int, call: Call) -> bool:
        """Whether the state asked for holds already, or this very action stands from an earlier run.

        The steps of a ladder are never done: their level says so. A fee once per level is.
        """
        match call.action:
            case model.CreditHold(reason):
                return any(hold["reason"] == reason for hold in self.reading.holds("credit", customer))
            case model.ReleaseCreditHold(reason):
                return not any(hold["reason"] == reason and hold["effect_id"] is not None
                               for hold in self.reading.holds("credit", customer))
            case model.LateFee():
                pass
            case _ if call.level is not None:
                return False
        own = f"{stem}/{call.rule}/{model.kind_of(call.action)}.{call.index}"
        stems = [effect["key"].rsplit("/", 1)[0] for effect in self.reading.effects]
        return any(stem == own or stem.startswith(f"{own}.") for stem in stems)

    def _reachable(self, customer: int, notice: model.Notice) -> bool:
        """Whether some contact may be written to through the channel or the other one; the portal needs only a contact."""
        may = [c for c in self.reading.rows["contacts"] if c["customer_id"] == customer and not c["do_not_contact"]]
        needs = {"email": "email", "letter": "address", "portal": "name"}
        channels = [channel for channel in (notice.channel, notice.otherwise) if channel is not None]
        return any(contact[needs[channel.value]] for channel in channels for contact in may)

    def _statement(self, customer: int) -> dict[tuple[int, str], Amounts]:
        """What a letter to a whole customer chases, by entity and currency: what is overdue, or else what is open."""
        own = [r for r in self.reading.open if r["customer_id"] == customer]
        late = [r for r in own if r["due"] < self.reading.as_of]
        found: dict[tuple[int, str], Amounts] = {}
        for row in late or own:
            if chased := self._chased(row):
                found.setdefault((row["entity_id"], row["currency"]), {})[row["number"]] = chased
        return found

    def _chased(self, row: Row) -> int:
        """The undisputed part of a receivable in its own currency."""
        return self.reading.open_of(row) - self.reading.contested(row)[1]

    def _in(self, currency: str, amount: int, source: str) -> int:
        """An amount of the policy in the receivable's currency."""
        rate = Reading(self.reading.rows, self.reading.as_of, self.reading.known_at, currency).rate(source)
        return half_up(amount * rate)

    def _version(self, customer: int) -> Row:
        """What is true of the customer on the date."""
        found = [v for v in self.reading.rows["customer_versions"] if v["customer_id"] == customer
                 and v["valid_from"] <= self.reading.as_of]
        return max(found, key=lambda v: (v["valid_from"], v["id"]), default={})

    def _number(self, customer: int) -> str:
        """The number of a customer."""
        return str(self.reading.row("customers", customer)["number"])

    def _line(self, policy: Policy, row: Row | None, call: Call) -> Line:
        """A subject's part in an action."""
        low, high = call.moves or (None, None)
        return (policy.subject.value, row["number"] if row else None, policy.name, call.rule, low, high)

    def _uncovered(self) -> list[tuple[str, str, int, int]]:
        """Open receivables that no policy covers: not themselves, nor with a customer whose policy has a ladder."""
        chasing = {policy.name for policy in self.policies if policy.ladder}
        found: dict[tuple[str, str], list[int]] = {}
        for row in self.reading.open:
            through = self.result.covered.get(("dunning", Subject.CUSTOMER, row["customer_id"]))
            if ("dunning", Subject.RECEIVABLE, row["id"]) not in self.result.covered and through not in chasing:
                where = (self.reading.row("entities", row["entity_id"])["code"], row["currency"])
                found.setdefault(where, []).append(self.reading.open_of(row))
        return sorted((*where, len(amounts), sum(amounts)) for where, amounts in found.items())


def _limit_after(call: Call) -> int | None:
    """The new limit."""
    assert not isinstance(call.after, str)
    return call.after


def _apart(call: Call, row: Row | None) -> object:
    """What actions of one kind must share, beside customer, entity and currency, to be one: all that they say.

    Notices of the ladder are one letter whatever their level; a notice of a rule is a letter of its own kind. Other
    actions on a receivable are not mixed with those on the customer as a whole.
    """
    if isinstance(call.action, model.Notice):
        return call.action.template if call.level is None else None
    return call.action, row is None


# -- the plan, read the same way ------------------------------------------------------------------------------------------


def outcome_of(plan: Plan) -> Outcome:
    """A plan, as far as it must agree with the oracle."""
    found = Outcome()
    for action in plan.actions:
        lines = [(line.subject, line.receivable, line.policy, line.rule, line.level_from, line.level_to)
                 for line in action.lines]
        silent = action.kind in (*HOLDING, *SET) and action.kind != "set_credit_limit"
        found.done.append(Done(action.kind, action.customer, action.entity, "" if silent else action.currency, action.amount,
                               _said(action), tuple(sorted(lines, key=repr)), action.approval))
    for one in plan.withheld:
        line = (one.subject, one.receivable, one.policy, one.rule, one.level_from, one.level_to)
        found.kept.append(Kept(one.kind, one.customer, line, one.amount, one.reasons))
    found.done.sort(key=repr)
    found.kept.sort(key=repr)
    found.uncovered = [(one.entity, one.currency, one.receivables, one.amount) for one in plan.uncovered]
    return found


def _said(action: Action) -> str:
    """What the parameters tell, as `_Law._told` says it."""
    said = dict(action.parameters)
    match action.kind:
        case "set_rating":
            return f"{said['rating']}: {said['because'] or ''}"
        case "set_credit_limit":
            return f"until {said['until']}"
        case "set_terms":
            return f"{said['days']} days"
        case "review":
            return f"by {said['due']}: {said['because']}"
    return next((str(said[name]) for name in ("template", "what", "reason", "to") if said.get(name)), "")


def differences(expected: Outcome, actual: Outcome) -> list[str]:
    """Every line in which two outcomes differ; `told` may be any of several where the law leaves it open."""
    left = {_bare(one): one.told.split(" or ") for one in expected.done}
    right = {_bare(one): one.told for one in actual.done}
    found = [f"only the oracle does {key}" for key in left if key not in right]
    found += [f"only the engine does {key}" for key in right if key not in left]
    found += [f"the engine says {right[key]!r}, the oracle {left[key]!r} in {key}" for key in left
              if key in right and right[key] not in left[key]]
    if len(expected.done) != len(actual.done) and not found:
        found.append("the same action twice")
    kept, withheld = Counter(expected.kept), Counter(actual.kept)
    found += [f"only the oracle withholds {one}" for one in kept - withheld]
    found += [f"only the engine withholds {one}" for one in withheld - kept]
    if expected.uncovered != actual.uncovered:
        found.append(f"uncovered: oracle {expected.uncovered}, engine {actual.uncovered}")
    return found


def _bare(one: Done) -> tuple[object, ...]:
    """An action without what it tells, unless that distinguishes it."""
    distinct = None if one.kind == "notice" and any(line[5] is not None for line in one.lines) else one.told
    return (one.kind, one.customer, one.entity, one.currency, one.amount, distinct, one.lines, one.roles)
