"""What people do with a deal: write, and note how far they read. Upper rooms open it."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from market.base import db, events
from market.base.access import Actor, require
from market.base.db import Connection
from market.trade.deals import queries
from market.trade.deals.model import (
    AttachmentSealed,
    AttachmentTwice,
    AttachmentUnknown,
    Deal,
    DealRow,
    Message,
    MessageInput,
    NewDeal,
    NoSuchMessage,
    NotYourDeal,
    ReadMark,
    may_write,
    works_for,
)


async def open_deal(conn: Connection, actor: Actor, new: NewDeal) -> Deal:
    """The deal about a topic between the two sides, opened unless it is there already.

    The caller has made sure that the topic is theirs. Raises NotYourDeal unless the actor works
    for one of the sides.
    """
    async with db.act(conn, actor):
        require(works_for(actor, new.enterprise_id, new.unit_id), NotYourDeal)
        opened = await queries.insert_deal(conn, actor, new)
        if opened is not None:
            about = {"topic": new.topic.value, "topic_id": new.topic_id}
            await events.record(conn, actor, "deal.opened", about=opened, changed=about)
        return await queries.deal_about(conn, actor, new)


async def send_message(
    conn: Connection, actor: Actor, deal_id: UUID, data: MessageInput
) -> Message:
    """Write to the other side; its files are shared with it, and its people are told.

    What the other side wrote meanwhile stays unread: only its reader says that he has read it.
    Raises NotFound to a stranger, NotYourDeal, AttachmentTwice, AttachmentUnknown,
    AttachmentSealed.
    """
    async with db.act(conn, actor):
        deal = await queries.lock_deal(conn, actor, deal_id)
        require(may_write(actor, deal), NotYourDeal)
        after, message_id = await queries.insert_message(conn, actor, deal, data.body)
        if data.files:
            await _share(conn, actor, deal, data.files)
            await queries.attach_files(conn, message_id, data.files)
        said = {
            "message": message_id,
            "number": after.messages,
            "body_sha256": sha256(data.body.encode()).hexdigest(),
            "files": data.files,
        }
        await events.record(conn, actor, "deal.message_sent", about=after, changed=said)
        [written] = await queries.messages_of(conn, actor, deal_id, before=None, limit=1)
        return written


async def mark_read(conn: Connection, actor: Actor, deal_id: UUID, mark: ReadMark) -> Deal:
    """Note that the actor has read up to a message; an older mark changes nothing.

    A mark is a reader's own note: it bumps no version and records no event. Raises NotFound,
    NotYourDeal to those above the unit and to auditors, NoSuchMessage.
    """
    async with db.act(conn, actor):
        deal = await queries.find_deal(conn, actor, deal_id)
        require(may_write(actor, deal), NotYourDeal)
        require(
            mark.number <= deal.messages,
            NoSuchMessage(messages=deal.messages, number=mark.number, pointer="/number"),
        )
        await queries.set_read_mark(conn, actor, deal_id, mark.number)
        return await queries.find_deal(conn, actor, deal_id)


async def list_messages(
    conn: Connection, actor: Actor, deal_id: UUID, *, before: int | None, limit: int
) -> list[Message]:
    """The newest first. Raises NotFound to a stranger."""
    async with db.look(conn, actor):
        await queries.find_deal(conn, actor, deal_id)
        return await queries.messages_of(conn, actor, deal_id, before=before, limit=limit)


async def _share(conn: Connection, actor: Actor, deal: DealRow, file_ids: list[UUID]) -> None:
    require(len(set(file_ids)) == len(file_ids), AttachmentTwice(pointer="/files"))
    known, sealed = await queries.count_files(conn, actor, file_ids)
    missing = len(file_ids) - known
    require(missing == 0, AttachmentUnknown(pointer="/files", missing=missing))
    require(sealed == 0, AttachmentSealed(pointer="/files"))
    await queries.share_files(conn, deal, file_ids)
