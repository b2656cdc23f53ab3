"""Trade: from what the association offers to the work that is done under a contract.

Its rooms, lower ones first: rights, catalogue, enterprise_requests, contracts, signing,
performance. Money, which stands above, learns of signatures and acceptances from here; here nothing
is known of invoices.
"""
