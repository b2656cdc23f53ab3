"""Chargebacks 拒付: what it does to money that a payer's bank takes a charge back.

Words: chargeback 拒付 (Stripe's dispute), recovery 抵补.

- A chargeback moves its money out of the balance; lost, it reopens the invoices and takes the
  payer's credit, and what neither covers is his debt, in suspense until it is recovered; given back
  after that, it makes up that debt, pays the invoices as far as they are open, and is credit.
- The payer of a charge that nobody began here is whose credit two people said it is; until they
  have, it has none, and charge and loss both stand in suspense: his credit makes the loss up.
- It takes and gives back once: whatever else moves for it, and what Stripe keeps of it, stands in
  suspense with an alert.
- What its lines do is told before they are booked (``cases``), for ``stripe_lines`` books them. Its
  loss is no line: Stripe is asked what became of it (``following``), and it is posted by itself
  (``losing``), as is each recovery from credit (``recovering``), and what nobody will pay of it
  (``write_offs``).
"""
