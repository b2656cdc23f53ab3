"""An MT940 comes in as any statement does: matched, once only, and told from other formats."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.base import clock
from market.base.db import Connection
from market.money.statements import model
from tests.world import invoicing, money
from tests.world.money import Bank, Line


async def mt940(conn: Connection, bank: Bank, lines: list[Line]) -> bytes:
    """The movements of today as the bank tells them, in GB18030."""
    today = await clock.today(conn)
    closing = money.OPENING_MINOR + sum(line.amount_minor for line in lines)
    entries = [
        f":61:{today:%y%m%d}{'C' if line.amount_minor > 0 else 'D'}"
        f"{_figure(line.amount_minor)}NTRFNONREF//{place:016d}\n:86:166?20{line.remark}?32{line.name}"
        for place, line in enumerate(lines, 1)
    ]
    fields = [
        ":20:S1",
        f":25:{bank.account.number}",
        ":28C:1/1",
        f":60F:C{today - timedelta(days=1):%y%m%d}CNY{_figure(money.OPENING_MINOR)}",
        *entries,
        f":62F:C{today:%y%m%d}CNY{_figure(closing)}",
        "-",
    ]
    return "\r\n".join(fields).encode("gb18030")


def _figure(amount_minor: int) -> str:
    return "{},{:02d}".format(*divmod(abs(amount_minor), 100))


async def test_a_payment_with_its_code_is_matched_and_the_file_is_taken_once(
    conn: Connection,
) -> None:
    deal = await invoicing.fw01(conn)
    bank = await money.bank(conn, deal)
    invoice = await invoicing.issued(conn, deal)
    paid = Line(invoice.amount_minor, deal.enterprise.name_zh, f"货款{invoice.payment_code}")
    data = await mt940(conn, bank, [paid, Line(-25_00, "", "手续费")])

    first = await money.import_bytes(conn, bank, data, name="2026-08.sta")
    assert (first.new_count, first.repeated) == (2, False)
    (allocation,) = await money.payments_of(conn, deal.buyer, invoice.id)
    assert allocation.amount_minor == invoice.amount_minor
    again = await money.import_bytes(conn, bank, data, name="copy.txt")
    assert (again.new_count, again.repeated) == (0, True)


async def test_a_day_known_from_a_csv_is_not_taken_again(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    lines = [Line(10_00, "甲", "货款"), Line(20_00, "乙", "货款")]
    await money.imported(conn, bank, lines)
    data = await mt940(conn, bank, lines)
    with pytest.raises(model.OtherForm, match="another format"):
        await money.import_bytes(conn, bank, data, name="2026-08.sta")
