"""A key that stands twice in one object of a body is refused by its name."""

from __future__ import annotations

import pytest

from market.base.strict_bodies import DuplicateKey, TooDeep, require_unique_keys


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"amount_minor": 1, "amount_minor": 2}', ""),
        (b'{"lines": [{"u": "day"}, {"amount_minor": 1, "u": 2, "amount_minor": 1}]}', "/lines/1"),
        (b'{"amount_minor": 1, "amount\\u005fminor": 2}', ""),
    ],
)
def test_a_key_that_stands_twice_is_named(body: bytes, where: str) -> None:
    with pytest.raises(DuplicateKey) as refusal:
        require_unique_keys(body)
    assert "“amount_minor”" in refusal.value.detail("zh-CN")
    assert refusal.value.faults("en")[0].pointer == f"{where}/amount_minor"


def test_a_key_that_is_no_text_is_told_as_text() -> None:
    with pytest.raises(DuplicateKey) as refusal:
        require_unique_keys(b'{"\\ud800": 1, "\\ud800": 2}')
    assert refusal.value.faults("en")[0].pointer == "/?"


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a": 1}, {"a": 2}]',
        b'{"a": {"a": "\\"a\\": 1, \\"a\\": 2"}}',
        b"{",
        b"\xff",
        b"1" * 5_000,
    ],
)
def test_everything_else_is_the_decoder_s(body: bytes) -> None:
    require_unique_keys(body)


def test_no_nesting_hides_a_key_that_stands_twice() -> None:
    for depth in (900, 950, 990, 5_000, 100_000):
        body = b'{"a":' + b"[" * depth + b"]" * depth + b',"a":1}'
        with pytest.raises((DuplicateKey, TooDeep)):
            require_unique_keys(body)
