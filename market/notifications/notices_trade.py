"""Notices of the trade wing: offerings, rights, contracts, milestones."""

from typing import Final

from market.base.access import Role
from market.identity.letters import Letter
from market.notifications.model import Audience, Notice, Notices

REVIEWERS: Final = Audience("unit_id", (Role.TECH_REVIEWER,))
MAKERS: Final = Audience("maker_ids")
BUYERS: Final = Audience("buyer_id", (Role.BUYER, Role.MANAGER))
MANAGERS: Final = Audience("buyer_id", (Role.MANAGER,))
CLERKS: Final = Audience("provider_unit_id", (Role.CLERK,))
WORKERS: Final = Audience("provider_unit_id", (Role.CLERK, Role.MEMBER))
TECHNICAL: Final = Audience("unit_ids", (Role.TECH_REVIEWER,))
FINANCE: Final = Audience("unit_ids", (Role.FINANCE,))
LEADERS: Final = Audience("unit_ids", (Role.LEADER,))

OFFERING_TO_REVIEW: Final = Letter(
    subject_zh="请审核：服务项目 {code} {title}",
    body_zh="{reader}：\n\n服务项目 {code}“{title}”已提交审核，请在 {review_due_on} "
    "前登录平台审核。"
    "起草人和承担人不能审核。",
    subject_en="For review: offering {code} {title}",
    body_en="{reader},\n\noffering {code} '{title}' was submitted for review. Please review it by "
    "{review_due_on}. Those who drafted it or will do the work cannot.",
)
OFFERING_PUBLISHED: Final = Letter(
    subject_zh="已发布：服务项目 {code} {title}",
    body_zh="{reader}：\n\n您参与起草的服务项目 {code}“{title}”已通过审核并发布，"
    "企业现在可以下单。",
    subject_en="Published: offering {code} {title}",
    body_en="{reader},\n\noffering {code} '{title}', which you helped to draft, passed its review "
    "and is published. Enterprises can order it now.",
)
OFFERING_RETURNED: Final = Letter(
    subject_zh="审核退回：服务项目 {code} {title}",
    body_zh="{reader}：\n\n服务项目 {code}“{title}”被审核退回，理由如下：\n\n{reasons}\n\n"
    "请修改后重新提交。",
    subject_en="Returned: offering {code} {title}",
    body_en="{reader},\n\noffering {code} '{title}' was returned by its reviewer:\n\n{reasons}\n\n"
    "Mend the draft and submit it again.",
)
RIGHT_TO_CONSENT: Final = Letter(
    subject_zh="请确认：知识产权“{title}”的转让",
    body_zh="{reader}：\n\n{unit} 登记了您（或贵单位）拥有份额的知识产权“{title}”（{number}），"
    "拟用于转让。\n"
    "须经全体权利人同意方可发布。请登录平台，核对份额后表示同意；有异议请联系该单位。",
    subject_en="For your consent: the transfer of '{title}'",
    body_en="{reader},\n\n{unit} registered the right '{title}' ({number}), of which you or your "
    "organisation own a share, in order to offer its transfer. It needs the consent of every "
    "owner. Sign in, check the shares and consent, or contact the unit if you object.",
)
CONTRACT_ORDERED: Final = Letter(
    subject_zh="新订单：{buyer}，{subject}",
    body_zh="{reader}：\n\n{buyer} 下单“{subject}”，{price}。\n请登录平台，"
    "起草合同条款并提交审核。",
    subject_en="New order: {buyer}, {subject}",
    body_en="{reader},\n\n{buyer} ordered '{subject}' ({price}). Sign in, draft the terms and "
    "submit them for review.",
)
CONTRACT_AWARDED: Final = Letter(
    subject_zh="合同已按定标结果起草：{buyer}，{subject}",
    body_zh="{reader}：\n\n{buyer} 的企业需求“{subject}”已由贵单位中标，合同草案（{price}）"
    "已按中标的响应方案起草。\n请登录平台，核对各期的日期，补全条款后提交审核。",
    subject_en="Drafted from the award: {buyer}, {subject}",
    body_en="{reader},\n\nyour unit won '{subject}' of {buyer}, and a contract ({price}) was "
    "drafted from the proposal. Sign in, check its dates, complete the terms and submit them for "
    "review.",
)
ORDER_TO_APPROVE: Final = Letter(
    subject_zh="订单待您批准：{subject}",
    body_zh="{reader}：\n\n本单位向 {provider} 下单“{subject}”，总额 {total}，"
    "超过直接下单的限额 {limit}，\n须由下单人以外的一位企业管理人批准，"
    "合同方可提交审核。请登录平台批准或取消。",
    subject_en="An order needs your approval: {subject}",
    body_en="{reader},\n\nyour enterprise ordered '{subject}' from {provider} for {total}. That is "
    "above the limit of direct orders, {limit}, so a manager other than who ordered approves it "
    "before its review. Sign in to approve it or call it off.",
)
ORDER_APPROVED: Final = Letter(
    subject_zh="订单已获买方批准：{buyer}，{subject}",
    body_zh="{reader}：\n\n{buyer} 的企业管理人已批准订单“{subject}”（{price}），"
    "条款齐备后即可提交审核。",
    subject_en="The buyer approved the order: {buyer}, {subject}",
    body_en="{reader},\n\na manager of {buyer} approved the order of '{subject}' ({price}). "
    "Once its terms are complete it can be submitted for review.",
)
CONTRACT_TO_REVIEW: Final = Letter(
    subject_zh="请审核合同：{buyer}，{subject}",
    body_zh="{reader}：\n\n与 {buyer} 的合同“{subject}”（{price}）等待您这一环节的审核。\n"
    "三个环节须由三位不同的人审核，起草人不能审核。请登录平台办理。",
    subject_en="Contract for your review: {buyer}, {subject}",
    body_en="{reader},\n\nthe contract '{subject}' with {buyer} ({price}) waits for your stage "
    "of the review. Three different people review it, none of whom drafted it.",
)
CONTRACT_RETURNED: Final = Letter(
    subject_zh="合同审核退回：{buyer}，{subject}",
    body_zh="{reader}：\n\n与 {buyer} 的合同“{subject}”被退回起草，理由如下：\n\n{reasons}\n\n"
    "请修改条款后重新提交。",
    subject_en="Contract returned: {buyer}, {subject}",
    body_en="{reader},\n\nthe contract '{subject}' with {buyer} was returned to drafting:\n\n"
    "{reasons}\n\nMend the terms and submit them again.",
)
CONTRACT_TO_SIGN: Final = Letter(
    subject_zh="请签署合同 {number}：{subject}",
    body_zh="{reader}：\n\n合同 {number}“{subject}”（{buyer} 与 {provider}，{price}）已定稿，"
    "等待贵方签署。\n"
    "请登录平台，核对正文及其 SHA-256 后签署。",
    subject_en="Contract {number} for signature: {subject}",
    body_en="{reader},\n\ncontract {number} '{subject}' between {buyer} and {provider} "
    "({price}) is final and waits for your side's signature. Sign in, check the text and its "
    "SHA-256, then sign.",
)
CONTRACT_ACTIVE: Final = Letter(
    subject_zh="合同 {number} 已生效：{subject}",
    body_zh="{reader}：\n\n合同 {number}“{subject}”（{buyer} 与 {provider}，总额 "
    "{total}）经双方签署，"
    "自 {effective_on} 起生效，可以开工并按约定请款。",
    subject_en="Contract {number} is in force: {subject}",
    body_en="{reader},\n\ncontract {number} '{subject}' between {buyer} and {provider} over "
    "{total} "
    "is signed by both and in force from {effective_on}. Work may start, and instalments be "
    "invoiced as agreed.",
)
FREE_CONTRACT_ACTIVE: Final = Letter(
    subject_zh="合同 {number} 已生效：{subject}",
    body_zh="{reader}：\n\n无偿合同 {number}“{subject}”（{buyer} 与 {provider}）经双方签署，"
    "自 {effective_on} 起生效，可以开工。",
    subject_en="Contract {number} is in force: {subject}",
    body_en="{reader},\n\nthe free contract {number} '{subject}' between {buyer} and {provider} is "
    "signed by both and in force from {effective_on}. Work may start.",
)
CONTRACT_COMPLETED: Final = Letter(
    subject_zh="合同 {number} 已履行完毕：{subject}",
    body_zh="{reader}：\n\n合同 {number}“{subject}”的全部里程碑均已验收，合同履行完毕。\n"
    "尚未付清的请款单仍按约定收付。",
    subject_en="Contract {number} is completed: {subject}",
    body_en="{reader},\n\nall milestones of contract {number} '{subject}' are accepted and the "
    "contract is completed. Invoices that are still open remain due as agreed.",
)
FREE_CONTRACT_COMPLETED: Final = Letter(
    subject_zh="合同 {number} 已履行完毕：{subject}",
    body_zh="{reader}：\n\n无偿合同 {number}“{subject}”的全部里程碑均已验收，合同履行完毕。",
    subject_en="Contract {number} is completed: {subject}",
    body_en="{reader},\n\nall milestones of the free contract {number} '{subject}' are accepted "
    "and the contract is completed.",
)
CONTRACT_VOID: Final = Letter(
    subject_zh="订单已取消：{subject}",
    body_zh="{reader}：\n\n{buyer} 与 {provider} 的合同“{subject}”在签署前取消，理由如下：\n\n"
    "{void_reason}",
    subject_en="Order called off: {subject}",
    body_en="{reader},\n\nthe contract '{subject}' between {buyer} and {provider} was called off "
    "before it was signed:\n\n{void_reason}",
)
MILESTONE_STARTED: Final = Letter(
    subject_zh="已开工：合同 {number} 第 {position} 项“{title}”",
    body_zh="{reader}：\n\n{provider} 已就合同 {number} 的第 {position} 项里程碑“{title}”开工，"
    "约定完成日期 {due_on}。",
    subject_en="Work has begun: contract {number}, milestone {position} '{title}'",
    body_en="{reader},\n\n{provider} began the work on milestone {position} '{title}' of contract "
    "{number}, due on {due_on}.",
)
MILESTONE_DELIVERED: Final = Letter(
    subject_zh="请验收：合同 {number} 第 {position} 项“{title}”",
    body_zh="{reader}：\n\n{provider} 已交付合同 {number} 的第 {position} 项里程碑“{title}”（第 "
    "{round} 轮）。\n"
    "请登录平台查看佐证材料，出具验收单，或说明理由退回。",
    subject_en="For acceptance: contract {number}, milestone {position} '{title}'",
    body_en="{reader},\n\n{provider} delivered milestone {position} '{title}' of contract {number} "
    "(round {round}). Sign in, look at the evidence, and accept with a certificate or return it "
    "with reasons.",
)
MILESTONE_RETURNED: Final = Letter(
    subject_zh="交付被退回：合同 {number} 第 {position} 项“{title}”",
    body_zh="{reader}：\n\n{buyer} 退回了合同 {number} 第 {position} 项里程碑“{title}”的交付，"
    "理由如下：\n\n"
    "{reasons}\n\n请整改后重新交付。",
    subject_en="Delivery returned: contract {number}, milestone {position} '{title}'",
    body_en="{reader},\n\n{buyer} returned the delivery of milestone {position} '{title}' of "
    "contract {number}:\n\n{reasons}\n\nMend the work and deliver again.",
)
MILESTONE_ACCEPTED: Final = Letter(
    subject_zh="已验收：合同 {number} 第 {position} 项“{title}”",
    body_zh="{reader}：\n\n{buyer} 已验收合同 {number} 的第 {position} 项里程碑“{title}”，"
    "不含税价款 {net} 已确认收入。\n以验收为条件的分期款现在可以请款。",
    subject_en="Accepted: contract {number}, milestone {position} '{title}'",
    body_en="{reader},\n\n{buyer} accepted milestone {position} '{title}' of contract {number}; "
    "its "
    "net price of {net} is revenue. Instalments that waited for this acceptance can be invoiced.",
)
FREE_MILESTONE_ACCEPTED: Final = Letter(
    subject_zh="已验收：合同 {number} 第 {position} 项“{title}”",
    body_zh="{reader}：\n\n{buyer} 已验收无偿合同 {number} 的第 {position} 项里程碑“{title}”。",
    subject_en="Accepted: contract {number}, milestone {position} '{title}'",
    body_en="{reader},\n\n{buyer} accepted milestone {position} '{title}' of the free contract "
    "{number}.",
)

