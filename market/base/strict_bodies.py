"""JSON bodies that mean one thing: a key stands once, a number is a number.

Of two the decoder takes the last, the reader and whoever checked the text before us perhaps the
first (RFC 8259, 4, leaves it open): an amount that means two things is refused. The decoder has no
word for it, so that a body is read a second time for its keys alone: 10 µs for an ordinary one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ValidationException

from market.base.errors import Malformed


class DuplicateKey(Malformed):
    """A field comes twice in one object, with what may be two values."""

    code = "duplicate_key"
    zh = "同一个对象里“{name}”出现了不止一次，无法判断以哪个为准。请只保留一个后重新提交。"
    en = "'{name}' stands more than once in one object, and which one counts is unclear. Keep one."


class TooDeep(Malformed):
    """What nests so deep cannot be read for its keys, and is nothing of ours."""

    code = "nested_too_deeply"
    zh = "请求内容的嵌套层次过深。请按接口文档的结构重新提交。"
    en = "The body nests too deeply. Send it in the shape that the API's description shows."


class StrictRequest(Request[Any, Any, State]):
    """A request whose JSON is read only when it means one thing, and is what its handler asks for.

    The framework itself would take a text for a number: "100.00" yuan for 100 fen.
    """

    async def json(self) -> Any:
        require_unique_keys(await self.body())
        sent = await super().json()
        wanted = self.route_handler.parsed_data_field
        if wanted is None:
            return sent
        try:
            return msgspec.convert(sent, wanted.annotation)
        except msgspec.ValidationError as fault:
            raise ValidationException(extra=[{"message": str(fault), "key": "data"}]) from fault


class _Doubled(dict[str, Any]):
    """An object in which a key stands twice; ``name`` is the key."""

    name: str


def require_unique_keys(body: bytes) -> None:
    """Raises DuplicateKey, TooDeep; what is no JSON at all is left to the decoder to refuse."""
    doubled: list[_Doubled] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) == len(pairs):
            return read
        faulty = _Doubled(read)
        [(faulty.name, _)] = Counter(name for name, _ in pairs).most_common(1)
        doubled.append(faulty)
        return faulty

    try:
        read = json.loads(body.decode(), object_pairs_hook=once, parse_int=str, parse_float=str)
    except ValueError:
        return
    except RecursionError as endless:
        raise TooDeep from endless
    if doubled:
        where = _pointer_to(doubled[0], read)
        raise DuplicateKey(name=_told(doubled[0].name), pointer=f"{where}/{_told(doubled[0].name)}")


def _pointer_to(wanted: _Doubled, read: Any) -> str:
    """Where it stands; empty for the body itself, and for what a later key of the same name hid."""
    waiting = [("", read)]
    while waiting:
        pointer, part = waiting.pop()
        if part is wanted:
            return pointer
        if isinstance(part, dict):
            waiting += [(f"{pointer}/{_told(name)}", value) for name, value in part.items()]
        elif isinstance(part, list):
            waiting += [(f"{pointer}/{place}", value) for place, value in enumerate(part)]
    return ""


def _told(name: str) -> str:
    return name[:100].encode(errors="replace").decode()  # half a surrogate is no text
