"""Every cause that the ledger knows has an explanation in words."""

from __future__ import annotations

import re
from pathlib import Path

from market.auditor import sources
from market.base import db
from market.base.db import Connection
from market.reports.journals import queries, wording
from tests.world import refunding


def test_whatever_the_auditor_knows_as_a_cause_is_explained_in_words() -> None:
    text = Path(sources.__file__).read_text("utf-8")
    causes = set(re.findall(r"'([a-z_]+):'", text))
    assert "bank_line" in causes
    lacking = causes - set(wording.CAUSES)
    assert not lacking, f"give these words in market/reports/journals/wording.py: {lacking}"


def test_an_unknown_cause_is_told_by_its_own_word() -> None:
    assert wording.explained("sold_off:7", None) == "记账（sold_off） · Sold off"
    assert wording.subject_of("sold_off:7") is None


def test_only_a_loss_is_called_written_off() -> None:
    losses = {cause for cause, words in wording.CAUSES.items() if "核销" in words.zh}
    assert losses == {
        f"{loss}{taken_back}"
        for loss in ("write_off", "chargeback_write_off")
        for taken_back in ("", "_recovered")
    }


async def test_a_refund_is_told_by_its_number(conn: Connection) -> None:
    desk = await refunding.opened(conn)
    refund = await refunding.proposed(conn, desk)
    async with db.look(conn, desk.deal.finance):
        known = await queries.references(conn, [refund.id])
    assert known == {refund.id: refund.number}
    told = wording.explained(f"refund_intended:{refund.id}", known[refund.id])
    assert told.startswith(f"拟退款，留出预存款 {refund.number} ")
