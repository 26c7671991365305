"""Plans made by hand, for the tests of what people read: each builder fills in what its caller does not care about."""

from dataclasses import replace

from engine.act.values import (
    Action,
    ClassRef,
    FindingRef,
    Item,
    Line,
    Plan,
    PolicyRef,
    Total,
    Uncovered,
    Withheld,
)

STANDARD = PolicyRef(
    policy="standard",
    version=2,
    digest="sha256:" + "1a2b3c4d" * 8,
    file="policies/standard/v2.yaml",
    kind="dunning",
    subject="receivable",
    currency="CNY",
    limit_customers=500,
    limit_hundredths_of_book=1000,
    findings=(FindingRef("days_past_due", "days_past_due at_least 3", "policies/standard/v2.yaml:24:9"),),
    text="policy: standard\nkind: dunning\nversion: 2\n",
)
KEY_ACCOUNTS = replace(
    STANDARD,
    policy="key-accounts",
    version=1,
    digest="sha256:" + "9f8e7d6c" * 8,
    file="policies/key-accounts/v1.yaml",
    subject="customer",
    limit_customers=None,
    limit_hundredths_of_book=None,
)


def item(receivable: str, *, days: int = 20, amount: int = 10_000, due: str = "2026-02-09") -> Item:
    """A receivable that is open, and chased, with all of its amount."""
    return Item(receivable, "2026-01-10", due, days, amount, amount)


def line(
    receivable: str | None = "INV-1",
    *,
    receivable_id: int | None = 1,
    policy: str = "standard",
    version: int = 2,
    rule: str = "level-1",
    levels: tuple[int, int] | None = (0, 1),
    occurrence: int = 1,
) -> Line:
    """One subject's part: of a receivable, or of the customer where there is no receivable."""
    subject = "customer" if receivable is None else "receivable"
    return Line(
        subject=subject,
        receivable=receivable,
        receivable_id=None if receivable is None else receivable_id,
        episode="2026-02-09",
        policy=policy,
        version=version,
        rule=rule,
        class_id=f"{policy}@{version}/1",
        level_from=levels[0] if levels else None,
        level_to=levels[1] if levels else None,
        occurrence=occurrence,
        key=f"{policy}/{receivable or 'customer'}/2026-02-09/{rule}/notice.0/{occurrence}",
        facts=(("days_past_due", 20),),
        digest="sha256:" + "0" * 64,
    )


def action(
    kind: str,
    *lines: Line,
    items: tuple[Item, ...] = (),
    amount: int | None = None,
    customer: str = "C-1001",
    name: str = "Adler Maschinenbau GmbH",
    customer_id: int = 1,
    entity: str = "DE01",
    currency: str = "EUR",
    before: str = "",
    after: str = "",
    approval: tuple[str, ...] = (),
    **parameters: int | str | None,
) -> Action:
    """An action of that kind on one customer."""
    return Action(
        address=f"{kind}/{customer}/{entity}/{currency}",
        kind=kind,
        customer=customer,
        customer_id=customer_id,
        customer_name=name,
        entity=entity,
        entity_id=1,
        currency=currency,
        amount=amount,
        parameters=tuple(sorted(parameters.items())),
        before=before,
        after=after,
        approval=approval,
        lines=lines or (line(),),
        items=items,
    )


def notice(*items: Item, customer: str = "C-1001", **given: object) -> Action:
    """A notice by e-mail over those receivables, each going from level 0 to 1."""
    lines = tuple(line(each.receivable, receivable_id=n) for n, each in enumerate(items, 1))
    settings: dict[str, object] = {
        "items": items,
        "amount": sum(each.chased for each in items),
        "channel": "email",
        "deadline": "2026-03-08",
        "language": "de",
        "level_name": "friendly reminder",
        "recipient": "ap@example.com",
        "recipient_name": "Buchhaltung",
        "template": "friendly-reminder",
    }
    return action("notice", *lines, customer=customer, **(settings | given))  # type: ignore[arg-type]


def withheld(
    *reasons: str,
    customer: str = "C-2001",
    name: str = "Brandt & Söhne KG",
    receivable: str | None = "INV-77",
    amount: int = 50_000,
    currency: str = "EUR",
    days: int | None = 33,
    kind: str = "notice",
    levels: tuple[int, int] | None = (1, 2),
) -> Withheld:
    """An action that was called for and stopped for those reasons."""
    return Withheld(
        kind=kind,
        customer=customer,
        customer_name=name,
        entity="DE01",
        currency=currency,
        subject="customer" if receivable is None else "receivable",
        receivable=receivable,
        policy="standard",
        version=2,
        rule="level-2",
        class_id="standard@2/2",
        level_from=levels[0] if levels else None,
        level_to=levels[1] if levels else None,
        days_past_due=days,
        amount=amount,
        reasons=reasons or ("disputed",),
    )


def plan(
    *actions: Action,
    stopped: tuple[Withheld, ...] = (),
    uncovered: tuple[Uncovered, ...] = (),
    uncovered_customers: int = 0,
    policies: tuple[PolicyRef, ...] = (STANDARD,),
    book_open: tuple[tuple[str, int, int], ...] = (("EUR", 40, 10_000_000),),
) -> Plan:
    """A plan of 1 March 2026 with those actions; its totals are counted from them."""
    return Plan(
        id="sha256:" + "c0ffee00" * 8,
        as_of="2026-03-01",
        known_at="9999-12-31T23:59:59Z",
        engine="0.1.0",
        planner="li.na",
        policies=policies,
        stands_on=(("customers", 40, 40), ("payments", 7, 7), ("receivables", 40, 40)),
        book_open=book_open,
        classes=(
            ClassRef(
                "standard@2/1",
                "standard",
                2,
                len(actions),
                ("level-1",),
                "1",
            ),
        ),
        actions=actions,
        withheld=stopped,
        uncovered=uncovered,
        uncovered_customers=uncovered_customers,
        totals=_totals(actions, stopped),
    )


def _totals(actions: tuple[Action, ...], stopped: tuple[Withheld, ...]) -> tuple[Total, ...]:
    """Count and sum per kind, policy, entity and currency."""
    added: dict[tuple[str, str, str, str, str | None], tuple[int, int]] = {}
    keyed = [
        ((each.kind, each.lines[0].policy, each.entity, each.currency, None), each.amount or 0) for each in actions
    ] + [((each.kind, each.policy, each.entity, each.currency, each.reasons[0]), each.amount) for each in stopped]
    for key, amount in keyed:
        count, total = added.get(key, (0, 0))
        added[key] = (count + 1, total + amount)
    return tuple(
        Total(what, policy, entity, currency, count, amount, reason)
        for (what, policy, entity, currency, reason), (count, amount) in sorted(
            added.items(), key=lambda entry: tuple(str(part) for part in entry[0])
        )
    )
