"""A chargeback's line that was set aside is its rule's while that can book it, then people's."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pytest

from market.base.db import Connection
from market.money.payments.chargebacks import losing
from market.money.payments.stripe_balance.model import Disputed, StripeLine
from market.money.payments.stripe_explanations import model
from tests.world import card_refunds, explaining, invoicing, money, stripe
from tests.world.explaining import as_
from tests.world.invoicing import Deal

WHOLE: Final = 25_800_00


class Disputing(NamedTuple):
    """A charge that its payer's bank asks back."""

    conn: Connection
    deal: Deal
    told: Disputed

    async def taken(self) -> None:
        await stripe.booked(self.conn, self.deal, self._line("dispute", -self.told.amount_minor))

    async def given_back(self) -> None:
        back = self._line("dispute_reversal", self.told.amount_minor)
        await stripe.booked(self.conn, self.deal, back)

    async def is_lost(self) -> None:
        assert await losing.lose(self.conn, self.deal.unit.id, self.told)

    async def aside(self, category: str, **more: Any) -> StripeLine:
        sign = 1 if category == "dispute_reversal" else -1
        told = self._line(category, sign * self.told.amount_minor, **more)
        return await explaining.aside(self.conn, self.deal, told)

    def _line(self, category: str, amount_minor: int, **more: Any) -> Any:
        return stripe.line(category, amount_minor, dispute=self.told, **more)

    async def is_its_rules(self, line: StripeLine) -> None:
        with pytest.raises(model.LineOfItsRule):
            await explaining.proposed(self.conn, self.deal, line, as_("write_off"))

    async def is_peoples(self, line: StripeLine) -> None:
        await explaining.explained(self.conn, self.deal, line, as_("write_off"))
        held = await money.balance(self.conn, self.deal.unit.id, "suspense", None, line.currency)
        assert held == 0


@pytest.fixture
async def disputing(conn: Connection) -> Disputing:
    deal = await invoicing.fw01(conn)
    payment = await card_refunds.paid_and_credited(conn, deal)
    return Disputing(conn, deal, stripe.dispute_of(payment, WHOLE, "lost"))


async def test_what_comes_back_of_a_loss_is_booked_by_its_rule(disputing: Disputing) -> None:
    await disputing.taken()
    await disputing.is_lost()
    await disputing.is_its_rules(await disputing.aside("dispute_reversal"))


async def test_once_all_of_a_loss_is_back_what_comes_more_is_explained_by_people(
    disputing: Disputing,
) -> None:
    await disputing.taken()
    await disputing.is_lost()
    await disputing.given_back()
    await disputing.is_peoples(await disputing.aside("dispute_reversal"))


async def test_what_comes_back_of_a_loss_in_another_currency_is_explained_by_people(
    disputing: Disputing,
) -> None:
    await disputing.taken()
    await disputing.is_lost()
    await disputing.is_peoples(await disputing.aside("dispute_reversal", currency="USD"))


async def test_what_comes_back_of_a_loss_of_nobody_here_is_explained_by_people(
    conn: Connection,
) -> None:
    """The loss took all that its charge had left in suspense."""
    deal = await invoicing.fw01(conn)
    told = Disputed("dp_x", 700_00, "CNY", "fraudulent", "lost", None, None, "ch_x")
    charge = stripe.line("charge", 700_00, charge_id="ch_x", source_id="ch_x")
    await explaining.unknown(conn, deal, charge)
    of_nobody = Disputing(conn, deal, told)
    await of_nobody.taken()
    await of_nobody.is_lost()
    await of_nobody.is_peoples(await of_nobody.aside("dispute_reversal"))


async def test_what_took_the_money_after_it_had_come_back_is_booked_by_its_rule(
    disputing: Disputing,
) -> None:
    """Read the other way round: only the second line tells how much it was."""
    await disputing.given_back()
    await disputing.is_its_rules(await disputing.aside("dispute"))
