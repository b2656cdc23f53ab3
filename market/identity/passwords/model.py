"""Rules for passwords after NIST SP 800-63B: long enough, not common, no composition rules."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Annotated, Final, Literal, TypeAlias

import argon2
from msgspec import Meta

from market.base.errors import Invalid

Cost: TypeAlias = Literal["strong", "cheap"]
Password: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]

SHORTEST: Final = 10
AT_ONCE: Final = 2

COMMONEST: Final = frozenset(
    """
    0123456789 1111111111 1122334455 1234567890 12345678910 123456789a 1234567899 123456789qq
    1234512345 1233211234567 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 5201314520 9876543210
    a123456789 a1234567890 aa12345678 aa123456789 abc1234567 abc12345678 abc123456789 abcd123456
    abcd1234567 abcd12345678 abcdefghij adminadmin admin12345 admin123456 administrator
    asdf123456 asdfghjkl1 asdfghjkl123 changeme123 football123 helloworld iloveyou12 iloveyou123
    iloveyou520 letmein123 mima123456 p@ssw0rd123 passw0rd123 password01 password10 password12
    password123 password1234 password12345 qazwsxedcrfv qq123456789 qq1234567890 q1w2e3r4t5
    qwe1234567 qwer123456 qwer1234567 qwer12345678 qwerty1234 qwerty12345 qwerty123456
    qwertyuiop qwertyuiop1 qwertyuiop123 superman123 test123456 welcome123 welcome1234
    woaini1314 woaini520 woaini5201314 wang123456 zhang123456 zxcvbnm123 zxcvbnm1234
    zxcvbnm12345 zzzzzzzzzz
    """.split()  # noqa: SIM905  # a list of a hundred strings reads worse
)


class PasswordTooShort(Invalid):
    """Length is what protects a password."""

    code = "password_too_short"
    zh = "密码至少 {shortest} 个字符。可用几个词连成一句话，不要求大小写或符号。"
    en = "A password has at least {shortest} characters. A phrase will do; no symbols are required."


class PasswordTooCommon(Invalid):
    """It stands on the lists that attackers try first, or repeats one character."""

    code = "password_too_common"
    zh = "这个密码太常见，容易被猜中。请换一个。"
    en = "This password is among the commonest and is easily guessed. Choose another one."


class PasswordIsTheEmail(Invalid):
    """What stands in every letter is no secret."""

    code = "password_is_the_email"
    zh = "密码不能与邮箱相同。请换一个。"
    en = "The password must not be the e-mail address. Choose another one."


def check_password(password: str, email: str | None) -> None:
    """Refuse a new password that is short, common, or the person's own address."""
    plain = password.strip().lower()
    if len(plain) < SHORTEST:
        raise PasswordTooShort(shortest=SHORTEST, pointer="/password")
    if plain in COMMONEST or len(set(plain)) <= 2:
        raise PasswordTooCommon(pointer="/password")
    if email is not None and plain in {email, email.partition("@")[0]}:
        raise PasswordIsTheEmail(pointer="/password")


class Hasher:
    """argon2id in a thread, a few at a time; ``cheap`` is for tests and demonstrations only."""

    def __init__(self, cost: Cost) -> None:
        strong = cost == "strong"
        self._argon = argon2.PasswordHasher(
            time_cost=2 if strong else 1,
            memory_cost=19 * 1024 if strong else 8,
            parallelism=1,
        )
        self._free = asyncio.Semaphore(AT_ONCE)
        self._nobodys = self._argon.hash("nobody signs in with this one")

    async def hash(self, password: str) -> str:
        async with self._free:
            return await asyncio.to_thread(self._argon.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; without a stored hash, no, after the same time."""
        async with self._free:
            same = await asyncio.to_thread(self._verify, stored or self._nobodys, password)
        return same and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._argon.verify(stored, password)
        except argon2.exceptions.VerificationError:
            return False


@cache
def hasher(cost: Cost) -> Hasher:
    """The process's one hasher of that cost."""
    return Hasher(cost)
