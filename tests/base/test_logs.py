"""Logs hold no rows."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from typing import Final

import asyncpg
import pytest
import structlog

from market.base import logs
from market.base.db import Connection

ROW: Final = "Failing row contains (张三, 510100199001011234)"
BREAK: Final = f"""DO $$ BEGIN
    RAISE EXCEPTION 'a rule is broken' USING ERRCODE = 'check_violation', DETAIL = '{ROW}';
END $$"""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("info")
    yield written
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_a_fault_of_the_database_is_logged_without_the_row(
    conn: Connection, told: io.StringIO
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await conn.execute(BREAK)
    assert ROW in str(caught.value)
    inner = RuntimeError("inner")
    inner.__cause__ = caught.value
    try:
        raise ExceptionGroup("several", [inner])
    except ExceptionGroup as several:
        structlog.get_logger("test").error("structured", exc_info=several)
        logging.getLogger("test").exception("standard")
    written = told.getvalue()
    assert written.count("a rule is broken") == 2
    assert ROW not in written
