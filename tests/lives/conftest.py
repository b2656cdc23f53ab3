"""Lives are played when they are asked for: `--lives 36` are 5,000 steps, and take a minute."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if not config.getoption("--lives") else None
