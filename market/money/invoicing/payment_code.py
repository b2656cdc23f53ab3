"""The payment code 付款码: printed on an invoice, typed by a person into a transfer's remark 附言.

``JX`` and nine characters of an alphabet of 23, of which no two look alike: of 0/O/D/Q, 1/I/L, U/V
it has none, of 2/Z, 5/S, 6/G, 8/B only the digit. The first is always a letter; seven carry the
number, two check it. Since 23 is prime, the two checks are equations over GF(23) whose columns are
pairwise independent: the code has distance 3, so that every one or two wrong characters, and every
swap of two, adjacent or not, make it invalid (the tests go through all of them).

False hits: a random run of nine characters 0–9 A–Z is a valid code with probability
15·23⁶/36⁹ ≈ 2.2·10⁻⁵, and counts without its prefix only where it stands alone between other
characters; behind a ``JX`` it is 1.7·10⁻⁸. Dates, amounts and references of digits only are never
hits, because a code begins with a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from market.base import text

PREFIX: Final = "JX"
ALPHABET: Final = "23456789ACEFHJKMNPRTWXY"
_BASE: Final = len(ALPHABET)
_LETTERS: Final = "".join(c for c in ALPHABET if c.isalpha())
_BODY: Final = 7
LENGTH: Final = _BODY + 2
HOW_MANY: Final = len(_LETTERS) * _BASE ** (_BODY - 1)

# An affine bijection on the numbers below HOW_MANY: the multiplier is near the golden section of it
# and shares no factor with it (3, 5 and 23), so that neighbouring invoices look unlike.
_MULTIPLIER: Final = 1_372_368_161
_OFFSET: Final = 906_180_707

_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}


def make(number: int) -> str:
    """The code of a sequence number below HOW_MANY (2.2 thousand million), else ValueError."""
    if not 0 <= number < HOW_MANY:
        raise ValueError(number)
    rest = (number * _MULTIPLIER + _OFFSET) % HOW_MANY
    tail = ""
    for _ in range(_BODY - 1):
        rest, value = divmod(rest, _BASE)
        tail += ALPHABET[value]
    body = _LETTERS[rest] + tail
    return PREFIX + body + _checks(body)


def _checks(body: str) -> str:
    """The two characters that make Σ value and Σ place·value nought, modulo 23."""
    plain_sum = sum(_VALUE[c] for c in body)
    placed_sum = sum(place * _VALUE[c] for place, c in enumerate(body))
    last = (_BODY * plain_sum - placed_sum) % _BASE
    return ALPHABET[(-plain_sum - last) % _BASE] + ALPHABET[last]


def _is_sound(bare: str) -> bool:
    """Whether nine characters, without the prefix, are a code that make() could have made."""
    if len(bare) != LENGTH or bare[0] not in _LETTERS or any(c not in _VALUE for c in bare):
        return False
    return _checks(bare[:_BODY]) == bare[_BODY:]


# People part a code by spaces, dashes, dots or underlines; anything else ends it.
_RUN: Final = re.compile(r"[0-9A-Z]+(?:[ ._\-\u2013\u2014]{1,3}[0-9A-Z]+)*")
_PIECE: Final = re.compile(r"[0-9A-Z]+")


def find_all(remark: str) -> list[str]:
    """The sound codes in a remark, with their prefix, each once; a damaged one is not guessed."""
    folded = text.plain(remark).upper()
    found = (code for run in _RUN.findall(folded) for code in _codes_in(run))
    return list(dict.fromkeys(found))


def _codes_in(run: str) -> Iterator[str]:
    pieces = _PIECE.findall(run)
    whole = "".join(pieces)
    edges = {0, *accumulate(len(piece) for piece in pieces)}
    place = 0
    while place <= len(whole) - LENGTH:
        start = _start_of_code(whole, place, edges)
        if start is None:
            place += 1
        else:
            place = start + LENGTH
            yield PREFIX + whole[start:place]


def _start_of_code(whole: str, place: int, edges: set[int]) -> int | None:
    """Where the nine characters of a code that is written from this place on begin."""
    behind = place + len(PREFIX)
    if whole.startswith(PREFIX, place) and _is_sound(whole[behind : behind + LENGTH]):
        return behind
    stands_alone = place in edges and place + LENGTH in edges
    return place if stands_alone and _is_sound(whole[place : place + LENGTH]) else None
