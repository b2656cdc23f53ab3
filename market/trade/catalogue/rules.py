"""The rules that the terms of any draft and of any version keep, each with its refusal.

The CHECKs of the tables say the same once more.
"""

from __future__ import annotations

from market.base.errors import Invalid
from market.trade.catalogue.terms import (
    Capacity,
    FreeOrPaid,
    OfferingKind,
    PriceModel,
    TaxClass,
    Terms,
)


class QuoteHasNoPrice(Invalid):
    """A quote is made on request."""

    code = "quote_has_no_price"
    zh = "“面议”不填价格。请去掉价格，或改选其他计价方式。"
    en = "A price by quote states no price. Leave the price out, or choose another price model."


class PriceMissing(Invalid):
    """Every other price model states a price."""

    code = "price_missing"
    zh = "此计价方式须有价格。请填写含税价格（单位：分），或改为“面议”。"
    en = "The price is missing. State it in minor units, tax included, or choose 'quote'."


class FreeHasNoPrice(Invalid):
    """Free means a fixed price of zero, and a price of zero means free."""

    code = "free_has_no_price"
    zh = "无偿项目的计价方式为一口价、价格为 0；有偿项目的价格须大于 0。请使二者一致。"
    en = "A free offering has the fixed price 0; a paid one costs more than 0. Make them agree."


class RoyaltyNeedsYearlyPrice(Invalid):
    """A royalty comes on top of a yearly licence fee."""

    code = "royalty_needs_yearly_price"
    zh = "只有按年计价的项目可以另收提成。请去掉提成比例，或改为按年计价。"
    en = "Only a price per year may carry a royalty. Leave the royalty out, or price per year."


class CommissionMissing(Invalid):
    """An agent says what it keeps."""

    code = "commission_missing"
    zh = "以代理身份提供的项目须填写佣金比例。请以百万分之一为单位填写。"
    en = "An offering as agent earns a commission. State it in millionths of the price."


class CommissionWithoutAgency(Invalid):
    """A principal keeps the whole price."""

    code = "commission_without_agency"
    zh = "以自身名义提供的项目没有佣金。请去掉佣金比例，或改为代理。"
    en = "A principal earns no commission. Leave it out, or offer as agent."


class AgentNeedsRight(Invalid):
    """An agent sells what is another's, and owes that owner the price less its commission."""

    code = "agent_needs_right"
    zh = "代理只能销售他人的知识产权。请改为转让类项目并指向该知识产权，或以自身名义提供。"
    en = "An agent sells the right of another. Offer its transfer, or offer as principal."


class TransferNeedsRight(Invalid):
    """What is transferred is a right."""

    code = "transfer_needs_right"
    zh = "技术转让项目须指向一项知识产权。请先登记该知识产权，再填写其编号。"
    en = "A transfer points to a right. Register the right first, then give its id."


class RightWithoutTransfer(Invalid):
    """Other services transfer nothing."""

    code = "right_without_transfer"
    zh = "只有技术转让项目可以指向知识产权。请去掉该项，或改用转让类项目。"
    en = "Only a transfer points to a right. Leave the right out, or draft a transfer offering."


class ExemptionNeedsTransfer(Invalid):
    """Stand-alone consulting, service and training are taxed."""

    code = "exemption_needs_transfer"
    zh = "单独提供的咨询、服务、培训应当纳税，只有技术转让可以申请免税。请将税类改为应税。"
    en = "Only a transfer may claim the exemption. Set the tax class of this offering to taxable."


class MemberTwice(Invalid):
    """Each member is named once."""

    code = "member_twice"
    zh = "承担会员中有人重复出现。请每人只填一次。"
    en = "A member is named twice. Name each member once."


def check(kind: OfferingKind, terms: Terms) -> None:
    """Raise the first rule that the terms break."""
    _check_price(terms)
    _check_capacity(kind, terms)
    _check_right(kind, terms)
    if len(set(terms.member_ids)) != len(terms.member_ids):
        raise MemberTwice(pointer="/member_ids")


# Said as "unless" and not with `require`: a million lines of a file go through here, and seven
# refusals that nobody hears cost a tenth of reading one.
def _check_price(terms: Terms) -> None:
    if terms.price_model == PriceModel.QUOTE:
        if terms.price_minor is not None:
            raise QuoteHasNoPrice(pointer="/price_minor")
    elif terms.price_minor is None:
        raise PriceMissing(pointer="/price_minor")
    is_free = terms.free_or_paid == FreeOrPaid.FREE
    agree = is_free == (terms.price_minor == 0)
    is_plain = not is_free or terms.price_model == PriceModel.FIXED
    if not (agree and is_plain):
        raise FreeHasNoPrice(pointer="/free_or_paid")
    if terms.royalty_ppm is not None and terms.price_model != PriceModel.PER_YEAR:
        raise RoyaltyNeedsYearlyPrice(pointer="/royalty_ppm")


def _check_capacity(kind: OfferingKind, terms: Terms) -> None:
    if terms.capacity == Capacity.AGENT:
        if terms.commission_ppm is None:
            raise CommissionMissing(pointer="/commission_ppm")
        if kind != OfferingKind.TRANSFER:
            raise AgentNeedsRight(pointer="/capacity")
    elif terms.commission_ppm is not None:
        raise CommissionWithoutAgency(pointer="/commission_ppm")


def _check_right(kind: OfferingKind, terms: Terms) -> None:
    if kind == OfferingKind.TRANSFER:
        if terms.right_id is None:
            raise TransferNeedsRight(pointer="/right_id")
    elif terms.right_id is not None:
        raise RightWithoutTransfer(pointer="/right_id")
    elif terms.tax_class != TaxClass.TAXABLE:
        raise ExemptionNeedsTransfer(pointer="/tax_class")
