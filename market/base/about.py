"""What the market says of itself: whether it lives, whether it is ready, what its codes mean."""

from __future__ import annotations

import hmac
import ipaddress
from html import escape
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.plugins.prometheus import PrometheusController
from litestar.types import ControllerRouterHandler

from market.base import db, migrations, problems
from market.base.errors import Forbidden, Unauthenticated, Unavailable, all_refusals
from market.base.field_faults import FIELD_FAULTS, OTHER_FIELD_FAULT
from market.base.settings import Settings

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
    """进程有应答；不涉及输入和输出。

    The process answers; no input or output is involved.
    """
    return Health("ok")


@get(
    "/health/ready",
    opt=PUBLIC,
    tags=["operation"],
    operation_id="get_readiness",
    summary="是否就绪 Readiness",
)
async def readiness(request: Request[Any, Any, State]) -> Readiness:
    """查看连接池、迁移和积压的任务；进程停止期间回 503。

    Pool, migrations and backlog; 503 while the process goes down.
    """
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
    """两种语言的全部错误代码，直接由各项拒绝和规则生成。

    Every error code, in both languages, made from the refusals and rules themselves.
    """
    rows = "".join(
        f'<tr id="{escape(kind.code)}"><td>{kind.status}<td><code>{escape(kind.code)}</code>'
        f'<td lang="zh">{escape(kind.zh)}<td lang="en">{escape(kind.en)}</tr>'
        for kind in problems.kinds(list(all_refusals()))
    )
    fields = "".join(
        f'<tr id="{rule.code}"><td><code>{rule.code}</code>'
        f'<td lang="zh">{escape(rule.zh)}<td lang="en">{escape(rule.en)}</tr>'
        for rule in (*FIELD_FAULTS, OTHER_FIELD_FAULT)
    )
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>错误代码 Problem codes</title><h1>错误代码 Problem codes</h1>"
        "<table><thead><tr><th>HTTP<th>code<th>中文<th>English</thead>"
        f"<tbody>{rows}</tbody></table>"
        "<h2>字段代码 Codes of fields</h2>"
        "<p lang=zh>内容不符合要求（bad_fields）时，errors 列出位置（pointer）、代码与说明；"
        "JSON 内容每次只列查到的第一处，改正后再查其余。"
        "<p lang=en>With bad_fields, errors lists the place (pointer), its code and a sentence; of "
        "a JSON body only the first that is found, the rest once that is mended."
        "<table><thead><tr><th>code<th>中文<th>English</thead>"
        f"<tbody>{fields}</tbody></table></html>"
    )
    return Response(page, media_type="text/html")


# RFC 7239 and 9110, and what nginx, Apache, Envoy and content networks add in their place.
PROXY_HEADERS: Final = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"}
)


class MetricsFromAfar(Forbidden):
    """Without a token the figures are for this machine."""

    code = "metrics_from_afar"
    zh = "运行指标只供本机直接读取。请在本机读取，或设置 MARKET_METRICS_TOKEN 并出示该令牌。"
    en = (
        "The metrics are read directly from this machine. Read them there, or set "
        "MARKET_METRICS_TOKEN and show that token."
    )


def may_read_metrics(
    connection: ASGIConnection[Any, Any, Any, State], _handler: BaseRouteHandler
) -> None:
    """Whoever shows the token; when none is set, this machine, unless it asks for another."""
    settings: Settings = connection.app.state.settings
    if settings.metrics_token is not None:
        shown = connection.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {settings.metrics_token}".encode()):
            raise Unauthenticated
    elif _came_by_a_proxy(connection) or not _is_this_machine(connection):
        raise MetricsFromAfar


def _came_by_a_proxy(connection: ASGIConnection[Any, Any, Any, State]) -> bool:
    """A proxy here is this machine itself; what it adds tells that it asks for another."""
    return any(
        name in PROXY_HEADERS or name.startswith("x-forwarded-") for name in connection.headers
    )


def _is_this_machine(connection: ASGIConnection[Any, Any, Any, State]) -> bool:
    try:
        return connection.client is not None and (
            ipaddress.ip_address(connection.client.host).is_loopback
        )
    except ValueError:
        return False


class Metrics(PrometheusController):
    """Prometheus reads its figures here."""

    path = "/metrics"
    opt = PUBLIC
    guards = (may_read_metrics,)
    include_in_schema = False
    openmetrics_format = True


ROUTES: Final[list[ControllerRouterHandler]] = [liveness, readiness, problem_page, Metrics]
