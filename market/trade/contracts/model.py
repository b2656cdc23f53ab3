"""What a contract is: its states and moves, its rows, who may do what, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.moves import Moves
from market.trade.catalogue.terms import Capacity, OfferingKind


class ContractState(StrEnum):
    DRAFTING = "drafting"
    TECH_REVIEW = "tech_review"
    FINANCE_REVIEW = "finance_review"
    LEADER_REVIEW = "leader_review"
    AWAITING_SIGNATURES = "awaiting_signatures"
    ACTIVE = "active"
    COMPLETED = "completed"
    VOID = "void"


S = ContractState
MOVES: Final = Moves(
    "contract",
    {
        ("submit", S.DRAFTING): S.TECH_REVIEW,
        ("pass_technical", S.TECH_REVIEW): S.FINANCE_REVIEW,
        ("pass_finance", S.FINANCE_REVIEW): S.LEADER_REVIEW,
        ("approve", S.LEADER_REVIEW): S.AWAITING_SIGNATURES,
        ("return", S.TECH_REVIEW): S.DRAFTING,
        ("return", S.FINANCE_REVIEW): S.DRAFTING,
        ("return", S.LEADER_REVIEW): S.DRAFTING,
        ("activate", S.AWAITING_SIGNATURES): S.ACTIVE,
        ("complete", S.ACTIVE): S.COMPLETED,
        ("void", S.DRAFTING): S.VOID,
        ("void", S.TECH_REVIEW): S.VOID,
        ("void", S.FINANCE_REVIEW): S.VOID,
        ("void", S.LEADER_REVIEW): S.VOID,
        ("void", S.AWAITING_SIGNATURES): S.VOID,
    },
    births={"order": S.DRAFTING},
)

Kind: TypeAlias = Literal["consulting", "service", "training", "transfer"]
StatutoryClass: TypeAlias = Literal["development", "transfer", "licence", "consulting", "service"]
SubClass: TypeAlias = Literal["technical_training", "intermediary"]
TermUnit: TypeAlias = Literal["calendar_days", "working_days"]
LineUnit: TypeAlias = Literal["lot", "item", "day", "person", "year"]
Trigger: TypeAlias = Literal["signing", "date", "milestone"]
Stage: TypeAlias = Literal["technical", "finance", "leader"]
Verdict: TypeAlias = Literal["pass", "return"]
Party: TypeAlias = Literal["provider", "buyer"]
Method: TypeAlias = Literal["platform", "ca", "sealed_scan"]

# The statutory classes that the kinds of offerings may be contracted under, the usual one first.
CLASSES_OF: Final[dict[str, tuple[tuple[StatutoryClass, SubClass | None], ...]]] = {
    "consulting": (("consulting", None),),
    "service": (("service", None), ("development", None)),
    "training": (("service", "technical_training"), ("service", None)),
    "transfer": (("transfer", None), ("licence", None)),
}
NUMBER_KIND: Final = {"consulting": "ZX", "service": "FW", "training": "PX", "transfer": "ZR"}


class Contract(msgspec.Struct, frozen=True):
    """A contract's root row; its ``version`` grows with every change of a child, too.

    ``total_minor`` = ``net_minor`` + ``vat_minor`` + ``owner_minor``; the last is what an agent
    passes on untaxed, 0 for a principal. ``books_unit_id``: the legal person that is the party.
    """

    id: UUID
    number: str | None
    provider_unit_id: UUID
    books_unit_id: UUID
    buyer_id: UUID
    offering_id: UUID | None
    offering_version: int | None
    award_id: UUID | None
    kind: Kind
    statutory_class: StatutoryClass
    sub_class: SubClass | None
    state: ContractState
    order_reason: str
    buyer_reference: str | None
    ordered_by: UUID
    order_approved_by: UUID | None
    order_approved_minor: int | None
    subject: str
    scope: str
    acceptance_standard: str | None
    rights_clause: str | None
    secrecy_clause: str | None
    place: str | None
    term_days: int
    term_unit: TermUnit
    currency: str
    total_minor: int
    technical_minor: int
    capacity: Literal["principal", "agent"]
    commission_ppm: int | None
    free: bool
    exempt: bool
    vat_rule_id: str
    vat_ppm: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    vat_policy_id: UUID
    review_round: int
    submitted_by: UUID | None
    effective_on: date | None
    term_ends_on: date | None
    term_provisional: bool
    void_reason: str | None
    voided_by: UUID | None
    version: int
    created_at: datetime

    def after(self, move: str) -> ContractState:
        """The state that the move leads to from here. Raises WrongMove."""
        return MOVES.after(move, ContractState(self.state))


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract comes from: an offering that was ordered, or an award."""

    provider_unit_id: UUID
    offering_id: UUID | None
    offering_version: int | None
    award_id: UUID | None
    kind: OfferingKind
    reason: str
    buyer_reference: str | None
    currency: str
    capacity: Capacity = Capacity.PRINCIPAL
    commission_ppm: int | None = None
    free: bool = False


