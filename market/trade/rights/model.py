"""What a right is, how its legal state moves, and when its ownership is settled."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from market.base import words
from market.base.access import Actor, Role, require
from market.base.errors import Conflict, Forbidden, Invalid
from market.base.fields import Input, Line, Reason
from market.base.moves import Moves

WHOLE_PPM: Final = 1_000_000

RegisterNumber: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-/]{0,63}(?!\s)$", examples=["ZL202410123456.7"])
]
DescriptionHash: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\s)$")]
SharePpm: TypeAlias = Annotated[int, Meta(ge=1, le=WHOLE_PPM)]


class RightKind(StrEnum):
    """The kinds of right that an offering may transfer or license."""

    INVENTION_PATENT = "invention_patent"
    UTILITY_MODEL = "utility_model"
    DESIGN_PATENT = "design_patent"
    SOFTWARE_COPYRIGHT = "software_copyright"
    KNOW_HOW = "know_how"
    CIRCUIT_LAYOUT = "circuit_layout"
    PLANT_VARIETY = "plant_variety"


class RightState(StrEnum):
    """The legal state at the office that keeps the right; know-how is in force by itself."""

    PENDING = "pending"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    DISPUTED = "disputed"


class LegalMove(StrEnum):
    """What may happen to a right that is registered here."""

    GRANT = "grant"
    LAPSE = "lapse"
    DISPUTE = "dispute"
    SETTLE = "settle"


class ConsentMethod(StrEnum):
    """How an owner consented: signed in as himself, or on paper that was scanned."""

    PLATFORM = "platform"
    SIGNED_SCAN = "signed_scan"


MOVES: Final = Moves(
    "right",
    {
        ("grant", RightState.PENDING): RightState.IN_FORCE,
        ("lapse", RightState.PENDING): RightState.LAPSED,
        ("lapse", RightState.IN_FORCE): RightState.LAPSED,
        ("lapse", RightState.DISPUTED): RightState.LAPSED,
        ("dispute", RightState.PENDING): RightState.DISPUTED,
        ("dispute", RightState.IN_FORCE): RightState.DISPUTED,
        ("settle", RightState.DISPUTED): RightState.IN_FORCE,
    },
    births={"register": RightState.IN_FORCE, "register_pending": RightState.PENDING},
)

EVENT_OF: Final = {
    LegalMove.GRANT: "right.granted",
    LegalMove.LAPSE: "right.lapsed",
    LegalMove.DISPUTE: "right.disputed",
    LegalMove.SETTLE: "right.settled",
}


class Owner(msgspec.Struct, frozen=True):
    """A person or an organisation that owns a share; consent fields are null until he consents."""

    id: UUID
    person_id: UUID | None
    organisation_id: UUID | None
    share_ppm: int
    consent_method: ConsentMethod | None
    consent_file_id: UUID | None
    consented_on: date | None
    consent_recorded_by: UUID | None

    @property
    def consents(self) -> bool:
        return self.consent_method is not None


class Right(msgspec.Struct, frozen=True):
    """A registered right; ``state`` is its legal state, ``unit_id`` the unit that manages it."""

    id: UUID
    unit_id: UUID
    kind: RightKind
    number: str | None
    description_hash: str | None
    title: str
    expires_on: date | None
    state: RightState
    state_reason: str | None
    state_file_id: UUID | None
    registered_by: UUID
    moved_by: UUID
    version: int
    created_at: datetime
    owners: list[Owner]

    def after(self, move: LegalMove) -> RightState:
        return MOVES.after(move, RightState(self.state))

    def owner(self, owner_id: UUID) -> Owner | None:
        return next((owner for owner in self.owners if owner.id == owner_id), None)


class NewOwner(Input, frozen=True):
    """Exactly one of the two ids; ``share_ppm`` in millionths of the whole."""

    person_id: UUID | None = None
    organisation_id: UUID | None = None
    share_ppm: SharePpm = WHOLE_PPM


class NewRight(Input, frozen=True, kw_only=True):
    """A right to register; ``pending`` when it is applied for and not yet granted."""

    kind: RightKind
    title: Line
    number: RegisterNumber | None = None
    description_hash: DescriptionHash | None = None
    expires_on: date | None = None
    pending: bool = False
    owners: Annotated[list[NewOwner], Meta(min_length=1, max_length=50)]


class SignedConsent(Input, frozen=True):
    """The owner's signed paper: the scan, stored before, and the day on which he signed."""

    file_id: UUID
    consented_on: date


class LegalChange(Input, frozen=True):
    """What happened to the right, why, and the office's paper if there is one."""

    move: LegalMove
    reason: Reason
    file_id: UUID | None = None


class NotRegistrar(Forbidden):
    """Rights are registered for one's own unit."""

    code = "not_registrar_of_rights"
    zh = "只有技协的会员或经办可以为本单位登记知识产权。请以该身份登录后办理。"
    en = "Members and clerks register rights for their own unit. Sign in as one of them."


class NotRightsClerk(Forbidden):
    """Papers are recorded by those who keep them."""

    code = "not_clerk_of_right"
    zh = "只有管理单位的经办可以登记此项。请由管理该知识产权的技协经办办理。"
    en = "Only a clerk of the unit that manages the right records this. Ask that unit's clerk."


class NotTheOwner(Forbidden):
    """Consent is the owner's alone."""

    code = "not_the_owner"
    zh = "只有权利人本人，或权利人单位的负责人、签署人可以同意或撤回同意。请由权利人登录后办理。"
    en = "Only the owner, or a signatory or head of the owner, consents or withdraws. Ask them."


class OwnerConsentsHimself(Forbidden):
    """Paper stands only for an owner who has no way in."""

    code = "owner_consents_himself"
    zh = "该权利人可以登录系统，须由其本人在线同意，不能由经办代录。请通知权利人登录办理。"
    en = "This owner can sign in, so nobody records consent for him. Ask him to consent himself."


