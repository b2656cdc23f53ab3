"""Milestones over HTTP: read them, start, deliver, return, accept."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import A_PDF, Door
from market.trade.performance import document, operations, queries
from market.trade.performance.model import (
    AcceptanceInput,
    DeliveryInput,
    Milestone,
    Performance,
    ReturnInput,
)

PERFORMANCE: Final = ResponseSpec(
    Performance, description="The milestone and its history", generate_examples=False
)
MILESTONES: Final = ResponseSpec(
    list[Milestone], description="In the order of the contract", generate_examples=False
)


@get(
    "/v1/contracts/{contract_id:uuid}/milestones",
    tags=["performance"],
    operation_id="list_milestones",
    summary="列出合同的里程碑 List a contract's milestones",
    responses={200: MILESTONES},
)
async def list_milestones(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.list_milestones(conn, actor, contract_id))


@get(
    "/v1/milestones/{milestone_id:uuid}",
    tags=["performance"],
    operation_id="get_milestone",
    summary="查看里程碑的交付与验收 Read a milestone, its deliveries and its certificate",
    responses={200: PERFORMANCE},
)
async def get_milestone(
    door: NamedDependency[Door], milestone_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_performance(conn, actor, milestone_id))


@put(
    "/v1/milestones/{milestone_id:uuid}/start",
    tags=["performance"],
    operation_id="start_milestone",
    summary="开工 Begin the work",
    responses={200: PERFORMANCE},
)
async def start_milestone(
    door: NamedDependency[Door], milestone_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.start_milestone(
            conn, actor, milestone_id, expected_version=expected
        )
    )


@post(
    "/v1/milestones/{milestone_id:uuid}/deliveries",
    tags=["performance"],
    operation_id="deliver_milestone",
    summary="交付，附佐证材料 Deliver with evidence, again after a return",
    responses={201: PERFORMANCE},
)
async def deliver_milestone(
    door: NamedDependency[Door], milestone_id: FromPath[UUID], data: JSONBody[DeliveryInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.deliver_milestone(
            conn, actor, milestone_id, data, expected_version=expected
        ),
        status=201,
    )


@put(
    "/v1/milestones/{milestone_id:uuid}/return",
    tags=["performance"],
    operation_id="return_milestone",
    summary="退回并说明理由 Return a delivery with reasons",
    responses={200: PERFORMANCE},
)
async def return_milestone(
    door: NamedDependency[Door], milestone_id: FromPath[UUID], data: JSONBody[ReturnInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.return_milestone(
            conn, actor, milestone_id, data, expected_version=expected
        )
    )


@put(
    "/v1/milestones/{milestone_id:uuid}/acceptance",
    tags=["performance"],
    operation_id="accept_milestone",
    summary="验收，出具验收单 Accept with a certificate",
    responses={200: PERFORMANCE},
)
async def accept_milestone(
    door: NamedDependency[Door], milestone_id: FromPath[UUID], data: JSONBody[AcceptanceInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.accept_milestone(
            conn, actor, milestone_id, data, expected_version=expected
        )
    )


@get(
    "/v1/milestones/{milestone_id:uuid}/acceptance/document",
    tags=["performance"],
    operation_id="get_certificate_document",
    summary="下载验收单 Download the acceptance certificate as PDF",
    responses=A_PDF,
)
async def get_certificate_document(
    door: NamedDependency[Door], milestone_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.document(
        lambda conn: document.certificate_document(conn, actor, milestone_id)
    )


ROUTES: Final = [
    list_milestones,
    get_milestone,
    start_milestone,
    deliver_milestone,
    return_milestone,
    accept_milestone,
    get_certificate_document,
]
