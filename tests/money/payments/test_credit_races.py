"""Two people at once take credit of which a chargeback holds a part: it holds for both."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.db import Connection, Pool
from market.money.payments import model as payments
from market.money.payments import operations
from market.money.payments.refunds import model as refunds
from tests.money.payments.refunds.test_disputed import desk_of, paid_twice
from tests.world import invoicing, money, refunding, rivals


async def test_what_is_held_is_neither_used_nor_refunded_by_two_at_once(pool: Pool) -> None:
    async with db.lease(pool) as conn:
        deal = await invoicing.fw01(conn)
        terms = [invoicing.at_signing(86_000_00)]
        drafted = await invoicing.drafted(conn, terms, people=deal.cast)
        second = await invoicing.in_force(conn, drafted)
        card = await paid_twice(conn, deal)
        one = await invoicing.issued(conn, deal, 1)
        two = await invoicing.issued(conn, second, 0)
        desk = await desk_of(conn, deal)
        await card.disputed(conn, 20_000_00)

    async def use_one(conn: Connection) -> None:
        await operations.use_credit(conn, deal.finance, one.id, 1_00)

    async def use_other(conn: Connection) -> None:
        await operations.use_credit(conn, deal.finance, two.id, 5_800_00)

    async def refund(conn: Connection) -> None:
        await refunding.proposed(conn, desk, 5_799_00)

    with pytest.raises(payments.CreditHeld, match=r"holds 25,799.00, of which 20,000.00"):
        await rivals.second_to(pool, deal.finance, use_one, use_other)
    with pytest.raises(refunds.CreditDisputed):
        await rivals.second_to(pool, deal.finance, use_one, refund)

    async with db.lease(pool) as conn:
        has = await money.balance(conn, deal.unit.id, "customer_credit", deal.enterprise.id)
    assert has == 25_798_00
