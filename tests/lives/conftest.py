"""`--lives 24`, as they are played each time, are 5,000 steps; `--lives 0` leaves them out."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if not config.getoption("--lives") else None
