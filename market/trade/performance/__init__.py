"""Performance 履行: what happens to a milestone once its contract is active.

Words: milestone 里程碑, start 开工, delivery 交付, round 轮次, evidence 佐证材料, return 退回,
acceptance 验收, acceptance certificate 验收单, inspector 验收人, standard 验收标准, result
验收结果.

Invariants: only the milestones of an active contract move, in any order among themselves. The
provider starts and delivers, the buyer returns or accepts, through a person who holds no role at
the provider and neither drafted, started nor delivered anything of the contract. Every round of
delivery, every return and its reasons stay as they were. A milestone has at most one certificate,
which never changes; its net price is revenue on the certificate's date, by one posting. The
contract is completed by the act that accepts its last milestone.

A buyer who will not have the work returns it. Rejecting it for good ends the contract, with a
final statement and a credit note: that move is listed once these are, and until then it does not
exist.
"""
