"""Column mappings as rows: those shipped, and a new bank's."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from market.base import clock, db
from market.base.access import Role
from market.base.db import Connection
from market.base.errors import NotFound
from market.money.statements.accounts.model import AccountNeedsFinance
from market.money.statements.formats import mappings as shipped
from market.money.statements.mappings import model, operations
from market.money.statements.mappings.model import NewMapping
from tests.world import identity, money


def new_mapping(**changes: Any) -> NewMapping:
    usual = {
        "name": "jinchuan-bank",
        "bank": "锦川银行",
        "columns": {
            "booked_on": ["过账日"],
            "amount": ["发生数"],
            "balance": ["结余"],
            "counterparty_name": ["往来户"],
            "remark": ["说明"],
        },
        "is_signed": True,
        "date_formats": ["%Y.%m.%d"],
    }
    return msgspec.convert(usual | changes, NewMapping)


async def test_the_shipped_mappings_are_rows(conn: Connection) -> None:
    bank = await money.unit_bank(conn)

    async with db.look(conn, bank.finance):
        rows = await operations.list_mappings(conn, bank.finance, bank.account.books_unit_id)

    assert [row.mapping for row in rows] == shipped.shipped()


async def test_a_new_bank_is_a_row(conn: Connection) -> None:
    bank, other = await money.unit_bank(conn), await money.unit_bank(conn)
    today = await clock.today(conn)
    added = await operations.add_mapping(
        conn, bank.finance, bank.account.books_unit_id, new_mapping()
    )
    table = f"过账日,发生数,结余,往来户,说明\r\n{today:%Y.%m.%d},7.00,107.00,某客户,货款\r\n"

    done = await money.import_bytes(conn, bank, table.encode("gb18030"))

    assert added.position == 1
    assert (done.outcomes[0].amount_minor, done.outcomes[0].counterparty_name) == (700, "某客户")
    with pytest.raises(Exception, match="fits no known layout"):
        await money.import_bytes(conn, other, table.encode("gb18030"))


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": {"booked_on": ["日"], "amount": ["数"]}, "is_signed": False},
        {"columns": {"amount": ["数"]}},
        {"columns": {"booked_on": ["日"]}},
        {"columns": {"booked_on": ["日"], "debit": ["借"]}},
        {"columns": {"booked_on": ["日"], "amount": ["数"], "nonsense": ["乱"]}},
        {"labels": {"nonsense": ["乱"]}},
    ],
)
async def test_a_mapping_that_reads_nothing_is_refused(
    conn: Connection, changes: dict[str, Any]
) -> None:
    bank = await money.unit_bank(conn)

    with pytest.raises(model.MappingUnusable):
        await operations.add_mapping(
            conn, bank.finance, bank.account.books_unit_id, new_mapping(**changes)
        )


def test_no_mapping_promises_an_encoding_that_no_door_lets_in() -> None:
    with pytest.raises(msgspec.ValidationError, match="encodings"):
        new_mapping(encodings=["utf-16"])


async def test_a_name_stands_once_in_a_unit(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    await operations.add_mapping(conn, bank.finance, bank.account.books_unit_id, new_mapping())

    with pytest.raises(model.MappingKnown):
        await operations.add_mapping(conn, bank.finance, bank.account.books_unit_id, new_mapping())


async def test_finance_alone_adds_and_strangers_see_none(conn: Connection) -> None:
    bank = await money.unit_bank(conn)
    books = bank.account.books_unit_id
    stranger = await identity.person(conn, await identity.unit(conn), Role.FINANCE)

    with pytest.raises(AccountNeedsFinance):
        await operations.add_mapping(conn, bank.leader, books, new_mapping())
    with pytest.raises(NotFound):
        await operations.add_mapping(conn, stranger, books, new_mapping())
    with pytest.raises(NotFound):
        await operations.list_mappings(conn, stranger, books)
