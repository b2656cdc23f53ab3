"""Adding a column mapping, and reading them."""

from __future__ import annotations

from uuid import UUID

from market.base import db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.base.errors import NotFound
from market.ledger.model import NotAReader, may_read
from market.money.statements.accounts.model import AccountNeedsFinance, may_keep
from market.money.statements.mappings import model, queries
from market.money.statements.mappings.model import NewMapping, StatementMapping


async def add_mapping(
    conn: Connection, actor: Actor, books_unit_id: UUID, new: NewMapping
) -> StatementMapping:
    """Finance teaches its unit's imports one more layout.

    Raises NotFound to a stranger, AccountNeedsFinance, MappingUnusable, MappingKnown.
    """
    async with db.act(conn, actor):
        require(actor.visible is None or books_unit_id in actor.visible, NotFound)
        require(may_keep(actor, books_unit_id), AccountNeedsFinance)
        added = await queries.insert_mapping(conn, actor, books_unit_id, new.checked())
        if added is None:
            raise model.MappingKnown(name=new.name)
        await events.record(conn, actor, "statement_mapping.added", about=added)
    return added


async def list_mappings(
    conn: Connection, actor: Actor, books_unit_id: UUID
) -> list[StatementMapping]:
    """In the order in which a file is tried with them."""
    require(actor.visible is None or books_unit_id in actor.visible, NotFound)
    require(may_read(actor), NotAReader)
    return await queries.mappings_of(conn, actor, books_unit_id)
