"""The JSON routes of invoices, and with them those of what hangs on one."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from market.base import pages
from market.base.explanations import Explanation
from market.base.web import A_PDF, Door
from market.money.invoicing import document, explaining, operations, queries
from market.money.invoicing.credit_notes import api as credit_notes
from market.money.invoicing.fapiao import api as fapiao
from market.money.invoicing.model import FullInvoice, Invoice, InvoiceState
from market.money.invoicing.queries import Filter
from market.money.invoicing.recognition import api as recognition
from market.money.invoicing.red_fapiao import api as red_fapiao
from market.money.invoicing.reminders import api as reminders
from market.money.invoicing.voiding import api as voiding
from market.money.invoicing.write_offs import api as write_offs

INVOICE: Final = ResponseSpec(
    FullInvoice, description="The invoice 请款单", generate_examples=False
)
PAGE: Final = ResponseSpec(pages.Page[Invoice], description="A page", generate_examples=False)
EXPLANATION: Final = ResponseSpec(
    Explanation, description="Inputs, steps, result, sources", generate_examples=False
)


@post(
    "/v1/instalments/{instalment_id:uuid}/invoices",
    tags=["invoices"],
    operation_id="issue_invoice",
    summary="开具请款单 Ask for the money of an instalment, as the unit's finance",
    opt={"key": "required"},
    responses={201: INVOICE},
)
async def issue_invoice(
    door: NamedDependency[Door], instalment_id: FromPath[UUID]
) -> Response[bytes]:
    """每期付款只有一张有效的请款单：再次开具，得到的是同一张。

    One live invoice per instalment: asking again gets the same one.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.issue_invoice(conn, actor, instalment_id), status=201
    )


@get(
    "/v1/invoices",
    tags=["invoices"],
    operation_id="list_invoices",
    summary="列出请款单 List invoices, the newest first",
    responses={200: PAGE},
)
async def list_invoices(
    door: NamedDependency[Door],
    in_state: pages.InState[InvoiceState | None] = None,
    overdue: FromQuery[bool | None] = None,
    contract_id: FromQuery[UUID | None] = None,
    buyer_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """逾期：已过付款期限而未付清的。

    Overdue: past the due date and not paid in full.
    """
    actor = door.actor
    wanted = Filter(state=in_state, overdue=overdue, contract_id=contract_id, buyer_id=buyer_id)
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.invoices(conn, actor, wanted, after=after, limit=most),
        limit=limit,
        key=lambda invoice: (invoice.id,),
    )


@get(
    "/v1/invoices/{invoice_id:uuid}",
    tags=["invoices"],
    operation_id="get_invoice",
    summary="查看请款单 Read an invoice with its lines and payment code",
    responses={200: INVOICE},
)
async def get_invoice(door: NamedDependency[Door], invoice_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_invoice(conn, actor, invoice_id))


@get(
    "/v1/invoices/{invoice_id:uuid}/explain",
    tags=["invoices"],
    operation_id="explain_invoice",
    summary="解释请款单的税额 Explain an invoice's net, VAT and tax points",
    responses={200: EXPLANATION},
)
async def explain_invoice(
    door: NamedDependency[Door], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    """每一步都写明所依据的规则，来源中写明政策的版本。

    Every step names its rule, and the source names the policy versions.
    """
    actor = door.actor
    return await door.read(lambda conn: explaining.explain_invoice(conn, actor, invoice_id))


@get(
    "/v1/invoices/{invoice_id:uuid}/document",
    tags=["invoices"],
    operation_id="get_invoice_document",
    summary="下载请款单 Download an invoice as PDF, with payment code and account",
    responses=A_PDF,
)
async def get_invoice_document(
    door: NamedDependency[Door], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.document(lambda conn: document.invoice_document(conn, actor, invoice_id))


ROUTES: Final = [
    issue_invoice,
    list_invoices,
    get_invoice,
    get_invoice_document,
    explain_invoice,
    *voiding.ROUTES,
    *credit_notes.ROUTES,
    *fapiao.ROUTES,
    *red_fapiao.ROUTES,
    *recognition.ROUTES,
    *reminders.ROUTES,
    *write_offs.ROUTES,
]
