"""Counter-offers 还价: after the deadline, other terms for a proposal, by either side.

The terms bind once the other side has accepted them: then they are the proposal's next revision.
One that is refused, or whose time is over, leaves the terms as they are.

Words: counter-offer 还价 · side 一方, the buyer or the unit · base revision 依据版本, which it
departs from · to lapse 失效, unanswered in time.

Invariants: a proposal has one open counter-offer at most (a partial unique index). Whoever made it
does not answer it, and nobody of its own side does. It is judged like a submission when it is made:
sums are the price to the fen, members are on the register, certificates are pinned. The buyer names
neither the unit's people nor its files. When a proposal ends, its open counter-offer lapses.
"""
