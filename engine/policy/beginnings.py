"""What a new policy begins as: a small text of each kind with its cases, both to be written over.

Comes in: a name, a currency, a priority and a first day. Goes out: the texts of v1.yaml and cases.yaml.
Know before changing: they pass what the pipeline of a workspace asks (check, proof, mutants) and are in the one layout, in any
currency (so amounts are whole); the credit texts are in `beginnings_credit`. A new policy covers the customers of the segment
that it is named after: nobody, until somebody is put into it.
"""

from dataclasses import dataclass

from engine.policy import beginnings_credit


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new policy is called, what its amounts are in, and when and before which others it decides."""

    policy: str
    currency: str
    priority: int
    effective_from: str


def text(kind: str, begun: Beginning) -> str:
    """The first version."""
    return _filled(_POLICIES[kind], begun)


def cases(kind: str, begun: Beginning) -> str:
    """What it promises."""
    return _filled(_CASES[kind], begun)


def _filled(form: str, begun: Beginning) -> str:
    """The text with what is particular to this policy."""
    words = {
        "<policy>": begun.policy,
        "<currency>": begun.currency,
        "<priority>": str(begun.priority),
        "<effective_from>": begun.effective_from,
    }
    for mark, word in words.items():
        form = form.replace(mark, word)
    return form


_DUNNING = """\
# yaml-language-server: $schema=../../schemas/dunning.schema.json
#
# How the customers of the segment `<policy>` are reminded of what they owe.
#
#   day  5   1 friendly reminder
#   day 20   2 final notice         by letter, and a call
#
# A beginning: write over what you do otherwise, then `duly check`. Every key is explained in the policy reference, and in
# your editor where you hold the mouse over it.
policy: <policy>
kind: dunning
version: 1
effective_from: <effective_from>   # the first day on which it decides
summary: Customers of the segment <policy> are reminded in two steps.
currency: <currency>
subject: receivable
covers:                      # whom it decides about; leave it out, and it is everybody whom no other policy covers
  customer.segment: <policy>
priority: <priority>         # of several policies that cover the same customer, the one with the highest decides

# A run that would touch more than this is refused until somebody approves it.
limits:
  customers: 100

ladder:
  anchor: due_date
  boundary: on                # "day 5" counts from the 5th day on, not from the 6th
  climb: one_level
  days_between_notices: 7
  interval_scope: receivable
  tolerance: 5                # smaller open amounts are not worth a letter
  after_last: stop
  levels:
    - level: 1
      name: friendly reminder
      after_days: 5
      then:
        - notice: {channel: email, template: friendly-reminder, otherwise: letter}

    - level: 2
      name: final notice
      after_days: 20
      then:
        - notice: {channel: letter, template: final-notice, otherwise: email, pay_within_days: 7}
        - task: {what: call, within_days: 3, note: Agree on a date for payment and record it as a promise.}

# Beside the ladder, once for each overdue spell.
rules:
  - id: broken-promise
    when: {promise: broken}
    then:
      - task: {what: call, within_days: 1, note: The promised payment has not come in.}
"""

_DUNNING_CASES = """\
# yaml-language-server: $schema=../../schemas/cases.schema.json
#
# What the policy promises; `duly check` reads whether it keeps it. What a case does not say is harmless: nothing overdue,
# 1,000.00 open, no dispute, no promise, no hold. Give each bound a case on both of its sides.
policy: <policy>
cases:
  - name: day 4 is not yet day 5
    given: {customer.segment: <policy>, days_past_due: 4}
    expect: {actions: []}

  - name: on day 5 a friendly reminder goes out
    given: {customer.segment: <policy>, days_past_due: 5}
    expect:
      level: 1
      actions:
        - notice: {channel: email, template: friendly-reminder}

  - name: other customers are left to the other policies
    given: {customer.segment: other, days_past_due: 5}
    expect: {actions: []}

  - name: day 19 is not yet day 20
    given:
      customer.segment: <policy>
      days_past_due: 19
      level: 1
      days_since_last_notice: 14
      last_notice_delivered: true
    expect: {actions: []}

  - name: on day 20 the final notice goes out, and somebody calls
    given:
      customer.segment: <policy>
      days_past_due: 20
      level: 1
      days_since_last_notice: 15
      last_notice_delivered: true
    expect:
      level: 2
      actions:
        - notice: {channel: letter, template: final-notice, pay_within_days: 7}
        - task: {what: call, within_days: 3}

  - name: six days after a notice is too soon for the next
    given:
      customer.segment: <policy>
      days_past_due: 20
      level: 1
      days_since_last_notice: 6
      last_notice_delivered: true
    expect: {withheld: [interval]}

  - name: seven days after it is not
    given:
      customer.segment: <policy>
      days_past_due: 20
      level: 1
      days_since_last_notice: 7
      last_notice_delivered: true
    expect: {level: 2, actions: [notice, task]}

  - name: 4 are not worth a letter
    given: {customer.segment: <policy>, days_past_due: 5, open_amount: 4}
    expect: {withheld: [below-tolerance]}

  - name: 5 are
    given: {customer.segment: <policy>, days_past_due: 5, open_amount: 5}
    expect: {level: 1, actions: [notice]}

  - name: a broken promise brings a call
    given: {customer.segment: <policy>, days_past_due: 3, promise: broken}
    expect:
      actions:
        - task: {what: call, within_days: 1}
"""

_POLICIES = {"dunning": _DUNNING, "credit": beginnings_credit.POLICY}
_CASES = {"dunning": _DUNNING_CASES, "credit": beginnings_credit.CASES}
KINDS = tuple(_POLICIES)
