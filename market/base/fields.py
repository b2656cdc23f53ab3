"""Bounds for every input field, as annotated types shared by the rooms' input Structs.

Text never holds NUL or lone controls (PostgreSQL refuses them), integers fit both a bigint and
a JavaScript number, and dates lie in this century.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

MOST: Final = 2**53 - 1
ONE_LINE: Final = r"^(?![\s\S]*[\u0000-\u001f\u007f])(?=[\s\S]*\S)"
MANY_LINES: Final = r"^(?![\s\S]*[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f])(?=[\s\S]*\S)"

Line: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=MANY_LINES)]
Reason: TypeAlias = Annotated[str, Meta(min_length=2, max_length=1_000, pattern=MANY_LINES)]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}(?!\s)$")]
Email: TypeAlias = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[^@\s\u0000-\u001f]+@[^@\s\u0000-\u001f]+\.[A-Za-z0-9-]+$",
    ),
]
Currency: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}(?!\s)$")]
AmountMinor: TypeAlias = Annotated[int, Meta(ge=0, le=MOST)]
PositiveMinor: TypeAlias = Annotated[int, Meta(ge=1, le=MOST)]
Ppm: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Position: TypeAlias = Annotated[int, Meta(ge=1, le=1_000)]
Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Days: TypeAlias = Annotated[int, Meta(ge=0, le=3_650)]
Version: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Day: TypeAlias = date


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The root of all inputs: a field that nobody knows is refused, not ignored."""
