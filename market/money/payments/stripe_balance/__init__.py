"""Stripe's balance: what a line of it is, and whose payment it is about.

Words: Stripe line (a balance transaction), category (Stripe's reporting category).

- A line is a row of ours (``StripeLine``), told by Stripe before that (``Balance``); it is about a
  payment only where its money is of the currency that was asked.
- A debt in another currency than the balance's closes on both sides of the exchange; what the rate
  made of it meanwhile is an exchange difference.
- What may be wrong with a line itself, or with what Stripe says of it, is told apart from what the
  database fails at (``faults``).
"""
