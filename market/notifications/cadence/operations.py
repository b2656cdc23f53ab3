"""Choosing one's cadence, and telling people of messages and of finds accordingly."""

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
    DAILY_FINDS,
    FOUND,
    NEW_MESSAGE,
    Addressee,
    Cadence,
    Find,
    NoticeSetting,
    NoticeTopic,
    Seeker,
    UnreadDeal,
)
from market.trade.discovery import operations as discovery


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


async def tell_of_published(conn: Connection, event: Event) -> None:
    """Tell those whose saved searches it fits, but not who published it himself."""
    async with db.act(conn, SYSTEM):
        told = await discovery.match_published(conn, event)
        searches = {each.person_id: each.search for each in told if each.person_id != event.actor}
        seekers = await queries.seekers(conn, list(searches))
        for seeker in seekers:
            if seeker.cadence == Cadence.AT_ONCE:
                await _send_find(conn, event, seeker, searches[seeker.person_id])
        waiting = [each.person_id for each in seekers if each.cadence == Cadence.DAILY]
        await queries.keep_waiting(conn, NoticeTopic.SAVED_SEARCHES, waiting, event.subject_id)


async def send_daily_letters(conn: Connection) -> None:
    """Write the letters of the day; part of the system's act."""
    unread = await queries.take_unread(conn)
    for _, deals in groupby(unread, key=lambda deal: deal.person_id):
        await _send_daily(conn, list(deals))
    found = await queries.take_finds(conn)
    for _, finds in groupby(found, key=lambda find: find.person_id):
        await _send_finds(conn, list(finds))


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


async def _send_find(conn: Connection, event: Event, seeker: Seeker, search: str) -> None:
    title = await queries.title_of(conn, event.subject_id, seeker.language)
    await letters.send(
        conn,
        FOUND,
        to=seeker.email,
        language=seeker.language,
        cause=f"found:{event.subject_id}:{seeker.person_id}",
        reader=seeker.name,
        search=search,
        title=title,
    )


async def _send_finds(conn: Connection, finds: list[Find]) -> None:
    first = finds[0]
    await letters.send(
        conn,
        DAILY_FINDS,
        to=first.email,
        language=first.language,
        cause=f"daily:{max(find.last for find in finds)}",
        reader=first.name,
        count=len(finds),
        titles="\n".join(f"· {find.title}" for find in finds),
    )


SUBSCRIPTIONS: Final[Subscriptions] = {
    "deal.message_sent": ("notifications.tell_of_message",),
    "offering.published": ("notifications.tell_of_published",),
    "enterprise_request.published": ("notifications.tell_of_published",),
}
JOBS: Final[dict[str, Job]] = {
    "notifications.tell_of_message": tell_of_message,
    "notifications.tell_of_published": tell_of_published,
}
