"""Enterprise requests: what they are, how they move, who may move them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import MANY_LINES, Input, Reason
from market.base.moves import Moves
from market.trade.enterprise_requests.terms import Secrecy, Terms

Question: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=MANY_LINES)]
Answer: TypeAlias = Annotated[str, Meta(min_length=1, max_length=5_000, pattern=MANY_LINES)]


class RequestState(StrEnum):
    """Where a request stands; from its deadline on an open one is closed."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    EVALUATING = "evaluating"
    AWARDED = "awarded"
    NO_AWARD = "no_award"
    CANCELLED = "cancelled"


MOVES: Final = Moves(
    "enterprise_request",
    {
        ("publish", RequestState.DRAFT): RequestState.OPEN,
        ("close", RequestState.OPEN): RequestState.CLOSED,
        ("evaluate", RequestState.CLOSED): RequestState.EVALUATING,
        ("award", RequestState.EVALUATING): RequestState.AWARDED,
        ("no_award", RequestState.CLOSED): RequestState.NO_AWARD,
        ("no_award", RequestState.EVALUATING): RequestState.NO_AWARD,
        ("cancel", RequestState.DRAFT): RequestState.CANCELLED,
        ("cancel", RequestState.OPEN): RequestState.CANCELLED,
        ("cancel", RequestState.CLOSED): RequestState.CANCELLED,
        ("cancel", RequestState.EVALUATING): RequestState.CANCELLED,
    },
    births={"draft": RequestState.DRAFT},
    of_themselves={"close"},
)


class EnterpriseRequest(Terms, frozen=True):
    """The root as of now, as its reader may see it.

    ``number``: its newest published version. ``buyer_id`` is null to strangers of an anonymous
    request until the award; ``buyer_reference`` and ``moved_by`` are null to everybody outside.
    """

    id: UUID
    state: RequestState
    number: int | None
    reason: str | None
    published_at: datetime | None
    version: int
    created_at: datetime
    buyer_id: UUID | None
    buyer_reference: str | None
    moved_by: UUID | None

    def after(self, move: str) -> RequestState:
        return MOVES.after(move, RequestState(self.state))

    @property
    def is_listed(self) -> bool:
        """Whether its card is shown to the public."""
        return self.state == RequestState.OPEN and self.secrecy != Secrecy.INVITED


class Attachment(msgspec.Struct, frozen=True):
    """A file of a published request, under the name that readers see."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str


class FullRequest(EnterpriseRequest, frozen=True):
    """With its files as readers see them, and the invited units that the reader may know of."""

    buyer_name_zh: str | None
    buyer_name_en: str | None
    attachments: list[Attachment]
    invited_unit_ids: list[UUID]


Cause: TypeAlias = Literal["published", "changed", "answered"]


class Version(Terms, frozen=True):
    """What was published under a number, why, and when."""

    request_id: UUID
    number: int
    cause: Cause
    reason: str | None
    published_at: datetime


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question as all bidders read it; ``mine``: the reader's own side asked it.

    ``answered_number`` is the version that the newest answer made.
    """

    id: UUID
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    answered_number: int | None
    mine: bool


class QuestionInput(Input, frozen=True):
    """What a bidder wants to know; everybody will read it, nobody who asked."""

    question: Question


class AnswerInput(Input, frozen=True):
    """What all bidders are told; it becomes part of the next version."""

    answer: Answer


class ReasonInput(Input, frozen=True):
    """Why a request is cancelled, or ends without an award."""

    reason: Reason


class InvitationInput(Input, frozen=True):
    """Who is invited; once published, only more."""

    unit_ids: Annotated[list[UUID], Meta(max_length=100)]


class NotABuyersRole(Forbidden):
    """Requests are written by those who buy."""

    code = "not_the_requests_buyer"
    zh = (
        "只有需求方的采购人或企业管理人可以办理其需求，从起草、发布到评审、定标和起草合同。"
        "请由他们办理。"
    )
    en = (
        "Only a buyer or manager of the enterprise handles its requests, from writing and "
        "publishing to judging, awarding and drafting the contract. Ask one."
    )


class NotABidder(Forbidden):
    """Questions are asked by those who could propose."""

    code = "not_a_bidder"
    zh = "只有技协单位的会员或经办可以就需求提问。请以该身份登录后办理。"
    en = "Only a unit's members and clerks ask about a request. Sign in as one."


class RequesterUnverified(Forbidden):
    """Who publishes is known."""

    code = "requester_unverified"
    zh = "企业尚未核验，不能发布需求。请先等待经办核验企业信息。"
    en = "The enterprise is not verified and cannot publish. Wait for a clerk to verify it."


class BudgetReversed(Invalid):
    """From the lower to the higher."""

    code = "budget_reversed"
    zh = "预算下限高于上限。请核对两个金额。"
    en = "The budget's lower bound is above its upper one. Check both amounts."


class WeightsUneven(Invalid):
    """Weights are percent of one whole."""

    code = "weights_uneven"
    zh = "价格、方案、资质、时间四项权重合计为 {sum}，应为 100。请调整。"
    en = "The weights of price, plan, qualification and time sum to {sum}, not 100. Adjust them."


