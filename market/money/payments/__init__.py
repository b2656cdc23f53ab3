"""Payments 收款: what is allocated to invoices, and what customers have left with us.

*Allocation* 分配: money applied to an invoice: a receipt 收款, a charge 手续费 that the bank kept
and we bear, or customer credit 客户预存款. *Credit use* 预存款抵付: a buyer's credit that pays its
invoice.

- An invoice's ``paid_minor`` is the sum of its live allocations.
- An allocation belongs to one match, one credit use or one line of Stripe's balance, and lives
  until that is undone; it is then dated, never removed.
- Credit goes back by a refund 退款, a capability of its own in here.
- A credit use takes no more than the buyer's credit holds, and only for that buyer's invoice; what
  a chargeback may take, or took without finding it, stays until that is decided (``held``).
"""
