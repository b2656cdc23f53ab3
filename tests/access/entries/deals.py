"""Deals: the two sides write, the unit above and auditors read; and how often one is told."""

from typing import Final

from market.base.access import ENTERPRISE_ROLES, UNIT_ROLES, Role
from tests.access.entry import Entries, Entry, given, open_to_all
from tests.access.seats import ALL, NOBODY, PARTIES, enterprise, far_enterprise, unit

SIDES: Final = enterprise(*ENTERPRISE_ROLES) | unit(*(UNIT_ROLES - {Role.AUDITOR}))
DEAL: Final = {"deal_id": "deal"}

ENTRIES: Final[Entries] = {
    "ask_about_offering": Entry(
        may=enterprise() | far_enterprise(), sees=ALL, at={"offering_id": "published"}
    ),
    "open_contract_deal": Entry(may=SIDES, at={"contract_id": "drafting"}),
    "open_proposal_deal": (
        Entry(may=SIDES, at={"proposal_id": "proposal_opened"}),
        Entry(
            may=SIDES - enterprise(),
            sees=NOBODY,
            at={"proposal_id": "proposal_sealed"},
            conflicts=True,
        ),
    ),
    "list_deals": Entry(may=PARTIES, filtered=True),
    "get_deal": Entry(may=PARTIES, at=DEAL),
    "list_messages": Entry(may=PARTIES, at=DEAL),
    "send_message": Entry(may=SIDES, at=DEAL, body=given(body="请附检测报告。", files=[])),
    "mark_deal_read": Entry(may=SIDES, at=DEAL, body=given(number=1)),
    "list_notice_settings": open_to_all(),
    "choose_cadence": open_to_all(at={"topic": "deal_messages"}, body=given(cadence="daily")),
}
