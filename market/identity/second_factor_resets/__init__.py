"""Resets of a second factor 重置第二因素: the device is lost, and the recovery codes with it.

Words: reset 重置, propose 提出, approve 批准, refuse 退回.
Invariants: one who looks after people proposes (an administrator; in an enterprise its manager),
another approves, neither for himself; both look after everything that the person belongs to; one
proposal at a time; an approved one ends the person's sessions, and he is told at each step.
"""
