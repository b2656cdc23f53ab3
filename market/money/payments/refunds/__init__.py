"""Refunds 退款: customer credit goes back to whom it belongs, by bank or the way that it came.

*Transfer list* 付款清单: the refunds that the cashier sends in one go from one own account, as a
file for the bank.

Four eyes: finance proposes a refund of what an organisation has left with the unit; a leader of the
unit or of its parent, another person who holds no role at that organisation, approves or rejects.
The cashier makes a list of what is approved and sends it; the refund is paid once finance has
matched the bank's line with it, and never before.

- What is proposed is reserved: it leaves customer credit for refund pending, and neither account
  falls below zero, so that refunds never exceed the credit whoever comes at the same moment.
- By bank it goes to an account in the organisation's own name; its number is the remark.
- A refund is on one list at most, is paid by one line out, and returned by one line in.
- Credit that a chargeback asks back, or that was refunded past the market, stays (``held``). It is
  asked when a refund is proposed and approved, when the cashier's list is made, which leaves it out
  and tells so, and before Stripe is told.
- What is withdrawn, rejected, or fails before it is paid, is credit again; so is what a line
  brings back.

To the card or wallet that paid 原路退款, by parts if one likes:

- Never more than the charge brought, less its other refunds, those made past the market, and what
  a chargeback holds or took; none while a chargeback is open. Asked when it is proposed, approved
  and presented.
- The worker presents it to Stripe under its id; ``unknown`` is read by listing the refunds of the
  payment before the same call is made again.
- Its money moves by the lines of Stripe's balance alone, whichever of its two lines comes first.
  It is paid once Stripe says so and its line is booked; returned once both lines are; failed where
  Stripe ends it before any line.
- Fees of the charge stay an expense: Stripe keeps them.
"""
