"""Reviewing and signing over HTTP: submit, review, read the text, sign it."""

from base64 import b64encode
from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.db import Connection
from market.base.web import A_PDF, Door
from market.trade.contracts.model import FullContract, Party, Stage
from market.trade.signing import document, operations
from market.trade.signing.model import ReviewInput, SignatureInput, Text

FULL: Final = ResponseSpec(FullContract, description="The contract 合同", generate_examples=False)
PLAIN: Final = ResponseSpec(
    str,
    description="The text 合同文本, with its SHA-256 in Repr-Digest and ETag once it is fixed",
    media_type="text/plain",
    generate_examples=False,
)


@put(
    "/v1/contracts/{contract_id:uuid}/submission",
    tags=["contracts"],
    operation_id="submit_contract",
    summary="提交审核 Submit a complete draft to its three reviewers",
    responses={200: FULL},
)
async def submit_contract(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.submit_contract(conn, actor, contract_id, expected_version=expected)
    )


@put(
    "/v1/contracts/{contract_id:uuid}/reviews/{stage:str}",
    tags=["contracts"],
    operation_id="review_contract",
    summary="审核合同 Pass a draft on, or return it with reasons; the leader's pass numbers it",
    responses={200: FULL},
)
async def review_contract(
    door: NamedDependency[Door],
    contract_id: FromPath[UUID],
    stage: FromPath[Stage],
    data: JSONBody[ReviewInput],
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.review_contract(
            conn, actor, contract_id, stage, data, expected_version=expected
        )
    )


@get(
    "/v1/contracts/{contract_id:uuid}/text",
    tags=["contracts"],
    operation_id="get_contract_text",
    summary="读取合同文本 Read the canonical text that is signed, or the wording of a draft",
    responses={200: PLAIN},
)
async def get_contract_text(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor

    async def read(conn: Connection) -> Response[bytes]:
        return as_plain_text(await operations.read_text(conn, actor, contract_id))

    return await door.read(read)


def as_plain_text(text: Text) -> Response[bytes]:
    """Bytes as they are signed; a draft's are not kept by anybody on the way."""
    response = Response(text.body, media_type="text/plain")
    if text.sha256 is None:
        response.set_header("Cache-Control", "no-store")
    else:
        digest = b64encode(bytes.fromhex(text.sha256)).decode()
        response.set_header("ETag", f'"{text.sha256}"')
        response.set_header("Repr-Digest", f"sha-256=:{digest}:")
    return response


@put(
    "/v1/contracts/{contract_id:uuid}/signatures/{party:str}",
    tags=["contracts"],
    operation_id="sign_contract",
    summary="签署合同 Sign the hash of the text for a party; the second signature is the last",
    responses={200: FULL},
)
async def sign_contract(
    door: NamedDependency[Door],
    contract_id: FromPath[UUID],
    party: FromPath[Party],
    data: JSONBody[SignatureInput],
) -> Response[bytes]:
    actor, expected, address = door.actor, door.expected_version, door.address
    return await door.act(
        lambda conn: operations.sign_contract(
            conn, actor, contract_id, party, data, address, expected_version=expected
        )
    )


@get(
    "/v1/contracts/{contract_id:uuid}/document",
    tags=["contracts"],
    operation_id="get_contract_document",
    summary="下载合同文件 Download the contract as PDF: its text, its hash, its signatures",
    responses=A_PDF,
)
async def get_contract_document(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.document(lambda conn: document.contract_document(conn, actor, contract_id))


ROUTES: Final = [
    submit_contract,
    review_contract,
    get_contract_text,
    get_contract_document,
    sign_contract,
]
