"""Who is knocking: the client's address, which only configured proxies may tell."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar, Request
from litestar.datastructures import State

from market.app import create_app
from market.base import settings
from market.base.db import Connection
from market.base.documents.model import KeptDocument
from market.base.embedded import Dsns
from market.base.web import Door, attachment
from tests.client import OneConnection
from tests.routes import NOWHERE

PROXIES = "10.0.0.0/8, 2001:db8::1"


@cache
def application(proxies: str) -> Litestar:
    loaded = settings.load({"MARKET_TRUSTED_PROXIES": proxies})
    app = create_app(loaded, Dsns(NOWHERE, NOWHERE, NOWHERE, NOWHERE))
    app.state.pool = app.state.catalogue_pool = app.state.search_pool = None
    return app


def door(client: str | None, forwarded: str | None, proxies: str = PROXIES) -> Door:
    headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}
    return knocking(application(proxies), (client, 40000) if client else None, headers)


def knocking(app: Litestar, client: tuple[str, int] | None, headers: dict[str, str]) -> Door:
    scope: Any = {
        "type": "http",
        "litestar_app": app,
        "client": client,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return Door(Request[Any, Any, State](scope))


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        # Whoever comes directly says nothing about himself that counts.
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1, 10.0.0.1", "203.0.113.9"),
        # A proxy of ours appends whom it saw; what stands left of that is hearsay.
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", " 198.51.100.1 ,, 10.0.0.2 ", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::2", "2001:db8::2"),
        # Within our own network there is nobody else to name than the first.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        # What is no address is nobody's proxy.
        ("10.0.0.1", "198.51.100.1, unknown", "unknown"),
        (None, "198.51.100.1", "unknown"),
    ],
)
def test_the_address_is_the_last_hop_that_is_no_proxy_of_ours(
    client: str | None, forwarded: str | None, address: str
) -> None:
    assert door(client, forwarded).address == address


@pytest.mark.parametrize("proxy", ["10.0.0.1", "127.0.0.1", "::1"])
def test_without_configured_proxies_nobody_is_believed(proxy: str) -> None:
    assert ipaddress.ip_address(proxy).is_private
    assert door(proxy, "198.51.100.1", proxies="").address == proxy


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("序时账 锦川 2026-01-01 至 2026-03-31.csv", "journal-2026-01-01-to-2026-03-31.csv"),
        (
            "总账明细账 锦川 2026-01-01 至 2026-03-31.csv",
            "general-ledger-2026-01-01-to-2026-03-31.csv",
        ),
        ("记账凭证 锦川 2026-01-01 至 2026-03-31.xlsx", "vouchers-2026-01-01-to-2026-03-31.xlsx"),
        ("对账单 东纺 2026-01-01至2026-03-31.pdf", "statement-2026-01-01-to-2026-03-31.pdf"),
        ("机密.pdf", "download.pdf"),
    ],
)
def test_a_file_keeps_its_meaning_where_only_ascii_is_read(name: str, plain: str) -> None:
    told = attachment(name)["Content-Disposition"]
    assert f'filename="{plain}"' in told
    assert quote(name, safe="") in told


async def test_a_kept_pdf_is_read_for_who_does_not_hold_it(conn: Connection) -> None:
    read: list[bytes] = []

    async def find(_conn: Connection) -> KeptDocument:
        return KeptDocument("催款函", "f" * 64)

    async def letter(_conn: Connection) -> bytes:
        read.append(b"%PDF-")
        return read[-1]

    async def answered(headers: dict[str, str]) -> tuple[int, bytes, str]:
        door = knocking(application(PROXIES), None, headers)
        pool: Any = OneConnection(conn)
        door.pool = pool
        answer = await door.kept_document(find, letter)
        return answer.status_code or 200, answer.content, answer.headers["ETag"]

    status, content, tag = await answered({})
    assert (status, content) == (200, b"%PDF-")
    assert await answered({"if-none-match": tag}) == (304, b"", tag)
    assert len(read) == 1
