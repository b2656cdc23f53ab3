"""Proposals 报价: what units offer in answer to an enterprise request, from draft to what binds.

Here a proposal is drafted, submitted, revised, withdrawn, opened and expired, and counter-offers
are made and answered (``counter_offers``). Judging and award stand above; the whole table of moves
stands here, because one subject has one.

Words: proposal 报价 · draft 草稿, what the unit has not handed over · revision 报价版本, what it
has · binding revision 有效版本 · milestone 里程碑, what is performed · instalment 分期款, what is
paid · validity 有效期 · to open 开启 · counter-offer 还价 · bidder 报价单位.

Invariants: a unit has one live proposal for a request (a partial unique index). Revisions are never
changed: before the deadline the unit submits them, after it the two sides agree on them, and what
binds is the last one. Milestones and instalments of a revision each sum to its price, to the fen.
A revision answers the newest version of its request; it is handed over strictly before the
deadline, which the database itself holds. Who will do the work is on the unit's register, and their
certificates are pinned as they stood then; names stand in no revision, so that people can be
erased.

Sealed: before the deadline only the bidder's own unit reads a proposal, and of it nobody who is
only its auditor or holds a role at the buyer. The deadline opens all of them by the clock, whether
or not anybody has written it down (``proposal_state``, ``proposal_opened_at``); a request that was
cancelled before it opens nothing. A proposal does not touch its request's row, so that no version
tells how many there are. Who asks for a proposal that he may not read is noted, whatever the id.

Events: ``proposal.drafted``, ``.edited``, ``.submitted``, ``.revised``, ``.withdrawn``,
``.opened``, ``.expired``, ``.agreed``; ``counter_offer.made``, ``.accepted``, ``.refused``,
``.lapsed``. They carry numbers and ids, never a price or a word of the plan.
"""
