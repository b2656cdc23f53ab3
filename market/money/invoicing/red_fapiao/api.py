"""The JSON routes of red fapiao."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from market.base import pages
from market.base.web import Door
from market.money.invoicing.fapiao.model import IssuedFapiao
from market.money.invoicing.red_fapiao import operations, queries
from market.money.invoicing.red_fapiao.model import RedFapiao, RedState

RED: Final = ResponseSpec(RedFapiao, description="The red fapiao 红字发票", generate_examples=False)
PAGE: Final = ResponseSpec(pages.Page[RedFapiao], description="A page", generate_examples=False)


@get(
    "/v1/red-fapiao",
    tags=["fapiao"],
    operation_id="list_red_fapiao",
    summary="列出红字发票 List red fapiao, the newest first",
    responses={200: PAGE},
)
async def list_red_fapiao(
    door: NamedDependency[Door],
    in_state: pages.InState[RedState | None] = None,
    fapiao_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[pages.CursorText | None] = None,
    limit: FromQuery[pages.Limit] = pages.DEFAULT_LIMIT,
) -> Response[bytes]:
    """状态为 requested 的，尚待在税务系统开具并登记。

    Those in state requested are still to be issued in the tax system and recorded.
    """
    actor = door.actor
    after = pages.id_after(cursor)
    return await door.page(
        lambda conn, most: queries.red_listed(
            conn, actor, state=in_state, fapiao_id=fapiao_id, after=after, limit=most
        ),
        limit=limit,
        key=lambda red: (red.id,),
    )


@get(
    "/v1/red-fapiao/{red_id:uuid}",
    tags=["fapiao"],
    operation_id="get_red_fapiao",
    summary="查看红字发票 Read a red fapiao",
    responses={200: RED},
)
async def get_red_fapiao(door: NamedDependency[Door], red_id: FromPath[UUID]) -> Response[bytes]:
    actor = door.actor
    return await door.read(lambda conn: operations.find_red(conn, actor, red_id))


@put(
    "/v1/red-fapiao/{red_id:uuid}/issue",
    tags=["fapiao"],
    operation_id="issue_red_fapiao",
    summary="登记红字发票 Record the red fapiao that the tax system issued, as finance",
    responses={200: RED},
)
async def issue_red_fapiao(
    door: NamedDependency[Door], red_id: FromPath[UUID], data: JSONBody[IssuedFapiao]
) -> Response[bytes]:
    """登记后买方即可下载其文件。

    The buyer may download its file from now on.
    """
    actor, expected = door.actor, door.expected_version
    return await door.act(
        lambda conn: operations.issue_red_fapiao(
            conn, actor, red_id, data, expected_version=expected
        )
    )


ROUTES: Final = [list_red_fapiao, get_red_fapiao, issue_red_fapiao]
