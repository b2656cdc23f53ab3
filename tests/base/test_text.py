"""Free text: one form for one content."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from market.base import text


def test_full_width_letters_and_ideographic_spaces_become_plain_ones() -> None:
    assert text.plain("\uff2a\uff38\u3000\uff12\uff10\uff12\uff16") == "JX 2026"


def test_controls_and_invisible_marks_vanish() -> None:
    assert text.plain("\ufeff锦\u200b川\x00市\t\r\n款") == "锦川市 款"


def test_a_label_is_compared_without_spaces_and_case() -> None:
    assert text.squeezed(" 借 方\uff08Debit\uff09 ") == text.squeezed("借方(DEBIT)")


def test_what_was_cut_shows() -> None:
    assert text.shortened("一二三四五", 3) == "一二\u2026"
    assert text.shortened("一二三", 3) == "一二三"


def test_parts_are_joined_once_each() -> None:
    assert text.joined("货款", "", "JX", "货款") == "货款 JX"


@given(st.text() | st.text(alphabet="a \u0301\u200b\u3000\t\uff21"))
def test_plain_text_is_plain_for_ever(anything: str) -> None:
    once = text.plain(anything)
    assert text.plain(once) == once
    assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in once)
    assert once == once.strip()
