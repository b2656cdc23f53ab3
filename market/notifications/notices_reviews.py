"""Notices of reviews; what a sealed one says is in no letter."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

SPEAKERS: Final = (Role.BUYER, Role.MANAGER, Role.CLERK, Role.LEADER)
REVIEWED: Final = Audience("reviewed_id", SPEAKERS)
REVIEWER: Final = Audience("reviewer_id", SPEAKERS)

REVIEW_WRITTEN: Final = Letter(
    subject_zh="对方已评价：合同 {number}",
    body_zh="{reader}：\n\n{reviewer} 已就合同 {number}“{subject}”评价贵方。"
    "双方均评价后，或 {closes_at}期满后公开。\n请在此之前登录平台评价对方。",
    subject_en="You were reviewed: contract {number}",
    body_en="{reader},\n\n{reviewer} reviewed your side of contract {number} '{subject}'. It is "
    "shown once both have written, or after {closes_at}. Sign in and review them by then.",
)
REVIEW_ANSWERED: Final = Letter(
    subject_zh="已回应：合同 {number} 的评价",
    body_zh="{reader}：\n\n{reviewed} 回应了贵方就合同 {number}“{subject}”的评价。请登录平台查看。",
    subject_en="Answered: your review of contract {number}",
    body_en="{reader},\n\n{reviewed} answered your review of contract {number} '{subject}'. Sign "
    "in to read it.",
)
REVIEW_HIDDEN: Final = Letter(
    subject_zh="已隐藏：合同 {number} 的评价",
    body_zh="{reader}：\n\n{reviewer} 就合同 {number}“{subject}”所写的评价已由管理员隐藏，"
    "理由如下：\n\n{hidden_reason}\n\n该评价不再公开，也不计入平均分。",
    subject_en="Hidden: a review of contract {number}",
    body_en="{reader},\n\nthe review by {reviewer} of contract {number} '{subject}' was hidden by "
    "an administrator:\n\n{hidden_reason}\n\nIt is not public any more and counts in no "
    "average.",
)

REVIEWS: Final[Notices] = {
    "review.written": (Notice(REVIEW_WRITTEN, (REVIEWED,)),),
    "review.answered": (Notice(REVIEW_ANSWERED, (REVIEWER,)),),
    "review.hidden": (Notice(REVIEW_HIDDEN, (REVIEWER, REVIEWED)),),
}
