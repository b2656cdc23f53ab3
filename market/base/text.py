"""Free text as people and banks type it, made comparable: one form for one content.

Chinese input methods give full-width letters, digits and punctuation; banks pad cells with tabs
and ideographic spaces; copied text carries zero-width marks. NFKC (Unicode Annex 15) folds the
first, and the functions here take away the rest.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import rjieba

_SPACES: Final = re.compile(r"\s+")
_PUNCTUATION: Final = tuple((c, unicodedata.normalize("NFKC", c)) for c in "，；：！？（）")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Cn"})


def plain(text: str) -> str:
    """One line of NFKC text: controls and invisible marks gone, runs of space made one."""
    folded = text
    if not unicodedata.is_normalized("NFKC", folded):
        # Chinese texts are full of these, and what needs no more folding is seen at a glance.
        for wide, narrow in _PUNCTUATION:
            folded = folded.replace(wide, narrow)
        folded = unicodedata.normalize("NFKC", folded)
    # What Python calls printable has no control, no invisible mark and no space but the usual one.
    if not folded.isprintable():
        folded = _SPACES.sub(" ", folded)
        if not folded.isprintable():
            visible = "".join(c for c in folded if unicodedata.category(c) not in _INVISIBLE)
            # What an invisible mark kept apart, a letter and its accent, may now compose.
            folded = unicodedata.normalize("NFKC", visible)
    return " ".join(folded.split())


# A title is cut for its words, its initials and its place among others.
@lru_cache(maxsize=1_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text that is written without spaces."""
    return tuple(rjieba.cut(text))


def squeezed(text: str) -> str:
    """The text as a label to compare: plain, without any space, letter case folded."""
    return plain(text).replace(" ", "").casefold()


def letters(text: str) -> str:
    """The letters and digits of a text alone, case folded: what is left of it in every spelling."""
    return "".join(filter(str.isalnum, plain(text))).casefold()


def shortened(text: str, most: int) -> str:
    """At most so many characters; what was cut shows as an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def joined(*parts: str) -> str:
    """The parts that say something, each once, in their order, a space between."""
    return " ".join(dict.fromkeys(part for part in parts if part))
