"""The door of the JSON API: what every handler shares, so that it only names its operation.

A ``Door`` knows who knocks and what the request's headers ask for; it opens the transaction,
keeps keyed answers, renders Structs with their ETags and turns lists into pages.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec

from market.base import db, idempotency, pages
from market.base.access import ANONYMOUS, Actor
from market.base.documents import typesetting
from market.base.documents.model import Document, KeptDocument
from market.base.errors import (
    Language,
    Malformed,
    Unauthenticated,
    VersionRequired,
)
from market.base.settings import Settings

JSON: Final = "application/json"
PDF: Final = "application/pdf"
A_PDF: Final = {
    200: ResponseSpec(
        bytes, description="PDF/A 文件 The document", media_type=PDF, generate_examples=False
    )
}
KEY_HEADER: Final = "Idempotency-Key"
MAX_JSON_BYTES: Final = 1_000_000

T = TypeVar("T")
Do: TypeAlias = Callable[[db.Connection], Awaitable[T]]
Knock: TypeAlias = Request[Any, Any, State]


class UnreadableETag(Malformed):
    """If-Match names no version of ours."""

    code = "unreadable_etag"
    zh = 'If-Match 头无法识别。请原样使用读取时得到的 ETag，例如 "3"。'
    en = 'The If-Match header cannot be read. Send the ETag as you were given it, such as "3".'


class Credentials(msgspec.Struct, frozen=True):
    """What a caller shows: the token of a session cookie, or an API key."""

    kind: Literal["session", "key"]
    secret: str


def csrf_token(session_secret: str) -> str:
    """The token that unsafe requests with a session cookie must show, bound to that session."""
    return hmac.new(session_secret.encode(), b"csrf", hashlib.sha256).hexdigest()


class Door:
    """One request: who asks, under which headers, and how the answer is made.

    ``actor`` is who the middleware found; a route that is not public never sees ANONYMOUS.
    """

    def __init__(self, request: Knock) -> None:
        self.request = request
        self.pool: db.Pool = request.app.state.pool
        self.catalogue_pool: db.Pool = request.app.state.catalogue_pool
        self.search_pool: db.Pool = request.app.state.search_pool
        self.settings: Settings = request.app.state.settings
        self.anyone: Actor = request.scope.get("user") or ANONYMOUS

    @property
    def actor(self) -> Actor:
        if self.anyone == ANONYMOUS:
            raise Unauthenticated
        return self.anyone

    @property
    def language(self) -> Language:
        return preferred_language(self.request.headers.get("accept-language"))

    @property
    def address(self) -> str:
        """The client's address; behind a configured proxy, the one that the proxy saw."""
        client = self.request.client.host if self.request.client else "unknown"
        hops = [*_hops(self.request.headers.get("x-forwarded-for", "")), client]
        while len(hops) > 1 and self._trusts(hops[-1]):
            hops.pop()
        return hops[-1]

    def _trusts(self, hop: str) -> bool:
        try:
            address = ipaddress.ip_address(hop)
        except ValueError:
            return False
        return any(address in network for network in self.settings.trusted_proxies)

    @property
    def expected_version(self) -> int | None:
        """The version that If-Match names; None without the header or for ``*``."""
        header = self.request.headers.get("if-match")
        if header is None or header.strip() == "*":
            return None
        match = re.fullmatch(r'"(\d{1,9})(-[a-z]+)?"', header.strip())
        if match is None:
            raise UnreadableETag
        return int(match[1])

    @property
    def required_version(self) -> int:
        """The same, for edits of fields, which may not go without."""
        if self.request.headers.get("if-match") is None:
            raise VersionRequired
        version = self.expected_version
        if version is None:
            raise UnreadableETag
        return version

    async def act(self, do: Do[Any], *, status: int = 200) -> Response[bytes]:
        """Run an operation and answer with what it returns; exactly once when there is a key."""
        key = self._key()
        if key is None:
            return self._answer(await db.retrying(self.pool, do), status)
        url = self.request.url
        target = f"{url.path}?{url.query}" if url.query else url.path
        request = idempotency.request_hash(
            self.anyone, self.request.method, target, await self.request.body()
        )
        return await db.retrying(
            self.pool, lambda conn: self._keyed(conn, key, request, do, status)
        )

    async def read(
        self, do: Do[Any], *, variant: str = "", at_once: bool = False, lasts: bool = True
    ) -> Response[bytes]:
        """Answer with what a query finds, as the actor sees it.

        ``variant`` enters the ETag where fields are hidden from some kinds of actor; ``at_once``:
        all that it asks is of one instant; ``lasts``: it stays what it is while the version does.
        """
        async with db.lease(self.pool) as conn, db.look(conn, self.anyone, at_once=at_once):
            found = await do(conn)
        answer = self._answer(found, 200, variant)
        return self._conditional(answer) if lasts else answer

    async def document(self, gather: Do[Document]) -> Response[bytes]:
        """A PDF to keep, of what a query finds; it is set after the connection was given back.

        Its tag is known before, so that who holds it already waits for no page to be set.
        """
        async with db.lease(self.pool) as conn, db.look(conn, self.anyone):
            found = await gather(conn)
        tag = f'"{typesetting.tag_of(found)}"'
        if self._is_held(tag):
            return Response(b"", status_code=304, headers={"ETag": tag})
        headers = {"ETag": tag, **attachment(f"{found.name}.pdf")}
        return Response(await typesetting.pdf(found), media_type=PDF, headers=headers)

    async def kept_document(self, find: Do[KeptDocument], read: Do[bytes]) -> Response[bytes]:
        """A PDF that was set before and is kept, read for who does not hold its hash already."""
        async with db.lease(self.pool) as conn, db.look(conn, self.anyone):
            kept = await find(conn)
            tag = f'"{kept.sha256}"'
            if self._is_held(tag):
                return Response(b"", status_code=304, headers={"ETag": tag})
            pdf = await read(conn)
        headers = {"ETag": tag, **attachment(f"{kept.name}.pdf")}
        return Response(pdf, media_type=PDF, headers=headers)

    async def read_public(self, do: Do[Any]) -> Response[bytes]:
        """The same for published data: no transaction, one round trip, plans made once."""
        async with db.lease(self.catalogue_pool) as conn:
            found = await do(conn)
        return self._conditional(self._answer(found, 200))

    async def search_public(self, do: Do[Any]) -> Response[bytes]:
        """The same for what is looked for by words: planned each time, for these very words."""
        async with db.lease(self.search_pool) as conn:
            found = await do(conn)
        return self._answer(found, 200)

    async def page(
        self,
        fetch: Callable[[db.Connection, int], Awaitable[Sequence[T]]],
        *,
        limit: int,
        key: Callable[[T], tuple[Any, ...]],
    ) -> Response[bytes]:
        """One keyset page; ``fetch`` gets one row more than asked, to know whether more follow."""
        async with db.lease(self.pool) as conn, db.look(conn, self.anyone):
            rows = await fetch(conn, limit + 1)
        more = pages.cursor_of(key(rows[limit - 1])) if len(rows) > limit else None
        page = pages.Page(items=list(rows[:limit]), next=more)
        return Response(msgspec.json.encode(page), media_type=JSON, headers=self.link_to(more))

    def link_to(self, cursor: str | None) -> dict[str, str]:
        """The RFC 8288 header that leads to the next page."""
        if cursor is None:
            return {}
        # In the caller's order, which the framework's own dictionary does not keep.
        given = parse_qsl(self.request.scope["query_string"].decode("latin-1"), True)
        query = [(name, value) for name, value in given if name != "cursor"]
        target = f"{self.request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
        return {"Link": f'<{target}>; rel="next"'}

    def _key(self) -> str | None:
        key = self.request.headers.get(KEY_HEADER)
        if key is None:
            if self.request.route_handler.opt.get("key") == "required":
                raise idempotency.KeyRequired
            return None
        return idempotency.checked(key)

    @property
    def _scope(self) -> str:
        """Whose key it is: the organisation's, else the person's, else the client address's."""
        if self.anyone == ANONYMOUS:
            return f"address:{self.address}"
        if self.anyone.organisation_id is not None:
            return f"organisation:{self.anyone.organisation_id}"
        return f"person:{self.anyone.person_id}"

    async def _keyed(
        self, conn: db.Connection, key: str, request: bytes, do: Do[Any], status: int
    ) -> Response[bytes]:
        async with db.act(conn, self.anyone):
            kept = await idempotency.answer_given(conn, self.anyone, self._scope, key, request)
            if kept is not None:
                headers = idempotency.replayed(kept.headers)
                return Response(
                    kept.answer, status_code=kept.status, media_type=JSON, headers=headers
                )
            response = self._answer(await do(conn), status)
            answer = idempotency.Answer(
                response.status_code or status, dict(response.headers), response.content
            )
            await idempotency.keep(conn, self.anyone, self._scope, key, request, answer)
        return response

    def _answer(self, result: Any, status: int, variant: str = "") -> Response[bytes]:
        if result is None:
            return Response(b"", status_code=204)
        if isinstance(result, Response):
            return result
        body = result if isinstance(result, bytes) else msgspec.json.encode(result)
        response = Response(body, status_code=status, media_type=JSON)
        version = getattr(result, "version", None)
        if isinstance(version, int):
            response.set_header("ETag", f'"{version}-{variant}"' if variant else f'"{version}"')
        return response

    def _conditional(self, response: Response[bytes]) -> Response[bytes]:
        """304 when the caller holds this very version already."""
        tag = dict(response.headers).get("ETag")
        if tag is not None and self._is_held(tag):
            return Response(b"", status_code=304, headers={"ETag": tag})
        return response

    def _is_held(self, tag: str) -> bool:
        asked = self.request.headers.get("if-none-match", "")
        known = {candidate.strip().removeprefix("W/") for candidate in asked.split(",")}
        return tag in known or "*" in known


