"""Opening balances 期初余额: what a unit has and owes on the day its books begin.

Finance prepares them, a leader of the unit or of its parent approves, and only then they are
posted: each asset against the net assets, liabilities and funds the other way. Once for the books;
what was prepared wrongly is withdrawn and prepared anew. Whose an account is exists: a bank account
or contract of the books, an organisation, a person.

A receivable is made of open items, one for each debt; bank lines pay them later, as invoices.

Words: open item 未清项 · prepare 编制 · approve 批准 · withdraw 撤回.
"""
