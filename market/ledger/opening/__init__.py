"""Opening balances 期初余额: what a unit has and owes on the day its books begin.

Finance prepares them, a leader of the unit or of its parent approves, and only then they are
posted: each asset against the net assets, liabilities and funds the other way. Once for the books;
what was prepared wrongly is withdrawn and prepared anew. Whose an account is exists: a bank account
or contract of the books, an organisation, a person.

What was left out is put in by a supplement 期初补录: an opening balance of its own, with a reason
and evidence, of the same books and day, by the same acts. An account, and each debt of a receivable
by its reference, begins once, whichever of them names it.

What refunds and contracts of the market sum up to opens with nothing, nor does what only its lines
and chargebacks would end: suspense, which is named as what it is, and what Stripe holds, which is a
receivable or lost. No supplement has what lines and invoices have moved since. Nobody approves what
he is owed himself; who has a role at another party that a line is of neither prepares nor approves
it.

A receivable is made of open items, one for each debt; bank lines pay them later, as invoices.

Words: supplement 期初补录 · open item 未清项 · prepare 编制 · approve 批准 · withdraw 撤回.
"""
