"""Proposals: the unit alone while they are sealed, both parties and those above once opened."""

from __future__ import annotations

from typing import Any, Final

from market.base.access import UNIT_ROLES, Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import NOBODY, PARTIES, Seat, enterprise, unit
from tests.access.world import World

# Whoever is of the unit as more than its auditor; an administrator is of the platform.
BIDDERS: Final = unit(*(UNIT_ROLES - {Role.AUDITOR}))
WRITERS: Final = unit(Role.MEMBER, Role.CLERK)
VOICE: Final = unit(Role.CLERK, Role.LEADER)
BUYERS: Final = enterprise(Role.BUYER, Role.MANAGER)
COUNTER: Final[dict[str, Any]] = {
    "answer_by": "2089-01-01T00:00:00Z",
    "note": "望能延长有效期。",
    "valid_until": "2089-02-01",
}


def _new(world: World, seat: Seat) -> dict[str, Any]:
    return {
        "request_number": 2,
        "price_minor": 48_000_00,
        "currency": "CNY",
        "plan": "先查明剥落原因，再堆焊修复并磨削。",
        "quantity": 2,
        "quantity_unit": "lot",
        "milestones": [
            {
                "title": "修复并试运行",
                "deliverable": "修复报告",
                "acceptance_criteria": "轧制一周无剥落",
                "price_minor": 48_000_00,
                "due_days": 45,
                "due_unit": "working_days",
            }
        ],
        "instalments": [
            {
                "amount_minor": 48_000_00,
                "trigger": "milestone",
                "due_days": 15,
                "milestone": 1,
            }
        ],
        "member_ids": [world.of("proposal_member")],
        "valid_until": "2090-03-31",
        "file_ids": [world.of("proposal_file")],
    }


def _of(name: str) -> dict[str, str]:
    return {"proposal_id": name}


ENTRIES: Final[Entries] = {
    "draft_proposal": Entry(may=WRITERS, at={"request_id": "request_open"}, body=_new),
    "list_proposals": (
        Entry(may=PARTIES, at={"request_id": "request_of_opened"}, filtered=True),
        Entry(may=BIDDERS, at={"request_id": "request_of_sealed"}, filtered=True),
    ),
    "list_unit_proposals": Entry(may=PARTIES, at={"unit_id": "unit"}, filtered=True),
    "get_proposal": (
        Entry(may=PARTIES, at=_of("proposal_opened")),
        Entry(may=BIDDERS, sees=NOBODY, at=_of("proposal_sealed")),
        Entry(may=BIDDERS, sees=NOBODY, at=_of("proposal_draft")),
    ),
    "change_proposal": Entry(
        may=WRITERS,
        sees=BIDDERS,
        at=_of("proposal_sealed"),
        body=given(plan="改用激光熔覆。"),
        etag="proposal_sealed",
    ),
    "submit_proposal": Entry(may=VOICE, sees=BIDDERS, at=_of("proposal_draft")),
    "withdraw_proposal": (
        Entry(may=VOICE, sees=BIDDERS, at=_of("proposal_sealed"), body=given(reason="人手不足")),
        Entry(may=VOICE, at=_of("proposal_opened"), body=given(reason="人手不足")),
    ),
    "list_proposal_revisions": (
        Entry(may=PARTIES, at=_of("proposal_opened")),
        Entry(may=BIDDERS, sees=NOBODY, at=_of("proposal_sealed")),
    ),
    "diff_proposal_revisions": Entry(
        may=BIDDERS, sees=NOBODY, at={**_of("proposal_opened"), "before": "1", "after": "2"}
    ),
    "get_proposal_attachment": (
        Entry(may=PARTIES, at={**_of("proposal_opened"), "file_id": "proposal_file"}),
        Entry(may=BIDDERS, sees=NOBODY, at={**_of("proposal_sealed"), "file_id": "proposal_file"}),
    ),
    "make_counter_offer": Entry(
        may=VOICE | BUYERS, at=_of("proposal_opened"), body=given(**COUNTER)
    ),
    "list_counter_offers": Entry(may=PARTIES, at=_of("proposal_countered")),
    "get_counter_offer": Entry(may=PARTIES, at={"offer_id": "counter_offer"}),
    "accept_counter_offer": Entry(may=VOICE, at={"offer_id": "counter_offer"}, present=True),
    "refuse_counter_offer": Entry(
        may=VOICE, at={"offer_id": "counter_offer"}, body=given(reason="价格过低")
    ),
}
