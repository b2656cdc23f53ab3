"""Awards and complaints over HTTP."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.trade.awards import complaints, operations, queries
from market.trade.awards.model import (
    AnswerInput,
    Award,
    AwardInput,
    Complaint,
    ComplaintInput,
    DirectAwardInput,
    FullAward,
    SettingAsideInput,
)
from market.trade.proposals.model import FullProposal

TAGS: Final = ["awards"]
AWARD: Final = ResponseSpec(FullAward, description="定标 The award", generate_examples=False)
AWARDS: Final = ResponseSpec(
    list[Award], description="新的在前 The newest first", generate_examples=False
)
COMPLAINT: Final = ResponseSpec(
    Complaint, description="异议 The complaint", generate_examples=False
)
PROPOSAL: Final = ResponseSpec(
    FullProposal, description="报价 The proposal", generate_examples=False
)


@put(
    "/v1/proposals/{proposal_id:uuid}/shortlisting",
    tags=TAGS,
    operation_id="shortlist_proposal",
    summary="列入候选 Shortlist a proposal",
    responses={200: PROPOSAL},
)
async def shortlist_proposal(
    door: NamedDependency[Door], proposal_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.shortlist_proposal(
            conn, actor, proposal_id, expected_version=expected
        )
    )


@post(
    "/v1/enterprise-requests/{request_id:uuid}/awards",
    tags=TAGS,
    operation_id="award_request",
    summary="按评审结果定标 Award by the results of the judging",
    responses={201: AWARD},
)
async def award_request(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[AwardInput]
) -> Response[bytes]:
    """所选不是得分最高的，须说明理由，所有报价单位都能看到。

    超过限额的，先由另一名管理人批准，该人不得与竞争者有关，也不得是评委。

    Another than the best needs a reason, which all bidders read. Above the limit another manager
    approves it first, without a rival or by a judge himself.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.award_request(
            conn, actor, request_id, data, expected_version=expected
        ),
        status=201,
    )


@post(
    "/v1/enterprise-requests/{request_id:uuid}/direct-awards",
    tags=TAGS,
    operation_id="award_directly",
    summary="直接定标 Award a request by invitation without judging",
    responses={201: AWARD},
)
async def award_directly(
    door: NamedDependency[Door], request_id: FromPath[UUID], data: JSONBody[DirectAwardInput]
) -> Response[bytes]:
    """超过限额的，先由买方另一名管理人批准，此前不通知任何人。

    Above the limit another manager of the buyer approves it before anybody is told.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.award_directly(
            conn, actor, request_id, data, expected_version=expected
        ),
        status=201,
    )


@get(
    "/v1/enterprise-requests/{request_id:uuid}/awards",
    tags=TAGS,
    operation_id="list_awards",
    summary="列出需求的定标 List a request's awards",
    responses={200: AWARDS},
)
async def list_awards(door: NamedDependency[Door], request_id: FromPath[UUID]) -> Response[bytes]:
    """供买方查看；报价单位在公布后可以查看。

    The buyer's; bidders read them once they are announced.
    """
    actor = door.actor
    return await door.read(lambda conn: operations.list_awards(conn, actor, request_id))


@get(
    "/v1/awards/{award_id:uuid}",
    tags=TAGS,
    operation_id="get_award",
    summary="查看定标结果 Read an award; a bidder reads its own points",
    responses={200: AWARD},
)
async def get_award(door: NamedDependency[Door], award_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    variant = "buyer" if actor.side == "enterprise" else "bidder"
    return await door.read(
        lambda conn: operations.read_award(conn, actor, award_id), variant=variant
    )


@put(
    "/v1/awards/{award_id:uuid}/approval",
    tags=TAGS,
    operation_id="approve_award",
    summary="批准超限额的定标 Approve an award above the limit, as another manager",
    responses={200: AWARD},
)
async def approve_award(door: NamedDependency[Door], award_id: FromPath[UUID]) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.approve_award(conn, actor, award_id, expected_version=expected)
    )


@put(
    "/v1/awards/{award_id:uuid}/setting-aside",
    tags=TAGS,
    operation_id="set_aside_award",
    summary="撤销或撤回尚未生效的定标 Set aside, or take back, an award that is not final",
    responses={200: AWARD},
)
async def set_aside_award(
    door: NamedDependency[Door], award_id: FromPath[UUID], data: JSONBody[SettingAsideInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.set_aside_award(
            conn, actor, award_id, data.reason, expected_version=expected
        )
    )


@post(
    "/v1/awards/{award_id:uuid}/complaints",
    tags=TAGS,
    operation_id="file_complaint",
    summary="提出异议 Complain about an award within its standstill",
    responses={201: COMPLAINT},
)
async def file_complaint(
    door: NamedDependency[Door], award_id: FromPath[UUID], data: JSONBody[ComplaintInput]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: complaints.file_complaint(
            conn, actor, award_id, data, expected_version=expected
        ),
        status=201,
    )


@get(
    "/v1/complaints/{complaint_id:uuid}",
    tags=TAGS,
    operation_id="get_complaint",
    summary="查看异议 Read a complaint and its answer",
    responses={200: COMPLAINT},
)
async def get_complaint(
    door: NamedDependency[Door], complaint_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_complaint(conn, actor, complaint_id))


@put(
    "/v1/complaints/{complaint_id:uuid}/answer",
    tags=TAGS,
    operation_id="answer_complaint",
    summary="答复异议 Refuse a complaint, or uphold it",
    responses={200: COMPLAINT},
)
async def answer_complaint(
    door: NamedDependency[Door], complaint_id: FromPath[UUID], data: JSONBody[AnswerInput]
) -> Response[bytes]:
    """异议成立的，定标作废，已评审的重新评审。

    提出、批准定标或参加评审的人不得答复；升级后，技协可以答复。

    Upheld, the award is set aside and what was judged is judged anew. Nobody answers who proposed,
    approved or judged; once it is escalated, the association may.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: complaints.answer_complaint(
            conn, actor, complaint_id, data, expected_version=expected
        )
    )


ROUTES: Final = [
    shortlist_proposal,
    award_request,
    award_directly,
    list_awards,
    get_award,
    approve_award,
    set_aside_award,
    file_complaint,
    get_complaint,
    answer_complaint,
]
