"""A person, the consents that he gave, and what may be changed by whom."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.errors import Conflict, Language
from market.base.fields import ONE_LINE, Input, Line
from market.base.moves import Moves

Phone: TypeAlias = Annotated[str, Meta(max_length=40, pattern=r"^\+?[0-9][0-9 ()-]{4,38}(?!\s)$")]
# Names stand in letters to strangers, so none is a page's address: no scheme, no host with a path,
# no host in one of the usual domains.
Name: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=ONE_LINE
        + r"(?![\s\S]*(?:://|[wW]{3}\.|[A-Za-z0-9]\.[A-Za-z]{2,}/"
        + r"|[A-Za-z0-9]\.(?:[cC][oO][mM]|[nN][eE][tT]|[oO][rR][gG]|[cC][nN]|[tT][oO][pP]"
        + r"|[xX][yY][zZ]|[iI][nN][fF][oO]|[vV][iI][pP]|[sS][hH][oO][pP])(?![A-Za-z])))",
    ),
]
DocumentVersion: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,40}(?!\s)$")]


class PersonState(StrEnum):
    ACTIVE = "active"
    ERASED = "erased"


MOVES: Final = Moves(
    "person",
    {("erase", PersonState.ACTIVE): PersonState.ERASED},
    births={"create": PersonState.ACTIVE},
)


class Person(msgspec.Struct, frozen=True):
    """A person as he and his organisations see him."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    language: Language
    state: PersonState
    version: int
    created_at: datetime


class Document(StrEnum):
    """What a person agrees to: the terms of service and the privacy notice."""

    TERMS = "terms"
    PRIVACY = "privacy"


class NewPerson(msgspec.Struct, frozen=True):
    """What is known when a person is first written down; ``email`` as ``normal_email`` gives it."""

    name: str
    email: str | None
    language: Language = "zh-CN"
    phone: str | None = None


class Profile(Input, frozen=True, kw_only=True):
    """What a person says of himself."""

    name: Line
    language: Language
    phone: Phone | None = None


class Consents(Input, frozen=True, kw_only=True):
    """The versions of the documents that the person has read and agrees to."""

    terms: DocumentVersion
    privacy: DocumentVersion


class ConsentText(msgspec.Struct, frozen=True):
    """What one agrees to; an empty line ends a paragraph, and the Chinese text prevails."""

    document: Document
    document_version: str
    zh: str
    en: str


class Consent(msgspec.Struct, frozen=True):
    """A consent once given (PIPL art. 14), never changed."""

    document: str
    document_version: str
    given_at: datetime


class EmailTaken(Conflict):
    """The address belongs to somebody already."""

    code = "email_taken"
    zh = "此邮箱已有人使用。请换一个邮箱，或直接登录。"
    en = "Somebody uses this e-mail address already. Take another one, or sign in."


class ConsentOutdated(Conflict):
    """Consent was given to another text than the one in force."""

    code = "consent_outdated"
    zh = "服务条款或个人信息保护规则已更新（条款 {terms}，规则 {privacy}）。请阅读新版后重新同意。"
    en = "Terms or privacy notice have changed (now {terms} and {privacy}). Read and agree again."


def normal_email(email: str) -> str:
    """One spelling for one mailbox: composed, without spaces around, lower case."""
    return unicodedata.normalize("NFKC", email).strip().lower()
