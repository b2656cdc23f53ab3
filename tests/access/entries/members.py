"""The register of members."""

from typing import Final

from market.base.access import Role
from tests.access.entry import Entries, Entry, given
from tests.access.seats import SIDE, unit

CLERK: Final = unit(Role.CLERK)
MEMBER: Final = {"member_id": "member"}
CERTIFICATE: Final = given(
    kind="职业资格证书", number="S000051010099", issuer="锦川市人社局", issued_on="2024-06-07"
)

ENTRIES: Final[Entries] = {
    "enrol_member": Entry(
        may=CLERK,
        sees=SIDE,
        at={"unit_id": "unit"},
        body=given(kind="individual", number="M-NEW", name="新会员"),
    ),
    "list_members": Entry(may=SIDE, query={"unit_id": "unit"}, filtered=True),
    "get_member": Entry(may=SIDE, sees=SIDE, at=MEMBER),
    "edit_member": Entry(may=CLERK, sees=SIDE, at=MEMBER, body=given(trade="焊工"), etag="member"),
    "end_membership": Entry(may=CLERK, sees=SIDE, at=MEMBER, body=given()),
    "add_qualification": Entry(may=CLERK, sees=SIDE, at=MEMBER, body=CERTIFICATE),
    "withdraw_qualification": Entry(
        may=CLERK, sees=SIDE, at={**MEMBER, "qualification_id": "qualification"}
    ),
}
