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
- What is rejected, or fails before it is paid, is credit again; so is what a line brings back.
"""
