"""Online payments 在线付款: a buyer pays invoices by card or wallet, through Stripe.

Words: online payment 在线付款 (one attempt), part 分摊 (what it pays of one invoice), checkout
收银台 (Stripe's page), intent (the same on a page of one's own), unknown 结果未知.

- An invoice has one live part at most (a partial unique index): nobody pays it by card twice.
- Starting one writes a row and nothing else. The worker presents it to Stripe in three steps: it
  notes that it calls, calls with the row's id as idempotency key, and writes the outcome. No
  transaction is open while Stripe answers, and the serving process never calls.
- A call without an answer leaves it ``unknown``: what came of it is read, by listing what was made
  since, before the same call is made again under the same key.
- What Stripe says moves it forwards only; ``succeeded``, ``failed`` and ``canceled`` are ends.
- Money is booked by the lines of Stripe's balance (``stripe_lines``), never by an attempt.
"""
