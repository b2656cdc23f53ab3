"""What a document says, page by page, for tests."""

from __future__ import annotations

import re
from io import BytesIO

from pypdf import PdfReader

from market.base.documents import typesetting
from market.base.documents.model import Document


async def pages_of(document: Document) -> list[str]:
    """The text of each page without any space, for lines wrap where they must."""
    reader = PdfReader(BytesIO(await typesetting.pdf(document)))
    return [squeezed(page.extract_text()) for page in reader.pages]


async def text_of(document: Document) -> str:
    return "".join(await pages_of(document))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
