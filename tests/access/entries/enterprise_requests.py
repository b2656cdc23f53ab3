"""Enterprise requests: the enterprise writes, those whom it invited read and ask."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, given
from tests.access.seats import ALL, PARTIES, SIDE, above, enterprise, far_enterprise, unit

WRITERS: Final = enterprise(Role.BUYER, Role.MANAGER)
ASKERS: Final = unit(Role.MEMBER, Role.CLERK) | above(Role.MEMBER, Role.CLERK)
NEW: Final[dict[str, Any]] = {
    "title": "老旧立车数控化改造",
    "problem": "立车主轴精度下降，需数控化改造。",
    "kind": "service",
    "quantity": 1,
    "quantity_unit": "lot",
    "budget_from_minor": 150_000_00,
    "budget_to_minor": 220_000_00,
    "currency": "CNY",
    "questions_until": "2090-01-01T00:00:00Z",
    "deadline": "2090-01-08T00:00:00Z",
    "secrecy": "anonymous",
    "sealed": True,
    "technical_field": "advanced_manufacturing",
    "industry": "C34",
    "region": "510100",
    "place": "装配车间",
    "price_weight": 40,
    "plan_weight": 30,
    "qualification_weight": 20,
    "time_weight": 10,
    "file_ids": [],
    "buyer_reference": "CG-77",
}


def _of(name: str) -> dict[str, str]:
    return {"request_id": name}


ENTRIES: Final[Entries] = {
    "list_enterprise_requests": Public(),
    "suggest_enterprise_requests": Public(query={"q": "轧辊"}),
    "draft_enterprise_request": Entry(
        may=WRITERS | far_enterprise(Role.BUYER, Role.MANAGER), sees=ALL, body=given(**NEW)
    ),
    "list_own_enterprise_requests": Entry(
        may=enterprise(), at={"organisation_id": "enterprise"}, filtered=True
    ),
    "list_invited_enterprise_requests": Entry(may=SIDE, at={"unit_id": "unit"}, filtered=True),
    "get_enterprise_request": (
        Entry(may=PARTIES, at=_of("request_open")),
        Entry(may=enterprise(), sees=enterprise(), at=_of("request_draft")),
    ),
    "change_enterprise_request": Entry(
        may=WRITERS,
        at=_of("request_open"),
        body=given(quantity=3, reason="再增加一台"),
        etag="request_open",
    ),
    "publish_enterprise_request": Entry(may=WRITERS, sees=enterprise(), at=_of("request_draft")),
    "invite_units": Entry(
        may=WRITERS,
        sees=enterprise(),
        at=_of("request_draft"),
        body=lambda world, seat: {"unit_ids": [world.of("unit")]},
    ),
    "cancel_enterprise_request": Entry(
        may=WRITERS, at=_of("request_open"), body=given(reason="项目暂缓")
    ),
    "end_without_award": Entry(
        may=WRITERS, at=_of("request_open"), body=given(reason="均不满足"), conflicts=True
    ),
    "list_questions": Entry(may=PARTIES, at=_of("request_open"), filtered=True),
    "ask_question": Entry(
        may=ASKERS, at=_of("request_open"), body=given(question="轧辊材质是什么？")
    ),
    "answer_question": Entry(
        may=WRITERS,
        at={**_of("request_open"), "question_id": "question"},
        body=given(answer="可以停机八小时。"),
    ),
    "list_enterprise_request_versions": Entry(may=PARTIES, at=_of("request_open"), filtered=True),
    "diff_enterprise_request_versions": Entry(
        may=PARTIES, at={**_of("request_open"), "before": "1", "after": "2"}
    ),
    "get_enterprise_request_attachment": Entry(
        may=PARTIES, at={**_of("request_open"), "file_id": "request_file"}
    ),
}
