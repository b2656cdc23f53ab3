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
from market.base.tables import Money, Sheet
from market.base.web import Door, attachment
from market.reports import operations
from market.reports.model import OpenInvoice, OpenItem, Receivables, RevenueReport, TrialBalance

T = TypeVar("T")


class Format(StrEnum):
    """How a report leaves."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


# The framework enforces a pattern of optional text only where a QueryParameter holds it.
MonthText: TypeAlias = Annotated[
    str | None,
    QueryParameter(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(?!\s)$", description="Such as 2026-03."),
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
    """For finance, cashier, leader and auditor of the unit or one above it."""
    actor = door.actor
    return await _report(
        door,
        format,
        lambda conn: operations.trial_balance(conn, actor, unit_id, until),
        _trial_balance_sheet,
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
    """The difference to the ledger is always shown."""
    actor = door.actor
    return await _report(
        door,
        format,
        lambda conn: operations.receivables(conn, actor, unit_id),
        _receivables_sheet,
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
    """This year so far, when no months are named."""
    actor = door.actor
    return await _report(
        door,
        format,
        lambda conn: operations.revenue(
            conn,
            actor,
            unit_id,
            from_month=_first_day(from_month),
            until_month=_first_day(until_month),
        ),
        _revenue_sheet,
    )


async def _report(
    door: Door,
    format: Format,  # noqa: A002  # likewise
    gather: Callable[[Connection], Awaitable[T]],
    lay_out: Callable[[T], Sheet],
) -> Response[bytes]:
    async def found(conn: Connection) -> Any:
        report = await gather(conn)
        return report if format is Format.JSON else _file(lay_out(report), format)

    return await door.read(found)


def _file(sheet: Sheet, format: Format) -> Response[bytes]:  # noqa: A002  # likewise
    content, media_type = (
        (tables.as_csv(sheet), tables.CSV_TYPE)
        if format is Format.CSV
        else (tables.as_xlsx(sheet), tables.XLSX_TYPE)
    )
    headers = attachment(f"{sheet.title}.{format.value}")
    return Response(content, media_type=media_type, headers=headers)


def _trial_balance_sheet(report: TrialBalance) -> Sheet:
    return Sheet(
        f"试算平衡表 {report.until}",
        ("科目 kind", "名称 name", "对象 subject", "币种 currency", "借方 debit", "贷方 credit",
         "余额 balance"),
        (
            (
                a.kind,
                f"{a.name_zh} {a.name_en}",
                a.subject,
                a.currency,
                Money(a.debit_minor, a.currency),
                Money(a.credit_minor, a.currency),
                Money(a.balance_minor, a.currency),
            )
            for a in report.accounts
        ),
    )  # fmt: skip


def _receivables_sheet(report: Receivables) -> Sheet:
    return Sheet(
        f"应收账款 {report.on}",
        ("请款单或期初项 invoice or opening item", "付款方 buyer", "币种 currency", "金额 amount",
         "已收 paid", "未收 open", "开出日 issued", "到期日 due", "逾期天数 days overdue",
         "账龄 age"),
        (*(_invoice_row(one) for one in report.invoices),
         *(_item_row(one) for one in report.opening_items)),
    )  # fmt: skip


def _invoice_row(i: OpenInvoice) -> tuple[Any, ...]:
    return (
        i.number,
        i.buyer_zh,
        i.currency,
        Money(i.amount_minor, i.currency),
        Money(i.paid_minor, i.currency),
        Money(i.open_minor, i.currency),
        i.issued_on,
        i.due_on,
        i.days_overdue,
        i.age,
    )


def _item_row(i: OpenItem) -> tuple[Any, ...]:
    return (
        i.reference,
        i.organisation_zh,
        i.currency,
        Money(i.amount_minor, i.currency),
        Money(i.paid_minor, i.currency),
        Money(i.open_minor, i.currency),
        i.dated_on,
        i.due_on,
        i.days_overdue,
        i.age,
    )


def _revenue_sheet(report: RevenueReport) -> Sheet:
    return Sheet(
        f"四技收入 {report.from_month:%Y-%m}至{report.until_month:%Y-%m}",
        ("月份 month", "类别 kind", "单位 unit", "币种 currency", "里程碑 milestones",
         "收入 revenue"),
        (
            (
                f"{r.month:%Y-%m}",
                r.kind,
                r.unit_zh,
                r.currency,
                r.milestones,
                Money(r.amount_minor, r.currency),
            )
            for r in report.rows
        ),
    )  # fmt: skip


def _first_day(month: str | None) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None


ROUTES: Final = [get_trial_balance, get_receivables, get_revenue]
