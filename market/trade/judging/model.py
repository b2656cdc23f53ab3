"""Evaluations, judges, scores and results; who may do what, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base.access import Actor
from market.base.errors import Conflict, Forbidden, Invalid, Phrase
from market.base.fields import Input, Reason
from market.base.moves import Moves
from market.trade.proposals.terms import InstalmentTerms, MilestoneTerms, PinnedMember

Points: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Criterion: TypeAlias = Literal["plan", "qualification", "time"]
CRITERIA: Final[tuple[Criterion, ...]] = ("plan", "qualification", "time")


# Why a judge is removed as a round ends; kept with the row in both languages.
UNFIT: Final = Phrase(
    "评分结束时与报价单位有关联，或已不在买方任职、不在名册",
    "When the round ended he had to do with a bidder, or had left the buyer or the register",
)


class EvaluationState(StrEnum):
    SCORING = "scoring"
    SCORED = "scored"


MOVES: Final = Moves(
    "evaluation",
    {
        ("finish", EvaluationState.SCORING): EvaluationState.SCORED,
        ("reopen", EvaluationState.SCORED): EvaluationState.SCORING,
    },
    births={"start": EvaluationState.SCORING},
)


class JudgeState(StrEnum):
    APPOINTED = "appointed"
    DECLARED = "declared"
    RECUSED = "recused"
    REMOVED = "removed"


JUDGING: Final = (JudgeState.APPOINTED, JudgeState.DECLARED)


JUDGE_MOVES: Final = Moves(
    "judge",
    {
        ("declare", JudgeState.APPOINTED): JudgeState.DECLARED,
        ("recuse", JudgeState.APPOINTED): JudgeState.RECUSED,
        ("recuse", JudgeState.DECLARED): JudgeState.RECUSED,
        ("remove", JudgeState.APPOINTED): JudgeState.REMOVED,
        ("remove", JudgeState.DECLARED): JudgeState.REMOVED,
    },
    births={"appoint": JudgeState.APPOINTED},
)


class Evaluation(msgspec.Struct, frozen=True):
    """The judging of a request, whose id it has; ``reason``: why a later round began."""

    id: UUID
    state: EvaluationState
    round: int
    reason: str | None
    policy_id: UUID
    started_at: datetime
    version: int

    def after(self, move: str) -> EvaluationState:
        return MOVES.after(move, EvaluationState(self.state))


class Judge(msgspec.Struct, frozen=True):
    """Who judges; ``member_id`` of an expert from a register, null for a person of the buyer."""

    id: UUID
    request_id: UUID
    person_id: UUID
    member_id: UUID | None
    state: JudgeState
    reason: str | None
    appointed_at: datetime
    version: int

    def after(self, move: str) -> JudgeState:
        return JUDGE_MOVES.after(move, JudgeState(self.state))


class Score(msgspec.Struct, frozen=True):
    """One judge's points for one proposal in one round, and why."""

    id: UUID
    request_id: UUID
    judge_id: UUID
    round: int
    proposal_id: UUID
    number: int
    plan: int
    qualification: int
    time: int
    note: str
    scored_at: datetime
    version: int

    def says(self, number: int, data: ScoreInput) -> bool:
        mine = (self.number, self.plan, self.qualification, self.time, self.note)
        return mine == (number, data.plan, data.qualification, data.time, data.note)


class Result(msgspec.Struct, frozen=True):
    """What a proposal came to in a round, in hundredths of a point out of 10,000."""

    request_id: UUID
    round: int
    proposal_id: UUID
    number: int
    price_minor: int
    submitted_at: datetime
    price_hundredths: int
    plan_hundredths: int
    qualification_hundredths: int
    time_hundredths: int
    total_hundredths: int
    rank: int
    spread: list[Criterion]
    judges: int


class OpenedProposal(msgspec.Struct, frozen=True):
    """What is judged: the revision of a proposal that binds, and who offers it."""

    proposal_id: UUID
    state: str
    unit_id: UUID
    unit_name_zh: str
    unit_name_en: str | None
    number: int
    price_minor: int
    currency: str
    plan: str
    quantity: int
    quantity_unit: str
    milestones: list[MilestoneTerms]
    instalments: list[InstalmentTerms]
    members: list[PinnedMember]
    valid_until: date
    submitted_at: datetime


class FullEvaluation(Evaluation, frozen=True):
    """With what the reader may know: judges, scores and, once there are, the latest results."""

    judges: list[Judge]
    scores: list[Score]
    results: list[Result]


class JudgingSheet(msgspec.Struct, frozen=True):
    """A judge's work: the weights, what he is to score, and what he has scored."""

    judge: Judge
    round: int
    price_weight: int
    plan_weight: int
    qualification_weight: int
    time_weight: int
    proposals: list[OpenedProposal]
    scores: list[Score]


