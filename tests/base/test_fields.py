"""What text may hold."""

from __future__ import annotations

import sys
import unicodedata

import msgspec
import pytest

from market.base.fields import Email, Line, Text

UNSEEN = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
]


def takes(kind: object, text: str) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def test_no_text_holds_what_nobody_sees() -> None:
    assert [c for c in UNSEEN if takes(Line, f"总价{c}元")] == []
    assert [c for c in UNSEEN if takes(Text, f"总价{c}元")] == ["\t", "\n", "\r"]
    assert [c for c in UNSEEN if takes(Email, f"a{c}b@example.org")] == []


@pytest.mark.parametrize(
    "text",
    ["第1技协（成都）", "数控车床—改造·服务…", "𠮷野家", "Ünïcode №5", "葛\U000e0100城", "a　b"],
)
def test_text_of_people_is_taken(text: str) -> None:
    assert takes(Line, text)
    assert takes(Text, f"{text}\r\n\t{text}")
    assert not takes(Line, f"{text}\n{text}")
