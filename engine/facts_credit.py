"""The facts of credit: a part of the vocabulary in engine/facts.py, which is where everybody else reads them.

Comes in: nothing. Goes out: FACTS in the order in which they are shown, and ALSO_READS of them.
Know before changing: a ratio is of the latest financial statement and missing unless that is valid; evidence that is missing or
expired has a fact of its own. Amounts are in the policy's currency, ratios in that of the statement.
"""

from engine.fact import COUNT, DAYS, FLAG, MONEY, PERCENT, TEXT, Fact, default, since
from engine.sql import days, mean, share, smaller

EVIDENCE_STATES = ("none", "valid", "expired")


def _ratio(name: str, meaning: str, part: str, whole: str) -> Fact:
    """A ratio of the latest statement, in percent."""
    return Fact(f"customer.{name}", PERCENT, meaning, "accounts", share(part, whole))


def _state(source: str) -> str:
    """SQL for whether evidence is there, and whether it still counts."""
    return f"CASE {source}.valid WHEN 1 THEN 'valid' WHEN 0 THEN 'expired' ELSE 'none' END"


def _while_valid(value: str) -> str:
    """SQL for a value of the latest assessment, missing once that has expired."""
    return f"CASE WHEN judged.valid = 1 THEN {value} END"


# A table: one fact reads as a sentence and its SQL.
# fmt: off
FACTS = (
    # -- limits and groups --------------------------------------------------------------------------------------------
    Fact("customer.temporary_limit", MONEY,
         "The limit that a person granted for a time and a second one confirmed, while it is in force; missing without one.",
         "line", "line.temporary"),
    Fact("customer.limit_in_force", MONEY, "The temporary limit while there is one, else the credit limit.", "line",
         "line.own"),
    Fact("customer.days_until_limit_ends", DAYS,
         "Days until the credit limit runs out: 0 on its last day, negative afterwards; missing where it has no end.",
         "profile", days("profile.limit_until", ":as_of")),
    Fact("customer.group_limit", MONEY,
         "The confirmed limit of the whole group, granted to its top: the parent's parent and so on, at most 10 steps up.",
         "group_line", "group_line.value"),
    Fact("customer.group_exposure", MONEY,
         "The exposures of all customers of the group together; missing where the customer stands alone.", "group_exposed",
         "CASE WHEN group_exposed.members > 1 THEN group_exposed.value END"),
    Fact("customer.group_utilisation", PERCENT,
         "The group's exposure in percent of the group limit; of a customer who stands alone, the own exposure.",
         "group_exposed", share("group_exposed.value", "group_line.value")),
    Fact("customer.effective_limit", MONEY,
         "The smaller of the limit in force and the group limit; missing where neither is set.", "line",
         smaller("line.own", "group_line.value")),
    Fact("customer.headroom", MONEY,
         "What may still be bought: the limit in force less the exposure, or the group limit less the group's exposure if that"
         " is less; negative when over the limit, missing where no limit is set.",
         "exposed", smaller("(line.own - exposed.value)", "(group_line.value - group_exposed.value)")),
    Fact("customer.utilisation", PERCENT, "Exposure in percent of the limit in force; missing where that is 0.", "exposed",
         share("exposed.value", "line.own")),
    # -- financial statements -----------------------------------------------------------------------------------------
    Fact("customer.financials", TEXT,
         "Whether there is a financial statement: none, a valid one, or only one that has expired. The latest period counts.",
         "statement", _state("statement"), EVIDENCE_STATES, "none"),
    Fact("customer.days_since_financials", DAYS, "Days since the end of the period of the latest statement, expired or not.",
         "statement", since("statement.period_end")),
    Fact("customer.equity", MONEY, "The equity in the latest statement; missing unless the statement is valid, as all of it.",
         "figures", "figures.equity"),
    Fact("customer.financial_sales", MONEY, "The customer's own sales in the latest statement.", "figures", "figures.sales"),
    Fact("customer.net_profit", MONEY, "The net profit in the latest statement; negative for a loss.", "figures",
         "figures.net_profit"),
    _ratio("current_ratio", "Current assets in percent of current liabilities.", "accounts.current_assets",
           "accounts.current_liabilities"),
    _ratio("quick_ratio", "Current assets less inventory in percent of current liabilities.",
           "(accounts.current_assets - accounts.inventory)", "accounts.current_liabilities"),
    _ratio("debt_ratio", "All liabilities in percent of all assets.", "accounts.total_liabilities", "accounts.total_assets"),
    _ratio("equity_ratio", "Equity in percent of all assets.", "accounts.equity", "accounts.total_assets"),
    _ratio("interest_cover", "Operating profit in percent of the interest paid: 100 % pays it once.",
           "accounts.operating_profit", "accounts.interest_paid"),
    _ratio("profit_margin", "Net profit in percent of sales.", "accounts.net_profit", "accounts.sales"),
    Fact("customer.days_payable", DAYS, "How many days of purchases the customer owes to suppliers, by the latest statement.",
         "accounts", mean("(accounts.payables * accounts.months * 365)", "(12 * accounts.cost_of_sales)")),
    Fact("customer.financial_sales_growth", PERCENT,
         "How much the customer's sales grew against the statement before, of as many months and in the same currency.",
         "growth", share("(growth.sales - growth.before)", "growth.before")),
    # -- assessments --------------------------------------------------------------------------------------------------
    Fact("customer.assessment", TEXT,
         "Whether an agency or we ourselves scored or rated the customer: none, valid, or only one that has expired.",
         "judged", _state("judged"), EVIDENCE_STATES, "none"),
    Fact("customer.days_since_assessment", DAYS, "Days since the latest assessment, expired or not.", "judged",
         since("judged.assessed")),
    Fact("customer.external_score", COUNT, "The score of the latest assessment; missing unless that is valid.", "judged",
         _while_valid("judged.score")),
    Fact("customer.external_rating", TEXT, "The rating of the latest assessment; missing unless that is valid.", "judged",
         _while_valid("judged.rating")),
    Fact("customer.external_score_change", COUNT,
         "That score less the one before it of the same source; negative when it fell.", "judged",
         _while_valid("judged.change")),
    Fact("customer.days_since_external_rating_change", DAYS,
         "Days since a source last rated the customer otherwise than it had before.", "regraded", since("regraded.changed")),
    Fact("customer.insolvent", FLAG, "Whether the latest word on it says that insolvency proceedings are open.", "solvency",
         default("solvency.insolvent", "0"), neutral=0),
    Fact("customer.trade_references", COUNT, "How many trade references of other suppliers are valid.", "vouched",
         default("vouched.voices", "0"), neutral=0),
    Fact("customer.bad_references", COUNT, "How many of these report a bad experience.", "vouched",
         default("vouched.bad", "0"), neutral=0),
    Fact("customer.market_outlook", TEXT,
         "The outlook of the customer's industry in the customer's country; where there is none, that of region `all`.",
         "climate", "climate.outlook"),
    Fact("customer.days_since_market_outlook", DAYS, "Days since that outlook has held.", "climate",
         since("climate.valid_from")),
    # -- securities ---------------------------------------------------------------------------------------------------
    Fact("customer.insured_amount", MONEY, "What credit insurance covers.", "secured", default("secured.insured", "0"),
         neutral=0),
    Fact("customer.guaranteed_amount", MONEY, "What guarantees and collateral cover.", "secured",
         default("secured.value - secured.insured", "0"), neutral=0),
    Fact("customer.secured_amount", MONEY, "What insurance, guarantees and collateral cover together.", "secured",
         default("secured.value", "0"), neutral=0),
    # -- how they pay and buy -----------------------------------------------------------------------------------------
    Fact("customer.days_late_trend", DAYS,
         "Weighted days late of what was paid in full in the last 90 days, less that of the rest of the last 12 months; positive"
         " when the customer pays later than before, missing unless something was paid in both.",
         "delay", mean("delay.recent_late", "delay.recent_value") + " - "
         + mean("(delay.late_value - delay.recent_late)", "(delay.value - delay.recent_value)")),
    Fact("customer.on_time_streak", COUNT,
         "How many receivables in a row were paid by their due date, counted back from the latest that fell due before the date"
         " of the run, over 12 months.", "streak", default("streak.times", "0"), neutral=0),
    Fact("customer.days_since_late", DAYS,
         "0 while something is overdue; else days since something paid late was paid; missing without any in 12 months.",
         "tardy", "CASE WHEN balance.overdue_count > 0 THEN 0 ELSE " + since("tardy.last") + " END"),
    Fact("customer.days_since_broken_promise", DAYS,
         "Days since the deadline, grace included, of the latest promise that was broken.", "broken", since("broken.last")),
    Fact("customer.disputes_lost_12m", COUNT, "How many disputes were settled against the customer in the last 12 months.",
         "refuted", default("refuted.times", "0"), neutral=0),
    *(Fact(f"customer.times_level_{n}_12m", COUNT,
           f"In how many overdue spells of a receivable, or of the customer as a whole, level {n} was reached in the last 12"
           " months.", "climbed", default(f"climbed.level_{n}", "0"), neutral=0) for n in range(1, 5)),
    Fact("customer.sales_3m", MONEY, "What was invoiced in the last 90 days.", "sold", default("sold.recent", "0"), neutral=0),
    Fact("customer.order_trend", PERCENT,
         "Orders of the last 90 days in percent of what the 270 days before brought in 90 days on average; missing where those"
         " brought none.", "habit", share("(3 * habit.recent)", "habit.former")),
    Fact("customer.average_order_12m", MONEY, "The average order of the last 12 months.", "habit",
         mean("habit.value", "habit.orders")),
    Fact("customer.largest_open_order", MONEY, "The largest order that is taken and not yet invoiced.", "ordered",
         default("ordered.largest", "0"), neutral=0),
    # -- what people and policies decided -----------------------------------------------------------------------------
    Fact("customer.rating_override", TEXT,
         "The rating that a person set against the policy and a second one confirmed, while it is in force.", "overruled",
         "overruled.rating"),
    Fact("customer.days_since_review", DAYS,
         "Days since the last review that was recorded; the first rating by a policy is a review, too.", "seen",
         since("seen.last")),
    Fact("customer.review_open", FLAG, "Whether a review was called for and none has been recorded since.", "called",
         "CASE WHEN called.due IS NULL THEN 0 ELSE 1 END", neutral=0),
    Fact("customer.days_until_review", DAYS, "Days until the oldest review that is called for is due; negative when overdue.",
         "called", days("called.due", ":as_of")),
    Fact("customer.limit_steps", COUNT, "How many steps up the limit has taken, less those down.", "stepped",
         default("stepped.limit_steps", "0"), neutral=0),
    Fact("customer.terms_steps", COUNT, "How many steps up the payment terms have taken, less those down.", "stepped",
         default("stepped.terms_steps", "0"), neutral=0),
    Fact("customer.days_since_limit_step", DAYS, "Days since the last step of the limit, up or down.", "stepped",
         since("stepped.limit_taken")),
    Fact("customer.days_since_terms_step", DAYS, "Days since the last step of the payment terms, up or down.", "stepped",
         since("stepped.terms_taken")),
    Fact("customer.hold_suspended", FLAG,
         "Whether a person let the customer buy for a time, whatever credit holds there are, and a second one confirmed it.",
         "suspended", default("suspended.lifted", "0"), neutral=0),
)
# fmt: on

# Some expressions read other sources beside their own.
ALSO_READS: dict[str, tuple[str, ...]] = {
    "customer.group_utilisation": ("group_line",),
    "customer.effective_limit": ("group_line",),
    "customer.headroom": ("line", "group_line", "group_exposed"),
    "customer.utilisation": ("line",),
    "customer.days_since_late": ("balance",),
}
