"""Purchase documents 采购资料: all that an enterprise has of a contract or a span, in one ZIP.

Words: *purchase documents* 采购资料 · *manifest* 清单, once as ``manifest.json`` and once as
``清单.csv`` for people, with the totals 合计 of each kind in ``合计.csv``. In the ZIP are
contracts, their signed texts and scans, acceptance certificates, invoices, receipts, and the files
of fapiao and red fapiao.

Invariants: an enterprise gets its own and nothing else, by the same queries as one document at a
time. The same documents give the same bytes: no clock, a fixed order. Whatever the size, one
document is in memory at a time: the ZIP is written while it is sent, and no transaction is open
meanwhile. A document that cannot be made is named in the manifest with the reason, so that nothing
is missing in silence; a ZIP that breaks off has no end, and every reader says so.

What no longer stands, or not yet (a void invoice, a receipt whose money was taken back, a contract
that is not signed or was called off), lies in the ZIP, says so and counts for nothing. A total is
the sum of ``counted_minor`` of its kind; an invoice counts without what was credited of it. What
a bank kept on the way has no receipt, so that receipts may be less than what their invoices were
paid.
"""
