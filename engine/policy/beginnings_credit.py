"""What a new credit policy begins as: its text and its cases, with marks such as <policy> that `beginnings` fills in.

Know before changing: amounts are whole, so that they are right in any currency; the cases must notice nine of ten mutants.
"""

POLICY = """\
# yaml-language-server: $schema=../../schemas/credit.schema.json
#
# How much the customers of the segment `<policy>` may buy on credit, and for how long.
#
# A beginning: write over what you do otherwise, then `duly check`. Every key is explained in the policy reference, and in
# your editor where you hold the mouse over it.
policy: <policy>
kind: credit
version: 1
effective_from: <effective_from>   # the first day on which it decides
summary: Customers of the segment <policy> are rated A to C by how they pay; the rating gives limit and terms.
currency: <currency>
covers:                      # whom it decides about; leave it out, and it is everybody whom no other policy covers
  customer.segment: <policy>
priority: <priority>         # of several policies that cover the same customer, the one with the highest decides

# A run that would touch more than this is refused until somebody approves it.
limits:
  customers: 50

# Each fact earns the points of the band that it falls into; `missing` is what it earns where nothing is known.
scorecard:
  base: 0
  characteristics:
    - id: punctuality
      fact: customer.on_time_share_12m
      missing: 30
      bands:
        - {below: 50, points: 0}
        - {from: 50, below: 90, points: 40}
        - {from: 90, points: 60}
    - id: years-with-us
      fact: customer.relationship_days
      missing: 0
      bands:
        - {below: 365, points: 0}
        - {from: 365, points: 40}

ratings:
  bands:
    - {rating: A, from: 80}
    - {rating: B, from: 40, below: 80}
    - {rating: C, below: 40}
  adjustments:                # whatever the score says
    - id: insolvent
      because: insolvency proceedings are open
      when: {customer.insolvent: true}
      not_above: C

limit:
  valid_days: 365
  rules:
    - id: rated-a
      when: {rating: A}
      percent: 20
      of: customer.sales_12m
      floor: 2000
      cap: 50000
      round_to: 500
    - id: rated-b
      when: {rating: B}
      amount: 1000
    - id: no-credit
      amount: 0

terms:
  rules:
    - id: in-advance
      when: {rating: C}
      days: 0
    - id: usual
      days: 30

review:
  every_days: {A: 365, B: 180, C: 90}
  within_days: 14

# Nothing more leaves the house while this holds, and each hold has its own way out.
holds:
  - reason: over-limit
    when: {customer.exposure: {more_than: {percent: 120, of: customer.limit_in_force}}}
    release_when: {customer.exposure: {at_most: {percent: 100, of: customer.limit_in_force}}}

# What `duly decide order` answers where the limit does not suffice.
orders:
  over_limit: refer
  no_limit: refer
"""

CASES = """\
# yaml-language-server: $schema=../../schemas/cases.schema.json
#
# What the policy promises; `duly check` reads whether it keeps it. What a case does not say is harmless: nothing owed, no
# payment, no limit yet. Give each bound a case on both of its sides.
policy: <policy>
cases:
  - name: of whom nothing is known pays in advance
    given: {customer.segment: <policy>}
    expect: {score: 30, rating: C, limit: 0, terms: 0}

  - name: other customers are left to the other policies
    given: {customer.segment: other}
    expect: {actions: []}

  - name: below 50 percent on time earns nothing
    given: {customer.segment: <policy>, customer.on_time_share_12m: 49.99}
    expect: {score: 0, rating: C, limit: 0, terms: 0}

  - name: from 50 percent on it is a B
    given: {customer.segment: <policy>, customer.on_time_share_12m: 50}
    expect: {score: 40, rating: B, limit: 1000, valid_days: 365, terms: 30}

  - name: a year less a day earns nothing more
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 89.99
      customer.relationship_days: 364
    expect: {score: 40, rating: B, limit: 1000, terms: 30}

  - name: a year with us makes it an A
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 89.99
      customer.relationship_days: 365
      customer.sales_12m: 100000
    expect: {score: 80, rating: A, limit: 20000, terms: 30}

  - name: who always pays on time has the best score
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.sales_12m: 1000000
    expect: {score: 100, rating: A, limit: 50000, terms: 30}

  - name: an A who buys little has the smallest limit
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.sales_12m: 1000
    expect: {rating: A, limit: 2000, terms: 30}

  - name: a limit is rounded down to 500
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.sales_12m: 129995
    expect: {rating: A, limit: 25500, terms: 30}

  - name: whoever is insolvent gets no credit, however well they paid
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.sales_12m: 100000
      customer.insolvent: true
    expect: {score: 100, rating: C, limit: 0, terms: 0}

  - name: a year less a day after the last review an A is not looked at yet
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.days_since_review: 364
    expect: {rating: A, limit: 2000, terms: 30}

  - name: a year after it an A is
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 90
      customer.relationship_days: 365
      customer.days_since_review: 365
    expect:
      rating: A
      limit: 2000
      terms: 30
      actions:
        - review: {within_days: 14}

  - name: a B is not looked at on day 179
    given: {customer.segment: <policy>, customer.on_time_share_12m: 50, customer.days_since_review: 179}
    expect: {rating: B, limit: 1000, terms: 30}

  - name: on day 180 it is
    given: {customer.segment: <policy>, customer.on_time_share_12m: 50, customer.days_since_review: 180}
    expect: {rating: B, limit: 1000, terms: 30, review: true}

  - name: a C is not looked at on day 89
    given: {customer.segment: <policy>, customer.days_since_review: 89}
    expect: {rating: C, limit: 0, terms: 0}

  - name: on day 90 it is
    given: {customer.segment: <policy>, customer.days_since_review: 90}
    expect: {rating: C, limit: 0, terms: 0, review: true}

  - name: a fifth over the limit happens
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 50
      customer.rating: B
      customer.credit_limit: 1000
      customer.terms_days: 30
      customer.days_since_review: 10
      customer.exposure: 1200
    expect: {actions: []}

  - name: beyond it nothing more leaves the house
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 50
      customer.rating: B
      customer.credit_limit: 1000
      customer.terms_days: 30
      customer.days_since_review: 10
      customer.exposure: 1201
    expect:
      actions:
        - credit_hold: {reason: over-limit}

  - name: a little over the limit the hold stays
    held: [over-limit]
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 50
      customer.rating: B
      customer.credit_limit: 1000
      customer.terms_days: 30
      customer.days_since_review: 10
      customer.exposure: 1001
    expect: {actions: []}

  - name: back at the limit it is lifted
    held: [over-limit]
    given:
      customer.segment: <policy>
      customer.on_time_share_12m: 50
      customer.rating: B
      customer.credit_limit: 1000
      customer.terms_days: 30
      customer.days_since_review: 10
      customer.exposure: 1000
    expect:
      actions:
        - release_credit_hold: {reason: over-limit}

  - name: an order beyond the limit is for a person to decide
    given: {customer.segment: <policy>, customer.credit_limit: 1000, customer.exposure: 1000}
    order: 1
    expect: {order: refer, because: [over-limit]}

  - name: so is one of somebody who has no limit
    given: {customer.segment: <policy>}
    order: 1
    expect: {order: refer, because: [no-limit]}
"""
