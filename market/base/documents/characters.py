"""Which characters can be printed: those of the font that documents are set in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

FONTS: Final = Path(__file__).parent / "fonts"
MOST_NAMED: Final = 10


@cache
def printable() -> frozenset[str]:
    """All of the font, by the list that it was made from; lines end with a line feed.

    Reading the font's own table takes a second and gives the same; a test compares them.
    """
    return frozenset((FONTS / "characters.txt").read_text("utf-8"))


def unprintable(value: Any) -> list[str]:
    """The characters in all texts of JSON-like data that the font lacks, each once, by code."""
    return sorted(set().union(*texts_in(value)) - printable())


def texts_in(value: Any) -> Iterator[str]:
    """Every text within, names of fields apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _all_in(value.values())
    elif isinstance(value, list | tuple):
        yield from _all_in(value)


def _all_in(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from texts_in(value)


def named(characters: Iterable[str]) -> list[str]:
    """As people find them: the character and its code point, ``𠮷 U+20BB7``."""
    return [f"{character} U+{ord(character):04X}" for character in characters]


def listed(characters: list[str]) -> str:
    """The first of them by name, an ellipsis for the rest."""
    more = ["…"] if len(characters) > MOST_NAMED else []
    return "、".join([*named(characters[:MOST_NAMED]), *more])
