"""Deals for tests: one about a published offering, and messages in it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from market.base.access import Actor
from market.base.db import Connection
from market.identity.organisations.model import Organisation
from market.trade.catalogue import operations as offerings
from market.trade.deals import operations
from market.trade.deals.model import Deal, Message, MessageInput
from tests.world import catalogue


async def opened(conn: Connection, unit: Organisation, buyer: Actor) -> Deal:
    """The buyer asks about an offering of the unit."""
    offering = await catalogue.published_offering(conn, unit)
    return await offerings.ask_about_offering(conn, buyer, offering.id)


async def said(
    conn: Connection, actor: Actor, deal: Deal, body: str = "何时可以到现场？", *files: UUID
) -> Message:
    return await operations.send_message(conn, actor, deal.id, message(body, files))


def message(body: str, files: Sequence[UUID] = ()) -> MessageInput:
    """Checked as the door checks it."""
    return msgspec.convert({"body": body, "files": [str(each) for each in files]}, MessageInput)