# What the market's own files are called, the longer names first.
FILE_WORDS: Final[Mapping[str, str]] = {
    "总账明细账": "general ledger",
    "序时账": "journal",
    "记账凭证": "vouchers",
    "试算平衡表": "trial balance",
    "应收账款": "receivables",
    "四技收入": "revenue",
    "对账单": "statement",
    "请款单": "invoice",
    "最后催告函": "final demand",
    "催款函": "demand",
    "收据": "receipt",
    "验收单": "acceptance",
    "合同": "contract",
    "草案": "draft",
    "采购资料": "purchases",
    "至": "to",
}


def attachment(name: str) -> dict[str, str]:
    """A file that is saved and never shown as a page of ours; ``name`` as RFC 6266 writes it.

    Who does not read the second name gets what is ASCII of it, with what the market calls its
    own files in English; where that is nothing but the ending, a file that is called nothing
    would be hidden, so it is called "download".
    """
    stem, dot, ending = map(_plain, name.rpartition("."))
    plain = f"{stem.strip('-.') or 'download'}{dot}{ending}" if dot else ending or "download"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}


def _plain(part: str) -> str:
    for zh, en in FILE_WORDS.items():
        part = part.replace(zh, f" {en} ")
    return re.sub(r"[^\w.-]+", "-", part.encode("ascii", "ignore").decode()).strip("-")


def _hops(forwarded: str) -> list[str]:
    return [hop.strip() for hop in forwarded.split(",") if hop.strip()]


def preferred_language(accept_language: str | None) -> Language:
    """zh-CN unless the header ranks English above Chinese (RFC 9110, 12.5.4)."""
    ranks = {"zh": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in ranks:
            ranks[language] = max(ranks[language], _quality(parameters))
    return "en" if ranks["en"] > ranks["zh"] else "zh-CN"


def _quality(parameters: str) -> float:
    match = re.search(r"q=([01](?:\.\d{0,3})?)\s*$", parameters.strip())
    return float(match[1]) if match else 1.0


async def provide_door(request: Knock) -> Door:
    return Door(request)
