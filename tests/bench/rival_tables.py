"""The market's tables as SQLAlchemy's ORM maps them: what the rival reads and writes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, FetchedValue, ForeignKey, Text, Uuid, and_, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012  # as its documentation writes it
        dict[str, Any]: JSONB,
        dt.datetime: DateTime(timezone=True),
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
    }


class Organisation(Base):
    __tablename__ = "organisation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str | None]
    kind: Mapped[str]
    legal_person: Mapped[bool]


class Person(Base):
    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    language: Mapped[str]


class RoleGrant(Base):
    __tablename__ = "role_grant"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID]
    role: Mapped[str]
    state: Mapped[str]
    from_on: Mapped[dt.date]
    to_on: Mapped[dt.date | None]


class Session(Base):
    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None]
    revoked_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
    person: Mapped[Person] = relationship()
    grants: Mapped[list[RoleGrant]] = relationship(
        primaryjoin=lambda: and_(
            RoleGrant.person_id == Session.person_id,
            RoleGrant.organisation_id == Session.organisation_id,
            RoleGrant.state == "approved",
            RoleGrant.from_on <= func.market_today(),
        ),
        foreign_keys=lambda: [RoleGrant.person_id, RoleGrant.organisation_id],
        viewonly=True,
    )


class OfferingVersion(Base):
    __tablename__ = "offering_version"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("offering.id"))
    number: Mapped[int]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    kind: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    summary: Mapped[str]
    description: Mapped[str]
    deliverables: Mapped[list[str]]
    price_model: Mapped[str]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    royalty_ppm: Mapped[int | None]
    currency: Mapped[str]
    tax_class: Mapped[str]
    free_or_paid: Mapped[str]
    lead_time_days: Mapped[int]
    member_ids: Mapped[list[UUID]]
    qualifications: Mapped[list[str]]
    technical_field: Mapped[str]
    industry: Mapped[str]
    region: Mapped[str]
    capacity: Mapped[str]
    commission_ppm: Mapped[int | None]
    right_id: Mapped[UUID | None]
    right_kind: Mapped[str | None]
    right_number: Mapped[str | None]
    right_title: Mapped[str | None]
    published_at: Mapped[dt.datetime]
    unit: Mapped[Organisation] = relationship()


class Offering(Base):
    __tablename__ = "offering"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    version: Mapped[int]
    published_number: Mapped[int | None]
    published: Mapped[OfferingVersion] = relationship(
        primaryjoin=lambda: and_(
            OfferingVersion.offering_id == Offering.id,
            OfferingVersion.number == Offering.published_number,
        ),
        foreign_keys=lambda: [OfferingVersion.offering_id, OfferingVersion.number],
        viewonly=True,
        uselist=False,
    )


class Period(Base):
    __tablename__ = "period"
    books: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    state: Mapped[str]


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    books: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[UUID | None]
    subject_key: Mapped[UUID] = mapped_column(server_default=FetchedValue())
    currency: Mapped[str]
    controlled: Mapped[bool]


class Posting(Base):
    __tablename__ = "posting"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    public_id: Mapped[UUID] = mapped_column(server_default=FetchedValue())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())
    effective_on: Mapped[dt.date]
    period: Mapped[dt.date]
    books: Mapped[UUID]
    actor: Mapped[UUID]
    cause: Mapped[str]


class Transfer(Base):
    __tablename__ = "transfer"
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    debit_account: Mapped[int] = mapped_column(BigInteger)
    credit_account: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class ControlledBalance(Base):
    __tablename__ = "controlled_balance"
    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]


class ControlledEntry(Base):
    __tablename__ = "controlled_entry"
    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    posting_id: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)


class BankLine(Base):
    __tablename__ = "bank_line"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    books_unit_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    booked_on: Mapped[dt.date]
    counterparty_name: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]


class Match(Base):
    __tablename__ = "match"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=FetchedValue())
    bank_line_id: Mapped[UUID]
    books_unit_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    way: Mapped[str]
    allocations: Mapped[list[dict[str, Any]]]
    rest_to: Mapped[str | None]
    rest_minor: Mapped[int] = mapped_column(BigInteger)
    rest_organisation_id: Mapped[UUID | None]
    needs_second: Mapped[bool]
    score: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]]
    state: Mapped[str]
    matched_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=FetchedValue())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    name: Mapped[str]
    actor: Mapped[UUID]
    organisation: Mapped[UUID | None]
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    version: Mapped[int]
    move: Mapped[str | None]
    state_from: Mapped[str | None]
    state_to: Mapped[str | None]
    changed: Mapped[dict[str, Any]]


class IdempotencyKey(Base):
    __tablename__ = "idempotency_key"
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    roles: Mapped[list[str]]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    answer: Mapped[bytes]
