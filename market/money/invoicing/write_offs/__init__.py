"""Write-offs 坏账核销: what is open of an invoice that will not be paid becomes a loss.

Words: uncollectible 坏账, the invoice's state meanwhile · performed 已履行: work that was
accepted · recovered 转回: taken back, for money moved on it.

- Four eyes: finance proposes with a reason; a leader of the unit or of its parent, another person
  who holds no role at the buyer, approves what was proposed, or rejects it.
- Only an overdue invoice is written off, for all that is open of it, and only for work that was
  performed: what was never earned is no loss, and takes a credit note 贷项通知.
- Accepted milestones cover a contract's invoices in this order: those that waited for a milestone
  which is accepted, then by due date.
- The debt itself lives on. Whatever is matched to the invoice later recovers it: the loss is taken
  back whole, the money applied, and what is still open is open again, to be written off anew or
  not. So does a receipt from before that is taken back, because more is open then.
- The buyer reads no proposals.
"""
