"""Notices of judging and awards: each bidder is told of an announcement once, by its own letter."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

BUYERS: Final = Audience("buyer_id", (Role.BUYER, Role.MANAGER))
MANAGERS: Final = Audience("buyer_id", (Role.MANAGER,))
UNIT: Final = Audience("unit_id", (Role.CLERK, Role.LEADER))
BIDDERS: Final = Audience("bidders", (Role.CLERK, Role.LEADER))
ASSOCIATION: Final = Audience("association", (Role.ADMINISTRATOR,))

JUDGE_APPOINTED: Final = Letter(
    subject_zh="请评审：企业需求“{title}”",
    body_zh="{reader}：\n\n您被指定为企业需求“{title}”的评委。请登录平台，"
    "先声明是否存在利害关系，再评分。",
    subject_en="You are to judge: enterprise request '{title}'",
    body_en="{reader},\n\nyou were named to judge the enterprise request '{title}'. Sign in, "
    "declare "
    "whether you have an interest, then score the proposals.",
)
JUDGE_RECUSED: Final = Letter(
    subject_zh="评委回避：企业需求“{title}”",
    body_zh="{reader}：\n\n评委{judge}已回避，理由如下：\n\n{reason}\n\n如评委不足，请另行指定。",
    subject_en="A judge recused himself: enterprise request '{title}'",
    body_en="{reader},\n\n{judge} recused himself:\n\n{reason}\n\nName another if too few are "
    "left.",
)
JUDGE_REMOVED: Final = Letter(
    subject_zh="不再担任评委：企业需求“{title}”",
    body_zh="{reader}：\n\n您不再担任企业需求“{title}”的评委，所评分数不计入结果，理由如下："
    "\n\n{reason}",
    subject_en="You judge no more: enterprise request '{title}'",
    body_en="{reader},\n\nyou no longer judge the enterprise request '{title}', and your points do "
    "not count:\n\n{reason}",
)
SCORED: Final = Letter(
    subject_zh="评分结束：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”的评分已结束。请登录平台查看结果并定标。",
    subject_en="Scored: enterprise request '{title}'",
    body_en="{reader},\n\nthe proposals for the enterprise request '{title}' are scored. Sign in, "
    "read the results and award.",
)
SCORE_AGAIN: Final = Letter(
    subject_zh="请重新评分：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”的报价须重新评分。{why}\n\n请登录平台，对每份有效报价"
    "重新评分。",
    subject_en="Score again: enterprise request '{title}'",
    body_en="{reader},\n\nthe proposals for the enterprise request '{title}' are to be scored "
    "anew. {why}\n\nSign in and score each proposal that is still valid.",
)
AWARD_TO_APPROVE: Final = Letter(
    subject_zh="请批准：企业需求“{title}”的定标",
    body_zh="{reader}：\n\n拟将企业需求“{title}”以 {price} 授予{winner}，超过一人可决定的限额。"
    "{why}\n\n请由提出人以外的企业管理人批准或撤销；没有另一位的，请邀请同事并授予企业管理人角色。"
    "批准之前，提出人可以撤回。",
    subject_en="For approval: award of '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' is to be awarded to {winner} at "
    "{price}, above what one person decides alone. {why}\n\nAnother manager than who "
    "proposed it approves, or sets it aside; if there is none, invite a colleague as manager. "
    "Until it is approved, who proposed it may take it back.",
)
AWARD_WON: Final = Letter(
    subject_zh="中选：企业需求“{title}”",
    body_zh="{reader}：\n\n贵单位对企业需求“{title}”的报价 {price} 已中选。公示至 "
    "{standstill_until}，"
    "此前可能有异议，报价在此期间不能撤回。",
    subject_en="Chosen: enterprise request '{title}'",
    body_en="{reader},\n\nyour unit's proposal of {price} for the enterprise request '{title}' was "
    "chosen. The standstill lasts until {standstill_until}; until then others may complain, "
    "and the proposal binds.",
)
AWARD_LOST: Final = Letter(
    subject_zh="未中选：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”拟授予{winner}，价格 {price}。{why}"
    "\n\n贵单位报价的得分："
    "价格 {price_points}，方案 {plan_points}，资质 {qualification_points}，时间 {time_points}，"
    "总分 {total}，名次 {rank}。\n如有异议，请在 {standstill_until}前在平台提出。",
    subject_en="Not chosen: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' goes to {winner} at {price}. {why}"
    "\n\nYour proposal's points: price {price_points}, plan {plan_points}, qualification "
    "{qualification_points}, time {time_points}; total {total}, rank {rank}. Complaints are filed "
    "on the platform before {standstill_until}.",
)
AWARD_LOST_UNJUDGED: Final = Letter(
    subject_zh="未中选：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”未经评分，拟直接授予{winner}，价格 {price}。理由："
    "{reason}\n\n如有异议，请在 {standstill_until}前在平台提出。",
    subject_en="Not chosen: enterprise request '{title}'",
    body_en="{reader},\n\nthe enterprise request '{title}' goes directly to {winner} at {price}, "
    "without judging. The reason: {reason}\n\nComplaints are filed on the platform before "
    "{standstill_until}.",
)
AWARD_FINAL: Final = Letter(
    subject_zh="定标生效：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”授予{winner}（{price}）的定标已生效。"
    "下一步由需求方起草合同。",
    subject_en="Award final: enterprise request '{title}'",
    body_en="{reader},\n\nthe award of the enterprise request '{title}' to {winner} at {price} is "
    "final. Next, the buyer drafts the contract.",
)
AWARD_REFUSED: Final = Letter(
    subject_zh="定标未获批准：企业需求“{title}”",
    body_zh="{reader}：\n\n您提出将企业需求“{title}”以 {price} 授予{winner}，未获批准：{end_reason}"
    "\n\n尚未通知任何报价单位。评审继续，请重新定标。",
    subject_en="Award not approved: enterprise request '{title}'",
    body_en="{reader},\n\nyour proposal to award the enterprise request '{title}' to {winner} at "
    "{price} was not approved: {end_reason}\n\nNo bidder was told of it. The evaluation goes on: "
    "award anew.",
)
AWARD_SET_ASIDE: Final = Letter(
    subject_zh="定标已撤销：企业需求“{title}”",
    body_zh="{reader}：\n\n企业需求“{title}”的定标已撤销：{end_reason}\n\n评审继续，"
    "有效报价仍然有效。",
    subject_en="Award set aside: enterprise request '{title}'",
    body_en="{reader},\n\nthe award of the enterprise request '{title}' was set aside: {end_reason}"
    "\n\nThe evaluation goes on; proposals that are valid still bind.",
)
COMPLAINT_FILED: Final = Letter(
    subject_zh="收到异议：企业需求“{title}”",
    body_zh="{reader}：\n\n{unit}对企业需求“{title}”的定标提出异议。请由未提出、未批准该定标"
    "且未参加评审的企业管理人在 {due_on} 前答复；逾期由协会平台管理员答复。答复前定标不生效。",
    subject_en="A complaint: enterprise request '{title}'",
    body_en="{reader},\n\n{unit} complains about the award of the enterprise request '{title}'. A "
    "manager who neither proposed, approved nor judged answers by {due_on}; after that the "
    "association's administrator does. Until then the award takes no effect.",
)
COMPLAINT_HANDED_ON: Final = Letter(
    subject_zh="收到异议：企业需求“{title}”",
    body_zh="{reader}：\n\n{unit}对企业需求“{title}”的定标提出异议。需求方逾期未答复或没有可以答复的"
    "企业管理人，现由协会平台管理员答复。答复前定标不生效。",
    subject_en="A complaint: enterprise request '{title}'",
    body_en="{reader},\n\n{unit} complains about the award of the enterprise request '{title}'. "
    "The buyer did not answer in time or has nobody who may, so the association's administrator "
    "answers. Until then the award takes no effect.",
)
COMPLAINT_ESCALATED: Final = Letter(
    subject_zh="请答复异议：企业需求“{title}”",
    body_zh="{reader}：\n\n{unit}对企业需求“{title}”的定标提出的异议，需求方逾期未答复或没有可以答复的"
    "企业管理人，现由协会平台管理员答复。异议编号：{complaint_id}。答复前定标不生效。",
    subject_en="A complaint to answer: enterprise request '{title}'",
    body_en="{reader},\n\n{unit} complains about the award of the enterprise request '{title}'. "
    "The buyer did not answer in time or has nobody who may, so the association's administrator "
    "answers. The complaint's id: {complaint_id}. Until then the award takes no effect.",
)
COMPLAINT_ANSWERED: Final = Letter(
    subject_zh="异议已答复：企业需求“{title}”",
    body_zh="{reader}：\n\n贵单位就企业需求“{title}”提出的异议已答复：\n\n{answer}",
    subject_en="Your complaint was answered: enterprise request '{title}'",
    body_en="{reader},\n\nyour complaint about the enterprise request '{title}' was answered:"
    "\n\n{answer}",
)

AWARDS: Final[Notices] = {
    "judge.appointed": (Notice(JUDGE_APPOINTED, (Audience("person_id"),)),),
    "judge.recused": (Notice(JUDGE_RECUSED, (BUYERS,)),),
    "judge.removed": (Notice(JUDGE_REMOVED, (Audience("person_id"),)),),
    "evaluation.finished": (Notice(SCORED, (BUYERS,)),),
    "evaluation.reopened": (Notice(SCORE_AGAIN, (Audience("judges"),)),),
    "award.proposed": (Notice(AWARD_TO_APPROVE, (MANAGERS,), given="awaited"),),
    "award.announced": (Notice(AWARD_WON, (UNIT,), given="disputable"),),
    "outcome.passed_over": (
        Notice(AWARD_LOST, (UNIT,), given="judged"),
        Notice(AWARD_LOST_UNJUDGED, (UNIT,), given="unjudged"),
    ),
    "award.finalised": (Notice(AWARD_FINAL, (UNIT, BUYERS)),),
    "award.set_aside": (
        Notice(AWARD_SET_ASIDE, (BIDDERS, BUYERS), given="announced"),
        Notice(AWARD_REFUSED, (Audience("proposed_by"),), given="untold"),
    ),
    "complaint.filed": (
        Notice(COMPLAINT_FILED, (MANAGERS,), given="the_buyers"),
        Notice(COMPLAINT_HANDED_ON, (MANAGERS,), given="handed_on"),
    ),
    "complaint.escalated": (Notice(COMPLAINT_ESCALATED, (ASSOCIATION,)),),
    "complaint.refused": (Notice(COMPLAINT_ANSWERED, (UNIT,)),),
    "complaint.upheld": (Notice(COMPLAINT_ANSWERED, (UNIT,)),),
}
