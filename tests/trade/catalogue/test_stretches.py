"""A file is cut into texts, and each is read as the whole file would have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.trade.catalogue.importing import lines, stretches

HEADER = [name for name in lines.REQUIRED if name != "code"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_keep_their_numbers_wherever_the_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(stretches, "LINES_AT_ONCE", 2)
    file = tmp_path / "cut.csv"
    texts = [
        "",
        " A ,x",
        'B,"two',
        'lines, and a ""quote"""',
        "",
        "A,again",
        "C\u2028,z",
        "A",
        "D,",
    ]
    said = end.join([f"code,{','.join(HEADER)}", *texts])
    file.write_bytes(said.encode("utf-8-sig"))
    cut = list(stretches.read(file, stretches.encoding_of(file)))
    assert [each.lines() for each in cut] == [
        ([3, 4], [["A", "x"], ["B", f'two{end}lines, and a "quote"']]),
        ([8], [["C", "z"]]),
        ([10], [["D", ""]]),
    ]
    assert [each.codes for each in cut] == [["A", "B"], ["C"], ["D"]]
    assert [[fault.line for fault in each.faults] for each in cut] == [[], [7], [9]]
