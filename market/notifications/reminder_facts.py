"""What is known of a reminder, and of the letter that goes with its mails."""

from __future__ import annotations

from typing import Final, cast
from uuid import UUID

from market.base.db import Connection
from market.base.mail import Attachment
from market.notifications.invoice_facts import covering
from market.notifications.model import Facts
from market.notifications.queries import facts

NAMES: Final = {
    "friendly": ("付款提醒", "friendly reminder"),
    "formal": ("催款函", "formal demand"),
    "final": ("最后催告", "final demand"),
}


async def about_reminder(conn: Connection, reminder_id: UUID) -> Facts:
    """``owed``: what is asked for, ``covering``: what is not; ``counted``: late by that day."""
    record = await conn.fetchrow(
        """SELECT r.level, r.late_working_days, r.currency,
                  r.open_minor - r.credit_minor AS owed_minor, r.credit_minor,
                  coalesce(r.counted_until, r.sent_on) AS counted,
                  r.letter_number, r.letter_unprintable, l.pdf,
                  i.number, i.payment_code, i.due_on, i.buyer_id,
                  ARRAY[i.provider_unit_id, i.books_unit_id] AS unit_ids,
                  c.number AS contract, c.subject, b.name_zh AS buyer_zh, b.name_en AS buyer_en,
                  u.name_zh AS provider_zh, u.name_en AS provider_en
           FROM reminder r
           LEFT JOIN reminder_letter l ON l.reminder_id = r.id
           JOIN invoice i ON i.id = r.invoice_id
           JOIN contract c ON c.id = i.contract_id
           JOIN organisation b ON b.id = i.buyer_id
           JOIN organisation u ON u.id = i.books_unit_id
           WHERE r.id = $1""",
        reminder_id,
    )
    known = facts(record)
    level = str(known["level"])
    level_zh, level_en = NAMES[level]
    return {
        **known,
        **_letter(known),
        "covering": covering(known, cast("int", known["credit_minor"])),
        "level_zh": level_zh,
        "level_en": level_en,
        **{name: name == level for name in NAMES},
    }


def _letter(known: Facts) -> Facts:
    """The PDF; that it is attached, for the buyer; why there is none, for finance."""
    number, lacking, pdf = (known[name] for name in ("letter_number", "letter_unprintable", "pdf"))
    said = {"letter": None, "enclosed_zh": "", "enclosed_en": "", "unset_zh": "", "unset_en": ""}
    if isinstance(pdf, bytes):
        return said | {
            "letter": Attachment(f"{number}.pdf", pdf),
            "enclosed_zh": f"\n\n正式函件（编号 {number}）见附件。",
            "enclosed_en": f"\n\nThe letter itself, number {number}, is attached.",
        }
    if lacking is None:
        return said
    return said | {
        "unset_zh": f"\n函件未能生成：打印字库缺少字符 {lacking}。请另行书面催告。",
        "unset_en": f" No letter could be set, because the printing font lacks {lacking}: "
        "demand the payment in writing yourselves.",
    }
