"""Where the rival's listing goes on: an instant and an id, told apart by a space."""

from __future__ import annotations

import base64
import datetime as dt
from uuid import UUID

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def encoded(key: tuple[int, object]) -> str:
    """The cursor of a place given in microseconds."""
    microseconds, last = key
    return cursor(EPOCH + dt.timedelta(microseconds=microseconds), UUID(str(last)))


def cursor(instant: dt.datetime, last: UUID) -> str:
    return base64.urlsafe_b64encode(f"{instant.isoformat()} {last}".encode()).decode()


def decoded(text: str) -> tuple[dt.datetime, UUID]:
    instant, last = base64.urlsafe_b64decode(text).decode().split()
    return dt.datetime.fromisoformat(instant), UUID(last)
