"""Choosing one's cadence, and telling people of messages accordingly."""

from __future__ import annotations

from itertools import groupby
from typing import Final
from uuid import UUID

from market.base import db, events
from market.base.access import SYSTEM, Actor
from market.base.db import Connection
from market.base.events import Event, Job, Subscriptions
from market.identity import letters
from market.notifications.cadence import queries
from market.notifications.cadence.model import (
    DAILY,
    NEW_MESSAGE,
    Addressee,
    Cadence,
    NoticeSetting,
    NoticeTopic,
    UnreadDeal,
)


async def choose_cadence(
    conn: Connection, actor: Actor, topic: NoticeTopic, cadence: Cadence
) -> NoticeSetting:
    """Set one's own cadence for a topic."""
    async with db.act(conn, actor):
        setting = await queries.set_cadence(conn, actor, topic, cadence)
        chosen = {"topic": topic.value, "cadence": cadence.value}
        await events.record(conn, actor, "notice_setting.chosen", about=setting, changed=chosen)
        return setting


async def tell_of_message(conn: Connection, event: Event) -> None:
    """Write at once to those who want it and have read all before; the others wait for the day."""
    message_id = UUID(event.changed["message"])
    async with db.act(conn, SYSTEM):
        told = await queries.addressees_of(conn, message_id)
        for reader in told:
            if reader.cadence == Cadence.AT_ONCE and reader.reads:
                await _send_at_once(conn, reader, cause=f"{event.id}:{reader.person_id}")
        waiting = [reader.person_id for reader in told if reader.cadence == Cadence.DAILY]
        await queries.keep_waiting(conn, NoticeTopic.DEAL_MESSAGES, waiting, message_id)


async def send_daily_letters(conn: Connection) -> None:
    """Write the letters of the day; part of the system's act."""
    unread = await queries.take_unread(conn)
    for _, deals in groupby(unread, key=lambda deal: deal.person_id):
        await _send_daily(conn, list(deals))


async def _send_at_once(conn: Connection, reader: Addressee, *, cause: str) -> None:
    await letters.send(
        conn,
        NEW_MESSAGE,
        to=reader.email,
        language=reader.language,
        cause=cause,
        reader=reader.name,
        title=reader.title,
    )


async def _send_daily(conn: Connection, deals: list[UnreadDeal]) -> None:
    """Its cause is the last row that it took: nothing else ever takes that row."""
    first = deals[0]
    await letters.send(
        conn,
        DAILY,
        to=first.email,
        language=first.language,
        cause=f"daily:{max(deal.last for deal in deals)}",
        reader=first.name,
        count=sum(deal.unread for deal in deals),
        deals="\n".join(f"· {deal.title} ({deal.unread})" for deal in deals),
    )


SUBSCRIPTIONS: Final[Subscriptions] = {"deal.message_sent": ("notifications.tell_of_message",)}
JOBS: Final[dict[str, Job]] = {"notifications.tell_of_message": tell_of_message}
