"""The mend of a planted fault of tests/bad/analysis, by the code that `duly prove` finds there.

Comes in: nothing. Goes out: what tests/pages.py shows as wrong and right on the page of a code.
Know before changing: an edit replaces the first place where its text stands; the mended policies must prove without a finding.
"""

from collections.abc import Mapping

# The folder, the file in which the mend is made, and what it replaces by what.
FAULTS: Mapping[str, tuple[str, str, str, str]] = {
    "always-withheld": (
        *("rule-always-withheld", "trade/v1.yaml"),
        *("{promise: pending}", "{promise: broken}, {handed_over: false}"),
    ),
    "broken-invariant": ("within-days-too-late", "trade/v1.yaml", "after_days: 91", "after_days: 90"),
    "contradicting-actions": (
        *("hold-and-release", "trade/v1.yaml"),
        *("customer.overdue_amount: {less_than: 100.00}", "customer.oldest_days_past_due: {less_than: 30}"),
    ),
    "equal-cover": ("equal-cover", "trade/v1.yaml", "priority: 10", "priority: 20"),
    "level-gap": ("level-gap", "trade/v1.yaml", "      when: {open_amount: {at_least: 100.00}}\n", ""),
    "never-chased": ("never-chased", "trade/v1.yaml", "more_than: 80.00", "at_least: 80.00"),
    "never-true": ("rule-never-true", "trade/v1.yaml", "less_than: 10", "less_than: 60"),
    "not-covered": ("not-covered-amounts", "large/v1.yaml", "more_than: 100.00", "at_least: 100.00"),
    "shadowed-policy": ("shadowed-policy", "late/v1.yaml", "priority: 10", "priority: 30"),
    "shadowed-rule": (
        *("shadowed-rule", "trade/v1.yaml"),
        *("100.00}}]}\n    then: [{task: {what: call}}]", "100.00}}]}\n    then: [{task: {what: visit}}]"),
    ),
    "unreachable-level": (
        *("level-against-its-days", "trade/v1.yaml"),
        *("      when: {days_past_due: {less_than: 15}}\n", ""),
    ),
    "withholds-everything": ("withholds-everything", "trade/v1.yaml", "at_least: 30", "at_least: 90"),
    "written-after-hand-over": (
        *("written-after-hand-over", "trade/v1.yaml"),
        *("{days_past_due: {at_least: 10}}", "{all: [{days_past_due: {at_least: 10}}, {handed_over: false}]}"),
    ),
}
