"""Tax points 纳税义务发生时间: when an invoice's VAT turns from deferred to payable.

Rule (增值税法 art. 28; 财税〔2016〕36号 annex 1 art. 45), cumulative per invoice:

- in proportion to what was received, half up to the fen, the last fen with the last payment;
- receipts before the contract's first milestone has started count at its start;
- the whole when a fapiao is issued or the due date has come, whichever is first; a date already
  past at issue counts at issue;
- a receipt that is undone takes its part of the VAT back to deferred on the day on which it had
  come; if the whole is due by fapiao or due date, it is due on that day instead.

What counts is the day in the world, whenever it is learnt: VAT that an earlier event makes due
falls back on the later day (*moved*) and is reached on the earlier one. For a closed month the
ledger books both in the next open one, under their own dates.

*Surtax* 附加税费 follows the VAT that is due: each part of the policy "surtax" is reckoned on the
contract's whole VAT due so far under that version, so that a contract's surtax is right to the fen
whatever its instalments. Each row of ``tax_point`` is one posting, with the cause
``tax_point:<invoice>:<number>``.
"""
