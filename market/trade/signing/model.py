"""Stages and inputs of reviewing and signing, who may do what, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base import amounts, words
from market.base.access import Actor, Role
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input, Reason
from market.trade.contracts.model import Contract, Method, Party, Stage, Verdict

Sha256: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{64}(?!\s)$"),
]

ROLE_OF: Final = {
    "technical": Role.TECH_REVIEWER,
    "finance": Role.FINANCE,
    "leader": Role.LEADER,
}
MOVE_OF: Final = {
    "technical": "pass_technical",
    "finance": "pass_finance",
    "leader": "approve",
}


class ReviewInput(Input, frozen=True):
    """``reasons`` say what to mend; a return needs them."""

    verdict: Verdict
    reasons: Reason | None = None


class SignatureInput(Input, frozen=True):
    """Consent to the text of that hash; ``file_id``: the document signed off the platform."""

    text_sha256: Sha256
    method: Method = "platform"
    file_id: UUID | None = None


class Text(msgspec.Struct, frozen=True):
    """The bytes of a contract's text; ``sha256`` is None while it is a draft."""

    body: bytes
    sha256: str | None


class Signing(msgspec.Struct, frozen=True):
    """A signature with the names that a reader of the contract needs."""

    party: Party
    organisation: str
    signer: str
    authority_kind: str
    authority_to_on: date | None
    method: Method
    text_sha256: str
    signed_at: datetime


class Template(msgspec.Struct, frozen=True):
    id: UUID
    body: str


class Authority(msgspec.Struct, frozen=True):
    """A confirmed authority to sign; ``kinds`` and ``ceiling_minor`` None: without that limit."""

    id: UUID
    kinds: list[str] | None
    ceiling_minor: int | None
    currency: str | None
    from_on: date
    to_on: date | None


class Lack(msgspec.Struct, frozen=True):
    """What an authority lacks for a contract, in both languages."""

    zh: str
    en: str


class NotComplete(Conflict):
    """Only a complete draft is reviewed."""

    code = "draft_not_complete"
    zh = "合同草案尚缺：{missing}。请补齐后再提交审核。"
    en = "The draft still lacks: {missing}. Complete it, then submit it."


class OrderNotApproved(Conflict):
    """A direct order above the limit needs a second person of the buyer."""

    code = "order_not_approved"
    zh = "订单总额 {total} 超过直接下单限额或已批准金额。请买方另一位管理人先批准订单。"
    en = "The total of {total} is above the limit or the approval. A manager of the buyer approves."


class NotTheReviewer(Forbidden):
    """Each stage belongs to a role of the unit or of the one above it."""

    code = "stage_needs_its_reviewer"
    zh = "此审核须由服务单位或其上级的相应角色（{role}）办理。请由该角色的同事登录后办理。"
    en = "This stage is reviewed by a {role} of the providing unit or of the one above it. Ask one."


class SameReviewer(Forbidden):
    """Three people review, and none of them wrote the draft."""

    code = "same_reviewer"
    zh = "起草人和三个阶段的审核人须各不相同，您已参与本合同的起草或本轮审核。请由另一位同事审核。"
    en = "Drafters and the three reviewers are different people, and you are one. Ask a colleague."


class ReasonsMissing(Invalid):
    """A draft that is returned says what to mend."""

    code = "return_needs_reasons"
    zh = "退回须写明理由。请填写后重新提交。"
    en = "A return needs its reasons. Give them and send it again."


class NotTheSignatory(Forbidden):
    """A party signs through its own signatory."""

    code = "not_the_signatory"
    zh = "只有该方的签署人可以代表其签署。请由有签署角色的同事登录后办理。"
    en = "Only that party's own signatory signs for it. Ask a colleague who has that role."


class NoAuthority(Forbidden):
    """A signatory is the legal representative or holds a 授权委托书 that covers the contract."""

    code = "no_authority"
    zh = "您的签署授权不足：{zh_missing}。请由法定代表人签署，或办理相应的授权委托书。"
    en = "Your authority does not cover it: {en_missing}. The legal representative can sign."


class WrongText(Conflict):
    """What is signed is the one canonical text."""

    code = "wrong_text"
    zh = "您签署的校验值不是本合同文本的 SHA-256。请重新读取合同文本，核对后再签署。"
    en = "That is not the SHA-256 of this contract's text. Read the text again, then sign its hash."


class AlreadySigned(Conflict):
    """One signature a party."""

    code = "already_signed"
    zh = "该方已经签署。请查看签署记录，无须重复签署。"
    en = "That party has signed already. See the signatures; there is nothing more to sign."


class SignsForBoth(Forbidden):
    """Nobody represents both parties of one contract (民法典 art. 168)."""

    code = "signs_for_both"
    zh = "同一人不得同时代表双方签署。请由另一位签署人办理。"
    en = "One person may not sign for both parties. Ask another signatory."


class SignedFileUnclear(Invalid):
    """A certificate's or a sealed paper's signature is in a file; the platform's is here."""

    code = "signed_file_unclear"
    zh = "CA 签名或盖章扫描件须附签署文件，平台签署则不附文件。请改正后重新提交。"
    en = "CA signatures and sealed scans need a file, platform ones take none. Mend it."


class NoTextYet(Conflict):
    """There is nothing to sign before the leader's approval."""

    code = "no_text_yet"
    zh = "合同尚未审核通过，没有可供签署的文本。请待负责人审核通过后再签署。"
    en = (
        "The contract is not approved yet, so it has no text to sign. Wait for the leader's review."
    )


def may_review(actor: Actor, contract: Contract, stage: Stage) -> bool:
    return actor.approves(contract.provider_unit_id, ROLE_OF[stage])


def organisation_of(contract: Contract, party: Party) -> UUID:
    """Who is the party; for the provider the legal person that keeps the unit's books."""
    return contract.buyer_id if party == "buyer" else contract.books_unit_id


def may_sign(actor: Actor, contract: Contract, party: Party) -> bool:
    return actor.acts_for(organisation_of(contract, party), Role.SIGNATORY)


def lack_of(authority: Authority, contract: Contract, today: date) -> Lack | None:
    """The first thing that an authority lacks for signing a contract today; None if nothing."""
    if today < authority.from_on or (authority.to_on is not None and authority.to_on < today):
        return Lack("授权不在有效期内", "it is not valid today")
    if authority.kinds is not None and contract.kind not in authority.kinds:
        kind = words.service(contract.kind)
        return Lack(f"未获授权签订{kind.zh}合同", f"it excludes contracts of {kind.en}")
    if authority.ceiling_minor is None:
        return None
    if authority.currency != contract.currency:
        return Lack(
            f"授权限额以 {authority.currency} 计，合同以 {contract.currency} 计",
            f"its ceiling is in {authority.currency}, the contract in {contract.currency}",
        )
    if authority.ceiling_minor < contract.total_minor:
        ceiling = amounts.printed(authority.ceiling_minor, contract.currency)
        total = amounts.printed(contract.total_minor, contract.currency)
        return Lack(
            f"授权限额 {ceiling} 低于合同总额 {total}",
            f"its ceiling of {ceiling} is below the total of {total}",
        )
    return None
