"""Contracts from the order to the signatures."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import ALL, PARTIES, Seat, above, enterprise, far_enterprise, unit
from tests.access.world import World

DRAFTERS: Final = unit(Role.MEMBER, Role.CLERK)
PASS: Final = given(verdict="pass")


def _of(name: str, **more: str) -> dict[str, str]:
    return {"contract_id": name, **more}


def _order(world: World, seat: Seat) -> dict[str, Any]:
    return {"offering_version": 1, "reason": "原修复单位熟悉该设备"}


def _signature(world: World, seat: Seat) -> dict[str, Any]:
    return {"text_sha256": world.of("text_sha256")}


def _reviewed(state: str, stage: str, role: Role) -> Entry:
    may = unit(role) | above(role)
    return Entry(may=may, at=_of(state, stage=stage), body=PASS, present=True)


ENTRIES: Final[Entries] = {
    "order_offering": Entry(
        may=enterprise(Role.BUYER) | far_enterprise(Role.BUYER),
        sees=ALL,
        at={"offering_id": "published"},
        body=_order,
    ),
    "approve_order": Entry(may=enterprise(Role.MANAGER), at=_of("ordered"), present=True),
    "list_contracts": Entry(may=PARTIES, filtered=True),
    "get_contract": Entry(may=PARTIES, at=_of("drafting")),
    "edit_contract": Entry(
        may=DRAFTERS, at=_of("drafting"), body=given(place="锦川市"), etag="drafting"
    ),
    "explain_contract": Entry(may=PARTIES, at=_of("drafting")),
    "cancel_contract": Entry(
        may=enterprise(Role.BUYER, Role.MANAGER) | unit(Role.CLERK, Role.LEADER),
        at=_of("drafting"),
        body=given(reason="不再需要"),
    ),
    "submit_contract": Entry(may=DRAFTERS, at=_of("drafting")),
    "review_contract": (
        _reviewed("in_technical_review", "technical", Role.TECH_REVIEWER),
        _reviewed("in_finance_review", "finance", Role.FINANCE),
        _reviewed("in_leader_review", "leader", Role.LEADER),
    ),
    "get_contract_text": Entry(may=PARTIES, at=_of("awaiting_signatures")),
    "get_contract_document": Entry(may=PARTIES, at=_of("awaiting_signatures")),
    "sign_contract": (
        Entry(
            may=unit(Role.SIGNATORY),
            at=_of("awaiting_signatures", party="provider"),
            body=_signature,
            present=True,
        ),
        Entry(
            may=enterprise(Role.SIGNATORY),
            at=_of("awaiting_signatures", party="buyer"),
            body=_signature,
            present=True,
        ),
    ),
}
