"""What a policy of each name may say: its fields, their bounds, and which of them rise.

A body is read with these where it is proposed and where it is approved; whoever computes with it
later takes it for sensible. Who adds a policy adds its body here.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from market.base import field_faults, words
from market.base.access import MONEY_ROLES, Role, require
from market.base.errors import Invalid, Phrase
from market.base.fields import (
    MANY_LINES,
    AmountMinor,
    Currency,
    Day,
    Days,
    Input,
    Line,
    PositiveMinor,
    Text,
)
from market.identity.people.model import Consents

# More than any tax here ever was; a slip of a digit is beyond it.
TaxPpm = Annotated[int, Meta(ge=0, le=200_000)]
Percent = Annotated[int, Meta(ge=0, le=100)]
# Rates of exchange move by no more within the months that a chargeback takes.
RateDifference = Annotated[int, Meta(ge=0, le=20)]
Weight = Annotated[int, Meta(ge=0, le=1_000)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
GraceDays = Annotated[int, Meta(ge=0, le=30)]
SomeDays = Annotated[int, Meta(ge=1, le=3_650)]
WrittenCode = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}(?!\s)$")]
WholeText = Annotated[str, Meta(min_length=1, max_length=100_000, pattern=MANY_LINES)]


class SkillLevel(Input, frozen=True):
    """A level and its names."""

    code: WrittenCode
    zh: Line
    en: Line


class SkillLevels(Input, frozen=True):
    """From the lowest to the highest."""

    levels: Annotated[list[SkillLevel], Meta(min_length=1, max_length=50)]


class ConsentDocuments(Consents, frozen=True):
    """The versions in force with their texts, which the first ones kept elsewhere."""

    terms_zh: WholeText | UnsetType = UNSET
    terms_en: WholeText | UnsetType = UNSET
    privacy_zh: WholeText | UnsetType = UNSET
    privacy_en: WholeText | UnsetType = UNSET


class SecondFactor(Input, frozen=True):
    """Who needs one, and how long a new role waits for it; whoever touches money always does."""

    roles: list[Role]
    grace_days: GraceDays


class WorkingDays(Input, frozen=True):
    """What the State Council announced, until the last day that it announced of."""

    until: Day
    off: list[Day]
    worked: list[Day]


class CatalogueReview(Input, frozen=True):
    """How long a review may take."""

    working_days: SomeDays


class DirectOrder(Input, frozen=True):
    """Up to where one person orders."""

    limit_minor: AmountMinor
    currency: Currency


class VatRates(Input, frozen=True):
    """By the status of the taxpayer."""

    general: TaxPpm
    small_scale: TaxPpm


class Exemption(Input, frozen=True):
    """What is exempt, by which rule."""

    classes: list[WrittenCode]
    source: Text


class Vat(Input, frozen=True):
    """Rates, and exemptions by their names."""

    rates_ppm: VatRates
    exemptions: dict[str, Exemption]


class StampDuty(Input, frozen=True):
    """Of the amount without VAT."""

    rate_ppm: TaxPpm


class SurtaxRates(Input, frozen=True):
    """Each is a share of the VAT."""

    urban_construction: TaxPpm
    education: TaxPpm
    local_education: TaxPpm


class Surtax(Input, frozen=True):
    """What is due on the VAT."""

    of_vat_ppm: SurtaxRates


class Invoicing(Input, frozen=True):
    """How long before its day an instalment may be invoiced."""

    ahead_days: Days


class Matching(Input, frozen=True):
    """Up to where one person books a line alone; without a currency it is yuan."""

    alone_up_to_minor: AmountMinor
    currency: Currency | UnsetType = UNSET


class Judging(Input, frozen=True):
    """How many judge, and from how many points apart that is flagged."""

    least_judges: Count
    spread_points: Percent


class Award(Input, frozen=True):
    """The standstill, the time for answers, and up to where one person awards directly."""

    standstill_working_days: SomeDays
    answer_working_days: SomeDays
    direct_limit_minor: AmountMinor
    currency: Currency


class Reviews(Input, frozen=True):
    """How long both sides may review each other."""

    window_days: SomeDays


class FitWeights(Input, frozen=True):
    """How much each part counts; one at least does."""

    field: Weight
    words: Weight
    region: Weight
    level: Weight
    load: Weight
    price: Weight


class FieldGrades(Input, frozen=True):
    """How near a technical field is."""

    field_and_kind: Percent
    field: Percent
    industry: Percent


class RegionGrades(Input, frozen=True):
    """How near a region is."""

    same: Percent
    city: Percent
    province: Percent


class Fit(Input, frozen=True):
    """How offers are suggested for a request."""

    weights: FitWeights
    field: FieldGrades
    region: RegionGrades
    contracts_a_member: Count
    unpriced: Percent


class FileQuota(Input, frozen=True):
    """What may be uploaded."""

    organisation_bytes: PositiveMinor
    person_day_bytes: PositiveMinor
    person_day_files: PositiveMinor


class Reminders(Input, frozen=True):
    """After how many working days a debtor is told."""

    friendly_working_days: Days
    formal_working_days: Days
    final_working_days: Days


class ChargebackAlarms(Input, frozen=True):
    """How many working days before its due day evidence is asked for."""

    first_working_days: Days
    second_working_days: Days
    last_working_days: Days


class ChargebackExchange(Input, frozen=True):
    """How far what came back may differ from what was taken by the rate alone."""

    most_difference_percent: RateDifference


BODIES: Final[dict[str, type[Input]]] = {
    "award": Award,
    "catalogue.review": CatalogueReview,
    "chargeback_alarms": ChargebackAlarms,
    "chargeback_exchange": ChargebackExchange,
    "consent_documents": ConsentDocuments,
    "direct_order": DirectOrder,
    "files.quota": FileQuota,
    "fit": Fit,
    "identity.second_factor": SecondFactor,
    "invoicing": Invoicing,
    "judging": Judging,
    "matching": Matching,
    "reminders": Reminders,
    "reviews": Reviews,
    "skill_levels": SkillLevels,
    "stamp_duty": StampDuty,
    "surtax": Surtax,
    "vat": Vat,
    "working_days": WorkingDays,
}
# Each is less than the one behind it.
RISING: Final = {
    "chargeback_alarms": ("last_working_days", "second_working_days", "first_working_days"),
    "reminders": ("friendly_working_days", "formal_working_days", "final_working_days"),
}


class SenselessPolicy(Invalid):
    """What is computed with a field needs more than its kind."""

    code = "policy_makes_no_sense"
    zh = "规则内容的字段“{field}”有误：{fault}改正后请重新提出。"
    en = "The policy's field '{field}' is wrong. {fault} Then propose it anew."


class PolicyOutOfOrder(Invalid):
    """A stage that comes before the one that it follows would never be reached."""

    code = "policy_out_of_order"
    zh = "规则内容的字段“{less}”须小于“{more}”。请改正后重新提出。"
    en = "The field '{less}' of the policy must be less than '{more}'. Correct it and propose anew."


class WeighsNothing(Invalid):
    """Points are divided by all weights together."""

    code = "policy_weighs_nothing"
    zh = "各项权重不能全为零。请至少给一项权重。"
    en = "The weights of the policy cannot all be zero. Give one of them some weight."


class MoneyRoleLeftOut(Invalid):
    """Whoever touches money shows a second factor."""

    code = "policy_leaves_money_roles_out"
    zh = "经手资金的角色须使用第二因素，规则不能去掉{roles}。请补上后重新提出。"
    en = "Roles that touch money need a second factor: {roles}. Name them too, and propose anew."


class OffAndWorked(Invalid):
    """A day is one of the two."""

    code = "policy_day_off_and_worked"
    zh = "{day} 既列为休息日又列为上班日。请从其中一项删去后重新提出。"
    en = "{day} is both off and worked. Take it out of one of the lists, and propose anew."


class AnnouncedUntil(Invalid):
    """What was announced stays so, and nobody announces more than the year to come."""

    code = "policy_announced_until"
    zh = (
        "放假安排的截止日须在 {first} 至 {last} 之间：不早于现行版本，也不晚于生效次年年末。"
        "请更正后重新提出。"
    )
    en = (
        "Working days are announced until a day from {first} to {last}: not less than the version "
        "in force knows, nor past the year after this one takes effect. Correct it, propose anew."
    )


def check_sense(name: str, body: dict[str, Any]) -> None:
    """Raises SenselessPolicy, PolicyOutOfOrder, WeighsNothing, MoneyRoleLeftOut, OffAndWorked."""
    kind = BODIES[name]
    try:
        read = msgspec.convert(body, kind)
    except msgspec.ValidationError as fault:
        raise _told(kind, fault) from fault
    for less, more in pairwise(RISING.get(name, ())):
        refusal = PolicyOutOfOrder(less=less, more=more, pointer=f"/body/{less}")
        require(body[less] < body[more], refusal)
    if isinstance(read, Fit):
        weights = msgspec.structs.astuple(read.weights)
        require(any(weights), WeighsNothing(pointer="/body/weights"))
    if isinstance(read, SecondFactor):
        lacking = MONEY_ROLES.difference(read.roles)
        left_out = MoneyRoleLeftOut(roles=words.roles(lacking), pointer="/body/roles")
        require(not lacking, left_out)
    if isinstance(read, WorkingDays):
        both = sorted(set(read.off).intersection(read.worked))
        if both:
            raise OffAndWorked(day=both[0], pointer="/body/worked")


def check_follows(
    name: str, body: dict[str, Any], effective_on: date, present: dict[str, Any]
) -> None:
    """Whether it may take the place of the version in force on its day. Raises AnnouncedUntil."""
    if BODIES[name] is WorkingDays:
        until, known = (msgspec.convert(one, WorkingDays).until for one in (body, present))
        last = date(effective_on.year + 1, 12, 31)
        first = min(known, last)
        refusal = AnnouncedUntil(first=first, last=last, pointer="/body/until")
        require(first <= until <= last, refusal)


def _told(kind: type[Input], fault: msgspec.ValidationError) -> SenselessPolicy:
    place = field_faults.place_in(msgspec.inspect.type_info(kind), fault)
    zh, en = (field_faults.fault_of(place, language) for language in ("zh-CN", "en"))
    return SenselessPolicy(
        field=en.pointer.removeprefix("/"),
        fault=Phrase(zh.detail, en.detail),
        pointer=f"/body{en.pointer}",
    )