class AlreadyConsented(Conflict):
    """A consent is withdrawn before another one replaces it."""

    code = "owner_already_consented"
    zh = "该权利人已经同意。如需更换凭证，请先撤回原同意，再重新登记。"
    en = "This owner has consented already. Withdraw that consent before recording another one."


class ConsentInTheFuture(Invalid):
    """Nobody has signed tomorrow."""

    code = "consent_in_the_future"
    zh = "签署日期 {found} 晚于今天 {today}。请核对书面同意上的日期。"
    en = "The consent is dated {found}, after today, {today}. Check the date on the paper."


class NumberMissing(Invalid):
    """What an office registers has a number."""

    code = "right_number_missing"
    zh = "此类知识产权须填写证书号或申请号，不填说明书哈希值。请改正后重新提交。"
    en = (
        "A right of this kind needs its number, and no description hash. Give the "
        "number of the certificate or of the application."
    )


class KnowHowHasNoNumber(Invalid):
    """A secret is named by a hash, never by a number, a term or an application."""

    code = "know_how_needs_hash"
    zh = "技术秘密没有证书号、有效期和申请阶段。请填写密封说明书的 SHA-256 哈希值，并去掉其余三项。"
    en = "Know-how has no number, expiry or application. Give its description's SHA-256 only."


class SharesDoNotSum(Invalid):
    """Shares are parts of one whole."""

    code = "shares_do_not_sum"
    zh = "各权利人份额合计须为 1000000（百万分之一为单位），现为 {found}。请调整份额。"
    en = "The owners' shares must sum to 1000000 (millionths) and sum to {found}. Adjust them."


class OwnerUnclear(Invalid):
    """One share, one owner, named once."""

    code = "owner_unclear"
    zh = "每个份额须指明一个权利人：个人或单位二选一，且不得重复。请核对权利人。"
    en = "Each share names one owner, a person or an organisation, and nobody twice. Check them."


class OwnerUnknown(Invalid):
    """An owner is known to the market first."""

    code = "owner_unknown"
    zh = "权利人尚未在系统中登记。请先登记该个人或单位，再登记知识产权。"
    en = "An owner is not known here. Register that person or organisation first, then the right."


class RightAlreadyRegistered(Conflict):
    """The same number or hash is registered, here or in another unit."""

    code = "right_already_registered"
    zh = "该证书号或说明书哈希值已登记。请核对号码；如由其他单位登记，请与其联系。"
    en = "This number or hash is registered already. Check it, or ask the unit that registered it."


class RightNotInForce(Conflict):
    """Publication needs a right in force."""

    code = "right_not_in_force"
    zh = "所指知识产权目前不是“有效”状态（{state}），不能发布或恢复。请先登记其法律状态。"
    en = "The right is not in force ({state}), so its offering stays unpublished. Record its state."


class RightExpired(Conflict):
    """Its term is over."""

    code = "right_expired"
    zh = "所指知识产权已于 {expires_on} 到期，不能发布或恢复。请另选有效的知识产权。"
    en = "The right expired on {expires_on}, so nothing of it is published. Choose another right."


class ConsentMissing(Conflict):
    """Publication needs every owner's consent."""

    code = "consent_missing"
    zh = "还有 {missing} 位权利人没有同意，不能发布或恢复。请先取得其签署的同意。"
    en = "{missing} owners have not consented yet. Obtain their signed consent first."


def may_register(actor: Actor) -> bool:
    return actor.side == "unit" and actor.is_any(Role.MEMBER, Role.CLERK)


def may_record(actor: Actor, right: Right) -> bool:
    return actor.acts_for(right.unit_id, Role.CLERK)


def speaks_for(actor: Actor, owner: Owner) -> bool:
    """Whether the actor is the owner, or represents the organisation that is."""
    if owner.person_id is not None:
        return owner.person_id == actor.person_id
    return owner.organisation_id is not None and actor.acts_for(
        owner.organisation_id, Role.SIGNATORY, Role.MANAGER, Role.LEADER
    )


def check_new(data: NewRight) -> None:
    _check_name(data)
    _check_owners(data.owners)


def _check_name(data: NewRight) -> None:
    if data.kind is RightKind.KNOW_HOW:
        is_secret = data.number is None and data.expires_on is None and not data.pending
        named = is_secret and data.description_hash is not None
        require(named, KnowHowHasNoNumber(pointer="/description_hash"))
    else:
        named = data.number is not None and data.description_hash is None
        require(named, NumberMissing(pointer="/number"))


def _check_owners(owners: list[NewOwner]) -> None:
    for owner in owners:
        one_id = (owner.person_id is None) != (owner.organisation_id is None)
        require(one_id, OwnerUnclear(pointer="/owners"))
    names = {(owner.person_id, owner.organisation_id) for owner in owners}
    require(len(names) == len(owners), OwnerUnclear(pointer="/owners"))
    found = sum(owner.share_ppm for owner in owners)
    require(found == WHOLE_PPM, SharesDoNotSum(pointer="/owners", found=found))


def require_settled(right: Right, today: date) -> None:
    """Settled ownership, or no publication. Raises what is missing."""
    found = words.state("right", right.state)
    require(right.state == RightState.IN_FORCE, RightNotInForce(state=found))
    expired = right.expires_on is not None and right.expires_on < today
    require(not expired, RightExpired(expires_on=right.expires_on))
    missing = sum(not owner.consents for owner in right.owners)
    require(missing == 0, ConsentMissing(missing=missing))


def is_settled(right: Right, today: date) -> bool:
    try:
        require_settled(right, today)
    except Conflict:
        return False
    return True
