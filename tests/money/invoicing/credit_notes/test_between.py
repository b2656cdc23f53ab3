"""What other notes took before counts when the next is issued."""

from __future__ import annotations

from uuid import uuid4

import pytest

from market.base.db import Connection
from market.ledger.model import Account
from market.money.invoicing import operations as invoices
from market.money.invoicing.credit_notes import model, operations, reckoning
from market.money.invoicing.credit_notes.model import NewCreditNote
from tests.world import invoicing as world


async def test_what_another_note_took_meanwhile_is_not_taken_again(conn: Connection) -> None:
    deal = await world.fw01(conn)
    invoice, other = [await world.issued(conn, deal, place) for place in range(2)]
    wanted = NewCreditNote(reason="双方协商减少工作量")
    note = await operations.propose_credit_note(conn, deal.finance, invoice.id, wanted)
    await world.credited(conn, deal, other)

    with pytest.raises(model.MilestoneHasLess):
        await operations.approve_credit_note(conn, deal.leader, note.id)

    found = await invoices.find_invoice(conn, deal.finance, invoice.id)
    assert (found.state, found.credited_minor) == ("open", 0)


def test_who_lost_more_before_loses_less_now() -> None:
    first, second = (Account("owner_payable", uuid4()) for _ in range(2))
    owed = [(first, 1), (second, 1)]
    [(_, once), _] = reckoning.off_owners(owed, [], 1)
    [(_, again), (_, others)] = reckoning.off_owners(owed, [1], 1)
    assert {once, again} == {0, 1}
    assert (again, others) == (1 - once, once)
