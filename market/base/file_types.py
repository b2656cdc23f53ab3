"""What a file really is: decided by its content alone, then held against the ending of its name.

Only the listed types are taken in. Nothing here trusts a browser's Content-Type.
"""

import codecs
import re
import zipfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree.ElementTree import ParseError

import puremagic
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from market.base.errors import Invalid, Phrase

HEAD_BYTES: Final = 4096
TAIL_BYTES: Final = 2048
CHUNK_BYTES: Final = 65536
# Packed office files unfold at most so far; a bomb unfolds further.
MOST_PARTS: Final = 10_000
MOST_UNPACKED_BYTES: Final = 512 * 1024 * 1024

PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG_TAIL: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Text that a program would run or a browser would show.
ACTIVE_TEXT: Final = re.compile(rb"\s*(#!|<!doctype|<html|<script|<svg|<\?php)", re.IGNORECASE)
# How sure puremagic must be before its word counts against a text: four bytes of a signature.
SURE: Final = 0.4


class MediaType(StrEnum):
    """The types that the market keeps."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XML = "application/xml"
    CSV = "text/csv"
    TEXT = "text/plain"


ENDINGS: Final = {
    ".pdf": MediaType.PDF,
    ".png": MediaType.PNG,
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".xlsx": MediaType.XLSX,
    ".docx": MediaType.DOCX,
    ".xml": MediaType.XML,
    ".csv": MediaType.CSV,
    ".txt": MediaType.TEXT,
}
# As banks name their MT940 statements, which are plain text; nobody is told to use these.
MT940_ENDINGS: Final = dict.fromkeys((".940", ".mt940", ".sta"), MediaType.TEXT)
OFFICE_PARTS: Final = {
    "xl/workbook.xml": MediaType.XLSX,
    "word/document.xml": MediaType.DOCX,
}


NAMES: Final = {
    MediaType.PDF: Phrase("PDF 文件", "a PDF file"),
    MediaType.PNG: Phrase("PNG 图片", "a PNG image"),
    MediaType.JPEG: Phrase("JPEG 图片", "a JPEG image"),
    MediaType.XLSX: Phrase("Excel 工作簿（XLSX）", "an Excel workbook (XLSX)"),
    MediaType.DOCX: Phrase("Word 文档（DOCX）", "a Word document (DOCX)"),
    MediaType.XML: Phrase("XML 文件", "an XML file"),
    MediaType.CSV: Phrase("CSV 表格", "a CSV table"),
    MediaType.TEXT: Phrase("文本文件", "a text file"),
}
PACKED: Final = Phrase("XLSX 或 DOCX 文件", "an XLSX or DOCX file")


class FileTypeRefused(Invalid):
    """The content is of no type that the market keeps."""

    code = "file_type_refused"
    zh = "不能接收文件“{name}”：其内容不属于可接收的类型。请改传 PDF、PNG、JPEG、XLSX、DOCX、XML、CSV 或 TXT。"  # noqa: E501
    en = (
        "The content of '{name}' is of no type that is accepted. Send a PDF, PNG, JPEG, XLSX, "
        "DOCX, XML, CSV or TXT file."
    )


class FileNameMisleads(Invalid):
    """The name promises another type than the content is."""

    code = "file_name_misleads"
    zh = "文件“{name}”的扩展名与内容不符，内容为“{found}”。请改用扩展名 {endings} 后重新上传。"
    en = "The ending of '{name}' belies its content, which is {found}. Rename it to {endings}."


class FileDamaged(Invalid):
    """The file begins like one of its type, but the rest is missing or wrong."""

    code = "file_damaged"
    zh = "文件“{name}”看似“{found}”，但不完整或已损坏。请重新导出或扫描后再上传。"
    en = "'{name}' looks like {found}, but is cut short or damaged. Export or scan it again."


class EncodingUnknown(FileTypeRefused):
    """A text by its name and its bytes, but one of them belongs to no encoding that is read."""

    code = "encoding_unknown"
    zh = "文件“{name}”含有无法识别的字符编码，或个别字节已损坏。请另存为 UTF-8 或 GB18030 编码后重新上传。"  # noqa: E501
    en = "'{name}' is neither UTF-8 nor GB18030, or a byte is damaged. Save it as one of the two."


def type_of(path: Path, name: str) -> MediaType:
    """The type of a file's content; refused unless it is whole and ``name`` ends accordingly."""
    return as_named(_recognised(path, head_of(path), name, _promised(name)), name)


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def as_named(found: MediaType, name: str) -> MediaType:
    """The type, told more exactly by the name. Raises FileNameMisleads."""
    promised = _promised(name)
    if found is MediaType.TEXT and promised is MediaType.CSV:
        return MediaType.CSV
    if found is not promised:
        raise FileNameMisleads(name=name, found=NAMES[found], endings=_endings_of(found))
    return found


