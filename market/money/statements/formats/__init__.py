"""Statement files of banks into one form: camt.053, MT940, and tables as CSV or XLSX.

Pure functions over bytes: no clock, no database, no network; the caller runs them in a thread. A
file is believed only when its opening balance and its lines give its closing balance to the last
fen; whatever is wrong with it is a refusal of its own (``refusals``), so that nothing is lost or
guessed. How a bank names its columns is data (``Mapping``), shipped in ``mappings.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from market.base import text
from market.money.statements.formats import camt, mt940, refusals, tables
from market.money.statements.formats.model import Mapping, ReadStatement

Format = Literal["camt.053", "mt940", "xlsx", "csv"]

MOST_MIB: Final = 128
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY: Final = (b"%PDF", b"MZ", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")


def sniff(data: bytes, name: str) -> Format:
    """What the bytes are, whatever the file is called; the name is only for the refusal."""
    shown = text.shortened(text.plain(name), 80)
    if not data.strip():
        raise refusals.FileEmpty
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    start = data[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if data.startswith(_OLD_OFFICE) or start.startswith((b"<html", b"<!doctype html", b"<table")):
        raise refusals.OldWorkbook(name=shown)
    if data.startswith(_BINARY):
        raise refusals.FileUnknown(name=shown)
    is_xml = start.startswith(b"<") or start.replace(b"\x00", b"").startswith(
        (b"\xff\xfe<", b"\xfe\xff<")
    )
    if is_xml:
        return "camt.053"
    return "mt940" if mt940.looks_like(data) else "csv"


def read(
    data: bytes, name: str, mappings: Sequence[Mapping], encoding: str | None = None
) -> list[ReadStatement]:
    """The statements in a file, each proved whole; an encoding is forced only for text.

    Raises a StatementRefused, or an amount's own refusal from camt.053 and MT940.
    """
    if len(data) > MOST_MIB * 1024 * 1024:
        raise refusals.FileTooLarge(most_mib=MOST_MIB)
    kind = sniff(data, name)
    if kind == "camt.053":
        return camt.read_camt(data)
    if kind == "mt940":
        return mt940.read_mt940(data, encoding)
    if kind == "xlsx":
        return tables.read_xlsx(data, mappings)
    return tables.read_csv(data, mappings, encoding)
