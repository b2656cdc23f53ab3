"""Explanations 说明: what a line of Stripe's balance left in suspense goes where it belongs.

Words: line set aside 待查明细, one that stands in suspense · by its rule 按规则重记.

- By its rule: finance asks for it, and the worker reads the line anew from Stripe and books what
  its category says, once the cause of the fault is gone. The rule itself decides; what it still
  does not know what to make of is rejected, with the reason.
- By a person, four eyes: finance proposes where the money belongs, with a reason; a leader of the
  unit or of its parent, another person, approves or rejects. It is Stripe's fee, a refund of a
  named charge that was made past the market, a refund of ours whose line came otherwise than asked,
  money between Stripe and the unit's own bank, a difference of exchange, interest, or a loss.
- What Stripe says that a line is limits the places (``places.PLACES``): a charge of a payment
  here, a payout and what its rule still has to do for a chargeback go by their rule alone, whose
  row would else never end;
  a refund is a refund, by whatever cause it stands in suspense; and a charge that failed after its
  money had come, or was captured in part, comes off its payer's credit or off what it paid of
  invoices, and is nothing else.
- A charge that nobody asked for here, past the market 未在平台发起的收款, is the credit of a
  customer who is named, in the balance's currency; what goes back of it, known by the charge's
  number, comes off that credit again. A charge whose payment's rule can book it is of its rule
  alone; one that was lost is the credit of whose payment it was to be, and where it is nobody's,
  both it and its loss are written off. Beside a loss of it that is booked nothing of it is credit.
- What goes back is a loss where no payment here made the charge and it is neither credit nor in
  suspense, or where nothing of it is left; so is then what comes back of it.
- What went back of a charge whose money had paid invoices is owed again, where two people say so
  (``owed_again``): what it paid of invoices first, the last part first, and the rest off its
  payer's credit, as with a lost chargeback. What comes back of that later is credit.
- Nobody proposes, approves or rejects who holds a role at the payer of the line, known by its
  payment, its refund's number, its charge or its chargeback, whatever place is named.
- Who proposed it, or asked for its rule, withdraws it while nobody has decided.
- One explanation waits or stands for a line, and is posted once: ``stripe_line_explained:<line>``
  empties suspense, and nothing touches Stripe's balance, which the line itself has moved. What
  explains it after another was undone (``undoing``) has a number behind that, from ``:2`` on. Its
  row keeps that as ``cause``, by which what was undone is found too.
- A refund past the market comes off its payer's credit on the day of the decision, as far as he
  has some; what is in currencies that do not meet is no refund of a charge by anybody's word.
- A refund of ours ends by its line, whatever explains it: as that refund it is paid, or returned;
  where another amount moved it fails, so that its credit is free and gives what has moved.
"""
