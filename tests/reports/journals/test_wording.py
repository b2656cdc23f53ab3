"""Every cause that the ledger knows has an explanation in words."""

from __future__ import annotations

import re
from pathlib import Path

from market.auditor import sources
from market.reports.journals import wording


def test_whatever_the_auditor_knows_as_a_cause_is_explained_in_words() -> None:
    text = Path(sources.__file__).read_text("utf-8")
    causes = set(re.findall(r"'([a-z_]+):'", text))
    assert "bank_line" in causes
    lacking = causes - set(wording.CAUSES)
    assert not lacking, f"give these words in market/reports/journals/wording.py: {lacking}"


def test_an_unknown_cause_is_told_by_its_own_word() -> None:
    assert wording.explained("sold_off:7", None) == "记账（sold_off） · Sold off"
    assert wording.subject_of("sold_off:7") is None
