"""What the market says of itself: whether it lives, whether it is ready, what its codes mean."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.plugins.prometheus import PrometheusController
from litestar.types import ControllerRouterHandler

from market.base import db, migrations, problems
from market.base.errors import Unavailable, all_refusals

PUBLIC: Final = {"public": True}


class Health(msgspec.Struct, frozen=True):
    """``status`` is "ok"; anything else is answered with 503."""

    status: str


class Readiness(msgspec.Struct, frozen=True):
    """What has to hold before requests are sent here."""

    status: str
    pending_migrations: list[str]
    jobs_waiting: int


class NotReady(Unavailable):
    """The process is going down, or its database is not as this version needs it."""

    code = "not_ready"
    zh = "服务尚未就绪或正在停止。请稍后重试。"
    en = "The service is not ready, or is going down. Try again shortly."


@get(
    "/health/live",
    opt=PUBLIC,
    tags=["operation"],
    operation_id="get_liveness",
    summary="是否运行 Liveness",
)
async def liveness() -> Health:
    """The process answers; no input or output is involved."""
    return Health("ok")


@get(
    "/health/ready",
    opt=PUBLIC,
    tags=["operation"],
    operation_id="get_readiness",
    summary="是否就绪 Readiness",
)
async def readiness(request: Request[Any, Any, State]) -> Readiness:
    """Pool, migrations and backlog; 503 while the process goes down."""
    if request.app.state.get("draining"):
        raise NotReady
    async with db.lease(request.app.state.pool) as conn:
        pending = await migrations.pending(conn)
        waiting = await conn.fetchval("SELECT jobs_waiting()")
    if pending:
        raise NotReady
    return Readiness("ok", pending, waiting)


@get(
    "/problems",
    opt=PUBLIC,
    tags=["operation"],
    operation_id="get_problem_page",
    summary="错误代码一览 Every problem code",
    media_type="text/html",
)
async def problem_page() -> Response[str]:
    """Every error code, in both languages, made from the refusals themselves."""
    rows = "".join(
        f'<tr id="{escape(kind.code)}"><td>{kind.status}<td><code>{escape(kind.code)}</code>'
        f'<td lang="zh">{escape(kind.zh)}<td lang="en">{escape(kind.en)}</tr>'
        for kind in problems.kinds(list(all_refusals()))
    )
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>错误代码 Problem codes</title><h1>错误代码 Problem codes</h1>"
        "<table><thead><tr><th>HTTP<th>code<th>中文<th>English</thead>"
        f"<tbody>{rows}</tbody></table></html>"
    )
    return Response(page, media_type="text/html")


class Metrics(PrometheusController):
    """Prometheus reads its figures here."""

    path = "/metrics"
    opt = PUBLIC
    include_in_schema = False
    openmetrics_format = True


ROUTES: Final[list[ControllerRouterHandler]] = [liveness, readiness, problem_page, Metrics]
