"""Judging and awards: the buyer's acts, the judges' points, the bidders' complaints."""

from typing import Any, Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import PARTIES, Seat, enterprise, unit
from tests.access.world import World

BUYERS: Final = enterprise(Role.BUYER, Role.MANAGER)
MANAGER: Final = enterprise(Role.MANAGER)
AWAITED: Final = enterprise(Role.SIGNATORY)
DECLARED: Final = enterprise(Role.PAYER)
BIDDERS: Final = unit() - unit(Role.AUDITOR, Role.ADMINISTRATOR)
KNOWING: Final = enterprise() | BIDDERS


def _of(name: str) -> dict[str, str]:
    return {"request_id": name}


def _award(proposal: str, **more: Any) -> Any:
    def fill(world: World, seat: Seat) -> dict[str, Any]:
        return {"proposal_id": world.of(proposal), **more}

    return fill


ENTRIES: Final[Entries] = {
    "start_evaluation": Entry(may=BUYERS, at=_of("closed_request")),
    "get_evaluation": Entry(may=enterprise(), sees=enterprise(), at=_of("scored_request")),
    "explain_evaluation": Entry(may=enterprise(), sees=enterprise(), at=_of("scored_request")),
    "compare_proposals": Entry(may=enterprise(), sees=enterprise(), at=_of("scored_request")),
    "appoint_judge": Entry(
        may=BUYERS,
        at=_of("judged_request"),
        body=lambda world, seat: {"person_id": world.of("next_judge")},
    ),
    "declare_interest": Entry(
        present=True,
        may=AWAITED,
        sees=enterprise(),
        at={"judge_id": "judge_appointed"},
        body=given(conflict=False),
    ),
    "remove_judge": Entry(
        may=BUYERS,
        sees=enterprise(),
        at={"judge_id": "judge_declared"},
        body=given(reason="近期调任报价单位"),
    ),
    "get_judging_sheet": Entry(
        may=AWAITED | DECLARED, sees=AWAITED | DECLARED, at=_of("judged_request")
    ),
    "score_proposal": Entry(
        present=True,
        may=DECLARED,
        sees=enterprise(),
        at={"judge_id": "judge_declared", "proposal_id": "judged_proposal"},
        body=given(plan=85, qualification=90, time=75, note="方案完整，工期略长"),
    ),
    "end_scoring": Entry(may=BUYERS, at=_of("judged_request"), conflicts=True),
    "reopen_scoring": Entry(
        may=BUYERS, at=_of("scored_request"), body=given(reason="还价后条款有变"), conflicts=True
    ),
    "draft_from_award": Entry(
        may=BUYERS, sees=KNOWING, at={"award_id": "final_award"}, body=given()
    ),
    "shortlist_proposal": Entry(may=BUYERS, at={"proposal_id": "scored_proposal"}),
    "award_request": Entry(
        may=BUYERS, at=_of("scored_request"), body=_award("scored_proposal"), present=True
    ),
    "award_directly": Entry(
        may=BUYERS,
        at=_of("closed_request"),
        body=_award("closed_proposal", reason="原单位熟悉现场，须立即抢修"),
        present=True,
    ),
    "list_awards": Entry(may=PARTIES, at=_of("announced_request")),
    "get_award": Entry(may=KNOWING, sees=KNOWING, at={"award_id": "award"}),
    "approve_award": Entry(
        may=MANAGER, sees=enterprise(), at={"award_id": "proposed_award"}, present=True
    ),
    "set_aside_award": Entry(
        may=MANAGER,
        sees=enterprise(),
        at={"award_id": "proposed_award"},
        body=given(reason="项目暂缓实施"),
        present=True,
    ),
    "file_complaint": Entry(
        may=unit(Role.CLERK, Role.LEADER),
        sees=KNOWING,
        at={"award_id": "award"},
        body=given(grounds="评分与公布的权重不符，请复核。"),
    ),
    "get_complaint": Entry(may=enterprise(), sees=enterprise(), at={"complaint_id": "complaint"}),
    "answer_complaint": Entry(
        may=MANAGER,
        sees=enterprise(),
        at={"complaint_id": "complaint"},
        body=given(upheld=False, answer="证书已计入资质分，评分无误。"),
        present=True,
    ),
}
