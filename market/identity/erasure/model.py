"""Who may have a person's data erased."""

from __future__ import annotations

from market.base.errors import Forbidden


class NotYoursToErase(Forbidden):
    """A person decides about his own data; an administrator carries out what he asks for."""

    code = "not_yours_to_erase"
    zh = "个人信息由本人申请注销,或由管理员代为办理。请本人登录办理,或联系管理员。"
    en = "A person has his own data erased, or asks an administrator to do it. Sign in as him."
