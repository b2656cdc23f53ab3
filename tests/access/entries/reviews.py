"""Reviews by the parties, pages for everybody, and a member's own consent."""

from typing import Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, Public, given, open_to_all
from tests.access.seats import NOBODY, PARTIES, SIDE, above, enterprise, unit

BUYERS: Final = enterprise(Role.BUYER, Role.MANAGER)
PROVIDERS: Final = unit(Role.CLERK, Role.LEADER)
WORDS: Final = given(quality=5, punctuality=4, communication=5, comment="按期完成，配合良好")


def _of(name: str) -> dict[str, str]:
    return {"review_id": name}


ENTRIES: Final[Entries] = {
    "write_review": Entry(may=PROVIDERS | BUYERS, at={"contract_id": "completed"}, body=WORDS),
    "list_contract_reviews": Entry(may=PARTIES, at={"contract_id": "completed"}),
    "get_review": (
        Entry(may=enterprise(), sees=enterprise(), at=_of("sealed_review")),
        Entry(may=PARTIES, at=_of("shown_review")),
    ),
    "edit_review": Entry(
        may=BUYERS, sees=enterprise(), at=_of("sealed_review"), body=WORDS, etag="sealed_review"
    ),
    "answer_review": Entry(
        may=PROVIDERS, at=_of("shown_review"), body=given(answer="谢谢，欢迎再次合作")
    ),
    "hide_review": Entry(
        present=True,
        may=above(Role.ADMINISTRATOR),
        at=_of("shown_review"),
        body=given(reason="含有人身攻击"),
    ),
    "list_organisation_reviews": open_to_all(at={"organisation_id": "unit"}),
    "get_provider": Public(at={"unit_id": "unit"}),
    "get_expert": Public(at={"member_id": "shown_member"}),
    "get_public_profile": Entry(may=SIDE, sees=SIDE, at={"member_id": "shown_member"}),
    "agree_to_be_shown": Entry(
        may=NOBODY,
        sees=SIDE,
        at={"member_id": "shown_member"},
        body=given(qualification_ids=[]),
        present=True,
    ),
    "withdraw_from_the_public": Entry(
        may=NOBODY, sees=SIDE, at={"member_id": "shown_member"}, present=True
    ),
}