class QuantityLine(msgspec.Struct, frozen=True):
    position: int
    description: str
    unit: LineUnit
    quantity: int
    unit_price_minor: int
    amount_minor: int


class Milestone(msgspec.Struct, frozen=True):
    """What is performed; its moves belong to ``market.trade.performance``.

    With ``due_days`` it is due so many days after the contract is in force, and on no day before.
    ``due_provisional``: its working days reach past the holidays that are announced.
    """

    id: UUID
    contract_id: UUID
    position: int
    title: str
    deliverable: str
    acceptance_criteria: str
    price_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    due_on: date | None
    due_days: int | None
    due_unit: TermUnit | None
    due_provisional: bool
    state: str
    started_at: datetime | None
    accepted_at: datetime | None
    version: int


class Instalment(msgspec.Struct, frozen=True):
    """What is paid: on ``due_on``, or ``due_days`` after the signing or the acceptance."""

    id: UUID
    contract_id: UUID
    position: int
    amount_minor: int
    net_minor: int
    vat_minor: int
    owner_minor: int
    trigger: Trigger
    due_on: date | None
    due_days: int | None
    milestone_id: UUID | None


class Review(msgspec.Struct, frozen=True):
    round: int
    stage: Stage
    reviewer_id: UUID
    verdict: Verdict
    reasons: str | None
    reviewed_at: datetime


class Signature(msgspec.Struct, frozen=True):
    """A party's consent to the text of that hash (hexadecimal), by whom and on what authority."""

    party: Party
    organisation_id: UUID
    signer_id: UUID
    authority_id: UUID
    method: Method
    file_id: UUID | None
    text_sha256: str
    signed_at: datetime


class FullContract(Contract, frozen=True):
    """A contract with all its parts, as both parties read it.

    ``unprintable``: rare characters in it, by name; its PDF is refused while there are any.
    """

    lines: list[QuantityLine]
    attendees: list[str]
    milestones: list[Milestone]
    instalments: list[Instalment]
    reviews: list[Review]
    signatures: list[Signature]
    text_sha256: str | None
    unprintable: list[str]


class NotABuyer(Forbidden):
    """Orders are placed for a verified enterprise."""

    code = "not_a_buyer"
    zh = "只有企业的采购人可以下单。请由担任采购人的同事登录后办理。"
    en = "Only a buyer of an enterprise places an order. Ask a colleague who has that role."


class OfferingChanged(Conflict):
    """The buyer orders what he read, not what was published since."""

    code = "offering_changed"
    zh = "该服务项目已更新为第 {found} 版，您看到的是第 {expected} 版。请重新阅读后再下单。"
    en = "The offering is now version {found}; you read version {expected}. Read it again first."


class QuantityUnclear(Invalid):
    """How the quantity of an order is given depends on the price model."""

    code = "quantity_unclear"
    zh = "此项目{zh_how}。请改正后重新下单。"
    en = "For this offering {en_how}. Mend the order and send it again."


class AmountTooLarge(Invalid):
    """Beyond what both a bigint and a JavaScript number hold."""

    code = "amount_too_large"
    zh = "金额 {found} 分超出可登记的上限。请核对数量与单价。"
    en = "The amount of {found} minor units is past what can be kept. Check quantity and price."


class TaxStatusMissing(Conflict):
    """No VAT can be computed before the unit's status is a recorded fact."""

    code = "tax_status_missing"
    zh = "服务单位尚未登记纳税人身份，无法计算税额。请由其财务登记后再办理。"
    en = "The provider's VAT status is not recorded, so no VAT can be computed. Ask its finance."


class NotADrafter(Forbidden):
    """The unit that provides drafts."""

    code = "not_a_drafter"
    zh = "只有服务单位的经办或会员可以起草合同。请由有相应角色的同事办理。"
    en = "Only a clerk or member of the providing unit drafts. Ask a colleague who has that role."


