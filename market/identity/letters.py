"""The e-mails that this wing writes: each letter in Chinese and English, sent in the reader's.

A letter is part of the act that causes it. Tokens stand in letters only, never in an answer.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final
from uuid import UUID

import msgspec

from market.base import mail
from market.base.db import Connection
from market.base.errors import Language, Phrase
from market.base.words import PRODUCT


class Reader(msgspec.Struct, frozen=True):
    """Whom a letter goes to; people without an e-mail address are left out by the queries."""

    person_id: UUID
    name: str
    email: str
    language: Language


class Letter(msgspec.Struct, frozen=True):
    """A letter's two texts; ``{placeholders}`` are filled when it is sent."""

    subject_zh: str
    body_zh: str
    subject_en: str
    body_en: str


class Link(msgspec.Struct, frozen=True):
    """A one-time link: ``token`` goes into the mail, its SHA-256 into the database."""

    site: str
    token: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))

    def to(self, page: str) -> str:
        return f"{self.site}/{page}#{self.token}"

    @property
    def digest(self) -> bytes:
        return digest_of(self.token)


FOOT_ZH: Final = f"\n\n本邮件由{PRODUCT.zh}自动发出，请勿直接回复。"
FOOT_EN: Final = f"\n\nThe {PRODUCT.en} sent this mail; please do not reply."


def digest_of(token: str) -> bytes:
    """What is stored of a secret with 256 bits of its own: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


async def send(
    conn: Connection,
    letter: Letter,
    attachment: mail.Attachment | None = None,
    /,
    *,
    to: str,
    language: Language,
    cause: str,
    **words: object,
) -> None:
    """Write a letter, phrases in its language; the same ``cause`` a second time writes none."""
    chinese = language == "zh-CN"
    told = {
        name: word.told(language) if isinstance(word, Phrase) else word
        for name, word in words.items()
    }
    subject = letter.subject_zh if chinese else letter.subject_en
    body = letter.body_zh + FOOT_ZH if chinese else letter.body_en + FOOT_EN
    await mail.post(
        conn,
        attachment,
        to=to,
        subject=_on_one_line(subject.format_map(told)),
        body=body.format_map(told),
        cause=cause,
    )


def _on_one_line(subject: str) -> str:
    return " ".join(subject.split())[:500]
