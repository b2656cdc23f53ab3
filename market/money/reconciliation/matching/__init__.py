"""Matching 匹配: what a bank line pays, decided automatically only where it is exact.

Words: match 匹配, allocation 分配, rest 余额去向, suggestion 建议, suspense 待查款, undo 撤销.

- Importing a file is one act: its new lines are posted, and those that are exact (live payment
  codes, all open, the amount to the fen, the payer the buyer) are matched in the same transaction.
- A match explains the whole line: Σ allocations + rest = the line's amount. It posts once, under
  ``receipt_matched:<match>``; undoing mirrors that under ``match_undone:<match>``, never the line.
- It pays invoices, and open items 期初未清项 that the books began with. These are paid by hand; one
  is suggested where its payer sends just what is open.
- A line has one live match at most. A match by hand whose payer is not the buyer, which replaces
  an automatic one that was undone, or which books
  more as charges or interest than the policy "matching" leaves to one person (a line, and an
  invoice over all of its lines), books nothing until a second person confirms it; a confirmed one
  is undone by another than who matched it.
- It takes effect when the money was there, the claims were, and what was undone before is undone:
  the past keeps its balances.
- What a line not matched may be is reckoned whenever it is read, each with a score and its reasons,
  because other lines pay meanwhile. Its state alone, suggested or unmatched, is of the day when it
  came to suspense: by its import, or when its match was undone.
"""
