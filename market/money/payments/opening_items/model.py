"""An open item, what is given to it, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from market.base import amounts
from market.base.access import require
from market.base.errors import Conflict, Invalid
from market.base.fields import AmountMinor, Input, PositiveMinor


class OpeningItem(msgspec.Struct, frozen=True):
    """A debt from before the books began; ``paid_minor``: Σ allocations."""

    id: UUID
    books_unit_id: UUID
    organisation_id: UUID
    currency: str
    reference: str
    dated_on: date
    due_on: date | None
    amount_minor: int
    paid_minor: int

    @property
    def open_minor(self) -> int:
        """What may still be allocated to it: nothing where we are the debtor."""
        return max(self.amount_minor - self.paid_minor, 0)


class ItemGiven(Input, frozen=True, kw_only=True):
    """How much of a line pays an item.

    ``charge_minor``: what a bank kept on the way, which we bear and the item counts.
    """

    opening_item_id: UUID
    amount_minor: PositiveMinor
    charge_minor: AmountMinor = 0

    @property
    def counted_minor(self) -> int:
        return self.amount_minor + self.charge_minor


class MoreThanItemOpen(Conflict):
    """An item takes no more than what is open on it."""

    code = "more_than_item_open"
    zh = (
        "期初未清项“{reference}”未付 {currency} {open}，不能分配 {currency} {amount}。"
        "超出部分请转为客户预存款。"
    )
    en = (
        "Opening item '{reference}' has {currency} {open} open, not {currency} {amount}. "
        "Keep the rest as customer credit."
    )


class ItemAllocatedTwice(Invalid):
    """One allocation an item."""

    code = "opening_item_allocated_twice"
    zh = "同一期初未清项只能分配一次。请合并为一项。"
    en = "An opening item stands once among the allocations. Put its amounts together."


class ItemOfOtherBooks(Invalid):
    """Money is allocated within one unit's books and one currency."""

    code = "opening_item_of_other_books"
    zh = "期初未清项“{reference}”不属于该账户的账套或币种。请核对未清项。"
    en = "Opening item '{reference}' is not of this account's books and currency. Check the item."


def require_open(items: Sequence[OpeningItem], given: Sequence[ItemGiven]) -> None:
    """Raises MoreThanItemOpen. The items are locked, and each is among them."""
    by_id = {item.id: item for item in items}
    for one in given:
        item = by_id[one.opening_item_id]
        require(
            one.counted_minor <= item.open_minor,
            MoreThanItemOpen(
                reference=item.reference,
                currency=item.currency,
                open=amounts.printed(item.open_minor, item.currency),
                amount=amounts.printed(one.counted_minor, item.currency),
            ),
        )
