"""Names of accounts that both beancount and hledger read.

beancount has the narrower grammar (``beancount.core.account``): a part begins with a capital letter
or a digit and goes on with letters, digits and hyphens of any script. A Chinese character is a
letter, but no capital.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from market.reports.journals.model import Account

ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "fund": "Equity",
    "technical": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
TAIL: Final = 12


def named(accounts: Sequence[Account], names: Mapping[UUID, str]) -> dict[int, str]:
    """The name of each account by its key; accounts that differ in currency alone share one."""
    subjects = {account.subject for account in accounts if account.subject is not None}
    tails = Counter(_tail(subject) for subject in subjects)
    found = {}
    for account in accounts:
        parts = [ROOTS[account.category], _kind(account)]
        if account.subject is not None:
            tail = _tail(account.subject)
            whose = tail if tails[tail] == 1 else account.subject.hex.upper()
            parts.append(_joined(whose, names.get(account.subject, "")))
        found[account.id] = ":".join(parts)
    return found


def _kind(account: Account) -> str:
    """The kind begins with a Latin letter, so that its own word leads and the Chinese follows."""
    own = "-".join(word.capitalize() for word in account.kind.replace(":", "_").split("_"))
    return _joined(own, account.name_zh)


def _tail(subject: UUID) -> str:
    """The end of an id is drawn by lot, its beginning tells the time."""
    return subject.hex[-TAIL:].upper()


def _joined(first: str, rest: str) -> str:
    folded = unicodedata.normalize("NFKC", rest)
    letters = "".join(c if unicodedata.category(c) in LETTERS else " " for c in folded)
    return "-".join([first, *letters.split()])
