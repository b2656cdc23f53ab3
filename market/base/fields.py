"""Bounds for every input field, as annotated types shared by the rooms' input Structs.

Text never holds NUL, controls or characters that nobody sees, integers fit both a bigint and
a JavaScript number, and dates lie in this century.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

MOST: Final = 2**53 - 1
# Format characters (Unicode Cf) and separators of lines: they turn or hide what people read, and no
# Chinese text needs them. Those beyond the first plane stand as themselves, as ECMAScript wants.
INVISIBLE: Final = (
    r"\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f"
)
# Something but space, and then to the very end nothing that is invisible: read once, from left to
# right, for a million lines of a file go through here. Both end where they began: more may follow.
ONE_LINE: Final = rf"^(?=\s*\S)(?=[^\u0000-\u001f{INVISIBLE}]*$(?![\s\S]))"
MANY_LINES: Final = (
    rf"^(?=\s*\S)(?=[^\u0000-\u0008\u000b\u000c\u000e-\u001f{INVISIBLE}]*$(?![\s\S]))"
)

# ISO 4217, those in use for prices; no metals, bond units, test codes.
CURRENCIES: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
    "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR "
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UYI UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR "
    "ZMW ZWG"
)

Line: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=MANY_LINES)]
Reason: TypeAlias = Annotated[str, Meta(min_length=2, max_length=1_000, pattern=MANY_LINES)]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}(?!\s)$")]
Email: TypeAlias = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=rf"^[^@\s\u0000-\u001f{INVISIBLE}]+@[^@\s\u0000-\u001f{INVISIBLE}]+\.[A-Za-z0-9-]+$",
    ),
]
Currency: TypeAlias = Annotated[str, Meta(pattern=rf"^(?:{CURRENCIES.replace(' ', '|')})(?!\s)$")]
AmountMinor: TypeAlias = Annotated[int, Meta(ge=0, le=MOST)]
PositiveMinor: TypeAlias = Annotated[int, Meta(ge=1, le=MOST)]
Position: TypeAlias = Annotated[int, Meta(ge=1, le=1_000)]
Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Days: TypeAlias = Annotated[int, Meta(ge=0, le=3_650)]
Version: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Day: TypeAlias = date


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The root of all inputs: a field that nobody knows is refused, not ignored."""
