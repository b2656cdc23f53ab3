"""What a phrase asks for, and which texts have it; matching itself is PostgreSQL's."""

from __future__ import annotations

import re
import struct
from typing import Final

import pytest
import rjieba
from hypothesis import given
from hypothesis import strategies as st

from market.base import lexemes, pinyin, text
from market.base.db import Connection

MATCHES = "SELECT $1::text::tsvector @@ $2::text::tsquery"


@pytest.mark.parametrize(
    ("phrase", "content"),
    [
        ("张江", "上海张江高科技园区"),
        ("电池检测", "动力电池组性能检测"),
        ("ＰＬＣ", "产线 PLC 改造"),
        ("plc", "产线ＰＬＣ改造"),
        ("lathe", "Lathes and mills, mended"),
        ("LATHES", "a lathe"),
        ("battery-testing", "tests of batteries"),
        ("轴", "大型轴类零件"),
        ("测", "性能检测"),
        ("轴的修复", "轴类零件在线修复"),
        ("FW-01", "FW-0117"),
        ("fw0117", "FW-0117"),
        ("ZX", "ZX-0003 能效诊断"),
        ("GB/T 4754", "符合GB/T4754"),
        ("O'Brien & 检测 | !x:*", "O'Brien 检测 x"),
    ],
)
async def test_a_phrase_finds_its_text(conn: Connection, phrase: str, content: str) -> None:
    query = lexemes.query(phrase)
    assert query is not None
    vector = lexemes.vector([("A", content)])
    assert await conn.fetchval(MATCHES, vector, query.match)


@pytest.mark.parametrize(
    ("phrase", "content"),
    [("张江", "张家口的江"), ("电池检测", "电池回收"), ("zlgs", "zl 与 gs"), ("FW-02", "FW-01")],
)
async def test_and_no_other(conn: Connection, phrase: str, content: str) -> None:
    query = lexemes.query(phrase)
    assert query is not None
    vector = lexemes.vector([("A", content)], initials_of=[content])
    assert not await conn.fetchval(MATCHES, vector, query.match)


@pytest.mark.parametrize("typed", ["zlgs", "gs", "gsj", "ZLGSJC"])
async def test_a_title_is_found_by_its_initials(conn: Connection, typed: str) -> None:
    query = lexemes.query(typed)
    assert query is not None
    vector = lexemes.vector([("A", "张拉钢丝检测")], initials_of=["张拉钢丝检测"])
    assert await conn.fetchval(MATCHES, vector, query.match)


@pytest.mark.parametrize("typed", ["l", "la", "lat", "lathe", "数控 la", "数", "数控车", "sk"])
async def test_what_is_being_typed_finds_what_it_may_become(conn: Connection, typed: str) -> None:
    query = lexemes.query(typed, unfinished=True)
    assert query is not None
    vector = lexemes.vector([("A", "数控车床 lathes")], initials_of=["数控车床"])
    assert await conn.fetchval(MATCHES, vector, query.match)


@pytest.mark.parametrize("phrase", ["的", "我们和他们的", "the of", "!&|:*'"])
def test_stop_words_and_punctuation_ask_for_nothing(phrase: str) -> None:
    assert lexemes.query(phrase) is None


async def test_the_title_weighs_more_than_the_rest(conn: Connection) -> None:
    query = lexemes.query("电池检测")
    assert query is not None
    ranks = [
        await conn.fetchval(
            "SELECT ts_rank($1::text::tsvector, $2::text::tsquery)",
            lexemes.vector([("A", title), ("D", rest)]),
            query.rank,
        )
        for title, rest in (("电池检测", "上门"), ("电池", "检测"), ("上门", "电池检测"))
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 3


@given(st.text(max_size=200), st.text(max_size=400))
async def test_no_text_is_an_error(phrase: str, content: str) -> None:
    """Quoted as PostgreSQL wants it: nothing but letters and digits lies between the quotes."""
    vector = lexemes.vector([("A", content)], initials_of=[content])
    assert re.fullmatch(r"('=?[^\W_]+':1[AB]( |$))*", vector)
    for unfinished in (False, True):
        query = lexemes.query(phrase, unfinished=unfinished)
        assert query is None or query.match.count("'") % 2 == 0


def spelled_out(texts: list[tuple[lexemes.Weight, str]], title: str) -> str:
    """The vector as its rules say, one lexeme after the other."""
    weights: dict[str, str] = {}
    for weight, content in texts:
        for found in lexemes.RUNS.finditer(text.plain(content).lower()):
            run = found[0]
            if found.lastgroup == "unspaced":
                said = [*(run[at : at + 2] for at in range(len(run) - 1)), run[-1]]
                said += [word for word in rjieba.cut(run) if len(word) > 2 and weight in "AB"]
            else:
                said = list(lexemes._code_lexemes(run))
            for lexeme in said:
                weights.setdefault(lexeme, weight)
    for found in lexemes.RUNS.finditer(text.plain(title).lower()):
        words = [pinyin.initials(word) for word in rjieba.cut(found["unspaced"] or "")]
        for start in range(len(words)):
            if "".join(words[start:]):
                weights.setdefault(f"={''.join(words[start:])[:40]}", "B")
    return " ".join(f"'{lexeme}':1{weight}" for lexeme, weight in weights.items())


MIXED: Final = st.text(
    "轴承检测电池张江ABC ΑΣ-./\u0301\u3000\u200bﬁé１０，。；！?︐カﾞ\U00020bb7'\\", max_size=40
) | st.text(max_size=40)


@given(st.lists(st.tuples(st.sampled_from("ABCD"), MIXED), max_size=5), MIXED)
def test_whole_texts_at_once_give_what_lexeme_by_lexeme_gives(
    texts: list[tuple[lexemes.Weight, str]], title: str
) -> None:
    said = lexemes.vector(texts, [title])
    assert sorted(said.split(" ")) == sorted(spelled_out(texts, title).split(" "))
    packed = lexemes.packed(texts, [title])
    assert sorted(packed) == sorted(map(in_binary, said.split(" ") if said else []))


def in_binary(written: str) -> bytes:
    """As `tsvectorsend` writes 'lexeme':1A: a position has 14 bits, and its weight two."""
    lexeme, weight = written[1:-4], written[-1]
    return lexeme.encode() + struct.pack("!xHH", 1, "DCBA".index(weight) << 14 | 1)


@pytest.mark.parametrize(
    "strange",
    ["'", "\\", "a' | 'b", "İstanbul ǅ ﬁ", "\U00020bb7野家", "é́", "x" * 5000, "長" * 5000, "𝟙𝟚"],
)
async def test_postgresql_takes_what_is_made_of_strange_texts(
    conn: Connection, strange: str
) -> None:
    query = lexemes.query(strange)
    vector = lexemes.vector([("A", strange), ("D", strange)], initials_of=[strange])
    assert await conn.fetchval(MATCHES, vector, query.match if query else "") is (query is not None)


def test_names_are_sorted_as_they_are_pronounced() -> None:
    names = ["重庆", "张江", "安徽", "北京", "PLC", "Lathe"]
    assert sorted(names, key=pinyin.sort_key) == ["安徽", "北京", "重庆", "Lathe", "PLC", "张江"]
    assert pinyin.initials("重庆银行") == "cqyh"
