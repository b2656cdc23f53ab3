"""Books that leave 账簿导出: journal, general ledger and vouchers of some books in a span of days.

Words: *books* 账套 · *journal* 序时账, all postings by day · *general ledger* 总账明细账, the same
by account with running balances · *voucher* 记账凭证 · *booked on* 记账日期, the later of a
posting's own date and the first day of the month that took it: so the balance of the journal on
any day is the trial balance of that day · *span* 期间, both days included. The journal leaves as
beancount, as hledger, as CSV and as XLSX, the other two as CSV and XLSX. For finance, leader and
auditor of the unit or one above it, and for whoever holds the server's shell (``market export``).

Invariants: what is exported is fixed when it begins, by the horizon below which nobody can still
commit. All below it have their vouchers, numbered just before, so that a number never changes
between two exports; what is still on its way is counted, told and left out. The ledger only grows,
so the same horizon shows the same postings however long the file is read, and no transaction is
open meanwhile: some hundred postings at a time are fetched, each time as the reader may see them.
The same postings, names and span give the same bytes: no clock, a fixed order.

A journal begins with the balances of the day before, if there are any, and ends with the closing
balance of every account, which PostgreSQL sums on its own way: a file of which a line is missing,
or too much, is refused by bean-check and by hledger.

Account names keep the grammar of both tools: the five roots in English, a part for the kind and
one for whose it is, each beginning with a Latin capital or a digit, as beancount wants, with the
Chinese behind: ``Assets:Receivable-应收账款:5B1C2D3E4F50-川江化工有限公司``. The twelve characters
are the end of the subject's id. Funds and the foreign-exchange position are under Equity.
"""
