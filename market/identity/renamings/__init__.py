"""Renamings 更名: how a verified enterprise gets another legal name.

Words: renaming 更名, propose 提出, approve 批准, refuse 退回, licence 营业执照.
Invariants: its manager or a clerk who looks after it proposes, another clerk who looks after it and
does not belong to it approves; one proposal at a time; the name before stays on record.
"""
