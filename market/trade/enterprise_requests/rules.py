"""The rules that the terms of any draft and of any version keep, each with its refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from market.base import text
from market.base.access import require
from market.trade.enterprise_requests import model
from market.trade.enterprise_requests.terms import FIXED, Secrecy, Terms

# How the law has enterprises end their names; who leaves it out is understood all the same.
LEGAL_FORMS: Final = (
    "公司", "集团", "股份", "有限", "责任", "工厂", "厂", "合作社",
    "coltd", "ltd", "inc", "llc", "corp", "corporation", "company",
)  # fmt: skip
SHORTEST_STEM: Final = 4


def check(terms: Terms) -> None:
    """Raise the first rule that the terms break by themselves."""
    for name in ("deadline", "questions_until"):
        in_range = 2000 < getattr(terms, name).year < 2099
        require(in_range, model.InstantOutOfRange(pointer=f"/{name}"))
    require(
        terms.questions_until <= terms.deadline,
        model.QuestionsPastDeadline(pointer="/questions_until"),
    )
    require(
        terms.budget_from_minor <= terms.budget_to_minor,
        model.BudgetReversed(pointer="/budget_from_minor"),
    )
    total = terms.price_weight + terms.plan_weight + terms.qualification_weight + terms.time_weight
    require(total == 100, model.WeightsUneven(pointer="/price_weight", sum=total))
    require(len(set(terms.file_ids)) == len(terms.file_ids), model.FileTwice(pointer="/file_ids"))


def check_change(before: Terms, after: Terms) -> None:
    """What bidders rely on stays once it is published."""
    for name in FIXED:
        stays = getattr(before, name) == getattr(after, name)
        require(stays, model.FixedOncePublished(pointer=f"/{name}"))
    require(after.deadline >= before.deadline, model.DeadlineShortened(pointer="/deadline"))


def check_hidden(secrecy: Secrecy, names: Iterable[str], **texts: str | None) -> None:
    """Refuse what names the enterprise of an anonymous request, however it is written.

    Case, spaces and punctuation do not count, and a name is known without its legal form, too.
    ``texts``: by the field that holds them.
    """
    if secrecy != Secrecy.ANONYMOUS:
        return
    stems = [_stem(name) for name in names]
    for field, written in texts.items():
        said = text.letters(written or "")
        is_hidden = not any(stem in said for stem in stems)
        require(is_hidden, model.IdentityShown(pointer=f"/{field}"))


def _stem(name: str) -> str:
    """What is left of a name without its legal form, unless too little to know anybody by."""
    stem = whole = text.letters(name)
    while ending := next((form for form in LEGAL_FORMS if stem.endswith(form)), None):
        stem = stem.removesuffix(ending)
    return stem if len(stem) >= SHORTEST_STEM else whole
