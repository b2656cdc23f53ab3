"""Where the opening balance 期初余额 meets bank and Stripe: books begin with what they say.

A ``bank`` line names an approved own account of the books, in its currency. Where statements were
imported before, the opening is what the account held before their first day, and the books begin
no later than that day: else a movement would stand in the books twice, or not at all.
So nothing else is posted for a day before the books begin, and no open item is an invoice of ours.

A supplement 期初补录 is asked the same of the accounts that it puts in: one that began with nothing
by its statements held nothing.

Stripe's balance is read from its first line on until the books begin; from then on, what is of a
day before them is left out. Where lines were booked before, neither the opening nor
a supplement has money at Stripe.

The ledger knows no bank; whoever approves an opening balance comes through here.
"""
