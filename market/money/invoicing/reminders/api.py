"""The JSON routes of reminders and holds."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import A_PDF, Door
from market.money.invoicing.reminders import document, operations, queries
from market.money.invoicing.reminders.model import Holding, Reminder, ReminderHold

REMINDERS: Final = ResponseSpec(
    list[Reminder], description="The oldest first", generate_examples=False
)
HOLD: Final = ResponseSpec(ReminderHold, description="The hold 暂缓催款", generate_examples=False)
HOLDS: Final = ResponseSpec(pages.Page[ReminderHold], description="A page", generate_examples=False)


@get(
    "/v1/invoices/{invoice_id:uuid}/reminders",
    tags=["invoices"],
    operation_id="list_reminders",
    summary="列出催款记录 List the reminders of an invoice",
    responses={200: REMINDERS},
)
async def list_reminders(
    door: NamedDependency[Door], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    """每个级别至多一次；买方只看到自己请款单的。

    At most one of each level; the buyer sees those of its own invoices.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.reminders_of(conn, actor, invoice_id))


@get(
    "/v1/reminders/{reminder_id:uuid}/document",
    tags=["invoices"],
    operation_id="get_reminder_document",
    summary="下载催款函 Download a formal or final reminder as PDF, as it was sent",
    responses=A_PDF,
)
async def get_reminder_document(
    door: NamedDependency[Door], reminder_id: FromPath[UUID]
) -> Response[bytes]:
    """内容与发出时逐字节相同，其 SHA-256 即催款记录所载的 `letter_sha256`。

    The same bytes for ever; `letter_sha256` of the reminder is their hash.
    """
    actor = door.actor
    return await door.kept_document(
        lambda conn: document.sent_letter(conn, actor, reminder_id),
        lambda conn: queries.pdf_of(conn, reminder_id),
    )


@post(
    "/v1/invoices/{invoice_id:uuid}/reminder-holds",
    tags=["invoices"],
    operation_id="hold_reminders",
    summary="暂缓催款 Hold the reminders of an invoice until a day, with a reason, as finance",
    responses={201: HOLD},
)
async def hold_reminders(
    door: NamedDependency[Door], invoice_id: FromPath[UUID], data: JSONBody[Holding]
) -> Response[bytes]:
    """以最新一次为准；暂缓至当天的，即恢复催款。

    The newest hold counts: one until today lets reminders go again.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.hold_reminders(conn, actor, invoice_id, data), status=201
    )


@get(
    "/v1/invoices/{invoice_id:uuid}/reminder-holds",
    tags=["invoices"],
    operation_id="list_reminder_holds",
    summary="列出暂缓催款记录 List the holds of an invoice's reminders, the newest first",
    responses={200: HOLDS},
)
async def list_reminder_holds(
    door: NamedDependency[Door],
    invoice_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: operations.holds_of(conn, actor, invoice_id, after=after, limit=most),
        limit=limit,
        key=lambda hold: (hold.id,),
    )


ROUTES: Final = [
    list_reminders,
    get_reminder_document,
    hold_reminders,
    list_reminder_holds,
]
