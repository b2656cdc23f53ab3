"""How often each act is drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.lives.wrongs import Wrongs

Act = Callable[[Wrongs], Awaitable[object]]
WEIGHTS: Final[tuple[tuple[Act, int], ...]] = (
    (Wrongs.issue, 3),
    (Wrongs.accept, 1),
    (Wrongs.propose_void, 1),
    (Wrongs.propose_loss, 1),
    (Wrongs.propose_note, 4),
    (Wrongs.decide, 8),
    (Wrongs.use_credit, 3),
    (Wrongs.undo_use, 5),
    (Wrongs.match, 5),
    (Wrongs.confirm, 5),
    (Wrongs.undo, 8),
    (Wrongs.propose_refund, 3),
    (Wrongs.on_refund, 4),
    (Wrongs.send_refunds, 2),
    (Wrongs.match_refund, 3),
    (Wrongs.outgoing, 1),
    (Wrongs.start, 4),
    (Wrongs.cancel, 2),
    (Wrongs.present, 3),
    (Wrongs.refresh, 1),
    (Wrongs.pay, 1),
    (Wrongs.call_off, 1),
    (Wrongs.pull, 2),
    (Wrongs.paid_out, 4),
    (Wrongs.dispute, 1),
    (Wrongs.judge, 1),
    (Wrongs.follow, 1),
    (Wrongs.give_back, 1),
    (Wrongs.propose_card_refund, 3),
    (Wrongs.present_refund, 1),
    (Wrongs.refresh_refund, 1),
    (Wrongs.end_refund, 1),
    (Wrongs.refund_elsewhere, 1),
    (Wrongs.lost_and_paid, 20),
    (Wrongs.fill, 2),
    (Wrongs.rewritten, 8),
    (Wrongs.credited_in_part, 10),
    (Wrongs.credited_whole, 2),
    (Wrongs.astray, 20),
    (Wrongs.called_off, 2),
    (Wrongs.amiss, 2),
    (Wrongs.too_small, 8),
    (Wrongs.charged_back, 5),
    (Wrongs.held_back, 4),
    (Wrongs.turned_down, 10),
    (Wrongs.refunded, 7),
    (Wrongs.refused_at_stripe, 6),
    (Wrongs.charge_gone, 2),
    (Wrongs.sent_back, 12),
    (Wrongs.waits_for_a_second, 8),
    (Wrongs.credit_gone, 4),
    (Wrongs.wrong, 190),
)
