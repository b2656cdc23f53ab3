"""What the sealed events keep of what an act fixed: codes, dates and amounts, nothing personal."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from market.base import db
from market.base.db import Connection
from tests.conftest import Clone
from tests.world import invoicing as world
from tests.world import money


async def kept(auditor: Connection, name: str, subject_id: UUID) -> dict[str, Any]:
    changed = await auditor.fetchval(
        "SELECT changed::text FROM event WHERE name = $1 AND subject_id = $2", name, subject_id
    )
    found: dict[str, Any] = json.loads(changed)
    return found


async def test_the_events_keep_what_was_fixed(stocked: Clone) -> None:
    async with stocked() as dsns:
        conn, auditor = await db.connect(dsns.app), await db.connect(dsns.auditor)
        deal = await world.zr01(conn)
        recognition = await world.recognised(conn, deal)
        invoice = await world.issued(conn, deal)
        asked = await world.fapiao_requested(conn, deal, invoice, wanted=world.ordinary(deal))
        fapiao = await world.fapiao_recorded(conn, deal, asked)

        issued = await kept(auditor, "invoice.issued", invoice.id)
        documented = await kept(auditor, "fapiao.issued", fapiao.id)
        recognised = await kept(auditor, "recognition.recorded", recognition.id)
        await conn.close()
        await auditor.close()

    assert issued == {
        "contract_id": str(deal.contract.id),
        "instalment_id": str(invoice.instalment_id),
        "number": invoice.number,
        "payment_code": invoice.payment_code,
        "amount_minor": invoice.amount_minor,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
    }
    assert fapiao.issued_on is not None
    assert documented == {
        "invoice_id": str(invoice.id),
        "number": fapiao.number,
        "issued_on": fapiao.issued_on.isoformat(),
    }
    assert recognised == {
        "contract_id": str(deal.contract.id),
        "file_id": str(recognition.file_id),
        "number": recognition.number,
        "recognised_on": recognition.recognised_on.isoformat(),
    }


async def test_a_payment_and_the_charge_on_it_are_told_once_as_they_end(stocked: Clone) -> None:
    """Nobody hears of a charge as of money that he still owes."""
    async with stocked() as dsns:
        conn, auditor = await db.connect(dsns.app), await db.connect(dsns.auditor)
        deal = await world.fw01(conn)
        invoice = await world.issued(conn, deal)
        bank = await money.bank(conn, deal)
        imported = await money.imported(
            conn, bank, [money.Line(25_775_00, deal.enterprise.name_zh)]
        )
        line_id = imported.outcomes[0].line_id
        given = money.allocation(invoice.id, 25_775_00, 25_00)
        await money.matched(conn, deal.finance, line_id, given)
        told = await auditor.fetch(
            "SELECT name, version, changed->>'open_minor' FROM event WHERE subject_id = $1"
            " ORDER BY id",
            invoice.id,
        )
        await conn.close()
        await auditor.close()
    assert [tuple(record) for record in told] == [
        ("invoice.issued", 1, None),
        ("invoice.paid", 2, "0"),
    ]
