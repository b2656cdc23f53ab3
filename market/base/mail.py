"""E-mail: written into a table by the act that causes it, sent afterwards by the worker.

Without an SMTP server the mails stay in the table, where ``market mails`` shows them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final
from uuid import UUID

import aiosmtplib
import msgspec

from market.base.db import Connection, columns

MOST_DAYS: Final = 3


class Mail(msgspec.Struct, frozen=True):
    """A mail to one person; ``cause`` is unique, so that a repeated job tells nobody twice.

    ``attachment_name``: that of the PDF that goes with it, if one does.
    """

    id: UUID
    to_address: str
    subject: str
    body: str
    cause: str
    created_at: datetime
    sent_at: datetime | None
    tries: int
    last_fault: str | None
    attachment_name: str | None


class Attachment(msgspec.Struct, frozen=True):
    """A PDF that goes with a mail; ``name`` with its ending."""

    name: str
    pdf: bytes


async def post(
    conn: Connection,
    attachment: Attachment | None = None,
    /,
    *,
    to: str,
    subject: str,
    body: str,
    cause: str,
) -> None:
    """Keep a mail for sending; the same ``cause`` a second time does nothing."""
    await conn.execute(
        """INSERT INTO mail (to_address, subject, body, cause, attachment_name, attachment)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING""",
        to,
        subject,
        body,
        cause,
        attachment.name if attachment else None,
        attachment.pdf if attachment else None,
    )


async def kept(conn: Connection, *, limit: int) -> list[Mail]:
    """The newest mails, newest first."""
    records = await conn.fetch(f"SELECT {columns(Mail)} FROM mail ORDER BY id DESC LIMIT $1", limit)
    return [Mail(*record) for record in records]


async def bodies_to(conn: Connection, address: str) -> list[str]:
    """What was written to one address, the newest first."""
    records = await conn.fetch(
        "SELECT body FROM mail WHERE to_address = $1 ORDER BY id DESC LIMIT 100", address
    )
    return [record[0] for record in records]


async def unsent(conn: Connection, *, limit: int, most_tries: int = 10) -> list[Mail]:
    """Whose news are still news: a server that is given later sends nobody what is long past."""
    records = await conn.fetch(
        f"""SELECT {columns(Mail)} FROM mail WHERE sent_at IS NULL AND tries < $2
              AND created_at > market_now() - $3::interval
            ORDER BY id LIMIT $1""",
        limit,
        most_tries,
        timedelta(days=MOST_DAYS),
    )
    return [Mail(*record) for record in records]


async def note_sent(conn: Connection, mail_id: UUID) -> None:
    await conn.execute(
        "UPDATE mail SET sent_at = market_now(), tries = tries + 1 WHERE id = $1",
        mail_id,
    )


async def note_failed(conn: Connection, mail_id: UUID, fault: str) -> None:
    await conn.execute(
        "UPDATE mail SET tries = tries + 1, last_fault = left($2, 500) WHERE id = $1",
        mail_id,
        fault,
    )


async def attachment_of(conn: Connection, mail: Mail) -> Attachment | None:
    if mail.attachment_name is None:
        return None
    pdf = await conn.fetchval("SELECT attachment FROM mail WHERE id = $1", mail.id)
    return Attachment(mail.attachment_name, pdf)


async def send(
    mail: Mail, attachment: Attachment | None, *, smtp: aiosmtplib.SMTP, sender: str
) -> None:
    """Hand one mail to a connected server."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to_address
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message.set_content(mail.body)
    if attachment:
        message.add_attachment(
            attachment.pdf, maintype="application", subtype="pdf", filename=attachment.name
        )
    await smtp.send_message(message)
