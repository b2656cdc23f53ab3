"""Whose buyer paid by a charge that nobody asked for here, made on Stripe's dashboard.

``desk = Desk(conn, await invoicing.fw01(conn))``; ``await desk.charged()``
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from market.base import db
from market.base.access import SYSTEM
from market.base.db import Connection
from market.money.invoicing.held import held_of
from market.money.payments.chargebacks import losing
from market.money.payments.chargebacks import operations as chargebacks
from market.money.payments.chargebacks.write_offs import operations as write_offs
from market.money.payments.chargebacks.write_offs.model import ChargebackWriteOff
from market.money.payments.model import CreditUse
from market.money.payments.refunds.model import NewRefund
from market.money.payments.stripe_balance.model import Disputed, StripeLine
from market.money.payments.stripe_explanations.model import LineExplanation
from tests.world import explaining, invoicing, money, stripe, writing_off
from tests.world.explaining import as_
from tests.world.invoicing import Deal

CH: Final = "ch_dashboard"
PAID: Final = 700_00


class Desk(NamedTuple):
    """Whose buyer paid by a charge made on Stripe's dashboard."""

    conn: Connection
    deal: Deal

    async def balance(self, kind: str) -> int:
        subject = self.deal.enterprise.id if kind == "customer_credit" else None
        return await money.balance(self.conn, self.deal.unit.id, kind, subject)

    async def line(self, category: str, amount_minor: int, **more: Any) -> StripeLine:
        of = {"charge_id": CH, "source_id": CH if category == "charge" else f"re_{amount_minor}"}
        told = stripe.line(category, amount_minor, **{**of, **more})
        return await explaining.unknown(self.conn, self.deal, told)

    async def credited(self, line: StripeLine) -> LineExplanation:
        given = as_("customer_credit", organisation_id=self.deal.enterprise.id)
        return await explaining.explained(self.conn, self.deal, line, given)

    async def charged(self, amount_minor: int = PAID, **more: Any) -> LineExplanation:
        return await self.credited(await self.line("charge", amount_minor, **more))

    async def same(self, explanation: LineExplanation) -> StripeLine:
        """Its line, as it is now."""
        lines = await explaining.lines_of(self.conn, self.deal)
        return next(one for one in lines if one.id == explanation.stripe_line_id)

    async def held(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).disputed_minor

    async def balances(self) -> tuple[int, int]:
        """Its payer's credit, and what stands in suspense."""
        return await self.balance("customer_credit"), await self.balance("suspense")

    async def held_for_debts(self) -> int:
        async with db.look(self.conn, SYSTEM):
            place = (self.deal.unit.id, self.deal.enterprise.id, "CNY")
            return (await held_of(self.conn, *place)).unrecovered_minor

    async def dispute(
        self, amount_minor: int, currency: str = "CNY", *, held_minor: int | None = None
    ) -> None:
        told = disputed(amount_minor, "needs_response", currency)
        of = {"dispute": told, "source_id": told.id, "charge_id": CH}
        line = stripe.line("dispute", -(held_minor or amount_minor), **of)
        await stripe.booked(self.conn, self.deal, line)

    async def back(self, amount_minor: int) -> StripeLine:
        """What the bank gives back of what it had kept, where the rule leaves some of it."""
        told = disputed(amount_minor, "won")
        return await self.line("dispute_reversal", amount_minor, dispute=told, source_id=told.id)

    async def booked_back(self, amount_minor: int) -> None:
        """Where it does not."""
        of = {"dispute": disputed(amount_minor, "won"), "charge_id": CH}
        line = stripe.line("dispute_reversal", amount_minor, **of)
        await stripe.booked(self.conn, self.deal, line)

    async def lost(self, amount_minor: int = PAID, currency: str = "CNY") -> None:
        told = disputed(amount_minor, "lost", currency)
        assert await losing.lose(self.conn, self.deal.unit.id, told)

    async def used_and_lost(self) -> tuple[LineExplanation, CreditUse]:
        """All of its credit has paid an invoice by then."""
        done = await self.charged()
        invoice = await invoicing.issued(self.conn, self.deal)
        use = await money.credit_used(self.conn, self.deal.finance, invoice.id, PAID)
        await self.dispute(PAID)
        await self.lost()
        return done, use

    async def owed(self) -> int:
        """Of what its losses left."""
        told = await chargebacks.list_chargebacks(self.conn, self.deal.finance, self.deal.unit.id)
        return sum(one.owed_minor for one in told)

    async def recovered(self) -> bool:
        return await writing_off.taken(self.conn)

    async def written_off(self) -> ChargebackWriteOff:
        conn, deal = self.conn, self.deal
        [one] = await chargebacks.list_chargebacks(conn, deal.finance, deal.unit.id)
        waiting = await write_offs.propose_write_off(conn, deal.finance, one.id, "无人承担")
        return await write_offs.approve_write_off(conn, deal.leader, waiting.id)


def disputed(amount_minor: int, status: str, currency: str = "CNY") -> Disputed:
    return Disputed("dp_dashboard", amount_minor, currency, "fraudulent", status, None, None, CH)


def to_bank(deal: Deal, amount_minor: int) -> NewRefund:
    return NewRefund(
        organisation_id=deal.enterprise.id,
        amount_minor=amount_minor,
        payee_bank="锦川银行",
        payee_account="6222 0001",
        reason="退还多付款项",
    )
