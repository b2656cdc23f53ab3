"""The routes by which books leave; each answers with one file that is sent while it is read."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, TypeAlias
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from market.base import tables
from market.base.web import Door, attachment
from market.reports.journals import operations, writing
from market.reports.journals.model import Format, Record, Wanted
from market.reports.journals.operations import Desk

# What a request may wait for: a workbook is sent when its last row is known.
MOST_XLSX_ROWS: Final = 100_000
TEXT: Final = "text/plain"
TYPES: Final = {
    Format.CSV: tables.CSV_TYPE,
    Format.XLSX: tables.XLSX_TYPE,
    Format.BEANCOUNT: TEXT,
    Format.HLEDGER: TEXT,
}
JournalFormat: TypeAlias = Literal["csv", "xlsx", "beancount", "hledger"]
TableFormat: TypeAlias = Literal["csv", "xlsx"]
A_FILE: Final = {
    200: ResponseSpec(
        bytes, description="文件 The file", media_type=tables.CSV_TYPE, generate_examples=False
    )
}


@get(
    "/v1/units/{unit_id:uuid}/journal",
    tags=["reports"],
    operation_id="get_journal",
    summary="导出序时账 The postings of a span by day, as a table, for beancount or for hledger",
    responses=A_FILE,
    media_type=tables.CSV_TYPE,
)
async def get_journal(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    from_on: FromQuery[date | None] = None,
    until_on: FromQuery[date | None] = None,
    format: FromQuery[JournalFormat] = "csv",  # noqa: A002  # the word that callers expect
) -> Stream:
    """不指明日期时，自建账起至今日。

    beancount 和 hledger 格式含期初与期末余额，两者都会核对。

    供该单位或其上级单位的财务、负责人和审计查看。

    Since the books began and until today, when no days are named. For beancount and hledger with
    the opening and the closing balances, which both check. For finance, leader and auditor of the
    unit or one above it.
    """
    return await _sent(door, unit_id, Record.JOURNAL, Wanted(from_on, until_on), Format(format))


@get(
    "/v1/units/{unit_id:uuid}/general-ledger",
    tags=["reports"],
    operation_id="get_general_ledger",
    summary="导出总账明细账 The same by account, with running balances",
    responses=A_FILE,
    media_type=tables.CSV_TYPE,
)
async def get_general_ledger(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    from_on: FromQuery[date | None] = None,
    until_on: FromQuery[date | None] = None,
    format: FromQuery[TableFormat] = "csv",  # noqa: A002  # likewise
) -> Stream:
    """每个科目以期间前一日的余额开头。

    Each account begins with its balance of the day before the span.
    """
    wanted = Wanted(from_on, until_on)
    return await _sent(door, unit_id, Record.GENERAL_LEDGER, wanted, Format(format))


@get(
    "/v1/units/{unit_id:uuid}/vouchers",
    tags=["reports"],
    operation_id="get_vouchers",
    summary="导出记账凭证清单 The vouchers of a span in the order of their numbers",
    responses=A_FILE,
    media_type=tables.CSV_TYPE,
)
async def get_vouchers(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    from_on: FromQuery[date | None] = None,
    until_on: FromQuery[date | None] = None,
    format: FromQuery[TableFormat] = "csv",  # noqa: A002  # likewise
) -> Stream:
    """凭证号在当月内连续，因此完整的月份不缺号。

    A number counts within its month; whole months therefore show no gap.
    """
    return await _sent(door, unit_id, Record.VOUCHERS, Wanted(from_on, until_on), Format(format))


async def _sent(
    door: Door,
    unit_id: UUID,
    record: Record,
    wanted: Wanted,
    format: Format,  # noqa: A002  # likewise
) -> Stream:
    desk = Desk(door.pool, door.actor)
    books = await operations.gather(desk, unit_id, wanted)
    writing.require_room(books, record, format, MOST_XLSX_ROWS)
    return Stream(
        writing.pieces(desk, books, record, format),
        media_type=TYPES[format],
        headers=attachment(writing.file_name(books, record, format)),
    )


ROUTES: Final = [get_journal, get_general_ledger, get_vouchers]
