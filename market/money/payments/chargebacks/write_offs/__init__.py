"""Write-offs of chargebacks 拒付欠款核销: what a loss left in suspense and nobody will pay.

Words: short 拒付欠款, what neither an invoice nor credit bore · recovered 转回: owed again.

- Four eyes: finance proposes with a reason; a leader of the unit or of its parent, another person
  who holds no role at the payer, approves what was proposed, or rejects it.
- All that is owed is written off, and only while neither the payer's credit nor a charge would
  pay it. It goes from suspense to the loss; VAT was the invoices' affair and stays as it is. What
  is owed again beside a loss, because a wrong match was undone, is a loss of its own.
- What a loss of no payment here left in suspense is written off in the same way, whether its payer
  is known or not, once its charge stands in suspense no more.
- It is one of the chargeback's recoveries, so that nothing asks for it, holds credit or takes any
  of it meanwhile; it is not the payer's, and a match that is undone gives nothing of it back.
- The debt itself lives on: finance takes the loss back whole where the payer pays after all, or
  before its charge becomes credit, and so does a line of the balance that gives the chargeback
  back. What is open then is owed again.
- The payer reads no proposals.
"""
