"""Acts honour If-Match: whoever names another version than the present one changes nothing."""

from __future__ import annotations

from typing import Final

import pytest

from tests.access.entry import Entry
from tests.access.stage import Stage, entries_of
from tests.routes import Route, every_route

NEVER: Final = '"999999999"'
# What is made beside the thing in its path, so that the thing's version is not asked.
BIRTHS: Final = {
    "add_qualification",
    "add_statement_mapping",
    "ask_about_offering",
    "ask_question",
    "draft_from_award",
    "draft_proposal",
    "enrol_member",
    "hold_reminders",
    "import_statement",
    "issue_invoice",
    "make_counter_offer",
    "make_transfer_list",
    "match_bank_line",
    "open_contract_deal",
    "open_proposal_deal",
    "order_offering",
    "prepare_opening_balance",
    "prepare_opening_supplement",
    "propose_bank_account",
    "propose_card_refund",
    "propose_chargeback_write_off",
    "propose_credit_note",
    "propose_refund",
    "propose_renaming",
    "propose_retraction",
    "propose_stripe_explanation",
    "propose_stripe_explanation_undo",
    "propose_void",
    "propose_write_off",
    "record_recognition",
    "record_tax_status",
    "request_fapiao",
    "send_message",
    "use_credit",
    "write_review",
}
# What has no ETag to show.
UNTAGGED: Final = {
    "answer_question",
    "delete_saved_search",
    "erase_person",
    "mark_deal_read",
    "withdraw_qualification",
}
# What has one that is not asked yet.
UNASKED: Final = {"choose_cadence", "resend_invitation", "undo_credit_use", "undo_match"}
ACTS: Final = [
    pytest.param(route, id=route.name)
    for route in every_route()
    if route.method != "GET"
    and route.name not in BIRTHS | UNTAGGED | UNASKED
    and any(isinstance(each, Entry) and each.at and each.may for each in entries_of(route))
]


@pytest.mark.parametrize("route", ACTS)
async def test_an_act_upon_another_version_is_stale(route: Route, stage: Stage) -> None:
    entry = next(each for each in entries_of(route) if isinstance(each, Entry) and each.may)
    seat = min(entry.may)
    caller = stage.world.callers[seat, "cookie"]
    headers = {**stage.sent(route, entry, seat)["headers"], "if-match": NEVER}
    answer = await stage.send(route, entry, seat, caller, headers=headers)
    assert answer.status_code == 412, answer.text[:150]
