"""A made-up book that looks like a real one: 300 customers of three entities over 18 months, with payers of several kinds.

Comes in: the business date it should end on. Goes out: the text of one CSV file per kind, in the layout of our own intake.
Know before changing: it draws from its own seeded generator and from nothing else, so the same date always gives the same
files. Whatever happens to an invoice is told by one small function per kind of payer; names are composed from tables of
words and belong to nobody (telephone numbers and domains are of ranges reserved for fiction).
"""

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from engine import money
from engine.book import demo_credit, demo_names
from engine.book.demo_draft import FACTOR, Customer, Draft, Invoice
from engine.book.files.kinds import KINDS

AS_OF = "2026-06-30"
CUSTOMERS = 300
DAYS = 548
_SEED = "duly demo 1"

# code, name, currency, country, share of the customers in percent
_ENTITIES = (
    ("DE01", "Brennerhof Components GmbH", "EUR", "DE", 45),
    ("US01", "Brennerhof Components Inc.", "USD", "US", 27),
    ("CN01", "布伦纳零部件（上海）有限公司", "CNY", "CN", 28),
)
# what one euro was worth at the start; moves a little every month
_PER_EURO = {"USD": 10850, "CNY": 78200, "JPY": 1618000}
# kind of payer, how many in a hundred
_PAYERS = {"punctual": 36, "a-bit-late": 24, "chronic": 13, "stops-paying": 6, "part-payer": 7, "disputer": 7,
           "promiser": 7}
# segment: share in percent, invoices a month, smallest and largest invoice in euros, terms
_SEGMENTS = {
    "key-account": (10, 3.0, 6_000, 90_000, (45, 60)),
    "sme": (52, 1.3, 500, 9_000, (30,)),
    "retail": (38, 0.9, 60, 900, (14,)),
}
_INDUSTRIES = ("machinery", "automotive", "wholesale", "construction", "food", "electronics", "packaging", "chemicals")
_COLLECTORS = {"DE01": ("a.lindner", "m.koch"), "US01": ("j.alvarez",), "CN01": ("chen.yu",)}
# one customer in so many has been one for less than a year
_NEW = 20
_DISPUTES = ("price differs from the order", "goods damaged", "quantity short", "never delivered", "wrong tax rate")


def files(as_of: str) -> dict[str, str]:
    """The demo book up to a date: the text of a CSV file for each kind, in the order they are to be imported."""
    book = Draft(date.fromisoformat(as_of), random.Random(_SEED))
    _entities(book)
    _rates(book)
    customers = [_customer(book, index) for index in range(CUSTOMERS)]
    for customer in customers:
        for invoice in _invoices(book, customer):
            _STORIES[customer.payer](book, invoice)
    for customer in customers:
        _surroundings(book, customer)
    demo_credit.add(book, customers, random.Random(f"{_SEED}, credit"))
    return {kind: _csv(book.rows[kind]) for kind in KINDS if kind in book.rows}


# -- who --------------------------------------------------------------------------------------------------------------


def _entities(book: Draft) -> None:
    """Our own legal entities."""
    for code, name, currency, country, _ in _ENTITIES:
        book.add("entities", code=code, name=name, currency=currency, country=country)


def _rates(book: Draft) -> None:
    """What a euro is worth on the first of each month."""
    day = (book.as_of - timedelta(days=DAYS + 31)).replace(day=1)
    # a generator of their own: the number of months differs with the date, the rest of the book must not
    rng, value = random.Random(_SEED), dict(_PER_EURO)
    while day <= book.as_of:
        for currency in value:
            value[currency] = value[currency] * (10000 + rng.randint(-120, 120)) // 10000
            whole, part = divmod(value[currency], 10000)
            book.add("fx_rates", date=day, source="EUR", target=currency, rate=f"{whole}.{part:04d}")
        day = (day + timedelta(days=31)).replace(day=1)


