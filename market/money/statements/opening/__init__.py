"""Where the opening balance 期初余额 meets the bank: books begin with what the statements say.

A ``bank`` line names an approved own account of the books, in its currency. Where statements were
imported before, the opening is what the account held before their first day, and the books begin
no later than that day: else a movement would stand in the books twice, or not at all.
So nothing else is posted for a day before the books begin, and no open item is an invoice of ours.

The ledger knows no bank; whoever approves an opening balance comes through here.
"""
