"""Invoices 请款单: requests for payment of a contract's instalments, and the tax they carry.

In Chinese an invoice is never 发票: that is the *fapiao*, the tax document, a capability of its own
in here. *Claim* 应收款项: what an instalment entitles its unit to invoice. *Tax point*
纳税义务发生时间: when an invoice's VAT, deferred at issue, becomes payable.

- An instalment has one live invoice at most; its net and VAT are the instalment's, to the fen.
- Numbers run without gaps per books unit and year: ``JX-2026-QK-0007`` (QK 请款; the letters keep
  them apart from contract numbers, whose third part is the contract's kind).
- ``paid_minor`` is the sum of the allocations. Only ``operations.apply_receipts`` changes
  it.
- ``vat_due_minor`` is the sum of the invoice's tax points; only ``tax_points`` changes it.
- What is paid, past its tax point or covered by a fapiao is never voided.
"""
