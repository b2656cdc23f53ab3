"""Setting a document: checks, the compiler, and the tag that names a result before it is made.

The compiler is a library that releases the interpreter while it works, so threads do; there are
two of them, and what a document may hold bounds how long one is busy and how much memory it takes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import typst

from market.base.access import require
from market.base.clock import SHANGHAI
from market.base.documents import characters
from market.base.documents.kept import Kept
from market.base.documents.model import Document, DocumentTooLong, NotPrintable

STANDARD: Final = "a-2a"
MOST_KIB: Final = 512
# Both sides fetch a document, and it goes into the ZIP as well: it is kept for a while.
KEPT: Final = Kept(most_bytes=32 * 1024 * 1024)

_PACKAGE: Final = Path(__file__).parents[2]
_SHEET: Final = Path(__file__).with_name("sheet.typ")
_PRESS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="typesetting")


async def pdf(document: Document) -> bytes:
    """The PDF, the same for the same document. Raises NotPrintable, DocumentTooLong."""
    source = _checked(document)
    tag = _tag(document.template, source)
    found = KEPT.find(tag)
    if found is None:
        at = int(document.dated.timestamp())
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(_PRESS, _typeset, document.template, source, at)
        KEPT.keep(tag, found)
    return found


def tag_of(document: Document) -> str:
    """What the PDF is known by: another tag, another PDF."""
    return _tag(document.template, _source(document))


def _tag(template: Path, source: str) -> str:
    digest = hashlib.sha256(_edition(template))
    digest.update(source.encode())
    return digest.hexdigest()


def day_of(value: date | datetime) -> str:
    """As a Chinese document writes a day; of an instant the day in China."""
    on = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
    return f"{on.year} 年 {on.month} 月 {on.day} 日"


def minute_of(value: datetime) -> str:
    at = value.astimezone(SHANGHAI)
    return f"{day_of(value)} {at:%H:%M:%S}（北京时间）"


def _source(document: Document) -> str:
    """Data, title and date as the template reads them."""
    dated = document.dated.astimezone(UTC)  # the file's date bears no zone
    given = {"title": document.title, "dated": list(dated.timetuple()[:6]), **document.data}
    return json.dumps(given, ensure_ascii=False, sort_keys=True)


def _checked(document: Document) -> str:
    lacking = characters.unprintable([document.title, document.data])
    require(not lacking, NotPrintable(characters=characters.listed(lacking)))
    source = _source(document)
    require(len(source.encode()) <= MOST_KIB * 1024, DocumentTooLong(most_kib=MOST_KIB))
    return source


def _typeset(template: Path, source: str, at: int) -> bytes:
    return typst.compile(
        str(template),
        root=str(_PACKAGE),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"document": source},
        format="pdf",
        pdf_standards=STANDARD,
        timestamp=at,
    )


@cache
def _fonts() -> typst.Fonts:
    """The market's own only, so that every machine sets the same pages."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(characters.FONTS)],
    )


@cache
def _edition(template: Path) -> bytes:
    """The hash of everything beside the data that decides what a PDF looks like."""
    digest = hashlib.sha256(f"{version('typst')} {STANDARD}".encode())
    for path in (template, _SHEET, *sorted(characters.FONTS.glob("*.otf"))):
        digest.update(path.read_bytes())
    return digest.digest()
