"""Fapiao 发票: the tax document of an invoice, asked for by the buyer, issued by finance.

The tax authority's platform makes it; the market keeps its number, date and file. *Ordinary*
普通发票, *special* 专用发票 (gives the buyer input VAT), *title* 抬头.

- One live fapiao per invoice. A request may be withdrawn until it is issued; reversing an issued
  one takes a red fapiao.
- An exempt invoice gets an ordinary fapiao only.
- Issuing makes the whole of the invoice's VAT due.
"""
