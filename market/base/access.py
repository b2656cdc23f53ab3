"""Who acts, for whom, in which roles; and the guards of every act: a condition, presence."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from market.base import words
from market.base.errors import Forbidden, Language, MarketError, Phrase


class Role(StrEnum):
    """What a person may be in an organisation (the domain's table of roles)."""

    MANAGER = "manager"
    BUYER = "buyer"
    SIGNATORY = "signatory"
    PAYER = "payer"
    MEMBER = "member"
    CLERK = "clerk"
    TECH_REVIEWER = "tech_reviewer"
    FINANCE = "finance"
    CASHIER = "cashier"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ENTERPRISE_ROLES: Final = frozenset({Role.MANAGER, Role.BUYER, Role.SIGNATORY, Role.PAYER})
UNIT_ROLES: Final = frozenset(
    {
        Role.MEMBER,
        Role.CLERK,
        Role.TECH_REVIEWER,
        Role.FINANCE,
        Role.CASHIER,
        Role.LEADER,
        Role.AUDITOR,
        Role.SIGNATORY,
    }
)
MONEY_ROLES: Final = frozenset({Role.FINANCE, Role.CASHIER, Role.LEADER})

Side = Literal["unit", "enterprise"]
SecondFactor = Literal["none", "due", "shown"]


class Actor(msgspec.Struct, frozen=True):
    """A person (or the system) acting for one organisation at a time.

    ``scope``: the organisations whose rows the actor sees, its own first, then, for a unit, its
    whole subtree. ``approves_for``: its own unit and the direct children. ``second_factor``: shown
    in this session, still due in it, or not there; ``withheld``: the roles that wait for one.
    """

    person_id: UUID
    organisation_id: UUID | None = None
    side: Side | None = None
    roles: frozenset[Role] = frozenset()
    scope: tuple[UUID, ...] = ()
    approves_for: tuple[UUID, ...] = ()
    language: Language = "zh-CN"
    through_key: bool = False
    second_factor: SecondFactor = "none"
    withheld: frozenset[Role] = frozenset()

    @property
    def visible(self) -> list[UUID] | None:
        """What queries bind for their visibility clause; None, for the system alone, is all."""
        return None if self.person_id == SYSTEM_ID else list(self.scope)

    @property
    def is_system(self) -> bool:
        return self.person_id == SYSTEM_ID

    def is_any(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def acts_for(self, organisation_id: UUID, *roles: Role) -> bool:
        """Whether the actor acts for that very organisation in one of the roles."""
        return self.organisation_id == organisation_id and self.is_any(*roles)

    def approves(self, unit_id: UUID, *roles: Role) -> bool:
        """Whether the actor may approve for the unit: its own, or a direct child of its own."""
        return unit_id in self.approves_for and self.is_any(*roles)


SYSTEM_ID: Final = UUID(int=1)
ANONYMOUS_ID: Final = UUID(int=0)
SYSTEM: Final = Actor(SYSTEM_ID)
ANONYMOUS: Final = Actor(ANONYMOUS_ID)


class MakerCannotApprove(Forbidden):
    """Four eyes: the maker never approves."""

    code = "maker_cannot_approve"
    zh = "提出人不能审批自己提出的事项。请由另一位有权的同事或上级单位审批。"
    en = "Whoever proposed this cannot approve it. A colleague or the parent unit approves."


class BeneficiaryCannotApprove(Forbidden):
    """Nobody approves what he gains by."""

    code = "beneficiary_cannot_approve"
    zh = "不能审批与本人有利害关系的事项。请由另一位有权的同事或上级单位审批。"
    en = "You gain by this, so you cannot approve it. A colleague or the parent unit approves."


class BothSides(Forbidden):
    """Whoever holds a role at the other party as well does not act for this one."""

    code = "both_sides"
    zh = "您在另一方也有角色，不能代表这一方办理此事。请由在另一方没有角色的同事办理。"
    en = "You also hold a role at the other party, so you do not act here. Ask a colleague without."


class NotThroughAKey(Forbidden):
    """A key does everyday work; who may do what is decided by people who are present."""

    code = "not_through_a_key"
    zh = "此事不能用接口密钥办理。请本人登录后办理。"
    en = "This cannot be done with an API key. Sign in and do it yourself."


class SecondFactorDue(Forbidden):
    """The password was right; the code of the device is still missing."""

    code = "second_factor_due"
    zh = "登录尚未完成。请用 PUT /v1/session/second-factor 提交动态口令，或一个恢复码。"
    en = (
        "Signing in is not complete. Send a code of the device, or a recovery code, to "
        "PUT /v1/session/second-factor first."
    )


def why_withheld(actor: Actor) -> Phrase | None:
    """What an actor is told besides a refusal while he, or a role of his, waits for a factor."""
    if actor.second_factor == "due":
        return Phrase(
            "本次登录还差第二因素验证。请用 PUT /v1/session/second-factor 重新提交动态口令，"
            "设备不在身边时提交一个恢复码。",
            "This session still waits for its second factor. Send another code to "
            "PUT /v1/session/second-factor, or a recovery code without the device.",
        )
    if not actor.withheld:
        return None
    roles = words.roles(actor.withheld)
    if actor.through_key:
        return Phrase(
            f"此密钥的角色（{roles.zh}）签发时未经第二因素验证，现不生效。请验证后重新签发密钥。",
            f"The key's roles ({roles.en}) were given without a second factor and do not count "
            "now. Show one in a session and issue another key there.",
        )
    return Phrase(
        f"您的角色（{roles.zh}）须经第二因素验证方可行使。"
        "请用 POST /v1/people/me/second-factor 登记动态口令。",
        f"Your roles ({roles.en}) wait for a second factor. Set one up with "
        "POST /v1/people/me/second-factor.",
    )


def require(condition: bool, refusal: MarketError | type[MarketError]) -> None:
    if not condition:
        raise refusal


def require_presence(actor: Actor) -> None:
    """Refuse an API key where the person must act himself."""
    require(not actor.through_key, NotThroughAKey)
