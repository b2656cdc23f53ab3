"""What a deal is, what is written in it, and who may write."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import ENTERPRISE_ROLES, UNIT_ROLES, Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input, Text

WRITERS: Final = (ENTERPRISE_ROLES | UNIT_ROLES) - {Role.AUDITOR}
MOST_ATTACHMENTS: Final = 10


class Topic(StrEnum):
    """What a deal may be about."""

    OFFERING = "offering"
    PROPOSAL = "proposal"
    CONTRACT = "contract"


class Thread(msgspec.Struct, frozen=True):
    """A thread; ``messages`` counts them and is the number of the last, ``active_at`` its time."""

    id: UUID
    enterprise_id: UUID
    unit_id: UUID
    topic: Topic
    topic_id: UUID
    title: str
    messages: int
    opened_by: UUID
    opened_at: datetime
    active_at: datetime

    @property
    def sides(self) -> tuple[UUID, UUID]:
        return self.enterprise_id, self.unit_id


class DealRow(Thread, frozen=True):
    """The root, with the version that each message bumps."""

    version: int


class Deal(Thread, frozen=True):
    """The same as one reader sees it: without a version, because marks move without one.

    ``read_up_to`` is his own mark, ``unread`` counts what the other side wrote after it, and
    ``read_by_others_up_to`` is how far anybody of the other side has read. Numbers; 0 for nothing.
    """

    read_up_to: int
    unread: int
    read_by_others_up_to: int


class Attachment(msgspec.Struct, frozen=True):
    """A file of a message; download it by its id."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int


class Message(msgspec.Struct, frozen=True):
    """One message; ``author_name`` as the register has it now."""

    id: UUID
    number: int
    organisation_id: UUID
    author_id: UUID
    author_name: str
    body: str
    sent_at: datetime
    attachments: list[Attachment]


class NewDeal(msgspec.Struct, frozen=True):
    """A deal to open, by the room whose topic it is; ``title`` at most 200 characters."""

    topic: Topic
    topic_id: UUID
    enterprise_id: UUID
    unit_id: UUID
    title: str


class MessageInput(Input, frozen=True):
    """A message; ``files`` were sent before and are shared with the other side by it."""

    body: Text
    files: Annotated[list[UUID], Meta(max_length=MOST_ATTACHMENTS)] = msgspec.field(
        default_factory=list
    )


class ReadMark(Input, frozen=True):
    """The number of the last message that was read."""

    number: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Place(NamedTuple):
    """Where a page of deals ends: whole microseconds since 1970, and an id."""

    active: Annotated[int, Meta(ge=0, le=4_102_444_800_000_000)]
    id: UUID


class NotYourDeal(Forbidden):
    """Those above a unit and auditors read its deals; those who work on the two sides write."""

    code = "not_your_deal"
    zh = "只有洽谈双方的经办人员可以留言和标记已读。请以参与洽谈的单位身份登录后办理。"
    en = "Only the two sides of a deal write and mark in it. Act for one, in a working role."


class OnlyEnterprisesAsk(Forbidden):
    """A unit answers; it does not write to enterprises that never asked."""

    code = "only_enterprises_ask"
    zh = "洽谈由企业发起。请以企业身份登录后咨询。"
    en = "A deal about an offering is opened by an enterprise. Sign in for one, then ask."


class AttachmentTwice(Invalid):
    """Each file is attached once."""

    code = "attachment_twice"
    zh = "附件中有文件重复。请每个文件只列一次。"
    en = "A file is attached twice. List each file once."


class AttachmentUnknown(Invalid):
    """What the writer's own organisation reads is its to share."""

    code = "attachment_unknown"
    zh = "所附文件中有 {missing} 个不存在，或本单位不能读取。请先上传。"
    en = "{missing} of the files do not exist or are not your organisation's. Send them first."


class AttachmentSealed(Conflict):
    """What is sealed is told to nobody before its time, not even by its author."""

    code = "attachment_sealed"
    zh = "所附文件属于尚未开启的密封报价，不能发出。请在截止时间之后再发。"
    en = "The file belongs to a sealed proposal that is not open yet. Send it after the deadline."


class NoSuchMessage(Invalid):
    """A mark stands at a message that is there."""

    code = "no_such_message"
    zh = "洽谈目前只有 {messages} 条留言，没有第 {number} 条。请刷新后重试。"
    en = "The deal has {messages} messages and none numbered {number}. Read it again, then mark."


def may_write(actor: Actor, deal: Thread) -> bool:
    return works_for(actor, *deal.sides)


def works_for(actor: Actor, *sides: UUID | None) -> bool:
    """Whether the actor works for one of the organisations, as more than its auditor."""
    return actor.organisation_id in sides and actor.is_any(*WRITERS)
