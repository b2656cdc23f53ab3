"""Notices of the identity wing, beside the letters that it writes itself."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

ENTERPRISE_TO_VERIFY: Final = Letter(
    subject_zh="请核验企业：{name}",
    body_zh="{reader}：\n\n{name}（统一社会信用代码 {uscc}）已自行登记，等待核验。\n"
    "请登录平台核对其主体信息后通过，或说明理由退回。",
    subject_en="Enterprise to verify: {name}",
    body_en="{reader},\n\n{name} (USCC {uscc}) registered itself and waits to be verified. Sign "
    "in, "
    "check who it is, then verify it or return the registration with reasons.",
)

IDENTITY: Final[Notices] = {
    "organisation.registered": (Notice(ENTERPRISE_TO_VERIFY, (Audience("desk", (Role.CLERK,)),)),),
}
