"""Reports 报表： trial balance 试算平衡表， receivables 应收账款， revenue by kind 四技收入.

Read from the ledger and the invoices as they stand; nothing is kept. Each report leaves as JSON,
as CSV for Excel (BOM, CRLF, formulas escaped) or as XLSX (ids as text, amounts as numbers). Every
figure leads back: an account to its postings, an open amount to its invoice, revenue to the
milestones that were accepted.

``journals`` hands out the books themselves, as tables and for plain-text accounting;
``customer_statements`` tells a buyer and a unit what stands between them; ``purchases`` packs what
an enterprise keeps of its contracts into one ZIP.
"""
