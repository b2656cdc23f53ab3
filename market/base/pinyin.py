"""Pinyin: by what Chinese names are sorted, and the initials by which they are typed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

from market.base import text

LONGEST_KEY: Final = 100
_LETTERS: Final = re.compile(r"[^a-z]")


def sort_key(name: str) -> str:
    """The name as it is pronounced, 张江 as "zhang1 jiang1": compared byte by byte."""
    words = text.words(text.plain(name).lower())
    return " ".join(filter(None, map(_pronounced, words)))[:LONGEST_KEY]


# Words come again and again.
@lru_cache(maxsize=50_000)
def initials(name: str) -> str:
    """The first letters of its syllables: 重庆 is cq, though 重 alone would be z."""
    return "".join(map(_first_letters, text.words(text.plain(name).lower())))


# Reading a whole title at once takes a millisecond; words come again and again.
@lru_cache(maxsize=50_000)
def _first_letters(word: str) -> str:
    return _LETTERS.sub("", "".join(lazy_pinyin(word, style=Style.FIRST_LETTER)))


@lru_cache(maxsize=50_000)
def _pronounced(word: str) -> str:
    return " ".join(lazy_pinyin(word, style=Style.TONE3)).strip()
