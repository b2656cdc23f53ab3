"""The JSON routes of one chargeback and of the evidence against it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.money.payments.evidence import operations
from market.money.payments.evidence.model import EvidenceGiven, FullChargeback

CHARGEBACK: Final = ResponseSpec(
    FullChargeback, description="The chargeback 拒付", generate_examples=False
)


@get(
    "/v1/chargebacks/{chargeback_id:uuid}",
    tags=["online payments"],
    operation_id="get_chargeback",
    summary="查看拒付 Read a chargeback, what is due until when, and what was done about it",
    responses={200: CHARGEBACK},
)
async def get_chargeback(
    door: NamedDependency[Door], chargeback_id: FromPath[UUID]
) -> Response[bytes]:
    """供财务、出纳、负责人和审计查看。

    `missing` 列出银行就该原因通常需要而尚缺的证据。

    For finance, cashier, leader and auditor. `missing` names what is usually wanted for the bank's
    reason and not there yet.
    """
    actor = door.actor
    return await door.read(
        lambda conn: operations.find_chargeback(conn, actor, chargeback_id), lasts=False
    )


@put(
    "/v1/chargebacks/{chargeback_id:uuid}/evidence",
    tags=["online payments"],
    operation_id="save_chargeback_evidence",
    summary="填写拒付证据 Write the evidence against a chargeback, as finance",
    responses={200: CHARGEBACK},
)
async def save_chargeback_evidence(
    door: NamedDependency[Door], chargeback_id: FromPath[UUID], data: JSONBody[EvidenceGiven]
) -> Response[bytes]:
    """整份保存，未列出的即删去。

    文件须先上传，限 PDF、PNG、JPEG，合计不超过 4500000 字节。

    The whole of it: what is left out is taken away. Upload files first: PDF, PNG or JPEG. All of
    them together have at most 4,500,000 bytes.
    """
    actor, expected = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.save_evidence(
            conn, actor, chargeback_id, data, expected_version=expected
        )
    )


@put(
    "/v1/chargebacks/{chargeback_id:uuid}/evidence/submission",
    tags=["online payments"],
    operation_id="submit_chargeback_evidence",
    summary="提交拒付证据 Have the evidence sent to the payer's bank, once, as finance",
    responses={200: CHARGEBACK},
)
async def submit_chargeback_evidence(
    door: NamedDependency[Door], chargeback_id: FromPath[UUID]
) -> Response[bytes]:
    """Stripe 只接收一次，片刻后即告知；被其退回的恢复为草稿，内容保留。

    Stripe takes evidence once. It is told within a moment; what it refuses is a draft again.
    """
    actor, expected = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.submit_evidence(
            conn, actor, chargeback_id, expected_version=expected
        )
    )


ROUTES: Final = [get_chargeback, save_chargeback_evidence, submit_chargeback_evidence]
