"""The JSON routes of recognitions."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.money.invoicing.recognition import operations, queries
from market.money.invoicing.recognition.model import Recognition, RecognitionGiven

KEPT: Final = ResponseSpec(
    Recognition, description="The recognition as kept", generate_examples=False
)


@put(
    "/v1/contracts/{contract_id:uuid}/recognition",
    tags=["invoices"],
    operation_id="record_recognition",
    summary="登记技术合同认定编号 Record the recognition that a contract's exemption needs",
    responses={200: KEPT},
)
async def record_recognition(
    door: NamedDependency[Door], contract_id: FromPath[UUID], data: JSONBody[RecognitionGiven]
) -> Response[bytes]:
    """先上传认定机构的文件（`POST /v1/files`）。更改时须填 `If-Match`。

    Upload the authority's paper first (`POST /v1/files`). A change needs `If-Match`.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.record_recognition(
            conn, actor, contract_id, data, expected_version=expected
        )
    )


@get(
    "/v1/contracts/{contract_id:uuid}/recognition",
    tags=["invoices"],
    operation_id="get_recognition",
    summary="查看技术合同认定编号 Read a contract's recognition",
    responses={200: KEPT},
)
async def get_recognition(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    return await door.read(lambda conn: queries.find_recognition(conn, door.actor, contract_id))


ROUTES: Final = [record_recognition, get_recognition]
