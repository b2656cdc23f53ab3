"""The assembly: every route on one screen, the plugins, and where a refusal becomes HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import asyncpg
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.types import ControllerRouterHandler

import market
from market.base import about, db, description, explorer, problems
from market.base.authentication import SESSION_COOKIE, Authentication
from market.base.deadlines import BodyDeadline
from market.base.edge import ASGIApp, Edge
from market.base.embedded import Dsns
from market.base.errors import MarketError
from market.base.express import Express
from market.base.media_types import MediaTypes
from market.base.query_parameters import QueryParameters
from market.base.settings import Settings
from market.base.strict_bodies import StrictRequest
from market.base.web import MAX_JSON_BYTES, provide_door
from market.base.words import PRODUCT
from market.identity import api as identity
from market.identity.sessions import queries as sessions
from market.ledger import api as ledger
from market.money.invoicing import api as invoicing
from market.money.payments import api as payments
from market.money.payments import rails
from market.money.payments.chargebacks import api as chargebacks
from market.money.payments.chargebacks.write_offs import api as chargeback_write_offs
from market.money.payments.evidence import api as evidence
from market.money.payments.online import api as online_payments
from market.money.payments.refunds import api as refunds
from market.money.payments.stripe_events import api as stripe_events
from market.money.payments.stripe_events import express as stripe_express
from market.money.payments.stripe_events.operations import Intake
from market.money.payments.stripe_explanations import api as stripe_explanations
from market.money.payments.stripe_explanations.undoing import api as stripe_explanation_undos
from market.money.payments.stripe_lines import api as stripe_lines
from market.money.reconciliation.matching import api as matching
from market.money.reconciliation.retractions import api as retractions
from market.money.statements import api as statements
from market.notifications.cadence import api as cadence
from market.reports import api as reports
from market.reports.customer_statements import api as customer_statements
from market.reports.journals import api as journals
from market.reports.purchases import api as purchases
from market.trade.awards import api as awards
from market.trade.catalogue import api as catalogue
from market.trade.catalogue import express
from market.trade.contracts import api as contracts
from market.trade.deals import api as deals
from market.trade.discovery import api as discovery
from market.trade.discovery.fit import api as fit
from market.trade.enterprise_requests import api as enterprise_requests
from market.trade.judging import api as judging
from market.trade.performance import api as performance
from market.trade.proposals import api as proposals
from market.trade.providers import api as providers
from market.trade.reviews import api as reviews
from market.trade.rights import api as rights
from market.trade.signing import api as signing

ROUTES: Final[list[ControllerRouterHandler]] = [
    *about.ROUTES,
    *explorer.ROUTES,
    *identity.ROUTES,
    *ledger.ROUTES,
    *deals.ROUTES,
    *rights.ROUTES,
    *catalogue.ROUTES,
    *enterprise_requests.ROUTES,
    *discovery.ROUTES,
    *fit.ROUTES,
    *proposals.ROUTES,
    *judging.ROUTES,
    *awards.ROUTES,
    *contracts.ROUTES,
    *signing.ROUTES,
    *performance.ROUTES,
    *reviews.ROUTES,
    *providers.ROUTES,
    *invoicing.ROUTES,
    *statements.ROUTES,
    *payments.ROUTES,
    *refunds.ROUTES,
    *online_payments.ROUTES,
    *evidence.ROUTES,
    *stripe_lines.ROUTES,
    *stripe_explanations.ROUTES,
    *stripe_explanation_undos.ROUTES,
    *chargebacks.ROUTES,
    *chargeback_write_offs.ROUTES,
    *stripe_events.ROUTES,
    *matching.ROUTES,
    *retractions.ROUTES,
    *reports.ROUTES,
    *customer_statements.ROUTES,
    *journals.ROUTES,
    *purchases.ROUTES,
    *cadence.ROUTES,
]

OPENAPI: Final = OpenAPIConfig(
    title=f"{PRODUCT.zh} {PRODUCT.en.capitalize()}",
    version=market.__version__,
    summary=(
        "服务项目、合同、请款单、收款与总账。"
        "Offerings, contracts, invoices, payments and the ledger behind them."
    ),
    description=(
        "金额为最小货币单位的整数（分），时间为 UTC，日期按上海时区。错误代码一览：/problems。"
        "\n\nAmounts are integers in minor units, instants are UTC, dates are in Asia/Shanghai. "
        "All error codes: /problems."
    ),
    license=License(name="MIT", identifier="MIT"),
    openapi_router=explorer.DescriptionRouter(),
    render_plugins=[description.Description()],
    use_handler_docstrings=True,
    components=Components(
        security_schemes={
            "session": SecurityScheme(
                type="apiKey", name=SESSION_COOKIE, security_scheme_in="cookie"
            ),
            "key": SecurityScheme(type="http", scheme="bearer", bearer_format="mk_live_…"),
        }
    ),
    security=[{"session": []}, {"key": []}],
)


def create_app(settings: Settings, dsns: Dsns) -> Litestar:
    """The ASGI application of one process; its pools open and close with its lifespan."""
    return Litestar(
        route_handlers=ROUTES,
        dependencies={"door": Provide(provide_door)},
        middleware=[
            Authentication(sessions.who_is),
            BodyDeadline(),
            MediaTypes(),
            QueryParameters(),
        ],
        exception_handlers={
            MarketError: problems.render_refusal,
            HTTPException: problems.render_framework_fault,
            asyncpg.PostgresError: problems.render_database_fault,
            Exception: problems.render_unknown,
        },
        openapi_config=OPENAPI,
        state=State({"settings": settings, "dsns": dsns}),
        lifespan=[_pools],
        request_class=StrictRequest,
        request_max_body_size=MAX_JSON_BYTES,
    )


def at_the_edge(app: Litestar) -> ASGIApp:
    """What is served: the application, its express lane before it, and the edge around both."""
    lane = express.lane(lambda: app.state.catalogue_pool)
    door = stripe_express.door(lambda: app.state.stripe_intake)
    return Edge(Express(app, lane, door))


@asynccontextmanager
async def _pools(app: Litestar) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    open_pool = partial(
        db.open_pool,
        app.state.dsns.app,
        size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    app.state.pool = await open_pool()
    app.state.catalogue_pool = await open_pool(plans="generic")
    app.state.search_pool = await open_pool(plans="custom")
    await db.refuse_power(app.state.pool)
    try:
        async with rails.opened(settings.stripe_accounts, settings.public_url) as opened:
            app.state.rails = opened
            await rails.warn_of_unknown(app.state.pool, opened)
            app.state.stripe_intake = Intake(app.state.pool, opened)
            yield
    finally:
        await db.close_pool(app.state.pool)
        await db.close_pool(app.state.catalogue_pool)
        await db.close_pool(app.state.search_pool)