class QuestionsPastDeadline(Invalid):
    """Questions end before proposals do."""

    code = "questions_past_deadline"
    zh = "提问截止时间晚于报价截止时间。请将其提前。"
    en = "Questions would end after the deadline of proposals. Set an earlier time for them."


class InstantOutOfRange(Invalid):
    """Times lie in this century."""

    code = "instant_out_of_range"
    zh = "时间须在 2000 年至 2099 年之间。请核对年份。"
    en = "Times lie between 2000 and 2099. Check the year."


class FileTwice(Invalid):
    """Each file is attached once."""

    code = "request_file_twice"
    zh = "附件中有文件重复。请每个文件只列一次。"
    en = "A file is attached twice. List each file once."


class FileUnknown(Invalid):
    """Only one's own files are attached."""

    code = "request_file_unknown"
    zh = "所附文件中有 {missing} 个不存在，或本企业不能读取。请先上传。"
    en = "{missing} of the files do not exist or are not the enterprise's. Send them first."


class UnitUnknown(Invalid):
    """Only units are invited."""

    code = "invited_unit_unknown"
    zh = "所邀单位中有 {missing} 个不存在或已撤并。请核对单位。"
    en = "{missing} of the invited units do not exist or are closed. Check them."


class NobodyInvited(Conflict):
    """A request by invitation needs somebody to read it."""

    code = "nobody_invited"
    zh = "邀请制的需求尚未邀请任何单位。请先邀请至少一个单位，再发布。"
    en = "A request by invitation has nobody invited yet. Invite a unit first, then publish."


class DeadlineTooSoon(Invalid):
    """Bidders need a time that is still to come."""

    code = "deadline_not_ahead"
    zh = "报价截止时间须晚于现在。请改为将来的时间。"
    en = "The deadline must lie in the future. Choose a later time."


class DeadlineShortened(Conflict):
    """A time once promised is kept."""

    code = "deadline_shortened"
    zh = "已发布的截止时间不能提前，只能在到期前延后。请保留或延后原定时间。"
    en = "A published deadline is never brought forward. Keep it, or extend it before it passes."


class DeadlinePassed(Conflict):
    """What is over is over."""

    code = "request_deadline_passed"
    zh = "该需求已过截止时间，不能再变更、邀请、提问或答复。请等待评审结果，或发布新的需求。"
    en = (
        "The request's deadline has passed: no changes, invitations, questions or answers. "
        "Await the outcome, or publish a new request."
    )


class QuestionsOver(Conflict):
    """Everybody has the same time to ask."""

    code = "questions_over"
    zh = "该需求的提问已于 {until} 截止。请按已公布的内容和答复准备。"
    en = "Questions on this request ended at {until}. Work from what is published and answered."


class FixedOncePublished(Conflict):
    """Bidders came under these conditions."""

    code = "fixed_once_published"
    zh = "需求发布后，类别、公开方式、是否密封和币种不能再改。请取消后另行发布。"
    en = "Once published, kind, secrecy, seal and currency stay. Cancel it and publish another."


class ChangeNeedsReason(Invalid):
    """Those who follow a request are told why it changed."""

    code = "change_needs_reason"
    zh = "变更已发布的需求须写明理由。请填写理由。"
    en = "A change of a published request says why. State the reason."


class NotOpen(Conflict):
    """Only an open request is asked about and invited to."""

    code = "request_not_open"
    zh = "该需求不在公开征集中，不能这样办理。请查看其当前状态。"
    en = "The request is not open, so this cannot be done. Look at its present state."


class AwardStands(Conflict):
    """What was announced is not ended behind the winner's back."""

    code = "award_stands"
    zh = "该需求已有有效的定标，不能取消或宣布不授标。请先撤销定标并说明理由。"
    en = "The request has a live award, so it is not ended. Set the award aside first, and say why."


class InviteeStays(Conflict):
    """Who was invited to a published request stays so."""

    code = "invitee_stays"
    zh = "需求发布后只能增加受邀单位，不能撤回邀请。请保留已邀请的单位。"
    en = "Once published, units are only added. Keep those that were invited."


class IdentityShown(Invalid):
    """An anonymous request does not name its enterprise."""

    code = "identity_shown"
    zh = "匿名需求的文字中出现了本企业的名称或信用代码。请删去后再提交。"
    en = "The text of the anonymous request names the enterprise or its code. Take that out."


def may_write(actor: Actor) -> bool:
    return actor.side == "enterprise" and actor.is_any(Role.BUYER, Role.MANAGER)


def may_change(actor: Actor, request: EnterpriseRequest) -> bool:
    """Whether the actor writes for the very enterprise whose request it is."""
    return request.buyer_id is not None and actor.acts_for(
        request.buyer_id, Role.BUYER, Role.MANAGER
    )


def may_ask(actor: Actor) -> bool:
    return actor.side == "unit" and actor.is_any(Role.MEMBER, Role.CLERK)
