"""Stripe for the tests and for demonstrations: stateful, over HTTP, in memory, offline.

It knows nothing of the market and imports nothing of it. What it keeps of Stripe's behaviour:
customers, payment methods, PaymentIntents, Checkout sessions with a page to pay on, test cards,
Alipay, refunds, disputes with evidence, balance transactions with their fees, automatic payouts,
cursors, events, signed webhooks that are sent again, idempotency keys. Every key of the form
`sk_test_<word>` opens an account of its own.

What only a simulator has lies under `/_simulator/`: its clock is moved by hand, faults are
ordered (see `faults`), disputes are opened, monthly fees charged, payouts failed,
balances below zero made up from the bank. Its state ends with its process, unless it is kept in a
file (`keeping`).

What it does not prove: Stripe's risk rules, its limits per country and currency, the timing of
real banks, capture by hand, Connect, subscriptions, and any parameter that it refuses with
`parameter_unknown` although Stripe takes it.
"""
