"""What a new password must be, and what it costs to guess one."""

from __future__ import annotations

import pytest

from market.identity.passwords.model import (
    PasswordIsTheEmail,
    PasswordTooCommon,
    PasswordTooShort,
    check_password,
    hasher,
)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("nine char", PasswordTooShort),
        ("          x", PasswordTooShort),
        ("1234567890", PasswordTooCommon),
        ("PassWord123", PasswordTooCommon),
        ("aaaaaaaaaaaaaaa", PasswordTooCommon),
        ("Expert@market.test", PasswordIsTheEmail),
    ],
)
def test_a_poor_password_is_refused(password: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_password(password, "expert@market.test")


@pytest.mark.parametrize(
    "password", ["电机转子动平衡试验记录", "correct horse battery", "q8!kd2-Lw0x"]
)
def test_length_is_enough_whatever_the_characters(password: str) -> None:
    check_password(password, "expert@market.test")


async def test_the_strong_hash_is_argon2id_as_owasp_sets_it() -> None:
    stored = await hasher("strong").hash("a phrase")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher("strong").matches(stored, "a phrase")
    assert not await hasher("strong").matches(stored, "another")


async def test_nobodys_password_is_never_right() -> None:
    assert not await hasher("cheap").matches(None, "nobody signs in with this one")