TRADE: Final[Notices] = {
    "offering.submitted": (Notice(OFFERING_TO_REVIEW, (REVIEWERS,)),),
    "offering.published": (Notice(OFFERING_PUBLISHED, (MAKERS,)),),
    "offering.returned": (Notice(OFFERING_RETURNED, (MAKERS,)),),
    "offering_revision.submitted": (Notice(OFFERING_TO_REVIEW, (REVIEWERS,)),),
    "offering_revision.published": (Notice(OFFERING_PUBLISHED, (MAKERS,)),),
    "offering_revision.returned": (Notice(OFFERING_RETURNED, (MAKERS,)),),
    "right.registered": (
        Notice(
            RIGHT_TO_CONSENT,
            (
                Audience("owner_people"),
                Audience("owner_organisations", (Role.SIGNATORY, Role.MANAGER, Role.LEADER)),
            ),
        ),
    ),
    "contract.ordered": (
        Notice(CONTRACT_ORDERED, (CLERKS,), given="ordered"),
        Notice(CONTRACT_AWARDED, (CLERKS,), given="awarded"),
        Notice(ORDER_TO_APPROVE, (MANAGERS,), given="over_limit"),
    ),
    "contract.order_approved": (Notice(ORDER_APPROVED, (CLERKS,)),),
    "contract.submitted": (Notice(CONTRACT_TO_REVIEW, (TECHNICAL,)),),
    "contract.reviewed": (
        Notice(CONTRACT_TO_REVIEW, (FINANCE,), after="finance_review"),
        Notice(CONTRACT_TO_REVIEW, (LEADERS,), after="leader_review"),
    ),
    "contract.returned": (Notice(CONTRACT_RETURNED, (WORKERS,)),),
    "contract.approved": (Notice(CONTRACT_TO_SIGN, (Audience("unsigned", (Role.SIGNATORY,)),)),),
    "contract.activated": (
        Notice(CONTRACT_ACTIVE, (BUYERS, WORKERS, FINANCE), given="priced"),
        Notice(FREE_CONTRACT_ACTIVE, (BUYERS, WORKERS), given="free"),
    ),
    "contract.completed": (
        Notice(CONTRACT_COMPLETED, (BUYERS, WORKERS, FINANCE), given="priced"),
        Notice(FREE_CONTRACT_COMPLETED, (BUYERS, WORKERS), given="free"),
    ),
    "contract.voided": (Notice(CONTRACT_VOID, (BUYERS, WORKERS)),),
    "milestone.started": (Notice(MILESTONE_STARTED, (BUYERS,)),),
    "milestone.delivered": (Notice(MILESTONE_DELIVERED, (BUYERS,)),),
    "milestone.returned": (Notice(MILESTONE_RETURNED, (CLERKS, Audience("delivered_by"))),),
    "milestone.accepted": (
        Notice(MILESTONE_ACCEPTED, (WORKERS, FINANCE), given="priced"),
        Notice(FREE_MILESTONE_ACCEPTED, (WORKERS,), given="free"),
    ),
}
