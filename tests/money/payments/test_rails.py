from structlog.testing import capture_logs

from market.base.stripe_accounts import StripeAccount
from market.money.payments import rails
from tests.world.stripe import Till


async def test_an_account_of_no_unit_is_told_of_at_the_start(till: Till) -> None:
    known = till.deal.unit.number_prefix
    assert known is not None
    accounts = [
        StripeAccount(unit=unit, key=f"sk_test_{unit}", webhook_secrets=("whsec_12345678",))
        for unit in (known, "ZZZZZZ")
    ]
    async with rails.opened(accounts, "http://127.0.0.1:1") as opened:
        with capture_logs() as lines:
            await rails.warn_of_unknown(till.pool, opened)
    assert [(one["event"], one["number_prefix"]) for one in lines] == [
        ("stripe_account_of_no_unit", "ZZZZZZ")
    ]
