"""Columns of a terminal, in which a Chinese character is as wide as two letters."""

from __future__ import annotations

import unicodedata


def left(text: str, columns: int) -> str:
    return text + " " * max(1, columns - width(text))


def right(text: str, columns: int) -> str:
    return " " * max(1, columns - width(text)) + text


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
