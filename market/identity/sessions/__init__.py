"""Sessions 会话: signing in, for which organisation, until when; and who shows a credential.

Words: sign in 登录, sign out 退出, session 会话, act for 代表, lock-out 锁定.
Invariants: a token is 256 random bits, stored as SHA-256 only; an unknown address and a wrong
password get the same answer after the same time; failures are counted in the database: per account
and address, per address, and per account with growing pauses; a session ends by signing out, after
12 idle hours, or after 7 days.
"""
