"""Customer statements 对账单: what stood between a buyer and a unit's books, and what changed it.

Words: receivable 应收, what the buyer owes · credit 预存款, what the unit owes it · short 拒付欠款,
what lost chargebacks took beyond both, which the buyer owes as well · opening 期初, closing 期末.

Read from the ledger's two accounts of the buyer, line by line, so that opening and closing are
theirs to the last fen; nothing is kept. What is short stands in suspense, which is of nobody: it is
read from the chargebacks and their recoveries, on the days of their postings. A line counts on the
day on which it was booked: its own, or the first of the month that was open when it came late. So
what was stated of a closed month stays. Both sides read the same figures; only the unit's is led on
to the postings.
"""
