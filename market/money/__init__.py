"""The wing of money: what enters and leaves the bank accounts, and what it settles.

Rooms, each standing on those before it: ``statements`` (own accounts, imported statements, their
lines), ``invoicing`` (请款单 and 发票), ``payments`` (matches and allocations), ``reconciliation``
(exceptions, close). Amounts are integers of the smallest unit with a currency beside them; only an
imported bank line, what takes it back, and the opening balance ever post on a bank account.
"""
