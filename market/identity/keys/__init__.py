"""API keys 接口密钥: a program acts for one organisation with some of its maker's roles.

Words: key 密钥, issue 签发, revoke 吊销, hint 尾号.
Invariants: a key is shown once and stored as SHA-256; it never has a role that its maker does not
hold at the moment of use, nor the administrator's; it is as strong as the session that issued it:
without a second factor there it has no role that asks for one; it expires within a year; it cannot
do what people must do themselves (roles, keys, passwords, approvals of those).
"""
