"""Stripe's lines 结算明细: each is read and posted once, whatever was heard of it before.

Words: bookmark 读取进度, payout 提现 (Stripe's word only).

- Lines are pulled from a bookmark on, with an overlap; a line is one row and one posting
  ``stripe_line:<id>``. Webhooks only say that there is something to pull, so that a lost, doubled
  or late one changes nothing.
- A line of a day before the books began is left out: the opening balance has it.
- What Stripe keeps is an expense of its own; the payer has paid the whole amount.
- A charge pays the invoices of its payment as far as they are open; the rest is customer credit.
- A category that has no rule, and money that nobody asked for, stand in suspense with an alert.
"""
