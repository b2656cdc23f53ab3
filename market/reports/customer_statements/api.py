"""The routes of customer statements; ``format`` chooses between JSON, CSV and XLSX."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from market.base.web import A_PDF, Door
from market.reports.api import Format, report
from market.reports.customer_statements import document, operations, sheets
from market.reports.customer_statements.model import CustomerStatement

STATEMENT: Final = ResponseSpec(
    CustomerStatement, description="The statement 对账单", generate_examples=False
)


@get(
    "/v1/units/{unit_id:uuid}/customer-statements/{organisation_id:uuid}",
    tags=["reports"],
    operation_id="get_customer_statement",
    summary="对账单 What stood between a buyer and a unit, and what changed it",
    responses={200: STATEMENT},
)
async def get_customer_statement(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    organisation_id: FromPath[UUID],
    from_on: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    format: FromQuery[Format] = Format.JSON,  # noqa: A002  # the word that callers expect
) -> Response[bytes]:
    """供买方，以及该单位或其上级单位的财务、出纳、负责人和审计查看。

    For the buyer, and for finance, cashier, leader and auditor of the unit or one above it.
    """
    actor = door.actor
    return await report(
        door,
        format,
        lambda conn: operations.customer_statement(
            conn, actor, unit_id, organisation_id, from_on=from_on, until=until
        ),
        sheets.customer_statement,
    )


@get(
    "/v1/units/{unit_id:uuid}/customer-statements/{organisation_id:uuid}/document",
    tags=["reports"],
    operation_id="get_customer_statement_document",
    summary="下载对账单 Download a customer statement as PDF",
    responses=A_PDF,
)
async def get_customer_statement_document(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    organisation_id: FromPath[UUID],
    from_on: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Response[bytes]:
    actor = door.actor
    return await door.document(
        lambda conn: document.statement_document(
            conn, actor, unit_id, organisation_id, from_on=from_on, until=until
        )
    )


ROUTES: Final = [get_customer_statement, get_customer_statement_document]
