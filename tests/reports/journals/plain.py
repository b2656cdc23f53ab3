"""A journal for hledger, read once more by what knows nothing of how it is written.

It is read line by line and refused as ``hledger check --strict ordereddates`` would refuse it:
dates that fall, accounts or commodities that nobody declared, decimals other than declared,
postings that do not sum to nothing, assertions that do not hold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

Balances = dict[tuple[str, str], Decimal]

TRANSACTION = re.compile(r"(\d{4}-\d\d-\d\d) \* (?:\((\S+)\) )?(\S.*)")
POSTING = re.compile(r"    (\S+)  (-?[\d.]+) ([A-Z]{3})(?: = (-?[\d.]+) ([A-Z]{3}))?")
COMMODITY = re.compile(r"commodity 1000\.(0*) ([A-Z]{3})")
TAG = re.compile(r"    ; ([a-z_]+): (.*)")


class Plain(NamedTuple):
    """The declared accounts with their tags, the postings with theirs, and what it comes to."""

    accounts: dict[str, dict[str, str]]
    postings: list[dict[str, Any]]
    balances: Balances


def read(text: str) -> Plain:
    """Raises AssertionError with the line at fault."""
    reader = _Reader()
    for line in text.splitlines():
        reader.take(line)
    reader.close()
    return Plain(reader.accounts, reader.postings, dict(reader.balances))


class _Reader:
    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, str]] = {}
        self.postings: list[dict[str, Any]] = []
        self.balances: Balances = defaultdict(Decimal)
        self._digits: dict[str, int] = {}
        self._tags: dict[str, Any] = {}
        self._sums: dict[str, Decimal] = defaultdict(Decimal)

    def take(self, line: str) -> None:
        if found := POSTING.fullmatch(line):
            self._book(found)
        elif found := TAG.fullmatch(line):
            self._tags[found[1]] = found[2]
        elif found := TRANSACTION.fullmatch(line):
            self.close()
            assert not self.postings or self.postings[-1]["on"] <= found[1], line
            self._tags = {"on": found[1], "code": found[2], "description": found[3]}
            self.postings.append(self._tags)
        elif line.startswith("account "):
            self._tags = self.accounts.setdefault(line.removeprefix("account "), {})
        elif found := COMMODITY.fullmatch(line):
            self._digits[found[2]] = len(found[1])
        else:
            assert not line or line.startswith(";") or line == "decimal-mark .", line

    def close(self) -> None:
        assert not any(self._sums.values()), (self.postings[-1], self._sums)
        self._sums.clear()

    def _book(self, found: re.Match[str]) -> None:
        name, amount, currency = found[1], Decimal(found[2]), found[3]
        assert name in self.accounts, found[0]
        assert -int(amount.as_tuple().exponent) == self._digits[currency], found[0]
        self.balances[name, currency] += amount
        self._sums[currency] += amount
        if found[4] is not None:
            asserted = Decimal(found[4]), found[5]
            assert (self.balances[name, currency], currency) == asserted, found[0]
