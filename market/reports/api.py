"""The routes of the reports; ``format`` chooses between JSON, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from market.base import tables
from market.base.db import Connection
from market.base.tables import Sheet
from market.base.web import Door, attachment
from market.reports import operations, sheets
from market.reports.model import Receivables, RevenueReport, TrialBalance

T = TypeVar("T")


class Format(StrEnum):
    """How a report leaves."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


# The framework enforces a pattern of optional text only where a QueryParameter holds it.
MonthText: TypeAlias = Annotated[
    str | None,
    QueryParameter(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?!\s)$"),
]


def _answer(kind: Any, what: str) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(kind, description=what, generate_examples=False)}


@get(
    "/v1/units/{unit_id:uuid}/trial-balance",
    tags=["reports"],
    operation_id="get_trial_balance",
    summary="试算平衡表 Trial balance up to a day",
    responses=_answer(TrialBalance, "Accounts and totals"),
)
async def get_trial_balance(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    until: FromQuery[date | None] = None,
    format: FromQuery[Format] = Format.JSON,  # noqa: A002  # the word that callers expect
) -> Response[bytes]:
    """供该单位或其上级单位的财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor of the unit or one above it.
    """
    actor = door.actor
    return await report(
        door,
        format,
        lambda conn: operations.trial_balance(conn, actor, unit_id, until),
        sheets.trial_balance,
    )


@get(
    "/v1/units/{unit_id:uuid}/receivables",
    tags=["reports"],
    operation_id="get_receivables",
    summary="应收账款 What enterprises owe today, by age",
    responses=_answer(Receivables, "Open invoices and opening items, against the ledger"),
)
async def get_receivables(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    format: FromQuery[Format] = Format.JSON,  # noqa: A002  # likewise
) -> Response[bytes]:
    """始终列出与总账的差额。

    The difference to the ledger is always shown.
    """
    actor = door.actor
    return await report(
        door,
        format,
        lambda conn: operations.receivables(conn, actor, unit_id),
        sheets.receivables,
    )


@get(
    "/v1/units/{unit_id:uuid}/revenue",
    tags=["reports"],
    operation_id="get_revenue",
    summary="四技收入 Revenue by kind, unit and month",
    responses=_answer(RevenueReport, "Rows and totals by kind"),
)
async def get_revenue(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    from_month: MonthText = None,
    until_month: MonthText = None,
    format: FromQuery[Format] = Format.JSON,  # noqa: A002  # likewise
) -> Response[bytes]:
    """不指明月份时，为本年至今。

    This year so far, when no months are named.
    """
    actor = door.actor
    return await report(
        door,
        format,
        lambda conn: operations.revenue(
            conn,
            actor,
            unit_id,
            from_month=_first_day(from_month),
            until_month=_first_day(until_month),
        ),
        sheets.revenue,
    )


async def report(
    door: Door,
    format: Format,  # noqa: A002  # likewise
    gather: Callable[[Connection], Awaitable[T]],
    lay_out: Callable[[T], Sheet],
) -> Response[bytes]:
    """The report itself, or as a file."""

    async def found(conn: Connection) -> Any:
        report = await gather(conn)
        return report if format is Format.JSON else _file(lay_out(report), format)

    return await door.read(found, at_once=True)


def _file(sheet: Sheet, format: Format) -> Response[bytes]:  # noqa: A002  # likewise
    content, media_type = (
        (tables.as_csv(sheet), tables.CSV_TYPE)
        if format is Format.CSV
        else (tables.as_xlsx(sheet), tables.XLSX_TYPE)
    )
    headers = attachment(f"{sheet.title}.{format.value}")
    return Response(content, media_type=media_type, headers=headers)


def _first_day(month: str | None) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None


ROUTES: Final = [get_trial_balance, get_receivables, get_revenue]
