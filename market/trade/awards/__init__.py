"""Awards 定标: who gets an enterprise request, how long it can be disputed, and its contract.

Words: *shortlist* 入围, *award* 定标, *direct award* 直接定标, *standstill* 公示期, *complaint*
异议, *to uphold* 异议成立, *to set aside* 撤销定标, *outcome* 定标结果.

Invariants:
- A request has one live award (a partial unique index), of a proposal that is in the running, at
  the revision that binds. A judged award follows the results of the last round; another than the
  best needs a reason, which all bidders read.
- A direct award is for requests by invitation, with a reason; above the limit of the policy
  ``award`` a manager of the buyer, another person, approves it before anybody is told.
- Above the limit that manager also approves a judged award that one person decided alone: without
  a rival, as a judge himself, or to another than the best.
- Announced, an award stands still for some working days if anybody else is in the running. It
  becomes final by the clock, and not while a complaint is open. One that is upheld sets the award
  aside and judging begins anew; the winner's proposal is back in the running. Nobody sets an award
  aside while a complaint about it is open, and nothing is bargained over once one was announced.
- Whoever has to do with a bidder, or keeps its books, acts here for nobody else.
- A complaint is answered by a manager of the buyer who neither proposed, approved nor judged, nor
  has to do with somebody who bid. Where there is none, or none in time, it goes to the association.
- Once an award is announced its request is neither cancelled nor ended without an award: the
  database holds that, whoever comes first.
- Every bidder is told once: the winner of the award, each other one of his own points and why.
- The contract is drafted by an act of its own, once, at the figures that were awarded.
"""
