"""Credit notes 贷项通知: what an invoice asked for and is not owed, in whole or in part.

A credit note names lines of the invoice with amounts, tax included, and the milestones whose net
price falls by it. Four eyes: finance proposes it with a reason; a leader of the unit or of its
parent, another person who holds no role at the buyer, issues or rejects it.

- Its VAT is cumulative per line, half up: a line credited whole has all of its VAT credited.
- An accepted milestone's revenue falls, and of an agent what its owners are owed, each in
  proportion to what is left to him; of any other milestone the contract's position falls, and less
  becomes revenue once it is accepted. So a contract's position ends at exactly 0 as before.
- It takes off what is open of the invoice; what had been paid becomes the buyer's customer credit.
- VAT comes from deferred first, then from payable: what of it was due falls back on the day of
  the note by a tax point of its own, with its surtax, and the note takes all from deferred.
- Numbers run without gaps per books unit and year: ``JX-2026-DX-0007`` (DX 贷项).
- A fapiao that is out then waits for its red one 红字发票 (``red_fapiao``).
"""
