"""Voiding 作废: an invoice that should not have been is taken back before it has had effect.

Four eyes: finance proposes with a reason; a leader of the unit or of its parent, another person who
holds no role at the buyer, approves or rejects. Only an unpaid invoice before its tax point and
without a live fapiao is voided; anything later takes a credit note 贷项通知. Its number stays used;
its instalment can be invoiced again.
"""
