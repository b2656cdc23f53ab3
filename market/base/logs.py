"""JSON logs on stderr: one object a line, with the request id, never bodies, headers or secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any, Final

import asyncpg
import msgspec
import structlog
from structlog.typing import EventDict

TALKATIVE: Final = ("httpx", "stripe", "httpcore", "asyncio", "pgqueuer", "aiosmtplib", "_granian")


def configure(level: str) -> None:
    """Both structlog's and the standard library's records leave in the same shape."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_rows,
        structlog.processors.format_exc_info,
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_json)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processor=structlog.processors.JSONRenderer(serializer=_json),
        )
    )
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _json(record: EventDict, **_: Any) -> str:
    """A request's line costs a tenth of what the standard library takes for it."""
    try:
        return msgspec.json.encode(record, enc_hook=repr).decode()
    except (UnicodeEncodeError, TypeError):  # half a character, or a key that is no text
        return json.dumps(record, default=repr)


def without_rows(_logger: Any, _method: str, record: EventDict) -> EventDict:
    """Take from the faults of PostgreSQL what they quote of rows: people's data stays out of logs.

    The detail of a broken CHECK is the whole row, that of a broken UNIQUE the value.
    """
    for fault in _chain(_fault_of(record.get("exc_info"))):
        if isinstance(fault, asyncpg.PostgresError):
            fault.detail = None
    return record


def _fault_of(exc_info: Any) -> BaseException | None:
    """The three forms that ``exc_info`` takes: the fault, a triple, or "the one in hand"."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exception() if exc_info else None


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    if fault is None:
        return
    yield fault
    if isinstance(fault, BaseExceptionGroup):
        for part in fault.exceptions:
            yield from _chain(part)
    yield from _chain(fault.__cause__ or fault.__context__)
