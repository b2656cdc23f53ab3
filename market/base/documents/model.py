"""What a document is, and when it is not printed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from market.base.errors import Conflict


class Document(msgspec.Struct, frozen=True):
    """Data for a template: JSON values only, figures and dates as the texts that are printed.

    ``name`` is the file's, without an ending; ``dated`` when its content came to be: signed,
    accepted, issued, received.
    """

    template: Path
    name: str
    title: str
    dated: datetime
    data: dict[str, Any]


class KeptDocument(msgspec.Struct, frozen=True):
    """A PDF as it was set once; ``name`` as of a document, ``sha256`` in hexadecimal."""

    name: str
    sha256: str


class NotPrintable(Conflict):
    """The font lacks a character; a box in its place would be another text."""

    code = "characters_not_printable"
    zh = (
        "字符 {characters} 不在打印字库内，为免印成方框，没有生成文件。"
        "请在原处改用通用规范汉字后再试；已定稿的合同请直接读取其文本。"
    )
    en = (
        "The printing font lacks {characters}, so no document was made. Use standard characters at "
        "their source; of a fixed contract, read the text itself."
    )


class DocumentTooLong(Conflict):
    """More than one document may hold."""

    code = "document_too_long"
    zh = "文件内容超过 {most_kib} KiB，没有生成。请将内容分成几份，或直接读取其数据。"
    en = "The document would hold more than {most_kib} KiB. Split its content, or read the data."
