"""The ledger 账: double entry, kept apart from everything that it is about.

It knows books, accounts and causes, and no contract, invoice or bank line: whoever has something
to book calls ``operations.post`` inside the transaction of the act. Reading needs one of the
roles finance, cashier, leader, auditor.

Words: books 账套, the accounts of one legal-person unit · account 科目, a kind of the chart, with a
subject where it asks for one, in one currency · transfer 分录, which debits one account and credits
another · posting 记账, the transfers of one cause · cause 事由, such as ``invoice_issued:<id>`` ·
voucher 凭证 · period 会计期间 · controlled account 受控科目 · opening balance 期初余额.

Invariants: a cause posts once, and its repetition must say the same. A transfer stays inside one
set of books and one currency, so every posting balances by construction. Nothing posted is ever
changed: a correction is a new posting. A controlled account never falls below zero, at any
version. Every posting reads its month under a shared lock; what is dated in a closed month keeps
its date and is booked in the next open one. Voucher numbers have no gap within a unit and month:
they are given afterwards, in the order of commits.
"""
