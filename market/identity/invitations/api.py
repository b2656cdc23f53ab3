"""Invitations over HTTP: sending them, and what the holder of a link does."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.identity import doors
from market.identity.invitations import operations, queries
from market.identity.invitations.model import (
    Acceptance,
    Invitation,
    InvitationState,
    LinkHeld,
    NewInvitation,
    Offer,
)

INVITATION: Final = ResponseSpec(
    Invitation, description="邀请 The invitation", generate_examples=False
)
INVITATIONS: Final = ResponseSpec(
    pages.Page[Invitation], description="A page", generate_examples=False
)
OFFER: Final = ResponseSpec(
    Offer, description="邀请内容 What the link offers", generate_examples=False
)


@post(
    "/v1/invitations",
    tags=["invitations"],
    operation_id="invite_colleague",
    summary="邀请同事 Invite a colleague by e-mail, promising roles",
    responses={201: INVITATION},
)
async def invite_colleague(
    door: NamedDependency[Door], data: JSONBody[NewInvitation]
) -> Response[bytes]:
    """链接只写在邮件中。涉及资金的角色仍须第二人批准。

    The link stands in the mail only. Money roles still need their second person.
    """
    actor, link = door.actor, doors.new_link(door)
    return await door.act(lambda conn: operations.invite(conn, actor, data, link), status=201)


@get(
    "/v1/invitations",
    tags=["invitations"],
    operation_id="list_invitations",
    summary="邀请列表 List invitations in one's scope",
    responses={200: INVITATIONS},
)
async def list_invitations(
    door: NamedDependency[Door],
    in_state: pages.InState[InvitationState | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    actor, after = door.actor, pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.invitations(
            conn, actor, state=in_state, after=after, limit=most
        ),
        limit=limit,
        key=lambda invitation: (invitation.id,),
    )


@get(
    "/v1/invitations/{invitation_id:uuid}",
    tags=["invitations"],
    operation_id="get_invitation",
    summary="查看邀请 Read an invitation",
    responses={200: INVITATION},
)
async def get_invitation(
    door: NamedDependency[Door], invitation_id: FromPath[UUID]
) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: queries.find_invitation(conn, actor, invitation_id))


@put(
    "/v1/invitations/{invitation_id:uuid}/revocation",
    tags=["invitations"],
    operation_id="revoke_invitation",
    summary="撤回邀请 Revoke an invitation; its link stops working",
    responses={200: INVITATION},
)
async def revoke_invitation(
    door: NamedDependency[Door], invitation_id: FromPath[UUID]
) -> Response[bytes]:
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.revoke_invitation(
            conn, actor, invitation_id, expected_version=expected
        )
    )


@post(
    "/v1/invitations/{invitation_id:uuid}/mails",
    tags=["invitations"],
    operation_id="resend_invitation",
    summary="重发邀请 Send a new link; the old one stops working",
    responses={201: INVITATION},
)
async def resend_invitation(
    door: NamedDependency[Door], invitation_id: FromPath[UUID]
) -> Response[bytes]:
    actor, link = door.actor, doors.new_link(door)
    return await door.act(
        lambda conn: operations.send_again(conn, actor, invitation_id, link), status=201
    )


@post(
    "/v1/invitation-offers",
    tags=["invitations"],
    operation_id="read_invitation_link",
    summary="查看邀请内容 What the link in the mail offers",
    opt=doors.PUBLIC,
    security=[{}],
    status_code=200,
    responses={200: OFFER},
)
async def read_invitation_link(
    door: NamedDependency[Door], data: JSONBody[LinkHeld]
) -> Response[bytes]:
    """用 POST 而不改变任何内容：令牌不应出现在会被记入日志的地址中。

    A POST that changes nothing: tokens do not belong into addresses, which are logged.
    """
    return await door.act(lambda conn: operations.read_link(conn, data.token))


@post(
    "/v1/invitation-acceptances",
    tags=["invitations"],
    operation_id="accept_invitation",
    summary="接受邀请 Accept with the link's token, a password if new here, and consent",
    opt=doors.PUBLIC,
    security=[{}],
    responses={201: INVITATION},
)
async def accept_invitation(
    door: NamedDependency[Door], data: JSONBody[Acceptance]
) -> Response[bytes]:
    hasher = doors.hasher_of(door)
    password_hash = await hasher.hash(data.password) if data.password is not None else None
    return await door.act(lambda conn: operations.accept(conn, data, password_hash), status=201)


ROUTES: Final = [
    invite_colleague,
    list_invitations,
    get_invitation,
    revoke_invitation,
    resend_invitation,
    read_invitation_link,
    accept_invitation,
]