class AppointmentInput(Input, frozen=True):
    """A person of the buyer by ``person_id``, or an expert on a register by ``member_id``."""

    person_id: UUID | None = None
    member_id: UUID | None = None


class DeclarationInput(Input, frozen=True):
    """Without a conflict he may judge; with one he recuses himself and says why."""

    conflict: bool
    reason: Reason | None = None


class RemovalInput(Input, frozen=True):
    """Why a judge is taken off; he reads it."""

    reason: Reason


class ScoreInput(Input, frozen=True):
    """Whole points from 0 to 100, and the reason for them, which the bidder may ask for."""

    plan: Points
    qualification: Points
    time: Points
    note: Reason


class ReopeningInput(Input, frozen=True):
    """Why proposals are scored anew."""

    reason: Reason


class OnlyOneKindOfJudge(Invalid):
    """Of the buyer, or from a register."""

    code = "judge_unclear"
    zh = "评委须指明本企业人员或名册上的专家，二者选一。请只填其中一项。"
    en = "Name either a person of the enterprise or an expert on a register. Give one of them."


class JudgeUnknown(Invalid):
    """A judge is known here and can sign in."""

    code = "judge_unknown"
    zh = "所选人员不是本企业在任人员，也不是在册且可登录的专家。请另选。"
    en = "That is nobody of the enterprise today, nor an expert who can sign in. Choose another."


class JudgeInterested(Forbidden):
    """Whoever has to do with a bidder does not judge."""

    code = "judge_interested"
    zh = (
        "该人员与报价单位或为其记账的单位有关联（任职、在其名册或参与报价），不能评审。请另选评委。"
    )
    en = (
        "That person has to do with a bidder or its books: a role, the register, the work. "
        "Choose another."
    )


class JudgeNoMore(Forbidden):
    """Whoever left does not go on judging."""

    code = "judge_no_more"
    zh = "该评委已不在买方任职，或已不在专家名册，不能再评审。请由买方另行指定评委。"
    en = "That judge has left the buyer, or the register, and judges no more. Name another."


class JudgeStays(Conflict):
    """Nobody is taken off for the points that he gave."""

    code = "judge_stays"
    zh = "该评委上一轮的评分已经公布，且仍可评审，不能撤换。可增补评委，或请其自行回避。"
    en = (
        "The points that he gave in an earlier round are known, and he may judge still, so he "
        "stays. Name more judges, or let him recuse himself."
    )


class AlreadyAJudge(Conflict):
    """Once is enough."""

    code = "already_a_judge"
    zh = "该人员已是本次评审的评委。请查看评委名单。"
    en = "That person judges already. Look at the list of judges."


class NotTheJudge(Forbidden):
    """A judge speaks for himself."""

    code = "not_the_judge"
    zh = "只有被指定的评委本人可以声明和评分。请由其本人办理。"
    en = "Only the judge himself declares and scores. Let him sign in."


class DeclareFirst(Conflict):
    """First the declaration, then the papers."""

    code = "declare_first"
    zh = "请先声明是否存在利害关系；未声明、已回避或已被撤换的评委不能查看报价和评分。"
    en = "Declare first whether you have an interest. Without it, recused or removed, none judges."


class RecusalSaysWhy(Invalid):
    """A recusal is on record with its reason."""

    code = "recusal_says_why"
    zh = "存在利害关系须写明理由。请填写理由后再提交。"
    en = "A conflict of interest is stated with its reason. Give the reason."


class NotBeingJudged(Conflict):
    """Only what is still in the running gets points."""

    code = "proposal_not_judged"
    zh = "该报价不在评审之列（未开启、已撤回或已失效）。请查看待评报价。"
    en = "That proposal is not judged: withdrawn, expired or of another request. See the sheet."


class RoundIsOver(Conflict):
    """Results stand."""

    code = "scoring_is_over"
    zh = "本轮评分已结束，结果已公布，评委和评分不能再变更。请查看评审结果。"
    en = "This round is over: its judges and points change no more. Read its results."


class TooFewJudges(Conflict):
    """Not one man's opinion."""

    code = "too_few_judges"
    zh = "完成全部评分的评委只有 {found} 人，至少须 {least} 人。请等待评分或增补评委。"
    en = "Only {found} judges have scored everything; {least} are needed. Wait, or name more."


class NothingToJudge(Conflict):
    """No proposal, no evaluation."""

    code = "nothing_to_judge"
    zh = "该需求没有可评审的报价。请宣布不授标，或重新发布需求。"
    en = "There is no proposal to judge. End the request without an award, or publish it anew."


class NothingChanged(Conflict):
    """A round is not repeated because its result displeases."""

    code = "nothing_to_score_anew"
    zh = "评审之后没有报价变更条款，不能重新评分。如有异议，请在公示期内提出。"
    en = "No proposal has new terms since the round, so it stands. Complaints go to the award."


def is_himself(actor: Actor, judge: Judge) -> bool:
    return actor.person_id == judge.person_id