class NotInDrafting(Conflict):
    """Terms change in drafting only."""

    code = "not_in_drafting"
    zh = "合同当前状态为“{state}”，条款不能修改。审核退回起草后方可修改。"
    en = "The contract is '{state}', so its terms stand. They can be edited when it is returned."


class AwardedFiguresStand(Conflict):
    """What was awarded is what is contracted."""

    code = "awarded_figures_stand"
    zh = "合同由定标而来，总额、里程碑的价款和期限、分期款不能改动。请只修改其他条款。"
    en = "The contract comes from an award, so its figures and days stand. Change other terms only."


class WrongSum(Invalid):
    """Lines, milestones and instalments each sum to the total."""

    code = "wrong_sum"
    zh = "{zh_what}合计 {found}，与合同总额 {expected} 不符。请改正后重新提交。"
    en = "The {en_what} sum to {found}, the total is {expected}. Mend them and send them again."


class WrongClass(Invalid):
    """A kind of offering belongs to certain statutory classes."""

    code = "wrong_class"
    zh = "{kind}类项目不能按“{found}”签订技术合同。可选：{expected}。"
    en = "An offering of kind {kind} is not contracted as '{found}'. Choose one of {expected}."


class NotExempt(Invalid):
    """An exemption names a rule of the policy ``vat`` that covers the class."""

    code = "not_exempt"
    zh = "免税规则“{found}”不适用于“{statutory_class}”类合同。请改用适用的规则，或不主张免税。"
    en = "Rule '{found}' does not exempt contracts of class '{statutory_class}'. Claim none."


class TechnicalAboveTotal(Invalid):
    """技术交易额 is a part of 成交额."""

    code = "technical_above_total"
    zh = "技术交易额 {found} 不能高于合同总额 {expected}。请改正后重新提交。"
    en = "The technical amount {found} is above the total {expected}. Mend it and send it again."


class AttendeesDoNotMatch(Invalid):
    """Each place in a course is somebody's."""

    code = "attendees_do_not_match"
    zh = "参训人员名单有 {found} 人，数量明细为 {expected} 人。请使两者一致。"
    en = "{found} attendees are named for {expected} places. Make the two equal."


class InstalmentUnclear(Invalid):
    """An instalment says when it is paid: one way, and one only."""

    code = "instalment_unclear"
    zh = "第 {position} 期款项的付款条件不完整：按日期须写明日期，按里程碑须指明里程碑。请补齐。"
    en = "Instalment {position} is unclear. Give 'date' its day, 'milestone' one of those listed."


class FreeHasNoPrice(Invalid):
    """A free service has no price, and so nothing to be paid."""

    code = "free_contract_has_no_price"
    zh = "无偿服务的总额须为零，且不设分期款。请删去分期款并将各项金额改为零。"
    en = "A free contract has a total of zero and no instalments. Take them out of the draft."


class NotTheManager(Forbidden):
    """Four eyes above the limit: another person of the buyer approves."""

    code = "order_needs_another_manager"
    zh = "超限额的订单须由买方的管理人批准，且不得为下单人本人。请由另一位管理人办理。"
    en = "Another person than who ordered, a manager of the buyer, approves such an order. Ask one."


class NotYoursToVoid(Forbidden):
    """Both sides may call off what is not signed."""

    code = "not_yours_to_void"
    zh = "只有买方的采购人、企业管理人或服务单位的经办、负责人可以取消订单。请由他们办理。"
    en = "The buyer's buyer or manager, or the unit's clerk or leader, calls it off. Ask one."


def may_order(actor: Actor) -> bool:
    return actor.side == "enterprise" and actor.is_any(Role.BUYER)


def may_draft(actor: Actor, contract: Contract) -> bool:
    return actor.acts_for(contract.provider_unit_id, Role.CLERK, Role.MEMBER)


def may_approve_order(actor: Actor, contract: Contract) -> bool:
    is_another = actor.person_id != contract.ordered_by
    return is_another and actor.acts_for(contract.buyer_id, Role.MANAGER)


def may_void(actor: Actor, contract: Contract) -> bool:
    return actor.acts_for(contract.buyer_id, Role.BUYER, Role.MANAGER) or actor.acts_for(
        contract.provider_unit_id, Role.CLERK, Role.LEADER
    )