def _promised(name: str) -> MediaType | None:
    return (ENDINGS | MT940_ENDINGS).get(PurePosixPath(name).suffix.lower())


def _endings_of(media_type: MediaType) -> str:
    texts = (MediaType.TEXT, MediaType.CSV)
    fitting = texts if media_type in texts else (media_type,)
    return ", ".join(ending for ending, kind in ENDINGS.items() if kind in fitting)


def _recognised(path: Path, head: bytes, name: str, promised: MediaType | None) -> MediaType:
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path, name)
    for begins, media_type, is_whole in SIGNATURES:
        if begins(head):
            if not is_whole(path):
                raise FileDamaged(name=name, found=NAMES[media_type])
            return media_type
    if _is_active(head) or _is_known_otherwise(head) or _has_controls(path):
        raise FileTypeRefused(name=name)
    return _recognised_text(path, head, name, promised)


def _recognised_text(path: Path, head: bytes, name: str, promised: MediaType | None) -> MediaType:
    """An XML may leave out its declaration, so that only its name tells it from other text."""
    if promised is MediaType.XML and head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        if not _parses(path):
            raise FileDamaged(name=name, found=NAMES[promised])
        return promised
    if not (_decodes(path, "utf-8") or _decodes(path, "gb18030")):
        raise EncodingUnknown(name=name)
    return MediaType.TEXT


def _is_pdf(head: bytes) -> bool:
    return head.startswith((b"%PDF-1.", b"%PDF-2."))


def _is_png(head: bytes) -> bool:
    return head.startswith(PNG_HEAD)


def _is_jpeg(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<?xml")


def _is_active(head: bytes) -> bool:
    return ACTIVE_TEXT.match(head.removeprefix(codecs.BOM_UTF8)) is not None


def _is_known_otherwise(head: bytes) -> bool:
    """Whether a signature is known for what would else pass as text: RTF, PostScript, …"""
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    return any(
        guess.confidence >= SURE and not guess.mime_type.startswith("text/plain")
        for guess in guesses
    )


def _has_controls(path: Path) -> bool:
    """NUL or other controls, which no text holds."""
    return any(CONTROLS.search(chunk) for chunk in _chunks(path))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read()


def _ends_as_pdf(path: Path) -> bool:
    return b"%%EOF" in _tail(path)


def _ends_as_png(path: Path) -> bool:
    return _tail(path).endswith(PNG_TAIL)


def _has_picture(path: Path) -> bool:
    """Phones append data of their own after the picture, so its end may lie anywhere."""
    before = b""
    for chunk in _chunks(path):
        if b"\xff\xd9" in before + chunk:
            return True
        before = chunk[-1:]
    return False


def _parses(path: Path) -> bool:
    """Well formed, and without a DTD: entities are how XML bombs are built."""
    try:
        for _, element in iterparse(path, forbid_dtd=True):
            element.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return False
    return True


def _office_type(path: Path, name: str) -> MediaType:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise FileDamaged(name=name, found=PACKED) from None
    names = {part.filename for part in parts}
    kinds = [kind for part, kind in OFFICE_PARTS.items() if part in names]
    if len(kinds) != 1 or "[Content_Types].xml" not in names or _is_dangerous(parts):
        raise FileTypeRefused(name=name)
    return kinds[0]


def _is_dangerous(parts: list[zipfile.ZipInfo]) -> bool:
    """Macros, encryption, paths that climb out, or more content than any honest file has."""
    return (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES
        or any(part.flag_bits & 1 for part in parts)
        or any(part.filename.lower().endswith("vbaproject.bin") for part in parts)
        or any(".." in PurePosixPath(part.filename).parts for part in parts)
    )


Signature = tuple[Callable[[bytes], bool], MediaType, Callable[[Path], bool]]
SIGNATURES: Final[tuple[Signature, ...]] = (
    (_is_pdf, MediaType.PDF, _ends_as_pdf),
    (_is_png, MediaType.PNG, _ends_as_png),
    (_is_jpeg, MediaType.JPEG, _has_picture),
    (_is_xml, MediaType.XML, _parses),
)
