"""What full-text search compares: the lexemes of a text, and the query that a phrase makes.

Chinese has no spaces. A text is indexed by its words and by every pair of neighbouring characters:
words alone miss 张江 inside 张江高科, and a query of pairs alone misses 电池检测 in 电池组性能检测.
Hence a phrase is cut into words and each word asks for its pairs. English words are stemmed (Porter
2); codes lose their hyphens and are found by their beginning. All text is NFKC and lower case
first. Only letters and digits are left of a phrase, so that nothing in it is an operator.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add
from typing import Final, Literal, TypeAlias, get_args

import msgspec
import snowballstemmer

from market.base import pinyin, text

Weight: TypeAlias = Literal["A", "B", "C", "D"]
WEIGHTS: Final[tuple[Weight, ...]] = get_args(Weight)

LONGEST: Final = 40
# Characters that are written without spaces: Han, kana, hangul.
UNSPACED: Final = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
HAN: Final = 3  # bytes of a usual character in UTF-8; those of other planes have more
RUNS: Final = re.compile(
    rf"(?P<unspaced>[{UNSPACED}]+)|(?P<code>[^\W_{UNSPACED}]+(?:[-./][^\W_{UNSPACED}]+)*)"
)
# A run of those that fold to themselves and have no case, as most clauses are.
HAN_ALONE: Final = re.compile("[\u4e00-\u9fff]+")
# What ends a clause, as it is typed: it stands in no lexeme, and no character folds across it.
CLAUSE_ENDS: Final = re.compile("[;；。,，!！?？]")
# The same where all is ASCII, at a quarter of the time: alphabets are long.
ASCII_CODES: Final = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)*")
PARTS: Final = re.compile(r"[^\W\d_]+|\d+|[^\W_]")
_STOP_WORDS: Final = (
    "的 了 和 与 及 或 在 是 有 等 为 对 于 从 到 由 以 及其 以及 并 而 且 也 就 都 个 之 其 这 那 "
    "我 我们 你 你们 您 他 他们 它 它们 一个 一些 某 各 请 把 被 将 让 给 吗 呢 吧 啊 "
    "如 如何 怎么 什么 哪些 "
    "a an and are as at be by for from how i in is it of on or that the this to was we what with "
    "you"
)
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
# Marks initials, so that they are found beside words of the same letters, never in their place.
INITIALS: Final = "="
# Joins texts into one.
CLAUSE_END: Final = "。"
OPEN_END: Final = re.compile(r"'(?=[ )]|$)(?! &)")
# The ampersands that stand in no brackets; brackets stand in no others.
TERM_ENDS: Final = re.compile(r" & (?![^()]*\))")
TYPED_INITIALS: Final = re.compile(r"[a-z]{2,20}")

_stemmer: Final = snowballstemmer.stemmer("english")


class Query(msgspec.Struct, frozen=True):
    """Two texts of PostgreSQL's tsquery: ``match`` finds, ``rank`` weighs what was found.

    ``rank`` joins by OR: without true positions, PostgreSQL weighs no conjunction.
    """

    match: str
    rank: str

    @property
    def terms(self) -> list[str]:
        return terms_of(self.match)


def terms_of(match: str) -> list[str]:
    """The terms that a text must have all of: each a tsquery of its own."""
    return TERM_ENDS.split(match)


def query(phrase: str, *, unfinished: bool = False) -> Query | None:
    """What a phrase asks for; None when only stop words and punctuation were typed.

    ``unfinished``: it is still being typed, and its last word may go on.
    """
    asked = [term for run in _runs(phrase) for term in _asked(*run)]
    if not asked:
        return None
    if unfinished:
        asked[-1] = OPEN_END.sub("':*", asked[-1])
    return Query(" & ".join(dict.fromkeys(asked)), " | ".join(dict.fromkeys(asked)))


def vector(texts: Sequence[tuple[Weight, str]], initials_of: Iterable[str] = ()) -> str:
    """The text of a tsvector, as PostgreSQL reads it."""
    return b" ".join(_each(_AS_TEXT, texts, initials_of).values()).decode()


def packed(
    texts: Sequence[tuple[Weight, str]], initials_of: Iterable[str] = ()
) -> Collection[bytes]:
    """The same lexemes as a binary tsvector has them; in any order, for PostgreSQL sorts them."""
    return _each(_PACKED, texts, initials_of).values()


def _each(
    form: Form, texts: Sequence[tuple[Weight, str]], initials_of: Iterable[str]
) -> dict[bytes, bytes]:
    """How each lexeme is written, with the weight of the first text that has it.

    Only weights A and B are cut into words; further text is found by its pairs, at a tenth of the
    time. ``initials_of``: titles and names that are also found by their pinyin initials, from any
    word on. A million texts go through here, so nothing is done lexeme by lexeme.
    """
    said: dict[bytes, bytes] = {}
    for title in initials_of:
        said.update(form["B"].initials_in(title))
    for weight, content in reversed(texts):
        said_in = form[weight].said_in
        for clause in CLAUSE_ENDS.split(content):
            if clause:
                said.update(said_in(clause))
    return said


class _Writer:
    """Writes lexemes of one weight; what it wrote of a clause it keeps.

    Those who write much write the same clauses again and again.
    """

    def __init__(self, weight: Weight, before: bytes, after: bytes) -> None:
        self._cut = _pairs_and_words if weight in "AB" else _pairs_alone
        self._before, self._after = before, after
        self.said_in = lru_cache(maxsize=50_000)(self._said_in)
        self.initials_in = lru_cache(maxsize=1_000)(self._initials_in)

    def _initials_in(self, title: str) -> dict[bytes, bytes]:
        return self._written(_initials(title))

    def _written(self, lexemes: Iterable[bytes]) -> dict[bytes, bytes]:
        before, after = self._before, self._after
        if before:
            return {lexeme: before + lexeme + after for lexeme in lexemes}
        return {lexeme: lexeme + after for lexeme in lexemes}

    def _said_in(self, clause: str) -> dict[bytes, bytes]:
        if HAN_ALONE.fullmatch(clause):
            return self._written(self._cut(clause))
        said: list[bytes] = []
        is_plain = clause.isascii() and clause.isprintable()
        plain = clause.lower() if is_plain else text.plain(clause).lower()
        if plain.isascii():
            for code in ASCII_CODES.findall(plain):
                said += _code_bytes(code)
        else:
            for unspaced, code in RUNS.findall(plain):
                said += self._cut(unspaced) if unspaced else _code_bytes(code)
        return self._written(said)


def _runs(content: str) -> Iterator[tuple[str, bool]]:
    """The stretches of letters and digits, and whether they are written without spaces."""
    for unspaced, code in RUNS.findall(text.plain(content).lower()):
        yield unspaced or code, bool(unspaced)


def _pairs_and_words(run: str) -> tuple[bytes, ...]:
    long_words = [word for word in text.words(run) if len(word) > 2] if len(run) > 2 else ()
    return (*_pairs_alone(run), *map(str.encode, long_words))


# What a single character begins is found by prefix; the last one begins nothing.
def _pairs_alone(run: str) -> tuple[bytes, ...]:
    packed = run.encode()
    size = len(packed)
    if size != HAN * len(run):
        return (*map(str.encode, _pairs(run)), run[-1].encode())
    pairs = [packed[at : at + 2 * HAN] for at in range(0, size - HAN, HAN)]
    return (*pairs, packed[-HAN:])


@lru_cache(maxsize=50_000)
def _code_bytes(code: str) -> tuple[bytes, ...]:
    return tuple(map(str.encode, _code_lexemes(code)))


def _code_lexemes(code: str) -> tuple[str, ...]:
    """Of FW-01: fw01, fw, 01; of a word: its stem."""
    parts = PARTS.findall(code)
    if len(parts) == 1:
        return (_stem(code),)
    return tuple(dict.fromkeys(("".join(parts)[:LONGEST], *map(_stem, parts))))


def _asked(run: str, unspaced: bool) -> Iterator[str]:
    if unspaced:
        for word in _joined(text.words(run)):
            yield from _word_terms(word)
    elif run not in STOP_WORDS:
        yield _code_term(run)


def _word_terms(word: str) -> list[str]:
    return [f"'{word}':*"] if len(word) == 1 else [f"'{pair}'" for pair in _pairs(word)]


def _code_term(code: str) -> str:
    parts = PARTS.findall(code)
    if not all(part.isalpha() for part in parts) or len(code) == 1:
        return f"'{''.join(parts)[:LONGEST]}':*"
    if len(parts) > 1:
        stems = " & ".join(f"'{_stem(part)}'" for part in parts)
        return f"('{''.join(parts)[:LONGEST]}' | ({stems}))"
    if TYPED_INITIALS.fullmatch(code):
        return f"('{_stem(code)}' | '{INITIALS}{code}':*)"
    return f"'{_stem(code)}'"


def _joined(words: Iterable[str]) -> Iterator[str]:
    """Words without stop words; single characters beside each other are one word unknown to us."""
    alone = ""
    for word in words:
        if len(word) == 1 and word not in STOP_WORDS:
            alone += word
            continue
        if alone:
            yield alone
        alone = ""
        if word not in STOP_WORDS:
            yield word
    if alone:
        yield alone


def _pairs(run: str) -> Iterator[str]:
    return map(add, run, run[1:])


def _stem(word: str) -> str:
    return _stem_of(word) if word.isascii() and word.isalpha() else word[:LONGEST]


@lru_cache(maxsize=50_000)
def _stem_of(word: str) -> str:
    stem: str = _stemmer.stemWord(word)
    return stem[:LONGEST]


def _initials(title: str) -> list[bytes]:
    """The initials from each word to the end of its run: of 张拉钢丝, zlgs and gs."""
    if HAN_ALONE.fullmatch(title):
        return [*_initials_of_run(title)]
    runs = [run for run, unspaced in _runs(title) if unspaced]
    return [each for run in runs for each in _initials_of_run(run)]


@lru_cache(maxsize=50_000)
def _initials_of_run(run: str) -> tuple[bytes, ...]:
    words = [pinyin.initials(word) for word in text.words(run)]
    letters, begins = "".join(words), accumulate(map(len, words), initial=0)
    each = (letters[begin : begin + LONGEST] for begin in begins)
    return tuple((INITIALS + some).encode() for some in each if some)


# Two ways to write a lexeme with its weight: as the text of a tsvector, and as COPY takes it in
# binary: its end, how many positions, and position 1 with its weight.
Form: TypeAlias = Mapping[Weight, _Writer]
_AS_TEXT: Final[Form] = {
    weight: _Writer(weight, b"'", f"':1{weight}".encode()) for weight in WEIGHTS
}
_PACKED: Final[Form] = {
    weight: _Writer(weight, b"", bytes((0, 0, 1, rank << 6, 1)))
    for rank, weight in enumerate(reversed(WEIGHTS))
}
