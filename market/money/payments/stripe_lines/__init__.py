"""Stripe's balance 结算明细: each of its lines is posted once, whatever was heard of it before.

Words: Stripe line (a balance transaction), category (Stripe's reporting category), bookmark
读取进度, chargeback 拒付, payout 提现 (Stripe's word only).

- Lines are pulled from a bookmark on, with an overlap; a line is one row and one posting
  ``stripe_line:<id>``. Webhooks only say that there is something to pull, so that a lost, doubled
  or late one changes nothing.
- A line of a day before the books began is left out: the opening balance has it.
- What Stripe keeps is an expense of its own; the payer has paid the whole amount.
- A charge pays the invoices of its payment as far as they are open; the rest is customer credit.
- A debt in another currency than the balance's closes on both sides of the exchange; what the rate
  made of it meanwhile is an exchange difference.
- A category that has no rule, and money that nobody asked for, stand in suspense with an alert.
- A chargeback moves its money out of the balance; lost, it reopens the invoices and takes the
  payer's credit, and what neither covers is his debt, in suspense until it is recovered; given back
  after that, it makes up that debt, pays the invoices as far as they are open, and is credit. It
  takes and gives back once: whatever else moves for it, and what Stripe keeps of it, stands in
  suspense with an alert.
"""
