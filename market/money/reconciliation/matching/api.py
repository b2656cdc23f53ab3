"""The JSON routes of importing, matching, bank lines, suspense and payouts at the bank."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import db, files, pages, uploads
from market.base.web import Door
from market.identity.files.api import FileForm
from market.money.payments.model import Undoing
from market.money.reconciliation.matching import operations, reading, statement_files
from market.money.reconciliation.matching.model import Match, Matching
from market.money.reconciliation.matching.payout_queries import SeenPayout
from market.money.reconciliation.matching.reading import FullLine, Import, InSuspense
from market.money.statements import operations as statements
from market.money.statements.model import BankLine, LineState

Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]

IMPORT: Final = ResponseSpec(Import, description="What was taken in", generate_examples=False)
LINE: Final = ResponseSpec(FullLine, description="The line 银行流水", generate_examples=False)
LINES: Final = ResponseSpec(pages.Page[BankLine], description="A page", generate_examples=False)
MATCH: Final = ResponseSpec(Match, description="The match 匹配", generate_examples=False)
PAYOUTS: Final = ResponseSpec(
    list[SeenPayout], description="提现 The newest first", generate_examples=False
)
SUSPENSE: Final = ResponseSpec(
    pages.Page[InSuspense], description="A page", generate_examples=False
)


@post(
    "/v1/bank-accounts/{account_id:uuid}/statements",
    tags=["reconciliation"],
    operation_id="import_statement",
    summary="导入对账单 Import a statement file: CSV, XLSX, camt.053 or MT940, as finance",
    operation_class=FileForm,
    opt={"key": "required"},
    responses={201: IMPORT},
    request_max_body_size=None,
)
async def import_statement(
    door: NamedDependency[Door],
    account_id: FromPath[UUID],
    encoding: FromQuery[Encoding | None] = None,
) -> Response[bytes]:
    """新的流水记账，完全相符的匹配，其余给出建议，要么全部办成，要么全不办理。

    同一文件再次导入不增加任何内容。只有无法识别编码的 CSV 才须指明编码。

    New lines are posted, exact ones matched, the others get suggestions, all or nothing. The same
    file twice adds nothing. An encoding is only named for a CSV that is not found out.
    """
    actor = door.actor
    async with db.lease(door.pool) as conn:
        mappings = await statements.mappings_for(conn, actor, account_id)
    shelf = files.Shelf.for_statements(door.settings, statements.type_of)
    async with uploads.received(door.request, shelf) as upload:
        read = await statements.read_file(upload.path, upload.name, mappings, encoding)
        return await door.act(
            lambda conn: statement_files.import_file(conn, actor, account_id, upload, read),
            status=201,
        )


@get(
    "/v1/bank-lines",
    tags=["reconciliation"],
    operation_id="list_bank_lines",
    summary="列出银行流水 List bank lines, the newest first",
    responses={200: LINES},
)
async def list_bank_lines(
    door: NamedDependency[Door],
    in_state: pages.InState[LineState | None] = None,
    account_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: reading.list_lines(
            conn, actor, state=in_state, account_id=account_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda line: (line.id,),
    )


@get(
    "/v1/bank-lines/{line_id:uuid}",
    tags=["reconciliation"],
    operation_id="get_bank_line",
    summary="查看银行流水 Read a line with its suggestions, matches and postings",
    responses={200: LINE},
)
async def get_bank_line(door: NamedDependency[Door], line_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: reading.find_line(conn, actor, line_id), lasts=False)


@post(
    "/v1/bank-lines/{line_id:uuid}/match",
    tags=["reconciliation"],
    operation_id="match_bank_line",
    summary="匹配银行流水 Say what a bank line is, to the last fen, as finance",
    opt={"key": "required"},
    responses={201: MATCH},
)
async def match_bank_line(
    door: NamedDependency[Door], line_id: FromPath[UUID], data: JSONBody[Matching]
) -> Response[bytes]:
    """状态为 `waiting` 的，须由第二人确认；`reasons` 说明为何。

    State `waiting`: a second person has to confirm; `reasons` tell why.
    """
    actor = door.actor
    return await door.act(
        lambda conn: operations.match_by_hand(conn, actor, line_id, data), status=201
    )


@get(
    "/v1/matches/{match_id:uuid}",
    tags=["reconciliation"],
    operation_id="get_match",
    summary="查看匹配 Read a match",
    responses={200: MATCH},
)
async def get_match(door: NamedDependency[Door], match_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: reading.find_match(conn, actor, match_id))


@put(
    "/v1/matches/{match_id:uuid}/confirmation",
    tags=["reconciliation"],
    operation_id="confirm_match",
    summary="确认匹配 Confirm a match, as another person",
    responses={200: MATCH},
)
async def confirm_match(door: NamedDependency[Door], match_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.confirm_match(conn, actor, match_id, expected_version=expected)
    )


@put(
    "/v1/matches/{match_id:uuid}/undo",
    tags=["reconciliation"],
    operation_id="undo_match",
    summary="撤销匹配 Undo a match, with a reason; its invoices reopen",
    responses={200: MATCH},
)
async def undo_match(
    door: NamedDependency[Door], match_id: FromPath[UUID], data: JSONBody[Undoing]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.undo_match(conn, actor, match_id, data.reason))


@get(
    "/v1/units/{unit_id:uuid}/suspense",
    tags=["reconciliation"],
    operation_id="list_suspense",
    summary="列出待查款 List what is in suspense, the oldest first, with age and reason",
    responses={200: SUSPENSE},
)
async def list_suspense(
    door: NamedDependency[Door],
    unit_id: FromPath[UUID],
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    For finance, cashier, leader and auditor.
    """
    actor = door.actor
    after = pages.key_after(cursor, tuple[date, UUID])
    return await door.page(
        lambda conn, most: reading.list_suspense(conn, actor, unit_id, after=after, limit=most),
        limit=limit,
        key=lambda line: (line.booked_on, line.id),
    )


@get(
    "/v1/units/{unit_id:uuid}/payouts",
    tags=["online payments"],
    operation_id="list_payouts",
    summary="列出提现 List what Stripe sent to a unit's bank account, with its lines there",
    responses={200: PAYOUTS},
)
async def list_payouts(door: NamedDependency[Door], unit_id: FromPath[UUID]) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看；至多列出最近的一百笔。

    For finance, cashier, leader and auditor; at most the newest hundred.
    """
    actor = door.actor
    return await door.read(lambda conn: reading.list_payouts(conn, actor, unit_id))


ROUTES: Final = [
    import_statement,
    list_bank_lines,
    get_bank_line,
    match_bank_line,
    get_match,
    confirm_match,
    undo_match,
    list_suspense,
    list_payouts,
]