def _pick(rng: random.Random, shares: dict[str, int]) -> str:
    """One of the words, in these shares."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def _customer(book: Draft, index: int) -> Customer:
    """A customer with contacts. The first customers take each kind of payer in turn, so that none is missing."""
    rng = book.rng
    entity, home, country = _home(rng)
    payers = tuple(_PAYERS)
    payer = payers[index] if index < len(payers) else _pick(rng, _PAYERS)
    segment = _pick(rng, {name: row[0] for name, row in _SEGMENTS.items()})
    terms, began = rng.choice(_SEGMENTS[segment][4]), timedelta(days=DAYS) + book.between(30, 2900)
    if index % _NEW == _NEW - 1:
        began = timedelta(days=40 + index)
    customer = Customer(f"C-{1001 + index}", entity, home, country, payer, segment, terms, book.as_of - began)
    language = "zh" if country == "CN" else "en"
    name = demo_names.company(rng, country)
    book.add(
        "customers", number=customer.number, entity=entity, name=name, segment=segment, parent=None,
        industry=rng.choice(_INDUSTRIES), country=country, currency=home, credit_limit=None, limit_until=None,
        terms_days=terms, rating=None, language=language, channel="email" if book.chance(85) else "letter",
        collector=rng.choice(_COLLECTORS[entity]), since=customer.since,
    )
    _contacts(book, customer.number, country, language, index)
    return customer


def _home(rng: random.Random) -> tuple[str, str, str]:
    """Which entity sells, the customer's currency and country; one in four of the Chinese entity's are Japanese."""
    code, _, currency, country, _ = rng.choices(_ENTITIES, weights=[row[4] for row in _ENTITIES])[0]
    if country == "CN" and rng.random() < 0.25:
        return code, "JPY", "JP"
    return code, currency, country


def _contacts(book: Draft, customer: str, country: str, language: str, index: int) -> None:
    """Accounts payable, sometimes a second person. Some have no e-mail, some may not be contacted."""
    rng = book.rng
    silent = index % 29 == 7
    for role in ("accounts payable", "managing director")[: 2 if book.chance(25) else 1]:
        street = demo_names.street(rng, country)
        book.add(
            "contacts", customer=customer, name=demo_names.person(rng, country), role=role,
            email=None if index % 11 == 3 else f"{role.split()[0]}@{customer.lower()}.example",
            phone=demo_names.phone(rng, country), address=None if index % 33 == 3 else street, language=language,
            do_not_contact="true" if silent else "false",
        )


# -- what they owe and how they pay it --------------------------------------------------------------------------------


def _invoices(book: Draft, customer: Customer) -> Iterator[Invoice]:
    """Invoices at random intervals over the whole time."""
    _, monthly, low, high, _ = _SEGMENTS[customer.segment]
    day = max(book.as_of - timedelta(days=DAYS), customer.since) + book.between(0, round(30 / monthly))
    while day <= book.as_of:
        euros = round(low * (high / low) ** book.rng.random(), 0)
        amount = int(euros) * FACTOR[customer.currency] * 10 ** money.digits(customer.currency)
        amount += book.rng.randint(0, 99) if money.digits(customer.currency) else 0
        invoice = Invoice(book.number("receivables", "INV"), customer, day, day + timedelta(days=customer.terms), amount)
        book.add(
            "receivables", number=invoice.number, entity=customer.entity, customer=customer.number,
            contract=f"PO-{book.rng.randint(40000, 89999)}", issued=day, posted=day, due=invoice.due,
            amount=money.plain(amount, customer.currency), currency=customer.currency,
            kind="debit_note" if book.chance(2) else "invoice",
        )
        yield invoice
        day += book.between(1, max(2, round(60 / monthly) - 1))


def _pay(book: Draft, invoice: Invoice, day: date, amount: int | None = None) -> None:
    """A payment of the invoice (or of a part), if the day has come. One in eighty bounces and mostly comes again."""
    amount = invoice.amount if amount is None else amount
    day = max(day, invoice.issued)
    if day > book.as_of or amount <= 0:
        return
    bounced = day + timedelta(days=6)
    if not book.chance(1.25) or bounced > book.as_of:
        # key accounts pay several invoices at a time, so their payments are allocated line by line
        if invoice.customer.segment == "key-account":
            _allocate(book, invoice, day, amount, _receipt(book, invoice.customer, day, amount, "collective payment"))
        else:
            _receipt(book, invoice.customer, day, amount, invoice.number, invoice.number)
        return
    payment = _receipt(book, invoice.customer, day, amount, invoice.number)
    _allocate(book, invoice, day, amount, payment)
    _allocate(book, invoice, bounced, -amount, payment)
    again = bounced + book.between(5, 60)
    if again <= book.as_of:
        payment = _receipt(book, invoice.customer, again, amount, invoice.number)
        _allocate(book, invoice, again, amount, payment)


def _receipt(book: Draft, customer: Customer, day: date, amount: int, said: str, receivable: str | None = None) -> str:
    """Money came in, for one receivable or not allocated yet; the number of the payment."""
    number = book.number("payments", "PAY")
    book.add("payments", number=number, entity=customer.entity, customer=customer.number, received=day, reference=said,
             amount=money.plain(amount, customer.currency), currency=customer.currency, receivable=receivable)
    return number


def _allocate(book: Draft, invoice: Invoice, day: date, amount: int, payment: str) -> None:
    """The payment pays the receivable; a negative amount takes that back."""
    customer = invoice.customer
    book.add("allocations", entity=customer.entity, receivable=invoice.number, payment=payment, date=day,
             amount=money.plain(amount, customer.currency), currency=customer.currency)


def _credit(book: Draft, invoice: Invoice, day: date, amount: int, reason: str) -> int:
    """A credit note for the invoice, if the day has come; the amount credited."""
    customer = invoice.customer
    if day > book.as_of or amount <= 0:
        return 0
    book.add("credits", number=book.number("credits", "CN"), entity=customer.entity, customer=customer.number, issued=day,
             amount=money.plain(amount, customer.currency), currency=customer.currency, reason=reason,
             receivable=invoice.number)
    return amount


def _spoke(book: Draft, customer: Customer, day: date, result: str, expected: date | None, receivable: str | None) -> None:
    """Somebody of ours called."""
    book.add("activities", reference=book.number("activities", "ACT"), entity=customer.entity, customer=customer.number,
             receivable=receivable, date=day, channel="phone", result=result, expected_payment=expected,
             actor=_COLLECTORS[customer.entity][0])


def _hold(book: Draft, customer: Customer, kind: str, reason: str) -> None:
    """A hold that a person set some weeks ago; one in four has been released again."""
    began = book.as_of - book.between(10, 60)
    released = began + timedelta(days=9) if book.chance(25) else None
    book.add("holds", reference=book.number("holds", "HLD"), kind=kind, customer=customer.number, reason=reason,
             valid_from=began, actor="credit.manager", released=released, release_reason="settled" if released else None)


def _punctual(book: Draft, invoice: Invoice) -> None:
    """Pays by the due date; a credit note now and then."""
    credited = 0
    if book.chance(3):
        credited = _credit(book, invoice, invoice.issued + book.between(2, 12), invoice.amount // 10, "returned goods")
    _pay(book, invoice, invoice.due - book.between(0, 9), invoice.amount - credited)


def _a_bit_late(book: Draft, invoice: Invoice) -> None:
    """Pays up to two weeks late."""
    _pay(book, invoice, invoice.due + book.between(-3, 14))


def _chronic(book: Draft, invoice: Invoice) -> None:
    """Pays when it is pressed to, weeks late."""
    _pay(book, invoice, invoice.due + book.between(12, 70))


def _stops_paying(book: Draft, invoice: Invoice) -> None:
    """Paid a bit late, then not at all; the number of the customer says when."""
    day = invoice.due + book.between(0, 15)
    if day < book.as_of - timedelta(days=60 + int(invoice.customer.number[2:]) * 7 % 140):
        _pay(book, invoice, day)


def _part_payer(book: Draft, invoice: Invoice) -> None:
    """Pays a part about in time and the rest much later."""
    part = invoice.amount * book.rng.randint(30, 70) // 100
    _pay(book, invoice, invoice.due + book.between(-2, 10), part)
    _pay(book, invoice, invoice.due + book.between(30, 90), invoice.amount - part)


def _disputer(book: Draft, invoice: Invoice) -> None:
    """Contests one invoice in three, the whole or a part; what is older than about three months has been settled."""
    late = invoice.due + book.between(0, 20)
    opened = invoice.issued + book.between(3, 20)
    if not book.chance(33) or opened > book.as_of:
        _pay(book, invoice, late)
        return
    amount = None if book.chance(40) else invoice.amount * book.rng.randint(15, 60) // 100
    resolved = opened + book.between(20, 110)
    settled = resolved <= book.as_of
    accepted = settled and amount is not None and book.chance(50)
    book.add(
        "disputes", reference=book.number("disputes", "DSP"), entity=invoice.customer.entity, receivable=invoice.number,
        opened=opened,
        amount=None if amount is None else money.plain(amount, invoice.customer.currency),
        reason=book.rng.choice(_DISPUTES), resolved=resolved if settled else None,
        outcome=("accepted" if accepted else book.rng.choice(("rejected", "withdrawn"))) if settled else None,
    )
    credited = _credit(book, invoice, resolved, amount or 0, "dispute accepted") if accepted else 0
    if settled:
        _pay(book, invoice, resolved + book.between(3, 30), invoice.amount - credited)


def _promiser(book: Draft, invoice: Invoice) -> None:
    """Promises when it is called; keeps a good half of its promises."""
    made = invoice.due + book.between(4, 12)
    promised = made + book.between(7, 18)
    kept = book.chance(55)
    if made <= book.as_of:
        book.add(
            "promises", reference=book.number("promises", "PRM"), entity=invoice.customer.entity,
            customer=invoice.customer.number, receivable=invoice.number, made=made, promised=promised, grace_days=3,
            amount=money.plain(invoice.amount, invoice.customer.currency), currency=invoice.customer.currency,
        )
        _spoke(book, invoice.customer, made, "promised", promised, invoice.number)
    _pay(book, invoice, promised if kept else promised + book.between(10, 60))


_STORIES: dict[str, Callable[[Draft, Invoice], None]] = {
    "punctual": _punctual,
    "a-bit-late": _a_bit_late,
    "chronic": _chronic,
    "stops-paying": _stops_paying,
    "part-payer": _part_payer,
    "disputer": _disputer,
    "promiser": _promiser,
}


# -- what is around it ------------------------------------------------------------------------------------------------


def _surroundings(book: Draft, customer: Customer) -> None:
    """Unapplied cash, holds and calls: what a book has beside invoices."""
    unit = FACTOR[customer.currency] * 10 ** money.digits(customer.currency)
    if book.chance(6):
        _receipt(book, customer, book.as_of - book.between(1, 25), book.rng.randint(50, 2500) * unit, "no reference")
    if customer.payer not in ("punctual", "promiser") and book.chance(35):
        _spoke(book, customer, book.as_of - book.between(1, 60), "no answer" if book.chance(40) else "spoke", None, None)
    if book.chance(3):
        _hold(book, customer, "dunning", "legal review" if book.chance(40) else "talks about a payment plan")
    if customer.payer == "stops-paying" and book.chance(40):
        _hold(book, customer, "credit", "insolvency rumours")


def _csv(rows: list[dict[str, str]]) -> str:
    """The rows as CSV text with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
