"""The rival: FastAPI, SQLAlchemy's asynchronous ORM and Pydantic, as a good team writes it.

One engine with a pool, prepared statements kept by the driver, related rows loaded eagerly in one
statement, compiled models as responses, uvloop and httptools underneath, no access log.

It acts as its users need, and does less than ours, so that ours is never flattered:
it connects as a role that row-level security does not bind; a session is neither idle nor short of
a second factor, and no CSRF token is asked for; a key that comes again is neither held against the
request nor locked; a match asks neither for a live one nor when its line was freed, and no second
person; events are not held against the table of moves, and call no job; a closed month refuses
a posting instead of passing it on, and the same cause again is an error.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import contains_eager, defer, joinedload

from tests.bench import rival_cursor
from tests.bench import rival_tables as tables

engine = create_async_engine(
    "postgresql+asyncpg://",
    pool_size=6,
    max_overflow=0,
    pool_reset_on_return="rollback",
    connect_args={"dsn": os.environ["RIVAL_DATABASE_URL"], "prepared_statement_cache_size": 500},
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with new_session() as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Listed(Read):
    offering_id: UUID
    number: int
    unit_id: UUID
    unit_name_zh: str
    unit_name_en: str | None
    code: str
    kind: str
    title_zh: str
    title_en: str
    summary: str
    price_model: str
    price_minor: int | None
    royalty_ppm: int | None
    currency: str
    free_or_paid: str
    lead_time_days: int
    technical_field: str
    industry: str
    region: str
    capacity: str
    published_at: dt.datetime


class Published(Listed):
    description: str
    deliverables: list[str]
    tax_class: str
    member_ids: list[UUID]
    qualifications: list[str]
    commission_ppm: int | None
    right_id: UUID | None
    right_kind: str | None
    right_number: str | None
    right_title: str | None


class Page(BaseModel):
    items: list[Listed]
    next: str | None


def shown(version: tables.OfferingVersion) -> dict[str, Any]:
    unit = version.unit
    return {**version.__dict__, "unit_name_zh": unit.name_zh, "unit_name_en": unit.name_en}


@app.get("/v1/offerings/{offering_id}")
async def get_offering(offering_id: UUID, database: Database, response: Response) -> Published:
    statement = (
        select(tables.Offering)
        .where(tables.Offering.id == offering_id, tables.Offering.state == "published")
        .options(joinedload(tables.Offering.published).joinedload(tables.OfferingVersion.unit))
    )
    found = (await database.execute(statement)).unique().scalar_one_or_none()
    if found is None:
        raise HTTPException(404)
    response.headers["ETag"] = f'"{found.version}"'
    return Published.model_validate(shown(found.published))


@app.get("/v1/offerings")
async def list_offerings(
    database: Database,
    kind: str,
    region: str,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Page:
    version, offering = tables.OfferingVersion, tables.Offering
    statement = (
        select(version)
        .join(
            offering,
            (offering.id == version.offering_id) & (offering.published_number == version.number),
        )
        .join(version.unit)
        .options(contains_eager(version.unit), defer(version.description))
        .where(offering.state == "published", version.kind == kind, version.region == region)
        .order_by(version.published_at.desc(), version.offering_id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        after = rival_cursor.decoded(cursor)
        statement = statement.where(tuple_(version.published_at, version.offering_id) < after)
    rows = (await database.execute(statement)).scalars().all()
    items = [Listed.model_validate(shown(row)) for row in rows[:limit]]
    following = (
        rival_cursor.cursor(rows[limit - 1].published_at, rows[limit - 1].offering_id)
        if len(rows) > limit
        else None
    )
    return Page(items=items, next=following)


async def signed_in(database: Database, market_session: Annotated[str, Cookie()]) -> tables.Session:
    digest = hashlib.sha256(market_session.encode()).digest()
    statement = (
        select(tables.Session)
        .where(
            tables.Session.token_hash == digest,
            tables.Session.revoked_at.is_(None),
            tables.Session.expires_at > func.now(),
        )
        .options(joinedload(tables.Session.person), joinedload(tables.Session.grants))
    )
    found = (await database.execute(statement)).unique().scalar_one_or_none()
    if found is None or found.person.state != "active":
        raise HTTPException(401)
    return found


Known = Annotated[tables.Session, Depends(signed_in)]


@app.get("/v1/mine/offerings/{offering_id}")
async def get_offering_signed_in(
    offering_id: UUID, database: Database, response: Response, _: Known
) -> Published:
    return await get_offering(offering_id, database, response)


class Side(BaseModel):
    kind: str
    subject: UUID | None = None


class BarePosting(BaseModel):
    cause: str = Field(max_length=200)
    books: UUID
    effective_on: dt.date
    debit: Side
    credit: Side
    amount_minor: int = Field(gt=0)


class Posted(Read):
    id: UUID = Field(validation_alias="public_id")
    cause: str
    books: UUID
    effective_on: dt.date
    period: dt.date
    created_at: dt.datetime
    actor: UUID


@app.post("/v1/bare-postings", status_code=201)
async def post_bare(data: BarePosting, database: Database, known: Known) -> Posted:
    if not any(grant.role == "finance" for grant in known.grants):
        raise HTTPException(403)
    posting = await post(database, known, data)
    await database.commit()
    return Posted.model_validate(posting)


async def post(database: AsyncSession, known: tables.Session, data: BarePosting) -> tables.Posting:
    month = data.effective_on.replace(day=1)
    period = await database.get(tables.Period, (data.books, month), with_for_update={"read": True})
    if period is None or period.state != "open":
        raise HTTPException(409)
    accounts = await find_accounts(database, data)
    posting = tables.Posting(
        cause=data.cause,
        books=data.books,
        effective_on=data.effective_on,
        period=month,
        actor=known.person_id,
    )
    database.add(posting)
    await database.flush()
    debit, credit = accounts[data.debit.kind], accounts[data.credit.kind]
    database.add(
        tables.Transfer(
            posting_id=posting.id,
            debit_account=debit.id,
            credit_account=credit.id,
            amount_minor=data.amount_minor,
        )
    )
    for account in sorted((debit, credit), key=lambda account: account.id):
        if account.controlled:
            change = data.amount_minor if account is credit else -data.amount_minor
            await move_controlled(database, account, posting, change)
    await database.flush()
    return posting


async def find_accounts(database: AsyncSession, data: BarePosting) -> dict[str, tables.Account]:
    wanted = [(side.kind, side.subject) for side in (data.debit, data.credit)]
    nobody = UUID(int=0)
    statement = select(tables.Account).where(
        tables.Account.books == data.books,
        tables.Account.currency == "CNY",
        tuple_(tables.Account.kind, tables.Account.subject_key).in_(
            [(kind, subject or nobody) for kind, subject in wanted]
        ),
    )
    found = (await database.execute(statement)).scalars().all()
    return {account.kind: account for account in found}


async def move_controlled(
    database: AsyncSession, account: tables.Account, posting: tables.Posting, change: int
) -> None:
    balance = await database.get(
        tables.ControlledBalance, account.id, with_for_update=True, populate_existing=True
    )
    assert balance is not None, "a controlled account has a balance"
    if balance.balance_minor + change < 0:
        raise HTTPException(409)
    balance.balance_minor += change
    balance.version += 1
    database.add(
        tables.ControlledEntry(
            account_id=account.id,
            version=balance.version,
            posting_id=posting.id,
            balance_minor=balance.balance_minor,
        )
    )


class Rest(BaseModel):
    to: str
    amount_minor: int = Field(gt=0)
    organisation_id: UUID | None = None


class Matching(BaseModel):
    allocations: list[dict[str, Any]] = []
    rest: Rest


class Matched(Read):
    id: UUID
    bank_line_id: UUID
    books_unit_id: UUID
    amount_minor: int
    currency: str
    way: str
    allocations: list[dict[str, Any]]
    rest_to: str | None
    rest_minor: int
    rest_organisation_id: UUID | None
    needs_second: bool
    score: int
    reasons: list[dict[str, Any]]
    state: str
    matched_by: UUID
    version: int
    created_at: dt.datetime


@app.post("/v1/bank-lines/{line_id}/match", status_code=201)
async def match_line(
    line_id: UUID,
    data: Matching,
    database: Database,
    known: Known,
    idempotency_key: Annotated[str, Header()],
) -> Response:
    scope = f"organisation:{known.organisation_id}"
    request_hash = hashlib.sha256(f"{line_id}{data.model_dump_json()}".encode()).digest()
    kept = await database.get(tables.IdempotencyKey, (scope, idempotency_key))
    if kept is not None:
        return Response(kept.answer, kept.status, media_type="application/json")
    line = await database.get(tables.BankLine, line_id, with_for_update=True)
    if line is None or line.books_unit_id != known.organisation_id:
        raise HTTPException(404)
    if not any(grant.role == "finance" for grant in known.grants):
        raise HTTPException(403)
    if line.state not in ("unmatched", "suggested") or data.rest.amount_minor != line.amount_minor:
        raise HTTPException(409)
    owner = await database.get(tables.Organisation, data.rest.organisation_id)
    if owner is None or owner.name_zh != line.counterparty_name:
        raise HTTPException(409)
    match = tables.Match(
        bank_line_id=line.id,
        books_unit_id=line.books_unit_id,
        amount_minor=line.amount_minor,
        currency=line.currency,
        way="by_hand",
        allocations=[],
        rest_to=data.rest.to,
        rest_minor=data.rest.amount_minor,
        rest_organisation_id=data.rest.organisation_id,
        needs_second=False,
        score=100,
        reasons=[{"code": "by_hand", "values": {}}],
        state="matched",
        matched_by=known.person_id,
    )
    database.add(match)
    await database.flush()
    wanted = BarePosting(
        cause=f"receipt_matched:{match.id}",
        books=line.books_unit_id,
        effective_on=line.booked_on,
        debit=Side(kind="suspense"),
        credit=Side(kind="customer_credit", subject=data.rest.organisation_id),
        amount_minor=data.rest.amount_minor,
    )
    await post(database, known, wanted)
    before, line.state = line.state, "matched"
    line.version += 1
    database.add_all(
        [
            told(
                known, "match.matched", match.id, 1, "match", None, {"bank_line_id": str(line.id)}
            ),
            told(
                known,
                "bank_line.matched",
                line.id,
                line.version,
                "match",
                before,
                {"match_id": str(match.id)},
            ),
        ]
    )
    answer = Matched.model_validate(match).model_dump_json().encode()
    database.add(
        tables.IdempotencyKey(
            scope=scope,
            key=idempotency_key,
            request_hash=request_hash,
            roles=sorted(grant.role for grant in known.grants),
            status=201,
            headers={},
            answer=answer,
        )
    )
    await database.commit()
    return Response(answer, 201, media_type="application/json")


def told(
    known: tables.Session,
    name: str,
    subject_id: UUID,
    version: int,
    move: str,
    before: str | None,
    changed: dict[str, Any],
) -> tables.Event:
    return tables.Event(
        name=name,
        actor=known.person_id,
        organisation=known.organisation_id,
        subject=name.partition(".")[0],
        subject_id=subject_id,
        version=version,
        move=move,
        state_from=before,
        state_to="matched",
        changed=changed,
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
