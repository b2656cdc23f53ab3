"""Contracts over HTTP: order, approve the order, read, draft, explain, call off."""

from typing import Final, Literal
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.explanations import Explanation
from market.base.fields import Input, Reason
from market.base.web import Door
from market.trade.contracts import awarded, operations, queries
from market.trade.contracts.model import Contract, ContractState, FullContract
from market.trade.contracts.terms import Order, TermsEdit
from market.trade.deals.model import Deal

FULL: Final = ResponseSpec(FullContract, description="The contract 合同", generate_examples=False)
PAGE: Final = ResponseSpec(pages.Page[Contract], description="A page", generate_examples=False)
EXPLAINED: Final = ResponseSpec(Explanation, description="How it came", generate_examples=False)


class CancellationInput(Input, frozen=True):
    """Why an order is called off; the other side reads it."""

    reason: Reason


@post(
    "/v1/offerings/{offering_id:uuid}/orders",
    tags=["contracts"],
    operation_id="order_offering",
    summary="直接下单 Order a published offering; it becomes the draft of a contract",
    responses={201: FULL},
)
async def order_offering(
    door: NamedDependency[Door], offering_id: FromPath[UUID], data: JSONBody[Order]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(
        lambda conn: operations.order_offering(conn, actor, offering_id, data), status=201
    )


@post(
    "/v1/awards/{award_id:uuid}/contract",
    tags=["contracts"],
    operation_id="draft_from_award",
    summary="由定标起草合同 Draft the contract of a final award",
    responses={201: FULL},
)
async def draft_from_award(
    door: NamedDependency[Door], award_id: FromPath[UUID], data: JSONBody[awarded.ContractInput]
) -> Response[bytes]:
    """按定标的金额起草；技术转让的，写明中标单位已发布的服务项目。

    At the figures that were awarded; for a transfer, name the winner's published offering.
    """
    actor = door.actor
    return await door.act(
        lambda conn: awarded.draft_from_award(conn, actor, award_id, data), status=201
    )


@put(
    "/v1/contracts/{contract_id:uuid}/order-approval",
    tags=["contracts"],
    operation_id="approve_order",
    summary="批准超限额订单 Approve an order above the limit, as another manager of the buyer",
    responses={200: FULL},
)
async def approve_order(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_order(conn, actor, contract_id, expected_version=expected)
    )


@get(
    "/v1/contracts",
    tags=["contracts"],
    operation_id="list_contracts",
    summary="列出合同 List the contracts of the organisation and the units under it, newest first",
    responses={200: PAGE},
)
async def list_contracts(
    door: NamedDependency[Door],
    in_state: pages.InState[ContractState | None] = None,
    kind: FromQuery[Literal["consulting", "service", "training", "transfer"] | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.contracts(
            conn, actor, state=in_state, kind=kind, before=after, limit=most
        ),
        limit=limit,
        key=lambda contract: (contract.id,),
    )


@get(
    "/v1/contracts/{contract_id:uuid}",
    tags=["contracts"],
    operation_id="get_contract",
    summary="查看合同 Read a contract with its lines, milestones, instalments and signatures",
    responses={200: FULL},
)
async def get_contract(door: NamedDependency[Door], contract_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_full(conn, actor, contract_id))


@patch(
    "/v1/contracts/{contract_id:uuid}",
    tags=["contracts"],
    operation_id="edit_contract",
    summary="起草合同 Draft a contract: what is left out stays, a list replaces the whole list",
    responses={200: FULL},
)
async def edit_contract(
    door: NamedDependency[Door], contract_id: FromPath[UUID], data: JSONBody[TermsEdit]
) -> Response[bytes]:
    actor, version = door.actor, door.required_version
    return await door.act(
        lambda conn: operations.edit_terms(conn, actor, contract_id, data, version)
    )


@get(
    "/v1/contracts/{contract_id:uuid}/explain",
    tags=["contracts"],
    operation_id="explain_contract",
    summary="说明税额与净额 Explain net and VAT: a preview while drafting, as fixed afterwards",
    responses={200: EXPLAINED},
)
async def explain_contract(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.explain_figures(conn, actor, contract_id))


@put(
    "/v1/contracts/{contract_id:uuid}/cancellation",
    tags=["contracts"],
    operation_id="cancel_contract",
    summary="取消订单 Call off an order before both parties have signed",
    responses={200: FULL},
)
async def cancel_contract(
    door: NamedDependency[Door], contract_id: FromPath[UUID], data: JSONBody[CancellationInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.void_contract(
            conn, actor, contract_id, data.reason, expected_version=expected
        )
    )


@put(
    "/v1/contracts/{contract_id:uuid}/deal",
    tags=["deals"],
    operation_id="open_contract_deal",
    summary="就合同洽谈 Open the deal between a contract's two sides",
    responses={200: ResponseSpec(Deal, description="The deal 洽谈", generate_examples=False)},
)
async def open_contract_deal(
    door: NamedDependency[Door], contract_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.open_contract_deal(conn, actor, contract_id))


ROUTES: Final = [
    open_contract_deal,
    order_offering,
    draft_from_award,
    approve_order,
    list_contracts,
    get_contract,
    edit_contract,
    explain_contract,
    cancel_contract,
]
