"""The two programs that a journal is for, as the tests run them.

hledger is a program of the system's. Where it is not on PATH, its journal is read by ``plain``
alone, and the tests that need it are skipped with these words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from beancount import loader

BEAN_CHECK: Final = Path(sys.executable).with_name("bean-check")
HLEDGER: Final = shutil.which("hledger")
UTF8: Final = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}

needs_hledger: Final = pytest.mark.skipif(
    HLEDGER is None, reason="no hledger on PATH: its journal was read by tests alone"
)


def loaded(text: str) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """What beancount's own loader makes of it: entries, faults, options."""
    entries, faults, options = loader.load_string(text)
    return list(entries), list(faults), dict(options)


def bean_check(file: Path) -> Ran:
    return ran([str(BEAN_CHECK), str(file)])


class Ran(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    out: str
    err: str


def ran(words: list[str], text: str = "") -> Ran:
    ended = subprocess.run(
        words, input=text, encoding="utf-8", capture_output=True, env=UTF8, check=False
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def hledger(text: str, *words: str) -> Ran:
    assert HLEDGER is not None
    return ran([HLEDGER, "-f-", *words], text)
