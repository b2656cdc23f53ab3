"""Notices of enterprise requests; a letter to bidders never says whose the request is."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

BUYERS: Final = Audience("buyer_id", (Role.BUYER, Role.MANAGER))
INVITED: Final = Audience("newly_invited", (Role.CLERK,))
FOLLOWERS: Final = Audience("followers", (Role.CLERK,))

REQUEST_INVITED: Final = Letter(
    subject_zh="邀请参加：企业需求“{title}”",
    body_zh="{reader}：\n\n贵单位受邀参加企业需求“{title}”，截止时间 {deadline}。\n"
    "请登录平台查看内容；如有疑问，可在提问截止前提问。",
    subject_en="Invitation: enterprise request '{title}'",
    body_en="{reader},\n\nyour unit is invited to the enterprise request '{title}', which closes "
    "at {deadline}. Sign in to read it; questions are welcome until their own deadline.",
)
REQUEST_CHANGED: Final = Letter(
    subject_zh="内容变更：企业需求“{title}”第 {number} 版",
    body_zh="{reader}：\n\n企业需求“{title}”已更新为第 {number} 版，截止时间 {deadline}。"
    "变更理由：\n\n{change_reason}\n\n请登录平台查看差异。",
    subject_en="Changed: enterprise request '{title}', version {number}",
    body_en="{reader},\n\nthe enterprise request '{title}' is now version {number} and closes at "
    "{deadline}. The reason:\n\n{change_reason}\n\nSign in to see what differs.",
)
REQUEST_ASKED: Final = Letter(
    subject_zh="新的提问：企业需求“{title}”",
    body_zh="{reader}：\n\n有单位就企业需求“{title}”提问。提问人对各方保密。"
    "请登录平台答复，答复向全体公布。",
    subject_en="A question: enterprise request '{title}'",
    body_en="{reader},\n\na unit asked about the enterprise request '{title}'; who asked is not "
    "told. Sign in and answer; all bidders will read the answer.",
)
REQUEST_ANSWERED: Final = Letter(
    subject_zh="已答复：企业需求“{title}”第 {number} 版",
    body_zh="{reader}：\n\n企业需求“{title}”有新的答复，内容已更新为第 {number} 版。"
    "请登录平台查看。",
    subject_en="Answered: enterprise request '{title}', version {number}",
    body_en="{reader},\n\na question about the enterprise request '{title}' was answered, which "
    "made version {number}. Sign in to read the answer.",
)
REQUEST_CLOSED: Final = Letter(
    subject_zh="已截止：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”已于 {deadline}截止。请登录平台查看结果并开始评审。",
    subject_en="Closed: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' closed at {deadline}. Sign in to "
    "see what came in and to begin the evaluation.",
)
REQUEST_CLOSED_EMPTY: Final = Letter(
    subject_zh="已截止，没有报价：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”已于 {deadline}截止，没有收到报价。"
    "请登录平台以未授标结束，或另行发布需求。",
    subject_en="Closed without proposals: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' closed at {deadline} and no proposal "
    "came in. Sign in and end it without an award, or publish another one.",
)
REQUEST_CANCELLED: Final = Letter(
    subject_zh="已取消：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”已取消，理由如下：\n\n{reason}\n\n无需再作准备。",
    subject_en="Cancelled: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' was cancelled:\n\n{reason}\n\n"
    "Nothing more needs to be prepared.",
)
REQUEST_WITHOUT_AWARD: Final = Letter(
    subject_zh="未授标：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”未授标，理由如下：\n\n{reason}\n\n感谢关注。",
    subject_en="No award: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' ended without an award:\n\n{reason}\n\n"
    "Thank you for your interest.",
)

REQUESTS: Final[Notices] = {
    "enterprise_request.published": (Notice(REQUEST_INVITED, (INVITED,)),),
    "enterprise_request.units_invited": (Notice(REQUEST_INVITED, (INVITED,)),),
    "enterprise_request.changed": (Notice(REQUEST_CHANGED, (FOLLOWERS,)),),
    "enterprise_request.asked": (Notice(REQUEST_ASKED, (BUYERS,)),),
    "enterprise_request.answered": (Notice(REQUEST_ANSWERED, (FOLLOWERS,)),),
    "enterprise_request.closed": (
        Notice(REQUEST_CLOSED, (BUYERS,), given="with_proposals"),
        Notice(REQUEST_CLOSED_EMPTY, (BUYERS,), given="without_proposals"),
    ),
    "enterprise_request.cancelled": (Notice(REQUEST_CANCELLED, (FOLLOWERS,)),),
    "enterprise_request.ended_without_award": (Notice(REQUEST_WITHOUT_AWARD, (FOLLOWERS,)),),
}
