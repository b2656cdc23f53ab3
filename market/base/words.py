"""The words for states, moves, roles and classes, Chinese and English, in place of codes.

A code that means another thing for one subject stands a second time as ``subject.code``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from market.base.errors import Phrase, listed

PRODUCT: Final = Phrase("四技服务市场", "technology-services market")
NONE: Final = Phrase("无", "none")
ROLES: Final = {
    "manager": Phrase("企业管理人", "manager"),
    "buyer": Phrase("采购人", "buyer"),
    "signatory": Phrase("签署人", "signatory"),
    "payer": Phrase("付款人", "payer"),
    "member": Phrase("会员", "member"),
    "clerk": Phrase("经办", "clerk"),
    "tech_reviewer": Phrase("技术审核", "technical reviewer"),
    "finance": Phrase("财务", "finance"),
    "cashier": Phrase("出纳", "cashier"),
    "leader": Phrase("负责人", "leader"),
    "auditor": Phrase("审计", "auditor"),
    "administrator": Phrase("管理员", "administrator"),
}

# The four services, and the classes of the law on technology contracts.
SERVICES: Final = {
    "consulting": Phrase("技术咨询", "consulting"),
    "service": Phrase("技术服务", "service"),
    "training": Phrase("技术培训", "training"),
    "transfer": Phrase("技术转让", "transfer"),
}
CLASSES: Final = {
    **SERVICES,
    "development": Phrase("技术开发", "development"),
    "licence": Phrase("技术许可", "licence"),
    "technical_training": Phrase("技术培训", "technical training"),
    "intermediary": Phrase("技术中介", "intermediary"),
}

STATES: Final = {
    "accepted": Phrase("已接受", "accepted"),
    "milestone.accepted": Phrase("已验收", "accepted"),
    "active": Phrase("有效", "active"),
    "contract.active": Phrase("履行中", "active"),
    "appointed": Phrase("已指定", "appointed"),
    "approved": Phrase("已批准", "approved"),
    "write_off.approved": Phrase("已核销", "written off"),
    "chargeback_write_off.approved": Phrase("已核销", "written off"),
    "awaiting_signatures": Phrase("待签署", "awaiting signatures"),
    "awarded": Phrase("已授标", "awarded"),
    "cancelled": Phrase("已取消", "cancelled"),
    "closed": Phrase("已截止", "closed"),
    "completed": Phrase("已完成", "completed"),
    "confirmed": Phrase("已确认", "confirmed"),
    "declared": Phrase("已声明", "declared"),
    "delivered": Phrase("已交付", "delivered"),
    "discarded": Phrase("已放弃", "discarded"),
    "disputed": Phrase("有争议", "disputed"),
    "draft": Phrase("草稿", "draft"),
    "drafting": Phrase("起草中", "drafting"),
    "enrolled": Phrase("在册", "enrolled"),
    "enabled": Phrase("已启用", "enabled"),
    "erased": Phrase("已注销", "erased"),
    "evaluating": Phrase("评审中", "being evaluated"),
    "expired": Phrase("已过有效期", "expired"),
    "filed": Phrase("已提出", "filed"),
    "final": Phrase("已生效", "final"),
    "finance_review": Phrase("财务审核中", "in finance review"),
    "hidden": Phrase("已隐藏", "hidden"),
    "imported": Phrase("已导入", "imported"),
    "in_force": Phrase("有效", "in force"),
    "in_progress": Phrase("进行中", "in progress"),
    "in_review": Phrase("审核中", "in review"),
    "invited": Phrase("已邀请", "invited"),
    "issued": Phrase("已开具", "issued"),
    "lapsed": Phrase("已失效", "lapsed"),
    "leader_review": Phrase("负责人审批中", "awaiting the leader"),
    "left": Phrase("已退会", "left"),
    "matched": Phrase("已匹配", "matched"),
    "no_award": Phrase("未授标", "ended without an award"),
    "open": Phrase("未付", "open"),
    "enterprise_request.open": Phrase("公开征集中", "open"),
    "counter_offer.open": Phrase("待答复", "awaiting an answer"),
    "opened": Phrase("已开启", "opened"),
    "failed": Phrase("已失败", "failed"),
    "paid": Phrase("已付清", "paid"),
    "refund.paid": Phrase("已退款", "refunded"),
    "refund.unknown": Phrase("结果未知", "outcome unknown"),
    "part_paid": Phrase("部分已付", "part paid"),
    "pending": Phrase("申请中", "pending"),
    "second_factor.pending": Phrase("待确认", "waiting to be confirmed"),
    "planned": Phrase("未开始", "planned"),
    "prepared": Phrase("待批准", "prepared"),
    "proposed": Phrase("待审批", "proposed"),
    "published": Phrase("已发布", "published"),
    "recovered": Phrase("已收回", "recovered"),
    "recused": Phrase("已回避", "recused"),
    "red_requested": Phrase("待红冲", "waiting for a red fapiao"),
    "refused": Phrase("已拒绝", "refused"),
    "registered": Phrase("待核验", "registered"),
    "rejected": Phrase("已驳回", "rejected"),
    "proposal.rejected": Phrase("未中选", "not selected"),
    "removed": Phrase("已停用", "removed"),
    "requested": Phrase("已申请", "requested"),
    "retired": Phrase("已下架", "retired"),
    "retracted": Phrase("已撤回", "taken back"),
    "returned": Phrase("已退回", "returned"),
    "reversed": Phrase("已红冲", "reversed"),
    "revoked": Phrase("已撤销", "revoked"),
    "scored": Phrase("已评分", "scored"),
    "scoring": Phrase("评分中", "being scored"),
    "selected": Phrase("已中选", "selected"),
    "sent": Phrase("已发出", "sent"),
    "set_aside": Phrase("已撤销", "set aside"),
    "shortlisted": Phrase("已入围", "shortlisted"),
    "standstill": Phrase("公示中", "standing still"),
    "submitted": Phrase("已递交", "submitted"),
    "suggested": Phrase("有建议", "suggested"),
    "suspended": Phrase("已暂停", "suspended"),
    "tech_review": Phrase("技术审核中", "in technical review"),
    "uncollectible": Phrase("坏账", "uncollectible"),
    "undone": Phrase("已撤销", "undone"),
    "unmatched": Phrase("未匹配", "unmatched"),
    "upheld": Phrase("已成立", "upheld"),
    "used": Phrase("已抵付", "used"),
    "verified": Phrase("已核验", "verified"),
    "void": Phrase("已作废", "void"),
    "contract.void": Phrase("已取消", "called off"),
    "waiting": Phrase("待复核", "waiting for a second person"),
    "withdrawn": Phrase("已撤回", "withdrawn"),
    "written": Phrase("已评价", "written"),
    "online_payment.created": Phrase("已发起", "started"),
    "online_payment.processing": Phrase("待付款", "waiting for the payer"),
    "online_payment.unknown": Phrase("结果未知", "outcome unknown"),
    "online_payment.succeeded": Phrase("付款成功", "succeeded"),
    "online_payment.failed": Phrase("未能受理", "refused"),
    "online_payment.canceled": Phrase("已取消", "canceled"),
    "chargeback.opened": Phrase("处理中", "open"),
    "chargeback.won": Phrase("胜诉", "won"),
    "chargeback.lost": Phrase("败诉", "lost"),
    "chargeback.reinstated": Phrase("败诉后退回", "given back after it was lost"),
    "chargeback_evidence.draft": Phrase("草稿", "draft"),
    "chargeback_evidence.submitted": Phrase("已提交待接收", "submitted"),
    "chargeback_evidence.unknown": Phrase("接收结果未知", "outcome unknown"),
    "chargeback_evidence.sent": Phrase("已接收", "received"),
    "payout.sent": Phrase("已提现", "sent"),
    "payout.failed": Phrase("提现失败", "failed"),
}

MOVES: Final = {
    "accept": Phrase("接受", "accept"),
    "milestone.accept": Phrase("验收", "accept"),
    "activate": Phrase("生效", "take effect"),
    "announce": Phrase("批准并公布", "approve and announce"),
    "appoint": Phrase("指定", "appoint"),
    "approve": Phrase("批准", "approve"),
    "award": Phrase("授标", "award"),
    "begin": Phrase("登记", "set up"),
    "cancel": Phrase("取消", "cancel"),
    "close": Phrase("截止", "close"),
    "complete": Phrase("完成", "complete"),
    "confirm": Phrase("确认", "confirm"),
    "create": Phrase("建立", "create"),
    "credit": Phrase("贷项冲减至结清", "credit until nothing is open"),
    "credit_part": Phrase("贷项部分冲减", "credit in part"),
    "declare": Phrase("声明", "declare"),
    "deliver": Phrase("交付", "deliver"),
    "discard": Phrase("放弃修订", "discard"),
    "second_factor.discard": Phrase("放弃", "discard"),
    "dispute": Phrase("登记争议", "record a dispute"),
    "draft": Phrase("起草", "draft"),
    "enrol": Phrase("入会", "enrol"),
    "erase": Phrase("注销", "erase"),
    "evaluate": Phrase("开始评审", "evaluate"),
    "expire": Phrase("过期", "expire"),
    "fail": Phrase("登记失败", "record a failure"),
    "file": Phrase("提出", "file"),
    "finalise": Phrase("生效", "finalise"),
    "finish": Phrase("结束评分", "finish"),
    "found": Phrase("设立", "found"),
    "grant": Phrase("授予", "grant"),
    "right.grant": Phrase("登记授权", "record the grant"),
    "hide": Phrase("隐藏", "hide"),
    "import": Phrase("导入", "import"),
    "invite": Phrase("邀请", "invite"),
    "issue": Phrase("开具", "issue"),
    "api_key.issue": Phrase("签发", "issue"),
    "lapse": Phrase("登记失效", "record the lapse"),
    "counter_offer.lapse": Phrase("失效", "lapse"),
    "leave": Phrase("退会", "leave"),
    "make": Phrase("还价", "make a counter-offer"),
    "match": Phrase("匹配", "match"),
    "no_award": Phrase("宣布不授标", "award to nobody"),
    "open": Phrase("开启", "open"),
    "order": Phrase("下单", "order"),
    "pass_finance": Phrase("通过财务审核", "pass finance review"),
    "pass_technical": Phrase("通过技术审核", "pass technical review"),
    "pay": Phrase("付清", "pay in full"),
    "refund.pay": Phrase("登记到账", "record as paid"),
    "refund.lose": Phrase("标记为结果未知", "mark as unknown"),
    "pay_part": Phrase("部分付款", "pay in part"),
    "plan": Phrase("计划", "plan"),
    "prepare": Phrase("编制", "prepare"),
    "propose": Phrase("提出", "propose"),
    "publish": Phrase("发布", "publish"),
    "recover": Phrase("收回", "recover"),
    "recover_part": Phrase("部分收回", "recover in part"),
    "recuse": Phrase("回避", "recuse"),
    "refuse": Phrase("拒绝", "refuse"),
    "record_red": Phrase("登记红字发票", "record a red fapiao"),
    "register": Phrase("登记", "register"),
    "register_pending": Phrase("登记申请中的权利", "register as pending"),
    "reinstate": Phrase("恢复", "reinstate"),
    "reject": Phrase("驳回", "reject"),
    "proposal.reject": Phrase("不选用", "not select"),
    "remove": Phrase("停用", "remove"),
    "reopen": Phrase("重新评分", "reopen"),
    "request": Phrase("申请", "request"),
    "request_red": Phrase("申请红冲", "ask for a red fapiao"),
    "reset": Phrase("重置", "reset"),
    "resume": Phrase("恢复", "resume"),
    "retire": Phrase("下架", "retire"),
    "retract": Phrase("随对账单撤回", "take back with its statement"),
    "statement.retract": Phrase("撤回", "take back"),
    "return": Phrase("退回", "return"),
    "reverse": Phrase("全额红冲", "reverse"),
    "revoke": Phrase("撤销", "revoke"),
    "select": Phrase("选用", "select"),
    "send": Phrase("发出", "send"),
    "set_aside": Phrase("撤销定标", "set aside"),
    "settle": Phrase("登记争议了结", "record the settlement"),
    "shortlist": Phrase("列入候选", "shortlist"),
    "stand_delivered": Phrase("部分红冲后保留", "stand for the rest"),
    "stand_issued": Phrase("部分红冲后保留", "stand for the rest"),
    "start": Phrase("开始", "start"),
    "submit": Phrase("提交审核", "submit for review"),
    "proposal.submit": Phrase("递交", "submit"),
    "suggest": Phrase("建议", "suggest"),
    "suspend": Phrase("暂停", "suspend"),
    "take_back": Phrase("撤回付款", "take payment back"),
    "refund.take_back": Phrase("撤销到账", "take the payment back"),
    "take_back_part": Phrase("撤回部分付款", "take payment back in part"),
    "undo": Phrase("撤销", "undo"),
    "uphold": Phrase("认定成立", "uphold"),
    "use": Phrase("抵付", "use"),
    "verify": Phrase("核验", "verify"),
    "void": Phrase("作废", "void"),
    "contract.void": Phrase("取消", "call off"),
    "withdraw": Phrase("撤回", "withdraw"),
    "write": Phrase("评价", "write"),
    "write_off": Phrase("核销坏账", "write off"),
    "online_payment.start": Phrase("发起", "start"),
    "online_payment.present": Phrase("受理", "present"),
    "online_payment.lose": Phrase("标记为结果未知", "mark as unknown"),
    "online_payment.refuse": Phrase("不予受理", "refuse"),
    "online_payment.succeed": Phrase("付款成功", "succeed"),
    "online_payment.cancel": Phrase("取消", "cancel"),
    "chargeback.open": Phrase("发生拒付", "open"),
    "chargeback.win": Phrase("胜诉", "win"),
    "chargeback.lose": Phrase("败诉", "lose"),
    "chargeback.reinstate": Phrase("败诉后退回", "give back"),
    "chargeback_evidence.draft": Phrase("填写", "draft"),
    "chargeback_evidence.submit": Phrase("提交", "submit"),
    "chargeback_evidence.lose": Phrase("标记为结果未知", "mark as unknown"),
    "chargeback_evidence.send": Phrase("登记已接收", "record as received"),
    "chargeback_evidence.refuse": Phrase("退回草稿", "make a draft again"),
    "stripe_explanation.undo": Phrase(
        "撤销（由财务以 …/undos 申请）", "undo (finance proposes it at …/undos)"
    ),
    "payout.send": Phrase("提现", "send"),
    "payout.fail": Phrase("登记提现失败", "record the failure"),
}


def role(code: str) -> Phrase:
    return ROLES[code]


def roles(codes: Iterable[str]) -> Phrase:
    """Several, in the order of the table."""
    named = set(codes)
    if not named:
        return NONE
    return listed(phrase for code, phrase in ROLES.items() if code in named)


def service(code: str) -> Phrase:
    return SERVICES[code]


def contract_class(code: str, sub_class: str | None = None) -> Phrase:
    """A statutory class, with the sub-class of services where there is one."""
    if sub_class is None:
        return CLASSES[code]
    whole, part = CLASSES[code], CLASSES[sub_class]
    return Phrase(f"{whole.zh}（{part.zh}）", f"{whole.en} ({part.en})")


def state(subject: str, code: str) -> Phrase:
    return STATES.get(f"{subject}.{code}") or STATES[code]


def move(subject: str, code: str) -> Phrase:
    return MOVES.get(f"{subject}.{code}") or MOVES[code]
