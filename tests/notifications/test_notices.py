"""Each letter can be written from what is known of its event's subject."""

import ast
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import pytest

from market.base.access import Role
from market.base.db import Connection
from market.base.errors import Phrase
from market.notifications import (
    award_facts,
    chargeback_facts,
    invoice_facts,
    line_facts,
    opening_facts,
    operations,
    queries,
    reminder_facts,
    stripe_facts,
)
from market.notifications.cadence import operations as cadence
from market.notifications.model import Notice, words_of
from market.notifications.notices import NOTICES
from market.notifications.subscriptions import JOBS, SUBSCRIPTIONS

# What facts hold beside what SQL finds: why an order needs approval, what was said of an award.
REASONED: Final[dict[str, object]] = {
    "over_limit": True,
    "limit": "200,000.00 CNY",
    "price": Phrase("总额 86,000.00 CNY", "86,000.00 CNY"),
}
LETTER: Final = dict.fromkeys(
    [f"{said}_{tongue}" for said in ("level", "enclosed", "unset") for tongue in ("zh", "en")], "…"
)
LISTED: Final[dict[str, object]] = {"listed": Phrase("· 待抵扣进项税额：40.00 CNY", "- x")}
SAID: Final[dict[str, object]] = {"why": Phrase("理由如下：\n\n先到先得", "The reason:\n\nx")}
# Of a chargeback: what it asks back, why, and who bears what is lost.
ASKED: Final[dict[str, object]] = dict.fromkeys(
    ("paid", "invoices", "reason", "borne", "borne_by_payer"), Phrase("款项", "money")
)
COVERING: Final[dict[str, object]] = {"covering": Phrase("（预存款）", " (credit)")}
# Of an invoice: what is owed, and how it is to be paid.
OWED: Final[dict[str, object]] = COVERING | {
    "owed_minor": 1,
    "how": Phrase("请付款。", "Pay it."),
}
# Of a refund to a card that did not arrive.
FAILED: Final[dict[str, object]] = dict.fromkeys(("failure", "advice"), Phrase("挂失", "lost"))
# Of a line of Stripe's balance: which payment it is of, and what may be said of it.
OF_LINE: Final[dict[str, object]] = {
    "payment": Phrase("付款", "a payment"),
    "places": Phrase("利息", "interest"),
}
ALL: Final = [(name, notice) for name, notices in NOTICES.items() for notice in notices]


def statements() -> Iterator[tuple[str, str]]:
    """The SQL of each function that looks a subject up."""
    for module in (
        queries,
        award_facts,
        invoice_facts,
        opening_facts,
        reminder_facts,
        stripe_facts,
        line_facts,
        chargeback_facts,
    ):
        yield from statements_in(ast.parse(Path(str(module.__file__)).read_text("utf-8")))


def statements_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for function in tree.body:
        if isinstance(function, ast.AsyncFunctionDef) and function.name.startswith("about_"):
            sql = next(
                node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Constant) and "SELECT" in str(node.value)
            )
            yield function.name, str(sql)


async def known_facts(conn: Connection) -> dict[str, dict[str, object]]:
    """Facts of the right names and kinds, by the function that finds them."""
    known = {}
    for name, sql in statements():
        columns = (await conn.prepare(sql)).get_attributes()
        known[name] = {column.name: _example(column.type.name) for column in columns}
    known["about_contract"] |= REASONED
    known["about_reminder"] |= LETTER | COVERING
    known["about_opening_balance"] |= LISTED
    for name in ("about_evaluation", "about_award", "about_outcome"):
        known[name] |= SAID
    known["about_chargeback"] |= ASKED
    known["about_refund"] |= FAILED
    known["about_stripe_line"] |= OF_LINE
    known["about_stripe_explanation"] |= {
        "about": Phrase("付款", "a payment"),
        "place": Phrase("利息", "interest"),
    }
    known["about_invoice"] |= OWED
    of_one = ("about_chargeback_evidence", "about_chargeback_alarm", "about_chargeback_write_off")
    for name in of_one:
        known[name] |= known["about_chargeback"]
    known["about_stripe_explanation_undo"] |= known["about_stripe_explanation"] | {
        "places": OF_LINE["places"]
    }
    return known


def _example(kind: str) -> object:
    examples: dict[str, object] = {"int8": 8_600_000, "uuid": UUID(int=7), "uuid[]": [UUID(int=7)]}
    return examples.get(kind, "CNY")


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize(("name", "notice"), ALL)
async def test_a_letter_says_only_what_is_known(
    conn: Connection, name: str, notice: Notice
) -> None:
    about = operations.ABOUT[name.partition(".")[0]].__name__
    facts = (await known_facts(conn))[about]
    for language in ("zh", "en"):
        words = words_of(facts, "zh-CN" if language == "zh" else "en")
        texts = msgspec.structs.asdict(notice.letter)
        for part in (texts[f"subject_{language}"], texts[f"body_{language}"]):
            assert placeholders(part) <= {*words, "reader"}


@pytest.mark.parametrize(("name", "notice"), ALL)
async def test_an_audience_is_named_by_ids(conn: Connection, name: str, notice: Notice) -> None:
    about = operations.ABOUT[name.partition(".")[0]].__name__
    facts = (await known_facts(conn))[about]
    for audience in notice.to:
        assert isinstance(facts[audience.fact], UUID | list)
        assert all(isinstance(role, Role) for role in audience.roles)


@pytest.mark.parametrize(("name", "notice"), ALL)
def test_both_languages_say_the_same_facts(name: str, notice: Notice) -> None:
    letter = notice.letter
    assert placeholders(letter.body_zh) == placeholders(letter.body_en), name
    assert placeholders(letter.subject_zh) == placeholders(letter.subject_en), name


def test_every_notice_starts_the_one_job() -> None:
    assert set(SUBSCRIPTIONS) == {*NOTICES, *cadence.SUBSCRIPTIONS}
    assert {job for jobs in SUBSCRIPTIONS.values() for job in jobs} == set(JOBS)


def test_amounts_are_printed_and_texts_chosen_by_language() -> None:
    facts = {
        "total_minor": 8_600_000,
        "currency": "CNY",
        "buyer_zh": "锦川重机",
        "buyer_en": "Jinchuan Heavy",
        "unit_zh": "机械技协",
        "unit_en": None,
        "number": None,
    }
    chinese, english = words_of(facts, "zh-CN"), words_of(facts, "en")
    assert chinese["total"] == english["total"] == "86,000.00 CNY"
    assert (chinese["buyer"], english["buyer"]) == ("锦川重机", "Jinchuan Heavy")
    assert (chinese["unit"], english["unit"]) == ("机械技协", "机械技协")
    assert english["number"] == "—"


def test_an_instant_is_told_by_the_clocks_of_the_city_to_the_minute() -> None:
    facts = {"deadline": datetime(2026, 12, 14, 16, 0, 59, 999999, UTC)}
    assert words_of(facts, "zh-CN") == {"deadline": "2026-12-15 00:00（北京时间）"}
    assert words_of(facts, "en") == {"deadline": "2026-12-15 00:00 (Beijing time)"}
