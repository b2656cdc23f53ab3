"""`--lives 24` are 5,000 steps, which `make lives` plays; without it none are."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if not config.getoption("--lives") else None
