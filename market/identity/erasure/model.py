"""Who may have a person's data erased."""

from __future__ import annotations

from market.base.errors import Forbidden


class NotYoursToErase(Forbidden):
    """A person decides about his own data; an administrator carries out what he asks for."""

    code = "not_yours_to_erase"
    zh = "个人信息由本人申请注销，或由其所属全部单位的管理员代为办理。请本人登录办理。"
    en = (
        "A person has his own data erased, or asks an administrator of all that he belongs to. "
        "Let him sign in and do it."
    )
