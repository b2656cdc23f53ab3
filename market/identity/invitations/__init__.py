"""Invitations 邀请: colleagues come in by a link in an e-mail, with roles promised by the inviter.

Words: invitation 邀请, link 链接, accept 接受, consent 同意.
Invariants: a link works once and until it expires; it gives no more than its inviter could grant
when it is accepted; money roles still need their second person.
"""
