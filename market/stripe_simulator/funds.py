"""Money in the account: balance transactions, the balance, automatic payouts and fees."""

from __future__ import annotations

from typing import Final

from market.stripe_simulator import errors
from market.stripe_simulator.account import DAY, Account, Object
from market.stripe_simulator.forms import Params

# What Stripe takes of a charge: a share, a fixed part, and the tax on both; invented figures.
FEE_PPM: Final = 34_000
FEE_FIXED_MINOR: Final = 200
FEE_TAX_PPM: Final = 60_000
DISPUTE_FEE_MINOR: Final = 8_500
# Funds of a charge can be paid out after so long; a payout is at the bank after so long.
AVAILABLE_SECONDS: Final = 2 * DAY
ARRIVAL_SECONDS: Final = 2 * DAY

ZERO_DECIMAL: Final = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv"}
    | {"xaf", "xof", "xpf"}
)
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

CATEGORY: Final = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
}

# The types of what Stripe moves for reasons of its own, by their reporting category.
OWN: Final = {
    "network_cost": "network_cost",
    "other_adjustment": "adjustment",
    "topup": "topup",
    "topup_reversal": "topup_reversal",
}


def decimals(currency: str) -> int:
    """How many decimal places Stripe's minor unit of a currency stands for."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def share(amount_minor: int, ppm: int) -> int:
    """A share of an amount, half a minor unit rounded up."""
    return (amount_minor * ppm + 500_000) // 1_000_000


def settled(account: Account, amount: int, currency: str) -> tuple[int, str, float | None]:
    """An amount in the currency in which the account keeps it, and the rate, if it was changed."""
    into = account.settles_in
    if into is None or into == currency:
        return amount, currency, None
    rate = account.rates.get((currency, into))
    if rate is None:
        raise errors.invalid("currency", f"No rate from {currency} to {into} is known.")
    shift = 10.0 ** (decimals(into) - decimals(currency))
    return round(amount * rate * shift), into, rate


def charge_fees(amount_minor: int, currency: str) -> list[Object]:
    """The components of a charge's fee, in minor units."""
    fee = share(amount_minor, FEE_PPM) + FEE_FIXED_MINOR
    parts = (("stripe_fee", fee, "Stripe processing fees"), ("tax", share(fee, FEE_TAX_PPM), "VAT"))
    return [fee_part(kind, amount, currency, why) for kind, amount, why in parts]


def fee_part(kind: str, amount_minor: int, currency: str, why: str) -> Object:
    return {
        "amount": amount_minor,
        "application": None,
        "currency": currency,
        "description": why,
        "type": kind,
    }


def book(
    account: Account,
    kind: str,
    amount_minor: int,
    currency: str,
    *,
    source: str | None,
    fees: list[Object] | None = None,
    wait_seconds: int = 0,
    category: str | None = None,
    description: str | None = None,
    exchange_rate: float | None = None,
) -> Object:
    """A line of the account's ledger: `net` is the amount less the fees of its parts."""
    fee_details = fees or []
    fee = sum(part["amount"] for part in fee_details)
    now = account.now()
    return account.add(
        "balance_transaction",
        amount=amount_minor,
        available_on=now + wait_seconds,
        balance_type="payments",
        currency=currency,
        description=description,
        exchange_rate=exchange_rate,
        fee=fee,
        fee_details=fee_details,
        net=amount_minor - fee,
        reporting_category=category or CATEGORY[kind],
        source=source,
        status="pending" if wait_seconds else "available",
        type=kind,
    )


def lines_of(account: Account, currency: str) -> list[Object]:
    lines = account.objects["balance_transaction"].values()
    return [line for line in lines if line["currency"] == currency]


def _ripen(account: Account) -> None:
    for line in account.objects["balance_transaction"].values():
        if line["available_on"] <= account.now():
            line["status"] = "available"


def balance(account: Account) -> Object:
    """What is there now, by currency: available and pending, in minor units."""
    _ripen(account)
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for line in account.objects["balance_transaction"].values():
        of = sums[line["status"]]
        of[line["currency"]] = of.get(line["currency"], 0) + line["net"]
    currencies = sorted({currency for of in sums.values() for currency in of}) or ["cny"]
    return {
        "object": "balance",
        "livemode": False,
        **{
            status: [
                {"amount": of.get(currency, 0), "currency": currency, "source_types": {}}
                for currency in currencies
            ]
            for status, of in sums.items()
        },
    }


def read_balance(account: Account, _params: Params) -> Object:
    return balance(account)


def charge_fee(account: Account, amount_minor: int, currency: str, description: str) -> Object:
    """A fee that belongs to no charge: a monthly one."""
    return book(
        account,
        "stripe_fee",
        -amount_minor,
        currency,
        source=None,
        description=description,
    )


def adjust(account: Account, amount_minor: int, currency: str, category: str) -> Object:
    """What Stripe moves for a reason of its own: a reporting category, and no object of ours."""
    return book(account, OWN[category], amount_minor, currency, source=None, category=category)


# Payouts


def pay_out(account: Account) -> list[Object]:
    """Send every currency's available funds to the bank, as Stripe does each day.

    What is missing is taken from the bank by a payout below zero, where the account has that.
    """
    _ripen(account)
    currencies = {line["currency"] for line in account.objects["balance_transaction"].values()}
    made = (_pay_out(account, currency) for currency in sorted(currencies))
    return [payout for payout in made if payout is not None]


def _pay_out(account: Account, currency: str) -> Object | None:
    lines = [
        line
        for line in lines_of(account, currency)
        if line["status"] == "available" and "_payout" not in line
    ]
    total = sum(line["net"] for line in lines)
    if total == 0 or (total < 0 and not account.takes_from_bank):
        return None
    payout = account.add(
        "payout",
        amount=total,
        application_fee=None,
        application_fee_amount=None,
        arrival_date=account.now() + ARRIVAL_SECONDS,
        automatic=True,
        balance_transaction=None,
        currency=currency,
        description="STRIPE PAYOUT",
        destination=None,
        failure_balance_transaction=None,
        failure_code=None,
        failure_message=None,
        livemode=False,
        metadata={},
        method="standard",
        original_payout=None,
        payout_method=None,
        reconciliation_status="completed",
        reversed_by=None,
        source_type="card",
        statement_descriptor=None,
        status="in_transit",
        trace_id=None,
        type="bank_account",
    )
    sent = book(account, "payout", -total, currency, source=payout["id"])
    payout["balance_transaction"] = sent["id"]
    for line in (*lines, sent):
        line["_payout"] = payout["id"]
    account.emit("payout.created", payout)
    account.later(ARRIVAL_SECONDS, _arrive, payout)
    return payout


def _arrive(account: Account, payout: Object) -> None:
    if payout["status"] == "in_transit":
        payout["status"] = "paid"
        account.emit("payout.paid", payout)


def fail_payout(account: Account, payout: Object) -> Object:
    """The bank sends a payout back, before it arrived or after; or lets nothing be taken."""
    if payout["status"] == "failed":
        raise errors.invalid("payout", "This payout has already failed.")
    back = book(
        account, "payout_failure", payout["amount"], payout["currency"], source=payout["id"]
    )
    payout.update(
        status="failed",
        failure_balance_transaction=back["id"],
        failure_code="account_closed" if payout["amount"] > 0 else "debit_not_authorized",
        failure_message="The bank refused it.",
    )
    account.emit("payout.failed", payout)
    return payout
