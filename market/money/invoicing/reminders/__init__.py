"""Reminders 催款: an invoice that is late is asked for again, level by level.

Words: level 催款级别: friendly 付款提醒, formal 催款函, final 最后催告 · hold 暂缓催款 · late 逾期:
counted in working days from the due date, or from the day of issue or of reopening if later.

- The policy "reminders" says after how many working days each level is sent; a daily job sends it.
- An invoice has one reminder of a level at most, and none below one that it has: a job that was
  away for weeks sends the highest level that is reached, and no other.
- What is asked for is open and not covered by credit that credit notes on the invoice left, with
  what is reserved of it for refunds that nobody has sent: they are held back for it.
- The formal and the final one are letters, too: a PDF set as it is sent, attached to its mails and
  kept byte for byte, its hash on the reminder. What the font lacks is named there, and keeps no
  reminder back; of the buyer's own contact it is left out.
- Nobody is reminded of an invoice that is paid, void or uncollectible or whose rest such credit
  covers, nor while it is held or a chargeback of its money is open.
- Working days past those announced count for nothing, so that no holiday makes anybody late.
- A hold has a last day, or is for a dispute 争议 and lasts until finance sets another; rows are
  only added, and the newest counts.
"""
