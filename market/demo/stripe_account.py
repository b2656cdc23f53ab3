"""The account with Stripe line by line, so that its sums can be followed by eye."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from market.demo.bank_files import yuan
from market.demo.columns import left, right
from market.demo.stage import CITY_TIME, Stage
from market.demo.stripe_desk import StripeDesk

WHAT: Final = {
    "charge": "收款 charge",
    "refund": "退款 refund",
    "fee": "月费 monthly fee",
    "payout": "提现 payout",
    "dispute": "拒付扣回 chargeback",
    "dispute_reversal": "拒付返还 given back",
}


MOST_LINES: Final = 100


async def tell_account(stage: Stage, desk: StripeDesk, arrived: Any) -> None:
    """Every line of it from the first payment on, what its payout is made of, and the books' word.

    ``arrived`` is the bank's line of the payout. What Stripe itself says comes from the simulator.
    """
    finance, path = stage.person("ax.finance"), f"/v1/units/{stage.ids['AX']}"
    theirs = await desk.listed("balance_transactions", limit=str(MOST_LINES))

    async def read() -> Any:
        page = await finance.get(f"{path}/stripe-lines", limit=MOST_LINES)
        return page["items"] if len(page["items"]) >= len(theirs) else None

    lines = (await stage.until("every line of Stripe's is read", read))[::-1]
    tell_lines(stage, lines, arrived)
    trial = await finance.get(f"{path}/trial-balance")
    held = {one["kind"]: one["debit_minor"] - one["credit_minor"] for one in trial["accounts"]}
    tell_fees(stage, lines, fees_kept(theirs), held.get("stripe_fees", 0))
    balance, ledger = sum(line["net_minor"] for line in lines), held.get("stripe_balance", 0)
    stage.tell(f"  Stripe 余额 balance{compared(await desk.balance_minor(), balance, ledger)}")
    stage.tell(
        f"  总账 ledger: 在途 in transit {yuan(held.get('stripe_in_transit', 0))} · "
        f"拒付待决 disputed {yuan(held.get('stripe_disputed', 0))}"
    )


def fees_kept(theirs: list[Any]) -> int:
    """What Stripe kept, by its own lines: fees on them, and lines that are fees."""
    fees: int = sum(line["fee"] for line in theirs)
    alone: int = sum(line["amount"] for line in theirs if line["type"] == "stripe_fee")
    return fees - alone


def tell_fees(stage: Stage, lines: list[Any], at_stripe: int, ledger: int) -> None:
    """By what they are for, which is also how the ledger got them."""

    def of(part: str, *categories: str) -> int:
        return sum(fees_of(line)[part] for line in lines if line["category"] in categories)

    monthly = -sum(line["amount_minor"] for line in lines if line["category"] == "fee")
    charges, tax, disputes = of("fee", "charge"), of("tax", "charge"), of("fee", "dispute")
    total = charges + tax + disputes + monthly
    stage.tell(
        "  模拟器收取 the simulator keeps: 手续费 fee = 金额 amount × 3.4 % + 2.00，"
        "费税 tax = 手续费 fee × 6 %，拒付费 chargeback fee 85.00"
    )
    stage.tell(
        f"  费用合计 fees in all: 手续费 {yuan(charges)} + 费税 tax {yuan(tax)} + "
        f"拒付费 chargebacks {yuan(disputes)} + 月费 monthly {yuan(monthly)} = {yuan(total)}"
    )
    stage.tell(f"  费用 fees{compared(at_stripe, total, ledger)}")


def compared(at_stripe: int, lines: int, ledger: int) -> str:
    """What Stripe says, what the market read of it, and what is in the books."""
    return (
        f": Stripe 自报 reports {yuan(at_stripe)} · 上列各行 the lines {yuan(lines)} · "
        f"总账 ledger {yuan(ledger)} · 差额 differences {yuan(at_stripe - lines)}, "
        f"{yuan(lines - ledger)}"
    )


def tell_lines(stage: Stage, lines: list[Any], arrived: Any) -> None:
    stage.tell("Stripe 结算明细 the account with Stripe, line by line")
    stage.tell(
        _row(
            "日期 date",
            "事项 what",
            "金额 amount",
            "手续费 fee",
            "费税 tax",
            "净额 net",
            "余额 balance",
        )
    )
    labels = {made: name.removeprefix("payment ") for name, made in stage.ids.items()}
    balance, counted = 0, []
    for line in lines:
        balance += line["net_minor"]
        counted.append(line)
        parts = fees_of(line)
        stage.tell(
            _row(
                f"{datetime.fromisoformat(line['moved_at']).astimezone(CITY_TIME):%m-%d}",
                f"{WHAT[line['category']]} {labels.get(line['online_payment_id'], '')}".rstrip(),
                yuan(line["amount_minor"]),
                yuan(-parts["fee"]) if parts["fee"] else "",
                yuan(-parts["tax"]) if parts["tax"] else "",
                yuan(line["net_minor"]),
                yuan(balance),
            )
        )
        if line["category"] == "payout":
            tell_payout(stage, counted, arrived)
            counted = []


def tell_payout(stage: Stage, lines: list[Any], arrived: Any) -> None:
    """Its own line is the last; before it stands what it is made of."""
    *parts, payout = lines
    of = {
        category: [line for line in parts if line["category"] == category]
        for category in ("charge", "refund", "fee")
    }
    charges, refunds, monthly = (sum(line["amount_minor"] for line in of[kind]) for kind in of)
    fee, tax = (sum(fees_of(line)[kind] for line in parts) for kind in ("fee", "tax"))
    total = charges + refunds + monthly - fee - tax
    stage.tell(
        f"  提现 payout {yuan(-payout['amount_minor'])} = {len(of['charge'])} 笔收款 charges "
        f"{yuan(charges)} − 手续费 fees {yuan(fee)} − 费税 tax on them {yuan(tax)}\n"
        f"{'':>10}− {len(of['refund'])} 笔退款 refund {yuan(-refunds)} − 月费 monthly fee "
        f"{yuan(-monthly)} = {yuan(total)}"
    )
    stage.tell(
        f"  {arrived['booked_on'][5:]} 银行到账 at the bank {yuan(arrived['amount_minor'])} · "
        f"差额 difference {yuan(arrived['amount_minor'] - total)}"
    )


def fees_of(line: Any) -> dict[str, int]:
    """What Stripe keeps of a line, the tax on its fee apart."""
    tax = sum(part["amount"] for part in line["fees"] if part["type"] == "tax")
    return {"fee": line["fee_minor"] - tax, "tax": tax}


def _row(on: str, what: str, *amounts: str) -> str:
    columns = "".join(right(amount, 15) for amount in amounts)
    return f"  {left(on, 10)}{left(what, 30)}{columns}"
