"""Contracts 合同: from a direct order to terms that are ready for review, and who may read them.

Here a contract is ordered, drafted and, before it is in force, voided; ``market.trade.signing``
takes it from there: reviews, number, canonical text, signatures. The whole table of moves stands
here, because one subject has one.

Words: order 直接下单 · terms 合同条款, what drafting may change · quantity line 数量明细 ·
attendee 参训人员 · milestone 里程碑, what is performed · instalment 分期款, what is paid ·
total 成交额 · technical amount 技术交易额 · statutory class 合同类别 · commission 中介报酬 ·
drafter 起草人 · party 合同一方 · to void 作废.

Invariants: a contract pins one published version of an offering. Lines, milestones and instalments
each sum to the total, to the fen. Net and VAT are computed once on the total (for an agent on the
commission; the owner's part is untaxed) and split by largest remainder, so that the parts of
milestones and of instalments sum to the contract's. A milestone is due on a day, or in so many
days after both have signed, as one of an award is; its day is known only then. From its number on,
the terms stand still. An order above the limit of the policy ``direct_order`` is approved by
another person of the buyer, and the approval covers no higher total than the one it was given for.
Whoever holds a role at the other party today does nothing for this one (``require_one_side``),
from the order to the acceptance and the voiding of an invoice. An order that is called off is
*void* (the domain has one word for a contract that never came into force), and keeps its number if
it had one. The rows of lines, milestones and instalments, and so their ids, are new after every
change of a draft; they stay from the number on.

Events: ``contract.ordered``, ``contract.order_approved``, ``contract.drafted``,
``contract.voided`` here; ``contract.submitted``, ``contract.reviewed``, ``contract.returned``,
``contract.approved``, ``contract.signed``, ``contract.activated`` in signing; whoever must be told
subscribes to them.

Suspending, terminating, disputes and amendments add their own states, moves and capabilities
beside these; an amendment is a text of its own, never a change of the one that was signed.
"""
