"""What lives have to hit: every move and refusal of the acts that are played, but those named."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Final

from market.base import errors, moves
from market.base.errors import MarketError
from market.base.moves import Moves
from market.money.invoicing import model as invoicing
from market.money.invoicing.credit_notes import model as credit_notes
from market.money.invoicing.voiding import model as voiding
from market.money.invoicing.write_offs import model as write_offs
from market.money.payments import model as payments
from market.money.payments.chargebacks import model as chargebacks
from market.money.payments.chargebacks.write_offs import model as debts
from market.money.payments.online import model as online
from market.money.payments.refunds import lists
from market.money.payments.refunds import model as refunds
from market.money.payments.stripe_explanations import model as explanations
from market.money.payments.stripe_explanations import owed_again
from market.money.payments.stripe_explanations.undoing import model as undoing
from market.money.payments.stripe_lines import model as stripe_lines
from market.money.reconciliation.matching import model as matching
from tests.lives.life import Hit, Tally

LEAST: Final = 10
TABLES: Final[tuple[Moves, ...]] = (  # type: ignore[type-arg]
    invoicing.MOVES,
    voiding.MOVES,
    credit_notes.MOVES,
    write_offs.MOVES,
    payments.MOVES,
    online.MOVES,
    refunds.MOVES,
    matching.MOVES,
    chargebacks.CHARGEBACK_MOVES,
    debts.MOVES,
    explanations.MOVES,
    undoing.MOVES,
    stripe_lines.PAYOUT_MOVES,
)
ROOMS: Final[tuple[ModuleType, ...]] = (
    *(invoicing, voiding, credit_notes, write_offs, payments, online, refunds, lists, matching),
    *(debts, explanations, owed_again, undoing),
)
# Of the refusals that all rooms share, those that these acts can raise.
SHARED: Final = (errors.NotFound, moves.WrongMove)
# What happens to what a loss lacked is no move.
RECOVERIES: Final = {
    ("chargeback_recovery", way, "")
    for way in ("from credit", "given back", "undone", "undone at once")
}
PAST: Final = "nobody pays past the market: tests of charges made there"
CODES_LEFT_OUT: Final = {
    "contract_not_in_force": "contracts are in force: tests of issuing invoices",
    "milestone_not_accepted": "instalments wait for days: tests of issuing invoices",
    "contract_not_recognised": "nothing is exempt: tests of recognition",
    "more_than_paid": "nobody takes back but what he gave: tests of receipts",
    "invoice_has_fapiao": "there are no fapiao: tests of voiding",
    "owner_was_paid": "nobody sells for another: tests of credit notes",
    "charge_has_no_receipt": "nobody asks for receipts: tests of receipts",
    "invoices_not_alike": "a life has one buyer: tests of paying online",
    "invoice_of_other_books": "a life has one unit: tests of matching",
    "line_of_nothing": "no bank sends lines of nothing here: tests of matching",
    "not_in_transit": "no line is a payout: tests of payouts and of matching",
    "chargeback_write_off_with_charge": PAST,
    "stripe_explanation_went_back": PAST,
    "stripe_explanation_of_no_customer": PAST,
    "stripe_charge_of_another": PAST,
    "stripe_charge_written_off": PAST,
    "stripe_line_not_of_past_charge": PAST,
    "account_not_approved": "the account is approved: tests of transfer lists",
}


def refusals(module: ModuleType) -> Iterator[type[MarketError]]:
    for one in vars(module).values():
        is_ours = isinstance(one, type) and issubclass(one, MarketError)
        if is_ours and one.__module__ == module.__name__:
            yield one


def codes() -> set[str]:
    found = {one.code for room in ROOMS for one in refusals(room)}
    return (found | {one.code for one in SHARED}) - CODES_LEFT_OUT.keys()


def all_moves() -> set[tuple[str, str, str]]:
    found = {
        (subject, move, str(origin or ""))
        for table in TABLES
        for subject, move, origin, _ in table.rows()
    }
    return found | RECOVERIES


WANTED: Final[tuple[Hit, ...]] = (*sorted(all_moves()), *sorted(codes()))


def too_seldom(tally: Tally) -> list[Hit]:
    return [one for one in WANTED if tally.hits[one] < LEAST]
