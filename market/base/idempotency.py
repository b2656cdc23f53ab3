"""Exactly once: the answer to a keyed request is stored in the transaction of its act.

Same key and same request give the same answer again, another request under the same key is
refused, and of two at once one waits outside with 409. Refusals are not stored. A request is
another one when another person makes it, colleagues in one organisation included. An answer does
not outlive the right to it: whoever has lost one of the roles in which it was given is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from market.base.access import Actor
from market.base.db import Connection, columns
from market.base.errors import Conflict, Forbidden, Invalid, Malformed

LOCK_CLASS: Final = 0x6B657973  # "keys"; the first of the two halves of an advisory lock


class KeyRequired(Malformed):
    """Money moves only under a key."""

    code = "idempotency_key_required"
    zh = "此操作须带 Idempotency-Key 请求头，以免重复入账。请为每次办理生成一个新值，重试时沿用。"
    en = "This act needs an Idempotency-Key header. Make a new one for each act; keep it on retry."


class UnusableKey(Malformed):
    """A key is 1 to 200 visible ASCII characters."""

    code = "idempotency_key_unusable"
    zh = "Idempotency-Key 须为 1 至 200 个可见的 ASCII 字符。请换一个值。"
    en = "An Idempotency-Key is 1 to 200 visible ASCII characters. Send another one."


class InProgress(Conflict):
    """The same key is being worked on at this moment."""

    code = "in_progress"
    zh = "同一 Idempotency-Key 的请求正在办理。请稍后用同一个值重试，以取得结果。"
    en = "A request with this Idempotency-Key is under way. Retry with the same key for its answer."


class KeyReused(Invalid):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    zh = "此 Idempotency-Key 已用于另一个请求。请为新的请求换一个值。"
    en = "This Idempotency-Key was used for another request. Use a new key for a new request."


class RightsLost(Forbidden):
    """The answer was given in roles that its reader no longer has."""

    code = "idempotency_rights_lost"
    zh = "此 Idempotency-Key 的结果以您现已没有的角色取得，不再显示。请由现任人员查询办理结果。"
    en = (
        "The answer under this Idempotency-Key was given in a role that you have lost, and is not "
        "shown again. Ask whoever holds the role now what came of it."
    )


class Answer(msgspec.Struct, frozen=True):
    """An answer as it was given: status, headers, body."""

    status: int
    headers: dict[str, str]
    answer: bytes


def checked(key: str) -> str:
    if not 1 <= len(key) <= 200 or not all("!" <= character <= "~" for character in key):
        raise UnusableKey
    return key


def request_hash(actor: Actor, method: str, target: str, body: bytes) -> bytes:
    """What makes two requests the same: who asks, for what, with which body."""
    parts = (str(actor.person_id).encode(), method.encode(), target.encode(), body)
    return hashlib.sha256(b"\n".join(parts)).digest()


async def answer_given(
    conn: Connection, actor: Actor, scope: str, key: str, request: bytes
) -> Answer | None:
    """The stored answer, or None when this is the first time; holds the key until COMMIT.

    Two statements: the second takes a new snapshot, so that it sees what a rival committed while
    the first one was taking the lock.
    """
    lock = int.from_bytes(
        hashlib.sha256(f"{scope}\n{key}".encode()).digest()[:4], "big", signed=True
    )
    if not await conn.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", LOCK_CLASS, lock):
        raise InProgress
    record = await conn.fetchrow(
        f"""SELECT {columns(Answer)}, request_hash, roles FROM idempotency_key
            WHERE scope = $1 AND key = $2""",
        scope,
        key,
    )
    if record is None:
        return None
    *kept, first_request, roles = record
    if first_request != request:
        raise KeyReused
    if not actor.roles.issuperset(roles):
        raise RightsLost
    return Answer(*kept)


async def keep(
    conn: Connection, actor: Actor, scope: str, key: str, request: bytes, given: Answer
) -> None:
    await conn.execute(
        """INSERT INTO idempotency_key (scope, key, request_hash, roles, status, headers, answer)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        scope,
        key,
        request,
        sorted(actor.roles),
        given.status,
        given.headers,
        given.answer,
    )


async def forget_old(conn: Connection, *, days: int = 30) -> None:
    await conn.execute(
        "DELETE FROM idempotency_key WHERE created_at < market_now() - make_interval(days => $1)",
        days,
    )


def replayed(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "Idempotent-Replayed": "true"}
