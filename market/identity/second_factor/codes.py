"""Codes of a device and codes on paper: how both are made and compared.

A device's secret is HMAC-SHA256 of its row's id under a key that lies beside the uploads, cut to
the 160 bits of RFC 4226. Nothing in the database, its backups or its logs makes a code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import pyotp
import segno

from market.base.words import PRODUCT

STEP_SECONDS: Final = 30
# A clock may be wrong by one step, and people need time to type.
STEPS_AROUND: Final = (0, -1, 1)
KEY_FILE: Final = "second-factor.key"
KEY_BYTES: Final = 32
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS: Final = 4
GROUP_LENGTH: Final = 4


def key_in(folder: Path) -> bytes:
    """The key of this installation, made by whoever comes first."""
    place = place_of_key(folder)
    if not place.exists():
        _make_key(place)
    return place.read_bytes()


def place_of_key(folder: Path) -> Path:
    """Beside the uploads and in no backup: see `market restore --help`."""
    return folder / KEY_FILE


def _make_key(place: Path) -> None:
    """Written whole before it has its name, so that no process reads half of one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent)  # readable by its owner alone
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(name, place)
    Path(name).unlink()


def secret_of(key: bytes, factor_id: UUID) -> str:
    """The device's secret in base32, as authenticators read it."""
    digest = hmac.new(key, b"second factor " + factor_id.bytes, hashlib.sha256).digest()
    return base64.b32encode(digest[:SECRET_BYTES]).decode()


def uri_of(secret: str, email: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=PRODUCT.zh)


def picture_of(uri: str) -> str:
    """The URI as a QR code, an SVG that a page can show as it is."""
    return segno.make(uri, error="m").svg_inline(scale=4, border=4)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that the code belongs to; None when it is none of those that count."""
    device = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    matching = [
        present + away
        for away in STEPS_AROUND
        if hmac.compare_digest(device.generate_otp(present + away), code)
    ]
    return matching[0] if matching else None


def new_recovery_codes() -> list[str]:
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    """80 random bits in groups that can be typed; no 0, 1, I or O."""
    letters = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)]
    starts = range(0, len(letters), GROUP_LENGTH)
    return "-".join("".join(letters[start : start + GROUP_LENGTH]) for start in starts)


def digest_of_recovery(code: str) -> bytes:
    return hashlib.sha256(code.upper().encode()).digest()
