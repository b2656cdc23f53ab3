"""Documents: archival PDFs, the same bytes each time, and no character that the font lacks."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from market.base.documents import characters, typesetting
from market.base.documents.kept import Kept
from market.base.documents.model import Document, DocumentTooLong, NotPrintable
from market.base.web import attachment
from market.trade.signing.document import TEMPLATE

LINES = [
    "技术服务合同",
    "合同编号：JX-2026-FW-0012",
    "",
    "第一条　标的与内容",
    "现场修复 ¥86,000.00",
]


def document(*lines: str, **more: Any) -> Document:
    data = {
        "issuer": "锦川市职工技术协会",
        "reference": "编号 1",
        "note": "样张",
        "lines": [*LINES, *lines],
        "parties": [],
        "sha256": None,
        "in_force": None,
    }
    return Document(TEMPLATE, "样张", "样张", datetime(2026, 3, 1, tzinfo=UTC), data | more)


async def test_the_same_document_gives_the_same_bytes_and_tag() -> None:
    first = await typesetting.pdf(document())
    typesetting.KEPT.clear()
    again = await typesetting.pdf(document())
    other = await typesetting.pdf(document("第二条　数量"))
    assert first == again != other
    assert typesetting.tag_of(document()) == typesetting.tag_of(document())
    assert typesetting.tag_of(document()) != typesetting.tag_of(document("第二条　数量"))


def test_what_is_kept_is_bounded_by_its_bytes_and_the_oldest_goes() -> None:
    kept = Kept(most_bytes=10)
    for tag in ("a", "b"):
        kept.keep(tag, b"12345")
    assert kept.find("a") == b"12345"
    kept.keep("c", b"123")
    assert [kept.find(tag) for tag in "abc"] == [b"12345", None, b"123"]
    kept.keep("d", bytes(11))
    assert (kept.find("d"), kept.size_bytes) == (None, 8)


async def test_a_document_is_pdf_a_2a_by_its_structure() -> None:
    """What ISO 19005-2 asks for and a reader can see without a validator."""
    reader = PdfReader(BytesIO(await typesetting.pdf(document())))
    root = at(reader.trailer, "/Root")
    xmp = at(root, "/Metadata").get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "样张" in xmp
    assert at(root, "/OutputIntents", 0, "/S") == "/GTS_PDFA1"
    assert at(root, "/OutputIntents", 0, "/DestOutputProfile").get_data()
    assert at(root, "/MarkInfo", "/Marked").value is True
    assert at(root, "/StructTreeRoot", "/K")
    assert at(root, "/Lang") == "zh-CN"
    assert at(reader.trailer, "/ID")
    assert not reader.is_encrypted
    assert {"/JavaScript", "/AA", "/OpenAction", "/AcroForm"}.isdisjoint(root)
    assert reader.metadata is not None
    assert reader.metadata.title == "样张"
    assert reader.metadata.creation_date == datetime(2026, 3, 1, tzinfo=UTC)


async def test_every_font_is_inside_with_its_unicode() -> None:
    reader = PdfReader(BytesIO(await typesetting.pdf(document())))
    fonts = [at(font) for page in reader.pages for font in at(page, "/Resources", "/Font").values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        descriptor = at(font, "/DescendantFonts", 0, "/FontDescriptor")
        assert not {"/FontFile", "/FontFile2", "/FontFile3"}.isdisjoint(descriptor)


def at(found: Any, *path: str | int) -> Any:
    """What stands at a path of a PDF's objects, wherever each of them lies."""
    for step in path:
        found = found.get_object()[step] if hasattr(found, "get_object") else found[step]
    return found.get_object()


async def test_data_is_never_read_as_markup() -> None:
    said = "#panic() *粗* $x$ @ref `raw` \\ // /* --- ..."
    pages = PdfReader(BytesIO(await typesetting.pdf(document(said)))).pages
    assert said in pages[0].extract_text()


async def test_a_character_without_a_glyph_is_named() -> None:
    with pytest.raises(NotPrintable) as refused:
        await typesetting.pdf(document("𠮷野与😀"))
    assert "𠮷 U+20BB7" in refused.value.detail("zh-CN")
    assert "😀 U+1F600" in refused.value.detail("en")


def test_many_rare_characters_are_named_in_part() -> None:
    listed = characters.listed([chr(0x20000 + place) for place in range(30)])
    assert listed.count("U+") == characters.MOST_NAMED
    assert listed.endswith("…")


async def test_a_document_without_end_is_refused() -> None:
    with pytest.raises(DocumentTooLong):
        await typesetting.pdf(document("长" * 200_000))


def test_the_list_of_characters_is_what_both_weights_have() -> None:
    listed = {ord(character) for character in characters.printable()} - {ord("\n")}
    for path in sorted(characters.FONTS.glob("*.otf")):
        with TTFont(path, lazy=True) as font:
            assert set(font.getBestCmap()) == listed
    ideographs = [c for c in map(chr, listed) if "\u3400" <= c <= "\u9fff" or c >= "\U00020000"]
    assert len(ideographs) == 8_105 + 125


def test_the_fonts_are_those_of_their_readme() -> None:
    said = (characters.FONTS / "README.md").read_text("utf-8")
    for path in sorted(characters.FONTS.glob("*.otf")):
        assert f"| `{path.name}` | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |" in said
    assert "SIL OPEN FONT LICENSE" in (characters.FONTS / "OFL.txt").read_text("utf-8")


async def test_a_document_is_set_beside_the_event_loop() -> None:
    """The loop goes on while two documents are set."""
    setting = asyncio.gather(*(typesetting.pdf(document("长文" * 5_000 + n)) for n in "甲乙"))
    turns = 0
    while not setting.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 3
    await setting


def test_a_file_is_named_for_old_and_new_browsers() -> None:
    named = attachment("合同 JX-2026-FW-0012.pdf")["Content-Disposition"]
    assert 'filename="contract-JX-2026-FW-0012.pdf"' in named
    assert "filename*=UTF-8''%E5%90%88%E5%90%8C%20JX-2026-FW-0012.pdf" in named


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("采购资料 锦川机械.zip", "purchases.zip"),
        ("合同.pdf", "contract.pdf"),
        ("收据", "receipt"),
        ("图纸.pdf", "download.pdf"),
        ("图纸", "download"),
        ("….pdf", "download.pdf"),
        ('a"b.csv', "a-b.csv"),
    ],
)
def test_no_file_is_called_nothing_but_its_ending(name: str, plain: str) -> None:
    named = attachment(name)["Content-Disposition"]
    assert named == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
