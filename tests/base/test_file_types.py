"""The type of a file comes from its content, and its name must not say otherwise."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from market.base.file_types import (
    EncodingUnknown,
    FileDamaged,
    FileNameMisleads,
    FileTypeRefused,
    MediaType,
    type_of,
)

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"
    b":~\x9bU\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xd9"
CSV = "交易日期,收入金额,对方户名\n2026-03-02,25800.00,锦川重机\n"
WINDOWS_PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


def found(tmp_path: Path, content: bytes, name: str) -> MediaType:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return type_of(path, name)


def packed(*parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for part in parts:
            package.writestr(part, "<x/>")
    return buffer.getvalue()


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet().write(0, 0, "收入")
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "检测报告.pdf", MediaType.PDF),
        (PDF, "REPORT.PDF", MediaType.PDF),
        (PNG, "现场.png", MediaType.PNG),
        (JPEG, "现场.jpeg", MediaType.JPEG),
        (JPEG + b"what a phone appends", "现场.jpg", MediaType.JPEG),
        (workbook(), "工时.xlsx", MediaType.XLSX),
        (packed("[Content_Types].xml", "word/document.xml"), "方案.docx", MediaType.DOCX),
        (CSV.encode(), "流水.csv", MediaType.CSV),
        (b"\xef\xbb\xbf" + CSV.encode(), "流水.csv", MediaType.CSV),
        (CSV.encode("gb18030"), "流水.csv", MediaType.CSV),
        ("说明\r\n".encode(), "说明.txt", MediaType.TEXT),
        (b":20:S1\r\n:25:5100\r\n", "2026-08.STA", MediaType.TEXT),
        (b'<?xml version="1.0"?><Document><Stmt/></Document>', "camt.xml", MediaType.XML),
    ],
)
def test_each_kept_type_is_known_by_its_content(
    tmp_path: Path, content: bytes, name: str, media_type: MediaType
) -> None:
    assert found(tmp_path, content, name) is media_type


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (WINDOWS_PROGRAM, "报告.pdf"),
        (b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "报告.pdf"),
        (b"#!/bin/sh\nrm -rf /\n", "报告.txt"),
        (b"\n <!DOCTYPE html><script>alert(1)</script>", "报告.txt"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.txt"),
        (b"{\\rtf1\\ansi a}", "报告.txt"),
        (b"a,b\n1,\x00\n", "流水.csv"),
        (b"a,b\n1,\x1b[2J\n", "流水.csv"),
        ("日期".encode("utf-16"), "流水.csv"),
        (b"\xff\xff\xff\xff", "流水.csv"),
        (packed("[Content_Types].xml", "a.txt"), "包.xlsx"),
        (packed("xl/workbook.xml"), "工时.xlsx"),
        (packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "工时.xlsx"),
        (packed("[Content_Types].xml", "xl/workbook.xml", "../../etc/cron"), "工时.xlsx"),
        (packed("[Content_Types].xml", "xl/workbook.xml", "word/document.xml"), "两样.xlsx"),
    ],
)
def test_a_program_a_page_or_a_binary_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes, name: str
) -> None:
    with pytest.raises(FileTypeRefused):
        found(tmp_path, content, name)


@pytest.mark.parametrize(
    ("content", "name", "endings"),
    [
        (PNG, "报告.pdf", ".png"),
        (PDF, "报告", ".pdf"),
        (PDF, "报告.pdf.exe", ".pdf"),
        (JPEG, "图.png", ".jpg, .jpeg"),
        (CSV.encode(), "流水.pdf", ".csv, .txt"),
        (workbook(), "工时.docx", ".xlsx"),
    ],
)
def test_a_name_that_belies_the_content_is_refused_with_the_right_ending(
    tmp_path: Path, content: bytes, name: str, endings: str
) -> None:
    with pytest.raises(FileNameMisleads) as refusal:
        found(tmp_path, content, name)
    assert refusal.value.details["endings"] == endings
    assert "内容为“" in refusal.value.detail("zh-CN")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF[:20], "报告.pdf"),
        (PNG[:-4], "图.png"),
        (JPEG[:-2], "图.jpg"),
        (workbook()[:300], "工时.xlsx"),
        (b'<?xml version="1.0"?><Document><Stmt>', "camt.xml"),
        (b"<Document><Stmt>", "camt.xml"),
        (b'<?xml version="1.0" encoding="martian"?><a/>', "camt.xml"),
        (BOMB, "camt.xml"),
    ],
)
def test_a_file_cut_short_and_an_xml_bomb_are_refused_as_damaged(
    tmp_path: Path, content: bytes, name: str
) -> None:
    with pytest.raises(FileDamaged) as refusal:
        found(tmp_path, content, name)
    assert "看似“" in refusal.value.detail("zh-CN")
    assert "application/" not in refusal.value.detail("zh-CN") + refusal.value.detail("en")


def test_a_broken_byte_in_a_table_is_told_as_an_unknown_encoding(tmp_path: Path) -> None:
    with pytest.raises(EncodingUnknown) as refusal:
        found(tmp_path, "日期,金额\n".encode() + b"\xff\xff\n", "流水.csv")
    assert "UTF-8 或 GB18030" in refusal.value.detail("zh-CN")


def test_an_xml_without_its_first_line_is_an_xml_all_the_same(tmp_path: Path) -> None:
    assert found(tmp_path, b"<Document><Stmt/></Document>", "camt.xml") is MediaType.XML
