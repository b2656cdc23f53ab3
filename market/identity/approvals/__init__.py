"""Approvals 审批: what waits for whose approval.

Words: maker 经办人 (who proposes), approver 审批人, four eyes 双人复核, beneficiary 受益人.
Invariants: the maker never approves; nobody approves what he gains by; it goes to somebody else of
the own unit, or to the parent unit. The rule itself is ``market.base.proposals``.
"""
