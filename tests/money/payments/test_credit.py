"""Customer credit: who has it, and who sees what was paid."""

from __future__ import annotations

import pytest

from market.base import db
from market.base.access import Actor, BothSides, Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.base.moves import WrongMove
from market.ledger.model import NotAReader
from market.money.invoicing.model import MoreThanOpen
from market.money.payments import operations
from market.money.payments.model import Credit, UseState
from tests.world import identity, invoicing, money
from tests.world.invoicing import Deal
from tests.world.money import Line


async def credited(conn: Connection, amount_minor: int) -> Deal:
    """A deal whose buyer has paid so much ahead."""
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    done = await money.imported(conn, bank, [Line(amount_minor, deal.enterprise.name_zh)])
    rest = money.rest("customer_credit", amount_minor, organisation_id=deal.enterprise.id)
    await money.matched(conn, deal.finance, done.outcomes[0].line_id, rest=rest)
    return deal


async def credits_of(conn: Connection, actor: Actor, deal: Deal) -> list[Credit]:
    async with db.look(conn, actor):
        return await operations.list_credits(conn, actor, deal.unit.id, after=None, limit=10)


async def test_credit_is_listed_until_it_is_used(conn: Connection) -> None:
    deal = await credited(conn, 30_000_00)
    invoice = await invoicing.issued(conn, deal)

    [credit] = await credits_of(conn, deal.leader, deal)
    assert (credit.organisation_id, credit.balance_minor) == (deal.enterprise.id, 30_000_00)
    await money.credit_used(conn, deal.finance, invoice.id, 25_800_00)
    [credit] = await credits_of(conn, deal.leader, deal)
    assert credit.balance_minor == 4_200_00


async def test_credit_pays_no_more_than_is_open(conn: Connection) -> None:
    deal = await credited(conn, 30_000_00)
    invoice = await invoicing.issued(conn, deal)

    with pytest.raises(MoreThanOpen):
        await money.credit_used(conn, deal.finance, invoice.id, 25_800_01)


async def test_a_use_is_undone_once(conn: Connection) -> None:
    deal = await credited(conn, 30_000_00)
    invoice = await invoicing.issued(conn, deal)
    before = await money.balances(conn, deal.unit.id)
    use = await money.credit_used(conn, deal.finance, invoice.id, 5_00)

    undone = await money.credit_use_undone(conn, deal.finance, use)

    assert undone.state == UseState.UNDONE
    assert await money.balances(conn, deal.unit.id) == before
    assert await money.credit_use_undone(conn, deal.finance, use) == undone
    rival = await identity.person(conn, deal.unit, Role.FINANCE)
    with pytest.raises(WrongMove):
        await money.credit_use_undone(conn, rival, use)
    [taken_back] = await money.payments_of(conn, deal.buyer, invoice.id)
    assert taken_back.taken_back_on is not None


async def test_who_has_joined_the_payer_neither_uses_nor_frees_its_credit(conn: Connection) -> None:
    deal = await credited(conn, 30_000_00)
    invoice = await invoicing.issued(conn, deal)
    use = await money.credit_used(conn, deal.finance, invoice.id, 5_00)
    turncoat = await identity.person(conn, deal.unit, Role.FINANCE)
    await identity.also(conn, turncoat, deal.enterprise, Role.MANAGER)
    before = await money.balances(conn, deal.unit.id)

    with pytest.raises(BothSides):
        await money.credit_used(conn, turncoat, invoice.id, 5_00)
    with pytest.raises(BothSides):
        await money.credit_use_undone(conn, turncoat, use)

    assert await money.balances(conn, deal.unit.id) == before
    undone = await money.credit_use_undone(conn, deal.finance, use)
    await identity.also(conn, deal.finance, deal.enterprise, Role.PAYER)
    assert await money.credit_use_undone(conn, deal.finance, use) == undone


async def test_who_sees_credit(conn: Connection) -> None:
    deal = await credited(conn, 1_00)
    clerk = await identity.person(conn, deal.unit, Role.CLERK)

    with pytest.raises(NotAReader):
        await credits_of(conn, clerk, deal)
    for stranger in (deal.outsider, deal.buyer):
        with pytest.raises(NotFound):
            await credits_of(conn, stranger, deal)
