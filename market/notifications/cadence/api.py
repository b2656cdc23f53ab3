"""One's own notice settings over HTTP."""

from typing import Final

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from market.base.web import Door
from market.notifications.cadence import operations, queries
from market.notifications.cadence.model import CadenceInput, NoticeSetting, NoticeTopic


@get(
    "/v1/people/me/notice-settings",
    tags=["people"],
    operation_id="list_notice_settings",
    summary="查看通知设置 Read how often one is told; without a setting, at once",
    responses={
        200: ResponseSpec(
            list[NoticeSetting], description="What was chosen", generate_examples=False
        )
    },
)
async def list_notice_settings(door: NamedDependency[Door]) -> Response[bytes]:
    return await door.read(lambda conn: queries.settings_of(conn, door.actor))


@put(
    "/v1/people/me/notice-settings/{topic:str}",
    tags=["people"],
    operation_id="choose_cadence",
    summary="设置通知频率 Choose to be told at once, once a day, or never by e-mail",
    responses={
        200: ResponseSpec(NoticeSetting, description="The setting", generate_examples=False)
    },
)
async def choose_cadence(
    door: NamedDependency[Door], topic: FromPath[NoticeTopic], data: JSONBody[CadenceInput]
) -> Response[bytes]:
    actor = door.actor
    return await door.act(lambda conn: operations.choose_cadence(conn, actor, topic, data.cadence))


ROUTES: Final = [list_notice_settings, choose_cadence]
