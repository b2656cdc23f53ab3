"""Keyset pages: stable while rows are inserted, never an OFFSET."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from market.base.errors import Malformed

DEFAULT_LIMIT: Final = 20

# The framework reads the bounds of query parameters from its own marker alone.
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=100)]
CursorText: TypeAlias = Annotated[
    str,
    QueryParameter(
        max_length=500,
        pattern=r"^[A-Za-z0-9_=-]*$",
    ),
]

T = TypeVar("T")
Key = TypeVar("Key")

# A filter by state: the framework keeps the handler's own name ``state`` for itself.
InState: TypeAlias = Annotated[T, QueryParameter(name="state")]


class UnreadableCursor(Malformed):
    """The cursor was not made by this list."""

    code = "unreadable_cursor"
    zh = "翻页标记无效。请去掉 cursor 参数，从第一页重新开始。"
    en = "This cursor cannot be read. Leave the cursor out and begin with the first page."


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page; ``next`` is the cursor of the page after it, null on the last."""

    items: list[T]
    next: str | None


def cursor_of(key: tuple[Any, ...]) -> str:
    """An opaque text of the sort key of a page's last row."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def key_after(cursor: str | None, kind: type[Key]) -> Key | None:
    """The sort key that a cursor holds, checked against its type; None for the first page."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError) as unreadable:
        raise UnreadableCursor(pointer="/cursor") from unreadable


def id_after(cursor: str | None) -> UUID | None:
    """The same for a list by id."""
    key = key_after(cursor, tuple[UUID])
    return key[0] if key else None
