"""Undoing what explained a line 撤销说明: its money stands in suspense again.

Words: to undo 撤销 · to stand 有效: approved, and not undone.

- Four eyes: finance proposes with a reason; a leader of the unit or of its parent, another person,
  approves or rejects. Nobody of either holds a role at the payer of the line. Who proposed it
  withdraws it while nobody has decided.
- ``stripe_explanation_undone:<explanation>``, of the day of the decision, mirrors what the
  explanation had posted, and touches Stripe's balance as little as that did. What was owed again
  pays its invoices as far as they are open, and is credit beyond that. Where it gave money
  back in a currency that was changed, the difference of exchange is what closes the position now.
- The line is what it was before, and is explained anew or booked by its rule; no earlier than the
  day on which its money came back.
- What a rule booked is not undone, for payments, refunds and chargebacks stand on it; nor what paid
  a refund of ours. What brought its payer credit is undone while he has it, and it is not held;
  what took a charge back, while nothing that came back of it is explained.
- A refund of ours that failed because another amount moved stays failed: its credit is free, and
  what moved is explained anew by itself.
"""
