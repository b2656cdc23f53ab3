"""Passwords 密码: the rules for a new one, argon2id outside the event loop, the stored hash.

Words: password 密码, hash 散列值.
Invariants: a password is seen only while it is hashed or compared; no more than a few are
computed at once, so that sign-ins cannot starve the rest of the process.
"""
